//! What the program does, one file for each.

pub(crate) mod verify;

mod contradiction;
mod document;
mod follow;
mod html;
mod tiles;
mod unit;
#[cfg(feature = "http")]
mod witness;

mod files;
mod log_args;
mod progress;

use std::error::Error;
use std::process::ExitCode;

/// Something does not hold.
pub(crate) const EXIT_FINDINGS: u8 = 1;
/// The command line is wrong.
pub(crate) const EXIT_USAGE: u8 = 64;
/// Something cannot be read.
pub(crate) const EXIT_NO_INPUT: u8 = 66;
/// Something cannot be written.
pub(crate) const EXIT_NO_OUTPUT: u8 = 73;
/// What holds is less than was asked for: entries are not shown to whoever asks.
pub(crate) const EXIT_NOT_SHOWN: u8 = 77;

/// Beside judging a log.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Document(document::Args),
    Unit(Box<unit::Args>),
    Follow(Box<follow::Args>),
    Html(html::Args),
    Tiles(tiles::Args),
    Contradiction(contradiction::Args),
    #[cfg(feature = "http")]
    Witness(witness::Args),
}

/// The program could not do what it was asked for.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) text: String,
    pub(crate) code: u8,
}

impl Command {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Command::Document(args) => document::run(&args),
            Command::Unit(args) => unit::run(&args),
            Command::Follow(args) => follow::run(&args),
            Command::Html(args) => html::run(&args),
            Command::Tiles(args) => tiles::run(args),
            Command::Contradiction(args) => contradiction::run(&args),
            #[cfg(feature = "http")]
            Command::Witness(args) => witness::run(args),
        }
    }
}

impl Failure {
    /// With an exit status of its own.
    pub(crate) fn with_code(error: &dyn Error, code: u8) -> Failure {
        Failure { text: with_causes(error), code }
    }

    /// Something cannot be read.
    pub(crate) fn reading(error: &dyn Error) -> Failure {
        Failure::with_code(error, EXIT_NO_INPUT)
    }

    /// Something cannot be written.
    pub(crate) fn writing(error: &dyn Error) -> Failure {
        Failure::with_code(error, EXIT_NO_OUTPUT)
    }

    /// The command line asks for what cannot be.
    pub(crate) fn usage(text: impl Into<String>) -> Failure {
        Failure { text: text.into(), code: EXIT_USAGE }
    }
}

/// An error with its causes, in one line.
fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text.push_str(&format!(": {source}"));
        cause = source.source();
    }
    text
}

/// 0 when everything holds, 1 when something does not.
pub(crate) fn verdict(holds: bool) -> ExitCode {
    if holds { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FINDINGS) }
}
