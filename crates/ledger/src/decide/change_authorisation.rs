//! ChangeAuthorisation: a later version of an authorisation, as a whole (decision 4/CMA.6).

use super::signers::of_authorisation;
use super::{Case, Decision, reject};
use crate::rejection::{Reason, Rejection};
use crate::state::{AuthorisationRecord, AuthorisationVersion};
use jcm_format::command::AuthorisationChange;
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;
use jcm_format::time::Date;

pub(super) fn decide(case: &Case<'_>, change: &AuthorisationChange) -> Decision {
    let record = own(case, change.authorisation)?;
    let version = in_force(case, record)?;
    let number = change.details.version;
    if version.number.checked_add(1) != Some(number) {
        return reject(
            Reason::AuthorisationVersion,
            format_args!("{number}; in force is {}", version.number),
        );
    }
    for project in &change.terms.projects {
        if case.state.project(project).is_none() || project.country() != record.partner {
            return reject(Reason::ProjectUnknown, project);
        }
    }
    is_in_time(case, version, change.terms.date)?;
    let reach = change.details.changes_reach_first_transferred;
    if reach != record.changes_reach_first_transferred() {
        return reject(
            Reason::TermsOnChangeDiffer,
            format_args!("changes_reach_first_transferred is {}", !reach),
        );
    }
    if change.terms.quantity_tonnes < record.used_tonnes {
        let used = record.used_tonnes;
        return reject(Reason::QuantityBelowUsed, format_args!("{used} t are first transferred"));
    }
    // After this point the command is accepted.
    Ok(vec![Effect::AuthorisationChanged(change.clone())])
}

/// Rule 611, then the role, which depends on it.
pub(super) fn own<'a>(
    case: &'a Case<'_>,
    authorisation: EntryIndex,
) -> Result<&'a AuthorisationRecord, Rejection> {
    let Some(record) = case.state.authorisation(authorisation) else {
        return reject(Reason::AuthorisationUnknown, format_args!("entry {authorisation}"));
    };
    case.signed_by(of_authorisation(record.side, record.partner))?;
    Ok(record)
}

/// Rules 616 and 618.
pub(super) fn in_force<'a>(
    case: &Case<'_>,
    record: &'a AuthorisationRecord,
) -> Result<&'a AuthorisationVersion, Rejection> {
    case.article6()?;
    let version = record.in_force();
    version.ok_or_else(|| Rejection::new(Reason::AuthorisationRevoked, &record.id))
}

/// Rules 604 and 620.
pub(super) fn is_in_time(
    case: &Case<'_>,
    version: &AuthorisationVersion,
    date: Date,
) -> Result<(), Rejection> {
    if case.today < date {
        return reject(Reason::DateInFuture, date);
    }
    if date < version.terms.date {
        return reject(
            Reason::DateBeforeVersion,
            format_args!("{date}; the version in force is of {}", version.terms.date),
        );
    }
    Ok(())
}
