//! ImportStatement: what the implementing body knows from its bank (registry
//! ordinance, art. 17(1), second sentence). All credits or none.

use super::{Case, Decision, reject};
use crate::rejection::Reason;
use jcm_format::command::ImportStatement;
use jcm_format::event::Effect;

pub(super) fn decide(case: &Case<'_>, import: &ImportStatement) -> Decision {
    if case.state.has_statement(&import.statement) {
        return reject(Reason::StatementImported, import.statement);
    }
    // That no key occurs twice in the statement is a rule of form.
    for (line, payment) in (1..).zip(&import.payments) {
        let line: u32 = line;
        if case.state.has_line(&payment.key) {
            return reject(Reason::PaymentRecordedBefore, format_args!("line {line}"));
        }
        if case.today < payment.value_date {
            return reject(Reason::ValueDateInFuture, format_args!("line {line}"));
        }
        if let Some(account) = payment.account {
            case.entity_account(account)?;
        }
    }
    // After this point the command is accepted.
    Ok(vec![Effect::StatementImported {
        statement: import.statement,
        payers: import.payers,
        payments: import.payments.clone(),
    }])
}
