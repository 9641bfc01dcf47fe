//! Gathers payments and faults, and gives each payment its key.

use crate::error::{LineError, Problem, StatementErrors};
use crate::field::Field;
use crate::{CREDIT_LINES_MAX, ERRORS_SHOWN_MAX, Format, Statement, StatementLine, references_in};
use jcm_format::amount::Yen;
use jcm_format::hash::Digest;
use jcm_format::time::Date;
use std::collections::BTreeMap;

const KEY_DOMAIN: &[u8] = b"jcm-bank-line/v2\n";
const STATEMENT_DOMAIN: &[u8] = b"jcm-bank-statement/v1\n";

/// A field and what is wrong with it; the line is known to the caller.
pub(crate) type Fault = (Field, Problem);

/// A payment as read.
pub(crate) struct Payment {
    /// When the bank booked it: by this day statements are cut.
    pub(crate) booked: Date,
    pub(crate) value_date: Date,
    pub(crate) amount: Yen,
    pub(crate) payer: String,
    pub(crate) memo: String,
    pub(crate) bank_number: String,
}

/// What a data record or row turned out to be.
pub(crate) enum Row {
    Payment(Payment),
    Debit,
    OtherCredit,
}

pub(crate) struct Collector {
    pub(crate) today: Date,
    label: String,
    shown: Vec<LineError>,
    faults: u64,
    lines: Vec<StatementLine>,
    credits: u64,
    skipped_debits: u32,
    skipped_other_credits: u32,
    /// How many payments of a day and amount were seen.
    seen: BTreeMap<(Date, Yen), u32>,
}

impl Collector {
    pub(crate) fn new(today: Date, label: String) -> Collector {
        Collector {
            today,
            label,
            shown: Vec::new(),
            faults: 0,
            lines: Vec::new(),
            credits: 0,
            skipped_debits: 0,
            skipped_other_credits: 0,
            seen: BTreeMap::new(),
        }
    }

    pub(crate) fn fault(&mut self, line: Option<u32>, (field, problem): Fault) {
        self.faults = self.faults.saturating_add(1);
        if self.shown.len() < ERRORS_SHOWN_MAX {
            self.shown.push(LineError { line, field, problem });
        }
    }

    /// Takes over a row.
    pub(crate) fn row(&mut self, line: u32, row: Row) {
        match row {
            Row::Debit => self.skipped_debits = self.skipped_debits.saturating_add(1),
            Row::OtherCredit => {
                self.skipped_other_credits = self.skipped_other_credits.saturating_add(1);
            }
            Row::Payment(payment) => self.payment(line, payment),
        }
    }

    fn payment(&mut self, line: u32, payment: Payment) {
        self.credits = self.credits.saturating_add(1);
        let dates = [(Field::BookingDate, payment.booked), (Field::ValueDate, payment.value_date)];
        if let Some((field, date)) = dates.into_iter().find(|(_, date)| *date == self.today) {
            return self.fault(Some(line), (field, Problem::DayNotOver { date }));
        }
        if CREDIT_LINES_MAX <= self.lines.len() {
            return;
        }
        let times = self.seen.entry((payment.booked, payment.amount)).or_default();
        let ordinal = *times;
        *times = times.saturating_add(1);
        let key = key(&self.label, payment.booked, payment.amount, ordinal);
        let references = references_in(&payment.payer, &payment.memo);
        let only = match references.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        self.lines.push(StatementLine {
            line,
            booked: payment.booked,
            value_date: payment.value_date,
            amount: payment.amount,
            reference: only,
            several_references: 1 < references.len(),
            payer: payment.payer,
            memo: payment.memo,
            bank_number: payment.bank_number,
            key,
        });
    }

    /// All or nothing.
    pub(crate) fn finish(mut self, format: Format) -> Result<Statement, StatementErrors> {
        if u64::try_from(CREDIT_LINES_MAX).is_ok_and(|max| max < self.credits) {
            let credits = self.credits;
            self.fault(None, (Field::File, Problem::TooManyCredits { credits }));
        }
        if 0 < self.faults {
            return Err(StatementErrors { shown: self.shown, total: self.faults });
        }
        Ok(Statement {
            format,
            digest: statement_digest(&self.lines),
            lines: self.lines,
            skipped_debits: self.skipped_debits,
            skipped_other_credits: self.skipped_other_credits,
        })
    }
}

/// The label after its length, the day as `YYYY-MM-DD`, amount and ordinal; numbers
/// are big-endian. Whoever knows a day and an amount can make the key: it must not
/// be made of anything that is to stay private.
fn key(label: &str, booked: Date, amount: Yen, ordinal: u32) -> [u8; StatementLine::KEY_LEN] {
    let length = u32::try_from(label.len()).unwrap_or(u32::MAX);
    let digest = Digest::of(&[
        KEY_DOMAIN,
        &length.to_be_bytes(),
        label.as_bytes(),
        booked.to_string().as_bytes(),
        &amount.get().to_be_bytes(),
        &ordinal.to_be_bytes(),
    ]);
    let mut key = [0; StatementLine::KEY_LEN];
    for (to, from) in key.iter_mut().zip(digest.as_bytes()) {
        *to = *from;
    }
    key
}

fn statement_digest(lines: &[StatementLine]) -> Digest {
    let keys: Vec<u8> = lines.iter().flat_map(|line| line.key).collect();
    Digest::of(&[STATEMENT_DOMAIN, &keys])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment(payer: &str) -> Payment {
        let day = |day| Date::new(2026, 11, day).expect("a date");
        Payment {
            booked: day(20),
            value_date: day(19),
            amount: Yen::new(14_400),
            payer: payer.to_owned(),
            memo: format!("from {payer}"),
            bank_number: format!("{}", payer.len()),
        }
    }

    fn read(payments: Vec<Payment>) -> Statement {
        let today = Date::new(2026, 11, 23).expect("a date");
        let mut collector = Collector::new(today, "A".to_owned());
        payments.into_iter().for_each(|payment| collector.row(2, Row::Payment(payment)));
        collector.finish(Format::TableUtf8).expect("good")
    }

    /// Computed by another implementation of SHA-256 over the bytes written out by hand.
    #[test]
    fn key_and_digest_are_what_the_specification_of_them_says() {
        let statement = read(vec![payment("P"), payment("Q")]);
        let hex = |bytes: &[u8]| -> String { bytes.iter().map(|b| format!("{b:02x}")).collect() };
        assert_eq!(hex(&statement.lines[0].key), "3fc90c725a0e8ed0b62ab44e");
        assert_eq!(hex(&statement.lines[1].key), "9a4dde2b79bc67b82b111843");
        assert_eq!(
            hex(statement.digest.as_bytes()),
            "cd9a9340874d376426f7338a2bd8d2c252103c9cf7bcb396ed61881b4dbbef2b"
        );
    }

    #[test]
    fn who_paid_shows_in_no_key_and_not_in_the_digest() {
        let (one, other) = (read(vec![payment("P")]), read(vec![payment("somebody else")]));
        assert_eq!((one.lines[0].key, one.digest), (other.lines[0].key, other.digest));
    }

    #[test]
    fn label_day_amount_and_place_make_the_key() {
        let day = |day| Date::new(2026, 11, day).expect("a date");
        let keys = [
            key("A", day(20), Yen::new(1), 0),
            key("B", day(20), Yen::new(1), 0),
            key("A", day(21), Yen::new(1), 0),
            key("A", day(20), Yen::new(2), 0),
            key("A", day(20), Yen::new(1), 1),
        ];
        for (at, first) in keys.iter().enumerate() {
            assert!(!keys[at + 1..].contains(first));
        }
    }
}
