//! ApplyTransfer: 振替の申請 (Act, art. 52(2) and (3); registry ordinance, art. 6).

use super::earlier::EarlierTransfers;
use super::{Case, Decision, reject, safeguards, settlement, trusts, units, uses};
use crate::eligibility::{self, ShkGround};
use crate::rejection::{Reason, Rejection};
use crate::state::{Account, Block, is_by_new_trustee, transfer_applicant};
use jcm_format::command::{
    Acceptance, PaymentId, Purpose, TransferTerms, TransferTrust, UseDetails, UseKind,
};
use jcm_format::event::{AccountCategory, CreditClass, Effect, Fee};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::serial::SerialRange;

/// What is asked for.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) terms: &'a TransferTerms,
    pub(super) use_details: Option<&'a UseDetails>,
    pub(super) trust: Option<&'a TransferTrust>,
    pub(super) fee_payment: Option<PaymentId>,
}

/// What a transfer that may be applied for does.
pub(super) struct Accepted {
    /// Of the application, without the effects of recording.
    application: Vec<Effect>,
    recording: Vec<Effect>,
    /// Why it is not recorded at once, if it is not.
    pub(super) waits: Option<&'static str>,
}

impl Accepted {
    /// Everything that the command does.
    pub(super) fn effects(self) -> Vec<Effect> {
        let mut effects = self.application;
        if self.waits.is_none() {
            // Nothing is left for a person to judge: the record is made at once
            // (art. 52(4): without delay).
            effects.extend(self.recording);
        }
        effects
    }
}

pub(super) fn decide(case: &Case<'_>, asked: Asked<'_>) -> Decision {
    let (source, applicant) = (asked.terms.source, transfer_applicant(asked.terms, asked.trust));
    let source = self::source(case, source, applicant, is_by_new_trustee(asked.trust))?;
    Ok(one(case, source, asked, &mut EarlierTransfers::default())?.effects())
}

/// The rules from 702 on, as of after earlier transfers of the same command.
pub(super) fn one(
    case: &Case<'_>,
    source: &Account,
    asked: Asked<'_>,
    earlier: &mut EarlierTransfers,
) -> Result<Accepted, Rejection> {
    let Asked { terms, use_details, trust, .. } = asked;
    let destination = destination(case, terms)?;
    destination_fits(case, terms, trust, destination)?;
    let blocks = units::are_free(case, &terms.ranges, terms.source)?;
    trusts::units_fit(case, terms, trust)?;
    classes_are_one(&blocks)?;
    let first_day = if is_by_new_trustee(trust) {
        None
    } else {
        safeguards::of_transfer(case, terms, source, &blocks, earlier.outgoing)?
    };
    article6_is_adopted(case, terms, use_details)?;
    let recording = effects_of_recording(case, None, asked, earlier)?;
    use_is_eligible(case, terms, &blocks)?;
    use_is_reportable(case, terms)?;
    let fee = fee(case, terms, source, destination, &blocks)?;
    let settled = settled(case, asked, fee, earlier)?;
    // After this point the transfer is accepted.
    earlier.transfer(terms.ranges.quantity());
    let waits = if fee.amount().get() != 0 && settled.is_none() {
        Some("its fee is due and no payment is given")
    } else if trust.is_some() {
        Some("it is about a trust")
    } else if first_day.is_some() {
        Some("it is delayed, because its destination is not trusted")
    } else if case.state.needs_consent(terms, trust) {
        Some("its destination receives units after consent only")
    } else {
        None
    };
    let mut application = vec![Effect::TransferApplied { terms: terms.clone(), fee }];
    application.extend(first_day.map(|not_before| Effect::TransferDelayed { not_before }));
    application.extend(trust.map(|trust| Effect::TransferTrustStated { trust: trust.clone() }));
    application.extend(use_details.map(|details| Effect::UseStated(details.clone())));
    application.extend(settled);
    Ok(Accepted { application, recording, waits })
}

/// Rules 713, 503, 506 and 507: how the fee is settled within the application.
fn settled(
    case: &Case<'_>,
    asked: Asked<'_>,
    fee: Fee,
    earlier: &mut EarlierTransfers,
) -> Result<Option<Effect>, Rejection> {
    match (fee, asked.fee_payment) {
        (Fee::Due(amount), Some(payment)) => {
            let applicant = transfer_applicant(asked.terms, asked.trust);
            settlement::draw(case, payment, applicant, amount, earlier).map(Some)
        }
        (Fee::Waived | Fee::NotChargeable | Fee::NotAnApplication, Some(_)) => {
            reject(Reason::FeePaymentNotNeeded, "fee_payment")
        }
        (Fee::Due(_) | Fee::Waived | Fee::NotChargeable | Fee::NotAnApplication, None) => Ok(None),
    }
}

/// What recording a transfer does, and rules 710 to 733 for what uses units.
pub(super) fn effects_of_recording(
    case: &Case<'_>,
    application: Option<EntryIndex>,
    asked: Asked<'_>,
    earlier: &mut EarlierTransfers,
) -> Decision {
    let mut effects = vec![Effect::TransferRecorded { application }];
    effects.extend(trusts::effects(asked.terms, asked.trust));
    effects.extend(uses::effects(case, asked.terms, asked.use_details, &mut earlier.taken)?);
    Ok(effects)
}

/// Rule 701, then the role, then 761.
pub(super) fn source<'a>(
    case: &'a Case<'_>,
    source: AccountNumber,
    applicant: AccountNumber,
    by_new_trustee: bool,
) -> Result<&'a Account, Rejection> {
    let account = case.state.account(source);
    if account.is_some_and(|account| account.category.is_sink()) {
        return reject(Reason::SourceIsSink, source);
    }
    case.signed_by(case.transferor(source, applicant))?;
    source_is_not_frozen(case, source, by_new_trustee)?;
    account.ok_or_else(|| Rejection::new(Reason::RoleNotPermitted, source))
}

/// Rule 761: a freeze stops what the holder wants, not the new trustee.
pub(super) fn source_is_not_frozen(
    case: &Case<'_>,
    source: AccountNumber,
    by_new_trustee: bool,
) -> Result<(), Rejection> {
    if by_new_trustee { Ok(()) } else { case.is_not_frozen(source) }
}

/// Rules 702 and 703.
pub(super) fn destination<'a>(
    case: &'a Case<'_>,
    terms: &TransferTerms,
) -> Result<&'a Account, Rejection> {
    if terms.destination == terms.source {
        return reject(Reason::DestinationIsSource, terms.destination);
    }
    let found = case.state.live_account(terms.destination);
    found.ok_or_else(|| Rejection::new(Reason::DestinationUnknown, terms.destination))
}

/// Rules 704, 705, 718 and 724.
fn destination_fits(
    case: &Case<'_>,
    terms: &TransferTerms,
    trust: Option<&TransferTrust>,
    destination: &Account,
) -> Result<(), Rejection> {
    purpose_fits(terms.purpose, destination)?;
    if terms.gratuitous && !destination.category.is_government() {
        return reject(Reason::GratuitousNotApplicable, terms.destination);
    }
    let to_a_trustee = match trust {
        Some(TransferTrust::Record(_) | TransferTrust::ChangeTrustee { .. }) => true,
        Some(TransferTrust::Delete(_)) | None => false,
    };
    if to_a_trustee && !destination.is_entity() {
        return reject(Reason::TrustAccount, terms.destination);
    }
    // A destination that applies itself, as a new trustee, wants the units.
    if let Acceptance::Listed(accounts) = &destination.acceptance
        && !is_by_new_trustee(trust)
        && case.rules()?.transferee_acceptance
        && accounts.binary_search(&terms.source).is_err()
    {
        return reject(Reason::NotAccepted, terms.destination);
    }
    Ok(())
}

/// Rule 704.
fn purpose_fits(purpose: Purpose, destination: &Account) -> Result<(), Rejection> {
    let fits = match (purpose, destination.category) {
        (Purpose::Retirement, AccountCategory::Retirement)
        | (Purpose::Cancellation, AccountCategory::Cancellation)
        | (Purpose::Other, AccountCategory::Entity | AccountCategory::GovernmentHolding) => true,
        (Purpose::Retirement | Purpose::Cancellation | Purpose::Other, _) => false,
    };
    if fits {
        return Ok(());
    }
    let (number, category) = (destination.number, destination.category);
    reject(
        Reason::PurposeDestinationMismatch,
        format_args!("{purpose} into {number}, a {category} account"),
    )
}

/// Rule 709.
fn classes_are_one(blocks: &[(SerialRange, &Block)]) -> Result<(), Rejection> {
    let outside = |block: &Block| block.class == CreditClass::C;
    let Some((_, first)) = blocks.first() else { return Ok(()) };
    match blocks.iter().find(|(_, block)| outside(block) != outside(first)) {
        None => Ok(()),
        Some((range, _)) => reject(Reason::ClassesMixed, range),
    }
}

/// Rule 616 for the uses that only Article 6 knows.
fn article6_is_adopted(
    case: &Case<'_>,
    terms: &TransferTerms,
    use_details: Option<&UseDetails>,
) -> Result<(), Rejection> {
    let is_new = terms.use_.as_ref().is_some_and(|use_| use_.kind.needs_article6());
    if is_new || use_details.is_some_and(|details| details.entity.is_some()) {
        case.article6()?;
    }
    Ok(())
}

/// Rules 734 and 735: what is reported under SHK or GX-ETS.
fn use_is_reportable(case: &Case<'_>, terms: &TransferTerms) -> Result<(), Rejection> {
    let (Some(article6), Some(use_)) = (case.state.article6(), &terms.use_) else { return Ok(()) };
    if use_.kind == UseKind::GxEts && article6.gx_ets_cap_basis_points.is_none() {
        return reject(Reason::GxEtsOff, "use.kind");
    }
    if matches!(use_.kind, UseKind::Shk | UseKind::GxEts) && use_.reporting_year.is_none() {
        return reject(Reason::ReportingYearMissing, "use.reporting_year");
    }
    Ok(())
}

/// Rule 714: what serves the reports of emitters under the Act (SHK).
fn use_is_eligible(
    case: &Case<'_>,
    terms: &TransferTerms,
    blocks: &[(SerialRange, &Block)],
) -> Result<(), Rejection> {
    if terms.use_.as_ref().is_none_or(|use_| use_.kind != UseKind::Shk) {
        return Ok(());
    }
    let rules = case.rules()?;
    for (range, block) in blocks {
        let project = case.state.project(&block.project);
        let public_input = project.and_then(|project| project.public_input_date);
        let ground = eligibility::shk(rules, block.vintage, block.issued_on, public_input);
        // Those before 2021 are retired by nobody: rule 710.
        let eligible = ground.is_some_and(|ground| {
            ground != ShkGround::FromNdcPeriod || terms.purpose == Purpose::Retirement
        });
        if !eligible {
            let vintage = block.vintage;
            return reject(Reason::UseNotEligible, format_args!("{range}, vintage {vintage}"));
        }
    }
    Ok(())
}

/// Cabinet Order, art. 20; registry ordinance, art. 18.
fn fee(
    case: &Case<'_>,
    terms: &TransferTerms,
    source: &Account,
    destination: &Account,
    blocks: &[(SerialRange, &Block)],
) -> Result<Fee, Rejection> {
    let outside_the_statute = blocks.iter().all(|(_, block)| block.class == CreditClass::C);
    Ok(if source.category.is_government() {
        Fee::NotAnApplication
    } else if outside_the_statute {
        Fee::NotChargeable
    } else if terms.gratuitous && destination.category.is_government() {
        Fee::Waived
    } else {
        Fee::Due(case.fees()?.transfer_fee_yen)
    })
}
