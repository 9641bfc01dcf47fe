//! The server of the JCM registry: the only place with sockets, a clock,
//! threads and configuration. What may be done is decided in `jcm-ledger`.
//!
//! Can be embedded, which is how tests and examples run it:
//!
//! ```no_run
//! # async fn example(genesis: Vec<u8>) -> Result<(), registry_node::Failure> {
//! let config = registry_node::Config::parse("data_dir = \"data\"\nlisten = \"127.0.0.1:0\"")
//!     .map_err(registry_node::Failure::Config)?;
//! registry_node::create(&config, &genesis)?;
//! let node = registry_node::Node::start(config).await?;
//! println!("{}", node.grpc_addr());
//! node.shutdown().await
//! # }
//! ```

mod config;
mod failure;
#[cfg(feature = "fuzzing")]
mod fuzzing;
mod handover;
mod init;
mod node;

mod access;
mod audit;
mod incoming;
mod limits;
mod server;
mod service;
mod tiles;
mod tls;
mod web;

mod shared;
mod status;
mod told;
mod witness;
mod writer;

mod archive;
mod folds;
mod index;
mod private;

mod clock;
mod keyfile;
mod keys;
mod logging;
mod metrics;
mod page;

pub mod cli;

pub use audit::{AuditError, Checked, check as check_audit};
pub use config::{
    Access, Config, ConfigError, Limits, LogFormat, LogLevel, Logging, LoopbackCallers, Tls,
    WhenMissing, Witnesses,
};
pub use failure::{
    EXIT_CANNOT_CREATE, EXIT_DATA, EXIT_IN_USE, EXIT_NO_INPUT, EXIT_SOFTWARE, EXIT_UNAVAILABLE,
    EXIT_USAGE, Failure,
};
pub use handover::{Copied, HandedOver, Imported, backup, handover, import, restore};
pub use init::{Created, Prepared, create, prepare, read_genesis};
pub use keyfile::KeyFileError;
pub use logging::Chain;
pub use node::Node;
pub use tls::TlsError;
pub use witness::{ReleaseError, ReleasesError, WitnessesError};
pub use writer::WriterError;
