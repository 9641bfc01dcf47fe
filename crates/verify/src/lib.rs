//! The auditor's library: judges a whole log from its entries alone.
//!
//! It shares the byte formats with the registry and nothing else. The rules are
//! written a second time here, from `docs/spec/commands.md`, so that a mistake
//! or a lie on one side is noticed by the other. What is checked, and what a
//! pass proves, is in `docs/spec/verification.md`.

mod code;
mod excerpt;
mod options;
mod report;
mod trusted;

mod head;
mod source;

mod pipeline;

mod publish;
#[cfg(feature = "http")]
mod witness;

mod audit;
mod chain;
mod holdings;
mod replay;
mod trace;

pub mod compare;
pub mod document;
pub mod html;

mod verifier;

pub use code::Code;
pub use excerpt::{Excerpt, Part};
pub use options::{Advance, Options, Progress, Seen};
pub use publish::{PublishError, Published, Publishing, publish_tiles};
pub use report::{CategoryFigures, Figures, Finding, Place, Report};
#[cfg(feature = "http")]
pub use source::Caller;
pub use source::{Access, HashReport, OpenError, Progressed, Source, check_hashes, is_address};
pub use trace::{UnitMove, UnitTrace};
pub use trusted::{TrustedState, TrustedStateError, write_whole};
pub use verifier::Verifier;
#[cfg(feature = "http")]
pub use witness::{
    Answer, Disk, OpenedWitness, Passphrase, PassphraseError, Protection, RealDisk, Witness,
    WitnessError, create_witness, open_witness, serve_witness,
};

use jcm_format::frame::Frame;
use source::Piece;
use std::path::Path;

/// Verifies the log at `path`: a data folder, a folder of segments or of tiles, an
/// export, or the address of a node.
///
/// # Errors
///
/// The path cannot be read. Everything else is a finding in the report.
pub fn verify_path(path: &Path, options: &Options) -> Result<Report, OpenError> {
    let mut source = Source::open(path, &Access::default())?;
    let mut verifier = Verifier::new(options);
    verifier.read(&mut source)?;
    Ok(verifier.conclude())
}

/// Verifies frames that are in memory already.
pub fn verify_frames(frames: impl IntoIterator<Item = Frame>, options: &Options) -> Report {
    let mut verifier = Verifier::new(options);
    verifier.frames(frames);
    verifier.conclude()
}

impl From<Frame> for Piece {
    fn from(frame: Frame) -> Piece {
        let Frame { first, entries, checkpoint } = frame;
        let checkpoint = Some(checkpoint);
        Piece { first, entries, checkpoint, place: None, head_len: 0, prefix_len: 0 }
    }
}
