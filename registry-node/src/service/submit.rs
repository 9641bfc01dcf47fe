//! Executing signed commands, and their receipts.

use super::AnswerStream;
use crate::access::{self, Pass};
use crate::clock;
use crate::keys;
use crate::private::Committed;
use crate::shared::{Phase, Shared, Witnessing, blocking};
use crate::status::Refusal;
use crate::writer::Answer;
use jcm_api::pb;
use jcm_api::pb::submit_stream_response::Result as Streamed;
use jcm_format::command::Body;
use jcm_format::envelope::{SignedCommand, VerifiedCommand};
use jcm_format::hash::Digest;
use jcm_format::id::{CommandId, EntryIndex};
use jcm_format::tlog::TrustedCheckpoint;
use jcm_ledger::CommittedBatch;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

/// Commands of one stream that are in progress at once; more are not read until
/// one is answered. Two full batches, so that the writer never waits for one.
const STREAM_IN_PROGRESS_MAX: usize = 512;

/// Executes one command. The order of effects:
///
/// 1. every signature is verified, then the command is parsed;
/// 2. private data is compared with the command's commitment and, unless the
///    command would be refused as things are, stored;
/// 3. the command is queued; the writer decides it and makes it durable;
/// 4. private data of a rejected command is erased again, and data that the
///    command erases, once its entry is on disk;
/// 5. the caller gets the receipt.
pub(crate) async fn submit(
    shared: &Arc<Shared>,
    request: pb::SubmitRequest,
) -> Result<pb::SubmitResponse, Refusal> {
    let result = execute(shared, request).await;
    if let Err(refusal) = &result {
        shared.metrics.answered(refusal.reason());
    }
    result
}

async fn execute(
    shared: &Arc<Shared>,
    request: pb::SubmitRequest,
) -> Result<pb::SubmitResponse, Refusal> {
    shared.check_serving()?;
    let command = verify(shared, request.command)?;
    let answered = answered(shared, command, request.private_data);
    let answer = match shared.witnessing {
        Witnessing::None | Witnessing::Marked => answered.await?,
        // Whatever goes on is in tasks and in the queue; the caller alone is let go.
        Witnessing::Awaited(limit) => {
            tokio::time::timeout(limit, answered).await.unwrap_or(Err(Refusal::NotWitnessed))?
        }
    };
    match answer {
        Answer::Recorded { entry, batch, under } => {
            shared.metrics.recorded();
            new_receipt(shared, entry, &batch, under.as_deref().unwrap_or(&batch.checkpoint))
        }
        Answer::Repeated { entry } => {
            shared.metrics.answered("REPEATED");
            old_receipt(shared, entry).await
        }
        Answer::Rejected(rejection) => {
            Err(Refusal::Rejected(rejection, clock::now().date_in_japan()))
        }
    }
}

/// Executes a command with the private data that came with it.
async fn answered(
    shared: &Arc<Shared>,
    command: VerifiedCommand,
    private_data: Vec<pb::PrivateData>,
) -> Result<Answer, Refusal> {
    if let Body::EraseData { commitment, .. } = command.command().body {
        check_nothing_private(&private_data)?;
        // A task of its own: what is erased on the record is erased in the store
        // even if the caller goes.
        let task = with_erasure(Arc::clone(shared), command, commitment);
        tokio::spawn(task).await.map_err(|_| Refusal::Internal)?
    } else if private_data.is_empty() {
        let answered = shared.queue.push(command)?;
        answered.await.map_err(|_| shared.unanswered())
    } else {
        // A task of its own: what was stored is settled even if the caller goes.
        let task = with_private_data(Arc::clone(shared), command, private_data);
        tokio::spawn(task).await.map_err(|_| Refusal::Internal)?
    }
}

fn verify(shared: &Shared, command: Option<pb::SignedCommand>) -> Result<VerifiedCommand, Refusal> {
    let command = command.ok_or_else(|| Refusal::Argument {
        field: "command",
        wanted: "give a signed command".to_owned(),
    })?;
    let signed = SignedCommand::try_from(command)?;
    let verified = signed
        .verify(|key| shared.keys.admit(key, || keys::is_registered(shared.view().state(), key)))?;
    crate::limits::charge_signers(shared, &verified)?;
    Ok(verified)
}

async fn with_private_data(
    shared: Arc<Shared>,
    command: VerifiedCommand,
    data: Vec<pb::PrivateData>,
) -> Result<Answer, Refusal> {
    let mut committed = crate::private::check(command.command(), data)?;
    let is_repeated = check_acceptable(&shared, &command)?;
    let erased = erased_among(&shared, committed.iter().map(Committed::digest));
    if let Some(index) = committed.iter().position(|part| erased.contains(&part.digest())) {
        if !is_repeated {
            return Err(Refusal::Erased { index });
        }
        // The receipt is the same as the first time; the data is gone for good.
        committed.retain(|part| !erased.contains(&part.digest()));
    }
    let store = Arc::clone(&shared);
    let stored = blocking(move || store.private.store(committed)).await?;
    let answer = match shared.queue.push(command) {
        // Not queued, hence not executed: as if it had never come.
        Err(refusal) => Err((refusal, true)),
        // Without an answer it is not known whether it was executed: keep.
        Ok(answered) => answered.await.map_err(|_| (shared.unanswered(), false)),
    };
    let is_unused = match &answer {
        Ok(Answer::Rejected(_)) => true,
        Ok(Answer::Recorded { .. } | Answer::Repeated { .. }) => false,
        Err((_, is_unused)) => *is_unused,
    };
    let store = Arc::clone(&shared);
    blocking(move || {
        let erased = erased_among(&store, stored.digests().iter().copied());
        store.private.settle(stored, is_unused, &erased);
        Ok(())
    })
    .await?;
    answer.map_err(|(refusal, _)| refusal)
}

/// Those of some commitments whose data the record says is erased for good.
fn erased_among(shared: &Shared, digests: impl Iterator<Item = Digest>) -> BTreeSet<Digest> {
    let view = shared.view();
    digests.filter(|digest| view.state().is_erased(digest)).collect()
}

/// Erasing brings no data.
fn check_nothing_private(data: &[pb::PrivateData]) -> Result<(), Refusal> {
    if data.is_empty() { Ok(()) } else { Err(Refusal::NotCommitted { index: 0 }) }
}

/// Executes an erasure, then erases: never before the entry is on disk, because
/// what is erased without a record of it is lost. If the process ends in between,
/// the next start erases.
async fn with_erasure(
    shared: Arc<Shared>,
    command: VerifiedCommand,
    commitment: Digest,
) -> Result<Answer, Refusal> {
    let answered = shared.queue.push(command)?;
    let answer = answered.await.map_err(|_| shared.unanswered())?;
    if let Answer::Recorded { .. } | Answer::Repeated { .. } = &answer {
        blocking(move || {
            shared.private.erase(commitment).map_err(|error| {
                tracing::error!(%error, %commitment, "private data was not erased");
                Refusal::NotErased
            })
        })
        .await?;
    }
    Ok(answer)
}

/// Refuses what the ledger would refuse now, so that nobody can make the disk work
/// for commands that are not executed. The ledger decides again, and alone. Tells
/// whether the command was executed before.
fn check_acceptable(shared: &Shared, command: &VerifiedCommand) -> Result<bool, Refusal> {
    let view = shared.view();
    let state = view.state();
    // As the writer does: the record never goes back in time.
    let now = state.last_time().map_or(clock::now(), |last| last.max(clock::now()));
    let executed = state.executed(command.command().id, now);
    if executed.is_some_and(|executed| executed.payload == command.payload_digest()) {
        // A repetition is answered as the first time.
        return Ok(true);
    }
    let signers: Vec<_> = command.signers().collect();
    jcm_ledger::prepare(state, now, command.command(), &signers)
        .map(|_| false)
        .map_err(|rejection| Refusal::Rejected(rejection, now.date_in_japan()))
}

/// The receipt of an entry that was just recorded, without reading the log.
fn new_receipt(
    shared: &Shared,
    entry: EntryIndex,
    batch: &CommittedBatch,
    checkpoint: &TrustedCheckpoint,
) -> Result<pb::SubmitResponse, Refusal> {
    let sealed = batch
        .entries
        .first()
        .and_then(|(first, _)| entry.get().checked_sub(first.entry().index.get()))
        .and_then(|position| usize::try_from(position).ok())
        .and_then(|position| batch.entries.get(position));
    let (sealed, _) = sealed.ok_or(Refusal::Internal)?;
    let receipt = shared.view().receipt(entry, sealed.bytes(), checkpoint);
    let receipt = receipt.ok_or(Refusal::Internal)?;
    Ok(pb::SubmitResponse { receipt, entry: entry.get() })
}

async fn old_receipt(
    shared: &Arc<Shared>,
    entry: EntryIndex,
) -> Result<pb::SubmitResponse, Refusal> {
    let shared = Arc::clone(shared);
    let receipt = blocking(move || shared.stored_receipt(entry)).await?;
    Ok(pb::SubmitResponse { receipt, entry: entry.get() })
}

/// The receipt of a command executed earlier.
pub(crate) async fn receipt(
    shared: &Arc<Shared>,
    pass: &Pass,
    request: pb::GetReceiptRequest,
) -> Result<pb::SubmitResponse, Refusal> {
    let id = CommandId::from_slice(&request.command_id).ok_or_else(|| Refusal::Argument {
        field: "command_id",
        wanted: "give the 16 bytes of a command id".to_owned(),
    })?;
    let durable = shared.durable();
    let executed = shared.view().state().executed(id, clock::now());
    let (lookup, pass) = (Arc::clone(shared), pass.clone());
    let found = blocking(move || {
        let size = lookup.size();
        let found = match executed {
            Some(executed) => Some(executed.entry),
            None => lookup.index.command(size, id)?,
        };
        // Among what waits for witnesses it may be: whoever is told that it is not would
        // take it for rejected.
        if found.is_none() && size < durable {
            return Err(Refusal::NotWitnessed);
        }
        let Some(entry) = found else { return Ok(None) };
        Ok(access::entry_shown(&lookup, &pass, entry)?.then_some(entry))
    })
    .await?;
    let entry = found.ok_or_else(|| Refusal::Absent { what: "command", which: id.to_string() })?;
    old_receipt(shared, entry).await
}

/// Executes the commands of a stream, several at a time. The stream ends when
/// the caller ends it, when the caller stops reading, or when the node stops.
pub(crate) fn stream(
    shared: Arc<Shared>,
    mut requests: Streaming<pb::SubmitStreamRequest>,
) -> AnswerStream<pb::SubmitStreamResponse> {
    let (sender, receiver) = mpsc::channel(STREAM_IN_PROGRESS_MAX);
    let mut phase = shared.phase.subscribe();
    tokio::spawn(async move {
        let permits = Arc::new(Semaphore::new(STREAM_IN_PROGRESS_MAX));
        loop {
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { break };
            let next = tokio::select! {
                next = requests.next() => next,
                _ = phase.wait_for(|phase| *phase != Phase::Serving) => None,
                () = sender.closed() => None,
            };
            let request = match next {
                Some(Ok(request)) => request,
                Some(Err(status)) => {
                    let _ = sender.send(Err(status)).await;
                    break;
                }
                None => break,
            };
            let (shared, sender) = (Arc::clone(&shared), sender.clone());
            tokio::spawn(async move {
                let response = one(&shared, request).await;
                // A caller that has gone away can ask again with the same bytes.
                let _ = sender.send(Ok(response)).await;
                drop(permit);
            });
        }
    });
    Box::pin(ReceiverStream::new(receiver))
}

async fn one(shared: &Arc<Shared>, request: pb::SubmitStreamRequest) -> pb::SubmitStreamResponse {
    let result = match request.request {
        Some(inner) => submit(shared, inner).await,
        None => Err(Refusal::Argument {
            field: "request",
            wanted: "give a request to submit".to_owned(),
        }),
    };
    let result = match result {
        Ok(accepted) => Streamed::Accepted(accepted),
        Err(refusal) => Streamed::Failure(refusal.failure()),
    };
    pb::SubmitStreamResponse { tag: request.tag, result: Some(result) }
}
