//! What the tests that cross a crate share.

mod python;

pub use python::{PythonEntry, PythonError, PythonLog, python_decoder, python_entries};
