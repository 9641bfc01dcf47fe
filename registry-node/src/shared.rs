//! What request handlers, the writer and the indexer share.
//!
//! Lock order: the totals or the folds before the view; no other lock is taken while one is
//! held. None but that of the totals is held across an await, and the view's never
//! while a file is read or written.

use crate::keys::KeyCache;
use crate::metrics::Metrics;
use crate::status::Refusal;
use crate::witness::{Releases, ReleasesError};
use crate::writer::Queue;
use jcm_format::entry::SealedEntry;
use jcm_format::frame::Frame;
use jcm_format::id::EntryIndex;
use jcm_format::tlog::{TileId, TrustedCheckpoint, VerifierKey, encode_bundle, leaf_hash};
use jcm_ledger::log::{Frames, LogError, SegmentReader};
use jcm_ledger::{CommittedBatch, View};
use std::fs::File;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;
use tokio::sync::{Semaphore, watch};

/// What the node is doing. Handlers refuse commands unless it serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It serves.
    Serving,
    /// It finishes what it has and takes nothing new.
    Stopping,
    /// A write failed.
    Poisoned,
}

/// What all parts of a node share.
pub(crate) struct Shared {
    /// What readers may see. Written by the writer alone, after the log has the
    /// batch; a std lock, because it is held for microseconds and never across
    /// an await.
    view: RwLock<View>,
    /// Reads acknowledged frames. May be ahead of the view: always bound what is
    /// read by the view's size.
    reader: SegmentReader,
    /// The key of the checkpoints.
    pub(crate) log_key: VerifierKey,
    /// The way to the writer.
    pub(crate) queue: Queue,
    /// Keys that are registered and admitted.
    pub(crate) keys: KeyCache,
    /// Counters.
    pub(crate) metrics: Metrics,
    /// What each caller may still ask for.
    pub(crate) budgets: Arc<crate::limits::NodeBudgets>,
    /// What the node is doing; waited for by streams.
    pub(crate) phase: watch::Sender<Phase>,
    /// Salted data outside the log.
    pub(crate) private: crate::private::Private,
    /// Where to look things up by subject.
    pub(crate) index: crate::index::Lookup,
    /// Proofs of readers that were seen.
    pub(crate) proofs: crate::access::Proofs,
    /// Who read whose data.
    pub(crate) audit: crate::audit::Audit,
    /// Places for readers of the log.
    pub(crate) log_readers: Arc<Semaphore>,
    /// Places for those for whom a report is made.
    pub(crate) report_makers: Arc<Semaphore>,
    /// The last totals, computed by one request at a time.
    pub(crate) totals: crate::service::TotalsCache,
    /// What is folded from the whole log.
    pub(crate) folds: crate::folds::Folds,
    /// How many entries are published, for those that wait for more.
    pub(crate) published: watch::Sender<u64>,
    /// Places for those that wait for notices.
    pub(crate) subscribers: Arc<crate::service::Subscribers>,
    /// How many entries are durable; more than are published while witnesses are asked.
    durable: AtomicU64,
    /// What was released under which checkpoint; absent where witnesses never were.
    pub(crate) releases: Option<Arc<Releases<File>>>,
    /// Whether the newest checkpoint is cosigned by a quorum.
    is_witnessed: AtomicBool,
    /// How the public stands to witnesses.
    pub(crate) witnessing: Witnessing,
}

/// What witnesses mean for those who ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Witnessing {
    /// None are configured.
    None,
    /// What they did not see is released all the same, and marked.
    Marked,
    /// What they did not see is not released; callers are told so after this long.
    Awaited(Duration),
}

/// Everything that is shared, before it is.
pub(crate) struct Parts {
    pub(crate) view: View,
    pub(crate) reader: SegmentReader,
    pub(crate) log_key: VerifierKey,
    pub(crate) queue: Queue,
    pub(crate) private: crate::private::Private,
    pub(crate) index: crate::index::Lookup,
    pub(crate) budgets: Arc<crate::limits::NodeBudgets>,
    pub(crate) proofs: crate::access::Proofs,
    pub(crate) audit: crate::audit::Audit,
    /// How many entries the log has.
    pub(crate) durable: u64,
    pub(crate) releases: Option<Arc<Releases<File>>>,
    pub(crate) witnessing: Witnessing,
}

impl Shared {
    pub(crate) fn new(parts: Parts) -> Shared {
        let metrics = Metrics::new();
        let entries = parts.view.state().entries();
        metrics.published(entries);
        metrics.durable(parts.durable);
        let releases = parts.releases.as_ref();
        let witnessed = releases.and_then(|releases| releases.last_witnessed().ok().flatten());
        let is_witnessed = witnessed.is_some_and(|(size, _)| size == entries);
        Shared {
            view: RwLock::new(parts.view),
            reader: parts.reader,
            log_key: parts.log_key,
            queue: parts.queue,
            keys: KeyCache::new(),
            metrics,
            budgets: parts.budgets,
            phase: watch::Sender::new(Phase::Serving),
            private: parts.private,
            index: parts.index,
            proofs: parts.proofs,
            audit: parts.audit,
            log_readers: Arc::new(Semaphore::new(crate::service::LOG_READERS_MAX)),
            report_makers: Arc::new(Semaphore::new(crate::service::REPORTS_MAX)),
            totals: crate::service::TotalsCache::default(),
            folds: crate::folds::Folds::new(),
            published: watch::Sender::new(entries),
            subscribers: Arc::default(),
            durable: AtomicU64::new(parts.durable),
            is_witnessed: AtomicBool::new(is_witnessed),
            releases: parts.releases,
            witnessing: parts.witnessing,
        }
    }

    /// The published view.
    pub(crate) fn view(&self) -> RwLockReadGuard<'_, View> {
        // A panic while publishing ends the writer and with it the process; until
        // then readers are served what is there.
        self.view.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many entries are published.
    pub(crate) fn size(&self) -> u64 {
        self.view().state().entries()
    }

    /// Publishes batches that the log has, in their order, under the checkpoint of the
    /// last or the same one with cosignatures. For whoever releases alone.
    pub(crate) fn release(
        &self,
        batches: &[Arc<CommittedBatch>],
        cosigned: Option<&TrustedCheckpoint>,
    ) {
        let entries = {
            let mut view = self.view.write().unwrap_or_else(PoisonError::into_inner);
            for batch in batches {
                view.publish(batch);
            }
            let is_witnessed = cosigned.is_some_and(|cosigned| view.cosigned(cosigned));
            self.is_witnessed.store(is_witnessed, Ordering::SeqCst);
            self.metrics.released(is_witnessed);
            view.state().entries()
        };
        self.durable.fetch_max(entries, Ordering::SeqCst);
        self.metrics.published(entries);
        // Wakes who waits and keeps nothing for them: nobody can hold the writer.
        self.published.send_replace(entries);
    }

    /// The newest checkpoint, and whether a quorum of witnesses cosigned it.
    pub(crate) fn checkpoint(&self) -> (String, bool) {
        // Under the lock under which both are changed.
        let view = self.view();
        (view.checkpoint().note_text().to_owned(), self.is_witnessed.load(Ordering::SeqCst))
    }

    /// Lets the tree alone know of a batch that is durable and not released.
    pub(crate) fn foresee(&self, batch: &CommittedBatch) {
        self.view.write().unwrap_or_else(PoisonError::into_inner).foresee(batch);
        self.durable.fetch_max(batch.checkpoint.checkpoint().size, Ordering::SeqCst);
    }

    /// How many entries are durable, published or not.
    pub(crate) fn durable(&self) -> u64 {
        self.durable.load(Ordering::SeqCst)
    }

    /// Refuses commands unless the node serves.
    pub(crate) fn check_serving(&self) -> Result<(), Refusal> {
        match *self.phase.borrow() {
            Phase::Serving => Ok(()),
            Phase::Stopping => Err(Refusal::Stopping),
            Phase::Poisoned => Err(Refusal::Poisoned),
        }
    }

    /// Why a command that was queued has no answer.
    pub(crate) fn unanswered(&self) -> Refusal {
        match *self.phase.borrow() {
            Phase::Stopping => Refusal::Stopping,
            Phase::Serving | Phase::Poisoned => Refusal::Poisoned,
        }
    }

    /// The frames from the one that holds `from`, as far as they are published.
    /// Reads files: not for the threads that serve requests.
    pub(crate) fn frames(&self, from: u64) -> Result<PublishedFrames, Refusal> {
        let size = self.size();
        if size <= from {
            return Err(Refusal::Absent { what: "entry", which: from.to_string() });
        }
        let frames = self.reader.read(from).map_err(|error| data_loss(&error))?;
        Ok(PublishedFrames { frames, size })
    }

    /// One published entry and the checkpoint of its own batch. Reads files: not
    /// for the threads that serve requests.
    pub(crate) fn stored(&self, entry: EntryIndex) -> Result<Stored, Refusal> {
        let mut frames = self.frames(entry.get())?;
        let frame = frames.next().ok_or(Refusal::DataLoss)??;
        let position = entry.get().checked_sub(frame.first).ok_or(Refusal::DataLoss)?;
        let position = usize::try_from(position).map_err(|_| Refusal::DataLoss)?;
        let Frame { mut entries, checkpoint, .. } = frame;
        if entries.len() <= position {
            return Err(Refusal::DataLoss);
        }
        let sealed =
            SealedEntry::open(entries.swap_remove(position)).map_err(|_| Refusal::DataLoss)?;
        self.check_leaf(entry.get(), &sealed)?;
        Ok(Stored { sealed, checkpoint })
    }

    /// Published entries, in the order given; where that ascends, each frame is
    /// read once. Reads files, as [`Shared::stored`] does.
    pub(crate) fn stored_entries(&self, entries: &[u64]) -> Result<Vec<SealedEntry>, Refusal> {
        let mut found = Vec::with_capacity(entries.len());
        let mut frame: Option<Frame> = None;
        for index in entries {
            let held = frame.take().filter(|frame| frame.first <= *index && *index < frame.end());
            let frame = frame.insert(match held {
                Some(frame) => frame,
                None => self.frames(*index)?.next().ok_or(Refusal::DataLoss)??,
            });
            let position = index.checked_sub(frame.first).and_then(|n| usize::try_from(n).ok());
            let bytes = position.and_then(|position| frame.entries.get(position));
            let bytes = bytes.ok_or(Refusal::DataLoss)?.clone();
            let sealed = SealedEntry::open(bytes).map_err(|_| Refusal::DataLoss)?;
            self.check_leaf(*index, &sealed)?;
            found.push(sealed);
        }
        Ok(found)
    }

    /// A bundle of published entries, as tiles name it. Reads files, as
    /// [`Shared::stored`] does.
    pub(crate) fn bundle(&self, tile: TileId) -> Result<Vec<u8>, Refusal> {
        let absent = || Refusal::Absent { what: "tile", which: tile.to_string() };
        if !tile.is_within(self.size()) {
            return Err(absent());
        }
        let positions = tile.positions().ok_or_else(absent)?;
        let mut entries = Vec::with_capacity(tile.width().into());
        for frame in self.frames(positions.start)? {
            let frame = frame?;
            let bytes = (frame.first..).zip(frame.entries);
            let wanted = bytes.filter(|(index, _)| positions.contains(index));
            for (index, bytes) in wanted {
                if self.view().leaf(index) != Some(leaf_hash(&bytes)) {
                    return Err(Refusal::DataLoss);
                }
                entries.push(bytes);
            }
            if entries.len() == usize::from(tile.width()) {
                break;
            }
        }
        if entries.len() != usize::from(tile.width()) {
            return Err(Refusal::DataLoss);
        }
        encode_bundle(entries.iter().map(Vec::as_slice)).ok_or(Refusal::DataLoss)
    }

    /// What is served is what was committed to, or nothing.
    pub(crate) fn check_leaf(&self, index: u64, sealed: &SealedEntry) -> Result<(), Refusal> {
        if self.view().leaf(index) == Some(sealed.leaf()) { Ok(()) } else { Err(Refusal::DataLoss) }
    }

    /// A cosigned checkpoint that was written down, if there is one. Reads a file.
    pub(crate) fn cosigned(
        &self,
        find: impl FnOnce(&Releases<File>) -> Result<Option<String>, ReleasesError>,
    ) -> Result<Option<String>, Refusal> {
        let Some(releases) = &self.releases else { return Ok(None) };
        find(releases).map_err(|error| {
            tracing::error!(error = %crate::logging::Chain(&error), "a release cannot be read");
            Refusal::DataLoss
        })
    }

    /// The receipt of a published entry, from the log.
    pub(crate) fn stored_receipt(&self, entry: EntryIndex) -> Result<String, Refusal> {
        let stored = self.stored(entry)?;
        let cosigned = self.cosigned(|releases| releases.covering(entry.get()))?;
        let note = cosigned.unwrap_or(stored.checkpoint);
        let checkpoint =
            TrustedCheckpoint::open(&note, &self.log_key).map_err(|_| Refusal::DataLoss)?;
        let receipt = self.view().receipt(entry, stored.sealed.bytes(), &checkpoint);
        receipt.ok_or(Refusal::DataLoss)
    }
}

/// An entry as the log has it.
pub(crate) struct Stored {
    /// The entry.
    pub(crate) sealed: SealedEntry,
    /// The checkpoint of its own batch.
    pub(crate) checkpoint: String,
}

/// Frames up to the size that was published when they were asked for.
pub(crate) struct PublishedFrames {
    frames: Frames,
    size: u64,
}

impl Iterator for PublishedFrames {
    type Item = Result<Frame, Refusal>;

    fn next(&mut self) -> Option<Result<Frame, Refusal>> {
        match self.frames.next()? {
            Ok(frame) if self.size < frame.end() => None,
            Ok(frame) => Some(Ok(frame)),
            Err(error) => Some(Err(data_loss(&error))),
        }
    }
}

fn data_loss(error: &LogError) -> Refusal {
    tracing::error!(error = %crate::logging::Chain(error), "the log cannot be read");
    Refusal::DataLoss
}

/// Runs what reads files on a thread that may wait.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
) -> Result<T, Refusal> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Refusal::Internal))
}
