//! Payments: recorded singly, or the lines of imported bank statements.

use crate::access::{Pass, is_payer};
use crate::page;
use crate::shared::Shared;
use crate::status::Refusal;
use jcm_api::pb;
use jcm_format::amount::Yen;
use jcm_format::command::{LineKey, PaymentId};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::limits::IMPORT_LINES_MAX;
use jcm_ledger::state::{Payment, PaymentReference};

/// One payment.
pub(crate) fn one(
    shared: &Shared,
    pass: &Pass,
    request: pb::GetPaymentRequest,
) -> Result<pb::Payment, Refusal> {
    let line = u16::try_from(request.line).map_err(|_| Refusal::Argument {
        field: "line",
        wanted: format!("give a line from 1 to {IMPORT_LINES_MAX}, or 0"),
    })?;
    let id = PaymentId { entry: EntryIndex::new(request.payment), line };
    let view = shared.view();
    let payment = view.state().payment(id).filter(|payment| is_payer(pass, payment.account));
    payment.map(message).ok_or_else(|| Refusal::Absent { what: "payment", which: id.to_string() })
}

/// Every payment, oldest first.
pub(crate) fn list(
    shared: &Shared,
    pass: &Pass,
    request: &pb::ListPaymentsRequest,
) -> Result<pb::ListPaymentsResponse, Refusal> {
    let after = page::after("payments", &request.page_token, id_of)?;
    let view = shared.view();
    let payments = view
        .state()
        .payments()
        .skip_while(|payment| after.is_some_and(|after| payment.id <= after))
        .filter(|payment| is_payer(pass, payment.account))
        .filter(|payment| !request.unspent_only || payment.left_yen != Yen::ZERO);
    let (payments, next_page_token) =
        page::take(payments, page::page_size(request.page_size), "payments", |payment| payment.id);
    let payments = payments.into_iter().map(message).collect();
    Ok(pb::ListPaymentsResponse { payments, next_page_token })
}

/// A payment's text form: its entry, and its line where it has one.
fn id_of(text: &str) -> Option<PaymentId> {
    let (entry, line) = text.split_once('/').unwrap_or((text, "0"));
    Some(PaymentId { entry: EntryIndex::new(entry.parse().ok()?), line: line.parse().ok()? })
}

fn message(payment: &Payment) -> pb::Payment {
    let bank_reference = match &payment.reference {
        PaymentReference::Bank(name) => name.to_string(),
        PaymentReference::Line(key) => key.to_string(),
    };
    pb::Payment {
        entry: payment.id.entry.get(),
        bank_reference,
        amount_yen: payment.amount_yen.get(),
        left_yen: payment.left_yen.get(),
        value_date: payment.value_date.to_string(),
        account: payment.account.map_or(0, AccountNumber::get),
        line: payment.id.line.into(),
    }
}

/// Which credits of a bank statement are recorded already.
pub(crate) fn find_lines(
    shared: &Shared,
    request: &pb::FindStatementLinesRequest,
) -> Result<pb::FindStatementLinesResponse, Refusal> {
    if IMPORT_LINES_MAX < request.keys.len() {
        let wanted = format!("give at most {IMPORT_LINES_MAX} keys");
        return Err(Refusal::Argument { field: "keys", wanted });
    }
    let keys = request.keys.iter().map(|key| {
        let key: Result<[u8; LineKey::LEN], _> = key.as_slice().try_into();
        key.map(LineKey::from_bytes).map_err(|_| Refusal::Argument {
            field: "keys",
            wanted: format!("a key has {} bytes", LineKey::LEN),
        })
    });
    let keys = keys.collect::<Result<Vec<_>, _>>()?;
    let statement = match request.statement.as_slice() {
        [] => None,
        bytes => Some(Digest::from_slice(bytes).ok_or_else(|| Refusal::Argument {
            field: "statement",
            wanted: format!("give the {} bytes of a digest, or nothing", Digest::LEN),
        })?),
    };
    let view = shared.view();
    let state = view.state();
    let known = (0..).zip(&keys).filter(|(_, key)| state.has_line(key));
    Ok(pb::FindStatementLinesResponse {
        known: known.map(|(position, _)| position).collect(),
        statement_known: statement.is_some_and(|statement| state.has_statement(&statement)),
    })
}
