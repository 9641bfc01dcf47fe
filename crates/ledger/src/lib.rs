//! The rules of the JCM registry: what a command may do, what it did, and the
//! log that keeps it.
//!
//! `decide` reads the state and the clock's time that it is given; `apply`
//! writes and cannot fail; neither knows of threads, sockets or a clock. The
//! log is the truth; the index beside it can be deleted at any time.

pub mod decide;
pub mod eligibility;
pub mod law;
pub mod rejection;
pub mod state;

pub mod ledger;
pub mod view;

pub mod index;
pub mod log;
pub mod private;

pub use decide::{Uses, decide, prepare};
pub use ledger::{
    CommitError, Committed, CommittedBatch, CreateError, Ledger, OpenError, Opened, OpenedAhead,
    Outcome,
};
pub use rejection::{Category, Reason, Rejection};
pub use state::{CommandHeader, State};
pub use view::View;
