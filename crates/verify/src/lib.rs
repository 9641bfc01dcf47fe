//! The auditor's library: judges a whole log from its entries alone.
//!
//! It shares the byte formats with the registry and nothing else. The rules are
//! written a second time here, from `docs/spec/commands.md`, so that a mistake
//! or a lie on one side is noticed by the other. What is checked, and what a
//! pass proves, is in `docs/spec/verification.md`.

mod code;
mod options;
mod report;

mod head;
mod source;

mod pipeline;

mod publish;
mod witness;

mod audit;
mod chain;
mod holdings;
mod replay;

pub use code::Code;
pub use options::{Options, Progress};
pub use publish::{PublishError, Published, Publishing, publish_tiles};
pub use report::{CategoryFigures, Figures, Finding, Place, Report};
pub use source::OpenError;
pub use witness::{
    Answer, Disk, RealDisk, Witness, WitnessError, create_witness, open_witness, serve_witness,
};

use audit::{Audit, claimed_log_key};
use head::Head;
use jcm_format::frame::Frame;
use pipeline::Manner;
use source::{Located, Source, Stop};
use std::path::Path;

/// Verifies the log at `path`: a data folder, a folder of segments or an export.
///
/// # Errors
///
/// The path cannot be read. Everything else is a finding in the report.
pub fn verify_path(path: &Path, options: &Options) -> Result<Report, OpenError> {
    let mut source = Source::open(path)?;
    let head = source.head.take();
    let (audit, stop) = verify(&mut source, head, options);
    match stop {
        Some(Stop::Io(error)) => Err(error),
        Some(_) | None => Ok(audit.finish()),
    }
}

/// Verifies frames that are in memory already.
pub fn verify_frames(frames: impl IntoIterator<Item = Frame>, options: &Options) -> Report {
    let located = frames.into_iter().map(|frame| Ok(Located { frame, place: None }));
    verify(located, None, options).0.finish()
}

fn verify(
    mut source: impl Iterator<Item = Result<Located, Stop>>,
    head: Option<Head>,
    options: &Options,
) -> (Audit<'_>, Option<Stop>) {
    // The first entry names the key for all checkpoints, its own included.
    let first = source.next();
    let log_key = match &first {
        Some(Ok(located)) => claimed_log_key(&located.frame),
        Some(Err(_)) | None => None,
    };
    let mut audit = Audit::new(options, log_key.clone(), head);
    let manner = Manner { threads: options.threads.get(), chain_only: options.chain_only, log_key };
    let frames = first.into_iter().chain(source);
    let mut stop = pipeline::run(frames, &manner, |examined| audit.frame(examined));
    stop = stop.and_then(|stop| audit.stopped(stop));
    (audit, stop)
}
