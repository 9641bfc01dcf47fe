//! RevokeAuthorisation: nothing further is first transferred under it (decision 4/CMA.6).

use super::change_authorisation::{in_force, is_in_time, own};
use super::{Case, Decision};
use jcm_format::command::AuthorisationRevocation;
use jcm_format::event::Effect;

pub(super) fn decide(case: &Case<'_>, revocation: AuthorisationRevocation) -> Decision {
    let record = own(case, revocation.authorisation)?;
    let version = in_force(case, record)?;
    is_in_time(case, version, revocation.date)?;
    // After this point the command is accepted.
    Ok(vec![Effect::AuthorisationRevoked(revocation)])
}
