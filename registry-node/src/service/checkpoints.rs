//! Checkpoints: the newest, and those there were.

use crate::page;
use crate::shared::{Shared, Witnessing, blocking};
use crate::status::Refusal;
use jcm_api::pb;
use jcm_format::entry::SealedEntry;
use jcm_format::frame::Frame;
use std::sync::Arc;

/// The newest checkpoint.
pub(crate) fn newest(shared: &Shared) -> pb::GetCheckpointResponse {
    let (checkpoint, is_witnessed) = shared.checkpoint();
    let witnessing = match shared.witnessing {
        _ if is_witnessed => pb::Witnessing::Quorum,
        Witnessing::None => pb::Witnessing::None,
        Witnessing::Marked | Witnessing::Awaited(_) => pb::Witnessing::Missing,
    };
    pb::GetCheckpointResponse { checkpoint, witnessing: witnessing.into() }
}

/// A page of the checkpoints that were published, oldest first: those of the log's
/// batches, in the place of which a cosigned one stands where there is one. Reads as many
/// batches as it gives, hence with a place among the readers of the log.
pub(crate) async fn list(
    shared: &Arc<Shared>,
    request: pb::ListCheckpointsRequest,
) -> Result<pb::ListCheckpointsResponse, Refusal> {
    if request.from_size != 0 && request.from_time_ms != 0 {
        let wanted = "give a size or a time, not both".to_owned();
        return Err(Refusal::Argument { field: "from_time_ms", wanted });
    }
    let after = page::after("checkpoints", &request.page_token, |text| text.parse::<u64>().ok())?;
    let size = page::page_size(request.page_size);
    let permit = Arc::clone(&shared.log_readers).try_acquire_owned();
    let permit = permit.map_err(|_| Refusal::ReadersFull)?;
    let shared = Arc::clone(shared);
    blocking(move || {
        let first = match after {
            Some(after) => after,
            None if request.from_time_ms != 0 => first_at(&shared, request.from_time_ms)?,
            None => request.from_size.saturating_sub(1),
        };
        let found = published(&shared, first, size.saturating_add(1))?;
        let (checkpoints, next_page_token) =
            page::take(found.into_iter(), size, "checkpoints", |checkpoint| checkpoint.size);
        drop(permit);
        Ok(pb::ListCheckpointsResponse { checkpoints, next_page_token })
    })
    .await
}

/// The checkpoints of the batches from the one that holds an entry.
fn published(
    shared: &Shared,
    first: u64,
    limit: usize,
) -> Result<Vec<pb::PublishedCheckpoint>, Refusal> {
    if shared.size() <= first {
        return Ok(Vec::new());
    }
    let frames = shared.frames(first)?.take(limit);
    frames
        .map(|frame| {
            let frame = frame?;
            let size = frame.end();
            let cosigned = shared.cosigned(|releases| releases.of_size(size))?;
            Ok(pb::PublishedCheckpoint {
                time_ms: time_of_last(&frame)?,
                checkpoint: cosigned.unwrap_or(frame.checkpoint),
                size,
            })
        })
        .collect()
}

fn time_of_last(frame: &Frame) -> Result<u64, Refusal> {
    let last = frame.entries.last().ok_or(Refusal::DataLoss)?;
    let sealed = SealedEntry::open(last.clone()).map_err(|_| Refusal::DataLoss)?;
    Ok(sealed.entry().time.as_ms())
}

/// The first entry recorded at a time or later; the number of entries if there is none.
/// The record never goes back in time, so that a few entries tell.
fn first_at(shared: &Shared, time_ms: u64) -> Result<u64, Refusal> {
    let (mut low, mut high) = (0, shared.size());
    while low < high {
        let middle = low.midpoint(high);
        let stored = shared.stored(jcm_format::id::EntryIndex::new(middle))?;
        if stored.sealed.entry().time.as_ms() < time_ms {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}
