//! One record: its fields and what they mean. The layout is in the module above.

use super::RECORD_BYTES;
use crate::collect::{Fault, Payment, Row};
use crate::date;
use crate::error::Problem;
use crate::field::Field;
use crate::text::{self, joined, shown};
use jcm_format::amount::Yen;
use jcm_format::time::Date;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Transfers,
    Transactions,
}

/// A record of the right length.
pub(super) struct Record<'a>(&'a [u8; RECORD_BYTES]);

/// Where a field stands: its name, first position from 1, length.
type At = (Field, usize, usize);

/// What a header says.
pub(super) struct Header {
    from: Date,
    to: Date,
    /// Bank, branch, kind and number of the account.
    pub(super) account: String,
}

/// Where the fields stand that both kinds have.
struct Layout {
    account_kind: At,
    account_number: At,
    bank_number: At,
    booking_date: At,
    value_date: At,
    amount: At,
    cheques: At,
    payer: At,
    memo: At,
}

const TRANSFERS: Layout = Layout {
    account_kind: (Field::AccountKind, 60, 1),
    account_number: (Field::AccountNumber, 61, 7),
    bank_number: (Field::BankNumber, 2, 6),
    booking_date: (Field::BookingDate, 8, 6),
    value_date: (Field::ValueDate, 14, 6),
    amount: (Field::Amount, 20, 10),
    cheques: (Field::Cheques, 30, 10),
    payer: (Field::Payer, 50, 48),
    memo: (Field::Memo, 129, 20),
};

/// Kind 01 with amounts of twelve digits; the first amount stays where it was.
const SECOND_AMOUNT: At = (Field::Amount, 129, 12);
const SECOND_CHEQUES: At = (Field::Cheques, 141, 12);
const MEMO_AFTER_AMOUNTS: At = (Field::Memo, 153, 20);

const TRANSACTIONS: Layout = Layout {
    account_kind: (Field::AccountKind, 63, 1),
    account_number: (Field::AccountNumber, 64, 10),
    bank_number: (Field::BankNumber, 2, 8),
    booking_date: (Field::BookingDate, 10, 6),
    value_date: (Field::ValueDate, 16, 6),
    amount: (Field::Amount, 25, 12),
    cheques: (Field::Cheques, 37, 12),
    payer: (Field::Payer, 82, 48),
    memo: (Field::Memo, 180, 20),
};

const CANCELLATION: At = (Field::Cancellation, 128, 1);
const DIRECTION: At = (Field::Direction, 22, 1);
const TRANSACTION_KIND: At = (Field::TransactionKind, 23, 2);
const SUMMARY: At = (Field::Memo, 160, 20);

impl Kind {
    fn layout(self) -> &'static Layout {
        match self {
            Kind::Transfers => &TRANSFERS,
            Kind::Transactions => &TRANSACTIONS,
        }
    }

    /// Its code, and its name for people.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Kind::Transfers => ("01", "01 (振込入金通知)"),
            Kind::Transactions => ("03", "03 (入出金取引明細)"),
        }
    }
}

/// A data record as the trailer counts it, in yen.
pub(super) enum Entry {
    Credit(u64),
    Debit(u64),
}

/// Numbers and sums (yen) of the data records of one account.
#[derive(Default)]
pub(super) struct Totals {
    credits: u64,
    credit_yen: u64,
    debits: u64,
    debit_yen: u64,
}

impl Totals {
    /// None if a sum exceeds 64 bits, which no file of 8 MiB can reach.
    pub(super) fn add(&mut self, entry: Entry) -> Option<()> {
        let (count, sum, yen) = match entry {
            Entry::Credit(yen) => (&mut self.credits, &mut self.credit_yen, yen),
            Entry::Debit(yen) => (&mut self.debits, &mut self.debit_yen, yen),
        };
        *count = count.checked_add(1)?;
        *sum = sum.checked_add(yen)?;
        Some(())
    }
}

/// What a trailer says, in yen.
pub(super) struct Trailer {
    kind: Kind,
    credits: u64,
    credit_yen: u64,
    /// Cancellations in kind 01, debits in kind 03.
    others: u64,
    other_yen: u64,
    /// Kind 03 only.
    records: u64,
}

impl Trailer {
    /// What it says and what was found, by field.
    pub(super) fn compared_with(&self, totals: &Totals) -> Vec<(Field, u64, u64)> {
        let mut compared = vec![
            (Field::CreditCount, self.credits, totals.credits),
            (Field::CreditTotal, self.credit_yen, totals.credit_yen),
        ];
        match self.kind {
            // A cancelled transfer is a fault of its record; none is left here.
            Kind::Transfers => compared.extend([
                (Field::CancelledCount, self.others, 0),
                (Field::CancelledTotal, self.other_yen, 0),
            ]),
            Kind::Transactions => compared.extend([
                (Field::DebitCount, self.others, totals.debits),
                (Field::DebitTotal, self.other_yen, totals.debit_yen),
                (Field::DataCount, self.records, totals.credits.saturating_add(totals.debits)),
            ]),
        }
        compared
    }
}

impl<'a> Record<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Option<Record<'a>> {
        bytes.try_into().ok().map(Record)
    }

    /// The first byte, which says what kind of record it is.
    pub(super) fn first(&self) -> u8 {
        let [first, ..] = self.0;
        *first
    }

    fn bytes(&self, (_, from, length): At) -> &'a [u8] {
        self.0.get(from - 1..).and_then(|rest| rest.get(..length)).unwrap_or_default()
    }

    /// The text without the spaces that fill the field.
    fn text(&self, at: At) -> Result<String, Fault> {
        let text = text::from_shift_jis(self.bytes(at)).map_err(|problem| (at.0, problem))?;
        Ok(text.trim().to_owned())
    }

    fn remark(&self, at: At) -> Result<String, Fault> {
        text::remark(&self.text(at)?).map_err(|problem| (at.0, problem))
    }

    /// Digits that fill the field.
    fn code(&self, at: At) -> Result<String, Fault> {
        let text = self.text(at)?;
        if text.is_empty() {
            return Err((at.0, Problem::Missing));
        }
        if text.len() == at.2 && text.bytes().all(|b| b.is_ascii_digit()) {
            Ok(text)
        } else {
            Err((at.0, Problem::NotANumber { text: shown(&text) }))
        }
    }

    /// A number that fills its field, at most 14 digits.
    fn number(&self, at: At) -> Result<u64, Fault> {
        let text = self.code(at)?;
        text.parse().map_err(|_| (at.0, Problem::NotANumber { text: shown(&text) }))
    }

    /// A number, or nothing where a bank leaves the field empty.
    fn number_or_zero(&self, at: At) -> Result<u64, Fault> {
        if self.text(at)?.is_empty() { Ok(0) } else { self.number(at) }
    }

    fn date(&self, at: At, today: Date) -> Result<Date, Fault> {
        date::of_zengin(at.0, &self.text(at)?, today)
    }

    pub(super) fn header(&self, kind: Kind, today: Date) -> Result<Header, Fault> {
        check_kind(self.bytes((Field::StatementKind, 2, 2)), kind)?;
        let character_code = self.text((Field::CharacterCode, 4, 1))?;
        match character_code.as_str() {
            "0" => {}
            "1" => return Err((Field::CharacterCode, Problem::Ebcdic)),
            _ => return Err((Field::CharacterCode, unknown(&character_code))),
        }
        let from = self.date((Field::PeriodFrom, 11, 6), today)?;
        // May lie ahead: with some banks it is the end of what was asked for.
        let to = (Field::PeriodTo, 17, 6);
        let to = date::any_of_zengin(to.0, &self.text(to)?)?;
        if to < from {
            return Err((Field::PeriodTo, Problem::OutsidePeriod { text: to.to_string() }));
        }
        let layout = kind.layout();
        let account_kind = self.code(layout.account_kind)?;
        match account_kind.as_str() {
            "1" | "2" | "4" => {}
            "5" | "6" | "7" => return Err((Field::AccountKind, Problem::TimeDeposit)),
            _ => return Err((Field::AccountKind, unknown(&account_kind))),
        }
        let bank = self.code((Field::Bank, 23, 4))?;
        let branch = self.code((Field::Branch, 42, 3))?;
        // As a number: seven digits in one kind are ten in the other.
        let number = self.number(layout.account_number)?;
        Ok(Header { from, to, account: format!("{bank}-{branch}-{account_kind}-{number}") })
    }

    pub(super) fn trailer(&self, kind: Kind) -> Result<Trailer, Fault> {
        let credits = self.number((Field::CreditCount, 2, 6))?;
        match kind {
            Kind::Transfers => Ok(Trailer {
                kind,
                credits,
                credit_yen: self.number((Field::CreditTotal, 8, 12))?,
                others: self.number_or_zero((Field::CancelledCount, 20, 6))?,
                other_yen: self.number_or_zero((Field::CancelledTotal, 26, 12))?,
                records: 0,
            }),
            Kind::Transactions => Ok(Trailer {
                kind,
                credits,
                credit_yen: self.number((Field::CreditTotal, 8, 13))?,
                others: self.number((Field::DebitCount, 21, 6))?,
                other_yen: self.number((Field::DebitTotal, 27, 13))?,
                records: self.number((Field::DataCount, 55, 7))?,
            }),
        }
    }

    pub(super) fn data(
        &self,
        kind: Kind,
        header: Option<&Header>,
        today: Date,
    ) -> Result<(Entry, Row), Fault> {
        let layout = kind.layout();
        if self.is_correction(kind)? {
            let at = if kind == Kind::Transfers { CANCELLATION } else { TRANSACTION_KIND };
            return Err((at.0, Problem::Correction));
        }
        let booked = self.date(layout.booking_date, today)?;
        if header.is_some_and(|header| booked < header.from || header.to < booked) {
            let text = booked.to_string();
            return Err((Field::BookingDate, Problem::OutsidePeriod { text }));
        }
        let (amount, cheques, memo) = self.amounts(kind)?;
        let comes_in = kind == Kind::Transfers || self.comes_in()?;
        if !comes_in {
            return Ok((Entry::Debit(amount), Row::Debit));
        }
        let payer = self.remark(layout.payer)?;
        let entry = Entry::Credit(amount);
        if kind == Kind::Transactions && !self.is_transfer(&payer)? {
            return Ok((entry, Row::OtherCredit));
        }
        if amount == 0 {
            return Err((Field::Amount, Problem::Zero));
        }
        if Yen::MAX.get() < amount {
            return Err((Field::Amount, Problem::TooMuch { text: amount.to_string() }));
        }
        if cheques != 0 {
            return Err((Field::Cheques, Problem::Uncleared { text: cheques.to_string() }));
        }
        let row = Row::Payment(Payment {
            booked,
            value_date: self.value_date(layout, booked, today)?,
            amount: Yen::new(amount),
            payer,
            memo: self.memo(kind, memo)?,
            bank_number: text::number(&self.text(layout.bank_number)?)
                .map_err(|problem| (Field::BankNumber, problem))?,
        });
        Ok((entry, row))
    }

    fn is_correction(&self, kind: Kind) -> Result<bool, Fault> {
        match kind {
            Kind::Transactions => Ok(self.text(TRANSACTION_KIND)? == "19"),
            Kind::Transfers => match self.text(CANCELLATION)?.as_str() {
                "" | "0" => Ok(false),
                "1" => Ok(true),
                other => Err((Field::Cancellation, unknown(other))),
            },
        }
    }

    /// Whether kind 03 has money that comes in.
    fn comes_in(&self) -> Result<bool, Fault> {
        match self.text(DIRECTION)?.as_str() {
            "1" => Ok(true),
            "2" => Ok(false),
            other => Err((Field::Direction, unknown(other))),
        }
    }

    /// Whether a credit of kind 03 came by transfer. Banks may leave the kind
    /// out; only a transfer names who paid.
    fn is_transfer(&self, payer: &str) -> Result<bool, Fault> {
        match self.text(TRANSACTION_KIND)?.as_str() {
            "11" => Ok(true),
            "10" | "12" | "13" | "14" | "15" | "18" => Ok(false),
            "" | "00" => Ok(!payer.is_empty()),
            other => Err((Field::TransactionKind, unknown(other))),
        }
    }

    /// Amount, cheques in it, and where the memo stands.
    fn amounts(&self, kind: Kind) -> Result<(u64, u64, At), Fault> {
        let layout = kind.layout();
        let amount = self.number(layout.amount)?;
        let cheques = self.number_or_zero(layout.cheques)?;
        let second = [SECOND_AMOUNT, SECOND_CHEQUES];
        let wide = kind == Kind::Transfers
            && second.iter().all(|at| self.bytes(*at).iter().all(u8::is_ascii_digit));
        if !wide {
            return Ok((amount, cheques, layout.memo));
        }
        let second = self.number(SECOND_AMOUNT)?;
        if amount != 0 && second != 0 {
            return Err((Field::Amount, Problem::TwoAmounts));
        }
        let cheques = cheques.saturating_add(self.number(SECOND_CHEQUES)?);
        Ok((amount.saturating_add(second), cheques, MEMO_AFTER_AMOUNTS))
    }

    /// The day from which the money counts; the day of booking if left empty.
    fn value_date(&self, layout: &Layout, booked: Date, today: Date) -> Result<Date, Fault> {
        match self.text(layout.value_date)?.as_str() {
            "" | "000000" => Ok(booked),
            _ => self.date(layout.value_date, today),
        }
    }

    fn memo(&self, kind: Kind, at: At) -> Result<String, Fault> {
        let memo = self.remark(at)?;
        match kind {
            Kind::Transfers => Ok(memo),
            Kind::Transactions => Ok(joined(memo, &self.remark(SUMMARY)?)),
        }
    }
}

/// Whether the code of the header is that of `kind`.
pub(super) fn check_kind(found: &[u8], kind: Kind) -> Result<(), Fault> {
    let (code, expected) = kind.names();
    if found == code.as_bytes() {
        return Ok(());
    }
    let found = shown(&text::from_shift_jis(found).unwrap_or_default());
    Err((Field::StatementKind, Problem::WrongKind { found, expected }))
}

fn unknown(text: &str) -> Problem {
    Problem::UnknownCode { text: shown(text) }
}
