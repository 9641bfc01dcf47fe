//! The verifier that runs in a browser.

use super::{Failure, files};
use jcm_format::tlog::VerifierKey;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write a page that checks documents in a browser, without any network
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  jcm-verify html verifier.html --log-key registry.example/jcm/2026+4f0b2c11+AWyp..."
)]
pub(crate) struct Args {
    /// Where to write it
    out: PathBuf,
    /// The published key of the log, for the page to hold documents against
    #[arg(long, value_name = "VKEY")]
    log_key: Option<VerifierKey>,
}

/// Writes the page.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    files::write(&args.out, &jcm_verify::html::page(args.log_key.as_ref()))?;
    Ok(ExitCode::SUCCESS)
}
