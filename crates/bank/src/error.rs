//! What is wrong with a statement, line by line, and what to do about it.

use crate::field::Field;
use crate::{CREDIT_LINES_MAX, FILE_BYTES_MAX};
use jcm_format::time::Date;
use std::fmt;

/// Why a statement was refused: every fault, and nothing was taken over.
///
/// Displayed in English, one fault a line; [`StatementErrors::japanese`] is the
/// same in Japanese.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.english())]
pub struct StatementErrors {
    /// The first faults in the order of the file, at most [`crate::ERRORS_SHOWN_MAX`].
    pub shown: Vec<LineError>,
    /// How many there are in all.
    pub total: u64,
}

/// One fault. A line is reported with its first fault only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// Line or record, from 1; none if it concerns the whole file.
    pub line: Option<u32>,
    /// Where in the line.
    pub field: Field,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong. Texts from the file are cut to 40 characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The file exceeds [`FILE_BYTES_MAX`].
    #[error("the file has {bytes} bytes, at most {FILE_BYTES_MAX} are read")]
    FileTooLarge {
        /// Its size.
        bytes: u64,
    },
    /// The file has no bytes.
    #[error("the file is empty")]
    Empty,
    /// More payments than [`CREDIT_LINES_MAX`].
    #[error("there are {credits} payments, at most {CREDIT_LINES_MAX} are read")]
    TooManyCredits {
        /// How many there are.
        credits: u64,
    },
    /// The kind of statement is another than 01 or 03, or than was asked for.
    #[error("the kind of statement is {found:?}, not {expected}")]
    WrongKind {
        /// What stands there.
        found: String,
        /// What was expected.
        expected: &'static str,
    },
    /// The file says that it is written in EBCDIC.
    #[error("the file is written in EBCDIC, not in JIS")]
    Ebcdic,
    /// A header of another account than the first one's.
    #[error("it is of another account than the header before")]
    OtherAccount,
    /// A time deposit, whose records have other fields.
    #[error("the account is a time deposit, whose records have other fields")]
    TimeDeposit,
    /// A record is not 200 bytes long.
    #[error("it has {bytes} bytes, not a whole number of records of 200")]
    RecordLength {
        /// Its length.
        bytes: u64,
    },
    /// A record stands where another must.
    #[error("a record {found:?} stands where {expected} must")]
    UnexpectedRecord {
        /// Its first character.
        found: String,
        /// What must stand there.
        expected: Expected,
    },
    /// The file ends early.
    #[error("the file ends where {expected} must stand")]
    EndsEarly {
        /// What must stand there.
        expected: Expected,
    },
    /// The bytes are not text of the file's encoding.
    #[error("the bytes are not text in {encoding}")]
    NotText {
        /// The encoding.
        encoding: &'static str,
    },
    /// The text has control characters or ones that change its direction.
    #[error("it has characters that cannot be shown safely")]
    UnsafeText,
    /// The text is longer than any bank writes.
    #[error("it is longer than {max} bytes")]
    TooLong {
        /// The most that is read.
        max: usize,
    },
    /// Nothing stands where something must.
    #[error("it is empty")]
    Missing,
    /// Not a number in a form that is read.
    #[error("{text:?} is not a whole number")]
    NotANumber {
        /// What stands there.
        text: String,
    },
    /// An amount of nothing.
    #[error("the amount is zero")]
    Zero,
    /// An amount that no fee comes near.
    #[error("{text} yen is more than any single amount may be")]
    TooMuch {
        /// What stands there.
        text: String,
    },
    /// Both of two fields of which one must be zero.
    #[error("two amounts stand in one line")]
    TwoAmounts,
    /// Not a date that exists in the calendar of the file.
    #[error("{text:?} is not a date of the calendar used here")]
    NotADate {
        /// What stands there.
        text: String,
    },
    /// The date lies after today: a western or an earlier era's year was read as Reiwa.
    #[error("{text:?} is a date in the future")]
    Future {
        /// What stands there.
        text: String,
    },
    /// A payment of today: more of the same day may follow, and be taken for it.
    #[error("{date} is today, and the day is not over")]
    DayNotOver {
        /// Today.
        date: Date,
    },
    /// The date is not one that the header names.
    #[error("{text:?} is not within the dates of the header")]
    OutsidePeriod {
        /// What stands there.
        text: String,
    },
    /// A code that the format does not have.
    #[error("{text:?} is not a code of this field")]
    UnknownCode {
        /// What stands there.
        text: String,
    },
    /// A correction or cancellation.
    #[error("it is a correction or a cancellation")]
    Correction,
    /// Cheques may still be returned unpaid.
    #[error("{text} yen of it are cheques that may still be returned unpaid")]
    Uncleared {
        /// The yen.
        text: String,
    },
    /// The trailer disagrees with the records.
    #[error("the trailer says {said}, the records have {found}")]
    TrailerDiffers {
        /// What the trailer says.
        said: u64,
        /// What the records amount to.
        found: u64,
    },
    /// A column that must be there is not.
    #[error("the column is missing")]
    NoColumn,
    /// Two columns of the same meaning.
    #[error("two columns mean the same: {name:?}")]
    SameColumn {
        /// The second one's name.
        name: String,
    },
    /// A row has more or fewer cells than the header line.
    #[error("it has {found} cells, the header line has {expected}")]
    CellCount {
        /// Cells of the row.
        found: u64,
        /// Cells of the header line.
        expected: u64,
    },
    /// A cell goes on over the end of its line: a quotation mark is not closed.
    #[error("a quotation mark is not closed on its line")]
    OpenQuote,
}

/// Which record must stand somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// A header record.
    Header,
    /// A data or trailer record.
    DataOrTrailer,
    /// A header or end record.
    HeaderOrEnd,
    /// Nothing: the end record was the last.
    Nothing,
}

impl Expected {
    /// In English and in Japanese.
    pub(crate) const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Expected::Header => ("a header (1)", "ヘッダー・レコード(1)"),
            Expected::DataOrTrailer => {
                ("data (2) or a trailer (8)", "データ(2)又はトレーラ(8)・レコード")
            }
            Expected::HeaderOrEnd => {
                ("a header (1) or the end (9)", "ヘッダー(1)又はエンド(9)・レコード")
            }
            Expected::Nothing => ("nothing", "終わり"),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.texts().0)
    }
}

impl StatementErrors {
    /// The refusal of a whole file for one reason.
    pub(crate) fn of_file(problem: Problem) -> StatementErrors {
        StatementErrors {
            shown: vec![LineError { line: None, field: Field::File, problem }],
            total: 1,
        }
    }

    /// Every fault shown and how many are not, in English.
    pub fn english(&self) -> String {
        let faults = if self.total == 1 { "fault" } else { "faults" };
        let mut text = format!("nothing was taken over; {} {faults}:", self.total);
        for error in &self.shown {
            text.push_str(&format!("\n{error}"));
        }
        if 0 < self.not_shown() {
            text.push_str(&format!("\nand {} more", self.not_shown()));
        }
        text
    }

    /// Every fault shown and how many are not, in Japanese.
    pub fn japanese(&self) -> String {
        let mut text = format!("何も取り込んでいません。誤り{}件:", self.total);
        for error in &self.shown {
            text.push_str(&format!("\n{}", error.japanese()));
        }
        if 0 < self.not_shown() {
            text.push_str(&format!("\nほか{}件", self.not_shown()));
        }
        text
    }

    fn not_shown(&self) -> u64 {
        let shown = u64::try_from(self.shown.len()).unwrap_or(u64::MAX);
        self.total.saturating_sub(shown)
    }
}

impl fmt::Display for LineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}, ")?;
        }
        write!(f, "{}: {}; {}", self.field, self.problem, self.problem.advice())
    }
}

impl LineError {
    /// The same in Japanese.
    pub fn japanese(&self) -> String {
        let line = self.line.map_or(String::new(), |line| format!("{line}行目 "));
        let (field, problem) = (self.field.japanese(), self.problem.japanese());
        format!("{line}{field}: {problem}。{}。", self.problem.advice_japanese())
    }
}
