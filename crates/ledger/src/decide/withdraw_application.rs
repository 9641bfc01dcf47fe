//! WithdrawApplication: by whoever could have made it, before it is acted on;
//! an application for an account also by an operator.

use super::{Case, Decision};
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;

pub(super) fn decide(case: &Case<'_>, application: EntryIndex) -> Decision {
    case.applicants_own(application)?;
    // After this point the command is accepted.
    Ok(vec![Effect::ApplicationWithdrawn { application }])
}
