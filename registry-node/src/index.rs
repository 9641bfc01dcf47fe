//! stub
use crate::shared::Shared;
use crate::status::Refusal;
use jcm_format::id::{AccountNumber, BlockNumber, CommandId, EntryIndex, ProjectRef};
use jcm_ledger::CommittedBatch;
use std::sync::Arc;

pub(crate) enum Subject {
    Account(AccountNumber),
    Application(EntryIndex),
    Payment(EntryIndex),
    Project(ProjectRef),
    Block(BlockNumber),
}
pub(crate) struct Lookup;
pub(crate) struct Feed;
impl Feed {
    pub(crate) fn offer(&self, _batch: Arc<CommittedBatch>) {}
}
impl Lookup {
    pub(crate) fn command(
        &self,
        _shared: &Shared,
        _id: CommandId,
    ) -> Result<Option<EntryIndex>, Refusal> {
        Ok(None)
    }
    pub(crate) fn history(
        &self,
        _shared: &Shared,
        _subject: &Subject,
        _from: u64,
        _limit: usize,
    ) -> Result<Vec<u64>, Refusal> {
        Ok(Vec::new())
    }
}
pub(crate) struct Indexer;
impl Indexer {
    pub(crate) fn finish(self) {}
}
pub(crate) fn open(
    _c: &crate::config::Config,
    _r: &jcm_ledger::log::SegmentReader,
    _v: &jcm_ledger::View,
) -> (Lookup, Feed, Indexer) {
    (Lookup, Feed, Indexer)
}
