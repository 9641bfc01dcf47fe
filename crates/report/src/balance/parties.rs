//! The emissions balance of a Party, year by year (2/CMA.3, annex, para. 8), and how it
//! lies to the Party's trajectory (para. 7(a)(i) and (b)).
//!
//! balance = emissions + first transferred, by year of mitigation - used, by year of use

use super::{AdjustmentReport, PartnerReport};
use jcm_format::id::Country;
use jcm_format::time::Year;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a Party says of itself, which is not in the log. Tonnes of CO2 equivalent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartyFigures {
    /// Emissions of the sectors that its NDC covers.
    pub emissions: BTreeMap<Year, u64>,
    /// Its indicative trajectory.
    pub trajectory: BTreeMap<Year, u64>,
    /// What it uses itself towards its NDC, of any cooperative approach. Of Japan the log
    /// knows what was used through this registry; of a partner nothing.
    pub other_use: BTreeMap<Year, u64>,
    /// What it first transfers otherwise than through this registry.
    pub other_first_transfers: BTreeMap<Year, u64>,
}

/// One year of a Party. A figure that nobody stated is none, and so is what would
/// be made from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct PartyYear {
    /// The year.
    pub year: Year,
    /// Emissions, as the Party states them.
    pub emissions_tonnes: Option<u64>,
    /// Added: first transferred by the Party, for mitigation that occurred in the year.
    pub first_transferred_tonnes: u64,
    /// Subtracted: used by the Party towards its NDC in the year; none if that is not known.
    pub used_tonnes: Option<u64>,
    /// Emissions + first transferred - used.
    pub balance_tonnes: Option<i128>,
    /// First transferred - used, from the first year of the period to this one.
    pub cumulative_adjustment_tonnes: Option<i128>,
    /// The trajectory.
    pub trajectory_tonnes: Option<u64>,
    /// Balance - trajectory: above zero, the Party lies above it.
    pub above_trajectory_tonnes: Option<i128>,
}

/// Why there is no balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BalanceError {
    /// No unit of the country was first transferred or used.
    #[error("no unit of {0} was first transferred or used until the end of the year")]
    NoSuchPartner(Country),
}

impl AdjustmentReport {
    /// Japan's years, from the first of the period to the year of the report. Japan first
    /// transfers nothing through this registry: the mitigation occurs in partner countries.
    pub fn japan_balance(&self, figures: &PartyFigures) -> Vec<PartyYear> {
        let mut used: BTreeMap<Year, u64> = BTreeMap::new();
        for of in self.partners.iter().flat_map(|partner| &partner.years) {
            let sum = used.entry(of.year).or_default();
            *sum = sum.saturating_add(of.used_tonnes);
        }
        let of_registry = |year: Year| Some(used.get(&year).copied().unwrap_or(0));
        self.years(figures, |_| 0, of_registry)
    }

    /// A partner's years. Its own use is not in this log: without
    /// [`PartyFigures::other_use`] there is no balance.
    ///
    /// # Errors
    ///
    /// A country of which the report has nothing.
    pub fn partner_balance(
        &self,
        country: Country,
        figures: &PartyFigures,
    ) -> Result<Vec<PartyYear>, BalanceError> {
        let partner = self.partners.iter().find(|partner| partner.country == country);
        let partner = partner.ok_or(BalanceError::NoSuchPartner(country))?;
        Ok(self.years(figures, |year| first_transferred(partner, year), |_| None))
    }

    fn years(
        &self,
        figures: &PartyFigures,
        first_transferred: impl Fn(Year) -> u64,
        used: impl Fn(Year) -> Option<u64>,
    ) -> Vec<PartyYear> {
        let last = self.year.min(self.period_last);
        let mut cumulative = Some(0_i128);
        let years = self.period_first.get()..=last.get();
        let rows = years.filter_map(Year::new).map(|year| {
            let stated = |map: &BTreeMap<Year, u64>| map.get(&year).copied();
            let other = stated(&figures.other_first_transfers).unwrap_or(0);
            let added = first_transferred(year).saturating_add(other);
            // Either source suffices; what both state adds up.
            let subtracted = match (used(year), stated(&figures.other_use)) {
                (None, None) => None,
                (one, two) => Some(one.unwrap_or(0).saturating_add(two.unwrap_or(0))),
            };
            let adjustment = subtracted.map(|used| i128::from(added) - i128::from(used));
            cumulative = cumulative.zip(adjustment).map(|(sum, of_year)| sum + of_year);
            let emissions_tonnes = stated(&figures.emissions);
            let balance_tonnes =
                emissions_tonnes.zip(adjustment).map(|(of, by)| i128::from(of) + by);
            let trajectory_tonnes = stated(&figures.trajectory);
            PartyYear {
                year,
                emissions_tonnes,
                first_transferred_tonnes: added,
                used_tonnes: subtracted,
                balance_tonnes,
                cumulative_adjustment_tonnes: cumulative,
                trajectory_tonnes,
                above_trajectory_tonnes: balance_tonnes
                    .zip(trajectory_tonnes)
                    .map(|(balance, on)| balance - i128::from(on)),
            }
        });
        rows.collect()
    }
}

fn first_transferred(partner: &PartnerReport, year: Year) -> u64 {
    let of_year = partner.vintages.iter().find(|of| of.vintage == year);
    of_year.map_or(0, |of| of.first_transferred_tonnes)
}
