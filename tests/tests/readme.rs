//! What README says is run: every command in it, and the three that the demo
//! ends with.

use serde_json::Value;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The shell commands of README, in their order.
fn readme_commands() -> Vec<String> {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("README.md");
    let blocks = readme.split("```sh\n").skip(1);
    let blocks = blocks.map(|block| block.split("```").next().expect("an end"));
    blocks.flat_map(str::lines).map(str::to_owned).collect()
}

/// What the commands run, as this test run has built it: in release and one by one, as they
/// stand, it would be built four times more. `tests/run.sh` runs those of an auditor's
/// session so.
fn program(words: &[String]) -> (PathBuf, Vec<String>) {
    static BUILT: std::sync::Once = std::sync::Once::new();
    BUILT.call_once(|| {
        // As the whole suite is built, so that nothing is left to do when it is.
        let build = ["test", "--no-run", "--quiet", "--locked", "--workspace"];
        let built = jcm_tests::cargo().args(build).current_dir(root()).status();
        assert!(built.expect("cargo runs").success());
    });
    let split = words.iter().position(|word| word == "--").unwrap_or(words.len());
    let named = |flag: &str| {
        let at = words[..split].iter().position(|word| word == flag)?;
        Some(words[at + 1].as_str())
    };
    let path = match (named("--example"), named("-p").expect("a package")) {
        (Some(example), _) => format!("examples/{example}"),
        (None, "jcm-cli") => "jcm".to_owned(),
        (None, package) => package.to_owned(),
    };
    let test = std::env::current_exe().expect("this test");
    let target = test.parent().and_then(Path::parent).expect("of deps");
    (target.join(path), words.get(split + 1..).unwrap_or_default().to_vec())
}

/// A `cargo run` command of a document, with the data in `data`.
fn prepared(command: &str, data: &Path) -> Command {
    let words: Vec<String> = command
        .split_whitespace()
        .map(|word| word.replace("demo-data", data.to_str().expect("a path")))
        .collect();
    assert!(command.starts_with("cargo run --locked --release "), "{command}");
    let (program, arguments) = program(&words);
    let mut process = Command::new(program);
    process.args(arguments).current_dir(root());
    process
}

fn run(command: &str, data: &Path) -> Output {
    let output = prepared(command, data).output().expect("cargo runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command}: {errors}");
    output
}

#[test]
fn the_second_command_is_the_one_that_ci_runs() {
    assert_eq!(readme_commands()[1], "bash tests/run.sh");
    let ci = std::fs::read_to_string(root().join(".ci/run")).expect(".ci/run");
    assert!(ci.contains("bash tests/run.sh"));
}

/// The demo, its data judged by the verifier and by the second decoder, and the
/// node started on them again.
#[test]
fn every_command_of_readme_and_of_the_demo_works() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let commands = readme_commands();
    assert_eq!(commands.len(), 4, "{commands:?}");

    let story = String::from_utf8(run(&commands[0], &data).stdout).expect("text");
    assert!(story.lines().count() <= 75, "a screen and a half:\n{story}");
    for part in ["710 RETIREMENT_BEFORE_2021, 法第57条の3", "Japan -500 t", "all hold", "synthetic"]
    {
        assert!(story.contains(part), "{part}:\n{story}");
    }
    let next: Vec<&str> =
        story.split("\nNext:\n").nth(1).expect("what to do next").lines().map(str::trim).collect();
    assert_eq!(next[..2], [commands[2].as_str(), commands[3].as_str()]);

    run(next[0], &data);
    let judged = String::from_utf8(run(next[1], &data).stdout).expect("text");
    jcm_tests::python_decoder(&data.join("log")).expect("the second decoder agrees");
    // Another replay, which shares nothing with the registry, comes to the same.
    let replay = jcm_tests::python_replay(&data.join("log"), &[]).expect("it runs");
    assert!(replay.good && replay.lines.len() == 4, "{:?}", replay.lines);
    for (line, name) in replay.lines[2..].iter().zip(["root ", "state digest "]) {
        let value = line.strip_prefix(name).expect("one of the two that are compared");
        assert!(judged.contains(value), "{line}, and of jcm-verify:\n{judged}");
    }
    serves_again(next[2], &data);
}

/// The last of the three: the node starts on what the demo left, and the
/// command line reads from it.
fn serves_again(command: &str, data: &Path) {
    let config = data.join("registry-node.toml");
    let text = std::fs::read_to_string(&config).expect("the configuration");
    std::fs::write(&config, text.replace("127.0.0.1:50051", "127.0.0.1:0")).expect("written");
    let mut node = prepared(command, data).stdout(Stdio::piped()).spawn().expect("cargo runs");
    let mut line = String::new();
    BufReader::new(node.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    let address = line
        .split_whitespace()
        .find_map(|word| word.strip_prefix("grpc="))
        .unwrap_or_else(|| panic!("{line}"));
    let totals = prepared("cargo run --locked --release -p jcm-cli -- totals --json", data)
        .env("JCM_ENDPOINT", format!("http://{address}"))
        .env("JCM_HOME", data.join("home"))
        .output()
        .expect("cargo runs");
    let printed: Value = serde_json::from_slice(&totals.stdout).expect("JSON");
    Command::new("kill").args(["-TERM", &node.id().to_string()]).status().expect("kill");
    assert!(node.wait().expect("ended").success());
    assert!(totals.status.success() && printed.to_string().contains("retirement"), "{printed}");
}

#[test]
fn the_demo_s_facts_are_for_machines_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let command = "cargo run --locked --release -p registry-node --example demo -- --json";
    let facts: Value = serde_json::from_slice(&run(command, folder.path()).stdout).expect("JSON");
    let facts = facts.as_array().expect("a list");
    let refused: Vec<_> = facts.iter().filter_map(|fact| fact["refused_for"].as_str()).collect();
    assert_eq!(refused, ["FEE_UNPAID", "FEE_UNPAID", "RETIREMENT_BEFORE_2021", "UNITS_RESTRICTED"]);
    assert!(facts.iter().any(|fact| fact["verified"] == Value::Bool(true)));
    let found = facts.iter().find_map(|fact| fact.get("found")).expect("the flipped bit");
    assert!(found["index"].is_u64() && found["code"].is_string(), "{found}");
}
