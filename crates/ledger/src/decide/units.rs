//! Rules about units that several commands share: whether they are there, free
//! and nobody else's.

use super::{Case, reject};
use crate::rejection::{Reason, Rejection};
use crate::state::Block;
use jcm_format::id::AccountNumber;
use jcm_format::serial::{SerialRange, SerialRanges};

/// Rules 706 and 707.
pub(super) fn are_held<'a>(
    case: &'a Case<'_>,
    range: SerialRange,
    holder: AccountNumber,
) -> Result<&'a Block, Rejection> {
    let issued = case.state.block(range.block());
    let block = issued.filter(|block| range.last() <= block.quantity_tonnes.get());
    let Some(block) = block else { return reject(Reason::UnitsUnknown, range) };
    if !case.state.all_held_by(range, holder) {
        return reject(Reason::UnitsNotHeld, range);
    }
    Ok(block)
}

/// Rules 706, 707, 715 and 708: all four for the first range, then for the second.
pub(super) fn are_free<'a>(
    case: &'a Case<'_>,
    ranges: &SerialRanges,
    holder: AccountNumber,
) -> Result<Vec<(SerialRange, &'a Block)>, Rejection> {
    let mut blocks = Vec::with_capacity(ranges.as_slice().len());
    for range in ranges.iter() {
        let block = are_held(case, range, holder)?;
        is_unrestricted(case, range, holder)?;
        if case.state.is_reserved(range) {
            return reject(Reason::UnitsReserved, range);
        }
        blocks.push((range, block));
    }
    Ok(blocks)
}

/// Rule 715 for every range.
pub(super) fn are_unrestricted(
    case: &Case<'_>,
    ranges: &SerialRanges,
    holder: AccountNumber,
) -> Result<(), Rejection> {
    ranges.iter().try_for_each(|range| is_unrestricted(case, range, holder))
}

fn is_unrestricted(
    case: &Case<'_>,
    range: SerialRange,
    holder: AccountNumber,
) -> Result<(), Rejection> {
    if case.state.is_restricted(range, holder) {
        return reject(Reason::UnitsRestricted, range);
    }
    Ok(())
}

/// Rule 716 for every range.
pub(super) fn are_in_no_trust(case: &Case<'_>, ranges: &SerialRanges) -> Result<(), Rejection> {
    for range in ranges.iter() {
        if let Some((part, trust)) = case.state.in_trust(range).next() {
            return reject(Reason::UnitsInTrust, format_args!("{part}, entry {trust}"));
        }
    }
    Ok(())
}

/// Rule 717 for every range.
pub(super) fn are_in_trust(case: &Case<'_>, ranges: &SerialRanges) -> Result<(), Rejection> {
    for range in ranges.iter() {
        if let Some(part) = case.state.not_in_trust(range).first() {
            return reject(Reason::UnitsNotInTrust, part);
        }
    }
    Ok(())
}
