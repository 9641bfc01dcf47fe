//! Reports: pure functions of the entries, or of the state, at a cut-off. They
//! read no clock and no file, so that anybody who has the log gets the same
//! figures.

mod application;
mod cell;
mod fold;
mod mark;
mod movement;
mod segments;
mod table;
mod unit_set;
mod words;

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod article6_page;
#[cfg(test)]
mod index_agreement;
#[cfg(test)]
mod sample_log;
#[cfg(test)]
mod testlog;

pub mod account_book;
pub mod aef;
pub mod balance;
pub mod books;
pub mod cancellation_notice;
pub mod certificate;
pub mod cut;
pub mod encode;
pub mod document;
pub mod evidence;
pub mod fee_ledger;
pub mod invoice;
pub mod lookup;
pub mod notices;
pub mod pack;
pub mod paper;
pub mod publication;
pub mod quote;
pub mod rebuild;
pub mod reconcile;
pub mod register;
pub mod reports;
pub mod rows;
pub mod sheet;
pub mod unit_book;
pub mod xlsx;
pub mod year_end;
pub mod years;

pub use cell::neutral;
pub use fold::{ApplicationKind, FoldError, NotAKind};
pub use publication::{CategoryTotal, PublicHolder, Publication};
pub use table::ReportError;
