//! The ledger: commands in, entries out, one batch at a time.
//!
//! It owns the *ahead* state, which has seen every command of the batch being
//! made, and the log. What readers may see is the [`View`], which gets a batch
//! only once the log has it for good. No threads, no clock: the caller brings
//! both.

use crate::decide;
use crate::log::{AppendError, Epoch, Head, LogError, OrderedLog};
use crate::rejection::{Reason, Rejection};
use crate::state::{CommandHeader, State};
use crate::view::View;
use jcm_format::codec::CodecError;
use jcm_format::command::{Command, PayloadError};
use jcm_format::entry::{Entry, FormatVersion, SealedEntry};
use jcm_format::envelope::VerifiedCommand;
use jcm_format::frame::Frame;
use jcm_format::id::EntryIndex;
use jcm_format::key::SecretKey;
use jcm_format::limits::BATCH_ENTRIES_MAX;
use jcm_format::time::Timestamp;
use jcm_format::tlog::{
    Checkpoint, CheckpointError, KeyType, Origin, Tree, TrustedCheckpoint, VerifierKey,
    VerifierKeyError,
};
use std::sync::Arc;

/// Decides commands and appends what is accepted.
pub struct Ledger<L> {
    state: State,
    tree: Tree,
    log: L,
    epoch: Epoch,
    head: Head,
    signer: SecretKey,
    log_key: Option<VerifierKey>,
    poisoned: bool,
}

/// A ledger that has been opened, and the view to publish from.
pub struct Opened<L> {
    /// The write side.
    pub ledger: Ledger<L>,
    /// The read side.
    pub view: View,
}

/// A ledger of which the public was not told everything.
pub struct OpenedAhead<L> {
    /// The write side.
    pub ledger: Ledger<L>,
    /// The read side, up to what was told.
    pub view: View,
    /// What the log has beyond it, in its order.
    pub untold: Vec<Arc<CommittedBatch>>,
}

/// What became of a batch of commands.
#[derive(Debug)]
pub struct Committed {
    /// One for each command, in their order.
    pub outcomes: Vec<Outcome>,
    /// What was recorded; `None` when nothing new was.
    pub batch: Option<Arc<CommittedBatch>>,
}

/// What became of one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is recorded, durably.
    Recorded {
        /// Where.
        entry: EntryIndex,
    },
    /// The same command was recorded before; its receipt is that entry's.
    Repeated {
        /// Where.
        entry: EntryIndex,
    },
    /// It broke a rule; nothing changed.
    Rejected(Rejection),
}

/// Entries that the log has for good, and the checkpoint that covers them.
#[derive(Debug)]
pub struct CommittedBatch {
    /// The entries, in their order.
    pub entries: Vec<(SealedEntry, CommandHeader)>,
    /// The tree that ends with the last of them.
    pub checkpoint: TrustedCheckpoint,
}

/// Why a registry could not be created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The log is not empty.
    #[error("the log has entries already")]
    NotEmpty,
    /// The genesis command breaks a rule.
    #[error("the genesis command breaks a rule")]
    Rejected(#[source] Rejection),
    /// The genesis command names another checkpoint key than the signer's.
    #[error("the genesis command names another log key than the one given")]
    WrongLogKey,
    /// The log refused.
    #[error("the log cannot be used")]
    Log(#[source] LogError),
    /// The first entry could not be recorded.
    #[error("genesis could not be recorded")]
    Commit(#[source] CommitError),
}

/// Why a ledger could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The log is empty: there is no registry in it.
    #[error("the log is empty; create the registry first")]
    Empty,
    /// The log cannot be read.
    #[error("the log cannot be read")]
    Log(#[source] LogError),
    /// An entry is not canonical.
    #[error("entry {entry} is not canonical")]
    Entry {
        /// Which one.
        entry: u64,
        /// Why.
        #[source]
        source: CodecError,
    },
    /// An entry does not follow the one before it.
    #[error("entry {entry} does not follow the one before it")]
    Chain {
        /// Which one.
        entry: u64,
    },
    /// The command of an entry does not parse.
    #[error("the command of entry {entry} does not parse")]
    Command {
        /// Which one.
        entry: u64,
        /// Why.
        #[source]
        source: PayloadError,
    },
    /// The last checkpoint is not that of the entries.
    #[error("the last checkpoint is not that of the entries")]
    Checkpoint(#[source] CheckpointError),
    /// The last checkpoint covers another tree.
    #[error("the last checkpoint covers another tree than the entries make")]
    Root,
    /// The registry names another checkpoint key than the signer's.
    #[error("the registry's log key is another than the one given")]
    WrongLogKey,
    /// The units do not add up.
    #[error("the units issued and the units held do not agree")]
    NotConserved,
}

/// Why a batch could not be committed. The ledger is poisoned: whether the
/// batch is in the log is known only after a new start.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    /// An earlier commit failed.
    #[error("an earlier commit failed; the process must be started again")]
    Poisoned,
    /// The log refused the batch or does not know what became of it.
    #[error("the log could not append the batch")]
    Append(#[source] AppendError),
    /// The checkpoint could not be made.
    #[error("the checkpoint could not be signed")]
    Checkpoint(#[source] CheckpointError),
    /// The checkpoint key is not usable.
    #[error("the checkpoint key is not usable")]
    LogKey(#[source] VerifierKeyError),
    /// More commands than one batch may have.
    #[error("a batch has at most {BATCH_ENTRIES_MAX} commands")]
    TooMany,
}

impl<L: OrderedLog> Ledger<L> {
    /// Creates a registry in an empty log.
    ///
    /// # Errors
    ///
    /// When the log is not empty or the genesis command breaks a rule.
    pub fn create(
        mut log: L,
        signer: SecretKey,
        genesis: VerifiedCommand,
        now: Timestamp,
    ) -> Result<Opened<L>, CreateError> {
        let fenced = log.fence().map_err(CreateError::Log)?;
        if fenced.head.size != 0 {
            return Err(CreateError::NotEmpty);
        }
        if let jcm_format::command::Body::Genesis(body) = &genesis.command().body
            && body.log_key != signer.public_key()
        {
            return Err(CreateError::WrongLogKey);
        }
        let mut ledger = Ledger {
            state: State::new(),
            tree: Tree::new(),
            log,
            epoch: fenced.epoch,
            head: fenced.head,
            signer,
            log_key: None,
            poisoned: false,
        };
        let committed = ledger.commit(vec![genesis], now).map_err(CreateError::Commit)?;
        match (committed.outcomes.into_iter().next(), committed.batch) {
            (Some(Outcome::Recorded { .. }), Some(batch)) => {
                let mut view = View::new(batch.checkpoint.clone());
                view.publish(&batch);
                Ok(Opened { ledger, view })
            }
            (Some(Outcome::Rejected(rejection)), _) => Err(CreateError::Rejected(rejection)),
            _ => Err(CreateError::NotEmpty),
        }
    }

    /// Opens a registry: replays its log into a state, and checks that it hangs
    /// together up to the last signed checkpoint. Whether the rules were kept
    /// is the verifier's affair; the log holds what was decided.
    ///
    /// # Errors
    ///
    /// When the log is empty, damaged, or another key's.
    pub fn open(log: L, signer: SecretKey) -> Result<Opened<L>, OpenError> {
        let OpenedAhead { ledger, view, .. } = Ledger::open_ahead(log, signer, u64::MAX)?;
        Ok(Opened { ledger, view })
    }

    /// As [`Ledger::open`], with a view of no more than the first `told` entries, as far
    /// as whole batches go.
    ///
    /// # Errors
    ///
    /// As for [`Ledger::open`].
    pub fn open_ahead(
        mut log: L,
        signer: SecretKey,
        told: u64,
    ) -> Result<OpenedAhead<L>, OpenError> {
        let fenced = log.fence().map_err(OpenError::Log)?;
        if fenced.head.size == 0 {
            return Err(OpenError::Empty);
        }
        let mut replay = Replay::default();
        let mut last_note = String::new();
        let (mut then, mut untold) = (None, Vec::new());
        for frame in log.read(0).map_err(OpenError::Log)? {
            let frame = frame.map_err(OpenError::Log)?;
            if then.is_none() && told < frame.end() {
                then = Some((replay.state.clone(), replay.tree.clone(), last_note));
            }
            let mut entries = Vec::new();
            for bytes in frame.entries {
                let entry = replay.entry(bytes)?;
                if then.is_some() {
                    entries.push(entry);
                }
            }
            last_note = frame.checkpoint;
            if then.is_some() {
                untold.push((entries, last_note.clone()));
            }
        }
        let Replay { state, tree } = replay;
        let Some(origin) = state.origin() else { return Err(OpenError::Empty) };
        if state.log_key() != Some(signer.public_key()) {
            return Err(OpenError::WrongLogKey);
        }
        let log_key = verifier_key(origin, &signer).map_err(|_| OpenError::WrongLogKey)?;
        let checkpoint =
            TrustedCheckpoint::open(&last_note, &log_key).map_err(OpenError::Checkpoint)?;
        if checkpoint.checkpoint().size != tree.len() || checkpoint.checkpoint().root != tree.root()
        {
            return Err(OpenError::Root);
        }
        if !state.is_conserved() {
            return Err(OpenError::NotConserved);
        }
        let trusted =
            |note: &str| TrustedCheckpoint::open(note, &log_key).map_err(OpenError::Checkpoint);
        let (view, untold) = match then {
            // Of a registry at least its first entry is known to everybody.
            Some((then, _, _)) if then.entries() == 0 => return Err(OpenError::Empty),
            Some((then, tree, note)) => (View::opened(then, tree, trusted(&note)?), untold),
            None => (View::opened(state.clone(), tree.clone(), checkpoint), Vec::new()),
        };
        let batch = |(entries, note): (_, String)| {
            let checkpoint = trusted(&note)?;
            Ok(Arc::new(CommittedBatch { entries, checkpoint }))
        };
        let untold = untold.into_iter().map(batch).collect::<Result<_, OpenError>>()?;
        let ledger = Ledger {
            state,
            tree,
            log,
            epoch: fenced.epoch,
            head: fenced.head,
            signer,
            log_key: Some(log_key),
            poisoned: false,
        };
        Ok(OpenedAhead { ledger, view, untold })
    }

    /// Decides commands in their order, each on what the ones before it did,
    /// and appends what is accepted. The order of effects:
    ///
    /// 1. each accepted command is applied to the ahead state;
    /// 2. the tree is extended and its checkpoint signed, and the signature
    ///    checked;
    /// 3. entries and checkpoint are appended: all or nothing, durable;
    /// 4. only then are outcomes told and is the batch given out to publish.
    ///
    /// # Errors
    ///
    /// When the log does not take the batch. The ledger is poisoned then: the
    /// ahead state has seen what the log may not have.
    pub fn commit(
        &mut self,
        commands: Vec<VerifiedCommand>,
        now: Timestamp,
    ) -> Result<Committed, CommitError> {
        if self.poisoned {
            return Err(CommitError::Poisoned);
        }
        if BATCH_ENTRIES_MAX < commands.len() {
            return Err(CommitError::TooMany);
        }
        let mut outcomes = Vec::with_capacity(commands.len());
        let mut entries = Vec::with_capacity(commands.len());
        for command in commands {
            outcomes.push(self.execute(command, now, &mut entries));
        }
        if entries.is_empty() {
            return Ok(Committed { outcomes, batch: None });
        }
        // From here on a failure leaves the ahead state beyond the log.
        self.poisoned = true;
        let batch = self.append(entries)?;
        self.poisoned = false;
        Ok(Committed { outcomes, batch: Some(Arc::new(batch)) })
    }

    /// Whether a commit has failed, so that only a new start can tell the truth.
    pub fn is_poisoned(&self) -> bool {
        self.poisoned
    }

    /// The log, for what an engine offers beside appending.
    pub fn log_mut(&mut self) -> &mut L {
        &mut self.log
    }

    /// The state that includes everything committed.
    pub fn state(&self) -> &State {
        &self.state
    }

    fn execute(
        &mut self,
        command: VerifiedCommand,
        now: Timestamp,
        entries: &mut Vec<(SealedEntry, CommandHeader)>,
    ) -> Outcome {
        // A clock that was set back must not make the record go back in time.
        let now = self.state.last_time().map_or(now, |last| last.max(now));
        let header =
            CommandHeader { id: command.command().id, valid_until: command.command().valid_until };
        if let Some(executed) = self.state.executed(header.id, now)
            && executed.payload == command.payload_digest()
        {
            return Outcome::Repeated { entry: executed.entry };
        }
        let event = match decide::decide(&self.state, now, &command) {
            Ok(event) => event,
            Err(rejection) => return Outcome::Rejected(rejection),
        };
        let index = EntryIndex::new(self.state.entries());
        let entry = Entry {
            version: FormatVersion::V1,
            index,
            prev: self.state.head(),
            time: now,
            rule_set: self.state.rule_set_version(),
            command: command.into_signed(),
            event,
        };
        let Ok(sealed) = SealedEntry::seal(entry) else {
            return Outcome::Rejected(Rejection::new(Reason::EntryTooLarge, ""));
        };
        self.state.apply(&sealed, header);
        self.tree.push(sealed.leaf());
        entries.push((sealed, header));
        Outcome::Recorded { entry: index }
    }

    fn append(
        &mut self,
        entries: Vec<(SealedEntry, CommandHeader)>,
    ) -> Result<CommittedBatch, CommitError> {
        let Some(origin) = self.state.origin() else { return Err(CommitError::Poisoned) };
        let log_key = match &self.log_key {
            Some(log_key) => log_key.clone(),
            None => verifier_key(origin, &self.signer).map_err(CommitError::LogKey)?,
        };
        let checkpoint =
            Checkpoint { origin: origin.clone(), size: self.tree.len(), root: self.tree.root() };
        let note = checkpoint.sign(&self.signer);
        let checkpoint =
            TrustedCheckpoint::open(&note, &log_key).map_err(CommitError::Checkpoint)?;
        let frame = Frame {
            first: self.head.size,
            entries: entries.iter().map(|(sealed, _)| sealed.bytes().to_vec()).collect(),
            checkpoint: note,
        };
        self.head = self.log.append(self.epoch, self.head, &frame).map_err(CommitError::Append)?;
        self.log_key = Some(log_key);
        Ok(CommittedBatch { entries, checkpoint })
    }
}

fn verifier_key(origin: &Origin, signer: &SecretKey) -> Result<VerifierKey, VerifierKeyError> {
    VerifierKey::new(origin.as_ref(), KeyType::Ed25519, &signer.public_key())
}

#[derive(Default)]
struct Replay {
    state: State,
    tree: Tree,
}

impl Replay {
    fn entry(&mut self, bytes: Vec<u8>) -> Result<(SealedEntry, CommandHeader), OpenError> {
        let index = self.tree.len();
        let sealed =
            SealedEntry::open(bytes).map_err(|source| OpenError::Entry { entry: index, source })?;
        let entry = sealed.entry();
        if entry.index.get() != index || entry.prev != self.state.head() {
            return Err(OpenError::Chain { entry: index });
        }
        let command = Command::parse(&entry.command.payload)
            .map_err(|source| OpenError::Command { entry: index, source })?;
        let header = CommandHeader { id: command.id, valid_until: command.valid_until };
        self.tree.push(sealed.leaf());
        self.state.apply(&sealed, header);
        Ok((sealed, header))
    }
}
