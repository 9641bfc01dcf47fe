//! No secret and no personal data is written anywhere but where it belongs: a real node
//! says everything that it can say, and all of it is searched.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use jcm_api::pb;
use jcm_client::{Caller, Identity, RegistryClient};
use jcm_format::command::{Body, ImportStatement};
use jcm_format::commitment::commit;
use jcm_format::hash::to_hex;
use jcm_tests::acts::{erase, statement};
use jcm_tests::certificates::{Authority, For};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use std::fs::{self, File};
use std::path::Path;
use support::*;

/// A secret, by what it is called here.
type Secret = (String, Vec<u8>);

/// How bytes may look when somebody writes them: as they are, in hexadecimal, in base64 at
/// each of its three places, as a list of numbers, and escaped. Beginnings are
/// enough.
fn forms(secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let start = &secret[..secret.len().min(12)];
    let list = |separator: &str| {
        let numbers: Vec<String> = start.iter().map(u8::to_string).collect();
        numbers.join(separator).into_bytes()
    };
    let lower = to_hex(start);
    let mut forms = vec![
        ("raw", start.to_vec()),
        ("hexadecimal", lower.clone().into_bytes()),
        ("HEXADECIMAL", lower.to_uppercase().into_bytes()),
        ("list", list(", ")),
        ("dense list", list(",")),
        ("escaped", start.escape_ascii().to_string().into_bytes()),
    ];
    for shift in 0..3 {
        let shifted: Vec<u8> = [vec![0; shift], start.to_vec()].concat();
        let text = base64(&shifted);
        // Without the letters that depend on what stands before and behind.
        let from = [0, 2, 3][shift];
        let whole = shifted.len() * 8 / 6;
        forms.push(("base64", text.as_bytes()[from..whole].to_vec()));
        let url = text[from..whole].replace('+', "-").replace('/', "_");
        forms.push(("base64 for addresses", url.into_bytes()));
    }
    forms
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let bits = part.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - part.len()));
        for place in 0..=part.len() {
            let index = bits >> (18 - 6 * place) & 63;
            text.push(char::from(LETTERS[usize::try_from(index).expect("six bits")]));
        }
    }
    text
}

/// Bytes as letters, one for each, because the library searches text fast.
fn letters(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// Every secret that stands in a text, and how.
fn found(text: &[u8], secrets: &[Secret]) -> Vec<String> {
    let text = letters(text);
    let mut found = Vec::new();
    for (name, secret) in secrets {
        for (form, bytes) in forms(secret) {
            if text.contains(&letters(&bytes)) {
                found.push(format!("{name} ({form})"));
            }
        }
    }
    found
}

const PERSONAL: &str = "山田花子 東京都千代田区霞が関1-2-2 hanako@example.jp";
const SALTS: [&[u8; 32]; 3] = [
    b"salt-of-the-first-kept-data-0001",
    b"salt-of-the-refused-data-0000002",
    b"salt-of-the-erased-data-00000003",
];

fn private(salt: usize) -> (pb::PrivateData, jcm_format::hash::Digest) {
    let data = format!("{PERSONAL} {salt}").into_bytes();
    let digest = commit(SALTS[salt], &data);
    (pb::PrivateData { salt: SALTS[salt].to_vec(), data }, digest)
}

fn import(reference: &'static str, payers: jcm_format::hash::Digest) -> Body {
    let Body::ImportStatement(import) = statement(reference, &[(reference, 1, "2026-01-05")])
    else {
        panic!("a statement")
    };
    Body::ImportStatement(ImportStatement { payers: Some(payers), ..import })
}

/// Keys registered and misused, private data kept, refused and erased, everything read.
async fn traffic(client: &RegistryClient) {
    let mut grpc = client.grpc();
    let payment = populate(&mut grpc, 10).await;
    accepted(&mut grpc, transfer(1, Some(payment)), &["alpha"]).await;
    let with = |body, signers: &[&str], data| pb::SubmitRequest {
        private_data: vec![data],
        ..request(signed(body, signers))
    };
    let (data, digest) = private(0);
    grpc.submit(with(import("kept", digest), &["op-1"], data)).await.expect("kept");
    let (data, _) = private(1);
    let (_, other) = private(0);
    grpc.submit(with(import("refused", other), &["op-1"], data)).await.expect_err("not committed");
    let (data, digest) = private(1);
    grpc.submit(with(import("stranger", digest), &["nobody"], data)).await.expect_err("no key");
    let (data, digest) = private(2);
    grpc.submit(with(import("erased", digest), &["op-1"], data.clone())).await.expect("kept");
    accepted(&mut grpc, erase(digest), &["op-1", "op-2"]).await;
    grpc.submit(with(import("again", digest), &["op-1"], data)).await.expect_err("erased");
    // Bytes that are none of anything, with a secret in them.
    let mut spoilt = request(signed(transfer(2, Some(payment)), &["alpha"]));
    if let Some(command) = &mut spoilt.command {
        command.payload.extend_from_slice(&secret("alpha").seed());
    }
    grpc.submit(spoilt).await.expect_err("not signed");
    client.registry().await.expect("described");
    let request =
        pb::GetStatementRequest { account: ALPHA, from: "2020-01-01".into(), to: PERSONAL.into() };
    grpc.get_statement(request).await.expect_err("not a date");
    let account = grpc.get_account(pb::GetAccountRequest { account: ALPHA }).await;
    account.expect("its own");
}

/// What belongs to nobody but its owner, in this run.
fn secrets(folder: &Path) -> Vec<Secret> {
    let people = ["log", "authority-1", "authority-2", "op-1", "op-2", "alpha", "beta", "nobody"];
    let seeds = people.iter().map(|name| (format!("seed of {name}"), secret(name).seed().to_vec()));
    let salts = SALTS.iter().map(|salt| ("salt".to_owned(), salt.to_vec()));
    let words = PERSONAL.split(' ').map(|word| (format!("personal data {word}"), word.into()));
    let mut secrets: Vec<Secret> = seeds.chain(salts).chain(words).collect();
    for name in ["server", "client"] {
        let path = folder.join(format!("{name}.key"));
        let PrivateKeyDer::Pkcs8(key) = PrivateKeyDer::from_pem_file(&path).expect("PEM") else {
            panic!("PKCS #8");
        };
        // The number itself stands behind 36 bytes that all such keys share.
        let der = key.secret_pkcs8_der();
        secrets.push((format!("TLS key of {name}"), der[36..68].to_vec()));
        let text = fs::read_to_string(&path).expect("PEM");
        let line = text.lines().nth(2).expect("three lines at least").to_owned();
        secrets.push((format!("a line of the TLS key of {name}"), line.into_bytes()));
    }
    secrets
}

/// Runs a node, and gives everything that it wrote.
async fn everything_said(format: &str) -> (Vec<u8>, Vec<Secret>) {
    let mut folder = Folder::with_registry();
    let authority = Authority::new("the registry's authority");
    let ca = authority.write(&folder.path().join("ca.pem"));
    let server = authority.issue(folder.path(), "server", For::Server, &["127.0.0.1"]);
    let identity = authority.issue(folder.path(), "client", For::Client, &["holder"]);
    folder.more = format!(
        "[tls]\ncertificate = {:?}\nkey = {:?}\nclient_ca = {:?}\n\
         [logging]\nlevel = \"trace\"\nformat = \"{format}\"\n",
        server.certificate.display().to_string(),
        server.key.display().to_string(),
        ca.display().to_string(),
    );
    let said = folder.path().join("stderr");
    let mut process = program();
    process.arg("run").arg("--config").arg(folder.config_file());
    process.env("RUST_LOG", "trace").env("RUST_BACKTRACE", "1");
    let node = folder.spawn_with_stderr(&mut process, File::create(&said).expect("a file").into());

    let tls = jcm_client::Tls {
        ca: Some(ca),
        identity: Some(Identity { certificate: identity.certificate, key: identity.key }),
    };
    let url = format!("https://{}", node.grpc);
    let client = RegistryClient::connect_with(&url, &tls).await.expect("believed");
    let client = client.with_caller(Caller::new(origin(), secret("alpha")));
    traffic(&client).await;
    let nobody = jcm_client::Tls { identity: None, ..tls };
    RegistryClient::connect_with(&url, &nobody).await.expect_err("nobody");
    let metrics = page(&node.metrics).await;
    let addresses = fs::read(folder.path().join("run/addresses")).expect("written");
    let line = node.line.clone();
    node.terminate();
    assert_eq!(node.wait().code(), Some(0));

    let mut text = fs::read(said).expect("written");
    text.extend(line.into_bytes());
    text.extend(metrics.into_bytes());
    text.extend(addresses);
    let secrets = secrets(folder.path());
    text.extend(said_of_bad_files(&folder, &server.key));
    (text, secrets)
}

/// What the program says of a configuration, and of files that hold a secret where there
/// should be another thing.
fn said_of_bad_files(folder: &Folder, tls_key: &Path) -> Vec<u8> {
    let mut text = Vec::new();
    let mut ends = |what: &str, command: &str, code: i32| {
        let ended = folder.run_to_end(command, &[]);
        assert_eq!(ended.code, Some(code), "{what}: {ended:?}");
        text.extend(ended.stdout.into_bytes());
        text.extend(ended.stderr.into_bytes());
    };
    ends("as it is", "check-config", 0);
    let log_key = folder.path().join("keys/log.key");
    let (seed, key) = (fs::read(&log_key).expect("a seed"), fs::read(tls_key).expect("a key"));
    // One letter too many: the file is damaged, and says so without its content.
    fs::write(&log_key, [seed.as_slice(), b"0"].concat()).expect("own file");
    ends("a seed that is too long", "run", 64);
    fs::write(&log_key, &seed).expect("own file");
    let damaged = String::from_utf8_lossy(&key).replace("PRIVATE KEY", "PUBLIC THING");
    fs::write(tls_key, damaged).expect("own file");
    ends("a TLS key that is none", "check-config", 64);
    fs::write(tls_key, key).expect("own file");
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_said_holds_no_secret() {
    for format in ["text", "json"] {
        let (text, secrets) = everything_said(format).await;
        assert_eq!(found(&text, &secrets), [""; 0], "in what was said as {format}");

        // It did say everything, and of all layers.
        let as_text = String::from_utf8_lossy(&text);
        for part in ["TRACE", "h2::", "registry opened", "registry_commands_total", "listening"] {
            assert!(as_text.contains(part), "{part} in what was said as {format}");
        }
        assert!(100_000 < text.len(), "{} bytes", text.len());
        // And each secret is found, in each form, where it is said in the middle of it.
        let middle = text.len() / 2;
        for secret in &secrets {
            for (form, bytes) in forms(&secret.1) {
                let near = &text[middle.saturating_sub(500)..middle + 500];
                let said = [near, b" key=", &bytes, b"\n", near].concat();
                let found = found(&said, std::slice::from_ref(secret));
                assert!(!found.is_empty(), "{} as {form}", secret.0);
            }
        }
    }
}

#[test]
fn the_forms_are_what_others_write() {
    assert_eq!(base64(b"any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw");
    let secret = b"any carnal pleasure".as_slice();
    for before in ["", "x", "xy", "xyz"] {
        let text = base64(&[before.as_bytes(), secret, b"!"].concat());
        let found = found(text.as_bytes(), &[("it".to_owned(), secret.to_vec())]);
        assert!(!found.is_empty(), "{text}");
    }
    let debug = format!("{secret:?} {:?}", String::from_utf8_lossy(secret));
    assert_eq!(found(debug.as_bytes(), &[("it".to_owned(), secret.to_vec())]).len(), 3);
}
