use super::*;
use crate::aef::{ActionRow, ActionSubtype, ActionType, Check, Outcome, Part, Settings, Table};
use crate::testlog::{Log, account, day, digest, start, text, year};
use jcm_format::amount::Tonnes;
use jcm_format::command::{
    ActivityType, Authorisation, AuthorisationChange, AuthorisationDetails,
    AuthorisationRevocation, AuthorisationTerms, AuthorisedEntity, AuthorisedPurposes, Basis,
    CorrectionMove, Decision, FirstTransferDefinition, ItmoRendering, MitigationType, Sector, Side,
    TransferTerms, Use, UseDetails, YearSpan,
};
use jcm_format::event::{CreditClass, Fee, Holding};
use jcm_format::id::{CooperativeApproach, Country, ProjectRef};
use jcm_format::itmo::ItmoRegistry;
use jcm_format::party::Party;
use jcm_format::text::Name;

mod model;
mod proved;

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

fn range(text: &str) -> SerialRange {
    text.parse().expect("a range")
}

fn country(code: &str) -> Country {
    Country::new(code).expect("a country")
}

fn adopted(registry: &str) -> Effect {
    Effect::Article6Adopted(Article6 {
        registry: ItmoRegistry::new(registry).expect("an identifier"),
        ndc_first_year: year(2021),
        ndc_last_year: year(2030),
        oimp_needs_authorisation: true,
        gx_ets_cap_basis_points: None,
        identifiers: ItmoRendering::Integer,
    })
}

fn authorisation(id: &str, side: Side, partner: &str, approach: u16) -> Authorisation {
    Authorisation {
        id: name(id),
        side,
        partner: country(partner),
        cooperative_approach: CooperativeApproach::new(approach).expect("in range"),
        date: day("2024-05-01"),
        quantity_tonnes: Tonnes::new(1_000_000),
        first_vintage: year(2021),
        last_vintage: year(2030),
        purposes: AuthorisedPurposes { ndc: true, imp: true, op: true },
        first_transfer: FirstTransferDefinition::Issuance,
        projects: Vec::new(),
        document: digest(4),
    }
}

fn entity(number: &str) -> EntityRef {
    EntityRef { country: country("TH"), number: name(number) }
}

fn details(version: u32) -> AuthorisationDetails {
    AuthorisationDetails {
        version,
        mitigation: MitigationType::Reductions,
        gwp: Some(text("AR5")),
        sectors: vec![Sector::EnergyGeneration],
        activities: vec![ActivityType::Solar],
        parties: vec![Party::JAPAN],
        entities: vec![AuthorisedEntity {
            entity: entity("T-1"),
            name: text("Thai Airways"),
            conditions: Some(text("for CORSIA alone")),
        }],
        use_years: Some(YearSpan { first: year(2024), last: year(2030) }),
        oimp: Some(text("CORSIA")),
        terms: vec![text("One."), text("Two.")],
        changes_reach_first_transferred: false,
        notes: None,
    }
}

/// An issuance of blocks, each with its vintage and quantity, to account 1001.
fn issued(project: &str, blocks: &[(u32, u16, u64)]) -> Vec<Effect> {
    let quantity = Tonnes::new(blocks.iter().map(|(.., quantity)| quantity).sum());
    let decision = Decision {
        reference: name("JC-1"),
        date: day("2024-04-01"),
        period_start: day("2022-01-01"),
        period_end: day("2022-12-31"),
        notified_total_tonnes: quantity,
        notified_japan_tonnes: quantity,
    };
    let mut effects = vec![Effect::IssuanceRecorded {
        project: ProjectRef::new(project).expect("a project"),
        decision,
        basis: Basis::Consent(EntryIndex::new(1)),
        verifier: text("verifier"),
        verification_report: digest(2),
        quantity_tonnes: quantity,
    }];
    effects.extend(blocks.iter().map(|(block, vintage, quantity)| {
        let number = BlockNumber::new(*block).expect("from 1");
        let range = SerialRange::new(number, 1, *quantity).expect("a range");
        Effect::BlockIssued {
            block: number,
            vintage: year(*vintage),
            issued_on: day("2024-04-01"),
            class: CreditClass::A,
            allocations: vec![Holding { account: account(1_001), range }],
        }
    }));
    effects
}

fn first_transferred(units: &str, japan: EntryIndex, partner: EntryIndex) -> Effect {
    Effect::FirstTransferred { range: range(units), japan, partner }
}

fn applied(purpose: Purpose, kind: Option<UseKind>, units: &[&str]) -> Effect {
    applied_from(1_001, purpose, kind, units)
}

/// From account 1001 or 1002, and to the other one where units do not end.
fn applied_from(source: u32, purpose: Purpose, kind: Option<UseKind>, units: &[&str]) -> Effect {
    let destination = match purpose {
        Purpose::Retirement => 2,
        Purpose::Cancellation => 3,
        Purpose::Other => 2_003 - source,
    };
    let terms = TransferTerms {
        source: account(source),
        destination: account(destination),
        ranges: crate::testlog::ranges(units),
        purpose,
        gratuitous: true,
        use_: kind.map(|kind| Use { kind, reporting_year: None, beneficiary: None }),
    };
    Effect::TransferApplied { terms, fee: Fee::Waived }
}

const AT_ONCE: Effect = Effect::TransferRecorded { application: None };

/// Genesis and rules, both sides' authorisations (entries 1 and 2), and adoption (3).
fn begun() -> Log {
    let mut log = Log::genesis("2024-01-10");
    let japan = authorisation("JPN-1", Side::Japan, "VN", 7);
    log.on("2024-05-02", vec![adopted("JPN01")]);
    log.on(
        "2024-05-03",
        vec![
            Effect::AuthorisationRecorded { authorisation: japan },
            Effect::AuthorisationDetailed(details(1)),
        ],
    );
    let partner = authorisation("VNM-1", Side::Partner, "VN", 7);
    log.on("2024-05-04", vec![Effect::AuthorisationRecorded { authorisation: partner }]);
    log
}

const JAPAN: EntryIndex = EntryIndex::new(2);
const PARTNER: EntryIndex = EntryIndex::new(3);

fn request(of: u16) -> Request {
    Request {
        year: year(of),
        date: day(&format!("{}-04-15", of + 1)),
        version: SubmissionVersion::FIRST,
    }
}

fn report(log: &Log, of: u16) -> AefSubmission {
    AefSubmission::from_entries(&log.entries, &request(of)).expect("a submission")
}

/// The report, which passes every check and can be written.
fn sound(log: &Log, of: u16) -> AefSubmission {
    let report = report(log, of);
    let checks = report.check();
    assert!(checks.all_passed(), "{checks}");
    report
}

fn units(row: &ActionRow) -> String {
    let block = row.block.expect("units");
    format!("{} - {}", block.itmo(block.first), block.last)
}

fn held(report: &AefSubmission) -> Vec<String> {
    let rows = report.holdings.iter();
    rows.map(|row| format!("{} - {}", row.block.itmo(row.block.first), row.block.last)).collect()
}

fn shown(report: &AefSubmission) -> Vec<(ActionType, String)> {
    let rows = report.actions.iter().filter(|row| row.block.is_some());
    rows.map(|row| (row.action, units(row))).collect()
}

#[test]
fn an_issuance_under_both_authorisations_is_an_acquisition() {
    let mut log = begun();
    let mut effects = issued("VN001", &[(1, 2023, 100), (2, 2024, 50)]);
    effects.push(first_transferred("1:1-100", JAPAN, PARTNER));
    effects.push(first_transferred("2:1-50", JAPAN, PARTNER));
    let here = log.on("2025-03-01", effects);
    let report = sound(&log, 2025);
    assert_eq!(
        shown(&report),
        [
            (ActionType::Acquisition, "CA0007-JPN01-VNM-1-2023 - 100".to_owned()),
            (ActionType::Acquisition, "CA0007-JPN01-VNM-101-2024 - 150".to_owned()),
        ]
    );
    let row = &report.actions[0];
    assert_eq!(row.transferring, Party::new("VNM"));
    assert_eq!((row.quantity, row.mitigation), (Some(100), Some(MitigationType::Reductions)));
    assert_eq!((row.authorization.as_str(), row.gwp.as_deref()), ("JPN-1", Some("AR5")));
    assert_eq!(row.partner_authorization.as_deref(), Some("VNM-1"));
    assert_eq!(report.settings(), Settings::NOMENCLATURE);
    let underlying = row.underlying.as_ref().expect("units below");
    assert_eq!(
        (underlying.first.as_str(), underlying.last.as_str()),
        ("JP-VN001-2023-1-1", "JP-VN001-2023-1-100")
    );
    assert_eq!(row.at, start("2025-03-01"));
    let parts: Vec<(Part, u64)> =
        row.provenance.sources().iter().map(|source| (source.part, source.entry.get())).collect();
    let here = here.get();
    assert_eq!(
        parts,
        [
            (Part::Authorisation, 2),
            (Part::PartnerAuthorisation, 3),
            (Part::Issuance, here),
            (Part::FirstTransfer, here),
        ]
    );
    assert_eq!(held(&report).len(), 2);
}

#[test]
fn each_end_of_a_unit_has_its_row() {
    let mut log = begun();
    let mut effects = issued("VN001", &[(1, 2023, 100)]);
    effects.push(first_transferred("1:1-100", JAPAN, PARTNER));
    log.on("2025-03-01", effects);
    let cancelled = |kind, units| vec![applied(Purpose::Cancellation, kind, &[units]), AT_ONCE];
    log.on(
        "2025-04-01",
        vec![applied(Purpose::Retirement, Some(UseKind::Shk), &["1:1-10"]), AT_ONCE],
    );
    let mut for_imp = cancelled(Some(UseKind::InternationalMitigation), "1:11-20");
    let stated = UseDetails { beneficiary: None, entity: Some(entity("T-1")) };
    for_imp.insert(1, Effect::UseStated(stated));
    log.on("2025-04-02", for_imp);
    log.on("2025-04-03", cancelled(Some(UseKind::OtherPurposes), "1:21-30"));
    log.on("2025-04-04", cancelled(Some(UseKind::Omge), "1:31-40"));
    log.on("2025-04-05", cancelled(Some(UseKind::Voluntary), "1:41-50"));
    log.on("2025-04-06", cancelled(None, "1:51-60"));
    let within = applied(Purpose::Other, None, &["1:61-70"]);
    log.on("2025-04-07", vec![within, AT_ONCE]);
    let report = sound(&log, 2025);
    let rows: Vec<_> = report
        .actions
        .iter()
        .map(|row| (row.action, row.subtype, row.purpose.as_deref(), row.entity.as_deref()))
        .collect();
    let other = Some(ActionSubtype::OtherCancellations);
    assert_eq!(
        rows,
        [
            (ActionType::Acquisition, None, None, None),
            (ActionType::Use, None, None, None),
            (ActionType::Cancellation, other, Some("IMP"), Some("T-1")),
            (ActionType::Cancellation, other, Some("OP"), None),
            (ActionType::VoluntaryCancellation, Some(ActionSubtype::VoluntaryOmge), None, None),
            (ActionType::VoluntaryCancellation, other, None, None),
            (ActionType::VoluntaryCancellation, other, None, None),
        ]
    );
    let use_ = &report.actions[1];
    assert_eq!((use_.using_party, use_.year_of_use), (Some(Party::JAPAN), Some(year(2025))));
    assert!(report.actions[2..].iter().all(|row| row.year_of_use.is_none()));
    // A transfer within the registry is no action, and the units are still held.
    assert_eq!(held(&report), ["CA0007-JPN01-VNM-61-2023 - 100"]);
}

#[test]
fn an_authorisation_is_a_row_of_table_2_and_an_action() {
    let mut log = begun();
    let terms = AuthorisationTerms {
        date: day("2025-06-01"),
        quantity_tonnes: Tonnes::new(5_000),
        ..AuthorisationTerms::from(&authorisation("JPN-1", Side::Japan, "VN", 7))
    };
    let change = AuthorisationChange { authorisation: JAPAN, terms, details: details(2) };
    let here = log.on("2025-06-02", vec![Effect::AuthorisationChanged(change)]);
    let before = sound(&log, 2024);
    assert_eq!(before.authorizations.len(), 1);
    let row = &before.authorizations[0];
    assert_eq!((row.version, row.quantity), (1, Some(1_000_000)));
    assert_eq!(row.purposes.map(|purposes| purposes.as_str()), Some("NDC and OIMP"));
    assert_eq!(row.first_transfer.map(|of| of.as_str()), Some("Issuance"));
    assert_eq!((row.terms.as_deref(), row.oimp.as_deref()), (Some("One. Two."), Some("CORSIA")));
    let [action] = before.actions.as_slice() else { panic!("{:?}", before.actions) };
    assert_eq!((action.action, action.quantity), (ActionType::Authorization, Some(1_000_000)));
    assert!(action.block.is_none());
    // The year of the change shows the new version, and years without one the last.
    let changed = sound(&log, 2025);
    let versions: Vec<_> =
        changed.authorizations.iter().map(|row| (row.version, row.quantity)).collect();
    assert_eq!(versions, [(2, Some(5_000))]);
    assert_eq!(changed.actions[0].provenance.entries(), [here]);
    let later = sound(&log, 2026);
    assert_eq!((later.authorizations.len(), later.actions.len()), (1, 0));
    assert_eq!(later.authorizations[0].version, 2);
    // Its entities are in table 5, once for each approach.
    let [of] = changed.entities.as_slice() else { panic!("{:?}", changed.entities) };
    assert_eq!((of.name.as_str(), of.number.as_str()), ("Thai Airways", "T-1"));
    assert_eq!(of.country.to_string(), "THA");
    assert_eq!(of.conditions.as_deref(), Some("for CORSIA alone"));
    assert!(of.change_conditions.as_deref().is_some_and(|said| said.contains("does not affect")));
}

#[test]
fn a_revocation_is_told_from_the_year_on_in_which_it_is_recorded() {
    let mut log = begun();
    let revocation = AuthorisationRevocation {
        authorisation: JAPAN,
        date: day("2025-06-01"),
        document: digest(8),
    };
    let here = log.on("2025-06-02", vec![Effect::AuthorisationRevoked(revocation)]);
    assert_eq!(sound(&log, 2024).authorizations[0].note, None);
    let row = sound(&log, 2025).authorizations[0].clone();
    assert_eq!(row.note.as_deref(), Some("Revoked on 2025-06-01."));
    assert!(row.provenance.entries().contains(&here));
}

#[test]
fn an_authorisation_without_details_lacks_its_sectors() {
    let mut log = Log::genesis("2024-01-10");
    log.on("2024-05-02", vec![adopted("JPN01")]);
    let japan = authorisation("JPN-1", Side::Japan, "VN", 7);
    log.on("2024-05-03", vec![Effect::AuthorisationRecorded { authorisation: japan }]);
    let checks = report(&log, 2024).check();
    let Some(Outcome::Failed { findings, .. }) = checks.outcome(Check::RequiredCells) else {
        panic!("{checks}")
    };
    assert_eq!(findings[0].table, Table::Authorizations);
    assert!(findings[0].mend.contains("record a version"), "{checks}");
}

#[test]
fn identifiers_are_those_of_the_example_in_the_specification() {
    // docs/spec/commands.md, Identifiers.
    let mut log = Log::genesis("2024-01-10");
    let details = Effect::AuthorisationDetailed(details(1));
    let side = |id: &str, side| Effect::AuthorisationRecorded {
        authorisation: authorisation(id, side, "MN", 7),
    };
    let japan = log.on("2024-02-01", vec![side("JPN-1", Side::Japan), details]);
    let partner = log.on("2024-02-02", vec![side("MNG-1", Side::Partner)]);
    log.on("2024-02-03", issued("MN003", &[(3, 2022, 100), (7, 2023, 100), (10, 2024, 10)]));
    log.on("2024-03-01", vec![first_transferred("7:1-100", japan, partner)]);
    log.on("2024-03-02", vec![first_transferred("3:51-60", japan, partner)]);
    log.on("2024-04-01", vec![adopted("JPN01")]);
    let mut effects = issued("MN003", &[(8, 2024, 10), (9, 2025, 5)]);
    effects.push(first_transferred("8:1-10", japan, partner));
    effects.push(first_transferred("9:1-5", japan, partner));
    log.on("2025-05-01", effects);
    log.on("2025-06-01", vec![applied(Purpose::Other, None, &["7:31-40"]), AT_ONCE]);
    // The first transfer of the others stands behind the record of the retirement.
    let retired = applied(Purpose::Retirement, Some(UseKind::Ndc), &["9:1-2", "10:1-4"]);
    let effects = vec![retired, AT_ONCE, first_transferred("10:1-4", japan, partner)];
    log.on("2025-07-01", effects);
    let report = sound(&log, 2025);
    let of = |action, units: &str| (action, format!("CA0007-JPN01-MNG-{units}"));
    assert_eq!(
        shown(&report),
        [
            of(ActionType::Acquisition, "111-2024 - 120"),
            of(ActionType::Acquisition, "121-2025 - 125"),
            of(ActionType::Acquisition, "126-2024 - 129"),
            of(ActionType::Use, "121-2025 - 122"),
            of(ActionType::Use, "126-2024 - 129"),
        ]
    );
    assert_eq!(
        held(&report),
        [
            "CA0007-JPN01-MNG-1-2022 - 10",
            "CA0007-JPN01-MNG-11-2023 - 110",
            "CA0007-JPN01-MNG-111-2024 - 120",
            "CA0007-JPN01-MNG-123-2025 - 125",
        ]
    );
    let opening: Vec<u64> =
        report.opening.expect("known").iter().map(|block| block.first).collect();
    assert_eq!(opening, [1, 11]);
}

#[test]
fn each_approach_and_party_is_counted_for_itself_and_a_new_registry_anew() {
    let mut log = begun();
    let side = |id: &str, side, partner: &str, approach| Effect::AuthorisationRecorded {
        authorisation: authorisation(id, side, partner, approach),
    };
    let mn = log.on(
        "2024-06-01",
        vec![side("JPN-2", Side::Japan, "MN", 7), Effect::AuthorisationDetailed(details(1))],
    );
    let of_mn = log.on("2024-06-02", vec![side("MNG-1", Side::Partner, "MN", 7)]);
    let issue = |log: &mut Log, block: u32, project: &str, pair: (EntryIndex, EntryIndex)| {
        let mut effects = issued(project, &[(block, 2023, 10)]);
        effects.push(first_transferred(&format!("{block}:1-10"), pair.0, pair.1));
        log.on("2025-01-05", effects);
    };
    issue(&mut log, 1, "VN001", (JAPAN, PARTNER));
    issue(&mut log, 2, "MN001", (mn, of_mn));
    log.on("2025-01-06", vec![adopted("JPN02")]);
    issue(&mut log, 3, "VN001", (JAPAN, PARTNER));
    let report = sound(&log, 2025);
    assert_eq!(
        held(&report),
        [
            "CA0007-JPN01-VNM-1-2023 - 10",
            "CA0007-JPN01-MNG-1-2023 - 10",
            "CA0007-JPN02-VNM-1-2023 - 10",
        ]
    );
}

#[test]
fn a_year_ends_at_midnight_in_japan_and_is_never_changed() {
    let mut log = begun();
    let mut effects = issued("VN001", &[(1, 2023, 100)]);
    effects.push(first_transferred("1:1-100", JAPAN, PARTNER));
    log.on("2025-03-01", effects);
    let midnight = start("2026-01-01").as_ms();
    let retired =
        |units: &str| vec![applied(Purpose::Retirement, Some(UseKind::Ndc), &[units]), AT_ONCE];
    let last = Timestamp::from_ms(midnight - 1).expect("in range");
    log.at(last, retired("1:1-10"));
    let of_year = log.clone();
    let before = sound(&of_year, 2025);
    log.at(Timestamp::from_ms(midnight).expect("in range"), retired("1:11-30"));
    let change = AuthorisationChange {
        authorisation: JAPAN,
        terms: AuthorisationTerms::from(&authorisation("JPN-1", Side::Japan, "VN", 7)),
        details: details(2),
    };
    log.on("2026-02-01", vec![Effect::AuthorisationChanged(change)]);
    log.on("2026-02-02", vec![adopted("JPN02")]);
    let after = sound(&log, 2025);
    assert_eq!(after, before);
    let settings = &Settings::NOMENCLATURE;
    assert_eq!(after.to_xlsx(settings).ok(), before.to_xlsx(settings).ok());
    assert_eq!(held(&after), ["CA0007-JPN01-VNM-11-2023 - 100"]);
    assert_eq!(after.entries, of_year.entries.len() as u64);
    let next = sound(&log, 2026);
    assert_eq!(held(&next), ["CA0007-JPN01-VNM-31-2023 - 100"]);
    assert_eq!(shown(&next), [(ActionType::Use, "CA0007-JPN01-VNM-11-2023 - 30".to_owned())]);
}

#[test]
fn a_year_that_was_over_before_adoption_is_reported_after_it() {
    let mut log = Log::genesis("2024-01-10");
    let side = |id: &str, side| Effect::AuthorisationRecorded {
        authorisation: authorisation(id, side, "VN", 7),
    };
    let japan = log.on(
        "2024-02-01",
        vec![side("JPN-1", Side::Japan), Effect::AuthorisationDetailed(details(1))],
    );
    let partner = log.on("2024-02-02", vec![side("VNM-1", Side::Partner)]);
    log.on("2024-03-01", issued("VN001", &[(1, 2022, 10), (2, 2023, 10)]));
    log.on("2025-03-01", vec![first_transferred("2:1-10", japan, partner)]);
    let not_adopted = AefSubmission::from_entries(&log.entries, &request(2025));
    assert_eq!(not_adopted, Err(AefError::NotAdopted));
    // Between the year and the adoption another block is first transferred, which
    // comes first in the order of blocks.
    log.on("2026-01-10", vec![first_transferred("1:1-10", japan, partner)]);
    log.on("2026-03-01", vec![adopted("JPN01")]);
    let report = sound(&log, 2025);
    assert_eq!(held(&report), ["CA0007-JPN01-VNM-11-2023 - 20"]);
    assert_eq!(report.actions.len(), 1);
    assert_eq!(report.first_transferred, Some(BTreeMap::from([("JPN-1".to_owned(), 10)])));
    assert_eq!(sound(&log, 2026).holdings.len(), 2);
}

#[test]
fn what_is_no_itmo_never_appears() {
    let mut log = begun();
    // Before 2021, and without authorisations.
    log.on("2025-03-01", issued("VN001", &[(1, 2020, 100), (2, 2023, 100)]));
    let cancelled = applied(Purpose::Cancellation, Some(UseKind::Shk), &["1:1-50", "2:1-50"]);
    log.on("2025-04-01", vec![cancelled, AT_ONCE]);
    let report = sound(&log, 2025);
    assert!(report.actions.is_empty() && report.holdings.is_empty());
}

#[test]
fn an_empty_year_is_a_report_that_can_be_written() {
    let report = sound(&begun(), 2030);
    assert!(report.actions.is_empty() && report.holdings.is_empty());
    report.to_xlsx(&Settings::NOMENCLATURE).expect("a workbook");
    report.to_csv(&Settings::NOMENCLATURE).expect("files");
}

#[test]
fn applications_that_come_to_nothing_end_no_unit() {
    let mut log = begun();
    let mut effects = issued("VN001", &[(1, 2023, 100)]);
    effects.push(first_transferred("1:1-100", JAPAN, PARTNER));
    log.on("2025-03-01", effects);
    let retired = || applied(Purpose::Retirement, Some(UseKind::Ndc), &["1:1-10"]);
    let waits = log.on("2025-03-02", vec![retired()]);
    log.on("2025-03-03", vec![Effect::ApplicationWithdrawn { application: waits }]);
    let waits = log.on("2025-03-04", vec![retired()]);
    log.on("2025-03-05", vec![crate::testlog::refused(waits)]);
    assert_eq!(held(&sound(&log, 2025)), ["CA0007-JPN01-VNM-1-2023 - 100"]);
    let waits = log.on("2025-03-06", vec![retired()]);
    // A correction moves units between accounts, and changes nothing here.
    let units = CorrectionMove {
        source: account(1_001),
        destination: account(1_002),
        ranges: crate::testlog::ranges(&["1:50-60"]),
    };
    log.on("2025-03-07", vec![Effect::UnitsMoved { units }]);
    let recorded =
        log.on("2025-03-08", vec![Effect::TransferRecorded { application: Some(waits) }]);
    let report = sound(&log, 2025);
    assert_eq!(held(&report), ["CA0007-JPN01-VNM-11-2023 - 100"]);
    let entries = report.actions[1].provenance.entries();
    assert!(entries.contains(&waits) && entries.contains(&recorded));
    assert_eq!(report.actions[1].at, start("2025-03-08"));
}

#[test]
fn several_transfers_of_one_entry_are_told_apart() {
    let mut log = begun();
    let mut effects = issued("VN001", &[(1, 2023, 100)]);
    effects.push(first_transferred("1:1-100", JAPAN, PARTNER));
    log.on("2025-03-01", effects);
    let stated = UseDetails { beneficiary: None, entity: Some(entity("T-1")) };
    let imp = Some(UseKind::InternationalMitigation);
    let effects = vec![
        applied(Purpose::Retirement, Some(UseKind::Ndc), &["1:1-10"]),
        AT_ONCE,
        applied(Purpose::Cancellation, imp, &["1:11-20"]),
        Effect::UseStated(stated),
        AT_ONCE,
        applied(Purpose::Other, None, &["1:21-30"]),
        AT_ONCE,
        applied(Purpose::Cancellation, imp, &["1:31-40"]),
        AT_ONCE,
    ];
    log.on("2025-03-02", effects);
    let report = sound(&log, 2025);
    let rows: Vec<_> = report.actions[1..]
        .iter()
        .map(|row| (row.action, row.block.expect("units").first, row.entity.as_deref()))
        .collect();
    assert_eq!(
        rows,
        [
            (ActionType::Use, 1, None),
            (ActionType::Cancellation, 11, Some("T-1")),
            (ActionType::Cancellation, 31, None),
        ]
    );
}

#[test]
fn entries_that_are_no_log_are_refused() {
    let fold =
        |log: &Log| AefSubmission::from_entries(&log.entries, &request(2025)).expect_err("refused");
    let mut gap = begun();
    gap.entries.remove(1);
    assert!(matches!(fold(&gap), AefError::Fold(FoldError::OutOfOrder { .. })));
    let mut log = begun();
    let here = log.on("2025-03-01", vec![first_transferred("1:1-10", JAPAN, PARTNER)]);
    let block = BlockNumber::new(1).expect("from 1");
    assert_eq!(fold(&log), AefError::BlockUnknown { entry: here, block });
    let mut log = begun();
    let mut effects = issued("VN001", &[(1, 2023, 100)]);
    effects.push(first_transferred("1:1-10", EntryIndex::new(0), PARTNER));
    let here = log.on("2025-03-01", effects);
    let authorisation = EntryIndex::new(0);
    assert_eq!(fold(&log), AefError::AuthorisationUnknown { entry: here, authorisation });
    let mut log = begun();
    let mut effects = issued("VN001", &[(1, 2023, 100)]);
    effects.push(first_transferred("1:1-50", JAPAN, PARTNER));
    log.on("2025-03-01", effects);
    let mut twice = log.clone();
    let here = twice.on("2025-03-02", vec![first_transferred("1:50-60", JAPAN, PARTNER)]);
    let expected = AefError::FirstTransferredTwice { entry: here, range: range("1:50-60") };
    assert_eq!(fold(&twice), expected);
    // Retired without a first transfer.
    let retired = applied(Purpose::Retirement, Some(UseKind::Ndc), &["1:41-60"]);
    let here = log.on("2025-03-02", vec![retired, AT_ONCE]);
    assert_eq!(fold(&log), AefError::NotHeld { entry: here, range: range("1:41-60") });
    let mut unknown = begun();
    let application = EntryIndex::new(1);
    unknown.on("2025-03-01", vec![Effect::TransferRecorded { application: Some(application) }]);
    assert!(matches!(fold(&unknown), AefError::Fold(FoldError::ApplicationUnknown { .. })));
}

#[test]
fn a_million_entries_leave_no_more_behind_than_they_must() {
    let mut log = begun();
    let mut effects = issued("VN001", &[(1, 2023, 1_000)]);
    effects.push(first_transferred("1:1-1000", JAPAN, PARTNER));
    log.on("2025-03-01", effects);
    let mut fold = AefFold::new(year(2025));
    for entry in &log.entries {
        fold.apply(entry).expect("in order");
    }
    let mut entry = log.entries.last().expect("entries").clone();
    entry.event.0 = vec![applied(Purpose::Other, None, &["1:1-500"]), AT_ONCE];
    for _ in 0..1_000_000 {
        entry.index = EntryIndex::new(entry.index.get() + 1);
        fold.apply(&entry).expect("in order");
    }
    assert_eq!(fold.entries(), log.entries.len() as u64 + 1_000_000);
    assert!(fold.waiting.is_empty() && fold.consumed.is_empty());
    assert_eq!((fold.units.held().len(), fold.units.stretches().count()), (1, 1));
    assert_eq!(fold.finish(&request(2025)).map(|report| report.holdings.len()), Ok(1));
}
