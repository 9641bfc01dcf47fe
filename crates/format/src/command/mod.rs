//! Commands: what a caller signs, parsed into types.
//!
//! [`Command::parse`] is the only way from bytes to a command. It refuses what
//! does not encode again to the same bytes, so that nothing is signed that was
//! not shown. Specification: `docs/spec/commands.md`.

mod acts;
mod article6;
mod build;
mod field;
mod guard;
mod name;
mod parse;
mod parts;

pub use acts::{
    Acceptance, ApplyIndividualAccount, BookTotals, Commission, CorrectionGround, CorrectionMove,
    FeePeriod, ImportStatement, ImportedPayment, InvoiceIssuer, LapseGround, LineKey, NotifyChange,
    ParticularsChange, PaymentId, PaymentPart, RecordCorrection, Refund, RefundSource,
    RefusalGround, Restriction, RestrictionGround, Rules, TransferTrust, TrustRequest, TrustTerms,
    book_year,
};
pub use article6::{
    ActivityType, ApplyTransfers, Article6, AuthorisationChange, AuthorisationDetails,
    AuthorisationRevocation, AuthorisationTerms, AuthorisedEntity, Confirmation, EntityRef,
    ItmoRendering, MitigationType, Sector, TransferPart, UseDetails, YearSpan,
};
pub use field::{FieldError, FieldRule};
pub use guard::{Control, Mandate, Power, Representative, Safeguards};
pub use parts::{
    Allocation, ApplyAccount, Authorisation, AuthorisedPurposes, Basis, Decision,
    FirstTransferDefinition, Genesis, Holder, KeyWithPossession, Person, Purpose, RecordIssuance,
    RecordPayment, RegisterProject, Role, RuleSet, Side, TransferTerms, Use, UseKind, VintageIssue,
};

use crate::amount::Yen;
use crate::event::AccountCategory;
use crate::hash::Digest;
use crate::id::{AccountNumber, CommandId, Country, EntryIndex, ProjectRef};
use crate::key::PublicKey;
use crate::limits::PAYLOAD_BYTES_MAX;
use crate::pb;
use crate::text::{Name, Text};
use crate::time::{Date, Timestamp, Year};
use crate::tlog::Origin;
use prost::Message as _;

/// A command, with its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The registry that is to execute it.
    pub registry: Origin,
    /// The caller's id.
    pub id: CommandId,
    /// The last moment at which it may be executed.
    pub valid_until: Timestamp,
    /// The exact effect that the signers saw, if they pinned it.
    pub effect_digest: Option<Digest>,
    /// What is to be done.
    pub body: Body,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Entry 0: creates the registry.
    Genesis(Genesis),
    /// Registers a further key.
    RegisterKey {
        /// Whom it acts for.
        role: Role,
        /// The key.
        key: KeyWithPossession,
    },
    /// Revokes a key from the next entry on.
    RevokeKey {
        /// The key.
        key: PublicKey,
        /// Why.
        reason: Text,
    },
    /// Appoints a member of staff as operator.
    AppointOperator {
        /// Stable name.
        person: Name,
        /// First key.
        key: KeyWithPossession,
    },
    /// Removes an operator with all keys.
    RemoveOperator {
        /// Stable name.
        person: Name,
        /// Why.
        reason: Text,
    },
    /// Records a payment that the bank reported.
    RecordPayment(RecordPayment),
    /// Applies a payment, or part of it, to an application.
    ApplyPayment {
        /// Entry of the payment.
        payment: EntryIndex,
        /// Entry of the application.
        application: EntryIndex,
        /// How much of it.
        amount_yen: Yen,
    },
    /// Applies to open an account (art. 50(3)).
    ApplyAccount(ApplyAccount),
    /// Opens the account applied for (art. 50(5)).
    OpenAccount {
        /// Entry of the application.
        application: EntryIndex,
    },
    /// Registers a project.
    RegisterProject(RegisterProject),
    /// Records an authorisation under Article 6.
    RecordAuthorisation {
        /// What is authorised.
        authorisation: Authorisation,
        /// The rest of it; none until Article 6 is adopted.
        details: Option<AuthorisationDetails>,
    },
    /// Records the partner authority's consent to an issuance (art. 45(5)).
    ConsentIssuance {
        /// The project.
        project: ProjectRef,
        /// What was decided.
        decision: Decision,
    },
    /// Issues units (art. 45(5)).
    RecordIssuance(RecordIssuance),
    /// Applies for a transfer (art. 52(2)).
    ApplyTransfer {
        /// What is asked for.
        terms: TransferTerms,
        /// What the use says of persons.
        use_details: Option<UseDetails>,
        /// What is asked for of a trust together with it.
        trust: Option<TransferTrust>,
        /// Payment to draw the fee from.
        fee_payment: Option<PaymentId>,
    },
    /// Records a transfer whose application waited (art. 52(4)).
    RecordTransfer {
        /// Entry of the application.
        application: EntryIndex,
    },
    /// Withdraws an application before it is acted on.
    WithdrawApplication {
        /// Entry of the application.
        application: EntryIndex,
        /// Why.
        reason: Text,
    },
    /// Requests a certificate of recorded matters (art. 57-2).
    RequestCertificate {
        /// The account.
        account: AccountNumber,
        /// Payment to draw the fee from.
        fee_payment: Option<PaymentId>,
    },
    /// Issues the certificate requested.
    IssueCertificate {
        /// Entry of the request.
        application: EntryIndex,
    },
    /// Adopts rule data.
    AdoptRules(Rules),
    /// Adopts the holidays of a year.
    AdoptCalendar {
        /// The country.
        country: Country,
        /// The year.
        year: Year,
        /// The days, ascending.
        holidays: Vec<Date>,
    },
    /// Opens a government account (registry ordinance, art. 2(1)).
    OpenGovernmentAccount {
        /// Its category.
        category: AccountCategory,
        /// In Japanese.
        name_ja: Text,
        /// In English.
        name_en: Text,
    },
    /// Registers an individual as proponent of a project.
    RegisterProponent {
        /// The project.
        project: ProjectRef,
        /// Commitment to the person's identity.
        person: Digest,
    },
    /// An individual applies to open an account.
    ApplyIndividualAccount(ApplyIndividualAccount),
    /// Notifies changed particulars (art. 51).
    NotifyChange(NotifyChange),
    /// Applies to close an account (registry ordinance, art. 14).
    ApplyClosing {
        /// The account.
        account: AccountNumber,
        /// Digests of the attachments.
        attachments: Vec<Digest>,
    },
    /// Records a change, a closing or a matter of trust that was applied for.
    RecordApplication {
        /// Entry of the application.
        application: EntryIndex,
    },
    /// Asks the applicant for what is missing.
    RequestCompletion {
        /// Entry of the application.
        application: EntryIndex,
        /// What.
        items: Vec<Text>,
        /// Until when.
        due: Date,
    },
    /// Hands in what was missing.
    CompleteApplication {
        /// Entry of the application.
        application: EntryIndex,
        /// Digests of the attachments.
        attachments: Vec<Digest>,
    },
    /// Refuses an application.
    RefuseApplication {
        /// Entry of the application.
        application: EntryIndex,
        /// On what ground.
        ground: RefusalGround,
        /// In words.
        explanation: Text,
    },
    /// Declares an application lapsed.
    LapseApplication {
        /// Entry of the application.
        application: EntryIndex,
    },
    /// Hands in a proof of payment (registry ordinance, art. 17).
    SubmitPaymentProof {
        /// Entry of the application.
        application: EntryIndex,
        /// Digest of the document.
        document: Digest,
    },
    /// Imports a bank statement.
    ImportStatement(ImportStatement),
    /// Applies several payments, or parts of them, all or none.
    ApplyPayments {
        /// The parts, in order.
        parts: Vec<PaymentPart>,
    },
    /// Pays money back.
    Refund(Refund),
    /// Records a restriction on disposal (Cabinet Order, art. 10).
    RecordRestriction(Restriction),
    /// Releases a restriction.
    ReleaseRestriction {
        /// Entry of the restriction.
        restriction: EntryIndex,
        /// Reference of the release.
        reference: Text,
        /// Digest of the document.
        document: Digest,
    },
    /// Applies for a matter of trust without a transfer (Cabinet Order, arts. 11
    /// to 19).
    ApplyTrust {
        /// The trustee's account.
        account: AccountNumber,
        /// What is asked for.
        request: TrustRequest,
        /// Digest of the cause, where somebody applies in the trustee's place.
        subrogation: Option<Digest>,
    },
    /// Records what a court commissions (Cabinet Order, arts. 17 and 18).
    RecordCommission {
        /// Entry that recorded the trust.
        trust: EntryIndex,
        /// The items as they are now.
        terms: TrustTerms,
        /// By whose commission.
        commission: Commission,
    },
    /// Corrects a record (registry ordinance, art. 15).
    RecordCorrection(RecordCorrection),
    /// Says from whom an account receives units.
    SetAcceptance {
        /// The account.
        account: AccountNumber,
        /// From whom.
        acceptance: Acceptance,
    },
    /// Consents to a transfer that was applied for.
    AcceptTransfer {
        /// Entry of the application.
        application: EntryIndex,
    },
    /// Closes a year of the books (ordinance on the designated body, art. 11).
    CloseBooks {
        /// The year, from April to March.
        year: Year,
    },
    /// Erases personal data from the private store for good.
    EraseData {
        /// The commitment to it.
        commitment: Digest,
        /// Why.
        reason: Text,
    },
    /// Adopts rule data for the protection of accounts.
    AdoptSafeguards(Safeguards),
    /// Says how an account may be used.
    SetMandate {
        /// The account.
        account: AccountNumber,
        /// How.
        mandate: Mandate,
    },
    /// Adds an account to the trusted list of another.
    TrustAccount {
        /// The account.
        account: AccountNumber,
        /// Whom it trusts.
        trusted: AccountNumber,
    },
    /// Takes an account off the trusted list.
    DistrustAccount {
        /// The account.
        account: AccountNumber,
        /// Whom it no longer trusts.
        trusted: AccountNumber,
    },
    /// Stops everything that goes out of an account.
    FreezeAccount {
        /// The account.
        account: AccountNumber,
        /// Why.
        reason: Text,
    },
    /// Ends a freeze.
    UnfreezeAccount {
        /// The account.
        account: AccountNumber,
        /// Why.
        reason: Text,
    },
    /// Asks for a new key of an account whose keys are lost.
    RequestRecovery {
        /// Whom the new key acts for.
        representative: Representative,
        /// The new key.
        key: KeyWithPossession,
        /// Why, and how the person was identified.
        reason: Text,
    },
    /// Stops a recovery.
    CancelRecovery {
        /// Entry of the request.
        recovery: EntryIndex,
        /// Why.
        reason: Text,
    },
    /// Registers the new key after the waiting time.
    CompleteRecovery {
        /// Entry of the request.
        recovery: EntryIndex,
    },
    /// Adopts rule data for Article 6.
    AdoptArticle6(Article6),
    /// Records a later version of an authorisation.
    ChangeAuthorisation(AuthorisationChange),
    /// Ends an authorisation.
    RevokeAuthorisation {
        /// Which, since when and by which document.
        revocation: AuthorisationRevocation,
        /// Why.
        reason: Text,
    },
    /// A partner confirms that it added what Japan subtracts.
    ConfirmAdjustment(Confirmation),
    /// Takes a mistaken confirmation back.
    WithdrawConfirmation {
        /// Entry of the confirmation.
        confirmation: EntryIndex,
        /// Why.
        reason: Text,
    },
    /// Applies for several transfers, all or none.
    ApplyTransfers(ApplyTransfers),
    /// Issues units several times, all or none.
    RecordIssuances {
        /// The issuances, in order.
        parts: Vec<RecordIssuance>,
    },
}

/// The payload is not a command.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// More bytes than allowed.
    #[error("the payload has more than {PAYLOAD_BYTES_MAX} bytes")]
    TooLong,
    /// Not a protobuf message of this kind.
    #[error("the payload does not decode as a jcm.registry.v1.Command")]
    Malformed,
    /// It holds something unknown, repeated, out of order or at its default.
    #[error(
        "the payload does not encode again to the same bytes: remove unknown or repeated fields and fields at their default value, and write fields in the order of their numbers"
    )]
    NotCanonical,
    /// A field breaks a rule of form.
    #[error("a field breaks a rule of form")]
    Field(#[source] FieldError),
}

impl Command {
    /// Reads a command from the bytes that were signed.
    pub fn parse(payload: &[u8]) -> Result<Command, PayloadError> {
        if payload.len() > PAYLOAD_BYTES_MAX {
            return Err(PayloadError::TooLong);
        }
        let message = pb::Command::decode(payload).map_err(|_| PayloadError::Malformed)?;
        if message.encode_to_vec() != payload {
            return Err(PayloadError::NotCanonical);
        }
        parse::command(message).map_err(PayloadError::Field)
    }

    /// The bytes to sign.
    pub fn to_payload(&self) -> Vec<u8> {
        build::command(self).encode_to_vec()
    }
}

#[cfg(test)]
mod tests;
