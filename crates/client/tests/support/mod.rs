//! A registry without rules that records what it gets, and misbehaves on order.

#![allow(clippy::expect_used, reason = "a test may")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use jcm_client::wire;
use jcm_format::caller::CALLER_HEADER;
use jcm_format::entry::{Entry, FormatVersion, SealedEntry};
use jcm_format::envelope::SignedCommand;
use jcm_format::event::Event;
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_format::key::SecretKey;
use jcm_format::time::Timestamp;
use jcm_format::tlog::{Checkpoint, KeyType, ProofFile, Tree, TrustedCheckpoint, VerifierKey};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tonic::codegen::BoxStream;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_types::{ErrorDetails, StatusExt as _};
use wire::registry_server::{Registry, RegistryServer};

pub(crate) const ORIGIN: &str = "registry.example/jcm/test";

/// What happens to the next submission; without an order it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Recorded, and the answer is lost.
    LoseAnswer,
    /// Not even recorded.
    Lose,
    /// No room; asked to come back later.
    Busy(Duration),
    /// A rule is broken.
    Reject,
    /// Recorded, and the call breaks off with a status of the transport.
    Break(Code),
    /// Its time is over.
    Expire,
    /// Recorded; the answer is lost, and its time is over when it comes again.
    LoseAnswerAndExpire,
    /// Something else is recorded in its place.
    RecordOther,
}

/// The log and what it is told to do.
pub(crate) struct Log {
    pub(crate) secret: SecretKey,
    pub(crate) orders: VecDeque<Order>,
    /// What a question for a receipt is answered with, in place of the receipt.
    pub(crate) receipts: Option<Code>,
    /// What a question for a consistency proof is answered with.
    pub(crate) proofs: Option<Result<Vec<Vec<u8>>, Code>>,
    /// Every payload that arrived, in order.
    pub(crate) arrived: Vec<Vec<u8>>,
    /// The notices there are.
    pub(crate) notices: Vec<wire::Notice>,
    /// What becomes of the next subscriptions; without one, they stay open.
    pub(crate) subscriptions: VecDeque<Subscription>,
    /// From where each subscription was asked for.
    pub(crate) asked_after: Vec<String>,
    /// The proofs that came with each question for a receipt, and what it asked.
    pub(crate) callers: Vec<(Vec<Vec<u8>>, wire::GetReceiptRequest)>,
    entries: Vec<SealedEntry>,
    tree: Tree,
    time_ms: u64,
}

/// What becomes of a subscription.
#[derive(Debug, Clone)]
pub(crate) enum Subscription {
    /// It is not granted.
    Refuse(Code),
    /// It begins with this notice, whatever was asked for, gives so many, and ends:
    /// with a status, or in order.
    Give(usize, usize, Option<Code>),
}

/// A handle on a registry that runs.
#[derive(Clone)]
pub(crate) struct Fake(Arc<Mutex<Log>>);

impl Fake {
    /// Starts one; gives the endpoint.
    pub(crate) async fn start() -> (Fake, String) {
        let log = Log {
            secret: SecretKey::from_seed(&[8; 32]),
            orders: VecDeque::new(),
            receipts: None,
            proofs: None,
            arrived: Vec::new(),
            notices: Vec::new(),
            subscriptions: VecDeque::new(),
            asked_after: Vec::new(),
            callers: Vec::new(),
            entries: Vec::new(),
            tree: Tree::new(),
            time_ms: 1_800_000_000_000,
        };
        let fake = Fake(Arc::new(Mutex::new(log)));
        let incoming = TcpIncoming::bind("127.0.0.1:0".parse().expect("an address"));
        let incoming = incoming.expect("a free port");
        let endpoint = format!("http://{}", incoming.local_addr().expect("bound"));
        let service = RegistryServer::new(fake.clone());
        tokio::spawn(Server::builder().add_service(service).serve_with_incoming(incoming));
        (fake, endpoint)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().expect("no test panics with it")
    }

    pub(crate) fn log_key(&self) -> VerifierKey {
        let key = self.log().secret.public_key();
        VerifierKey::new(ORIGIN, KeyType::Ed25519, &key).expect("honest")
    }
}

impl Log {
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Forgets everything, and records what follows at another time.
    pub(crate) fn rewrite(&mut self) {
        self.entries.clear();
        self.tree = Tree::new();
        self.time_ms += 1_000_000;
    }

    pub(crate) fn record(&mut self, command: SignedCommand) -> EntryIndex {
        let index = EntryIndex::new(self.entries.len() as u64);
        let entry = Entry {
            version: FormatVersion::V1,
            index,
            prev: self.entries.last().map_or(Digest::ZERO, SealedEntry::leaf),
            time: Timestamp::from_ms(self.time_ms + index.get()).expect("in range"),
            rule_set: 1,
            command,
            event: Event(Vec::new()),
        };
        let entry = SealedEntry::seal(entry).expect("short");
        self.tree.push(entry.leaf());
        self.entries.push(entry);
        index
    }

    fn receipt(&self, index: EntryIndex) -> wire::SubmitResponse {
        let origin = ORIGIN.parse().expect("an origin");
        let head = Checkpoint { origin, size: self.tree.len(), root: self.tree.root() };
        let key = VerifierKey::new(ORIGIN, KeyType::Ed25519, &self.secret.public_key());
        let note = head.sign(&self.secret);
        let checkpoint = TrustedCheckpoint::open(&note, &key.expect("honest")).expect("own");
        let hashes = self.tree.inclusion_proof(index.get(), head.size).expect("within");
        let bytes = self.entries[usize::try_from(index.get()).expect("small")].bytes().to_vec();
        let proof = ProofFile::new(index.get(), hashes, &checkpoint);
        let receipt = proof.with_extra(bytes).expect("short").to_string();
        wire::SubmitResponse { receipt, entry: index.get() }
    }

    fn find(&self, payload: &[u8]) -> Option<EntryIndex> {
        let found = self.entries.iter().find(|e| e.entry().command.payload == payload);
        found.map(|entry| entry.entry().index)
    }

    fn submit(&mut self, signed: SignedCommand) -> Result<wire::SubmitResponse, Status> {
        self.arrived.push(signed.payload.clone());
        match self.orders.pop_front() {
            Some(Order::Lose) => return Err(Status::unavailable("starting")),
            Some(Order::Busy(delay)) => {
                let details = ErrorDetails::with_retry_info(Some(delay));
                let code = Code::ResourceExhausted;
                return Err(Status::with_error_details(code, "the queue is full", details));
            }
            Some(Order::Break(code)) => {
                if self.find(&signed.payload).is_none() {
                    self.record(signed);
                }
                return Err(Status::new(code, "transport error"));
            }
            Some(Order::Expire) => return Err(expired()),
            Some(Order::LoseAnswerAndExpire) => {
                self.record(signed);
                self.orders.push_front(Order::Expire);
                return Err(Status::unavailable("connection lost"));
            }
            Some(Order::Reject) => return Err(Status::failed_precondition("no")),
            Some(Order::RecordOther) => {
                let mut other = signed;
                other.payload.push(0);
                let index = self.record(other);
                return Ok(self.receipt(index));
            }
            Some(Order::LoseAnswer) => {
                if self.find(&signed.payload).is_none() {
                    self.record(signed);
                }
                return Err(Status::unavailable("connection lost"));
            }
            None => {}
        }
        let earlier = self.find(&signed.payload);
        let index = earlier.unwrap_or_else(|| self.record(signed));
        Ok(self.receipt(index))
    }
}

fn expired() -> Status {
    let metadata = std::collections::HashMap::from([("number".to_owned(), "205".to_owned())]);
    let details = ErrorDetails::with_error_info("COMMAND_EXPIRED", "jcm-registry", metadata);
    Status::with_error_details(Code::FailedPrecondition, "its time is over", details)
}

/// Methods that no test asks for.
macro_rules! not_asked_for {
    ($($method:ident($request:ident) -> $answer:ty;)*) => {
        #[tonic::async_trait]
        impl Registry for Fake {
            type SubmitStreamStream = BoxStream<wire::SubmitStreamResponse>;
            type ReadLogStream = BoxStream<wire::ReadLogResponse>;
            type SubscribeNoticesStream = BoxStream<wire::Notice>;

            async fn subscribe_notices(
                &self,
                request: Request<wire::SubscribeNoticesRequest>,
            ) -> Result<Response<Self::SubscribeNoticesStream>, Status> {
                let mut log = self.log();
                log.asked_after.push(request.into_inner().after);
                let (first, count, end) = match log.subscriptions.pop_front() {
                    Some(Subscription::Refuse(code)) => return Err(Status::new(code, "no")),
                    Some(Subscription::Give(first, count, end)) => (first, count, end),
                    None => (0, usize::MAX, None),
                };
                let given = log.notices.iter().skip(first).take(count).cloned().map(Ok);
                let end = end.map(|code| Err(Status::new(code, "broken off")));
                let items: Vec<_> = given.chain(end).collect();
                Ok(Response::new(Box::pin(tokio_stream::iter(items))))
            }

            async fn submit(
                &self,
                request: Request<wire::SubmitRequest>,
            ) -> Result<Response<wire::SubmitResponse>, Status> {
                let signed = request.into_inner().command.expect("sent");
                let signed = SignedCommand::try_from(signed).expect("well formed");
                self.log().submit(signed).map(Response::new)
            }

            async fn get_receipt(
                &self,
                request: Request<wire::GetReceiptRequest>,
            ) -> Result<Response<wire::SubmitResponse>, Status> {
                let proofs = request.metadata().get_all_bin(CALLER_HEADER);
                let proofs: Vec<_> = proofs.iter().filter_map(|it| it.to_bytes().ok()).collect();
                let request = request.into_inner();
                let mut log = self.log();
                log.callers.push((proofs.iter().map(|it| it.to_vec()).collect(), request.clone()));
                let id = request.command_id;
                if let Some(code) = log.receipts {
                    return Err(Status::new(code, "no answer"));
                }
                let found = log.entries.iter().map(SealedEntry::entry).find(|entry| {
                    let payload = &entry.command.payload;
                    payload.windows(id.len()).any(|window| window == id)
                });
                let index = found.map(|entry| entry.index);
                index
                    .map(|index| Response::new(log.receipt(index)))
                    .ok_or_else(|| Status::not_found("no receipt"))
            }

            async fn get_consistency_proof(
                &self,
                request: Request<wire::GetConsistencyProofRequest>,
            ) -> Result<Response<wire::GetConsistencyProofResponse>, Status> {
                let request = request.into_inner();
                if let Some(answer) = self.log().proofs.clone() {
                    let hashes = answer.map_err(|code| Status::new(code, "no proof"))?;
                    return Ok(Response::new(wire::GetConsistencyProofResponse { hashes }));
                }
                let proof = self.log().tree.consistency_proof(request.old_size, request.new_size);
                let hashes = proof.unwrap_or_default();
                let hashes = hashes.iter().map(|hash| hash.as_bytes().to_vec()).collect();
                Ok(Response::new(wire::GetConsistencyProofResponse { hashes }))
            }

            async fn submit_stream(
                &self,
                _: Request<Streaming<wire::SubmitStreamRequest>>,
            ) -> Result<Response<Self::SubmitStreamStream>, Status> {
                Err(Status::unimplemented("not asked for"))
            }

            async fn read_log(
                &self,
                _: Request<wire::ReadLogRequest>,
            ) -> Result<Response<Self::ReadLogStream>, Status> {
                Err(Status::unimplemented("not asked for"))
            }

            $(async fn $method(
                &self,
                _: Request<wire::$request>,
            ) -> Result<Response<$answer>, Status> {
                Err(Status::unimplemented("not asked for"))
            })*
        }
    };
}

not_asked_for! {
    get_registry(GetRegistryRequest) -> wire::GetRegistryResponse;
    prepare(PrepareRequest) -> wire::PrepareResponse;
    get_account(GetAccountRequest) -> wire::Account;
    list_accounts(ListAccountsRequest) -> wire::ListAccountsResponse;
    list_holdings(ListHoldingsRequest) -> wire::ListHoldingsResponse;
    get_units(GetUnitsRequest) -> wire::GetUnitsResponse;
    get_application(GetApplicationRequest) -> wire::Application;
    list_applications(ListApplicationsRequest) -> wire::ListApplicationsResponse;
    get_payment(GetPaymentRequest) -> wire::Payment;
    list_payments(ListPaymentsRequest) -> wire::ListPaymentsResponse;
    list_projects(ListProjectsRequest) -> wire::ListProjectsResponse;
    list_authorisations(ListAuthorisationsRequest) -> wire::ListAuthorisationsResponse;
    get_totals(GetTotalsRequest) -> wire::GetTotalsResponse;
    list_history(ListHistoryRequest) -> wire::ListHistoryResponse;
    get_checkpoint(GetCheckpointRequest) -> wire::GetCheckpointResponse;
    list_checkpoints(ListCheckpointsRequest) -> wire::ListCheckpointsResponse;
    get_entry(GetEntryRequest) -> wire::GetEntryResponse;
    get_inclusion_proof(GetInclusionProofRequest) -> wire::GetInclusionProofResponse;
    quote(QuoteRequest) -> wire::QuoteResponse;
    get_invoice(GetInvoiceRequest) -> wire::Invoice;
    get_rules(GetRulesRequest) -> wire::GetRulesResponse;
    pick_units(PickUnitsRequest) -> wire::PickUnitsResponse;
    check_eligibility(CheckEligibilityRequest) -> wire::CheckEligibilityResponse;
    get_unit_history(GetUnitHistoryRequest) -> wire::GetUnitHistoryResponse;
    list_keys(ListKeysRequest) -> wire::ListKeysResponse;
    list_restrictions(ListRestrictionsRequest) -> wire::ListRestrictionsResponse;
    list_trusts(ListTrustsRequest) -> wire::ListTrustsResponse;
    list_notices(ListNoticesRequest) -> wire::ListNoticesResponse;
    get_statement(GetStatementRequest) -> wire::Statement;
    get_certificate(GetCertificateRequest) -> wire::Certificate;
    get_publication(GetPublicationRequest) -> wire::Publication;
    get_fee_ledger(GetFeeLedgerRequest) -> wire::FeeLedger;
    get_books(GetBooksRequest) -> wire::Books;
    find_statement_lines(FindStatementLinesRequest) -> wire::FindStatementLinesResponse;
}
