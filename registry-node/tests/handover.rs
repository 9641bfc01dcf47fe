//! Handing the registry over, and copies of the private data, with the program as
//! an operator runs it.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use jcm_api::pb;
use jcm_format::command::{Body, RecordPayment};
use jcm_format::hash::Digest;
use jcm_tests::acts::{digest, erase};
use jcm_verify::Options;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use support::*;

/// The program, with the words of a command before the configuration.
fn run(folder: &Folder, words: &[&str], target: &Path) -> Ended {
    let config = folder.config_file();
    let output = program().args(words).arg("--config").arg(config).arg(target).output();
    Ended::from(output.expect("it starts"))
}

/// A payment whose payer's name is in the private store.
fn payer(reference: &str, digest: Digest) -> Body {
    let Body::RecordPayment(payment) = payment(reference, 100, None) else { panic!("a payment") };
    Body::RecordPayment(RecordPayment { payer: Some(digest), ..payment })
}

async fn pay(client: &mut Client, reference: &str) -> Digest {
    let (data, digest) = committed(reference.as_bytes());
    let mut request = request(signed(payer(reference, digest), &["op-1"]));
    request.private_data.push(data);
    client.submit(request).await.expect("recorded");
    digest
}

/// A stopped registry with two payers, one of them erased.
async fn stopped() -> (Folder, Digest, Digest, String) {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let payment = populate(&mut client, 100).await;
    let [kept, erased] = [pay(&mut client, "one").await, pay(&mut client, "two").await];
    accepted(&mut client, erase(erased), &["op-1", "op-2"]).await;
    accepted(&mut client, transfer(1, Some(payment)), &["alpha"]).await;
    let totals = client.get_totals(pb::GetTotalsRequest {}).await.expect("told").into_inner();
    node.shutdown().await.expect("stopped");
    (folder, kept, erased, totals.state_digest)
}

fn files_in(folder: &Path, top: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for item in fs::read_dir(folder).expect("a folder") {
        let path: PathBuf = item.expect("readable").path();
        if path.is_dir() {
            files.extend(files_in(&path, top));
        } else {
            files.push(path.strip_prefix(top).expect("within").display().to_string());
        }
    }
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handover_holds_what_a_successor_needs() {
    let (folder, kept, erased, state_digest) = stopped().await;
    let out = folder.path().join("handover");
    let ended = run(&folder, &["handover"], &out);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("registry registry.test/jcm\n"), "{ended:?}");

    let report = jcm_verify::verify_path(&out.join("registry.jcmlog"), &Options::full());
    let report = report.expect("readable");
    assert!(report.ok, "{report:?}");
    let manifest = fs::read_to_string(out.join("manifest.json")).expect("written");
    let manifest: Value = serde_json::from_str(&manifest).expect("JSON");
    assert_eq!(manifest["state_digest"], state_digest.as_str());
    assert_eq!(manifest["erased"][0], erased.to_string().as_str());
    assert_eq!(manifest["basis"], "指定実施機関省令第13条");
    let mut listed = vec!["manifest.json".to_owned()];
    for file in manifest["files"].as_array().expect("a list") {
        let path = file["path"].as_str().expect("a path");
        let content = fs::read(out.join(path)).expect("there");
        assert_eq!(file["sha256"], Digest::of(&[&content]).to_string().as_str(), "{path}");
        assert_eq!(file["bytes"].as_u64(), u64::try_from(content.len()).ok(), "{path}");
        listed.push(path.to_owned());
    }
    listed.sort();
    assert_eq!(files_in(&out, &out), listed, "the manifest lists everything");
    for wanted in [
        "README.en.md".to_owned(),
        "README.ja.md".to_owned(),
        "fees/month.csv".to_owned(),
        "publication/holders.csv".to_owned(),
        "publication/publication.json".to_owned(),
        format!("private/{kept}"),
    ] {
        assert!(listed.contains(&wanted), "{wanted} in {listed:?}");
    }
    let year = jcm_format::command::book_year(now().date_in_japan());
    let books = fs::read_to_string(out.join(format!("books/{year}.json"))).expect("written");
    assert!(books.contains("\"payments_yen\""), "{books}");
    assert!(!listed.contains(&format!("private/{erased}")));

    let again = run(&folder, &["handover"], &out);
    assert_eq!(again.code, Some(73), "{again:?}");
    assert!(again.stderr.contains("exists; nothing was written"), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_successor_goes_on_from_a_handover() {
    let (folder, kept, _, state_digest) = stopped().await;
    let out = folder.path().join("handover");
    assert_eq!(run(&folder, &["handover"], &out).code, Some(0));
    let successor = Folder::with_key();
    let log = successor.path().join("log");
    fs::create_dir(&log).expect("a folder");
    let segment = log.join("00000000000000000000.seg");
    fs::copy(out.join("registry.jcmlog"), segment).expect("copied");
    let restored = run(&successor, &["private", "restore"], &out.join("private"));
    assert_eq!(restored.code, Some(0), "{restored:?}");
    assert!(restored.stdout.starts_with("restored 1\n"), "{restored:?}");
    assert_eq!(private_files(&successor), [kept.to_string()]);
    let (node, mut client) = successor.start().await;
    let totals = client.get_totals(pb::GetTotalsRequest {}).await.expect("told").into_inner();
    assert_eq!(totals.state_digest, state_digest);
    accepted(&mut client, register_project("MN777"), &["op-1"]).await;
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_node_is_not_handed_over_but_its_private_data_are_backed_up() {
    let (folder, kept, _, _) = stopped().await;
    let (node, client) = folder.start().await;
    let out = folder.path().join("handover");
    let ended = run(&folder, &["handover"], &out);
    assert_eq!((ended.code, out.exists()), (Some(75), false), "{ended:?}");
    let backup = folder.path().join("backup");
    let ended = run(&folder, &["private", "backup"], &backup);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(files_in(&backup, &backup), [kept.to_string()]);
    let ended = run(&folder, &["private", "backup"], &backup);
    assert_eq!(ended.code, Some(73), "{ended:?}");
    let ended = run(&folder, &["private", "restore"], &backup);
    assert_eq!(ended.code, Some(75), "{ended:?}");
    drop(client);
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_takes_only_what_belongs_there() {
    let (folder, kept, erased, _) = stopped().await;
    let backup = folder.path().join("backup");
    assert_eq!(run(&folder, &["private", "backup"], &backup).code, Some(0));
    let store = folder.path().join("private");
    let content = fs::read(backup.join(kept.to_string())).expect("copied");
    fs::remove_file(store.join(kept.to_string())).expect("own file");
    // What a backup from before the erasure would have, and what is nobody's.
    fs::write(backup.join(erased.to_string()), b"anything").expect("own file");
    fs::write(backup.join(digest("nobody's").to_string()), b"anything").expect("own file");
    fs::write(backup.join("notes.txt"), b"anything").expect("own file");
    let ended = run(&folder, &["private", "restore"], &backup);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.stdout, "restored 1\nleft out as erased 1\nleft out as unknown 1\n");
    assert_eq!(fs::read(store.join(kept.to_string())).expect("back"), content);
    assert_eq!(private_files(&folder), [kept.to_string()]);

    let mut damaged = content;
    damaged[33] ^= 1;
    fs::write(backup.join(kept.to_string()), &damaged).expect("own file");
    let ended = run(&folder, &["private", "restore"], &backup);
    assert_eq!(ended.code, Some(65), "{ended:?}");
    assert!(ended.stderr.contains(&kept.to_string()), "{ended:?}");
    fs::write(store.join(kept.to_string()), &damaged).expect("own file");
    let again = folder.path().join("again");
    let ended = run(&folder, &["private", "backup"], &again);
    assert_eq!((ended.code, files_in(&again, &again).len()), (Some(65), 0), "{ended:?}");
    let ended = run(&folder, &["private", "restore"], &folder.path().join("missing"));
    assert_eq!(ended.code, Some(66), "{ended:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_with_nothing_in_it_restores_nothing_and_says_so() {
    let (folder, _, _, _) = stopped().await;
    let wrong = folder.path().join("wrong");
    fs::create_dir(&wrong).expect("a folder");
    for file in [None, Some("notes.txt")] {
        if let Some(file) = file {
            fs::write(wrong.join(file), b"anything").expect("own file");
        }
        let ended = run(&folder, &["private", "restore"], &wrong);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(66), ""), "{ended:?}");
        let told = format!("found nothing to restore in {}", wrong.display());
        assert!(ended.stderr.contains(&told), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handover_that_stops_leaves_nothing() {
    let (folder, kept, _, _) = stopped().await;
    let file = folder.path().join("private").join(kept.to_string());
    let content = fs::read(&file).expect("there");
    fs::write(&file, b"damaged").expect("own file");
    let out = folder.path().join("handover");
    let ended = run(&folder, &["handover"], &out);
    assert_eq!(ended.code, Some(65), "{ended:?}");
    assert!(ended.stderr.contains(&kept.to_string()), "{ended:?}");
    let unfinished = folder.path().join("handover.unfinished");
    assert!(!out.exists() && !unfinished.exists());
    // Once that is mended, the same command succeeds.
    fs::write(&file, content).expect("own file");
    assert_eq!(run(&folder, &["handover"], &out).code, Some(0));
    assert!(out.exists() && !unfinished.exists());
}
