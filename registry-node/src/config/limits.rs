//! `[limits]`: what one caller, and all together, may ask of the node. One table
//! gives every number its type, default and bounds.

use super::ConfigError;
use serde::Deserialize;
use std::fmt;

/// Who is one caller among connections from the node's own machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LoopbackCallers {
    /// Each connection: a proxy there calls for many, and limits them itself.
    Connection,
    /// Each address, as anywhere else.
    Address,
}

impl LoopbackCallers {
    /// As it is written in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            LoopbackCallers::Connection => "connection",
            LoopbackCallers::Address => "address",
        }
    }
}

macro_rules! limits {
    ($($(#[$doc:meta])+ $name:ident: $type:ty = $default:expr, $least:expr, $most:expr;)+) => {
        /// What one caller, and all together, may ask of the node.
        #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
        #[serde(deny_unknown_fields, default = "Limits::documented")]
        pub struct Limits {
            $($(#[$doc])+ pub $name: $type,)+
            /// Who is one caller among connections from the node's own machine.
            pub loopback_callers: LoopbackCallers,
        }

        impl Limits {
            pub(super) fn documented() -> Limits {
                Limits { $($name: $default,)+ loopback_callers: LoopbackCallers::Connection }
            }

            /// Every number with its key and its bounds.
            pub(super) fn numbers(&self) -> Vec<Number> {
                vec![$(Number {
                    key: concat!("limits.", stringify!($name)),
                    found: as_u64(self.$name),
                    bounds: ($least, $most),
                },)+]
            }
        }
    };
}

limits! {
    /// Longest gRPC message accepted. A payload of 32,768 bytes, eight signatures
    /// and gRPC's own few bytes fit the lower bound; nobody needs the upper one.
    message_bytes_max: usize = (1 << 20) + (128 << 10), 65_536, 64 << 20;
    /// Commands that wait for the writer; beyond it, RESOURCE_EXHAUSTED.
    queue_length_max: usize = 4_096, 1, 1 << 20;
    /// Commands under one checkpoint and one sync.
    batch_entries_max: usize = jcm_format::limits::BATCH_ENTRIES_MAX,
        1, jcm_format::limits::BATCH_ENTRIES_MAX as u64;
    /// Connections that are served. With `handshakes_max`, well below the 1,024 files
    /// that a process may have open: the log must always get its own.
    connections_max: usize = 768, 1, 1 << 16;
    /// Connections of one address, those on their way in included.
    address_connections_max: usize = 64, 1, 1 << 16;
    /// Connections whose handshake is not over.
    handshakes_max: usize = 128, 1, 1 << 16;
    /// After this long without being served, or without a first byte, a connection
    /// is closed.
    handshake_timeout_ms: u64 = 10_000, 100, 60_000;
    /// Without a frame for this long, the other end is asked whether it is there.
    keepalive_interval_ms: u64 = 60_000, 100, 3_600_000;
    /// After this long without an answer to that, a connection is closed.
    keepalive_timeout_ms: u64 = 20_000, 100, 600_000;
    /// After this long without a request, a connection is told to end.
    connection_idle_ms: u64 = 300_000, 100, 86_400_000;
    /// At this age a connection is told to end, whatever it does.
    connection_age_ms: u64 = 3_600_000, 100, 604_800_000;
    /// How long requests in progress may take on a connection that was told to end.
    connection_grace_ms: u64 = 30_000, 100, 600_000;
    /// Requests that one connection has in progress; more of them wait.
    connection_requests_max: usize = 1_024, 1, 1 << 16;
    /// HTTP/2 streams that one connection may open.
    connection_streams_max: u32 = 256, 1, 1 << 16;
    /// Requests beyond a caller's budget after which its connection is closed.
    connection_refusals_max: u32 = 1_000, 1, 1 << 30;
    /// Longest list of headers, as HTTP/2 counts it.
    header_list_bytes_max: u32 = 16_384, 1_024, 1 << 20;
    /// Longest HTTP/2 frame.
    frame_bytes_max: u32 = 16_384, 16_384, (1 << 24) - 1;
    /// Streams that a caller may open and give up before they are looked at.
    pending_resets_max: usize = 20, 1, 65_536;
    /// Streams that the node may have to give up for a caller's faults.
    error_resets_max: usize = 256, 1, 65_536;
    /// After this long without an answer, a request ends with CANCELLED.
    request_timeout_ms: u64 = 30_000, 100, 3_600_000;
    /// How long a request, or a message of a stream, may take to arrive whole.
    receive_timeout_ms: u64 = 20_000, 100, 3_600_000;
    /// How long an answer may wait for its reader.
    stall_timeout_ms: u64 = 60_000, 100, 3_600_000;
    /// How long requests in progress may take after a signal to stop.
    shutdown_timeout_ms: u64 = 10_000, 100, 3_600_000;
    /// Callers whose budgets are remembered.
    callers_max: usize = 65_536, 16, 1 << 20;
    /// Connections of one caller: in the long run, and at once.
    connects_per_minute: u32 = 600, 1, 1_000_000;
    /// As above.
    connects_burst: u32 = 120, 1, 1_000_000;
    /// Reads that cost little.
    reads_per_minute: u32 = 6_000, 1, 100_000_000;
    /// As above.
    reads_burst: u32 = 1_000, 1, 100_000_000;
    /// Reads that read files or many entries.
    costly_reads_per_minute: u32 = 240, 1, 100_000_000;
    /// As above.
    costly_reads_burst: u32 = 120, 1, 100_000_000;
    /// Such reads in progress.
    costly_reads_at_once: usize = 8, 1, 1_024;
    /// Questions what a command would do.
    prepares_per_minute: u32 = 1_200, 1, 100_000_000;
    /// As above.
    prepares_burst: u32 = 300, 1, 100_000_000;
    /// Commands.
    submissions_per_minute: u32 = 6_000, 1, 100_000_000;
    /// As above.
    submissions_burst: u32 = 3_000, 1, 100_000_000;
}

/// None is beyond it: the bounds are checked by what this gives.
fn as_u64(number: impl TryInto<u64>) -> u64 {
    number.try_into().unwrap_or(u64::MAX)
}

/// A number of the configuration.
pub(super) struct Number {
    pub(super) key: &'static str,
    pub(super) found: u64,
    pub(super) bounds: (u64, u64),
}

impl Number {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let (least, most) = self.bounds;
        if (least..=most).contains(&self.found) {
            return Ok(());
        }
        let found = self.found.to_string();
        Err(ConfigError::Value {
            key: self.key,
            found,
            wanted: format!("a number from {least} to {most}"),
        })
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "[limits]")?;
        for number in self.numbers() {
            let key = number.key.strip_prefix("limits.").unwrap_or(number.key);
            writeln!(f, "{key} = {}", number.found)?;
        }
        writeln!(f, "loopback_callers = \"{}\"", self.loopback_callers.as_str())
    }
}
