//! RequestRecovery, CancelRecovery and CompleteRecovery: a new key in place of lost
//! ones, after a time in which the account can object.

use super::{Case, Decision, Signers, Staff, register_key, reject};
use crate::rejection::{Reason, Rejection};
use crate::state::Recovery;
use jcm_format::command::{KeyWithPossession, Representative, Role};
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;

pub(super) fn request(
    case: &Case<'_>,
    representative: &Representative,
    key: &KeyWithPossession,
) -> Decision {
    let safeguards = case.safeguards()?;
    let account = representative.account;
    case.entity_account(account)?;
    let role = Role::Representative(representative.clone());
    register_key::is_in_one_role(case, &role)?;
    register_key::is_unused(case, &key.key)?;
    register_key::is_possessed(case, &role, key)?;
    if let Some(other) = case.state.recovery_of(account) {
        return reject(Reason::RecoveryPending, format_args!("entry {}", other.entry));
    }
    let not_before = case.first_day_after(safeguards.recovery_days)?;
    // After this point the command is accepted.
    Ok(vec![Effect::RecoveryRequested {
        representative: representative.clone(),
        key: key.key,
        not_before,
    }])
}

pub(super) fn cancel(case: &Case<'_>, entry: EntryIndex) -> Decision {
    let account = recovery(case, entry)?.representative.account;
    case.signed_by(Signers::lessening(account).or(Staff::Operator))?;
    // After this point the command is accepted.
    Ok(vec![Effect::RecoveryCancelled { recovery: entry }])
}

pub(super) fn complete(case: &Case<'_>, entry: EntryIndex) -> Decision {
    let Recovery { representative, key, not_before, .. } = recovery(case, entry)?;
    let role = Role::Representative(representative.clone());
    // Who was nobody's operator then may be one now.
    register_key::is_in_one_role(case, &role)?;
    if case.today < *not_before {
        return reject(Reason::RecoveryTooEarly, format_args!("not before {not_before}"));
    }
    // After this point the command is accepted.
    Ok(vec![
        Effect::RecoveryCompleted { recovery: entry },
        Effect::KeyRegistered { key: *key, role },
    ])
}

/// Rule 772.
fn recovery<'a>(case: &'a Case<'_>, entry: EntryIndex) -> Result<&'a Recovery, Rejection> {
    let waiting = case.state.recovery(entry);
    waiting.ok_or_else(|| Rejection::new(Reason::RecoveryUnknown, format_args!("entry {entry}")))
}
