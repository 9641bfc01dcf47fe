//! The bytes that callers sign.

use jcm_format::command::Command;

pub(crate) fn body(bytes: &[u8]) -> bool {
    let Ok(command) = Command::parse(bytes) else { return false };
    assert_eq!(command.to_payload(), bytes, "accepted in a second form");
    true
}
