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

/// An answer with its whole body.
pub(super) type Answer = Response<Full<Bytes>>;

const TEXT: &str = "text/plain; charset=utf-8";
const BYTES: &str = "application/octet-stream";

/// The checkpoint changes with every batch; a cache may spare the node bursts.
const FOR_A_MOMENT: &str = "public, max-age=1";
/// A tile never changes.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// A bundle never changes either, but a cache between must not hand it to others.
const FOR_EVER_FOR_ONE: &str = "private, max-age=31536000, immutable";
const NEVER: &str = "no-store";

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
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer = with(answer, RETRY_AFTER, "1");
    }
    with(answer, CACHE_CONTROL, NEVER)
}

fn with(mut answer: Answer, name: HeaderName, value: &'static str) -> Answer {
    answer.headers_mut().insert(name, HeaderValue::from_static(value));
    answer
}

#[cfg(test)]
mod tests {
    use super::super::auditor;
    use super::*;
    use crate::access::Pass;
    use crate::fixture;
    use http_body_util::BodyExt as _;
    use hyper::Request;
    use jcm_format::tlog::{SignedCheckpoint, check_tiles};
    use std::collections::BTreeMap;

    fn anybody(_: &Shared, _: &Parts) -> Result<Option<Pass>, Denied> {
        Ok(None)
    }

    async fn ask(shared: &Arc<Shared>, method: Method, path: &str, may_read: MayRead) -> Answer {
        let request = Request::builder().method(method).uri(path).body(()).expect("a request");
        answer(shared, &request.into_parts().0, may_read).await.0
    }

    async fn get(shared: &Arc<Shared>, path: &str) -> Answer {
        ask(shared, Method::GET, path, anybody).await
    }

    async fn body(answer: Answer) -> Vec<u8> {
        answer.into_body().collect().await.expect("in memory").to_bytes().to_vec()
    }

    fn header(answer: &Answer, name: HeaderName) -> &str {
        answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn what_is_served_is_the_log_and_nothing_beyond_its_end() {
        let folder = fixture::registry();
        let node = fixture::node(&folder).await;
        let shared = node.shared();
        // Several batches, so that a bundle is put together from several frames.
        for id in 2..=6 {
            fixture::appoint(shared, id).await;
        }
        let answered = get(shared, "/checkpoint").await;
        assert_eq!(answered.status(), StatusCode::OK);
        assert_eq!(header(&answered, CONTENT_TYPE), TEXT);
        assert_eq!(header(&answered, CACHE_CONTROL), "public, max-age=1");
        let note = String::from_utf8(body(answered).await).expect("text");
        let head = SignedCheckpoint::parse(&note).expect("a checkpoint").claimed().clone();
        let mut files = BTreeMap::new();
        for tile in TileId::all(head.size) {
            let answered = get(shared, &format!("/{tile}")).await;
            assert_eq!(answered.status(), StatusCode::OK, "{tile}");
            assert_eq!(header(&answered, CONTENT_TYPE), BYTES);
            let is_public = tile.kind() != TileKind::Entries;
            assert_eq!(header(&answered, CACHE_CONTROL).starts_with("public"), is_public);
            assert!(header(&answered, CACHE_CONTROL).ends_with("immutable"));
            files.insert(tile, body(answered).await);
        }
        let read = |tile| files.get(&tile).cloned();
        assert_eq!(check_tiles(head.size, &head.root, true, read), Ok(()));
        // The folder that any web server can publish has the same bytes, entries included.
        let out = tempfile::tempdir().expect("a folder");
        let publishing = jcm_verify::Publishing { with_entries: true, log_key: None };
        jcm_verify::publish_tiles(folder.path(), out.path(), &publishing).expect("published");
        let read = |path: &str| std::fs::read(out.path().join(path)).expect("published");
        assert_eq!(read("checkpoint"), note.as_bytes());
        for (tile, bytes) in &files {
            assert_eq!(read(&tile.to_string()), *bytes, "{tile}");
        }
        // And what an earlier checkpoint needs is still there.
        for tile in TileId::all(2) {
            assert_eq!(get(shared, &format!("/{tile}")).await.status(), StatusCode::OK, "{tile}");
        }
        let beyond = TileId::beyond(head.size, head.size + 1).map(|tile| format!("/{tile}"));
        let strange = ["/", "/tile/0/0", "/tile/data/000", "/../checkpoint", "/tile/0/000.p/256"];
        for path in beyond.chain(strange.map(str::to_owned)) {
            let answered = get(shared, &path).await;
            assert_eq!(answered.status(), StatusCode::NOT_FOUND, "{path}");
            assert_eq!(header(&answered, CACHE_CONTROL), NEVER, "{path} may come to be");
        }
        node.shutdown().await.expect("an orderly end");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nobody_reads_entries_without_being_entitled_and_nobody_writes() {
        let folder = fixture::registry();
        let node = fixture::node(&folder).await;
        let shared = node.shared();
        let path = "/tile/entries/000.p/1";
        let denied = ask(shared, Method::GET, path, auditor::may_read).await;
        assert_eq!(denied.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(header(&denied, WWW_AUTHENTICATE), "JCM");
        assert_eq!(header(&denied, CACHE_CONTROL), NEVER);
        for path in ["/checkpoint", "/tile/0/000.p/1"] {
            let answered = ask(shared, Method::GET, path, auditor::may_read).await;
            assert_eq!(answered.status(), StatusCode::OK, "{path} is for everybody");
            for method in [Method::POST, Method::PUT, Method::DELETE] {
                let answered = ask(shared, method, path, anybody).await;
                assert_eq!(answered.status(), StatusCode::METHOD_NOT_ALLOWED);
                assert_eq!(header(&answered, ALLOW), "GET, HEAD");
            }
        }
        node.shutdown().await.expect("an orderly end");
    }
}
