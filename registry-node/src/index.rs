//! The index beside the log, kept up to date off the commit path by a thread of
//! its own. It is no truth: whatever is wrong with it, it is built anew.

use crate::failure::Failure;
use crate::logging::Chain;
use crate::status::Refusal;
use jcm_format::entry::SealedEntry;
use jcm_format::id::{CommandId, EntryIndex};
use jcm_ledger::CommittedBatch;
use jcm_ledger::index::{BUILD_ENTRIES_MAX, Index, IndexError, IndexReader, Subject};
use jcm_ledger::log::{OrderedLog, SegmentReader};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Batches that wait for the indexer. When it is further behind it reads the log
/// instead: 64 batches of at most 256 entries are a few tens of MiB at worst.
const FEED_BATCHES_MAX: usize = 64;

/// How long entries gather before they are applied together, unless somebody
/// waits for them.
const GATHER: Duration = Duration::from_millis(200);

/// How often the gathering looks whether somebody waits.
const GATHER_STEP: Duration = Duration::from_millis(5);

/// How long to wait before a log that could not be read is read again.
const LOG_RETRY: Duration = Duration::from_secs(1);

/// How long a question waits for the index to know the newest entries.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// The writer's end: gives batches, never waits.
pub(crate) struct Feed(SyncSender<Arc<CommittedBatch>>);

/// The readers' end.
pub(crate) struct Lookup(Arc<Progress>);

/// The thread's own things.
struct Work {
    index: Index,
    log: SegmentReader,
    progress: Arc<Progress>,
    batches: Receiver<Arc<CommittedBatch>>,
}

/// The running indexer.
pub(crate) struct Indexer(JoinHandle<()>);

/// How far the index is, and who waits for it.
struct Progress {
    /// Held for look-ups of a few numbers only; the database has locks of its own.
    known: Mutex<Known>,
    changed: Condvar,
}

struct Known {
    reader: IndexReader,
    /// Entries applied.
    applied: u64,
    /// Entries that somebody waits for.
    wanted: u64,
    /// The thread has ended.
    is_over: bool,
}

/// Opens the index, brings it up to date with the log and starts its thread.
///
/// # Errors
///
/// When not even an empty index can be made, or the log cannot be read.
pub(crate) fn open(
    data_dir: &Path,
    log: &dyn OrderedLog,
    reader: SegmentReader,
) -> Result<(Lookup, Feed, Indexer), Failure> {
    let (mut index, opened) = Index::open(data_dir).map_err(Failure::Index)?;
    let aligned = index.align(log).map_err(Failure::Index)?;
    for rebuilt in [opened.rebuilt, aligned.rebuilt].into_iter().flatten() {
        tracing::warn!(reason = %Chain(&rebuilt.reason), moved_to = ?rebuilt.moved_to, "index built anew");
    }
    tracing::info!(applied = aligned.applied, "index aligned");
    let known =
        Known { reader: index.reader(), applied: index.applied().size, wanted: 0, is_over: false };
    let progress = Arc::new(Progress { known: Mutex::new(known), changed: Condvar::new() });
    let (sender, batches) = std::sync::mpsc::sync_channel(FEED_BATCHES_MAX);
    let work = Work { index, log: reader, progress: Arc::clone(&progress), batches };
    let thread =
        std::thread::Builder::new()
            .name("indexer".to_owned())
            .spawn(move || work.run())
            .map_err(|source| Failure::System { action: "start the indexer's thread", source })?;
    Ok((Lookup(progress), Feed(sender), Indexer(thread)))
}

impl Feed {
    /// Gives a published batch. When the indexer is behind, it is dropped, and
    /// read from the log later.
    pub(crate) fn offer(&self, batch: Arc<CommittedBatch>) {
        let _ = self.0.try_send(batch);
    }
}

impl Indexer {
    /// Waits for the thread, which ends once the feed is dropped.
    pub(crate) fn finish(self) {
        // A panic was its own; the next start builds the index anew.
        let _ = self.0.join();
    }
}

impl Progress {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.known());
        self.changed.notify_all();
    }
}

impl Lookup {
    /// The entry that recorded a command, among the first `size`. Waits until
    /// the index knows them: not for the threads that serve requests.
    pub(crate) fn command(&self, size: u64, id: CommandId) -> Result<Option<EntryIndex>, Refusal> {
        let found = self.reader(size)?.entry_of_command(id).map_err(|error| failed(&error))?;
        self.check_complete(size)?;
        Ok(found.filter(|entry| *entry < size).map(EntryIndex::new))
    }

    /// Entries that concern a subject, among the first `size`, from one on.
    /// Waits as [`Lookup::command`] does.
    pub(crate) fn history(
        &self,
        size: u64,
        subject: &Subject,
        from: u64,
        limit: usize,
    ) -> Result<Vec<u64>, Refusal> {
        let reader = self.reader(size)?;
        let mut found = reader.entries_of(subject, from, limit).map_err(|error| failed(&error))?;
        self.check_complete(size)?;
        found.retain(|entry| *entry < size);
        Ok(found)
    }

    /// An index that was emptied while it was asked has answered nothing.
    fn check_complete(&self, size: u64) -> Result<(), Refusal> {
        if self.0.known().applied < size { Err(Refusal::IndexBehind) } else { Ok(()) }
    }

    fn reader(&self, size: u64) -> Result<IndexReader, Refusal> {
        let mut known = self.0.known();
        if known.applied < size {
            known.wanted = known.wanted.max(size);
            let is_behind = |known: &mut Known| known.applied < size && !known.is_over;
            (known, _) = self
                .0
                .changed
                .wait_timeout_while(known, WAIT_MAX, is_behind)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if known.applied < size { Err(Refusal::IndexBehind) } else { Ok(known.reader.clone()) }
    }
}

fn failed(error: &IndexError) -> Refusal {
    tracing::error!(error = %Chain(error), "the index failed");
    Refusal::IndexBehind
}

impl Work {
    /// Runs until the feed is dropped. A failing index is built anew; if that
    /// fails, history is not told until the next start.
    fn run(mut self) {
        loop {
            let (entries, is_last) = self.gather();
            match self.apply(&entries) {
                Ok(()) => {}
                // The index is not at fault; what is missing is read next time.
                Err(error @ (IndexError::Log(_) | IndexError::Entry(_))) => {
                    tracing::error!(error = %Chain(&error), "the log cannot be read for the index");
                    std::thread::sleep(LOG_RETRY);
                }
                Err(error) => {
                    if let Err(error) = self.rebuild(error) {
                        tracing::error!(error = %Chain(&error), "the index cannot be built anew");
                        break;
                    }
                }
            }
            if is_last {
                break;
            }
        }
        if let Err(error) = self.index.flush() {
            tracing::warn!(error = %Chain(&error), "the index was not flushed");
        }
        self.progress.set(|known| known.is_over = true);
    }

    /// Waits for a batch and takes what else comes within a while. Nothing, when
    /// somebody waits for entries whose batches were dropped.
    fn gather(&self) -> (Vec<SealedEntry>, bool) {
        let mut entries = Vec::new();
        let mut begun: Option<Instant> = None;
        while entries.len() < BUILD_ENTRIES_MAX {
            let is_wanted = {
                let known = self.progress.known();
                known.applied < known.wanted
            };
            let wait = match (is_wanted, begun) {
                (true, _) => Duration::ZERO,
                (false, None) => GATHER,
                (false, Some(_)) => GATHER_STEP,
            };
            match self.batches.recv_timeout(wait) {
                Ok(batch) => {
                    entries.extend(batch.entries.iter().map(|(sealed, _)| sealed.clone()));
                }
                Err(RecvTimeoutError::Disconnected) => return (entries, true),
                Err(RecvTimeoutError::Timeout) if is_wanted => break,
                Err(RecvTimeoutError::Timeout) => {}
            }
            if !entries.is_empty() && GATHER <= begun.get_or_insert_with(Instant::now).elapsed() {
                break;
            }
        }
        (entries, false)
    }

    /// Applies what comes next; what was missed is read from the log.
    fn apply(&mut self, entries: &[SealedEntry]) -> Result<(), IndexError> {
        let applied = self.index.applied().size;
        if entries.first().is_some_and(|first| first.entry().index.get() == applied) {
            self.index.apply(entries)?;
        } else {
            self.catch_up()?;
        }
        let applied = self.index.applied().size;
        self.progress.set(|known| known.applied = applied);
        Ok(())
    }

    fn catch_up(&mut self) -> Result<(), IndexError> {
        let mut waiting = Vec::new();
        for frame in self.log.read(self.index.applied().size).map_err(IndexError::Log)? {
            let frame = frame.map_err(IndexError::Log)?;
            for (position, bytes) in (frame.first..).zip(frame.entries) {
                if self.index.applied().size <= position {
                    let sealed =
                        SealedEntry::open(bytes).map_err(|_| IndexError::Entry(position))?;
                    waiting.push(sealed);
                }
            }
            if BUILD_ENTRIES_MAX <= waiting.len() {
                self.index.apply(&waiting)?;
                waiting.clear();
            }
        }
        self.index.apply(&waiting)
    }

    /// Moves the index aside and reads the log into an empty one. Readers keep
    /// their handles and wait until it knows what they ask for.
    fn rebuild(&mut self, reason: IndexError) -> Result<(), IndexError> {
        self.progress.set(|known| known.applied = 0);
        let rebuilt = self.index.restart(reason)?;
        tracing::warn!(reason = %Chain(&rebuilt.reason), moved_to = ?rebuilt.moved_to, "index built anew");
        match self.apply(&[]) {
            // Read again with the next entries.
            Err(IndexError::Log(_) | IndexError::Entry(_)) => Ok(()),
            done => done,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use jcm_format::command::{Body, Command, Role};
    use jcm_format::envelope::VerifiedCommand;
    use jcm_ledger::Ledger;
    use jcm_ledger::log::{SegmentLog, SegmentOptions};
    use jcm_tests::world::{genesis, name, origin, possessed, secret, sign};

    fn command(id: u8, body: Body) -> VerifiedCommand {
        let command = Command {
            registry: origin(),
            id: CommandId::from_bytes([id; CommandId::LEN]),
            valid_until: clock::now().saturating_add_ms(3_600_000),
            effect_digest: None,
            body,
        };
        let signed = sign(&command, &["authority-1", "authority-2"]);
        signed.verify(|key| key.admit()).expect("signed")
    }

    fn appoint(id: u8) -> VerifiedCommand {
        let person = format!("op-{id}");
        let key = possessed(&secret(&person), &Role::Operator(name(&person)));
        command(id, Body::AppointOperator { person: name(&person), key })
    }

    fn registry(folder: &Path, id: u8) -> (Ledger<SegmentLog>, SegmentReader) {
        let options = SegmentOptions { segment_bytes: 1 << 20 };
        let log = SegmentLog::open(folder, options).expect("opened");
        let reader = log.reader();
        let opened = Ledger::create(log, secret("log"), command(id, genesis()), clock::now());
        (opened.expect("created").ledger, reader)
    }

    fn commit(ledger: &mut Ledger<SegmentLog>, id: u8) -> Arc<CommittedBatch> {
        let committed = ledger.commit(vec![appoint(id)], clock::now()).expect("durable");
        committed.batch.expect("recorded")
    }

    #[test]
    fn an_index_that_fails_while_it_is_in_use_is_built_anew() {
        let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        let (mut ledger, reader) = registry(folders[0].path(), 1);
        let (mut other, _) = registry(folders[1].path(), 2);
        let (lookup, feed, indexer) =
            open(folders[0].path(), ledger.log_mut(), reader).expect("opened");
        let known = |size, id| lookup.command(size, CommandId::from_bytes([id; CommandId::LEN]));
        assert_eq!(known(1, 1), Ok(Some(EntryIndex::new(0))));

        // An entry that does not follow is what a damaged index would report.
        commit(&mut ledger, 3);
        feed.offer(commit(&mut other, 4));
        for (id, entry) in [(1, Some(0)), (3, Some(1)), (4, None)] {
            assert_eq!(known(2, id), Ok(entry.map(EntryIndex::new)));
        }
        assert!(folders[0].path().join("index.damaged-1").is_dir());
        feed.offer(commit(&mut ledger, 5));
        assert_eq!(known(3, 5), Ok(Some(EntryIndex::new(2))));
        drop(feed);
        indexer.finish();
    }
}
