//! A witness that is not ours, `aics-witness`, and the program: it cosigns a log that grows, and
//! not another history under the same key.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use jcm_format::command::{Body, Role};
use jcm_format::envelope::SignedCommand;
use jcm_format::tlog::{ProofFile, VerifierKey};
use jcm_tests::interop::python_tool;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command as Process, Stdio};
use std::time::Duration;
use support::*;
use tempfile::TempDir;
use tonic::Code;

/// The witness, which can be stopped and started again.
struct Stock {
    folder: TempDir,
    key: VerifierKey,
    running: Option<Child>,
}

impl Stock {
    /// Makes a witness of the test registry's log; `None` where it is not installed.
    fn new() -> Option<Stock> {
        python_tool("aics-witness")?;
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("witness.json").display().to_string();
        let made = say(&["init", "--config", &config, "--name", "witness.example/stock"]);
        let key = made.trim_end().parse().expect("a key");
        let (origin, log) = (log_key().name().to_owned(), log_key().to_string());
        say(&["add-log", "--config", &config, "--origin", &origin, "--vkey", &log]);
        Some(Stock { folder, key, running: None })
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("witness.json")
    }

    /// Starts it on a port of the system's choice; gives its address.
    fn start(&mut self) -> String {
        let mut process = python_tool("aics-witness").expect("installed");
        process.args(["serve", "--listen", "127.0.0.1:0", "--config"]).arg(self.config());
        let mut child = process.stderr(Stdio::piped()).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let address = lines.find_map(|line| {
            let line = line.expect("text");
            let (_, rest) = line.split_once("listening on ")?;
            rest.split(' ').next().map(str::to_owned)
        });
        // It goes on writing, and must not wait for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        self.running = Some(child);
        address.expect("it listens")
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.running.take() {
            let sent = Process::new("kill").arg(child.id().to_string()).status();
            assert!(sent.expect("kill is there").success());
            child.wait().expect("it ends");
        }
    }

    /// Has a node ask it, and wait for it.
    fn configure(&self, folder: &mut Folder, address: &str) {
        let policy =
            format!("log {}\nwitness stock {} {address}\nquorum stock\n", log_key(), self.key);
        let path = folder.path().join("policy");
        fs::write(&path, policy).expect("a file");
        let path = path.display().to_string();
        folder.more =
            format!("[witnesses]\npolicy = {path:?}\nwhen_missing = \"wait\"\nanswer_ms = 300\n");
    }

    /// The signed requests that it kept because they contradict what it cosigned.
    fn evidence(&self) -> Vec<serde_json::Value> {
        let config = self.config().display().to_string();
        serde_json::from_str(&say(&["evidence", "--config", &config])).expect("JSON")
    }
}

impl Drop for Stock {
    fn drop(&mut self) {
        if let Some(child) = &mut self.running {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Runs one of its commands to the end.
fn say(arguments: &[&str]) -> String {
    let mut process = python_tool("aics-witness").expect("installed");
    let output = process.args(arguments).output().expect("it starts");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stdout).expect("text")
}

fn appoint(person: &str) -> SignedCommand {
    let key = possessed(&secret(person), &Role::Operator(name(person)));
    signed(Body::AppointOperator { person: name(person), key }, &["authority-1", "authority-2"])
}

/// Sends the same bytes until there is a receipt, as callers are told to.
async fn receipt(client: &mut Client, signed: &SignedCommand) -> String {
    loop {
        match client.submit(request(signed.clone())).await {
            Ok(told) => return told.into_inner().receipt,
            Err(status) => assert_eq!(reason(&status), "NOT_WITNESSED", "{status:?}"),
        }
    }
}

/// The receipt's checkpoint, with the witness's line, proves the entry.
fn check(receipt: &str, key: &VerifierKey) -> u64 {
    let proof: ProofFile = receipt.parse().expect("a proof file");
    let entry = proof.extra().expect("the entry").to_vec();
    let keys = [key.clone()];
    let checkpoint = proof.verify_witnessed(&entry, &log_key(), &keys, 1).expect("witnessed");
    checkpoint.checkpoint().size
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stock_witness_cosigns_our_log_and_no_other_history_of_it() {
    let Some(mut stock) = Stock::new() else { return };
    let mut folder = Folder::with_registry();
    let address = stock.start();
    stock.configure(&mut folder, &address);
    let node = folder.spawn();
    let mut client = node.client().await;
    let mut sizes = Vec::new();
    for n in 1..=3 {
        sizes.push(check(&receipt(&mut client, &appoint(&format!("op-{n}"))).await, &stock.key));
    }
    assert_eq!(sizes, [2, 3, 4]);
    assert_eq!(stock.evidence(), Vec::<serde_json::Value>::new());

    // Both start again: the witness remembers where it was, and the node asks from there.
    node.terminate();
    assert!(node.wait().success());
    stock.stop();
    let address = stock.start();
    stock.configure(&mut folder, &address);
    let node = folder.spawn();
    let mut client = node.client().await;
    assert_eq!(check(&receipt(&mut client, &appoint("op-4")).await, &stock.key), 5);
    node.terminate();
    assert!(node.wait().success());

    // The same key, and another history, first shorter and then longer.
    let mut fork = Folder::with_registry();
    stock.configure(&mut fork, &address);
    let node = fork.spawn();
    let mut client = node.client().await;
    for n in 1..=6 {
        let refused = client.submit(request(appoint(&format!("op-{n}")))).await;
        let refused = refused.expect_err("not witnessed");
        assert_eq!(
            (refused.code(), reason(&refused).as_str()),
            (Code::Unavailable, "NOT_WITNESSED")
        );
    }
    let outcome = |which: &str| format!("{{witness=\"stock\",outcome=\"{which}\"}}");
    loop {
        let page = page(&node.metrics).await;
        assert!(!page.contains(&outcome("COSIGNED")), "{page}");
        if page.contains(&outcome("INCONSISTENT")) {
            assert!(page.contains(&outcome("AHEAD")) && page.contains("registry_witnessed 0"));
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    node.terminate();
    assert!(node.wait().success());
    let evidence = stock.evidence();
    assert!(!evidence.is_empty(), "the witness keeps what the log's key signed");
    assert_eq!(evidence[0]["witness_size"], serde_json::json!(5), "{}", evidence[0]);
}
