//! What the parts of one command before a part have taken: the rules judge each part as
//! of after the parts before it, although nothing is applied yet.

use super::authorisations::Taken;
use crate::rejection::Rejection;
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::PaymentId;
use std::collections::BTreeMap;

/// A refusal of one of several parts, counted from 0.
pub(super) fn in_part(position: usize, broken: Rejection) -> Rejection {
    Rejection { subject: format!("parts[{position}]: {}", broken.subject), ..broken }
}

/// What earlier transfers of the same command have taken. Units are none of it: parts
/// share no unit, which is a rule of form.
#[derive(Debug, Default)]
pub(super) struct EarlierTransfers {
    /// Of authorisations.
    pub(super) taken: Taken,
    /// Out of the account, beside what it applied for today before.
    pub(super) outgoing: Tonnes,
    paid: BTreeMap<PaymentId, Yen>,
}

impl EarlierTransfers {
    /// What of a payment is left after them.
    pub(super) fn left_of(&self, payment: PaymentId, left: Yen) -> Yen {
        let paid = self.paid.get(&payment).copied().unwrap_or(Yen::ZERO);
        left.checked_sub(paid).unwrap_or(Yen::ZERO)
    }

    /// A fee is drawn from a payment of which enough is left.
    pub(super) fn pay(&mut self, payment: PaymentId, fee: Yen) {
        let paid = self.paid.entry(payment).or_default();
        *paid = paid.checked_add(fee).unwrap_or(*paid);
    }

    /// A transfer goes out of the account. A sum too large to be counted is above
    /// every limit.
    pub(super) fn transfer(&mut self, quantity: Tonnes) {
        self.outgoing = self.outgoing.checked_add(quantity).unwrap_or(Tonnes::MAX);
    }
}
