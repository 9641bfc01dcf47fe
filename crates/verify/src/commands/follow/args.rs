//! How a registry is followed.

use super::super::log_args::LogArgs;
use super::duration;
use std::path::PathBuf;
use std::time::Duration;

/// Follow a registry, and raise an alarm when something does not hold
///
/// Ends with status 1 at the first finding. Lag and silence pass, so it goes on, unless it is told to
/// stop: status 2 for lag, 3 for silence.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  jcm-verify follow https://registry.example/log --every 1m --state auditor.state \\\n    --log-key registry.example/jcm/2026+4f0b2c11+AWyp... --alarm-file alarms.jsonl \\\n    --peer https://ministry.example/mirror"
)]
pub(crate) struct Args {
    /// A node's address, a data folder, a folder of tiles, or an export that is written anew
    #[arg(value_name = "SOURCE")]
    pub(super) path: PathBuf,
    /// How long to wait between two looks
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub(super) every: Duration,
    /// Keep what was found in this file, and go on from it at the next start
    #[arg(long, value_name = "FILE")]
    pub(super) state: Option<PathBuf>,
    /// Where else the log is shown: an address or folder of tiles, or a file with a checkpoint or a
    /// receipt. May be given several times
    #[arg(long, value_name = "PEER")]
    pub(super) peer: Vec<String>,
    /// How long somebody else may have been shown more than the source gives
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    pub(super) lag: Duration,
    /// How long the source may be silent
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    pub(super) silence: Duration,
    /// Append each alarm to this file, as one line of JSON
    #[arg(long, value_name = "FILE")]
    pub(super) alarm_file: Option<PathBuf>,
    /// Run this program for each alarm, with the same JSON as its input
    #[arg(long, value_name = "PROGRAM")]
    pub(super) alarm_command: Option<PathBuf>,
    /// Write metrics into this file after each look (Prometheus text)
    #[arg(long, value_name = "FILE")]
    pub(super) metrics: Option<PathBuf>,
    /// Look once, then stop: every alarm is then raised at once
    #[arg(long)]
    pub(super) once: bool,
    /// Stop at lag and silence as well
    #[arg(long)]
    pub(super) stop_on_alarm: bool,
    #[command(flatten)]
    pub(super) log: LogArgs,
}
