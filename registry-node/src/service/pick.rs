//! Picking units for a quantity, so that nobody has to add up ranges by hand.

use super::{accounts, units};
use crate::access::Pass;
use crate::page;
use crate::shared::Shared;
use crate::status::Refusal;
use jcm_api::pb;
use jcm_format::amount::Tonnes;
use jcm_format::event::CreditClass;
use jcm_format::id::{AccountNumber, ProjectRef};
use jcm_format::limits::{RANGES_MAX, TONNES_MAX};
use jcm_format::serial::SerialRange;
use jcm_format::time::Year;
use jcm_ledger::State;
use jcm_ledger::state::{Block, UnitStretch};

/// Which units may be picked.
struct Filter {
    project: Option<ProjectRef>,
    class: Option<CreditClass>,
    first_vintage: Option<Year>,
    last_vintage: Option<Year>,
}

/// Units of an account for a quantity: the oldest vintage first, then by block and
/// number; only units that nothing keeps from being disposed of.
pub(crate) fn pick(
    shared: &Shared,
    pass: &Pass,
    request: &pb::PickUnitsRequest,
) -> Result<pb::PickUnitsResponse, Refusal> {
    let wanted = quantity(request.quantity_tonnes)?;
    let filter = Filter::of(request)?;
    let view = shared.view();
    let state = view.state();
    let account = accounts::seen(state, pass, request.account)?.number;
    let (picked, available) = picked(state, account, wanted, &filter);
    if let Some(short) = available {
        return Err(Refusal::UnitsShort { wanted: wanted.get(), available: short.get() });
    }
    if RANGES_MAX < picked.len() {
        let first = picked.iter().take(RANGES_MAX).map(|stretch| stretch.range.quantity());
        let sum = Tonnes::checked_sum(first).unwrap_or(Tonnes::ZERO);
        return Err(Refusal::TooMuch {
            field: "quantity_tonnes",
            wanted: format!(
                "the units lie in more than the {RANGES_MAX} ranges of one application; give at most {sum}"
            ),
        });
    }
    let units = picked.iter().map(|stretch| units::message(state, stretch)).collect();
    Ok(pb::PickUnitsResponse { units, quantity_tonnes: wanted.get() })
}

/// The stretches picked; or, where there is too little, how much there is.
fn picked(
    state: &State,
    account: AccountNumber,
    wanted: Tonnes,
    filter: &Filter,
) -> (Vec<UnitStretch>, Option<Tonnes>) {
    let mut held: Vec<(Year, SerialRange)> = state
        .holdings(account)
        .filter_map(|range| {
            let block = state.block(range.block()).filter(|block| filter.lets_through(block))?;
            Some((block.vintage, range))
        })
        .collect();
    held.sort_unstable();
    let mut picked: Vec<UnitStretch> = Vec::new();
    let mut sum = Tonnes::ZERO;
    for stretch in held.into_iter().flat_map(|(_, range)| state.units(range)).filter(is_free) {
        let missing = wanted.checked_sub(sum).unwrap_or(Tonnes::ZERO);
        if missing == Tonnes::ZERO {
            break;
        }
        let range = stretch.range.split_at(missing).map_or(stretch.range, |(first, _)| first);
        sum = sum.checked_add(range.quantity()).unwrap_or(sum);
        push(&mut picked, UnitStretch { range, ..stretch });
    }
    let is_enough = wanted <= sum;
    (picked, (!is_enough).then_some(sum))
}

fn is_free(stretch: &UnitStretch) -> bool {
    stretch.reserved.is_none() && stretch.trust.is_none() && !stretch.restricted
}

/// Adds a stretch, as one with the stretch before where they touch.
fn push(picked: &mut Vec<UnitStretch>, stretch: UnitStretch) {
    if let Some(before) = picked.last_mut()
        && before.first_transferred == stretch.first_transferred
        && let Some(joined) = before.range.joined(stretch.range)
    {
        before.range = joined;
    } else {
        picked.push(stretch);
    }
}

fn quantity(tonnes: u64) -> Result<Tonnes, Refusal> {
    if (1..=TONNES_MAX).contains(&tonnes) {
        return Ok(Tonnes::new(tonnes));
    }
    let wanted = format!("give a number from 1 to {TONNES_MAX}");
    Err(Refusal::Argument { field: "quantity_tonnes", wanted })
}

impl Filter {
    fn of(request: &pb::PickUnitsRequest) -> Result<Filter, Refusal> {
        let project = match request.project.as_str() {
            "" => None,
            text => Some(ProjectRef::new(text).ok_or_else(|| Refusal::Argument {
                field: "project",
                wanted: "give a reference such as MN003".to_owned(),
            })?),
        };
        let class = match request.class.as_str() {
            "" => None,
            "A" => Some(CreditClass::A),
            "B1" => Some(CreditClass::B1),
            "B2" => Some(CreditClass::B2),
            "C" => Some(CreditClass::C),
            _ => {
                let wanted = "give A, B1, B2 or C".to_owned();
                return Err(Refusal::Argument { field: "class", wanted });
            }
        };
        let first_vintage = page::year("first_vintage", request.first_vintage)?;
        let last_vintage = page::year("last_vintage", request.last_vintage)?;
        Ok(Filter { project, class, first_vintage, last_vintage })
    }

    fn lets_through(&self, block: &Block) -> bool {
        self.project.as_ref().is_none_or(|project| *project == block.project)
            && self.class.is_none_or(|class| class == block.class)
            && self.first_vintage.is_none_or(|first| first <= block.vintage)
            && self.last_vintage.is_none_or(|last| block.vintage <= last)
    }
}
