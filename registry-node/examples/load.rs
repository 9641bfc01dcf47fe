//! Measures signed transfers per second: a node and its clients in one process,
//! each transfer signed beforehand, sent by unary Submit with a fixed number in
//! flight, durable before it is answered.
//!
//! `cargo run --release -p registry-node --example load -- [transfers] [in flight] [connections] [file]`
//!
//! The file has further lines for the node's configuration, such as a section with
//! witnesses.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use support::*;

fn main() {
    let argument = |n: usize, default: usize| {
        std::env::args().nth(n).map_or(default, |text| text.parse().expect("a number"))
    };
    let (transfers, in_flight, connections) =
        (argument(1, 100_000), argument(2, 256), argument(3, 2));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    let more = std::env::args().nth(4);
    let more = more.map_or_else(String::new, |path| std::fs::read_to_string(path).expect("a file"));
    runtime.block_on(run(transfers, in_flight, connections, more));
}

async fn run(transfers: usize, in_flight: usize, connections: usize, more: String) {
    let mut folder = Folder::with_registry();
    folder.more = more;
    let (node, mut client) = folder.start().await;
    let payment = populate(&mut client, transfers as u64).await;
    println!("signing {transfers} transfers");
    let requests: Arc<Vec<_>> = Arc::new(
        (1..=transfers as u64)
            .map(|unit| request(signed(transfer(unit, Some(payment)), &["alpha"])))
            .collect(),
    );
    let next = Arc::new(AtomicUsize::new(0));
    let mut clients = Vec::new();
    for _ in 0..connections {
        clients.push(connect(&format!("http://{}", node.grpc_addr())).await);
    }
    println!("submitting, {in_flight} in flight over {connections} connections");
    let cpu_before = cpu();
    let begun = Instant::now();
    let tasks: Vec<_> = (0..in_flight)
        .map(|i| {
            let mut client = clients[i % connections].clone();
            let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
            tokio::spawn(async move {
                let mut latencies = Vec::new();
                loop {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    let Some(request) = requests.get(i) else { return latencies };
                    let sent = Instant::now();
                    client.submit(request.clone()).await.expect("accepted");
                    latencies.push(sent.elapsed());
                }
            })
        })
        .collect();
    let mut latencies: Vec<Duration> = Vec::new();
    for task in tasks {
        latencies.extend(task.await.expect("no panic"));
    }
    let took = begun.elapsed();
    let cpu = cpu() - cpu_before;
    latencies.sort_unstable();
    let at = |percent: usize| latencies[(latencies.len() - 1) * percent / 100];
    let micros = took.as_micros().max(1);
    println!(
        "{} transfers/s; latency p50 {:?} p95 {:?} p99 {:?} max {:?}; processor {} ms in {} ms",
        transfers as u128 * 1_000_000 / micros,
        at(50),
        at(95),
        at(99),
        at(100),
        cpu,
        took.as_millis()
    );
    if let Some(address) = node.metrics_addr() {
        for line in page(&address.to_string()).await.lines() {
            if line.starts_with("registry_batch") || line.starts_with("registry_commit") {
                println!("{line}");
            }
        }
    }
    let begun = Instant::now();
    node.shutdown().await.expect("stopped");
    println!("stopped in {:?}", begun.elapsed());
}

/// Processor time of this process in milliseconds; 0 where it is not told.
fn cpu() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    (ticks(13) + ticks(14)) * 10
}
