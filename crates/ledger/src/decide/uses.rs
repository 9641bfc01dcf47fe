//! What units are used for: 無効化 towards Japan's NDC with the corresponding adjustment
//! (Act, art. 57-3), and cancellation for other international mitigation purposes; with
//! the first transfer of units that were not first transferred before.
//!
//! Specification: `docs/spec/commands.md`, ApplyTransfer and Article 6.

use super::authorisations::{Pair, Taken, UsePurpose, allows, covers};
use super::record_issuance::FIRST_NDC_YEAR;
use super::{Case, Decision, reject};
use crate::rejection::{Reason, Rejection};
use crate::state::{AuthorisationRecord, AuthorisationVersion, Block, State};
use jcm_format::amount::Tonnes;
use jcm_format::command::{EntityRef, Purpose, Side, TransferTerms, UseDetails, UseKind};
use jcm_format::event::Effect;
use jcm_format::serial::SerialRange;
use jcm_format::time::Date;

/// An authorisation and its version in force.
type InForce<'a> = (&'a AuthorisationRecord, &'a AuthorisationVersion);

/// Whether units may be used, for whoever means to apply: the same rules, without units
/// moving. What one range takes of authorisations is gone for the next.
#[derive(Debug)]
pub struct Uses<'a> {
    at: At<'a>,
    taken: Taken,
}

impl<'a> Uses<'a> {
    /// Judges as of a state, on a day in Japan.
    pub fn new(state: &'a State, today: Date) -> Uses<'a> {
        Uses { at: At { state, today }, taken: Taken::default() }
    }

    /// Rules 616 and 710 to 732 for a retirement or cancellation of units.
    ///
    /// # Errors
    ///
    /// The first rule broken, in the order of the specification.
    pub fn check(
        &mut self,
        range: SerialRange,
        purpose: Purpose,
        kind: UseKind,
    ) -> Result<(), Rejection> {
        if kind.needs_article6() && self.at.state.article6().is_none() {
            return reject(Reason::Article6Off, "");
        }
        let used_for = self.at.purpose(purpose, Some(kind));
        self.at.range(range, purpose, used_for, &mut self.taken).map(|_| ())
    }
}

/// The state, and the day on which units are used.
#[derive(Debug, Clone, Copy)]
struct At<'a> {
    state: &'a State,
    today: Date,
}

/// What recording a transfer does beside the transfer itself, and rules 710 to 733 on
/// the way: all of them for the first range, then for the second.
pub(super) fn effects(
    case: &Case<'_>,
    terms: &TransferTerms,
    use_details: Option<&UseDetails>,
    taken: &mut Taken,
) -> Decision {
    let at = At { state: case.state, today: case.today };
    let used_for = at.purpose(terms.purpose, terms.use_.as_ref().map(|use_| use_.kind));
    let entity = use_details.and_then(|details| details.entity.as_ref());
    let mut effects = Vec::new();
    if used_for.is_none() && entity.is_none() {
        return Ok(effects);
    }
    for range in terms.ranges.iter() {
        let (block, used) = at.range(range, terms.purpose, used_for, taken)?;
        if let Some(entity) = entity {
            at.is_authorised(entity, range, &used.stretches)?;
        }
        effects.extend(used.first_transfers);
        if terms.purpose == Purpose::Retirement {
            effects.extend(adjustments(block, used.stretches));
        }
    }
    Ok(effects)
}

/// Under which versions the units of one range are used.
#[derive(Default)]
struct Used {
    first_transfers: Vec<Effect>,
    // The whole range, ascending.
    stretches: Vec<(SerialRange, Pair)>,
}

impl<'a> At<'a> {
    /// What a transfer uses units for, if for something. Before Article 6 is adopted, and
    /// where it says so, cancellation for other purposes than the NDC needs nobody's leave.
    fn purpose(self, purpose: Purpose, kind: Option<UseKind>) -> Option<UsePurpose> {
        match (purpose, kind) {
            (Purpose::Retirement, _) => Some(UsePurpose::Ndc),
            (Purpose::Cancellation, Some(kind)) => {
                let used_for = match kind {
                    UseKind::InternationalMitigation => UsePurpose::Imp,
                    UseKind::OtherPurposes => UsePurpose::Op,
                    UseKind::Ndc
                    | UseKind::Shk
                    | UseKind::GxEts
                    | UseKind::Voluntary
                    | UseKind::Other
                    | UseKind::Omge => return None,
                };
                self.state.article6()?.oimp_needs_authorisation.then_some(used_for)
            }
            (Purpose::Cancellation | Purpose::Other, _) => None,
        }
    }

    /// Rules 710 to 732 for one range. Units before 2021 are no outcomes under Article 6:
    /// they are not retired, and cancelled under nobody's authorisation.
    fn range(
        self,
        range: SerialRange,
        purpose: Purpose,
        used_for: Option<UsePurpose>,
        taken: &mut Taken,
    ) -> Result<(&'a Block, Used), Rejection> {
        let Some(block) = self.state.block(range.block()) else {
            return reject(Reason::UnitsUnknown, range);
        };
        let is_outcome = FIRST_NDC_YEAR <= block.vintage.get();
        if purpose == Purpose::Retirement && !is_outcome {
            let subject = format!("{range}, vintage {}", block.vintage);
            return reject(Reason::RetirementBefore2021, subject);
        }
        let used = match used_for {
            Some(used_for) if is_outcome => self.used(range, block, used_for, taken)?,
            Some(_) | None => Used::default(),
        };
        Ok((block, used))
    }

    /// Rules 729, 730, 711, 712, 731, 732 and 613.
    fn used(
        self,
        range: SerialRange,
        block: &Block,
        used_for: UsePurpose,
        taken: &mut Taken,
    ) -> Result<Used, Rejection> {
        let mut stretches: Vec<(SerialRange, Pair)> = self.state.first_transfers(range).collect();
        for (stretch, pair) in &stretches {
            self.may_still_be_used(*stretch, *pair, block, used_for)?;
        }
        let gaps = self.state.not_first_transferred(range);
        if gaps.is_empty() {
            return Ok(Used { first_transfers: Vec::new(), stretches });
        }
        let quantity = Tonnes::checked_sum(gaps.iter().map(|gap| gap.quantity()))
            .ok_or_else(|| Rejection::new(Reason::AuthorisationExhausted, range))?;
        let pair = self.choose(block, used_for, quantity, taken)?;
        let (japan, partner) = pair;
        let transferred =
            |gap: &SerialRange| Effect::FirstTransferred { range: *gap, japan, partner };
        let first_transfers = gaps.iter().map(transferred).collect();
        stretches.extend(gaps.into_iter().map(|gap| (gap, pair)));
        stretches.sort_unstable_by_key(|(stretch, _)| *stretch);
        Ok(Used { first_transfers, stretches })
    }

    /// Rules 729 and 730 for units that were first transferred before: the versions named
    /// then allow the use, and nothing that reaches them stands against it.
    fn may_still_be_used(
        self,
        stretch: SerialRange,
        (japan, partner): Pair,
        block: &Block,
        used_for: UsePurpose,
    ) -> Result<(), Rejection> {
        let year = self.today.year();
        let named = [japan, partner].map(|entry| (entry, self.state.authorisation_version(entry)));
        for (entry, version) in named {
            if !version.is_some_and(|(_, version)| allows(version, used_for, year)) {
                return reject(Reason::UseNotAuthorised, format_args!("{stretch}, entry {entry}"));
            }
        }
        for (record, _) in named.into_iter().filter_map(|(_, version)| version) {
            let is_reached = record.changes_reach_first_transferred();
            if is_reached && self.serving(record, block, used_for).is_none() {
                let subject = format!("{stretch}, {} of {}", record.id, record.party());
                return reject(Reason::AuthorisationWithdrawn, subject);
            }
        }
        Ok(())
    }

    /// The version in force, if it covers the units and allows their use today.
    fn serving<'r>(
        self,
        record: &'r AuthorisationRecord,
        block: &Block,
        used_for: UsePurpose,
    ) -> Option<InForce<'r>> {
        let version = record.in_force()?;
        let serves = covers(record, version, &block.project, block.vintage)
            && allows(version, used_for, self.today.year());
        serves.then_some((record, version))
    }

    /// The first pair of which enough is left, in the order of the first versions.
    fn choose(
        self,
        block: &Block,
        used_for: UsePurpose,
        quantity: Tonnes,
        taken: &mut Taken,
    ) -> Result<Pair, Rejection> {
        let serving = |side: Side| -> Vec<InForce<'_>> {
            let of_side = self.state.authorisations().filter(|record| record.side == side);
            of_side.filter_map(|record| self.serving(record, block, used_for)).collect()
        };
        let (of_japan_missing, of_partner_missing) = missing(used_for);
        let (japans, partners) = (serving(Side::Japan), serving(Side::Partner));
        if japans.is_empty() {
            return reject(of_japan_missing, unit_kind(block));
        }
        let mut found_pair = false;
        for (japan, japan_version) in &japans {
            let approach = japan.cooperative_approach;
            let same_approach = partners.iter().filter(|(p, _)| p.cooperative_approach == approach);
            for (partner, partner_version) in same_approach {
                found_pair = true;
                if quantity <= taken.left_of(japan) && quantity <= taken.left_of(partner) {
                    taken.take([japan, partner], quantity);
                    return Ok((japan_version.entry, partner_version.entry));
                }
            }
        }
        let reason = if found_pair { Reason::AuthorisationExhausted } else { of_partner_missing };
        reject(reason, unit_kind(block))
    }

    /// Rule 733: of every stretch, one of the two versions lists the entity. Units that
    /// are used under no version serve no authorised entity.
    fn is_authorised(
        self,
        entity: &EntityRef,
        range: SerialRange,
        stretches: &[(SerialRange, Pair)],
    ) -> Result<(), Rejection> {
        let lists = |version| {
            let version = self.state.authorisation_version(version);
            let details = version.and_then(|(_, version)| version.details.as_ref());
            details.is_some_and(|of| of.entities.iter().any(|listed| listed.entity == *entity))
        };
        let mut unlisted = stretches.iter().filter(|(_, pair)| !lists(pair.0) && !lists(pair.1));
        let unlisted = unlisted.next().map(|(stretch, _)| *stretch);
        match unlisted.or(stretches.is_empty().then_some(range)) {
            None => Ok(()),
            Some(stretch) => {
                reject(Reason::EntityNotAuthorised, format_args!("{entity} for {stretch}"))
            }
        }
    }
}

/// What is said where no version of Japan's, or of the partner's, serves the units.
fn missing(used_for: UsePurpose) -> (Reason, Reason) {
    match used_for {
        UsePurpose::Ndc => {
            (Reason::AuthorisationOfJapanMissing, Reason::AuthorisationOfPartnerMissing)
        }
        UsePurpose::Imp | UsePurpose::Op => {
            (Reason::OimpOfJapanMissing, Reason::OimpOfPartnerMissing)
        }
    }
}

fn unit_kind(block: &Block) -> String {
    format!("project {}, vintage {}", block.project, block.vintage)
}

/// The corresponding adjustments of a retirement.
fn adjustments(block: &Block, stretches: Vec<(SerialRange, Pair)>) -> impl Iterator<Item = Effect> {
    let (partner, vintage) = (block.project.country(), block.vintage);
    join(stretches).into_iter().map(move |(stretch, pair)| Effect::AdjustmentBooked {
        partner,
        vintage,
        quantity_tonnes: stretch.quantity(),
        japan_authorisation: pair.0,
        partner_authorisation: pair.1,
    })
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
