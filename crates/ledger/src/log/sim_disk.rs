//! A disk in memory that fails on demand: the power is cut at any operation,
//! writes are lost, torn or reordered, operations fail with or without effect.
//!
//! It keeps what the system shows apart from what would survive a power cut. A
//! write is durable after the sync of its file, a name after the sync of the
//! folder. Every choice comes from a seed.

use super::disk::{Disk, DiskFile};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The unit that a medium writes whole or not at all.
const SECTOR_LEN: usize = 512;

/// When the power goes, counted in operations that change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// Before the operation takes effect.
    Before(u64),
    /// After it, but before anybody learns of it.
    After(u64),
}

/// What a power cut leaves of the changes that were not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Residue {
    /// Nothing.
    Lost,
    /// In order, up to some byte of some write.
    Prefix(u64),
    /// Some sectors, in no order, and the file of some length.
    Sectors(u64),
    /// Everything: the process was killed, not the machine. What was not synced
    /// still is not, and a later cut may take it.
    All,
}

/// How an operation fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskFault {
    /// It takes full effect, and an error is returned.
    Persist,
    /// It takes no effect. A failed sync of a file also drops what was to be
    /// synced, though reading still shows it: as Linux does.
    Lose,
    /// It takes no effect, and says that it did. Syncs only; other operations
    /// are not affected.
    Pretend,
}

/// A folder in memory. Clones are the same folder.
#[derive(Clone, Default)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    files: Vec<Inode>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    name_changes: Vec<NameChange>,
    operations: u64,
    is_off: bool,
    cut: Option<Cut>,
    fault: Option<(u64, DiskFault)>,
    capacity: Option<u64>,
}

#[derive(Default)]
struct Inode {
    live: Vec<u8>,
    durable: Vec<u8>,
    changes: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Truncate(usize),
}

#[derive(Clone)]
enum NameChange {
    Add(String, usize),
    Rename(String, String),
    Remove(String),
}

/// What an operation has to do.
enum Step {
    Act,
    ActAndFail,
    Fail,
    Pretend,
}

impl SimDisk {
    /// An empty folder without faults.
    pub fn new() -> SimDisk {
        SimDisk::default()
    }

    /// Cuts the power at an operation.
    pub fn cut_at(&self, cut: Cut) {
        self.lock().cut = Some(cut);
    }

    /// Lets the operation with this number fail, counted from 0.
    pub fn fail_at(&self, operation: u64, fault: DiskFault) {
        self.lock().fault = Some((operation, fault));
    }

    /// Lets the disk hold so many bytes and no more.
    pub fn limit_bytes(&self, capacity: u64) {
        self.lock().capacity = Some(capacity);
    }

    /// How many operations changed something so far.
    pub fn operations(&self) -> u64 {
        self.lock().operations
    }

    /// Whether the power has been cut.
    pub fn is_off(&self) -> bool {
        self.lock().is_off
    }

    /// Starts the machine again with what a cut now would leave, without any
    /// fault or limit. Files that were open before must not be used.
    pub fn restart(&self, residue: Residue) {
        let mut state = self.lock();
        state.settle(residue);
        state.operations = 0;
        state.is_off = false;
        state.cut = None;
        state.fault = None;
        state.capacity = None;
    }

    /// A copy that is independent from now on.
    pub fn fork(&self) -> SimDisk {
        let state = self.lock();
        let files = state.files.iter().map(|file| Inode {
            live: file.live.clone(),
            durable: file.durable.clone(),
            changes: file.changes.clone(),
        });
        let copy = State {
            files: files.collect(),
            names: state.names.clone(),
            durable_names: state.durable_names.clone(),
            name_changes: state.name_changes.clone(),
            operations: state.operations,
            is_off: state.is_off,
            cut: state.cut,
            fault: state.fault,
            capacity: state.capacity,
        };
        SimDisk { state: Arc::new(Mutex::new(copy)) }
    }

    /// The content of a file.
    pub fn content(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.lock();
        let inode = *state.names.get(name)?;
        Some(state.files[inode].live.clone())
    }

    /// Changes a file behind everybody's back, durably: damage of the medium.
    pub fn damage(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.lock();
        if let Some(inode) = state.names.get(name).copied() {
            let file = &mut state.files[inode];
            change(&mut file.live);
            file.durable = file.live.clone();
            file.changes.clear();
        }
    }

    /// Takes a file away behind everybody's back, durably.
    pub fn lose_file(&self, name: &str) {
        let mut state = self.lock();
        state.names.remove(name);
        state.durable_names = state.names.clone();
        state.name_changes.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, act: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.lock();
        match state.step()? {
            Step::Act | Step::Pretend => act(&mut state),
            Step::ActAndFail => {
                act(&mut state)?;
                Err(failure())
            }
            Step::Fail => Err(failure()),
        }
    }

    fn sync(&self, act: impl FnOnce(&mut State), lose: impl FnOnce(&mut State)) -> io::Result<()> {
        let mut state = self.lock();
        match state.step()? {
            Step::Act => act(&mut state),
            Step::Pretend => {}
            Step::ActAndFail => {
                act(&mut state);
                return Err(failure());
            }
            Step::Fail => {
                lose(&mut state);
                return Err(failure());
            }
        }
        Ok(())
    }
}

fn failure() -> io::Error {
    io::Error::other("simulated failure")
}

impl State {
    fn power(&self) -> io::Result<()> {
        if self.is_off { Err(io::Error::other("the power is off")) } else { Ok(()) }
    }

    fn step(&mut self) -> io::Result<Step> {
        self.power()?;
        let operation = self.operations;
        self.operations += 1;
        if self.cut == Some(Cut::Before(operation)) {
            self.is_off = true;
            self.power()?;
        }
        if self.cut == Some(Cut::After(operation)) {
            self.is_off = true;
            return Ok(Step::ActAndFail);
        }
        Ok(match self.fault {
            Some((number, DiskFault::Persist)) if number == operation => Step::ActAndFail,
            Some((number, DiskFault::Lose)) if number == operation => Step::Fail,
            Some((number, DiskFault::Pretend)) if number == operation => Step::Pretend,
            _ => Step::Act,
        })
    }

    fn inode(&self, name: &str) -> io::Result<usize> {
        self.power()?;
        self.names.get(name).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn change_name(&mut self, change: NameChange) {
        apply_name(&mut self.names, &change);
        self.name_changes.push(change);
    }

    fn write(&mut self, inode: usize, offset: usize, bytes: &[u8]) -> io::Result<()> {
        let used: usize = self.names.values().map(|inode| self.files[*inode].live.len()).sum();
        let file = &mut self.files[inode];
        let growth = (offset + bytes.len()).saturating_sub(file.live.len());
        let room = self.capacity.map_or(usize::MAX, |capacity| {
            usize::try_from(capacity).unwrap_or(usize::MAX).saturating_sub(used)
        });
        let fitting = bytes.len().saturating_sub(growth.saturating_sub(room));
        let change = Change::Write { offset, bytes: bytes[..fitting].to_vec() };
        apply(&mut file.live, &change);
        file.changes.push(change);
        if fitting < bytes.len() { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    /// Makes durable what the residue keeps, and shows nothing else.
    fn settle(&mut self, residue: Residue) {
        if residue == Residue::All {
            return;
        }
        let mut random = Random::new(match residue {
            Residue::Lost | Residue::All => 0,
            Residue::Prefix(seed) | Residue::Sectors(seed) => seed,
        });
        let changes = std::mem::take(&mut self.name_changes);
        let kept = match residue {
            Residue::Lost | Residue::All => 0,
            // Names are journalled: they survive in their order.
            Residue::Prefix(_) | Residue::Sectors(_) => random.below(changes.len() + 1),
        };
        for change in &changes[..kept] {
            apply_name(&mut self.durable_names, change);
        }
        self.names = self.durable_names.clone();
        for file in &mut self.files {
            let changes = std::mem::take(&mut file.changes);
            match residue {
                Residue::Lost | Residue::All => {}
                Residue::Prefix(_) => keep_prefix(&mut file.durable, &changes, &mut random),
                Residue::Sectors(_) => keep_sectors(&mut file.durable, &changes, &mut random),
            }
            file.live = file.durable.clone();
        }
    }
}

fn apply_name(names: &mut BTreeMap<String, usize>, change: &NameChange) {
    match change {
        NameChange::Add(name, inode) => {
            names.insert(name.clone(), *inode);
        }
        NameChange::Rename(from, to) => {
            if let Some(inode) = names.remove(from) {
                names.insert(to.clone(), inode);
            }
        }
        NameChange::Remove(name) => {
            names.remove(name);
        }
    }
}

fn apply(content: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Write { offset, bytes } => {
            let end = offset + bytes.len();
            if content.len() < end {
                content.resize(end, 0);
            }
            content[*offset..end].copy_from_slice(bytes);
        }
        Change::Truncate(len) => content.resize(*len, 0),
    }
}

fn keep_prefix(content: &mut Vec<u8>, changes: &[Change], random: &mut Random) {
    let whole = random.below(changes.len() + 1);
    for change in &changes[..whole] {
        apply(content, change);
    }
    if let Some(Change::Write { offset, bytes }) = changes.get(whole) {
        let bytes = bytes[..random.below(bytes.len() + 1)].to_vec();
        apply(content, &Change::Write { offset: *offset, bytes });
    }
}

fn keep_sectors(content: &mut Vec<u8>, changes: &[Change], random: &mut Random) {
    if changes.is_empty() {
        return;
    }
    let mut target = content.clone();
    changes.iter().for_each(|change| apply(&mut target, change));
    let (short, long) = (content.len().min(target.len()), content.len().max(target.len()));
    let len = match random.below(3) {
        0 => content.len(),
        1 => target.len(),
        _ => short + random.below(long - short + 1),
    };
    target.resize(long, 0);
    content.resize(long, 0);
    for (old, new) in content.chunks_mut(SECTOR_LEN).zip(target.chunks(SECTOR_LEN)) {
        if random.below(2) == 0 {
            old.copy_from_slice(new);
        }
    }
    content.truncate(len);
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit.max(1) as u64) as usize
    }
}

/// An open file of a [`SimDisk`].
pub struct SimFile {
    disk: SimDisk,
    inode: usize,
}

impl Disk for SimDisk {
    type File = SimFile;

    fn list(&self) -> io::Result<Vec<String>> {
        let state = self.lock();
        state.power()?;
        Ok(state.names.keys().cloned().collect())
    }

    fn open(&self, name: &str) -> io::Result<SimFile> {
        let inode = self.lock().inode(name)?;
        Ok(SimFile { disk: self.clone(), inode })
    }

    fn create(&self, name: &str) -> io::Result<SimFile> {
        let inode = self.change(|state| {
            state.files.push(Inode::default());
            let inode = state.files.len() - 1;
            state.change_name(NameChange::Add(name.to_owned(), inode));
            Ok(inode)
        })?;
        Ok(SimFile { disk: self.clone(), inode })
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let change = NameChange::Rename(from.to_owned(), to.to_owned());
        self.change(|state| {
            state.inode(from)?;
            state.change_name(change);
            Ok(())
        })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.change(|state| {
            state.inode(name)?;
            state.change_name(NameChange::Remove(name.to_owned()));
            Ok(())
        })
    }

    fn sync_dir(&self) -> io::Result<()> {
        self.sync(
            |state| {
                state.durable_names = state.names.clone();
                state.name_changes.clear();
            },
            |_| {},
        )
    }
}

impl DiskFile for SimFile {
    fn len(&self) -> io::Result<u64> {
        let state = self.disk.lock();
        state.power()?;
        Ok(state.files[self.inode].live.len() as u64)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let state = self.disk.lock();
        state.power()?;
        let content = &state.files[self.inode].live;
        let start = content.len().min(usize::try_from(offset).unwrap_or(usize::MAX));
        let count = buffer.len().min(content.len() - start);
        buffer[..count].copy_from_slice(&content[start..start + count]);
        Ok(count)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let offset = usize::try_from(offset).map_err(|_| io::ErrorKind::FileTooLarge)?;
        self.disk.change(|state| state.write(self.inode, offset, bytes))
    }

    fn truncate(&self, len: u64) -> io::Result<()> {
        let len = usize::try_from(len).map_err(|_| io::ErrorKind::FileTooLarge)?;
        self.disk.change(|state| {
            let file = &mut state.files[self.inode];
            let change = Change::Truncate(len);
            apply(&mut file.live, &change);
            file.changes.push(change);
            Ok(())
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.disk.sync(
            |state| {
                // Only what is pending reaches the medium: bytes that an earlier,
                // failed sync dropped stay in the cache.
                let file = &mut state.files[self.inode];
                for change in std::mem::take(&mut file.changes) {
                    apply(&mut file.durable, &change);
                }
            },
            |state| state.files[self.inode].changes.clear(),
        )
    }
}
