//! IssueCertificate: without delay, once the fee is paid (registry ordinance,
//! art. 13(3)).

use super::{Case, Decision, reject};
use crate::rejection::{Reason, Rejection};
use crate::state::{Subject, SubjectKind};
use jcm_format::event::Effect;
use jcm_format::id::{AccountNumber, EntryIndex};

pub(super) fn decide(case: &Case<'_>, application: EntryIndex) -> Decision {
    let open = case.open_application(application, |kind| kind == SubjectKind::Certificate)?;
    let Subject::Certificate(account) = open.subject else {
        return reject(Reason::ApplicationUnknown, format_args!("entry {application}"));
    };
    Case::nothing_is_missing(open)?;
    Case::fee_is_settled(open)?;
    // After this point the command is accepted.
    Ok(effects(case, Some(application), account)?.into())
}

/// The certificate, and what it states: what is recorded before this entry.
pub(super) fn effects(
    case: &Case<'_>,
    application: Option<EntryIndex>,
    account: AccountNumber,
) -> Result<[Effect; 2], Rejection> {
    let Some(digest) = case.state.account_statement(account) else {
        return reject(Reason::AccountUnknown, account);
    };
    Ok([Effect::CertificateIssued { application }, Effect::CertificateStated { account, digest }])
}
