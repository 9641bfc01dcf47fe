#![no_main]

#[path = "../bodies/folder.rs"]
mod body;
#[path = "../bodies/mended.rs"]
mod mended;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    body::body(bytes);
});
