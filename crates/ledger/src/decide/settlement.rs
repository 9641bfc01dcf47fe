//! Settling a fee within the application itself, from a payment made before.

use super::{Case, reject};
use crate::rejection::{Reason, Rejection};
use jcm_format::amount::Yen;
use jcm_format::event::Effect;
use jcm_format::id::{AccountNumber, EntryIndex};

/// Rules 503, 506 and 507 for a payment that `account` draws its own fee from.
pub(super) fn draw(
    case: &Case<'_>,
    payment: EntryIndex,
    account: AccountNumber,
    fee: Yen,
) -> Result<Effect, Rejection> {
    let Some(paid) = case.state.payment(payment) else {
        return reject(Reason::PaymentUnknown, format_args!("entry {payment}"));
    };
    if paid.account != Some(account) {
        return reject(Reason::PaymentOfAnother, format_args!("entry {payment}"));
    }
    if paid.left_yen < fee {
        return reject(Reason::PaymentSpent, format_args!("{} yen left", paid.left_yen));
    }
    Ok(Effect::PaymentApplied { payment, application: None, amount_yen: fee })
}
