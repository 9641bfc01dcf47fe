//! Consents and issuances (Act, art. 45).

use super::fields::{account, at_most, date, digest, entry, name, project, text, tonnes, year};
use super::{Parsed, first_with_further, parts};
use crate::amount::Tonnes;
use crate::command::{
    Allocation, Basis, Body, Decision, FieldError, FieldRule, RecordIssuance, VintageIssue,
};
use crate::limits::{ALLOCATIONS_MAX, ISSUANCE_PARTS_MAX, ISSUANCES_VINTAGES_MAX, VINTAGES_MAX};
use crate::pb;
use crate::time::Date;
use std::collections::BTreeSet;

pub(super) fn consent_issuance(m: pb::ConsentIssuance) -> Parsed<Body> {
    Ok(Body::ConsentIssuance {
        project: project("consent_issuance.project", &m.project)?,
        decision: decision("consent_issuance.decision", m.decision)?,
    })
}

fn decision(at: &str, m: Option<pb::Decision>) -> Parsed<Decision> {
    let m = m.ok_or_else(|| FieldError::new(at, FieldRule::Missing))?;
    let period_start = date(&format!("{at}.period_start"), m.period_start)?;
    let period_end = date(&format!("{at}.period_end"), m.period_end)?;
    if period_end < period_start {
        return Err(FieldError::new(format!("{at}.period_end"), FieldRule::PeriodReversed));
    }
    let total = tonnes(&format!("{at}.notified_total_tonnes"), m.notified_total_tonnes)?;
    let japan = tonnes(&format!("{at}.notified_japan_tonnes"), m.notified_japan_tonnes)?;
    if total < japan {
        let path = format!("{at}.notified_japan_tonnes");
        return Err(FieldError::new(path, FieldRule::NotifiedExceeded));
    }
    Ok(Decision {
        reference: name(&format!("{at}.reference"), &m.reference)?,
        date: date(&format!("{at}.date"), m.date)?,
        period_start,
        period_end,
        notified_total_tonnes: total,
        notified_japan_tonnes: japan,
    })
}

pub(super) fn record_issuance(m: pb::RecordIssuance) -> Parsed<Body> {
    issuance("record_issuance", &m).map(Body::RecordIssuance)
}

fn issuance(at: &str, m: &pb::RecordIssuance) -> Parsed<RecordIssuance> {
    let at = |field: &str| format!("{at}.{field}");
    let decision = decision(&at("decision"), m.decision.clone())?;
    let quantity = tonnes(&at("quantity_tonnes"), m.quantity_tonnes)?;
    let basis = basis(&at, m.basis.as_ref(), &decision)?;
    let vintages = vintages(&at("vintages"), &m.vintages, &decision)?;
    let sum = Tonnes::checked_sum(vintages.iter().map(|vintage| vintage.quantity_tonnes));
    if sum != Some(quantity) {
        return Err(FieldError::new(at("quantity_tonnes"), FieldRule::AllocationSum));
    }
    if decision.notified_japan_tonnes < quantity {
        return Err(FieldError::new(at("quantity_tonnes"), FieldRule::NotifiedExceeded));
    }
    let authorisations = match (m.japan_authorisation.as_str(), m.partner_authorisation.as_str()) {
        ("", "") => None,
        ("", _) => {
            return Err(FieldError::new(at("japan_authorisation"), FieldRule::AuthorisationPair));
        }
        (_, "") => {
            return Err(FieldError::new(at("partner_authorisation"), FieldRule::AuthorisationPair));
        }
        (japan, partner) => Some((
            name(&at("japan_authorisation"), japan)?,
            name(&at("partner_authorisation"), partner)?,
        )),
    };
    Ok(RecordIssuance {
        project: project(&at("project"), &m.project)?,
        decision,
        basis,
        verifier: text(&at("verifier"), &m.verifier)?,
        verification_report: digest(&at("verification_report"), &m.verification_report)?,
        quantity_tonnes: quantity,
        vintages,
        authorisations,
    })
}

/// Several issuances: together no more vintages and allocations than fit one entry, and
/// all on one kind of basis, so that one set of signatures is right for each.
pub(super) fn record_issuances(m: pb::RecordIssuances) -> Parsed<Body> {
    let at = "record_issuances.parts";
    let parts = parts(at, &m.parts, ISSUANCE_PARTS_MAX, issuance)?;
    let vintages = || parts.iter().flat_map(|part| &part.vintages);
    at_most(at, vintages().count(), ISSUANCES_VINTAGES_MAX)?;
    at_most(at, vintages().map(|vintage| vintage.allocations.len()).sum(), ALLOCATIONS_MAX)?;
    let is_on_consent = |part: &RecordIssuance| matches!(part.basis, Basis::Consent(_));
    let first_is = parts.first().is_some_and(is_on_consent);
    let other = parts.iter().enumerate().filter(|(_, part)| is_on_consent(part) != first_is);
    let misfits = other.map(|(i, part)| {
        let field = if is_on_consent(part) { "consent" } else { "carried_over" };
        FieldError::new(format!("{at}[{i}].{field}"), FieldRule::NotAllowed)
    });
    match first_with_further(misfits.collect()) {
        Some(error) => Err(error),
        None => Ok(Body::RecordIssuances { parts }),
    }
}

fn basis(
    at: &impl Fn(&str) -> String,
    m: Option<&pb::record_issuance::Basis>,
    decision: &Decision,
) -> Parsed<Basis> {
    use pb::record_issuance::Basis as Wire;
    match m {
        None => Err(FieldError::new(at("basis"), FieldRule::Missing)),
        Some(Wire::Consent(index)) => entry(&at("consent"), *index).map(Basis::Consent),
        Some(Wire::CarriedOver(m)) => {
            let at = at("carried_over");
            let issued_on = date(&format!("{at}.issued_on"), m.issued_on)?;
            if Date::PREDECESSOR_LAST < issued_on {
                let path = format!("{at}.issued_on");
                return Err(FieldError::new(path, FieldRule::NotPredecessor));
            }
            // The predecessor book, too, issued what had been decided.
            if issued_on < decision.date {
                let path = format!("{at}.issued_on");
                return Err(FieldError::new(path, FieldRule::IssuedBeforeDecision));
            }
            let path = format!("{at}.recognition_reference");
            let recognition_reference = text(&path, &m.recognition_reference)?;
            Ok(Basis::CarriedOver { issued_on, recognition_reference })
        }
    }
}

fn vintages(
    at: &str,
    items: &[pb::VintageIssue],
    decision: &Decision,
) -> Parsed<Vec<VintageIssue>> {
    at_most(at, items.len(), VINTAGES_MAX)?;
    let years = decision.period_start.year().get()..=decision.period_end.year().get();
    if items.len() != years.clone().count() {
        return Err(FieldError::new(at, FieldRule::VintageSplit));
    }
    at_most(at, items.iter().map(|item| item.allocations.len()).sum(), ALLOCATIONS_MAX)?;
    let mut vintages = Vec::with_capacity(items.len());
    for (i, (item, expected)) in items.iter().zip(years).enumerate() {
        let year = year(&format!("{at}[{i}].year"), item.year)?;
        if year.get() != expected {
            return Err(FieldError::new(format!("{at}[{i}].year"), FieldRule::VintageSplit));
        }
        let allocations = allocations(&format!("{at}[{i}].allocations"), &item.allocations)?;
        let quantity = Tonnes::new(item.quantity_tonnes);
        let sum = Tonnes::checked_sum(allocations.iter().map(|part| part.quantity_tonnes));
        if sum != Some(quantity) {
            let path = format!("{at}[{i}].quantity_tonnes");
            return Err(FieldError::new(path, FieldRule::AllocationSum));
        }
        vintages.push(VintageIssue { year, quantity_tonnes: quantity, allocations });
    }
    Ok(vintages)
}

fn allocations(at: &str, items: &[pb::Allocation]) -> Parsed<Vec<Allocation>> {
    let mut seen = BTreeSet::new();
    let mut allocations = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let account = account(&format!("{at}[{i}].account"), item.account)?;
        if !seen.insert(account) {
            return Err(FieldError::new(format!("{at}[{i}].account"), FieldRule::Repeated));
        }
        let quantity_tonnes = tonnes(&format!("{at}[{i}].quantity_tonnes"), item.quantity_tonnes)?;
        allocations.push(Allocation { account, quantity_tonnes });
    }
    Ok(allocations)
}
