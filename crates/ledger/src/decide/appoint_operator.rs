//! AppointOperator: a member of staff becomes an operator, with a first key.

use super::{Case, Decision, register_key, reject};
use crate::rejection::Reason;
use jcm_format::command::{KeyWithPossession, Role};
use jcm_format::event::Effect;
use jcm_format::text::Name;

pub(super) fn decide(case: &Case<'_>, person: &Name, key: &KeyWithPossession) -> Decision {
    if case.state.is_operator(person) {
        return reject(Reason::OperatorExists, person);
    }
    let role = Role::Operator(person.clone());
    register_key::is_in_one_role(case, &role)?;
    register_key::is_unused(case, &key.key)?;
    register_key::is_possessed(case, &role, key)?;
    // After this point the command is accepted.
    Ok(vec![
        Effect::OperatorAppointed { person: person.clone() },
        Effect::KeyRegistered { key: key.key, role },
    ])
}
