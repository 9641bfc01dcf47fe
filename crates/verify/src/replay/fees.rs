//! Payments, what they settle, and what is paid back.

use super::judge::Case;
use super::keys;
use super::state::Status;
use crate::code::{Code, Judged, contradiction, ensure};
use jcm_format::amount::Yen;
use jcm_format::command::{
    ImportStatement, ImportedPayment, LineKey, PaymentId, PaymentPart, RecordPayment, Refund,
    RefundSource,
};
use jcm_format::event::Effect;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::time::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Rules 501, 502 and 405.
pub(crate) fn record_payment(case: &Case<'_>, payment: &RecordPayment) -> Judged<Vec<Effect>> {
    let reference = &payment.bank_reference;
    let fresh = !case.state.bank_references.contains(reference);
    ensure(fresh, Code::PaymentRecordedBefore, || {
        format!("the bank's reference {reference} was recorded before")
    })?;
    credited(case, payment.value_date, payment.account)?;
    Ok(vec![Effect::PaymentRecorded {
        bank_reference: reference.clone(),
        amount_yen: payment.amount_yen,
        value_date: payment.value_date,
        account: payment.account,
        payer: payment.payer,
    }])
}

/// Rules 502 and 405.
fn credited(case: &Case<'_>, value_date: Date, account: Option<AccountNumber>) -> Judged<()> {
    ensure(value_date <= case.today(), Code::ValueDateInFuture, || {
        format!("the value date {value_date} is after {}", case.today())
    })?;
    account.map_or(Ok(()), |account| keys::entity(case.state, account))
}

/// Rule 514, then 501, 502 and 405 credit by credit.
pub(crate) fn import(case: &Case<'_>, import: &ImportStatement) -> Judged<Vec<Effect>> {
    let statement = import.statement;
    ensure(!case.state.statements.contains(&statement), Code::StatementImported, || {
        format!("the statement {statement} was imported before")
    })?;
    let mut own: BTreeSet<LineKey> = BTreeSet::new();
    for ImportedPayment { key, value_date, account, .. } in &import.payments {
        let fresh = !case.state.credits.contains(key) && own.insert(*key);
        ensure(fresh, Code::PaymentRecordedBefore, || {
            format!("the credit {key} was imported before")
        })?;
        credited(case, *value_date, *account)?;
    }
    let payments = import.payments.clone();
    Ok(vec![Effect::StatementImported { statement, payers: import.payers, payments }])
}

/// What the parts of one command have already taken.
#[derive(Default)]
struct Taken {
    payments: BTreeMap<PaymentId, Yen>,
    applications: BTreeMap<EntryIndex, Yen>,
}

/// Rules 503 to 508 for each part in order, as of after the parts before it.
pub(crate) fn apply_payments(case: &Case<'_>, parts: &[PaymentPart]) -> Judged<Vec<Effect>> {
    let mut taken = Taken::default();
    parts.iter().map(|part| apply_part(case, *part, &mut taken)).collect()
}

/// Rules 503 to 508.
fn apply_part(case: &Case<'_>, part: PaymentPart, taken: &mut Taken) -> Judged<Effect> {
    let PaymentPart { payment, application, amount_yen: amount } = part;
    let known = case.payment(payment)?;
    let applied = case.open_application(application, "an application", |_| true)?;
    let own = known.account.is_none() || known.account == applied.applicant();
    ensure(own, Code::PaymentOfAnother, || {
        format!("payment {payment} is that of another account than application {application}")
    })?;
    let of_payment = taken.payments.entry(payment).or_default();
    let of_application = taken.applications.entry(application).or_default();
    let after = |sum: Yen| sum.checked_add(amount);
    let (spent, settled) = (after(*of_payment), after(*of_application));
    ensure(spent.is_some_and(|spent| spent <= known.left), Code::PaymentSpent, || {
        format!(
            "{amount} yen more are taken from payment {payment}, of whose {} yen {} were left before this entry",
            known.amount, known.left
        )
    })?;
    ensure(settled.is_some_and(|settled| settled <= applied.due()), Code::FeeExceeded, || {
        format!(
            "{amount} yen more are applied to application {application}, which owed {} before this entry",
            applied.due()
        )
    })?;
    let sums = spent.zip(settled);
    (*of_payment, *of_application) = sums.ok_or_else(|| contradiction("a sum overflows"))?;
    Ok(applied_effect(payment, Some(application), amount))
}

fn applied_effect(payment: PaymentId, application: Option<EntryIndex>, amount: Yen) -> Effect {
    let amount_yen = amount;
    if payment.line == 0 {
        Effect::PaymentApplied { payment: payment.entry, application, amount_yen }
    } else {
        Effect::PaymentLineApplied { payment, application, amount_yen }
    }
}

/// Rules 503, 506 and 507 for a fee that is drawn from a payment at once.
pub(crate) fn draw(
    case: &Case<'_>,
    payment: PaymentId,
    account: AccountNumber,
    fee: Yen,
) -> Judged<Effect> {
    let known = case.payment(payment)?;
    ensure(known.account == Some(account), Code::PaymentOfAnother, || {
        format!("the fee is drawn from payment {payment}, which does not name account {account}")
    })?;
    let left = known.left.checked_sub(case.before.of_payment(payment)).unwrap_or(Yen::ZERO);
    ensure(fee <= left, Code::PaymentSpent, || {
        format!(
            "a fee of {fee} yen is drawn from payment {payment}, of whose {} yen {left} are left",
            known.amount
        )
    })?;
    Ok(applied_effect(payment, None, fee))
}

/// Rules 501, then 503 and 507 or 515 and 516.
pub(crate) fn refund(case: &Case<'_>, refund: &Refund) -> Judged<Vec<Effect>> {
    let Refund { source, amount_yen: amount, bank_reference, .. } = refund;
    let fresh = !case.state.refund_references.contains(bank_reference);
    ensure(fresh, Code::PaymentRecordedBefore, || {
        format!("a refund with the bank's reference {bank_reference} was recorded before")
    })?;
    match source {
        RefundSource::Payment(payment) => {
            let left = case.payment(*payment)?.left;
            ensure(*amount <= left, Code::PaymentSpent, || {
                format!("{amount} yen of payment {payment} are paid back, of which {left} are left")
            })?;
        }
        RefundSource::Application(application) => {
            let known = case.state.applications.get(application).filter(|known| {
                matches!(known.status, Status::Refused | Status::Withdrawn | Status::Lapsed)
            });
            let known = known.ok_or_else(|| {
                Code::NotRefundable.broken(format!(
                    "the fee of {application} is paid back, which is no application that came to nothing"
                ))
            })?;
            let left = known.settled.checked_sub(known.refunded).unwrap_or(Yen::ZERO);
            ensure(*amount <= left, Code::RefundExceeded, || {
                format!(
                    "{amount} yen are paid back for application {application}, for which {left} are left of what was paid"
                )
            })?;
        }
    }
    Ok(vec![Effect::Refunded {
        source: *source,
        amount_yen: *amount,
        bank_reference: bank_reference.clone(),
    }])
}
