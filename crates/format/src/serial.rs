//! Ranges of units. The only place where serial numbers are added, subtracted
//! or compared.

use crate::amount::Tonnes;
use crate::id::{BlockNumber, NotAnId};
use crate::limits::{RANGES_MAX, TONNES_MAX};
use bincode::Encode;
use std::fmt;
use std::str::FromStr;

/// Units `first` to `last` of one block, both included: never empty, never
/// across a block. One unit is one tonne, so a range counts tonnes.
///
/// Text form `7:1-500`; `7:12-12` is a single unit.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode)]
pub struct SerialRange {
    block: BlockNumber,
    first: u64,
    last: u64,
}

/// Why two numbers are not a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// Units are numbered from 1.
    #[error("units are numbered from 1")]
    Zero,
    /// The last unit comes before the first.
    #[error("the last unit comes before the first")]
    Reversed,
    /// No block has as many units.
    #[error("no block has as many units")]
    TooLarge,
}

impl SerialRange {
    /// Units `first` to `last` of `block`.
    pub fn new(block: BlockNumber, first: u64, last: u64) -> Result<SerialRange, RangeError> {
        if first == 0 {
            return Err(RangeError::Zero);
        }
        if last < first {
            return Err(RangeError::Reversed);
        }
        if last > TONNES_MAX {
            return Err(RangeError::TooLarge);
        }
        Ok(SerialRange { block, first, last })
    }

    /// The first `quantity` units of a new block.
    pub fn whole_block(block: BlockNumber, quantity: Tonnes) -> Result<SerialRange, RangeError> {
        SerialRange::new(block, 1, quantity.get())
    }

    /// The block.
    pub const fn block(self) -> BlockNumber {
        self.block
    }

    /// Number of the first unit.
    pub const fn first(self) -> u64 {
        self.first
    }

    /// Number of the last unit.
    pub const fn last(self) -> u64 {
        self.last
    }

    /// How many units these are.
    pub const fn quantity(self) -> Tonnes {
        Tonnes::new(self.last - self.first + 1)
    }

    /// Whether every unit of `other` is in `self`.
    pub fn contains(self, other: SerialRange) -> bool {
        self.block == other.block && self.first <= other.first && other.last <= self.last
    }

    /// Whether some unit is in both.
    pub fn overlaps(self, other: SerialRange) -> bool {
        self.intersection(other).is_some()
    }

    /// The units in both.
    pub fn intersection(self, other: SerialRange) -> Option<SerialRange> {
        let (first, last) = (self.first.max(other.first), self.last.min(other.last));
        (self.block == other.block && first <= last).then_some(SerialRange {
            block: self.block,
            first,
            last,
        })
    }

    /// What of `self` stands before and after `hole`.
    pub fn without(self, hole: SerialRange) -> (Option<SerialRange>, Option<SerialRange>) {
        let Some(hole) = self.intersection(hole) else {
            return (Some(self), None);
        };
        let before =
            (self.first < hole.first).then(|| SerialRange { last: hole.first - 1, ..self });
        let after = (hole.last < self.last).then(|| SerialRange { first: hole.last + 1, ..self });
        (before, after)
    }

    /// The first `quantity` units, and the rest if there is one. `None` when
    /// the range has fewer units or `quantity` is zero.
    pub fn split_at(self, quantity: Tonnes) -> Option<(SerialRange, Option<SerialRange>)> {
        if quantity == Tonnes::ZERO || self.quantity() < quantity {
            return None;
        }
        let head = SerialRange { last: self.first + quantity.get() - 1, ..self };
        Some((head, self.without(head).1))
    }

    /// The union, when `next` begins where `self` ends.
    pub fn joined(self, next: SerialRange) -> Option<SerialRange> {
        (self.block == next.block && self.last + 1 == next.first)
            .then_some(SerialRange { last: next.last, ..self })
    }
}

impl fmt::Display for SerialRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}:{}-{}", self.block, self.first, self.last))
    }
}

impl fmt::Debug for SerialRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SerialRange({self})")
    }
}

impl FromStr for SerialRange {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<SerialRange, NotAnId> {
        let error = NotAnId { expected: "a range of units such as 7:1-500 (block:first-last)" };
        let (block, units) = text.split_once(':').ok_or(error)?;
        let (first, last) = units.split_once('-').ok_or(error)?;
        let number = |digits: &str| digits.parse::<u64>().map_err(|_| error);
        let block = u32::try_from(number(block)?).ok().and_then(BlockNumber::new).ok_or(error)?;
        let range = SerialRange::new(block, number(first)?, number(last)?).map_err(|_| error)?;
        if range.to_string() == text { Ok(range) } else { Err(error) }
    }
}

crate::codec::decode_checked!(SerialRange, (BlockNumber, u64, u64), |(block, first, last)| {
    SerialRange::new(block, first, last).ok()
});
crate::codec::serialize_as_text!(SerialRange);

/// One to 256 ranges, ascending and disjoint: one set of units, one spelling.
///
/// Ranges that touch are allowed, because a holder may well hold them as two.
#[derive(Clone, PartialEq, Eq, Hash, Encode, Debug, serde::Serialize)]
pub struct SerialRanges(Vec<SerialRange>);

/// Why a list is not a set of ranges. Positions count from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RangesError {
    /// There is none.
    #[error("at least one range is needed")]
    Empty,
    /// There are more than the limit.
    #[error("at most {RANGES_MAX} ranges may be named")]
    TooMany,
    /// A range shares units with the one before it.
    #[error("range {0} shares units with the one before it")]
    Overlap(usize),
    /// A range comes before its predecessor.
    #[error("range {0} comes before its predecessor; sort the ranges by block and number")]
    Unsorted(usize),
}

impl SerialRanges {
    /// Checks that `ranges` are ascending and disjoint.
    pub fn new(ranges: Vec<SerialRange>) -> Result<SerialRanges, RangesError> {
        if ranges.is_empty() {
            return Err(RangesError::Empty);
        }
        if ranges.len() > RANGES_MAX {
            return Err(RangesError::TooMany);
        }
        for (position, pair) in ranges.windows(2).enumerate() {
            if pair[0].overlaps(pair[1]) {
                return Err(RangesError::Overlap(position + 1));
            }
            if pair[1] < pair[0] {
                return Err(RangesError::Unsorted(position + 1));
            }
        }
        Ok(SerialRanges(ranges))
    }

    /// The ranges, ascending.
    pub fn as_slice(&self) -> &[SerialRange] {
        &self.0
    }

    /// The ranges, ascending.
    pub fn iter(&self) -> impl Iterator<Item = SerialRange> {
        self.0.iter().copied()
    }

    /// How many units these are: 256 ranges of at most 2^38 units cannot
    /// overflow 64 bits.
    pub fn quantity(&self) -> Tonnes {
        Tonnes::new(self.0.iter().map(|range| range.quantity().get()).sum())
    }
}

crate::codec::decode_checked!(SerialRanges, Vec<SerialRange>, |raw| SerialRanges::new(raw).ok());

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> SerialRange {
        text.parse().expect("a range")
    }

    #[test]
    fn quantity_is_last_minus_first_plus_one() {
        assert_eq!(range("1:1-1").quantity(), Tonnes::new(1));
        assert_eq!(range("1:3-12").quantity(), Tonnes::new(10));
    }

    #[test]
    fn a_range_is_never_empty_reversed_or_from_zero() {
        let block = BlockNumber::new(1).expect("from 1");
        assert_eq!(SerialRange::new(block, 0, 1), Err(RangeError::Zero));
        assert_eq!(SerialRange::new(block, 2, 1), Err(RangeError::Reversed));
        assert_eq!(SerialRange::new(block, 1, TONNES_MAX + 1), Err(RangeError::TooLarge));
        assert!("1:2-1".parse::<SerialRange>().is_err());
        assert!("1:01-2".parse::<SerialRange>().is_err());
    }

    #[test]
    fn a_split_partitions_exactly() {
        let whole = range("4:11-30");
        for quantity in 1..=20 {
            let (head, rest) = whole.split_at(Tonnes::new(quantity)).expect("within");
            assert_eq!(head.quantity(), Tonnes::new(quantity));
            match rest {
                Some(rest) => {
                    assert!(!head.overlaps(rest));
                    assert_eq!(head.joined(rest), Some(whole));
                }
                None => assert_eq!(head, whole),
            }
        }
        assert_eq!(whole.split_at(Tonnes::ZERO), None);
        assert_eq!(whole.split_at(Tonnes::new(21)), None);
    }

    #[test]
    fn without_leaves_what_stands_on_either_side() {
        let whole = range("1:1-10");
        assert_eq!(whole.without(range("1:4-6")), (Some(range("1:1-3")), Some(range("1:7-10"))));
        assert_eq!(whole.without(range("1:1-10")), (None, None));
        assert_eq!(whole.without(range("1:1-3")), (None, Some(range("1:4-10"))));
        assert_eq!(whole.without(range("1:11-12")), (Some(whole), None));
        assert_eq!(whole.without(range("2:1-10")), (Some(whole), None));
    }

    #[test]
    fn sets_are_sorted_and_disjoint() {
        let set =
            |texts: &[&str]| SerialRanges::new(texts.iter().map(|text| range(text)).collect());
        assert_eq!(set(&["1:1-5", "1:6-9", "2:1-1"]).map(|s| s.quantity()), Ok(Tonnes::new(10)));
        assert_eq!(set(&[]).err(), Some(RangesError::Empty));
        assert_eq!(set(&["1:1-5", "1:5-9"]).err(), Some(RangesError::Overlap(1)));
        assert_eq!(set(&["1:1-5", "1:1-5"]).err(), Some(RangesError::Overlap(1)));
        assert_eq!(set(&["2:1-5", "1:5-9"]).err(), Some(RangesError::Unsorted(1)));
        assert_eq!(set(&["1:6-9", "1:1-5"]).err(), Some(RangesError::Unsorted(1)));
        let many = vec![range("1:1-1"); RANGES_MAX + 1];
        assert_eq!(SerialRanges::new(many).err(), Some(RangesError::TooMany));
    }

    #[test]
    fn bytes_cannot_smuggle_in_a_reversed_range() {
        let raw = (BlockNumber::new(1).expect("from 1"), 9_u64, 3_u64);
        let bytes = crate::codec::encode(&raw).expect("short");
        assert!(crate::codec::decode::<SerialRange>(&bytes).is_err());
    }
}
