//! Refund: money leaves the implementing body, on the record.

use super::{Case, Decision, reject};
use crate::rejection::{Reason, Rejection};
use crate::state::ApplicationStatus;
use jcm_format::amount::Yen;
use jcm_format::command::{PaymentId, Refund, RefundSource};
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;

pub(super) fn decide(case: &Case<'_>, refund: &Refund) -> Decision {
    if case.state.has_refund(&refund.bank_reference) {
        return reject(Reason::PaymentRecordedBefore, &refund.bank_reference);
    }
    match refund.source {
        RefundSource::Payment(payment) => of_payment(case, payment, refund.amount_yen)?,
        RefundSource::Application(entry) => of_application(case, entry, refund.amount_yen)?,
    }
    // After this point the command is accepted.
    Ok(vec![Effect::Refunded {
        source: refund.source,
        amount_yen: refund.amount_yen,
        bank_reference: refund.bank_reference.clone(),
    }])
}

/// Rules 503 and 507.
fn of_payment(case: &Case<'_>, id: PaymentId, amount: Yen) -> Result<(), Rejection> {
    let Some(payment) = case.state.payment(id) else {
        return reject(Reason::PaymentUnknown, format_args!("entry {id}"));
    };
    if payment.left_yen < amount {
        return reject(Reason::PaymentSpent, format_args!("{} yen left", payment.left_yen));
    }
    Ok(())
}

/// Rules 515 and 516.
fn of_application(case: &Case<'_>, entry: EntryIndex, amount: Yen) -> Result<(), Rejection> {
    let closed = case.state.closed_application(entry).filter(|closed| match closed.status {
        ApplicationStatus::Withdrawn(_)
        | ApplicationStatus::Refused(..)
        | ApplicationStatus::Lapsed(..) => true,
        ApplicationStatus::Open | ApplicationStatus::Recorded(_) => false,
    });
    let Some(closed) = closed else {
        return reject(Reason::NotRefundable, format_args!("entry {entry}"));
    };
    if closed.kept_yen() < amount {
        return reject(
            Reason::RefundExceeded,
            format_args!("entry {entry}, {} yen left", closed.kept_yen()),
        );
    }
    Ok(())
}
