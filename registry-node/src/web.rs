//! HTTP/1.1 within limits, in the clear: what the metrics page and the tiles are
//! served by. No caller can hold more than a place for a time: the head of a request is
//! short and soon there, and a connection ends whatever is done with it.

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// How long a caller may take for the head of a request, and be silent before it.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a connection may last, so that whoever does not read what it asked for
/// has its place for a bounded time.
const CONNECTION_LIFE: Duration = Duration::from_secs(300);

/// Longest head of a request: a path, a proof of who asks, what proxies add. An answer
/// is handed to the system in pieces of this length, too.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Lines of the head of a request.
const HEAD_LINES_MAX: usize = 64;

/// After the system gave no connection, for lack of files as a rule.
const PAUSE: Duration = Duration::from_secs(1);

/// An answer with its whole body.
pub(crate) type Answer = Response<Full<Bytes>>;

/// How many connections are served at once, and what happens to one more.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Places {
    /// It waits in the system's queue.
    Wait(usize),
    /// It takes the place of the oldest, which is cut.
    OldestGivesWay(usize),
}

/// Serves connections until it is dropped, and they with it.
pub(crate) async fn serve<A, F>(listener: TcpListener, places: Places, answer: A)
where
    A: Fn(SocketAddr, Request<Incoming>) -> F + Clone + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let mut connections = JoinSet::new();
    // Those that are open, in the order in which they came.
    let mut open: VecDeque<AbortHandle> = VecDeque::new();
    loop {
        let is_room = match places {
            Places::Wait(max) => connections.len() < max,
            Places::OldestGivesWay(_) => true,
        };
        tokio::select! {
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept(), if is_room => match accepted {
                Ok((tcp, peer)) => {
                    if let Places::OldestGivesWay(max) = places {
                        make_room(&mut open, max);
                    }
                    let handle = connections.spawn(connection(tcp, peer, answer.clone()));
                    if matches!(places, Places::OldestGivesWay(_)) {
                        open.push_back(handle);
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the system gave no connection for a page");
                    tokio::time::sleep(PAUSE).await;
                }
            },
        }
    }
}

fn make_room(open: &mut VecDeque<AbortHandle>, max: usize) {
    open.retain(|connection| !connection.is_finished());
    while max <= open.len() {
        let Some(oldest) = open.pop_front() else { return };
        oldest.abort();
    }
}

async fn connection<A, F>(tcp: TcpStream, peer: SocketAddr, answer: A)
where
    A: Fn(SocketAddr, Request<Incoming>) -> F + Send + Sync + 'static,
    F: Future<Output = Answer> + Send + 'static,
{
    let service = service_fn(move |request: Request<Incoming>| {
        let answering = answer(peer, request);
        async move { Ok::<_, Infallible>(answering.await) }
    });
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES_MAX)
        .max_headers(HEAD_LINES_MAX)
        .serve_connection(TokioIo::new(tcp), service);
    // Whatever ends it is the caller's affair.
    let _ = tokio::time::timeout(CONNECTION_LIFE, serving).await;
}

/// The one page `/metrics`, with what `render` gives for it.
pub(crate) fn metrics(request: &Request<Incoming>, render: impl FnOnce() -> String) -> Answer {
    let text = "text/plain; charset=utf-8";
    let (status, kind, body) = if request.uri().path() != "/metrics" {
        (StatusCode::NOT_FOUND, text, "not here; there is /metrics\n".to_owned())
    } else if request.method() != Method::GET && request.method() != Method::HEAD {
        (StatusCode::METHOD_NOT_ALLOWED, text, "only GET and HEAD\n".to_owned())
    } else {
        (StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", render())
    };
    let mut answer = Response::new(Full::new(Bytes::from(body)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    }
    answer
}
