//! RecordIssuance: 発行, the record of an increase (Act, art. 45).

use super::consent_issuance::{overlap, project_and_decision};
use super::retirement::covers;
use super::{Case, Decision, reject};
use crate::rejection::{Reason, Rejection};
use jcm_format::amount::Tonnes;
use jcm_format::command::{Basis, RecordIssuance, Side, VintageIssue};
use jcm_format::event::{CreditClass, Effect, Holding};
use jcm_format::id::{BlockNumber, EntryIndex};
use jcm_format::serial::SerialRange;
use jcm_format::text::Name;
use jcm_format::time::{Date, Year};

/// Reductions from this year on can serve a nationally determined contribution.
pub(super) const FIRST_NDC_YEAR: u16 = crate::eligibility::FIRST_NDC_YEAR;

/// The day on which chapter 9 took effect.
const CHAPTER_IN_FORCE: (u16, u8, u8) = (2025, 4, 1);

pub(super) fn decide(case: &Case<'_>, issuance: &RecordIssuance) -> Decision {
    project_and_decision(case, &issuance.project, &issuance.decision)?;
    consent_matches(case, issuance)?;
    let before = case.state.issuances().find(|earlier| {
        earlier.project == issuance.project && overlap(&earlier.decision, &issuance.decision)
    });
    if let Some(earlier) = before {
        return reject(Reason::IssuedBefore, format_args!("entry {}", earlier.entry));
    }
    accounts_can_receive(case, issuance)?;
    let authorisations = authorisations(case, issuance)?;
    // After this point the command is accepted.
    let issued_on = match &issuance.basis {
        Basis::Consent(_) => case.today,
        Basis::CarriedOver { issued_on, .. } => *issued_on,
    };
    let mut effects = vec![Effect::IssuanceRecorded {
        project: issuance.project.clone(),
        decision: issuance.decision.clone(),
        basis: issuance.basis.clone(),
        verifier: issuance.verifier.clone(),
        verification_report: issuance.verification_report,
        quantity_tonnes: issuance.quantity_tonnes,
    }];
    let mut block = case.state.next_block();
    for vintage in issuance.vintages.iter().filter(|v| v.quantity_tonnes != Tonnes::ZERO) {
        let Some(number) = block else { return reject(Reason::EntryTooLarge, "no block is left") };
        let (whole, allocations) = allocate(number, vintage)
            .ok_or_else(|| Rejection::new(Reason::EntryTooLarge, vintage.year))?;
        let class = class(vintage.year, issued_on);
        effects.push(Effect::BlockIssued {
            block: number,
            vintage: vintage.year,
            issued_on,
            class,
            allocations,
        });
        if let Some((japan, partner)) = authorisations
            && FIRST_NDC_YEAR <= vintage.year.get()
        {
            effects.push(Effect::FirstTransferred { range: whole, japan, partner });
        }
        block = number.next();
    }
    Ok(effects)
}

/// Rules 607 and 608.
fn consent_matches(case: &Case<'_>, issuance: &RecordIssuance) -> Result<(), Rejection> {
    let Basis::Consent(entry) = issuance.basis else { return Ok(()) };
    let Some(consent) = case.state.consent(entry) else {
        return reject(Reason::ConsentUnknown, format_args!("entry {entry}"));
    };
    if consent.project != issuance.project || consent.decision != issuance.decision {
        return reject(Reason::ConsentDiffers, format_args!("entry {entry}"));
    }
    Ok(())
}

/// Rules 405 and 610.
fn accounts_can_receive(case: &Case<'_>, issuance: &RecordIssuance) -> Result<(), Rejection> {
    for part in issuance.vintages.iter().flat_map(|vintage| &vintage.allocations) {
        match case.state.live_account(part.account).map(|account| account.category) {
            None => return reject(Reason::AccountUnknown, part.account),
            Some(category) if category.is_sink() => {
                return reject(Reason::AllocationToSink, part.account);
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Rules 611 to 613: the pair under which the units are first transferred.
fn authorisations(
    case: &Case<'_>,
    issuance: &RecordIssuance,
) -> Result<Option<(EntryIndex, EntryIndex)>, Rejection> {
    let Some((japan_id, partner_id)) = &issuance.authorisations else { return Ok(None) };
    let find = |id: &Name, side: Side| {
        let found = case.state.authorisation(id);
        found
            .filter(|record| record.authorisation.side == side)
            .ok_or_else(|| Rejection::new(Reason::AuthorisationUnknown, id))
    };
    let japan = find(japan_id, Side::Japan)?;
    let partner = find(partner_id, Side::Partner)?;
    let vintages = || {
        let with_units = issuance.vintages.iter().filter(|v| v.quantity_tonnes != Tonnes::ZERO);
        with_units.filter(|vintage| FIRST_NDC_YEAR <= vintage.year.get())
    };
    for record in [japan, partner] {
        let same_approach =
            japan.authorisation.cooperative_approach == partner.authorisation.cooperative_approach;
        let covered = vintages().all(|vintage| {
            same_approach && covers(&record.authorisation, &issuance.project, vintage.year)
        });
        if !covered {
            let id = &record.authorisation.id;
            return reject(Reason::AuthorisationDoesNotCover, id);
        }
    }
    let quantity = Tonnes::checked_sum(vintages().map(|vintage| vintage.quantity_tonnes));
    for record in [japan, partner] {
        if quantity.is_none_or(|quantity| record.left_tonnes() < quantity) {
            let (id, left) = (&record.authorisation.id, record.left_tonnes());
            return reject(Reason::AuthorisationExhausted, format_args!("{id}, {left} t left"));
        }
    }
    Ok(Some((japan.entry, partner.entry)))
}

/// Cuts a whole new block into the allocations, in their order.
fn allocate(block: BlockNumber, vintage: &VintageIssue) -> Option<(SerialRange, Vec<Holding>)> {
    let whole = SerialRange::whole_block(block, vintage.quantity_tonnes).ok()?;
    let mut rest = Some(whole);
    let mut allocations = Vec::with_capacity(vintage.allocations.len());
    for part in &vintage.allocations {
        let (range, after) = rest?.split_at(part.quantity_tonnes)?;
        allocations.push(Holding { account: part.account, range });
        rest = after;
    }
    Some((whole, allocations))
}

fn class(vintage: Year, issued_on: Date) -> CreditClass {
    let (year, month, day) = CHAPTER_IN_FORCE;
    let in_this_book =
        (year, month, day) <= (issued_on.year().get(), issued_on.month(), issued_on.day());
    match (FIRST_NDC_YEAR <= vintage.get(), in_this_book) {
        (true, true) => CreditClass::A,
        (true, false) => CreditClass::B1,
        (false, false) => CreditClass::B2,
        (false, true) => CreditClass::C,
    }
}
