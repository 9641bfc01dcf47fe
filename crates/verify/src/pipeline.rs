//! Two kinds of work on as many cores as there are: entries are decoded and
//! signatures verified by workers, and the results are judged in order.
//!
//! Jobs go to the workers in turn and are taken back in the same turn, so that
//! the outcome does not depend on how many there are. What is under way is
//! bounded: [`JOBS_PER_WORKER`] jobs for each worker.

use crate::replay::{RecordedCommand, Replayable};
use crate::report::Place;
use crate::source::{Piece, Stop};
use jcm_format::codec::{self, CodecError};
use jcm_format::entry::Entry;
use jcm_format::envelope::EnvelopeError;
use jcm_format::hash::Digest;
use jcm_format::key::{AdmittedKey, PublicKey, UnsuitableKey};
use jcm_format::time::Timestamp;
use jcm_format::tlog::{CheckpointError, TrustedCheckpoint, VerifierKey, leaf_hash};
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Enough that no worker waits while the results of others are judged, even
/// when the system takes one of them off its core for a while. With the largest
/// jobs, 256 entries of 64 KiB, a worker holds at most 16 * 16 MiB; with ordinary
/// entries less than 1 MiB.
const JOBS_PER_WORKER: usize = 16;

/// Entries in one job, unless a single piece has more: so many signatures take
/// some milliseconds, against which handing over a job is nothing.
const JOB_ENTRIES: usize = 64;

/// Admitted keys that each worker remembers: 4,096 * 224 bytes are below 1 MB.
const ADMITTED_MAX: usize = 4_096;

/// How to look at pieces.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    pub(crate) threads: usize,
    pub(crate) chain_only: bool,
    pub(crate) log_key: Option<VerifierKey>,
    /// The signatures of the entries before this one were verified by an earlier
    /// run, which a root over the same entries will show.
    pub(crate) verified_before: u64,
}

/// A piece of which all has been found out that does not depend on the others.
#[derive(Debug)]
pub(crate) struct Examined {
    pub(crate) place: Option<Place>,
    pub(crate) first: u64,
    /// Up to and including the first that does not decode.
    pub(crate) entries: Vec<Read>,
    pub(crate) checkpoint: Mark,
}

/// What stands at the end of a piece.
#[derive(Debug)]
pub(crate) enum Mark {
    /// Nothing: a later piece has the checkpoint.
    None,
    /// A checkpoint, and the log's key is not known.
    Unknown,
    /// A checkpoint, as far as its signature goes.
    Checkpoint(Result<Box<TrustedCheckpoint>, CheckpointError>),
}

/// An entry as it was read.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) bytes: Vec<u8>,
    /// Where it begins in the file of its piece.
    pub(crate) offset: u64,
    pub(crate) opened: Result<Opened, CodecError>,
}

/// An entry that decodes.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) leaf: Digest,
    pub(crate) index: u64,
    pub(crate) prev: Digest,
    pub(crate) time: Timestamp,
    pub(crate) signatures: u64,
    /// `None` where only the chain is looked at.
    pub(crate) content: Option<Result<Box<Replayable>, EnvelopeError>>,
}

/// Examines every piece of `source` and hands the results to `judge` in order,
/// until it breaks. Gives back why the source ended, if not at its end.
pub(crate) fn run(
    source: impl Iterator<Item = Result<Piece, Stop>>,
    manner: &Manner,
    mut judge: impl FnMut(Examined) -> ControlFlow<()>,
) -> Option<Stop> {
    let workers = manner.threads.max(1);
    thread::scope(|scope| {
        let lanes: Vec<Lane> = (0..workers)
            .map(|_| {
                let (job_sender, job_receiver) = sync_channel(JOBS_PER_WORKER);
                let (result_sender, result_receiver) = sync_channel(JOBS_PER_WORKER);
                scope.spawn(move || work(&job_receiver, &result_sender, manner));
                Lane { jobs: job_sender, results: result_receiver }
            })
            .collect();
        let mut jobs = Jobs { source, stop: None };
        let mut under_way = VecDeque::new();
        let mut turn = lanes.iter().cycle();
        loop {
            while under_way.len() < workers * JOBS_PER_WORKER {
                let (Some(job), Some(lane)) = (jobs.next(), turn.next()) else { break };
                // A worker ends before its lane only by a panic, which the
                // scope passes on.
                lane.jobs.send(job).ok()?;
                under_way.push_back(lane);
            }
            let Some(lane) = under_way.pop_front() else { break };
            for examined in lane.results.recv().ok()? {
                if judge(examined).is_break() {
                    return None;
                }
            }
        }
        jobs.stop
    })
}

struct Lane {
    jobs: SyncSender<Vec<Piece>>,
    results: Receiver<Vec<Examined>>,
}

/// Pieces gathered into jobs.
struct Jobs<S> {
    source: S,
    stop: Option<Stop>,
}

impl<S: Iterator<Item = Result<Piece, Stop>>> Iterator for Jobs<S> {
    type Item = Vec<Piece>;

    fn next(&mut self) -> Option<Vec<Piece>> {
        let mut job = Vec::new();
        let mut entries = 0;
        while self.stop.is_none() && entries < JOB_ENTRIES {
            match self.source.next() {
                Some(Ok(piece)) => {
                    entries += piece.entries.len();
                    job.push(piece);
                }
                Some(Err(stop)) => self.stop = Some(stop),
                None => break,
            }
        }
        if job.is_empty() { None } else { Some(job) }
    }
}

fn work(jobs: &Receiver<Vec<Piece>>, results: &SyncSender<Vec<Examined>>, manner: &Manner) {
    let admitted = Admitted::default();
    while let Ok(job) = jobs.recv() {
        let examined = job.into_iter().map(|piece| examine(piece, manner, &admitted));
        // Nobody listens any more once something bad was found.
        if results.send(examined.collect()).is_err() {
            return;
        }
    }
}

fn examine(piece: Piece, manner: &Manner, admitted: &Admitted) -> Examined {
    let Piece { first, entries, checkpoint, place, head_len, prefix_len } = piece;
    let checkpoint = match (checkpoint, &manner.log_key) {
        (None, _) => Mark::None,
        (Some(_), None) => Mark::Unknown,
        (Some(note), Some(key)) => {
            Mark::Checkpoint(TrustedCheckpoint::open(&note, key).map(Box::new))
        }
    };
    let mut offset = place.as_ref().map_or(0, |place| place.offset).saturating_add(head_len);
    let mut read = Vec::with_capacity(entries.len());
    for (number, bytes) in (first..).zip(entries) {
        let known = number < manner.verified_before;
        let opened = open(&bytes, manner.chain_only, known, admitted);
        let failed = opened.is_err();
        let begins = offset.saturating_add(prefix_len);
        offset = begins.saturating_add(bytes.len() as u64);
        read.push(Read { bytes, offset: begins, opened });
        if failed {
            break;
        }
    }
    Examined { place, first, entries: read, checkpoint }
}

fn open(
    bytes: &[u8],
    chain_only: bool,
    known: bool,
    admitted: &Admitted,
) -> Result<Opened, CodecError> {
    let Entry { version: _, index, prev, time, rule_set, command, event } = codec::decode(bytes)?;
    let signatures = if known { 0 } else { command.signatures.len() as u64 };
    let content = (!chain_only).then(|| {
        let command = match known {
            true => RecordedCommand::verified_before(command)?,
            false => command.verify(|key| admitted.admit(key))?.into(),
        };
        Ok(Box::new(Replayable { time, rule_set, command, event }))
    });
    Ok(Opened { leaf: leaf_hash(bytes), index: index.get(), prev, time, signatures, content })
}

/// The keys that were admitted lately; admission costs as much as a signature.
#[derive(Default)]
struct Admitted(RefCell<BTreeMap<PublicKey, AdmittedKey>>);

impl Admitted {
    fn admit(&self, key: &PublicKey) -> Result<AdmittedKey, UnsuitableKey> {
        let mut known = self.0.borrow_mut();
        if let Some(admitted) = known.get(key) {
            return Ok(admitted.clone());
        }
        let admitted = key.admit()?;
        if known.len() == ADMITTED_MAX {
            known.clear();
        }
        known.insert(*key, admitted.clone());
        Ok(admitted)
    }
}
