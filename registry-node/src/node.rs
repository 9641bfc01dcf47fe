//! A running node: opened, served, and stopped in an orderly way.

use crate::access::Proofs;
use crate::audit::Audit;
use crate::clock;
use crate::config::{Config, WhenMissing};
use crate::failure::Failure;
use crate::index;
use crate::init;
use crate::keyfile;
use crate::limits::Budgets;
use crate::private::Private;
use crate::server;
use crate::shared::{Parts, Phase, Shared, Witnessing};
use crate::tls;
use crate::told;
use crate::witness::{self, Releaser, Witnesses};
use crate::writer::{self, Onward, Writer, WriterError};
use jcm_format::tlog::{KeyType, VerifierKey};
use jcm_ledger::log::SegmentLog;
use jcm_ledger::private::PrivateStore;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Connections that the system keeps until they are taken. One more than it keeps is
/// tried again a second later, which a flood would make everybody do.
const BACKLOG: u32 = 1_024;

/// A running node.
pub struct Node {
    grpc_addr: SocketAddr,
    metrics_addr: Option<SocketAddr>,
    tiles_addr: Option<SocketAddr>,
    shared: Arc<Shared>,
    task: JoinHandle<Result<(), Failure>>,
}

impl Node {
    /// Starts a node on an existing registry, on the runtime that this is called
    /// on. The order of effects:
    ///
    /// 1. the files that TLS and witnesses need are read, and the log is opened, which takes the
    ///    lock on the folder;
    /// 2. the addresses are bound, so that a taken port is found before a long
    ///    replay; nobody is answered yet;
    /// 3. the log is replayed, the private data and the index are opened, and the
    ///    index is brought up to date;
    /// 4. the writer starts, then the service.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from serving; see [`Failure::exit_code`].
    pub async fn start(config: Config) -> Result<Node, Failure> {
        let tls = config.tls.as_ref().map(tls::load).transpose().map_err(Failure::Tls)?;
        let witnesses = config.witnesses.as_ref().map(Witnesses::load).transpose();
        let witnesses = witnesses.map_err(Failure::Witnesses)?.map(Arc::new);
        let locking = config.clone();
        let log = blocking("open the log", move || open_log(&locking)).await?;
        let grpc = bind("listen", config.listen)?;
        let metrics = bind_if("metrics_listen", config.metrics_listen)?;
        let tiles = bind_if("tiles_listen", config.tiles_listen)?;
        let grpc_addr = local(&grpc)?;
        let metrics_addr = metrics.as_ref().map(local).transpose()?;
        let tiles_addr = tiles.as_ref().map(local).transpose()?;

        let opening = config.clone();
        let opened = blocking("open the registry", move || open(&opening, log, witnesses)).await?;
        let Open { shared, writer, indexer } = opened;

        let writer_end = spawn_writer(writer)?;
        let (grpc_addr, listeners) = (grpc_addr, server::Listeners { grpc, tls, metrics, tiles });
        let task =
            tokio::spawn(server::run(config, Arc::clone(&shared), listeners, writer_end, indexer));
        Ok(Node { grpc_addr, metrics_addr, tiles_addr, shared, task })
    }

    /// Where the gRPC service listens.
    pub fn grpc_addr(&self) -> SocketAddr {
        self.grpc_addr
    }

    /// Where the metrics page is.
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics_addr
    }

    /// Where tiles are served.
    pub fn tiles_addr(&self) -> Option<SocketAddr> {
        self.tiles_addr
    }

    /// What its parts share.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Stops in an orderly way: takes nothing new, executes what is queued,
    /// answers, seals the log and flushes the index.
    ///
    /// # Errors
    ///
    /// When a write failed, now or before.
    pub async fn shutdown(mut self) -> Result<(), Failure> {
        self.stop();
        finish(&mut self.task).await
    }

    fn stop(&self) {
        self.shared.phase.send_if_modified(|phase| {
            let is_serving = *phase == Phase::Serving;
            if is_serving {
                *phase = Phase::Stopping;
            }
            is_serving
        });
    }

    /// Waits until the node stops by itself, which it does only when a write
    /// failed. May be dropped and called again.
    ///
    /// # Errors
    ///
    /// The write that failed.
    pub async fn stopped(&mut self) -> Result<(), Failure> {
        finish(&mut self.task).await
    }
}

impl Drop for Node {
    /// Lets it stop by itself, for as long as its runtime lives.
    fn drop(&mut self) {
        self.stop();
    }
}

async fn finish<T>(task: T) -> Result<(), Failure>
where
    T: Future<Output = Result<Result<(), Failure>, tokio::task::JoinError>>,
{
    task.await.unwrap_or_else(|error| Err(system("run the service")(error.into())))
}

async fn blocking<T: Send + 'static>(
    action: &'static str,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(system(action)(error.into())))
}

fn system(action: &'static str) -> impl FnOnce(std::io::Error) -> Failure {
    move |source| Failure::System { action, source }
}

fn bind(key: &'static str, address: SocketAddr) -> Result<TcpListener, Failure> {
    let listen = || {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        // A restart need not wait for what the system remembers of the last run.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|source| Failure::Listen { key, address, source })
}

fn bind_if(key: &'static str, address: Option<SocketAddr>) -> Result<Option<TcpListener>, Failure> {
    address.map(|address| bind(key, address)).transpose()
}

fn local(listener: &TcpListener) -> Result<SocketAddr, Failure> {
    listener.local_addr().map_err(system("tell the address"))
}

/// What opening gives.
struct Open {
    shared: Arc<Shared>,
    writer: Writer,
    indexer: index::Indexer,
}

fn open_log(config: &Config) -> Result<SegmentLog, Failure> {
    // Before anything is made: a folder without a log is no registry.
    if !config.log_dir().is_dir() {
        return Err(Failure::NoRegistry { data_dir: config.data_dir.clone() });
    }
    let log = init::open_log(config)?;
    tracing::info!(report = ?log.report(), "log opened");
    Ok(log)
}

fn open(
    config: &Config,
    log: SegmentLog,
    witnesses: Option<Arc<Witnesses>>,
) -> Result<Open, Failure> {
    let key = keyfile::load(&config.log_key_path()).map_err(Failure::Key)?;
    let public_key = key.public_key();
    let reader = log.reader();
    let opened = told::open(config, log, key, witnesses.is_some())?;
    let told::Opened { mut ledger, view, untold, releases } = opened;
    let origin = view.state().origin().map_or_else(String::new, ToString::to_string);
    let log_key = VerifierKey::new(&origin, KeyType::Ed25519, &public_key)
        .map_err(|_| Failure::Open(jcm_ledger::OpenError::WrongLogKey))?;
    if let Some(witnesses) = &witnesses {
        witnesses.expect_log(&log_key).map_err(Failure::Witnesses)?;
    }
    let store = PrivateStore::open(&config.data_dir).map_err(Failure::Private)?;
    let (lookup, feed, indexer) = index::open(&config.data_dir, ledger.log_mut(), reader.clone())?;
    let (queue, messages) = writer::queue(config.limits.queue_length_max);
    let private = Private::new(store);
    // What is recorded is erased, whether or not the public was told yet.
    let found = private.erase_again(ledger.state().erased()).map_err(Failure::Private)?;
    if found != 0 {
        tracing::warn!(found, "erased private data was there again and was erased again");
    }
    let (entries, durable) = (view.state().entries(), ledger.state().entries());
    let audit = Audit::open(&config.audit_dir(), config.access.audit_keep_days);
    let parts = Parts {
        view,
        reader,
        log_key,
        queue,
        private,
        index: lookup,
        proofs: Proofs::new(config.access.clock_skew_ms, clock::now()),
        audit: audit.map_err(Failure::Audit)?,
        budgets: Budgets::new(&config.limits),
        durable,
        releases: releases.clone(),
        witnessing: witnessing(config),
    };
    let shared = Arc::new(Shared::new(parts));
    let onward = match witnesses.zip(releases) {
        None => Onward::Published(feed),
        Some((witnesses, releases)) => {
            let shared = Arc::clone(&shared);
            let parts = witness::Parts { witnesses, shared, releases, indexer: feed, untold };
            Onward::Witnessed(Releaser::start(parts).map_err(system("start the releaser"))?)
        }
    };
    let writer = Writer {
        ledger,
        messages,
        shared: Arc::clone(&shared),
        batch_entries_max: config.limits.batch_entries_max,
        onward,
        is_sealed: false,
    };
    tracing::info!(origin, entries, durable, "registry opened");
    Ok(Open { shared, writer, indexer })
}

fn witnessing(config: &Config) -> Witnessing {
    match &config.witnesses {
        None => Witnessing::None,
        Some(settings) => match settings.when_missing {
            WhenMissing::Mark => Witnessing::Marked,
            WhenMissing::Wait => Witnessing::Awaited(Duration::from_millis(settings.answer_ms)),
        },
    }
}

/// Starts the writer's thread. What it ends with arrives once; if the thread
/// panics, the channel closes without it.
fn spawn_writer(writer: Writer) -> Result<oneshot::Receiver<Result<(), WriterError>>, Failure> {
    let (sender, receiver) = oneshot::channel();
    std::thread::Builder::new()
        .name("writer".to_owned())
        .spawn(move || {
            let shared = Arc::clone(&writer.shared);
            let end = writer.run();
            if let Err(error) = &end {
                // First of all, so that whoever gets no answer is told why.
                shared.phase.send_replace(Phase::Poisoned);
                writer::report(error);
            }
            let _ = sender.send(end);
        })
        .map_err(system("start the writer's thread"))?;
    Ok(receiver)
}
