//! Identifiers of units that are first transferred. They are counted in the order of
//! first transfers and stand in no entry.
//!
//! Specification: `docs/spec/commands.md`, Article 6, Identifiers.

use super::queries::first_value;
use super::{State, UnitMap};
use jcm_format::id::EntryIndex;
use jcm_format::itmo::{Itmo, ItmoRegistry, ItmoSeries};
use jcm_format::party::Party;
use jcm_format::serial::SerialRange;
use std::collections::BTreeMap;

/// Which serial a unit has: the same for all units whose serials run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Numbering {
    series: ItmoSeries,
    /// The serial is the unit's number and this, modulo 2^64.
    offset: u64,
}

impl Numbering {
    fn serial(self, unit: u64) -> u64 {
        unit.wrapping_add(self.offset)
    }
}

/// Units of one block whose serials run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ItmoStretch {
    /// The units.
    pub range: SerialRange,
    /// What their serials are counted for.
    pub series: ItmoSeries,
    /// The serial of the first of them.
    pub first_serial: u64,
}

impl ItmoStretch {
    /// The serial of the last of them.
    pub fn last_serial(&self) -> u64 {
        self.first_serial.saturating_add(self.range.last() - self.range.first())
    }
}

/// The identifiers given so far, in both directions.
#[derive(Debug, Clone, Default)]
pub(super) struct Itmos {
    units: UnitMap<Numbering>,
    // The same by series and first serial. Stretches are never cut, because a serial
    // is given once.
    serials: BTreeMap<(ItmoSeries, u64), SerialRange>,
    next: BTreeMap<ItmoSeries, u64>,
}

impl Itmos {
    /// Gives the next serials to units that have none.
    fn give(&mut self, series: ItmoSeries, range: SerialRange) {
        let next = self.next.entry(series).or_insert(1);
        let first_serial = *next;
        *next = next.saturating_add(range.quantity().get());
        let numbering = Numbering { series, offset: first_serial.wrapping_sub(range.first()) };
        self.units.insert(range, numbering);
        self.serials.insert((series, first_serial), range);
    }

    fn within(&self, range: SerialRange) -> impl Iterator<Item = ItmoStretch> {
        self.units.within(range).map(stretch)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = ItmoStretch> {
        self.units.iter().map(stretch)
    }

    /// The next serial of each series of which one was given.
    pub(super) fn next_serials(&self) -> impl Iterator<Item = (ItmoSeries, u64)> {
        self.next.iter().map(|(series, next)| (*series, *next))
    }

    /// The unit with this serial.
    fn unit(&self, series: ItmoSeries, serial: u64) -> Option<SerialRange> {
        let mut earlier = self.serials.range((series, 0)..=(series, serial));
        let ((_, first_serial), range) = earlier.next_back()?;
        let position = serial.checked_sub(*first_serial)?;
        let unit = range.first().checked_add(position)?;
        let unit = SerialRange::new(range.block(), unit, unit).ok()?;
        range.intersection(unit)
    }
}

fn stretch((range, numbering): (SerialRange, Numbering)) -> ItmoStretch {
    let first_serial = numbering.serial(range.first());
    ItmoStretch { range, series: numbering.series, first_serial }
}

impl State {
    /// Units are first transferred; japan's version tells the approach.
    pub(super) fn give_itmos(&mut self, range: SerialRange, japan: EntryIndex) {
        if let Some(registry) = self.article6().map(|adopted| adopted.registry) {
            self.give_itmos_of(registry, range, japan);
        }
    }

    /// The units first transferred before Article 6 was adopted, in the order of block
    /// and unit.
    pub(super) fn give_first_itmos(&mut self, registry: ItmoRegistry) {
        let earlier: Vec<_> = self.first_transfers.iter().collect();
        for (range, (japan, _)) in earlier {
            self.give_itmos_of(registry, range, japan);
        }
    }

    fn give_itmos_of(&mut self, registry: ItmoRegistry, range: SerialRange, japan: EntryIndex) {
        let block = self.block(range.block());
        let authorisation = self.authorisation_version(japan);
        if let (Some(block), Some((authorisation, _))) = (block, authorisation) {
            let series = ItmoSeries {
                approach: authorisation.cooperative_approach,
                registry,
                party: Party::from(block.project.country()),
            };
            self.itmos.give(series, range);
        }
    }

    /// The parts of `range` that have identifiers, ascending; serials run on within each.
    pub fn itmos(&self, range: SerialRange) -> impl Iterator<Item = ItmoStretch> {
        self.itmos.within(range)
    }

    /// Every identifier given, by block and unit.
    pub fn all_itmos(&self) -> impl Iterator<Item = ItmoStretch> {
        self.itmos.iter()
    }

    /// The identifier of the first unit of `range`, and the stretch whose serials run on
    /// from it; or the stretch that has none.
    pub(super) fn first_itmo(&self, range: SerialRange) -> (Option<Itmo>, SerialRange) {
        let (numbering, stretch) = first_value(&self.itmos.units, range);
        let block = self.block(range.block());
        let itmo = numbering.zip(block).map(|(numbering, block)| Itmo {
            series: numbering.series,
            serial: numbering.serial(range.first()),
            vintage: block.vintage,
        });
        (itmo, stretch)
    }

    /// The unit with this identifier.
    pub fn unit_of_itmo(&self, itmo: &Itmo) -> Option<SerialRange> {
        let unit = self.itmos.unit(itmo.series, itmo.serial)?;
        self.block(unit.block()).filter(|block| block.vintage == itmo.vintage)?;
        Some(unit)
    }
}
