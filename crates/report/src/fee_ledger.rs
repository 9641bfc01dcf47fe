//! The fee ledger (手数料収受簿): what came in, for what it was used, what was paid
//! back, and what is left. Folded from the entries alone.
//!
//! Basis: Cabinet Order, art. 20; registry ordinance, art. 17(2); ordinance on the
//! designated body, art. 11(2)(ii).
//!
//! # What the columns mean
//!
//! An amount belongs to the date in Japan of the entry that recorded it, not to
//! the bank's value date, so that a day that is over never changes.
//!
//! * *received*: payments recorded, singly or from a statement.
//! * *account opening*, *transfer*, *certificate*: what was applied to the fees of
//!   applications of that kind. It is not lowered by a later refund: a refund
//!   is an act of its own day, which may lie in another year.
//! * *refunded payments*: paid back out of what was not applied.
//! * *refunded fees*: paid back out of what had been applied to applications that
//!   came to nothing.
//! * *income*: the three kinds applied, less the refunded fees; negative in a
//!   period in which more was paid back than applied.
//! * *unapplied*: at the end of the period, received and neither applied nor paid
//!   back.
//!
//! Hence, of each period:
//!
//! ```text
//! unapplied before + received = applied + refunded payments + unapplied after
//! income                      = applied - refunded fees
//! ```
//!
//! and therefore money in hand, `received - refunded`, is `income + unapplied` since the
//! first entry.

use crate::fold::{ApplicationKind, FoldError, Position, add, applied, begun, ended};
use crate::table::{ReportError, csv_of, json_of};
use jcm_format::amount::Yen;
use jcm_format::command::{RefundSource, book_year};
use jcm_format::entry::Entry;
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;
use jcm_format::time::Date;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The length of a row's period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interval {
    /// A day in Japan: `2026-04-01`.
    Day,
    /// A month: `2026-04`.
    Month,
    /// April to March, by the year in which it begins: `2026`.
    FiscalYear,
}

/// The text names no length of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected day, month or fiscal-year")]
pub struct NotAnInterval;

impl FromStr for Interval {
    type Err = NotAnInterval;

    fn from_str(text: &str) -> Result<Interval, NotAnInterval> {
        match text {
            "day" => Ok(Interval::Day),
            "month" => Ok(Interval::Month),
            "fiscal-year" => Ok(Interval::FiscalYear),
            _ => Err(NotAnInterval),
        }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Interval::Day => "day",
            Interval::Month => "month",
            Interval::FiscalYear => "fiscal-year",
        })
    }
}

impl Interval {
    /// The label of the period that `date` is in; ascending with the date.
    pub fn label(self, date: Date) -> String {
        match self {
            Interval::Day => date.to_string(),
            Interval::Month => format!("{}-{:02}", date.year(), date.month()),
            Interval::FiscalYear => book_year(date).to_string(),
        }
    }
}

/// What happened to money in some days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Figures {
    received: Yen,
    account_opening: Yen,
    transfer: Yen,
    certificate: Yen,
    refunded_payments: Yen,
    refunded_fees: Yen,
}

impl Figures {
    fn applied(&self) -> Option<Yen> {
        Yen::checked_sum([self.account_opening, self.transfer, self.certificate])
    }

    fn add_all(&mut self, other: &Figures) -> Result<(), FoldError> {
        add(&mut self.received, other.received)?;
        add(&mut self.account_opening, other.account_opening)?;
        add(&mut self.transfer, other.transfer)?;
        add(&mut self.certificate, other.certificate)?;
        add(&mut self.refunded_payments, other.refunded_payments)?;
        add(&mut self.refunded_fees, other.refunded_fees)
    }

    /// The column of a kind; none for a kind without a fee.
    fn fees_of(&mut self, kind: ApplicationKind) -> Option<&mut Yen> {
        match kind {
            ApplicationKind::Account => Some(&mut self.account_opening),
            ApplicationKind::Transfer => Some(&mut self.transfer),
            ApplicationKind::Certificate => Some(&mut self.certificate),
            ApplicationKind::Change | ApplicationKind::Closing | ApplicationKind::Trust => None,
        }
    }

    /// What is unapplied after these days, if it was `before` before them.
    fn unapplied_after(&self, before: Yen) -> Option<Yen> {
        let out = self.applied()?.checked_add(self.refunded_payments)?;
        before.checked_add(self.received)?.checked_sub(out)
    }
}

/// The fold: give it every entry, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeeLedger {
    position: Position,
    /// Days on which money moved.
    days: BTreeMap<Date, Figures>,
    /// The kind of each open application. Nothing can be applied to one that
    /// has ended, so it is forgotten.
    open: BTreeMap<EntryIndex, ApplicationKind>,
    /// Received and neither applied nor paid back, so far.
    unapplied: Yen,
    /// Applied and not paid back, so far.
    income: Yen,
}

impl FeeLedger {
    /// A ledger of no entries.
    pub fn new() -> FeeLedger {
        FeeLedger::default()
    }

    /// Adds the next entry.
    ///
    /// # Errors
    ///
    /// [`FoldError`]; after one the ledger takes no further entries.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), FoldError> {
        self.position.begin(entry)?;
        let here = entry.index;
        let date = entry.time.date_in_japan();
        for effect in &entry.event.0 {
            if let Some(kind) = begun(effect) {
                self.open.insert(here, kind);
            }
            self.apply_money(effect, here, date)?;
            if let Some((application, _)) = ended(effect, here) {
                self.open.remove(&application);
            }
        }
        self.position.end()
    }

    fn apply_money(
        &mut self,
        effect: &Effect,
        here: EntryIndex,
        date: Date,
    ) -> Result<(), FoldError> {
        match effect {
            Effect::PaymentRecorded { amount_yen, .. } => self.receive(*amount_yen, date),
            Effect::StatementImported { payments, .. } => {
                payments.iter().try_for_each(|payment| self.receive(payment.amount_yen, date))
            }
            Effect::Refunded { source, amount_yen, .. } => {
                let (held, day) = (*amount_yen, self.days.entry(date).or_default());
                let (left, column) = match source {
                    RefundSource::Payment(_) => (&mut self.unapplied, &mut day.refunded_payments),
                    RefundSource::Application(_) => (&mut self.income, &mut day.refunded_fees),
                };
                *left = left.checked_sub(held).ok_or(FoldError::Exceeded(here))?;
                add(column, held)
            }
            _ => match applied(effect, here) {
                Some((application, amount)) => self.settle(application, amount, here, date),
                None => Ok(()),
            },
        }
    }

    fn receive(&mut self, amount: Yen, date: Date) -> Result<(), FoldError> {
        add(&mut self.unapplied, amount)?;
        add(&mut self.days.entry(date).or_default().received, amount)
    }

    fn settle(
        &mut self,
        application: EntryIndex,
        amount: Yen,
        here: EntryIndex,
        date: Date,
    ) -> Result<(), FoldError> {
        let unknown = FoldError::ApplicationUnknown { entry: here, application };
        let kind = *self.open.get(&application).ok_or(unknown)?;
        let day = self.days.entry(date).or_default();
        add(day.fees_of(kind).ok_or(FoldError::NoFee(here))?, amount)?;
        self.unapplied = self.unapplied.checked_sub(amount).ok_or(FoldError::Exceeded(here))?;
        add(&mut self.income, amount)
    }

    /// How many entries were read.
    pub const fn entries(&self) -> u64 {
        self.position.entries()
    }

    /// Received and neither applied nor paid back, after all entries.
    pub const fn unapplied(&self) -> Yen {
        self.unapplied
    }

    /// Applied to fees and not paid back, after all entries.
    pub const fn income(&self) -> Yen {
        self.income
    }

    /// Rows for the days `from` to `to`, both included; none = without a bound.
    /// Periods in which no money moved have no row. A period that a bound cuts
    /// through has a row for its part.
    ///
    /// # Errors
    ///
    /// Where a sum does not fit into 64 bits.
    pub fn table(
        &self,
        by: Interval,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<FeeTable, FoldError> {
        let mut before = Figures::default();
        let mut within = Figures::default();
        let mut periods: BTreeMap<String, Figures> = BTreeMap::new();
        for (date, day) in &self.days {
            if from.is_some_and(|from| *date < from) {
                before.add_all(day)?;
            } else if to.is_none_or(|to| *date <= to) {
                within.add_all(day)?;
                periods.entry(by.label(*date)).or_default().add_all(day)?;
            }
        }
        let opening = before.unapplied_after(Yen::ZERO).ok_or(FoldError::Overflow)?;
        let mut unapplied = opening;
        let mut rows = Vec::with_capacity(periods.len());
        for (period, figures) in periods {
            unapplied = figures.unapplied_after(unapplied).ok_or(FoldError::Overflow)?;
            rows.push(FeeRow::of(period, &figures, unapplied)?);
        }
        Ok(FeeTable {
            by,
            from,
            to,
            entries: self.entries(),
            opening_unapplied_yen: opening,
            total: FeeRow::of("total".to_owned(), &within, unapplied)?,
            rows,
        })
    }
}

/// One period. All amounts in yen; the module's page says what they mean.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeeRow {
    /// The period's label, or `total`.
    pub period: String,
    /// Payments recorded.
    pub received_yen: Yen,
    /// Applied to fees for opening an account.
    pub account_opening_yen: Yen,
    /// Applied to fees for transfers.
    pub transfer_yen: Yen,
    /// Applied to fees for certificates.
    pub certificate_yen: Yen,
    /// Paid back, both kinds.
    pub refunded_yen: Yen,
    /// Of it, what had not been applied.
    pub refunded_payments_yen: Yen,
    /// Of it, what had been applied to fees.
    pub refunded_fees_yen: Yen,
    /// Applied, less the refunded fees; may be negative.
    pub income_yen: i64,
    /// Received and neither applied nor paid back, at the end of the period.
    pub unapplied_yen: Yen,
}

impl FeeRow {
    fn of(period: String, figures: &Figures, unapplied: Yen) -> Result<FeeRow, FoldError> {
        let signed = |yen: Yen| i64::try_from(yen.get()).map_err(|_| FoldError::Overflow);
        let applied = signed(figures.applied().ok_or(FoldError::Overflow)?)?;
        let income = applied.checked_sub(signed(figures.refunded_fees)?);
        let refunded = figures.refunded_payments.checked_add(figures.refunded_fees);
        Ok(FeeRow {
            period,
            received_yen: figures.received,
            account_opening_yen: figures.account_opening,
            transfer_yen: figures.transfer,
            certificate_yen: figures.certificate,
            refunded_yen: refunded.ok_or(FoldError::Overflow)?,
            refunded_payments_yen: figures.refunded_payments,
            refunded_fees_yen: figures.refunded_fees,
            income_yen: income.ok_or(FoldError::Overflow)?,
            unapplied_yen: unapplied,
        })
    }

    /// Applied to fees of all three kinds, unless the sum overflows.
    pub fn applied_yen(&self) -> Option<Yen> {
        Yen::checked_sum([self.account_opening_yen, self.transfer_yen, self.certificate_yen])
    }

    /// Whether the row follows from what was unapplied before its period.
    pub fn follows(&self, before: Yen) -> bool {
        let has = before.checked_add(self.received_yen);
        let goes = self
            .applied_yen()
            .and_then(|applied| applied.checked_add(self.refunded_payments_yen))
            .and_then(|out| out.checked_add(self.unapplied_yen));
        has.is_some() && has == goes
    }
}

/// The fee ledger as rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeeTable {
    /// The length of the rows' periods.
    pub by: Interval,
    /// The first day; none = without a bound.
    pub from: Option<Date>,
    /// The last day; none = without a bound.
    pub to: Option<Date>,
    /// How many entries were read.
    pub entries: u64,
    /// Unapplied before the first day.
    pub opening_unapplied_yen: Yen,
    /// The periods, ascending.
    pub rows: Vec<FeeRow>,
    /// All of them together.
    pub total: FeeRow,
}

impl FeeTable {
    /// Whether each row follows from the one before, and the total from all.
    pub fn balances(&self) -> bool {
        let mut before = self.opening_unapplied_yen;
        let rows = self.rows.iter().all(|row| {
            let follows = row.follows(before);
            before = row.unapplied_yen;
            follows
        });
        let received = Yen::checked_sum(self.rows.iter().map(|row| row.received_yen));
        rows && before == self.total.unapplied_yen
            && received == Some(self.total.received_yen)
            && self.total.follows(self.opening_unapplied_yen)
    }

    /// The rows as a CSV file: first `opening`, which has the balance carried in
    /// alone, then the periods, then `total`.
    ///
    /// # Errors
    ///
    /// When a row cannot be written, which the writer's own limits would have to cause.
    pub fn csv(&self) -> Result<String, ReportError> {
        let heading = [
            "period",
            "received_yen",
            "account_opening_yen",
            "transfer_yen",
            "certificate_yen",
            "refunded_yen",
            "refunded_payments_yen",
            "refunded_fees_yen",
            "income_yen",
            "unapplied_yen",
        ];
        let none = Figures::default();
        let opening = FeeRow::of("opening".to_owned(), &none, self.opening_unapplied_yen);
        let all = opening.iter().chain(&self.rows).chain([&self.total]);
        // Labels are ours and amounts are numbers: nothing here can be a formula.
        // A leading minus of the income must stay a number.
        csv_of(heading, all.map(FeeRow::cells))
    }

    /// The same as a JSON document.
    ///
    /// # Errors
    ///
    /// When the document cannot be written, which no value of this type causes.
    pub fn json(&self) -> Result<String, ReportError> {
        json_of(self)
    }
}

impl FeeRow {
    fn cells(&self) -> [String; 10] {
        [
            self.period.clone(),
            self.received_yen.to_string(),
            self.account_opening_yen.to_string(),
            self.transfer_yen.to_string(),
            self.certificate_yen.to_string(),
            self.refunded_yen.to_string(),
            self.refunded_payments_yen.to_string(),
            self.refunded_fees_yen.to_string(),
            self.income_yen.to_string(),
            self.unapplied_yen.to_string(),
        ]
    }
}

#[cfg(test)]
mod tests;
