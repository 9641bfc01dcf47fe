//! Cells and sheets: what a table of a report says, once, from which CSV, XLSX
//! and JSON are written. No figure is made in a writer.

mod csv;
mod json;
mod xlsx;

pub use csv::csv_of_rows;
pub use json::json_value;
pub use xlsx::{SheetError, workbook};

use jcm_format::time::{Date, Timestamp};

/// What one cell says.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// Nothing, because somebody else fills it.
    Blank,
    /// `NA`: there is nothing to say here.
    NotApplicable,
    /// A whole number, written as a number.
    Integer(u64),
    /// A whole number that may lie below zero, written as a number.
    Signed(i128),
    /// Text, never run as a formula.
    Text(String),
    /// A day.
    Day(Date),
    /// A moment, of which a table in days shows the day in Japan.
    Moment(Timestamp),
}

/// How days are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateStyle {
    /// `31/12/2025`, the day in Japan; a real date in a workbook.
    DayMonthYear,
    /// `2025-12-31`, and moments as `2025-12-31T14:59:59.999Z`.
    Iso,
}

impl Cell {
    /// Text, or `NA` where there is none.
    pub fn text_or_na(text: Option<impl Into<String>>) -> Cell {
        text.map_or(Cell::NotApplicable, |text| Cell::Text(text.into()))
    }

    /// A number, or `NA` where there is none.
    pub fn integer_or_na(number: Option<u64>) -> Cell {
        number.map_or(Cell::NotApplicable, Cell::Integer)
    }

    /// What a reader sees, without regard to formulas.
    pub fn shown(&self, dates: DateStyle) -> String {
        match self {
            Cell::Blank => String::new(),
            Cell::NotApplicable => NOT_APPLICABLE.to_owned(),
            Cell::Integer(number) => number.to_string(),
            Cell::Signed(number) => number.to_string(),
            Cell::Text(text) => text.clone(),
            Cell::Day(day) => shown_day(*day, dates),
            Cell::Moment(moment) => match dates {
                DateStyle::DayMonthYear => shown_day(moment.date_in_japan(), dates),
                DateStyle::Iso => shown_utc(*moment),
            },
        }
    }
}

/// What stands where a column does not apply.
pub const NOT_APPLICABLE: &str = "NA";

/// ISO 8601 in UTC, to the millisecond.
fn shown_utc(moment: Timestamp) -> String {
    let ms = moment.as_ms();
    let (days, rest) = (ms / 86_400_000, ms % 86_400_000);
    // A moment lies before the year 10000, so it has a day.
    let day = Date::from_days(days).map(|day| day.to_string()).unwrap_or_default();
    let (hours, minutes) = (rest / 3_600_000, rest / 60_000 % 60);
    let (seconds, ms) = (rest / 1_000 % 60, rest % 1_000);
    format!("{day}T{hours:02}:{minutes:02}:{seconds:02}.{ms:03}Z")
}

fn shown_day(day: Date, dates: DateStyle) -> String {
    match dates {
        DateStyle::DayMonthYear => {
            format!("{:02}/{:02}/{:04}", day.day(), day.month(), day.year().get())
        }
        DateStyle::Iso => day.to_string(),
    }
}

/// One sheet of a workbook. Rows and columns count from 0 where they are told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Its name, as the tab shows it.
    pub name: String,
    /// Its rows; a row may be shorter than others.
    pub rows: Vec<SheetRow>,
    /// How many rows stay in sight when the reader scrolls.
    pub frozen_rows: u32,
    /// Width of each column, in characters; the last holds for those after it.
    pub widths: Vec<u16>,
}

/// One row of a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SheetRow {
    /// Its cells, from column A on.
    pub cells: Vec<Cell>,
    /// Whether it heads what is below it.
    pub heading: bool,
}

impl SheetRow {
    /// A row of figures.
    pub fn of(cells: Vec<Cell>) -> SheetRow {
        SheetRow { cells, heading: false }
    }

    /// A row of headings.
    pub fn heading(cells: Vec<Cell>) -> SheetRow {
        SheetRow { cells, heading: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_a_day_in_japan_or_a_moment_in_utc() {
        // Half past midnight in Japan, on the first day of 2026.
        let moment = Timestamp::from_ms(1_767_195_000_000).expect("in range");
        let cell = Cell::Moment(moment);
        assert_eq!(cell.shown(DateStyle::DayMonthYear), "01/01/2026");
        assert_eq!(cell.shown(DateStyle::Iso), "2025-12-31T15:30:00.000Z");
        let day = Cell::Day("2025-12-31".parse().expect("a date"));
        assert_eq!(day.shown(DateStyle::DayMonthYear), "31/12/2025");
        assert_eq!(day.shown(DateStyle::Iso), "2025-12-31");
    }

    #[test]
    fn nothing_and_not_applicable_differ() {
        assert_eq!(Cell::Blank.shown(DateStyle::Iso), "");
        assert_eq!(Cell::text_or_na(None::<String>).shown(DateStyle::Iso), "NA");
        assert_eq!(Cell::integer_or_na(None), Cell::NotApplicable);
        assert_eq!(Cell::integer_or_na(Some(0)).shown(DateStyle::Iso), "0");
    }
}
