//! Every act of a holder, the implementing body and the authorities, as their users
//! would do them, one after the other.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may")]
#![allow(clippy::too_many_lines, reason = "one story, told in order")]

mod support;

use serde_json::{Value, json};
use std::process::Command;
use support::{Jcm, World, stderr};

const OPERATORS: [&str; 2] = ["op1", "op2"];
const AUTHORITIES: [&str; 2] = ["a1", "a2"];

/// A file in the world's folder; its path.
fn file(jcm: &Jcm<'_>, name: &str, text: &str) -> String {
    let path = jcm.world.path(name);
    std::fs::write(&path, text).expect("writable");
    path
}

fn entries(jcm: &Jcm<'_>) -> u64 {
    jcm.sees("registry")["entries"].as_u64().expect("a number")
}

/// Operators, a partner, the rules and the calendars.
fn office(jcm: &Jcm<'_>) {
    let proof = |name: &str| jcm.world.path(&format!("{name}.possession"));
    for (name, operator) in [("op1", "op-1"), ("op2", "op-2")] {
        jcm.does(
            &format!("operator appoint {operator} --possession {}", proof(name)),
            &AUTHORITIES,
        );
    }
    jcm.does(&format!("partner register MN --possession {}", proof("mn")), &AUTHORITIES);

    assert_eq!(jcm.sees("rules show")["rules"]["version"], 1);
    let rules = |version: u32| {
        format!(
            r#"
version = {version}
payment_days = 20
examination_days = 10
transferee_acceptance = true
shk_issued_until = "2025-03-31"
shk_public_input_until = "2025-03-31"
identification = "JP-{{project}}-{{vintage}}-{{block}}-{{unit}}"

[[fees]]
from = "2025-04-01"
account_opening_yen = 14400
transfer_yen = 2500
certificate_yen = 1200

[invoice]
name = "例示指定実施機関"
registration_number = "T8700110005901"
tax_percent = 0
"#
        )
    };
    let wrong = file(jcm, "rules.toml", &rules(7));
    let adopt = format!("rules adopt {wrong}");
    assert_eq!(jcm.is_refused(&adopt, &AUTHORITIES), (3, "RULES_VERSION".to_owned()));
    file(jcm, "rules.toml", &rules(2));
    assert_eq!(jcm.is_refused(&adopt, &OPERATORS).0, 4);
    jcm.does(&adopt, &AUTHORITIES);
    assert!(jcm.reads("rules show").contains("例示指定実施機関"));
    file(jcm, "rules.toml", &rules(3).replace("tax_percent", "tax"));
    let misspelt = jcm.try_act(&["rules", "adopt", &wrong], &AUTHORITIES);
    let said = String::from_utf8_lossy(&misspelt.stdout).into_owned();
    assert_eq!(misspelt.status.code(), Some(2), "{said}");
    assert!(said.contains("rules.toml") && said.contains("tax"), "{said}");

    for year in [2026, 2027] {
        let example = jcm.reads(&format!("calendar example {year}"));
        let path = file(jcm, &format!("holidays-{year}.toml"), &example);
        if year == 2027 {
            assert_eq!(jcm.is_refused(&format!("calendar adopt 2026 {path}"), &OPERATORS).0, 2);
        }
        jcm.does(&format!("calendar adopt {year} {path}"), &OPERATORS);
    }
    assert!(jcm.reads("calendar list").contains("2026-09-22"));
    let opened = jcm.does(
        "account open-government holding --name-ja '環境省保有口座' --name-en 'Ministry'",
        &AUTHORITIES,
    );
    assert_eq!(opened["made"][0]["kind"], "government holding account");
    assert!(jcm.reads("account list").contains("環境省保有口座"));
}

const FORM1: &str = r#"
person = "JP:8700110005901"
name_ja = "例示株式会社"
name_en = "Example K.K."
head_office_ja = "東京都千代田区"
head_office_en = "Chiyoda-ku, Tokyo"
attachments = ["order.pdf"]

[representative]
name_ja = "例示 花子"
name_en = "Hanako Reiji"

[[contact]]
name_ja = "担当 太郎"
department_ja = "環境部"
email = "tanto@example.jp"
"#;

/// A table of so many payments of which nobody knows what they are for, and one for
/// each fee.
fn table(fees: &[(&str, u64)], others: usize) -> String {
    let mut text = "日付,入金額,振込人名,EDI情報,照会番号\n".to_owned();
    for (i, (reference, yen)) in fees.iter().enumerate() {
        text += &format!("2026-10-01,{yen},ﾌﾘｺﾐﾆﾝ,{reference},{}\n", i + 1);
    }
    for i in fees.len()..fees.len() + others {
        text += &format!("2026-10-02,{},ﾀﾞﾚｶ {i},,{}\n", 100 + i, i + 1);
    }
    text
}

/// Two accounts: applied for, invoiced, paid by a bank file, completed, opened.
fn accounts(jcm: &Jcm<'_>) -> (String, String) {
    assert_eq!(jcm.sees("quote account")["fee_yen"], 14_400);
    file(jcm, "order.pdf", "an order");
    let form1 = file(jcm, "form1.toml", FORM1);
    let first = jcm.does_entry(&format!("account apply --file {form1}"), &["rep1"]);
    let order = jcm.world.path("order.pdf");
    let second = jcm.does_entry(
        &format!(
            "account apply --file {form1} --person MN:12-34 --name-en 'Another Co.' --attachment {order}"
        ),
        &["rep2"],
    );
    // A flag goes before the file.
    let shown = jcm.sees(&format!("entry {second}"));
    assert!(shown.to_string().contains("Another Co."), "{shown}");
    assert!(!shown.to_string().contains("tanto@"), "what is private is not in the log");

    let queue = jcm.sees("application list");
    assert_eq!(queue["total"], 2);
    assert_eq!(queue["applications"][0]["status"], "awaiting payment");
    assert_eq!(queue["applications"][0]["payment_due"].as_str().map(str::len), Some(10));
    assert_eq!(jcm.sees("application queue")["total"], 0, "the applicants are to pay");
    let shown = jcm.sees(&format!("application show {first}"));
    let reference = |application: &str| {
        let shown = jcm.sees(&format!("application show {application}"));
        shown["invoice_reference"].as_str().expect("a reference").to_owned()
    };
    let invoice = jcm.sees(&format!("invoice {first}"));
    assert_eq!(invoice["amount_yen"], 14_400);
    let paper = jcm.reads(&format!("invoice {first} --format markdown --language ja"));
    assert!(paper.contains("例示指定実施機関"), "{paper}");
    assert!(jcm.reads(&format!("invoice {first}")).contains("14,400 yen"));
    assert_eq!(shown["kind"], "account");
    jcm.does(&format!("payment proof {first} --document {order}"), &["rep1"]);
    let proofs = jcm.sees(&format!("application show {first}"))["payment_proofs"].clone();
    assert_eq!(proofs.as_array().map(Vec::len), Some(1));

    bank(jcm, &reference(&first), &reference(&second));

    // Something is missing from the second one.
    let ask =
        format!("application request-completion {second} --missing '登記簿' --due 2026-01-01");
    assert_eq!(jcm.is_refused(&ask, &["op1"]), (3, "DUE_DATE_PAST".to_owned()));
    jcm.does(&ask.replace("2026-01-01", "2099-12-25"), &["op1"]);
    let waiting = jcm.sees("application list --status incomplete");
    assert_eq!(waiting["applications"][0]["missing"], json!(["登記簿"]));
    let open = |application: &str| format!("account open {application}");
    assert_eq!(jcm.is_refused(&open(&second), &["op1"]), (3, "COMPLETION_AWAITED".to_owned()));
    let lapse = format!("application lapse {second}");
    assert_eq!(jcm.is_refused(&lapse, &["op1"]), (3, "NOT_LAPSED".to_owned()));
    jcm.does(&format!("application complete {second} --attachment {order}"), &["rep2"]);
    assert_eq!(jcm.sees("application queue")["total"], 2);
    let number = |application: &str| {
        let opened = jcm.does(&open(application), &["op1"]);
        opened["made"][0]["number"].as_str().expect("a number").to_owned()
    };
    (number(&first), number(&second))
}

/// A bank file with one bad line in a thousand changes nothing; a good one pays.
fn bank(jcm: &Jcm<'_>, first: &str, second: &str) {
    let fees = [(first, 14_400), (second, 14_700)];
    let good = table(&fees, 998);
    let bad: String = good
        .lines()
        .enumerate()
        .map(|(i, line)| match i {
            700 => format!("{}\n", line.replacen("2026-10-02", "2026-13-02", 1)),
            _ => format!("{line}\n"),
        })
        .collect();
    let path = file(jcm, "bad.csv", &bad);
    let before = entries(jcm);
    let refused = jcm.run(&["payment", "import", &path, "--yes", "--key", &jcm.world.key("op1")]);
    let said = stderr(&refused);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("line 701, ") && said.contains("701行目"), "{said}");
    assert!(said.contains("2026-13-02") && said.contains("1 fault"), "{said}");
    assert_eq!(entries(jcm), before, "nothing is changed");
    assert_eq!(jcm.sees("payment list --all"), json!([]));

    let path = file(jcm, "good.csv", &good);
    let import = format!("payment import {path}");
    let unmatched = jcm.does(&format!("{import} --no-match"), &["op1"]);
    let entry = &unmatched["imported"]["entry"];
    assert_eq!(unmatched["imported"]["made"][0]["number"], format!("{entry}/1 to {entry}/1000"));
    let before = entries(jcm);
    let again = jcm.does(&format!("{import} --no-match"), &["op1"]);
    assert_eq!(again["imported"], Value::Null, "every line is known");
    assert_eq!(entries(jcm), before);
    let matched = jcm.does(&format!("{import} --match-only"), &["op1"]);
    let proposals = matched["proposals"].as_array().expect("a list");
    assert_eq!(proposals.len(), 2, "{proposals:?}");
    assert_eq!(proposals[0]["by"], "reference");
    assert_eq!(proposals[1]["outcome"], "300 yen too much, not applied");
    assert_eq!(matched["applied"].as_array().map(Vec::len), Some(1));
    let left = jcm.sees(&format!("payment show {entry}/2"));
    assert_eq!(
        (left["left_yen"].clone(), left["payment"].clone()),
        (json!(300), json!(format!("{entry}/2")))
    );
    let refund = format!(
        "payment refund --payment {entry}/2 --amount 300 --reference OUT-1 --reason 'paid too much'"
    );
    jcm.does(&refund, &OPERATORS);
    assert_eq!(jcm.is_refused(&refund, &OPERATORS), (3, "PAYMENT_RECORDED_BEFORE".to_owned()));
    // All lines are known and nothing is due: nothing is left to do.
    let before = entries(jcm);
    jcm.does(&import, &["op1"]);
    assert_eq!(entries(jcm), before);
}

/// A statement that has money which was recorded singly; and one of today.
fn singly(jcm: &Jcm<'_>, payment: &str) {
    let table = "日付,入金額,振込人名\n2026-10-03,20000,ﾀﾞﾚｶ\n";
    let path = file(jcm, "singly.csv", table);
    let before = entries(jcm);
    let import = ["payment", "import", &path, "--no-match", "--key", &jcm.world.key("op1")];
    let asked = jcm.run(&[&import[..], &["--bank-account", "second"]].concat());
    assert_eq!(asked.status.code(), Some(2), "nobody can confirm");
    let warning = format!(
        "WARNING: line 2 (2026-10-03, 20,000 yen) may be the same money as payment {payment} (B-1)"
    );
    assert!(stderr(&asked).contains(&warning), "{}", stderr(&asked));
    let now_ms = jcm.sees("registry")["now_ms"].as_u64().expect("a time");
    let now = jcm_format::time::Timestamp::from_ms(now_ms).expect("a time");
    let today = now.date_in_japan().to_string();
    let path = file(jcm, "today.csv", &table.replace("2026-10-03", &today));
    let refused = jcm.run(&["payment", "import", &path, "--yes", "--key", &jcm.world.key("op1")]);
    let said = stderr(&refused);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("the day is not over") && said.contains("本日"), "{said}");
    assert_eq!(entries(jcm), before, "nothing is changed");
}

/// An individual who takes part in a project applies, and is refused.
fn individual(jcm: &Jcm<'_>) {
    jcm.does("project register MN003 --title '太陽光発電' --methodology MN_AM003", &["op1"]);
    let identity = file(jcm, "person.json", r#"{"name_ja":"個人 次郎","birth":"1990-01-01"}"#);
    let made = jcm.does(&format!("project proponent MN003 --identity {identity}"), &["op1"]);
    let person = made["made"][0]["number"].as_str().expect("a commitment").to_owned();
    let again = format!("project proponent MN003 --person {person}");
    assert_eq!(jcm.is_refused(&again, &["op1"]), (3, "PROPONENT_EXISTS".to_owned()));
    let form = file(
        jcm,
        "individual.toml",
        "name_ja = \"個人 次郎\"\nhead_office_ja = \"大阪府\"\nattachments = [\"order.pdf\"]\n",
    );
    let without = format!("account apply --person {person} --file {form}");
    assert_eq!(jcm.is_refused(&without, &["rep3"]).0, 2, "--individual is missing");
    let apply = format!("account apply --individual --person {person} --file {form}");
    let application = jcm.does_entry(&apply, &["rep3"]);
    let payment = jcm
        .does_entry("payment record --reference B-1 --amount 20,000 --date 2026-10-03", &["op1"]);
    singly(jcm, &payment);
    jcm.does(&format!("payment apply {payment} --to {application}"), &["op1"]);
    let refuse = format!("application refuse {application} --explanation '添付書類が偽造'");
    let wrong = format!("{refuse} --ground 2");
    assert_eq!(jcm.is_refused(&wrong, &["op1"]), (3, "GROUND_NOT_APPLICABLE".to_owned()));
    jcm.does(&format!("{refuse} --ground falsehood"), &["op1"]);
    let refund = format!(
        "payment refund --application {application} --amount 14,400 --reference OUT-2 --reason refused"
    );
    jcm.does(&refund, &OPERATORS);
    let shown = jcm.sees(&format!("application show {application}"));
    assert_eq!(
        (shown["status"].clone(), shown["refunded_yen"].clone()),
        (json!("refused"), json!(14_400))
    );
    assert!(jcm.reads("application list --status ended").contains("refused"));
}

/// Units of 2023 and 2024 for one account; authorised.
fn issue(jcm: &Jcm<'_>, account: &str) {
    let document = jcm.world.path("order.pdf");
    for (id, side, keys) in
        [("JP-2026-01", "japan", &AUTHORITIES[..]), ("MN-2026-01", "partner", &["mn"][..])]
    {
        jcm.does(
            &format!(
                "authorisation record {id} --side {side} --partner MN --approach CA0007 --date 2026-04-01 \
                 --quantity 100,000 --vintages 2021-2030 --for ndc --document {document}"
            ),
            keys,
        );
    }
    let text = format!(
        r#"
project = "MN003"
verifier = "Example Verification Ltd."
report = "order.pdf"

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
allocations = [{{ account = "{account}", tonnes = 6000 }}]
"#
    );
    let path = file(jcm, "issuance.toml", &text);
    let consent = jcm.does_entry(&format!("issue consent {path}"), &["mn"]);
    jcm.does(&format!("issue record {path} --consent {consent}"), &OPERATORS);
}

fn units(jcm: &Jcm<'_>, one: &str) {
    let picked = jcm.sees(&format!("units pick {one} --quantity 3,100 --project MN003"));
    assert_eq!(picked["ranges"], json!(["1:1-3000", "2:1-100"]));
    let later = jcm.sees(&format!("units pick {one} --quantity 10 --from-vintage 2024"));
    assert_eq!(later["ranges"], json!(["2:1-10"]));
    let eligible = jcm.sees("units eligible 1:1-10 --use gx-ets");
    assert_eq!(eligible[0]["eligible"], true, "{eligible}");
    let named = jcm.sees("units JP-MN003-2023-1-42");
    assert_eq!(named["units"][0]["range"], "1:42-42");
    let history = jcm.sees("units history 1:42 --on 2026-01-01");
    assert_eq!(history["holder"], Value::Null, "not issued then");
    assert_eq!(history["events"][0]["kind"], "issued");
    assert!(jcm.reads("units history JP-MN003-2023-1-42").contains(one));
}

/// A payment of this many fees for a transfer, of the holder of `account`.
fn paid(jcm: &Jcm<'_>, account: &str, reference: &str) -> String {
    jcm.does_entry(
        &format!(
            "payment record --reference {reference} --amount 50,000 --date 2026-10-05 --account {account}"
        ),
        &["op1"],
    )
}

const TRUST: &str = r#"
evidence = "order.pdf"
[details]
settlor = "委託者株式会社"
trustee = "受託者"
beneficiary = ["受益者一", "受益者二"]
"#;

fn trusts(jcm: &Jcm<'_>, one: &str, two: &str, payment: &str) {
    let trust = file(jcm, "trust.toml", TRUST);
    let order = jcm.world.path("order.pdf");
    // Together with a transfer: what is stated of a trust is examined.
    let apply = format!(
        "transfer apply --from {one} --to {two} --quantity 100 --trust-record {trust} --fee-payment {payment}"
    );
    let application = jcm.does_entry(&apply, &["rep1"]);
    let recorded = jcm.does(&format!("transfer record {application}"), &["op1"]);
    assert_eq!(recorded["made"][0]["kind"], "trust");
    let of_two = recorded["made"][0]["number"].as_str().expect("a number").to_owned();
    assert_eq!(jcm.sees(&format!("account show {two}"))["trust_tonnes"], 100);
    let bound = format!("transfer apply --from {two} --to {one} --range 1:1-10");
    assert_eq!(jcm.is_refused(&bound, &["rep2"]), (3, "UNITS_IN_TRUST".to_owned()));
    // By itself: recorded, amended, changed by a court, deleted.
    let record = format!("trust apply record {one} {trust} --range 1:1001-1100");
    let application = jcm.does_entry(&record, &["rep1"]);
    let recorded = jcm.does(&format!("application record {application}"), &["op1"]);
    let of_one = recorded["made"][0]["number"].as_str().expect("a number").to_owned();
    let amend = format!("trust apply amend {one} {of_one} {trust}");
    let application = jcm.does_entry(&amend, &["rep1"]);
    jcm.does(&format!("application record {application}"), &["op1"]);
    let delete = format!(
        "trust apply delete {one} --range 1:1001-1050 --evidence {order} --beneficiaries {order}"
    );
    let application = jcm.does_entry(&delete, &["rep1"]);
    jcm.does(&format!("application record {application}"), &["op1"]);
    let commission = format!("trust commission {of_one} {trust}");
    assert_eq!(jcm.is_refused(&commission, &OPERATORS).0, 2, "the file names no court");
    let court = format!(
        "{TRUST}\n[commission]\ncourt = \"東京地方裁判所\"\nreference = \"1\"\ntrustee_dismissed = true\n"
    );
    let court = file(jcm, "commission.toml", &court);
    jcm.does(&format!("trust commission {of_one} {court}"), &OPERATORS);
    let trusts = jcm.sees("trust list");
    assert_eq!(trusts.as_array().map(Vec::len), Some(2), "{trusts}");
    assert!(jcm.reads(&format!("trust list --account {one}")).contains("dismissed"));
    // Out of a trust with a transfer, chosen by quantity.
    let out =
        format!("transfer apply --from {two} --to {one} --quantity 100 --trust-delete {order}");
    let application = jcm.does_entry(&out, &["rep2"]);
    let second = paid(jcm, two, "B-TRUST");
    jcm.does(&format!("payment apply {second} --to {application}"), &["op1"]);
    jcm.does(&format!("transfer record {application}"), &["op1"]);
    assert_eq!(jcm.sees(&format!("account show {two}"))["balance_tonnes"], 0);
    assert_ne!(of_one, of_two);
    // The trustee is dismissed: the new one applies, and pays.
    let change =
        format!("transfer apply --from {one} --to {two} --quantity 50 --fee-payment {payment}");
    let former = format!("{change} --new-trustee {trust}");
    assert_eq!(jcm.is_refused(&former, &["rep1"]), (3, "TRUSTEE_DISMISSED".to_owned()));
    let new = format!("{change} --new-trustee-applies {trust}");
    // Units of another's account are named: nobody looks for them there.
    assert_eq!(jcm.is_refused(&new, &["rep2"]).0, 2);
    let new = new.replace("--quantity 50", "--range 1:1051-1100");
    assert_eq!(jcm.is_refused(&new, &["rep2"]), (3, "PAYMENT_OF_ANOTHER".to_owned()));
    let new = new.replace(&format!("--fee-payment {payment}"), &format!("--fee-payment {second}"));
    let application = jcm.does_entry(&new, &["rep2"]);
    jcm.does(&format!("transfer record {application}"), &["op1"]);
    let back = format!(
        "transfer apply --from {two} --to {one} --quantity 50 --trust-delete {order} --fee-payment {second}"
    );
    let application = jcm.does_entry(&back, &["rep2"]);
    jcm.does(&format!("transfer record {application}"), &["op1"]);
    assert_eq!(jcm.sees("trust list"), json!([]), "nothing is in trust any more");
}

fn acceptance(jcm: &Jcm<'_>, one: &str, two: &str, payment: &str) {
    jcm.does(&format!("account acceptance consent {two}"), &["rep2"]);
    let apply = format!(
        "transfer apply --from {one} --to {two} --quantity 500 --from-vintage 2024 --fee-payment {payment}"
    );
    let application = jcm.does_entry(&apply, &["rep1"]);
    let waiting = jcm.sees("application list --next transferee");
    assert_eq!(waiting["applications"][0]["entry"].to_string(), application);
    let record = format!("transfer record {application}");
    assert_eq!(jcm.is_refused(&record, &["op1"]), (3, "ACCEPTANCE_AWAITED".to_owned()));
    let accept = format!("transfer accept {application}");
    assert_eq!(jcm.is_refused(&accept, &["rep1"]).0, 4, "the transferor accepts nothing");
    jcm.does(&accept, &["rep2"]);
    jcm.does(&record, &["op1"]);
    jcm.does(&format!("account acceptance list {two} --from 1"), &["rep2"]);
    assert_eq!(jcm.is_refused(&apply, &["rep1"]), (3, "NOT_ACCEPTED".to_owned()));
    jcm.does(&format!("account acceptance anybody {two}"), &["rep2"]);
}

fn restrictions(jcm: &Jcm<'_>, one: &str, two: &str) {
    let order = jcm.world.path("order.pdf");
    let apply = format!("transfer apply --from {one} --to {two} --range 2:5001-5100");
    let application = jcm.does_entry(&apply, &["rep1"]);
    let restrict = format!(
        "restriction record {one} --range 2:5001-5200 --ground court-order --authority '東京地方裁判所' \
         --reference '令和8年(ヨ)第12号' --document {order}"
    );
    let made = jcm.does(&restrict, &OPERATORS);
    let restriction = made["made"][0]["number"].as_str().expect("a number").to_owned();
    assert!(jcm.reads("restriction list").contains("東京地方裁判所"));
    let shown = jcm.sees(&format!("application show {application}"));
    assert_eq!(shown["restriction"].to_string(), restriction);
    let refuse = format!("application refuse {application} --ground 1 --explanation '処分の制限'");
    jcm.does(&refuse, &["op1"]);
    assert_eq!(jcm.is_refused(&apply, &["rep1"]), (3, "UNITS_RESTRICTED".to_owned()));
    let release = format!("restriction release {restriction} --reference 解除 --document {order}");
    jcm.does(&release, &OPERATORS);
    assert_eq!(jcm.sees("restriction list"), json!([]));
    let application = jcm.does_entry(&apply, &["rep1"]);
    jcm.does(&format!("application withdraw {application} --reason wrong"), &["rep1"]);
}

fn changes(jcm: &Jcm<'_>, one: &str, two: &str, moved: &str) {
    let change = format!("account change {one} --effective 2026-10-01 --name-en 'Renamed K.K.'");
    assert_eq!(jcm.is_refused(&change, &["rep1"]).0, 2, "the attachment is missing");
    let change = format!("{change} --attachment {}", jcm.world.path("order.pdf"));
    let application = jcm.does_entry(&change, &["rep1"]);
    jcm.does(&format!("application record {application}"), &["op1"]);
    let holder = jcm.sees(&format!("account show {one}"))["holder"].clone();
    assert_eq!(
        (holder["name_en"].clone(), holder["name_ja"].clone()),
        (json!("Renamed K.K."), json!("例示株式会社"))
    );
    let nothing = format!("account change {one} --effective 2026-10-01");
    assert_eq!(jcm.is_refused(&nothing, &["rep1"]).0, 2);
    // Units went to the wrong account: its holder agrees, and they go back.
    let correction = file(
        jcm,
        "correction.toml",
        &format!(
            r#"
account = "{one}"
affected = {moved}
error = "100 t too many"
consulted_on = "2026-10-10"
consultation = "order.pdf"
third_party_consent = "order.pdf"

[[move]]
source = "{two}"
destination = "{one}"
units = ["2:401-500"]
"#
        ),
    );
    jcm.does(&format!("correction record {correction}"), &OPERATORS);
    assert_eq!(jcm.sees(&format!("account show {two}"))["balance_tonnes"], 400);
}

/// Retirement with its use, the certificate, notices, statements and evidence.
fn papers(jcm: &Jcm<'_>, one: &str, payment: &str) {
    let retire =
        format!("retire --from {one} --quantity 300 --use gx-ets --year 2026 --gratuitous");
    let words = support::words(&retire);
    let mut args: Vec<&str> = words.iter().map(String::as_str).collect();
    let unasked = jcm.run(&[&args[..], &["--key", &jcm.world.key("rep1")]].concat());
    assert!(stderr(&unasked).contains("These units serve this use"), "{}", stderr(&unasked));
    let recorded = jcm.does(&retire, &["rep1"]);
    let entry = recorded["entry"].as_u64().expect("an entry");
    args[0] = "cancel";
    let key = jcm.world.key("rep1");
    let warned = jcm.run(&[&args[..], &["--key", &key]].concat());
    assert!(stderr(&warned).contains("WARNING"), "{}", stderr(&warned));

    let request = format!("certificate request {one} --fee-payment {payment}");
    let request = jcm.does_entry(&request, &["rep1"]);
    let (html, proof) =
        (jcm.world.path("certificate.html"), jcm.world.path("certificate.tlog-proof"));
    let shown =
        jcm.sees(&format!("certificate show {request} --format html --out {html} --proof {proof}"));
    assert_eq!(shown["checked"], true);
    assert!(shown["statement"].as_str().is_some_and(|s| s.starts_with("jcm-account/v1\n")));
    assert!(std::fs::read_to_string(&html).expect("written").contains("例示株式会社"));
    assert_eq!(jcm.sees(&format!("receipt check {proof}"))["valid"], true);
    assert!(
        jcm.reads(&format!("certificate show {request} --language en")).contains("Renamed K.K.")
    );

    let notice = jcm.world.path("notice.html");
    let shown = jcm.sees(&format!("notice {entry} --format html --out {notice}"));
    assert_eq!((&shown["checked"], &shown["act"]), (&true.into(), &"retirement".into()));
    assert!(std::fs::read_to_string(&notice).expect("written").contains("<h1>無効化通知書</h1>"));
    assert!(jcm.reads(&format!("notice {entry} --language en")).contains("# Notice of retirement"));
    assert!(jcm.reads(&format!("notice {entry} --format statement")).contains("use gx_ets 2026\n"));
    assert!(jcm.reads(&format!("notice {entry} --format document")).contains("jcm-document/v1"));

    let statement = jcm.sees(&format!("statement {one}"));
    assert!(statement.to_string().contains("retirement"), "{statement}");
    let text = jcm.reads(&format!("statement {one} --from 2026-04-01"));
    assert!(text.contains("closing balance") && text.contains("retirement"), "{text}");
    assert!(jcm.reads(&format!("statement {one} --csv")).contains(','));
    let year = book_year(jcm, entry);
    let pack = jcm.world.path("evidence.json");
    let command = format!("statement pack {one} --year {year} --out {pack}");
    jcm.sees(&command);
    let refused = |line: &str| {
        let words = support::words(line);
        let output = jcm.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(output.status.code(), Some(2), "{line}: {}", stderr(&output));
        stderr(&output)
    };
    assert!(refused(&command).contains("--force"));
    jcm.sees(&format!("{command} --force"));
    let later = refused(&format!("statement pack {one} --year 2999 --out {pack}.later"));
    assert!(later.contains("--year 2999 lies in the future"), "{later}");
    let later = refused(&format!("statement {one} --to 2999-01-01"));
    assert!(later.contains("--to 2999-01-01 lies in the future"), "{later}");
    let pack = std::fs::read_to_string(&pack).expect("written");
    let pack: Value = serde_json::from_str(&pack).expect("JSON");
    assert_eq!(pack["format"], "jcm-evidence/v1");
    let evidence = pack["entries"].as_array().expect("a list");
    assert!(evidence.iter().any(|e| e["entry"] == entry && e["role"] == "movement"));
    assert!(evidence.iter().any(|e| e["role"] == "application"));
    let proof = file(jcm, "evidence.tlog-proof", evidence[0]["proof"].as_str().expect("text"));
    let check = format!("receipt check {proof} --log-key {}", jcm.registry.log_key);
    let stranger = Jcm { home: "stranger", ..*jcm };
    assert_eq!(stranger.sees(&check)["valid"], true);
}

/// The year of the books to which an entry belongs.
fn book_year(jcm: &Jcm<'_>, entry: u64) -> u32 {
    let shown = jcm.sees(&format!("entry {entry}"));
    let day = shown["summary"]["time"].as_str().expect("a time").to_owned();
    let (year, month): (u32, u32) =
        (day[..4].parse().expect("a year"), day[5..7].parse().expect("a month"));
    if month < 4 { year - 1 } else { year }
}

/// The body's own papers; a year of the books; data that is erased.
fn body(jcm: &Jcm<'_>, form: &str) {
    assert!(jcm.reads("fees ledger --by fiscal-year").contains("43,200"), "three accounts");
    assert!(jcm.reads("fees ledger --csv").contains(','));
    assert!(jcm.sees("fees ledger").to_string().contains("43200"));
    let year = book_year(jcm, 0);
    let close = |year: u32| format!("books close {year}");
    assert_eq!(jcm.is_refused(&close(year), &OPERATORS), (3, "BOOKS_YEAR_OPEN".to_owned()));
    jcm.does(&close(year - 1), &OPERATORS);
    assert_eq!(jcm.sees(&format!("books show {}", year - 1))["closed"], true);
    let books = jcm.sees(&format!("books show {year}"));
    assert_eq!(books["totals"]["issued_tonnes"], 9_000, "{books}");
    assert!(jcm.reads(&format!("books show {year}")).contains("9,000"));
    assert!(jcm.reads(&format!("books show {year} --format markdown")).contains('#'));
    let publication = jcm.reads("publication");
    assert!(publication.contains("Renamed K.K.") && publication.contains("9,000"), "{publication}");
    assert!(jcm.reads("publication --csv holders").contains("Renamed K.K."));
    // Whoever has an account is not forgotten.
    let shown = jcm.sees(&format!("entry {form}"));
    let commitment = find(&shown, "particulars").expect("a commitment");
    let needed = format!("erase {commitment} --reason wrong");
    assert_eq!(jcm.is_refused(&needed, &OPERATORS), (3, "STILL_NEEDED".to_owned()));
    erasure(jcm);
}

/// The particulars of the account that is closed.
fn erasure(jcm: &Jcm<'_>) {
    let ended = jcm.sees("application list --status ended --kind account");
    let form = ended["applications"][1]["entry"].to_string();
    // The commitment to the private particulars, as the entry shows it.
    let shown = jcm.sees(&format!("entry {form}"));
    let commitment = find(&shown, "particulars").expect("a commitment");
    assert!(jcm.reads(&format!("entry {form}")).contains(&commitment));
    assert!(jcm.reads(&format!("application show {form}")).contains(&commitment));
    let listed = jcm.sees(&format!("application show {form}"))["commitments"].clone();
    assert_eq!(listed[0]["commitment"], commitment);
    let erase = format!("erase {commitment} --reason '保存期間の満了'");
    assert_eq!(jcm.is_refused(&erase, &["op1"]), (4, "SECOND_SIGNATURE_MISSING".to_owned()));
    let copies = || std::fs::read_dir(jcm.home_path().join("private")).expect("kept").count();
    let before = copies();
    assert_eq!(jcm.does(&erase, &OPERATORS)["local_copies_removed"], 1);
    assert_eq!(copies(), before - 1);
    assert_eq!(jcm.is_refused(&erase, &OPERATORS), (3, "ERASED_ALREADY".to_owned()));
    let pending = std::fs::read_dir(jcm.home_path().join("pending")).expect("made").count();
    assert_eq!(pending, 0, "what was refused for good is not kept");
}

/// The text of the first field called `name`, however deep.
fn find(value: &Value, name: &str) -> Option<String> {
    match value {
        Value::Object(fields) => fields
            .get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .or_else(|| fields.values().find_map(|value| find(value, name))),
        Value::Array(items) => items.iter().find_map(|item| find(item, name)),
        _ => None,
    }
}

/// Follows notices in a run of its own; the positions shown.
fn follow(jcm: &Jcm<'_>, account: &str, count: usize) -> Vec<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_jcm"))
        .args(["notices", account, "--follow", "--count", &count.to_string(), "--json"])
        .env_clear()
        .env("JCM_HOME", jcm.home_path())
        .env("JCM_ENDPOINT", &jcm.registry.endpoint)
        .env("JCM_READER", jcm.world.key("a1"))
        .output()
        .expect("built");
    assert!(output.status.success(), "{}", stderr(&output));
    let text = String::from_utf8(output.stdout).expect("text");
    let lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let (last, notices) = lines.split_last().expect("a last line");
    assert_eq!(last["shown"], count);
    notices.iter().map(|n| n["position"].as_str().expect("text").to_owned()).collect()
}

fn notices(jcm: &Jcm<'_>, one: &str) {
    let all = jcm.sees(&format!("notices {one}"));
    let all: Vec<String> = all
        .as_array()
        .expect("a list")
        .iter()
        .map(|notice| notice["position"].as_str().expect("text").to_owned())
        .collect();
    assert!(3 < all.len(), "{all:?}");
    assert_eq!(follow(jcm, one, 2), all[..2]);
    assert_eq!(follow(jcm, one, all.len() - 2), all[2..], "goes on where it stopped");
    let rest = jcm.sees(&format!("notices {one} --after {}", all[0]));
    assert_eq!(rest.as_array().map(Vec::len), Some(all.len() - 1));
    assert!(jcm.reads(&format!("notices {one}")).contains(&all[0]));
}

/// The second account gives back what it holds, and is closed.
fn closing(jcm: &Jcm<'_>, one: &str, two: &str) {
    let close = format!("account close {two} --attachment {}", jcm.world.path("order.pdf"));
    assert_eq!(jcm.is_refused(&close, &["rep2"]), (3, "ACCOUNT_NOT_EMPTY".to_owned()));
    let back = format!("transfer apply --from {two} --to {one} --quantity 400");
    let application = jcm.does_entry(&back, &["rep2"]);
    let other = format!("cancel --from {one} --quantity 5 --class A --vintage 2024");
    let cancelling = jcm.does_entry(&other, &["rep1"]);
    let payment = paid(jcm, two, "B-CLOSE");
    let third = paid(jcm, one, "B-CANCEL");
    let parts =
        format!("payment apply --part {payment}:{application} --part {third}:{cancelling}:2,500");
    jcm.does(&parts, &["op1"]);
    for application in [application, cancelling] {
        jcm.does(&format!("transfer record {application}"), &["op1"]);
    }
    let application = jcm.does_entry(&close, &["rep2"]);
    jcm.does(&format!("application record {application}"), &["op1"]);
    assert_eq!(jcm.sees(&format!("account show {two}"))["closed"], true);
}

#[test]
fn every_act_is_done_from_the_command_line() {
    let world = World::new();
    let registry = world.registry("data");
    let jcm = Jcm { world: &world, registry: &registry, home: "home" };
    office(&jcm);
    let (one, two) = accounts(&jcm);
    let form = first_entry(&jcm, &one);
    individual(&jcm);
    issue(&jcm, &one);
    units(&jcm, &one);
    let payment = paid(&jcm, &one, "B-FEES");
    trusts(&jcm, &one, &two, &payment);
    acceptance(&jcm, &one, &two, &payment);
    let moved = (entries(&jcm) - 3).to_string();
    restrictions(&jcm, &one, &two);
    changes(&jcm, &one, &two, &moved);
    papers(&jcm, &one, &payment);
    notices(&jcm, &one);
    closing(&jcm, &one, &two);
    body(&jcm, &form);
    registry.stop();
}

/// The entry of the application for an account.
fn first_entry(jcm: &Jcm<'_>, account: &str) -> String {
    let history = jcm.sees(&format!("history --account {account}"));
    let first = history
        .as_array()
        .expect("a list")
        .iter()
        .find(|entry| entry["command"] == "ApplyAccount" || entry["command"] == "OpenAccount");
    let first = first.expect("an application");
    if first["command"] == "ApplyAccount" {
        return first["entry"].to_string();
    }
    // The account's history begins with its opening; the queue of the ended has the rest.
    let ended = jcm.sees("application list --status ended --kind account");
    ended["applications"][0]["entry"].to_string()
}
