//! WithdrawApplication: by whoever could have made it, before it is acted on;
//! an application for an account also by an operator.

use super::{Case, Decision, Signers, reject};
use crate::rejection::Reason;
use crate::state::{Application, Subject};
use jcm_format::event::{AccountCategory, Effect};
use jcm_format::id::EntryIndex;
use jcm_format::key::PublicKey;

pub(super) fn decide(case: &Case<'_>, application: EntryIndex) -> Decision {
    if case.state.closed_application(application).is_some() {
        return reject(Reason::ApplicationClosed, format_args!("entry {application}"));
    }
    let Some(open) = case.state.open_application(application) else {
        return reject(Reason::RoleNotPermitted, format_args!("entry {application}"));
    };
    match &open.subject {
        Subject::Account { representative, .. } => {
            // An operator clears away an application that nobody stands behind,
            // which would keep the person's own out (art. 50(2)).
            if case.signers != [*representative] {
                case.signed_by(Signers::Operator)?;
            }
        }
        Subject::Transfer(terms) => {
            let category = case.state.account(terms.source).map(|account| account.category);
            case.signed_by(match category {
                Some(AccountCategory::GovernmentHolding) => Signers::TwoOperators,
                Some(_) | None => Signers::Account(terms.source),
            })?;
        }
        Subject::Certificate(account) => case.signed_by(Signers::Account(*account))?,
    }
    // After this point the command is accepted.
    Ok(vec![Effect::ApplicationWithdrawn { application }])
}

/// The key that applied for an account, which is not registered yet.
pub(super) fn applicant_key(open: &Application) -> Option<PublicKey> {
    match &open.subject {
        Subject::Account { representative, .. } => Some(*representative),
        Subject::Transfer(_) | Subject::Certificate(_) => None,
    }
}
