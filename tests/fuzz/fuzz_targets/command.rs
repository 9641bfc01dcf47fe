//! The bytes that callers sign.
#![no_main]
use jcm_format::command::Command;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(command) = Command::parse(bytes) {
        assert_eq!(command.to_payload(), bytes, "what is accepted encodes again to itself");
    }
});
