//! Twin registries: two registries, each with a witness of the other, all of them real
//! processes. What one of them releases, the other has seen.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use jcm_api::pb;
use jcm_format::command::{Body, Command, Role};
use jcm_format::envelope::{CommandSignature, SignedCommand};
use jcm_format::hash::to_hex;
use jcm_format::id::CommandId;
use jcm_format::key::SecretKey;
use jcm_format::tlog::{KeyType, Origin, ProofFile, VerifierKey};
use prost::Message as _;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use support::{Folder, Running, genesis, name, now, possessed, secret, verifier};
use tempfile::TempDir;

/// A witness in a process of its own.
struct Witness {
    child: Child,
    address: String,
}

impl Witness {
    /// Makes a witness, and gives its key.
    fn create(folder: &Path, called: &str) -> VerifierKey {
        let made = Process::new(verifier())
            .args(["witness", "--create", called, "--data"])
            .arg(folder)
            .output()
            .expect("it starts");
        assert!(made.status.success(), "{made:?}");
        String::from_utf8(made.stdout).expect("text").trim_end().parse().expect("a key")
    }

    fn spawn(folder: &Path, log: &VerifierKey, listen: &str) -> Witness {
        let mut child = Process::new(verifier())
            .args(["witness", "--listen", listen, "--log", &log.to_string(), "--data"])
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut line = String::new();
        let output = child.stdout.take().expect("piped");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let address = line.split_whitespace().find_map(|part| part.strip_prefix("http="));
        let address = address.unwrap_or_else(|| panic!("not listening: {line:?}")).to_owned();
        Witness { child, address }
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One registry of the pair: its name, its key, its folder, and the witness that it runs
/// for the other.
struct Side {
    origin: Origin,
    log: SecretKey,
    folder: Folder,
    witness_folder: TempDir,
    witness_key: VerifierKey,
}

impl Side {
    fn new(country: &str, seed: u8) -> Side {
        let origin: Origin = format!("registry.{country}.example/jcm").parse().expect("an origin");
        let log = SecretKey::from_seed(&[seed; 32]);
        let folder = Folder { dir: tempfile::tempdir().expect("a folder"), more: String::new() };
        let keys = folder.path().join("keys");
        fs::create_dir(&keys).expect("a folder");
        let path = keys.join("log.key");
        fs::write(&path, format!("{}\n", to_hex(&log.seed()))).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("own file");
        let witness_folder = tempfile::tempdir().expect("a folder");
        let called = format!("witness.{country}.example");
        let witness_key = Witness::create(witness_folder.path(), &called);
        let side = Side { origin, log, folder, witness_folder, witness_key };
        let mut first = genesis();
        if let Body::Genesis(genesis) = &mut first {
            genesis.log_key = side.log.public_key();
        }
        let first = pb::SignedCommand::from(side.signed(1, first)).encode_to_vec();
        registry_node::create(&side.folder.config(), &first).expect("created");
        side
    }

    fn key(&self) -> VerifierKey {
        VerifierKey::new(self.origin.as_ref(), KeyType::Ed25519, &self.log.public_key())
            .expect("a key")
    }

    fn signed(&self, id: u8, body: Body) -> SignedCommand {
        let command = Command {
            registry: self.origin.clone(),
            id: CommandId::from_bytes([id; CommandId::LEN]),
            valid_until: now().saturating_add_ms(3_600_000),
            effect_digest: None,
            body,
        };
        let mut signed = SignedCommand { payload: command.to_payload(), signatures: Vec::new() };
        for signer in ["authority-1", "authority-2"] {
            let signer = secret(signer);
            let signature = signer.sign(&signed.signed_bytes());
            signed.signatures.push(CommandSignature { key: signer.public_key(), signature });
        }
        signed
    }

    /// Starts the node, which releases nothing that the other side's witness has not seen.
    fn start(&mut self, other: &Side, witness: &Witness) -> Running {
        let policy = self.folder.path().join("policy");
        let text = format!(
            "log {}\nwitness twin {} http://{}\nquorum twin\n",
            self.key(),
            other.witness_key,
            witness.address
        );
        fs::write(&policy, text).expect("a file");
        self.folder.more = format!(
            "[witnesses]\npolicy = {:?}\nwhen_missing = \"wait\"\nanswer_ms = 500\n",
            policy.display().to_string()
        );
        self.folder.spawn()
    }

    fn appoint(&self, id: u8) -> SignedCommand {
        let person = format!("op-{id}");
        let mut key = possessed(&secret(&person), &Role::Operator(name(&person)));
        let challenge = jcm_format::envelope::possession_challenge(
            &self.origin,
            &Role::Operator(name(&person)),
            &secret(&person).public_key(),
        );
        key.possession = secret(&person).sign(&challenge);
        self.signed(id, Body::AppointOperator { person: name(&person), key })
    }
}

async fn submit(running: &Running, signed: &SignedCommand) -> Result<String, tonic::Status> {
    // Whoever proves who calls proves it to the registry of the other tests.
    let mut client = support::connect_as(&format!("http://{}", running.grpc), None).await;
    Ok(client.submit(support::request(signed.clone())).await?.into_inner().receipt)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_registries_release_nothing_that_the_other_has_not_seen() {
    let (mut japan, mut partner) = (Side::new("japan", 11), Side::new("partner", 12));
    // Each side runs a witness for the log of the other.
    let for_partner = Witness::spawn(japan.witness_folder.path(), &partner.key(), "127.0.0.1:0");
    let for_japan = Witness::spawn(partner.witness_folder.path(), &japan.key(), "127.0.0.1:0");
    let at_partner = partner.start(&japan, &for_partner);
    let at_japan = japan.start(&partner, &for_japan);
    for id in 2..=4 {
        for (side, other, running) in
            [(&japan, &partner, &at_japan), (&partner, &japan, &at_partner)]
        {
            let receipt = submit(running, &side.appoint(id)).await.expect("accepted");
            let proof: ProofFile = receipt.parse().expect("a proof file");
            let entry = proof.extra().expect("the entry").to_vec();
            let keys = [other.witness_key.clone()];
            proof.verify_witnessed(&entry, &side.key(), &keys, 1).expect("the other has seen it");
        }
    }
    // The witness at Japan's is taken down: the partner releases nothing, Japan goes on.
    let address = for_partner.address.clone();
    drop(for_partner);
    let waiting = partner.appoint(5);
    let refused = submit(&at_partner, &waiting).await.expect_err("not seen");
    assert_eq!(support::reason(&refused), "NOT_WITNESSED");
    submit(&at_japan, &japan.appoint(5)).await.expect("its own witness is there");
    let _back = Witness::spawn(japan.witness_folder.path(), &partner.key(), &address);
    loop {
        match submit(&at_partner, &waiting).await {
            Ok(_) => break,
            Err(status) => assert_eq!(support::reason(&status), "NOT_WITNESSED"),
        }
    }
    // Anybody can ask a witness what it has seen.
    let log = jcm_format::hash::Digest::of(&[japan.origin.as_ref().as_bytes()]);
    let (head, note) = support::get(&for_japan.address, &format!("/{log}/checkpoint")).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let note = String::from_utf8(note).expect("text");
    let seen = jcm_format::tlog::TrustedCheckpoint::open(&note, &japan.key()).expect("signed");
    assert_eq!(seen.checkpoint().size, 5);
    assert!(seen.cosignature(&partner.witness_key).is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_witness_program_says_what_it_wants() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().display().to_string();
    let run = |arguments: &[&str]| {
        let output = Process::new(verifier()).arg("witness").args(arguments).output();
        support::Ended::from(output.expect("it starts"))
    };
    let key = support::log_key().to_string();
    let missing = run(&["--data", &data, "--log", &key]);
    assert_eq!(missing.code, Some(66), "{missing:?}");
    assert!(missing.stderr.contains("make one with --create NAME"), "{missing:?}");
    let made = Witness::create(folder.path(), "witness.example");
    let again = run(&["--data", &data, "--create", "witness.example"]);
    assert_eq!(again.code, Some(73), "{again:?}");
    let nobody = run(&["--data", &data]);
    assert_eq!(nobody.code, Some(64), "{nobody:?}");
    assert!(nobody.stderr.contains("name the logs to witness"), "{nobody:?}");
    let other_way_round = run(&["--data", &data, "--log", &made.to_string()]);
    assert_eq!(other_way_round.code, Some(64), "{other_way_round:?}");
    let key_file = folder.path().join("witness.key");
    fs::set_permissions(&key_file, fs::Permissions::from_mode(0o644)).expect("own file");
    let exposed = run(&["--data", &data, "--log", &key]);
    assert_eq!(exposed.code, Some(64), "{exposed:?}");
    fs::set_permissions(&key_file, fs::Permissions::from_mode(0o600)).expect("own file");
    let witness = Witness::spawn(folder.path(), &support::log_key(), "127.0.0.1:0");
    let second = run(&["--data", &data, "--log", &key, "--listen", "127.0.0.1:0"]);
    assert_eq!(second.code, Some(75), "{second:?}");
    // What a stranger sends.
    for (request, status) in [
        ("GET / HTTP/1.1", "404"),
        ("GET /add-checkpoint HTTP/1.1", "405"),
        ("POST /add-checkpoint HTTP/1.1\r\nContent-Length: 3", "400"),
        ("POST /add-checkpoint HTTP/1.1\r\nContent-Length: 999999", "413"),
    ] {
        let answer = said(&witness.address, request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{request}: {answer}");
    }
}

/// What a witness answers to a request with a body of three letters.
async fn said(address: &str, request: &str) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
    let text = format!("{request}\r\nHost: w\r\nConnection: close\r\n\r\nold");
    stream.write_all(text.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answered");
    answer
}
