//! Rule data, as a file.
//!
//! ```toml
//! version = 2                               # one more than the version in force
//! payment_days = 20                         # working days for paying a fee
//! examination_days = 10                     # working days in which the body means to act
//! transferee_acceptance = false             # may a holder choose from whom it receives units?
//! shk_issued_until = "2025-03-31"
//! shk_public_input_until = "2025-03-31"
//! identification = "JP-{project}-{vintage}-{block}-{unit}"
//!
//! [[fees]]                                  # ascending by day; the first one is in force today
//! from = "2025-04-01"
//! account_opening_yen = 14400
//! transfer_yen = 2500
//! certificate_yen = 1200
//!
//! [invoice]                                 # may be absent
//! name = "例示指定実施機関"
//! registration_number = "T8700110005901"    # may be absent
//! tax_percent = 0                           # contained in a fee; 0 = not taxable
//! ```

use super::{field, optional};
use crate::parse;
use jcm_format::amount::Yen;
use jcm_format::command::{FeePeriod, InvoiceIssuer, Rules};
use jcm_format::identification::IdentificationFormat;
use serde::Deserialize;

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulesFile {
    version: u32,
    payment_days: u16,
    examination_days: u16,
    transferee_acceptance: bool,
    shk_issued_until: String,
    shk_public_input_until: String,
    identification: String,
    fees: Vec<FeesFile>,
    invoice: Option<InvoiceFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FeesFile {
    from: String,
    account_opening_yen: u64,
    transfer_yen: u64,
    certificate_yen: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct InvoiceFile {
    name: String,
    registration_number: Option<String>,
    tax_percent: u8,
}

/// Reads a file.
pub fn read(file: &RulesFile) -> Result<Rules, String> {
    let identification = IdentificationFormat::new(&file.identification)
        .ok_or("a template with {block} and {unit} once each, such as JP-{project}-{block}-{unit}");
    Ok(Rules {
        version: file.version,
        fees: file.fees.iter().enumerate().map(fees).collect::<Result<_, _>>()?,
        payment_days: file.payment_days,
        examination_days: file.examination_days,
        transferee_acceptance: file.transferee_acceptance,
        shk_issued_until: field("shk_issued_until", file.shk_issued_until.parse())?,
        shk_public_input_until: field(
            "shk_public_input_until",
            file.shk_public_input_until.parse(),
        )?,
        identification: field("identification", identification)?,
        invoice: file.invoice.as_ref().map(issuer).transpose()?,
    })
}

fn fees((i, file): (usize, &FeesFile)) -> Result<FeePeriod, String> {
    Ok(FeePeriod {
        from: field(&format!("fees[{i}].from"), file.from.parse())?,
        account_opening_fee_yen: Yen::new(file.account_opening_yen),
        transfer_fee_yen: Yen::new(file.transfer_yen),
        certificate_fee_yen: Yen::new(file.certificate_yen),
    })
}

fn issuer(file: &InvoiceFile) -> Result<InvoiceIssuer, String> {
    let number = |text: &str| text.strip_prefix('T').unwrap_or(text).parse();
    Ok(InvoiceIssuer {
        name: field("invoice.name", parse::text(&file.name))?,
        registration_number: optional(
            "invoice.registration_number",
            file.registration_number.as_ref(),
            number,
        )?,
        tax_percent: file.tax_percent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::{documented, parse};
    use jcm_format::command::Body;

    fn example() -> String {
        documented(include_str!("rules.rs"))
    }

    fn read_text(text: &str) -> Result<Rules, String> {
        read(&parse(text, false)?)
    }

    #[test]
    fn the_documented_example_is_a_command() {
        let rules = read_text(&example()).expect("well formed");
        assert_eq!(rules.version, 2);
        let origin = "registry.example/jcm/test".parse().expect("an origin");
        let command = jcm_client::CommandBuilder::new(origin, Body::AdoptRules(rules)).build();
        assert!(command.is_ok(), "{command:?}");
    }

    #[test]
    fn the_page_shows_the_same_example() {
        let page = include_str!("../../../../docs/cli.md");
        assert!(page.contains(&example()), "docs/cli.md differs from the example in rules.rs");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (from, to, named) in [
            ("\"2025-04-01\"", "\"2025-04-31\"", "fees[0].from"),
            ("{unit}", "", "identification"),
            ("T8700110005901", "T1", "invoice.registration_number"),
            ("payment_days = 20 ", "payment_days = -1 ", "payment_days"),
            ("tax_percent", "tax", "tax"),
        ] {
            let error = read_text(&example().replacen(from, to, 1)).expect_err(named);
            assert!(error.contains(named), "{error}");
        }
    }
}
