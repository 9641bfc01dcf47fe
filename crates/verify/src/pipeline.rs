//! Two kinds of work on as many cores as there are: entries are decoded and
//! signatures verified by workers, and the results are judged in order.
//!
//! Jobs go to the workers in turn and are taken back in the same turn, so that
//! the outcome does not depend on how many there are. What is under way is
//! bounded: [`JOBS_PER_WORKER`] jobs for each worker.

use crate::replay::Replayable;
use crate::report::Place;
use crate::source::{Located, Stop};
use jcm_format::codec::{self, CodecError};
use jcm_format::entry::Entry;
use jcm_format::envelope::EnvelopeError;
use jcm_format::hash::Digest;
use jcm_format::key::{AdmittedKey, PublicKey, UnsuitableKey};
use jcm_format::time::Timestamp;
use jcm_format::tlog::{Checkpoint, CheckpointError, TrustedCheckpoint, VerifierKey, leaf_hash};
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

/// Entries in one job, unless a single frame has more: so many signatures take
/// some milliseconds, against which handing over a job is nothing.
const JOB_ENTRIES: usize = 64;

/// Admitted keys that each worker remembers: 4,096 * 224 bytes are below 1 MB.
const ADMITTED_MAX: usize = 4_096;

/// How to look at frames.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    pub(crate) threads: usize,
    pub(crate) chain_only: bool,
    pub(crate) log_key: Option<VerifierKey>,
}

/// A frame of which all has been found out that does not depend on the others.
#[derive(Debug)]
pub(crate) struct Examined {
    pub(crate) place: Option<Place>,
    pub(crate) first: u64,
    /// Up to and including the first that does not decode.
    pub(crate) entries: Vec<Result<Opened, CodecError>>,
    /// `None` where the log's key is not known.
    pub(crate) checkpoint: Option<Result<Checkpoint, CheckpointError>>,
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

/// Examines every frame of `source` and hands the results to `judge` in order,
/// until it breaks. Gives back why the source ended, if not at its end.
pub(crate) fn run(
    source: impl Iterator<Item = Result<Located, Stop>>,
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
    jobs: SyncSender<Vec<Located>>,
    results: Receiver<Vec<Examined>>,
}

/// Frames gathered into jobs.
struct Jobs<S> {
    source: S,
    stop: Option<Stop>,
}

impl<S: Iterator<Item = Result<Located, Stop>>> Iterator for Jobs<S> {
    type Item = Vec<Located>;

    fn next(&mut self) -> Option<Vec<Located>> {
        let mut job = Vec::new();
        let mut entries = 0;
        while self.stop.is_none() && entries < JOB_ENTRIES {
            match self.source.next() {
                Some(Ok(located)) => {
                    entries += located.frame.entries.len();
                    job.push(located);
                }
                Some(Err(stop)) => self.stop = Some(stop),
                None => break,
            }
        }
        if job.is_empty() { None } else { Some(job) }
    }
}

fn work(jobs: &Receiver<Vec<Located>>, results: &SyncSender<Vec<Examined>>, manner: &Manner) {
    let admitted = Admitted::default();
    while let Ok(job) = jobs.recv() {
        let examined = job.into_iter().map(|located| examine(located, manner, &admitted));
        // Nobody listens any more once something bad was found.
        if results.send(examined.collect()).is_err() {
            return;
        }
    }
}

fn examine(located: Located, manner: &Manner, admitted: &Admitted) -> Examined {
    let Located { frame, place } = located;
    let first = frame.first;
    let checkpoint = manner.log_key.as_ref().map(|key| {
        TrustedCheckpoint::open(&frame.checkpoint, key).map(|trusted| trusted.checkpoint().clone())
    });
    let mut entries = Vec::with_capacity(frame.entries.len());
    for bytes in &frame.entries {
        let opened = open(bytes, manner.chain_only, admitted);
        let failed = opened.is_err();
        entries.push(opened);
        if failed {
            break;
        }
    }
    Examined { place, first, entries, checkpoint }
}

fn open(bytes: &[u8], chain_only: bool, admitted: &Admitted) -> Result<Opened, CodecError> {
    let Entry { version: _, index, prev, time, rule_set, command, event } = codec::decode(bytes)?;
    let signatures = command.signatures.len() as u64;
    let content = (!chain_only).then(|| {
        let command = command.verify(|key| admitted.admit(key))?;
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
