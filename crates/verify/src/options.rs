//! What to verify, and against what.

use jcm_format::hash::Digest;
use jcm_format::tlog::VerifierKey;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

/// Called now and then with the number of entries verified so far.
pub type Progress = Arc<dyn Fn(u64) + Send + Sync>;

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
            .finish_non_exhaustive()
    }
}
