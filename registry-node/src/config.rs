//! The configuration: one TOML file, read once at start. Every key, with its
//! default and its bounds, is described in `docs/operating/config.md`.

use serde::Deserialize;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::path::{Path, PathBuf};

/// Everything that an operator can choose. There is no default as a whole:
/// nobody should run a registry in a folder that nobody named.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Folder that holds the log, the index, the private data and the key.
    pub data_dir: PathBuf,
    /// Address of the gRPC service; port 0 lets the system choose.
    #[serde(default = "listen")]
    pub listen: SocketAddr,
    /// Address of the metrics page; absent = none.
    #[serde(default)]
    pub metrics_listen: Option<SocketAddr>,
    /// TLS for the gRPC service; absent = none, and the loopback only.
    #[serde(default)]
    pub tls: Option<Tls>,
    /// File with the log key; absent = `keys/log.key` in `data_dir`.
    #[serde(default)]
    pub log_key_file: Option<PathBuf>,
    /// File whose first line is the passphrase of the log key.
    #[serde(default)]
    pub log_key_passphrase_file: Option<PathBuf>,
    /// Whether a new log key is to lie open in its file.
    #[serde(default)]
    pub log_key_unencrypted: bool,
    /// Threads that serve requests, beside the writer's own.
    #[serde(default = "worker_threads")]
    pub worker_threads: usize,
    /// Size at which a new segment of the log is begun.
    #[serde(default = "segment_bytes")]
    pub segment_bytes: u64,
    /// What one caller, and all together, may ask of the node.
    #[serde(default = "Limits::documented")]
    pub limits: Limits,
    /// What the node says on standard error.
    #[serde(default = "Logging::documented")]
    pub logging: Logging,
}

/// The files that TLS needs, all in PEM.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The node's certificate, followed by the chain behind it.
    pub certificate: PathBuf,
    /// The private key of that certificate.
    pub key: PathBuf,
    /// Whose certificates clients must have; absent = clients need none.
    #[serde(default)]
    pub client_ca: Option<PathBuf>,
}

/// What one caller, and all together, may ask of the node.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Longest gRPC message accepted.
    #[serde(default = "message_bytes_max")]
    pub message_bytes_max: usize,
    /// Commands that wait for the writer; beyond it, RESOURCE_EXHAUSTED.
    #[serde(default = "queue_length_max")]
    pub queue_length_max: usize,
    /// Commands under one checkpoint and one sync.
    #[serde(default = "batch_entries_max")]
    pub batch_entries_max: usize,
    /// Connections that are served; further ones wait, and are closed after
    /// `handshake_timeout_ms`.
    #[serde(default = "connections_max")]
    pub connections_max: usize,
    /// Connections whose handshake is not over.
    #[serde(default = "handshakes_max")]
    pub handshakes_max: usize,
    /// After this long without being served, a connection is closed.
    #[serde(default = "handshake_timeout_ms")]
    pub handshake_timeout_ms: u64,
    /// Requests that one connection has in progress; more of them wait.
    #[serde(default = "connection_requests_max")]
    pub connection_requests_max: usize,
    /// HTTP/2 streams that one connection may open.
    #[serde(default = "connection_streams_max")]
    pub connection_streams_max: u32,
    /// After this long without an answer, a request ends with CANCELLED.
    #[serde(default = "request_timeout_ms")]
    pub request_timeout_ms: u64,
    /// How long requests in progress may take after a signal to stop.
    #[serde(default = "shutdown_timeout_ms")]
    pub shutdown_timeout_ms: u64,
}

/// What the node says on standard error.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logging {
    /// For people or for machines.
    #[serde(default = "format")]
    pub format: LogFormat,
    /// The least severe kind that is written.
    #[serde(default = "level")]
    pub level: LogLevel,
}

/// Form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One line of text.
    Text,
    /// One JSON object on a line.
    Json,
}

/// Severity of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Something failed.
    Error,
    /// Something is unusual.
    Warn,
    /// Starts, stops, recoveries.
    Info,
    /// Every batch.
    Debug,
    /// Everything.
    Trace,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// It is not TOML, has an unknown key, lacks one, or has a value of the wrong type.
    #[error("the configuration is not valid; its keys are listed in docs/operating/config.md")]
    Parse(#[source] toml::de::Error),
    /// A value is outside its bounds.
    #[error("{key} = {found}: write {wanted}")]
    Value {
        /// The key.
        key: &'static str,
        /// What the file says.
        found: String,
        /// What may be written.
        wanted: String,
    },
}

/// Shortest and longest segment that makes sense.
const SEGMENT_BYTES: (u64, u64) = (1 << 16, 1 << 34);
/// A payload of 32,768 bytes, eight signatures and gRPC's own few bytes fit
/// the lower bound; nobody needs the upper one.
const MESSAGE_BYTES: (u64, u64) = (65_536, 64 << 20);

fn listen() -> SocketAddr {
    SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 50_051))
}

fn worker_threads() -> usize {
    2
}

fn segment_bytes() -> u64 {
    64 << 20
}

fn message_bytes_max() -> usize {
    (1 << 20) + (128 << 10)
}

fn queue_length_max() -> usize {
    4_096
}

fn batch_entries_max() -> usize {
    jcm_format::limits::BATCH_ENTRIES_MAX
}

/// With [`handshakes_max`], well below the 1,024 files that a process may have
/// open: the log must always get its own.
fn connections_max() -> usize {
    768
}

fn handshakes_max() -> usize {
    128
}

fn handshake_timeout_ms() -> u64 {
    10_000
}

fn connection_requests_max() -> usize {
    1_024
}

fn connection_streams_max() -> u32 {
    1_024
}

fn request_timeout_ms() -> u64 {
    30_000
}

fn shutdown_timeout_ms() -> u64 {
    10_000
}

fn format() -> LogFormat {
    LogFormat::Text
}

fn level() -> LogLevel {
    LogLevel::Info
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or what it says cannot be followed.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Read { path: path.to_owned(), source })?;
        Config::parse(&text)
    }

    /// Reads and checks the text of a configuration.
    ///
    /// # Errors
    ///
    /// The first key that cannot be followed, and what to write instead.
    pub fn parse(text: &str) -> Result<Config, ConfigError> {
        let config: Config = toml::from_str(text).map_err(ConfigError::Parse)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        if self.data_dir.as_os_str().is_empty() {
            return Err(ConfigError::Value {
                key: "data_dir",
                found: "\"\"".to_owned(),
                wanted: "the path of a folder".to_owned(),
            });
        }
        if self.log_key_unencrypted && self.log_key_passphrase_file.is_some() {
            return Err(ConfigError::Value {
                key: "log_key_unencrypted",
                found: "true".to_owned(),
                wanted: "false, or leave it out: log_key_passphrase_file is set".to_owned(),
            });
        }
        // In the clear nobody but this machine itself.
        if self.tls.is_none() && !self.listen.ip().to_canonical().is_loopback() {
            return Err(ConfigError::Value {
                key: "listen",
                found: format!("\"{}\"", self.listen),
                wanted: "a loopback address such as \"127.0.0.1:50051\", or add [tls] with certificate and key: without TLS the node listens on the loopback only".to_owned(),
            });
        }
        let limits = &self.limits;
        let bounds: [(&'static str, u64, (u64, u64)); 12] = [
            ("worker_threads", self.worker_threads as u64, (1, 256)),
            ("segment_bytes", self.segment_bytes, SEGMENT_BYTES),
            ("limits.message_bytes_max", limits.message_bytes_max as u64, MESSAGE_BYTES),
            ("limits.queue_length_max", limits.queue_length_max as u64, (1, 1 << 20)),
            (
                "limits.batch_entries_max",
                limits.batch_entries_max as u64,
                (1, jcm_format::limits::BATCH_ENTRIES_MAX as u64),
            ),
            ("limits.connections_max", limits.connections_max as u64, (1, 1 << 16)),
            ("limits.handshakes_max", limits.handshakes_max as u64, (1, 1 << 16)),
            ("limits.handshake_timeout_ms", limits.handshake_timeout_ms, (100, 60_000)),
            ("limits.connection_requests_max", limits.connection_requests_max as u64, (1, 1 << 16)),
            ("limits.connection_streams_max", limits.connection_streams_max.into(), (1, 1 << 16)),
            ("limits.request_timeout_ms", limits.request_timeout_ms, (100, 3_600_000)),
            ("limits.shutdown_timeout_ms", limits.shutdown_timeout_ms, (100, 3_600_000)),
        ];
        for (key, found, (least, most)) in bounds {
            if !(least..=most).contains(&found) {
                let found = found.to_string();
                let wanted = format!("a number from {least} to {most}");
                return Err(ConfigError::Value { key, found, wanted });
            }
        }
        Ok(())
    }

    /// Where the log's segments are.
    pub fn log_dir(&self) -> PathBuf {
        self.data_dir.join("log")
    }

    /// Where the private data is.
    pub fn private_dir(&self) -> PathBuf {
        self.data_dir.join("private")
    }

    /// The file with the addresses of a running node.
    pub fn addresses_file(&self) -> PathBuf {
        self.data_dir.join("run").join("addresses")
    }

    /// The file with the log key.
    pub fn log_key_path(&self) -> PathBuf {
        self.log_key_file.clone().unwrap_or_else(|| self.data_dir.join("keys").join("log.key"))
    }
}

impl Limits {
    fn documented() -> Limits {
        Limits {
            message_bytes_max: message_bytes_max(),
            queue_length_max: queue_length_max(),
            batch_entries_max: batch_entries_max(),
            connections_max: connections_max(),
            handshakes_max: handshakes_max(),
            handshake_timeout_ms: handshake_timeout_ms(),
            connection_requests_max: connection_requests_max(),
            connection_streams_max: connection_streams_max(),
            request_timeout_ms: request_timeout_ms(),
            shutdown_timeout_ms: shutdown_timeout_ms(),
        }
    }
}

impl Logging {
    fn documented() -> Logging {
        Logging { format: format(), level: level() }
    }
}

impl LogFormat {
    /// As it is written in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            LogFormat::Text => "text",
            LogFormat::Json => "json",
        }
    }
}

impl LogLevel {
    /// As it is written in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            LogLevel::Error => "error",
            LogLevel::Warn => "warn",
            LogLevel::Info => "info",
            LogLevel::Debug => "debug",
            LogLevel::Trace => "trace",
        }
    }
}

impl fmt::Display for Config {
    /// The effective configuration, as a file that says the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "data_dir = {:?}", self.data_dir.display().to_string())?;
        writeln!(f, "listen = \"{}\"", self.listen)?;
        match self.metrics_listen {
            Some(address) => writeln!(f, "metrics_listen = \"{address}\"")?,
            None => writeln!(f, "# metrics_listen: none")?,
        }
        writeln!(f, "log_key_file = {:?}", self.log_key_path().display().to_string())?;
        match &self.log_key_passphrase_file {
            Some(path) => {
                writeln!(f, "log_key_passphrase_file = {:?}", path.display().to_string())?;
            }
            None => writeln!(f, "# log_key_passphrase_file: none")?,
        }
        writeln!(f, "log_key_unencrypted = {}", self.log_key_unencrypted)?;
        writeln!(f, "worker_threads = {}", self.worker_threads)?;
        writeln!(f, "segment_bytes = {}", self.segment_bytes)?;
        match &self.tls {
            Some(tls) => {
                writeln!(f, "\n[tls]\ncertificate = {:?}", tls.certificate.display().to_string())?;
                writeln!(f, "key = {:?}", tls.key.display().to_string())?;
                match &tls.client_ca {
                    Some(path) => writeln!(f, "client_ca = {:?}", path.display().to_string())?,
                    None => writeln!(f, "# client_ca: none")?,
                }
            }
            None => writeln!(f, "\n# [tls]: none")?,
        }
        let limits = &self.limits;
        writeln!(f, "\n[limits]\nmessage_bytes_max = {}", limits.message_bytes_max)?;
        writeln!(f, "queue_length_max = {}", limits.queue_length_max)?;
        writeln!(f, "batch_entries_max = {}", limits.batch_entries_max)?;
        writeln!(f, "connections_max = {}", limits.connections_max)?;
        writeln!(f, "handshakes_max = {}", limits.handshakes_max)?;
        writeln!(f, "handshake_timeout_ms = {}", limits.handshake_timeout_ms)?;
        writeln!(f, "connection_requests_max = {}", limits.connection_requests_max)?;
        writeln!(f, "connection_streams_max = {}", limits.connection_streams_max)?;
        writeln!(f, "request_timeout_ms = {}", limits.request_timeout_ms)?;
        writeln!(f, "shutdown_timeout_ms = {}", limits.shutdown_timeout_ms)?;
        writeln!(f, "\n[logging]\nformat = \"{}\"", self.logging.format.as_str())?;
        writeln!(f, "level = \"{}\"", self.logging.level.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXAMPLE: &str = include_str!("../../docs/operating/registry-node.toml");
    const GUIDE: &str = include_str!("../../docs/operating/config.md");

    fn minimal() -> Config {
        Config::parse("data_dir = \"data\"").expect("the least that is needed")
    }

    #[test]
    fn the_example_file_holds_the_documented_defaults() {
        let example = Config::parse(EXAMPLE).expect("the example");
        let defaults = Config {
            data_dir: example.data_dir.clone(),
            metrics_listen: example.metrics_listen,
            ..minimal()
        };
        assert_eq!(example, defaults);
    }

    fn with_tls() -> Config {
        let text = "data_dir = \"data\"\nlisten = \"0.0.0.0:50051\"\n[tls]\n\
                    certificate = \"c.pem\"\nkey = \"k.pem\"\nclient_ca = \"ca.pem\"";
        Config::parse(text).expect("TLS, hence any address")
    }

    #[test]
    fn the_effective_configuration_reads_back_as_itself() {
        for config in [minimal(), with_tls()] {
            reads_back(config);
        }
    }

    fn reads_back(config: Config) {
        let mut again = Config::parse(&config.to_string()).expect("its own text");
        assert_eq!(again.log_key_file.take(), Some(config.log_key_path()));
        assert_eq!(again, config);
    }

    #[test]
    fn every_key_is_in_the_guide_and_in_the_example() {
        let mut section = String::new();
        let mut config = minimal();
        config.metrics_listen = Some(config.listen);
        config.tls = with_tls().tls;
        config.log_key_passphrase_file = Some("passphrase".into());
        for line in config.to_string().lines() {
            if line.starts_with('[') {
                section = format!("{}.", line.trim_matches(['[', ']']));
            } else if let Some((key, _)) = line.split_once(" = ") {
                assert!(GUIDE.contains(&format!("| `{section}{key}` |")), "{section}{key}");
                assert!(EXAMPLE.contains(&format!("{key} = ")), "{key} in the example");
            }
        }
    }

    #[test]
    fn what_cannot_be_followed_is_named_with_what_to_write() {
        let cases = [
            ("", "data_dir"),
            ("data_dir = \"\"", "data_dir = \"\": write the path of a folder"),
            ("data_dir = 1", "data_dir"),
            ("data_dir = \"d\"\nlissen = \"x\"", "lissen"),
            ("data_dir = \"d\"\nlisten = \"here\"", "listen"),
            (
                "data_dir = \"d\"\nworker_threads = 0",
                "worker_threads = 0: write a number from 1 to 256",
            ),
            (
                "data_dir = \"d\"\n[limits]\nbatch_entries_max = 257",
                "limits.batch_entries_max = 257: write a number from 1 to 256",
            ),
            (
                "data_dir = \"d\"\nlisten = \"192.0.2.1:50051\"",
                "listen = \"192.0.2.1:50051\": write a loopback address such as",
            ),
            ("data_dir = \"d\"\nlisten = \"[::]:50051\"", "or add [tls] with certificate and key"),
            ("data_dir = \"d\"\n[tls]\ncertificate = \"c\"", "key"),
            (
                "data_dir = \"d\"\nlog_key_unencrypted = true\nlog_key_passphrase_file = \"p\"",
                "log_key_unencrypted = true: write false, or leave it out",
            ),
            ("data_dir = \"d\"\n[limits]\nqueue = 1", "queue"),
            ("data_dir = \"d\"\n[logging]\nlevel = \"loud\"", "loud"),
        ];
        for (text, part) in cases {
            let error = Config::parse(text).expect_err(text);
            let error = crate::logging::Chain(&error).to_string();
            assert!(error.matches("parse error").count() <= 1, "said once: {error}");
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
