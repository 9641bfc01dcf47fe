//! The bytes that a finding is about.

use crate::code::Code;
use jcm_format::codec;
use jcm_format::entry::Entry;
use jcm_format::envelope::EnvelopeError;
use jcm_format::hash::to_hex;
use serde::Serialize;
use std::fmt;

/// Bytes that are shown: enough for a hash with what stands around it.
const SHOWN_MAX: usize = 64;

/// Bytes of the log that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Excerpt {
    /// What they are.
    pub part: Part,
    /// Where they begin in the file that the finding names.
    pub file_offset: Option<u64>,
    /// Where they begin in the entry.
    pub entry_offset: Option<u64>,
    /// How many there are.
    pub length: u64,
    /// The first 64 of them, in hexadecimal.
    pub hex: String,
}

/// A part of a file or an entry (`docs/spec/entry.md` §5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// What stands in the file there.
    File,
    /// The entry as a whole.
    Entry,
    /// Its index.
    Index,
    /// The leaf hash of the entry before.
    Prev,
    /// Its time.
    Time,
    /// The version of its rule set.
    RuleSet,
    /// What was asked.
    Payload,
    /// The signatures on it.
    Signatures,
    /// What it did.
    Effects,
}

impl Part {
    const fn words(self) -> &'static str {
        match self {
            Part::File => "file",
            Part::Entry => "entry",
            Part::Index => "index",
            Part::Prev => "hash of the entry before",
            Part::Time => "time",
            Part::RuleSet => "version of the rule set",
            Part::Payload => "command",
            Part::Signatures => "signatures",
            Part::Effects => "effects",
        }
    }
}

/// The part of an entry that a code is about.
pub(crate) const fn part_of(code: Code) -> Part {
    match code {
        Code::EntryIndex => Part::Index,
        Code::ChainBroken => Part::Prev,
        Code::TimeReversed => Part::Time,
        Code::RuleSetVersion => Part::RuleSet,
        Code::EffectMismatch | Code::ConservationBroken => Part::Effects,
        Code::KeyUnknown | Code::KeyRevoked | Code::RoleNotPermitted => Part::Signatures,
        _ if code.number().is_some() => Part::Payload,
        Code::CommandRepeated => Part::Payload,
        _ => Part::Entry,
    }
}

/// The part of an entry that a rule of form is about.
pub(crate) const fn part_of_envelope(error: &EnvelopeError) -> Part {
    match error {
        EnvelopeError::SignatureCount
        | EnvelopeError::SignerRepeated(_)
        | EnvelopeError::UnsuitableKey(..)
        | EnvelopeError::BadSignature(_) => Part::Signatures,
        EnvelopeError::PayloadTooLong
        | EnvelopeError::PayloadMalformed
        | EnvelopeError::PayloadNotCanonical
        | EnvelopeError::Field(_) => Part::Payload,
    }
}

impl Excerpt {
    /// What stands at a place of a file; nothing if nothing stands there.
    pub(crate) fn of_file(offset: u64, found: &[u8]) -> Option<Box<Excerpt>> {
        let excerpt = || Excerpt {
            part: Part::File,
            file_offset: Some(offset),
            entry_offset: None,
            length: found.len() as u64,
            hex: shown(found),
        };
        (!found.is_empty()).then(|| Box::new(excerpt()))
    }

    /// A part of an entry that begins at `offset` of its file. The whole where the
    /// part cannot be told.
    pub(crate) fn of_entry(part: Part, bytes: &[u8], offset: Option<u64>) -> Excerpt {
        let (begins, ends) = place_of(part, bytes).unwrap_or((0, bytes.len()));
        let found = bytes.get(begins..ends).unwrap_or_default();
        Excerpt {
            part,
            file_offset: offset.map(|offset| offset.saturating_add(begins as u64)),
            entry_offset: Some(begins as u64),
            length: found.len() as u64,
            hex: shown(found),
        }
    }
}

fn shown(bytes: &[u8]) -> String {
    to_hex(bytes.get(..SHOWN_MAX).unwrap_or(bytes))
}

/// Where a part begins and ends: its fields follow each other without anything
/// between, so their lengths tell.
fn place_of(part: Part, bytes: &[u8]) -> Option<(usize, usize)> {
    let entry: Entry = codec::decode(bytes).ok()?;
    let lengths = [
        codec::encode(&entry.version).ok()?.len(),
        codec::encode(&entry.index).ok()?.len(),
        codec::encode(&entry.prev).ok()?.len(),
        codec::encode(&entry.time).ok()?.len(),
        codec::encode(&entry.rule_set).ok()?.len(),
        codec::encode(&entry.command.payload).ok()?.len(),
        codec::encode(&entry.command.signatures).ok()?.len(),
        codec::encode(&entry.event).ok()?.len(),
    ];
    let position = match part {
        Part::Entry | Part::File => return Some((0, bytes.len())),
        Part::Index => 1,
        Part::Prev => 2,
        Part::Time => 3,
        Part::RuleSet => 4,
        Part::Payload => 5,
        Part::Signatures => 6,
        Part::Effects => 7,
    };
    let begins: usize = lengths.iter().take(position).sum();
    Some((begins, begins + lengths.get(position)?))
}

impl fmt::Display for Excerpt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Excerpt { part, file_offset, entry_offset, length, hex } = self;
        write!(f, "{length} bytes ({})", part.words())?;
        if let Some(offset) = entry_offset {
            write!(f, " at byte {offset} of the entry")?;
        }
        if let Some(offset) = file_offset {
            write!(f, ", byte {offset} of the file")?;
        }
        let more =
            if SHOWN_MAX < usize::try_from(*length).unwrap_or(usize::MAX) { "..." } else { "" };
        write!(f, ": {hex}{more}")
    }
}
