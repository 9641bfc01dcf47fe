//! Reconciliation with a partner: its report against ours, before either is handed
//! in. What the partner reports as first transferred to Japan should be what Japan
//! reports as acquired from it. Nothing of the partner's file goes anywhere but into
//! the answer.

mod compare;
mod grid;
mod headings;
mod partner;
mod references;
mod unpack;
mod value;

#[cfg(test)]
mod tests;

pub use grid::{CELLS_MAX, COLUMNS_MAX, ROWS_MAX, SHEETS_MAX};
pub use headings::Template;
pub use unpack::{FILE_BYTES_MAX, PARTS_MAX, UNPACKED_BYTES_MAX, WorkbookError, measure};

use crate::aef::AefSubmission;
use jcm_format::party::Party;
use serde::Serialize;
use std::fmt;

/// Differences and rows that are listed; more are counted.
pub const LISTED_MAX: usize = 1_000;

/// What comparing came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reconciliation {
    /// The partner.
    pub partner: Party,
    /// The template that its workbook follows.
    pub template: Template,
    /// The sheet that was read.
    pub sheet: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Tonnes on which both rows agree in everything that was compared.
    pub agreed_tonnes: u64,
    /// Pairs of rows that agree: ours (table 3, from 1), theirs (row of the sheet).
    pub agreed: Vec<(usize, u32)>,
    /// What differs, [`LISTED_MAX`] at most.
    pub differences: Vec<Difference>,
    /// How many differences there are.
    pub difference_count: u64,
    /// What could not be compared, because the workbook does not say it.
    pub not_compared: Vec<String>,
    /// Rows of theirs that concern other actions or other acquirers.
    pub passed_over: u64,
}

/// Three values: what was not compared cannot agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Everything was compared and agrees.
    Agrees,
    /// Something differs.
    Differs,
    /// Nothing differs, but something could not be compared.
    Incomplete,
}

/// What kind of difference it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The workbook is of another Party or year.
    Workbook,
    /// Their row cannot be read, or contradicts itself.
    TheirRow,
    /// Units that only we report.
    OnlyOurs,
    /// Units that only they report.
    OnlyTheirs,
    /// Identifiers.
    Identifiers,
    /// Quantities.
    Quantity,
    /// Vintages.
    Vintage,
    /// Years of the action.
    Year,
    /// Cooperative approaches.
    Approach,
    /// First transferring Parties.
    FirstParty,
    /// The partner's authorisation.
    Authorization,
}

/// One difference, with both rows as they stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its kind.
    pub kind: Kind,
    /// In words.
    pub words: String,
    /// Our row.
    pub ours: Option<Quoted>,
    /// Theirs.
    pub theirs: Option<Quoted>,
}

/// A row as it stands in its table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quoted {
    /// Ours: row of table 3, from 1. Theirs: row of the sheet, from 1.
    pub row: u64,
    /// Heading and text of the cells that say something.
    pub cells: Vec<(String, String)>,
}

/// Compares our acquisitions from `partner` with the first transfers to Japan in its
/// workbook.
///
/// # Errors
///
/// Bytes that are not a workbook with a table of actions, or that go beyond the limits.
pub fn reconcile(
    ours: &AefSubmission,
    partner: Party,
    workbook: &[u8],
) -> Result<Reconciliation, WorkbookError> {
    Ok(compare::compare(ours, partner, &partner::read(workbook)?))
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Agrees => "both reports agree",
            Verdict::Differs => "the reports differ",
            Verdict::Incomplete => "nothing differs, but not everything could be compared",
        })
    }
}

/// In words, each difference with both rows.
impl fmt::Display for Reconciliation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Reconciliation { partner, verdict, agreed_tonnes, agreed, .. } = self;
        write!(
            f,
            "{partner}: {verdict}; {agreed_tonnes} t in {} pairs of rows agree",
            agreed.len()
        )?;
        for what in &self.not_compared {
            write!(f, "\nnot compared: {what}")?;
        }
        for Difference { words, ours, theirs, .. } in &self.differences {
            write!(f, "\n{words}")?;
            for (whose, quoted) in [("ours", ours), ("theirs", theirs)] {
                if let Some(Quoted { row, cells }) = quoted {
                    let cells: Vec<String> =
                        cells.iter().map(|(heading, text)| format!("{heading}: {text}")).collect();
                    write!(f, "\n  {whose}, row {row}: {}", cells.join("; "))?;
                }
            }
        }
        let more = self.difference_count.saturating_sub(self.differences.len() as u64);
        if 0 < more { write!(f, "\nand {more} more differences") } else { Ok(()) }
    }
}
