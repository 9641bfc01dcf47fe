//! The chain: positions, predecessors, times, the tree and its checkpoints.

use crate::code::{Code, Judged, ensure};
use crate::pipeline::{Mark, Opened};
use jcm_format::hash::Digest;
use jcm_format::time::Timestamp;
use jcm_format::tlog::{CheckpointError, Frontier, Tree, TrustedCheckpoint};

/// The log so far, as far as its form goes.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) next: u64,
    pub(crate) genesis: Option<Digest>,
    pub(crate) checkpoint: Option<Box<TrustedCheckpoint>>,
    prev: Digest,
    pub(crate) time: Option<Timestamp>,
    tree: Frontier,
    /// Every leaf, 64 bytes for each, where roots of other sizes or proofs are
    /// asked for.
    pub(crate) leaves: Option<Tree>,
}

impl Chain {
    pub(crate) fn new(keep_leaves: bool) -> Chain {
        Chain {
            next: 0,
            genesis: None,
            checkpoint: None,
            prev: Digest::ZERO,
            time: None,
            tree: Frontier::new(),
            leaves: keep_leaves.then(Tree::new),
        }
    }

    /// The root over all entries so far.
    pub(crate) fn root(&self) -> Digest {
        self.tree.root()
    }

    /// A piece begins where the one before it ended.
    pub(crate) fn begins(&self, first: u64) -> Judged<()> {
        ensure(first == self.next, Code::FramePosition, || {
            format!("what is read begins with entry {first}, but entry {} is due", self.next)
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
        if let Some(leaves) = &mut self.leaves {
            leaves.push(entry.leaf);
        }
        self.next = self.next.saturating_add(1);
        Ok(())
    }

    /// The checkpoint at the end of a piece covers all entries so far and nothing
    /// else.
    pub(crate) fn checkpoint(&mut self, mark: Mark) -> Judged<()> {
        let trusted = match mark {
            Mark::None => return Ok(()),
            Mark::Checkpoint(Ok(trusted)) => trusted,
            Mark::Checkpoint(Err(error)) => return Err(code_of(&error).broken(reason_of(&error))),
            Mark::Unknown => {
                let detail = "the first entry names no log key, so no checkpoint can be verified";
                return Err(Code::LogKeyUnknown.broken(detail));
            }
        };
        let checkpoint = trusted.checkpoint();
        ensure(checkpoint.size == self.next, Code::CheckpointSize, || {
            format!(
                "the checkpoint covers {} entries, but the log has {} there",
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
        self.checkpoint = Some(trusted);
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
