//! Workbooks (XLSX). The same cells give the same bytes: the date of creation
//! is fixed, and nothing is calculated.
//!
//! Text is written as text, and what a spreadsheet would take for a formula when
//! it is saved as CSV later is neutralised as in [`crate::cell::neutral`]. Numbers
//! that a spreadsheet would round are written as text too.

use crate::cell::neutral;
use crate::table::ReportError;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet};

/// Rows of one sheet, the heading included: all are in memory until the file is
/// written, some 100 bytes for each cell. A spreadsheet shows 1,048,576.
pub const SHEET_ROWS_MAX: u32 = 250_000;

/// The largest whole number of which a spreadsheet shows every digit.
const EXACT_DIGITS_MAX: u64 = 999_999_999_999_999;

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

/// A workbook that grows sheet by sheet and row by row.
pub struct XlsxBook {
    book: Workbook,
    sheet: Option<Worksheet>,
    row: u32,
    heading: Format,
}

impl XlsxBook {
    /// A workbook without sheets.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn new(title: &str) -> Result<XlsxBook, ReportError> {
        let mut book = Workbook::new();
        // Whoever makes the report again gets the same bytes.
        let made = ExcelDateTime::from_ymd(2025, 4, 1).map_err(ReportError::Xlsx)?;
        let properties = DocProperties::new().set_title(title).set_creation_datetime(&made);
        book.set_properties(&properties);
        Ok(XlsxBook { book, sheet: None, row: 0, heading: Format::new().set_bold() })
    }

    /// Begins a sheet.
    ///
    /// # Errors
    ///
    /// When a workbook cannot have a sheet of that name.
    pub fn sheet(&mut self, name: &str) -> Result<(), ReportError> {
        self.close();
        let mut sheet = Worksheet::new();
        sheet.set_name(name).map_err(ReportError::Xlsx)?;
        self.sheet = Some(sheet);
        self.row = 0;
        Ok(())
    }

    /// Adds a row of headings, which stays in sight.
    ///
    /// # Errors
    ///
    /// As [`XlsxBook::row`].
    pub fn heading<'a>(
        &mut self,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), ReportError> {
        let format = self.heading.clone();
        let row = self.begin_row()?;
        let Some(sheet) = &mut self.sheet else { return Ok(()) };
        for (column, name) in (0..).zip(names) {
            sheet
                .write_with_format(row, column, neutral(name), &format)
                .map_err(ReportError::Xlsx)?;
            // A name is 8 to 40 letters; figures and identification numbers need more.
            sheet.set_column_width(column, 20).map_err(ReportError::Xlsx)?;
        }
        sheet.set_freeze_panes(row.saturating_add(1), 0).map_err(ReportError::Xlsx)?;
        Ok(())
    }

    /// Adds a row to the sheet begun last.
    ///
    /// # Errors
    ///
    /// When there are too many rows, or a text is longer than a cell may be.
    pub fn row<'a>(
        &mut self,
        cells: impl IntoIterator<Item = XlsxCell<'a>>,
    ) -> Result<(), ReportError> {
        let row = self.begin_row()?;
        let Some(sheet) = &mut self.sheet else { return Ok(()) };
        for (column, cell) in (0..).zip(cells) {
            let written = match cell {
                XlsxCell::Empty => continue,
                XlsxCell::Text(text) => sheet.write(row, column, neutral(text)),
                XlsxCell::Number(number) if number <= EXACT_DIGITS_MAX => {
                    sheet.write(row, column, number)
                }
                XlsxCell::Number(number) => sheet.write(row, column, number.to_string()),
            };
            written.map_err(ReportError::Xlsx)?;
        }
        Ok(())
    }

    /// The file.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<Vec<u8>, ReportError> {
        self.close();
        self.book.save_to_buffer().map_err(ReportError::Xlsx)
    }

    fn begin_row(&mut self) -> Result<u32, ReportError> {
        if self.sheet.is_none() || SHEET_ROWS_MAX <= self.row {
            return Err(ReportError::SheetRows);
        }
        let row = self.row;
        self.row = row.saturating_add(1);
        Ok(row)
    }

    fn close(&mut self) {
        if let Some(sheet) = self.sheet.take() {
            self.book.push_worksheet(sheet);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use calamine::{Data, Reader as _, Xlsx};
    use std::io::Cursor;

    fn sample() -> Vec<u8> {
        let mut book = XlsxBook::new("sample").expect("made");
        book.sheet("Holdings").expect("a name");
        book.heading(["name", "tonnes"]).expect("a row");
        let rows = [
            [XlsxCell::Text("=1+1"), XlsxCell::Number(7)],
            [XlsxCell::Text("株式会社"), XlsxCell::Number(u64::MAX)],
            [XlsxCell::Empty, XlsxCell::Number(EXACT_DIGITS_MAX)],
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
                ["'=1+1", "7"],
                ["株式会社", "18446744073709551615"],
                ["", "999999999999999"]
            ]
        );
        assert_eq!(sheet.get_value((2, 1)), Some(&Data::String(u64::MAX.to_string())));
        assert!(book.worksheet_formula("Holdings").expect("there").is_empty());
    }

    #[test]
    fn the_same_cells_give_the_same_bytes() {
        assert_eq!(sample(), sample());
    }

    #[test]
    fn a_row_without_a_sheet_and_one_too_many_are_refused() {
        let mut book = XlsxBook::new("sample").expect("made");
        assert!(matches!(book.row([XlsxCell::Empty]), Err(ReportError::SheetRows)));
        book.sheet("A").expect("a name");
        book.row = SHEET_ROWS_MAX;
        assert!(matches!(book.row([XlsxCell::Empty]), Err(ReportError::SheetRows)));
    }
}
