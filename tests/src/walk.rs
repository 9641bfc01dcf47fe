//! Tables of rules in their order: a command that breaks everything it can, mended
//! one thing at a time.

use crate::world::{World, sign};
use jcm_format::command::Command;
use jcm_format::hash::Digest;
use jcm_ledger::{Outcome, Reason};

/// A rule that is broken, and what mends it.
pub type Step<'a> = (Reason, &'a mut dyn FnMut(&mut World, &mut Command, &mut Vec<&str>));

/// Expects the reason, then mends the command; when nothing is left to mend, it is
/// accepted. The auditor's verifier agrees each time.
pub fn walk(
    world: &mut World,
    command: &mut Command,
    signers: &mut Vec<&str>,
    steps: &mut [Step<'_>],
) {
    for (number, (reason, mend)) in steps.iter_mut().enumerate() {
        let rejection = world.rejected_command(command, signers);
        assert_eq!(rejection.reason, *reason, "step {number}: {rejection}");
        mend(world, command, signers);
    }
    let outcome = world.submit(sign(command, signers));
    assert!(matches!(outcome, Outcome::Recorded { .. }), "{outcome:?}");
    world.check();
}

/// As [`walk`], with an effect pinned that is not the command's: mended at the very end.
pub fn walk_pinned(
    world: &mut World,
    command: &mut Command,
    signers: &mut Vec<&str>,
    steps: &mut [Step<'_>],
) {
    command.effect_digest = Some(Digest::ZERO);
    let mut unpin = |_: &mut World, c: &mut Command, _: &mut Vec<&str>| c.effect_digest = None;
    let mut all: Vec<Step<'_>> = Vec::with_capacity(steps.len() + 1);
    for (reason, mend) in steps {
        all.push((*reason, *mend));
    }
    all.push((Reason::EffectChanged, &mut unpin));
    walk(world, command, signers, &mut all);
}
