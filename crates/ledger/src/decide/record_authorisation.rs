//! RecordAuthorisation (Act, art. 57-3(1); Paris Agreement, art. 6.3): the first version.

use super::{Case, Decision, reject};
use crate::rejection::Reason;
use jcm_format::command::{Authorisation, AuthorisationDetails, Side};
use jcm_format::event::Effect;
use jcm_format::party::Party;

pub(super) fn decide(
    case: &Case<'_>,
    authorisation: &Authorisation,
    details: Option<&AuthorisationDetails>,
) -> Decision {
    match details {
        Some(_) => {
            case.article6()?;
        }
        None if case.state.article6().is_some() => {
            return reject(Reason::AuthorisationDetailsMissing, "record_authorisation.details");
        }
        None => {}
    }
    let party = match authorisation.side {
        Side::Japan => Party::JAPAN,
        Side::Partner => Party::from(authorisation.partner),
    };
    if case.state.authorisation_of(party, &authorisation.id).is_some() {
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
    let mut effects = vec![Effect::AuthorisationRecorded { authorisation: authorisation.clone() }];
    effects.extend(details.map(|details| Effect::AuthorisationDetailed(details.clone())));
    Ok(effects)
}
