//! The witness over HTTP/1.1: two paths, bounded bodies, a bounded number of callers.

use super::{Answer, Disk, Witness};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use jcm_format::tlog::ADD_CHECKPOINT_BYTES_MAX;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections at once; further ones wait in the system's queue.
const CONNECTIONS_MAX: usize = 64;
/// How long a caller may take for the head of a request, and again for its body.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may last; a log makes another one. Whoever does not read has one of
/// the places no longer than this.
const CONNECTION_LIFE: Duration = Duration::from_secs(60);
/// After the system gave no connection, for lack of files as a rule.
const PAUSE: Duration = Duration::from_secs(1);
/// How often is looked whether a write failed.
const WATCH: Duration = Duration::from_millis(200);

/// Serves a witness until a write fails. What was cosigned is on disk at any time, so
/// that ending the process is a way to stop it.
pub async fn serve_witness<D: Disk + Send + Sync + 'static>(
    witness: Arc<Witness<D>>,
    listener: TcpListener,
) {
    let watched = Arc::clone(&witness);
    let poisoned = async move {
        while !watched.is_poisoned() {
            tokio::time::sleep(WATCH).await;
        }
    };
    tokio::select! {
        () = accept(witness, listener) => {}
        () = poisoned => {}
    }
}

async fn accept<D: Disk + Send + Sync + 'static>(witness: Arc<Witness<D>>, listener: TcpListener) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        match listener.accept().await {
            Ok((tcp, _)) => {
                tokio::spawn(connection(Arc::clone(&witness), tcp, place));
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

async fn connection<D: Disk + Send + Sync + 'static>(
    witness: Arc<Witness<D>>,
    tcp: TcpStream,
    _place: OwnedSemaphorePermit,
) {
    let _ = tcp.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let witness = Arc::clone(&witness);
        async move { Ok::<_, Infallible>(response(answer(&witness, request).await)) }
    });
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(READ_TIMEOUT)
        .serve_connection(TokioIo::new(tcp), service);
    // Whatever ends it is the caller's affair.
    let _ = tokio::time::timeout(CONNECTION_LIFE, serving).await;
}

async fn answer<D: Disk + Send + Sync + 'static>(
    witness: &Arc<Witness<D>>,
    request: Request<Incoming>,
) -> Answer {
    let (head, body) = request.into_parts();
    if head.uri.path() == "/add-checkpoint" {
        if head.method != Method::POST {
            return Answer::new(405, "only POST\n");
        }
        // Known from the head as a rule; nobody waits for what is not read.
        let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if ADD_CHECKPOINT_BYTES_MAX < announced {
            return Answer::new(413, "the request is too long\n");
        }
        let limited = Limited::new(body, ADD_CHECKPOINT_BYTES_MAX).collect();
        return match tokio::time::timeout(READ_TIMEOUT, limited).await {
            Ok(Ok(body)) => add(witness, body.to_bytes()).await,
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                Answer::new(413, "the request is too long\n")
            }
            Ok(Err(_)) | Err(_) => Answer::new(408, "the request did not arrive\n"),
        };
    }
    let log = head.uri.path().strip_prefix('/').and_then(|path| path.strip_suffix("/checkpoint"));
    match log.and_then(|log| witness.last(log)) {
        Some(note) if head.method == Method::GET => Answer::new(200, note),
        Some(_) => Answer::new(405, "only GET\n"),
        None => Answer::new(404, "not here\n"),
    }
}

/// Syncs files, hence not on a thread that serves.
async fn add<D: Disk + Send + Sync + 'static>(witness: &Arc<Witness<D>>, body: Bytes) -> Answer {
    let witness = Arc::clone(witness);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let adding = tokio::task::spawn_blocking(move || witness.add_checkpoint(&body, now));
    adding.await.unwrap_or_else(|_| Answer::new(500, "the request could not be finished\n"))
}

fn response(answer: Answer) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(answer.body.into()));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    response
}
