//! A submission that passes every check, for tests to spoil.

use super::AefSubmission;
use super::nomenclature::{
    ActionSubtype, ActionType, FirstTransferForOimp, Metric, PurposeForAuthorization,
    UnderlyingRegistry,
};
use super::provenance::{Part, Provenance};
use super::rows::{
    ActionRow, AuthorizationRow, EntityRow, HoldingRow, ItmoBlock, SubmissionRow,
    SubmissionVersion, Timeframe, Underlying,
};
use crate::testlog::{day, start, year};
use jcm_format::command::{ActivityType, ItmoRendering, MitigationType, Sector};
use jcm_format::id::{CooperativeApproach, EntryIndex};
use jcm_format::itmo::{ItmoRegistry, ItmoSeries};
use jcm_format::party::Party;
use std::collections::BTreeMap;

pub(crate) fn approach(number: u16) -> CooperativeApproach {
    CooperativeApproach::new(number).expect("in range")
}

pub(crate) fn party(code: &str) -> Party {
    Party::new(code).expect("a code")
}

pub(crate) fn series() -> ItmoSeries {
    let registry = ItmoRegistry::new("JPN01").expect("an identifier");
    ItmoSeries { approach: approach(7), registry, party: party("VNM") }
}

pub(crate) fn block(first: u64, last: u64) -> ItmoBlock {
    ItmoBlock { series: series(), vintage: year(2023), first, last }
}

fn underlying(first: u64, last: u64) -> Option<Underlying> {
    let id = |unit: u64| format!("JP-VN001-2023-1-{unit}");
    Some(Underlying { registry: UnderlyingRegistry::Jcm, first: id(first), last: id(last) })
}

fn entries(numbers: &[u64]) -> Provenance {
    Provenance::new(numbers.iter().map(|number| (Part::Record, EntryIndex::new(*number))))
}

pub(crate) fn action(action: ActionType, block: Option<ItmoBlock>, date: &str) -> ActionRow {
    ActionRow {
        at: start(date),
        action,
        subtype: None,
        approach: approach(7),
        authorization: "JPN-2024-1".to_owned(),
        registry: series().registry,
        block,
        underlying: block.and_then(|block| underlying(block.first, block.last)),
        metric: Metric::Ghg,
        gwp: None,
        non_ghg_metric: None,
        quantity: block.and_then(|block| block.quantity()),
        mitigation: block.map(|_| MitigationType::Reductions),
        transferring: (action == ActionType::Acquisition).then(|| party("VNM")),
        acquiring: None,
        purpose: None,
        using_party: action.consumes().then_some(Party::JAPAN),
        entity: None,
        year_of_use: (action == ActionType::Use).then(|| year(2025)),
        note: None,
        partner_authorization: block.map(|_| "VNM-1".to_owned()),
        provenance: entries(&[7]),
    }
}

pub(crate) fn holding(block: ItmoBlock) -> HoldingRow {
    HoldingRow {
        authorization: "JPN-2024-1".to_owned(),
        block,
        underlying: underlying(block.first, block.last),
        metric: Metric::Ghg,
        gwp: None,
        non_ghg_metric: None,
        quantity: block.quantity().expect("a block"),
        mitigation: Some(MitigationType::Reductions),
        provenance: entries(&[7]),
    }
}

fn authorization() -> AuthorizationRow {
    AuthorizationRow {
        id: "JPN-2024-1".to_owned(),
        date: day("2024-05-01"),
        approach: approach(7),
        version: 1,
        quantity: Some(1_000),
        metric: Metric::Ghg,
        gwp: None,
        non_ghg_metric: None,
        sectors: vec![Sector::EnergyGeneration, Sector::WasteManagement],
        activities: vec![ActivityType::Solar],
        purposes: Some(PurposeForAuthorization::NdcAndOimp),
        parties: vec![Party::JAPAN],
        entities: vec!["T-1".to_owned()],
        oimp: Some("CORSIA".to_owned()),
        timeframe: Some(Timeframe {
            occurs: (year(2021), year(2030)),
            use_: Some((year(2025), year(2030))),
        }),
        terms: None,
        first_transfer: Some(FirstTransferForOimp::Issuance),
        note: Some("=HYPERLINK(\"x\")".to_owned()),
        provenance: entries(&[2]),
    }
}

/// 100 units acquired in the year, 40 of them used, 10 cancelled by an entity; 20
/// more held since the year before.
pub(crate) fn sample() -> AefSubmission {
    let mut authorized = action(ActionType::Authorization, None, "2025-02-01");
    authorized.quantity = Some(1_000);
    let mut cancelled = action(ActionType::Cancellation, Some(block(41, 50)), "2025-12-31");
    cancelled.subtype = Some(ActionSubtype::OtherCancellations);
    cancelled.purpose = Some("IMP".to_owned());
    cancelled.entity = Some("T-1".to_owned());
    let before = ItmoBlock { series: series(), vintage: year(2022), first: 101, last: 120 };
    let mut held_before = holding(before);
    held_before.underlying = None;
    AefSubmission {
        submission: SubmissionRow {
            party: Party::JAPAN,
            version: SubmissionVersion::FIRST,
            year: year(2025),
            date: day("2026-04-15"),
            period_first: year(2021),
            period_last: year(2030),
        },
        authorizations: vec![authorization()],
        actions: vec![
            authorized,
            action(ActionType::Acquisition, Some(block(1, 100)), "2025-03-01"),
            action(ActionType::Use, Some(block(1, 40)), "2025-06-01"),
            cancelled,
        ],
        holdings: vec![holding(block(51, 100)), held_before],
        entities: vec![EntityRow {
            date: day("2024-05-01"),
            name: "@Thai Airways".to_owned(),
            country: party("THA"),
            number: "T-1".to_owned(),
            approach: approach(7),
            conditions: None,
            change_conditions: None,
            note: None,
            provenance: entries(&[2]),
        }],
        opening: Some(vec![before]),
        first_transferred: Some(BTreeMap::from([("JPN-2024-1".to_owned(), 120)])),
        ids: ItmoRendering::Integer,
        entries: 8,
    }
}
