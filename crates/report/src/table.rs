//! Files: CSV with a heading, and JSON. Both are made from the same values.

use serde::Serialize;

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// A row could not be written.
    #[error("a row could not be written")]
    Csv(#[source] csv::Error),
    /// The rows are not text.
    #[error("the rows are not text")]
    Text(#[source] std::string::FromUtf8Error),
    /// The end of the file could not be written.
    #[error("the end of the file could not be written")]
    Flush,
    /// The document could not be written.
    #[error("the JSON document could not be written")]
    Json(#[source] serde_json::Error),
    /// The workbook could not be written.
    #[error("the workbook could not be written")]
    Xlsx(#[source] crate::sheet::SheetError),
    /// A sheet has too many rows, or a row no sheet.
    #[error("a sheet of a workbook has at most {} rows", crate::xlsx::SHEET_ROWS_MAX)]
    SheetRows,
}

/// A CSV file. Cells that hold what people wrote go through
/// [`crate::cell::neutral`] first.
pub(crate) fn csv_of<const N: usize>(
    heading: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Result<String, ReportError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(heading).map_err(ReportError::Csv)?;
    for row in rows {
        writer.write_record(row).map_err(ReportError::Csv)?;
    }
    let bytes = writer.into_inner().map_err(|_| ReportError::Flush)?;
    String::from_utf8(bytes).map_err(ReportError::Text)
}

/// An indented JSON document that ends with a line feed.
pub(crate) fn json_of(value: &impl Serialize) -> Result<String, ReportError> {
    let mut json = serde_json::to_string_pretty(value).map_err(ReportError::Json)?;
    json.push('\n');
    Ok(json)
}
