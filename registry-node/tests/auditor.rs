//! An auditor's program and a running node: with the auditor's key it reads and judges the whole
//! log, without it the hashes, and it says so.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use jcm_format::command::{Body, Role};
use jcm_keys::{KeyFile, Passphrase, Protection};
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use support::*;

const PASSPHRASE: &str = "correct horse battery";

/// A folder with a key file, encrypted, and the file of its passphrase.
struct Keys(tempfile::TempDir);

impl Keys {
    fn new() -> Keys {
        let keys = Keys(tempfile::tempdir().expect("a folder"));
        for (name, text) in [("passphrase", PASSPHRASE), ("wrong", "wrong horse battery")] {
            let path = keys.path(name);
            fs::write(&path, format!("{text}\n")).expect("a file");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("own file");
        }
        keys
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes the key of somebody.
    fn of(&self, who: &str) -> PathBuf {
        let path = self.path(who);
        let passphrase = Passphrase::new(PASSPHRASE);
        let protection = Protection::Passphrase(&passphrase);
        KeyFile::write(&path, &secret(who), &protection).expect("written");
        path
    }
}

/// Runs the auditor's program.
fn verify(arguments: &[&str]) -> Ended {
    let output = Process::new(verifier()).args(arguments).output().expect("it starts");
    Ended::from(output)
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// Registers an auditor, and puts some entries into the log.
async fn populate(client: &mut Client) -> u64 {
    let key = possessed(&secret("audit-1"), &Role::Auditor(name("audit-1")));
    let register = Body::RegisterKey { role: Role::Auditor(name("audit-1")), key };
    let signers = ["authority-1", "authority-2"];
    client.submit(request(signed(register, &signers))).await.expect("registered");
    for n in 1..=300 {
        let who = format!("op-{n}");
        let key = possessed(&secret(&who), &Role::Operator(name(&who)));
        let appoint = Body::AppointOperator { person: name(&who), key };
        client.submit(request(signed(appoint, &signers))).await.expect("appointed");
    }
    302
}

#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_judges_a_live_node_and_others_see_hashes() {
    let mut folder = Folder::with_registry();
    folder.more = "tiles_listen = \"127.0.0.1:0\"\n".to_owned();
    let node = folder.spawn();
    let entries = populate(&mut node.client().await).await;
    let url = format!("http://{}/", node.tiles);
    let log = log_key().to_string();
    let keys = Keys::new();
    let (auditor, passphrase) = (keys.of("audit-1"), keys.path("passphrase"));
    let known = ["--log-key", &log, "--passphrase-file", shown(&passphrase)];
    let as_auditor = [&known[..], &["--key", shown(&auditor)]].concat();

    let whole = verify(&[&["--json"], &as_auditor[..], &[&url]].concat());
    assert_eq!(whole.code, Some(0), "{} {}", whole.stdout, whole.stderr);
    let report: Value = serde_json::from_str(&whole.stdout).expect("JSON");
    assert_eq!(report["ok"], true);
    let counts = (report["entries"].as_u64(), report["replayed"].as_u64());
    assert_eq!(counts, (Some(entries), Some(entries)), "{report}");
    assert_eq!(report["log_key_pinned"], true);
    let once = verify(&[&["follow", "--once"], &as_auditor[..], &[&url]].concat());
    assert_eq!(once.code, Some(0), "{} {}", once.stdout, once.stderr);

    // Without a key: no entry, and a status that nobody takes for a pass.
    let public = verify(&["--log-key", &log, &url]);
    assert_eq!(public.code, Some(77), "{} {}", public.stdout, public.stderr);
    assert!(public.stdout.starts_with("HASHES ONLY: no entry was read"), "{}", public.stdout);
    assert!(public.stdout.contains(&format!("entries      {entries}\n")), "{}", public.stdout);
    assert!(public.stdout.contains(&format!("signed by    {log}\n")), "{}", public.stdout);
    assert!(public.stderr.contains("401") && public.stderr.contains("--key"), "{}", public.stderr);
    let asked = verify(&["--hashes-only", "--log-key", &log, &url]);
    assert_eq!((asked.code, &asked.stdout), (Some(0), &public.stdout), "{}", asked.stderr);
    let unsigned = verify(&[&url]);
    assert_eq!(unsigned.code, Some(77));
    assert!(unsigned.stdout.contains("signed by    not checked"), "{}", unsigned.stdout);

    // A key that may not, a key that is not opened, and no registry to sign for.
    let stranger = keys.of("stranger");
    let refused = verify(&[&known[..], &["--key", shown(&stranger), &url]].concat());
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(66), ""));
    assert!(refused.stderr.contains("403"), "{}", refused.stderr);
    let wrong = keys.path("wrong");
    let arguments =
        ["--log-key", &log, "--passphrase-file", shown(&wrong), "--key", shown(&auditor), &url];
    let locked = verify(&arguments);
    assert_eq!(locked.code, Some(66));
    assert!(locked.stderr.contains("the passphrase is wrong"), "{}", locked.stderr);
    assert_eq!(verify(&["--key", shown(&auditor), &url]).code, Some(64));
    let other = "registry.example/other";
    let other = log.replacen(log_key().name(), other, 1);
    assert_eq!(verify(&["--log-key", &other, "--key", shown(&auditor), &url]).code, Some(64));

    // Whoever read entries is on record, bundle by bundle.
    node.terminate();
    assert!(node.wait().success());
    let audit = fs::read_dir(folder.path().join("audit")).expect("an audit folder");
    let lines: String = audit
        .map(|file| fs::read_to_string(file.expect("a file").path()).unwrap_or_default())
        .collect();
    for bundle in ["tile/entries/000", "tile/entries/001.p/46"] {
        assert!(lines.contains(bundle), "{lines}");
    }
}

/// A copy that others can read: written from a running node, gone on with as it grows.
#[tokio::test(flavor = "multi_thread")]
async fn an_auditor_publishes_a_live_node_as_tiles() {
    let mut folder = Folder::with_registry();
    folder.more = "tiles_listen = \"127.0.0.1:0\"\n".to_owned();
    let node = folder.spawn();
    let url = format!("http://{}/", node.tiles);
    let log = log_key().to_string();
    let keys = Keys::new();
    let (auditor, passphrase) = (keys.of("audit-1"), keys.path("passphrase"));
    let out = keys.path("published");
    let public = verify(&["tiles", &url, shown(&out), "--log-key", &log]);
    assert_eq!(public.code, Some(66), "{} {}", public.stdout, public.stderr);
    assert!(public.stderr.contains("401"), "{}", public.stderr);

    let entries = populate(&mut node.client().await).await;
    let known = ["--log-key", &log, "--passphrase-file", shown(&passphrase)];
    let as_auditor = [&known[..], &["--key", shown(&auditor)]].concat();
    let publish = || verify(&[&["tiles", &url, shown(&out)], &as_auditor[..]].concat());
    let first = publish();
    assert_eq!(first.code, Some(0), "{} {}", first.stdout, first.stderr);
    assert!(first.stdout.contains(&format!("{entries} entries published (a new folder)")));
    let key = possessed(&secret("op-last"), &Role::Operator(name("op-last")));
    let appoint = Body::AppointOperator { person: name("op-last"), key };
    let signed = signed(appoint, &["authority-1", "authority-2"]);
    node.client().await.submit(request(signed)).await.expect("appointed");
    let second = publish();
    assert!(
        second.stdout.contains(&format!("{} entries published ({entries} before)", entries + 1)),
        "{} {}",
        second.stdout,
        second.stderr
    );
    let judged = verify(&["--log-key", &log, shown(&out)]);
    assert_eq!(judged.code, Some(0), "{} {}", judged.stdout, judged.stderr);
}
