//! Who may sign for an account.

use super::accounts;
use crate::access::Pass;
use crate::page;
use crate::shared::Shared;
use crate::status::Refusal;
use jcm_api::pb;
use jcm_format::command::Role;
use jcm_format::key::PublicKey;
use jcm_ledger::state::{KeyRecord, Recovery};

/// The keys of an account, and its recovery that waits.
pub(crate) fn list(
    shared: &Shared,
    pass: &Pass,
    request: &pb::ListKeysRequest,
) -> Result<pb::ListKeysResponse, Refusal> {
    let view = shared.view();
    let state = view.state();
    let account = accounts::seen(state, pass, request.account)?.number;
    let keys = if request.revoked_too {
        let of_it = state.keys().filter(|(_, record)| record.account() == Some(account));
        of_it.map(key_message).collect()
    } else {
        state.keys_of(account).map(key_message).collect()
    };
    let recovery = state.recovery_of(account).map(recovery_message);
    let answer = pb::ListKeysResponse { keys, recovery };
    page::check_length(&answer, "account", "leave revoked_too out, or read the log")?;
    Ok(answer)
}

fn key_message((key, record): (&PublicKey, &KeyRecord)) -> pb::AccountKey {
    let person = match &record.role {
        Role::Representative(of) => of.person.to_string(),
        _ => String::new(),
    };
    pb::AccountKey {
        public_key: key.to_string(),
        role: record.role.to_string(),
        person,
        power: record.power().map_or_else(String::new, |power| power.to_string()),
        revoked: record.revoked,
    }
}

fn recovery_message(recovery: &Recovery) -> pb::Recovery {
    pb::Recovery {
        entry: recovery.entry.get(),
        role: Role::Representative(recovery.representative.clone()).to_string(),
        public_key: recovery.key.to_string(),
        not_before: recovery.not_before.to_string(),
    }
}
