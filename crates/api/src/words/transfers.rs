//! Transfers and fees in words.

use super::{tonnes, units, yen};
use jcm_format::command::{Acceptance, Purpose, TransferTerms, Use, UseDetails, UseKind};
use jcm_format::event::{Effect, Fee};
use std::fmt::Write as _;

pub(super) fn words(effect: &Effect) -> String {
    match effect {
        Effect::FirstTransferred { range, japan, partner } => format!(
            "first transfer of {} {range} under the authorisations of entries {japan} and {partner}",
            if range.quantity().get() == 1 { "unit" } else { "units" }
        ),
        Effect::TransferApplied { terms, fee } => {
            format!("applies to transfer {}; {}", transfer_terms(terms), fee_words(*fee))
        }
        Effect::TransferRecorded { application: Some(application) } => {
            format!("records the transfer of application {application}")
        }
        Effect::TransferRecorded { application: None } => "records the transfer at once".to_owned(),
        Effect::AdjustmentBooked { partner, vintage, quantity_tonnes, .. } => format!(
            "books a corresponding adjustment of {}, vintage {vintage}: Japan subtracts, {partner} adds",
            tonnes(*quantity_tonnes)
        ),
        Effect::AcceptanceSet { account, acceptance } => match acceptance {
            Acceptance::Anybody => format!("account {account} receives units from anybody"),
            Acceptance::Listed(accounts) => format!(
                "account {account} receives units from {} only",
                super::listed(accounts, "accounts")
            ),
            Acceptance::Consent => {
                format!("account {account} receives units after its consent only")
            }
        },
        Effect::UseStated(details) => format!("states of the use: {}", use_details_words(details)),
        Effect::TransferAccepted { application } => {
            format!("consents to the transfer of application {application}")
        }
        _ => String::new(),
    }
}

/// The terms of a transfer: quantity, units, accounts, purpose and use.
pub fn transfer_terms(terms: &TransferTerms) -> String {
    let purpose = match terms.purpose {
        Purpose::Retirement => ", for retirement",
        Purpose::Cancellation => ", for cancellation",
        Purpose::Other => "",
    };
    let gratuitous = if terms.gratuitous { ", free of charge" } else { "" };
    let use_ = terms.use_.as_ref().map_or_else(String::new, use_words);
    format!(
        "{} from {} to {}{purpose}{gratuitous}{use_}",
        units(&terms.ranges),
        terms.source,
        terms.destination
    )
}

/// What a retirement or cancellation serves, as a phrase that begins with a comma.
pub fn use_words(use_: &Use) -> String {
    let kind = match use_.kind {
        UseKind::Ndc => "Japan's NDC",
        UseKind::Shk => "accounting and reporting under the Act",
        UseKind::GxEts => "GX-ETS",
        UseKind::Voluntary => "a voluntary claim",
        UseKind::InternationalMitigation => "international mitigation purposes",
        UseKind::OtherPurposes => "other international purposes",
        UseKind::Omge => "overall mitigation in global emissions",
        UseKind::Other => "another use",
    };
    let mut words = format!(", to serve {kind}");
    if let Some(year) = use_.reporting_year {
        let _ = write!(words, " of fiscal year {year}");
    }
    if let Some(beneficiary) = &use_.beneficiary {
        let _ = write!(words, " in favour of {beneficiary}");
    }
    words
}

/// What a use says of persons.
pub fn use_details_words(details: &UseDetails) -> String {
    let beneficiary = details.beneficiary.as_ref();
    let beneficiary = beneficiary.map(|person| format!("in favour of {person}"));
    let entity = details.entity.as_ref().map(|entity| format!("by the authorised entity {entity}"));
    beneficiary.into_iter().chain(entity).collect::<Vec<_>>().join(", ")
}

/// A fee and its ground, as a phrase.
pub fn fee_words(fee: Fee) -> String {
    match fee {
        Fee::Due(amount) => format!("fee {}", yen(amount)),
        Fee::Waived => "fee waived".to_owned(),
        Fee::NotChargeable => "no fee chargeable".to_owned(),
        Fee::NotAnApplication => "no application, no fee".to_owned(),
    }
}

/// The ground of a fee, as the wire names it.
pub fn fee_ground(fee: Fee) -> &'static str {
    match fee {
        Fee::Due(_) => "due",
        Fee::Waived => "waived",
        Fee::NotChargeable => "not chargeable",
        Fee::NotAnApplication => "no application",
    }
}
