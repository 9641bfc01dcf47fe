//! IssueCertificate: without delay, once the fee is paid (registry ordinance,
//! art. 13(3)).

use super::{Case, Decision};
use crate::state::SubjectKind;
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;

pub(super) fn decide(case: &Case<'_>, application: EntryIndex) -> Decision {
    let open = case.open_application(
        application,
        |open| open.subject.kind() == SubjectKind::Certificate,
        |kind| kind == SubjectKind::Certificate,
    )?;
    Case::fee_is_settled(open)?;
    // After this point the command is accepted.
    Ok(vec![Effect::CertificateIssued { application: Some(application) }])
}
