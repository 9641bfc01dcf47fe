//! Planted frauds against the safeguards of accounts. As in `frauds.rs` the cheat
//! signs, links and seals everything again.

// The cases are tables, and tables are long.
#![allow(clippy::expect_used, clippy::too_many_lines)]

mod common;

use common::acts::*;
use common::guard::*;
use common::who::*;
use common::*;
use jcm_format::command::{
    Body, Control, KeyWithPossession, Power, Purpose, Role, Safeguards, TransferTrust, TrustRequest,
};
use jcm_format::event::{Effect, Fee};
use jcm_format::frame::Frame;
use jcm_format::id::EntryIndex;

/// A case: its name, the code to be found, and the log with the index of its
/// first bad entry.
type Case = (&'static str, &'static str, fn() -> (Vec<Frame>, u64));

const ROLE: &str = "ROLE_NOT_PERMITTED";
const SECOND: &str = "SECOND_SIGNATURE_MISSING";
const MISMATCH: &str = "EFFECT_MISMATCH";

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

/// Appends one more command, its effect pinned.
fn more(mut life: Life, signers: &[u8], act: Act) -> (Vec<Frame>, u64) {
    let index = life.pinned("fraud", signers, act);
    (life.frames(), index.get())
}

/// The life under safeguards until a step, and one command more.
fn after(step: &str, signers: &[u8], act: Act) -> (Vec<Frame>, u64) {
    more(Life::guarded_until(step), signers, act)
}

/// As [`after`], some days later.
fn days_after(step: &str, days: u64, signers: &[u8], act: Act) -> (Vec<Frame>, u64) {
    let mut life = Life::guarded_until(step);
    life.skip(days);
    more(life, signers, act)
}

/// Lets the signers of a step be others.
fn signed_by(step: &str, signers: &[u8]) -> (Vec<Frame>, u64) {
    let mut life = Life::guarded();
    let index = life.at(step).get();
    life.step(step).signers = signers.to_vec();
    (life.frames(), index)
}

/// A step whose signers did not pin its effect.
fn unpinned(step: &str) -> (Vec<Frame>, u64) {
    let mut life = Life::guarded();
    let index = life.at(step).get();
    life.step(step).command.effect_digest = None;
    (life.frames(), index)
}

/// Spoils the recorded event of a step; the pin is left out.
fn event(step: &str, spoil: impl Fn(&mut Vec<Effect>)) -> (Vec<Frame>, u64) {
    let mut life = Life::guarded_until(step);
    let index = life.at(step).get();
    let before = life.step(step).event.clone();
    spoil(&mut life.step(step).event);
    assert_ne!(before, life.step(step).event, "the event of {step} was not spoiled");
    if life.step(step).command.effect_digest.is_some() {
        life.pin();
    }
    (life.frames(), index)
}

/// A day in an effect of a step is another.
fn on_another_day(step: &str, wrong: &str) -> (Vec<Frame>, u64) {
    event(step, |event| {
        for effect in event {
            match effect {
                Effect::MandateSet { effective: day, .. }
                | Effect::TrustedAdded { effective: day, .. }
                | Effect::RecoveryRequested { not_before: day, .. }
                | Effect::TransferDelayed { not_before: day } => *day = date(wrong),
                _ => {}
            }
        }
    })
}

fn single(limits: [u64; 3]) -> jcm_format::command::Mandate {
    mandate(Control::Single, limits)
}

fn to_cancel(units: &[&str]) -> Act {
    let asked = terms(ALPHA_ACCOUNT, CANCELLATION, units, Purpose::Cancellation);
    transfer(gratuitous(asked), Fee::Waived, Vec::new())
}

#[test]
fn whoever_signs_may_not() {
    run(&[
        ("a reader signs beside two", ROLE, || signed_by("to-government", &[TANAKA, SUZUKI, SATO])),
        ("one who approves alone", ROLE, || after("suzuki", &[SUZUKI], to_cancel(&["1:501-510"]))),
        ("one who approves alone under single control", ROLE, || {
            signed_by("trusted-again", &[SUZUKI])
        }),
        ("a reader withdraws", ROLE, || signed_by("regretted-withdrawn", &[SATO])),
        ("a reader takes an account off the list", ROLE, || signed_by("distrusted", &[SATO])),
        ("a reader revokes a key", ROLE, || after("mandate", &[SATO], revoke_key(TANAKA))),
        ("another's representative", ROLE, || after("mandate", &[TANAKA], request(BETA_ACCOUNT))),
        ("a mandate by operators", ROLE, || signed_by("mandate", OPERATORS)),
        ("a trusted account by an operator", ROLE, || signed_by("trusted", &[OPERATOR_1])),
        ("safeguards by operators", ROLE, || signed_by("safeguards", OPERATORS)),
        ("a freeze by another holder", ROLE, || signed_by("frozen", &[BETA])),
        ("a freeze by an authority", ROLE, || signed_by("frozen", &[AUTHORITY_1])),
        ("the holder ends the freeze", ROLE, || signed_by("unfrozen", &[ALPHA, SUZUKI])),
        ("a recovery by the holder", ROLE, || signed_by("recovery", &[BETA])),
        ("a recovery stopped by another holder", ROLE, || signed_by("cancelled", &[ALPHA])),
        ("a recovery completed by the holder", ROLE, || signed_by("recovered", &[BETA])),
        ("a key of another's account", ROLE, || {
            let act = register(STRANGER, BETA_ACCOUNT, "thief", Power::Full);
            after("mandate", &[ALPHA, SUZUKI], act)
        }),
    ]);
}

#[test]
fn one_signs_where_two_must() {
    run(&[
        ("one who initiates, under dual control", SECOND, || signed_by("delayed", &[TANAKA])),
        ("one of full power", SECOND, || signed_by("delayed", &[ALPHA])),
        ("one who approves", SECOND, || signed_by("delayed", &[SUZUKI])),
        ("two who approve", SECOND, || signed_by("delayed", &[SUZUKI, TANAKA_AGAIN])),
        ("one person with two keys", SECOND, || signed_by("delayed", &[TANAKA, TANAKA_AGAIN])),
        ("one adds to the list", SECOND, || signed_by("trusted", &[TANAKA])),
        ("one loosens the mandate", SECOND, || signed_by("single", &[ALPHA])),
        ("one registers a key", SECOND, || {
            let act = register(STRANGER, ALPHA_ACCOUNT, "thief", Power::Full);
            after("tanaka-again", &[TANAKA], act)
        }),
        ("the looser mandate before its day", SECOND, || {
            let (body, event) = to_cancel(&["1:501-510"]);
            days_after("single", 4, &[ALPHA], (body, event))
        }),
        ("one authority registers an account's key", SECOND, || signed_by("sato", &[AUTHORITY_1])),
        ("one who approves and one authority register a key", SECOND, || {
            let act = register(STRANGER, ALPHA_ACCOUNT, "thief", Power::Full);
            after("tanaka-again", &[SUZUKI, AUTHORITY_1], act)
        }),
        ("safeguards by one authority", SECOND, || signed_by("safeguards", &[AUTHORITY_1])),
        ("a freeze ended by one operator", SECOND, || signed_by("unfrozen", &[OPERATOR_1])),
        ("a recovery by one operator with two keys", SECOND, || {
            signed_by("recovery", &[OPERATOR_1, OPERATOR_1_AGAIN])
        }),
    ]);
}

#[test]
fn the_effect_is_not_pinned() {
    const CODE: &str = "EFFECT_NOT_PINNED";
    run(&[
        ("by two of the account", CODE, || unpinned("delayed")),
        ("by two operators", CODE, || unpinned("unfrozen")),
        ("by two authorities", CODE, || unpinned("sato")),
        ("safeguards once more", CODE, || {
            let mut life = Life::guarded();
            let act = adopt_safeguards(rule_data());
            let index = life.plain("fraud", AUTHORITIES, act);
            (life.frames(), index.get())
        }),
        ("in the trustee's place", CODE, || {
            let mut life = Life::guarded();
            let index = life.plain("fraud", OPERATORS, subrogate(&["6:1-10"], "other"));
            (life.frames(), index.get())
        }),
        ("another effect", "EFFECT_CHANGED", || {
            let mut life = Life::guarded();
            let index = life.at("delayed").get();
            life.step("delayed").command.effect_digest = Some(digest("another effect"));
            (life.frames(), index)
        }),
    ]);
}

#[test]
fn too_much_goes_out() {
    run(&[
        ("above the default limit", "LIMIT_PER_TRANSFER", || {
            let act = to_cancel(&["1:401-901"]);
            after("safeguards", &[ALPHA], act)
        }),
        ("above the mandate's limit", "LIMIT_PER_TRANSFER", || {
            after("mandate", BOTH, to_cancel(&["1:401-601"]))
        }),
        ("above the day's limit", "LIMIT_PER_DAY", || {
            let mut life = Life::guarded_until("late");
            // 70, 40, 10 (withdrawn) and 10 on this day: 130 tonnes; 170 more may go.
            let act = to_cancel(&["1:501-620"]);
            life.pinned("more", BOTH, act);
            more(life, BOTH, to_cancel(&["1:621-671"]))
        }),
        ("above the mandate's limit to a stranger", "LIMIT_UNTRUSTED", || {
            let act = sale(BETA_ACCOUNT, &["1:501-561"], Some("2026-04-13"));
            after("mandate", BOTH, act)
        }),
        ("above the central limit to a stranger", "LIMIT_UNTRUSTED", || {
            let act = sale(BETA_ACCOUNT, &["1:501-581"], Some("2026-04-13"));
            after("safeguards", &[ALPHA], act)
        }),
        ("to one who is to be trusted later", "LIMIT_UNTRUSTED", || {
            let act = sale(BETA_ACCOUNT, &["1:501-561"], Some("2026-04-13"));
            after("trusted", BOTH, act)
        }),
        ("to one who is trusted no more", "LIMIT_UNTRUSTED", || {
            let act = sale(BETA_ACCOUNT, &["1:501-561"], Some("2026-04-21"));
            after("distrusted", &[ALPHA], act)
        }),
    ]);
}

#[test]
fn a_wait_is_cut_short() {
    run(&[
        ("a delay left out", MISMATCH, || event("delayed", |event| drop(event.remove(1)))),
        ("a delayed transfer recorded at once", MISMATCH, || {
            event("delayed", |event| event.push(Effect::TransferRecorded { application: None }))
        }),
        ("no delay towards the holder of a frozen account", MISMATCH, || {
            event("waits", |event| drop(event.pop()))
        }),
        ("a trusted account's transfer delayed", MISMATCH, || {
            event("to-trusted", |event| {
                event[1] = Effect::TransferDelayed { not_before: date("2026-04-20") };
            })
        }),
        ("late in the day as if early", MISMATCH, || on_another_day("late", "2026-04-13")),
        ("the partner's holiday forgotten", MISMATCH, || on_another_day("late", "2026-04-15")),
        ("Japan's holiday forgotten", MISMATCH, || on_another_day("trusted", "2026-04-14")),
        ("the partner's holiday, where none is", MISMATCH, || {
            on_another_day("trusted", "2026-04-16")
        }),
        ("trusted at once", MISMATCH, || on_another_day("trusted", TODAY)),
        ("looser at once", MISMATCH, || on_another_day("single", TODAY)),
        ("a limit lifted at once", MISMATCH, || on_another_day("unlimited", "2026-04-17")),
        ("tighter only later", MISMATCH, || on_another_day("mandate", "2026-04-15")),
        ("a new key too soon", MISMATCH, || on_another_day("recovery", "2026-04-16")),
        ("recorded before its day", "TRANSFER_DELAYED", || {
            let mut life = Life::guarded_until("delayed");
            life.skip(2);
            let act = record_transfer(life.at("delayed"));
            more(life, &[OPERATOR_1], act)
        }),
        ("recovered before its day", "RECOVERY_TOO_EARLY", || {
            let mut life = Life::guarded_until("recovery-again");
            life.skip(3);
            let yamada = representative(BETA_ACCOUNT, "yamada", Power::Full);
            let act = complete_recovery(life.at("recovery-again"), YAMADA, yamada);
            more(life, &[OPERATOR_1], act)
        }),
        ("without Japan's calendar", "CALENDAR_MISSING", || {
            // 31 December: the next working day is in a year without a calendar.
            let act = trust_account(BETA_ACCOUNT, ALPHA_ACCOUNT, "2027-01-05");
            days_after("suzuki", 265, &[BETA], act)
        }),
        ("a delay without Japan's calendar", "CALENDAR_MISSING", || {
            let act = sale(BETA_ACCOUNT, &["1:501-510"], Some("2027-01-01"));
            days_after("suzuki", 265, &[ALPHA], act)
        }),
        ("a delay without the partner's calendar", "CALENDAR_MISSING", || {
            let mut life = Life::guarded_until("suzuki");
            life.pinned("next", OPERATORS, holidays("JP", 2027, &["2027-01-01"]));
            life.skip(265);
            let act = sale(BETA_ACCOUNT, &["1:501-510"], Some("2027-01-04"));
            more(life, &[ALPHA], act)
        }),
        ("a looser mandate without a calendar", "CALENDAR_MISSING", || {
            let act = set_mandate(BETA_ACCOUNT, single([501, 600, 100]), "2027-01-05");
            days_after("suzuki", 265, &[BETA], act)
        }),
        ("a recovery without a calendar", "CALENDAR_MISSING", || {
            let yamada = representative(BETA_ACCOUNT, "yamada", Power::Full);
            let act = request_recovery(YAMADA, yamada, "2027-01-06");
            days_after("suzuki", 265, OPERATORS, act)
        }),
    ]);
}

#[test]
fn something_goes_out_of_a_frozen_account() {
    const CODE: &str = "ACCOUNT_FROZEN";
    run(&[
        ("a transfer", CODE, || after("frozen", BOTH, to_cancel(&["1:501-510"]))),
        ("a transfer that waited", CODE, || {
            let mut life = Life::guarded_until("frozen");
            life.skip(3);
            let act = record_transfer(life.at("delayed"));
            more(life, &[OPERATOR_1], act)
        }),
        ("a closing", CODE, || after("frozen", BOTH, apply_closing(ALPHA_ACCOUNT))),
        ("a mandate", CODE, || {
            let mandate = mandate(Control::Dual, [100, 300, 60]);
            after("frozen", BOTH, set_mandate(ALPHA_ACCOUNT, mandate, TODAY))
        }),
        ("a trusted account", CODE, || {
            after("frozen-too", &[BETA], trust_account(BETA_ACCOUNT, ALPHA_ACCOUNT, "2026-04-15"))
        }),
        ("a key", CODE, || {
            let act = register(STRANGER, ALPHA_ACCOUNT, "thief", Power::Full);
            after("frozen", &[ALPHA, SUZUKI], act)
        }),
        ("a key, with one authority", CODE, || {
            let act = register(STRANGER, ALPHA_ACCOUNT, "thief", Power::Full);
            after("frozen", &[ALPHA, SUZUKI, AUTHORITY_1], act)
        }),
        ("a matter of trust", CODE, || {
            let act = apply_trust(ALPHA_ACCOUNT, record_trust(&["1:501-510"], "trust"));
            after("frozen", BOTH, act)
        }),
        ("a closing that waited", CODE, || {
            let mut life = Life::one_day();
            let (body, event) = closable(&mut life);
            let closing = life.plain("closing", &[GAMMA], (body, event));
            let (body, event) = freeze(GAMMA_ACCOUNT);
            life.push(&[OPERATOR_1], body, event);
            more(life, &[OPERATOR_1], close(closing, GAMMA_ACCOUNT, &[GAMMA]))
        }),
        ("a second freeze", CODE, || after("frozen", &[OPERATOR_2], freeze(ALPHA_ACCOUNT))),
        ("a freeze of the government's account", "ACCOUNT_UNKNOWN", || {
            after("frozen", &[OPERATOR_2], freeze(GOVERNMENT))
        }),
        ("a freeze ended twice", "ACCOUNT_NOT_FROZEN", || {
            after("unfrozen", OPERATORS, unfreeze(ALPHA_ACCOUNT))
        }),
    ]);
}

#[test]
fn protection_is_set_up_wrongly() {
    run(&[
        ("a mandate before safeguards", "SAFEGUARDS_OFF", || {
            let act = set_mandate(ALPHA_ACCOUNT, single([1, 1, 1]), TODAY);
            after("tanaka", &[ALPHA], act)
        }),
        ("a list before safeguards", "SAFEGUARDS_OFF", || {
            let act = trust_account(ALPHA_ACCOUNT, BETA_ACCOUNT, TODAY);
            after("tanaka", &[ALPHA], act)
        }),
        ("a recovery before safeguards", "SAFEGUARDS_OFF", || {
            let yamada = representative(BETA_ACCOUNT, "yamada", Power::Full);
            after("tanaka", OPERATORS, request_recovery(YAMADA, yamada, TODAY))
        }),
        ("dual control with one person", "REPRESENTATIVES_MISSING", || {
            let act = set_mandate(BETA_ACCOUNT, mandate(Control::Dual, [1, 1, 1]), TODAY);
            after("suzuki", &[BETA], act)
        }),
        ("dual control with one who only reads", "REPRESENTATIVES_MISSING", || {
            let mut life = Life::guarded_until("suzuki");
            let act = register(STRANGER, BETA_ACCOUNT, "reader", Power::Read);
            life.plain("reader", &[BETA], act);
            let act = set_mandate(BETA_ACCOUNT, mandate(Control::Dual, [1, 1, 1]), TODAY);
            more(life, &[BETA], act)
        }),
        ("dual control with one whose key is revoked", "REPRESENTATIVES_MISSING", || {
            let mut life = Life::guarded_until("suzuki");
            let (body, event) = revoke_key(ALPHA);
            life.push(&[SUZUKI], body, event);
            let (body, event) = revoke_key(SUZUKI);
            life.push(&[TANAKA], body, event);
            let act = set_mandate(ALPHA_ACCOUNT, mandate(Control::Dual, [1, 1, 1]), TODAY);
            more(life, &[TANAKA], act)
        }),
        ("trusted twice", "TRUSTED_ALREADY", || {
            after("trusted", BOTH, trust_account(ALPHA_ACCOUNT, BETA_ACCOUNT, "2026-04-15"))
        }),
        ("trusted itself", "DESTINATION_IS_SOURCE", || {
            after("trusted", BOTH, trust_account(ALPHA_ACCOUNT, ALPHA_ACCOUNT, "2026-04-15"))
        }),
        ("the government trusted", "ACCOUNT_UNKNOWN", || {
            after("trusted", BOTH, trust_account(ALPHA_ACCOUNT, GOVERNMENT, "2026-04-15"))
        }),
        ("taken off a list on which it is not", "NOT_TRUSTED", || {
            after("trusted", &[BETA], distrust_account(BETA_ACCOUNT, ALPHA_ACCOUNT))
        }),
        ("an operator as representative", "PERSON_IN_TWO_ROLES", || {
            let act = register(STRANGER, BETA_ACCOUNT, "op-1", Power::Full);
            after("suzuki", &[BETA], act)
        }),
        ("a representative as operator", "PERSON_IN_TWO_ROLES", || {
            after("suzuki", AUTHORITIES, appoint("tanaka", STRANGER))
        }),
        ("an operator's new key for an account", "PERSON_IN_TWO_ROLES", || {
            let thief = representative(BETA_ACCOUNT, "op-2", Power::Full);
            after("suzuki", OPERATORS, request_recovery(YAMADA, thief, "2026-04-16"))
        }),
        ("a second recovery", "RECOVERY_PENDING", || {
            let other = representative(BETA_ACCOUNT, "kato", Power::Full);
            after("recovery", OPERATORS, request_recovery(STRANGER, other, "2026-04-17"))
        }),
        ("a key that waits in a recovery", "KEY_ALREADY_REGISTERED", || {
            let act = register(YAMADA, BETA_ACCOUNT, "yamada", Power::Full);
            after("recovery", &[BETA], act)
        }),
        ("a recovery of a key in use", "KEY_ALREADY_REGISTERED", || {
            let yamada = representative(BETA_ACCOUNT, "yamada", Power::Full);
            after("suzuki", OPERATORS, request_recovery(TANAKA, yamada, "2026-04-16"))
        }),
        ("a recovery of a key with another power", "POSSESSION_NOT_PROVED", || {
            let reader = representative(BETA_ACCOUNT, "yamada", Power::Read);
            let full = representative(BETA_ACCOUNT, "yamada", Power::Full);
            let (body, event) = request_recovery(YAMADA, full.clone(), "2026-04-16");
            let Body::RequestRecovery { representative, reason, .. } = body else {
                return (Vec::new(), 0);
            };
            let key: KeyWithPossession = possession(YAMADA, &Role::Representative(reader));
            let body = Body::RequestRecovery { representative, key, reason };
            after("suzuki", OPERATORS, (body, event))
        }),
        ("a recovery stopped twice", "RECOVERY_UNKNOWN", || {
            let life = Life::guarded_until("cancelled");
            let recovery = life.at("recovery");
            // Judged before the role, which a recovery that is over has not.
            more(life, &[ALPHA], cancel_recovery(recovery))
        }),
        ("a stopped recovery completed", "RECOVERY_UNKNOWN", || {
            let mut life = Life::guarded_until("cancelled");
            life.skip(10);
            let yamada = representative(BETA_ACCOUNT, "yamada", Power::Full);
            let act = complete_recovery(life.at("recovery"), YAMADA, yamada);
            more(life, &[OPERATOR_1], act)
        }),
        ("an operator's key by a recovery that waited", "PERSON_IN_TWO_ROLES", || {
            let mut life = Life::guarded_until("recovery-again");
            let recovery = life.at("recovery-again");
            life.pinned("appointed", AUTHORITIES, appoint("yamada", STRANGER));
            // Before 773, which is broken as well.
            let yamada = representative(BETA_ACCOUNT, "yamada", Power::Full);
            more(life, &[OPERATOR_1], complete_recovery(recovery, YAMADA, yamada))
        }),
        ("a recovered key of greater power", MISMATCH, || {
            event("recovered", |event| {
                if let Some(Effect::KeyRegistered { role, .. }) = event.last_mut() {
                    *role = Role::Account(account(BETA_ACCOUNT));
                }
            })
        }),
        ("safeguards other than adopted", MISMATCH, || {
            event("safeguards", |event| {
                let safeguards = Safeguards { delays: false, ..rule_data() };
                event[0] = Effect::SafeguardsAdopted { safeguards };
            })
        }),
        ("a limit other than set", MISMATCH, || {
            event("mandate", |event| {
                if let Effect::MandateSet { mandate, .. } = &mut event[0] {
                    mandate.per_day_tonnes = None;
                }
            })
        }),
        ("another account trusted", MISMATCH, || {
            event("trusted", |event| {
                if let Effect::TrustedAdded { trusted, .. } = &mut event[0] {
                    *trusted = account(DELTA_ACCOUNT);
                }
            })
        }),
    ]);
}

/// Opens an account of gamma's; the application to close it.
fn closable(life: &mut Life) -> Act {
    life.open_gamma();
    apply_closing(GAMMA_ACCOUNT)
}

/// Units 6:1-40 of alpha, whose trustee is dismissed; beta is to follow.
fn new_trustee(life: &Life, from: Option<EntryIndex>) -> Act {
    let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["6:1-40"], Purpose::Other);
    let from = from.map_or(line(life.at("statement"), 2), jcm_format::command::PaymentId::single);
    transfer_trust(asked, change_trustee("new", true), from)
}

#[test]
fn the_dismissed_acts_or_pays() {
    run(&[
        ("the former trustee pays for the new one", "PAYMENT_OF_ANOTHER", || {
            let life = Life::one_day();
            let act = new_trustee(&life, None);
            let index = life.steps.len() as u64;
            let (frames, at) = with_plain(life, &[BETA], act);
            assert_eq!(at, index);
            (frames, at)
        }),
        ("the former trustee's payment applied", "PAYMENT_OF_ANOTHER", || {
            let mut life = Life::one_day();
            let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["6:1-40"], Purpose::Other);
            let trust = change_trustee("new", true);
            let fee = Fee::Due(jcm_format::amount::Yen::new(2_500));
            let event = vec![
                Effect::TransferApplied { terms: asked.clone(), fee },
                Effect::TransferTrustStated { trust: trust.clone() },
            ];
            let body = Body::ApplyTransfer {
                terms: asked,
                use_details: None,
                trust: Some(trust),
                fee_payment: None,
            };
            let application = life.push(&[BETA], body, event);
            let part = (line(life.at("statement"), 2), application, 2_500);
            with_plain(life, &[OPERATOR_1], pay_all(&[part]))
        }),
        ("the new trustee pays for the former", "PAYMENT_OF_ANOTHER", || {
            let mut life = Life::one_day();
            let (body, event) = payment("bank-beta-3", 2_500, Some(BETA_ACCOUNT));
            let paid = life.push(&[OPERATOR_1], body, event);
            let asked = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["6:41-60"], Purpose::Other);
            let from = jcm_format::command::PaymentId::single(paid);
            let act = transfer_trust(asked, change_trustee("new", false), from);
            with_plain(life, &[ALPHA], act)
        }),
        ("a dismissed trustee ends the trust", "TRUSTEE_DISMISSED", || {
            let act = apply_trust(ALPHA_ACCOUNT, delete_trust(&["6:1-10", "6:41-50"]));
            with_plain(Life::one_day(), &[ALPHA], act)
        }),
        ("a dismissed trustee amends the trust", "TRUSTEE_DISMISSED", || {
            let life = Life::one_day();
            let (trust, terms) = (life.at("trust"), acts::trust("amended"));
            let act = apply_trust(ALPHA_ACCOUNT, TrustRequest::Amend { trust, terms });
            with_plain(life, &[ALPHA], act)
        }),
        ("dismissed before the end of the trust is recorded", "TRUSTEE_DISMISSED", || {
            let mut life = Life::until("trustee-changed");
            let units: &[&str] = &["6:41-50"];
            let act = apply_trust(ALPHA_ACCOUNT, delete_trust(units));
            let application = life.plain("deletion", &[ALPHA], act);
            let third = life.at("trustee-changed");
            life.plain("now", OPERATORS, commission(third, "third trust", true));
            let own = vec![
                Effect::TrustApplicationRecorded { application },
                Effect::TrustDeleted { ranges: ranges(units) },
            ];
            with_plain(life, &[OPERATOR_1], record(application, own))
        }),
        ("a dismissed trustee takes units out", "TRUSTEE_DISMISSED", || {
            let life = Life::one_day();
            let asked = terms(ALPHA_ACCOUNT, GOVERNMENT, &["6:1-10"], Purpose::Other);
            let stated = TransferTrust::Delete(digest("deed"));
            let act = transfer_trust(asked, stated, line(life.at("statement"), 2));
            with_plain(life, &[ALPHA], act)
        }),
    ]);
}

/// Appends one more command as it is.
fn with_plain(mut life: Life, signers: &[u8], act: Act) -> (Vec<Frame>, u64) {
    let index = life.push(signers, act.0, act.1);
    (life.frames(), index.get())
}
