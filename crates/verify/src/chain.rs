//! The chain: positions, predecessors, times, the tree and its checkpoints.

use crate::code::{Code, Judged, ensure};
use crate::pipeline::Opened;
use jcm_format::hash::Digest;
use jcm_format::time::Timestamp;
use jcm_format::tlog::{Checkpoint, CheckpointError, Frontier};

/// The log so far, as far as its form goes.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) next: u64,
    pub(crate) genesis: Option<Digest>,
    pub(crate) checkpoint: Option<Checkpoint>,
    prev: Digest,
    time: Option<Timestamp>,
    tree: Frontier,
}

impl Chain {
    pub(crate) fn new() -> Chain {
        Chain {
            next: 0,
            genesis: None,
            checkpoint: None,
            prev: Digest::ZERO,
            time: None,
            tree: Frontier::new(),
        }
    }

    /// The root over all entries so far.
    pub(crate) fn root(&self) -> Digest {
        self.tree.root()
    }

    /// A frame begins where the one before it ended.
    pub(crate) fn frame(&self, first: u64) -> Judged<()> {
        ensure(first == self.next, Code::FramePosition, || {
            format!("a frame begins with entry {first}, but entry {} is due", self.next)
        })
    }

    /// Index, predecessor and time of the next entry.
    pub(crate) fn entry(&mut self, entry: &Opened) -> Judged<()> {
        ensure(entry.index == self.next, Code::EntryIndex, || {
            format!("the entry calls itself {}, but stands at position {}", entry.index, self.next)
        })?;
        ensure(entry.prev == self.prev, Code::ChainBroken, || {
            format!("the entry follows {}, but the entry before it is {}", entry.prev, self.prev)
        })?;
        if let Some(before) = self.time {
            ensure(before <= entry.time, Code::TimeReversed, || {
                format!("recorded at {}, before its predecessor at {before}", entry.time)
            })?;
        }
        self.genesis.get_or_insert(entry.leaf);
        self.prev = entry.leaf;
        self.time = Some(entry.time);
        self.tree.push(entry.leaf);
        self.next = self.next.saturating_add(1);
        Ok(())
    }

    /// The checkpoint of a frame covers all entries so far and nothing else.
    pub(crate) fn checkpoint(
        &mut self,
        checkpoint: Option<&Result<Checkpoint, CheckpointError>>,
    ) -> Judged<()> {
        let checkpoint = match checkpoint {
            Some(Ok(checkpoint)) => checkpoint,
            Some(Err(error)) => return Err(code_of(error).broken(reason_of(error))),
            None => {
                let detail = "the first entry names no log key, so no checkpoint can be verified";
                return Err(Code::LogKeyUnknown.broken(detail));
            }
        };
        ensure(checkpoint.size == self.next, Code::CheckpointSize, || {
            format!(
                "the checkpoint covers {} entries, but the frame ends after {}",
                checkpoint.size, self.next
            )
        })?;
        let root = self.root();
        ensure(checkpoint.root == root, Code::CheckpointRoot, || {
            format!(
                "the checkpoint states the root {}, but the entries have {root}",
                checkpoint.root
            )
        })?;
        self.checkpoint = Some(checkpoint.clone());
        Ok(())
    }
}

fn code_of(error: &CheckpointError) -> Code {
    match error {
        CheckpointError::Note(_) | CheckpointError::Text | CheckpointError::NotTheEmptyRoot => {
            Code::CheckpointMalformed
        }
        CheckpointError::OtherOrigin => Code::CheckpointOrigin,
        CheckpointError::NotALogKey | CheckpointError::Signature(_) => Code::CheckpointSignature,
    }
}

/// The error with its cause, in one line.
pub(crate) fn reason_of(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", reason_of(source)),
        None => error.to_string(),
    }
}
