//! Planted frauds around Article 6 and in commands of several parts. As in `frauds.rs`
//! the cheat signs, links and seals everything again.

// The cases are tables, and tables are long.
#![allow(clippy::expect_used, clippy::too_many_lines)]

mod common;

use common::acts::*;
use common::article6::*;
use common::guard::{adopt_safeguards, freeze, mandate, rule_data};
use common::who::*;
use common::*;
use jcm_format::amount::Tonnes;
use jcm_format::command::{
    Article6, Authorisation, AuthorisationDetails, AuthorisedPurposes, Basis, Body, Control,
    FirstTransferDefinition, Purpose, Safeguards, Side, UseDetails, UseKind, YearSpan,
};
use jcm_format::event::{Effect, Fee};
use jcm_format::frame::Frame;
use jcm_format::id::{BlockNumber, EntryIndex};

/// A case: its name, the code to be found, and the log with the index of its first bad
/// entry.
type Case = (&'static str, &'static str, fn() -> (Vec<Frame>, u64));

const ROLE: &str = "ROLE_NOT_PERMITTED";
const SECOND: &str = "SECOND_SIGNATURE_MISSING";
const MISMATCH: &str = "EFFECT_MISMATCH";
const OFF: &str = "ARTICLE6_OFF";
const IMP_USE: UseKind = UseKind::InternationalMitigation;
const OP_USE: UseKind = UseKind::OtherPurposes;

fn run(cases: &[Case]) {
    let mut missed = Vec::new();
    for (name, code, spoil) in cases {
        let (frames, index) = spoil();
        let report = verify(frames);
        let found = first_bad(&report);
        if report.ok || found != Some((index, *code)) {
            missed.push(format!("{name}: wanted {index} {code}, found {found:?}\n{report}"));
        }
    }
    assert!(missed.is_empty(), "{} cases missed:\n{}", missed.len(), missed.join("\n"));
}

/// Appends one more command, with the event that the cheat would have.
fn more(mut life: Life, signers: &[u8], act: Act) -> (Vec<Frame>, u64) {
    let index = life.push(signers, act.0, act.1);
    (life.frames(), index.get())
}

/// Spoils the recorded event of a step.
fn event(step: &str, spoil: impl Fn(&Life, &mut Vec<Effect>)) -> (Vec<Frame>, u64) {
    let mut life = Life::paris_until(step);
    let (index, before) = (life.at(step).get(), life.last().event.clone());
    let mut event = before.clone();
    spoil(&life, &mut event);
    assert_ne!(before, event, "the event of {step} was not spoiled");
    life.last().event = event;
    (life.frames(), index)
}

/// Lets the signers of a step be others.
fn signed_by(step: &str, signers: &[u8]) -> (Vec<Frame>, u64) {
    let mut life = Life::paris_until(step);
    life.last().signers = signers.to_vec();
    let index = life.at(step).get();
    (life.frames(), index)
}

/// The terms of the second version of the pair, of Japan.
fn version(tonnes: u64) -> Authorisation {
    Authorisation {
        quantity_tonnes: Tonnes::new(tonnes),
        purposes: NDC_AND_IMP,
        date: date("2026-03-01"),
        ..grant("JP-A1", Side::Japan)
    }
}

/// A third version of Japan's side, as the cheat would have it.
fn third(new: &Authorisation, details: AuthorisationDetails) -> (Vec<Frame>, u64) {
    let life = Life::paris();
    let act = change_authorisation(life.at("japan"), new, details);
    more(life, AUTHORITIES, act)
}

/// One more authorisation in a life that may issue MN's or Viet Nam's units.
fn authorised(life: &mut Life, of: Authorisation) -> EntryIndex {
    let signers = if of.side == Side::Japan { AUTHORITIES } else { &[PARTNER] };
    let act = detailed(of, details(1));
    life.push(signers, act.0, act.1)
}

/// A pair for some purposes, and an issuance that names it: block 11, of VN002.
fn issued_under(
    (of_japan, of_partner): (AuthorisedPurposes, AuthorisedPurposes),
    definition: FirstTransferDefinition,
    approach: &str,
) -> (Vec<Frame>, u64) {
    let mut life = Life::paris();
    let of = |id, side, purposes| Authorisation {
        purposes,
        first_transfer: definition,
        ..grant(id, side)
    };
    let japan = authorised(&mut life, of("JP-9", Side::Japan, of_japan));
    let partner = Authorisation {
        cooperative_approach: approach.parse().expect("an approach"),
        ..of("VN-9", Side::Partner, of_partner)
    };
    let partner = authorised(&mut life, partner);
    let consented = life.consented("VN002", 2024, 10);
    let named = Some(("JP-9", "VN-9"));
    let act = issue_under(("VN002", 2024, 11, 10), consented, named, Some((japan, partner)));
    more(life, OPERATORS, act)
}

/// Cancels units for a use; the cheat names this pair.
fn cancelled(use_: UseKind, units: &'static str, of: fn(&Life) -> PairOf) -> (Vec<Frame>, u64) {
    let life = Life::paris_until("confirmed-too");
    let first = vec![first_transferred(units, of(&life))];
    more(life, &[ALPHA], cancel_for(use_, &[units], first))
}

/// A transfer of alpha's for nothing, to the government.
fn given(units: &str) -> Act {
    let asked = terms(ALPHA_ACCOUNT, GOVERNMENT, &[units], Purpose::Other);
    transfer(gratuitous(asked), Fee::Waived, Vec::new())
}

/// A sale of alpha's to beta, paid from its purse.
fn sold(life: &Life, units: &str) -> Act {
    let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &[units], Purpose::Other);
    transfer_paid(asked, life.at("alpha-payment"))
}

#[test]
fn rule_data_and_authorisations() {
    run(&[
        ("adopted by one authority", SECOND, || signed_by("adopt-6", &[AUTHORITY_1])),
        ("adopted by operators", ROLE, || signed_by("adopt-6", OPERATORS)),
        ("other data than were asked for", MISMATCH, || {
            event("adopt-6", |_, event| {
                let data = Article6 { gx_ets_cap_basis_points: Some(10_000), ..paris() };
                event[0] = Effect::Article6Adopted(data);
            })
        }),
        ("details before adoption", OFF, || {
            let act = detailed(grant("JP-B1", Side::Japan), details(1));
            more(Life::honest(), AUTHORITIES, act)
        }),
        ("no details after it", "AUTHORISATION_DETAILS_MISSING", || {
            more(Life::paris(), AUTHORITIES, undetailed(grant("JP-B1", Side::Japan)))
        }),
        ("details left out of the event", MISMATCH, || {
            event("japan-op", |_, event| drop(event.pop()))
        }),
        ("an identifier of the same Party", "AUTHORISATION_EXISTS", || {
            more(Life::paris(), AUTHORITIES, detailed(grant("JP-A1", Side::Japan), details(1)))
        }),
        ("an identifier of the same Party, given after adoption", "AUTHORISATION_EXISTS", || {
            more(Life::paris(), &[PARTNER], detailed(grant("A7", Side::Partner), details(1)))
        }),
        ("an identifier of another Party before adoption", "AUTHORISATION_EXISTS", || {
            more(Life::honest(), &[PARTNER], undetailed(grant("JP-A1", Side::Partner)))
        }),
        ("authorised by another country", ROLE, || {
            more(Life::paris(), &[MONGOLIA], detailed(grant("VN-B1", Side::Partner), details(1)))
        }),
    ]);
}

#[test]
fn versions() {
    run(&[
        ("changed before adoption", OFF, || {
            let life = Life::honest();
            let act = change_authorisation(life.at("japan"), &version(1_000), details(2));
            more(life, AUTHORITIES, act)
        }),
        ("changed is what is none", "AUTHORISATION_UNKNOWN", || {
            let life = Life::paris();
            let act = change_authorisation(life.at("issue"), &version(1_500), details(3));
            more(life, AUTHORITIES, act)
        }),
        ("changed is a later version", "AUTHORISATION_UNKNOWN", || {
            let life = Life::paris();
            let act = change_authorisation(life.at("japan-2"), &version(1_500), details(3));
            more(life, AUTHORITIES, act)
        }),
        ("a version skipped", "AUTHORISATION_VERSION", || third(&version(1_500), details(4))),
        ("a version twice", "AUTHORISATION_VERSION", || third(&version(1_500), details(2))),
        ("Japan's changed by the partner", ROLE, || {
            let life = Life::paris();
            let act = change_authorisation(life.at("japan"), &version(1_500), details(3));
            more(life, &[PARTNER], act)
        }),
        ("changed by one authority", SECOND, || signed_by("japan-2", &[AUTHORITY_2])),
        ("a project that is not registered", "PROJECT_UNKNOWN", || {
            third(&Authorisation { projects: vec![project("VN099")], ..version(1_500) }, details(3))
        }),
        ("a project of another country", "PROJECT_UNKNOWN", || {
            let mut life = Life::paris();
            let (body, event) = register_project("MN001");
            life.push(&[OPERATOR_1], body, event);
            let new = Authorisation { projects: vec![project("MN001")], ..version(1_500) };
            let act = change_authorisation(life.at("japan"), &new, details(3));
            more(life, AUTHORITIES, act)
        }),
        ("a date to come", "DATE_IN_FUTURE", || {
            third(&Authorisation { date: date("2026-04-11"), ..version(1_500) }, details(3))
        }),
        ("a date before the version in force", "DATE_BEFORE_VERSION", || {
            third(&Authorisation { date: date("2026-02-28"), ..version(1_500) }, details(3))
        }),
        ("changes reach back after all", "TERMS_ON_CHANGE_DIFFER", || {
            let reaching =
                AuthorisationDetails { changes_reach_first_transferred: true, ..details(3) };
            third(&version(1_500), reaching)
        }),
        ("changes reach back no longer", "TERMS_ON_CHANGE_DIFFER", || {
            let life = Life::paris();
            let new = Authorisation { purposes: OP, ..version(50) };
            let act = change_authorisation(life.at("japan-op"), &new, details(2));
            more(life, AUTHORITIES, act)
        }),
        ("less than is used", "QUANTITY_BELOW_USED", || third(&version(848), details(3))),
        ("changed after its revocation", "AUTHORISATION_REVOKED", || {
            let life = Life::paris();
            let act = change_authorisation(life.at("partner-op"), &version(50), details(2));
            more(life, &[PARTNER], act)
        }),
        ("revoked twice", "AUTHORISATION_REVOKED", || {
            let life = Life::paris();
            let act = revoke_authorisation(life.at("partner-op"), TODAY);
            more(life, &[PARTNER], act)
        }),
        ("revoked on a day to come", "DATE_IN_FUTURE", || {
            let life = Life::paris();
            let act = revoke_authorisation(life.at("japan"), "2026-04-11");
            more(life, AUTHORITIES, act)
        }),
        ("revoked before the version in force", "DATE_BEFORE_VERSION", || {
            let life = Life::paris();
            let act = revoke_authorisation(life.at("japan"), "2026-02-28");
            more(life, AUTHORITIES, act)
        }),
        ("revoked before adoption", OFF, || {
            let life = Life::honest();
            let act = revoke_authorisation(life.at("japan"), TODAY);
            more(life, AUTHORITIES, act)
        }),
        ("revoked by another country", ROLE, || signed_by("revoked-op", &[MONGOLIA])),
        ("revoked is what is none", "AUTHORISATION_UNKNOWN", || {
            more(Life::paris(), AUTHORITIES, revoke_authorisation(EntryIndex::new(900), TODAY))
        }),
    ]);
}

#[test]
fn first_transfers_at_issuance() {
    run(&[
        ("under a revoked authorisation", "AUTHORISATION_REVOKED", || {
            let mut life = Life::paris();
            let consented = life.consented("VN006", 2025, 5);
            let (named, pair) = (Some(("A7", "A7")), Some(life.of_op()));
            let act = issue_under(("VN006", 2025, 11, 5), consented, named, pair);
            more(life, OPERATORS, act)
        }),
        ("under another country's authorisation", "AUTHORISATION_UNKNOWN", || {
            let mut life = Life::paris();
            let of_mongolia =
                Authorisation { partner: country("MN"), ..grant("MN-1", Side::Partner) };
            let act = detailed(of_mongolia, details(1));
            let partner = life.push(&[MONGOLIA], act.0, act.1);
            let consented = life.consented("VN002", 2024, 5);
            let pair = Some((life.at("japan-2"), partner));
            let named = Some(("JP-A1", "MN-1"));
            let act = issue_under(("VN002", 2024, 11, 5), consented, named, pair);
            more(life, OPERATORS, act)
        }),
        ("Japan's named as the partner's", "AUTHORISATION_UNKNOWN", || {
            let mut life = Life::paris();
            let consented = life.consented("VN002", 2024, 5);
            let (named, pair) = (Some(("JP-A1", "JP-A1")), Some(life.second()));
            let act = issue_under(("VN002", 2024, 11, 5), consented, named, pair);
            more(life, OPERATORS, act)
        }),
        ("no purpose in common", "AUTHORISATION_DOES_NOT_COVER", || {
            issued_under((NDC_AND_IMP, OP), FirstTransferDefinition::Issuance, "CA0001")
        }),
        ("two approaches", "AUTHORISATION_DOES_NOT_COVER", || {
            issued_under((NDC, NDC), FirstTransferDefinition::Issuance, "CA0002")
        }),
        ("first transferred at the issuance instead of at use", "FIRST_TRANSFER_LATER", || {
            let definition = FirstTransferDefinition::UseOrCancellation;
            issued_under((NDC_AND_IMP, IMP), definition, "CA0001")
        }),
        (
            "a purpose in common that was none before adoption",
            "AUTHORISATION_DOES_NOT_COVER",
            || {
                let mut life = Life::honest();
                let of = |id, side| Authorisation { purposes: IMP, ..grant(id, side) };
                let act = undetailed(of("JP-9", Side::Japan));
                let japan = life.push(AUTHORITIES, act.0, act.1);
                let act = undetailed(of("VN-9", Side::Partner));
                let partner = life.push(&[PARTNER], act.0, act.1);
                let consented = life.consented("VN002", 2024, 5);
                let (named, pair) = (Some(("JP-9", "VN-9")), Some((japan, partner)));
                let act = issue_under(("VN002", 2024, 8, 5), consented, named, pair);
                more(life, OPERATORS, act)
            },
        ),
        ("an exhausted authorisation", "AUTHORISATION_EXHAUSTED", || {
            let mut life = Life::paris_until("confirmed");
            // Of 50 tonnes 20 are used.
            let consented = life.consented("VN006", 2025, 31);
            let (named, pair) = (Some(("A7", "A7")), Some(life.of_op()));
            let act = issue_under(("VN006", 2025, 11, 31), consented, named, pair);
            more(life, OPERATORS, act)
        }),
        ("a vintage that is not covered", "AUTHORISATION_DOES_NOT_COVER", || {
            let mut life = Life::paris();
            let new = Authorisation { last_vintage: year(2024), ..version(1_500) };
            let act = change_authorisation(life.at("japan"), &new, details(3));
            let japan = life.push(AUTHORITIES, act.0, act.1);
            let consented = life.consented("VN002", 2025, 5);
            let (named, pair) = (Some(("JP-A1", "VN-A1")), (japan, life.at("partner-2")));
            let act = issue_under(("VN002", 2025, 11, 5), consented, named, Some(pair));
            more(life, OPERATORS, act)
        }),
        ("the version of before the change", MISMATCH, || {
            event("issue-op", |life, event| {
                let first = (life.at("japan"), life.at("partner"));
                event[2] = first_transferred("10:1-10", first);
            })
        }),
    ]);
}

#[test]
fn uses() {
    run(&[
        ("the first version named for what the second allows", MISMATCH, || {
            event("retire-2", |life, event| {
                let first = (life.at("japan"), life.at("partner"));
                event.truncate(2);
                event.extend(retired("1:411-420", 2022, first));
            })
        }),
        ("another pair than the first that serves", MISMATCH, || {
            event("retire-2", |life, event| {
                event.truncate(2);
                event.extend(retired("1:411-420", 2022, life.of_op()));
            })
        }),
        ("the first transfer missing at a cancellation for IMP", MISMATCH, || {
            event("imp", |_, event| drop(event.pop()))
        }),
        ("an adjustment at a cancellation for IMP", MISMATCH, || {
            event("imp", |life, event| event.push(adjusted(2022, 10, life.second())))
        }),
        ("first transferred a second time", MISMATCH, || {
            let life = Life::paris();
            let first = vec![first_transferred("8:1-10", life.second())];
            more(life, &[ALPHA], cancel_for(IMP_USE, &["8:1-10"], first))
        }),
        ("first transferred by a voluntary cancellation", MISMATCH, || {
            let life = Life::paris();
            let first = vec![first_transferred("1:451-460", life.second())];
            more(life, &[ALPHA], cancel_for(UseKind::Voluntary, &["1:451-460"], first))
        }),
        ("what its use says of persons left out", MISMATCH, || {
            event("imp", |_, event| drop(event.remove(1)))
        }),
        ("another entity recorded", MISMATCH, || {
            event("imp", |_, event| event[1] = Effect::UseStated(by("E-2")))
        }),
        ("IMP that Japan did not authorise", "OIMP_OF_JAPAN_MISSING", || {
            cancelled(IMP_USE, "7:11-20", Life::of_op)
        }),
        ("IMP that the partner did not authorise", "OIMP_OF_PARTNER_MISSING", || {
            cancelled(IMP_USE, "6:1-10", Life::second)
        }),
        ("OP of what is authorised for IMP", "OIMP_OF_JAPAN_MISSING", || {
            cancelled(OP_USE, "1:451-460", Life::second)
        }),
        ("OP beyond what is left", "AUTHORISATION_EXHAUSTED", || {
            cancelled(OP_USE, "7:11-41", Life::of_op)
        }),
        ("OP once the pair is revoked", "OIMP_OF_PARTNER_MISSING", || {
            let life = Life::paris();
            let first = vec![first_transferred("7:11-20", life.of_op())];
            more(life, &[ALPHA], cancel_for(OP_USE, &["7:11-20"], first))
        }),
        ("retired after a revocation", "AUTHORISATION_OF_PARTNER_MISSING", || {
            let mut life = Life::paris();
            let (partner, pair) = (life.at("partner"), life.second());
            let act = revoke_authorisation(partner, TODAY);
            life.push(&[PARTNER], act.0, act.1);
            more(life, &[ALPHA], retire(&["1:451-460"], retired("1:451-460", 2022, pair)))
        }),
        ("retired what was first transferred for OP", "USE_NOT_AUTHORISED", || {
            let life = Life::paris_until("confirmed");
            let more_ = vec![adjusted(2024, 5, life.of_op())];
            more(life, &[ALPHA], retire(&["10:1-5"], more_))
        }),
        ("IMP of what was first transferred for the NDC", "USE_NOT_AUTHORISED", || {
            let life = Life::paris();
            more(life, &[BETA], cancel_of(BETA_ACCOUNT, IMP_USE, &["5:101-110"], Vec::new()))
        }),
        ("used after a revocation that reaches back", "AUTHORISATION_WITHDRAWN", || {
            more(Life::paris(), &[ALPHA], cancel_for(OP_USE, &["10:1-5"], Vec::new()))
        }),
        ("used after a change that reaches back", "AUTHORISATION_WITHDRAWN", || {
            let mut life = Life::paris_until("confirmed");
            let reaching =
                AuthorisationDetails { changes_reach_first_transferred: true, ..details(2) };
            let new = Authorisation { purposes: IMP, ..version(50) };
            let act = change_authorisation(life.at("japan-op"), &new, reaching);
            life.push(AUTHORITIES, act.0, act.1);
            more(life, &[ALPHA], cancel_for(OP_USE, &["10:1-5"], Vec::new()))
        }),
        ("retired after the years of use", "AUTHORISATION_OF_JAPAN_MISSING", || {
            let mut life = Life::paris();
            life.skip(1_727);
            let pair = life.second();
            more(life, &[ALPHA], retire(&["1:451-460"], retired("1:451-460", 2022, pair)))
        }),
        ("first transferred, and retired after the years of use", "USE_NOT_AUTHORISED", || {
            let mut life = Life::paris();
            life.skip(1_727);
            let more_ = vec![adjusted(2024, 5, life.second())];
            more(life, &[ALPHA], retire(&["8:1-5"], more_))
        }),
        ("used before the years of use", "USE_NOT_AUTHORISED", || {
            let mut life = Life::paris();
            let years = Some(YearSpan { first: year(2027), last: year(2030) });
            let later = AuthorisationDetails { use_years: years, ..details(1) };
            let of = |id, side| grant(id, side);
            let act = detailed(of("JP-9", Side::Japan), later);
            let japan = life.push(AUTHORITIES, act.0, act.1);
            let partner = authorised(&mut life, of("VN-9", Side::Partner));
            let consented = life.consented("VN002", 2024, 10);
            let (named, pair) = (Some(("JP-9", "VN-9")), (japan, partner));
            let act = issue_under(("VN002", 2024, 11, 10), consented, named, Some(pair));
            life.push(OPERATORS, act.0, act.1);
            more(life, &[ALPHA], retire(&["11:1-5"], vec![adjusted(2024, 5, pair)]))
        }),
        (
            "a waiting retirement recorded after the revocation",
            "AUTHORISATION_OF_PARTNER_MISSING",
            || {
                let mut life = Life::paris();
                let pair = life.second();
                let asked = terms(ALPHA_ACCOUNT, RETIREMENT, &["1:451-460"], Purpose::Retirement);
                let (body, event) = apply_transfer(asked);
                let application = life.push(&[ALPHA], body, event);
                let (body, event) = payment("bank-alpha-9", 2_500, Some(ALPHA_ACCOUNT));
                let paid = life.push(&[OPERATOR_1], body, event);
                let (body, event) = pay(paid, application, 2_500);
                life.push(&[OPERATOR_1], body, event);
                let act = revoke_authorisation(life.at("partner"), TODAY);
                life.push(&[PARTNER], act.0, act.1);
                let (body, mut event) = record_transfer(application);
                event.extend(retired("1:451-460", 2022, pair));
                more(life, &[OPERATOR_1], (body, event))
            },
        ),
    ]);
}

#[test]
fn what_a_use_names() {
    run(&[
        ("an entity that nobody lists", "ENTITY_NOT_AUTHORISED", || {
            let life = Life::paris();
            let act = retire(&["1:451-460"], retired("1:451-460", 2022, life.second()));
            more(life, &[ALPHA], naming(act, by("E-9")))
        }),
        ("an entity of a use that needs nothing", "ENTITY_NOT_AUTHORISED", || {
            let act = cancel_for(UseKind::Voluntary, &["1:451-460"], Vec::new());
            more(Life::paris(), &[ALPHA], naming(act, by("E-1")))
        }),
        ("an entity of units before 2021", "ENTITY_NOT_AUTHORISED", || {
            let act = cancel_for(IMP_USE, &["3:1-10"], Vec::new());
            more(Life::paris(), &[ALPHA], naming(act, by("E-1")))
        }),
        ("an entity where IMP needs nothing", "ENTITY_NOT_AUTHORISED", || {
            let mut life = Life::paris();
            let data = Article6 { oimp_needs_authorisation: false, ..paris() };
            life.does("off", AUTHORITIES, adopt_article6(data));
            let act = cancel_for(IMP_USE, &["1:451-460"], Vec::new());
            more(life, &[ALPHA], naming(act, by("E-1")))
        }),
        ("an entity listed for other units", "ENTITY_NOT_AUTHORISED", || {
            let life = Life::paris_until("confirmed");
            let act = cancel_for(OP_USE, &["10:1-5"], Vec::new());
            more(life, &[ALPHA], naming(act, by("E-1")))
        }),
        ("an entity listed by the version in force, but not then", "ENTITY_NOT_AUTHORISED", || {
            let life = Life::paris();
            let first = (life.at("japan"), life.at("partner"));
            let act = retire_of(BETA_ACCOUNT, &["5:101-110"], vec![adjusted(2024, 10, first)]);
            more(life, &[BETA], naming(act, by("E-1")))
        }),
        ("an entity before adoption", OFF, || {
            let life = Life::honest();
            let pair = (life.at("japan"), life.at("partner"));
            let act = retire(&["1:401-410"], retired("1:401-410", 2022, pair));
            more(life, &[ALPHA], naming(act, by("E-1")))
        }),
        ("OP before adoption", OFF, || {
            more(Life::honest(), &[ALPHA], cancel_for(OP_USE, &["7:1-10"], Vec::new()))
        }),
        ("OMGE before adoption", OFF, || {
            more(Life::honest(), &[ALPHA], cancel_for(UseKind::Omge, &["7:1-10"], Vec::new()))
        }),
        ("OMGE by a retirement", "USE_MISFIT", || {
            let life = Life::paris();
            let asked = terms(ALPHA_ACCOUNT, RETIREMENT, &["1:451-460"], Purpose::Retirement);
            let asked = gratuitous(serving(asked, UseKind::Omge, None));
            let made = retired("1:451-460", 2022, life.second());
            more(life, &[ALPHA], transfer(asked, Fee::Waived, made))
        }),
        ("GX-ETS where it is off", "GX_ETS_OFF", || {
            let mut life = Life::paris();
            let data = Article6 { gx_ets_cap_basis_points: None, ..paris() };
            life.does("off", AUTHORITIES, adopt_article6(data));
            let asked = terms(ALPHA_ACCOUNT, RETIREMENT, &["1:451-460"], Purpose::Retirement);
            let asked = gratuitous(serving(asked, UseKind::GxEts, Some(2026)));
            let made = retired("1:451-460", 2022, life.second());
            more(life, &[ALPHA], transfer(asked, Fee::Waived, made))
        }),
        ("GX-ETS without a year", "REPORTING_YEAR_MISSING", || {
            let life = Life::paris();
            let asked = terms(ALPHA_ACCOUNT, RETIREMENT, &["1:451-460"], Purpose::Retirement);
            let asked = gratuitous(serving(asked, UseKind::GxEts, None));
            let made = retired("1:451-460", 2022, life.second());
            more(life, &[ALPHA], transfer(asked, Fee::Waived, made))
        }),
        ("a report under the Act without a year", "REPORTING_YEAR_MISSING", || {
            let life = Life::paris();
            let asked = terms(ALPHA_ACCOUNT, RETIREMENT, &["1:451-460"], Purpose::Retirement);
            let asked = gratuitous(serving(asked, UseKind::Shk, None));
            let made = retired("1:451-460", 2022, life.second());
            more(life, &[ALPHA], transfer(asked, Fee::Waived, made))
        }),
        ("a beneficiary that was not stated", MISMATCH, || {
            let life = Life::paris();
            let act = retire(&["1:451-460"], retired("1:451-460", 2022, life.second()));
            let beneficiary = Some(corporation("8700110005901"));
            let mut act = naming(act, UseDetails { beneficiary, entity: None });
            if let Body::ApplyTransfer { use_details, .. } = &mut act.0 {
                *use_details = None;
            }
            more(life, &[ALPHA], act)
        }),
    ]);
}

#[test]
fn confirmations() {
    const EXCEEDED: &str = "CONFIRMATION_EXCEEDED";
    const UNKNOWN: &str = "CONFIRMATION_UNKNOWN";
    run(&[
        ("more than is open", EXCEEDED, || {
            more(Life::paris(), &[PARTNER], confirm("VN", 2026, 2022, 65))
        }),
        ("in another year than that of use", EXCEEDED, || {
            more(Life::paris(), &[PARTNER], confirm("VN", 2025, 2022, 1))
        }),
        ("of another vintage", EXCEEDED, || {
            more(Life::paris(), &[PARTNER], confirm("VN", 2026, 2021, 1))
        }),
        ("of what is first transferred, but not retired", EXCEEDED, || {
            more(Life::paris(), &[PARTNER], confirm("VN", 2026, 2025, 3))
        }),
        ("the use of January in the year before", EXCEEDED, || {
            let mut life = Life::paris();
            let pair = life.second();
            life.skip(266);
            let act = retire(&["1:451-455"], retired("1:451-455", 2022, pair));
            life.push(&[ALPHA], act.0, act.1);
            more(life, &[PARTNER], confirm("VN", 2026, 2022, 65))
        }),
        ("by the authority of another country", ROLE, || signed_by("confirmed", &[MONGOLIA])),
        ("by an authority of Japan", ROLE, || signed_by("confirmed", AUTHORITIES)),
        ("of a country without any", EXCEEDED, || {
            more(Life::paris(), &[MONGOLIA], confirm("MN", 2026, 2022, 1))
        }),
        ("before adoption", OFF, || more(Life::honest(), &[PARTNER], confirm("VN", 2026, 2022, 1))),
        ("on a day to come", "DATE_IN_FUTURE", || {
            let (mut body, mut event) = confirm("VN", 2026, 2022, 1);
            if let Body::ConfirmAdjustment(confirmation) = &mut body {
                confirmation.date = date("2026-04-11");
                event = vec![Effect::AdjustmentConfirmed(*confirmation)];
            }
            more(Life::paris(), &[PARTNER], (body, event))
        }),
        ("more recorded than was confirmed", MISMATCH, || {
            event("confirmed", |_, event| {
                if let Effect::AdjustmentConfirmed(confirmation) = &mut event[0] {
                    confirmation.quantity_tonnes = Tonnes::new(61);
                }
            })
        }),
        ("withdrawn twice", UNKNOWN, || {
            let life = Life::paris();
            let act = withdraw_confirmation(life.at("confirmed-too"));
            more(life, &[PARTNER], act)
        }),
        ("withdrawn what is none", UNKNOWN, || {
            let life = Life::paris();
            let act = withdraw_confirmation(life.at("retire-2"));
            more(life, &[PARTNER], act)
        }),
        ("withdrawn by another country", ROLE, || signed_by("unconfirmed", &[MONGOLIA])),
        ("withdrawn by operators", ROLE, || signed_by("unconfirmed", OPERATORS)),
        ("what was withdrawn still counts", EXCEEDED, || {
            // 60 and 30 of 124 are confirmed; nothing is withdrawn yet.
            let life = Life::paris_until("confirmed-too");
            more(life, &[PARTNER], confirm("VN", 2026, 2022, 35))
        }),
    ]);
}

#[test]
fn transfers_in_parts() {
    run(&[
        ("a part that would wait for its fee", "PART_WOULD_WAIT", || {
            let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:461-470"], Purpose::Other);
            more(Life::paris(), &[ALPHA], at_once(vec![given("1:451-460"), apply_transfer(asked)]))
        }),
        ("a part that would wait for consent", "PART_WOULD_WAIT", || {
            let mut life = Life::paris();
            let act = adopt(rules(2));
            life.push(AUTHORITIES, act.0, act.1);
            life.rule_set = 2;
            let act = choose(BETA_ACCOUNT, jcm_format::command::Acceptance::Consent);
            life.push(&[BETA], act.0, act.1);
            let (body, event) = payment("bank-alpha-9", 2_500, Some(ALPHA_ACCOUNT));
            let paid = life.push(&[OPERATOR_1], body, event);
            let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:461-470"], Purpose::Other);
            let act = at_once(vec![transfer_paid(asked, paid)]);
            more(life, &[ALPHA], act)
        }),
        ("a part that would be delayed", "PART_WOULD_WAIT", || {
            let mut life = Life::paris();
            let act = calendar(2026, &["2026-04-14"]);
            life.push(OPERATORS, act.0, act.1);
            let unpinned = Safeguards { pinned: false, ..rule_data() };
            let act = adopt_safeguards(unpinned);
            life.push(AUTHORITIES, act.0, act.1);
            let (body, event) = payment("bank-alpha-9", 2_500, Some(ALPHA_ACCOUNT));
            let paid = life.push(&[OPERATOR_1], body, event);
            let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:461-470"], Purpose::Other);
            let act = at_once(vec![transfer_paid(asked, paid)]);
            more(life, &[ALPHA], act)
        }),
        ("parts that spend a payment together", "PAYMENT_SPENT", || {
            // 3,800 yen are left for two fees of 2,500.
            let life = Life::paris_until("retire-2");
            let act = at_once(vec![sold(&life, "1:451-460"), sold(&life, "1:461-470")]);
            more(life, &[ALPHA], act)
        }),
        ("parts that share a unit", "RANGES_OVERLAP", || {
            let act = at_once(vec![given("1:451-460"), given("1:460-470")]);
            more(Life::paris(), &[ALPHA], act)
        }),
        ("parts that exhaust an authorisation together", "AUTHORISATION_EXHAUSTED", || {
            // 30 tonnes are left.
            let life = Life::paris_until("confirmed");
            let pair = life.of_op();
            let part = |units| cancel_for(OP_USE, &[units], vec![first_transferred(units, pair)]);
            let act = at_once(vec![part("7:11-30"), part("7:31-41")]);
            more(life, &[ALPHA], act)
        }),
        ("parts that exceed the day together", "LIMIT_PER_DAY", || {
            let mut life = Life::paris();
            let limits = Safeguards {
                default_mandate: mandate(Control::Single, [0, 25, 0]),
                delays: false,
                pinned: false,
                ..rule_data()
            };
            life.does("limits", AUTHORITIES, adopt_safeguards(limits));
            more(life, &[ALPHA], at_once(vec![given("1:501-515"), given("1:516-526")]))
        }),
        ("an application after parts that fill the day", "LIMIT_PER_DAY", || {
            let mut life = Life::paris();
            let limits = Safeguards {
                default_mandate: mandate(Control::Single, [0, 25, 0]),
                delays: false,
                pinned: false,
                ..rule_data()
            };
            life.does("limits", AUTHORITIES, adopt_safeguards(limits));
            let act = at_once(vec![given("1:501-510"), given("1:511-520")]);
            life.push(&[ALPHA], act.0, act.1);
            more(life, &[ALPHA], given("1:521-526"))
        }),
        ("units of another", "UNITS_NOT_HELD", || {
            more(Life::paris(), &[ALPHA], at_once(vec![given("1:451-460"), given("5:101-110")]))
        }),
        ("a use that is not authorised in the last part", "OIMP_OF_PARTNER_MISSING", || {
            let life = Life::paris();
            let first = vec![first_transferred("6:1-10", life.second())];
            let act = at_once(vec![given("1:451-460"), cancel_for(IMP_USE, &["6:1-10"], first)]);
            more(life, &[ALPHA], act)
        }),
        ("by another account", ROLE, || signed_by("bulk", &[BETA])),
        ("from a frozen account", "ACCOUNT_FROZEN", || {
            let mut life = Life::paris();
            let act = freeze(ALPHA_ACCOUNT);
            life.push(&[ALPHA], act.0, act.1);
            more(life, &[ALPHA], at_once(vec![given("1:451-460")]))
        }),
        ("out of a sink", "SOURCE_IS_SINK", || {
            let asked = terms(RETIREMENT, ALPHA_ACCOUNT, &["1:101-110"], Purpose::Other);
            let act = transfer(asked, Fee::NotAnApplication, Vec::new());
            more(Life::paris(), OPERATORS, at_once(vec![act]))
        }),
        ("the government's by one operator", SECOND, || {
            let asked = terms(GOVERNMENT, ALPHA_ACCOUNT, &["2:601-610"], Purpose::Other);
            let act = transfer(asked, Fee::NotAnApplication, Vec::new());
            more(Life::paris(), &[OPERATOR_1], at_once(vec![act]))
        }),
        ("a part left out", MISMATCH, || {
            event("bulk", |_, event| drop(event.drain(event.len() - 3..)))
        }),
        ("the first part not recorded", MISMATCH, || {
            event("bulk", |_, event| drop(event.remove(2)))
        }),
        ("the payment of one part for another", MISMATCH, || {
            event("bulk", |_, event| event.swap(1, 3))
        }),
        ("the adjustment of a part left out", MISMATCH, || {
            event("bulk", |_, event| {
                event.retain(|effect| !matches!(effect, Effect::AdjustmentBooked { .. }));
            })
        }),
        ("the fee of a part waived", MISMATCH, || {
            event("bulk", |_, event| {
                if let Effect::TransferApplied { fee, .. } = &mut event[0] {
                    *fee = Fee::Waived;
                }
            })
        }),
        ("a part withdrawn afterwards", "APPLICATION_CLOSED", || {
            let life = Life::paris();
            let application = life.at("bulk");
            let body = Body::WithdrawApplication { application, reason: text("a mistake") };
            more(life, &[ALPHA], (body, vec![Effect::ApplicationWithdrawn { application }]))
        }),
        ("books that count a bulk command once", MISMATCH, || {
            let mut life = Life::paris();
            life.skip(365);
            let mut totals = jcm_format::command::BookTotals {
                entries: 73,
                received: 19,
                recorded: 16,
                withdrawn: 1,
                payments_yen: jcm_format::amount::Yen::new(51_200),
                account_opening_fees_yen: jcm_format::amount::Yen::new(28_800),
                transfer_fees_yen: jcm_format::amount::Yen::new(7_500),
                certificate_fees_yen: jcm_format::amount::Yen::new(2_400),
                issued_tonnes: Tonnes::new(3_225),
                transferred_tonnes: Tonnes::new(160),
                retired_tonnes: Tonnes::new(326),
                cancelled_tonnes: Tonnes::new(120),
                ..Default::default()
            };
            let mut honest = life.clone();
            let act = close_books(2026, totals);
            honest.push(OPERATORS, act.0, act.1);
            assert!(verify(honest.frames()).ok);
            (totals.received, totals.recorded) = (17, 14);
            more(life, OPERATORS, close_books(2026, totals))
        }),
    ]);
}

#[test]
fn issuances_in_parts() {
    run(&[
        ("parts whose periods overlap", "ISSUED_BEFORE", || {
            let mut life = Life::paris();
            let consented = life.consented("VN002", 2024, 5);
            let part = |block| issue_under(("VN002", 2024, block, 5), consented, None, None);
            more(life, OPERATORS, issued_at_once(vec![part(11), part(12)]))
        }),
        ("a part issued before", "ISSUED_BEFORE", || {
            let life = Life::paris();
            let consented = life.at("consent-2024");
            let act = issue_under(("VN001", 2024, 11, 10), consented, None, None);
            more(life, OPERATORS, issued_at_once(vec![act]))
        }),
        ("parts that exhaust an authorisation together", "AUTHORISATION_EXHAUSTED", || {
            // 30 tonnes are left.
            let mut life = Life::paris_until("confirmed");
            let (named, pair) = (Some(("A7", "A7")), Some(life.of_op()));
            let one = life.consented("VN006", 2023, 20);
            let other = life.consented("VN006", 2025, 11);
            let several = vec![
                issue_under(("VN006", 2023, 11, 20), one, named, pair),
                issue_under(("VN006", 2025, 12, 11), other, named, pair),
            ];
            more(life, OPERATORS, issued_at_once(several))
        }),
        ("a consent of another part", "CONSENT_DIFFERS", || {
            let mut life = Life::paris();
            let one = life.consented("VN002", 2024, 5);
            let several = vec![
                issue_under(("VN002", 2024, 11, 5), one, None, None),
                issue_under(("VN002", 2025, 12, 5), one, None, None),
            ];
            more(life, OPERATORS, issued_at_once(several))
        }),
        ("two parts with one block", MISMATCH, || {
            event("bulk-issue", |_, event| {
                let last = event.len() - 2;
                if let Effect::BlockIssued { block, allocations, .. } = &mut event[last] {
                    *block = BlockNumber::new(8).expect("from 1");
                    allocations[0].range = range("8:1-5");
                }
            })
        }),
        ("a part left out", MISMATCH, || {
            event("bulk-issue", |_, event| drop(event.drain(event.len() - 3..)))
        }),
        ("the first transfer of a part left out", MISMATCH, || {
            event("bulk-issue", |_, event| drop(event.remove(2)))
        }),
        ("parts of both kinds of basis", "FIELD_NOT_ALLOWED", || {
            let mut life = Life::paris();
            let one = life.consented("VN002", 2024, 5);
            let mut carried = issue_under(("VN003", 2024, 12, 5), one, None, None);
            if let Body::RecordIssuance(issuance) = &mut carried.0 {
                issuance.decision.date = date("2025-01-01");
                issuance.basis = Basis::CarriedOver {
                    issued_on: date("2025-03-01"),
                    recognition_reference: text("Recognition 2"),
                };
            }
            let first = issue_under(("VN002", 2024, 11, 5), one, None, None);
            more(life, OPERATORS, issued_at_once(vec![first, carried]))
        }),
        ("by one operator", SECOND, || signed_by("bulk-issue", &[OPERATOR_1])),
        ("by authorities", ROLE, || signed_by("bulk-issue", AUTHORITIES)),
        ("into a sink", "ALLOCATION_TO_SINK", || {
            let mut life = Life::paris();
            let one = life.consented("VN002", 2024, 5);
            let mut act = issue_under(("VN002", 2024, 11, 5), one, None, None);
            if let Body::RecordIssuance(issuance) = &mut act.0 {
                issuance.vintages[0].allocations[0].account = account(RETIREMENT);
            }
            more(life, OPERATORS, issued_at_once(vec![act]))
        }),
    ]);
}

/// The finding of a command of several parts says which part it is.
#[test]
fn a_finding_names_the_part() {
    let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:461-470"], Purpose::Other);
    let act = at_once(vec![given("1:451-460"), apply_transfer(asked)]);
    let (frames, _) = more(Life::paris(), &[ALPHA], act);
    let report = verify(frames);
    let finding = report.findings.first().expect("one");
    assert!(finding.detail.starts_with("parts[1]: "), "{}", finding.detail);
    assert_eq!(finding.number, Some(728));
}

/// Where several rules are broken, the first in the order of the specification is named.
#[test]
fn the_first_of_several_rules_is_named() {
    run(&[
        ("616 before 602", OFF, || {
            let act = detailed(grant("JP-A1", Side::Japan), details(1));
            more(Life::honest(), AUTHORITIES, act)
        }),
        ("624 before 602", "AUTHORISATION_DETAILS_MISSING", || {
            more(Life::paris(), AUTHORITIES, undetailed(grant("JP-A1", Side::Japan)))
        }),
        ("611 before the role", "AUTHORISATION_UNKNOWN", || {
            let act = change_authorisation(EntryIndex::new(3), &version(1), details(2));
            more(Life::paris(), &[BETA], act)
        }),
        ("the role before 616", ROLE, || {
            let life = Life::honest();
            let act = change_authorisation(life.at("japan"), &version(1), details(2));
            more(life, &[BETA], act)
        }),
        ("618 before 617", "AUTHORISATION_REVOKED", || {
            let life = Life::paris();
            let act = change_authorisation(life.at("partner-op"), &version(1), details(9));
            more(life, &[PARTNER], act)
        }),
        ("617 before 603", "AUTHORISATION_VERSION", || {
            third(&Authorisation { projects: vec![project("VN099")], ..version(1) }, details(4))
        }),
        ("603 before 604", "PROJECT_UNKNOWN", || {
            let new = Authorisation {
                projects: vec![project("VN099")],
                date: date("2026-04-11"),
                ..version(1)
            };
            third(&new, details(3))
        }),
        ("620 before 625", "DATE_BEFORE_VERSION", || {
            let reaching =
                AuthorisationDetails { changes_reach_first_transferred: true, ..details(3) };
            third(&Authorisation { date: date("2026-02-28"), ..version(1) }, reaching)
        }),
        ("625 before 619", "TERMS_ON_CHANGE_DIFFER", || {
            let reaching =
                AuthorisationDetails { changes_reach_first_transferred: true, ..details(3) };
            third(&version(1), reaching)
        }),
        ("604 before 622", "DATE_IN_FUTURE", || {
            let (mut body, mut event) = confirm("VN", 2026, 2022, 999);
            if let Body::ConfirmAdjustment(confirmation) = &mut body {
                confirmation.date = date("2026-04-11");
                event = vec![Effect::AdjustmentConfirmed(*confirmation)];
            }
            more(Life::paris(), &[PARTNER], (body, event))
        }),
        ("623 before the role", "CONFIRMATION_UNKNOWN", || {
            more(Life::paris(), &[BETA], withdraw_confirmation(EntryIndex::new(3)))
        }),
        ("616 before 710", OFF, || {
            let act = retire(&["3:1-10"], Vec::new());
            more(Life::honest(), &[ALPHA], naming(act, by("E-1")))
        }),
        ("710 before 733", "RETIREMENT_BEFORE_2021", || {
            let act = retire(&["3:1-10"], Vec::new());
            more(Life::paris(), &[ALPHA], naming(act, by("E-9")))
        }),
        ("733 of the first range before 731 of the second", "ENTITY_NOT_AUTHORISED", || {
            let act = cancel_for(IMP_USE, &["1:451-460", "7:11-20"], Vec::new());
            more(Life::paris(), &[ALPHA], naming(act, by("E-9")))
        }),
        ("731 of the first range before 733 of the second", "OIMP_OF_JAPAN_MISSING", || {
            let act = cancel_for(IMP_USE, &["7:11-20", "8:1-5"], Vec::new());
            more(Life::paris(), &[ALPHA], naming(act, by("E-9")))
        }),
        ("729 before 730", "USE_NOT_AUTHORISED", || {
            more(Life::paris(), &[ALPHA], retire(&["10:1-5"], Vec::new()))
        }),
        ("733 before 735", "ENTITY_NOT_AUTHORISED", || {
            let asked = terms(ALPHA_ACCOUNT, RETIREMENT, &["1:451-460"], Purpose::Retirement);
            let asked = gratuitous(serving(asked, UseKind::GxEts, None));
            let act = transfer(asked, Fee::Waived, Vec::new());
            more(Life::paris(), &[ALPHA], naming(act, by("E-9")))
        }),
        ("734 before 735", "GX_ETS_OFF", || {
            let mut life = Life::paris();
            let data = Article6 { gx_ets_cap_basis_points: None, ..paris() };
            life.does("off", AUTHORITIES, adopt_article6(data));
            let asked = terms(ALPHA_ACCOUNT, RETIREMENT, &["1:451-460"], Purpose::Retirement);
            let asked = gratuitous(serving(asked, UseKind::GxEts, None));
            more(life, &[ALPHA], transfer(asked, Fee::Waived, Vec::new()))
        }),
        ("735 before 713", "REPORTING_YEAR_MISSING", || {
            let asked = terms(ALPHA_ACCOUNT, RETIREMENT, &["1:451-460"], Purpose::Retirement);
            let asked = gratuitous(serving(asked, UseKind::GxEts, None));
            let life = Life::paris();
            let purse = life.at("alpha-payment");
            more(life, &[ALPHA], transfer_paid(asked, purse))
        }),
        ("507 before 728 in a part, and the first part before the second", "PAYMENT_SPENT", || {
            let life = Life::paris();
            let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["1:461-470"], Purpose::Other);
            let act = at_once(vec![sold(&life, "1:451-460"), apply_transfer(asked)]);
            more(life, &[ALPHA], act)
        }),
        ("761 before the first part's 702", "ACCOUNT_FROZEN", || {
            let mut life = Life::paris();
            let act = freeze(ALPHA_ACCOUNT);
            life.push(&[ALPHA], act.0, act.1);
            let asked = terms(ALPHA_ACCOUNT, ALPHA_ACCOUNT, &["1:461-470"], Purpose::Other);
            let act = at_once(vec![apply_transfer(asked)]);
            more(life, &[ALPHA], act)
        }),
        ("611 before 618", "AUTHORISATION_UNKNOWN", || {
            let mut life = Life::paris();
            let japan = life.at("japan-op");
            let act = revoke_authorisation(japan, TODAY);
            life.push(AUTHORITIES, act.0, act.1);
            let consented = life.consented("VN002", 2024, 5);
            let act = issue_under(("VN002", 2024, 11, 5), consented, Some(("A7", "none")), None);
            more(life, OPERATORS, act)
        }),
        ("618 before 612", "AUTHORISATION_REVOKED", || {
            let mut life = Life::paris();
            let consented = life.consented("VN002", 2024, 5);
            let act = issue_under(("VN002", 2024, 11, 5), consented, Some(("A7", "A7")), None);
            more(life, OPERATORS, act)
        }),
        ("621 before 613", "FIRST_TRANSFER_LATER", || {
            let mut life = Life::paris();
            let of = |id, side| Authorisation {
                purposes: IMP,
                quantity_tonnes: Tonnes::new(1),
                first_transfer: FirstTransferDefinition::UseOrCancellation,
                ..grant(id, side)
            };
            authorised(&mut life, of("JP-9", Side::Japan));
            authorised(&mut life, of("VN-9", Side::Partner));
            let consented = life.consented("VN002", 2024, 5);
            let act = issue_under(("VN002", 2024, 11, 5), consented, Some(("JP-9", "VN-9")), None);
            more(life, OPERATORS, act)
        }),
    ]);
}
