//! The releaser: a thread between the writer and the public. It holds what is durable
//! until witnesses have seen it.
//!
//! While one checkpoint is offered, further batches collect, and all of them are released
//! under the next. The writer waits only when very much is unreleased.

use super::Witnesses;
use super::asking::Reply;
use super::releases::{Releases, ReleasesError};
use super::round::{Round, Verdict};
use crate::shared::{Phase, Shared};
use crate::writer::Answer;
use jcm_format::id::EntryIndex;
use jcm_format::release::Release;
use jcm_format::tlog::{CheckpointError, TrustedCheckpoint};
use jcm_ledger::CommittedBatch;
use std::collections::VecDeque;
use std::fs::File;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{oneshot, watch};

/// Entries that are durable and not released; at it the writer waits, and callers are told
/// that the queue is full. 64 batches: seconds of a registry under full load.
const UNRELEASED_MAX: u64 = 64 * jcm_format::limits::BATCH_ENTRIES_MAX as u64;

/// How often the waiting writer looks whether the node stops.
const LOOK: Duration = Duration::from_millis(50);

/// What happens.
pub(crate) enum Event {
    /// The writer has something to release.
    Handed(Handed),
    /// A witness said something.
    Reply(Reply),
    /// Nothing more comes.
    Stop,
}

/// What the writer hands on: a durable batch, callers that wait for it or for earlier
/// entries, or both.
pub(crate) struct Handed {
    pub(crate) batch: Option<Arc<CommittedBatch>>,
    pub(crate) told: Vec<(Told, oneshot::Sender<Answer>)>,
}

/// What a caller is told once the entry is released.
#[derive(Clone, Copy)]
pub(crate) enum Told {
    /// The command was recorded as this entry.
    Recorded(EntryIndex),
    /// It was recorded before.
    Repeated(EntryIndex),
}

/// Why the releaser ended.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// What is released could not be written down.
    #[error("what is to be released could not be written down")]
    Releases(#[source] ReleasesError),
    /// Cosignatures that were verified do not make a checkpoint.
    #[error("the cosigned checkpoint is not one")]
    Checkpoint(#[source] CheckpointError),
    /// The thread ended in a panic.
    #[error("the releaser's thread ended in a panic")]
    Panic,
}

/// The writer's end.
pub(crate) struct Releaser {
    events: Sender<Event>,
    room: Arc<Room>,
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<Result<(), ReleaseError>>>,
}

/// How much is unreleased.
#[derive(Default)]
struct Room {
    entries: Mutex<Unreleased>,
    changed: Condvar,
}

#[derive(Default)]
struct Unreleased {
    entries: u64,
    is_over: bool,
}

impl Unreleased {
    fn is_full(&self, entries: u64) -> bool {
        let wanted = self.entries.saturating_add(entries);
        !self.is_over && self.entries != 0 && UNRELEASED_MAX < wanted
    }
}

/// What the thread is made of.
pub(crate) struct Parts {
    pub(crate) witnesses: Arc<Witnesses>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) releases: Arc<Releases<File>>,
    pub(crate) indexer: crate::index::Feed,
    /// What the log has and the public was not told.
    pub(crate) untold: Vec<Arc<CommittedBatch>>,
}

impl Releaser {
    /// Starts the thread, and the asking on the runtime that this is called on.
    pub(crate) fn start(parts: Parts) -> std::io::Result<Releaser> {
        let Parts { witnesses, shared, releases, indexer, untold } = parts;
        let (events, receiver) = std::sync::mpsc::channel();
        let (offers, offered) = watch::channel(None);
        let can_ask = super::ask_all(&witnesses, &shared, &offered, &events);
        let (room, of_writer) = (Arc::new(Room::default()), Arc::clone(&shared));
        for batch in untold {
            // However much it is: it is there.
            room.change(|room| room.entries += batch.entries.len() as u64);
            let handed = Handed { batch: Some(batch), told: Vec::new() };
            // The receiver is in this function.
            let _ = events.send(Event::Handed(handed));
        }
        let work = Work {
            witnesses,
            shared,
            releases,
            indexer,
            can_ask,
            offers,
            events: receiver,
            room: Arc::clone(&room),
            held: VecDeque::new(),
            round: None,
        };
        let thread = std::thread::Builder::new()
            .name("releaser".to_owned())
            .spawn(move || work.run_and_tell())?;
        Ok(Releaser { events, room, shared: of_writer, thread: Some(thread) })
    }

    /// Hands on what is to be released. Waits when very much is unreleased, for as long
    /// as the node serves; false when nothing is released any more.
    pub(crate) fn hand(&self, handed: Handed) -> bool {
        let entries = handed.batch.as_ref().map_or(0, |batch| batch.entries.len());
        let is_serving = || *self.shared.phase.borrow() == Phase::Serving;
        let is_released = self.room.take(entries as u64, is_serving);
        is_released && self.events.send(Event::Handed(handed)).is_ok()
    }

    /// Lets it finish what it can, and ends it.
    ///
    /// # Errors
    ///
    /// Why it had ended before.
    pub(crate) fn finish(mut self) -> Result<(), ReleaseError> {
        let _ = self.events.send(Event::Stop);
        match self.thread.take() {
            Some(thread) => thread.join().unwrap_or(Err(ReleaseError::Panic)),
            None => Ok(()),
        }
    }
}

impl Room {
    /// Waits for room while `may_wait`; false when there will be none.
    fn take(&self, entries: u64, may_wait: impl Fn() -> bool) -> bool {
        let mut unreleased = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        while unreleased.is_full(entries) && may_wait() {
            let waited = self.changed.wait_timeout(unreleased, LOOK);
            (unreleased, _) = waited.unwrap_or_else(PoisonError::into_inner);
        }
        unreleased.entries = unreleased.entries.saturating_add(entries);
        !unreleased.is_over
    }

    fn change(&self, change: impl FnOnce(&mut Unreleased)) {
        change(&mut self.entries.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }
}

/// The thread's own things.
struct Work {
    witnesses: Arc<Witnesses>,
    shared: Arc<Shared>,
    releases: Arc<Releases<File>>,
    indexer: crate::index::Feed,
    can_ask: Vec<bool>,
    offers: watch::Sender<Option<TrustedCheckpoint>>,
    events: Receiver<Event>,
    room: Arc<Room>,
    held: VecDeque<Handed>,
    round: Option<(Round, Instant)>,
}

impl Work {
    fn run_and_tell(mut self) -> Result<(), ReleaseError> {
        let end = self.run();
        self.room.change(|room| room.is_over = true);
        if let Err(error) = &end {
            tracing::error!(error = %crate::logging::Chain(error), "nothing is released any more");
            self.shared.phase.send_replace(Phase::Poisoned);
        }
        end
    }

    /// Runs until it is stopped; then what can be released within one more timeout is.
    /// What cannot is held back, and taken up again by the next start.
    fn run(&mut self) -> Result<(), ReleaseError> {
        let mut last = None;
        loop {
            match self.wait(last) {
                Ok(Event::Handed(handed)) => self.held.push_back(handed),
                Ok(Event::Reply(reply)) => self.hear(reply),
                Ok(Event::Stop) | Err(RecvTimeoutError::Disconnected) => {
                    last = Some(Instant::now() + self.witnesses.timeout);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
            while let Ok(event) = self.events.try_recv() {
                match event {
                    Event::Handed(handed) => self.held.push_back(handed),
                    Event::Reply(reply) => self.hear(reply),
                    Event::Stop => last = Some(Instant::now() + self.witnesses.timeout),
                }
            }
            self.advance()?;
            if last.is_some_and(|last| self.held.is_empty() || last <= Instant::now()) {
                return Ok(());
            }
        }
    }

    /// The next event, or the end of the round's time or of everything's.
    fn wait(&self, last: Option<Instant>) -> Result<Event, RecvTimeoutError> {
        let round = self.round.as_ref().map(|(_, begun)| *begun + self.witnesses.timeout);
        match round.into_iter().chain(last).min() {
            Some(until) => {
                // A moment more, so that the time is over when it is looked at.
                let left = until.saturating_duration_since(Instant::now());
                self.events.recv_timeout(left + Duration::from_millis(1))
            }
            None => self.events.recv().map_err(|_| RecvTimeoutError::Disconnected),
        }
    }

    fn hear(&mut self, reply: Reply) {
        if let Some((round, _)) = &mut self.round {
            round.hear(reply.witness, reply.size, reply.line);
        }
    }

    /// Does what can be done now.
    fn advance(&mut self) -> Result<(), ReleaseError> {
        self.answer();
        loop {
            let Some((round, begun)) = &self.round else {
                if !self.offer() {
                    return Ok(());
                }
                continue;
            };
            let is_over = *begun + self.witnesses.timeout <= Instant::now();
            let policy = &self.witnesses.policy;
            match round.verdict(policy, self.witnesses.when_missing, is_over) {
                Verdict::Wait => return Ok(()),
                Verdict::Again => {
                    let (offered, newest) = (round.size(), self.newest());
                    match &mut self.round {
                        // Nothing newer: what was said to it stays said.
                        Some((_, begun)) if newest.is_none_or(|newest| newest <= offered) => {
                            *begun = Instant::now();
                        }
                        _ => self.round = None,
                    }
                }
                Verdict::Release(lines) => {
                    let log_key = &self.shared.log_key;
                    let cosigned = round.checkpoint().with_lines(&lines, log_key);
                    let cosigned = cosigned.map_err(ReleaseError::Checkpoint)?;
                    self.release(cosigned.checkpoint().size, Some(cosigned))?;
                }
                Verdict::Mark => {
                    let size = round.size();
                    self.release(size, None)?;
                }
            }
        }
    }

    /// The size of the newest checkpoint of what is held.
    fn newest(&self) -> Option<u64> {
        let newest = self.held.iter().rev().find_map(|held| held.batch.as_ref());
        newest.map(|batch| batch.checkpoint.checkpoint().size)
    }

    /// Offers the newest checkpoint of what is held, if there is one.
    fn offer(&mut self) -> bool {
        let newest = self.held.iter().rev().find_map(|held| held.batch.as_ref());
        let Some(newest) = newest.map(|batch| batch.checkpoint.clone()) else { return false };
        self.offers.send_if_modified(|offer| {
            let is_new = offer.as_ref() != Some(&newest);
            if is_new {
                *offer = Some(newest.clone());
            }
            is_new
        });
        self.round = Some((Round::new(newest, &self.can_ask), Instant::now()));
        true
    }

    /// Releases what is held up to a size. The order of effects:
    ///
    /// 1. it is written down, durably, what is released under what;
    /// 2. it is published, so that whoever is answered can read what was done;
    /// 3. every caller is answered;
    /// 4. the batches are handed to the indexer.
    fn release(
        &mut self,
        size: u64,
        cosigned: Option<TrustedCheckpoint>,
    ) -> Result<(), ReleaseError> {
        self.round = None;
        let from = self.releases.progress().released;
        let record = match &cosigned {
            Some(note) => Release::Witnessed { from, to: size, note: note.note_text().to_owned() },
            None => Release::Plain { from, to: size },
        };
        self.releases.append(&record).map_err(ReleaseError::Releases)?;
        let is_in = |batch: &&Arc<CommittedBatch>| batch.checkpoint.checkpoint().size <= size;
        let batches: Vec<_> = self
            .held
            .iter()
            .filter_map(|held| held.batch.as_ref())
            .filter(is_in)
            .cloned()
            .collect();
        self.shared.release(&batches, cosigned.as_ref());
        let cosigned = cosigned.map(Arc::new);
        for held in
            self.held.iter_mut().filter(|held| held.batch.as_ref().is_some_and(|b| is_in(&b)))
        {
            let Some(batch) = held.batch.take() else { continue };
            held.told = answer_released(std::mem::take(&mut held.told), &batch, cosigned.as_ref());
        }
        self.answer();
        let entries: usize = batches.iter().map(|batch| batch.entries.len()).sum();
        tracing::debug!(entries, size, is_witnessed = cosigned.is_some(), "released");
        for batch in batches {
            self.indexer.offer(batch);
        }
        self.room.change(|room| room.entries = room.entries.saturating_sub(entries as u64));
        Ok(())
    }

    /// Answers who waits for an entry that is released by now, and forgets what is done.
    fn answer(&mut self) {
        let released = self.releases.progress().released;
        for held in &mut self.held {
            let (now, later): (Vec<_>, Vec<_>) =
                std::mem::take(&mut held.told).into_iter().partition(|(told, _)| match told {
                    Told::Repeated(entry) => entry.get() < released,
                    Told::Recorded(_) => false,
                });
            for (told, answer) in now {
                if let Told::Repeated(entry) = told {
                    // A caller that has gone away can ask again with the same bytes.
                    let _ = answer.send(Answer::Repeated { entry });
                }
            }
            held.told = later;
        }
        self.held.retain(|held| held.batch.is_some() || !held.told.is_empty());
    }
}

/// Answers those whose command is in a batch that was released, and gives back the others.
fn answer_released(
    told: Vec<(Told, oneshot::Sender<Answer>)>,
    batch: &Arc<CommittedBatch>,
    cosigned: Option<&Arc<TrustedCheckpoint>>,
) -> Vec<(Told, oneshot::Sender<Answer>)> {
    let mut later = Vec::new();
    for (told, answer) in told {
        match told {
            Told::Recorded(entry) => {
                let (batch, under) = (Arc::clone(batch), cosigned.cloned());
                let _ = answer.send(Answer::Recorded { entry, batch, under });
            }
            Told::Repeated(_) => later.push((told, answer)),
        }
    }
    later
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn the_writer_waits_for_room_and_neither_for_a_stop_nor_after_the_end() {
        let room = Room::default();
        let never = || panic!("there is room");
        assert!(room.take(UNRELEASED_MAX - 1, never) && room.take(1, never));
        // Given up when the node stops.
        assert!(room.take(256, || false));
        room.change(|room| room.entries = 0);
        assert!(room.take(UNRELEASED_MAX + 1, never), "one batch alone always goes");
        // Until something is released.
        let is_waiting = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                room.take(1, || {
                    is_waiting.store(true, Ordering::SeqCst);
                    true
                })
            });
            while !is_waiting.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            room.change(|room| room.entries = 0);
            assert!(waiting.join().expect("no panic"));
        });
        room.change(|room| room.is_over = true);
        assert!(!room.take(UNRELEASED_MAX, never));
    }
}
