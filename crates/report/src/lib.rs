//! Reports: pure functions of the entries, or of the state, at a cut-off. They
//! read no clock and no file, so that anybody who has the log gets the same
//! figures.

#[cfg(test)]
mod agreement;
mod cell;
mod fold;
mod mark;
mod movement;
mod table;
#[cfg(test)]
mod testlog;

pub mod books;
pub mod fee_ledger;
pub mod invoice;
pub mod publication;
pub mod quote;
pub mod years;

pub use cell::neutral;
pub use fold::{ApplicationKind, FoldError, NotAKind};
pub use publication::{CategoryTotal, PublicHolder, Publication};
pub use table::ReportError;

pub mod account_book;
pub mod certificate;
pub mod evidence;
pub mod lookup;
pub mod notices;
pub mod paper;
pub mod unit_book;

mod application;
#[cfg(test)]
mod sample_log;
mod unit_set;
mod words;
