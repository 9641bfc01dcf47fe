//! Every rejection of the ledger, shown. Each test ends with the auditor's
//! verifier over what was recorded.

use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{
    Basis, Body, Command, KeyWithPossession, PaymentId, Purpose, RecordIssuance, RefusalGround,
    Role, Side, TransferTerms,
};
use jcm_format::event::{AccountCategory, CreditClass, Effect, Fee};
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_format::key::{PublicKey, Signature};
use jcm_format::time::Timestamp;
use jcm_ledger::{Outcome, Reason};
use jcm_tests::acts::{AUTHORITIES, NOBODY, OPERATORS, paid_transfer, refuse};
use jcm_tests::world::*;

fn authorise(world: &mut World, japan: u64, partner: u64) {
    world.authorise(japan, partner);
}

fn balance(world: &World, number: u32) -> u64 {
    world.balance(number)
}

fn effects(world: &World, entry: EntryIndex) -> Vec<Effect> {
    world.effects(entry)
}

// The rules common to all commands.

#[test]
fn a_command_for_another_registry_is_refused() {
    let mut world = World::staffed();
    let command = world.command(record_payment("b", 1, None));
    let elsewhere = Command { registry: "registry.test/other".parse().expect("origin"), ..command };
    assert_eq!(world.rejected_command(&elsewhere, &["op-1"]).reason, Reason::WrongRegistry);
    world.check();
}

#[test]
fn a_repeated_command_is_recorded_once_and_other_content_under_its_id_refused() {
    let mut world = World::staffed();
    let command = world.command(record_payment("b", 1, None));
    let Outcome::Recorded { entry } = world.submit(sign(&command, &["op-1"])) else {
        panic!("accepted");
    };
    let size = world.state().entries();
    assert_eq!(world.submit(sign(&command, &["op-1"])), Outcome::Repeated { entry });
    assert_eq!(world.state().entries(), size);
    let other = Command { body: record_payment("c", 1, None), ..command };
    assert_eq!(world.rejected_command(&other, &["op-1"]).reason, Reason::CommandIdReused);
    world.check();
}

#[test]
fn duplicates_within_one_batch_are_recorded_once() {
    let mut world = World::staffed();
    let command = world.command(record_payment("b", 1, None));
    let twice = vec![verified(sign(&command, &["op-1"])), verified(sign(&command, &["op-1"]))];
    let committed = world.ledger.commit(twice, world.now).expect("committed");
    let entry = EntryIndex::new(world.state().entries());
    assert_eq!(committed.outcomes, [Outcome::Recorded { entry }, Outcome::Repeated { entry }]);
    world.view.publish(&committed.batch.expect("one entry"));
    world.check();
}

#[test]
fn validity_is_bounded_on_both_sides() {
    let mut world = World::staffed();
    let command = world.command(record_payment("b", 1, None));
    let until = |ms: u64| Command {
        valid_until: Timestamp::from_ms(ms).expect("in range"),
        ..command.clone()
    };
    let now = world.now.as_ms();
    let day = 86_400_000;
    assert_eq!(world.rejected_command(&until(now - 1), &["op-1"]).reason, Reason::CommandExpired);
    assert_eq!(
        world.rejected_command(&until(now + day + 1), &["op-1"]).reason,
        Reason::ValidityTooLong
    );
    assert!(matches!(world.submit(sign(&until(now), &["op-1"])), Outcome::Recorded { .. }));
    world.check();
}

#[test]
fn an_id_may_be_used_again_once_its_command_could_not_be_retried() {
    let mut world = World::staffed();
    let command = world.command(record_payment("b", 1, None));
    world.submit(sign(&command, &["op-1"]));
    world.now = command.valid_until.saturating_add_ms(1);
    assert_eq!(world.rejected_command(&command, &["op-1"]).reason, Reason::CommandExpired);
    let later = Command {
        body: record_payment("c", 1, None),
        valid_until: world.now.saturating_add_ms(1_000),
        ..command
    };
    assert!(matches!(world.submit(sign(&later, &["op-1"])), Outcome::Recorded { .. }));
    world.check();
}

#[test]
fn a_clock_that_is_set_back_does_not_turn_the_record_back() {
    let mut world = World::staffed();
    let before = world.state().last_time();
    world.now = Timestamp::from_ms(NOW_MS - 1_000_000).expect("in range");
    // The caller's clock is right, the registry's is not.
    let command = Command {
        valid_until: Timestamp::from_ms(NOW_MS + 1_000_000).expect("in range"),
        ..world.command(record_payment("b", 1, None))
    };
    assert!(matches!(world.submit(sign(&command, &["op-1"])), Outcome::Recorded { .. }));
    assert_eq!(world.state().last_time(), before);
    world.check();
}

#[test]
fn keys_must_be_registered_and_not_revoked() {
    let mut world = World::staffed();
    world.refused(record_payment("b", 1, None), &["stranger"], Reason::KeyUnknown);
    let revoke = Body::RevokeKey { key: secret("op-2").public_key(), reason: text("lost") };
    world.accepted(revoke.clone(), AUTHORITIES);
    world.refused(record_payment("b", 1, None), &["op-2"], Reason::KeyRevoked);
    world.refused(revoke, AUTHORITIES, Reason::KeyNotRegistered);
    world.check();
}

#[test]
fn roles_and_second_persons_are_asked_for() {
    let mut world = World::peopled();
    world.refused(record_payment("b", 1, None), &["alpha"], Reason::RoleNotPermitted);
    world.refused(record_payment("b", 1, None), &["op-1", "alpha"], Reason::RoleNotPermitted);
    let remove = Body::RemoveOperator { person: name("op-2"), reason: text("left") };
    world.refused(remove.clone(), &["authority-1"], Reason::SecondSignatureMissing);
    // One person with two keys is one person.
    let role = Role::Authority(name("authority-1"));
    let key = possessed(&secret("authority-1b"), &role);
    world.accepted(Body::RegisterKey { role, key }, AUTHORITIES);
    world.refused(remove, &["authority-1", "authority-1b"], Reason::SecondSignatureMissing);
    world.check();
}

#[test]
fn an_effect_that_has_moved_is_refused() {
    let mut world = World::staffed();
    let command = world.command(record_payment("b", 1, None));
    let event =
        jcm_ledger::prepare(world.state(), world.now, &command, &[secret("op-1").public_key()])
            .expect("would be accepted");
    let pinned = Command { effect_digest: Some(event.digest(1).expect("short")), ..command };
    let wrong = Command { effect_digest: Some(Digest::ZERO), ..pinned.clone() };
    assert_eq!(world.rejected_command(&wrong, &["op-1"]).reason, Reason::EffectChanged);
    assert!(matches!(world.submit(sign(&pinned, &["op-1"])), Outcome::Recorded { .. }));
    world.check();
}

// Genesis.

#[test]
fn there_is_one_genesis_and_it_comes_first() {
    let mut world = World::bare();
    world.refused(genesis(), AUTHORITIES, Reason::RegistryExists);
    world.check();

    let bare = jcm_ledger::State::new();
    let command = world.command(record_payment("b", 1, None));
    let decided = jcm_ledger::prepare(&bare, world.now, &command, &[]);
    assert_eq!(decided.expect_err("no registry").reason, Reason::RegistryMissing);

    let command = world.command(genesis());
    let one = [secret("authority-1").public_key()];
    let decided = jcm_ledger::prepare(&bare, world.now, &command, &one);
    assert_eq!(decided.expect_err("one is missing").reason, Reason::RoleNotPermitted);

    let Body::Genesis(body) = genesis() else { unreachable!() };
    let both = body.authorities.iter().map(|(_, key)| *key).collect::<Vec<_>>();
    for log_key in [both[0], PublicKey::from_bytes([0; 32])] {
        let body = jcm_format::command::Genesis { log_key, ..body.clone() };
        let command = world.command(Body::Genesis(body));
        let decided = jcm_ledger::prepare(&bare, world.now, &command, &both);
        assert_eq!(decided.expect_err("unsuitable").reason, Reason::KeyUnsuitable);
    }
}

// Keys and operators.

#[test]
fn a_key_is_registered_once_with_its_possession_proved() {
    let mut world = World::peopled();
    let role = Role::Account(account(1_001));
    let register = |key| Body::RegisterKey { role: role.clone(), key };
    let fresh = possessed(&secret("alpha-2"), &role);
    let used = possessed(&secret("beta"), &role);
    world.refused(register(used), &["alpha"], Reason::KeyAlreadyRegistered);
    let log_key = possessed(&secret("log"), &role);
    world.refused(register(log_key), &["alpha"], Reason::KeyAlreadyRegistered);
    let weak = KeyWithPossession { key: PublicKey::from_bytes([0; 32]), ..fresh };
    world.refused(register(weak), &["alpha"], Reason::KeyUnsuitable);
    let unproved = KeyWithPossession { possession: Signature::from_bytes([0; 64]), ..fresh };
    world.refused(register(unproved), &["alpha"], Reason::PossessionNotProved);
    let other_role = possessed(&secret("alpha-2"), &Role::Account(account(1_002)));
    world.refused(register(other_role), &["alpha"], Reason::PossessionNotProved);
    world.refused(register(fresh), &["beta"], Reason::RoleNotPermitted);
    world.accepted(register(fresh), &["alpha"]);
    world.check();
}

#[test]
fn a_key_that_waits_in_an_application_is_taken() {
    let mut world = World::staffed();
    world.accepted(apply_account("gamma", ALPHA), &["gamma"]);
    let role = Role::Auditor(name("auditor"));
    let key = possessed(&secret("gamma"), &role);
    world.refused(Body::RegisterKey { role, key }, AUTHORITIES, Reason::KeyAlreadyRegistered);
    world.check();
}

#[test]
fn keys_are_for_parties_that_exist() {
    let mut world = World::staffed();
    let role = Role::Operator(name("op-9"));
    let key = possessed(&secret("op-9"), &role);
    let register = Body::RegisterKey { role, key };
    world.refused(register, AUTHORITIES, Reason::OperatorUnknown);
    // Nobody can be the representative of an account that does not exist.
    let role = Role::Account(account(1_001));
    let key = possessed(&secret("x"), &role);
    let register = Body::RegisterKey { role, key };
    world.refused(register.clone(), &["op-1"], Reason::RoleNotPermitted);
    world.refused(register, AUTHORITIES, Reason::AccountUnknown);
    world.check();
}

#[test]
fn two_authority_persons_always_remain() {
    let mut world = World::bare();
    let revoke = |key: &str| Body::RevokeKey { key: secret(key).public_key(), reason: text("r") };
    world.refused(revoke("authority-2"), AUTHORITIES, Reason::LastAuthorityKeys);
    world.refused(revoke("nobody"), AUTHORITIES, Reason::KeyNotRegistered);
    let role = Role::Authority(name("authority-3"));
    let key = possessed(&secret("authority-3"), &role);
    world.accepted(Body::RegisterKey { role, key }, AUTHORITIES);
    world.accepted(revoke("authority-2"), AUTHORITIES);
    world.check();
}

#[test]
fn a_holder_revokes_a_key_without_waiting_for_anybody() {
    let mut world = World::peopled();
    let key = secret("alpha").public_key();
    let revoke = Body::RevokeKey { key, reason: text("stolen") };
    world.refused(revoke.clone(), &["beta"], Reason::RoleNotPermitted);
    world.accepted(revoke, &["alpha"]);
    let body = Body::RequestCertificate { account: account(1_001), fee_payment: None };
    world.refused(body, &["alpha"], Reason::KeyRevoked);
    world.check();
}

#[test]
fn operators_are_appointed_and_removed_with_all_their_keys() {
    let mut world = World::staffed();
    let role = Role::Operator(name("op-1"));
    let again =
        Body::AppointOperator { person: name("op-1"), key: possessed(&secret("op-1b"), &role) };
    world.refused(again.clone(), AUTHORITIES, Reason::OperatorExists);
    let second = Body::RegisterKey { role: role.clone(), key: possessed(&secret("op-1b"), &role) };
    world.accepted(second, AUTHORITIES);
    let remove = Body::RemoveOperator { person: name("op-1"), reason: text("left") };
    let removed = world.accepted(remove.clone(), AUTHORITIES);
    assert_eq!(effects(&world, removed).len(), 3, "the person and both keys");
    world.refused(record_payment("b", 1, None), &["op-1b"], Reason::KeyRevoked);
    world.refused(remove, AUTHORITIES, Reason::OperatorUnknown);
    world.check();
}

/// A thief may revoke the holder's keys; the account must not be lost with them.
#[test]
fn two_authorities_help_a_holder_who_has_no_key_left() {
    let mut world = World::peopled();
    let revoke = Body::RevokeKey { key: secret("alpha").public_key(), reason: text("stolen") };
    world.accepted(revoke, &["alpha"]);
    let role = Role::Account(account(1_001));
    let register = Body::RegisterKey { role: role.clone(), key: possessed(&secret("new"), &role) };
    world.refused(register.clone(), &["authority-1"], Reason::SecondSignatureMissing);
    world.refused(register.clone(), OPERATORS, Reason::RoleNotPermitted);
    world.accepted(register, AUTHORITIES);
    world.accepted(
        Body::RequestCertificate { account: account(1_001), fee_payment: None },
        &["new"],
    );
    let role = Role::Account(account(GOVERNMENT));
    let body = Body::RegisterKey { role: role.clone(), key: possessed(&secret("x"), &role) };
    world.refused(body, AUTHORITIES, Reason::AccountUnknown);
    // One key of the account is enough, whoever else of those permitted signs.
    let revoke = Body::RevokeKey { key: secret("new").public_key(), reason: text("rotated") };
    world.accepted(revoke, &["new", "authority-1"]);
    world.check();
}

#[test]
fn authorisations_that_no_vintage_needs_are_not_compared() {
    let mut world = World::peopled();
    let japan = authorisation("JP-1", Side::Japan, 1);
    world.accepted(Body::RecordAuthorisation { authorisation: japan, details: None }, AUTHORITIES);
    let mut partner = authorisation("MN-1", Side::Partner, 1);
    partner.cooperative_approach = "CA0008".parse().expect("an approach");
    world.accepted(
        Body::RecordAuthorisation { authorisation: partner, details: None },
        &["mongolia"],
    );
    let mut body = issuance("MN001", 2019, 900, 100);
    body.authorisations = Some((name("JP-1"), name("MN-1")));
    world.accepted(carried_over(body), AUTHORITIES);
    world.check();
}

// Payments and fees.

#[test]
fn a_payment_is_recorded_once_with_a_value_date_that_has_come() {
    let mut world = World::peopled();
    world.accepted(record_payment("b", 1, None), &["op-1"]);
    world.refused(record_payment("b", 1, None), &["op-2"], Reason::PaymentRecordedBefore);
    let Body::RecordPayment(payment) = record_payment("c", 1, None) else { unreachable!() };
    let tomorrow = jcm_format::command::RecordPayment { value_date: date("2026-11-24"), ..payment };
    world.refused(Body::RecordPayment(tomorrow), &["op-1"], Reason::ValueDateInFuture);
    for number in [GOVERNMENT, 4_711] {
        let body = record_payment("d", 1, Some(account(number)));
        world.refused(body, &["op-1"], Reason::AccountUnknown);
    }
    world.check();
}

#[test]
fn each_yen_settles_one_fee_once() {
    let mut world = World::peopled();
    let (alpha, beta) = (account(1_001), account(1_002));
    let request = |account| Body::RequestCertificate { account, fee_payment: None };
    let application = world.accepted(request(alpha), &["alpha"]);
    let payment = world.pay(2_000, Some(alpha));
    let apply = |payment, application, yen| Body::ApplyPayment {
        payment,
        application,
        amount_yen: Yen::new(yen),
    };
    let op = &["op-1"][..];
    world.refused(apply(NOBODY, application, 1_200), op, Reason::PaymentUnknown);
    world.refused(apply(payment, NOBODY, 1_200), op, Reason::ApplicationUnknown);
    world.refused(apply(payment, application, 2_001), op, Reason::PaymentSpent);
    world.refused(apply(payment, application, 1_201), op, Reason::FeeExceeded);
    let others = world.pay(1_200, Some(beta));
    world.refused(apply(others, application, 1_200), op, Reason::PaymentOfAnother);

    let issue = Body::IssueCertificate { application };
    world.refused(issue.clone(), op, Reason::FeeUnpaid);
    world.accepted(apply(payment, application, 1_199), op);
    world.refused(issue.clone(), op, Reason::FeeUnpaid);
    world.accepted(apply(payment, application, 1), op);
    world.accepted(issue.clone(), op);
    world.refused(issue, op, Reason::ApplicationClosed);
    world.refused(apply(payment, application, 1), op, Reason::ApplicationClosed);
    let second = world.accepted(request(alpha), &["alpha"]);
    world.refused(apply(payment, second, 801), op, Reason::PaymentSpent);
    world.accepted(apply(payment, second, 800), op);
    world.check();
}

// Accounts.

#[test]
fn an_account_is_opened_once_its_fee_is_paid_and_not_before() {
    let mut world = World::staffed();
    let application = world.accepted(apply_account("alpha", ALPHA), &["alpha"]);
    let open = Body::OpenAccount { application };
    world.refused(open.clone(), &["op-1"], Reason::FeeUnpaid);
    let payment = world.pay(14_400, None);
    let amount_yen = Yen::new(14_400);
    world.accepted(Body::ApplyPayment { payment, application, amount_yen }, &["op-1"]);
    world.accepted(open.clone(), &["op-1"]);
    world.refused(open, &["op-1"], Reason::ApplicationClosed);
    let other = world.accepted(
        Body::RequestCertificate { account: account(1_001), fee_payment: None },
        &["alpha"],
    );
    world.refused(Body::OpenAccount { application: other }, &["op-1"], Reason::ApplicationUnknown);
    world.refused(Body::OpenAccount { application: NOBODY }, &["op-1"], Reason::ApplicationUnknown);
    let opened = world.state().account(account(1_001)).expect("open");
    assert_eq!(opened.category, AccountCategory::Entity);
    world.check();
}

/// R5, E7: Act, art. 50(2).
#[test]
fn one_account_for_each_person() {
    let mut world = World::staffed();
    let application = world.accepted(apply_account("alpha", ALPHA), &["alpha"]);
    let again = apply_account("alpha-2", ALPHA);
    world.refused(again.clone(), &["alpha-2"], Reason::AccountExistsForPerson);
    let withdraw = Body::WithdrawApplication { application, reason: text("mistake") };
    world.refused(withdraw.clone(), &["authority-1"], Reason::RoleNotPermitted);
    world.accepted(withdraw.clone(), &["alpha"]);
    // Nobody stands behind this one; an operator refuses it, and withdraws nothing.
    let squatted = world.accepted(apply_account("squatter", ALPHA), &["squatter"]);
    let clear = Body::WithdrawApplication { application: squatted, reason: text("not by them") };
    for signers in [&["squatter", "op-1"] as &[_], &["op-1"], OPERATORS] {
        world.refused(clear.clone(), signers, Reason::RoleNotPermitted);
    }
    world.accepted(refuse(squatted, RefusalGround::Falsehood), &["op-1"]);
    world.open_account("alpha-2", ALPHA);
    world.refused(again, &["alpha-2"], Reason::AccountExistsForPerson);
    let taken = apply_account("alpha-2", BETA);
    world.refused(taken, &["alpha-2"], Reason::KeyAlreadyRegistered);
    world.refused(apply_account("gamma", BETA), &["alpha-2"], Reason::RoleNotPermitted);
    world.refused(withdraw, &["alpha-2"], Reason::ApplicationClosed);
    world.check();
}

// Projects, authorisations and issuance.

#[test]
fn projects_and_authorisations_are_recorded_once() {
    let mut world = World::staffed();
    world.refused(register_project("MN001"), &["op-1"], Reason::ProjectExists);
    let japan = authorisation("JP-1", Side::Japan, 100);
    let record = |body: &jcm_format::command::Authorisation| Body::RecordAuthorisation {
        authorisation: body.clone(),
        details: None,
    };
    world.refused(record(&japan), &["mongolia"], Reason::RoleNotPermitted);
    world.refused(record(&japan), OPERATORS, Reason::RoleNotPermitted);
    world.refused(record(&japan), &["authority-1"], Reason::SecondSignatureMissing);
    let mut unknown = japan.clone();
    unknown.projects = vec![project("MN999")];
    world.refused(record(&unknown), AUTHORITIES, Reason::ProjectUnknown);
    let mut future = japan.clone();
    future.date = date("2026-11-24");
    world.refused(record(&future), AUTHORITIES, Reason::DateInFuture);
    world.accepted(record(&japan), AUTHORITIES);
    world.refused(record(&japan), AUTHORITIES, Reason::AuthorisationExists);
    let partner = authorisation("MN-1", Side::Partner, 100);
    world.refused(record(&partner), AUTHORITIES, Reason::RoleNotPermitted);
    world.accepted(record(&partner), &["mongolia"]);
    world.check();
}

#[test]
fn a_consent_concerns_one_project_and_period() {
    let mut world = World::staffed();
    let decision = issuance("MN001", 2023, 900, 100).decision;
    let consent = |reference: &str, decision: &jcm_format::command::Decision| {
        Body::ConsentIssuance { project: project(reference), decision: decision.clone() }
    };
    world.refused(consent("MN001", &decision), OPERATORS, Reason::RoleNotPermitted);
    world.refused(consent("VN001", &decision), &["mongolia"], Reason::RoleNotPermitted);
    world.refused(consent("MN999", &decision), &["mongolia"], Reason::ProjectUnknown);
    let mut other = decision.clone();
    other.date = date("2026-11-24");
    world.refused(consent("MN001", &other), &["mongolia"], Reason::DateInFuture);
    other.date = date("2023-12-30");
    world.refused(consent("MN001", &other), &["mongolia"], Reason::DecisionBeforePeriodEnd);
    world.accepted(consent("MN001", &decision), &["mongolia"]);
    world.refused(consent("MN001", &decision), &["mongolia"], Reason::ConsentExists);
    world.accepted(consent("MN002", &decision), &["mongolia"]);
    world.check();
}

#[test]
fn an_issuance_needs_the_partner_s_consent_to_exactly_this() {
    let mut world = World::peopled();
    let body = issuance("MN001", 2023, 900, 100);
    let consent = world.accepted(
        Body::ConsentIssuance { project: project("MN001"), decision: body.decision.clone() },
        &["mongolia"],
    );
    let body = RecordIssuance { basis: Basis::Consent(consent), ..body };
    let record = |body: &RecordIssuance| Body::RecordIssuance(body.clone());
    world.refused(record(&body), &["op-1"], Reason::SecondSignatureMissing);
    world.refused(record(&body), AUTHORITIES, Reason::RoleNotPermitted);
    let unknown = RecordIssuance { basis: Basis::Consent(NOBODY), ..body.clone() };
    world.refused(record(&unknown), OPERATORS, Reason::ConsentUnknown);
    let elsewhere = RecordIssuance { project: project("MN002"), ..body.clone() };
    world.refused(record(&elsewhere), OPERATORS, Reason::ConsentDiffers);
    let mut more = body.clone();
    more.decision.notified_japan_tonnes = Tonnes::new(1_001);
    world.refused(record(&more), OPERATORS, Reason::ConsentDiffers);
    let mut nowhere = body.clone();
    nowhere.vintages[0].allocations[0].account = account(4_711);
    world.refused(record(&nowhere), OPERATORS, Reason::AccountUnknown);
    nowhere.vintages[0].allocations[0].account = account(RETIREMENT);
    world.refused(record(&nowhere), OPERATORS, Reason::AllocationToSink);
    let missing = RecordIssuance { project: project("MN777"), ..body.clone() };
    world.refused(record(&missing), OPERATORS, Reason::ProjectUnknown);
    world.accepted(record(&body), OPERATORS);
    world.refused(record(&body), OPERATORS, Reason::IssuedBefore);
    world.check();
}

/// E1: 10,000 t to the government and two companies, in three ranges.
#[test]
fn allocations_become_ranges_that_sum() {
    let mut world = World::peopled();
    let mut body = issuance("MN001", 2023, 3_000, 5_000);
    body.decision.notified_japan_tonnes = Tonnes::new(10_000);
    body.decision.notified_total_tonnes = Tonnes::new(10_000);
    body.quantity_tonnes = Tonnes::new(10_000);
    body.vintages[0].quantity_tonnes = Tonnes::new(10_000);
    body.vintages[0].allocations.push(jcm_format::command::Allocation {
        account: account(1_002),
        quantity_tonnes: Tonnes::new(2_000),
    });
    let consent =
        Body::ConsentIssuance { project: project("MN001"), decision: body.decision.clone() };
    let consent = world.accepted(consent, &["mongolia"]);
    let body = RecordIssuance { basis: Basis::Consent(consent), ..body };
    world.accepted(Body::RecordIssuance(body), OPERATORS);
    let held = |number| world.state().holdings(account(number)).map(|r| r.to_string()).collect();
    let held: [Vec<String>; 3] = [held(1_001), held(GOVERNMENT), held(1_002)];
    assert_eq!(held, [["1:1-3000"], ["1:3001-8000"], ["1:8001-10000"]]);
    world.check();
}

#[test]
fn classes_follow_from_vintage_and_date_of_issuance() {
    let world = World::stocked();
    let classes: Vec<_> = world.state().blocks().map(|block| block.class).collect();
    use CreditClass::{A, B1, B2, C};
    assert_eq!(classes, [B2, B1, C, A]);
    world.check();
}

#[test]
fn an_issuance_may_first_transfer_under_both_authorisations() {
    let mut world = World::peopled();
    authorise(&mut world, 1_500, 1_000);
    let mut body = issuance("MN001", 2023, 900, 100);
    let consent =
        Body::ConsentIssuance { project: project("MN001"), decision: body.decision.clone() };
    let consent = world.accepted(consent, &["mongolia"]);
    body.basis = Basis::Consent(consent);
    let record = |body: &RecordIssuance, japan: &str, partner: &str| {
        let authorisations = Some((name(japan), name(partner)));
        Body::RecordIssuance(RecordIssuance { authorisations, ..body.clone() })
    };
    for (japan, partner) in [("JP-9", "MN-1"), ("MN-1", "MN-1"), ("JP-1", "JP-1")] {
        world.refused(record(&body, japan, partner), OPERATORS, Reason::AuthorisationUnknown);
    }
    let mut other_approach = authorisation("MN-2", Side::Partner, 1_000);
    other_approach.cooperative_approach = "CA0008".parse().expect("an approach");
    world.accepted(
        Body::RecordAuthorisation { authorisation: other_approach, details: None },
        &["mongolia"],
    );
    let refused = record(&body, "JP-1", "MN-2");
    world.refused(refused, OPERATORS, Reason::AuthorisationDoesNotCover);
    let mut other_years = authorisation("MN-3", Side::Partner, 1_000);
    other_years.first_vintage = year(2024);
    world.accepted(
        Body::RecordAuthorisation { authorisation: other_years, details: None },
        &["mongolia"],
    );
    let refused = record(&body, "JP-1", "MN-3");
    world.refused(refused, OPERATORS, Reason::AuthorisationDoesNotCover);
    let small = authorisation("MN-4", Side::Partner, 999);
    world
        .accepted(Body::RecordAuthorisation { authorisation: small, details: None }, &["mongolia"]);
    world.refused(record(&body, "JP-1", "MN-4"), OPERATORS, Reason::AuthorisationExhausted);

    world.accepted(record(&body, "JP-1", "MN-1"), OPERATORS);
    let used = |id: &str| {
        let mut all = world.state().authorisations();
        all.find(|record| record.id == name(id)).expect("known").used_tonnes.get()
    };
    assert_eq!([used("JP-1"), used("MN-1")], [1_000, 1_000]);
    // Retirement asks for nothing more, and every split inherits the flag.
    let entry = world.accepted(retire(1_001, &["1:11-20", "1:31-40"]), &["alpha"]);
    let booked = effects(&world, entry);
    assert!(!booked.iter().any(|effect| matches!(effect, Effect::FirstTransferred { .. })));
    let adjusted = world.state().adjustments().map(|(_, sum)| sum.booked.get()).sum::<u64>();
    assert_eq!(adjusted, 20);
    world.check();
}

// Transfers.

#[test]
fn a_transfer_needs_its_parties() {
    let mut world = World::stocked();
    let to = |source, destination| {
        apply_transfer(terms(source, destination, &["2:1-10"], Purpose::Other))
    };
    world.refused(to(RETIREMENT, 1_001), OPERATORS, Reason::SourceIsSink);
    world.refused(to(CANCELLATION, 1_001), OPERATORS, Reason::SourceIsSink);
    world.refused(to(1_001, 1_002), &["beta"], Reason::RoleNotPermitted);
    world.refused(to(4_711, 1_002), &["alpha"], Reason::RoleNotPermitted);
    world.refused(to(1_001, 1_001), &["alpha"], Reason::DestinationIsSource);
    world.refused(to(1_001, 4_711), &["alpha"], Reason::DestinationUnknown);
    world.refused(to(GOVERNMENT, 1_001), &["op-1"], Reason::SecondSignatureMissing);
    world.check();
}

/// R8: purpose and destination.
#[test]
fn each_purpose_has_its_destinations() {
    let mut world = World::stocked();
    let wrong = [
        (Purpose::Retirement, CANCELLATION),
        (Purpose::Retirement, 1_002),
        (Purpose::Retirement, GOVERNMENT),
        (Purpose::Cancellation, RETIREMENT),
        (Purpose::Cancellation, 1_002),
        (Purpose::Other, RETIREMENT),
        (Purpose::Other, CANCELLATION),
    ];
    for (purpose, destination) in wrong {
        let body = apply_transfer(terms(1_001, destination, &["4:1-10"], purpose));
        world.refused(body, &["alpha"], Reason::PurposeDestinationMismatch);
    }
    world.check();
}

#[test]
fn only_units_that_are_held_and_free_are_transferred() {
    let mut world = World::stocked();
    let to = |units: &[&str]| apply_transfer(terms(1_001, 1_002, units, Purpose::Other));
    world.refused(to(&["9:1-10"]), &["alpha"], Reason::UnitsUnknown);
    world.refused(to(&["2:1-1001"]), &["alpha"], Reason::UnitsUnknown);
    world.refused(to(&["2:890-901"]), &["alpha"], Reason::UnitsNotHeld);
    let waiting = world.accepted(to(&["2:11-20"]), &["alpha"]);
    world.refused(to(&["2:1-11"]), &["alpha"], Reason::UnitsReserved);
    world.refused(cancel(1_001, &["2:20-20"]), &["alpha"], Reason::UnitsReserved);
    world.accepted(cancel(1_001, &["2:1-10", "2:21-30"]), &["alpha"]);
    let withdraw = Body::WithdrawApplication { application: waiting, reason: text("changed") };
    world.refused(withdraw.clone(), &["beta"], Reason::RoleNotPermitted);
    world.accepted(withdraw, &["alpha"]);
    world.accepted(cancel(1_001, &["2:11-20"]), &["alpha"]);
    world.refused(cancel(1_001, &["2:11-20"]), &["alpha"], Reason::UnitsNotHeld);
    assert_eq!(balance(&world, CANCELLATION), 30);
    world.check();
}

/// E2: a transfer for which nobody has paid is not recorded.
#[test]
fn a_transfer_waits_for_its_fee() {
    let mut world = World::stocked();
    let body = apply_transfer(terms(1_001, 1_002, &["4:1-120"], Purpose::Other));
    let application = world.accepted(body, &["alpha"]);
    let record = Body::RecordTransfer { application };
    world.refused(record.clone(), &["op-1"], Reason::FeeUnpaid);
    assert_eq!(balance(&world, 1_002), 0);
    let payment = world.pay(2_500, Some(account(1_001)));
    let amount_yen = Yen::new(2_500);
    world.accepted(Body::ApplyPayment { payment, application, amount_yen }, &["op-1"]);
    world.refused(record.clone(), &["alpha"], Reason::RoleNotPermitted);
    world.accepted(record.clone(), &["op-1"]);
    world.refused(record, &["op-1"], Reason::ApplicationClosed);
    assert_eq!(balance(&world, 1_002), 120);
    world.refused(
        Body::RecordTransfer { application: payment },
        &["op-1"],
        Reason::ApplicationUnknown,
    );
    world.check();
}

#[test]
fn a_transfer_whose_fee_was_paid_before_is_recorded_at_once() {
    let mut world = World::stocked();
    let payment = world.pay(5_000, Some(account(1_001)));
    let anonymous = world.pay(5_000, None);
    let of_beta = world.pay(5_000, Some(account(1_002)));
    let small = world.pay(2_499, Some(account(1_001)));
    let with = |units: &[&str], payment| Body::ApplyTransfer {
        terms: terms(1_001, 1_002, units, Purpose::Other),
        use_details: None,
        trust: None,
        fee_payment: Some(PaymentId::single(payment)),
    };
    world.refused(with(&["4:1-5"], NOBODY), &["alpha"], Reason::PaymentUnknown);
    world.refused(with(&["4:1-5"], anonymous), &["alpha"], Reason::PaymentOfAnother);
    world.refused(with(&["4:1-5"], of_beta), &["alpha"], Reason::PaymentOfAnother);
    world.refused(with(&["4:1-5"], small), &["alpha"], Reason::PaymentSpent);
    world.accepted(with(&["4:1-5"], payment), &["alpha"]);
    world.accepted(with(&["4:6-10"], payment), &["alpha"]);
    world.refused(with(&["4:11-15"], payment), &["alpha"], Reason::PaymentSpent);
    assert_eq!(balance(&world, 1_002), 10);
    world.check();
}

/// F1 to F6 of the fee table: Cabinet Order, art. 20; registry ordinance, art. 18.
#[test]
fn the_fee_table_of_a_transfer() {
    let mut world = World::stocked();
    let fee = |world: &World, entry| match effects(world, entry).first() {
        Some(Effect::TransferApplied { fee, .. }) => *fee,
        other => panic!("{other:?}"),
    };
    let mut apply = |units: &[&str], destination, purpose, gratuitous| {
        let terms = TransferTerms { gratuitous, ..terms(1_001, destination, units, purpose) };
        let entry = world.accepted(apply_transfer(terms), &["alpha"]);
        fee(&world, entry)
    };
    let due = Fee::Due(Yen::new(2_500));
    assert_eq!(apply(&["1:1-1"], 1_002, Purpose::Other, false), due);
    assert_eq!(apply(&["4:1-1"], CANCELLATION, Purpose::Cancellation, false), due);
    assert_eq!(apply(&["4:2-2"], CANCELLATION, Purpose::Cancellation, true), Fee::Waived);
    assert_eq!(apply(&["4:3-3"], GOVERNMENT, Purpose::Other, true), Fee::Waived);
    assert_eq!(apply(&["4:4-4"], GOVERNMENT, Purpose::Other, false), due);
    assert_eq!(apply(&["3:1-1"], 1_002, Purpose::Other, false), Fee::NotChargeable);
    assert_eq!(apply(&["3:2-2"], CANCELLATION, Purpose::Cancellation, true), Fee::NotChargeable);
    let own = apply_transfer(terms(GOVERNMENT, 1_002, &["4:901-910"], Purpose::Other));
    let entry = world.accepted(own, OPERATORS);
    assert_eq!(fee(&world, entry), Fee::NotAnApplication);
    let mixed = apply_transfer(terms(1_001, 1_002, &["3:10-10", "4:10-10"], Purpose::Other));
    world.refused(mixed, &["alpha"], Reason::ClassesMixed);
    let gift =
        TransferTerms { gratuitous: true, ..terms(1_001, 1_002, &["4:20-20"], Purpose::Other) };
    world.refused(apply_transfer(gift), &["alpha"], Reason::GratuitousNotApplicable);
    let payment = world.pay(2_500, Some(account(1_001)));
    let Body::ApplyTransfer { terms, .. } = cancel(1_001, &["4:30-30"]) else { unreachable!() };
    let needless = paid_transfer(terms, payment);
    world.refused(needless, &["alpha"], Reason::FeePaymentNotNeeded);
    world.check();
}

/// E3, R9: Act, art. 57-3; supplementary provision 2(1).
#[test]
fn reductions_before_2021_are_cancelled_and_never_retired() {
    let mut world = World::stocked();
    authorise(&mut world, 10_000, 10_000);
    for units in ["1:1-5", "3:1-5"] {
        world.refused(retire(1_001, &[units]), &["alpha"], Reason::RetirementBefore2021);
        world.accepted(cancel(1_001, &[units]), &["alpha"]);
    }
    assert_eq!(balance(&world, CANCELLATION), 10);
    world.check();
}

/// E4, R9: both governments.
#[test]
fn retirement_needs_the_authorisation_of_both_governments() {
    let mut world = World::stocked();
    let body = retire(1_001, &["2:1-500"]);
    world.refused(body.clone(), &["alpha"], Reason::AuthorisationOfJapanMissing);
    let japan = authorisation("JP-1", Side::Japan, 600);
    world.accepted(Body::RecordAuthorisation { authorisation: japan, details: None }, AUTHORITIES);
    world.refused(body.clone(), &["alpha"], Reason::AuthorisationOfPartnerMissing);
    let mut elsewhere = authorisation("MN-0", Side::Partner, 600);
    elsewhere.cooperative_approach = "CA0008".parse().expect("an approach");
    world.accepted(
        Body::RecordAuthorisation { authorisation: elsewhere, details: None },
        &["mongolia"],
    );
    world.refused(body.clone(), &["alpha"], Reason::AuthorisationOfPartnerMissing);
    let small = authorisation("MN-1", Side::Partner, 499);
    world
        .accepted(Body::RecordAuthorisation { authorisation: small, details: None }, &["mongolia"]);
    world.refused(body.clone(), &["alpha"], Reason::AuthorisationExhausted);
    let enough = authorisation("MN-2", Side::Partner, 600);
    world.accepted(
        Body::RecordAuthorisation { authorisation: enough, details: None },
        &["mongolia"],
    );
    let entry = world.accepted(body, &["alpha"]);
    let booked: Vec<_> = effects(&world, entry)
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::AdjustmentBooked { partner, vintage, quantity_tonnes, .. } => {
                Some((partner.to_string(), vintage.get(), quantity_tonnes.get()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(booked, [("MN".to_owned(), 2022, 500)]);
    // Two ranges of one command cannot both have the last hundred tonnes.
    let both = retire(1_001, &["2:501-560", "2:571-620"]);
    world.refused(both, &["alpha"], Reason::AuthorisationExhausted);
    world.accepted(retire(1_001, &["2:501-550", "2:571-620"]), &["alpha"]);
    world.check();
}

#[test]
fn a_retirement_that_waited_is_judged_again_when_it_is_recorded() {
    let mut world = World::stocked();
    authorise(&mut world, 100, 100);
    let paid = apply_transfer(terms(1_001, RETIREMENT, &["2:1-100"], Purpose::Retirement));
    let application = world.accepted(paid, &["alpha"]);
    let payment = world.pay(2_500, Some(account(1_001)));
    let amount_yen = Yen::new(2_500);
    world.accepted(Body::ApplyPayment { payment, application, amount_yen }, &["op-1"]);
    world.accepted(retire(1_001, &["4:1-1"]), &["alpha"]);
    let record = Body::RecordTransfer { application };
    world.refused(record.clone(), &["op-1"], Reason::AuthorisationExhausted);
    let more = authorisation("JP-2", Side::Japan, 100);
    world.accepted(Body::RecordAuthorisation { authorisation: more, details: None }, AUTHORITIES);
    world.refused(record.clone(), &["op-1"], Reason::AuthorisationExhausted);
    let more = authorisation("MN-2", Side::Partner, 100);
    world.accepted(Body::RecordAuthorisation { authorisation: more, details: None }, &["mongolia"]);
    world.accepted(record, &["op-1"]);
    assert_eq!(balance(&world, RETIREMENT), 101);
    world.check();
}

// Certificates.

#[test]
fn a_certificate_is_of_one_s_own_account() {
    let mut world = World::stocked();
    let request = |account, fee_payment| Body::RequestCertificate { account, fee_payment };
    let (alpha, beta) = (account(1_001), account(1_002));
    world.refused(request(beta, None), &["alpha"], Reason::RoleNotPermitted);
    let payment = world.pay(1_200, Some(alpha));
    world.refused(
        request(beta, Some(PaymentId::single(payment))),
        &["beta"],
        Reason::PaymentOfAnother,
    );
    let entry = world.accepted(request(alpha, Some(PaymentId::single(payment))), &["alpha"]);
    assert!(effects(&world, entry).contains(&Effect::CertificateIssued { application: None }));
    world.refused(
        request(alpha, Some(PaymentId::single(payment))),
        &["alpha"],
        Reason::PaymentSpent,
    );
    let unknown = Body::IssueCertificate { application: NOBODY };
    world.refused(unknown, &["op-1"], Reason::ApplicationUnknown);
    world.check();
}

/// The limits of a payload keep every effect within an entry; this one comes
/// past them, as it could only from a fault in the limits.
#[test]
fn an_effect_that_does_not_fit_an_entry_is_refused_whole() {
    let mut world = World::staffed();
    let Body::ApplyAccount(apply) = apply_account("alpha", ALPHA) else { unreachable!() };
    let attachments = vec![Digest::ZERO; 3_000];
    let body = jcm_format::command::ApplyAccount { attachments, ..apply };
    let command = world.command(Body::ApplyAccount(body));
    let pinned = Command { effect_digest: Some(Digest::ZERO), ..command };
    let signers = [secret("alpha").public_key()];
    let decided = jcm_ledger::prepare(world.state(), world.now, &pinned, &signers);
    assert_eq!(decided.expect_err("too large").reason, Reason::EntryTooLarge);
    world.check();
}
