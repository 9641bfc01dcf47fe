//! Sending until there is an answer, and believing only what is proved.

#![allow(clippy::expect_used, clippy::panic, reason = "a test may")]

mod support;

use jcm_client::{
    Caller, ClientError, CommandBuilder, Outcome, PreparedEffect, ReceiptError, RegistryClient,
    SubmitPolicy, TrustError, TrustStore,
};
use jcm_format::caller::{Call, CallerProof, Window};
use jcm_format::command::Body;
use jcm_format::envelope::SignedCommand;
use jcm_format::event::Event;
use jcm_format::hash::Digest;
use jcm_format::id::{CommandId, EntryIndex};
use jcm_format::key::{PublicKey, SecretKey};
use jcm_format::time::Timestamp;
use jcm_format::tlog::{Evidence, Origin};
use prost::Message as _;
use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use support::{Fake, ORIGIN, Order};
use tonic::Code;

const QUICK: SubmitPolicy = SubmitPolicy {
    attempt_timeout: Duration::from_secs(5),
    pause_first: Duration::from_millis(2),
    pause_max: Duration::from_millis(10),
    attempts_max: 6,
};

fn command() -> SignedCommand {
    let body = Body::OpenAccount { application: EntryIndex::new(7) };
    let command = CommandBuilder::new(ORIGIN.parse().expect("an origin"), body).build();
    let key = SecretKey::from_seed(&[1; 32]);
    command.expect("well formed").sign(&[&key]).expect("one key")
}

async fn world() -> (Fake, RegistryClient, TrustStore) {
    let (fake, endpoint) = Fake::start().await;
    let client = RegistryClient::connect(&endpoint).await.expect("it runs");
    let trust = TrustStore::in_memory(fake.log_key());
    (fake, client, trust)
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_with_the_same_bytes() {
    let (fake, client, mut trust) = world().await;
    fake.log().orders.extend([Order::Lose, Order::LoseAnswer, Order::Lose]);
    let signed = command();
    let receipt = client.submit(&signed, &[], &mut trust, &QUICK).await.expect("in the end");
    assert_eq!(receipt.entry().command, signed);
    let log = fake.log();
    assert_eq!(log.len(), 1, "recorded once");
    assert_eq!(log.arrived, vec![signed.payload; 4]);
}

#[tokio::test]
async fn a_call_that_breaks_off_is_made_again_with_the_same_bytes() {
    let (fake, client, mut trust) = world().await;
    let broken = [Code::Unknown, Code::Internal, Code::Cancelled].map(Order::Break);
    fake.log().orders.extend(broken);
    let signed = command();
    client.submit(&signed, &[], &mut trust, &QUICK).await.expect("in the end");
    assert_eq!(fake.log().len(), 1, "recorded once");
    assert_eq!(fake.log().arrived, vec![signed.payload; 4]);
    fake.log().orders.extend([Order::Break(Code::Unknown); 6]);
    fake.log().receipts = Some(Code::Internal);
    let error = client.submit(&command(), &[], &mut trust, &QUICK).await.expect_err("never");
    assert!(matches!(error, ClientError::NoAnswer { attempts: 6, .. }), "{error}");
    assert_eq!(error.outcome(), Outcome::Unavailable);
}

#[tokio::test]
async fn a_registry_without_room_is_not_asked_sooner_than_it_says() {
    let (fake, client, mut trust) = world().await;
    let delay = Duration::from_millis(120);
    fake.log().orders.push_back(Order::Busy(delay));
    let begun = Instant::now();
    client.submit(&command(), &[], &mut trust, &QUICK).await.expect("in the end");
    assert!(delay <= begun.elapsed());
}

#[tokio::test]
async fn a_definite_no_is_not_asked_again() {
    let (fake, client, mut trust) = world().await;
    fake.log().orders.push_back(Order::Reject);
    let error = client.submit(&command(), &[], &mut trust, &QUICK).await.expect_err("refused");
    assert_eq!(error.outcome(), Outcome::Rejected);
    assert_eq!(fake.log().arrived.len(), 1);
}

#[tokio::test]
async fn when_no_answer_comes_the_receipt_is_asked_for_at_last() {
    let (fake, client, mut trust) = world().await;
    fake.log().orders.extend([Order::LoseAnswer; 6]);
    let signed = command();
    let receipt = client.submit(&signed, &[], &mut trust, &QUICK).await.expect("it was recorded");
    assert_eq!(receipt.index(), EntryIndex::new(0));
    fake.log().orders.extend([Order::Lose; 6]);
    let error = client.submit(&command(), &[], &mut trust, &QUICK).await.expect_err("never");
    assert!(matches!(error, ClientError::NoAnswer { attempts: 6, .. }), "{error}");
    assert_eq!(error.outcome(), Outcome::Unavailable);
}

#[tokio::test]
async fn what_has_expired_may_have_been_recorded_in_time() {
    let (fake, client, mut trust) = world().await;
    // Recorded by an earlier run, whose answer never came.
    let signed = command();
    fake.log().record(signed.clone());
    fake.log().orders.push_back(Order::Expire);
    let receipt = client.submit(&signed, &[], &mut trust, &QUICK).await.expect("recorded");
    assert_eq!(receipt.entry().command, signed);
    // Recorded by this run.
    let signed = command();
    fake.log().orders.push_back(Order::LoseAnswerAndExpire);
    let receipt = client.submit(&signed, &[], &mut trust, &QUICK).await.expect("recorded");
    assert_eq!(receipt.entry().command, signed);
    // Not recorded, as the registry says.
    fake.log().orders.extend([Order::Lose, Order::Expire]);
    let error = client.submit(&command(), &[], &mut trust, &QUICK).await.expect_err("too late");
    assert_eq!(error.refusal().expect("refused").reason, "COMMAND_EXPIRED");
    assert_eq!(error.outcome(), Outcome::Rejected);
    // It cannot be told: no rejection is claimed.
    for code in [Code::Unimplemented, Code::PermissionDenied, Code::Unavailable] {
        fake.log().orders.push_back(Order::Expire);
        fake.log().receipts = Some(code);
        let error = client.submit(&command(), &[], &mut trust, &QUICK).await.expect_err("unknown");
        assert!(matches!(error, ClientError::NoAnswer { attempts: 1, .. }), "{code:?}: {error}");
        assert_eq!(error.outcome(), Outcome::Unavailable);
    }
}

#[tokio::test]
async fn a_command_is_not_sent_after_its_time() {
    let (fake, client, mut trust) = world().await;
    let body = Body::OpenAccount { application: EntryIndex::new(7) };
    let command = CommandBuilder::new(ORIGIN.parse().expect("an origin"), body).valid_for_ms(40);
    let key = SecretKey::from_seed(&[1; 32]);
    let signed = command.build().expect("well formed").sign(&[&key]).expect("one key");
    fake.log().orders.extend([Order::Lose; 100]);
    let policy = SubmitPolicy { attempts_max: 100, ..QUICK };
    let begun = Instant::now();
    let error = client.submit(&signed, &[], &mut trust, &policy).await.expect_err("never");
    assert!(matches!(error, ClientError::NoAnswer { .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(fake.log().arrived.len() < 100);
}

#[tokio::test]
async fn a_receipt_of_another_command_is_not_a_receipt() {
    let (fake, client, mut trust) = world().await;
    fake.log().orders.push_back(Order::RecordOther);
    let error = client.submit(&command(), &[], &mut trust, &QUICK).await.expect_err("another");
    assert!(matches!(error, ClientError::Receipt(ReceiptError::OtherPayload)), "{error}");
    assert_eq!(error.outcome(), Outcome::Untrusted);
}

#[tokio::test]
async fn a_receipt_of_another_effect_than_was_pinned_is_not_a_receipt() {
    let (_fake, client, mut trust) = world().await;
    let key = SecretKey::from_seed(&[1; 32]);
    let recorded = Event(Vec::new()).digest(1).expect("short");
    let other_rules = Event(Vec::new()).digest(2).expect("short");
    for (digest, honest) in [(recorded, true), (other_rules, false), (Digest::ZERO, false)] {
        let body = Body::OpenAccount { application: EntryIndex::new(7) };
        let command = CommandBuilder::new(ORIGIN.parse().expect("an origin"), body).build();
        let effect = PreparedEffect {
            digest,
            effects: Vec::new(),
            effects_json: String::new(),
            fee_yen: 0,
            fee_ground: String::new(),
            rule_set: 1,
        };
        let signed = command.expect("well formed").pin(&effect).sign(&[&key]).expect("one key");
        let answer = client.submit(&signed, &[], &mut trust, &QUICK).await;
        let other = ClientError::Receipt(ReceiptError::OtherEffect).to_string();
        assert_eq!(
            answer.map(drop).map_err(|e| e.to_string()),
            if honest { Ok(()) } else { Err(other) }
        );
    }
}

#[tokio::test]
async fn a_checkpoint_by_another_key_is_not_believed() {
    let (fake, client, mut trust) = world().await;
    fake.log().secret = SecretKey::from_seed(&[9; 32]);
    let error = client.submit(&command(), &[], &mut trust, &QUICK).await.expect_err("forged");
    assert!(matches!(error, ClientError::Trust(TrustError::Checkpoint(_))), "{error}");
    assert!(trust.last().is_none());
}

#[tokio::test]
async fn a_log_that_was_rewritten_is_caught_at_the_next_receipt() {
    for (before, after) in [(3, 4), (4, 3), (3, 3)] {
        let (fake, client, mut trust) = world().await;
        for _ in 0..before {
            client.submit(&command(), &[], &mut trust, &QUICK).await.expect("honest");
        }
        fake.log().rewrite();
        for _ in 1..after {
            fake.log().record(command());
        }
        let error = client.submit(&command(), &[], &mut trust, &QUICK).await.expect_err("caught");
        // One size and two roots, or a proof that leads past what was trusted.
        let condemned = before <= after;
        let evidence = match error {
            ClientError::Trust(TrustError::SplitView(evidence)) if condemned => evidence,
            ClientError::Trust(TrustError::Unproven { evidence, .. }) => evidence,
            other => panic!("{before} {after}: {other}"),
        };
        let both = Evidence::open(&evidence.text, trust.log_key()).expect("signed by the log");
        assert_ne!(both.first().checkpoint().root, both.second().checkpoint().root);
        assert_eq!(both.verdict().is_contradiction(), condemned);
        let refused = client.submit(&command(), &[], &mut trust, &QUICK).await.expect_err("still");
        let ClientError::Trust(refused) = refused else { panic!("{refused}") };
        assert_eq!(matches!(refused, TrustError::Condemned(_)), condemned, "{refused}");
    }
}

#[tokio::test]
async fn a_registry_that_gives_no_proof_is_not_believed() {
    let (fake, client, mut trust) = world().await;
    client.submit(&command(), &[], &mut trust, &QUICK).await.expect("honest");
    for answer in [
        Err(Code::InvalidArgument),
        Err(Code::NotFound),
        Err(Code::PermissionDenied),
        Ok(vec![vec![7; 31]]),
        Ok(vec![vec![7; 32]]),
        Ok(Vec::new()),
    ] {
        fake.log().proofs = Some(answer.clone());
        let error = client.submit(&command(), &[], &mut trust, &QUICK).await.expect_err("no proof");
        assert_eq!(error.outcome(), Outcome::Untrusted, "{answer:?}: {error}");
        let said = error.to_string();
        assert!(said.contains("still contains the last trusted checkpoint"), "{said}");
        assert!(error.advice().contains("may have been recorded"), "{}", error.advice());
    }
    // Not there for the moment is not a refusal.
    fake.log().proofs = Some(Err(Code::Unavailable));
    let error = client.submit(&command(), &[], &mut trust, &QUICK).await.expect_err("not now");
    assert_eq!(error.outcome(), Outcome::Unavailable);
    fake.log().proofs = None;
    client.submit(&command(), &[], &mut trust, &QUICK).await.expect("proved after all");
}

#[tokio::test]
async fn the_fast_path_sends_once_and_checks_apart() {
    let (fake, client, mut trust) = world().await;
    let signed = command();
    let raw = client.submit_raw(&signed, &[], QUICK.attempt_timeout).await.expect("answered");
    client.submit_raw(&command(), &[], QUICK.attempt_timeout).await.expect("answered");
    let receipt = client.check_receipt(&raw, &signed.payload, &mut trust).await.expect("holds");
    assert_eq!(receipt.checkpoint().size, 1);
    fake.log().orders.push_back(Order::Lose);
    let error = client.submit_raw(&command(), &[], QUICK.attempt_timeout).await;
    assert_eq!(error.expect_err("lost").outcome(), Outcome::Unavailable);
}

#[tokio::test]
async fn a_question_that_is_asked_again_is_signed_anew() {
    let (fake, client, _) = world().await;
    fake.log().receipts = Some(Code::Unavailable);
    let registry: Origin = ORIGIN.parse().expect("an origin");
    let key = SecretKey::from_seed(&[9; 32]);
    let asking = client.clone().with_caller(Caller::new(registry.clone(), key.clone()));
    let id = CommandId::from_bytes([3; 16]);
    assert!(asking.receipt_of(id).await.is_err());
    let asked = std::mem::take(&mut fake.log().callers);
    assert!(1 < asked.len(), "it is asked again while the registry is not available");
    let mut seen = BTreeSet::new();
    for (proofs, request) in asked {
        let [proof] = proofs.as_slice() else { panic!("one proof: {proofs:?}") };
        let proof = CallerProof::from_bytes(proof).expect("a proof");
        let call = Call {
            registry: &registry,
            method: "/jcm.registry.v1.Registry/GetReceipt",
            message: Some(Digest::of(&[&request.encode_to_vec()])),
        };
        let ms = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_millis();
        let now = Timestamp::from_ms(u64::try_from(ms).expect("soon")).expect("in range");
        let window = Window { now, skew_ms: 60_000 };
        let caller = proof.verify(PublicKey::admit, &call, window).expect("of this very call");
        assert_eq!(caller.key(), key.public_key());
        assert!(seen.insert(caller.nonce()), "used twice");
    }
    // Without a caller nothing is signed.
    assert!(client.receipt_of(id).await.is_err());
    assert!(fake.log().callers.iter().all(|(proofs, _)| proofs.is_empty()));
}
