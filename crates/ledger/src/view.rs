//! The view: what readers may see. It holds nothing that the log does not have
//! for good.

use crate::ledger::CommittedBatch;
use crate::state::State;
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_format::tlog::{ProofFile, TileId, Tree, TrustedCheckpoint};

/// The published state, the tree over the published entries, and its checkpoint.
#[derive(Debug, Clone)]
pub struct View {
    state: State,
    // May reach beyond the state: leaves that the log has for good and that wait
    // for witnesses. Nothing public is told of those; see `reached`.
    tree: Tree,
    checkpoint: TrustedCheckpoint,
}

impl View {
    /// A view of nothing yet; its checkpoint is replaced by the first batch.
    pub(crate) fn new(checkpoint: TrustedCheckpoint) -> View {
        View { state: State::new(), tree: Tree::new(), checkpoint }
    }

    pub(crate) fn opened(state: State, tree: Tree, checkpoint: TrustedCheckpoint) -> View {
        View { state, tree, checkpoint }
    }

    /// Takes in a batch that the log has. Batches come in their order.
    pub fn publish(&mut self, batch: &CommittedBatch) {
        self.foresee(batch);
        for (sealed, header) in &batch.entries {
            self.state.apply(sealed, *header);
        }
        self.checkpoint = batch.checkpoint.clone();
    }

    /// Takes in the leaves of a batch that the log has and that is published later,
    /// so that witnesses can be shown that the tree only grew.
    pub fn foresee(&mut self, batch: &CommittedBatch) {
        let known = self.tree.len();
        for (sealed, _) in &batch.entries {
            if known <= sealed.entry().index.get() {
                self.tree.push(sealed.leaf());
            }
        }
    }

    /// Puts a checkpoint that witnesses cosigned in the place of the newest one. False
    /// when it is of another tree.
    pub fn cosigned(&mut self, checkpoint: &TrustedCheckpoint) -> bool {
        let is_same = self.checkpoint.checkpoint() == checkpoint.checkpoint();
        if is_same {
            self.checkpoint = checkpoint.clone();
        }
        is_same
    }

    /// The state.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The leaf hash of a published entry.
    pub fn leaf(&self, index: u64) -> Option<Digest> {
        self.tree.leaf(index).filter(|_| index < self.state.entries())
    }

    /// A proof that one published tree begins with another.
    pub fn consistency(&self, old: u64, new: u64) -> Option<Vec<Digest>> {
        if self.state.entries() < new { None } else { self.tree.consistency_proof(old, new) }
    }

    /// A published tile of hashes.
    pub fn tile(&self, tile: TileId) -> Option<Vec<u8>> {
        if tile.is_within(self.state.entries()) { self.tree.tile(tile) } else { None }
    }

    /// The tree with what is not published yet. For witnesses alone.
    pub fn tree_ahead(&self) -> &Tree {
        &self.tree
    }

    /// The newest checkpoint.
    pub fn checkpoint(&self) -> &TrustedCheckpoint {
        &self.checkpoint
    }

    /// The receipt of an entry: a C2SP tlog-proof that carries the entry, against
    /// the checkpoint of the batch in which it was recorded, so that it is the
    /// same, byte for byte, whenever it is asked for.
    ///
    /// `None` when the entry is not published or not covered by `checkpoint`.
    pub fn receipt(
        &self,
        entry: EntryIndex,
        bytes: &[u8],
        checkpoint: &TrustedCheckpoint,
    ) -> Option<String> {
        let size = checkpoint.checkpoint().size;
        let hashes = self.tree.inclusion_proof(entry.get(), size)?;
        let proof = ProofFile::new(entry.get(), hashes, checkpoint);
        Some(proof.with_extra(bytes.to_vec()).ok()?.to_string())
    }

    /// A proof of inclusion of an entry in the newest checkpoint.
    pub fn inclusion(&self, entry: EntryIndex) -> Option<String> {
        let size = self.checkpoint.checkpoint().size;
        let hashes = self.tree.inclusion_proof(entry.get(), size)?;
        Some(ProofFile::new(entry.get(), hashes, &self.checkpoint).to_string())
    }
}
