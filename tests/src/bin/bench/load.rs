//! The transfers, and the clients that send them.

use crate::{Result, node};
use jcm_api::pb;
use jcm_client::{ClientError, RegistryClient};
use jcm_format::amount::Yen;
use jcm_format::command::{Basis, Body, Command, PaymentId, Purpose, Role};
use jcm_format::envelope::SignedCommand;
use jcm_format::id::{CommandId, EntryIndex};
use jcm_tests::world::*;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Signed transfers, ready to be sent.
pub(crate) struct Load {
    address: String,
    requests: Arc<Vec<pb::SubmitRequest>>,
    signed_bytes: u64,
}

const CONNECTIONS: usize = 2;

impl Load {
    /// Fills the registry so that `transfers` single transfers can be made, and
    /// signs them.
    pub(crate) async fn prepare(address: &str, transfers: usize) -> Result<Load> {
        let mut caller = Caller { client: RegistryClient::connect(address).await?, ids: 1 };
        let payment = caller.populate(transfers as u64).await?;
        let mut requests = Vec::with_capacity(transfers);
        let mut signed_bytes = 0;
        for unit in 1..=transfers {
            let units = format!("1:{unit}-{unit}");
            let terms = terms(1_001, 1_002, &[&units], Purpose::Other);
            let body = Body::ApplyTransfer {
                terms,
                trust: None,
                fee_payment: Some(PaymentId::single(payment)),
            };
            let signed = caller.signed(body, &["alpha"])?;
            signed_bytes += signed.payload.len() as u64 + 96 * signed.signatures.len() as u64;
            let command = Some(pb::SignedCommand::from(signed));
            requests.push(pb::SubmitRequest { command, private_data: Vec::new() });
        }
        Ok(Load { address: address.to_owned(), requests: Arc::new(requests), signed_bytes })
    }

    /// Payload, key and signature of every transfer.
    pub(crate) fn signed_bytes(&self) -> u64 {
        self.signed_bytes
    }

    /// Sends some of the transfers with `in_flight` at a time; gives the latency
    /// of each, and the time for all.
    pub(crate) async fn run(
        &self,
        part: Range<usize>,
        in_flight: usize,
    ) -> Result<(Vec<Duration>, Duration)> {
        let mut clients = Vec::new();
        for _ in 0..CONNECTIONS {
            clients.push(RegistryClient::connect(&self.address).await?.grpc());
        }
        let (next, end) = (Arc::new(AtomicUsize::new(part.start)), part.end);
        let begun = Instant::now();
        let tasks: Vec<_> = (0..in_flight)
            .map(|i| {
                let mut client = clients[i % CONNECTIONS].clone();
                let (requests, next) = (Arc::clone(&self.requests), Arc::clone(&next));
                tokio::spawn(async move {
                    let mut latencies = Vec::new();
                    loop {
                        let i = next.fetch_add(1, Ordering::Relaxed);
                        if end <= i {
                            return Ok(latencies);
                        }
                        let sent = Instant::now();
                        client.submit(requests[i].clone()).await?;
                        latencies.push(sent.elapsed());
                    }
                })
            })
            .collect();
        let mut latencies = Vec::new();
        for task in tasks {
            let part: std::result::Result<Vec<_>, tonic::Status> = task.await?;
            latencies.extend(part.map_err(ClientError::from)?);
        }
        Ok((latencies, begun.elapsed()))
    }
}

impl Load {
    /// As [`Load::run`], over one `SubmitStream` for each connection instead of
    /// one call for each transfer.
    pub(crate) async fn stream(&self, part: Range<usize>, in_flight: usize) -> Result<Duration> {
        let (next, end) = (Arc::new(AtomicUsize::new(part.start)), part.end);
        let begun = Instant::now();
        let mut tasks = Vec::new();
        for _ in 0..CONNECTIONS {
            let client = RegistryClient::connect(&self.address).await?.grpc();
            let (requests, next) = (Arc::clone(&self.requests), Arc::clone(&next));
            let window = in_flight / CONNECTIONS;
            tasks.push(tokio::spawn(stream_one(client, requests, next, end, window)));
        }
        for task in tasks {
            task.await?.map_err(|error| error.to_string())?;
        }
        Ok(begun.elapsed())
    }
}

type Grpc = pb::registry_client::RegistryClient<jcm_client::CallerChannel>;

async fn stream_one(
    mut client: Grpc,
    requests: Arc<Vec<pb::SubmitRequest>>,
    next: Arc<AtomicUsize>,
    end: usize,
    window: usize,
) -> std::result::Result<(), String> {
    let (sender, receiver) = tokio::sync::mpsc::channel(window);
    let free = Arc::new(tokio::sync::Semaphore::new(window));
    let permits = Arc::clone(&free);
    let feeder = tokio::spawn(async move {
        loop {
            let Ok(permit) = permits.acquire().await else { return };
            permit.forget();
            let i = next.fetch_add(1, Ordering::Relaxed);
            if end <= i {
                return;
            }
            let request = Some(requests[i].clone());
            if sender.send(pb::SubmitStreamRequest { tag: i as u64, request }).await.is_err() {
                return;
            }
        }
    });
    let outbound = tokio_stream::wrappers::ReceiverStream::new(receiver);
    let mut answers =
        client.submit_stream(outbound).await.map_err(|status| status.to_string())?.into_inner();
    while let Some(answer) = answers.message().await.map_err(|status| status.to_string())? {
        match answer.result {
            Some(pb::submit_stream_response::Result::Accepted(_)) => free.add_permits(1),
            other => return Err(format!("not accepted: {other:?}")),
        }
    }
    feeder.await.map_err(|error| error.to_string())
}

struct Caller {
    client: RegistryClient,
    ids: u128,
}

impl Caller {
    fn signed(&mut self, body: Body, signers: &[&str]) -> Result<SignedCommand> {
        self.ids += 1;
        let command = Command {
            registry: origin(),
            id: CommandId::from_bytes(self.ids.to_be_bytes()),
            valid_until: node::now()?.saturating_add_ms(20 * 3_600_000),
            effect_digest: None,
            body,
        };
        Ok(sign(&command, signers))
    }

    async fn accepted(&mut self, body: Body, signers: &[&str]) -> Result<EntryIndex> {
        let signed = self.signed(body, signers)?;
        let raw = self.client.submit_raw(&signed, &[], Duration::from_secs(30)).await?;
        Ok(EntryIndex::new(raw.entry))
    }

    async fn open_account(&mut self, key: &str, number: &str) -> Result<()> {
        let application = self.accepted(apply_account(key, number), &[key]).await?;
        let reference = format!("opening-{key}");
        let payment = self.accepted(record_payment(&reference, 14_400, None), &["op-1"]).await?;
        let amount_yen = Yen::new(14_400);
        let apply = Body::ApplyPayment { payment, application, amount_yen };
        self.accepted(apply, &["op-1"]).await?;
        self.accepted(Body::OpenAccount { application }, &["op-1"]).await?;
        Ok(())
    }

    /// Two accounts, one block, and a payment for all fees.
    async fn populate(&mut self, tonnes: u64) -> Result<EntryIndex> {
        const AUTHORITIES: &[&str] = &["authority-1", "authority-2"];
        for person in ["op-1", "op-2"] {
            let key = possessed(&secret(person), &Role::Operator(name(person)));
            let appoint = Body::AppointOperator { person: name(person), key };
            self.accepted(appoint, AUTHORITIES).await?;
        }
        let role = Role::Partner(project("MN001").country());
        let key = possessed(&secret("mongolia"), &role);
        self.accepted(Body::RegisterKey { role, key }, AUTHORITIES).await?;
        self.accepted(register_project("MN001"), &["op-1"]).await?;
        self.open_account("alpha", ALPHA).await?;
        self.open_account("beta", BETA).await?;
        let mut body = issuance("MN001", 2023, tonnes, 0);
        let decision = body.decision.clone();
        let consent = Body::ConsentIssuance { project: body.project.clone(), decision };
        body.basis = Basis::Consent(self.accepted(consent, &["mongolia"]).await?);
        self.accepted(Body::RecordIssuance(body), &["op-1", "op-2"]).await?;
        let fees = record_payment("fees", tonnes * 2_500, Some(account(1_001)));
        self.accepted(fees, &["op-1"]).await
    }
}
