//! Lists of applications: an operator's queue and a holder's own.
//!
//! Those that wait are counted and picked in the state. Those that ended are
//! looked up: without an account in the node's memory of ends, with one in the
//! index. Either way a page costs as many entries of the log as it has items.

use super::ended::{self, End};
use super::open::{self, Days, Stand};
use super::{KINDS, kind_word};
use crate::access::{Caller, Pass};
use crate::clock;
use crate::folds;
use crate::page;
use crate::service::accounts;
use crate::shared::{Shared, blocking};
use crate::status::Refusal;
use jcm_api::pb;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::key::PublicKey;
use jcm_ledger::index::{PAGE_ENTRIES_MAX, Subject};
use jcm_ledger::state::{Application, Subject as Applied, SubjectKind};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which applications are listed.
struct Filter {
    /// The key of an applicant that has no account.
    signer: Option<PublicKey>,
    kind: Option<SubjectKind>,
    status: Status,
    /// The applicant's account, or that to which a transfer is to go.
    account: Option<AccountNumber>,
    next: Option<&'static str>,
    overdue_only: bool,
}

/// Which of them, by where they stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Open(Option<Stand>),
    Ended(Option<End>),
}

/// Counts by kind and status.
type Counts = BTreeMap<(SubjectKind, &'static str), u64>;

/// A page of entries, what there is in all, and the token for the next page.
struct Found<T> {
    page: Vec<T>,
    next_page_token: String,
    counts: Counts,
}

impl<T> Found<T> {
    fn nothing() -> Found<T> {
        let next_page_token = String::new();
        Found { page: Vec::new(), next_page_token, counts: Counts::new() }
    }
}

/// Applications that a filter lets through, oldest first.
pub(crate) async fn list(
    shared: &Arc<Shared>,
    pass: &Pass,
    request: pb::ListApplicationsRequest,
) -> Result<pb::ListApplicationsResponse, Refusal> {
    let after = page::after("applications", &request.page_token, |text| text.parse::<u64>().ok())?;
    let size = page::page_size(request.page_size);
    let filter = Filter::of(shared, pass, &request)?;
    if let Status::Ended(_) = filter.status
        && filter.account.is_none()
        && filter.signer.is_none()
    {
        folds::up_to_date(shared).await?;
    }
    let shared = Arc::clone(shared);
    blocking(move || {
        let found = match filter.status {
            Status::Open(_) => open_page(&shared, &filter, after, size),
            Status::Ended(end) => {
                let found = match filter.account {
                    // Told by number alone: nothing leads from a key to what ended.
                    None if filter.signer.is_some() => Ok(Found::nothing()),
                    Some(account) => ended_of_account(&shared, &filter, end, account, after, size),
                    None => Ok(ended_of_all(&shared, &filter, end, after, size)),
                }?;
                let page = ended::messages(&shared, &found.page)?;
                Found { page, next_page_token: found.next_page_token, counts: found.counts }
            }
        };
        Ok(response(found))
    })
    .await
}

fn response(found: Found<pb::Application>) -> pb::ListApplicationsResponse {
    let total = found.counts.values().sum();
    let counts = found.counts.into_iter().map(|((kind, status), count)| pb::ApplicationCount {
        kind: kind_word(kind).to_owned(),
        status: status.to_owned(),
        count,
    });
    pb::ListApplicationsResponse {
        counts: counts.collect(),
        applications: found.page,
        next_page_token: found.next_page_token,
        total,
    }
}

fn open_page(
    shared: &Shared,
    filter: &Filter,
    after: Option<u64>,
    size: usize,
) -> Found<pb::Application> {
    let view = shared.view();
    let state = view.state();
    let days = Days::new(state, clock::now().date_in_japan());
    let mut counts = Counts::new();
    let mut following = Vec::new();
    let mut take = |open: &Application| {
        if filter.lets_through(open, &days) {
            *counts.entry((open.subject.kind(), days.stand(open).word())).or_default() += 1;
            if after.is_none_or(|after| after < open.entry.get()) && following.len() <= size {
                following.push(open::message(state, open, &days));
            }
        }
    };
    match filter.account {
        Some(account) => state.open_applications_of(account).for_each(&mut take),
        None => state.open_applications().for_each(&mut take),
    }
    let (page, next_page_token) =
        page::take(following.into_iter(), size, "applications", |open| open.entry);
    Found { page, next_page_token, counts }
}

fn ended_of_all(
    shared: &Shared,
    filter: &Filter,
    end: Option<End>,
    after: Option<u64>,
    size: usize,
) -> Found<u64> {
    let mut counts = Counts::new();
    let mut following = Vec::new();
    if !filter.is_of_open_only() {
        let folds = shared.folds.read();
        for ((kind, status), entries) in folds.ended() {
            if filter.kind.is_some_and(|only| only != kind) || end.is_some_and(|end| end != status)
            {
                continue;
            }
            *counts.entry((kind, status.word())).or_default() += entries.len() as u64;
            let first = entries.partition_point(|entry| after.is_some_and(|after| *entry <= after));
            following.extend(entries.iter().skip(first).take(size + 1));
        }
        following.sort_unstable();
    }
    let (page, next_page_token) =
        page::take(following.into_iter(), size, "applications", |entry| *entry);
    Found { page, next_page_token, counts }
}

/// The ended applications among the entries that concern an account, which name it
/// as applicant or as destination; and that for the account itself.
fn ended_of_account(
    shared: &Shared,
    filter: &Filter,
    end: Option<End>,
    account: AccountNumber,
    after: Option<u64>,
    size: usize,
) -> Result<Found<u64>, Refusal> {
    let mut counts = Counts::new();
    let mut following = Vec::new();
    let mut take = |entries: &[u64]| {
        let view = shared.view();
        for entry in entries {
            let closed = view.state().closed_application(EntryIndex::new(*entry));
            let found = closed.and_then(|closed| Some((closed.kind, End::of(closed.status)?.0)));
            let Some((kind, status)) = found else { continue };
            if filter.kind.is_none_or(|only| only == kind) && end.is_none_or(|only| only == status)
            {
                *counts.entry((kind, status.word())).or_default() += 1;
                if after.is_none_or(|after| after < *entry) && following.len() <= size {
                    following.push(*entry);
                }
            }
        }
    };
    if !filter.is_of_open_only() {
        let subject = Subject::Account(account);
        // Before anything that the account itself did.
        take(&opening(shared, account)?);
        let (size, mut from) = (shared.size(), 0);
        loop {
            let entries = shared.index.history(size, &subject, from, PAGE_ENTRIES_MAX)?;
            take(&entries);
            match entries.last() {
                Some(last) if entries.len() == PAGE_ENTRIES_MAX => from = last.saturating_add(1),
                _ => break,
            }
        }
    }
    let (page, next_page_token) =
        page::take(following.into_iter(), size, "applications", |entry| *entry);
    Ok(Found { page, next_page_token, counts })
}

/// The application on which an entity account was opened.
fn opening(shared: &Shared, account: AccountNumber) -> Result<Vec<u64>, Refusal> {
    let opened = shared.view().state().account(account).map(|account| account.opened);
    let opened = shared.stored(opened.ok_or(Refusal::Internal)?)?.sealed;
    Ok(folds::account_opened(opened.entry(), account).map(EntryIndex::get).into_iter().collect())
}

impl Filter {
    fn of(
        shared: &Shared,
        pass: &Pass,
        request: &pb::ListApplicationsRequest,
    ) -> Result<Filter, Refusal> {
        let kind = match request.kind.as_str() {
            "" => None,
            word => Some(kind_of(word)?),
        };
        let next = match request.next.as_str() {
            "" => None,
            word => Some(next_of(word)?),
        };
        let signer = match pass.caller() {
            Caller::Applicant(key) => Some(*key),
            _ => None,
        };
        let account = match request.account {
            0 if signer.is_some() => None,
            number => accounts::seen_or_every(shared.view().state(), pass, number)?,
        };
        let status = status_of(&request.status)?;
        Ok(Filter { signer, kind, status, account, next, overdue_only: request.overdue_only })
    }

    fn lets_through(&self, open: &Application, days: &Days<'_>) -> bool {
        let stand = days.stand(open);
        let is_status = match self.status {
            Status::Open(only) => only.is_none_or(|only| only == stand),
            Status::Ended(_) => false,
        };
        is_status
            && self.signer.is_none_or(|signer| is_by(open, signer))
            && self.kind.is_none_or(|kind| kind == open.subject.kind())
            && self.next.is_none_or(|next| next == stand.next())
            && (!self.overdue_only || days.is_overdue(open))
    }

    /// Whether it asks for what no ended application has.
    fn is_of_open_only(&self) -> bool {
        self.next.is_some() || self.overdue_only
    }
}

/// Whether an application for an account is by the owner of this key.
fn is_by(open: &Application, signer: PublicKey) -> bool {
    matches!(&open.subject, Applied::Account { representative, .. } if *representative == signer)
}

/// The kind that a word of the wire names.
pub(crate) fn kind_of(word: &str) -> Result<SubjectKind, Refusal> {
    let found = KINDS.into_iter().find(|(_, known)| *known == word);
    found.map(|(kind, _)| kind).ok_or_else(|| Refusal::Argument {
        field: "kind",
        wanted: "give account, transfer, certificate, change, closing or trust".to_owned(),
    })
}

fn next_of(word: &str) -> Result<&'static str, Refusal> {
    let found = Stand::ALL.into_iter().map(Stand::next).find(|known| *known == word);
    found.ok_or_else(|| Refusal::Argument {
        field: "next",
        wanted: "give applicant, transferee or operator".to_owned(),
    })
}

fn status_of(word: &str) -> Result<Status, Refusal> {
    let open = Stand::ALL.into_iter().find(|stand| stand.word() == word);
    let ended = End::ALL.into_iter().find(|end| end.word() == word);
    match (word, open, ended) {
        ("" | "open", ..) => Ok(Status::Open(None)),
        ("ended", ..) => Ok(Status::Ended(None)),
        (_, Some(stand), _) => Ok(Status::Open(Some(stand))),
        (_, _, Some(end)) => Ok(Status::Ended(Some(end))),
        _ => Err(Refusal::Argument {
            field: "status",
            wanted: "give open, ended, or one of the statuses that applications show".to_owned(),
        }),
    }
}
