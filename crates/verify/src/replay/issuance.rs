//! Projects, consents and issuance.

use super::judge::Case;
use super::paris::{Authorised, Version, japan};
use super::state::{Period, Project};
use super::{article6, books};
use crate::code::{Broken, Code, Judged, ensure};
use crate::holdings::{Pair, class_of};
use jcm_format::amount::Tonnes;
use jcm_format::command::{
    Allocation, AuthorisedPurposes, Basis, Decision, FirstTransferDefinition, RecordIssuance,
    RegisterProject, Side, VintageIssue,
};
use jcm_format::event::{AccountCategory, Effect, Holding};
use jcm_format::hash::Digest;
use jcm_format::id::{BlockNumber, Country, EntryIndex, ProjectRef};
use jcm_format::party::Party;
use jcm_format::serial::SerialRange;
use jcm_format::text::Name;
use jcm_format::time::Date;

/// Mitigation is transferred internationally from this vintage on.
pub(crate) const FIRST_PARIS_VINTAGE: u16 = 2021;

/// Rule 601.
pub(crate) fn register_project(case: &Case<'_>, project: &RegisterProject) -> Judged<Vec<Effect>> {
    let reference = &project.reference;
    ensure(!case.state.projects.contains_key(reference), Code::ProjectExists, || {
        format!("project {reference} is registered already")
    })?;
    Ok(vec![Effect::ProjectRegistered {
        reference: reference.clone(),
        title: project.title.clone(),
        methodology: project.methodology.clone(),
        public_input_date: project.public_input_date,
    }])
}

/// Rule 603.
pub(crate) fn project<'a>(case: &Case<'a>, reference: &ProjectRef) -> Judged<&'a Project> {
    case.state.projects.get(reference).ok_or_else(|| {
        Code::ProjectUnknown.broken(format!("project {reference} is not registered"))
    })
}

/// Rules 603, 614 and 822.
pub(crate) fn register_proponent(
    case: &Case<'_>,
    reference: &ProjectRef,
    person: Digest,
) -> Judged<Vec<Effect>> {
    let known = project(case, reference)?;
    ensure(!known.proponents.contains(&person), Code::ProponentExists, || {
        format!("the individual {person} is a proponent of {reference} already")
    })?;
    books::not_erased(case, person)?;
    Ok(vec![Effect::ProponentRegistered { project: reference.clone(), person }])
}

/// Rules 604 and 605.
fn decided(case: &Case<'_>, decision: &Decision) -> Judged<()> {
    case.not_in_future(decision.date)?;
    ensure(decision.period_end <= decision.date, Code::DecisionBeforePeriodEnd, || {
        format!(
            "the decision of {} is before {}, the last day of the period",
            decision.date, decision.period_end
        )
    })
}

/// Rules 603 to 606.
pub(crate) fn consent(
    case: &Case<'_>,
    reference: &ProjectRef,
    decision: &Decision,
) -> Judged<Vec<Effect>> {
    let known = project(case, reference)?;
    decided(case, decision)?;
    let period = Period::of(decision);
    let fresh = !known.consented.iter().any(|earlier| earlier.overlaps(period));
    ensure(fresh, Code::ConsentExists, || {
        format!("a consent for {reference} covers part of {} to {}", period.first, period.last)
    })?;
    let decision = decision.clone();
    Ok(vec![Effect::IssuanceConsented { project: reference.clone(), decision }])
}

/// Rules 603 to 613, and the blocks that follow.
pub(crate) fn record(case: &Case<'_>, issuance: &RecordIssuance) -> Judged<Vec<Effect>> {
    let known = project(case, &issuance.project)?;
    decided(case, &issuance.decision)?;
    let issued_on = match &issuance.basis {
        Basis::Consent(consent) => {
            consented(case, *consent, issuance)?;
            case.today()
        }
        Basis::CarriedOver { issued_on, .. } => *issued_on,
    };
    let period = Period::of(&issuance.decision);
    let mut earlier = known.issued.iter().copied().chain(case.before.issued_for(&issuance.project));
    let fresh = !earlier.any(|earlier| earlier.overlaps(period));
    ensure(fresh, Code::IssuedBefore, || {
        format!(
            "units of {} for part of {} to {} were issued before",
            issuance.project, period.first, period.last
        )
    })?;
    creditable(case, issuance)?;
    let pair = match &issuance.authorisations {
        Some((japan, partner)) => Some(first_transfer(case, issuance, japan, partner)?),
        None => None,
    };
    let mut effects = vec![Effect::IssuanceRecorded {
        project: issuance.project.clone(),
        decision: issuance.decision.clone(),
        basis: issuance.basis.clone(),
        verifier: issuance.verifier.clone(),
        verification_report: issuance.verification_report,
        quantity_tonnes: issuance.quantity_tonnes,
    }];
    let mut block = match case.before.last_block() {
        Some(last) => last.next(),
        None => case.state.units.next_block(),
    };
    for vintage in issuance.vintages.iter().filter(|vintage| has_units(vintage)) {
        let number = block.ok_or_else(exhausted)?;
        effects.push(issued_block(number, vintage, issued_on)?);
        if let Some(Pair { japan, partner }) = pair.filter(|_| is_paris(vintage)) {
            let whole = SerialRange::whole_block(number, vintage.quantity_tonnes);
            let range = whole.map_err(|_| exhausted())?;
            effects.push(Effect::FirstTransferred { range, japan, partner });
        }
        block = number.next();
    }
    Ok(effects)
}

fn exhausted() -> Broken {
    Code::ConservationBroken.broken("the numbers of blocks or units have run out")
}

fn has_units(vintage: &VintageIssue) -> bool {
    vintage.quantity_tonnes != Tonnes::ZERO
}

fn is_paris(vintage: &VintageIssue) -> bool {
    FIRST_PARIS_VINTAGE <= vintage.year.get()
}

/// Rules 607 and 608.
fn consented(case: &Case<'_>, consent: EntryIndex, issuance: &RecordIssuance) -> Judged<()> {
    let Some((project, decision)) = case.state.consents.get(&consent) else {
        let detail = format!("entry {consent} is named as the partner's consent and is none");
        return Err(Code::ConsentUnknown.broken(detail));
    };
    let same = (project, decision) == (&issuance.project, &issuance.decision);
    ensure(same, Code::ConsentDiffers, || {
        format!("the consent of entry {consent} is for another project or decision than is issued")
    })
}

/// Rules 405 and 610.
fn creditable(case: &Case<'_>, issuance: &RecordIssuance) -> Judged<()> {
    let credited = || {
        issuance.vintages.iter().flat_map(|vintage| &vintage.allocations).map(|part| part.account)
    };
    for account in credited() {
        ensure(case.state.open_category(account).is_some(), Code::AccountUnknown, || {
            format!("units are issued to account {account}, which does not exist or is closed")
        })?;
    }
    for account in credited() {
        let sink = case.state.category(account).is_none_or(AccountCategory::is_sink);
        ensure(!sink, Code::AllocationToSink, || {
            format!("units are issued to account {account}, a retirement or cancellation account")
        })?;
    }
    Ok(())
}

/// An authorisation, its version in force, and the entry by which it is known.
type Named<'a> = (EntryIndex, &'a Authorised, &'a Version);

/// Rules 611, 618, 612, 621 and 613 for a first transfer at issuance.
fn first_transfer(
    case: &Case<'_>,
    issuance: &RecordIssuance,
    japan: &Name,
    partner: &Name,
) -> Judged<Pair> {
    let country = issuance.project.country();
    let japan = on_side(case, japan, Side::Japan, country)?;
    let partner = on_side(case, partner, Side::Partner, country)?;
    let [japan, partner] = [in_force(japan)?, in_force(partner)?];
    let paris: Vec<&VintageIssue> = issuance
        .vintages
        .iter()
        .filter(|vintage| has_units(vintage) && is_paris(vintage))
        .collect();
    let common = common_purposes(japan.2, partner.2);
    let fits = match case.state.paris.data {
        Some(_) => common.ndc || common.imp || common.op,
        None => common.ndc,
    };
    for vintage in &paris {
        let year = vintage.year;
        let covers = |(_, authorised, version): &Named<'_>| {
            authorised.covers_vintage(version, &issuance.project, year)
        };
        let covered = [japan, partner].iter().all(covers) && japan.1.approach == partner.1.approach;
        ensure(covered && fits, Code::AuthorisationDoesNotCover, || {
            format!(
                "the authorisations named do not both cover {} of {year} for a purpose under one approach",
                issuance.project
            )
        })?;
    }
    let later = partner.2.terms.first_transfer == FirstTransferDefinition::UseOrCancellation;
    ensure(paris.is_empty() || common.ndc || !later, Code::FirstTransferLater, || {
        format!(
            "units are first transferred at their issuance under authorisation {}, which says at use or cancellation",
            partner.0
        )
    })?;
    let quantity = Tonnes::checked_sum(paris.iter().map(|vintage| vintage.quantity_tonnes));
    for (first, authorised, _) in [japan, partner] {
        let left = authorised.left().checked_sub(case.before.of_authorisation(first));
        let left = left.unwrap_or(Tonnes::ZERO);
        ensure(quantity.is_some_and(|q| q <= left), Code::AuthorisationExhausted, || {
            format!("the issuance needs more than the {left} tonnes left of authorisation {first}")
        })?;
    }
    Ok(Pair { japan: japan.2.entry, partner: partner.2.entry })
}

/// The purposes of both versions of a pair.
fn common_purposes(japan: &Version, partner: &Version) -> AuthorisedPurposes {
    let (one, other) = (japan.terms.purposes, partner.terms.purposes);
    AuthorisedPurposes {
        ndc: one.ndc && other.ndc,
        imp: one.imp && other.imp,
        op: one.op && other.op,
    }
}

/// Rule 611. Once Article 6 is adopted, an identifier is one of its Party.
fn on_side<'a>(
    case: &Case<'a>,
    id: &Name,
    side: Side,
    country: Country,
) -> Judged<(EntryIndex, &'a Authorised)> {
    let paris = &case.state.paris;
    let party = match side {
        Side::Japan => japan()?,
        Side::Partner => Party::from(country),
    };
    let namesakes = paris.ids.get(id).into_iter().flatten();
    let mut own = namesakes
        .filter(|(of, _)| paris.data.is_none() || **of == party)
        .filter_map(|(_, entry)| Some((*entry, paris.authorisations.get(entry)?)))
        .filter(|(_, authorised)| authorised.side == side);
    own.next().ok_or_else(|| {
        let detail = format!("authorisation {id} is not recorded, or not on the side of {side:?}");
        Code::AuthorisationUnknown.broken(detail)
    })
}

/// Rule 618.
fn in_force<'a>((entry, authorised): (EntryIndex, &'a Authorised)) -> Judged<Named<'a>> {
    let version = authorised.in_force().ok_or_else(|| article6::revoked(entry))?;
    Ok((entry, authorised, version))
}

fn issued_block(number: BlockNumber, vintage: &VintageIssue, issued_on: Date) -> Judged<Effect> {
    Ok(Effect::BlockIssued {
        block: number,
        vintage: vintage.year,
        issued_on,
        class: class_of(vintage.year, issued_on),
        allocations: allotted(number, vintage)?,
    })
}

/// The units of a block, handed out in the order of the allocations.
fn allotted(number: BlockNumber, vintage: &VintageIssue) -> Judged<Vec<Holding>> {
    let whole = SerialRange::whole_block(number, vintage.quantity_tonnes);
    let mut rest = Some(whole.map_err(|_| exhausted())?);
    let mut holdings = Vec::with_capacity(vintage.allocations.len());
    for Allocation { account, quantity_tonnes } in &vintage.allocations {
        let split = rest.and_then(|rest| rest.split_at(*quantity_tonnes));
        let (range, left) = split.ok_or_else(exhausted)?;
        holdings.push(Holding { account: *account, range });
        rest = left;
    }
    Ok(holdings)
}
