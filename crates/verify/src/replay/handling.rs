//! What becomes of applications: completed, recorded, refused, withdrawn or
//! lapsed.

use super::days;
use super::judge::Case;
use super::state::{Application, Kind};
use super::{accounts, restrictions, trusts};
use crate::code::{Code, Judged, contradiction, ensure};
use jcm_format::amount::Yen;
use jcm_format::command::{LapseGround, RefusalGround, TrustRequest};
use jcm_format::event::Effect;
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_format::serial::SerialRanges;
use jcm_format::text::Text;
use jcm_format::time::Date;

fn any<'a>(case: &Case<'a>, application: EntryIndex) -> Judged<&'a Application> {
    case.open_application(application, "an application", |_| true)
}

/// Rule 505; that the application exists was judged with the role.
pub(crate) fn withdraw(case: &Case<'_>, application: EntryIndex) -> Judged<Vec<Effect>> {
    any(case, application)?;
    Ok(vec![Effect::ApplicationWithdrawn { application }])
}

/// Rule 505, likewise.
pub(crate) fn submit_proof(
    case: &Case<'_>,
    application: EntryIndex,
    document: Digest,
) -> Judged<Vec<Effect>> {
    any(case, application)?;
    Ok(vec![Effect::PaymentProofSubmitted { application, document }])
}

/// Rules 504, 505 and 520.
pub(crate) fn request_completion(
    case: &Case<'_>,
    application: EntryIndex,
    items: &[Text],
    due: Date,
) -> Judged<Vec<Effect>> {
    any(case, application)?;
    ensure(case.today() < due, Code::DueDatePast, || {
        format!(
            "what is missing is to be handed in until {due}, which is not after {}",
            case.today()
        )
    })?;
    Ok(vec![Effect::CompletionRequested { application, items: items.to_vec(), due }])
}

/// Rules 505 and 513.
pub(crate) fn complete(
    case: &Case<'_>,
    application: EntryIndex,
    attachments: &[Digest],
) -> Judged<Vec<Effect>> {
    let known = any(case, application)?;
    ensure(known.missing_until.is_some(), Code::CompletionNotAsked, || {
        format!("nothing is missing from application {application}")
    })?;
    Ok(vec![Effect::ApplicationCompleted { application, attachments: attachments.to_vec() }])
}

/// Rules 504, 505, 517 and 518.
pub(crate) fn refuse(
    case: &Case<'_>,
    application: EntryIndex,
    ground: RefusalGround,
    explanation: &Text,
) -> Judged<Vec<Effect>> {
    let known = any(case, application)?;
    let of_any = matches!(ground, RefusalGround::Falsehood | RefusalGround::Procedure);
    let applicable = match known.kind {
        Kind::Transfer { .. } => true,
        Kind::Trust { .. } => of_any || ground == RefusalGround::Restriction,
        Kind::Account { .. }
        | Kind::Certificate { .. }
        | Kind::Change { .. }
        | Kind::Closing { .. } => of_any,
    };
    ensure(applicable, Code::GroundNotApplicable, || {
        format!("{ground:?} is no ground to refuse application {application}")
    })?;
    if ground == RefusalGround::Restriction {
        let mut ranges = units(known).into_iter().flat_map(SerialRanges::iter);
        let founded = ranges.any(|range| restrictions::restricted(case, range).is_some());
        ensure(founded, Code::GroundUnfounded, || {
            format!(
                "application {application} is refused for a restriction, but none is on its units"
            )
        })?;
    }
    let explanation = explanation.clone();
    Ok(vec![Effect::ApplicationRefused { application, ground, explanation }])
}

/// The units that an application names.
fn units(application: &Application) -> Option<&SerialRanges> {
    match &application.kind {
        Kind::Transfer { terms, .. } => Some(&terms.ranges),
        Kind::Trust { request, .. } => match &**request {
            TrustRequest::Record { ranges, .. } | TrustRequest::Delete { ranges, .. } => {
                Some(ranges)
            }
            TrustRequest::Amend { .. } => None,
        },
        Kind::Account { .. }
        | Kind::Certificate { .. }
        | Kind::Change { .. }
        | Kind::Closing { .. } => None,
    }
}

/// Rules 504, 505, 417 and 519.
pub(crate) fn lapse(case: &Case<'_>, application: EntryIndex) -> Judged<Vec<Effect>> {
    let known = any(case, application)?;
    let today = case.today();
    if known.missing_until.is_some_and(|until| until < today) {
        let ground = LapseGround::Incomplete;
        return Ok(vec![Effect::ApplicationLapsed { application, ground }]);
    }
    ensure(known.due() != Yen::ZERO, Code::NotLapsed, || {
        format!("application {application} is declared lapsed, but owes nothing and lacks nothing")
    })?;
    let days = known.payment_days;
    let last = days::working_day_after(case.state, known.received, days).ok_or_else(|| {
        Code::CalendarMissing.broken(format!(
            "without calendars nobody can tell the working day {days} after {}",
            known.received
        ))
    })?;
    ensure(last < today, Code::NotLapsed, || {
        format!("application {application} is declared lapsed, but may be paid until {last}")
    })?;
    Ok(vec![Effect::ApplicationLapsed { application, ground: LapseGround::Unpaid }])
}

/// Rules 504, 505, 512, and then those of what is recorded.
pub(crate) fn record(case: &Case<'_>, application: EntryIndex) -> Judged<Vec<Effect>> {
    let wanted = "a notification, or an application for a closing or about a trust";
    let known = case.open_application(application, wanted, |known| {
        matches!(known.kind, Kind::Change { .. } | Kind::Closing { .. } | Kind::Trust { .. })
    })?;
    case.complete(application, known)?;
    match &known.kind {
        Kind::Change { account, change } => {
            accounts::unchanged_since(case, application, *account)?;
            let (account, change) = (*account, (**change).clone());
            let application = Some(application);
            Ok(vec![Effect::ParticularsChanged { application, account, change }])
        }
        Kind::Closing { account } => accounts::close(case, application, *account),
        Kind::Trust { account, request, .. } => {
            let recorded = trusts::record(case, *account, request)?;
            Ok(vec![Effect::TrustApplicationRecorded { application }, recorded])
        }
        Kind::Account { .. } | Kind::Transfer { .. } | Kind::Certificate { .. } => {
            Err(contradiction("an application is of another kind"))
        }
    }
}
