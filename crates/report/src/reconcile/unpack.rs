//! Whether the bytes are a workbook that can be read without harm. Everything is
//! measured before a reader sees it: what the archive says of its own size is
//! not believed.

use super::references;
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// The largest file that is looked at: a report of a hundred thousand rows has 10 MB.
pub const FILE_BYTES_MAX: usize = 32 << 20;
/// All parts unpacked. A sheet of a hundred thousand rows has about 100 MB of XML.
pub const UNPACKED_BYTES_MAX: u64 = 256 << 20;
/// Parts of the archive; a workbook of sixty sheets has about 130.
pub const PARTS_MAX: usize = 1_000;

/// Why bytes are not a workbook that can be read.
#[derive(Debug, thiserror::Error)]
pub enum WorkbookError {
    /// The file is larger than the limit.
    #[error("the file has {bytes} bytes, and at most {FILE_BYTES_MAX} are read")]
    FileTooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Unpacked, the file is larger than the limit.
    #[error(
        "unpacked the file has more than {UNPACKED_BYTES_MAX} bytes; it may be made to exhaust memory"
    )]
    UnpackedTooLarge,
    /// The archive has more parts than the limit.
    #[error("the file has {parts} parts, and at most {PARTS_MAX} are read")]
    TooManyParts {
        /// How many.
        parts: usize,
    },
    /// It is an older workbook, or one with a password.
    #[error(
        "this is an older Excel file or one with a password; save it as .xlsx without a password"
    )]
    OldOrEncrypted,
    /// It is no archive, or a damaged one.
    #[error("this is no .xlsx workbook, or it was cut off or damaged on its way")]
    NotAnArchive(#[source] zip::result::ZipError),
    /// A part of the archive cannot be unpacked.
    #[error("part {part} of the workbook is damaged")]
    Part {
        /// Which.
        part: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A part claims more than it can hold, or hides what it says.
    #[error("part {part} of the workbook claims to hold more than it does, or is not in UTF-8")]
    Dishonest {
        /// Which.
        part: String,
    },
    /// A part refers to a cell that no sheet has.
    #[error(
        "part {part} of the workbook names a cell or row that no sheet has: \"{reference}\"; \
         the last one is XFD1048576. Open the file in a spreadsheet program and save it again"
    )]
    Reference {
        /// Which.
        part: String,
        /// What it refers to.
        reference: String,
    },
    /// The reader of workbooks refused it.
    #[error("the workbook cannot be read: {0}")]
    Reader(String),
    /// A sheet goes beyond the limits.
    #[error("sheet \"{sheet}\" goes beyond {limit}, which is the most that is read")]
    SheetTooLarge {
        /// Which.
        sheet: String,
        /// What it goes beyond.
        limit: String,
    },
    /// No sheet has the headings of actions.
    #[error(
        "no sheet has the headings of the table of actions; sheets found: {sheets}. Needed in one row: \
         Action type, First ID, Last ID (or, in the older template, First and Last unique identifier)"
    )]
    NoActions {
        /// The sheets that were found.
        sheets: String,
    },
}

/// The first bytes of the container in which older and encrypted workbooks come.
const COMPOUND_FILE: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0];

/// Unpacks every part, keeps none, and refuses what is too large or dishonest: to be
/// asked before a reader of workbooks is given the bytes.
///
/// # Errors
///
/// It is no archive, or goes beyond the limits.
pub fn measure(bytes: &[u8]) -> Result<(), WorkbookError> {
    measure_within(bytes, UNPACKED_BYTES_MAX)
}

/// As [`measure`], with a limit on what is unpacked that tests can reach.
pub(super) fn measure_within(bytes: &[u8], unpacked_max: u64) -> Result<(), WorkbookError> {
    if FILE_BYTES_MAX < bytes.len() {
        return Err(WorkbookError::FileTooLarge { bytes: bytes.len() });
    }
    if bytes.starts_with(COMPOUND_FILE) {
        return Err(WorkbookError::OldOrEncrypted);
    }
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(WorkbookError::NotAnArchive)?;
    let parts = archive.len();
    if PARTS_MAX < parts {
        return Err(WorkbookError::TooManyParts { parts });
    }
    let mut left = unpacked_max;
    for index in 0..parts {
        let entry = archive.by_index(index).map_err(WorkbookError::NotAnArchive)?;
        let name = entry.name().map_err(WorkbookError::NotAnArchive)?;
        let part: String = name.chars().take(80).collect();
        drop(name);
        let mut content = Vec::new();
        let read = entry.take(left.saturating_add(1)).read_to_end(&mut content);
        read.map_err(|source| WorkbookError::Part { part: part.clone(), source })?;
        left = left.checked_sub(content.len() as u64).ok_or(WorkbookError::UnpackedTooLarge)?;
        if !is_honest(&content) {
            return Err(WorkbookError::Dishonest { part });
        }
        if let Some(reference) = references::beyond(&content) {
            return Err(WorkbookError::Reference { part, reference });
        }
    }
    Ok(())
}

/// The reader of workbooks makes room for as many texts as a part says it has, so a
/// part must not say more than it has bytes; and must be in UTF-8, or what it
/// says could not be seen here.
fn is_honest(content: &[u8]) -> bool {
    let head = content.get(..2).unwrap_or_default();
    let wide: [&[u8]; 4] = [&[0xfe, 0xff], &[0xff, 0xfe], &[0, b'<'], &[b'<', 0]];
    if wide.contains(&head) {
        return false;
    }
    const CLAIM: &[u8] = b"uniqueCount";
    let claims = content.windows(CLAIM.len()).enumerate().filter(|(_, bytes)| *bytes == CLAIM);
    claims.map(|(at, _)| at + CLAIM.len()).all(|at| {
        let after = content.get(at..).unwrap_or_default();
        let digits = after
            .iter()
            .skip_while(|byte| byte.is_ascii_whitespace() || b"=\"'+".contains(byte))
            .take_while(|byte| byte.is_ascii_digit());
        let mut count: u64 = 0;
        for digit in digits {
            count = count.saturating_mul(10).saturating_add(u64::from(*digit - b'0'));
        }
        count <= content.len() as u64
    })
}
