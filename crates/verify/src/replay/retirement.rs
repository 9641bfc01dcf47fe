//! Retirement: what authorises it, and the adjustments that follow.

use super::issuance::FIRST_PARIS_VINTAGE;
use super::judge::Case;
use super::state::{Authorised, State};
use crate::code::{Code, Judged, contradiction, ensure};
use crate::holdings::{Block, Pair, UnitMap};
use jcm_format::amount::Tonnes;
use jcm_format::command::{Side, TransferTerms};
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;
use jcm_format::serial::SerialRange;
use std::collections::BTreeMap;

/// What this command has already taken of each authorisation.
type Taken = BTreeMap<EntryIndex, Tonnes>;

/// Rules 710 (for an application) and 711 to 613, range by range; then the
/// first transfers and adjustments.
pub(crate) fn effects(
    case: &Case<'_>,
    terms: &TransferTerms,
    applying: bool,
) -> Judged<Vec<Effect>> {
    let mut taken = Taken::new();
    let mut effects = Vec::new();
    for range in terms.ranges.iter() {
        let block = case.state.units.block_of(range);
        let block = block.ok_or_else(|| contradiction("a block is gone"))?;
        let since_2021 = FIRST_PARIS_VINTAGE <= block.vintage.get();
        ensure(since_2021 || !applying, Code::RetirementBefore2021, || {
            format!("units {range} of vintage {} are retired", block.vintage)
        })?;
        retire(case.state, block, range, &mut taken, &mut effects)?;
    }
    Ok(effects)
}

fn retire(
    state: &State,
    block: &Block,
    range: SerialRange,
    taken: &mut Taken,
    effects: &mut Vec<Effect>,
) -> Judged<()> {
    // The pairs of this range as they will be: what was first transferred
    // before keeps its own pair.
    let mut pairs = UnitMap::new();
    let mut fresh = Vec::new();
    for (stretch, pair) in state.units.first_transferred.stretches(range) {
        match pair {
            Some(pair) => pairs.set(stretch, Some(pair)),
            None => fresh.push(stretch),
        }
    }
    let needed = Tonnes::checked_sum(fresh.iter().map(|stretch| stretch.quantity()));
    let needed = needed.ok_or_else(|| contradiction("a range has no quantity"))?;
    if needed != Tonnes::ZERO {
        let pair = authorised(state, block, range, needed, taken)?;
        for stretch in fresh {
            let Pair { japan, partner } = pair;
            effects.push(Effect::FirstTransferred { range: stretch, japan, partner });
            pairs.set(stretch, Some(pair));
        }
    }
    for (stretch, pair) in pairs.stretches(range) {
        let pair = pair.ok_or_else(|| contradiction("units have no authorisation"))?;
        effects.push(Effect::AdjustmentBooked {
            partner: block.project.country(),
            vintage: block.vintage,
            quantity_tonnes: stretch.quantity(),
            japan_authorisation: pair.japan,
            partner_authorisation: pair.partner,
        });
    }
    Ok(())
}

/// The pair of authorisations for `needed` tonnes, which it takes (711, 712, 613).
fn authorised(
    state: &State,
    block: &Block,
    range: SerialRange,
    needed: Tonnes,
    taken: &mut Taken,
) -> Judged<Pair> {
    // A map by entry: in the order in which they were recorded.
    let covering = |side| {
        state.authorisations.iter().filter(move |(_, authorised)| {
            authorised.authorisation.side == side
                && authorised.covers(&block.project, block.vintage)
        })
    };
    let what = format!("units {range} of {} and vintage {}", block.project, block.vintage);
    let japan: Vec<_> = covering(Side::Japan).collect();
    ensure(!japan.is_empty(), Code::AuthorisationOfJapanMissing, || {
        format!("{what} are retired, but Japan has not authorised their use")
    })?;
    let approach = |authorised: &Authorised| authorised.authorisation.cooperative_approach;
    let pairs: Vec<_> = japan
        .iter()
        .flat_map(|of_japan| covering(Side::Partner).map(move |of_partner| (*of_japan, of_partner)))
        .filter(|((_, of_japan), (_, of_partner))| approach(of_japan) == approach(of_partner))
        .collect();
    ensure(!pairs.is_empty(), Code::AuthorisationOfPartnerMissing, || {
        format!("{what} are retired, but {} has not authorised their use", block.project.country())
    })?;
    let taken_of = |taken: &Taken, entry| taken.get(&entry).copied().unwrap_or(Tonnes::ZERO);
    for ((japan, of_japan), (partner, of_partner)) in pairs {
        let enough = |entry: EntryIndex, authorised: &Authorised, taken: &Taken| {
            let wanted = taken_of(taken, entry).checked_add(needed);
            wanted.is_some_and(|wanted| wanted <= authorised.left())
        };
        if enough(*japan, of_japan, taken) && enough(*partner, of_partner, taken) {
            for entry in [*japan, *partner] {
                let sum = taken_of(taken, entry).checked_add(needed);
                taken.insert(entry, sum.ok_or_else(|| contradiction("a sum overflows"))?);
            }
            return Ok(Pair { japan: *japan, partner: *partner });
        }
    }
    Err(Code::AuthorisationExhausted
        .broken(format!("{what} are retired, but no pair of authorisations has {needed} t left")))
}
