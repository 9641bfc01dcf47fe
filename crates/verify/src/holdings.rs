//! Who holds which units, kept in this crate's own way: maps from disjoint
//! ranges to a value, split where needed and joined where possible.
//!
//! That every unit is somewhere exactly once is checked here and not assumed:
//! the totals are counted on their own and compared with the map.

use crate::code::{Code, Judged, ensure};
use jcm_format::event::{AccountCategory, CreditClass};
use jcm_format::id::{AccountNumber, BlockNumber, EntryIndex, ProjectRef};
use jcm_format::serial::SerialRange;
use jcm_format::time::{Date, Year};
use std::collections::BTreeMap;

/// A value for some units: disjoint ranges, of which no two that touch have
/// the same value.
#[derive(Debug, Clone)]
pub(crate) struct UnitMap<V> {
    pieces: BTreeMap<(BlockNumber, u64), (SerialRange, V)>,
}

fn key(range: SerialRange) -> (BlockNumber, u64) {
    (range.block(), range.first())
}

impl<V: Copy + Eq> UnitMap<V> {
    pub(crate) const fn new() -> UnitMap<V> {
        UnitMap { pieces: BTreeMap::new() }
    }

    /// All ranges with a value, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (SerialRange, V)> {
        self.pieces.values().copied()
    }

    /// The stored pieces that share a unit with `range`, whole, ascending.
    fn overlapping(&self, range: SerialRange) -> Vec<(SerialRange, V)> {
        let start = key(range);
        let before = self.pieces.range(..start).next_back().map(|(_, piece)| *piece);
        let before = before.filter(|(piece, _)| piece.overlaps(range));
        let within = self.pieces.range(start..=(range.block(), range.last()));
        before.into_iter().chain(within.map(|(_, piece)| *piece)).collect()
    }

    /// `range` cut into the longest stretches of one value, or of none, ascending.
    pub(crate) fn stretches(&self, range: SerialRange) -> Vec<(SerialRange, Option<V>)> {
        let mut stretches = Vec::new();
        let mut rest = Some(range);
        for (piece, value) in self.overlapping(range) {
            let Some(left) = rest else { break };
            let (before, after) = left.without(piece);
            stretches.extend(before.map(|gap| (gap, None)));
            stretches.extend(left.intersection(piece).map(|part| (part, Some(value))));
            rest = after;
        }
        stretches.extend(rest.map(|gap| (gap, None)));
        stretches
    }

    /// Gives every unit of `range` this value, or takes it away.
    pub(crate) fn set(&mut self, range: SerialRange, value: Option<V>) {
        for (piece, old) in self.overlapping(range) {
            self.pieces.remove(&key(piece));
            let (before, after) = piece.without(range);
            for part in before.into_iter().chain(after) {
                self.pieces.insert(key(part), (part, old));
            }
        }
        let Some(value) = value else { return };
        let mut whole = range;
        if let Some((_, &(left, old))) = self.pieces.range(..key(range)).next_back()
            && old == value
            && let Some(joined) = left.joined(whole)
        {
            whole = joined;
        }
        if let Some((_, &(right, old))) = self.pieces.range(key(range)..).next()
            && old == value
            && let Some(joined) = whole.joined(right)
        {
            self.pieces.remove(&key(right));
            whole = joined;
        }
        // A left neighbour has the key of the whole and is replaced by it.
        self.pieces.insert(key(whole), (whole, value));
    }
}

/// One vintage of one issuance.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) project: ProjectRef,
    pub(crate) vintage: Year,
    pub(crate) issued_on: Date,
    pub(crate) class: CreditClass,
    pub(crate) range: SerialRange,
}

/// The two authorisations under which a unit was first transferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) japan: EntryIndex,
    pub(crate) partner: EntryIndex,
}

/// All units there are.
#[derive(Debug, Clone)]
pub(crate) struct Units {
    pub(crate) blocks: BTreeMap<BlockNumber, Block>,
    pub(crate) held: UnitMap<AccountNumber>,
    pub(crate) reserved: UnitMap<EntryIndex>,
    pub(crate) first_transferred: UnitMap<Pair>,
    /// The calendar year in which units were first transferred.
    pub(crate) transferred_in: UnitMap<Year>,
    /// The calendar year in which units were retired or cancelled.
    pub(crate) ended_in: UnitMap<Year>,
    /// The trust whose property units are, by the entry that recorded it.
    pub(crate) in_trust: UnitMap<EntryIndex>,
    /// How many restrictions that are not released name units.
    restricted: UnitMap<u32>,
    // Counted beside the map, to be compared with it. u128 cannot overflow:
    // 2^32 blocks of at most 2^38 units.
    balances: BTreeMap<AccountNumber, u128>,
    /// The same as `held`, by account: what one account holds is read without
    /// looking at what the others do.
    portfolios: BTreeMap<AccountNumber, UnitMap<()>>,
    issued: u128,
    credited: u128,
    debited: u128,
}

impl Units {
    pub(crate) const fn new() -> Units {
        Units {
            blocks: BTreeMap::new(),
            held: UnitMap::new(),
            reserved: UnitMap::new(),
            first_transferred: UnitMap::new(),
            transferred_in: UnitMap::new(),
            ended_in: UnitMap::new(),
            in_trust: UnitMap::new(),
            restricted: UnitMap::new(),
            balances: BTreeMap::new(),
            portfolios: BTreeMap::new(),
            issued: 0,
            credited: 0,
            debited: 0,
        }
    }

    /// The number of the next block.
    pub(crate) fn next_block(&self) -> Option<BlockNumber> {
        match self.blocks.last_key_value() {
            Some((last, _)) => last.next(),
            None => BlockNumber::new(1),
        }
    }

    /// The block that has every unit of `range`.
    pub(crate) fn block_of(&self, range: SerialRange) -> Option<&Block> {
        self.blocks.get(&range.block()).filter(|block| block.range.contains(range))
    }

    /// How many units an account holds.
    pub(crate) fn balance(&self, account: AccountNumber) -> u128 {
        self.balances.get(&account).copied().unwrap_or(0)
    }

    /// What an account holds, ascending, ranges that touch joined.
    pub(crate) fn holdings(&self, account: AccountNumber) -> impl Iterator<Item = SerialRange> {
        self.portfolios.get(&account).into_iter().flat_map(|held| held.iter().map(|(r, ())| r))
    }

    /// One more restriction names these units.
    pub(crate) fn restrict(&mut self, range: SerialRange) {
        for (part, count) in self.restricted.stretches(range) {
            self.restricted.set(part, Some(count.unwrap_or(0).saturating_add(1)));
        }
    }

    /// One restriction fewer names these units.
    pub(crate) fn unrestrict(&mut self, range: SerialRange) {
        for (part, count) in self.restricted.stretches(range) {
            self.restricted.set(part, count.unwrap_or(0).checked_sub(1).filter(|left| 0 < *left));
        }
    }

    /// Units of `range` that a restriction names, ascending.
    pub(crate) fn restricted(&self, range: SerialRange) -> Vec<SerialRange> {
        let parts = self.restricted.stretches(range).into_iter();
        parts.filter(|(_, count)| count.is_some()).map(|(part, _)| part).collect()
    }

    /// How many units were ever issued.
    pub(crate) fn issued(&self) -> u128 {
        self.issued
    }

    /// A new block: every unit of it goes to exactly one account.
    pub(crate) fn issue(
        &mut self,
        block: Block,
        allocations: &[(AccountNumber, SerialRange)],
    ) -> Judged<()> {
        let whole = block.range;
        self.issued += u128::from(whole.quantity().get());
        self.blocks.insert(whole.block(), block);
        for (account, range) in allocations {
            let nobody = self.held.stretches(*range).iter().all(|(_, holder)| holder.is_none());
            ensure(nobody && whole.contains(*range), Code::ConservationBroken, || {
                format!("units {range} are issued twice or outside block {}", whole.block())
            })?;
            self.held.set(*range, Some(*account));
            self.credit(*account, *range);
        }
        self.covered(whole)
    }

    /// Debits and credits at once.
    pub(crate) fn transfer(
        &mut self,
        range: SerialRange,
        source: AccountNumber,
        destination: AccountNumber,
    ) -> Judged<()> {
        let held = self.held.stretches(range) == [(range, Some(source))];
        let quantity = u128::from(range.quantity().get());
        let debited = self.balance(source).checked_sub(quantity);
        let (true, Some(debited)) = (held, debited) else {
            let detail = format!("units {range} leave account {source}, which does not hold them");
            return Err(Code::ConservationBroken.broken(detail));
        };
        self.held.set(range, Some(destination));
        self.balances.insert(source, debited);
        if let Some(portfolio) = self.portfolios.get_mut(&source) {
            portfolio.set(range, None);
        }
        self.debited += quantity;
        self.credit(destination, range);
        Ok(())
    }

    fn credit(&mut self, account: AccountNumber, range: SerialRange) {
        let quantity = u128::from(range.quantity().get());
        *self.balances.entry(account).or_insert(0) += quantity;
        self.portfolios.entry(account).or_insert_with(UnitMap::new).set(range, Some(()));
        self.credited += quantity;
    }

    /// Every unit of `range` is in exactly one account.
    fn covered(&self, range: SerialRange) -> Judged<()> {
        let held = self.held.stretches(range);
        let gap = held.iter().find(|(_, holder)| holder.is_none());
        match gap {
            None => Ok(()),
            Some((gap, _)) => {
                Err(Code::ConservationBroken.broken(format!("units {gap} are in no account")))
            }
        }
    }

    /// What was credited and not debited is what was issued. Cheap enough for
    /// every entry.
    pub(crate) fn balanced(&self) -> Judged<()> {
        ensure(self.credited == self.issued + self.debited, Code::ConservationBroken, || {
            format!(
                "{} tonnes were credited and {} debited, but {} were issued",
                self.credited, self.debited, self.issued
            )
        })
    }

    /// The whole walk, once at the end: every unit of every block is in exactly
    /// one account, and every balance is what the map says.
    pub(crate) fn conserved(&self) -> Judged<()> {
        self.balanced()?;
        let mut counted: BTreeMap<AccountNumber, u128> = BTreeMap::new();
        for (range, account) in self.held.iter() {
            *counted.entry(account).or_insert(0) += u128::from(range.quantity().get());
        }
        for block in self.blocks.values() {
            self.covered(block.range)?;
        }
        for (account, balance) in &self.balances {
            let counted = counted.get(account).copied().unwrap_or(0);
            ensure(counted == *balance, Code::ConservationBroken, || {
                format!("account {account} has a balance of {balance}, but {counted} units")
            })?;
            let own = self.holdings(*account).map(|range| u128::from(range.quantity().get()));
            ensure(own.sum::<u128>() == *balance, Code::ConservationBroken, || {
                format!("account {account} has a balance of {balance}, but other holdings")
            })?;
        }
        Ok(())
    }
}

/// The class that follows from vintage and date of issuance
/// (`docs/spec/commands.md`, classes of credit).
pub(crate) fn class_of(vintage: Year, issued_on: Date) -> CreditClass {
    // The chapter of the Act on the account book took effect on 2025-04-01.
    let day = (issued_on.year().get(), issued_on.month(), issued_on.day());
    let in_this_book = (2025, 4, 1) <= day;
    match (2021 <= vintage.get(), in_this_book) {
        (true, true) => CreditClass::A,
        (true, false) => CreditClass::B1,
        (false, false) => CreditClass::B2,
        (false, true) => CreditClass::C,
    }
}

/// The name of a category in the state digest.
pub(crate) const fn category_name(category: AccountCategory) -> &'static str {
    match category {
        AccountCategory::GovernmentHolding => "government-holding",
        AccountCategory::Retirement => "retirement",
        AccountCategory::Cancellation => "cancellation",
        AccountCategory::Entity => "entity",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> SerialRange {
        text.parse().expect("a range")
    }

    fn shown(map: &UnitMap<u8>) -> Vec<(String, u8)> {
        map.iter().map(|(range, value)| (range.to_string(), value)).collect()
    }

    #[test]
    fn ranges_are_split_and_joined_again() {
        let mut map = UnitMap::new();
        map.set(range("1:1-100"), Some(1));
        map.set(range("1:41-60"), Some(2));
        assert_eq!(
            shown(&map),
            [("1:1-40".to_owned(), 1), ("1:41-60".to_owned(), 2), ("1:61-100".to_owned(), 1)]
        );
        map.set(range("1:41-60"), Some(1));
        assert_eq!(shown(&map), [("1:1-100".to_owned(), 1)]);
        map.set(range("1:1-10"), None);
        map.set(range("2:1-10"), Some(1));
        assert_eq!(shown(&map), [("1:11-100".to_owned(), 1), ("2:1-10".to_owned(), 1)]);
    }

    #[test]
    fn stretches_show_values_and_gaps() {
        let mut map = UnitMap::new();
        map.set(range("1:10-19"), Some(1));
        map.set(range("1:30-39"), Some(2));
        assert_eq!(
            map.stretches(range("1:15-34")),
            [(range("1:15-19"), Some(1)), (range("1:20-29"), None), (range("1:30-34"), Some(2)),]
        );
        assert_eq!(map.stretches(range("2:1-5")), [(range("2:1-5"), None)]);
    }

    /// Against the plainest model there is: one value for each unit.
    #[test]
    fn a_map_does_what_an_array_does() {
        let mut map = UnitMap::new();
        let mut array = [None; 41];
        let mut seed = 7_u64;
        for _ in 0..3_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888);
            let (a, b, v) = (seed >> 33 & 31, seed >> 40 & 7, seed >> 50 & 3);
            let piece = range(&format!("1:{}-{}", a + 1, a + 1 + b));
            let value = (v > 0).then_some(v);
            map.set(piece, value);
            array[a as usize + 1..=(a + 1 + b) as usize].fill(value);
            for (stretch, value) in map.stretches(range("1:1-40")) {
                for unit in stretch.first()..=stretch.last() {
                    assert_eq!(array[unit as usize], value);
                }
            }
            let pieces: Vec<_> = map.iter().collect();
            for pair in pieces.windows(2) {
                assert!(pair[0].1 != pair[1].1 || pair[0].0.joined(pair[1].0).is_none());
            }
        }
    }

    fn block(quantity: &str) -> Block {
        Block {
            project: ProjectRef::new("VN001").expect("a reference"),
            vintage: Year::new(2022).expect("a year"),
            issued_on: "2026-04-10".parse().expect("a date"),
            class: CreditClass::A,
            range: range(quantity),
        }
    }

    #[test]
    fn every_unit_is_in_one_account_or_it_is_said() {
        let account = |number| AccountNumber::new(number).expect("a number");
        let (one, two) = (account(1_001), account(1_002));
        let code = |judged: Judged<()>| judged.err().map(|broken| broken.code);
        let broken = Some(Code::ConservationBroken);

        let mut units = Units::new();
        let parts = [(one, range("1:1-60")), (two, range("1:61-100"))];
        assert_eq!(units.issue(block("1:1-100"), &parts), Ok(()));
        assert_eq!(units.transfer(range("1:1-10"), one, two), Ok(()));
        assert_eq!(units.conserved(), Ok(()));
        assert_eq!((units.balance(one), units.balance(two), units.issued()), (50, 50, 100));

        assert_eq!(code(units.clone().transfer(range("1:1-11"), one, two)), broken);
        assert_eq!(code(units.clone().transfer(range("2:1-1"), one, two)), broken);
        assert_eq!(code(units.clone().issue(block("1:1-100"), &parts)), broken);
        assert_eq!(code(units.clone().issue(block("2:1-9"), &[(one, range("2:1-8"))])), broken);
        assert_eq!(code(units.clone().issue(block("2:1-9"), &[(one, range("2:1-10"))])), broken);
        units.held.set(range("1:5-5"), None);
        assert_eq!(code(units.conserved()), broken);
    }

    #[test]
    fn a_unit_is_restricted_as_long_as_one_restriction_names_it() {
        let mut units = Units::new();
        let shown = |units: &Units| {
            let parts = units.restricted(range("1:1-100"));
            parts.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        units.restrict(range("1:1-50"));
        units.restrict(range("1:41-60"));
        assert_eq!(shown(&units), ["1:1-40", "1:41-50", "1:51-60"]);
        units.unrestrict(range("1:41-60"));
        assert_eq!(shown(&units), ["1:1-50"]);
        units.unrestrict(range("1:1-50"));
        assert!(shown(&units).is_empty());
    }

    #[test]
    fn classes_turn_on_the_first_of_april_2025_and_on_2021() {
        let class = |vintage, date: &str| {
            class_of(Year::new(vintage).expect("a year"), date.parse().expect("a date"))
        };
        assert_eq!(class(2021, "2025-04-01"), CreditClass::A);
        assert_eq!(class(2021, "2025-03-31"), CreditClass::B1);
        assert_eq!(class(2020, "2025-03-31"), CreditClass::B2);
        assert_eq!(class(2020, "2025-04-01"), CreditClass::C);
    }
}
