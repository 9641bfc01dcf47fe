//! Placeholder.

pub mod index;
pub mod log;
pub mod private;
