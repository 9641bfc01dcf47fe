//! Sheets as an XLSX workbook. The same sheets give the same bytes: the only
//! moment in the file is the day that the caller names.

use super::{Cell, DateStyle, Sheet};
use jcm_format::time::Date;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};

/// A workbook stores numbers as binary fractions of 53 bits; above this a whole
/// number would be rounded, so it is written as text.
const EXACT_MAX: u64 = 1 << 53;

/// Rows that a sheet of a workbook can have.
const ROWS_MAX: usize = 1_048_576;

/// Why a workbook could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// A sheet is longer than the format allows.
    #[error(
        "sheet {sheet} needs {rows} rows, and a workbook holds at most {ROWS_MAX}; write CSV or JSON"
    )]
    TooManyRows {
        /// The sheet.
        sheet: String,
        /// Its rows.
        rows: usize,
    },
    /// The library that writes workbooks refused something.
    #[error("sheet {sheet} could not be written")]
    Write {
        /// The sheet.
        sheet: String,
        /// Why.
        #[source]
        source: XlsxError,
    },
    /// The workbook could not be put together.
    #[error("the workbook could not be put together")]
    Workbook(#[source] XlsxError),
}

/// The workbook of `sheets`, created on `day` as far as its properties say.
///
/// # Errors
///
/// Too many rows, a name that no tab can have, or a text of more than 32,767
/// characters.
pub fn workbook(
    sheets: &[Sheet],
    title: &str,
    day: Date,
    dates: DateStyle,
) -> Result<Vec<u8>, SheetError> {
    let mut book = Workbook::new();
    let created = ExcelDateTime::from_ymd(day.year().get(), day.month(), day.day());
    let created = created.map_err(SheetError::Workbook)?;
    book.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&created));
    let formats = Formats::new();
    for sheet in sheets {
        if ROWS_MAX < sheet.rows.len() {
            let (sheet, rows) = (sheet.name.clone(), sheet.rows.len());
            return Err(SheetError::TooManyRows { sheet, rows });
        }
        let worksheet = book.add_worksheet();
        fill(worksheet, sheet, &formats, dates)
            .map_err(|source| SheetError::Write { sheet: sheet.name.clone(), source })?;
    }
    book.save_to_buffer().map_err(SheetError::Workbook)
}

struct Formats {
    heading: Format,
    /// Text that would be a formula if it were typed in: kept text when edited.
    guarded: Format,
    day: Format,
}

impl Formats {
    fn new() -> Formats {
        Formats {
            heading: Format::new().set_bold().set_text_wrap(),
            guarded: Format::new().set_quote_prefix(),
            day: Format::new().set_num_format("dd/mm/yyyy"),
        }
    }
}

fn fill(
    worksheet: &mut Worksheet,
    sheet: &Sheet,
    formats: &Formats,
    dates: DateStyle,
) -> Result<(), XlsxError> {
    worksheet.set_name(&sheet.name)?;
    let columns = sheet.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    for (column, number) in (0_u16..).take(columns).enumerate() {
        let width = sheet.widths.get(column).or(sheet.widths.last());
        if let Some(width) = width {
            worksheet.set_column_width(number, *width)?;
        }
    }
    if 0 < sheet.frozen_rows {
        worksheet.set_freeze_panes(sheet.frozen_rows, 0)?;
    }
    for (number, row) in (0_u32..).zip(&sheet.rows) {
        for (column, cell) in (0_u16..).zip(&row.cells) {
            write(
                worksheet,
                (number, column),
                cell,
                row.heading.then_some(&formats.heading),
                formats,
                dates,
            )?;
        }
    }
    Ok(())
}

fn write(
    worksheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    heading: Option<&Format>,
    formats: &Formats,
    dates: DateStyle,
) -> Result<(), XlsxError> {
    let day = match (cell, dates) {
        (Cell::Day(day), DateStyle::DayMonthYear) => Some(*day),
        (Cell::Moment(moment), DateStyle::DayMonthYear) => Some(moment.date_in_japan()),
        _ => None,
    };
    match (cell, day) {
        (Cell::Blank, _) => {}
        (_, Some(day)) => {
            let serial = ExcelDateTime::from_ymd(day.year().get(), day.month(), day.day())?;
            worksheet.write_datetime_with_format(row, column, &serial, &formats.day)?;
        }
        (Cell::Integer(number), None) if *number <= EXACT_MAX => {
            worksheet.write_number(row, column, *number as f64)?;
        }
        (Cell::Signed(number), None) if number.unsigned_abs() <= u128::from(EXACT_MAX) => {
            worksheet.write_number(row, column, *number as f64)?;
        }
        (cell, None) => {
            let text = cell.shown(dates);
            let guard = (crate::cell::neutral(&text) != text).then_some(&formats.guarded);
            match heading.or(guard) {
                Some(format) => worksheet.write_string_with_format(row, column, text, format)?,
                None => worksheet.write_string(row, column, text)?,
            };
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::SheetRow;
    use calamine::{Data, Reader, Xlsx};
    use std::io::{Cursor, Read};

    fn sheet(rows: Vec<SheetRow>) -> Sheet {
        Sheet { name: "Figures".to_owned(), rows, frozen_rows: 0, widths: vec![20] }
    }

    fn day(text: &str) -> Date {
        text.parse().expect("a date")
    }

    fn made(cells: Vec<Cell>, dates: DateStyle) -> Vec<u8> {
        workbook(&[sheet(vec![SheetRow::of(cells)])], "t", day("2026-04-15"), dates).expect("made")
    }

    fn read(bytes: &[u8]) -> Vec<Data> {
        let mut book = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
        let range = book.worksheet_range("Figures").expect("the sheet");
        range.rows().next().expect("a row").to_vec()
    }

    #[test]
    fn numbers_are_numbers_and_days_are_days() {
        let moment = Cell::Moment(jcm_format::time::Timestamp::from_ms(0).expect("in range"));
        let cells = vec![Cell::Integer(1_234_567), Cell::Day(day("2025-12-31")), moment];
        let read_back = read(&made(cells.clone(), DateStyle::DayMonthYear));
        assert_eq!(read_back[0], Data::Float(1_234_567.0));
        let Data::DateTime(serial) = &read_back[1] else { panic!("{read_back:?}") };
        assert_eq!(serial.to_ymd_hms_milli(), (2025, 12, 31, 0, 0, 0, 0));
        assert!(matches!(&read_back[2], Data::DateTime(day) if day.to_ymd_hms_milli().0 == 1970));
        let read_back = read(&made(cells, DateStyle::Iso));
        assert_eq!(read_back[1], Data::String("2025-12-31".to_owned()));
        assert_eq!(read_back[2], Data::String("1970-01-01T00:00:00.000Z".to_owned()));
    }

    #[test]
    fn a_number_that_a_workbook_would_round_is_text() {
        let signed = [Cell::Signed(-7), Cell::Signed(i128::MIN)];
        let read_back = read(&made(signed.to_vec(), DateStyle::Iso));
        assert_eq!(read_back[0], Data::Float(-7.0));
        assert_eq!(read_back[1], Data::String(i128::MIN.to_string()));
        let read_back =
            read(&made(vec![Cell::Integer(u64::MAX), Cell::Integer(EXACT_MAX)], DateStyle::Iso));
        assert_eq!(read_back[0], Data::String("18446744073709551615".to_owned()));
        assert_eq!(read_back[1], Data::Float(9_007_199_254_740_992.0));
    }

    #[test]
    fn no_text_becomes_a_formula() {
        let texts = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "{=1+1}"];
        let cells = texts.iter().map(|text| Cell::Text((*text).to_owned())).collect();
        let bytes = made(cells, DateStyle::Iso);
        let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).expect("a zip");
        let mut xml = String::new();
        let mut part = archive.by_name("xl/worksheets/sheet1.xml").expect("the sheet");
        part.read_to_string(&mut xml).expect("text");
        assert!(!xml.contains("<f>") && !xml.contains("<f "), "{xml}");
        assert_eq!(xml.matches("t=\"s\"").count(), texts.len());
        drop(part);
        let mut styles = String::new();
        archive
            .by_name("xl/styles.xml")
            .expect("styles")
            .read_to_string(&mut styles)
            .expect("text");
        assert!(styles.contains("quotePrefix=\"1\""), "{styles}");
    }

    #[test]
    fn the_same_sheets_are_the_same_bytes() {
        let cells =
            || vec![Cell::Text("a".to_owned()), Cell::Integer(1), Cell::Day(day("2025-01-01"))];
        let first = made(cells(), DateStyle::DayMonthYear);
        assert_eq!(first, made(cells(), DateStyle::DayMonthYear));
        let mut archive = zip::ZipArchive::new(Cursor::new(&first)).expect("a zip");
        let mut core = String::new();
        archive
            .by_name("docProps/core.xml")
            .expect("core")
            .read_to_string(&mut core)
            .expect("text");
        // Every moment in it is the day that was named: no clock was read.
        assert_eq!(core.matches("T00:00:00Z").count(), 2, "{core}");
        assert_eq!(core.matches("2026-04-15T00:00:00Z").count(), 2, "{core}");
    }

    #[test]
    fn what_no_workbook_holds_is_an_error() {
        let long = Cell::Text("x".repeat(40_000));
        let error = workbook(
            &[sheet(vec![SheetRow::of(vec![long])])],
            "t",
            day("2026-04-15"),
            DateStyle::Iso,
        );
        assert!(matches!(error, Err(SheetError::Write { .. })));
        let rows = vec![SheetRow::default(); ROWS_MAX + 1];
        let error = workbook(&[sheet(rows)], "t", day("2026-04-15"), DateStyle::Iso);
        assert!(matches!(error, Err(SheetError::TooManyRows { .. })));
    }
}
