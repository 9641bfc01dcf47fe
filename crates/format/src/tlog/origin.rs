//! The name of a log (`docs/spec/tlog.md` §3.1).

use bincode::de::read::Reader as _;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};
use std::fmt;
use std::str::FromStr;

/// Longest origin in bytes; it stands in every checkpoint line and in the genesis entry.
pub const ORIGIN_BYTES_MAX: usize = 255;

/// The name of a log, which is also the name of the log's key.
///
/// 1 to 255 printable ASCII characters, none of them a space or '+'. Wherever one
/// is read, from text or from bytes, the rule is applied again.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(String);

/// Why a text is not an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// It has no character.
    #[error("the origin is empty")]
    Empty,
    /// More than [`ORIGIN_BYTES_MAX`] bytes.
    #[error("the origin has more than {ORIGIN_BYTES_MAX} bytes")]
    TooLong,
    /// A space, a '+', or anything that is not printable ASCII.
    #[error("the origin contains a space, a '+' or a character outside printable ASCII")]
    Character,
}

impl FromStr for Origin {
    type Err = OriginError;

    fn from_str(text: &str) -> Result<Origin, OriginError> {
        if text.is_empty() {
            return Err(OriginError::Empty);
        }
        if text.len() > ORIGIN_BYTES_MAX {
            return Err(OriginError::TooLong);
        }
        if text.bytes().any(|byte| !byte.is_ascii_graphic() || byte == b'+') {
            return Err(OriginError::Character);
        }
        Ok(Origin(text.to_owned()))
    }
}

impl AsRef<str> for Origin {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({self})")
    }
}

impl serde::Serialize for Origin {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl Encode for Origin {
    fn encode<E: bincode::enc::Encoder>(&self, encoder: &mut E) -> Result<(), EncodeError> {
        self.0.encode(encoder)
    }
}

// By hand so that a length from a stranger is judged before anything is
// allocated, and so that no origin escapes the rule.
impl<Context> Decode<Context> for Origin {
    fn decode<D: bincode::de::Decoder<Context = Context>>(
        decoder: &mut D,
    ) -> Result<Origin, DecodeError> {
        let len = usize::try_from(u64::decode(decoder)?).unwrap_or(usize::MAX);
        let mut buffer = [0; ORIGIN_BYTES_MAX];
        let bytes = buffer.get_mut(..len).ok_or(DecodeError::Other("the origin is too long"))?;
        decoder.claim_bytes_read(len)?;
        decoder.reader().read(bytes)?;
        let text = std::str::from_utf8(bytes).map_err(|inner| DecodeError::Utf8 { inner })?;
        text.parse().map_err(|_| DecodeError::Other("not a well-formed origin"))
    }
}

bincode::impl_borrow_decode!(Origin);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_printable_ascii_without_space_and_plus_is_an_origin() {
        let longest = "a".repeat(ORIGIN_BYTES_MAX);
        for good in ["registry.example/carbon/2026", "a", "~!", longest.as_str()] {
            assert_eq!(good.parse::<Origin>().expect(good).to_string(), good);
        }
        assert_eq!("".parse::<Origin>(), Err(OriginError::Empty));
        assert_eq!("a".repeat(256).parse::<Origin>(), Err(OriginError::TooLong));
        for bad in ["a b", "a+b", "a\n", "\u{7f}", "a\u{a0}", "\u{fffd}", "\u{3000}", "\u{e9}"] {
            assert_eq!(bad.parse::<Origin>(), Err(OriginError::Character), "{bad:?}");
        }
    }

    #[test]
    fn decoding_applies_the_rule_again_and_reads_what_a_string_writes() {
        let config = bincode::config::standard();
        let origin: Origin = "registry.example/carbon/2026".parse().expect("an origin");
        let bytes = bincode::encode_to_vec(&origin, config).expect("encodes");
        assert_eq!(bytes, bincode::encode_to_vec(origin.as_ref(), config).expect("encodes"));
        let (read, used) = bincode::decode_from_slice::<Origin, _>(&bytes, config).expect("reads");
        assert_eq!((read, used), (origin, bytes.len()));
        for bad in ["", "a b", "a+b", &"a".repeat(256), "\u{e9}"] {
            let bytes = bincode::encode_to_vec(bad, config).expect("encodes");
            assert!(bincode::decode_from_slice::<Origin, _>(&bytes, config).is_err(), "{bad:?}");
        }
        let huge = bincode::encode_to_vec(u64::MAX, config).expect("encodes");
        assert!(bincode::decode_from_slice::<Origin, _>(&huge, config).is_err());
        let tight = config.with_limit::<8>();
        assert!(bincode::decode_from_slice::<Origin, _>(&bytes, tight).is_err());
    }
}
