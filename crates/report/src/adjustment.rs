//! Corresponding adjustments, in exact numbers: what Japan subtracts and a
//! partner adds (decision 2/CMA.3, annex, paras. 7 and 8).
//!
//! Averaging is published by Japan as a tenth of the sum over 2021 to 2030;
//! decision 2/CMA.3 divides by the years elapsed. Both are given, and labelled;
//! neither is rounded.

use jcm_format::amount::Tonnes;
use jcm_format::entry::Entry;
use jcm_format::event::Effect;
use jcm_format::id::Country;
use jcm_format::time::Year;
use std::collections::BTreeMap;
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

/// The adjustments of a log, by partner and vintage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Adjustments {
    booked: BTreeMap<(Country, Year), Tonnes>,
}

/// One partner's adjustment over the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartnerAdjustment {
    /// The partner: it adds what Japan subtracts.
    pub partner: Country,
    /// Tonnes over the vintages of the period.
    pub tonnes: Tonnes,
    /// A tenth, as Japan publishes it.
    pub tenth: Average,
    /// By the years elapsed, as decision 2/CMA.3 has it.
    pub by_elapsed_years: Average,
}

impl Adjustments {
    /// Takes in the next entry.
    pub fn apply(&mut self, entry: &Entry) {
        for effect in &entry.event.0 {
            if let Effect::AdjustmentBooked { partner, vintage, quantity_tonnes, .. } = effect {
                let sum = self.booked.entry((*partner, *vintage)).or_default();
                // The ledger never books more than it issued, which fits.
                *sum = sum.checked_add(*quantity_tonnes).unwrap_or(*sum);
            }
        }
    }

    /// What is booked for a partner and a vintage.
    pub fn of(&self, partner: Country, vintage: Year) -> Tonnes {
        self.booked.get(&(partner, vintage)).copied().unwrap_or(Tonnes::ZERO)
    }

    /// Each partner's adjustment for the vintages 2021 to 2030, by country, seen
    /// from `year`, whose years elapsed count it.
    pub fn averaged(&self, year: Year) -> Vec<PartnerAdjustment> {
        let elapsed = u64::from(year.get().clamp(PERIOD_FIRST, PERIOD_LAST) - PERIOD_FIRST) + 1;
        let mut sums: BTreeMap<Country, Tonnes> = BTreeMap::new();
        for ((partner, vintage), quantity) in &self.booked {
            if (PERIOD_FIRST..=PERIOD_LAST).contains(&vintage.get()) {
                let sum = sums.entry(*partner).or_default();
                *sum = sum.checked_add(*quantity).unwrap_or(*sum);
            }
        }
        let averaged = sums.into_iter().filter_map(|(partner, tonnes)| {
            let tenth = Average::new(tonnes, 10)?;
            let by_elapsed_years = Average::new(tonnes, elapsed)?;
            Some(PartnerAdjustment { partner, tonnes, tenth, by_elapsed_years })
        });
        averaged.collect()
    }
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
