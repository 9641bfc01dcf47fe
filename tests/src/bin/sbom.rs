//! Writes the bills of materials of the released programs:
//!
//! ```sh
//! cargo run --locked -p jcm-tests --bin sbom -- FOLDER
//! ```
//!
//! `FOLDER/registry-node.cdx.json`, `jcm.cdx.json` and `jcm-verify.cdx.json`.

use jcm_tests::sbom::{Crates, PROGRAMS};
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(folder), None) = (arguments.next(), arguments.next()) else {
        return Err("name one folder to write to".into());
    };
    let folder = PathBuf::from(folder);
    std::fs::create_dir_all(&folder)?;
    let crates = Crates::read()?;
    for (package, program) in PROGRAMS {
        let path = folder.join(format!("{program}.cdx.json"));
        std::fs::write(&path, crates.bill(package, program)?)?;
        println!("{}", path.display());
    }
    Ok(())
}
