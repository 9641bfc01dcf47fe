//! Article 6 as effects alone make it: versions, identifiers, adjustments, parts.

use super::*;
use jcm_format::command::{
    Article6, Authorisation, AuthorisationChange, AuthorisationDetails, AuthorisationRevocation,
    AuthorisationTerms, AuthorisedPurposes, Confirmation, FirstTransferDefinition, ItmoRendering,
    MitigationType, Sector, Side,
};
use jcm_format::id::{CooperativeApproach, Country};
use jcm_format::itmo::ItmoRegistry;

const DAY: u64 = DAY_MS;

fn year(year: u16) -> Year {
    Year::new(year).expect("a year")
}

fn adopted(registry: &str) -> Effect {
    Effect::Article6Adopted(Article6 {
        registry: ItmoRegistry::new(registry).expect("an identifier"),
        ndc_first_year: year(2021),
        ndc_last_year: year(2030),
        oimp_needs_authorisation: true,
        gx_ets_cap_basis_points: Some(1_000),
        identifiers: ItmoRendering::Integer,
    })
}

fn authorisation(id: &str, side: Side, partner: &str, approach: u16) -> Authorisation {
    Authorisation {
        id: name(id),
        side,
        partner: Country::new(partner).expect("a country"),
        cooperative_approach: CooperativeApproach::new(approach).expect("four digits"),
        date: date("2026-03-01"),
        quantity_tonnes: Tonnes::new(1_000),
        first_vintage: year(2021),
        last_vintage: year(2030),
        purposes: AuthorisedPurposes { ndc: true, imp: false, op: false },
        first_transfer: FirstTransferDefinition::Issuance,
        projects: Vec::new(),
        document: digest(1),
    }
}

pub(crate) fn details(version: u32, reach: bool) -> AuthorisationDetails {
    AuthorisationDetails {
        version,
        mitigation: MitigationType::Reductions,
        gwp: None,
        sectors: vec![Sector::Transportation],
        activities: Vec::new(),
        parties: Vec::new(),
        entities: Vec::new(),
        use_years: None,
        oimp: None,
        terms: Vec::new(),
        changes_reach_first_transferred: reach,
        notes: None,
    }
}

fn recorded(replay: &mut Replay, id: &str, side: Side, partner: &str, approach: u16) -> EntryIndex {
    let authorisation = authorisation(id, side, partner, approach);
    replay.entry(vec![Effect::AuthorisationRecorded { authorisation }])
}

/// One issuance with blocks of these numbers, vintages and quantities, all for 1001.
fn issued(project: &str, blocks: &[(u32, u16, u64)]) -> Vec<Effect> {
    let Effect::IssuanceRecorded { decision, basis, verifier, .. } = super::issued().remove(1)
    else {
        panic!("an issuance");
    };
    let mut effects = vec![Effect::IssuanceRecorded {
        project: ProjectRef::new(project).expect("a reference"),
        decision,
        basis,
        verifier,
        verification_report: digest(1),
        quantity_tonnes: Tonnes::new(blocks.iter().map(|(_, _, quantity)| quantity).sum()),
    }];
    effects.extend(blocks.iter().map(|(number, vintage, quantity)| Effect::BlockIssued {
        block: BlockNumber::new(*number).expect("from 1"),
        vintage: year(*vintage),
        issued_on: date("2026-03-31"),
        class: CreditClass::A,
        allocations: vec![Holding {
            account: account(1_001),
            range: range(&format!("{number}:1-{quantity}")),
        }],
    }));
    effects
}

fn transferred(units: &str, (japan, partner): (EntryIndex, EntryIndex)) -> Effect {
    Effect::FirstTransferred { range: range(units), japan, partner }
}

fn itmo(replay: &Replay, unit: &str) -> String {
    let (block, number) = unit.split_once(':').expect("a unit");
    let units = replay.state.units(range(&format!("{block}:{number}-{number}")));
    units[0].itmo.map_or_else(String::new, |itmo| itmo.to_string())
}

/// The example of `docs/spec/commands.md`, Article 6, Identifiers, to the number.
#[test]
fn serials_are_counted_in_the_order_of_first_transfers() {
    let mut replay = Replay::new();
    let pair = (
        recorded(&mut replay, "JP-1", Side::Japan, "MN", 7),
        recorded(&mut replay, "MN-1", Side::Partner, "MN", 7),
    );
    replay.entry(issued("MN003", &[(3, 2022, 60), (7, 2023, 100), (10, 2025, 4)]));
    replay.entry(vec![transferred("7:1-100", pair)]);
    replay.entry(vec![transferred("3:51-60", pair)]);
    assert_eq!(itmo(&replay, "7:1"), "", "not adopted yet");
    replay.entry(vec![adopted("JPN01")]);
    let lines = |replay: &Replay| replay.lines_with("itmo");
    assert_eq!(
        lines(&replay),
        ["itmo 3:51-60 CA0007 JPN01 MNG 1", "itmo 7:1-100 CA0007 JPN01 MNG 11"]
    );
    assert_eq!(itmo(&replay, "3:60"), "CA0007-JPN01-MNG-10-2022");
    assert_eq!(itmo(&replay, "7:100"), "CA0007-JPN01-MNG-110-2023");
    let mut effects = issued("MN003", &[(8, 2024, 10), (9, 2025, 5)]);
    effects.insert(2, transferred("8:1-10", pair));
    effects.push(transferred("9:1-5", pair));
    replay.entry(effects);
    assert_eq!(itmo(&replay, "8:1"), "CA0007-JPN01-MNG-111-2024");
    assert_eq!(itmo(&replay, "9:5"), "CA0007-JPN01-MNG-125-2025");
    // The holder sells 7:31-40: the serials go with the units.
    replay.entry(vec![
        transfer("7:31-40", 1, Purpose::Other, Fee::NotChargeable),
        Effect::TransferRecorded { application: None },
    ]);
    let shown: Vec<_> = replay
        .state
        .units(range("7:1-100"))
        .into_iter()
        .map(|stretch| (stretch.range.to_string(), stretch.itmo.expect("one").serial))
        .collect();
    let expected = [("7:1-30", 11), ("7:31-40", 41), ("7:41-100", 51)];
    assert_eq!(shown, expected.map(|(range, serial)| (range.to_owned(), serial)));
    replay.entry(vec![transferred("10:1-4", pair)]);
    assert_eq!(itmo(&replay, "9:2"), "CA0007-JPN01-MNG-122-2025");
    assert_eq!(itmo(&replay, "10:4"), "CA0007-JPN01-MNG-129-2025");
    assert_eq!(replay.lines_with("itmo-next"), ["itmo-next CA0007 JPN01 MNG 130"]);
}

#[test]
fn every_series_counts_from_one_and_is_found_again() {
    let mut replay = Replay::new();
    replay.entry(vec![adopted("JPN01")]);
    let mut pair = |partner: &str, approach: u16| {
        let ids = [format!("JP-{partner}-{approach}"), format!("{partner}-{approach}")];
        (
            recorded(&mut replay, &ids[0], Side::Japan, partner, approach),
            recorded(&mut replay, &ids[1], Side::Partner, partner, approach),
        )
    };
    let (mn7, mn8, vn7) = (pair("MN", 7), pair("MN", 8), pair("VN", 7));
    replay.entry(issued("MN003", &[(2, 2023, 100)]));
    replay.entry(issued("VN001", &[(3, 2023, 100)]));
    replay.entry(vec![transferred("2:1-10", mn7), transferred("2:11-20", mn7)]);
    replay.entry(vec![transferred("2:21-30", mn8)]);
    replay.entry(vec![transferred("3:1-10", vn7)]);
    replay.entry(vec![adopted("JPN02")]);
    replay.entry(vec![transferred("2:31-40", mn7)]);
    assert_eq!(
        replay.lines_with("itmo"),
        [
            // Touching ranges whose serials run on are one.
            "itmo 2:1-20 CA0007 JPN01 MNG 1",
            "itmo 2:21-30 CA0008 JPN01 MNG 1",
            // Another registry starts a count of its own, and gives none anew.
            "itmo 2:31-40 CA0007 JPN02 MNG 1",
            "itmo 3:1-10 CA0007 JPN01 VNM 1",
        ]
    );
    assert_eq!(
        replay.lines_with("itmo-next"),
        [
            "itmo-next CA0007 JPN01 MNG 21",
            "itmo-next CA0007 JPN01 VNM 11",
            "itmo-next CA0007 JPN02 MNG 11",
            "itmo-next CA0008 JPN01 MNG 11",
        ]
    );
    // Both directions agree for every unit.
    for stretch in replay.state.all_itmos() {
        for unit in stretch.range.first()..=stretch.range.last() {
            let one = range(&format!("{}:{unit}-{unit}", stretch.range.block()));
            let itmo = replay.state.units(one)[0].itmo.expect("an identifier");
            assert_eq!(replay.state.unit_of_itmo(&itmo), Some(one), "{itmo}");
            let elsewhere = jcm_format::itmo::Itmo { vintage: year(2022), ..itmo };
            assert_eq!(replay.state.unit_of_itmo(&elsewhere), None, "another vintage");
        }
    }
    let beyond = "CA0007-JPN01-MNG-21-2023".parse().expect("an identifier");
    assert_eq!(replay.state.unit_of_itmo(&beyond), None);
}

#[test]
fn a_version_is_known_by_its_entry_and_quantities_count_for_the_authorisation() {
    let mut replay = Replay::new();
    replay.entry(vec![adopted("JPN01")]);
    let first = authorisation("JP-1", Side::Japan, "MN", 7);
    let terms = AuthorisationTerms::from(&first);
    let japan = replay.entry(vec![
        Effect::AuthorisationRecorded { authorisation: first },
        Effect::AuthorisationDetailed(details(3, true)),
    ]);
    let partner = recorded(&mut replay, "MN-1", Side::Partner, "MN", 7);
    replay.entry(vec![transferred("1:1-40", (japan, partner))]);
    let changed = |version, quantity| {
        let terms = AuthorisationTerms { quantity_tonnes: Tonnes::new(quantity), ..terms.clone() };
        Effect::AuthorisationChanged(AuthorisationChange {
            authorisation: japan,
            terms,
            details: details(version, true),
        })
    };
    let fourth = replay.entry(vec![changed(4, 500)]);
    let fifth = replay.entry(vec![changed(5, 200)]);
    replay.entry(vec![transferred("1:41-50", (fifth, partner))]);
    let version = |entry| {
        let found = replay.state.authorisation_version(entry);
        found.map(|(record, version)| (record.entry, version.number))
    };
    assert_eq!(version(japan), Some((japan, 3)));
    assert_eq!(version(fourth), Some((japan, 4)));
    assert_eq!(version(fifth), Some((japan, 5)));
    assert_eq!(version(EntryIndex::new(0)), None);
    let record = replay.state.authorisation(japan).expect("recorded");
    assert_eq!(record.versions().count(), 3);
    assert_eq!(record.left_tonnes().get(), 150);
    assert!(record.changes_reach_first_transferred());
    assert_eq!(
        replay.lines_with("authorisation"),
        [
            format!("authorisation {japan} JPN JP-1 5 {fifth} 200 50 valid"),
            format!("authorisation {partner} MNG MN-1 1 {partner} 1000 50 valid"),
        ]
    );
    assert_eq!(
        replay.lines_with("first-transferred"),
        [
            format!("first-transferred 1:1-40 {japan} {partner}"),
            format!("first-transferred 1:41-50 {fifth} {partner}"),
        ]
    );
    assert_eq!(replay.lines_with("itmo"), ["itmo 1:1-50 CA0007 JPN01 MNG 1"], "serials run on");
    replay.entry(vec![Effect::AuthorisationRevoked(AuthorisationRevocation {
        authorisation: japan,
        date: date("2026-03-30"),
        document: digest(2),
    })]);
    let record = replay.state.authorisation(japan).expect("recorded");
    assert!(record.in_force().is_none());
    assert_eq!(record.latest().entry, fifth);
    let line = &replay.lines_with("authorisation")[0];
    assert_eq!(*line, format!("authorisation {japan} JPN JP-1 5 {fifth} 200 50 revoked"));
}

#[test]
fn identifiers_are_each_partys_own_once_adopted() {
    let mut replay = Replay::new();
    let japan = recorded(&mut replay, "A-1", Side::Japan, "MN", 7);
    let (jpn, mng, vnm) = ("JPN", "MNG", "VNM");
    let find = |replay: &Replay, party: &str| {
        let party = jcm_format::party::Party::new(party).expect("a Party");
        replay.state.authorisation_of(party, &name("A-1")).map(|record| record.entry)
    };
    assert_eq!(find(&replay, mng), Some(japan), "one scope until then");
    replay.entry(vec![adopted("JPN01")]);
    let partner = recorded(&mut replay, "A-1", Side::Partner, "MN", 7);
    assert_eq!(find(&replay, jpn), Some(japan));
    assert_eq!(find(&replay, mng), Some(partner));
    assert_eq!(find(&replay, vnm), None);
}

#[test]
fn adjustments_are_kept_by_year_of_use_and_what_is_confirmed_may_be_withdrawn() {
    let mut replay = Replay::new();
    let (japan, partner) = (EntryIndex::new(7), EntryIndex::new(8));
    let booked = |vintage, tonnes| Effect::AdjustmentBooked {
        partner: Country::new("MN").expect("a country"),
        vintage: year(vintage),
        quantity_tonnes: Tonnes::new(tonnes),
        japan_authorisation: japan,
        partner_authorisation: partner,
    };
    // 23:30 of 31 December in Japan, and an hour later.
    replay.time = 1_798_727_400_000;
    replay.entry(vec![booked(2023, 10), booked(2024, 5)]);
    replay.time += DAY / 24;
    replay.entry(vec![booked(2023, 7), booked(2023, 1)]);
    let confirmation = Confirmation {
        partner: Country::new("MN").expect("a country"),
        year: year(2026),
        vintage: year(2023),
        quantity_tonnes: Tonnes::new(4),
        date: date("2027-01-01"),
        document: digest(3),
    };
    let first = replay.entry(vec![Effect::AdjustmentConfirmed(confirmation)]);
    let rest = Confirmation { quantity_tonnes: Tonnes::new(6), ..confirmation };
    let second = replay.entry(vec![Effect::AdjustmentConfirmed(rest)]);
    assert_eq!(
        replay.lines_with("adjustment"),
        [
            "adjustment MN 2026 2023 10 10",
            "adjustment MN 2026 2024 5 0",
            "adjustment MN 2027 2023 8 0"
        ]
    );
    assert_eq!(
        replay.lines_with("confirmation"),
        [
            format!("confirmation {first} MN 2026 2023 4"),
            format!("confirmation {second} MN 2026 2023 6")
        ]
    );
    replay.entry(vec![Effect::ConfirmationWithdrawn { confirmation: first }]);
    let key = AdjustmentKey {
        partner: confirmation.partner,
        year: confirmation.year,
        vintage: confirmation.vintage,
    };
    let sum = replay.state.adjustment(key);
    assert_eq!((sum.booked.get(), sum.confirmed.get(), sum.open().get()), (10, 6, 4));
    assert!(replay.state.confirmation(first).is_none());
    assert_eq!(replay.lines_with("confirmation").len(), 1);
}

#[test]
fn several_transfers_of_an_entry_are_one_application_and_each_counts_in_the_books() {
    let mut replay = Replay::new();
    let fee = |yen| Fee::Due(Yen::new(yen));
    let payment = replay.paid("in-1", 10_000);
    let paid =
        |yen| Effect::PaymentApplied { payment, application: None, amount_yen: Yen::new(yen) };
    let before = replay.totals(2025);
    let recorded = || Effect::TransferRecorded { application: None };
    let entry = replay.entry(vec![
        transfer("1:1-10", 1, Purpose::Other, fee(2_500)),
        paid(2_500),
        recorded(),
        transfer("1:11-30", 2, Purpose::Retirement, Fee::NotAnApplication),
        recorded(),
        transfer("1:31-35", 3, Purpose::Cancellation, fee(2_000)),
        paid(2_000),
        recorded(),
    ]);
    let line = format!("application {entry} transfer recorded 4500 4500 0 - - -");
    assert_eq!(*replay.lines_with("application").last().expect("one"), line);
    assert_eq!(replay.state.open_applications().count(), 0);
    assert_eq!(replay.state.balance(account(1)).get(), 10);
    let after = replay.totals(2025);
    assert_eq!(after.received - before.received, 3);
    assert_eq!(after.recorded - before.recorded, 3);
    assert_eq!(after.transfer_fees_yen.get() - before.transfer_fees_yen.get(), 4_500);
    let moved = |totals: BookTotals| {
        [totals.transferred_tonnes, totals.retired_tonnes, totals.cancelled_tonnes].map(Tonnes::get)
    };
    assert_eq!(moved(after), [10, 20, 5]);
}

#[test]
fn several_issuances_of_an_entry_are_known_by_their_parts() {
    let mut replay = Replay::new();
    let parts =
        [issued("MN003", &[(2, 2023, 10), (3, 2024, 20)]), issued("VN001", &[(4, 2023, 5)])];
    let entry = replay.entry(parts.concat());
    let of_entry: Vec<_> = replay
        .state
        .issuances()
        .filter(|issuance| issuance.entry == entry)
        .map(|issuance| (issuance.part, issuance.project.to_string()))
        .collect();
    assert_eq!(of_entry, [(1, "MN003".to_owned()), (2, "VN001".to_owned())]);
    let block = |number| {
        let block = replay.state.block(BlockNumber::new(number).expect("from 1")).expect("issued");
        (block.issuance, block.part, block.project.to_string())
    };
    assert_eq!(block(3), (entry, 1, "MN003".to_owned()));
    assert_eq!(block(4), (entry, 2, "VN001".to_owned()));
}
