//! Twin registries: two registries, each with a witness of the other, all of them real
//! processes. What one of them releases, the other has seen.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use jcm_api::pb;
use jcm_client::{KeyFile, Passphrase, Protection};
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
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use support::{Folder, Running, genesis, name, now, possessed, secret, verifier};
use tempfile::TempDir;

/// Where tests keep the passphrase of a witness.
const PASSPHRASE: &str = "passphrase";

/// A passphrase file.
fn passphrase(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, format!("{text}\n")).expect("own file");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("own file");
    path
}

/// A witness in a process of its own.
struct Witness {
    child: Child,
    address: String,
}

impl Witness {
    /// Makes a witness, and gives its key.
    fn create(folder: &Path, called: &str) -> VerifierKey {
        let passphrase = passphrase(folder, PASSPHRASE, "six words by lot are six");
        let made = Process::new(verifier())
            .args(["witness", "--create", called, "--passphrase-file"])
            .arg(passphrase)
            .arg("--data")
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
            .env("JCM_PASSPHRASE_FILE", folder.join(PASSPHRASE))
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
        support::Ended::from(witness_with(arguments).output().expect("it starts"))
    };
    let key = support::log_key().to_string();
    let missing = run(&["--data", &data, "--log", &key]);
    assert_eq!(missing.code, Some(66), "{missing:?}");
    assert!(missing.stderr.contains("make one with --create NAME"), "{missing:?}");
    let made = Witness::create(folder.path(), "witness.example");
    let again = run(&["--data", &data, "--create", "witness.example", "--unencrypted"]);
    assert_eq!(again.code, Some(73), "{again:?}");
    let nobody = run(&["--data", &data]);
    assert_eq!(nobody.code, Some(64), "{nobody:?}");
    assert!(nobody.stderr.contains("name the logs to witness"), "{nobody:?}");
    let other_way_round = run(&["--data", &data, "--log", &made.to_string()]);
    assert_eq!(other_way_round.code, Some(64), "{other_way_round:?}");
    let key_file = folder.path().join("witness.key");
    fs::set_permissions(&key_file, fs::Permissions::from_mode(0o644)).expect("own file");
    let words = folder.path().join(PASSPHRASE).display().to_string();
    let exposed = run(&["--data", &data, "--log", &key, "--passphrase-file", &words]);
    assert_eq!(exposed.code, Some(64), "{exposed:?}");
    assert!(exposed.stderr.contains("is open to others than its owner"), "{exposed:?}");
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

/// The program, for a test that says itself where a passphrase is.
fn witness_with(arguments: &[&str]) -> Process {
    let mut process = Process::new(verifier());
    process.arg("witness").args(arguments).env_remove("JCM_PASSPHRASE_FILE");
    process
}

#[test]
fn a_witness_s_key_is_encrypted_unless_one_says_otherwise() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("w");
    let at = data.display().to_string();
    let log = support::log_key().to_string();
    let run = |arguments: &[&str]| {
        let output = witness_with(&[&["--data", at.as_str()], arguments].concat()).output();
        support::Ended::from(output.expect("it starts"))
    };
    let refused = |arguments: &[&str], code: i32, what: &str| {
        let ended = run(arguments);
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(ended.stderr.contains(what), "{what} in {ended:?}");
    };
    let file = |name: &str, text: &str| passphrase(folder.path(), name, text).display().to_string();
    let (right, wrong) = (file("right", "six words by lot are six"), file("wrong", "other words"));
    let create = ["--create", "w.example"];
    refused(&create, 64, "nothing says how to keep the key");
    let weak = [&create[..], &["--passphrase-file", &wrong]].concat();
    refused(&weak, 64, "fewer than 12 characters");
    let absent = [&create[..], &["--passphrase-file", "/nonexistent/words"]].concat();
    refused(&absent, 66, "the passphrase file /nonexistent/words cannot be read");
    let both = [&create[..], &["--passphrase-file", &right, "--unencrypted"]].concat();
    refused(&both, 64, "cannot be used with");
    refused(&["--unencrypted", "--log", &log], 64, "cannot be used with");
    assert!(!data.exists(), "nothing was half made");

    let made = run(&[&create[..], &["--passphrase-file", &right]].concat());
    assert_eq!((made.code, made.stderr.as_str()), (Some(0), ""), "{made:?}");
    let text = fs::read_to_string(data.join("witness.key")).expect("there");
    assert!(text.contains("BEGIN ENCRYPTED PRIVATE KEY"), "{text}");
    refused(&["--log", &log], 64, "is encrypted: name the file with its passphrase");
    refused(&["--log", &log, "--passphrase-file", &wrong], 64, "the passphrase is wrong");
    // With the right one it gets as far as its memory of the log.
    let memory = jcm_format::hash::Digest::of(&[support::origin().as_ref().as_bytes()]);
    let memory = data.join(format!("{memory}.log"));
    fs::write(&memory, "damaged").expect("own file");
    refused(&["--log", &log, "--passphrase-file", &right], 65, "is damaged");

    // One that lies open is known for what it is, in the form of before, too.
    fs::remove_dir_all(&data).expect("own folder");
    assert_eq!(run(&[&create[..], &["--unencrypted"]].concat()).code, Some(0));
    let open = fs::read_to_string(data.join("witness.key")).expect("there");
    assert!(open.contains("BEGIN PRIVATE KEY"), "{open}");
    fs::write(&memory, "damaged").expect("own file");
    refused(&["--log", &log], 65, "is damaged");
    refused(&["--log", &log, "--passphrase-file", &right], 64, "encrypt it with `jcm key protect`");
    let seed = jcm_format::key::SecretKey::from_seed(&[6; 32]);
    let vkey = VerifierKey::new("w.example", KeyType::Cosignature, &seed.public_key());
    fs::write(data.join("witness.vkey"), format!("{}\n", vkey.expect("one"))).expect("own file");
    refused(&["--log", &log], 64, "witness.vkey does not hold the key that it should");
    fs::write(data.join("witness.key"), format!("{}\n", "06".repeat(32))).expect("own file");
    refused(&["--log", &log], 65, "is damaged");
    // Encrypted as `jcm key protect` does it, and put in its place.
    let protection = Passphrase::from_file(Path::new(&right)).expect("own file");
    let new = data.join("new.key");
    KeyFile::write(&new, &seed, &Protection::Passphrase(&protection)).expect("written");
    fs::rename(&new, data.join("witness.key")).expect("own file");
    refused(&["--log", &log, "--passphrase-file", &right], 65, "is damaged");
    fs::write(data.join("witness.key"), "0606\n").expect("own file");
    refused(&["--log", &log], 64, "is not a key file");
}

#[test]
fn a_witness_warns_of_a_key_that_lies_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().display().to_string();
    let create = ["--data", &data, "--create", "w.example", "--unencrypted"];
    assert!(witness_with(&create).status().expect("it starts").success());
    let log = support::log_key().to_string();
    let run = ["--data", &data, "--log", &log, "--listen", "127.0.0.1:0"];
    let mut child = witness_with(&run).stderr(Stdio::piped()).spawn().expect("it starts");
    let mut line = String::new();
    let output = child.stderr.take().expect("piped");
    BufReader::new(output).read_line(&mut line).expect("a line");
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    assert!(line.starts_with("warning: the key in ") && line.contains("key protect"), "{line}");
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
