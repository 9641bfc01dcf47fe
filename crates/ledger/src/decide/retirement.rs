//! 無効化: authorisation by both governments, first transfer, and the
//! corresponding adjustment that goes with it (Act, art. 57-3).

use super::record_issuance::FIRST_NDC_YEAR;
use super::{Case, Decision, reject};
use crate::rejection::{Reason, Rejection};
use crate::state::{AuthorisationRecord, Block};
use jcm_format::amount::Tonnes;
use jcm_format::command::{Authorisation, Side, TransferTerms};
use jcm_format::event::Effect;
use jcm_format::id::{EntryIndex, ProjectRef};
use jcm_format::serial::SerialRange;
use jcm_format::time::Year;
use std::collections::BTreeMap;

/// Japan's and the partner's authorisation, by their entries.
type Pair = (EntryIndex, EntryIndex);

/// Whether an authorisation covers units of a project and vintage for use
/// towards the NDC. Quantity and the other side are the caller's affair.
pub(super) fn covers(authorisation: &Authorisation, project: &ProjectRef, vintage: Year) -> bool {
    let named = authorisation.projects.is_empty() || authorisation.projects.contains(project);
    authorisation.partner == project.country()
        && named
        && authorisation.first_vintage <= vintage
        && vintage <= authorisation.last_vintage
        && authorisation.purposes.ndc
}

/// What recording a retirement does beside the transfer itself, and rules 710,
/// 711, 712 and 613 on the way: all four for the first range, then for the second.
pub(super) fn effects(case: &Case<'_>, terms: &TransferTerms) -> Decision {
    let mut taken = BTreeMap::new();
    let mut effects = Vec::new();
    for range in terms.ranges.iter() {
        let Some(block) = case.state.block(range.block()) else {
            return reject(Reason::UnitsUnknown, range);
        };
        if block.vintage.get() < FIRST_NDC_YEAR {
            let vintage = block.vintage;
            return reject(
                Reason::RetirementBefore2021,
                format_args!("{range}, vintage {vintage}"),
            );
        }
        let gaps = case.state.not_first_transferred(range);
        let mut stretches: Vec<(SerialRange, Pair)> = case.state.first_transfers(range).collect();
        if !gaps.is_empty() {
            let quantity = Tonnes::checked_sum(gaps.iter().map(|gap| gap.quantity()))
                .ok_or_else(|| Rejection::new(Reason::AuthorisationExhausted, range))?;
            let pair = choose(case, block, quantity, &mut taken)?;
            effects.extend(gaps.iter().map(|gap| Effect::FirstTransferred {
                range: *gap,
                japan: pair.0,
                partner: pair.1,
            }));
            stretches.extend(gaps.into_iter().map(|gap| (gap, pair)));
            stretches.sort_unstable_by_key(|(stretch, _)| *stretch);
        }
        effects.extend(join(stretches).into_iter().map(|(stretch, pair)| {
            Effect::AdjustmentBooked {
                partner: block.project.country(),
                vintage: block.vintage,
                quantity_tonnes: stretch.quantity(),
                japan_authorisation: pair.0,
                partner_authorisation: pair.1,
            }
        }));
    }
    Ok(effects)
}

/// The first pair of which enough is left, in the order of recording.
fn choose(
    case: &Case<'_>,
    block: &Block,
    quantity: Tonnes,
    taken: &mut BTreeMap<EntryIndex, Tonnes>,
) -> Result<Pair, Rejection> {
    let covering = |side: Side| -> Vec<&AuthorisationRecord> {
        let records = case.state.authorisations();
        let of_side = records.filter(|record| record.authorisation.side == side);
        of_side.filter(|r| covers(&r.authorisation, &block.project, block.vintage)).collect()
    };
    let (japans, partners) = (covering(Side::Japan), covering(Side::Partner));
    if japans.is_empty() {
        return reject(Reason::AuthorisationOfJapanMissing, unit_kind(block));
    }
    let mut found_pair = false;
    for japan in &japans {
        for partner in &partners {
            let approach = japan.authorisation.cooperative_approach;
            if partner.authorisation.cooperative_approach != approach {
                continue;
            }
            found_pair = true;
            let enough = |record: &AuthorisationRecord| {
                let already = taken.get(&record.entry).copied().unwrap_or(Tonnes::ZERO);
                let left = record.left_tonnes().checked_sub(already);
                left.is_some_and(|left| quantity <= left)
            };
            if enough(japan) && enough(partner) {
                for entry in [japan.entry, partner.entry] {
                    let sum = taken.entry(entry).or_default();
                    *sum = sum.checked_add(quantity).unwrap_or(Tonnes::MAX);
                }
                return Ok((japan.entry, partner.entry));
            }
        }
    }
    if found_pair {
        reject(Reason::AuthorisationExhausted, unit_kind(block))
    } else {
        reject(Reason::AuthorisationOfPartnerMissing, unit_kind(block))
    }
}

fn unit_kind(block: &Block) -> String {
    format!("project {}, vintage {}", block.project, block.vintage)
}

/// Joins stretches that touch and stand under the same pair.
fn join(stretches: Vec<(SerialRange, Pair)>) -> Vec<(SerialRange, Pair)> {
    let mut joined: Vec<(SerialRange, Pair)> = Vec::with_capacity(stretches.len());
    for (stretch, pair) in stretches {
        if let Some((last, last_pair)) = joined.last_mut()
            && *last_pair == pair
            && let Some(union) = last.joined(stretch)
        {
            *last = union;
        } else {
            joined.push((stretch, pair));
        }
    }
    joined
}
