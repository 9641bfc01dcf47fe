//! A registry that lies is caught, and the proof of it is kept.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may")]

mod support;

use jcm_format::key::SecretKey;
use jcm_format::tlog::{Evidence, KeyType, ProofFile, TrustedCheckpoint, VerifierKey};
use jcm_tests::witness::RunningWitness;
use std::path::Path;
use support::{Jcm, World, stderr};

/// Runs `jcm`, which must refuse to believe.
fn untrusted(jcm: &Jcm<'_>, args: &[&str]) -> String {
    let output = jcm.run(args);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(6), "{args:?}: {said}");
    said
}

#[test]
fn a_receipt_that_was_tampered_with_is_refused() {
    let world = World::new();
    let registry = world.registry("data");
    let jcm = Jcm { world: &world, registry: &registry, home: "home" };
    let (proof, bad) = (world.path("0.tlog-proof"), world.path("bad.tlog-proof"));
    for name in ["op1", "aud"] {
        let possession = world.path(&format!("{name}.possession"));
        match name {
            "op1" => jcm
                .act(&["operator", "appoint", "op-1", "--possession", &possession], &["a1", "a2"]),
            _ => jcm.act(
                &["auditor", "register", "auditor-1", "--possession", &possession],
                &["a1", "a2"],
            ),
        };
    }
    jcm.look(&["proof", "1", "--out", &proof]);
    let text = std::fs::read_to_string(&proof).expect("written");
    let file: ProofFile = text.parse().expect("a proof");
    let mut entry = file.extra().expect("the entry").to_vec();
    let last = entry.len() - 1;
    entry[last] ^= 1;
    let other_entry = file.clone().with_extra(entry).expect("short").to_string();
    let tampered = [
        other_entry,
        text.replace("\nindex 1\n", "\nindex 2\n"),
        text.replace(support::ORIGIN, "registry.example/jcm/fake"),
        text.replace("jcm/test\n3\n", "jcm/test\n4\n"),
        text[..text.len() - 2].to_owned(),
    ];
    for (i, tampered) in tampered.iter().enumerate() {
        assert_ne!(*tampered, text, "{i}");
        std::fs::write(&bad, tampered).expect("writable");
        untrusted(&jcm, &["receipt", "check", &bad]);
        untrusted(&jcm, &["receipt", "check", &bad, "--online"]);
    }
    registry.stop();
}

#[test]
fn a_wrong_log_key_is_refused() {
    let world = World::new();
    let registry = world.registry("data");
    let shown = world.ok(&["key", "show", &world.key("rep1")]);
    let wrong = shown["public_key"].as_str().expect("a key");
    // Demanded at the first contact: nothing is kept.
    let fresh = Jcm { world: &world, registry: &registry, home: "fresh" };
    let said = untrusted(&fresh, &["registry", "--log-key", wrong]);
    assert!(said.contains("shows the log key"), "{said}");
    assert!(!fresh.home_path().join("trust/log.trust").exists());
    // Kept on first use, which is said; another one demanded later is refused.
    let jcm = Jcm { world: &world, registry: &registry, home: "home" };
    let first = jcm.run(&["registry"]);
    assert!(stderr(&first).contains("unchecked"), "{}", stderr(&first));
    assert!(!stderr(&jcm.run(&["registry"])).contains("unchecked"));
    untrusted(&jcm, &["registry", "--log-key", wrong]);
    jcm.look(&["registry", "--log-key", &registry.log_key]);
    // Another registry behind the same home folder.
    let other = World::new();
    let impostor = other.registry("data");
    let swapped = Jcm { world: &world, registry: &impostor, home: "home" };
    let said = untrusted(&swapped, &["registry"]);
    assert!(said.contains("is trusted"), "{said}");
    impostor.stop();
    registry.stop();
}

#[test]
fn a_split_view_is_caught_and_both_sides_are_kept() {
    let world = World::new();
    let honest = world.registry("data");
    // The operator runs a second history under the same key: the same genesis,
    // recorded at another time.
    std::fs::create_dir_all(world.path("fork/keys")).expect("writable");
    let config = world.config("fork");
    registry_node::prepare(&config).expect("a fresh folder");
    let [from, to] = ["data", "fork"].map(|name| world.config(name).log_key_path());
    std::fs::copy(from, to).expect("the key");
    let fork = world.registry("fork");
    assert_eq!(fork.log_key, honest.log_key);

    let jcm = Jcm { world: &world, registry: &honest, home: "home" };
    jcm.look(&["proof", "0", "--out", &world.path("0.tlog-proof")]);
    let elsewhere = Jcm { world: &world, registry: &fork, home: "home" };
    let said = untrusted(&elsewhere, &["proof", "0"]);
    assert!(said.contains("SPLIT VIEW"), "{said}");

    let evidence = jcm.home_path().join("trust/evidence");
    let mut roots = Vec::new();
    for file in std::fs::read_dir(&evidence).expect("kept") {
        let path = file.expect("readable").path();
        assert!(said.contains(&path.display().to_string()), "{said}");
        if path.extension().is_some_and(|extension| extension == "contradiction") {
            // Both in one file, which convinces whoever has the published key.
            let text = std::fs::read_to_string(&path).expect("kept");
            let alone = Evidence::open(&text, &log_key(&jcm)).expect("signed by the log");
            assert!(alone.verdict().is_contradiction());
        } else {
            roots.push(root(&path, &jcm));
        }
    }
    assert_eq!(roots.len(), 2);
    assert_ne!(roots[0], roots[1], "one size, two roots, both signed");
    // From now on nothing is done, not even with the honest one.
    untrusted(&jcm, &["registry"]);
    let appoint = ["operator", "appoint", "op-1", "--possession", &world.path("op1.possession")];
    assert_eq!(jcm.refused(&appoint, &["a1", "a2"]).0, 6);
    std::fs::rename(&evidence, jcm.home_path().join("reported")).expect("ours");
    jcm.look(&["registry"]);
    fork.stop();
    honest.stop();
}

#[test]
fn a_log_that_grew_another_way_is_caught() {
    let world = World::new();
    let honest = world.registry("data");
    let config = world.config("fork");
    registry_node::prepare(&config).expect("a fresh folder");
    let [from, to] = ["data", "fork"].map(|name| world.config(name).log_key_path());
    std::fs::copy(from, to).expect("the key");
    let fork = world.registry("fork");
    let possession = world.path("op1.possession");
    let appoint = ["operator", "appoint", "op-1", "--possession", &possession];
    // Two entries there, one entry here: no proof connects them.
    let there = Jcm { world: &world, registry: &fork, home: "there" };
    there.act(&appoint, &["a1", "a2"]);
    let jcm = Jcm { world: &world, registry: &honest, home: "home" };
    jcm.look(&["proof", "0"]);
    let elsewhere = Jcm { world: &world, registry: &fork, home: "home" };
    let said = untrusted(&elsewhere, &["proof", "1"]);
    assert!(said.contains("evidence: ") && said.contains("could not prove"), "{said}");
    // It has fewer entries than were trusted: rolled back, or another history.
    let rolled_back = Jcm { world: &world, registry: &honest, home: "there" };
    let said = untrusted(&rolled_back, &["proof", "0"]);
    // What is said of it; the file that keeps it is named as all of its kind.
    let (words, _) = said.split_once("evidence: ").expect("kept");
    assert!(words.contains("could not prove") && !words.contains("contradiction"), "{said}");
    let kept = std::fs::read_dir(world.path("there/trust/unproven")).expect("kept").count();
    assert_eq!(kept, 3, "both checkpoints, and one file with all of it");
    let said = untrusted(
        &rolled_back,
        &[
            "operator",
            "appoint",
            "op-1",
            "--possession",
            &possession,
            "--yes",
            "--key",
            &world.key("a1"),
            "--key",
            &world.key("a2"),
        ],
    );
    assert!(said.contains("proved contradiction"), "grown to the same size: {said}");
    fork.stop();
    honest.stop();
}

/// A registry whose checkpoints a witness cosigns, and what a holder demands of it.
struct Witnessed {
    world: World,
    witness: RunningWitness,
    /// The policy file: this witness.
    policy: String,
    /// Another: this one, and one that has never seen the log.
    both: String,
}

impl Witnessed {
    fn new() -> Witnessed {
        let world = World::new();
        let log = registry_node::prepare(&world.config("data")).expect("a fresh folder").log_key;
        let log = VerifierKey::new(support::ORIGIN, KeyType::Ed25519, &log).expect("a key");
        let witness = RunningWitness::start("witness.example/w", &log);
        let (policy, both) = (world.path("policy"), world.path("both"));
        let own = format!("log {log}\nwitness ours {} {}\n", witness.key(), witness.url());
        std::fs::write(&policy, format!("{own}quorum ours\n")).expect("writable");
        let absent = SecretKey::from_seed(&[9; 32]).public_key();
        let absent = VerifierKey::new("witness.example/x", KeyType::Cosignature, &absent);
        let absent = format!("witness absent {}\n", absent.expect("a key"));
        let text = format!("{own}{absent}group all all ours absent\nquorum all\n");
        std::fs::write(&both, text).expect("writable");
        Witnessed { world, witness, policy, both }
    }

    /// Lines of the node's configuration.
    fn section(&self, when_missing: &str) -> String {
        let policy = &self.policy;
        format!("[witnesses]\npolicy = {policy:?}\nwhen_missing = {when_missing:?}\n")
    }

    /// Has an operator appointed; the arguments.
    fn appoint(&self, number: u8) -> Vec<String> {
        let possession = self.world.path(&format!("op{number}.possession"));
        let words = ["operator", "appoint", &format!("op-{number}"), "--possession", &possession];
        words.map(str::to_owned).to_vec()
    }
}

fn strs(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

#[test]
fn a_policy_of_witnesses_is_demanded_of_every_checkpoint() {
    let mut all = Witnessed::new();
    let registry = all.world.registry_with("data", &all.section("wait"));
    let jcm = Jcm { world: &all.world, registry: &registry, home: "home" };
    let demand = ["--witness-policy", all.policy.as_str()];
    let appointed = jcm.act(&[&strs(&all.appoint(1))[..], &demand].concat(), &["a1", "a2"]);
    let receipt = appointed["receipt"].as_str().expect("a path").to_owned();
    let checked = jcm.text(&[&["receipt", "check", &receipt], &demand[..]].concat());
    assert!(checked.contains("the witnesses'"), "{checked}");
    // The frames of an export have no cosignatures; what has them contains them.
    let export = all.world.path("export.jcmlog");
    jcm.look(&[&["export", &export], &demand[..]].concat());
    // One more is demanded than has cosigned: no receipt is believed, offline or online.
    let too_many = ["--witness-policy", all.both.as_str()];
    for more in [&[][..], &["--online"]] {
        let said = untrusted(&jcm, &[&["receipt", "check", &receipt], more, &too_many].concat());
        assert!(said.contains("no cosignature by absent\n"), "{said}");
    }
    registry.stop();

    // The registry goes on without its witness: nothing that is new is believed.
    all.witness.stop();
    let config = registry_node::Config::parse(&format!(
        "data_dir = {:?}\nlisten = \"127.0.0.1:0\"\nlog_key_unencrypted = true\n{}",
        all.world.path("data"),
        all.section("mark")
    ));
    let registry = all.world.start(config.expect("a configuration"), String::new());
    let jcm = Jcm { world: &all.world, registry: &registry, home: "home" };
    let appoint = all.appoint(2);
    let act = [&strs(&appoint)[..], &demand].concat();
    let output = jcm.try_act(&act, &["a1", "a2"]);
    assert_eq!(output.status.code(), Some(6), "{}", stderr(&output));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let message = answer["error"]["message"].as_str().expect("a message");
    assert!(message.contains("too few witnesses") && message.contains("ours"), "{message}");
    assert!(answer["error"]["offered_receipt"].is_string(), "what was offered is kept: {answer}");
    for evidence in ["trust/evidence", "trust/unproven"] {
        assert!(!jcm.home_path().join(evidence).exists(), "nothing contradicts: {evidence}");
    }
    // What was witnessed still is.
    jcm.look(&[&["receipt", "check", &receipt, "--online"], &demand[..]].concat());
    // Whoever demands nobody believes the log's key.
    jcm.look(&["proof", "2"]);
    registry.stop();
}

#[test]
fn another_history_is_a_contradiction_before_it_is_unwitnessed() {
    let all = Witnessed::new();
    let registry = all.world.registry_with("data", &all.section("wait"));
    let jcm = Jcm { world: &all.world, registry: &registry, home: "home" };
    let demand = ["--witness-policy", all.policy.as_str()];
    let appoint = all.appoint(1);
    jcm.act(&[&strs(&appoint)[..], &demand].concat(), &["a1", "a2"]);
    let world = &all.world;
    std::fs::create_dir_all(world.path("fork/keys")).expect("writable");
    registry_node::prepare(&world.config("fork")).expect("a fresh folder");
    let [from, to] = ["data", "fork"].map(|name| world.config(name).log_key_path());
    std::fs::copy(from, to).expect("the key");
    let fork = world.registry("fork");
    Jcm { world, registry: &fork, home: "operator" }.act(&strs(&appoint), &["a1", "a2"]);
    let elsewhere = Jcm { world, registry: &fork, home: "home" };
    let said = untrusted(&elsewhere, &[&["proof", "0"], &demand[..]].concat());
    assert!(said.contains("SPLIT VIEW"), "{said}");
    let kept = std::fs::read_dir(jcm.home_path().join("trust/evidence")).expect("kept");
    assert_eq!(kept.count(), 3, "both, and the two in one file");
    fork.stop();
    registry.stop();
}

#[test]
fn a_policy_that_is_none_is_refused_with_its_line() {
    let all = Witnessed::new();
    let registry = all.world.registry_with("data", "");
    let jcm = Jcm { world: &all.world, registry: &registry, home: "home" };
    let bad = all.world.path("bad");
    let other = SecretKey::from_seed(&[8; 32]).public_key();
    let other = VerifierKey::new(support::ORIGIN, KeyType::Ed25519, &other).expect("a key");
    let witness = format!("witness w {}\nquorum w\n", all.witness.key());
    for (text, code, part) in [
        ("quorum nobody\n".to_owned(), 2, "line 1: the name nobody is not defined"),
        ("quorum none\n".to_owned(), 2, "demands nobody"),
        (format!("log {other}\n{witness}"), 6, "none with the trusted log key"),
    ] {
        std::fs::write(&bad, text).expect("writable");
        let output = jcm.run(&["registry", "--witness-policy", &bad]);
        assert_eq!(output.status.code(), Some(code), "{}", stderr(&output));
        assert!(stderr(&output).contains(part), "{}", stderr(&output));
    }
    let nowhere = jcm.run(&["registry", "--witness-policy", &all.world.path("nowhere")]);
    assert_eq!(nowhere.status.code(), Some(1), "{}", stderr(&nowhere));
    registry.stop();
}

fn root(path: &Path, jcm: &Jcm<'_>) -> String {
    let note = std::fs::read_to_string(path).expect("kept");
    let checkpoint = TrustedCheckpoint::open(&note, &log_key(jcm)).expect("signed by the log");
    assert_eq!(checkpoint.checkpoint().size, 1);
    checkpoint.checkpoint().root.to_string()
}

fn log_key(jcm: &Jcm<'_>) -> VerifierKey {
    let origin = support::ORIGIN.parse().expect("an origin");
    let key: jcm_cli::cli::LogKey = jcm.registry.log_key.parse().expect("a key");
    key.for_origin(&origin).expect("honest")
}
