//! What no compiler holds: which crate may use which, what may stand where, and
//! words that must not be in a program that is to be judged by others.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Who may use whom: package, ours, from outside, for building, and ours that
/// only its tests and examples may use.
struct Edges {
    package: &'static str,
    ours: &'static str,
    outside: &'static str,
    build: &'static str,
    tests: &'static str,
}

const EDGES: &[Edges] = &[
    Edges {
        package: "jcm-format",
        ours: "",
        // base64: docs/adr/0003-base64-in-format.md.
        outside: "base64 bincode ed25519-dalek prost serde sha2 thiserror",
        build: "",
        tests: "",
    },
    Edges {
        package: "jcm-ledger",
        ours: "jcm-format",
        outside: "sled thiserror tokio-postgres",
        build: "",
        tests: "",
    },
    Edges {
        package: "jcm-verify",
        // Never the ledger: it would judge itself. jcm-keys opens key files, of a witness and of
        // an auditor who reads a node (docs/adr/0017-key-files-and-signers.md).
        ours: "jcm-format jcm-keys",
        // tokio, hyper and what goes with them for the witness (docs/adr/0021-tiles-and-witnesses.md);
        // the last three for reading a node, behind a feature (docs/adr/0022-verifier.md).
        outside: "base64 bincode clap ed25519-dalek getrandom http-body-util hyper hyper-util prost \
                  serde serde_json sha2 thiserror tokio rustls ureq webpki-roots",
        build: "",
        tests: "",
    },
    Edges {
        package: "jcm-report",
        ours: "jcm-format jcm-ledger",
        // calamine and zip read partners' workbooks: docs/adr/0020-reports-on-article-6.md.
        outside: "calamine csv quick-xml rust_xlsxwriter serde serde_json thiserror zip",
        build: "",
        tests: "",
    },
    Edges {
        package: "jcm-bank",
        // Takes bytes and returns values: no ledger, no disk, no network.
        ours: "jcm-format",
        outside: "csv encoding_rs thiserror unicode-normalization",
        build: "",
        tests: "",
    },
    Edges {
        package: "jcm-api",
        ours: "jcm-format",
        outside: "prost prost-types tonic tonic-prost",
        build: "prost protox tonic-prost-build",
        tests: "",
    },
    Edges {
        package: "jcm-keys",
        // Key files and agents, for the node and for clients: no network, no terminal.
        ours: "jcm-format",
        outside: "base64 getrandom pkcs8 thiserror zeroize",
        build: "",
        tests: "",
    },
    Edges {
        package: "jcm-client",
        ours: "jcm-format jcm-api jcm-keys",
        outside: "getrandom http http-body-util hyper-util rustls thiserror tokio tokio-rustls \
                  tonic tonic-types tower-service webpki-roots",
        build: "",
        tests: "",
    },
    Edges {
        package: "jcm-cli",
        ours: "jcm-format jcm-client jcm-bank jcm-report jcm-ledger",
        outside: "calamine clap clap_complete comfy-table csv prost rpassword serde serde_json thiserror tokio toml",
        build: "",
        // Its tests run the program against a registry that runs, with certificates.
        tests: "jcm-tests registry-node",
    },
    Edges {
        package: "registry-node",
        ours: "jcm-format jcm-ledger jcm-report jcm-api jcm-keys",
        // hyper and what goes with it: docs/adr/0021-tiles-and-witnesses.md.
        outside: "base64 clap governor http http-body http-body-util hyper \
                  hyper-util metrics metrics-exporter-prometheus prost rustls serde serde_json \
                  thiserror tokio tokio-rustls tokio-stream toml tonic tonic-health \
                  tonic-reflection tonic-types tower-service tracing tracing-subscriber \
                  webpki-roots",
        build: "",
        // The demo is a client, and ends with an audit; the tests share a world.
        tests: "jcm-client jcm-verify jcm-tests",
    },
];

/// The package of tests that cross crates: free to use all of them.
const TESTS: &str = "jcm-tests";

/// Every dependency of `package` that [`EDGES`] does not list.
fn edge_violations(package: &Value) -> Vec<String> {
    let name = package["name"].as_str().unwrap_or_default();
    if name == TESTS {
        return Vec::new();
    }
    let Some(edges) = EDGES.iter().find(|edges| edges.package == name) else {
        return vec![format!("{name} is not in the table of edges")];
    };
    let mut found = Vec::new();
    for dependency in package["dependencies"].as_array().into_iter().flatten() {
        let used = dependency["name"].as_str().unwrap_or_default();
        let ours = used.starts_with("jcm-") || used == "registry-node";
        let allowed = match (dependency["kind"].as_str(), ours) {
            (None, true) => edges.ours,
            (None, false) => edges.outside,
            (Some("build"), _) => edges.build,
            (Some(_), true) => edges.tests,
            // Tests may use what they like from outside.
            (Some(_), false) => continue,
        };
        // The offline kit is built without it.
        if (name, used) == ("jcm-verify", "jcm-keys") && dependency["optional"] != true {
            found.push(format!("{name} may have {used} behind a feature only"));
        }
        if !allowed.split_whitespace().any(|allowed| allowed == used) {
            let kind = dependency["kind"].as_str().unwrap_or("normal");
            found.push(format!("{name} may not have the {kind} dependency {used}"));
        }
    }
    found
}

#[test]
fn each_crate_uses_only_what_it_may() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    assert_eq!(packages.len(), EDGES.len() + 1);
    let found: Vec<_> = packages.iter().flat_map(edge_violations).collect();
    assert_eq!(found, [""; 0]);
}

/// Entries of the top level that the layout does not name.
fn strange_entries<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    const KNOWN: [&str; 9] = [
        "Cargo.toml",
        "Cargo.lock",
        "proto",
        "crates",
        "registry-node",
        "tests",
        "docs",
        "README.md",
        "SECURITY.md",
    ];
    names
        .filter(|name| {
            !KNOWN.contains(name)
                && !name.starts_with('.')
                && !name.starts_with("LICENSE")
                // Not tracked, as .gitignore says.
                && *name != "target"
        })
        .collect()
}

#[test]
fn the_top_level_is_what_the_layout_names() {
    let names: Vec<String> = fs::read_dir(root())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    assert_eq!(strange_entries(names.iter().map(String::as_str)), [""; 0]);
}

/// What libFuzzer writes beside its targets: any bytes, and so any word.
const FUZZED: [&str; 3] = ["tests/fuzz/artifacts", "tests/fuzz/corpus", "tests/fuzz/coverage"];

/// Every file of the project with its path from the top; no build products.
fn files() -> Vec<(String, PathBuf)> {
    fn walk(folder: &Path, from_top: &str, files: &mut Vec<(String, PathBuf)>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
            if [".git", "target", "__pycache__"].contains(&name) {
                continue;
            }
            let from_top = format!("{from_top}{name}");
            if FUZZED.contains(&from_top.as_str()) {
                continue;
            }
            if path.is_dir() {
                walk(&path, &format!("{from_top}/"), files);
            } else {
                files.push((from_top, path));
            }
        }
    }
    let mut files = Vec::new();
    walk(&root(), "", &mut files);
    files.sort();
    files
}

/// Every text file with its content.
fn texts() -> impl Iterator<Item = (String, String)> {
    files().into_iter().filter_map(|(name, path)| Some((name, fs::read_to_string(path).ok()?)))
}

/// The sources of the product without their tests, generated code left out.
fn sources() -> BTreeMap<String, String> {
    let in_product = |name: &str| {
        let in_crate = name.starts_with("crates/") && name.contains("/src/");
        name.ends_with(".rs") && (in_crate || name.starts_with("registry-node/src/"))
    };
    let all: BTreeMap<_, _> = texts().filter(|(name, _)| in_product(name)).collect();
    let tests: Vec<String> = all.iter().flat_map(|(name, text)| test_modules(name, text)).collect();
    let is_test = |name: &str| {
        tests
            .iter()
            .any(|test| name == format!("{test}.rs") || name.starts_with(&format!("{test}/")))
    };
    all.into_iter()
        .filter(|(name, _)| !is_test(name) && !name.contains("/generated/"))
        .map(|(name, text)| (name, without_tests(&text).to_owned()))
        .collect()
}

/// The modules in other files that `text` declares for tests only: their paths
/// without the suffix.
fn test_modules(name: &str, text: &str) -> Vec<String> {
    let stem = name.strip_suffix(".rs").unwrap_or(name);
    let folder = match stem.rsplit_once('/') {
        Some((folder, "lib" | "main" | "mod")) => folder,
        _ => stem,
    };
    let mut lines = text.lines().peekable();
    let mut modules = Vec::new();
    while let Some(line) = lines.next() {
        let declared = lines.peek().and_then(|next| {
            let next = next.trim_start_matches("pub(crate) ").trim_start_matches("pub(super) ");
            next.strip_prefix("mod ")?.strip_suffix(';')
        });
        if let ("#[cfg(test)]", Some(module)) = (line, declared) {
            modules.push(format!("{folder}/{module}"));
        }
    }
    modules
}

/// What stands before the tests at the foot of a file.
fn without_tests(text: &str) -> &str {
    match text.find("#[cfg(test)]\nmod tests {") {
        Some(end) => &text[..end],
        None => text,
    }
}

/// Lines of code, comments left out, that hold one of `words` as a whole word.
fn lines_with(name: &str, text: &str, words: &[&str]) -> Vec<String> {
    let code = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    let hits = code.filter(|(_, line)| words.iter().any(|word| has_word(line, word)));
    hits.map(|(number, line)| format!("{name}:{}: {}", number + 1, line.trim())).collect()
}

fn has_word(line: &str, word: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + word.len()..]);
        let begins = !word.starts_with(letter) || !before.ends_with(letter);
        let ends = !word.ends_with(letter) || !after.starts_with(letter);
        begins && ends
    })
}

fn assert_none(found: Vec<String>) {
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}

#[test]
fn the_product_does_not_panic_on_purpose() {
    // Clippy knows `expect` by its type; here it is known by its message.
    let words = [".unwrap()", ".expect(\"", ".expect(&", "panic!", "todo!", "unimplemented!"];
    assert_none(sources().iter().flat_map(|(name, text)| lines_with(name, text, &words)).collect());
}

const LINES_MAX: usize = 500;

fn too_long(name: &str, text: &str) -> Option<String> {
    let lines = text.lines().count();
    (LINES_MAX < lines)
        .then(|| format!("{name} has {lines} lines without its tests, limit {LINES_MAX}"))
}

#[test]
fn no_file_is_too_long() {
    assert_none(sources().iter().filter_map(|(name, text)| too_long(name, text)).collect());
}

#[test]
fn nothing_is_left_open() {
    // Spelled so that this file does not hold them.
    let words = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
    let found = texts().filter(|(name, _)| name != "Cargo.lock").flat_map(|(name, text)| {
        let lines = text.lines().enumerate();
        let hits = lines.filter(|(_, line)| words.iter().any(|word| has_word(line, word)));
        hits.map(|(number, _)| format!("{name}:{}", number + 1)).collect::<Vec<_>>()
    });
    assert_none(found.collect());
}

fn rules() -> impl Iterator<Item = (String, String)> {
    const OUTSIDE_THE_RULES: [&str; 3] = ["log", "index", "private"];
    sources().into_iter().filter(|(name, _)| {
        let of_ledger = |part: &str| {
            let path = format!("crates/ledger/src/{part}");
            name.starts_with(&format!("{path}/")) || *name == format!("{path}.rs")
        };
        let in_rules = name.starts_with("crates/format/") || name.starts_with("crates/ledger/");
        in_rules && !OUTSIDE_THE_RULES.iter().any(|part| of_ledger(part))
    })
}

#[test]
fn the_rules_know_no_clock_no_thread_and_no_unordered_iteration() {
    let words = [
        "SystemTime",
        "Instant",
        "thread",
        "HashMap",
        "HashSet",
        "File",
        "env",
        "TcpStream",
        "rand",
    ];
    assert_none(rules().flat_map(|(name, text)| lines_with(&name, &text, &words)).collect());
}

#[test]
fn no_amount_comes_near_a_floating_point_number() {
    let here =
        |name: &str| name.starts_with("crates/format/") || name.starts_with("crates/ledger/");
    let texts = texts().filter(|(name, _)| here(name) && name.ends_with(".rs"));
    assert_none(texts.flat_map(|(name, text)| lines_with(&name, &text, &["f32", "f64"])).collect());
}

/// Headings of the first level, those in examples left out.
fn top_headings(text: &str) -> usize {
    let mut in_example = false;
    let mut count = 0;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_example = !in_example;
        } else if !in_example && line.starts_with("# ") {
            count += 1;
        }
    }
    count
}

#[test]
fn every_page_has_one_title() {
    let pages = texts().filter(|(name, _)| name.ends_with(".md"));
    let wrong = pages.filter(|(_, text)| top_headings(text) != 1);
    assert_none(wrong.map(|(name, text)| format!("{name}: {}", top_headings(&text))).collect());
}

/// Whether a line names a folder of the machine on which it was written.
fn names_a_machine(line: &str) -> bool {
    // Spelled so that this file does not hold them.
    let folders = [concat!("/wo", "rk/"), concat!("/fa", "rm/"), concat!("/ro", "ot/")];
    let begins =
        |at: usize| !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || "._-".contains(c));
    let at_home = line.match_indices(concat!("/ho", "me/")).any(|(at, home)| {
        // Somebody's folder; a file there is nobody's.
        let rest = line[at + home.len()..].split_once('/');
        begins(at) && rest.is_some_and(|(user, _)| user.bytes().all(|b| b.is_ascii_alphanumeric()))
    });
    at_home || folders.iter().any(|folder| line.match_indices(folder).any(|(at, _)| begins(at)))
}

#[test]
fn no_path_of_a_machine_is_left() {
    let found = texts().flat_map(|(name, text)| {
        let lines = text.lines().enumerate().filter(|(_, line)| names_a_machine(line));
        lines.map(|(number, line)| format!("{name}:{}: {line}", number + 1)).collect::<Vec<_>>()
    });
    assert_none(found.collect());
}

/// The rules above find what is planted, and only that.
mod planted {
    use super::*;
    use serde_json::json;

    fn found(package: &str, dependency: &str, kind: Option<&str>) -> bool {
        let dependencies = json!([{ "name": dependency, "kind": kind }]);
        !edge_violations(&json!({ "name": package, "dependencies": dependencies })).is_empty()
    }

    #[test]
    fn an_edge_that_is_not_in_the_table_is_found() {
        assert!(found("jcm-verify", "jcm-ledger", None));
        assert!(found("jcm-verify", "jcm-ledger", Some("dev")));
        assert!(found("jcm-ledger", "tokio", None));
        assert!(found("jcm-format", "protox", Some("build")));
        assert!(found("jcm-unheard-of", "serde", None));
        assert!(found("jcm-ledger", "registry-node", Some("dev")));
        assert!(!found("jcm-verify", "jcm-format", None));
        assert!(!found("jcm-ledger", "tempfile", Some("dev")));
        assert!(!found("registry-node", "jcm-client", Some("dev")));
        assert!(found("registry-node", "jcm-client", None));
        assert!(!found("jcm-tests", "jcm-node", None));
    }

    #[test]
    fn a_strange_entry_at_the_top_is_found() {
        let names = ["Cargo.toml", "LICENSE-MIT", ".ci", "target", "notes.txt", "src"];
        assert_eq!(strange_entries(names.into_iter()), ["notes.txt", "src"]);
    }

    #[test]
    fn words_are_found_in_code_and_as_words_only() {
        let text =
            "// panic! in a comment\nlet x = y.unwrap();\nlet threads = 3;\nthread::spawn(f)";
        assert_eq!(lines_with("a.rs", text, &[".unwrap()"]), ["a.rs:2: let x = y.unwrap();"]);
        assert_eq!(lines_with("a.rs", text, &["panic!"]), [""; 0]);
        assert_eq!(lines_with("a.rs", text, &["thread"]), ["a.rs:4: thread::spawn(f)"]);
        assert!(has_word("x: f64,", "f64") && !has_word("0xff64", "f64"));
        assert!(has_word("a.expect(\"b\")", ".expect(") && !has_word("a.expect_err(", ".expect("));
    }

    #[test]
    fn tests_are_left_out_and_nothing_else() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    b.unwrap();\n}\n";
        assert_eq!(without_tests(text), "fn a() {}\n");
        assert_eq!(without_tests("#[cfg(test)]\nmod tests;\nfn a() {}\n").len(), 34);
        let text = "#[cfg(test)]\nmod sample;\nmod disk;\n#[cfg(test)]\npub(crate) mod golden;\n";
        let declared = test_modules("crates/a/src/log/mod.rs", text);
        assert_eq!(declared, ["crates/a/src/log/sample", "crates/a/src/log/golden"]);
        assert_eq!(
            test_modules("a/src/ledger.rs", "#[cfg(test)]\nmod tests;"),
            ["a/src/ledger/tests"]
        );
        assert_eq!(test_modules("a/src/lib.rs", "mod tests;"), [""; 0]);
    }

    #[test]
    fn a_long_file_a_second_title_and_a_machine_s_path_are_found() {
        assert!(too_long("crates/a/src/b.rs", &"x\n".repeat(LINES_MAX + 1)).is_some());
        assert!(too_long("crates/a/src/b.rs", &"x\n".repeat(LINES_MAX)).is_none());
        assert_eq!(top_headings("# A\n## B\n```\n# no\n```\n# C\n"), 2);
        assert_eq!(top_headings("A\n"), 0);
        assert!(names_a_machine(concat!("cd /ho", "me/someone/jcm")));
        assert!(!names_a_machine("\"/home/p.json\""));
        assert!(names_a_machine(concat!("(/wo", "rk/main)")));
        assert!(!names_a_machine(concat!("net", "/wo", "rk/x and farm/yard")));
    }

    #[test]
    fn the_product_s_sources_are_seen_at_all() {
        let sources = sources();
        assert!(sources.len() > 80, "{}", sources.len());
        assert!(sources["crates/format/src/event/effect.rs"].contains("enum Effect"));
        assert!(sources.keys().all(|name| !name.contains("tests")));
        assert!(rules().any(|(name, _)| name == "crates/ledger/src/decide/mod.rs"));
        assert!(rules().all(|(name, _)| name != "crates/ledger/src/log/segments.rs"));
    }
}
