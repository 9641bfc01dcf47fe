//! What can go wrong, and what to do about it.

use crate::advice;
use crate::receipt::ReceiptError;
use crate::tls::{HandshakeError, TlsFileError};
use crate::trust::TrustError;
use jcm_format::envelope::EnvelopeError;
use jcm_keys::{KeyError, KeyFileError};
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// Why a call to the registry did not give what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The endpoint is not a URL that can be connected to.
    #[error("{endpoint} is not an endpoint such as https://registry.example.jp:50051")]
    Endpoint {
        /// What was given.
        endpoint: String,
    },
    /// No connection.
    #[error("cannot reach the registry at {endpoint}")]
    Connect {
        /// Where.
        endpoint: String,
        /// Why.
        #[source]
        source: tonic::transport::Error,
    },
    /// The endpoint is on another computer, and `http` is not encrypted.
    #[error("{endpoint} is on another computer, and http:// is not encrypted")]
    Unencrypted {
        /// What was given.
        endpoint: String,
    },
    /// The files for TLS cannot be used.
    #[error("{0}")]
    TlsFile(#[source] TlsFileError),
    /// Something answers, and there is no TLS connection to it. Nothing was sent.
    #[error("no secure connection to {endpoint}: {source}")]
    Handshake {
        /// Where.
        endpoint: String,
        /// Why.
        #[source]
        source: HandshakeError,
    },
    /// The registry answered that it would not.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// No definite answer came while the command was valid, and no receipt of it
    /// is to be had: whether it was recorded is not known.
    #[error("no definite answer while the command was valid (attempts: {attempts})")]
    NoAnswer {
        /// How often it was sent.
        attempts: u32,
        /// The last answer.
        last: Box<Refusal>,
    },
    /// What the registry showed is not believed.
    #[error("the registry's log is not believed: {0}")]
    Trust(#[source] TrustError),
    /// The receipt does not prove what it should.
    #[error("the receipt is not believed: {0}")]
    Receipt(#[source] ReceiptError),
    /// The command cannot be signed or sent as it is.
    #[error("the command is not well formed: {}", in_full(.0))]
    Command(#[source] EnvelopeError),
    /// The registry's answer is not what the protocol promises.
    #[error("the registry's answer is not well formed: {what}")]
    Malformed {
        /// Which part of it.
        what: &'static str,
    },
    /// A key cannot be used.
    #[error("{0}")]
    Key(#[source] KeyError),
    /// The operating system gave no random bytes.
    #[error("the operating system gives no random bytes")]
    NoRandomness,
}

/// The kind of failure: what a program branches on, and the exit codes of `jcm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A rule of form or of the registry was broken. Nothing was recorded.
    Rejected,
    /// The signer is not known, or may not do this. Nothing was recorded.
    NotPermitted,
    /// The registry cannot be reached or has no room. Trying again is safe.
    Unavailable,
    /// Proofs do not hold: do not rely on this registry until it is explained.
    Untrusted,
    /// Anything else.
    Other,
}

/// A field that breaks a rule of form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldViolation {
    /// Path of the field, such as `apply_transfer.ranges[1].last`.
    pub field: String,
    /// What is wrong with it.
    pub description: String,
}

/// A gRPC status, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The status code.
    pub code: Code,
    /// The stable reason, such as `FEE_UNPAID`; empty where the status has none.
    pub reason: String,
    /// The stable number; 0 where the status has none.
    pub number: u16,
    /// What it concerns: field, account, range, entry.
    pub subject: String,
    /// The legal basis, empty where the rule is the registry's own.
    pub article: String,
    /// What is wrong, in English.
    pub message: String,
    /// What is wrong, in Japanese; may be empty.
    pub message_ja: String,
    /// Fields that break rules of form.
    pub violations: Vec<FieldViolation>,
    /// When the registry suggests to try again.
    pub retry_after: Option<Duration>,
}

impl ClientError {
    /// What kind of failure this is.
    pub fn outcome(&self) -> Outcome {
        match self {
            ClientError::Connect { .. }
            | ClientError::Handshake { .. }
            | ClientError::NoAnswer { .. } => Outcome::Unavailable,
            ClientError::Refused(refusal) => refusal.outcome(),
            ClientError::Trust(_) | ClientError::Receipt(_) => Outcome::Untrusted,
            ClientError::Command(_) => Outcome::Rejected,
            ClientError::Endpoint { .. }
            | ClientError::Unencrypted { .. }
            | ClientError::TlsFile(_)
            | ClientError::Malformed { .. }
            | ClientError::Key(_)
            | ClientError::NoRandomness => Outcome::Other,
        }
    }

    /// Whether it is certain that the command was not recorded: the client itself
    /// did not send it, or the registry names its reason or a field that breaks a rule of form. A refusal without one may
    /// come from something in between, after the registry recorded the command.
    pub fn is_definite_no(&self) -> bool {
        match self {
            ClientError::Refused(refusal) => {
                (!refusal.reason.is_empty() || !refusal.violations.is_empty())
                    && matches!(refusal.outcome(), Outcome::Rejected | Outcome::NotPermitted)
            }
            ClientError::Command(_) => true,
            _ => false,
        }
    }

    /// What to do next, in one or two sentences.
    pub fn advice(&self) -> String {
        advice::of(self)
    }

    /// The registry's refusal, where there is one.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            ClientError::Refused(refusal) | ClientError::NoAnswer { last: refusal, .. } => {
                Some(refusal)
            }
            _ => None,
        }
    }
}

impl Refusal {
    /// Reads a status with its details.
    pub fn from_status(status: &Status) -> Refusal {
        let details = status.get_error_details();
        let info = details.error_info();
        let metadata =
            |key: &str| info.and_then(|info| info.metadata.get(key)).cloned().unwrap_or_default();
        let violations = details.bad_request().map_or_else(Vec::new, |bad| {
            let violation = |v: &tonic_types::FieldViolation| FieldViolation {
                field: v.field.clone(),
                description: v.description.clone(),
            };
            bad.field_violations.iter().map(violation).collect()
        });
        Refusal {
            code: status.code(),
            reason: info.map(|info| info.reason.clone()).unwrap_or_default(),
            number: metadata("number").parse().unwrap_or(0),
            subject: metadata("subject"),
            article: metadata("article"),
            message: status.message().to_owned(),
            message_ja: metadata("message_ja"),
            violations,
            retry_after: details.retry_info().and_then(|retry| retry.retry_delay),
        }
    }

    /// What kind of failure this is.
    pub fn outcome(&self) -> Outcome {
        if self.is_broken_call() {
            return Outcome::Unavailable;
        }
        match self.code {
            Code::InvalidArgument
            | Code::NotFound
            | Code::AlreadyExists
            | Code::FailedPrecondition
            | Code::Aborted
            | Code::OutOfRange => Outcome::Rejected,
            Code::PermissionDenied | Code::Unauthenticated => Outcome::NotPermitted,
            Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded => {
                Outcome::Unavailable
            }
            Code::Ok
            | Code::Cancelled
            | Code::Unknown
            | Code::Unimplemented
            | Code::Internal
            | Code::DataLoss => Outcome::Other,
        }
    }

    /// Whether the same bytes may succeed later: nothing is known against them.
    pub fn is_transient(&self) -> bool {
        matches!(
            self.code,
            Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded | Code::Cancelled
        ) || self.is_broken_call()
    }

    /// A call that broke off: the transport's own status, without the reason that
    /// the registry gives with each of its answers.
    fn is_broken_call(&self) -> bool {
        self.reason.is_empty()
            && matches!(self.code, Code::Unknown | Code::Internal | Code::Cancelled)
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.reason.is_empty() {
            return write!(f, "{}: {}", code_name(self.code), self.message);
        }
        if self.number != 0 {
            write!(f, "{} ", self.number)?;
        }
        write!(f, "{}: {}", self.reason, plain(&self.message, self))?;
        if !self.subject.is_empty() {
            write!(f, " ({})", self.subject)?;
        }
        if self.article.is_empty() { Ok(()) } else { write!(f, " [{}]", self.article) }
    }
}

/// The message without number, reason and subject, which some servers repeat in it.
fn plain<'a>(message: &'a str, refusal: &Refusal) -> &'a str {
    let prefix = format!("{} {}: ", refusal.number, refusal.reason);
    let message = message.strip_prefix(&prefix).unwrap_or(message);
    message.strip_suffix(&format!(" ({})", refusal.subject)).unwrap_or(message)
}

/// The name of a code as the gRPC documents spell it.
fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}

/// An envelope error with number and field, as the registry would put it.
fn in_full(error: &EnvelopeError) -> String {
    let head = format!("{} {}", error.number(), error.reason());
    let fields = error.fields().into_iter().map(|(field, rule)| format!("{field} {rule}"));
    match fields.collect::<Vec<_>>().as_slice() {
        [] => format!("{head}: {error}"),
        fields => format!("{head}: {}", fields.join("; ")),
    }
}

impl From<Status> for ClientError {
    fn from(status: Status) -> ClientError {
        ClientError::Refused(Box::new(Refusal::from_status(&status)))
    }
}

impl From<TrustError> for ClientError {
    fn from(error: TrustError) -> ClientError {
        ClientError::Trust(error)
    }
}

impl From<ReceiptError> for ClientError {
    fn from(error: ReceiptError) -> ClientError {
        ClientError::Receipt(error)
    }
}

impl From<KeyError> for ClientError {
    fn from(error: KeyError) -> ClientError {
        ClientError::Key(error)
    }
}

impl From<KeyFileError> for ClientError {
    fn from(error: KeyFileError) -> ClientError {
        KeyError::File(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use tonic_types::ErrorDetails;

    fn fee_unpaid() -> Status {
        let metadata = [
            ("number", "511"),
            ("subject", "application 7"),
            ("article", "Act, art. 62"),
            ("message_ja", "手数料が納付されていません"),
        ];
        let metadata: HashMap<String, String> =
            metadata.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let details = ErrorDetails::with_error_info("FEE_UNPAID", "jcm-registry", metadata);
        let message = "the fee is not settled in full";
        Status::with_error_details(Code::FailedPrecondition, message, details)
    }

    #[test]
    fn a_rejection_is_read_with_all_its_particulars() {
        let refusal = Refusal::from_status(&fee_unpaid());
        assert_eq!((refusal.number, refusal.reason.as_str()), (511, "FEE_UNPAID"));
        assert_eq!(refusal.message_ja, "手数料が納付されていません");
        assert_eq!(refusal.outcome(), Outcome::Rejected);
        assert_eq!(
            refusal.to_string(),
            "511 FEE_UNPAID: the fee is not settled in full (application 7) [Act, art. 62]"
        );
    }

    #[test]
    fn only_a_refusal_with_its_reason_is_a_definite_no() {
        let definite = |status: Status| ClientError::from(status).is_definite_no();
        assert!(definite(fee_unpaid()));
        assert!(!definite(Status::permission_denied("a proxy says so")));
        assert!(!definite(Status::failed_precondition("")));
        let last = Box::new(Refusal::from_status(&fee_unpaid()));
        assert!(!ClientError::NoAnswer { attempts: 1, last }.is_definite_no());
    }

    #[test]
    fn field_violations_and_retry_hints_are_kept() {
        let mut details = ErrorDetails::new();
        details.add_bad_request_violation("apply_transfer.ranges", "needs at least one item");
        details.set_retry_info(Some(Duration::from_millis(250)));
        let status = Status::with_error_details(Code::ResourceExhausted, "full", details);
        let refusal = Refusal::from_status(&status);
        assert_eq!(refusal.violations[0].field, "apply_transfer.ranges");
        assert_eq!(refusal.retry_after, Some(Duration::from_millis(250)));
        assert!(refusal.is_transient());
        assert_eq!(refusal.to_string(), "RESOURCE_EXHAUSTED: full");
    }

    #[test]
    fn a_rule_of_form_names_number_and_field() {
        use jcm_format::command::{FieldError, FieldRule};
        let error = EnvelopeError::Field(FieldError::new("genesis.log_key", FieldRule::Missing));
        assert_eq!(
            ClientError::Command(error).to_string(),
            "the command is not well formed: 111 FIELD_MISSING: genesis.log_key is needed"
        );
    }

    #[test]
    fn a_message_that_repeats_its_reason_is_shown_once() {
        let mut refusal = Refusal::from_status(&fee_unpaid());
        refusal.message = "511 FEE_UNPAID: the fee is not settled (application 7)".to_owned();
        refusal.article.clear();
        assert_eq!(refusal.to_string(), "511 FEE_UNPAID: the fee is not settled (application 7)");
    }
}
