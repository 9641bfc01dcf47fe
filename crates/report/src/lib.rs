//! Reports: pure functions of the state at a cut-off. They read no clock and no
//! file, so that anybody who has the log gets the same figures.

mod cell;
mod publication;

pub use cell::neutral;
pub use publication::{CategoryTotal, PublicHolder, Publication, ReportError};

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
