//! The annual summary of transactions, by calendar year: what the former registry's
//! site published as "Annual Transactions Summary".

use crate::fold::{FoldError, Position, add_tonnes, count};
use crate::movement::{Move, MoveKind, Movements};
use jcm_format::amount::Tonnes;
use jcm_format::entry::Entry;
use jcm_format::time::Year;
use serde::Serialize;
use std::collections::BTreeMap;

/// One calendar year in Japan. Tonnes of CO2 equivalent. A transfer counts in
/// the year in which it was recorded, for that is when it has effect (Act, art. 53).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct YearOfTransactions {
    /// The year.
    pub year: Year,
    /// Issued, carried-over units included in the year of their entry.
    pub issued_tonnes: Tonnes,
    /// Transferred, neither retired nor cancelled.
    pub transferred_tonnes: Tonnes,
    /// Retired (無効化).
    pub retired_tonnes: Tonnes,
    /// Cancelled (取消し).
    pub cancelled_tonnes: Tonnes,
    /// Moved by corrections (registry ordinance, art. 15).
    pub corrected_tonnes: Tonnes,
    /// Entries that issued or moved units.
    pub transactions: u64,
}

impl YearOfTransactions {
    const fn new(year: Year) -> YearOfTransactions {
        YearOfTransactions {
            year,
            issued_tonnes: Tonnes::ZERO,
            transferred_tonnes: Tonnes::ZERO,
            retired_tonnes: Tonnes::ZERO,
            cancelled_tonnes: Tonnes::ZERO,
            corrected_tonnes: Tonnes::ZERO,
            transactions: 0,
        }
    }

    fn add(&mut self, moved: &Move) -> Result<(), FoldError> {
        let sum = match moved.kind {
            MoveKind::Issued => &mut self.issued_tonnes,
            MoveKind::Transferred => &mut self.transferred_tonnes,
            MoveKind::Retired => &mut self.retired_tonnes,
            MoveKind::Cancelled => &mut self.cancelled_tonnes,
            MoveKind::Corrected => &mut self.corrected_tonnes,
        };
        add_tonnes(sum, moved.tonnes)
    }
}

/// The fold: give it every entry, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct YearSummary {
    position: Position,
    movements: Movements,
    years: BTreeMap<Year, YearOfTransactions>,
}

impl YearSummary {
    /// The summary of no entries.
    pub fn new() -> YearSummary {
        YearSummary::default()
    }

    /// Adds the next entry.
    ///
    /// # Errors
    ///
    /// [`FoldError`]; after one the summary takes no further entries.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), FoldError> {
        self.apply_moves(entry).map(|_| ())
    }

    /// As [`YearSummary::apply`], and returns what moved.
    pub(crate) fn apply_moves(&mut self, entry: &Entry) -> Result<Vec<Move>, FoldError> {
        self.position.begin(entry)?;
        let mut moves = Vec::new();
        for effect in &entry.event.0 {
            moves.extend(self.movements.of(effect, entry.index)?);
        }
        if !moves.is_empty() {
            let year = entry.time.date_in_japan().year();
            let sums = self.years.entry(year).or_insert(YearOfTransactions::new(year));
            moves.iter().try_for_each(|moved| sums.add(moved))?;
            count(&mut sums.transactions)?;
        }
        self.position.end()?;
        Ok(moves)
    }

    /// How many entries were read.
    pub const fn entries(&self) -> u64 {
        self.position.entries()
    }

    /// The years with a transaction, ascending.
    pub fn years(&self) -> impl Iterator<Item = YearOfTransactions> {
        self.years.values().copied()
    }
}
