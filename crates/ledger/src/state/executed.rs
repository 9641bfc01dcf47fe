//! Commands that were executed, for as long as somebody may send them again.

use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_format::time::Timestamp;

/// An executed command that could still be retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Executed {
    /// The entry that it became.
    pub entry: EntryIndex,
    /// Digest of its payload.
    pub payload: Digest,
    /// Until when it could be retried.
    pub valid_until: Timestamp,
}
