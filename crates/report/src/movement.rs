//! How units came into the book and moved in it, read off the effects.

use crate::fold::{FoldError, ended};
use jcm_format::amount::Tonnes;
use jcm_format::command::Purpose;
use jcm_format::event::Effect;
use jcm_format::id::{AccountNumber, EntryIndex};
use std::collections::BTreeMap;

/// By what units moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum MoveKind {
    Issued,
    Transferred,
    Retired,
    Cancelled,
    Corrected,
}

/// Units of one account that moved to another, or were issued to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Move {
    pub(crate) kind: MoveKind,
    /// None for an issuance.
    pub(crate) source: Option<AccountNumber>,
    pub(crate) destination: AccountNumber,
    pub(crate) tonnes: Tonnes,
}

/// The transfers that wait. A transfer is recorded later than applied for, and
/// only the application says what moves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Movements {
    waiting: BTreeMap<EntryIndex, Move>,
}

impl Movements {
    /// What `effect` of entry `here` moves. To be asked of every effect, in order.
    pub(crate) fn of(&mut self, effect: &Effect, here: EntryIndex) -> Result<Vec<Move>, FoldError> {
        match effect {
            Effect::TransferApplied { terms, .. } => {
                let kind = match terms.purpose {
                    Purpose::Retirement => MoveKind::Retired,
                    Purpose::Cancellation => MoveKind::Cancelled,
                    Purpose::Other => MoveKind::Transferred,
                };
                let (source, destination) = (Some(terms.source), terms.destination);
                let tonnes = terms.ranges.quantity();
                self.waiting.insert(here, Move { kind, source, destination, tonnes });
                Ok(Vec::new())
            }
            Effect::BlockIssued { allocations, .. } => {
                let issued = allocations.iter().map(|holding| Move {
                    kind: MoveKind::Issued,
                    source: None,
                    destination: holding.account,
                    tonnes: holding.range.quantity(),
                });
                Ok(issued.collect())
            }
            Effect::UnitsMoved { units } => Ok(vec![Move {
                kind: MoveKind::Corrected,
                source: Some(units.source),
                destination: units.destination,
                tonnes: units.ranges.quantity(),
            }]),
            _ => self.ended(effect, here),
        }
    }

    fn ended(&mut self, effect: &Effect, here: EntryIndex) -> Result<Vec<Move>, FoldError> {
        let Some((application, _)) = ended(effect, here) else {
            return Ok(Vec::new());
        };
        let transfer = self.waiting.remove(&application);
        match effect {
            Effect::TransferRecorded { .. } => transfer
                .map(|transfer| vec![transfer])
                .ok_or(FoldError::ApplicationUnknown { entry: here, application }),
            // Refused, withdrawn or lapsed; or an application of another kind.
            _ => Ok(Vec::new()),
        }
    }
}
