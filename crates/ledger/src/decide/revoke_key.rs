//! RevokeKey: from the next entry on the key signs nothing.

use super::{Case, Decision, Signers, Staff, reject};
use crate::rejection::Reason;
use crate::state::account_of;
use jcm_format::command::Role;
use jcm_format::event::Effect;
use jcm_format::key::PublicKey;

/// Acts of the ministers need two persons, so two must remain.
const AUTHORITY_PERSONS_MIN: usize = 2;

pub(super) fn decide(case: &Case<'_>, key: PublicKey) -> Decision {
    let role = match case.state.key(&key) {
        Some(record) if !record.revoked => &record.role,
        Some(_) | None => return reject(Reason::KeyNotRegistered, key),
    };
    case.signed_by(match account_of(role) {
        // A holder who fears for a key must not have to wait for anybody.
        Some(account) => Signers::lessening(account).or(Staff::TwoAuthorities),
        None => Signers::staff(Staff::TwoAuthorities),
    })?;
    if matches!(role, Role::Authority(_))
        && case.state.authority_persons(Some(key)) < AUTHORITY_PERSONS_MIN
    {
        return reject(Reason::LastAuthorityKeys, "");
    }
    // After this point the command is accepted.
    Ok(vec![Effect::KeyRevoked { key }])
}
