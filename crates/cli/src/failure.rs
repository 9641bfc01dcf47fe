//! Failures: one line what is wrong, one line what to do next, and an exit code.

use jcm_client::{ClientError, KeyError, KeyFileError, Outcome, PassphraseError, TrustError};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Exit codes. They are part of the interface (`docs/cli.md`).
pub mod exit {
    /// Something else.
    pub const OTHER: u8 = 1;
    /// The command line or a file given with it is wrong.
    pub const USAGE: u8 = 2;
    /// A rule was broken: nothing was recorded.
    pub const REJECTED: u8 = 3;
    /// The signer is unknown or may not do this: nothing was recorded.
    pub const NOT_PERMITTED: u8 = 4;
    /// The registry cannot be reached: try again.
    pub const UNAVAILABLE: u8 = 5;
    /// Proofs do not hold: evidence is kept.
    pub const UNTRUSTED: u8 = 6;
}

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The client library says so.
    #[error("{0}")]
    Client(#[from] ClientError),
    /// As above, and the command is kept for another attempt.
    #[error("{source}")]
    Kept {
        /// Why.
        source: ClientError,
        /// Where the command lies.
        pending: PathBuf,
    },
    /// The command was sent, and its receipt is not (yet) believed.
    #[error("{source}")]
    Doubted {
        /// Why.
        source: ClientError,
        /// Where the receipt that was offered lies.
        offered: PathBuf,
    },
    /// The command line or a file given with it is wrong.
    #[error("{what}")]
    Usage {
        /// What is wrong.
        what: String,
        /// What to do.
        advice: String,
    },
    /// A file cannot be read or written.
    #[error("{path} cannot be {verb}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// "read" or "written".
        verb: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// Anything else, with its exit code.
    #[error("{what}")]
    Other {
        /// What is wrong.
        what: String,
        /// One of [`exit`].
        code: u8,
        /// What to do.
        advice: String,
    },
}

impl Failure {
    /// A wrong command line or input file.
    pub fn usage(what: impl Into<String>, advice: impl Into<String>) -> Failure {
        Failure::Usage { what: what.into(), advice: advice.into() }
    }

    /// Something without a kind of its own.
    pub fn other(what: impl Into<String>, code: u8) -> Failure {
        Failure::Other { what: what.into(), code, advice: String::new() }
    }

    /// A file that cannot be read.
    pub fn reading(path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
        let path = path.to_owned();
        move |source| Failure::File { path, verb: "read", source }
    }

    /// A file that cannot be written.
    pub fn writing(path: &Path) -> impl FnOnce(std::io::Error) -> Failure {
        let path = path.to_owned();
        move |source| Failure::File { path, verb: "written", source }
    }

    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Failure::Client(error)
            | Failure::Kept { source: error, .. }
            | Failure::Doubted { source: error, .. } => match error.outcome() {
                Outcome::Rejected => exit::REJECTED,
                Outcome::NotPermitted => exit::NOT_PERMITTED,
                Outcome::Unavailable => exit::UNAVAILABLE,
                Outcome::Untrusted => exit::UNTRUSTED,
                Outcome::Other => match error {
                    ClientError::Endpoint { .. }
                    | ClientError::Unencrypted { .. }
                    | ClientError::TlsFile(_) => exit::USAGE,
                    _ => exit::OTHER,
                },
            },
            Failure::Usage { .. } => exit::USAGE,
            Failure::File { .. } => exit::OTHER,
            Failure::Other { code, .. } => *code,
        }
    }

    /// What to do next.
    pub fn advice(&self) -> String {
        match self {
            Failure::Client(error) => error.advice(),
            Failure::Kept { source, pending } => {
                format!(
                    "{} The signed command is kept: `jcm submit {}` sends the same one.",
                    source.advice(),
                    pending.display()
                )
            }
            Failure::Doubted { source, offered } => {
                format!("{} The receipt offered is kept: {}", source.advice(), offered.display())
            }
            Failure::Usage { advice, .. } | Failure::Other { advice, .. } => advice.clone(),
            Failure::File { .. } => "Check the path and its permissions.".to_owned(),
        }
    }

    /// For people.
    pub fn show(&self) -> String {
        let mut text = format!("error: {self}\n");
        if let Some(refusal) = self.client().and_then(ClientError::refusal) {
            for violation in &refusal.violations {
                text += &format!("       {}: {}\n", violation.field, violation.description);
            }
            if !refusal.message_ja.is_empty() {
                text += &format!("       {}\n", refusal.message_ja);
            }
        }
        let advice = self.advice();
        if !advice.is_empty() {
            text += &format!("what to do next: {advice}\n");
        }
        text
    }

    /// For programs.
    pub fn to_json(&self) -> Value {
        let mut error = json!({
            "message": self.to_string(),
            "advice": self.advice(),
            "exit_code": self.exit_code(),
        });
        if let Some(refusal) = self.client().and_then(ClientError::refusal) {
            let violation = |v: &jcm_client::FieldViolation| json!({ "field": v.field, "description": v.description });
            error["reason"] = json!(refusal.reason);
            error["number"] = json!(refusal.number);
            error["subject"] = json!(refusal.subject);
            error["article"] = json!(refusal.article);
            error["message_ja"] = json!(refusal.message_ja);
            error["violations"] = refusal.violations.iter().map(violation).collect();
        }
        if let Failure::Kept { pending, .. } = self {
            error["pending"] = json!(pending);
        }
        if let Failure::Doubted { offered, .. } = self {
            error["offered_receipt"] = json!(offered);
        }
        json!({ "error": error })
    }

    fn client(&self) -> Option<&ClientError> {
        match self {
            Failure::Client(error)
            | Failure::Kept { source: error, .. }
            | Failure::Doubted { source: error, .. } => Some(error),
            Failure::Usage { .. } | Failure::File { .. } | Failure::Other { .. } => None,
        }
    }
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Failure {
        Failure::Client(ClientError::Key(error))
    }
}

impl From<KeyFileError> for Failure {
    fn from(error: KeyFileError) -> Failure {
        KeyError::File(error).into()
    }
}

impl From<PassphraseError> for Failure {
    fn from(error: PassphraseError) -> Failure {
        KeyFileError::Passphrase(error).into()
    }
}

impl From<TrustError> for Failure {
    fn from(error: TrustError) -> Failure {
        Failure::Client(ClientError::Trust(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_client::Refusal;

    fn refused(code: i32, reason: &str) -> ClientError {
        ClientError::Refused(Box::new(Refusal {
            code: code.into(),
            reason: reason.to_owned(),
            number: 511,
            subject: "application 7".to_owned(),
            article: "Act, art. 62".to_owned(),
            message: "the fee is not settled in full".to_owned(),
            message_ja: "手数料が納付されていません".to_owned(),
            violations: Vec::new(),
            retry_after: None,
        }))
    }

    #[test]
    fn exit_codes_follow_the_kind_of_failure() {
        // gRPC codes: 9 FAILED_PRECONDITION, 7 PERMISSION_DENIED, 14 UNAVAILABLE, 15 DATA_LOSS.
        let cases = [(9, 3), (7, 4), (16, 4), (14, 5), (8, 5), (3, 3), (10, 3), (15, 1)];
        for (grpc, expected) in cases {
            assert_eq!(Failure::Client(refused(grpc, "X")).exit_code(), expected, "{grpc}");
        }
        assert_eq!(Failure::usage("a", "b").exit_code(), 2);
    }

    #[test]
    fn a_rejection_tells_what_is_wrong_in_both_languages_and_what_to_do() {
        let text = Failure::Client(refused(9, "FEE_UNPAID")).show();
        assert_eq!(
            text,
            "error: 511 FEE_UNPAID: the fee is not settled in full (application 7) [Act, art. 62]\n\
             \x20      手数料が納付されていません\n\
             what to do next: Record the payment and apply it to the application; then try again.\n"
        );
    }

    #[test]
    fn a_command_that_may_be_sent_again_is_named() {
        let failure =
            Failure::Kept { source: refused(14, ""), pending: PathBuf::from("/home/p.json") };
        assert!(failure.show().contains("jcm submit /home/p.json"));
        assert_eq!(failure.to_json()["error"]["pending"], json!("/home/p.json"));
    }
}
