//! Runs the Python decoder, which shares nothing with the Rust one but the
//! specification.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What the Python decoder read from a whole log.
#[derive(Debug)]
pub struct PythonLog {
    /// Every entry in order.
    pub entries: Vec<PythonEntry>,
    /// Origin, number of entries and frames, root and last leaf hash.
    pub summary: Value,
}

/// One entry as the Python decoder read it.
#[derive(Debug)]
pub struct PythonEntry {
    /// The entry, in the JSON of `docs/spec/entry.md`.
    pub entry: Value,
    /// Its leaf hash in hexadecimal.
    pub leaf: String,
    /// The command's header and the name of its body.
    pub command: Value,
}

/// Why there is no [`PythonLog`].
#[derive(Debug)]
pub enum PythonError {
    /// The decoder found a fault: what, and where.
    Fault(Value),
    /// It could not be run, or broke down.
    Broken(String),
}

/// Lets the Python decoder read a log: a file, or a folder of segments.
///
/// # Errors
///
/// A fault in the log, or a decoder that does not run: `python3` must be there.
pub fn python_decoder(log: &Path) -> Result<PythonLog, PythonError> {
    let (code, mut lines) = run(&["--json"], &[log.to_owned()])?;
    let last = lines.pop().unwrap_or_default();
    match (code, last.get("fault"), last.get("summary")) {
        (Some(1), Some(fault), None) => Err(PythonError::Fault(fault.clone())),
        (Some(0), None, Some(summary)) => {
            let entries = lines.iter_mut().map(|line| PythonEntry {
                entry: line["entry"].take(),
                leaf: line["leaf"].as_str().unwrap_or_default().to_owned(),
                command: line["command"].take(),
            });
            Ok(PythonLog { entries: entries.collect(), summary: summary.clone() })
        }
        _ => Err(PythonError::Broken(format!("status {code:?} after {last}"))),
    }
}

/// Lets the Python decoder judge single entries, written to `file` in
/// hexadecimal, one on each line. `None` stands for an entry that it refuses.
///
/// # Errors
///
/// A decoder that does not run.
pub fn python_entries(file: &Path) -> Result<Vec<Option<Value>>, PythonError> {
    let (code, lines) = run(&["--entries"], &[file.to_owned()])?;
    if code != Some(0) {
        return Err(PythonError::Broken(format!("status {code:?}")));
    }
    let judged = |line: &Value| match (line.get("entry"), line.get("fault")) {
        (Some(entry), None) => Ok(Some(entry.clone())),
        (None, Some(_)) => Ok(None),
        _ => Err(PythonError::Broken(format!("neither entry nor fault: {line}"))),
    };
    lines.iter().map(judged).collect()
}

/// Lets the Python decoder read many logs, and tells for each what its fault is.
///
/// # Errors
///
/// A decoder that does not run.
pub fn python_faults(logs: &[PathBuf]) -> Result<Vec<Option<Value>>, PythonError> {
    let (_, lines) = run(&["--json"], logs)?;
    let ends = lines.iter().filter(|line| line.get("entry").is_none());
    let faults: Vec<_> = ends.map(|line| line.get("fault").cloned()).collect();
    if faults.len() == logs.len() {
        Ok(faults)
    } else {
        Err(PythonError::Broken(format!("{} answers for {} logs", faults.len(), logs.len())))
    }
}

fn run(options: &[&str], paths: &[PathBuf]) -> Result<(Option<i32>, Vec<Value>), PythonError> {
    let program: PathBuf = [env!("CARGO_MANIFEST_DIR"), "python", "jcm_decode.py"].iter().collect();
    let output = Command::new("python3").arg("-B").arg(program).args(options).args(paths).output();
    let Output { status, stdout, stderr } = output.map_err(|error| {
        PythonError::Broken(format!("python3 (3.9 or later) is needed for this test: {error}"))
    })?;
    let broken = |why: String| {
        PythonError::Broken(format!("{why}; it said: {}", String::from_utf8_lossy(&stderr)))
    };
    let stdout = std::str::from_utf8(&stdout).map_err(|error| broken(error.to_string()))?;
    let lines: Result<Vec<Value>, _> = stdout.lines().map(serde_json::from_str).collect();
    match (status.code(), lines) {
        (Some(code @ (0 | 1)), Ok(lines)) if !lines.is_empty() => Ok((Some(code), lines)),
        (code, Err(error)) => Err(broken(format!("status {code:?}, {error}"))),
        (code, Ok(_)) => Err(broken(format!("status {code:?}"))),
    }
}

/// What the Python replay said of a log: a line each, and whether it found no fault.
#[derive(Debug)]
pub struct PythonReplay {
    /// Whether the log is without fault.
    pub good: bool,
    /// What was printed.
    pub lines: Vec<String>,
}

/// Lets the Python replay, which shares nothing with the registry but the
/// specification, read a log: a file, or a folder.
///
/// # Errors
///
/// A replay that does not run, or breaks down.
pub fn python_replay(log: &Path, options: &[&str]) -> Result<PythonReplay, PythonError> {
    let program: PathBuf = [env!("CARGO_MANIFEST_DIR"), "python", "jcm_replay.py"].iter().collect();
    let output = Command::new("python3").arg("-B").arg(program).args(options).arg(log).output();
    let Output { status, stdout, stderr } = output.map_err(|error| {
        PythonError::Broken(format!("python3 (3.9 or later) is needed for this test: {error}"))
    })?;
    let said = String::from_utf8_lossy(&stderr);
    match (status.code(), String::from_utf8(stdout)) {
        (Some(code @ (0 | 1)), Ok(stdout)) if !stdout.is_empty() => {
            let lines = stdout.lines().map(str::to_owned).collect();
            Ok(PythonReplay { good: code == 0, lines })
        }
        (code, _) => Err(PythonError::Broken(format!("status {code:?}; it said: {said}"))),
    }
}
