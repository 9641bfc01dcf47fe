//! Corrections of the record (registry ordinance, art. 15).

use super::judge::Case;
use super::{accounts, keys, transfer, trusts};
use crate::code::{Code, Judged, ensure};
use jcm_format::command::{CorrectionGround, CorrectionMove, RecordCorrection};
use jcm_format::event::{AccountCategory, Effect};

/// Rules 405, 801, 604 and 526, then those of each move.
pub(crate) fn record(case: &Case<'_>, correction: &RecordCorrection) -> Judged<Vec<Effect>> {
    let RecordCorrection { ground, change, moves } = correction;
    let account = ground.account;
    keys::entity(case.state, account)?;
    ensure(ground.affected.get() < case.state.entries, Code::EntryUnknown, || {
        format!("entry {} is corrected, which is not before this one", ground.affected)
    })?;
    case.not_in_future(ground.consulted_on)?;
    if let Some(change) = change {
        case.not_in_future(change.effective)?;
        accounts::fitting(case, account, change)?;
    }
    moves.iter().try_for_each(|units| movable(case, ground, units))?;
    let mut effects = vec![Effect::CorrectionRecorded { ground: ground.clone() }];
    effects.extend(change.clone().map(|change| Effect::ParticularsChanged {
        application: None,
        account,
        change,
    }));
    effects.extend(moves.iter().map(|units| Effect::UnitsMoved { units: units.clone() }));
    Ok(effects)
}

/// Rules 802, 701 to 703, 803, 706 to 708 with 715, 716 and 804.
fn movable(case: &Case<'_>, ground: &CorrectionGround, units: &CorrectionMove) -> Judged<()> {
    let CorrectionMove { source, destination, ranges } = units;
    let (source, destination) = (*source, *destination);
    let account = ground.account;
    ensure(source == account || destination == account, Code::MoveUnrelated, || {
        format!("a correction of account {account} moves units from {source} to {destination}")
    })?;
    let sink = |number| case.state.category(number).is_some_and(AccountCategory::is_sink);
    ensure(!sink(source), Code::SourceIsSink, || {
        format!("a correction takes units out of account {source}, which nothing may leave")
    })?;
    ensure(source != destination, Code::DestinationIsSource, || {
        format!("account {source} is both source and destination of a correction")
    })?;
    transfer::open(case, destination)?;
    ensure(!sink(destination), Code::MoveToSink, || {
        format!("a correction moves units into account {destination}, which nothing may leave")
    })?;
    ranges.iter().try_for_each(|range| transfer::transferable(case, source, range))?;
    ranges.iter().try_for_each(|range| trusts::own(case, range))?;
    let entity = case.state.category(source) == Some(AccountCategory::Entity);
    let third_party = entity && source != account;
    ensure(
        !third_party || ground.third_party_consent.is_some(),
        Code::ThirdPartyConsentMissing,
        || format!("account {source} loses units to a correction of {account} without its consent"),
    )
}
