//! Payments, statements and refunds in words.

use super::{counted, grouped, yen};
use jcm_format::amount::Yen;
use jcm_format::command::{ImportedPayment, RefundSource};
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;
use std::fmt::Display;

pub(super) fn words(effect: &Effect) -> String {
    match effect {
        Effect::PaymentRecorded { bank_reference, amount_yen, value_date, account, .. } => {
            let payer = account
                .map_or_else(String::new, |account| format!(" from the holder of {account}"));
            format!("records payment {bank_reference}: {} on {value_date}{payer}", yen(*amount_yen))
        }
        Effect::PaymentApplied { payment, application, amount_yen } => {
            applied(payment, *application, *amount_yen)
        }
        Effect::PaymentLineApplied { payment, application, amount_yen } => {
            applied(payment, *application, *amount_yen)
        }
        Effect::PaymentProofSubmitted { application, document } => {
            format!(
                "hands in a proof of payment for application {application}: document {document}"
            )
        }
        Effect::StatementImported { statement, payments, .. } => format!(
            "imports the bank statement {statement}: {}, {} yen together",
            counted(payments.len() as u64, "payment"),
            grouped(sum(payments))
        ),
        Effect::Refunded { source, amount_yen, bank_reference } => {
            let source = match source {
                RefundSource::Payment(payment) => format!("what is left of payment {payment}"),
                RefundSource::Application(entry) => {
                    format!("what was paid for application {entry}")
                }
            };
            format!("pays back {} of {source}, by {bank_reference}", yen(*amount_yen))
        }
        _ => String::new(),
    }
}

fn applied(payment: &impl Display, application: Option<EntryIndex>, amount: Yen) -> String {
    let amount = yen(amount);
    match application {
        Some(application) => {
            format!("applies {amount} of payment {payment} to application {application}")
        }
        None => format!("applies {amount} of payment {payment} to this application"),
    }
}

/// Wide enough for any sum of amounts.
fn sum(payments: &[ImportedPayment]) -> u128 {
    payments.iter().map(|payment| u128::from(payment.amount_yen.get())).sum()
}
