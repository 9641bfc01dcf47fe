//! Where several rules are broken, the first in the specification's order is
//! reported: each case breaks everything it can and mends one thing at a time.

use jcm_format::amount::Tonnes;
use jcm_format::command::{
    Basis, Body, Command, PaymentId, Purpose, RecordIssuance, Side, TransferTerms,
};
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_format::time::Timestamp;
use jcm_ledger::Reason;
use jcm_tests::walk::walk;
use jcm_tests::world::*;

fn transfer(command: &mut Command) -> (&mut TransferTerms, &mut Option<PaymentId>) {
    match &mut command.body {
        Body::ApplyTransfer { terms, fee_payment, .. } => (terms, fee_payment),
        other => panic!("{other:?}"),
    }
}

// One table; split, it would no longer show the order.
#[allow(clippy::too_many_lines)]
#[test]
fn a_transfer_s_rules_are_judged_in_their_order() {
    let mut world = World::stocked();
    let used = world.command(record_payment("used", 1, None));
    world.submit(sign(&used, &["op-1"]));
    let revoke = Body::RevokeKey { key: secret("beta").public_key(), reason: text("lost") };
    world.accepted(revoke, &["beta"]);
    let waiting = apply_transfer(terms(1_001, 1_002, &["4:300-300"], Purpose::Other));
    world.accepted(waiting, &["alpha"]);

    let mut command = Command {
        registry: "registry.test/other".parse().expect("an origin"),
        id: used.id,
        valid_until: Timestamp::from_ms(NOW_MS - 1).expect("in range"),
        effect_digest: Some(Digest::ZERO),
        body: apply_transfer(TransferTerms {
            gratuitous: true,
            ..terms(RETIREMENT, RETIREMENT, &["9:1-1"], Purpose::Retirement)
        }),
    };
    let mut signers = vec!["stranger", "beta"];
    let now = world.now;
    let set = |units: &[&str]| ranges(units);
    let spent = world.pay(1, Some(account(1_001)));
    walk(
        &mut world,
        &mut command,
        &mut signers,
        &mut [
            (Reason::WrongRegistry, &mut |_, c, _| c.registry = origin()),
            (Reason::CommandIdReused, &mut |w, c, _| c.id = w.command(genesis()).id),
            (Reason::CommandExpired, &mut |_, c, _| {
                c.valid_until = now.saturating_add_ms(86_400_001);
            }),
            (Reason::ValidityTooLong, &mut |_, c, _| {
                c.valid_until = now.saturating_add_ms(86_400_000);
            }),
            (Reason::KeyUnknown, &mut |_, _, s| *s = vec!["beta"]),
            (Reason::KeyRevoked, &mut |_, _, s| *s = vec!["op-1"]),
            (Reason::SourceIsSink, &mut |_, c, _| {
                transfer(c).0.source = account(1_001);
                transfer(c).0.destination = account(1_001);
            }),
            (Reason::RoleNotPermitted, &mut |_, _, s| *s = vec!["alpha"]),
            (Reason::DestinationIsSource, &mut |_, c, _| {
                transfer(c).0.destination = account(4_711)
            }),
            (Reason::DestinationUnknown, &mut |_, c, _| transfer(c).0.destination = account(1_002)),
            (Reason::PurposeDestinationMismatch, &mut |_, c, _| {
                transfer(c).0.purpose = Purpose::Other;
            }),
            (Reason::GratuitousNotApplicable, &mut |_, c, _| {
                let (terms, fee_payment) = transfer(c);
                terms.destination = account(RETIREMENT);
                terms.purpose = Purpose::Retirement;
                *fee_payment = Some(PaymentId::single(spent));
            }),
            (Reason::UnitsUnknown, &mut |_, c, _| {
                transfer(c).0.ranges = set(&["3:1-1", "4:300-300", "4:901-901"]);
            }),
            // Range by range: the second is reserved before the third is not held.
            (Reason::UnitsReserved, &mut |_, c, _| {
                transfer(c).0.ranges = set(&["3:1-1", "4:1-1", "4:901-901"]);
            }),
            (Reason::UnitsNotHeld, &mut |_, c, _| {
                transfer(c).0.ranges = set(&["3:1-1", "4:1-1"]);
            }),
            (Reason::ClassesMixed, &mut |_, c, _| transfer(c).0.ranges = set(&["3:1-1"])),
            (Reason::RetirementBefore2021, &mut |_, c, _| transfer(c).0.ranges = set(&["4:1-2"])),
            (Reason::AuthorisationOfJapanMissing, &mut |w, _, _| {
                let body = authorisation("JP-1", Side::Japan, 1);
                w.accepted(
                    Body::RecordAuthorisation { authorisation: body, details: None },
                    &["authority-1", "authority-2"],
                );
            }),
            (Reason::AuthorisationOfPartnerMissing, &mut |w, _, _| {
                let body = authorisation("MN-1", Side::Partner, 9);
                w.accepted(
                    Body::RecordAuthorisation { authorisation: body, details: None },
                    &["mongolia"],
                );
            }),
            (Reason::AuthorisationExhausted, &mut |_, c, _| transfer(c).0.ranges = set(&["4:1-1"])),
            (Reason::FeePaymentNotNeeded, &mut |_, c, _| {
                transfer(c).0.gratuitous = false;
                *transfer(c).1 = Some(PaymentId::single(EntryIndex::new(999_999)));
            }),
            (Reason::PaymentUnknown, &mut |w, c, _| {
                *transfer(c).1 = Some(PaymentId::single(w.pay(9_999, None)))
            }),
            (Reason::PaymentOfAnother, &mut |_, c, _| {
                *transfer(c).1 = Some(PaymentId::single(spent));
            }),
            (Reason::PaymentSpent, &mut |_, c, _| {
                *transfer(c).1 = None;
                transfer(c).0.gratuitous = true;
            }),
            (Reason::EffectChanged, &mut |_, c, _| c.effect_digest = None),
        ],
    );
}

// One table, as above.
#[allow(clippy::too_many_lines)]
#[test]
fn an_issuance_s_rules_are_judged_in_their_order() {
    let mut world = World::peopled();
    let mut first = issuance("MN001", 2022, 10, 0);
    first.decision.reference = name("JC-first");
    world.accepted(carried_over(first), &["authority-1", "authority-2"]);
    for (id, side, signers) in [
        ("JP-1", Side::Japan, &["authority-1", "authority-2"][..]),
        ("MN-1", Side::Partner, &["mongolia"][..]),
    ] {
        let mut body = authorisation(id, side, 999);
        body.first_vintage = year(2024);
        world.accepted(Body::RecordAuthorisation { authorisation: body, details: None }, signers);
    }
    let mut body = issuance("MN009", 2022, 900, 100);
    body.decision.date = date("2026-11-24");
    body.vintages[0].allocations[0].account = account(4_711);
    body.authorisations = Some((name("MN-1"), name("JP-1")));
    let mut command = world.command(Body::RecordIssuance(body));
    let mut signers = vec!["alpha"];
    fn of(command: &mut Command) -> &mut RecordIssuance {
        match &mut command.body {
            Body::RecordIssuance(body) => body,
            other => panic!("{other:?}"),
        }
    }
    fn consent(world: &mut World, command: &mut Command, body: RecordIssuance) {
        let consent = Body::ConsentIssuance {
            project: body.project.clone(),
            decision: body.decision.clone(),
        };
        let consent = world.accepted(consent, &["mongolia"]);
        let (allocated, authorised) =
            (of(command).vintages[0].allocations.clone(), of(command).authorisations.clone());
        let mut body = RecordIssuance { basis: Basis::Consent(consent), ..body };
        body.vintages[0].allocations = allocated;
        body.authorisations = authorised;
        *of(command) = body;
    }
    walk(
        &mut world,
        &mut command,
        &mut signers,
        &mut [
            (Reason::RoleNotPermitted, &mut |_, _, s| *s = vec!["op-1"]),
            (Reason::SecondSignatureMissing, &mut |_, _, s| *s = vec!["op-1", "op-2"]),
            (Reason::ProjectUnknown, &mut |_, c, _| of(c).project = project("MN001")),
            (Reason::DateInFuture, &mut |_, c, _| of(c).decision.date = date("2022-12-30")),
            (Reason::DecisionBeforePeriodEnd, &mut |_, c, _| {
                of(c).decision.date = date("2022-12-31");
            }),
            (Reason::ConsentUnknown, &mut |w, c, _| {
                let body = issuance("MN001", 2022, 900, 100);
                consent(w, c, body);
                of(c).decision.notified_total_tonnes = Tonnes::new(5_000);
            }),
            (Reason::ConsentDiffers, &mut |_, c, _| {
                of(c).decision.notified_total_tonnes = Tonnes::new(2_000);
            }),
            (Reason::IssuedBefore, &mut |w, c, _| {
                let body = issuance("MN001", 2023, 900, 100);
                consent(w, c, body);
            }),
            (Reason::AccountUnknown, &mut |_, c, _| {
                of(c).vintages[0].allocations[0].account = account(RETIREMENT);
            }),
            (Reason::AllocationToSink, &mut |_, c, _| {
                of(c).vintages[0].allocations[0].account = account(1_001);
            }),
            (Reason::AuthorisationUnknown, &mut |_, c, _| {
                of(c).authorisations = Some((name("JP-1"), name("MN-1")));
            }),
            (Reason::AuthorisationDoesNotCover, &mut |w, c, _| {
                let body = authorisation("JP-2", Side::Japan, 999);
                w.accepted(
                    Body::RecordAuthorisation { authorisation: body, details: None },
                    &["authority-1", "authority-2"],
                );
                let body = authorisation("MN-2", Side::Partner, 1_000);
                w.accepted(
                    Body::RecordAuthorisation { authorisation: body, details: None },
                    &["mongolia"],
                );
                of(c).authorisations = Some((name("JP-2"), name("MN-2")));
            }),
            (Reason::AuthorisationExhausted, &mut |_, c, _| of(c).authorisations = None),
        ],
    );
}
