//! Writes examples for the fuzz targets of `tests/fuzz` to begin with, one folder for each:
//! `fuzz_seeds FOLDER`.

use jcm_tests::seeds::seeds;
use std::fs;
use std::path::PathBuf;

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("a folder"));
    for (target, examples) in seeds() {
        let folder = folder.join(target);
        fs::create_dir_all(&folder).expect("a folder");
        for (number, bytes) in examples.iter().enumerate() {
            fs::write(folder.join(format!("seed-{number:03}")), bytes).expect("a file");
        }
    }
}
