//! Genesis, keys and operators.

use super::judge::Case;
use super::state::{Key, State};
use super::{safeguards, signing};
use crate::code::{Code, Judged, ensure};
use jcm_format::command::{Command, Genesis, KeyWithPossession, Role};
use jcm_format::envelope::possession_challenge;
use jcm_format::event::{AccountCategory, Effect};
use jcm_format::id::AccountNumber;
use jcm_format::key::PublicKey;
use jcm_format::text::Name;
use std::collections::BTreeSet;

/// The effects of entry 0, once its rules hold (401 to 403, 301).
pub(crate) fn genesis(
    command: &Command,
    genesis: &Genesis,
    signers: &[PublicKey],
) -> Judged<Vec<Effect>> {
    let listed: BTreeSet<PublicKey> = genesis.authorities.iter().map(|(_, key)| *key).collect();
    let signed: BTreeSet<PublicKey> = signers.iter().copied().collect();
    // Only the keys listed are exempt from being registered.
    if let Some(stranger) = signed.difference(&listed).next() {
        let detail = format!("the key {stranger} signed the genesis, which does not list it");
        return Err(Code::KeyUnknown.broken(detail));
    }
    let log_key = genesis.log_key;
    genesis.log_key.admit().map_err(|error| {
        Code::KeyUnsuitable.broken(format!("the log key {log_key} may not be admitted: {error}"))
    })?;
    ensure(!listed.contains(&log_key), Code::KeyUnsuitable, || {
        format!("the log key {log_key} is an authority's key as well")
    })?;
    ensure(listed == signed, Code::RoleNotPermitted, || {
        format!("the genesis lists {} authority keys, {} signed", listed.len(), signed.len())
    })?;
    let mut effects = vec![
        Effect::RegistryCreated { origin: command.registry.clone(), log_key },
        Effect::RuleSetAdopted { rule_set: genesis.rule_set },
    ];
    let categories = [
        AccountCategory::GovernmentHolding,
        AccountCategory::Retirement,
        AccountCategory::Cancellation,
    ];
    for (number, category) in (1..).zip(categories) {
        let account = AccountNumber::new(number);
        effects
            .extend(account.map(|account| Effect::GovernmentAccountOpened { account, category }));
    }
    effects.extend(genesis.authorities.iter().map(|(person, key)| Effect::KeyRegistered {
        key: *key,
        role: Role::Authority(person.clone()),
    }));
    Ok(effects)
}

/// Rules 404, 405, 406, 418, 403 and 407, and 761 last.
pub(crate) fn register(
    case: &Case<'_>,
    role: &Role,
    key: &KeyWithPossession,
) -> Judged<Vec<Effect>> {
    match role {
        Role::Operator(person) => appointed(case.state, person)?,
        Role::Account(account) => entity(case.state, *account)?,
        Role::Representative(of) => entity(case.state, of.account)?,
        Role::Authority(_) | Role::Partner(_) | Role::Auditor(_) => {}
    }
    unused(case.state, key.key)?;
    one_role_each(case.state, role)?;
    proved(case, role, key)?;
    if let Some(account) = signing::account_of(role)
        && !signing::two_authorities(case)
    {
        safeguards::not_frozen(case, account)?;
    }
    Ok(vec![Effect::KeyRegistered { key: key.key, role: role.clone() }])
}

/// Rule 404.
fn appointed(state: &State, person: &Name) -> Judged<()> {
    ensure(state.operators.contains(person), Code::OperatorUnknown, || {
        format!("{person} is not an operator")
    })
}

/// Rule 405: the account was opened, is not closed, and is an entity account.
pub(crate) fn entity(state: &State, account: AccountNumber) -> Judged<()> {
    let entity = state.open_category(account) == Some(AccountCategory::Entity);
    ensure(entity, Code::AccountUnknown, || format!("there is no entity account {account}"))
}

/// Rule 406.
pub(crate) fn unused(state: &State, key: PublicKey) -> Judged<()> {
    let used = match state.keys.get(&key) {
        Some(known) => Some(format!("is or was a key of {}", known.role)),
        None if key == state.log_key => Some("is the log key".to_owned()),
        None if state.representatives.contains(&key) => {
            Some("is the representative's key of an open application".to_owned())
        }
        None if state.guard.awaits(key) => Some("waits in a recovery".to_owned()),
        None => None,
    };
    match used {
        Some(why) => Err(Code::KeyAlreadyRegistered.broken(format!("the new key {key} {why}"))),
        None => Ok(()),
    }
}

/// Rule 418: nobody is both an operator and a representative.
pub(crate) fn one_role_each(state: &State, role: &Role) -> Judged<()> {
    let person = match role {
        Role::Representative(of) => state.operators.get(&of.person),
        Role::Operator(person) => {
            let mut representatives =
                state.account_keys.iter().filter_map(|(_, key)| {
                    match state.keys.get(key).map(|known| &known.role) {
                        Some(Role::Representative(of)) => Some(&of.person),
                        Some(_) | None => None,
                    }
                });
            representatives.find(|other| *other == person)
        }
        Role::Authority(_) | Role::Partner(_) | Role::Account(_) | Role::Auditor(_) => None,
    };
    match person {
        None => Ok(()),
        Some(person) => {
            let detail = format!("{person} is to be {role}, but operators represent no account");
            Err(Code::PersonInTwoRoles.broken(detail))
        }
    }
}

/// Rules 406, 403 and 407.
pub(crate) fn new_key(case: &Case<'_>, role: &Role, new: &KeyWithPossession) -> Judged<()> {
    unused(case.state, new.key)?;
    proved(case, role, new)
}

/// Rules 403 and 407.
fn proved(case: &Case<'_>, role: &Role, new: &KeyWithPossession) -> Judged<()> {
    let key = new.key;
    let admitted = key.admit().map_err(|error| {
        Code::KeyUnsuitable.broken(format!("the new key {key} may not be admitted: {error}"))
    })?;
    let challenge = possession_challenge(&case.state.origin, role, &key);
    admitted.verify(&challenge, &new.possession).map_err(|_| {
        Code::PossessionNotProved
            .broken(format!("nobody proved to hold the new key {key} as {role} in this registry"))
    })
}

/// Rule 408, which comes before the role.
pub(crate) fn to_be_revoked<'a>(case: &Case<'a>, key: PublicKey) -> Judged<&'a Key> {
    let known = case.state.keys.get(&key).filter(|known| !known.revoked);
    known.ok_or_else(|| {
        Code::KeyNotRegistered.broken(format!("the key {key} to be revoked is not registered"))
    })
}

/// Rule 409.
pub(crate) fn revoke(case: &Case<'_>, key: PublicKey) -> Judged<Vec<Effect>> {
    let revoked = to_be_revoked(case, key)?;
    if matches!(revoked.role, Role::Authority(_)) {
        let left = case.state.keys.iter().filter(|(other, known)| **other != key && !known.revoked);
        let persons: BTreeSet<&Name> = left
            .filter_map(|(_, known)| match &known.role {
                Role::Authority(person) => Some(person),
                _ => None,
            })
            .collect();
        ensure(2 <= persons.len(), Code::LastAuthorityKeys, || {
            format!("without the key {key}, fewer than two persons have an authority key")
        })?;
    }
    Ok(vec![Effect::KeyRevoked { key }])
}

/// Rules 410, 418, 406, 403 and 407.
pub(crate) fn appoint(
    case: &Case<'_>,
    person: &Name,
    key: &KeyWithPossession,
) -> Judged<Vec<Effect>> {
    ensure(!case.state.operators.contains(person), Code::OperatorExists, || {
        format!("{person} is an operator already")
    })?;
    let role = Role::Operator(person.clone());
    one_role_each(case.state, &role)?;
    new_key(case, &role, key)?;
    Ok(vec![
        Effect::OperatorAppointed { person: person.clone() },
        Effect::KeyRegistered { key: key.key, role },
    ])
}

/// Rule 404; every key of the person that is not revoked goes with them.
pub(crate) fn remove(case: &Case<'_>, person: &Name) -> Judged<Vec<Effect>> {
    appointed(case.state, person)?;
    let role = Role::Operator(person.clone());
    let mut effects = vec![Effect::OperatorRemoved { person: person.clone() }];
    effects.extend(revoked_with(case.state, &role));
    Ok(effects)
}

/// The revocation of each key in a role that is not revoked, ascending by the
/// key's bytes.
pub(crate) fn revoked_with(state: &State, role: &Role) -> impl Iterator<Item = Effect> {
    // The map is sorted by key.
    let keys = state.keys.iter().filter(move |(_, known)| known.role == *role && !known.revoked);
    keys.map(|(key, _)| Effect::KeyRevoked { key: *key })
}
