//! The help of every command, as it was reviewed, and where settings come from.
//!
//! After a change that is meant, `UPDATE_GOLDEN=1 cargo test -p jcm-cli --test help`
//! writes the files anew; the diff is what to review.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may")]

use clap::{Command, CommandFactory as _, Parser as _};
use jcm_cli::cli::Cli;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Every command with its path, those that only group others included.
fn commands() -> Vec<(Vec<String>, Command)> {
    fn walk(command: &Command, path: Vec<String>, all: &mut Vec<(Vec<String>, Command)>) {
        for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
            walk(sub, [path.clone(), vec![sub.get_name().to_owned()]].concat(), all);
        }
        all.push((path, command.clone()));
    }
    let mut root = Cli::command().term_width(100);
    root.build();
    let mut all = Vec::new();
    walk(&root, vec!["jcm".to_owned()], &mut all);
    all
}

#[test]
fn the_help_of_every_command_is_as_reviewed() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let mut names = BTreeSet::new();
    for (path, mut command) in commands() {
        let name = format!("{}.txt", path.join("-"));
        let help = command.render_long_help().to_string();
        let help: String = help.lines().map(|line| format!("{}\n", line.trim_end())).collect();
        let file = folder.join(&name);
        if update {
            std::fs::write(&file, &help).expect("writable");
        }
        let reviewed = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(help == reviewed, "{name} differs from what was reviewed; it now says\n{help}");
        names.insert(name);
    }
    for entry in std::fs::read_dir(&folder).expect("a folder") {
        let name = entry.expect("readable").file_name().into_string().expect("text");
        assert!(names.contains(&name), "{name} belongs to no command");
    }
}

/// Whatever an argument makes of a value that is none: not the words of a programmer.
#[test]
fn a_value_that_is_none_is_refused_in_the_callers_words() {
    let mut refused = 0;
    for (path, command) in commands() {
        for arg in command.get_arguments().filter(|arg| arg.get_action().takes_values()) {
            let mut line = path.clone();
            // What stands before a positional one is taken by it.
            line.extend(arg.get_long().map(|long| format!("--{long}")));
            let before = arg.get_index().unwrap_or(1) - 1;
            line.extend(vec!["1".to_owned(); before]);
            line.push("x!".to_owned());
            let Err(error) = Cli::command().try_get_matches_from(&line) else { continue };
            if error.kind() != clap::error::ErrorKind::ValueValidation {
                continue;
            }
            refused += 1;
            let told = error.to_string();
            let first = told.lines().next().unwrap_or_default();
            for word in ["digit found", "integer", "float", "character", "string", "parse"] {
                assert!(!first.contains(word), "{line:?}: {first}");
            }
        }
    }
    assert!(100 < refused, "{refused}");
}

#[test]
fn every_command_has_an_example_that_parses() {
    for (path, command) in commands() {
        if command.has_subcommands() && path.len() > 1 {
            continue;
        }
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let example = after.strip_prefix("Example:\n").unwrap_or_else(|| panic!("{path:?}: none"));
        let lines = example.split("\n\n").next().expect("text").replace("\\\n", " ");
        for line in lines.lines() {
            let line = line.trim();
            assert!(line.starts_with(&path.join(" ")), "{path:?}: {line}");
            let line = line.split(" > ").next().expect("text");
            parses(&words(line));
        }
    }
}

/// Splits as a shell would, as far as the examples go.
fn words(line: &str) -> Vec<String> {
    let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let line = line.replace("PUBLIC_KEY", key).replace("LOG_KEY", key);
    let mut words = Vec::new();
    for (i, part) in line.split('\'').enumerate() {
        match i % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

fn parses(words: &[String]) {
    // Documents are read while the command line is: the file is not there.
    let absent = |text: &str| text.contains("cannot read");
    if let Err(error) = Cli::try_parse_from(words) {
        assert!(absent(&error.to_string()), "{words:?}: {error}");
    }
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_default() {
    let endpoint = |args: &[&str], env: Option<&str>| {
        let mut jcm = std::process::Command::new(env!("CARGO_BIN_EXE_jcm"));
        jcm.args(args).args(["account", "list"]).env_clear().env("JCM_HOME", "/nowhere");
        if let Some(env) = env {
            jcm.env("JCM_ENDPOINT", env);
        }
        let output = jcm.output().expect("built");
        assert!(!output.status.success());
        String::from_utf8(output.stderr).expect("text")
    };
    let (flag, env) = ("http://127.0.0.1:1", "http://127.0.0.1:2");
    assert!(endpoint(&["--endpoint", flag], Some(env)).contains("127.0.0.1:1\n"));
    assert!(endpoint(&[], Some(env)).contains("127.0.0.1:2\n"));
    let parsed = Cli::try_parse_from(["jcm", "account", "list"]).expect("well formed");
    if std::env::var_os("JCM_ENDPOINT").is_none() {
        assert_eq!(parsed.global.endpoint, "http://127.0.0.1:50051");
    }
}

#[test]
fn completion_scripts_know_the_commands() {
    for shell in [clap_complete::Shell::Bash, clap_complete::Shell::Zsh, clap_complete::Shell::Fish]
    {
        let script = jcm_cli::cli::completion(shell);
        assert!(script.contains("certificate") && script.contains("possession"), "{shell}");
    }
}
