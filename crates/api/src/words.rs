//! Effects in English words, one line each, for people who are about to sign
//! or who look something up. What counts are the signed bytes and the entry.

use jcm_format::command::{AuthorisedPurposes, Basis, Purpose, Side, TransferTerms, Use, UseKind};
use jcm_format::event::{Effect, Event, Fee};
use std::fmt::Write as _;

/// More ranges than this are counted instead of listed.
const RANGES_LISTED_MAX: usize = 8;

/// What an event does, one line for each effect.
pub fn event(event: &Event) -> Vec<String> {
    event.0.iter().map(effect).collect()
}

/// What one effect does, without a full stop.
pub fn effect(effect: &Effect) -> String {
    match effect {
        Effect::RegistryCreated { origin, log_key } => {
            format!("creates the registry {origin}, whose checkpoints the key {log_key} signs")
        }
        Effect::RuleSetAdopted { rule_set } => format!(
            "adopts rule set {}: account opening {} yen, transfer {} yen, certificate {} yen",
            rule_set.version,
            rule_set.account_opening_fee_yen,
            rule_set.transfer_fee_yen,
            rule_set.certificate_fee_yen
        ),
        Effect::GovernmentAccountOpened { account, category } => {
            format!("opens the government account {account} ({category})")
        }
        Effect::KeyRegistered { key, role } => format!("registers the key {key} for {role}"),
        Effect::KeyRevoked { key } => format!("revokes the key {key}"),
        Effect::OperatorAppointed { person } => format!("appoints {person} as operator"),
        Effect::OperatorRemoved { person } => {
            format!("removes the operator {person} with all keys")
        }
        Effect::PaymentRecorded { .. } | Effect::PaymentApplied { .. } => payment(effect),
        Effect::AccountApplied { .. }
        | Effect::AccountOpened { .. }
        | Effect::ApplicationWithdrawn { .. }
        | Effect::CertificateRequested { .. }
        | Effect::CertificateIssued { .. } => application(effect),
        Effect::ProjectRegistered { .. }
        | Effect::AuthorisationRecorded { .. }
        | Effect::IssuanceConsented { .. }
        | Effect::IssuanceRecorded { .. }
        | Effect::BlockIssued { .. } => issuance(effect),
        Effect::FirstTransferred { .. }
        | Effect::TransferApplied { .. }
        | Effect::TransferRecorded { .. }
        | Effect::AdjustmentBooked { .. } => transfer(effect),
    }
}

fn payment(effect: &Effect) -> String {
    match effect {
        Effect::PaymentRecorded { bank_reference, amount_yen, value_date, account, .. } => {
            let payer = account
                .map_or_else(String::new, |account| format!(" from the holder of {account}"));
            format!("records payment {bank_reference}: {amount_yen} yen on {value_date}{payer}")
        }
        Effect::PaymentApplied { payment, application: Some(application), amount_yen } => {
            format!("applies {amount_yen} yen of payment {payment} to application {application}")
        }
        Effect::PaymentApplied { payment, application: None, amount_yen } => {
            format!("applies {amount_yen} yen of payment {payment} to this application")
        }
        _ => String::new(),
    }
}

fn application(effect: &Effect) -> String {
    match effect {
        Effect::AccountApplied { person, holder, fee, .. } => {
            format!("applies for an account of {} ({person}); {}", holder.name_en, fee_words(*fee))
        }
        Effect::AccountOpened { application, account } => {
            format!("opens the account {account} of application {application}")
        }
        Effect::ApplicationWithdrawn { application } => {
            format!("withdraws application {application}; what it reserved is free")
        }
        Effect::CertificateRequested { account, fee } => {
            format!("requests a certificate of account {account}; {}", fee_words(*fee))
        }
        Effect::CertificateIssued { application: Some(application) } => {
            format!("issues the certificate of application {application}")
        }
        Effect::CertificateIssued { application: None } => {
            "issues the certificate at once".to_owned()
        }
        _ => String::new(),
    }
}

fn issuance(effect: &Effect) -> String {
    match effect {
        Effect::ProjectRegistered { reference, title, methodology, .. } => {
            format!("registers project {reference}: {title} (methodology {methodology})")
        }
        Effect::AuthorisationRecorded { authorisation } => {
            let side = match authorisation.side {
                Side::Japan => "Japan's",
                Side::Partner => "the partner's",
            };
            format!(
                "records {side} authorisation {} under {} with {}: {} t, vintages {} to {}, for {}",
                authorisation.id,
                authorisation.cooperative_approach,
                authorisation.partner,
                authorisation.quantity_tonnes,
                authorisation.first_vintage,
                authorisation.last_vintage,
                purposes(authorisation.purposes)
            )
        }
        Effect::IssuanceConsented { project, decision } => format!(
            "consents to the issuance for {project} by decision {}, at most {} t",
            decision.reference, decision.notified_japan_tonnes
        ),
        Effect::IssuanceRecorded { project, decision, basis, quantity_tonnes, .. } => {
            let basis = match basis {
                Basis::Consent(entry) => format!("with the consent of entry {entry}"),
                Basis::CarriedOver { issued_on, .. } => {
                    format!("carried over from the predecessor book, issued {issued_on}")
                }
            };
            format!(
                "issues {quantity_tonnes} t for {project} by decision {}, {basis}",
                decision.reference
            )
        }
        Effect::BlockIssued { block, vintage, class, allocations, .. } => {
            let mut line = format!("block {block}, vintage {vintage}, class {class}:");
            for (i, part) in allocations.iter().enumerate() {
                let comma = if i == 0 { "" } else { "," };
                // Writing to a String cannot fail.
                let _ = write!(line, "{comma} {} to {}", part.range, part.account);
            }
            line
        }
        _ => String::new(),
    }
}

fn transfer(effect: &Effect) -> String {
    match effect {
        Effect::FirstTransferred { range, japan, partner } => format!(
            "first transfer of units {range} under the authorisations of entries {japan} and {partner}"
        ),
        Effect::TransferApplied { terms, fee } => {
            format!("applies to transfer {}; {}", transfer_terms(terms), fee_words(*fee))
        }
        Effect::TransferRecorded { application: Some(application) } => {
            format!("records the transfer of application {application}")
        }
        Effect::TransferRecorded { application: None } => "records the transfer at once".to_owned(),
        Effect::AdjustmentBooked { partner, vintage, quantity_tonnes, .. } => format!(
            "books a corresponding adjustment of {quantity_tonnes} t, vintage {vintage}: Japan subtracts, {partner} adds"
        ),
        _ => String::new(),
    }
}

/// The terms of a transfer: quantity, units, accounts, purpose and use.
pub fn transfer_terms(terms: &TransferTerms) -> String {
    let quantity = terms.ranges.quantity();
    let count = terms.ranges.as_slice().len();
    let units = if RANGES_LISTED_MAX < count {
        format!("{count} ranges")
    } else {
        terms.ranges.iter().map(|range| range.to_string()).collect::<Vec<_>>().join(", ")
    };
    let purpose = match terms.purpose {
        Purpose::Retirement => ", for retirement",
        Purpose::Cancellation => ", for cancellation",
        Purpose::Other => "",
    };
    let gratuitous = if terms.gratuitous { ", free of charge" } else { "" };
    let use_ = terms.use_.as_ref().map_or_else(String::new, use_words);
    format!(
        "{quantity} t (units {units}) from {} to {}{purpose}{gratuitous}{use_}",
        terms.source, terms.destination
    )
}

fn use_words(use_: &Use) -> String {
    let kind = match use_.kind {
        UseKind::Ndc => "Japan's NDC",
        UseKind::Shk => "accounting and reporting under the Act",
        UseKind::GxEts => "GX-ETS",
        UseKind::Voluntary => "a voluntary claim",
        UseKind::InternationalMitigation => "international mitigation purposes",
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

fn purposes(purposes: AuthorisedPurposes) -> String {
    let mut words = Vec::new();
    if purposes.ndc {
        words.push("NDC");
    }
    if purposes.imp {
        words.push("international mitigation purposes");
    }
    if purposes.op {
        words.push("other purposes");
    }
    words.join(", ")
}

/// A fee and its ground, as a phrase.
pub fn fee_words(fee: Fee) -> String {
    match fee {
        Fee::Due(amount) => format!("fee {amount} yen"),
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

/// The fee that an event makes due, where it receives an application.
pub fn fee_of(event: &Event) -> Option<Fee> {
    event.0.iter().find_map(|effect| match effect {
        Effect::AccountApplied { fee, .. }
        | Effect::TransferApplied { fee, .. }
        | Effect::CertificateRequested { fee, .. } => Some(*fee),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_format::amount::{Tonnes, Yen};
    use jcm_format::id::{AccountNumber, Country, EntryIndex};
    use jcm_format::serial::SerialRanges;
    use jcm_format::text::Text;
    use jcm_format::time::Year;

    fn terms(ranges: Vec<&str>) -> TransferTerms {
        let ranges = ranges.iter().map(|text| text.parse().expect("a range")).collect();
        TransferTerms {
            source: AccountNumber::new(1_001).expect("a number"),
            destination: AccountNumber::new(2).expect("a number"),
            ranges: SerialRanges::new(ranges).expect("sorted"),
            purpose: Purpose::Retirement,
            gratuitous: true,
            use_: Some(Use {
                kind: UseKind::Shk,
                reporting_year: Year::new(2026),
                beneficiary: Text::new("Example KK"),
            }),
        }
    }

    #[test]
    fn a_transfer_names_units_accounts_purpose_use_and_fee() {
        let applied =
            Effect::TransferApplied { terms: terms(vec!["1:1-100", "2:5-5"]), fee: Fee::Waived };
        assert_eq!(
            effect(&applied),
            "applies to transfer 101 t (units 1:1-100, 2:5-5) from JP-0001001-05 to JP-0000002-92, \
             for retirement, free of charge, to serve accounting and reporting under the Act of \
             fiscal year 2026 in favour of Example KK; fee waived"
        );
    }

    #[test]
    fn many_ranges_are_counted() {
        let ranges: Vec<String> = (1..=9).map(|block| format!("{block}:1-1")).collect();
        let words = transfer_terms(&terms(ranges.iter().map(String::as_str).collect()));
        assert!(words.starts_with("9 t (units 9 ranges) from"), "{words}");
    }

    #[test]
    fn an_adjustment_says_who_subtracts() {
        let booked = Effect::AdjustmentBooked {
            partner: Country::new("MN").expect("a country"),
            vintage: Year::new(2022).expect("a year"),
            quantity_tonnes: Tonnes::new(7),
            japan_authorisation: EntryIndex::new(1),
            partner_authorisation: EntryIndex::new(2),
        };
        assert_eq!(
            effect(&booked),
            "books a corresponding adjustment of 7 t, vintage 2022: Japan subtracts, MN adds"
        );
    }

    #[test]
    fn the_fee_is_that_of_the_application() {
        let account = AccountNumber::new(1_001).expect("a number");
        let fee = Fee::Due(Yen::new(1_200));
        let event = Event(vec![Effect::CertificateRequested { account, fee }]);
        assert_eq!(fee_of(&event), Some(fee));
        assert_eq!(fee_of(&Event(Vec::new())), None);
    }
}
