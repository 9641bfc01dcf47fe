//! ConsentIssuance: the partner authority's own act (Act, art. 45(5)).

use super::{Case, Decision as Decided, reject};
use crate::rejection::{Reason, Rejection};
use jcm_format::command::Decision;
use jcm_format::event::Effect;
use jcm_format::id::ProjectRef;

pub(super) fn decide(case: &Case<'_>, project: &ProjectRef, decision: &Decision) -> Decided {
    project_and_decision(case, project, decision)?;
    let consented = case
        .state
        .consents()
        .find(|consent| consent.project == *project && overlap(&consent.decision, decision));
    if let Some(consent) = consented {
        return reject(Reason::ConsentExists, format_args!("entry {}", consent.entry));
    }
    // After this point the command is accepted.
    Ok(vec![Effect::IssuanceConsented { project: project.clone(), decision: decision.clone() }])
}

/// Rules 603, 604 and 605.
pub(super) fn project_and_decision(
    case: &Case<'_>,
    project: &ProjectRef,
    decision: &Decision,
) -> Result<(), Rejection> {
    if case.state.project(project).is_none() {
        return reject(Reason::ProjectUnknown, project);
    }
    if case.today < decision.date {
        return reject(Reason::DateInFuture, decision.date);
    }
    if decision.date < decision.period_end {
        return reject(Reason::DecisionBeforePeriodEnd, decision.date);
    }
    Ok(())
}

/// Whether some day is in both monitoring periods.
pub(super) fn overlap(one: &Decision, other: &Decision) -> bool {
    one.period_start <= other.period_end && other.period_start <= one.period_end
}
