//! What is true of the registry as a whole.

use super::{accounts, article6};
use crate::clock;
use crate::shared::{Shared, blocking};
use crate::status::Refusal;
use jcm_api::pb;
use jcm_ledger::State;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Who this registry is.
pub(crate) fn describe(shared: &Shared) -> Result<pb::GetRegistryResponse, Refusal> {
    let view = shared.view();
    let state = view.state();
    let origin = state.origin().ok_or(Refusal::Internal)?;
    let rules = state.rules().ok_or(Refusal::Internal)?;
    let now = clock::now();
    let fees = state.fee_on(now.date_in_japan()).ok_or(Refusal::Internal)?;
    let genesis = view.leaf(0).ok_or(Refusal::Internal)?;
    Ok(pb::GetRegistryResponse {
        origin: origin.to_string(),
        log_key: shared.log_key.to_string(),
        genesis: genesis.to_string(),
        entries: state.entries(),
        rule_set: rules.version,
        account_opening_fee_yen: fees.account_opening_fee_yen.get(),
        transfer_fee_yen: fees.transfer_fee_yen.get(),
        certificate_fee_yen: fees.certificate_fee_yen.get(),
        now_ms: now.as_ms(),
        software_version: env!("CARGO_PKG_VERSION").to_owned(),
        identification_format: rules.identification.to_string(),
    })
}

/// The rule data in force, the calendars adopted, the safeguards of accounts, and the
/// rule data for Article 6.
pub(crate) fn rules(shared: &Shared) -> Result<pb::GetRulesResponse, Refusal> {
    let view = shared.view();
    let state = view.state();
    let rules = state.rules().ok_or(Refusal::Internal)?;
    let calendars = state.calendars().iter().map(|(country, year, holidays)| pb::Calendar {
        country: country.to_string(),
        year: year.get().into(),
        holidays: holidays.iter().map(ToString::to_string).collect(),
    });
    let safeguards = state.safeguards().map(serde_json::to_string).transpose();
    let article6 = state.article6().map(serde_json::to_string).transpose();
    Ok(pb::GetRulesResponse {
        rules_json: serde_json::to_string(rules).map_err(|_| Refusal::Internal)?,
        calendars: calendars.collect(),
        safeguards_json: safeguards.map_err(|_| Refusal::Internal)?.unwrap_or_default(),
        article6_json: article6.map_err(|_| Refusal::Internal)?.unwrap_or_default(),
    })
}

/// Entries up to which totals are always of the newest state: their digest takes
/// a few milliseconds at most.
const FRESH_ENTRIES_MAX: u64 = 10_000;

/// How long the totals of a longer log are served while entries are added.
const TOTALS_KEPT: Duration = Duration::from_secs(2);

/// The last totals. The digest covers the whole state, takes time in proportion
/// to it and keeps the writer from publishing for as long; the lock lets one
/// request at a time compute it. Those that wait for it hold no thread.
#[derive(Default)]
pub(crate) struct TotalsCache(tokio::sync::Mutex<Option<Told>>);

struct Told {
    totals: pb::GetTotalsResponse,
    at: Instant,
}

/// Whether totals of `told` entries may be served when there are `entries`.
fn is_current(told: u64, age: Duration, entries: u64) -> bool {
    told == entries || FRESH_ENTRIES_MAX < entries && age < TOTALS_KEPT
}

/// Totals by category, adjustments and the state digest: of the newest entry, or
/// of one that was the newest two seconds ago. The answer says of which.
pub(crate) async fn totals(shared: Arc<Shared>) -> Result<pb::GetTotalsResponse, Refusal> {
    let mut told = shared.totals.0.lock().await;
    if let Some(Told { totals, at }) = &*told
        && is_current(totals.entries, at.elapsed(), shared.size())
    {
        return Ok(totals.clone());
    }
    let state = Arc::clone(&shared);
    let totals = blocking(move || Ok(totals_message(state.view().state()))).await?;
    *told = Some(Told { totals: totals.clone(), at: Instant::now() });
    Ok(totals)
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
    let adjustments =
        state.adjustments().map(|(key, sum)| article6::adjustment_message(key, sum)).collect();
    pb::GetTotalsResponse {
        totals,
        issued_tonnes: state.issued().get(),
        adjustments,
        entries: state.entries(),
        state_digest: state.digest().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn totals_of_a_long_log_are_kept_for_a_while() {
        let (soon, late) = (TOTALS_KEPT / 2, TOTALS_KEPT);
        assert!(is_current(7, late, 7), "nothing was added");
        assert!(!is_current(7, soon, 8), "a short log is told at once");
        let long = FRESH_ENTRIES_MAX + 1;
        assert!(is_current(long - 1, soon, long));
        assert!(!is_current(long - 1, late, long));
    }
}
