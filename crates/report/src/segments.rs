//! Where stretches of numbers lie over each other.

use std::collections::BTreeSet;

/// At most so many stretches are named where they lie over each other; who has
/// more of them in one place knows enough.
pub(crate) const NAMED_MAX: usize = 16;

/// Numbers `first` to `last` under one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span<K, T> {
    pub(crate) key: K,
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// Whose they are.
    pub(crate) item: T,
}

/// A longest run of numbers that the same stretches cover.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Segment<K, T> {
    pub(crate) key: K,
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// Whose stretches cover it: ascending, [`NAMED_MAX`] at most.
    pub(crate) items: Vec<T>,
}

/// The segments of `spans`, by key and number. Spans whose last number comes
/// before the first cover nothing.
pub(crate) fn segments<K, T>(spans: impl IntoIterator<Item = Span<K, T>>) -> Vec<Segment<K, T>>
where
    K: Ord + Copy,
    T: Ord + Copy,
{
    // Where something begins or ends; ends come one number later.
    let mut edges: Vec<(K, u64, bool, T)> = Vec::new();
    for Span { key, first, last, item } in spans {
        if first <= last {
            edges.push((key, first, true, item));
            if let Some(end) = last.checked_add(1) {
                edges.push((key, end, false, item));
            }
        }
    }
    edges.sort_unstable();
    let mut found: Vec<Segment<K, T>> = Vec::new();
    let mut active: BTreeSet<T> = BTreeSet::new();
    let mut position = 0;
    while let Some(&(key, number, ..)) = edges.get(position) {
        while let Some(&(k, n, begins, item)) = edges.get(position)
            && (k, n) == (key, number)
        {
            if begins {
                active.insert(item);
            } else {
                active.remove(&item);
            }
            position += 1;
        }
        let next = edges.get(position);
        let last = match next {
            Some((k, n, ..)) if *k == key => *n - 1,
            // Nothing of this key follows: either all has ended, or it ends with
            // the last number that there is.
            _ => u64::MAX,
        };
        if !active.is_empty() {
            let items = active.iter().copied().take(NAMED_MAX).collect();
            found.push(Segment { key, first: number, last, items });
        }
        if next.is_none_or(|(k, ..)| *k != key) {
            active.clear();
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(spans: &[(u8, u64, u64, u8)]) -> Vec<(u8, u64, u64, Vec<u8>)> {
        let spans = spans.iter().map(|&(key, first, last, item)| Span { key, first, last, item });
        let found = segments(spans).into_iter();
        found.map(|s| (s.key, s.first, s.last, s.items)).collect()
    }

    #[test]
    fn stretches_are_cut_where_another_begins_or_ends() {
        assert_eq!(
            found(&[(1, 1, 10, 1), (1, 4, 6, 2), (2, 5, 5, 3), (1, 11, 12, 1)]),
            [
                (1, 1, 3, vec![1]),
                (1, 4, 6, vec![1, 2]),
                (1, 7, 10, vec![1]),
                (1, 11, 12, vec![1]),
                (2, 5, 5, vec![3]),
            ]
        );
    }

    #[test]
    fn the_last_number_is_no_special_case() {
        assert_eq!(
            found(&[(1, 5, u64::MAX, 1), (2, 1, 1, 2)]),
            [(1, 5, u64::MAX, vec![1]), (2, 1, 1, vec![2])]
        );
        assert_eq!(found(&[(1, 5, 4, 1)]), []);
    }

    #[test]
    fn a_crowd_is_named_in_part() {
        let spans: Vec<_> = (0..100).map(|item| (1, 1, 2, item)).collect();
        let found = found(&spans);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].3.len(), NAMED_MAX);
    }
}
