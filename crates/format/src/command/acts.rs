//! What the acts of account holders and of the implementing body are made of:
//! rule data, applications, payments, restrictions, trusts and corrections.

use super::parts::{Holder, RuleSet};
use crate::amount::{Tonnes, Yen};
use crate::hash::{Digest, to_hex};
use crate::id::{AccountNumber, CorporateNumber, EntryIndex};
use crate::identification::IdentificationFormat;
use crate::serial::SerialRanges;
use crate::text::{Name, Text};
use crate::time::{Date, Year};
use bincode::{Decode, Encode};
use serde::Serialize;
use std::fmt;

/// The fees of the Cabinet Order from a day on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct FeePeriod {
    /// The first day.
    pub from: Date,
    /// Fee for an application to open an account.
    pub account_opening_fee_yen: Yen,
    /// Fee for an application for a transfer.
    pub transfer_fee_yen: Yen,
    /// Fee for a certificate of recorded matters.
    pub certificate_fee_yen: Yen,
}

/// Who issues invoices for fees, and how they are taxed.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct InvoiceIssuer {
    /// Name of the implementing body.
    pub name: Text,
    /// Its registration number for qualified invoices: `T` and these 13 digits.
    pub registration_number: Option<CorporateNumber>,
    /// Consumption tax contained in a fee, in percent; 0 = not taxable
    /// (Consumption Tax Act, art. 6(1), appended table 2, no. 5).
    pub tax_percent: u8,
}

/// Rule data: what may change without a new program, by a recorded command only.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Rules {
    /// Ascending by one; every entry names the version it was decided under.
    pub version: u32,
    /// The fee schedule: ascending by day, at least one period.
    pub fees: Vec<FeePeriod>,
    /// Working days after receipt in which a fee is to be paid; after them an
    /// application may be declared lapsed.
    pub payment_days: u16,
    /// Working days within which the implementing body means to act.
    pub examination_days: u16,
    /// Whether a holder may restrict from whom it receives units.
    pub transferee_acceptance: bool,
    /// Units before 2021 issued until this day serve reports under the Act.
    pub shk_issued_until: Date,
    /// Units before 2021 issued later serve them too, if public input on the
    /// project's design document had begun by this day.
    pub shk_public_input_until: Date,
    /// How identification numbers are written.
    pub identification: IdentificationFormat,
    /// Who issues invoices.
    pub invoice: Option<InvoiceIssuer>,
}

impl Rules {
    /// What is in force after genesis, until other rules are adopted.
    pub fn of_genesis(rule_set: &RuleSet) -> Rules {
        Rules {
            version: rule_set.version,
            fees: vec![FeePeriod {
                from: Date::FIRST,
                account_opening_fee_yen: rule_set.account_opening_fee_yen,
                transfer_fee_yen: rule_set.transfer_fee_yen,
                certificate_fee_yen: rule_set.certificate_fee_yen,
            }],
            payment_days: 20,
            examination_days: 10,
            transferee_acceptance: false,
            shk_issued_until: Date::PREDECESSOR_LAST,
            shk_public_input_until: Date::PREDECESSOR_LAST,
            identification: IdentificationFormat::default(),
            invoice: None,
        }
    }
}

/// A payment: the entry that recorded it and, in an imported statement, its
/// line, from 1; 0 = a payment recorded singly.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct PaymentId {
    /// The entry.
    pub entry: EntryIndex,
    /// The line.
    pub line: u16,
}

impl PaymentId {
    /// A payment recorded singly.
    pub const fn single(entry: EntryIndex) -> PaymentId {
        PaymentId { entry, line: 0 }
    }
}

impl fmt::Display for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}", self.entry),
            line => write!(f, "{}/{line}", self.entry),
        }
    }
}

impl fmt::Debug for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PaymentId({self})")
    }
}

impl Serialize for PaymentId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What tells one line of a bank statement from every other: the first 12 bytes
/// of a digest that the importing program makes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct LineKey([u8; LineKey::LEN]);

impl LineKey {
    /// Length in bytes.
    pub const LEN: usize = 12;

    /// Takes over 12 bytes.
    pub const fn from_bytes(bytes: [u8; LineKey::LEN]) -> LineKey {
        LineKey(bytes)
    }

    /// The 12 bytes.
    pub const fn as_bytes(&self) -> &[u8; LineKey::LEN] {
        &self.0
    }
}

impl fmt::Display for LineKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

impl fmt::Debug for LineKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LineKey({self})")
    }
}

impl Serialize for LineKey {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One credit of an imported bank statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct ImportedPayment {
    /// What tells it from every other line.
    pub key: LineKey,
    /// How much.
    pub amount_yen: Yen,
    /// The bank's value date.
    pub value_date: Date,
    /// The account whose holder paid, where that is known.
    pub account: Option<AccountNumber>,
}

/// Part of a payment for part of a fee.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaymentPart {
    /// The payment.
    pub payment: PaymentId,
    /// Entry of the application.
    pub application: EntryIndex,
    /// How much.
    pub amount_yen: Yen,
}

/// What is paid back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundSource {
    /// What is left of a payment.
    Payment(PaymentId),
    /// What was paid for an application that was not recorded.
    Application(EntryIndex),
}

/// Changed particulars of a holder (Act, art. 51).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct ParticularsChange {
    /// The published particulars, as a whole, if they change.
    pub holder: Option<Holder>,
    /// Salted digest of the others, if they change.
    pub particulars: Option<Digest>,
    /// The day on which the change took effect.
    pub effective: Date,
}

/// Why an application is refused (registry ordinance, art. 7(1)(i)-(vi); for an
/// account: Act, art. 50(5)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalGround {
    /// (i) A restriction on disposal is recorded.
    Restriction,
    /// (ii) An evident error in the record of the account.
    EvidentError,
    /// (iii) A wrongful act or grave breach of law in opening, issuance or transfer.
    Irregularity,
    /// (iv) The holder broke the law, or an order or instruction under it.
    Violation,
    /// (v) What is applied for is false.
    Falsehood,
    /// (vi) The procedure is defective.
    Procedure,
}

/// Why an application lapses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LapseGround {
    /// Its fee was not paid in time.
    Unpaid,
    /// What was asked for was not handed in in time.
    Incomplete,
}

/// On what a restriction rests (Cabinet Order, art. 10; registry ordinance, art. 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RestrictionGround {
    /// An order of a court or of an authority that enforces a claim.
    CourtOrder,
    /// Art. 7(1)(ii): an evident error in the record, until it is corrected.
    EvidentError,
    /// Art. 7(1)(iii).
    Irregularity,
    /// Art. 7(1)(iv).
    Violation,
}

/// A restriction on disposal.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Restriction {
    /// The account.
    pub account: AccountNumber,
    /// The units; none = whatever the account holds, now and later.
    pub ranges: Option<SerialRanges>,
    /// On what it rests.
    pub ground: RestrictionGround,
    /// The court or authority.
    pub authority: Text,
    /// Its reference.
    pub reference: Text,
    /// Digest of the order.
    pub document: Digest,
}

/// What is recorded of a trust (Cabinet Order, art. 11(2)). Names, addresses and
/// terms lie under the commitment, because they are about persons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct TrustTerms {
    /// Salted digest of items (iii) to (vi) and (x) to (xiii).
    pub details: Digest,
    /// Digest of the document that proves the cause.
    pub evidence: Digest,
    /// (vii) A trust with certificates of beneficial interest.
    pub beneficiary_certificates: bool,
    /// (viii) A trust without provisions on beneficiaries.
    pub without_beneficiaries: bool,
    /// (ix) A public-interest trust.
    pub public_interest: bool,
}

/// What is applied for of a trust together with a transfer (Cabinet Order,
/// arts. 13, 15, 16).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferTrust {
    /// The units become trust property of the transferee.
    Record(TrustTerms),
    /// The units leave the trust; digest of the document that proves the cause.
    Delete(Digest),
    /// The units pass to a new trustee.
    ChangeTrustee {
        /// The trust under the new trustee.
        terms: TrustTerms,
        /// The new trustee applies (art. 16(2)), in place of the former.
        by_new_trustee: bool,
    },
}

/// What is applied for of a trust without a transfer (Cabinet Order, arts.
/// 11(1)(iii), 14(1)(iii), 19).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrustRequest {
    /// Units of the account are trust property.
    Record {
        /// The units.
        ranges: SerialRanges,
        /// The trust.
        terms: TrustTerms,
    },
    /// Units become the trustee's own.
    Delete {
        /// The units.
        ranges: SerialRanges,
        /// Digest of the document that proves the cause.
        evidence: Digest,
        /// Digest of the beneficiaries' application.
        beneficiaries: Digest,
    },
    /// The trust's items have changed.
    Amend {
        /// Entry that recorded the trust.
        trust: EntryIndex,
        /// The items as they are now.
        terms: TrustTerms,
    },
}

/// A court's commission to change the record of a trust (Cabinet Order, arts. 17
/// and 18; registry ordinance, art. 11).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Commission {
    /// The court.
    pub court: Text,
    /// Its reference.
    pub reference: Text,
    /// The court dismissed the trustee.
    pub trustee_dismissed: bool,
}

/// Units that a correction moves.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct CorrectionMove {
    /// The account that is debited.
    pub source: AccountNumber,
    /// The account that is credited.
    pub destination: AccountNumber,
    /// The units.
    pub ranges: SerialRanges,
}

/// Why a record is corrected, and after what consultation (registry ordinance,
/// art. 15).
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct CorrectionGround {
    /// The account whose record is wrong.
    pub account: AccountNumber,
    /// The entry that is wrong.
    pub affected: EntryIndex,
    /// What is wrong with it.
    pub error: Text,
    /// The day on which the holder was consulted.
    pub consulted_on: Date,
    /// Digest of the record of the consultation.
    pub consultation: Digest,
    /// Digest of the consent of the other holder who loses units.
    pub third_party_consent: Option<Digest>,
}

/// From whom a holder receives units, where the rules allow it to choose.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Acceptance {
    /// From anybody.
    Anybody,
    /// From these accounts, ascending.
    Listed(Vec<AccountNumber>),
    /// After its consent to the single transfer.
    Consent,
}

/// What a year of the books (帳簿) amounts to. A year runs from April to March and
/// bears the number of the calendar year in which it begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct BookTotals {
    /// Entries.
    pub entries: u64,
    /// Applications received.
    pub received: u64,
    /// Applications recorded.
    pub recorded: u64,
    /// Applications refused.
    pub refused: u64,
    /// Applications withdrawn.
    pub withdrawn: u64,
    /// Applications lapsed.
    pub lapsed: u64,
    /// Payments recorded.
    pub payments_yen: Yen,
    /// Of payments, applied to fees for opening an account.
    pub account_opening_fees_yen: Yen,
    /// Applied to fees for transfers.
    pub transfer_fees_yen: Yen,
    /// Applied to fees for certificates.
    pub certificate_fees_yen: Yen,
    /// Paid back.
    pub refunded_yen: Yen,
    /// Units issued.
    pub issued_tonnes: Tonnes,
    /// Units transferred, neither retired nor cancelled.
    pub transferred_tonnes: Tonnes,
    /// Units retired.
    pub retired_tonnes: Tonnes,
    /// Units cancelled.
    pub cancelled_tonnes: Tonnes,
    /// Units moved by corrections.
    pub corrected_tonnes: Tonnes,
}

/// Notifies changed particulars (Act, art. 51(1)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotifyChange {
    /// The account.
    pub account: AccountNumber,
    /// What changes.
    pub change: ParticularsChange,
    /// Digests of the attachments.
    pub attachments: Vec<Digest>,
}

/// An individual applies to open an account: a project proponent (Act, art. 50(1)).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyIndividualAccount {
    /// Commitment to the person's identity, as registered with the project.
    pub person: Digest,
    /// Salted digest of all particulars.
    pub particulars: Digest,
    /// Digests of the attachments.
    pub attachments: Vec<Digest>,
    /// The first representative's key, which signs the application.
    pub representative: crate::key::PublicKey,
}

/// Imports the credits of a bank statement, all or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportStatement {
    /// Digest of the statement file.
    pub statement: Digest,
    /// Salted digest of the statement file, whose data the private store keeps.
    pub payers: Option<Digest>,
    /// The credits, in the order of the file.
    pub payments: Vec<ImportedPayment>,
}

/// Corrects the record of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordCorrection {
    /// Why, and after what consultation.
    pub ground: CorrectionGround,
    /// Particulars as they should have been.
    pub change: Option<ParticularsChange>,
    /// Units as far as they must move.
    pub moves: Vec<CorrectionMove>,
}

/// Pays money back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refund {
    /// What is paid back.
    pub source: RefundSource,
    /// How much.
    pub amount_yen: Yen,
    /// The bank's reference of the outgoing payment.
    pub bank_reference: Name,
    /// Why.
    pub reason: Text,
}

/// The year of the books to which a day belongs.
pub fn book_year(date: Date) -> Year {
    let year = date.year();
    if date.month() < 4 { year.before().unwrap_or(year) } else { year }
}
