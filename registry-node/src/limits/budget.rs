//! How often a caller may ask.
//!
//! Each caller has one budget for each class of requests, by governor's GCRA: so
//! many at once, and so many a minute in the long run. Callers are remembered in a
//! table of bounded size; who was not seen for longest is forgotten first, and by
//! then its budgets are whole again as a rule.

use super::caller::CallerKey;
use super::class::Class;
use crate::config::Limits;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Of a full table, one caller in so many is forgotten at once.
const FORGOTTEN_PART: usize = 8;

/// After how long a caller may take a place among costly reads again.
const BUSY_RETRY: Duration = Duration::from_secs(1);

/// What a caller has used up, and when to come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Limit {
    /// For the metrics.
    pub(crate) name: &'static str,
    /// Not before.
    pub(crate) retry_after: Duration,
}

impl Limit {
    /// What the caller is told.
    pub(crate) fn message(&self) -> String {
        let wait_ms = self.retry_after.as_millis() + 1;
        format!(
            "this caller has asked too often for now ({}); try again in {wait_ms} ms",
            self.name
        )
    }
}

/// Time since the start, which never goes back.
#[derive(Debug, Clone)]
pub(crate) struct Monotonic(Instant);

impl Clock for Monotonic {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

type Bucket<C> = RateLimiter<NotKeyed, InMemoryState, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// The budgets of one caller.
struct Caller<C: Clock> {
    connects: Bucket<C>,
    reads: Bucket<C>,
    costly_reads: Bucket<C>,
    prepares: Bucket<C>,
    submissions: Bucket<C>,
    /// Costly reads in progress.
    at_once: usize,
    seen: C::Instant,
}

/// What every caller gets.
struct Quotas {
    connects: Quota,
    reads: Quota,
    costly_reads: Quota,
    prepares: Quota,
    submissions: Quota,
    at_once_max: usize,
    callers_max: usize,
}

/// The budgets of all callers.
pub(crate) struct Budgets<C: Clock + Clone> {
    quotas: Quotas,
    clock: C,
    /// A std lock: held for one look-up, never across an await.
    callers: Mutex<HashMap<CallerKey, Caller<C>>>,
}

impl Budgets<Monotonic> {
    pub(crate) fn new(limits: &Limits) -> Arc<Budgets<Monotonic>> {
        Arc::new(Budgets::with_clock(limits, Monotonic(Instant::now())))
    }
}

impl<C: Clock + Clone> Budgets<C> {
    fn with_clock(limits: &Limits, clock: C) -> Budgets<C> {
        let quotas = Quotas {
            connects: quota(limits.connects_per_minute, limits.connects_burst),
            reads: quota(limits.reads_per_minute, limits.reads_burst),
            costly_reads: quota(limits.costly_reads_per_minute, limits.costly_reads_burst),
            prepares: quota(limits.prepares_per_minute, limits.prepares_burst),
            submissions: quota(limits.submissions_per_minute, limits.submissions_burst),
            at_once_max: limits.costly_reads_at_once,
            callers_max: limits.callers_max,
        };
        Budgets { quotas, clock, callers: Mutex::default() }
    }

    /// Takes one request from a caller's budget.
    ///
    /// # Errors
    ///
    /// When it has none left.
    pub(crate) fn take(&self, key: CallerKey, class: Class) -> Result<(), Limit> {
        let now = self.clock.now();
        let mut callers = self.callers();
        let caller = self.caller(&mut callers, key, now);
        let (name, bucket) = match class {
            Class::Connect => ("CONNECTS", &caller.connects),
            Class::Read => ("READS", &caller.reads),
            Class::CostlyRead | Class::Subscription => ("COSTLY_READS", &caller.costly_reads),
            Class::Prepare => ("PREPARES", &caller.prepares),
            Class::Submission => ("SUBMISSIONS", &caller.submissions),
        };
        bucket.check().map_err(|not| Limit { name, retry_after: not.wait_time_from(now) })
    }

    /// Takes a place among the costly reads of a caller.
    ///
    /// # Errors
    ///
    /// When it has all that it may have.
    pub(crate) fn place(self: &Arc<Self>, key: CallerKey) -> Result<Place<C>, Limit> {
        let now = self.clock.now();
        let mut callers = self.callers();
        let caller = self.caller(&mut callers, key, now);
        if self.quotas.at_once_max <= caller.at_once {
            return Err(Limit { name: "COSTLY_READS_AT_ONCE", retry_after: BUSY_RETRY });
        }
        caller.at_once += 1;
        drop(callers);
        Ok(Place { budgets: Arc::clone(self), key })
    }

    fn caller<'a>(
        &self,
        callers: &'a mut HashMap<CallerKey, Caller<C>>,
        key: CallerKey,
        now: C::Instant,
    ) -> &'a mut Caller<C> {
        if self.quotas.callers_max <= callers.len() && !callers.contains_key(&key) {
            forget(callers);
        }
        let quotas = &self.quotas;
        let bucket = |quota| RateLimiter::direct_with_clock(quota, self.clock.clone());
        let caller = callers.entry(key).or_insert_with(|| Caller {
            connects: bucket(quotas.connects),
            reads: bucket(quotas.reads),
            costly_reads: bucket(quotas.costly_reads),
            prepares: bucket(quotas.prepares),
            submissions: bucket(quotas.submissions),
            at_once: 0,
            seen: now,
        });
        caller.seen = now;
        caller
    }

    fn callers(&self) -> MutexGuard<'_, HashMap<CallerKey, Caller<C>>> {
        self.callers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Forgets those that were not seen for longest, but nobody who has a place. These are
/// bounded by the connections.
fn forget<C: Clock>(callers: &mut HashMap<CallerKey, Caller<C>>) {
    let mut seen: Vec<C::Instant> = callers.values().map(|caller| caller.seen).collect();
    let position = seen.len() / FORGOTTEN_PART;
    if position < seen.len() {
        let (_, limit, _) = seen.select_nth_unstable(position);
        let limit = *limit;
        callers.retain(|_, caller| limit < caller.seen || caller.at_once != 0);
    }
}

fn quota(per_minute: u32, burst: u32) -> Quota {
    // The configuration has no zeros.
    let per_minute = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    Quota::per_minute(per_minute).allow_burst(burst)
}

/// A place among costly reads; free again when it is dropped.
pub(crate) struct Place<C: Clock + Clone> {
    budgets: Arc<Budgets<C>>,
    key: CallerKey,
}

impl<C: Clock + Clone> Drop for Place<C> {
    fn drop(&mut self) {
        if let Some(caller) = self.budgets.callers().get_mut(&self.key) {
            caller.at_once = caller.at_once.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use governor::clock::FakeRelativeClock;

    fn budgets(more: &str) -> (Arc<Budgets<FakeRelativeClock>>, FakeRelativeClock) {
        let text = format!("data_dir = \"d\"\n[limits]\n{more}");
        let limits = Config::parse(&text).expect("a configuration").limits;
        let clock = FakeRelativeClock::default();
        (Arc::new(Budgets::with_clock(&limits, clock.clone())), clock)
    }

    fn key(number: u8) -> CallerKey {
        CallerKey::Key([number; 32])
    }

    #[test]
    fn a_budget_is_used_up_and_grows_again() {
        let (budgets, clock) = budgets("reads_per_minute = 60\nreads_burst = 3");
        for _ in 0..3 {
            assert_eq!(budgets.take(key(1), Class::Read), Ok(()));
        }
        let limit = budgets.take(key(1), Class::Read).expect_err("used up");
        assert_eq!(limit, Limit { name: "READS", retry_after: Duration::from_secs(1) });
        clock.advance(limit.retry_after);
        assert_eq!(budgets.take(key(1), Class::Read), Ok(()), "when it said");
        assert!(budgets.take(key(1), Class::Read).is_err());
        clock.advance(Duration::from_secs(3_600));
        let taken = (0..9).filter(|_| budgets.take(key(1), Class::Read).is_ok()).count();
        assert_eq!(taken, 3, "never more than the burst");
    }

    #[test]
    fn one_caller_and_one_class_do_not_touch_another() {
        let (budgets, _) = budgets("reads_burst = 1\nprepares_burst = 1\nsubmissions_burst = 1");
        assert_eq!(budgets.take(key(1), Class::Read), Ok(()));
        assert!(budgets.take(key(1), Class::Read).is_err());
        assert_eq!(budgets.take(key(2), Class::Read), Ok(()));
        assert_eq!(budgets.take(key(1), Class::Prepare), Ok(()));
        assert_eq!(budgets.take(key(1), Class::Submission), Ok(()));
        assert!(budgets.take(key(1), Class::Prepare).is_err());
    }

    #[test]
    fn places_are_counted_and_given_back() {
        let (budgets, _) = budgets("costly_reads_at_once = 2");
        let places = [budgets.place(key(1)), budgets.place(key(1))];
        assert!(places.iter().all(Result::is_ok));
        let limit = budgets.place(key(1)).err().map(|limit| limit.name);
        assert_eq!(limit, Some("COSTLY_READS_AT_ONCE"));
        assert!(budgets.place(key(2)).is_ok());
        drop(places);
        assert!(budgets.place(key(1)).is_ok());
    }

    #[test]
    fn the_table_does_not_grow_and_forgets_who_was_not_seen() {
        let (budgets, clock) = budgets("callers_max = 16\nreads_burst = 1\nreads_per_minute = 1");
        let _held = budgets.place(key(0)).expect("a place");
        for number in 1..=200 {
            clock.advance(Duration::from_millis(1));
            assert_eq!(budgets.take(key(number), Class::Read), Ok(()));
            assert!(budgets.callers().len() <= 16);
        }
        assert!(budgets.take(key(200), Class::Read).is_err(), "the last is remembered");
        assert!(budgets.callers().contains_key(&key(0)), "whoever has a place is kept");
        assert_eq!(budgets.take(key(1), Class::Read), Ok(()), "the first is forgotten");
    }
}
