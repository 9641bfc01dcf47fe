//! Article 6: every rejection shown, precedence walked, and each worked example of
//! `docs/spec/commands.md` asserted to the number.

use jcm_format::amount::Tonnes;
use jcm_format::command::{
    Article6, Authorisation, AuthorisationDetails, Body, FirstTransferDefinition, Purpose, Side,
    TransferTerms, Use, UseKind, YearSpan,
};
use jcm_format::event::Effect;
use jcm_ledger::Reason;
use jcm_tests::acts::{AUTHORITIES, NOBODY, OPERATORS};
use jcm_tests::article6::*;
use jcm_tests::world::*;

use FirstTransferDefinition::{Issuance, UseOrCancellation};

/// From the clock of a new world into the next calendar year.
const DAYS_TO_2027: u64 = 39;

fn record(authorisation: Authorisation, details: Option<AuthorisationDetails>) -> Body {
    Body::RecordAuthorisation { authorisation, details }
}

fn retired(units: &[&str]) -> Body {
    retire(1_001, units)
}

fn cancelled(kind: UseKind, units: &[&str]) -> Body {
    apply_transfer(cancel_for(kind, units))
}

fn reaching(version: u32) -> AuthorisationDetails {
    AuthorisationDetails { changes_reach_first_transferred: true, ..details(version) }
}

// Adoption and recording.

#[test]
fn two_authorities_adopt_the_rule_data() {
    let mut world = World::stocked();
    let adopt = Body::AdoptArticle6(article6());
    world.refused(adopt.clone(), &["authority-1"], Reason::SecondSignatureMissing);
    world.refused(adopt.clone(), OPERATORS, Reason::RoleNotPermitted);
    assert_eq!(world.lines("article6"), [""; 0]);
    world.accepted(adopt, AUTHORITIES);
    assert_eq!(world.lines("article6"), ["article6 JPN01 2021 2030 on - full"]);
    let again = Article6 { gx_ets_cap_basis_points: Some(1_000), ..article6() };
    world.accepted(Body::AdoptArticle6(again), AUTHORITIES);
    assert_eq!(world.lines("article6"), ["article6 JPN01 2021 2030 on 1000 full"]);
    world.check();
}

#[test]
fn an_authorisation_has_details_once_adopted_and_not_before() {
    let mut world = World::stocked();
    let japan = || authorisation("A-1", Side::Japan, 1_000);
    world.refused(record(japan(), Some(details(1))), AUTHORITIES, Reason::Article6Off);
    world.accepted(record(japan(), None), AUTHORITIES);
    world.refused(
        record(authorisation("A-1", Side::Partner, 1), None),
        PARTNER,
        Reason::AuthorisationExists,
    );
    world.accepted(Body::AdoptArticle6(article6()), AUTHORITIES);
    // In the order of precedence: each case breaks every later rule as well.
    let worst = |id: &str| {
        let mut worst = authorisation(id, Side::Japan, 1_000);
        worst.projects = vec![project("MN999")];
        worst.date = date("2026-11-24");
        worst
    };
    world.refused(record(worst("A-1"), None), AUTHORITIES, Reason::AuthorisationDetailsMissing);
    let with_details = |body| record(body, Some(details(1)));
    world.refused(with_details(worst("A-1")), AUTHORITIES, Reason::AuthorisationExists);
    world.refused(with_details(worst("A-2")), AUTHORITIES, Reason::ProjectUnknown);
    let late = Authorisation { projects: Vec::new(), ..worst("A-2") };
    world.refused(with_details(late), AUTHORITIES, Reason::DateInFuture);
    // The other Party may call its own the same.
    let partner = authorisation("A-1", Side::Partner, 1_000);
    let entry = world.accepted(record(partner.clone(), Some(details(4))), PARTNER);
    assert!(matches!(
        world.effects(entry)[..],
        [Effect::AuthorisationRecorded { .. }, Effect::AuthorisationDetailed(_)]
    ));
    world.refused(with_details(partner), PARTNER, Reason::AuthorisationExists);
    let line = format!("authorisation {entry} MNG A-1 4 {entry} 1000 0 valid");
    assert_eq!(world.lines("authorisation")[1], line);
    world.check();
}

#[test]
fn a_change_walks_its_rules_in_order() {
    let mut world = World::stocked();
    let first = Authorisation { date: date("2026-10-01"), ..authorised("JP-1", Side::Japan, NDC) };
    let old = world.accepted(record(first.clone(), None), AUTHORITIES);
    // Each breaks every later rule as well.
    let mut worst = Authorisation { quantity_tonnes: Tonnes::new(1), ..first.clone() };
    worst.projects = vec![project("MN999")];
    worst.date = date("2026-11-24");
    let change = |authorisation, terms: &Authorisation, version| {
        let mut details = reaching(version);
        details.notes = Some(text("備考"));
        changed(authorisation, terms, details)
    };
    world.refused(change(NOBODY, &worst, 9), PARTNER, Reason::AuthorisationUnknown);
    world.refused(change(old, &worst, 9), PARTNER, Reason::RoleNotPermitted);
    world.refused(change(old, &worst, 9), &["authority-1"], Reason::SecondSignatureMissing);
    world.refused(change(old, &worst, 9), AUTHORITIES, Reason::Article6Off);
    world.accepted(Body::AdoptArticle6(article6()), AUTHORITIES);
    let other = record(authorised("JP-2", Side::Japan, NDC), Some(reaching(1)));
    let revoked = world.accepted(other, AUTHORITIES);
    world.accepted(jcm_tests::article6::revoked(revoked), AUTHORITIES);
    world.refused(change(revoked, &worst, 9), AUTHORITIES, Reason::AuthorisationRevoked);
    world.refused(change(old, &worst, 3), AUTHORITIES, Reason::AuthorisationVersion);
    world.refused(change(old, &worst, 2), AUTHORITIES, Reason::ProjectUnknown);
    worst.projects.clear();
    world.refused(change(old, &worst, 2), AUTHORITIES, Reason::DateInFuture);
    worst.date = date("2026-09-30");
    world.refused(change(old, &worst, 2), AUTHORITIES, Reason::DateBeforeVersion);
    worst.date = first.date;
    world.refused(change(old, &worst, 2), AUTHORITIES, Reason::TermsOnChangeDiffer);
    // What is used of it, together with a partner's: five tonnes.
    let partner = authorised("MN-1", Side::Partner, NDC);
    world.accepted(record(partner, Some(details(1))), PARTNER);
    world.accepted(retired(&["4:1-5"]), &["alpha"]);
    worst.quantity_tonnes = Tonnes::new(4);
    let body = changed(old, &worst, details(2));
    world.refused(body, AUTHORITIES, Reason::QuantityBelowUsed);
    worst.quantity_tonnes = Tonnes::new(5);
    let entry = world.accepted(changed(old, &worst, details(2)), AUTHORITIES);
    let line = format!("authorisation {old} JPN JP-1 2 {entry} 5 5 valid");
    assert_eq!(world.lines("authorisation")[0], line);
    world.check();
}

#[test]
fn a_change_names_projects_of_its_partner_only() {
    let mut world = World::under_article6();
    let vietnam = Body::RegisterProject(jcm_format::command::RegisterProject {
        reference: project("VN001"),
        title: text("Hydro"),
        methodology: name("VN_AM001"),
        public_input_date: None,
    });
    world.accepted(vietnam, &["op-1"]);
    let (japan, _) = world.pair("1", NDC, Issuance, &details(1));
    let mut terms = authorised("JP-1", Side::Japan, NDC);
    terms.projects = vec![project("MN001"), project("VN001")];
    world.refused(changed(japan, &terms, details(2)), AUTHORITIES, Reason::ProjectUnknown);
    terms.projects = vec![project("MN001")];
    world.accepted(changed(japan, &terms, details(2)), AUTHORITIES);
    // The new version acts from the next entry on.
    world.refused(retired(&["4:1-5"]), &["alpha"], Reason::AuthorisationOfJapanMissing);
    world.accepted(retired(&["2:1-5"]), &["alpha"]);
    world.check();
}

#[test]
fn a_revocation_walks_its_rules_in_order() {
    let mut world = World::stocked();
    let partner = authorised("MN-1", Side::Partner, NDC);
    let entry = world.accepted(record(partner, None), PARTNER);
    let dated = |entry, on: &str| {
        let Body::RevokeAuthorisation { mut revocation, reason } = revoked(entry) else {
            panic!("a revocation")
        };
        revocation.date = date(on);
        Body::RevokeAuthorisation { revocation, reason }
    };
    let (late, early) = ("2026-11-24", "2025-09-30");
    world.refused(dated(NOBODY, late), AUTHORITIES, Reason::AuthorisationUnknown);
    world.refused(dated(entry, late), AUTHORITIES, Reason::RoleNotPermitted);
    world.refused(dated(entry, late), PARTNER, Reason::Article6Off);
    world.accepted(Body::AdoptArticle6(article6()), AUTHORITIES);
    world.refused(dated(entry, late), PARTNER, Reason::DateInFuture);
    world.refused(dated(entry, early), PARTNER, Reason::DateBeforeVersion);
    world.accepted(revoked(entry), PARTNER);
    world.refused(dated(entry, late), PARTNER, Reason::AuthorisationRevoked);
    let line = format!("authorisation {entry} MNG MN-1 1 {entry} 1000 0 revoked");
    assert_eq!(world.lines("authorisation"), [line]);
    world.check();
}

// Issuance and first transfer.

#[test]
fn an_issuance_names_a_pair_that_is_in_force_and_covers_it() {
    let mut world = World::under_article6();
    world.pair("1", NDC, Issuance, &details(1));
    let issuance = world.consented(vintages("MN001", &[(2024, 600), (2025, 600)]));
    let named =
        |japan: &str, partner: &str| Body::RecordIssuance(under(issuance.clone(), japan, partner));
    world.refused(named("MN-1", "MN-1"), OPERATORS, Reason::AuthorisationUnknown);
    world.refused(named("JP-1", "JP-1"), OPERATORS, Reason::AuthorisationUnknown);
    let (japan, partner) = world.pair("2", IMP, UseOrCancellation, &details(1));
    world.accepted(revoked(partner), PARTNER);
    world.accepted(revoked(japan), AUTHORITIES);
    // Unknown goes before revoked, and Japan's before the partner's.
    world.refused(named("JP-2", "MN-9"), OPERATORS, Reason::AuthorisationUnknown);
    world.refused(named("JP-2", "MN-2"), OPERATORS, Reason::AuthorisationRevoked);
    world.refused(named("JP-1", "MN-2"), OPERATORS, Reason::AuthorisationRevoked);
    // No purpose in common; then first transfer later; then too little left.
    world.pair("3", IMP, UseOrCancellation, &details(1));
    world.refused(named("JP-1", "MN-3"), OPERATORS, Reason::AuthorisationDoesNotCover);
    world.refused(named("JP-3", "MN-3"), OPERATORS, Reason::FirstTransferLater);
    world.refused(named("JP-1", "MN-1"), OPERATORS, Reason::AuthorisationExhausted);
    world.pair("4", IMP, FirstTransferDefinition::Authorisation, &details(1));
    world.refused(named("JP-4", "MN-4"), OPERATORS, Reason::AuthorisationExhausted);
    world.check();
}

#[test]
fn an_authorisation_of_another_country_is_not_found_by_its_name() {
    let mut world = World::under_article6();
    world.pair("1", NDC, Issuance, &details(1));
    let role = jcm_format::command::Role::Partner(project("VN001").country());
    let key = possessed(&secret("vietnam"), &role);
    world.accepted(Body::RegisterKey { role, key }, AUTHORITIES);
    let mut vietnams = authorised("MN-1", Side::Partner, NDC);
    vietnams.partner = project("VN001").country();
    world.accepted(record(vietnams.clone(), Some(details(1))), &["vietnam"]);
    vietnams.id = name("VN-9");
    world.accepted(record(vietnams, Some(details(1))), &["vietnam"]);
    let issuance = world.consented(vintages("MN001", &[(2024, 10)]));
    let unknown = Body::RecordIssuance(under(issuance.clone(), "JP-1", "VN-9"));
    world.refused(unknown, OPERATORS, Reason::AuthorisationUnknown);
    // The name that both have means Mongolia's here.
    let entry = world.accepted(Body::RecordIssuance(under(issuance, "JP-1", "MN-1")), OPERATORS);
    assert_eq!(world.first_transferred(entry), ["5:1-10"]);
    assert_eq!(world.itmo("5:1"), "CA0007-JPN01-MNG-1-2024");
    world.check();
}

/// The four examples of the table in Article 6, First transfer, with their numbers as
/// far as a registry with entries before gives them.
#[test]
fn first_transfer_follows_the_definition_of_the_pair() {
    use FirstTransferDefinition::Authorisation as AtAuthorisation;
    let mut world = World::under_article6();
    // Authorised later, NDC: block 4 was issued before there was a pair.
    world.pair("ndc", NDC, UseOrCancellation, &details(1));
    let entry = world.accepted(retired(&["4:1-60"]), &["alpha"]);
    assert_eq!(world.first_transferred(entry), ["4:1-60"]);
    let booked = world.effects(entry);
    assert!(matches!(booked.last(), Some(Effect::AdjustmentBooked { .. })));
    // NDC, named by the issuance: at the issuance, whatever the definition.
    let entry = world.issued(under(vintages("MN001", &[(2024, 100)]), "JP-ndc", "MN-ndc"));
    assert_eq!(world.first_transferred(entry), ["5:1-100"]);
    // Authorisation, IMP alone.
    world.pair("a", IMP, AtAuthorisation, &details(1));
    let entry = world.issued(under(vintages("MN001", &[(2025, 100)]), "JP-a", "MN-a"));
    assert_eq!(world.first_transferred(entry), ["6:1-100"]);
    // Issuance, OP alone.
    world.pair("i", OP, Issuance, &details(1));
    let entry = world.issued(under(vintages("MN002", &[(2024, 100)]), "JP-i", "MN-i"));
    assert_eq!(world.first_transferred(entry), ["7:1-100"]);
    // Use or cancellation, IMP alone: not at the issuance, but at the cancellation.
    world.pair("u", IMP, UseOrCancellation, &details(1));
    let issuance = world.consented(vintages("MN002", &[(2025, 100)]));
    let named = Body::RecordIssuance(under(issuance.clone(), "JP-u", "MN-u"));
    world.refused(named, OPERATORS, Reason::FirstTransferLater);
    let entry = world.accepted(Body::RecordIssuance(issuance), OPERATORS);
    assert_eq!(world.first_transferred(entry), [""; 0]);
    let cancellation = cancelled(UseKind::InternationalMitigation, &["8:11-40"]);
    let entry = world.accepted(cancellation, &["alpha"]);
    assert_eq!(world.first_transferred(entry), ["8:11-40"]);
    assert_eq!(world.itmos("8:1-10")[0].1, "-");
    assert_eq!(world.itmos("8:41-100")[0].1, "-");
    let booked = world.effects(entry);
    assert!(!booked.iter().any(|effect| matches!(effect, Effect::AdjustmentBooked { .. })));
    // Recording an authorisation first transferred nothing of it.
    assert_eq!(world.lines("first-transferred").len(), 5);
    world.check();
}

/// The example of Article 6, Identifiers, block by block.
#[test]
fn serials_are_counted_as_the_specification_counts_them() {
    let mut world = World::peopled();
    for (reference, of) in [("MN001", 2016), ("MN001", 2017)] {
        world.issued(vintages(reference, &[(of, 1)]));
    }
    world.issued(vintages("MN001", &[(2022, 60)]));
    for (reference, of) in [("MN001", 2018), ("MN002", 2018), ("MN002", 2019)] {
        world.issued(vintages(reference, &[(of, 1)]));
    }
    world.authorise(1_000, 1_000);
    let entry = world.issued(under(vintages("MN002", &[(2023, 100)]), "JP-1", "MN-1"));
    assert_eq!(world.first_transferred(entry), ["7:1-100"]);
    let entry = world.accepted(retired(&["3:51-60"]), &["alpha"]);
    assert_eq!(world.first_transferred(entry), ["3:51-60"]);
    assert_eq!(world.lines("itmo"), [""; 0], "nothing acts before it is adopted");

    world.accepted(Body::AdoptArticle6(article6()), AUTHORITIES);
    let of = |unit: &str, serial: u64, vintage: u16| {
        assert_eq!(world.itmo(unit), format!("CA0007-JPN01-MNG-{serial}-{vintage}"), "{unit}");
    };
    of("3:51", 1, 2022);
    of("3:60", 10, 2022);
    of("7:1", 11, 2023);
    of("7:100", 110, 2023);

    let both = vintages("MN002", &[(2024, 10), (2025, 5)]);
    let entry = world.issued(under(both, "JP-1", "MN-1"));
    assert_eq!(world.first_transferred(entry), ["8:1-10", "9:1-5"]);
    assert_eq!(world.itmo("8:1"), "CA0007-JPN01-MNG-111-2024");
    assert_eq!(world.itmo("8:10"), "CA0007-JPN01-MNG-120-2024");
    assert_eq!(world.itmo("9:1"), "CA0007-JPN01-MNG-121-2025");
    assert_eq!(world.itmo("9:5"), "CA0007-JPN01-MNG-125-2025");

    world.give_away(&["7:31-40"]);
    let stretch =
        |range: &str, serial: u64| (range.to_owned(), format!("CA0007-JPN01-MNG-{serial}-2023"));
    let expected = [stretch("7:1-30", 11), stretch("7:31-40", 41), stretch("7:41-100", 51)];
    assert_eq!(world.itmos("7:1-100"), expected);

    world.issued(vintages("MN001", &[(2025, 4)]));
    let entry = world.accepted(retired(&["9:1-2", "10:1-4"]), &["alpha"]);
    assert_eq!(world.first_transferred(entry), ["10:1-4"]);
    assert_eq!(world.itmo("9:2"), "CA0007-JPN01-MNG-122-2025");
    assert_eq!(world.itmo("10:1"), "CA0007-JPN01-MNG-126-2025");
    assert_eq!(world.itmo("10:4"), "CA0007-JPN01-MNG-129-2025");
    assert_eq!(world.lines("itmo-next"), ["itmo-next CA0007 JPN01 MNG 130"]);

    // Another approach, another count; found again from the identifier.
    for (side, prefix, signers) in
        [(Side::Japan, "JP", AUTHORITIES), (Side::Partner, "MN", PARTNER)]
    {
        let mut other = authorised(&format!("{prefix}-8"), side, NDC);
        other.cooperative_approach = "CA0008".parse().expect("an approach");
        world.accepted(record(other, Some(details(1))), signers);
    }
    world.issued(under(vintages("MN001", &[(2024, 3)]), "JP-8", "MN-8"));
    assert_eq!(world.itmo("11:1"), "CA0008-JPN01-MNG-1-2024");
    let found = |text: &str| {
        let unit = world.state().unit_of_itmo(&text.parse().expect("an identifier"));
        unit.map(|unit| unit.to_string())
    };
    assert_eq!(found("CA0007-JPN01-MNG-41-2023"), Some("7:31-31".to_owned()));
    assert_eq!(found("CA0008-JPN01-MNG-3-2024"), Some("11:3-3".to_owned()));
    assert_eq!(found("CA0008-JPN01-MNG-4-2024"), None);
    world.check();
}

#[test]
fn a_version_recorded_later_gives_its_entry_to_what_is_transferred_later() {
    let mut world = World::under_article6();
    let (japan, partner) = world.pair("1", NDC, Issuance, &details(1));
    world.accepted(retired(&["4:1-10"]), &["alpha"]);
    let terms =
        Authorisation { quantity_tonnes: Tonnes::new(20), ..authorised("JP-1", Side::Japan, NDC) };
    let second = world.accepted(changed(japan, &terms, details(2)), AUTHORITIES);
    // 10 of 20 are left.
    world.refused(retired(&["4:11-21"]), &["alpha"], Reason::AuthorisationExhausted);
    world.accepted(retired(&["4:11-20"]), &["alpha"]);
    assert_eq!(
        world.lines("first-transferred"),
        [
            format!("first-transferred 4:1-10 {japan} {partner}"),
            format!("first-transferred 4:11-20 {second} {partner}"),
        ]
    );
    assert_eq!(world.lines("itmo"), ["itmo 4:1-20 CA0007 JPN01 MNG 1"]);
    assert_eq!(world.lines("adjustment"), ["adjustment MN 2026 2023 20 0"]);
    world.check();
}

// Use of units first transferred.

#[test]
fn what_was_authorised_at_the_first_transfer_decides_the_use() {
    let mut world = World::under_article6();
    world.pair("imp", IMP, Issuance, &details(1));
    world.issued(under(vintages("MN001", &[(2024, 100)]), "JP-imp", "MN-imp"));
    // An NDC pair recorded later does not make them units for the NDC.
    let of_2026 = AuthorisationDetails {
        use_years: Some(YearSpan { first: year(2026), last: year(2026) }),
        ..details(1)
    };
    world.pair("ndc", NDC, Issuance, &of_2026);
    world.refused(retired(&["5:1-10"]), &["alpha"], Reason::UseNotAuthorised);
    let op = cancelled(UseKind::OtherPurposes, &["5:1-10"]);
    world.refused(op, &["alpha"], Reason::UseNotAuthorised);
    world.accepted(cancelled(UseKind::InternationalMitigation, &["5:1-10"]), &["alpha"]);
    // Years of use: at the issuance they are not asked for, at the use they are.
    world.issued(under(vintages("MN002", &[(2024, 100)]), "JP-ndc", "MN-ndc"));
    world.accepted(retired(&["6:1-10"]), &["alpha"]);
    world.wait_days(DAYS_TO_2027);
    world.refused(retired(&["6:11-20"]), &["alpha"], Reason::UseNotAuthorised);
    // Nor may anything be first transferred by a use in that year.
    world.refused(retired(&["4:1-10"]), &["alpha"], Reason::AuthorisationOfJapanMissing);
    // What uses nothing is still possible.
    world.accepted(cancelled(UseKind::Voluntary, &["6:11-20"]), &["alpha"]);
    world.give_away(&["6:21-30"]);
    world.check();
}

#[test]
fn changes_reach_units_first_transferred_only_where_the_first_version_says_so() {
    let mut world = World::under_article6();
    let (kept, _) = world.pair("kept", NDC, Issuance, &details(1));
    let (reached, partner) = world.pair("reached", NDC, Issuance, &reaching(1));
    world.issued(under(vintages("MN001", &[(2024, 100)]), "JP-kept", "MN-kept"));
    world.issued(under(vintages("MN001", &[(2025, 100)]), "JP-reached", "MN-reached"));
    world.accepted(revoked(kept), AUTHORITIES);
    world.accepted(retired(&["5:1-10"]), &["alpha"]);
    // A change that no longer serves the units stands against their use.
    let mut narrowed = authorised("JP-reached", Side::Japan, NDC);
    narrowed.last_vintage = year(2024);
    world.accepted(changed(reached, &narrowed, reaching(2)), AUTHORITIES);
    world.refused(retired(&["6:1-10"]), &["alpha"], Reason::AuthorisationWithdrawn);
    narrowed.last_vintage = year(2030);
    narrowed.purposes = IMP;
    world.accepted(changed(reached, &narrowed, reaching(3)), AUTHORITIES);
    world.refused(retired(&["6:1-10"]), &["alpha"], Reason::AuthorisationWithdrawn);
    // One that serves them again lets them be used again.
    narrowed.purposes = NDC;
    world.accepted(changed(reached, &narrowed, reaching(4)), AUTHORITIES);
    world.accepted(retired(&["6:1-10"]), &["alpha"]);
    // A revocation does not, for ever; what is used stays used.
    world.accepted(revoked(partner), PARTNER);
    world.refused(retired(&["6:11-20"]), &["alpha"], Reason::AuthorisationWithdrawn);
    world.give_away(&["6:11-20"]);
    world.accepted(cancelled(UseKind::Voluntary, &["6:21-30"]), &["alpha"]);
    assert_eq!(
        world.lines("adjustment"),
        ["adjustment MN 2026 2024 10 0", "adjustment MN 2026 2025 10 0"]
    );
    world.check();
}

#[test]
fn a_stretch_is_judged_after_the_stretch_before_it() {
    let mut world = World::under_article6();
    let once = AuthorisationDetails {
        use_years: Some(YearSpan { first: year(2026), last: year(2026) }),
        ..details(1)
    };
    let (reached, _) = world.pair("reached", NDC, Issuance, &reaching(1));
    world.pair("once", NDC, Issuance, &once);
    world.issued(under(vintages("MN001", &[(2024, 10)]), "JP-reached", "MN-reached"));
    world.issued(under(vintages("MN001", &[(2025, 10)]), "JP-once", "MN-once"));
    world.accepted(revoked(reached), AUTHORITIES);
    world.wait_days(DAYS_TO_2027);
    // 730 of the first range before 729 of the second, and the other way round.
    world.refused(retired(&["5:1-2", "6:1-2"]), &["alpha"], Reason::AuthorisationWithdrawn);
    world.refused(retired(&["4:1-2", "5:1-2"]), &["alpha"], Reason::AuthorisationOfJapanMissing);
    world.refused(retired(&["1:1-2", "5:1-2"]), &["alpha"], Reason::RetirementBefore2021);
    world.refused(retired(&["6:1-2"]), &["alpha"], Reason::UseNotAuthorised);
    world.check();
}

#[test]
fn cancellation_for_other_purposes_needs_authorisations_where_the_rules_say_so() {
    use UseKind::{InternationalMitigation, OtherPurposes};
    let mut world = World::stocked();
    // Before adoption nothing is asked for, and there is no OP and no OMGE.
    world.accepted(cancelled(InternationalMitigation, &["4:1-5"]), &["alpha"]);
    world.refused(cancelled(OtherPurposes, &["4:6-10"]), &["alpha"], Reason::Article6Off);
    world.refused(cancelled(UseKind::Omge, &["4:6-10"]), &["alpha"], Reason::Article6Off);
    world.refused(by_entity(cancel_for(UseKind::Voluntary, &["4:6-10"]), "1"), &["alpha"], {
        Reason::Article6Off
    });
    let off = Article6 { oimp_needs_authorisation: false, ..article6() };
    world.accepted(Body::AdoptArticle6(off), AUTHORITIES);
    let entry = world.accepted(cancelled(OtherPurposes, &["4:6-10"]), &["alpha"]);
    assert_eq!(world.first_transferred(entry), [""; 0], "nor is anything first transferred");
    world.accepted(Body::AdoptArticle6(article6()), AUTHORITIES);
    let imp = |units: &[&str]| cancelled(InternationalMitigation, units);
    world.refused(imp(&["4:11-20"]), &["alpha"], Reason::OimpOfJapanMissing);
    // Units before 2021 are no ITMOs: passed over, however many ranges there are.
    let entry = world.accepted(imp(&["1:1-10"]), &["alpha"]);
    assert_eq!(world.first_transferred(entry), [""; 0]);
    let japan = authorised("JP-imp", Side::Japan, IMP);
    world.accepted(record(japan, Some(details(1))), AUTHORITIES);
    world.refused(imp(&["4:11-20"]), &["alpha"], Reason::OimpOfPartnerMissing);
    world.accepted(record(authorised("MN-imp", Side::Partner, IMP), Some(details(1))), PARTNER);
    world.refused(cancelled(OtherPurposes, &["4:11-20"]), &["alpha"], Reason::OimpOfJapanMissing);
    let entry = world.accepted(imp(&["1:11-20", "4:11-20"]), &["alpha"]);
    assert_eq!(world.first_transferred(entry), ["4:11-20"]);
    // 10 of 1,000 are used: 991 are too many, in one range or two.
    world.refused(imp(&["2:1-500", "4:21-511"]), &["alpha"], Reason::AuthorisationExhausted);
    assert_eq!(world.lines("adjustment"), [""; 0]);
    // OMGE and a voluntary claim use nothing in this sense.
    world.accepted(cancelled(UseKind::Omge, &["4:21-30"]), &["alpha"]);
    world.check();
}

#[test]
fn an_entity_is_one_of_a_version_under_which_the_units_are_used() {
    use UseKind::{InternationalMitigation, Voluntary};
    let mut world = World::under_article6();
    let (lists, lists_not) = (with_entity(details(1), "1234"), details(1));
    world.accepted(record(authorised("JP-1", Side::Japan, ANY), Some(lists)), AUTHORITIES);
    world.accepted(record(authorised("MN-1", Side::Partner, ANY), Some(lists_not)), PARTNER);
    let retirement = |units: &[&str]| {
        let terms = terms(1_001, RETIREMENT, units, Purpose::Retirement);
        let use_ = Some(use_for(UseKind::Ndc));
        TransferTerms { gratuitous: true, use_, ..terms }
    };
    let other = by_entity(retirement(&["4:1-5"]), "9999");
    world.refused(other, &["alpha"], Reason::EntityNotAuthorised);
    // Under the first transfer of this very command, then under that of an earlier one.
    let entry = world.accepted(by_entity(retirement(&["4:1-5"]), "1234"), &["alpha"]);
    assert!(matches!(
        world.effects(entry)[..2],
        [Effect::TransferApplied { .. }, Effect::UseStated(_)]
    ));
    world.issued(under(vintages("MN001", &[(2024, 10)]), "JP-1", "MN-1"));
    world.accepted(by_entity(retirement(&["5:1-5"]), "1234"), &["alpha"]);
    // A later version that lists another does not reach these.
    let japan = world.state().authorisations().next().expect("one").entry;
    let terms = authorised("JP-1", Side::Japan, ANY);
    world.accepted(changed(japan, &terms, with_entity(details(2), "9999")), AUTHORITIES);
    let (kept, new) = (retirement(&["5:6-10"]), retirement(&["4:6-10"]));
    world.refused(by_entity(kept.clone(), "9999"), &["alpha"], Reason::EntityNotAuthorised);
    world.refused(by_entity(new.clone(), "1234"), &["alpha"], Reason::EntityNotAuthorised);
    let both = TransferTerms { ranges: ranges(&["4:6-10", "5:6-10"]), ..kept.clone() };
    world.refused(by_entity(both, "9999"), &["alpha"], Reason::EntityNotAuthorised);
    world.accepted(by_entity(kept, "1234"), &["alpha"]);
    world.accepted(by_entity(new, "9999"), &["alpha"]);
    // Where nothing is used under a version, nobody is authorised.
    let imp = |units: &[&str]| cancel_for(InternationalMitigation, units);
    let nothing =
        [cancel_for(Voluntary, &["4:11-15"]), imp(&["1:1-5"]), imp(&["1:1-5", "4:11-15"])];
    for terms in nothing {
        world.refused(by_entity(terms, "9999"), &["alpha"], Reason::EntityNotAuthorised);
    }
    world.accepted(by_entity(imp(&["4:11-15"]), "9999"), &["alpha"]);
    let off = Article6 { oimp_needs_authorisation: false, ..article6() };
    world.accepted(Body::AdoptArticle6(off), AUTHORITIES);
    let imp = by_entity(imp(&["4:16-20"]), "9999");
    world.refused(imp, &["alpha"], Reason::EntityNotAuthorised);
    world.check();
}

#[test]
fn reports_need_a_year_and_gx_ets_a_cap() {
    let mut world = World::stocked();
    world.authorise(1_000, 1_000);
    let retirement = |kind, of: Option<u16>, units: &[&str]| {
        let terms = terms(1_001, RETIREMENT, units, Purpose::Retirement);
        let use_ = Use { reporting_year: of.map(year), ..use_for(kind) };
        apply_transfer(TransferTerms { gratuitous: true, use_: Some(use_), ..terms })
    };
    use UseKind::{GxEts, Shk};
    // As before, until it is adopted.
    world.accepted(retirement(Shk, None, &["4:1-1"]), &["alpha"]);
    world.accepted(retirement(GxEts, None, &["4:2-2"]), &["alpha"]);
    world.accepted(Body::AdoptArticle6(article6()), AUTHORITIES);
    world.refused(retirement(GxEts, None, &["4:3-3"]), &["alpha"], Reason::GxEtsOff);
    world.refused(retirement(Shk, None, &["4:3-3"]), &["alpha"], Reason::ReportingYearMissing);
    world.accepted(retirement(Shk, Some(2025), &["4:3-3"]), &["alpha"]);
    let on = Article6 { gx_ets_cap_basis_points: Some(1_000), ..article6() };
    world.accepted(Body::AdoptArticle6(on), AUTHORITIES);
    world.refused(retirement(GxEts, None, &["4:4-4"]), &["alpha"], Reason::ReportingYearMissing);
    world.accepted(retirement(GxEts, Some(2026), &["4:4-4"]), &["alpha"]);
    // 714 goes before 735: units from 2021 serve SHK by retirement only.
    let shk = cancelled(Shk, &["4:5-5"]);
    world.refused(shk, &["alpha"], Reason::UseNotEligible);
    world.check();
}

#[test]
fn what_is_recorded_later_is_judged_as_of_then() {
    let mut world = World::under_article6();
    let listing = Some(with_entity(details(1), "1234"));
    let japan = world.accepted(record(authorised("JP-1", Side::Japan, ANY), listing), AUTHORITIES);
    let partner = record(authorised("MN-1", Side::Partner, ANY), Some(details(1)));
    world.accepted(partner, PARTNER);
    let account = Some(account(1_001));
    let waiting = |kind: UseKind, purpose: Purpose, units: &[&str]| {
        let sink = if purpose == Purpose::Retirement { RETIREMENT } else { CANCELLATION };
        let terms = terms(1_001, sink, units, purpose);
        by_entity(TransferTerms { use_: Some(use_for(kind)), ..terms }, "1234")
    };
    let retirement = waiting(UseKind::Ndc, Purpose::Retirement, &["4:1-10"]);
    let retirement = world.accepted(retirement, &["alpha"]);
    let imp = waiting(UseKind::InternationalMitigation, Purpose::Cancellation, &["4:11-20"]);
    let imp = world.accepted(imp, &["alpha"]);
    let again = waiting(UseKind::InternationalMitigation, Purpose::Cancellation, &["4:21-30"]);
    let again = world.accepted(again, &["alpha"]);
    for application in [retirement, imp, again] {
        let payment = world.pay(2_500, account);
        let amount_yen = jcm_format::amount::Yen::new(2_500);
        world.accepted(Body::ApplyPayment { payment, application, amount_yen }, &["op-1"]);
    }
    let recorded = |application| Body::RecordTransfer { application };
    // A version for less, then one without the entity, then none at all.
    let less = Authorisation { purposes: IMP, ..authorised("JP-1", Side::Japan, ANY) };
    world.accepted(changed(japan, &less, with_entity(details(2), "1234")), AUTHORITIES);
    world.refused(recorded(retirement), &["op-1"], Reason::AuthorisationOfJapanMissing);
    world.accepted(changed(japan, &less, details(3)), AUTHORITIES);
    world.refused(recorded(imp), &["op-1"], Reason::EntityNotAuthorised);
    world.accepted(changed(japan, &less, with_entity(details(4), "1234")), AUTHORITIES);
    let entry = world.accepted(recorded(imp), &["op-1"]);
    assert_eq!(world.first_transferred(entry), ["4:11-20"]);
    world.accepted(revoked(japan), AUTHORITIES);
    world.refused(recorded(again), &["op-1"], Reason::OimpOfJapanMissing);
    world.check();
}

// Adjustments.

#[test]
fn a_partner_confirms_what_is_booked_and_takes_a_mistake_back() {
    let mut world = World::stocked();
    world.authorise(1_000, 1_000);
    world.accepted(retired(&["4:1-10"]), &["alpha"]);
    world.accepted(retired(&["2:1-7"]), &["alpha"]);
    let confirm =
        |use_year, vintage, tonnes| Body::ConfirmAdjustment(confirmed(use_year, vintage, tonnes));
    let late = Body::ConfirmAdjustment(jcm_format::command::Confirmation {
        date: date("2026-11-24"),
        ..confirmed(2026, 2023, 11)
    });
    world.refused(confirm(2026, 2023, 11), AUTHORITIES, Reason::RoleNotPermitted);
    world.refused(late.clone(), PARTNER, Reason::Article6Off);
    world.accepted(Body::AdoptArticle6(article6()), AUTHORITIES);
    world.refused(late, PARTNER, Reason::DateInFuture);
    world.refused(confirm(2026, 2023, 11), PARTNER, Reason::ConfirmationExceeded);
    world.refused(confirm(2025, 2023, 1), PARTNER, Reason::ConfirmationExceeded);
    let six = world.accepted(confirm(2026, 2023, 6), PARTNER);
    world.refused(confirm(2026, 2023, 5), PARTNER, Reason::ConfirmationExceeded);
    let four = world.accepted(confirm(2026, 2023, 4), PARTNER);
    world.accepted(confirm(2026, 2022, 7), PARTNER);
    assert_eq!(
        world.lines("adjustment"),
        ["adjustment MN 2026 2022 7 7", "adjustment MN 2026 2023 10 10"]
    );
    let withdraw =
        |confirmation| Body::WithdrawConfirmation { confirmation, reason: text("年の誤り") };
    world.refused(withdraw(NOBODY), AUTHORITIES, Reason::ConfirmationUnknown);
    world.refused(withdraw(six), AUTHORITIES, Reason::RoleNotPermitted);
    world.accepted(withdraw(six), PARTNER);
    world.refused(withdraw(six), PARTNER, Reason::ConfirmationUnknown);
    assert_eq!(world.lines("confirmation").len(), 2);
    assert_eq!(world.lines("confirmation")[0], format!("confirmation {four} MN 2026 2023 4"));
    world.accepted(confirm(2026, 2023, 6), PARTNER);
    // The year of use is that of the recording, in Japan.
    world.wait_days(DAYS_TO_2027);
    world.accepted(retired(&["4:11-15"]), &["alpha"]);
    assert_eq!(world.lines("adjustment")[2], "adjustment MN 2027 2023 5 0");
    world.check();
}
