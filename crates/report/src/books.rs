//! The books (帳簿) of one year: the state of performance of the affairs, and of the
//! receipt of fees (Act, art. 57-12; ordinance on the designated body, art. 11).
//!
//! The totals are folded from the entries by `docs/spec/commands.md`, CloseBooks, and
//! compared with those of the entry that closed the year. A year runs from April to
//! March and bears the number of the calendar year in which it begins.

use crate::fee_ledger::{FeeLedger, FeeRow, Interval};
use crate::fold::{
    ApplicationKind, FoldError, Outcome, Position, add, add_tonnes, applied, begun, count, ended,
};
use crate::movement::{Move, MoveKind, Movements};
use crate::table::{ReportError, json_of};
use jcm_format::amount::Yen;
use jcm_format::command::{BookTotals, book_year};
use jcm_format::entry::Entry;
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;
use jcm_format::time::{Date, Year};
use serde::Serialize;
use std::collections::BTreeMap;

mod paper;

/// The entry that closed a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Closing {
    /// The entry.
    pub entry: EntryIndex,
    /// Its date in Japan.
    pub date: Date,
    /// The totals that it states.
    pub totals: BookTotals,
}

/// The applications of one kind in one year.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Performance {
    /// Received.
    pub received: u64,
    /// Recorded, or answered with a certificate.
    pub recorded: u64,
    /// Refused.
    pub refused: u64,
    /// Withdrawn.
    pub withdrawn: u64,
    /// Lapsed.
    pub lapsed: u64,
    /// Open at the end of the year, those received in earlier years included.
    pub open: u64,
}

/// The books of one year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Books {
    /// The year.
    pub year: Year,
    /// Its first day, 1 April.
    pub from: Date,
    /// Its last day, 31 March.
    pub to: Date,
    /// How many entries of the log were read.
    pub entries_read: u64,
    /// The totals, as folded.
    pub totals: BookTotals,
    /// The entry that closed the year; none = the year is open.
    pub closing: Option<Closing>,
    /// The state of performance, of every kind.
    pub performance: BTreeMap<ApplicationKind, Performance>,
    /// The receipts of fees, of all twelve months from April.
    pub months: Vec<FeeRow>,
    /// The twelve months together.
    pub fees: FeeRow,
}

/// What does not agree in the books of a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Disagreement {
    /// The entry that closed the year states other totals than the entries have.
    #[error("the entry that closed the year states other totals than its entries have")]
    Closing,
    /// The receipts by month are other than the totals.
    #[error("the receipts by month do not add up to the totals")]
    Fees,
    /// The state of performance by kind is other than the totals.
    #[error("the state of performance by kind does not add up to the totals")]
    Performance,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct YearFold {
    totals: BookTotals,
    performance: BTreeMap<ApplicationKind, Performance>,
    closing: Option<Closing>,
}

/// The fold: give it every entry, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BooksFold {
    position: Position,
    fees: FeeLedger,
    movements: Movements,
    open: BTreeMap<EntryIndex, ApplicationKind>,
    years: BTreeMap<Year, YearFold>,
}

impl BooksFold {
    /// The books of no entries.
    pub fn new() -> BooksFold {
        BooksFold::default()
    }

    /// Adds the next entry.
    ///
    /// # Errors
    ///
    /// [`FoldError`]; after one the fold takes no further entries.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), FoldError> {
        self.position.begin(entry)?;
        self.fees.apply(entry)?;
        let here = entry.index;
        let date = entry.time.date_in_japan();
        let year = self.years.entry(book_year(date)).or_default();
        count(&mut year.totals.entries)?;
        let mut closed = None;
        for effect in &entry.event.0 {
            year.apply_application(effect, here, &mut self.open)?;
            add_money(&mut year.totals, effect)?;
            for moved in self.movements.of(effect, here)? {
                add_move(&mut year.totals, &moved)?;
            }
            if let Effect::BooksClosed { year, totals } = effect {
                closed = Some((*year, Closing { entry: here, date, totals: *totals }));
            }
        }
        if let Some((year, closing)) = closed {
            self.years.entry(year).or_default().closing = Some(closing);
        }
        self.position.end()
    }

    /// How many entries were read.
    pub const fn entries(&self) -> u64 {
        self.position.entries()
    }

    /// The fee ledger of the same entries.
    pub const fn fees(&self) -> &FeeLedger {
        &self.fees
    }

    /// The years with an entry, or closed, ascending.
    pub fn years(&self) -> impl Iterator<Item = Year> {
        self.years.keys().copied()
    }

    /// The books of a year; none for a year without an entry that is not closed.
    ///
    /// # Errors
    ///
    /// Where a sum does not fit into 64 bits.
    pub fn year(&self, year: Year) -> Result<Option<Books>, FoldError> {
        let Some(fold) = self.years.get(&year) else {
            return Ok(None);
        };
        let (from, to) = bounds(year)?;
        Ok(Some(Books {
            year,
            from,
            to,
            entries_read: self.entries(),
            totals: fold.totals,
            closing: fold.closing,
            performance: self.performance(year)?,
            months: self.months(year)?,
            fees: self.fees.table(Interval::FiscalYear, Some(from), Some(to))?.total,
        }))
    }

    /// Every kind, with what was open at the end of `year`.
    fn performance(&self, year: Year) -> Result<BTreeMap<ApplicationKind, Performance>, FoldError> {
        let mut all: BTreeMap<_, _> =
            ApplicationKind::ALL.map(|kind| (kind, Performance::default())).into();
        for (of, fold) in self.years.range(..=year) {
            for (kind, performance) in &fold.performance {
                let sum = all.entry(*kind).or_default();
                let open = sum.open.checked_add(performance.received);
                let open = open.and_then(|open| open.checked_sub(performance.ended()?));
                let open = open.ok_or(FoldError::Overflow)?;
                *sum = if *of == year { *performance } else { Performance::default() };
                sum.open = open;
            }
        }
        Ok(all)
    }

    fn months(&self, year: Year) -> Result<Vec<FeeRow>, FoldError> {
        let (first, last) = bounds(year)?;
        let mut rows = Vec::with_capacity(12);
        for month in (4..=12).chain(1..=3) {
            let of = if month >= 4 { first.year() } else { last.year() };
            let (from, to) = month_bounds(of, month)?;
            let mut row = self.fees.table(Interval::Month, Some(from), Some(to))?.total;
            row.period = Interval::Month.label(from);
            rows.push(row);
        }
        Ok(rows)
    }
}

/// 1 April to 31 March. The year 9999 ends with its calendar year, as time does here.
fn bounds(year: Year) -> Result<(Date, Date), FoldError> {
    let first = Date::new(year.get(), 4, 1).ok_or(FoldError::Overflow)?;
    let last = year.next().and_then(|next| Date::new(next.get(), 3, 31)).unwrap_or(Date::LAST);
    Ok((first, last))
}

fn month_bounds(year: Year, month: u8) -> Result<(Date, Date), FoldError> {
    let day = |day| Date::new(year.get(), month, day);
    let last = (28..=31).rev().find_map(day);
    day(1).zip(last).ok_or(FoldError::Overflow)
}

impl Performance {
    fn ended(&self) -> Option<u64> {
        [self.recorded, self.refused, self.withdrawn, self.lapsed]
            .into_iter()
            .try_fold(0, u64::checked_add)
    }

    fn counter(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Recorded => &mut self.recorded,
            Outcome::Refused => &mut self.refused,
            Outcome::Withdrawn => &mut self.withdrawn,
            Outcome::Lapsed => &mut self.lapsed,
        }
    }
}

impl YearFold {
    fn apply_application(
        &mut self,
        effect: &Effect,
        here: EntryIndex,
        open: &mut BTreeMap<EntryIndex, ApplicationKind>,
    ) -> Result<(), FoldError> {
        if let Some(kind) = begun(effect) {
            open.insert(here, kind);
            count(&mut self.totals.received)?;
            count(&mut self.performance.entry(kind).or_default().received)?;
        }
        if let Some((application, amount)) = applied(effect, here) {
            let unknown = FoldError::ApplicationUnknown { entry: here, application };
            let kind = open.get(&application).ok_or(unknown)?;
            let sum = match kind {
                ApplicationKind::Account => &mut self.totals.account_opening_fees_yen,
                ApplicationKind::Transfer => &mut self.totals.transfer_fees_yen,
                ApplicationKind::Certificate => &mut self.totals.certificate_fees_yen,
                _ => return Err(FoldError::NoFee(here)),
            };
            add(sum, amount)?;
        }
        if let Some((application, outcome)) = ended(effect, here) {
            let unknown = FoldError::ApplicationUnknown { entry: here, application };
            let kind = open.remove(&application).ok_or(unknown)?;
            let totals = &mut self.totals;
            count(match outcome {
                Outcome::Recorded => &mut totals.recorded,
                Outcome::Refused => &mut totals.refused,
                Outcome::Withdrawn => &mut totals.withdrawn,
                Outcome::Lapsed => &mut totals.lapsed,
            })?;
            count(self.performance.entry(kind).or_default().counter(outcome))?;
        }
        Ok(())
    }
}

fn add_money(totals: &mut BookTotals, effect: &Effect) -> Result<(), FoldError> {
    match effect {
        Effect::PaymentRecorded { amount_yen, .. } => add(&mut totals.payments_yen, *amount_yen),
        Effect::StatementImported { payments, .. } => {
            let mut amounts = payments.iter().map(|payment| payment.amount_yen);
            amounts.try_for_each(|amount| add(&mut totals.payments_yen, amount))
        }
        Effect::Refunded { amount_yen, .. } => add(&mut totals.refunded_yen, *amount_yen),
        _ => Ok(()),
    }
}

fn add_move(totals: &mut BookTotals, moved: &Move) -> Result<(), FoldError> {
    let sum = match moved.kind {
        MoveKind::Issued => &mut totals.issued_tonnes,
        MoveKind::Transferred => &mut totals.transferred_tonnes,
        MoveKind::Retired => &mut totals.retired_tonnes,
        MoveKind::Cancelled => &mut totals.cancelled_tonnes,
        MoveKind::Corrected => &mut totals.corrected_tonnes,
    };
    add_tonnes(sum, moved.tonnes)
}

impl Books {
    /// Whether everything in the books agrees: the closing entry with the fold, the
    /// receipts by month and the state of performance by kind with the totals.
    ///
    /// # Errors
    ///
    /// The first disagreement, in the order of [`Disagreement`].
    pub fn check(&self) -> Result<(), Disagreement> {
        if self.closing.is_some_and(|closing| closing.totals != self.totals) {
            return Err(Disagreement::Closing);
        }
        let column = |amount: fn(&FeeRow) -> Yen| Yen::checked_sum(self.months.iter().map(amount));
        let columns = [
            (column(|row| row.received_yen), self.totals.payments_yen, self.fees.received_yen),
            (
                column(|row| row.account_opening_yen),
                self.totals.account_opening_fees_yen,
                self.fees.account_opening_yen,
            ),
            (column(|row| row.transfer_yen), self.totals.transfer_fees_yen, self.fees.transfer_yen),
            (
                column(|row| row.certificate_yen),
                self.totals.certificate_fees_yen,
                self.fees.certificate_yen,
            ),
            (column(|row| row.refunded_yen), self.totals.refunded_yen, self.fees.refunded_yen),
        ];
        if columns.iter().any(|(months, totals, year)| *months != Some(*totals) || totals != year) {
            return Err(Disagreement::Fees);
        }
        let sum = |number: fn(&Performance) -> u64| {
            self.performance.values().map(number).try_fold(0, u64::checked_add)
        };
        let counts = [
            (sum(|kind| kind.received), self.totals.received),
            (sum(|kind| kind.recorded), self.totals.recorded),
            (sum(|kind| kind.refused), self.totals.refused),
            (sum(|kind| kind.withdrawn), self.totals.withdrawn),
            (sum(|kind| kind.lapsed), self.totals.lapsed),
        ];
        let agree = counts.iter().all(|(kinds, totals)| *kinds == Some(*totals));
        if agree { Ok(()) } else { Err(Disagreement::Performance) }
    }

    /// The totals as a JSON object with the names of `docs/spec/entry.md`.
    ///
    /// # Errors
    ///
    /// When the document cannot be written, which no value of this type causes.
    pub fn totals_json(&self) -> Result<String, ReportError> {
        json_of(&self.totals)
    }

    /// The books as one JSON document.
    ///
    /// # Errors
    ///
    /// As for [`Books::totals_json`].
    pub fn json(&self) -> Result<String, ReportError> {
        json_of(self)
    }
}

#[cfg(test)]
pub(crate) mod tests;
