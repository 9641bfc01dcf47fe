//! Transfers, and with them retirement and its adjustments; from whom a holder
//! receives units.

use super::issuance::FIRST_PARIS_VINTAGE;
use super::judge::Case;
use super::state::{Consent, Kind};
use super::uses::{self, Stage};
use super::{article6, fees, restrictions, rules, safeguards, trusts};
use crate::code::{Code, Judged, contradiction, ensure};
use crate::holdings::Block;
use jcm_format::amount::Yen;
use jcm_format::command::{
    Acceptance, PaymentId, Purpose, TransferTerms, TransferTrust, UseDetails, UseKind,
};
use jcm_format::event::{AccountCategory, CreditClass, Effect, Fee};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::serial::SerialRange;

/// Rule 701, which comes before the role.
pub(crate) fn source_is_no_sink(case: &Case<'_>, source: AccountNumber) -> Judged<()> {
    let sink = case.state.category(source).is_some_and(AccountCategory::is_sink);
    ensure(!sink, Code::SourceIsSink, || {
        format!("units are taken out of account {source}, which nothing may leave")
    })
}

/// What is asked for, alone or as a part of a command.
pub(crate) struct Asked<'t> {
    pub(crate) terms: &'t TransferTerms,
    pub(crate) use_details: Option<&'t UseDetails>,
    pub(crate) trust: Option<&'t TransferTrust>,
    pub(crate) fee_payment: Option<PaymentId>,
}

/// The account that applies: the new trustee, where one does.
pub(crate) fn applicant(terms: &TransferTerms, trust: Option<&TransferTrust>) -> AccountNumber {
    if by_new_trustee(trust) { terms.destination } else { terms.source }
}

/// Whether a new trustee applies, on whom the safeguards of the former do not
/// act: a holder's own will is what they are about. Nor is it asked whether it
/// will receive what it applies for.
pub(crate) fn by_new_trustee(trust: Option<&TransferTrust>) -> bool {
    matches!(trust, Some(TransferTrust::ChangeTrustee { by_new_trustee: true, .. }))
}

/// Rule 761, and all rules from 702 on.
pub(crate) fn apply(case: &Case<'_>, asked: &Asked<'_>) -> Judged<Vec<Effect>> {
    if !by_new_trustee(asked.trust) {
        safeguards::not_frozen(case, asked.terms.source)?;
    }
    ask(case, asked).map(|(effects, _)| effects)
}

/// All rules from 702 on, in the order of the specification; whether the transfer is
/// recorded at once.
pub(crate) fn ask(case: &Case<'_>, asked: &Asked<'_>) -> Judged<(Vec<Effect>, bool)> {
    let Asked { terms, use_details, trust, .. } = *asked;
    let destination = destination(case, terms)?;
    trusts::trustee_account(terms.destination, destination, trust)?;
    if !by_new_trustee(trust) {
        accepted(case, terms)?;
    }
    for range in terms.ranges.iter() {
        transferable(case, terms.source, range)?;
    }
    trusts::property(case, terms, trust)?;
    let classes = classes(case, terms)?;
    let delay = if by_new_trustee(trust) { None } else { safeguards::outgoing(case, terms)? };
    new_use(case, terms, use_details)?;
    let used = uses::effects(case, terms, use_details, Stage::Applying)?;
    eligible(case, terms)?;
    article6::reportable(case, terms.use_.as_ref())?;
    let fee = fee(case, terms, destination, &classes)?;
    let mut effects = vec![Effect::TransferApplied { terms: terms.clone(), fee }];
    effects.extend(delay.map(|not_before| Effect::TransferDelayed { not_before }));
    effects.extend(trust.map(|trust| Effect::TransferTrustStated { trust: trust.clone() }));
    effects.extend(use_details.map(|details| Effect::UseStated(details.clone())));
    let nothing_due = settle(case, asked, fee, &mut effects)?;
    let waits = delay.is_some() || case.state.asks_consent(terms.destination);
    let recorded = nothing_due && trust.is_none() && !waits;
    if recorded {
        effects.push(Effect::TransferRecorded { application: None });
        effects.extend(used);
    }
    Ok((effects, recorded))
}

/// Rule 616, for what a use could not be or name before.
fn new_use(case: &Case<'_>, terms: &TransferTerms, details: Option<&UseDetails>) -> Judged<()> {
    let kind = terms.use_.as_ref().map(|use_| use_.kind);
    if matches!(kind, Some(UseKind::OtherPurposes | UseKind::Omge)) {
        article6::adopted(case, "units are used for other purposes or for OMGE")?;
    }
    match details.and_then(|details| details.entity.as_ref()) {
        Some(entity) => article6::adopted(case, &format!("units are used by {entity}")),
        None => Ok(()),
    }
}

/// Rules 713, 503, 506 and 507; whether nothing is due any more.
fn settle(case: &Case<'_>, asked: &Asked<'_>, fee: Fee, effects: &mut Vec<Effect>) -> Judged<bool> {
    match (fee, asked.fee_payment) {
        (
            Fee::Due(Yen::ZERO) | Fee::Waived | Fee::NotChargeable | Fee::NotAnApplication,
            payment,
        ) => {
            ensure(payment.is_none(), Code::FeePaymentNotNeeded, || {
                "a fee is drawn from a payment where none is due".to_owned()
            })?;
            Ok(true)
        }
        (Fee::Due(_), None) => Ok(false),
        (Fee::Due(amount), Some(payment)) => {
            effects.push(fees::draw(case, payment, applicant(asked.terms, asked.trust), amount)?);
            Ok(true)
        }
    }
}

/// Rules 504, 505, 512, 511, 761, 765, 725, 703, 715, 720, 727 and 729 to 613.
pub(crate) fn record(case: &Case<'_>, application: EntryIndex) -> Judged<Vec<Effect>> {
    let wanted = "an application for a transfer";
    let known = case.open_application(application, wanted, |known| {
        matches!(known.kind, Kind::Transfer { .. })
    })?;
    case.complete(application, known)?;
    case.settled(application, known)?;
    let Kind::Transfer { terms, trust, use_details } = &known.kind else {
        return Err(contradiction("an application is of another kind"));
    };
    if !by_new_trustee(trust.as_ref()) {
        safeguards::not_frozen(case, terms.source)?;
    }
    safeguards::day_has_come(case, application, known)?;
    ensure(known.consent != Consent::Awaited, Code::AcceptanceAwaited, || {
        format!("the transfer of application {application} still awaits the transferee's consent")
    })?;
    open(case, terms.destination)?;
    terms.ranges.iter().try_for_each(|range| restrictions::free(case, range))?;
    trusts::office(case, terms, trust.as_ref())?;
    let used = uses::effects(case, terms, use_details.as_deref(), Stage::Recording)?;
    let mut effects = vec![Effect::TransferRecorded { application: Some(application) }];
    effects.extend(trusts::effects(terms, trust.as_ref()));
    effects.extend(used);
    Ok(effects)
}

/// Rule 726; that the application exists was judged with the role.
pub(crate) fn accept(case: &Case<'_>, application: EntryIndex) -> Judged<Vec<Effect>> {
    let known = case.open_application(application, "an application for a transfer", |known| {
        matches!(known.kind, Kind::Transfer { .. })
    })?;
    ensure(known.consent == Consent::Awaited, Code::AcceptanceNotAsked, || {
        format!("application {application} does not await the transferee's consent")
    })?;
    Ok(vec![Effect::TransferAccepted { application }])
}

/// Rule 723.
pub(crate) fn set_acceptance(
    case: &Case<'_>,
    account: AccountNumber,
    acceptance: &Acceptance,
) -> Judged<Vec<Effect>> {
    ensure(case.state.rules.transferee_acceptance, Code::AcceptanceOff, || {
        format!("account {account} chooses from whom it receives, which the rules do not allow")
    })?;
    Ok(vec![Effect::AcceptanceSet { account, acceptance: acceptance.clone() }])
}

/// Rule 703: the account was opened and is not closed.
pub(crate) fn open(case: &Case<'_>, account: AccountNumber) -> Judged<AccountCategory> {
    case.state.open_category(account).ok_or_else(|| {
        let closed = case.state.category(account).is_some();
        let why = if closed { "is closed" } else { "does not exist" };
        let detail = format!("units are sent to account {account}, which {why}");
        Code::DestinationUnknown.broken(detail)
    })
}

/// Rule 724.
fn accepted(case: &Case<'_>, terms: &TransferTerms) -> Judged<()> {
    let TransferTerms { source, destination, .. } = terms;
    let known = case.state.accounts.get(destination).map(|account| &account.acceptance);
    let listed = match known {
        Some(Acceptance::Listed(accounts)) => accounts.contains(source),
        Some(Acceptance::Anybody | Acceptance::Consent) | None => true,
    };
    ensure(listed || !case.state.rules.transferee_acceptance, Code::NotAccepted, || {
        format!(
            "account {destination} receives units from listed accounts only, and {source} is none"
        )
    })
}

/// Rule 714, range by range.
fn eligible(case: &Case<'_>, terms: &TransferTerms) -> Judged<()> {
    if !terms.use_.as_ref().is_some_and(|use_| use_.kind == UseKind::Shk) {
        return Ok(());
    }
    let rules = &case.state.rules;
    for range in terms.ranges.iter() {
        let block = case.state.units.block_of(range);
        let block = block.ok_or_else(|| contradiction("a block is gone"))?;
        let project = case.state.projects.get(&block.project);
        let public_input = project.and_then(|project| project.public_input);
        let fits = if FIRST_PARIS_VINTAGE <= block.vintage.get() {
            terms.purpose == Purpose::Retirement
        } else {
            block.issued_on <= rules.shk_issued_until
                || public_input.is_some_and(|began| began <= rules.shk_public_input_until)
        };
        ensure(fits, Code::UseNotEligible, || {
            format!(
                "units {range} of vintage {}, issued on {}, do not serve a report under the Act by {}",
                block.vintage, block.issued_on, terms.purpose
            )
        })?;
    }
    Ok(())
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

/// Rules 706, 707, 715 and 708.
pub(crate) fn transferable(
    case: &Case<'_>,
    source: AccountNumber,
    range: SerialRange,
) -> Judged<()> {
    held(case, source, range)?;
    restrictions::free(case, range)?;
    for (part, application) in case.state.units.reserved.stretches(range) {
        ensure(application.is_none(), Code::UnitsReserved, || {
            let entry = application.map_or(0, EntryIndex::get);
            format!("units {part} are reserved by application {entry}")
        })?;
    }
    Ok(())
}

/// Rules 706 and 707.
pub(crate) fn held(case: &Case<'_>, source: AccountNumber, range: SerialRange) -> Judged<()> {
    let units = &case.state.units;
    ensure(units.block_of(range).is_some(), Code::UnitsUnknown, || {
        format!("of units {range}, some were never issued")
    })?;
    for (part, holder) in units.held.stretches(range) {
        ensure(holder == Some(source), Code::UnitsNotHeld, || {
            let holder = holder.map_or_else(|| "nobody".to_owned(), |account| account.to_string());
            format!("units {part} are taken for account {source}'s, but are held by {holder}")
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
) -> Judged<Fee> {
    let by_government =
        case.state.category(terms.source).is_some_and(AccountCategory::is_government);
    Ok(if by_government {
        Fee::NotAnApplication
    } else if classes.iter().all(|class| *class == CreditClass::C) {
        Fee::NotChargeable
    } else if terms.gratuitous && destination.is_government() {
        Fee::Waived
    } else {
        Fee::Due(rules::fees(case)?.transfer_fee_yen)
    })
}
