//! Restrictions on disposal and trusts.

use super::accounts;
use crate::page::PAGE_MAX;
use crate::shared::Shared;
use crate::status::Refusal;
use jcm_api::{pb, words};
use jcm_format::id::AccountNumber;
use jcm_format::serial::SerialRange;
use jcm_ledger::State;
use jcm_ledger::state::{RestrictionRecord, Trust};

/// Restrictions that are not released, of an account or of all, oldest first.
pub(crate) fn restrictions(
    shared: &Shared,
    request: pb::ListRestrictionsRequest,
) -> Result<pb::ListRestrictionsResponse, Refusal> {
    let view = shared.view();
    let state = view.state();
    let records: Vec<&RestrictionRecord> = match of_account(state, request.account)? {
        Some(account) => state.restrictions_of(account).take(PAGE_MAX + 1).collect(),
        None => state.restrictions().take(PAGE_MAX + 1).collect(),
    };
    check_count(records.len())?;
    let restrictions = records.into_iter().map(restriction_message).collect();
    Ok(pb::ListRestrictionsResponse { restrictions })
}

/// These lists have no pages: a longer one is asked for account by account.
fn check_count(count: usize) -> Result<(), Refusal> {
    if count <= PAGE_MAX {
        return Ok(());
    }
    let wanted = format!("there are more than {PAGE_MAX}; ask for one account, or read the log");
    Err(Refusal::TooMuch { field: "account", wanted })
}

fn of_account(state: &State, number: u32) -> Result<Option<AccountNumber>, Refusal> {
    if number == 0 {
        return Ok(None);
    }
    accounts::find(state, number).map(|account| Some(account.number))
}

fn restriction_message(record: &RestrictionRecord) -> pb::RestrictionRecord {
    let restriction = &record.restriction;
    let ranges = restriction.ranges.as_ref().into_iter().flat_map(|ranges| ranges.iter());
    pb::RestrictionRecord {
        entry: record.entry.get(),
        account: restriction.account.get(),
        ranges: ranges.map(pb::Range::from).collect(),
        ground: words::restriction_ground(restriction.ground).to_owned(),
        authority: restriction.authority.to_string(),
        reference: restriction.reference.to_string(),
    }
}

/// Trusts of which there is property, of an account or of all, oldest first.
pub(crate) fn trusts(
    shared: &Shared,
    request: pb::ListTrustsRequest,
) -> Result<pb::ListTrustsResponse, Refusal> {
    let view = shared.view();
    let state = view.state();
    let account = of_account(state, request.account)?;
    let of_it = state.trusts().filter(|trust| account.is_none_or(|only| trust.account == only));
    let found: Vec<(&Trust, Vec<SerialRange>)> = of_it
        .map(|trust| (trust, property(state, trust)))
        .filter(|(_, property)| !property.is_empty())
        .take(PAGE_MAX + 1)
        .collect();
    check_count(found.len())?;
    let trusts = found.into_iter().map(|(trust, property)| trust_message(trust, property));
    Ok(pb::ListTrustsResponse { trusts: trusts.collect() })
}

/// The units that are property of a trust now: all are held by the trustee.
fn property(state: &State, trust: &Trust) -> Vec<SerialRange> {
    let parts = state.holdings(trust.account).flat_map(|range| {
        let parts: Vec<_> = state.in_trust(range).collect();
        parts
    });
    parts.filter(|(_, entry)| *entry == trust.entry).map(|(part, _)| part).collect()
}

fn trust_message(trust: &Trust, property: Vec<SerialRange>) -> pb::TrustRecord {
    let terms = &trust.terms;
    pb::TrustRecord {
        entry: trust.entry.get(),
        account: trust.account.get(),
        ranges: property.into_iter().map(pb::Range::from).collect(),
        details_commitment: terms.details.to_string(),
        beneficiary_certificates: terms.beneficiary_certificates,
        without_beneficiaries: terms.without_beneficiaries,
        public_interest: terms.public_interest,
        trustee_dismissed: trust.dismissed,
    }
}
