//! The program as an operator runs it: real processes on free ports, killed,
//! stopped, damaged and started again.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use jcm_api::pb;
use jcm_api::pb::list_history_request::Subject;
use jcm_format::envelope::SignedCommand;
use jcm_format::frame::{Frame, MAGIC};
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command as Process, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use support::*;
use tonic::Code;

#[test]
fn a_configuration_that_cannot_be_followed_ends_with_64() {
    let folder = Folder::with_key();
    let cases = [
        ("lissen = \"127.0.0.1:0\"\n", "lissen"),
        ("worker_threads = \"two\"\n", "worker_threads"),
        ("worker_threads = 0\n", "worker_threads = 0: write a number from 1 to 256"),
        ("[limits]\nqueue_length_max = 0\n", "limits.queue_length_max = 0"),
    ];
    for (line, told) in cases {
        let folder = Folder { more: line.to_owned(), dir: tempfile::tempdir().expect("a folder") };
        for command in ["check-config", "run", "init"] {
            let ended = folder.run_to_end(command, &[]);
            assert_eq!(ended.code, Some(64), "{ended:?}");
            assert!(ended.stderr.contains(told), "{ended:?}");
        }
    }
    let ended = folder.run_to_end("check-config", &[]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("queue_length_max = 4096"), "{ended:?}");
    let usage = Ended::from(program().arg("serve").output().expect("it starts"));
    assert_eq!(usage.code, Some(64), "{usage:?}");
    let missing = program().args(["run", "--config", "/nonexistent/node.toml"]).output();
    assert_eq!(Ended::from(missing.expect("it starts")).code, Some(66));
}

#[test]
fn init_makes_a_key_then_a_registry_and_never_a_second_one() {
    let folder = Folder { dir: tempfile::tempdir().expect("a folder"), more: String::new() };
    let first = folder.run_to_end("init", &[]);
    assert_eq!(first.code, Some(0), "{first:?}");
    assert!(first.stdout.starts_with("log-key "), "{first:?}");
    assert_eq!(folder.run_to_end("init", &[]).stdout, first.stdout, "the same key again");
    let ended = folder.run_to_end("run", &[]);
    assert_eq!(ended.code, Some(66), "there is no registry yet: {ended:?}");

    // A genesis command that names another key creates nothing.
    let genesis = folder.path().join("genesis");
    fs::write(&genesis, genesis_bytes()).expect("a file");
    let genesis = genesis.display().to_string();
    let ended = folder.run_to_end("init", &["--genesis", &genesis]);
    assert_eq!(ended.code, Some(64), "{ended:?}");

    let folder = Folder::with_key();
    let created = folder.run_to_end("init", &["--genesis", &genesis]);
    assert_eq!(created.code, Some(0), "{created:?}");
    assert!(created.stdout.contains("registry registry.test/jcm\ngenesis "), "{created:?}");
    let before = fs::read(segment(&folder)).expect("a segment");
    let again = folder.run_to_end("init", &["--genesis", &genesis]);
    assert_eq!(again.code, Some(73), "{again:?}");
    assert_eq!(fs::read(segment(&folder)).expect("a segment"), before);

    for (bytes, code) in [(b"no genesis".to_vec(), 64), (Vec::new(), 64)] {
        fs::write(&genesis, bytes).expect("a file");
        let folder = Folder::with_key();
        assert_eq!(folder.run_to_end("init", &["--genesis", &genesis]).code, Some(code));
    }
    let ended = Folder::with_key().run_to_end("init", &["--genesis", "/nonexistent"]);
    assert_eq!(ended.code, Some(66), "{ended:?}");
}

#[test]
fn init_makes_no_second_key_for_a_registry_that_lost_its_own() {
    let folder = Folder::with_registry();
    let key = folder.path().join("keys/log.key");
    fs::remove_file(&key).expect("own file");
    let ended = folder.run_to_end("init", &[]);
    assert_eq!(ended.code, Some(66), "{ended:?}");
    assert!(ended.stderr.contains("restore it"), "{ended:?}");
    assert!(!key.exists());
}

/// The last segment of the log.
fn segment(folder: &Folder) -> PathBuf {
    let files = fs::read_dir(folder.path().join("log")).expect("a log");
    let mut segments: Vec<PathBuf> = files
        .map(|file| file.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "seg"))
        .collect();
    segments.sort();
    segments.pop().expect("one at least")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_is_turned_away_and_a_signal_stops_the_first() {
    let folder = Folder::with_registry();
    let running = folder.spawn();
    assert!(running.line.starts_with("listening grpc=127.0.0.1:"), "{}", running.line);
    let addresses = folder.path().join("run/addresses");
    assert_eq!(fs::read_to_string(&addresses).expect("written"), running.line);

    let second = folder.run_to_end("run", &[]);
    assert_eq!(second.code, Some(75), "{second:?}");
    let taken = Folder::with_registry();
    fs::write(
        taken.config_file(),
        format!(
            "data_dir = {:?}\nlisten = \"{}\"\n",
            taken.path().display().to_string(),
            running.grpc
        ),
    )
    .expect("a file");
    let config = taken.path().join("node.toml");
    let ended =
        Ended::from(program().arg("run").arg("--config").arg(config).output().expect("it starts"));
    assert_eq!(ended.code, Some(69), "{ended:?}");
    assert!(ended.stderr.contains(&running.grpc), "{ended:?}");

    let mut client = running.client().await;
    populate(&mut client, 1).await;
    running.terminate();
    assert_eq!(running.wait().code(), Some(0));
    assert!(!addresses.exists(), "no stale address");
}

/// What clients were told.
type Acknowledged = Vec<(SignedCommand, pb::SubmitResponse)>;

/// Transfers unit after unit until the node goes away.
async fn load(
    client: &Client,
    payment: jcm_format::id::EntryIndex,
    units: &Arc<AtomicU64>,
    acknowledged: Arc<AtomicU64>,
) -> Acknowledged {
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let (mut client, units) = (client.clone(), Arc::clone(units));
            let acknowledged = Arc::clone(&acknowledged);
            tokio::spawn(async move {
                let mut told = Vec::new();
                loop {
                    let unit = units.fetch_add(1, Ordering::Relaxed);
                    let signed = signed(transfer(unit, Some(payment)), &["alpha"]);
                    match client.submit(request(signed.clone())).await {
                        Ok(response) => told.push((signed, response.into_inner())),
                        Err(status) if status.code() == Code::ResourceExhausted => {}
                        // The connection broke, or the node said that it stops.
                        Err(_) => return told,
                    }
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let mut told = Vec::new();
    for task in tasks {
        told.extend(task.await.expect("no panic"));
    }
    told
}

/// Everything that was acknowledged is there, with the same receipts.
async fn check_kept(client: &mut Client, told: &Acknowledged) {
    for (signed, response) in told {
        check_receipt(response);
        let again = client.submit(request(signed.clone())).await.expect("repeated").into_inner();
        assert_eq!(again, *response);
    }
}

/// Rounds of load that end in a way of stopping; then nothing may be missing.
async fn nothing_is_lost(rounds: usize, stop: impl Fn(Running)) {
    let folder = Folder::with_registry();
    let mut running = folder.spawn();
    let mut client = running.client().await;
    let payment = populate(&mut client, 1_000_000).await;
    let units = Arc::new(AtomicU64::new(1));
    for _ in 0..rounds {
        let acknowledged = Arc::new(AtomicU64::new(0));
        let (loaded, counted) = (client.clone(), Arc::clone(&acknowledged));
        let more = Arc::clone(&units);
        let loading = tokio::spawn(async move { load(&loaded, payment, &more, counted).await });
        while acknowledged.load(Ordering::Relaxed) < 200 {
            tokio::task::yield_now().await;
        }
        stop(running);
        let told = loading.await.expect("no panic");
        assert!(200 <= told.len());
        running = folder.spawn();
        client = running.client().await;
        check_kept(&mut client, &told).await;
    }
    running.terminate();
    assert_eq!(running.wait().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_under_load_loses_nothing_acknowledged() {
    nothing_is_lost(3, Running::kill).await;
}

/// The order of `docs/operating/recovery.md`: the head, then one list of the
/// segments, then exactly those, by name.
fn copy_log(from: &std::path::Path, to: &std::path::Path) -> usize {
    fs::create_dir_all(to).expect("a folder");
    fs::copy(from.join("head"), to.join("head")).expect("copied");
    let mut segments: Vec<_> = files_in(from)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "seg"))
        .collect();
    segments.sort();
    for segment in &segments {
        let name = segment.file_name().expect("a name");
        fs::copy(segment, to.join(name)).expect("copied");
    }
    segments.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_made_under_load_opens() {
    // The shortest segments, so that new ones begin while copies are made.
    let mut folder = Folder::with_registry();
    folder.more = "segment_bytes = 65536\n".to_owned();
    let running = folder.spawn();
    let mut client = running.client().await;
    let payment = populate(&mut client, 1_000_000).await;
    let (units, acknowledged) = (Arc::new(AtomicU64::new(1)), Arc::new(AtomicU64::new(0)));
    let (loaded, counted) = (client.clone(), Arc::clone(&acknowledged));
    let loading = tokio::spawn(async move { load(&loaded, payment, &units, counted).await });
    let mut copies = Vec::new();
    for round in 1..=5 {
        while acknowledged.load(Ordering::Relaxed) < round * 100 {
            tokio::task::yield_now().await;
        }
        let copy = Folder::with_key();
        let segments = copy_log(&folder.path().join("log"), &copy.path().join("log"));
        copies.push((copy, round * 100, segments));
    }
    running.terminate();
    loading.await.expect("no panic");
    assert!(copies.iter().any(|(_, _, segments)| 1 < *segments));
    for (copy, least, _) in copies {
        let running = copy.spawn();
        let described = running.client().await.get_registry(pb::GetRegistryRequest {}).await;
        assert!(least < described.expect("described").into_inner().entries);
        running.terminate();
        assert_eq!(running.wait().code(), Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shutdown_under_load_loses_nothing_acknowledged() {
    nothing_is_lost(2, |running| {
        running.terminate();
        assert_eq!(running.wait().code(), Some(0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_shows_who_read_whose_data() {
    let folder = Folder::with_registry();
    let audit = |command: &str| {
        let mut process = program();
        let process = process.args(["audit", command, "--config"]).arg(folder.config_file());
        Ended::from(process.output().expect("the program starts"))
    };
    let running = folder.spawn();
    let mut client = running.client().await;
    populate(&mut client, 10).await;
    let nothing = audit("check");
    assert_eq!(nothing.code, Some(0), "{}", nothing.stderr);
    assert!(nothing.stdout.starts_with("lines 0\nremoved before 0\nhead 00"), "{nothing:?}");
    for account in [ALPHA, BETA] {
        client.get_account(pb::GetAccountRequest { account }).await.expect("reads");
    }
    // While it runs.
    let shown = audit("show");
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    let lines: Vec<&str> = shown.stdout.lines().collect();
    assert_eq!(lines.len(), 5, "{shown:?}");
    assert!(
        lines[1].contains(" authority authority-1 GetAccount account 1002 (key "),
        "{}",
        lines[1]
    );
    assert_eq!(lines[2], "lines 2");
    let checked = audit("check");
    assert_eq!(checked.stdout, lines[2..].join("\n") + "\n");
    running.kill();

    // A line that was changed is named, and nobody reads on unseen.
    let file = folder.path().join("audit/00000001.jsonl");
    let text = fs::read_to_string(&file).expect("text");
    fs::write(&file, text.replace("account 1001", "account 1002")).expect("own file");
    let broken = audit("check");
    assert_eq!(broken.code, Some(65), "{broken:?}");
    assert!(broken.stderr.contains("line 2 of "), "{}", broken.stderr);
    assert!(broken.stderr.contains("does not follow the line before"), "{}", broken.stderr);
    assert_eq!(folder.run_to_end("run", &[]).code, Some(65));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_index_is_built_anew() {
    let folder = Folder::with_registry();
    let running = folder.spawn();
    populate(&mut running.client().await, 10).await;
    let before = history(&mut running.client().await).await;
    running.terminate();
    running.wait();
    for file in files_in(&folder.path().join("index")) {
        let length = fs::metadata(&file).expect("a file").len();
        fs::write(&file, vec![0x5a; usize::try_from(length).expect("small")]).expect("own file");
    }
    let running = folder.spawn();
    assert_eq!(history(&mut running.client().await).await, before);
    running.terminate();
    running.wait();
    fs::remove_dir_all(folder.path().join("index")).expect("own folder");
    let running = folder.spawn();
    assert_eq!(history(&mut running.client().await).await, before);
}

fn files_in(folder: &std::path::Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for item in fs::read_dir(folder).expect("a folder") {
        let path = item.expect("readable").path();
        if path.is_dir() {
            files.extend(files_in(&path));
        } else {
            files.push(path);
        }
    }
    files
}

async fn history(client: &mut Client) -> pb::ListHistoryResponse {
    let subject = Some(Subject::Account(ALPHA));
    let request = pb::ListHistoryRequest { subject, ..Default::default() };
    client.list_history(request).await.expect("known").into_inner()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_log_stops_the_start_and_names_the_place() {
    let folder = Folder::with_registry();
    let running = folder.spawn();
    populate(&mut running.client().await, 10).await;
    running.terminate();
    running.wait();
    let segment = segment(&folder);
    let whole = fs::read(&segment).expect("a segment");
    let mut damaged = whole.clone();
    // The second frame: neither the first, nor a tail that could be torn.
    let (_, first) = Frame::decode(&whole[MAGIC.len()..]).expect("a frame");
    let offset = MAGIC.len() + first;
    damaged[offset + 40] ^= 1;
    fs::write(&segment, &damaged).expect("own file");
    let ended = folder.run_to_end("run", &[]);
    assert_eq!(ended.code, Some(65), "{ended:?}");
    let name = segment.file_name().expect("a name").to_string_lossy().into_owned();
    assert!(ended.stderr.contains(&name), "{ended:?}");
    assert!(ended.stderr.contains(&format!("at byte {offset}")), "{ended:?}");
    assert_eq!(fs::read(&segment).expect("a segment"), damaged, "nothing was changed");
    fs::write(&segment, &whole).expect("own file");
    folder.spawn();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_torn_tail_is_cut_off() {
    let folder = Folder::with_registry();
    let running = folder.spawn();
    populate(&mut running.client().await, 10).await;
    let before = running.client().await.get_checkpoint(pb::GetCheckpointRequest {}).await;
    let before = before.expect("one").into_inner();
    running.terminate();
    running.wait();
    let segment = segment(&folder);
    let whole = fs::read(&segment).expect("a segment");
    let (_, first) = Frame::decode(&whole[MAGIC.len()..]).expect("a frame");
    let mut file = fs::OpenOptions::new().append(true).open(&segment).expect("own file");
    file.write_all(&whole[MAGIC.len()..MAGIC.len() + first / 2]).expect("written");
    let running = folder.spawn();
    let after = running.client().await.get_checkpoint(pb::GetCheckpointRequest {}).await;
    assert_eq!(after.expect("one").into_inner(), before);
    assert_eq!(fs::read(&segment).expect("a segment"), whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_write_stops_the_node_and_loses_nothing_acknowledged() {
    let mut folder = Folder::with_registry();
    // As fast as the disk takes it.
    folder.more = "[limits]\nsubmissions_burst = 1000000\n".to_owned();
    let running = folder.spawn();
    let payment = populate(&mut running.client().await, 1_000_000).await;
    running.terminate();
    running.wait();
    // No file may grow beyond this many blocks: sooner or later the log cannot.
    let script = "trap '' XFSZ; ulimit -f 2500; exec \"$0\" run --config \"$1\"";
    let mut limited = Process::new("sh");
    limited.arg("-c").arg(script).arg(PROGRAM.expect("built")).arg(folder.config_file());
    let running = folder.spawn_with(limited.stderr(Stdio::inherit()));
    let client = running.client().await;
    let units = Arc::new(AtomicU64::new(1));
    let told = load(&client, payment, &units, Arc::default()).await;
    assert_eq!(running.wait().code(), Some(70));
    assert!(!told.is_empty());
    let running = folder.spawn();
    check_kept(&mut running.client().await, &told).await;
}
