//! The configuration: one TOML file, read once at start. Every key, with its
//! default and its bounds, is described in `docs/operating/config.md`.

mod limits;
mod witnesses;

pub use limits::{Limits, LoopbackCallers};
pub use witnesses::{WhenMissing, Witnesses};

use limits::Number;
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
    /// Address of the log's checkpoint and tiles, on the loopback; absent = none.
    #[serde(default)]
    pub tiles_listen: Option<SocketAddr>,
    /// TLS for the gRPC service; absent = none, and the loopback only.
    #[serde(default)]
    pub tls: Option<Tls>,
    /// Who must have seen a checkpoint before it is released; absent = nobody.
    #[serde(default)]
    pub witnesses: Option<Witnesses>,
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
    /// How readers prove who they are, and what is kept of their reading.
    #[serde(default = "Access::documented")]
    pub access: Access,
    /// What the node says on standard error.
    #[serde(default = "Logging::documented")]
    pub logging: Logging,
}

/// How readers prove who they are, and what is kept of their reading. Nothing here
/// turns that off.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Access {
    /// How far a reader's clock may be from the node's, either way.
    #[serde(default = "clock_skew_ms")]
    pub clock_skew_ms: u64,
    /// Days for which it is kept who read whose data.
    #[serde(default = "audit_keep_days")]
    pub audit_keep_days: u64,
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

fn listen() -> SocketAddr {
    SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 50_051))
}

fn worker_threads() -> usize {
    2
}

fn segment_bytes() -> u64 {
    64 << 20
}

fn clock_skew_ms() -> u64 {
    60_000
}

/// Three years and a leap day.
fn audit_keep_days() -> u64 {
    1_096
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
        // What makes a tile server public, TLS and a cache, is a web server's.
        if let Some(address) = self.tiles_listen
            && !address.ip().to_canonical().is_loopback()
        {
            return Err(ConfigError::Value {
                key: "tiles_listen",
                found: format!("\"{address}\""),
                wanted:
                    "a loopback address such as \"127.0.0.1:8080\", and let a web server publish it"
                        .to_owned(),
            });
        }
        let number = |key, found, bounds| Number { key, found, bounds };
        number("worker_threads", self.worker_threads as u64, (1, 256)).check()?;
        number("segment_bytes", self.segment_bytes, SEGMENT_BYTES).check()?;
        number("access.clock_skew_ms", self.access.clock_skew_ms, (1_000, 300_000)).check()?;
        number("access.audit_keep_days", self.access.audit_keep_days, (1, 36_525)).check()?;
        let of_witnesses = self.witnesses.iter().flat_map(Witnesses::numbers);
        for number in self.limits.numbers().into_iter().chain(of_witnesses) {
            number.check()?;
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

    /// Where it is written who read whose data.
    pub fn audit_dir(&self) -> PathBuf {
        self.data_dir.join("audit")
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

impl Access {
    fn documented() -> Access {
        Access { clock_skew_ms: clock_skew_ms(), audit_keep_days: audit_keep_days() }
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
        writeln!(f, "data_dir = {}", quoted(&self.data_dir))?;
        writeln!(f, "listen = \"{}\"", self.listen)?;
        match self.metrics_listen {
            Some(address) => writeln!(f, "metrics_listen = \"{address}\"")?,
            None => writeln!(f, "# metrics_listen: none")?,
        }
        match self.tiles_listen {
            Some(address) => writeln!(f, "tiles_listen = \"{address}\"")?,
            None => writeln!(f, "# tiles_listen: none")?,
        }
        writeln!(f, "log_key_file = {}", quoted(&self.log_key_path()))?;
        match &self.log_key_passphrase_file {
            Some(path) => {
                writeln!(f, "log_key_passphrase_file = {}", quoted(path))?;
            }
            None => writeln!(f, "# log_key_passphrase_file: none")?,
        }
        writeln!(f, "log_key_unencrypted = {}", self.log_key_unencrypted)?;
        writeln!(f, "worker_threads = {}", self.worker_threads)?;
        writeln!(f, "segment_bytes = {}", self.segment_bytes)?;
        match &self.tls {
            Some(tls) => {
                writeln!(f, "\n[tls]\ncertificate = {}", quoted(&tls.certificate))?;
                writeln!(f, "key = {}", quoted(&tls.key))?;
                match &tls.client_ca {
                    Some(path) => writeln!(f, "client_ca = {}", quoted(path))?,
                    None => writeln!(f, "# client_ca: none")?,
                }
            }
            None => writeln!(f, "\n# [tls]: none")?,
        }
        match &self.witnesses {
            Some(witnesses) => write!(f, "\n{witnesses}")?,
            None => writeln!(f, "\n# [witnesses]: none")?,
        }
        write!(f, "\n{}", self.limits)?;
        writeln!(f, "\n[access]\nclock_skew_ms = {}", self.access.clock_skew_ms)?;
        writeln!(f, "audit_keep_days = {}", self.access.audit_keep_days)?;
        writeln!(f, "\n[logging]\nformat = \"{}\"", self.logging.format.as_str())?;
        writeln!(f, "level = \"{}\"", self.logging.level.as_str())
    }
}

/// A path as TOML writes it, whatever is in it.
fn quoted(path: &Path) -> toml::Value {
    toml::Value::String(path.display().to_string())
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
    fn a_path_is_shown_as_toml_whatever_is_in_it() {
        for name in ["r\\u001Beg", "a\\\"b\\\\c", "a\\nb", "\\u200Bx", "国'", "\\u007F"] {
            let config = Config::parse(&format!("data_dir = \"{name}\"")).expect("a path");
            let again = Config::parse(&config.to_string()).expect("its own text");
            assert_eq!(again.data_dir, config.data_dir);
        }
    }

    #[test]
    fn the_example_file_holds_the_documented_defaults() {
        let example = Config::parse(EXAMPLE).expect("the example");
        let defaults = Config {
            data_dir: example.data_dir.clone(),
            metrics_listen: example.metrics_listen,
            tiles_listen: example.tiles_listen,
            ..minimal()
        };
        assert_eq!(example, defaults);
    }

    fn with_tls() -> Config {
        let text = "data_dir = \"data\"\nlisten = \"0.0.0.0:50051\"\n[tls]\n\
                    certificate = \"c.pem\"\nkey = \"k.pem\"\nclient_ca = \"ca.pem\"";
        Config::parse(text).expect("TLS, hence any address")
    }

    fn with_witnesses() -> Config {
        let text = "data_dir = \"data\"\n[witnesses]\npolicy = \"policy\"\n\
                    when_missing = \"wait\"\nca = \"ca.pem\"";
        Config::parse(text).expect("witnesses")
    }

    #[test]
    fn the_effective_configuration_reads_back_as_itself() {
        for config in [minimal(), with_tls(), with_witnesses()] {
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
        config.tiles_listen = Some(config.listen);
        config.tls = with_tls().tls;
        config.witnesses = with_witnesses().witnesses;
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
    fn the_guide_gives_every_limit_its_default_and_its_bounds() {
        for number in minimal().limits.numbers() {
            let (least, most) = number.bounds;
            let row = format!("| `{}` | {} | {least} to {most} | ", number.key, number.found);
            assert!(GUIDE.contains(&row), "{row}");
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
            (
                "data_dir = \"d\"\ntiles_listen = \"192.0.2.1:8080\"",
                "tiles_listen = \"192.0.2.1:8080\": write a loopback address",
            ),
            ("data_dir = \"d\"\n[tls]\ncertificate = \"c\"", "key"),
            (
                "data_dir = \"d\"\nlog_key_unencrypted = true\nlog_key_passphrase_file = \"p\"",
                "log_key_unencrypted = true: write false, or leave it out",
            ),
            ("data_dir = \"d\"\n[limits]\nqueue = 1", "queue"),
            ("data_dir = \"d\"\n[witnesses]\npolicy = \"p\"", "when_missing"),
            ("data_dir = \"d\"\n[witnesses]\npolicy = \"p\"\nwhen_missing = \"hope\"", "hope"),
            (
                "data_dir = \"d\"\n[witnesses]\npolicy = \"p\"\nwhen_missing = \"wait\"\ntimeout_ms = 1",
                "witnesses.timeout_ms = 1: write a number from 10 to 60000",
            ),
            ("data_dir = \"d\"\n[limits]\nloopback_callers = \"all\"", "loopback_callers"),
            (
                "data_dir = \"d\"\n[limits]\nframe_bytes_max = 1024",
                "limits.frame_bytes_max = 1024: write a number from 16384 to 16777215",
            ),
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
