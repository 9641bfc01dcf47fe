//! Builds statements byte by byte, by the tables in the crate's documentation
//! and not by its code.

// Every test program uses a part of it.
#![allow(dead_code, clippy::expect_used)]

use encoding_rs::SHIFT_JIS;
use jcm_bank::{Format, LineError, Options, Problem, Statement, StatementErrors, read};
use jcm_format::time::Date;

pub(crate) fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

pub(crate) fn options() -> Options {
    Options { today: date("2026-11-23"), account_label: "main".to_owned(), format: None }
}

pub(crate) fn read_as(bytes: &[u8], format: Format) -> Result<Statement, StatementErrors> {
    read(bytes, Options { format: Some(format), ..options() })
}

pub(crate) fn shift_jis(text: &str) -> Vec<u8> {
    let (bytes, _, lossy) = SHIFT_JIS.encode(text);
    assert!(!lossy, "{text}");
    bytes.into_owned()
}

pub(crate) type Record = Vec<u8>;

/// A record of spaces with `fields`, each at its position from 1.
pub(crate) fn record(fields: &[(usize, &str)]) -> Record {
    let mut record = vec![b' '; 200];
    for (position, text) in fields {
        put(&mut record, *position, text);
    }
    record
}

pub(crate) fn put(record: &mut Record, position: usize, text: &str) {
    let bytes = shift_jis(text);
    record[position - 1..position - 1 + bytes.len()].copy_from_slice(&bytes);
}

/// A transfer that comes in.
#[derive(Clone)]
pub(crate) struct In {
    pub(crate) date: &'static str,
    pub(crate) yen: u64,
    pub(crate) payer: String,
    pub(crate) memo: String,
    pub(crate) number: u64,
}

pub(crate) fn transfer(yen: u64, payer: &str, memo: &str, number: u64) -> In {
    In { date: "081120", yen, payer: payer.to_owned(), memo: memo.to_owned(), number }
}

pub(crate) fn header_01() -> Record {
    record(&[
        (1, "1010081123081101081122"),
        (23, "0001"),
        (27, "ﾆﾎﾝ"),
        (42, "123"),
        (45, "ﾎﾝﾃﾝ"),
        (60, "1"),
        (61, "0012345"),
        (68, "JCMﾄｳﾛｸﾎﾞ"),
    ])
}

pub(crate) fn data_01(line: &In) -> Record {
    record(&[
        (1, "2"),
        (2, &format!("{:06}", line.number)),
        (8, line.date),
        (14, line.date),
        (20, &format!("{:010}", line.yen)),
        (30, "0000000000"),
        (40, "0000000000"),
        (50, &line.payer),
        (98, "ﾆﾎﾝｷﾞﾝｺｳ"),
        (113, "ﾎﾝﾃﾝ"),
        (129, &line.memo),
    ])
}

pub(crate) fn trailer_01(count: usize, yen: u64) -> Record {
    record(&[(1, &format!("8{count:06}{yen:012}000000000000000000"))])
}

pub(crate) fn end() -> Record {
    record(&[(1, "9")])
}

/// Records of kind 01: record 1 is the header, data begin with record 2.
pub(crate) fn transfers(lines: &[In]) -> Vec<Record> {
    let mut records = vec![header_01()];
    records.extend(lines.iter().map(data_01));
    records.push(trailer_01(lines.len(), lines.iter().map(|line| line.yen).sum()));
    records.push(end());
    records
}

pub(crate) fn header_03() -> Record {
    record(&[
        (1, "1030081123081101081122"),
        (23, "0001"),
        (27, "ﾆﾎﾝ"),
        (42, "123"),
        (45, "ﾎﾝﾃﾝ"),
        (60, "000"),
        (63, "1"),
        (64, "0000012345"),
        (74, "JCMﾄｳﾛｸﾎﾞ"),
        (114, "1"),
        (116, "00000000100000"),
    ])
}

/// `direction` 1 is in and 2 out; `kind` is 取引区分.
pub(crate) fn data_03(line: &In, direction: u8, kind: &str) -> Record {
    record(&[
        (1, "2"),
        (2, &format!("{:08}", line.number)),
        (10, line.date),
        (16, line.date),
        (22, &direction.to_string()),
        (23, kind),
        (25, &format!("{:012}", line.yen)),
        (37, "000000000000"),
        (82, &line.payer),
        (130, "ﾆﾎﾝｷﾞﾝｺｳ"),
        (160, "ﾌﾘｺﾐ"),
        (180, &line.memo),
    ])
}

pub(crate) fn trailer_03(credits: (usize, u64), debits: (usize, u64)) -> Record {
    let text = format!(
        "8{:06}{:013}{:06}{:013}1{:014}{:07}",
        credits.0,
        credits.1,
        debits.0,
        debits.1,
        0,
        credits.0 + debits.0
    );
    record(&[(1, &text)])
}

pub(crate) fn joined(records: &[Record], line_end: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for record in records {
        bytes.extend_from_slice(record);
        bytes.extend_from_slice(line_end.as_bytes());
    }
    bytes
}

/// The faults of a refused file, as (line, problem).
pub(crate) fn faults(result: Result<Statement, StatementErrors>) -> Vec<(Option<u32>, Problem)> {
    let errors = result.expect_err("refused");
    assert_eq!(errors.total, errors.shown.len() as u64);
    for error in &errors.shown {
        assert_is_told(error);
    }
    errors.shown.into_iter().map(|error| (error.line, error.problem)).collect()
}

/// A fault names its place, says what is wrong and what to do, in two languages.
fn assert_is_told(error: &LineError) {
    let (english, japanese) = (error.to_string(), error.japanese());
    for text in [error.field.english(), &error.problem.to_string(), error.problem.advice()] {
        assert!(!text.is_empty() && english.contains(text), "{english}");
    }
    for text in [error.field.japanese(), &error.problem.japanese(), error.problem.advice_japanese()]
    {
        assert!(!text.is_empty() && japanese.contains(text), "{japanese}");
    }
    if let Some(line) = error.line {
        assert!(english.starts_with(&format!("line {line},")), "{english}");
        assert!(japanese.starts_with(&format!("{line}行目")), "{japanese}");
    }
    assert!(japanese.chars().any(|c| ('ぁ'..='ん').contains(&c)), "{japanese}");
}
