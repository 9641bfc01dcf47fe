//! Restrictions on disposal, trusts and corrections. Each test ends with the
//! auditor's verifier.

use jcm_format::command::{
    Body, Commission, ParticularsChange, PaymentId, Purpose, RecordCorrection, RefusalGround,
    TransferTrust, TrustRequest, TrustTerms,
};
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;
use jcm_ledger::Reason;
use jcm_tests::acts::*;
use jcm_tests::world::*;

fn to_beta(units: &[&str]) -> Body {
    apply_transfer(terms(1_001, 1_002, units, Purpose::Other))
}

/// E8, R11, R12: Cabinet Order, art. 10; registry ordinance, art. 7(1)(i).
#[test]
fn one_restricted_tonne_stops_its_range() {
    let mut world = World::stocked();
    world.refused(restriction(1_001, &["4:50-50"]), &["op-1"], Reason::SecondSignatureMissing);
    world.refused(restriction(4_711, &[]), OPERATORS, Reason::AccountUnknown);
    world.refused(restriction(GOVERNMENT, &[]), OPERATORS, Reason::AccountUnknown);
    world.refused(restriction(1_001, &["9:1-1"]), OPERATORS, Reason::UnitsUnknown);
    world.refused(restriction(1_002, &["4:50-50"]), OPERATORS, Reason::UnitsNotHeld);
    let order = world.accepted(restriction(1_001, &["4:50-50"]), OPERATORS);
    world.refused(to_beta(&["4:1-100"]), &["alpha"], Reason::UnitsRestricted);
    world.refused(cancel(1_001, &["4:50-50"]), &["alpha"], Reason::UnitsRestricted);
    world.accepted(to_beta(&["4:1-49", "4:51-100"]), &["alpha"]);
    world.refused(release(order), &["op-1"], Reason::SecondSignatureMissing);
    world.refused(release(NOBODY), OPERATORS, Reason::RestrictionUnknown);
    world.accepted(release(order), OPERATORS);
    world.refused(release(order), OPERATORS, Reason::RestrictionUnknown);
    world.accepted(cancel(1_001, &["4:50-50"]), &["alpha"]);
    world.check();
}

#[test]
fn a_restricted_account_keeps_what_it_has_and_what_it_gets() {
    let mut world = World::stocked();
    let waiting = world.accepted(to_beta(&["4:1-10"]), &["alpha"]);
    world.settle(waiting, 2_500);
    let first = world.accepted(restriction(1_001, &[]), OPERATORS);
    let second = world.accepted(restriction(1_001, &["4:1-5"]), OPERATORS);
    let record = Body::RecordTransfer { application: waiting };
    world.refused(record.clone(), &["op-1"], Reason::UnitsRestricted);
    world.refused(cancel(1_001, &["4:20-20"]), &["alpha"], Reason::UnitsRestricted);
    let gift = apply_transfer(terms(GOVERNMENT, 1_001, &["4:901-901"], Purpose::Other));
    world.accepted(gift, OPERATORS);
    world.refused(cancel(1_001, &["4:901-901"]), &["alpha"], Reason::UnitsRestricted);
    world.accepted(release(first), OPERATORS);
    world.refused(record.clone(), &["op-1"], Reason::UnitsRestricted);
    world.accepted(cancel(1_001, &["4:901-901"]), &["alpha"]);
    world.accepted(release(second), OPERATORS);
    world.accepted(record, &["op-1"]);
    world.check();
}

fn recorded_trust(world: &mut World, units: &[&str]) -> EntryIndex {
    let body = transfer_with(1_001, 1_002, units, TransferTrust::Record(trust("deed")));
    let application = world.accepted(body, &["alpha"]);
    world.settle(application, 2_500);
    world.accepted(Body::RecordTransfer { application }, &["op-1"])
}

/// R13: Cabinet Order, arts. 11, 13, 15.
#[test]
fn a_trust_is_recorded_and_struck_out_with_its_transfer() {
    let mut world = World::stocked();
    let record = TransferTrust::Record(trust("deed"));
    // The fee is there, but a person has to see the documents.
    let payment = world.pay(2_500, Some(account(1_001)));
    let body = Body::ApplyTransfer {
        terms: terms(1_001, 1_002, &["4:1-10"], Purpose::Other),
        use_details: None,
        trust: Some(record.clone()),
        fee_payment: Some(PaymentId::single(payment)),
    };
    let application = world.accepted(body, &["alpha"]);
    assert_eq!(world.balance(1_002), 0);
    let entry = world.accepted(Body::RecordTransfer { application }, &["op-1"]);
    assert!(matches!(
        world.effects(entry).as_slice(),
        [Effect::TransferRecorded { .. }, Effect::TrustRecorded { .. }]
    ));
    // Trust property does not leave without a word about the trust.
    let plain = apply_transfer(terms(1_002, 1_001, &["4:1-5"], Purpose::Other));
    world.refused(plain, &["beta"], Reason::UnitsInTrust);
    world.refused(cancel(1_002, &["4:1-1"]), &["beta"], Reason::UnitsInTrust);
    let again = transfer_with(1_002, 1_001, &["4:1-5"], record);
    world.refused(again, &["beta"], Reason::UnitsInTrust);
    let delete = TransferTrust::Delete(digest("end of trust"));
    let own = transfer_with(1_001, 1_002, &["4:11-12"], delete.clone());
    world.refused(own, &["alpha"], Reason::UnitsNotInTrust);
    let body = transfer_with(1_002, 1_001, &["4:1-5"], delete);
    let application = world.accepted(body, &["beta"]);
    world.settle(application, 2_500);
    let entry = world.accepted(Body::RecordTransfer { application }, &["op-1"]);
    assert!(matches!(
        world.effects(entry).as_slice(),
        [Effect::TransferRecorded { .. }, Effect::TrustDeleted { .. }]
    ));
    world.accepted(cancel(1_001, &["4:1-5"]), &["alpha"]);
    world.check();
}

#[test]
fn a_trust_goes_to_an_entity_account() {
    let mut world = World::stocked();
    let terms = terms(1_001, GOVERNMENT, &["4:1-10"], Purpose::Other);
    let trust = Some(TransferTrust::Record(trust("deed")));
    let body = Body::ApplyTransfer { terms, use_details: None, trust, fee_payment: None };
    world.refused(body, &["alpha"], Reason::TrustAccount);
    world.check();
}

/// Cabinet Order, art. 14(1)(iii), 11(1)(iii), 12, 19.
#[test]
fn a_trust_without_a_transfer_is_applied_for_by_the_trustee() {
    let mut world = World::stocked();
    let record = |units: &[&str]| TrustRequest::Record { ranges: ranges(units), terms: trust("t") };
    world.refused(apply_trust(1_001, record(&["4:1-10"])), &["beta"], Reason::RoleNotPermitted);
    world.refused(apply_trust(1_001, record(&["9:1-10"])), &["alpha"], Reason::UnitsUnknown);
    world.refused(apply_trust(1_001, record(&["4:901-910"])), &["alpha"], Reason::UnitsNotHeld);
    let order = world.accepted(restriction(1_001, &["4:1-1"]), OPERATORS);
    world.refused(apply_trust(1_001, record(&["4:1-10"])), &["alpha"], Reason::UnitsRestricted);
    world.accepted(release(order), OPERATORS);
    let application = world.accepted(apply_trust(1_001, record(&["4:1-10"])), &["alpha"]);
    world.refused(apply_trust(1_001, record(&["4:10-11"])), &["alpha"], Reason::UnitsReserved);
    let act = Body::RecordApplication { application };
    let order = world.accepted(restriction(1_001, &["4:1-1"]), OPERATORS);
    world.refused(act.clone(), &["op-1"], Reason::UnitsRestricted);
    world.accepted(release(order), OPERATORS);
    let trust_entry = world.accepted(act, &["op-1"]);
    world.refused(apply_trust(1_001, record(&["4:5-15"])), &["alpha"], Reason::UnitsInTrust);
    // A beneficiary in the trustee's place, whom two operators write down.
    let in_place = Body::ApplyTrust {
        account: account(1_001),
        request: record(&["4:21-30"]),
        subrogation: Some(digest("cause")),
    };
    world.refused(in_place.clone(), &["alpha"], Reason::RoleNotPermitted);
    world.refused(in_place.clone(), &["op-1"], Reason::SecondSignatureMissing);
    let application = world.accepted(in_place, OPERATORS);
    world.accepted(Body::RecordApplication { application }, &["op-2"]);
    let amend = |trust| TrustRequest::Amend { trust, terms: jcm_tests::acts::trust("amended") };
    world.refused(apply_trust(1_001, amend(NOBODY)), &["alpha"], Reason::TrustUnknown);
    world.refused(apply_trust(1_002, amend(trust_entry)), &["beta"], Reason::TrustUnknown);
    let application = world.accepted(apply_trust(1_001, amend(trust_entry)), &["alpha"]);
    world.accepted(Body::RecordApplication { application }, &["op-1"]);
    let delete = |units: &[&str]| TrustRequest::Delete {
        ranges: ranges(units),
        evidence: digest("cause"),
        beneficiaries: digest("beneficiaries"),
    };
    world.refused(apply_trust(1_001, delete(&["4:5-15"])), &["alpha"], Reason::UnitsNotInTrust);
    let application = world.accepted(apply_trust(1_001, delete(&["4:1-10"])), &["alpha"]);
    world.accepted(Body::RecordApplication { application }, &["op-1"]);
    world.accepted(cancel(1_001, &["4:1-10"]), &["alpha"]);
    world.check();
}

/// Cabinet Order, arts. 16 to 18; registry ordinance, art. 11.
#[test]
fn a_new_trustee_follows_the_former_or_applies_after_the_dismissal() {
    let mut world = World::stocked();
    let gamma = world.open_account("gamma", "7000012050002").get();
    let first = recorded_trust(&mut world, &["4:1-10"]);
    let second = recorded_trust(&mut world, &["4:11-20"]);
    let change = |by_new_trustee| TransferTrust::ChangeTrustee {
        terms: trust("new trustee"),
        by_new_trustee,
    };
    let mixed = transfer_with(1_002, gamma, &["4:10-11"], change(false));
    world.refused(mixed, &["beta"], Reason::TrustsDiffer);
    let not_trust = transfer_with(1_001, gamma, &["4:21-22"], change(false));
    world.refused(not_trust, &["alpha"], Reason::UnitsNotInTrust);
    // The former trustee applies.
    let body = transfer_with(1_002, gamma, &["4:1-10"], change(false));
    world.refused(body.clone(), &["gamma"], Reason::RoleNotPermitted);
    let application = world.accepted(body, &["beta"]);
    world.settle(application, 2_500);
    let entry = world.accepted(Body::RecordTransfer { application }, &["op-1"]);
    assert!(matches!(
        world.effects(entry).as_slice(),
        [
            Effect::TransferRecorded { .. },
            Effect::TrustDeleted { .. },
            Effect::TrustRecorded { .. }
        ]
    ));
    // The court dismisses the trustee of the other trust.
    let commission = |trust_entry| Body::RecordCommission {
        trust: trust_entry,
        terms: TrustTerms { without_beneficiaries: true, ..trust("as ordered") },
        commission: Commission {
            court: text("東京地方裁判所"),
            reference: text("令和8年(チ)第45号"),
            trustee_dismissed: true,
        },
    };
    world.refused(commission(NOBODY), OPERATORS, Reason::TrustUnknown);
    world.refused(commission(second), &["op-1"], Reason::SecondSignatureMissing);
    let waiting = transfer_with(1_002, 1_001, &["4:20-20"], TransferTrust::Delete(digest("end")));
    let waiting = world.accepted(waiting, &["beta"]);
    world.settle(waiting, 2_500);
    let early = transfer_with(1_002, gamma, &["4:11-19"], change(true));
    world.refused(early, &["gamma"], Reason::TrusteeInOffice);
    world.accepted(commission(second), OPERATORS);
    let record = Body::RecordTransfer { application: waiting };
    world.refused(record, &["op-1"], Reason::TrusteeDismissed);
    let former = transfer_with(1_002, gamma, &["4:11-19"], change(false));
    world.refused(former, &["beta"], Reason::TrusteeDismissed);
    let delete = TransferTrust::Delete(digest("end"));
    let leaves = transfer_with(1_002, 1_001, &["4:11-19"], delete);
    world.refused(leaves, &["beta"], Reason::TrusteeDismissed);
    let body = transfer_with(1_002, gamma, &["4:11-19"], change(true));
    world.refused(body.clone(), &["beta"], Reason::RoleNotPermitted);
    let application = world.accepted(body, &["gamma"]);
    let withdraw = Body::WithdrawApplication { application, reason: text("mistake") };
    world.refused(withdraw, &["beta"], Reason::RoleNotPermitted);
    world.settle(application, 2_500);
    world.accepted(Body::RecordTransfer { application }, &["op-1"]);
    assert_eq!(world.balance(gamma), 19);
    assert_ne!(first, second);
    world.check();
}

#[test]
fn trust_property_leaves_its_trust_in_the_entry_that_retires_it() {
    let mut world = World::stocked();
    world.authorise(1_000, 1_000);
    recorded_trust(&mut world, &["4:1-10"]);
    let terms = terms(1_002, RETIREMENT, &["4:1-10"], Purpose::Retirement);
    let body = Body::ApplyTransfer {
        terms,
        use_details: None,
        trust: Some(TransferTrust::Delete(digest("as the trust's purpose asks"))),
        fee_payment: None,
    };
    let application = world.accepted(body, &["beta"]);
    world.settle(application, 2_500);
    let entry = world.accepted(Body::RecordTransfer { application }, &["op-1"]);
    let effects = world.effects(entry);
    assert!(matches!(
        effects.as_slice(),
        [
            Effect::TransferRecorded { .. },
            Effect::TrustDeleted { .. },
            Effect::FirstTransferred { .. },
            Effect::AdjustmentBooked { .. }
        ]
    ));
    world.check();
}

/// R15, R16: registry ordinance, art. 15; Act, art. 57.
#[test]
fn a_correction_is_a_new_entry_that_moves_no_more_than_it_must() {
    let mut world = World::stocked();
    let wrong = world.pay(2_500, Some(account(1_001)));
    let body = paid_transfer(terms(1_001, 1_002, &["4:1-10"], Purpose::Other), wrong);
    let affected = world.accepted(body, &["alpha"]);
    let body = |c: RecordCorrection| Body::RecordCorrection(c);
    let back = correction(1_001, affected, &[(1_002, 1_001, &["4:1-10"])]);
    world.refused(body(back.clone()), &["op-1"], Reason::SecondSignatureMissing);
    // Beta owns what it received in good faith.
    world.refused(body(back.clone()), OPERATORS, Reason::ThirdPartyConsentMissing);
    let mut unknown = back.clone();
    unknown.ground.affected = NOBODY;
    world.refused(body(unknown), OPERATORS, Reason::EntryUnknown);
    let mut later = back.clone();
    later.ground.consulted_on = date("2026-11-24");
    world.refused(body(later), OPERATORS, Reason::DateInFuture);
    let mut stranger = back.clone();
    stranger.ground.account = account(GOVERNMENT);
    world.refused(body(stranger), OPERATORS, Reason::AccountUnknown);
    type Move<'a> = (u32, u32, &'a [&'a str]);
    let cases: [(Move<'_>, Reason); 7] = [
        ((GOVERNMENT, 1_002, &["4:901-901"]), Reason::MoveUnrelated),
        ((1_001, 1_001, &["4:11-11"]), Reason::DestinationIsSource),
        ((1_001, 4_711, &["4:11-11"]), Reason::DestinationUnknown),
        ((1_001, CANCELLATION, &["4:11-11"]), Reason::MoveToSink),
        ((1_001, GOVERNMENT, &["9:1-1"]), Reason::UnitsUnknown),
        ((1_001, GOVERNMENT, &["4:1-1"]), Reason::UnitsNotHeld),
        ((CANCELLATION, 1_001, &["4:1-1"]), Reason::SourceIsSink),
    ];
    for (wrong, reason) in cases {
        world.refused(body(correction(1_001, affected, &[wrong])), OPERATORS, reason);
    }
    let mut with_consent = back;
    with_consent.ground.third_party_consent = Some(digest("consent of beta"));
    let entry = world.accepted(body(with_consent), OPERATORS);
    assert!(matches!(
        world.effects(entry).as_slice(),
        [Effect::CorrectionRecorded { .. }, Effect::UnitsMoved { .. }]
    ));
    assert_eq!((world.balance(1_001), world.balance(1_002)), (3_600, 0));
    world.check();
}

#[test]
fn a_correction_leaves_restricted_reserved_and_trust_units_alone() {
    let mut world = World::stocked();
    recorded_trust(&mut world, &["4:1-10"]);
    world.accepted(restriction(1_001, &["4:11-11"]), OPERATORS);
    world.accepted(to_beta(&["4:12-12"]), &["alpha"]);
    let affected = EntryIndex::new(1);
    let cases = [
        (
            correction(1_001, affected, &[(1_001, GOVERNMENT, &["4:11-11"])]),
            Reason::UnitsRestricted,
        ),
        (correction(1_001, affected, &[(1_001, GOVERNMENT, &["4:12-12"])]), Reason::UnitsReserved),
        (correction(1_002, affected, &[(1_002, GOVERNMENT, &["4:1-1"])]), Reason::UnitsInTrust),
    ];
    for (correction, reason) in cases {
        world.refused(Body::RecordCorrection(correction), OPERATORS, reason);
    }
    world.check();
}

#[test]
fn particulars_are_corrected_after_consultation() {
    let mut world = World::peopled();
    let change = |effective: &str| ParticularsChange {
        holder: Some(holder("Alpha Corporation")),
        particulars: Some(digest("corrected")),
        effective: date(effective),
    };
    let with = |change| RecordCorrection {
        change: Some(change),
        ..correction(1_001, EntryIndex::new(3), &[])
    };
    let later = Body::RecordCorrection(with(change("2026-11-24")));
    world.refused(later, OPERATORS, Reason::DateInFuture);
    let mut misfit = change("2026-01-01");
    if let Some(holder) = &mut misfit.holder {
        holder.head_office_ja = None;
    }
    world.refused(Body::RecordCorrection(with(misfit)), OPERATORS, Reason::ParticularsMisfit);
    world.accepted(Body::RecordCorrection(with(change("2026-01-01"))), OPERATORS);
    let account = world.state().account(account(1_001)).expect("open").clone();
    let holder = account.holder.expect("held");
    assert_eq!(holder.commitment, digest("corrected"));
    assert_eq!(holder.particulars.expect("published").name_en.to_string(), "Alpha Corporation");
    world.check();
}

// Personal data.

#[test]
fn personal_data_are_erased_on_the_record_and_once() {
    let mut world = World::staffed();
    let application = world.accepted(apply_account("alpha", ALPHA), &["alpha"]);
    let commitment = jcm_format::hash::Digest::of(&[b"alpha"]);
    let body = erase(commitment);
    world.refused(body.clone(), &["op-1"], Reason::SecondSignatureMissing);
    world.refused(erase(digest("never seen")), OPERATORS, Reason::CommitmentUnknown);
    // A document's digest is not a commitment to personal data.
    let attachment = jcm_format::hash::Digest::of(&[b"articles"]);
    world.refused(erase(attachment), OPERATORS, Reason::CommitmentUnknown);
    world.refused(body.clone(), OPERATORS, Reason::StillNeeded);
    world.settle(application, 14_400);
    world.accepted(Body::OpenAccount { application }, &["op-1"]);
    world.refused(body.clone(), OPERATORS, Reason::StillNeeded);
    let application = world.accepted(close(1_001), &["alpha"]);
    world.accepted(Body::RecordApplication { application }, &["op-1"]);
    world.accepted(body.clone(), OPERATORS);
    world.refused(body, OPERATORS, Reason::ErasedAlready);
    world.check();
}

/// Payers, and persons.
fn commit_to_persons(world: &mut World) {
    let mut payment = match record_payment("payer", 1, None) {
        Body::RecordPayment(payment) => payment,
        other => panic!("{other:?}"),
    };
    payment.payer = Some(digest("a payer"));
    world.accepted(Body::RecordPayment(payment), &["op-1"]);
    let mut import = match statement("bank statement", &[("line", 1, "2026-11-20")]) {
        Body::ImportStatement(import) => import,
        other => panic!("{other:?}"),
    };
    import.payers = Some(digest("payers of a statement"));
    world.accepted(Body::ImportStatement(import), &["op-1"]);
    let person = digest("a proponent");
    world.accepted(Body::RegisterProponent { project: project("MN001"), person }, &["op-1"]);
    world.accepted(apply_individual("kato", "a proponent"), &["kato"]);
}

/// Details of trusts; gives back the entry of the first.
fn commit_to_trusts(world: &mut World) -> EntryIndex {
    let transfer = transfer_with(1_001, 1_002, &["4:1-10"], TransferTrust::Record(trust("stated")));
    let stated = world.accepted(transfer, &["alpha"]);
    world.settle(stated, 2_500);
    let deed = world.accepted(Body::RecordTransfer { application: stated }, &["op-1"]);
    let new_trustee =
        TransferTrust::ChangeTrustee { terms: trust("new trustee"), by_new_trustee: false };
    world.accepted(transfer_with(1_002, 1_001, &["4:1-2"], new_trustee), &["beta"]);
    let end = TransferTrust::Delete(digest("end of trust"));
    world.accepted(transfer_with(1_002, 1_001, &["4:3-4"], end), &["beta"]);
    let requests = [
        TrustRequest::Record { ranges: ranges(&["4:11-12"]), terms: trust("applied for") },
        TrustRequest::Amend { trust: deed, terms: trust("amended") },
        TrustRequest::Delete {
            ranges: ranges(&["4:5-6"]),
            evidence: digest("cause"),
            beneficiaries: digest("beneficiaries"),
        },
    ];
    for (request, of) in requests.into_iter().zip([1_001, 1_002, 1_002]) {
        let signer = if of == 1_001 { "alpha" } else { "beta" };
        world.accepted(apply_trust(of, request), &[signer]);
    }
    world.accepted(amended_by_court(deed, "commissioned"), OPERATORS);
    deed
}

fn amended_by_court(deed: EntryIndex, details: &str) -> Body {
    Body::RecordCommission {
        trust: deed,
        terms: trust(details),
        commission: Commission {
            court: text("東京地方裁判所"),
            reference: text("令和8年(チ)第45号"),
            trustee_dismissed: false,
        },
    }
}

/// Every place in which the log commits to personal data, and some in which it does not.
#[test]
fn each_commitment_is_known_and_no_other_digest_is() {
    let mut world = World::stocked();
    commit_to_persons(&mut world);
    let deed = commit_to_trusts(&mut world);
    let change = |of: &str| ParticularsChange {
        holder: None,
        particulars: Some(digest(of)),
        effective: date("2026-11-01"),
    };
    let correction =
        RecordCorrection { change: Some(change("corrected")), ..correction(1_001, deed, &[]) };
    world.accepted(Body::RecordCorrection(correction), OPERATORS);
    let notified = jcm_format::command::NotifyChange {
        account: account(1_001),
        change: change("notified"),
        attachments: vec![digest("登記事項証明書")],
    };
    world.accepted(Body::NotifyChange(notified), &["alpha"]);
    world.accepted(restriction(1_001, &[]), OPERATORS);
    for unknown in [
        "bank statement",
        "trust deed",
        "end of trust",
        "cause",
        "beneficiaries",
        "order",
        "minutes",
    ] {
        world.refused(erase(digest(unknown)), OPERATORS, Reason::CommitmentUnknown);
    }
    world.refused(erase(digest("commissioned")), OPERATORS, Reason::StillNeeded);
    let open: Vec<EntryIndex> = world.state().open_applications().map(|open| open.entry).collect();
    for application in open {
        world.accepted(refuse(application, RefusalGround::Procedure), &["op-1"]);
    }
    world.accepted(amended_by_court(deed, "commissioned again"), OPERATORS);
    world.refused(erase(digest("corrected")), OPERATORS, Reason::StillNeeded);
    for known in [
        "alpha",
        "a payer",
        "payers of a statement",
        "a proponent",
        "particulars of a proponent",
        "stated",
        "new trustee",
        "applied for",
        "amended",
        "commissioned",
        "notified",
    ] {
        world.accepted(erase(digest(known)), OPERATORS);
        world.refused(erase(digest(known)), OPERATORS, Reason::ErasedAlready);
    }
    world.check();
}
