//! Article 6, by logs written by hand that must pass as they are: the examples of the
//! specification to the number, and what is allowed although it looks like what is not.

// Each test program uses a part of the builders.
#![allow(clippy::expect_used)]

mod common;

use common::acts::*;
use common::article6::*;
use common::guard::{adopt_safeguards, freeze, mandate, rule_data};
use common::who::*;
use common::*;
use jcm_format::amount::Tonnes;
use jcm_format::command::{
    Article6, Authorisation, AuthorisationDetails, AuthorisedPurposes, Basis, Body, Control,
    FirstTransferDefinition, Purpose, Role, Safeguards, Side, UseKind,
};
use jcm_format::event::{CreditClass, Effect, Fee};
use jcm_format::id::EntryIndex;
use jcm_format::itmo::ItmoRegistry;
use jcm_verify::Report;

fn passes(life: &Life) -> Report {
    let report = verify(life.frames());
    assert!(report.ok, "{report}");
    report
}

/// The lines of the state of some kinds, in their order.
fn lines(report: &Report, kinds: &[&str]) -> Vec<String> {
    let kind = |line: &&str| kinds.contains(&line.split(' ').next().unwrap_or_default());
    report.state_lines().filter(kind).map(str::to_owned).collect()
}

/// Kinds of lines that are about Article 6.
const KINDS: &[&str] = &[
    "article6",
    "authorisation",
    "first-transferred",
    "itmo",
    "itmo-next",
    "adjustment",
    "confirmation",
];

/// Written by hand, as those of the other lives. Of the applications, those of this
/// part of the life: entry 62 is of three parts.
#[test]
fn the_state_under_article_6_is_written_as_specified() {
    let report = passes(&Life::paris());
    let mut kept = lines(&report, KINDS);
    let own = |line: &String| {
        let entry = line.split(' ').nth(1).and_then(|entry| entry.parse::<u64>().ok());
        entry.is_some_and(|entry| 54 <= entry)
    };
    kept.extend(lines(&report, &["application"]).into_iter().filter(own));
    kept.extend(lines(&report, &["books"]));
    let wanted: Vec<&str> = include_str!("article6.state").lines().collect();
    assert_eq!(kept, wanted);
}

/// Mongolia, with a project for each block, and one pair of authorisations.
struct Example {
    life: Life,
    pair: PairOf,
}

/// Block 7 is of MN003, as in the specification.
fn project_of(block: u32) -> String {
    let number = match block {
        3 => 7,
        7 => 3,
        other => other,
    };
    format!("MN{number:03}")
}

impl Example {
    fn new(adopted: bool, purposes: AuthorisedPurposes, of: FirstTransferDefinition) -> Example {
        let mut life = Life::founded();
        let (body, event) = register_key(MONGOLIA, &Role::Partner(country("MN")));
        life.push(AUTHORITIES, body, event);
        for block in 1..=12 {
            let (body, event) = register_project(&project_of(block));
            life.push(&[OPERATOR_1], body, event);
        }
        if adopted {
            life.does("adopt-6", AUTHORITIES, adopt_article6(paris()));
        }
        let nobody = (EntryIndex::GENESIS, EntryIndex::GENESIS);
        let mut example = Example { life, pair: nobody };
        example.pair = example.authorise("CA0007", ("MN", MONGOLIA), purposes, of);
        example
    }

    /// A pair with identifiers of its own.
    fn authorise(
        &mut self,
        approach: &str,
        (of, signer): (&str, u8),
        purposes: AuthorisedPurposes,
        first_transfer: FirstTransferDefinition,
    ) -> PairOf {
        let adopted = self.life.named.contains_key("adopt-6");
        let mut one = |id: String, side, signers: &[u8]| {
            let new = Authorisation {
                partner: country(of),
                cooperative_approach: approach.parse().expect("an approach"),
                purposes,
                first_transfer,
                ..grant(&id, side)
            };
            let act = if adopted { detailed(new, details(1)) } else { undetailed(new) };
            self.life.push(signers, act.0, act.1)
        };
        let japan = one(format!("JP-{approach}-{of}"), Side::Japan, AUTHORITIES);
        (japan, one(format!("{of}-{approach}"), Side::Partner, &[signer]))
    }

    /// Issues one vintage to alpha, naming the pair or not.
    fn issue(&mut self, block: u32, vintage: u16, tonnes: u64, named: bool) -> EntryIndex {
        let (reference, pair) = (project_of(block), self.pair);
        let (body, event) = consent(&reference, &of_year(vintage, tonnes));
        let consented = self.life.push(&[MONGOLIA], body, event);
        let (names, first) = match named {
            true => (Some(("JP-CA0007-MN", "MN-CA0007")), Some(pair)),
            false => (None, None),
        };
        self.act(
            OPERATORS,
            issue_under((&reference, vintage, block, tonnes), consented, names, first),
        )
    }

    /// Blocks before `block`, of one unit each, not first transferred.
    fn issue_before(&mut self, block: u32) {
        for number in 1..block {
            self.issue(number, 2022, 1, false);
        }
    }

    /// In one entry, naming the pair: 10 units of 2024 and 5 of 2025.
    fn issue_8_and_9(&mut self) {
        let decided = decision(("2024-01-01", "2025-12-31"), 15);
        let (body, event) = consent("MN008", &decided);
        let consented = self.life.push(&[MONGOLIA], body, event);
        let parts: [&[(u32, u64)]; 2] = [&[(ALPHA_ACCOUNT, 10)], &[(ALPHA_ACCOUNT, 5)]];
        let vintages = [(2024, 8, CreditClass::A, parts[0]), (2025, 9, CreditClass::A, parts[1])];
        let (mut body, mut event) = issue("MN008", &decided, Basis::Consent(consented), &vintages);
        if let Body::RecordIssuance(issuance) = &mut body {
            issuance.authorisations = Some((name("JP-CA0007-MN"), name("MN-CA0007")));
        }
        event.insert(2, first_transferred("8:1-10", self.pair));
        event.push(first_transferred("9:1-5", self.pair));
        self.life.push(OPERATORS, body, event);
    }

    fn act(&mut self, signers: &[u8], act: Act) -> EntryIndex {
        self.life.push(signers, act.0, act.1)
    }

    fn first_transfers(&self) -> Vec<String> {
        lines(&passes(&self.life), &["first-transferred"])
    }

    fn line(&self, units: &str, pair: PairOf) -> String {
        format!("first-transferred {units} {} {}", pair.0, pair.1)
    }
}

/// The identifier of a unit, put together from the lines of the state.
fn itmo(report: &Report, block: u32, unit: u64) -> Option<String> {
    let blocks = lines(report, &["block"]);
    let of_block = blocks.iter().find(|line| line.starts_with(&format!("block {block} ")))?;
    let vintage = of_block.split(' ').nth(3)?;
    lines(report, &["itmo"]).iter().find_map(|line| {
        let [_, units, approach, registry, party, serial] =
            line.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let units = range(units);
        let within = units.block().get() == block && (units.first()..=units.last()).contains(&unit);
        let serial = serial.parse::<u64>().ok()? + unit - units.first().min(unit);
        within.then(|| format!("{approach}-{registry}-{party}-{serial}-{vintage}"))
    })
}

fn identifiers(report: &Report, units: &[(u32, u64)]) -> Vec<String> {
    units.iter().filter_map(|(block, unit)| itmo(report, *block, *unit)).collect()
}

#[test]
fn first_transfer_at_authorisation_is_at_the_issuance_that_names_the_pair() {
    let mut of = Example::new(true, IMP, FirstTransferDefinition::Authorisation);
    of.issue_before(7);
    of.issue(7, 2023, 100, true);
    assert_eq!(of.first_transfers(), [of.line("7:1-100", of.pair)]);
}

#[test]
fn first_transfer_at_issuance_is_at_the_issuance() {
    let mut of = Example::new(true, IMP, FirstTransferDefinition::Issuance);
    of.issue_before(7);
    of.issue(7, 2023, 100, true);
    assert_eq!(of.first_transfers(), [of.line("7:1-100", of.pair)]);
}

#[test]
fn first_transfer_at_use_or_cancellation_is_of_what_is_cancelled() {
    let mut of = Example::new(true, IMP, FirstTransferDefinition::UseOrCancellation);
    of.issue_before(7);
    of.issue(7, 2023, 100, false);
    let first = vec![first_transferred("7:11-40", of.pair)];
    of.act(&[ALPHA], cancel_for(UseKind::InternationalMitigation, &["7:11-40"], first));
    assert_eq!(of.first_transfers(), [of.line("7:11-40", of.pair)]);
    // A cancellation is no use towards the NDC.
    assert_eq!(lines(&passes(&of.life), &["adjustment"]), [""; 0]);
}

#[test]
fn what_is_authorised_after_its_issuance_is_first_transferred_by_its_retirement() {
    let mut of = Example::new(true, NDC, FirstTransferDefinition::Issuance);
    of.issue_before(7);
    of.issue(7, 2023, 100, false);
    let pair = of.authorise("CA0009", ("MN", MONGOLIA), IMP, FirstTransferDefinition::Issuance);
    assert_ne!(pair, of.pair);
    let more = vec![first_transferred("7:1-60", of.pair), adjusted_of("MN", 2023, 60, of.pair)];
    of.act(&[ALPHA], retire(&["7:1-60"], more));
    assert_eq!(of.first_transfers(), [of.line("7:1-60", of.pair)]);
    assert_eq!(lines(&passes(&of.life), &["adjustment"]), ["adjustment MN 2026 2023 60 0"]);
}

/// The example of the specification, with its blocks and numbers.
#[test]
fn identifiers_are_counted_as_in_the_example() {
    let mut of = Example::new(false, NDC, FirstTransferDefinition::Issuance);
    let pair = of.pair;
    for (block, tonnes) in [(1, 1), (2, 1), (3, 60), (4, 1), (5, 1), (6, 1)] {
        of.issue(block, 2022, tonnes, false);
    }
    of.issue(7, 2023, 100, true);
    let more = vec![first_transferred("3:51-60", pair), adjusted_of("MN", 2022, 10, pair)];
    of.act(&[ALPHA], retire(&["3:51-60"], more));
    assert_eq!(lines(&passes(&of.life), &["itmo", "itmo-next"]), [""; 0]);

    of.life.does("adopt-6", AUTHORITIES, adopt_article6(paris()));
    let report = passes(&of.life);
    assert_eq!(
        identifiers(&report, &[(3, 50), (3, 51), (3, 60), (7, 1), (7, 100)]),
        [
            "CA0007-JPN01-MNG-1-2022",
            "CA0007-JPN01-MNG-10-2022",
            "CA0007-JPN01-MNG-11-2023",
            "CA0007-JPN01-MNG-110-2023",
        ]
    );
    of.issue_8_and_9();
    of.issue(10, 2024, 4, false);
    assert_eq!(
        identifiers(&passes(&of.life), &[(8, 1), (8, 10), (9, 1), (9, 5), (10, 1)]),
        [
            "CA0007-JPN01-MNG-111-2024",
            "CA0007-JPN01-MNG-120-2024",
            "CA0007-JPN01-MNG-121-2025",
            "CA0007-JPN01-MNG-125-2025",
        ]
    );
    of = sold_and_retired(of);
    counts_begin_at_1(of);
}

/// The example's sale and retirement: what was counted stays.
fn sold_and_retired(mut of: Example) -> Example {
    let pair = of.pair;
    // The buyer's units, and those of the seller on both sides of them.
    let sale = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["7:31-40"], Purpose::Other);
    let purse = of.life.at("alpha-payment");
    of.act(&[ALPHA], transfer_paid(sale, purse));
    let report = passes(&of.life);
    let sold = lines(&report, &["holding"]);
    assert!(
        sold.iter()
            .any(|line| line.starts_with("holding JP-0001002") && line.ends_with(" 7:31-40"))
    );
    assert_eq!(
        identifiers(&report, &[(7, 1), (7, 30), (7, 31), (7, 40), (7, 41), (7, 100)]),
        [
            "CA0007-JPN01-MNG-11-2023",
            "CA0007-JPN01-MNG-40-2023",
            "CA0007-JPN01-MNG-41-2023",
            "CA0007-JPN01-MNG-50-2023",
            "CA0007-JPN01-MNG-51-2023",
            "CA0007-JPN01-MNG-110-2023",
        ]
    );
    let more = vec![
        adjusted_of("MN", 2025, 2, pair),
        first_transferred("10:1-4", pair),
        adjusted_of("MN", 2024, 4, pair),
    ];
    of.act(&[ALPHA], retire(&["9:1-2", "10:1-4"], more));
    assert_eq!(
        identifiers(&passes(&of.life), &[(9, 1), (9, 2), (10, 1), (10, 4)]),
        [
            "CA0007-JPN01-MNG-121-2025",
            "CA0007-JPN01-MNG-122-2025",
            "CA0007-JPN01-MNG-126-2024",
            "CA0007-JPN01-MNG-129-2024",
        ]
    );
    of
}

/// Under another approach, or of another Party.
fn counts_begin_at_1(mut of: Example) {
    of.pair = of.authorise("CA0008", ("MN", MONGOLIA), IMP, FirstTransferDefinition::Issuance);
    of.issue(11, 2024, 3, false);
    let first = vec![first_transferred("11:1-3", of.pair)];
    of.act(&[ALPHA], cancel_for(UseKind::InternationalMitigation, &["11:1-3"], first));
    let of_viet_nam =
        of.authorise("CA0007", ("VN", PARTNER), NDC, FirstTransferDefinition::Issuance);
    let consented = of.life.consented("VN001", 2024, 2);
    of.act(OPERATORS, issue_under(("VN001", 2024, 12, 2), consented, None, None));
    of.act(&[ALPHA], retire(&["12:1-2"], retired("12:1-2", 2024, of_viet_nam)));
    let report = passes(&of.life);
    assert_eq!(itmo(&report, 11, 1).as_deref(), Some("CA0008-JPN01-MNG-1-2024"));
    assert_eq!(itmo(&report, 12, 2).as_deref(), Some("CA0007-JPN01-VNM-2-2024"));
    assert_eq!(
        lines(&report, &["itmo-next"]),
        [
            "itmo-next CA0007 JPN01 MNG 130",
            "itmo-next CA0007 JPN01 VNM 3",
            "itmo-next CA0008 JPN01 MNG 4",
        ]
    );
}

#[test]
fn another_registry_identifier_starts_counts_of_its_own() {
    let mut life = Life::paris();
    let data = Article6 { registry: ItmoRegistry::new("JPN02").expect("one"), ..paris() };
    life.does("again", AUTHORITIES, adopt_article6(data));
    let before = lines(&passes(&Life::paris()), &["itmo"]);
    // Nothing that was given changes.
    assert_eq!(lines(&passes(&life), &["itmo"]), before);
    let pair = life.second();
    life.does("retire-3", &[ALPHA], retire(&["1:451-455"], retired("1:451-455", 2022, pair)));
    let report = passes(&life);
    assert_eq!(itmo(&report, 1, 451).as_deref(), Some("CA0001-JPN02-VNM-1-2022"));
    life.does("back", AUTHORITIES, adopt_article6(paris()));
    life.does("retire-4", &[ALPHA], retire(&["1:456-460"], retired("1:456-460", 2022, pair)));
    // The first count runs on where it stood.
    let next = lines(&passes(&life), &["itmo-next"]);
    assert!(next.contains(&"itmo-next CA0001 JPN01 VNM 855".to_owned()), "{next:?}");
    assert!(next.contains(&"itmo-next CA0001 JPN02 VNM 6".to_owned()), "{next:?}");
}

#[test]
fn limits_are_reached_to_the_tonne() {
    let mut life = Life::paris();
    // 849 tonnes are used.
    let new = Authorisation {
        quantity_tonnes: Tonnes::new(849),
        purposes: NDC_AND_IMP,
        date: date("2026-03-01"),
        ..grant("JP-A1", Side::Japan)
    };
    let act = change_authorisation(life.at("japan"), &new, details(3));
    life.does("japan-3", AUTHORITIES, act);
    // Of 124 booked, 60 are confirmed.
    life.does("rest", &[PARTNER], confirm("VN", 2026, 2022, 64));
    life.does("other", &[PARTNER], confirm("VN", 2026, 2023, 100));
    let rest = life.at("rest");
    life.does("taken-back", &[PARTNER], withdraw_confirmation(rest));
    life.does("anew", &[PARTNER], confirm("VN", 2026, 2022, 1));
    let adjustments = lines(&passes(&life), &["adjustment"]);
    assert!(adjustments.contains(&"adjustment VN 2026 2022 124 61".to_owned()), "{adjustments:?}");
}

/// Without the flag a revocation reaches nothing that was first transferred.
#[test]
fn what_was_first_transferred_is_used_after_a_revocation() {
    let mut life = Life::paris();
    let partner = life.at("partner");
    life.does("revoke", &[PARTNER], revoke_authorisation(partner, TODAY));
    let second = life.second();
    let act = retire(&["8:1-5"], vec![adjusted(2024, 5, second)]);
    life.does("retire-8", &[ALPHA], act);
    let act = cancel_for(UseKind::InternationalMitigation, &["8:6-7"], Vec::new());
    life.does("imp-8", &[ALPHA], naming(act, by("E-1")));
    // By the versions named then: those of before the change, too.
    let first = (life.at("japan"), partner);
    let act = retire_of(BETA_ACCOUNT, &["5:101-110"], vec![adjusted(2024, 10, first)]);
    life.does("retire-5", &[BETA], act);
    // What it does not use goes where it likes, also where changes reach back.
    let act = cancel_for(UseKind::Omge, &["10:1-2"], Vec::new());
    life.does("omge", &[ALPHA], act);
    let asked = terms(ALPHA_ACCOUNT, GOVERNMENT, &["10:3-4"], Purpose::Other);
    life.does("given", &[ALPHA], transfer(gratuitous(asked), Fee::Waived, Vec::new()));
    let report = passes(&life);
    assert!(lines(&report, &["authorisation"])[1].ends_with(" revoked"));
}

/// Earlier vintages are no ITMOs; where no authorisation is asked for, nothing is first
/// transferred.
#[test]
fn some_cancellations_need_no_authorisation() {
    let imp = UseKind::InternationalMitigation;
    let mut life = Life::paris();
    life.does("of-2020", &[ALPHA], cancel_for(imp, &["3:1-10"], Vec::new()));
    let data = Article6 { oimp_needs_authorisation: false, ..paris() };
    life.does("off", AUTHORITIES, adopt_article6(data));
    // Of a project that nobody authorised for IMP, and of units first transferred.
    life.does("of-7", &[ALPHA], cancel_for(imp, &["7:21-30"], Vec::new()));
    life.does("of-10", &[ALPHA], cancel_for(imp, &["10:1-5"], Vec::new()));
    passes(&life);
    // Before adoption as well, whatever the authorisations say.
    let mut life = Life::honest();
    life.does("before", &[ALPHA], cancel_for(imp, &["1:401-410"], Vec::new()));
    passes(&life);
}

#[test]
fn a_cancellation_that_waits_is_judged_by_the_day_of_its_recording() {
    let mut life = Life::paris();
    let asked = terms(ALPHA_ACCOUNT, CANCELLATION, &["1:451-460"], Purpose::Cancellation);
    let asked = serving(asked, UseKind::InternationalMitigation, None);
    let application = life.does("waits", &[ALPHA], naming(apply_transfer(asked), by("E-1")));
    let (body, event) = payment("bank-alpha-9", 2_500, Some(ALPHA_ACCOUNT));
    let paid = life.push(&[OPERATOR_1], body, event);
    let (body, event) = pay(paid, application, 2_500);
    life.push(&[OPERATOR_1], body, event);
    // Meanwhile there is another version, under which it is first transferred.
    let new = Authorisation {
        purposes: NDC_AND_IMP,
        date: date("2026-03-01"),
        ..grant("JP-A1", Side::Japan)
    };
    let act = change_authorisation(life.at("japan"), &new, details(3));
    let third = life.does("japan-3", AUTHORITIES, act);
    let (body, mut event) = record_transfer(application);
    event.push(first_transferred("1:451-460", (third, life.at("partner-2"))));
    life.push(&[OPERATOR_1], body, event);
    passes(&life);
}

/// The year is that of the recording, in Japan.
#[test]
fn adjustments_are_of_the_year_of_use() {
    let mut life = Life::paris();
    let pair = life.second();
    // From 10 April into 2027.
    life.skip(266);
    life.does("retire-2027", &[ALPHA], retire(&["1:451-455"], retired("1:451-455", 2022, pair)));
    life.does("confirm-2027", &[PARTNER], confirm("VN", 2027, 2022, 5));
    let adjustments = lines(&passes(&life), &["adjustment"]);
    assert!(adjustments.contains(&"adjustment VN 2026 2022 124 60".to_owned()), "{adjustments:?}");
    assert!(adjustments.contains(&"adjustment VN 2027 2022 5 5".to_owned()), "{adjustments:?}");
}

#[test]
fn parts_count_for_the_day_together() {
    let mut life = Life::paris();
    let limits = Safeguards {
        default_mandate: mandate(Control::Single, [0, 25, 0]),
        delays: false,
        pinned: false,
        ..rule_data()
    };
    life.does("limits", AUTHORITIES, adopt_safeguards(limits));
    let give = |units: &str| {
        let asked = terms(ALPHA_ACCOUNT, GOVERNMENT, &[units], Purpose::Other);
        transfer(gratuitous(asked), Fee::Waived, Vec::new())
    };
    life.does("given", &[ALPHA], at_once(vec![give("1:501-515"), give("1:516-525")]));
    let outgoing = lines(&passes(&life), &["outgoing"]);
    assert_eq!(outgoing, ["outgoing JP-0001001-05 2026-04-10 25"]);
}

/// What the government holds leaves by two operators, also in parts.
#[test]
fn the_government_transfers_in_parts() {
    let mut life = Life::paris();
    let give = |units: &str| {
        let asked = terms(GOVERNMENT, ALPHA_ACCOUNT, &[units], Purpose::Other);
        transfer(asked, Fee::NotAnApplication, Vec::new())
    };
    life.does("given", OPERATORS, at_once(vec![give("2:601-610"), give("2:611-620")]));
    let alpha = ALPHA_ACCOUNT;
    let (body, event) = freeze(alpha);
    life.push(&[ALPHA], body, event);
    let act = at_once(vec![give("2:621-630")]);
    life.does("to-frozen", OPERATORS, act);
    passes(&life);
}

/// The entity is one of those of Japan's version or of the partner's.
#[test]
fn an_entity_of_either_side_may_use() {
    let mut life = Life::paris();
    let new = Authorisation {
        purposes: NDC_AND_IMP,
        date: date("2026-03-01"),
        ..grant("JP-A1", Side::Japan)
    };
    let of_japan = AuthorisationDetails { entities: vec![listed("E-2")], ..details(3) };
    let act = change_authorisation(life.at("japan"), &new, of_japan);
    let third = life.does("japan-3", AUTHORITIES, act);
    let pair = (third, life.at("partner-2"));
    for (units, number) in [("1:451-455", "E-1"), ("1:456-460", "E-2")] {
        let act = retire(&[units], retired(units, 2022, pair));
        life.does("used", &[ALPHA], naming(act, by(number)));
    }
    passes(&life);
}

/// Units keep the versions of their first transfer, whatever is in force.
#[test]
fn a_retirement_names_the_versions_of_the_first_transfer() {
    let mut life = Life::paris();
    let (first, second) = ((life.at("japan"), life.at("partner")), life.second());
    life.does("fresh", &[ALPHA], retire(&["1:445-450"], retired("1:445-450", 2022, second)));
    let more = vec![adjusted(2024, 10, first)];
    life.does("old", &[BETA], retire_of(BETA_ACCOUNT, &["5:101-110"], more));
    let report = passes(&life);
    let all = lines(&report, &["first-transferred"]);
    // Joined with what was first transferred under the same pair.
    assert!(all.contains(&format!("first-transferred 1:431-450 {} {}", second.0, second.1)));
    assert!(all.contains(&format!("first-transferred 5:1-600 {} {}", first.0, first.1)));
}

/// Pairs are tried in the order of the first versions, however late the later ones are.
#[test]
fn a_change_does_not_move_an_authorisation_behind_others() {
    let mut life = Life::paris();
    let other = detailed(grant("JP-9", Side::Japan), details(1));
    life.push(AUTHORITIES, other.0, other.1);
    let other = detailed(grant("VN-9", Side::Partner), details(1));
    life.push(&[PARTNER], other.0, other.1);
    let new = Authorisation {
        quantity_tonnes: Tonnes::new(859),
        date: date("2026-03-01"),
        ..grant("JP-A1", Side::Japan)
    };
    let act = change_authorisation(life.at("japan"), &new, details(3));
    let third = life.does("japan-3", AUTHORITIES, act);
    let pair = (third, life.at("partner-2"));
    life.does("retire-3", &[ALPHA], retire(&["1:451-460"], retired("1:451-460", 2022, pair)));
    // Nothing is left of it now, so that the next is used with the same partner's.
    let other = EntryIndex::new(third.get() - 2);
    let pair = (other, life.at("partner-2"));
    life.does("retire-4", &[ALPHA], retire(&["1:461-461"], retired("1:461-461", 2022, pair)));
    passes(&life);
}

/// The Party may have had versions of its own before it had one recorded here.
#[test]
fn versions_are_numbered_on_from_the_first_recorded() {
    let mut life = Life::paris();
    let act = detailed(grant("JP-9", Side::Japan), details(3));
    let first = life.push(AUTHORITIES, act.0, act.1);
    for version in [4, 5] {
        let new = grant("JP-9", Side::Japan);
        let act = change_authorisation(first, &new, details(version));
        life.push(AUTHORITIES, act.0, act.1);
    }
    let authorisations = lines(&passes(&life), &["authorisation"]);
    let last = life.steps.len() - 1;
    assert!(
        authorisations.contains(&format!("authorisation {first} JPN JP-9 5 {last} 1000 0 valid"))
    );
}

/// The 31st of December 2030, in Japan.
#[test]
fn units_are_used_until_the_end_of_the_last_year_of_use() {
    let mut life = Life::paris();
    let pair = life.second();
    life.skip(1_726);
    life.does("last-day", &[ALPHA], retire(&["1:451-455"], retired("1:451-455", 2022, pair)));
    let adjustments = lines(&passes(&life), &["adjustment"]);
    assert!(adjustments.contains(&"adjustment VN 2030 2022 5 0".to_owned()), "{adjustments:?}");
}

/// Units keep their identifiers in a trust and through a correction.
#[test]
fn identifiers_stay_with_units_wherever_they_go() {
    let mut life = Life::paris();
    let before = lines(&passes(&life), &["itmo", "itmo-next"]);
    let act = apply_trust(ALPHA_ACCOUNT, record_trust(&["8:1-3"], "trust"));
    let application = life.push(&[ALPHA], act.0, act.1);
    let made = vec![
        Effect::TrustApplicationRecorded { application },
        trust_recorded(ALPHA_ACCOUNT, &["8:1-3"], "trust"),
    ];
    let act = record(application, made);
    life.push(&[OPERATOR_1], act.0, act.1);
    let moves = vec![moved(ALPHA_ACCOUNT, BETA_ACCOUNT, &["8:5-6"])];
    let act = correct(ground(ALPHA_ACCOUNT, life.at("bulk-issue")), None, moves);
    life.push(OPERATORS, act.0, act.1);
    let asked = terms(ALPHA_ACCOUNT, GOVERNMENT, &["8:8-8"], Purpose::Other);
    let act = transfer(gratuitous(asked), Fee::Waived, Vec::new());
    life.push(&[ALPHA], act.0, act.1);
    let act = cancel_for(UseKind::Voluntary, &["8:9-9"], Vec::new());
    life.push(&[ALPHA], act.0, act.1);
    assert_eq!(lines(&passes(&life), &["itmo", "itmo-next"]), before);
}
