//! The log as C2SP tiles over HTTP/1.1 (`docs/spec/tlog.md` §7): the newest
//! checkpoint and the hashes for everybody, the entries for whoever may read the
//! log.
//!
//! Everything but the checkpoint never changes, so that a cache in front of the
//! node answers nearly everything. Hashes come from the tree in memory.

mod answer;
mod auditor;

use crate::shared::{Phase, Shared};
use answer::{Answer, plain};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections at once; further ones wait in the system's queue.
const CONNECTIONS_MAX: usize = 128;

/// Requests in progress over all connections; further ones are answered with 503.
/// One of them holds a bundle of at most 17 MB in memory.
const REQUESTS_MAX: usize = 32;

/// How long a caller may take for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection may last, so that whoever does not read what it asked for
/// has its place for a bounded time.
const CONNECTION_LIFE: Duration = Duration::from_secs(300);

/// Longest head of a request: a path, a proof of who asks, what proxies add.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// After the system gave no connection, for lack of files as a rule.
const PAUSE: Duration = Duration::from_secs(1);

/// Serves until the node stops.
pub(crate) async fn serve(shared: Arc<Shared>, listener: TcpListener) {
    let mut phase = shared.phase.subscribe();
    let stopped = async move {
        // The sender lives in `shared`, which the other branch holds.
        let _ = phase.wait_for(|phase| *phase != Phase::Serving).await;
    };
    tokio::select! {
        () = accept(shared, listener) => {}
        () = stopped => {}
    }
}

async fn accept(shared: Arc<Shared>, listener: TcpListener) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let requests = Arc::new(Semaphore::new(REQUESTS_MAX));
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        match listener.accept().await {
            Ok((tcp, peer)) => {
                let (shared, requests) = (Arc::clone(&shared), Arc::clone(&requests));
                tokio::spawn(connection(shared, (tcp, peer), requests, place));
            }
            Err(error) => {
                tracing::warn!(%error, "the system gave no connection for tiles");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

async fn connection(
    shared: Arc<Shared>,
    (tcp, peer): (TcpStream, SocketAddr),
    requests: Arc<Semaphore>,
    _place: OwnedSemaphorePermit,
) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        let (shared, requests) = (Arc::clone(&shared), Arc::clone(&requests));
        async move { Ok::<_, Infallible>(limited(&shared, &requests, request).await) }
    });
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(tcp), service);
    // Whatever ends it is the caller's affair.
    let _ = tokio::time::timeout(CONNECTION_LIFE, serving).await;
}

/// Answers, unless too many are being answered.
async fn limited(
    shared: &Arc<Shared>,
    requests: &Arc<Semaphore>,
    request: Request<Incoming>,
) -> Answer {
    let (request, _) = request.into_parts();
    let Ok(permit) = Arc::clone(requests).try_acquire_owned() else {
        shared.metrics.tiles("BUSY");
        return plain(StatusCode::SERVICE_UNAVAILABLE, "busy; try again\n");
    };
    let (answer, outcome) = answer::answer(shared, &request, auditor::may_read).await;
    shared.metrics.tiles(outcome);
    drop(permit);
    answer
}

#[cfg(test)]
mod tests;
