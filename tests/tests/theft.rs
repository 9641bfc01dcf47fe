//! Thefts of keys, as `docs/theft.md` tells them: what a thief tries, and what stops
//! it. Each test ends with the auditor's verifier.

use jcm_format::command::{
    Body, Commission, Control, Mandate, Power, RefusalGround, Role, Safeguards, Side,
    TransferTrust, TrustRequest,
};
use jcm_format::id::EntryIndex;
use jcm_ledger::Reason;
use jcm_tests::acts::*;
use jcm_tests::guard::*;
use jcm_tests::world::*;

/// The holder's account, which has 900 units of each of four blocks.
const A: u32 = 1_001;
/// The thief's own, opened in a name that looked right.
const MULE: u32 = 1_003;

/// As a registry should adopt them: 100 tonnes a day, 50 to a stranger, and what two
/// sign is pinned.
const PRUDENT: Safeguards = Safeguards {
    default_mandate: Mandate {
        control: Control::Single,
        per_transfer_tonnes: tonnes(100),
        per_day_tonnes: tonnes(100),
        per_untrusted_tonnes: tonnes(50),
    },
    pinned: true,
    ..SAFEGUARDS
};

/// Everything that `alpha` holds.
const ALL: [&str; 4] = ["1:1-900", "2:1-900", "3:1-900", "4:1-900"];

/// A registry in which the thief has an account with the key `mule`.
fn prudent() -> World {
    let mut world = World::guarded(PRUDENT);
    assert_eq!(world.open_account("mule", "7000012050002"), account(MULE));
    world
}

fn record(application: EntryIndex) -> Body {
    Body::RecordTransfer { application }
}

/// `alpha` has what it had, and the thief nothing.
fn nothing_is_lost(world: &World) {
    assert_eq!((world.balance(A), world.balance(MULE)), (3_600, 0));
    let units: Vec<_> = world.state().holdings(account(A)).map(|range| range.to_string()).collect();
    assert_eq!(units, ALL);
    assert_eq!(world.balance(CANCELLATION) + world.balance(RETIREMENT), 0);
    world.check();
}

/// What a thief would do with an account, once it can sign for it.
fn plunder(own_key: &str) -> Vec<Body> {
    let request = TrustRequest::Record { ranges: ranges(&["3:1-50"]), terms: trust("own") };
    vec![
        transfer(A, MULE, &["3:1-50"]),
        transfer_with(A, MULE, &["3:1-50"], TransferTrust::Record(trust("own"))),
        cancel(A, &["4:1-50"]),
        transfer(A, GOVERNMENT, &["3:1-50"]),
        register(A, "thief", own_key, Power::Full),
        set_mandate(A, OPEN),
        trust_account(A, MULE),
        apply_trust(A, request),
        close(A),
    ]
}

/// Dual control: the key of one representative is stolen.
#[test]
fn one_of_two_keys_moves_nothing() {
    let mut world = prudent();
    for (person, power) in
        [("tanaka", Power::Initiate), ("suzuki", Power::Approve), ("reader", Power::Read)]
    {
        world.accepted(register(A, person, person, power), &["alpha"]);
    }
    let dual = Mandate { control: Control::Dual, ..PRUDENT.default_mandate };
    world.accepted(set_mandate(A, dual), &["tanaka"]);
    world.accepted(revoke("alpha"), &["suzuki"]);
    let waiting = world.agreed(transfer(A, 1_002, &["3:1-10"]), &["tanaka", "suzuki"]);

    // Tanaka's key alone, and beside what else a thief can have.
    for body in plunder("thief") {
        world.refused_pinned(body.clone(), &["tanaka"], Reason::SecondSignatureMissing);
        world.refused_pinned(body.clone(), &["tanaka", "thief"], Reason::KeyUnknown);
        world.refused_pinned(body.clone(), &["tanaka", "mule"], Reason::RoleNotPermitted);
        world.refused_pinned(body, &["tanaka", "alpha"], Reason::KeyRevoked);
    }
    // Suzuki's key alone does no more.
    for body in plunder("thief") {
        world.refused_pinned(body, &["suzuki"], Reason::SecondSignatureMissing);
    }
    // It can be a nuisance: stop what was going on, and lock the account.
    world.accepted(withdraw(waiting), &["tanaka"]);
    world.accepted(revoke("suzuki"), &["tanaka"]);
    world.accepted(freeze(A), &["reader"]);
    let suzuki = || recover(representative(A, "suzuki", Power::Approve), "suzuki-2");
    let recovery = world.agreed(suzuki(), OPERATORS);
    world.accepted(cancel_recovery(recovery), &["tanaka"]);
    // The ministers end it; then nobody is left who would cancel.
    world.agreed(revoke("tanaka"), AUTHORITIES);
    let recovery = world.agreed(suzuki(), OPERATORS);
    world.refused(cancel_recovery(recovery), &["tanaka"], Reason::KeyRevoked);
    let tanaka = register(A, "tanaka", "tanaka-2", Power::Initiate);
    world.agreed(tanaka, AUTHORITIES);
    world.at("2026-12-01", 9);
    world.accepted(Body::CompleteRecovery { recovery }, &["op-1"]);
    world.agreed(unfreeze(A), OPERATORS);
    let mine = world.agreed(transfer(A, 1_002, &["3:1-10"]), &["tanaka-2", "suzuki-2"]);
    world.accepted(withdraw(mine), &["suzuki-2"]);
    nothing_is_lost(&world);
}

/// Single control: the one key is copied. Tanaka notices in the afternoon.
#[test]
fn a_copied_key_is_too_slow() {
    let mut world = prudent();
    world.accepted(register(A, "tanaka", "tanaka", Power::Full), &["alpha"]);
    world.accepted(register(A, "reader", "reader", Power::Read), &["alpha"]);
    // The thief signs as alpha. All at once: too much. Piece by piece: too much, too.
    world.refused(transfer(A, MULE, &ALL), &["alpha"], Reason::ClassesMixed);
    world.refused(transfer(A, MULE, &["3:1-900"]), &["alpha"], Reason::LimitPerTransfer);
    world.refused(transfer(A, MULE, &["3:1-100"]), &["alpha"], Reason::LimitUntrusted);
    let loot = [["3:1-50"], ["3:51-100"]];
    let loot = loot.map(|units| world.accepted(transfer(A, MULE, &units), &["alpha"]));
    world.refused(transfer(A, MULE, &["3:101-101"]), &["alpha"], Reason::LimitPerDay);
    world.refused(cancel(A, &["4:1-1"]), &["alpha"], Reason::LimitPerDay);
    for application in loot {
        assert_eq!(world.first_day(application), Some(date("2026-11-25")));
        world.refused(record(application), &["alpha"], Reason::RoleNotPermitted);
        world.refused(record(application), &["op-1"], Reason::TransferDelayed);
    }
    // It opens the door for later, and takes the others' keys away.
    world.accepted(trust_account(A, MULE), &["alpha"]);
    world.accepted(set_mandate(A, OPEN), &["alpha"]);
    world.refused(transfer(A, MULE, &["3:101-101"]), &["alpha"], Reason::LimitPerDay);
    world.accepted(register(A, "thief", "thief", Power::Full), &["alpha"]);
    world.accepted(revoke("tanaka"), &["thief"]);

    // A key that only reads is enough to stop it.
    world.at("2026-11-24", 16);
    world.accepted(freeze(A), &["reader"]);
    for key in ["alpha", "thief"] {
        for body in plunder("thief-2") {
            world.refused(body, &[key], Reason::AccountFrozen);
        }
        world.refused(unfreeze(A), &[key], Reason::RoleNotPermitted);
    }
    world.accepted(revoke("reader"), &["thief"]);
    // The days pass; the freeze does not.
    world.at("2026-11-30", 9);
    for application in loot {
        world.refused(record(application), &["op-1"], Reason::AccountFrozen);
    }
    world.refused(transfer(A, MULE, &["3:101-150"]), &["thief"], Reason::AccountFrozen);

    // The ministers end the thief's keys; Tanaka comes with a passport.
    for key in ["alpha", "thief"] {
        world.agreed(revoke(key), AUTHORITIES);
    }
    let tanaka = recover(representative(A, "tanaka", Power::Full), "tanaka-2");
    let recovery = world.agreed(tanaka, OPERATORS);
    world.at("2026-12-07", 9);
    world.accepted(Body::CompleteRecovery { recovery }, &["op-1"]);
    for application in loot {
        world.accepted(withdraw(application), &["tanaka-2"]);
    }
    world.accepted(distrust(A, MULE), &["tanaka-2"]);
    world.agreed(unfreeze(A), OPERATORS);
    world.accepted(set_mandate(A, PRUDENT.default_mandate), &["tanaka-2"]);
    world.refused(transfer(A, MULE, &["3:1-50"]), &["thief"], Reason::KeyRevoked);
    nothing_is_lost(&world);
}

/// The holder still has a key: it needs nobody.
#[test]
fn a_holder_with_a_key_left_helps_itself() {
    let mut world = prudent();
    world.accepted(register(A, "tanaka", "tanaka", Power::Full), &["alpha"]);
    let loot = world.accepted(transfer(A, MULE, &["3:1-50"]), &["alpha"]);
    world.accepted(trust_account(A, MULE), &["alpha"]);
    world.accepted(set_mandate(A, OPEN), &["alpha"]);
    world.accepted(revoke("alpha"), &["tanaka"]);
    world.accepted(withdraw(loot), &["tanaka"]);
    world.accepted(distrust(A, MULE), &["tanaka"]);
    // As it was, so that the looser one never comes into force.
    world.accepted(set_mandate(A, PRUDENT.default_mandate), &["tanaka"]);
    world.at("2026-11-30", 9);
    world.refused(transfer(A, MULE, &["3:1-50"]), &["alpha"], Reason::KeyRevoked);
    world.refused(transfer(A, MULE, &["3:1-101"]), &["tanaka"], Reason::LimitPerTransfer);
    let own = world.accepted(transfer(A, MULE, &["3:1-50"]), &["tanaka"]);
    assert_eq!(world.first_day(own), Some(date("2026-12-01")), "it is a stranger again");
    world.accepted(withdraw(own), &["tanaka"]);
    nothing_is_lost(&world);
}

/// Under single control units can be destroyed at once: nobody gains by it, and a day's
/// limit is the most.
#[test]
fn a_vandal_destroys_no_more_than_a_days_limit() {
    let mut world = prudent();
    world.accepted(cancel(A, &["4:1-100"]), &["alpha"]);
    world.refused(cancel(A, &["4:101-101"]), &["alpha"], Reason::LimitPerDay);
    world.accepted(freeze(A), &["op-1"]);
    world.at("2026-11-25", 9);
    world.refused(cancel(A, &["4:101-101"]), &["alpha"], Reason::AccountFrozen);
    assert_eq!((world.balance(A), world.balance(CANCELLATION)), (3_500, 100));
    world.check();
}

/// What takes two operators.
fn for_two(payment: EntryIndex, order: EntryIndex) -> Vec<Body> {
    let commission = Commission {
        court: text("東京地方裁判所"),
        reference: text("偽造"),
        trustee_dismissed: true,
    };
    vec![
        Body::RecordIssuance(issuance("MN001", 2024, 900, 0)),
        refund(payment, 14_400, "out-1"),
        Body::RecordCorrection(correction(A, order, &[(A, MULE, &["3:1-900"])])),
        unfreeze(A),
        recover(representative(A, "thief", Power::Full), "thief"),
        transfer(GOVERNMENT, MULE, &["3:901-1000"]),
        restriction(A, &[]),
        release(order),
        Body::RecordCommission { trust: order, terms: trust("forged"), commission },
        calendar(2027, &[]),
        Body::CloseBooks { year: year(2025) },
        erase(digest("particulars")),
        in_subrogation(),
    ]
}

/// Makes the holder a trustee, at the wish of somebody who has no key here.
fn in_subrogation() -> Body {
    let request = TrustRequest::Record { ranges: ranges(&["3:1-900"]), terms: trust("forged") };
    Body::ApplyTrust { account: account(A), request, subrogation: Some(digest("forged")) }
}

/// What is not for operators at all.
fn for_others() -> Vec<Body> {
    let operator = Role::Operator(name("op-1"));
    vec![
        transfer(A, MULE, &["3:1-50"]),
        register(A, "thief", "thief", Power::Full),
        register_as(operator, "thief"),
        appoint("thief", "thief"),
        Body::RemoveOperator { person: name("op-2"), reason: text("退職") },
        revoke("alpha"),
        revoke("op-2"),
        set_mandate(A, OPEN),
        trust_account(A, MULE),
        Body::AdoptSafeguards(SAFEGUARDS),
        rules_with_acceptance(),
        carried_over(issuance("MN001", 2024, 900, 0)),
        Body::RecordAuthorisation {
            authorisation: authorisation("JP-9", Side::Japan, 1_000_000),
            details: None,
        },
        Body::RecordAuthorisation {
            authorisation: authorisation("MN-9", Side::Partner, 1_000_000),
            details: None,
        },
    ]
}

/// One operator's key is stolen, and the thief has an account.
#[test]
fn one_operators_key_makes_and_moves_nothing() {
    let mut world = prudent();
    world.agreed(register_as(Role::Operator(name("op-1")), "op-1-too"), AUTHORITIES);
    let order = world.agreed(restriction(A, &["1:1-10"]), OPERATORS);
    let payment = world.pay(14_400, None);
    for body in for_two(payment, order) {
        world.refused_pinned(body.clone(), &["op-1"], Reason::SecondSignatureMissing);
        // Two keys of one person; a key of somebody else.
        let own = &["op-1", "op-1-too"];
        world.refused_pinned(body.clone(), own, Reason::SecondSignatureMissing);
        world.refused_pinned(body, &["op-1", "mule"], Reason::RoleNotPermitted);
    }
    for body in for_others() {
        world.refused_pinned(body.clone(), &["op-1"], Reason::RoleNotPermitted);
        world.refused_pinned(body, &["op-1", "op-1-too"], Reason::RoleNotPermitted);
    }
    // What two began it does not finish before its day.
    let sato = recover(representative(A, "sato", Power::Full), "sato");
    let recovery = world.agreed(sato, OPERATORS);
    let early = Body::CompleteRecovery { recovery };
    world.refused(early, &["op-1"], Reason::RecoveryTooEarly);
    let waiting = world.accepted(transfer(A, MULE, &["3:1-50"]), &["alpha"]);
    world.refused(record(waiting), &["op-1"], Reason::TransferDelayed);
    // Money that never came pays a fee, and comes back to nobody.
    let invented = world.pay(1_000_000, Some(account(MULE)));
    let back = refund(invented, 1_000_000, "out-2");
    world.refused_pinned(back, &["op-1"], Reason::SecondSignatureMissing);
    // It can be a nuisance.
    world.accepted(freeze(A), &["op-1"]);
    world.accepted(cancel_recovery(recovery), &["op-1"]);
    world.accepted(refuse(waiting, RefusalGround::Procedure), &["op-1"]);
    // The ministers put another in its place.
    world.agreed(Body::RemoveOperator { person: name("op-1"), reason: text("盗難") }, AUTHORITIES);
    world.agreed(appoint("op-3", "op-3"), AUTHORITIES);
    world.refused(freeze(MULE), &["op-1-too"], Reason::KeyRevoked);
    world.agreed(unfreeze(A), &["op-2", "op-3"]);
    world.agreed(release(order), &["op-2", "op-3"]);
    nothing_is_lost(&world);
}

/// Limits, delays and freezes do not act on what a new trustee applies for, so nobody
/// makes himself one.
#[test]
fn nobody_becomes_trustee_of_anothers_units_alone() {
    let mut world = prudent();
    let application = world.agreed(in_subrogation(), OPERATORS);
    let deed = world.accepted(Body::RecordApplication { application }, &["op-1"]);
    let change = || {
        let own = TransferTrust::ChangeTrustee { terms: trust("own"), by_new_trustee: true };
        transfer_with(A, MULE, &["3:1-900"], own)
    };
    world.refused(change(), &["mule"], Reason::TrusteeInOffice);
    world.refused(change(), &["mule", "op-1"], Reason::RoleNotPermitted);
    let commission =
        Commission { court: text("裁判所"), reference: text("偽造"), trustee_dismissed: true };
    let dismissal = Body::RecordCommission { trust: deed, terms: trust("forged"), commission };
    world.refused_pinned(dismissal, &["op-1"], Reason::SecondSignatureMissing);
    nothing_is_lost(&world);
}
