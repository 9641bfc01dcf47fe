//! Clients that share nothing with ours but the specification: those of
//! `docs/clients`, in Python and TypeScript, against a real node. What the
//! implementing body does is done here.

use jcm_api::pb;
use jcm_api::pb::registry_client::RegistryClient;
use jcm_client::{Caller, CallerChannel};
use jcm_format::amount::Yen;
use jcm_format::command::{Body, Command, RecordPayment, Role, Side};
use jcm_format::entry::{Entry, SealedEntry};
use jcm_format::envelope::CommandSignature;
use jcm_format::event::{Effect, Event};
use jcm_format::hash::{Digest, to_hex};
use jcm_format::id::{CommandId, EntryIndex};
use jcm_format::time::Timestamp;
use jcm_format::tlog::{
    Checkpoint, KeyType, ProofFile, SignedCheckpoint, Tree, TrustedCheckpoint, VerifierKey,
    leaf_hash, sign_line,
};
use jcm_tests::certificates::{Authority, For};
use jcm_tests::guard::{appoint, freeze};
use jcm_tests::world::*;
use prost::Message as _;
use registry_node::{Config, Node};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tonic::transport::Channel;

const AUTHORITIES: [&str; 2] = ["authority-1", "authority-2"];
/// The holder's account and that of `beta`, in the order of opening.
const HOLDER_ACCOUNT: u32 = 1_001;
const BETA_ACCOUNT: u32 = 1_002;
/// The clients' exit codes.
const NOT_BELIEVED: Option<i32> = Some(1);
const REFUSED: Option<i32> = Some(3);

fn project_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the folder")
}

/// A client as a stranger would build it from `docs/clients`, in a folder of its own.
struct Client {
    built: PathBuf,
    /// The program that runs its files, and the variables that it needs.
    runner: PathBuf,
    variables: Vec<(&'static str, PathBuf)>,
    holder: PathBuf,
    faults: PathBuf,
}

/// What a client that has ended left.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ended {
    /// What stands behind a name at the beginning of a line.
    fn told(&self, name: &str) -> &str {
        let told = self.stdout.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        told.unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }

    fn number(&self, name: &str) -> u64 {
        self.told(name).parse().unwrap_or_else(|_| panic!("{name} is no number in {self:?}"))
    }
}

fn run(process: &mut Process) -> Ended {
    // A proxy of whoever runs the tests is not asked for the loopback.
    for name in ["http_proxy", "https_proxy", "grpc_proxy", "HTTP_PROXY", "HTTPS_PROXY"] {
        process.env_remove(name);
    }
    let output = process.output().unwrap_or_else(|error| panic!("{process:?}: {error}"));
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn succeed(process: &mut Process) -> Ended {
    let ended = run(process);
    assert_eq!(ended.code, Some(0), "{process:?}\n{}{}", ended.stdout, ended.stderr);
    ended
}

/// Whether `tests/run.sh` has installed a client's tools.
fn installed(what: &Path) -> bool {
    installed_as(&what.display().to_string(), what.exists())
}

fn installed_as(what: &str, found: bool) -> bool {
    if !found {
        let needed = std::env::var_os("JCM_TESTS_NEED_TOOLS").is_some();
        assert!(!needed, "{what} is missing: `bash tests/run.sh` installs it");
        eprintln!("SKIPPED: {what} is missing: `bash tests/run.sh` installs it");
    }
    found
}

/// The lines of the block of `docs/clients/README.md` in which `line` stands.
fn page_block(line: &str) -> Vec<String> {
    let page = fs::read_to_string(project_folder().join("docs/clients/README.md")).expect("it");
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut found = blocks.filter(|block| block.lines().any(|known| known.starts_with(line)));
    let block = found.next().unwrap_or_else(|| panic!("no block of README has {line}"));
    assert_eq!(found.next(), None, "{line} stands in several blocks");
    block.lines().map(str::to_owned).collect()
}

/// A line of the shell.
fn shell(line: &str) -> Process {
    let mut process = Process::new("sh");
    process.args(["-ceu", line]);
    process
}

/// An empty folder among the products of the build. One for each client, so that it is
/// built once for all tests and does not stay when they are run again.
fn build_folder(client: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("clients").join(client);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

impl Client {
    fn python() -> Option<&'static Client> {
        static BUILT: OnceLock<Option<Client>> = OnceLock::new();
        BUILT.get_or_init(Client::build_python).as_ref()
    }

    fn typescript() -> Option<&'static Client> {
        static BUILT: OnceLock<Option<Client>> = OnceLock::new();
        BUILT.get_or_init(Client::build_typescript).as_ref()
    }

    /// The commands of `docs/clients/README.md`, Python.
    fn build_python() -> Option<Client> {
        let root = project_folder();
        let runner = root.join("target/clients/python/bin/python");
        if !installed(&runner) {
            return None;
        }
        let built = build_folder("python");
        let block = page_block("venv/bin/python -m grpc_tools.protoc ");
        for line in block.iter().filter(|line| line.contains("protoc")) {
            let line = line.replace("venv/bin/python", &runner.display().to_string());
            let line = line.replace("generated", &built.display().to_string());
            succeed(shell(&line).current_dir(&root));
        }
        let variables =
            vec![("PYTHONPATH", built.clone()), ("PYTHONDONTWRITEBYTECODE", PathBuf::from("1"))];
        let holder = root.join("docs/clients/python/holder.py");
        let faults = root.join("tests/clients/faults.py");
        Some(Client { built, runner, variables, holder, faults })
    }

    /// The commands of `docs/clients/README.md`, TypeScript.
    fn build_typescript() -> Option<Client> {
        let root = project_folder();
        let modules = root.join("target/clients/typescript/node_modules");
        if !installed(&modules) {
            return None;
        }
        // As in the sources, with what is generated and built beside it.
        let built = build_folder("typescript");
        let folder = built.join("docs/clients/typescript");
        fs::create_dir_all(folder.join("src")).expect("a folder");
        let from = root.join("docs/clients");
        for name in ["package.json", "tsconfig.json"] {
            fs::copy(from.join("typescript").join(name), folder.join(name)).expect("a file");
        }
        for file in fs::read_dir(from.join("typescript/src")).expect("sources") {
            let file = file.expect("a file");
            fs::copy(file.path(), folder.join("src").join(file.file_name())).expect("a file");
        }
        fs::copy(from.join("errors.proto"), built.join("docs/clients/errors.proto"))
            .expect("a file");
        symlink(root.join("proto"), built.join("proto")).expect("a link");
        symlink(modules, folder.join("node_modules")).expect("a link");
        let block = page_block("npm run ");
        assert_eq!(block[1..4], ["npm run generate", "npm run check", "npm run build"]);
        for line in &block[1..4] {
            succeed(shell(line).current_dir(&folder));
        }
        let variables = vec![("BUILT", folder.join("dist"))];
        let holder = folder.join("dist/src/holder.js");
        let faults = root.join("tests/clients/faults.mjs");
        Some(Client { built, runner: PathBuf::from("node"), variables, holder, faults })
    }

    fn process(&self, program: &Path) -> Process {
        let mut process = Process::new(&self.runner);
        process.arg(program).current_dir(&self.built);
        process.envs(self.variables.iter().map(|(name, value)| (name, value)));
        process
    }

    /// Runs `holder` without a registry.
    fn offline(&self, args: &[&str]) -> Ended {
        run(self.process(&self.holder).args(args))
    }
}

static IDS: AtomicU64 = AtomicU64::new(1);

/// A registry that runs, with staff, a project and a holder `beta` to come.
struct Registry {
    folder: TempDir,
    runtime: Runtime,
    /// None while it starts again.
    node: Option<Node>,
    staff: RegistryClient<CallerChannel>,
}

fn command(body: Body) -> Command {
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
    fn new() -> Registry {
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
    fn accepted(&mut self, body: Body, signers: &[&str]) -> EntryIndex {
        let what = body.name();
        let signed = sign(&command(body), signers);
        let request = pb::SubmitRequest { command: Some(signed.into()), private_data: Vec::new() };
        match self.runtime.block_on(self.staff.submit(request)) {
            Ok(response) => EntryIndex::new(response.into_inner().entry),
            Err(status) => panic!("{what} by {signers:?}: {status:?}"),
        }
    }

    /// The operator finds money on the bank's statement.
    fn received(&mut self, reference: &str, yen: u64, number: Option<u32>) -> EntryIndex {
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
    fn open(&mut self, application: EntryIndex, reference: &str) {
        let payment = self.received(reference, 14_400, None);
        let amount_yen = Yen::new(14_400);
        self.accepted(Body::ApplyPayment { payment, application, amount_yen }, &["op-1"]);
        self.accepted(Body::OpenAccount { application }, &["op-1"]);
    }

    fn balance(&mut self, account: u32) -> u64 {
        let request = pb::GetAccountRequest { account };
        let found = self.runtime.block_on(self.staff.get_account(request)).expect("there");
        found.into_inner().balance_tonnes
    }

    fn entries(&mut self) -> u64 {
        let request = pb::GetRegistryRequest {};
        let found = self.runtime.block_on(self.staff.get_registry(request)).expect("there");
        found.into_inner().entries
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port())
    }

    /// The same registry with further lines in its configuration.
    fn restart(&mut self, more: &str) {
        let data = self.folder.path().display().to_string();
        let text = format!("data_dir = {data:?}\nlisten = \"127.0.0.1:0\"\n{more}");
        let stopped = self.node.take().expect("it runs");
        self.runtime.block_on(stopped.shutdown()).expect("stopped");
        let config = Config::parse(&text).expect("a configuration");
        self.node = Some(self.runtime.block_on(Node::start(config)).expect("started"));
    }

    fn port(&self) -> u16 {
        self.node.as_ref().expect("it runs").grpc_addr().port()
    }

    fn stop(self) {
        let node = self.node.expect("it runs");
        self.runtime.block_on(node.shutdown()).expect("stopped");
    }
}

fn log_key_of(who: &str, name: &str) -> VerifierKey {
    VerifierKey::new(name, KeyType::Ed25519, &secret(who).public_key()).expect("a key")
}

fn log_key() -> VerifierKey {
    log_key_of("log", origin().as_ref())
}

/// Somebody who uses a client.
struct Holder<'a> {
    client: &'a Client,
    home: TempDir,
    public_key: String,
    /// What every call needs: where, whom to believe, which key.
    common: Vec<String>,
}

impl<'a> Holder<'a> {
    /// Makes a key and nothing else.
    fn new(client: &'a Client, registry: &Registry) -> Holder<'a> {
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

    fn run(&self, command: &str, args: &[&str]) -> Ended {
        let mut process = self.client.process(&self.client.holder);
        run(process.arg(command).args(&self.common).args(args))
    }

    fn ok(&self, command: &str, args: &[&str]) -> Ended {
        let ended = self.run(command, args);
        assert_eq!(ended.code, Some(0), "{command} {args:?}: {ended:?}");
        ended
    }

    /// The same person with another value for one flag, or without it.
    fn with(&self, flag: &str, value: Option<&str>, command: &str, args: &[&str]) -> Ended {
        let mut common = self.common.clone();
        let at = common.iter().position(|known| known == flag).expect("a flag");
        common
            .splice(at..at + 2, value.iter().flat_map(|value| [flag.to_owned(), (*value).into()]));
        let mut process = self.client.process(&self.client.holder);
        run(process.arg(command).args(common).args(args))
    }

    fn file(&self, name: &str, content: &[u8]) -> String {
        let path = self.home.path().join(name);
        fs::write(&path, content).expect("written");
        path.display().to_string()
    }

    fn apply(&self) -> Ended {
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

    fn transfer(&self, destination: u32, units: &str, more: &[&str]) -> Ended {
        let (source, destination) = (HOLDER_ACCOUNT.to_string(), destination.to_string());
        let common = ["--source", &source, "--destination", &destination, "--units", units];
        self.ok("transfer", &[&common, more, &["--yes"]].concat())
    }
}

/// Verifies a receipt with our own code, and gives the effects of its entry.
fn effects(receipt: &str) -> Vec<Effect> {
    let text = fs::read_to_string(receipt).expect("kept");
    let proof: ProofFile = text.parse().expect("a proof file");
    let bytes = proof.extra().expect("the entry").to_vec();
    proof.verify(&bytes, &log_key()).expect("it proves itself");
    let sealed = SealedEntry::open(bytes).expect("canonical");
    sealed.entry().event.0.clone()
}

/// A registry in which the holder of a client has 900 units and has paid for a transfer.
fn stocked<'a>(client: &'a Client, registry: &mut Registry) -> Holder<'a> {
    let holder = Holder::new(client, registry);
    let applied = holder.apply();
    registry.open(EntryIndex::new(applied.number("entry")), "opening-1");
    let application = registry.accepted(apply_account("beta", BETA), &["beta"]);
    registry.open(application, "opening-2");
    registry.accepted(carried_over(issuance("MN001", 2022, 900, 100)), &AUTHORITIES);
    registry.received("fee-1", 2_500, Some(HOLDER_ACCOUNT));
    holder
}

/// A holder from its key to a retirement.
fn a_holder_s_life(client: &Client) {
    let mut registry = Registry::new();
    let holder = Holder::new(client, &registry);
    let applied = holder.apply();
    assert_eq!(applied.told("application.kind"), "account", "{applied:?}");
    assert_eq!(applied.told("application.status"), "awaiting payment");
    assert_eq!(applied.told("application.fee_yen"), "14400");
    let [Effect::AccountApplied { particulars, .. }] = &effects(applied.told("receipt"))[..] else {
        panic!("another effect: {applied:?}")
    };
    let store = registry.folder.path().join("private");
    let stored: Vec<String> = fs::read_dir(store)
        .expect("a store")
        .map(|file| file.expect("a file").file_name().into_string().expect("text"))
        .collect();
    assert!(stored.iter().any(|name| name.contains(&particulars.to_string())), "{stored:?}");

    // The holder pays by bank, with this before its name; the operator does the rest.
    assert!(!applied.told("application.invoice_reference").is_empty());
    let application = EntryIndex::new(applied.number("entry"));
    registry.open(application, "opening-1");
    let opened = holder.ok("application", &[&application.to_string()]);
    assert_eq!(opened.told("application.status"), "recorded");
    assert_eq!(opened.number("application.account"), u64::from(HOLDER_ACCOUNT));
    let second = registry.accepted(apply_account("beta", BETA), &["beta"]);
    registry.open(second, "opening-2");
    registry.accepted(carried_over(issuance("MN001", 2022, 900, 100)), &AUTHORITIES);

    // Without a payment a transfer waits; with one it is recorded at once.
    let waiting = holder.transfer(BETA_ACCOUNT, "1:1-10", &["--purpose", "other"]);
    assert_eq!(waiting.told("application.status"), "awaiting payment");
    assert_eq!(waiting.told("application.fee_yen"), "2500");
    let payment = registry.received("fee-1", 2_500, Some(HOLDER_ACCOUNT));
    let done = holder.transfer(BETA_ACCOUNT, "1:11-30", &["--purpose", "other"]);
    assert_eq!(done.told("fee_payment"), format!("{}/0", payment.get()));
    assert_eq!(done.told("application.status"), "recorded");
    assert_eq!((registry.balance(BETA_ACCOUNT), registry.balance(HOLDER_ACCOUNT)), (20, 880));
    let shown = holder.ok("account", &[&HOLDER_ACCOUNT.to_string()]);
    assert_eq!(shown.number("balance_tonnes"), 880);
    assert!(shown.stdout.contains("holding 1:1-10\n"), "{shown:?}");
    assert!(shown.stdout.contains("holding 1:31-900\n"), "{shown:?}");

    // A retirement, with what it books under Article 6.
    let (japan, partner) =
        (authorisation("JP-1", Side::Japan, 500), authorisation("MN-1", Side::Partner, 500));
    let recorded = |authorisation| Body::RecordAuthorisation { authorisation, details: None };
    registry.accepted(recorded(japan), &AUTHORITIES);
    registry.accepted(recorded(partner), &["mongolia"]);
    registry.received("fee-2", 2_500, Some(HOLDER_ACCOUNT));
    let purpose = ["--purpose", "retirement", "--use", "shk", "--year", "2025"];
    let retired = holder.transfer(2, "1:301-400", &purpose);
    assert_eq!(registry.balance(2), 100);
    let last = effects(retired.told("receipt")).pop();
    assert!(matches!(last, Some(Effect::AdjustmentBooked { .. })), "{last:?}");

    // Every receipt proves itself without the registry, and says what was done.
    let entries = registry.entries();
    registry.stop();
    let log_key = log_key().to_string();
    let check = ["check", "--log-key", &log_key, "--effects", "--command"];
    for (act, told) in [
        (&applied, "account_applied"),
        (&waiting, "transfer_applied"),
        (&done, "transfer_recorded"),
        (&retired, "adjustment_booked"),
    ] {
        let (kept, receipt) = (act.told("command"), act.told("receipt"));
        let checked = client.offline(&[&check[..], &[kept, receipt]].concat());
        assert_eq!(checked.code, Some(0), "{checked:?}");
        let begins = format!("ok {receipt}: entry {} of 20", act.number("entry"));
        assert!(checked.stdout.starts_with(&begins), "{checked:?}");
        assert!(checked.stdout.contains(&format!("\neffect {told} ")), "{checked:?}");
    }
    assert!(retired.number("entry") < entries);
}

/// The session that `docs/clients/README.md` shows, line by line.
fn the_page_s_session(client: &Client) {
    let mut registry = Registry::new();
    let home = tempfile::tempdir().expect("a folder");
    fs::write(home.path().join("particulars.txt"), "代表者 甲野太郎").expect("written");
    fs::write(home.path().join("articles.pdf"), "articles").expect("written");
    let mut lines = page_block("$HOLDER keygen ");
    let place = lines.remove(1);
    assert!(place.starts_with("WHERE="), "{place}");
    let program = format!("{} {}", client.runner.display(), client.holder.display());
    let commands: Vec<&str> = lines.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(commands, ["keygen", "open", "application", "account", "transfer", "check"]);
    for (line, command) in lines.iter().zip(&commands) {
        let ended = succeed(
            shell(&format!("{place}\n{line}"))
                .current_dir(home.path())
                .envs(client.variables.iter().map(|(name, value)| (name, value)))
                .env("HOLDER", &program)
                .env("URL", registry.url())
                .env("LOG_KEY", log_key().to_string()),
        );
        match *command {
            "open" => {
                let application = EntryIndex::new(ended.number("entry"));
                registry.open(application, "opening-1");
            }
            "application" => assert_eq!(ended.told("application.status"), "recorded"),
            "account" => {
                let application = registry.accepted(apply_account("beta", BETA), &["beta"]);
                registry.open(application, "opening-2");
                let issued = carried_over(issuance("MN001", 2022, 900, 100));
                registry.accepted(issued, &AUTHORITIES);
                registry.received("fee-1", 2_500, Some(HOLDER_ACCOUNT));
            }
            "transfer" => assert_eq!(registry.balance(BETA_ACCOUNT), 10),
            "check" => assert_eq!(ended.stdout.matches("ok jcm/receipts/").count(), 2),
            _ => {}
        }
    }
    registry.stop();
}

/// What is sent again happens once, and what was not answered can be sent later.
fn a_command_happens_once(client: &Client) {
    let mut registry = Registry::new();
    let holder = stocked(client, &mut registry);
    let done = holder.transfer(BETA_ACCOUNT, "1:1-5", &["--purpose", "other"]);
    let (kept, receipt) = (done.told("command").to_owned(), done.told("receipt").to_owned());
    let (first, entries) = (fs::read(&receipt).expect("kept"), registry.entries());
    fs::remove_file(&receipt).expect("own file");
    let again = holder.ok("submit", &[&kept]);
    assert_eq!(again.told("receipt"), receipt);
    assert_eq!(fs::read(&receipt).expect("kept"), first);
    assert_eq!(registry.entries(), entries);
    assert_eq!(registry.balance(BETA_ACCOUNT), 5);

    // Nobody is there to say yes, so that nothing is signed.
    let transfer =
        ["--source", "1001", "--destination", "1002", "--units", "1:6", "--purpose", "other"];
    let unsure = holder.run("transfer", &transfer);
    assert_ne!(unsure.code, Some(0), "{unsure:?}");
    assert!(unsure.stderr.contains("nothing was signed"), "{unsure:?}");
    assert_eq!(registry.entries(), entries);
    registry.stop();
}

/// A log that does not go on from what the client has seen is not believed, and what
/// shows it is kept; nothing is lost by it.
fn another_history_is_not_believed(client: &Client) {
    let mut registry = Registry::new();
    let holder = stocked(client, &mut registry);
    let trusted = holder.home.path().join("checkpoint");
    let honest = fs::read_to_string(&trusted).expect("kept by the application");
    let seen = SignedCheckpoint::parse(&honest).expect("a checkpoint").claimed().clone();
    let forged = |size: u64| {
        let root = Digest::of(&[b"another history"]);
        Checkpoint { size, root, ..seen.clone() }.sign(&secret("log"))
    };
    let parts = ["--source", "1001", "--destination", "1002", "--units", "1:1-5"];
    let transfer = [&parts[..], &["--purpose", "other", "--yes"]].concat();
    fs::write(&trusted, forged(seen.size)).expect("written");
    let ended = holder.run("transfer", &transfer);
    assert_eq!(ended.code, NOT_BELIEVED, "{ended:?}");
    assert!(ended.stderr.contains("does not go on"), "{ended:?}");
    let kept = ended.told("command").to_owned();
    // One that is longer than the log is.
    fs::write(&trusted, forged(1_000)).expect("written");
    let ended = holder.run("submit", &[&kept]);
    assert_eq!(ended.code, NOT_BELIEVED, "{ended:?}");
    assert!(ended.stderr.contains("not proved to go on"), "{ended:?}");
    // And one of the same size.
    let entries = registry.entries();
    fs::write(&trusted, forged(entries)).expect("written");
    let ended = holder.run("submit", &[&kept]);
    assert_eq!(ended.code, NOT_BELIEVED, "{ended:?}");
    assert!(ended.stderr.contains("one size has two roots"), "{ended:?}");
    let evidence = fs::read_dir(holder.home.path().join("evidence")).expect("kept");
    assert_eq!(evidence.count(), 6, "two notes each time");

    fs::write(&trusted, &honest).expect("written");
    let believed = holder.ok("submit", &[&kept]);
    assert_eq!((believed.number("entry") + 1, registry.entries()), (entries, entries));
    assert_ne!(fs::read_to_string(&trusted).expect("kept"), honest);
    registry.stop();
}

/// A receipt of which anything is changed proves nothing.
fn no_byte_of_a_receipt_can_be_changed(client: &Client) {
    let mut registry = Registry::new();
    let holder = stocked(client, &mut registry);
    let opened = fs::read_dir(holder.home.path().join("receipts")).expect("kept");
    let opened = opened.last().expect("one").expect("a file").path().display().to_string();
    let done = holder.transfer(BETA_ACCOUNT, "1:1-5", &["--purpose", "other"]);
    registry.stop();
    let receipt = done.told("receipt");
    let honest = fs::read(receipt).expect("kept");
    let folder = holder.home.path().join("changed");
    fs::create_dir(&folder).expect("a folder");
    let mut changed: Vec<Vec<u8>> = Vec::new();
    for at in 0..honest.len() {
        for mask in [1, 0x20] {
            let mut bytes = honest.clone();
            bytes[at] ^= mask;
            changed.push(bytes);
        }
    }
    changed.push(honest[..honest.len() - 1].to_vec());
    changed.push([&honest[..], b"\n"].concat());
    changed.push([b"\n", &honest[..]].concat());
    changed.push(honest.repeat(2));
    changed.push(Vec::new());
    let mut command = vec!["check".to_owned(), "--log-key".to_owned(), log_key().to_string()];
    for (at, bytes) in changed.iter().enumerate() {
        let path = folder.join(at.to_string());
        fs::write(&path, bytes).expect("written");
        command.push(path.display().to_string());
    }
    // One that holds, so that the others are not refused for nothing.
    command.push(receipt.to_owned());
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    let checked = client.offline(&command);
    assert_eq!(checked.code, NOT_BELIEVED, "{}", checked.stderr);
    let held: Vec<&str> = checked.stdout.lines().filter(|line| line.starts_with("ok ")).collect();
    assert!(matches!(held[..], [one] if one.contains(receipt)), "{held:?}");
    let refused = checked.stdout.lines().filter(|line| line.starts_with("refused ")).count();
    assert_eq!(refused, changed.len(), "{}", checked.stderr);

    // An honest receipt under another key, of another registry, or for another command.
    let (kept, own) = (done.told("command"), log_key().to_string());
    let another = log_key_of("alpha", origin().as_ref()).to_string();
    let elsewhere = log_key_of("log", "registry.test/another").to_string();
    for (key, receipt, holds) in [
        (&own, receipt, true),
        (&another, receipt, false),
        (&elsewhere, receipt, false),
        (&own, opened.as_str(), false),
    ] {
        let checked = client.offline(&["check", "--log-key", key, "--command", kept, receipt]);
        assert_eq!(checked.code, if holds { Some(0) } else { NOT_BELIEVED }, "{checked:?}");
    }
}

/// A receipt of these bytes at a place of a log that the log's key signed.
fn signed_receipt(bytes: &[u8], index: u64, size: u64) -> String {
    let mut tree = Tree::new();
    for at in 0..size {
        let other = at.to_be_bytes();
        tree.push(leaf_hash(if at == index { bytes } else { &other }));
    }
    let checkpoint = Checkpoint { origin: origin(), size, root: tree.root() };
    let checkpoint = TrustedCheckpoint::open(&checkpoint.sign(&secret("log")), &log_key());
    let hashes = tree.inclusion_proof(index, size).expect("there");
    let proof = ProofFile::new(index, hashes, &checkpoint.expect("signed"));
    proof.with_extra(bytes.to_vec()).expect("short").to_string()
}

/// The receipt with a checkpoint that gives another origin, signed with the log's key under
/// the log's name.
fn named_otherwise(receipt: &str) -> String {
    let (head, note) = receipt.split_once("\n\n").expect("a proof file");
    let signed = SignedCheckpoint::parse(note).expect("a checkpoint");
    let origin_of_another = "registry.test/another".parse().expect("an origin");
    let text = Checkpoint { origin: origin_of_another, ..signed.claimed().clone() }.text();
    let line = sign_line(origin().as_ref(), &secret("log"), &text).expect("a name");
    format!("{head}\n\n{text}\n{line}")
}

/// Whether openssl made a file: it is no part of what everybody has.
fn openssl(args: &[&str], file: &str) -> bool {
    let found = Process::new("openssl").arg("version").output().is_ok();
    if installed_as("openssl", found) {
        succeed(Process::new("openssl").args(args).args(["-out", file]));
    }
    found
}

/// Keys of stock tools, and TLS with the authority that one believes.
fn a_stock_key_over_tls(client: &Client) {
    let mut registry = Registry::new();
    let holder = stocked(client, &mut registry);
    let (authority, stranger) = (Authority::new("authority"), Authority::new("stranger"));
    let folder = holder.home.path();
    let files = authority.issue(folder, "server", For::Server, &["localhost", "127.0.0.1"]);
    registry.restart(&format!(
        "[tls]\ncertificate = {:?}\nkey = {:?}\n",
        files.certificate.display().to_string(),
        files.key.display().to_string()
    ));
    let url = format!("https://localhost:{}", registry.port());
    let authority = authority.write(&folder.join("authority.pem")).display().to_string();
    // A key that openssl made and encrypted. Whose it is, the registry does not know.
    let key = folder.join("openssl.pem").display().to_string();
    let made = ["genpkey", "-algorithm", "ed25519", "-aes-256-cbc", "-pass", "pass:correct horse"];
    if openssl(&made, &key) {
        for (passphrase, code, told) in [
            ("correct horse", REFUSED, "REFUSED: CALLER_ROLE"),
            ("battery staple", Some(2), "error: "),
        ] {
            let mut process = client.process(&client.holder);
            process.args(["account", "--registry", &url, "--authority", &authority, "--key", &key]);
            process.args(["--log-key", &log_key().to_string(), "1001"]);
            let ended = run(process.env("JCM_PASSPHRASE", passphrase));
            assert_eq!(ended.code, code, "{ended:?}");
            assert!(ended.stderr.starts_with(told), "{ended:?}");
        }
    }
    let stranger = stranger.write(&folder.join("stranger.pem")).display().to_string();
    let account = |authority: &str| {
        let number = HOLDER_ACCOUNT.to_string();
        holder.with("--registry", Some(&url), "account", &["--authority", authority, &number])
    };
    let answered = account(&authority);
    assert_eq!(answered.code, Some(0), "{answered:?}");
    assert_eq!(answered.number("balance_tonnes"), 900);
    let refused = account(&stranger);
    assert_eq!(refused.code, REFUSED, "{refused:?}");
    // The library has something to say before.
    assert!(refused.stderr.contains("REFUSED: UNAVAILABLE"), "{refused:?}");
    registry.stop();
}

/// What the log's key signed is not believed for that alone.
fn an_operator_s_lies_are_found(client: &Client) {
    let mut registry = Registry::new();
    let holder = stocked(client, &mut registry);
    let done = holder.transfer(BETA_ACCOUNT, "1:1-5", &["--purpose", "other"]);
    registry.stop();
    let text = fs::read_to_string(done.told("receipt")).expect("kept");
    let proof: ProofFile = text.parse().expect("a proof file");
    let bytes = proof.extra().expect("the entry").to_vec();
    let index = proof.index();
    let honest = SealedEntry::open(bytes.clone()).expect("canonical").entry().clone();
    let resealed = |change: &dyn Fn(&mut Entry)| {
        let mut entry = honest.clone();
        change(&mut entry);
        SealedEntry::seal(entry).expect("an entry").bytes().to_vec()
    };
    let elsewhere = |entry: &mut Entry| {
        let mut other = command(retire(HOLDER_ACCOUNT, &["1:1-5"]));
        other.registry = "registry.test/another".parse().expect("an origin");
        entry.command = sign(&other, &["alpha"]);
    };
    let unsigned = |entry: &mut Entry| entry.command.signatures.clear();
    let signed_twice = |entry: &mut Entry| {
        entry.command.signatures.push(entry.command.signatures[0].clone());
    };
    let by_another = |entry: &mut Entry| {
        entry.command.signatures[0].key = secret("alpha").public_key();
    };
    let no_command = |entry: &mut Entry| {
        entry.command.payload = vec![0xff];
        let signature = secret("alpha").sign(&entry.command.signed_bytes());
        let key = secret("alpha").public_key();
        entry.command.signatures = vec![CommandSignature { key, signature }];
    };
    let frozen = |entry: &mut Entry| {
        entry.command = sign(&command(freeze(HOLDER_ACCOUNT)), &["alpha"]);
        entry.event = Event(vec![Effect::AccountFrozen { account: account(HOLDER_ACCOUNT) }]);
    };
    let at = |size| signed_receipt(&bytes, index, size);
    let lie = |bytes: &[u8]| signed_receipt(bytes, index, 256);
    let cases = [
        // The path to the root in trees of many shapes.
        ("as it is", at(index + 1), true),
        ("in a longer log", at(index + 2), true),
        ("in a long log", at(256), true),
        ("in a log of odd length", at(777), true),
        ("at another place", signed_receipt(&bytes, index + 1, 256), false),
        ("of another version", lie(&[&[2], &bytes[1..]].concat()), false),
        ("cut off", lie(&bytes[..40]), false),
        ("other effects", lie(&resealed(&|entry| drop(entry.event.0.pop()))), false),
        ("other rules", lie(&resealed(&|entry| entry.rule_set += 1)), false),
        ("not signed", lie(&resealed(&unsigned)), false),
        ("signed twice", lie(&resealed(&signed_twice)), false),
        ("signed by another", lie(&resealed(&by_another)), false),
        ("of another registry", lie(&resealed(&elsewhere)), false),
        ("no command", lie(&resealed(&no_command)), false),
        ("of another log", named_otherwise(&at(256)), false),
    ];
    let files = cases.iter().map(|(name, receipt, _)| holder.file(name, receipt.as_bytes()));
    // An effect that these clients do not know makes no receipt wrong.
    let another = signed_receipt(&resealed(&frozen), index, 256);
    let another = holder.file("another", another.as_bytes());
    let (key, files) = (log_key().to_string(), files.collect::<Vec<_>>());
    let checked = client.offline(&["check", "--log-key", &key, "--effects", &another]);
    assert_eq!(checked.code, Some(0), "{checked:?}");
    assert!(
        checked.stdout.ends_with("\neffects not shown: effect 59 is none that this client knows\n"),
        "{checked:?}"
    );
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let checked = client.offline(&[&["check", "--log-key", &key], &files[..]].concat());
    assert_eq!(checked.code, NOT_BELIEVED, "{checked:?}");
    let verdicts: Vec<bool> = checked.stdout.lines().map(|line| line.starts_with("ok ")).collect();
    let expected: Vec<bool> = cases.iter().map(|(.., holds)| *holds).collect();
    assert_eq!(verdicts, expected, "{}", checked.stdout);
}

/// The node answers nobody who does not prove whose key it is, and the client
/// believes no other log than that which it knows.
fn who_asks_is_proved(client: &Client) {
    let mut registry = Registry::new();
    let holder = stocked(client, &mut registry);
    let number = HOLDER_ACCOUNT.to_string();
    holder.ok("account", &[&number]);
    let stranger = Holder::new(client, &registry);
    let elsewhere = log_key_of("log", "registry.test/another").to_string();
    let beta = BETA_ACCOUNT.to_string();
    let refusals = [
        (stranger.run("account", &[&number]), "CALLER_ROLE"),
        (holder.with("--key", None, "account", &[&number]), "CALLER_PROOF_MISSING"),
        (
            holder.with("--log-key", Some(&elsewhere), "account", &[&number]),
            "CALLER_PROOF_REGISTRY",
        ),
        (holder.run("account", &[&beta]), "ABSENT"),
    ];
    for (ended, reason) in refusals {
        assert_eq!(ended.code, REFUSED, "{ended:?}");
        assert!(ended.stderr.starts_with(&format!("REFUSED: {reason}")), "{ended:?}");
        assert_eq!(ended.stdout, "");
    }

    // Proofs and commands with a fault each, made with the client's own code.
    let url = registry.url();
    let key_of = |holder: &Holder| holder.home.path().join("key.pem");
    let faults = succeed(
        client
            .process(&client.faults)
            .args([&url, &log_key().to_string()])
            .args([key_of(&holder), key_of(&stranger)]),
    );
    let expected = "\
signed by another key: CALLER_SIGNATURE_INVALID
of another message: CALLER_PROOF_MESSAGE
of another method: CALLER_PROOF_METHOD
of two minutes ago: CALLER_PROOF_TIME
used before: CALLER_PROOF_REPEATED
command signed by another key: SIGNATURE_INVALID
effects changed, digest not: refused
digest changed, effects not: refused
effects and digest changed: refused
command changed: refused
";
    assert_eq!(faults.stdout, expected, "{}", faults.stderr);

    // A log that another key signs is not believed, and what it said is kept apart.
    let another = log_key_of("alpha", origin().as_ref()).to_string();
    let transfer = [
        "--source",
        "1001",
        "--destination",
        "1002",
        "--units",
        "1:1-5",
        "--purpose",
        "other",
        "--yes",
    ];
    let ended = holder.with("--log-key", Some(&another), "transfer", &transfer);
    assert_eq!(ended.code, NOT_BELIEVED, "{ended:?}");
    let receipts = fs::read_dir(holder.home.path().join("receipts")).expect("kept");
    let unchecked = receipts.filter(|file| {
        let path = file.as_ref().expect("a file").path();
        path.extension().is_some_and(|extension| extension == "unchecked")
    });
    assert_eq!(unchecked.count(), 1);

    // Whose key is revoked is nobody any more.
    let key = holder.public_key.parse().expect("a key");
    registry.accepted(Body::RevokeKey { key, reason: text("盗難") }, &AUTHORITIES);
    let ended = holder.run("account", &[&number]);
    assert!(ended.stderr.starts_with("REFUSED: CALLER_KEY_NOT_IN_FORCE"), "{ended:?}");
    registry.stop();
}

/// The same stories for each client.
macro_rules! stories {
    ($client:ident) => {
        mod $client {
            use super::Client;

            #[test]
            fn a_holder_s_life() {
                Client::$client().into_iter().for_each(super::a_holder_s_life);
            }

            #[test]
            fn the_page_s_session() {
                Client::$client().into_iter().for_each(super::the_page_s_session);
            }

            #[test]
            fn a_command_happens_once() {
                Client::$client().into_iter().for_each(super::a_command_happens_once);
            }

            #[test]
            fn another_history_is_not_believed() {
                Client::$client().into_iter().for_each(super::another_history_is_not_believed);
            }

            #[test]
            fn a_stock_key_over_tls() {
                Client::$client().into_iter().for_each(super::a_stock_key_over_tls);
            }

            #[test]
            fn an_operator_s_lies_are_found() {
                Client::$client().into_iter().for_each(super::an_operator_s_lies_are_found);
            }

            #[test]
            fn no_byte_of_a_receipt_can_be_changed() {
                Client::$client().into_iter().for_each(super::no_byte_of_a_receipt_can_be_changed);
            }

            #[test]
            fn who_asks_is_proved() {
                Client::$client().into_iter().for_each(super::who_asks_is_proved);
            }
        }
    };
}

stories!(python);
stories!(typescript);
