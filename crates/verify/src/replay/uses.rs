//! Use of units: retirement, and cancellation for other international mitigation
//! purposes; what authorises it, and what follows.

use super::article6::block_gone;
use super::issuance::FIRST_PARIS_VINTAGE;
use super::judge::Case;
use super::paris::{Aim, Authorised, Version};
use crate::code::{Code, Judged, contradiction, ensure};
use crate::holdings::{Block, Pair, UnitMap};
use jcm_format::amount::Tonnes;
use jcm_format::command::{EntityRef, Purpose, Side, TransferTerms, UseDetails, UseKind};
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;
use jcm_format::serial::SerialRange;
use jcm_format::time::Year;
use std::collections::BTreeMap;

/// What this command has already taken of each authorisation.
type Taken = BTreeMap<EntryIndex, Tonnes>;

/// Whether a transfer is asked for, or recorded that was asked for before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Applying,
    Recording,
}

/// Some units of a block that are to be used.
struct Units<'a> {
    block: &'a Block,
    range: SerialRange,
    aim: Aim,
    /// The calendar year of the entry.
    year: Year,
}

/// A version in force that serves units, with its authorisation.
type Serving<'a> = (EntryIndex, &'a Authorised, &'a Version);

/// What a cancellation uses units for, in the sense of Article 6.
fn oimp(terms: &TransferTerms) -> Option<Aim> {
    if terms.purpose != Purpose::Cancellation {
        return None;
    }
    match terms.use_.as_ref()?.kind {
        UseKind::InternationalMitigation => Some(Aim::Imp),
        UseKind::OtherPurposes => Some(Aim::Op),
        UseKind::Ndc
        | UseKind::Shk
        | UseKind::GxEts
        | UseKind::Voluntary
        | UseKind::Other
        | UseKind::Omge => None,
    }
}

/// What a transfer needs authorisations for, if it does.
fn aim(case: &Case<'_>, terms: &TransferTerms) -> Option<Aim> {
    let data = case.state.paris.data.as_ref();
    match terms.purpose {
        Purpose::Retirement => Some(Aim::Ndc),
        Purpose::Cancellation => {
            oimp(terms).filter(|_| data.is_some_and(|data| data.oimp_needs_authorisation))
        }
        Purpose::Other => None,
    }
}

/// Rules 710 (for an application), 729 to 732, 613 and 733, range by range; then the
/// first transfers and adjustments.
pub(crate) fn effects(
    case: &Case<'_>,
    terms: &TransferTerms,
    details: Option<&UseDetails>,
    stage: Stage,
) -> Judged<Vec<Effect>> {
    let entity = details.and_then(|details| details.entity.as_ref());
    // What uses nothing is judged when it is applied for.
    let uses = terms.purpose == Purpose::Retirement || oimp(terms).is_some();
    if stage == Stage::Recording && !uses {
        return Ok(Vec::new());
    }
    let mut taken = case.before.authorisations.clone();
    let mut effects = Vec::new();
    for range in terms.ranges.iter() {
        let block = case.state.units.block_of(range).ok_or_else(block_gone)?;
        let since_2021 = FIRST_PARIS_VINTAGE <= block.vintage.get();
        if terms.purpose == Purpose::Retirement && stage == Stage::Applying {
            ensure(since_2021, Code::RetirementBefore2021, || {
                format!("units {range} of vintage {} are retired", block.vintage)
            })?;
        }
        let year = case.today().year();
        let pairs = match aim(case, terms).filter(|_| since_2021) {
            Some(aim) => {
                let units = Units { block, range, aim, year };
                used(case, &units, &mut taken, &mut effects)?
            }
            None => UnitMap::new(),
        };
        if let Some(entity) = entity {
            authorised_entity(case, range, &pairs, entity)?;
        }
    }
    Ok(effects)
}

/// The pairs of versions under which the units are used: what was first transferred
/// before keeps its own.
fn used(
    case: &Case<'_>,
    units: &Units<'_>,
    taken: &mut Taken,
    effects: &mut Vec<Effect>,
) -> Judged<UnitMap<Pair>> {
    let mut pairs = UnitMap::new();
    let mut fresh = Vec::new();
    for (stretch, pair) in case.state.units.first_transferred.stretches(units.range) {
        match pair {
            Some(pair) => {
                allowed(case, units, stretch, pair)?;
                pairs.set(stretch, Some(pair));
            }
            None => fresh.push(stretch),
        }
    }
    let needed = Tonnes::checked_sum(fresh.iter().map(|stretch| stretch.quantity()));
    let needed = needed.ok_or_else(|| contradiction("a range has no quantity"))?;
    if needed != Tonnes::ZERO {
        let pair = authorised(case, units, needed, taken)?;
        for stretch in fresh {
            let Pair { japan, partner } = pair;
            effects.push(Effect::FirstTransferred { range: stretch, japan, partner });
            pairs.set(stretch, Some(pair));
        }
    }
    if units.aim == Aim::Ndc {
        for (stretch, pair) in pairs.stretches(units.range) {
            let pair = pair.ok_or_else(|| contradiction("units have no authorisation"))?;
            effects.push(Effect::AdjustmentBooked {
                partner: units.block.project.country(),
                vintage: units.block.vintage,
                quantity_tonnes: stretch.quantity(),
                japan_authorisation: pair.japan,
                partner_authorisation: pair.partner,
            });
        }
    }
    Ok(pairs)
}

/// Rules 729 and 730 for units first transferred before.
fn allowed(case: &Case<'_>, units: &Units<'_>, stretch: SerialRange, pair: Pair) -> Judged<()> {
    let Units { block, aim, year, .. } = units;
    for version in [pair.japan, pair.partner] {
        let allows = case.state.paris.version(version)?.allows(*aim, *year);
        ensure(allows, Code::UseNotAuthorised, || {
            format!(
                "units {stretch} are used for {} in {year}, which the version of entry {version}, under which they were first transferred, does not allow",
                aim.name()
            )
        })?;
    }
    for version in [pair.japan, pair.partner] {
        let (first, authorised) = case.state.paris.of_version(version)?;
        let serves = authorised.serving(block, *aim, *year).is_some();
        ensure(serves || !authorised.reaches_back(), Code::AuthorisationWithdrawn, || {
            format!(
                "units {stretch} are used for {} in {year}, which authorisation {first} no longer allows, whose changes reach what is first transferred",
                aim.name()
            )
        })?;
    }
    Ok(())
}

/// Rule 733 for one range, used under these pairs or under none.
fn authorised_entity(
    case: &Case<'_>,
    range: SerialRange,
    pairs: &UnitMap<Pair>,
    entity: &EntityRef,
) -> Judged<()> {
    for (stretch, pair) in pairs.stretches(range) {
        let lists = |version| Ok(case.state.paris.version(version)?.lists(entity));
        let listed = match pair {
            Some(pair) => lists(pair.japan)? || lists(pair.partner)?,
            None => false,
        };
        ensure(listed, Code::EntityNotAuthorised, || {
            format!("units {stretch} are used by {entity}, whom no authorisation of them lists")
        })?;
    }
    Ok(())
}

/// The pair of versions for `needed` tonnes, which it takes (711, 712 and 613, or
/// 731, 732 and 613).
fn authorised(
    case: &Case<'_>,
    units: &Units<'_>,
    needed: Tonnes,
    taken: &mut Taken,
) -> Judged<Pair> {
    let Units { block, range, aim, year } = units;
    let (of_japan_missing, of_partner_missing) = match aim {
        Aim::Ndc => (Code::AuthorisationOfJapanMissing, Code::AuthorisationOfPartnerMissing),
        Aim::Imp | Aim::Op => (Code::OimpOfJapanMissing, Code::OimpOfPartnerMissing),
    };
    // A map by entry: in the order in which the first versions were recorded.
    let serving = |side| -> Vec<Serving<'_>> {
        let all = case.state.paris.authorisations.iter();
        all.filter(|(_, authorised)| authorised.side == side)
            .filter_map(|(first, authorised)| {
                Some((*first, authorised, authorised.serving(block, *aim, *year)?))
            })
            .collect()
    };
    let what = format!(
        "units {range} of {} and vintage {} are used for {}",
        block.project,
        block.vintage,
        aim.name()
    );
    let japan = serving(Side::Japan);
    ensure(!japan.is_empty(), of_japan_missing, || {
        format!("{what}, but Japan has not authorised that")
    })?;
    let partner = serving(Side::Partner);
    let pairs: Vec<(Serving<'_>, Serving<'_>)> = japan
        .iter()
        .flat_map(|of_japan| partner.iter().map(move |of_partner| (*of_japan, *of_partner)))
        .filter(|((_, of_japan, _), (_, of_partner, _))| of_japan.approach == of_partner.approach)
        .collect();
    ensure(!pairs.is_empty(), of_partner_missing, || {
        format!("{what}, but {} has not authorised that", block.project.country())
    })?;
    for pair in pairs {
        let both = [pair.0, pair.1];
        let sums: Option<Vec<Tonnes>> =
            both.iter().map(|serving| after(serving, needed, taken)).collect();
        if let Some(sums) = sums {
            taken.extend(both.iter().map(|(first, ..)| *first).zip(sums));
            return Ok(Pair { japan: pair.0.2.entry, partner: pair.1.2.entry });
        }
    }
    let detail = format!("{what}, but no pair of authorisations has {needed} t left");
    Err(Code::AuthorisationExhausted.broken(detail))
}

/// What this command takes of an authorisation with `needed` more, if so much is left.
fn after(serving: &Serving<'_>, needed: Tonnes, taken: &Taken) -> Option<Tonnes> {
    let (first, authorised, _) = serving;
    let before = taken.get(first).copied().unwrap_or(Tonnes::ZERO);
    before.checked_add(needed).filter(|sum| *sum <= authorised.left())
}
