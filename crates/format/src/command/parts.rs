//! What commands and events are made of.

use crate::amount::{Tonnes, Yen};
use crate::hash::Digest;
use crate::id::{AccountNumber, CorporateNumber, Country, EntryIndex, ProjectRef};
use crate::key::{PublicKey, Signature};
use crate::serial::SerialRanges;
use crate::text::{Name, Text};
use crate::time::{Date, Year};
use bincode::{Decode, Encode};
use serde::Serialize;
use std::fmt;

/// Who a key acts for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A minister's root key.
    Authority(Name),
    /// A member of the implementing body's staff.
    Operator(Name),
    /// The competent authority of a partner country.
    Partner(Country),
    /// A representative of an account.
    Account(AccountNumber),
    /// Reads everything, signs nothing.
    Auditor(Name),
    /// A representative of an account, by name, with a power of its own.
    Representative(crate::command::Representative),
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Role::Authority(person) => write!(f, "authority:{person}"),
            Role::Operator(person) => write!(f, "operator:{person}"),
            Role::Partner(country) => write!(f, "partner:{country}"),
            Role::Account(account) => write!(f, "account:{account}"),
            Role::Auditor(person) => write!(f, "auditor:{person}"),
            Role::Representative(of) => {
                write!(f, "representative:{}:{}:{}", of.account, of.person, of.power)
            }
        }
    }
}

/// A key together with the proof that its owner holds it
/// ([`crate::envelope::possession_challenge`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyWithPossession {
    /// The key.
    pub key: PublicKey,
    /// Its signature over the challenge.
    pub possession: Signature,
}

/// Rule data: what may change without a new program, by a recorded command only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct RuleSet {
    /// Ascending; every entry names the version it was decided under.
    pub version: u32,
    /// Fee for an application to open an account.
    pub account_opening_fee_yen: Yen,
    /// Fee for an application for a transfer.
    pub transfer_fee_yen: Yen,
    /// Fee for a certificate of recorded matters.
    pub certificate_fee_yen: Yen,
}

/// A person that may hold one account.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Person {
    /// A corporation registered in Japan.
    Corporation(CorporateNumber),
    /// A corporation registered elsewhere.
    ForeignCorporation {
        /// Country of incorporation.
        country: Country,
        /// Its number in that country's register.
        number: Name,
    },
    /// An individual who is a project proponent, by the commitment to the
    /// identity under which the project's record names the person.
    Individual(Digest),
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Person::Corporation(number) => write!(f, "JP:{number}"),
            Person::ForeignCorporation { country, number } => write!(f, "{country}:{number}"),
            Person::Individual(identity) => write!(f, "individual:{identity}"),
        }
    }
}

/// The published particulars of a holder.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Holder {
    /// Name in Japanese; a foreign corporation may have none.
    pub name_ja: Option<Text>,
    /// Name in English.
    pub name_en: Text,
    /// Head office in Japanese; a foreign corporation may have none.
    pub head_office_ja: Option<Text>,
    /// Head office in English.
    pub head_office_en: Text,
}

/// What a Joint Committee decided and notified.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Decision {
    /// The committee's reference.
    pub reference: Name,
    /// Date of the decision.
    pub date: Date,
    /// First day of the monitoring period.
    pub period_start: Date,
    /// Last day of the monitoring period.
    pub period_end: Date,
    /// Notified for both sides together.
    pub notified_total_tonnes: Tonnes,
    /// Notified for the Japanese registry.
    pub notified_japan_tonnes: Tonnes,
}

/// On what an issuance rests.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Art. 45(5): the partner authority's consent, by its entry.
    Consent(EntryIndex),
    /// Supplementary provision 2(1) of Act No. 56 of 2024: units of the
    /// predecessor book that the minister recognised as equivalent.
    CarriedOver {
        /// Date of issuance in the predecessor book.
        issued_on: Date,
        /// Reference of the recognition.
        recognition_reference: Text,
    },
}

/// What one account receives of one vintage: a decided number, never a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Allocation {
    /// The account.
    pub account: AccountNumber,
    /// How much.
    pub quantity_tonnes: Tonnes,
}

/// What one calendar year of the monitoring period yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VintageIssue {
    /// The calendar year.
    pub year: Year,
    /// The sum of the allocations; zero in a year without reductions.
    pub quantity_tonnes: Tonnes,
    /// Who receives how much.
    pub allocations: Vec<Allocation>,
}

/// Which Party authorises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Japan.
    Japan,
    /// The partner country.
    Partner,
}

/// When a unit counts as first transferred under an authorisation for other
/// international mitigation purposes (decision 2/CMA.3, annex, para. 2(b)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FirstTransferDefinition {
    /// At authorisation.
    Authorisation,
    /// At issuance.
    Issuance,
    /// At use or cancellation.
    UseOrCancellation,
}

/// For what an authorisation allows use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct AuthorisedPurposes {
    /// Towards a nationally determined contribution.
    pub ndc: bool,
    /// International mitigation purposes.
    pub imp: bool,
    /// Other purposes.
    pub op: bool,
}

/// An authorisation under Article 6 of the Paris Agreement.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Authorisation {
    /// The authorising Party's identifier, unique in the registry.
    pub id: Name,
    /// Who authorises.
    pub side: Side,
    /// The partner country, on whichever side this stands.
    pub partner: Country,
    /// The cooperative approach.
    pub cooperative_approach: crate::id::CooperativeApproach,
    /// Date of the authorisation.
    pub date: Date,
    /// The most that may be first transferred under it.
    pub quantity_tonnes: Tonnes,
    /// First vintage covered.
    pub first_vintage: Year,
    /// Last vintage covered.
    pub last_vintage: Year,
    /// Purposes.
    pub purposes: AuthorisedPurposes,
    /// Definition of first transfer for other purposes than the NDC.
    pub first_transfer: FirstTransferDefinition,
    /// Projects covered, ascending; empty = all in the partner country.
    pub projects: Vec<ProjectRef>,
    /// Digest of the document.
    pub document: Digest,
}

/// The purpose of a transfer (Act, art. 52(3)(iii)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// 無効化: use towards Japan's NDC.
    Retirement,
    /// 取消し: made untransferable for any other purpose.
    Cancellation,
    /// Neither.
    Other,
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Purpose::Retirement => "retirement",
            Purpose::Cancellation => "cancellation",
            Purpose::Other => "other",
        })
    }
}

/// What a retirement or cancellation serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UseKind {
    /// Japan's nationally determined contribution, without a report of one's own.
    Ndc,
    /// Greenhouse gas accounting and reporting under the Act (SHK).
    Shk,
    /// The emissions trading system (GX-ETS).
    GxEts,
    /// A voluntary claim.
    Voluntary,
    /// International mitigation purposes (IMP), such as CORSIA.
    InternationalMitigation,
    /// Anything else.
    Other,
    /// Other purposes under Article 6 (OP).
    OtherPurposes,
    /// Overall mitigation in global emissions (OMGE).
    Omge,
}

impl UseKind {
    /// Whether only Article 6 knows of the use.
    pub const fn needs_article6(self) -> bool {
        matches!(self, UseKind::OtherPurposes | UseKind::Omge)
    }
}

/// What a retirement or cancellation is for, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Use {
    /// The kind of use.
    pub kind: UseKind,
    /// Fiscal year of the report that it serves.
    pub reporting_year: Option<Year>,
    /// The corporation in whose favour it is; `None` = the applicant.
    pub beneficiary: Option<Text>,
}

/// What a transfer does, as the applicant asked for it (Act, art. 52(3)).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct TransferTerms {
    /// The account that is debited.
    pub source: AccountNumber,
    /// The account that is credited.
    pub destination: AccountNumber,
    /// The units.
    pub ranges: SerialRanges,
    /// The purpose.
    pub purpose: Purpose,
    /// Declared free of charge to a government account.
    pub gratuitous: bool,
    /// What it serves.
    pub use_: Option<Use>,
}

/// Creates the registry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// The key that signs checkpoints.
    pub log_key: PublicKey,
    /// The ministers' root keys, at least two.
    pub authorities: Vec<(Name, PublicKey)>,
    /// The first rule set; its version is 1.
    pub rule_set: RuleSet,
}

/// Records a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordPayment {
    /// The bank's reference.
    pub bank_reference: Name,
    /// How much.
    pub amount_yen: Yen,
    /// The day on which the bank credited it.
    pub value_date: Date,
    /// The account whose holder paid, where there is one.
    pub account: Option<AccountNumber>,
    /// Salted digest of the payer's name.
    pub payer: Option<Digest>,
}

/// Applies to open an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyAccount {
    /// Who applies.
    pub person: Person,
    /// The published particulars.
    pub holder: Holder,
    /// Salted digest of the particulars that are not published.
    pub particulars: Digest,
    /// Digests of the attachments.
    pub attachments: Vec<Digest>,
    /// The first representative's key, which signs the application.
    pub representative: PublicKey,
}

/// Registers a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterProject {
    /// Its reference.
    pub reference: ProjectRef,
    /// Its title.
    pub title: Text,
    /// Its methodology.
    pub methodology: Name,
    /// When public input on the design document began.
    pub public_input_date: Option<Date>,
}

/// Issues units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordIssuance {
    /// The project.
    pub project: ProjectRef,
    /// What was decided.
    pub decision: Decision,
    /// On what the issuance rests.
    pub basis: Basis,
    /// The certified verifier.
    pub verifier: Text,
    /// Digest of the verification report.
    pub verification_report: Digest,
    /// The sum over all vintages.
    pub quantity_tonnes: Tonnes,
    /// One for each calendar year of the monitoring period.
    pub vintages: Vec<VintageIssue>,
    /// Japan's and the partner's authorisation, for a first transfer at issuance.
    pub authorisations: Option<(Name, Name)>,
}
