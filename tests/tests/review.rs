//! Loopholes that a review found, each closed. Each test ends with the auditor's
//! verifier.

use jcm_format::command::{
    Acceptance, Body, Commission, ParticularsChange, Purpose, RecordCorrection, RefusalGround,
    Rules, TransferTrust, TrustRequest,
};
use jcm_format::event::Effect;
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_ledger::Reason;
use jcm_ledger::state::TransfereeConsent;
use jcm_tests::acts::*;
use jcm_tests::world::*;

const A: u32 = 1_001;
const B: u32 = 1_002;

fn withdraw(application: EntryIndex) -> Body {
    Body::WithdrawApplication { application, reason: text("取下げ") }
}

fn record(application: EntryIndex) -> Body {
    Body::RecordApplication { application }
}

fn record_transfer(application: EntryIndex) -> Body {
    Body::RecordTransfer { application }
}

/// Units of `alpha` become trust property.
fn entrust(world: &mut World, units: &[&str], details: &str) -> EntryIndex {
    let request = TrustRequest::Record { ranges: ranges(units), terms: trust(details) };
    let application = world.accepted(apply_trust(A, request), &["alpha"]);
    world.accepted(record(application), &["op-1"])
}

/// A court's word on a trust.
fn commission(trust_entry: EntryIndex, details: &str, trustee_dismissed: bool) -> Body {
    let (court, reference) = (text("東京地方裁判所"), text("令和8年(チ)第45号"));
    let commission = Commission { court, reference, trustee_dismissed };
    Body::RecordCommission { trust: trust_entry, terms: trust(details), commission }
}

fn change_trustee(units: &[&str], by_new_trustee: bool) -> Body {
    let terms = trust("new trustee");
    transfer_with(A, B, units, TransferTrust::ChangeTrustee { terms, by_new_trustee })
}

fn to_beta(units: &[&str]) -> Body {
    apply_transfer(terms(A, B, units, Purpose::Other))
}

fn strike_out(world: &mut World, units: &[&str]) {
    let request = TrustRequest::Delete {
        ranges: ranges(units),
        evidence: digest("cause"),
        beneficiaries: digest("beneficiaries"),
    };
    let application = world.accepted(apply_trust(A, request), &["alpha"]);
    world.accepted(record(application), &["op-1"]);
}

#[test]
fn only_the_key_that_applied_withdraws_an_application_for_an_account() {
    let mut world = World::staffed();
    let application = world.accepted(apply_account("alpha", ALPHA), &["alpha"]);
    for signers in [&["op-1"] as &[_], OPERATORS, AUTHORITIES, &["alpha", "op-1"]] {
        world.refused(withdraw(application), signers, Reason::RoleNotPermitted);
    }
    // Papers come to the operator too.
    let proof = Body::SubmitPaymentProof { application, document: digest("receipt") };
    world.accepted(proof, &["op-1"]);
    world.accepted(request_completion(application, "2026-12-01"), &["op-1"]);
    world.accepted(complete(application), &["op-2"]);
    world.accepted(withdraw(application), &["alpha"]);
    let squatted = world.accepted(apply_account("squatter", ALPHA), &["squatter"]);
    world.accepted(refuse(squatted, RefusalGround::Falsehood), &["op-1"]);
    world.open_account("alpha-2", ALPHA);
    world.check();
}

/// Cabinet Order, art. 12: whatever is done in the trustee's place, two see it.
#[test]
fn two_operators_act_in_a_trustees_place() {
    let mut world = World::stocked();
    let body = Body::ApplyTrust {
        account: account(A),
        request: TrustRequest::Record { ranges: ranges(&["4:1-10"]), terms: trust("deed") },
        subrogation: Some(digest("cause")),
    };
    world.refused(body.clone(), &["op-1"], Reason::SecondSignatureMissing);
    world.refused(body.clone(), &["alpha"], Reason::RoleNotPermitted);
    world.refused(body.clone(), &["alpha", "op-1"], Reason::RoleNotPermitted);
    let application = world.accepted(body.clone(), OPERATORS);
    world.refused(withdraw(application), &["op-1"], Reason::SecondSignatureMissing);
    world.refused(withdraw(application), &["alpha"], Reason::RoleNotPermitted);
    world.accepted(withdraw(application), OPERATORS);
    let application = world.accepted(body, OPERATORS);
    world.accepted(request_completion(application, "2026-12-01"), &["op-1"]);
    world.refused(complete(application), &["op-1"], Reason::SecondSignatureMissing);
    world.accepted(complete(application), OPERATORS);
    world.accepted(record(application), &["op-1"]);
    world.check();
}

/// Cabinet Order, art. 16(2): the new trustee applies once the former's office has
/// ended, which the record says.
#[test]
fn nobody_becomes_trustee_in_the_place_of_one_in_office() {
    let mut world = World::stocked();
    let deed = entrust(&mut world, &["4:1-10"], "deed");
    let other = entrust(&mut world, &["4:11-20"], "other");
    let both = change_trustee(&["4:10-11"], true);
    world.refused(both, &["beta"], Reason::TrustsDiffer);
    let apart = change_trustee(&["4:1-1", "4:10-10"], true);
    world.refused(apart.clone(), &["beta"], Reason::TrusteeInOffice);
    world.accepted(commission(other, "other", true), OPERATORS);
    world.refused(apart.clone(), &["beta"], Reason::TrusteeInOffice);
    world.accepted(commission(deed, "deed", false), OPERATORS);
    world.refused(apart.clone(), &["beta"], Reason::TrusteeInOffice);
    world.accepted(commission(deed, "deed", true), OPERATORS);
    let application = world.accepted(apart, &["beta"]);
    // Once dismissed, a trustee stays so.
    world.accepted(commission(deed, "deed again", false), OPERATORS);
    world.settle(application, 2_500);
    world.accepted(record_transfer(application), &["op-1"]);
    assert_eq!(world.balance(B), 2);
    // In its own trust the new trustee is in office.
    let terms = trust("back");
    let back = TransferTrust::ChangeTrustee { terms, by_new_trustee: true };
    let back = transfer_with(B, A, &["4:1-1"], back);
    world.refused(back, &["alpha"], Reason::TrusteeInOffice);
    world.check();
}

#[test]
fn whoever_applies_as_new_trustee_is_not_asked_for_consent() {
    let mut world = World::stocked();
    let deed = entrust(&mut world, &["4:1-10"], "deed");
    world.accepted(rules_with_acceptance(), AUTHORITIES);
    let set = |acceptance| Body::SetAcceptance { account: account(B), acceptance };
    world.accepted(set(Acceptance::Listed(vec![account(1_003)])), &["beta"]);
    world.refused(change_trustee(&["4:1-2"], false), &["alpha"], Reason::NotAccepted);
    world.accepted(set(Acceptance::Consent), &["beta"]);
    let asked = world.accepted(change_trustee(&["4:1-2"], false), &["alpha"]);
    let consent = |world: &World, application| {
        world.state().open_application(application).expect("open").consent
    };
    assert_eq!(consent(&world, asked), TransfereeConsent::Awaited);
    world.accepted(withdraw(asked), &["alpha"]);
    world.accepted(commission(deed, "deed", true), OPERATORS);
    for (acceptance, units) in
        [(Acceptance::Consent, "4:1-2"), (Acceptance::Listed(vec![account(1_003)]), "4:3-4")]
    {
        world.accepted(set(acceptance), &["beta"]);
        let application = world.accepted(change_trustee(&[units], true), &["beta"]);
        assert_eq!(consent(&world, application), TransfereeConsent::NotAsked);
        let accept = Body::AcceptTransfer { application };
        world.refused(accept, &["beta"], Reason::AcceptanceNotAsked);
        world.settle(application, 2_500);
        world.accepted(record_transfer(application), &["op-1"]);
    }
    assert_eq!(world.balance(B), 4);
    world.check();
}

#[test]
fn what_an_individuals_account_needs_is_not_erased() {
    let mut world = World::staffed();
    let needed = |world: &mut World| {
        for data in ["kato", "particulars of kato"] {
            world.refused(erase(digest(data)), OPERATORS, Reason::StillNeeded);
        }
    };
    let register = |of: &str, person: &str| Body::RegisterProponent {
        project: project(of),
        person: digest(person),
    };
    world.accepted(register("MN001", "kato"), &["op-1"]);
    let application = world.accepted(apply_individual("kato", "kato"), &["kato"]);
    needed(&mut world);
    world.settle(application, 14_400);
    world.accepted(Body::OpenAccount { application }, &["op-1"]);
    needed(&mut world);
    let application = world.accepted(close(A), &["kato"]);
    needed(&mut world);
    world.accepted(record(application), &["op-1"]);
    world.accepted(erase(digest("particulars of kato")), OPERATORS);
    // A person whose data are erased comes back under commitments of its own.
    world.refused(apply_individual("kato-2", "kato"), &["kato-2"], Reason::ErasedAlready);
    world.accepted(erase(digest("kato")), OPERATORS);
    world.refused(apply_individual("kato-2", "kato"), &["kato-2"], Reason::ErasedAlready);
    world.refused(register("MN001", "kato"), &["op-1"], Reason::ProponentExists);
    world.refused(register("MN002", "kato"), &["op-1"], Reason::ErasedAlready);
    world.refused(apply_individual("kato-2", "kato two"), &["kato-2"], Reason::NotAProponent);
    world.accepted(register("MN002", "kato two"), &["op-1"]);
    world.accepted(apply_individual("kato-2", "kato two"), &["kato-2"]);
    world.check();
}

fn particulars(of: &str) -> ParticularsChange {
    ParticularsChange { holder: None, particulars: Some(digest(of)), effective: date("2026-11-01") }
}

fn notify(of: &str) -> Body {
    Body::NotifyChange(jcm_format::command::NotifyChange {
        account: account(A),
        change: particulars(of),
        attachments: vec![digest("登記事項証明書")],
    })
}

fn correct(change: ParticularsChange) -> Body {
    let correction = correction(A, EntryIndex::new(1), &[]);
    Body::RecordCorrection(RecordCorrection { change: Some(change), ..correction })
}

#[test]
fn the_last_particulars_are_kept_and_what_they_replaced_may_go() {
    let mut world = World::peopled();
    let own = Digest::of(&[b"alpha"]);
    world.refused(erase(own), OPERATORS, Reason::StillNeeded);
    let application = world.accepted(notify("notified"), &["alpha"]);
    world.refused(erase(digest("notified")), OPERATORS, Reason::StillNeeded);
    world.refused(erase(own), OPERATORS, Reason::StillNeeded);
    world.accepted(record(application), &["op-1"]);
    world.refused(erase(digest("notified")), OPERATORS, Reason::StillNeeded);
    world.accepted(erase(own), OPERATORS);
    let application = world.accepted(notify("in vain"), &["alpha"]);
    world.accepted(withdraw(application), &["alpha"]);
    world.accepted(erase(digest("in vain")), OPERATORS);
    world.accepted(correct(particulars("corrected")), OPERATORS);
    world.refused(erase(digest("corrected")), OPERATORS, Reason::StillNeeded);
    world.accepted(erase(digest("notified")), OPERATORS);
    world.check();
}

#[test]
fn the_details_of_a_trust_are_kept_as_long_as_it_has_property() {
    let mut world = World::stocked();
    let kept = |world: &mut World, details: &str| {
        world.refused(erase(digest(details)), OPERATORS, Reason::StillNeeded);
    };
    let body = transfer_with(A, B, &["4:21-30"], TransferTrust::Record(trust("stated")));
    let stated = world.accepted(body, &["alpha"]);
    let request = TrustRequest::Record { ranges: ranges(&["4:1-10"]), terms: trust("deed") };
    let application = world.accepted(apply_trust(A, request), &["alpha"]);
    kept(&mut world, "stated");
    kept(&mut world, "deed");
    world.accepted(withdraw(stated), &["alpha"]);
    world.accepted(erase(digest("stated")), OPERATORS);
    let deed = world.accepted(record(application), &["op-1"]);
    kept(&mut world, "deed");
    let request = TrustRequest::Amend { trust: deed, terms: trust("amended") };
    let application = world.accepted(apply_trust(A, request), &["alpha"]);
    kept(&mut world, "amended");
    kept(&mut world, "deed");
    world.accepted(record(application), &["op-1"]);
    kept(&mut world, "amended");
    world.accepted(erase(digest("deed")), OPERATORS);
    let application = world.accepted(change_trustee(&["4:1-5"], false), &["alpha"]);
    kept(&mut world, "new trustee");
    world.settle(application, 2_500);
    world.accepted(record_transfer(application), &["op-1"]);
    kept(&mut world, "new trustee");
    kept(&mut world, "amended");
    strike_out(&mut world, &["4:6-9"]);
    kept(&mut world, "amended");
    strike_out(&mut world, &["4:10-10"]);
    world.accepted(erase(digest("amended")), OPERATORS);
    world.check();
}

#[test]
fn a_notification_from_before_a_correction_is_not_recorded() {
    let mut world = World::peopled();
    let stale = world.accepted(change(A, "Stale Inc.", "2026-11-01"), &["alpha"]);
    // A correction of another account's particulars does not matter.
    let of_beta = RecordCorrection {
        change: Some(particulars("of beta")),
        ..correction(B, EntryIndex::new(1), &[])
    };
    world.accepted(Body::RecordCorrection(of_beta), OPERATORS);
    let command = world.command(record(stale));
    let prepared = jcm_ledger::prepare(world.state(), world.now, &command, &[key("op-1")]);
    assert!(prepared.is_ok(), "{prepared:?}");
    world.accepted(correct(particulars("corrected")), OPERATORS);
    world.accepted(request_completion(stale, "2026-12-01"), &["op-1"]);
    world.refused(record(stale), &["op-1"], Reason::CompletionAwaited);
    world.accepted(complete(stale), &["alpha"]);
    world.refused(record(stale), &["op-1"], Reason::ParticularsChangedSince);
    world.accepted(refuse(stale, RefusalGround::Procedure), &["op-1"]);
    for name in ["Alpha One Inc.", "Alpha Two Inc."] {
        let fresh = world.accepted(change(A, name, "2026-11-01"), &["alpha"]);
        let entry = world.accepted(record(fresh), &["op-1"]);
        assert!(matches!(
            world.effects(entry).as_slice(),
            [Effect::ParticularsChanged { application: Some(application), .. }]
                if *application == fresh
        ));
    }
    let holder = world.state().account(account(A)).and_then(|account| account.holder.clone());
    let published = holder.and_then(|holder| holder.particulars).expect("published");
    assert_eq!(published.name_en.to_string(), "Alpha Two Inc.");
    world.check();
}

/// A shorter time that is adopted later takes nothing from who applied before.
#[test]
fn the_days_of_an_application_are_those_of_its_receipt() {
    let mut world = World::stocked();
    world.accepted(calendar(2026, &["2026-11-23"]), OPERATORS);
    let first = world.accepted(to_beta(&["4:1-1"]), &["alpha"]);
    let rules = Rules { payment_days: 5, examination_days: 3, ..rules(&[("2025-04-01", 2_500)]) };
    world.accepted(Body::AdoptRules(rules), AUTHORITIES);
    let second = world.accepted(to_beta(&["4:2-2"]), &["alpha"]);
    let deadlines = |world: &World, application| {
        let open = world.state().open_application(application).expect("open");
        let deadlines =
            [world.state().payment_deadline(open), world.state().examination_deadline(open)];
        deadlines.map(|day| day.expect("known").to_string())
    };
    assert_eq!(deadlines(&world, second), ["2026-11-30", "2026-11-26"]);
    assert_eq!(deadlines(&world, first)[0], "2026-12-21");
    world.wait_days(8);
    let lapse = |application| Body::LapseApplication { application };
    world.refused(lapse(first), &["op-1"], Reason::NotLapsed);
    world.accepted(lapse(second), &["op-1"]);
    world.wait_days(20);
    world.refused(lapse(first), &["op-1"], Reason::NotLapsed);
    world.wait_days(1);
    world.accepted(lapse(first), &["op-1"]);
    world.check();
}
