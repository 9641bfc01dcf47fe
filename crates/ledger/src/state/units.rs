//! A map from units to a value, kept as ranges: who holds what, what is
//! reserved, what was first transferred.
//!
//! Ranges that touch and have the same value are always one range, so that
//! equal content is equal structure.

use jcm_format::amount::Tonnes;
use jcm_format::id::BlockNumber;
use jcm_format::serial::SerialRange;
use std::collections::BTreeMap;

/// Units with a value each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitMap<V> {
    // Keyed by block and first unit; ranges are disjoint.
    ranges: BTreeMap<(BlockNumber, u64), (SerialRange, V)>,
}

impl<V> Default for UnitMap<V> {
    fn default() -> UnitMap<V> {
        UnitMap { ranges: BTreeMap::new() }
    }
}

impl<V: Copy + PartialEq> UnitMap<V> {
    /// Every range with its value, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (SerialRange, V)> {
        self.ranges.values().copied()
    }

    /// The stored ranges that share a unit with `range`, cut to it, ascending.
    pub fn within(&self, range: SerialRange) -> impl Iterator<Item = (SerialRange, V)> {
        let block = range.block();
        let start = self
            .ranges
            .range(..=(block, range.first()))
            .next_back()
            .map_or((block, range.first()), |(key, _)| *key);
        self.ranges
            .range(start..=(block, range.last()))
            .filter_map(move |(_, (stored, value))| Some((stored.intersection(range)?, *value)))
    }

    /// The parts of `range` that have no value, ascending.
    pub fn gaps(&self, range: SerialRange) -> Vec<SerialRange> {
        let mut gaps = Vec::new();
        let mut rest = Some(range);
        for (present, _) in self.within(range) {
            let Some(open) = rest else { break };
            let (before, after) = open.without(present);
            gaps.extend(before);
            rest = after;
        }
        gaps.extend(rest);
        gaps
    }

    /// Whether every unit of `range` has `value`.
    pub fn all_have(&self, range: SerialRange, value: V) -> bool {
        let mut covered = Tonnes::ZERO;
        for (part, stored) in self.within(range) {
            if stored != value {
                return false;
            }
            match covered.checked_add(part.quantity()) {
                Some(sum) => covered = sum,
                None => return false,
            }
        }
        covered == range.quantity()
    }

    /// Takes the value from every unit of `range` that has one.
    pub fn remove(&mut self, range: SerialRange) {
        let parts: Vec<_> = self.within(range).collect();
        for (part, value) in parts {
            let Some((whole, _)) = self.take_containing(part) else { continue };
            let (before, after) = whole.without(part);
            for kept in [before, after].into_iter().flatten() {
                self.ranges.insert((kept.block(), kept.first()), (kept, value));
            }
        }
    }

    /// Gives every unit of `range` the value, whatever it had.
    pub fn insert(&mut self, range: SerialRange, value: V) {
        self.remove(range);
        let mut joined = range;
        let before = self
            .ranges
            .range(..(joined.block(), joined.first()))
            .next_back()
            .map(|(_, stored)| *stored);
        if let Some((left, left_value)) = before
            && left_value == value
            && let Some(union) = left.joined(joined)
        {
            self.ranges.remove(&(left.block(), left.first()));
            joined = union;
        }
        let after =
            self.ranges.range((joined.block(), joined.last())..).next().map(|(_, stored)| *stored);
        if let Some((right, right_value)) = after
            && right_value == value
            && let Some(union) = joined.joined(right)
        {
            self.ranges.remove(&(right.block(), right.first()));
            joined = union;
        }
        self.ranges.insert((joined.block(), joined.first()), (joined, value));
    }

    fn take_containing(&mut self, part: SerialRange) -> Option<(SerialRange, V)> {
        let key = *self.ranges.range(..=(part.block(), part.first())).next_back()?.0;
        self.ranges.remove(&key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> SerialRange {
        text.parse().expect("a range")
    }

    fn shown(map: &UnitMap<u8>) -> Vec<String> {
        map.iter().map(|(range, value)| format!("{range}={value}")).collect()
    }

    #[test]
    fn ranges_split_and_join_as_values_change() {
        let mut map = UnitMap::default();
        map.insert(range("1:1-100"), 1);
        map.insert(range("1:41-60"), 2);
        assert_eq!(shown(&map), ["1:1-40=1", "1:41-60=2", "1:61-100=1"]);
        map.insert(range("1:41-60"), 1);
        assert_eq!(shown(&map), ["1:1-100=1"]);
        map.insert(range("2:1-5"), 1);
        assert_eq!(shown(&map), ["1:1-100=1", "2:1-5=1"]);
        map.remove(range("1:50-50"));
        assert_eq!(shown(&map), ["1:1-49=1", "1:51-100=1", "2:1-5=1"]);
        assert_eq!(map.gaps(range("1:45-120")), [range("1:50-50"), range("1:101-120")]);
    }

    #[test]
    fn all_have_sees_gaps_and_other_values() {
        let mut map = UnitMap::default();
        map.insert(range("1:1-10"), 1);
        map.insert(range("1:12-20"), 1);
        assert!(map.all_have(range("1:2-10"), 1));
        assert!(!map.all_have(range("1:2-12"), 1));
        assert!(!map.all_have(range("1:2-10"), 2));
        assert!(!map.all_have(range("2:1-1"), 1));
    }

    /// The same operations on a plain array, one value per unit.
    #[test]
    fn a_naive_model_agrees_after_thousands_of_changes() {
        let mut seed = 0x5eed_u64;
        let mut next = |limit: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (seed >> 33) % limit
        };
        let mut map = UnitMap::default();
        let mut model = [0_u8; 61];
        for _ in 0..5_000 {
            let (a, b) = (1 + next(60), 1 + next(60));
            let (first, last) = (a.min(b), a.max(b));
            let touched = range(&format!("1:{first}-{last}"));
            let value = u8::try_from(next(4)).expect("small");
            if value == 0 {
                map.remove(touched);
            } else {
                map.insert(touched, value);
            }
            for unit in first..=last {
                model[usize::try_from(unit).expect("small")] = value;
            }
            let mut seen = [0_u8; 61];
            let mut previous: Option<(SerialRange, u8)> = None;
            for (stored, value) in map.iter() {
                for unit in stored.first()..=stored.last() {
                    seen[usize::try_from(unit).expect("small")] = value;
                }
                if let Some((before, before_value)) = previous {
                    assert!(before_value != value || before.joined(stored).is_none());
                }
                previous = Some((stored, value));
            }
            assert_eq!(seen, model);
        }
    }
}
