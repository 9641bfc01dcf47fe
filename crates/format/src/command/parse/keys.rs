//! The registry itself, its staff and their keys.

use super::Parsed;
use super::choices::{key_with_possession, role};
use super::fields::{at_most, name, public_key, text, yen};
use crate::command::{Body, FieldError, FieldRule, Genesis, RuleSet};
use crate::limits::SIGNATURES_MAX;
use crate::pb;
use std::collections::BTreeSet;

pub(super) fn genesis(m: &pb::Genesis) -> Parsed<Body> {
    let field = "genesis.authorities";
    if m.authorities.len() < 2 {
        return Err(FieldError::new(field, FieldRule::EmptyList));
    }
    at_most(field, m.authorities.len(), SIGNATURES_MAX)?;
    let mut authorities = Vec::with_capacity(m.authorities.len());
    let (mut persons, mut keys) = (BTreeSet::new(), BTreeSet::new());
    for (i, authority) in m.authorities.iter().enumerate() {
        let person = name(&format!("{field}[{i}].person"), &authority.person)?;
        let key = public_key(&format!("{field}[{i}].public_key"), &authority.public_key)?;
        if !persons.insert(person.clone()) || !keys.insert(key) {
            return Err(FieldError::new(format!("{field}[{i}]"), FieldRule::Repeated));
        }
        authorities.push((person, key));
    }
    let rules = m
        .rule_set
        .as_ref()
        .ok_or_else(|| FieldError::new("genesis.rule_set", FieldRule::Missing))?;
    if rules.version != 1 {
        return Err(FieldError::new("genesis.rule_set.version", FieldRule::OutOfRange));
    }
    let fee = |field: &str, amount: u64| yen(&format!("genesis.rule_set.{field}"), amount);
    Ok(Body::Genesis(Genesis {
        log_key: public_key("genesis.log_key", &m.log_key)?,
        authorities,
        rule_set: RuleSet {
            version: rules.version,
            account_opening_fee_yen: fee("account_opening_fee_yen", rules.account_opening_fee_yen)?,
            transfer_fee_yen: fee("transfer_fee_yen", rules.transfer_fee_yen)?,
            certificate_fee_yen: fee("certificate_fee_yen", rules.certificate_fee_yen)?,
        },
    }))
}

pub(super) fn register_key(m: pb::RegisterKey) -> Parsed<Body> {
    Ok(Body::RegisterKey {
        role: role("register_key.role", m.role)?,
        key: key_with_possession("register_key.key", m.key)?,
    })
}

pub(super) fn revoke_key(m: &pb::RevokeKey) -> Parsed<Body> {
    Ok(Body::RevokeKey {
        key: public_key("revoke_key.public_key", &m.public_key)?,
        reason: text("revoke_key.reason", &m.reason)?,
    })
}

pub(super) fn appoint_operator(m: pb::AppointOperator) -> Parsed<Body> {
    Ok(Body::AppointOperator {
        person: name("appoint_operator.person", &m.person)?,
        key: key_with_possession("appoint_operator.key", m.key)?,
    })
}

pub(super) fn remove_operator(m: &pb::RemoveOperator) -> Parsed<Body> {
    Ok(Body::RemoveOperator {
        person: name("remove_operator.person", &m.person)?,
        reason: text("remove_operator.reason", &m.reason)?,
    })
}
