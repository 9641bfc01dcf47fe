//! RemoveOperator: the person and every key of the person, at once.

use super::{Case, Decision, reject};
use crate::rejection::Reason;
use jcm_format::command::Role;
use jcm_format::event::Effect;
use jcm_format::text::Name;

pub(super) fn decide(case: &Case<'_>, person: &Name) -> Decision {
    if !case.state.is_operator(person) {
        return reject(Reason::OperatorUnknown, person);
    }
    // After this point the command is accepted.
    let role = Role::Operator(person.clone());
    let keys = case.state.keys().filter(|(_, record)| record.role == role && !record.revoked);
    let mut effects = vec![Effect::OperatorRemoved { person: person.clone() }];
    effects.extend(keys.map(|(key, _)| Effect::KeyRevoked { key: *key }));
    Ok(effects)
}
