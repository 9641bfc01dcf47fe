//! SubmitPaymentProof: it settles nothing by itself (registry ordinance, art.
//! 17(1)).

use super::{Case, Decision, OfAccount};
use jcm_format::event::Effect;
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;

pub(super) fn decide(case: &Case<'_>, application: EntryIndex, document: Digest) -> Decision {
    case.applicants_own(application, OfAccount::ApplicantOrOperator)?;
    // After this point the command is accepted.
    Ok(vec![Effect::PaymentProofSubmitted { application, document }])
}
