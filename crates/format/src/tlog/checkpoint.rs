//! Checkpoints: the signed head of the log (`docs/spec/tlog.md` §3).
//!
//! A [`TrustedCheckpoint`] is evidence that the log's key signed it. It is not
//! evidence that the log never signed anything else: that takes a consistency
//! proof from the last checkpoint seen, or witnesses.

use super::merkle::empty_root;
use super::note::{Note, NoteError, OpenError, plain_line};
use super::origin::Origin;
use super::text::{digest_from_base64, from_decimal, to_base64};
use super::vkey::{KeyType, VerifierKey};
use crate::hash::Digest;
use crate::key::SecretKey;

/// What a log states about itself: its name, its size and its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log.
    pub origin: Origin,
    /// How many entries it has.
    pub size: u64,
    /// The Merkle root over them.
    pub root: Digest,
}

/// A checkpoint in a well-formed note that nobody has verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
    note_text: String,
}

/// A checkpoint whose signature by the log's key was verified. There is no other
/// way to make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedCheckpoint(SignedCheckpoint);

/// Why a text is not a checkpoint, or is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The text around it is not a signed note.
    #[error("the checkpoint is not a signed note")]
    Note(#[source] NoteError),
    /// The text is not origin, size and root in their canonical spelling.
    #[error("the text is not an origin, a size and a root in canonical form")]
    Text,
    /// Size 0 was claimed with another root than the empty one.
    #[error("the root of size 0 is not the empty root")]
    NotTheEmptyRoot,
    /// The key given is a witness's, not a log's.
    #[error("the key is not of a type that signs checkpoints")]
    NotALogKey,
    /// The key given belongs to another log.
    #[error("the checkpoint is of another log than the key")]
    OtherOrigin,
    /// The note is not signed by the log's key.
    #[error("the signature of the log is missing or wrong")]
    Signature(#[source] OpenError),
}

impl Checkpoint {
    /// The text that is signed (`docs/spec/tlog.md` §3.1).
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, to_base64(self.root.as_bytes()))
    }

    /// Reads the text that is signed; only the spelling that [`Checkpoint::text`]
    /// writes is accepted, hence no extension lines (`docs/spec/tlog.md` §3.1).
    pub fn parse(text: &str) -> Result<Checkpoint, CheckpointError> {
        let checkpoint = read_lines(text).ok_or(CheckpointError::Text)?;
        if checkpoint.text() != text {
            return Err(CheckpointError::Text);
        }
        if checkpoint.size == 0 && checkpoint.root != empty_root() {
            return Err(CheckpointError::NotTheEmptyRoot);
        }
        Ok(checkpoint)
    }

    /// Signs as the log; gives the whole note (`docs/spec/tlog.md` §3.2).
    ///
    /// NB: a log must never sign two checkpoints that are inconsistent. Nothing
    /// here remembers, so the caller must have made this one durable before.
    pub fn sign(&self, secret: &SecretKey) -> String {
        let text = self.text();
        format!("{text}\n{}", plain_line(self.origin.as_ref(), secret, &text))
    }
}

impl SignedCheckpoint {
    /// Reads a checkpoint note without judging its signatures.
    pub fn parse(note_text: &str) -> Result<SignedCheckpoint, CheckpointError> {
        let note = Note::parse(note_text).map_err(CheckpointError::Note)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        Ok(SignedCheckpoint { checkpoint, note, note_text: note_text.to_owned() })
    }

    /// What the note claims: good for choosing a key, for nothing else.
    pub fn claimed(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The whole note as it was read.
    pub fn note_text(&self) -> &str {
        &self.note_text
    }

    /// Verifies the log's signature; the key's name must be the origin
    /// (`docs/spec/tlog.md` §3.2).
    pub fn verify(self, log_key: &VerifierKey) -> Result<TrustedCheckpoint, CheckpointError> {
        if log_key.kind() != KeyType::Ed25519 {
            return Err(CheckpointError::NotALogKey);
        }
        if log_key.name() != self.checkpoint.origin.as_ref() {
            return Err(CheckpointError::OtherOrigin);
        }
        let known = std::slice::from_ref(log_key);
        self.note.open(known).map_err(CheckpointError::Signature)?;
        Ok(TrustedCheckpoint(self))
    }
}

impl TrustedCheckpoint {
    /// Reads a checkpoint note and verifies the log's signature on it
    /// (`docs/spec/tlog.md` §3.2).
    pub fn open(
        note_text: &str,
        log_key: &VerifierKey,
    ) -> Result<TrustedCheckpoint, CheckpointError> {
        SignedCheckpoint::parse(note_text)?.verify(log_key)
    }

    /// What the log stated.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.0.checkpoint
    }

    /// The whole note as it was read, cosignature lines included.
    ///
    /// NB: lines by others than the log were not verified.
    pub fn note_text(&self) -> &str {
        &self.0.note_text
    }

    pub(super) fn note(&self) -> &Note {
        &self.0.note
    }

    pub(super) fn signed(&self) -> &SignedCheckpoint {
        &self.0
    }
}

impl From<TrustedCheckpoint> for SignedCheckpoint {
    /// Forgets that it was verified, as whoever it is sent to does.
    fn from(trusted: TrustedCheckpoint) -> SignedCheckpoint {
        trusted.0
    }
}

fn read_lines(text: &str) -> Option<Checkpoint> {
    let mut lines = text.split('\n');
    let origin = lines.next()?.parse().ok()?;
    let size = from_decimal(lines.next()?)?;
    let root = digest_from_base64(lines.next()?)?;
    Some(Checkpoint { origin, size, root })
}

#[cfg(test)]
mod tests {
    use super::super::golden;
    use super::*;

    fn head(size: u64) -> Checkpoint {
        let root = golden::tree(size).root();
        Checkpoint { origin: golden::text("origin").parse().expect("an origin"), size, root }
    }

    #[test]
    fn the_golden_checkpoints_open_and_are_signed_alike() {
        let (secret, key) = (golden::secret("log_seed_hex"), golden::vkey("log_vkey"));
        for size in golden::SIZES {
            let note = golden::checkpoint(size);
            let trusted = TrustedCheckpoint::open(&note, &key).expect("the log signed it");
            assert_eq!(trusted.checkpoint(), &head(size));
            assert_eq!(trusted.note_text(), note);
            let signed = head(size).sign(&secret);
            assert!(note.starts_with(&signed) && signed.lines().count() == 5, "{signed}");
            assert!(TrustedCheckpoint::open(&signed, &key).is_ok());
        }
    }

    #[test]
    fn only_the_canonical_text_is_read() {
        let text = head(600).text();
        assert_eq!(Checkpoint::parse(&text), Ok(head(600)));
        let empty = head(0).text();
        for bad in [
            text.replace("\n600\n", "\n0600\n"),
            text.replace("\n600\n", "\n+600\n"),
            text.replace("\n600\n", "\n 600\n"),
            text.replace("\n600\n", "\n-1\n"),
            text.replace("\n600\n", "\n\n"),
            text.replace("\n600\n", "\n18446744073709551616\n"),
            text.replace("V8=\n", "V9=\n"),
            text.replace("V8=\n", "V8\n"),
            text.replace("carbon", "car bon"),
            text.replace("carbon", "car+bon"),
            text.replace('\n', "\r\n"),
            format!("{text}extension\n"),
            format!("{text}\n"),
            format!("\n{text}"),
            text.trim_end().to_owned(),
            String::new(),
        ] {
            assert_eq!(Checkpoint::parse(&bad), Err(CheckpointError::Text), "{bad:?}");
        }
        let lie = empty.replace("47DE", "57DE");
        assert_eq!(Checkpoint::parse(&lie), Err(CheckpointError::NotTheEmptyRoot));
        let largest = Checkpoint { size: u64::MAX, ..head(1) };
        assert_eq!(Checkpoint::parse(&largest.text()), Ok(largest));
    }

    #[test]
    fn only_the_key_of_this_log_and_type_makes_it_trusted() {
        let (secret, note) = (golden::secret("log_seed_hex"), golden::checkpoint(600));
        let open = |name: &str, kind, secret: &SecretKey| {
            let key = VerifierKey::new(name, kind, &secret.public_key()).expect("a key");
            TrustedCheckpoint::open(&note, &key).err()
        };
        let origin = golden::text("origin");
        let unknown = CheckpointError::Signature(OpenError::NoKnownKey);
        assert_eq!(open(&origin, KeyType::Ed25519, &secret), None);
        assert_eq!(open(&origin, KeyType::Cosignature, &secret), Some(CheckpointError::NotALogKey));
        assert_eq!(open("a", KeyType::Ed25519, &secret), Some(CheckpointError::OtherOrigin));
        let other = SecretKey::from_seed(&[1; 32]);
        assert_eq!(open(&origin, KeyType::Ed25519, &other), Some(unknown));
        // Another log's checkpoint, signed with our log's key under our log's name.
        let text = head(600).text().replace("2026", "2027");
        let crossed = format!("{text}\n{}", plain_line(&origin, &secret, &text));
        let opened = TrustedCheckpoint::open(&crossed, &golden::vkey("log_vkey"));
        assert_eq!(opened, Err(CheckpointError::OtherOrigin));
    }

    #[test]
    fn one_changed_byte_never_makes_another_checkpoint_trusted() {
        let (key, note) = (golden::vkey("log_vkey"), golden::checkpoint(600));
        let witness_line = note.rfind('\u{2014}').expect("a witness line");
        let (mut refused, mut same) = (0, 0);
        for changed in golden::one_byte_off(&note) {
            match TrustedCheckpoint::open(&changed, &key) {
                Err(_) => refused += 1,
                // Only the line of a witness, whom nobody asked about, may differ.
                Ok(trusted) => {
                    assert_eq!(trusted.checkpoint(), &head(600));
                    assert_eq!(changed[..witness_line], note[..witness_line]);
                    same += 1;
                }
            }
        }
        assert!(refused > same && same > 0);
        let alone = head(600).sign(&golden::secret("log_seed_hex"));
        let mut all = golden::one_byte_off(&alone);
        assert!(all.all(|changed| TrustedCheckpoint::open(&changed, &key).is_err()));
        for end in 0..alone.len() {
            let cut = alone.get(..end).map(|cut| TrustedCheckpoint::open(cut, &key));
            assert!(!matches!(cut, Some(Ok(_))), "{end}");
        }
    }

    #[test]
    fn garbage_is_refused() {
        assert!(golden::garbage(20_000).all(|text| SignedCheckpoint::parse(&text).is_err()));
    }
}
