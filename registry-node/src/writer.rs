//! The one writer: a thread that owns the ledger, and the queue before it.
//!
//! No timer gathers a batch: while one batch is being synced, the next collects
//! in the queue.

use crate::clock;
use crate::logging::Chain;
use crate::shared::Shared;
use crate::status::Refusal;
use crate::witness::{Handed, ReleaseError, Releaser, Told};
use jcm_format::envelope::VerifiedCommand;
use jcm_format::id::EntryIndex;
use jcm_format::tlog::TrustedCheckpoint;
use jcm_ledger::log::{LogError, SegmentLog};
use jcm_ledger::{CommitError, Committed, CommittedBatch, Ledger, Outcome, Rejection};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// After so long without a command, the log's head file is made durable.
const IDLE: Duration = Duration::from_millis(50);

/// What the writer is asked.
pub(crate) enum Message {
    /// To execute a command.
    Command(Box<Job>),
    /// To finish what is before this, and end.
    Stop,
}

/// A command and who waits for it.
pub(crate) struct Job {
    command: VerifiedCommand,
    answer: oneshot::Sender<Answer>,
}

/// What became of a command. No answer at all means: not known, or not begun.
pub(crate) enum Answer {
    /// Recorded, durable and published.
    Recorded {
        entry: EntryIndex,
        batch: Arc<CommittedBatch>,
        /// What it was released under, where witnesses cosigned; else the batch's own.
        under: Option<Arc<TrustedCheckpoint>>,
    },
    /// The same command was recorded before.
    Repeated { entry: EntryIndex },
    /// It broke a rule.
    Rejected(Rejection),
}

/// The way to the writer. Bounded; nobody ever waits for room.
pub(crate) struct Queue {
    sender: SyncSender<Message>,
    depth: AtomicUsize,
}

/// The queue and its other end.
pub(crate) fn queue(length_max: usize) -> (Queue, Receiver<Message>) {
    let (sender, receiver) = std::sync::mpsc::sync_channel(length_max);
    (Queue { sender, depth: AtomicUsize::new(0) }, receiver)
}

impl Queue {
    /// Queues a command, and gives the place where its answer will come.
    pub(crate) fn push(
        &self,
        command: VerifiedCommand,
    ) -> Result<oneshot::Receiver<Answer>, Refusal> {
        let (answer, answered) = oneshot::channel();
        // Counted before it is there, so that the writer never counts below zero.
        self.depth.fetch_add(1, Ordering::Relaxed);
        let sent = self.sender.try_send(Message::Command(Box::new(Job { command, answer })));
        if sent.is_err() {
            self.depth.fetch_sub(1, Ordering::Relaxed);
        }
        match sent {
            Ok(()) => Ok(answered),
            Err(TrySendError::Full(_)) => Err(Refusal::QueueFull),
            Err(TrySendError::Disconnected(_)) => Err(Refusal::Poisoned),
        }
    }

    /// Asks the writer to end. Waits for room in the queue.
    pub(crate) fn stop(&self) {
        // If the writer is gone, it has ended already.
        let _ = self.sender.send(Message::Stop);
    }

    fn took(&self, jobs: usize) -> usize {
        self.depth.fetch_sub(jobs, Ordering::Relaxed).saturating_sub(jobs)
    }
}

/// Why the writer ended before it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum WriterError {
    /// A batch could not be committed.
    #[error("a batch could not be committed")]
    Commit(#[source] CommitError),
    /// The log could not be sealed.
    #[error("the log could not be sealed")]
    Seal(#[source] LogError),
    /// The thread ended in a panic.
    #[error("the writer's thread ended in a panic")]
    Panic,
    /// What is durable could not be released.
    #[error("nothing can be released")]
    Release(#[source] ReleaseError),
}

/// The writer's own things.
pub(crate) struct Writer {
    pub(crate) ledger: Ledger<SegmentLog>,
    pub(crate) messages: Receiver<Message>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) batch_entries_max: usize,
    /// What becomes of what is durable.
    pub(crate) onward: Onward,
    /// Whether nothing was appended since the log was sealed.
    pub(crate) is_sealed: bool,
}

/// Where batches go once they are durable.
pub(crate) enum Onward {
    /// To the public at once, then to the indexer.
    Published(crate::index::Feed),
    /// To witnesses first.
    Witnessed(Releaser),
}

/// Commands to commit together, and who waits for each.
#[derive(Default)]
struct Batch {
    commands: Vec<VerifiedCommand>,
    answers: Vec<oneshot::Sender<Answer>>,
}

impl Batch {
    fn push(&mut self, job: Job) {
        self.commands.push(job.command);
        self.answers.push(job.answer);
    }
}

/// What to do next.
enum Next {
    Batch(Batch),
    Idle,
    Stop,
}

impl Writer {
    /// Runs until it is asked to stop, or a write fails. After a failure nothing
    /// is tried again: only a new start can tell what the disk has.
    ///
    /// # Errors
    ///
    /// The write that failed.
    pub(crate) fn run(mut self) -> Result<(), WriterError> {
        let end = self.work();
        match self.onward {
            Onward::Published(_) => end,
            Onward::Witnessed(releaser) => {
                let released = releaser.finish().map_err(WriterError::Release);
                end.and(released)
            }
        }
    }

    fn work(&mut self) -> Result<(), WriterError> {
        let mut is_stopping = false;
        while !is_stopping {
            match self.next(&mut is_stopping) {
                Next::Batch(batch) => self.commit(batch)?,
                Next::Idle => self.seal()?,
                Next::Stop => break,
            }
        }
        self.seal()
    }

    /// Waits for a command, then takes what else has come, up to a full batch.
    fn next(&self, is_stopping: &mut bool) -> Next {
        let message = if self.is_sealed {
            self.messages.recv().map_err(|_| RecvTimeoutError::Disconnected)
        } else {
            self.messages.recv_timeout(IDLE)
        };
        let first = match message {
            Ok(Message::Command(job)) => job,
            Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => return Next::Stop,
            Err(RecvTimeoutError::Timeout) => return Next::Idle,
        };
        let mut batch = Batch::default();
        batch.push(*first);
        while batch.commands.len() < self.batch_entries_max {
            match self.messages.try_recv() {
                Ok(Message::Command(job)) => batch.push(*job),
                Ok(Message::Stop) | Err(TryRecvError::Disconnected) => {
                    *is_stopping = true;
                    break;
                }
                Err(TryRecvError::Empty) => break,
            }
        }
        Next::Batch(batch)
    }

    /// One batch. The order of effects:
    ///
    /// 1. decide and append: durable when it returns;
    /// 2. publish, so that whoever is answered can read what was done;
    /// 3. answer every caller;
    /// 4. hand the batch to the indexer.
    ///
    /// With witnesses, 2 to 4 are the releaser's.
    fn commit(&mut self, batch: Batch) -> Result<(), WriterError> {
        let begun = Instant::now();
        let Batch { commands, answers } = batch;
        let depth = self.shared.queue.took(commands.len());
        let committed = self.ledger.commit(commands, clock::now()).map_err(WriterError::Commit)?;
        self.shared.metrics.queue_depth(depth);
        if let Some(batch) = &committed.batch {
            self.is_sealed = false;
            let (entries, size) = (batch.entries.len(), batch.checkpoint.checkpoint().size);
            self.shared.metrics.committed(entries, begun.elapsed(), size);
            tracing::debug!(entries, size, "batch committed");
        }
        match &self.onward {
            Onward::Published(indexer) => {
                publish(&self.shared, committed, answers, indexer);
                Ok(())
            }
            Onward::Witnessed(releaser) => hand_on(&self.shared, committed, answers, releaser),
        }
    }

    fn seal(&mut self) -> Result<(), WriterError> {
        self.ledger.log_mut().seal().map_err(WriterError::Seal)?;
        self.is_sealed = true;
        Ok(())
    }
}

type Answers = Vec<oneshot::Sender<Answer>>;

/// Publishes a batch and answers its callers.
fn publish(shared: &Shared, committed: Committed, answers: Answers, indexer: &crate::index::Feed) {
    if let Some(batch) = &committed.batch {
        shared.release(std::slice::from_ref(batch), None);
    }
    for (outcome, answer) in committed.outcomes.into_iter().zip(answers) {
        let told = match (outcome, &committed.batch) {
            (Outcome::Recorded { entry }, Some(batch)) => {
                Answer::Recorded { entry, batch: Arc::clone(batch), under: None }
            }
            (Outcome::Recorded { entry } | Outcome::Repeated { entry }, _) => {
                Answer::Repeated { entry }
            }
            (Outcome::Rejected(rejection), _) => Answer::Rejected(rejection),
        };
        // A caller that has gone away can ask again with the same bytes.
        let _ = answer.send(told);
    }
    if let Some(batch) = committed.batch {
        indexer.offer(batch);
    }
}

/// Shows a batch to witnesses first. A rejection is not in the log and is told at once.
fn hand_on(
    shared: &Shared,
    committed: Committed,
    answers: Answers,
    releaser: &Releaser,
) -> Result<(), WriterError> {
    if let Some(batch) = &committed.batch {
        shared.foresee(batch);
    }
    let mut told = Vec::new();
    for (outcome, answer) in committed.outcomes.into_iter().zip(answers) {
        match outcome {
            Outcome::Recorded { entry } => told.push((Told::Recorded(entry), answer)),
            Outcome::Repeated { entry } => told.push((Told::Repeated(entry), answer)),
            Outcome::Rejected(rejection) => {
                let _ = answer.send(Answer::Rejected(rejection));
            }
        }
    }
    if committed.batch.is_none() && told.is_empty() {
        return Ok(());
    }
    // Why nothing is released any more is told when the releaser is finished with.
    releaser.hand(Handed { batch: committed.batch, told });
    Ok(())
}

/// Tells the log of the process why the writer ended.
pub(crate) fn report(error: &WriterError) {
    tracing::error!(error = %Chain(error), "the writer stopped; a new start is needed");
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_format::envelope::{CommandSignature, SignedCommand};
    use jcm_format::key::{PublicKey, SecretKey};

    fn command() -> VerifiedCommand {
        let body = jcm_tests::world::register_project("MN001");
        let command = jcm_format::command::Command {
            registry: jcm_tests::world::origin(),
            id: jcm_format::id::CommandId::from_bytes([1; 16]),
            valid_until: clock::now(),
            effect_digest: None,
            body,
        };
        let secret = SecretKey::from_seed(&[1; 32]);
        let mut signed = SignedCommand { payload: command.to_payload(), signatures: Vec::new() };
        let signature = secret.sign(&signed.signed_bytes());
        signed.signatures.push(CommandSignature { key: secret.public_key(), signature });
        signed.verify(PublicKey::admit).expect("well signed")
    }

    #[test]
    fn a_full_queue_refuses_and_has_room_again_when_one_is_taken() {
        let (queue, messages) = queue(2);
        assert!(queue.push(command()).is_ok() && queue.push(command()).is_ok());
        assert_eq!(queue.push(command()).err(), Some(Refusal::QueueFull));
        assert!(matches!(messages.recv(), Ok(Message::Command(_))));
        assert_eq!(queue.took(1), 1);
        assert!(queue.push(command()).is_ok());
    }

    #[test]
    fn a_queue_without_a_writer_refuses() {
        let (queue, messages) = queue(2);
        drop(messages);
        assert_eq!(queue.push(command()).err(), Some(Refusal::Poisoned));
    }
}
