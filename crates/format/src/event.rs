//! What an accepted command did: the effects that the ledger applies, in order.
//!
//! The names that `effect` is written in are imported here.

mod effect;
mod parts;

pub use effect::Effect;
pub use parts::{AccountCategory, CreditClass, Fee, Holding};

use crate::amount::{Tonnes, Yen};
use crate::codec;
use crate::command::{
    Acceptance, Article6, Authorisation, AuthorisationChange, AuthorisationDetails,
    AuthorisationRevocation, Basis, BookTotals, Commission, Confirmation, CorrectionGround,
    CorrectionMove, Decision, Holder, ImportedPayment, LapseGround, Mandate, ParticularsChange,
    PaymentId, Person, RefundSource, RefusalGround, Representative, Restriction, Role, RuleSet,
    Rules, Safeguards, TransferTerms, TransferTrust, TrustRequest, TrustTerms, UseDetails,
};
use crate::hash::Digest;
use crate::id::{AccountNumber, BlockNumber, Country, EntryIndex, ProjectRef};
use crate::key::PublicKey;
use crate::serial::{SerialRange, SerialRanges};
use crate::text::{Name, Text};
use crate::time::{Date, Year};
use crate::tlog::Origin;
use bincode::{Decode, Encode};
use serde::Serialize;

/// The effects of one command, in the order in which they are applied.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct Event(pub Vec<Effect>);

impl Event {
    /// Digest of the exact effect under a rule set: what an approver pins.
    pub fn digest(&self, rule_set: u32) -> Result<Digest, codec::CodecError> {
        let bytes = codec::encode(self)?;
        Ok(Digest::of(&[b"jcm-effect/v1\n", &rule_set.to_be_bytes(), &bytes]))
    }
}

#[cfg(test)]
mod tests;
