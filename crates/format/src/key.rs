//! Ed25519 keys and signatures, with one rule of acceptance.
//!
//! Implementations of Ed25519 disagree on edge cases, which a ledger that must
//! be judged alike by everybody cannot afford. The rule here (docs/spec/keys.md):
//! a key is admitted only when it is canonically encoded, of prime order and
//! not weak; a signature is checked with `verify_strict` only, never in a batch.

use crate::hash::{NotHex, from_hex, to_hex};
use bincode::{Decode, Encode};
use ed25519_dalek::{Signer as _, SigningKey, VerifyingKey};
use std::fmt;
use std::str::FromStr;

/// The 32 bytes of an Ed25519 public key, as they were registered.
///
/// Holding one says nothing about its quality: [`PublicKey::admit`] does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct PublicKey([u8; PublicKey::LEN]);

/// The 64 bytes of an Ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; Signature::LEN]);

/// A public key that has passed the rules of admission, ready for verification.
#[derive(Clone, Debug)]
pub struct AdmittedKey(VerifyingKey);

/// Why a public key is not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsuitableKey {
    /// Not a point of the curve.
    #[error("the bytes are not a point of the curve")]
    NotAPoint,
    /// A second spelling of a point that has a canonical one.
    #[error("the encoding is not canonical")]
    NotCanonical,
    /// Of small order: signatures under it prove nothing.
    #[error("the key is weak")]
    Weak,
    /// It has a torsion component: implementations disagree about its signatures.
    #[error("the key has a torsion component")]
    Torsion,
}

/// The signature does not verify under the strict rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not verify")]
pub struct BadSignature;

impl PublicKey {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Takes over bytes without judging them.
    pub const fn from_bytes(bytes: [u8; PublicKey::LEN]) -> PublicKey {
        PublicKey(bytes)
    }

    /// Reads a key from a slice of exactly 32 bytes, without judging it.
    pub fn from_slice(bytes: &[u8]) -> Option<PublicKey> {
        bytes.try_into().ok().map(PublicKey)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; PublicKey::LEN] {
        &self.0
    }

    /// Applies the rules of admission.
    pub fn admit(&self) -> Result<AdmittedKey, UnsuitableKey> {
        let key = VerifyingKey::from_bytes(&self.0).map_err(|_| UnsuitableKey::NotAPoint)?;
        let point = key.to_edwards();
        if point.compress().to_bytes() != self.0 {
            return Err(UnsuitableKey::NotCanonical);
        }
        if key.is_weak() {
            return Err(UnsuitableKey::Weak);
        }
        if !point.is_torsion_free() {
            return Err(UnsuitableKey::Torsion);
        }
        Ok(AdmittedKey(key))
    }
}

impl AdmittedKey {
    /// Verifies `signature` over `message`, strictly.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), BadSignature> {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.0.verify_strict(message, &signature).map_err(|_| BadSignature)
    }

    /// The key's bytes.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.to_bytes())
    }
}

impl Signature {
    /// Length in bytes.
    pub const LEN: usize = 64;

    /// Takes over bytes without judging them.
    pub const fn from_bytes(bytes: [u8; Signature::LEN]) -> Signature {
        Signature(bytes)
    }

    /// Reads a signature from a slice of exactly 64 bytes.
    pub fn from_slice(bytes: &[u8]) -> Option<Signature> {
        bytes.try_into().ok().map(Signature)
    }

    /// The 64 bytes.
    pub const fn as_bytes(&self) -> &[u8; Signature::LEN] {
        &self.0
    }
}

/// A signing key. Its `Debug` shows the public half only.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// Length of the seed in bytes.
    pub const SEED_LEN: usize = 32;

    /// The key whose RFC 8032 seed this is.
    pub fn from_seed(seed: &[u8; SecretKey::SEED_LEN]) -> SecretKey {
        SecretKey(SigningKey::from_bytes(seed))
    }

    /// The RFC 8032 seed, for writing a key file.
    pub fn seed(&self) -> [u8; SecretKey::SEED_LEN] {
        self.0.to_bytes()
    }

    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs `message`; the same message always gets the same signature.
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(public {})", self.public_key())
    }
}

// bincode knows arrays of any length natively; serde does not, hence by hand.
impl Encode for Signature {
    fn encode<E: bincode::enc::Encoder>(
        &self,
        encoder: &mut E,
    ) -> Result<(), bincode::error::EncodeError> {
        self.0.encode(encoder)
    }
}

impl<Context> Decode<Context> for Signature {
    fn decode<D: bincode::de::Decoder<Context = Context>>(
        decoder: &mut D,
    ) -> Result<Signature, bincode::error::DecodeError> {
        <[u8; Signature::LEN]>::decode(decoder).map(Signature)
    }
}

bincode::impl_borrow_decode!(Signature);

macro_rules! hex_text {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&to_hex(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = NotHex;

            fn from_str(text: &str) -> Result<$name, NotHex> {
                from_hex(text).map($name)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

hex_text!(PublicKey);
hex_text!(Signature);

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> PublicKey {
        text.parse().expect("hexadecimal")
    }

    #[test]
    fn an_honest_key_is_admitted_and_its_signature_verifies() {
        let secret = SecretKey::from_seed(&[7; 32]);
        let admitted = secret.public_key().admit().expect("honest");
        assert_eq!(admitted.public_key(), secret.public_key());
        let signature = secret.sign(b"message");
        assert_eq!(admitted.verify(b"message", &signature), Ok(()));
        assert_eq!(admitted.verify(b"massage", &signature), Err(BadSignature));
    }

    #[test]
    fn every_unsuitable_kind_of_key_is_refused_by_name() {
        let cases = [
            // y = 2 has no x on the curve.
            (
                "0200000000000000000000000000000000000000000000000000000000000000",
                UnsuitableKey::NotAPoint,
            ),
            // p + 1: the identity, spelled a second time.
            (
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                UnsuitableKey::NotCanonical,
            ),
            // The identity.
            (
                "0100000000000000000000000000000000000000000000000000000000000000",
                UnsuitableKey::Weak,
            ),
            // Order 8.
            (
                "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
                UnsuitableKey::Weak,
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(key(text).admit().err(), Some(expected), "{text}");
        }
    }

    #[test]
    fn a_key_of_mixed_order_is_refused() {
        // An honest key plus the point of order 2, (0, -1): y becomes -y, x becomes -x.
        let honest = SecretKey::from_seed(&[9; 32]).public_key();
        let mut bytes = *honest.as_bytes();
        let sign = bytes[31] & 0x80;
        bytes[31] &= 0x7f;
        // p - y, little-endian, p = 2^255 - 19.
        let mut prime = [0xff_u8; 32];
        prime[0] = 0xed;
        prime[31] = 0x7f;
        let mut borrow = 0_i16;
        for (byte, p) in bytes.iter_mut().zip(prime) {
            let mut difference = i16::from(p) - i16::from(*byte) - borrow;
            borrow = if difference < 0 { 1 } else { 0 };
            difference += borrow * 256;
            *byte = u8::try_from(difference).expect("within a byte");
        }
        bytes[31] |= sign ^ 0x80;
        let mixed = PublicKey::from_bytes(bytes);
        assert_eq!(mixed.admit().err(), Some(UnsuitableKey::Torsion));
    }

    #[test]
    fn a_signature_with_the_group_order_added_is_refused() {
        let secret = SecretKey::from_seed(&[3; 32]);
        let honest = secret.sign(b"m");
        let order: [u8; 32] =
            from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
                .expect("the group order");
        let mut bytes = *honest.as_bytes();
        let mut carry = 0_u16;
        for (byte, l) in bytes[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(l) + carry;
            *byte = u8::try_from(sum & 0xff).expect("a byte");
            carry = sum >> 8;
        }
        let admitted = secret.public_key().admit().expect("honest");
        assert_eq!(admitted.verify(b"m", &Signature::from_bytes(bytes)), Err(BadSignature));
    }

    #[test]
    fn a_secret_key_does_not_print_its_seed() {
        let secret = SecretKey::from_seed(&[0xab; 32]);
        assert!(!format!("{secret:?}").contains("abab"));
    }
}
