//! What a transfer does to a trust (Cabinet Order, arts. 13, 15, 16).

use super::{Case, reject, units};
use crate::rejection::{Reason, Rejection};
use jcm_format::command::{TransferTerms, TransferTrust};
use jcm_format::event::Effect;
use jcm_format::id::EntryIndex;
use jcm_format::serial::{SerialRange, SerialRanges};

/// Rules 716, 717, 719, 720 and 727.
pub(super) fn units_fit(
    case: &Case<'_>,
    terms: &TransferTerms,
    trust: Option<&TransferTrust>,
) -> Result<(), Rejection> {
    match trust {
        None | Some(TransferTrust::Record(_)) => units::are_in_no_trust(case, &terms.ranges)?,
        Some(TransferTrust::Delete(_)) => units::are_in_trust(case, &terms.ranges)?,
        Some(TransferTrust::ChangeTrustee { .. }) => {
            units::are_in_trust(case, &terms.ranges)?;
            is_one_trust(case, &terms.ranges)?;
        }
    }
    trustee_may_act(case, terms, trust)
}

/// Rule 719.
fn is_one_trust(case: &Case<'_>, ranges: &SerialRanges) -> Result<(), Rejection> {
    let mut parts = ranges.iter().flat_map(|range| case.state.in_trust(range));
    let Some((_, first)) = parts.next() else { return Ok(()) };
    match parts.find(|(_, trust)| *trust != first) {
        None => Ok(()),
        Some((part, trust)) => reject(
            Reason::TrustsDiffer,
            format_args!("{part} is of entry {trust}, others of entry {first}"),
        ),
    }
}

/// Rules 720 and 727: a trustee who was dismissed disposes of nothing; the new one
/// may apply in its place, and only then.
pub(super) fn trustee_may_act(
    case: &Case<'_>,
    terms: &TransferTerms,
    trust: Option<&TransferTrust>,
) -> Result<(), Rejection> {
    match trust {
        Some(TransferTrust::ChangeTrustee { by_new_trustee: true, .. }) => {
            every_trustee_is_dismissed(case, &terms.ranges)
        }
        Some(TransferTrust::Delete(_) | TransferTrust::ChangeTrustee { .. }) => {
            no_trustee_is_dismissed(case, &terms.ranges)
        }
        Some(TransferTrust::Record(_)) | None => Ok(()),
    }
}

/// Rule 720 for every range.
pub(super) fn no_trustee_is_dismissed(
    case: &Case<'_>,
    ranges: &SerialRanges,
) -> Result<(), Rejection> {
    match first_of_trustees(case, ranges, true) {
        None => Ok(()),
        Some((part, entry)) => {
            reject(Reason::TrusteeDismissed, format_args!("{part}, entry {entry}"))
        }
    }
}

/// Rule 727 for every range.
fn every_trustee_is_dismissed(case: &Case<'_>, ranges: &SerialRanges) -> Result<(), Rejection> {
    match first_of_trustees(case, ranges, false) {
        None => Ok(()),
        Some((part, entry)) => {
            reject(Reason::TrusteeInOffice, format_args!("{part}, entry {entry}"))
        }
    }
}

/// The first units whose trustee is dismissed, or is not.
fn first_of_trustees(
    case: &Case<'_>,
    ranges: &SerialRanges,
    dismissed: bool,
) -> Option<(SerialRange, EntryIndex)> {
    let mut parts = ranges.iter().flat_map(|range| case.state.in_trust(range));
    parts.find(|(_, entry)| {
        case.state.trust(*entry).is_some_and(|trust| trust.dismissed == dismissed)
    })
}

/// What recording a transfer does to a trust.
pub(super) fn effects(terms: &TransferTerms, trust: Option<&TransferTrust>) -> Vec<Effect> {
    let ranges = || terms.ranges.clone();
    let recorded = |trust| Effect::TrustRecorded {
        account: terms.destination,
        ranges: ranges(),
        terms: trust,
    };
    match trust {
        None => Vec::new(),
        Some(TransferTrust::Record(terms)) => vec![recorded(*terms)],
        Some(TransferTrust::Delete(_)) => vec![Effect::TrustDeleted { ranges: ranges() }],
        Some(TransferTrust::ChangeTrustee { terms, .. }) => {
            vec![Effect::TrustDeleted { ranges: ranges() }, recorded(*terms)]
        }
    }
}
