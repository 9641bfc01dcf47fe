//! Restrictions on disposal and trusts.

use super::accounts;
use crate::access::Pass;
use crate::page::{self, PAGE_MAX};
use crate::shared::Shared;
use crate::status::Refusal;
use jcm_api::{pb, words};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::serial::SerialRange;
use jcm_ledger::State;
use jcm_ledger::state::{RestrictionRecord, Trust};
use std::collections::{BTreeMap, BTreeSet};

/// Restrictions that are not released, of an account or of all, oldest first.
pub(crate) fn restrictions(
    shared: &Shared,
    pass: &Pass,
    request: pb::ListRestrictionsRequest,
) -> Result<pb::ListRestrictionsResponse, Refusal> {
    let view = shared.view();
    let state = view.state();
    let records: Vec<&RestrictionRecord> =
        match accounts::seen_or_every(state, pass, request.account)? {
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
    pass: &Pass,
    request: pb::ListTrustsRequest,
) -> Result<pb::ListTrustsResponse, Refusal> {
    let view = shared.view();
    let state = view.state();
    let account = accounts::seen_or_every(state, pass, request.account)?;
    let property = property(state, account);
    check_count(property.len())?;
    let trusts = property
        .into_iter()
        .filter_map(|(entry, ranges)| Some(trust_message(state.trust(entry)?, ranges)));
    let answer = pb::ListTrustsResponse { trusts: trusts.collect() };
    page::check_length(&answer, "account", "ask for one account, or read the log")?;
    Ok(answer)
}

/// The units that are property of each trust now, of an account or of all. They are
/// held by the trustees, each of whose holdings is looked through once.
fn property(state: &State, only: Option<AccountNumber>) -> BTreeMap<EntryIndex, Vec<SerialRange>> {
    let trustees: BTreeSet<AccountNumber> = match only {
        Some(account) => [account].into(),
        None => state.trusts().map(|trust| trust.account).collect(),
    };
    let mut property: BTreeMap<EntryIndex, Vec<SerialRange>> = BTreeMap::new();
    for trustee in trustees {
        for range in state.holdings(trustee) {
            for (part, trust) in state.in_trust(range) {
                property.entry(trust).or_default().push(part);
            }
        }
    }
    property
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
