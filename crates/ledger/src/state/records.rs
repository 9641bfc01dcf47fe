//! What the ledger knows of each thing. Plain records: any value is valid here,
//! because only `apply` makes them.

use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{
    Acceptance, BookTotals, Decision, Holder, LapseGround, LineKey, ParticularsChange, PaymentId,
    Person, Power, RefusalGround, Restriction, Role, TransferTerms, TransferTrust, TrustRequest,
    TrustTerms, UseDetails,
};
use jcm_format::event::{AccountCategory, CreditClass, Fee};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, BlockNumber, EntryIndex, ProjectRef};
use jcm_format::key::PublicKey;
use jcm_format::serial::SerialRanges;
use jcm_format::text::{Name, Text};
use jcm_format::time::{Date, Timestamp, Year};
use std::fmt;

/// A registered key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Whom it acts for.
    pub role: Role,
    /// Whether it has been revoked.
    pub revoked: bool,
}

impl KeyRecord {
    /// The account that it acts for, by name or without.
    pub fn account(&self) -> Option<AccountNumber> {
        account_of(&self.role)
    }

    /// What it may do for that account.
    pub fn power(&self) -> Option<Power> {
        match &self.role {
            Role::Account(_) => Some(Power::Full),
            Role::Representative(of) => Some(of.power),
            Role::Authority(_) | Role::Operator(_) | Role::Partner(_) | Role::Auditor(_) => None,
        }
    }
}

/// The account that a role acts for.
pub(crate) fn account_of(role: &Role) -> Option<AccountNumber> {
    match role {
        Role::Account(account) => Some(*account),
        Role::Representative(of) => Some(of.account),
        Role::Authority(_) | Role::Operator(_) | Role::Partner(_) | Role::Auditor(_) => None,
    }
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub number: AccountNumber,
    /// Its category.
    pub category: AccountCategory,
    /// The holder; government accounts have none.
    pub holder: Option<AccountHolder>,
    /// The entry that opened it.
    pub opened: EntryIndex,
    /// The entry that closed it for ever.
    pub closed: Option<EntryIndex>,
    /// The entry that last changed its holder's particulars.
    pub changed: Option<EntryIndex>,
    /// The name of a government account opened after genesis.
    pub name: Option<GovernmentAccountName>,
    /// From whom its holder receives units, where the rules let holders choose.
    pub acceptance: Acceptance,
}

impl Account {
    /// Whether it is an entity account.
    pub fn is_entity(&self) -> bool {
        self.category == AccountCategory::Entity
    }
}

/// The name of a government account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GovernmentAccountName {
    /// In Japanese.
    pub ja: Text,
    /// In English.
    pub en: Text,
}

/// Who holds an entity account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountHolder {
    /// The person.
    pub person: Person,
    /// The published particulars; an individual has none.
    pub particulars: Option<Holder>,
    /// Salted digest of the others.
    pub commitment: Digest,
}

impl AccountHolder {
    /// Whether the commitment is to the holder's identity or particulars.
    pub(super) fn is_under(&self, commitment: &Digest) -> bool {
        self.commitment == *commitment
            || matches!(&self.person, Person::Individual(identity) if identity == commitment)
    }
}

/// What still needs personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// An account that is not closed: its holder's.
    Account(AccountNumber),
    /// An open application.
    Application(EntryIndex),
    /// A trust of which a unit is property.
    Trust(EntryIndex),
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Need::Account(account) => write!(f, "account {account}"),
            Need::Application(entry) => write!(f, "the application of entry {entry}"),
            Need::Trust(entry) => write!(f, "the trust of entry {entry}"),
        }
    }
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The entry that recorded it and, in an imported statement, its line.
    pub id: PaymentId,
    /// What the bank knows it by.
    pub reference: PaymentReference,
    /// How much arrived.
    pub amount_yen: Yen,
    /// How much is neither applied nor paid back yet.
    pub left_yen: Yen,
    /// The bank's value date.
    pub value_date: Date,
    /// The account whose holder paid.
    pub account: Option<AccountNumber>,
}

/// What tells a payment from every other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PaymentReference {
    /// The bank's reference of a payment recorded singly.
    Bank(Name),
    /// The key of a line of an imported statement.
    Line(LineKey),
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// The entry that recorded it.
    pub entry: EntryIndex,
    /// When it was received.
    pub received: Timestamp,
    /// Working days for the payment, by the rules in force when it was received.
    pub payment_days: u16,
    /// Likewise, within which the implementing body means to act on it.
    pub examination_days: u16,
    /// What is applied for.
    pub subject: Subject,
    /// What it owes.
    pub fee: Fee,
    /// What has been paid of it.
    pub settled_yen: Yen,
    /// Where it stands.
    pub status: ApplicationStatus,
    /// What is missing from it, if anything is.
    pub completion: Option<Completion>,
    /// Of a transfer: whether the transferee's consent is needed.
    pub consent: TransfereeConsent,
    /// Of a transfer: what is asked for of a trust together with it.
    pub trust: Option<TransferTrust>,
    /// Of a transfer: what the use says of persons.
    pub use_details: Option<UseDetails>,
    /// Of a delayed transfer: the first day on which it may be recorded.
    pub not_before: Option<Date>,
    /// Digests of the proofs of payment handed in.
    pub proofs: Vec<Digest>,
}

/// What is missing from an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What was asked for.
    pub items: Vec<Text>,
    /// Until when.
    pub due: Date,
}

/// The transferee's consent to one transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TransfereeConsent {
    /// It is not asked for.
    NotAsked,
    /// It is awaited.
    Awaited,
    /// It was given.
    Given,
}

impl Application {
    /// What is still to be paid.
    pub fn due_yen(&self) -> Yen {
        self.fee.amount().checked_sub(self.settled_yen).unwrap_or(Yen::ZERO)
    }

    /// Whether it asks to record personal data under this commitment.
    pub(super) fn asks_about(&self, commitment: &Digest) -> bool {
        let details = match &self.subject {
            Subject::Account { holder, .. } => return holder.is_under(commitment),
            Subject::Change { change, .. } => change.particulars,
            Subject::Trust { request, .. } => match request {
                TrustRequest::Record { terms, .. } | TrustRequest::Amend { terms, .. } => {
                    Some(terms.details)
                }
                TrustRequest::Delete { .. } => None,
            },
            Subject::Transfer(_) => match &self.trust {
                Some(TransferTrust::Record(terms) | TransferTrust::ChangeTrustee { terms, .. }) => {
                    Some(terms.details)
                }
                Some(TransferTrust::Delete(_)) | None => None,
            },
            Subject::Certificate(_) | Subject::Closing(_) => None,
        };
        details == Some(*commitment)
    }

    /// The account that applied: its own, or the new trustee's where that one
    /// applies for the change. An application for an account has none.
    pub fn applicant(&self) -> Option<AccountNumber> {
        match &self.subject {
            Subject::Transfer(terms) => Some(transfer_applicant(terms, self.trust.as_ref())),
            subject => subject.account(),
        }
    }
}

/// The account that applies for a transfer.
pub(crate) fn transfer_applicant(
    terms: &TransferTerms,
    trust: Option<&TransferTrust>,
) -> AccountNumber {
    if is_by_new_trustee(trust) { terms.destination } else { terms.source }
}

/// Whether a transfer is a change of trustee for which the new one applies: not of
/// the holder's own will, which the safeguards are about.
pub(crate) fn is_by_new_trustee(trust: Option<&TransferTrust>) -> bool {
    matches!(trust, Some(TransferTrust::ChangeTrustee { by_new_trustee: true, .. }))
}

impl Subject {
    /// The account whose application it is; an application for an account has none.
    pub fn account(&self) -> Option<AccountNumber> {
        match self {
            Subject::Account { .. } => None,
            Subject::Transfer(terms) => Some(terms.source),
            Subject::Certificate(account)
            | Subject::Change { account, .. }
            | Subject::Closing(account)
            | Subject::Trust { account, .. } => Some(*account),
        }
    }

    /// The units that it would move or make trust property, or no longer so.
    pub fn units(&self) -> Option<&SerialRanges> {
        match self {
            Subject::Transfer(terms) => Some(&terms.ranges),
            Subject::Trust {
                request: TrustRequest::Record { ranges, .. } | TrustRequest::Delete { ranges, .. },
                ..
            } => Some(ranges),
            Subject::Trust { request: TrustRequest::Amend { .. }, .. }
            | Subject::Account { .. }
            | Subject::Certificate(_)
            | Subject::Change { .. }
            | Subject::Closing(_) => None,
        }
    }
}

/// What is applied for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An account.
    Account {
        /// Who applies.
        holder: AccountHolder,
        /// The first representative's key.
        representative: PublicKey,
    },
    /// A transfer.
    Transfer(TransferTerms),
    /// A certificate of the matters recorded of an account.
    Certificate(AccountNumber),
    /// Changed particulars, as notified.
    Change {
        /// The account.
        account: AccountNumber,
        /// What changes.
        change: ParticularsChange,
    },
    /// The closing of an account.
    Closing(AccountNumber),
    /// A matter of trust without a transfer.
    Trust {
        /// The trustee's account.
        account: AccountNumber,
        /// What is asked for.
        request: TrustRequest,
        /// Digest of the cause, where somebody applies in the trustee's place.
        subrogation: Option<Digest>,
    },
}

/// An application that is no longer open. Its terms are in its entry;
/// what stays in memory is what later rules ask about. Several transfers recorded
/// together are one of these, with the sums of what they owed and paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedApplication {
    /// What it was for.
    pub kind: SubjectKind,
    /// What it owed.
    pub fee_yen: Yen,
    /// What was paid of it.
    pub settled_yen: Yen,
    /// What of that was paid back.
    pub refunded_yen: Yen,
    /// How it ended.
    pub status: ApplicationStatus,
}

impl ClosedApplication {
    /// What was paid of it and not paid back.
    pub fn kept_yen(&self) -> Yen {
        self.settled_yen.checked_sub(self.refunded_yen).unwrap_or(Yen::ZERO)
    }
}

/// The kind of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SubjectKind {
    /// For an account.
    Account,
    /// For a transfer.
    Transfer,
    /// For a certificate.
    Certificate,
    /// A notification of changed particulars.
    Change,
    /// To close an account.
    Closing,
    /// A matter of trust without a transfer.
    Trust,
}

impl Subject {
    /// The kind.
    pub fn kind(&self) -> SubjectKind {
        match self {
            Subject::Account { .. } => SubjectKind::Account,
            Subject::Transfer(_) => SubjectKind::Transfer,
            Subject::Certificate(_) => SubjectKind::Certificate,
            Subject::Change { .. } => SubjectKind::Change,
            Subject::Closing(_) => SubjectKind::Closing,
            Subject::Trust { .. } => SubjectKind::Trust,
        }
    }
}

/// Where an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApplicationStatus {
    /// It waits: for its fee, then for an operator.
    Open,
    /// It was acted on, by this entry.
    Recorded(EntryIndex),
    /// The applicant withdrew it, by this entry.
    Withdrawn(EntryIndex),
    /// It was refused on this ground, by this entry.
    Refused(EntryIndex, RefusalGround),
    /// It has lapsed on this ground, by this entry.
    Lapsed(EntryIndex, LapseGround),
}

/// A trust.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    /// The entry that recorded it.
    pub entry: EntryIndex,
    /// The trustee's account.
    pub account: AccountNumber,
    /// What is recorded of it.
    pub terms: TrustTerms,
    /// A court dismissed the trustee.
    pub dismissed: bool,
}

/// A restriction on disposal that is not released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestrictionRecord {
    /// The entry that recorded it.
    pub entry: EntryIndex,
    /// The restriction.
    pub restriction: Restriction,
}

/// A year of the books.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BookYear {
    /// What it amounts to so far, or amounted to when it was closed.
    pub totals: BookTotals,
    /// The entry that closed it.
    pub closed: Option<EntryIndex>,
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its reference.
    pub reference: ProjectRef,
    /// Its title.
    pub title: Text,
    /// Its methodology.
    pub methodology: Name,
    /// When public input began.
    pub public_input_date: Option<Date>,
}

/// A partner authority's consent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The entry that recorded it.
    pub entry: EntryIndex,
    /// The project.
    pub project: ProjectRef,
    /// What was decided.
    pub decision: Decision,
}

/// An issuance: of several in one entry, each is known by its part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuance {
    /// The entry that recorded it.
    pub entry: EntryIndex,
    /// Which one of the entry, from 1.
    pub part: u16,
    /// The project.
    pub project: ProjectRef,
    /// What was decided.
    pub decision: Decision,
    /// How much was issued.
    pub quantity_tonnes: Tonnes,
}

/// The units of one issuance and one vintage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its number.
    pub number: BlockNumber,
    /// The entry that issued it.
    pub issuance: EntryIndex,
    /// Which issuance of that entry, from 1.
    pub part: u16,
    /// The project.
    pub project: ProjectRef,
    /// Calendar year of the reductions.
    pub vintage: Year,
    /// Date of issuance.
    pub issued_on: Date,
    /// Legal class.
    pub class: CreditClass,
    /// How many units it has.
    pub quantity_tonnes: Tonnes,
}
