//! Budgets of callers, against a real process whose loopback addresses are callers of
//! their own.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "abuse/raw.rs"]
mod raw;
mod support;

use jcm_api::pb;
use jcm_api::pb::registry_client::RegistryClient;
use jcm_client::{Caller, CallerChannel};
use prost::Message as _;
use raw::*;
use support::*;
use tonic::codegen::Bytes;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

const HOLDER: [u8; 4] = [127, 0, 0, 2];
const ABUSER: [u8; 4] = [127, 0, 0, 3];

/// Long enough for what comes at all, on a machine that is busy.
const PAUSE: std::time::Duration = std::time::Duration::from_secs(2);

/// A registry whose callers are addresses, with these limits.
fn limited(lines: &str) -> Folder {
    let mut folder = Folder::with_registry();
    folder.more = format!("[limits]\nloopback_callers = \"address\"\n{lines}\n");
    folder
}

/// An authority at an address of the loopback's many.
async fn client(node: &Running, from: [u8; 4]) -> Client {
    client_of_key(node, from, "authority-1").await
}

/// Somebody there.
async fn client_of_key(node: &Running, from: [u8; 4], who: &str) -> Client {
    let endpoint = Endpoint::from_shared(format!("http://{}", node.grpc)).expect("a url");
    let channel: Channel = endpoint.local_address(Some(from.into())).connect().await.expect("in");
    let caller = Caller::new(origin(), secret(who));
    RegistryClient::new(CallerChannel::new(channel, Some(caller)))
}

fn is_limited(status: &Status, limit: &str) {
    assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
    assert_eq!(reason(status), "CALLER_LIMIT");
    let details = status.get_error_details();
    let retry = details.retry_info().and_then(|info| info.retry_delay).expect("when to come again");
    assert!(!retry.is_zero());
    let info = details.error_info().expect("the reason");
    assert_eq!(info.metadata.get("subject").map(String::as_str), Some(limit));
    assert!(status.message().contains(limit), "{}", status.message());
}

async fn count(node: &Running, line: &str) -> u64 {
    let page = page(&node.metrics).await;
    let line = page.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(' '));
    line.map_or(0, |number| number.parse().expect("a whole number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_class_has_a_budget_and_each_address_its_own() {
    let folder = limited(
        "reads_burst = 3\nreads_per_minute = 1\ncostly_reads_burst = 2\n\
         costly_reads_per_minute = 1\nprepares_burst = 1\nprepares_per_minute = 1\n\
         submissions_burst = 2\nsubmissions_per_minute = 1",
    );
    let node = folder.spawn();
    let mut abuser = client(&node, ABUSER).await;
    for _ in 0..3 {
        abuser.get_checkpoint(pb::GetCheckpointRequest {}).await.expect("within the budget");
    }
    // Another connection is the same caller; another method of the class the same budget.
    let mut second = client(&node, ABUSER).await;
    let status = second.get_registry(pb::GetRegistryRequest {}).await.expect_err("used up");
    is_limited(&status, "READS");

    for _ in 0..2 {
        abuser.get_totals(pb::GetTotalsRequest {}).await.expect("another budget");
    }
    let status =
        abuser.get_publication(pb::GetPublicationRequest::default()).await.expect_err("used up");
    is_limited(&status, "COSTLY_READS");
    // What is wrong with a request is not told beyond the budget: it is not looked at.
    let wrong = abuser.prepare(pb::PrepareRequest::default()).await.expect_err("nothing");
    assert_eq!(wrong.code(), Code::InvalidArgument);
    let status = abuser.prepare(pb::PrepareRequest::default()).await.expect_err("used up");
    is_limited(&status, "PREPARES");
    for _ in 0..2 {
        let wrong = abuser.submit(pb::SubmitRequest::default()).await.expect_err("nothing");
        assert_eq!(wrong.code(), Code::InvalidArgument);
    }
    let good = request(signed(payment("one", 1, None), &["op-1"]));
    is_limited(&abuser.submit(good).await.expect_err("used up"), "SUBMISSIONS");

    let mut holder = client(&node, HOLDER).await;
    holder.get_registry(pb::GetRegistryRequest {}).await.expect("its own budget");
    for (limit, times) in [("READS", 1), ("COSTLY_READS", 1), ("PREPARES", 1), ("SUBMISSIONS", 1)] {
        let line = format!("registry_limited_total{{limit=\"{limit}\"}}");
        assert_eq!(count(&node, &line).await, times, "{limit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_is_there_again_when_the_answer_said() {
    let folder = limited("reads_burst = 1\nreads_per_minute = 600");
    let node = folder.spawn();
    let mut caller = client(&node, HOLDER).await;
    let mut refused = 0;
    for _ in 0..5 {
        while let Err(status) = caller.get_checkpoint(pb::GetCheckpointRequest {}).await {
            is_limited(&status, "READS");
            let details = status.get_error_details();
            let retry = details.retry_info().and_then(|info| info.retry_delay).expect("told");
            tokio::time::sleep(retry).await;
            refused += 1;
            assert!(refused < 100, "it never comes");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_has_a_budget_wherever_it_calls_from_and_a_replay_does_not_use_it() {
    let folder = limited("submissions_burst = 15\nsubmissions_per_minute = 1");
    let node = folder.spawn();
    // From many addresses, so that none of their budgets is met.
    let mut clients = Vec::new();
    for last in 10..40 {
        clients.push(client(&node, [127, 0, 1, last]).await);
    }
    let mut next = clients.into_iter().cycle();
    let mut any = || next.next().expect("without an end");
    for person in ["op-1", "op-2"] {
        use jcm_format::command::{Body, Role};
        let key = possessed(&secret(person), &Role::Operator(name(person)));
        let body = Body::AppointOperator { person: name(person), key };
        accepted(&mut any(), body, &["authority-1", "authority-2"]).await;
    }
    let first = signed(payment("first", 1, None), &["op-1"]);
    any().submit(request(first.clone())).await.expect("recorded");
    // Anybody may send it again, and gets the receipt; that is not op-1's affair.
    for _ in 0..20 {
        any().submit(request(first.clone())).await.expect("the receipt");
    }
    for i in 1..15 {
        accepted(&mut any(), payment(&format!("p-{i}"), 1, None), &["op-1"]).await;
    }
    let more = request(signed(payment("more", 1, None), &["op-1"]));
    is_limited(&any().submit(more).await.expect_err("used up"), "SUBMISSIONS");
    assert_eq!(count(&node, "registry_limited_total{limit=\"OF_KEY\"}").await, 1);
    accepted(&mut any(), payment("another", 1, None), &["op-2"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_s_key_has_a_budget_wherever_it_calls_from() {
    let folder = limited("reads_burst = 4\nreads_per_minute = 1");
    let node = folder.spawn();
    let ask = pb::ListAccountsRequest::default;
    for last in 10..14 {
        let mut reader = client(&node, [127, 0, 1, last]).await;
        reader.list_accounts(ask()).await.expect("within the budget");
    }
    let mut reader = client(&node, [127, 0, 1, 14]).await;
    is_limited(&reader.list_accounts(ask()).await.expect_err("used up"), "READS");
    assert_eq!(count(&node, "registry_limited_total{limit=\"OF_KEY\"}").await, 1);
    // Another key at the same address has its own, and so has the address itself.
    let mut other = client_of_key(&node, [127, 0, 1, 14], "authority-2").await;
    other.list_accounts(ask()).await.expect("another key");
    reader.get_registry(pb::GetRegistryRequest {}).await.expect("open to everybody");
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_of_a_stream_beyond_the_budget_are_read_later() {
    let folder = limited("submissions_burst = 5\nsubmissions_per_minute = 1");
    let node = folder.spawn();
    let mut rude = Rude::connect(&node, ABUSER).await;
    let (response, mut stream) = rude.begin("SubmitStream", &[]).await;
    let one_by_one = (0..12u64).map(|tag| {
        let request = pb::SubmitStreamRequest { tag, request: None };
        message(&request.encode_to_vec())
    });
    for bytes in one_by_one {
        stream.send_data(Bytes::from(bytes), false).expect("sent");
    }
    let mut body = response.await.expect("begins").into_body();
    let mut answers = Vec::new();
    let mut tags = Vec::new();
    // The sixth is not read within a minute; nor is it refused.
    while let Ok(data) = tokio::time::timeout(PAUSE, body.data()).await {
        let data = data.expect("goes on").expect("no fault");
        body.flow_control().release_capacity(data.len()).expect("its own");
        answers.extend_from_slice(&data);
        while let [_, a, b, c, d, after @ ..] = answers.as_slice() {
            let length = usize::try_from(u32::from_be_bytes([*a, *b, *c, *d])).expect("short");
            let Some((answer, rest)) = after.split_at_checked(length) else { break };
            tags.push(pb::SubmitStreamResponse::decode(answer).expect("an answer").tag);
            answers = rest.to_vec();
        }
    }
    tags.sort_unstable();
    assert_eq!(tags, [0, 1, 2, 3, 4]);
    let mut holder = client(&node, HOLDER).await;
    holder.get_registry(pb::GetRegistryRequest {}).await.expect("its own budget");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_on_whatever_it_is_told_loses_its_connection() {
    let folder = limited("reads_burst = 1\nreads_per_minute = 1\nconnection_refusals_max = 20");
    let node = folder.spawn();
    let mut rude = Rude::connect(&node, ABUSER).await;
    let mut told = Vec::new();
    for _ in 0..40 {
        let ready = rude.send.clone().ready().await;
        if ready.is_err() {
            break;
        }
        told.push(rude.call("GetCheckpoint", &[], message(&[])).await.0);
        if told.last().is_some_and(|code| code == "h2") {
            break;
        }
    }
    assert!(told.len() <= 23 && told.contains(&"8".to_owned()), "{told:?}");
    // Counted once its end has come to the node.
    while count(&node, "registry_connections_total{outcome=\"INSISTS\"}").await != 1 {
        tokio::task::yield_now().await;
    }
    let mut holder = client(&node, HOLDER).await;
    holder.get_registry(pb::GetRegistryRequest {}).await.expect("its own budget");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_so_many_connections_and_so_many_a_minute() {
    let folder =
        limited("address_connections_max = 5\nconnects_burst = 8\nconnects_per_minute = 1");
    let node = folder.spawn();
    let mut kept = Vec::new();
    for _ in 0..5 {
        kept.push(tcp(&node.grpc, ABUSER).await);
    }
    // One more is closed at once; and so is each after eight, however few there are.
    let mut more = Raw(tcp(&node.grpc, ABUSER).await);
    assert_eq!(more.rest().await, [0u8; 0]);
    let connections = async |wanted| {
        while count(&node, "registry_connections").await != wanted {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    connections(5).await;
    kept.clear();
    connections(0).await;
    // What was counted is given back with the last that knows a connection.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    for _ in 0..4 {
        kept.push(tcp(&node.grpc, ABUSER).await);
    }
    let mut last = Raw(kept.pop().expect("the ninth"));
    assert_eq!(last.rest().await, [0u8; 0]);
    let outcome = async |name: &str| {
        count(&node, &format!("registry_connections_total{{outcome=\"{name}\"}}")).await
    };
    assert_eq!(outcome("TOO_MANY_OF_CALLER").await, 1);
    assert_eq!(outcome("TOO_OFTEN").await, 1);
    let mut holder = client(&node, HOLDER).await;
    holder.get_registry(pb::GetRegistryRequest {}).await.expect("its own connections");
}
