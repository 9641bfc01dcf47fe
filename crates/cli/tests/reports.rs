//! Reports from the registry and from copies of its log, as a person asks for them.

#![allow(dead_code, reason = "each test uses a part of the support")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test may")]

mod support;

use jcm_format::command::{Purpose, TransferTerms, Use, UseKind};
use jcm_tests::world::{self as registry, apply_transfer, secret, terms, text, year};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use support::{World, stderr};

/// A registry with holdings, uses and a beneficiary whose name is a formula.
fn sample() -> registry::World {
    let mut world = registry::World::stocked();
    world.authorise(500, 500);
    let use_ = |kind, beneficiary: Option<&str>| Use {
        kind,
        reporting_year: Some(year(2_026)),
        beneficiary: beneficiary.map(text),
    };
    for (sink, purpose, units, use_) in [
        (2, Purpose::Retirement, "4:1-100", use_(UseKind::Shk, None)),
        (2, Purpose::Retirement, "2:1-50", use_(UseKind::Shk, Some("=cmd|'/c calc'!A1"))),
        (3, Purpose::Cancellation, "1:1-30", use_(UseKind::Voluntary, Some("甲株式会社"))),
    ] {
        let terms = terms(1_001, sink, &[units], purpose);
        let terms = TransferTerms { gratuitous: true, use_: Some(use_), ..terms };
        world.accepted(apply_transfer(terms), &["alpha"]);
    }
    world
}

/// Writes its log as an export.
fn export(world: &registry::World, path: &str) {
    let mut bytes = jcm_format::frame::MAGIC.to_vec();
    for frame in world.log.frames() {
        bytes.extend(frame.encode().expect("small"));
    }
    std::fs::write(path, bytes).expect("writable");
}

/// A node on the same log, in the data folder `data`.
fn node(world: &World, export: &str) -> support::Registry {
    let keys = world.folder.path().join("data/keys");
    std::fs::create_dir_all(&keys).expect("a folder");
    let key = keys.join("log.key");
    let seed = jcm_format::hash::to_hex(&secret("log").seed());
    std::fs::write(&key, format!("{seed}\n")).expect("writable");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("own file");
    // A minister of that registry, who reads everything.
    let reader = world.key("a1");
    std::fs::remove_file(&reader).expect("made for another registry");
    jcm_client::KeyFile::write(reader.as_ref(), &secret("authority-1")).expect("written");
    let config = world.config("data");
    registry_node::import(&config, export.as_ref()).expect("imported");
    world.start(config, String::new())
}

fn lines(path: &str) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("written");
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_report_is_the_same_from_the_registry_an_export_and_a_data_folder() {
    let world = World::new();
    let log = world.path("registry.jcmlog");
    export(&sample(), &log);
    let registry = node(&world, &log);
    let data = world.path("data");
    for report in ["holdings", "issuances", "uses", "balance", "shk", "gx-ets"] {
        for format in ["csv", "json", "xlsx"] {
            let made: Vec<Vec<u8>> = [None, Some(log.as_str()), Some(data.as_str())]
                .into_iter()
                .map(|from| {
                    let out = world.path(&format!("out.{format}"));
                    let mut words = vec!["report", report, "--out", &out];
                    words.extend(from.into_iter().flat_map(|path| ["--export", path]));
                    let done = world.run_in("home", &registry.endpoint, &words);
                    assert!(done.status.success(), "{report}: {}", stderr(&done));
                    std::fs::read(&out).expect("written")
                })
                .collect();
            assert!(made[0] == made[1] && made[1] == made[2], "{report}.{format}");
        }
    }
    registry.stop();
}

#[test]
fn a_year_is_packed_with_an_index_of_digests_and_the_same_from_both_sources() {
    let world = World::new();
    let log = world.path("registry.jcmlog");
    export(&sample(), &log);
    let registry = node(&world, &log);
    let (live, offline) = (world.path("live"), world.path("offline"));
    for (out, more) in [(&live, None), (&offline, Some(["--export", log.as_str()]))] {
        let mut words = vec!["report", "pack", "2026", "--out", out];
        words.extend(more.into_iter().flatten());
        let done = world.run_in("home", &registry.endpoint, &words);
        assert!(done.status.success(), "{}", stderr(&done));
    }
    registry.stop();
    let index = std::fs::read(Path::new(&live).join("index.json")).expect("written");
    assert_eq!(index, std::fs::read(Path::new(&offline).join("index.json")).expect("written"));
    let index: Value = serde_json::from_slice(&index).expect("JSON");
    let files = index["files"].as_array().expect("files");
    for file in files {
        let name = file["name"].as_str().expect("a name");
        let content = std::fs::read(Path::new(&live).join(name)).expect("listed");
        let digest = jcm_format::hash::Digest::of(&[&content]).to_string();
        assert_eq!(file["sha256"], digest.as_str(), "{name}");
        assert_eq!(file["bytes"], content.len(), "{name}");
    }
    let names: Vec<_> = files.iter().filter_map(|file| file["name"].as_str()).collect();
    for name in ["balance.xlsx", "shk.csv", "books-2026.csv", "fees.csv", "published-totals.csv"] {
        assert!(names.contains(&name), "{name} in {names:?}");
    }
    let there = std::fs::read_dir(&live).expect("a folder").count();
    assert_eq!(there, files.len() + 1, "nothing is there that the index does not list");
    let again = world.run(&["report", "pack", "2026", "--out", &live, "--export", &log]);
    assert_eq!(again.status.code(), Some(2), "{}", stderr(&again));
}

#[test]
fn an_emitter_gets_its_own_report_and_no_formula() {
    let world = World::new();
    let log = world.path("registry.jcmlog");
    export(&sample(), &log);
    let form = |who: &[&str], out: &str| {
        let words =
            [&["report", "shk-form", "--year", "2026", "--export", &log, "--out", out], who];
        world.run(&words.concat())
    };
    let out = world.path("own.csv");
    let done = form(&["--beneficiary", "alpha Inc."], &out);
    assert!(done.status.success(), "{}", stderr(&done));
    let own = lines(&out);
    assert_eq!(own[0], "row,type,quantity_tonnes,first_identification,last_identification");
    let row = "item,JCMクレジット（国際協力排出削減量）,100,JP-MN002-2023-4-1,JP-MN002-2023-4-100";
    assert_eq!(own[1], row);
    assert_eq!(own.last().map(String::as_str), Some("total,,100,,"));
    let out = world.path("other.csv");
    assert!(form(&["--beneficiary", "=cmd|'/c calc'!A1"], &out).status.success());
    assert_eq!(lines(&out).last().map(String::as_str), Some("total,,50,,"));
    let all = world.path("shk.csv");
    let done = world.run(&["report", "shk", "--export", &log, "--out", &all]);
    assert!(done.status.success(), "{}", stderr(&done));
    assert!(lines(&all).iter().any(|line| line.contains("'=cmd")), "{:?}", lines(&all));
    assert!(!lines(&all).iter().any(|line| line.contains(",=cmd")), "{:?}", lines(&all));
    let nobody = form(&[], &out);
    assert_eq!(nobody.status.code(), Some(2));
    assert!(stderr(&nobody).contains("name the beneficiary"), "{}", stderr(&nobody));
}

#[test]
fn a_copy_that_is_damaged_or_another_s_is_not_believed() {
    let world = World::new();
    let log = world.path("registry.jcmlog");
    export(&sample(), &log);
    let out = world.path("balance.csv");
    let balance = |more: &[&str], path: &str| {
        let words = ["report", "balance", "--out", &out, "--export", path];
        world.run(&[&words, more].concat())
    };
    let whole = std::fs::read(&log).expect("written");
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    for (bytes, part) in
        [(&flipped[..], "check"), (&whole[..whole.len() - 7], "ends inside a frame")]
    {
        let damaged = world.path("damaged.jcmlog");
        std::fs::write(&damaged, bytes).expect("writable");
        let refused = balance(&[], &damaged);
        assert_eq!(refused.status.code(), Some(6), "{}", stderr(&refused));
        assert!(stderr(&refused).contains(part), "{part}: {}", stderr(&refused));
        assert!(!Path::new(&out).exists(), "nothing is written");
    }
    let other = secret("somebody").public_key().to_string();
    let refused = balance(&["--log-key", &other], &log);
    assert_eq!(refused.status.code(), Some(6), "{}", stderr(&refused));
    let own = secret("log").public_key().to_string();
    assert!(balance(&["--log-key", &own], &log).status.success());
    // Without a key, whose it is is said.
    assert!(stderr(&balance(&[], &log)).contains("registry.test/jcm"));
}

#[test]
fn what_cannot_be_asked_or_written_is_told_before_anything_is_read() {
    let world = World::new();
    let log = world.path("registry.jcmlog");
    export(&sample(), &log);
    let told = |words: &[&str]| {
        let done = world.run(&[&["report"], words, &["--export", &log]].concat());
        assert_eq!(done.status.code(), Some(2), "{words:?}: {}", stderr(&done));
        stderr(&done)
    };
    assert!(told(&["balance", "--format", "xlsx"]).contains("not shown on a screen"));
    assert!(told(&["balance", "--out", "x.pdf"]).contains("what kind of file ends with .pdf?"));
    assert!(told(&["balance", "--at", "soon"]).contains("give the number of an entry"));
    let reversed = ["statement", "1001", "--from", "2026-02-01", "--to", "2026-01-01"];
    assert!(told(&reversed).contains("--to: give a day from the first on"));
    assert!(told(&["holdings", "--account", "999"]).contains("was not opened"));
    let table = world.run(&["report", "balance", "--export", &log]);
    let shown = String::from_utf8(table.stdout).expect("text");
    assert!(shown.contains("issued_tonnes") && shown.contains("4,000"), "{shown}");
}

#[test]
fn a_template_is_a_sheet_that_can_be_read() {
    let world = World::new();
    for what in ["transfers", "issuances"] {
        for ending in ["csv", "xlsx"] {
            let file = world.path(&format!("{what}.{ending}"));
            assert!(world.run(&["bulk", "template", what, "--out", &file]).status.success());
            let checked = world.run(&["bulk", "check", what, &file]);
            assert!(checked.status.success(), "{what}.{ending}: {}", stderr(&checked));
        }
    }
}
