//! Workbooks that grow sheet by sheet and row by row, written as [`crate::sheet`]
//! writes them: text is never a formula, and the same cells give the same bytes.

use crate::sheet::{Cell, DateStyle, Sheet, SheetRow, workbook};
use crate::table::ReportError;
use jcm_format::time::Date;

/// Rows of one sheet, the heading included: all are in memory until the file is
/// written, some 100 bytes for each cell.
pub const SHEET_ROWS_MAX: usize = 250_000;

/// A name of a column is 8 to 40 letters; figures and identification numbers need as much.
const WIDTH: u16 = 20;

/// A cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum XlsxCell<'a> {
    /// Nothing.
    Empty,
    /// Text, never a formula.
    Text(&'a str),
    /// A whole number.
    Number(u64),
}

/// A workbook that grows.
#[derive(Debug)]
pub struct XlsxBook {
    title: String,
    sheets: Vec<Sheet>,
}

impl XlsxBook {
    /// A workbook without sheets.
    pub fn new(title: &str) -> XlsxBook {
        XlsxBook { title: title.to_owned(), sheets: Vec::new() }
    }

    /// Begins a sheet.
    pub fn sheet(&mut self, name: &str) {
        let name = name.to_owned();
        self.sheets.push(Sheet { name, rows: Vec::new(), frozen_rows: 0, widths: vec![WIDTH] });
    }

    /// Adds a row of headings; the rows so far stay in sight.
    ///
    /// # Errors
    ///
    /// As [`XlsxBook::row`].
    pub fn heading<'a>(
        &mut self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), ReportError> {
        let names = names.into_iter().map(|name| Cell::Text(name.to_owned()));
        self.add(SheetRow::heading(names.collect()))?;
        if let Some(sheet) = self.sheets.last_mut() {
            sheet.frozen_rows = u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX);
        }
        Ok(())
    }

    /// Adds a row to the sheet begun last.
    ///
    /// # Errors
    ///
    /// When there is no sheet, or it has too many rows.
    pub fn row<'a>(
        &mut self,
        cells: impl IntoIterator<Item = XlsxCell<'a>>,
    ) -> Result<(), ReportError> {
        let cells = cells.into_iter().map(|cell| match cell {
            XlsxCell::Empty => Cell::Blank,
            XlsxCell::Text(text) => Cell::Text(text.to_owned()),
            XlsxCell::Number(number) => Cell::Integer(number),
        });
        self.add(SheetRow::of(cells.collect()))
    }

    fn add(&mut self, row: SheetRow) -> Result<(), ReportError> {
        let sheet = self.sheets.last_mut().ok_or(ReportError::SheetRows)?;
        if SHEET_ROWS_MAX <= sheet.rows.len() {
            return Err(ReportError::SheetRows);
        }
        sheet.rows.push(row);
        Ok(())
    }

    /// The file.
    ///
    /// # Errors
    ///
    /// A name that no sheet can have, or a text that is too long for a cell.
    pub fn finish(self) -> Result<Vec<u8>, ReportError> {
        // Whoever makes it again, whenever, gets the same bytes.
        workbook(&self.sheets, &self.title, Date::PREDECESSOR_LAST, DateStyle::Iso)
            .map_err(ReportError::Xlsx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{Reader as _, Xlsx};
    use std::io::Cursor;

    fn sample() -> Vec<u8> {
        let mut book = XlsxBook::new("sample");
        book.sheet("Holdings");
        book.heading(["name", "tonnes"]).expect("a row");
        let rows = [
            [XlsxCell::Text("=1+1"), XlsxCell::Number(7)],
            [XlsxCell::Text("株式会社"), XlsxCell::Number(u64::MAX)],
            [XlsxCell::Empty, XlsxCell::Number(999_999_999_999_999)],
        ];
        rows.into_iter().for_each(|row| book.row(row).expect("a row"));
        book.finish().expect("written")
    }

    #[test]
    fn a_book_reads_back_as_it_was_written_and_no_formula_is_in_it() {
        let bytes = sample();
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.as_slice())).expect("a workbook");
        assert_eq!(book.sheet_names(), ["Holdings"]);
        let sheet = book.worksheet_range("Holdings").expect("there");
        let shown: Vec<Vec<String>> =
            sheet.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
        assert_eq!(
            shown,
            [
                ["name", "tonnes"],
                ["=1+1", "7"],
                ["株式会社", "18446744073709551615"],
                ["", "999999999999999"]
            ]
        );
        assert!(book.worksheet_formula("Holdings").expect("there").is_empty());
    }

    #[test]
    fn the_same_cells_give_the_same_bytes() {
        assert_eq!(sample(), sample());
    }

    #[test]
    fn a_row_without_a_sheet_and_one_too_many_are_refused() {
        let mut book = XlsxBook::new("sample");
        assert!(matches!(book.row([XlsxCell::Empty]), Err(ReportError::SheetRows)));
        book.sheet("A");
        book.sheets[0].rows = vec![SheetRow::default(); SHEET_ROWS_MAX];
        assert!(matches!(book.row([XlsxCell::Empty]), Err(ReportError::SheetRows)));
    }
}
