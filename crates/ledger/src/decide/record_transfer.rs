//! RecordTransfer: debit and credit at once (Act, art. 52(4); registry
//! ordinance, art. 7).

use super::{Case, Decision, apply_transfer, reject, retirement};
use crate::rejection::Reason;
use crate::state::{Subject, SubjectKind};
use jcm_format::command::Purpose;
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;

pub(super) fn decide(case: &Case<'_>, application: EntryIndex) -> Decision {
    let open = case.open_application(
        application,
        |open| open.subject.kind() == SubjectKind::Transfer,
        |kind| kind == SubjectKind::Transfer,
    )?;
    let Subject::Transfer(terms) = &open.subject else {
        return reject(Reason::ApplicationUnknown, format_args!("entry {application}"));
    };
    Case::fee_is_settled(open)?;
    apply_transfer::destination(case, terms)?;
    let adjustment = match terms.purpose {
        Purpose::Retirement => retirement::effects(case, terms)?,
        Purpose::Cancellation | Purpose::Other => Vec::new(),
    };
    // After this point the command is accepted. The units are still the
    // applicant's: the reservation has kept every other application off them.
    let mut effects = vec![Effect::TransferRecorded { application: Some(application) }];
    effects.extend(adjustment);
    Ok(effects)
}
