//! `jcm-verify`: judges a log of the registry and says what it found.
//!
//! `jcm-verify PATH` judges; a first word that names a command of `commands/` runs that.
//!
//! Exit status: 0 when everything holds, 1 when something does not, 64 for a
//! bad command line, 66 when the path cannot be read.

mod commands;

use clap::Parser;
use clap::error::ErrorKind;
use jcm_format::hash::Digest;
use jcm_format::tlog::VerifierKey;
use jcm_verify::{Options, Progress, Report, verify_path};
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Judges a log of the registry: its chain, its signatures and every rule.
#[derive(Debug, Parser)]
#[command(name = "jcm-verify", version, about)]
struct Arguments {
    /// A data folder, a folder of segments, or an export file.
    path: PathBuf,
    /// Print the report as JSON.
    #[arg(long, conflicts_with = "dump_state")]
    json: bool,
    /// The published key that the log must be signed with (vkey).
    #[arg(long, value_name = "VKEY")]
    log_key: Option<VerifierKey>,
    /// The published leaf hash of entry 0.
    #[arg(long, value_name = "HASH")]
    genesis: Option<Digest>,
    /// Check the hash chain, the tree and the checkpoints only.
    #[arg(long, conflicts_with = "dump_state")]
    chain_only: bool,
    /// Worker threads; as many as there are cores if absent.
    #[arg(long, value_name = "N")]
    threads: Option<NonZeroUsize>,
    /// Print the lines of the state digest in place of the report.
    #[arg(long)]
    dump_state: bool,
    /// Print nothing unless something is found.
    #[arg(long)]
    quiet: bool,
}

fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    match words.get(1).and_then(|word| word.to_str()) {
        Some("contradiction") => parsed(words.into_iter().skip(1), commands::contradiction::run),
        Some("tiles") => parsed(words.into_iter().skip(1), commands::tiles::run),
        Some("witness") => parsed(words.into_iter().skip(1), commands::witness::run),
        _ => parsed(words, judge),
    }
}

/// Runs a command with its arguments, the first of which is its own name.
fn parsed<A: Parser>(
    words: impl IntoIterator<Item = OsString>,
    run: impl FnOnce(A) -> ExitCode,
) -> ExitCode {
    match A::try_parse_from(words) {
        Ok(arguments) => run(arguments),
        Err(error) => {
            let _ = error.print();
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            if asked { ExitCode::SUCCESS } else { ExitCode::from(commands::EXIT_USAGE) }
        }
    }
}

fn judge(arguments: Arguments) -> ExitCode {
    let options = options(&arguments);
    match verify_path(&arguments.path, &options) {
        Ok(report) => {
            // A reader that went away does not change the verdict.
            let _ = print(&arguments, &report);
            if report.ok { ExitCode::SUCCESS } else { ExitCode::from(commands::EXIT_FINDINGS) }
        }
        Err(error) => commands::fail(&error, commands::EXIT_NO_INPUT),
    }
}

fn options(arguments: &Arguments) -> Options {
    let full = Options::full();
    let talkative = io::stderr().is_terminal() && !arguments.quiet;
    Options {
        threads: arguments.threads.unwrap_or(full.threads),
        chain_only: arguments.chain_only,
        log_key: arguments.log_key.clone(),
        genesis: arguments.genesis,
        keep_state: arguments.dump_state,
        progress: talkative.then(progress),
    }
}

/// Tells once a second how far it is and how fast.
fn progress() -> Progress {
    let begun = Instant::now();
    let told = AtomicU64::new(0);
    Arc::new(move |entries| {
        let seconds = begun.elapsed().as_secs();
        if told.swap(seconds, Ordering::Relaxed) < seconds {
            let rate = entries / seconds.max(1);
            let _ = writeln!(io::stderr(), "{entries} entries verified, {rate} a second");
        }
    })
}

fn print(arguments: &Arguments, report: &Report) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if arguments.dump_state {
        for line in report.state_lines() {
            writeln!(out, "{line}")?;
        }
        if !report.ok {
            write!(io::stderr(), "{report}")?;
        }
        return Ok(());
    }
    if arguments.quiet && report.ok {
        return Ok(());
    }
    if arguments.json {
        serde_json::to_writer_pretty(&mut out, report)?;
        writeln!(out)
    } else {
        write!(out, "{report}")
    }
}
