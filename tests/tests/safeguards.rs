//! Safeguards of accounts: limits, delays, trusted accounts, dual control, freezes
//! and recoveries. Each test ends with the auditor's verifier.

use jcm_format::command::{
    Body, Commission, Mandate, Power, Role, Safeguards, TransferTrust, TrustRequest,
};
use jcm_format::event::Effect;
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_format::time::Timestamp;
use jcm_ledger::Reason;
use jcm_tests::acts::*;
use jcm_tests::guard::*;
use jcm_tests::world::*;

const A: u32 = 1_001;
const B: u32 = 1_002;
/// Tighter than the default mandate.
const LIMITED: Mandate = Mandate { per_day_tonnes: tonnes(100), ..OPEN };

/// Units of class C, for which no fee is due: nothing but a safeguard holds them up.
fn to_beta(units: &str) -> Body {
    transfer(A, B, &[units])
}

fn to_government(units: &str) -> Body {
    transfer(A, GOVERNMENT, &[units])
}

fn record(application: EntryIndex) -> Body {
    Body::RecordTransfer { application }
}

fn complete_recovery(recovery: EntryIndex) -> Body {
    Body::CompleteRecovery { recovery }
}

#[test]
fn nothing_of_it_acts_until_safeguards_are_adopted() {
    let mut world = World::stocked();
    let adopt = || Body::AdoptSafeguards(SAFEGUARDS);
    world.refused(set_mandate(A, OPEN), &["beta"], Reason::RoleNotPermitted);
    world.refused(set_mandate(A, OPEN), &["alpha"], Reason::SafeguardsOff);
    world.refused(trust_account(A, B), &["alpha"], Reason::SafeguardsOff);
    world.refused(distrust(A, B), &["alpha"], Reason::NotTrusted);
    let sato = || representative(A, "sato", Power::Full);
    world.refused(recover(sato(), "sato"), OPERATORS, Reason::SafeguardsOff);
    world.accepted(to_beta("3:1-10"), &["alpha"]);
    assert_eq!(world.balance(B), 10, "recorded at once");
    // A freeze needs no figures.
    world.accepted(freeze(A), &["alpha"]);
    world.refused(to_beta("3:11-20"), &["alpha"], Reason::AccountFrozen);
    world.accepted(unfreeze(A), OPERATORS);
    world.refused(adopt(), OPERATORS, Reason::RoleNotPermitted);
    world.refused(adopt(), &["authority-1"], Reason::SecondSignatureMissing);
    world.accepted(adopt(), AUTHORITIES);
    world.accepted(set_mandate(A, LIMITED), &["alpha"]);
    world.check();
}

#[test]
fn so_much_and_no_more_in_a_transfer_in_a_day_and_to_strangers() {
    let mut world = World::guarded(Safeguards {
        default_mandate: Mandate {
            per_transfer_tonnes: tonnes(20),
            per_day_tonnes: tonnes(30),
            per_untrusted_tonnes: tonnes(10),
            ..OPEN
        },
        central_untrusted_tonnes: tonnes(8),
        ..SAFEGUARDS
    });
    world.refused(to_government("3:1-21"), &["alpha"], Reason::LimitPerTransfer);
    world.refused(to_beta("3:1-21"), &["alpha"], Reason::LimitPerTransfer);
    world.refused(to_beta("3:1-11"), &["alpha"], Reason::LimitUntrusted);
    // The mandate would let so much go, the registry does not.
    world.refused(to_beta("3:1-9"), &["alpha"], Reason::LimitUntrusted);
    world.accepted(to_government("3:1-20"), &["alpha"]);
    let waiting = world.accepted(to_beta("3:21-28"), &["alpha"]);
    world.refused(to_government("3:29-31"), &["alpha"], Reason::LimitPerDay);
    // What came to nothing counts, too.
    world.accepted(withdraw(waiting), &["alpha"]);
    world.refused(to_government("3:29-31"), &["alpha"], Reason::LimitPerDay);
    world.refused(cancel(A, &["4:1-3"]), &["alpha"], Reason::LimitPerDay);
    world.accepted(to_government("3:29-30"), &["alpha"]);
    assert_eq!(world.lines_of("outgoing"), ["outgoing JP-0001001-05 2026-11-24 30"]);
    // Each account for itself, and the government has no limits.
    let gift = transfer(GOVERNMENT, B, &["3:901-950"]);
    world.accepted(gift, OPERATORS);
    world.accepted(transfer(B, A, &["3:901-908"]), &["beta"]);
    world.at("2026-11-25", 0);
    world.accepted(to_government("3:31-50"), &["alpha"]);
    world.check();
}

#[test]
fn a_transfer_to_a_stranger_waits_by_the_hour_of_the_day() {
    let mut world = World::guarded(SAFEGUARDS);
    world.now = Timestamp::from_ms(world.now.as_ms() + 2 * 3_600_000 - 1).expect("in range");
    let early = world.accepted(to_beta("3:1-10"), &["alpha"]);
    world.at("2026-11-24", 12);
    let late = world.accepted(to_beta("3:11-20"), &["alpha"]);
    assert_eq!(world.first_day(early), Some(date("2026-11-25")));
    assert_eq!(world.first_day(late), Some(date("2026-11-26")));
    assert_eq!(
        world.effects(late)[1..],
        [Effect::TransferDelayed { not_before: date("2026-11-26") }]
    );
    world.refused(record(early), &["op-1"], Reason::TransferDelayed);
    // Government accounts are trusted.
    world.accepted(to_government("3:21-30"), &["alpha"]);
    world.accepted(cancel(A, &["4:1-10"]), &["alpha"]);
    assert_eq!(world.balance(B), 0);
    world.at("2026-11-25", 0);
    world.accepted(record(early), &["op-1"]);
    world.refused(record(late), &["op-1"], Reason::TransferDelayed);
    world.at("2026-11-26", 0);
    world.accepted(record(late), &["op-1"]);
    assert_eq!(world.balance(B), 20);
    // Over the week-end.
    world.at("2026-11-27", 12);
    let friday = world.accepted(to_beta("3:31-40"), &["alpha"]);
    assert_eq!(world.first_day(friday), Some(date("2026-12-01")));
    world.check();
}

#[test]
fn what_is_due_and_delayed_waits_for_both() {
    let mut world = World::guarded(SAFEGUARDS);
    let payment = world.pay(2_500, Some(account(A)));
    let paid =
        paid_transfer(terms(A, B, &["4:1-10"], jcm_format::command::Purpose::Other), payment);
    let application = world.accepted(paid, &["alpha"]);
    assert_eq!(world.balance(B), 0, "paid, and waiting all the same");
    let due = world.accepted(transfer(A, B, &["4:11-20"]), &["alpha"]);
    world.refused(record(application), &["op-1"], Reason::TransferDelayed);
    world.refused(record(due), &["op-1"], Reason::FeeUnpaid);
    world.at("2026-11-25", 0);
    world.accepted(record(application), &["op-1"]);
    world.refused(record(due), &["op-1"], Reason::FeeUnpaid);
    world.settle(due, 2_500);
    world.accepted(record(due), &["op-1"]);
    world.check();
}

#[test]
fn without_days_of_delay_it_waits_for_a_person_only() {
    let mut world = World::guarded(Safeguards { early_days: 0, ..SAFEGUARDS });
    let application = world.accepted(to_beta("3:1-10"), &["alpha"]);
    assert_eq!(world.first_day(application), Some(date("2026-11-24")));
    world.accepted(record(application), &["op-1"]);
    let none = Safeguards { delays: false, ..SAFEGUARDS };
    world.accepted(Body::AdoptSafeguards(none), AUTHORITIES);
    world.accepted(to_beta("3:11-20"), &["alpha"]);
    assert_eq!(world.balance(B), 20);
    world.check();
}

#[test]
fn the_partners_holidays_count_as_far_as_they_are_known() {
    let mut world = World::guarded(SAFEGUARDS);
    let first_day = |world: &mut World, units| {
        let application = world.accepted(to_beta(units), &["alpha"]);
        world.first_day(application)
    };
    assert_eq!(first_day(&mut world, "3:1-1"), Some(date("2026-11-25")));
    world.accepted(calendar_of("MN", 2026, &["2026-11-25", "2026-11-26"]), OPERATORS);
    // None of its units move.
    world.accepted(calendar_of("VN", 2026, &["2026-11-27"]), OPERATORS);
    assert_eq!(first_day(&mut world, "3:2-2"), Some(date("2026-11-27")));
    world.at("2026-12-31", 10);
    world.refused(to_beta("3:3-3"), &["alpha"], Reason::CalendarMissing);
    world.accepted(calendar(2027, &["2027-01-01"]), OPERATORS);
    // Mongolia's calendar is adopted for another year only.
    world.refused(to_beta("3:3-3"), &["alpha"], Reason::CalendarMissing);
    world.accepted(calendar_of("MN", 2027, &["2027-01-04"]), OPERATORS);
    assert_eq!(first_day(&mut world, "3:3-3"), Some(date("2027-01-05")));
    world.check();
}

#[test]
fn whom_an_account_trusts_counts_later_and_whom_it_does_not_at_once() {
    let mut world = World::guarded(SAFEGUARDS);
    world.refused(trust_account(A, B), &["beta"], Reason::RoleNotPermitted);
    world.refused(trust_account(A, 4_711), &["alpha"], Reason::AccountUnknown);
    world.refused(trust_account(A, GOVERNMENT), &["alpha"], Reason::AccountUnknown);
    world.refused(trust_account(A, A), &["alpha"], Reason::DestinationIsSource);
    world.refused(distrust(A, B), &["alpha"], Reason::NotTrusted);
    let entry = world.accepted(trust_account(A, B), &["alpha"]);
    assert!(matches!(world.effects(entry)[..], [Effect::TrustedAdded { effective, .. }]
        if effective == date("2026-11-27")));
    world.refused(trust_account(A, B), &["alpha"], Reason::TrustedAlready);
    world.at("2026-11-26", 23);
    let waiting = world.accepted(to_beta("3:1-10"), &["alpha"]);
    world.at("2026-11-27", 0);
    world.accepted(to_beta("3:11-20"), &["alpha"]);
    assert_eq!(world.balance(B), 10, "to a trusted account at once");
    // That one was applied for before.
    world.refused(record(waiting), &["op-1"], Reason::TransferDelayed);
    // Trust is not mutual.
    let back = world.accepted(transfer(B, A, &["3:11-11"]), &["beta"]);
    assert_eq!(world.first_day(back), Some(date("2026-11-30")));
    world.accepted(distrust(A, B), &["alpha"]);
    let again = world.accepted(to_beta("3:21-30"), &["alpha"]);
    assert_eq!(world.first_day(again), Some(date("2026-11-30")));
    world.refused(distrust(A, B), &["alpha"], Reason::NotTrusted);
    world.at("2026-12-29", 0);
    world.refused(trust_account(A, B), &["alpha"], Reason::CalendarMissing);
    world.check();
}

#[test]
fn a_looser_mandate_waits_and_a_tighter_one_is_in_force_at_once() {
    let ten = Mandate { per_transfer_tonnes: tonnes(10), ..OPEN };
    let mut world = World::guarded(Safeguards { default_mandate: ten, ..SAFEGUARDS });
    let effective = |world: &mut World, mandate| {
        let entry = world.accepted(set_mandate(A, mandate), &["alpha"]);
        match world.effects(entry)[..] {
            [Effect::MandateSet { effective, .. }] => effective,
            ref other => panic!("{other:?}"),
        }
    };
    let twenty = Mandate { per_transfer_tonnes: tonnes(20), ..OPEN };
    assert_eq!(effective(&mut world, twenty), date("2026-11-27"));
    world.refused(to_government("3:1-11"), &["alpha"], Reason::LimitPerTransfer);
    let five = Mandate { per_transfer_tonnes: tonnes(5), ..OPEN };
    assert_eq!(effective(&mut world, five), date("2026-11-24"));
    world.refused(to_government("3:1-6"), &["alpha"], Reason::LimitPerTransfer);
    // The looser one came to nothing.
    world.at("2026-11-27", 0);
    world.refused(to_government("3:1-6"), &["alpha"], Reason::LimitPerTransfer);
    assert_eq!(effective(&mut world, OPEN), date("2026-12-02"));
    assert_eq!(world.lines_of("mandate").len(), 2, "one in force, one to come");
    world.at("2026-12-01", 23);
    world.refused(to_government("3:1-6"), &["alpha"], Reason::LimitPerTransfer);
    world.at("2026-12-02", 0);
    world.accepted(to_government("3:1-100"), &["alpha"]);
    // One limit higher makes it looser, whatever the others are.
    effective(&mut world, Mandate { per_day_tonnes: tonnes(900), ..five });
    let other = Mandate { per_day_tonnes: tonnes(901), per_untrusted_tonnes: tonnes(0), ..five };
    assert_eq!(effective(&mut world, other), date("2026-12-07"));
    world.at("2026-12-29", 0);
    world.refused(set_mandate(A, OPEN), &["alpha"], Reason::CalendarMissing);
    let tighter = Mandate { per_transfer_tonnes: tonnes(4), ..other };
    assert_eq!(effective(&mut world, tighter), date("2026-12-29"), "needs no calendar");
    world.check();
}

#[test]
fn two_persons_sign_where_the_mandate_says_so() {
    let mut world = World::guarded(Safeguards { delays: false, ..SAFEGUARDS });
    world.refused(set_mandate(A, DUAL), &["alpha"], Reason::RepresentativesMissing);
    for (key, power) in [("tanaka", Power::Full), ("tanaka-2", Power::Approve)] {
        world.accepted(register(A, "tanaka", key, power), &["alpha"]);
    }
    world.accepted(revoke("alpha"), &["tanaka"]);
    // Two keys, one person.
    world.refused(set_mandate(A, DUAL), &["tanaka"], Reason::RepresentativesMissing);
    world.accepted(register(A, "suzuki", "suzuki", Power::Approve), &["tanaka"]);
    world.accepted(register(A, "reader", "reader", Power::Read), &["tanaka"]);
    // Under single control whoever initiates must sign.
    let body = || to_beta("3:1-10");
    for signers in [&["suzuki"][..], &["tanaka-2", "suzuki"], &["reader"], &["tanaka", "reader"]] {
        world.refused(body(), signers, Reason::RoleNotPermitted);
    }
    world.accepted(set_mandate(A, DUAL), &["tanaka"]);
    for signers in [&["tanaka"][..], &["tanaka", "tanaka-2"], &["suzuki"], &["suzuki", "tanaka-2"]]
    {
        world.refused(body(), signers, Reason::SecondSignatureMissing);
    }
    world.refused(body(), &["tanaka", "reader"], Reason::RoleNotPermitted);
    world.refused(body(), &["tanaka", "beta"], Reason::RoleNotPermitted);
    world.accepted(body(), &["tanaka", "suzuki"]);
    world.accepted(to_beta("3:11-20"), &["suzuki", "tanaka-2", "tanaka"]);
    let certificate = Body::RequestCertificate { account: account(A), fee_payment: None };
    world.refused(certificate, &["tanaka"], Reason::SecondSignatureMissing);
    let own_key = || register(A, "sato", "sato", Power::Full);
    world.refused(own_key(), &["tanaka"], Reason::SecondSignatureMissing);
    // Back to single control is looser.
    world.refused(set_mandate(A, OPEN), &["tanaka"], Reason::SecondSignatureMissing);
    world.accepted(set_mandate(A, OPEN), &["tanaka", "suzuki"]);
    world.refused(to_beta("3:21-30"), &["tanaka"], Reason::SecondSignatureMissing);
    world.at("2026-11-27", 0);
    world.accepted(to_beta("3:21-30"), &["tanaka"]);
    world.check();
}

#[test]
fn one_is_enough_to_lessen_a_risk() {
    let mut world = World::with_representatives(SAFEGUARDS);
    world.accepted(trust_account(A, B), &["tanaka"]);
    world.accepted(set_mandate(A, DUAL), &["tanaka"]);
    let delayed = world.accepted(to_beta("3:1-10"), &["tanaka", "suzuki"]);
    let proof = Body::SubmitPaymentProof { application: delayed, document: digest("receipt") };
    world.accepted(request_completion(delayed, "2026-12-01"), &["op-1"]);
    for body in
        [withdraw(delayed), proof.clone(), complete(delayed), distrust(A, B), revoke("tanaka")]
    {
        world.refused(body.clone(), &["reader"], Reason::RoleNotPermitted);
        world.refused(body, &["beta"], Reason::RoleNotPermitted);
    }
    world.accepted(proof, &["suzuki"]);
    world.accepted(complete(delayed), &["tanaka-2"]);
    world.accepted(withdraw(delayed), &["suzuki"]);
    world.at("2026-11-25", 0);
    world.refused(record(delayed), &["op-1"], Reason::ApplicationClosed);
    world.accepted(distrust(A, B), &["suzuki"]);
    world.accepted(revoke("tanaka"), &["suzuki"]);
    assert_eq!((world.balance(A), world.balance(B)), (3_600, 0));
    world.check();
}

#[test]
fn nothing_goes_out_of_a_frozen_account() {
    let mut world = World::with_representatives(SAFEGUARDS);
    let waiting = world.accepted(to_beta("3:1-10"), &["tanaka"]);
    world.refused(freeze(GOVERNMENT), &["op-1"], Reason::AccountUnknown);
    world.refused(freeze(4_711), &["op-1"], Reason::AccountUnknown);
    world.refused(freeze(A), &["beta"], Reason::RoleNotPermitted);
    world.refused(freeze(A), &["authority-1"], Reason::RoleNotPermitted);
    world.accepted(freeze(A), &["reader"]);
    world.refused(freeze(A), &["op-1"], Reason::AccountFrozen);
    let request = TrustRequest::Record { ranges: ranges(&["3:11-20"]), terms: trust("deed") };
    for body in [
        to_beta("3:11-20"),
        to_government("3:11-20"),
        cancel(A, &["4:1-1"]),
        close(A),
        set_mandate(A, OPEN),
        trust_account(A, B),
        register(A, "sato", "sato", Power::Full),
        apply_trust(A, request),
    ] {
        world.refused(body, &["alpha"], Reason::AccountFrozen);
    }
    world.at("2026-11-25", 0);
    world.refused(record(waiting), &["op-1"], Reason::AccountFrozen);
    // Units come in, and what lessens a risk is done.
    world.accepted(transfer(GOVERNMENT, A, &["3:901-901"]), OPERATORS);
    world.accepted(revoke("tanaka-2"), &["alpha"]);
    // Two ministers' keys help a holder who has lost every key.
    let key = || register(A, "sato", "sato", Power::Full);
    world.refused(key(), &["alpha", "authority-1"], Reason::AccountFrozen);
    world.accepted(key(), AUTHORITIES);
    // Nobody with a key of the account, and no single operator, ends it.
    world.refused(unfreeze(A), &["alpha"], Reason::RoleNotPermitted);
    world.refused(unfreeze(A), &["op-1"], Reason::SecondSignatureMissing);
    world.refused(unfreeze(4_711), OPERATORS, Reason::AccountUnknown);
    world.accepted(unfreeze(A), OPERATORS);
    world.refused(unfreeze(A), OPERATORS, Reason::AccountNotFrozen);
    world.accepted(record(waiting), &["op-1"]);
    world.accepted(freeze(A), &["op-2"]);
    world.check();
}

/// Sato's lost key is to be replaced by one called `sato`.
fn sato(key: &str) -> Body {
    recover(representative(A, "sato", Power::Full), key)
}

#[test]
fn a_lost_key_is_replaced_unless_the_account_objects() {
    let mut world = World::with_representatives(SAFEGUARDS);
    world.refused(sato("sato"), &["op-1"], Reason::SecondSignatureMissing);
    world.refused(sato("sato"), &["alpha"], Reason::RoleNotPermitted);
    let of_nobody = recover(representative(4_711, "sato", Power::Full), "sato");
    world.refused(of_nobody, OPERATORS, Reason::AccountUnknown);
    let operator = recover(representative(A, "op-1", Power::Full), "sato");
    world.refused(operator, OPERATORS, Reason::PersonInTwoRoles);
    world.refused(sato("tanaka"), OPERATORS, Reason::KeyAlreadyRegistered);
    let mut unproved = sato("sato");
    if let (Body::RequestRecovery { key, .. }, Body::RequestRecovery { key: other, .. }) =
        (&mut unproved, sato("sato-2"))
    {
        key.possession = other.possession;
    }
    world.refused(unproved, OPERATORS, Reason::PossessionNotProved);
    let first = world.accepted(sato("sato"), OPERATORS);
    world.refused(sato("sato"), OPERATORS, Reason::KeyAlreadyRegistered);
    world.refused(sato("sato-2"), OPERATORS, Reason::RecoveryPending);
    let same = register(A, "sato", "sato", Power::Full);
    world.refused(same, &["alpha"], Reason::KeyAlreadyRegistered);
    world.refused(complete_recovery(first), &["op-1"], Reason::RecoveryTooEarly);
    for stranger in ["beta", "reader", "authority-1"] {
        world.refused(cancel_recovery(first), &[stranger], Reason::RoleNotPermitted);
    }
    world.refused(cancel_recovery(NOBODY), &["beta"], Reason::RecoveryUnknown);
    world.accepted(cancel_recovery(first), &["suzuki"]);
    world.refused(cancel_recovery(first), &["alpha"], Reason::RecoveryUnknown);
    world.refused(complete_recovery(first), &["op-1"], Reason::RecoveryUnknown);
    // An operator may cancel one, too.
    let second = world.accepted(sato("sato"), OPERATORS);
    world.accepted(cancel_recovery(second), &["op-2"]);
    world.at("2026-12-25", 0);
    world.refused(sato("sato"), OPERATORS, Reason::CalendarMissing);
    world.check();
}

#[test]
fn a_holder_without_keys_gets_one_after_the_waiting_time() {
    let mut world = World::with_representatives(SAFEGUARDS);
    world.accepted(freeze(A), &["alpha"]);
    for key in ["tanaka", "tanaka-2", "suzuki", "reader", "alpha"] {
        world.accepted(revoke(key), &["alpha"]);
    }
    world.refused(freeze(A), &["alpha"], Reason::KeyRevoked);
    let recovery = world.accepted(sato("sato"), OPERATORS);
    assert!(matches!(&world.effects(recovery)[..], [Effect::RecoveryRequested { not_before, .. }]
        if *not_before == date("2026-12-01")));
    world.at("2026-11-30", 23);
    world.refused(complete_recovery(recovery), &["op-1"], Reason::RecoveryTooEarly);
    world.at("2026-12-01", 0);
    // Who has become an operator since gets no key of an account.
    world.accepted(appoint("sato", "clerk"), AUTHORITIES);
    world.refused(complete_recovery(recovery), &["op-1"], Reason::PersonInTwoRoles);
    let left = Body::RemoveOperator { person: name("sato"), reason: text("退職") };
    world.accepted(left, AUTHORITIES);
    world.refused(complete_recovery(recovery), &["authority-1"], Reason::RoleNotPermitted);
    world.accepted(complete_recovery(recovery), &["op-1"]);
    world.refused(complete_recovery(recovery), &["op-1"], Reason::RecoveryUnknown);
    world.refused(to_government("3:1-1"), &["sato-lost"], Reason::KeyUnknown);
    world.check();
}

#[test]
fn nobody_records_for_the_registry_and_acts_for_an_account() {
    let mut world = World::with_representatives(SAFEGUARDS);
    let clerk = register(A, "op-1", "clerk", Power::Read);
    world.refused(clerk, &["alpha"], Reason::PersonInTwoRoles);
    world.refused(appoint("suzuki", "clerk"), AUTHORITIES, Reason::PersonInTwoRoles);
    // A key of another role does not matter, nor one that is revoked.
    world.accepted(revoke("suzuki"), &["alpha"]);
    world.accepted(appoint("suzuki", "suzuki-2"), AUTHORITIES);
    let again = register(A, "suzuki", "suzuki-3", Power::Approve);
    world.refused(again, &["alpha"], Reason::PersonInTwoRoles);
    world.accepted(register_as(Role::Operator(name("suzuki")), "suzuki-4"), AUTHORITIES);
    world.check();
}

#[test]
fn what_two_sign_names_its_effect_where_the_safeguards_say_so() {
    let mut world = World::with_representatives(Safeguards { pinned: true, ..SAFEGUARDS });
    let order = || restriction(A, &["4:1-1"]);
    world.refused(order(), &["op-1"], Reason::SecondSignatureMissing);
    world.refused(order(), OPERATORS, Reason::EffectNotPinned);
    world.refused(restriction(4_711, &[]), OPERATORS, Reason::EffectNotPinned);
    world.refused_pinned(restriction(4_711, &[]), OPERATORS, Reason::AccountUnknown);
    world.refused_pinned(order(), OPERATORS, Reason::EffectChanged);
    world.agreed(order(), OPERATORS);
    world.refused(unfreeze(A), OPERATORS, Reason::EffectNotPinned);
    world.refused(revoke("suzuki"), AUTHORITIES, Reason::EffectNotPinned);
    // One signs, so nobody has to agree with anybody.
    world.accepted(to_government("3:1-10"), &["tanaka"]);
    world.accepted(set_mandate(A, DUAL), &["tanaka"]);
    let two = &["tanaka", "suzuki"];
    world.refused(to_beta("3:11-20"), two, Reason::EffectNotPinned);
    let command = world.pinned(to_beta("3:11-20"), two);
    // What was approved is this transfer, to be recorded from this day on.
    world.at("2026-11-24", 12);
    let command =
        jcm_format::command::Command { valid_until: world.now.saturating_add_ms(1), ..command };
    assert_eq!(world.rejected_command(&command, two).reason, Reason::EffectChanged);
    world.agreed(to_beta("3:11-20"), two);
    // One is enough, so no effect is pinned.
    world.agreed(trust_account(A, B), two);
    world.accepted(distrust(A, B), &["suzuki"]);
    world.accepted(freeze(A), &["reader"]);
    world.accepted(revoke("tanaka"), &["suzuki", "authority-1"]);
    world.agreed(unfreeze(A), OPERATORS);
    world.check();
}

#[test]
fn what_protected_an_account_ends_with_it() {
    let mut world = World::guarded(SAFEGUARDS);
    let cleared = transfer(GOVERNMENT, A, &["3:901-901"]);
    world.accepted(cleared, OPERATORS);
    world.accepted(transfer(A, GOVERNMENT, &["3:1-901"]), &["alpha"]);
    for units in ["1:1-900", "2:1-900", "4:1-900"] {
        world.accepted(cancel(A, &[units]), &["alpha"]);
    }
    world.accepted(trust_account(A, B), &["alpha"]);
    world.accepted(trust_account(B, A), &["beta"]);
    world.accepted(set_mandate(A, LIMITED), &["alpha"]);
    world.accepted(set_mandate(A, OPEN), &["alpha"]);
    let recovery = world.accepted(sato("sato"), OPERATORS);
    let application = world.accepted(close(A), &["alpha"]);
    let act = || Body::RecordApplication { application };
    world.accepted(freeze(A), &["alpha"]);
    world.refused(act(), &["op-1"], Reason::AccountFrozen);
    world.accepted(unfreeze(A), OPERATORS);
    world.accepted(act(), &["op-1"]);
    for kind in ["mandate", "trusted", "recovery", "frozen"] {
        assert_eq!(world.lines_of(kind), [""; 0], "{kind}");
    }
    world.refused(complete_recovery(recovery), &["op-1"], Reason::RecoveryUnknown);
    world.refused(distrust(B, A), &["beta"], Reason::NotTrusted);
    world.refused(trust_account(B, A), &["beta"], Reason::AccountUnknown);
    world.refused(unfreeze(A), OPERATORS, Reason::AccountUnknown);
    // The key that waited is free.
    world.accepted(register(B, "sato", "sato", Power::Full), &["beta"]);
    world.check();
}

/// Units of `alpha` become trust property.
fn entrust(world: &mut World, units: &[&str]) -> EntryIndex {
    let request = TrustRequest::Record { ranges: ranges(units), terms: trust("deed") };
    let application = world.accepted(apply_trust(A, request), &["alpha"]);
    world.accepted(Body::RecordApplication { application }, &["op-1"])
}

fn dismiss(trust_entry: EntryIndex) -> Body {
    let (court, reference) = (text("東京地方裁判所"), text("令和8年(チ)第45号"));
    let commission = Commission { court, reference, trustee_dismissed: true };
    Body::RecordCommission { trust: trust_entry, terms: trust("as ordered"), commission }
}

#[test]
fn what_a_trustee_applied_for_ends_with_its_office() {
    let mut world = World::guarded(SAFEGUARDS);
    let deed = entrust(&mut world, &["3:1-30"]);
    let ranges = ranges(&["3:1-10"]);
    let (evidence, beneficiaries) = (digest("evidence"), digest("consent"));
    let delete = TrustRequest::Delete { ranges, evidence, beneficiaries };
    let delete = world.accepted(apply_trust(A, delete), &["alpha"]);
    let amend = TrustRequest::Amend { trust: deed, terms: trust("new") };
    let amend = world.accepted(apply_trust(A, amend), &["alpha"]);
    world.accepted(dismiss(deed), OPERATORS);
    for application in [delete, amend] {
        let act = Body::RecordApplication { application };
        world.refused(act, &["op-1"], Reason::TrusteeDismissed);
    }
    world.check();
}

/// A dismissed trustee cannot stop the new one by limits, a delay or a freeze.
#[test]
fn safeguards_are_not_for_the_former_trustee() {
    let limits = Mandate { per_transfer_tonnes: tonnes(5), per_day_tonnes: tonnes(5), ..OPEN };
    let mut world = World::guarded(SAFEGUARDS);
    let deed = entrust(&mut world, &["3:1-30"]);
    world.accepted(set_mandate(A, limits), &["alpha"]);
    world.accepted(to_government("3:31-34"), &["alpha"]);
    let counted = world.lines_of("outgoing");
    let change = |by_new_trustee, units: &[&str]| {
        let terms = trust("new");
        transfer_with(A, B, units, TransferTrust::ChangeTrustee { terms, by_new_trustee })
    };
    world.refused(change(false, &["3:1-10"]), &["alpha"], Reason::LimitPerTransfer);
    world.accepted(dismiss(deed), OPERATORS);
    let waiting = world.accepted(change(true, &["3:1-10"]), &["beta"]);
    assert_eq!(world.first_day(waiting), None);
    world.accepted(freeze(A), &["alpha"]);
    world.accepted(record(waiting), &["op-1"]);
    let second = world.accepted(change(true, &["3:11-30"]), &["beta"]);
    world.accepted(record(second), &["op-1"]);
    assert_eq!(world.balance(B), 30);
    assert_eq!(world.lines_of("outgoing"), counted);
    // In the trustee's place others apply for a trust of a frozen account.
    let request = TrustRequest::Record { ranges: ranges(&["3:41-50"]), terms: trust("deed") };
    let in_place = Body::ApplyTrust {
        account: account(A),
        request,
        subrogation: Some(Digest::of(&[b"cause"])),
    };
    world.accepted(in_place, OPERATORS);
    world.check();
}
