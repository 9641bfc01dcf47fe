//! Corresponding adjustments (decision 2/CMA.3, annex, paras. 7 and 8): what Japan
//! subtracts and each partner adds, by year and vintage; averages by both rules;
//! the emissions balance of both sides; and what partners have still to confirm.
//!
//! All figures are whole tonnes, or a whole number over a number of years. Nothing
//! is rounded.
//!
//! Two quantities must not be mixed up. *Used*: units retired towards Japan's NDC, by
//! the year of the retirement; Japan subtracts them. *First transferred*: units that
//! left the partner's account of itself, by the year in which the mitigation
//! occurred; the partner adds them, whether or not they are used yet. There is no
//! term for what was acquired.

mod averages;
mod fold;
mod parties;
mod write;

#[cfg(test)]
mod tests;

pub use averages::{Average, LabelledAverage, PERIOD_FIRST, PERIOD_LAST, Rule};
pub use fold::AdjustmentFold;
pub use parties::{BalanceError, PartyFigures, PartyYear};
pub use write::party_years_csv;

use jcm_format::id::Country;
use jcm_format::party::Party;
use jcm_format::time::Year;
use serde::Serialize;

/// The adjustments at the end of a year in Japan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdjustmentReport {
    /// The year at whose end it is.
    pub year: Year,
    /// How many entries the year and those before have: the report is of these.
    pub entries: u64,
    /// First year of the period of Japan's NDC.
    pub period_first: Year,
    /// Its last year.
    pub period_last: Year,
    /// Each partner with a first transfer or an adjustment, by country.
    pub partners: Vec<PartnerReport>,
    /// All partners together: what Japan subtracts.
    pub japan: Vec<LabelledAverage>,
    /// Used until the end of the year, of the vintages of the period.
    pub used_tonnes: u64,
}

/// One partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartnerReport {
    /// The country.
    pub country: Country,
    /// The Party.
    pub party: Party,
    /// Used until the end of the year, of the vintages of the period.
    pub used_tonnes: u64,
    /// First transferred until then, of the vintages of the period.
    pub first_transferred_tonnes: u64,
    /// What follows by each rule, for both sides.
    pub averages: Vec<LabelledAverage>,
    /// By the year in which the mitigation occurred.
    pub vintages: Vec<OfVintage>,
    /// By the calendar year of use.
    pub years: Vec<OfYear>,
    /// By year of use and vintage: what is booked, confirmed and open.
    pub confirmations: Vec<Confirmed>,
}

/// What concerns one vintage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OfVintage {
    /// The year in which the mitigation occurred.
    pub vintage: Year,
    /// First transferred: the partner adds it in this year.
    pub first_transferred_tonnes: u64,
    /// Of it used so far.
    pub used_tonnes: u64,
}

/// What concerns one calendar year of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct OfYear {
    /// The year.
    pub year: Year,
    /// Used in it: Japan subtracts it in this year.
    pub used_tonnes: u64,
    /// Used from the first year of the period to this one.
    pub cumulative_tonnes: u64,
}

/// What is booked for a year of use and a vintage, and what the partner has confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Confirmed {
    /// Calendar year of use.
    pub year: Year,
    /// Year in which the mitigation occurred.
    pub vintage: Year,
    /// Booked.
    pub booked_tonnes: u64,
    /// Confirmed by the partner, and not withdrawn.
    pub confirmed_tonnes: u64,
    /// Booked and not confirmed.
    pub open_tonnes: u64,
}

impl PartnerReport {
    /// What the partner has still to confirm.
    pub fn open(&self) -> impl Iterator<Item = &Confirmed> {
        self.confirmations.iter().filter(|of| of.open_tonnes != 0)
    }
}
