//! Reports on Article 6 from a log that the ledger decided, against what the ledger
//! itself knows.

use jcm_format::amount::Tonnes;
use jcm_format::command::{
    ActivityType, Article6, AuthorisationDetails, AuthorisedEntity, AuthorisedPurposes, Basis,
    Body, Confirmation, EntityRef, ItmoRendering, MitigationType, Purpose, RecordIssuance, Sector,
    Side, TransferTerms, Use, UseDetails, UseKind,
};
use jcm_format::hash::Digest;
use jcm_format::id::Country;
use jcm_format::itmo::{Itmo, ItmoRegistry};
use jcm_format::party::Party;
use jcm_format::serial::SerialRange;
use jcm_format::time::Year;
use jcm_report::aef::{
    ActionSubtype, ActionType, AefSubmission, Request, Settings, SubmissionVersion, diff,
};
use jcm_report::balance::AdjustmentFold;
use jcm_report::reconcile::{Kind, Verdict, reconcile};
use jcm_tests::world::*;
use std::collections::BTreeSet;

const AUTHORITIES: [&str; 2] = ["authority-1", "authority-2"];

fn adopt() -> Body {
    Body::AdoptArticle6(Article6 {
        registry: ItmoRegistry::new("JPN01").expect("an identifier"),
        ndc_first_year: year(2021),
        ndc_last_year: year(2030),
        oimp_needs_authorisation: true,
        gx_ets_cap_basis_points: None,
        identifiers: ItmoRendering::Full,
    })
}

fn airline() -> EntityRef {
    EntityRef { country: Country::new("TH").expect("a country"), number: name("0107537001757") }
}

fn details() -> AuthorisationDetails {
    AuthorisationDetails {
        version: 1,
        mitigation: MitigationType::Reductions,
        gwp: Some(text("AR5")),
        sectors: vec![Sector::EnergyGeneration],
        activities: vec![ActivityType::Solar],
        parties: vec![Party::JAPAN],
        entities: vec![AuthorisedEntity {
            entity: airline(),
            name: text("=Airline"),
            conditions: None,
        }],
        use_years: None,
        oimp: Some(text("CORSIA")),
        terms: Vec::new(),
        changes_reach_first_transferred: false,
        notes: None,
    }
}

fn authorised(id: &str, side: Side) -> Body {
    let mut authorisation = authorisation(id, side, 10_000);
    authorisation.purposes = AuthorisedPurposes { ndc: true, imp: true, op: false };
    Body::RecordAuthorisation { authorisation, details: Some(details()) }
}

/// A registry with Article 6, both authorisations, and an issuance that names them.
fn begun() -> World {
    let mut world = World::stocked();
    world.accepted(adopt(), &AUTHORITIES);
    world.accepted(authorised("JP-1", Side::Japan), &AUTHORITIES);
    world.accepted(authorised("MN-1", Side::Partner), &["mongolia"]);
    let mut body = issuance("MN001", 2024, 500, 100);
    body.decision.date = date("2025-06-01");
    let (project, decision) = (body.project.clone(), body.decision.clone());
    let consent = world.accepted(Body::ConsentIssuance { project, decision }, &["mongolia"]);
    let body = RecordIssuance {
        basis: Basis::Consent(consent),
        authorisations: Some((name("JP-1"), name("MN-1"))),
        ..body
    };
    world.accepted(Body::RecordIssuance(body), &["op-1", "op-2"]);
    world
}

fn cancelled_by_the_airline(units: &str) -> Body {
    let use_ =
        Use { kind: UseKind::InternationalMitigation, reporting_year: None, beneficiary: None };
    let terms = TransferTerms {
        gratuitous: true,
        use_: Some(use_),
        ..terms(1_001, CANCELLATION, &[units], Purpose::Cancellation)
    };
    let use_details = Some(UseDetails { beneficiary: None, entity: Some(airline()) });
    Body::ApplyTransfer { terms, use_details, trust: None, fee_payment: None }
}

fn year_of(world: &World) -> Year {
    world.state().last_time().expect("entries").date_in_japan().year()
}

fn report(world: &World, of: Year) -> AefSubmission {
    let date = date(&format!("{}-04-15", of.get() + 1));
    let request = Request { year: of, date, version: SubmissionVersion::FIRST };
    AefSubmission::from_entries(&world.entries(), &request).expect("a submission")
}

/// Every identifier that the ledger knows to be held: in no account that keeps for ever.
fn held_by_the_ledger(world: &World) -> BTreeSet<String> {
    let state = world.state();
    let mut held = BTreeSet::new();
    for block in state.blocks() {
        let whole = SerialRange::whole_block(block.number, block.quantity_tonnes).expect("units");
        for stretch in state.units(whole) {
            let sink = state.account(stretch.account).is_some_and(|of| of.category.is_sink());
            let Some(first) = stretch.itmo.filter(|_| !sink) else { continue };
            held.extend(
                (0..stretch.range.quantity().get())
                    .map(|more| Itmo { serial: first.serial + more, ..first }.to_string()),
            );
        }
    }
    held
}

fn held_by_the_report(report: &AefSubmission) -> BTreeSet<String> {
    let mut held = BTreeSet::new();
    for block in report.holdings.iter().map(|row| row.block) {
        for serial in block.first..=block.last {
            assert!(held.insert(block.itmo(serial).to_string()), "held twice");
        }
    }
    held
}

#[test]
fn the_report_says_what_the_ledger_did() {
    let mut world = begun();
    let year = year_of(&world);
    // Block 4 was issued before there were authorisations: first transferred when used.
    world.accepted(retire(1_001, &["4:1-100", "5:1-50"]), &["alpha"]);
    world.accepted(cancelled_by_the_airline("5:51-60"), &["alpha"]);
    world.accepted(cancel(1_001, &["5:61-70"]), &["alpha"]);
    let report_ = report(&world, year);
    let checks = report_.check();
    assert!(checks.all_passed(), "{checks}");
    let rows: Vec<_> = report_
        .actions
        .iter()
        .map(|row| (row.action, row.subtype, row.quantity, row.entity.as_deref()))
        .collect();
    let other = Some(ActionSubtype::OtherCancellations);
    assert_eq!(
        rows,
        [
            (ActionType::Authorization, None, Some(10_000), None),
            (ActionType::Acquisition, None, Some(600), None),
            (ActionType::Acquisition, None, Some(100), None),
            (ActionType::Use, None, Some(100), None),
            (ActionType::Use, None, Some(50), None),
            (ActionType::Cancellation, other, Some(10), Some("0107537001757")),
            (ActionType::VoluntaryCancellation, other, Some(10), None),
        ]
    );
    assert_eq!(held_by_the_report(&report_), held_by_the_ledger(&world));
    assert_eq!(held_by_the_report(&report_).len(), 600 - 70);
    assert_eq!(report_.settings().ids, ItmoRendering::Full);
    for settings in [report_.settings(), Settings::NOMENCLATURE] {
        report_.to_xlsx(&settings).expect("a workbook");
        report_.to_json(&settings).expect("a document");
        report_.to_csv(&settings).expect("files");
    }
    world.check();
}

#[test]
fn a_year_that_is_over_stays_and_the_next_goes_on_from_it() {
    let mut world = begun();
    let first = year_of(&world);
    world.accepted(retire(1_001, &["5:1-50"]), &["alpha"]);
    let before = report(&world, first);
    world.wait_days(120);
    world.accepted(retire(1_001, &["5:51-60"]), &["alpha"]);
    let next = year_of(&world);
    assert!(first < next);
    assert_eq!(report(&world, first), before);
    let after = report(&world, next);
    let checks = after.check();
    assert!(checks.all_passed(), "{checks}");
    assert_eq!(held_by_the_report(&after), held_by_the_ledger(&world));
    assert_eq!(held_by_the_report(&before).len(), held_by_the_report(&after).len() + 10);
    let words: Vec<String> =
        diff(&before, &after, &Settings::NOMENCLATURE).iter().map(ToString::to_string).collect();
    let holding = "Table 4 Holdings, holding of units from CA0007-JPN01-MNG-61-2024: added (row 1)";
    assert!(words.contains(&holding.to_owned()), "{words:?}");
    world.check();
}

#[test]
fn adjustments_are_those_of_the_state_and_confirmations_close_them() {
    let mut world = begun();
    let year = year_of(&world);
    world.accepted(retire(1_001, &["4:1-100", "5:1-50"]), &["alpha"]);
    let mongolia = Country::new("MN").expect("a country");
    let confirm = Body::ConfirmAdjustment(Confirmation {
        partner: mongolia,
        year,
        vintage: jcm_tests::world::year(2024),
        quantity_tonnes: Tonnes::new(20),
        date: date("2026-11-01"),
        document: Digest::of(&[b"note"]),
    });
    world.accepted(confirm, &["mongolia"]);
    let mut fold = AdjustmentFold::new(year);
    world.entries().iter().for_each(|entry| fold.apply(entry).expect("in order"));
    let report = fold.finish().expect("sums that fit");
    let [partner] = report.partners.as_slice() else { panic!("{report:?}") };
    let ours: Vec<_> = partner
        .confirmations
        .iter()
        .map(|of| (of.year, of.vintage, of.booked_tonnes, of.confirmed_tonnes, of.open_tonnes))
        .collect();
    let ledger: Vec<_> = world
        .state()
        .adjustments()
        .map(|(key, sum)| {
            let (booked, confirmed) = (sum.booked.get(), sum.confirmed.get());
            (key.year, key.vintage, booked, confirmed, sum.open().get())
        })
        .collect();
    assert_eq!(ours, ledger);
    let open: Vec<u64> = partner.open().map(|of| of.open_tonnes).collect();
    assert_eq!(open, [100, 30]);
    assert_eq!((partner.used_tonnes, partner.first_transferred_tonnes), (150, 700));
    world.check();
}

#[test]
fn a_partner_s_workbook_is_compared_with_what_the_ledger_recorded() {
    let world = begun();
    let year = year_of(&world);
    let ours = report(&world, year);
    // The partner's report: the same units, first transferred to Japan.
    let mut theirs = ours.clone();
    theirs.submission.party = Party::new("MNG").expect("a code");
    theirs.actions.retain(|row| row.action == ActionType::Acquisition);
    theirs.holdings.clear();
    let mut authorization = theirs.authorizations[0].clone();
    authorization.id = "MN-1".to_owned();
    theirs.authorizations.push(authorization);
    for row in &mut theirs.actions {
        row.action = ActionType::FirstTransfer;
        row.subtype = Some(ActionSubtype::ToAnotherParty);
        (row.transferring, row.acquiring) = (None, Some(Party::JAPAN));
        row.authorization = "MN-1".to_owned();
    }
    let mongolia = theirs.submission.party;
    let workbook = theirs.to_xlsx(&theirs.settings()).expect("a workbook");
    let found = reconcile(&ours, mongolia, &workbook).expect("a workbook");
    assert_eq!((found.verdict, found.agreed_tonnes), (Verdict::Agrees, 600), "{found}");
    // One unit less.
    let block = theirs.actions[0].block.as_mut().expect("units");
    block.last -= 1;
    theirs.actions[0].quantity = block.quantity();
    let workbook = theirs.to_xlsx(&theirs.settings()).expect("a workbook");
    let found = reconcile(&ours, mongolia, &workbook).expect("a workbook");
    let kinds: Vec<Kind> = found.differences.iter().map(|of| of.kind).collect();
    assert_eq!(kinds, [Kind::OnlyOurs], "{found}");
    assert!(found.to_string().contains("units 600 to 600: we report them, they do not"), "{found}");
}
