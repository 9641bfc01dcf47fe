//! A verification that reads one source after the other, or one that grows.

use crate::audit::{Audit, claimed_log_key};
use crate::code::Code;
use crate::compare::Claims;
use crate::options::{Advance, Options, Seen};
use crate::pipeline::{self, Manner};
use crate::report::{Finding, Report};
use crate::source::{OpenError, Piece, Progressed, Source, Stop};
use crate::trace::UnitTrace;
use crate::trusted::TrustedState;
use jcm_format::frame::Frame;
use jcm_format::tlog::SignedCheckpoint;
use std::cell::Cell;

/// A verification under way.
#[derive(Debug)]
pub struct Verifier {
    options: Options,
    audit: Audit,
    /// The checkpoint that the source states where entries were left out.
    stated: Option<String>,
}

impl Verifier {
    /// Begins with nothing read.
    pub fn new(options: &Options) -> Verifier {
        Verifier { options: options.clone(), audit: Audit::new(options), stated: None }
    }

    /// Reads a source from the entry that is due on to its end.
    ///
    /// # Errors
    ///
    /// The source cannot be read. Everything else is a finding.
    pub fn read(&mut self, source: &mut Source) -> Result<(), OpenError> {
        source.begin_at(self.audit.chain.next);
        let head = source.take_head();
        let progress = Cell::new(source.progressed());
        let pieces = std::iter::from_fn(|| {
            let next = source.next_piece();
            progress.set(source.progressed());
            next
        });
        let stop = self.pieces(pieces, head, &progress);
        self.stated = source.stated();
        match stop.and_then(|stop| self.audit.stopped(stop)) {
            Some(Stop::Io(error)) => Err(error),
            Some(_) | None => Ok(()),
        }
    }

    /// Reads frames that are in memory.
    pub(crate) fn frames(&mut self, frames: impl IntoIterator<Item = Frame>) {
        let progress = Cell::new(Progressed { done: 0, total: 0 });
        let pieces = frames.into_iter().map(|frame| Ok(Piece::from(frame)));
        let stop = self.pieces(pieces, None, &progress);
        // Memory does not fail to be read.
        let _ = stop.and_then(|stop| self.audit.stopped(stop));
    }

    fn pieces(
        &mut self,
        mut pieces: impl Iterator<Item = Result<Piece, Stop>>,
        head: Option<crate::head::Head>,
        progress: &Cell<Progressed>,
    ) -> Option<Stop> {
        if self.audit.is_broken_off() {
            return None;
        }
        // The first entry names the key for all checkpoints, its own included.
        let first = pieces.next();
        if self.audit.chain.next == 0 {
            self.audit.meet(match &first {
                Some(Ok(piece)) => claimed_log_key(piece),
                Some(Err(_)) | None => None,
            });
        }
        self.audit.open_head(head);
        let manner = Manner {
            threads: self.options.threads.get(),
            chain_only: self.options.chain_only,
            log_key: self.audit.log_key.clone(),
            verified_before: self.options.trusted.as_ref().map_or(0, |trusted| trusted.entries),
        };
        let audit = &mut self.audit;
        let tell = self.options.progress.as_ref();
        pipeline::run(first.into_iter().chain(pieces), &manner, |examined| {
            let flow = audit.piece(examined);
            if let Some(tell) = tell {
                tell(Advance { entries: audit.chain.next, read: progress.get() });
            }
            flow
        })
    }

    /// Judges what can be judged at the end only, and reports.
    pub fn conclude(&mut self) -> Report {
        self.audit.conclude();
        self.audit.report()
    }

    /// The report as things stand, while more is expected.
    pub fn report(&self) -> Report {
        self.audit.report()
    }

    /// The checkpoint that the source last read states for entries that were read
    /// before, if it states one.
    pub fn stated(&self) -> Option<&str> {
        self.stated.as_deref()
    }

    /// Whether the source last read states fewer entries than were read before; then
    /// it has taken some back.
    pub fn went_back(&self, before: u64, from: &str) -> Option<Finding> {
        let stated = self.stated.as_deref().and_then(|note| SignedCheckpoint::parse(note).ok());
        let size = stated.as_ref().map_or(0, |note| note.claimed().size);
        let note = self.stated.as_deref().unwrap_or_default();
        (size < before).then(|| {
            let detail = format!(
                "{from} states {size} entries, but {before} were read from it before. What it \
                 states now: {note:?}"
            );
            Finding::new(Some(size), None, Code::LogTruncated.broken(detail))
        })
    }

    /// How many entries the chain has so far.
    pub fn entries(&self) -> u64 {
        self.audit.chain.next
    }

    /// Whether something was found so far.
    pub fn has_found(&self) -> bool {
        self.audit.has_found()
    }

    /// Compares a checkpoint that somebody else was shown with what was read so far;
    /// [`Options::keep_leaves`] must be set.
    pub fn compare(&mut self, seen: &Seen) -> Option<Finding> {
        self.audit.compare_seen(seen)
    }

    /// Compares a report with what was replayed. Where it is of fewer entries than
    /// there are, [`Options::snapshots`] must name their number.
    pub fn compare_report(&mut self, report: &str, claims: &Claims) {
        self.audit.compare_report(report, claims);
    }

    /// Takes a finding into the report.
    pub fn add(&mut self, finding: Finding) {
        self.audit.add(finding);
    }

    /// The way of the unit of [`Options::trace`].
    pub fn trace(&self) -> Option<UnitTrace> {
        self.audit.trace()
    }

    /// What the next run may go on from; nothing if something was found.
    pub fn vouch(&self) -> Option<TrustedState> {
        self.audit.vouch()
    }
}
