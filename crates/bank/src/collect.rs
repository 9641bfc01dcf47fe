//! Gathers payments and faults, and gives each payment its key.

use crate::error::{LineError, Problem, StatementErrors};
use crate::field::Field;
use crate::{CREDIT_LINES_MAX, ERRORS_SHOWN_MAX, Format, Statement, StatementLine, references_in};
use jcm_format::amount::Yen;
use jcm_format::hash::Digest;
use jcm_format::time::Date;
use std::collections::BTreeMap;

const KEY_DOMAIN: &[u8] = b"jcm-bank-line/v1\n";

/// A field and what is wrong with it; the line is known to the caller.
pub(crate) type Fault = (Field, Problem);

/// A payment as read.
pub(crate) struct Payment {
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
    shown: Vec<LineError>,
    faults: u64,
    lines: Vec<StatementLine>,
    credits: u64,
    skipped_debits: u32,
    skipped_other_credits: u32,
    /// How often a line of the same content was seen.
    seen: BTreeMap<Digest, u32>,
}

impl Collector {
    pub(crate) fn new(today: Date) -> Collector {
        Collector {
            today,
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

    /// Takes over a row of `account`, which is empty where the file names none.
    pub(crate) fn row(&mut self, line: u32, account: &str, row: Row) {
        match row {
            Row::Debit => self.skipped_debits = self.skipped_debits.saturating_add(1),
            Row::OtherCredit => {
                self.skipped_other_credits = self.skipped_other_credits.saturating_add(1);
            }
            Row::Payment(payment) => self.payment(line, account, payment),
        }
    }

    fn payment(&mut self, line: u32, account: &str, payment: Payment) {
        self.credits = self.credits.saturating_add(1);
        if CREDIT_LINES_MAX <= self.lines.len() {
            return;
        }
        let content = content(account, &payment);
        let times = self.seen.entry(Digest::of(&[&content])).or_default();
        let ordinal = *times;
        *times = times.saturating_add(1);
        let key = key(&content, ordinal);
        let references = references_in(&payment.payer, &payment.memo);
        let only = match references.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        self.lines.push(StatementLine {
            line,
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
    pub(crate) fn finish(
        mut self,
        format: Format,
        digest: Digest,
    ) -> Result<Statement, StatementErrors> {
        if u64::try_from(CREDIT_LINES_MAX).is_ok_and(|max| max < self.credits) {
            let credits = self.credits;
            self.fault(None, (Field::File, Problem::TooManyCredits { credits }));
        }
        if 0 < self.faults {
            return Err(StatementErrors { shown: self.shown, total: self.faults });
        }
        Ok(Statement {
            format,
            digest,
            lines: self.lines,
            skipped_debits: self.skipped_debits,
            skipped_other_credits: self.skipped_other_credits,
        })
    }
}

/// Every field after its length (32 bits, big-endian), so that no two lines
/// that differ have the same bytes.
fn content(account: &str, payment: &Payment) -> Vec<u8> {
    let date = payment.value_date.to_string();
    let amount = payment.amount.get().to_be_bytes();
    let parts: [&[u8]; 6] = [
        account.as_bytes(),
        date.as_bytes(),
        &amount,
        payment.payer.as_bytes(),
        payment.memo.as_bytes(),
        payment.bank_number.as_bytes(),
    ];
    let mut bytes = Vec::new();
    for part in parts {
        // Texts are limited long before a length could exceed 32 bits.
        let length = u32::try_from(part.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(part);
    }
    bytes
}

fn key(content: &[u8], ordinal: u32) -> [u8; StatementLine::KEY_LEN] {
    let digest = Digest::of(&[KEY_DOMAIN, content, &ordinal.to_be_bytes()]);
    let mut key = [0; StatementLine::KEY_LEN];
    for (to, from) in key.iter_mut().zip(digest.as_bytes()) {
        *to = *from;
    }
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment(payer: &str, memo: &str, bank_number: &str) -> Payment {
        Payment {
            value_date: Date::new(2026, 11, 20).expect("a date"),
            amount: Yen::new(14_400),
            payer: payer.to_owned(),
            memo: memo.to_owned(),
            bank_number: bank_number.to_owned(),
        }
    }

    /// Computed by another implementation of SHA-256 over the bytes written out by hand.
    #[test]
    fn the_key_is_what_the_specification_of_it_says() {
        let bytes = content("A", &payment("P", "", "1"));
        let by_hand = b"\0\0\0\x01A\0\0\0\x0a2026-11-20\0\0\0\x08\0\0\0\0\0\0\x38\x40\
                        \0\0\0\x01P\0\0\0\0\0\0\0\x011";
        assert_eq!(bytes, by_hand);
        let hex: String = key(&bytes, 0).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "2dc1c0e5bf6e354b1eb786e3");
    }

    #[test]
    fn text_that_moves_from_one_field_to_the_next_changes_the_key() {
        let keys = [("AB", "", ""), ("A", "B", ""), ("A", "", "B"), ("", "AB", "")]
            .map(|(payer, memo, number)| key(&content("", &payment(payer, memo, number)), 0));
        for (at, first) in keys.iter().enumerate() {
            assert!(!keys[at + 1..].contains(first));
        }
    }
}
