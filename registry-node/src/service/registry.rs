//! What is true of the registry as a whole.

use super::accounts;
use crate::clock;
use crate::shared::{Shared, blocking};
use crate::status::Refusal;
use jcm_api::pb;
use jcm_ledger::State;
use std::sync::{Arc, Mutex, PoisonError};

/// Who this registry is.
pub(crate) fn describe(shared: &Shared) -> Result<pb::GetRegistryResponse, Refusal> {
    let view = shared.view();
    let state = view.state();
    let origin = state.origin().ok_or(Refusal::Internal)?;
    let rules = state.rule_set().ok_or(Refusal::Internal)?;
    let genesis = view.tree().leaf(0).ok_or(Refusal::Internal)?;
    Ok(pb::GetRegistryResponse {
        origin: origin.to_string(),
        log_key: shared.log_key.to_string(),
        genesis: genesis.to_string(),
        entries: state.entries(),
        rule_set: rules.version,
        account_opening_fee_yen: rules.account_opening_fee_yen.get(),
        transfer_fee_yen: rules.transfer_fee_yen.get(),
        certificate_fee_yen: rules.certificate_fee_yen.get(),
        now_ms: clock::now().as_ms(),
        software_version: env!("CARGO_PKG_VERSION").to_owned(),
    })
}

/// The last totals. The digest covers the whole state and takes time in
/// proportion to it; the lock lets one request at a time compute it, and the
/// others share the result while no entry is added.
#[derive(Default)]
pub(crate) struct TotalsCache(Mutex<Option<pb::GetTotalsResponse>>);

/// Totals by category, adjustments and the state digest.
pub(crate) async fn totals(shared: Arc<Shared>) -> Result<pb::GetTotalsResponse, Refusal> {
    blocking(move || {
        let mut cache = shared.totals.0.lock().unwrap_or_else(PoisonError::into_inner);
        let view = shared.view();
        let state = view.state();
        match &*cache {
            Some(totals) if totals.entries == state.entries() => Ok(totals.clone()),
            _ => {
                let totals = totals_message(state);
                *cache = Some(totals.clone());
                Ok(totals)
            }
        }
    })
    .await
}

fn totals_message(state: &State) -> pb::GetTotalsResponse {
    let totals = state
        .totals()
        .into_iter()
        .map(|(category, quantity)| pb::CategoryTotal {
            category: accounts::category(category).to_owned(),
            quantity_tonnes: quantity.get(),
        })
        .collect();
    let adjustments = state
        .adjustments()
        .map(|((partner, vintage), quantity)| pb::Adjustment {
            partner: partner.to_string(),
            vintage: vintage.get().into(),
            quantity_tonnes: quantity.get(),
        })
        .collect();
    pb::GetTotalsResponse {
        totals,
        issued_tonnes: state.issued().get(),
        adjustments,
        entries: state.entries(),
        state_digest: state.digest().to_string(),
    }
}
