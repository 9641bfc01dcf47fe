//! One case at least for every rule of form: what is changed in a good command,
//! and which field and rule the answer must name.

use super::*;
use pb::command::Body as Wire;

/// What a case changes in a command that is otherwise good.
type Change = Box<dyn Fn(&mut pb::Command)>;

/// A change in the body, which must be of this kind.
macro_rules! at {
    ($kind:ident, |$m:ident| $change:expr) => {
        Box::new(|command: &mut pb::Command| match &mut command.body {
            Some(Wire::$kind($m)) => $change,
            other => panic!("not {}: {other:?}", stringify!($kind)),
        }) as Change
    };
}

/// A change in the header.
macro_rules! head {
    (|$m:ident| $change:expr) => {
        Box::new(|$m: &mut pb::Command| $change) as Change
    };
}

// After the macros, which they use.
mod of_acts;
mod of_article6;
mod of_guard;

fn bad_date() -> Option<pb::Date> {
    Some(pb::Date { year: 2023, month: 2, day: 29 })
}

/// A good command with the body that a case is about: the last of its name,
/// which has every field.
fn good(field: &str) -> Command {
    let kind = field.split(['.', '[']).next().unwrap_or_default().replace('_', "");
    let body = bodies().into_iter().rev().find(|body| body.name().to_lowercase() == kind);
    command(body.unwrap_or_else(genesis))
}

#[test]
fn every_rule_of_form_names_its_field() {
    let tables = [
        header_cases(),
        genesis_cases(),
        key_cases(),
        fee_cases(),
        account_cases(),
        project_cases(),
        authorisation_cases(),
        decision_cases(),
        issuance_cases(),
        vintage_cases(),
        transfer_cases(),
        of_acts::rule_data_cases(),
        of_acts::calendar_cases(),
        of_acts::account_cases(),
        of_acts::application_cases(),
        of_acts::statement_cases(),
        of_acts::payment_cases(),
        of_acts::restriction_cases(),
        of_acts::trust_cases(),
        of_acts::transfer_trust_cases(),
        of_acts::correction_cases(),
        of_acts::acceptance_cases(),
        of_guard::role_cases(),
        of_guard::safeguard_cases(),
        of_guard::mandate_cases(),
        of_guard::account_cases(),
        of_guard::recovery_cases(),
        of_article6::rule_data_cases(),
        of_article6::details_cases(),
        of_article6::list_cases(),
        of_article6::version_cases(),
        of_article6::confirmation_cases(),
        of_article6::use_cases(),
        of_article6::transfers_cases(),
        of_article6::issuances_cases(),
    ];
    let mut shown = BTreeSet::new();
    for (field, rule, change) in tables.into_iter().flatten() {
        let mut message = build::command(&good(field));
        assert!(Command::parse(&message.encode_to_vec()).is_ok(), "{field}");
        change(&mut message);
        let error = Command::parse(&message.encode_to_vec()).expect_err(field);
        assert_eq!(error, PayloadError::Field(FieldError::new(field, rule)), "{field}");
        shown.insert(rule.number());
    }
    let missing: Vec<_> =
        FieldRule::ALL.iter().filter(|rule| !shown.contains(&rule.number())).collect();
    // 147 is reserved: which roles may be registered is a rule of the ledger.
    assert!(missing.is_empty(), "{missing:?}");
}

fn header_cases() -> Vec<(&'static str, FieldRule, Change)> {
    vec![
        ("registry", FieldRule::BadId, head!(|m| m.registry = "a b".to_owned())),
        ("registry", FieldRule::BadId, head!(|m| m.registry.clear())),
        ("command_id", FieldRule::Length, head!(|m| m.command_id.truncate(15))),
        ("command_id", FieldRule::Length, head!(|m| m.command_id.clear())),
        ("valid_until_ms", FieldRule::OutOfRange, head!(|m| m.valid_until_ms = 0)),
        ("valid_until_ms", FieldRule::OutOfRange, head!(|m| m.valid_until_ms = u64::MAX)),
        ("effect_digest", FieldRule::Length, head!(|m| m.effect_digest = vec![0; 33])),
        ("body", FieldRule::Missing, head!(|m| m.body = None)),
    ]
}

fn genesis_cases() -> Vec<(&'static str, FieldRule, Change)> {
    use FieldRule::{BadName, EmptyList, Length, LongList, Missing, OutOfRange, Repeated};
    vec![
        ("genesis.log_key", Length, at!(Genesis, |m| m.log_key.clear())),
        ("genesis.authorities", EmptyList, at!(Genesis, |m| m.authorities.truncate(1))),
        (
            "genesis.authorities",
            LongList,
            at!(Genesis, |m| m.authorities = vec![m.authorities[0].clone(); 9]),
        ),
        (
            "genesis.authorities[1]",
            Repeated,
            at!(Genesis, |m| m.authorities[1].person = "authority-1".to_owned()),
        ),
        (
            "genesis.authorities[1]",
            Repeated,
            at!(Genesis, |m| m.authorities[1].public_key = m.authorities[0].public_key.clone()),
        ),
        (
            "genesis.authorities[0].person",
            BadName,
            at!(Genesis, |m| m.authorities[0].person = "権限".to_owned()),
        ),
        (
            "genesis.authorities[1].public_key",
            Length,
            at!(Genesis, |m| m.authorities[1].public_key.truncate(31)),
        ),
        ("genesis.rule_set", Missing, at!(Genesis, |m| m.rule_set = None)),
        (
            "genesis.rule_set.version",
            OutOfRange,
            at!(Genesis, |m| m.rule_set.as_mut().expect("one").version = 2),
        ),
        (
            "genesis.rule_set.account_opening_fee_yen",
            OutOfRange,
            at!(Genesis, |m| m.rule_set.as_mut().expect("one").account_opening_fee_yen = 0),
        ),
        (
            "genesis.rule_set.transfer_fee_yen",
            OutOfRange,
            at!(Genesis, |m| m.rule_set.as_mut().expect("one").transfer_fee_yen = u64::MAX),
        ),
        (
            "genesis.rule_set.certificate_fee_yen",
            OutOfRange,
            at!(Genesis, |m| m.rule_set.as_mut().expect("one").certificate_fee_yen = 0),
        ),
    ]
}

fn role(kind: pb::role::Kind) -> Option<pb::Role> {
    Some(pb::Role { kind: Some(kind) })
}

fn key_cases() -> Vec<(&'static str, FieldRule, Change)> {
    use FieldRule::{BadId, BadName, BadText, Length, Missing, OutOfRange};
    use pb::role::Kind;
    vec![
        ("register_key.role", Missing, at!(RegisterKey, |m| m.role = None)),
        (
            "register_key.role",
            Missing,
            at!(RegisterKey, |m| m.role = Some(pb::Role { kind: None })),
        ),
        (
            "register_key.role.authority",
            BadName,
            at!(RegisterKey, |m| m.role = role(Kind::Authority("a b".to_owned()))),
        ),
        (
            "register_key.role.operator",
            BadName,
            at!(RegisterKey, |m| m.role = role(Kind::Operator(String::new()))),
        ),
        (
            "register_key.role.partner",
            BadId,
            at!(RegisterKey, |m| m.role = role(Kind::Partner("mn".to_owned()))),
        ),
        (
            "register_key.role.account",
            OutOfRange,
            at!(RegisterKey, |m| m.role = role(Kind::Account(10_000_000))),
        ),
        (
            "register_key.role.auditor",
            BadName,
            at!(RegisterKey, |m| m.role = role(Kind::Auditor("x".repeat(65)))),
        ),
        ("register_key.key", Missing, at!(RegisterKey, |m| m.key = None)),
        (
            "register_key.key.public_key",
            Length,
            at!(RegisterKey, |m| m.key.as_mut().expect("one").public_key.clear()),
        ),
        (
            "register_key.key.possession",
            Length,
            at!(RegisterKey, |m| m.key.as_mut().expect("one").possession.push(0)),
        ),
        ("revoke_key.public_key", Length, at!(RevokeKey, |m| m.public_key.push(0))),
        ("revoke_key.reason", BadText, at!(RevokeKey, |m| m.reason = " lost".to_owned())),
        ("appoint_operator.person", BadName, at!(AppointOperator, |m| m.person.clear())),
        ("appoint_operator.key", Missing, at!(AppointOperator, |m| m.key = None)),
        ("remove_operator.person", BadName, at!(RemoveOperator, |m| m.person.push(' '))),
        ("remove_operator.reason", BadText, at!(RemoveOperator, |m| m.reason.clear())),
    ]
}

fn fee_cases() -> Vec<(&'static str, FieldRule, Change)> {
    use FieldRule::{BadDate, BadName, Length, Missing, OutOfRange};
    vec![
        (
            "record_payment.bank_reference",
            BadName,
            at!(RecordPayment, |m| m.bank_reference.clear()),
        ),
        ("record_payment.amount_yen", OutOfRange, at!(RecordPayment, |m| m.amount_yen += 1)),
        ("record_payment.value_date", Missing, at!(RecordPayment, |m| m.value_date = None)),
        ("record_payment.value_date", BadDate, at!(RecordPayment, |m| m.value_date = bad_date())),
        (
            "record_payment.value_date",
            BadDate,
            at!(RecordPayment, |m| m.value_date.as_mut().expect("one").year = 65_536 + 2026),
        ),
        ("record_payment.account", OutOfRange, at!(RecordPayment, |m| m.account = 10_000_000)),
        (
            "record_payment.payer_commitment",
            Length,
            at!(RecordPayment, |m| m.payer_commitment.truncate(1)),
        ),
        ("apply_payment.payment", Missing, at!(ApplyPayment, |m| m.payment = 0)),
        ("apply_payment.application", Missing, at!(ApplyPayment, |m| m.application = 0)),
        ("apply_payment.amount_yen", OutOfRange, at!(ApplyPayment, |m| m.amount_yen = 0)),
        ("request_certificate.account", OutOfRange, at!(RequestCertificate, |m| m.account = 0)),
        ("issue_certificate.application", Missing, at!(IssueCertificate, |m| m.application = 0)),
    ]
}

fn account_cases() -> Vec<(&'static str, FieldRule, Change)> {
    use FieldRule::{BadId, BadName, BadText, EmptyList, Length, LongList, Missing};
    use pb::person::Kind;
    fn person(kind: Kind) -> Option<pb::Person> {
        Some(pb::Person { kind: Some(kind) })
    }
    fn foreign(country: &str, number: &str) -> Option<pb::Person> {
        let (country, number) = (country.to_owned(), number.to_owned());
        person(Kind::ForeignCorporation(pb::ForeignCorporation { country, number }))
    }
    fn domestic(number: &str) -> Option<pb::Person> {
        person(Kind::CorporateNumber(number.to_owned()))
    }
    let at_country = "apply_account.person.foreign_corporation.country";
    let at_number = "apply_account.person.foreign_corporation.number";
    let corporate = "apply_account.person.corporate_number";
    vec![
        ("apply_account.person", Missing, at!(ApplyAccount, |m| m.person = None)),
        (corporate, BadId, at!(ApplyAccount, |m| m.person = domestic("7700110005901"))),
        (corporate, BadId, at!(ApplyAccount, |m| m.person = domestic("+8700110005901"))),
        (at_country, BadId, at!(ApplyAccount, |m| m.person = foreign("JP", "1"))),
        (at_country, BadId, at!(ApplyAccount, |m| m.person = foreign("M", "1"))),
        (at_number, BadName, at!(ApplyAccount, |m| m.person = foreign("MN", ""))),
        // A Japanese corporation has a Japanese name.
        (
            "apply_account.name_ja",
            BadText,
            at!(ApplyAccount, |m| {
                m.person = domestic("8700110005901");
                m.name_ja.clear();
            }),
        ),
        (
            "apply_account.head_office_ja",
            BadText,
            at!(ApplyAccount, |m| m.head_office_ja = "\u{202e}例".to_owned()),
        ),
        ("apply_account.name_en", BadText, at!(ApplyAccount, |m| m.name_en.clear())),
        (
            "apply_account.head_office_en",
            BadText,
            at!(ApplyAccount, |m| m.head_office_en.push(' ')),
        ),
        (
            "apply_account.particulars_commitment",
            Length,
            at!(ApplyAccount, |m| m.particulars_commitment.clear()),
        ),
        ("apply_account.attachments", EmptyList, at!(ApplyAccount, |m| m.attachments.clear())),
        (
            "apply_account.attachments",
            LongList,
            at!(ApplyAccount, |m| m.attachments = vec![vec![0; 32]; 17]),
        ),
        ("apply_account.attachments[1]", Length, at!(ApplyAccount, |m| m.attachments[1].push(0))),
        (
            "apply_account.representative_key",
            Length,
            at!(ApplyAccount, |m| m.representative_key.truncate(31)),
        ),
        ("open_account.application", Missing, at!(OpenAccount, |m| m.application = 0)),
        (
            "withdraw_application.application",
            Missing,
            at!(WithdrawApplication, |m| m.application = 0),
        ),
        ("withdraw_application.reason", BadText, at!(WithdrawApplication, |m| m.reason.push('\n'))),
    ]
}

fn project_cases() -> Vec<(&'static str, FieldRule, Change)> {
    use FieldRule::{BadDate, BadId, BadName, BadText};
    vec![
        ("register_project.reference", BadId, at!(RegisterProject, |m| m.reference.truncate(2))),
        ("register_project.title", BadText, at!(RegisterProject, |m| m.title = "x".repeat(513))),
        (
            "register_project.methodology",
            BadName,
            at!(RegisterProject, |m| m.methodology.push('!')),
        ),
        (
            "register_project.public_input_date",
            BadDate,
            at!(RegisterProject, |m| m.public_input_date = bad_date()),
        ),
    ]
}

fn authorisation_cases() -> Vec<(&'static str, FieldRule, Change)> {
    use FieldRule::{BadChoice, BadId, BadName, Length, LongList, Missing, OutOfRange, Repeated};
    vec![
        (
            "record_authorisation.authorisation_id",
            BadName,
            at!(RecordAuthorisation, |m| m.authorisation_id.clear()),
        ),
        ("record_authorisation.side", BadChoice, at!(RecordAuthorisation, |m| m.side = 0)),
        ("record_authorisation.side", BadChoice, at!(RecordAuthorisation, |m| m.side = 3)),
        ("record_authorisation.partner", BadId, at!(RecordAuthorisation, |m| m.partner.clear())),
        (
            "record_authorisation.cooperative_approach",
            BadId,
            at!(RecordAuthorisation, |m| m.cooperative_approach = "CA7".to_owned()),
        ),
        ("record_authorisation.date", Missing, at!(RecordAuthorisation, |m| m.date = None)),
        (
            "record_authorisation.quantity_tonnes",
            OutOfRange,
            at!(RecordAuthorisation, |m| m.quantity_tonnes += 1),
        ),
        (
            "record_authorisation.first_vintage",
            OutOfRange,
            at!(RecordAuthorisation, |m| m.first_vintage = 2020),
        ),
        (
            "record_authorisation.last_vintage",
            OutOfRange,
            at!(RecordAuthorisation, |m| m.first_vintage = 2031),
        ),
        (
            "record_authorisation.for_ndc",
            Missing,
            at!(RecordAuthorisation, |m| (m.for_ndc, m.for_op) = (false, false)),
        ),
        (
            "record_authorisation.first_transfer",
            BadChoice,
            at!(RecordAuthorisation, |m| m.first_transfer = 0),
        ),
        (
            "record_authorisation.projects",
            LongList,
            at!(RecordAuthorisation, |m| m.projects = vec!["MN003".to_owned(); 257]),
        ),
        (
            "record_authorisation.projects[1]",
            Repeated,
            at!(RecordAuthorisation, |m| m.projects.reverse()),
        ),
        (
            "record_authorisation.projects[0]",
            BadId,
            at!(RecordAuthorisation, |m| m.projects[0] = "VN003".to_owned()),
        ),
        ("record_authorisation.document", Length, at!(RecordAuthorisation, |m| m.document.clear())),
    ]
}

/// A change of the decision that a consent names.
macro_rules! decided {
    (|$d:ident| $change:expr) => {
        at!(ConsentIssuance, |m| {
            let $d = m.decision.as_mut().expect("one");
            $change;
        })
    };
}

fn decision_cases() -> Vec<(&'static str, FieldRule, Change)> {
    use FieldRule::{
        BadDate, BadId, BadName, Missing, NotifiedExceeded, OutOfRange, PeriodReversed,
    };
    vec![
        ("consent_issuance.project", BadId, at!(ConsentIssuance, |m| m.project.clear())),
        ("consent_issuance.decision", Missing, at!(ConsentIssuance, |m| m.decision = None)),
        ("consent_issuance.decision.reference", BadName, decided!(|d| d.reference.clear())),
        ("consent_issuance.decision.date", Missing, decided!(|d| d.date = None)),
        ("consent_issuance.decision.period_start", Missing, decided!(|d| d.period_start = None)),
        ("consent_issuance.decision.period_end", BadDate, decided!(|d| d.period_end = bad_date())),
        (
            "consent_issuance.decision.period_end",
            PeriodReversed,
            decided!(|d| d.period_start = Some(pb::Date { year: 2022, month: 4, day: 1 })),
        ),
        (
            "consent_issuance.decision.notified_total_tonnes",
            OutOfRange,
            decided!(|d| d.notified_total_tonnes = 0),
        ),
        (
            "consent_issuance.decision.notified_japan_tonnes",
            OutOfRange,
            decided!(|d| d.notified_japan_tonnes = 0),
        ),
        (
            "consent_issuance.decision.notified_japan_tonnes",
            NotifiedExceeded,
            decided!(|d| d.notified_japan_tonnes = d.notified_total_tonnes + 1),
        ),
    ]
}

/// A change of the basis of units carried over.
macro_rules! carried {
    (|$b:ident| $change:expr) => {
        at!(RecordIssuance, |m| match &mut m.basis {
            Some(pb::record_issuance::Basis::CarriedOver($b)) => $change,
            other => panic!("{other:?}"),
        })
    };
}

// One table.
#[allow(clippy::too_many_lines)]
fn issuance_cases() -> Vec<(&'static str, FieldRule, Change)> {
    use FieldRule::{
        AllocationSum, AuthorisationPair, BadId, BadName, BadText, IssuedBeforeDecision, Length,
        Missing, NotPredecessor, NotifiedExceeded, OutOfRange, VintageSplit,
    };
    use pb::record_issuance::Basis;
    vec![
        ("record_issuance.project", BadId, at!(RecordIssuance, |m| m.project.clear())),
        ("record_issuance.decision", Missing, at!(RecordIssuance, |m| m.decision = None)),
        ("record_issuance.basis", Missing, at!(RecordIssuance, |m| m.basis = None)),
        (
            "record_issuance.consent",
            Missing,
            at!(RecordIssuance, |m| m.basis = Some(Basis::Consent(0))),
        ),
        (
            "record_issuance.carried_over.issued_on",
            NotPredecessor,
            carried!(|b| b.issued_on = Some(pb::Date { year: 2025, month: 4, day: 1 })),
        ),
        (
            "record_issuance.carried_over.issued_on",
            IssuedBeforeDecision,
            carried!(|b| b.issued_on = Some(pb::Date { year: 2000, month: 4, day: 1 })),
        ),
        (
            "record_issuance.carried_over.recognition_reference",
            BadText,
            carried!(|b| b.recognition_reference.clear()),
        ),
        ("record_issuance.verifier", BadText, at!(RecordIssuance, |m| m.verifier.clear())),
        (
            "record_issuance.verification_report",
            Length,
            at!(RecordIssuance, |m| m.verification_report.clear()),
        ),
        (
            "record_issuance.quantity_tonnes",
            OutOfRange,
            at!(RecordIssuance, |m| m.quantity_tonnes = 0),
        ),
        (
            "record_issuance.quantity_tonnes",
            AllocationSum,
            at!(RecordIssuance, |m| m.quantity_tonnes += 1),
        ),
        (
            "record_issuance.quantity_tonnes",
            NotifiedExceeded,
            at!(RecordIssuance, |m| {
                m.decision.as_mut().expect("one").notified_japan_tonnes = 499;
            }),
        ),
        (
            "record_issuance.japan_authorisation",
            AuthorisationPair,
            at!(RecordIssuance, |m| m.japan_authorisation.clear()),
        ),
        (
            "record_issuance.partner_authorisation",
            AuthorisationPair,
            at!(RecordIssuance, |m| m.partner_authorisation.clear()),
        ),
        (
            "record_issuance.japan_authorisation",
            BadName,
            at!(RecordIssuance, |m| m.japan_authorisation.push(' ')),
        ),
        ("record_issuance.vintages", VintageSplit, at!(RecordIssuance, |m| drop(m.vintages.pop()))),
        (
            "record_issuance.vintages[0].year",
            VintageSplit,
            at!(RecordIssuance, |m| m.vintages.reverse()),
        ),
    ]
}

fn vintage_cases() -> Vec<(&'static str, FieldRule, Change)> {
    use FieldRule::{AllocationSum, LongList, OutOfRange, Repeated};
    vec![
        (
            "record_issuance.vintages",
            LongList,
            at!(RecordIssuance, |m| m.vintages = vec![pb::VintageIssue::default(); 33]),
        ),
        (
            "record_issuance.vintages",
            LongList,
            at!(RecordIssuance, |m| m.vintages[1].allocations =
                vec![pb::Allocation::default(); 255]),
        ),
        (
            "record_issuance.vintages[1].year",
            OutOfRange,
            at!(RecordIssuance, |m| m.vintages[1].year = 1969),
        ),
        (
            "record_issuance.vintages[0].quantity_tonnes",
            AllocationSum,
            at!(RecordIssuance, |m| m.vintages[0].quantity_tonnes += 1),
        ),
        (
            "record_issuance.vintages[0].allocations[1].account",
            OutOfRange,
            at!(RecordIssuance, |m| m.vintages[0].allocations[1].account = 0),
        ),
        (
            "record_issuance.vintages[0].allocations[1].account",
            Repeated,
            at!(RecordIssuance, |m| m.vintages[0].allocations[1].account = 1_001),
        ),
        (
            "record_issuance.vintages[0].allocations[0].quantity_tonnes",
            OutOfRange,
            at!(RecordIssuance, |m| m.vintages[0].allocations[0].quantity_tonnes = 0),
        ),
    ]
}

/// A change of the use that a transfer serves.
macro_rules! used {
    (|$u:ident| $change:expr) => {
        at!(ApplyTransfer, |m| {
            let $u = m.r#use.get_or_insert(pb::Use { kind: 1, ..pb::Use::default() });
            $change;
        })
    };
}

fn serves(purpose: i32, kind: i32) -> Change {
    Box::new(move |command| match &mut command.body {
        Some(pb::command::Body::ApplyTransfer(m)) => {
            m.purpose = purpose;
            m.r#use = Some(pb::Use { kind, ..pb::Use::default() });
        }
        other => panic!("{other:?}"),
    })
}

fn transfer_cases() -> Vec<(&'static str, FieldRule, Change)> {
    use FieldRule::{
        BadChoice, BadText, EmptyList, LongList, Missing, OutOfRange, QuantityMismatch,
        RangeReversed, RangesOverlap, RangesUnsorted, UseMisfit,
    };
    vec![
        ("apply_transfer.source", OutOfRange, at!(ApplyTransfer, |m| m.source = 0)),
        (
            "apply_transfer.destination",
            OutOfRange,
            at!(ApplyTransfer, |m| m.destination = 10_000_000),
        ),
        (
            "apply_transfer.quantity_tonnes",
            OutOfRange,
            at!(ApplyTransfer, |m| m.quantity_tonnes = 0),
        ),
        (
            "apply_transfer.quantity_tonnes",
            QuantityMismatch,
            at!(ApplyTransfer, |m| m.quantity_tonnes += 1),
        ),
        ("apply_transfer.ranges", EmptyList, at!(ApplyTransfer, |m| m.ranges.clear())),
        (
            "apply_transfer.ranges",
            LongList,
            at!(ApplyTransfer, |m| m.ranges = vec![m.ranges[0]; 257]),
        ),
        (
            "apply_transfer.ranges[1].block",
            OutOfRange,
            at!(ApplyTransfer, |m| m.ranges[1].block = 0),
        ),
        (
            "apply_transfer.ranges[1].first",
            OutOfRange,
            at!(ApplyTransfer, |m| m.ranges[1].first = 0),
        ),
        (
            "apply_transfer.ranges[1].last",
            RangeReversed,
            at!(ApplyTransfer, |m| m.ranges[1].last = 7),
        ),
        (
            "apply_transfer.ranges[2].last",
            OutOfRange,
            at!(ApplyTransfer, |m| m.ranges[2].last = 200_000_000_001),
        ),
        ("apply_transfer.ranges[1]", RangesOverlap, at!(ApplyTransfer, |m| m.ranges[1].first = 5)),
        ("apply_transfer.ranges[1]", RangesUnsorted, at!(ApplyTransfer, |m| m.ranges.swap(0, 1))),
        ("apply_transfer.purpose", BadChoice, at!(ApplyTransfer, |m| m.purpose = 0)),
        ("apply_transfer.purpose", BadChoice, at!(ApplyTransfer, |m| m.purpose = -1)),
        ("apply_transfer.use.kind", BadChoice, used!(|u| u.kind = 0)),
        ("apply_transfer.use.kind", BadChoice, used!(|u| u.kind = 9)),
        // Any other transfer serves no use; cancellation never the NDC, and
        // retirement nothing else abroad.
        ("apply_transfer.use.kind", UseMisfit, serves(3, 4)),
        ("apply_transfer.use.kind", UseMisfit, serves(2, 1)),
        ("apply_transfer.use.kind", UseMisfit, serves(1, 5)),
        ("apply_transfer.use.kind", UseMisfit, serves(1, 7)),
        ("apply_transfer.use.kind", UseMisfit, serves(1, 8)),
        (
            "apply_transfer.use.reporting_year",
            OutOfRange,
            used!(|u| u.reporting_year = 65_536 + 2026),
        ),
        ("apply_transfer.use.beneficiary", BadText, used!(|u| u.beneficiary = "\t".to_owned())),
        ("record_transfer.application", Missing, at!(RecordTransfer, |m| m.application = 0)),
    ]
}
