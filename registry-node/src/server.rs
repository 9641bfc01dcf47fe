//! The sockets: the gRPC service with health and reflection, and the metrics
//! page; from the first request to an orderly end.

use crate::access::Guarded;
use crate::config::{Config, Limits};
use crate::failure::Failure;
use crate::folds;
use crate::incoming::{Connection, Door};
use crate::index::Indexer;
use crate::limits::{Gate, Links, Outcome};
use crate::service::Service;
use crate::shared::{Phase, Shared};
use crate::status::Refusal;
use crate::tiles;
use crate::web::{self, Places};
use crate::writer::WriterError;
use jcm_api::pb::registry_server::RegistryServer;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::ReceiverStream;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// Bytes that one stream may have under way: nearly every request at once.
const STREAM_WINDOW_BYTES: u32 = 1 << 20;
/// Bytes that one connection may have under way.
const CONNECTION_WINDOW_BYTES: u32 = 16 << 20;
/// Connections to the metrics page at once; it takes the time of a few to be answered, so
/// that whoever comes finds a place although others keep theirs.
const PAGE_CONNECTIONS_MAX: usize = 32;
/// How often samples are moved into their buckets.
const UPKEEP: Duration = Duration::from_secs(5);

/// The name under which health is asked for; the empty name is the node itself.
const SERVICE_NAME: &str = "jcm.registry.v1.Registry";

/// Sockets that are bound and not served yet.
pub(crate) struct Listeners {
    pub(crate) grpc: TcpListener,
    pub(crate) tls: Option<TlsAcceptor>,
    pub(crate) metrics: Option<TcpListener>,
    pub(crate) tiles: Option<TcpListener>,
}

/// Serves until the node is asked to stop or the writer ends. The order of
/// effects at the end:
///
/// 1. commands are refused and health says so: the phase has changed;
/// 2. no connection is taken any more, and requests in progress are answered,
///    for as long as the configuration says;
/// 3. the writer executes what is queued, seals the log and ends;
/// 4. the indexer takes in what it was given and flushes.
pub(crate) async fn run(
    config: Config,
    shared: Arc<Shared>,
    listeners: Listeners,
    mut writer_end: oneshot::Receiver<Result<(), WriterError>>,
    indexer: Indexer,
) -> Result<(), Failure> {
    tokio::spawn(fold(Arc::clone(&shared)));
    let (health, health_service) = tonic_health::server::health_reporter();
    set_health(&health, ServingStatus::Serving).await;
    let page =
        listeners.metrics.map(|listener| tokio::spawn(metrics_page(Arc::clone(&shared), listener)));

    if let Some(listener) = listeners.tiles {
        tokio::spawn(tiles::serve(Arc::clone(&shared), listener));
    }

    let service = RegistryServer::new(Service { shared: Arc::clone(&shared) })
        .max_decoding_message_size(config.limits.message_bytes_max)
        // A frame of the log is the longest answer.
        .max_encoding_message_size(usize::MAX);
    let service = Guarded::new(service, Arc::clone(&shared), config.limits.message_bytes_max);
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(jcm_api::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .map_err(|error| Failure::System {
            action: "describe the service",
            source: std::io::Error::other(error),
        })?;
    let routes = Routes::new(service).add_service(health_service).add_service(reflection).prepare();
    let links = Links::new(&config.limits);
    let door = Door::new(listeners.tls, &config.limits, &links, &shared);
    let site = Site {
        limits: config.limits.clone(),
        routes,
        links: Arc::clone(&links),
        shared: Arc::clone(&shared),
    };
    let mut serving = tokio::spawn(site.serve(door.open(listeners.grpc)));

    // Either end changes the phase, which ends the other.
    let mut writer_ended = None;
    let served = tokio::select! {
        served = &mut serving => Some(served),
        end = &mut writer_end => {
            writer_ended = Some(end);
            None
        }
        () = until_not_serving(Arc::clone(&shared)) => None,
    };
    if writer_ended.is_some() && *shared.phase.borrow() == Phase::Serving {
        // The writer ended in a panic.
        shared.phase.send_replace(Phase::Poisoned);
    }
    set_health(&health, ServingStatus::NotServing).await;
    let limit = Duration::from_millis(config.limits.shutdown_timeout_ms);
    let served = match served {
        Some(served) => Some(served),
        None => tokio::time::timeout(limit, &mut serving).await.ok(),
    };
    if served.is_none() {
        tracing::warn!("requests were still in progress and were given up");
        serving.abort();
        links.cut_all();
    }
    finish(&shared, writer_ended, writer_end, indexer).await?;
    if let Some(page) = page {
        page.abort();
    }
    Ok(())
}

/// What serves each connection.
#[derive(Clone)]
struct Site {
    limits: Limits,
    routes: Routes,
    links: Arc<Links>,
    shared: Arc<Shared>,
}

impl Site {
    /// Serves every connection until the node stops; ends once all have ended.
    async fn serve(self, mut arriving: ReceiverStream<io::Result<Connection>>) {
        let mut stop = pin!(until_not_serving(Arc::clone(&self.shared)));
        let mut serving = JoinSet::new();
        loop {
            tokio::select! {
                () = &mut stop => break,
                Some(_) = serving.join_next(), if !serving.is_empty() => {}
                arrived = arriving.next() => match arrived {
                    Some(Ok(connection)) => drop(serving.spawn(self.clone().one(connection))),
                    Some(Err(_)) => {}
                    None => break,
                }
            }
            self.shared.metrics.connections(self.links.count());
        }
        // Closes the socket that listens.
        drop(arriving);
        while serving.join_next().await.is_some() {}
    }

    /// Serves one connection, with a server of its own: so it can be told to end when
    /// it has been idle for too long or is too old, and not only when the node stops.
    async fn one(self, connection: Connection) {
        let link = connection.link();
        let gate = Gate::new(self.routes, Arc::clone(&link), &self.shared, &self.limits);
        let (leave, left) = oneshot::channel::<()>();
        let only = tokio_stream::once(Ok::<_, io::Error>(connection));
        let served = builder(&self.limits).serve_with_incoming_shutdown(
            gate,
            only.chain(tokio_stream::pending()),
            async {
                // Sent, or dropped.
                let _ = left.await;
            },
        );
        let mut served = pin!(served);
        let stop = until_not_serving(Arc::clone(&self.shared));
        let count = |outcome: Outcome| self.shared.metrics.connection(outcome.name());
        let is_over = tokio::select! {
            // Not before it is told to leave: the stream of connections has no end.
            _ = &mut served => true,
            left = link.until_it_leaves() => {
                left.into_iter().for_each(count);
                false
            }
            () = stop => false,
        };
        drop(leave);
        let grace = Duration::from_millis(self.limits.connection_grace_ms);
        if !is_over && tokio::time::timeout(grace, &mut served).await.is_err() {
            link.lingers();
            let _ = served.await;
        }
        link.outcome().into_iter().for_each(count);
    }
}

async fn finish(
    shared: &Arc<Shared>,
    writer_ended: Option<Result<Result<(), WriterError>, oneshot::error::RecvError>>,
    writer_end: oneshot::Receiver<Result<(), WriterError>>,
    indexer: Indexer,
) -> Result<(), Failure> {
    let end = match writer_ended {
        Some(end) => end,
        None => {
            let stopping = Arc::clone(shared);
            // Waits for room in the queue, hence not on a thread that serves.
            apart(move || stopping.queue.stop()).await;
            writer_end.await
        }
    };
    let end = end.unwrap_or(Err(WriterError::Panic));
    // The index is no truth: what it lacks it gets at the next start.
    apart(move || indexer.finish()).await;
    end.map_err(Failure::Writer)
}

/// Runs what may wait on a thread of its own. The threads that requests share
/// may all be taken, and the end must not depend on them.
async fn apart(work: impl FnOnce() + Send + 'static) {
    let (sender, done) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        work();
        drop(sender);
    });
    // Never sent: it closes when the work is done.
    let _ = done.await;
}

fn builder(limits: &Limits) -> Server {
    Server::builder()
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
        .max_concurrent_streams(limits.connection_streams_max)
        .concurrency_limit_per_connection(limits.connection_requests_max)
        .http2_keepalive_interval(Some(Duration::from_millis(limits.keepalive_interval_ms)))
        .http2_keepalive_timeout(Some(Duration::from_millis(limits.keepalive_timeout_ms)))
        .http2_max_header_list_size(limits.header_list_bytes_max)
        .http2_max_pending_accept_reset_streams(Some(limits.pending_resets_max))
        .http2_max_local_error_reset_streams(Some(limits.error_resets_max))
        .max_frame_size(limits.frame_bytes_max)
        .timeout(Duration::from_millis(limits.request_timeout_ms))
}

async fn set_health(health: &HealthReporter, status: ServingStatus) {
    for name in ["", SERVICE_NAME] {
        health.set_service_status(name, status).await;
    }
}

/// Reads the log for the folds, so that the first who ask need not wait for all of
/// it. Ends when they are up to date, or the node stops.
async fn fold(shared: Arc<Shared>) {
    while let Err(Refusal::IndexBehind) = folds::up_to_date(&shared).await {}
}

async fn until_not_serving(shared: Arc<Shared>) {
    let mut phase = shared.phase.subscribe();
    // The sender lives in `shared`, so this cannot fail while we hold it.
    let _ = phase.wait_for(|phase| *phase != Phase::Serving).await;
}

async fn metrics_page(shared: Arc<Shared>, listener: TcpListener) {
    let upkeep = Arc::clone(&shared);
    let answer = move |_, request| {
        let answer = web::metrics(&request, || shared.metrics.render());
        async move { answer }
    };
    let tick = async move {
        let mut interval = tokio::time::interval(UPKEEP);
        loop {
            interval.tick().await;
            upkeep.metrics.upkeep();
        }
    };
    tokio::select! {
        () = web::serve(listener, Places::OldestGivesWay(PAGE_CONNECTIONS_MAX), answer) => {}
        () = tick => {}
    }
}
