//! Trust property: what is recorded of it, with a transfer and without.

use super::judge::Case;
use super::{keys, restrictions, safeguards, transfer};
use crate::code::{Code, Judged, ensure};
use jcm_format::command::{Commission, TransferTerms, TransferTrust, TrustRequest, TrustTerms};
use jcm_format::event::{AccountCategory, Effect};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::serial::SerialRange;

/// Rule 718.
pub(crate) fn trustee_account(
    destination: AccountNumber,
    category: AccountCategory,
    trust: Option<&TransferTrust>,
) -> Judged<()> {
    let fits = match trust {
        Some(TransferTrust::Record(_) | TransferTrust::ChangeTrustee { .. }) => {
            category == AccountCategory::Entity
        }
        Some(TransferTrust::Delete(_)) | None => true,
    };
    ensure(fits, Code::TrustAccount, || {
        format!("units become trust property of account {destination}, a {category} account")
    })
}

/// Rule 716 or 717 range by range, then 719, then 720 or 727.
pub(crate) fn property(
    case: &Case<'_>,
    terms: &TransferTerms,
    trust: Option<&TransferTrust>,
) -> Judged<()> {
    match trust {
        None | Some(TransferTrust::Record(_)) => {
            terms.ranges.iter().try_for_each(|range| own(case, range))
        }
        Some(TransferTrust::Delete(_)) => {
            terms.ranges.iter().try_for_each(|range| entrusted(case, range))?;
            office(case, terms, trust)
        }
        Some(TransferTrust::ChangeTrustee { .. }) => {
            terms.ranges.iter().try_for_each(|range| entrusted(case, range))?;
            one_trust(case, terms)?;
            office(case, terms, trust)
        }
    }
}

/// Rule 716.
pub(crate) fn own(case: &Case<'_>, range: SerialRange) -> Judged<()> {
    for (part, trust) in case.state.units.in_trust.stretches(range) {
        ensure(trust.is_none(), Code::UnitsInTrust, || {
            let trust = trust.map_or(0, EntryIndex::get);
            format!("units {part} are property of the trust of entry {trust}")
        })?;
    }
    Ok(())
}

/// Rule 717.
fn entrusted(case: &Case<'_>, range: SerialRange) -> Judged<()> {
    for (part, trust) in case.state.units.in_trust.stretches(range) {
        ensure(trust.is_some(), Code::UnitsNotInTrust, || {
            format!("units {part} are taken out of a trust, but are in none")
        })?;
    }
    Ok(())
}

/// The trusts whose property the units are, in the order of the units.
fn trusts_of<'a>(
    case: &'a Case<'_>,
    terms: &'a TransferTerms,
) -> impl Iterator<Item = (SerialRange, EntryIndex)> + 'a {
    let parts = terms.ranges.iter().flat_map(|range| case.state.units.in_trust.stretches(range));
    parts.filter_map(|(part, trust)| Some((part, trust?)))
}

/// Rule 719.
fn one_trust(case: &Case<'_>, terms: &TransferTerms) -> Judged<()> {
    let first = trusts_of(case, terms).next().map(|(_, trust)| trust);
    let other = trusts_of(case, terms).find(|(_, trust)| Some(*trust) != first);
    match other {
        None => Ok(()),
        Some((part, trust)) => Err(Code::TrustsDiffer.broken(format!(
            "units {part} are property of the trust of entry {trust}, others of another"
        ))),
    }
}

/// Rules 720 and 727, at application and again when the transfer is recorded: a
/// dismissed trustee disposes of nothing, and only then may another apply.
pub(crate) fn office(
    case: &Case<'_>,
    terms: &TransferTerms,
    trust: Option<&TransferTrust>,
) -> Judged<()> {
    let rule = match trust {
        Some(TransferTrust::ChangeTrustee { by_new_trustee: true, .. }) => dismissed,
        Some(TransferTrust::Delete(_) | TransferTrust::ChangeTrustee { .. }) => not_dismissed,
        Some(TransferTrust::Record(_)) | None => return Ok(()),
    };
    terms.ranges.iter().try_for_each(|range| rule(case, range))
}

/// Rule 727 for the trusts whose property the units are.
fn dismissed(case: &Case<'_>, range: SerialRange) -> Judged<()> {
    for (part, trust) in case.state.units.in_trust.stretches(range) {
        let known = trust.and_then(|trust| case.state.trusts.get(&trust));
        ensure(known.is_some_and(|known| known.dismissed), Code::TrusteeInOffice, || {
            let trust = trust.map_or(0, EntryIndex::get);
            format!(
                "a new trustee applies for units {part}, but that of the trust of entry {trust} is in office"
            )
        })?;
    }
    Ok(())
}

/// Rule 720 for the trusts whose property the units are.
fn not_dismissed(case: &Case<'_>, range: SerialRange) -> Judged<()> {
    for (part, trust) in case.state.units.in_trust.stretches(range) {
        if let Some(trust) = trust {
            present(case, trust, &format!("units {part}"))?;
        }
    }
    Ok(())
}

/// Rule 720.
fn present(case: &Case<'_>, trust: EntryIndex, what: &str) -> Judged<()> {
    let dismissed = case.state.trusts.get(&trust).is_some_and(|known| known.dismissed);
    ensure(!dismissed, Code::TrusteeDismissed, || {
        format!("the trustee of the trust of entry {trust} disposes of {what}, but is dismissed")
    })
}

/// What recording a transfer does to trusts.
pub(crate) fn effects(terms: &TransferTerms, trust: Option<&TransferTrust>) -> Vec<Effect> {
    let deleted = || Effect::TrustDeleted { ranges: terms.ranges.clone() };
    let recorded = |trust: &TrustTerms| Effect::TrustRecorded {
        account: terms.destination,
        ranges: terms.ranges.clone(),
        terms: *trust,
    };
    match trust {
        None => Vec::new(),
        Some(TransferTrust::Record(trust)) => vec![recorded(trust)],
        Some(TransferTrust::Delete(_)) => vec![deleted()],
        Some(TransferTrust::ChangeTrustee { terms, .. }) => vec![deleted(), recorded(terms)],
    }
}

/// Rules 405, 761, 706 to 708 with 715, 716, 717, 721 and 720.
pub(crate) fn apply(
    case: &Case<'_>,
    account: AccountNumber,
    request: &TrustRequest,
    subrogation: Option<Digest>,
) -> Judged<Vec<Effect>> {
    keys::entity(case.state, account)?;
    if subrogation.is_none() {
        safeguards::not_frozen(case, account)?;
    }
    match request {
        TrustRequest::Record { ranges, .. } => {
            ranges.iter().try_for_each(|range| transfer::transferable(case, account, range))?;
            ranges.iter().try_for_each(|range| own(case, range))?;
        }
        TrustRequest::Delete { ranges, .. } => {
            ranges.iter().try_for_each(|range| transfer::transferable(case, account, range))?;
            ranges.iter().try_for_each(|range| entrusted(case, range))?;
        }
        TrustRequest::Amend { trust, .. } => {
            let known = case.state.trusts.get(trust).filter(|known| known.account == account);
            ensure(known.is_some(), Code::TrustUnknown, || {
                format!("entry {trust} is amended, which recorded no trust of account {account}")
            })?;
        }
    }
    in_office_still(case, request)?;
    Ok(vec![Effect::TrustApplied { account, request: request.clone(), subrogation }])
}

/// Rule 720 for what a trustee does without a transfer.
fn in_office_still(case: &Case<'_>, request: &TrustRequest) -> Judged<()> {
    match request {
        TrustRequest::Record { .. } => Ok(()),
        TrustRequest::Delete { ranges, .. } => {
            ranges.iter().try_for_each(|range| not_dismissed(case, range))
        }
        TrustRequest::Amend { trust, .. } => present(case, *trust, "its terms"),
    }
}

/// Rules 715 and 720 once more, and what is recorded.
pub(crate) fn record(
    case: &Case<'_>,
    account: AccountNumber,
    request: &TrustRequest,
) -> Judged<Effect> {
    match request {
        TrustRequest::Record { ranges, .. } | TrustRequest::Delete { ranges, .. } => {
            ranges.iter().try_for_each(|range| restrictions::free(case, range))?;
        }
        TrustRequest::Amend { .. } => {}
    }
    in_office_still(case, request)?;
    Ok(match request.clone() {
        TrustRequest::Record { ranges, terms } => Effect::TrustRecorded { account, ranges, terms },
        TrustRequest::Delete { ranges, .. } => Effect::TrustDeleted { ranges },
        TrustRequest::Amend { trust, terms } => {
            Effect::TrustAmended { trust, terms, commission: None }
        }
    })
}

/// Rule 721.
pub(crate) fn commission(
    case: &Case<'_>,
    trust: EntryIndex,
    terms: &TrustTerms,
    commission: &Commission,
) -> Judged<Vec<Effect>> {
    ensure(case.state.trusts.contains_key(&trust), Code::TrustUnknown, || {
        format!("a court's commission is about entry {trust}, which recorded no trust")
    })?;
    let commission = Some(commission.clone());
    Ok(vec![Effect::TrustAmended { trust, terms: *terms, commission }])
}
