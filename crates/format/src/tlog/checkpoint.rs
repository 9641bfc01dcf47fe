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

fn read_lines(text: &str) -> Option<Checkpoint> {
    let mut lines = text.split('\n');
    let origin = lines.next()?.parse().ok()?;
    let size = from_decimal(lines.next()?)?;
    let root = digest_from_base64(lines.next()?)?;
    Some(Checkpoint { origin, size, root })
}
