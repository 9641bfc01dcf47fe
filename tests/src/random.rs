//! A small seeded generator: the same seed gives the same run, for ever.

use std::ops::Range;

/// The seeds of a test's runs: the usual ones, or those that `JCM_TESTS_SEEDS` names, such as
/// `1000-1200`. Before a release others are tried than every day (`docs/SECURITY.md`).
///
/// # Panics
///
/// Panics if the variable names no seeds.
pub fn seeds(usual: Range<u64>) -> Range<u64> {
    let Ok(named) = std::env::var(SEEDS) else { return usual };
    let (first, last) = named.split_once('-').expect("JCM_TESTS_SEEDS is FIRST-LAST");
    let seed = |text: &str| text.parse::<u64>().expect("JCM_TESTS_SEEDS is FIRST-LAST");
    let range = seed(first)..seed(last) + 1;
    assert!(!range.is_empty(), "JCM_TESTS_SEEDS names no seed");
    range
}

const SEEDS: &str = "JCM_TESTS_SEEDS";

/// SplitMix64.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// A generator that this seed determines.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// Sixty-four bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`, which is not zero.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.bits() % limit
    }

    /// A number from `first` to `last`.
    pub fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last - first + 1)
    }

    /// True once in `times`.
    pub fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of `items`.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[usize::try_from(self.below(items.len() as u64)).expect("a small list")]
    }
}

/// Names a run's seed if the run fails, wherever it fails.
#[derive(Debug)]
pub struct Seeded(u64);

impl Seeded {
    /// Keep it until the run has ended.
    pub fn run(seed: u64) -> Seeded {
        Seeded(seed)
    }
}

impl Drop for Seeded {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the run of seed {} failed", self.0);
        }
    }
}
