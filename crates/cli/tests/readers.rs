//! Who asks: a holder with its own key, somebody without one, and somebody else.

#![allow(dead_code, reason = "each test uses a part of the support")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test may")]

mod support;

use serde_json::Value;
use support::{Jcm, NOBODY, World, stderr};

/// An account with 100 t, and its number.
fn account(jcm: &Jcm<'_>, person: &str, key: &str) -> String {
    let particulars = jcm.world.path("form1.json");
    std::fs::write(&particulars, "{\"phone\": \"03-0000-0000\"}").expect("writable");
    let application = jcm.does_entry(
        &format!(
            "account apply --person JP:{person} --name-ja '株式会社{key}' --name-en '{key} Inc.' \
             --office-ja '東京都' --office-en 'Tokyo' --particulars {particulars} \
             --attachment {particulars}"
        ),
        &[key],
    );
    // Its own key shows it to the applicant before there is any account.
    let mine = jcm.sees(&format!("application show {application} --key {}", jcm.world.key(key)));
    assert_eq!(mine["kind"], "account");
    let payment = jcm.does_entry(
        &format!("payment record --reference B-{key} --amount 14,400 --date 2026-04-01"),
        &["op1"],
    );
    jcm.does(&format!("payment apply {payment} --to {application}"), &["op1"]);
    let opened = jcm.does(&format!("account open {application}"), &["op1"]);
    opened["made"][0]["number"].as_str().expect("a number").to_owned()
}

fn refusal(jcm: &Jcm<'_>, line: &str) -> (i32, String, String) {
    let words = support::words(line);
    let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
    words.push("--json");
    let output = jcm.run(&words);
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let text = |name: &str| answer["error"][name].as_str().unwrap_or_default().to_owned();
    (output.status.code().expect("an exit code"), text("reason"), text("advice"))
}

#[test]
fn a_holder_asks_with_its_own_key_and_sees_its_own() {
    let world = World::new();
    let registry = world.registry("data");
    let jcm = Jcm { world: &world, registry: &registry, home: "home" };
    let proof = world.path("op1.possession");
    jcm.does(&format!("operator appoint op-1 --possession {proof}"), &["a1", "a2"]);
    let one = account(&jcm, "8700110005901", "rep1");
    let two = account(&jcm, "4000012090001", "rep2");

    // Without a key; the advice says what to do.
    let nobody = Jcm { home: NOBODY, ..jcm };
    let (code, reason, advice) = refusal(&nobody, &format!("account show {one}"));
    assert_eq!((code, reason.as_str()), (4, "CALLER_PROOF_MISSING"));
    assert!(advice.contains("--key"), "{advice}");
    assert!(nobody.run(&["totals"]).status.success(), "what is open needs no key");

    // With its own, by flag; as a reader; by the environment.
    let (mine, theirs) = (world.key("rep1"), world.key("rep2"));
    let shown = nobody.sees(&format!("account show {one} --key {mine}"));
    assert_eq!(shown["number"], one.as_str());
    let shown = nobody.sees(&format!("--reader {mine} account show {one}"));
    assert_eq!(shown["number"], one.as_str());
    let by_environment = std::process::Command::new(env!("CARGO_BIN_EXE_jcm"))
        .args(["holdings", &one])
        .env_clear()
        .env("JCM_HOME", nobody.home_path())
        .env("JCM_ENDPOINT", &registry.endpoint)
        .env("JCM_KEY", &mine)
        .output()
        .expect("built");
    assert!(by_environment.status.success(), "{}", stderr(&by_environment));

    // Another's account, and one that there is not: the same in every word but the number.
    let mut told = Vec::new();
    for number in [two.as_str(), "9999"] {
        let output = nobody.run(&["account", "show", number, "--key", &mine]);
        assert_eq!(output.status.code(), Some(3));
        let id = if number == two { "1002" } else { "9999" };
        told.push(stderr(&output).replace(id, "N"));
    }
    assert_eq!(told[0], told[1]);
    let (code, reason, _) = refusal(&nobody, &format!("account list --key {mine}"));
    assert_eq!((code, reason.as_str()), (4, "CALLER_ROLE"));

    // Both keys of an act are given: the first asks. To whom units go is published.
    let sent = format!("transfer apply --from {one} --to {two} --range 1:1-1 --yes --key {mine}");
    let output = nobody.run(&sent.split(' ').collect::<Vec<_>>());
    assert!(stderr(&output).contains("rep2 Inc."), "{}", stderr(&output));
    let listed = nobody.sees(&format!("application list --key {theirs}"));
    assert_eq!(listed["total"], 0);

    // Another registry's home folder asks nobody here.
    let output = world.run_in("elsewhere", &registry.endpoint, &["registry", "--json"]);
    assert!(output.status.success());
    registry.stop();
}
