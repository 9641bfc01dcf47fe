//! As `precedence.rs`, for the acts of holders and of the implementing body: where
//! several rules are broken, the first in the specification's order is reported.

use jcm_format::amount::Yen;
use jcm_format::command::{
    Acceptance, Body, Command, Commission, CorrectionMove, ImportStatement, ImportedPayment,
    ParticularsChange, PaymentId, PaymentPart, Purpose, RecordCorrection, Refund, RefundSource,
    RefusalGround, TransferTerms, TransferTrust, TrustRequest, Use, UseKind,
};
use jcm_format::id::EntryIndex;
use jcm_format::time::Timestamp;
use jcm_ledger::Reason;
use jcm_tests::acts::*;
use jcm_tests::walk::walk_pinned;
use jcm_tests::world::*;

const ALPHA_ACCOUNT: u32 = 1_001;
const BETA_ACCOUNT: u32 = 1_002;
const GAMMA_ACCOUNT: u32 = 1_003;

/// The places of one kind of body that a table changes.
macro_rules! part {
    ($name:ident, $pattern:pat => $place:expr, $kind:ty) => {
        fn $name(command: &mut Command) -> $kind {
            match &mut command.body {
                $pattern => $place,
                other => panic!("{other:?}"),
            }
        }
    };
}

part!(terms_of, Body::ApplyTransfer { terms, .. } => terms, &mut TransferTerms);
part!(trust_of, Body::ApplyTransfer { trust, .. } => trust, &mut Option<TransferTrust>);
part!(payment_of, Body::ApplyTransfer { fee_payment, .. } => fee_payment, &mut Option<PaymentId>);
part!(correction_of, Body::RecordCorrection(body) => body, &mut RecordCorrection);
part!(import_of, Body::ImportStatement(body) => body, &mut ImportStatement);
part!(refund_in, Body::Refund(body) => body, &mut Refund);
part!(parts_of, Body::ApplyPayments { parts } => parts, &mut Vec<PaymentPart>);
part!(
    application_of,
    Body::RecordTransfer { application }
        | Body::RecordApplication { application }
        | Body::LapseApplication { application }
        | Body::RefuseApplication { application, .. }
        | Body::AcceptTransfer { application } => application,
    &mut EntryIndex
);

fn to(source: u32, destination: u32, units: &[&str]) -> Body {
    apply_transfer(terms(source, destination, units, Purpose::Other))
}

fn withdraw(application: EntryIndex) -> Body {
    Body::WithdrawApplication { application, reason: text("changed") }
}

/// The court dismisses a trustee.
fn dismiss(world: &mut World, deed: EntryIndex) {
    let body = Body::RecordCommission {
        trust: deed,
        terms: trust("as ordered"),
        commission: Commission {
            court: text("東京地方裁判所"),
            reference: text("令和8年(チ)第45号"),
            trustee_dismissed: true,
        },
    };
    world.accepted(body, OPERATORS);
}

/// Units become trust property of their holder.
fn entrust(world: &mut World, of: u32, signer: &str, units: &[&str]) -> EntryIndex {
    let request = TrustRequest::Record { ranges: ranges(units), terms: trust("deed") };
    let application = world.accepted(apply_trust(of, request), &[signer]);
    world.accepted(Body::RecordApplication { application }, &["op-1"])
}

/// `gamma`, and units of `beta`: 3:1-10 and 4:1-50.
fn three_holders() -> World {
    let mut world = World::stocked();
    assert_eq!(world.open_account("gamma", "7000012050002").get(), GAMMA_ACCOUNT);
    world.accepted(to(ALPHA_ACCOUNT, BETA_ACCOUNT, &["3:1-10"]), &["alpha"]);
    let payment = world.pay(2_500, Some(account(ALPHA_ACCOUNT)));
    let units = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["4:1-50"], Purpose::Other);
    world.accepted(paid_transfer(units, payment), &["alpha"]);
    world
}

/// A world in which units break every rule on units: 4:900 is alpha's, reserved and
/// restricted; 4:40 is beta's, reserved and restricted by the order returned.
fn encumbered() -> (World, EntryIndex) {
    let mut world = three_holders();
    world.accepted(to(ALPHA_ACCOUNT, BETA_ACCOUNT, &["4:900-900"]), &["alpha"]);
    world.accepted(restriction(ALPHA_ACCOUNT, &["4:900-900"]), OPERATORS);
    world.accepted(to(BETA_ACCOUNT, ALPHA_ACCOUNT, &["4:40-40"]), &["beta"]);
    let order = world.accepted(restriction(BETA_ACCOUNT, &["4:40-40"]), OPERATORS);
    (world, order)
}

// One table; split, it would no longer show the order.
#[allow(clippy::too_many_lines)]
#[test]
fn a_change_of_trustee() {
    let (mut world, order) = encumbered();
    // Both trusts' trustee is dismissed.
    for units in [&["3:1-10", "4:1-10"][..], &["4:11-20"]] {
        let deed = entrust(&mut world, BETA_ACCOUNT, "beta", units);
        dismiss(&mut world, deed);
    }
    world.accepted(rules_with_acceptance(), AUTHORITIES);
    let listed = |numbers: &[u32]| Body::SetAcceptance {
        account: account(GAMMA_ACCOUNT),
        acceptance: Acceptance::Listed(numbers.iter().map(|number| account(*number)).collect()),
    };
    world.accepted(listed(&[ALPHA_ACCOUNT]), &["gamma"]);
    let [of_alpha, short] =
        [ALPHA_ACCOUNT, GAMMA_ACCOUNT].map(|of| PaymentId::single(world.pay(1, Some(account(of)))));
    let mut command = world.command(Body::ApplyTransfer {
        terms: TransferTerms {
            gratuitous: true,
            ..terms(BETA_ACCOUNT, BETA_ACCOUNT, &["4:999-1001"], Purpose::Retirement)
        },
        use_details: None,
        trust: Some(TransferTrust::ChangeTrustee { terms: trust("new"), by_new_trustee: false }),
        fee_payment: Some(PaymentId::single(NOBODY)),
    });
    let set = |c: &mut Command, units: &[&str]| terms_of(c).ranges = ranges(units);
    walk_pinned(
        &mut world,
        &mut command,
        &mut vec!["gamma"],
        &mut [
            (Reason::RoleNotPermitted, &mut |_, _, s| *s = vec!["beta"]),
            (Reason::DestinationIsSource, &mut |_, c, _| {
                terms_of(c).destination = account(4_711);
            }),
            (Reason::DestinationUnknown, &mut |_, c, _| {
                terms_of(c).destination = account(GAMMA_ACCOUNT);
            }),
            (Reason::PurposeDestinationMismatch, &mut |_, c, _| {
                terms_of(c).purpose = Purpose::Other;
            }),
            (Reason::GratuitousNotApplicable, &mut |_, c, _| {
                terms_of(c).destination = account(GOVERNMENT);
            }),
            (Reason::TrustAccount, &mut |_, c, _| {
                terms_of(c).destination = account(GAMMA_ACCOUNT);
                terms_of(c).gratuitous = false;
            }),
            (Reason::NotAccepted, &mut |w, _, _| {
                w.accepted(listed(&[ALPHA_ACCOUNT, BETA_ACCOUNT]), &["gamma"]);
            }),
            (Reason::UnitsUnknown, &mut |_, c, _| set(c, &["4:900-900"])),
            (Reason::UnitsNotHeld, &mut |_, c, _| set(c, &["4:40-40", "9:1-1"])),
            // Range by range: the first is restricted and reserved before the second
            // is unknown.
            (Reason::UnitsRestricted, &mut |w, _, _| {
                w.accepted(release(order), OPERATORS);
            }),
            (Reason::UnitsReserved, &mut |_, c, _| set(c, &["4:41-41", "9:1-1"])),
            (Reason::UnitsUnknown, &mut |_, c, _| set(c, &["3:1-1", "4:1-12", "4:41-41"])),
            (Reason::UnitsNotInTrust, &mut |_, c, _| set(c, &["3:1-1", "4:1-12"])),
            (Reason::TrustsDiffer, &mut |_, c, _| set(c, &["3:1-1", "4:1-2"])),
            (Reason::TrusteeDismissed, &mut |_, c, s| {
                *trust_of(c) = Some(TransferTrust::ChangeTrustee {
                    terms: trust("new"),
                    by_new_trustee: true,
                });
                *s = vec!["gamma"];
            }),
            (Reason::ClassesMixed, &mut |_, c, _| set(c, &["3:1-1"])),
            (Reason::FeePaymentNotNeeded, &mut |_, c, _| set(c, &["4:1-2"])),
            (Reason::PaymentUnknown, &mut |_, c, _| *payment_of(c) = Some(of_alpha)),
            (Reason::PaymentOfAnother, &mut |_, c, _| *payment_of(c) = Some(short)),
            (Reason::PaymentSpent, &mut |_, c, _| *payment_of(c) = None),
        ],
    );
}

#[test]
fn trust_property_with_a_transfer_that_records_or_ends_a_trust() {
    let (mut world, order) = encumbered();
    world.accepted(release(order), OPERATORS);
    let open = world.state().open_applications().last().expect("one").entry;
    world.accepted(withdraw(open), &["beta"]);
    let deed = entrust(&mut world, BETA_ACCOUNT, "beta", &["3:1-10", "4:31-40"]);
    dismiss(&mut world, deed);
    let order = world.accepted(restriction(BETA_ACCOUNT, &["4:40-40"]), OPERATORS);
    let record = TransferTrust::Record(trust("again"));
    let body = transfer_with(BETA_ACCOUNT, GAMMA_ACCOUNT, &["3:1-1", "4:40-41"], record);
    let mut command = world.command(body);
    let set = |c: &mut Command, units: &[&str]| terms_of(c).ranges = ranges(units);
    walk_pinned(
        &mut world,
        &mut command,
        &mut vec!["beta"],
        &mut [
            (Reason::UnitsRestricted, &mut |w, _, _| {
                w.accepted(release(order), OPERATORS);
            }),
            (Reason::UnitsInTrust, &mut |_, c, _| {
                *trust_of(c) = Some(TransferTrust::Delete(digest("end")));
            }),
            (Reason::UnitsNotInTrust, &mut |_, c, _| set(c, &["3:1-1", "4:40-40"])),
            (Reason::TrusteeDismissed, &mut |_, c, _| {
                *trust_of(c) = None;
                set(c, &["4:40-41"]);
            }),
            (Reason::UnitsInTrust, &mut |_, c, _| set(c, &["4:41-41"])),
        ],
    );
}

#[test]
fn a_use_is_judged_after_the_classes_and_before_the_fee() {
    let mut world = World::stocked();
    let body = cancel(ALPHA_ACCOUNT, &["1:1-1", "3:1-1", "4:1-1"]);
    let mut command = world.command(body);
    let use_ = Use { kind: UseKind::Shk, reporting_year: None, beneficiary: None };
    terms_of(&mut command).use_ = Some(use_);
    *payment_of(&mut command) = Some(PaymentId::single(NOBODY));
    walk_pinned(
        &mut world,
        &mut command,
        &mut vec!["alpha"],
        &mut [
            (Reason::ClassesMixed, &mut |_, c, _| {
                terms_of(c).ranges = ranges(&["1:1-1", "4:1-1"]);
            }),
            (Reason::UseNotEligible, &mut |_, c, _| terms_of(c).ranges = ranges(&["1:1-1"])),
            (Reason::FeePaymentNotNeeded, &mut |_, c, _| *payment_of(c) = None),
        ],
    );
}

#[test]
fn recording_a_transfer_to_somebody_who_is_asked() {
    let mut world = three_holders();
    let deed = entrust(&mut world, BETA_ACCOUNT, "beta", &["4:1-10"]);
    entrust(&mut world, BETA_ACCOUNT, "beta", &["4:11-20"]);
    world.accepted(rules_with_acceptance(), AUTHORITIES);
    let wish =
        Body::SetAcceptance { account: account(GAMMA_ACCOUNT), acceptance: Acceptance::Consent };
    world.accepted(wish, &["gamma"]);
    let apply = |world: &mut World, units: &[&str]| {
        let end = TransferTrust::Delete(digest("end"));
        world.accepted(transfer_with(BETA_ACCOUNT, GAMMA_ACCOUNT, units, end), &["beta"])
    };
    let closed = apply(&mut world, &["4:1-1"]);
    world.accepted(withdraw(closed), &["beta"]);
    let application = apply(&mut world, &["4:1-2"]);
    let other = apply(&mut world, &["4:11-12"]);
    world.settle(other, 2_500);
    world.accepted(Body::AcceptTransfer { application: other }, &["gamma"]);
    let certificate =
        Body::RequestCertificate { account: account(BETA_ACCOUNT), fee_payment: None };
    let certificate = world.accepted(certificate, &["beta"]);
    world.accepted(request_completion(application, "2026-12-01"), &["op-1"]);
    let order = world.accepted(restriction(BETA_ACCOUNT, &["4:2-2"]), OPERATORS);
    dismiss(&mut world, deed);
    let mut command = world.command(Body::RecordTransfer { application: certificate });
    walk_pinned(
        &mut world,
        &mut command,
        &mut vec!["beta"],
        &mut [
            (Reason::RoleNotPermitted, &mut |_, _, s| *s = vec!["op-1"]),
            (Reason::ApplicationUnknown, &mut |_, c, _| *application_of(c) = NOBODY),
            (Reason::ApplicationUnknown, &mut |_, c, _| *application_of(c) = closed),
            (Reason::ApplicationClosed, &mut |_, c, _| *application_of(c) = application),
            (Reason::CompletionAwaited, &mut |w, _, _| {
                w.accepted(complete(application), &["beta"]);
            }),
            (Reason::FeeUnpaid, &mut |w, _, _| w.settle(application, 2_500)),
            (Reason::AcceptanceAwaited, &mut |w, _, _| {
                w.accepted(Body::AcceptTransfer { application }, &["gamma"]);
            }),
            (Reason::UnitsRestricted, &mut |w, _, _| {
                w.accepted(release(order), OPERATORS);
            }),
            (Reason::TrusteeDismissed, &mut |_, c, _| *application_of(c) = other),
        ],
    );
}

#[test]
fn recording_a_retirement_out_of_a_trust() {
    let mut world = three_holders();
    let deed = entrust(&mut world, BETA_ACCOUNT, "beta", &["4:1-10"]);
    entrust(&mut world, BETA_ACCOUNT, "beta", &["4:11-20"]);
    world.authorise(3, 3);
    let [first, second] = ["4:1-2", "4:11-12"].map(|units| {
        let terms = terms(BETA_ACCOUNT, RETIREMENT, &[units], Purpose::Retirement);
        let terms = TransferTerms { gratuitous: true, ..terms };
        let trust = Some(TransferTrust::Delete(digest("end")));
        world.accepted(
            Body::ApplyTransfer { terms, use_details: None, trust, fee_payment: None },
            &["beta"],
        )
    });
    // Meanwhile another holder uses up what was authorised.
    world.accepted(retire(ALPHA_ACCOUNT, &["4:51-53"]), &["alpha"]);
    let orders = ["4:2-2", "4:12-12"]
        .map(|units| world.accepted(restriction(BETA_ACCOUNT, &[units]), OPERATORS));
    dismiss(&mut world, deed);
    let mut command = world.command(Body::RecordTransfer { application: first });
    walk_pinned(
        &mut world,
        &mut command,
        &mut vec!["op-1"],
        &mut [
            (Reason::UnitsRestricted, &mut |w, _, _| {
                w.accepted(release(orders[0]), OPERATORS);
            }),
            (Reason::TrusteeDismissed, &mut |_, c, _| *application_of(c) = second),
            (Reason::UnitsRestricted, &mut |w, _, _| {
                w.accepted(release(orders[1]), OPERATORS);
            }),
            (Reason::AuthorisationExhausted, &mut |w, _, _| {
                use jcm_format::command::Side::{Japan, Partner};
                let body = authorisation("JP-2", Japan, 2);
                w.accepted(
                    Body::RecordAuthorisation { authorisation: body, details: None },
                    AUTHORITIES,
                );
                let body = authorisation("MN-2", Partner, 2);
                w.accepted(
                    Body::RecordAuthorisation { authorisation: body, details: None },
                    &["mongolia"],
                );
            }),
        ],
    );
}

fn first_move(command: &mut Command) -> &mut CorrectionMove {
    &mut correction_of(command).moves[0]
}

// One table, as above.
#[allow(clippy::too_many_lines)]
#[test]
fn a_correction() {
    let (mut world, order) = encumbered();
    entrust(&mut world, BETA_ACCOUNT, "beta", &["4:1-10"]);
    let mut misfit = holder("New Inc.");
    misfit.name_ja = None;
    let moves: &[(u32, u32, &[&str])] = &[
        (RETIREMENT, RETIREMENT, &["4:999-1001"]),
        // Nothing to do with alpha, and judged after the first.
        (GOVERNMENT, BETA_ACCOUNT, &["4:950-950"]),
    ];
    let mut body = correction(4_711, NOBODY, moves);
    body.ground.consulted_on = date("2026-11-24");
    body.change = Some(ParticularsChange {
        holder: Some(misfit),
        particulars: None,
        effective: date("2026-11-24"),
    });
    let mut command = world.command(Body::RecordCorrection(body));
    let between = |c: &mut Command, source, destination| {
        first_move(c).source = account(source);
        first_move(c).destination = account(destination);
    };
    walk_pinned(
        &mut world,
        &mut command,
        &mut vec!["alpha"],
        &mut [
            (Reason::RoleNotPermitted, &mut |_, _, s| *s = vec!["op-1"]),
            (Reason::SecondSignatureMissing, &mut |_, _, s| *s = OPERATORS.to_vec()),
            (Reason::AccountUnknown, &mut |_, c, _| {
                correction_of(c).ground.account = account(ALPHA_ACCOUNT);
            }),
            (Reason::EntryUnknown, &mut |_, c, _| {
                correction_of(c).ground.affected = EntryIndex::new(1);
            }),
            (Reason::DateInFuture, &mut |_, c, _| {
                correction_of(c).ground.consulted_on = date("2026-11-23");
            }),
            (Reason::DateInFuture, &mut |_, c, _| {
                let change = correction_of(c).change.as_mut().expect("given");
                change.effective = date("2026-11-23");
            }),
            (Reason::ParticularsMisfit, &mut |_, c, _| {
                let change = correction_of(c).change.as_mut().expect("given");
                change.holder = Some(holder("New Inc."));
            }),
            (Reason::MoveUnrelated, &mut |_, c, _| between(c, RETIREMENT, ALPHA_ACCOUNT)),
            (Reason::SourceIsSink, &mut |_, c, _| between(c, ALPHA_ACCOUNT, ALPHA_ACCOUNT)),
            (Reason::DestinationIsSource, &mut |_, c, _| between(c, ALPHA_ACCOUNT, 4_711)),
            (Reason::DestinationUnknown, &mut |_, c, _| {
                between(c, ALPHA_ACCOUNT, CANCELLATION);
            }),
            (Reason::MoveToSink, &mut |_, c, _| between(c, BETA_ACCOUNT, ALPHA_ACCOUNT)),
            (Reason::UnitsUnknown, &mut |_, c, _| {
                first_move(c).ranges = ranges(&["4:900-900"]);
            }),
            (Reason::UnitsNotHeld, &mut |_, c, _| first_move(c).ranges = ranges(&["4:40-40"])),
            (Reason::UnitsRestricted, &mut |w, _, _| {
                w.accepted(release(order), OPERATORS);
            }),
            (Reason::UnitsReserved, &mut |_, c, _| first_move(c).ranges = ranges(&["4:1-1"])),
            (Reason::UnitsInTrust, &mut |_, c, _| first_move(c).ranges = ranges(&["4:41-41"])),
            (Reason::ThirdPartyConsentMissing, &mut |_, c, _| {
                correction_of(c).ground.third_party_consent = Some(digest("consent"));
            }),
            (Reason::MoveUnrelated, &mut |_, c, _| {
                correction_of(c).moves.truncate(1);
            }),
        ],
    );
}

fn request_of(command: &mut Command) -> (&mut jcm_format::id::AccountNumber, &mut TrustRequest) {
    match &mut command.body {
        Body::ApplyTrust { account, request, .. } => (account, request),
        other => panic!("{other:?}"),
    }
}

fn in_subrogation(request: TrustRequest) -> Body {
    let (account, subrogation) = (account(4_711), Some(digest("cause")));
    Body::ApplyTrust { account, request, subrogation }
}

#[test]
fn an_application_to_record_a_trust() {
    let (mut world, order) = encumbered();
    entrust(&mut world, BETA_ACCOUNT, "beta", &["4:1-10"]);
    let record = |units: &[&str]| TrustRequest::Record { ranges: ranges(units), terms: trust("t") };
    let mut command = world.command(in_subrogation(record(&["4:999-1001"])));
    walk_pinned(
        &mut world,
        &mut command,
        &mut vec!["beta"],
        &mut [
            (Reason::RoleNotPermitted, &mut |_, _, s| *s = vec!["op-1"]),
            (Reason::SecondSignatureMissing, &mut |_, _, s| *s = OPERATORS.to_vec()),
            (Reason::AccountUnknown, &mut |_, c, _| *request_of(c).0 = account(GOVERNMENT)),
            (Reason::AccountUnknown, &mut |_, c, _| *request_of(c).0 = account(BETA_ACCOUNT)),
            (Reason::UnitsUnknown, &mut |_, c, _| *request_of(c).1 = record(&["4:900-900"])),
            (Reason::UnitsNotHeld, &mut |_, c, _| {
                *request_of(c).1 = record(&["4:1-1", "4:40-40", "9:1-1"]);
            }),
            (Reason::UnitsRestricted, &mut |w, _, _| {
                w.accepted(release(order), OPERATORS);
            }),
            (Reason::UnitsReserved, &mut |_, c, _| *request_of(c).1 = record(&["4:1-1"])),
            (Reason::UnitsInTrust, &mut |_, c, _| *request_of(c).1 = record(&["4:41-41"])),
        ],
    );
}

#[test]
fn an_application_to_strike_out_or_amend_a_trust() {
    let (mut world, order) = encumbered();
    let deed = entrust(&mut world, ALPHA_ACCOUNT, "alpha", &["4:101-110"]);
    let own = entrust(&mut world, BETA_ACCOUNT, "beta", &["4:1-10"]);
    let amend = |trust| TrustRequest::Amend { trust, terms: jcm_tests::acts::trust("amended") };
    let delete = |units: &[&str]| TrustRequest::Delete {
        ranges: ranges(units),
        evidence: digest("cause"),
        beneficiaries: digest("beneficiaries"),
    };
    let mut command = world.command(apply_trust(BETA_ACCOUNT, delete(&["4:999-1001"])));
    walk_pinned(
        &mut world,
        &mut command,
        &mut vec!["alpha"],
        &mut [
            (Reason::RoleNotPermitted, &mut |_, _, s| *s = vec!["beta"]),
            (Reason::UnitsUnknown, &mut |_, c, _| *request_of(c).1 = delete(&["4:900-900"])),
            (Reason::UnitsNotHeld, &mut |_, c, _| *request_of(c).1 = delete(&["4:40-41"])),
            (Reason::UnitsRestricted, &mut |w, _, _| {
                w.accepted(release(order), OPERATORS);
            }),
            (Reason::UnitsReserved, &mut |_, c, _| {
                *request_of(c).1 = delete(&["4:10-11"]);
            }),
            (Reason::UnitsNotInTrust, &mut |_, c, _| *request_of(c).1 = amend(NOBODY)),
            (Reason::TrustUnknown, &mut |_, c, _| *request_of(c).1 = amend(deed)),
            (Reason::TrustUnknown, &mut |_, c, _| *request_of(c).1 = amend(own)),
        ],
    );
}

/// What keeps `beta`'s account from being closed, and how it is cleared away.
fn obstacles(world: &mut World) -> (EntryIndex, EntryIndex) {
    let payment = world.pay(2_500, Some(account(ALPHA_ACCOUNT)));
    let units = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["4:1-1"], Purpose::Other);
    world.accepted(paid_transfer(units, payment), &["alpha"]);
    let pending = world.accepted(to(ALPHA_ACCOUNT, BETA_ACCOUNT, &["4:2-2"]), &["alpha"]);
    let order = world.accepted(restriction(BETA_ACCOUNT, &["4:1-1"]), OPERATORS);
    (pending, order)
}

#[test]
fn an_application_to_close_an_account_and_its_record() {
    let mut world = World::stocked();
    let (pending, order) = obstacles(&mut world);
    let mut command = world.command(close(BETA_ACCOUNT));
    // The restricted unit leaves by a correction, after which the order stands alone.
    let empty = |world: &mut World, order: EntryIndex| {
        world.accepted(release(order), OPERATORS);
        world.accepted(cancel(BETA_ACCOUNT, &["4:1-1"]), &["beta"]);
        world.accepted(restriction(BETA_ACCOUNT, &[]), OPERATORS);
    };
    let lift = |world: &mut World| {
        let order = world.state().restrictions().next().expect("one").entry;
        world.accepted(release(order), OPERATORS);
    };
    walk_pinned(
        &mut world,
        &mut command,
        &mut vec!["alpha"],
        &mut [
            (Reason::RoleNotPermitted, &mut |_, _, s| *s = vec!["beta"]),
            (Reason::ApplicationPending, &mut |w, _, _| {
                w.accepted(withdraw(pending), &["alpha"]);
            }),
            (Reason::AccountNotEmpty, &mut |w, _, _| empty(w, order)),
            (Reason::AccountRestricted, &mut |w, _, _| lift(w)),
        ],
    );
    let application = world.state().open_applications().last().expect("the closing").entry;
    world.accepted(request_completion(application, "2026-12-01"), &["op-1"]);
    let payment = world.pay(2_500, Some(account(ALPHA_ACCOUNT)));
    let units = terms(ALPHA_ACCOUNT, BETA_ACCOUNT, &["4:3-3"], Purpose::Other);
    world.accepted(paid_transfer(units, payment), &["alpha"]);
    let incoming = world.accepted(to(ALPHA_ACCOUNT, BETA_ACCOUNT, &["4:4-4"]), &["alpha"]);
    let order = world.accepted(restriction(BETA_ACCOUNT, &["4:3-3"]), OPERATORS);
    let mut command = world.command(Body::RecordApplication { application: NOBODY });
    walk_pinned(
        &mut world,
        &mut command,
        &mut vec!["beta"],
        &mut [
            (Reason::RoleNotPermitted, &mut |_, _, s| *s = vec!["op-1"]),
            (Reason::ApplicationUnknown, &mut |_, c, _| *application_of(c) = incoming),
            (Reason::ApplicationUnknown, &mut |w, c, _| {
                let body = change(ALPHA_ACCOUNT, "Other Inc.", "2026-11-01");
                *application_of(c) = w.accepted(body, &["alpha"]);
                w.accepted(withdraw(*application_of(c)), &["alpha"]);
            }),
            (Reason::ApplicationClosed, &mut |_, c, _| *application_of(c) = application),
            (Reason::CompletionAwaited, &mut |w, _, _| {
                w.accepted(complete(application), &["beta"]);
            }),
            (Reason::ApplicationPending, &mut |w, _, _| {
                w.accepted(withdraw(incoming), &["alpha"]);
            }),
            (Reason::AccountNotEmpty, &mut |w, _, _| {
                w.accepted(release(order), OPERATORS);
                w.accepted(cancel(BETA_ACCOUNT, &["4:3-3"]), &["beta"]);
                w.accepted(restriction(BETA_ACCOUNT, &[]), OPERATORS);
            }),
            (Reason::AccountRestricted, &mut |w, _, _| lift(w)),
        ],
    );
}

#[test]
fn the_record_of_a_trust_without_a_transfer() {
    let mut world = World::stocked();
    let request = TrustRequest::Record { ranges: ranges(&["4:1-10"]), terms: trust("t") };
    let application = world.accepted(apply_trust(ALPHA_ACCOUNT, request), &["alpha"]);
    world.accepted(request_completion(application, "2026-12-01"), &["op-1"]);
    let order = world.accepted(restriction(ALPHA_ACCOUNT, &[]), OPERATORS);
    let mut command = world.command(Body::RecordApplication { application });
    walk_pinned(
        &mut world,
        &mut command,
        &mut vec!["op-1"],
        &mut [
            (Reason::CompletionAwaited, &mut |w, _, _| {
                w.accepted(complete(application), &["alpha"]);
            }),
            (Reason::UnitsRestricted, &mut |w, _, _| {
                w.accepted(release(order), OPERATORS);
            }),
        ],
    );
}

/// Time passes, and the command is made anew.
fn wait(world: &mut World, command: &mut Command, days: u64) {
    world.wait_days(days);
    command.valid_until = world.now.saturating_add_ms(3_600_000);
}

#[test]
fn a_lapse() {
    let mut world = World::stocked();
    let closed = world.accepted(to(ALPHA_ACCOUNT, BETA_ACCOUNT, &["4:1-1"]), &["alpha"]);
    world.accepted(withdraw(closed), &["alpha"]);
    let application = world.accepted(to(ALPHA_ACCOUNT, BETA_ACCOUNT, &["4:2-2"]), &["alpha"]);
    world.accepted(request_completion(application, "2026-12-31"), &["op-1"]);
    let mut command = world.command(Body::LapseApplication { application: NOBODY });
    walk_pinned(
        &mut world,
        &mut command,
        &mut vec!["alpha"],
        &mut [
            (Reason::RoleNotPermitted, &mut |_, _, s| *s = vec!["op-1"]),
            (Reason::ApplicationUnknown, &mut |_, c, _| *application_of(c) = closed),
            (Reason::ApplicationClosed, &mut |_, c, _| *application_of(c) = application),
            // Neither day has come, which without a calendar nobody can tell.
            (Reason::CalendarMissing, &mut |w, _, _| {
                w.accepted(calendar(2026, &[]), OPERATORS);
            }),
            (Reason::NotLapsed, &mut |w, c, _| wait(w, c, 29)),
        ],
    );
}

#[test]
fn what_is_incomplete_lapses_without_a_calendar_and_what_is_paid_does_not() {
    let mut world = World::stocked();
    let application = world.accepted(to(ALPHA_ACCOUNT, BETA_ACCOUNT, &["4:2-2"]), &["alpha"]);
    world.settle(application, 2_500);
    let mut command = world.command(Body::LapseApplication { application });
    let ask = |world: &mut World| {
        world.accepted(request_completion(application, "2026-12-25"), &["op-1"]);
    };
    walk_pinned(
        &mut world,
        &mut command,
        &mut vec!["op-1"],
        &mut [
            (Reason::NotLapsed, &mut |w, _, _| ask(w)),
            (Reason::NotLapsed, &mut |w, c, _| wait(w, c, 33)),
        ],
    );
}

#[test]
fn a_statement_credit_by_credit() {
    let mut world = World::stocked();
    world.accepted(statement("before", &[("a", 1, "2026-11-20")]), &["op-1"]);
    let wrong = ImportedPayment {
        key: line_key("a"),
        amount_yen: Yen::new(1),
        value_date: date("2026-11-24"),
        account: Some(account(4_711)),
    };
    // A key of its own, or the form would refuse it.
    let second = ImportedPayment { key: line_key("b"), ..wrong };
    let import = ImportStatement {
        statement: digest("before"),
        payers: None,
        payments: vec![wrong, second],
    };
    let mut command = world.command(Body::ImportStatement(import));
    walk_pinned(
        &mut world,
        &mut command,
        &mut vec!["alpha"],
        &mut [
            (Reason::RoleNotPermitted, &mut |_, _, s| *s = vec!["op-1"]),
            (Reason::StatementImported, &mut |_, c, _| {
                import_of(c).statement = digest("after");
            }),
            (Reason::PaymentRecordedBefore, &mut |_, c, _| {
                import_of(c).payments[0].key = line_key("c");
            }),
            (Reason::ValueDateInFuture, &mut |_, c, _| {
                import_of(c).payments[0].value_date = date("2026-11-23");
                // The second was recorded before; the first still has no account.
                import_of(c).payments[1].key = line_key("a");
            }),
            (Reason::AccountUnknown, &mut |_, c, _| {
                import_of(c).payments[0].account = Some(account(GOVERNMENT));
            }),
            (Reason::AccountUnknown, &mut |_, c, _| {
                import_of(c).payments[0].account = Some(account(ALPHA_ACCOUNT));
            }),
            (Reason::PaymentRecordedBefore, &mut |_, c, _| {
                import_of(c).payments[1].key = line_key("b");
            }),
            (Reason::ValueDateInFuture, &mut |_, c, _| {
                import_of(c).payments[1].value_date = date("2026-11-23");
            }),
            (Reason::AccountUnknown, &mut |_, c, _| {
                import_of(c).payments[1].account = None;
            }),
        ],
    );
}

#[test]
fn parts_of_payments_one_after_the_other() {
    let mut world = World::stocked();
    let ask = |of| Body::RequestCertificate { account: account(of), fee_payment: None };
    let closed = world.accepted(ask(ALPHA_ACCOUNT), &["alpha"]);
    world.accepted(withdraw(closed), &["alpha"]);
    let application = world.accepted(ask(ALPHA_ACCOUNT), &["alpha"]);
    let [of_beta, own] =
        [BETA_ACCOUNT, ALPHA_ACCOUNT].map(|of| world.pay(1_201, Some(account(of))));
    let part = |payment, application, yen| PaymentPart {
        payment: PaymentId::single(payment),
        application,
        amount_yen: Yen::new(yen),
    };
    // The first part is in order; what it takes is no longer there for the second.
    let first = part(own, application, 1_000);
    let parts = vec![first, part(NOBODY, NOBODY, 1_202)];
    let mut command = world.command(Body::ApplyPayments { parts });
    walk_pinned(
        &mut world,
        &mut command,
        &mut vec!["alpha"],
        &mut [
            (Reason::RoleNotPermitted, &mut |_, _, s| *s = vec!["op-1"]),
            (Reason::PaymentUnknown, &mut |_, c, _| {
                parts_of(c)[1].payment = PaymentId::single(of_beta);
            }),
            (Reason::ApplicationUnknown, &mut |_, c, _| parts_of(c)[1].application = closed),
            (Reason::ApplicationClosed, &mut |_, c, _| {
                parts_of(c)[1].application = application;
            }),
            (Reason::PaymentOfAnother, &mut |_, c, _| {
                parts_of(c)[1] = part(own, application, 202);
            }),
            (Reason::PaymentSpent, &mut |_, c, _| parts_of(c)[1].amount_yen = Yen::new(201)),
            (Reason::FeeExceeded, &mut |_, c, _| parts_of(c)[1].amount_yen = Yen::new(200)),
        ],
    );
}

#[test]
fn a_refund_of_either_kind() {
    let mut world = World::stocked();
    let payment = world.pay(100, None);
    world.accepted(refund(payment, 1, "out-1"), OPERATORS);
    let ask = Body::RequestCertificate { account: account(ALPHA_ACCOUNT), fee_payment: None };
    let application = world.accepted(ask, &["alpha"]);
    world.settle(application, 1_200);
    let mut command = world.command(refund(NOBODY, 1_201, "out-1"));
    let from = |c: &mut Command, source| refund_in(c).source = source;
    walk_pinned(
        &mut world,
        &mut command,
        &mut vec!["alpha"],
        &mut [
            (Reason::RoleNotPermitted, &mut |_, _, s| *s = vec!["op-1"]),
            (Reason::SecondSignatureMissing, &mut |_, _, s| *s = OPERATORS.to_vec()),
            (Reason::PaymentRecordedBefore, &mut |_, c, _| {
                refund_in(c).bank_reference = name("out-2");
            }),
            (Reason::PaymentUnknown, &mut |_, c, _| {
                from(c, RefundSource::Payment(PaymentId::single(payment)));
            }),
            (Reason::PaymentSpent, &mut |_, c, _| {
                from(c, RefundSource::Application(NOBODY));
                refund_in(c).bank_reference = name("out-1");
            }),
            (Reason::PaymentRecordedBefore, &mut |_, c, _| {
                refund_in(c).bank_reference = name("out-2");
            }),
            (Reason::NotRefundable, &mut |_, c, _| {
                from(c, RefundSource::Application(application));
            }),
            (Reason::NotRefundable, &mut |w, _, _| {
                w.accepted(withdraw(application), &["alpha"]);
            }),
            (Reason::RefundExceeded, &mut |_, c, _| {
                refund_in(c).amount_yen = Yen::new(1_200);
            }),
        ],
    );
}

#[test]
fn a_refusal_and_a_consent() {
    let mut world = World::stocked();
    let closed = world.accepted(to(ALPHA_ACCOUNT, BETA_ACCOUNT, &["4:1-1"]), &["alpha"]);
    world.accepted(withdraw(closed), &["alpha"]);
    let closing = world.accepted(change(ALPHA_ACCOUNT, "New Inc.", "2026-11-01"), &["alpha"]);
    let application = world.accepted(to(ALPHA_ACCOUNT, BETA_ACCOUNT, &["4:2-2"]), &["alpha"]);
    let mut command = world.command(refuse(NOBODY, RefusalGround::Restriction));
    walk_pinned(
        &mut world,
        &mut command,
        &mut vec!["alpha"],
        &mut [
            (Reason::RoleNotPermitted, &mut |_, _, s| *s = vec!["op-1"]),
            (Reason::ApplicationUnknown, &mut |_, c, _| *application_of(c) = closed),
            (Reason::ApplicationClosed, &mut |_, c, _| *application_of(c) = closing),
            (Reason::GroundNotApplicable, &mut |_, c, _| *application_of(c) = application),
            (Reason::GroundUnfounded, &mut |w, _, _| {
                w.accepted(restriction(ALPHA_ACCOUNT, &["4:2-2"]), OPERATORS);
            }),
        ],
    );
    world.accepted(rules_with_acceptance(), AUTHORITIES);
    let plain = world.accepted(to(ALPHA_ACCOUNT, BETA_ACCOUNT, &["4:3-3"]), &["alpha"]);
    let wish =
        Body::SetAcceptance { account: account(BETA_ACCOUNT), acceptance: Acceptance::Consent };
    world.accepted(wish, &["beta"]);
    let asked = world.accepted(to(ALPHA_ACCOUNT, BETA_ACCOUNT, &["4:4-4"]), &["alpha"]);
    let mut command = world.command(Body::AcceptTransfer { application: closed });
    walk_pinned(
        &mut world,
        &mut command,
        &mut vec!["alpha"],
        &mut [
            // Before the role, which a closed application no longer has.
            (Reason::ApplicationClosed, &mut |_, c, _| *application_of(c) = NOBODY),
            (Reason::RoleNotPermitted, &mut |_, c, _| *application_of(c) = plain),
            (Reason::RoleNotPermitted, &mut |_, _, s| *s = vec!["beta"]),
            (Reason::AcceptanceNotAsked, &mut |_, c, _| *application_of(c) = asked),
        ],
    );
}

fn year_of(command: &mut Command) -> &mut jcm_format::time::Year {
    match &mut command.body {
        Body::CloseBooks { year } => year,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_books_of_a_year() {
    let mut world = World::staffed();
    // 1 April 2027 and 2028 in Japan; the entries so far are of 2026.
    let [april_2027, april_2028] =
        [1_806_505_200_000, 1_838_127_600_000].map(|ms| Timestamp::from_ms(ms).expect("in range"));
    assert_eq!(april_2028.date_in_japan(), date("2028-04-01"));
    world.now = april_2027;
    world.accepted(Body::CloseBooks { year: year(2_025) }, OPERATORS);
    let mut command = world.command(Body::CloseBooks { year: year(2_025) });
    walk_pinned(
        &mut world,
        &mut command,
        &mut vec!["authority-1"],
        &mut [
            (Reason::RoleNotPermitted, &mut |_, _, s| *s = vec!["op-1"]),
            (Reason::SecondSignatureMissing, &mut |_, _, s| *s = OPERATORS.to_vec()),
            (Reason::BooksClosed, &mut |_, c, _| *year_of(c) = year(2_027)),
            // Not over, and the year before is open.
            (Reason::BooksYearOpen, &mut |w, c, _| {
                w.now = april_2028;
                c.valid_until = w.now.saturating_add_ms(3_600_000);
            }),
            (Reason::BooksEarlierOpen, &mut |w, _, _| {
                w.accepted(Body::CloseBooks { year: year(2_026) }, OPERATORS);
            }),
        ],
    );
}
