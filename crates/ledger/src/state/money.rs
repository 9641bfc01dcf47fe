//! Applying effects: payments, fees and refunds.

use super::{Payment, PaymentReference, State};
use jcm_format::amount::Yen;
use jcm_format::command::{ImportedPayment, PaymentId, RefundSource};
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;
use jcm_format::time::Timestamp;

impl State {
    pub(super) fn apply_money(&mut self, index: EntryIndex, time: Timestamp, effect: &Effect) {
        match effect {
            Effect::PaymentRecorded { bank_reference, amount_yen, value_date, account, payer } => {
                self.bank_references.insert(bank_reference.clone());
                self.commitments.extend(*payer);
                let id = PaymentId::single(index);
                let payment = Payment {
                    id,
                    reference: PaymentReference::Bank(bank_reference.clone()),
                    amount_yen: *amount_yen,
                    left_yen: *amount_yen,
                    value_date: *value_date,
                    account: *account,
                };
                self.payments.insert(id, payment);
            }
            Effect::StatementImported { statement, payers, payments } => {
                self.statements.insert(*statement);
                self.commitments.extend(*payers);
                for (line, payment) in (1..).zip(payments) {
                    self.add_line(PaymentId { entry: index, line }, payment);
                }
            }
            Effect::PaymentApplied { payment, application, amount_yen } => {
                let application = application.unwrap_or(index);
                self.spend(time, PaymentId::single(*payment), application, *amount_yen);
            }
            Effect::PaymentLineApplied { payment, application, amount_yen } => {
                self.spend(time, *payment, application.unwrap_or(index), *amount_yen);
            }
            Effect::Refunded { source, amount_yen, bank_reference } => {
                self.refund_references.insert(bank_reference.clone());
                match source {
                    RefundSource::Payment(payment) => self.take_from(*payment, *amount_yen),
                    RefundSource::Application(application) => {
                        if let Some(closed) = self.closed_applications.get_mut(application) {
                            let refunded = closed.refunded_yen.checked_add(*amount_yen);
                            closed.refunded_yen = refunded.unwrap_or(closed.refunded_yen);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    fn add_line(&mut self, id: PaymentId, payment: &ImportedPayment) {
        self.line_keys.insert(payment.key);
        let record = Payment {
            id,
            reference: PaymentReference::Line(payment.key),
            amount_yen: payment.amount_yen,
            left_yen: payment.amount_yen,
            value_date: payment.value_date,
            account: payment.account,
        };
        self.payments.insert(id, record);
    }

    fn take_from(&mut self, payment: PaymentId, amount: Yen) {
        if let Some(payment) = self.payments.get_mut(&payment) {
            payment.left_yen = payment.left_yen.checked_sub(amount).unwrap_or(Yen::ZERO);
        }
    }

    fn spend(&mut self, time: Timestamp, payment: PaymentId, application: EntryIndex, amount: Yen) {
        self.take_from(payment, amount);
        if let Some(application) = self.open_applications.get_mut(&application) {
            let settled = application.settled_yen.checked_add(amount);
            application.settled_yen = settled.unwrap_or(application.settled_yen);
            self.books.count_fee(time, application.subject.kind(), amount);
        }
    }
}
