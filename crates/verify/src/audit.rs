//! The audit: chain, replay, head and pins brought together into one report.
//!
//! At most one finding about the chain and one about the rules: what comes
//! after a broken entry would be judged against a state that nobody vouches for.

use crate::chain::{Chain, reason_of};
use crate::code::{Broken, Code};
use crate::compare::{self, Claims};
use crate::excerpt::{Excerpt, part_of, part_of_envelope};
use crate::head::Head;
use crate::options::{Options, Seen};
use crate::pipeline::{Examined, Mark, Read};
use crate::replay::{Objection, Replay, Replayable, State};
use crate::report::{Figures, Finding, Place, Report};
use crate::source::{Piece, Stop};
use crate::trace::{Trace, UnitTrace};
use crate::trusted::{TrustedState, Vouched};
use jcm_format::command::{Body, Command};
use jcm_format::entry::Entry;
use jcm_format::envelope::EnvelopeError;
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_format::tlog::{Checkpoint, KeyType, ProofFile, TrustedCheckpoint, VerifierKey};
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// The key that the first entry names for checkpoints; not yet believed. `None`
/// if it names none that can be used.
pub(crate) fn claimed_log_key(piece: &Piece) -> Option<VerifierKey> {
    let entry: Entry = jcm_format::codec::decode(piece.entries.first()?).ok()?;
    let command = Command::parse(&entry.command.payload).ok()?;
    let Body::Genesis(genesis) = &command.body else { return None };
    VerifierKey::new(command.registry.as_ref(), KeyType::Ed25519, &genesis.log_key).ok()
}

/// An audit under way.
#[derive(Debug)]
pub(crate) struct Audit {
    options: Options,
    pub(crate) log_key: Option<VerifierKey>,
    /// The head's checkpoint, once its signature was verified.
    signed_head: Option<Checkpoint>,
    pub(crate) chain: Chain,
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
    trace: Option<Trace>,
    /// The states after the entries of [`Options::snapshots`].
    snapshots: BTreeMap<u64, (State, Digest)>,
    /// How many statements of each report were compared.
    compared: BTreeMap<String, u64>,
}

impl Audit {
    pub(crate) fn new(options: &Options) -> Audit {
        let seen = options.trace.is_some() || !options.seen.is_empty();
        Audit {
            options: options.clone(),
            log_key: None,
            signed_head: None,
            chain: Chain::new(options.keep_leaves || seen),
            replay: Replay::new(),
            judging: !options.chain_only,
            broken_off: false,
            replayed: 0,
            signatures: 0,
            checkpoint_signatures: 0,
            findings: Vec::new(),
            notes: Vec::new(),
            trace: options.trace.map(Trace::new),
            snapshots: BTreeMap::new(),
            compared: BTreeMap::new(),
        }
    }

    /// Takes over the key that the log names for itself, and compares it with the
    /// one that was published.
    pub(crate) fn meet(&mut self, log_key: Option<VerifierKey>) {
        self.log_key = log_key;
        self.compare_log_key();
    }

    /// Nothing more is read, because the chain is broken.
    pub(crate) fn is_broken_off(&self) -> bool {
        self.broken_off
    }

    /// Whether something was found.
    pub(crate) fn has_found(&self) -> bool {
        !self.findings.is_empty()
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

    /// Takes over the head that stands beside the entries.
    pub(crate) fn open_head(&mut self, head: Option<Head>) {
        self.signed_head = None;
        match (head, &self.log_key) {
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
    fn break_off(
        &mut self,
        index: u64,
        place: Option<Place>,
        broken: Broken,
        bytes: Option<Box<Excerpt>>,
    ) -> ControlFlow<()> {
        let bytes = bytes.map(|bytes| *bytes);
        self.findings.push(Finding { bytes, ..Finding::new(Some(index), place, broken) });
        self.broken_off = true;
        ControlFlow::Break(())
    }

    /// Judges the next piece; breaks where the chain is broken.
    pub(crate) fn piece(&mut self, examined: Examined) -> ControlFlow<()> {
        let Examined { place, first, entries, checkpoint } = examined;
        if let Err(broken) = self.chain.begins(first) {
            return self.break_off(self.chain.next, place, broken, None);
        }
        for read in entries {
            self.entry(read, place.as_ref())?;
        }
        let last = self.chain.next.saturating_sub(1);
        let signed = !matches!(checkpoint, Mark::None);
        if let Err(broken) = self.chain.checkpoint(checkpoint) {
            return self.break_off(last, place, broken, None);
        }
        self.checkpoint_signatures += u64::from(signed);
        ControlFlow::Continue(())
    }

    fn entry(&mut self, read: Read, place: Option<&Place>) -> ControlFlow<()> {
        let index = self.chain.next;
        let Read { bytes, offset, opened } = read;
        let judged = match &opened {
            Ok(opened) => self.chain.entry(opened),
            Err(error) => {
                Err(Code::EntryMalformed.broken(format!("the entry is unreadable: {error}")))
            }
        };
        let offset = place.map(|_| offset);
        if let Err(broken) = judged {
            let bytes = Excerpt::of_entry(part_of(broken.code), &bytes, offset);
            return self.break_off(index, place.cloned(), broken, Some(Box::new(bytes)));
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
            self.judge((index, &bytes, offset), opened.signatures, content, place);
        }
        let size = self.chain.next;
        if let Some(state) = self.state().filter(|_| self.options.snapshots.contains(&size)) {
            let snapshot = (state.clone(), self.chain.root());
            self.snapshots.insert(size, snapshot);
        }
        self.compare_trusted(index)
    }

    /// What an earlier run vouched for must be what was just replayed.
    fn compare_trusted(&mut self, index: u64) -> ControlFlow<()> {
        let Some(trusted) = &self.options.trusted else { return ControlFlow::Continue(()) };
        if trusted.entries != self.chain.next {
            return ControlFlow::Continue(());
        }
        let root = self.chain.root().to_string();
        if trusted.root != root {
            let detail = format!(
                "an earlier run verified {} entries with the root {}, but these entries have {root}. \
                 The checkpoint that was signed then: {:?}",
                trusted.entries, trusted.root, trusted.checkpoint
            );
            // What was replayed so far was replayed on the word of the state file.
            self.judging = false;
            return self.break_off(index, None, Code::HistoryDiffers.broken(detail), None);
        }
        let state = self.replay.state().filter(|_| self.judging);
        let digest = state.map(|state| Digest::of(&[state.text().as_bytes()]).to_string());
        if let Some(digest) = digest.filter(|digest| *digest != trusted.state_digest) {
            let detail = format!(
                "an earlier run reached the state digest {} after the same entries, this one {digest}",
                trusted.state_digest
            );
            self.find(Some(index), None, Code::StateDiffers.broken(detail));
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
        (index, bytes, offset): (u64, &[u8], Option<u64>),
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
                        let at = (EntryIndex::new(index), entry.time);
                        if let (Some(trace), Some(state)) = (&mut self.trace, self.replay.state()) {
                            trace.after(state, at, &entry.command, bytes);
                        }
                        return;
                    }
                    Err(Objection { broken, article }) => Finding {
                        article,
                        by_rules: true,
                        bytes: Some(Excerpt::of_entry(part_of(broken.code), bytes, offset)),
                        ..Finding::new(Some(index), place.cloned(), broken)
                    },
                }
            }
            Err(error) => Finding {
                bytes: Some(Excerpt::of_entry(part_of_envelope(&error), bytes, offset)),
                ..Finding::of_envelope(index, place.cloned(), &error)
            },
        };
        self.findings.push(finding);
        self.judging = false;
    }

    /// The source ended early. Gives back what is no finding but a failure to
    /// read.
    pub(crate) fn stopped(&mut self, stop: Stop) -> Option<Stop> {
        match stop {
            Stop::Damage { code, detail, place, bytes } => {
                let next = self.chain.next;
                let _ = self.break_off(next, Some(place), code.broken(detail), bytes);
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

    /// What must hold at the end.
    pub(crate) fn conclude(&mut self) {
        if self.chain.next == 0 && !self.broken_off {
            self.find(None, None, Code::LogEmpty.broken("the log has no entry"));
        }
        let size = self.chain.next;
        let missing = self.signed_head.as_ref().filter(|head| size < head.size);
        if let Some(head) = missing.filter(|_| !self.broken_off) {
            let detail =
                format!("the head signs {} entries, but the log has only {size}", head.size);
            self.find(Some(size), None, Code::LogTruncated.broken(detail));
        }
        let trusted = self.options.trusted.as_ref().filter(|trusted| size < trusted.entries);
        if let Some(trusted) = trusted.filter(|_| !self.broken_off) {
            let detail = format!(
                "an earlier run verified {} entries, but the log has only {size}",
                trusted.entries
            );
            // The word of the state file was never tested.
            self.judging = false;
            self.find(Some(size), None, Code::LogTruncated.broken(detail));
        }
        for seen in std::mem::take(&mut self.options.seen) {
            if let Some(finding) = self.compare_seen(&seen) {
                self.findings.push(finding);
            }
        }
        let state = self.replay.state().filter(|_| self.judging);
        let conserved = state.map(State::conserved_to_the_end);
        if let Some(Err(broken)) = conserved {
            self.find(None, None, broken);
            self.judging = false;
        }
    }

    /// Compares a checkpoint that somebody was shown with this log. It may be a
    /// note, or a proof file that holds one.
    pub(crate) fn compare_seen(&mut self, seen: &Seen) -> Option<Finding> {
        let (from, size) = (&seen.from, self.chain.next);
        let key = self.log_key.as_ref()?;
        let proof: Option<ProofFile> = seen.note.parse().ok();
        let note = proof.as_ref().map_or(seen.note.as_str(), |p| p.checkpoint().note_text());
        let trusted = match TrustedCheckpoint::open(note, key) {
            Ok(trusted) => trusted,
            Err(error) => {
                let detail = format!("{from}: not a checkpoint of this log: {}", reason_of(&error));
                let broken = Code::SeenNotBelieved.broken(detail);
                return Some(Finding::new(None, None, broken));
            }
        };
        self.checkpoint_signatures += 1;
        let other = trusted.checkpoint();
        let last = Some(other.size.saturating_sub(1));
        if size < other.size {
            let detail = format!(
                "{from}: the log's key has signed {} entries for somebody, but here are only {size}: \
                 this copy is older, or entries were held back, or signed before they were \
                 recorded. The other checkpoint: {note:?}",
                other.size
            );
            return Some(Finding::new(Some(size), None, Code::SeenBeyond.broken(detail)));
        }
        let root = self.chain.leaves.as_ref()?.root_at(other.size)?;
        if root == other.root {
            return None;
        }
        let ours = self.chain.checkpoint.as_ref().map_or("", |ours| ours.note_text());
        let detail = format!(
            "{from}: the log's key has signed two logs. At {} entries somebody was shown the root \
             {}, and here it is {root}. The two checkpoints are the evidence: {note:?} and {ours:?}",
            other.size, other.root
        );
        Some(Finding::new(last, None, Code::SplitView.broken(detail)))
    }

    /// Adds a finding from outside.
    pub(crate) fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Compares a report with what was replayed.
    pub(crate) fn compare_report(&mut self, report: &str, claims: &Claims) {
        let size = self.chain.next;
        let at = claims.entries().unwrap_or(size);
        let kept = self.snapshots.get(&at).map(|(state, root)| (state, *root));
        let known =
            kept.or_else(|| Some((self.state()?, self.chain.root())).filter(|_| at == size));
        let found = match known {
            Some((state, root)) => compare::differences(report, claims, state, root),
            // After a finding there is no state that anybody vouches for.
            None if at <= size => return,
            None => {
                let detail =
                    format!("{report}: it is of {at} entries, but the log has only {size}");
                vec![Code::ReportDiffers.broken(detail)]
            }
        };
        self.compared.insert(report.to_owned(), claims.statements());
        let last = Some(at.saturating_sub(1));
        self.findings.extend(found.into_iter().map(|broken| Finding::new(last, None, broken)));
    }

    /// The state after the last entry, if it is one to vouch for.
    pub(crate) fn state(&self) -> Option<&State> {
        self.replay.state().filter(|_| self.judging && !self.broken_off)
    }

    /// The way of the unit that was traced.
    pub(crate) fn trace(&self) -> Option<UnitTrace> {
        let trace = self.trace.as_ref()?;
        let checkpoint = self.chain.checkpoint.as_deref();
        Some(trace.told(self.state(), self.chain.leaves.as_ref(), checkpoint))
    }

    /// What the next run may go on from; nothing if something was found, or if no
    /// checkpoint covers the last entry.
    pub(crate) fn vouch(&self) -> Option<TrustedState> {
        let key = self.log_key.as_ref()?.to_string();
        let checkpoint = self.chain.checkpoint.as_deref()?;
        let state = self.state().filter(|_| self.findings.is_empty())?;
        if checkpoint.checkpoint().size != self.chain.next {
            return None;
        }
        Some(TrustedState::new(&Vouched {
            origin: checkpoint.checkpoint().origin.as_ref(),
            log_key: &key,
            genesis: self.chain.genesis?,
            entries: self.chain.next,
            root: self.chain.root(),
            state_digest: Digest::of(&[state.text().as_bytes()]),
            checkpoint: checkpoint.note_text(),
        }))
    }

    /// The report as things stand.
    pub(crate) fn report(&self) -> Report {
        let mut notes = self.notes.clone();
        if self.findings.iter().any(|finding| finding.by_rules) {
            notes.push(format!(
                "the rules were applied to the first {} entries only; after a bad entry nothing that follows can be judged",
                self.replayed
            ));
        }
        let trusted = self.options.trusted.as_ref().map(|trusted| trusted.entries);
        if let Some(entries) = trusted.filter(|_| self.state().is_some()) {
            notes.push(format!(
                "the signatures in the first {entries} entries were verified by an earlier run, on the word of the state file; everything else was done anew"
            ));
        }
        let state = self.state();
        let text = state.map(State::text);
        let checkpoint = self.chain.checkpoint.as_deref();
        Report {
            ok: self.findings.is_empty(),
            chain_only: self.options.chain_only,
            origin: self.log_key.as_ref().map(|key| key.name().to_owned()),
            entries: self.chain.next,
            replayed: self.replayed,
            resumed_from: trusted,
            last_time: self.chain.time,
            root: self.chain.root(),
            checkpoint: checkpoint.map(|trusted| trusted.checkpoint().text()),
            signed_checkpoint: checkpoint.map(|trusted| trusted.note_text().to_owned()),
            log_key: self.log_key.as_ref().map(VerifierKey::to_string),
            log_key_pinned: self.options.log_key.is_some(),
            genesis: self.chain.genesis,
            genesis_pinned: self.options.genesis.is_some(),
            signatures: self.signatures,
            checkpoint_signatures: self.checkpoint_signatures,
            state_digest: text.as_ref().map(|text| Digest::of(&[text.as_bytes()])),
            figures: state.map(Figures::of),
            compared: self.compared.clone(),
            findings: self.findings.clone(),
            notes,
            state_text: text.filter(|_| self.options.keep_state),
        }
    }
}
