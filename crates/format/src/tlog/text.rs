//! The three spellings every text of the log is made of, one per value:
//! base64, decimal numbers and key names (`docs/spec/tlog.md` §0, §2.1).

use crate::hash::Digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Base64 with the standard alphabet and padding (RFC 4648 §4).
pub(super) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads base64; any but the one spelling [`to_base64`] writes is refused.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let bytes = STANDARD.decode(text).ok()?;
    (to_base64(&bytes) == text).then_some(bytes)
}

/// Reads a digest from base64.
pub(super) fn digest_from_base64(text: &str) -> Option<Digest> {
    Digest::from_slice(&from_base64(text)?)
}

/// Reads an ASCII decimal number without sign or leading zero.
pub(super) fn from_decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// Whether a note may name a key so: not empty, no Unicode space, no '+', no control character.
pub(super) fn is_key_name(name: &str) -> bool {
    let forbidden = |c: char| c.is_whitespace() || c == '+' || c < ' ';
    !name.is_empty() && !name.contains(forbidden)
}
