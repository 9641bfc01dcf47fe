//! Reports as tables: columns that are known beforehand, rows one after the other.
//!
//! Every file and every answer is written from these rows, so that a figure is the
//! same in each.

use jcm_format::amount::Tonnes;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::time::{Date, Timestamp, Year};
use serde::Serialize;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Column {
    /// Its name in files.
    pub key: &'static str,
    /// What it is, in Japanese.
    pub ja: &'static str,
    /// What it is, in English, with its unit.
    pub en: &'static str,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text.
    Text(String),
    /// A whole number.
    Number(u64),
}

impl Cell {
    /// Text of anything that has one.
    pub(crate) fn text(value: impl ToString) -> Cell {
        Cell::Text(value.to_string())
    }

    /// Text, or nothing.
    pub(crate) fn option(value: Option<impl ToString>) -> Cell {
        value.map_or(Cell::Empty, Cell::text)
    }

    /// What a reader sees of it.
    pub fn shown(&self) -> String {
        match self {
            Cell::Empty => String::new(),
            Cell::Text(text) => text.clone(),
            Cell::Number(number) => number.to_string(),
        }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Cell {
        if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
    }
}

impl From<Tonnes> for Cell {
    fn from(tonnes: Tonnes) -> Cell {
        Cell::Number(tonnes.get())
    }
}

impl From<Year> for Cell {
    fn from(year: Year) -> Cell {
        Cell::Number(year.get().into())
    }
}

impl From<EntryIndex> for Cell {
    fn from(entry: EntryIndex) -> Cell {
        Cell::Number(entry.get())
    }
}

impl From<AccountNumber> for Cell {
    fn from(account: AccountNumber) -> Cell {
        Cell::text(account)
    }
}

impl From<Date> for Cell {
    fn from(date: Date) -> Cell {
        Cell::text(date)
    }
}

impl From<Timestamp> for Cell {
    fn from(time: Timestamp) -> Cell {
        Cell::text(time)
    }
}

/// A row: as many cells as there are columns.
pub type Row = Vec<Cell>;

/// Rows, one after the other.
pub type Rows<'a> = Box<dyn Iterator<Item = Row> + 'a>;

/// What a report is about, and what it was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Head {
    /// Its word.
    pub report: String,
    /// Its title in Japanese.
    pub title_ja: String,
    /// Its title in English.
    pub title_en: String,
    /// The provisions on which it rests, as cited on the day of the newest entry.
    pub basis: String,
    /// The registry.
    pub registry: String,
    /// How many entries of the log were read, from the first.
    pub entries: u64,
    /// The time of the last of them.
    pub last_entry_time: Option<Timestamp>,
    /// The cut-off, as asked for.
    pub cut: String,
    /// What was asked for beside: names and values.
    pub asked: Vec<(String, String)>,
}
