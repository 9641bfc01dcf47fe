//! What a command answers: for people and for programs at once.

use crate::failure::Failure;
use comfy_table::{CellAlignment, Table, presets};
use jcm_client::ClientError;
use serde_json::Value;
use std::path::Path;

/// An answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    json: Value,
    text: String,
}

impl Reply {
    /// One answer in both forms.
    pub fn new(json: Value, text: impl Into<String>) -> Reply {
        Reply { json, text: text.into() }
    }

    /// The form asked for.
    pub fn show(&self, json: bool) -> String {
        match json {
            true => self.json.to_string(),
            false => self.text.trim_end().to_owned(),
        }
    }

    /// The form for programs.
    pub fn json(&self) -> &Value {
        &self.json
    }
}

/// What the registry gives as JSON.
pub fn parsed(json: &str, what: &'static str) -> Result<Value, Failure> {
    serde_json::from_str(json).map_err(|_| ClientError::Malformed { what }.into())
}

/// A document: shown, or written to a file.
pub fn document(json: Value, text: String, out: Option<&Path>) -> Result<Reply, Failure> {
    let Some(out) = out else { return Ok(Reply::new(json, text)) };
    let text = if text.ends_with('\n') { text } else { text + "\n" };
    std::fs::write(out, text).map_err(Failure::writing(out))?;
    Ok(Reply::new(json, format!("Written to {}.", out.display())))
}

/// How a column stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Words.
    Left(&'static str),
    /// Numbers.
    Right(&'static str),
}

/// A table with a heading. Widths are those on the screen, so that Japanese and
/// Latin letters stand under each other.
pub fn table(columns: &[Column], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(columns.iter().map(|column| match column {
        Column::Left(name) | Column::Right(name) => *name,
    }));
    let mut empty = true;
    for row in rows {
        table.add_row(row);
        empty = false;
    }
    for (i, column) in columns.iter().enumerate() {
        if let (Column::Right(_), Some(column)) = (column, table.column_mut(i)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    if empty { "none".to_owned() } else { trimmed(&table.to_string()) }
}

/// Names and values, one pair a line.
pub fn pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for (name, value) in pairs {
        table.add_row([name.to_owned(), value]);
    }
    trimmed(&table.to_string())
}

/// Without the margin on either side.
fn trimmed(text: &str) -> String {
    let line = |line: &'_ str| line.strip_prefix(' ').unwrap_or(line).trim_end().to_owned();
    let lines: Vec<_> = text.lines().map(line).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn japanese_and_latin_text_stand_under_each_other() {
        let rows = [("首都近郊農場", "1"), ("Farm", "1,234")];
        let rows = rows.map(|(name, tonnes)| vec![name.to_owned(), tonnes.to_owned()]);
        let text = table(&[Column::Left("project"), Column::Right("tonnes")], rows);
        assert_eq!(text, "project       tonnes\n首都近郊農場       1\nFarm           1,234");
    }

    #[test]
    fn an_empty_list_says_so() {
        assert_eq!(table(&[Column::Left("account")], []), "none");
    }
}
