//! Restrictions on disposal that are not released: by entry, by account, and
//! by unit, so that one transfer costs no more for the restrictions of others.

use super::{RestrictionRecord, UnitMap};
use jcm_format::command::Restriction;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::serial::SerialRange;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Clone, Default)]
pub(super) struct Restrictions {
    records: BTreeMap<EntryIndex, RestrictionRecord>,
    by_account: BTreeMap<AccountNumber, BTreeSet<EntryIndex>>,
    // Restrictions of whole accounts.
    whole: BTreeMap<AccountNumber, BTreeSet<EntryIndex>>,
    // How many restrictions name a unit: several may.
    named: UnitMap<u64>,
}

impl Restrictions {
    pub(super) fn record(&mut self, entry: EntryIndex, restriction: &Restriction) {
        self.by_account.entry(restriction.account).or_default().insert(entry);
        match &restriction.ranges {
            None => {
                self.whole.entry(restriction.account).or_default().insert(entry);
            }
            Some(ranges) => ranges.iter().for_each(|range| self.count(range, true)),
        }
        let record = RestrictionRecord { entry, restriction: restriction.clone() };
        self.records.insert(entry, record);
    }

    pub(super) fn release(&mut self, entry: EntryIndex) {
        let Some(RestrictionRecord { restriction, .. }) = self.records.remove(&entry) else {
            return;
        };
        forget(&mut self.by_account, restriction.account, entry);
        match &restriction.ranges {
            None => forget(&mut self.whole, restriction.account, entry),
            Some(ranges) => ranges.iter().for_each(|range| self.count(range, false)),
        }
    }

    /// Counts one restriction more, or one less, of every unit of `range`.
    fn count(&mut self, range: SerialRange, more: bool) {
        let named: Vec<_> = self.named.within(range).collect();
        if more {
            for gap in self.named.gaps(range) {
                self.named.insert(gap, 1);
            }
        }
        for (part, count) in named {
            let count = if more { count.saturating_add(1) } else { count.saturating_sub(1) };
            match count {
                0 => self.named.remove(part),
                count => self.named.insert(part, count),
            }
        }
    }

    pub(super) fn get(&self, entry: EntryIndex) -> Option<&RestrictionRecord> {
        self.records.get(&entry)
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &RestrictionRecord> {
        self.records.values()
    }

    pub(super) fn of(&self, account: AccountNumber) -> impl Iterator<Item = &RestrictionRecord> {
        let entries = self.by_account.get(&account).into_iter().flatten();
        entries.filter_map(|entry| self.records.get(entry))
    }

    pub(super) fn is_whole(&self, account: AccountNumber) -> bool {
        self.whole.contains_key(&account)
    }

    /// The units of `range` that a restriction names.
    pub(super) fn named(&self) -> &UnitMap<u64> {
        &self.named
    }
}

fn forget(
    map: &mut BTreeMap<AccountNumber, BTreeSet<EntryIndex>>,
    account: AccountNumber,
    entry: EntryIndex,
) {
    if let Some(entries) = map.get_mut(&account) {
        entries.remove(&entry);
        if entries.is_empty() {
            map.remove(&account);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_format::command::RestrictionGround;
    use jcm_format::hash::Digest;
    use jcm_format::serial::SerialRanges;
    use jcm_format::text::Text;

    fn restriction(account: u32, ranges: &[&str]) -> Restriction {
        let ranges: Vec<SerialRange> =
            ranges.iter().map(|range| range.parse().expect("a range")).collect();
        Restriction {
            account: AccountNumber::new(account).expect("in range"),
            ranges: (!ranges.is_empty()).then(|| SerialRanges::new(ranges).expect("ascending")),
            ground: RestrictionGround::CourtOrder,
            authority: Text::new("Court").expect("a text"),
            reference: Text::new("1").expect("a text"),
            document: Digest::ZERO,
        }
    }

    fn named(restrictions: &Restrictions) -> Vec<String> {
        restrictions.named().iter().map(|(range, count)| format!("{range}={count}")).collect()
    }

    #[test]
    fn a_unit_stays_restricted_until_the_last_restriction_is_released() {
        let mut restrictions = Restrictions::default();
        let [one, two] = [1, 2].map(EntryIndex::new);
        restrictions.record(one, &restriction(1_001, &["1:1-10", "1:21-30"]));
        restrictions.record(two, &restriction(1_001, &["1:6-25"]));
        assert_eq!(
            named(&restrictions),
            ["1:1-5=1", "1:6-10=2", "1:11-20=1", "1:21-25=2", "1:26-30=1"]
        );
        restrictions.release(one);
        assert_eq!(named(&restrictions), ["1:6-25=1"]);
        restrictions.release(one);
        restrictions.release(two);
        assert_eq!(named(&restrictions), [""; 0]);
        assert_eq!(restrictions.of(AccountNumber::new(1_001).expect("in range")).count(), 0);
    }

    #[test]
    fn a_restriction_of_a_whole_account_names_no_unit() {
        let mut restrictions = Restrictions::default();
        let account = AccountNumber::new(1_001).expect("in range");
        let [one, two] = [1, 2].map(EntryIndex::new);
        restrictions.record(one, &restriction(1_001, &[]));
        restrictions.record(two, &restriction(1_001, &[]));
        restrictions.release(one);
        assert!(restrictions.is_whole(account));
        assert_eq!(restrictions.of(account).map(|record| record.entry).collect::<Vec<_>>(), [two]);
        restrictions.release(two);
        assert!(!restrictions.is_whole(account));
    }
}
