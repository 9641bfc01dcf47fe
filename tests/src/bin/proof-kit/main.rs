//! `proof-kit FOLDER [SIZE...]`: writes checkpoints, tiles and proofs for programs of
//! others to check. Without sizes, those of the golden values.

use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let Some(out) = words.next().map(PathBuf::from) else {
        eprintln!("usage: proof-kit FOLDER [SIZE...]");
        return ExitCode::from(64);
    };
    let sizes: Result<Vec<u64>, _> = words.map(|word| word.parse()).collect();
    let Ok(mut sizes) = sizes else {
        eprintln!("proof-kit: a size is a number");
        return ExitCode::from(64);
    };
    if sizes.is_empty() {
        sizes = vec![1, 3, 256, 600, 70_000];
    }
    sizes.sort_unstable();
    match jcm_tests::kit::write(&out, &sizes) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("proof-kit: {}: {error}", out.display());
            ExitCode::from(73)
        }
    }
}
