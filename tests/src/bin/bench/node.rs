//! The node, in a process of its own.

use crate::Result;
use jcm_format::command::Command;
use jcm_format::id::CommandId;
use jcm_format::key::SecretKey;
use jcm_format::time::Timestamp;
use jcm_tests::world::origin;
use jcm_tests::world::{genesis, secret, sign};
use prost::Message as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Process, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

/// A running node; killed when dropped.
pub(crate) struct Running {
    child: Child,
    address: String,
    log_key: String,
}

/// Now, as the clock says.
pub(crate) fn now() -> Result<Timestamp> {
    let ms = u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis())?;
    Timestamp::from_ms(ms).ok_or_else(|| "the clock is beyond 9999".into())
}

impl Running {
    /// Creates a registry in `data` and starts a node on it, that serves one caller as fast as
    /// it can.
    pub(crate) async fn create(data: &Path) -> Result<Running> {
        Running::create_with(data, "[limits]\nsubmissions_burst = 100000000\n").await
    }

    /// As above, with more lines of configuration.
    pub(crate) async fn create_with(data: &Path, more: &str) -> Result<Running> {
        std::fs::create_dir_all(data)?;
        let text = format!(
            "data_dir = {data:?}\nlisten = \"127.0.0.1:0\"\n[logging]\nlevel = \"error\"\n{more}"
        );
        std::fs::write(config_file(data), &text)?;
        let config = registry_node::Config::parse(&text)?;
        write_log_key(&config.log_key_path(), &secret("log"))?;
        let command = Command {
            registry: origin(),
            id: CommandId::from_bytes([0; 16]),
            valid_until: now()?.saturating_add_ms(3_600_000),
            effect_digest: None,
            body: genesis(),
        };
        let signed = sign(&command, &["authority-1", "authority-2"]);
        let wire = jcm_api::pb::SignedCommand::from(signed).encode_to_vec();
        registry_node::create(&config, &wire)?;
        Running::start(data).await
    }

    /// Starts a node on an existing registry; ready when this returns.
    pub(crate) async fn start(data: &Path) -> Result<Running> {
        let mut child = Process::new(std::env::current_exe()?)
            .args(["run", "--config"])
            .arg(config_file(data))
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().ok_or("the node's output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line
            .split_whitespace()
            .find_map(|word| word.strip_prefix("grpc="))
            .ok_or("the node did not start")?;
        let address = format!("http://{address}");
        let info = jcm_client::RegistryClient::connect(&address).await?.registry().await?;
        Ok(Running { child, address, log_key: info.log_key.to_string() })
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn log_key(&self) -> &String {
        &self.log_key
    }

    /// Resident memory now, from the system.
    pub(crate) fn resident_bytes(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).ok_or("VmRSS")?;
        let kilobytes: u64 = line.split_whitespace().nth(1).ok_or("VmRSS")?.parse()?;
        Ok(kilobytes * 1_024)
    }

    /// Stops it in an orderly way.
    pub(crate) fn stop(mut self) -> Result<()> {
        let id = self.child.id().to_string();
        Process::new("kill").args(["-TERM", &id]).status()?;
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { Err(format!("the node ended with {status}").into()) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn config_file(data: &Path) -> PathBuf {
    data.join("registry-node.toml")
}

fn write_log_key(path: &Path, key: &SecretKey) -> Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    use std::io::Write as _;
    writeln!(file, "{}", jcm_format::hash::to_hex(&key.seed()))?;
    Ok(())
}
