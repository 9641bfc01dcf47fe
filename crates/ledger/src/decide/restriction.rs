//! RecordRestriction and ReleaseRestriction (Cabinet Order, art. 10; registry
//! ordinance, art. 7(1)(i) to (iv), (2)).

use super::{Case, Decision, reject, units};
use crate::rejection::Reason;
use jcm_format::command::Restriction;
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;

pub(super) fn record(case: &Case<'_>, restriction: &Restriction) -> Decision {
    case.entity_account(restriction.account)?;
    for range in restriction.ranges.iter().flat_map(|ranges| ranges.iter()) {
        units::are_held(case, range, restriction.account)?;
    }
    // After this point the command is accepted.
    Ok(vec![Effect::RestrictionRecorded { restriction: restriction.clone() }])
}

pub(super) fn release(case: &Case<'_>, restriction: EntryIndex) -> Decision {
    if case.state.restriction(restriction).is_none() {
        return reject(Reason::RestrictionUnknown, format_args!("entry {restriction}"));
    }
    // After this point the command is accepted.
    Ok(vec![Effect::RestrictionReleased { restriction }])
}
