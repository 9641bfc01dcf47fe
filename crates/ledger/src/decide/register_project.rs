//! RegisterProject (Act, art. 43).

use super::{Case, Decision, reject};
use crate::rejection::Reason;
use jcm_format::command::RegisterProject;
use jcm_format::event::Effect;

pub(super) fn decide(case: &Case<'_>, project: &RegisterProject) -> Decision {
    if case.state.project(&project.reference).is_some() {
        return reject(Reason::ProjectExists, &project.reference);
    }
    // After this point the command is accepted.
    Ok(vec![Effect::ProjectRegistered {
        reference: project.reference.clone(),
        title: project.title.clone(),
        methodology: project.methodology.clone(),
        public_input_date: project.public_input_date,
    }])
}
