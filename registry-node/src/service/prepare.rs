//! Showing what a command would do, before anybody signs it.

use crate::access::{Caller, Pass};
use crate::clock;
use crate::shared::Shared;
use crate::status::Refusal;
use jcm_api::{pb, words};
use jcm_format::codec;
use jcm_format::command::Command;
use jcm_format::event::Fee;
use jcm_format::key::PublicKey;
use jcm_format::limits::SIGNATURES_MAX;
use jcm_ledger::{Reason, Rejection, State};

/// The exact effect and fee of a command now.
pub(crate) fn prepare(
    shared: &Shared,
    pass: &Pass,
    request: pb::PrepareRequest,
) -> Result<pb::PrepareResponse, Refusal> {
    let signers = signers(&request.signers)?;
    if !signers.iter().any(|signer| is_party(shared.view().state(), pass, *signer)) {
        return Err(Refusal::NotASigner);
    }
    let command = Command::parse(&request.payload)?;
    let now = clock::now();
    let (event, rule_set) = {
        let view = shared.view();
        let state = view.state();
        // As the writer does: the record never goes back in time.
        let now = state.last_time().map_or(now, |last| last.max(now));
        let event = jcm_ledger::prepare(state, now, &command, &signers)
            .map_err(|rejection| Refusal::Rejected(rejection, now.date_in_japan()))?;
        (event, state.rule_set_version())
    };
    let too_large = |_| {
        let rejection = Rejection { reason: Reason::EntryTooLarge, subject: String::new() };
        Refusal::Rejected(rejection, now.date_in_japan())
    };
    let digest = event.digest(rule_set).map_err(too_large)?;
    let bytes = codec::encode(&event).map_err(too_large)?;
    let fee = words::fee_of(&event).unwrap_or(Fee::NotAnApplication);
    Ok(pb::PrepareResponse {
        effect_digest: digest.as_bytes().to_vec(),
        effects: words::event(&event),
        effects_json: serde_json::to_string(&event).map_err(|_| Refusal::Internal)?,
        fee_yen: fee.amount().get(),
        fee_ground: words::fee_ground(fee).to_owned(),
        rule_set,
        event: bytes,
    })
}

/// Whether the caller is this signer, or acts for the same account, person or country:
/// who signs apart from the network asks with another key.
fn is_party(state: &State, pass: &Pass, signer: PublicKey) -> bool {
    if pass.is_one_of(std::iter::once(signer)) {
        return true;
    }
    let signer = Caller::of(state, signer);
    signer.is_some_and(|signer| signer.acts_for_the_same_as(pass.caller()))
}

fn signers(keys: &[Vec<u8>]) -> Result<Vec<PublicKey>, Refusal> {
    let wrong = |wanted: String| Refusal::Argument { field: "signers", wanted };
    if keys.is_empty() || SIGNATURES_MAX < keys.len() {
        return Err(wrong(format!("give 1 to {SIGNATURES_MAX} keys")));
    }
    keys.iter()
        .map(|key| PublicKey::from_slice(key))
        .collect::<Option<_>>()
        .ok_or_else(|| wrong("a key has 32 bytes".to_owned()))
}
