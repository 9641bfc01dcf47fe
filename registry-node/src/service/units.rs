//! Units: what an account holds, and what is known of a range.

use super::accounts;
use crate::page;
use crate::shared::Shared;
use crate::status::Refusal;
use jcm_api::pb;
use jcm_format::id::{AccountNumber, BlockNumber, EntryIndex};
use jcm_format::serial::SerialRange;
use jcm_ledger::State;

/// Stretches that one request for a range may get.
const STRETCHES_MAX: usize = 10_000;

/// Parts in which a range is looked up.
const PARTS_MAX: u64 = 1_000;

/// What an account holds, by block and first unit.
pub(crate) fn holdings(
    shared: &Shared,
    request: &pb::ListHoldingsRequest,
) -> Result<pb::ListHoldingsResponse, Refusal> {
    let after = page::after("holdings", &request.page_token, position)?;
    let view = shared.view();
    let state = view.state();
    let account = accounts::find(state, request.account)?.number;
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
    let holdings = stretches
        .iter()
        .map(|stretch| {
            let owner = (stretch.account, stretch.reserved);
            stretch_message(state, stretch.range, owner, stretch.first_transferred)
        })
        .collect();
    Ok(pb::ListHoldingsResponse { holdings, next_page_token })
}

fn position(text: &str) -> Option<(BlockNumber, u64)> {
    let (block, last) = text.split_once('-')?;
    Some((BlockNumber::new(block.parse().ok()?)?, last.parse().ok()?))
}

/// What is known of each unit of a range.
pub(crate) fn units(
    shared: &Shared,
    request: pb::GetUnitsRequest,
) -> Result<pb::GetUnitsResponse, Refusal> {
    let wrong = |wanted: &str| Refusal::Argument { field: "range", wanted: wanted.to_owned() };
    let range = request.range.ok_or_else(|| wrong("give a range"))?;
    let range = SerialRange::try_from(range)
        .map_err(|_| wrong("give a block from 1, a first unit from 1 and a last not before it"))?;
    let view = shared.view();
    let state = view.state();
    let stretches = stretches(state, range).ok_or_else(|| {
        wrong("the range has too many different stretches; ask for a shorter one")
    })?;
    let units = stretches
        .iter()
        .map(|stretch| {
            let owner = (stretch.account, stretch.reserved);
            stretch_message(state, stretch.range, owner, stretch.first_transferred)
        })
        .collect();
    Ok(pb::GetUnitsResponse { units })
}

/// Units of which nothing is different but the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    range: SerialRange,
    account: AccountNumber,
    reserved: Option<EntryIndex>,
    first_transferred: Option<(EntryIndex, EntryIndex)>,
}

/// What is known of the units of a range, unless that is more than may be told.
/// Looked up part by part, so that it ends soon after it is too much.
fn stretches(state: &State, range: SerialRange) -> Option<Vec<Stretch>> {
    let Some(block) = state.block(range.block()) else {
        return Some(Vec::new());
    };
    let last = range.last().min(block.quantity_tonnes.get());
    let units_max = (STRETCHES_MAX as u64).max(last / PARTS_MAX);
    let mut found: Vec<Stretch> = Vec::new();
    let mut first = range.first();
    while first <= last {
        let part_last = last.min(first.saturating_add(units_max));
        let part = SerialRange::new(range.block(), first, part_last).ok()?;
        for known in state.units(part) {
            let stretch = Stretch {
                range: known.range,
                account: known.account,
                reserved: known.reserved,
                first_transferred: known.first_transferred,
            };
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

/// Both stretches as one, if nothing is different but the number.
fn joined(before: &Stretch, after: &Stretch) -> Option<SerialRange> {
    let is_next = before.range.last().checked_add(1) == Some(after.range.first());
    let is_same = Stretch { range: after.range, ..*before } == *after;
    let range = SerialRange::new(after.range.block(), before.range.first(), after.range.last());
    range.ok().filter(|_| is_next && is_same)
}

fn stretch_message(
    state: &State,
    range: SerialRange,
    (account, reserved): (AccountNumber, Option<EntryIndex>),
    first_transferred: Option<(EntryIndex, EntryIndex)>,
) -> pb::UnitStretch {
    let (japan, partner) = first_transferred.unzip();
    pb::UnitStretch {
        range: Some(range.into()),
        quantity_tonnes: range.quantity().get(),
        account: account.get(),
        block: block_message(state, range.block()),
        reserved_by: reserved.map_or(0, EntryIndex::get),
        japan_authorisation: japan.map_or(0, EntryIndex::get),
        partner_authorisation: partner.map_or(0, EntryIndex::get),
    }
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

    #[test]
    fn parts_of_a_stretch_are_joined() {
        let block = BlockNumber::new(1).expect("from 1");
        let stretch = |first, last, account| Stretch {
            range: SerialRange::new(block, first, last).expect("in order"),
            account: AccountNumber::new(account).expect("in range"),
            reserved: None,
            first_transferred: None,
        };
        let before = stretch(1, 4, 1_001);
        let whole = SerialRange::new(block, 1, 9).expect("in order");
        assert_eq!(joined(&before, &stretch(5, 9, 1_001)), Some(whole));
        assert_eq!(joined(&before, &stretch(6, 9, 1_001)), None, "a gap");
        assert_eq!(joined(&before, &stretch(5, 9, 1_002)), None, "another holder");
    }
}
