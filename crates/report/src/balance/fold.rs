//! From the log to the adjustments at the end of a year.

use super::averages::{self, PERIOD_FIRST, PERIOD_LAST};
use super::{AdjustmentReport, Confirmed, OfVintage, OfYear, PartnerReport};
use crate::fold::{FoldError, Position, add_tonnes};
use jcm_format::amount::Tonnes;
use jcm_format::command::Confirmation;
use jcm_format::entry::Entry;
use jcm_format::event::Effect;
use jcm_format::id::{BlockNumber, Country, EntryIndex};
use jcm_format::party::Party;
use jcm_format::time::Year;
use std::collections::{BTreeMap, BTreeSet};

/// The fold: give it every entry, in order, from the first. It keeps a line for each
/// block, for each confirmation, and for each country, year and vintage.
#[derive(Debug, Clone)]
pub struct AdjustmentFold {
    year: Year,
    position: Position,
    /// Entries of the year and those before.
    entries: u64,
    period: (Year, Year),
    /// The country of the issuance whose blocks follow.
    issuing: Option<Country>,
    blocks: BTreeMap<BlockNumber, (Country, Year)>,
    /// By country and vintage.
    first_transferred: BTreeMap<(Country, Year), Tonnes>,
    /// By country, year of use and vintage.
    used: BTreeMap<(Country, Year, Year), Tonnes>,
    confirmations: BTreeMap<EntryIndex, Confirmation>,
}

impl AdjustmentFold {
    /// The fold of no entries, for a report at the end of `year`.
    pub fn new(year: Year) -> AdjustmentFold {
        AdjustmentFold {
            year,
            position: Position::default(),
            entries: 0,
            period: published_period(year),
            issuing: None,
            blocks: BTreeMap::new(),
            first_transferred: BTreeMap::new(),
            used: BTreeMap::new(),
            confirmations: BTreeMap::new(),
        }
    }

    /// Looks at the next entry. Entries of later years change nothing.
    ///
    /// # Errors
    ///
    /// Entries left out, repeated or swapped; a sum beyond 64 bits.
    pub fn apply(&mut self, entry: &Entry) -> Result<(), FoldError> {
        self.position.begin(entry)?;
        let year = entry.time.date_in_japan().year();
        if year <= self.year {
            self.entries = entry.index.get().saturating_add(1);
            for effect in &entry.event.0 {
                self.effect(entry.index, year, effect)?;
            }
        }
        self.position.end()
    }

    fn effect(&mut self, here: EntryIndex, year: Year, effect: &Effect) -> Result<(), FoldError> {
        match effect {
            Effect::Article6Adopted(data) => {
                self.period = (data.ndc_first_year, data.ndc_last_year);
            }
            Effect::IssuanceRecorded { project, .. } => self.issuing = Some(project.country()),
            Effect::BlockIssued { block, vintage, .. } => {
                if let Some(country) = self.issuing {
                    self.blocks.insert(*block, (country, *vintage));
                }
            }
            Effect::FirstTransferred { range, .. } => {
                let of = self.blocks.get(&range.block()).copied();
                let of = of.ok_or(FoldError::Exceeded(here))?;
                add_tonnes(self.first_transferred.entry(of).or_default(), range.quantity())?;
            }
            Effect::AdjustmentBooked { partner, vintage, quantity_tonnes, .. } => {
                let sum = self.used.entry((*partner, year, *vintage)).or_default();
                add_tonnes(sum, *quantity_tonnes)?;
            }
            Effect::AdjustmentConfirmed(confirmation) => {
                self.confirmations.insert(here, *confirmation);
            }
            Effect::ConfirmationWithdrawn { confirmation } => {
                self.confirmations.remove(confirmation);
            }
            _ => {}
        }
        Ok(())
    }

    /// The report.
    ///
    /// # Errors
    ///
    /// A sum beyond 64 bits.
    pub fn finish(&self) -> Result<AdjustmentReport, FoldError> {
        let (period_first, period_last) = self.period;
        let countries: BTreeSet<Country> = self
            .first_transferred
            .keys()
            .map(|(country, _)| *country)
            .chain(self.used.keys().map(|(country, ..)| *country))
            .collect();
        let partners: Vec<PartnerReport> =
            countries.into_iter().map(|of| self.partner(of)).collect::<Result<_, _>>()?;
        let mut used_tonnes = 0_u64;
        for partner in &partners {
            used_tonnes = add(used_tonnes, partner.used_tonnes)?;
        }
        let japan = averages::of(used_tonnes, None, self.elapsed());
        Ok(AdjustmentReport {
            year: self.year,
            entries: self.entries,
            period_first,
            period_last,
            partners,
            japan,
            used_tonnes,
        })
    }

    /// Years of the period until the year of the report, which counts.
    fn elapsed(&self) -> u64 {
        let (first, last) = (self.period.0.get(), self.period.1.get());
        let until = self.year.get().clamp(first, last.max(first));
        u64::from(until - first) + 1
    }

    fn in_period(&self, vintage: Year) -> bool {
        (self.period.0..=self.period.1).contains(&vintage)
    }

    fn partner(&self, country: Country) -> Result<PartnerReport, FoldError> {
        let mut vintages: BTreeMap<Year, (u64, u64)> = BTreeMap::new();
        let mut years: BTreeMap<Year, u64> = BTreeMap::new();
        let (mut used_tonnes, mut first_transferred_tonnes) = (0, 0);
        for ((_, vintage), tonnes) in of(&self.first_transferred, |key| key.0 == country) {
            let sums = vintages.entry(vintage).or_default();
            sums.0 = add(sums.0, tonnes.get())?;
            if self.in_period(vintage) {
                first_transferred_tonnes = add(first_transferred_tonnes, tonnes.get())?;
            }
        }
        for ((_, year, vintage), tonnes) in of(&self.used, |key| key.0 == country) {
            let sums = vintages.entry(vintage).or_default();
            sums.1 = add(sums.1, tonnes.get())?;
            let of_year = years.entry(year).or_default();
            *of_year = add(*of_year, tonnes.get())?;
            if self.in_period(vintage) {
                used_tonnes = add(used_tonnes, tonnes.get())?;
            }
        }
        let vintages = vintages.into_iter().map(|(vintage, (first, used))| OfVintage {
            vintage,
            first_transferred_tonnes: first,
            used_tonnes: used,
        });
        let elapsed = self.elapsed();
        Ok(PartnerReport {
            country,
            party: Party::from(country),
            used_tonnes,
            first_transferred_tonnes,
            averages: averages::of(used_tonnes, Some(first_transferred_tonnes), elapsed),
            vintages: vintages.collect(),
            years: cumulative(years)?,
            confirmations: self.confirmed(country)?,
        })
    }

    fn confirmed(&self, country: Country) -> Result<Vec<Confirmed>, FoldError> {
        let mut sums: BTreeMap<(Year, Year), (u64, u64)> = BTreeMap::new();
        for ((_, year, vintage), tonnes) in of(&self.used, |key| key.0 == country) {
            sums.entry((year, vintage)).or_default().0 = tonnes.get();
        }
        let of_country = self.confirmations.values().filter(|of| of.partner == country);
        for of in of_country {
            let sum = sums.entry((of.year, of.vintage)).or_default();
            sum.1 = add(sum.1, of.quantity_tonnes.get())?;
        }
        let rows = sums.into_iter().map(|((year, vintage), (booked, confirmed))| Confirmed {
            year,
            vintage,
            booked_tonnes: booked,
            confirmed_tonnes: confirmed,
            // The ledger lets nobody confirm more than is booked.
            open_tonnes: booked.saturating_sub(confirmed),
        });
        Ok(rows.collect())
    }
}

fn published_period(fallback: Year) -> (Year, Year) {
    let year = |number| Year::new(number).unwrap_or(fallback);
    (year(PERIOD_FIRST), year(PERIOD_LAST))
}

fn of<K: Copy, V: Copy>(
    map: &BTreeMap<K, V>,
    wanted: impl Fn(&K) -> bool,
) -> impl Iterator<Item = (K, V)> {
    map.iter().filter(move |(key, _)| wanted(key)).map(|(key, value)| (*key, *value))
}

fn add(one: u64, two: u64) -> Result<u64, FoldError> {
    one.checked_add(two).ok_or(FoldError::Overflow)
}

fn cumulative(years: BTreeMap<Year, u64>) -> Result<Vec<OfYear>, FoldError> {
    let mut sum = 0;
    let mut rows = Vec::with_capacity(years.len());
    for (year, used_tonnes) in years {
        sum = add(sum, used_tonnes)?;
        rows.push(OfYear { year, used_tonnes, cumulative_tonnes: sum });
    }
    Ok(rows)
}
