//! What stands between a thief and an account, as its users would do it: safeguards,
//! representatives, mandates, trusted accounts, freezes, recovery of a lost key.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may")]
#![allow(clippy::too_many_lines, reason = "one story, told in order")]

mod support;

use serde_json::{Value, json};
use support::{AUTHORITIES, Jcm, OPERATORS, ORIGIN, World, account, file, issue, office, transfer};

fn rejected(reason: &str) -> (i32, String) {
    (3, reason.to_owned())
}

/// A new key, and its proof for a role; the path of the proof.
fn proof(jcm: &Jcm<'_>, key: &str, role: &str) -> String {
    let (path, out) = (jcm.world.key(key), jcm.world.path(&format!("{key}.possession")));
    jcm.world.ok(&["key", "new", "--without-passphrase", &path]);
    jcm.world.ok(&["key", "possession", "--role", role, "--origin", ORIGIN, "--out", &out, &path]);
    out
}

fn safeguards(jcm: &Jcm<'_>, one: &str) {
    assert_eq!(jcm.sees("safeguards show")["safeguards"], Value::Null);
    let off = jcm.is_refused(&format!("account mandate {one} --control single"), &["rep1"]);
    assert_eq!(off, rejected("SAFEGUARDS_OFF"));
    assert_eq!(jcm.sees(&format!("account show {one}"))["mandate"], Value::Null);
    let alone = jcm.is_refused("safeguards adopt --default", &["a1"]);
    assert_eq!(alone, (4, "SECOND_SIGNATURE_MISSING".to_owned()));
    let misspelt = file(jcm, "misspelt.toml", "delay = true\n");
    assert_eq!(jcm.is_refused(&format!("safeguards adopt {misspelt}"), &AUTHORITIES).0, 2);
    jcm.does("safeguards adopt --default", &AUTHORITIES);
    let shown = &jcm.sees("safeguards show")["safeguards"];
    assert_eq!(shown["central_untrusted_tonnes"], 2_000_000);
    assert_eq!(shown["default_mandate"]["control"], "single");
    assert!(jcm.reads("safeguards show").contains("2,000,000"));
    let shown = jcm.sees(&format!("account show {one}"));
    assert_eq!(shown["mandate"], "one representative signs; no limit");
}

/// What goes to a stranger waits, and is stopped meanwhile.
fn delays(jcm: &Jcm<'_>, one: &str, two: &str) {
    let application = jcm.does_entry(&transfer(jcm, one, two, "1:1-100"), &["rep1"]);
    let shown = jcm.sees(&format!("application show {application}"));
    assert_eq!((&shown["status"], &shown["next"]), (&json!("delayed"), &json!("operator")));
    assert_eq!(shown["not_before"].as_str().map(str::len), Some(10), "{shown}");
    let text = jcm.reads("application list --status delayed");
    assert!(text.contains(shown["not_before"].as_str().expect("a day")), "{text}");
    let record = format!("transfer record {application}");
    assert_eq!(jcm.is_refused(&record, &["op1"]), rejected("TRANSFER_DELAYED"));
    jcm.does(&format!("application withdraw {application} --reason 'not ours'"), &["rep1"]);

    let add = format!("account trust add {one} {two}");
    jcm.does(&add, &["rep1"]);
    assert_eq!(jcm.is_refused(&add, &["rep1"]), rejected("TRUSTED_ALREADY"));
    let list = jcm.sees(&format!("account trust list {one}"));
    assert_eq!((&list["count"], &list["trusted"][0]["number"]), (&json!(1), &json!(two)));
    assert!(jcm.reads(&format!("account trust list {one}")).contains(two));
    assert!(jcm.reads(&format!("account show {one}")).contains("1 accounts"));
    let remove = add.replace("add", "remove");
    jcm.does(&remove, &["rep1"]);
    assert_eq!(jcm.is_refused(&remove, &["rep1"]), rejected("NOT_TRUSTED"));
    assert_eq!(jcm.reads(&format!("account trust list {one}")).trim(), "none");
}

/// Two who sign, and limits.
fn mandate(jcm: &Jcm<'_>, one: &str, two: &str) {
    let mandate = format!("account mandate {one} --control dual --per-transfer 50");
    assert_eq!(jcm.is_refused(&mandate, &["rep1"]), rejected("REPRESENTATIVES_MISSING"));
    for (key, power) in [("tanaka", "initiate"), ("suzuki", "approve")] {
        let proof = proof(jcm, key, &format!("representative:{one}:{key}:{power}"));
        jcm.does(&format!("key register --possession {proof}"), &["rep1"]);
    }
    let both = proof(jcm, "both", &format!("representative:{one}:op-1:full"));
    let register = format!("key register --possession {both}");
    assert_eq!(jcm.is_refused(&register, &["rep1"]), rejected("PERSON_IN_TWO_ROLES"));
    let keys = jcm.sees(&format!("key list {one}"));
    let mut powers: Vec<_> = keys["keys"].as_array().expect("a list").iter().collect();
    powers.sort_by_key(|key| key["power"].as_str().map(str::to_owned));
    let powers: Vec<_> = powers.iter().map(|key| (&key["person"], &key["power"])).collect();
    assert_eq!(
        powers,
        [
            (&json!("suzuki"), &json!("approve")),
            (&Value::Null, &json!("full")),
            (&json!("tanaka"), &json!("initiate")),
        ]
    );
    let none = mandate.replace("50", "0");
    assert_eq!(jcm.run(&none.split(' ').collect::<Vec<_>>()).status.code(), Some(2));
    jcm.does(&mandate, &["rep1"]);
    let looser = mandate.replace("50", "60");
    jcm.does(&looser, &["tanaka", "suzuki"]);
    let shown = jcm.sees(&format!("account show {one}"));
    let expected = "two representatives sign; at most 50 t in one transfer";
    assert_eq!(shown["mandate"], expected);
    assert_eq!(shown["next_mandate"], expected.replace("50", "60"));
    assert!(jcm.reads(&format!("account show {one}")).contains("mandate to come"));

    let small = transfer(jcm, one, two, "1:1-50");
    let alone = jcm.is_refused(&small, &["tanaka"]);
    assert_eq!(alone, (4, "SECOND_SIGNATURE_MISSING".to_owned()));
    let large = transfer(jcm, one, two, "1:1-51");
    let large = jcm.is_refused(&large, &["tanaka", "suzuki"]);
    assert_eq!(large, rejected("LIMIT_PER_TRANSFER"));
    let application = jcm.does_entry(&small, &["tanaka", "suzuki"]);
    jcm.does(&format!("application withdraw {application} --reason 'not ours'"), &["suzuki"]);
}

fn freeze(jcm: &Jcm<'_>, one: &str, two: &str) {
    jcm.does(&format!("account freeze {one} --reason 'key stolen'"), &["suzuki"]);
    assert_eq!(jcm.sees(&format!("account show {one}"))["frozen"], true);
    assert!(jcm.reads("account list").contains("frozen"));
    let out = transfer(jcm, one, two, "1:2-3");
    assert_eq!(jcm.is_refused(&out, &["tanaka", "suzuki"]), rejected("ACCOUNT_FROZEN"));
    let unfreeze = format!("account unfreeze {one} --reason 'identified in person'");
    let alone = jcm.is_refused(&unfreeze, &["op1"]);
    assert_eq!(alone, (4, "SECOND_SIGNATURE_MISSING".to_owned()));
    jcm.does(&unfreeze, &OPERATORS);
    assert_eq!(jcm.is_refused(&unfreeze, &OPERATORS), rejected("ACCOUNT_NOT_FROZEN"));
}

fn recovery(jcm: &Jcm<'_>, one: &str) {
    let sato = proof(jcm, "sato", &format!("representative:{one}:sato:full"));
    let mori = proof(jcm, "mori", &format!("representative:{one}:mori:full"));
    let request = |proof: &str| {
        format!("key recover request --possession {proof} --reason 'lost, identified in person'")
    };
    let account = jcm.world.path("rep1.possession");
    assert_eq!(jcm.is_refused(&request(&account), &OPERATORS).0, 2, "another role");
    let asked = jcm.does(&request(&sato), &OPERATORS);
    assert_eq!(asked["made"][0]["kind"], "recovery");
    let entry = asked["made"][0]["number"].as_str().expect("an entry").to_owned();
    assert_eq!(jcm.is_refused(&request(&mori), &OPERATORS), rejected("RECOVERY_PENDING"));
    let shown = &jcm.sees(&format!("key list {one}"))["recovery"];
    assert_eq!(shown["role"], format!("representative:{one}:sato:full"));
    assert!(jcm.reads(&format!("key list {one}")).contains("not before"));
    let complete = format!("key recover complete {entry}");
    assert_eq!(jcm.is_refused(&complete, &["op1"]), rejected("RECOVERY_TOO_EARLY"));
    let cancel = format!("key recover cancel {entry} --reason 'not asked for'");
    jcm.does(&cancel, &["suzuki"]);
    assert_eq!(jcm.is_refused(&cancel, &["suzuki"]), rejected("RECOVERY_UNKNOWN"));

    // Without a waiting time it is complete on the same day.
    let text = "delays = false\ncutoff_hour = 12\nearly_days = 0\nlate_days = 0\ntrust_days = 0\n\
                recovery_days = 0\npinned = true\n[default_mandate]\ncontrol = \"single\"\n";
    let path = file(jcm, "safeguards.toml", text);
    jcm.does(&format!("safeguards adopt {path}"), &AUTHORITIES);
    let entry = jcm.does_entry(&request(&mori), &OPERATORS);
    jcm.does(&format!("key recover complete {entry}"), &["op1"]);
    let key = jcm.sees(&format!("key show {}", jcm.world.key("mori")))["public_key"].clone();
    let key = key.as_str().expect("a key");
    let listed = jcm.sees(&format!("key list {one}"));
    assert!(listed.to_string().contains(key), "{listed}");
    jcm.does(&format!("key revoke {key} --reason 'a trial'"), &["mori"]);
    assert!(!jcm.sees(&format!("key list {one}")).to_string().contains(key));
    assert!(jcm.reads(&format!("key list {one} --revoked")).contains("revoked"));
}

/// The holder was told of everything, in order.
fn notices(jcm: &Jcm<'_>, one: &str) {
    let told = jcm.sees(&format!("notices {one}"));
    let kinds: Vec<&str> = told
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|notice| notice["kind"].as_str())
        .collect();
    let guard = kinds.iter().copied().filter(|kind| {
        ["mandate", "account-trust", "account-dis", "account-frozen", "account-unf", "recov", "key"]
            .iter()
            .any(|start| kind.starts_with(start))
            || *kind == "transfer-delayed"
    });
    assert_eq!(
        guard.collect::<Vec<_>>(),
        [
            "transfer-delayed",
            "account-trusted",
            "account-distrusted",
            "key-registered",
            "key-registered",
            "mandate-set",
            "mandate-set",
            "transfer-delayed",
            "account-frozen",
            "account-unfrozen",
            "recovery-requested",
            "recovery-cancelled",
            "recovery-requested",
            "recovery-completed",
            "key-revoked",
        ]
    );
}

#[test]
fn an_account_is_kept_from_being_emptied() {
    let world = World::new();
    let registry = world.registry("registry");
    let jcm = Jcm { world: &world, registry: &registry, home: "home" };
    office(&jcm);
    let one = account(&jcm, "JP:8700110005901", "rep1");
    let two = account(&jcm, "MN:12-34", "rep2");
    issue(&jcm, &one);
    safeguards(&jcm, &one);
    delays(&jcm, &one, &two);
    mandate(&jcm, &one, &two);
    freeze(&jcm, &one, &two);
    recovery(&jcm, &one);
    notices(&jcm, &one);
    registry.stop();
}
