//! Proofs of who calls that are not good, on a service that runs: nothing gets in
//! with them, and what is said tells no more than it must. And the audit of reads.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use jcm_api::pb;
use jcm_client::{Caller, CallerChannel};
use jcm_format::caller::{CALLER_HEADER, Call, CallerProof, Nonce};
use jcm_format::command::{Body, Power, Representative, Role};
use jcm_format::hash::Digest;
use jcm_format::key::{PublicKey, Signature};
use jcm_format::time::Timestamp;
use jcm_format::tlog::Origin;
use prost::Message as _;
use registry_node::Node;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use support::*;
use tokio_stream::StreamExt as _;
use tonic::metadata::BinaryMetadataValue;
use tonic::{Code, Request, Status};
use tonic_types::StatusExt as _;

const METHOD: &str = "/jcm.registry.v1.Registry/GetAccount";
const AUTHORITIES: [&str; 2] = ["authority-1", "authority-2"];

static NONCES: AtomicU64 = AtomicU64::new(1);

/// A statement about a call, and who signs it.
#[derive(Clone)]
struct Made {
    registry: Origin,
    method: &'static str,
    message: Option<Digest>,
    issued_at: Timestamp,
    nonce: [u8; 16],
    who: &'static str,
}

fn asked() -> pb::GetAccountRequest {
    pb::GetAccountRequest { account: ALPHA }
}

/// A good proof of alpha's, for [`asked`].
fn good() -> Made {
    let mut nonce = [0; 16];
    nonce[..8].copy_from_slice(&NONCES.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    Made {
        registry: origin(),
        method: METHOD,
        message: Some(Digest::of(&[&asked().encode_to_vec()])),
        issued_at: now(),
        nonce,
        who: "alpha",
    }
}

impl Made {
    fn payload(&self) -> Vec<u8> {
        let call = Call { registry: &self.registry, method: self.method, message: self.message };
        call.statement(self.issued_at, Nonce::from_bytes(self.nonce))
    }

    fn proof(&self) -> CallerProof {
        CallerProof::sign(self.payload(), &secret(self.who))
    }
}

fn with(header: &[u8]) -> Request<pb::GetAccountRequest> {
    let mut request = Request::new(asked());
    request.metadata_mut().insert_bin(CALLER_HEADER, BinaryMetadataValue::from_bytes(header));
    request
}

/// Asks for alpha's account with a proof made by hand.
async fn ask(client: &mut Client, proof: &CallerProof) -> Result<pb::Account, Status> {
    let answer = client.get_account(with(&proof.to_bytes())).await;
    answer.map(tonic::Response::into_inner)
}

async fn public(node: &Node) -> Client {
    connect_as(&format!("http://{}", node.grpc_addr()), None).await
}

async fn refused(client: &mut Client, proof: &CallerProof) -> (Code, String) {
    let status = ask(client, proof).await.expect_err("not let in");
    says_nothing_of_anybody(&status);
    (status.code(), reason(&status))
}

/// Neither names nor numbers of those who are in the registry.
fn says_nothing_of_anybody(status: &Status) {
    let info = status.get_error_details().error_info().cloned().expect("a reason");
    let said = format!("{} {:?}", status.message(), info.metadata);
    for word in ["alpha", "beta", "1001", "op-1"] {
        assert!(!said.contains(word), "{said}");
    }
    let key = secret("alpha").public_key().to_string();
    assert!(!said.contains(&key), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_good_for_one_call_of_one_registry_at_its_time() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 100).await;
    let mut client = public(&node).await;
    let first = good().proof();
    let account = ask(&mut client, &first).await.expect("let in");
    assert_eq!(account.id, ALPHA);
    let unauthenticated = |reason: &str| (Code::Unauthenticated, reason.to_owned());
    let repeated = refused(&mut client, &first).await;
    assert_eq!(repeated, unauthenticated("CALLER_PROOF_REPEATED"));

    let seconds = |ms: u64| Timestamp::from_ms(ms).expect("in range");
    let (old, new) = (now().as_ms() - 61_000, now().as_ms() + 63_000);
    let other = "registry.example/other".parse().expect("an origin");
    let cases = [
        (Made { registry: other, ..good() }, "CALLER_PROOF_REGISTRY"),
        (Made { method: "/jcm.registry.v1.Registry/ListKeys", ..good() }, "CALLER_PROOF_METHOD"),
        (Made { message: Some(Digest::ZERO), ..good() }, "CALLER_PROOF_MESSAGE"),
        (Made { message: None, ..good() }, "CALLER_PROOF_MESSAGE"),
        (Made { issued_at: seconds(old), ..good() }, "CALLER_PROOF_TIME"),
        (Made { issued_at: seconds(new), ..good() }, "CALLER_PROOF_TIME"),
    ];
    for (made, reason) in cases {
        assert_eq!(refused(&mut client, &made.proof()).await, unauthenticated(reason));
    }

    // Another body under a proof of this one.
    let mut request = Request::new(pb::GetAccountRequest { account: BETA });
    let header = BinaryMetadataValue::from_bytes(&good().proof().to_bytes());
    request.metadata_mut().insert_bin(CALLER_HEADER, header);
    let status = client.get_account(request).await.expect_err("another body");
    assert_eq!(reason(&status), "CALLER_PROOF_MESSAGE");

    // Two proofs, and none that decodes.
    let mut request = with(&good().proof().to_bytes());
    let second = BinaryMetadataValue::from_bytes(&good().proof().to_bytes());
    request.metadata_mut().append_bin(CALLER_HEADER, second);
    let status = client.get_account(request).await.expect_err("two");
    assert_eq!(reason(&status), "CALLER_PROOF_MALFORMED");
    for header in [&b""[..], b"\xff", &[0; 10_000]] {
        let status = client.get_account(with(header)).await.expect_err("none");
        assert_eq!((status.code(), reason(&status)), unauthenticated("CALLER_PROOF_MALFORMED"));
    }
    let page = page(&node.metrics_addr().expect("a page").to_string()).await;
    assert!(page.contains("registry_turned_away_total{reason=\"CALLER_PROOF_TIME\"} 2"), "{page}");
    // A bad proof is refused where none is needed, as well.
    let mut open = Request::new(pb::GetTotalsRequest {});
    open.metadata_mut().insert_bin(CALLER_HEADER, BinaryMetadataValue::from_bytes(b"\xff"));
    assert!(client.get_totals(open).await.is_err());
    assert!(client.get_totals(pb::GetTotalsRequest {}).await.is_ok());
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_floods_with_proofs_keeps_nobody_else_waiting() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 10).await;
    let mut stranger = client_of(&node, "stranger").await;
    let list = pb::ListApplicationsRequest::default;
    for _ in 0..256 {
        stranger.list_applications(list()).await.expect("room");
    }
    let status = stranger.list_applications(list()).await.expect_err("no room");
    let expected = (Code::ResourceExhausted, "CALLER_PROOFS_FULL".to_owned());
    assert_eq!((status.code(), reason(&status)), expected);
    assert!(status.get_error_details().retry_info().is_some());
    assert!(client_of(&node, "another").await.list_applications(list()).await.is_ok());
    assert!(client_of(&node, "alpha").await.get_account(asked()).await.is_ok());
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_is_not_read_for_a_proof() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 10).await;
    let long = || pb::PrepareRequest { payload: vec![0; 2 << 20], signers: Vec::new() };
    let mut alpha = client_of(&node, "alpha").await;
    let status = alpha.prepare(long()).await.expect_err("too long");
    assert_eq!(status.code(), Code::OutOfRange, "{status:?}");
    assert!(status.message().contains("more than 1179648 bytes"), "{status:?}");
    let status = public(&node).await.prepare(long()).await.expect_err("who?");
    assert_eq!(reason(&status), "CALLER_PROOF_MISSING");
    // As far as a command may be long, it is read.
    let whole = pb::PrepareRequest { payload: vec![0; 1 << 20], signers: Vec::new() };
    let status = alpha.prepare(whole).await.expect_err("no signers");
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_of_the_registry_is_told_to_whoever_has_another() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 10).await;
    let mut client = public(&node).await;
    let issued_at = Timestamp::from_ms(now().as_ms() - 3_600_000).expect("in range");
    let before = now().as_ms();
    let status = ask(&mut client, &Made { issued_at, ..good() }.proof()).await.expect_err("late");
    let info = status.get_error_details().error_info().cloned().expect("a reason");
    let told: u64 = info.metadata["now_ms"].parse().expect("a number");
    assert!((before..=now().as_ms()).contains(&told));
    assert!(status.message().contains("which is 20"), "{}", status.message());
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_signatures_are_judged_strictly() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 10).await;
    let mut client = public(&node).await;
    // Of small order, not canonical, and no point at all.
    let small = PublicKey::from_bytes([0; 32]);
    let mut not_canonical = [0xff; 32];
    (not_canonical[0], not_canonical[31]) = (0xee, 0x7f);
    let mut no_point = [0; 32];
    no_point[0] = 2;
    for key in [small, PublicKey::from_bytes(not_canonical), PublicKey::from_bytes(no_point)] {
        let proof = CallerProof { key, ..good().proof() };
        let refused = refused(&mut client, &proof).await;
        assert_eq!(refused, (Code::Unauthenticated, "CALLER_KEY_UNSUITABLE".to_owned()));
    }
    let invalid = (Code::Unauthenticated, "CALLER_SIGNATURE_INVALID".to_owned());
    // Somebody else's signature, one over another type, S + L, and none.
    let of_beta = CallerProof { key: secret("beta").public_key(), ..good().proof() };
    assert_eq!(refused(&mut client, &of_beta).await, invalid);
    let as_command = {
        let payload = good().payload();
        let message = jcm_format::envelope::pae(jcm_format::envelope::COMMAND_TYPE, &payload);
        let key = secret("alpha");
        CallerProof { payload, key: key.public_key(), signature: key.sign(&message) }
    };
    assert_eq!(refused(&mut client, &as_command).await, invalid);
    let proof = good().proof();
    let malleated = CallerProof { signature: plus_order(&proof.signature), ..proof };
    assert_eq!(refused(&mut client, &malleated).await, invalid);
    let unsigned = CallerProof { signature: Signature::from_bytes([0; 64]), ..good().proof() };
    assert_eq!(refused(&mut client, &unsigned).await, invalid);
    node.shutdown().await.expect("stopped");
}

/// The same signature with S + L, which verifies where nobody looks.
fn plus_order(signature: &Signature) -> Signature {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut bytes = *signature.as_bytes();
    let mut carry = 0;
    for (byte, order) in bytes[32..].iter_mut().zip(ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        *byte = u8::try_from(sum & 0xff).expect("a byte");
        carry = sum >> 8;
    }
    Signature::from_bytes(bytes)
}

async fn register(client: &mut Client, who: &str, role: Role) {
    let key = possessed(&secret(who), &role);
    let account = if matches!(role, Role::Representative(_)) { "alpha" } else { "authority-2" };
    accepted(client, Body::RegisterKey { role, key }, &["authority-1", account]).await;
}

async fn revoke(client: &mut Client, who: &str) {
    let key = secret(who).public_key();
    let reason = jcm_tests::world::text("lost");
    accepted(client, Body::RevokeKey { key, reason }, &AUTHORITIES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_lets_in_for_as_long_as_it_is_in_force() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 10).await;
    let reader =
        Representative { account: account(ALPHA), person: name("sato"), power: Power::Read };
    register(&mut client, "sato", Role::Representative(reader)).await;
    register(&mut client, "audit-1", Role::Auditor(name("audit-1"))).await;
    let mut sato = client_of(&node, "sato").await;
    assert_eq!(sato.get_account(asked()).await.expect("reads").into_inner().id, ALPHA);
    let mut auditor = client_of(&node, "audit-1").await;
    assert!(auditor.list_accounts(pb::ListAccountsRequest::default()).await.is_ok());
    let mut operator = client_of(&node, "op-2").await;
    assert!(operator.get_account(asked()).await.is_ok());
    // A stream that is open while the key goes.
    let subscribed = pb::SubscribeNoticesRequest { account: ALPHA, after: String::new() };
    let mut notices = sato.subscribe_notices(subscribed).await.expect("open").into_inner();

    revoke(&mut client, "sato").await;
    revoke(&mut client, "audit-1").await;
    let left = jcm_tests::world::text("left");
    let body = Body::RemoveOperator { person: name("op-2"), reason: left };
    accepted(&mut client, body, &AUTHORITIES).await;
    for (who, client) in [("sato", &mut sato), ("audit-1", &mut auditor), ("op-2", &mut operator)] {
        let status = client.get_account(asked()).await.expect_err(who);
        let expected = (Code::Unauthenticated, "CALLER_KEY_NOT_IN_FORCE".to_owned());
        assert_eq!((status.code(), reason(&status)), expected, "{who}");
    }
    let ended = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            match notices.next().await.expect("it does not end in silence") {
                Ok(_) => {}
                Err(status) => return status,
            }
        }
    });
    let ended = ended.await.expect("it ends");
    assert_eq!(reason(&ended), "CALLER_KEY_NOT_IN_FORCE");
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_a_closed_account_are_revoked_with_it() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 10).await;
    let application = entry(&mut client, jcm_tests::acts::close(BETA), &["beta"]).await;
    accepted(&mut client, Body::RecordApplication { application }, &["op-1"]).await;
    let mut beta = client_of(&node, "beta").await;
    let own = pb::GetAccountRequest { account: BETA };
    let status = beta.get_account(own).await.expect_err("no key of anybody's");
    assert_eq!(reason(&status), "CALLER_KEY_NOT_IN_FORCE");
    // What the law has it told, the implementing body passes on.
    let notices = pb::ListNoticesRequest { account: BETA, ..Default::default() };
    let mut operator = client_of(&node, "op-1").await;
    let notices = operator.list_notices(notices).await.expect("told").into_inner().notices;
    assert_eq!(notices.last().map(|notice| notice.kind.as_str()), Some("account-closed"));
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_applicant_becomes_a_holder() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 10).await;
    let mut gamma = client_of(&node, "gamma").await;
    let applying = command(apply_account("gamma", "7010001008844"));
    let prepare = pb::PrepareRequest {
        payload: applying.to_payload(),
        signers: vec![secret("gamma").public_key().as_bytes().to_vec()],
    };
    assert_eq!(gamma.prepare(prepare).await.expect("shown").into_inner().fee_yen, 14_400);
    let submitted = client.submit(request(sign(&applying, &["gamma"]))).await.expect("accepted");
    let application = submitted.into_inner().entry;
    let list = pb::ListApplicationsRequest::default;
    let own = gamma.list_applications(list()).await.expect("its own").into_inner();
    assert_eq!(own.applications.iter().map(|one| one.entry).collect::<Vec<_>>(), [application]);
    assert_eq!(own.total, 1);
    let ended = pb::ListApplicationsRequest { status: "ended".to_owned(), ..list() };
    assert_eq!(gamma.list_applications(ended).await.expect("none").into_inner().total, 0);
    let status = gamma.get_account(asked()).await.expect_err("no holder yet");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::PermissionDenied, "CALLER_ROLE"));
    assert!(status.message().contains("the caller is an applicant"), "{}", status.message());

    let paid = entry(&mut client, payment("gamma", 14_400, None), &["op-1"]).await;
    let amount_yen = jcm_format::amount::Yen::new(14_400);
    let application = jcm_format::id::EntryIndex::new(application);
    let apply = Body::ApplyPayment { payment: paid, application, amount_yen };
    accepted(&mut client, apply, &["op-1"]).await;
    accepted(&mut client, Body::OpenAccount { application }, &["op-1"]).await;
    let own = pb::GetAccountRequest { account: 1_003 };
    assert_eq!(gamma.get_account(own).await.expect("its own").into_inner().id, 1_003);
    let asked = pb::GetApplicationRequest { application: application.get() };
    assert!(gamma.get_application(asked).await.is_ok());
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_apart_asks_with_another_key_of_the_same_account() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let payment = populate(&mut client, 10).await;
    let reader =
        Representative { account: account(ALPHA), person: name("sato"), power: Power::Read };
    register(&mut client, "sato", Role::Representative(reader)).await;
    let prepare = pb::PrepareRequest {
        payload: command(transfer(1, Some(payment))).to_payload(),
        signers: vec![secret("alpha").public_key().as_bytes().to_vec()],
    };
    let mut sato = client_of(&node, "sato").await;
    assert!(sato.prepare(prepare.clone()).await.is_ok());
    let mut beta = client_of(&node, "beta").await;
    let status = beta.prepare(prepare).await.expect_err("of another account");
    assert_eq!(reason(&status), "CALLER_NOT_A_SIGNER");
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_start_nothing_that_was_made_before_it_is_taken() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 10).await;
    let seen = good().proof();
    let mut alpha = public(&node).await;
    ask(&mut alpha, &seen).await.expect("let in");
    drop((alpha, client));
    node.shutdown().await.expect("stopped");
    let (node, _client) = folder.start().await;
    let mut client = public(&node).await;
    let refused = refused(&mut client, &seen).await;
    assert_eq!(refused, (Code::Unauthenticated, "CALLER_PROOF_TIME".to_owned()));
    ask(&mut client, &good().proof()).await.expect("a new one is");
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_call_of_the_client_is_signed_anew_also_when_it_is_made_again() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 10).await;
    let (signed, key) = (std::sync::Arc::new(AtomicU64::new(0)), secret("alpha"));
    let counter = std::sync::Arc::clone(&signed);
    let caller = Caller::with_signer(origin(), key.public_key(), move |message| {
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(key.sign(message))
    });
    let url = format!("http://{}", node.grpc_addr());
    let client = jcm_client::RegistryClient::connect(&url).await.expect("it runs");
    let client = client.with_caller(caller);
    for calls in 1..=3 {
        assert_eq!(client.account(ALPHA).await.expect("its own").id, ALPHA);
        assert_eq!(signed.load(Ordering::Relaxed), calls);
    }
    // What is open needs no signature.
    client.totals().await.expect("told");
    client.registry().await.expect("told");
    assert_eq!(signed.load(Ordering::Relaxed), 3);
    // Streams are signed as well.
    let mut feed = jcm_client::NoticeFeed::new(client.clone(), ALPHA, None);
    feed.next().await.expect("a notice");
    assert_eq!(signed.load(Ordering::Relaxed), 4);
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signer_that_refuses_is_told_as_such() {
    let folder = Folder::with_registry();
    let (node, _client) = folder.start().await;
    let key = secret("alpha").public_key();
    let caller = Caller::with_signer(origin(), key, |_| Err("the agent is locked".to_owned()));
    let channel = tonic::transport::Channel::from_shared(format!("http://{}", node.grpc_addr()));
    let channel = channel.expect("a url").connect().await.expect("it listens");
    let mut client = Client::new(CallerChannel::new(channel, Some(caller)));
    let status = client.get_account(asked()).await.expect_err("not signed");
    assert_eq!(status.code(), Code::Unauthenticated);
    assert!(status.message().contains("the agent is locked"), "{status:?}");
    node.shutdown().await.expect("stopped");
}

/// The lines of the audit file.
fn audited(folder: &Folder) -> Vec<String> {
    let mut lines = Vec::new();
    registry_node::check_audit(&folder.path().join("audit"), |line| lines.push(line.to_owned()))
        .expect("one chain");
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn reads_of_others_data_are_written_down_before_they_are_answered() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    populate(&mut client, 10).await;
    let before = audited(&folder).len();
    assert_eq!(before, 0, "nothing was read");
    let mut operator = client_of(&node, "op-1").await;
    operator.get_account(asked()).await.expect("reads");
    let lines = audited(&folder);
    assert_eq!(lines.len(), 1, "at the latest by now");
    assert!(lines[0].contains(" operator op-1 GetAccount account 1001 (key "), "{}", lines[0]);
    // Also what is not there, and streams.
    let none = pb::GetPaymentRequest { payment: 4_000, line: 0 };
    operator.get_payment(none).await.expect_err("none");
    operator.read_log(pb::ReadLogRequest { from_entry: 3 }).await.expect("a stream");
    let lines = audited(&folder);
    assert!(lines[1].contains("GetPayment payment 4000/0"), "{}", lines[1]);
    assert!(lines[2].contains("ReadLog every entry from 3"), "{}", lines[2]);
    let payload = command(payment("looked-at", 1, None)).to_payload();
    let signers = vec![secret("op-1").public_key().as_bytes().to_vec()];
    operator.prepare(pb::PrepareRequest { payload, signers }).await.expect("shown");
    assert!(audited(&folder)[3].contains(" Prepare command 0000"), "{:?}", audited(&folder)[3]);
    assert!(audited(&folder)[3].contains(" RecordPayment (key "), "{:?}", audited(&folder)[3]);
    // What is public, one's own, or refused is nobody else's data.
    operator.get_totals(pb::GetTotalsRequest {}).await.expect("public");
    let mut alpha = client_of(&node, "alpha").await;
    alpha.get_account(asked()).await.expect("its own");
    alpha.get_account(pb::GetAccountRequest { account: BETA }).await.expect_err("another's");
    let mut stranger = public(&node).await;
    stranger.get_account(asked()).await.expect_err("who?");
    assert_eq!(audited(&folder).len(), 4);
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_down_is_not_answered() {
    let folder = Folder::with_registry();
    let audit = folder.path().join("audit");
    std::fs::create_dir(&audit).expect("a folder");
    // A line of another month: the next one begins a new file.
    let zeros = "0".repeat(64);
    let line = format!(
        "{{\"line\":0,\"time\":\"2020-01-01T12:00:00.000+09:00\",\"role\":\"operator\",\
         \"person\":\"op-1\",\"key\":\"{zeros}\",\"peer\":\"\",\"method\":\"GetAccount\",\
         \"subject\":\"account 1\",\"previous\":\"{zeros}\"}}\n"
    );
    std::fs::write(audit.join("00000001.jsonl"), line).expect("a file");
    let (node, mut client) = folder.start().await;
    populate(&mut client, 10).await;
    // Its name is taken: nothing can be written.
    let taken = audit.join("00000002.jsonl");
    std::fs::create_dir(&taken).expect("a folder");
    let mut operator = client_of(&node, "op-1").await;
    for _ in 0..2 {
        let status = operator.get_account(asked()).await.expect_err("not written down");
        assert_eq!((status.code(), reason(&status).as_str()), (Code::Unavailable, "AUDIT_STORE"));
        assert!(status.get_error_details().retry_info().is_some());
    }
    // Holders read their own all the same.
    assert!(client_of(&node, "alpha").await.get_account(asked()).await.is_ok());
    std::fs::remove_dir(&taken).expect("removed");
    operator.get_account(asked()).await.expect("written down now");
    let mut lines = Vec::new();
    let checked = registry_node::check_audit(&audit, |line| lines.push(line.to_owned()));
    let checked = checked.expect("one chain");
    assert_eq!((checked.lines, checked.removed), (1, 1), "what is old enough is removed");
    node.shutdown().await.expect("stopped");
}
