//! Why a request was not answered with a result, and what that is on the wire.
//! The only place where anything becomes a gRPC status.

use crate::access::{Class, Method, who_may};
use crate::limits::Limit;
use crate::service::PLACES_OF_CALLER_MAX;
use jcm_api::pb;
use jcm_format::caller::{CALLER_HEADER, CallerError};
use jcm_format::command::PayloadError;
use jcm_format::envelope::EnvelopeError;
use jcm_format::time::{Date, Timestamp};
use jcm_ledger::{Category, Rejection, law};
use std::collections::HashMap;
use std::time::Duration;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

/// The domain of every reason.
pub(crate) const DOMAIN: &str = "jcm-registry";

/// When to try again after a full queue: a few batches later.
const QUEUE_RETRY: Duration = Duration::from_millis(50);
/// When to try again after the node stopped: a start takes about that long.
const RESTART_RETRY: Duration = Duration::from_secs(2);

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The envelope or the payload breaks a rule of form or signature.
    Envelope(EnvelopeError),
    /// The ledger said no, on this day.
    Rejected(Rejection, Date),
    /// A field of the request other than the command is wrong.
    Argument { field: &'static str, wanted: String },
    /// Private data that the command does not commit to.
    NotCommitted { index: usize },
    /// There is no such thing.
    Absent { what: &'static str, which: String },
    /// Too many commands wait.
    QueueFull,
    /// Too many read the log.
    ReadersFull,
    /// This caller has used up what it may ask for.
    Limited(Limit),
    /// A request took too long to arrive.
    SlowWriter,
    /// A reader of the log left a frame waiting for too long.
    SlowReader,
    /// The node is stopping.
    Stopping,
    /// A write failed; the node stops.
    Poisoned,
    /// Stored bytes are not what was written.
    DataLoss,
    /// The index does not know the newest entries.
    IndexBehind,
    /// The private data could not be stored.
    PrivateStore,
    /// Private data that the record says is erased for good.
    Erased { index: usize },
    /// The erasure is recorded, but the file is still there.
    NotErased,
    /// An answer would be longer than the node makes.
    TooMuch { field: &'static str, wanted: String },
    /// Too many wait for notices.
    SubscribersFull,
    /// This caller waits for notices too often.
    SubscriptionsOfCaller,
    /// No quantity of units that may be disposed of is so large.
    UnitsShort { wanted: u64, available: u64 },
    /// Witnesses have not seen what was asked for; it may be recorded.
    NotWitnessed,
    /// The method is not open to everybody, and nothing proves who calls.
    NoProof { method: Method },
    /// The proof of who calls is not good for this call.
    Proof(CallerError),
    /// It was not made within the window around the clock, or before the node started.
    ProofTime { now: Timestamp, skew_ms: u64 },
    /// It was seen before.
    ProofRepeated,
    /// There is no room to remember it.
    ProofsFull,
    /// The caller's key was revoked, or its owner is an operator no longer.
    KeyNotInForce,
    /// The method is for others.
    NotForRole { class: Class, method: Method },
    /// Who prepares a command is to sign it.
    NotASigner,
    /// There is no such thing, or it is not the caller's: nobody is told which.
    Hidden { what: &'static str, which: String },
    /// The read could not be written down.
    AuditStore,
    /// A task was lost.
    Internal,
}

impl Refusal {
    /// For a proof that is too old or too new.
    pub(crate) fn proof_time(now: Timestamp, skew_ms: u64) -> Refusal {
        Refusal::ProofTime { now, skew_ms }
    }
}

impl From<EnvelopeError> for Refusal {
    fn from(error: EnvelopeError) -> Refusal {
        Refusal::Envelope(error)
    }
}

impl From<PayloadError> for Refusal {
    fn from(error: PayloadError) -> Refusal {
        Refusal::Envelope(match error {
            PayloadError::TooLong => EnvelopeError::PayloadTooLong,
            PayloadError::Malformed => EnvelopeError::PayloadMalformed,
            PayloadError::NotCanonical => EnvelopeError::PayloadNotCanonical,
            PayloadError::Field(error) => EnvelopeError::Field(error),
        })
    }
}

impl Refusal {
    /// The status code. Every kind is listed: a new one must be thought about.
    pub(crate) fn code(&self) -> Code {
        match self {
            Refusal::Envelope(error) => match error {
                EnvelopeError::PayloadTooLong
                | EnvelopeError::SignatureCount
                | EnvelopeError::SignerRepeated(_)
                | EnvelopeError::PayloadMalformed
                | EnvelopeError::PayloadNotCanonical
                | EnvelopeError::Field(_) => Code::InvalidArgument,
                EnvelopeError::UnsuitableKey(..) | EnvelopeError::BadSignature(_) => {
                    Code::Unauthenticated
                }
            },
            Refusal::Rejected(rejection, _) => match rejection.reason.category() {
                Category::Unauthenticated => Code::Unauthenticated,
                Category::PermissionDenied => Code::PermissionDenied,
                Category::NotFound => Code::NotFound,
                Category::AlreadyExists => Code::AlreadyExists,
                Category::FailedPrecondition => Code::FailedPrecondition,
                Category::InvalidArgument => Code::InvalidArgument,
                Category::Aborted => Code::Aborted,
            },
            Refusal::Argument { .. } | Refusal::NotCommitted { .. } | Refusal::TooMuch { .. } => {
                Code::InvalidArgument
            }
            Refusal::Erased { .. } | Refusal::UnitsShort { .. } => Code::FailedPrecondition,
            Refusal::NoProof { .. }
            | Refusal::Proof(_)
            | Refusal::ProofTime { .. }
            | Refusal::ProofRepeated
            | Refusal::KeyNotInForce => Code::Unauthenticated,
            Refusal::NotForRole { .. } | Refusal::NotASigner => Code::PermissionDenied,
            Refusal::Absent { .. } | Refusal::Hidden { .. } => Code::NotFound,
            Refusal::ProofsFull
            | Refusal::QueueFull
            | Refusal::ReadersFull
            | Refusal::SubscribersFull
            | Refusal::SubscriptionsOfCaller
            | Refusal::Limited(_)
            | Refusal::SlowReader => Code::ResourceExhausted,
            Refusal::SlowWriter => Code::DeadlineExceeded,
            Refusal::Stopping
            | Refusal::Poisoned
            | Refusal::IndexBehind
            | Refusal::NotErased
            | Refusal::NotWitnessed
            | Refusal::AuditStore
            | Refusal::PrivateStore => Code::Unavailable,
            Refusal::DataLoss => Code::DataLoss,
            Refusal::Internal => Code::Internal,
        }
    }

    /// The stable reason, for machines and for the metrics.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Refusal::Envelope(error) => error.reason(),
            Refusal::Rejected(rejection, _) => rejection.reason.code(),
            Refusal::Argument { .. } => "ARGUMENT",
            Refusal::NotCommitted { .. } => "PRIVATE_DATA_NOT_COMMITTED",
            Refusal::Absent { .. } | Refusal::Hidden { .. } => "ABSENT",
            Refusal::NoProof { .. } => "CALLER_PROOF_MISSING",
            Refusal::Proof(error) => error.reason(),
            Refusal::ProofTime { .. } => CallerError::OtherTime.reason(),
            Refusal::ProofRepeated => "CALLER_PROOF_REPEATED",
            Refusal::ProofsFull => "CALLER_PROOFS_FULL",
            Refusal::KeyNotInForce => "CALLER_KEY_NOT_IN_FORCE",
            Refusal::NotForRole { .. } => "CALLER_ROLE",
            Refusal::NotASigner => "CALLER_NOT_A_SIGNER",
            Refusal::AuditStore => "AUDIT_STORE",
            Refusal::QueueFull => "QUEUE_FULL",
            Refusal::ReadersFull => "READERS_FULL",
            Refusal::Limited(_) => "CALLER_LIMIT",
            Refusal::SlowWriter => "SLOW_WRITER",
            Refusal::SlowReader => "SLOW_READER",
            Refusal::Stopping => "STOPPING",
            Refusal::Poisoned => "POISONED",
            Refusal::DataLoss => "DATA_LOSS",
            Refusal::IndexBehind => "INDEX_BEHIND",
            Refusal::PrivateStore => "PRIVATE_STORE",
            Refusal::Erased { .. } => "PRIVATE_DATA_ERASED",
            Refusal::NotErased => "NOT_ERASED",
            Refusal::TooMuch { .. } => "TOO_MUCH",
            Refusal::SubscribersFull => "SUBSCRIBERS_FULL",
            Refusal::SubscriptionsOfCaller => "SUBSCRIPTIONS_OF_CALLER",
            Refusal::UnitsShort { .. } => "UNITS_SHORT",
            Refusal::NotWitnessed => "NOT_WITNESSED",
            Refusal::Internal => "INTERNAL",
        }
    }

    #[allow(clippy::too_many_lines, reason = "one arm for each refusal")]
    pub(crate) fn message(&self) -> String {
        match self {
            Refusal::Envelope(EnvelopeError::Field(error)) => error.to_string(),
            Refusal::Envelope(error) => error.to_string(),
            Refusal::Rejected(rejection, _) if rejection.subject.is_empty() => {
                rejection.reason.english().to_owned()
            }
            Refusal::Rejected(rejection, _) => {
                format!("{} ({})", rejection.reason.english(), rejection.subject)
            }
            Refusal::Argument { field, wanted } | Refusal::TooMuch { field, wanted } => {
                format!("{field}: {wanted}")
            }
            Refusal::UnitsShort { wanted, available } => format!(
                "{wanted} t are wanted; {available} t of such units are free of reservations, \
                 restrictions and trusts"
            ),
            Refusal::Erased { index } => {
                format!("private_data[{index}]: this data is erased for good; it is not kept again")
            }
            Refusal::NotErased => "the erasure is recorded, but the data could not be removed \
                 yet: send the same bytes again"
                .to_owned(),
            Refusal::NotCommitted { index } => {
                format!("private_data[{index}]: the command does not commit to this salt and data")
            }
            Refusal::Absent { what, which } => format!("there is no {what} {which}"),
            Refusal::Hidden { what, which } => {
                format!("there is no {what} {which} that this key may read")
            }
            Refusal::NoProof { .. }
            | Refusal::Proof(_)
            | Refusal::ProofTime { .. }
            | Refusal::ProofRepeated
            | Refusal::ProofsFull
            | Refusal::KeyNotInForce
            | Refusal::NotForRole { .. }
            | Refusal::NotASigner => self.caller_message(),
            Refusal::AuditStore => {
                "the read could not be written down and is not answered; try again".to_owned()
            }
            Refusal::QueueFull => "too many commands wait; send the same bytes again".to_owned(),
            Refusal::ReadersFull => "too many read the log at once; try again later".to_owned(),
            Refusal::Limited(limit) => limit.message(),
            Refusal::SlowWriter => "the request took too long to arrive and was not looked at; \
                 send it whole"
                .to_owned(),
            Refusal::SlowReader => {
                "what was sent waited too long to be read; go on from where it ended".to_owned()
            }
            Refusal::SubscribersFull => {
                "too many wait for notices at once; try again later".to_owned()
            }
            Refusal::SubscriptionsOfCaller => format!(
                "one caller may wait for notices {PLACES_OF_CALLER_MAX} times at once; end one of \
                 these first"
            ),
            Refusal::Stopping => {
                "the registry is stopping; send the same bytes again after its start".to_owned()
            }
            Refusal::Poisoned => "a write failed and the registry stops; whether the command was \
                 executed is known after its start: send the same bytes again"
                .to_owned(),
            Refusal::DataLoss => "stored bytes do not match their hash".to_owned(),
            Refusal::IndexBehind => "the index is being built; try again".to_owned(),
            Refusal::PrivateStore => {
                "the private data could not be stored; nothing was executed".to_owned()
            }
            Refusal::NotWitnessed => {
                "too few witnesses have seen the newest entries: whether the command was \
                 executed is not told yet; send the same bytes again"
                    .to_owned()
            }
            Refusal::Internal => "the request could not be finished".to_owned(),
        }
    }

    /// What is wrong with who calls.
    fn caller_message(&self) -> String {
        match self {
            Refusal::NoProof { method } => format!(
                "{} is open to {} only: send a proof of who calls in the metadata entry \
                 {CALLER_HEADER} (docs/spec/access.md)",
                method.name(),
                who_may(*method)
            ),
            Refusal::Proof(error) => error.to_string(),
            Refusal::ProofTime { now, skew_ms } => format!(
                "the proof of who calls was not made within {} seconds of the registry's time, \
                 which is {now}, or was made before the registry's last start",
                skew_ms / 1_000
            ),
            Refusal::ProofRepeated => {
                "this proof of who calls was used before; make a new one for every call".to_owned()
            }
            Refusal::ProofsFull => "too many calls at once; try again later".to_owned(),
            Refusal::KeyNotInForce => {
                "the caller's key was revoked, or its owner is an operator no longer".to_owned()
            }
            Refusal::NotForRole { class, method } => format!(
                "{} is open to {} only; the caller is {}",
                method.name(),
                who_may(*method),
                class.with_article()
            ),
            Refusal::NotASigner => {
                "the caller's key is not among the signers; who prepares a command is to sign it"
                    .to_owned()
            }
            _ => String::new(),
        }
    }

    fn metadata(&self) -> HashMap<String, String> {
        let mut metadata = HashMap::new();
        let mut put = |key: &str, value: String| {
            if !value.is_empty() {
                metadata.insert(key.to_owned(), value);
            }
        };
        match self {
            Refusal::Envelope(error) => {
                put("number", error.number().to_string());
                put("subject", error.field().map_or(String::new(), |(field, _)| field.to_owned()));
            }
            Refusal::Rejected(rejection, today) => {
                let reason = rejection.reason;
                put("number", reason.number().to_string());
                put("subject", rejection.subject.clone());
                put("article", law::citation(reason.basis(), *today).to_owned());
                put("message_ja", reason.japanese().to_owned());
            }
            Refusal::Argument { field, .. } | Refusal::TooMuch { field, .. } => {
                put("subject", (*field).to_owned());
            }
            Refusal::UnitsShort { available, .. } => {
                put("subject", "quantity_tonnes".to_owned());
                put("available_tonnes", available.to_string());
            }
            Refusal::Absent { which, .. } | Refusal::Hidden { which, .. } => {
                put("subject", which.clone());
            }
            Refusal::NoProof { .. } => put("header", CALLER_HEADER.to_owned()),
            Refusal::ProofTime { now, .. } => put("now_ms", now.as_ms().to_string()),
            Refusal::Limited(limit) => put("subject", limit.name.to_owned()),
            _ => {}
        }
        metadata
    }

    /// Fields that break a rule of form: of a command of several parts, one for each part.
    fn violations(&self) -> Vec<(String, String)> {
        if let Refusal::Envelope(error) = self {
            let fields = error.fields().into_iter();
            return fields
                .map(|(field, rule)| (field.to_owned(), rule.english().to_owned()))
                .collect();
        }
        self.violation().into_iter().collect()
    }

    fn violation(&self) -> Option<(String, String)> {
        match self {
            Refusal::Argument { field, wanted } | Refusal::TooMuch { field, wanted } => {
                Some(((*field).to_owned(), wanted.clone()))
            }
            Refusal::Erased { index } => Some((
                format!("private_data[{index}]"),
                "must not be data that is erased for good".to_owned(),
            )),
            Refusal::NotCommitted { index } => Some((
                format!("private_data[{index}]"),
                "must be committed to by the command".to_owned(),
            )),
            _ => None,
        }
    }

    /// As a gRPC status with details.
    pub(crate) fn status(&self) -> Status {
        let mut details = ErrorDetails::with_error_info(self.reason(), DOMAIN, self.metadata());
        for (field, description) in self.violations() {
            details.add_bad_request_violation(field, description);
        }
        match self {
            Refusal::QueueFull => {
                details.set_retry_info(Some(QUEUE_RETRY));
            }
            Refusal::Limited(limit) => {
                // A moment later: clocks of callers are not ours.
                details.set_retry_info(Some(limit.retry_after + Duration::from_millis(1)));
            }
            Refusal::ProofsFull
            | Refusal::AuditStore
            | Refusal::ReadersFull
            | Refusal::SubscribersFull
            | Refusal::Stopping
            | Refusal::Poisoned
            | Refusal::NotErased
            | Refusal::NotWitnessed
            | Refusal::IndexBehind => {
                details.set_retry_info(Some(RESTART_RETRY));
            }
            _ => {}
        }
        Status::with_error_details(self.code(), self.message(), details)
    }

    /// As an answer within a stream.
    pub(crate) fn failure(&self) -> pb::Failure {
        pb::Failure {
            code: self.code() as i32,
            message: self.message(),
            reason: self.reason().to_owned(),
            metadata: self.metadata(),
        }
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Status {
        refusal.status()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_format::command::{FieldError, FieldRule};
    use jcm_format::key::{PublicKey, UnsuitableKey};
    use jcm_ledger::Reason;

    fn today() -> Date {
        "2026-11-23".parse().expect("a date")
    }

    fn rejected(reason: Reason) -> Refusal {
        Refusal::Rejected(Rejection { reason, subject: "subject".to_owned() }, today())
    }

    /// The numbers stand for themselves here, so that a change of a category in
    /// the ledger shows as a change of the wire.
    fn expected(number: u16) -> Code {
        match number {
            208 | 209 => Code::Unauthenticated,
            301 | 302 => Code::PermissionDenied,
            404 | 405 | 408 | 503 | 504 | 603 | 607 | 611 | 703 | 706 | 721 | 722 | 769 | 772
            | 801 | 821 | 623 => Code::NotFound,
            207 | 406 | 410 | 501 | 510 | 514 | 601 | 602 | 606 | 609 | 614 | 768 | 812 | 822 => {
                Code::AlreadyExists
            }
            204 | 206 | 403 | 407 | 502 | 517 | 520 | 526 | 604 | 605 | 702 | 709 | 713 | 719
            | 802 | 902 | 620 | 624 | 735 => Code::InvalidArgument,
            901 => Code::Aborted,
            _ => Code::FailedPrecondition,
        }
    }

    #[test]
    fn every_rejection_has_the_code_of_its_kind() {
        for reason in Reason::ALL {
            let refusal = rejected(*reason);
            let (number, name) = (reason.number(), reason.code());
            assert_eq!(refusal.code(), expected(number), "{number} {name}");
            let status = refusal.status();
            let details = status.get_error_details();
            let info = details.error_info().expect("every rejection has its info");
            let metadata = |key: &str| info.metadata.get(key).map(String::as_str);
            assert_eq!((info.reason.as_str(), info.domain.as_str()), (name, DOMAIN));
            assert_eq!(metadata("number"), Some(number.to_string().as_str()));
            assert_eq!(metadata("subject"), Some("subject"));
            assert_eq!(metadata("message_ja"), Some(reason.japanese()));
            assert_eq!(metadata("article").is_some(), !reason.basis().is_empty(), "{name}");
            assert!(status.message().contains(reason.english()));
        }
    }

    #[test]
    fn every_envelope_error_has_its_code_and_number() {
        let key = PublicKey::from_bytes([1; 32]);
        let field = FieldError::new("apply_transfer.source", FieldRule::OutOfRange);
        let cases = [
            (EnvelopeError::PayloadTooLong, Code::InvalidArgument, "101"),
            (EnvelopeError::SignatureCount, Code::InvalidArgument, "102"),
            (EnvelopeError::PayloadMalformed, Code::InvalidArgument, "103"),
            (EnvelopeError::PayloadNotCanonical, Code::InvalidArgument, "104"),
            (EnvelopeError::Field(field), Code::InvalidArgument, "115"),
            (EnvelopeError::SignerRepeated(key), Code::InvalidArgument, "201"),
            (EnvelopeError::UnsuitableKey(key, UnsuitableKey::Weak), Code::Unauthenticated, "202"),
            (EnvelopeError::BadSignature(key), Code::Unauthenticated, "203"),
        ];
        for (error, code, number) in cases {
            let is_field = error.field().is_some();
            let status = Refusal::Envelope(error).status();
            assert_eq!(status.code(), code, "{number}");
            let details = status.get_error_details();
            let info = details.error_info().expect("info");
            assert_eq!(info.metadata.get("number").map(String::as_str), Some(number));
            assert_eq!(details.bad_request().is_some(), is_field);
        }
    }

    #[test]
    fn what_may_be_tried_again_says_when() {
        let cases = [
            (Refusal::QueueFull, Code::ResourceExhausted),
            (Refusal::ReadersFull, Code::ResourceExhausted),
            (Refusal::SubscribersFull, Code::ResourceExhausted),
            (
                Refusal::Limited(Limit { name: "READS", retry_after: Duration::ZERO }),
                Code::ResourceExhausted,
            ),
            (Refusal::NotErased, Code::Unavailable),
            (Refusal::NotWitnessed, Code::Unavailable),
            (Refusal::ProofsFull, Code::ResourceExhausted),
            (Refusal::AuditStore, Code::Unavailable),
            (Refusal::Stopping, Code::Unavailable),
            (Refusal::Poisoned, Code::Unavailable),
        ];
        for (refusal, code) in cases {
            let status = refusal.status();
            assert_eq!(status.code(), code);
            assert!(status.get_error_details().retry_info().is_some(), "{refusal:?}");
        }
        let absent = Refusal::Absent { what: "payment", which: "7".to_owned() };
        assert_eq!(absent.status().code(), Code::NotFound);
        assert_eq!(Refusal::DataLoss.status().code(), Code::DataLoss);
        let argument = Refusal::Argument { field: "range", wanted: "give one".to_owned() };
        let details = argument.status().get_error_details();
        assert_eq!(details.bad_request().map(|bad| bad.field_violations.len()), Some(1));
    }

    #[test]
    fn a_failure_in_a_stream_says_what_the_status_would() {
        let refusal = rejected(Reason::UnitsNotHeld);
        let (failure, status) = (refusal.failure(), refusal.status());
        assert_eq!(failure.code, status.code() as i32);
        assert_eq!(failure.message, status.message());
        assert_eq!(failure.reason, "UNITS_NOT_HELD");
        assert_eq!(failure.metadata.get("number").map(String::as_str), Some("707"));
    }
}
