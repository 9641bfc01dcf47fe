//! The canonical encoding: bincode's standard configuration, under one rule.
//!
//! Bytes are accepted only when they decode within the limit, are consumed to
//! the last one, and encode again to the same bytes. Non-minimal integers,
//! trailing bytes and absurd lengths are thereby refused, and one value has one
//! encoding. Specification: `docs/spec/entry.md`.

use crate::limits::ENTRY_BYTES_MAX;
use bincode::config::{Configuration, Limit, standard};
use bincode::{Decode, Encode};

/// The bytes are not the canonical encoding of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// They do not decode at all.
    #[error("the bytes do not decode")]
    Malformed,
    /// Bytes are left over after the value.
    #[error("bytes are left over after the value")]
    TrailingBytes,
    /// They decode, but the value has another encoding.
    #[error("the bytes are not the canonical encoding of their value")]
    NotCanonical,
    /// The value takes more bytes than an entry may have.
    #[error("the value takes more than {ENTRY_BYTES_MAX} bytes")]
    TooLong,
}

const CONFIGURATION: Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    Limit<DECODED_BYTES_MAX>,
> = standard().with_limit::<DECODED_BYTES_MAX>();

/// bincode counts against its limit what a list will take in memory, not what it
/// takes in the bytes. Each item takes a byte at least and no item takes more
/// than 512 in memory (an effect has 240), so this bounds what absurd lengths
/// can claim without refusing any entry that fits.
const DECODED_BYTES_MAX: usize = ENTRY_BYTES_MAX * 512;

/// Encodes `value`.
pub fn encode<T: Encode>(value: &T) -> Result<Vec<u8>, CodecError> {
    let bytes = bincode::encode_to_vec(value, standard()).map_err(|_| CodecError::Malformed)?;
    if bytes.len() > ENTRY_BYTES_MAX { Err(CodecError::TooLong) } else { Ok(bytes) }
}

/// Decodes `bytes`, which must be the canonical encoding of a value.
pub fn decode<T: Decode<()> + Encode>(bytes: &[u8]) -> Result<T, CodecError> {
    if bytes.len() > ENTRY_BYTES_MAX {
        return Err(CodecError::TooLong);
    }
    let (value, consumed) = bincode::decode_from_slice::<T, _>(bytes, CONFIGURATION)
        .map_err(|_| CodecError::Malformed)?;
    if consumed != bytes.len() {
        return Err(CodecError::TrailingBytes);
    }
    if encode(&value)? != bytes {
        return Err(CodecError::NotCanonical);
    }
    Ok(value)
}

/// Implements `Decode` by decoding `$raw` and passing it through `$check`,
/// which returns `Option<$name>`, so that an invariant holds on every path in.
macro_rules! decode_checked {
    ($name:ident, $raw:ty, $check:expr) => {
        impl<Context> bincode::Decode<Context> for $name {
            fn decode<D: bincode::de::Decoder<Context = Context>>(
                decoder: &mut D,
            ) -> Result<$name, bincode::error::DecodeError> {
                let raw = <$raw as bincode::Decode<Context>>::decode(decoder)?;
                let check: fn($raw) -> Option<$name> = $check;
                check(raw)
                    .ok_or(bincode::error::DecodeError::Other(concat!("not a ", stringify!($name))))
            }
        }

        bincode::impl_borrow_decode!($name);
    };
}

/// Implements `serde::Serialize` as the `Display` text, for human-readable JSON.
macro_rules! serialize_as_text {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

pub(crate) use {decode_checked, serialize_as_text};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::to_hex;

    #[derive(Debug, PartialEq, Encode, Decode)]
    enum Kind {
        _A,
        _B,
        C { x: u8 },
    }

    #[derive(Debug, PartialEq, Encode, Decode)]
    struct Sample {
        v: u16,
        id: [u8; 4],
        n: u64,
        s: i64,
        name: String,
        o: Option<u32>,
        e: Kind,
        b: Vec<u8>,
        t: bool,
    }

    #[test]
    fn integers_have_the_documented_bytes() {
        let cases: [(u64, &str); 7] = [
            (250, "fa"),
            (251, "fbfb00"),
            (256, "fb0001"),
            (65_535, "fbffff"),
            (65_536, "fc00000100"),
            (1 << 32, "fd0000000001000000"),
            (u64::MAX, "fdffffffffffffffff"),
        ];
        for (value, bytes) in cases {
            assert_eq!(to_hex(&encode(&value).expect("short")), bytes);
        }
        let signed: [(i64, &str); 6] = [
            (-1, "01"),
            (1, "02"),
            (-125, "f9"),
            (125, "fa"),
            (-126, "fbfb00"),
            (i64::MIN, "fdffffffffffffffff"),
        ];
        for (value, bytes) in signed {
            assert_eq!(to_hex(&encode(&value).expect("short")), bytes);
        }
    }

    #[test]
    fn a_struct_has_the_documented_bytes() {
        let sample = Sample {
            v: 1,
            id: [1, 2, 3, 4],
            n: 300,
            s: -3,
            name: "GS".to_owned(),
            o: Some(7),
            e: Kind::C { x: 9 },
            b: vec![1, 2],
            t: true,
        };
        let bytes = encode(&sample).expect("short");
        assert_eq!(to_hex(&bytes), "0101020304fb2c01050247530107020902010201");
        assert_eq!(decode::<Sample>(&bytes), Ok(sample));
    }

    #[test]
    fn what_is_not_canonical_is_refused_by_name() {
        assert_eq!(decode::<u64>(&[0xfb, 0x01, 0x00]), Err(CodecError::NotCanonical));
        assert_eq!(decode::<u64>(&[0x01, 0x00]), Err(CodecError::TrailingBytes));
        assert_eq!(decode::<u64>(&[0xfb]), Err(CodecError::Malformed));
        assert_eq!(decode::<bool>(&[0x02]), Err(CodecError::Malformed));
        // A vector that claims 2^32 bytes must not allocate them.
        assert_eq!(decode::<Vec<u8>>(&[0xfd, 0, 0, 0, 0, 1, 0, 0, 0]), Err(CodecError::Malformed));
        assert_eq!(decode::<Vec<u8>>(&vec![0; ENTRY_BYTES_MAX + 1]), Err(CodecError::TooLong));
        assert_eq!(encode(&vec![0_u8; ENTRY_BYTES_MAX]), Err(CodecError::TooLong));
    }
}
