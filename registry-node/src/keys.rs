//! Keys that have passed the rules of admission, so that the costly check of a
//! key is made once and not for every command.

use jcm_format::key::{AdmittedKey, PublicKey, UnsuitableKey};
use jcm_ledger::State;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// Keys remembered: about 250 bytes each.
const KEYS_MAX: usize = 65_536;

/// A bounded memory of admitted keys.
///
/// Only registered keys enter, so that a stranger's keys cannot push them out.
pub(crate) struct KeyCache {
    /// A std lock: held for one look-up, never across an await.
    admitted: RwLock<HashMap<PublicKey, AdmittedKey>>,
}

impl KeyCache {
    pub(crate) fn new() -> KeyCache {
        KeyCache { admitted: RwLock::new(HashMap::new()) }
    }

    /// Applies the rules of admission, or remembers that they were applied.
    /// Whether a key is valid is for the ledger to say, every time.
    pub(crate) fn admit(
        &self,
        key: &PublicKey,
        is_registered: impl FnOnce() -> bool,
    ) -> Result<AdmittedKey, UnsuitableKey> {
        let known = self.admitted.read().unwrap_or_else(PoisonError::into_inner).get(key).cloned();
        if let Some(admitted) = known {
            return Ok(admitted);
        }
        let admitted = key.admit()?;
        if is_registered() {
            let mut memory = self.admitted.write().unwrap_or_else(PoisonError::into_inner);
            if KEYS_MAX <= memory.len() {
                memory.clear();
            }
            memory.insert(*key, admitted.clone());
        }
        Ok(admitted)
    }
}

/// Whether a key is worth remembering.
pub(crate) fn is_registered(state: &State, key: &PublicKey) -> bool {
    state.key(key).is_some_and(|record| !record.revoked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_format::key::SecretKey;

    #[test]
    fn only_registered_keys_are_remembered() {
        let cache = KeyCache::new();
        let key = |seed| SecretKey::from_seed(&[seed; 32]).public_key();
        assert!(cache.admit(&key(1), || false).is_ok());
        assert!(cache.admit(&key(2), || true).is_ok());
        let memory = cache.admitted.read().expect("no panic");
        assert!(!memory.contains_key(&key(1)) && memory.contains_key(&key(2)));
    }

    #[test]
    fn an_unsuitable_key_is_refused_every_time() {
        let cache = KeyCache::new();
        let weak = PublicKey::from_bytes([0; 32]);
        assert!(cache.admit(&weak, || true).is_err());
        assert!(cache.admit(&weak, || true).is_err());
    }
}
