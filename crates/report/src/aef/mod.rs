//! The Agreed Electronic Format (AEF): what Japan reports each year on
//! internationally transferred mitigation outcomes (decision 2/CMA.3, annex,
//! para. 20; format of decision 4/CMA.6, annex II).
//!
//! A submission is a pure function of the entries up to the end of the reported
//! year in Japan, and of what the caller says about the submission itself. Years
//! that are over never change, because entries are only added.
//!
//! Memory: the fold keeps what authorisations, blocks and applications that wait
//! take up, and a piece for each stretch of units that is held; beside that only
//! the rows of the reported year. Entries are looked at once and not kept.

mod check;
mod columns;
mod diff;
mod fold;
mod nomenclature;
mod provenance;
mod rows;
mod settings;
mod write;

#[cfg(test)]
pub(crate) mod sample;

pub use check::{Check, CheckResult, Checks, Finding, Outcome};
pub use columns::{Column, Demand, Table};
pub use diff::{Change, Difference, diff};
pub use fold::{AefError, AefFold, Request};
pub use nomenclature::{
    ActionSubtype, ActionType, FirstTransferForOimp, Metric, NotAValue, PurposeForAuthorization,
    UnderlyingRegistry,
};
pub use provenance::{Part, Provenance, Source};
pub use rows::{
    ActionRow, AefRow, AuthorizationRow, EntityRow, HoldingRow, ItmoBlock, SubmissionRow,
    SubmissionVersion, Timeframe, Underlying,
};
pub use settings::{Settings, TimeframeStyle};
pub use write::{CsvFile, WriteError};

use crate::sheet::Cell;
use jcm_format::command::ItmoRendering;
use std::collections::BTreeMap;

/// One submission: the five tables, and what the checks need to know beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AefSubmission {
    /// Table 1.
    pub submission: SubmissionRow,
    /// Table 2.
    pub authorizations: Vec<AuthorizationRow>,
    /// Table 3, in the order of the entries.
    pub actions: Vec<ActionRow>,
    /// Table 4, at the end of 31 December in Japan.
    pub holdings: Vec<HoldingRow>,
    /// Table 5.
    pub entities: Vec<EntityRow>,
    /// What was held at the end of the year before; none if that is not known.
    pub opening: Option<Vec<ItmoBlock>>,
    /// First transferred under each authorisation of Table 2 until the end of
    /// the year, in tonnes; none if that is not known.
    pub first_transferred: Option<BTreeMap<String, u64>>,
    /// How the rule data want identifiers written.
    pub ids: ItmoRendering,
    /// How many entries the year and those before have; every row stems from these.
    pub entries: u64,
}

impl AefSubmission {
    /// As the common nomenclatures and the public workbook have it, with identifiers as
    /// the rule data want them.
    pub const fn settings(&self) -> Settings {
        Settings { ids: self.ids, ..Settings::NOMENCLATURE }
    }

    /// The rows of a table, one after the other, as cells in the order of the columns.
    /// All files are written from these.
    pub fn rows<'a>(
        &'a self,
        table: Table,
        settings: &'a Settings,
    ) -> Box<dyn Iterator<Item = Vec<Cell>> + 'a> {
        fn of<'a, R: AefRow>(
            rows: &'a [R],
            settings: &'a Settings,
        ) -> Box<dyn Iterator<Item = Vec<Cell>> + 'a> {
            Box::new(rows.iter().map(|row| row.cells(settings)))
        }
        match table {
            Table::Submission => Box::new(std::iter::once(self.submission.cells(settings))),
            Table::Authorizations => of(&self.authorizations, settings),
            Table::Actions => of(&self.actions, settings),
            Table::Holdings => of(&self.holdings, settings),
            Table::AuthorizedEntities => of(&self.entities, settings),
        }
    }

    /// The entries behind each row: table, position of the row from 0, entries.
    pub fn provenance(&self) -> impl Iterator<Item = (Table, usize, &Provenance)> {
        fn of<R: AefRow>(rows: &[R]) -> impl Iterator<Item = (Table, usize, &Provenance)> {
            let rows = rows.iter().enumerate();
            rows.filter_map(|(row, of)| Some((R::TABLE, row, of.provenance()?)))
        }
        let (two, three) = (of(&self.authorizations), of(&self.actions));
        two.chain(three).chain(of(&self.holdings)).chain(of(&self.entities))
    }
}
