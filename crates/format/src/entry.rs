//! Entries: one byte string each, used for the chain, the tree, storage and
//! every answer. Specification: `docs/spec/entry.md`.

use crate::codec::{self, CodecError};
use crate::envelope::SignedCommand;
use crate::event::Event;
use crate::hash::Digest;
use crate::id::EntryIndex;
use crate::time::Timestamp;
use crate::tlog::leaf_hash;
use bincode::{Decode, Encode};
use serde::Serialize;

/// The format version: the first byte of every entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Serialize)]
pub struct FormatVersion(u8);

impl FormatVersion {
    /// The only version so far.
    pub const V1: FormatVersion = FormatVersion(1);
}

codec::decode_checked!(FormatVersion, u8, |raw| (raw == 1).then_some(FormatVersion::V1));

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Entry {
    /// Always 1.
    pub version: FormatVersion,
    /// Position in the log.
    pub index: EntryIndex,
    /// Leaf hash of the entry before; zero for entry 0.
    pub prev: Digest,
    /// When the registry recorded it; never before the entry before.
    pub time: Timestamp,
    /// Version of the rule set that it was decided under; zero for entry 0.
    pub rule_set: u32,
    /// What was asked, exactly as it was signed.
    pub command: SignedCommand,
    /// What it did.
    pub event: Event,
}

/// An entry together with its bytes and leaf hash, which always belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedEntry {
    entry: Entry,
    bytes: Vec<u8>,
    leaf: Digest,
}

impl SealedEntry {
    /// Encodes an entry, and reads it back: what cannot be read must never be
    /// written.
    pub fn seal(entry: Entry) -> Result<SealedEntry, CodecError> {
        let bytes = codec::encode(&entry)?;
        if codec::decode::<Entry>(&bytes)? != entry {
            return Err(CodecError::NotCanonical);
        }
        let leaf = leaf_hash(&bytes);
        Ok(SealedEntry { entry, bytes, leaf })
    }

    /// Decodes an entry, which must be canonical.
    pub fn open(bytes: Vec<u8>) -> Result<SealedEntry, CodecError> {
        let entry = codec::decode(&bytes)?;
        let leaf = leaf_hash(&bytes);
        Ok(SealedEntry { entry, bytes, leaf })
    }

    /// The entry.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    /// Its canonical bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its leaf hash: the `prev` of the next entry.
    pub fn leaf(&self) -> Digest {
        self.leaf
    }
}
