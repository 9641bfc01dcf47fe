//! An engine in memory for deterministic tests of what stands above the log.
//!
//! Unlike the embedded engine it may be opened by several at once, as a database
//! server may: who takes over last may append, and the others learn it.

use super::segments::check_batch;
use super::{AppendError, Epoch, Fenced, Frames, Head, LogError, OrderedLog};
use jcm_format::frame::Frame;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How an append goes wrong. Each poisons the engine that meets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendFault {
    /// The batch is not recorded, and an error is returned.
    Lose,
    /// The batch is recorded, and an error is returned.
    Persist,
    /// The power goes before the batch is recorded: every engine on the medium is
    /// dead, until it is switched on and opened again.
    PowerLoss,
}

/// Which appends go wrong, counted from 0 over the life of the medium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultPlan(pub BTreeMap<u64, AppendFault>);

impl FaultPlan {
    /// None.
    pub fn none() -> FaultPlan {
        FaultPlan(BTreeMap::new())
    }
}

/// What outlives the engines. Clones are the same medium.
#[derive(Clone)]
pub struct SimulatedMedium {
    state: Arc<Mutex<State>>,
}

struct State {
    frames: Vec<Frame>,
    head: Head,
    epoch: Epoch,
    plan: FaultPlan,
    appends: u64,
    is_off: bool,
    /// Counts power losses: engines of an earlier power-on are dead.
    power_ons: u64,
}

impl SimulatedMedium {
    /// An empty log on which appends fail as planned.
    pub fn new(plan: FaultPlan) -> SimulatedMedium {
        SimulatedMedium {
            state: Arc::new(Mutex::new(State {
                frames: Vec::new(),
                head: Head::EMPTY,
                epoch: Epoch::new(0),
                plan,
                appends: 0,
                is_off: false,
                power_ons: 0,
            })),
        }
    }

    /// Opens one more engine.
    ///
    /// # Errors
    ///
    /// While the power is off.
    pub fn open(&self) -> Result<SimulatedLog, LogError> {
        let state = self.lock();
        if state.is_off {
            return Err(LogError::Poisoned);
        }
        let power_on = state.power_ons;
        drop(state);
        Ok(SimulatedLog { medium: self.clone(), power_on, epoch: None, is_poisoned: false })
    }

    /// Cuts the power between two operations.
    pub fn power_off(&self) {
        self.lock().is_off = true;
    }

    /// Switches the power on again.
    pub fn power_on(&self) {
        let mut state = self.lock();
        if state.is_off {
            state.is_off = false;
            state.power_ons += 1;
        }
    }

    /// How many appends were tried that were neither unfit nor in conflict.
    pub fn appends(&self) -> u64 {
        self.lock().appends
    }

    /// Plans a fault for the next of these appends.
    pub fn fail_next(&self, fault: AppendFault) {
        let mut state = self.lock();
        let next = state.appends;
        state.plan.0.insert(next, fault);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One engine on a [`SimulatedMedium`].
pub struct SimulatedLog {
    medium: SimulatedMedium,
    power_on: u64,
    epoch: Option<Epoch>,
    is_poisoned: bool,
}

impl SimulatedLog {
    fn alive(&self) -> Option<MutexGuard<'_, State>> {
        let state = self.medium.lock();
        let is_dead = self.is_poisoned || state.is_off || state.power_ons != self.power_on;
        (!is_dead).then_some(state)
    }
}

impl OrderedLog for SimulatedLog {
    fn fence(&mut self) -> Result<Fenced, LogError> {
        let mut state = self.alive().ok_or(LogError::Poisoned)?;
        state.epoch = state.epoch.next();
        let fenced = Fenced { epoch: state.epoch, head: state.head };
        drop(state);
        self.epoch = Some(fenced.epoch);
        Ok(fenced)
    }

    fn append(&mut self, epoch: Epoch, head: Head, batch: &Frame) -> Result<Head, AppendError> {
        let mut state = self.alive().ok_or(AppendError::Poisoned)?;
        if self.epoch != Some(epoch) || state.epoch != epoch || state.head != head {
            return Err(AppendError::Conflict);
        }
        let (next, _) = check_batch(head, batch).map_err(AppendError::Unfit)?;
        let number = state.appends;
        state.appends += 1;
        let fault = state.plan.0.get(&number).copied();
        let is_recorded = match fault {
            None | Some(AppendFault::Persist) => true,
            Some(AppendFault::Lose | AppendFault::PowerLoss) => false,
        };
        if is_recorded {
            state.frames.push(batch.clone());
            state.head = next;
        }
        let Some(fault) = fault else {
            return Ok(next);
        };
        if fault == AppendFault::PowerLoss {
            state.is_off = true;
        }
        drop(state);
        self.is_poisoned = true;
        Err(AppendError::Unknown(io::Error::other("simulated failure")))
    }

    fn read(&self, from: u64) -> Result<Frames, LogError> {
        let state = self.alive().ok_or(LogError::Poisoned)?;
        if state.head.size < from {
            return Err(LogError::BeyondEnd { from, size: state.head.size });
        }
        let begin = state.frames.partition_point(|frame| frame.end() <= from);
        let frames = state.frames[begin..].to_vec();
        Ok(Frames::new(frames.into_iter().map(Ok)))
    }
}
