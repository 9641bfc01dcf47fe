//! The command line of `registry-node`.

use crate::config::Config;
use crate::failure::{EXIT_USAGE, Failure};
use crate::handover::{self, Copied};
use crate::init;
use crate::logging::{self, Chain};
use crate::node::Node;
use crate::tls;
use crate::witness;
use clap::{Args, Parser, Subcommand};
use std::fs;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// The server of the JCM registry.
#[derive(Parser)]
#[command(name = "registry-node", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Makes the data folder and the log key, and the registry if a genesis file is given.
    ///
    /// Without --genesis it prints the log key that the genesis command must
    /// name. It never changes a registry that is there.
    Init {
        #[command(flatten)]
        config: ConfigFile,
        /// The signed genesis command, as `jcm genesis` writes it.
        #[arg(long, value_name = "FILE")]
        genesis: Option<PathBuf>,
    },
    /// Serves the registry until SIGTERM or SIGINT.
    Run {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Makes a folder with everything that a successor needs, from the data folder
    /// of a stopped node.
    ///
    /// The folder holds personal data. It must not exist yet.
    Handover {
        #[command(flatten)]
        config: ConfigFile,
        /// The folder to make.
        #[arg(value_name = "FOLDER")]
        out: PathBuf,
    },
    /// Makes the log of a new data folder from an export or a handover.
    ///
    /// The folder must hold the log key (`keys/log.key`) and nothing else of a registry. The
    /// whole export is checked before anything is written: chain, checkpoints, and the
    /// signatures of all commands. The node that wrote it must never run again: two that
    /// go on from here would be two registries under one key.
    Import {
        #[command(flatten)]
        config: ConfigFile,
        /// The export, as `jcm export` or a handover writes it.
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
    },
    /// Copies the private data, or brings it back.
    Private {
        #[command(subcommand)]
        command: PrivateCommand,
    },
    /// Shows who read whose data, or checks that no line of that was changed.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Prints the configuration in force, or says what is wrong with it or with
    /// the files that TLS needs.
    CheckConfig {
        #[command(flatten)]
        config: ConfigFile,
    },
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Prints every line, then what `check` prints. The node may run.
    Show {
        #[command(flatten)]
        config: ConfigFile,
    },
    /// Checks that every line follows the one before, and prints how many there are
    /// and the digest of the last, to be noted elsewhere. The node may run.
    Check {
        #[command(flatten)]
        config: ConfigFile,
    },
}

#[derive(Subcommand)]
enum PrivateCommand {
    /// Copies the private data into a new folder. The node may run.
    Backup {
        #[command(flatten)]
        config: ConfigFile,
        /// The folder to make.
        #[arg(value_name = "FOLDER")]
        out: PathBuf,
    },
    /// Brings back what a backup has, into the data folder of a stopped node.
    ///
    /// What the log does not commit to, or says is erased, is left out.
    Restore {
        #[command(flatten)]
        config: ConfigFile,
        /// The backup.
        #[arg(value_name = "FOLDER")]
        from: PathBuf,
    },
}

#[derive(Args)]
struct ConfigFile {
    /// The configuration; every key is described in docs/operating/config.md.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Runs the program.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output and are no errors. A closed
            // output is nobody's loss here.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { EXIT_USAGE } else { 0 });
        }
    };
    let result = match cli.command {
        Command::Init { config, genesis } => init(&config.config, genesis.as_deref()),
        Command::Run { config } => run(&config.config),
        Command::Handover { config, out } => hand_over(&config.config, &out),
        Command::Import { config, from } => import(&config.config, &from),
        Command::Private { command: PrivateCommand::Backup { config, out } } => {
            copy(&config.config, &out, "copied", handover::backup)
        }
        Command::Private { command: PrivateCommand::Restore { config, from } } => {
            copy(&config.config, &from, "restored", handover::restore)
        }
        Command::Audit { command: AuditCommand::Show { config } } => {
            audit(&config.config, |line| print(&format!("{line}\n")))
        }
        Command::Audit { command: AuditCommand::Check { config } } => {
            audit(&config.config, |_| Ok(()))
        }
        Command::CheckConfig { config } => check(&config.config),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(io::stderr(), "registry-node: {}", Chain(&failure));
            ExitCode::from(failure.exit_code())
        }
    }
}

fn load(path: &Path) -> Result<Config, Failure> {
    Config::load(path).map_err(Failure::Config)
}

/// Reads the files that TLS and witnesses need too: what is renewed is looked at before the
/// restart that puts it in force.
fn check(path: &Path) -> Result<(), Failure> {
    let config = load(path)?;
    if let Some(files) = &config.tls {
        tls::load(files).map_err(Failure::Tls)?;
    }
    if let Some(settings) = &config.witnesses {
        witness::Witnesses::load(settings).map_err(Failure::Witnesses)?;
    }
    print(&config.to_string())
}

fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush())
        .map_err(|source| Failure::System { action: "write to standard output", source })
}

fn init(config: &Path, genesis: Option<&Path>) -> Result<(), Failure> {
    let config = load(config)?;
    let Some(genesis) = genesis else {
        let prepared = init::prepare(&config)?;
        return print(&format!("log-key {}\n", prepared.log_key));
    };
    let genesis = init::read_genesis(genesis)?;
    let created = init::create(&config, &genesis)?;
    print(&format!(
        "registry {}\ngenesis {}\nlog-key {}\n",
        created.origin, created.genesis, created.log_key
    ))
}

fn hand_over(config: &Path, out: &Path) -> Result<(), Failure> {
    let done = handover::handover(&load(config)?, out)?;
    print(&format!(
        "registry {}\nentries {}\nprivate {}\nfolder {}\n",
        done.origin,
        done.entries,
        done.private,
        out.display()
    ))
}

fn import(config: &Path, from: &Path) -> Result<(), Failure> {
    let done = handover::import(&load(config)?, from)?;
    print(&format!(
        "registry {}\nentries {}\nroot {}\nstate {}\n",
        done.origin, done.entries, done.root, done.state
    ))
}

fn copy(
    config: &Path,
    folder: &Path,
    what: &str,
    work: impl FnOnce(&Config, &Path) -> Result<Copied, Failure>,
) -> Result<(), Failure> {
    let done = work(&load(config)?, folder)?;
    print(&format!(
        "{what} {}\nleft out as erased {}\nleft out as unknown {}\n",
        done.copied, done.erased, done.unknown
    ))
}

fn audit(config: &Path, mut show: impl FnMut(&str) -> Result<(), Failure>) -> Result<(), Failure> {
    let mut printed = Ok(());
    let checked = crate::audit::check(&load(config)?.audit_dir(), |line| {
        if printed.is_ok() {
            printed = show(line);
        }
    });
    printed?;
    let checked = checked.map_err(Failure::Audit)?;
    print(&format!(
        "lines {}\nremoved before {}\nhead {}\n",
        checked.lines, checked.removed, checked.head
    ))
}

fn run(path: &Path) -> Result<(), Failure> {
    let config = load(path)?;
    logging::install(&config.logging);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(config.worker_threads)
        .enable_all()
        .build()
        .map_err(|source| Failure::System { action: "start the runtime", source })?;
    runtime.block_on(serve(config))
}

async fn serve(config: Config) -> Result<(), Failure> {
    let handler = |source| Failure::System { action: "listen for signals", source };
    let mut terminate = signal(SignalKind::terminate()).map_err(handler)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(handler)?;
    let addresses = config.addresses_file();
    let mut node = Node::start(config).await?;
    let told = |address: Option<SocketAddr>| {
        address.map_or_else(|| "off".to_owned(), |address| address.to_string())
    };
    let (metrics, tiles) = (told(node.metrics_addr()), told(node.tiles_addr()));
    let line = format!("listening grpc={} metrics={metrics} tiles={tiles}\n", node.grpc_addr());
    if let Err(failure) = publish_addresses(&addresses, &line).and_then(|()| print(&line)) {
        node.shutdown().await?;
        return Err(failure);
    }
    let stopped = tokio::select! {
        stopped = node.stopped() => Some(stopped),
        _ = terminate.recv() => None,
        _ = interrupt.recv() => None,
    };
    let end = match stopped {
        Some(stopped) => stopped,
        None => {
            tracing::info!("stopping");
            node.shutdown().await
        }
    };
    // Whoever finds the file may believe it; a stale one is worse than none.
    let _ = fs::remove_file(&addresses);
    if end.is_ok() {
        tracing::info!("stopped");
    }
    end
}

/// Writes the addresses where scripts find them: whole, or not at all.
fn publish_addresses(path: &Path, line: &str) -> Result<(), Failure> {
    let unfinished = path.with_extension("new");
    let write = || -> io::Result<()> {
        fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
        fs::write(&unfinished, line)?;
        fs::rename(&unfinished, path)
    };
    write().map_err(|source| Failure::Folder { path: path.to_owned(), source })
}
