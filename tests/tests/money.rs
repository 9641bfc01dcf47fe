//! Money: imported statements, payments applied together, refunds, proofs of
//! payment, the books. Each test ends with the auditor's verifier.

use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{
    Body, BookTotals, PaymentId, PaymentPart, Purpose, RefundSource, RefusalGround,
};
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;
use jcm_format::time::Timestamp;
use jcm_ledger::Reason;
use jcm_tests::acts::*;
use jcm_tests::world::*;

fn request(of: u32) -> Body {
    Body::RequestCertificate { account: account(of), fee_payment: None }
}

fn part(payment: PaymentId, application: EntryIndex, yen: u64) -> PaymentPart {
    PaymentPart { payment, application, amount_yen: Yen::new(yen) }
}

fn left(world: &World, payment: PaymentId) -> u64 {
    world.state().payment(payment).expect("recorded").left_yen.get()
}

#[test]
fn a_statement_is_imported_as_a_whole_and_once() {
    let mut world = World::staffed();
    let op = &["op-1"][..];
    let good = [("a", 14_400, "2026-11-20"), ("b", 2_500, "2026-11-23")];
    let future = [("c", 1_200, "2026-11-23"), ("d", 1_200, "2026-11-24")];
    world.refused(statement("s1", &future), op, Reason::ValueDateInFuture);
    world.refused(statement("s1", &good), &["authority-1"], Reason::RoleNotPermitted);
    let entry = world.accepted(statement("s1", &good), op);
    assert_eq!(left(&world, line(entry, 1)), 14_400);
    assert_eq!(left(&world, line(entry, 2)), 2_500);
    assert!(world.state().payment(line(entry, 3)).is_none());
    world.refused(statement("s1", &[("e", 1, "2026-11-20")]), op, Reason::StatementImported);
    // A statement of the days around brings one line again: it is refused whole.
    let overlap = [("f", 9_999, "2026-11-19"), ("a", 14_400, "2026-11-20")];
    world.refused(statement("s2", &overlap), op, Reason::PaymentRecordedBefore);
    assert_eq!(world.state().payments().count(), 2);
    let Body::ImportStatement(mut import) = statement("s3", &[("g", 1, "2026-11-20")]) else {
        unreachable!()
    };
    import.payments[0].account = Some(account(4_711));
    world.refused(Body::ImportStatement(import), op, Reason::AccountUnknown);
    world.check();
}

#[test]
fn a_thousand_credits_fit_one_entry() {
    let mut world = World::staffed();
    let keys: Vec<String> = (0..1_000).map(|n| format!("line {n}")).collect();
    let credits: Vec<_> =
        keys.iter().map(|key| (key.as_str(), 999_999_999_999, "2026-11-23")).collect();
    let entry = world.accepted(statement("large", &credits), &["op-1"]);
    assert_eq!(left(&world, line(entry, 1_000)), 999_999_999_999);
    world.check();
}

#[test]
fn one_payment_settles_several_applications_all_or_none() {
    let mut world = World::peopled();
    let first = world.accepted(request(1_001), &["alpha"]);
    let second = world.accepted(request(1_002), &["beta"]);
    let entry = world.accepted(statement("s", &[("a", 2_400, "2026-11-20")]), &["op-1"]);
    let paid = line(entry, 1);
    let apply = |parts: &[PaymentPart]| Body::ApplyPayments { parts: parts.to_vec() };
    let op = &["op-1"][..];
    let cases = [
        (part(line(entry, 2), second, 1_200), Reason::PaymentUnknown),
        (part(paid, NOBODY, 1_200), Reason::ApplicationUnknown),
        (part(paid, second, 1_201), Reason::PaymentSpent),
        (part(paid, first, 1), Reason::FeeExceeded),
    ];
    for (wrong, reason) in cases {
        world.refused(apply(&[part(paid, first, 1_200), wrong]), op, reason);
        assert_eq!(left(&world, paid), 2_400, "all or none");
    }
    let of_beta = world.pay(1_200, Some(account(1_002)));
    let wrong = part(PaymentId::single(of_beta), first, 1_200);
    world.refused(apply(&[wrong]), op, Reason::PaymentOfAnother);
    world.accepted(apply(&[part(paid, first, 1_200), part(paid, second, 1_200)]), op);
    assert_eq!(left(&world, paid), 0);
    for application in [first, second] {
        world.accepted(Body::IssueCertificate { application }, op);
    }
    world.refused(apply(&[part(paid, first, 1)]), op, Reason::ApplicationClosed);
    world.check();
}

#[test]
fn what_was_paid_too_much_is_paid_back_by_two() {
    let mut world = World::peopled();
    let payment = world.pay(3_000, Some(account(1_001)));
    world.refused(refund(payment, 100, "out-1"), &["op-1"], Reason::SecondSignatureMissing);
    world.refused(refund(NOBODY, 100, "out-1"), OPERATORS, Reason::PaymentUnknown);
    world.refused(refund(payment, 3_001, "out-1"), OPERATORS, Reason::PaymentSpent);
    world.accepted(refund(payment, 1_000, "out-1"), OPERATORS);
    world.refused(refund(payment, 1_000, "out-1"), OPERATORS, Reason::PaymentRecordedBefore);
    let body = Body::RequestCertificate {
        account: account(1_001),
        fee_payment: Some(PaymentId::single(payment)),
    };
    world.accepted(body, &["alpha"]);
    assert_eq!(left(&world, PaymentId::single(payment)), 800);
    world.refused(refund(payment, 801, "out-2"), OPERATORS, Reason::PaymentSpent);
    world.accepted(refund(payment, 800, "out-2"), OPERATORS);
    world.check();
}

#[test]
fn what_was_paid_for_nothing_may_be_paid_back() {
    let mut world = World::peopled();
    let application = world.accepted(request(1_001), &["alpha"]);
    world.settle(application, 1_200);
    let back = |yen, reference| refund_of(RefundSource::Application(application), yen, reference);
    world.refused(back(1, "o"), OPERATORS, Reason::NotRefundable);
    world.accepted(refuse(application, RefusalGround::Procedure), &["op-1"]);
    world.refused(back(1_201, "o"), OPERATORS, Reason::RefundExceeded);
    world.accepted(back(1_000, "o"), OPERATORS);
    world.refused(back(201, "p"), OPERATORS, Reason::RefundExceeded);
    world.accepted(back(200, "p"), OPERATORS);
    let unknown = refund_of(RefundSource::Application(NOBODY), 1, "q");
    world.refused(unknown, OPERATORS, Reason::NotRefundable);
    // What was recorded is not paid back.
    let recorded = world.accepted(request(1_001), &["alpha"]);
    world.settle(recorded, 1_200);
    world.accepted(Body::IssueCertificate { application: recorded }, &["op-1"]);
    let body = refund_of(RefundSource::Application(recorded), 1, "r");
    world.refused(body, OPERATORS, Reason::NotRefundable);
    world.check();
}

/// R14: registry ordinance, art. 17.
#[test]
fn a_proof_of_payment_is_kept_and_settles_nothing() {
    let mut world = World::peopled();
    let application = world.accepted(request(1_001), &["alpha"]);
    let proof = Body::SubmitPaymentProof { application, document: digest("receipt of the bank") };
    world.refused(proof.clone(), &["beta"], Reason::RoleNotPermitted);
    world.accepted(proof.clone(), &["alpha"]);
    let issue = Body::IssueCertificate { application };
    world.refused(issue.clone(), &["op-1"], Reason::FeeUnpaid);
    world.settle(application, 1_200);
    world.accepted(issue, &["op-1"]);
    world.refused(proof, &["alpha"], Reason::ApplicationClosed);
    world.check();
}

/// The first moment of 1 April 2027 in Japan.
fn april(world: &mut World) {
    world.now = Timestamp::from_ms(1_806_505_200_000).expect("in range");
    assert_eq!(world.now.date_in_japan(), date("2027-04-01"));
}

/// R21: Act, art. 57-12; ordinance on the designated body, art. 11.
#[test]
fn the_books_of_a_year_are_closed_with_their_totals() {
    let mut world = World::stocked();
    let before = world.state().entries();
    let application = world.accepted(request(1_001), &["alpha"]);
    world.settle(application, 1_200);
    world.accepted(Body::IssueCertificate { application }, &["op-1"]);
    world.accepted(cancel(1_001, &["4:1-7"]), &["alpha"]);
    let payment = world.pay(2_501, Some(account(1_001)));
    let terms = terms(1_001, 1_002, &["4:8-10"], Purpose::Other);
    world.accepted(paid_transfer(terms, payment), &["alpha"]);
    world.accepted(refund(payment, 1, "out"), OPERATORS);
    let close = |of| Body::CloseBooks { year: year(of) };
    world.refused(close(2_026), OPERATORS, Reason::BooksYearOpen);
    world.now = Timestamp::from_ms(1_806_505_199_999).expect("in range");
    world.refused(close(2_026), OPERATORS, Reason::BooksYearOpen);
    april(&mut world);
    world.refused(close(2_026), &["op-1"], Reason::SecondSignatureMissing);
    let entries = world.state().entries();
    let closed = world.accepted(close(2_026), OPERATORS);
    assert_eq!(entries - before, 8, "what this test recorded in the year");
    let effects = world.effects(closed);
    let [Effect::BooksClosed { year: closed_year, totals }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert_eq!(closed_year.get(), 2_026);
    let expected = BookTotals {
        entries,
        // Two accounts, and the certificate, the cancellation and the transfer.
        received: 5,
        recorded: 5,
        refused: 0,
        withdrawn: 0,
        lapsed: 0,
        payments_yen: Yen::new(2 * 14_400 + 1_200 + 2_501),
        account_opening_fees_yen: Yen::new(28_800),
        transfer_fees_yen: Yen::new(2_500),
        certificate_fees_yen: Yen::new(1_200),
        refunded_yen: Yen::new(1),
        issued_tonnes: Tonnes::new(4_000),
        transferred_tonnes: Tonnes::new(3),
        retired_tonnes: Tonnes::ZERO,
        cancelled_tonnes: Tonnes::new(7),
        corrected_tonnes: Tonnes::ZERO,
    };
    assert_eq!(*totals, expected);
    world.refused(close(2_026), OPERATORS, Reason::BooksClosed);
    // The closing itself is of the next year, which must come in its turn.
    world.now = world.now.saturating_add_ms(2 * 366 * 86_400_000);
    world.refused(close(2_028), OPERATORS, Reason::BooksEarlierOpen);
    world.accepted(close(2_027), OPERATORS);
    world.accepted(close(2_028), OPERATORS);
    world.check();
}
