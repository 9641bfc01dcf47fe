//! Commands of several parts: all or none, each part as of after the parts before it.

use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{
    ApplyTransfers, Body, Decision, FirstTransferDefinition, Mandate, PaymentId, Purpose,
    RecordIssuance, Safeguards, TransferPart, TransferTerms, UseKind,
};
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;
use jcm_ledger::Reason;
use jcm_tests::acts::{AUTHORITIES, OPERATORS};
use jcm_tests::article6::*;
use jcm_tests::guard::{OPEN, SAFEGUARDS, tonnes};
use jcm_tests::world::*;

use FirstTransferDefinition::Issuance;

fn part(terms: TransferTerms) -> TransferPart {
    TransferPart { terms, use_details: None, fee_payment: None }
}

/// To the government, free of charge.
fn given(units: &[&str]) -> TransferPart {
    let terms = terms(1_001, GOVERNMENT, units, Purpose::Other);
    part(TransferTerms { gratuitous: true, ..terms })
}

fn retired(units: &[&str]) -> TransferPart {
    let terms = terms(1_001, RETIREMENT, units, Purpose::Retirement);
    part(TransferTerms { gratuitous: true, ..terms })
}

fn paid(units: &[&str], payment: EntryIndex) -> TransferPart {
    let terms = terms(1_001, 1_002, units, Purpose::Other);
    TransferPart { fee_payment: Some(PaymentId::single(payment)), ..part(terms) }
}

fn transfers(parts: Vec<TransferPart>) -> Body {
    Body::ApplyTransfers(ApplyTransfers { source: account(1_001), parts })
}

/// Refused for a reason, in a part.
fn refused_in(world: &mut World, body: Body, signers: &[&str], reason: Reason, part: usize) {
    let rejection = world.rejected(body, signers);
    assert_eq!(rejection.reason, reason, "{rejection}");
    assert!(rejection.subject.starts_with(&format!("parts[{part}]: ")), "{rejection}");
}

#[test]
fn several_transfers_are_recorded_together() {
    let mut world = World::under_article6();
    world.pair("1", ANY, Issuance, &details(1));
    let payment = world.pay(6_000, Some(account(1_001)));
    let imp = part(cancel_for(UseKind::InternationalMitigation, &["4:31-35"]));
    let body = transfers(vec![
        paid(&["2:1-10"], payment),
        retired(&["4:1-10", "4:21-30"]),
        imp,
        paid(&["2:11-20"], payment),
        given(&["1:1-3"]),
    ]);
    world.refused(body.clone(), &["beta"], Reason::RoleNotPermitted);
    let entry = world.accepted(body, &["alpha"]);
    assert_eq!(world.first_transferred(entry), ["4:1-10", "4:21-30", "4:31-35"]);
    assert_eq!(world.balance(1_002), 20);
    assert_eq!(world.balance(RETIREMENT), 20);
    let applied = |effect: &&Effect| matches!(effect, Effect::TransferApplied { .. });
    assert_eq!(world.effects(entry).iter().filter(applied).count(), 5);
    // One application, with the sums; in the books each part counts.
    let line = format!("application {entry} transfer recorded 5000 5000 0 - - -");
    assert_eq!(world.lines("application").last(), Some(&line));
    let left = world.state().payment(PaymentId::single(payment)).expect("recorded").left_yen;
    assert_eq!(left.get(), 1_000);
    let book = world.state().books().year(year(2026)).expect("a year").totals;
    assert_eq!(book.transfer_fees_yen.get(), 5_000);
    assert_eq!(book.retired_tonnes.get(), 20);
    let refund = jcm_format::command::Refund {
        source: jcm_format::command::RefundSource::Application(entry),
        amount_yen: Yen::new(1),
        bank_reference: name("out-1"),
        reason: text("過誤納"),
    };
    world.refused(Body::Refund(refund), OPERATORS, Reason::NotRefundable);
    world.check();
}

#[test]
fn the_source_is_judged_before_any_part() {
    let mut world = World::stocked();
    let from = |source: u32| {
        let of_source = TransferTerms { source: account(source), ..given(&["2:1-1"]).terms };
        let (source, parts) = (account(source), vec![part(of_source)]);
        Body::ApplyTransfers(ApplyTransfers { source, parts })
    };
    world.refused(from(RETIREMENT), &["alpha"], Reason::SourceIsSink);
    world.refused(from(4_711), &["alpha"], Reason::RoleNotPermitted);
    world.refused(from(GOVERNMENT), &["op-1"], Reason::SecondSignatureMissing);
    world.accepted(jcm_tests::guard::freeze(1_001), &["op-1"]);
    world.refused(from(1_001), &["beta"], Reason::RoleNotPermitted);
    world.refused(from(1_001), &["alpha"], Reason::AccountFrozen);
    world.check();
}

#[test]
fn a_part_counts_what_the_parts_before_it_have_taken() {
    let mut world = World::under_article6();
    let (japan, _) = world.pair("1", NDC, Issuance, &details(1));
    let payment = world.pay(5_000, Some(account(1_001)));
    // Two fees can be paid of it, not three.
    let body = |units: &[&str]| transfers(units.iter().map(|of| paid(&[of], payment)).collect());
    let three = body(&["2:1-1", "2:2-2", "2:3-3"]);
    refused_in(&mut world, three, &["alpha"], Reason::PaymentSpent, 2);
    // 1,000 t are authorised: 900 and 101 are too many, whatever their blocks.
    world.issued(vintages("MN001", &[(2024, 200)]));
    let both =
        |tonnes: u64| transfers(vec![retired(&["4:1-900"]), retired(&[&format!("5:1-{tonnes}")])]);
    refused_in(&mut world, both(101), &["alpha"], Reason::AuthorisationExhausted, 1);
    world.accepted(both(100), &["alpha"]);
    let used = world.state().authorisation(japan).expect("recorded").used_tonnes;
    assert_eq!(used, Tonnes::new(1_000));
    world.accepted(body(&["2:1-1", "2:2-2"]), &["alpha"]);
    world.check();
}

#[test]
fn the_limits_of_a_day_count_all_parts() {
    let mut world = World::stocked();
    let mandate = Mandate { per_transfer_tonnes: tonnes(60), per_day_tonnes: tonnes(100), ..OPEN };
    let safeguards = Safeguards { default_mandate: mandate, delays: false, ..SAFEGUARDS };
    world.accepted(Body::AdoptSafeguards(safeguards), AUTHORITIES);
    let body = |units: &[&str]| transfers(units.iter().map(|of| given(&[of])).collect());
    let too_large = body(&["2:1-10", "2:11-71"]);
    refused_in(&mut world, too_large, &["alpha"], Reason::LimitPerTransfer, 1);
    let too_many = body(&["2:1-50", "2:51-100", "2:101-101"]);
    refused_in(&mut world, too_many, &["alpha"], Reason::LimitPerDay, 2);
    world.accepted(body(&["2:1-50", "2:51-90"]), &["alpha"]);
    assert_eq!(world.lines("outgoing"), ["outgoing JP-0001001-05 2026-11-23 90"]);
    refused_in(&mut world, body(&["2:91-101"]), &["alpha"], Reason::LimitPerDay, 0);
    world.accepted(body(&["2:91-100"]), &["alpha"]);
    world.check();
}

#[test]
fn a_part_that_would_wait_is_refused() {
    let mut world = World::stocked();
    let unpaid = part(terms(1_001, 1_002, &["2:2-2"], Purpose::Other));
    let body = || transfers(vec![given(&["2:1-1"]), unpaid.clone()]);
    refused_in(&mut world, body(), &["alpha"], Reason::PartWouldWait, 1);
    let payment = world.pay(2_500, Some(account(1_001)));
    let to_beta = || transfers(vec![paid(&["2:2-2"], payment)]);
    // 507 goes before 728: a payment that is spent.
    let spent = world.pay(1, Some(account(1_001)));
    let body = transfers(vec![paid(&["2:2-2"], spent)]);
    refused_in(&mut world, body, &["alpha"], Reason::PaymentSpent, 0);
    // The destination's consent is awaited.
    world.accepted(jcm_tests::acts::rules_with_acceptance(), AUTHORITIES);
    let consent = |acceptance| Body::SetAcceptance { account: account(1_002), acceptance };
    use jcm_format::command::Acceptance;
    world.accepted(consent(Acceptance::Consent), &["beta"]);
    refused_in(&mut world, to_beta(), &["alpha"], Reason::PartWouldWait, 0);
    world.accepted(consent(Acceptance::Anybody), &["beta"]);
    // It is delayed, unless the destination is trusted.
    for of in [2026, 2027] {
        world.accepted(jcm_tests::acts::calendar(of, &[]), OPERATORS);
    }
    world.accepted(Body::AdoptSafeguards(SAFEGUARDS), AUTHORITIES);
    refused_in(&mut world, to_beta(), &["alpha"], Reason::PartWouldWait, 0);
    world.accepted(jcm_tests::guard::trust_account(1_001, 1_002), &["alpha"]);
    world.wait_days(7);
    world.accepted(to_beta(), &["alpha"]);
    world.check();
}

#[test]
fn a_part_keeps_every_rule_of_a_transfer() {
    let mut world = World::stocked();
    let cases = [
        (part(terms(1_001, 1_001, &["2:2-2"], Purpose::Other)), Reason::DestinationIsSource),
        (part(terms(1_001, 4_711, &["2:2-2"], Purpose::Other)), Reason::DestinationUnknown),
        (given(&["2:2-1001"]), Reason::UnitsUnknown),
        (given(&["2:902-902"]), Reason::UnitsNotHeld),
        (given(&["1:2-2", "3:2-2"]), Reason::ClassesMixed),
        (part(cancel_for(UseKind::Omge, &["2:2-2"])), Reason::Article6Off),
        (retired(&["1:2-2"]), Reason::RetirementBefore2021),
        (retired(&["2:2-2"]), Reason::AuthorisationOfJapanMissing),
    ];
    for (broken, reason) in cases {
        let body = transfers(vec![given(&["2:1-1"]), broken]);
        refused_in(&mut world, body, &["alpha"], reason, 1);
    }
    assert_eq!(world.balance(1_001), 3_600, "all or none");
    world.check();
}

// Issuances.

fn issuances(parts: Vec<RecordIssuance>) -> Body {
    Body::RecordIssuances { parts }
}

#[test]
fn several_issuances_are_recorded_together() {
    let mut world = World::under_article6();
    world.pair("1", NDC, Issuance, &details(1));
    let first = world.consented(vintages("MN001", &[(2024, 10), (2025, 20)]));
    let second = world.consented(vintages("MN002", &[(2024, 30)]));
    let body = issuances(vec![under(first, "JP-1", "MN-1"), second]);
    world.refused(body.clone(), &["op-1"], Reason::SecondSignatureMissing);
    world.refused(body.clone(), AUTHORITIES, Reason::RoleNotPermitted);
    let entry = world.accepted(body, OPERATORS);
    assert_eq!(world.first_transferred(entry), ["5:1-10", "6:1-20"]);
    let blocks: Vec<_> = world.state().blocks().filter(|block| block.issuance == entry).collect();
    let shown: Vec<_> = blocks.iter().map(|b| (b.number.get(), b.part, b.vintage.get())).collect();
    assert_eq!(shown, [(5, 1, 2024), (6, 1, 2025), (7, 2, 2024)]);
    assert_eq!(blocks[2].project, project("MN002"));
    world.check();
}

#[test]
fn what_is_carried_over_is_recorded_by_two_authorities() {
    let mut world = World::peopled();
    let carried = |reference, of| {
        let Body::RecordIssuance(body) = carried_over(issuance(reference, of, 5, 0)) else {
            panic!("an issuance");
        };
        body
    };
    let body = issuances(vec![carried("MN001", 2016), carried("MN002", 2017)]);
    world.refused(body.clone(), OPERATORS, Reason::RoleNotPermitted);
    world.accepted(body, AUTHORITIES);
    assert_eq!(world.balance(1_001), 10);
    world.check();
}

#[test]
fn an_issuance_counts_what_the_issuances_before_it_have_taken() {
    let mut world = World::under_article6();
    world.pair("1", NDC, Issuance, &details(1));
    let named = |issuance| under(issuance, "JP-1", "MN-1");
    let first = world.consented(vintages("MN001", &[(2024, 600)]));
    let second = world.consented(vintages("MN002", &[(2024, 401)]));
    // The same project and period twice, with one consent.
    let twice = issuances(vec![named(first.clone()), first.clone()]);
    refused_in(&mut world, twice, OPERATORS, Reason::IssuedBefore, 1);
    let too_much = issuances(vec![named(first.clone()), named(second.clone())]);
    refused_in(&mut world, too_much, OPERATORS, Reason::AuthorisationExhausted, 1);
    let broken = RecordIssuance {
        decision: Decision { reference: name("JC-other"), ..second.decision.clone() },
        ..second.clone()
    };
    let differs = issuances(vec![named(first.clone()), broken]);
    refused_in(&mut world, differs, OPERATORS, Reason::ConsentDiffers, 1);
    assert_eq!(world.state().blocks().count(), 4, "all or none");
    world.accepted(issuances(vec![named(first), second]), OPERATORS);
    world.check();
}
