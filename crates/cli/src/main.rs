//! `jcm`: the registry from the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    jcm_cli::main()
}
