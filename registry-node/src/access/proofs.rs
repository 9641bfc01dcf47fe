//! Proofs that were seen: none serves twice.
//!
//! A proof is good for a window around the clock and is remembered for as long. What
//! is forgotten cannot come back: whatever is not younger than the youngest proof
//! forgotten is refused, also when the clock is set back; and so is what was made
//! before the node started, because it may have been seen by its predecessor.

use crate::status::Refusal;
use jcm_format::caller::{Nonce, VerifiedCaller};
use jcm_format::key::PublicKey;
use jcm_format::time::Timestamp;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, PoisonError};

/// Proofs of registered keys that are remembered at once: about 120 bytes each.
const OF_REGISTERED_MAX: usize = 1 << 18;
/// Of one registered key: more than 500 calls a second, all the time.
const OF_KEY_MAX: usize = 1 << 16;
/// Proofs of keys that nobody registered. Anybody makes such keys; they have room of
/// their own, and whoever fills it keeps applicants waiting and nobody else.
const OF_STRANGERS_MAX: usize = 1 << 14;
/// Of one such key.
const OF_STRANGER_MAX: usize = 1 << 8;

/// The proofs that were seen, and how far from the clock one may be.
pub(crate) struct Proofs {
    skew_ms: u64,
    /// Held for one look-up, never across an await.
    seen: Mutex<Seen>,
}

struct Seen {
    registered: Pool,
    strangers: Pool,
    /// What is not younger than this is refused.
    forgotten_ms: u64,
}

struct Pool {
    by_time: BTreeSet<(u64, PublicKey, Nonce)>,
    by_key: HashMap<PublicKey, HashSet<Nonce>>,
    all_max: usize,
    of_key_max: usize,
}

impl Proofs {
    /// Remembers nothing yet, and takes nothing that was made before `started`.
    pub(crate) fn new(skew_ms: u64, started: Timestamp) -> Proofs {
        let pool = |all_max, of_key_max| Pool {
            by_time: BTreeSet::new(),
            by_key: HashMap::new(),
            all_max,
            of_key_max,
        };
        let seen = Seen {
            registered: pool(OF_REGISTERED_MAX, OF_KEY_MAX),
            strangers: pool(OF_STRANGERS_MAX, OF_STRANGER_MAX),
            forgotten_ms: started.as_ms().saturating_sub(1),
        };
        Proofs { skew_ms, seen: Mutex::new(seen) }
    }

    /// How far from the clock a proof may be.
    pub(crate) fn skew_ms(&self) -> u64 {
        self.skew_ms
    }

    /// Takes a proof that is verified, once.
    pub(crate) fn take(
        &self,
        caller: &VerifiedCaller,
        now: Timestamp,
        is_registered: bool,
    ) -> Result<(), Refusal> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest_ms = now.as_ms().saturating_sub(self.skew_ms);
        let forgotten = [seen.registered.forget(oldest_ms), seen.strangers.forget(oldest_ms)];
        seen.forgotten_ms = forgotten.into_iter().flatten().fold(seen.forgotten_ms, u64::max);
        if caller.issued_at().as_ms() <= seen.forgotten_ms {
            return Err(Refusal::proof_time(now, self.skew_ms));
        }
        let pool = if is_registered { &mut seen.registered } else { &mut seen.strangers };
        pool.take(caller)
    }
}

impl Pool {
    /// Forgets what was made before a moment; tells the youngest of it.
    fn forget(&mut self, oldest_ms: u64) -> Option<u64> {
        let mut youngest = None;
        while let Some((issued_ms, key, nonce)) = self.by_time.first().copied() {
            if oldest_ms <= issued_ms {
                break;
            }
            self.by_time.pop_first();
            if let Some(of_key) = self.by_key.get_mut(&key) {
                of_key.remove(&nonce);
                if of_key.is_empty() {
                    self.by_key.remove(&key);
                }
            }
            youngest = Some(issued_ms);
        }
        youngest
    }

    fn take(&mut self, caller: &VerifiedCaller) -> Result<(), Refusal> {
        let (key, nonce) = (caller.key(), caller.nonce());
        let of_key = self.by_key.get(&key);
        if of_key.is_some_and(|seen| seen.contains(&nonce)) {
            return Err(Refusal::ProofRepeated);
        }
        if self.all_max <= self.by_time.len()
            || of_key.is_some_and(|seen| self.of_key_max <= seen.len())
        {
            return Err(Refusal::ProofsFull);
        }
        self.by_time.insert((caller.issued_at().as_ms(), key, nonce));
        self.by_key.entry(key).or_default().insert(nonce);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_format::caller::{Call, CallerProof, Window};
    use jcm_format::key::SecretKey;

    const SKEW_MS: u64 = 60_000;

    #[test]
    fn the_specification_says_how_much_is_remembered() {
        let page = include_str!("../../../docs/spec/access.md");
        let grouped = |number: usize| match (number / 1_000, number % 1_000) {
            (0, rest) => rest.to_string(),
            (thousands, rest) => format!("{thousands},{rest:03}"),
        };
        let said = format!(
            "{} proofs of one key, {} of all registered keys, {} of one key that is not \
             registered and {} of all those",
            grouped(OF_KEY_MAX),
            grouped(OF_REGISTERED_MAX),
            grouped(OF_STRANGER_MAX),
            grouped(OF_STRANGERS_MAX)
        );
        assert!(page.contains(&said), "{said}");
    }

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_ms(ms).expect("in range")
    }

    fn caller(seed: u8, issued_ms: u64, nonce: u32) -> VerifiedCaller {
        let registry = "registry.example/test".parse().expect("an origin");
        let call = Call { registry: &registry, method: "/a/b", message: None };
        let mut bytes = [0; Nonce::LEN];
        bytes[..4].copy_from_slice(&nonce.to_be_bytes());
        let statement = call.statement(at(issued_ms), Nonce::from_bytes(bytes));
        let proof = CallerProof::sign(statement, &SecretKey::from_seed(&[seed; 32]));
        let window = Window { now: at(issued_ms), skew_ms: 0 };
        proof.verify(PublicKey::admit, &call, window).expect("good")
    }

    fn proofs() -> Proofs {
        Proofs::new(SKEW_MS, at(1_000_000))
    }

    #[test]
    fn a_proof_serves_once_and_is_forgotten_after_the_window() {
        let proofs = proofs();
        let first = caller(1, 2_000_000, 7);
        let take = |caller: &VerifiedCaller, now| proofs.take(caller, at(now), true);
        assert_eq!(take(&first, 2_000_000), Ok(()));
        assert_eq!(take(&first, 2_000_000 + SKEW_MS), Err(Refusal::ProofRepeated));
        assert_eq!(take(&caller(2, 2_000_000, 7), 2_000_000), Ok(()), "another key");
        let later = 2_000_000 + SKEW_MS + 1;
        assert_eq!(take(&caller(1, later, 7), later), Ok(()), "the nonce is free again");
        let seen = proofs.seen.lock().expect("no panic");
        assert_eq!(seen.registered.by_time.len(), 1);
        assert_eq!(seen.registered.by_key.len(), 1);
    }

    #[test]
    fn the_same_nonce_at_another_time_is_a_repetition() {
        let proofs = proofs();
        assert_eq!(proofs.take(&caller(1, 2_000_000, 7), at(2_000_000), true), Ok(()));
        let again = proofs.take(&caller(1, 2_000_001, 7), at(2_000_001), true);
        assert_eq!(again, Err(Refusal::ProofRepeated));
    }

    #[test]
    fn a_clock_that_is_set_back_brings_nothing_back() {
        let proofs = proofs();
        let first = caller(1, 2_000_000, 7);
        assert_eq!(proofs.take(&first, at(2_000_000), true), Ok(()));
        let hour = 3_600_000;
        assert_eq!(
            proofs.take(&caller(1, 2_000_000 + hour, 8), at(2_000_000 + hour), true),
            Ok(())
        );
        let replayed = proofs.take(&first, at(2_000_000), true);
        assert_eq!(replayed, Err(Refusal::proof_time(at(2_000_000), SKEW_MS)));
        assert_eq!(proofs.take(&caller(1, 2_000_001, 9), at(2_000_001), true), Ok(()), "a new one");
    }

    #[test]
    fn what_was_made_before_the_start_may_have_been_seen() {
        let proofs = proofs();
        let early = caller(1, 999_999, 1);
        let refused = Refusal::proof_time(at(1_000_001), SKEW_MS);
        assert_eq!(proofs.take(&early, at(1_000_001), true), Err(refused));
        assert_eq!(proofs.take(&caller(1, 1_000_000, 2), at(1_000_001), true), Ok(()));
    }

    #[test]
    fn strangers_fill_their_own_room_and_nobody_else_s() {
        let proofs = proofs();
        let take = |caller: &VerifiedCaller, is_registered| {
            proofs.take(caller, at(2_000_000), is_registered)
        };
        for nonce in 0..OF_STRANGER_MAX {
            let nonce = u32::try_from(nonce).expect("few");
            assert_eq!(take(&caller(1, 2_000_000, nonce), false), Ok(()));
        }
        let next = u32::try_from(OF_STRANGER_MAX).expect("few");
        assert_eq!(take(&caller(1, 2_000_000, next), false), Err(Refusal::ProofsFull));
        assert_eq!(take(&caller(2, 2_000_000, next), false), Ok(()), "another stranger");
        proofs.seen.lock().expect("no panic").strangers.all_max = OF_STRANGER_MAX + 1;
        assert_eq!(take(&caller(3, 2_000_000, next), false), Err(Refusal::ProofsFull));
        assert_eq!(take(&caller(1, 2_000_000, next), true), Ok(()), "who is registered has room");
    }
}
