//! ApplyAccount: form 1 (Act, art. 50(1) to (4); registry ordinance, art. 4).

use super::{Case, Decision, register_key, reject};
use crate::rejection::Reason;
use jcm_format::command::ApplyAccount;
use jcm_format::event::{Effect, Fee};

pub(super) fn decide(case: &Case<'_>, apply: &ApplyAccount) -> Decision {
    // Its own signature is the proof that the applicant holds the key.
    if case.signers != [apply.representative] {
        return reject(Reason::RoleNotPermitted, "the representative's key signs, and no other");
    }
    let person = &apply.person;
    if case.state.account_of(person).is_some() || case.state.person_has_open_application(person) {
        return reject(Reason::AccountExistsForPerson, person);
    }
    register_key::is_unused(case, &apply.representative)?;
    let fee = Fee::Due(case.rules()?.account_opening_fee_yen);
    // After this point the command is accepted.
    Ok(vec![Effect::AccountApplied {
        person: person.clone(),
        holder: apply.holder.clone(),
        particulars: apply.particulars,
        attachments: apply.attachments.clone(),
        representative: apply.representative,
        fee,
    }])
}
