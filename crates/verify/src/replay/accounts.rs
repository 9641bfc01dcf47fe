//! Accounts: opening them, what is recorded of their holders, certificates and
//! closing.

use super::judge::Case;
use super::state::{Kind, State};
use super::{books, fees, keys, rules, safeguards, statement};
use crate::code::{Code, Judged, contradiction, ensure};
use jcm_format::command::{
    ApplyAccount, ApplyIndividualAccount, NotifyChange, ParticularsChange, PaymentId, Person, Role,
};
use jcm_format::event::{Effect, Fee};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, EntryIndex};

/// Rules 510 and 406.
pub(crate) fn apply(case: &Case<'_>, apply: &ApplyAccount) -> Judged<Vec<Effect>> {
    without_account(case, &apply.person)?;
    keys::unused(case.state, apply.representative)?;
    Ok(vec![Effect::AccountApplied {
        person: apply.person.clone(),
        holder: apply.holder.clone(),
        particulars: apply.particulars,
        attachments: apply.attachments.clone(),
        representative: apply.representative,
        fee: Fee::Due(rules::fees(case)?.account_opening_fee_yen),
    }])
}

/// Rules 615, 822, 510 and 406.
pub(crate) fn apply_as_individual(
    case: &Case<'_>,
    apply: &ApplyIndividualAccount,
) -> Judged<Vec<Effect>> {
    ensure(case.state.proponents.contains(&apply.person), Code::NotAProponent, || {
        format!("the individual {} is no proponent of a project", apply.person)
    })?;
    books::not_erased(case, apply.person)?;
    books::not_erased(case, apply.particulars)?;
    without_account(case, &Person::Individual(apply.person))?;
    keys::unused(case.state, apply.representative)?;
    Ok(vec![Effect::IndividualApplied {
        person: apply.person,
        particulars: apply.particulars,
        attachments: apply.attachments.clone(),
        representative: apply.representative,
        fee: Fee::Due(rules::fees(case)?.account_opening_fee_yen),
    }])
}

/// Rule 510.
fn without_account(case: &Case<'_>, person: &Person) -> Judged<()> {
    ensure(!case.state.persons.contains(person), Code::AccountExistsForPerson, || {
        format!("{person} has an account or an open application for one already")
    })
}

/// Rules 504, 505, 512 and 511.
pub(crate) fn open(case: &Case<'_>, application: EntryIndex) -> Judged<Vec<Effect>> {
    let wanted = "an application for an account";
    let known = case.open_application(application, wanted, |known| {
        matches!(known.kind, Kind::Account { .. })
    })?;
    case.complete(application, known)?;
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

/// Rules 503, 506 and 507.
pub(crate) fn request_certificate(
    case: &Case<'_>,
    account: AccountNumber,
    fee_payment: Option<PaymentId>,
) -> Judged<Vec<Effect>> {
    let fee = rules::fees(case)?.certificate_fee_yen;
    let mut effects = vec![Effect::CertificateRequested { account, fee: Fee::Due(fee) }];
    if let Some(payment) = fee_payment {
        effects.push(fees::draw(case, payment, account, fee)?);
        effects.push(Effect::CertificateIssued { application: None });
        effects.push(stated(case.state, account));
    }
    Ok(effects)
}

/// Rules 504, 505, 512 and 511.
pub(crate) fn issue_certificate(case: &Case<'_>, application: EntryIndex) -> Judged<Vec<Effect>> {
    let wanted = "a request for a certificate";
    let known = case.open_application(application, wanted, |known| {
        matches!(known.kind, Kind::Certificate { .. })
    })?;
    case.complete(application, known)?;
    case.settled(application, known)?;
    let Kind::Certificate { account } = known.kind else {
        return Err(contradiction("an application is of another kind"));
    };
    let issued = Effect::CertificateIssued { application: Some(application) };
    Ok(vec![issued, stated(case.state, account)])
}

fn stated(state: &State, account: AccountNumber) -> Effect {
    Effect::CertificateStated { account, digest: statement::digest(state, account) }
}

/// Rules 521, 604 and 526.
pub(crate) fn notify_change(case: &Case<'_>, notified: &NotifyChange) -> Judged<Vec<Effect>> {
    let NotifyChange { account, change, attachments } = notified;
    let pending = case.state.open_concerning(*account).find(|entry| {
        let known = case.state.applications.get(entry);
        known.is_some_and(|known| matches!(known.kind, Kind::Change { .. }))
    });
    if let Some(pending) = pending {
        let detail = format!("notification {pending} of account {account} is still open");
        return Err(Code::ApplicationPending.broken(detail));
    }
    case.not_in_future(change.effective)?;
    fitting(case, *account, change)?;
    let (account, change, attachments) = (*account, change.clone(), attachments.clone());
    Ok(vec![Effect::ChangeNotified { account, change, attachments }])
}

/// Rule 526.
pub(crate) fn fitting(
    case: &Case<'_>,
    account: AccountNumber,
    change: &ParticularsChange,
) -> Judged<()> {
    let Some(published) = &change.holder else { return Ok(()) };
    let person = case.state.accounts.get(&account).and_then(|account| account.person.as_ref());
    let japanese = published.name_ja.is_some() && published.head_office_ja.is_some();
    let fits = match person {
        Some(Person::Individual(_)) | None => false,
        Some(Person::Corporation(_)) => japanese,
        Some(Person::ForeignCorporation { .. }) => true,
    };
    ensure(fits, Code::ParticularsMisfit, || {
        format!("the particulars published of account {account} do not fit its holder")
    })
}

/// Rule 527: what is recorded now does not undo what was recorded since.
pub(crate) fn unchanged_since(
    case: &Case<'_>,
    notification: EntryIndex,
    account: AccountNumber,
) -> Judged<()> {
    let known = case.state.accounts.get(&account).and_then(|known| known.particulars.as_ref());
    let since = known.and_then(|known| known.changed).filter(|changed| notification < *changed);
    match since {
        None => Ok(()),
        Some(changed) => Err(Code::ParticularsChangedSince.broken(format!(
            "notification {notification} is recorded, but entry {changed} changed the particulars of account {account} since"
        ))),
    }
}

/// Rules 761, 521, 522 and 523.
pub(crate) fn apply_closing(
    case: &Case<'_>,
    account: AccountNumber,
    attachments: &[Digest],
) -> Judged<Vec<Effect>> {
    closable(case, account, None)?;
    Ok(vec![Effect::ClosingApplied { account, attachments: attachments.to_vec() }])
}

/// Rules 761, 521 (for another application than `own`), 522 and 523.
fn closable(case: &Case<'_>, account: AccountNumber, own: Option<EntryIndex>) -> Judged<()> {
    safeguards::not_frozen(case, account)?;
    let pending = case.state.open_concerning(account).find(|entry| Some(*entry) != own);
    if let Some(pending) = pending {
        let detail = format!("account {account} is closed while application {pending} is open");
        return Err(Code::ApplicationPending.broken(detail));
    }
    let balance = case.state.units.balance(account);
    ensure(balance == 0, Code::AccountNotEmpty, || {
        format!("account {account} is closed, but holds {balance} units")
    })?;
    ensure(!case.state.restricted.contains_key(&account), Code::AccountRestricted, || {
        format!("account {account} is closed while a restriction on it is in force")
    })
}

/// Rules 761 and 521 to 523 once more, and the closing with all keys.
pub(crate) fn close(
    case: &Case<'_>,
    application: EntryIndex,
    account: AccountNumber,
) -> Judged<Vec<Effect>> {
    closable(case, account, Some(application))?;
    let mut effects = vec![Effect::AccountClosed { application, account }];
    effects.extend(case.state.keys_of(account).map(|key| Effect::KeyRevoked { key }));
    Ok(effects)
}
