//! Which units serve the reports of emitters under the Act (SHK): the matrix of
//! the Ministry of the Environment, by the rule data in force.
//!
//! The one place where it is written: the ledger refuses by it, the service tells
//! by it before, and the reports by it afterwards.

use jcm_format::command::{Purpose, Rules};
use jcm_format::time::{Date, Year};

/// The first year of the first nationally determined contribution: units of
/// vintages from it on can serve it (Act, art. 57-3(1)).
pub const FIRST_NDC_YEAR: u16 = 2021;

/// Why units serve a report under the Act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShkGround {
    /// Reductions from 2021: by retirement.
    FromNdcPeriod,
    /// Reductions before 2021, issued by the day set.
    IssuedInTime,
    /// Reductions before 2021, issued later; public input on the design document
    /// of the project had begun by the day set.
    PublicInputInTime,
}

impl ShkGround {
    /// By which operation.
    pub const fn purpose(self) -> Purpose {
        match self {
            ShkGround::FromNdcPeriod => Purpose::Retirement,
            ShkGround::IssuedInTime | ShkGround::PublicInputInTime => Purpose::Cancellation,
        }
    }

    /// The word of reports.
    pub const fn word(self) -> &'static str {
        match self {
            ShkGround::FromNdcPeriod => "from 2021",
            ShkGround::IssuedInTime => "issued in time",
            ShkGround::PublicInputInTime => "public input in time",
        }
    }
}

/// The ground on which units of a vintage serve a report under the Act; `None` if
/// they do not.
pub fn shk(
    rules: &Rules,
    vintage: Year,
    issued_on: Date,
    public_input: Option<Date>,
) -> Option<ShkGround> {
    if FIRST_NDC_YEAR <= vintage.get() {
        Some(ShkGround::FromNdcPeriod)
    } else if issued_on <= rules.shk_issued_until {
        Some(ShkGround::IssuedInTime)
    } else if public_input.is_some_and(|begun| begun <= rules.shk_public_input_until) {
        Some(ShkGround::PublicInputInTime)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_format::amount::Yen;
    use jcm_format::command::RuleSet;

    #[test]
    fn the_matrix_is_that_of_the_ministry() {
        let rules = Rules::of_genesis(&RuleSet {
            version: 1,
            account_opening_fee_yen: Yen::ZERO,
            transfer_fee_yen: Yen::ZERO,
            certificate_fee_yen: Yen::ZERO,
        });
        let date = |text: &str| text.parse::<Date>().expect("a date");
        let told = |vintage, issued: &str, input: Option<&str>| {
            let vintage = Year::new(vintage).expect("a year");
            shk(&rules, vintage, date(issued), input.map(date))
        };
        let (late, in_time) = (Some("2025-04-01"), Some("2025-03-31"));
        assert_eq!(told(2020, "2025-03-31", late), Some(ShkGround::IssuedInTime));
        assert_eq!(told(2020, "2025-04-01", in_time), Some(ShkGround::PublicInputInTime));
        assert_eq!(told(2020, "2025-04-01", late), None);
        assert_eq!(told(2020, "2025-04-01", None), None);
        assert_eq!(told(2021, "2025-04-01", None), Some(ShkGround::FromNdcPeriod));
        assert_eq!(told(2021, "2025-03-31", None), Some(ShkGround::FromNdcPeriod));
    }
}
