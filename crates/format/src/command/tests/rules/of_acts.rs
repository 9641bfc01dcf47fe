//! The cases of the acts of account holders and of the implementing body.

use super::*;
use FieldRule::{
    BadChoice, BadDate, BadId, BadIdentification, BadName, BadText, EmptyList, Length,
    ListUnsorted, LongList, Missing, NotAllowed, OutOfRange, RangeReversed, RangesOverlap,
    RangesUnsorted, Repeated,
};

type Cases = Vec<(&'static str, FieldRule, Change)>;

fn day(year: u32, month: u32, day: u32) -> pb::Date {
    pb::Date { year, month, day }
}

// One table.
#[allow(clippy::too_many_lines)]
pub(super) fn rule_data_cases() -> Cases {
    vec![
        ("adopt_rules.version", OutOfRange, at!(AdoptRules, |m| m.version = 1)),
        ("adopt_rules.version", OutOfRange, at!(AdoptRules, |m| m.version = 0)),
        ("adopt_rules.fees", EmptyList, at!(AdoptRules, |m| m.fees.clear())),
        ("adopt_rules.fees", LongList, at!(AdoptRules, |m| m.fees = vec![m.fees[0]; 33])),
        ("adopt_rules.fees[0].from", Missing, at!(AdoptRules, |m| m.fees[0].from = None)),
        ("adopt_rules.fees[0].from", BadDate, at!(AdoptRules, |m| m.fees[0].from = bad_date())),
        ("adopt_rules.fees[1].from", ListUnsorted, at!(AdoptRules, |m| m.fees.swap(0, 1))),
        (
            "adopt_rules.fees[1].from",
            ListUnsorted,
            at!(AdoptRules, |m| m.fees[1].from = m.fees[0].from),
        ),
        (
            "adopt_rules.fees[1].account_opening_fee_yen",
            OutOfRange,
            at!(AdoptRules, |m| m.fees[1].account_opening_fee_yen = 0),
        ),
        (
            "adopt_rules.fees[1].transfer_fee_yen",
            OutOfRange,
            at!(AdoptRules, |m| m.fees[1].transfer_fee_yen = 0),
        ),
        (
            "adopt_rules.fees[1].certificate_fee_yen",
            OutOfRange,
            at!(AdoptRules, |m| m.fees[1].certificate_fee_yen += 1),
        ),
        ("adopt_rules.payment_days", OutOfRange, at!(AdoptRules, |m| m.payment_days = 0)),
        ("adopt_rules.payment_days", OutOfRange, at!(AdoptRules, |m| m.payment_days = 251)),
        ("adopt_rules.examination_days", OutOfRange, at!(AdoptRules, |m| m.examination_days = 0)),
        (
            "adopt_rules.examination_days",
            OutOfRange,
            at!(AdoptRules, |m| m.examination_days = 65_536 + 10),
        ),
        ("adopt_rules.shk_issued_until", Missing, at!(AdoptRules, |m| m.shk_issued_until = None)),
        (
            "adopt_rules.shk_public_input_until",
            BadDate,
            at!(AdoptRules, |m| m.shk_public_input_until = bad_date()),
        ),
        (
            "adopt_rules.identification_format",
            BadIdentification,
            at!(AdoptRules, |m| m.identification_format.clear()),
        ),
        (
            "adopt_rules.identification_format",
            BadIdentification,
            at!(AdoptRules, |m| m.identification_format.push_str("{unit}")),
        ),
        (
            "adopt_rules.invoice.name",
            BadText,
            at!(AdoptRules, |m| m.invoice.as_mut().expect("one").name.clear()),
        ),
        (
            "adopt_rules.invoice.registration_number",
            BadId,
            at!(AdoptRules, |m| m
                .invoice
                .as_mut()
                .expect("one")
                .registration_number
                .insert(0, 'T')),
        ),
        (
            "adopt_rules.invoice.tax_percent",
            OutOfRange,
            at!(AdoptRules, |m| m.invoice.as_mut().expect("one").tax_percent = 100),
        ),
    ]
}

pub(super) fn calendar_cases() -> Cases {
    vec![
        ("adopt_calendar.country", BadId, at!(AdoptCalendar, |m| m.country = "JPN".to_owned())),
        ("adopt_calendar.year", OutOfRange, at!(AdoptCalendar, |m| m.year = 1969)),
        (
            "adopt_calendar.holidays",
            LongList,
            at!(AdoptCalendar, |m| m.holidays = vec![day(2027, 1, 1); 367]),
        ),
        (
            "adopt_calendar.holidays[1]",
            BadDate,
            at!(AdoptCalendar, |m| m.holidays[1] = day(2027, 2, 29)),
        ),
        (
            "adopt_calendar.holidays[2]",
            OutOfRange,
            at!(AdoptCalendar, |m| m.holidays[2] = day(2028, 1, 1)),
        ),
        ("adopt_calendar.holidays[0]", OutOfRange, at!(AdoptCalendar, |m| m.year = 2026)),
        (
            "adopt_calendar.holidays[1]",
            ListUnsorted,
            at!(AdoptCalendar, |m| m.holidays[1] = m.holidays[0]),
        ),
        ("adopt_calendar.holidays[2]", ListUnsorted, at!(AdoptCalendar, |m| m.holidays.swap(1, 2))),
        (
            "open_government_account.category",
            BadChoice,
            at!(OpenGovernmentAccount, |m| m.category = 0),
        ),
        (
            "open_government_account.category",
            BadChoice,
            at!(OpenGovernmentAccount, |m| m.category = 4),
        ),
        (
            "open_government_account.name_ja",
            BadText,
            at!(OpenGovernmentAccount, |m| m.name_ja.clear()),
        ),
        (
            "open_government_account.name_en",
            BadText,
            at!(OpenGovernmentAccount, |m| m.name_en.push(' ')),
        ),
        ("close_books.year", OutOfRange, at!(CloseBooks, |m| m.year = 2024)),
        ("close_books.year", OutOfRange, at!(CloseBooks, |m| m.year = 10_000)),
        ("erase_data.commitment", Length, at!(EraseData, |m| m.commitment.truncate(31))),
        ("erase_data.reason", BadText, at!(EraseData, |m| m.reason.clear())),
    ]
}

// One table.
#[allow(clippy::too_many_lines)]
pub(super) fn account_cases() -> Cases {
    vec![
        ("register_proponent.project", BadId, at!(RegisterProponent, |m| m.project.clear())),
        ("register_proponent.person", Length, at!(RegisterProponent, |m| m.person.push(0))),
        (
            "apply_individual_account.person",
            Length,
            at!(ApplyIndividualAccount, |m| m.person.clear()),
        ),
        (
            "apply_individual_account.particulars_commitment",
            Length,
            at!(ApplyIndividualAccount, |m| m.particulars_commitment.truncate(1)),
        ),
        (
            "apply_individual_account.attachments",
            EmptyList,
            at!(ApplyIndividualAccount, |m| m.attachments.clear()),
        ),
        (
            "apply_individual_account.attachments",
            LongList,
            at!(ApplyIndividualAccount, |m| m.attachments = vec![vec![0; 32]; 17]),
        ),
        (
            "apply_individual_account.attachments[1]",
            Length,
            at!(ApplyIndividualAccount, |m| m.attachments[1].clear()),
        ),
        (
            "apply_individual_account.representative_key",
            Length,
            at!(ApplyIndividualAccount, |m| m.representative_key.push(0)),
        ),
        ("notify_change.account", OutOfRange, at!(NotifyChange, |m| m.account = 0)),
        (
            "notify_change.holder",
            Missing,
            at!(NotifyChange, |m| {
                m.holder = None;
                m.particulars_commitment.clear()
            }),
        ),
        (
            "notify_change.holder.name_ja",
            BadText,
            at!(NotifyChange, |m| m.holder.as_mut().expect("one").name_ja = " ".to_owned()),
        ),
        (
            "notify_change.holder.name_en",
            BadText,
            at!(NotifyChange, |m| m.holder.as_mut().expect("one").name_en.clear()),
        ),
        (
            "notify_change.holder.head_office_ja",
            BadText,
            at!(NotifyChange, |m| m.holder.as_mut().expect("one").head_office_ja.push('\n')),
        ),
        (
            "notify_change.holder.head_office_en",
            BadText,
            at!(NotifyChange, |m| m.holder.as_mut().expect("one").head_office_en.clear()),
        ),
        (
            "notify_change.particulars_commitment",
            Length,
            at!(NotifyChange, |m| m.particulars_commitment.push(0)),
        ),
        ("notify_change.effective", Missing, at!(NotifyChange, |m| m.effective = None)),
        ("notify_change.effective", BadDate, at!(NotifyChange, |m| m.effective = bad_date())),
        ("notify_change.attachments", EmptyList, at!(NotifyChange, |m| m.attachments.clear())),
        (
            "notify_change.attachments",
            LongList,
            at!(NotifyChange, |m| m.attachments.push(vec![0; 32])),
        ),
        ("notify_change.attachments[15]", Length, at!(NotifyChange, |m| m.attachments[15].push(0))),
        ("apply_closing.account", OutOfRange, at!(ApplyClosing, |m| m.account = 10_000_000)),
        ("apply_closing.attachments", EmptyList, at!(ApplyClosing, |m| m.attachments.clear())),
        (
            "apply_closing.attachments",
            LongList,
            at!(ApplyClosing, |m| m.attachments = vec![vec![0; 32]; 17]),
        ),
        ("apply_closing.attachments[0]", Length, at!(ApplyClosing, |m| m.attachments[0].clear())),
    ]
}

pub(super) fn application_cases() -> Cases {
    vec![
        ("record_application.application", Missing, at!(RecordApplication, |m| m.application = 0)),
        ("request_completion.application", Missing, at!(RequestCompletion, |m| m.application = 0)),
        ("request_completion.items", EmptyList, at!(RequestCompletion, |m| m.items.clear())),
        (
            "request_completion.items",
            LongList,
            at!(RequestCompletion, |m| m.items = vec!["x".to_owned(); 17]),
        ),
        ("request_completion.items[1]", BadText, at!(RequestCompletion, |m| m.items[1].clear())),
        ("request_completion.due", Missing, at!(RequestCompletion, |m| m.due = None)),
        ("request_completion.due", BadDate, at!(RequestCompletion, |m| m.due = bad_date())),
        (
            "complete_application.application",
            Missing,
            at!(CompleteApplication, |m| m.application = 0),
        ),
        (
            "complete_application.attachments",
            EmptyList,
            at!(CompleteApplication, |m| m.attachments.clear()),
        ),
        (
            "complete_application.attachments",
            LongList,
            at!(CompleteApplication, |m| m.attachments = vec![vec![0; 32]; 17]),
        ),
        (
            "complete_application.attachments[0]",
            Length,
            at!(CompleteApplication, |m| m.attachments[0].clear()),
        ),
        ("refuse_application.application", Missing, at!(RefuseApplication, |m| m.application = 0)),
        ("refuse_application.ground", BadChoice, at!(RefuseApplication, |m| m.ground = 0)),
        ("refuse_application.ground", BadChoice, at!(RefuseApplication, |m| m.ground = 7)),
        (
            "refuse_application.explanation",
            BadText,
            at!(RefuseApplication, |m| m.explanation.clear()),
        ),
        ("lapse_application.application", Missing, at!(LapseApplication, |m| m.application = 0)),
    ]
}

pub(super) fn statement_cases() -> Cases {
    vec![
        ("import_statement.statement", Length, at!(ImportStatement, |m| m.statement.clear())),
        (
            "import_statement.payers_commitment",
            Length,
            at!(ImportStatement, |m| m.payers_commitment.push(0)),
        ),
        (
            "import_statement.amounts_yen",
            EmptyList,
            at!(ImportStatement, |m| m.amounts_yen.clear()),
        ),
        (
            "import_statement.amounts_yen",
            LongList,
            at!(ImportStatement, |m| m.amounts_yen = vec![1; 1_001]),
        ),
        ("import_statement.keys", Length, at!(ImportStatement, |m| m.keys.truncate(35))),
        ("import_statement.keys", Length, at!(ImportStatement, |m| m.keys.truncate(24))),
        ("import_statement.keys", Length, at!(ImportStatement, |m| m.keys.push(0))),
        ("import_statement.keys", Length, at!(ImportStatement, |m| m.keys.clear())),
        (
            "import_statement.keys[2]",
            Repeated,
            at!(ImportStatement, |m| m.keys.copy_within(..12, 24)),
        ),
        (
            "import_statement.amounts_yen[1]",
            OutOfRange,
            at!(ImportStatement, |m| m.amounts_yen[1] = 0),
        ),
        (
            "import_statement.amounts_yen[2]",
            OutOfRange,
            at!(ImportStatement, |m| m.amounts_yen[2] = 1_000_000_000_001),
        ),
        ("import_statement.value_days", Length, at!(ImportStatement, |m| m.value_days.clear())),
        ("import_statement.value_days", Length, at!(ImportStatement, |m| m.value_days.push(0))),
        // 9999-12-31 is day 2,932,896.
        (
            "import_statement.value_days[1]",
            BadDate,
            at!(ImportStatement, |m| m.value_days[1] = 2_932_897),
        ),
        ("import_statement.accounts", Length, at!(ImportStatement, |m| m.accounts.truncate(2))),
        ("import_statement.accounts", Length, at!(ImportStatement, |m| m.accounts.push(0))),
        ("import_statement.accounts", NotAllowed, at!(ImportStatement, |m| m.accounts[1] = 0)),
        (
            "import_statement.accounts[2]",
            OutOfRange,
            at!(ImportStatement, |m| m.accounts[2] = 10_000_000),
        ),
    ]
}

// One table.
#[allow(clippy::too_many_lines)]
pub(super) fn payment_cases() -> Cases {
    use pb::refund::Source;
    vec![
        (
            "submit_payment_proof.application",
            Missing,
            at!(SubmitPaymentProof, |m| m.application = 0),
        ),
        ("submit_payment_proof.document", Length, at!(SubmitPaymentProof, |m| m.document.clear())),
        ("apply_payments.parts", EmptyList, at!(ApplyPayments, |m| m.parts.clear())),
        ("apply_payments.parts", LongList, at!(ApplyPayments, |m| m.parts = vec![m.parts[0]; 257])),
        (
            "apply_payments.parts[1].payment",
            Missing,
            at!(ApplyPayments, |m| m.parts[1].payment = 0),
        ),
        (
            "apply_payments.parts[1].line",
            OutOfRange,
            at!(ApplyPayments, |m| m.parts[1].line = 1_001),
        ),
        (
            "apply_payments.parts[0].line",
            OutOfRange,
            at!(ApplyPayments, |m| m.parts[0].line = 65_536 + 1),
        ),
        (
            "apply_payments.parts[1].application",
            Missing,
            at!(ApplyPayments, |m| m.parts[1].application = 0),
        ),
        (
            "apply_payments.parts[0].amount_yen",
            OutOfRange,
            at!(ApplyPayments, |m| m.parts[0].amount_yen = 0),
        ),
        ("refund.source", Missing, at!(Refund, |m| m.source = None)),
        (
            "refund.payment.entry",
            Missing,
            at!(Refund, |m| m.source =
                Some(Source::Payment(pb::PaymentReference { entry: 0, line: 1 }))),
        ),
        (
            "refund.payment.line",
            OutOfRange,
            at!(Refund, |m| m.source =
                Some(Source::Payment(pb::PaymentReference { entry: 1, line: 1_001 }))),
        ),
        ("refund.application", Missing, at!(Refund, |m| m.source = Some(Source::Application(0)))),
        ("refund.amount_yen", OutOfRange, at!(Refund, |m| m.amount_yen += 1)),
        ("refund.bank_reference", BadName, at!(Refund, |m| m.bank_reference.clear())),
        ("refund.reason", BadText, at!(Refund, |m| m.reason.clear())),
        (
            "apply_transfer.fee_payment",
            Missing,
            at!(ApplyTransfer, |m| {
                m.fee_payment = 0;
                m.fee_payment_line = 1
            }),
        ),
        (
            "apply_transfer.fee_payment_line",
            OutOfRange,
            at!(ApplyTransfer, |m| m.fee_payment_line = 1_001),
        ),
        (
            "request_certificate.fee_payment",
            Missing,
            at!(RequestCertificate, |m| {
                m.fee_payment = 0;
                m.fee_payment_line = 1_000
            }),
        ),
        (
            "request_certificate.fee_payment_line",
            OutOfRange,
            at!(RequestCertificate, |m| m.fee_payment_line = 1_001),
        ),
    ]
}

pub(super) fn restriction_cases() -> Cases {
    vec![
        ("record_restriction.account", OutOfRange, at!(RecordRestriction, |m| m.account = 0)),
        (
            "record_restriction.ranges",
            LongList,
            at!(RecordRestriction, |m| m.ranges = vec![m.ranges[0]; 257]),
        ),
        (
            "record_restriction.ranges[1].last",
            RangeReversed,
            at!(RecordRestriction, |m| m.ranges[1].first = 2),
        ),
        (
            "record_restriction.ranges[1]",
            RangesUnsorted,
            at!(RecordRestriction, |m| m.ranges.swap(0, 1)),
        ),
        ("record_restriction.ground", BadChoice, at!(RecordRestriction, |m| m.ground = 0)),
        ("record_restriction.ground", BadChoice, at!(RecordRestriction, |m| m.ground = 5)),
        ("record_restriction.authority", BadText, at!(RecordRestriction, |m| m.authority.clear())),
        ("record_restriction.reference", BadText, at!(RecordRestriction, |m| m.reference.clear())),
        ("record_restriction.document", Length, at!(RecordRestriction, |m| m.document.clear())),
        (
            "release_restriction.restriction",
            Missing,
            at!(ReleaseRestriction, |m| m.restriction = 0),
        ),
        (
            "release_restriction.reference",
            BadText,
            at!(ReleaseRestriction, |m| m.reference.clear()),
        ),
        ("release_restriction.document", Length, at!(ReleaseRestriction, |m| m.document.push(0))),
    ]
}

fn range(first: u64) -> pb::SerialRange {
    pb::SerialRange { block: 1, first, last: 9 }
}

fn bad_terms(details: usize, evidence: usize) -> Option<pb::TrustTerms> {
    let (details_commitment, evidence) = (vec![0; details], vec![0; evidence]);
    Some(pb::TrustTerms { details_commitment, evidence, ..pb::TrustTerms::default() })
}

fn terms() -> Option<pb::TrustTerms> {
    bad_terms(32, 32)
}

// One table.
#[allow(clippy::too_many_lines)]
pub(super) fn trust_cases() -> Cases {
    use pb::apply_trust::Request;
    vec![
        ("apply_trust.account", OutOfRange, at!(ApplyTrust, |m| m.account = 0)),
        ("apply_trust.request", Missing, at!(ApplyTrust, |m| m.request = None)),
        (
            "apply_trust.record.ranges",
            EmptyList,
            at!(ApplyTrust, |m| m.request =
                Some(Request::Record(pb::TrustRecording { ranges: Vec::new(), terms: terms() }))),
        ),
        (
            "apply_trust.record.terms",
            Missing,
            at!(ApplyTrust, |m| m.request =
                Some(Request::Record(pb::TrustRecording { ranges: vec![range(1)], terms: None }))),
        ),
        (
            "apply_trust.record.terms.details_commitment",
            Length,
            at!(ApplyTrust, |m| m.request = Some(Request::Record(pb::TrustRecording {
                ranges: vec![range(1)],
                terms: bad_terms(31, 32)
            }))),
        ),
        (
            "apply_trust.record.terms.evidence",
            Length,
            at!(ApplyTrust, |m| m.request = Some(Request::Record(pb::TrustRecording {
                ranges: vec![range(1)],
                terms: bad_terms(32, 0)
            }))),
        ),
        (
            "apply_trust.delete.ranges[0].first",
            OutOfRange,
            at!(ApplyTrust, |m| m.request = Some(Request::Delete(pb::TrustOwnership {
                ranges: vec![range(0)],
                evidence: vec![0; 32],
                beneficiaries: vec![0; 32]
            }))),
        ),
        (
            "apply_trust.delete.evidence",
            Length,
            at!(ApplyTrust, |m| m.request = Some(Request::Delete(pb::TrustOwnership {
                ranges: vec![range(1)],
                evidence: vec![0; 31],
                beneficiaries: vec![0; 32]
            }))),
        ),
        (
            "apply_trust.delete.beneficiaries",
            Length,
            at!(ApplyTrust, |m| m.request = Some(Request::Delete(pb::TrustOwnership {
                ranges: vec![range(1)],
                evidence: vec![0; 32],
                beneficiaries: Vec::new()
            }))),
        ),
        (
            "apply_trust.amend.trust",
            Missing,
            at!(ApplyTrust, |m| m.request =
                Some(Request::Amend(pb::TrustAmendment { trust: 0, terms: terms() }))),
        ),
        (
            "apply_trust.amend.terms",
            Missing,
            at!(ApplyTrust, |m| m.request =
                Some(Request::Amend(pb::TrustAmendment { trust: 1, terms: None }))),
        ),
        // In the trustee's place a trust is only recorded.
        (
            "apply_trust.subrogation",
            NotAllowed,
            at!(ApplyTrust, |m| m.request =
                Some(Request::Amend(pb::TrustAmendment { trust: 1, terms: terms() }))),
        ),
        (
            "apply_trust.subrogation",
            NotAllowed,
            at!(ApplyTrust, |m| m.request = Some(Request::Delete(pb::TrustOwnership {
                ranges: vec![range(1)],
                evidence: vec![0; 32],
                beneficiaries: vec![0; 32],
            }))),
        ),
        ("apply_trust.subrogation", Length, at!(ApplyTrust, |m| m.subrogation.push(0))),
        ("record_commission.trust", Missing, at!(RecordCommission, |m| m.trust = 0)),
        ("record_commission.terms", Missing, at!(RecordCommission, |m| m.terms = None)),
        (
            "record_commission.terms.evidence",
            Length,
            at!(RecordCommission, |m| m.terms = bad_terms(32, 33)),
        ),
        ("record_commission.court", BadText, at!(RecordCommission, |m| m.court.clear())),
        ("record_commission.reference", BadText, at!(RecordCommission, |m| m.reference.clear())),
    ]
}

pub(super) fn transfer_trust_cases() -> Cases {
    use pb::transfer_trust::Kind;
    vec![
        (
            "apply_transfer.trust",
            Missing,
            at!(ApplyTransfer, |m| m.trust = Some(pb::TransferTrust { kind: None })),
        ),
        (
            "apply_transfer.trust.record.details_commitment",
            Length,
            at!(ApplyTransfer, |m| m.trust =
                Some(pb::TransferTrust { kind: bad_terms(0, 32).map(Kind::Record) })),
        ),
        (
            "apply_transfer.trust.record.evidence",
            Length,
            at!(ApplyTransfer, |m| m.trust =
                Some(pb::TransferTrust { kind: bad_terms(32, 31).map(Kind::Record) })),
        ),
        (
            "apply_transfer.trust.delete.evidence",
            Length,
            at!(ApplyTransfer, |m| m.trust = Some(pb::TransferTrust {
                kind: Some(Kind::Delete(pb::TrustDeletion { evidence: Vec::new() }))
            })),
        ),
        (
            "apply_transfer.trust.change_trustee.terms",
            Missing,
            at!(ApplyTransfer, |m| m.trust = Some(pb::TransferTrust {
                kind: Some(Kind::ChangeTrustee(pb::TrusteeChange {
                    terms: None,
                    by_new_trustee: true
                }))
            })),
        ),
        (
            "apply_transfer.trust.change_trustee.terms.evidence",
            Length,
            at!(ApplyTransfer, |m| m.trust = Some(pb::TransferTrust {
                kind: Some(Kind::ChangeTrustee(pb::TrusteeChange {
                    terms: bad_terms(32, 1),
                    by_new_trustee: true
                }))
            })),
        ),
    ]
}

/// A correction of units alone, which has no day on which a change took effect.
fn unchanged(m: &mut pb::RecordCorrection) {
    m.holder = None;
    m.particulars_commitment.clear();
}

// One table.
#[allow(clippy::too_many_lines)]
pub(super) fn correction_cases() -> Cases {
    vec![
        ("record_correction.account", OutOfRange, at!(RecordCorrection, |m| m.account = 0)),
        ("record_correction.affected", Missing, at!(RecordCorrection, |m| m.affected = 0)),
        ("record_correction.error", BadText, at!(RecordCorrection, |m| m.error.clear())),
        (
            "record_correction.consulted_on",
            Missing,
            at!(RecordCorrection, |m| m.consulted_on = None),
        ),
        (
            "record_correction.consultation",
            Length,
            at!(RecordCorrection, |m| m.consultation.clear()),
        ),
        (
            "record_correction.third_party_consent",
            Length,
            at!(RecordCorrection, |m| m.third_party_consent.truncate(31)),
        ),
        (
            "record_correction.holder.name_en",
            BadText,
            at!(RecordCorrection, |m| m.holder.as_mut().expect("one").name_en.clear()),
        ),
        (
            "record_correction.particulars_commitment",
            Length,
            at!(RecordCorrection, |m| m.particulars_commitment.push(0)),
        ),
        ("record_correction.effective", Missing, at!(RecordCorrection, |m| m.effective = None)),
        ("record_correction.effective", NotAllowed, at!(RecordCorrection, |m| unchanged(m))),
        (
            "record_correction.moves",
            Missing,
            at!(RecordCorrection, |m| {
                unchanged(m);
                m.effective = None;
                m.moves.clear()
            }),
        ),
        (
            "record_correction.moves",
            LongList,
            at!(RecordCorrection, |m| m.moves = vec![m.moves[0].clone(); 9]),
        ),
        (
            "record_correction.moves",
            LongList,
            at!(RecordCorrection, |m| {
                m.moves[0].ranges = vec![range(1); 128];
                m.moves[1].ranges = vec![range(1); 129]
            }),
        ),
        (
            "record_correction.moves[1].source",
            OutOfRange,
            at!(RecordCorrection, |m| m.moves[1].source = 0),
        ),
        (
            "record_correction.moves[0].destination",
            OutOfRange,
            at!(RecordCorrection, |m| m.moves[0].destination = 10_000_000),
        ),
        (
            "record_correction.moves[0].ranges",
            EmptyList,
            at!(RecordCorrection, |m| m.moves[0].ranges.clear()),
        ),
        (
            "record_correction.moves[0].ranges[1]",
            RangesOverlap,
            at!(RecordCorrection, |m| m.moves[0].ranges[1] = m.moves[0].ranges[0]),
        ),
        (
            "record_correction.moves[1].ranges",
            RangesOverlap,
            at!(RecordCorrection, |m| m.moves[1].ranges[0].first = 5),
        ),
        (
            "record_correction.moves[1].ranges",
            RangesOverlap,
            at!(RecordCorrection, |m| m.moves[1].ranges[0] = m.moves[0].ranges[1]),
        ),
    ]
}

pub(super) fn acceptance_cases() -> Cases {
    vec![
        ("set_acceptance.account", OutOfRange, at!(SetAcceptance, |m| m.account = 0)),
        ("set_acceptance.kind", BadChoice, at!(SetAcceptance, |m| m.kind = 0)),
        ("set_acceptance.kind", BadChoice, at!(SetAcceptance, |m| m.kind = 4)),
        ("set_acceptance.accounts", NotAllowed, at!(SetAcceptance, |m| m.kind = 1)),
        ("set_acceptance.accounts", NotAllowed, at!(SetAcceptance, |m| m.kind = 3)),
        ("set_acceptance.accounts", EmptyList, at!(SetAcceptance, |m| m.accounts.clear())),
        (
            "set_acceptance.accounts",
            LongList,
            at!(SetAcceptance, |m| m.accounts = (1..=257).collect()),
        ),
        ("set_acceptance.accounts[0]", OutOfRange, at!(SetAcceptance, |m| m.accounts[0] = 0)),
        ("set_acceptance.accounts[1]", ListUnsorted, at!(SetAcceptance, |m| m.accounts.reverse())),
        (
            "set_acceptance.accounts[1]",
            ListUnsorted,
            at!(SetAcceptance, |m| m.accounts[1] = m.accounts[0]),
        ),
        ("accept_transfer.application", Missing, at!(AcceptTransfer, |m| m.application = 0)),
    ]
}
