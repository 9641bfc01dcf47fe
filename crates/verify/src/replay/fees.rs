//! Payments and what they settle.

use super::judge::Case;
use super::keys;
use crate::code::{Code, Judged, ensure};
use jcm_format::amount::Yen;
use jcm_format::command::RecordPayment;
use jcm_format::event::Effect;
use jcm_format::id::{AccountNumber, EntryIndex};

/// Rules 501, 502 and 405.
pub(crate) fn record_payment(case: &Case<'_>, payment: &RecordPayment) -> Judged<Vec<Effect>> {
    let reference = &payment.bank_reference;
    let fresh = !case.state.bank_references.contains(reference);
    ensure(fresh, Code::PaymentRecordedBefore, || {
        format!("the bank's reference {reference} was recorded before")
    })?;
    ensure(payment.value_date <= case.today(), Code::ValueDateInFuture, || {
        format!("the value date {} is after {}", payment.value_date, case.today())
    })?;
    if let Some(account) = payment.account {
        keys::entity(case.state, account)?;
    }
    Ok(vec![Effect::PaymentRecorded {
        bank_reference: reference.clone(),
        amount_yen: payment.amount_yen,
        value_date: payment.value_date,
        account: payment.account,
        payer: payment.payer,
    }])
}

/// Rules 503 to 508.
pub(crate) fn apply_payment(
    case: &Case<'_>,
    payment: EntryIndex,
    application: EntryIndex,
    amount: Yen,
) -> Judged<Vec<Effect>> {
    let known = case.payment(payment)?;
    let applied = case.open_application(application, "an application", |_| true)?;
    let own = known.account.is_none() || known.account == applied.account();
    ensure(own, Code::PaymentOfAnother, || {
        format!("payment {payment} is that of another account than application {application}")
    })?;
    ensure(amount <= known.left, Code::PaymentSpent, || {
        format!(
            "{amount} yen are taken from payment {payment}, of whose {} yen {} are left",
            known.amount, known.left
        )
    })?;
    ensure(amount <= applied.due(), Code::FeeExceeded, || {
        format!(
            "{amount} yen are applied to application {application}, which owes {}",
            applied.due()
        )
    })?;
    let application = Some(application);
    Ok(vec![Effect::PaymentApplied { payment, application, amount_yen: amount }])
}

/// Rules 503, 506 and 507 for a fee that is drawn from a payment at once.
pub(crate) fn draw(
    case: &Case<'_>,
    payment: EntryIndex,
    account: AccountNumber,
    fee: Yen,
) -> Judged<Effect> {
    let known = case.payment(payment)?;
    ensure(known.account == Some(account), Code::PaymentOfAnother, || {
        format!("the fee is drawn from payment {payment}, which does not name account {account}")
    })?;
    ensure(fee <= known.left, Code::PaymentSpent, || {
        format!(
            "a fee of {fee} yen is drawn from payment {payment}, of whose {} yen {} are left",
            known.amount, known.left
        )
    })?;
    Ok(Effect::PaymentApplied { payment, application: None, amount_yen: fee })
}
