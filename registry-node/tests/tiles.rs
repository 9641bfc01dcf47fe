//! The log over HTTP and as a folder: real processes, stock paths, the same bytes.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jcm_format::caller::{Call, CallerProof, Nonce};
use jcm_format::tlog::{SignedCheckpoint, TileId, TileKind, TrustedCheckpoint, check_tiles};
use jcm_verify::{Access, PublishError, Publishing, publish_tiles};
use std::fs;
use std::path::Path;
use support::*;

const HASHES: Publishing = Publishing { with_entries: false, log_key: None };
const ALL: Publishing = Publishing { with_entries: true, log_key: None };

/// What the folder at `out` has is what its checkpoint says.
fn check_folder(out: &Path, with_entries: bool) -> u64 {
    let note = fs::read_to_string(out.join("checkpoint")).expect("published");
    let checkpoint = TrustedCheckpoint::open(&note, &log_key()).expect("signed");
    let head = checkpoint.checkpoint();
    let read = |tile: TileId| fs::read(out.join(tile.to_string())).ok();
    assert_eq!(check_tiles(head.size, &head.root, with_entries, read), Ok(()));
    head.size
}

#[tokio::test(flavor = "multi_thread")]
async fn the_folder_and_the_service_have_the_same_bytes() {
    let mut folder = Folder::with_registry();
    folder.more = "tiles_listen = \"127.0.0.1:0\"\n".to_owned();
    let running = folder.spawn();
    assert!(running.line.contains(" tiles=127.0.0.1:"), "{}", running.line);
    let mut client = running.client().await;
    let payment = populate(&mut client, 300).await;
    let out = tempfile::tempdir().expect("a folder");
    let first =
        publish_tiles(folder.path(), &Access::default(), out.path(), &HASHES).expect("published");
    assert_eq!(first.before, None);
    for unit in 1..=300 {
        accepted(&mut client, transfer(unit, Some(payment)), &["alpha"]).await;
    }
    let second =
        publish_tiles(folder.path(), &Access::default(), out.path(), &HASHES).expect("continued");
    assert_eq!(second.before, Some(first.size));
    assert!(256 < second.size);

    let (head, note) = get(&running.tiles, "/checkpoint").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert_eq!(note, fs::read(out.path().join("checkpoint")).expect("published"));
    let note = String::from_utf8(note).expect("text");
    let size = SignedCheckpoint::parse(&note).expect("a checkpoint").claimed().size;
    assert_eq!((size, size), (second.size, check_folder(out.path(), false)));
    for tile in TileId::all(size).filter(|tile| tile.kind() != TileKind::Entries) {
        let (head, bytes) = get(&running.tiles, &format!("/{tile}")).await;
        assert!(head.starts_with("HTTP/1.1 200"), "{tile}: {head}");
        assert!(head.contains("immutable"), "{head}");
        assert_eq!(bytes, fs::read(out.path().join(tile.to_string())).expect("published"));
    }
    let (head, _) = get(&running.tiles, "/tile/entries/000").await;
    assert!(head.starts_with("HTTP/1.1 401"), "{head}");
    check_entries(&running.tiles, folder.path(), size).await;
    let page = page(&running.metrics).await;
    assert!(page.contains("registry_tile_requests_total{outcome=\"DENIED\"} 6"), "{page}");
}

/// The proof of who asks for a path, as the header has it.
fn proof(who: &str, call: &str) -> String {
    let nonce = Nonce::from_bytes(command(register_project("MN009")).id.as_bytes().to_owned());
    let registry = origin();
    let call = Call { registry: &registry, method: call, message: None };
    let statement = call.statement(now(), nonce);
    let proof = CallerProof::sign(statement, &secret(who)).to_bytes();
    format!("Authorization: JCM {}\r\n", STANDARD.encode(proof))
}

/// An operator reads what everybody else is refused: what the folder has, written down.
async fn check_entries(address: &str, data: &Path, size: u64) {
    let out = tempfile::tempdir().expect("a folder");
    publish_tiles(data, &Access::default(), out.path(), &ALL).expect("published");
    let bundles = TileId::all(size).filter(|tile| tile.kind() == TileKind::Entries);
    for tile in bundles {
        let path = format!("/{tile}");
        let own = proof("op-1", &format!("GET {path}"));
        let (head, bytes) = get_with(address, &path, &own).await;
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("private"), "{head}");
        assert_eq!(bytes, fs::read(out.path().join(tile.to_string())).expect("published"));
        let (head, _) = get_with(address, &path, &own).await;
        assert!(head.starts_with("HTTP/1.1 401"), "a proof serves once: {head}");
    }
    let path = "/tile/entries/000";
    let refused = [
        (proof("alpha", "GET /tile/entries/000"), "403"),
        (proof("op-1", "GET /tile/entries/001.p/1"), "401"),
        ("Authorization: JCM AAAA\r\n".to_owned(), "401"),
    ];
    for (header, status) in refused {
        let (head, _) = get_with(address, path, &header).await;
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{header}: {head}");
        assert_eq!(head.contains("www-authenticate: JCM"), status == "401", "{head}");
    }
    let audit = fs::read_dir(data.join("audit")).expect("an audit folder");
    let lines: String = audit
        .map(|file| fs::read_to_string(file.expect("a file").path()).unwrap_or_default())
        .collect();
    assert!(lines.contains("tile/entries/000"), "the read is written down: {lines}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_continued_by_its_own_log_alone() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 10).await;
    let out = tempfile::tempdir().expect("a folder");
    let published =
        publish_tiles(folder.path(), &Access::default(), out.path(), &ALL).expect("published");
    assert_eq!(published.size, check_folder(out.path(), true));
    let again =
        publish_tiles(folder.path(), &Access::default(), out.path(), &ALL).expect("nothing new");
    assert_eq!((again.files, again.size), (0, published.size));
    node.shutdown().await.expect("an orderly end");

    // An older copy of this log, and another history under the same key.
    let older = Folder::with_registry();
    let refused = publish_tiles(older.path(), &Access::default(), out.path(), &ALL)
        .expect_err("it has one entry");
    assert!(matches!(refused, PublishError::Behind { .. }), "{refused}");
    let other = Folder::with_registry();
    let (node, mut client) = other.start().await;
    let payment = populate(&mut client, 10).await;
    accepted(&mut client, transfer(1, Some(payment)), &["alpha"]).await;
    node.shutdown().await.expect("an orderly end");
    let refused = publish_tiles(other.path(), &Access::default(), out.path(), &ALL)
        .expect_err("another history");
    assert!(matches!(refused, PublishError::OtherHistory { .. }), "{refused}");
    // The key that was published, and a folder that holds something else.
    let secret = jcm_format::key::SecretKey::from_seed(&[3; 32]);
    let key = jcm_format::tlog::VerifierKey::new(
        origin().as_ref(),
        jcm_format::tlog::KeyType::Ed25519,
        &secret.public_key(),
    );
    let pinned = Publishing { with_entries: true, log_key: Some(key.expect("a key")) };
    let refused = publish_tiles(folder.path(), &Access::default(), out.path(), &pinned)
        .expect_err("another key");
    assert!(matches!(refused, PublishError::Checkpoint(_)), "{refused}");
    assert_eq!(published.size, check_folder(out.path(), true), "untouched");
    fs::write(out.path().join("checkpoint"), "something else").expect("writable");
    let refused = publish_tiles(folder.path(), &Access::default(), out.path(), &ALL)
        .expect_err("not a checkpoint");
    assert!(matches!(refused, PublishError::NotACheckpoint(_)), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_changed_byte_of_a_small_folder_is_found() {
    let folder = Folder::with_registry();
    let (node, _) = folder.start().await;
    node.shutdown().await.expect("an orderly end");
    let out = tempfile::tempdir().expect("a folder");
    publish_tiles(folder.path(), &Access::default(), out.path(), &ALL).expect("published");
    let note = fs::read_to_string(out.path().join("checkpoint")).expect("published");
    let head = TrustedCheckpoint::open(&note, &log_key()).expect("signed").checkpoint().clone();
    let mut changes = 0;
    for tile in TileId::all(head.size) {
        let original = fs::read(out.path().join(tile.to_string())).expect("published");
        for at in 0..original.len() {
            let mut changed = original.clone();
            changed[at] ^= 0x20;
            let read = |asked: TileId| {
                if asked == tile {
                    return Some(changed.clone());
                }
                fs::read(out.path().join(asked.to_string())).ok()
            };
            assert!(check_tiles(head.size, &head.root, true, read).is_err(), "{tile} {at}");
            changes += 1;
        }
    }
    assert!(32 < changes, "{changes}");
    for at in 0..note.len() {
        let mut changed = note.clone().into_bytes();
        changed[at] ^= 0x20;
        let changed = String::from_utf8(changed);
        let opened = changed.map(|note| TrustedCheckpoint::open(&note, &log_key()));
        assert!(!matches!(opened, Ok(Ok(_))), "{at}");
    }
}
