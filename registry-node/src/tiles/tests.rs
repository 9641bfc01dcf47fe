//! What is served over HTTP, asked of a node that runs on a registry of its own.

use super::answer::*;
use super::auditor;
use super::auditor::{Denied, MayRead};
use crate::access::Pass;
use crate::clock;
use crate::config::Config;
use crate::node::Node;
use crate::shared::Shared;
use crate::writer::Answer as Told;
use http_body_util::BodyExt as _;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderName, WWW_AUTHENTICATE};
use hyper::http::request::Parts;
use hyper::{Method, Request, StatusCode};
use jcm_api::pb;
use jcm_format::command::{Body, Command, Role};
use jcm_format::envelope::SignedCommand;
use jcm_format::hash::to_hex;
use jcm_format::id::CommandId;
use jcm_format::tlog::{SignedCheckpoint, check_tiles};
use jcm_format::tlog::{TileId, TileKind};
use jcm_tests::world::{genesis, name, origin, possessed, secret, sign};
use prost::Message as _;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use tempfile::TempDir;

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
    let folder = registry();
    let node = node(&folder).await;
    let shared = node.shared();
    // Several batches, so that a bundle is put together from several frames.
    for id in 2..=6 {
        appoint(shared, id).await;
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
    jcm_verify::publish_tiles(
        folder.path(),
        &jcm_verify::Access::default(),
        out.path(),
        &publishing,
    )
    .expect("published");
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
    let folder = registry();
    let node = node(&folder).await;
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

/// A folder with the test registry's key and its first entry.
fn registry() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let keys = folder.path().join("keys");
    fs::create_dir(&keys).expect("a folder");
    let path = keys.join("log.key");
    fs::write(&path, format!("{}\n", to_hex(&secret("log").seed()))).expect("a file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("own file");
    let genesis = signed(1, genesis(), &["authority-1", "authority-2"]);
    let genesis = pb::SignedCommand::from(genesis).encode_to_vec();
    crate::create(&config(&folder, ""), &genesis).expect("created");
    folder
}

/// Its configuration, with further lines.
fn config(folder: &TempDir, more: &str) -> Config {
    let text = format!("data_dir = {:?}\nlisten = \"127.0.0.1:0\"\n{more}", folder.path());
    Config::parse(&text).expect("a configuration")
}

/// A running node of it.
async fn node(folder: &TempDir) -> Node {
    Node::start(config(folder, "")).await.expect("started")
}

/// Has an operator appointed, in a batch of its own.
async fn appoint(shared: &Shared, id: u8) {
    let person = format!("op-{id}");
    let key = possessed(&secret(&person), &Role::Operator(name(&person)));
    let body = Body::AppointOperator { person: name(&person), key };
    let signed = signed(id, body, &["authority-1", "authority-2"]);
    let command = signed.verify(|key| key.admit()).expect("signed");
    let answered = shared.queue.push(command).expect("there is room");
    assert!(matches!(answered.await, Ok(Told::Recorded { .. })));
}

/// A command with this id, valid for an hour.
fn signed(id: u8, body: Body, signers: &[&str]) -> SignedCommand {
    let command = Command {
        registry: origin(),
        id: CommandId::from_bytes([id; CommandId::LEN]),
        valid_until: clock::now().saturating_add_ms(3_600_000),
        effect_digest: None,
        body,
    };
    sign(&command, signers)
}
