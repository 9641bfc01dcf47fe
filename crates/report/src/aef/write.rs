//! A submission as files. All of them say what [`AefSubmission::rows`] says; none
//! is written unless every check is passed.

use super::AefSubmission;
use super::check::Checks;
use super::columns::{Demand, Table};
use super::provenance::Provenance;
use super::settings::Settings;
use crate::sheet::{Cell, Sheet, SheetError, SheetRow, csv_of_rows, json_value, workbook};
use crate::table::{ReportError, json_of};
use serde::ser::{Serialize, SerializeMap, Serializer};
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

/// A submission in JSON, written row by row; tables and columns keep their order.
struct Document<'a> {
    submission: &'a AefSubmission,
    settings: &'a Settings,
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Document { submission, settings } = *self;
        let mut map = serializer.serialize_map(None)?;
        for table in Table::ALL {
            map.serialize_entry(table.key(), &Rows { submission, settings, table })?;
        }
        map.serialize_entry("provenance", &Sources(submission))?;
        map.serialize_entry("entries_read", &submission.entries)?;
        map.end()
    }
}

struct Rows<'a> {
    submission: &'a AefSubmission,
    settings: &'a Settings,
    table: Table,
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Rows { submission, settings, table } = *self;
        serializer.collect_seq(submission.rows(table, settings).map(|cells| {
            let named = table.columns().iter().zip(cells);
            InOrder(
                named
                    .map(|(column, cell)| (column.heading, json_value(&cell, settings.dates)))
                    .collect(),
            )
        }))
    }
}

/// Headings and values that keep their order.
struct InOrder(Vec<(&'static str, Value)>);

impl Serialize for InOrder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(heading, value)| (heading, value)))
    }
}

struct Sources<'a>(&'a AefSubmission);

impl Serialize for Sources<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.provenance().map(|(table, row, entries)| RowSources {
            table: table.key(),
            row: row.saturating_add(1),
            entries,
        }))
    }
}

/// The entries behind one row; rows count from 1.
#[derive(serde::Serialize)]
struct RowSources<'a> {
    table: &'static str,
    row: usize,
    entries: &'a Provenance,
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
            let (headings, rows) = (table.headings(), self.rows(*table, settings));
            csv_of_rows(&headings, rows, settings.dates)
                .map(|content| CsvFile { name: table.csv_file(), content })
        });
        let mut files = tables.collect::<Result<Vec<_>, _>>().map_err(WriteError::File)?;
        let content = csv_of_rows(&PROVENANCE_HEADINGS, self.provenance_rows(), settings.dates);
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
        let document = Document { submission: self, settings };
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
        let mut cells = self.rows(table, settings);
        let mut widths = vec![3];
        if table == Table::Submission {
            let values = cells.next().unwrap_or_default();
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
        rows.extend(cells.map(|row| SheetRow::of(with_gaps(table, row))));
        widths.push(24);
        let frozen_rows = table.heading_row();
        Sheet { name: table.sheet().to_owned(), rows, frozen_rows, widths }
    }

    fn provenance_rows(&self) -> impl Iterator<Item = Vec<Cell>> {
        self.provenance().flat_map(|(table, row, of)| {
            of.sources().iter().map(move |source| {
                vec![
                    Cell::Text(table.sheet().to_owned()),
                    Cell::Integer(row as u64 + 1),
                    Cell::Integer(source.entry.get()),
                    Cell::Text(source.part.as_str().to_owned()),
                ]
            })
        })
    }

    fn provenance_sheet(&self) -> Sheet {
        let headings = PROVENANCE_HEADINGS.map(|heading| Cell::Text(heading.to_owned()));
        let mut rows = vec![SheetRow::heading(headings.to_vec())];
        rows.extend(self.provenance_rows().map(SheetRow::of));
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
