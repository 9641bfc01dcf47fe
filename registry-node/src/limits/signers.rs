//! Commands counted by who signed them, once that is verified.

use super::caller::CallerKey;
use super::class::Class;
use crate::clock;
use crate::keys;
use crate::shared::Shared;
use crate::status::Refusal;
use jcm_format::envelope::VerifiedCommand;

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
    for signer in signers {
        let key = CallerKey::Key(*signer.as_bytes());
        shared.budgets.take(key, Class::Submission).map_err(|limit| {
            shared.metrics.limited("SUBMISSIONS_OF_KEY");
            Refusal::Limited(limit)
        })?;
    }
    Ok(())
}
