//! Rejections: why a command was not accepted. A rejection is a value and the caller's
//! affair, never logged as an error, and changes nothing. Numbers and reasons are stable
//! for ever. Specification: `docs/spec/commands.md`, `docs/spec/rejections.md`.

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
    EffectNotPinned = 303, "EFFECT_NOT_PINNED", FailedPrecondition, "",
        "what two persons sign names its exact effect; prepare the command and sign it with effect_digest",
        "二名が署名する申請には effect_digest が必要です。準備で得た効果を指定して署名してください";
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
    RulesVersion = 411, "RULES_VERSION", FailedPrecondition, "",
        "the version must be one more than the version in force",
        "規則の版は現行の版に1を加えた番号にしてください";
    FeesNotInForce = 412, "FEES_NOT_IN_FORCE", FailedPrecondition, "CO.FEES",
        "no fee would be in force today; let the first period begin today or earlier",
        "本日適用される手数料がありません。最初の期間の初日を本日以前にしてください";
    GovernmentAccountsFull = 414, "GOVERNMENT_ACCOUNTS_FULL", FailedPrecondition, "ORD.GOVERNMENT_ACCOUNTS",
        "every number up to 1000 is given to a government account",
        "政府保有口座の番号（1000以下）に空きがありません";
    CalendarMissing = 417, "CALENDAR_MISSING", FailedPrecondition, "",
        "a day counted in working days is not known; adopt the calendars of the years up to it first",
        "営業日を計算できません。先にその日までの各年の休日暦を採用してください";
    PersonInTwoRoles = 418, "PERSON_IN_TWO_ROLES", FailedPrecondition, "",
        "nobody is both an operator and a representative of an account; name another person",
        "担当者と口座の代表者を兼ねることはできません。別の者を指定してください";
    PaymentRecordedBefore = 501, "PAYMENT_RECORDED_BEFORE", AlreadyExists, "ORD.FEE_METHOD",
        "a payment or refund with this bank reference or line key is recorded already",
        "この入出金は既に記録されています";
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
        "the application has been acted on, withdrawn or refused, or has lapsed",
        "この申請は既に処理・取下げ・拒否されたか、失効しています";
    PaymentOfAnother = 506, "PAYMENT_OF_ANOTHER", FailedPrecondition, "ORD.FEE_METHOD",
        "the payment is not recorded as that of the applicant's account",
        "この振込は申請者の口座によるものとして記録されていません";
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
    CompletionAwaited = 512, "COMPLETION_AWAITED", FailedPrecondition, "ORD.REFUSAL",
        "something that was asked for is still missing; wait until the applicant has handed it in",
        "補正が済んでいません。申請者の補正を待ってください";
    CompletionNotAsked = 513, "COMPLETION_NOT_ASKED", FailedPrecondition, "",
        "nothing is missing from this application",
        "この申請には補正を求められていません";
    StatementImported = 514, "STATEMENT_IMPORTED", AlreadyExists, "ORD.FEE_METHOD",
        "this bank statement is imported already",
        "この入出金明細は既に取り込まれています";
    NotRefundable = 515, "NOT_REFUNDABLE", FailedPrecondition, "ORD.FEE_METHOD",
        "only what was paid for an application that was refused, withdrawn or has lapsed is paid back",
        "還付できるのは、拒否・取下げ・失効となった申請の手数料に限ります";
    RefundExceeded = 516, "REFUND_EXCEEDED", FailedPrecondition, "ORD.FEE_METHOD",
        "more than was paid for the application and not paid back; refund less",
        "この申請の未還付の納付額を超えています";
    GroundNotApplicable = 517, "GROUND_NOT_APPLICABLE", InvalidArgument, "ORD.REFUSAL",
        "an application of this kind cannot be refused on this ground; choose another ground",
        "この種類の申請はこの事由では拒否できません。別の事由を選んでください";
    GroundUnfounded = 518, "GROUND_UNFOUNDED", FailedPrecondition, "ORD.REFUSAL",
        "no unit of the application is under a restriction; choose another ground",
        "処分の制限がある識別番号が含まれていません。別の事由を選んでください";
    NotLapsed = 519, "NOT_LAPSED", FailedPrecondition, "JCMA.RULES",
        "the day for payment or completion has not passed, or nothing is owed or missing",
        "納付・補正の期限が過ぎていないか、未納・未補正のものがありません";
    DueDatePast = 520, "DUE_DATE_PAST", InvalidArgument, "",
        "the day until which to complete must be after today",
        "補正の期限は本日より後の日にしてください";
    ApplicationPending = 521, "APPLICATION_PENDING", FailedPrecondition, "",
        "another application of the account, or a transfer to it, is open; let it end or withdraw it first",
        "この口座に係る別の申請が処理中です。その終了を待つか、先に取り下げてください";
    AccountNotEmpty = 522, "ACCOUNT_NOT_EMPTY", FailedPrecondition, "ORD.CLOSING",
        "the account still holds units; transfer them first",
        "口座に排出削減量が残っています。先に振替をしてください";
    AccountRestricted = 523, "ACCOUNT_RESTRICTED", FailedPrecondition, "CO.RESTRICTION",
        "a restriction on the account is not released yet",
        "口座に係る処分の制限が解除されていません";
    ParticularsMisfit = 526, "PARTICULARS_MISFIT", InvalidArgument, "ORD.PARTICULARS",
        "an individual's particulars are not published, and only a foreign corporation may leave out the Japanese spelling",
        "個人の事項は公表されません。日本語表記を省略できるのは外国法人に限ります";
    ParticularsChangedSince = 527, "PARTICULARS_CHANGED_SINCE", FailedPrecondition, "ORD.CHANGE",
        "the particulars were changed after this notification; refuse it, and let the holder notify what has changed since",
        "届出の後に登録事項が変更されています。この届出を拒否し、改めて届出を求めてください";
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
        "an authorisation does not cover these units, or the two have no purpose in common or different approaches",
        "承認の範囲がこの排出削減量を含みません";
    AuthorisationExhausted = 613, "AUTHORISATION_EXHAUSTED", FailedPrecondition, "ACT.NDC_USE",
        "less is left of the authorised quantity than that",
        "承認された数量が足りません";
    ProponentExists = 614, "PROPONENT_EXISTS", AlreadyExists, "ACT.PROJECT",
        "this person is registered as proponent of the project already",
        "この者は既にこの事業の協力事業者として登録されています";
    NotAProponent = 615, "NOT_A_PROPONENT", FailedPrecondition, "ACT.OPENING",
        "only an individual who is registered as proponent of a project may have an account",
        "個人が口座を開設できるのは、事業の協力事業者として登録されている場合に限ります";
    Article6Off = 616, "ARTICLE6_OFF", FailedPrecondition, "PA.ARTICLE6",
        "no rule data for Article 6 are adopted yet",
        "パリ協定第6条に関する規則がまだ採用されていません";
    AuthorisationVersion = 617, "AUTHORISATION_VERSION", FailedPrecondition, "CMA.4_6",
        "the version must be one more than the version in force",
        "承認の版は現行の版に1を加えた番号にしてください";
    AuthorisationRevoked = 618, "AUTHORISATION_REVOKED", FailedPrecondition, "CMA.4_6",
        "the authorisation is revoked; name another",
        "この承認は撤回されています。別の承認を指定してください";
    QuantityBelowUsed = 619, "QUANTITY_BELOW_USED", FailedPrecondition, "CMA.4_6",
        "more than that is first transferred under the authorisation already; authorise at least as much",
        "既に初回移転された数量を下回っています。それ以上の数量を承認してください";
    DateBeforeVersion = 620, "DATE_BEFORE_VERSION", InvalidArgument, "",
        "the date is before that of the version in force",
        "日付が現行の版の日付より前です";
    FirstTransferLater = 621, "FIRST_TRANSFER_LATER", FailedPrecondition, "CMA.2_3",
        "the partner's authorisation defines first transfer at use or cancellation; leave the authorisations out of the issuance",
        "相手国の承認は初回移転を利用又は取消しの時と定めています。発行時には承認を指定しないでください";
    ConfirmationExceeded = 622, "CONFIRMATION_EXCEEDED", FailedPrecondition, "CMA.2_3",
        "more than is booked for this country, year and vintage and not confirmed yet; confirm less",
        "この国・年・ビンテージについて計上され、まだ確認されていない数量を超えています";
    ConfirmationUnknown = 623, "CONFIRMATION_UNKNOWN", NotFound, "CMA.2_3",
        "that entry did not record a confirmation, or it is withdrawn already",
        "該当する確認の記録がないか、既に取り消されています";
    AuthorisationDetailsMissing = 624, "AUTHORISATION_DETAILS_MISSING", InvalidArgument, "CMA.4_6",
        "an authorisation needs its details (version, sectors, entities, terms); add them",
        "承認には詳細（版、分野、主体、条件など）が必要です。追加してください";
    TermsOnChangeDiffer = 625, "TERMS_ON_CHANGE_DIFFER", FailedPrecondition, "CMA.4_6",
        "whether changes reach units already first transferred stays as in the first version",
        "変更が初回移転済みの排出削減量に及ぶかどうかは、最初の版のまま変えられません";
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
    UseNotEligible = 714, "USE_NOT_ELIGIBLE", FailedPrecondition, "",
        "these units do not serve reports under the Act (SHK); choose other units or another use",
        "この識別番号は算定・報告・公表制度に利用できません。別の識別番号か用途にしてください";
    UnitsRestricted = 715, "UNITS_RESTRICTED", FailedPrecondition, "CO.RESTRICTION",
        "some of these units are under a restriction on disposal; it must be released first",
        "処分の制限がある識別番号が含まれています";
    UnitsInTrust = 716, "UNITS_IN_TRUST", FailedPrecondition, "ACT.TRUST",
        "some of these units are trust property; apply for the deletion of the trust record with it",
        "信託財産に属する識別番号が含まれています。信託の記録の抹消も申請してください";
    UnitsNotInTrust = 717, "UNITS_NOT_IN_TRUST", FailedPrecondition, "ACT.TRUST",
        "some of these units are not trust property; name only units of the trust",
        "信託財産に属さない識別番号が含まれています";
    TrustAccount = 718, "TRUST_ACCOUNT", FailedPrecondition, "ACT.TRUST",
        "a trustee holds units in an entity account; choose one as destination",
        "受託者の口座は法人等保有口座に限ります";
    TrustsDiffer = 719, "TRUSTS_DIFFER", InvalidArgument, "CO.TRUST",
        "the units are of several trusts; make an application for each trust",
        "複数の信託に属する識別番号が含まれています。信託ごとに申請してください";
    TrusteeDismissed = 720, "TRUSTEE_DISMISSED", FailedPrecondition, "ORD.COMMISSION",
        "the trustee is dismissed; only the new trustee may apply for the change of trustee",
        "受託者は解任されています。受託者の変更は新受託者が申請してください";
    TrustUnknown = 721, "TRUST_UNKNOWN", NotFound, "CO.TRUST",
        "that entry did not record a trust, or not one of this account",
        "該当する信託の記録がありません";
    RestrictionUnknown = 722, "RESTRICTION_UNKNOWN", NotFound, "CO.RESTRICTION",
        "that entry did not record a restriction, or it is released already",
        "該当する処分の制限がないか、既に解除されています";
    AcceptanceOff = 723, "ACCEPTANCE_OFF", FailedPrecondition, "",
        "the rules in force do not let holders choose from whom they receive units",
        "現行の規則では、譲受けの相手方を指定できません";
    NotAccepted = 724, "NOT_ACCEPTED", FailedPrecondition, "",
        "the destination does not receive units from this account; ask its holder to list the account",
        "振替先の名義人はこの口座からの振替を受け付けていません。名義人に確認してください";
    AcceptanceAwaited = 725, "ACCEPTANCE_AWAITED", FailedPrecondition, "",
        "the destination's holder has not consented to the transfer yet",
        "振替先の名義人の同意がまだありません";
    AcceptanceNotAsked = 726, "ACCEPTANCE_NOT_ASKED", FailedPrecondition, "",
        "the transfer does not wait for the destination's consent",
        "この振替は振替先の同意を必要としていません";
    TrusteeInOffice = 727, "TRUSTEE_IN_OFFICE", FailedPrecondition, "CO.TRUST",
        "the former trustee's office has not ended on the record; have its end recorded first, or let the former trustee apply",
        "前受託者の任務の終了が記録されていません。先に終了の記録を受けるか、前受託者が申請してください";
    PartWouldWait = 728, "PART_WOULD_WAIT", FailedPrecondition, "",
        "several transfers are recorded at once or not at all, and this one would wait; pay its fee, trust its destination first, or apply for it alone",
        "一括申請は全件を直ちに記録できる場合に限ります。手数料の支払を指定するか、先に振替先を信頼口座に追加するか、個別に申請してください";
    UseNotAuthorised = 729, "USE_NOT_AUTHORISED", FailedPrecondition, "PA.ARTICLE6",
        "the authorisations under which these units were first transferred do not allow this use, or not in this year",
        "初回移転時の承認は、この用途又は本年の利用を認めていません";
    AuthorisationWithdrawn = 730, "AUTHORISATION_WITHDRAWN", FailedPrecondition, "CMA.4_6",
        "an authorisation whose changes reach units already first transferred was revoked, or no longer allows this use",
        "変更が初回移転済みの排出削減量にも及ぶ承認が撤回されたか、この用途を認めなくなっています";
    OimpOfJapanMissing = 731, "OIMP_OF_JAPAN_MISSING", FailedPrecondition, "PA.ARTICLE6",
        "Japan has not authorised these units for this international mitigation purpose",
        "この国際的な緩和目的について日本国の承認がありません";
    OimpOfPartnerMissing = 732, "OIMP_OF_PARTNER_MISSING", FailedPrecondition, "PA.ARTICLE6",
        "the partner country has not authorised these units for this international mitigation purpose",
        "この国際的な緩和目的について相手国の承認がありません";
    EntityNotAuthorised = 733, "ENTITY_NOT_AUTHORISED", FailedPrecondition, "CMA.4_6",
        "neither authorisation of these units names this entity; leave it out, or have it authorised first",
        "この主体はいずれの承認にも記載されていません。指定しないか、先に承認を受けてください";
    GxEtsOff = 734, "GX_ETS_OFF", FailedPrecondition, "",
        "units do not serve GX-ETS under the rules in force; choose another use",
        "現行の規則では排出量取引制度（GX-ETS）に利用できません。別の用途にしてください";
    ReportingYearMissing = 735, "REPORTING_YEAR_MISSING", InvalidArgument, "",
        "use under the Act (SHK) or GX-ETS needs the year of the report; add use.reporting_year",
        "算定・報告・公表制度又はGX-ETSでの利用には報告年度が必要です。use.reporting_year を指定してください";
    AccountFrozen = 761, "ACCOUNT_FROZEN", FailedPrecondition, "",
        "the account is frozen; two operators must unfreeze it first",
        "口座は凍結されています。先に担当者二名による解除が必要です";
    LimitPerTransfer = 762, "LIMIT_PER_TRANSFER", FailedPrecondition, "",
        "one transfer may move less than that out of this account; split it",
        "一件の振替の上限を超えています。分割してください";
    LimitPerDay = 763, "LIMIT_PER_DAY", FailedPrecondition, "",
        "with today's other applications this is more than may leave this account in a day; wait until tomorrow",
        "本日の申請の合計が一日の上限を超えます。明日以降に申請してください";
    LimitUntrusted = 764, "LIMIT_UNTRUSTED", FailedPrecondition, "",
        "one transfer may move less than that to an account that is not trusted; add the destination to the trusted list first",
        "信頼口座以外への一件の振替の上限を超えています。先に振替先を信頼口座に追加してください";
    TransferDelayed = 765, "TRANSFER_DELAYED", FailedPrecondition, "",
        "the transfer is delayed; record it on its first day or later",
        "この振替は待機期間中です。記録できる最初の日以後に記録してください";
    SafeguardsOff = 766, "SAFEGUARDS_OFF", FailedPrecondition, "",
        "no safeguards of accounts are adopted yet",
        "口座の保護規則がまだ採用されていません";
    RepresentativesMissing = 767, "REPRESENTATIVES_MISSING", FailedPrecondition, "",
        "dual control needs two persons with keys of the account, one to initiate and another to approve; register their keys first",
        "二名による管理には、起案できる者と承認できる別の者の鍵が必要です。先に鍵を登録してください";
    TrustedAlready = 768, "TRUSTED_ALREADY", AlreadyExists, "",
        "the account is on the trusted list already",
        "この口座は既に信頼口座に追加されています";
    NotTrusted = 769, "NOT_TRUSTED", NotFound, "",
        "the account is not on the trusted list",
        "この口座は信頼口座に追加されていません";
    AccountNotFrozen = 770, "ACCOUNT_NOT_FROZEN", FailedPrecondition, "",
        "the account is not frozen",
        "口座は凍結されていません";
    RecoveryPending = 771, "RECOVERY_PENDING", FailedPrecondition, "",
        "another recovery of the account waits; cancel or complete it first",
        "この口座の別の鍵の回復が処理中です。先に取り消すか、完了してください";
    RecoveryUnknown = 772, "RECOVERY_UNKNOWN", NotFound, "",
        "that entry did not ask for a recovery, or it is cancelled or completed already",
        "該当する鍵の回復がないか、既に取消し・完了しています";
    RecoveryTooEarly = 773, "RECOVERY_TOO_EARLY", FailedPrecondition, "",
        "the waiting time of the recovery has not passed; complete it on its first day or later",
        "鍵の回復の待機期間中です。完了できる最初の日以後にしてください";
    EntryUnknown = 801, "ENTRY_UNKNOWN", NotFound, "ORD.CORRECTION",
        "there is no such entry yet; name the entry that is wrong",
        "該当する記録がありません。誤りのある記録の番号を指定してください";
    MoveUnrelated = 802, "MOVE_UNRELATED", InvalidArgument, "ORD.CORRECTION",
        "units move from or to the corrected account only",
        "修正の対象の口座に関係しない移動が含まれています";
    MoveToSink = 803, "MOVE_TO_SINK", FailedPrecondition, "ORD.CORRECTION",
        "a correction moves no units into a retirement or cancellation account",
        "修正により無効化口座・取消口座へ移すことはできません";
    ThirdPartyConsentMissing = 804, "THIRD_PARTY_CONSENT_MISSING", FailedPrecondition, "ACT.GOOD_FAITH",
        "another holder loses units with its consent only; add the digest of the consent",
        "他の名義人の排出削減量を減らすにはその同意が必要です。同意書のダイジェストを付けてください";
    BooksYearOpen = 811, "BOOKS_YEAR_OPEN", FailedPrecondition, "JCMA.BOOKS",
        "the year has not ended; close it after 31 March",
        "年度が終わっていません。3月31日の経過後に閉鎖してください";
    BooksClosed = 812, "BOOKS_CLOSED", AlreadyExists, "JCMA.BOOKS",
        "the books of this year are closed already",
        "この年度の帳簿は既に閉鎖されています";
    BooksEarlierOpen = 813, "BOOKS_EARLIER_OPEN", FailedPrecondition, "JCMA.BOOKS",
        "the books of an earlier year are still open; close them first",
        "前の年度の帳簿が閉鎖されていません。先に閉鎖してください";
    CommitmentUnknown = 821, "COMMITMENT_UNKNOWN", NotFound, "",
        "the log has recorded no such commitment to personal data",
        "該当する個人情報のコミットメントは記録されていません";
    ErasedAlready = 822, "ERASED_ALREADY", AlreadyExists, "",
        "this personal data is erased already",
        "この個人情報は既に消去されています";
    StillNeeded = 823, "STILL_NEEDED", FailedPrecondition, "",
        "an account, an open application or a trust still needs this personal data; erase it when that has ended",
        "この個人情報は口座、処理中の申請又は信託に必要です。それが終了してから消去してください";
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
