//! What to verify, and against what.

use crate::source::Progressed;
use crate::trusted::TrustedState;
use jcm_format::hash::Digest;
use jcm_format::serial::SerialRange;
use jcm_format::tlog::VerifierKey;
use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

/// How far a verification is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Advance {
    /// Entries judged.
    pub entries: u64,
    /// What has been read of the source, in its own measure, and how much there is.
    pub read: Progressed,
}

/// Called after every piece of the log.
pub type Progress = Arc<dyn Fn(Advance) + Send + Sync>;

/// A checkpoint that somebody else was shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// Where it comes from, for the report.
    pub from: String,
    /// The signed note.
    pub note: String,
}

/// What to verify, and against what.
#[derive(Clone)]
pub struct Options {
    /// Worker threads for signatures.
    pub threads: NonZeroUsize,
    /// The hash chain, the tree and the checkpoints only.
    pub chain_only: bool,
    /// The log key that was published; without it, the log's own word is taken.
    pub log_key: Option<VerifierKey>,
    /// The leaf hash of entry 0 that was published.
    pub genesis: Option<Digest>,
    /// Keep the lines of the state digest in the report.
    pub keep_state: bool,
    /// The unit whose way through accounts is to be traced.
    pub trace: Option<SerialRange>,
    /// What an earlier run of this program found, and vouches for.
    pub trusted: Option<TrustedState>,
    /// Checkpoints that others were shown.
    pub seen: Vec<Seen>,
    /// After how many entries reports are to be compared with the state.
    pub snapshots: BTreeSet<u64>,
    /// Keep the hash of every entry, 64 bytes each, so that roots of earlier sizes
    /// and proofs can be told. So it is when a unit is traced or something was seen.
    pub keep_leaves: bool,
    /// Whom to tell of progress.
    pub progress: Option<Progress>,
}

impl Options {
    /// Everything, on all cores, with nothing pinned.
    pub fn full() -> Options {
        Options {
            // One more than there are cores: whoever judges in order now and
            // then keeps a worker waiting, and a core should not wait with it.
            threads: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN).saturating_add(1),
            chain_only: false,
            log_key: None,
            genesis: None,
            keep_state: false,
            trace: None,
            trusted: None,
            seen: Vec::new(),
            snapshots: BTreeSet::new(),
            keep_leaves: false,
            progress: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("threads", &self.threads)
            .field("chain_only", &self.chain_only)
            .field("log_key", &self.log_key)
            .field("genesis", &self.genesis)
            .field("keep_state", &self.keep_state)
            .field("trace", &self.trace)
            .field("trusted", &self.trusted)
            .field("seen", &self.seen)
            .finish_non_exhaustive()
    }
}
