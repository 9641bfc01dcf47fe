//! Who may sign what: rules 208, 209, 301, 302 and 303.

use super::judge::Case;
use super::state::{Kind, Status};
use super::{article6, signing, transfer};
use crate::code::{Code, Judged, ensure};
use jcm_format::command::{Basis, Body, RecordIssuance, Role, Side, TransferTerms, TransferTrust};
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
    /// By the representatives of an account whom its mandate asks for.
    Account(AccountNumber),
    /// By one representative of an account, also under dual control.
    OneOfAccount(AccountNumber),
    /// Likewise, or by one operator; those who only read count or do not.
    OneOfAccountOrOperator { account: AccountNumber, readers: bool },
    /// By the representatives of an account, or by two authorities; for what
    /// lessens a risk, by one representative.
    AccountOrAuthorities { account: AccountNumber, lessens_risk: bool },
    /// By this key and no other.
    Key(PublicKey),
    /// By this key and no other, or by one operator.
    KeyOrOperator(PublicKey),
    /// By exactly these keys.
    Keys(BTreeSet<PublicKey>),
    /// Nobody can: what the role depends on does not exist.
    Nobody(String),
}

/// How many signatures are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quorum {
    One,
    Two,
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

/// Rules 301 and 302, then 303.
pub(crate) fn permitted(case: &Case<'_>) -> Judged<()> {
    let quorum = signed_as_asked(case)?;
    let pinned = case.state.guard.safeguards.is_some_and(|safeguards| safeguards.pinned);
    let command = case.command;
    ensure(
        quorum == Quorum::One || !pinned || command.effect_digest.is_some(),
        Code::EffectNotPinned,
        || format!("{} is to be signed by two, who did not pin its effect", command.body.name()),
    )
}

/// Rules 301 and 302.
fn signed_as_asked(case: &Case<'_>) -> Judged<Quorum> {
    let nobody_else = |_: &Role| false;
    match asked(case) {
        Asked::Authorities => two(case, "an authority", nobody_else, authority),
        Asked::Operator => one(case, "an operator", |role| operator(role).is_some()),
        Asked::Operators => two(case, "an operator", nobody_else, operator),
        Asked::Partner(country) => {
            let wanted = format!("the partner authority of {country}");
            one(case, &wanted, |role| *role == Role::Partner(country))
        }
        Asked::Account(account) => signing::by_account(case, account),
        Asked::OneOfAccount(account) => signing::by_one_of_account(case, account),
        Asked::OneOfAccountOrOperator { account, readers } => {
            signing::by_one_or_operator(case, account, readers)
        }
        Asked::AccountOrAuthorities { account, lessens_risk } => {
            signing::by_account_or_authorities(case, account, lessens_risk)
        }
        Asked::Key(key) => exactly(case, &BTreeSet::from([key])),
        Asked::KeyOrOperator(key) if case.signers == [key] => Ok(Quorum::One),
        Asked::KeyOrOperator(_) => {
            one(case, "the key that applied, or an operator", |role| operator(role).is_some())
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
        Body::RegisterKey { role, .. } => for_key(Some(role), false),
        Body::RevokeKey { key, .. } => for_key(case.state.keys.get(key).map(|key| &key.role), true),
        Body::AppointOperator { .. }
        | Body::RemoveOperator { .. }
        | Body::AdoptRules(_)
        | Body::AdoptSafeguards(_)
        | Body::AdoptArticle6(_)
        | Body::OpenGovernmentAccount { .. } => Asked::Authorities,
        Body::ApplyAccount(apply) => Asked::Key(apply.representative),
        Body::ApplyIndividualAccount(apply) => Asked::Key(apply.representative),
        Body::ConsentIssuance { project, .. } => Asked::Partner(project.country()),
        Body::RecordIssuance(issuance) => issuer(Some(issuance)),
        // By their form, all parts are on the same kind of basis.
        Body::RecordIssuances { parts } => issuer(parts.first()),
        Body::ApplyTransfer { terms, trust, .. } => transferor(case, terms, trust.as_ref()),
        Body::ApplyTransfers(several) => of_source(case, several.source, several.source),
        Body::AcceptTransfer { application } => transferee(case, *application),
        Body::WithdrawApplication { application, .. } => alone(applicant(case, *application)),
        Body::CompleteApplication { application, .. }
        | Body::SubmitPaymentProof { application, .. } => {
            or_operator(alone(applicant(case, *application)))
        }
        Body::RequestCertificate { account, .. }
        | Body::ApplyClosing { account, .. }
        | Body::SetAcceptance { account, .. }
        | Body::SetMandate { account, .. }
        | Body::TrustAccount { account, .. }
        | Body::ApplyTrust { account, subrogation: None, .. } => Asked::Account(*account),
        Body::NotifyChange(notified) => Asked::Account(notified.account),
        Body::DistrustAccount { account, .. } => Asked::OneOfAccount(*account),
        Body::FreezeAccount { account, .. } => {
            Asked::OneOfAccountOrOperator { account: *account, readers: true }
        }
        Body::CancelRecovery { recovery, .. } => match case.state.guard.recoveries.get(recovery) {
            Some(known) => {
                let account = known.representative.account;
                Asked::OneOfAccountOrOperator { account, readers: false }
            }
            None => Asked::Nobody(format!("entry {recovery} is no recovery that is open")),
        },
        other => asked_of_party(case, other),
    }
}

/// Acts under Article 6, by the Party whose they are.
fn asked_of_party(case: &Case<'_>, body: &Body) -> Asked {
    match body {
        Body::RecordAuthorisation { authorisation, .. } => {
            of_side(authorisation.side, authorisation.partner)
        }
        Body::ChangeAuthorisation(change) => of_authorisation(case, change.authorisation),
        Body::RevokeAuthorisation { revocation, .. } => {
            of_authorisation(case, revocation.authorisation)
        }
        Body::ConfirmAdjustment(confirmation) => Asked::Partner(confirmation.partner),
        Body::WithdrawConfirmation { confirmation, .. } => {
            match article6::confirmed_by(case, *confirmation) {
                Ok(partner) => Asked::Partner(partner),
                Err(broken) => Asked::Nobody(broken.detail),
            }
        }
        other => asked_of_office(other),
    }
}

fn of_side(side: Side, partner: Country) -> Asked {
    match side {
        Side::Japan => Asked::Authorities,
        Side::Partner => Asked::Partner(partner),
    }
}

fn of_authorisation(case: &Case<'_>, authorisation: EntryIndex) -> Asked {
    match article6::known(case, authorisation) {
        Ok(known) => of_side(known.side, known.partner),
        Err(broken) => Asked::Nobody(broken.detail),
    }
}

/// Two operators issue on a consent; the minister recognises what is carried over.
fn issuer(issuance: Option<&RecordIssuance>) -> Asked {
    match issuance.map(|issuance| &issuance.basis) {
        Some(Basis::Consent(_)) => Asked::Operators,
        Some(Basis::CarriedOver { .. }) => Asked::Authorities,
        None => Asked::Nobody("nothing is issued".to_owned()),
    }
}

/// Who registers or revokes a key in this role.
fn for_key(role: Option<&Role>, lessens_risk: bool) -> Asked {
    match role.and_then(signing::account_of) {
        Some(account) => Asked::AccountOrAuthorities { account, lessens_risk },
        None => Asked::Authorities,
    }
}

/// One representative is enough for what lessens a risk.
fn alone(asked: Asked) -> Asked {
    match asked {
        Asked::Account(account) => Asked::OneOfAccount(account),
        other => other,
    }
}

/// An operator may hand in what belongs to an application for an account, but
/// not withdraw it.
fn or_operator(asked: Asked) -> Asked {
    match asked {
        Asked::Key(key) => Asked::KeyOrOperator(key),
        other => other,
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
        | Body::RecordApplication { .. }
        | Body::RequestCompletion { .. }
        | Body::RefuseApplication { .. }
        | Body::LapseApplication { .. }
        | Body::CompleteRecovery { .. } => Asked::Operator,
        Body::AdoptCalendar { .. }
        | Body::Refund(_)
        | Body::RecordRestriction(_)
        | Body::ReleaseRestriction { .. }
        | Body::ApplyTrust { .. }
        | Body::RecordCommission { .. }
        | Body::RecordCorrection(_)
        | Body::CloseBooks { .. }
        | Body::EraseData { .. }
        | Body::UnfreezeAccount { .. }
        | Body::RequestRecovery { .. } => Asked::Operators,
        other => Asked::Nobody(format!("{} is no act of an operator", other.name())),
    }
}

/// Who applies for a transfer: the account that is debited, or the new trustee;
/// two operators for the government's units.
fn transferor(case: &Case<'_>, terms: &TransferTerms, trust: Option<&TransferTrust>) -> Asked {
    of_source(case, terms.source, transfer::applicant(terms, trust))
}

/// Likewise, by the account that is debited and the one that applies.
fn of_source(case: &Case<'_>, account: AccountNumber, applicant: AccountNumber) -> Asked {
    match case.state.category(account) {
        Some(AccountCategory::Entity) => Asked::Account(applicant),
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
        Some(Kind::Account { representative, .. }) => Asked::Key(*representative),
        Some(Kind::Transfer { terms, trust, .. }) => transferor(case, terms, trust.as_ref()),
        Some(Kind::Trust { subrogated: true, .. }) => Asked::Operators,
        Some(
            Kind::Certificate { account }
            | Kind::Change { account, .. }
            | Kind::Closing { account }
            | Kind::Trust { account, .. },
        ) => Asked::Account(*account),
        None => Asked::Nobody(format!("entry {application} is no application")),
    }
}

pub(crate) fn authority(role: &Role) -> Option<&Name> {
    match role {
        Role::Authority(person) => Some(person),
        Role::Operator(_)
        | Role::Partner(_)
        | Role::Account(_)
        | Role::Auditor(_)
        | Role::Representative(_) => None,
    }
}

pub(crate) fn operator(role: &Role) -> Option<&Name> {
    match role {
        Role::Operator(person) => Some(person),
        Role::Authority(_)
        | Role::Partner(_)
        | Role::Account(_)
        | Role::Auditor(_)
        | Role::Representative(_) => None,
    }
}

/// The roles of all signers, each of which must pass `fits` (301).
pub(crate) fn all(case: &Case<'_>, wanted: &str, fits: impl Fn(&Role) -> bool) -> Judged<()> {
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

/// As [`all`]: one signature is enough.
fn one(case: &Case<'_>, wanted: &str, fits: impl Fn(&Role) -> bool) -> Judged<Quorum> {
    all(case, wanted, fits).map(|()| Quorum::One)
}

/// As [`all`], and at least two persons (302); others may sign `beside` them.
pub(crate) fn two(
    case: &Case<'_>,
    wanted: &str,
    beside: impl Fn(&Role) -> bool,
    person: impl Fn(&Role) -> Option<&Name>,
) -> Judged<Quorum> {
    all(case, wanted, |role| person(role).is_some() || beside(role))?;
    let roles = case.signers.iter().filter_map(|signer| case.state.keys.get(signer));
    let persons: BTreeSet<&Name> = roles.filter_map(|key| person(&key.role)).collect();
    ensure(2 <= persons.len(), Code::SecondSignatureMissing, || {
        let signed: Vec<&str> = persons.iter().map(|person| person.as_str()).collect();
        format!(
            "{} is to be signed by two persons, each {wanted}, but only {} signed",
            case.command.body.name(),
            signed.join(", ")
        )
    })?;
    Ok(Quorum::Two)
}

fn exactly(case: &Case<'_>, keys: &BTreeSet<PublicKey>) -> Judged<Quorum> {
    let signed: BTreeSet<PublicKey> = case.signers.iter().copied().collect();
    ensure(signed == *keys, Code::RoleNotPermitted, || {
        format!(
            "{} is to be signed by exactly the {} key(s) that it names, but other keys signed or one did not",
            case.command.body.name(),
            keys.len()
        )
    })?;
    Ok(Quorum::One)
}
