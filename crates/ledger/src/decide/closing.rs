//! ApplyClosing (registry ordinance, art. 14).

use super::{Case, Decision, reject};
use crate::rejection::{Reason, Rejection};
use jcm_format::event::Effect;
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, EntryIndex};

pub(super) fn decide(case: &Case<'_>, account: AccountNumber, attachments: &[Digest]) -> Decision {
    case.is_not_frozen(account)?;
    nothing_is_left(case, account, None)?;
    // After this point the command is accepted.
    Ok(vec![Effect::ClosingApplied { account, attachments: attachments.to_vec() }])
}

/// Rules 521, 522 and 523; `own` is the application for the closing itself.
pub(super) fn nothing_is_left(
    case: &Case<'_>,
    account: AccountNumber,
    own: Option<EntryIndex>,
) -> Result<(), Rejection> {
    let mut open = case.state.open_applications_of(account);
    if let Some(other) = open.find(|open| Some(open.entry) != own) {
        return reject(Reason::ApplicationPending, format_args!("entry {}", other.entry));
    }
    if let Some(range) = case.state.holdings(account).next() {
        return reject(Reason::AccountNotEmpty, range);
    }
    if let Some(record) = case.state.restrictions_of(account).next() {
        return reject(Reason::AccountRestricted, format_args!("entry {}", record.entry));
    }
    Ok(())
}
