//! The threat model names tests that exist, and the list of planted frauds is
//! that of the tests. `UPDATE_DOCS=1 cargo test -p jcm-tests --test threats` writes
//! it anew.

use jcm_verify::Code;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), ".."].iter().collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("the page")
}

/// Every Rust file that may hold tests.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        if path.is_dir() && name != "target" {
            sources(&path, found);
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
}

fn all_sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["crates", "registry-node", "tests"] {
        sources(&root().join(folder), &mut found);
    }
    let text = |path: PathBuf| {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        (stem, fs::read_to_string(&path).expect("readable"))
    };
    found.into_iter().map(text).collect()
}

/// Whether some text has a test of this name.
fn has_test(text: &str, name: &str) -> bool {
    ["fn ", "async fn "].iter().any(|head| {
        text.match_indices(&format!("{head}{name}()")).any(|(at, _)| {
            // Among its attributes, whichever comes last.
            let lines = text[..at].trim_end().lines().rev().map(str::trim_start);
            lines
                .take_while(|line| line.starts_with("#["))
                .any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"))
        })
    })
}

/// What stands as `file::test` on a page.
fn named(page: &str) -> Vec<(&str, &str)> {
    let quoted = page.split('`').skip(1).step_by(2);
    let pairs = quoted.filter_map(|text| text.split_once("::"));
    pairs.filter(|(file, _)| !file.contains(['/', ' '])).collect()
}

#[test]
fn every_test_that_the_threat_model_names_exists() {
    let (page, sources) = (read("docs/threat-model.md"), all_sources());
    let named = named(&page);
    assert!(30 < named.len(), "{}", named.len());
    for (file, test) in named {
        let found = sources.iter().any(|(stem, text)| stem == file && has_test(text, test));
        assert!(found, "{file}::{test} does not exist");
    }
    // The check finds what is missing.
    let text = "#[test]\nfn there() {}\n\nfn not_a_test() {}\n#[tokio::test(flavor = \"x\")]\nasync fn later() {}\n";
    assert!(has_test(text, "there") && has_test(text, "later"));
    assert!(!has_test(text, "not_a_test") && !has_test(text, "gone"));
}

/// The cases of a table of frauds: name and code. A case is
/// `("name", CODE, |life| ...)`, where the code is a text or the constant of its
/// function.
fn cases(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut constants: BTreeMap<String, String> = BTreeMap::new();
    for part in text.split("(\"").flat_map(|part| part.split("(\n")) {
        let part = part.trim_start().strip_prefix('"').unwrap_or(part.trim_start());
        let case = part.split_once("\",").and_then(|(name, rest)| {
            let (code, rest) = rest.trim_start().split_once(',')?;
            let is_case = rest.trim_start().starts_with('|');
            let code = code.trim().trim_matches('"').to_owned();
            (is_case && !name.contains('"')).then(|| (name.to_owned(), code))
        });
        if let Some((name, code)) = case {
            let code = constants.get(&code).cloned().unwrap_or(code);
            found.push((name, code));
        }
        // A constant stands before the table of its function, or at the top.
        for line in part.lines() {
            let line = line.trim_start().strip_prefix("const ");
            if let Some((name, value)) = line.and_then(|line| line.split_once(": &str = \"")) {
                constants.insert(name.to_owned(), value.trim_end_matches("\";").to_owned());
            }
        }
    }
    found
}

fn planted() -> BTreeMap<String, Vec<String>> {
    let mut by_code: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (stem, text) in all_sources() {
        if stem.starts_with("frauds") {
            for (name, code) in cases(&text) {
                by_code.entry(code).or_default().push(name);
            }
        }
    }
    by_code
}

#[test]
fn the_page_of_frauds_lists_what_is_planted() {
    let planted = planted();
    let count: usize = planted.values().map(Vec::len).sum();
    for code in planted.keys() {
        let known = Code::ALL.iter().any(|known| known.reason() == code);
        let of_form = jcm_format::command::FieldRule::ALL.iter().any(|rule| rule.reason() == code);
        let of_envelope =
            ["SIGNATURE", "SIGNER", "PAYLOAD", "KEY"].iter().any(|word| code.starts_with(word));
        assert!(known || of_form || of_envelope, "{code} is no code");
    }
    let mut table = format!(
        "{count} frauds under {} codes.\n\n| code | frauds |\n| --- | --- |\n",
        planted.len()
    );
    for (code, names) in &planted {
        writeln!(table, "| `{code}` | {} |", names.join("; ").replace('|', "\\|")).expect("room");
    }
    let text = read("docs/frauds.md");
    let start = "<!-- generated: frauds -->\n";
    let (before, rest) = text.split_once(start).expect("the mark before");
    let (current, after) = rest.split_once("<!-- end -->").expect("the mark after");
    let table = format!("\n{}\n\n", table.trim_end());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let text = format!("{before}{start}{table}<!-- end -->{after}");
        fs::write(root().join("docs/frauds.md"), text).expect("written");
    } else {
        assert_eq!(current, table, "docs/frauds.md is stale: run with UPDATE_DOCS=1");
    }
    assert!(250 < count, "{count}");
}
