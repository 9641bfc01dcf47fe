//! Speed and size of the registry, each figure as a ratio to what the same
//! machine can do at the same time:
//!
//! ```text
//! cargo run --release -p jcm-tests --bin bench [-- --transfers N] [--json]
//! cargo run --release -p jcm-tests --bin bench -- abuse [--json]
//! ```
//!
//! The second form compares what a holder waits with and without an abuser.
//!
//! A node runs in a process of its own with full durability; this process drives
//! it over gRPC from the same cores. Transfers are signed before the clock
//! starts, as many clients would each sign their own; each draws its fee from a
//! recorded payment and is answered only when it is on disk.

// Ratios are what a bench is for; nothing of the registry computes with them.
#![allow(clippy::float_arithmetic)]

mod abuse;
mod load;
mod machine;
mod node;

use load::Load;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

const LATENCY_TRANSFERS: usize = 5_000;
const LATENCY_IN_FLIGHT: usize = 8;
const THROUGHPUT_IN_FLIGHT: usize = 256;

/// A figure, what it should be, and whether it is.
struct Figure {
    name: &'static str,
    value: f64,
    bound: f64,
    at_least: bool,
    shown: String,
}

impl Figure {
    fn reached(&self) -> bool {
        if self.at_least { self.bound <= self.value } else { self.value <= self.bound }
    }
}

fn main() -> ExitCode {
    // The same program is the node when it is called as one.
    let first = std::env::args().nth(1);
    if first.as_deref() == Some("run") {
        return registry_node::cli::main();
    }
    let measured = match first.as_deref() {
        Some("abuse") => measure_abuse(),
        Some("abuser") => be_the_abuser(),
        _ => measure_all(),
    };
    match measured {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure_all() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_json = arguments.iter().any(|argument| argument == "--json");
    let transfers = match arguments.iter().position(|argument| argument == "--transfers") {
        Some(at) => arguments.get(at + 1).ok_or("--transfers needs a number")?.parse()?,
        None => 100_000,
    };
    if transfers <= LATENCY_TRANSFERS {
        return Err(format!("--transfers must be more than {LATENCY_TRANSFERS}").into());
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let figures = runtime.block_on(measure(folder.path(), transfers, is_json))?;
    print(&figures, transfers, is_json)
}

fn measure_abuse() -> Result<()> {
    let is_json = std::env::args().any(|argument| argument == "--json");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let say = |text: &str| {
        if !is_json {
            eprintln!("{text}");
        }
    };
    let figures = runtime.block_on(abuse::measure(folder.path(), say))?;
    print(&figures, abuse::TRANSFERS_ALL, is_json)
}

fn be_the_abuser() -> Result<()> {
    let address = std::env::args().nth(2).ok_or("abuser needs an address")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(abuse::hammer(&address))
}

async fn measure(folder: &Path, transfers: usize, is_json: bool) -> Result<Vec<Figure>> {
    let say = |text: &str| {
        if !is_json {
            eprintln!("{text}");
        }
    };
    say("verify_strict and fdatasync ...");
    let strict = machine::verify_strict_per_second();
    let sync = machine::fdatasync_median(folder)?;
    say("a registry, and the transfers signed ...");
    let data = folder.join("data");
    let node = node::Running::create(&data).await?;
    let load = Load::prepare(node.address(), transfers).await?;
    say("transfers, 8 in flight, then 256 ...");
    let (latencies, _) = load.run(0..LATENCY_TRANSFERS, LATENCY_IN_FLIGHT).await?;
    let half = LATENCY_TRANSFERS.midpoint(transfers);
    let (_, took) = load.run(LATENCY_TRANSFERS..half, THROUGHPUT_IN_FLIGHT).await?;
    let unary = (half - LATENCY_TRANSFERS) as f64 / took.as_secs_f64();
    let took = load.stream(half..transfers, THROUGHPUT_IN_FLIGHT).await?;
    let streamed = (transfers - half) as f64 / took.as_secs_f64();
    let resident = node.resident_bytes()?;
    let log_key = node.log_key().clone();
    node.stop()?;
    let disk = machine::disk_bytes(&data)?;

    say("verification, and a start ...");
    let (_, rate) = verify(&data, &log_key, false)?;
    let (chain, _) = verify(&data, &log_key, true)?;
    let begun = Instant::now();
    let again = node::Running::start(&data).await?;
    let start = begun.elapsed();
    again.stop()?;

    Ok(figures(&Measured {
        strict,
        sync,
        streamed,
        unary,
        p99: percentile(latencies, 99),
        resident: resident as f64 / MEBI,
        disk: disk as f64 / MEBI,
        signed: load.signed_bytes() as f64 / MEBI,
        verified: rate,
        start,
        chain,
    }))
}

const MEBI: f64 = 1_048_576.0;

/// What was measured; rates are per second, sizes in MiB.
struct Measured {
    strict: f64,
    sync: Duration,
    streamed: f64,
    unary: f64,
    p99: Duration,
    resident: f64,
    disk: f64,
    signed: f64,
    verified: f64,
    start: Duration,
    chain: Duration,
}

fn figures(measured: &Measured) -> Vec<Figure> {
    let Measured { strict, sync, streamed, unary, p99, .. } = *measured;
    let Measured { resident, disk, signed, verified, start, chain, .. } = *measured;
    let figure =
        |name, value, at_least, bound, shown| Figure { name, value, bound, at_least, shown };
    vec![
        figure(
            "transfers/s by SubmitStream / verify_strict per core",
            streamed / strict,
            true,
            0.65,
            format!("{streamed:.0}/s, {strict:.0}/s"),
        ),
        figure(
            "transfers/s by Submit / verify_strict per core",
            unary / strict,
            true,
            0.65,
            format!("{unary:.0}/s, {strict:.0}/s"),
        ),
        figure(
            "p99 with 8 in flight / median fdatasync",
            p99.as_secs_f64() / sync.as_secs_f64(),
            false,
            20.0,
            format!("{p99:.2?}, {sync:.2?}"),
        ),
        figure("resident memory, MiB", resident, false, 200.0, format!("{resident:.0} MiB")),
        figure(
            "disk / signed bytes",
            disk / signed,
            false,
            2.5,
            format!("{disk:.1} MiB, {signed:.1} MiB"),
        ),
        figure(
            "verifications/s / verify_strict per core",
            verified / strict,
            true,
            1.6,
            format!("{verified:.0}/s, {strict:.0}/s"),
        ),
        figure(
            "start / (chain alone + 1 s)",
            start.as_secs_f64() / (chain.as_secs_f64() + 1.0),
            false,
            1.0,
            format!("{start:.2?}, {chain:.2?} + 1 s"),
        ),
    ]
}

/// How long the verifier takes, and how many signatures it checks per second.
fn verify(data: &Path, log_key: &str, chain_only: bool) -> Result<(Duration, f64)> {
    let options = jcm_verify::Options {
        chain_only,
        log_key: Some(log_key.parse()?),
        ..jcm_verify::Options::full()
    };
    let begun = Instant::now();
    let report = jcm_verify::verify_path(data, &options)?;
    let took = begun.elapsed();
    if !report.ok {
        return Err(format!("the verifier objects: {:?}", report.findings).into());
    }
    Ok((took, report.signatures as f64 / took.as_secs_f64()))
}

fn percentile(mut latencies: Vec<Duration>, percent: usize) -> Duration {
    latencies.sort_unstable();
    latencies.get(latencies.len().saturating_sub(1) * percent / 100).copied().unwrap_or_default()
}

fn print(figures: &[Figure], transfers: usize, is_json: bool) -> Result<()> {
    if is_json {
        let rows: Vec<Value> = figures
            .iter()
            .map(|figure| {
                json!({ "figure": figure.name, "value": figure.value, "bound": figure.bound,
                    "at_least": figure.at_least, "reached": figure.reached(),
                    "shown": figure.shown })
            })
            .collect();
        println!(
            "{}",
            serde_json::to_string_pretty(&json!({ "transfers": transfers, "figures": rows }))?
        );
        return Ok(());
    }
    println!("{transfers} transfers");
    for figure in figures {
        let sign = if figure.at_least { ">=" } else { "<=" };
        let verdict = if figure.reached() { "reached" } else { "MISSED" };
        println!(
            "{:<54} {:>8.2}  {sign} {:<6} {verdict:<8} ({})",
            figure.name, figure.value, figure.bound, figure.shown
        );
    }
    Ok(())
}
