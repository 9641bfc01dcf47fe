//! The registry itself, its rules, government accounts, people and books in words.

use super::{counted, grouped, listed, tonnes, yen};
use jcm_format::command::Rules;
use jcm_format::event::Effect;
use std::fmt::Write as _;

pub(super) fn words(effect: &Effect) -> String {
    match effect {
        Effect::RegistryCreated { origin, log_key } => {
            format!("creates the registry {origin}, whose checkpoints the key {log_key} signs")
        }
        Effect::RuleSetAdopted { rule_set } => format!(
            "adopts rule set {}: account opening {}, transfer {}, certificate {}",
            rule_set.version,
            yen(rule_set.account_opening_fee_yen),
            yen(rule_set.transfer_fee_yen),
            yen(rule_set.certificate_fee_yen)
        ),
        Effect::RulesAdopted { rules } => rules_words(rules),
        Effect::CalendarAdopted { country, year, holidays } => format!(
            "adopts the calendar of {country} for {year}: no work on {} and at weekends",
            if holidays.is_empty() { "no day".to_owned() } else { listed(holidays, "days") }
        ),
        Effect::GovernmentAccountOpened { account, category } => {
            format!("opens the government account {account} ({category})")
        }
        Effect::GovernmentAccountNamed { account, name_ja, name_en } => {
            format!("names the government account {account}: {name_en} ({name_ja})")
        }
        Effect::KeyRegistered { key, role } => format!("registers the key {key} for {role}"),
        Effect::KeyRevoked { key } => format!("revokes the key {key}"),
        Effect::OperatorAppointed { person } => format!("appoints {person} as operator"),
        Effect::OperatorRemoved { person } => {
            format!("removes the operator {person} with all keys")
        }
        Effect::BooksClosed { year, totals } => format!(
            "closes the books of fiscal year {year}: {}, {} received, {} recorded, {} in \
             payments, {} issued, {} retired, {} cancelled",
            entries(totals.entries),
            counted(totals.received, "application"),
            grouped(totals.recorded.into()),
            yen(totals.payments_yen),
            tonnes(totals.issued_tonnes),
            tonnes(totals.retired_tonnes),
            tonnes(totals.cancelled_tonnes)
        ),
        Effect::PersonalDataErased { commitment } => {
            format!("erases the personal data under the commitment {commitment} for good")
        }
        _ => String::new(),
    }
}

fn entries(count: u64) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{} entries", grouped(count.into())) }
}

fn rules_words(rules: &Rules) -> String {
    let mut line = format!("adopts rules {}:", rules.version);
    for period in &rules.fees {
        // Writing to a String cannot fail.
        let _ = write!(
            line,
            " from {} account opening {}, transfer {}, certificate {};",
            period.from,
            yen(period.account_opening_fee_yen),
            yen(period.transfer_fee_yen),
            yen(period.certificate_fee_yen)
        );
    }
    let _ = write!(
        line,
        " {} for payment, {} for examination; holders {} from whom they receive; \
         units before 2021 serve reports if issued until {} or with public input until {}; \
         identification numbers {}",
        counted(rules.payment_days.into(), "working day"),
        rules.examination_days,
        if rules.transferee_acceptance { "choose" } else { "do not choose" },
        rules.shk_issued_until,
        rules.shk_public_input_until,
        rules.identification
    );
    if let Some(issuer) = &rules.invoice {
        let number =
            issuer.registration_number.map_or_else(String::new, |number| format!(" (T{number})"));
        let tax = match issuer.tax_percent {
            0 => "not taxable".to_owned(),
            percent => format!("{percent} percent of tax included"),
        };
        let _ = write!(line, "; invoices by {}{number}, {tax}", issuer.name);
    }
    line
}
