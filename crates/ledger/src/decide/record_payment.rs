//! RecordPayment: what the bank reported, once (registry ordinance, art. 17).

use super::{Case, Decision, reject};
use crate::rejection::Reason;
use jcm_format::command::RecordPayment;
use jcm_format::event::Effect;

pub(super) fn decide(case: &Case<'_>, payment: &RecordPayment) -> Decision {
    if case.state.has_bank_reference(&payment.bank_reference) {
        return reject(Reason::PaymentRecordedBefore, &payment.bank_reference);
    }
    if case.today < payment.value_date {
        return reject(Reason::ValueDateInFuture, payment.value_date);
    }
    if let Some(account) = payment.account {
        case.entity_account(account)?;
    }
    // After this point the command is accepted.
    Ok(vec![Effect::PaymentRecorded {
        bank_reference: payment.bank_reference.clone(),
        amount_yen: payment.amount_yen,
        value_date: payment.value_date,
        account: payment.account,
        payer: payment.payer,
    }])
}
