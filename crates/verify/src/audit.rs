//! The audit: chain, replay, head and pins brought together into one report.
//!
//! At most one finding about the chain and one about the rules: what comes
//! after a broken entry would be judged against a state that nobody vouches for.

use crate::chain::{Chain, reason_of};
use crate::code::{Broken, Code};
use crate::head::Head;
use crate::options::Options;
use crate::pipeline::{Examined, Opened};
use crate::replay::{Objection, Replay, Replayable, State};
use crate::report::{Figures, Finding, Place, Report};
use crate::source::Stop;
use jcm_format::codec::CodecError;
use jcm_format::command::{Body, Command};
use jcm_format::entry::Entry;
use jcm_format::envelope::EnvelopeError;
use jcm_format::frame::Frame;
use jcm_format::hash::Digest;
use jcm_format::tlog::{Checkpoint, KeyType, TrustedCheckpoint, VerifierKey};
use std::ops::ControlFlow;

/// The key that the first entry names for checkpoints; not yet believed. `None`
/// if it names none that can be used.
pub(crate) fn claimed_log_key(frame: &Frame) -> Option<VerifierKey> {
    let entry: Entry = jcm_format::codec::decode(frame.entries.first()?).ok()?;
    let command = Command::parse(&entry.command.payload).ok()?;
    let Body::Genesis(genesis) = &command.body else { return None };
    VerifierKey::new(command.registry.as_ref(), KeyType::Ed25519, &genesis.log_key).ok()
}

/// An audit under way.
pub(crate) struct Audit<'o> {
    options: &'o Options,
    log_key: Option<VerifierKey>,
    head: Option<Head>,
    /// The head's checkpoint, once its signature was verified.
    signed_head: Option<Checkpoint>,
    chain: Chain,
    replay: Replay,
    /// Whether entries are still judged by the rules.
    judging: bool,
    /// The chain or the file is broken; what follows was not looked at.
    broken_off: bool,
    replayed: u64,
    signatures: u64,
    checkpoint_signatures: u64,
    findings: Vec<Finding>,
    notes: Vec<String>,
}

impl<'o> Audit<'o> {
    pub(crate) fn new(
        options: &'o Options,
        log_key: Option<VerifierKey>,
        head: Option<Head>,
    ) -> Audit<'o> {
        let mut audit = Audit {
            options,
            log_key,
            head,
            signed_head: None,
            chain: Chain::new(),
            replay: Replay::new(),
            judging: !options.chain_only,
            broken_off: false,
            replayed: 0,
            signatures: 0,
            checkpoint_signatures: 0,
            findings: Vec::new(),
            notes: Vec::new(),
        };
        audit.compare_log_key();
        audit.open_head();
        audit
    }

    fn find(&mut self, index: Option<u64>, place: Option<Place>, broken: Broken) {
        self.findings.push(Finding::new(index, place, broken));
    }

    fn compare_log_key(&mut self) {
        let (Some(pinned), Some(own)) = (&self.options.log_key, &self.log_key) else { return };
        if pinned != own {
            let detail = format!("the first entry names the log key {own}, not {pinned}");
            self.find(Some(0), None, Code::LogKeyDiffers.broken(detail));
        }
    }

    fn open_head(&mut self) {
        match (self.head.take(), &self.log_key) {
            (None, _) => {}
            (Some(Head::Unwritten), _) => {
                self.notes.push("the head file was never written".to_owned());
            }
            (Some(Head::Damaged), _) => {
                let detail = "neither slot of the head file holds a checkpoint";
                self.find(None, None, Code::HeadDamaged.broken(detail));
            }
            // With no key, the first frame says so.
            (Some(Head::Signed(note)), None) => self.signed_head = Some(note.claimed().clone()),
            (Some(Head::Signed(note)), Some(key)) => {
                match TrustedCheckpoint::open(note.note_text(), key) {
                    Ok(trusted) => {
                        self.checkpoint_signatures += 1;
                        self.signed_head = Some(trusted.checkpoint().clone());
                    }
                    Err(error) => {
                        let detail = format!("the head is not believed: {}", reason_of(&error));
                        self.find(None, None, Code::HeadSignature.broken(detail));
                    }
                }
            }
        }
    }

    /// The chain is broken here; nothing that follows is looked at.
    fn break_off(&mut self, index: u64, place: Option<Place>, broken: Broken) -> ControlFlow<()> {
        self.find(Some(index), place, broken);
        self.broken_off = true;
        ControlFlow::Break(())
    }

    /// Judges the next frame; breaks where the chain is broken.
    pub(crate) fn frame(&mut self, examined: Examined) -> ControlFlow<()> {
        let Examined { place, first, entries, checkpoint } = examined;
        if let Err(broken) = self.chain.frame(first) {
            return self.break_off(self.chain.next, place, broken);
        }
        for opened in entries {
            self.entry(opened, place.as_ref())?;
        }
        let last = self.chain.next.saturating_sub(1);
        if let Err(broken) = self.chain.checkpoint(checkpoint.as_ref()) {
            return self.break_off(last, place, broken);
        }
        self.checkpoint_signatures += 1;
        if let Some(progress) = &self.options.progress {
            progress(self.chain.next);
        }
        ControlFlow::Continue(())
    }

    fn entry(
        &mut self,
        opened: Result<Opened, CodecError>,
        place: Option<&Place>,
    ) -> ControlFlow<()> {
        let index = self.chain.next;
        let judged = match &opened {
            Ok(opened) => self.chain.entry(opened),
            Err(error) => {
                Err(Code::EntryMalformed.broken(format!("the entry is unreadable: {error}")))
            }
        };
        if let Err(broken) = judged {
            return self.break_off(index, place.cloned(), broken);
        }
        let Ok(opened) = opened else { return ControlFlow::Break(()) };
        self.compare_genesis(index, opened.leaf);
        if let Some(head) = self.signed_head.as_ref().filter(|head| head.size == self.chain.next) {
            let (signed, root) = (head.root, self.chain.root());
            if signed != root {
                let detail =
                    format!("the head signs the root {signed}, but the entries have {root}");
                self.find(Some(index), place.cloned(), Code::LogRewritten.broken(detail));
            }
        }
        if let Some(content) = opened.content.filter(|_| self.judging) {
            self.judge(index, opened.signatures, content, place);
        }
        ControlFlow::Continue(())
    }

    fn compare_genesis(&mut self, index: u64, leaf: Digest) {
        let pinned = self.options.genesis.filter(|pinned| index == 0 && *pinned != leaf);
        if let Some(pinned) = pinned {
            let detail = format!("the log begins with entry {leaf}, not {pinned}");
            self.find(Some(0), None, Code::GenesisDiffers.broken(detail));
        }
    }

    fn judge(
        &mut self,
        index: u64,
        signatures: u64,
        content: Result<Box<Replayable>, EnvelopeError>,
        place: Option<&Place>,
    ) {
        let finding = match content {
            Ok(entry) => {
                self.signatures += signatures;
                match self.replay.next(index, &entry) {
                    Ok(()) => {
                        self.replayed += 1;
                        return;
                    }
                    Err(Objection { broken, article }) => Finding {
                        article,
                        by_rules: true,
                        ..Finding::new(Some(index), place.cloned(), broken)
                    },
                }
            }
            Err(error) => Finding::of_envelope(index, place.cloned(), &error),
        };
        self.findings.push(finding);
        self.judging = false;
    }

    /// The source ended early. Gives back what is no finding but a failure to
    /// read.
    pub(crate) fn stopped(&mut self, stop: Stop) -> Option<Stop> {
        match stop {
            Stop::Damage { code, detail, place } => {
                let _ = self.break_off(self.chain.next, Some(place), code.broken(detail));
                None
            }
            Stop::Torn { detail, place } => {
                let covered = self.signed_head.as_ref().is_some_and(|h| h.size <= self.chain.next);
                if covered {
                    self.notes.push(format!(
                        "{place}: {detail}; an unfinished write that nothing signed covers, not counted"
                    ));
                } else {
                    let broken = Code::FrameTruncated.broken(detail);
                    self.find(Some(self.chain.next), Some(place), broken);
                }
                None
            }
            io @ Stop::Io(_) => Some(io),
        }
    }

    /// What must hold at the end, and the report.
    pub(crate) fn finish(mut self) -> Report {
        if self.chain.next == 0 && !self.broken_off {
            self.find(None, None, Code::LogEmpty.broken("the log has no entry"));
        }
        let missing = self.signed_head.as_ref().filter(|head| self.chain.next < head.size);
        if let Some(head) = missing.filter(|_| !self.broken_off) {
            let (signed, size) = (head.size, self.chain.next);
            let detail = format!("the head signs {signed} entries, but the log has only {size}");
            self.find(Some(size), None, Code::LogTruncated.broken(detail));
        }
        let state = self.replay.state().filter(|_| self.judging);
        let conserved = state.map(State::conserved_to_the_end);
        if let Some(Err(broken)) = conserved {
            self.find(None, None, broken);
            self.judging = false;
        }
        self.report()
    }

    fn report(mut self) -> Report {
        if self.findings.iter().any(|finding| finding.by_rules) {
            self.notes.push(format!(
                "the rules were applied to the first {} entries only; after a bad entry nothing that follows can be judged",
                self.replayed
            ));
        }
        let to_the_end = self.judging && !self.broken_off;
        let state = self.replay.state().filter(|_| to_the_end);
        let text = state.map(crate::replay::State::text);
        Report {
            ok: self.findings.is_empty(),
            chain_only: self.options.chain_only,
            origin: self.log_key.as_ref().map(|key| key.name().to_owned()),
            entries: self.chain.next,
            replayed: self.replayed,
            root: self.chain.root(),
            checkpoint: self.chain.checkpoint.as_ref().map(Checkpoint::text),
            log_key: self.log_key.as_ref().map(VerifierKey::to_string),
            log_key_pinned: self.options.log_key.is_some(),
            genesis: self.chain.genesis,
            genesis_pinned: self.options.genesis.is_some(),
            signatures: self.signatures,
            checkpoint_signatures: self.checkpoint_signatures,
            state_digest: text.as_ref().map(|text| Digest::of(&[text.as_bytes()])),
            figures: state.map(Figures::of),
            findings: self.findings,
            notes: self.notes,
            state_text: text.filter(|_| self.options.keep_state),
        }
    }
}
