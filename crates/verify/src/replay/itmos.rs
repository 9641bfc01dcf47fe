//! Identifiers of units that were first transferred: counted here, from the entries
//! alone. No effect states one.

use super::state::State;
use crate::code::{Code, Judged, contradiction, ensure};
use crate::holdings::{Pair, UnitMap};
use jcm_format::itmo::ItmoSeries;
use jcm_format::party::Party;
use jcm_format::serial::SerialRange;
use std::collections::BTreeMap;

/// Which serials units have, and which come next.
#[derive(Debug, Clone)]
pub(crate) struct Itmos {
    of: UnitMap<Numbered>,
    /// Of the series of which a serial was given.
    next: BTreeMap<ItmoSeries, u64>,
}

/// The series of some units, and by how much the serial of each exceeds its number
/// in the block. Units whose serials run on have the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Numbered {
    series: ItmoSeries,
    shift: i128,
}

impl Numbered {
    fn serial(self, unit: u64) -> Judged<u64> {
        let serial = u64::try_from(i128::from(unit) + self.shift);
        serial.map_err(|_| contradiction("a serial is out of range"))
    }
}

impl Itmos {
    pub(crate) const fn new() -> Itmos {
        Itmos { of: UnitMap::new(), next: BTreeMap::new() }
    }

    /// The next serials of a series, for units in ascending order. What has one keeps
    /// it, so that none may have.
    fn give(&mut self, series: ItmoSeries, range: SerialRange) -> Judged<()> {
        let fresh = self.of.stretches(range) == [(range, None)];
        ensure(fresh, Code::ConservationBroken, || {
            format!("units {range} are given an identifier a second time")
        })?;
        let next = self.next.get(&series).copied().unwrap_or(1);
        let after = next.checked_add(range.quantity().get());
        let after = after.ok_or_else(|| contradiction("the serials of identifiers run out"))?;
        let shift = i128::from(next) - i128::from(range.first());
        self.of.set(range, Some(Numbered { series, shift }));
        self.next.insert(series, after);
        Ok(())
    }

    /// Ranges whose serials run on, ascending, each with the serial of its first unit.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (SerialRange, ItmoSeries, u64)> {
        self.of.iter().filter_map(|(range, numbered)| {
            Some((range, numbered.series, numbered.serial(range.first()).ok()?))
        })
    }

    /// The series and the serial of the first of some units, if their serials run on.
    pub(crate) fn running(&self, range: SerialRange) -> Option<(ItmoSeries, u64)> {
        let [(whole, Some(numbered))] = self.of.stretches(range)[..] else { return None };
        (whole == range).then_some(numbered.series).zip(numbered.serial(range.first()).ok())
    }

    /// The next serial of each series.
    pub(crate) fn next(&self) -> impl Iterator<Item = (&ItmoSeries, u64)> {
        self.next.iter().map(|(series, next)| (series, *next))
    }

    /// Of each series, the serials from 1 to the last were each given to one unit.
    fn given_once(&self) -> Judged<()> {
        let mut given: BTreeMap<ItmoSeries, Vec<(u64, u64)>> = BTreeMap::new();
        for (range, numbered) in self.of.iter() {
            let serials = (numbered.serial(range.first())?, numbered.serial(range.last())?);
            given.entry(numbered.series).or_default().push(serials);
        }
        for (series, next) in &self.next {
            let mut serials = given.remove(series).unwrap_or_default();
            serials.sort_unstable();
            let mut due = 1;
            for (first, last) in serials {
                ensure(first == due, Code::ConservationBroken, || {
                    format!("of {series}, serial {due} was not given once, but {first} follows")
                })?;
                due = last.saturating_add(1);
            }
            ensure(due == *next, Code::ConservationBroken, || {
                format!("of {series}, serial {next} comes next, but {due} was not given")
            })?;
        }
        ensure(given.is_empty(), Code::ConservationBroken, || {
            "a series of identifiers is not counted".to_owned()
        })
    }
}

impl State {
    /// The series of units first transferred under a pair, by the registry in force.
    fn series(&self, range: SerialRange, pair: Pair) -> Judged<Option<ItmoSeries>> {
        let Some(data) = &self.paris.data else { return Ok(None) };
        let block = self.units.block_of(range);
        let block = block.ok_or_else(|| contradiction("a block is gone"))?;
        let approach = self.paris.of_version(pair.partner)?.1.approach;
        let (registry, party) = (data.registry, Party::from(block.project.country()));
        Ok(Some(ItmoSeries { approach, registry, party }))
    }

    /// What is first transferred is given identifiers, once Article 6 is adopted.
    pub(crate) fn identify(&mut self, range: SerialRange, pair: Pair) -> Judged<()> {
        match self.series(range, pair)? {
            Some(series) => self.paris.itmos.give(series, range),
            None => Ok(()),
        }
    }

    /// What was first transferred before the first adoption, by block and unit.
    pub(crate) fn identify_earlier(&mut self) -> Judged<()> {
        let earlier: Vec<_> = self.units.first_transferred.iter().collect();
        earlier.into_iter().try_for_each(|(range, pair)| self.identify(range, pair))
    }

    /// Once Article 6 is adopted, every unit that is first transferred has an
    /// identifier of its series, and no other unit has one; none was given twice.
    pub(crate) fn identified(&self) -> Judged<()> {
        self.paris.itmos.given_once()?;
        let of = &self.paris.itmos.of;
        let sum = |ranges: &mut dyn Iterator<Item = SerialRange>| -> u128 {
            ranges.map(|range| u128::from(range.quantity().get())).sum()
        };
        if self.paris.data.is_some() {
            let first_transferred = &self.units.first_transferred;
            for (range, pair) in first_transferred.iter() {
                let wanted =
                    self.series(range, pair)?.map(|series| (series.approach, series.party));
                let given = of.stretches(range);
                let right = given.iter().all(|(_, numbered)| {
                    wanted == numbered.map(|of| (of.series.approach, of.series.party))
                });
                ensure(right, Code::ConservationBroken, || {
                    format!("units {range} are first transferred, but not all have an identifier")
                })?;
            }
            let units = sum(&mut first_transferred.iter().map(|(range, _)| range));
            let given = sum(&mut of.iter().map(|(range, _)| range));
            ensure(units == given, Code::ConservationBroken, || {
                format!("{units} units are first transferred, but {given} have an identifier")
            })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_format::itmo::ItmoRegistry;

    fn range(text: &str) -> SerialRange {
        text.parse().expect("a range")
    }

    fn series(approach: &str) -> ItmoSeries {
        ItmoSeries {
            approach: approach.parse().expect("an approach"),
            registry: ItmoRegistry::new("JPN01").expect("an identifier"),
            party: Party::new("MNG").expect("a Party"),
        }
    }

    fn shown(itmos: &Itmos) -> Vec<String> {
        itmos.iter().map(|(range, series, first)| format!("{range} {series} {first}")).collect()
    }

    /// Three ranges of two series; two touch and run on.
    fn given() -> Itmos {
        let mut itmos = Itmos::new();
        itmos.give(series("CA0007"), range("7:1-10")).expect("fresh");
        itmos.give(series("CA0008"), range("7:21-30")).expect("fresh");
        itmos.give(series("CA0007"), range("7:11-20")).expect("fresh");
        itmos.give(series("CA0007"), range("3:5-6")).expect("fresh");
        itmos
    }

    #[test]
    fn serials_that_run_on_are_one_range() {
        assert_eq!(
            shown(&given()),
            [
                "3:5-6 CA0007-JPN01-MNG 21",
                "7:1-20 CA0007-JPN01-MNG 1",
                "7:21-30 CA0008-JPN01-MNG 1"
            ]
        );
        given().given_once().expect("each once");
    }

    #[test]
    fn serials_that_do_not_run_on_are_two_ranges() {
        let mut itmos = Itmos::new();
        itmos.give(series("CA0007"), range("7:11-20")).expect("fresh");
        itmos.give(series("CA0007"), range("7:1-10")).expect("fresh");
        assert_eq!(shown(&itmos), ["7:1-10 CA0007-JPN01-MNG 11", "7:11-20 CA0007-JPN01-MNG 1"]);
    }

    #[test]
    fn no_unit_is_given_a_second_identifier() {
        let mut itmos = given();
        let broken = itmos.give(series("CA0008"), range("7:20-20")).expect_err("has one");
        assert_eq!(broken.code, Code::ConservationBroken);
    }

    #[test]
    fn serials_given_twice_or_never_are_found() {
        let numbered = |shift| Some(Numbered { series: series("CA0007"), shift });
        // Once more serial 10; serial 24 before 23; none of 21 and 22.
        for (units, of) in [("8:10-10", numbered(0)), ("8:24-24", numbered(0)), ("3:5-6", None)] {
            let mut itmos = given();
            itmos.of.set(range(units), of);
            assert!(itmos.given_once().is_err(), "{units}");
        }
        let mut itmos = given();
        itmos.next.insert(series("CA0007"), 24);
        assert!(itmos.given_once().is_err(), "a serial skipped");
        let mut itmos = given();
        itmos.next.remove(&series("CA0008"));
        assert!(itmos.given_once().is_err(), "a series forgotten");
    }

    #[test]
    fn serials_do_not_wrap() {
        let mut itmos = Itmos::new();
        itmos.next.insert(series("CA0007"), u64::MAX - 1);
        itmos.give(series("CA0007"), range("7:1-1")).expect("the last");
        assert!(itmos.give(series("CA0007"), range("7:2-2")).is_err());
    }
}
