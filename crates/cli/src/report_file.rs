//! Where a report goes: a table on the screen, text, or a file that is there whole
//! or not at all.

use crate::failure::{Failure, exit};
use crate::reply::{Column, Reply, table};
use jcm_format::hash::{Digest, Hasher};
use jcm_report::ReportError;
use jcm_report::encode::{Encoder, Format, head_lines};
use jcm_report::rows::{self, Cell, Head, Row};
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// Rows that are shown; longer reports go to files.
pub const TABLE_ROWS_MAX: usize = 10_000;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// For people, on the screen.
    Table,
    /// A file for programs and spreadsheets.
    File(Format),
}

/// Takes the rows of one report.
pub struct ReportSink {
    shape: Shape,
    head: Head,
    columns: &'static [rows::Column],
    encoder: Option<Encoder>,
    shown: Vec<Row>,
    text: Vec<u8>,
    file: Option<OutFile>,
    rows: u64,
}

impl ReportSink {
    /// Begins, and opens the file where there is to be one.
    pub fn begin(
        shape: Shape,
        head: &Head,
        columns: &'static [rows::Column],
        out: Option<&Path>,
    ) -> Result<ReportSink, Failure> {
        let encoder = match shape {
            Shape::Table => None,
            Shape::File(format) => Some(Encoder::new(format, head, columns).map_err(not_written)?),
        };
        if shape == Shape::File(Format::Xlsx) && out.is_none() {
            return Err(Failure::usage(
                "a workbook is not shown on a screen",
                "Name a file with --out FILE.xlsx, or choose --format table.",
            ));
        }
        let file = out.map(OutFile::begin).transpose()?;
        let (shown, text, rows) = (Vec::new(), Vec::new(), 0);
        Ok(ReportSink { shape, head: head.clone(), columns, encoder, shown, text, file, rows })
    }

    /// Takes a row.
    pub fn row(&mut self, row: Row) -> Result<(), Failure> {
        self.rows = self.rows.saturating_add(1);
        match &mut self.encoder {
            Some(encoder) => {
                encoder.row(&row).map_err(not_written)?;
                let bytes = encoder.take();
                self.write(&bytes)
            }
            None if self.shown.len() < TABLE_ROWS_MAX => {
                self.shown.push(row);
                Ok(())
            }
            None => Err(Failure::usage(
                format!("the report has more than {TABLE_ROWS_MAX} rows"),
                "Write it to a file: --format csv --out FILE.",
            )),
        }
    }

    /// Ends: the file gets its name now.
    pub fn end(mut self) -> Result<Reply, Failure> {
        let rest = match self.encoder.take() {
            Some(encoder) => encoder.finish().map_err(not_written)?,
            None => self.as_table().into_bytes(),
        };
        self.write(&rest)?;
        let told = json!({
            "report": self.head.report,
            "rows": self.rows,
            "entries": self.head.entries,
        });
        let Some(file) = self.file.take() else { return Ok(shown(self.shape, &self.text, told)) };
        let (path, digest) = file.end()?;
        let mut told = told;
        told["file"] = json!(path);
        told["sha256"] = json!(digest.to_string());
        let text = format!(
            "{} rows written to {}, made of {} entries.\nsha256 {digest}",
            self.rows,
            path.display(),
            self.head.entries
        );
        Ok(Reply::new(told, text))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match &mut self.file {
            Some(file) => file.write(bytes),
            None => {
                self.text.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    fn as_table(&self) -> String {
        let number = |position: usize| {
            let mut cells = self.shown.iter().filter_map(|row| row.get(position));
            cells.any(|cell| matches!(cell, Cell::Number(_)))
        };
        let columns: Vec<Column> = (0..)
            .zip(self.columns)
            .map(|(position, column)| match number(position) {
                true => Column::Right(column.key),
                false => Column::Left(column.key),
            })
            .collect();
        let rows =
            self.shown.iter().map(|row| row.iter().zip(self.columns).map(shown_cell).collect());
        let facts = head_lines(&self.head).into_iter().filter(|(_, value)| !value.is_empty());
        let facts: Vec<_> = facts.map(|(name, value)| format!("{name}: {value}")).collect();
        format!("{}\n\n{}\n", facts.join("\n"), table(&columns, rows))
    }
}

/// Tonnes with separators; years and numbers of entries without.
fn shown_cell((cell, column): (&Cell, &rows::Column)) -> String {
    match cell {
        Cell::Number(number) if column.key.ends_with("_tonnes") => crate::amount::grouped(*number),
        cell => cell.shown(),
    }
}

fn shown(shape: Shape, text: &[u8], told: Value) -> Reply {
    let text = String::from_utf8_lossy(text).into_owned();
    let json = match shape {
        Shape::File(Format::Json) => serde_json::from_str(&text).unwrap_or(told),
        _ => told,
    };
    Reply::new(json, text)
}

fn not_written(error: ReportError) -> Failure {
    let advice = match error {
        ReportError::SheetRows => "Choose --format csv or json, which have no such limit.",
        _ => "",
    };
    Failure::Other { what: error.to_string(), code: exit::OTHER, advice: advice.to_owned() }
}

/// A file beside its name until it is whole.
pub struct OutFile {
    path: PathBuf,
    beside: PathBuf,
    file: BufWriter<File>,
    hasher: Hasher,
    done: bool,
}

impl OutFile {
    /// Begins a file.
    pub fn begin(path: &Path) -> Result<OutFile, Failure> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.tmp", std::process::id()));
        let beside = path.with_file_name(name);
        let file = File::create(&beside).map_err(Failure::writing(path))?;
        let (path, file) = (path.to_owned(), BufWriter::new(file));
        Ok(OutFile { path, beside, file, hasher: Hasher::new(), done: false })
    }

    /// Adds bytes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.hasher.update(bytes);
        self.file.write_all(bytes).map_err(Failure::writing(&self.path))
    }

    /// Gives it its name. Tells where it is, and its SHA-256.
    pub fn end(mut self) -> Result<(PathBuf, Digest), Failure> {
        let written = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        let written = written.and_then(|()| std::fs::rename(&self.beside, &self.path));
        written.map_err(Failure::writing(&self.path))?;
        self.done = true;
        Ok((self.path.clone(), std::mem::take(&mut self.hasher).finish()))
    }
}

impl Drop for OutFile {
    fn drop(&mut self) {
        if !self.done {
            let _ = std::fs::remove_file(&self.beside);
        }
    }
}
