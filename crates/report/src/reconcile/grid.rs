//! The cells of a sheet, read one by one within limits. A sheet is never laid out
//! as a rectangle: two cells in opposite corners would take all memory.

use super::unpack::{WorkbookError, measure};
use super::value::Value;
use calamine::{Reader, Xlsx, XlsxError};
use std::collections::BTreeMap;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Sheets of a workbook.
pub const SHEETS_MAX: usize = 64;
/// Rows with something in them, of one sheet.
pub const ROWS_MAX: usize = 200_000;
/// The last column that is read; later ones are passed over.
pub const COLUMNS_MAX: u32 = 256;
/// Cells with something in them, of all sheets that are read.
pub const CELLS_MAX: usize = 4_000_000;

/// A sheet: rows and columns from 0, and what stands there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Grid {
    pub(super) name: String,
    pub(super) rows: BTreeMap<u32, BTreeMap<u32, Value>>,
}

/// All sheets of a workbook, in its order.
pub(super) fn grids(bytes: &[u8]) -> Result<Vec<Grid>, WorkbookError> {
    measure(bytes)?;
    // The reader has met few malicious files. A panic of it concerns these bytes
    // alone, and it holds nothing of ours.
    catch_unwind(AssertUnwindSafe(|| read(bytes)))
        .unwrap_or_else(|_| Err(WorkbookError::Reader("the reader gave up".to_owned())))
}

fn read(bytes: &[u8]) -> Result<Vec<Grid>, WorkbookError> {
    let refused = |error: XlsxError| WorkbookError::Reader(error.to_string());
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(refused)?;
    let names = book.sheet_names();
    if SHEETS_MAX < names.len() {
        let limit = format!("{SHEETS_MAX} sheets");
        let sheet = names.get(SHEETS_MAX).cloned().unwrap_or_default();
        return Err(WorkbookError::SheetTooLarge { sheet, limit });
    }
    let mut grids = Vec::new();
    let mut cells = 0_usize;
    for name in names {
        let mut reader = match book.worksheet_cells_reader(&name) {
            Ok(reader) => reader,
            // A sheet of charts has no cells.
            Err(XlsxError::NotAWorksheet(root)) if root != "worksheet" => continue,
            Err(error) => return Err(refused(error)),
        };
        let mut grid = Grid { name, rows: BTreeMap::new() };
        while let Some(cell) = reader.next_cell().map_err(refused)? {
            let (row, column) = cell.get_position();
            if COLUMNS_MAX <= column {
                continue;
            }
            let Some(value) = Value::of(cell.get_value()) else { continue };
            cells = cells.saturating_add(1);
            grid.rows.entry(row).or_default().insert(column, value);
            let too_large = |limit: String| {
                let sheet = grid.name.clone();
                WorkbookError::SheetTooLarge { sheet, limit }
            };
            if ROWS_MAX < grid.rows.len() {
                return Err(too_large(format!("{ROWS_MAX} rows")));
            }
            if CELLS_MAX < cells {
                return Err(too_large(format!("{CELLS_MAX} cells")));
            }
        }
        grids.push(grid);
    }
    Ok(grids)
}
