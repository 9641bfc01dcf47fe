//! Commands sent again, sent elsewhere, and sent when the clock has moved.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use jcm_api::pb;
use jcm_format::command::Command;
use jcm_format::entry::SealedEntry;
use jcm_format::envelope::SignedCommand;
use jcm_format::frame::Frame;
use jcm_format::time::Timestamp;
use jcm_format::tlog::Origin;
use std::path::{Path, PathBuf};
use support::*;
use tonic::Code;

const HOUR_MS: u64 = 3_600_000;

#[tokio::test(flavor = "multi_thread")]
async fn a_command_sent_again_by_anybody_does_nothing_more() {
    let folder = Folder::with_registry();
    let node = folder.spawn();
    let mut client = node.client().await;
    let payment = populate(&mut client, 10).await;
    let signed = signed(transfer(1, Some(payment)), &["alpha"]);
    let first = client.submit(request(signed.clone())).await.expect("recorded").into_inner();
    let size = entries(&mut client).await;
    // Read in the log by somebody who may, and sent by somebody else.
    let mut stranger = node.client().await;
    let entry = stranger.get_entry(pb::GetEntryRequest { entry: first.entry }).await;
    let entry = SealedEntry::open(entry.expect("shown").into_inner().entry).expect("an entry");
    let replayed = pb::SignedCommand::from(entry.entry().command.clone());
    assert_eq!(replayed, pb::SignedCommand::from(signed.clone()));
    for _ in 0..3 {
        let request = pb::SubmitRequest { command: Some(replayed.clone()), ..Default::default() };
        let again = stranger.submit(request).await.expect("the receipt").into_inner();
        assert_eq!(again, first);
    }
    assert_eq!(entries(&mut client).await, size);
    // The same id with another content, signed by its owner.
    let mut other = Command::parse(&signed.payload).expect("a command");
    other.body = transfer(2, Some(payment));
    let status = client.submit(request(sign(&other, &["alpha"]))).await.expect_err("not a second");
    assert_eq!(status.code(), Code::AlreadyExists, "{status:?}");
    // Another's signature beside the same bytes.
    let mut swapped = signed.clone();
    swapped.signatures[0].key = secret("beta").public_key();
    let status = client.submit(request(swapped)).await.expect_err("not beta's");
    assert_eq!(status.code(), Code::Unauthenticated, "{status:?}");
    assert_eq!(entries(&mut client).await, size);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_for_another_registry_is_refused_by_name() {
    let folder = Folder::with_registry();
    let node = folder.spawn();
    let mut client = node.client().await;
    let payment = populate(&mut client, 10).await;
    let mut elsewhere = command(transfer(1, Some(payment)));
    elsewhere.registry = "elsewhere.example/jcm".parse::<Origin>().expect("an origin");
    let size = entries(&mut client).await;
    let status = client.submit(request(sign(&elsewhere, &["alpha"]))).await.expect_err("not ours");
    assert_eq!(reason(&status), "WRONG_REGISTRY", "{status:?}");
    assert_eq!(entries(&mut client).await, size);
}

async fn entries(client: &mut Client) -> u64 {
    client.get_registry(pb::GetRegistryRequest {}).await.expect("described").into_inner().entries
}

/// The library that moves the clock of a process, which `tests/run.sh` installs.
/// Nothing where there is none and nobody said that there has to be.
fn library() -> Option<PathBuf> {
    let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"];
    let found = folders.iter().map(|folder| Path::new(folder).join("faketime/libfaketimeMT.so.1"));
    let found = found.into_iter().find(|path| path.exists());
    if found.is_none() {
        let needed = std::env::var_os("JCM_TESTS_NEED_TOOLS").is_some();
        assert!(!needed, "faketime is not installed");
        eprintln!("SKIPPED: there is no faketime on this machine");
    }
    found
}

/// A node whose clock stands in a file, and goes on from there.
struct Moved {
    folder: Folder,
    library: PathBuf,
}

impl Moved {
    fn new() -> Option<Moved> {
        library().map(|library| Moved { folder: Folder::with_registry(), library })
    }

    /// Moves the clock by hours, at once, even of a running node.
    fn by(&self, hours: i32) {
        let path = self.folder.path().join("clock");
        std::fs::write(path, format!("{hours:+}h\n")).expect("a file");
    }

    fn spawn(&self) -> Running {
        let mut process = program();
        process.arg("run").arg("--config").arg(self.folder.config_file());
        process.env("LD_PRELOAD", &self.library);
        process.env("FAKETIME_TIMESTAMP_FILE", self.folder.path().join("clock"));
        process.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        process.env("DONT_FAKE_MONOTONIC", "1");
        self.folder.spawn_with(&mut process)
    }
}

/// Times of all entries, from the files.
fn times(folder: &Folder) -> Vec<Timestamp> {
    let mut segments: Vec<PathBuf> = std::fs::read_dir(folder.path().join("log"))
        .expect("a log")
        .map(|file| file.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "seg"))
        .collect();
    segments.sort();
    let mut times = Vec::new();
    for segment in segments {
        let bytes = std::fs::read(segment).expect("a segment");
        let mut rest = &bytes[jcm_format::frame::MAGIC.len()..];
        while !rest.is_empty() {
            let (frame, taken) = Frame::decode(rest).expect("a frame");
            for entry in frame.entries {
                times.push(SealedEntry::open(entry).expect("an entry").entry().time);
            }
            rest = &rest[taken..];
        }
    }
    times
}

fn valid_until(body: jcm_format::command::Body, until: Timestamp) -> SignedCommand {
    let mut command = command(body);
    command.valid_until = until;
    sign(&command, &["op-1"])
}

fn ago(hours: u64) -> Timestamp {
    Timestamp::from_ms(now().as_ms() - hours * HOUR_MS).expect("after 1970")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_moves_moves_no_entry_back() {
    let Some(moved) = Moved::new() else { return };
    moved.by(0);
    let node = moved.spawn();
    let mut client = node.client().await;
    populate(&mut client, 1).await;
    let start = now();

    // Forward by two hours, while it runs: what is valid until then has expired.
    moved.by(2);
    let late = valid_until(payment("late", 1, None), start.saturating_add_ms(HOUR_MS));
    let status = client.submit(request(late.clone())).await.expect_err("expired");
    assert_eq!(reason(&status), "COMMAND_EXPIRED", "{status:?}");
    let until = start.saturating_add_ms(3 * HOUR_MS);
    let ahead = valid_until(payment("ahead", 1, None), until);
    let receipt = client.submit(request(ahead.clone())).await.expect("recorded").into_inner();
    let forward = *times(&moved.folder).last().expect("one");
    assert!(start.saturating_add_ms(2 * HOUR_MS - 60_000) < forward, "the clock has moved");

    // Back by five, while it runs, and over a restart: the record stays where it was.
    moved.by(-3);
    let back = valid_until(payment("back", 1, None), until);
    client.submit(request(back)).await.expect("recorded");
    assert_eq!(*times(&moved.folder).last().expect("one"), forward);
    // What had expired by the record has expired, whatever the clock says.
    let status = client.submit(request(late)).await.expect_err("expired for good");
    assert_eq!(reason(&status), "COMMAND_EXPIRED", "{status:?}");
    // The same command gives the same receipt at any time.
    let again = client.submit(request(ahead.clone())).await.expect("repeated").into_inner();
    assert_eq!(again, receipt);
    node.terminate();
    assert_eq!(node.wait().code(), Some(0));
    let node = moved.spawn();
    let mut client = node.client().await;
    let again = client.submit(request(ahead)).await.expect("repeated").into_inner();
    assert_eq!(again, receipt);
    client.submit(request(valid_until(payment("after", 1, None), until))).await.expect("recorded");
    let times = times(&moved.folder);
    assert!(times.is_sorted(), "{times:?}");
    assert_eq!(*times.last().expect("one"), forward);
    assert!(ago(1) < times[0], "nothing is older than this test");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_far_in_the_past_or_future_stops_nothing() {
    let Some(moved) = Moved::new() else { return };
    // Twelve years back: before the first entry.
    moved.by(-100_000);
    let node = moved.spawn();
    let mut client = node.client().await;
    populate(&mut client, 1).await;
    let recorded = times(&moved.folder);
    assert!(recorded.is_sorted() && recorded.iter().all(|time| *time == recorded[0]));
    // Ten years on: everything signed with today's clock has expired, and nothing else
    // happens.
    moved.by(87_600);
    let status = client.submit(request(signed(payment("x", 1, None), &["op-1"]))).await;
    assert_eq!(reason(&status.expect_err("expired")), "COMMAND_EXPIRED");
    assert_eq!(times(&moved.folder), recorded);
    moved.by(0);
    accepted(&mut client, payment("y", 1, None), &["op-1"]).await;
    assert!(times(&moved.folder).is_sorted());
}
