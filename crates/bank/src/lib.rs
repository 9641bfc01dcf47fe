//! Reads a bank's statement of incoming payments, so that the operator of the
//! registry books fees from a file and not from a screen.
//!
//! Nothing in here opens a file, reads a clock or decides a booking: bytes come
//! in, a [`Statement`] goes out, and [`propose`] says which application a
//! payment is probably for. A person decides.
//!
//! Three formats are read; the content tells which:
//!
//! * 振込入金通知 and 入出金取引明細, the fixed-width files of the Japanese
//!   Bankers Association (全銀協): see [`mod@zengin`] for the layout and its
//!   sources;
//! * tables (CSV) in UTF-8 or Shift_JIS with a header line: see [`mod@table`].
//!
//! A statement is taken over whole or not at all: one bad line refuses the
//! file, and [`StatementErrors`] names every bad line.

mod collect;
mod date;
mod error;
mod field;
mod names;
mod propose;
pub mod table;
mod text;
mod words;
pub mod zengin;

pub use error::{Expected, LineError, Problem, StatementErrors};
pub use field::Field;
pub use propose::{Ground, OpenFee, Outcome, Proposal, propose};

use collect::Collector;
use jcm_format::amount::Yen;
use jcm_format::hash::Digest;
use jcm_format::invoice::InvoiceReference;
use jcm_format::time::Date;

/// The largest file that is read, in bytes: 8 MiB are 41,943 records of 200.
pub const FILE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The most payments in one statement: what a person can look through.
pub const CREDIT_LINES_MAX: usize = 1_000;

/// The most faults that a refusal lists; the rest are counted.
pub const ERRORS_SHOWN_MAX: usize = 100;

/// The longest payer or memo, in bytes of UTF-8.
pub const TEXT_BYTES_MAX: usize = jcm_format::limits::TEXT_BYTES_MAX;

/// How a statement is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// 振込入金通知, kind 01: incoming transfers only.
    ZenginTransfers,
    /// 入出金取引明細, kind 03: everything that moved on the account.
    ZenginTransactions,
    /// A table in UTF-8, with or without a byte order mark.
    TableUtf8,
    /// A table in Shift_JIS.
    TableShiftJis,
}

/// What the reader has to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The date in Japan. A line dated later is a fault: it is how the year of
    /// another era, or of the western calendar, shows in a two-digit year. A
    /// payment of this very day is one too: the day is not over.
    pub today: Date,
    /// Which account of the implementing body the statement is of: one label for
    /// each, always the same. See [`StatementLine::key`].
    pub account_label: String,
    /// The format, if the caller knows better than the content tells.
    pub format: Option<Format>,
}

/// A statement without fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// How it is written.
    pub format: Format,
    /// SHA-256 of the keys of the lines in their order: tells no more than they do.
    pub digest: Digest,
    /// The payments in the order of the file, at most [`CREDIT_LINES_MAX`].
    pub lines: Vec<StatementLine>,
    /// How many lines are money that went out.
    pub skipped_debits: u32,
    /// How many lines are money that came in otherwise than by transfer.
    pub skipped_other_credits: u32,
}

/// A payment that came in by transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementLine {
    /// Line of the table or record of the fixed-width file, from 1. Empty lines
    /// count in a table and not among records.
    pub line: u32,
    /// The day on which the bank booked it (勘定日), in Japan: statements are cut by it.
    pub booked: Date,
    /// The day from which the money counts (起算日), in Japan.
    pub value_date: Date,
    /// How much came in: more than nothing, at most [`Yen::MAX`].
    pub amount: Yen,
    /// Who paid, in NFKC without space at either end. May be empty.
    pub payer: String,
    /// What the payer or the bank wrote along, in the same form.
    pub memo: String,
    /// The bank's number of the line (照会番号) as it stands; may be empty.
    pub bank_number: String,
    /// The reference in payer or memo, if there is exactly one.
    pub reference: Option<InvoiceReference>,
    /// Whether payer and memo hold several references, hence `reference` none.
    pub several_references: bool,
    /// Names the line for good: overlapping statements of one account give the
    /// same line the same key, in whatever format, and lines of one statement
    /// different ones.
    ///
    /// It is made of the label of the account, the day of booking (the value date
    /// where no other is given), the amount, and the place among the payments of
    /// that day and amount; of nothing that tells who paid. So statements must hold
    /// whole days, and be of one account.
    pub key: [u8; StatementLine::KEY_LEN],
}

impl StatementLine {
    /// Length of a key in bytes.
    pub const KEY_LEN: usize = 12;

    /// Every reference in the payer, then in the memo, each once.
    pub fn references(&self) -> Vec<InvoiceReference> {
        references_in(&self.payer, &self.memo)
    }
}

/// Every reference in `payer`, then in `memo`, each once. Searched apart, so
/// that the end of one and the start of the other make no reference.
fn references_in(payer: &str, memo: &str) -> Vec<InvoiceReference> {
    let mut found = InvoiceReference::find_in(payer);
    for reference in InvoiceReference::find_in(memo) {
        if !found.contains(&reference) {
            found.push(reference);
        }
    }
    found
}

/// Reads a statement.
///
/// # Errors
///
/// Every line that cannot be taken over, and every way in which the file
/// contradicts itself. Nothing of the statement is returned then.
pub fn read(bytes: &[u8], options: Options) -> Result<Statement, StatementErrors> {
    if FILE_BYTES_MAX < bytes.len() {
        let bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        return Err(StatementErrors::of_file(Problem::FileTooLarge { bytes }));
    }
    if bytes.is_empty() {
        return Err(StatementErrors::of_file(Problem::Empty));
    }
    let mut collector = Collector::new(options.today, options.account_label);
    let format = options.format.unwrap_or_else(|| detect(bytes));
    match format {
        Format::ZenginTransfers | Format::ZenginTransactions => {
            zengin::read(bytes, format, &mut collector);
        }
        Format::TableUtf8 | Format::TableShiftJis => table::read(bytes, format, &mut collector),
    }
    collector.finish(format)
}

/// The format that the first bytes show. A table begins with the name of a
/// column; no bank's column is called by four digits.
fn detect(bytes: &[u8]) -> Format {
    let looks_fixed = bytes.iter().take(4).all(u8::is_ascii_digit);
    match (looks_fixed, bytes.get(1..3)) {
        (true, Some(b"03")) => Format::ZenginTransactions,
        // Of another kind too: its reader says which kinds are read.
        (true, _) => Format::ZenginTransfers,
        (false, _) => table::encoding(bytes),
    }
}
