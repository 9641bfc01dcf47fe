//! Effects in English words, one line each, for people who are about to sign
//! or who look something up. What counts are the signed bytes and the entry.

mod applications;
mod article6;
mod guard;
mod issuance;
mod money;
mod registry;
mod rights;
mod transfers;

pub use applications::change_words;
pub use article6::{article6_words, details_words};
pub use guard::{mandate_words, safeguards_words};
pub use rights::request_words;
pub use transfers::{fee_ground, fee_words, transfer_terms, use_details_words, use_words};

use jcm_format::amount::{Tonnes, Yen};
use jcm_format::command::{LapseGround, RefusalGround, RestrictionGround};
use jcm_format::event::{Effect, Event, Fee};
use jcm_format::serial::SerialRanges;

/// More ranges than this are counted instead of listed.
const RANGES_LISTED_MAX: usize = 8;

/// More items of a list than this are counted instead of listed.
const ITEMS_LISTED_MAX: usize = 8;

/// What an event does, one line for each effect.
pub fn event(event: &Event) -> Vec<String> {
    event.0.iter().map(effect).collect()
}

/// What one effect does, without a full stop.
pub fn effect(effect: &Effect) -> String {
    match effect {
        Effect::RegistryCreated { .. }
        | Effect::RuleSetAdopted { .. }
        | Effect::RulesAdopted { .. }
        | Effect::CalendarAdopted { .. }
        | Effect::GovernmentAccountOpened { .. }
        | Effect::GovernmentAccountNamed { .. }
        | Effect::KeyRegistered { .. }
        | Effect::KeyRevoked { .. }
        | Effect::OperatorAppointed { .. }
        | Effect::OperatorRemoved { .. }
        | Effect::BooksClosed { .. }
        | Effect::PersonalDataErased { .. } => registry::words(effect),
        Effect::PaymentRecorded { .. }
        | Effect::PaymentApplied { .. }
        | Effect::PaymentProofSubmitted { .. }
        | Effect::StatementImported { .. }
        | Effect::PaymentLineApplied { .. }
        | Effect::Refunded { .. } => money::words(effect),
        Effect::AccountApplied { .. }
        | Effect::IndividualApplied { .. }
        | Effect::AccountOpened { .. }
        | Effect::ChangeNotified { .. }
        | Effect::ParticularsChanged { .. }
        | Effect::ClosingApplied { .. }
        | Effect::AccountClosed { .. }
        | Effect::CompletionRequested { .. }
        | Effect::ApplicationCompleted { .. }
        | Effect::ApplicationRefused { .. }
        | Effect::ApplicationLapsed { .. }
        | Effect::ApplicationWithdrawn { .. }
        | Effect::CertificateRequested { .. }
        | Effect::CertificateIssued { .. }
        | Effect::CertificateStated { .. } => applications::words(effect),
        Effect::ProjectRegistered { .. }
        | Effect::ProponentRegistered { .. }
        | Effect::AuthorisationRecorded { .. }
        | Effect::IssuanceConsented { .. }
        | Effect::IssuanceRecorded { .. }
        | Effect::BlockIssued { .. } => issuance::words(effect),
        Effect::FirstTransferred { .. }
        | Effect::TransferApplied { .. }
        | Effect::TransferRecorded { .. }
        | Effect::AdjustmentBooked { .. }
        | Effect::UseStated(_)
        | Effect::AcceptanceSet { .. }
        | Effect::TransferAccepted { .. } => transfers::words(effect),
        Effect::RestrictionRecorded { .. }
        | Effect::RestrictionReleased { .. }
        | Effect::TransferTrustStated { .. }
        | Effect::TrustApplied { .. }
        | Effect::TrustRecorded { .. }
        | Effect::TrustDeleted { .. }
        | Effect::TrustAmended { .. }
        | Effect::TrustApplicationRecorded { .. }
        | Effect::CorrectionRecorded { .. }
        | Effect::UnitsMoved { .. } => rights::words(effect),
        Effect::SafeguardsAdopted { .. }
        | Effect::MandateSet { .. }
        | Effect::TrustedAdded { .. }
        | Effect::TrustedRemoved { .. }
        | Effect::AccountFrozen { .. }
        | Effect::AccountUnfrozen { .. }
        | Effect::TransferDelayed { .. }
        | Effect::RecoveryRequested { .. }
        | Effect::RecoveryCancelled { .. }
        | Effect::RecoveryCompleted { .. } => guard::words(effect),
        article6::of_article6!() => article6::words(effect),
    }
}

/// A number with a comma between groups of three digits.
fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// An amount of money, as in `14,400 yen`.
fn yen(amount: Yen) -> String {
    format!("{} yen", grouped(amount.get().into()))
}

/// A quantity, as in `1,000 t`.
fn tonnes(quantity: Tonnes) -> String {
    format!("{} t", grouped(quantity.get().into()))
}

/// How many of something whose plural has an s, as in `1 payment` or `2 payments`.
fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(count.into()))
}

/// The verb for units.
fn are(ranges: &SerialRanges) -> &'static str {
    if ranges.quantity().get() == 1 { "is" } else { "are" }
}

/// Quantity and units, as in `101 t (units 1:1-100, 2:5-5)` or `1 t (unit 2:5-5)`.
pub fn units(ranges: &SerialRanges) -> String {
    let quantity = ranges.quantity();
    let name = if quantity.get() == 1 { "unit" } else { "units" };
    let count = ranges.as_slice().len();
    let listed = if RANGES_LISTED_MAX < count {
        format!("{count} ranges")
    } else {
        ranges.iter().map(|range| range.to_string()).collect::<Vec<_>>().join(", ")
    };
    format!("{} ({name} {listed})", tonnes(quantity))
}

/// Items joined by commas; many are counted.
fn listed<T: ToString>(items: &[T], what: &str) -> String {
    if ITEMS_LISTED_MAX < items.len() {
        return format!("{} {what}", items.len());
    }
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A ground of refusal, with its place in the ordinance.
pub fn refusal_ground(ground: RefusalGround) -> &'static str {
    match ground {
        RefusalGround::Restriction => "(i) a restriction on disposal is recorded",
        RefusalGround::EvidentError => "(ii) an evident error in the record of the account",
        RefusalGround::Irregularity => "(iii) a wrongful act or grave breach of law",
        RefusalGround::Violation => "(iv) the holder broke the law, an order or an instruction",
        RefusalGround::Falsehood => "(v) what is applied for is false",
        RefusalGround::Procedure => "(vi) the procedure is defective",
    }
}

/// Why an application lapsed.
pub fn lapse_ground(ground: LapseGround) -> &'static str {
    match ground {
        LapseGround::Unpaid => "its fee was not paid in time",
        LapseGround::Incomplete => "what was missing was not handed in in time",
    }
}

/// On what a restriction rests.
pub fn restriction_ground(ground: RestrictionGround) -> &'static str {
    match ground {
        RestrictionGround::CourtOrder => "an order of a court or authority",
        RestrictionGround::EvidentError => "an evident error in the record",
        RestrictionGround::Irregularity => "a wrongful act or grave breach of law",
        RestrictionGround::Violation => "a breach of the law, an order or an instruction",
    }
}

/// The fee that an event makes due, where it receives an application that may
/// owe one.
pub fn fee_of(event: &Event) -> Option<Fee> {
    event.0.iter().find_map(|effect| match effect {
        Effect::AccountApplied { fee, .. }
        | Effect::IndividualApplied { fee, .. }
        | Effect::TransferApplied { fee, .. }
        | Effect::CertificateRequested { fee, .. } => Some(*fee),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
