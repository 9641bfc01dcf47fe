//! Registries in temporary folders, and clients that talk to them.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use jcm_api::pb;
use jcm_api::pb::registry_client::RegistryClient;
use jcm_client::{Caller, CallerChannel};
use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{
    Allocation, Basis, Body, Command, PaymentId, Purpose, RecordPayment, Role, TransferTerms,
    VintageIssue,
};
use jcm_format::envelope::SignedCommand;
use jcm_format::hash::{Digest, to_hex};
use jcm_format::id::{CommandId, EntryIndex};
use jcm_format::serial::SerialRange;
use jcm_format::time::Timestamp;
use jcm_format::tlog::{KeyType, ProofFile, VerifierKey};
pub use jcm_tests::world::{
    account, apply_account, carried_over, date, genesis, issuance, name, origin, possessed,
    register_project, secret, sign,
};
use prost::Message as _;
use registry_node::{Config, Node};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use tonic::transport::Channel;
use tonic::{Code, Status};

pub type Client = RegistryClient<CallerChannel>;

/// The program; examples are built without it.
pub const PROGRAM: Option<&str> = option_env!("CARGO_BIN_EXE_registry-node");

/// A process of the program.
pub fn program() -> Process {
    Process::new(PROGRAM.expect("built for tests"))
}

/// The auditor's program, as cargo builds it beside the node's; once for all tests.
pub fn verifier() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        // By way of one of its tests, which builds it as the whole suite does: then nothing is
        // left to do when that has been built.
        let built = jcm_tests::cargo()
            .args(["test", "-q", "--no-run", "--locked", "--workspace", "--test", "frauds"])
            .args(if cfg!(debug_assertions) { &[][..] } else { &["--release"] })
            .status();
        assert!(built.expect("cargo runs").success());
        let node = PathBuf::from(PROGRAM.expect("built for tests"));
        node.with_file_name("jcm-verify")
    })
}

static IDS: AtomicU64 = AtomicU64::new(1);

/// A data folder, with or without a registry.
pub struct Folder {
    pub dir: TempDir,
    /// Further lines of the configuration, after `data_dir` and `listen`.
    pub more: String,
}

impl Folder {
    /// A folder with the test registry's log key and nothing else.
    pub fn with_key() -> Folder {
        let dir = tempfile::tempdir().expect("a folder");
        let keys = dir.path().join("keys");
        fs::create_dir(&keys).expect("a folder");
        let path = keys.join("log.key");
        fs::write(&path, format!("{}\n", to_hex(&secret("log").seed()))).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("own file");
        Folder { dir, more: String::new() }
    }

    /// A folder with the test registry and its two authorities.
    pub fn with_registry() -> Folder {
        let folder = Folder::with_key();
        registry_node::create(&folder.config(), &genesis_bytes()).expect("created");
        folder
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn config_text(&self) -> String {
        format!(
            "data_dir = {:?}\nlisten = \"127.0.0.1:0\"\nmetrics_listen = \"127.0.0.1:0\"\n{}",
            self.path().display().to_string(),
            self.more
        )
    }

    pub fn config(&self) -> Config {
        Config::parse(&self.config_text()).expect("a configuration")
    }

    pub fn config_file(&self) -> PathBuf {
        let path = self.path().join("node.toml");
        fs::write(&path, self.config_text()).expect("a file");
        path
    }

    pub async fn start(&self) -> (Node, Client) {
        let node = Node::start(self.config()).await.expect("started");
        let client = connect(&format!("http://{}", node.grpc_addr())).await;
        (node, client)
    }

    /// Starts the program and waits until it listens.
    pub fn spawn(&self) -> Running {
        self.spawn_with(program().arg("run").arg("--config").arg(self.config_file()))
    }

    pub fn spawn_with(&self, process: &mut Process) -> Running {
        self.spawn_with_stderr(process, Stdio::inherit())
    }

    /// As `spawn_with`, with what it says on standard error.
    pub fn spawn_with_stderr(&self, process: &mut Process, stderr: Stdio) -> Running {
        process.stdout(Stdio::piped()).stderr(stderr);
        let (child, line) = loop {
            let mut child = process.spawn().expect("the program starts");
            let mut line = String::new();
            let output = child.stdout.take().expect("piped");
            BufReader::new(output).read_line(&mut line).expect("a line");
            // A process that another test is just starting has our files until it runs its
            // own program, and with them the lock on the log.
            if line.is_empty() && child.wait().expect("it ended").code() == Some(75) {
                std::thread::sleep(std::time::Duration::from_millis(20));
                continue;
            }
            break (child, line);
        };
        let part = |key: &str| {
            line.split_whitespace().find_map(|part| part.strip_prefix(key)).map(str::to_owned)
        };
        let grpc = part("grpc=").unwrap_or_else(|| panic!("not listening: {line:?}"));
        let (metrics, tiles) = (part("metrics=").expect("told"), part("tiles=").expect("told"));
        Running { child, line: line.clone(), grpc, metrics, tiles }
    }

    /// Runs the program to its end.
    pub fn run_to_end(&self, command: &str, more: &[&str]) -> Ended {
        let output = program()
            .arg(command)
            .arg("--config")
            .arg(self.config_file())
            .args(more)
            .output()
            .expect("the program starts");
        Ended::from(output)
    }
}

/// What a process that has ended left.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl From<std::process::Output> for Ended {
    fn from(output: std::process::Output) -> Ended {
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("text"),
            stderr: String::from_utf8(output.stderr).expect("text"),
        }
    }
}

/// A running program.
pub struct Running {
    child: Child,
    pub line: String,
    pub grpc: String,
    pub metrics: String,
    pub tiles: String,
}

impl Running {
    pub async fn client(&self) -> Client {
        connect(&format!("http://{}", self.grpc)).await
    }

    /// Ends it at once, as the loss of its machine's power would end it, apart
    /// from what the system has not written yet.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop.
    pub fn terminate(&self) {
        let sent = Process::new("kill").arg(self.child.id().to_string()).status();
        assert!(sent.expect("kill is there").success());
    }

    pub fn wait(mut self) -> ExitStatus {
        self.child.wait().expect("it ends")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Already ended in most tests.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A client of one of the two authorities, who sees everything.
pub async fn connect(url: &str) -> Client {
    connect_as(url, Some("authority-1")).await
}

/// A client that signs with somebody's key, or calls as the public.
pub async fn connect_as(url: &str, who: Option<&str>) -> Client {
    let channel = Channel::from_shared(url.to_owned()).expect("a url");
    let channel = channel.tcp_nodelay(true).connect().await.expect("it listens");
    let caller = who.map(|who| Caller::new(origin(), secret(who)));
    RegistryClient::new(CallerChannel::new(channel, caller))
}

/// A client of a node that signs with somebody's key.
pub async fn client_of(node: &Node, who: &str) -> Client {
    connect_as(&format!("http://{}", node.grpc_addr()), Some(who)).await
}

pub fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    Timestamp::from_ms(u64::try_from(elapsed.as_millis()).expect("soon")).expect("in range")
}

/// A command with an id of its own, valid for an hour.
pub fn command(body: Body) -> Command {
    let id = u128::from(IDS.fetch_add(1, Ordering::Relaxed));
    let id = id | u128::from(std::process::id()) << 64;
    Command {
        registry: origin(),
        id: CommandId::from_bytes(id.to_be_bytes()),
        valid_until: now().saturating_add_ms(3_600_000),
        effect_digest: None,
        body,
    }
}

pub fn signed(body: Body, signers: &[&str]) -> SignedCommand {
    sign(&command(body), signers)
}

pub fn request(signed: SignedCommand) -> pb::SubmitRequest {
    pb::SubmitRequest { command: Some(signed.into()), private_data: Vec::new() }
}

pub fn genesis_bytes() -> Vec<u8> {
    let signed = signed(genesis(), &["authority-1", "authority-2"]);
    pb::SignedCommand::from(signed).encode_to_vec()
}

/// Signs, submits and expects acceptance.
pub async fn accepted(client: &mut Client, body: Body, signers: &[&str]) -> pb::SubmitResponse {
    let what = body.name();
    match client.submit(request(signed(body, signers))).await {
        Ok(response) => response.into_inner(),
        Err(status) => panic!("{what} by {signers:?}: {status:?}"),
    }
}

/// As `accepted`, and gives the entry.
pub async fn entry(client: &mut Client, body: Body, signers: &[&str]) -> EntryIndex {
    EntryIndex::new(accepted(client, body, signers).await.entry)
}

/// The key that the test registry's receipts verify with.
pub fn log_key() -> VerifierKey {
    let public = secret("log").public_key();
    VerifierKey::new(origin().as_ref(), KeyType::Ed25519, &public).expect("a key")
}

/// Verifies a receipt with nothing but the log key.
pub fn check_receipt(response: &pb::SubmitResponse) -> u64 {
    let proof: ProofFile = response.receipt.parse().expect("a proof file");
    let entry = proof.extra().expect("the entry").to_vec();
    proof.verify(&entry, &log_key()).expect("it proves itself");
    assert_eq!(proof.index(), response.entry);
    proof.index()
}

pub fn payment(reference: &str, yen: u64, number: Option<u32>) -> Body {
    Body::RecordPayment(RecordPayment {
        bank_reference: name(reference),
        amount_yen: Yen::new(yen),
        value_date: date("2025-04-02"),
        account: number.map(account),
        payer: None,
    })
}

pub const ALPHA: u32 = 1_001;
pub const BETA: u32 = 1_002;
const AUTHORITIES: [&str; 2] = ["authority-1", "authority-2"];

/// Operators, a project, the accounts of alpha and beta, `tonnes` units of
/// block 1 held by alpha, and a payment of alpha's that covers any fees. Gives
/// the payment.
pub async fn populate(client: &mut Client, tonnes: u64) -> EntryIndex {
    for person in ["op-1", "op-2"] {
        let key = possessed(&secret(person), &Role::Operator(name(person)));
        let body = Body::AppointOperator { person: name(person), key };
        accepted(client, body, &AUTHORITIES).await;
    }
    accepted(client, register_project("MN001"), &["op-1"]).await;
    for (holder, number) in [("alpha", jcm_tests::world::ALPHA), ("beta", jcm_tests::world::BETA)] {
        let application = entry(client, apply_account(holder, number), &[holder]).await;
        let reference = format!("opening-{holder}");
        let payment = entry(client, payment(&reference, 14_400, None), &["op-1"]).await;
        let amount_yen = Yen::new(14_400);
        let apply = Body::ApplyPayment { payment, application, amount_yen };
        accepted(client, apply, &["op-1"]).await;
        accepted(client, Body::OpenAccount { application }, &["op-1"]).await;
    }
    accepted(client, carried_over(big_issuance(tonnes)), &AUTHORITIES).await;
    entry(client, payment("fees", 1_000_000_000_000, Some(ALPHA)), &["op-1"]).await
}

fn big_issuance(tonnes: u64) -> jcm_format::command::RecordIssuance {
    let quantity_tonnes = Tonnes::new(tonnes);
    let allocation = Allocation { account: account(ALPHA), quantity_tonnes };
    let mut body = issuance("MN001", 2022, tonnes, 0);
    body.vintages = vec![VintageIssue {
        year: jcm_tests::world::year(2022),
        quantity_tonnes,
        allocations: vec![allocation],
    }];
    assert!(matches!(body.basis, Basis::Consent(_)));
    body
}

/// A transfer of one unit of block 1 from alpha to beta, its fee drawn from the
/// payment: recorded at once.
pub fn transfer(unit: u64, fee_payment: Option<EntryIndex>) -> Body {
    let block = jcm_format::id::BlockNumber::new(1).expect("from 1");
    let range = SerialRange::new(block, unit, unit).expect("one unit");
    let terms = TransferTerms {
        source: account(ALPHA),
        destination: account(BETA),
        ranges: jcm_format::serial::SerialRanges::new(vec![range]).expect("one range"),
        purpose: Purpose::Other,
        gratuitous: false,
        use_: None,
    };
    let fee_payment = fee_payment.map(PaymentId::single);
    Body::ApplyTransfer { terms, use_details: None, trust: None, fee_payment }
}

/// Submits until it is accepted; only what may be tried again is.
pub async fn submit_until_accepted(client: &mut Client, signed: &SignedCommand) -> u64 {
    loop {
        match client.submit(request(signed.clone())).await {
            Ok(response) => return check_receipt(response.get_ref()),
            Err(status) if status.code() == Code::ResourceExhausted => {
                tokio::task::yield_now().await;
            }
            Err(status) => panic!("{status:?}"),
        }
    }
}

/// The reason that a status carries.
pub fn reason(status: &Status) -> String {
    use tonic_types::StatusExt as _;
    let details = status.get_error_details();
    details.error_info().map_or_else(String::new, |info| info.reason.clone())
}

/// The field that a status names.
pub fn field(status: &Status) -> String {
    use tonic_types::StatusExt as _;
    let details = status.get_error_details();
    let first = details.bad_request().and_then(|bad| bad.field_violations.first().cloned());
    first.map_or_else(String::new, |violation| violation.field)
}

/// Data of a new salt, and the commitment to it.
pub fn committed(data: &[u8]) -> (pb::PrivateData, Digest) {
    let salt = [u8::try_from(IDS.fetch_add(1, Ordering::Relaxed) % 251).expect("small"); 32];
    let digest = jcm_format::commitment::commit(&salt, data);
    (pb::PrivateData { salt: salt.to_vec(), data: data.to_vec() }, digest)
}

/// The files of the private store, by commitment.
pub fn private_files(folder: &Folder) -> Vec<String> {
    let files = fs::read_dir(folder.path().join("private")).expect("a store");
    let mut names: Vec<String> =
        files.map(|file| file.expect("a file").file_name().into_string().expect("text")).collect();
    names.sort();
    names
}

/// The metrics page.
pub async fn page(address: &str) -> String {
    let (head, body) = get(address, "/metrics").await;
    format!("{head}{}", String::from_utf8(body).expect("text"))
}

/// The head and the body that a path is answered with.
pub async fn get(address: &str, path: &str) -> (String, Vec<u8>) {
    get_with(address, path, "").await
}

/// As [`get`], with further lines in the head of the request.
pub async fn get_with(address: &str, path: &str, more: &str) -> (String, Vec<u8>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{more}\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("answered");
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
    let body = bytes.split_off(end);
    (String::from_utf8(bytes).expect("text"), body)
}
