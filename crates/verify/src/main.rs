//! `jcm-verify`: judges a log of the registry and says what it found.
//!
//! Exit status: 0 when everything holds, 1 when something does not, 64 for a
//! bad command line, 66 when something cannot be read, 73 when something cannot
//! be written. `follow` has two more.

mod commands;

use clap::Parser;
use clap::error::ErrorKind;
use commands::{Command, Failure};
use std::io::{self, Write};
use std::process::ExitCode;

/// Judges a log of the registry: its chain, its signatures and every rule.
#[derive(Debug, Parser)]
#[command(
    name = "jcm-verify",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    verify: commands::verify::Args,
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return if asked { ExitCode::SUCCESS } else { ExitCode::from(commands::EXIT_USAGE) };
        }
    };
    let outcome = match arguments.command {
        Some(command) => command.run(),
        None => commands::verify::run(arguments.verify),
    };
    outcome.unwrap_or_else(|Failure { text, code }| {
        let _ = writeln!(io::stderr(), "jcm-verify: {text}");
        ExitCode::from(code)
    })
}
