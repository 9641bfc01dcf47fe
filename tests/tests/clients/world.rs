//! A registry that runs, and somebody who uses a client. What the implementing body does is
//! done here.

use super::tools::{Client, Ended, run};
use jcm_api::pb;
use jcm_api::pb::registry_client::RegistryClient;
use jcm_client::{Caller, CallerChannel};
use jcm_format::amount::Yen;
use jcm_format::command::{Body, Command, RecordPayment, Role};
use jcm_format::entry::SealedEntry;
use jcm_format::event::Effect;
use jcm_format::hash::to_hex;
use jcm_format::id::{CommandId, EntryIndex};
use jcm_format::time::Timestamp;
use jcm_format::tlog::{KeyType, ProofFile, VerifierKey};
use jcm_tests::guard::appoint;
use jcm_tests::world::*;
use prost::Message as _;
use registry_node::{Config, Node};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tonic::transport::Channel;

pub(crate) const AUTHORITIES: [&str; 2] = ["authority-1", "authority-2"];
/// The holder's account and that of `beta`, in the order of opening.
pub(crate) const HOLDER_ACCOUNT: u32 = 1_001;
pub(crate) const BETA_ACCOUNT: u32 = 1_002;

pub(crate) static IDS: AtomicU64 = AtomicU64::new(1);

/// A registry that runs, with staff, a project and a holder `beta` to come.
pub(crate) struct Registry {
    pub(crate) folder: TempDir,
    pub(crate) runtime: Runtime,
    /// None while it starts again.
    pub(crate) node: Option<Node>,
    pub(crate) staff: RegistryClient<CallerChannel>,
}

pub(crate) fn command(body: Body) -> Command {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    let now = Timestamp::from_ms(u64::try_from(elapsed.as_millis()).expect("soon"));
    Command {
        registry: origin(),
        id: CommandId::from_bytes(u128::from(IDS.fetch_add(1, Ordering::Relaxed)).to_be_bytes()),
        valid_until: now.expect("in range").saturating_add_ms(3_600_000),
        effect_digest: None,
        body,
    }
}

impl Registry {
    pub(crate) fn new() -> Registry {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = folder.path().join("keys");
        fs::create_dir(&keys).expect("a folder");
        let path = keys.join("log.key");
        fs::write(&path, format!("{}\n", to_hex(&secret("log").seed()))).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("own file");
        let data = folder.path().display().to_string();
        let text = format!("data_dir = {data:?}\nlisten = \"127.0.0.1:0\"\n");
        let config = || Config::parse(&text).expect("a configuration");
        let genesis = pb::SignedCommand::from(sign(&command(genesis()), &AUTHORITIES));
        registry_node::create(&config(), &genesis.encode_to_vec()).expect("created");

        let runtime = Runtime::new().expect("a runtime");
        let node = runtime.block_on(Node::start(config())).expect("started");
        let url = format!("http://{}", node.grpc_addr());
        let channel = Channel::from_shared(url).expect("a url");
        let channel = runtime.block_on(channel.connect()).expect("it listens");
        let caller = Caller::new(origin(), secret("authority-1"));
        let staff = RegistryClient::new(CallerChannel::new(channel, Some(caller)));
        let mut registry = Registry { folder, runtime, node: Some(node), staff };
        for person in ["op-1", "op-2"] {
            registry.accepted(appoint(person, person), &AUTHORITIES);
        }
        let role = Role::Partner(project("MN001").country());
        let key = possessed(&secret("mongolia"), &role);
        registry.accepted(Body::RegisterKey { role, key }, &AUTHORITIES);
        registry.accepted(register_project("MN001"), &["op-1"]);
        registry
    }

    /// Whatever others than the clients do.
    pub(crate) fn accepted(&mut self, body: Body, signers: &[&str]) -> EntryIndex {
        let what = body.name();
        let signed = sign(&command(body), signers);
        let request = pb::SubmitRequest { command: Some(signed.into()), private_data: Vec::new() };
        match self.runtime.block_on(self.staff.submit(request)) {
            Ok(response) => EntryIndex::new(response.into_inner().entry),
            Err(status) => panic!("{what} by {signers:?}: {status:?}"),
        }
    }

    /// The operator finds money on the bank's statement.
    pub(crate) fn received(
        &mut self,
        reference: &str,
        yen: u64,
        number: Option<u32>,
    ) -> EntryIndex {
        let payment = RecordPayment {
            bank_reference: name(reference),
            amount_yen: Yen::new(yen),
            value_date: date("2025-04-02"),
            account: number.map(account),
            payer: None,
        };
        self.accepted(Body::RecordPayment(payment), &["op-1"])
    }

    /// The operator opens an account whose fee has come.
    pub(crate) fn open(&mut self, application: EntryIndex, reference: &str) {
        let payment = self.received(reference, 14_400, None);
        let amount_yen = Yen::new(14_400);
        self.accepted(Body::ApplyPayment { payment, application, amount_yen }, &["op-1"]);
        self.accepted(Body::OpenAccount { application }, &["op-1"]);
    }

    pub(crate) fn balance(&mut self, account: u32) -> u64 {
        let request = pb::GetAccountRequest { account };
        let found = self.runtime.block_on(self.staff.get_account(request)).expect("there");
        found.into_inner().balance_tonnes
    }

    pub(crate) fn entries(&mut self) -> u64 {
        let request = pb::GetRegistryRequest {};
        let found = self.runtime.block_on(self.staff.get_registry(request)).expect("there");
        found.into_inner().entries
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port())
    }

    /// The same registry with further lines in its configuration.
    pub(crate) fn restart(&mut self, more: &str) {
        let data = self.folder.path().display().to_string();
        let text = format!("data_dir = {data:?}\nlisten = \"127.0.0.1:0\"\n{more}");
        let stopped = self.node.take().expect("it runs");
        self.runtime.block_on(stopped.shutdown()).expect("stopped");
        let config = Config::parse(&text).expect("a configuration");
        self.node = Some(self.runtime.block_on(Node::start(config)).expect("started"));
    }

    pub(crate) fn port(&self) -> u16 {
        self.node.as_ref().expect("it runs").grpc_addr().port()
    }

    pub(crate) fn stop(self) {
        let node = self.node.expect("it runs");
        self.runtime.block_on(node.shutdown()).expect("stopped");
    }
}

pub(crate) fn log_key_of(who: &str, name: &str) -> VerifierKey {
    VerifierKey::new(name, KeyType::Ed25519, &secret(who).public_key()).expect("a key")
}

pub(crate) fn log_key() -> VerifierKey {
    log_key_of("log", origin().as_ref())
}

/// Somebody who uses a client.
pub(crate) struct Holder<'a> {
    pub(crate) client: &'a Client,
    pub(crate) home: TempDir,
    pub(crate) public_key: String,
    /// What every call needs: where, whom to believe, which key.
    pub(crate) common: Vec<String>,
}

impl<'a> Holder<'a> {
    /// Makes a key and nothing else.
    pub(crate) fn new(client: &'a Client, registry: &Registry) -> Holder<'a> {
        let home = tempfile::tempdir().expect("a folder");
        let key = home.path().join("key.pem").display().to_string();
        let made = client.offline(&["keygen", &key]);
        assert_eq!(made.code, Some(0), "{made:?}");
        assert_eq!(fs::metadata(&key).expect("made").permissions().mode() & 0o77, 0);
        let again = client.offline(&["keygen", &key]);
        assert_eq!(again.code, Some(2), "no key is written over: {again:?}");
        let log_key = log_key().to_string();
        let url = registry.url();
        let own = home.path().display().to_string();
        let common = ["--registry", &url, "--log-key", &log_key, "--key", &key, "--home", &own];
        let common = common.map(str::to_owned).to_vec();
        let public_key = made.told("public_key").to_owned();
        Holder { client, home, public_key, common }
    }

    pub(crate) fn run(&self, command: &str, args: &[&str]) -> Ended {
        let mut process = self.client.process(&self.client.holder);
        run(process.arg(command).args(&self.common).args(args))
    }

    pub(crate) fn ok(&self, command: &str, args: &[&str]) -> Ended {
        let ended = self.run(command, args);
        assert_eq!(ended.code, Some(0), "{command} {args:?}: {ended:?}");
        ended
    }

    /// The same person with another value for one flag, or without it.
    pub(crate) fn with(
        &self,
        flag: &str,
        value: Option<&str>,
        command: &str,
        args: &[&str],
    ) -> Ended {
        let mut common = self.common.clone();
        let at = common.iter().position(|known| known == flag).expect("a flag");
        common
            .splice(at..at + 2, value.iter().flat_map(|value| [flag.to_owned(), (*value).into()]));
        let mut process = self.client.process(&self.client.holder);
        run(process.arg(command).args(common).args(args))
    }

    pub(crate) fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.home.path().join(name);
        fs::write(&path, content).expect("written");
        path.display().to_string()
    }

    pub(crate) fn apply(&self) -> Ended {
        let particulars = self.file("particulars", "代表者 甲野太郎".as_bytes());
        let articles = self.file("articles", b"articles of association");
        self.ok(
            "open",
            &[
                "--corporate-number",
                ALPHA,
                "--name-ja",
                "株式会社甲",
                "--name-en",
                "Alpha Inc.",
                "--head-office-ja",
                "東京都千代田区霞が関1-2-2",
                "--head-office-en",
                "1-2-2 Kasumigaseki, Chiyoda-ku, Tokyo",
                "--particulars",
                &particulars,
                "--attachment",
                &articles,
                "--yes",
            ],
        )
    }

    pub(crate) fn transfer(&self, destination: u32, units: &str, more: &[&str]) -> Ended {
        let (source, destination) = (HOLDER_ACCOUNT.to_string(), destination.to_string());
        let common = ["--source", &source, "--destination", &destination, "--units", units];
        self.ok("transfer", &[&common, more, &["--yes"]].concat())
    }
}

/// Verifies a receipt with our own code, and gives the effects of its entry.
pub(crate) fn effects(receipt: &str) -> Vec<Effect> {
    let text = fs::read_to_string(receipt).expect("kept");
    let proof: ProofFile = text.parse().expect("a proof file");
    let bytes = proof.extra().expect("the entry").to_vec();
    proof.verify(&bytes, &log_key()).expect("it proves itself");
    let sealed = SealedEntry::open(bytes).expect("canonical");
    sealed.entry().event.0.clone()
}

/// A registry in which the holder of a client has 900 units and has paid for a transfer.
pub(crate) fn stocked<'a>(client: &'a Client, registry: &mut Registry) -> Holder<'a> {
    let holder = Holder::new(client, registry);
    let applied = holder.apply();
    registry.open(EntryIndex::new(applied.number("entry")), "opening-1");
    let application = registry.accepted(apply_account("beta", BETA), &["beta"]);
    registry.open(application, "opening-2");
    registry.accepted(carried_over(issuance("MN001", 2022, 900, 100)), &AUTHORITIES);
    registry.received("fee-1", 2_500, Some(HOLDER_ACCOUNT));
    holder
}
