//! What crosses a crate: the world that tests play in, and helpers for the
//! programs under test.

pub mod random;
pub mod world;
