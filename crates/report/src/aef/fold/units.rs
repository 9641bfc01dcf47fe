//! Units that are internationally transferred mitigation outcomes: their first
//! transfer, their numbers, and whether they are still there.

use super::AefError;
use super::authorisations::Authorisations;
use jcm_format::entry::Entry;
use jcm_format::id::{BlockNumber, EntryIndex, ProjectRef};
use jcm_format::itmo::{ItmoRegistry, ItmoSeries};
use jcm_format::party::Party;
use jcm_format::serial::SerialRange;
use jcm_format::time::{Timestamp, Year};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Units of one block, by the block and the first of them.
type Key = (BlockNumber, u64);

fn key(range: SerialRange) -> Key {
    (range.block(), range.first())
}

/// A block that was issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// Shared by the blocks of an issuance.
    pub(super) project: Arc<ProjectRef>,
    pub(super) vintage: Year,
    pub(super) issued: EntryIndex,
}

/// Units first transferred by one effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) range: SerialRange,
    pub(super) entry: EntryIndex,
    pub(super) at: Timestamp,
    pub(super) japan: EntryIndex,
    pub(super) partner: EntryIndex,
    /// What they are counted for, and the number of the first; none before Article 6
    /// is adopted.
    pub(super) number: Option<(ItmoSeries, u64)>,
    /// Whether it is of the reported year or before.
    pub(super) in_scope: bool,
}

/// Units of a stretch that are still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) range: SerialRange,
    /// The first unit of the stretch.
    pub(super) stretch: u64,
    /// Application and record of what took the units before and after.
    pub(super) before: Option<(EntryIndex, EntryIndex)>,
    pub(super) after: Option<(EntryIndex, EntryIndex)>,
}

/// Units of a stretch that were used or cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Consumed {
    pub(super) range: SerialRange,
    pub(super) stretch: u64,
    pub(super) at: Timestamp,
    pub(super) application: EntryIndex,
    pub(super) record: EntryIndex,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Units {
    /// The project of the issuance whose blocks follow.
    issuing: Option<Arc<ProjectRef>>,
    blocks: BTreeMap<BlockNumber, Block>,
    stretches: BTreeMap<Key, Stretch>,
    held: BTreeMap<Key, Held>,
    /// The next number of each series.
    next: BTreeMap<ItmoSeries, u64>,
}

impl Units {
    pub(super) fn issuing(&mut self, project: ProjectRef) {
        self.issuing = Some(Arc::new(project));
    }

    pub(super) fn issue(&mut self, here: EntryIndex, number: BlockNumber, vintage: Year) {
        if let Some(project) = self.issuing.clone() {
            self.blocks.insert(number, Block { project, vintage, issued: here });
        }
    }

    /// The block, which `entry` names.
    pub(super) fn block(&self, entry: EntryIndex, number: BlockNumber) -> Result<&Block, AefError> {
        self.blocks.get(&number).ok_or(AefError::BlockUnknown { entry, block: number })
    }

    /// A first transfer under a pair of versions, Japan's first.
    pub(super) fn first_transfer(
        &mut self,
        entry: &Entry,
        range: SerialRange,
        (japan, partner): (EntryIndex, EntryIndex),
        authorisations: &Authorisations,
        registry: Option<ItmoRegistry>,
        in_scope: bool,
    ) -> Result<(), AefError> {
        let here = entry.index;
        let overlapping = within(&self.stretches, range, |stretch| stretch.range).next();
        if overlapping.is_some() {
            return Err(AefError::FirstTransferredTwice { entry: here, range });
        }
        let mut stretch =
            Stretch { range, entry: here, at: entry.time, japan, partner, number: None, in_scope };
        // Both must be there, whether or not there are numbers yet.
        let series = |registry| self.series(&stretch, authorisations, registry);
        authorisations.version(here, partner)?;
        authorisations.version(here, japan)?;
        self.block(here, range.block())?;
        if let Some(registry) = registry {
            let series = series(registry)?;
            stretch.number = Some((series, self.count(series, range)));
        }
        self.stretches.insert(key(range), stretch);
        if in_scope {
            let held = Held { range, stretch: range.first(), before: None, after: None };
            self.held.insert(key(range), held);
        }
        Ok(())
    }

    /// Numbers for what was first transferred before there were any, in the order of
    /// block and unit.
    pub(super) fn number_all(
        &mut self,
        authorisations: &Authorisations,
        registry: ItmoRegistry,
    ) -> Result<(), AefError> {
        let keys: Vec<Key> = self.stretches.keys().copied().collect();
        for key in keys {
            let Some(stretch) = self.stretches.get(&key).copied() else { continue };
            let series = self.series(&stretch, authorisations, registry)?;
            let number = self.count(series, stretch.range);
            if let Some(stretch) = self.stretches.get_mut(&key) {
                stretch.number = Some((series, number));
            }
        }
        Ok(())
    }

    fn series(
        &self,
        stretch: &Stretch,
        authorisations: &Authorisations,
        registry: ItmoRegistry,
    ) -> Result<ItmoSeries, AefError> {
        let (japan, _) = authorisations.version(stretch.entry, stretch.japan)?;
        let block = self.block(stretch.entry, stretch.range.block())?;
        let party = Party::from(block.project.country());
        Ok(ItmoSeries { approach: japan.approach, registry, party })
    }

    fn count(&mut self, series: ItmoSeries, range: SerialRange) -> u64 {
        let next = self.next.entry(series).or_insert(1);
        let first = *next;
        // The ledger numbers no more units than it issues, which 64 bits hold.
        *next = next.saturating_add(range.quantity().get());
        first
    }

    /// Takes what of `range` is held, and returns it stretch by stretch. The time is
    /// that of the stretch until the caller sets it.
    pub(super) fn consume(
        &mut self,
        range: SerialRange,
        application: EntryIndex,
        record: EntryIndex,
    ) -> Vec<Consumed> {
        let pieces: Vec<Held> =
            within(&self.held, range, |held| held.range).map(|(held, _)| held).collect();
        let mut consumed = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let Some(taken) = piece.range.intersection(range) else { continue };
            self.held.remove(&key(piece.range));
            let (before, after) = piece.range.without(taken);
            let by = Some((application, record));
            if let Some(range) = before {
                self.held.insert(key(range), Held { range, after: by, ..piece });
            }
            if let Some(range) = after {
                self.held.insert(key(range), Held { range, before: by, ..piece });
            }
            let Some(stretch) = self.stretch(taken.block(), piece.stretch) else { continue };
            let at = stretch.at;
            consumed.push(Consumed {
                range: taken,
                stretch: piece.stretch,
                at,
                application,
                record,
            });
        }
        consumed
    }

    /// The stretch that begins with a unit.
    pub(super) fn stretch(&self, block: BlockNumber, first: u64) -> Option<&Stretch> {
        self.stretches.get(&(block, first))
    }

    /// Every stretch of the reported year and before, by block and unit.
    pub(super) fn stretches(&self) -> impl Iterator<Item = &Stretch> {
        self.stretches.values().filter(|stretch| stretch.in_scope)
    }

    pub(super) fn pieces(&self) -> impl Iterator<Item = Held> {
        self.held.values().copied()
    }

    /// What is held, each with the first unit of its stretch.
    pub(super) fn held(&self) -> Vec<(SerialRange, u64)> {
        self.held.values().map(|held| (held.range, held.stretch)).collect()
    }
}

/// What of a map shares units with `range`, ascending, with what they share. No two
/// values share units.
fn within<T: Copy>(
    map: &BTreeMap<Key, T>,
    range: SerialRange,
    units: fn(&T) -> SerialRange,
) -> impl Iterator<Item = (T, SerialRange)> {
    let first = key(range);
    let before = map.range(..first).next_back().map(|(_, value)| value);
    let rest = map.range(first..=(range.block(), range.last())).map(|(_, value)| value);
    before.into_iter().chain(rest).filter_map(move |value| {
        let shared = units(value).intersection(range)?;
        Some((*value, shared))
    })
}
