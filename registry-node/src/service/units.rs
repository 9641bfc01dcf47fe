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
    let stretches = state.units(range);
    if STRETCHES_MAX < stretches.len() {
        return Err(wrong("the range has too many different stretches; ask for a shorter one"));
    }
    let units = stretches
        .iter()
        .map(|stretch| {
            let owner = (stretch.account, stretch.reserved);
            stretch_message(state, stretch.range, owner, stretch.first_transferred)
        })
        .collect();
    Ok(pb::GetUnitsResponse { units })
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
