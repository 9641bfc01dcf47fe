//! The checks that a submission passes before anything is written. Each has a
//! number for ever, says what is wrong where, and what to mend. A check that
//! lacks what it would have to look at is not passed: it says so.

mod blocks;
mod cells;
mod links;

#[cfg(test)]
mod tests;

use super::AefSubmission;
use super::columns::Table;
use serde::Serialize;
use std::fmt;

/// Findings that one check lists; it counts the others.
pub(super) const FINDINGS_MAX: usize = 100;

macro_rules! checks {
    ($($number:literal $variant:ident $says:literal $run:path,)+) => {
        /// One of the checks.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Check {
            $(#[doc = $says] $variant,)+
        }

        impl Check {
            /// All of them, by number.
            pub const ALL: &'static [Check] = &[$(Check::$variant),+];

            /// Its number, which never changes.
            pub const fn number(self) -> u16 {
                match self {
                    $(Check::$variant => $number,)+
                }
            }

            /// What it asks.
            pub const fn says(self) -> &'static str {
                match self {
                    $(Check::$variant => $says,)+
                }
            }

            fn run(self, submission: &AefSubmission, report: &mut Report) {
                match self {
                    $(Check::$variant => $run(submission, report),)+
                }
            }
        }
    };
}

checks! {
    1 RequiredCells "every required cell is filled, and NA stands only where it may" cells::required,
    2 PlatformCells "what the CARP fills is blank" cells::platform,
    3 Applicability "cells that apply to some actions only are filled for those and no others" cells::applicability,
    4 Subtypes "every subtype belongs to its action" cells::subtypes,
    5 AuthorizationIds "authorization IDs have letters, digits, spaces, hyphens, slashes and points only" cells::authorization_ids,
    6 ActionAuthorizations "the authorization of every action is in Table 2" links::of_actions,
    7 HoldingAuthorizations "the authorization of every holding is in Table 2" links::of_holdings,
    8 Entities "every entity that uses or cancels is in Table 5" links::entities,
    9 UniqueRows "no authorization with its version, and no entity, stands in its table twice" links::unique,
    10 Provenance "every row names entries of the log" links::provenance,
    11 FirstAndLast "no first ID is above its last ID" blocks::first_and_last,
    12 Quantities "every quantity is last ID - first ID + 1" blocks::quantities,
    13 HoldingsApart "no unit is held in two rows" blocks::holdings_apart,
    14 ConsumedNotHeld "nothing used or cancelled is held on 31 December" blocks::consumed_not_held,
    15 ConsumedOnce "no unit is used or cancelled twice, or acquired twice" blocks::once,
    16 SameAttributes "cooperative approach, first transferring Party, metric, mitigation type and vintage of a unit are the same in all rows" blocks::same_attributes,
    17 Balance "what was held a year before, and acquired, and not used or cancelled, is held" blocks::balance,
    18 Years "every action is of the reported year, which is over on the day of submission" cells::years,
    19 Vintages "no mitigation occurred before 2021 or after the reported year" cells::vintages,
    20 AuthorizedQuantities "no more was first transferred than was authorised" links::quantities,
}

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum Outcome {
    /// All that it looked at is as it should be.
    Passed {
        /// How many things it looked at.
        looked_at: u64,
    },
    /// Something is not.
    Failed {
        /// What, [`FINDINGS_MAX`] at most.
        findings: Vec<Finding>,
        /// How many there are.
        count: u64,
    },
    /// It lacks what it would have to look at, so it says nothing.
    Undecided {
        /// What it lacks.
        lacks: String,
    },
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// In which table.
    pub table: Table,
    /// In which row, from 1; none where a row is missing.
    pub row: Option<usize>,
    /// What is wrong.
    pub wrong: String,
    /// What to do.
    pub mend: String,
}

/// A check with its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckResult {
    /// Its number.
    pub number: u16,
    /// What it asks.
    pub says: &'static str,
    /// What it came to.
    #[serde(flatten)]
    pub outcome: Outcome,
}

/// All checks with their outcomes, by number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Checks(pub Vec<CheckResult>);

impl Checks {
    /// Whether every single one is passed.
    pub fn all_passed(&self) -> bool {
        self.0.iter().all(|result| matches!(result.outcome, Outcome::Passed { .. }))
    }

    /// The outcome of one.
    pub fn outcome(&self, check: Check) -> Option<&Outcome> {
        let found = self.0.iter().find(|result| result.number == check.number());
        found.map(|result| &result.outcome)
    }
}

/// The checks that are not passed, with what to mend.
impl fmt::Display for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let open: Vec<&CheckResult> = self
            .0
            .iter()
            .filter(|result| !matches!(result.outcome, Outcome::Passed { .. }))
            .collect();
        write!(f, "{} of {} checks are not passed", open.len(), self.0.len())?;
        for CheckResult { number, says, outcome } in open {
            write!(f, "\ncheck {number} ({says})")?;
            match outcome {
                Outcome::Passed { .. } => {}
                Outcome::Undecided { lacks } => write!(f, " cannot be decided: {lacks}")?,
                Outcome::Failed { findings, count } => {
                    for Finding { table, row, wrong, mend } in findings {
                        write!(f, "\n  {}", table.sheet())?;
                        if let Some(row) = row {
                            write!(f, ", row {row}")?;
                        }
                        write!(f, ": {wrong}; {mend}")?;
                    }
                    let more = count.saturating_sub(findings.len() as u64);
                    if 0 < more {
                        write!(f, "\n  and {more} more")?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// What one check collects while it looks.
#[derive(Debug, Default)]
struct Report {
    looked_at: u64,
    findings: Vec<Finding>,
    count: u64,
    lacks: Option<String>,
}

impl Report {
    fn look(&mut self) {
        self.looked_at = self.looked_at.saturating_add(1);
    }

    /// Row counts from 0 here.
    fn find(
        &mut self,
        table: Table,
        row: usize,
        wrong: impl Into<String>,
        mend: impl Into<String>,
    ) {
        self.note(table, Some(row.saturating_add(1)), wrong.into(), mend.into());
    }

    /// A row that should be there and is not.
    fn miss(&mut self, table: Table, wrong: impl Into<String>, mend: impl Into<String>) {
        self.note(table, None, wrong.into(), mend.into());
    }

    fn note(&mut self, table: Table, row: Option<usize>, wrong: String, mend: String) {
        self.count = self.count.saturating_add(1);
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding { table, row, wrong, mend });
        }
    }

    fn lack(&mut self, what: impl Into<String>) {
        self.lacks.get_or_insert(what.into());
    }

    fn outcome(self) -> Outcome {
        match (self.count, self.lacks) {
            (0, None) => Outcome::Passed { looked_at: self.looked_at },
            (0, Some(lacks)) => Outcome::Undecided { lacks },
            (count, _) => Outcome::Failed { findings: self.findings, count },
        }
    }
}

impl AefSubmission {
    /// Runs every check.
    pub fn check(&self) -> Checks {
        let results = Check::ALL.iter().map(|check| {
            let mut report = Report::default();
            check.run(self, &mut report);
            let (number, says) = (check.number(), check.says());
            CheckResult { number, says, outcome: report.outcome() }
        });
        Checks(results.collect())
    }
}
