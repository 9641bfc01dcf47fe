//! Sheets: what is exported can be imported, and what would be refused is named with
//! its row before anything is sent.

#![allow(dead_code, reason = "each test uses a part of the support")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test may")]

mod support;

use jcm_cli::bulk::sheet::Sheet;
use jcm_cli::bulk::{export, issuances, transfers};
use jcm_cli::commands::bulk::{What, write_sheet};
use jcm_format::command::{
    ApplyTransfers, Basis, Body, PaymentId, Person, Purpose, TransferPart, TransferTerms, Use,
    UseDetails, UseKind,
};
use jcm_report::rebuild::Rebuild;
use jcm_tests::acts::paid_transfer;
use jcm_tests::world::{self as registry, account, apply_transfer, issuance, secret, terms};
use jcm_tests::world::{text, year};
use std::path::Path;
use support::{World, stderr};

/// Both of them.
const AUTHORITIES: [&str; 2] = ["authority-1", "authority-2"];

/// A registry whose units went different ways.
fn original() -> registry::World {
    let mut world = registry::World::stocked();
    world.authorise(500, 500);
    let served =
        |kind| Use { kind, reporting_year: Some(year(2_026)), beneficiary: Some(text("甲")) };
    for (sink, purpose, units, kind) in [
        (2, Purpose::Retirement, "4:1-100", UseKind::Shk),
        (3, Purpose::Cancellation, "1:1-30", UseKind::Voluntary),
        (3, Purpose::Cancellation, "1:101-130", UseKind::Voluntary),
    ] {
        let terms = terms(1_001, sink, &[units], purpose);
        let terms = TransferTerms { gratuitous: true, use_: Some(served(kind)), ..terms };
        world.accepted(apply_transfer(terms), &["alpha"]);
    }
    // One that names persons by number.
    world.accepted(Body::AdoptArticle6(jcm_tests::article6::article6()), &AUTHORITIES);
    let number = Person::Corporation("8700110005901".parse().expect("a number"));
    let use_details = Some(UseDetails { beneficiary: Some(number), entity: None });
    let terms_ = terms(1_001, 3, &["1:201-205"], Purpose::Cancellation);
    let terms_ =
        TransferTerms { gratuitous: true, use_: Some(served(UseKind::Voluntary)), ..terms_ };
    let body = Body::ApplyTransfer { terms: terms_, use_details, trust: None, fee_payment: None };
    world.accepted(body, &["alpha"]);
    let payment = world.pay(2_500, Some(account(1_001)));
    let terms = terms(1_001, 1_002, &["2:1-10", "2:21-25"], Purpose::Other);
    world.accepted(paid_transfer(terms, payment), &["alpha"]);
    world
}

/// Another registry with the same parties and decisions, and no unit.
fn fresh() -> registry::World {
    let mut world = registry::World::peopled();
    for (period, project) in [(2_020, "MN002"), (2_023, "MN002")] {
        let body = issuance(project, period, 900, 100);
        let (project, decision) = (body.project, body.decision);
        world.accepted(Body::ConsentIssuance { project, decision }, &["mongolia"]);
    }
    world.authorise(500, 500);
    world.accepted(Body::AdoptArticle6(jcm_tests::article6::article6()), &AUTHORITIES);
    world
}

fn lists(world: &registry::World) -> Rebuild {
    let mut rebuild = Rebuild::new();
    world.entries().iter().for_each(|entry| rebuild.apply(entry).expect("in order"));
    rebuild
}

fn sheet(what: What, rows: &[Vec<String>], path: &Path) -> Sheet {
    write_sheet(what, rows, path).expect("written");
    let (name, columns) = what.sheet();
    Sheet::read(path, name, columns).expect("a sheet")
}

/// The lines of the state that say what was issued and who holds it.
fn units(world: &registry::World) -> Vec<String> {
    let lines = world.state().digest_lines().into_iter();
    lines.filter(|line| line.starts_with("block ") || line.starts_with("holding ")).collect()
}

#[test]
fn what_is_exported_gives_the_same_holdings_and_blocks_in_another_registry() {
    let (first, folder) = (original(), tempfile::tempdir().expect("a folder"));
    for ending in ["csv", "xlsx"] {
        let mut second = fresh();
        let path = folder.path().join(format!("issuances.{ending}"));
        let issued = sheet(What::Issuances, &export::issuances(&lists(&first)), &path);
        let issued = issuances::read(&issued).expect("well formed");
        for carried_over in [true, false] {
            let same = issued.iter().filter(|of| of.is_carried_over() == carried_over).cloned();
            let mut parts: Vec<_> = same.map(|of| of.issuance).collect();
            for part in parts.iter_mut().filter(|_| !carried_over) {
                let mut consents = second.state().consents();
                let consent = consents.find(|of| of.decision == part.decision).expect("given");
                part.basis = Basis::Consent(consent.entry);
            }
            let signers: &[&str] =
                if carried_over { &["authority-1", "authority-2"] } else { &["op-1", "op-2"] };
            second.accepted(Body::RecordIssuances { parts }, signers);
        }
        let path = folder.path().join(format!("transfers.{ending}"));
        let rows = export::transfers(&lists(&first), None).expect("whole");
        let moved = transfers::read(&sheet(What::Transfers, &rows, &path)).expect("well formed");
        let payment = second.pay(2_500, Some(account(1_001)));
        let parts = moved.iter().map(|row| TransferPart {
            terms: row.terms(row.source.expect("named"), row.destination.expect("named")),
            use_details: row.use_details.clone(),
            // The sheet leaves the fee to whoever imports it.
            fee_payment: (row.purpose == Purpose::Other).then(|| PaymentId::single(payment)),
        });
        let several = ApplyTransfers { source: account(1_001), parts: parts.collect() };
        second.accepted(Body::ApplyTransfers(several), &["alpha"]);
        assert_eq!(units(&second), units(&first), "{ending}");
        second.check();
        let lines = export::transfers(&lists(&second), None).expect("whole");
        assert!(lines.iter().flatten().any(|cell| cell == "JP:8700110005901"), "{lines:?}");
        // What was exported once is exported again.
        let again = |world: &registry::World| {
            let lists = lists(world);
            (export::issuances(&lists), export::transfers(&lists, None).expect("whole"))
        };
        assert_eq!(again(&second), again(&first), "{ending}");
    }
}

/// A node on a world's log, and key files of its people.
fn node(world: &World, of: &registry::World) -> support::Registry {
    use std::os::unix::fs::PermissionsExt as _;
    let keys = world.folder.path().join("data/keys");
    std::fs::create_dir_all(&keys).expect("a folder");
    let key = keys.join("log.key");
    let seed = jcm_format::hash::to_hex(&secret("log").seed());
    std::fs::write(&key, format!("{seed}\n")).expect("writable");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("own file");
    let mut bytes = jcm_format::frame::MAGIC.to_vec();
    for frame in of.log.frames() {
        bytes.extend(frame.encode().expect("small"));
    }
    let export = world.path("registry.jcmlog");
    std::fs::write(&export, bytes).expect("writable");
    for (file, who) in [("a1", "authority-1"), ("alpha", "alpha"), ("op1", "op-1"), ("op2", "op-2")]
    {
        let file = world.key(file);
        let _ = std::fs::remove_file(&file);
        let open = jcm_client::Protection::Unencrypted;
        jcm_client::KeyFile::write(file.as_ref(), &secret(who), &open).expect("written");
    }
    let config = world.config("data");
    registry_node::import(&config, export.as_ref()).expect("imported");
    world.start(config, String::new())
}

#[test]
fn a_sheet_is_one_command_and_every_row_that_would_be_refused_is_named() {
    let world = World::new();
    let registry = node(&world, &registry::World::stocked());
    let file = world.path("transfers.csv");
    let jcm = |more: &[&str]| {
        let key = world.key("alpha");
        let words =
            ["bulk", "import", "transfers", &file, "--from", "1001", "--key", &key, "--yes"];
        world.run_in("home", &registry.endpoint, &[&words, more].concat())
    };
    let write = |lines: &[&str]| {
        let heading = "purpose,destination,units,gratuitous,use,beneficiary";
        let text = [&[heading], lines].concat().join("\n");
        std::fs::write(&file, text).expect("writable");
    };
    let size = || {
        let data = world.path("data");
        let words = ["report", "balance", "--json", "--export", &data];
        let done = world.run(&words);
        let json: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
        json["entries"].as_u64().expect("a number")
    };
    let before = size();
    // A unit that another holds, and a retirement that nobody authorised.
    write(&[
        "cancellation,,1:1-5,yes,voluntary,甲",
        "cancellation,,1:950-955,yes,voluntary,甲",
        "retirement,,2:1-5,yes,ndc,",
    ]);
    let refused = jcm(&[]);
    let said = stderr(&refused);
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert!(said.contains("would refuse 2 of 3"), "{said}");
    assert!(said.contains("transfers.csv, row 3: 707 UNITS_NOT_HELD"), "{said}");
    assert!(said.contains("transfers.csv, row 4: 711"), "{said}");
    // Units that wait for a fee are not recorded at once.
    let other = account(1_002).to_string();
    write(&["cancellation,,1:1-5,yes,voluntary,甲", &format!("transfer,{other},1:11-12,,,")]);
    let waits = jcm(&[]);
    assert!(stderr(&waits).contains("row 3: 728"), "{}", stderr(&waits));
    assert_eq!(size(), before, "nothing was sent");
    write(&["cancellation,,1:1-5,yes,voluntary,甲", "cancellation,,3:1-7 3:11-13,yes,,"]);
    let shown = jcm(&["--dry-run"]);
    assert!(shown.status.success(), "{}", stderr(&shown));
    assert!(String::from_utf8_lossy(&shown.stdout).contains("Nothing was sent"));
    assert_eq!(size(), before);
    let done = jcm(&[]);
    assert!(done.status.success(), "{}", stderr(&done));
    assert_eq!(size(), before + 1, "one command");
    registry.stop();
    let uses = world.path("uses.csv");
    let data = world.path("data");
    let made = world.run(&["report", "uses", "--export", &data, "--out", &uses]);
    assert!(made.status.success(), "{}", stderr(&made));
    let uses = std::fs::read_to_string(&uses).expect("written");
    assert!(uses.lines().last().is_some_and(|line| line.ends_with(",15")), "{uses}");
}
