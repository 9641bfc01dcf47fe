//! RegisterKey: a further key for somebody who is already known.

use super::{Case, Decision, Signers, Staff, reject};
use crate::rejection::{Reason, Rejection};
use crate::state::account_of;
use jcm_format::command::{KeyWithPossession, Role};
use jcm_format::envelope::possession_challenge;
use jcm_format::event::Effect;
use jcm_format::key::PublicKey;

pub(super) fn decide(case: &Case<'_>, role: &Role, key: &KeyWithPossession) -> Decision {
    let account = account_of(role);
    case.signed_by(match account {
        // The ministers help out a holder who has lost every key.
        Some(account) => Signers::account(account).or(Staff::TwoAuthorities),
        None => Signers::staff(Staff::TwoAuthorities),
    })?;
    if let Role::Operator(person) = role
        && !case.state.is_operator(person)
    {
        return reject(Reason::OperatorUnknown, person);
    }
    if let Some(account) = account {
        case.entity_account(account)?;
    }
    is_unused(case, &key.key)?;
    is_in_one_role(case, role)?;
    is_possessed(case, role, key)?;
    if let Some(account) = account
        && !case.two_authorities_sign()
    {
        case.is_not_frozen(account)?;
    }
    // After this point the command is accepted.
    Ok(vec![Effect::KeyRegistered { key: key.key, role: role.clone() }])
}

/// Rules 403 and 407.
pub(super) fn is_possessed(
    case: &Case<'_>,
    role: &Role,
    key: &KeyWithPossession,
) -> Result<(), Rejection> {
    let admitted = key.key.admit().map_err(|error| Rejection::new(Reason::KeyUnsuitable, error))?;
    let challenge = possession_challenge(&case.command.registry, role, &key.key);
    admitted
        .verify(&challenge, &key.possession)
        .map_err(|_| Rejection::new(Reason::PossessionNotProved, role))
}

/// Rule 418: whoever records for the registry acts for no account.
pub(super) fn is_in_one_role(case: &Case<'_>, role: &Role) -> Result<(), Rejection> {
    let (person, has_the_other) = match role {
        Role::Representative(of) => (&of.person, case.state.is_operator(&of.person)),
        Role::Operator(person) => (person, case.state.is_representative(person)),
        Role::Authority(_) | Role::Partner(_) | Role::Account(_) | Role::Auditor(_) => {
            return Ok(());
        }
    };
    if has_the_other { reject(Reason::PersonInTwoRoles, person) } else { Ok(()) }
}

/// Rule 406: a key acts for one party, once, for ever.
pub(super) fn is_unused(case: &Case<'_>, key: &PublicKey) -> Result<(), Rejection> {
    let state = case.state;
    if state.key(key).is_some()
        || state.log_key() == Some(*key)
        || state.key_waits_in_application(key)
        || state.key_waits_in_recovery(key)
    {
        return reject(Reason::KeyAlreadyRegistered, key);
    }
    Ok(())
}
