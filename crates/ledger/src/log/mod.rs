//! The ordered log: the database of the registry. Everything else is derived.
//!
//! An engine keeps frames in one order, durably, all or nothing. It checks that
//! they hang together (positions, the chain of leaf hashes, the size that each
//! checkpoint claims); it does not judge what entries say, what a checkpoint's
//! root is or who signed it. That is for the ledger, which replays the log.
//! Specification of the files: `docs/spec/log-file.md`.

mod chain;
mod disk;
mod export;
mod head_file;
mod recover;
mod scan;
mod segments;
mod sim_disk;
mod simulated;

#[cfg(test)]
mod contract;
#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod power_tests;
#[cfg(test)]
pub(crate) mod sample;

pub use chain::Damage;
pub use disk::{Disk, DiskFile, RealDisk};
pub(crate) use disk::{make_folder, sync_folder};
pub use export::{ExportError, ExportReader};
pub use head_file::HEAD_NOTE_BYTES_MAX;
pub use segments::{OpenReport, SEGMENT_BYTES_DEFAULT, SegmentLog, SegmentOptions, SegmentReader};
pub use sim_disk::{Cut, DiskFault, Residue, SimDisk};
pub use simulated::{AppendFault, FaultPlan, SimulatedLog, SimulatedMedium};

use jcm_format::frame::Frame;
use jcm_format::hash::Digest;
use std::io;
use std::path::PathBuf;

/// Who may append: each take-over makes the ones before it invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(u64);

impl Epoch {
    /// The epoch with this number.
    pub const fn new(number: u64) -> Epoch {
        Epoch(number)
    }

    /// The number.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The epoch that the next take-over begins.
    pub(crate) const fn next(self) -> Epoch {
        // One take-over each nanosecond would need five centuries to get there.
        Epoch(self.0.saturating_add(1))
    }
}

/// The end of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// How many entries it has.
    pub size: u64,
    /// Leaf hash of the last one: the `prev` of the next; zero when empty.
    pub leaf: Digest,
}

impl Head {
    /// The end of an empty log.
    pub const EMPTY: Head = Head { size: 0, leaf: Digest::ZERO };
}

/// The answer to a take-over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fenced {
    /// The epoch to append under.
    pub epoch: Epoch,
    /// Where the log ends; everything before is durable.
    pub head: Head,
}

/// An engine that keeps the log.
pub trait OrderedLog {
    /// Takes over: from now on, appends under earlier epochs are refused.
    ///
    /// # Errors
    ///
    /// When the engine is poisoned, or cannot tell where the log ends.
    fn fence(&mut self) -> Result<Fenced, LogError>;

    /// Appends one batch after `head`, under `epoch`: all of it or nothing, and
    /// durable when this returns the new head.
    ///
    /// # Errors
    ///
    /// After [`AppendError::Unknown`] the batch may be there or not; the engine
    /// refuses everything until it is opened again, which tells.
    fn append(&mut self, epoch: Epoch, head: Head, batch: &Frame) -> Result<Head, AppendError>;

    /// The frames from the one that holds entry `from` up to the present end.
    /// The first may thus begin before `from`. Nothing for `from` = size.
    ///
    /// # Errors
    ///
    /// When the engine is poisoned, or `from` is beyond the end.
    fn read(&self, from: u64) -> Result<Frames, LogError>;
}

/// Frames in their order. After an error it ends.
pub struct Frames(Box<dyn Iterator<Item = Result<Frame, LogError>> + Send>);

impl Frames {
    /// Wraps an engine's own iterator.
    pub fn new(frames: impl Iterator<Item = Result<Frame, LogError>> + Send + 'static) -> Frames {
        Frames(Box::new(frames))
    }
}

impl Iterator for Frames {
    type Item = Result<Frame, LogError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

/// Why the log cannot be opened, taken over or read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Another process has the folder open.
    #[error("{} is in use by another process", folder.display())]
    InUse {
        /// The folder.
        folder: PathBuf,
    },
    /// The log is not what was written. Nothing was changed.
    #[error("the log is damaged: {file} at byte {offset}: {what}")]
    Damaged {
        /// Name of the file in the log's folder.
        file: String,
        /// Where in it.
        offset: u64,
        /// What is wrong.
        what: Damage,
    },
    /// An operation on a file failed.
    #[error("cannot {action} {file}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        file: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// An earlier operation failed; the log must be opened again.
    #[error("the log stopped after a failed operation and must be opened again")]
    Poisoned,
    /// There is no such entry yet.
    #[error("entry {from} is beyond the end of the log at {size}")]
    BeyondEnd {
        /// The entry asked for.
        from: u64,
        /// How many there are.
        size: u64,
    },
}

/// Why a batch was not appended.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The epoch or the head is not the current one; nothing was written.
    #[error("the epoch or the head is not the current one")]
    Conflict,
    /// The batch would not be readable after `head`; nothing was written.
    #[error("the batch does not fit: {0}")]
    Unfit(Damage),
    /// The engine stopped after an earlier failure; nothing was written.
    #[error("the log stopped after a failed operation and must be opened again")]
    Poisoned,
    /// The batch may have been written or not.
    #[error("it is unknown whether the batch was written")]
    Unknown(#[source] io::Error),
}
