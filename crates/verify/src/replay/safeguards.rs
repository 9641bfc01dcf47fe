//! The rules of what protects accounts: mandates, trusted accounts, freezes and
//! recoveries; limits and delays of transfers.

use super::guard::Recovery;
use super::judge::Case;
use super::state::Application;
use super::{days, keys, signing};
use crate::code::{Code, Judged, contradiction, ensure};
use jcm_format::amount::Tonnes;
use jcm_format::command::{
    Control, KeyWithPossession, Mandate, Representative, Role, Safeguards, TransferTerms,
};
use jcm_format::event::{AccountCategory, Effect};
use jcm_format::id::{AccountNumber, Country, EntryIndex};
use jcm_format::time::Date;
use std::collections::BTreeSet;

/// Rule 766.
fn adopted<'a>(case: &Case<'a>) -> Judged<&'a Safeguards> {
    let safeguards = case.state.guard.safeguards.as_ref();
    safeguards.ok_or_else(|| {
        Code::SafeguardsOff.broken("protection is asked for before safeguards are adopted")
    })
}

/// Rule 761.
pub(crate) fn not_frozen(case: &Case<'_>, account: AccountNumber) -> Judged<()> {
    ensure(!case.state.guard.frozen.contains(&account), Code::AccountFrozen, || {
        format!("account {account} is frozen, so that {} may not be", case.command.body.name())
    })
}

/// Rule 417: the working day so many after today in the calendars of Japan and
/// of others; with none, today.
fn first_day(case: &Case<'_>, others: &BTreeSet<Country>, days: u16) -> Judged<Date> {
    let today = case.today();
    days::working_day_in_all(case.state, others, today, days).ok_or_else(|| {
        let detail =
            format!("without calendars nobody can tell the working day {days} after {today}");
        Code::CalendarMissing.broken(detail)
    })
}

/// Likewise, by Japan's calendar alone.
fn first_day_in_japan(case: &Case<'_>, days: u16) -> Judged<Date> {
    first_day(case, &BTreeSet::new(), days)
}

/// Rules 766, 761, 767 and 417.
pub(crate) fn set_mandate(
    case: &Case<'_>,
    account: AccountNumber,
    mandate: Mandate,
) -> Judged<Vec<Effect>> {
    let safeguards = adopted(case)?;
    not_frozen(case, account)?;
    let able = mandate.control == Control::Single || signing::could_be_two(case.state, account);
    ensure(able, Code::RepresentativesMissing, || {
        format!("account {account} has no two persons, one to initiate and another to approve")
    })?;
    let before = case.state.guard.mandate(account, case.today());
    let looser = before.is_some_and(|before| is_looser(&mandate, &before));
    let days = if looser { safeguards.trust_days } else { 0 };
    let effective = first_day_in_japan(case, days)?;
    Ok(vec![Effect::MandateSet { account, mandate, effective }])
}

/// Whether a mandate allows something that the one in force does not.
fn is_looser(new: &Mandate, old: &Mandate) -> bool {
    let limits = [
        (new.per_transfer_tonnes, old.per_transfer_tonnes),
        (new.per_day_tonnes, old.per_day_tonnes),
        (new.per_untrusted_tonnes, old.per_untrusted_tonnes),
    ];
    let lifted = |(new, old): &(Option<Tonnes>, Option<Tonnes>)| match (new, old) {
        (None, Some(_)) => true,
        (Some(new), Some(old)) => old < new,
        (_, None) => false,
    };
    (new.control == Control::Single && old.control == Control::Dual) || limits.iter().any(lifted)
}

/// Rules 766, 761, 405, 702, 768 and 417.
pub(crate) fn trust(
    case: &Case<'_>,
    account: AccountNumber,
    trusted: AccountNumber,
) -> Judged<Vec<Effect>> {
    let safeguards = adopted(case)?;
    not_frozen(case, account)?;
    keys::entity(case.state, trusted)?;
    ensure(account != trusted, Code::DestinationIsSource, || {
        format!("account {account} trusts itself")
    })?;
    let listed = case.state.guard.trusted.contains_key(&(account, trusted));
    ensure(!listed, Code::TrustedAlready, || {
        format!("account {account} has account {trusted} on its list already")
    })?;
    let effective = first_day_in_japan(case, safeguards.trust_days)?;
    Ok(vec![Effect::TrustedAdded { account, trusted, effective }])
}

/// Rule 769.
pub(crate) fn distrust(
    case: &Case<'_>,
    account: AccountNumber,
    trusted: AccountNumber,
) -> Judged<Vec<Effect>> {
    let listed = case.state.guard.trusted.contains_key(&(account, trusted));
    ensure(listed, Code::NotTrusted, || {
        format!("account {account} does not have account {trusted} on its list")
    })?;
    Ok(vec![Effect::TrustedRemoved { account, trusted }])
}

/// Rules 405 and 761.
pub(crate) fn freeze(case: &Case<'_>, account: AccountNumber) -> Judged<Vec<Effect>> {
    keys::entity(case.state, account)?;
    not_frozen(case, account)?;
    Ok(vec![Effect::AccountFrozen { account }])
}

/// Rules 405 and 770.
pub(crate) fn unfreeze(case: &Case<'_>, account: AccountNumber) -> Judged<Vec<Effect>> {
    keys::entity(case.state, account)?;
    ensure(case.state.guard.frozen.contains(&account), Code::AccountNotFrozen, || {
        format!("the freeze of account {account} is ended, which is not frozen")
    })?;
    Ok(vec![Effect::AccountUnfrozen { account }])
}

/// Rules 766, 405, 418, 406, 403, 407, 771 and 417.
pub(crate) fn request_recovery(
    case: &Case<'_>,
    representative: &Representative,
    key: &KeyWithPossession,
) -> Judged<Vec<Effect>> {
    let safeguards = adopted(case)?;
    let account = representative.account;
    keys::entity(case.state, account)?;
    let role = Role::Representative(representative.clone());
    keys::one_role_each(case.state, &role)?;
    keys::new_key(case, &role, key)?;
    ensure(!case.state.guard.recovering(account), Code::RecoveryPending, || {
        format!("a recovery of account {account} is open already")
    })?;
    let not_before = first_day_in_japan(case, safeguards.recovery_days)?;
    let representative = representative.clone();
    Ok(vec![Effect::RecoveryRequested { representative, key: key.key, not_before }])
}

/// Rule 772.
pub(crate) fn open_recovery<'a>(case: &Case<'a>, recovery: EntryIndex) -> Judged<&'a Recovery> {
    case.state.guard.recoveries.get(&recovery).ok_or_else(|| {
        Code::RecoveryUnknown.broken(format!("entry {recovery} is no recovery that is open"))
    })
}

/// Rule 772, which was judged before the role.
pub(crate) fn cancel_recovery(case: &Case<'_>, recovery: EntryIndex) -> Judged<Vec<Effect>> {
    open_recovery(case, recovery)?;
    Ok(vec![Effect::RecoveryCancelled { recovery }])
}

/// Rules 772, 418 and 773.
pub(crate) fn complete_recovery(case: &Case<'_>, recovery: EntryIndex) -> Judged<Vec<Effect>> {
    let known = open_recovery(case, recovery)?;
    let role = Role::Representative(known.representative.clone());
    keys::one_role_each(case.state, &role)?;
    let (first, today) = (known.not_before, case.today());
    ensure(first <= today, Code::RecoveryTooEarly, || {
        format!("recovery {recovery} is completed on {today}, before {first}")
    })?;
    Ok(vec![Effect::RecoveryCompleted { recovery }, Effect::KeyRegistered { key: known.key, role }])
}

/// Rules 762 to 764 and 417: the first day of a transfer, if it is delayed.
pub(crate) fn outgoing(case: &Case<'_>, terms: &TransferTerms) -> Judged<Option<Date>> {
    let TransferTerms { source, destination, ranges, .. } = terms;
    let (guard, today) = (&case.state.guard, case.today());
    let Some(safeguards) = &guard.safeguards else { return Ok(None) };
    if case.state.category(*source) != Some(AccountCategory::Entity) {
        return Ok(None);
    }
    let mandate = guard.mandate(*source, today);
    let mandate = mandate.ok_or_else(|| contradiction("an account has no mandate"))?;
    let quantity = u128::from(ranges.quantity().get());
    let of_day = guard.outgoing_on(*source, today) + case.before.outgoing + quantity;
    within(*source, quantity, mandate.per_transfer_tonnes, Code::LimitPerTransfer)?;
    within(*source, of_day, mandate.per_day_tonnes, Code::LimitPerDay)?;
    if trusted(case, *source, *destination) {
        return Ok(None);
    }
    for limit in [mandate.per_untrusted_tonnes, safeguards.central_untrusted_tonnes] {
        within(*source, quantity, limit, Code::LimitUntrusted)?;
    }
    if !safeguards.delays {
        return Ok(None);
    }
    let early = days::hour_in_japan(case.now) < u64::from(safeguards.cutoff_hour);
    let days = if early { safeguards.early_days } else { safeguards.late_days };
    first_day(case, &partners(case, terms), days).map(Some)
}

fn within(source: AccountNumber, sum: u128, limit: Option<Tonnes>, code: Code) -> Judged<()> {
    let Some(limit) = limit else { return Ok(()) };
    ensure(sum <= u128::from(limit.get()), code, || {
        format!("{sum} tonnes go out of account {source}, of which at most {limit} may")
    })
}

/// Government accounts, and those on the list whose day has come.
fn trusted(case: &Case<'_>, source: AccountNumber, destination: AccountNumber) -> bool {
    let first = case.state.guard.trusted.get(&(source, destination));
    case.state.category(destination).is_some_and(AccountCategory::is_government)
        || first.is_some_and(|first| *first <= case.today())
}

/// The partner countries of the units that have adopted a calendar.
fn partners(case: &Case<'_>, terms: &TransferTerms) -> BTreeSet<Country> {
    let blocks = terms.ranges.iter().filter_map(|range| case.state.units.block_of(range));
    let countries: BTreeSet<Country> = blocks.map(|block| block.project.country()).collect();
    countries.into_iter().filter(|country| days::has_calendar(case.state, *country)).collect()
}

/// Rule 765.
pub(crate) fn day_has_come(
    case: &Case<'_>,
    at: EntryIndex,
    application: &Application,
) -> Judged<()> {
    let (first, today) = (application.not_before, case.today());
    ensure(first.is_none_or(|first| first <= today), Code::TransferDelayed, || {
        let first = first.map_or_else(String::new, |first| first.to_string());
        format!(
            "the transfer of application {at} is recorded on {today}, but delayed until {first}"
        )
    })
}
