//! The messages of transfers.

use super::{Wire, acts, article6, fee_payment, optional_text, person, ranges};
use crate::command::{
    ApplyTransfers, PaymentId, Purpose, TransferPart, TransferTerms, TransferTrust, Use,
    UseDetails, UseKind,
};
use crate::pb;

pub(super) fn transfer(
    terms: &TransferTerms,
    use_details: Option<&UseDetails>,
    trust: Option<&TransferTrust>,
    payment: Option<PaymentId>,
) -> Wire {
    let part = part(terms, use_details, payment);
    Wire::ApplyTransfer(pb::ApplyTransfer {
        source: terms.source.get(),
        destination: part.destination,
        quantity_tonnes: part.quantity_tonnes,
        ranges: part.ranges,
        purpose: part.purpose,
        gratuitous: part.gratuitous,
        r#use: part.r#use,
        fee_payment: part.fee_payment,
        fee_payment_line: part.fee_payment_line,
        trust: trust.map(acts::transfer_trust),
    })
}

/// The source stands beside the parts, because it is the same for all of them.
pub(super) fn transfers(several: &ApplyTransfers) -> Wire {
    let message = |of: &TransferPart| part(&of.terms, of.use_details.as_ref(), of.fee_payment);
    Wire::ApplyTransfers(pb::ApplyTransfers {
        source: several.source.get(),
        parts: several.parts.iter().map(message).collect(),
    })
}

fn part(
    terms: &TransferTerms,
    use_details: Option<&UseDetails>,
    payment: Option<PaymentId>,
) -> pb::TransferPart {
    let (fee_payment, fee_payment_line) = fee_payment(payment);
    let purpose = match terms.purpose {
        Purpose::Retirement => pb::Purpose::Retirement,
        Purpose::Cancellation => pb::Purpose::Cancellation,
        Purpose::Other => pb::Purpose::Other,
    };
    pb::TransferPart {
        destination: terms.destination.get(),
        quantity_tonnes: terms.ranges.quantity().get(),
        ranges: ranges(&terms.ranges),
        purpose: purpose.into(),
        gratuitous: terms.gratuitous,
        r#use: terms.use_.as_ref().map(|use_| self::use_(use_, use_details)),
        fee_payment,
        fee_payment_line,
    }
}

fn use_(use_: &Use, details: Option<&UseDetails>) -> pb::Use {
    let kind = match use_.kind {
        UseKind::Ndc => pb::UseKind::Ndc,
        UseKind::Shk => pb::UseKind::Shk,
        UseKind::GxEts => pb::UseKind::GxEts,
        UseKind::Voluntary => pb::UseKind::Voluntary,
        UseKind::InternationalMitigation => pb::UseKind::InternationalMitigation,
        UseKind::Other => pb::UseKind::Other,
        UseKind::OtherPurposes => pb::UseKind::OtherPurposes,
        UseKind::Omge => pb::UseKind::Omge,
    };
    let beneficiary = details.and_then(|details| details.beneficiary.as_ref());
    pb::Use {
        kind: kind.into(),
        reporting_year: use_.reporting_year.map_or(0, |year| year.get().into()),
        beneficiary: optional_text(use_.beneficiary.as_ref()),
        beneficiary_id: beneficiary.map(person),
        entity: details.and_then(|details| details.entity.as_ref()).map(article6::entity),
    }
}
