//! Units: where they go, what holds them back, and records set right.

use super::accounts::particulars_change;
use super::choices::{purpose, restriction_ground, serves, use_};
use super::fields::{account, at_most, date, digest, entry, optional, text, tonnes};
use super::money::fee_payment;
use super::trusts::transfer_trust;
use super::{Parsed, first_with_further, parts};
use crate::command::{
    Acceptance, ApplyTransfers, Body, CorrectionGround, CorrectionMove, FieldError, FieldRule,
    RecordCorrection, Restriction, TransferPart, TransferTerms, UseDetails,
};
use crate::id::{AccountNumber, BlockNumber};
use crate::limits::{
    ACCEPTED_ACCOUNTS_MAX, CORRECTION_MOVES_MAX, RANGES_MAX, TRANSFER_PARTS_MAX,
    TRANSFERS_TEXT_BYTES_MAX,
};
use crate::pb;
use crate::serial::{RangeError, RangesError, SerialRange, SerialRanges};

pub(super) fn apply_transfer(m: &pb::ApplyTransfer) -> Parsed<Body> {
    let at = "apply_transfer";
    // Everything but the source and the trust is as in a part of several.
    let part = pb::TransferPart {
        destination: m.destination,
        quantity_tonnes: m.quantity_tonnes,
        ranges: m.ranges.clone(),
        purpose: m.purpose,
        gratuitous: m.gratuitous,
        r#use: m.r#use.clone(),
        fee_payment: m.fee_payment,
        fee_payment_line: m.fee_payment_line,
    };
    let source = || account("apply_transfer.source", m.source);
    let (terms, use_details) = transfer_terms(at, source, &part)?;
    Ok(Body::ApplyTransfer {
        terms,
        use_details,
        trust: m.trust.as_ref().map(|m| transfer_trust("apply_transfer.trust", m)).transpose()?,
        fee_payment: fee_payment(at, m.fee_payment, m.fee_payment_line)?,
    })
}

fn transfer_terms(
    at: &str,
    source: impl Fn() -> Parsed<AccountNumber>,
    m: &pb::TransferPart,
) -> Parsed<(TransferTerms, Option<UseDetails>)> {
    let at = |field: &str| format!("{at}.{field}");
    let ranges = ranges(&at("ranges"), &m.ranges)?;
    let quantity = tonnes(&at("quantity_tonnes"), m.quantity_tonnes)?;
    if ranges.quantity() != quantity {
        return Err(FieldError::new(at("quantity_tonnes"), FieldRule::QuantityMismatch));
    }
    let purpose = purpose(&at("purpose"), m.purpose)?;
    let (use_, use_details) = match &m.r#use {
        None => (None, None),
        Some(m) => {
            let (use_, details) = use_(&at("use"), m)?;
            (Some(use_), details)
        }
    };
    if let Some(use_) = &use_
        && !serves(purpose, use_.kind)
    {
        return Err(FieldError::new(at("use.kind"), FieldRule::UseMisfit));
    }
    let terms = TransferTerms {
        source: source()?,
        destination: account(&at("destination"), m.destination)?,
        ranges,
        purpose,
        gratuitous: m.gratuitous,
        use_,
    };
    Ok((terms, use_details))
}

/// Several transfers: together no more ranges and texts than fit one entry, and no
/// unit twice, so that whatever one part moves is nothing to the next.
pub(super) fn apply_transfers(m: &pb::ApplyTransfers) -> Parsed<Body> {
    let at = "apply_transfers.parts";
    let source = account("apply_transfers.source", m.source)?;
    let parts = parts(at, &m.parts, TRANSFER_PARTS_MAX, |path, m| {
        let (terms, use_details) = transfer_terms(path, || Ok(source), m)?;
        let fee_payment = fee_payment(path, m.fee_payment, m.fee_payment_line)?;
        Ok(TransferPart { terms, use_details, fee_payment })
    })?;
    at_most(at, parts.iter().map(|part| part.terms.ranges.as_slice().len()).sum(), RANGES_MAX)?;
    if TRANSFERS_TEXT_BYTES_MAX < m.parts.iter().map(text_bytes).sum() {
        return Err(FieldError::new(at, FieldRule::LongTexts));
    }
    match first_with_further(shared_units(at, &parts)) {
        Some(error) => Err(error),
        None => Ok(Body::ApplyTransfers(ApplyTransfers { source, parts })),
    }
}

/// Of each part, the first range that shares a unit with a part before it.
fn shared_units(at: &str, parts: &[TransferPart]) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (i, part) in parts.iter().enumerate() {
        let earlier = || parts[..i].iter().flat_map(|part| part.terms.ranges.iter());
        let mut ranges = part.terms.ranges.iter().enumerate();
        if let Some((n, _)) = ranges.find(|(_, range)| earlier().any(|other| range.overlaps(other)))
        {
            let path = format!("{at}[{i}].ranges[{n}]");
            errors.push(FieldError::new(path, FieldRule::RangesOverlap));
        }
    }
    errors
}

/// What is as long as its author likes.
fn text_bytes(m: &pb::TransferPart) -> usize {
    use pb::person::Kind;
    let Some(use_) = &m.r#use else { return 0 };
    let foreign = match use_.beneficiary_id.as_ref().and_then(|person| person.kind.as_ref()) {
        Some(Kind::ForeignCorporation(foreign)) => foreign.number.len(),
        Some(Kind::CorporateNumber(_)) | None => 0,
    };
    let entity = use_.entity.as_ref().map_or(0, |entity| entity.number.len());
    use_.beneficiary.len() + foreign + entity
}

pub(super) fn ranges(at: &str, items: &[pb::SerialRange]) -> Parsed<SerialRanges> {
    let mut ranges = Vec::with_capacity(items.len().min(RANGES_MAX));
    at_most(at, items.len(), RANGES_MAX)?;
    for (i, item) in items.iter().enumerate() {
        let block = BlockNumber::new(item.block)
            .ok_or_else(|| FieldError::new(format!("{at}[{i}].block"), FieldRule::OutOfRange))?;
        let range =
            SerialRange::new(block, item.first, item.last).map_err(|error| match error {
                RangeError::Zero => {
                    FieldError::new(format!("{at}[{i}].first"), FieldRule::OutOfRange)
                }
                RangeError::Reversed => {
                    FieldError::new(format!("{at}[{i}].last"), FieldRule::RangeReversed)
                }
                RangeError::TooLarge => {
                    FieldError::new(format!("{at}[{i}].last"), FieldRule::OutOfRange)
                }
            })?;
        ranges.push(range);
    }
    SerialRanges::new(ranges).map_err(|error| match error {
        RangesError::Empty => FieldError::new(at, FieldRule::EmptyList),
        RangesError::TooMany => FieldError::new(at, FieldRule::LongList),
        RangesError::Overlap(i) => FieldError::new(format!("{at}[{i}]"), FieldRule::RangesOverlap),
        RangesError::Unsorted(i) => {
            FieldError::new(format!("{at}[{i}]"), FieldRule::RangesUnsorted)
        }
    })
}

pub(super) fn record_transfer(m: &pb::RecordTransfer) -> Parsed<Body> {
    let application = entry("record_transfer.application", m.application)?;
    Ok(Body::RecordTransfer { application })
}

pub(super) fn accept_transfer(m: &pb::AcceptTransfer) -> Parsed<Body> {
    let application = entry("accept_transfer.application", m.application)?;
    Ok(Body::AcceptTransfer { application })
}

pub(super) fn set_acceptance(m: &pb::SetAcceptance) -> Parsed<Body> {
    use pb::AcceptanceKind as Wire;
    let account = account("set_acceptance.account", m.account)?;
    let acceptance = match Wire::try_from(m.kind) {
        Ok(Wire::Anybody) => Acceptance::Anybody,
        Ok(Wire::Listed) => Acceptance::Listed(accepted(&m.accounts)?),
        Ok(Wire::Consent) => Acceptance::Consent,
        Ok(Wire::Unspecified) | Err(_) => {
            return Err(FieldError::new("set_acceptance.kind", FieldRule::BadChoice));
        }
    };
    if !matches!(acceptance, Acceptance::Listed(_)) && !m.accounts.is_empty() {
        return Err(FieldError::new("set_acceptance.accounts", FieldRule::NotAllowed));
    }
    Ok(Body::SetAcceptance { account, acceptance })
}

fn accepted(items: &[u32]) -> Parsed<Vec<AccountNumber>> {
    let at = "set_acceptance.accounts";
    if items.is_empty() {
        return Err(FieldError::new(at, FieldRule::EmptyList));
    }
    at_most(at, items.len(), ACCEPTED_ACCOUNTS_MAX)?;
    let mut accounts: Vec<AccountNumber> = Vec::with_capacity(items.len());
    for (i, number) in items.iter().enumerate() {
        let path = format!("{at}[{i}]");
        let account = account(&path, *number)?;
        if accounts.last().is_some_and(|last| account <= *last) {
            return Err(FieldError::new(path, FieldRule::ListUnsorted));
        }
        accounts.push(account);
    }
    Ok(accounts)
}

pub(super) fn record_restriction(m: &pb::RecordRestriction) -> Parsed<Body> {
    let at = |field: &str| format!("record_restriction.{field}");
    Ok(Body::RecordRestriction(Restriction {
        account: account(&at("account"), m.account)?,
        ranges: match m.ranges.as_slice() {
            [] => None,
            items => Some(ranges(&at("ranges"), items)?),
        },
        ground: restriction_ground(&at("ground"), m.ground)?,
        authority: text(&at("authority"), &m.authority)?,
        reference: text(&at("reference"), &m.reference)?,
        document: digest(&at("document"), &m.document)?,
    }))
}

pub(super) fn release_restriction(m: &pb::ReleaseRestriction) -> Parsed<Body> {
    Ok(Body::ReleaseRestriction {
        restriction: entry("release_restriction.restriction", m.restriction)?,
        reference: text("release_restriction.reference", &m.reference)?,
        document: digest("release_restriction.document", &m.document)?,
    })
}

pub(super) fn record_correction(m: &pb::RecordCorrection) -> Parsed<Body> {
    let at = |field: &str| format!("record_correction.{field}");
    let commitment = &m.particulars_commitment;
    let change =
        particulars_change("record_correction", m.holder.as_ref(), commitment, m.effective)?;
    if change.is_none() {
        if m.moves.is_empty() {
            return Err(FieldError::new(at("moves"), FieldRule::Missing));
        }
        if m.effective.is_some() {
            return Err(FieldError::new(at("effective"), FieldRule::NotAllowed));
        }
    }
    Ok(Body::RecordCorrection(RecordCorrection {
        ground: CorrectionGround {
            account: account(&at("account"), m.account)?,
            affected: entry(&at("affected"), m.affected)?,
            error: text(&at("error"), &m.error)?,
            consulted_on: date(&at("consulted_on"), m.consulted_on)?,
            consultation: digest(&at("consultation"), &m.consultation)?,
            third_party_consent: optional(&m.third_party_consent, |bytes| {
                digest(&at("third_party_consent"), bytes)
            })?,
        },
        change,
        moves: moves(&at("moves"), &m.moves)?,
    }))
}

fn moves(at: &str, items: &[pb::CorrectionMove]) -> Parsed<Vec<CorrectionMove>> {
    at_most(at, items.len(), CORRECTION_MOVES_MAX)?;
    // An entry holds the ranges of one transfer, not of eight.
    at_most(at, items.iter().map(|item| item.ranges.len()).sum(), RANGES_MAX)?;
    let mut moves: Vec<CorrectionMove> = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let path = format!("{at}[{i}].ranges");
        let ranges = ranges(&path, &item.ranges)?;
        let moved = |range: SerialRange| {
            moves.iter().any(|earlier| earlier.ranges.iter().any(|other| range.overlaps(other)))
        };
        if ranges.iter().any(moved) {
            return Err(FieldError::new(path, FieldRule::RangesOverlap));
        }
        moves.push(CorrectionMove {
            source: account(&format!("{at}[{i}].source"), item.source)?,
            destination: account(&format!("{at}[{i}].destination"), item.destination)?,
            ranges,
        });
    }
    Ok(moves)
}
