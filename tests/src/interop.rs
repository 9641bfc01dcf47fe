//! Programs of others, where they are kept and how they are run. `tests/run.sh` installs
//! them; on a machine without them what needs them is skipped, unless somebody said that it
//! must not be (`JCM_TESTS_NEED_TOOLS`).

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Where Debian has the compiler that goes with its sources of `golang.org/x/mod`.
const GO: &str = "/usr/lib/go-1.19/bin/go";
/// Where Debian has those.
const GO_PATH: &str = "/usr/share/gocode";

/// Go's own transparency log, given the files of `tests/interop/go`; the folder to read is the
/// next argument. `None` where it is not installed.
pub fn go() -> Option<Command> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/go");
    let library = Path::new(GO_PATH).join("src/golang.org/x/mod/sumdb");
    if !Path::new(GO).is_file() || !library.is_dir() {
        return absent("Go's sumdb", std::env::var_os("JCM_TESTS_NEED_TOOLS").is_some());
    }
    let mut command = Command::new(GO);
    command.arg("run");
    command.args(["main.go", "notes.go", "tiles.go"].map(|name| sources.join(name)));
    command.env("GO111MODULE", "off").env("GOPATH", GO_PATH).env("GOFLAGS", "");
    command.env("GOCACHE", target().join("interop/go-cache"));
    Some(command)
}

/// A program that came with the Python packages `aics-tlog` and `aics-witness`. `None` where
/// they are not installed, or cannot be because there is no Python 3.12 or later.
pub fn python_tool(name: &str) -> Option<Command> {
    let program = target().join("interop/python/bin").join(name);
    if !program.is_file() {
        let needed = std::env::var_os("JCM_TESTS_NEED_TOOLS").is_some()
            && std::env::var_os("JCM_TESTS_WITHOUT_PYTHON_3_12").is_none();
        return absent("aics-tlog and aics-witness, for a Python of 3.12 or later,", needed);
    }
    Some(Command::new(program))
}

/// A script of `tests/python` that uses them.
pub fn python_script(name: &str) -> Option<Command> {
    let mut command = python_tool("python")?;
    let script: PathBuf = [env!("CARGO_MANIFEST_DIR"), "python", name].iter().collect();
    command.arg("-B").arg(script);
    Some(command)
}

fn absent(what: &str, needed: bool) -> Option<Command> {
    assert!(!needed, "this test needs {what} which tests/run.sh installs");
    eprintln!("SKIPPED: {what} are not installed");
    None
}

/// The folder that Cargo builds into.
fn target() -> PathBuf {
    let given = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    given.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"))
}

/// What a program tells in JSON, one value on a line. It must end well.
pub fn told(mut command: Command) -> Vec<Value> {
    let Output { status, stdout, stderr } = command.output().expect("it starts");
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?} says: {stderr}");
    let lines = std::str::from_utf8(&stdout).expect("text").lines();
    lines.map(|line| serde_json::from_str(line).expect("JSON")).collect()
}
