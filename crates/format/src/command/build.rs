//! From the command to the protobuf message: the inverse of `parse`.

use super::{
    ApplyAccount, Authorisation, Basis, Body, Command, Decision, FirstTransferDefinition, Genesis,
    KeyWithPossession, Person, Purpose, RecordIssuance, RecordPayment, RegisterProject, Role, Side,
    TransferTerms, Use, UseKind,
};
use crate::id::EntryIndex;
use crate::pb;
use crate::serial::SerialRange;
use crate::time::Date;

pub(super) fn command(command: &Command) -> pb::Command {
    pb::Command {
        registry: command.registry.to_string(),
        command_id: command.id.as_bytes().to_vec(),
        valid_until_ms: command.valid_until.as_ms(),
        effect_digest: command.effect_digest.map_or_else(Vec::new, |d| d.as_bytes().to_vec()),
        body: Some(body(&command.body)),
    }
}

fn body(body: &Body) -> pb::command::Body {
    use pb::command::Body as Wire;
    match body {
        Body::Genesis(genesis) => Wire::Genesis(self::genesis(genesis)),
        Body::RegisterKey { role, key } => Wire::RegisterKey(pb::RegisterKey {
            role: Some(self::role(role)),
            key: Some(key_with_possession(key)),
        }),
        Body::RevokeKey { key, reason } => Wire::RevokeKey(pb::RevokeKey {
            public_key: key.as_bytes().to_vec(),
            reason: reason.to_string(),
        }),
        Body::AppointOperator { person, key } => Wire::AppointOperator(pb::AppointOperator {
            person: person.to_string(),
            key: Some(key_with_possession(key)),
        }),
        Body::RemoveOperator { person, reason } => Wire::RemoveOperator(pb::RemoveOperator {
            person: person.to_string(),
            reason: reason.to_string(),
        }),
        Body::RecordPayment(payment) => Wire::RecordPayment(record_payment(payment)),
        Body::ApplyPayment { payment, application, amount_yen } => {
            Wire::ApplyPayment(pb::ApplyPayment {
                payment: payment.get(),
                application: application.get(),
                amount_yen: amount_yen.get(),
            })
        }
        Body::ApplyAccount(apply) => Wire::ApplyAccount(apply_account(apply)),
        Body::OpenAccount { application } => {
            Wire::OpenAccount(pb::OpenAccount { application: application.get() })
        }
        Body::RegisterProject(project) => Wire::RegisterProject(register_project(project)),
        Body::RecordAuthorisation(authorisation) => {
            Wire::RecordAuthorisation(record_authorisation(authorisation))
        }
        Body::ConsentIssuance { project, decision } => Wire::ConsentIssuance(pb::ConsentIssuance {
            project: project.to_string(),
            decision: Some(self::decision(decision)),
        }),
        Body::RecordIssuance(issuance) => Wire::RecordIssuance(record_issuance(issuance)),
        Body::ApplyTransfer { terms, fee_payment } => {
            Wire::ApplyTransfer(apply_transfer(terms, *fee_payment))
        }
        Body::RecordTransfer { application } => {
            Wire::RecordTransfer(pb::RecordTransfer { application: application.get() })
        }
        Body::WithdrawApplication { application, reason } => {
            Wire::WithdrawApplication(pb::WithdrawApplication {
                application: application.get(),
                reason: reason.to_string(),
            })
        }
        Body::RequestCertificate { account, fee_payment } => {
            Wire::RequestCertificate(pb::RequestCertificate {
                account: account.get(),
                fee_payment: fee_payment.map_or(0, EntryIndex::get),
            })
        }
        Body::IssueCertificate { application } => {
            Wire::IssueCertificate(pb::IssueCertificate { application: application.get() })
        }
    }
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
        payer_commitment: payment.payer.map_or_else(Vec::new, |d| d.as_bytes().to_vec()),
    }
}

fn apply_account(apply: &ApplyAccount) -> pb::ApplyAccount {
    use pb::person::Kind;
    let kind = match &apply.person {
        Person::Corporation(number) => Kind::CorporateNumber(number.to_string()),
        Person::ForeignCorporation { country, number } => {
            Kind::ForeignCorporation(pb::ForeignCorporation {
                country: country.to_string(),
                number: number.to_string(),
            })
        }
    };
    let text = |text: &Option<crate::text::Text>| {
        text.as_ref().map_or_else(String::new, |t| t.to_string())
    };
    pb::ApplyAccount {
        person: Some(pb::Person { kind: Some(kind) }),
        name_ja: text(&apply.holder.name_ja),
        name_en: apply.holder.name_en.to_string(),
        head_office_ja: text(&apply.holder.head_office_ja),
        head_office_en: apply.holder.head_office_en.to_string(),
        particulars_commitment: apply.particulars.as_bytes().to_vec(),
        attachments: apply.attachments.iter().map(|d| d.as_bytes().to_vec()).collect(),
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

fn record_authorisation(authorisation: &Authorisation) -> pb::RecordAuthorisation {
    let side = match authorisation.side {
        Side::Japan => pb::AuthorisingSide::Japan,
        Side::Partner => pb::AuthorisingSide::Partner,
    };
    let first_transfer = match authorisation.first_transfer {
        FirstTransferDefinition::Authorisation => pb::FirstTransferDefinition::Authorisation,
        FirstTransferDefinition::Issuance => pb::FirstTransferDefinition::Issuance,
        FirstTransferDefinition::UseOrCancellation => {
            pb::FirstTransferDefinition::UseOrCancellation
        }
    };
    pb::RecordAuthorisation {
        authorisation_id: authorisation.id.to_string(),
        side: side.into(),
        partner: authorisation.partner.to_string(),
        cooperative_approach: authorisation.cooperative_approach.to_string(),
        date: Some(date(authorisation.date)),
        quantity_tonnes: authorisation.quantity_tonnes.get(),
        first_vintage: authorisation.first_vintage.get().into(),
        last_vintage: authorisation.last_vintage.get().into(),
        for_ndc: authorisation.purposes.ndc,
        for_imp: authorisation.purposes.imp,
        for_op: authorisation.purposes.op,
        first_transfer: first_transfer.into(),
        projects: authorisation.projects.iter().map(|project| project.to_string()).collect(),
        document: authorisation.document.as_bytes().to_vec(),
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

fn apply_transfer(terms: &TransferTerms, fee_payment: Option<EntryIndex>) -> pb::ApplyTransfer {
    let purpose = match terms.purpose {
        Purpose::Retirement => pb::Purpose::Retirement,
        Purpose::Cancellation => pb::Purpose::Cancellation,
        Purpose::Other => pb::Purpose::Other,
    };
    pb::ApplyTransfer {
        source: terms.source.get(),
        destination: terms.destination.get(),
        quantity_tonnes: terms.ranges.quantity().get(),
        ranges: terms.ranges.iter().map(range).collect(),
        purpose: purpose.into(),
        gratuitous: terms.gratuitous,
        r#use: terms.use_.as_ref().map(use_),
        fee_payment: fee_payment.map_or(0, EntryIndex::get),
    }
}

fn range(range: SerialRange) -> pb::SerialRange {
    pb::SerialRange { block: range.block().get(), first: range.first(), last: range.last() }
}

fn use_(use_: &Use) -> pb::Use {
    let kind = match use_.kind {
        UseKind::Ndc => pb::UseKind::Ndc,
        UseKind::Shk => pb::UseKind::Shk,
        UseKind::GxEts => pb::UseKind::GxEts,
        UseKind::Voluntary => pb::UseKind::Voluntary,
        UseKind::InternationalMitigation => pb::UseKind::InternationalMitigation,
        UseKind::Other => pb::UseKind::Other,
    };
    pb::Use {
        kind: kind.into(),
        reporting_year: use_.reporting_year.map_or(0, |year| year.get().into()),
        beneficiary: use_.beneficiary.as_ref().map_or_else(String::new, |text| text.to_string()),
    }
}

fn date(date: Date) -> pb::Date {
    pb::Date { year: date.year().get().into(), month: date.month().into(), day: date.day().into() }
}
