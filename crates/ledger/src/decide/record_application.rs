//! RecordApplication: a change, a closing or a matter of trust that was applied
//! for.

use super::{Case, Decision, closing, record_commission, reject, trusts, units};
use crate::rejection::Reason;
use crate::state::{Subject, SubjectKind};
use jcm_format::command::{ParticularsChange, TrustRequest};
use jcm_format::event::Effect;
use jcm_format::id::{AccountNumber, EntryIndex};

pub(super) fn decide(case: &Case<'_>, application: EntryIndex) -> Decision {
    let open = case.open_application(application, |kind| {
        matches!(kind, SubjectKind::Change | SubjectKind::Closing | SubjectKind::Trust)
    })?;
    Case::nothing_is_missing(open)?;
    match &open.subject {
        Subject::Change { account, change: new } => change(case, application, *account, new),
        Subject::Closing(account) => close(case, application, *account),
        Subject::Trust { account, request, .. } => trust(case, application, *account, request),
        Subject::Account { .. } | Subject::Transfer(_) | Subject::Certificate(_) => {
            reject(Reason::ApplicationUnknown, format_args!("entry {application}"))
        }
    }
}

fn change(
    case: &Case<'_>,
    application: EntryIndex,
    account: AccountNumber,
    change: &ParticularsChange,
) -> Decision {
    // A correction may have come between; what was notified before it is stale.
    if let Some(changed) = case.state.account(account).and_then(|account| account.changed)
        && application < changed
    {
        return reject(Reason::ParticularsChangedSince, format_args!("entry {changed}"));
    }
    // After this point the command is accepted.
    Ok(vec![Effect::ParticularsChanged {
        application: Some(application),
        account,
        change: change.clone(),
    }])
}

fn close(case: &Case<'_>, application: EntryIndex, account: AccountNumber) -> Decision {
    case.is_not_frozen(account)?;
    closing::nothing_is_left(case, account, Some(application))?;
    // After this point the command is accepted.
    let mut effects = vec![Effect::AccountClosed { application, account }];
    effects.extend(case.state.keys_of(account).map(|(key, _)| Effect::KeyRevoked { key: *key }));
    Ok(effects)
}

fn trust(
    case: &Case<'_>,
    application: EntryIndex,
    account: AccountNumber,
    request: &TrustRequest,
) -> Decision {
    match request {
        TrustRequest::Record { ranges, .. } => units::are_unrestricted(case, ranges, account)?,
        TrustRequest::Delete { ranges, .. } => {
            units::are_unrestricted(case, ranges, account)?;
            trusts::no_trustee_is_dismissed(case, ranges)?;
        }
        TrustRequest::Amend { trust, .. } => {
            record_commission::trustee_is_present(case, *trust)?;
        }
    }
    // After this point the command is accepted. The units are still the account's,
    // in or out of a trust as before: the reservation has kept others off them.
    let done = match request {
        TrustRequest::Record { ranges, terms } => {
            Effect::TrustRecorded { account, ranges: ranges.clone(), terms: *terms }
        }
        TrustRequest::Delete { ranges, .. } => Effect::TrustDeleted { ranges: ranges.clone() },
        TrustRequest::Amend { trust, terms } => {
            Effect::TrustAmended { trust: *trust, terms: *terms, commission: None }
        }
    };
    Ok(vec![Effect::TrustApplicationRecorded { application }, done])
}
