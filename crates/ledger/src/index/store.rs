//! sled, kept at arm's length: every call may fail or panic on damaged files,
//! and either is an error here. Nothing it says is believed before the sum over
//! all records has been compared.

use super::IndexError;
use super::key::{APPLIED, run_of};
use crate::log::Head;
use jcm_format::hash::Digest;
use sled::{Batch, Db, IVec};
use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Version of the keys and values. Another one is rebuilt, not converted.
const SCHEMA: u8 = 1;

/// Memory for pages. The index is read at random, and the system caches too.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;

/// How long sled may keep what was applied to itself. A crash costs as much
/// time again, nothing else.
const FLUSH_EVERY_MS: u64 = 1_000;

/// One record.
pub(super) type Pair = (IVec, IVec);

/// The database. Clones are the same.
#[derive(Clone)]
pub(super) struct Store {
    db: Db,
}

/// How far the log has been applied, and the sum over all other records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Applied {
    pub(super) head: Head,
    pub(super) sum: u64,
}

impl Applied {
    pub(super) const NOTHING: Applied = Applied { head: Head::EMPTY, sum: 0 };

    fn encode(self) -> Vec<u8> {
        [
            &[SCHEMA],
            self.head.size.to_be_bytes().as_slice(),
            self.head.leaf.as_bytes(),
            &self.sum.to_be_bytes(),
        ]
        .concat()
    }

    fn decode(value: &[u8]) -> Option<Applied> {
        let (schema, rest) = value.split_first()?;
        let (size, rest) = rest.split_first_chunk::<8>()?;
        let (leaf, rest) = rest.split_first_chunk::<{ Digest::LEN }>()?;
        let sum = rest.try_into().ok()?;
        let head = Head { size: u64::from_be_bytes(*size), leaf: Digest::from_bytes(*leaf) };
        (*schema == SCHEMA).then_some(Applied { head, sum: u64::from_be_bytes(sum) })
    }
}

/// Changes that take effect together.
pub(super) struct Changes {
    batch: Batch,
    sum: u64,
}

impl Changes {
    pub(super) fn after(applied: Applied) -> Changes {
        Changes { batch: Batch::default(), sum: applied.sum }
    }

    /// Sets a record that had the value `old`.
    pub(super) fn set(&mut self, key: &[u8], old: Option<&[u8]>, new: &[u8]) {
        if let Some(old) = old {
            self.sum = self.sum.wrapping_sub(weight(key, old));
        }
        self.sum = self.sum.wrapping_add(weight(key, new));
        self.batch.insert(key, new);
    }
}

impl Store {
    /// Opens the database, or makes one. Nothing is checked yet.
    pub(super) fn open(folder: &Path) -> Result<Store, IndexError> {
        let db = guarded(|| {
            sled::Config::new()
                .path(folder)
                .mode(sled::Mode::LowSpace)
                .cache_capacity(CACHE_BYTES)
                .flush_every_ms(Some(FLUSH_EVERY_MS))
                .open()
        })?;
        Ok(Store { db })
    }

    /// Reads every record, compares the sum, and gives the runs of commands.
    pub(super) fn check(&self) -> Result<(Applied, Vec<u64>), IndexError> {
        let applied = match self.get(&APPLIED)? {
            Some(value) => Applied::decode(&value).ok_or(IndexError::Damaged)?,
            None => Applied::NOTHING,
        };
        let mut runs = Vec::new();
        let sum = guarded(|| {
            let mut sum: u64 = 0;
            for record in self.db.iter() {
                let (key, value) = record?;
                if key != APPLIED {
                    sum = sum.wrapping_add(weight(&key, &value));
                }
                if let Some(run) = run_of(&key).filter(|run| runs.last() != Some(run)) {
                    runs.push(run);
                }
            }
            Ok(sum)
        })?;
        if sum == applied.sum { Ok((applied, runs)) } else { Err(IndexError::Damaged) }
    }

    pub(super) fn get(&self, key: &[u8]) -> Result<Option<IVec>, IndexError> {
        guarded(|| self.db.get(key))
    }

    /// The last record in a range of keys.
    pub(super) fn last_in(
        &self,
        keys: RangeInclusive<Vec<u8>>,
    ) -> Result<Option<Pair>, IndexError> {
        guarded(|| self.db.range(keys).next_back().transpose())
    }

    /// The first records in a range of keys that `take` asks for.
    pub(super) fn each_in(
        &self,
        keys: RangeInclusive<Vec<u8>>,
        mut take: impl FnMut(Pair) -> bool,
    ) -> Result<(), IndexError> {
        guarded(|| {
            for record in self.db.range(keys) {
                if !take(record?) {
                    break;
                }
            }
            Ok(())
        })
    }

    /// All changes and the new end, or nothing.
    pub(super) fn commit(&self, changes: Changes, head: Head) -> Result<Applied, IndexError> {
        let Changes { mut batch, sum } = changes;
        let applied = Applied { head, sum };
        batch.insert(&APPLIED, applied.encode());
        guarded(|| self.db.apply_batch(batch))?;
        Ok(applied)
    }

    pub(super) fn flush(&self) -> Result<(), IndexError> {
        guarded(|| self.db.flush().map(drop))
    }

    /// Ends the database; damage that shows only now does not matter any more.
    pub(super) fn close(self) {
        let _ = guarded(|| {
            drop(self);
            Ok(())
        });
    }
}

fn guarded<T>(call: impl FnOnce() -> Result<T, sled::Error>) -> Result<T, IndexError> {
    // Unwind safety: after a panic nothing of the database is used again.
    match catch_unwind(AssertUnwindSafe(call)) {
        Ok(result) => result.map_err(IndexError::Sled),
        Err(_) => Err(IndexError::Panicked),
    }
}

/// FNV-1a over length, key and value, mixed once more because the weights are
/// added up. It finds accidents, not forgers: those are found in the log.
fn weight(key: &[u8], value: &[u8]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325 ^ key.len() as u64;
    for byte in key.iter().chain(value) {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}
