//! Sets of units, kept as ranges that are joined wherever they touch, so that
//! equal sets have equal ranges.

use jcm_format::amount::Tonnes;
use jcm_format::id::BlockNumber;
use jcm_format::serial::SerialRange;
use std::collections::BTreeMap;

/// A set of units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct UnitSet {
    // Keyed by block and first unit; disjoint, and no two touch.
    ranges: BTreeMap<(BlockNumber, u64), SerialRange>,
}

impl UnitSet {
    /// The ranges, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = SerialRange> {
        self.ranges.values().copied()
    }

    /// The ranges, ascending.
    pub(crate) fn to_vec(&self) -> Vec<SerialRange> {
        self.iter().collect()
    }

    /// The units of `range` that are in the set, ascending.
    pub(crate) fn within(&self, range: SerialRange) -> Vec<SerialRange> {
        let (block, first, last) = (range.block(), range.first(), range.last());
        let before = self.ranges.range(..(block, first)).next_back();
        let inside = self.ranges.range((block, first)..=(block, last));
        before.into_iter().chain(inside).filter_map(|(_, part)| part.intersection(range)).collect()
    }

    /// Adds units; false, and nothing done, if one is in the set already.
    #[must_use]
    pub(crate) fn add(&mut self, range: SerialRange) -> bool {
        if !self.within(range).is_empty() {
            return false;
        }
        let mut joined = range;
        let before = self.ranges.range(..(range.block(), range.first())).next_back();
        if let Some((key, left)) = before.map(|(key, left)| (*key, *left))
            && let Some(union) = left.joined(joined)
        {
            self.ranges.remove(&key);
            joined = union;
        }
        let after = self.ranges.range((range.block(), range.last())..).next();
        if let Some((key, right)) = after.map(|(key, right)| (*key, *right))
            && let Some(union) = joined.joined(right)
        {
            self.ranges.remove(&key);
            joined = union;
        }
        self.ranges.insert((joined.block(), joined.first()), joined);
        true
    }

    /// Removes units; false, and nothing done, if one is not in the set.
    #[must_use]
    pub(crate) fn remove(&mut self, range: SerialRange) -> bool {
        // Ranges are joined: units that are all in the set are in one of them.
        let at = (range.block(), range.first());
        let stored = self.ranges.range(..=at).next_back();
        let Some((key, whole)) = stored.map(|(key, whole)| (*key, *whole)) else { return false };
        if !whole.contains(range) {
            return false;
        }
        self.ranges.remove(&key);
        let (before, after) = whole.without(range);
        for kept in [before, after].into_iter().flatten() {
            self.ranges.insert((kept.block(), kept.first()), kept);
        }
        true
    }

    /// Removes those units of `range` that are in the set.
    pub(crate) fn take(&mut self, range: SerialRange) {
        for part in self.within(range) {
            // What is within the set can be removed from it.
            let _removed = self.remove(part);
        }
    }

    /// How many units these are, unless the sum overflows.
    pub(crate) fn quantity(&self) -> Option<Tonnes> {
        Tonnes::checked_sum(self.iter().map(SerialRange::quantity))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> SerialRange {
        text.parse().expect("a range")
    }

    fn shown(set: &UnitSet) -> Vec<String> {
        set.iter().map(|range| range.to_string()).collect()
    }

    #[test]
    fn ranges_join_where_they_touch_and_part_where_units_leave() {
        let mut set = UnitSet::default();
        assert!(set.add(range("1:11-20")) && set.add(range("1:31-40")) && set.add(range("2:1-5")));
        assert!(set.add(range("1:21-30")));
        assert_eq!(shown(&set), ["1:11-40", "2:1-5"]);
        assert!(set.remove(range("1:15-15")));
        assert_eq!(shown(&set), ["1:11-14", "1:16-40", "2:1-5"]);
        assert_eq!(set.quantity(), Some(Tonnes::new(4 + 25 + 5)));
        set.take(range("1:1-20"));
        assert_eq!(shown(&set), ["1:21-40", "2:1-5"]);
        assert!(set.add(range("1:1-20")));
        assert_eq!(shown(&set), ["1:1-40", "2:1-5"]);
    }

    #[test]
    fn a_unit_is_never_there_twice_and_never_taken_where_it_is_not() {
        let mut set = UnitSet::default();
        assert!(set.add(range("1:11-20")));
        let before = set.clone();
        assert!(
            !set.add(range("1:20-21")) && !set.add(range("1:1-11")) && !set.add(range("1:1-50"))
        );
        assert!(!set.remove(range("1:20-21")) && !set.remove(range("1:1-5")));
        assert!(!set.remove(range("2:11-20")));
        assert_eq!(set, before);
    }
}
