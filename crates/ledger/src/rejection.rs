//! Rejections: why a command was not accepted. A rejection is a value and the
//! caller's affair; it is never logged as an error and changes nothing.
//!
//! Numbers and reasons are stable for ever and never reused. Specification:
//! `docs/spec/commands.md`, `docs/spec/rejections.md`.

use std::fmt;

/// What kind of obstacle a rejection is: what the caller can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// The signer cannot be established.
    Unauthenticated,
    /// The signer may not do this.
    PermissionDenied,
    /// What the command refers to does not exist.
    NotFound,
    /// It exists already.
    AlreadyExists,
    /// It cannot be done as things stand.
    FailedPrecondition,
    /// The command itself is wrong, whatever the state.
    InvalidArgument,
    /// What the signers approved is no longer what would happen.
    Aborted,
}

macro_rules! rejections {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $reason:literal, $category:ident,
        $basis:literal, $english:literal, $japanese:literal;)*) => {
        /// Why a command was not accepted, in the order of the numbers.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Reason {
            $($(#[$doc])* #[doc = $english] $name = $number,)*
        }

        impl Reason {
            /// Every reason, in the order of the numbers.
            pub const ALL: &[Reason] = &[$(Reason::$name,)*];

            /// The stable reason, for machines.
            pub const fn code(self) -> &'static str {
                match self { $(Reason::$name => $reason,)* }
            }

            /// What kind of obstacle it is.
            pub const fn category(self) -> Category {
                match self { $(Reason::$name => Category::$category,)* }
            }

            /// Key of the legal basis, empty where the rule is the registry's own.
            pub const fn basis(self) -> &'static str {
                match self { $(Reason::$name => $basis,)* }
            }

            /// What is wrong and what to do, in English.
            pub const fn english(self) -> &'static str {
                match self { $(Reason::$name => $english,)* }
            }

            /// What is wrong and what to do, in Japanese.
            pub const fn japanese(self) -> &'static str {
                match self { $(Reason::$name => $japanese,)* }
            }
        }
    };
}

rejections! {
    WrongRegistry = 204, "WRONG_REGISTRY", InvalidArgument, "",
        "the command is addressed to another registry",
        "この申請は別の口座簿に宛てられています";
    CommandExpired = 205, "COMMAND_EXPIRED", FailedPrecondition, "",
        "the command's validity has passed; sign a new one",
        "申請の有効期限が過ぎています。署名し直してください";
    ValidityTooLong = 206, "VALIDITY_TOO_LONG", InvalidArgument, "",
        "the command would stay valid for more than 24 hours; shorten valid_until_ms",
        "有効期間が24時間を超えています。valid_until_ms を短くしてください";
    CommandIdReused = 207, "COMMAND_ID_REUSED", AlreadyExists, "",
        "this command id was used for another content; choose a new id",
        "この申請IDは別の内容に使われています。新しいIDにしてください";
    KeyUnknown = 208, "KEY_UNKNOWN", Unauthenticated, "",
        "the signing key is not registered",
        "署名鍵が登録されていません";
    KeyRevoked = 209, "KEY_REVOKED", Unauthenticated, "",
        "the signing key has been revoked",
        "署名鍵は失効しています";
    RoleNotPermitted = 301, "ROLE_NOT_PERMITTED", PermissionDenied, "",
        "the signing key does not act in a role that may do this",
        "署名鍵の役割ではこの申請はできません";
    SecondSignatureMissing = 302, "SECOND_SIGNATURE_MISSING", PermissionDenied, "",
        "a second person in the same role must sign this command too",
        "同じ役割の別の担当者の署名も必要です";
    RegistryExists = 401, "REGISTRY_EXISTS", FailedPrecondition, "ACT.BOOK",
        "the registry exists already",
        "口座簿は既に作成されています";
    RegistryMissing = 402, "REGISTRY_MISSING", FailedPrecondition, "ACT.BOOK",
        "the registry has not been created yet",
        "口座簿がまだ作成されていません";
    KeyUnsuitable = 403, "KEY_UNSUITABLE", InvalidArgument, "",
        "the key is not canonical, weak or of mixed order; make a new one with a standard tool",
        "鍵が不適切です。標準的な道具で作り直してください";
    OperatorUnknown = 404, "OPERATOR_UNKNOWN", NotFound, "",
        "the person is not an operator",
        "この者は担当者ではありません";
    AccountUnknown = 405, "ACCOUNT_UNKNOWN", NotFound, "ACT.RECORDS",
        "there is no such entity account",
        "該当する法人等保有口座がありません";
    KeyAlreadyRegistered = 406, "KEY_ALREADY_REGISTERED", AlreadyExists, "",
        "the key is or was registered; make a new one",
        "この鍵は既に登録されています。新しい鍵にしてください";
    PossessionNotProved = 407, "POSSESSION_NOT_PROVED", InvalidArgument, "",
        "the proof of possession does not verify for this registry, role and key",
        "鍵の所持の証明が確認できません";
    KeyNotRegistered = 408, "KEY_NOT_REGISTERED", NotFound, "",
        "the key is not registered, or revoked already",
        "鍵が登録されていないか、既に失効しています";
    LastAuthorityKeys = 409, "LAST_AUTHORITY_KEYS", FailedPrecondition, "",
        "two persons must keep an authority key; register another first",
        "主務大臣の鍵は二名分以上必要です。先に別の鍵を登録してください";
    OperatorExists = 410, "OPERATOR_EXISTS", AlreadyExists, "",
        "the person is an operator already; register a further key instead",
        "この者は既に担当者です";
    PaymentRecordedBefore = 501, "PAYMENT_RECORDED_BEFORE", AlreadyExists, "ORD.FEE_METHOD",
        "a payment with this bank reference is recorded already",
        "この振込は既に記録されています";
    ValueDateInFuture = 502, "VALUE_DATE_IN_FUTURE", InvalidArgument, "ORD.FEE_METHOD",
        "the value date is after today",
        "入金日が本日より後です";
    PaymentUnknown = 503, "PAYMENT_UNKNOWN", NotFound, "ORD.FEE_METHOD",
        "there is no such payment",
        "該当する振込がありません";
    ApplicationUnknown = 504, "APPLICATION_UNKNOWN", NotFound, "",
        "there is no such application of this kind",
        "該当する申請がありません";
    ApplicationClosed = 505, "APPLICATION_CLOSED", FailedPrecondition, "",
        "the application has been acted on or withdrawn",
        "この申請は既に処理済みか、取り下げられています";
    PaymentOfAnother = 506, "PAYMENT_OF_ANOTHER", FailedPrecondition, "ORD.FEE_METHOD",
        "the payment was made by the holder of another account",
        "この振込は別の口座名義人によるものです";
    PaymentSpent = 507, "PAYMENT_SPENT", FailedPrecondition, "ORD.FEE_METHOD",
        "less is left of the payment than that; each yen is spent once",
        "振込の残額が足りません";
    FeeExceeded = 508, "FEE_EXCEEDED", FailedPrecondition, "CO.FEES",
        "more than the fee still due; apply less",
        "未納の手数料を超えています";
    AccountExistsForPerson = 510, "ACCOUNT_EXISTS_FOR_PERSON", AlreadyExists, "ACT.ACCOUNT_ONE",
        "this person has an account or an open application; one account for each person",
        "口座は一の者につき一に限ります";
    FeeUnpaid = 511, "FEE_UNPAID", FailedPrecondition, "ACT.FEES",
        "the fee is not settled in full; record the payment and apply it first",
        "手数料が納付されていません";
    ProjectExists = 601, "PROJECT_EXISTS", AlreadyExists, "ACT.PROJECT",
        "a project with this reference is registered already",
        "この参照番号の事業は既に登録されています";
    AuthorisationExists = 602, "AUTHORISATION_EXISTS", AlreadyExists, "ACT.NDC_USE",
        "an authorisation with this identifier is recorded already",
        "この承認は既に記録されています";
    ProjectUnknown = 603, "PROJECT_UNKNOWN", NotFound, "ACT.PROJECT",
        "there is no such project",
        "該当する事業がありません";
    DateInFuture = 604, "DATE_IN_FUTURE", InvalidArgument, "",
        "the date is after today",
        "日付が本日より後です";
    DecisionBeforePeriodEnd = 605, "DECISION_BEFORE_PERIOD_END", InvalidArgument, "ACT.ISSUANCE",
        "the decision's date is before the last day of the monitoring period",
        "決定日がモニタリング期間の終了日より前です";
    ConsentExists = 606, "CONSENT_EXISTS", AlreadyExists, "ACT.ISSUANCE",
        "a consent for this project covers part of the period already",
        "この事業の同じ期間について既に同意があります";
    ConsentUnknown = 607, "CONSENT_UNKNOWN", NotFound, "ACT.ISSUANCE",
        "that entry is not a partner authority's consent",
        "該当する相手国の同意がありません";
    ConsentDiffers = 608, "CONSENT_DIFFERS", FailedPrecondition, "ACT.ISSUANCE",
        "the partner authority consented to another project or decision",
        "相手国が同意した内容と異なります";
    IssuedBefore = 609, "ISSUED_BEFORE", AlreadyExists, "ACT.ISSUANCE",
        "units were issued for this project and part of the period already",
        "この事業の同じ期間について既に発行されています";
    AllocationToSink = 610, "ALLOCATION_TO_SINK", FailedPrecondition, "ACT.ISSUANCE",
        "units are issued into entity and government holding accounts only",
        "無効化口座・取消口座へは発行できません";
    AuthorisationUnknown = 611, "AUTHORISATION_UNKNOWN", NotFound, "ACT.NDC_USE",
        "there is no such authorisation on that side",
        "該当する承認がありません";
    AuthorisationDoesNotCover = 612, "AUTHORISATION_DOES_NOT_COVER", FailedPrecondition, "ACT.NDC_USE",
        "an authorisation does not cover these units for use towards the NDC, or the two name different approaches",
        "承認の範囲がこの排出削減量を含みません";
    AuthorisationExhausted = 613, "AUTHORISATION_EXHAUSTED", FailedPrecondition, "ACT.NDC_USE",
        "less is left of the authorised quantity than that",
        "承認された数量が足りません";
    SourceIsSink = 701, "SOURCE_IS_SINK", FailedPrecondition, "ACT.TRANSFER",
        "units never leave a retirement or cancellation account",
        "無効化口座・取消口座からは振替できません";
    DestinationIsSource = 702, "DESTINATION_IS_SOURCE", InvalidArgument, "ACT.TRANSFER",
        "the destination is the source",
        "振替先が振替元と同じです";
    DestinationUnknown = 703, "DESTINATION_UNKNOWN", NotFound, "ACT.TRANSFER",
        "the destination does not exist or is closed",
        "振替先の口座がないか、廃止されています";
    PurposeDestinationMismatch = 704, "PURPOSE_DESTINATION_MISMATCH", FailedPrecondition, "ACT.TRANSFER_PURPOSE",
        "retirement goes to the retirement account, cancellation to the cancellation account, any other purpose to neither",
        "振替の目的と振替先の口座の区分が合いません";
    GratuitousNotApplicable = 705, "GRATUITOUS_NOT_APPLICABLE", FailedPrecondition, "CO.FEE_WAIVER",
        "only a transfer to a government account can be declared free of charge",
        "無償の申出は政府保有口座への振替に限ります";
    UnitsUnknown = 706, "UNITS_UNKNOWN", NotFound, "ACT.RECORDS",
        "some of these units were never issued",
        "発行されていない識別番号が含まれています";
    UnitsNotHeld = 707, "UNITS_NOT_HELD", FailedPrecondition, "ACT.TITLE",
        "the source account does not hold all of these units",
        "振替元の口座が保有していない識別番号が含まれています";
    UnitsReserved = 708, "UNITS_RESERVED", FailedPrecondition, "ACT.TRANSFER",
        "some of these units are in another open application; withdraw it first",
        "別の申請中の識別番号が含まれています";
    ClassesMixed = 709, "CLASSES_MIXED", InvalidArgument, "CO.FEES",
        "units outside the statute (class C) need an application of their own",
        "法の対象外の排出削減量は別に申請してください";
    RetirementBefore2021 = 710, "RETIREMENT_BEFORE_2021", FailedPrecondition, "ACT.NDC_USE",
        "reductions before 2021 cannot be retired towards the NDC; cancel them instead",
        "2020年以前の削減量は無効化できません。取消しを申請してください";
    AuthorisationOfJapanMissing = 711, "AUTHORISATION_OF_JAPAN_MISSING", FailedPrecondition, "ACT.NDC_USE",
        "Japan has not authorised these units for use towards the NDC",
        "日本国の承認がありません";
    AuthorisationOfPartnerMissing = 712, "AUTHORISATION_OF_PARTNER_MISSING", FailedPrecondition, "ACT.NDC_USE",
        "the partner country has not authorised these units for use towards the NDC",
        "相手国の承認がありません";
    FeePaymentNotNeeded = 713, "FEE_PAYMENT_NOT_NEEDED", InvalidArgument, "CO.FEES",
        "no fee is due; leave fee_payment out",
        "手数料は不要です。fee_payment を指定しないでください";
    EffectChanged = 901, "EFFECT_CHANGED", Aborted, "",
        "the effect is no longer the one that was signed; prepare and sign again",
        "署名時と効果が異なります。準備からやり直してください";
    EntryTooLarge = 902, "ENTRY_TOO_LARGE", InvalidArgument, "",
        "the command's effect does not fit one entry; split it",
        "一件の記録に収まりません。分割してください";
}

impl Reason {
    /// The stable number.
    pub const fn number(self) -> u16 {
        self as u16
    }
}

/// A command that was not accepted. Nothing changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The first rule broken.
    pub reason: Reason,
    /// What it concerns, in the caller's terms: field, account, range, entry.
    pub subject: String,
}

impl Rejection {
    pub(crate) fn new(reason: Reason, subject: impl fmt::Display) -> Rejection {
        Rejection { reason, subject: subject.to_string() }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.reason.number(), self.reason.code(), self.reason.english())?;
        if self.subject.is_empty() { Ok(()) } else { write!(f, " ({})", self.subject) }
    }
}

impl std::error::Error for Rejection {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_ascend_and_every_reason_speaks_both_languages() {
        for pair in Reason::ALL.windows(2) {
            assert!(pair[0].number() < pair[1].number(), "{:?}", pair[1]);
        }
        for reason in Reason::ALL {
            assert!(!reason.english().is_empty() && reason.english().is_ascii(), "{reason:?}");
            assert!(!reason.japanese().is_ascii(), "{reason:?}");
        }
    }
}
