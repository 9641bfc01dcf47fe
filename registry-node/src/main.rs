//! `registry-node`: see `docs/operating/`.

use std::process::ExitCode;

fn main() -> ExitCode {
    registry_node::cli::main()
}
