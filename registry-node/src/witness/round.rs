//! One checkpoint that is offered, and what the witnesses said to it so far. No clock:
//! the caller says whether the time is over.

use crate::config::WhenMissing;
use jcm_format::tlog::{Policy, TrustedCheckpoint};

/// A checkpoint that is offered.
pub(super) struct Round {
    checkpoint: TrustedCheckpoint,
    answers: Vec<Said>,
}

/// What a witness has said.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    Nothing,
    /// Its signature line.
    Cosigned(String),
    /// It cannot be had, or refused.
    Failed,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// To wait for more.
    Wait,
    /// To release under the checkpoint with these lines, in the order of the policy.
    Release(Vec<String>),
    /// To release without witnesses, and say so.
    Mark,
    /// To offer anew, with what has come meanwhile.
    Again,
}

impl Round {
    /// Offers a checkpoint to the witnesses of a policy. Those that cannot be asked have
    /// failed at once.
    pub(super) fn new(checkpoint: TrustedCheckpoint, can_ask: &[bool]) -> Round {
        let said = |can: &bool| if *can { Said::Nothing } else { Said::Failed };
        Round { checkpoint, answers: can_ask.iter().map(said).collect() }
    }

    /// The checkpoint.
    pub(super) fn checkpoint(&self) -> &TrustedCheckpoint {
        &self.checkpoint
    }

    /// Its size.
    pub(super) fn size(&self) -> u64 {
        self.checkpoint.checkpoint().size
    }

    /// A witness said something; `None`: it failed. Answers to other checkpoints say
    /// nothing about this one.
    pub(super) fn hear(&mut self, witness: usize, size: u64, line: Option<String>) {
        let is_ours = size == self.size();
        if let Some(said) = self.answers.get_mut(witness).filter(|_| is_ours) {
            match line {
                Some(line) => *said = Said::Cosigned(line),
                None if *said == Said::Nothing => *said = Said::Failed,
                None => {}
            }
        }
    }

    /// What to do now.
    pub(super) fn verdict(
        &self,
        policy: &Policy,
        when_missing: WhenMissing,
        is_over: bool,
    ) -> Verdict {
        let said = |place: usize| self.answers.get(place).unwrap_or(&Said::Failed);
        if policy.is_met(|place| matches!(said(place), Said::Cosigned(_))) {
            let lines = self.answers.iter().filter_map(|said| match said {
                Said::Cosigned(line) => Some(line.clone()),
                Said::Nothing | Said::Failed => None,
            });
            return Verdict::Release(lines.collect());
        }
        let is_hopeless = !policy.is_met(|place| *said(place) != Said::Failed);
        match when_missing {
            WhenMissing::Mark if is_over || is_hopeless => Verdict::Mark,
            WhenMissing::Wait if is_over => Verdict::Again,
            WhenMissing::Mark | WhenMissing::Wait => Verdict::Wait,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_format::key::SecretKey;
    use jcm_format::tlog::{Checkpoint, KeyType, VerifierKey, empty_root};
    use jcm_tests::world::{origin, secret};

    fn policy() -> Policy {
        let witness = |seed: u8| {
            let key = SecretKey::from_seed(&[seed; 32]).public_key();
            let key = VerifierKey::new("w", KeyType::Cosignature, &key).expect("a key");
            format!("witness w{seed} {key}\n")
        };
        let lines: String = (1..=3).map(witness).collect();
        format!("{lines}group g 2 w1 w2 w3\nquorum g\n").parse().expect("a policy")
    }

    fn round(can_ask: &[bool]) -> Round {
        let secret = secret("log");
        let head = Checkpoint { origin: origin(), size: 0, root: empty_root() };
        let key = VerifierKey::new(origin().as_ref(), KeyType::Ed25519, &secret.public_key());
        let note = head.sign(&secret);
        let checkpoint = TrustedCheckpoint::open(&note, &key.expect("a key")).expect("signed");
        Round::new(checkpoint, can_ask)
    }

    fn line(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_quorum_releases_in_the_order_of_the_policy() {
        let policy = policy();
        for when in [WhenMissing::Wait, WhenMissing::Mark] {
            let mut round = round(&[true; 3]);
            assert_eq!(round.verdict(&policy, when, false), Verdict::Wait);
            round.hear(2, 0, line("c"));
            assert_eq!(round.verdict(&policy, when, false), Verdict::Wait);
            round.hear(0, 7, line("of another size"));
            round.hear(9, 0, line("of nobody"));
            assert_eq!(round.verdict(&policy, when, false), Verdict::Wait);
            round.hear(0, 0, line("a"));
            let lines = vec!["a".to_owned(), "c".to_owned()];
            assert_eq!(round.verdict(&policy, when, true), Verdict::Release(lines));
        }
    }

    #[test]
    fn without_a_quorum_the_setting_decides() {
        let policy = policy();
        let mut round = round(&[true, true, false]);
        assert_eq!(round.verdict(&policy, WhenMissing::Mark, false), Verdict::Wait);
        round.hear(0, 0, None);
        assert_eq!(round.verdict(&policy, WhenMissing::Mark, false), Verdict::Mark, "hopeless");
        assert_eq!(round.verdict(&policy, WhenMissing::Wait, false), Verdict::Wait);
        assert_eq!(round.verdict(&policy, WhenMissing::Wait, true), Verdict::Again);
        // It came back.
        round.hear(0, 0, line("a"));
        assert_eq!(round.verdict(&policy, WhenMissing::Mark, false), Verdict::Wait);
        assert_eq!(round.verdict(&policy, WhenMissing::Mark, true), Verdict::Mark);
        round.hear(0, 0, None);
        round.hear(1, 0, line("b"));
        let lines = vec!["a".to_owned(), "b".to_owned()];
        let verdict = round.verdict(&policy, WhenMissing::Wait, true);
        assert_eq!(verdict, Verdict::Release(lines), "what was said stays said");
    }
}
