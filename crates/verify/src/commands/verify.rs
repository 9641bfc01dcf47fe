//! Judging a log: what the program does unless it is told otherwise.

use super::log_args::LogArgs;
use super::{EXIT_NOT_SHOWN, Failure, files, progress, verdict};
use jcm_verify::{OpenError, Report, TrustedState, Verifier, check_hashes, compare};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// What to judge.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// An export, a data folder, a folder of segments or of tiles, or a node's address
    #[arg(value_name = "SOURCE", required = true)]
    path: Option<PathBuf>,
    #[command(flatten)]
    log: LogArgs,
    /// Print the report as JSON
    #[arg(long, conflicts_with = "dump_state")]
    json: bool,
    /// Check the hash chain, the tree and the checkpoints only
    #[arg(long, conflicts_with_all = ["dump_state", "compare", "state"])]
    chain_only: bool,
    /// Read no entries: check the checkpoint, and that the tiles of hashes make its root. Needs
    /// --log-key
    #[arg(long, requires = "log_key", conflicts_with_all = ["dump_state", "compare", "state", "chain_only", "seen", "genesis"])]
    hashes_only: bool,
    /// Print the lines of the state digest in place of the report
    #[arg(long)]
    dump_state: bool,
    /// Print nothing unless something is found
    #[arg(long)]
    quiet: bool,
    /// Compare what was found with a report in JSON: totals, a publication, a report of this program,
    /// or of `jcm report`: aef, adjustments, balance, holdings, issuances, uses, shk, gx-ets. May be
    /// given several times
    #[arg(long, value_name = "FILE")]
    compare: Vec<PathBuf>,
    /// Go on from what an earlier run wrote into this file, and write what this one found
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

/// Judges a log.
pub(crate) fn run(args: Args) -> Result<ExitCode, Failure> {
    let path = args.path.as_deref().ok_or_else(|| Failure::usage("name a log"))?;
    if args.hashes_only {
        return hashes(&args, path).map(verdict);
    }
    let mut options = args.log.options(args.quiet)?;
    options.chain_only = args.chain_only;
    options.keep_state = args.dump_state;
    options.trusted = match &args.state {
        Some(file) => trusted(file)?,
        None => None,
    };
    let reports = args.compare.iter().map(|file| {
        let claims = compare::read(&files::report(file)?);
        claims.map_err(|what| Failure::usage(format!("{}: {what}", file.display())))
    });
    let reports: Vec<_> = reports.collect::<Result<_, _>>()?;
    options.snapshots = reports.iter().filter_map(|claims| claims.entries()).collect();
    let mut source = args.log.open(path)?;
    let mut verifier = Verifier::new(&options);
    let read = verifier.read(&mut source);
    progress::clear();
    match read {
        Err(denied @ OpenError::Denied { .. }) if args.takes_hashes() => {
            // Better than nothing, and told apart from everything: status 77.
            let holds = hashes(&args, path)?;
            eprint_line(&Failure::reading(&denied).text);
            return Ok(if holds { ExitCode::from(EXIT_NOT_SHOWN) } else { verdict(false) });
        }
        read => read.map_err(|error| Failure::reading(&error))?,
    }
    for (file, claims) in args.compare.iter().zip(&reports) {
        verifier.compare_report(&file.display().to_string(), claims);
    }
    let report = verifier.conclude();
    if let (Some(file), Some(state)) = (&args.state, verifier.vouch()) {
        state.write(file).map_err(|error| Failure::writing(&error))?;
    }
    // A reader that went away does not change the verdict.
    let _ = print(&args, &report);
    Ok(verdict(report.ok))
}

impl Args {
    /// Whether hashes will do where entries are not shown: nobody said who asks, and nothing was
    /// asked for that needs entries.
    fn takes_hashes(&self) -> bool {
        let wants_more = self.dump_state || self.state.is_some() || !self.compare.is_empty();
        let knows_more = !self.log.seen.is_empty() || self.log.genesis.is_some();
        self.log.is_anonymous() && !wants_more && !knows_more
    }
}

/// Checks the tiles of hashes alone, and says that it is no more.
fn hashes(args: &Args, path: &Path) -> Result<bool, Failure> {
    let report = check_hashes(path, &args.log.access()?, args.log.log_key.as_ref());
    let report = report.map_err(|error| Failure::reading(&error))?;
    let mut out = io::stdout().lock();
    // A reader that went away does not change the verdict.
    let _ = match (args.quiet && report.ok, args.json) {
        (true, _) => Ok(()),
        (false, true) => serde_json::to_writer_pretty(&mut out, &report)
            .map_err(io::Error::from)
            .and_then(|()| writeln!(out)),
        (false, false) => write!(out, "{report}"),
    };
    Ok(report.ok)
}

fn eprint_line(text: &str) {
    let _ = writeln!(io::stderr(), "jcm-verify: {text}");
}

/// What an earlier run of this same program vouches for.
fn trusted(file: &Path) -> Result<Option<TrustedState>, Failure> {
    let state = TrustedState::read(file).map_err(|error| Failure::reading(&error))?;
    // Another version has other rules: everything is judged anew.
    Ok(state.filter(TrustedState::is_of_this_program))
}

fn print(args: &Args, report: &Report) -> io::Result<()> {
    let mut out = io::stdout().lock();
    if args.dump_state {
        for line in report.state_lines() {
            writeln!(out, "{line}")?;
        }
        if !report.ok {
            write!(io::stderr(), "{report}")?;
        }
        return Ok(());
    }
    if args.quiet && report.ok {
        return Ok(());
    }
    if args.json {
        serde_json::to_writer_pretty(&mut out, report)?;
        writeln!(out)
    } else {
        write!(out, "{report}")
    }
}
