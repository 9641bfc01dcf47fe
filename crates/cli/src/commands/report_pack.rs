//! Everything of a calendar year in one folder (`docs/reports.md`).

use super::report_source::{Source, each_entry, faulty};
use crate::failure::{Failure, exit};
use crate::reply::Reply;
use crate::report_file::OutFile;
use jcm_format::time::Year;
use jcm_report::pack::{INDEX, PackError, PackIndex, PackMaker};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Why a pack was not made.
enum Stop {
    Pack(PackError),
    Failure(Failure),
}

impl From<PackError> for Stop {
    fn from(error: PackError) -> Stop {
        Stop::Pack(error)
    }
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Failure {
        match stop {
            Stop::Failure(failure) => failure,
            Stop::Pack(PackError::Report(fault)) => faulty(fault),
            Stop::Pack(error) => Failure::other(error.to_string(), exit::OTHER),
        }
    }
}

/// Makes the folder, which has its name once everything is in it.
pub async fn run(source: &Source<'_>, year: Year, out: &Path) -> Result<Reply, Failure> {
    if out.exists() {
        return Err(Failure::usage(
            format!("--out {}: there is something already", out.display()),
            "Name a folder that is not there yet.",
        ));
    }
    let mut maker = PackMaker::new(year)
        .map_err(|error| Failure::usage(error.to_string(), "Give a calendar year."))?;
    each_entry(source, |entry| maker.apply(entry).map_err(|error| Stop::Pack(error).into()))
        .await?;
    let mut name = out.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let unfinished = out.with_file_name(name);
    std::fs::create_dir_all(&unfinished).map_err(Failure::writing(&unfinished))?;
    let result = fill(maker, &unfinished).and_then(|index| {
        std::fs::rename(&unfinished, out).map_err(Failure::writing(out))?;
        Ok(told(&index, out))
    });
    if result.is_err() {
        let _ = std::fs::remove_dir_all(&unfinished);
    }
    result
}

fn fill(maker: PackMaker, folder: &Path) -> Result<PackIndex, Failure> {
    let put = |name: &str, content: &[u8]| -> Result<(), Stop> {
        let path: PathBuf = folder.join(name);
        let write = || {
            let mut file = OutFile::begin(&path)?;
            file.write(content)?;
            file.end()
        };
        write().map(|_| ()).map_err(Stop::Failure)
    };
    Ok(maker.finish(put)?)
}

fn told(index: &PackIndex, out: &Path) -> Reply {
    let json = json!({
        "folder": out,
        "year": index.year,
        "entries": index.entries,
        "files": index.files.len(),
    });
    let mut text = format!(
        "{} files of {} written to {}, made of {} entries; {INDEX} has their digests:\n",
        index.files.len(),
        index.year,
        out.display(),
        index.entries
    );
    for file in &index.files {
        text += &format!("  {}  {}\n", file.name, file.title_en);
    }
    Reply::new(json, text)
}
