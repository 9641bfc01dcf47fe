//! Documents that prove themselves (`docs/spec/documents.md`), and receipts:
//! checked without the registry, with nothing but its log key.

mod certificate;
mod notice;
mod text;

pub use text::{Document, extract};

use crate::chain::reason_of;
use jcm_format::command::Command;
use jcm_format::entry::{Entry, SealedEntry};
use jcm_format::event::Event;
use jcm_format::id::EntryIndex;
use jcm_format::key::PublicKey;
use jcm_format::time::Timestamp;
use jcm_format::tlog::{Checkpoint, Note, ProofFile, TrustedCheckpoint, VerifierKey};
use serde::Serialize;

/// What the reader knows beforehand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trust {
    /// The key that the registry has published.
    pub log_key: Option<VerifierKey>,
    /// Keys of witnesses. All of them must have cosigned.
    pub witnesses: Vec<VerifierKey>,
    /// Pass over signatures by keys that are not known. They could be changed
    /// without anybody's noticing.
    pub ignore_unknown_signatures: bool,
}

/// A document that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// What it is.
    pub kind: Kind,
    /// Name of the log.
    pub registry: String,
    /// The key that signed, as a vkey.
    pub log_key: String,
    /// Whether that is the key that the reader knew beforehand.
    pub log_key_pinned: bool,
    /// How many entries the checkpoint covers.
    pub size: u64,
    /// The checkpoint as it was signed.
    pub checkpoint: String,
    /// The witnesses that have cosigned it.
    pub witnesses: Vec<String>,
    /// The lines that the document states.
    pub statement: Option<String>,
    /// The entries that it carries.
    pub entries: Vec<ProvedEntry>,
    /// What is proved, what is only stated, and what is not shown.
    pub grounds: Vec<Ground>,
}

/// The kinds of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The proof of one entry.
    Receipt,
    /// 記録事項証明書.
    Certificate,
    /// 無効化通知 or 取消し通知.
    Notice,
}

/// An entry that is in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProvedEntry {
    /// Its number.
    pub index: EntryIndex,
    /// When it was recorded, by the registry's clock.
    pub time: Timestamp,
    /// The name of its command.
    pub command: &'static str,
    /// Who signed the command.
    pub signers: Vec<PublicKey>,
    /// What it did.
    pub event: Event,
}

/// How something is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ground {
    /// How.
    pub how: How,
    /// What.
    pub what: String,
}

/// Ways of knowing, the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// By the signatures and hashes in the document.
    Proved,
    /// The document says so; a replay of the whole log shows whether it is so.
    Stated,
    /// Nothing in the document is about it.
    NotShown,
}

/// Why a document is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// It is no document at all, or not written as documents are.
    #[error("it is not a document of the registry: {0}")]
    Form(String),
    /// There is no key to hold it against.
    #[error("a receipt names no key: give the registry's with --log-key")]
    NoKey,
    /// It names another key than the reader knows.
    #[error("it names the log key {named}, not {known}")]
    OtherKey {
        /// In the document.
        named: String,
        /// The reader's.
        known: String,
    },
    /// A proof is not well formed or proves nothing.
    #[error("entry {0} is not proved: {1}")]
    Proof(u64, String),
    /// The checkpoint has a signature by a key that nobody named.
    #[error(
        "the checkpoint has a signature by {0}, whose key is not known: give it with --witness, or \
         --ignore-unknown-signatures"
    )]
    UnknownSignature(String),
    /// The entries do not say what the document says.
    #[error("{0}")]
    Content(String),
}

/// Checks a document or a receipt: a JSON document, the HTML that holds one, or a
/// proof file.
///
/// # Errors
///
/// It does not hold.
pub fn check(text: &str, trust: &Trust) -> Result<Checked, DocumentError> {
    if text.starts_with("c2sp.org/tlog-proof@") {
        let key = trust.log_key.clone().ok_or(DocumentError::NoKey)?;
        let opened = open(&[text.to_owned()], &key, &trust.witnesses, trust)?;
        return Ok(opened.checked(Kind::Receipt, None, trust, receipt_grounds()));
    }
    let document = extract(text).map_err(DocumentError::Form)?;
    let named = document.log_key()?;
    let key = match &trust.log_key {
        Some(known) if *known != named => {
            let (named, known) = (named.to_string(), known.to_string());
            return Err(DocumentError::OtherKey { named, known });
        }
        Some(_) | None => named,
    };
    let listed = document.witnesses()?;
    let opened = open(&document.proofs, &key, &listed, trust)?;
    for witness in &trust.witnesses {
        if !opened.witnesses.iter().any(|name| *name == witness.to_string()) {
            let what = format!("the witness {} has not cosigned it", witness.name());
            return Err(DocumentError::Content(what));
        }
    }
    let (kind, grounds) = match document.kind.as_str() {
        "certificate" => (Kind::Certificate, certificate::check(&document.statement, &opened)?),
        "notice" => (Kind::Notice, notice::check(&document.statement, &opened)?),
        other => return Err(DocumentError::Form(format!("{other} is no kind of document"))),
    };
    Ok(opened.checked(kind, Some(document.statement), trust, grounds))
}

/// Entries that are proved by one checkpoint.
struct Opened {
    key: VerifierKey,
    checkpoint: TrustedCheckpoint,
    witnesses: Vec<String>,
    entries: Vec<SealedEntry>,
    commands: Vec<Command>,
}

impl Opened {
    fn head(&self) -> &Checkpoint {
        self.checkpoint.checkpoint()
    }

    /// The entry with a number.
    fn entry(&self, index: EntryIndex) -> Option<&Entry> {
        self.entries.iter().map(SealedEntry::entry).find(|entry| entry.index == index)
    }

    fn checked(
        &self,
        kind: Kind,
        statement: Option<String>,
        trust: &Trust,
        grounds: Vec<Ground>,
    ) -> Checked {
        let entries = self.entries.iter().zip(&self.commands).map(|(sealed, command)| {
            let entry = sealed.entry();
            ProvedEntry {
                index: entry.index,
                time: entry.time,
                command: command.body.name(),
                signers: entry.command.signatures.iter().map(|signature| signature.key).collect(),
                event: entry.event.clone(),
            }
        });
        Checked {
            kind,
            registry: self.head().origin.to_string(),
            log_key: self.key.to_string(),
            log_key_pinned: trust.log_key.is_some(),
            size: self.head().size,
            checkpoint: self.checkpoint.note_text().to_owned(),
            witnesses: self.witnesses.clone(),
            statement,
            entries: entries.collect(),
            grounds,
        }
    }
}

/// Verifies every proof: form, checkpoint, inclusion, the entry itself and the
/// signatures of its command.
fn open(
    proofs: &[String],
    key: &VerifierKey,
    witnesses: &[VerifierKey],
    trust: &Trust,
) -> Result<Opened, DocumentError> {
    let mut checkpoint: Option<TrustedCheckpoint> = None;
    let (mut entries, mut commands): (Vec<SealedEntry>, Vec<Command>) = (Vec::new(), Vec::new());
    for text in proofs {
        let proof: ProofFile =
            text.parse().map_err(|error| DocumentError::Form(reason_of(&error)))?;
        let failed = |what: String| DocumentError::Proof(proof.index(), what);
        let bytes = proof.extra().ok_or_else(|| failed("its bytes are not given".to_owned()))?;
        let trusted = proof.verify(bytes, key).map_err(|error| failed(reason_of(&error)))?;
        let sealed =
            SealedEntry::open(bytes.to_vec()).map_err(|error| failed(reason_of(&error)))?;
        let entry = sealed.entry();
        if entry.index.get() != proof.index() {
            return Err(failed(format!("it calls itself {}", entry.index)));
        }
        commands.push(command_of(entry, &trusted).map_err(failed)?);
        if entries.last().is_some_and(|before| entry.index <= before.entry().index) {
            let what = "the entries are not in ascending order".to_owned();
            return Err(DocumentError::Form(what));
        }
        entries.push(sealed);
        match &checkpoint {
            Some(first) if first.note_text() != trusted.note_text() => {
                let what = "its proofs have different checkpoints".to_owned();
                return Err(DocumentError::Form(what));
            }
            Some(_) => {}
            None => checkpoint = Some(trusted),
        }
    }
    let checkpoint =
        checkpoint.ok_or_else(|| DocumentError::Form("it proves no entry".to_owned()))?;
    let witnesses = signatures(&checkpoint, key, witnesses, trust)?;
    Ok(Opened { key: key.clone(), checkpoint, witnesses, entries, commands })
}

/// The command of an entry, its signatures verified and its pinned effect compared.
fn command_of(entry: &Entry, checkpoint: &TrustedCheckpoint) -> Result<Command, String> {
    let verified = entry.command.clone().verify(|key| key.admit());
    let command = verified.map_err(|error| reason_of(&error))?.command().clone();
    if command.registry != checkpoint.checkpoint().origin {
        return Err(format!("its command is for the registry {}", command.registry));
    }
    let recorded = entry.event.digest(entry.rule_set).map_err(|error| reason_of(&error))?;
    match command.effect_digest {
        Some(pinned) if pinned != recorded => {
            Err("it has another effect than its signers approved".to_owned())
        }
        Some(_) | None => Ok(command),
    }
}

/// The witnesses that have cosigned. Every signature must be by a key that is
/// known, or it could be changed without anybody's noticing.
fn signatures(
    checkpoint: &TrustedCheckpoint,
    key: &VerifierKey,
    witnesses: &[VerifierKey],
    trust: &Trust,
) -> Result<Vec<String>, DocumentError> {
    let found = checkpoint
        .cosignatures(witnesses)
        .map_err(|error| DocumentError::Content(reason_of(&error)))?;
    let note = Note::parse(checkpoint.note_text())
        .map_err(|error| DocumentError::Form(reason_of(&error)))?;
    for line in note.signatures() {
        let is_by =
            |known: &VerifierKey| line.name() == known.name() && line.key_id() == known.id();
        let known = is_by(key) || witnesses.iter().any(is_by);
        if !known && !trust.ignore_unknown_signatures {
            return Err(DocumentError::UnknownSignature(line.name().to_owned()));
        }
    }
    for witness in witnesses {
        if !found.iter().any(|cosignature| cosignature.witness == witness) {
            let what = format!("the witness {} has not cosigned it", witness.name());
            return Err(DocumentError::Content(what));
        }
    }
    Ok(found.iter().map(|cosignature| cosignature.witness.to_string()).collect())
}

fn receipt_grounds() -> Vec<Ground> {
    vec![
        proved("the entry is in the log that the key has signed, with exactly this content"),
        proved("the keys named have signed its command, and the effect where they pinned it"),
        stated("the time is the registry's own; it never goes back from entry to entry"),
        stated("that the rules allowed it, and that the effect is what the command does"),
        not_shown("whether later entries have undone it"),
        not_shown("whether the registry shows everybody the same log"),
    ]
}

fn proved(what: impl Into<String>) -> Ground {
    Ground { how: How::Proved, what: what.into() }
}

fn stated(what: impl Into<String>) -> Ground {
    Ground { how: How::Stated, what: what.into() }
}

fn not_shown(what: impl Into<String>) -> Ground {
    Ground { how: How::NotShown, what: what.into() }
}
