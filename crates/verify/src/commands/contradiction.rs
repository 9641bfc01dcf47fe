//! `jcm-verify contradiction FILE --log-key VKEY`.

use super::{EXIT_NO_INPUT, EXIT_USAGE, Failure, verdict as status};
use jcm_format::tlog::{EVIDENCE_BYTES_MAX, Evidence, EvidenceError, Verdict, VerifierKey};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Judges a file that says that a log signed two histories.
///
/// Such files are kept by `jcm` and by witnesses. The key must come from where the
/// registry publishes it, not from the file. Exit status: 1 when the file proves that the
/// log contradicted itself, 0 when it proves nothing against it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The file.
    file: PathBuf,
    /// The published key of the log (vkey).
    #[arg(long, value_name = "VKEY")]
    log_key: VerifierKey,
}

/// Why the file is not judged.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("cannot read {}", path.display())]
    Read {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{} accuses nobody", path.display())]
    Evidence {
        path: PathBuf,
        #[source]
        source: EvidenceError,
    },
}

/// Judges, and says it in words.
pub(crate) fn run(args: &Args) -> Result<ExitCode, Failure> {
    let evidence = match open(&args.file, &args.log_key) {
        Ok(evidence) => evidence,
        Err(error) => {
            let code = if matches!(error, Error::Read { .. }) { EXIT_NO_INPUT } else { EXIT_USAGE };
            return Err(Failure::with_code(&error, code));
        }
    };
    let (first, second) = (evidence.first().checkpoint(), evidence.second().checkpoint());
    let verdict = evidence.verdict();
    let words = match verdict {
        Verdict::TwoRoots => {
            "PROVED: the log's key signed two different histories of the same size."
        }
        Verdict::Fork => {
            "PROVED: the log's key signed a larger history that does not begin with the smaller one that it signed."
        }
        Verdict::Consistent => "Nothing is wrong: the larger history continues the smaller one.",
        Verdict::Unproven => {
            "NOT PROVED: the log signed both, and nothing in the file shows how they are connected. Ask the registry for a consistency proof."
        }
    };
    // A reader that went away does not change the verdict.
    let _ = writeln!(
        io::stdout(),
        "log     {}\nfirst   {} entries, root {}\nsecond  {} entries, root {}\n{words}",
        first.origin,
        first.size,
        first.root,
        second.size,
        second.root
    );
    Ok(status(!verdict.is_contradiction()))
}

fn open(path: &Path, log_key: &VerifierKey) -> Result<Evidence, Error> {
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let limit = u64::try_from(EVIDENCE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
    let mut text = String::new();
    File::open(path).map_err(failed)?.take(limit).read_to_string(&mut text).map_err(failed)?;
    Evidence::open(&text, log_key)
        .map_err(|source| Error::Evidence { path: path.to_owned(), source })
}
