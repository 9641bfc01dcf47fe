//! ApplyPayment: each yen settles one fee, once.

use super::{Case, Decision, reject};
use crate::rejection::Reason;
use crate::state::Subject;
use jcm_format::amount::Yen;
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;

pub(super) fn decide(
    case: &Case<'_>,
    payment: EntryIndex,
    application: EntryIndex,
    amount: Yen,
) -> Decision {
    let Some(paid) = case.state.payment(payment) else {
        return reject(Reason::PaymentUnknown, format_args!("entry {payment}"));
    };
    let open = case.open_application(application, |_| true, |_| true)?;
    let concerns = match &open.subject {
        Subject::Account { .. } => None,
        Subject::Transfer(terms) => Some(terms.source),
        Subject::Certificate(account) => Some(*account),
    };
    if paid.account.is_some() && paid.account != concerns {
        return reject(Reason::PaymentOfAnother, format_args!("entry {payment}"));
    }
    if paid.left_yen < amount {
        return reject(Reason::PaymentSpent, format_args!("{} yen left", paid.left_yen));
    }
    if open.due_yen() < amount {
        return reject(Reason::FeeExceeded, format_args!("{} yen due", open.due_yen()));
    }
    // After this point the command is accepted.
    Ok(vec![Effect::PaymentApplied { payment, application: Some(application), amount_yen: amount }])
}
