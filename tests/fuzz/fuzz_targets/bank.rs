#![no_main]

#[path = "../bodies/bank.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    body::body(bytes);
});
