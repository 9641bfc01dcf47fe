//! Witnesses: what is released, under what, and what is not; restarts in between.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use jcm_api::pb;
use jcm_format::envelope::SignedCommand;
use jcm_format::tlog::{
    Evidence, ProofFile, SignedCheckpoint, TrustedCheckpoint, Verdict, VerifierKey,
};
use jcm_tests::certificates::{Authority, For};
use jcm_verify::{OpenedWitness, Protection, create_witness, open_witness, serve_witness};
use registry_node::Node;
use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use support::*;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_stream::StreamExt as _;
use tonic::{Code, Status};

/// A witness on a port of its own, that can be stopped and started again.
struct Witness {
    folder: TempDir,
    key: VerifierKey,
    address: SocketAddr,
    running: Option<(Runtime, fs::File)>,
}

impl Witness {
    /// A witness that does not run.
    fn stopped(name: &str) -> Witness {
        let folder = tempfile::tempdir().expect("a folder");
        let key = create_witness(folder.path(), name, &Protection::Unencrypted).expect("made");
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("bound");
        Witness { folder, key, address, running: None }
    }

    fn running(name: &str) -> Witness {
        let mut witness = Witness::stopped(name);
        witness.start();
        witness
    }

    fn start(&mut self) {
        let opened = open_witness(self.folder.path(), vec![log_key()], None).expect("opened");
        let OpenedWitness { witness, lock, .. } = opened;
        let listener = std::net::TcpListener::bind(self.address).expect("its own port");
        listener.set_nonblocking(true).expect("set");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            serve_witness(Arc::new(witness), listener).await;
        });
        self.running = Some((runtime, lock));
    }

    /// Ends it as the end of its process would: with every connection.
    fn stop(&mut self) {
        if let Some((runtime, _)) = self.running.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Writes a policy of `quorum` of these witnesses, and gives the lines to configure it.
fn section(folder: &Path, quorum: usize, witnesses: &[&Witness], settings: &str) -> String {
    let lines: String = (0..)
        .zip(witnesses)
        .map(|(n, one)| format!("witness w{n} {} http://{}\n", one.key, one.address))
        .collect();
    let names: Vec<String> = (0..witnesses.len()).map(|n| format!("w{n}")).collect();
    let policy =
        format!("log {}\n{lines}group g {quorum} {}\nquorum g\n", log_key(), names.join(" "));
    let path = folder.join("policy");
    fs::write(&path, policy).expect("a file");
    let path = path.display().to_string();
    format!("[witnesses]\npolicy = {path:?}\n{settings}\n")
}

const WAIT: &str = "when_missing = \"wait\"\nanswer_ms = 300\ntimeout_ms = 100";
const PATIENT: &str = "when_missing = \"wait\"\nanswer_ms = 60000";
const MARK: &str = "when_missing = \"mark\"";

/// Verifies a receipt and that so many of the witnesses cosigned it.
fn check_witnessed(receipt: &str, witnesses: &[&Witness], quorum: usize) {
    let keys: Vec<VerifierKey> = witnesses.iter().map(|one| one.key.clone()).collect();
    let proof: ProofFile = receipt.parse().expect("a proof file");
    let entry = proof.extra().expect("the entry").to_vec();
    proof.verify_witnessed(&entry, &log_key(), &keys, quorum).expect("witnessed");
}

fn cosignatures(note: &str, witnesses: &[&Witness]) -> usize {
    let keys: Vec<VerifierKey> = witnesses.iter().map(|one| one.key.clone()).collect();
    let checkpoint = TrustedCheckpoint::open(note, &log_key()).expect("signed");
    checkpoint.cosignatures(&keys).expect("they verify").len()
}

async fn newest(client: &mut Client) -> (String, pb::Witnessing) {
    let answer = client.get_checkpoint(pb::GetCheckpointRequest {}).await.expect("told");
    let answer = answer.into_inner();
    (answer.checkpoint.clone(), answer.witnessing())
}

async fn size(client: &mut Client) -> u64 {
    let (note, _) = newest(client).await;
    SignedCheckpoint::parse(&note).expect("a checkpoint").claimed().size
}

async fn receipt(client: &mut Client, signed: &SignedCommand) -> Result<String, Status> {
    let command = jcm_format::command::Command::parse(&signed.payload).expect("ours");
    let command_id = command.id.as_bytes().to_vec();
    let answer = client.get_receipt(pb::GetReceiptRequest { command_id }).await?;
    Ok(answer.into_inner().receipt)
}

async fn submit(client: &mut Client, signed: &SignedCommand) -> Result<String, Status> {
    Ok(client.submit(request(signed.clone())).await?.into_inner().receipt)
}

/// Sends the same bytes until there is a receipt; only what may be tried again is.
async fn submit_until_told(client: &mut Client, signed: &SignedCommand) -> String {
    loop {
        match submit(client, signed).await {
            Ok(receipt) => return receipt,
            Err(status) if status.code() == Code::Unavailable => {
                assert_eq!(reason(&status), "NOT_WITNESSED");
            }
            Err(status) => panic!("{status:?}"),
        }
    }
}

fn appoint(person: &str) -> SignedCommand {
    use jcm_format::command::{Body, Role};
    let key = possessed(&secret(person), &Role::Operator(name(person)));
    signed(Body::AppointOperator { person: name(person), key }, &["authority-1", "authority-2"])
}

#[tokio::test(flavor = "multi_thread")]
async fn two_of_three_are_enough_and_receipts_stay_the_same() {
    for settings in [PATIENT, MARK] {
        let up = [Witness::running("witness.example/a"), Witness::running("witness.example/b")];
        let down = Witness::stopped("witness.example/c");
        let witnesses = [&down, &up[0], &up[1]];
        let mut folder = Folder::with_registry();
        folder.more = section(folder.path(), 2, &witnesses, settings);
        let (node, mut client) = folder.start().await;
        let commands: Vec<_> = (1..=5).map(|n| appoint(&format!("op-{n}"))).collect();
        let mut receipts = Vec::new();
        for command in &commands {
            let told = submit(&mut client, command).await.expect("accepted");
            check_witnessed(&told, &witnesses, 2);
            assert_eq!(submit(&mut client, command).await.expect("repeated"), told);
            assert_eq!(receipt(&mut client, command).await.expect("known"), told);
            receipts.push(told);
        }
        let (note, witnessing) = newest(&mut client).await;
        assert_eq!((cosignatures(&note, &witnesses), witnessing), (2, pb::Witnessing::Quorum));
        let page = page(&node.metrics_addr().expect("a page").to_string()).await;
        assert!(page.contains("registry_witnessed 1"), "{page}");
        assert!(page.contains("registry_entries 6") && page.contains("registry_tree_size 6"));
        assert!(page.contains("{witness=\"w0\",outcome=\"UNREACHABLE\"}"), "{page}");
        check_history(&mut client, &note, 6).await;
        node.shutdown().await.expect("an orderly end");

        let (node, mut client) = folder.start().await;
        assert_eq!(newest(&mut client).await, (note, pb::Witnessing::Quorum));
        for (command, told) in commands.iter().zip(&receipts) {
            assert_eq!(&receipt(&mut client, command).await.expect("known"), told);
            assert_eq!(&submit(&mut client, command).await.expect("repeated"), told);
        }
        node.shutdown().await.expect("an orderly end");
        let successor = hand_over(&folder);
        let (node, mut client) = successor.start().await;
        for (command, told) in commands.iter().zip(&receipts) {
            assert_eq!(&receipt(&mut client, command).await.expect("known"), told);
        }
        node.shutdown().await.expect("an orderly end");
    }
}

/// A successor's folder, made from a handover as its README says.
fn hand_over(folder: &Folder) -> Folder {
    let out = tempfile::tempdir().expect("a folder");
    let out = out.path().join("handover");
    registry_node::handover(&folder.config(), &out).expect("handed over");
    let successor = Folder::with_key();
    for (from, to) in
        [("registry.jcmlog", "log/00000000000000000000.seg"), ("releases", "witness/releases")]
    {
        let to = successor.path().join(to);
        fs::create_dir_all(to.parent().expect("a folder")).expect("made");
        fs::copy(out.join(from), to).expect("copied");
    }
    Folder { more: folder.more.clone(), ..successor }
}

/// Every checkpoint there was can be had, in pages, from a size and from a time on.
async fn check_history(client: &mut Client, newest: &str, entries: u64) {
    let mut all: Vec<pb::PublishedCheckpoint> = Vec::new();
    let mut page_token = String::new();
    loop {
        let request = pb::ListCheckpointsRequest { page_size: 2, page_token, ..Default::default() };
        let page = client.list_checkpoints(request).await.expect("listed").into_inner();
        all.extend(page.checkpoints);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let sizes: Vec<u64> = all.iter().map(|one| one.size).collect();
    assert_eq!(sizes, (1..=entries).collect::<Vec<_>>());
    for one in &all {
        let opened = TrustedCheckpoint::open(&one.checkpoint, &log_key()).expect("signed");
        assert_eq!(opened.checkpoint().size, one.size);
    }
    assert_eq!(all.last().map(|one| one.checkpoint.as_str()), Some(newest));
    let list = async |client: &mut Client, from_size, from_time_ms| {
        let request = pb::ListCheckpointsRequest { from_size, from_time_ms, ..Default::default() };
        client.list_checkpoints(request).await.map(|page| page.into_inner().checkpoints)
    };
    let from_size = list(client, 4, 0).await.expect("listed");
    assert_eq!(from_size, all[3..]);
    let time = all[2].time_ms;
    let first = all.iter().position(|one| time <= one.time_ms).expect("one");
    assert_eq!(list(client, 0, time).await.expect("listed"), all[first..]);
    assert_eq!(list(client, 0, u64::MAX).await.expect("listed"), []);
    assert_eq!(list(client, entries + 1, 0).await.expect("listed"), []);
    let both = list(client, 1, 1).await.expect_err("both");
    assert_eq!((both.code(), field(&both).as_str()), (Code::InvalidArgument, "from_time_ms"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_told_before_the_quorum_has_seen_it() {
    let up = Witness::running("witness.example/a");
    let mut late = Witness::stopped("witness.example/b");
    let mut folder = Folder::with_registry();
    folder.more = "tiles_listen = \"127.0.0.1:0\"\n".to_owned()
        + &section(folder.path(), 2, &[&up, &late], WAIT);
    let command = appoint("op-1");
    for round in 0..2 {
        let (node, mut client) = folder.start().await;
        let refused = submit(&mut client, &command).await.expect_err("not witnessed");
        let told = (refused.code(), reason(&refused));
        assert_eq!(told, (Code::Unavailable, "NOT_WITNESSED".to_owned()), "{round}");
        check_untold(&node, &mut client, &command).await;
        let shown = newest(&mut client).await.0;
        assert_eq!(published(&folder), shown, "nor is it in the folder of tiles");
        node.shutdown().await.expect("an orderly end");
    }
    // What was recorded is released when the witness is back, however long it was away:
    // the other one, which cosigned long before, is not asked again.
    let (node, mut client) = folder.start().await;
    let metrics = node.metrics_addr().expect("a page").to_string();
    while !page(&metrics).await.contains("{witness=\"w1\",outcome=\"UNREACHABLE\"} 2") {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    late.start();
    let told = submit_until_told(&mut client, &command).await;
    check_witnessed(&told, &[&up, &late], 2);
    assert_eq!(size(&mut client).await, 2, "recorded once");
    assert_eq!(published(&folder), newest(&mut client).await.0, "with the cosignatures");
    assert_eq!(receipt(&mut client, &command).await.expect("known"), told);
    let (_, witnessing) = newest(&mut client).await;
    assert_eq!(witnessing, pb::Witnessing::Quorum);
    assert!(page(&metrics).await.contains("{witness=\"w0\",outcome=\"COSIGNED\"} 1"));
    node.shutdown().await.expect("an orderly end");
}

/// One entry is durable, and nobody can see it.
async fn check_untold(node: &Node, client: &mut Client, command: &SignedCommand) {
    let (note, witnessing) = newest(client).await;
    let shown = SignedCheckpoint::parse(&note).expect("a checkpoint").claimed().size;
    assert_eq!((shown, witnessing), (1, pb::Witnessing::Missing));
    let unknown = receipt(client, command).await.expect_err("not told");
    // Not NOT_FOUND, which a client takes for a rejection.
    assert_eq!((unknown.code(), reason(&unknown).as_str()), (Code::Unavailable, "NOT_WITNESSED"));
    let entry = client.get_entry(pb::GetEntryRequest { entry: 1 }).await.expect_err("not told");
    assert_eq!(entry.code(), Code::NotFound);
    let proof = pb::GetConsistencyProofRequest { old_size: 1, new_size: 2 };
    let proof = client.get_consistency_proof(proof).await.expect_err("not told");
    assert_eq!(proof.code(), Code::InvalidArgument);
    let inclusion = pb::GetInclusionProofRequest { entry: 1 };
    assert!(client.get_inclusion_proof(inclusion).await.is_err());
    let history = pb::ListCheckpointsRequest::default();
    let history = client.list_checkpoints(history).await.expect("listed").into_inner();
    assert_eq!(history.checkpoints.len(), 1);
    let mut log = client.read_log(pb::ReadLogRequest { from_entry: 0 }).await.expect("read");
    let mut frames = 0;
    while let Some(frame) = log.get_mut().next().await {
        frame.expect("a frame");
        frames += 1;
    }
    assert_eq!(frames, 1);
    let tiles = node.tiles_addr().expect("served").to_string();
    let (head, body) = get(&tiles, "/checkpoint").await;
    assert!(head.starts_with("HTTP/1.1 200") && body == note.as_bytes());
    let (head, _) = get(&tiles, "/tile/0/000.p/2").await;
    assert!(head.starts_with("HTTP/1.1 404"), "{head}");
    let page = page(&node.metrics_addr().expect("a page").to_string()).await;
    assert!(page.contains("registry_entries 1") && page.contains("registry_tree_size 2"), "{page}");
}

/// Publishes the folder, and gives the checkpoint that was published.
fn published(folder: &Folder) -> String {
    let out = tempfile::tempdir().expect("a folder");
    let publishing = jcm_verify::Publishing { with_entries: true, log_key: Some(log_key()) };
    jcm_verify::publish_tiles(
        folder.path(),
        &jcm_verify::Access::default(),
        out.path(),
        &publishing,
    )
    .expect("published");
    fs::read_to_string(out.path().join("checkpoint")).expect("published")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_tells_later_what_it_had_not_told() {
    let up = Witness::running("witness.example/a");
    let mut late = Witness::stopped("witness.example/b");
    let mut folder = Folder::with_registry();
    folder.more = section(folder.path(), 2, &[&up, &late], WAIT);
    let commands = [appoint("op-1"), appoint("op-2")];
    let running = folder.spawn();
    let mut client = running.client().await;
    for command in &commands {
        let refused = submit(&mut client, command).await.expect_err("not witnessed");
        assert_eq!(reason(&refused), "NOT_WITNESSED");
    }
    running.kill();
    let running = folder.spawn();
    let mut client = running.client().await;
    assert_eq!(size(&mut client).await, 1);
    late.start();
    let mut receipts = Vec::new();
    for command in &commands {
        let told = submit_until_told(&mut client, command).await;
        check_witnessed(&told, &[&up, &late], 2);
        receipts.push(told);
    }
    running.kill();
    let running = folder.spawn();
    let mut client = running.client().await;
    for (command, told) in commands.iter().zip(&receipts) {
        assert_eq!(&receipt(&mut client, command).await.expect("known"), told);
    }
    assert_eq!(size(&mut client).await, 3);
    // A copy that was made while it runs, in the order of the guide, says the same.
    let copy = Folder { dir: tempfile::tempdir().expect("a folder"), more: folder.more.clone() };
    for part in ["witness", "log", "keys"] {
        copy_files(&folder.path().join(part), &copy.path().join(part));
    }
    running.kill();
    let (node, mut client) = copy.start().await;
    for (command, told) in commands.iter().zip(&receipts) {
        assert_eq!(&receipt(&mut client, command).await.expect("known"), told);
    }
    node.shutdown().await.expect("an orderly end");
}

fn copy_files(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for file in fs::read_dir(from).expect("a folder") {
        let file = file.expect("a file");
        fs::copy(file.path(), to.join(file.file_name())).expect("copied");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_witnessed_is_released_and_marked_if_the_operator_chose_so() {
    let mut witness = Witness::stopped("witness.example/a");
    let mut folder = Folder::with_registry();
    let first = appoint("op-1");
    // Before there were witnesses.
    let (node, mut client) = folder.start().await;
    let mut receipts = vec![(first.clone(), submit(&mut client, &first).await.expect("accepted"))];
    assert_eq!(newest(&mut client).await.1, pb::Witnessing::None);
    node.shutdown().await.expect("an orderly end");

    folder.more = section(folder.path(), 1, &[&witness], MARK);
    let (node, mut client) = folder.start().await;
    let second = appoint("op-2");
    let told = submit(&mut client, &second).await.expect("released all the same");
    let (note, witnessing) = newest(&mut client).await;
    assert_eq!((cosignatures(&note, &[&witness]), witnessing), (0, pb::Witnessing::Missing));
    let metrics = page(&node.metrics_addr().expect("a page").to_string()).await;
    assert!(metrics.contains("registry_witnessed 0"), "{metrics}");
    assert!(metrics.contains("registry_releases_total{outcome=\"UNWITNESSED\"} 1"), "{metrics}");
    receipts.push((second, told));

    witness.start();
    let mut n = 3;
    loop {
        let command = appoint(&format!("op-{n}"));
        let told = submit(&mut client, &command).await.expect("released");
        receipts.push((command, told));
        if newest(&mut client).await.1 == pb::Witnessing::Quorum {
            break;
        }
        n += 1;
        // It was left alone for a while after it could not be reached.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let (_, last) = receipts.last().expect("some");
    check_witnessed(last, &[&witness], 1);
    node.shutdown().await.expect("an orderly end");

    // Off, on with the other setting, off: a receipt is what it was.
    let on = section(folder.path(), 1, &[&witness], PATIENT);
    for more in [String::new(), on.clone(), on, String::new()] {
        folder.more = more;
        let (node, mut client) = folder.start().await;
        for (command, told) in &receipts {
            assert_eq!(&receipt(&mut client, command).await.expect("known"), told);
        }
        n += 1;
        let command = appoint(&format!("op-{n}"));
        let told = submit(&mut client, &command).await.expect("accepted");
        receipts.push((command, told));
        node.shutdown().await.expect("an orderly end");
    }
    // Whatever it was released under, every receipt verifies.
    for (_, told) in &receipts {
        check_witnessed(told, &[&witness], 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_to_a_witness_covers_what_came_meanwhile() {
    let witness = Witness::running("witness.example/a");
    let mut folder = Folder::with_registry();
    // Every command is a batch of its own.
    folder.more =
        section(folder.path(), 1, &[&witness], PATIENT) + "[limits]\nbatch_entries_max = 1\n";
    let (node, client) = folder.start().await;
    let tasks: Vec<_> = (0..64)
        .map(|n| {
            let mut client = client.clone();
            tokio::spawn(async move {
                submit(&mut client, &appoint(&format!("op-{n}"))).await.expect("accepted")
            })
        })
        .collect();
    let mut heads = BTreeSet::new();
    for task in tasks {
        let receipt = task.await.expect("no panic");
        check_witnessed(&receipt, &[&witness], 1);
        let proof: ProofFile = receipt.parse().expect("a proof file");
        heads.insert(proof.checkpoint().claimed().size);
    }
    assert!(heads.len() < 64, "several batches under one checkpoint: {heads:?}");
    node.shutdown().await.expect("an orderly end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_with_another_history_is_released_by_no_witness() {
    let witness = Witness::running("witness.example/a");
    let mut honest = Folder::with_registry();
    honest.more = section(honest.path(), 1, &[&witness], PATIENT);
    let (node, mut client) = honest.start().await;
    for n in 1..=2 {
        submit(&mut client, &appoint(&format!("op-{n}"))).await.expect("accepted");
    }
    node.shutdown().await.expect("an orderly end");

    // The same key signs another history, as long as the first and longer.
    let mut forked = Folder::with_registry();
    forked.more = section(forked.path(), 1, &[&witness], WAIT);
    let (node, mut client) = forked.start().await;
    for n in 1..=4 {
        let refused = submit(&mut client, &appoint(&format!("spy-{n}"))).await;
        assert_eq!(reason(&refused.expect_err("nobody cosigned")), "NOT_WITNESSED");
    }
    assert_eq!(size(&mut client).await, 1);
    let metrics = loop {
        let metrics = page(&node.metrics_addr().expect("a page").to_string()).await;
        if metrics.contains("{witness=\"w0\",outcome=\"INCONSISTENT\"}") {
            break metrics;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(!metrics.contains("outcome=\"COSIGNED\""), "{metrics}");
    node.shutdown().await.expect("an orderly end");
    // The witness has it in writing.
    let texts = evidence(witness.folder.path());
    let verdicts: Vec<Verdict> = texts
        .iter()
        .map(|text| Evidence::open(text, &log_key()).expect("signed by the log").verdict())
        .collect();
    assert!(verdicts.iter().any(|verdict| verdict.is_contradiction()), "{verdicts:?}");
}

fn evidence(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).expect("a folder");
    let paths: BTreeSet<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    let is_evidence = |path: &&PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("evi"))
    };
    paths.iter().filter(is_evidence).map(|path| fs::read_to_string(path).expect("text")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_lost_what_was_released_is_not_run() {
    let witness = Witness::running("witness.example/a");
    let mut folder = Folder::with_registry();
    folder.more = section(folder.path(), 1, &[&witness], PATIENT);
    let older = tempfile::tempdir().expect("a folder");
    copy_files(&folder.path().join("log"), &older.path().join("log"));
    let (node, mut client) = folder.start().await;
    submit(&mut client, &appoint("op-1")).await.expect("accepted");
    node.shutdown().await.expect("an orderly end");

    // An older copy of the log under what was released since.
    fs::remove_dir_all(folder.path().join("log")).expect("ours");
    copy_files(&older.path().join("log"), &folder.path().join("log"));
    for more in [folder.more.clone(), String::new()] {
        folder.more = more;
        let ended = folder.run_to_end("run", &[]);
        assert_eq!(ended.code, Some(65), "{ended:?}");
        assert!(ended.stderr.contains("the log lost entries"), "{ended:?}");
    }
    // Without that record, the witness itself remembers.
    folder.more = section(folder.path(), 1, &[&witness], WAIT);
    fs::remove_dir_all(folder.path().join("witness")).expect("ours");
    let (node, mut client) = folder.start().await;
    let refused = submit(&mut client, &appoint("op-9")).await.expect_err("never witnessed");
    assert_eq!(reason(&refused), "NOT_WITNESSED");
    node.shutdown().await.expect("an orderly end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_witness_elsewhere_is_asked_over_tls_by_its_authority_alone() {
    let witness = Witness::running("witness.example/a");
    let mut folder = Folder::with_registry();
    let authority = Authority::new("the witness's authority");
    let ca = authority.write(&folder.path().join("ca.pem"));
    let files = authority.issue(folder.path(), "witness", For::Server, &["localhost"]);
    let address = tls_in_front(&files, witness.address).await;
    let plain = section(folder.path(), 1, &[&witness], MARK);
    let policy = folder.path().join("policy");
    let text = fs::read_to_string(&policy).expect("ours");
    let text = text.replace(
        &format!("http://{}", witness.address),
        &format!("https://localhost:{}", address.port()),
    );
    fs::write(&policy, text).expect("ours");
    for (ca, expected) in [
        (format!("ca = {:?}\n", ca.display().to_string()), pb::Witnessing::Quorum),
        (String::new(), pb::Witnessing::Missing),
    ] {
        folder.more = plain.clone() + &ca;
        let (node, mut client) = folder.start().await;
        let person = format!("op-{}", ca.len());
        submit(&mut client, &appoint(&person)).await.expect("released");
        assert_eq!(newest(&mut client).await.1, expected, "{ca}");
        node.shutdown().await.expect("an orderly end");
    }
}

/// A TLS server that passes on what it is sent.
async fn tls_in_front(files: &jcm_tests::certificates::Files, to: SocketAddr) -> SocketAddr {
    use rustls::pki_types::pem::PemObject as _;
    use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = CertificateDer::pem_file_iter(&files.certificate).expect("PEM");
    let chain = chain.collect::<Result<Vec<_>, _>>().expect("PEM");
    let key = PrivateKeyDer::from_pem_file(&files.key).expect("PEM");
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("TLS 1.3")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("they belong together");
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut tls) = acceptor.accept(tcp).await else { return };
                let mut plain = tokio::net::TcpStream::connect(to).await.expect("it listens");
                let _ = tokio::io::copy_bidirectional(&mut tls, &mut plain).await;
            });
        }
    });
    address
}

#[test]
fn a_policy_that_cannot_be_followed_is_told_at_start() {
    let witness = Witness::stopped("witness.example/a");
    let mut folder = Folder::with_registry();
    folder.more = section(folder.path(), 1, &[&witness], WAIT);
    let policy = folder.path().join("policy");
    let good = fs::read_to_string(&policy).expect("ours");
    let address = format!("http://{}", witness.address);
    let key = jcm_format::key::SecretKey::from_seed(&[3; 32]).public_key();
    let other = VerifierKey::new("a.log", jcm_format::tlog::KeyType::Ed25519, &key);
    let other = good.replace(&log_key().to_string(), &other.expect("a key").to_string());
    let cases = [
        (good.replace("group g 1 w0", "group g 2 w0"), "line 3: the threshold"),
        (good.replace(&address, ""), "too few for the quorum"),
        (good.replace(&address, "http://witness.example"), "the address of witness w0"),
        ("quorum none\n".to_owned(), "the quorum of the policy is none"),
    ];
    for (text, told) in cases {
        fs::write(&policy, text).expect("ours");
        for command in ["check-config", "run"] {
            let ended = folder.run_to_end(command, &[]);
            assert_eq!(ended.code, Some(64), "{ended:?}");
            assert!(ended.stderr.contains(told), "{ended:?}");
        }
    }
    fs::write(&policy, other).expect("ours");
    let ended = folder.run_to_end("run", &[]);
    assert_eq!(ended.code, Some(64), "{ended:?}");
    assert!(ended.stderr.contains("none with this registry's key"), "{ended:?}");
    fs::remove_file(&policy).expect("ours");
    assert_eq!(folder.run_to_end("check-config", &[]).code, Some(66));
}

#[test]
fn the_policy_of_the_guide_is_one() {
    let guide = include_str!("../../docs/operating/witnesses.md");
    let policy = guide.split("```").find(|block| block.starts_with("\nlog ")).expect("a policy");
    let mut text = policy.to_owned();
    for seed in 1..=3 {
        let key = jcm_format::key::SecretKey::from_seed(&[seed; 32]).public_key();
        let kind = jcm_format::tlog::KeyType::Cosignature;
        let key = VerifierKey::new("w", kind, &key).expect("a key");
        text = text.replacen("VKEY", &key.to_string(), 1);
    }
    let policy: jcm_format::tlog::Policy = text.parse().expect("as it stands there");
    // The ministry is the first: two of three, of which it must be one.
    for (cosigned, enough) in
        [(&[0, 1][..], true), (&[0, 2], true), (&[1, 2], false), (&[0], false), (&[0, 1, 2], true)]
    {
        assert_eq!(policy.is_met(|place| cosigned.contains(&place)), enough, "{cosigned:?}");
    }
}
