//! Averages, by the two rules that there are, each with its name beside it.

use crate::adjustment::{Average, PERIOD_FIRST, PERIOD_LAST};
use jcm_format::amount::Tonnes;
use serde::{Serialize, Serializer};
use std::fmt;

/// By which rule an average is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// What was used, over the ten years from 2021 to 2030, as Japan publishes it. Japan
    /// subtracts it, and the partner adds the same.
    JapanTenth,
    /// What was used, over the years elapsed (2/CMA.3, annex, para. 7(a)(ii)): Japan
    /// subtracts it.
    UsedByElapsedYears,
    /// What was first transferred, over the years elapsed (as above): the partner adds it.
    FirstTransferredByElapsedYears,
}

impl Rule {
    /// In words.
    pub const fn says(self) -> &'static str {
        match self {
            Rule::JapanTenth => {
                "used, divided by 10 (2021 to 2030), as Japan publishes it: Japan subtracts, the partner adds"
            }
            Rule::UsedByElapsedYears => {
                "used, divided by the years elapsed (2/CMA.3, annex, para. 7(a)(ii)): Japan subtracts"
            }
            Rule::FirstTransferredByElapsedYears => {
                "first transferred, divided by the years elapsed (2/CMA.3, annex, para. 7(a)(ii)): the partner adds"
            }
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.says())
    }
}

/// An average and the rule by which it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct LabelledAverage {
    /// The rule.
    pub rule: Rule,
    /// The sum that is divided, in tonnes.
    pub tonnes: u64,
    /// By how many years.
    pub years: u64,
    /// The quotient, exact: a decimal for ten years, else whole tonnes and a fraction.
    #[serde(serialize_with = "as_text")]
    pub average: Average,
}

fn as_text<S: Serializer>(value: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// The averages that follow from sums.
pub(super) fn of(used: u64, first_transferred: Option<u64>, elapsed: u64) -> Vec<LabelledAverage> {
    let ten = u64::from(PERIOD_LAST - PERIOD_FIRST) + 1;
    let sums = [
        (Rule::JapanTenth, Some(used), ten),
        (Rule::UsedByElapsedYears, Some(used), elapsed),
        (Rule::FirstTransferredByElapsedYears, first_transferred, elapsed),
    ];
    let averages = sums.into_iter().filter_map(|(rule, tonnes, years)| {
        let tonnes = tonnes?;
        let average = Average::new(Tonnes::new(tonnes), years)?;
        Some(LabelledAverage { rule, tonnes, years, average })
    });
    averages.collect()
}
