//! The log itself: entries, proofs, frames and history.

use super::AnswerStream;
use super::{accounts, units};
use crate::access::{self, Part, Pass};
use crate::page;
use crate::shared::{Phase, Shared, blocking};
use crate::status::Refusal;
use jcm_api::pb::list_history_request::Subject as Asked;
use jcm_api::{pb, words};
use jcm_format::command::Command;
use jcm_format::entry::{Entry, SealedEntry};
use jcm_format::event::Event;
use jcm_format::frame::Frame;
use jcm_format::id::{BlockNumber, EntryIndex, ProjectRef};
use jcm_ledger::index::Subject;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

/// Frames that wait for a slow reader of the log; each has at most 17 MB and
/// usually far less.
const FRAMES_AHEAD_MAX: usize = 1;

/// Readers of the log at once. Each may hold a frame in memory and occupy the
/// disk; they are auditors and copies, not callers.
pub(crate) const LOG_READERS_MAX: usize = 32;

/// How long a reader may leave a frame waiting before it loses its place.
const READER_WAIT_MAX: Duration = Duration::from_secs(30);

/// One entry, as it is stored and as it can be read.
pub(crate) async fn entry(
    shared: &Arc<Shared>,
    pass: &Pass,
    request: pb::GetEntryRequest,
) -> Result<pb::GetEntryResponse, Refusal> {
    let (shared, pass) = (Arc::clone(shared), pass.clone());
    blocking(move || {
        let index = EntryIndex::new(request.entry);
        if !access::entry_shown(&shared, &pass, index)? {
            return Err(Refusal::Absent { what: "entry", which: request.entry.to_string() });
        }
        let sealed = shared.stored(index)?.sealed;
        let json = serde_json::to_string(sealed.entry()).map_err(|_| Refusal::Internal)?;
        let summary = summary(sealed.entry(), &sealed.entry().event)?;
        Ok(pb::GetEntryResponse { entry: sealed.bytes().to_vec(), summary: Some(summary), json })
    })
    .await
}

/// An entry in words, with these of its effects.
fn summary(entry: &Entry, event: &Event) -> Result<pb::EntrySummary, Refusal> {
    let command = Command::parse(&entry.command.payload).map_err(|_| Refusal::DataLoss)?;
    Ok(pb::EntrySummary {
        entry: entry.index.get(),
        time_ms: entry.time.as_ms(),
        command: command.body.name().to_owned(),
        effects: words::event(event),
    })
}

/// A proof against the newest checkpoint.
pub(crate) fn inclusion(
    shared: &Shared,
    request: pb::GetInclusionProofRequest,
) -> Result<pb::GetInclusionProofResponse, Refusal> {
    let proof = shared.view().inclusion(EntryIndex::new(request.entry));
    let proof =
        proof.ok_or_else(|| Refusal::Absent { what: "entry", which: request.entry.to_string() })?;
    Ok(pb::GetInclusionProofResponse { proof })
}

/// A proof that one tree begins with another.
pub(crate) fn consistency(
    shared: &Shared,
    request: pb::GetConsistencyProofRequest,
) -> Result<pb::GetConsistencyProofResponse, Refusal> {
    let view = shared.view();
    let proof = view.consistency(request.old_size, request.new_size);
    let hashes = proof.ok_or_else(|| Refusal::Argument {
        field: "old_size",
        wanted: format!(
            "give an old size, and a new size from it up to {}",
            view.state().entries()
        ),
    })?;
    Ok(pb::GetConsistencyProofResponse {
        hashes: hashes.iter().map(|hash| hash.as_bytes().to_vec()).collect(),
    })
}

/// The published frames from the one that holds an entry. Ends with the entry
/// that was newest when the request came; with an error when the node stops or
/// the reader is too slow.
pub(crate) async fn read(
    shared: Arc<Shared>,
    pass: &Pass,
    request: pb::ReadLogRequest,
) -> Result<AnswerStream<pb::ReadLogResponse>, Refusal> {
    // One place is kept for the error that it may end with.
    let (sender, receiver) = mpsc::channel(FRAMES_AHEAD_MAX + 1);
    if request.from_entry != shared.size() {
        let permit = Arc::clone(&shared.log_readers).try_acquire_owned();
        let permit = permit.map_err(|_| Refusal::ReadersFull)?;
        let last = sender.clone().try_reserve_owned().map_err(|_| Refusal::Internal)?;
        let opening = Arc::clone(&shared);
        let frames = blocking(move || opening.frames(request.from_entry)).await?;
        // It outlives the check at the door; what is revoked meanwhile ends it.
        let (reading, pass) = (Arc::clone(&shared), pass.clone());
        let frames = frames.map(move |frame| match access::is_in_force(&reading, &pass) {
            true => frame,
            false => Err(Refusal::KeyNotInForce),
        });
        tokio::spawn(async move {
            let phase = shared.phase.subscribe();
            if let Some(refusal) = send_frames(frames, phase, &sender, READER_WAIT_MAX).await {
                last.send(Err(Status::from(refusal)));
            }
            drop(permit);
        });
    }
    Ok(Box::pin(ReceiverStream::new(receiver)))
}

/// Reads one frame at a time, each on a thread that may wait, and waits for the
/// reader without holding one. Tells why it ended early; a reader that has gone
/// away is told nothing.
async fn send_frames(
    mut frames: impl Iterator<Item = Result<Frame, Refusal>> + Send + 'static,
    mut phase: watch::Receiver<Phase>,
    sender: &mpsc::Sender<Result<pb::ReadLogResponse, Status>>,
    wait_max: Duration,
) -> Option<Refusal> {
    loop {
        let reading = blocking(move || {
            let frame = frames.next().transpose()?;
            let bytes = frame.map(|frame| frame.encode().ok_or(Refusal::DataLoss)).transpose()?;
            Ok((bytes, frames))
        });
        let frame = match reading.await {
            Ok((Some(frame), rest)) => {
                frames = rest;
                frame
            }
            Ok((None, _)) => return None,
            Err(refusal) => return Some(refusal),
        };
        tokio::select! {
            biased;
            _ = phase.wait_for(|phase| *phase != Phase::Serving) => return Some(Refusal::Stopping),
            sent = sender.send_timeout(Ok(pb::ReadLogResponse { frame }), wait_max) => match sent {
                Ok(()) => {}
                Err(SendTimeoutError::Timeout(_)) => return Some(Refusal::SlowReader),
                Err(SendTimeoutError::Closed(_)) => return None,
            },
        }
    }
}

/// The entries that concern something, oldest first.
pub(crate) async fn history(
    shared: &Arc<Shared>,
    pass: &Pass,
    request: pb::ListHistoryRequest,
) -> Result<pb::ListHistoryResponse, Refusal> {
    let after = page::after("history", &request.page_token, |text| text.parse::<u64>().ok())?;
    let from = after.map_or(0, |after| after.saturating_add(1));
    let size = page::page_size(request.page_size);
    let (shared, pass) = (Arc::clone(shared), pass.clone());
    blocking(move || {
        let subject = subject(&shared, &pass, request.subject)?;
        let found = shared.index.history(shared.size(), &subject, from, size.saturating_add(1))?;
        let (found, next_page_token) =
            page::take(found.into_iter(), size, "history", |entry| *entry);
        let entries = shared.stored_entries(&found)?;
        let entries = entries.iter().map(|sealed| own_summary(&shared, &pass, sealed));
        let entries = entries.filter_map(Result::transpose).collect::<Result<_, _>>()?;
        Ok(pb::ListHistoryResponse { entries, next_page_token })
    })
    .await
}

/// What the caller may see of an entry, in words.
fn own_summary(
    shared: &Shared,
    pass: &Pass,
    sealed: &SealedEntry,
) -> Result<Option<pb::EntrySummary>, Refusal> {
    let entry = sealed.entry();
    match access::own_part(shared, pass, sealed)? {
        None => Ok(None),
        Some(Part::Whole) => summary(entry, &entry.event).map(Some),
        Some(Part::Effects(event)) => summary(entry, &event).map(Some),
    }
}

/// Whether the caller may see the history of something. Reads the index and the log.
fn is_seen(shared: &Shared, pass: &Pass, asked: &Asked) -> Result<bool, Refusal> {
    if pass.sees_all() {
        return Ok(true);
    }
    match asked {
        Asked::Account(number) => Ok(pass.sees_account(*number)),
        Asked::Application(entry) | Asked::Payment(entry) => {
            access::is_shown(shared, pass, EntryIndex::new(*entry))
        }
        Asked::Project(reference) => {
            let country = ProjectRef::new(reference).map(|reference| reference.country());
            Ok(country.is_some() && country == pass.country())
        }
        Asked::Block(number) => {
            let view = shared.view();
            let block = BlockNumber::new(*number).and_then(|it| view.state().block(it));
            // A holder sees its own units, not what became of all the others.
            Ok(pass.country().is_some() && block.is_some_and(|block| units::is_seen(pass, block)))
        }
    }
}

/// What a history is asked of, if there is such a thing and the caller may see it.
fn subject(shared: &Shared, pass: &Pass, asked: Option<Asked>) -> Result<Subject, Refusal> {
    let absent = |what, which: String| Refusal::Absent { what, which };
    let asked = asked.ok_or_else(|| Refusal::Argument {
        field: "subject",
        wanted: "give an account, application, payment, project or block".to_owned(),
    })?;
    if !is_seen(shared, pass, &asked)? {
        return Err(match asked {
            Asked::Account(number) => absent("account", number.to_string()),
            Asked::Application(entry) => absent("application", entry.to_string()),
            Asked::Payment(entry) => absent("payment", entry.to_string()),
            Asked::Project(reference) => absent("project", reference),
            Asked::Block(number) => absent("block", number.to_string()),
        });
    }
    let view = shared.view();
    let state = view.state();
    match asked {
        Asked::Account(number) => Ok(Subject::Account(accounts::find(state, number)?.number)),
        Asked::Application(entry) => {
            let index = EntryIndex::new(entry);
            let is_known = state.open_application(index).is_some()
                || state.closed_application(index).is_some();
            let found = is_known.then_some(Subject::Application(index));
            found.ok_or_else(|| absent("application", entry.to_string()))
        }
        Asked::Payment(entry) => {
            // The lines of a statement share the entry that imported them.
            let index = EntryIndex::new(entry);
            let is_known = state.statement_lines(index).next().is_some();
            let found = is_known.then_some(Subject::Payment(index));
            found.ok_or_else(|| absent("payment", entry.to_string()))
        }
        Asked::Project(reference) => ProjectRef::new(&reference)
            .and_then(|reference| state.project(&reference))
            .map(|project| Subject::Project(project.reference.clone()))
            .ok_or_else(|| absent("project", reference)),
        Asked::Block(number) => BlockNumber::new(number)
            .and_then(|number| state.block(number))
            .map(|block| Subject::Block(block.number))
            .ok_or_else(|| absent("block", number.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio_stream::StreamExt as _;

    /// A log without an end.
    fn frames() -> impl Iterator<Item = Result<Frame, Refusal>> + Send + 'static {
        let checkpoint = String::new();
        let frame = Frame { first: 0, entries: vec![vec![7; 9]], checkpoint };
        std::iter::repeat_with(move || Ok(frame.clone()))
    }

    #[tokio::test]
    async fn a_reader_that_does_not_read_loses_its_place() {
        let phase = watch::Sender::new(Phase::Serving);
        let (sender, receiver) = mpsc::channel(1);
        let wait = Duration::from_millis(20);
        let end = send_frames(frames(), phase.subscribe(), &sender, wait).await;
        assert_eq!(end, Some(Refusal::SlowReader));
        drop(receiver);
        assert_eq!(send_frames(frames(), phase.subscribe(), &sender, wait).await, None);
    }

    #[tokio::test]
    async fn a_stop_ends_readers_that_wait_and_those_that_read() {
        for is_read in [false, true] {
            let phase = watch::Sender::new(Phase::Serving);
            let (sender, receiver) = mpsc::channel(1);
            let subscribed = phase.subscribe();
            let task = tokio::spawn(async move {
                send_frames(frames(), subscribed, &sender, READER_WAIT_MAX).await
            });
            let mut receiver = ReceiverStream::new(receiver);
            for _ in 0..3 {
                assert!(receiver.next().await.expect("a frame").is_ok());
            }
            phase.send_replace(Phase::Stopping);
            while is_read && receiver.next().await.is_some() {}
            assert_eq!(task.await.expect("no panic"), Some(Refusal::Stopping));
        }
    }
}
