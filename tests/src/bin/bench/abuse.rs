//! What a holder feels of an abuser: the same transfers with and without one, in turns.
//!
//! The abuser is a process of its own that gets what the others leave of the two cores
//! (`SCHED_IDLE`), because a real one has a machine of its own: what is compared is what the
//! node has left for the holder. With `nice -n 19` it would take turns from the holder and the
//! node: two such processes that only count made the p99 nearly three times as long by themselves.
//! It calls from four addresses with sixteen connections each and asks, without a
//! pause, for cheap reads, costly reads, effects of nonsense, and submissions whose
//! signatures are none; and it connects and goes.

use crate::load::Load;
use crate::{Figure, Result, node, percentile};
use jcm_api::pb;
use jcm_api::pb::registry_client::RegistryClient;
use std::io::{BufRead as _, BufReader};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::{Child, Command as Process, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tonic::transport::Endpoint;

/// Turns of each kind, and transfers of a turn.
const TURNS: usize = 10;
const TRANSFERS: usize = 300;
const IN_FLIGHT: usize = 4;
/// Before a turn: what the holder sent in one is back in its budget by then.
const REST: Duration = Duration::from_secs(3);
/// All transfers that are measured.
pub(crate) const TRANSFERS_ALL: usize = 2 * TURNS * TRANSFERS;

/// Addresses of the abuser, and connections of each.
const ADDRESSES: u8 = 4;
const CONNECTIONS: usize = 16;
const CALLS_AT_ONCE: usize = 8;
/// How long it hammers before its turn is measured.
const WARMING: Duration = Duration::from_secs(1);

/// The abuser's process, killed when dropped.
struct Abuser {
    child: Child,
}

impl Abuser {
    fn start(address: &str) -> Result<Abuser> {
        let program = std::env::current_exe()?;
        let child = Process::new("chrt")
            .args(["--idle", "0"])
            .arg(program)
            .args(["abuser", address])
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(Abuser { child })
    }

    /// Ends it; tells how many calls it made.
    fn stop(mut self) -> Result<u64> {
        self.child.kill()?;
        let stdout = self.child.stdout.take().ok_or("the abuser's output")?;
        let last = BufReader::new(stdout).lines().map_while(std::io::Result::ok).last();
        self.child.wait()?;
        Ok(last.ok_or("the abuser said nothing")?.parse()?)
    }
}

impl Drop for Abuser {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The figures of this part.
pub(crate) async fn measure(folder: &Path, say: impl Fn(&str)) -> Result<Vec<Figure>> {
    say("a registry whose callers are addresses ...");
    let more = "[limits]\nloopback_callers = \"address\"\n";
    let node = node::Running::create_with(&folder.join("data"), more).await?;
    let load = Load::prepare(node.address(), TRANSFERS_ALL).await?;
    let (mut quiet, mut abused, mut calls) = (Vec::new(), Vec::new(), 0);
    for turn in 0..TURNS {
        say(&format!("turn {} of {TURNS}, without and with an abuser ...", turn + 1));
        let first = 2 * turn * TRANSFERS;
        tokio::time::sleep(REST).await;
        let (latencies, _) = load.run(first..first + TRANSFERS, IN_FLIGHT).await?;
        quiet.extend(latencies);
        tokio::time::sleep(REST - WARMING).await;
        let abuser = Abuser::start(node.address())?;
        tokio::time::sleep(WARMING).await;
        let second = first + TRANSFERS;
        let (latencies, _) = load.run(second..second + TRANSFERS, IN_FLIGHT).await?;
        abused.extend(latencies);
        calls += abuser.stop()?;
    }
    let resident = node.resident_bytes()?;
    node.stop()?;
    let ratio = |percent, bound, name| {
        let with = percentile(abused.clone(), percent);
        let without = percentile(quiet.clone(), percent);
        let shown = format!("{with:.2?}, {without:.2?}; {calls} calls of the abuser");
        let value = with.as_secs_f64() / without.as_secs_f64();
        Figure { name, value, bound, at_least: false, shown }
    };
    Ok(vec![
        ratio(50, 3.0, "holder's p50 with an abuser / without"),
        ratio(99, 5.0, "holder's p99 with an abuser / without"),
        Figure {
            name: "resident memory after the abuser, MiB",
            value: resident as f64 / crate::MEBI,
            bound: 200.0,
            at_least: false,
            shown: format!("{resident} bytes"),
        },
    ])
}

/// The abuser: hammers until it is killed, and says now and then how often.
pub(crate) async fn hammer(address: &str) -> Result<()> {
    let calls = Arc::new(AtomicU64::new(0));
    for host in 0..ADDRESSES {
        let from = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 66 + host));
        for connection in 0..CONNECTIONS {
            let endpoint = Endpoint::from_shared(address.to_owned())?.local_address(Some(from));
            let calls = Arc::clone(&calls);
            tokio::spawn(async move {
                loop {
                    connected(&endpoint, connection, &calls).await;
                }
            });
        }
    }
    loop {
        println!("{}", calls.load(Ordering::Relaxed));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// One connection, until it is closed.
async fn connected(endpoint: &Endpoint, kind: usize, calls: &Arc<AtomicU64>) {
    calls.fetch_add(1, Ordering::Relaxed);
    let Ok(channel) = endpoint.connect().await else {
        // Turned away: again, as soon as the machine lets it.
        tokio::task::yield_now().await;
        return;
    };
    if kind == 0 {
        // Connects and goes.
        return;
    }
    let tasks: Vec<_> = (0..CALLS_AT_ONCE)
        .map(|_| {
            let (client, calls) = (RegistryClient::new(channel.clone()), Arc::clone(calls));
            tokio::spawn(ask_on(client, kind, calls))
        })
        .collect();
    for task in tasks {
        let _ = task.await;
    }
}

type Client = RegistryClient<tonic::transport::Channel>;

async fn ask_on(mut client: Client, kind: usize, calls: Arc<AtomicU64>) {
    loop {
        calls.fetch_add(1, Ordering::Relaxed);
        let code = match kind % 5 {
            0 => client.get_registry(pb::GetRegistryRequest {}).await.err(),
            1 => client.get_publication(pb::GetPublicationRequest::default()).await.err(),
            2 => client.prepare(nonsense()).await.err(),
            3 => client.submit(unsigned()).await.err(),
            _ => client.get_totals(pb::GetTotalsRequest {}).await.err(),
        };
        if code.is_some_and(|status| status.code() == tonic::Code::Unavailable) {
            return;
        }
    }
}

fn nonsense() -> pb::PrepareRequest {
    pb::PrepareRequest { payload: vec![7; 2_000], signers: vec![vec![7; 32]] }
}

/// A submission with as many signatures as may be, of an admitted key; none is one.
fn unsigned() -> pb::SubmitRequest {
    let key = jcm_tests::world::secret("alpha").public_key().as_bytes().to_vec();
    let signature = pb::CommandSignature { public_key: key, signature: vec![1; 64] };
    let command = pb::SignedCommand { payload: vec![7; 2_000], signatures: vec![signature] };
    pb::SubmitRequest { command: Some(command), private_data: Vec::new() }
}
