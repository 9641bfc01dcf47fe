//! TrustAccount and DistrustAccount: to whom units go without delay.

use super::{Case, Decision, reject};
use crate::rejection::Reason;
use jcm_format::event::Effect;
use jcm_format::id::AccountNumber;

pub(super) fn add(case: &Case<'_>, account: AccountNumber, trusted: AccountNumber) -> Decision {
    let safeguards = case.safeguards()?;
    case.is_not_frozen(account)?;
    case.entity_account(trusted)?;
    if trusted == account {
        return reject(Reason::DestinationIsSource, trusted);
    }
    if case.state.trusted_from(account, trusted).is_some() {
        return reject(Reason::TrustedAlready, trusted);
    }
    let effective = case.first_day_after(safeguards.trust_days)?;
    // After this point the command is accepted.
    Ok(vec![Effect::TrustedAdded { account, trusted, effective }])
}

pub(super) fn remove(case: &Case<'_>, account: AccountNumber, trusted: AccountNumber) -> Decision {
    if case.state.trusted_from(account, trusted).is_none() {
        return reject(Reason::NotTrusted, trusted);
    }
    // After this point the command is accepted.
    Ok(vec![Effect::TrustedRemoved { account, trusted }])
}
