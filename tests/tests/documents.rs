//! Documents that prove themselves: what honest ones say, and that not one byte
//! of them can be changed. The makers are those of the node; the checkers are
//! `jcm-verify` and the page in a browser, which share nothing but the
//! specification.

use jcm_format::command::{
    ApplyTransfers, Article6, Body, ItmoRendering, PaymentId, Person, Purpose, TransferPart,
    TransferTerms, Use, UseDetails, UseKind,
};
use jcm_format::entry::{Entry, FormatVersion, SealedEntry};
use jcm_format::envelope::SignedCommand;
use jcm_format::event::Event;
use jcm_format::hash::to_hex;
use jcm_format::id::{Country, EntryIndex};
use jcm_format::itmo::ItmoRegistry;
use jcm_format::time::Timestamp;
use jcm_format::tlog::VerifierKey;
use jcm_report::paper::Language;
use jcm_tests::papers::Papers;
use jcm_tests::values::{EFFECT_COUNT, Values};
use jcm_tests::world::*;
use jcm_verify::document::{Checked, DocumentError, How, Kind, Trust, check};
use serde_json::{Value, json};
use std::io::Write as _;
use std::process::{Command, Stdio};

/// A registry with a retirement, a cancellation that waited for its fee, and a
/// certificate.
struct Recorded {
    papers: Papers,
    retired: EntryIndex,
    cancelled: EntryIndex,
    /// A retirement and a cancellation in one entry.
    several: EntryIndex,
    certified: EntryIndex,
}

fn recorded() -> Recorded {
    let mut world = World::stocked();
    world.authorise(500, 500);
    let use_ = Use {
        kind: UseKind::GxEts,
        reporting_year: Some(year(2026)),
        beneficiary: Some(text("株式会社<例> \"A\" & B")),
    };
    let terms = TransferTerms {
        gratuitous: true,
        use_: Some(use_),
        ..terms(1_001, RETIREMENT, &["4:1-10", "4:21-25"], Purpose::Retirement)
    };
    let retired = world.accepted(apply_transfer(terms), &["alpha"]);
    let applied = world.accepted(
        apply_transfer(jcm_tests::world::terms(
            1_001,
            CANCELLATION,
            &["2:1-7"],
            Purpose::Cancellation,
        )),
        &["alpha"],
    );
    world.settle(applied, 2_500);
    let cancelled = world.accepted(Body::RecordTransfer { application: applied }, &["op-1"]);
    let payment = world.pay(1_200, Some(account(1_001)));
    let fee_payment = Some(PaymentId::single(payment));
    let body = Body::RequestCertificate { account: account(1_001), fee_payment };
    let certified = world.accepted(body, &["alpha"]);
    let parts = in_one_entry(&mut world);
    let several = world.accepted(parts, &["alpha"]);
    world.check();
    let papers = Papers::of(&world.log.frames(), &secret("log"));
    Recorded { papers, retired, cancelled, several, certified }
}

/// A retirement and a cancellation in one command, the second of which names persons by
/// number.
fn in_one_entry(world: &mut World) -> Body {
    let article6 = Article6 {
        registry: ItmoRegistry::new("JPN01").expect("an identifier"),
        ndc_first_year: year(2021),
        ndc_last_year: year(2030),
        oimp_needs_authorisation: false,
        gx_ets_cap_basis_points: None,
        identifiers: ItmoRendering::Full,
    };
    world.accepted(Body::AdoptArticle6(article6), &["authority-1", "authority-2"]);
    let part = |sink, purpose, units: &[&str], kind, use_details| TransferPart {
        terms: TransferTerms {
            gratuitous: true,
            use_: Some(Use { kind, reporting_year: None, beneficiary: Some(text("甲")) }),
            ..terms(1_001, sink, units, purpose)
        },
        use_details,
        fee_payment: None,
    };
    let foreign = Person::ForeignCorporation {
        country: Country::new("TH").expect("a country"),
        number: name("0107537001757"),
    };
    let named = Some(UseDetails { beneficiary: Some(foreign), entity: None });
    let parts = vec![
        part(RETIREMENT, Purpose::Retirement, &["4:31-33"], UseKind::Ndc, None),
        part(CANCELLATION, Purpose::Cancellation, &["2:11-14"], UseKind::Voluntary, named),
    ];
    Body::ApplyTransfers(ApplyTransfers { source: account(1_001), parts })
}

fn pinned(key: &VerifierKey) -> Trust {
    Trust { log_key: Some(key.clone()), ..Trust::default() }
}

fn holds(text: &str, trust: &Trust) -> Checked {
    check(text, trust).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn honest_documents_hold_and_say_what_they_prove() {
    let Recorded { papers, retired, cancelled, several, certified } = recorded();
    let trust = pinned(papers.log_key());
    let notice = papers.notice(retired);
    let checked = holds(&notice.json().expect("JSON"), &trust);
    assert_eq!(checked.kind, Kind::Notice);
    assert_eq!(checked.statement.as_deref(), Some(notice.statement()));
    assert!(checked.log_key_pinned);
    assert_eq!(checked.size, papers.checkpoint().size);
    let line = "units 4:21-25 MN002 2023 A 2026-11-23 5 JP-MN002-2023-4-21 - JP-MN002-2023-4-25\n";
    assert!(notice.statement().contains(line), "{}", notice.statement());
    assert!(notice.statement().contains("beneficiary 株式会社<例> \"A\" & B\n"));
    assert!(notice.statement().contains("adjustment MN 2023 10 "), "{}", notice.statement());
    for how in [How::Proved, How::Stated, How::NotShown] {
        assert!(checked.grounds.iter().any(|ground| ground.how == how), "{how:?}");
    }
    // For whom the issuance is no affair: less is said, and all of it proved.
    let less = papers.notice_of(retired, false);
    let checked = holds(&less.json().expect("JSON"), &trust);
    assert_eq!(checked.entries.len(), 2);
    assert!(less.statement().contains("\nunits 4:1-10 10\n"), "{}", less.statement());
    // Recorded by an operator, and not by the application itself.
    let cancellation = papers.notice(cancelled);
    let checked = holds(&cancellation.json().expect("JSON"), &trust);
    assert!(checked.entries.iter().any(|entry| entry.command == "RecordTransfer"));
    // Of several in one entry, each has its own.
    let first = papers.notice_of_part(several, 1, true);
    let second = papers.notice_of_part(several, 2, true);
    for (notice, lines) in [
        (&first, ["act retirement\n", "\npart 1 2\n", "\nadjustment MN 2023 3 ", "\ntotal 3\n"]),
        (
            &second,
            [
                "act cancellation\n",
                "\npart 2 2\n",
                "\nbeneficiary_number TH:0107537001757\n",
                "\ntotal 4\n",
            ],
        ),
    ] {
        let checked = holds(&notice.json().expect("JSON"), &trust);
        assert_eq!(checked.statement.as_deref(), Some(notice.statement()));
        for line in lines {
            assert!(notice.statement().contains(line), "{line}: {}", notice.statement());
        }
    }
    let certificate = papers.certificate(certified, account(1_001));
    let checked = holds(&certificate.document().expect("JSON"), &trust);
    assert_eq!((checked.kind, checked.entries.len()), (Kind::Certificate, 1));
    assert_eq!(checked.statement.as_deref(), Some(certificate.statement.as_str()));
    let receipt = holds(&papers.receipt(retired), &trust);
    assert_eq!((receipt.kind, receipt.entries[0].command), (Kind::Receipt, "ApplyTransfer"));
}

#[test]
fn the_papers_for_people_hold_the_same_documents() {
    let Recorded { papers, retired, certified, .. } = recorded();
    let trust = pinned(papers.log_key());
    for language in [Language::Japanese, Language::English] {
        let html = papers.notice(retired).html(language).expect("JSON");
        assert_eq!(
            holds(&html, &trust),
            holds(&papers.notice(retired).json().expect("JSON"), &trust)
        );
        let certificate = papers.certificate(certified, account(1_001));
        let html = certificate.html(language).expect("JSON");
        assert_eq!(holds(&html, &trust).kind, Kind::Certificate);
    }
}

#[test]
fn a_document_is_held_against_the_key_that_the_reader_knows() {
    let Recorded { papers, retired, .. } = recorded();
    let json = papers.notice(retired).json().expect("JSON");
    assert!(!holds(&json, &Trust::default()).log_key_pinned);
    let other: VerifierKey =
        "registry.example/carbon/2026+b15c4942+Aawnxtg4B75l7Z0nkdNbY7nQNvxZ/ad+/DFKV5jBaV9n"
            .parse()
            .expect("a key");
    let refused = check(&json, &pinned(&other));
    assert!(matches!(refused, Err(DocumentError::OtherKey { .. })), "{refused:?}");
    assert_eq!(check(&papers.receipt(retired), &Trust::default()), Err(DocumentError::NoKey));
    assert!(check(&papers.receipt(retired), &pinned(&other)).is_err());
}

#[test]
fn witnesses_are_checked_and_strangers_are_not_passed_over() {
    let Recorded { papers, retired, .. } = recorded();
    let key = papers.log_key().clone();
    let papers = papers.cosigned("witness.test/w1", &secret("witness"));
    let witness: VerifierKey = papers.witnesses()[0].parse().expect("a key");
    let json = papers.notice(retired).json().expect("JSON");
    assert_eq!(holds(&json, &pinned(&key)).witnesses, papers.witnesses());
    let receipt = papers.receipt(retired);
    let refused = check(&receipt, &pinned(&key));
    assert_eq!(refused, Err(DocumentError::UnknownSignature("witness.test/w1".to_owned())));
    let knowing = Trust { witnesses: vec![witness.clone()], ..pinned(&key) };
    assert_eq!(holds(&receipt, &knowing).witnesses, papers.witnesses());
    let passing = Trust { ignore_unknown_signatures: true, ..pinned(&key) };
    assert!(holds(&receipt, &passing).witnesses.is_empty());
    // A witness that has not cosigned is missed.
    let Recorded { papers, .. } = recorded();
    let knowing = Trust { witnesses: vec![witness], ..pinned(&key) };
    assert!(check(&papers.receipt(retired), &knowing).is_err());
    assert!(check(&papers.notice(retired).json().expect("JSON"), &knowing).is_err());
}

/// Every document that is to be tried in every byte, small ones.
fn small() -> (Vec<(&'static str, String)>, Trust) {
    let Recorded { papers, retired, certified, .. } = recorded();
    let key = papers.log_key().clone();
    let papers = papers.cosigned("witness.test/w1", &secret("witness"));
    let trust =
        Trust { witnesses: vec![papers.witnesses()[0].parse().expect("a key")], ..pinned(&key) };
    let certificate = papers.certificate(certified, account(1_001)).document().expect("JSON");
    let notice = papers.notice(retired).json().expect("JSON");
    let texts = vec![
        ("receipt", papers.receipt(certified)),
        ("certificate", certificate),
        ("notice", notice),
    ];
    (texts, trust)
}

/// Positions at which a changed byte is not noticed.
fn unnoticed(text: &str, change: u8, trust: &Trust) -> Vec<usize> {
    let bytes = text.as_bytes();
    let half = bytes.len() / 2;
    let part = |from: usize, to: usize| {
        let noticed = |at: &usize| {
            let mut changed = bytes.to_vec();
            changed[*at] ^= change;
            String::from_utf8(changed).is_ok_and(|changed| check(&changed, trust).is_ok())
        };
        (from..to).filter(noticed).collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let first = scope.spawn(|| part(0, half));
        let second = part(half, bytes.len());
        [first.join().expect("no panic"), second].concat()
    })
}

#[test]
fn not_one_byte_of_a_receipt_or_document_can_be_changed() {
    let (texts, trust) = small();
    for (name, text) in &texts {
        holds(text, &trust);
        for change in [0x01, 0x20] {
            assert_eq!(unnoticed(text, change, &trust), [0; 0], "{name}");
        }
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            let (before, after) = text.split_at(at);
            assert!(
                check(&format!("{before} {after}"), &trust).is_err(),
                "{name}: a space at {at}"
            );
        }
        assert!(check(text.trim_end(), &trust).is_err(), "{name}: the last line feed");
    }
}

/// What somebody could try who knows the format: each time the parts are honest,
/// and the whole is not.
#[allow(clippy::too_many_lines, reason = "a list of forgeries")]
#[test]
fn honest_parts_do_not_make_another_document() {
    let Recorded { papers, retired, cancelled, several, certified } = recorded();
    let trust = pinned(papers.log_key());
    let of = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    let text = |value: &Value| {
        // Members keep their order only as text; this spells them as documents are.
        let members = ["format", "kind", "log_key", "witnesses", "statement", "proofs"];
        let lines = members.map(|name| {
            let pretty = serde_json::to_string_pretty(&value[name]).expect("JSON");
            format!("  {}: {}", json!(name), pretty.replace('\n', "\n  "))
        });
        format!("{{\n{}\n}}\n", lines.join(",\n"))
    };
    let notice = of(&papers.notice(retired).json().expect("JSON"));
    let other = of(&papers.notice(cancelled).json().expect("JSON"));
    let certificate = of(&papers.certificate(certified, account(1_001)).document().expect("JSON"));
    holds(&text(&notice), &trust);
    let mut tried = Vec::new();
    for (name, value) in [
        ("statement", other["statement"].clone()),
        ("statement", certificate["statement"].clone()),
        ("proofs", other["proofs"].clone()),
        ("proofs", json!([])),
        ("kind", json!("certificate")),
        ("kind", json!("receipt")),
        ("format", json!("jcm-document/v2")),
        (
            "witnesses",
            json!(["witness.example/w1+25a69f9a+BPq4poXq5jJmw9P5Yk2gTqH8gRHM+BAOUko7oSaWfyxf"]),
        ),
    ] {
        let mut forged = notice.clone();
        forged[name] = value;
        tried.push(forged);
    }
    let proofs = notice["proofs"].as_array().expect("a list");
    for (left_out, again) in proofs.iter().enumerate() {
        let mut fewer = notice.clone();
        fewer["proofs"].as_array_mut().expect("a list").remove(left_out);
        tried.push(fewer);
        let mut twice = notice.clone();
        twice["proofs"].as_array_mut().expect("a list").insert(left_out, again.clone());
        tried.push(twice);
    }
    let mut more = notice.clone();
    more["proofs"].as_array_mut().expect("a list").push(json!(papers.receipt(certified)));
    tried.push(more);
    let mut turned = notice.clone();
    turned["proofs"].as_array_mut().expect("a list").reverse();
    tried.push(turned);
    let mut of_another = certificate.clone();
    of_another["proofs"] = json!([papers.receipt(retired)]);
    tried.push(of_another);
    let mut lines = certificate.clone();
    let changed = lines["statement"].as_str().expect("lines").replace("4:1", "4:2");
    lines["statement"] = json!(changed);
    tried.push(lines);
    // The part of one transfer with the lines of the other.
    let part = |part| of(&papers.notice_of_part(several, part, true).json().expect("JSON"));
    holds(&text(&part(2)), &trust);
    for (from, to) in [
        ("part 2 2\n", "part 1 2\n"),
        ("part 2 2\n", "part 3 2\n"),
        ("part 2 2\n", "part 0 2\n"),
        ("part 2 2\n", ""),
        ("beneficiary_number TH:0107537001757\n", ""),
    ] {
        let mut forged = part(2);
        let lines = forged["statement"].as_str().expect("lines");
        assert!(lines.contains(from), "{lines}");
        forged["statement"] = json!(lines.replace(from, to));
        tried.push(forged);
    }
    for forged in &tried {
        let forged = text(forged);
        assert!(check(&forged, &trust).is_err(), "{forged}");
    }
}

/// Entries that hold every kind of effect, with values of all sizes.
fn every_effect() -> Vec<SealedEntry> {
    let mut values = Values::from_seed(22);
    let entries = (0..EFFECT_COUNT).map(|number| {
        let entry = Entry {
            version: FormatVersion::V1,
            index: EntryIndex::new(values.number()),
            prev: values.digest(),
            time: Timestamp::from_ms(NOW_MS).expect("in range"),
            rule_set: 1,
            command: SignedCommand { payload: b"payload".to_vec(), signatures: Vec::new() },
            event: Event((0..3).map(|_| values.effect(number)).collect()),
        };
        SealedEntry::seal(entry).expect("short")
    });
    entries.collect()
}

fn read(found: &Value) -> Value {
    serde_json::from_str(found.as_str().expect("text")).expect("JSON")
}

/// Numbers that a browser does not hold exactly are texts there.
fn exact(value: Value) -> Value {
    match value {
        Value::Number(number) if number.as_u64().is_some_and(|n| (1 << 53) <= n) => {
            Value::String(number.to_string())
        }
        Value::Array(items) => items.into_iter().map(exact).collect(),
        Value::Object(members) => {
            members.into_iter().map(|(name, value)| (name, exact(value))).collect()
        }
        other => other,
    }
}

/// Lets the page in Chromium judge; none where there is no Chromium.
fn in_chromium(page: &str, task: &Value) -> Option<Value> {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("verifier.html");
    std::fs::write(&file, page).expect("written");
    let mut task = task.clone();
    task["page"] = json!(format!("file://{}", file.display()));
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/python/chromium.py");
    let mut child = Command::new("python3")
        .args(["-B", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 runs");
    let mut input = child.stdin.take().expect("piped");
    input.write_all(task.to_string().as_bytes()).expect("taken");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    if output.status.code() == Some(69) {
        let needed = std::env::var_os("JCM_TESTS_NEED_TOOLS").is_some();
        assert!(!needed, "this test needs chromium: install the package `chromium`");
        eprintln!("skipped: there is no chromium");
        return None;
    }
    assert!(output.status.success(), "chromium was not driven");
    Some(serde_json::from_slice(&output.stdout).expect("JSON"))
}

#[test]
#[allow(clippy::too_many_lines, reason = "one page, asked once")]
fn the_page_in_a_browser_judges_alike() {
    let Recorded { papers, retired, cancelled, several, certified } = recorded();
    let key = papers.log_key().to_string();
    let notice = papers.notice(retired);
    let json = notice.json().expect("JSON");
    let honest = [
        ("notice", json.clone()),
        ("cancellation", papers.notice(cancelled).json().expect("JSON")),
        ("certificate", papers.certificate(certified, account(1_001)).document().expect("JSON")),
        ("without issuance", papers.notice_of(retired, false).json().expect("JSON")),
        ("part", papers.notice_of_part(several, 2, true).json().expect("JSON")),
        ("receipt", papers.receipt(retired)),
        ("html", notice.html(Language::Japanese).expect("JSON")),
    ];
    let part = papers.notice_of_part(several, 2, true).json().expect("JSON");
    let forged = [
        ("another part", part.replace("part 2 2", "part 1 2")),
        ("no part", part.replace("part 2 2\\n", "")),
        ("another number", part.replace("TH:0107537001757", "TH:0107537001758")),
        ("another beneficiary", json.replace("beneficiary 株式会社", "beneficiary 有限会社")),
        ("more", json.replace("total 15", "total 16")),
        ("another time", json.replace("application ", "application 1")),
        ("another kind", json.replace("\"notice\"", "\"certificate\"")),
        ("a member more", json.replace("  \"kind\"", "  \"x\": 1,\n  \"kind\"")),
        ("spelled otherwise", json.replace("  \"kind\"", "\t\"kind\"")),
        ("nothing", String::new()),
        ("something else", "{}".to_owned()),
    ];
    let case = |(name, text): &(&str, String)| json!({ "name": name, "text": text, "key": key });
    let cases: Vec<Value> = honest.iter().chain(&forged).map(case).collect();
    // One with a witness, which the page has to check as well.
    let cosigned = small().0.swap_remove(1).1;
    let sweeps = [cosigned, papers.receipt(certified)]
        .map(|text| json!({ "text": text, "key": key, "changes": [1] }));
    let values = every_effect();
    let entries: Vec<String> = values.iter().map(|sealed| to_hex(sealed.bytes())).collect();
    let screenshot = std::env::var("SCREENSHOT").ok();
    let page = jcm_verify::html::page(Some(papers.log_key()));
    let task = json!({
        "cases": cases, "sweeps": sweeps, "entries": entries, "show": { "text": json, "key": "" },
        "screenshot": screenshot,
    });
    let Some(answer) = in_chromium(&page, &task) else { return };
    for ((name, text), found) in
        honest.iter().chain(&forged).zip(answer["cases"].as_array().expect("a list"))
    {
        let ours = check(text, &pinned(papers.log_key()));
        assert_eq!(found["holds"], ours.is_ok(), "{name}: {found}, {ours:?}");
        let reason = found["reason"].as_str().unwrap_or_default();
        assert!(!reason.starts_with("NOT A REFUSAL"), "{name}: {reason}");
        if let Ok(ours) = ours {
            let events: Vec<_> = ours.entries.iter().map(|entry| &entry.event).collect();
            assert_eq!(
                read(&found["event"]),
                serde_json::to_value(events).expect("JSON"),
                "{name}"
            );
        }
    }
    // The decoder in the page against ours, over effects of every kind.
    for (sealed, found) in values.iter().zip(answer["entries"].as_array().expect("a list")) {
        let ours = serde_json::to_value(&sealed.entry().event).expect("JSON");
        assert_eq!(read(found), exact(ours));
    }
    for sweep in answer["sweeps"].as_array().expect("a list") {
        assert!(500 < sweep["tried"].as_u64().expect("a number"), "{sweep}");
        assert_eq!(sweep["accepted"], json!([]));
        assert_eq!(sweep["broken"], json!([]));
    }
    let shown = &answer["shown"];
    assert_eq!((&shown["verdict"], &shown["key"]), (&json!("holds"), &json!(key)), "{shown}");
    for text in
        ["無効化通知", "株式会社<例> \"A\" & B", "15 t-CO2", "JP-MN002-2023-4-25", "証明されること"]
    {
        assert!(shown["shown"].as_str().expect("text").contains(text), "{text}: {shown}");
    }
    // Nothing was fetched, and nothing ran against the page's policy.
    assert_eq!(answer["problems"], json!([]));
}
