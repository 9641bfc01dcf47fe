//! RegisterProponent: an individual who takes part in a project (Act, art. 43(5)).

use super::{Case, Decision, reject};
use crate::rejection::Reason;
use jcm_format::event::Effect;
use jcm_format::hash::Digest;
use jcm_format::id::ProjectRef;

pub(super) fn decide(case: &Case<'_>, project: &ProjectRef, person: Digest) -> Decision {
    if case.state.project(project).is_none() {
        return reject(Reason::ProjectUnknown, project);
    }
    if case.state.is_proponent(project, person) {
        return reject(Reason::ProponentExists, format_args!("{project}, {person}"));
    }
    if case.state.is_erased(&person) {
        return reject(Reason::ErasedAlready, person);
    }
    // After this point the command is accepted.
    Ok(vec![Effect::ProponentRegistered { project: project.clone(), person }])
}
