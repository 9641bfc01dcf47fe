//! The cases of Article 6 and of commands of several parts.

use super::*;
use FieldRule::{
    BadChoice, BadDate, BadId, BadName, BadText, EmptyList, Length, ListUnsorted, LongList,
    LongTexts, MetricNotGhg, Missing, NotAllowed, OutOfRange, RangesOverlap, Repeated,
    VintageSplit,
};

type Cases = Vec<(&'static str, FieldRule, Change)>;

pub(super) fn rule_data_cases() -> Cases {
    vec![
        ("adopt_article6.registry_id", BadId, at!(AdoptArticle6, |m| m.registry_id.clear())),
        (
            "adopt_article6.registry_id",
            BadId,
            at!(AdoptArticle6, |m| m.registry_id = "JP001".to_owned()),
        ),
        ("adopt_article6.ndc_first_year", OutOfRange, at!(AdoptArticle6, |m| m.ndc_first_year = 0)),
        (
            "adopt_article6.ndc_first_year",
            OutOfRange,
            at!(AdoptArticle6, |m| m.ndc_first_year = 2020),
        ),
        (
            "adopt_article6.ndc_last_year",
            OutOfRange,
            at!(AdoptArticle6, |m| m.ndc_first_year = 2031),
        ),
        (
            "adopt_article6.gx_ets_cap_basis_points",
            OutOfRange,
            at!(AdoptArticle6, |m| m.gx_ets_cap_basis_points = 10_001),
        ),
        (
            "adopt_article6.gx_ets_cap_basis_points",
            OutOfRange,
            at!(AdoptArticle6, |m| m.gx_ets_cap_basis_points = 65_537),
        ),
        ("adopt_article6.identifiers", BadChoice, at!(AdoptArticle6, |m| m.identifiers = 0)),
        ("adopt_article6.identifiers", BadChoice, at!(AdoptArticle6, |m| m.identifiers = 3)),
    ]
}

/// A change of the details of an authorisation.
macro_rules! detailed {
    (|$d:ident| $change:expr) => {
        at!(RecordAuthorisation, |m| {
            let $d = m.details.as_mut().expect("some");
            $change;
        })
    };
}

pub(super) fn details_cases() -> Cases {
    vec![
        ("record_authorisation.details.version", OutOfRange, detailed!(|d| d.version = 0)),
        ("record_authorisation.details.metric", BadChoice, detailed!(|d| d.metric = 0)),
        ("record_authorisation.details.metric", BadChoice, detailed!(|d| d.metric = 3)),
        ("record_authorisation.details.metric", MetricNotGhg, detailed!(|d| d.metric = 2)),
        ("record_authorisation.details.mitigation", BadChoice, detailed!(|d| d.mitigation = 0)),
        ("record_authorisation.details.mitigation", BadChoice, detailed!(|d| d.mitigation = 4)),
        ("record_authorisation.details.gwp", BadText, detailed!(|d| d.gwp.push(' '))),
        (
            "record_authorisation.details.use_first_year",
            Missing,
            detailed!(|d| d.use_first_year = 0),
        ),
        ("record_authorisation.details.use_last_year", Missing, detailed!(|d| d.use_last_year = 0)),
        (
            "record_authorisation.details.use_first_year",
            OutOfRange,
            detailed!(|d| d.use_first_year = 1969),
        ),
        (
            "record_authorisation.details.use_last_year",
            OutOfRange,
            detailed!(|d| d.use_first_year = 2031),
        ),
        (
            "record_authorisation.details.oimp",
            NotAllowed,
            at!(RecordAuthorisation, |m| (m.for_imp, m.for_op) = (false, false)),
        ),
        ("record_authorisation.details.oimp", BadText, detailed!(|d| d.oimp.push('\n'))),
        ("record_authorisation.details.notes", BadText, detailed!(|d| d.notes.push(' '))),
    ]
}

// One table.
#[allow(clippy::too_many_lines)]
pub(super) fn list_cases() -> Cases {
    vec![
        ("record_authorisation.details.sectors", EmptyList, detailed!(|d| d.sectors.clear())),
        ("record_authorisation.details.sectors[2]", BadChoice, detailed!(|d| d.sectors[2] = 10)),
        ("record_authorisation.details.sectors[1]", ListUnsorted, detailed!(|d| d.sectors[1] = 1)),
        (
            "record_authorisation.details.activities[26]",
            BadChoice,
            detailed!(|d| d.activities[26] = 28),
        ),
        (
            "record_authorisation.details.activities[2]",
            ListUnsorted,
            detailed!(|d| d.activities.swap(1, 2)),
        ),
        (
            "record_authorisation.details.parties",
            LongList,
            detailed!(|d| d.parties = vec!["JPN".to_owned(); 17]),
        ),
        (
            "record_authorisation.details.parties[1]",
            BadId,
            detailed!(|d| d.parties[1] = "MN".to_owned()),
        ),
        (
            "record_authorisation.details.parties[1]",
            ListUnsorted,
            detailed!(|d| d.parties.reverse()),
        ),
        (
            "record_authorisation.details.entities",
            LongList,
            detailed!(|d| d.entities = vec![d.entities[0].clone(); 17]),
        ),
        (
            "record_authorisation.details.entities[1]",
            ListUnsorted,
            detailed!(|d| d.entities[1] = d.entities[0].clone()),
        ),
        (
            "record_authorisation.details.entities[0].entity",
            Missing,
            detailed!(|d| d.entities[0].entity = None),
        ),
        (
            "record_authorisation.details.entities[0].entity.country",
            BadId,
            detailed!(|d| d.entities[0].entity.as_mut().expect("one").country.clear()),
        ),
        (
            "record_authorisation.details.entities[0].entity.number",
            BadName,
            detailed!(|d| d.entities[0].entity.as_mut().expect("one").number.clear()),
        ),
        (
            "record_authorisation.details.entities[2].name",
            BadText,
            detailed!(|d| d.entities[2].name.clear()),
        ),
        (
            "record_authorisation.details.entities[1].conditions",
            BadText,
            detailed!(|d| d.entities[1].conditions.push(' ')),
        ),
        (
            "record_authorisation.details.terms",
            LongList,
            detailed!(|d| d.terms = vec!["a".to_owned(); 9]),
        ),
        ("record_authorisation.details.terms[1]", BadText, detailed!(|d| d.terms[1].clear())),
    ]
}

pub(super) fn version_cases() -> Cases {
    vec![
        (
            "change_authorisation.authorisation",
            Missing,
            at!(ChangeAuthorisation, |m| m.authorisation = 0),
        ),
        ("change_authorisation.date", BadDate, at!(ChangeAuthorisation, |m| m.date = bad_date())),
        (
            "change_authorisation.quantity_tonnes",
            OutOfRange,
            at!(ChangeAuthorisation, |m| m.quantity_tonnes = 0),
        ),
        (
            "change_authorisation.first_vintage",
            OutOfRange,
            at!(ChangeAuthorisation, |m| m.first_vintage = 2020),
        ),
        (
            "change_authorisation.last_vintage",
            OutOfRange,
            at!(ChangeAuthorisation, |m| m.last_vintage = 2020),
        ),
        (
            "change_authorisation.for_ndc",
            Missing,
            at!(ChangeAuthorisation, |m| (m.for_ndc, m.for_op) = (false, false)),
        ),
        (
            "change_authorisation.first_transfer",
            BadChoice,
            at!(ChangeAuthorisation, |m| m.first_transfer = 4),
        ),
        (
            "change_authorisation.projects[1]",
            Repeated,
            at!(ChangeAuthorisation, |m| m.projects.reverse()),
        ),
        (
            "change_authorisation.projects",
            LongList,
            at!(ChangeAuthorisation, |m| m.projects = vec!["MN003".to_owned(); 257]),
        ),
        ("change_authorisation.document", Length, at!(ChangeAuthorisation, |m| m.document.clear())),
        ("change_authorisation.details", Missing, at!(ChangeAuthorisation, |m| m.details = None)),
        (
            "change_authorisation.details.version",
            OutOfRange,
            at!(ChangeAuthorisation, |m| m.details.as_mut().expect("some").version = 1),
        ),
        (
            "change_authorisation.details.metric",
            MetricNotGhg,
            at!(ChangeAuthorisation, |m| m.details.as_mut().expect("some").metric = 2),
        ),
        (
            "revoke_authorisation.authorisation",
            Missing,
            at!(RevokeAuthorisation, |m| m.authorisation = 0),
        ),
        ("revoke_authorisation.date", Missing, at!(RevokeAuthorisation, |m| m.date = None)),
        ("revoke_authorisation.reason", BadText, at!(RevokeAuthorisation, |m| m.reason.clear())),
        ("revoke_authorisation.document", Length, at!(RevokeAuthorisation, |m| m.document.clear())),
    ]
}

pub(super) fn confirmation_cases() -> Cases {
    vec![
        (
            "confirm_adjustment.partner",
            BadId,
            at!(ConfirmAdjustment, |m| m.partner = "MNG".to_owned()),
        ),
        ("confirm_adjustment.year", OutOfRange, at!(ConfirmAdjustment, |m| m.year = 0)),
        ("confirm_adjustment.vintage", OutOfRange, at!(ConfirmAdjustment, |m| m.vintage = 10_000)),
        (
            "confirm_adjustment.quantity_tonnes",
            OutOfRange,
            at!(ConfirmAdjustment, |m| m.quantity_tonnes = 0),
        ),
        ("confirm_adjustment.date", Missing, at!(ConfirmAdjustment, |m| m.date = None)),
        ("confirm_adjustment.document", Length, at!(ConfirmAdjustment, |m| m.document.clear())),
        (
            "withdraw_confirmation.confirmation",
            Missing,
            at!(WithdrawConfirmation, |m| m.confirmation = 0),
        ),
        ("withdraw_confirmation.reason", BadText, at!(WithdrawConfirmation, |m| m.reason.clear())),
    ]
}

/// A change of what a retirement says of persons.
macro_rules! used {
    (|$u:ident| $change:expr) => {
        at!(ApplyTransfer, |m| {
            m.purpose = 1;
            let $u = m.r#use.get_or_insert(pb::Use { kind: 1, ..pb::Use::default() });
            $change;
        })
    };
}

fn japanese() -> pb::ForeignCorporation {
    pb::ForeignCorporation { country: "JP".to_owned(), number: "1".to_owned() }
}

pub(super) fn use_cases() -> Cases {
    use pb::person::Kind;
    vec![
        (
            "apply_transfer.use.beneficiary_id",
            Missing,
            used!(|u| u.beneficiary_id = Some(pb::Person { kind: None })),
        ),
        (
            "apply_transfer.use.beneficiary_id.corporate_number",
            BadId,
            used!(|u| u.beneficiary_id =
                Some(pb::Person { kind: Some(Kind::CorporateNumber("8700110005902".to_owned())) })),
        ),
        (
            "apply_transfer.use.beneficiary_id.foreign_corporation.country",
            BadId,
            used!(|u| u.beneficiary_id =
                Some(pb::Person { kind: Some(Kind::ForeignCorporation(japanese())) })),
        ),
        (
            "apply_transfer.use.entity.country",
            BadId,
            used!(|u| u.entity = Some(pb::EntityReference::default())),
        ),
        (
            "apply_transfer.use.entity.number",
            BadName,
            used!(|u| u.entity =
                Some(pb::EntityReference { country: "MN".to_owned(), number: String::new() })),
        ),
    ]
}

pub(super) fn transfers_cases() -> Cases {
    vec![
        ("apply_transfers.source", OutOfRange, at!(ApplyTransfers, |m| m.source = 0)),
        ("apply_transfers.parts", EmptyList, at!(ApplyTransfers, |m| m.parts.clear())),
        (
            "apply_transfers.parts",
            LongList,
            at!(ApplyTransfers, |m| m.parts = vec![pb::TransferPart::default(); 101]),
        ),
        (
            "apply_transfers.parts",
            LongList,
            at!(ApplyTransfers, |m| {
                let range = |n: u64| pb::SerialRange { block: 9, first: 2 * n, last: 2 * n };
                m.parts[1].ranges = (1..=254).map(range).collect();
                m.parts[1].quantity_tonnes = 254;
            }),
        ),
        (
            "apply_transfers.parts",
            LongTexts,
            at!(ApplyTransfers, |m| {
                let part = m.parts[0].clone();
                m.parts = (0..17).map(|_| part.clone()).collect();
                for part in &mut m.parts {
                    part.r#use.as_mut().expect("one").beneficiary = "x".repeat(500);
                }
            }),
        ),
        (
            "apply_transfers.parts[1].ranges[1]",
            RangesOverlap,
            at!(ApplyTransfers, |m| {
                let range = &mut m.parts[1].ranges[1];
                (range.first, range.last) = (5, 5);
            }),
        ),
        (
            "apply_transfers.parts[2].fee_payment_line",
            OutOfRange,
            at!(ApplyTransfers, |m| m.parts[2].fee_payment_line = 1_001),
        ),
        (
            "apply_transfers.parts[0].use.entity.country",
            BadId,
            at!(ApplyTransfers, |m| {
                let use_ = m.parts[0].r#use.as_mut().expect("one");
                use_.entity.as_mut().expect("one").country.clear();
            }),
        ),
    ]
}

pub(super) fn issuances_cases() -> Cases {
    use pb::record_issuance::Basis;
    vec![
        ("record_issuances.parts", EmptyList, at!(RecordIssuances, |m| m.parts.clear())),
        (
            "record_issuances.parts",
            LongList,
            at!(RecordIssuances, |m| m.parts = vec![m.parts[0].clone(); 17]),
        ),
        (
            "record_issuances.parts",
            LongList,
            at!(RecordIssuances, |m| for part in &mut m.parts {
                many_allocations(&mut part.vintages[0], 128);
                part.vintages[1] = pb::VintageIssue { year: 2022, ..pb::VintageIssue::default() };
                many_allocations(&mut part.vintages[1], 1);
                part.quantity_tonnes = 129;
            }),
        ),
        (
            "record_issuances.parts",
            LongList,
            at!(RecordIssuances, |m| {
                let day = |year| Some(pb::Date { year, month: 1, day: 1 });
                for part in &mut m.parts {
                    let decision = part.decision.as_mut().expect("one");
                    (decision.period_start, decision.period_end) = (day(1990), day(2021));
                    let empty = |year| pb::VintageIssue { year, ..pb::VintageIssue::default() };
                    part.vintages = (1990..=2021).map(empty).collect();
                    many_allocations(&mut part.vintages[31], 1);
                    part.quantity_tonnes = 1;
                }
                m.parts.push(m.parts[0].clone());
            }),
        ),
        (
            "record_issuances.parts[1].consent",
            NotAllowed,
            at!(RecordIssuances, |m| m.parts[1].basis = Some(Basis::Consent(9))),
        ),
        (
            "record_issuances.parts[1].carried_over",
            NotAllowed,
            at!(RecordIssuances, |m| m.parts[0].basis = Some(Basis::Consent(9))),
        ),
        (
            "record_issuances.parts[1].basis",
            Missing,
            at!(RecordIssuances, |m| m.parts[1].basis = None),
        ),
        (
            "record_issuances.parts[0].consent",
            Missing,
            at!(RecordIssuances, |m| m.parts[0].basis = Some(Basis::Consent(0))),
        ),
        (
            "record_issuances.parts[1].vintages[0].year",
            VintageSplit,
            at!(RecordIssuances, |m| m.parts[1].vintages.reverse()),
        ),
    ]
}

/// One tonne each to so many accounts.
fn many_allocations(vintage: &mut pb::VintageIssue, count: u32) {
    let one = |number| pb::Allocation { account: 1_000 + number, quantity_tonnes: 1 };
    vintage.allocations = (1..=count).map(one).collect();
    vintage.quantity_tonnes = count.into();
}
