//! Clients that share nothing with ours but the specification: those of
//! `docs/clients`, in Python and TypeScript, against a real node.

#[path = "clients/tools.rs"]
mod tools;
#[path = "clients/world.rs"]
mod world;

use jcm_format::command::{Body, Side};
use jcm_format::entry::{Entry, SealedEntry};
use jcm_format::envelope::CommandSignature;
use jcm_format::event::{Effect, Event};
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_format::tlog::{
    Checkpoint, ProofFile, SignedCheckpoint, Tree, TrustedCheckpoint, leaf_hash, sign_line,
};
use jcm_tests::certificates::{Authority, For};
use jcm_tests::guard::freeze;
use jcm_tests::world::*;
use std::fs;
use std::process::Command as Process;
use tools::{Client, installed_as, page_block, run, shell, succeed};
use world::{
    AUTHORITIES, BETA_ACCOUNT, HOLDER_ACCOUNT, Holder, Registry, command, effects, log_key,
    log_key_of, stocked,
};

/// The clients' exit codes.
const NOT_BELIEVED: Option<i32> = Some(1);
const REFUSED: Option<i32> = Some(3);

/// A holder from its key to a retirement.
fn a_holder_s_life(client: &Client) {
    let mut registry = Registry::new();
    let holder = Holder::new(client, &registry);
    let applied = holder.apply();
    assert_eq!(applied.told("application.kind"), "account", "{applied:?}");
    assert_eq!(applied.told("application.status"), "awaiting payment");
    assert_eq!(applied.told("application.fee_yen"), "14400");
    let [Effect::AccountApplied { particulars, .. }] = &effects(applied.told("receipt"))[..] else {
        panic!("another effect: {applied:?}")
    };
    let store = registry.folder.path().join("private");
    let stored: Vec<String> = fs::read_dir(store)
        .expect("a store")
        .map(|file| file.expect("a file").file_name().into_string().expect("text"))
        .collect();
    assert!(stored.iter().any(|name| name.contains(&particulars.to_string())), "{stored:?}");

    // The holder pays by bank, with this before its name; the operator does the rest.
    assert!(!applied.told("application.invoice_reference").is_empty());
    let application = EntryIndex::new(applied.number("entry"));
    registry.open(application, "opening-1");
    let opened = holder.ok("application", &[&application.to_string()]);
    assert_eq!(opened.told("application.status"), "recorded");
    assert_eq!(opened.number("application.account"), u64::from(HOLDER_ACCOUNT));
    let second = registry.accepted(apply_account("beta", BETA), &["beta"]);
    registry.open(second, "opening-2");
    registry.accepted(carried_over(issuance("MN001", 2022, 900, 100)), &AUTHORITIES);

    // Without a payment a transfer waits; with one it is recorded at once.
    let waiting = holder.transfer(BETA_ACCOUNT, "1:1-10", &["--purpose", "other"]);
    assert_eq!(waiting.told("application.status"), "awaiting payment");
    assert_eq!(waiting.told("application.fee_yen"), "2500");
    let payment = registry.received("fee-1", 2_500, Some(HOLDER_ACCOUNT));
    let done = holder.transfer(BETA_ACCOUNT, "1:11-30", &["--purpose", "other"]);
    assert_eq!(done.told("fee_payment"), format!("{}/0", payment.get()));
    assert_eq!(done.told("application.status"), "recorded");
    assert_eq!((registry.balance(BETA_ACCOUNT), registry.balance(HOLDER_ACCOUNT)), (20, 880));
    let shown = holder.ok("account", &[&HOLDER_ACCOUNT.to_string()]);
    assert_eq!(shown.number("balance_tonnes"), 880);
    assert!(shown.stdout.contains("holding 1:1-10\n"), "{shown:?}");
    assert!(shown.stdout.contains("holding 1:31-900\n"), "{shown:?}");

    // A retirement, with what it books under Article 6.
    let (japan, partner) =
        (authorisation("JP-1", Side::Japan, 500), authorisation("MN-1", Side::Partner, 500));
    let recorded = |authorisation| Body::RecordAuthorisation { authorisation, details: None };
    registry.accepted(recorded(japan), &AUTHORITIES);
    registry.accepted(recorded(partner), &["mongolia"]);
    registry.received("fee-2", 2_500, Some(HOLDER_ACCOUNT));
    let purpose = ["--purpose", "retirement", "--use", "shk", "--year", "2025"];
    let retired = holder.transfer(2, "1:301-400", &purpose);
    assert_eq!(registry.balance(2), 100);
    let last = effects(retired.told("receipt")).pop();
    assert!(matches!(last, Some(Effect::AdjustmentBooked { .. })), "{last:?}");

    // Every receipt proves itself without the registry, and says what was done.
    let entries = registry.entries();
    registry.stop();
    let log_key = log_key().to_string();
    let check = ["check", "--log-key", &log_key, "--effects", "--command"];
    for (act, told) in [
        (&applied, "account_applied"),
        (&waiting, "transfer_applied"),
        (&done, "transfer_recorded"),
        (&retired, "adjustment_booked"),
    ] {
        let (kept, receipt) = (act.told("command"), act.told("receipt"));
        let checked = client.offline(&[&check[..], &[kept, receipt]].concat());
        assert_eq!(checked.code, Some(0), "{checked:?}");
        let begins = format!("ok {receipt}: entry {} of 20", act.number("entry"));
        assert!(checked.stdout.starts_with(&begins), "{checked:?}");
        assert!(checked.stdout.contains(&format!("\neffect {told} ")), "{checked:?}");
    }
    assert!(retired.number("entry") < entries);
}

/// The session that `docs/clients/README.md` shows, line by line.
fn the_page_s_session(client: &Client) {
    let mut registry = Registry::new();
    let home = tempfile::tempdir().expect("a folder");
    fs::write(home.path().join("particulars.txt"), "代表者 甲野太郎").expect("written");
    fs::write(home.path().join("articles.pdf"), "articles").expect("written");
    let mut lines = page_block("$HOLDER keygen ");
    let place = lines.remove(1);
    assert!(place.starts_with("WHERE="), "{place}");
    let program = format!("{} {}", client.runner.display(), client.holder.display());
    let commands: Vec<&str> = lines.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(commands, ["keygen", "open", "application", "account", "transfer", "check"]);
    for (line, command) in lines.iter().zip(&commands) {
        let ended = succeed(
            shell(&format!("{place}\n{line}"))
                .current_dir(home.path())
                .envs(client.variables.iter().map(|(name, value)| (name, value)))
                .env("HOLDER", &program)
                .env("URL", registry.url())
                .env("LOG_KEY", log_key().to_string()),
        );
        match *command {
            "open" => {
                let application = EntryIndex::new(ended.number("entry"));
                registry.open(application, "opening-1");
            }
            "application" => assert_eq!(ended.told("application.status"), "recorded"),
            "account" => {
                let application = registry.accepted(apply_account("beta", BETA), &["beta"]);
                registry.open(application, "opening-2");
                let issued = carried_over(issuance("MN001", 2022, 900, 100));
                registry.accepted(issued, &AUTHORITIES);
                registry.received("fee-1", 2_500, Some(HOLDER_ACCOUNT));
            }
            "transfer" => assert_eq!(registry.balance(BETA_ACCOUNT), 10),
            "check" => assert_eq!(ended.stdout.matches("ok jcm/receipts/").count(), 2),
            _ => {}
        }
    }
    registry.stop();
}

/// What is sent again happens once, and what was not answered can be sent later.
fn a_command_happens_once(client: &Client) {
    let mut registry = Registry::new();
    let holder = stocked(client, &mut registry);
    let done = holder.transfer(BETA_ACCOUNT, "1:1-5", &["--purpose", "other"]);
    let (kept, receipt) = (done.told("command").to_owned(), done.told("receipt").to_owned());
    let (first, entries) = (fs::read(&receipt).expect("kept"), registry.entries());
    fs::remove_file(&receipt).expect("own file");
    let again = holder.ok("submit", &[&kept]);
    assert_eq!(again.told("receipt"), receipt);
    assert_eq!(fs::read(&receipt).expect("kept"), first);
    assert_eq!(registry.entries(), entries);
    assert_eq!(registry.balance(BETA_ACCOUNT), 5);

    // Nobody is there to say yes, so that nothing is signed.
    let transfer =
        ["--source", "1001", "--destination", "1002", "--units", "1:6", "--purpose", "other"];
    let unsure = holder.run("transfer", &transfer);
    assert_ne!(unsure.code, Some(0), "{unsure:?}");
    assert!(unsure.stderr.contains("nothing was signed"), "{unsure:?}");
    assert_eq!(registry.entries(), entries);
    registry.stop();
}

/// A log that does not go on from what the client has seen is not believed, and what
/// shows it is kept; nothing is lost by it.
fn another_history_is_not_believed(client: &Client) {
    let mut registry = Registry::new();
    let holder = stocked(client, &mut registry);
    let trusted = holder.home.path().join("checkpoint");
    let honest = fs::read_to_string(&trusted).expect("kept by the application");
    let seen = SignedCheckpoint::parse(&honest).expect("a checkpoint").claimed().clone();
    let forged = |size: u64| {
        let root = Digest::of(&[b"another history"]);
        Checkpoint { size, root, ..seen.clone() }.sign(&secret("log"))
    };
    let parts = ["--source", "1001", "--destination", "1002", "--units", "1:1-5"];
    let transfer = [&parts[..], &["--purpose", "other", "--yes"]].concat();
    fs::write(&trusted, forged(seen.size)).expect("written");
    let ended = holder.run("transfer", &transfer);
    assert_eq!(ended.code, NOT_BELIEVED, "{ended:?}");
    assert!(ended.stderr.contains("does not go on"), "{ended:?}");
    let kept = ended.told("command").to_owned();
    // One that is longer than the log is.
    fs::write(&trusted, forged(1_000)).expect("written");
    let ended = holder.run("submit", &[&kept]);
    assert_eq!(ended.code, NOT_BELIEVED, "{ended:?}");
    assert!(ended.stderr.contains("not proved to go on"), "{ended:?}");
    // And one of the same size.
    let entries = registry.entries();
    fs::write(&trusted, forged(entries)).expect("written");
    let ended = holder.run("submit", &[&kept]);
    assert_eq!(ended.code, NOT_BELIEVED, "{ended:?}");
    assert!(ended.stderr.contains("one size has two roots"), "{ended:?}");
    let evidence = fs::read_dir(holder.home.path().join("evidence")).expect("kept");
    assert_eq!(evidence.count(), 6, "two notes each time");

    fs::write(&trusted, &honest).expect("written");
    let believed = holder.ok("submit", &[&kept]);
    assert_eq!((believed.number("entry") + 1, registry.entries()), (entries, entries));
    assert_ne!(fs::read_to_string(&trusted).expect("kept"), honest);
    registry.stop();
}

/// A receipt of which anything is changed proves nothing.
fn no_byte_of_a_receipt_can_be_changed(client: &Client) {
    let mut registry = Registry::new();
    let holder = stocked(client, &mut registry);
    let opened = fs::read_dir(holder.home.path().join("receipts")).expect("kept");
    let opened = opened.last().expect("one").expect("a file").path().display().to_string();
    let done = holder.transfer(BETA_ACCOUNT, "1:1-5", &["--purpose", "other"]);
    registry.stop();
    let receipt = done.told("receipt");
    let honest = fs::read(receipt).expect("kept");
    let folder = holder.home.path().join("changed");
    fs::create_dir(&folder).expect("a folder");
    let mut changed: Vec<Vec<u8>> = Vec::new();
    for at in 0..honest.len() {
        for mask in [1, 0x20] {
            let mut bytes = honest.clone();
            bytes[at] ^= mask;
            changed.push(bytes);
        }
    }
    changed.push(honest[..honest.len() - 1].to_vec());
    changed.push([&honest[..], b"\n"].concat());
    changed.push([b"\n", &honest[..]].concat());
    changed.push(honest.repeat(2));
    changed.push(Vec::new());
    let mut command = vec!["check".to_owned(), "--log-key".to_owned(), log_key().to_string()];
    for (at, bytes) in changed.iter().enumerate() {
        let path = folder.join(at.to_string());
        fs::write(&path, bytes).expect("written");
        command.push(path.display().to_string());
    }
    // One that holds, so that the others are not refused for nothing.
    command.push(receipt.to_owned());
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    let checked = client.offline(&command);
    assert_eq!(checked.code, NOT_BELIEVED, "{}", checked.stderr);
    let held: Vec<&str> = checked.stdout.lines().filter(|line| line.starts_with("ok ")).collect();
    assert!(matches!(held[..], [one] if one.contains(receipt)), "{held:?}");
    let refused = checked.stdout.lines().filter(|line| line.starts_with("refused ")).count();
    assert_eq!(refused, changed.len(), "{}", checked.stderr);

    // An honest receipt under another key, of another registry, or for another command.
    let (kept, own) = (done.told("command"), log_key().to_string());
    let another = log_key_of("alpha", origin().as_ref()).to_string();
    let elsewhere = log_key_of("log", "registry.test/another").to_string();
    for (key, receipt, holds) in [
        (&own, receipt, true),
        (&another, receipt, false),
        (&elsewhere, receipt, false),
        (&own, opened.as_str(), false),
    ] {
        let checked = client.offline(&["check", "--log-key", key, "--command", kept, receipt]);
        assert_eq!(checked.code, if holds { Some(0) } else { NOT_BELIEVED }, "{checked:?}");
    }
}

/// A receipt of these bytes at a place of a log that the log's key signed.
fn signed_receipt(bytes: &[u8], index: u64, size: u64) -> String {
    let mut tree = Tree::new();
    for at in 0..size {
        let other = at.to_be_bytes();
        tree.push(leaf_hash(if at == index { bytes } else { &other }));
    }
    let checkpoint = Checkpoint { origin: origin(), size, root: tree.root() };
    let checkpoint = TrustedCheckpoint::open(&checkpoint.sign(&secret("log")), &log_key());
    let hashes = tree.inclusion_proof(index, size).expect("there");
    let proof = ProofFile::new(index, hashes, &checkpoint.expect("signed"));
    proof.with_extra(bytes.to_vec()).expect("short").to_string()
}

/// The receipt with a checkpoint that gives another origin, signed with the log's key under
/// the log's name.
fn named_otherwise(receipt: &str) -> String {
    let (head, note) = receipt.split_once("\n\n").expect("a proof file");
    let signed = SignedCheckpoint::parse(note).expect("a checkpoint");
    let origin_of_another = "registry.test/another".parse().expect("an origin");
    let text = Checkpoint { origin: origin_of_another, ..signed.claimed().clone() }.text();
    let line = sign_line(origin().as_ref(), &secret("log"), &text).expect("a name");
    format!("{head}\n\n{text}\n{line}")
}

/// Whether openssl made a file: it is no part of what everybody has.
fn openssl(args: &[&str], file: &str) -> bool {
    let found = Process::new("openssl").arg("version").output().is_ok();
    if installed_as("openssl", found) {
        succeed(Process::new("openssl").args(args).args(["-out", file]));
    }
    found
}

/// Keys of stock tools, and TLS with the authority that one believes.
fn a_stock_key_over_tls(client: &Client) {
    let mut registry = Registry::new();
    let holder = stocked(client, &mut registry);
    let (authority, stranger) = (Authority::new("authority"), Authority::new("stranger"));
    let folder = holder.home.path();
    let files = authority.issue(folder, "server", For::Server, &["localhost", "127.0.0.1"]);
    registry.restart(&format!(
        "[tls]\ncertificate = {:?}\nkey = {:?}\n",
        files.certificate.display().to_string(),
        files.key.display().to_string()
    ));
    let url = format!("https://localhost:{}", registry.port());
    let authority = authority.write(&folder.join("authority.pem")).display().to_string();
    // A key that openssl made and encrypted. Whose it is, the registry does not know.
    let key = folder.join("openssl.pem").display().to_string();
    let made = ["genpkey", "-algorithm", "ed25519", "-aes-256-cbc", "-pass", "pass:correct horse"];
    if openssl(&made, &key) {
        for (passphrase, code, told) in [
            ("correct horse", REFUSED, "REFUSED: CALLER_ROLE"),
            ("battery staple", Some(2), "error: "),
        ] {
            let mut process = client.process(&client.holder);
            process.args(["account", "--registry", &url, "--authority", &authority, "--key", &key]);
            process.args(["--log-key", &log_key().to_string(), "1001"]);
            let ended = run(process.env("JCM_PASSPHRASE", passphrase));
            assert_eq!(ended.code, code, "{ended:?}");
            assert!(ended.stderr.starts_with(told), "{ended:?}");
        }
    }
    let stranger = stranger.write(&folder.join("stranger.pem")).display().to_string();
    let account = |authority: &str| {
        let number = HOLDER_ACCOUNT.to_string();
        holder.with("--registry", Some(&url), "account", &["--authority", authority, &number])
    };
    let answered = account(&authority);
    assert_eq!(answered.code, Some(0), "{answered:?}");
    assert_eq!(answered.number("balance_tonnes"), 900);
    let refused = account(&stranger);
    assert_eq!(refused.code, REFUSED, "{refused:?}");
    // The library has something to say before.
    assert!(refused.stderr.contains("REFUSED: UNAVAILABLE"), "{refused:?}");
    registry.stop();
}

/// An entry in which something is changed, as the log would have it.
fn resealed(honest: &Entry, change: impl Fn(&mut Entry)) -> Vec<u8> {
    let mut entry = honest.clone();
    change(&mut entry);
    SealedEntry::seal(entry).expect("an entry").bytes().to_vec()
}

/// Entries that no honest log has, from one that it has.
fn lies(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let honest = SealedEntry::open(bytes.to_vec()).expect("canonical").entry().clone();
    let changed = |change: &dyn Fn(&mut Entry)| resealed(&honest, change);
    let elsewhere = |entry: &mut Entry| {
        let mut other = command(retire(HOLDER_ACCOUNT, &["1:1-5"]));
        other.registry = "registry.test/another".parse().expect("an origin");
        entry.command = sign(&other, &["alpha"]);
    };
    let signed_twice = |entry: &mut Entry| {
        entry.command.signatures.push(entry.command.signatures[0]);
    };
    let by_another = |entry: &mut Entry| {
        entry.command.signatures[0].key = secret("alpha").public_key();
    };
    let no_command = |entry: &mut Entry| {
        entry.command.payload = vec![0xff];
        let signature = secret("alpha").sign(&entry.command.signed_bytes());
        let key = secret("alpha").public_key();
        entry.command.signatures = vec![CommandSignature { key, signature }];
    };
    vec![
        ("of another version", [&[2], &bytes[1..]].concat()),
        ("cut off", bytes[..40].to_vec()),
        ("another number", changed(&|entry| entry.index = EntryIndex::new(1))),
        ("other effects", changed(&|entry| drop(entry.event.0.pop()))),
        ("other rules", changed(&|entry| entry.rule_set += 1)),
        ("not signed", changed(&|entry| entry.command.signatures.clear())),
        ("signed twice", changed(&signed_twice)),
        ("signed by another", changed(&by_another)),
        ("of another registry", changed(&elsewhere)),
        ("no command", changed(&no_command)),
    ]
}

/// What the log's key signed is not believed for that alone.
fn an_operator_s_lies_are_found(client: &Client) {
    let mut registry = Registry::new();
    let holder = stocked(client, &mut registry);
    let done = holder.transfer(BETA_ACCOUNT, "1:1-5", &["--purpose", "other"]);
    registry.stop();
    let text = fs::read_to_string(done.told("receipt")).expect("kept");
    let proof: ProofFile = text.parse().expect("a proof file");
    let (bytes, index) = (proof.extra().expect("the entry"), proof.index());
    let at = |size| signed_receipt(bytes, index, size);
    let mut cases = vec![
        // The path to the root in trees of many shapes.
        ("as it is", at(index + 1), true),
        ("in a longer log", at(index + 2), true),
        ("in a long log", at(256), true),
        ("in a log of odd length", at(777), true),
        ("at another place", signed_receipt(bytes, index + 1, 256), false),
        ("of another log", named_otherwise(&at(256)), false),
    ];
    let lies = lies(bytes).into_iter();
    cases.extend(lies.map(|(name, lie)| (name, signed_receipt(&lie, index, 256), false)));
    let files: Vec<String> =
        cases.iter().map(|(name, receipt, _)| holder.file(name, receipt.as_bytes())).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let key = log_key().to_string();
    let checked = client.offline(&[&["check", "--log-key", &key], &files[..]].concat());
    assert_eq!(checked.code, NOT_BELIEVED, "{checked:?}");
    let verdicts: Vec<bool> = checked.stdout.lines().map(|line| line.starts_with("ok ")).collect();
    let expected: Vec<bool> = cases.iter().map(|(.., holds)| *holds).collect();
    assert_eq!(verdicts, expected, "{}", checked.stdout);

    // An effect that these clients do not know makes no receipt wrong.
    let honest = SealedEntry::open(bytes.to_vec()).expect("canonical").entry().clone();
    let frozen = resealed(&honest, |entry| {
        entry.command = sign(&command(freeze(HOLDER_ACCOUNT)), &["alpha"]);
        entry.event = Event(vec![Effect::AccountFrozen { account: account(HOLDER_ACCOUNT) }]);
    });
    let another = holder.file("another", signed_receipt(&frozen, index, 256).as_bytes());
    let checked = client.offline(&["check", "--log-key", &key, "--effects", &another]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    let told = "\neffects not shown: effect 59 is none that this client knows\n";
    assert!(checked.stdout.ends_with(told), "{checked:?}");
}

/// The node answers nobody who does not prove whose key it is, and the client
/// believes no other log than that which it knows.
fn who_asks_is_proved(client: &Client) {
    let mut registry = Registry::new();
    let holder = stocked(client, &mut registry);
    let number = HOLDER_ACCOUNT.to_string();
    holder.ok("account", &[&number]);
    let stranger = Holder::new(client, &registry);
    let elsewhere = log_key_of("log", "registry.test/another").to_string();
    let beta = BETA_ACCOUNT.to_string();
    let refusals = [
        (stranger.run("account", &[&number]), "CALLER_ROLE"),
        (holder.with("--key", None, "account", &[&number]), "CALLER_PROOF_MISSING"),
        (
            holder.with("--log-key", Some(&elsewhere), "account", &[&number]),
            "CALLER_PROOF_REGISTRY",
        ),
        (holder.run("account", &[&beta]), "ABSENT"),
    ];
    for (ended, reason) in refusals {
        assert_eq!(ended.code, REFUSED, "{ended:?}");
        assert!(ended.stderr.starts_with(&format!("REFUSED: {reason}")), "{ended:?}");
        assert_eq!(ended.stdout, "");
    }

    // Proofs and commands with a fault each, made with the client's own code.
    let url = registry.url();
    let key_of = |holder: &Holder| holder.home.path().join("key.pem");
    let faults = succeed(
        client
            .process(&client.faults)
            .args([&url, &log_key().to_string()])
            .args([key_of(&holder), key_of(&stranger)]),
    );
    let expected = "\
signed by another key: CALLER_SIGNATURE_INVALID
of another message: CALLER_PROOF_MESSAGE
of another method: CALLER_PROOF_METHOD
of two minutes ago: CALLER_PROOF_TIME
used before: CALLER_PROOF_REPEATED
command signed by another key: SIGNATURE_INVALID
effects changed, digest not: refused
digest changed, effects not: refused
effects and digest changed: refused
command changed: refused
";
    assert_eq!(faults.stdout, expected, "{}", faults.stderr);

    // A log that another key signs is not believed, and what it said is kept apart.
    let another = log_key_of("alpha", origin().as_ref()).to_string();
    let transfer = [
        "--source",
        "1001",
        "--destination",
        "1002",
        "--units",
        "1:1-5",
        "--purpose",
        "other",
        "--yes",
    ];
    let ended = holder.with("--log-key", Some(&another), "transfer", &transfer);
    assert_eq!(ended.code, NOT_BELIEVED, "{ended:?}");
    let receipts = fs::read_dir(holder.home.path().join("receipts")).expect("kept");
    let unchecked = receipts.filter(|file| {
        let path = file.as_ref().expect("a file").path();
        path.extension().is_some_and(|extension| extension == "unchecked")
    });
    assert_eq!(unchecked.count(), 1);

    // Whose key is revoked is nobody any more.
    let key = holder.public_key.parse().expect("a key");
    registry.accepted(Body::RevokeKey { key, reason: text("盗難") }, &AUTHORITIES);
    let ended = holder.run("account", &[&number]);
    assert!(ended.stderr.starts_with("REFUSED: CALLER_KEY_NOT_IN_FORCE"), "{ended:?}");
    registry.stop();
}

/// The same stories for each client.
macro_rules! stories {
    ($client:ident) => {
        mod $client {
            use super::Client;

            #[test]
            fn a_holder_s_life() {
                Client::$client().into_iter().for_each(super::a_holder_s_life);
            }

            #[test]
            fn the_page_s_session() {
                Client::$client().into_iter().for_each(super::the_page_s_session);
            }

            #[test]
            fn a_command_happens_once() {
                Client::$client().into_iter().for_each(super::a_command_happens_once);
            }

            #[test]
            fn another_history_is_not_believed() {
                Client::$client().into_iter().for_each(super::another_history_is_not_believed);
            }

            #[test]
            fn a_stock_key_over_tls() {
                Client::$client().into_iter().for_each(super::a_stock_key_over_tls);
            }

            #[test]
            fn an_operator_s_lies_are_found() {
                Client::$client().into_iter().for_each(super::an_operator_s_lies_are_found);
            }

            #[test]
            fn no_byte_of_a_receipt_can_be_changed() {
                Client::$client().into_iter().for_each(super::no_byte_of_a_receipt_can_be_changed);
            }

            #[test]
            fn who_asks_is_proved() {
                Client::$client().into_iter().for_each(super::who_asks_is_proved);
            }
        }
    };
}

stories!(python);
stories!(typescript);
