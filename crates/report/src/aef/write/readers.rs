//! Readers that share nothing with ours: openpyxl in Python, and LibreOffice, which
//! also opens the file as a person would. `bash tests/run.sh` installs both.

use super::super::sample::sample;
use super::*;
use crate::sheet::DateStyle;
use jcm_format::command::ItmoRendering;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Kind and text of a cell, as the Python reader tells them; none if it is empty.
type ReadCell = Option<(String, String)>;

/// Whether a reader is there. Nothing is compared where it is not, unless it has to be:
/// `tests/run.sh` installs it.
fn is_there(reader: &str, found: bool) -> bool {
    if !found {
        let needed = std::env::var_os("JCM_TESTS_NEED_TOOLS").is_some();
        assert!(!needed, "{reader} is not installed");
        eprintln!("SKIPPED: there is no {reader} here");
    }
    found
}

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The sheet of a table as rows of text: the free column, the gaps, all of it.
fn laid_out(table: Table, settings: &Settings) -> Vec<Vec<String>> {
    let rows = sample().sheet(table, settings).rows;
    let shown = |row: SheetRow| row.cells.iter().map(|cell| cell.shown(settings.dates)).collect();
    rows.into_iter().map(shown).map(trimmed).collect()
}

/// Without the empty cells at the end of a row: readers differ on them.
fn trimmed(mut row: Vec<String>) -> Vec<String> {
    while row.last().is_some_and(String::is_empty) {
        row.pop();
    }
    row
}

/// Likewise without empty rows at the end.
fn ended(mut rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    while rows.last().is_some_and(Vec::is_empty) {
        rows.pop();
    }
    rows
}

fn written(settings: &Settings) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("aef.xlsx");
    std::fs::write(&file, sample().to_xlsx(settings).expect("a workbook")).expect("written");
    (folder, file)
}

const STYLES: [Settings; 2] = [
    Settings::NOMENCLATURE,
    Settings { ids: ItmoRendering::Full, dates: DateStyle::Iso, ..Settings::NOMENCLATURE },
];

#[test]
fn python_reads_the_same_cells() {
    let python = project("target/readers/bin/python");
    if !is_there("openpyxl", python.exists()) {
        return;
    }
    for settings in &STYLES {
        let (_folder, file) = written(settings);
        let script = project("tests/python/read_workbook.py");
        let output =
            Command::new(&python).arg("-B").arg(script).arg(&file).output().expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let sheets: Vec<(String, Vec<Vec<ReadCell>>)> =
            serde_json::from_slice(&output.stdout).expect("JSON");
        for table in Table::ALL {
            let (_, rows) =
                sheets.iter().find(|(name, _)| name == table.sheet()).expect("the sheet");
            let text =
                |cell: &ReadCell| cell.as_ref().map(|(_, text)| text.clone()).unwrap_or_default();
            let read: Vec<Vec<String>> =
                rows.iter().map(|row| trimmed(row.iter().map(text).collect())).collect();
            assert_eq!(ended(read), ended(laid_out(table, settings)), "{table:?}");
        }
        let kinds = || sheets.iter().flat_map(|(_, rows)| rows.iter().flatten().flatten());
        assert!(kinds().all(|(kind, _)| kind != "formula"));
        // Quantities are numbers, and days are dates where the template wants them.
        let numbers = kinds().filter(|(kind, text)| kind == "number" && text == "100").count();
        assert!(0 < numbers);
        let dates = kinds().filter(|(kind, _)| kind == "date").count();
        assert_eq!(0 < dates, settings.dates == DateStyle::DayMonthYear);
    }
}

/// One CSV file for each sheet, comma, UTF-8, cells as they are shown.
const AS_SHOWN: &str =
    "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,true,false,false,-1";

#[test]
fn libreoffice_opens_it_without_a_warning_and_shows_the_same_cells() {
    let found = Command::new("soffice").arg("--version").output().is_ok();
    if !is_there("LibreOffice", found) {
        return;
    }
    for settings in &STYLES {
        let (folder, file) = written(settings);
        let profile = format!("-env:UserInstallation=file://{}/profile", folder.path().display());
        let output = Command::new("soffice")
            .args(["--headless", &profile, "--convert-to", AS_SHOWN, "--outdir"])
            .arg(folder.path())
            .arg(&file)
            .output()
            .expect("it runs");
        assert!(output.status.success());
        // Of its own machine it may say that there is no Java; of the file, nothing.
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let about: Vec<&str> = said.lines().filter(|line| !line.contains("javaldx")).collect();
        assert_eq!(about, [""; 0]);
        for table in Table::ALL {
            let name = format!("aef-{}.csv", table.sheet());
            let csv = std::fs::read_to_string(folder.path().join(name)).expect("the sheet");
            let read = crate::testlog::cells(&csv).into_iter().map(trimmed).collect();
            assert_eq!(ended(read), ended(laid_out(table, settings)), "{table:?}");
        }
    }
}
