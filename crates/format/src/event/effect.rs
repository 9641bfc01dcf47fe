//! Variants are numbered by their position and never reordered: the number is
//! in every stored entry. New effects go to the end.

use super::*;

/// One effect. A field without a comment is what its name says.
#[allow(missing_docs)]
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// 0. The registry exists.
    RegistryCreated {
        /// Its origin, which is also the name of its checkpoint key.
        origin: Origin,
        /// The key that signs checkpoints.
        log_key: PublicKey,
    },
    /// 1. The rule data in force from the next entry on.
    RuleSetAdopted {
        /// The rule set.
        rule_set: RuleSet,
    },
    /// 2. A government account (registry ordinance, art. 2(1)).
    GovernmentAccountOpened {
        /// Its number.
        account: AccountNumber,
        /// Its category.
        category: AccountCategory,
    },
    /// 3. A key is valid from the next entry on.
    KeyRegistered {
        key: PublicKey,
        /// Whom it acts for.
        role: Role,
    },
    /// 4. A key is not valid from the next entry on.
    KeyRevoked { key: PublicKey },
    /// 5. A person is an operator.
    OperatorAppointed { person: Name },
    /// 6. A person is no longer an operator; all keys are revoked.
    OperatorRemoved { person: Name },
    /// 7. A payment arrived. It is known by this entry.
    PaymentRecorded {
        /// The bank's reference.
        bank_reference: Name,
        /// How much.
        amount_yen: Yen,
        /// The bank's value date.
        value_date: Date,
        /// The account whose holder paid.
        account: Option<AccountNumber>,
        /// Salted digest of the payer's name.
        payer: Option<Digest>,
    },
    /// 8. Part of a payment settles part of a fee.
    PaymentApplied {
        /// Entry of the payment.
        payment: EntryIndex,
        /// Entry of the application; `None` = the application of this entry.
        application: Option<EntryIndex>,
        /// How much.
        amount_yen: Yen,
    },
    /// 9. An application for an account. It is known by this entry.
    AccountApplied {
        /// Who applies.
        person: Person,
        /// The published particulars.
        holder: Holder,
        /// Salted digest of the others.
        particulars: Digest,
        /// Digests of the attachments.
        attachments: Vec<Digest>,
        /// The first representative's key.
        representative: PublicKey,
        fee: Fee,
    },
    /// 10. An entity account is open.
    AccountOpened {
        /// Entry of the application.
        application: EntryIndex,
        /// Its number.
        account: AccountNumber,
    },
    /// 11. An application is withdrawn; what it reserved is free.
    ApplicationWithdrawn {
        /// Entry of the application.
        application: EntryIndex,
    },
    /// 12. A project is registered.
    ProjectRegistered {
        /// Its reference.
        reference: ProjectRef,
        /// Its title.
        title: Text,
        /// Its methodology.
        methodology: Name,
        /// When public input on the design document began.
        public_input_date: Option<Date>,
    },
    /// 13. An authorisation under Article 6. It is known by this entry.
    AuthorisationRecorded {
        /// The authorisation.
        authorisation: Authorisation,
    },
    /// 14. A partner authority's consent. It is known by this entry.
    IssuanceConsented {
        /// The project.
        project: ProjectRef,
        /// What was decided.
        decision: Decision,
    },
    /// 15. An issuance; its blocks follow.
    IssuanceRecorded {
        /// The project.
        project: ProjectRef,
        /// What was decided.
        decision: Decision,
        /// On what it rests.
        basis: Basis,
        /// The certified verifier.
        verifier: Text,
        /// Digest of the verification report.
        verification_report: Digest,
        /// The sum over all blocks.
        quantity_tonnes: Tonnes,
    },
    /// 16. One vintage of the issuance before it.
    BlockIssued {
        /// Number of the block.
        block: BlockNumber,
        /// Calendar year in which the reductions occurred.
        vintage: Year,
        /// Date of issuance, in this book or its predecessor.
        issued_on: Date,
        /// Legal class.
        class: CreditClass,
        /// Who holds which units first: together the whole block, ascending.
        allocations: Vec<Holding>,
    },
    /// 17. Units become internationally transferred mitigation outcomes, once.
    FirstTransferred {
        /// The units.
        range: SerialRange,
        /// Entry of Japan's authorisation.
        japan: EntryIndex,
        /// Entry of the partner's authorisation.
        partner: EntryIndex,
    },
    /// 18. An application for a transfer, known by this entry; its units are reserved.
    TransferApplied {
        /// What is asked for.
        terms: TransferTerms,
        fee: Fee,
    },
    /// 19. The transfer is recorded: debit and credit at once (art. 52(4)).
    TransferRecorded {
        /// Entry of the application; `None` = the application of this entry.
        application: Option<EntryIndex>,
    },
    /// 20. A corresponding adjustment: Japan subtracts, the partner adds.
    AdjustmentBooked {
        /// The partner country.
        partner: Country,
        /// Year in which the mitigation occurred.
        vintage: Year,
        /// How much, on both sides.
        quantity_tonnes: Tonnes,
        /// Entry of Japan's authorisation.
        japan_authorisation: EntryIndex,
        /// Entry of the partner's authorisation.
        partner_authorisation: EntryIndex,
    },
    /// 21. A request for a certificate. It is known by this entry.
    CertificateRequested { account: AccountNumber, fee: Fee },
    /// 22. A certificate of the matters recorded before this entry.
    CertificateIssued {
        /// Entry of the request; `None` = the request of this entry.
        application: Option<EntryIndex>,
    },
    /// 23. Rule data in force from the next entry on.
    RulesAdopted {
        /// The rules.
        rules: Rules,
    },
    /// 24. The days of a year on which no work is done, beside weekends.
    CalendarAdopted {
        /// The country.
        country: Country,
        /// The year.
        year: Year,
        /// The days, ascending.
        holidays: Vec<Date>,
    },
    /// 25. The name of a government account.
    GovernmentAccountNamed {
        account: AccountNumber,
        /// In Japanese.
        name_ja: Text,
        /// In English.
        name_en: Text,
    },
    /// 26. An individual is a proponent of a project (Act, art. 43(5)).
    ProponentRegistered {
        /// The project.
        project: ProjectRef,
        /// Commitment to the person's identity.
        person: Digest,
    },
    /// 27. An individual's application for an account. It is known by this entry.
    IndividualApplied {
        /// Commitment to the person's identity.
        person: Digest,
        /// Salted digest of all particulars.
        particulars: Digest,
        /// Digests of the attachments.
        attachments: Vec<Digest>,
        /// The first representative's key.
        representative: PublicKey,
        fee: Fee,
    },
    /// 28. A notification of changed particulars. It is known by this entry.
    ChangeNotified {
        account: AccountNumber,
        /// What changes.
        change: ParticularsChange,
        /// Digests of the attachments.
        attachments: Vec<Digest>,
    },
    /// 29. The particulars of an account are changed.
    ParticularsChanged {
        /// Entry of the notification; `None` = a correction.
        application: Option<EntryIndex>,
        account: AccountNumber,
        /// What changes.
        change: ParticularsChange,
    },
    /// 30. An application to close an account. It is known by this entry.
    ClosingApplied {
        account: AccountNumber,
        /// Digests of the attachments.
        attachments: Vec<Digest>,
    },
    /// 31. The account is closed for ever.
    AccountClosed {
        /// Entry of the application.
        application: EntryIndex,
        account: AccountNumber,
    },
    /// 32. Something is missing from an application.
    CompletionRequested {
        /// Entry of the application.
        application: EntryIndex,
        /// What.
        items: Vec<Text>,
        /// Until when it is to be handed in.
        due: Date,
    },
    /// 33. What was missing was handed in.
    ApplicationCompleted {
        /// Entry of the application.
        application: EntryIndex,
        /// Digests of the attachments.
        attachments: Vec<Digest>,
    },
    /// 34. An application is refused; what it reserved is free.
    ApplicationRefused {
        /// Entry of the application.
        application: EntryIndex,
        /// On what ground.
        ground: RefusalGround,
        /// In words.
        explanation: Text,
    },
    /// 35. An application has lapsed; what it reserved is free.
    ApplicationLapsed {
        /// Entry of the application.
        application: EntryIndex,
        /// On what ground.
        ground: LapseGround,
    },
    /// 36. The applicant handed in a proof of payment.
    PaymentProofSubmitted {
        /// Entry of the application.
        application: EntryIndex,
        /// Digest of the document.
        document: Digest,
    },
    /// 37. The credits of a bank statement, each known by entry and position, from 1.
    StatementImported {
        /// Digest of the statement file.
        statement: Digest,
        /// Salted digest of the same file, kept in the private store.
        payers: Option<Digest>,
        /// The credits.
        payments: Vec<ImportedPayment>,
    },
    /// 38. As `PaymentApplied`, from a line of an imported statement.
    PaymentLineApplied {
        /// The payment.
        payment: PaymentId,
        /// Entry of the application; `None` = the application of this entry.
        application: Option<EntryIndex>,
        /// How much.
        amount_yen: Yen,
    },
    /// 39. Money is paid back.
    Refunded {
        /// What is paid back.
        source: RefundSource,
        /// How much.
        amount_yen: Yen,
        /// The bank's reference of the outgoing payment.
        bank_reference: Name,
    },
    /// 40. A restriction on disposal. It is known by this entry.
    RestrictionRecorded {
        /// The restriction.
        restriction: Restriction,
    },
    /// 41. A restriction is released.
    RestrictionReleased {
        /// Entry of the restriction.
        restriction: EntryIndex,
    },
    /// 42. What the application for a transfer before it asks for of a trust.
    TransferTrustStated {
        /// What.
        trust: TransferTrust,
    },
    /// 43. An application about a trust without a transfer, known by this entry.
    TrustApplied {
        /// The trustee's account.
        account: AccountNumber,
        /// What is asked for.
        request: TrustRequest,
        /// Digest of the cause, where a beneficiary or settlor applies in the
        /// trustee's place (Cabinet Order, art. 12).
        subrogation: Option<Digest>,
    },
    /// 44. Units are trust property. The trust is known by this entry.
    TrustRecorded {
        /// The trustee's account.
        account: AccountNumber,
        /// The units.
        ranges: SerialRanges,
        /// The trust.
        terms: TrustTerms,
    },
    /// 45. Units are no longer trust property.
    TrustDeleted {
        /// The units.
        ranges: SerialRanges,
    },
    /// 46. The items of a trust are changed.
    TrustAmended {
        /// Entry that recorded the trust.
        trust: EntryIndex,
        /// The items as they are now.
        terms: TrustTerms,
        /// By whose commission, where a court's.
        commission: Option<Commission>,
    },
    /// 47. An application about a trust is recorded.
    TrustApplicationRecorded {
        /// Entry of the application.
        application: EntryIndex,
    },
    /// 48. A record is corrected by what follows.
    CorrectionRecorded {
        /// Why, and after what consultation.
        ground: CorrectionGround,
    },
    /// 49. Units move by a correction.
    UnitsMoved {
        /// From where to where, and which.
        units: CorrectionMove,
    },
    /// 50. From whom an account receives units.
    AcceptanceSet {
        account: AccountNumber,
        /// From whom.
        acceptance: Acceptance,
    },
    /// 51. The transferee consents to a transfer applied for.
    TransferAccepted {
        /// Entry of the application.
        application: EntryIndex,
    },
    /// 52. The digest of what the certificate before it says.
    CertificateStated {
        account: AccountNumber,
        /// The digest.
        digest: Digest,
    },
    /// 53. A year of the books is closed.
    BooksClosed {
        /// The year.
        year: Year,
        /// What it amounts to.
        totals: BookTotals,
    },
    /// 54. Personal data is erased from the private store for good.
    PersonalDataErased {
        /// The commitment to it.
        commitment: Digest,
    },
    /// 55. Rule data for the protection of accounts, in force from the next entry.
    SafeguardsAdopted {
        /// The rule data.
        safeguards: Safeguards,
    },
    /// 56. How an account may be used, from a day on.
    MandateSet {
        account: AccountNumber,
        /// How.
        mandate: Mandate,
        /// The first day.
        effective: Date,
    },
    /// 57. An account trusts another, from a day on.
    TrustedAdded {
        account: AccountNumber,
        /// Whom it trusts.
        trusted: AccountNumber,
        /// The first day.
        effective: Date,
    },
    /// 58. An account no longer trusts another.
    TrustedRemoved {
        account: AccountNumber,
        /// Whom.
        trusted: AccountNumber,
    },
    /// 59. Nothing goes out of the account.
    AccountFrozen { account: AccountNumber },
    /// 60. The freeze is over.
    AccountUnfrozen { account: AccountNumber },
    /// 61. The transfer applied for before it is not recorded before a day.
    TransferDelayed {
        /// The first day.
        not_before: Date,
    },
    /// 62. A new key is asked for. The recovery is known by this entry.
    RecoveryRequested {
        /// Whom the new key acts for.
        representative: Representative,
        /// The new key.
        key: PublicKey,
        /// The first day on which it may be registered.
        not_before: Date,
    },
    /// 63. A recovery is stopped.
    RecoveryCancelled {
        /// Entry of the request.
        recovery: EntryIndex,
    },
    /// 64. A recovery is complete; the key's registration follows.
    RecoveryCompleted {
        /// Entry of the request.
        recovery: EntryIndex,
    },
    /// 65. Rule data for Article 6, in force from the next entry on.
    Article6Adopted(Article6),
    /// 66. The rest of the authorisation recorded by the effect before it.
    AuthorisationDetailed(AuthorisationDetails),
    /// 67. A later version of an authorisation. The version is known by this entry.
    AuthorisationChanged(AuthorisationChange),
    /// 68. Nothing is first transferred under an authorisation any more.
    AuthorisationRevoked(AuthorisationRevocation),
    /// 69. A partner has added what Japan subtracts. Known by this entry.
    AdjustmentConfirmed(Confirmation),
    /// 70. A confirmation counts no longer.
    ConfirmationWithdrawn {
        /// Entry of the confirmation.
        confirmation: EntryIndex,
    },
    /// 71. What the transfer applied for before it says of persons.
    UseStated(UseDetails),
}
