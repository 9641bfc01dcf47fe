//! A submission as files. All of them say what [`AefSubmission::cells`] says; none
//! is written unless every check is passed.

use super::AefSubmission;
use super::check::Checks;
use super::columns::{Demand, Table};
use super::provenance::Provenance;
use super::settings::Settings;
use crate::sheet::{Cell, Sheet, SheetError, SheetRow, csv_of_rows, json_value, workbook};
use crate::table::{ReportError, json_of};
use serde::{Serialize, Serializer};
use serde_json::Value;

#[cfg(test)]
mod readers;
#[cfg(test)]
mod tests;

/// Why a submission was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A check was not passed, or could not be made.
    #[error("the submission was not written: {0}")]
    Checks(Box<Checks>),
    /// The workbook could not be written.
    #[error("the workbook could not be written")]
    Workbook(#[source] SheetError),
    /// A CSV or JSON file could not be written.
    #[error("a file could not be written")]
    File(#[source] ReportError),
}

/// One CSV file of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvFile {
    /// Its name.
    pub name: &'static str,
    /// What it says.
    pub content: String,
}

/// Names and values that keep their order in JSON.
struct InOrder<T>(Vec<(&'static str, T)>);

impl<T: Serialize> Serialize for InOrder<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The entries behind one row; rows count from 1.
#[derive(Serialize)]
struct RowSources<'a> {
    table: &'static str,
    row: usize,
    entries: &'a Provenance,
}

/// A submission in JSON.
#[derive(Serialize)]
struct Document<'a> {
    #[serde(flatten)]
    tables: InOrder<Vec<InOrder<Value>>>,
    provenance: Vec<RowSources<'a>>,
    entries_read: u64,
}

/// The sheet of fields that the public workbook has beside the tables.
const SUMMARY_SHEET: &str = "Summary information";
/// The sheet of sheets.
const INDEX_SHEET: &str = "Index";
/// Our own sheet.
const PROVENANCE_SHEET: &str = "Provenance";

const PROVENANCE_HEADINGS: [&str; 4] = ["Table", "Row of the table", "Entry", "Part"];

impl AefSubmission {
    fn checked(&self) -> Result<(), WriteError> {
        let checks = self.check();
        if checks.all_passed() { Ok(()) } else { Err(WriteError::Checks(Box::new(checks))) }
    }

    /// The workbook.
    ///
    /// # Errors
    ///
    /// A check that is not passed; more rows than a sheet can have.
    pub fn to_xlsx(&self, settings: &Settings) -> Result<Vec<u8>, WriteError> {
        self.checked()?;
        let mut sheets = Vec::new();
        if settings.index_sheet {
            sheets.push(index());
        }
        sheets.push(summary());
        sheets.extend(Table::ALL.map(|table| self.sheet(table, settings)));
        if settings.provenance_sheet {
            sheets.push(self.provenance_sheet());
        }
        let day = self.submission.date;
        workbook(&sheets, &self.title(), day, settings.dates).map_err(WriteError::Workbook)
    }

    /// A CSV file for each table, and one for the entries behind the rows.
    ///
    /// # Errors
    ///
    /// A check that is not passed.
    pub fn to_csv(&self, settings: &Settings) -> Result<Vec<CsvFile>, WriteError> {
        self.checked()?;
        let tables = Table::ALL.iter().map(|table| {
            let (headings, rows) = (table.headings(), self.cells(*table, settings));
            csv_of_rows(&headings, &rows, settings.dates)
                .map(|content| CsvFile { name: table.csv_file(), content })
        });
        let mut files = tables.collect::<Result<Vec<_>, _>>().map_err(WriteError::File)?;
        let rows = self.provenance_rows();
        let content = csv_of_rows(&PROVENANCE_HEADINGS, &rows, settings.dates);
        let content = content.map_err(WriteError::File)?;
        files.push(CsvFile { name: "provenance.csv", content });
        Ok(files)
    }

    /// One JSON document: the tables, and the entries behind the rows.
    ///
    /// # Errors
    ///
    /// A check that is not passed.
    pub fn to_json(&self, settings: &Settings) -> Result<String, WriteError> {
        self.checked()?;
        let tables = Table::ALL.map(|table| {
            let rows = self.cells(table, settings).into_iter().map(|cells| {
                let named = table.columns().iter().zip(&cells);
                let values =
                    named.map(|(column, cell)| (column.heading, json_value(cell, settings.dates)));
                InOrder(values.collect())
            });
            (table.key(), rows.collect())
        });
        let provenance = self.provenance().into_iter().map(|(table, row, of)| RowSources {
            table: table.key(),
            row: row.saturating_add(1),
            entries: of,
        });
        let document = Document {
            entries_read: self.entries,
            tables: InOrder(tables.into()),
            provenance: provenance.collect(),
        };
        json_of(&document).map_err(WriteError::File)
    }

    fn title(&self) -> String {
        let row = &self.submission;
        format!("AEF {} {} version {}", row.party, row.year.get(), row.version)
    }

    /// A table as the public workbook lays it out: a column free on the left, the
    /// title above, headings on their row, table 1 on its side.
    fn sheet(&self, table: Table, settings: &Settings) -> Sheet {
        let above = usize::try_from(table.heading_row()).unwrap_or(usize::MAX).saturating_sub(1);
        let mut rows = vec![SheetRow::default(); above];
        let text = |text: String| Cell::Text(text);
        if let Some(row) = rows.get_mut(1) {
            *row = SheetRow::heading(vec![Cell::Blank, text(table.title().to_owned())]);
        }
        let cells = self.cells(table, settings);
        let mut widths = vec![3];
        if table == Table::Submission {
            let values = cells.into_iter().next().unwrap_or_default();
            let labelled = table.columns().iter().zip(values).map(|(column, value)| {
                SheetRow::of(vec![Cell::Blank, text(column.heading.to_owned()), value])
            });
            rows.extend(labelled);
            widths.extend([60, 24]);
            return Sheet { name: table.sheet().to_owned(), rows, frozen_rows: 0, widths };
        }
        if let Some(row) = rows.get_mut(2) {
            let about = self.submission.party;
            let year = u64::from(self.submission.year.get());
            *row = SheetRow::of(vec![Cell::Blank, text(about.to_string()), Cell::Integer(year)]);
        }
        let headings = table.headings().into_iter().map(|heading| text(heading.to_owned()));
        rows.push(SheetRow::heading(with_gaps(table, headings.collect())));
        rows.extend(cells.into_iter().map(|row| SheetRow::of(with_gaps(table, row))));
        widths.push(24);
        let frozen_rows = table.heading_row();
        Sheet { name: table.sheet().to_owned(), rows, frozen_rows, widths }
    }

    fn provenance_rows(&self) -> Vec<Vec<Cell>> {
        let all = self.provenance().into_iter().flat_map(|(table, row, of)| {
            of.sources().iter().map(move |source| {
                vec![
                    Cell::Text(table.sheet().to_owned()),
                    Cell::Integer(row as u64 + 1),
                    Cell::Integer(source.entry.get()),
                    Cell::Text(source.part.as_str().to_owned()),
                ]
            })
        });
        all.collect()
    }

    fn provenance_sheet(&self) -> Sheet {
        let headings = PROVENANCE_HEADINGS.map(|heading| Cell::Text(heading.to_owned()));
        let mut rows = vec![SheetRow::heading(headings.to_vec())];
        rows.extend(self.provenance_rows().into_iter().map(SheetRow::of));
        let name = PROVENANCE_SHEET.to_owned();
        Sheet { name, rows, frozen_rows: 1, widths: vec![24, 8, 12, 28] }
    }
}

/// The free column on the left, and those between groups of columns.
fn with_gaps(table: Table, cells: Vec<Cell>) -> Vec<Cell> {
    let mut spaced = vec![Cell::Blank];
    for (column, cell) in table.columns().iter().zip(cells) {
        spaced.push(cell);
        if column.gap_after {
            spaced.push(Cell::Blank);
        }
    }
    spaced
}

fn index() -> Sheet {
    let text = |text: &str| Cell::Text(text.to_owned());
    let mut rows = vec![SheetRow::default()];
    rows.push(SheetRow::heading(vec![Cell::Blank, text("Sheet"), text("What it holds")]));
    let line = |name: &str, what: &str| SheetRow::of(vec![Cell::Blank, text(name), text(what)]);
    rows.push(line(SUMMARY_SHEET, "The fields of each table"));
    rows.extend(Table::ALL.map(|table| line(table.sheet(), table.title())));
    Sheet { name: INDEX_SHEET.to_owned(), rows, frozen_rows: 0, widths: vec![3, 28, 40] }
}

/// The fields of each table, under its title.
fn summary() -> Sheet {
    let text = |text: &str| Cell::Text(text.to_owned());
    let mut rows = vec![SheetRow::default()];
    for table in Table::ALL {
        rows.push(SheetRow::heading(vec![Cell::Blank, text(table.title())]));
        for column in table.columns() {
            let demand = match column.demand {
                Demand::Required => "required",
                Demand::RequiredOfUnits => "required where the row concerns units; otherwise NA",
                Demand::Optional => "where it applies; otherwise NA",
                Demand::FilledByPlatform => "filled by the CARP, left blank",
            };
            let cells = [column.heading, column.technical, demand].map(text);
            rows.push(SheetRow::of(std::iter::once(Cell::Blank).chain(cells).collect()));
        }
        rows.push(SheetRow::default());
    }
    let widths = vec![3, 76, 40, 48];
    Sheet { name: SUMMARY_SHEET.to_owned(), rows, frozen_rows: 0, widths }
}
