//! The registry's whole life in one command:
//!
//! ```text
//! cargo run --locked --release -p registry-node --example demo [-- --data DIR] [--json]
//! ```
//!
//! Starts a real node on loopback, drives it through gRPC with the client
//! library, and has the log re-judged by the verifier, which shares no rule
//! with the ledger. Exits 0 only if every step did what was expected, the
//! refusals included.

mod announced;
mod cast;
mod papers;
mod stage;
mod story;

use cast::{Cast, ORIGIN};
use clap::Parser;
use jcm_client::{CommandBuilder, RegistryClient, TrustStore};
use jcm_format::amount::Yen;
use jcm_format::command::{Body, Genesis, RuleSet};
use jcm_format::text::Name;
use jcm_format::time::Timestamp;
use jcm_verify::{Options, Report};
use prost::Message as _;
use registry_node::{Config, Node};
use serde_json::{Value, json};
use stage::{Result, Stage, grouped};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

/// Runs the registry's whole life on embedded storage and has it verified.
#[derive(Parser)]
#[command(name = "demo")]
struct Arguments {
    /// Keep the data in this folder, which must not exist yet.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print the facts as JSON instead of the story.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let played = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(run(&arguments)));
    match played {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error}");
            let mut cause = error.source();
            while let Some(source) = cause {
                eprintln!("  because: {source}");
                cause = source.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let data = match &arguments.data {
        Some(data) if data.exists() => {
            return Err(format!("{} exists already; name a new folder", data.display()).into());
        }
        Some(data) => data.clone(),
        None => temporary.path().join("data"),
    };
    std::fs::create_dir_all(&data)?;
    let cast = Cast::new(&data.join("demo-keys"))?;
    let config = configure(&data)?;
    create(&config, &cast)?;
    let node = Node::start(config).await?;

    let client = RegistryClient::connect(&format!("http://{}", node.grpc_addr())).await?;
    let info = client.registry().await?;
    let trust = TrustStore::in_memory(info.log_key.clone());
    let mut stage = Stage::new(client, info.origin.clone(), cast, trust, !arguments.json);
    stage.say(format_args!(
        "A JCM registry on {}, driven over gRPC by signed commands",
        node.grpc_addr()
    ));
    stage.say(format_args!("   registry {}, genesis {}\n", info.origin, info.genesis));
    stage.fact(json!({ "registry": info.origin, "genesis": info.genesis,
        "log_key": info.log_key.to_string() }));

    let today = now()?.date_in_japan();
    story::play(&mut stage, today, &data).await?;
    balances(&mut stage).await?;
    node.shutdown().await?;

    verify(&mut stage, &data)?;
    audit(&mut stage, &data)?;
    tamper(&mut stage, &data)?;
    next(&mut stage, arguments.data.as_deref());
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&Value::Array(stage.into_facts()))?);
    }
    Ok(())
}

fn now() -> Result<Timestamp> {
    let ms = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis();
    Timestamp::from_ms(u64::try_from(ms)?).ok_or_else(|| "the clock is beyond 9999".into())
}

/// Writes a configuration for later use, and reads it with port 0 for now.
fn configure(data: &Path) -> Result<Config> {
    let folder = std::path::absolute(data)?;
    // The log key lies open, as the players' keys do: all of it is thrown away.
    let text = |listen: &str| {
        format!("data_dir = {folder:?}\nlisten = \"{listen}\"\nlog_key_unencrypted = true\n")
    };
    let file = data.join("registry-node.toml");
    std::fs::write(&file, text("127.0.0.1:50051"))?;
    Ok(Config::parse(&text("127.0.0.1:0"))?)
}

fn create(config: &Config, cast: &Cast) -> Result<()> {
    let log_key = registry_node::prepare(config)?.log_key;
    let mut authorities = Vec::new();
    for player in ["authority-1", "authority-2"] {
        authorities.push((Name::new(player).ok_or("a name")?, cast.key(player).public_key()));
    }
    let genesis = Body::Genesis(Genesis {
        log_key,
        authorities,
        rule_set: RuleSet {
            version: 1,
            account_opening_fee_yen: Yen::new(14_400),
            transfer_fee_yen: Yen::new(2_500),
            certificate_fee_yen: Yen::new(1_200),
        },
    });
    let keys = [cast.key("authority-1"), cast.key("authority-2")];
    let signed = CommandBuilder::new(ORIGIN.parse()?, genesis).build()?.sign(&keys)?;
    let wire = jcm_api::pb::SignedCommand::from(signed);
    registry_node::create(config, &wire.encode_to_vec())?;
    Ok(())
}

async fn balances(stage: &mut Stage) -> Result<()> {
    let totals = stage.client.totals().await?;
    stage.say("\n8. Balances by account category");
    for total in &totals.totals {
        stage.say(format_args!(
            "   {:<20} {:>9} t",
            total.category,
            grouped(total.quantity_tonnes)
        ));
        stage.fact(json!({ "category": total.category, "tonnes": total.quantity_tonnes }));
    }
    let sum: u64 = totals.totals.iter().map(|total| total.quantity_tonnes).sum();
    if sum != totals.issued_tonnes {
        return Err("the balances are not what was issued".into());
    }
    stage.say(format_args!("   {:<20} {:>9} t, all of it issued once", "together", grouped(sum)));
    let checkpoint = stage.client.checkpoint().await?.checkpoint;
    stage.say("\n9. The checkpoint that binds the registry to all of this");
    for line in checkpoint.lines().filter(|line| !line.is_empty()) {
        stage.say(format_args!("   {line}"));
    }
    stage.fact(json!({ "issued_tonnes": sum, "state_digest": totals.state_digest,
        "checkpoint": checkpoint }));
    Ok(())
}

fn verify(stage: &mut Stage, data: &Path) -> Result<()> {
    let report: Report = jcm_verify::verify_path(data, &Options::full())?;
    if !report.ok {
        return Err(format!("the verifier objects: {:?}", report.findings).into());
    }
    let digest = report.state_digest.map(|digest| digest.to_string()).unwrap_or_default();
    stage.say(format_args!(
        "\n10. jcm-verify re-judges {} entries and {} signatures by its own rules: all hold",
        report.entries, report.signatures
    ));
    stage.say(format_args!("   state digest {digest}"));
    stage.fact(json!({ "verified": true, "entries": report.entries,
        "signatures": report.signatures, "state_digest": digest }));
    Ok(())
}

/// Who read whose data is in a chain of lines of its own.
fn audit(stage: &mut Stage, data: &Path) -> Result<()> {
    let mut last = String::new();
    let read = registry_node::check_audit(&data.join("audit"), |line| last = line.to_owned())?;
    stage.say(format_args!(
        "   what the operator read is written down: {} lines, one chain; the last is",
        read.lines
    ));
    stage.say(format_args!("   {last}"));
    stage.fact(json!({ "reads_written_down": read.lines, "head": read.head }));
    Ok(())
}

/// Flips one bit in the middle of the log, in a copy.
fn tamper(stage: &mut Stage, data: &Path) -> Result<()> {
    let copy = tempfile::tempdir()?;
    let segment = std::fs::read_dir(data.join("log"))?
        .filter_map(|item| Some(item.ok()?.path()))
        .find(|path| path.extension().is_some_and(|extension| extension == "seg"))
        .ok_or("the log has a segment")?;
    let mut bytes = std::fs::read(segment)?;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let file = copy.path().join("tampered.jcmlog");
    std::fs::write(&file, bytes)?;
    let report = jcm_verify::verify_path(&file, &Options::full())?;
    let finding = report.findings.first().filter(|_| !report.ok).ok_or("the flip went unseen")?;
    let index = finding.index.map_or_else(|| "the log".to_owned(), |i| format!("entry {i}"));
    stage.say(format_args!(
        "   one bit flipped in a copy, at byte {middle}: {index}, {}",
        finding.code
    ));
    stage.fact(json!({ "tampered_byte": middle, "found": finding }));
    Ok(())
}

fn next(stage: &mut Stage, data: Option<&Path>) {
    let commands = match data {
        None => [
            "cargo run --locked --release -p registry-node --example demo -- --data demo-data".to_owned(),
            "cargo run --locked --release -p jcm-verify -- demo-data".to_owned(),
            "cargo run --locked --release -p registry-node -- run --config demo-data/registry-node.toml"
                .to_owned(),
        ],
        Some(data) => {
            let data = data.display();
            [
                format!("cargo run --locked --release -p jcm-verify -- {data}"),
                format!(
                    "cargo run --locked --release -p registry-node -- run --config {data}/registry-node.toml"
                ),
                "cargo run --locked --release -p jcm-cli -- totals        (while that runs)".to_owned(),
            ]
        }
    };
    stage.say("\nNext:");
    for command in &commands {
        stage.say(format_args!("   {command}"));
    }
    stage.fact(json!({ "next": commands }));
}
