//! A sheet of text: a CSV file, or a sheet of a workbook.

use super::{BulkColumn, CellError, all_wrong};
use crate::failure::Failure;
use calamine::{Data, Reader as _, Xlsx};
use jcm_report::reconcile::measure;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Cursor, Read as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Bytes of a file that is read.
const FILE_BYTES_MAX: u64 = 16_000_000;

/// Rows of a sheet: more parts than any command has.
const ROWS_MAX: usize = 10_000;

/// Columns of a sheet: several times as many as any command has.
const COLUMNS_MAX: usize = 256;

/// Rows under one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Its name; of a CSV file, the file's.
    pub name: String,
    /// The headings.
    pub columns: Vec<String>,
    /// The rows that are not empty.
    pub rows: Vec<SheetRow>,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetRow {
    /// Its number in the file, from 1.
    pub number: u32,
    /// Its cells, without margins.
    pub cells: Vec<String>,
}

impl Sheet {
    /// What stands in a column of a row; empty where there is nothing.
    pub fn cell<'a>(&'a self, row: &'a SheetRow, column: &str) -> &'a str {
        let position = self.columns.iter().position(|name| name == column);
        position.and_then(|position| row.cells.get(position)).map_or("", String::as_str)
    }

    /// Reads a file, and checks its headings. Of a workbook the sheet of the name is
    /// read, or the only one.
    pub fn read(path: &Path, name: &str, columns: &[BulkColumn]) -> Result<Sheet, Failure> {
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(Failure::reading(path))?;
        file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(Failure::reading(path))?;
        if FILE_BYTES_MAX < bytes.len() as u64 {
            return Err(Failure::usage(
                format!("{} is larger than {FILE_BYTES_MAX} bytes", path.display()),
                "Divide it into several files.",
            ));
        }
        Sheet::parse(&bytes, path, name, columns)
    }

    /// Reads the bytes of a file of this name.
    pub fn parse(
        bytes: &[u8],
        path: &Path,
        name: &str,
        columns: &[BulkColumn],
    ) -> Result<Sheet, Failure> {
        // A workbook is a ZIP archive, whatever it is called.
        let sheet = if bytes.starts_with(b"PK") {
            of_workbook(bytes, name)
        } else {
            of_csv(bytes, &path.file_name().unwrap_or_default().to_string_lossy())
        };
        sheet.map_err(|what| unreadable(path, &what))?.checked(columns)
    }

    /// The sheet, if its headings are those that are read.
    fn checked(self, columns: &[BulkColumn]) -> Result<Sheet, Failure> {
        let mut errors = Vec::new();
        let mut wrong = |column: &str, found: &str, wanted: String| {
            let (sheet, column, found) = (self.name.clone(), column.to_owned(), found.to_owned());
            errors.push(CellError { sheet, row: 1, column, found, wanted });
        };
        let names: Vec<&str> = columns.iter().map(|column| column.name).collect();
        for (position, heading) in self.columns.iter().enumerate() {
            if !names.contains(&heading.as_str()) {
                let known = names.join(", ");
                wrong(heading, heading, format!("no such column; there are {known}"));
            } else if self.columns.iter().take(position).any(|before| before == heading) {
                wrong(heading, heading, "the column is there twice".to_owned());
            }
        }
        for column in columns.iter().filter(|column| column.needed) {
            if !self.columns.iter().any(|heading| heading == column.name) {
                wrong(column.name, "", format!("the column is missing: {}", column.about));
            }
        }
        if self.rows.is_empty() {
            wrong("rows", "", "there are none below the heading".to_owned());
        }
        if errors.is_empty() { Ok(self) } else { Err(all_wrong(&errors)) }
    }
}

fn unreadable(path: &Path, what: &str) -> Failure {
    Failure::usage(
        format!("{} cannot be read: {what}", path.display()),
        "Give a CSV file in UTF-8, or an XLSX workbook; `jcm bulk template` writes one.",
    )
}

/// Rows of cells with their numbers as a sheet; the first that is not empty is the
/// heading.
fn of_rows(name: &str, rows: impl Iterator<Item = (u32, Vec<String>)>) -> Result<Sheet, String> {
    let is_empty = |cells: &[String]| cells.iter().all(String::is_empty);
    let mut rows = rows.filter(|(_, cells)| !is_empty(cells));
    let (_, mut columns) = rows.next().ok_or("it is empty")?;
    while columns.last().is_some_and(String::is_empty) {
        columns.pop();
    }
    let rows: Vec<SheetRow> =
        rows.take(ROWS_MAX + 1).map(|(number, cells)| SheetRow { number, cells }).collect();
    if ROWS_MAX < rows.len() {
        return Err(too_long());
    }
    Ok(Sheet { name: name.to_owned(), columns, rows })
}

/// Text as it was before it was neutralised for spreadsheets.
fn plain(text: &str) -> String {
    let text = text.trim();
    match text.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@']) => rest.to_owned(),
        _ => text.to_owned(),
    }
}

fn of_csv(bytes: &[u8], name: &str) -> Result<Sheet, String> {
    // Spreadsheets put a byte order mark before UTF-8.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        if COLUMNS_MAX < record.len() {
            return Err(too_wide());
        }
        rows.push((line_of(bytes, &record), record.iter().map(plain).collect()));
        if ROWS_MAX + 1 < rows.len() {
            break;
        }
    }
    of_rows(name, rows.into_iter())
}

/// The line on which a record begins: its position is that before lines without
/// anything, which are passed over.
fn line_of(bytes: &[u8], record: &csv::StringRecord) -> u32 {
    let Some(position) = record.position() else { return 0 };
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = bytes.get(from..).unwrap_or_default().iter();
    let passed = rest.take_while(|byte| matches!(byte, b'\n' | b'\r'));
    let passed = passed.filter(|byte| **byte == b'\n').count();
    let line = usize::try_from(position.line()).unwrap_or(usize::MAX).saturating_add(passed);
    u32::try_from(line).unwrap_or(u32::MAX)
}

fn too_long() -> String {
    format!("it has more than {ROWS_MAX} rows")
}

fn too_wide() -> String {
    format!("it has more than {COLUMNS_MAX} columns")
}

/// What an archive holds is measured before a reader of workbooks sees it.
fn of_workbook(bytes: &[u8], name: &str) -> Result<Sheet, String> {
    measure(bytes).map_err(|error| error.to_string())?;
    // A panic of the reader concerns these bytes alone, and it holds nothing of ours.
    catch_unwind(AssertUnwindSafe(|| cells_of_workbook(bytes, name)))
        .unwrap_or_else(|_| Err("the reader of workbooks gave up".to_owned()))
}

/// Cell by cell: laid out as a rectangle, two cells in opposite corners would take all
/// memory.
fn cells_of_workbook(bytes: &[u8], name: &str) -> Result<Sheet, String> {
    let mut book: Xlsx<_> =
        Xlsx::new(Cursor::new(bytes)).map_err(|error| format!("not a workbook: {error}"))?;
    let names = book.sheet_names();
    let named = match names.as_slice() {
        [only] => only.clone(),
        names if names.iter().any(|of| of == name) => name.to_owned(),
        names => {
            return Err(format!("it has no sheet \"{name}\", but {}", names.join(", ")));
        }
    };
    let mut reader = book.worksheet_cells_reader(&named).map_err(|error| error.to_string())?;
    let mut rows: BTreeMap<u32, BTreeMap<u32, String>> = BTreeMap::new();
    while let Some(found) = reader.next_cell().map_err(|error| error.to_string())? {
        let text = cell(&Data::from(found.get_value().clone()));
        if text.is_empty() {
            continue;
        }
        let (row, column) = found.get_position();
        let cells = rows.entry(row).or_default();
        cells.insert(column, text);
        if COLUMNS_MAX < cells.len() {
            return Err(too_wide());
        }
        // The heading is one more.
        if ROWS_MAX + 1 < rows.len() {
            return Err(too_long());
        }
    }
    let columns = || rows.values().flat_map(BTreeMap::keys);
    let first = columns().min().copied().unwrap_or_default();
    let last = columns().max().copied().unwrap_or_default();
    let width = usize::try_from(last.saturating_sub(first)).unwrap_or(usize::MAX);
    if COLUMNS_MAX <= width {
        return Err(too_wide());
    }
    let rows = rows.iter().map(|(number, cells)| {
        let text = |column| cells.get(&column).cloned().unwrap_or_default();
        (number.saturating_add(1), (first..=last).map(text).collect())
    });
    of_rows(&named, rows)
}

/// Numbers and days as a person would have written them.
fn cell(data: &Data) -> String {
    match data {
        Data::DateTime(day) => {
            let (year, month, day, ..) = day.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}")
        }
        Data::DateTimeIso(text) => text.split('T').next().unwrap_or_default().to_owned(),
        data => plain(&data.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_report::xlsx::{XlsxBook, XlsxCell};

    const COLUMNS: &[BulkColumn] = &[
        BulkColumn { name: "account", needed: true, about: "who", example: "" },
        BulkColumn { name: "tonnes", needed: false, about: "how much", example: "" },
    ];

    fn read(name: &str, bytes: &[u8]) -> Result<Sheet, Failure> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).expect("writable");
        Sheet::read(&path, "transfers", COLUMNS)
    }

    fn workbook(sheets: &[&str]) -> Vec<u8> {
        let mut book = XlsxBook::new("t");
        for sheet in sheets {
            book.sheet(sheet);
            book.heading(["account", "tonnes"]).expect("a row");
            book.row([XlsxCell::Text("=SUM(A1)"), XlsxCell::Number(12_345_678)]).expect("a row");
            book.row([]).expect("a row");
            book.row([XlsxCell::Text(" 1002 "), XlsxCell::Empty]).expect("a row");
        }
        book.finish().expect("written")
    }

    #[test]
    fn a_workbook_and_a_table_are_the_same_sheet() {
        let csv = "\u{feff}account,tonnes\n'=SUM(A1),12345678\n\n 1002 ,\n";
        let csv = read("a.csv", csv.as_bytes()).expect("a table");
        let xlsx = read("a.xlsx", &workbook(&["other", "transfers"])).expect("a workbook");
        assert_eq!((csv.name.as_str(), xlsx.name.as_str()), ("a.csv", "transfers"));
        assert_eq!(csv.rows, xlsx.rows);
        assert_eq!(csv.rows[0].cells, ["=SUM(A1)", "12345678"]);
        assert_eq!(csv.rows[1].number, 4);
        assert_eq!(csv.cell(&csv.rows[1], "account"), "1002");
    }

    #[test]
    fn wrong_headings_are_told_with_those_that_there_are() {
        let told = |text: &str| read("a.csv", text.as_bytes()).expect_err("refused").show();
        let text = told("tonnes,tonnes,colour\n1,2,3\n");
        for part in [
            "row 1, tonnes: \"tonnes\"; the column is there twice",
            "row 1, colour: \"colour\"; no such column; there are account, tonnes",
            "row 1, account: empty; the column is missing: who",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(told("account\n").contains("rows: empty; there are none below the heading"));
        assert!(told("").contains("it is empty"));
    }

    #[test]
    fn what_is_no_sheet_is_told() {
        let told = |bytes: &[u8]| read("a.xlsx", bytes).expect_err("refused").show();
        assert!(told(b"PK and more").contains("this is no .xlsx workbook"));
        let book = workbook(&["one", "two"]);
        assert!(told(&book).contains("no sheet \"transfers\", but one, two"));
        assert!(told(b"account\n\xff\n").contains("cannot be read"));
    }

    /// The workbook of the tests with a part replaced.
    fn spoilt(part: &str, change: impl Fn(String) -> String) -> Vec<u8> {
        use std::io::Write as _;
        let mut archive = zip::ZipArchive::new(Cursor::new(workbook(&["transfers"])));
        let archive = archive.as_mut().expect("an archive");
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for index in 0..archive.len() {
            let mut entry = archive.by_index(index).expect("a part");
            let name = entry.name().expect("a name").into_owned();
            let mut content = String::new();
            entry.read_to_string(&mut content).expect("text");
            let content = if name == part { change(content) } else { content };
            writer.start_file(name, zip::write::SimpleFileOptions::default()).expect("a part");
            writer.write_all(content.as_bytes()).expect("written");
        }
        writer.finish().expect("an archive").into_inner()
    }

    #[test]
    fn a_workbook_that_would_take_all_memory_is_refused() {
        let told = |bytes: &[u8]| read("a.xlsx", bytes).expect_err("refused").show();
        const SHEET: &str = "xl/worksheets/sheet1.xml";
        let before = |end: &'static str| {
            spoilt(SHEET, move |xml| xml.replace("</sheetData>", &format!("{end}</sheetData>")))
        };
        // Opposite corners: seventeen thousand million cells in between.
        let far = before(r#"<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>"#);
        assert!(told(&far).contains("more than 256 columns"), "{}", told(&far));
        // A row that is only far down costs nothing.
        let low = before(r#"<row r="1048576"><c r="A1048576"><v>7</v></c></row>"#);
        let low = read("a.xlsx", &low).expect("a workbook");
        assert_eq!(low.rows.last().map(|row| row.number), Some(1_048_576));
        // What a part says of itself is measured first (reconcile's tests: bombs, too).
        let claim = r#"<!-- uniqueCount="400000000000" --><sheetData>"#;
        let claims = spoilt(SHEET, |xml| xml.replace("<sheetData>", claim));
        assert!(told(&claims).contains("claims to hold more than it does"), "{}", told(&claims));
        // Added up without a limit, as the reader does, this would be A99.
        let wraps = before(r#"<row r="99"><c r="MWLQKWW99"><v>1</v></c></row>"#);
        assert!(told(&wraps).contains("\"MWLQKWW99\""), "{}", told(&wraps));
        let rows: String = (10..10_020)
            .map(|row| format!("<row r=\"{row}\"><c r=\"A{row}\"><v>1</v></c></row>"))
            .collect();
        let long = spoilt(SHEET, |xml| xml.replace("</sheetData>", &format!("{rows}</sheetData>")));
        assert!(told(&long).contains("more than 10000 rows"), "{}", told(&long));
    }

    #[test]
    fn a_table_without_end_is_refused() {
        let told = |text: &str| read("a.csv", text.as_bytes()).expect_err("refused").show();
        assert!(told(&",".repeat(1_000)).contains("more than 256 columns"));
        let wide = format!("account,tonnes\n{}\n", "1,".repeat(1_000));
        assert!(told(&wide).contains("more than 256 columns"));
        let long = format!("account,tonnes\n{}", "1,1\n".repeat(10_001));
        assert!(told(&long).contains("more than 10000 rows"));
        let endless = Sheet::read(Path::new("/dev/zero"), "transfers", COLUMNS);
        assert!(endless.expect_err("refused").show().contains("is larger than"));
    }
}
