//! The view: what readers may see. It holds nothing that the log does not have
//! for good.

use crate::ledger::CommittedBatch;
use crate::state::State;
use jcm_format::id::EntryIndex;
use jcm_format::tlog::{ProofFile, Tree, TrustedCheckpoint};

/// The published state, the tree over the published entries, and its checkpoint.
#[derive(Debug, Clone)]
pub struct View {
    state: State,
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
        for (sealed, header) in &batch.entries {
            self.state.apply(sealed, *header);
            self.tree.push(sealed.leaf());
        }
        self.checkpoint = batch.checkpoint.clone();
    }

    /// The state.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The Merkle tree.
    pub fn tree(&self) -> &Tree {
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
