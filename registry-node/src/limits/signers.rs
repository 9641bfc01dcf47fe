//! Calls counted by who made them, once that is verified: the one place where a key
//! becomes a caller.

use super::caller::CallerKey;
use super::class::Class;
use crate::access::Caller;
use crate::clock;
use crate::keys;
use crate::shared::Shared;
use crate::status::Refusal;
use jcm_format::envelope::VerifiedCommand;
use jcm_format::key::PublicKey;

/// Takes a command from the budget of each registered key that signed it.
///
/// A command that was executed before, or that is too old to be, is not counted:
/// whoever reads the log can send it again, and must not use up the budget of
/// whoever signed it. That of the sender's address has paid for it already.
///
/// # Errors
///
/// When a key has no budget left.
pub(crate) fn charge_signers(shared: &Shared, command: &VerifiedCommand) -> Result<(), Refusal> {
    let now = clock::now();
    let signers: Vec<_> = {
        let view = shared.view();
        let state = view.state();
        let is_old = command.command().valid_until < now;
        if is_old || state.executed(command.command().id, now).is_some() {
            return Ok(());
        }
        command.signers().filter(|key| keys::is_registered(state, key)).collect()
    };
    signers.iter().try_for_each(|signer| charge(shared, signer, Class::Submission))
}

/// Takes a call from the budget of the registered key that proved it. A proof is good for one
/// call and once, so that nobody can use up another's budget with it. Who registered no
/// key, and who proves nothing, has the budget of the address alone; commands are
/// counted with those who signed them.
///
/// # Errors
///
/// When the key has no budget left.
pub(crate) fn charge_reader(shared: &Shared, caller: &Caller, path: &str) -> Result<(), Refusal> {
    let class = Class::of(path);
    match (caller, class) {
        (Caller::Public | Caller::Applicant(_), _) | (_, Class::Submission) => Ok(()),
        _ => caller.key().map_or(Ok(()), |key| charge(shared, &key, class)),
    }
}

fn charge(shared: &Shared, key: &PublicKey, class: Class) -> Result<(), Refusal> {
    let taken = shared.budgets.take(CallerKey::Key(*key.as_bytes()), class);
    taken.map_err(|limit| {
        shared.metrics.limited_key();
        Refusal::Limited(limit)
    })
}
