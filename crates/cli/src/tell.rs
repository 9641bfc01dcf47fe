//! Words for people beside the answer, on standard error.
//!
//! A reader that closed the pipe has seen enough: what it no longer reads must
//! not end the program in the middle of an act.

use std::fmt;
use std::io::Write as _;

/// Writes one line.
pub fn line(words: fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stderr(), "{words}");
}

/// As `eprintln!`, which would end the program where nobody reads.
#[macro_export]
macro_rules! tell {
    ($($words:tt)*) => { $crate::tell::line(format_args!($($words)*)) };
}
