//! ApplyTransfer: 振替の申請 (Act, art. 52(2) and (3); registry ordinance, art. 6).

use super::{Case, Decision, reject, retirement, safeguards, settlement, trusts, units};
use crate::eligibility::{self, ShkGround};
use crate::rejection::{Reason, Rejection};
use crate::state::{Account, Block, is_by_new_trustee, transfer_applicant};
use jcm_format::command::{Acceptance, PaymentId, Purpose, TransferTerms, TransferTrust, UseKind};
use jcm_format::event::{AccountCategory, CreditClass, Effect, Fee};
use jcm_format::id::EntryIndex;
use jcm_format::serial::SerialRange;

pub(super) fn decide(
    case: &Case<'_>,
    terms: &TransferTerms,
    trust: Option<&TransferTrust>,
    fee_payment: Option<PaymentId>,
) -> Decision {
    let source = source(case, terms, trust)?;
    let destination = destination(case, terms)?;
    destination_fits(case, terms, trust, destination)?;
    let blocks = units::are_free(case, &terms.ranges, terms.source)?;
    trusts::units_fit(case, terms, trust)?;
    classes_are_one(&blocks)?;
    let first_day = if is_by_new_trustee(trust) {
        None
    } else {
        safeguards::of_transfer(case, terms, source, &blocks)?
    };
    let recording = effects_of_recording(case, None, terms, trust)?;
    use_is_eligible(case, terms, &blocks)?;
    let fee = fee(case, terms, source, destination, &blocks)?;
    let settled = match (fee, fee_payment) {
        (Fee::Due(amount), Some(payment)) => {
            let applicant = transfer_applicant(terms, trust);
            Some(settlement::draw(case, payment, applicant, amount)?)
        }
        (Fee::Due(_), None) => None,
        (Fee::Waived | Fee::NotChargeable | Fee::NotAnApplication, Some(_)) => {
            return reject(Reason::FeePaymentNotNeeded, "fee_payment");
        }
        (Fee::Waived | Fee::NotChargeable | Fee::NotAnApplication, None) => None,
    };
    // After this point the command is accepted.
    let is_due = fee.amount().get() != 0 && settled.is_none();
    let waits =
        is_due || trust.is_some() || first_day.is_some() || case.state.needs_consent(terms, trust);
    let mut effects = vec![Effect::TransferApplied { terms: terms.clone(), fee }];
    effects.extend(first_day.map(|not_before| Effect::TransferDelayed { not_before }));
    effects.extend(trust.map(|trust| Effect::TransferTrustStated { trust: trust.clone() }));
    effects.extend(settled);
    if !waits {
        // Nothing is left for a person to judge: the record is made at once
        // (art. 52(4): without delay).
        effects.extend(recording);
    }
    Ok(effects)
}

/// What recording a transfer does, and rules 710 to 613 for a retirement.
pub(super) fn effects_of_recording(
    case: &Case<'_>,
    application: Option<EntryIndex>,
    terms: &TransferTerms,
    trust: Option<&TransferTrust>,
) -> Decision {
    let mut effects = vec![Effect::TransferRecorded { application }];
    effects.extend(trusts::effects(terms, trust));
    effects.extend(match terms.purpose {
        Purpose::Retirement => retirement::effects(case, terms)?,
        Purpose::Cancellation | Purpose::Other => Vec::new(),
    });
    Ok(effects)
}

/// Rule 701, then the role, then 761.
fn source<'a>(
    case: &'a Case<'_>,
    terms: &TransferTerms,
    trust: Option<&TransferTrust>,
) -> Result<&'a Account, Rejection> {
    let account = case.state.account(terms.source);
    if account.is_some_and(|account| account.category.is_sink()) {
        return reject(Reason::SourceIsSink, terms.source);
    }
    case.signed_by(case.transferor(terms, trust))?;
    source_is_not_frozen(case, terms, trust)?;
    account.ok_or_else(|| Rejection::new(Reason::RoleNotPermitted, terms.source))
}

/// Rule 761: a freeze stops what the holder wants, not the new trustee.
pub(super) fn source_is_not_frozen(
    case: &Case<'_>,
    terms: &TransferTerms,
    trust: Option<&TransferTrust>,
) -> Result<(), Rejection> {
    if is_by_new_trustee(trust) { Ok(()) } else { case.is_not_frozen(terms.source) }
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
