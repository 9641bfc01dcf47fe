//! What came and went in a period, between two balances.

use super::{AccountBook, BookError, Movement, MovementKind};
use crate::unit_set::UnitSet;
use jcm_format::amount::Tonnes;
use jcm_format::id::AccountNumber;
use jcm_format::serial::SerialRange;
use jcm_format::text::Text;
use jcm_format::time::{Date, Year};
use serde::Serialize;
use std::collections::BTreeMap;

/// A statement of account. Quantities are in tonnes of CO2 equivalent, days are
/// days in Japan, ranges ascend and are joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Statement {
    /// The account.
    pub account: AccountNumber,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
    /// The balance before the first day.
    pub opening_tonnes: Tonnes,
    /// The units before the first day.
    pub opening: Vec<SerialRange>,
    /// What came and went, oldest first.
    pub movements: Vec<Movement>,
    /// The balance at the end of the last day.
    pub closing_tonnes: Tonnes,
    /// The units at the end of the last day.
    pub closing: Vec<SerialRange>,
    /// What was retired and cancelled in the period, and what for.
    pub cancellations: Vec<CancellationTotal>,
    /// The log was read up to this number of entries. A day that is not over may
    /// still bring more.
    pub entries: u64,
}

/// How much was retired or cancelled for one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CancellationTotal {
    /// Retirement or cancellation.
    pub purpose: MovementKind,
    /// What it serves, in the words of the service; none where none was named.
    #[serde(rename = "use")]
    pub use_: Option<&'static str>,
    /// Fiscal year of the report that it serves.
    pub reporting_year: Option<Year>,
    /// In whose favour; none = the holder itself.
    pub beneficiary: Option<Text>,
    /// How much.
    pub quantity_tonnes: Tonnes,
}

impl AccountBook {
    /// The statement from `from` to `to`, both included.
    ///
    /// # Errors
    ///
    /// When the period is reversed. Also when opening balance and movements do not
    /// make the closing balance, which the fold rules out.
    pub fn statement(&self, from: Date, to: Date) -> Result<Statement, BookError> {
        if to < from {
            return Err(BookError::PeriodReversed(from, to));
        }
        let day = |movement: &Movement| movement.time.date_in_japan();
        // The log's time never goes back, so the movements are sorted by day.
        let first = self.movements.partition_point(|movement| day(movement) < from);
        let end = self.movements.partition_point(|movement| day(movement) <= to);
        let (before, rest) = self.movements.split_at(first);
        let within = rest.get(..end.saturating_sub(first)).unwrap_or_default();
        let mut units = UnitSet::default();
        replay(&mut units, before)?;
        let opening = units.to_vec();
        replay(&mut units, within)?;
        let statement = Statement {
            account: self.account,
            from,
            to,
            opening_tonnes: before.last().map_or(Tonnes::ZERO, |last| last.balance_tonnes),
            opening,
            movements: within.to_vec(),
            closing_tonnes: self.movements[..end].last().map_or(Tonnes::ZERO, |m| m.balance_tonnes),
            closing: units.to_vec(),
            cancellations: cancellations(within)?,
            entries: self.entries,
        };
        if statement.adds_up() { Ok(statement) } else { Err(BookError::DoesNotAddUp(to)) }
    }
}

fn replay(units: &mut UnitSet, movements: &[Movement]) -> Result<(), BookError> {
    for movement in movements {
        for &range in &movement.ranges {
            let fits = if movement.kind.is_in() { units.add(range) } else { units.remove(range) };
            if !fits {
                return Err(BookError::UnitsElsewhere(movement.entry, range));
            }
        }
    }
    Ok(())
}

fn cancellations(movements: &[Movement]) -> Result<Vec<CancellationTotal>, BookError> {
    let mut totals = BTreeMap::new();
    for movement in movements {
        if !matches!(movement.kind, MovementKind::Retirement | MovementKind::Cancellation) {
            continue;
        }
        let what =
            (movement.kind, movement.use_, movement.reporting_year, movement.beneficiary.clone());
        let total: &mut Tonnes = totals.entry(what).or_default();
        let sum = total.checked_add(movement.quantity_tonnes);
        *total = sum.ok_or(BookError::TooLarge(movement.entry))?;
    }
    let totals = totals.into_iter();
    let totals = totals.map(|((purpose, use_, reporting_year, beneficiary), quantity_tonnes)| {
        CancellationTotal { purpose, use_, reporting_year, beneficiary, quantity_tonnes }
    });
    Ok(totals.collect())
}

impl Statement {
    /// How much came and how much went; `None` if a sum overflows.
    pub fn turnover(&self) -> Option<(Tonnes, Tonnes)> {
        let sum = |incoming| {
            let some = self.movements.iter().filter(|m| m.kind.is_in() == incoming);
            Tonnes::checked_sum(some.map(|movement| movement.quantity_tonnes))
        };
        Some((sum(true)?, sum(false)?))
    }

    /// Opening + in - out = closing, and both balances count their units.
    fn adds_up(&self) -> bool {
        let counted =
            |ranges: &[SerialRange]| Tonnes::checked_sum(ranges.iter().map(|r| r.quantity()));
        let Some((incoming, outgoing)) = self.turnover() else { return false };
        let expected = self.opening_tonnes.checked_add(incoming);
        expected.and_then(|sum| sum.checked_sub(outgoing)) == Some(self.closing_tonnes)
            && counted(&self.opening) == Some(self.opening_tonnes)
            && counted(&self.closing) == Some(self.closing_tonnes)
    }
}
