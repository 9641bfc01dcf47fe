//! OpenAccount: without delay, once the fee is paid (Act, art. 50(5)).

use super::{Case, Decision, reject};
use crate::rejection::{Reason, Rejection};
use crate::state::{Subject, SubjectKind};
use jcm_format::command::Role;
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;

pub(super) fn decide(case: &Case<'_>, application: EntryIndex) -> Decision {
    let open = case.open_application(application, |kind| kind == SubjectKind::Account)?;
    let Subject::Account { representative, .. } = &open.subject else {
        return reject(Reason::ApplicationUnknown, format_args!("entry {application}"));
    };
    Case::nothing_is_missing(open)?;
    Case::fee_is_settled(open)?;
    let account = case
        .state
        .next_account()
        .ok_or_else(|| Rejection::new(Reason::AccountUnknown, "no number is left"))?;
    // After this point the command is accepted.
    Ok(vec![
        Effect::AccountOpened { application, account },
        Effect::KeyRegistered { key: *representative, role: Role::Account(account) },
    ])
}
