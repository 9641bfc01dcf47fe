//! EraseData: personal data leaves the private store for good.

use super::{Case, Decision, reject};
use crate::rejection::Reason;
use jcm_format::event::Effect;
use jcm_format::hash::Digest;

pub(super) fn decide(case: &Case<'_>, commitment: Digest) -> Decision {
    if !case.state.has_commitment(&commitment) {
        return reject(Reason::CommitmentUnknown, commitment);
    }
    if case.state.is_erased(&commitment) {
        return reject(Reason::ErasedAlready, commitment);
    }
    if let Some(need) = case.state.need_of(&commitment) {
        return reject(Reason::StillNeeded, need);
    }
    // After this point the command is accepted.
    Ok(vec![Effect::PersonalDataErased { commitment }])
}
