//! Placeholder.
use crate::{Rejection, State};
use jcm_format::envelope::VerifiedCommand;
use jcm_format::event::Event;
use jcm_format::time::Timestamp;
/// Decides.
pub fn decide(
    _state: &State,
    _now: Timestamp,
    _command: &VerifiedCommand,
) -> Result<Event, Rejection> {
    Ok(Event(Vec::new()))
}
