//! What the ledger knows of each thing. Plain records: any value is valid here,
//! because only `apply` makes them.

use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{Authorisation, Decision, Holder, Person, Role, TransferTerms};
use jcm_format::event::{AccountCategory, CreditClass, Fee};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, BlockNumber, EntryIndex, ProjectRef};
use jcm_format::key::PublicKey;
use jcm_format::text::{Name, Text};
use jcm_format::time::{Date, Timestamp, Year};

/// A registered key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Whom it acts for.
    pub role: Role,
    /// Whether it has been revoked.
    pub revoked: bool,
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
}

/// Who holds an entity account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountHolder {
    /// The person.
    pub person: Person,
    /// The published particulars.
    pub particulars: Holder,
    /// Salted digest of the others.
    pub commitment: Digest,
}

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The entry that recorded it.
    pub entry: EntryIndex,
    /// The bank's reference.
    pub bank_reference: Name,
    /// How much arrived.
    pub amount_yen: Yen,
    /// How much is not applied yet.
    pub left_yen: Yen,
    /// The bank's value date.
    pub value_date: Date,
    /// The account whose holder paid.
    pub account: Option<AccountNumber>,
}

/// An application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// The entry that recorded it.
    pub entry: EntryIndex,
    /// When it was received.
    pub received: Timestamp,
    /// What is applied for.
    pub subject: Subject,
    /// What it owes.
    pub fee: Fee,
    /// What has been paid of it.
    pub settled_yen: Yen,
    /// Where it stands.
    pub status: ApplicationStatus,
}

impl Application {
    /// What is still to be paid.
    pub fn due_yen(&self) -> Yen {
        self.fee.amount().checked_sub(self.settled_yen).unwrap_or(Yen::ZERO)
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
}

/// An application that was acted on or withdrawn. Its terms are in its entry;
/// what stays in memory is what later rules ask about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedApplication {
    /// What it was for.
    pub kind: SubjectKind,
    /// What it owed.
    pub fee_yen: Yen,
    /// What was paid of it.
    pub settled_yen: Yen,
    /// How it ended.
    pub status: ApplicationStatus,
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
}

impl Subject {
    /// The kind.
    pub fn kind(&self) -> SubjectKind {
        match self {
            Subject::Account { .. } => SubjectKind::Account,
            Subject::Transfer(_) => SubjectKind::Transfer,
            Subject::Certificate(_) => SubjectKind::Certificate,
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

/// An authorisation, and how much of it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorisationRecord {
    /// The entry that recorded it.
    pub entry: EntryIndex,
    /// The authorisation.
    pub authorisation: Authorisation,
    /// First transferred under it.
    pub used_tonnes: Tonnes,
}

impl AuthorisationRecord {
    /// What may still be first transferred under it.
    pub fn left_tonnes(&self) -> Tonnes {
        self.authorisation.quantity_tonnes.checked_sub(self.used_tonnes).unwrap_or(Tonnes::ZERO)
    }
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

/// An issuance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuance {
    /// The entry that recorded it.
    pub entry: EntryIndex,
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

/// An executed command that could still be retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Executed {
    /// The entry that it became.
    pub entry: EntryIndex,
    /// Digest of its payload.
    pub payload: Digest,
    /// Until when it could be retried.
    pub valid_until: Timestamp,
}
