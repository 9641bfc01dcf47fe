//! ApplyPayment and ApplyPayments: each yen settles one fee, once.

use super::{Case, Decision, reject, settlement};
use crate::rejection::{Reason, Rejection};
use jcm_format::amount::Yen;
use jcm_format::command::{PaymentId, PaymentPart};
use jcm_format::id::EntryIndex;
use std::collections::BTreeMap;

pub(super) fn one(
    case: &Case<'_>,
    payment: EntryIndex,
    application: EntryIndex,
    amount_yen: Yen,
) -> Decision {
    let part = PaymentPart { payment: PaymentId::single(payment), application, amount_yen };
    several(case, &[part])
}

/// All or none: each part as of after the parts before it.
pub(super) fn several(case: &Case<'_>, parts: &[PaymentPart]) -> Decision {
    let mut before = Before::default();
    let mut effects = Vec::with_capacity(parts.len());
    for part in parts {
        before.judge(case, part)?;
        effects.push(settlement::effect(part.payment, Some(part.application), part.amount_yen));
    }
    // After this point the command is accepted.
    Ok(effects)
}

/// What the parts before have taken and settled.
#[derive(Default)]
struct Before {
    taken: BTreeMap<PaymentId, Yen>,
    settled: BTreeMap<EntryIndex, Yen>,
}

impl Before {
    /// Rules 503 to 508.
    fn judge(&mut self, case: &Case<'_>, part: &PaymentPart) -> Result<(), Rejection> {
        let PaymentPart { payment, application, amount_yen: amount } = *part;
        let Some(paid) = case.state.payment(payment) else {
            return reject(Reason::PaymentUnknown, format_args!("entry {payment}"));
        };
        let open = case.open_application(application, |_| true)?;
        if paid.account.is_some() && paid.account != open.applicant() {
            return reject(Reason::PaymentOfAnother, format_args!("entry {payment}"));
        }
        let taken = self.taken.entry(payment).or_default();
        let left = paid.left_yen.checked_sub(*taken).unwrap_or(Yen::ZERO);
        if left < amount {
            return reject(Reason::PaymentSpent, format_args!("{left} yen left"));
        }
        let settled = self.settled.entry(application).or_default();
        let due = open.due_yen().checked_sub(*settled).unwrap_or(Yen::ZERO);
        if due < amount {
            return reject(Reason::FeeExceeded, format_args!("{due} yen due"));
        }
        for sum in [taken, settled] {
            *sum = sum.checked_add(amount).unwrap_or(*sum);
        }
        Ok(())
    }
}
