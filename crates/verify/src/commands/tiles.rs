//! `jcm-verify tiles SOURCE OUT`.

use super::log_args::Reach;
use super::{EXIT_FINDINGS, EXIT_NO_INPUT, EXIT_NO_OUTPUT, Failure};
use jcm_format::tlog::VerifierKey;
use jcm_verify::{PublishError, Publishing, publish_tiles};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

/// Writes a log as a folder of C2SP tiles that any web server can publish.
///
/// Run again, it writes what is new. It refuses a folder that was published from
/// another history, and one that covers more than the source has. Entries say who did
/// what: publish them only where their readers are checked.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A data folder, a folder of segments or of tiles, an export file, or a node's address.
    source: PathBuf,
    /// The folder to publish; made if it is not there.
    out: PathBuf,
    /// Publish the hashes and the checkpoint, not the entries.
    #[arg(long)]
    without_entries: bool,
    /// The published key that the log must be signed with (vkey).
    #[arg(long, value_name = "VKEY")]
    log_key: Option<VerifierKey>,
    #[command(flatten)]
    reach: Reach,
}

/// Publishes, and tells what was done.
pub(crate) fn run(args: Args) -> Result<ExitCode, Failure> {
    let Args { source, out, without_entries, log_key, reach } = args;
    let access = reach.access(log_key.as_ref())?;
    let publishing = Publishing { with_entries: !without_entries, log_key };
    match publish_tiles(&source, &access, &out, &publishing) {
        Ok(published) => {
            let before = match published.before {
                None => "a new folder".to_owned(),
                Some(before) => format!("{before} before"),
            };
            // A reader that went away changes nothing.
            let _ = writeln!(
                io::stdout(),
                "{}: {} entries published ({before}), {} files written in {}",
                published.origin,
                published.size,
                published.files,
                out.display()
            );
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            let code = match &error {
                PublishError::Open(_) => EXIT_NO_INPUT,
                PublishError::Damaged(_)
                | PublishError::Checkpoint(_)
                | PublishError::Behind { .. }
                | PublishError::OtherHistory { .. } => EXIT_FINDINGS,
                PublishError::NotACheckpoint(_)
                | PublishError::InUse(_)
                | PublishError::Write { .. } => EXIT_NO_OUTPUT,
            };
            Err(Failure::with_code(&error, code))
        }
    }
}
