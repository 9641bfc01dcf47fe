//! Notices to holders: a list, and a stream of the same without an end.
//!
//! A notice is made from its entry whenever it is asked for; nothing is kept for
//! a reader. A stream is woken when entries are published and reads on from where
//! it is, so that a slow reader costs the writer nothing, and a reader that comes
//! back with its last position misses nothing.

use super::{AnswerStream, accounts};
use crate::access::{Pass, is_in_force};
use crate::archive::{Archive, no_book};
use crate::folds;
use crate::page;
use crate::shared::{Phase, Shared, blocking};
use crate::status::Refusal;
use jcm_api::pb;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_ledger::index::Subject;
use jcm_report::notices::{Notice, Position, notices};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

/// Entries read for one page at the most: many concern an account and give no
/// notice.
const PAGE_ENTRIES_READ_MAX: usize = 2_000;

/// Entries read at once.
const STEP_ENTRIES: usize = 64;

/// Notices of one step of a stream.
const STEP_NOTICES: usize = 64;

/// Notices that wait for a slow reader: a few KiB each.
const NOTICES_AHEAD_MAX: usize = 8;

/// How long a reader may leave a notice waiting before it loses its place.
const READER_WAIT_MAX: Duration = Duration::from_secs(30);

/// After a batch, how long others may come before a stream looks: under load it
/// looks so often at the most, however many batches there are.
const GATHER: Duration = Duration::from_millis(20);

/// What a step found.
struct Found {
    notices: Vec<Notice>,
    /// From where to go on, if there may be more now.
    next: Option<Position>,
    /// The log was read up to here.
    size: u64,
}

/// The notices to one account after a position, oldest first.
pub(crate) async fn list(
    shared: &Arc<Shared>,
    pass: &Pass,
    request: pb::ListNoticesRequest,
) -> Result<pb::ListNoticesResponse, Refusal> {
    let account = accounts::seen(shared.view().state(), pass, request.account)?.number;
    let after = position(&request.after)?;
    let size = page::page_size(request.page_size);
    let found = step(shared, account, after, size).await?;
    Ok(pb::ListNoticesResponse {
        notices: found.notices.iter().map(message).collect(),
        next_after: found.next.map_or_else(String::new, |next| next.to_string()),
    })
}

fn position(text: &str) -> Result<Option<Position>, Refusal> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| Refusal::Argument {
        field: "after",
        wanted: "give a notice's position such as 120.1, or nothing".to_owned(),
    })
}

async fn step(
    shared: &Arc<Shared>,
    account: AccountNumber,
    after: Option<Position>,
    count: usize,
) -> Result<Found, Refusal> {
    // The rules by version are there.
    folds::up_to_date(shared).await?;
    let shared = Arc::clone(shared);
    blocking(move || find(&shared, account, after, count)).await
}

/// Up to `count` notices after a position. Reads files.
fn find(
    shared: &Shared,
    account: AccountNumber,
    after: Option<Position>,
    count: usize,
) -> Result<Found, Refusal> {
    // Not beyond what is folded: an entry's rules may be newer.
    let size = shared.folds.read().entries();
    let mut found = Found { notices: Vec::new(), next: None, size };
    let mut from = after.map_or(0, |after| after.entry.get());
    let mut read = 0;
    loop {
        let entries = concerning(shared, account, from, size)?;
        for sealed in shared.stored_entries(&entries)? {
            let of_entry = notices(sealed.entry(), &Archive(shared)).map_err(no_book)?;
            for notice in of_entry.into_iter().filter(|notice| notice.account == Some(account)) {
                if after.is_some_and(|after| notice.position <= after) {
                    continue;
                }
                if found.notices.len() == count {
                    found.next = found.notices.last().map(|last| last.position);
                    return Ok(found);
                }
                found.notices.push(notice);
            }
        }
        read += entries.len();
        let Some(last) = entries.last().filter(|_| STEP_ENTRIES <= entries.len()) else {
            return Ok(found);
        };
        if PAGE_ENTRIES_READ_MAX <= read {
            // After all notices of the last entry that was read.
            found.next = Some(Position { entry: EntryIndex::new(*last), number: u32::MAX });
            return Ok(found);
        }
        from = last.saturating_add(1);
    }
}

/// The next entries that concern an account, with those that revoke its keys, which
/// the index does not know as the account's.
fn concerning(
    shared: &Shared,
    account: AccountNumber,
    from: u64,
    size: u64,
) -> Result<Vec<u64>, Refusal> {
    let subject = Subject::Account(account);
    let mut entries = shared.index.history(size, &subject, from, STEP_ENTRIES)?;
    let end = match entries.last() {
        Some(last) if entries.len() == STEP_ENTRIES => last.saturating_add(1),
        _ => size,
    };
    let folds = shared.folds.read();
    entries.extend(folds.revocations(account).range(from..end));
    entries.sort_unstable();
    entries.dedup();
    Ok(entries)
}

fn message(notice: &Notice) -> pb::Notice {
    pb::Notice {
        position: notice.position.to_string(),
        entry: notice.position.entry.get(),
        time_ms: notice.time.as_ms(),
        account: notice.account.map_or(0, AccountNumber::get),
        kind: notice.kind.to_owned(),
        basis: notice.basis.to_owned(),
        title_ja: notice.title_ja.clone(),
        text_ja: notice.text_ja.clone(),
        title_en: notice.title_en.clone(),
        text_en: notice.text_en.clone(),
        application: notice.application.map_or(0, EntryIndex::get),
    }
}

/// The notices to one account after a position, and each new one once its entry is
/// on disk. Ends when the reader goes or is too slow, or the node stops.
pub(crate) async fn subscribe(
    shared: Arc<Shared>,
    pass: &Pass,
    request: pb::SubscribeNoticesRequest,
) -> Result<AnswerStream<pb::Notice>, Refusal> {
    let account = accounts::seen(shared.view().state(), pass, request.account)?.number;
    let after = position(&request.after)?;
    let place = shared.subscribers.take(pass.peer())?;
    // One place is kept for the error that it may end with.
    let (sender, receiver) = mpsc::channel(NOTICES_AHEAD_MAX + 1);
    let last = sender.clone().try_reserve_owned().map_err(|_| Refusal::Internal)?;
    let pass = pass.clone();
    tokio::spawn(async move {
        let mut reader = Reader { shared, pass, sender, wait_max: READER_WAIT_MAX };
        if let Some(refusal) = reader.run(account, after).await {
            last.send(Err(Status::from(refusal)));
        }
        drop(place);
    });
    Ok(Box::pin(ReceiverStream::new(receiver)))
}

/// One stream.
struct Reader {
    shared: Arc<Shared>,
    pass: Pass,
    sender: mpsc::Sender<Result<pb::Notice, Status>>,
    wait_max: Duration,
}

impl Reader {
    /// Tells why it ended; a reader that has gone away is told nothing.
    async fn run(
        &mut self,
        account: AccountNumber,
        mut after: Option<Position>,
    ) -> Option<Refusal> {
        let mut published = self.shared.published.subscribe();
        let mut phase = self.shared.phase.subscribe();
        loop {
            // A stream outlives the check at the door; what is revoked meanwhile ends it.
            if !is_in_force(&self.shared, &self.pass) {
                return Some(Refusal::KeyNotInForce);
            }
            let found = match step(&self.shared, account, after, STEP_NOTICES).await {
                Ok(found) => found,
                // Not yet: it is read on, for as long as the reader waits.
                Err(Refusal::IndexBehind) => {
                    tokio::time::sleep(GATHER).await;
                    Found { notices: Vec::new(), next: None, size: 0 }
                }
                Err(refusal) => return Some(refusal),
            };
            for notice in &found.notices {
                match send(&self.sender, &mut phase, message(notice), self.wait_max).await {
                    Sent::Taken => after = Some(notice.position),
                    Sent::Gone => return None,
                    Sent::Refused(refusal) => return Some(refusal),
                }
            }
            after = found.next.or(after);
            if found.next.is_some() {
                continue;
            }
            tokio::select! {
                biased;
                _ = phase.wait_for(|phase| *phase != Phase::Serving) => {
                    return Some(Refusal::Stopping);
                }
                () = self.sender.closed() => return None,
                more = published.wait_for(|size| found.size < *size) => {
                    if more.is_err() {
                        return Some(Refusal::Stopping);
                    }
                }
            }
            tokio::time::sleep(GATHER).await;
        }
    }
}

/// What became of a notice.
enum Sent {
    Taken,
    Gone,
    Refused(Refusal),
}

async fn send(
    sender: &mpsc::Sender<Result<pb::Notice, Status>>,
    phase: &mut watch::Receiver<Phase>,
    notice: pb::Notice,
    wait_max: Duration,
) -> Sent {
    tokio::select! {
        biased;
        _ = phase.wait_for(|phase| *phase != Phase::Serving) => Sent::Refused(Refusal::Stopping),
        sent = sender.send_timeout(Ok(notice), wait_max) => match sent {
            Ok(()) => Sent::Taken,
            Err(SendTimeoutError::Timeout(_)) => Sent::Refused(Refusal::SlowReader),
            Err(SendTimeoutError::Closed(_)) => Sent::Gone,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_reader_that_does_not_read_loses_its_place() {
        let phase = watch::Sender::new(Phase::Serving);
        let (sender, receiver) = mpsc::channel(1);
        let mut subscribed = phase.subscribe();
        let wait = Duration::from_millis(20);
        let mut next = async || send(&sender, &mut subscribed, pb::Notice::default(), wait).await;
        assert!(matches!(next().await, Sent::Taken));
        assert!(matches!(next().await, Sent::Refused(Refusal::SlowReader)));
        phase.send_replace(Phase::Stopping);
        assert!(matches!(next().await, Sent::Refused(Refusal::Stopping)));
        phase.send_replace(Phase::Serving);
        drop(receiver);
        assert!(matches!(next().await, Sent::Gone));
    }
}
