#![no_main]

#[path = "../bodies/grpc.rs"]
mod body;
#[path = "../bodies/surface.rs"]
mod surface;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    body::body(bytes);
});
