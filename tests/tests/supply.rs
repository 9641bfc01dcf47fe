//! What the programs are made of: exceptions in `.cargo/deny.toml` are dated and still
//! needed, everything comes from one place with a checksum, and the bills of materials
//! say what the lock file says. `docs/adr/0018-supply-chain.md`.

use jcm_format::time::Date;
use jcm_tests::root;
use jcm_tests::sbom::{Crates, PROGRAMS, checksums};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect("a file of the project")
}

fn deny() -> toml::Table {
    read(".cargo/deny.toml").parse().expect("TOML")
}

/// Versions in the lock file, by name.
fn locked(lock: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut versions: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, version) in checksums(lock).expect("a lock file").into_keys() {
        versions.entry(name).or_default().insert(version);
    }
    versions
}

/// An exception: what it is about, and why.
#[derive(Debug, Clone)]
struct Exception {
    subject: String,
    reason: String,
}

fn exceptions(deny: &toml::Table, section: &str, list: &str, subject: &str) -> Vec<Exception> {
    let list = deny[section].get(list).and_then(toml::Value::as_array);
    let field = |entry: &toml::Value, name: &str| {
        entry.get(name).and_then(toml::Value::as_str).unwrap_or_default().to_owned()
    };
    list.into_iter()
        .flatten()
        .map(|entry| Exception { subject: field(entry, subject), reason: field(entry, "reason") })
        .collect()
}

/// `2026-11-23: instant is unmaintained. …`: the day, and the rest.
fn dated(reason: &str) -> Option<(Date, &str)> {
    let (day, why) = reason.split_once(": ")?;
    let day = day.parse().ok()?;
    (why.split_whitespace().count() >= 3).then_some((day, why))
}

/// The day of this release, as far as the sources know it: the newest one that a
/// version of the changelog or a decision has. Not the clock: the same sources pass or
/// fail for ever.
fn day_of_the_sources() -> Date {
    let mut texts = vec![read("docs/CHANGELOG.md")];
    for entry in std::fs::read_dir(root().join("docs/adr")).expect("decisions") {
        texts.push(std::fs::read_to_string(entry.expect("an entry").path()).expect("text"));
    }
    let lines = texts.iter().flat_map(|text| text.lines());
    let lines = lines.filter(|line| line.starts_with("## ") || line.starts_with("Status: "));
    let days = lines.filter_map(|line| line.split_whitespace().last()?.parse().ok());
    days.max().expect("the decisions are dated")
}

/// What is wrong with the reason of an exception.
fn stale(exception: &Exception, today: Date) -> Option<String> {
    let Exception { subject, reason } = exception;
    let Some((day, _)) = dated(reason) else {
        return Some(format!("{subject}: begin the reason with a day and say why: {reason:?}"));
    };
    if today < day {
        return Some(format!("{subject}: {day} is after the day of these sources, {today}"));
    }
    let year = today.year().before().expect("after 1970").get();
    // 29 February counts as the 28th in the year before.
    let year_ago = Date::new(year, today.month(), today.day());
    let year_ago = year_ago.or(Date::new(year, today.month(), 28));
    (day < year_ago.expect("a date"))
        .then(|| format!("{subject}: {day} is more than a year ago; look at it again"))
}

#[test]
fn every_exception_is_dated_and_less_than_a_year_old() {
    let (deny, today) = (deny(), day_of_the_sources());
    let ignored = exceptions(&deny, "advisories", "ignore", "id");
    let skipped = exceptions(&deny, "bans", "skip", "crate");
    assert!(!ignored.is_empty() && !skipped.is_empty(), "the lists are found");
    let found: Vec<_> =
        ignored.iter().chain(&skipped).filter_map(|exception| stale(exception, today)).collect();
    assert_eq!(found, [""; 0]);
}

#[test]
fn every_exception_is_still_needed() {
    let (deny, locked) = (deny(), locked(&read("Cargo.lock")));
    for Exception { subject, reason } in exceptions(&deny, "advisories", "ignore", "id") {
        let (_, why) = dated(&reason).expect("dated");
        let name = why.split(' ').next().expect("a word");
        assert!(locked.contains_key(name), "{subject} is about {name}, which is not used any more");
    }
    for Exception { subject, .. } in exceptions(&deny, "bans", "skip", "crate") {
        let (name, version) = subject.split_once('@').expect("name@version");
        let versions = locked.get(name).cloned().unwrap_or_default();
        let prefix = format!("{version}.");
        let hit = versions.iter().any(|of| of == version || of.starts_with(&prefix));
        assert!(hit && 1 < versions.len(), "{subject} is a duplicate no more: {versions:?}");
    }
}

/// Every package is ours, or from the one registry with a checksum.
fn of_unknown_origin(lock: &str) -> Vec<String> {
    const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";
    let lock: toml::Table = lock.parse().expect("TOML");
    let packages = lock["package"].as_array().expect("packages");
    let wrong = packages.iter().filter(|package| {
        let ours = package["name"]
            .as_str()
            .is_some_and(|name| name.starts_with("jcm-") || name == "registry-node");
        match package.get("source").and_then(toml::Value::as_str) {
            None => !ours,
            Some(source) => ours || source != REGISTRY || package.get("checksum").is_none(),
        }
    });
    wrong.map(|package| package["name"].to_string()).collect()
}

#[test]
fn everything_comes_from_one_registry_with_a_checksum() {
    for lock in ["Cargo.lock", "tests/fuzz/Cargo.lock"] {
        let found: Vec<_> = of_unknown_origin(&read(lock));
        let fuzz = found.iter().filter(|name| !name.contains("fuzz")).collect::<Vec<_>>();
        assert!(fuzz.is_empty(), "{lock}: {fuzz:?}");
    }
    let planted = |source: &str| {
        of_unknown_origin(&format!("[[package]]\nname = \"a\"\nversion = \"1\"\n{source}"))
    };
    let registry = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
    assert_eq!(planted(&format!("{registry}checksum = \"00\"\n")), [""; 0]);
    for wrong in ["", registry, "source = \"git+https://example.org/a\"\nchecksum = \"00\"\n"] {
        assert_eq!(planted(wrong), ["\"a\""], "{wrong}");
    }
}

/// What a package may need at all, by the lock file: crates of every platform and every
/// feature, reached from it.
fn may_need(lock: &str, package: &str) -> BTreeSet<String> {
    let lock: toml::Table = lock.parse().expect("TOML");
    let packages = lock["package"].as_array().expect("packages");
    let text = |of: &toml::Value, name: &str| of[name].as_str().expect("text").to_owned();
    let (mut seen, mut waiting) = (BTreeSet::new(), vec![package.to_owned()]);
    while let Some(needed) = waiting.pop() {
        // `name`, or `name version` where there are several.
        let mut words = needed.split(' ');
        let (name, version) = (words.next().expect("a name"), words.next());
        let hit = |of: &&toml::Value| {
            text(of, "name") == name && version.is_none_or(|version| text(of, "version") == version)
        };
        for of in packages.iter().filter(hit) {
            if seen.insert(format!("{name}@{}", text(of, "version"))) {
                let needs = of.get("dependencies").and_then(toml::Value::as_array);
                let needs = needs.into_iter().flatten();
                waiting.extend(needs.map(|name| name.as_str().expect("a name").to_owned()));
            }
        }
    }
    seen
}

fn list<'a>(bill: &'a Value, name: &str) -> &'a Vec<Value> {
    bill[name].as_array().expect("a list")
}

#[test]
fn the_bills_of_materials_say_what_is_locked_and_built() {
    let crates = Crates::read().expect("the lock file is up to date");
    let checksums = checksums(&read("Cargo.lock")).expect("a lock file");
    for (package, program) in PROGRAMS {
        let bytes = crates.bill(package, program).expect(program);
        assert_eq!(crates.bill(package, program).expect(program), bytes, "the same each time");
        let bill: Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!(bill["metadata"]["component"]["name"], program);
        let mut listed = BTreeSet::new();
        for component in list(&bill, "components") {
            let text = |name: &str| component[name].as_str().unwrap_or_default().to_owned();
            let (name, version) = (text("name"), text("version"));
            assert!(listed.insert(format!("{name}@{version}")), "{name} {version} twice");
            assert!(component["licenses"][0]["expression"].is_string(), "{name}");
            if name.starts_with("jcm-") {
                continue;
            }
            let checksum = checksums.get(&(name.clone(), version.clone()));
            let hash = &component["hashes"][0];
            assert_eq!(hash["alg"], "SHA-256");
            assert_eq!(hash["content"].as_str(), checksum.map(String::as_str), "{name} {version}");
            assert_eq!(text("purl"), format!("pkg:cargo/{name}@{version}"));
        }
        let strangers: Vec<_> =
            listed.difference(&may_need(&read("Cargo.lock"), package)).cloned().collect();
        assert_eq!(strangers, [""; 0], "{program} has no use for them");
        let references: BTreeSet<_> =
            list(&bill, "dependencies").iter().map(|of| of["ref"].to_string()).collect();
        assert_eq!(references.len(), listed.len() + 1, "each with what it needs");
    }
}

/// What everybody who reads the sources knows is in a program, and what is not.
#[test]
fn a_bill_lists_what_is_built_in_and_nothing_of_another_program() {
    let crates = Crates::read().expect("the lock file is up to date");
    let names = |package: &str, program: &str, scope: &str| -> BTreeSet<String> {
        let bill = crates.bill(package, program).expect("a bill");
        let bill: Value = serde_json::from_slice(&bill).expect("JSON");
        let all = list(&bill, "components").iter().filter(|of| of["scope"] == scope);
        all.map(|of| of["name"].as_str().expect("a name").to_owned()).collect()
    };
    let check = |names: &BTreeSet<String>, there: &[&str], absent: &[&str]| {
        for name in there {
            assert!(names.contains(*name), "{name}: {names:?}");
        }
        for name in absent {
            assert!(!names.contains(*name), "{name}");
        }
    };
    let auditor = names("jcm-verify", "jcm-verify", "required");
    // Its witness serves and its sources fetch (ADR 0021, ADR 0022); the registry's own is not in it.
    let network = ["tonic", "h2", "sled", "jcm-ledger"];
    check(&auditor, &["jcm-format", "ed25519-dalek", "sha2", "bincode", "clap"], &network);
    // Its witness has a key (ADR 0017), and it opens an auditor's (ADR 0021).
    check(&auditor, &["jcm-keys", "pkcs8", "aes"], &["rpassword", "tempfile", "proptest"]);
    let node = names("registry-node", "registry-node", "required");
    check(&node, &["sled", "rustls", "ring", "jcm-ledger", "jcm-keys", "pkcs8"], &["jcm-client"]);
    check(&node, &[], &["rpassword", "rcgen", "tempfile", "protox", "jcm-tests"]);
    check(&names("registry-node", "registry-node", "excluded"), &["protox", "cc"], &["sled"]);
    check(
        &names("jcm-cli", "jcm", "required"),
        &["rpassword", "jcm-keys"],
        &["axum", "registry-node"],
    );
}

/// The offline kit's program is built of the formats, without network and without keys.
#[test]
fn the_program_of_the_kit_holds_no_network_and_opens_no_keys() {
    let tree = |features: &[&str]| -> BTreeSet<String> {
        let output = Command::new(env!("CARGO"))
            .args(["tree", "--locked", "-p", "jcm-verify", "--edges", "normal", "--prefix", "none"])
            .args(features)
            .current_dir(root())
            .output()
            .expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).expect("text");
        text.lines().filter_map(|line| line.split(' ').next().map(str::to_owned)).collect()
    };
    let (whole, kit) = (tree(&[]), tree(&["--no-default-features"]));
    for name in ["jcm-keys", "pkcs8", "tokio", "hyper", "ureq", "rustls"] {
        assert!(whole.contains(name) && !kit.contains(name), "{name}");
    }
    let ours: Vec<_> = kit.iter().filter(|name| name.starts_with("jcm-")).collect();
    assert_eq!(ours, ["jcm-format", "jcm-verify"]);
}

/// Lines that run cargo in a way that takes what the lock file says, or not.
fn unlocked<'a>(name: &str, text: &'a str) -> Vec<&'a str> {
    // Spelled so that this file does not hold them.
    let verbs = ["build", "run", "test", "clippy", "install", "check", "metadata", "tree"];
    let runs = |line: &str| verbs.iter().any(|verb| line.contains(&format!("cargo {verb} ")));
    // What only writes generated files anew is for whoever changes the sources.
    let writes = |line: &str| line.contains("UPDATE_");
    let is_code = name.ends_with(".rs") && !name.starts_with("registry-node/examples");
    text.lines()
        .filter(|line| !is_code && runs(line) && !writes(line) && !line.contains("--locked"))
        .collect()
}

#[test]
fn every_build_of_ours_takes_what_is_locked() {
    let tracked = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output();
    let tracked = tracked.ok().filter(|output| output.status.success());
    let names = match tracked {
        Some(output) => String::from_utf8(output.stdout).expect("names"),
        // An archive of the sources has no list: then what the page names.
        None => "README.md\0tests/run.sh\0docs/operating/Containerfile".to_owned(),
    };
    let (mut found, mut seen) = (Vec::new(), 0);
    for name in names.split('\0').filter(|name| !name.is_empty()) {
        let Ok(text) = std::fs::read_to_string(root().join(Path::new(name))) else { continue };
        seen += text.matches("--locked").count();
        found.extend(unlocked(name, &text).iter().map(|line| format!("{name}: {line}")));
    }
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
    assert!(5 < seen, "{seen}");
    assert_eq!(unlocked("a.md", "cargo build --release -p jcm-cli").len(), 1);
    assert_eq!(unlocked("a.md", "cargo build --locked -p jcm-cli").len(), 0);
}

/// Whether a manifest's lock file says all that its crates ask for, by cargo's own words. The
/// registry's index is asked only when what is known of it here does not do.
fn lock_is_complete(manifest: &Path) -> bool {
    [&["--offline"][..], &[]].iter().any(|network| {
        let output = jcm_tests::cargo()
            .args(["update", "--workspace", "--locked", "--manifest-path"])
            .arg(manifest)
            .args(*network)
            .output()
            .expect("cargo runs");
        output.status.success()
    })
}

/// The fuzz targets are no members of the workspace, and nothing else here builds them: a
/// dependency that one of our crates gained made every run of them fail.
#[test]
fn the_lock_of_the_fuzz_targets_is_complete() {
    assert!(
        lock_is_complete(&root().join("tests/fuzz/Cargo.toml")),
        "tests/fuzz/Cargo.lock is behind: cargo update --workspace --manifest-path tests/fuzz/Cargo.toml"
    );
    // A crate that asks for what its lock does not name.
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("written");
    };
    std::fs::create_dir(folder.path().join("src")).expect("a folder");
    write("src/lib.rs", "");
    write("Cargo.lock", "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"0.0.0\"\n");
    let package = "[package]\nname = \"a\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
    write("Cargo.toml", package);
    assert!(lock_is_complete(&folder.path().join("Cargo.toml")));
    write("Cargo.toml", &format!("{package}[dependencies]\nsha2 = \"0.10\"\n"));
    assert!(!lock_is_complete(&folder.path().join("Cargo.toml")));
}

/// What the tests would stop at must not pass in what is given out.
#[test]
fn a_release_checks_integers_as_the_tests_do() {
    let manifest: toml::Table = read("Cargo.toml").parse().expect("TOML");
    let release = &manifest["profile"]["release"];
    assert_eq!(release["overflow-checks"].as_bool(), Some(true));
    let without: BTreeSet<&str> = release["package"]
        .as_table()
        .into_iter()
        .flatten()
        .filter(|(_, of)| of.get("overflow-checks").and_then(toml::Value::as_bool) == Some(false))
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(without, ["curve25519-dalek", "sha2"].into());
}

#[test]
fn a_bad_exception_is_found() {
    let today: Date = "2027-02-28".parse().expect("a date");
    let judged = |reason: &str| {
        stale(&Exception { subject: "x".into(), reason: reason.into() }, today).is_some()
    };
    assert!(!judged("2026-02-28: sled is not maintained."));
    assert!(judged("2026-02-27: sled is not maintained."));
    assert!(judged("2027-03-01: sled is not maintained."));
    assert!(judged("sled is not maintained."));
    assert!(judged("2026-11-23: sled"));
    assert!(judged("2026-13-23: sled is not maintained."));
}
