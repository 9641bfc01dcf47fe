//! Many acts from a spreadsheet: one sheet, one command, one signature, all or
//! nothing (`docs/cli.md`, "Bulk").
//!
//! Every row is read before anything is asked of the registry, and everything that
//! is wrong is told at once: sheet, row, column, what stands there and what should.

pub mod export;
pub mod issuances;
pub mod sheet;
pub mod transfers;

use crate::failure::Failure;
use sheet::{Sheet, SheetRow};
use std::fmt;

/// A column of a sheet that is read.
#[derive(Debug, Clone, Copy)]
pub struct BulkColumn {
    /// Its heading.
    pub name: &'static str,
    /// Whether the sheet must have it.
    pub needed: bool,
    /// What it says, and how it is written.
    pub about: &'static str,
    /// What the template shows.
    pub example: &'static str,
}

/// What is wrong with one cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellError {
    /// The sheet; of a CSV file, the file's name.
    pub sheet: String,
    /// The row, from 1, the heading included.
    pub row: u32,
    /// The column.
    pub column: String,
    /// What stands there.
    pub found: String,
    /// What to write.
    pub wanted: String,
}

impl fmt::Display for CellError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CellError { sheet, row, column, found, wanted } = self;
        match found.as_str() {
            "" => write!(f, "{sheet}, row {row}, {column}: empty; {wanted}"),
            found => write!(f, "{sheet}, row {row}, {column}: \"{found}\"; {wanted}"),
        }
    }
}

/// Reads the cells of one row and notes what is wrong with each.
pub struct RowReader<'a> {
    sheet: &'a Sheet,
    row: &'a SheetRow,
    errors: &'a mut Vec<CellError>,
}

impl<'a> RowReader<'a> {
    /// A reader of a row of a sheet.
    pub fn new(
        sheet: &'a Sheet,
        row: &'a SheetRow,
        errors: &'a mut Vec<CellError>,
    ) -> RowReader<'a> {
        RowReader { sheet, row, errors }
    }

    /// The number of the row.
    pub fn number(&self) -> u32 {
        self.row.number
    }

    /// What stands in a column; empty where the sheet does not have it.
    pub fn text(&self, column: &str) -> &'a str {
        self.sheet.cell(self.row, column)
    }

    /// Notes an error.
    pub fn wrong(&mut self, column: &str, wanted: impl Into<String>) {
        self.errors.push(CellError {
            sheet: self.sheet.name.clone(),
            row: self.row.number,
            column: column.to_owned(),
            found: self.text(column).to_owned(),
            wanted: wanted.into(),
        });
    }

    /// A cell that may be empty.
    pub fn optional<T>(
        &mut self,
        column: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match self.text(column) {
            "" => None,
            text => match read(text) {
                Ok(value) => Some(value),
                Err(wanted) => {
                    self.wrong(column, wanted);
                    None
                }
            },
        }
    }

    /// A cell that must not be empty.
    pub fn needed<T>(
        &mut self,
        column: &str,
        wanted: &str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        if self.text(column).is_empty() {
            self.wrong(column, wanted);
            return None;
        }
        self.optional(column, read)
    }

    /// Yes or no; empty is no.
    pub fn yes_or_no(&mut self, column: &str) -> bool {
        let read = |text: &str| match text.to_lowercase().as_str() {
            "yes" | "y" | "true" | "はい" => Ok(true),
            "no" | "n" | "false" | "いいえ" => Ok(false),
            _ => Err("write yes or no".to_owned()),
        };
        self.optional(column, read).unwrap_or(false)
    }
}

/// Everything that is wrong with a sheet, at once.
pub fn all_wrong(errors: &[CellError]) -> Failure {
    let lines: Vec<String> = errors.iter().map(|error| format!("\n       {error}")).collect();
    Failure::usage(
        format!("{} of the cells cannot be read:{}", errors.len(), lines.concat()),
        "Mend them and try again. Nothing was sent.",
    )
}
