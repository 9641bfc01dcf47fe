//! Settling a fee within the application itself, from a payment made before.

use super::earlier::EarlierTransfers;
use super::{Case, reject};
use crate::rejection::{Reason, Rejection};
use jcm_format::amount::Yen;
use jcm_format::command::PaymentId;
use jcm_format::event::Effect;
use jcm_format::id::{AccountNumber, EntryIndex};

/// Rules 503, 506 and 507 for a payment from which `account` pays what it applies for.
pub(super) fn draw(
    case: &Case<'_>,
    payment: PaymentId,
    account: AccountNumber,
    fee: Yen,
    earlier: &mut EarlierTransfers,
) -> Result<Effect, Rejection> {
    let Some(paid) = case.state.payment(payment) else {
        return reject(Reason::PaymentUnknown, format_args!("entry {payment}"));
    };
    if paid.account != Some(account) {
        return reject(Reason::PaymentOfAnother, format_args!("entry {payment}"));
    }
    let left = earlier.left_of(payment, paid.left_yen);
    if left < fee {
        return reject(Reason::PaymentSpent, format_args!("{left} yen left"));
    }
    earlier.pay(payment, fee);
    Ok(effect(payment, None, fee))
}

/// Part of a payment settles part of a fee. A payment recorded singly keeps the
/// effect that it had before statements were imported.
pub(super) fn effect(
    payment: PaymentId,
    application: Option<EntryIndex>,
    amount_yen: Yen,
) -> Effect {
    match payment {
        PaymentId { entry, line: 0 } => {
            Effect::PaymentApplied { payment: entry, application, amount_yen }
        }
        payment => Effect::PaymentLineApplied { payment, application, amount_yen },
    }
}
