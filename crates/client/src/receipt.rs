//! Receipts: the entry, and the proof that it is in the log.
//!
//! A receipt is a C2SP proof file (`docs/spec/tlog.md` §5) that carries the
//! entry's bytes as extra data. [`Receipt`] is evidence: there is none that was
//! not checked.

use crate::command::envelope_error;
use jcm_format::codec::CodecError;
use jcm_format::command::Command;
use jcm_format::entry::{Entry, SealedEntry};
use jcm_format::envelope::EnvelopeError;
use jcm_format::id::EntryIndex;
use jcm_format::tlog::{
    Checkpoint, CheckpointError, ProofError, ProofFile, ProofFileError, TrustedCheckpoint,
    VerifierKey, verify_inclusion,
};

/// A receipt that proves what it says.
#[derive(Debug, Clone)]
pub struct Receipt {
    text: String,
    entry: SealedEntry,
    checkpoint: Checkpoint,
}

/// Why a text is not a receipt of what was submitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Not a proof file.
    #[error("it is not a proof file: {0}")]
    Form(#[source] ProofFileError),
    /// The entry is missing.
    #[error("it does not carry the entry")]
    NoEntry,
    /// The entry's bytes are not an entry.
    #[error("what it carries is not an entry: {0}")]
    Entry(#[source] CodecError),
    /// The entry names another position than the proof.
    #[error("the entry says that it is number {entry}, the proof that it is {proof}")]
    Position {
        /// In the entry.
        entry: u64,
        /// In the proof, or announced by the registry.
        proof: u64,
    },
    /// The entry holds another command than was submitted.
    #[error("the entry holds another command than was submitted")]
    OtherPayload,
    /// The entry has another effect than the command pins.
    #[error("the entry records another effect than the command pins")]
    OtherEffect,
    /// The checkpoint is not by the log's key.
    #[error("its checkpoint is not by the log's key: {0}")]
    Checkpoint(#[source] CheckpointError),
    /// The entry is not in the tree.
    #[error("the entry is not proved to be in the log: {0}")]
    Inclusion(#[source] ProofError),
    /// The command in the entry is not signed as it says.
    #[error("the command in the entry is not signed: {0}")]
    Signature(#[source] EnvelopeError),
}

/// A receipt as it was read: well-formed, nothing proved.
#[derive(Debug, Clone)]
pub(crate) struct Offered {
    text: String,
    proof: ProofFile,
    entry: SealedEntry,
}

impl Offered {
    pub(crate) fn parse(text: &str) -> Result<Offered, ReceiptError> {
        let proof: ProofFile = text.parse().map_err(ReceiptError::Form)?;
        let bytes = proof.extra().ok_or(ReceiptError::NoEntry)?.to_vec();
        let entry = SealedEntry::open(bytes).map_err(ReceiptError::Entry)?;
        let (inside, outside) = (entry.entry().index.get(), proof.index());
        if inside != outside {
            return Err(ReceiptError::Position { entry: inside, proof: outside });
        }
        Ok(Offered { text: text.to_owned(), proof, entry })
    }

    pub(crate) fn note_text(&self) -> &str {
        self.proof.checkpoint().note_text()
    }

    /// Proves the entry against a checkpoint that is believed.
    pub(crate) fn prove(self, believed: &TrustedCheckpoint) -> Result<Receipt, ReceiptError> {
        let head = believed.checkpoint();
        let leaf = self.entry.leaf();
        verify_inclusion(self.proof.index(), head.size, &leaf, self.proof.hashes(), &head.root)
            .map_err(ReceiptError::Inclusion)?;
        self.expect_effect()?;
        Ok(Receipt { text: self.text, entry: self.entry, checkpoint: head.clone() })
    }

    /// What the signers pinned must be what was recorded: the log's proof is for
    /// the entry, not for the registry's having kept to the command.
    fn expect_effect(&self) -> Result<(), ReceiptError> {
        let entry = self.entry.entry();
        let command = Command::parse(&entry.command.payload)
            .map_err(|error| ReceiptError::Signature(envelope_error(error)))?;
        let Some(pinned) = command.effect_digest else { return Ok(()) };
        let recorded = entry.event.digest(entry.rule_set).map_err(ReceiptError::Entry)?;
        if recorded == pinned { Ok(()) } else { Err(ReceiptError::OtherEffect) }
    }

    /// Compares the entry with what was submitted.
    pub(crate) fn expect(&self, payload: &[u8], index: u64) -> Result<(), ReceiptError> {
        if self.proof.index() != index {
            return Err(ReceiptError::Position { entry: self.proof.index(), proof: index });
        }
        if self.entry.entry().command.payload != payload {
            return Err(ReceiptError::OtherPayload);
        }
        Ok(())
    }
}

impl Receipt {
    /// Checks a receipt against the log's key alone, without a network: that the
    /// key signed the checkpoint, that the entry is in the log, and that the
    /// command in it is signed. That the log shows everybody the same history is
    /// what [`TrustStore`](crate::TrustStore) and witnesses are for.
    pub fn check(text: &str, log_key: &VerifierKey) -> Result<Receipt, ReceiptError> {
        let offered = Offered::parse(text)?;
        let checkpoint = TrustedCheckpoint::open(offered.note_text(), log_key)
            .map_err(ReceiptError::Checkpoint)?;
        let receipt = offered.prove(&checkpoint)?;
        receipt.check_signatures()?;
        Ok(receipt)
    }

    /// The checkpoint with all its signatures, for whoever asks about witnesses.
    pub fn signed_checkpoint(
        &self,
        log_key: &VerifierKey,
    ) -> Result<TrustedCheckpoint, ReceiptError> {
        let offered = Offered::parse(&self.text)?;
        TrustedCheckpoint::open(offered.note_text(), log_key).map_err(ReceiptError::Checkpoint)
    }

    /// Checks that the command in the entry carries the signatures it names.
    pub fn check_signatures(&self) -> Result<(), ReceiptError> {
        let command = self.entry().command.clone();
        command.verify(|key| key.admit()).map(drop).map_err(ReceiptError::Signature)
    }

    /// The receipt as it was given: what to keep.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The entry's number.
    pub fn index(&self) -> EntryIndex {
        self.entry().index
    }

    /// The entry.
    pub fn entry(&self) -> &Entry {
        self.entry.entry()
    }

    /// The entry's bytes and leaf hash.
    pub fn sealed(&self) -> &SealedEntry {
        &self.entry
    }

    /// The checkpoint under which the entry is proved.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }
}
