//! Accounts, the withdrawal of applications, and certificates.

use super::fees;
use super::judge::Case;
use super::keys;
use super::state::Kind;
use crate::code::{Code, Judged, ensure};
use jcm_format::command::{ApplyAccount, Role};
use jcm_format::event::{Effect, Fee};
use jcm_format::id::{AccountNumber, EntryIndex};

/// Rules 510 and 406.
pub(crate) fn apply(case: &Case<'_>, apply: &ApplyAccount) -> Judged<Vec<Effect>> {
    let person = &apply.person;
    ensure(!case.state.persons.contains(person), Code::AccountExistsForPerson, || {
        format!("{person} has an account or an open application for one already")
    })?;
    keys::unused(case.state, apply.representative)?;
    Ok(vec![Effect::AccountApplied {
        person: person.clone(),
        holder: apply.holder.clone(),
        particulars: apply.particulars,
        attachments: apply.attachments.clone(),
        representative: apply.representative,
        fee: Fee::Due(case.state.rules.account_opening_fee_yen),
    }])
}

/// Rules 504, 505 and 511.
pub(crate) fn open(case: &Case<'_>, application: EntryIndex) -> Judged<Vec<Effect>> {
    let wanted = "an application for an account";
    let known = case.open_application(application, wanted, |known| {
        matches!(known.kind, Kind::Account { .. })
    })?;
    case.settled(application, known)?;
    let account = case.state.next_account();
    let (Kind::Account { representative, .. }, Some(account)) = (&known.kind, account) else {
        return Err(Code::AccountUnknown.broken("account numbers have run out"));
    };
    Ok(vec![
        Effect::AccountOpened { application, account },
        Effect::KeyRegistered { key: *representative, role: Role::Account(account) },
    ])
}

/// Rule 505; that the application exists was judged with the role.
pub(crate) fn withdraw(case: &Case<'_>, application: EntryIndex) -> Judged<Vec<Effect>> {
    case.open_application(application, "an application", |_| true)?;
    Ok(vec![Effect::ApplicationWithdrawn { application }])
}

/// Rules 503, 506 and 507.
pub(crate) fn request_certificate(
    case: &Case<'_>,
    account: AccountNumber,
    fee_payment: Option<EntryIndex>,
) -> Judged<Vec<Effect>> {
    let fee = case.state.rules.certificate_fee_yen;
    let mut effects = vec![Effect::CertificateRequested { account, fee: Fee::Due(fee) }];
    if let Some(payment) = fee_payment {
        effects.push(fees::draw(case, payment, account, fee)?);
        effects.push(Effect::CertificateIssued { application: None });
    }
    Ok(effects)
}

/// Rules 504, 505 and 511.
pub(crate) fn issue_certificate(case: &Case<'_>, application: EntryIndex) -> Judged<Vec<Effect>> {
    let wanted = "a request for a certificate";
    let known = case.open_application(application, wanted, |known| {
        matches!(known.kind, Kind::Certificate { .. })
    })?;
    case.settled(application, known)?;
    Ok(vec![Effect::CertificateIssued { application: Some(application) }])
}
