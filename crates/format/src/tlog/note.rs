//! Signed notes: a text and the signatures under it (`docs/spec/tlog.md` §2).
//!
//! Parsing says nothing about who wrote a note; only [`Note::open`] does. What
//! the text means is the business of `checkpoint`.

use super::text::{from_base64, is_key_name, to_base64};
use super::vkey::{KeyId, KeyType, VerifierKey};
use crate::key::SecretKey;
use std::fmt;

/// Longest note that is looked at. 64 of our own lines take below 28 KiB; 16
/// lines (C2SP's least) of the largest assigned signature, which has below 5 kB,
/// take below 112 KiB.
pub const NOTE_BYTES_MAX: usize = 256 * 1024;

/// Most signature lines in a note. C2SP demands 16; a log and its witnesses need fewer.
pub const NOTE_SIGNATURES_MAX: usize = 64;

/// What every signature line begins with: an em dash and a space.
const LINE_PREFIX: &str = "\u{2014} ";

/// A signed note, well-formed but not verified (`docs/spec/tlog.md` §2.1).
///
/// Its `Display` gives back exactly the text it was parsed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One signature line of a note (`docs/spec/tlog.md` §2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    name: String,
    key_id: KeyId,
    bytes: Vec<u8>,
}

/// A signature line that verified, and the known key it verified under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedSignature<'a> {
    /// The key.
    pub key: &'a VerifierKey,
    /// For a cosignature the time it states, in POSIX seconds.
    pub time_s: Option<u64>,
}

/// Why a text is not a signed note, or cannot be signed as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// More than [`NOTE_BYTES_MAX`] bytes.
    #[error("the note has more than {NOTE_BYTES_MAX} bytes")]
    TooLong,
    /// A byte below 0x20 that is not a newline.
    #[error("the note contains a control character")]
    ControlCharacter,
    /// No blank line between text and signatures.
    #[error("no blank line separates the text from the signatures")]
    NoSeparator,
    /// The text to be signed does not end with a newline.
    #[error("the text does not end with a newline")]
    UnterminatedText,
    /// No signature line, or the last one does not end with a newline.
    #[error("the note does not end with a complete signature line")]
    UnterminatedSignature,
    /// More than [`NOTE_SIGNATURES_MAX`] signature lines.
    #[error("the note has more than {NOTE_SIGNATURES_MAX} signature lines")]
    TooManySignatures,
    /// A line among the signatures is not a dash, a name and base64.
    #[error("a signature line is not a dash, a key name and a signature")]
    SignatureLine,
    /// The name is empty or has a space, a '+' or a control character.
    #[error("the key name is empty or contains a space, a '+' or a control character")]
    KeyName,
    /// The signature is not canonical base64.
    #[error("a signature is not canonical base64")]
    Base64,
    /// Nothing follows the key ID.
    #[error("a signature is too short")]
    ShortSignature,
}

/// Why a note is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// A line names a known key, but its signature does not verify.
    #[error("the signature of the known key {name} does not verify")]
    BadSignature {
        /// The name of the key.
        name: String,
    },
    /// No line is by a known key.
    #[error("no known key signed the note")]
    NoKnownKey,
}

impl Note {
    /// Reads a note, refusing every spelling but the canonical one
    /// (`docs/spec/tlog.md` §2.1).
    pub fn parse(note: &str) -> Result<Note, NoteError> {
        check_characters(note)?;
        let blank = note.rfind("\n\n").ok_or(NoteError::NoSeparator)?;
        let (text, rest) = (&note[..blank + 1], &note[blank + 2..]);
        let lines = rest.strip_suffix('\n').ok_or(NoteError::UnterminatedSignature)?;
        let mut signatures = Vec::new();
        for line in lines.split('\n') {
            if signatures.len() == NOTE_SIGNATURES_MAX {
                return Err(NoteError::TooManySignatures);
            }
            signatures.push(NoteSignature::parse(line)?);
        }
        Ok(Note { text: text.to_owned(), signatures })
    }

    /// The signed text with its final newline. Not to be acted on before [`Note::open`].
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signature lines in order.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Verifies every line by one of the `known` keys; lines by others are ignored
    /// (`docs/spec/tlog.md` §2.3). One bad line by a known key condemns the whole
    /// note, and at least one line must be good.
    ///
    /// NB: a key that signed twice appears twice; who counts signers counts keys.
    pub fn open<'a>(
        &self,
        known: &'a [VerifierKey],
    ) -> Result<Vec<VerifiedSignature<'a>>, OpenError> {
        let verified = self.verified(known)?;
        if verified.is_empty() { Err(OpenError::NoKnownKey) } else { Ok(verified) }
    }

    /// As [`Note::open`], but no signature at all is not an error.
    pub(super) fn verified<'a>(
        &self,
        known: &'a [VerifierKey],
    ) -> Result<Vec<VerifiedSignature<'a>>, OpenError> {
        let mut verified = Vec::new();
        for line in &self.signatures {
            for key in known.iter().filter(|key| line.is_by(key)) {
                let time_s = key
                    .check(&self.text, &line.bytes)
                    .map_err(|_| OpenError::BadSignature { name: line.name.clone() })?;
                verified.push(VerifiedSignature { key, time_s });
            }
        }
        Ok(verified)
    }
}

impl NoteSignature {
    fn parse(line: &str) -> Result<NoteSignature, NoteError> {
        let line = line.strip_prefix(LINE_PREFIX).ok_or(NoteError::SignatureLine)?;
        let (name, signature) = line.split_once(' ').ok_or(NoteError::SignatureLine)?;
        if !is_key_name(name) {
            return Err(NoteError::KeyName);
        }
        let signature = from_base64(signature).ok_or(NoteError::Base64)?;
        match signature.split_first_chunk() {
            Some((id, bytes)) if !bytes.is_empty() => Ok(NoteSignature {
                name: name.to_owned(),
                key_id: KeyId::from_bytes(*id),
                bytes: bytes.to_vec(),
            }),
            _ => Err(NoteError::ShortSignature),
        }
    }

    /// The name of the key that is said to have signed.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The ID of the key that is said to have signed.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// The bytes after the key ID, whose meaning depends on the key's type.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    fn is_by(&self, key: &VerifierKey) -> bool {
        self.name == key.name() && self.key_id == key.id()
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for signature in &self.signatures {
            f.write_str(&signature_line(&signature.name, signature.key_id, &signature.bytes))?;
        }
        Ok(())
    }
}

/// Signs `text` as the key of type 01 named `name`; gives the whole line with
/// its newline (`docs/spec/tlog.md` §2.3). The note is then the text, an empty
/// line and one or more such lines.
pub fn sign_line(name: &str, secret: &SecretKey, text: &str) -> Result<String, NoteError> {
    check_characters(text)?;
    if !text.ends_with('\n') {
        return Err(NoteError::UnterminatedText);
    }
    if !is_key_name(name) {
        return Err(NoteError::KeyName);
    }
    Ok(plain_line(name, secret, text))
}

/// As [`sign_line`], for a name and a text that are known to be well-formed.
pub(super) fn plain_line(name: &str, secret: &SecretKey, text: &str) -> String {
    let id = KeyId::of(name, KeyType::Ed25519, &secret.public_key());
    signature_line(name, id, secret.sign(text.as_bytes()).as_bytes())
}

/// Writes one signature line with its newline.
pub(super) fn signature_line(name: &str, id: KeyId, bytes: &[u8]) -> String {
    let signature = [id.as_bytes().as_slice(), bytes].concat();
    format!("{LINE_PREFIX}{name} {}\n", to_base64(&signature))
}

fn check_characters(text: &str) -> Result<(), NoteError> {
    if text.len() > NOTE_BYTES_MAX {
        return Err(NoteError::TooLong);
    }
    if text.bytes().any(|byte| byte < b' ' && byte != b'\n') {
        return Err(NoteError::ControlCharacter);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::golden;
    use super::*;

    const FOO_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    const FOO: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";
    const PETER_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const PETER_SEED: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const PETER_TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const PETER_LINE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn key(text: &str) -> VerifierKey {
        text.parse().expect("a verifier key")
    }

    fn open(note: &str, keys: &[VerifierKey]) -> Result<usize, OpenError> {
        Note::parse(note).expect("a note").open(keys).map(|signatures| signatures.len())
    }

    #[test]
    fn the_published_notes_open_and_are_written_as_they_were_read() {
        let peter = format!("{PETER_TEXT}\n{PETER_LINE}");
        for (note, known) in [(FOO, FOO_KEY), (peter.as_str(), PETER_KEY)] {
            assert_eq!(open(note, &[key(known)]), Ok(1));
            assert_eq!(Note::parse(note).expect("a note").to_string(), note);
        }
    }

    #[test]
    fn signing_gives_the_published_line() {
        let seed = from_base64(PETER_SEED).expect("base64");
        let secret = SecretKey::from_seed(&seed[1..].try_into().expect("32 bytes"));
        let line = sign_line("PeterNeumann", &secret, PETER_TEXT).expect("signed");
        assert_eq!(line, PETER_LINE);
        for (name, text, error) in [
            ("a", "a", NoteError::UnterminatedText),
            ("a", "", NoteError::UnterminatedText),
            ("a", "\t\n", NoteError::ControlCharacter),
            ("", "a\n", NoteError::KeyName),
            ("a b", "a\n", NoteError::KeyName),
            ("a+b", "a\n", NoteError::KeyName),
        ] {
            assert_eq!(sign_line(name, &secret, text), Err(error), "{name} {text}");
        }
    }

    #[test]
    fn unknown_keys_are_ignored_and_bad_signatures_by_known_ones_condemn() {
        let both = format!("{FOO}{PETER_LINE}");
        let bad = OpenError::BadSignature { name: "PeterNeumann".to_owned() };
        assert_eq!(open(&both, &[key(FOO_KEY)]), Ok(1));
        assert_eq!(open(&both, &[key(PETER_KEY)]), Err(bad.clone()));
        assert_eq!(open(&both, &[key(FOO_KEY), key(PETER_KEY)]), Err(bad));
        assert_eq!(open(FOO, &[key(PETER_KEY)]), Err(OpenError::NoKnownKey));
        assert_eq!(open(FOO, &[]), Err(OpenError::NoKnownKey));
        let renamed = format!("{FOO}{}", PETER_LINE.replace("PeterNeumann", "PeterNewman"));
        assert_eq!(open(&renamed, &[key(FOO_KEY), key(PETER_KEY)]), Ok(1));
    }

    #[test]
    fn the_text_ends_at_the_last_blank_line() {
        let secret = golden::secret("log_seed_hex");
        let known = VerifierKey::new("a", KeyType::Ed25519, &secret.public_key()).expect("a key");
        for text in ["\n", "\n\n", "a\n\nb\n", "a\n\n", "\u{2014} a AAAAAAA=\n"] {
            let line = sign_line("a", &secret, text).expect("signed");
            let note = Note::parse(&format!("{text}\n{line}")).expect("a note");
            assert_eq!(note.text(), text);
            assert_eq!(note.open(std::slice::from_ref(&known)).map(|all| all.len()), Ok(1));
        }
    }

    #[test]
    fn malformed_notes_are_refused_by_name() {
        let line = "\u{2014} a AAAAAAA=\n";
        let lines = |count| format!("t\n\n{}", line.repeat(count));
        assert_eq!(Note::parse(&lines(NOTE_SIGNATURES_MAX)).map(|n| n.signatures().len()), Ok(64));
        for (note, error) in [
            (lines(NOTE_SIGNATURES_MAX + 1), NoteError::TooManySignatures),
            (format!("{}\n\n{line}", "t".repeat(NOTE_BYTES_MAX)), NoteError::TooLong),
            (format!("t\r\n\n{line}"), NoteError::ControlCharacter),
            (format!("t\n{line}"), NoteError::NoSeparator),
            (String::new(), NoteError::NoSeparator),
            ("t\n\n".to_owned(), NoteError::UnterminatedSignature),
            (format!("t\n\n{}", line.trim_end()), NoteError::UnterminatedSignature),
            (format!("t\n\n{line}\n"), NoteError::UnterminatedSignature),
            ("t\n\n- a AAAAAAA=\n".to_owned(), NoteError::SignatureLine),
            ("t\n\n\u{2014} a\n".to_owned(), NoteError::SignatureLine),
            ("t\n\n\u{2014}  AAAAAAA=\n".to_owned(), NoteError::KeyName),
            ("t\n\n\u{2014} a+b AAAAAAA=\n".to_owned(), NoteError::KeyName),
            ("t\n\n\u{2014} a\u{a0}b AAAAAAA=\n".to_owned(), NoteError::KeyName),
            ("t\n\n\u{2014} a  AAAAAAA=\n".to_owned(), NoteError::Base64),
            ("t\n\n\u{2014} a AAAAAAA\n".to_owned(), NoteError::Base64),
            ("t\n\n\u{2014} a AAAAAAB=\n".to_owned(), NoteError::Base64),
            ("t\n\n\u{2014} a AAAAAAA= \n".to_owned(), NoteError::Base64),
            ("t\n\n\u{2014} a AAAAAA==\n".to_owned(), NoteError::ShortSignature),
        ] {
            assert_eq!(Note::parse(&note), Err(error), "{note:?}");
        }
    }

    #[test]
    fn garbage_does_no_harm_and_what_is_read_is_written_alike() {
        for text in golden::garbage(20_000) {
            if let Ok(note) = Note::parse(&text) {
                assert_eq!(note.to_string(), text);
            }
        }
    }
}
