//! Alarms: what they say, and to whom.

use super::super::Failure;
use jcm_verify::Finding;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// How long a program that is run for an alarm is waited for.
const PROGRAM_WAIT_MAX: Duration = Duration::from_secs(60);

/// Kinds of alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// Something does not hold; a split view is one.
    Finding,
    /// Somebody was shown more than the source gives.
    Lag,
    /// The source does not answer.
    Silence,
}

/// An alarm.
#[derive(Debug)]
pub(super) struct Alarm {
    pub(super) what: What,
    pub(super) text: String,
    pub(super) findings: Vec<Finding>,
    pub(super) entries: u64,
}

impl What {
    pub(super) const ALL: [What; 3] = [What::Finding, What::Lag, What::Silence];

    pub(super) const fn word(self) -> &'static str {
        match self {
            What::Finding => "finding",
            What::Lag => "lag",
            What::Silence => "silence",
        }
    }

    /// The exit status of a program that ends with it.
    pub(super) const fn exit_status(self) -> u8 {
        match self {
            What::Finding => 1,
            What::Lag => 2,
            What::Silence => 3,
        }
    }
}

/// Where alarms go. An alarm that lasts is told once.
#[derive(Debug)]
pub(super) struct Sinks {
    file: Option<PathBuf>,
    program: Option<PathBuf>,
    raised: BTreeSet<What>,
}

impl Sinks {
    pub(super) const fn new(file: Option<PathBuf>, program: Option<PathBuf>) -> Sinks {
        Sinks { file, program, raised: BTreeSet::new() }
    }

    pub(super) fn is_raised(&self, what: What) -> bool {
        self.raised.contains(&what)
    }

    /// Tells of an alarm, unless it was told before and is not over.
    pub(super) fn raise(&mut self, alarm: &Alarm) -> Result<(), Failure> {
        if !self.raised.insert(alarm.what) {
            return Ok(());
        }
        let text = format!("ALARM ({}): {}", alarm.what.word(), alarm.text);
        self.tell(
            &text,
            &json!({
                "alarm": alarm.what.word(),
                "raised": true,
                "time": now(),
                "text": alarm.text,
                "entries": alarm.entries,
                "findings": alarm.findings,
            }),
        )
    }

    /// Tells that an alarm is over, if it was raised.
    pub(super) fn end(&mut self, what: What, entries: u64) -> Result<(), Failure> {
        if !self.raised.remove(&what) {
            return Ok(());
        }
        let text = format!("over ({})", what.word());
        self.tell(
            &text,
            &json!({
                "alarm": what.word(),
                "raised": false,
                "time": now(),
                "text": "over",
                "entries": entries,
                "findings": [],
            }),
        )
    }

    fn tell(&self, text: &str, message: &Value) -> Result<(), Failure> {
        // The first thing that must not depend on files or programs.
        let _ = writeln!(io::stderr(), "jcm-verify: {text}");
        let line = format!("{message}\n");
        if let Some(file) = &self.file {
            append(file, &line).map_err(|error| Failure::writing(&error))?;
        }
        if let Some(program) = &self.program
            && let Err(error) = run(program, &line)
        {
            // The alarm stands all the same.
            let _ = writeln!(io::stderr(), "jcm-verify: {}: {error}", program.display());
        }
        Ok(())
    }
}

fn append(file: &Path, line: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(file)?;
    file.write_all(line.as_bytes())?;
    file.sync_data()
}

/// Runs a program, without a shell, with the alarm as its input.
fn run(program: &Path, line: &str) -> io::Result<()> {
    let mut child = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(line.as_bytes())?;
    }
    let begun = Instant::now();
    while begun.elapsed() < PROGRAM_WAIT_MAX {
        if let Some(status) = child.try_wait()? {
            let failed = || io::Error::other(format!("it ended with {status}"));
            return if status.success() { Ok(()) } else { Err(failed()) };
        }
        thread::sleep(Duration::from_millis(20));
    }
    Err(io::Error::other("it goes on for more than a minute"))
}

/// Seconds since 1970, by this computer's clock.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
