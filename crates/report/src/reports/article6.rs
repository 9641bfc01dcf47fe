//! The tables of the Agreed Electronic Format as reports: the rows that the files of a
//! submission have, so that whoever asks the registry gets the same figures.

use super::{ReportFault, ReportKind};
use crate::aef::{self, AefError, AefFold, AefSubmission, Request, Settings, Table};
use crate::rows::{Cell, Column, Row, Rows};
use crate::sheet::{self, DateStyle};

/// Columns are named as the format heads them; what explains them is its technical name.
const fn columns<const N: usize>(of: &[aef::Column]) -> [Column; N] {
    let mut columns = [Column { key: "", ja: "", en: "" }; N];
    let mut at = 0;
    while at < N {
        let aef::Column { heading, technical, .. } = of[at];
        columns[at] = Column { key: heading, ja: technical, en: technical };
        at += 1;
    }
    columns
}

pub(super) const SUBMISSION: &[Column] = &columns::<9>(Table::Submission.columns());
pub(super) const AUTHORIZATIONS: &[Column] = &columns::<19>(Table::Authorizations.columns());
pub(super) const ACTIONS: &[Column] = &columns::<27>(Table::Actions.columns());
pub(super) const HOLDINGS: &[Column] = &columns::<16>(Table::Holdings.columns());
pub(super) const ENTITIES: &[Column] = &columns::<8>(Table::AuthorizedEntities.columns());

/// The table that a report is.
pub(super) const fn table(kind: ReportKind) -> Option<Table> {
    match kind {
        ReportKind::AefSubmission => Some(Table::Submission),
        ReportKind::AefAuthorizations => Some(Table::Authorizations),
        ReportKind::AefActions => Some(Table::Actions),
        ReportKind::AefHoldings => Some(Table::Holdings),
        ReportKind::AefEntities => Some(Table::AuthorizedEntities),
        _ => None,
    }
}

/// A submission that is read from the entries.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) table: Table,
    pub(super) fold: AefFold,
    pub(super) request: Request,
}

/// A submission that was read, or why there is none.
#[derive(Debug, Clone)]
pub(super) struct Submitted {
    table: Table,
    made: Result<(AefSubmission, Settings), AefError>,
}

impl Reading {
    pub(super) fn finish(self) -> Submitted {
        let made = self.fold.finish(&self.request);
        let made = made.map(|submission| {
            let settings = submission.settings();
            (submission, settings)
        });
        Submitted { table: self.table, made }
    }
}

impl Submitted {
    /// The rows; none of a submission that does not pass its checks, as of its files.
    pub(super) fn rows(&self) -> Result<Rows<'_>, ReportFault> {
        let (submission, settings) = self.made.as_ref().map_err(|error| error.clone())?;
        let checks = submission.check();
        if !checks.all_passed() {
            return Err(ReportFault::Unchecked(checks.to_string()));
        }
        let rows = submission.rows(self.table, settings);
        let dates = settings.dates;
        Ok(Box::new(rows.map(move |cells| row(&cells, dates))))
    }
}

fn row(cells: &[sheet::Cell], dates: DateStyle) -> Row {
    let cell = |cell: &sheet::Cell| match cell {
        sheet::Cell::Blank => Cell::Empty,
        sheet::Cell::Integer(number) => Cell::Number(*number),
        other => Cell::Text(other.shown(dates)),
    };
    cells.iter().map(cell).collect()
}
