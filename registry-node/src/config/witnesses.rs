//! The section `[witnesses]` of the configuration.

use super::limits::Number;
use serde::Deserialize;
use std::fmt;
use std::path::PathBuf;

/// Who must have seen a checkpoint before it is released, and what if they have not.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Witnesses {
    /// The policy file (C2SP tlog-policy): witnesses, addresses, quorum.
    pub policy: PathBuf,
    /// What happens while the quorum is missing. No default: it is the operator's choice
    /// what is worse.
    pub when_missing: WhenMissing,
    /// How long a witness may take, and how long a release waits.
    #[serde(default = "witness_timeout_ms")]
    pub timeout_ms: u64,
    /// With `wait`: after this long a caller is told that the outcome is not known yet.
    #[serde(default = "witness_answer_ms")]
    pub answer_ms: u64,
    /// Whose certificates witnesses must have; absent = the public authorities'.
    #[serde(default)]
    pub ca: Option<PathBuf>,
}

/// What happens while too few witnesses have seen the newest checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WhenMissing {
    /// Nothing is released.
    Wait,
    /// It is released, and marked as not witnessed.
    Mark,
}

fn witness_timeout_ms() -> u64 {
    2_000
}

fn witness_answer_ms() -> u64 {
    10_000
}

impl WhenMissing {
    /// As it is written in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            WhenMissing::Wait => "wait",
            WhenMissing::Mark => "mark",
        }
    }
}

impl Witnesses {
    /// Every number with its key and its bounds.
    pub(super) fn numbers(&self) -> [Number; 2] {
        let number = |key, found, bounds| Number { key, found, bounds };
        [
            number("witnesses.timeout_ms", self.timeout_ms, (10, 60_000)),
            number("witnesses.answer_ms", self.answer_ms, (10, 600_000)),
        ]
    }
}

impl fmt::Display for Witnesses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "[witnesses]\npolicy = {}", super::quoted(&self.policy))?;
        writeln!(f, "when_missing = \"{}\"", self.when_missing.as_str())?;
        writeln!(f, "timeout_ms = {}", self.timeout_ms)?;
        writeln!(f, "answer_ms = {}", self.answer_ms)?;
        match &self.ca {
            Some(path) => writeln!(f, "ca = {}", super::quoted(path)),
            None => writeln!(f, "# ca: none"),
        }
    }
}
