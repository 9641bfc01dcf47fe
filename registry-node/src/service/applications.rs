//! Applications: those that wait are in the state; those that are closed are
//! told from the entry that recorded them.

use crate::page;
use crate::shared::{Shared, blocking};
use crate::status::Refusal;
use jcm_api::{pb, words};
use jcm_format::amount::Yen;
use jcm_format::entry::Entry;
use jcm_format::event::{Effect, Fee};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_ledger::State;
use jcm_ledger::state::{Application, ApplicationStatus, ClosedApplication, Subject, SubjectKind};
use std::sync::Arc;

/// One application.
pub(crate) async fn one(
    shared: &Arc<Shared>,
    request: pb::GetApplicationRequest,
) -> Result<pb::Application, Refusal> {
    let index = EntryIndex::new(request.application);
    let closed = {
        let view = shared.view();
        if let Some(open) = view.state().open_application(index) {
            return Ok(open_message(open));
        }
        view.state().closed_application(index)
    };
    let closed = closed.ok_or_else(|| Refusal::Absent {
        what: "application",
        which: request.application.to_string(),
    })?;
    let shared = Arc::clone(shared);
    blocking(move || {
        let stored = shared.stored(index)?;
        let view = shared.view();
        closed_message(view.state(), stored.sealed.entry(), closed).ok_or(Refusal::DataLoss)
    })
    .await
}

/// Applications that wait, oldest first.
pub(crate) fn list(
    shared: &Shared,
    request: &pb::ListApplicationsRequest,
) -> Result<pb::ListApplicationsResponse, Refusal> {
    let after = page::after("applications", &request.page_token, |text| text.parse::<u64>().ok())?;
    let view = shared.view();
    let open = view
        .state()
        .open_applications()
        .skip_while(|open| after.is_some_and(|after| open.entry.get() <= after));
    let (open, next_page_token) =
        page::take(open, page::page_size(request.page_size), "applications", |open| open.entry);
    let applications = open.into_iter().map(open_message).collect();
    Ok(pb::ListApplicationsResponse { applications, next_page_token })
}

fn open_message(open: &Application) -> pb::Application {
    let (status, next) = if open.due_yen() == Yen::ZERO {
        ("under examination", "operator")
    } else {
        ("awaiting payment", "applicant")
    };
    let (account, summary) = match &open.subject {
        Subject::Account { holder, .. } => {
            (0, account_summary(&holder.particulars.name_en, &holder.person))
        }
        Subject::Transfer(terms) => (terms.source.get(), words::transfer_terms(terms)),
        Subject::Certificate(account) => (account.get(), certificate_summary(*account)),
    };
    pb::Application {
        entry: open.entry.get(),
        kind: kind(open.subject.kind()).to_owned(),
        status: status.to_owned(),
        fee_yen: open.fee.amount().get(),
        fee_ground: words::fee_ground(open.fee).to_owned(),
        settled_yen: open.settled_yen.get(),
        next: next.to_owned(),
        received_ms: open.received.as_ms(),
        account,
        summary,
        closed_entry: 0,
    }
}

fn closed_message(
    state: &State,
    entry: &Entry,
    closed: ClosedApplication,
) -> Option<pb::Application> {
    let (fee, account, summary) = entry.event.0.iter().find_map(|effect| applied(state, effect))?;
    let (status, closed_entry) = match closed.status {
        ApplicationStatus::Recorded(entry) => ("recorded", entry.get()),
        ApplicationStatus::Withdrawn(entry) => ("withdrawn", entry.get()),
        ApplicationStatus::Open => return None,
    };
    Some(pb::Application {
        entry: entry.index.get(),
        kind: kind(closed.kind).to_owned(),
        status: status.to_owned(),
        fee_yen: closed.fee_yen.get(),
        fee_ground: words::fee_ground(fee).to_owned(),
        settled_yen: closed.settled_yen.get(),
        next: String::new(),
        received_ms: entry.time.as_ms(),
        account,
        summary,
        closed_entry,
    })
}

/// Fee, account and summary of the effect that received the application.
fn applied(state: &State, effect: &Effect) -> Option<(Fee, u32, String)> {
    match effect {
        Effect::AccountApplied { person, holder, fee, .. } => {
            let account = state.account_of(person).map_or(0, AccountNumber::get);
            Some((*fee, account, account_summary(&holder.name_en, person)))
        }
        Effect::TransferApplied { terms, fee } => {
            Some((*fee, terms.source.get(), words::transfer_terms(terms)))
        }
        Effect::CertificateRequested { account, fee } => {
            Some((*fee, account.get(), certificate_summary(*account)))
        }
        _ => None,
    }
}

fn account_summary(name: &impl std::fmt::Display, person: &impl std::fmt::Display) -> String {
    format!("account of {name} ({person})")
}

fn certificate_summary(account: AccountNumber) -> String {
    format!("certificate of account {account}")
}

fn kind(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Account => "account",
        SubjectKind::Transfer => "transfer",
        SubjectKind::Certificate => "certificate",
    }
}
