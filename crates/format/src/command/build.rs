//! From the command to the protobuf message: the inverse of `parse`.

mod acts;
mod article6;
mod guard;
mod units;

use super::{
    ApplyAccount, Basis, Body, Command, Decision, Genesis, KeyWithPossession, PaymentId, Person,
    RecordIssuance, RecordPayment, RegisterProject, Role,
};
use crate::amount::Yen;
use crate::hash::Digest;
use crate::id::{AccountNumber, EntryIndex, ProjectRef};
use crate::key::PublicKey;
use crate::pb;
use crate::pb::command::Body as Wire;
use crate::serial::{SerialRange, SerialRanges};
use crate::text::{Name, Text};
use crate::time::Date;

pub(super) fn command(command: &Command) -> pb::Command {
    pb::Command {
        registry: command.registry.to_string(),
        command_id: command.id.as_bytes().to_vec(),
        valid_until_ms: command.valid_until.as_ms(),
        effect_digest: optional_digest(command.effect_digest.as_ref()),
        body: Some(body(&command.body)),
    }
}

/// The message of a command that names an application and nothing else.
macro_rules! of_application {
    ($kind:ident, $application:expr) => {
        Wire::$kind(pb::$kind { application: $application.get() })
    };
}

fn body(body: &Body) -> Wire {
    match body {
        Body::Genesis(genesis) => Wire::Genesis(self::genesis(genesis)),
        Body::RegisterKey { role, key } => register_key(role, key),
        Body::RevokeKey { key, reason } => revoke_key(key, reason),
        Body::AppointOperator { person, key } => appoint_operator(person, key),
        Body::RemoveOperator { person, reason } => remove_operator(person, reason),
        Body::RecordPayment(payment) => Wire::RecordPayment(record_payment(payment)),
        Body::ApplyPayment { payment, application: to, amount_yen } => pay(payment, to, amount_yen),
        Body::ApplyAccount(apply) => Wire::ApplyAccount(apply_account(apply)),
        Body::OpenAccount { application } => of_application!(OpenAccount, application),
        Body::RegisterProject(project) => Wire::RegisterProject(register_project(project)),
        Body::RecordAuthorisation { authorisation: of, details } => article6::record(of, details),
        Body::ConsentIssuance { project, decision } => consent_issuance(project, decision),
        Body::RecordIssuance(issuance) => Wire::RecordIssuance(record_issuance(issuance)),
        Body::ApplyTransfer { terms, use_details, trust, fee_payment } => {
            units::transfer(terms, use_details.as_ref(), trust.as_ref(), *fee_payment)
        }
        Body::RecordTransfer { application } => of_application!(RecordTransfer, application),
        Body::WithdrawApplication { application, reason } => withdraw(*application, reason),
        Body::RequestCertificate { account, fee_payment } => certificate(*account, *fee_payment),
        Body::IssueCertificate { application } => of_application!(IssueCertificate, application),
        Body::AdoptRules(rules) => Wire::AdoptRules(acts::rules(rules)),
        Body::AdoptCalendar { country, year, holidays } => acts::days(*country, *year, holidays),
        Body::OpenGovernmentAccount { category, name_ja, name_en } => {
            acts::government_account(*category, name_ja, name_en)
        }
        Body::RegisterProponent { project, person } => acts::proponent(project, person),
        Body::ApplyIndividualAccount(apply) => acts::individual(apply),
        Body::NotifyChange(notice) => Wire::NotifyChange(acts::notice(notice)),
        Body::ApplyClosing { account, attachments } => acts::closing(*account, attachments),
        Body::RecordApplication { application } => of_application!(RecordApplication, application),
        Body::RequestCompletion { application: of, items, due } => acts::ask(*of, items, *due),
        Body::CompleteApplication { application: to, attachments: all } => acts::hand_in(to, all),
        Body::RefuseApplication { application, ground, explanation } => {
            acts::refusal(*application, *ground, explanation)
        }
        Body::LapseApplication { application } => of_application!(LapseApplication, application),
        Body::SubmitPaymentProof { application, document } => acts::proof(*application, document),
        Body::ImportStatement(statement) => Wire::ImportStatement(acts::statement(statement)),
        Body::ApplyPayments { parts } => acts::payment_parts(parts),
        Body::Refund(refund) => Wire::Refund(acts::refund(refund)),
        Body::RecordRestriction(held) => Wire::RecordRestriction(acts::restriction(held)),
        Body::ReleaseRestriction { restriction, reference, document } => {
            acts::release(*restriction, reference, document)
        }
        Body::ApplyTrust { account: of, request, subrogation: by } => acts::trust(*of, request, by),
        Body::RecordCommission { trust, terms, commission: by } => acts::court(*trust, terms, by),
        Body::RecordCorrection(correction) => Wire::RecordCorrection(acts::correction(correction)),
        Body::SetAcceptance { account, acceptance } => acts::acceptance(*account, acceptance),
        Body::AcceptTransfer { application } => of_application!(AcceptTransfer, application),
        Body::CloseBooks { year } => Wire::CloseBooks(pb::CloseBooks { year: year.get().into() }),
        Body::EraseData { commitment, reason } => acts::erasure(commitment, reason),
        Body::AdoptSafeguards(safeguards) => guard::safeguards(safeguards),
        Body::SetMandate { account, mandate } => guard::set_mandate(*account, mandate),
        Body::TrustAccount { account, trusted } => guard::trust(*account, *trusted),
        Body::DistrustAccount { account, trusted } => guard::distrust(*account, *trusted),
        Body::FreezeAccount { account, reason } => guard::freeze(*account, reason),
        Body::UnfreezeAccount { account, reason } => guard::unfreeze(*account, reason),
        Body::RequestRecovery { representative: of, key, reason } => guard::ask(of, key, reason),
        Body::CancelRecovery { recovery, reason } => guard::cancel(*recovery, reason),
        Body::CompleteRecovery { recovery } => guard::complete(*recovery),
        Body::AdoptArticle6(article6) => article6::adoption(article6),
        Body::ChangeAuthorisation(change) => article6::change(change),
        Body::RevokeAuthorisation { revocation, reason } => article6::revoke(revocation, reason),
        Body::ConfirmAdjustment(confirmation) => article6::confirm(confirmation),
        Body::WithdrawConfirmation { confirmation: of, reason } => article6::withdraw(*of, reason),
        Body::ApplyTransfers(several) => units::transfers(several),
        Body::RecordIssuances { parts } => record_issuances(parts),
    }
}

fn record_issuances(parts: &[RecordIssuance]) -> Wire {
    let parts = parts.iter().map(record_issuance).collect();
    Wire::RecordIssuances(pb::RecordIssuances { parts })
}

fn register_key(role: &Role, key: &KeyWithPossession) -> Wire {
    let (role, key) = (Some(self::role(role)), Some(key_with_possession(key)));
    Wire::RegisterKey(pb::RegisterKey { role, key })
}

fn revoke_key(key: &PublicKey, reason: &Text) -> Wire {
    let (public_key, reason) = (key.as_bytes().to_vec(), reason.to_string());
    Wire::RevokeKey(pb::RevokeKey { public_key, reason })
}

fn appoint_operator(person: &Name, key: &KeyWithPossession) -> Wire {
    let (person, key) = (person.to_string(), Some(key_with_possession(key)));
    Wire::AppointOperator(pb::AppointOperator { person, key })
}

fn remove_operator(person: &Name, reason: &Text) -> Wire {
    let (person, reason) = (person.to_string(), reason.to_string());
    Wire::RemoveOperator(pb::RemoveOperator { person, reason })
}

fn pay(payment: &EntryIndex, application: &EntryIndex, amount: &Yen) -> Wire {
    Wire::ApplyPayment(pb::ApplyPayment {
        payment: payment.get(),
        application: application.get(),
        amount_yen: amount.get(),
    })
}

fn consent_issuance(project: &ProjectRef, decision: &Decision) -> Wire {
    let (project, decision) = (project.to_string(), Some(self::decision(decision)));
    Wire::ConsentIssuance(pb::ConsentIssuance { project, decision })
}

fn withdraw(application: EntryIndex, reason: &Text) -> Wire {
    let (application, reason) = (application.get(), reason.to_string());
    Wire::WithdrawApplication(pb::WithdrawApplication { application, reason })
}

fn certificate(account: AccountNumber, payment: Option<PaymentId>) -> Wire {
    let (account, (fee_payment, fee_payment_line)) = (account.get(), self::fee_payment(payment));
    let request = pb::RequestCertificate { account, fee_payment, fee_payment_line };
    Wire::RequestCertificate(request)
}

/// Entry and line of the payment to draw a fee from.
fn fee_payment(payment: Option<PaymentId>) -> (u64, u32) {
    payment.map_or((0, 0), |payment| (payment.entry.get(), payment.line.into()))
}

fn genesis(genesis: &Genesis) -> pb::Genesis {
    let rules = genesis.rule_set;
    pb::Genesis {
        log_key: genesis.log_key.as_bytes().to_vec(),
        authorities: genesis
            .authorities
            .iter()
            .map(|(person, key)| pb::GenesisAuthority {
                person: person.to_string(),
                public_key: key.as_bytes().to_vec(),
            })
            .collect(),
        rule_set: Some(pb::RuleSet {
            version: rules.version,
            account_opening_fee_yen: rules.account_opening_fee_yen.get(),
            transfer_fee_yen: rules.transfer_fee_yen.get(),
            certificate_fee_yen: rules.certificate_fee_yen.get(),
        }),
    }
}

fn role(role: &Role) -> pb::Role {
    use pb::role::Kind;
    let kind = match role {
        Role::Authority(person) => Kind::Authority(person.to_string()),
        Role::Operator(person) => Kind::Operator(person.to_string()),
        Role::Partner(country) => Kind::Partner(country.to_string()),
        Role::Account(account) => Kind::Account(account.get()),
        Role::Auditor(person) => Kind::Auditor(person.to_string()),
        Role::Representative(of) => Kind::Representative(guard::representative(of)),
    };
    pb::Role { kind: Some(kind) }
}

fn key_with_possession(key: &KeyWithPossession) -> pb::KeyWithPossession {
    pb::KeyWithPossession {
        public_key: key.key.as_bytes().to_vec(),
        possession: key.possession.as_bytes().to_vec(),
    }
}

fn record_payment(payment: &RecordPayment) -> pb::RecordPayment {
    pb::RecordPayment {
        bank_reference: payment.bank_reference.to_string(),
        amount_yen: payment.amount_yen.get(),
        value_date: Some(date(payment.value_date)),
        account: payment.account.map_or(0, |account| account.get()),
        payer_commitment: optional_digest(payment.payer.as_ref()),
    }
}

fn person(person: &Person) -> pb::Person {
    use pb::person::Kind;
    let kind = match person {
        Person::Corporation(number) => Some(Kind::CorporateNumber(number.to_string())),
        Person::ForeignCorporation { country, number } => {
            Some(Kind::ForeignCorporation(pb::ForeignCorporation {
                country: country.to_string(),
                number: number.to_string(),
            }))
        }
        // An individual applies by a command of its own. `parse` refuses this one.
        Person::Individual(_) => None,
    };
    pb::Person { kind }
}

fn apply_account(apply: &ApplyAccount) -> pb::ApplyAccount {
    pb::ApplyAccount {
        person: Some(person(&apply.person)),
        name_ja: optional_text(apply.holder.name_ja.as_ref()),
        name_en: apply.holder.name_en.to_string(),
        head_office_ja: optional_text(apply.holder.head_office_ja.as_ref()),
        head_office_en: apply.holder.head_office_en.to_string(),
        particulars_commitment: apply.particulars.as_bytes().to_vec(),
        attachments: digests(&apply.attachments),
        representative_key: apply.representative.as_bytes().to_vec(),
    }
}

fn register_project(project: &RegisterProject) -> pb::RegisterProject {
    pb::RegisterProject {
        reference: project.reference.to_string(),
        title: project.title.to_string(),
        methodology: project.methodology.to_string(),
        public_input_date: project.public_input_date.map(date),
    }
}

fn decision(decision: &Decision) -> pb::Decision {
    pb::Decision {
        reference: decision.reference.to_string(),
        date: Some(date(decision.date)),
        period_start: Some(date(decision.period_start)),
        period_end: Some(date(decision.period_end)),
        notified_total_tonnes: decision.notified_total_tonnes.get(),
        notified_japan_tonnes: decision.notified_japan_tonnes.get(),
    }
}

fn record_issuance(issuance: &RecordIssuance) -> pb::RecordIssuance {
    use pb::record_issuance::Basis as Wire;
    let basis = match &issuance.basis {
        Basis::Consent(index) => Wire::Consent(index.get()),
        Basis::CarriedOver { issued_on, recognition_reference } => {
            Wire::CarriedOver(pb::CarriedOver {
                issued_on: Some(date(*issued_on)),
                recognition_reference: recognition_reference.to_string(),
            })
        }
    };
    let vintages = issuance.vintages.iter().map(|vintage| pb::VintageIssue {
        year: vintage.year.get().into(),
        quantity_tonnes: vintage.quantity_tonnes.get(),
        allocations: vintage
            .allocations
            .iter()
            .map(|part| pb::Allocation {
                account: part.account.get(),
                quantity_tonnes: part.quantity_tonnes.get(),
            })
            .collect(),
    });
    let (japan, partner) = match &issuance.authorisations {
        Some((japan, partner)) => (japan.to_string(), partner.to_string()),
        None => (String::new(), String::new()),
    };
    pb::RecordIssuance {
        project: issuance.project.to_string(),
        decision: Some(decision(&issuance.decision)),
        basis: Some(basis),
        verifier: issuance.verifier.to_string(),
        verification_report: issuance.verification_report.as_bytes().to_vec(),
        quantity_tonnes: issuance.quantity_tonnes.get(),
        vintages: vintages.collect(),
        japan_authorisation: japan,
        partner_authorisation: partner,
    }
}

fn ranges(ranges: &SerialRanges) -> Vec<pb::SerialRange> {
    let message = |range: SerialRange| pb::SerialRange {
        block: range.block().get(),
        first: range.first(),
        last: range.last(),
    };
    ranges.iter().map(message).collect()
}

fn date(date: Date) -> pb::Date {
    pb::Date { year: date.year().get().into(), month: date.month().into(), day: date.day().into() }
}

fn optional_text(text: Option<&Text>) -> String {
    text.map_or_else(String::new, Text::to_string)
}

fn optional_digest(digest: Option<&Digest>) -> Vec<u8> {
    digest.map_or_else(Vec::new, |digest| digest.as_bytes().to_vec())
}

fn digests(digests: &[Digest]) -> Vec<Vec<u8>> {
    digests.iter().map(|digest| digest.as_bytes().to_vec()).collect()
}
