//! RegisterKey: a further key for somebody who is already known.

use super::{Case, Decision, Signers, reject};
use crate::rejection::{Reason, Rejection};
use jcm_format::command::{KeyWithPossession, Role};
use jcm_format::envelope::possession_challenge;
use jcm_format::event::Effect;
use jcm_format::key::PublicKey;

pub(super) fn decide(case: &Case<'_>, role: &Role, key: &KeyWithPossession) -> Decision {
    case.signed_by(match role {
        // The ministers help out a holder who has lost every key.
        Role::Account(account) => Signers::AccountOrAuthorities(*account),
        Role::Authority(_) | Role::Operator(_) | Role::Partner(_) | Role::Auditor(_) => {
            Signers::TwoAuthorities
        }
    })?;
    match role {
        Role::Operator(person) if !case.state.is_operator(person) => {
            return reject(Reason::OperatorUnknown, person);
        }
        Role::Account(number) => {
            case.entity_account(*number)?;
        }
        Role::Authority(_) | Role::Operator(_) | Role::Partner(_) | Role::Auditor(_) => {}
    }
    is_registrable(case, role, key)?;
    // After this point the command is accepted.
    Ok(vec![Effect::KeyRegistered { key: key.key, role: role.clone() }])
}

/// Rules 406, 403 and 407.
pub(super) fn is_registrable(
    case: &Case<'_>,
    role: &Role,
    key: &KeyWithPossession,
) -> Result<(), Rejection> {
    is_unused(case, &key.key)?;
    let admitted = key.key.admit().map_err(|error| Rejection::new(Reason::KeyUnsuitable, error))?;
    let challenge = possession_challenge(&case.command.registry, role, &key.key);
    admitted
        .verify(&challenge, &key.possession)
        .map_err(|_| Rejection::new(Reason::PossessionNotProved, role))
}

/// Rule 406: a key acts for one party, once, for ever.
pub(super) fn is_unused(case: &Case<'_>, key: &PublicKey) -> Result<(), Rejection> {
    let state = case.state;
    if state.key(key).is_some()
        || state.log_key() == Some(*key)
        || state.key_waits_in_application(key)
    {
        return reject(Reason::KeyAlreadyRegistered, key);
    }
    Ok(())
}
