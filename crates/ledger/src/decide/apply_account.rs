//! ApplyAccount: form 1 (Act, art. 50(1) to (4); registry ordinance, art. 4).

use super::{Case, Decision, register_key, reject};
use crate::rejection::{Reason, Rejection};
use jcm_format::command::{ApplyAccount, Person};
use jcm_format::event::{Effect, Fee};
use jcm_format::key::PublicKey;

pub(super) fn decide(case: &Case<'_>, apply: &ApplyAccount) -> Decision {
    signed_by_representative(case, &apply.representative)?;
    may_have_account(case, &apply.person)?;
    register_key::is_unused(case, &apply.representative)?;
    let fee = Fee::Due(case.fees()?.account_opening_fee_yen);
    // After this point the command is accepted.
    Ok(vec![Effect::AccountApplied {
        person: apply.person.clone(),
        holder: apply.holder.clone(),
        particulars: apply.particulars,
        attachments: apply.attachments.clone(),
        representative: apply.representative,
        fee,
    }])
}

/// Its own signature is the proof that the applicant holds the key.
pub(super) fn signed_by_representative(
    case: &Case<'_>,
    representative: &PublicKey,
) -> Result<(), Rejection> {
    if case.signers != [*representative] {
        return reject(Reason::RoleNotPermitted, "the representative's key signs, and no other");
    }
    Ok(())
}

/// Rule 510.
pub(super) fn may_have_account(case: &Case<'_>, person: &Person) -> Result<(), Rejection> {
    if case.state.account_of(person).is_some() || case.state.person_has_open_application(person) {
        return reject(Reason::AccountExistsForPerson, person);
    }
    Ok(())
}
