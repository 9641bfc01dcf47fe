//! What holds at the end does not hold for a state that was tampered with.

use super::*;
use jcm_format::amount::Yen;
use jcm_format::command::{FirstTransferDefinition, ItmoRendering, RuleSet};
use jcm_format::event::CreditClass;
use jcm_format::hash::Digest;
use jcm_format::id::AccountNumber;
use jcm_format::itmo::ItmoRegistry;
use jcm_format::key::PublicKey;
use jcm_format::time::Date;

fn entry(index: u64) -> EntryIndex {
    EntryIndex::new(index)
}

fn range(text: &str) -> SerialRange {
    text.parse().expect("a range")
}

fn country(code: &str) -> Country {
    Country::new(code).expect("a country")
}

fn year(number: u16) -> Year {
    Year::new(number).expect("a year")
}

fn moment(at: u64) -> Moment {
    Moment { at: entry(at), today: "2026-04-10".parse::<Date>().expect("a date") }
}

fn authorisation(side: Side, of: &str, tonnes: u64) -> Effect {
    Effect::AuthorisationRecorded {
        authorisation: Authorisation {
            id: Name::new("A1").expect("a name"),
            side,
            partner: country(of),
            cooperative_approach: "CA0001".parse().expect("an approach"),
            date: Date::FIRST,
            quantity_tonnes: Tonnes::new(tonnes),
            first_vintage: year(2021),
            last_vintage: year(2030),
            purposes: AuthorisedPurposes { ndc: true, imp: false, op: false },
            first_transfer: FirstTransferDefinition::Issuance,
            projects: Vec::new(),
            document: Digest::ZERO,
        },
    }
}

fn adoption() -> Effect {
    Effect::Article6Adopted(Article6 {
        registry: ItmoRegistry::new("JPN01").expect("an identifier"),
        ndc_first_year: year(2021),
        ndc_last_year: year(2030),
        oimp_needs_authorisation: true,
        gx_ets_cap_basis_points: None,
        identifiers: ItmoRendering::Integer,
    })
}

fn first_transfer(units: &str) -> Effect {
    Effect::FirstTransferred { range: range(units), japan: entry(1), partner: entry(2) }
}

fn booked(tonnes: u64) -> Effect {
    Effect::AdjustmentBooked {
        partner: country("VN"),
        vintage: year(2022),
        quantity_tonnes: Tonnes::new(tonnes),
        japan_authorisation: entry(1),
        partner_authorisation: entry(2),
    }
}

fn confirmed(tonnes: u64) -> Effect {
    Effect::AdjustmentConfirmed(Confirmation {
        partner: country("VN"),
        year: year(2026),
        vintage: year(2022),
        quantity_tonnes: Tonnes::new(tonnes),
        date: Date::FIRST,
        document: Digest::ZERO,
    })
}

/// A block of 100 units, a pair for 50 of them, and 30 first transferred: 10 of them
/// before Article 6 was adopted.
fn state() -> State {
    let rule_set = RuleSet {
        version: 1,
        account_opening_fee_yen: Yen::ZERO,
        transfer_fee_yen: Yen::ZERO,
        certificate_fee_yen: Yen::ZERO,
    };
    let log_key = PublicKey::from_bytes([0; PublicKey::LEN]);
    let origin = "registry.example/jcm/2026".parse().expect("an origin");
    let mut state = State::new(origin, log_key, &rule_set);
    let block = Block {
        project: jcm_format::id::ProjectRef::new("VN001").expect("a reference"),
        vintage: year(2022),
        issued_on: Date::FIRST,
        class: CreditClass::A,
        range: range("1:1-100"),
    };
    let holder = AccountNumber::new(1_001).expect("a number");
    state.units.issue(block, &[(holder, range("1:1-100"))]).expect("fits");
    let effects = [
        (1, authorisation(Side::Japan, "VN", 50)),
        (2, authorisation(Side::Partner, "VN", 50)),
        (3, first_transfer("1:21-30")),
        (4, adoption()),
        (5, first_transfer("1:1-20")),
        (6, booked(30)),
        (7, confirmed(20)),
    ];
    for (at, effect) in effects {
        state.apply_paris(moment(at), &effect).expect("fits");
    }
    state
}

fn broken(judged: Judged<()>) -> String {
    let broken = judged.expect_err("is found");
    assert_eq!(broken.code, Code::ConservationBroken);
    broken.detail
}

#[test]
fn an_honest_state_holds() {
    state().paris_conserved().expect("holds");
}

#[test]
fn nothing_is_first_transferred_above_what_is_authorised() {
    let mut state = state();
    state.apply_paris(moment(8), &first_transfer("1:31-50")).expect("to the tonne");
    let detail = broken(state.apply_paris(moment(9), &first_transfer("1:51-51")));
    assert!(detail.contains("51 tonnes are first transferred"), "{detail}");
}

#[test]
fn nothing_is_first_transferred_twice() {
    let mut state = state();
    let detail = broken(state.apply_paris(moment(8), &first_transfer("1:20-40")));
    assert!(detail.contains("a second time"), "{detail}");
}

#[test]
fn an_authorisation_is_not_changed_to_less_than_is_used() {
    let mut state = state();
    let Effect::AuthorisationRecorded { authorisation: new } = authorisation(Side::Japan, "VN", 29)
    else {
        return;
    };
    let terms = AuthorisationTerms::from(&new);
    let detail = broken(state.paris.changed(
        moment(8),
        &AuthorisationChange { authorisation: entry(1), terms, details: details() },
    ));
    assert!(detail.contains("which is of 29"), "{detail}");
}

fn details() -> AuthorisationDetails {
    AuthorisationDetails {
        version: 2,
        mitigation: jcm_format::command::MitigationType::Both,
        gwp: None,
        sectors: Vec::new(),
        activities: Vec::new(),
        parties: Vec::new(),
        entities: Vec::new(),
        use_years: None,
        oimp: None,
        terms: Vec::new(),
        changes_reach_first_transferred: false,
        notes: None,
    }
}

#[test]
fn what_is_used_is_what_units_name() {
    let mut state = state();
    if let Some(authorised) = state.paris.authorisations.get_mut(&entry(1)) {
        authorised.used = Tonnes::new(29);
    }
    let detail = broken(state.paris_conserved());
    assert!(detail.contains("29 tonnes are used of authorisation 1, but 30"), "{detail}");
}

#[test]
fn units_name_authorisations_of_their_country_and_side() {
    let mut state = state();
    let mongolia = authorisation(Side::Partner, "MN", 50);
    state.apply_paris(moment(8), &mongolia).expect("another Party");
    for (japan, partner) in [(1, 8), (2, 1)] {
        let mut state = state.clone();
        let pair = Pair { japan: entry(japan), partner: entry(partner) };
        state.units.first_transferred.set(range("1:5-5"), Some(pair));
        let detail = broken(state.paris_conserved());
        assert!(detail.contains("under another's authorisation"), "{detail}");
    }
}

#[test]
fn identifiers_of_authorisations_are_each_partys_own() {
    let mut state = state();
    let detail = broken(state.apply_paris(moment(8), &authorisation(Side::Partner, "VN", 9)));
    assert!(detail.contains("VNM has two authorisations"), "{detail}");
}

#[test]
fn no_partner_confirms_more_than_is_booked() {
    let mut state = state();
    state.apply_paris(moment(8), &confirmed(10)).expect("all of it");
    state.paris.confirmed_within_booked().expect("all of it");
    state.apply_paris(moment(9), &confirmed(1)).expect("judged after the entry");
    let detail = broken(state.paris.confirmed_within_booked());
    assert!(detail.contains("VN has confirmed 31 tonnes"), "{detail}");
}

#[test]
fn what_is_confirmed_is_the_sum_of_the_confirmations() {
    let mut state = state();
    state.paris.confirmations.clear();
    let detail = broken(state.paris_conserved());
    assert!(detail.contains("not the sum"), "{detail}");
}

#[test]
fn every_unit_first_transferred_has_an_identifier() {
    let mut state = state();
    let pair = Pair { japan: entry(1), partner: entry(2) };
    // Behind the count's back.
    state.units.first_transferred.set(range("1:31-31"), Some(pair));
    let detail = broken(state.identified());
    assert!(detail.contains("not all have an identifier"), "{detail}");
    state.units.first_transferred.set(range("1:30-31"), None);
    let detail = broken(state.identified());
    assert!(detail.contains("29 units are first transferred, but 30"), "{detail}");
}

#[test]
fn earlier_units_come_first_in_the_count() {
    let state = state();
    let given: Vec<_> =
        state.paris.itmos.iter().map(|(range, _, first)| (range.to_string(), first)).collect();
    assert_eq!(given, [("1:1-20".to_owned(), 11), ("1:21-30".to_owned(), 1)]);
}
