//! WithdrawApplication: by whoever could have made it, before it is acted on.

use super::{Case, Decision, OfAccount};
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;

pub(super) fn decide(case: &Case<'_>, application: EntryIndex) -> Decision {
    case.applicants_own(application, OfAccount::Applicant)?;
    // After this point the command is accepted.
    Ok(vec![Effect::ApplicationWithdrawn { application }])
}
