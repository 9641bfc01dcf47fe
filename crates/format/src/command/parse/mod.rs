//! From the protobuf message to the command: every rule of form, field by field.

mod choices;
mod fields;

use super::{
    Allocation, ApplyAccount, Authorisation, AuthorisedPurposes, Basis, Body, Command, Decision,
    FieldError, FieldRule, Genesis, Holder, Person, RecordIssuance, RecordPayment, RegisterProject,
    RuleSet, TransferTerms, VintageIssue,
};
use crate::amount::Tonnes;
use crate::id::{BlockNumber, CommandId, EntryIndex, ProjectRef};
use crate::limits::{ALLOCATIONS_MAX, ATTACHMENTS_MAX, PROJECTS_MAX, SIGNATURES_MAX, VINTAGES_MAX};
use crate::pb;
use crate::serial::{RangeError, RangesError, SerialRange, SerialRanges};
use crate::time::Timestamp;
use choices::{first_transfer, key_with_possession, purpose, role, serves, side, use_};
use fields::{
    account, at_most, country, date, digest, entry, name, optional, project, public_key, text,
    tonnes, year, yen,
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
    Ok(match body {
        Wire::Genesis(m) => genesis(&m)?,
        Wire::RegisterKey(m) => Body::RegisterKey {
            role: role("register_key.role", m.role)?,
            key: key_with_possession("register_key.key", m.key)?,
        },
        Wire::RevokeKey(m) => Body::RevokeKey {
            key: public_key("revoke_key.public_key", &m.public_key)?,
            reason: text("revoke_key.reason", &m.reason)?,
        },
        Wire::AppointOperator(m) => Body::AppointOperator {
            person: name("appoint_operator.person", &m.person)?,
            key: key_with_possession("appoint_operator.key", m.key)?,
        },
        Wire::RemoveOperator(m) => Body::RemoveOperator {
            person: name("remove_operator.person", &m.person)?,
            reason: text("remove_operator.reason", &m.reason)?,
        },
        Wire::RecordPayment(m) => record_payment(&m)?,
        Wire::ApplyPayment(m) => Body::ApplyPayment {
            payment: entry("apply_payment.payment", m.payment)?,
            application: entry("apply_payment.application", m.application)?,
            amount_yen: yen("apply_payment.amount_yen", m.amount_yen)?,
        },
        Wire::ApplyAccount(m) => apply_account(&m)?,
        Wire::OpenAccount(m) => {
            Body::OpenAccount { application: entry("open_account.application", m.application)? }
        }
        Wire::RegisterProject(m) => register_project(&m)?,
        Wire::RecordAuthorisation(m) => record_authorisation(&m)?,
        Wire::ConsentIssuance(m) => Body::ConsentIssuance {
            project: project("consent_issuance.project", &m.project)?,
            decision: decision("consent_issuance.decision", m.decision)?,
        },
        Wire::RecordIssuance(m) => record_issuance(m)?,
        Wire::ApplyTransfer(m) => apply_transfer(&m)?,
        Wire::RecordTransfer(m) => Body::RecordTransfer {
            application: entry("record_transfer.application", m.application)?,
        },
        Wire::WithdrawApplication(m) => Body::WithdrawApplication {
            application: entry("withdraw_application.application", m.application)?,
            reason: text("withdraw_application.reason", &m.reason)?,
        },
        Wire::RequestCertificate(m) => Body::RequestCertificate {
            account: account("request_certificate.account", m.account)?,
            fee_payment: (m.fee_payment != 0).then(|| EntryIndex::new(m.fee_payment)),
        },
        Wire::IssueCertificate(m) => Body::IssueCertificate {
            application: entry("issue_certificate.application", m.application)?,
        },
    })
}

fn genesis(m: &pb::Genesis) -> Parsed<Body> {
    let field = "genesis.authorities";
    if m.authorities.len() < 2 {
        return Err(FieldError::new(field, FieldRule::EmptyList));
    }
    at_most(field, m.authorities.len(), SIGNATURES_MAX)?;
    let mut authorities = Vec::with_capacity(m.authorities.len());
    let (mut persons, mut keys) = (BTreeSet::new(), BTreeSet::new());
    for (i, authority) in m.authorities.iter().enumerate() {
        let person = name(&format!("{field}[{i}].person"), &authority.person)?;
        let key = public_key(&format!("{field}[{i}].public_key"), &authority.public_key)?;
        if !persons.insert(person.clone()) || !keys.insert(key) {
            return Err(FieldError::new(format!("{field}[{i}]"), FieldRule::Repeated));
        }
        authorities.push((person, key));
    }
    let rules = m
        .rule_set
        .as_ref()
        .ok_or_else(|| FieldError::new("genesis.rule_set", FieldRule::Missing))?;
    if rules.version != 1 {
        return Err(FieldError::new("genesis.rule_set.version", FieldRule::OutOfRange));
    }
    let fee = |field: &str, amount: u64| yen(&format!("genesis.rule_set.{field}"), amount);
    Ok(Body::Genesis(Genesis {
        log_key: public_key("genesis.log_key", &m.log_key)?,
        authorities,
        rule_set: RuleSet {
            version: rules.version,
            account_opening_fee_yen: fee("account_opening_fee_yen", rules.account_opening_fee_yen)?,
            transfer_fee_yen: fee("transfer_fee_yen", rules.transfer_fee_yen)?,
            certificate_fee_yen: fee("certificate_fee_yen", rules.certificate_fee_yen)?,
        },
    }))
}

fn record_payment(m: &pb::RecordPayment) -> Parsed<Body> {
    Ok(Body::RecordPayment(RecordPayment {
        bank_reference: name("record_payment.bank_reference", &m.bank_reference)?,
        amount_yen: yen("record_payment.amount_yen", m.amount_yen)?,
        value_date: date("record_payment.value_date", m.value_date)?,
        account: match m.account {
            0 => None,
            number => Some(account("record_payment.account", number)?),
        },
        payer: optional(&m.payer_commitment, |b| digest("record_payment.payer_commitment", b))?,
    }))
}

fn apply_account(m: &pb::ApplyAccount) -> Parsed<Body> {
    let person = person(m.person.as_ref())?;
    // Only a foreign corporation may have no Japanese spelling (registry
    // ordinance, art. 3(iv)).
    let japanese = |field: &str, raw: &str| match (&person, raw) {
        (Person::ForeignCorporation { .. }, "") => Ok(None),
        _ => text(field, raw).map(Some),
    };
    let holder = Holder {
        name_ja: japanese("apply_account.name_ja", &m.name_ja)?,
        name_en: text("apply_account.name_en", &m.name_en)?,
        head_office_ja: japanese("apply_account.head_office_ja", &m.head_office_ja)?,
        head_office_en: text("apply_account.head_office_en", &m.head_office_en)?,
    };
    let field = "apply_account.attachments";
    if m.attachments.is_empty() {
        return Err(FieldError::new(field, FieldRule::EmptyList));
    }
    at_most(field, m.attachments.len(), ATTACHMENTS_MAX)?;
    let attachments = m
        .attachments
        .iter()
        .enumerate()
        .map(|(i, bytes)| digest(&format!("{field}[{i}]"), bytes))
        .collect::<Parsed<_>>()?;
    Ok(Body::ApplyAccount(ApplyAccount {
        person,
        holder,
        particulars: digest("apply_account.particulars_commitment", &m.particulars_commitment)?,
        attachments,
        representative: public_key("apply_account.representative_key", &m.representative_key)?,
    }))
}

fn person(m: Option<&pb::Person>) -> Parsed<Person> {
    use pb::person::Kind;
    let field = "apply_account.person";
    match m.and_then(|person| person.kind.as_ref()) {
        None => Err(FieldError::new(field, FieldRule::Missing)),
        Some(Kind::CorporateNumber(number)) => number
            .parse()
            .map(Person::Corporation)
            .map_err(|_| FieldError::new(format!("{field}.corporate_number"), FieldRule::BadId)),
        Some(Kind::ForeignCorporation(foreign)) => {
            let path = format!("{field}.foreign_corporation.country");
            let country = country(&path, &foreign.country)?;
            if country.to_string() == "JP" {
                // Japanese corporations have a corporate number; a second
                // identity would open a second account.
                return Err(FieldError::new(path, FieldRule::BadId));
            }
            let number = name(&format!("{field}.foreign_corporation.number"), &foreign.number)?;
            Ok(Person::ForeignCorporation { country, number })
        }
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
            if PREDECESSOR_LAST_DAY < (issued_on.year().get(), issued_on.month(), issued_on.day()) {
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

/// The Act's chapter took effect on 2025-04-01.
const PREDECESSOR_LAST_DAY: (u16, u8, u8) = (2025, 3, 31);

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

fn apply_transfer(m: &pb::ApplyTransfer) -> Parsed<Body> {
    let at = |field: &str| format!("apply_transfer.{field}");
    let ranges = ranges(&at("ranges"), &m.ranges)?;
    let quantity = tonnes(&at("quantity_tonnes"), m.quantity_tonnes)?;
    if ranges.quantity() != quantity {
        return Err(FieldError::new(at("quantity_tonnes"), FieldRule::QuantityMismatch));
    }
    let purpose = purpose(&at("purpose"), m.purpose)?;
    let use_ = m.r#use.as_ref().map(|m| use_(&at("use"), m)).transpose()?;
    if let Some(use_) = &use_
        && !serves(purpose, use_.kind)
    {
        return Err(FieldError::new(at("use.kind"), FieldRule::UseMisfit));
    }
    Ok(Body::ApplyTransfer {
        terms: TransferTerms {
            source: account(&at("source"), m.source)?,
            destination: account(&at("destination"), m.destination)?,
            ranges,
            purpose,
            gratuitous: m.gratuitous,
            use_,
        },
        fee_payment: (m.fee_payment != 0).then(|| EntryIndex::new(m.fee_payment)),
    })
}

fn ranges(at: &str, items: &[pb::SerialRange]) -> Parsed<SerialRanges> {
    let mut ranges = Vec::with_capacity(items.len().min(crate::limits::RANGES_MAX));
    at_most(at, items.len(), crate::limits::RANGES_MAX)?;
    for (i, item) in items.iter().enumerate() {
        let block = BlockNumber::new(item.block)
            .ok_or_else(|| FieldError::new(format!("{at}[{i}].block"), FieldRule::OutOfRange))?;
        let range =
            SerialRange::new(block, item.first, item.last).map_err(|error| match error {
                RangeError::Zero => {
                    FieldError::new(format!("{at}[{i}].first"), FieldRule::OutOfRange)
                }
                RangeError::Reversed => {
                    FieldError::new(format!("{at}[{i}].last"), FieldRule::RangeReversed)
                }
                RangeError::TooLarge => {
                    FieldError::new(format!("{at}[{i}].last"), FieldRule::OutOfRange)
                }
            })?;
        ranges.push(range);
    }
    SerialRanges::new(ranges).map_err(|error| match error {
        RangesError::Empty => FieldError::new(at, FieldRule::EmptyList),
        RangesError::TooMany => FieldError::new(at, FieldRule::LongList),
        RangesError::Overlap(i) => FieldError::new(format!("{at}[{i}]"), FieldRule::RangesOverlap),
        RangesError::Unsorted(i) => {
            FieldError::new(format!("{at}[{i}]"), FieldRule::RangesUnsorted)
        }
    })
}
