//! Payments: what arrived, what it was applied to, what was paid back.

use super::Parsed;
use super::fields::{
    account, at_most, date, digest, entry, line, name, optional, optional_account, text, yen,
};
use crate::command::{
    Body, FieldError, FieldRule, ImportStatement, ImportedPayment, LineKey, PaymentId, PaymentPart,
    RecordPayment, Refund, RefundSource,
};
use crate::limits::{IMPORT_LINES_MAX, PAYMENT_PARTS_MAX};
use crate::pb;
use crate::time::Date;
use std::collections::BTreeSet;

pub(super) fn record_payment(m: &pb::RecordPayment) -> Parsed<Body> {
    Ok(Body::RecordPayment(RecordPayment {
        bank_reference: name("record_payment.bank_reference", &m.bank_reference)?,
        amount_yen: yen("record_payment.amount_yen", m.amount_yen)?,
        value_date: date("record_payment.value_date", m.value_date)?,
        account: optional_account("record_payment.account", m.account)?,
        payer: optional(&m.payer_commitment, |b| digest("record_payment.payer_commitment", b))?,
    }))
}

pub(super) fn apply_payment(m: &pb::ApplyPayment) -> Parsed<Body> {
    Ok(Body::ApplyPayment {
        payment: entry("apply_payment.payment", m.payment)?,
        application: entry("apply_payment.application", m.application)?,
        amount_yen: yen("apply_payment.amount_yen", m.amount_yen)?,
    })
}

pub(super) fn submit_payment_proof(m: &pb::SubmitPaymentProof) -> Parsed<Body> {
    Ok(Body::SubmitPaymentProof {
        application: entry("submit_payment_proof.application", m.application)?,
        document: digest("submit_payment_proof.document", &m.document)?,
    })
}

pub(super) fn import_statement(m: &pb::ImportStatement) -> Parsed<Body> {
    let at = |field: &str| format!("import_statement.{field}");
    let statement = digest(&at("statement"), &m.statement)?;
    let payers = optional(&m.payers_commitment, |b| digest(&at("payers_commitment"), b))?;
    let count = m.amounts_yen.len();
    if count == 0 {
        return Err(FieldError::new(at("amounts_yen"), FieldRule::EmptyList));
    }
    at_most(&at("amounts_yen"), count, IMPORT_LINES_MAX)?;
    let (keys, rest) = m.keys.as_chunks::<{ LineKey::LEN }>();
    if keys.len() != count || !rest.is_empty() {
        return Err(FieldError::new(at("keys"), FieldRule::Length));
    }
    if m.value_days.len() != count {
        return Err(FieldError::new(at("value_days"), FieldRule::Length));
    }
    if !m.accounts.is_empty() {
        if m.accounts.len() != count {
            return Err(FieldError::new(at("accounts"), FieldRule::Length));
        }
        // One statement, one spelling: where no account is known, there is no column.
        if m.accounts.iter().all(|number| *number == 0) {
            return Err(FieldError::new(at("accounts"), FieldRule::NotAllowed));
        }
    }
    let mut seen = BTreeSet::new();
    let mut payments = Vec::with_capacity(count);
    let columns = keys.iter().zip(&m.amounts_yen).zip(&m.value_days).enumerate();
    for (i, ((key, amount), days)) in columns {
        if !seen.insert(key) {
            return Err(FieldError::new(format!("{}[{i}]", at("keys")), FieldRule::Repeated));
        }
        let value_date = Date::from_days(u64::from(*days)).ok_or_else(|| {
            FieldError::new(format!("{}[{i}]", at("value_days")), FieldRule::BadDate)
        })?;
        let account = m.accounts.get(i).copied().unwrap_or(0);
        payments.push(ImportedPayment {
            key: LineKey::from_bytes(*key),
            amount_yen: yen(&format!("{}[{i}]", at("amounts_yen")), *amount)?,
            value_date,
            account: optional_account(&format!("{}[{i}]", at("accounts")), account)?,
        });
    }
    Ok(Body::ImportStatement(ImportStatement { statement, payers, payments }))
}

pub(super) fn apply_payments(m: &pb::ApplyPayments) -> Parsed<Body> {
    let field = "apply_payments.parts";
    if m.parts.is_empty() {
        return Err(FieldError::new(field, FieldRule::EmptyList));
    }
    at_most(field, m.parts.len(), PAYMENT_PARTS_MAX)?;
    let mut parts = Vec::with_capacity(m.parts.len());
    for (i, part) in m.parts.iter().enumerate() {
        let at = |field: &str| format!("apply_payments.parts[{i}].{field}");
        parts.push(PaymentPart {
            payment: PaymentId {
                entry: entry(&at("payment"), part.payment)?,
                line: line(&at("line"), part.line)?,
            },
            application: entry(&at("application"), part.application)?,
            amount_yen: yen(&at("amount_yen"), part.amount_yen)?,
        });
    }
    Ok(Body::ApplyPayments { parts })
}

pub(super) fn refund(m: &pb::Refund) -> Parsed<Body> {
    use pb::refund::Source;
    let source = match &m.source {
        None => return Err(FieldError::new("refund.source", FieldRule::Missing)),
        Some(Source::Payment(payment)) => RefundSource::Payment(PaymentId {
            entry: entry("refund.payment.entry", payment.entry)?,
            line: line("refund.payment.line", payment.line)?,
        }),
        Some(Source::Application(index)) => {
            RefundSource::Application(entry("refund.application", *index)?)
        }
    };
    Ok(Body::Refund(Refund {
        source,
        amount_yen: yen("refund.amount_yen", m.amount_yen)?,
        bank_reference: name("refund.bank_reference", &m.bank_reference)?,
        reason: text("refund.reason", &m.reason)?,
    }))
}

/// The payment to draw a fee from, if the message at `at` names one.
pub(super) fn fee_payment(at: &str, index: u64, number: u32) -> Parsed<Option<PaymentId>> {
    let line = line(&format!("{at}.fee_payment_line"), number)?;
    match (index, line) {
        (0, 0) => Ok(None),
        _ => {
            let entry = entry(&format!("{at}.fee_payment"), index)?;
            Ok(Some(PaymentId { entry, line }))
        }
    }
}

pub(super) fn request_certificate(m: &pb::RequestCertificate) -> Parsed<Body> {
    let at = "request_certificate";
    Ok(Body::RequestCertificate {
        account: account("request_certificate.account", m.account)?,
        fee_payment: fee_payment(at, m.fee_payment, m.fee_payment_line)?,
    })
}

pub(super) fn issue_certificate(m: &pb::IssueCertificate) -> Parsed<Body> {
    let application = entry("issue_certificate.application", m.application)?;
    Ok(Body::IssueCertificate { application })
}
