//! The program's commands, one in each file.

pub(crate) mod contradiction;
pub(crate) mod tiles;
pub(crate) mod witness;

use std::io::{self, Write as _};
use std::process::ExitCode;

/// A rule or an earlier statement is broken.
pub(crate) const EXIT_FINDINGS: u8 = 1;
/// A bad command line, or what it names will not do.
pub(crate) const EXIT_USAGE: u8 = 64;
/// What was named cannot be read.
pub(crate) const EXIT_NO_INPUT: u8 = 66;
/// Something cannot be written.
pub(crate) const EXIT_CANNOT_CREATE: u8 = 73;

/// Tells an error with everything behind it, in one line.
pub(crate) fn fail(error: &dyn std::error::Error, code: u8) -> ExitCode {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text.push_str(&format!(": {source}"));
        cause = source.source();
    }
    let _ = writeln!(io::stderr(), "jcm-verify: {text}");
    ExitCode::from(code)
}
