//! RecordIssuance: 発行, the record of an increase (Act, art. 45).

use super::authorisations::{Pair, Taken, UsePurpose, covers, have_common_purpose, is_common};
use super::consent_issuance::{overlap, project_and_decision};
use super::{Case, Decision, reject};
use crate::rejection::{Reason, Rejection};
use crate::state::{AuthorisationRecord, AuthorisationVersion};
use jcm_format::amount::Tonnes;
use jcm_format::command::{Basis, FirstTransferDefinition, RecordIssuance, Side, VintageIssue};
use jcm_format::event::{CreditClass, Effect, Holding};
use jcm_format::id::BlockNumber;
use jcm_format::party::Party;
use jcm_format::serial::SerialRange;
use jcm_format::text::Name;
use jcm_format::time::{Date, Year};

/// Reductions from this year on can serve a nationally determined contribution.
pub(super) const FIRST_NDC_YEAR: u16 = crate::eligibility::FIRST_NDC_YEAR;

/// The day on which chapter 9 took effect.
const CHAPTER_IN_FORCE: (u16, u8, u8) = (2025, 4, 1);

/// What earlier issuances of the same command have taken.
#[derive(Default)]
pub(super) struct EarlierIssuances<'a> {
    issuances: Vec<&'a RecordIssuance>,
    taken: Taken,
    /// The last block that they issue.
    last_block: Option<BlockNumber>,
}

pub(super) fn decide(case: &Case<'_>, issuance: &RecordIssuance) -> Decision {
    one(case, issuance, &mut EarlierIssuances::default())
}

/// The rules from 603 on, as of after earlier issuances of the same command.
pub(super) fn one<'a>(
    case: &Case<'_>,
    issuance: &'a RecordIssuance,
    earlier: &mut EarlierIssuances<'a>,
) -> Decision {
    project_and_decision(case, &issuance.project, &issuance.decision)?;
    consent_matches(case, issuance)?;
    is_not_issued(case, issuance, earlier)?;
    accounts_can_receive(case, issuance)?;
    let authorisations = authorisations(case, issuance, &mut earlier.taken)?;
    // After this point the issuance is accepted.
    earlier.issuances.push(issuance);
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
    for vintage in issuance.vintages.iter().filter(|v| v.quantity_tonnes != Tonnes::ZERO) {
        let next = earlier.last_block.map_or_else(|| case.state.next_block(), BlockNumber::next);
        let Some(number) = next else { return reject(Reason::EntryTooLarge, "no block is left") };
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
        earlier.last_block = Some(number);
    }
    Ok(effects)
}

/// Rule 609.
fn is_not_issued(
    case: &Case<'_>,
    issuance: &RecordIssuance,
    earlier: &EarlierIssuances<'_>,
) -> Result<(), Rejection> {
    let recorded = case.state.issuances().find(|recorded| {
        recorded.project == issuance.project && overlap(&recorded.decision, &issuance.decision)
    });
    if let Some(recorded) = recorded {
        return reject(Reason::IssuedBefore, format_args!("entry {}", recorded.entry));
    }
    let in_command = earlier.issuances.iter().position(|earlier| {
        earlier.project == issuance.project && overlap(&earlier.decision, &issuance.decision)
    });
    match in_command {
        None => Ok(()),
        Some(part) => reject(Reason::IssuedBefore, format_args!("parts[{part}]")),
    }
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

/// Rules 611 to 613: the versions under which the units are first transferred.
fn authorisations(
    case: &Case<'_>,
    issuance: &RecordIssuance,
    taken: &mut Taken,
) -> Result<Option<Pair>, Rejection> {
    let Some((japan_id, partner_id)) = &issuance.authorisations else { return Ok(None) };
    let find = |party: Party, id: &Name, side: Side| {
        let found = case.state.authorisation_of(party, id);
        found
            .filter(|record| record.side == side)
            .ok_or_else(|| Rejection::new(Reason::AuthorisationUnknown, id))
    };
    let japan = find(Party::JAPAN, japan_id, Side::Japan)?;
    let partner = find(Party::from(issuance.project.country()), partner_id, Side::Partner)?;
    let japan_version = in_force(japan)?;
    let partner_version = in_force(partner)?;
    let vintages = || {
        let with_units = issuance.vintages.iter().filter(|v| v.quantity_tonnes != Tonnes::ZERO);
        with_units.filter(|vintage| FIRST_NDC_YEAR <= vintage.year.get())
    };
    let is_for_ndc = is_common(UsePurpose::Ndc, japan_version, partner_version);
    let has_purpose = if case.state.article6().is_some() {
        have_common_purpose(japan_version, partner_version)
    } else {
        is_for_ndc
    };
    let fit = has_purpose && japan.cooperative_approach == partner.cooperative_approach;
    for (record, version) in [(japan, japan_version), (partner, partner_version)] {
        let project = &issuance.project;
        if !vintages().all(|vintage| fit && covers(record, version, project, vintage.year)) {
            return reject(Reason::AuthorisationDoesNotCover, &record.id);
        }
    }
    let definition = partner_version.terms.first_transfer;
    if !is_for_ndc
        && vintages().next().is_some()
        && definition == FirstTransferDefinition::UseOrCancellation
    {
        return reject(Reason::FirstTransferLater, &partner.id);
    }
    let quantity = Tonnes::checked_sum(vintages().map(|vintage| vintage.quantity_tonnes));
    for record in [japan, partner] {
        let left = taken.left_of(record);
        if quantity.is_none_or(|quantity| left < quantity) {
            let subject = format_args!("{}, {left} t left", record.id).to_string();
            return reject(Reason::AuthorisationExhausted, subject);
        }
    }
    taken.take([japan, partner], quantity.unwrap_or(Tonnes::ZERO));
    Ok(Some((japan_version.entry, partner_version.entry)))
}

/// Rule 618.
fn in_force(record: &AuthorisationRecord) -> Result<&AuthorisationVersion, Rejection> {
    record.in_force().ok_or_else(|| Rejection::new(Reason::AuthorisationRevoked, &record.id))
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
