//! What an operator's tools see: health, reflection and metrics.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use support::*;
use tokio_stream::StreamExt as _;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

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
