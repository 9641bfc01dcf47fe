//! NotifyChange (Act, art. 51(1); registry ordinance, art. 5).

use super::{Case, Decision, reject};
use crate::rejection::{Reason, Rejection};
use crate::state::{Account, SubjectKind};
use jcm_format::command::{NotifyChange, ParticularsChange, Person};
use jcm_format::event::Effect;

pub(super) fn decide(case: &Case<'_>, notify: &NotifyChange) -> Decision {
    // That it exists follows from the role.
    let account = case.entity_account(notify.account)?;
    let mut open = case.state.open_applications_of(notify.account);
    if let Some(other) = open.find(|open| open.subject.kind() == SubjectKind::Change) {
        return reject(Reason::ApplicationPending, format_args!("entry {}", other.entry));
    }
    if case.today < notify.change.effective {
        return reject(Reason::DateInFuture, notify.change.effective);
    }
    particulars_fit(account, &notify.change)?;
    // After this point the command is accepted.
    Ok(vec![Effect::ChangeNotified {
        account: notify.account,
        change: notify.change.clone(),
        attachments: notify.attachments.clone(),
    }])
}

/// Rule 526.
pub(super) fn particulars_fit(
    account: &Account,
    change: &ParticularsChange,
) -> Result<(), Rejection> {
    let Some(published) = &change.holder else { return Ok(()) };
    let fits = match account.holder.as_ref().map(|holder| &holder.person) {
        Some(Person::Corporation(_)) => {
            published.name_ja.is_some() && published.head_office_ja.is_some()
        }
        Some(Person::ForeignCorporation { .. }) => true,
        Some(Person::Individual(_)) | None => false,
    };
    if fits { Ok(()) } else { reject(Reason::ParticularsMisfit, account.number) }
}
