//! What one caller may ask of the node, and for how long
//! (docs/adr/0016-limits.md). Nothing here decides who may do what: a caller is
//! counted before anything that it says is believed.
//!
//! `caller` says who is one caller, `budget` how often it may ask, `class` what for;
//! `link` is a connection that is watched, `body` watches requests and answers, and
//! `gate` stands before the service and holds all of it. `signers` counts once more by
//! key, when signatures are verified.

mod body;
mod budget;
mod caller;
mod class;
mod gate;
mod link;
mod signers;

pub(crate) use budget::{Budgets, Limit, Monotonic};
pub(crate) use caller::CallerKey;
pub(crate) use class::Class;
pub(crate) use gate::Gate;
pub(crate) use link::{Arrival, Cut, Link, Links, Outcome};
pub(crate) use signers::{charge_reader, charge_signers};

/// The budgets of a running node.
pub(crate) type NodeBudgets = Budgets<Monotonic>;
