//! The life of units, from the genesis of a registry to the export of its log, by
//! the command line alone.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may")]
#![allow(clippy::too_many_lines, reason = "one story, told in order")]

mod support;

use serde_json::{Value, json};
use support::{Jcm, ORIGIN, World, stderr};

/// Two operators, a partner authority and an auditor.
fn people(jcm: &Jcm<'_>) {
    let world = jcm.world;
    let proof = |name: &str| world.path(&format!("{name}.possession"));
    let both = ["a1", "a2"];
    jcm.act(&["operator", "appoint", "op-1", "--possession", &proof("op1")], &both);
    appoint_apart(jcm, &proof("op2"));
    jcm.act(&["partner", "register", "MN", "--possession", &proof("mn")], &both);
    jcm.act(&["auditor", "register", "auditor-1", "--possession", &proof("aud")], &both);
    // A proof for another role does not get as far as the registry.
    let wrong = ["operator", "appoint", "op-3", "--possession", &proof("mn")];
    assert_eq!(jcm.refused(&wrong, &both).0, 2);
}

/// The second operator's appointment travels as a file.
fn appoint_apart(jcm: &Jcm<'_>, proof: &str) {
    let file = jcm.world.path("appoint.json");
    let public = |name: &str| {
        let shown = jcm.look(&["key", "show", &jcm.world.key(name)]);
        shown["public_key"].as_str().expect("a key").to_owned()
    };
    let (a1, a2) = (public("a1"), public("a2"));
    jcm.look(&[
        "operator",
        "appoint",
        "op-2",
        "--possession",
        proof,
        "--unsigned-out",
        &file,
        "--signer",
        &a1,
        "--signer",
        &a2,
    ]);
    let unsigned = jcm.run(&["submit", &file, "--yes"]);
    assert_eq!(unsigned.status.code(), Some(3), "{}", stderr(&unsigned));
    let (key1, key2) = (jcm.world.key("a1"), jcm.world.key("a2"));
    jcm.look(&["sign", &file, "--offline", "--yes", "--key", &key1]);
    let alone = jcm.run(&["submit", &file, "--yes"]);
    assert_eq!(alone.status.code(), Some(4), "{}", stderr(&alone));
    assert!(stderr(&alone).contains("SECOND_SIGNATURE_MISSING"));
    let signed = jcm.run(&["sign", &file, "--yes", "--key", &key2]);
    assert!(signed.status.success(), "{}", stderr(&signed));
    assert!(stderr(&signed).contains("op-2"), "the effect is shown before signing");
    let unconfirmed = jcm.run(&["submit", &file]);
    assert_eq!(unconfirmed.status.code(), Some(2));
    assert!(stderr(&unconfirmed).contains("AppointOperator"), "{}", stderr(&unconfirmed));
    let first = jcm.look(&["submit", &file, "--yes"]);
    let again = jcm.look(&["submit", &file, "--yes"]);
    assert_eq!(first["entry"], again["entry"], "sent twice, recorded once");
    let twice = jcm.run(&["sign", &file, "--offline", "--yes", "--key", &key2]);
    assert_eq!(twice.status.code(), Some(3));
}

/// An account, refused while its fee is unpaid.
fn account(jcm: &Jcm<'_>, person: &str, name_ja: &str, name_en: &str, key: &str) -> String {
    let particulars = jcm.world.path("form1.json");
    std::fs::write(&particulars, "{\"phone\": \"03-0000-0000\"}").expect("writable");
    let application = jcm.entry(
        &[
            "account",
            "apply",
            "--person",
            person,
            "--name-ja",
            name_ja,
            "--name-en",
            name_en,
            "--office-ja",
            "東京都千代田区",
            "--office-en",
            "Chiyoda, Tokyo",
            "--particulars",
            &particulars,
            "--attachment",
            &particulars,
        ],
        &[key],
    );
    let open = ["account", "open", &application];
    assert_eq!(jcm.refused(&open, &["op1"]), (3, "FEE_UNPAID".to_owned()));
    let reference = format!("BANK-{application}");
    let payment = jcm.entry(
        &[
            "payment",
            "record",
            "--reference",
            &reference,
            "--amount",
            "14,400",
            "--date",
            "2026-04-01",
            "--payer",
            name_ja,
        ],
        &["op1"],
    );
    jcm.entry(&["payment", "apply", &payment, "--to", &application], &["op1"]);
    assert_eq!(jcm.refused(&open, &[key]).0, 4, "not with a stranger's key");
    let opened = jcm.act(&open, &["op1"]);
    assert_eq!(opened["made"][0]["kind"], "account");
    opened["made"][0]["number"].as_str().expect("a number").to_owned()
}

/// A project, both authorisations, the consent, and the issuance.
fn issue(jcm: &Jcm<'_>, account: &str) {
    jcm.entry(
        &[
            "project",
            "register",
            "MN003",
            "--title",
            "首都近郊農場での12.7MW太陽光発電",
            "--methodology",
            "MN_AM003",
            "--public-input",
            "2017-05-01",
        ],
        &["op1"],
    );
    let document = jcm.world.path("form1.json");
    for (id, side, keys) in
        [("JP-2026-01", "japan", &["a1", "a2"][..]), ("MN-2026-01", "partner", &["mn"][..])]
    {
        jcm.entry(
            &[
                "authorisation",
                "record",
                id,
                "--side",
                side,
                "--partner",
                "MN",
                "--approach",
                "CA0007",
                "--date",
                "2026-04-01",
                "--quantity",
                "100,000",
                "--vintages",
                "2021-2030",
                "--for",
                "ndc",
                "--document",
                &document,
            ],
            keys,
        );
    }
    let file = jcm.world.path("issuance.toml");
    let text = format!(
        r#"
project = "MN003"
verifier = "Example Verification Ltd."
report = "form1.json"

[decision]
reference = "MN-JC-2026-01"
date = "2026-05-10"
period_start = "2023-07-01"
period_end = "2024-12-31"
notified_total_tonnes = 12000
notified_japan_tonnes = 9000

[[vintage]]
year = 2023
allocations = [{{ account = "{account}", tonnes = 3000 }}]

[[vintage]]
year = 2024
allocations = [{{ account = "{account}", tonnes = 5500 }}, {{ account = 1, tonnes = 500 }}]
"#
    );
    std::fs::write(&file, text).expect("writable");
    let consent = jcm.entry(&["issue", "consent", &file], &["mn"]);
    let record = ["issue", "record", &file, "--consent", &consent];
    let alone = jcm.refused(&record, &["op1"]);
    assert_eq!(alone, (4, "SECOND_SIGNATURE_MISSING".to_owned()));
    let issued = jcm.act(&record, &["op1", "op2"]);
    assert_eq!(
        issued["made"],
        json!([
            { "kind": "block", "number": "1" },
            { "kind": "block", "number": "2" },
        ])
    );
}

/// A transfer that waits for its fee, then is recorded.
fn transfer(jcm: &Jcm<'_>, from: &str, to: &str) {
    let apply = ["transfer", "apply", "--from", from, "--to", to, "--quantity", "3,200"];
    let application = jcm.entry(&apply, &["rep1"]);
    let waiting = jcm.look(&["application", "list"]);
    assert_eq!(waiting["applications"][0]["entry"].to_string(), application);
    // The oldest vintage first: all of block 1, then the lowest of block 2.
    let reserved: Vec<Value> = jcm.look(&["holdings", from])["holdings"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|stretch| !stretch["reserved_by"].is_null())
        .map(|stretch| stretch["range"].clone())
        .collect();
    assert_eq!(reserved, [json!("1:1-3000"), json!("2:1-200")]);
    let record = ["transfer", "record", &application];
    assert_eq!(jcm.refused(&record, &["op1"]), (3, "FEE_UNPAID".to_owned()));
    let payment = jcm.entry(
        &[
            "payment",
            "record",
            "--reference",
            "BANK-T",
            "--amount",
            "10000",
            "--date",
            "2026-06-01",
            "--account",
            from,
        ],
        &["op1"],
    );
    jcm.entry(&["payment", "apply", &payment, "--to", &application], &["op1"]);
    jcm.entry(&record, &["op1"]);
    assert_eq!(jcm.refused(&record, &["op1"]), (3, "APPLICATION_CLOSED".to_owned()));
    // Another, withdrawn; and one whose fee is drawn at once.
    let application = jcm.entry(&apply, &["rep1"]);
    jcm.entry(&["application", "withdraw", &application, "--reason", "wrong"], &["rep1"]);
    let shown = jcm.look(&["application", "show", &application]);
    assert_eq!(shown["status"], "withdrawn");
    let drawn = [
        "transfer",
        "apply",
        "--from",
        from,
        "--to",
        to,
        "--range",
        "2:4001-4100",
        "--fee-payment",
        &payment,
    ];
    jcm.entry(&drawn, &["rep1"]);
    let certificate = ["certificate", "request", from, "--fee-payment", &payment];
    jcm.entry(&certificate, &["rep1"]);
    let left = jcm.look(&["payment", "show", &payment]);
    assert_eq!(left["left_yen"], 10_000 - 2 * 2_500 - 1_200);
}

#[test]
fn units_live_from_genesis_to_export() {
    let world = World::new();
    let registry = world.registry("data");
    let jcm = Jcm { world: &world, registry: &registry, home: "home" };
    people(&jcm);
    let one = account(&jcm, "JP:8700110005901", "例示株式会社", "Example K.K.", "rep1");
    let two = account(&jcm, "MN:12-34", "別の会社", "Another Co.", "rep2");
    issue(&jcm, &one);
    transfer(&jcm, &one, &two);

    // Retire and cancel: the accounts are looked up, the fee is waived as declared.
    let retire =
        ["retire", "--from", &one, "--quantity", "1,000", "--use", "gx-ets", "--year", "2026"];
    let retired = jcm.act(&[&retire[..], &["--gratuitous"]].concat(), &["rep1"]);
    assert!(retired["effects"].to_string().contains("adjust"), "{retired}");
    let cancel = ["cancel", "--from", &two, "--range", "1:1-10", "--use", "voluntary"];
    jcm.act(&[&cancel[..], &["--gratuitous", "--beneficiary", "受益者"]].concat(), &["rep2"]);
    let gone = ["cancel", "--from", &two, "--range", "1:1-10", "--gratuitous"];
    assert_eq!(jcm.refused(&gone, &["rep2"]), (3, "UNITS_NOT_HELD".to_owned()));
    let too_many = ["cancel", "--from", &two, "--quantity", "1,000,000", "--gratuitous"];
    assert_eq!(jcm.refused(&too_many, &["rep2"]).0, 2);
    let request = jcm.entry(&["certificate", "request", &two], &["rep2"]);
    let issue = ["certificate", "issue", &request];
    assert_eq!(jcm.refused(&issue, &["op2"]), (3, "FEE_UNPAID".to_owned()));

    looks(&jcm, &one);
    proofs(&jcm, &retired);
    refusals(&jcm, &one);
    let mut left: Vec<_> = std::fs::read_dir(jcm.home_path().join("pending"))
        .expect("a folder")
        .map(|entry| entry.expect("readable").path())
        .collect();
    left.sort();
    assert!(left.is_empty(), "nothing is pending: {left:?}");
    registry.stop();
}

fn looks(jcm: &Jcm<'_>, one: &str) {
    let totals = jcm.look(&["totals"]);
    assert_eq!(totals["issued_tonnes"], 9_000);
    let sum: u64 = totals["totals"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|total| total["quantity_tonnes"].as_u64().expect("a number"))
        .sum();
    assert_eq!(sum, 9_000);
    assert_eq!(totals["adjustments"][0]["quantity_tonnes"], 1_000);
    let registry = jcm.look(&["registry"]);
    assert_eq!(registry["origin"], ORIGIN);
    assert_eq!(registry["entries"], totals["entries"]);
    assert_eq!(jcm.look(&["account", "show", one])["holder"]["name_ja"], "例示株式会社");
    assert!(jcm.text(&["account", "list"]).contains("例示株式会社"));
    assert!(jcm.text(&["holdings", one]).contains("total"));
    assert!(jcm.text(&["project", "list"]).contains("MN003"));
    assert!(jcm.text(&["authorisation", "list"]).contains("CA0007"));
    assert!(jcm.text(&["payment", "list", "--all"]).contains("14,400"));
    let units = jcm.look(&["units", "1:1-3000"]);
    assert_eq!(units["units"][0]["account"], 3, "the first ten are cancelled");
    for subject in [["--account", one], ["--project", "MN003"], ["--block", "1"]] {
        let history = jcm.look(&[&["history"], &subject[..]].concat());
        assert!(!history.as_array().expect("a list").is_empty(), "{subject:?}");
    }
    assert!(jcm.text(&["history", "--account", one]).contains("ApplyTransfer"));
    assert_eq!(jcm.look(&["entry", "0"])["summary"]["command"], "Genesis");
}

fn proofs(jcm: &Jcm<'_>, act: &Value) {
    let receipt = act["receipt"].as_str().expect("a path");
    assert_eq!(jcm.look(&["receipt", "show", receipt])["entry"], act["entry"]);
    assert_eq!(jcm.look(&["receipt", "check", receipt])["valid"], true);
    assert_eq!(jcm.look(&["receipt", "check", receipt, "--online"])["valid"], true);
    let proof = jcm.world.path("entry-3.tlog-proof");
    jcm.look(&["proof", "3", "--out", &proof]);
    assert_eq!(jcm.look(&["receipt", "check", &proof])["entry"], 3);
    // By the key alone, in a home folder that knows nothing.
    let stranger = Jcm { home: "stranger", ..*jcm };
    let check = ["receipt", "check", receipt, "--log-key", &jcm.registry.log_key];
    assert_eq!(stranger.look(&check)["valid"], true);
    assert_eq!(stranger.run(&["receipt", "check", receipt]).status.code(), Some(2));
    let export = jcm.world.path("registry.jcmlog");
    let exported = jcm.look(&["export", &export]);
    assert_eq!(exported["entries"], jcm.look(&["totals"])["entries"]);
    let bytes = std::fs::read(&export).expect("written");
    assert!(bytes.starts_with(b"jcmlog/1\n"));
}

fn refusals(jcm: &Jcm<'_>, one: &str) {
    let key = jcm.world.key("op1");
    // Nobody to ask, no --yes: nothing is signed.
    let unasked = jcm.run(&[
        "project",
        "register",
        "MN004",
        "--title",
        "t",
        "--methodology",
        "m",
        "--key",
        &key,
    ]);
    assert_eq!(unasked.status.code(), Some(2));
    let said = stderr(&unasked);
    assert!(said.contains("registers project MN004") && said.contains("--yes"), "{said}");
    assert!(!jcm.text(&["project", "list"]).contains("MN004"));
    // In words: what is wrong with number and reason, and what to do next.
    let twice = jcm.run(&[
        "project",
        "register",
        "MN003",
        "--title",
        "t",
        "--methodology",
        "m",
        "--key",
        &key,
        "--yes",
    ]);
    let said = stderr(&twice);
    assert_eq!(twice.status.code(), Some(3));
    assert!(said.contains("error: 601 PROJECT_EXISTS"), "{said}");
    assert!(said.contains("この参照番号の事業は既に登録されています"), "{said}");
    assert!(said.contains("what to do next: "), "{said}");
    // No registry there.
    let away = jcm.world.run(&["account", "list"]);
    assert_eq!(away.status.code(), Some(5), "{}", stderr(&away));
    // A destination without its check digits.
    let slip = ["transfer", "apply", "--from", one, "--to", "1002", "--quantity", "1"];
    assert_eq!(jcm.run(&slip).status.code(), Some(2));
    // A file that is not a key file.
    let not_a_key = ["key", "show", &jcm.world.path("form1.json")];
    assert_eq!(jcm.run(&not_a_key).status.code(), Some(1));
}
