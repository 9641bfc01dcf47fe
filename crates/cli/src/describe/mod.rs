//! What a command says, field by field, read from the payload itself: what a
//! person sees before signing, whatever a file or a registry claims about it.

mod acts;
mod article6;
mod guard;

use crate::amount::grouped;
use jcm_format::command::{
    ApplyAccount, Basis, Body, Decision, Genesis, RecordIssuance, RecordPayment, RegisterProject,
    TransferTerms, UseKind,
};
use jcm_format::serial::SerialRanges;
use std::fmt::Display;

type Line = (&'static str, String);

/// One line for each thing that the command says.
pub fn body(body: &Body) -> Vec<Line> {
    match body {
        Body::Genesis(m) => genesis(m),
        Body::RegisterKey { role, key } => {
            vec![line("role", role), line("key", key.key)]
        }
        Body::RevokeKey { key, reason } => vec![line("key", key), line("reason", reason)],
        Body::AppointOperator { person, key } => {
            vec![line("person", person), line("key", key.key)]
        }
        Body::RemoveOperator { person, reason } => {
            vec![line("person", person), line("reason", reason)]
        }
        Body::RecordPayment(m) => payment(m),
        Body::ApplyPayment { payment, application, amount_yen } => vec![
            line("payment", payment),
            line("application", application),
            line("amount", yen(amount_yen.get())),
        ],
        Body::ApplyAccount(m) => account(m),
        Body::RegisterProject(m) => project(m),
        Body::ConsentIssuance { project, decision } => {
            [vec![line("project", project)], self::decision(decision)].concat()
        }
        Body::RecordIssuance(m) => issuance(m),
        Body::RecordIssuances { parts } => article6::parts("issuance", parts, issuance),
        Body::ApplyTransfers(m) => article6::parts("transfer", &m.parts, |part| {
            let lines = [transfer(&part.terms), article6::use_details(part.use_details.as_ref())];
            [lines.concat(), optional("fee from payment", part.fee_payment.as_ref())].concat()
        }),
        Body::ApplyTransfer { terms, use_details, trust, fee_payment } => [
            transfer(terms),
            article6::use_details(use_details.as_ref()),
            acts::transfer_trust(trust.as_ref()),
            optional("fee from payment", fee_payment.as_ref()),
        ]
        .concat(),
        Body::OpenAccount { application }
        | Body::RecordTransfer { application }
        | Body::IssueCertificate { application } => vec![line("application", application)],
        Body::WithdrawApplication { application, reason } => {
            vec![line("application", application), line("reason", reason)]
        }
        Body::RequestCertificate { account, fee_payment } => {
            [vec![line("account", account)], optional("fee from payment", fee_payment.as_ref())]
                .concat()
        }
        other => acts::body(other),
    }
}

/// The lines that are commitments to data outside the log.
pub fn commitments(body: &Body) -> Vec<Line> {
    self::body(body).into_iter().filter(|(name, _)| name.ends_with(COMMITTED)).collect()
}

/// With this ends the name of every line that is a commitment.
const COMMITTED: &str = "(committed)";

fn line(name: &'static str, value: impl Display) -> Line {
    (name, value.to_string())
}

fn optional(name: &'static str, value: Option<impl Display>) -> Vec<Line> {
    value.map(|value| line(name, value)).into_iter().collect()
}

fn yen(amount: u64) -> String {
    format!("{} yen", grouped(amount))
}

fn tonnes(amount: u64) -> String {
    format!("{} t", grouped(amount))
}

fn genesis(m: &Genesis) -> Vec<Line> {
    let mut lines = vec![line("log key", m.log_key)];
    lines.extend(m.authorities.iter().map(|(p, key)| line("authority", format!("{p} {key}"))));
    let rules = m.rule_set;
    lines.push(line("account opening fee", yen(rules.account_opening_fee_yen.get())));
    lines.push(line("transfer fee", yen(rules.transfer_fee_yen.get())));
    lines.push(line("certificate fee", yen(rules.certificate_fee_yen.get())));
    lines
}

fn payment(m: &RecordPayment) -> Vec<Line> {
    let mut lines = vec![
        line("bank reference", &m.bank_reference),
        line("amount", yen(m.amount_yen.get())),
        line("value date", m.value_date),
    ];
    lines.extend(optional("account", m.account));
    lines.extend(optional("payer (committed)", m.payer));
    lines
}

fn account(m: &ApplyAccount) -> Vec<Line> {
    let mut lines = vec![line("person", &m.person)];
    lines.extend(acts::holder(&m.holder));
    lines.push(line("particulars (committed)", m.particulars));
    lines.extend(m.attachments.iter().map(|digest| line("attachment", digest)));
    lines.push(line("representative's key", m.representative));
    lines
}

fn project(m: &RegisterProject) -> Vec<Line> {
    let mut lines = vec![
        line("reference", &m.reference),
        line("title", &m.title),
        line("methodology", &m.methodology),
    ];
    lines.extend(optional("public input", m.public_input_date));
    lines
}

fn decision(m: &Decision) -> Vec<Line> {
    vec![
        line("decision", format!("{} of {}", m.reference, m.date)),
        line("period", format!("{} to {}", m.period_start, m.period_end)),
        line("notified, both sides", tonnes(m.notified_total_tonnes.get())),
        line("notified, Japan", tonnes(m.notified_japan_tonnes.get())),
    ]
}

fn issuance(m: &RecordIssuance) -> Vec<Line> {
    let mut lines = [vec![line("project", &m.project)], decision(&m.decision)].concat();
    lines.push(match &m.basis {
        Basis::Consent(entry) => line("basis", format!("consent of entry {entry}")),
        Basis::CarriedOver { issued_on, recognition_reference } => {
            line("basis", format!("carried over, issued {issued_on}, {recognition_reference}"))
        }
    });
    lines.push(line("verifier", &m.verifier));
    lines.push(line("verification report", m.verification_report));
    lines.push(line("quantity", tonnes(m.quantity_tonnes.get())));
    for vintage in &m.vintages {
        for part in &vintage.allocations {
            let quantity = tonnes(part.quantity_tonnes.get());
            lines.push(line(
                "allocation",
                format!("{}: {quantity} to {}", vintage.year, part.account),
            ));
        }
    }
    if let Some((japan, partner)) = &m.authorisations {
        lines.push(line("first transfer under", format!("{japan} and {partner}")));
    }
    lines
}

fn transfer(m: &TransferTerms) -> Vec<Line> {
    let mut lines = vec![
        line("from", m.source),
        line("to", m.destination),
        line("quantity", tonnes(m.ranges.quantity().get())),
        line("units", ranges(&m.ranges)),
        line("purpose", m.purpose),
        line("declared free of charge", if m.gratuitous { "yes" } else { "no" }),
    ];
    if let Some(use_) = &m.use_ {
        lines.push(line("use", use_kind(use_.kind)));
        lines.extend(optional("reporting year", use_.reporting_year));
        lines.extend(optional("beneficiary", use_.beneficiary.as_ref()));
    }
    lines
}

fn use_kind(kind: UseKind) -> &'static str {
    match kind {
        UseKind::Ndc => "Japan's NDC",
        UseKind::Shk => "reports under the Act (SHK)",
        UseKind::GxEts => "GX-ETS",
        UseKind::Voluntary => "a voluntary claim",
        UseKind::InternationalMitigation => "international mitigation purposes (IMP)",
        UseKind::OtherPurposes => "other purposes (OP)",
        UseKind::Omge => "overall mitigation in global emissions (OMGE)",
        UseKind::Other => "other",
    }
}

/// Ranges in one line.
pub fn ranges(ranges: &SerialRanges) -> String {
    let texts: Vec<_> = ranges.iter().map(|range| range.to_string()).collect();
    texts.join(" ")
}
