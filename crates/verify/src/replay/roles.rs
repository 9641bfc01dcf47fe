//! Who may sign what: rules 208, 209, 301 and 302.

use super::judge::Case;
use super::state::{Kind, Status};
use crate::code::{Code, Judged, ensure};
use jcm_format::command::{Basis, Body, Role, Side, TransferTerms, TransferTrust};
use jcm_format::event::AccountCategory;
use jcm_format::id::{AccountNumber, Country, EntryIndex};
use jcm_format::key::PublicKey;
use jcm_format::text::Name;
use std::collections::BTreeSet;

/// In what capacity a command is to be signed.
enum Asked {
    /// By two authorities.
    Authorities,
    /// By one operator.
    Operator,
    /// By two operators.
    Operators,
    /// By a partner country's authority.
    Partner(Country),
    /// By a representative of an account.
    Account(AccountNumber),
    /// By a representative of an account, or by two authorities.
    AccountOrAuthorities(AccountNumber),
    /// By this key and no other.
    Key(PublicKey),
    /// By this key and no other, or by one operator.
    KeyOrOperator(PublicKey),
    /// By exactly these keys.
    Keys(BTreeSet<PublicKey>),
    /// Nobody can: what the role depends on does not exist.
    Nobody(String),
}

/// Rules 208 and 209: every signing key is registered, or exempt, and valid.
pub(crate) fn known(case: &Case<'_>) -> Judged<()> {
    let exempt = exempt(case);
    for signer in case.signers {
        ensure(
            case.state.keys.contains_key(signer) || exempt.contains(signer),
            Code::KeyUnknown,
            || format!("the key {signer} signed and was never registered"),
        )?;
    }
    for signer in case.signers {
        let revoked = case.state.keys.get(signer).is_some_and(|key| key.revoked);
        ensure(!revoked, Code::KeyRevoked, || {
            format!("the key {signer} signed after it had been revoked")
        })?;
    }
    Ok(())
}

/// The keys that may sign this command without being registered.
fn exempt(case: &Case<'_>) -> BTreeSet<PublicKey> {
    match &case.command.body {
        Body::Genesis(genesis) => genesis.authorities.iter().map(|(_, key)| *key).collect(),
        Body::ApplyAccount(apply) => BTreeSet::from([apply.representative]),
        Body::ApplyIndividualAccount(apply) => BTreeSet::from([apply.representative]),
        Body::WithdrawApplication { application, .. }
        | Body::CompleteApplication { application, .. }
        | Body::SubmitPaymentProof { application, .. } => {
            let known = case.state.applications.get(application);
            match known.filter(|known| known.status == Status::Open).map(|known| &known.kind) {
                Some(Kind::Account { representative, .. }) => BTreeSet::from([*representative]),
                Some(_) | None => BTreeSet::new(),
            }
        }
        _ => BTreeSet::new(),
    }
}

/// Rules 301 and 302.
pub(crate) fn permitted(case: &Case<'_>) -> Judged<()> {
    match asked(case) {
        Asked::Authorities => two(case, "an authority", authority),
        Asked::Operator => all(case, "an operator", |role| operator(role).is_some()),
        Asked::Operators => two(case, "an operator", operator),
        Asked::Partner(country) => {
            let wanted = format!("the partner authority of {country}");
            all(case, &wanted, |role| *role == Role::Partner(country))
        }
        Asked::Account(account) => {
            let wanted = format!("a representative of account {account}");
            all(case, &wanted, |role| *role == Role::Account(account))
        }
        Asked::AccountOrAuthorities(account) => account_or_authorities(case, account),
        Asked::Key(key) => exactly(case, &BTreeSet::from([key])),
        Asked::KeyOrOperator(key) if case.signers == [key] => Ok(()),
        Asked::KeyOrOperator(_) => {
            all(case, "the key that applied, or an operator", |role| operator(role).is_some())
        }
        Asked::Keys(keys) => exactly(case, &keys),
        Asked::Nobody(why) => Err(Code::RoleNotPermitted.broken(why)),
    }
}

fn asked(case: &Case<'_>) -> Asked {
    match &case.command.body {
        Body::Genesis(genesis) => {
            Asked::Keys(genesis.authorities.iter().map(|(_, key)| *key).collect())
        }
        Body::RegisterKey { role: Role::Account(account), .. } => {
            Asked::AccountOrAuthorities(*account)
        }
        Body::RevokeKey { key, .. } => match case.state.keys.get(key).map(|key| &key.role) {
            Some(Role::Account(account)) => Asked::AccountOrAuthorities(*account),
            Some(Role::Authority(_) | Role::Operator(_) | Role::Partner(_) | Role::Auditor(_))
            | None => Asked::Authorities,
        },
        Body::RegisterKey { .. }
        | Body::AppointOperator { .. }
        | Body::RemoveOperator { .. }
        | Body::AdoptRules(_)
        | Body::OpenGovernmentAccount { .. } => Asked::Authorities,
        Body::ApplyAccount(apply) => Asked::Key(apply.representative),
        Body::ApplyIndividualAccount(apply) => Asked::Key(apply.representative),
        Body::RecordAuthorisation(authorisation) => match authorisation.side {
            Side::Japan => Asked::Authorities,
            Side::Partner => Asked::Partner(authorisation.partner),
        },
        Body::ConsentIssuance { project, .. } => Asked::Partner(project.country()),
        Body::RecordIssuance(issuance) => match issuance.basis {
            Basis::Consent(_) => Asked::Operators,
            Basis::CarriedOver { .. } => Asked::Authorities,
        },
        Body::ApplyTransfer { terms, trust, .. } => transferor(case, terms, trust.as_ref()),
        Body::AcceptTransfer { application } => transferee(case, *application),
        Body::WithdrawApplication { application, .. }
        | Body::CompleteApplication { application, .. }
        | Body::SubmitPaymentProof { application, .. } => applicant(case, *application),
        Body::RequestCertificate { account, .. }
        | Body::ApplyClosing { account, .. }
        | Body::SetAcceptance { account, .. }
        | Body::ApplyTrust { account, subrogation: None, .. } => Asked::Account(*account),
        Body::NotifyChange(notified) => Asked::Account(notified.account),
        other => asked_of_office(other),
    }
}

/// Acts of the implementing body: by one operator, or by two.
fn asked_of_office(body: &Body) -> Asked {
    match body {
        Body::RecordPayment(_)
        | Body::ApplyPayment { .. }
        | Body::ApplyPayments { .. }
        | Body::ImportStatement(_)
        | Body::OpenAccount { .. }
        | Body::RegisterProject(_)
        | Body::RegisterProponent { .. }
        | Body::RecordTransfer { .. }
        | Body::IssueCertificate { .. }
        | Body::ApplyTrust { .. }
        | Body::RecordApplication { .. }
        | Body::RequestCompletion { .. }
        | Body::RefuseApplication { .. }
        | Body::LapseApplication { .. } => Asked::Operator,
        Body::AdoptCalendar { .. }
        | Body::Refund(_)
        | Body::RecordRestriction(_)
        | Body::ReleaseRestriction { .. }
        | Body::RecordCommission { .. }
        | Body::RecordCorrection(_)
        | Body::CloseBooks { .. }
        | Body::EraseData { .. } => Asked::Operators,
        other => Asked::Nobody(format!("{} is no act of an operator", other.name())),
    }
}

/// Who applies for a transfer: the account that is debited, or the new trustee;
/// two operators for the government's units.
fn transferor(case: &Case<'_>, terms: &TransferTerms, trust: Option<&TransferTrust>) -> Asked {
    let account = terms.source;
    match case.state.category(account) {
        Some(AccountCategory::Entity) => match trust {
            Some(TransferTrust::ChangeTrustee { by_new_trustee: true, .. }) => {
                Asked::Account(terms.destination)
            }
            Some(_) | None => Asked::Account(account),
        },
        Some(
            AccountCategory::GovernmentHolding
            | AccountCategory::Retirement
            | AccountCategory::Cancellation,
        ) => Asked::Operators,
        None => Asked::Nobody(format!("account {account} does not exist, so nobody acts for it")),
    }
}

/// Who receives the units of a transfer.
fn transferee(case: &Case<'_>, application: EntryIndex) -> Asked {
    match case.state.applications.get(&application).map(|known| &known.kind) {
        Some(Kind::Transfer { terms, .. }) => Asked::Account(terms.destination),
        Some(_) | None => {
            Asked::Nobody(format!("entry {application} is no application for a transfer"))
        }
    }
}

/// Who acts for an application: whoever could have made it.
fn applicant(case: &Case<'_>, application: EntryIndex) -> Asked {
    match case.state.applications.get(&application).map(|known| &known.kind) {
        Some(Kind::Account { representative, .. }) => Asked::KeyOrOperator(*representative),
        Some(Kind::Transfer { terms, trust }) => transferor(case, terms, trust.as_ref()),
        Some(Kind::Trust { subrogated: true, .. }) => Asked::Operator,
        Some(
            Kind::Certificate { account }
            | Kind::Change { account, .. }
            | Kind::Closing { account }
            | Kind::Trust { account, .. },
        ) => Asked::Account(*account),
        None => Asked::Nobody(format!("entry {application} is no application")),
    }
}

fn authority(role: &Role) -> Option<&Name> {
    match role {
        Role::Authority(person) => Some(person),
        Role::Operator(_) | Role::Partner(_) | Role::Account(_) | Role::Auditor(_) => None,
    }
}

fn operator(role: &Role) -> Option<&Name> {
    match role {
        Role::Operator(person) => Some(person),
        Role::Authority(_) | Role::Partner(_) | Role::Account(_) | Role::Auditor(_) => None,
    }
}

/// The roles of all signers, each of which must pass `fits` (301).
fn all(case: &Case<'_>, wanted: &str, fits: impl Fn(&Role) -> bool) -> Judged<()> {
    for signer in case.signers {
        let role = case.state.keys.get(signer).map(|key| &key.role);
        ensure(role.is_some_and(&fits), Code::RoleNotPermitted, || {
            let acts = role.map_or_else(|| "nobody".to_owned(), Role::to_string);
            format!(
                "{} is to be signed by {wanted}, but {signer} acts for {acts}",
                case.command.body.name()
            )
        })?;
    }
    Ok(())
}

/// As [`all`], and at least two persons (302).
fn two(case: &Case<'_>, wanted: &str, person: impl Fn(&Role) -> Option<&Name>) -> Judged<()> {
    all(case, wanted, |role| person(role).is_some())?;
    let roles = case.signers.iter().filter_map(|signer| case.state.keys.get(signer));
    let persons: BTreeSet<&Name> = roles.filter_map(|key| person(&key.role)).collect();
    ensure(2 <= persons.len(), Code::SecondSignatureMissing, || {
        let signed: Vec<&str> = persons.iter().map(|person| person.as_str()).collect();
        format!(
            "{} is to be signed by two persons, each {wanted}, but only {} signed",
            case.command.body.name(),
            signed.join(", ")
        )
    })
}

fn account_or_authorities(case: &Case<'_>, account: AccountNumber) -> Judged<()> {
    let own = Role::Account(account);
    let wanted = format!("a representative of account {account} or an authority");
    all(case, &wanted, |role| *role == own || authority(role).is_some())?;
    let by_account = |signer| case.state.keys.get(signer).is_some_and(|key| key.role == own);
    if case.signers.iter().any(by_account) { Ok(()) } else { two(case, "an authority", authority) }
}

fn exactly(case: &Case<'_>, keys: &BTreeSet<PublicKey>) -> Judged<()> {
    let signed: BTreeSet<PublicKey> = case.signers.iter().copied().collect();
    ensure(signed == *keys, Code::RoleNotPermitted, || {
        format!(
            "{} is to be signed by exactly the {} key(s) that it names, but other keys signed or one did not",
            case.command.body.name(),
            keys.len()
        )
    })
}
