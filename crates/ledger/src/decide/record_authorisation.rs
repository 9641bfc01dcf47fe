//! RecordAuthorisation (Act, art. 57-3(1); Paris Agreement, art. 6.3).

use super::{Case, Decision, reject};
use crate::rejection::Reason;
use jcm_format::command::Authorisation;
use jcm_format::event::Effect;

pub(super) fn decide(case: &Case<'_>, authorisation: &Authorisation) -> Decision {
    if case.state.authorisation(&authorisation.id).is_some() {
        return reject(Reason::AuthorisationExists, &authorisation.id);
    }
    for project in &authorisation.projects {
        if case.state.project(project).is_none() {
            return reject(Reason::ProjectUnknown, project);
        }
    }
    if case.today < authorisation.date {
        return reject(Reason::DateInFuture, authorisation.date);
    }
    // After this point the command is accepted.
    Ok(vec![Effect::AuthorisationRecorded { authorisation: authorisation.clone() }])
}
