//! The command line of the registry.
//!
//! Every command gives a [`Reply`](reply::Reply): words and tables for people,
//! one JSON document for programs. Every act is prepared, shown, confirmed,
//! signed, kept on disk, sent, and believed only with a receipt that holds
//! ([`act`]). Commands by job and the exit codes: `docs/cli.md`.

pub mod cli;

pub mod act;
pub mod session;

pub mod commands;

pub mod picker;

pub mod bulk;
pub mod command_file;
pub mod describe;
pub mod files;
pub mod home;
pub mod log_file;
pub mod report_file;

pub mod reply;

pub mod tell;

pub mod failure;

pub mod amount;
pub mod parse;

use clap::Parser as _;
use cli::Cli;
use failure::{Failure, exit};
use std::io::Write as _;
use std::process::ExitCode;

/// Runs the program on its arguments.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.global.json;
    match run(cli) {
        Ok(reply) => {
            // A reader that closed the pipe has seen enough.
            let _ = writeln!(std::io::stdout(), "{}", reply.show(json));
            ExitCode::SUCCESS
        }
        Err(failure) => {
            let _ = match json {
                true => writeln!(std::io::stdout(), "{}", failure.to_json()),
                false => write!(std::io::stderr(), "{}", failure.show()),
            };
            ExitCode::from(failure.exit_code())
        }
    }
}

fn run(cli: Cli) -> Result<reply::Reply, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Failure::other(format!("cannot start: {source}"), exit::OTHER))?;
    runtime.block_on(commands::run(cli))
}
