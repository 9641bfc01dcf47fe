//! The public keys of notes, with the name and purpose they are bound to
//! (`docs/spec/tlog.md` §2.2).
//!
//! Not the registry's own keys ([`crate::key`]): a verifier key is one of those,
//! admitted, plus the name and signature type under which C2SP tools know it.

use super::text::{from_base64, is_key_name, to_base64};
use crate::hash::{Digest, from_hex, to_hex};
use crate::key::{AdmittedKey, BadSignature, PublicKey, Signature, UnsuitableKey};
use std::fmt;
use std::str::FromStr;

/// Latest time a cosignature may state: C2SP's limit, which fits a signed integer.
pub const COSIGNATURE_TIME_MAX_S: u64 = (1 << 63) - 1;

/// What a key signs: the signature types of `docs/spec/tlog.md` §2.2 that the
/// registry uses. The type enters the key ID, so one key has one ID per type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyType {
    /// Type 0x01: a plain signature over the note's text, as a log makes it.
    Ed25519,
    /// Type 0x04: a witness's cosignature, with the time of it.
    Cosignature,
}

impl KeyType {
    /// The assigned byte.
    pub const fn byte(self) -> u8 {
        match self {
            KeyType::Ed25519 => 0x01,
            KeyType::Cosignature => 0x04,
        }
    }

    fn from_byte(byte: u8) -> Option<KeyType> {
        [KeyType::Ed25519, KeyType::Cosignature].into_iter().find(|kind| kind.byte() == byte)
    }
}

/// The short identifier of a key within its name (`docs/spec/tlog.md` §2.2).
/// It finds a key and proves nothing. Text form: 8 lowercase hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; KeyId::LEN]);

impl KeyId {
    /// Length in bytes.
    pub const LEN: usize = 4;

    /// The ID of `key` as a key of type `kind` named `name`.
    pub fn of(name: &str, kind: KeyType, key: &PublicKey) -> KeyId {
        let digest = Digest::of(&[name.as_bytes(), b"\n", &[kind.byte()], key.as_bytes()]);
        let [a, b, c, d, ..] = *digest.as_bytes();
        KeyId([a, b, c, d])
    }

    /// Takes over bytes that were read elsewhere.
    pub const fn from_bytes(bytes: [u8; KeyId::LEN]) -> KeyId {
        KeyId(bytes)
    }

    /// The 4 bytes, most significant first.
    pub const fn as_bytes(&self) -> &[u8; KeyId::LEN] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// A named, admitted key that verifies signatures of one type on notes.
///
/// Text form (`docs/spec/tlog.md` §2.2): the "vkey" `<name>+<id>+<base64>`.
#[derive(Clone)]
pub struct VerifierKey {
    name: String,
    kind: KeyType,
    id: KeyId,
    key: AdmittedKey,
}

/// Why a text or a key is not a verifier key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VerifierKeyError {
    /// Not three parts with '+' between them.
    #[error("a verifier key is a name, a key ID and a key, joined by '+'")]
    Parts,
    /// The name is empty or has a space, a '+' or a control character.
    #[error("the key name is empty or contains a space, a '+' or a control character")]
    Name,
    /// The key ID is not 8 lowercase hexadecimal digits.
    #[error("the key ID is not 8 lowercase hexadecimal digits")]
    KeyIdText,
    /// The key is not canonical base64.
    #[error("the key is not canonical base64")]
    Base64,
    /// A type byte this registry has no use for.
    #[error("the signature type is neither 01 (Ed25519) nor 04 (cosignature)")]
    UnknownType,
    /// Not 32 bytes after the type byte.
    #[error("an Ed25519 key has 32 bytes")]
    Length,
    /// The ID is not the one that follows from name, type and key.
    #[error("the key ID does not belong to this name and key")]
    KeyIdMismatch,
    /// The key does not pass the rules of admission.
    #[error("the key is not admitted")]
    Unsuitable(#[source] UnsuitableKey),
}

impl VerifierKey {
    /// Binds `key`, if it is admitted, to `name` and `kind`.
    pub fn new(
        name: &str,
        kind: KeyType,
        key: &PublicKey,
    ) -> Result<VerifierKey, VerifierKeyError> {
        if !is_key_name(name) {
            return Err(VerifierKeyError::Name);
        }
        let id = KeyId::of(name, kind, key);
        let key = key.admit().map_err(VerifierKeyError::Unsuitable)?;
        Ok(VerifierKey { name: name.to_owned(), kind, id, key })
    }

    /// The name in signature lines; a log's is its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the key signs.
    pub fn kind(&self) -> KeyType {
        self.kind
    }

    /// The ID in signature lines.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// The key's bytes.
    pub fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    /// Checks the bytes that follow the key ID in a signature line of this key
    /// against the note's text (`docs/spec/tlog.md` §2.3, §4). For a cosignature
    /// the answer is the time it states, in POSIX seconds.
    pub(super) fn check(&self, text: &str, bytes: &[u8]) -> Result<Option<u64>, BadSignature> {
        match self.kind {
            KeyType::Ed25519 => {
                let signature = Signature::from_slice(bytes).ok_or(BadSignature)?;
                self.key.verify(text.as_bytes(), &signature)?;
                Ok(None)
            }
            KeyType::Cosignature => {
                let (time, signature) = bytes.split_first_chunk().ok_or(BadSignature)?;
                let time_s = u64::from_be_bytes(*time);
                let signature = Signature::from_slice(signature).ok_or(BadSignature)?;
                if time_s > COSIGNATURE_TIME_MAX_S {
                    return Err(BadSignature);
                }
                self.key.verify(cosigned_message(time_s, text).as_bytes(), &signature)?;
                Ok(Some(time_s))
            }
        }
    }
}

/// The message a witness signs for a checkpoint text (`docs/spec/tlog.md` §4).
pub(super) fn cosigned_message(time_s: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time_s}\n{text}")
}

impl FromStr for VerifierKey {
    type Err = VerifierKeyError;

    fn from_str(text: &str) -> Result<VerifierKey, VerifierKeyError> {
        // The base64 part may itself contain '+', a name cannot.
        let (name, rest) = text.split_once('+').ok_or(VerifierKeyError::Parts)?;
        let (id, key) = rest.split_once('+').ok_or(VerifierKeyError::Parts)?;
        let id = from_hex(id).map(KeyId).map_err(|_| VerifierKeyError::KeyIdText)?;
        let bytes = from_base64(key).ok_or(VerifierKeyError::Base64)?;
        let (kind, key) = bytes.split_first().ok_or(VerifierKeyError::Length)?;
        let kind = KeyType::from_byte(*kind).ok_or(VerifierKeyError::UnknownType)?;
        let key = PublicKey::from_slice(key).ok_or(VerifierKeyError::Length)?;
        let verifier = VerifierKey::new(name, kind, &key)?;
        if verifier.id == id { Ok(verifier) } else { Err(VerifierKeyError::KeyIdMismatch) }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![self.kind.byte()];
        bytes.extend_from_slice(self.public_key().as_bytes());
        write!(f, "{}+{}+{}", self.name, self.id, to_base64(&bytes))
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl PartialEq for VerifierKey {
    fn eq(&self, other: &VerifierKey) -> bool {
        (&self.name, self.kind, self.public_key()) == (&other.name, other.kind, other.public_key())
    }
}

impl Eq for VerifierKey {}

#[cfg(test)]
mod tests {
    use super::super::golden;
    use super::*;

    const FOO: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const PETER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    fn all() -> Vec<String> {
        let golden = [golden::text("log_vkey"), golden::text("witness_vkey")];
        [FOO, PETER].map(str::to_owned).into_iter().chain(golden).collect()
    }

    fn read(text: &str) -> Result<VerifierKey, VerifierKeyError> {
        text.parse()
    }

    #[test]
    fn known_keys_are_read_and_written_alike() {
        for text in all() {
            assert_eq!(read(&text).expect(&text).to_string(), text);
        }
        let secret = golden::secret("log_seed_hex");
        let name = golden::text("origin");
        let log = VerifierKey::new(&name, KeyType::Ed25519, &secret.public_key()).expect("a key");
        assert_eq!(log, golden::vkey("log_vkey"));
        let witness = golden::secret("witness_seed_hex").public_key();
        let witness = VerifierKey::new("witness.example/w1", KeyType::Cosignature, &witness);
        assert_eq!(witness.expect("a key"), golden::vkey("witness_vkey"));
    }

    #[test]
    fn one_key_has_another_id_for_another_type() {
        let key = golden::secret("log_seed_hex").public_key();
        let log = VerifierKey::new("a", KeyType::Ed25519, &key).expect("a key");
        let witness = VerifierKey::new("a", KeyType::Cosignature, &key).expect("a key");
        assert_ne!(log.id(), witness.id());
        assert_ne!(log, witness);
    }

    #[test]
    fn every_proper_substring_and_every_changed_byte_is_refused() {
        for text in all() {
            for start in 0..text.len() {
                for end in start..=text.len() {
                    let part = &text[start..end];
                    assert!(part == text || read(part).is_err(), "{part}");
                }
                let mut bytes = text.clone().into_bytes();
                bytes[start] += 1;
                let next = String::from_utf8(bytes).expect("still ASCII");
                assert!(read(&next).is_err(), "{next}");
            }
            for changed in golden::one_byte_off(&text) {
                assert!(read(&changed).is_err(), "{changed}");
            }
        }
    }

    /// A vkey with the ID that belongs to these bytes, whatever they are.
    fn made(name: &str, bytes: &[u8]) -> String {
        let id = Digest::of(&[name.as_bytes(), b"\n", bytes]);
        format!("{name}+{}+{}", to_hex(&id.as_bytes()[..4]), to_base64(bytes))
    }

    #[test]
    fn each_kind_of_fault_has_its_name() {
        let key = *golden::secret("log_seed_hex").public_key().as_bytes();
        let typed = |byte: u8, key: &[u8]| [&[byte], key].concat();
        assert!(read(&made("a", &typed(1, &key))).is_ok());
        let weak = [&[1_u8][..], &[0; 31]].concat();
        let cases = [
            (made("a", &typed(2, &key)), VerifierKeyError::UnknownType),
            (made("a", &typed(6, &key)), VerifierKeyError::UnknownType),
            (made("a", &typed(255, &key)), VerifierKeyError::UnknownType),
            (made("a", &typed(1, &key[1..])), VerifierKeyError::Length),
            (made("a", &typed(1, &[&key[..], &[0]].concat())), VerifierKeyError::Length),
            (made("a", &[]), VerifierKeyError::Length),
            (made("a", &typed(1, &weak)), VerifierKeyError::Unsuitable(UnsuitableKey::Weak)),
            (made("", &typed(1, &key)), VerifierKeyError::Name),
            (made("a\u{3000}b", &typed(1, &key)), VerifierKeyError::Name),
            (made("a\u{1}b", &typed(1, &key)), VerifierKeyError::Name),
            (FOO.replace("530d903a", "530D903A"), VerifierKeyError::KeyIdText),
            (FOO.replace("530d903a", "530d903b"), VerifierKeyError::KeyIdMismatch),
            (format!("{FOO}=="), VerifierKeyError::Base64),
            (format!("{FOO}\n"), VerifierKeyError::Base64),
            ("example.com/foo".to_owned(), VerifierKeyError::Parts),
        ];
        for (text, error) in cases {
            assert_eq!(read(&text).err(), Some(error), "{text}");
        }
        // Go's own case of a key that is too long, whose ID is otherwise right.
        let long = from_base64("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEQ==");
        let long = made("PeterNeumann", &long.expect("base64"));
        assert_eq!(read(&long).err(), Some(VerifierKeyError::Length));
        let loose = long.replace("BADKEQ==", "BADKEY==");
        assert_eq!(read(&loose).err(), Some(VerifierKeyError::Base64));
    }

    #[test]
    fn garbage_is_refused() {
        assert!(golden::garbage(2_000).all(|text| read(&text).is_err()));
    }
}
