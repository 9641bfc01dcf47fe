//! What an operator's tools see: health, reflection and metrics.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;
use support::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_stream::StreamExt as _;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

/// Enough for what does not wait.
const SHORT: Duration = Duration::from_secs(1);
/// Enough for anything that happens at all.
const LONG: Duration = Duration::from_secs(120);

async fn channel(node: &registry_node::Node) -> tonic::transport::Channel {
    let url = format!("http://{}", node.grpc_addr());
    tonic::transport::Channel::from_shared(url).expect("a url").connect().await.expect("listens")
}

#[tokio::test(flavor = "multi_thread")]
async fn health_answers_for_the_node_and_the_service() {
    let folder = Folder::with_registry();
    let (node, _) = folder.start().await;
    let mut health = HealthClient::new(channel(&node).await);
    for service in ["", "jcm.registry.v1.Registry"] {
        let request = HealthCheckRequest { service: service.to_owned() };
        let answer = health.check(request).await.expect("answered").into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service:?}");
    }
    // A watcher hears of the end before the connection goes.
    let request = HealthCheckRequest { service: String::new() };
    let mut watch = health.watch(request).await.expect("watched").into_inner();
    assert_eq!(watch.next().await.expect("one").expect("said").status(), ServingStatus::Serving);
    let stopping = tokio::spawn(node.shutdown());
    let last = watch.next().await.expect("one more").expect("said");
    assert_eq!(last.status(), ServingStatus::NotServing);
    drop((watch, health));
    stopping.await.expect("no panic").expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn reflection_lists_the_service_and_the_signed_messages() {
    let folder = Folder::with_registry();
    let (node, _) = folder.start().await;
    let mut reflection = ServerReflectionClient::new(channel(&node).await);
    let ask =
        |question| ServerReflectionRequest { host: String::new(), message_request: Some(question) };
    let questions = [
        ask(MessageRequest::ListServices(String::new())),
        ask(MessageRequest::FileContainingSymbol("jcm.registry.v1.Command".to_owned())),
    ];
    let answers = reflection.server_reflection_info(tokio_stream::iter(questions)).await;
    let mut answers = answers.expect("answered").into_inner();
    let services = answers.next().await.expect("one").expect("said").message_response;
    let Some(MessageResponse::ListServicesResponse(list)) = services else {
        panic!("{services:?}");
    };
    let names: Vec<_> = list.service.iter().map(|service| service.name.as_str()).collect();
    assert!(names.contains(&"jcm.registry.v1.Registry"), "{names:?}");
    assert!(names.contains(&"grpc.health.v1.Health"), "{names:?}");
    let file = answers.next().await.expect("one").expect("said").message_response;
    assert!(matches!(file, Some(MessageResponse::FileDescriptorResponse(_))), "{file:?}");
    drop((answers, reflection));
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_metrics_page_counts_commands_by_outcome() {
    let folder = Folder::with_registry();
    let (node, mut client) = folder.start().await;
    let payment = populate(&mut client, 10).await;
    let refused = request(signed(transfer(11, Some(payment)), &["alpha"]));
    client.submit(refused).await.expect_err("never issued");
    let repeated = request(signed(transfer(1, Some(payment)), &["alpha"]));
    for _ in 0..2 {
        client.submit(repeated.clone()).await.expect("accepted");
    }
    let entries = payment.get() + 2;
    let address = node.metrics_addr().expect("configured").to_string();
    let page = page(&address).await;
    for line in [
        // All but genesis came over the wire.
        format!("registry_commands_total{{outcome=\"RECORDED\"}} {}", entries - 1),
        "registry_commands_total{outcome=\"UNITS_UNKNOWN\"} 1".to_owned(),
        "registry_commands_total{outcome=\"REPEATED\"} 1".to_owned(),
        format!("registry_entries {entries}"),
        format!("registry_tree_size {entries}"),
        "registry_queue_depth 0".to_owned(),
        "registry_build_info{version=".to_owned(),
        "registry_uptime_seconds".to_owned(),
        "registry_commit_seconds_bucket".to_owned(),
        "registry_batch_entries_bucket".to_owned(),
    ] {
        assert!(page.contains(&line), "{line} in\n{page}");
    }
    node.shutdown().await.expect("stopped");
}

/// Sends bytes to the metrics page, whatever becomes of them.
async fn sent(address: &str, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    // It may be cut in the middle.
    let _ = tokio::time::timeout(SHORT, stream.write_all(bytes)).await;
    stream
}

/// What is still answered on a connection until the node ends it.
async fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    let reading = stream.read_to_end(&mut bytes);
    // Cut while something was unread is an end, too.
    let _ = tokio::time::timeout(LONG, reading).await.expect("the node ends it");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_keeps_connections_to_the_metrics_page_keeps_nobody_out() {
    let folder = Folder::with_registry();
    let node = folder.start().await.0;
    let address = node.metrics_addr().expect("configured").to_string();
    let many = b"GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n".repeat(2_000);
    // Silent ones, some that never finish what they ask, and some that do not read.
    let kinds: [&[u8]; 3] = [b"", b"GET /metrics HTTP/1.1\r\nHost: te", &many];
    let mut held = Vec::new();
    for round in 0..40 {
        for bytes in kinds {
            held.push(sent(&address, bytes).await);
        }
        if round % 10 == 9 {
            assert!(page(&address).await.contains("registry_entries 1"), "{round}");
        }
    }
    // Those that came first gave way.
    let newest = held.split_off(60);
    for stream in held {
        rest(stream).await;
    }
    drop(newest);
    assert!(page(&address).await.contains("registry_entries 1"));
    node.shutdown().await.expect("stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn floods_of_headers_end_their_own_connection_to_the_metrics_page() {
    let folder = Folder::with_registry();
    let node = folder.start().await.0;
    let address = node.metrics_addr().expect("configured").to_string();
    let start = "GET /metrics HTTP/1.1\r\nHost: test\r\n";
    let long = format!("{start}a: {}\r\n\r\n", "b".repeat(17_000));
    let lines = format!("{start}{}\r\n", "a: b\r\n".repeat(64));
    // Begun, and never finished: it takes some seconds.
    let slow = rest(sent(&address, start.as_bytes()).await);
    for head in [&long, &lines] {
        let answer = rest(sent(&address, head.as_bytes()).await).await;
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
    let endless = "a: b\r\n".repeat(1 << 20);
    let answer = rest(sent(&address, format!("{start}{endless}").as_bytes()).await).await;
    assert!(!answer.contains("registry_entries"), "{answer}");
    // What fits is answered, and nothing but the page is there.
    let fits = format!("a: {}\r\n", "b".repeat(8_000));
    let (head, _) = get_with(&address, "/metrics", &fits).await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let (head, body) = get_with(&address, "/", "").await;
    assert!(head.starts_with("HTTP/1.1 404 "), "{head}");
    assert_eq!(body, b"not here; there is /metrics\n");
    let post = b"POST /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";
    let answer = rest(sent(&address, post).await).await;
    assert!(answer.starts_with("HTTP/1.1 405 ") && answer.contains("allow: GET, HEAD"), "{answer}");
    assert_eq!(slow.await, "");
    node.shutdown().await.expect("stopped");
}
