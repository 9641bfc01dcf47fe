//! The way of one unit through the accounts, as the replay sees it.
//!
//! Nothing here knows which commands move units: the holder is asked for after
//! every entry, so that no way of moving one can be forgotten.

use crate::holdings::category_name;
use crate::replay::{RecordedCommand, State};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::serial::SerialRange;
use jcm_format::time::Timestamp;
use jcm_format::tlog::{ProofFile, Tree, TrustedCheckpoint};
use serde::Serialize;

/// A unit that is being traced.
#[derive(Debug)]
pub(crate) struct Trace {
    unit: SerialRange,
    holder: Option<AccountNumber>,
    moves: Vec<Moved>,
}

#[derive(Debug)]
struct Moved {
    entry: EntryIndex,
    time: Timestamp,
    command: &'static str,
    from: Option<AccountNumber>,
    to: Option<AccountNumber>,
    bytes: Vec<u8>,
}

/// The way of a unit through the accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitTrace {
    /// Block and number.
    pub unit: String,
    /// The number by which people know it, in the form that is in force now.
    pub identification: Option<String>,
    /// The project.
    pub project: Option<String>,
    /// Calendar year of the reductions.
    pub vintage: Option<u16>,
    /// Legal class.
    pub class: Option<String>,
    /// Date of issuance.
    pub issued_on: Option<String>,
    /// Every entry that moved it, oldest first; the first one issued it.
    pub moves: Vec<UnitMove>,
}

/// An entry that moved a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitMove {
    /// The entry.
    pub entry: EntryIndex,
    /// When it was recorded.
    pub time: Timestamp,
    /// The name of its command.
    pub command: &'static str,
    /// Who held the unit before; nobody before it was issued.
    pub from: Option<AccountNumber>,
    /// Who held it afterwards.
    pub to: Option<AccountNumber>,
    /// The category of that account.
    pub to_category: Option<&'static str>,
    /// A tlog-proof that carries the entry.
    pub proof: Option<String>,
}

impl Trace {
    pub(crate) const fn new(unit: SerialRange) -> Trace {
        Trace { unit, holder: None, moves: Vec::new() }
    }

    /// Looks whether an entry that was just applied has moved the unit.
    pub(crate) fn after(
        &mut self,
        state: &State,
        (entry, time): (EntryIndex, Timestamp),
        command: &RecordedCommand,
        bytes: &[u8],
    ) {
        let holder = match state.units.held.stretches(self.unit).as_slice() {
            [(_, holder)] => *holder,
            _ => None,
        };
        if holder != self.holder {
            let (from, to) = (self.holder, holder);
            let command = command.command().body.name();
            self.moves.push(Moved { entry, time, command, from, to, bytes: bytes.to_vec() });
            self.holder = holder;
        }
    }

    /// What was seen, with the proofs for the log that `checkpoint` covers.
    pub(crate) fn told(
        &self,
        state: Option<&State>,
        tree: Option<&Tree>,
        checkpoint: Option<&TrustedCheckpoint>,
    ) -> UnitTrace {
        let block = state.and_then(|state| state.units.block_of(self.unit));
        let moves = self.moves.iter().map(|moved| UnitMove {
            entry: moved.entry,
            time: moved.time,
            command: moved.command,
            from: moved.from,
            to: moved.to,
            to_category: moved.to.and_then(|account| state?.category(account)).map(category_name),
            proof: proof_of(moved, tree, checkpoint),
        });
        let identification = state.zip(block).map(|(state, block)| {
            let format = &state.rules.identification;
            let both = format.print_range(&block.project, block.vintage, self.unit);
            both.split(" - ").next().unwrap_or_default().to_owned()
        });
        UnitTrace {
            unit: format!("{}:{}", self.unit.block(), self.unit.first()),
            identification,
            project: block.map(|block| block.project.to_string()),
            vintage: block.map(|block| block.vintage.get()),
            class: block.map(|block| block.class.to_string()),
            issued_on: block.map(|block| block.issued_on.to_string()),
            moves: moves.collect(),
        }
    }
}

fn proof_of(
    moved: &Moved,
    tree: Option<&Tree>,
    checkpoint: Option<&TrustedCheckpoint>,
) -> Option<String> {
    let (tree, checkpoint) = (tree?, checkpoint?);
    let index = moved.entry.get();
    let hashes = tree.inclusion_proof(index, checkpoint.checkpoint().size)?;
    let proof = ProofFile::new(index, hashes, checkpoint);
    proof.with_extra(moved.bytes.clone()).ok().map(|proof| proof.to_string())
}

impl UnitTrace {
    /// The move after which the unit stood at a moment; `None` before it was issued.
    pub fn at(&self, moment: Timestamp) -> Option<&UnitMove> {
        self.moves.iter().take_while(|moved| moved.time <= moment).last()
    }

    /// The move that followed another, if one did.
    pub fn after(&self, entry: EntryIndex) -> Option<&UnitMove> {
        self.moves.iter().find(|moved| entry < moved.entry)
    }
}
