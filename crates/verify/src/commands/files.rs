//! Files that are named on the command line.

use super::{EXIT_NO_INPUT, EXIT_NO_OUTPUT, Failure};
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

/// Largest file that is read whole: a report of a big registry, or a document.
const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The text of a file.
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    let failed = |what: String| Failure {
        text: format!("cannot read {}: {what}", path.display()),
        code: EXIT_NO_INPUT,
    };
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    let mut bytes = Vec::new();
    let read = file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes);
    read.map_err(|error| failed(error.to_string()))?;
    if FILE_BYTES_MAX < bytes.len() as u64 {
        return Err(failed(format!("it has more than {FILE_BYTES_MAX} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| failed("it is not text in UTF-8".to_owned()))
}

/// The text of a report to compare, which is JSON; a workbook is not.
pub(crate) fn report(path: &Path) -> Result<String, Failure> {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if ["xlsx", "csv"].iter().any(|other| ending.eq_ignore_ascii_case(other)) {
        return Err(Failure::usage(format!(
            "{}: a report is compared as JSON; make it anew with --format json",
            path.display()
        )));
    }
    text(path)
}

/// Writes a file.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| Failure {
        text: format!("cannot write {}: {error}", path.display()),
        code: EXIT_NO_OUTPUT,
    })
}
