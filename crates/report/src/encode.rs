//! The one writer of reports: CSV, JSON and XLSX from the same rows.
//!
//! CSV and JSON are given away as they grow; a workbook is whole at its end. The
//! same rows give the same bytes. In CSV, text that a spreadsheet would run is
//! neutralised; a workbook and JSON have it as it was recorded, a workbook as a cell of
//! text that stays one when it is edited.

use crate::cell::neutral;
use crate::rows::{Cell, Column, Head, Row};
use crate::table::ReportError;
use crate::xlsx::{XlsxBook, XlsxCell};
use serde_json::Value;
use std::fmt;
use std::str::FromStr;

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values in UTF-8, with a heading.
    Csv,
    /// A workbook: the rows, and a sheet that says what they are.
    Xlsx,
    /// One JSON document.
    Json,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 3] = [Format::Csv, Format::Xlsx, Format::Json];

    /// Its word, which is the ending of file names too.
    pub const fn word(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Xlsx => "xlsx",
            Format::Json => "json",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The text names no form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("give csv, xlsx or json")]
pub struct NotAFormat;

impl FromStr for Format {
    type Err = NotAFormat;

    fn from_str(text: &str) -> Result<Format, NotAFormat> {
        Format::ALL.into_iter().find(|format| format.word() == text).ok_or(NotAFormat)
    }
}

/// A file that grows row by row.
pub struct Encoder {
    columns: &'static [Column],
    rows: u64,
    out: Vec<u8>,
    book: Option<XlsxBook>,
    format: Format,
}

impl Encoder {
    /// The beginning of a file.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn new(
        format: Format,
        head: &Head,
        columns: &'static [Column],
    ) -> Result<Encoder, ReportError> {
        let mut encoder = Encoder { columns, rows: 0, out: Vec::new(), book: None, format };
        match format {
            Format::Csv => {
                let heading = columns.iter().map(|column| column.key);
                csv_line(&mut encoder.out, heading)?;
            }
            Format::Json => encoder.begin_json(head)?,
            Format::Xlsx => encoder.book = Some(begin_book(head, columns)?),
        }
        Ok(encoder)
    }

    /// Adds a row.
    ///
    /// # Errors
    ///
    /// When it cannot be written; of a workbook, also when it has too many.
    pub fn row(&mut self, row: &Row) -> Result<(), ReportError> {
        match (self.format, &mut self.book) {
            (Format::Csv, _) => {
                let cells = row.iter().map(|cell| match cell {
                    Cell::Text(text) => neutral(text).into_owned(),
                    cell => cell.shown(),
                });
                csv_line(&mut self.out, cells)?;
            }
            (Format::Json, _) => {
                self.out.extend_from_slice(if self.rows == 0 { b"\n" } else { b",\n" });
                let object = json_object(self.columns, row);
                serde_json::to_writer(&mut self.out, &object).map_err(ReportError::Json)?;
            }
            (Format::Xlsx, Some(book)) => book.row(row.iter().map(|cell| match cell {
                Cell::Empty => XlsxCell::Empty,
                Cell::Text(text) => XlsxCell::Text(text),
                Cell::Number(number) => XlsxCell::Number(*number),
            }))?,
            // The book is there from the beginning to the end.
            (Format::Xlsx, None) => return Err(ReportError::Flush),
        }
        self.rows = self.rows.saturating_add(1);
        Ok(())
    }

    /// What is written so far and not taken yet.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// How many rows were added.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The rest of the file.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<Vec<u8>, ReportError> {
        match (self.format, self.book.take()) {
            (Format::Xlsx, Some(book)) => return book.finish(),
            (Format::Json, _) => {
                let rows = self.rows;
                let end = format!("\n  ],\n  \"row_count\": {rows}\n}}\n");
                self.out.extend_from_slice(end.as_bytes());
            }
            _ => {}
        }
        Ok(self.out)
    }

    fn begin_json(&mut self, head: &Head) -> Result<(), ReportError> {
        self.out.extend_from_slice(b"{\n");
        for (key, value) in head_lines(head) {
            // The only number among them.
            let value =
                if key == "entries" { Value::from(head.entries) } else { Value::from(value) };
            let key = Value::from(key);
            self.out.extend_from_slice(format!("  {key}: {value},\n").as_bytes());
        }
        let columns = serde_json::to_string(self.columns).map_err(ReportError::Json)?;
        self.out.extend_from_slice(format!("  \"columns\": {columns},\n  \"rows\": [").as_bytes());
        Ok(())
    }
}

fn csv_line(
    out: &mut Vec<u8>,
    cells: impl IntoIterator<Item = impl AsRef<[u8]>>,
) -> Result<(), ReportError> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(cells).map_err(ReportError::Csv)?;
    writer.flush().map_err(|_| ReportError::Flush)
}

fn json_object(columns: &[Column], row: &Row) -> serde_json::Map<String, Value> {
    let cells = columns.iter().zip(row).map(|(column, cell)| {
        let value = match cell {
            Cell::Empty => Value::Null,
            Cell::Text(text) => Value::from(text.as_str()),
            Cell::Number(number) => Value::from(*number),
        };
        (column.key.to_owned(), value)
    });
    cells.collect()
}

/// Names and values of what a report is about.
pub fn head_lines(head: &Head) -> Vec<(String, String)> {
    let time = head.last_entry_time.map_or_else(String::new, |time| time.to_string());
    let lines = [
        ("report", head.report.clone()),
        ("title_ja", head.title_ja.clone()),
        ("title_en", head.title_en.clone()),
        ("basis", head.basis.clone()),
        ("registry", head.registry.clone()),
        ("entries", head.entries.to_string()),
        ("last_entry_time", time),
        ("cut_off", head.cut.clone()),
    ];
    let lines = lines.into_iter().map(|(name, value)| (name.to_owned(), value));
    lines.chain(head.asked.iter().cloned()).collect()
}

/// A workbook whose first sheet says what it is, and whose second takes the rows.
fn begin_book(head: &Head, columns: &[Column]) -> Result<XlsxBook, ReportError> {
    let mut book = XlsxBook::new(&head.title_en);
    book.sheet("about");
    book.heading(["name", "value"])?;
    for (name, value) in head_lines(head) {
        book.row([XlsxCell::Text(&name), XlsxCell::Text(&value)])?;
    }
    book.row([])?;
    book.row(["column", "ja", "en"].map(XlsxCell::Text))?;
    for column in columns {
        book.row([column.key, column.ja, column.en].map(XlsxCell::Text))?;
    }
    book.sheet(&head.report);
    book.heading(columns.iter().map(|column| column.key))?;
    Ok(book)
}
