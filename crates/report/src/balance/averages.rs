//! Averages, by the two rules that there are, each with its name beside it.

use jcm_format::amount::Tonnes;
use serde::{Serialize, Serializer};
use std::fmt;

/// First year of the first period of nationally determined contributions.
pub const PERIOD_FIRST: u16 = 2021;
/// Its last year.
pub const PERIOD_LAST: u16 = 2030;

/// A quantity divided by a number of years, never rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Average {
    /// Tonnes of CO2 equivalent over all years.
    pub tonnes: u64,
    /// The years; never 0.
    years: u64,
}

impl Average {
    /// `tonnes` over `years`; none for no years.
    pub fn new(tonnes: Tonnes, years: u64) -> Option<Average> {
        (years != 0).then_some(Average { tonnes: tonnes.get(), years })
    }

    /// By how many years is divided.
    pub fn years(self) -> u64 {
        self.years
    }
}

/// Exact: a decimal where the years are ten, else whole tonnes and a fraction.
impl fmt::Display for Average {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.tonnes / self.years, self.tonnes % self.years);
        match (self.years, rest) {
            (_, 0) => write!(f, "{whole}"),
            (10, tenths) => write!(f, "{whole}.{tenths}"),
            (years, rest) => {
                let divisor = greatest_common_divisor(rest, years);
                write!(f, "{whole} {}/{}", rest / divisor, years / divisor)
            }
        }
    }
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_are_exact() {
        let average = |tonnes, years| Average::new(Tonnes::new(tonnes), years).expect("years");
        assert_eq!(average(1_234_567, 10).to_string(), "123456.7");
        assert_eq!(average(1_234_560, 10).to_string(), "123456");
        assert_eq!(average(1_234_567, 6).to_string(), "205761 1/6");
        assert_eq!(average(9, 6).to_string(), "1 1/2");
        assert_eq!(average(0, 6).to_string(), "0");
        assert!(Average::new(Tonnes::new(1), 0).is_none());
    }
}
