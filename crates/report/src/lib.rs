//! Reports: pure functions of the state at a cut-off. They read no clock and no
//! file, so that anybody who has the log gets the same figures.

pub mod adjustment;
mod cell;
mod publication;
pub mod year_end;

pub use cell::neutral;
pub use publication::{CategoryTotal, PublicHolder, Publication, ReportError};
