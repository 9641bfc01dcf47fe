//! WithdrawConfirmation: a partner takes back what it confirmed by mistake.

use super::signers::{Signers, Staff};
use super::{Case, Decision, reject};
use crate::rejection::Reason;
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;

pub(super) fn decide(case: &Case<'_>, confirmation: EntryIndex) -> Decision {
    // Before the role, which depends on it.
    let Some(confirmed) = case.state.confirmation(confirmation) else {
        return reject(Reason::ConfirmationUnknown, format_args!("entry {confirmation}"));
    };
    case.signed_by(Signers::staff(Staff::Partner(confirmed.partner)))?;
    // After this point the command is accepted.
    Ok(vec![Effect::ConfirmationWithdrawn { confirmation }])
}
