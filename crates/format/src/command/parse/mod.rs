//! From the protobuf message to the command: every rule of form, field by field.

mod accounts;
mod applications;
mod choices;
mod fields;
mod guard;
mod keys;
mod money;
mod rules;
mod trusts;
mod units;

use super::{
    Allocation, Authorisation, AuthorisedPurposes, Basis, Body, Command, Decision, FieldError,
    FieldRule, RecordIssuance, RegisterProject, VintageIssue,
};
use crate::amount::Tonnes;
use crate::id::{CommandId, ProjectRef};
use crate::limits::{ALLOCATIONS_MAX, PROJECTS_MAX, VINTAGES_MAX};
use crate::pb;
use crate::time::{Date, Timestamp};
use choices::{first_transfer, side};
use fields::{
    account, at_most, country, date, digest, entry, name, optional, project, text, tonnes, year,
};
use std::collections::BTreeSet;

type Parsed<T> = Result<T, FieldError>;

pub(super) fn command(message: pb::Command) -> Parsed<Command> {
    let registry =
        message.registry.parse().map_err(|_| FieldError::new("registry", FieldRule::BadId))?;
    let id = CommandId::from_slice(&message.command_id)
        .ok_or_else(|| FieldError::new("command_id", FieldRule::Length))?;
    let valid_until = Timestamp::from_ms(message.valid_until_ms)
        .filter(|moment| moment.as_ms() > 0)
        .ok_or_else(|| FieldError::new("valid_until_ms", FieldRule::OutOfRange))?;
    let effect_digest = optional(&message.effect_digest, |bytes| digest("effect_digest", bytes))?;
    let body = message.body.ok_or_else(|| FieldError::new("body", FieldRule::Missing))?;
    Ok(Command { registry, id, valid_until, effect_digest, body: parse_body(body)? })
}

fn parse_body(body: pb::command::Body) -> Parsed<Body> {
    use pb::command::Body as Wire;
    match body {
        Wire::Genesis(m) => keys::genesis(&m),
        Wire::RegisterKey(m) => keys::register_key(m),
        Wire::RevokeKey(m) => keys::revoke_key(&m),
        Wire::AppointOperator(m) => keys::appoint_operator(m),
        Wire::RemoveOperator(m) => keys::remove_operator(&m),
        Wire::RecordPayment(m) => money::record_payment(&m),
        Wire::ApplyPayment(m) => money::apply_payment(&m),
        Wire::ApplyAccount(m) => accounts::apply_account(&m),
        Wire::OpenAccount(m) => accounts::open_account(&m),
        Wire::RegisterProject(m) => register_project(&m),
        Wire::RecordAuthorisation(m) => record_authorisation(&m),
        Wire::ConsentIssuance(m) => consent_issuance(m),
        Wire::RecordIssuance(m) => record_issuance(m),
        Wire::ApplyTransfer(m) => units::apply_transfer(&m),
        Wire::RecordTransfer(m) => units::record_transfer(&m),
        Wire::WithdrawApplication(m) => applications::withdraw_application(&m),
        Wire::RequestCertificate(m) => money::request_certificate(&m),
        Wire::IssueCertificate(m) => money::issue_certificate(&m),
        Wire::AdoptRules(m) => rules::adopt_rules(&m),
        Wire::AdoptCalendar(m) => rules::adopt_calendar(&m),
        Wire::OpenGovernmentAccount(m) => rules::open_government_account(&m),
        Wire::RegisterProponent(m) => accounts::register_proponent(&m),
        Wire::ApplyIndividualAccount(m) => accounts::apply_individual_account(&m),
        Wire::NotifyChange(m) => accounts::notify_change(&m),
        Wire::ApplyClosing(m) => accounts::apply_closing(&m),
        Wire::RecordApplication(m) => applications::record_application(&m),
        Wire::RequestCompletion(m) => applications::request_completion(&m),
        Wire::CompleteApplication(m) => applications::complete_application(&m),
        Wire::RefuseApplication(m) => applications::refuse_application(&m),
        Wire::LapseApplication(m) => applications::lapse_application(&m),
        Wire::SubmitPaymentProof(m) => money::submit_payment_proof(&m),
        Wire::ImportStatement(m) => money::import_statement(&m),
        Wire::ApplyPayments(m) => money::apply_payments(&m),
        Wire::Refund(m) => money::refund(&m),
        Wire::RecordRestriction(m) => units::record_restriction(&m),
        Wire::ReleaseRestriction(m) => units::release_restriction(&m),
        Wire::ApplyTrust(m) => trusts::apply_trust(&m),
        Wire::RecordCommission(m) => trusts::record_commission(&m),
        Wire::RecordCorrection(m) => units::record_correction(&m),
        Wire::SetAcceptance(m) => units::set_acceptance(&m),
        Wire::AcceptTransfer(m) => units::accept_transfer(&m),
        Wire::CloseBooks(m) => rules::close_books(&m),
        Wire::EraseData(m) => rules::erase_data(&m),
        Wire::AdoptSafeguards(m) => guard::adopt_safeguards(&m),
        Wire::SetMandate(m) => guard::set_mandate(&m),
        Wire::TrustAccount(m) => guard::trust_account(&m),
        Wire::DistrustAccount(m) => guard::distrust_account(&m),
        Wire::FreezeAccount(m) => guard::freeze_account(&m),
        Wire::UnfreezeAccount(m) => guard::unfreeze_account(&m),
        Wire::RequestRecovery(m) => guard::request_recovery(m),
        Wire::CancelRecovery(m) => guard::cancel_recovery(&m),
        Wire::CompleteRecovery(m) => guard::complete_recovery(&m),
    }
}

fn register_project(m: &pb::RegisterProject) -> Parsed<Body> {
    Ok(Body::RegisterProject(RegisterProject {
        reference: project("register_project.reference", &m.reference)?,
        title: text("register_project.title", &m.title)?,
        methodology: name("register_project.methodology", &m.methodology)?,
        public_input_date: match m.public_input_date {
            None => None,
            some => Some(date("register_project.public_input_date", some)?),
        },
    }))
}

fn record_authorisation(m: &pb::RecordAuthorisation) -> Parsed<Body> {
    let at = |field: &str| format!("record_authorisation.{field}");
    let first_vintage = year(&at("first_vintage"), m.first_vintage)?;
    let last_vintage = year(&at("last_vintage"), m.last_vintage)?;
    // Mitigation before 2021 cannot be authorised under Article 6.
    if first_vintage.get() < 2021 {
        return Err(FieldError::new(at("first_vintage"), FieldRule::OutOfRange));
    }
    if last_vintage < first_vintage {
        return Err(FieldError::new(at("last_vintage"), FieldRule::OutOfRange));
    }
    let purposes = AuthorisedPurposes { ndc: m.for_ndc, imp: m.for_imp, op: m.for_op };
    if !(purposes.ndc || purposes.imp || purposes.op) {
        return Err(FieldError::new(at("for_ndc"), FieldRule::Missing));
    }
    at_most(&at("projects"), m.projects.len(), PROJECTS_MAX)?;
    let partner = country(&at("partner"), &m.partner)?;
    let mut projects: Vec<ProjectRef> = Vec::with_capacity(m.projects.len());
    for (i, reference) in m.projects.iter().enumerate() {
        let path = format!("{}[{i}]", at("projects"));
        let reference = project(&path, reference)?;
        if reference.country() != partner {
            return Err(FieldError::new(path, FieldRule::BadId));
        }
        if projects.last().is_some_and(|last| reference <= *last) {
            return Err(FieldError::new(path, FieldRule::Repeated));
        }
        projects.push(reference);
    }
    Ok(Body::RecordAuthorisation(Authorisation {
        id: name(&at("authorisation_id"), &m.authorisation_id)?,
        side: side(&at("side"), m.side)?,
        partner,
        cooperative_approach: m
            .cooperative_approach
            .parse()
            .map_err(|_| FieldError::new(at("cooperative_approach"), FieldRule::BadId))?,
        date: date(&at("date"), m.date)?,
        quantity_tonnes: tonnes(&at("quantity_tonnes"), m.quantity_tonnes)?,
        first_vintage,
        last_vintage,
        purposes,
        first_transfer: first_transfer(&at("first_transfer"), m.first_transfer)?,
        projects,
        document: digest(&at("document"), &m.document)?,
    }))
}

fn consent_issuance(m: pb::ConsentIssuance) -> Parsed<Body> {
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

fn record_issuance(m: pb::RecordIssuance) -> Parsed<Body> {
    let at = |field: &str| format!("record_issuance.{field}");
    let decision = decision(&at("decision"), m.decision)?;
    let quantity = tonnes(&at("quantity_tonnes"), m.quantity_tonnes)?;
    let basis = basis(m.basis, &decision)?;
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
    Ok(Body::RecordIssuance(RecordIssuance {
        project: project(&at("project"), &m.project)?,
        decision,
        basis,
        verifier: text(&at("verifier"), &m.verifier)?,
        verification_report: digest(&at("verification_report"), &m.verification_report)?,
        quantity_tonnes: quantity,
        vintages,
        authorisations,
    }))
}

fn basis(m: Option<pb::record_issuance::Basis>, decision: &Decision) -> Parsed<Basis> {
    use pb::record_issuance::Basis as Wire;
    match m {
        None => Err(FieldError::new("record_issuance.basis", FieldRule::Missing)),
        Some(Wire::Consent(index)) => entry("record_issuance.consent", index).map(Basis::Consent),
        Some(Wire::CarriedOver(m)) => {
            let at = "record_issuance.carried_over";
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
