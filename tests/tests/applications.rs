//! Applications on their way: what is missing, refusal, lapse, change, closing,
//! individuals, consent of the transferee, and rule data. Every rejection is
//! shown; each test ends with the auditor's verifier.

use jcm_format::amount::Yen;
use jcm_format::command::{
    Acceptance, Body, NotifyChange, ParticularsChange, PaymentId, Person, Purpose, RefusalGround,
    Rules,
};
use jcm_format::event::{AccountCategory, Effect, Fee};
use jcm_ledger::Reason;
use jcm_tests::acts::*;
use jcm_tests::world::*;

fn transfer_to_beta(units: &[&str]) -> Body {
    apply_transfer(terms(1_001, 1_002, units, Purpose::Other))
}

#[test]
fn what_is_missing_keeps_an_application_from_being_recorded() {
    let mut world = World::staffed();
    let application = world.accepted(apply_account("alpha", ALPHA), &["alpha"]);
    world.settle(application, 14_400);
    let ask = |due| request_completion(application, due);
    world.refused(ask("2026-11-23"), &["op-1"], Reason::DueDatePast);
    world.refused(request_completion(NOBODY, "2026-12-01"), &["op-1"], Reason::ApplicationUnknown);
    world.refused(complete(application), &["alpha"], Reason::CompletionNotAsked);
    world.accepted(ask("2026-12-01"), &["op-1"]);
    let open = Body::OpenAccount { application };
    world.refused(open.clone(), &["op-1"], Reason::CompletionAwaited);
    world.refused(complete(application), &["authority-1"], Reason::RoleNotPermitted);
    world.refused(complete(NOBODY), &["op-1"], Reason::RoleNotPermitted);
    world.accepted(complete(application), &["alpha"]);
    world.accepted(open, &["op-1"]);
    world.refused(complete(application), &["op-1"], Reason::ApplicationClosed);
    world.refused(ask("2026-12-01"), &["op-1"], Reason::ApplicationClosed);
    world.check();
}

#[test]
fn nothing_is_recorded_while_something_is_missing() {
    let mut world = World::stocked();
    let transfer = world.accepted(transfer_to_beta(&["4:1-10"]), &["alpha"]);
    world.settle(transfer, 2_500);
    let request = Body::RequestCertificate { account: account(1_001), fee_payment: None };
    let certificate = world.accepted(request, &["alpha"]);
    world.settle(certificate, 1_200);
    let change = world.accepted(change(1_001, "Alpha Holdings Inc.", "2026-10-01"), &["alpha"]);
    for application in [transfer, certificate, change] {
        world.accepted(request_completion(application, "2026-12-01"), &["op-1"]);
    }
    let record = Body::RecordTransfer { application: transfer };
    world.refused(record.clone(), &["op-1"], Reason::CompletionAwaited);
    let issue = Body::IssueCertificate { application: certificate };
    world.refused(issue.clone(), &["op-1"], Reason::CompletionAwaited);
    let adopt = Body::RecordApplication { application: change };
    world.refused(adopt.clone(), &["op-1"], Reason::CompletionAwaited);
    for (application, act) in [(transfer, record), (certificate, issue), (change, adopt)] {
        world.accepted(complete(application), &["alpha"]);
        world.accepted(act, &["op-1"]);
    }
    assert_eq!(world.balance(1_002), 10);
    world.check();
}

#[test]
fn refusal_needs_a_ground_for_its_kind() {
    let mut world = World::stocked();
    let account_application = world.accepted(apply_account("gamma", "7000012050002"), &["gamma"]);
    for ground in [
        RefusalGround::Restriction,
        RefusalGround::EvidentError,
        RefusalGround::Irregularity,
        RefusalGround::Violation,
    ] {
        let body = refuse(account_application, ground);
        world.refused(body, &["op-1"], Reason::GroundNotApplicable);
    }
    world.accepted(refuse(account_application, RefusalGround::Falsehood), &["op-1"]);
    let again = refuse(account_application, RefusalGround::Falsehood);
    world.refused(again, &["op-1"], Reason::ApplicationClosed);
    world.refused(refuse(NOBODY, RefusalGround::Procedure), &["op-1"], Reason::ApplicationUnknown);
    // The person may apply again.
    world.accepted(apply_account("gamma", "7000012050002"), &["gamma"]);
    world.check();
}

#[test]
fn a_restriction_as_ground_must_be_recorded() {
    let mut world = World::stocked();
    let application = world.accepted(transfer_to_beta(&["4:1-10"]), &["alpha"]);
    let body = refuse(application, RefusalGround::Restriction);
    world.refused(body.clone(), &["op-1"], Reason::GroundUnfounded);
    world.accepted(restriction(1_001, &["4:11-20"]), OPERATORS);
    world.refused(body.clone(), &["op-1"], Reason::GroundUnfounded);
    world.accepted(restriction(1_001, &["4:10-10"]), OPERATORS);
    world.accepted(body, &["op-1"]);
    // What it reserved is free, as far as no order stops it.
    world.accepted(cancel(1_001, &["4:1-9"]), &["alpha"]);
    world.check();
}

#[test]
fn an_application_lapses_after_its_days_and_not_before() {
    let mut world = World::stocked();
    let application = world.accepted(transfer_to_beta(&["4:1-10"]), &["alpha"]);
    let lapse = Body::LapseApplication { application };
    world.refused(lapse.clone(), &["op-1"], Reason::CalendarMissing);
    world.accepted(
        calendar(2026, &["2026-11-23", "2026-12-29", "2026-12-30", "2026-12-31"]),
        OPERATORS,
    );
    world.refused(lapse.clone(), &["op-1"], Reason::NotLapsed);
    // Twenty working days after 23 November end on 21 December.
    world.wait_days(28);
    world.refused(lapse.clone(), &["op-1"], Reason::NotLapsed);
    world.wait_days(1);
    let entry = world.accepted(lapse.clone(), &["op-1"]);
    assert!(matches!(world.effects(entry).as_slice(), [Effect::ApplicationLapsed { .. }]));
    world.refused(lapse, &["op-1"], Reason::ApplicationClosed);
    let unknown = Body::LapseApplication { application: NOBODY };
    world.refused(unknown, &["op-1"], Reason::ApplicationUnknown);
    world.accepted(cancel(1_001, &["4:1-10"]), &["alpha"]);
    world.check();
}

#[test]
fn a_holiday_moves_the_last_day_and_a_new_year_needs_its_calendar() {
    let mut world = World::stocked();
    let application = world.accepted(transfer_to_beta(&["4:1-10"]), &["alpha"]);
    let lapse = Body::LapseApplication { application };
    world.accepted(calendar(2026, &["2026-12-21"]), OPERATORS);
    world.wait_days(29);
    world.refused(lapse.clone(), &["op-1"], Reason::NotLapsed);
    let rules = Rules { payment_days: 40, ..rules(&[("2025-04-01", 2_500)]) };
    world.accepted(Body::AdoptRules(rules), AUTHORITIES);
    let later = world.accepted(transfer_to_beta(&["4:11-20"]), &["alpha"]);
    // What was received before keeps its twenty days.
    world.wait_days(1);
    world.accepted(lapse, &["op-1"]);
    let lapse = Body::LapseApplication { application: later };
    world.refused(lapse.clone(), &["op-1"], Reason::CalendarMissing);
    world.accepted(calendar(2027, &["2027-01-01", "2027-01-11"]), OPERATORS);
    world.refused(lapse, &["op-1"], Reason::NotLapsed);
    world.check();
}

#[test]
fn what_is_not_handed_in_in_time_lapses_too() {
    let mut world = World::stocked();
    let application = world.accepted(change(1_001, "Alpha KK", "2026-11-01"), &["alpha"]);
    let lapse = Body::LapseApplication { application };
    world.refused(lapse.clone(), &["op-1"], Reason::NotLapsed);
    world.accepted(request_completion(application, "2026-11-30"), &["op-1"]);
    world.wait_days(7);
    world.refused(lapse.clone(), &["op-1"], Reason::NotLapsed);
    world.wait_days(1);
    world.accepted(lapse, &["op-1"]);
    world.check();
}

/// R18: Act, art. 51.
#[test]
fn changed_particulars_take_effect_when_they_are_recorded() {
    let mut world = World::peopled();
    let notify = |effective| change(1_001, "Alpha Holdings Inc.", effective);
    world.refused(notify("2026-11-24"), &["alpha"], Reason::DateInFuture);
    world.refused(notify("2026-11-01"), &["beta"], Reason::RoleNotPermitted);
    let Body::NotifyChange(valid) = notify("2026-11-01") else { unreachable!() };
    let mut misfit = valid.clone();
    if let Some(holder) = &mut misfit.change.holder {
        holder.name_ja = None;
    }
    world.refused(Body::NotifyChange(misfit), &["alpha"], Reason::ParticularsMisfit);
    let application = world.accepted(notify("2026-11-01"), &["alpha"]);
    world.refused(notify("2026-11-01"), &["alpha"], Reason::ApplicationPending);
    let name = |world: &World| {
        let holder = world.state().account(account(1_001)).and_then(|a| a.holder.clone());
        holder.and_then(|holder| holder.particulars).expect("published").name_en.to_string()
    };
    assert_eq!(name(&world), "alpha Inc.");
    let record = Body::RecordApplication { application };
    world.refused(record.clone(), &["alpha"], Reason::RoleNotPermitted);
    world.accepted(record.clone(), &["op-1"]);
    assert_eq!(name(&world), "Alpha Holdings Inc.");
    world.refused(record, &["op-1"], Reason::ApplicationClosed);
    // Another kind of application is not recorded by this command.
    let request = Body::RequestCertificate { account: account(1_001), fee_payment: None };
    let other = world.accepted(request, &["alpha"]);
    let wrong = Body::RecordApplication { application: other };
    world.refused(wrong, &["op-1"], Reason::ApplicationUnknown);
    world.check();
}

/// R17: registry ordinance, art. 14.
#[test]
fn an_account_is_closed_when_nothing_is_left() {
    let mut world = World::stocked();
    world.refused(close(1_001), &["alpha"], Reason::AccountNotEmpty);
    world.refused(close(1_002), &["alpha"], Reason::RoleNotPermitted);
    let incoming = world.accepted(transfer_to_beta(&["4:1-10"]), &["alpha"]);
    world.refused(close(1_002), &["beta"], Reason::ApplicationPending);
    let withdraw = Body::WithdrawApplication { application: incoming, reason: text("mistake") };
    world.accepted(withdraw, &["alpha"]);
    let order = world.accepted(restriction(1_002, &[]), OPERATORS);
    world.refused(close(1_002), &["beta"], Reason::AccountRestricted);
    world.accepted(release(order), OPERATORS);
    let application = world.accepted(close(1_002), &["beta"]);
    world.refused(close(1_002), &["beta"], Reason::ApplicationPending);
    // Units that arrive meanwhile keep it open.
    let record = Body::RecordApplication { application };
    let payment = world.pay(2_500, Some(account(1_001)));
    let one = paid_transfer(terms(1_001, 1_002, &["4:1-1"], Purpose::Other), payment);
    world.accepted(one, &["alpha"]);
    world.refused(record.clone(), &["op-1"], Reason::AccountNotEmpty);
    world.accepted(cancel(1_002, &["4:1-1"]), &["beta"]);
    let order = world.accepted(restriction(1_002, &[]), OPERATORS);
    world.refused(record.clone(), &["op-1"], Reason::AccountRestricted);
    world.accepted(release(order), OPERATORS);
    let pending = world.accepted(transfer_to_beta(&["4:2-10"]), &["alpha"]);
    world.refused(record.clone(), &["op-1"], Reason::ApplicationPending);
    world.accepted(refuse(pending, RefusalGround::Procedure), &["op-1"]);
    let entry = world.accepted(record, &["op-1"]);
    assert!(matches!(
        world.effects(entry).as_slice(),
        [Effect::AccountClosed { .. }, Effect::KeyRevoked { key: revoked }] if *revoked == key("beta")
    ));
    world.refused(transfer_to_beta(&["4:2-10"]), &["alpha"], Reason::DestinationUnknown);
    world.refused(close(1_002), &["beta"], Reason::KeyRevoked);
    // The person may have an account again, under a new number.
    let again = world.open_account("beta-2", BETA);
    assert_eq!(again, account(1_003));
    world.check();
}

/// R5: Act, art. 50(1) and (2).
#[test]
fn individuals_are_proponents_and_have_one_account() {
    let mut world = World::staffed();
    let person = digest("person");
    world.refused(apply_individual("kato", "person"), &["kato"], Reason::NotAProponent);
    let register =
        |reference: &str| Body::RegisterProponent { project: project(reference), person };
    world.refused(register("MN999"), &["op-1"], Reason::ProjectUnknown);
    world.accepted(register("MN001"), &["op-1"]);
    world.refused(register("MN001"), &["op-2"], Reason::ProponentExists);
    world.accepted(register("MN002"), &["op-1"]);
    world.refused(apply_individual("kato", "person"), &["op-1"], Reason::RoleNotPermitted);
    let application = world.accepted(apply_individual("kato", "person"), &["kato"]);
    let again = apply_individual("kato-2", "person");
    world.refused(again.clone(), &["kato-2"], Reason::AccountExistsForPerson);
    world.settle(application, 14_400);
    world.accepted(Body::OpenAccount { application }, &["op-1"]);
    world.refused(again, &["kato-2"], Reason::AccountExistsForPerson);
    let other = Body::RegisterProponent { project: project("MN001"), person: digest("other") };
    world.accepted(other, &["op-1"]);
    let taken = apply_individual("kato", "other");
    world.refused(taken, &["kato"], Reason::KeyAlreadyRegistered);
    let opened = world.state().account_of(&Person::Individual(person)).expect("open");
    let holder = world.state().account(opened).and_then(|a| a.holder.clone()).expect("held");
    assert_eq!(holder.particulars, None, "nothing published stands in the log");
    // A change of an individual's particulars is a new commitment, never a name.
    let named = NotifyChange {
        account: opened,
        change: ParticularsChange {
            holder: Some(jcm_tests::acts::holder("Kato Taro")),
            particulars: None,
            effective: date("2026-11-01"),
        },
        attachments: vec![digest("住民票の写し")],
    };
    world.refused(Body::NotifyChange(named.clone()), &["kato"], Reason::ParticularsMisfit);
    let change =
        ParticularsChange { holder: None, particulars: Some(digest("new")), ..named.change };
    let application =
        world.accepted(Body::NotifyChange(NotifyChange { change, ..named }), &["kato"]);
    world.accepted(Body::RecordApplication { application }, &["op-1"]);
    world.check();
}

#[test]
fn holders_choose_from_whom_they_receive_where_the_rules_let_them() {
    let mut world = World::stocked();
    let set = |acceptance| Body::SetAcceptance { account: account(1_002), acceptance };
    world.refused(set(Acceptance::Consent), &["beta"], Reason::AcceptanceOff);
    world.accepted(rules_with_acceptance(), AUTHORITIES);
    world.refused(set(Acceptance::Consent), &["alpha"], Reason::RoleNotPermitted);
    world.accepted(set(Acceptance::Listed(vec![account(1_003)])), &["beta"]);
    world.refused(transfer_to_beta(&["4:1-10"]), &["alpha"], Reason::NotAccepted);
    world.accepted(set(Acceptance::Listed(vec![account(1_001)])), &["beta"]);
    let listed = world.accepted(transfer_to_beta(&["4:1-10"]), &["alpha"]);
    let accept = |application| Body::AcceptTransfer { application };
    world.refused(accept(listed), &["beta"], Reason::AcceptanceNotAsked);
    world.accepted(set(Acceptance::Consent), &["beta"]);
    let payment = world.pay(2_500, Some(account(1_001)));
    let terms = terms(1_001, 1_002, &["4:11-20"], Purpose::Other);
    let application = world.accepted(paid_transfer(terms, payment), &["alpha"]);
    assert_eq!(world.balance(1_002), 0, "paid, and waiting for consent");
    let record = Body::RecordTransfer { application };
    world.refused(record.clone(), &["op-1"], Reason::AcceptanceAwaited);
    world.refused(accept(application), &["alpha"], Reason::RoleNotPermitted);
    world.refused(accept(NOBODY), &["beta"], Reason::RoleNotPermitted);
    world.accepted(accept(application), &["beta"]);
    world.refused(accept(application), &["beta"], Reason::AcceptanceNotAsked);
    world.accepted(record, &["op-1"]);
    world.refused(accept(application), &["beta"], Reason::ApplicationClosed);
    assert_eq!(world.balance(1_002), 10);
    world.check();
}

#[test]
fn rule_data_are_adopted_in_order_and_by_day() {
    let mut world = World::stocked();
    let adopt = |version, fees: &[(&str, u64)]| Body::AdoptRules(Rules { version, ..rules(fees) });
    world.refused(adopt(3, &[("2025-04-01", 2_500)]), AUTHORITIES, Reason::RulesVersion);
    world.refused(adopt(2, &[("2026-11-24", 3_000)]), AUTHORITIES, Reason::FeesNotInForce);
    world.refused(adopt(2, &[("2025-04-01", 2_500)]), OPERATORS, Reason::RoleNotPermitted);
    world.accepted(adopt(2, &[("2025-04-01", 2_500), ("2026-11-25", 3_000)]), AUTHORITIES);
    let fee = |world: &World, entry| match world.effects(entry).first() {
        Some(Effect::TransferApplied { fee, .. }) => *fee,
        other => panic!("{other:?}"),
    };
    let before = world.accepted(transfer_to_beta(&["4:1-1"]), &["alpha"]);
    assert_eq!(fee(&world, before), Fee::Due(Yen::new(2_500)));
    world.wait_days(2);
    let after = world.accepted(transfer_to_beta(&["4:2-2"]), &["alpha"]);
    assert_eq!(fee(&world, after), Fee::Due(Yen::new(3_000)));
    // The older application owes what it owed.
    world.settle(before, 2_500);
    world.accepted(Body::RecordTransfer { application: before }, &["op-1"]);
    world.check();
}

#[test]
fn government_accounts_are_opened_by_the_ministers() {
    let mut world = World::stocked();
    let open = |category| Body::OpenGovernmentAccount {
        category,
        name_ja: text("その他政府保有口座"),
        name_en: text("Further government account"),
    };
    world.refused(open(AccountCategory::GovernmentHolding), OPERATORS, Reason::RoleNotPermitted);
    world.accepted(open(AccountCategory::GovernmentHolding), AUTHORITIES);
    world.accepted(open(AccountCategory::Cancellation), AUTHORITIES);
    let give = apply_transfer(terms(GOVERNMENT, 4, &["4:901-910"], Purpose::Other));
    world.accepted(give, OPERATORS);
    assert_eq!(world.balance(4), 10);
    // A second cancellation account is a sink like the first.
    let cancel = apply_transfer(terms(GOVERNMENT, 5, &["4:911-920"], Purpose::Cancellation));
    world.accepted(cancel, OPERATORS);
    let back = apply_transfer(terms(5, GOVERNMENT, &["4:911-920"], Purpose::Other));
    world.refused(back, OPERATORS, Reason::SourceIsSink);
    world.check();
}

#[test]
fn there_are_at_most_a_thousand_government_accounts() {
    let mut world = World::staffed();
    for number in 4..=1_000 {
        let body = Body::OpenGovernmentAccount {
            category: AccountCategory::GovernmentHolding,
            name_ja: text(&format!("口座{number}")),
            name_en: text(&format!("Account {number}")),
        };
        world.accepted(body, AUTHORITIES);
    }
    let one_more = Body::OpenGovernmentAccount {
        category: AccountCategory::GovernmentHolding,
        name_ja: text("口座"),
        name_en: text("Account"),
    };
    world.refused(one_more, AUTHORITIES, Reason::GovernmentAccountsFull);
    // Entity accounts are numbered apart.
    assert_eq!(world.open_account("alpha", ALPHA), account(1_001));
    world.check();
}

#[test]
fn a_payment_of_an_imported_statement_pays_a_transfer_at_once() {
    let mut world = World::stocked();
    let Body::ImportStatement(mut import) = statement("s", &[("a", 2_500, "2026-11-20")]) else {
        unreachable!()
    };
    import.payments[0].account = Some(account(1_001));
    let entry = world.accepted(Body::ImportStatement(import), &["op-1"]);
    let terms = terms(1_001, 1_002, &["4:1-10"], Purpose::Other);
    let with = |payment: PaymentId| Body::ApplyTransfer {
        terms: terms.clone(),
        use_details: None,
        trust: None,
        fee_payment: Some(payment),
    };
    world.refused(with(PaymentId::single(entry)), &["alpha"], Reason::PaymentUnknown);
    world.refused(with(line(entry, 2)), &["alpha"], Reason::PaymentUnknown);
    let recorded = world.accepted(with(line(entry, 1)), &["alpha"]);
    assert!(matches!(
        world.effects(recorded).as_slice(),
        [
            Effect::TransferApplied { .. },
            Effect::PaymentLineApplied { .. },
            Effect::TransferRecorded { application: None }
        ]
    ));
    world.check();
}

/// The key that applied acts alone, for its own application, as long as it is open.
#[test]
fn the_key_that_applied_is_nobody_else() {
    let mut world = World::staffed();
    let own = world.accepted(apply_account("alpha", ALPHA), &["alpha"]);
    let other = world.accepted(apply_account("beta", BETA), &["beta"]);
    world.accepted(request_completion(own, "2026-12-01"), &["op-1"]);
    world.accepted(request_completion(other, "2026-12-01"), &["op-1"]);
    let bodies = |application| {
        let proof = Body::SubmitPaymentProof { application, document: digest("receipt") };
        let withdraw = Body::WithdrawApplication { application, reason: text("mistake") };
        [proof, complete(application), withdraw]
    };
    for body in bodies(other) {
        world.refused(body, &["alpha"], Reason::KeyUnknown);
    }
    for body in bodies(own) {
        world.refused(body.clone(), &["alpha", "op-1"], Reason::RoleNotPermitted);
        world.refused(body.clone(), &["authority-1"], Reason::RoleNotPermitted);
        world.refused(body.clone(), &["stranger"], Reason::KeyUnknown);
        world.accepted(body, &["alpha"]);
    }
    for body in bodies(own) {
        world.refused(body.clone(), &["alpha"], Reason::KeyUnknown);
        world.refused(body, &["op-1"], Reason::ApplicationClosed);
    }
    let [proof, completion, withdraw] = bodies(other);
    for body in [proof, completion] {
        world.accepted(body, &["op-1", "op-2"]);
    }
    world.refused(withdraw.clone(), OPERATORS, Reason::RoleNotPermitted);
    world.accepted(withdraw, &["beta"]);
    world.check();
}
