//! The replay: every entry judged again, in order, from the entries alone.
//!
//! Written from `docs/spec/commands.md`, independently of the ledger. For each
//! entry it works out the effect on its own and compares it with the recorded
//! one, effect by effect; only then does the effect count.

mod accounts;
mod apply;
mod apply_acts;
mod article6;
mod books;
mod corrections;
mod days;
mod digest;
mod fees;
mod guard;
mod handling;
mod issuance;
mod itmos;
mod judge;
mod keys;
mod paris;
mod parts;
mod restrictions;
mod roles;
mod rules;
mod safeguards;
mod signing;
mod state;
mod statement;
mod transfer;
mod trusts;
mod uses;

use crate::code::{Broken, Code, Judged, ensure, legal_basis};
use apply::Moment;
use jcm_format::command::{Body, Command, PayloadError};
use jcm_format::envelope::{EnvelopeError, SignedCommand, VerifiedCommand};
use jcm_format::event::{Effect, Event};
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_format::key::PublicKey;
use jcm_format::time::Timestamp;
use judge::Case;
pub(crate) use paris::{Authorised, Version};
pub(crate) use state::State;

/// What the replay needs of an entry, its signatures already verified.
#[derive(Debug)]
pub(crate) struct Replayable {
    pub(crate) time: Timestamp,
    pub(crate) rule_set: u32,
    pub(crate) command: RecordedCommand,
    pub(crate) event: Event,
}

/// A command whose signatures were verified, by this run or by an earlier one.
#[derive(Debug)]
pub(crate) struct RecordedCommand {
    command: Command,
    signers: Vec<PublicKey>,
    payload: Digest,
}

impl RecordedCommand {
    /// Of an entry that an earlier run of this program judged. Nothing here shows
    /// that it did: the caller compares the root over these entries with the one
    /// that was kept, or throws away what follows from them.
    pub(crate) fn verified_before(signed: SignedCommand) -> Result<RecordedCommand, EnvelopeError> {
        let command = Command::parse(&signed.payload).map_err(|error| match error {
            PayloadError::TooLong => EnvelopeError::PayloadTooLong,
            PayloadError::Malformed => EnvelopeError::PayloadMalformed,
            PayloadError::NotCanonical => EnvelopeError::PayloadNotCanonical,
            PayloadError::Field(error) => EnvelopeError::Field(error),
        })?;
        let payload = Digest::of(&[&signed.payload]);
        let signers = signed.signatures.iter().map(|signature| signature.key).collect();
        Ok(RecordedCommand { command, signers, payload })
    }

    pub(crate) fn command(&self) -> &Command {
        &self.command
    }
}

impl From<VerifiedCommand> for RecordedCommand {
    fn from(verified: VerifiedCommand) -> RecordedCommand {
        RecordedCommand {
            command: verified.command().clone(),
            signers: verified.signers().collect(),
            payload: verified.payload_digest(),
        }
    }
}

/// The registry as far as it has been replayed.
#[derive(Debug, Default)]
pub(crate) struct Replay {
    state: Option<State>,
}

/// A broken rule, with the command's legal basis where the rule has none.
#[derive(Debug)]
pub(crate) struct Objection {
    pub(crate) broken: Broken,
    pub(crate) article: Option<&'static str>,
}

impl Replay {
    pub(crate) const fn new() -> Replay {
        Replay { state: None }
    }

    /// The state after the last entry.
    pub(crate) fn state(&self) -> Option<&State> {
        self.state.as_ref()
    }

    /// Judges the next entry, then applies it.
    pub(crate) fn next(&mut self, index: u64, entry: &Replayable) -> Result<(), Objection> {
        let body = &entry.command.command().body;
        self.judge_and_apply(EntryIndex::new(index), entry).map_err(|broken| {
            let article = broken.code.article().or_else(|| legal_basis(body));
            Objection { broken, article }
        })
    }

    /// 1. the rules of the command; 2. the version of the rule set; 3. the
    ///    effect; 4. what the signers pinned; 5. the change; 6. conservation.
    fn judge_and_apply(&mut self, at: EntryIndex, entry: &Replayable) -> Judged<()> {
        let command = entry.command.command();
        let (signers, payload) = (&entry.command.signers, entry.command.payload);
        let (effects, rule_set) = match &self.state {
            Some(state) => {
                let before = parts::Before::default();
                let case = Case { state, now: entry.time, command, signers, before };
                (judge::judge(&case, payload)?, state.rules.version)
            }
            None => {
                let Body::Genesis(genesis) = &command.body else {
                    let detail =
                        format!("the log begins with {}, not Genesis", command.body.name());
                    return Err(Code::RegistryMissing.broken(detail));
                };
                judge::validity(entry.time, command)?;
                (keys::genesis(command, genesis, signers)?, 0)
            }
        };
        ensure(entry.rule_set == rule_set, Code::RuleSetVersion, || {
            format!("recorded under rule set {}, but {rule_set} was in force", entry.rule_set)
        })?;
        let event = Event(effects);
        compare(&event, &entry.event)?;
        judge::effect_pinned(command, rule_set, &event)?;
        let state = self.created(&command.body, entry)?;
        let moment = Moment { at, today: entry.time.date_in_japan() };
        for effect in &event.0 {
            state.apply(moment, effect)?;
        }
        state.enter(at, moment.today, &event.0)?;
        state.count_outgoing(moment.today, &event.0);
        state.issuing = None;
        state.today = moment.today;
        state.entries = at.get().saturating_add(1);
        state.commands.insert(command.id, (payload, command.valid_until));
        state.forget_what_cannot_be_retried(entry.time);
        if event.0.iter().any(touches_units) { state.conserved() } else { Ok(()) }
    }

    /// The state, which entry 0 creates.
    fn created(&mut self, body: &Body, entry: &Replayable) -> Judged<&mut State> {
        if let (None, Body::Genesis(genesis)) = (&self.state, body) {
            let origin = entry.command.command().registry.clone();
            self.state = Some(State::new(origin, genesis.log_key, &genesis.rule_set));
        }
        self.state.as_mut().ok_or_else(|| Code::RegistryMissing.broken("there is no registry"))
    }
}

/// Effect by effect, so that the finding can name the first that differs.
fn compare(expected: &Event, recorded: &Event) -> Judged<()> {
    let shown = |effect: Option<&Effect>| match effect {
        Some(effect) => serde_json::to_string(effect).unwrap_or_else(|_| format!("{effect:?}")),
        None => "nothing".to_owned(),
    };
    for position in 0..expected.0.len().max(recorded.0.len()) {
        let (wanted, found) = (expected.0.get(position), recorded.0.get(position));
        ensure(wanted == found, Code::EffectMismatch, || {
            format!(
                "effect {} is recorded as {}, but the command has the effect {}",
                position + 1,
                shown(found),
                shown(wanted)
            )
        })?;
    }
    Ok(())
}

const fn touches_units(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::BlockIssued { .. }
            | Effect::FirstTransferred { .. }
            | Effect::TransferRecorded { .. }
            | Effect::AdjustmentBooked { .. }
            | Effect::AdjustmentConfirmed(_)
            | Effect::UnitsMoved { .. }
    )
}
