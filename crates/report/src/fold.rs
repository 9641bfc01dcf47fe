//! What every report folded from entries shares: the order of the entries, and
//! which effect begins or ends an application.

use jcm_format::amount::{Tonnes, Yen};
use jcm_format::entry::Entry;
use jcm_format::event::Effect;
use jcm_format::id::{AccountNumber, BlockNumber, EntryIndex};
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// What an application is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplicationKind {
    /// Opening an account (Act, art. 50).
    Account,
    /// A transfer (Act, art. 52).
    Transfer,
    /// A certificate of recorded matters (Act, art. 57-2).
    Certificate,
    /// Changed particulars (Act, art. 51).
    Change,
    /// Closing an account (registry ordinance, art. 14).
    Closing,
    /// A trust without a transfer (Cabinet Order, arts. 11 to 19).
    Trust,
}

/// The text names no kind of application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected account, transfer, certificate, change, closing or trust")]
pub struct NotAKind;

impl ApplicationKind {
    /// All of them, in the order in which reports list them.
    pub const ALL: [ApplicationKind; 6] = [
        ApplicationKind::Account,
        ApplicationKind::Transfer,
        ApplicationKind::Certificate,
        ApplicationKind::Change,
        ApplicationKind::Closing,
        ApplicationKind::Trust,
    ];

    /// The word of the service's messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            ApplicationKind::Account => "account",
            ApplicationKind::Transfer => "transfer",
            ApplicationKind::Certificate => "certificate",
            ApplicationKind::Change => "change",
            ApplicationKind::Closing => "closing",
            ApplicationKind::Trust => "trust",
        }
    }

    /// The application in Japanese.
    pub const fn ja(self) -> &'static str {
        match self {
            ApplicationKind::Account => "法人等保有口座の開設の申請",
            ApplicationKind::Transfer => "振替の申請",
            ApplicationKind::Certificate => "記録事項の証明の請求",
            ApplicationKind::Change => "変更の届出",
            ApplicationKind::Closing => "法人等保有口座の廃止の申請",
            ApplicationKind::Trust => "信託に関する申請",
        }
    }

    /// The application in English.
    pub const fn en(self) -> &'static str {
        match self {
            ApplicationKind::Account => "application to open an account",
            ApplicationKind::Transfer => "application for a transfer",
            ApplicationKind::Certificate => "request for a certificate of recorded matters",
            ApplicationKind::Change => "notification of change",
            ApplicationKind::Closing => "application to close an account",
            ApplicationKind::Trust => "application about a trust",
        }
    }
}

impl fmt::Display for ApplicationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ApplicationKind {
    type Err = NotAKind;

    fn from_str(text: &str) -> Result<ApplicationKind, NotAKind> {
        ApplicationKind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(NotAKind)
    }
}

/// How an application ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Recorded,
    Refused,
    Withdrawn,
    Lapsed,
}

/// Why entries do not add up to a report. A log that the verifier accepts
/// causes none of these, if it is read whole and in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// An entry was left out, repeated or swapped.
    #[error("entry {found} came where entry {expected} was awaited")]
    OutOfOrder {
        /// The entry that was awaited.
        expected: u64,
        /// The entry that came.
        found: u64,
    },
    /// An effect names an application that is not open.
    #[error("entry {entry} names application {application}, which is not open")]
    ApplicationUnknown {
        /// The entry.
        entry: EntryIndex,
        /// The application.
        application: EntryIndex,
    },
    /// A payment is applied to an application that owes no fee.
    #[error("entry {0} pays for an application that owes no fee")]
    NoFee(EntryIndex),
    /// More is spent, paid back or moved than there is.
    #[error("entry {0} spends, pays back or moves more than there is")]
    Exceeded(EntryIndex),
    /// An account that was not opened receives units.
    #[error("entry {entry} gives units to account {account}, which was not opened")]
    AccountUnknown {
        /// The entry.
        entry: EntryIndex,
        /// The account.
        account: AccountNumber,
    },
    /// Units of a block that was not issued.
    #[error("block {0} was not issued")]
    BlockUnknown(BlockNumber),
    /// The blocks of an issuance do not add up to it.
    #[error("the blocks of the issuance of entry {0} do not add up to it")]
    IssuanceUneven(EntryIndex),
    /// A sum is larger than 64 bits hold.
    #[error("a sum does not fit into 64 bits")]
    Overflow,
    /// An earlier entry failed, so that the sums are of no use.
    #[error("an earlier entry failed")]
    Broken,
}

/// Where a fold stands in the log. Entries that are skipped or repeated would
/// give figures that look right, so they are refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Position {
    next: u64,
    broken: bool,
}

impl Position {
    /// Begins `entry`. Until [`Position::end`] the fold counts as broken: an
    /// error leaves it between two entries.
    pub(crate) fn begin(&mut self, entry: &Entry) -> Result<(), FoldError> {
        if self.broken {
            return Err(FoldError::Broken);
        }
        let found = entry.index.get();
        if found != self.next {
            return Err(FoldError::OutOfOrder { expected: self.next, found });
        }
        self.broken = true;
        Ok(())
    }

    pub(crate) fn end(&mut self) -> Result<(), FoldError> {
        self.next = self.next.checked_add(1).ok_or(FoldError::Overflow)?;
        self.broken = false;
        Ok(())
    }

    /// How many entries were read.
    pub(crate) const fn entries(&self) -> u64 {
        self.next
    }
}

/// The application that `effect` records.
pub(crate) const fn begun(effect: &Effect) -> Option<ApplicationKind> {
    match effect {
        Effect::AccountApplied { .. } | Effect::IndividualApplied { .. } => {
            Some(ApplicationKind::Account)
        }
        Effect::TransferApplied { .. } => Some(ApplicationKind::Transfer),
        Effect::CertificateRequested { .. } => Some(ApplicationKind::Certificate),
        Effect::ChangeNotified { .. } => Some(ApplicationKind::Change),
        Effect::ClosingApplied { .. } => Some(ApplicationKind::Closing),
        Effect::TrustApplied { .. } => Some(ApplicationKind::Trust),
        _ => None,
    }
}

/// The application that `effect` of entry `here` ends, and how.
pub(crate) fn ended(effect: &Effect, here: EntryIndex) -> Option<(EntryIndex, Outcome)> {
    match effect {
        Effect::TransferRecorded { application } | Effect::CertificateIssued { application } => {
            Some((application.unwrap_or(here), Outcome::Recorded))
        }
        Effect::AccountOpened { application, .. }
        | Effect::AccountClosed { application, .. }
        | Effect::TrustApplicationRecorded { application }
        // Without an application, particulars change by a correction.
        | Effect::ParticularsChanged { application: Some(application), .. } => {
            Some((*application, Outcome::Recorded))
        }
        Effect::ApplicationRefused { application, .. } => Some((*application, Outcome::Refused)),
        Effect::ApplicationWithdrawn { application } => Some((*application, Outcome::Withdrawn)),
        Effect::ApplicationLapsed { application, .. } => Some((*application, Outcome::Lapsed)),
        _ => None,
    }
}

/// What `effect` of entry `here` applies to a fee: the application, and how much.
pub(crate) fn applied(effect: &Effect, here: EntryIndex) -> Option<(EntryIndex, Yen)> {
    match effect {
        Effect::PaymentApplied { application, amount_yen, .. }
        | Effect::PaymentLineApplied { application, amount_yen, .. } => {
            Some((application.unwrap_or(here), *amount_yen))
        }
        _ => None,
    }
}

/// Adds yen.
pub(crate) fn add(sum: &mut Yen, more: Yen) -> Result<(), FoldError> {
    *sum = sum.checked_add(more).ok_or(FoldError::Overflow)?;
    Ok(())
}

/// Adds tonnes.
pub(crate) fn add_tonnes(sum: &mut Tonnes, more: Tonnes) -> Result<(), FoldError> {
    *sum = sum.checked_add(more).ok_or(FoldError::Overflow)?;
    Ok(())
}

/// Counts one more.
pub(crate) fn count(counter: &mut u64) -> Result<(), FoldError> {
    *counter = counter.checked_add(1).ok_or(FoldError::Overflow)?;
    Ok(())
}
