//! RecordCorrection (registry ordinance, art. 15). Nothing is undone: a correction
//! is a new entry, and units move as far as it needs them to.

use super::{Case, Decision, notify_change, reject, units};
use crate::rejection::{Reason, Rejection};
use crate::state::Account;
use jcm_format::command::{CorrectionGround, CorrectionMove, RecordCorrection};
use jcm_format::event::Effect;

pub(super) fn decide(case: &Case<'_>, correction: &RecordCorrection) -> Decision {
    let RecordCorrection { ground, change, moves } = correction;
    let account = case.entity_account(ground.account)?;
    if case.state.entries() <= ground.affected.get() {
        return reject(Reason::EntryUnknown, format_args!("entry {}", ground.affected));
    }
    let effective = change.as_ref().map(|change| change.effective);
    for date in [Some(ground.consulted_on), effective].into_iter().flatten() {
        if case.today < date {
            return reject(Reason::DateInFuture, date);
        }
    }
    if let Some(change) = change {
        notify_change::particulars_fit(account, change)?;
    }
    // The moves share no unit, which is a rule of form; so none depends on another.
    for units in moves {
        may_move(case, ground, units)?;
    }
    // After this point the command is accepted.
    let mut effects = vec![Effect::CorrectionRecorded { ground: ground.clone() }];
    effects.extend(change.iter().map(|change| Effect::ParticularsChanged {
        application: None,
        account: ground.account,
        change: change.clone(),
    }));
    effects.extend(moves.iter().map(|units| Effect::UnitsMoved { units: units.clone() }));
    Ok(effects)
}

/// Rules 802 to 804.
fn may_move(
    case: &Case<'_>,
    ground: &CorrectionGround,
    units: &CorrectionMove,
) -> Result<(), Rejection> {
    let CorrectionMove { source, destination, ranges } = units;
    if ![*source, *destination].contains(&ground.account) {
        return reject(Reason::MoveUnrelated, format_args!("{source} to {destination}"));
    }
    let from = case.state.account(*source);
    if from.is_some_and(|account| account.category.is_sink()) {
        return reject(Reason::SourceIsSink, source);
    }
    if destination == source {
        return reject(Reason::DestinationIsSource, destination);
    }
    let Some(to) = case.state.live_account(*destination) else {
        return reject(Reason::DestinationUnknown, destination);
    };
    if to.category.is_sink() {
        return reject(Reason::MoveToSink, destination);
    }
    units::are_free(case, ranges, *source)?;
    units::are_in_no_trust(case, ranges)?;
    // Who acquired in good faith keeps what it acquired (Act, art. 57).
    let is_of_another = from.is_some_and(Account::is_entity) && *source != ground.account;
    if is_of_another && ground.third_party_consent.is_none() {
        return reject(Reason::ThirdPartyConsentMissing, source);
    }
    Ok(())
}
