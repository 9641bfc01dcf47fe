//! A registry that records what it should have refused: what the auditor's verifier
//! makes of it. So one learns whether the two know the same rules in the same order,
//! which no honest log can tell.

use crate::world::{World, origin, secret, sign};
use jcm_format::command::Command;
use jcm_format::entry::{Entry, FormatVersion, SealedEntry};
use jcm_format::event::Event;
use jcm_format::frame::Frame;
use jcm_format::id::EntryIndex;
use jcm_format::key::PublicKey;
use jcm_format::tlog::{Checkpoint, Tree};
use jcm_ledger::Reason;

impl World {
    /// The log as it is, and after it an entry with this command, which the ledger
    /// would refuse; chained and signed as it should be.
    pub fn forged(&self, command: &Command, signers: &[&str]) -> Vec<Frame> {
        let mut tree = Tree::new();
        self.sealed_entries().iter().for_each(|entry| tree.push(entry.leaf()));
        let time = self.state().last_time().map_or(self.now, |last| last.max(self.now));
        // Where nothing is wrong but the effect that was pinned, the effect is right.
        let unpinned = Command { effect_digest: None, ..command.clone() };
        let keys: Vec<PublicKey> = signers.iter().map(|key| secret(key).public_key()).collect();
        let event = jcm_ledger::prepare(self.state(), time, &unpinned, &keys);
        let entry = Entry {
            version: FormatVersion::V1,
            index: EntryIndex::new(self.state().entries()),
            prev: self.state().head(),
            time,
            rule_set: self.state().rule_set_version(),
            command: sign(command, signers),
            event: event.unwrap_or(Event(Vec::new())),
        };
        let sealed = SealedEntry::seal(entry).expect("an entry");
        tree.push(sealed.leaf());
        let checkpoint = Checkpoint { origin: origin(), size: tree.len(), root: tree.root() };
        let mut frames = self.log.frames();
        frames.push(Frame {
            first: self.state().entries(),
            entries: vec![sealed.bytes().to_vec()],
            checkpoint: checkpoint.sign(&secret("log")),
        });
        frames
    }

    /// Expects that the verifier objects to the command for the reason for which the
    /// ledger refuses it.
    pub fn objected(&self, command: &Command, signers: &[&str], reason: Reason) {
        let frames = self.forged(command, signers);
        let report = jcm_verify::verify_frames(frames, &jcm_verify::Options::full());
        let found: Vec<_> =
            report.findings.iter().map(|finding| (finding.index, finding.number)).collect();
        let expected = (Some(self.state().entries()), Some(reason.number()));
        assert_eq!(
            found,
            [expected],
            "{}: {reason:?}, {:#?}",
            command.body.name(),
            report.findings
        );
    }
}
