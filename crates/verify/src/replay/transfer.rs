//! Transfers, and with them retirement and its adjustments.

use super::fees;
use super::judge::Case;
use super::retirement;
use super::state::Kind;
use crate::code::{Code, Judged, ensure};
use crate::holdings::Block;
use jcm_format::command::{Purpose, TransferTerms};
use jcm_format::event::{AccountCategory, CreditClass, Effect, Fee};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::serial::SerialRange;

/// Rule 701, which comes before the role.
pub(crate) fn source_is_no_sink(case: &Case<'_>, terms: &TransferTerms) -> Judged<()> {
    let sink = case.state.category(terms.source).is_some_and(AccountCategory::is_sink);
    ensure(!sink, Code::SourceIsSink, || {
        format!("units are taken out of account {}, which nothing may leave", terms.source)
    })
}

/// Rules 702 to 713, 503, 506 and 507.
pub(crate) fn apply(
    case: &Case<'_>,
    terms: &TransferTerms,
    fee_payment: Option<EntryIndex>,
) -> Judged<Vec<Effect>> {
    let destination = destination(case, terms)?;
    for range in terms.ranges.iter() {
        transferable(case, terms.source, range)?;
    }
    let classes = classes(case, terms)?;
    let retirement = match terms.purpose {
        Purpose::Retirement => retirement::effects(case, terms, true)?,
        Purpose::Cancellation | Purpose::Other => Vec::new(),
    };
    let fee = fee(case, terms, destination, &classes);
    let mut effects = vec![Effect::TransferApplied { terms: terms.clone(), fee }];
    let at_once = match (fee, fee_payment) {
        (Fee::Due(_), None) => false,
        (Fee::Due(amount), Some(payment)) => {
            effects.push(fees::draw(case, payment, terms.source, amount)?);
            true
        }
        (Fee::Waived | Fee::NotChargeable | Fee::NotAnApplication, None) => true,
        (Fee::Waived | Fee::NotChargeable | Fee::NotAnApplication, Some(payment)) => {
            let detail = format!("a fee is drawn from payment {payment} where none is due");
            return Err(Code::FeePaymentNotNeeded.broken(detail));
        }
    };
    if at_once {
        effects.push(Effect::TransferRecorded { application: None });
        effects.extend(retirement);
    }
    Ok(effects)
}

/// Rules 504, 505, 511, 703 and 711 to 613.
pub(crate) fn record(case: &Case<'_>, application: EntryIndex) -> Judged<Vec<Effect>> {
    let wanted = "an application for a transfer";
    let known = case.open_application(application, wanted, |known| {
        matches!(known.kind, Kind::Transfer { .. })
    })?;
    case.settled(application, known)?;
    let mut effects = vec![Effect::TransferRecorded { application: Some(application) }];
    if let Kind::Transfer { terms, .. } = &known.kind {
        open(case, terms.destination)?;
        match terms.purpose {
            Purpose::Retirement => effects.extend(retirement::effects(case, terms, false)?),
            Purpose::Cancellation | Purpose::Other => {}
        }
    }
    Ok(effects)
}

/// Rule 703. Accounts are not closed yet, so one that exists is open.
fn open(case: &Case<'_>, account: AccountNumber) -> Judged<AccountCategory> {
    case.state.category(account).ok_or_else(|| {
        let detail = format!("units are sent to account {account}, which does not exist");
        Code::DestinationUnknown.broken(detail)
    })
}

/// Rules 702 to 705.
fn destination(case: &Case<'_>, terms: &TransferTerms) -> Judged<AccountCategory> {
    let TransferTerms { source, destination, purpose, .. } = terms;
    ensure(source != destination, Code::DestinationIsSource, || {
        format!("account {source} is both source and destination")
    })?;
    let category = open(case, *destination)?;
    let fits = match purpose {
        Purpose::Retirement => category == AccountCategory::Retirement,
        Purpose::Cancellation => category == AccountCategory::Cancellation,
        Purpose::Other => !category.is_sink(),
    };
    ensure(fits, Code::PurposeDestinationMismatch, || {
        format!("the purpose is {purpose}, but account {destination} is a {category} account")
    })?;
    ensure(!terms.gratuitous || category.is_government(), Code::GratuitousNotApplicable, || {
        format!(
            "declared free of charge towards account {destination}, which is no government account"
        )
    })?;
    Ok(category)
}

/// Rules 706 to 708.
fn transferable(case: &Case<'_>, source: AccountNumber, range: SerialRange) -> Judged<()> {
    let units = &case.state.units;
    ensure(units.block_of(range).is_some(), Code::UnitsUnknown, || {
        format!("of units {range}, some were never issued")
    })?;
    for (part, holder) in units.held.stretches(range) {
        ensure(holder == Some(source), Code::UnitsNotHeld, || {
            let holder = holder.map_or_else(|| "nobody".to_owned(), |account| account.to_string());
            format!("units {part} are taken from account {source}, but are held by {holder}")
        })?;
    }
    for (part, application) in units.reserved.stretches(range) {
        ensure(application.is_none(), Code::UnitsReserved, || {
            let entry = application.map_or(0, EntryIndex::get);
            format!("units {part} are reserved by application {entry}")
        })?;
    }
    Ok(())
}

/// Rule 709: the classes of the ranges, in order.
fn classes(case: &Case<'_>, terms: &TransferTerms) -> Judged<Vec<CreditClass>> {
    let blocks = terms.ranges.iter().filter_map(|range| case.state.units.block_of(range));
    let classes: Vec<CreditClass> = blocks.map(|block: &Block| block.class).collect();
    let of_class_c = classes.iter().filter(|class| **class == CreditClass::C).count();
    ensure(of_class_c == 0 || of_class_c == classes.len(), Code::ClassesMixed, || {
        "units of class C, which lie outside the Act, are mixed with others".to_owned()
    })?;
    Ok(classes)
}

/// The fee (Cabinet Order, art. 20; registry ordinance, art. 18).
fn fee(
    case: &Case<'_>,
    terms: &TransferTerms,
    destination: AccountCategory,
    classes: &[CreditClass],
) -> Fee {
    let by_government =
        case.state.category(terms.source).is_some_and(AccountCategory::is_government);
    if by_government {
        Fee::NotAnApplication
    } else if classes.iter().all(|class| *class == CreditClass::C) {
        Fee::NotChargeable
    } else if terms.gratuitous && destination.is_government() {
        Fee::Waived
    } else {
        Fee::Due(case.state.rules.transfer_fee_yen)
    }
}
