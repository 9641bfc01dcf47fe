//! RefuseApplication (registry ordinance, art. 7; for an account: Act, art. 50(5)).

use super::{Case, Decision, reject};
use crate::rejection::Reason;
use crate::state::{Application, SubjectKind};
use jcm_format::command::RefusalGround;
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;
use jcm_format::text::Text;

pub(super) fn decide(
    case: &Case<'_>,
    application: EntryIndex,
    ground: RefusalGround,
    explanation: &Text,
) -> Decision {
    let open = case.open_application(application, |_| true)?;
    if !is_applicable(ground, open.subject.kind()) {
        return reject(Reason::GroundNotApplicable, format_args!("entry {application}"));
    }
    if ground == RefusalGround::Restriction && !has_restricted_unit(case, open) {
        return reject(Reason::GroundUnfounded, format_args!("entry {application}"));
    }
    // After this point the command is accepted.
    Ok(vec![Effect::ApplicationRefused { application, ground, explanation: explanation.clone() }])
}

/// Rule 517.
fn is_applicable(ground: RefusalGround, kind: SubjectKind) -> bool {
    match (kind, ground) {
        (SubjectKind::Transfer, _)
        | (SubjectKind::Trust, RefusalGround::Restriction)
        | (_, RefusalGround::Falsehood | RefusalGround::Procedure) => true,
        (
            SubjectKind::Account
            | SubjectKind::Certificate
            | SubjectKind::Change
            | SubjectKind::Closing
            | SubjectKind::Trust,
            _,
        ) => false,
    }
}

fn has_restricted_unit(case: &Case<'_>, open: &Application) -> bool {
    let (Some(holder), Some(ranges)) = (open.subject.account(), open.subject.units()) else {
        return false;
    };
    ranges.iter().any(|range| case.state.is_restricted(range, holder))
}
