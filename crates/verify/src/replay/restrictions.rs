//! Restrictions on disposal.

use super::judge::Case;
use super::{keys, transfer};
use crate::code::{Code, Judged, ensure};
use jcm_format::command::Restriction;
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;
use jcm_format::serial::SerialRange;

/// Rules 405, 706 and 707.
pub(crate) fn record(case: &Case<'_>, restriction: &Restriction) -> Judged<Vec<Effect>> {
    keys::entity(case.state, restriction.account)?;
    for range in restriction.ranges.iter().flat_map(|ranges| ranges.iter()) {
        transfer::held(case, restriction.account, range)?;
    }
    Ok(vec![Effect::RestrictionRecorded { restriction: restriction.clone() }])
}

/// Rule 722.
pub(crate) fn release(case: &Case<'_>, restriction: EntryIndex) -> Judged<Vec<Effect>> {
    let known = case.state.restrictions.contains_key(&restriction);
    ensure(known, Code::RestrictionUnknown, || {
        format!("entry {restriction} is released, which is no restriction that is in force")
    })?;
    Ok(vec![Effect::RestrictionReleased { restriction }])
}

/// The first units of `range` that are under a restriction: one that names them,
/// or one of the whole account that holds them.
pub(crate) fn restricted(case: &Case<'_>, range: SerialRange) -> Option<SerialRange> {
    let state = case.state;
    // Nearly always there is no restriction at all.
    if state.restrictions.is_empty() {
        return None;
    }
    let named = state.units.restricted(range).into_iter().next();
    let whole = state
        .units
        .held
        .stretches(range)
        .into_iter()
        .find(|(_, holder)| holder.is_some_and(|account| state.wholly_restricted(account)));
    named.or_else(|| whole.map(|(part, _)| part))
}

/// Rule 715.
pub(crate) fn free(case: &Case<'_>, range: SerialRange) -> Judged<()> {
    match restricted(case, range) {
        None => Ok(()),
        Some(part) => {
            let detail = format!("units {part} are disposed of, but are under a restriction");
            Err(Code::UnitsRestricted.broken(detail))
        }
    }
}
