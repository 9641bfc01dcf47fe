//! RequestCompletion and CompleteApplication: something is missing, until it is
//! handed in.

use super::{Case, Decision, OfAccount, reject};
use crate::rejection::Reason;
use jcm_format::event::Effect;
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_format::text::Text;
use jcm_format::time::Date;

pub(super) fn request(
    case: &Case<'_>,
    application: EntryIndex,
    items: &[Text],
    due: Date,
) -> Decision {
    case.open_application(application, |_| true)?;
    if due <= case.today {
        return reject(Reason::DueDatePast, due);
    }
    // After this point the command is accepted.
    Ok(vec![Effect::CompletionRequested { application, items: items.to_vec(), due }])
}

pub(super) fn complete(
    case: &Case<'_>,
    application: EntryIndex,
    attachments: &[Digest],
) -> Decision {
    let open = case.applicants_own(application, OfAccount::ApplicantOrOperator)?;
    if open.completion.is_none() {
        return reject(Reason::CompletionNotAsked, format_args!("entry {application}"));
    }
    // After this point the command is accepted.
    Ok(vec![Effect::ApplicationCompleted { application, attachments: attachments.to_vec() }])
}
