//! Statements as tables (CSV): comma-separated, with a header line, in UTF-8
//! with or without byte order mark, or in Shift_JIS.
//!
//! There is no standard; every bank names its columns in its own way. Each
//! meaning has a list of names, below; spaces, `(円)` and the like, width and
//! case do not matter. Columns of other names are ignored.
//!
//! | meaning | needed | names |
//! | --- | --- | --- |
//! | value date | yes, or the next | 起算日, value date |
//! | day of booking | yes, or the last | 取引日, お取引日, 日付, 勘定日, 入金日, 年月日, date, transaction date |
//! | amount | yes | 入金額, 入金金額, 預かり金額, お預入金額, 入金, 金額, amount, credit, deposit |
//! | withdrawal | | 出金額, 出金金額, 支払い金額, お引出金額, 出金, debit, withdrawal |
//! | payer | yes | 振込人名, 振込依頼人名, 依頼人名, payer; else 摘要内容; else 摘要, description |
//! | memo | | EDI情報, EDI, メモ, 備考, memo, remarks; and 摘要 if it is not the payer |
//! | reference no. | | 照会番号, 取引番号, reference no., reference, reference number |
//! | in or out | | 入払区分, 入金区分, 入出金区分, in or out |
//! | kind | | 取引区分, 取引種別, 種別, kind, type |
//!
//! A row is a payment if its amount is a number above zero; one with a
//! withdrawal only, or called out (`2`, `出金`), is a debit. If there is a kind,
//! only 振込 (11, transfer) is a payment. A kind or 摘要 that speaks of
//! 訂正, 取消 or 組戻, and a negative amount, is a correction, for a person to
//! book.
//!
//! Amounts are whole yen: `14400`, `14,400`, `¥14,400`, `14,400円`. For dates see
//! [`crate::Options`] and the year of Reiwa: a year of two digits needs its era.
//!
//! Source: none beyond the names that banks' downloads are known by; the list
//! is ours and grows with what operators meet.

use crate::collect::{Collector, Fault, Payment, Row};
use crate::error::Problem;
use crate::field::Field;
use crate::text::{self, joined, normal, shown};
use crate::{Format, date};
use csv::StringRecord;
use jcm_format::amount::Yen;
use jcm_format::time::Date;
use std::borrow::Cow;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The most columns of a table.
pub const COLUMNS_MAX: usize = 64;

/// In which encoding a table is written, by its header line: UTF-8 if that is
/// UTF-8 and not ASCII, else by the whole file.
pub(crate) fn encoding(bytes: &[u8]) -> Format {
    let header = bytes.split(|b| matches!(*b, b'\r' | b'\n')).next().unwrap_or_default();
    let telling = if header.is_ascii() { bytes } else { header };
    let is_utf8 = bytes.starts_with(BYTE_ORDER_MARK) || str::from_utf8(telling).is_ok();
    if is_utf8 { Format::TableUtf8 } else { Format::TableShiftJis }
}

/// Reads a table, leaving payments and faults in `collector`.
pub(crate) fn read(bytes: &[u8], format: Format, collector: &mut Collector) {
    let text = decoded(bytes, format, collector);
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut rows = reader.records().map(|row| {
        row.map(|row| (row.position().map_or(1, |position| line_of(position, &text)), row))
    });
    let columns = match rows.next() {
        Some(Ok((line, header))) => match Columns::of(&header) {
            Ok(columns) => columns,
            Err(fault) => return collector.fault(Some(line), fault),
        },
        _ => return collector.fault(Some(1), (Field::HeaderLine, Problem::Missing)),
    };
    for row in rows {
        let (line, row) = match row {
            Ok(row) => row,
            // Cannot be, as the text is UTF-8 by now; not passed over if it is.
            Err(_) => {
                collector.fault(None, (Field::Record, Problem::NotText { encoding: "UTF-8" }));
                continue;
            }
        };
        match columns.read(&row, collector.today) {
            Ok(Some(row)) => collector.row(line, row),
            Ok(None) => {}
            Err(fault) => collector.fault(Some(line), fault),
        }
    }
}

/// The line on which a row stands, from 1. Its position is where the row before
/// ended; empty lines between the two are not in it.
fn line_of(position: &csv::Position, text: &str) -> u32 {
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.as_bytes().get(start..).unwrap_or_default();
    let empty = rest.iter().take_while(|b| **b == b'\n').count();
    let line = position.line().saturating_add(count(empty));
    u32::try_from(line).unwrap_or(u32::MAX)
}

/// The text with one kind of line end. A line that is not text is a fault and
/// left empty, so that the others keep their numbers.
fn decoded(bytes: &[u8], format: Format, collector: &mut Collector) -> String {
    let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    let mut number = 0_u32;
    while !rest.is_empty() {
        number = number.saturating_add(1);
        let line = rest.split(|b| matches!(*b, b'\r' | b'\n')).next().unwrap_or_default();
        let after = rest.get(line.len()..).unwrap_or_default();
        let after_cr = after.strip_prefix(b"\r").unwrap_or(after);
        rest = after_cr.strip_prefix(b"\n").unwrap_or(after_cr);
        let decoded = match format {
            Format::TableShiftJis => text::from_shift_jis(line),
            _ => text::from_utf8(line),
        };
        let decoded = decoded.unwrap_or_else(|problem| {
            collector.fault(Some(number), (Field::Record, problem));
            Cow::default()
        });
        text.push_str(&decoded);
        text.push('\n');
    }
    text
}

/// Where each meaning stands.
struct Columns {
    count: usize,
    booked: usize,
    value_date: usize,
    amount: usize,
    payer: usize,
    withdrawal: Option<usize>,
    memo: Option<usize>,
    summary: Option<usize>,
    bank_number: Option<usize>,
    direction: Option<usize>,
    kind: Option<usize>,
}

const VALUE_DATE: &[&str] = &["起算日", "valuedate"];
const DATE: &[&str] =
    &["取引日", "お取引日", "日付", "勘定日", "入金日", "年月日", "date", "transactiondate"];
const AMOUNT: &[&str] = &[
    "入金額",
    "入金金額",
    "預かり金額",
    "お預入金額",
    "入金",
    "金額",
    "amount",
    "credit",
    "deposit",
];
const WITHDRAWAL: &[&str] =
    &["出金額", "出金金額", "支払い金額", "お引出金額", "出金", "debit", "withdrawal"];
const PAYER: &[&str] = &["振込人名", "振込依頼人名", "依頼人名", "payer"];
/// With some banks 摘要 is the kind of transaction and this names the payer.
const PAYER_OR_ELSE: &[&str] = &["摘要内容"];
const SUMMARY: &[&str] = &["摘要", "description"];
const MEMO: &[&str] = &["edi情報", "edi", "メモ", "備考", "memo", "remarks"];
const BANK_NUMBER: &[&str] =
    &["照会番号", "取引番号", "referenceno", "reference", "referencenumber"];
const DIRECTION: &[&str] = &["入払区分", "入金区分", "入出金区分", "inorout"];
const KIND: &[&str] = &["取引区分", "取引種別", "種別", "kind", "type"];

impl Columns {
    fn of(header: &StringRecord) -> Result<Columns, Fault> {
        if COLUMNS_MAX < header.len() {
            let (found, expected) = (count(header.len()), count(COLUMNS_MAX));
            return Err((Field::HeaderLine, Problem::CellCount { found, expected }));
        }
        if header.iter().any(|name| name.contains('\n')) {
            return Err((Field::HeaderLine, Problem::OpenQuote));
        }
        let names: Vec<String> = header.iter().map(column_name).collect();
        let find = |field: Field, known: &[&str]| -> Result<Option<usize>, Fault> {
            let mut found = names.iter().enumerate().filter(|(_, n)| known.contains(&n.as_str()));
            let first = found.next().map(|(at, _)| at);
            match found.next() {
                Some((_, second)) => Err((field, Problem::SameColumn { name: shown(second) })),
                None => Ok(first),
            }
        };
        // Where a table has only one of the two, it is both.
        let value_date = find(Field::ValueDate, VALUE_DATE)?;
        let booked = find(Field::BookingDate, DATE)?;
        let payer = find(Field::Payer, PAYER)?.or(find(Field::Payer, PAYER_OR_ELSE)?);
        let summary = find(Field::Memo, SUMMARY)?;
        let needed = |field, column: Option<usize>| column.ok_or((field, Problem::NoColumn));
        Ok(Columns {
            count: names.len(),
            booked: needed(Field::BookingDate, booked.or(value_date))?,
            value_date: needed(Field::BookingDate, value_date.or(booked))?,
            amount: needed(Field::Amount, find(Field::Amount, AMOUNT)?)?,
            payer: needed(Field::Payer, payer.or(summary))?,
            withdrawal: find(Field::Withdrawal, WITHDRAWAL)?,
            memo: find(Field::Memo, MEMO)?,
            summary: summary.filter(|_| payer.is_some()),
            bank_number: find(Field::BankNumber, BANK_NUMBER)?,
            direction: find(Field::Direction, DIRECTION)?,
            kind: find(Field::TransactionKind, KIND)?,
        })
    }

    /// What a row is; none if all its cells are empty.
    fn read(&self, row: &StringRecord, today: Date) -> Result<Option<Row>, Fault> {
        // First: an open quote swallows rows, and spoils the number of cells.
        if row.iter().any(|cell| cell.contains('\n')) {
            return Err((Field::Record, Problem::OpenQuote));
        }
        if row.iter().all(|cell| cell.trim().is_empty()) {
            return Ok(None);
        }
        if row.len() != self.count {
            let (found, expected) = (count(row.len()), count(self.count));
            return Err((Field::Record, Problem::CellCount { found, expected }));
        }
        let optional = |column: Option<usize>| column.and_then(|at| row.get(at)).unwrap_or("");
        let (kind, summary) = (normal(optional(self.kind)), optional(self.summary));
        if speaks_of_correction(&kind) || speaks_of_correction(&normal(summary)) {
            return Err((Field::TransactionKind, Problem::Correction));
        }
        let booked = date::of_table(Field::BookingDate, cell(row, self.booked), today)?;
        let value_date = date::of_table(Field::ValueDate, cell(row, self.value_date), today)?;
        let amount = yen(Field::Amount, cell(row, self.amount))?;
        let withdrawal = yen(Field::Withdrawal, optional(self.withdrawal))?;
        let goes_out = goes_out(optional(self.direction))?;
        let amount = match (amount, withdrawal) {
            (Some(_), Some(_)) => return Err((Field::Amount, Problem::TwoAmounts)),
            (None, Some(_)) => return Ok(Some(Row::Debit)),
            (_, None) if goes_out => return Ok(Some(Row::Debit)),
            (None, None) => return Err((Field::Amount, nothing(cell(row, self.amount)))),
            (Some(amount), None) => amount,
        };
        if !is_transfer(&kind) {
            return Ok(Some(Row::OtherCredit));
        }
        let remark = |field, text| text::remark(text).map_err(|problem| (field, problem));
        let memo = remark(Field::Memo, optional(self.memo))?;
        Ok(Some(Row::Payment(Payment {
            booked,
            value_date,
            amount,
            payer: remark(Field::Payer, cell(row, self.payer))?,
            memo: joined(memo, &remark(Field::Memo, summary)?),
            bank_number: text::number(optional(self.bank_number))
                .map_err(|problem| (Field::BankNumber, problem))?,
        })))
    }
}

fn cell(row: &StringRecord, at: usize) -> &str {
    row.get(at).unwrap_or("")
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// A column's name without what banks vary: width, case, spaces, dots and what
/// stands in brackets.
fn column_name(name: &str) -> String {
    let name = normal(name).to_lowercase();
    let name = name.split('(').next().unwrap_or_default();
    name.chars().filter(|c| !c.is_whitespace() && *c != '.').collect()
}

fn speaks_of_correction(text: &str) -> bool {
    let words = ["訂正", "取消", "取り消し", "組戻", "correction", "cancel", "reversal"];
    let text = text.to_lowercase();
    text == "19" || words.iter().any(|word| text.contains(word))
}

/// Whether a kind is that of a transfer; a table without kinds has nothing else.
fn is_transfer(kind: &str) -> bool {
    let kind = kind.to_lowercase();
    let words = ["振込", "フリコミ", "transfer"];
    kind.is_empty() || kind == "11" || words.iter().any(|word| kind.contains(word))
}

fn goes_out(direction: &str) -> Result<bool, Fault> {
    match normal(direction).to_lowercase().as_str() {
        "" | "1" | "入" | "入金" | "in" | "credit" => Ok(false),
        "2" | "出" | "出金" | "out" | "debit" => Ok(true),
        other => Err((Field::Direction, Problem::UnknownCode { text: shown(other) })),
    }
}

/// Why a row without any amount is refused.
fn nothing(amount: &str) -> Problem {
    if amount.trim().is_empty() { Problem::Missing } else { Problem::Zero }
}

/// An amount above zero, or none if the cell is empty or zero.
fn yen(field: Field, cell: &str) -> Result<Option<Yen>, Fault> {
    let text = normal(cell);
    let not_a_number = || (field, Problem::NotANumber { text: shown(cell) });
    if text.starts_with(['-', '−', '▲', '△']) && text.chars().any(|c| c.is_ascii_digit()) {
        return Err((field, Problem::Correction));
    }
    let number = text.strip_prefix(['¥', '\\']).unwrap_or(&text);
    let number = number.strip_suffix('円').unwrap_or(number).trim();
    if text.is_empty() || text == "-" {
        return Ok(None);
    }
    let digits = without_commas(number).ok_or_else(not_a_number)?;
    let significant = digits.trim_start_matches('0');
    let too_much = || (field, Problem::TooMuch { text: shown(&digits) });
    match significant.parse::<u64>() {
        _ if significant.is_empty() => Ok(None),
        Ok(yen) if yen <= Yen::MAX.get() => Ok(Some(Yen::new(yen))),
        // Digits only, so nothing but too many of them can be wrong.
        _ => Err(too_much()),
    }
}

/// The digits of `14400` or `14,400`; commas only before each three digits.
fn without_commas(number: &str) -> Option<String> {
    let mut groups = number.split(',');
    let first = groups.next()?;
    let mut digits = first.to_owned();
    let mut grouped = false;
    for group in groups {
        grouped = true;
        digits.push_str(group);
        if group.len() != 3 {
            return None;
        }
    }
    let fits = !first.is_empty()
        && (!grouped || first.len() <= 3)
        && digits.bytes().all(|b| b.is_ascii_digit());
    fits.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_has_few_spellings() {
        for good in
            ["14400", "14,400", "¥14,400", "￥１４，４００", "\\14,400", "14,400円", " 014400 "]
        {
            assert_eq!(yen(Field::Amount, good), Ok(Some(Yen::new(14_400))), "{good}");
        }
        for nothing in ["", " ", "0", "-", "000", "0円"] {
            assert_eq!(yen(Field::Amount, nothing), Ok(None), "{nothing}");
        }
        for bad in
            ["14,40", "1,44,00", ",400", "14.400", "1e5", "+5", "5 5", "yen", "円", "1440,000"]
        {
            let problem = Problem::NotANumber { text: bad.to_owned() };
            assert_eq!(yen(Field::Amount, bad), Err((Field::Amount, problem)), "{bad}");
        }
        for negative in ["-500", "▲500", "△500", "－500"] {
            let fault = (Field::Amount, Problem::Correction);
            assert_eq!(yen(Field::Amount, negative), Err(fault), "{negative}");
        }
    }

    #[test]
    fn an_amount_that_overflows_is_refused() {
        assert_eq!(yen(Field::Amount, "1000000000000"), Ok(Some(Yen::MAX)));
        for bad in ["1000000000001", "18446744073709551616", "99999999999999999999999999999999"] {
            let problem = Problem::TooMuch { text: bad.to_owned() };
            assert_eq!(yen(Field::Amount, bad), Err((Field::Amount, problem)), "{bad}");
        }
    }

    #[test]
    fn the_encoding_is_that_of_the_header_line() {
        let (shift_jis, _, _) = encoding_rs::SHIFT_JIS.encode("取引日,入金額\n");
        assert_eq!(encoding(&shift_jis), Format::TableShiftJis);
        assert_eq!(encoding("取引日\n".as_bytes()), Format::TableUtf8);
        // One bad byte below does not make the whole file Shift_JIS.
        assert_eq!(encoding(b"\xe5\x8f\x96\n\xff"), Format::TableUtf8);
        assert_eq!(encoding(b"date\n\xb6\n"), Format::TableShiftJis);
        assert_eq!(encoding(b"\xef\xbb\xbfdate\n\xff\n"), Format::TableUtf8);
    }
}
