//! ApplyTransfer: 振替の申請 (Act, art. 52(2) and (3); registry ordinance, art. 6).

use super::record_issuance::FIRST_NDC_YEAR;
use super::{Case, Decision, Signers, reject, retirement, settlement};
use crate::rejection::{Reason, Rejection};
use crate::state::{Account, Block};
use jcm_format::command::{Purpose, TransferTerms};
use jcm_format::event::{AccountCategory, CreditClass, Effect, Fee};
use jcm_format::id::EntryIndex;
use jcm_format::serial::SerialRange;

pub(super) fn decide(
    case: &Case<'_>,
    terms: &TransferTerms,
    fee_payment: Option<EntryIndex>,
) -> Decision {
    let source = source(case, terms)?;
    let destination = destination(case, terms)?;
    purpose_fits(terms.purpose, destination)?;
    if terms.gratuitous && !destination.category.is_government() {
        return reject(Reason::GratuitousNotApplicable, terms.destination);
    }
    let blocks = blocks(case, terms)?;
    let fee = fee(case, terms, source, destination, &blocks)?;
    let recording = match terms.purpose {
        Purpose::Retirement => retirement::effects(case, terms)?,
        Purpose::Cancellation | Purpose::Other => Vec::new(),
    };
    let settled = match (fee, fee_payment) {
        (Fee::Due(amount), Some(payment)) => {
            Some(settlement::draw(case, payment, terms.source, amount)?)
        }
        (Fee::Due(_), None) => None,
        (Fee::Waived | Fee::NotChargeable | Fee::NotAnApplication, Some(_)) => {
            return reject(Reason::FeePaymentNotNeeded, "fee_payment");
        }
        (Fee::Waived | Fee::NotChargeable | Fee::NotAnApplication, None) => None,
    };
    // After this point the command is accepted.
    let waits = fee.amount().get() != 0 && settled.is_none();
    let mut effects = vec![Effect::TransferApplied { terms: terms.clone(), fee }];
    effects.extend(settled);
    if !waits {
        // Nothing is left for a person to judge: the record is made at once
        // (art. 52(4): without delay).
        effects.push(Effect::TransferRecorded { application: None });
        effects.extend(recording);
    }
    Ok(effects)
}

/// Rule 701, then the role. What does not exist can have no representative.
fn source<'a>(case: &'a Case<'_>, terms: &TransferTerms) -> Result<&'a Account, Rejection> {
    let account = case.state.account(terms.source);
    match account.map(|account| account.category) {
        Some(category) if category.is_sink() => return reject(Reason::SourceIsSink, terms.source),
        // The government moves its own units by two of the operators.
        Some(AccountCategory::GovernmentHolding) => case.signed_by(Signers::TwoOperators)?,
        Some(_) | None => case.signed_by(Signers::Account(terms.source))?,
    }
    account.ok_or_else(|| Rejection::new(Reason::AccountUnknown, terms.source))
}

/// Rules 702 and 703.
pub(super) fn destination<'a>(
    case: &'a Case<'_>,
    terms: &TransferTerms,
) -> Result<&'a Account, Rejection> {
    if terms.destination == terms.source {
        return reject(Reason::DestinationIsSource, terms.destination);
    }
    let found = case.state.account(terms.destination);
    found.ok_or_else(|| Rejection::new(Reason::DestinationUnknown, terms.destination))
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

/// Rules 706 to 708, range by range; then 709.
fn blocks<'a>(
    case: &'a Case<'_>,
    terms: &TransferTerms,
) -> Result<Vec<(SerialRange, &'a Block)>, Rejection> {
    let mut blocks = Vec::with_capacity(terms.ranges.as_slice().len());
    for range in terms.ranges.iter() {
        let issued = case.state.block(range.block());
        let block = issued.filter(|block| range.last() <= block.quantity_tonnes.get());
        let Some(block) = block else { return reject(Reason::UnitsUnknown, range) };
        if !case.state.all_held_by(range, terms.source) {
            return reject(Reason::UnitsNotHeld, range);
        }
        if case.state.reserved_by_other(range, None) {
            return reject(Reason::UnitsReserved, range);
        }
        blocks.push((range, block));
    }
    let outside = |block: &Block| block.class == CreditClass::C;
    let mixed = blocks.windows(2).find(|pair| outside(pair[0].1) != outside(pair[1].1));
    if let Some(pair) = mixed {
        return reject(Reason::ClassesMixed, pair[1].0);
    }
    if terms.purpose == Purpose::Retirement {
        let early = blocks.iter().find(|(_, block)| block.vintage.get() < FIRST_NDC_YEAR);
        if let Some((range, block)) = early {
            let vintage = block.vintage;
            return reject(
                Reason::RetirementBefore2021,
                format_args!("{range}, vintage {vintage}"),
            );
        }
    }
    Ok(blocks)
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
        Fee::Due(case.rules()?.transfer_fee_yen)
    })
}
