//! The log itself: entries, proofs, frames and history.

use super::AnswerStream;
use super::accounts;
use crate::page;
use crate::shared::{Phase, PublishedFrames, Shared, blocking};
use crate::status::Refusal;
use jcm_api::pb::list_history_request::Subject as Asked;
use jcm_api::{pb, words};
use jcm_format::command::Command;
use jcm_format::entry::Entry;
use jcm_format::frame::Frame;
use jcm_format::id::{BlockNumber, EntryIndex, ProjectRef};
use jcm_ledger::index::Subject;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

/// Frames that wait for a slow reader of the log; each has at most 17 MB and
/// usually far less.
const FRAMES_AHEAD_MAX: usize = 2;

/// The newest checkpoint.
pub(crate) fn checkpoint(shared: &Shared) -> pb::GetCheckpointResponse {
    pb::GetCheckpointResponse { checkpoint: shared.view().checkpoint().note_text().to_owned() }
}

/// One entry, as it is stored and as it can be read.
pub(crate) async fn entry(
    shared: &Arc<Shared>,
    request: pb::GetEntryRequest,
) -> Result<pb::GetEntryResponse, Refusal> {
    let shared = Arc::clone(shared);
    blocking(move || {
        let sealed = shared.stored(EntryIndex::new(request.entry))?.sealed;
        let json = serde_json::to_string(sealed.entry()).map_err(|_| Refusal::Internal)?;
        let summary = summary(sealed.entry())?;
        Ok(pb::GetEntryResponse { entry: sealed.bytes().to_vec(), summary: Some(summary), json })
    })
    .await
}

fn summary(entry: &Entry) -> Result<pb::EntrySummary, Refusal> {
    let command = Command::parse(&entry.command.payload).map_err(|_| Refusal::DataLoss)?;
    Ok(pb::EntrySummary {
        entry: entry.index.get(),
        time_ms: entry.time.as_ms(),
        command: command.body.name().to_owned(),
        effects: words::event(&entry.event),
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
    let proof = view.tree().consistency_proof(request.old_size, request.new_size);
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
/// that was newest when the request came, or when the node stops.
pub(crate) fn read(
    shared: Arc<Shared>,
    request: pb::ReadLogRequest,
) -> Result<AnswerStream<pb::ReadLogResponse>, Refusal> {
    let (sender, receiver) = mpsc::channel(FRAMES_AHEAD_MAX);
    if request.from_entry != shared.size() {
        let frames = shared.frames(request.from_entry)?;
        tokio::task::spawn_blocking(move || send_frames(&shared, frames, &sender));
    }
    Ok(Box::pin(ReceiverStream::new(receiver)))
}

fn send_frames(
    shared: &Shared,
    frames: PublishedFrames,
    sender: &mpsc::Sender<Result<pb::ReadLogResponse, Status>>,
) {
    for frame in frames {
        let frame = frame.and_then(|frame| frame.encode().ok_or(Refusal::DataLoss));
        let is_last = frame.is_err() || *shared.phase.borrow() != Phase::Serving;
        let message = frame.map(|frame| pb::ReadLogResponse { frame }).map_err(Status::from);
        if sender.blocking_send(message).is_err() || is_last {
            return;
        }
    }
}

/// The entries that concern something, oldest first.
pub(crate) async fn history(
    shared: &Arc<Shared>,
    request: pb::ListHistoryRequest,
) -> Result<pb::ListHistoryResponse, Refusal> {
    let subject = subject(shared, request.subject)?;
    let after = page::after("history", &request.page_token, |text| text.parse::<u64>().ok())?;
    let from = after.map_or(0, |after| after.saturating_add(1));
    let size = page::page_size(request.page_size);
    let shared = Arc::clone(shared);
    blocking(move || {
        let found = shared.index.history(shared.size(), &subject, from, size.saturating_add(1))?;
        let (found, next_page_token) =
            page::take(found.into_iter(), size, "history", |entry| *entry);
        let entries = summaries(&shared, &found)?;
        Ok(pb::ListHistoryResponse { entries, next_page_token })
    })
    .await
}

fn subject(shared: &Shared, asked: Option<Asked>) -> Result<Subject, Refusal> {
    let absent = |what, which: String| Refusal::Absent { what, which };
    let asked = asked.ok_or_else(|| Refusal::Argument {
        field: "subject",
        wanted: "give an account, application, payment, project or block".to_owned(),
    })?;
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
            let payment = state.payment(EntryIndex::new(entry));
            let payment = payment.ok_or_else(|| absent("payment", entry.to_string()))?;
            Ok(Subject::Payment(payment.entry))
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

/// Reads the entries, each frame once.
fn summaries(shared: &Shared, entries: &[u64]) -> Result<Vec<pb::EntrySummary>, Refusal> {
    let mut summaries = Vec::with_capacity(entries.len());
    let mut frame: Option<Frame> = None;
    for index in entries {
        let held = frame.take().filter(|frame| *index < frame.end());
        let frame = frame.insert(match held {
            Some(frame) => frame,
            None => shared.frames(*index)?.next().ok_or(Refusal::DataLoss)??,
        });
        let position = index.checked_sub(frame.first).and_then(|n| usize::try_from(n).ok());
        let bytes = position.and_then(|position| frame.entries.get(position));
        let bytes = bytes.ok_or(Refusal::DataLoss)?.clone();
        let sealed = jcm_format::entry::SealedEntry::open(bytes).map_err(|_| Refusal::DataLoss)?;
        if shared.view().tree().leaf(*index) != Some(sealed.leaf()) {
            return Err(Refusal::DataLoss);
        }
        summaries.push(summary(sealed.entry())?);
    }
    Ok(summaries)
}
