//! What is answered to one request for the log's checkpoint, hashes or entries.

use super::auditor::{Denied, MayRead, SCHEME};
use crate::shared::{Shared, blocking};
use crate::status::Refusal;
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE,
    X_CONTENT_TYPE_OPTIONS,
};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use jcm_format::tlog::{TileId, TileKind};
use std::sync::Arc;

pub(super) use crate::web::Answer;

pub(super) const TEXT: &str = "text/plain; charset=utf-8";
pub(super) const BYTES: &str = "application/octet-stream";

/// The checkpoint changes with every batch; a cache may spare the node bursts.
const FOR_A_MOMENT: &str = "public, max-age=1";
/// A tile never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// A bundle never changes either, but a cache between must not hand it to others.
const FOR_EVER_FOR_ONE: &str = "private, max-age=31536000, immutable";
pub(super) const NEVER: &str = "no-store";

/// Answers one request; the second part is what is counted.
pub(super) async fn answer(
    shared: &Arc<Shared>,
    request: &Parts,
    may_read: MayRead,
) -> (Answer, &'static str) {
    if request.method != Method::GET && request.method != Method::HEAD {
        let refused = plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n");
        return (with(refused, ALLOW, "GET, HEAD"), "REFUSED");
    }
    let path = request.uri.path();
    if path == "/checkpoint" {
        let note = shared.view().checkpoint().note_text().to_owned();
        return (found(TEXT, FOR_A_MOMENT, note.into()), "CHECKPOINT");
    }
    let tile = path.strip_prefix('/').and_then(|path| path.parse::<TileId>().ok());
    let Some(tile) = tile else {
        let text = "not here; there are /checkpoint, /tile/<L>/<N> and /tile/entries/<N>\n";
        return (plain(StatusCode::NOT_FOUND, text), "ABSENT");
    };
    match tile.kind() {
        TileKind::Hashes { .. } => {
            let bytes = shared.view().tile(tile);
            match bytes {
                Some(bytes) => (found(BYTES, FOR_EVER, bytes.into()), "HASHES"),
                None => (beyond(), "ABSENT"),
            }
        }
        TileKind::Entries => match may_read(shared, request) {
            Ok(pass) => {
                if let Some(pass) = pass
                    && pass.write_down(shared, tile.to_string()).await.is_err()
                {
                    let text = "the read could not be written down; try again\n";
                    return (plain(StatusCode::SERVICE_UNAVAILABLE, text), "FAILED");
                }
                entries(shared, tile).await
            }
            Err(denied) => (refused(denied), "DENIED"),
        },
    }
}

async fn entries(shared: &Arc<Shared>, tile: TileId) -> (Answer, &'static str) {
    let Ok(permit) = Arc::clone(&shared.log_readers).try_acquire_owned() else {
        return (plain(StatusCode::SERVICE_UNAVAILABLE, "too many read the log\n"), "BUSY");
    };
    let reading = Arc::clone(shared);
    let bundle = blocking(move || {
        let bundle = reading.bundle(tile);
        drop(permit);
        bundle
    });
    match bundle.await {
        Ok(bytes) => (found(BYTES, FOR_EVER_FOR_ONE, bytes.into()), "ENTRIES"),
        Err(Refusal::Absent { .. }) => (beyond(), "ABSENT"),
        Err(_) => {
            let text = "the log cannot be read; its operator has been told\n";
            (plain(StatusCode::INTERNAL_SERVER_ERROR, text), "FAILED")
        }
    }
}

fn found(kind: &'static str, keep: &'static str, body: Bytes) -> Answer {
    let answer = with(Response::new(Full::new(body)), CONTENT_TYPE, kind);
    let answer = with(answer, CACHE_CONTROL, keep);
    with(answer, X_CONTENT_TYPE_OPTIONS, "nosniff")
}

fn beyond() -> Answer {
    plain(StatusCode::NOT_FOUND, "the log does not reach so far\n")
}

fn refused(denied: Denied) -> Answer {
    let answer = plain(denied.status, format!("{}\n", denied.why));
    if denied.status == StatusCode::UNAUTHORIZED {
        return with(answer, WWW_AUTHENTICATE, SCHEME);
    }
    answer
}

/// An answer in words that no cache keeps.
pub(super) fn plain(status: StatusCode, text: impl Into<Bytes>) -> Answer {
    let mut answer = with(Response::new(Full::new(text.into())), CONTENT_TYPE, TEXT);
    *answer.status_mut() = status;
    if [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS].contains(&status) {
        answer = with(answer, RETRY_AFTER, "1");
    }
    with(answer, CACHE_CONTROL, NEVER)
}

fn with(mut answer: Answer, name: HeaderName, value: &'static str) -> Answer {
    answer.headers_mut().insert(name, HeaderValue::from_static(value));
    answer
}
