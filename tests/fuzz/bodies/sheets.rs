//! Spreadsheets of holders and operators. The first byte says what the rest is: a file,
//! for 0, or a part of a workbook that is whole otherwise.

use jcm_cli::bulk::sheet::Sheet;
use jcm_cli::bulk::{issuances, transfers};
use jcm_tests::seeds;
use std::path::Path;
use std::sync::OnceLock;

pub(crate) fn body(bytes: &[u8]) -> bool {
    static BOOK: OnceLock<Vec<u8>> = OnceLock::new();
    let Some((first, rest)) = bytes.split_first() else { return false };
    let file = match first {
        0 => rest.to_vec(),
        part => {
            let book = BOOK.get_or_init(|| seeds::sheet(transfers::SHEET, transfers::COLUMNS));
            seeds::with_part(book, usize::from(part - 1), rest)
        }
    };
    let read = |name, columns| Sheet::parse(&file, Path::new("sheet"), name, columns);
    let transfer = read(transfers::SHEET, transfers::COLUMNS);
    if let Ok(sheet) = &transfer {
        assert!(!sheet.rows.is_empty() && sheet.rows.len() <= 10_000);
        if let Ok(rows) = transfers::read(sheet) {
            assert_eq!(rows.len(), sheet.rows.len(), "every row is an act");
        }
    }
    let issuance = read(issuances::SHEET, issuances::COLUMNS);
    if let Ok(sheet) = &issuance
        && let Ok(rows) = issuances::read(sheet)
    {
        assert!(rows.len() <= sheet.rows.len());
    }
    transfer.is_ok() || issuance.is_ok()
}
