//! The log as C2SP tiles over HTTP/1.1 (`docs/spec/tlog.md` §7): the newest
//! checkpoint and the hashes for everybody, the entries for whoever may read the
//! log.
//!
//! Everything but the checkpoint never changes, so that a cache in front of the
//! node answers nearly everything. Hashes come from the tree in memory.

mod answer;
mod auditor;

use crate::shared::{Phase, Shared};
use crate::web::{self, Places};
use answer::{Answer, plain};
use hyper::body::Incoming;
use hyper::{Request, StatusCode};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

/// Connections at once. They come from a web server that answers many.
const CONNECTIONS_MAX: usize = 128;

/// Requests in progress over all connections; further ones are answered with 503.
/// One of them holds a bundle of at most 17 MB in memory.
const REQUESTS_MAX: usize = 32;

/// Serves until the node stops.
pub(crate) async fn serve(shared: Arc<Shared>, listener: TcpListener) {
    let mut phase = shared.phase.subscribe();
    let stopped = async move {
        // The sender lives in `shared`, which the other branch holds.
        let _ = phase.wait_for(|phase| *phase != Phase::Serving).await;
    };
    let requests = Arc::new(Semaphore::new(REQUESTS_MAX));
    let answer = move |peer, mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        let (shared, requests) = (Arc::clone(&shared), Arc::clone(&requests));
        async move { limited(&shared, &requests, request).await }
    };
    tokio::select! {
        () = web::serve(listener, Places::Wait(CONNECTIONS_MAX), answer) => {}
        () = stopped => {}
    }
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
