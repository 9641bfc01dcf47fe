//! What keeps an account from being emptied: mandates, trusted accounts, delays,
//! freezes, recovery of a lost key, and the rule data behind them.

use crate::amount::Tonnes;
use crate::id::AccountNumber;
use crate::text::Name;
use bincode::{Decode, Encode};
use serde::Serialize;
use std::fmt;

/// What a representative's key may do for its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Power {
    /// Initiate and approve.
    Full,
    /// Initiate.
    Initiate,
    /// Approve what another initiates.
    Approve,
    /// Read.
    Read,
}

impl fmt::Display for Power {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Power::Full => "full",
            Power::Initiate => "initiate",
            Power::Approve => "approve",
            Power::Read => "read",
        })
    }
}

/// A representative of an account, by a stable name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize)]
pub struct Representative {
    /// The account.
    pub account: AccountNumber,
    /// Stable name, such as "tanaka"; one person may have several keys.
    pub person: Name,
    /// What the key may do.
    pub power: Power,
}

/// How many of an account's representatives must sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// One who initiates.
    Single,
    /// One who initiates, and another who approves.
    Dual,
}

/// How an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Mandate {
    /// How many must sign.
    pub control: Control,
    /// The most that one transfer may move.
    pub per_transfer_tonnes: Option<Tonnes>,
    /// The most that a day's transfers may move together.
    pub per_day_tonnes: Option<Tonnes>,
    /// The most that one transfer may move to an account that is not trusted.
    pub per_untrusted_tonnes: Option<Tonnes>,
}

/// Rule data for the protection of accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Safeguards {
    /// The mandate of an account that has none of its own.
    pub default_mandate: Mandate,
    /// The most that one transfer may move to an account that is not trusted,
    /// whatever the mandate says.
    pub central_untrusted_tonnes: Option<Tonnes>,
    /// Whether transfers to accounts that are not trusted are delayed.
    pub delays: bool,
    /// Applications before this hour in Japan count as made early in the day.
    pub cutoff_hour: u8,
    /// Working days of delay for those.
    pub early_days: u16,
    /// Working days of delay for later ones.
    pub late_days: u16,
    /// Working days until an addition to the trusted list, or a looser mandate,
    /// takes effect.
    pub trust_days: u16,
    /// Working days until a lost key is replaced.
    pub recovery_days: u16,
    /// Whether a command that two must sign has to pin its effect.
    pub pinned: bool,
}
