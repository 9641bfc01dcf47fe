//! AdoptSafeguards, and what safeguards say about a transfer: limits, and a delay
//! in which whoever notices can withdraw it.

use super::{Case, Decision, reject};
use crate::rejection::{Reason, Rejection};
use crate::state::{Account, Block};
use jcm_format::amount::Tonnes;
use jcm_format::command::{Mandate, Safeguards, TransferTerms};
use jcm_format::event::Effect;
use jcm_format::serial::SerialRange;
use jcm_format::time::{Date, Timestamp};
use std::collections::BTreeSet;

const HOUR_MS: u64 = 60 * 60 * 1_000;
/// Japan is so many hours ahead of UTC, all year.
const JAPAN_HOURS: u64 = 9;

/// No rule of its own: whoever lays it down knows what it is for.
pub(super) fn adopt(safeguards: &Safeguards) -> Decision {
    Ok(vec![Effect::SafeguardsAdopted { safeguards: *safeguards }])
}

/// Rules 762 to 764 and 417 for a transfer that is applied for, and its first day
/// if it is delayed.
pub(super) fn of_transfer(
    case: &Case<'_>,
    terms: &TransferTerms,
    source: &Account,
    blocks: &[(SerialRange, &Block)],
    earlier: Tonnes,
) -> Result<Option<Date>, Rejection> {
    let (Some(safeguards), true) = (case.state.safeguards(), source.is_entity()) else {
        return Ok(None);
    };
    let Some(mandate) = case.state.mandate_on(terms.source, case.today) else { return Ok(None) };
    let is_trusted = case.state.is_trusted(terms.source, terms.destination, case.today);
    limits_hold(case, terms, safeguards, &Limits { mandate, is_trusted, earlier })?;
    if is_trusted || !safeguards.delays {
        return Ok(None);
    }
    let working_days = if hour_in_japan(case.now) < u64::from(safeguards.cutoff_hour) {
        safeguards.early_days
    } else {
        safeguards.late_days
    };
    // Each country once: a transfer may have many ranges of few projects.
    let partners: BTreeSet<_> = blocks.iter().map(|(_, block)| block.project.country()).collect();
    let calendars = case.state.calendars();
    match calendars.shared_working_day_after(case.today, working_days, partners) {
        Some(first_day) => Ok(Some(first_day)),
        None => Err(calendar_missing(case.today, working_days)),
    }
}

/// What limits a transfer.
struct Limits {
    mandate: Mandate,
    is_trusted: bool,
    /// What earlier parts of the same command move out of the account.
    earlier: Tonnes,
}

/// Rules 762, 763 and 764.
fn limits_hold(
    case: &Case<'_>,
    terms: &TransferTerms,
    safeguards: &Safeguards,
    limits: &Limits,
) -> Result<(), Rejection> {
    let Limits { mandate, is_trusted, earlier } = limits;
    let quantity = terms.ranges.quantity();
    at_most(Some(quantity), mandate.per_transfer_tonnes, Reason::LimitPerTransfer)?;
    let before = case.state.outgoing_on(terms.source, case.today).checked_add(*earlier);
    let with_this = before.and_then(|before| before.checked_add(quantity));
    at_most(with_this, mandate.per_day_tonnes, Reason::LimitPerDay)?;
    if !is_trusted {
        for limit in [mandate.per_untrusted_tonnes, safeguards.central_untrusted_tonnes] {
            at_most(Some(quantity), limit, Reason::LimitUntrusted)?;
        }
    }
    Ok(())
}

/// A quantity too large to be counted is above every limit.
fn at_most(
    quantity: Option<Tonnes>,
    limit: Option<Tonnes>,
    reason: Reason,
) -> Result<(), Rejection> {
    match limit {
        Some(limit) if quantity.is_none_or(|quantity| limit < quantity) => {
            reject(reason, format_args!("at most {limit} t"))
        }
        Some(_) | None => Ok(()),
    }
}

/// Rule 417.
pub(super) fn calendar_missing(day: Date, working_days: u16) -> Rejection {
    let subject = format_args!("{working_days} working days after {day}").to_string();
    Rejection::new(Reason::CalendarMissing, subject)
}

fn hour_in_japan(now: Timestamp) -> u64 {
    (now.as_ms() / HOUR_MS + JAPAN_HOURS) % 24
}
