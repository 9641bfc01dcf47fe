//! Rows as CSV: comma, quotes where needed, a line feed after each row.

use super::{Cell, DateStyle};
use crate::cell::neutral;
use crate::table::ReportError;

/// A CSV file of `heading` and `rows`. Text that a spreadsheet would take for a
/// formula gets an apostrophe before it.
///
/// # Errors
///
/// Rows of different lengths.
pub fn csv_of_rows(
    heading: &[&str],
    rows: impl IntoIterator<Item = Vec<Cell>>,
    dates: DateStyle,
) -> Result<String, ReportError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(heading).map_err(ReportError::Csv)?;
    for row in rows {
        let cells = row.iter().map(|cell| match cell {
            Cell::Text(text) => neutral(text).into_owned(),
            cell => cell.shown(dates),
        });
        writer.write_record(cells).map_err(ReportError::Csv)?;
    }
    let bytes = writer.into_inner().map_err(|_| ReportError::Flush)?;
    String::from_utf8(bytes).map_err(ReportError::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text_and_commas_are_quoted() {
        let row = vec![
            Cell::Text("=HYPERLINK(\"x\")".to_owned()),
            Cell::Text("a, b".to_owned()),
            Cell::Integer(7),
            Cell::NotApplicable,
            Cell::Blank,
        ];
        let csv = csv_of_rows(&["a", "b", "c", "d", "e"], [row], DateStyle::Iso).expect("rows");
        assert_eq!(csv, "a,b,c,d,e\n\"'=HYPERLINK(\"\"x\"\")\",\"a, b\",7,NA,\n");
    }

    #[test]
    fn a_row_that_is_too_short_is_an_error() {
        let rows = [vec![Cell::Blank]];
        assert!(matches!(csv_of_rows(&["a", "b"], rows, DateStyle::Iso), Err(ReportError::Csv(_))));
    }
}
