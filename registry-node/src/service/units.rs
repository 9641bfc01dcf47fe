//! Units: what an account holds, and what is known of a range.

use super::accounts;
use crate::access::Pass;
use crate::page;
use crate::shared::Shared;
use crate::status::Refusal;
use jcm_api::pb;
use jcm_format::id::{BlockNumber, EntryIndex};
use jcm_format::identification::UnitName;
use jcm_format::serial::SerialRange;
use jcm_ledger::State;
use jcm_ledger::state::{Block, UnitStretch};

/// Stretches that one request for a range may get.
const STRETCHES_MAX: usize = 10_000;

/// Parts in which a range is looked up.
const PARTS_MAX: u64 = 1_000;

/// What an account holds, by block and first unit.
pub(crate) fn holdings(
    shared: &Shared,
    pass: &Pass,
    request: &pb::ListHoldingsRequest,
) -> Result<pb::ListHoldingsResponse, Refusal> {
    let after = page::after("holdings", &request.page_token, position)?;
    let view = shared.view();
    let state = view.state();
    let account = accounts::seen(state, pass, request.account)?.number;
    // A token is the block and the last unit of what was shown.
    let is_after =
        |range: SerialRange| after.is_none_or(|after| after < (range.block(), range.last()));
    let stretches = state
        .holdings(account)
        .filter(|range| is_after(*range))
        .flat_map(|range| state.units(range))
        .filter(|stretch| is_after(stretch.range));
    let (stretches, next_page_token) =
        page::take(stretches, page::page_size(request.page_size), "holdings", |stretch| {
            format!("{}-{}", stretch.range.block(), stretch.range.last())
        });
    let holdings = stretches.iter().map(|stretch| message(state, stretch)).collect();
    Ok(pb::ListHoldingsResponse { holdings, next_page_token })
}

fn position(text: &str) -> Option<(BlockNumber, u64)> {
    let (block, last) = text.split_once('-')?;
    Some((BlockNumber::new(block.parse().ok()?)?, last.parse().ok()?))
}

/// What is known of each unit of a range, or of the one with an identification
/// number.
pub(crate) fn units(
    shared: &Shared,
    pass: &Pass,
    request: pb::GetUnitsRequest,
) -> Result<pb::GetUnitsResponse, Refusal> {
    let wrong = |wanted: &str| Refusal::Argument { field: "range", wanted: wanted.to_owned() };
    let view = shared.view();
    let state = view.state();
    let range = match (request.range, request.identification.as_str()) {
        (Some(_), identification) if !identification.is_empty() => {
            return Err(wrong("give a range or an identification number, not both"));
        }
        (Some(range), _) => range_of(range, "range")?,
        (None, "") => return Err(wrong("give a range, or an identification number")),
        (None, identification) => identified(state, identification)?,
    };
    let stretches = stretches(state, pass, range).ok_or_else(|| {
        wrong("the range has too many different stretches; ask for a shorter one")
    })?;
    if stretches.is_empty() && !request.identification.is_empty() {
        return Err(Refusal::Absent { what: "unit", which: request.identification });
    }
    let units = stretches.iter().map(|stretch| message(state, stretch)).collect();
    Ok(pb::GetUnitsResponse { units })
}

/// A range of a request.
pub(crate) fn range_of(range: pb::Range, field: &'static str) -> Result<SerialRange, Refusal> {
    SerialRange::try_from(range).map_err(|_| Refusal::Argument {
        field,
        wanted: "give a block from 1, a first unit from 1 and a last not before it".to_owned(),
    })
}

/// The unit with an identification number. What the number says beside the unit
/// must be so, or the number was misread.
pub(crate) fn identified(state: &State, identification: &str) -> Result<SerialRange, Refusal> {
    let rules = state.rules().ok_or(Refusal::Internal)?;
    let parsed = rules.identification.parse(identification).map_err(|_| Refusal::Argument {
        field: "identification",
        wanted: format!("give a number in the form {}", rules.identification.as_str()),
    })?;
    let absent = || Refusal::Absent { what: "unit", which: identification.to_owned() };
    let block = state.block(parsed.block).ok_or_else(absent)?;
    let is_so = parsed.unit <= block.quantity_tonnes.get()
        && parsed.project.is_none_or(|project| project == block.project)
        && parsed.country.is_none_or(|country| country == block.project.country())
        && parsed.vintage.is_none_or(|vintage| vintage == block.vintage);
    let range = SerialRange::new(parsed.block, parsed.unit, parsed.unit);
    range.ok().filter(|_| is_so).ok_or_else(absent)
}

/// What the caller may know of the units of a range, unless that is more than is told
/// at once. Looked up part by part, so that it ends soon after it is too much.
fn stretches(state: &State, pass: &Pass, range: SerialRange) -> Option<Vec<UnitStretch>> {
    let Some(block) = state.block(range.block()).filter(|block| is_seen(pass, block)) else {
        return Some(Vec::new());
    };
    let last = range.last().min(block.quantity_tonnes.get());
    let units_max = (STRETCHES_MAX as u64).max(last / PARTS_MAX);
    let mut found: Vec<UnitStretch> = Vec::new();
    let mut first = range.first();
    while first <= last {
        let part_last = last.min(first.saturating_add(units_max));
        let part = SerialRange::new(range.block(), first, part_last).ok()?;
        let units = state.units(part);
        let of_caller =
            |stretch: &UnitStretch| pass.account().is_none_or(|own| own == stretch.account);
        for stretch in units.into_iter().filter(of_caller) {
            match found.last_mut().and_then(|before| Some((joined(before, &stretch)?, before))) {
                Some((joined, before)) => before.range = joined,
                None => found.push(stretch),
            }
        }
        if STRETCHES_MAX < found.len() {
            return None;
        }
        first = part_last.saturating_add(1);
    }
    Some(found)
}

/// Whether the caller may see units of a block at all: a partner authority sees those of
/// its country, a holder its own of any.
pub(crate) fn is_seen(pass: &Pass, block: &Block) -> bool {
    pass.country().is_none_or(|country| country == block.project.country())
}

/// Both stretches as one, if nothing is different but the number.
fn joined(before: &UnitStretch, after: &UnitStretch) -> Option<SerialRange> {
    let is_same = UnitStretch { range: after.range, ..*before } == *after;
    before.range.joined(after.range).filter(|_| is_same)
}

/// A stretch as the wire has it.
pub(crate) fn message(state: &State, stretch: &UnitStretch) -> pb::UnitStretch {
    let (japan, partner) = stretch.first_transferred.unzip();
    let range = stretch.range;
    let [identification_first, identification_last] =
        [range.first(), range.last()].map(|unit| identification(state, range.block(), unit));
    let restriction = stretch.restricted.then(|| restriction_of(state, stretch)).flatten();
    pb::UnitStretch {
        range: Some(range.into()),
        quantity_tonnes: range.quantity().get(),
        account: stretch.account.get(),
        block: block_message(state, range.block()),
        reserved_by: stretch.reserved.map_or(0, EntryIndex::get),
        japan_authorisation: japan.map_or(0, EntryIndex::get),
        partner_authorisation: partner.map_or(0, EntryIndex::get),
        identification_first,
        identification_last,
        trust: stretch.trust.map_or(0, EntryIndex::get),
        restriction: restriction.map_or(0, EntryIndex::get),
    }
}

/// The identification number of a unit; empty where there is no such block.
pub(crate) fn identification(state: &State, block: BlockNumber, unit: u64) -> String {
    let named = state.rules().zip(state.block(block)).map(|(rules, block)| {
        rules.identification.print(&UnitName {
            project: block.project.clone(),
            vintage: block.vintage,
            block: block.number,
            unit,
        })
    });
    named.unwrap_or_default()
}

/// The first restriction on some unit of a stretch.
fn restriction_of(state: &State, stretch: &UnitStretch) -> Option<EntryIndex> {
    let mut records = state.restrictions_of(stretch.account);
    let found = records.find(|record| match &record.restriction.ranges {
        None => true,
        Some(ranges) => ranges.iter().any(|range| range.overlaps(stretch.range)),
    });
    found.map(|record| record.entry)
}

fn block_message(state: &State, number: BlockNumber) -> Option<pb::Block> {
    let block = state.block(number)?;
    Some(pb::Block {
        number: block.number.get(),
        project: block.project.to_string(),
        vintage: block.vintage.get().into(),
        issued_on: block.issued_on.to_string(),
        class: block.class.to_string(),
        quantity_tonnes: block.quantity_tonnes.get(),
        issuance_entry: block.issuance.get(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_format::id::AccountNumber;

    #[test]
    fn parts_of_a_stretch_are_joined() {
        let block = BlockNumber::new(1).expect("from 1");
        let stretch = |first, last, account| UnitStretch {
            range: SerialRange::new(block, first, last).expect("in order"),
            account: AccountNumber::new(account).expect("in range"),
            reserved: None,
            first_transferred: None,
            trust: None,
            restricted: false,
        };
        let before = stretch(1, 4, 1_001);
        let whole = SerialRange::new(block, 1, 9).expect("in order");
        assert_eq!(joined(&before, &stretch(5, 9, 1_001)), Some(whole));
        assert_eq!(joined(&before, &stretch(6, 9, 1_001)), None, "a gap");
        assert_eq!(joined(&before, &stretch(5, 9, 1_002)), None, "another holder");
    }
}
