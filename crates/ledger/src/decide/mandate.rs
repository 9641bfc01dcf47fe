//! SetMandate: how many sign for an account, and how much may go out of it.

use super::{Case, Decision, Persons, reject};
use crate::rejection::{Reason, Rejection};
use jcm_format::amount::Tonnes;
use jcm_format::command::{Control, Mandate};
use jcm_format::event::Effect;
use jcm_format::id::AccountNumber;

pub(super) fn set(case: &Case<'_>, account: AccountNumber, mandate: &Mandate) -> Decision {
    let safeguards = case.safeguards()?;
    case.is_not_frozen(account)?;
    if mandate.control == Control::Dual {
        two_can_sign(case, account)?;
    }
    let in_force = case.state.mandate_on(account, case.today).unwrap_or(safeguards.default_mandate);
    // A thief must not be able to open the door that it stands before.
    let effective = if is_looser(mandate, &in_force) {
        case.first_day_after(safeguards.trust_days)?
    } else {
        case.today
    };
    // After this point the command is accepted.
    Ok(vec![Effect::MandateSet { account, mandate: *mandate, effective }])
}

/// Rule 767: an account must not lock itself out.
fn two_can_sign(case: &Case<'_>, account: AccountNumber) -> Result<(), Rejection> {
    let mut persons = Persons::default();
    case.state.keys_of(account).for_each(|(key, record)| persons.add(key, record));
    if persons.are_two() { Ok(()) } else { reject(Reason::RepresentativesMissing, account) }
}

fn is_looser(new: &Mandate, old: &Mandate) -> bool {
    let limit_is_looser = |new: Option<Tonnes>, old: Option<Tonnes>| match (new, old) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(new), Some(old)) => old < new,
    };
    (new.control == Control::Single && old.control == Control::Dual)
        || limit_is_looser(new.per_transfer_tonnes, old.per_transfer_tonnes)
        || limit_is_looser(new.per_day_tonnes, old.per_day_tonnes)
        || limit_is_looser(new.per_untrusted_tonnes, old.per_untrusted_tonnes)
}
