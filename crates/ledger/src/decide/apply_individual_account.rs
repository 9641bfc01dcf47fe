//! ApplyIndividualAccount: individuals only as project proponents (Act, art.
//! 50(1)). What is published of others is personal data here.

use super::{Case, Decision, apply_account, register_key, reject};
use crate::rejection::Reason;
use jcm_format::command::{ApplyIndividualAccount, Person};
use jcm_format::event::{Effect, Fee};

pub(super) fn decide(case: &Case<'_>, apply: &ApplyIndividualAccount) -> Decision {
    apply_account::signed_by_representative(case, &apply.representative)?;
    let person = Person::Individual(apply.person);
    if !case.state.is_proponent_of_any(&apply.person) {
        return reject(Reason::NotAProponent, person);
    }
    if let Some(erased) =
        [apply.person, apply.particulars].into_iter().find(|data| case.state.is_erased(data))
    {
        return reject(Reason::ErasedAlready, erased);
    }
    apply_account::may_have_account(case, &person)?;
    register_key::is_unused(case, &apply.representative)?;
    let fee = Fee::Due(case.fees()?.account_opening_fee_yen);
    // After this point the command is accepted.
    Ok(vec![Effect::IndividualApplied {
        person: apply.person,
        particulars: apply.particulars,
        attachments: apply.attachments.clone(),
        representative: apply.representative,
        fee,
    }])
}
