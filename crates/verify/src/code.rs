//! The stable codes of findings (`docs/spec/verification.md`).
//!
//! Codes of the commands' own rules are the reasons of `docs/spec/commands.md`,
//! with the same numbers; the others are the verifier's and have no number.
//! Codes of rules of form come from the format itself and are not listed here.

use jcm_format::command::Body;

macro_rules! codes {
    ($($name:ident = $reason:literal, $number:expr, $article:expr;)*) => {
        /// What may be wrong with a log.
        #[allow(missing_docs)]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $($name,)*
        }

        impl Code {
            /// Every code, in the order of the specification.
            pub const ALL: &[Code] = &[$(Code::$name,)*];

            /// The stable text.
            pub const fn reason(self) -> &'static str {
                match self { $(Code::$name => $reason,)* }
            }

            /// The number of the rule in `docs/spec/commands.md`.
            pub const fn number(self) -> Option<u16> {
                match self { $(Code::$name => $number,)* }
            }

            /// The article that the rule rests on.
            pub const fn article(self) -> Option<&'static str> {
                match self { $(Code::$name => $article,)* }
            }
        }
    };
}

codes! {
    LogEmpty = "LOG_EMPTY", None, None;
    FileMagic = "FILE_MAGIC", None, None;
    SegmentName = "SEGMENT_NAME", None, None;
    FrameTruncated = "FRAME_TRUNCATED", None, None;
    FrameLength = "FRAME_LENGTH", None, None;
    FrameCheck = "FRAME_CHECK", None, None;
    FrameBody = "FRAME_BODY", None, None;
    FramePosition = "FRAME_POSITION", None, None;
    EntryMalformed = "ENTRY_MALFORMED", None, None;
    EntryIndex = "ENTRY_INDEX", None, None;
    ChainBroken = "CHAIN_BROKEN", None, None;
    TimeReversed = "TIME_REVERSED", None, None;
    LogKeyUnknown = "LOG_KEY_UNKNOWN", None, None;
    LogKeyDiffers = "LOG_KEY_DIFFERS", None, None;
    GenesisDiffers = "GENESIS_DIFFERS", None, None;
    CheckpointMalformed = "CHECKPOINT_MALFORMED", None, None;
    CheckpointOrigin = "CHECKPOINT_ORIGIN", None, None;
    CheckpointSignature = "CHECKPOINT_SIGNATURE", None, None;
    CheckpointSize = "CHECKPOINT_SIZE", None, None;
    CheckpointRoot = "CHECKPOINT_ROOT", None, None;
    HeadDamaged = "HEAD_DAMAGED", None, None;
    HeadSignature = "HEAD_SIGNATURE", None, None;
    LogTruncated = "LOG_TRUNCATED", None, None;
    LogRewritten = "LOG_REWRITTEN", None, None;
    BundleMalformed = "BUNDLE_MALFORMED", None, None;
    TileMissing = "TILE_MISSING", None, None;
    TileDiffers = "TILE_DIFFERS", None, None;
    SplitView = "SPLIT_VIEW", None, None;
    SeenBeyond = "SEEN_BEYOND", None, None;
    SeenNotBelieved = "SEEN_NOT_BELIEVED", None, None;
    HistoryDiffers = "HISTORY_DIFFERS", None, None;
    StateDiffers = "STATE_DIFFERS", None, None;
    ReportDiffers = "REPORT_DIFFERS", None, None;
    CommandRepeated = "COMMAND_REPEATED", None, None;
    RuleSetVersion = "RULE_SET_VERSION", None, None;
    EffectMismatch = "EFFECT_MISMATCH", None, None;
    ConservationBroken = "CONSERVATION_BROKEN", None, Some("art. 48");
    WrongRegistry = "WRONG_REGISTRY", Some(204), None;
    CommandExpired = "COMMAND_EXPIRED", Some(205), None;
    ValidityTooLong = "VALIDITY_TOO_LONG", Some(206), None;
    CommandIdReused = "COMMAND_ID_REUSED", Some(207), None;
    KeyUnknown = "KEY_UNKNOWN", Some(208), None;
    KeyRevoked = "KEY_REVOKED", Some(209), None;
    RoleNotPermitted = "ROLE_NOT_PERMITTED", Some(301), None;
    SecondSignatureMissing = "SECOND_SIGNATURE_MISSING", Some(302), None;
    EffectNotPinned = "EFFECT_NOT_PINNED", Some(303), None;
    RegistryExists = "REGISTRY_EXISTS", Some(401), None;
    RegistryMissing = "REGISTRY_MISSING", Some(402), None;
    KeyUnsuitable = "KEY_UNSUITABLE", Some(403), None;
    OperatorUnknown = "OPERATOR_UNKNOWN", Some(404), None;
    AccountUnknown = "ACCOUNT_UNKNOWN", Some(405), None;
    KeyAlreadyRegistered = "KEY_ALREADY_REGISTERED", Some(406), None;
    PossessionNotProved = "POSSESSION_NOT_PROVED", Some(407), None;
    KeyNotRegistered = "KEY_NOT_REGISTERED", Some(408), None;
    LastAuthorityKeys = "LAST_AUTHORITY_KEYS", Some(409), None;
    OperatorExists = "OPERATOR_EXISTS", Some(410), None;
    RulesVersion = "RULES_VERSION", Some(411), None;
    FeesNotInForce = "FEES_NOT_IN_FORCE", Some(412), Some("CO art. 20(1)");
    GovernmentAccountsFull = "GOVERNMENT_ACCOUNTS_FULL", Some(414), Some("RO art. 2(1)");
    CalendarMissing = "CALENDAR_MISSING", Some(417), None;
    PersonInTwoRoles = "PERSON_IN_TWO_ROLES", Some(418), None;
    PaymentRecordedBefore = "PAYMENT_RECORDED_BEFORE", Some(501), Some("RO art. 17");
    ValueDateInFuture = "VALUE_DATE_IN_FUTURE", Some(502), Some("RO art. 17");
    PaymentUnknown = "PAYMENT_UNKNOWN", Some(503), Some("RO art. 17");
    ApplicationUnknown = "APPLICATION_UNKNOWN", Some(504), None;
    ApplicationClosed = "APPLICATION_CLOSED", Some(505), None;
    PaymentOfAnother = "PAYMENT_OF_ANOTHER", Some(506), Some("RO art. 17");
    PaymentSpent = "PAYMENT_SPENT", Some(507), Some("RO art. 17");
    FeeExceeded = "FEE_EXCEEDED", Some(508), Some("CO art. 20(1)");
    AccountExistsForPerson = "ACCOUNT_EXISTS_FOR_PERSON", Some(510), Some("art. 50(2)");
    FeeUnpaid = "FEE_UNPAID", Some(511), Some("CO art. 20(1); RO art. 17");
    CompletionAwaited = "COMPLETION_AWAITED", Some(512), None;
    CompletionNotAsked = "COMPLETION_NOT_ASKED", Some(513), None;
    StatementImported = "STATEMENT_IMPORTED", Some(514), Some("RO art. 17(1)");
    NotRefundable = "NOT_REFUNDABLE", Some(515), None;
    RefundExceeded = "REFUND_EXCEEDED", Some(516), None;
    GroundNotApplicable = "GROUND_NOT_APPLICABLE", Some(517), Some("RO art. 7(1)");
    GroundUnfounded = "GROUND_UNFOUNDED", Some(518), Some("RO art. 7(1)(i)");
    NotLapsed = "NOT_LAPSED", Some(519), None;
    DueDatePast = "DUE_DATE_PAST", Some(520), None;
    ApplicationPending = "APPLICATION_PENDING", Some(521), None;
    AccountNotEmpty = "ACCOUNT_NOT_EMPTY", Some(522), Some("RO art. 14");
    AccountRestricted = "ACCOUNT_RESTRICTED", Some(523), Some("RO art. 14");
    ParticularsMisfit = "PARTICULARS_MISFIT", Some(526), Some("RO art. 3");
    ParticularsChangedSince = "PARTICULARS_CHANGED_SINCE", Some(527), None;
    ProjectExists = "PROJECT_EXISTS", Some(601), Some("art. 43");
    AuthorisationExists = "AUTHORISATION_EXISTS", Some(602), Some("art. 57-3(1)");
    ProjectUnknown = "PROJECT_UNKNOWN", Some(603), Some("art. 43");
    DateInFuture = "DATE_IN_FUTURE", Some(604), None;
    DecisionBeforePeriodEnd = "DECISION_BEFORE_PERIOD_END", Some(605), Some("art. 45(5)");
    ConsentExists = "CONSENT_EXISTS", Some(606), Some("art. 45(5)");
    ConsentUnknown = "CONSENT_UNKNOWN", Some(607), Some("art. 45(5)");
    ConsentDiffers = "CONSENT_DIFFERS", Some(608), Some("art. 45(5)");
    IssuedBefore = "ISSUED_BEFORE", Some(609), Some("art. 45(5)");
    AllocationToSink = "ALLOCATION_TO_SINK", Some(610), Some("art. 45(2); RO art. 2(1)");
    AuthorisationUnknown = "AUTHORISATION_UNKNOWN", Some(611), Some("art. 57-3(1)");
    AuthorisationDoesNotCover = "AUTHORISATION_DOES_NOT_COVER", Some(612), Some("art. 57-3(1)");
    AuthorisationExhausted = "AUTHORISATION_EXHAUSTED", Some(613), Some("art. 57-3(1)");
    ProponentExists = "PROPONENT_EXISTS", Some(614), Some("art. 43(5)");
    NotAProponent = "NOT_A_PROPONENT", Some(615), Some("art. 50(1)");
    Article6Off = "ARTICLE6_OFF", Some(616), Some("Paris Agreement, art. 6");
    AuthorisationVersion = "AUTHORISATION_VERSION", Some(617), Some("4/CMA.6");
    AuthorisationRevoked = "AUTHORISATION_REVOKED", Some(618), Some("4/CMA.6");
    QuantityBelowUsed = "QUANTITY_BELOW_USED", Some(619), Some("4/CMA.6");
    DateBeforeVersion = "DATE_BEFORE_VERSION", Some(620), None;
    FirstTransferLater = "FIRST_TRANSFER_LATER", Some(621), Some("2/CMA.3, annex, para. 2(b)");
    ConfirmationExceeded = "CONFIRMATION_EXCEEDED", Some(622),
        Some("2/CMA.3, annex, paras. 8 and 20");
    ConfirmationUnknown = "CONFIRMATION_UNKNOWN", Some(623),
        Some("2/CMA.3, annex, paras. 8 and 20");
    AuthorisationDetailsMissing = "AUTHORISATION_DETAILS_MISSING", Some(624), Some("4/CMA.6");
    TermsOnChangeDiffer = "TERMS_ON_CHANGE_DIFFER", Some(625), Some("4/CMA.6");
    SourceIsSink = "SOURCE_IS_SINK", Some(701), Some("RO art. 2(1)");
    DestinationIsSource = "DESTINATION_IS_SOURCE", Some(702), Some("art. 52(3)(ii)");
    DestinationUnknown = "DESTINATION_UNKNOWN", Some(703), Some("art. 52(3)(ii)");
    PurposeDestinationMismatch = "PURPOSE_DESTINATION_MISMATCH", Some(704),
        Some("art. 52(3)(iii); RO art. 2(1)");
    GratuitousNotApplicable = "GRATUITOUS_NOT_APPLICABLE", Some(705),
        Some("CO art. 20(3); RO art. 18");
    UnitsUnknown = "UNITS_UNKNOWN", Some(706), Some("art. 52(3)(i)");
    UnitsNotHeld = "UNITS_NOT_HELD", Some(707), Some("art. 48; art. 52(2)");
    UnitsReserved = "UNITS_RESERVED", Some(708), Some("art. 52(4)");
    ClassesMixed = "CLASSES_MIXED", Some(709), None;
    RetirementBefore2021 = "RETIREMENT_BEFORE_2021", Some(710),
        Some("art. 57-3(1); supplementary provision 2(1)");
    AuthorisationOfJapanMissing = "AUTHORISATION_OF_JAPAN_MISSING", Some(711),
        Some("art. 57-3(1)");
    AuthorisationOfPartnerMissing = "AUTHORISATION_OF_PARTNER_MISSING", Some(712),
        Some("art. 57-3(1)");
    FeePaymentNotNeeded = "FEE_PAYMENT_NOT_NEEDED", Some(713), Some("CO art. 20");
    UseNotEligible = "USE_NOT_ELIGIBLE", Some(714), None;
    UnitsRestricted = "UNITS_RESTRICTED", Some(715), Some("CO art. 10; RO art. 7(1)(i)-(iv)");
    UnitsInTrust = "UNITS_IN_TRUST", Some(716), Some("CO arts. 11, 13");
    UnitsNotInTrust = "UNITS_NOT_IN_TRUST", Some(717), Some("CO arts. 14-16");
    TrustAccount = "TRUST_ACCOUNT", Some(718), Some("CO arts. 13, 16");
    TrustsDiffer = "TRUSTS_DIFFER", Some(719), Some("CO art. 16");
    TrusteeDismissed = "TRUSTEE_DISMISSED", Some(720), Some("CO art. 17");
    TrustUnknown = "TRUST_UNKNOWN", Some(721), Some("CO art. 11");
    RestrictionUnknown = "RESTRICTION_UNKNOWN", Some(722), Some("CO art. 10; RO art. 7");
    AcceptanceOff = "ACCEPTANCE_OFF", Some(723), None;
    NotAccepted = "NOT_ACCEPTED", Some(724), None;
    AcceptanceAwaited = "ACCEPTANCE_AWAITED", Some(725), None;
    AcceptanceNotAsked = "ACCEPTANCE_NOT_ASKED", Some(726), None;
    TrusteeInOffice = "TRUSTEE_IN_OFFICE", Some(727), Some("CO art. 16(2)");
    PartWouldWait = "PART_WOULD_WAIT", Some(728), None;
    UseNotAuthorised = "USE_NOT_AUTHORISED", Some(729), Some("Paris Agreement, art. 6");
    AuthorisationWithdrawn = "AUTHORISATION_WITHDRAWN", Some(730), Some("4/CMA.6");
    OimpOfJapanMissing = "OIMP_OF_JAPAN_MISSING", Some(731), Some("Paris Agreement, art. 6");
    OimpOfPartnerMissing = "OIMP_OF_PARTNER_MISSING", Some(732), Some("Paris Agreement, art. 6");
    EntityNotAuthorised = "ENTITY_NOT_AUTHORISED", Some(733), Some("4/CMA.6");
    GxEtsOff = "GX_ETS_OFF", Some(734), None;
    ReportingYearMissing = "REPORTING_YEAR_MISSING", Some(735), None;
    AccountFrozen = "ACCOUNT_FROZEN", Some(761), None;
    LimitPerTransfer = "LIMIT_PER_TRANSFER", Some(762), None;
    LimitPerDay = "LIMIT_PER_DAY", Some(763), None;
    LimitUntrusted = "LIMIT_UNTRUSTED", Some(764), None;
    TransferDelayed = "TRANSFER_DELAYED", Some(765), None;
    SafeguardsOff = "SAFEGUARDS_OFF", Some(766), None;
    RepresentativesMissing = "REPRESENTATIVES_MISSING", Some(767), None;
    TrustedAlready = "TRUSTED_ALREADY", Some(768), None;
    NotTrusted = "NOT_TRUSTED", Some(769), None;
    AccountNotFrozen = "ACCOUNT_NOT_FROZEN", Some(770), None;
    RecoveryPending = "RECOVERY_PENDING", Some(771), None;
    RecoveryUnknown = "RECOVERY_UNKNOWN", Some(772), None;
    RecoveryTooEarly = "RECOVERY_TOO_EARLY", Some(773), None;
    EntryUnknown = "ENTRY_UNKNOWN", Some(801), Some("RO art. 15");
    MoveUnrelated = "MOVE_UNRELATED", Some(802), Some("RO art. 15");
    MoveToSink = "MOVE_TO_SINK", Some(803), Some("RO art. 15");
    ThirdPartyConsentMissing = "THIRD_PARTY_CONSENT_MISSING", Some(804),
        Some("art. 57; RO art. 15");
    BooksYearOpen = "BOOKS_YEAR_OPEN", Some(811), Some("ordinance on the designated body, art. 11");
    BooksClosed = "BOOKS_CLOSED", Some(812), Some("ordinance on the designated body, art. 11");
    BooksEarlierOpen = "BOOKS_EARLIER_OPEN", Some(813),
        Some("ordinance on the designated body, art. 11");
    CommitmentUnknown = "COMMITMENT_UNKNOWN", Some(821), None;
    ErasedAlready = "ERASED_ALREADY", Some(822), None;
    StillNeeded = "STILL_NEEDED", Some(823), None;
    EffectChanged = "EFFECT_CHANGED", Some(901), None;
}

/// A rule that an entry breaks, and in what way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) code: Code,
    /// One or two sentences: what is recorded, and what should have been.
    pub(crate) detail: String,
}

/// The outcome of judging by a rule.
pub(crate) type Judged<T> = Result<T, Broken>;

impl Code {
    /// The rule is broken, in this way.
    pub(crate) fn broken(self, detail: impl Into<String>) -> Broken {
        Broken { code: self, detail: detail.into() }
    }
}

/// `code`, unless `holds`.
pub(crate) fn ensure(holds: bool, code: Code, detail: impl FnOnce() -> String) -> Judged<()> {
    if holds { Ok(()) } else { Err(code.broken(detail())) }
}

/// The replay disagrees with itself; reported rather than assumed away.
pub(crate) fn contradiction(what: &str) -> Broken {
    Code::ConservationBroken.broken(format!("the replay contradicts itself: {what}"))
}

/// The article that a command as a whole rests on, for rules without their own.
pub(crate) const fn legal_basis(body: &Body) -> Option<&'static str> {
    match body {
        Body::Genesis(_) => Some("art. 47(1)"),
        Body::RecordPayment(_)
        | Body::ApplyPayment { .. }
        | Body::ApplyPayments { .. }
        | Body::ImportStatement(_)
        | Body::SubmitPaymentProof { .. } => Some("RO art. 17"),
        Body::ApplyAccount(_) => Some("art. 50(1)-(4); RO art. 4"),
        Body::ApplyIndividualAccount(_) => Some("art. 50(1)"),
        Body::OpenAccount { .. } => Some("art. 50(5), (6)"),
        Body::RegisterProject(_) => Some("art. 43"),
        Body::RegisterProponent { .. } => Some("art. 43(5)"),
        Body::RecordAuthorisation { .. } => Some("art. 57-3(1)"),
        Body::AdoptArticle6(_) => Some("Paris Agreement, art. 6"),
        Body::ChangeAuthorisation(_) | Body::RevokeAuthorisation { .. } => Some("4/CMA.6"),
        Body::ConfirmAdjustment(_) | Body::WithdrawConfirmation { .. } => {
            Some("2/CMA.3, annex, paras. 8 and 20")
        }
        Body::ConsentIssuance { .. } => Some("art. 45(5)"),
        Body::RecordIssuance(_) | Body::RecordIssuances { .. } => Some("art. 45(1)-(6)"),
        Body::ApplyTransfer { .. } | Body::ApplyTransfers(_) => Some("art. 52(2), (3); RO art. 6"),
        Body::RecordTransfer { .. } => Some("art. 52(4); RO art. 7"),
        Body::RequestCertificate { .. } | Body::IssueCertificate { .. } => Some("art. 57-2"),
        Body::OpenGovernmentAccount { .. } => Some("RO art. 2(1)"),
        Body::NotifyChange(_) => Some("art. 51(1); RO art. 5"),
        Body::ApplyClosing { .. } => Some("RO art. 14"),
        Body::RefuseApplication { .. } => Some("RO art. 7; art. 50(5)"),
        Body::RecordRestriction(_) | Body::ReleaseRestriction { .. } => {
            Some("CO art. 10; RO art. 7")
        }
        Body::ApplyTrust { .. } => Some("CO arts. 11, 12, 14, 19; RO arts. 8, 9, 12"),
        Body::RecordCommission { .. } => Some("CO arts. 17, 18; RO art. 11"),
        Body::RecordCorrection(_) => Some("RO art. 15"),
        Body::CloseBooks { .. } => Some("ordinance on the designated body, art. 11"),
        Body::RegisterKey { .. }
        | Body::RevokeKey { .. }
        | Body::AppointOperator { .. }
        | Body::RemoveOperator { .. }
        | Body::WithdrawApplication { .. }
        | Body::AdoptRules(_)
        | Body::AdoptCalendar { .. }
        | Body::RecordApplication { .. }
        | Body::RequestCompletion { .. }
        | Body::CompleteApplication { .. }
        | Body::LapseApplication { .. }
        | Body::Refund(_)
        | Body::SetAcceptance { .. }
        | Body::AcceptTransfer { .. }
        | Body::EraseData { .. }
        | Body::AdoptSafeguards(_)
        | Body::SetMandate { .. }
        | Body::TrustAccount { .. }
        | Body::DistrustAccount { .. }
        | Body::FreezeAccount { .. }
        | Body::UnfreezeAccount { .. }
        | Body::RequestRecovery { .. }
        | Body::CancelRecovery { .. }
        | Body::CompleteRecovery { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_unique_and_specified() {
        let specification = include_str!("../../../docs/spec/verification.md");
        let rules = include_str!("../../../docs/spec/commands.md");
        let mut seen = BTreeSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.reason()), "{code:?} shares its text");
            match code.number() {
                Some(number) => {
                    assert!(rules.contains(code.reason()), "{code:?} is no rule of commands.md");
                    assert!(rules.contains(&number.to_string()), "{code:?} has another number");
                }
                None => assert!(
                    specification.contains(&format!("| `{}` |", code.reason())),
                    "{code:?} is not in verification.md"
                ),
            }
        }
    }
}
