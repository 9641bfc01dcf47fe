//! Sheets of what a registry has, which can be read again: to rehearse with, or to carry
//! a registry's holdings into another.

use super::transfers::{purpose_word, use_word};
use crate::failure::Failure;
use jcm_format::command::Basis;
use jcm_format::id::AccountNumber;
use jcm_report::rebuild::{IssuedHead, MovedLine, Rebuild};

/// Ranges in one row: a cell of some hundred letters.
const RANGES_IN_ROW: usize = 16;

/// Rows of issuances, in the order of the blocks. Which entry consented is left out: it
/// is found by project and decision wherever the sheet is read.
pub fn issuances(rebuild: &Rebuild) -> Vec<Vec<String>> {
    let row = |line: &jcm_report::rebuild::IssuedLine| {
        let mut row = head(&line.issuance);
        row.extend([
            line.vintage.to_string(),
            line.account.to_string(),
            line.range.quantity().to_string(),
        ]);
        row
    };
    rebuild.issued().iter().map(row).collect()
}

fn head(issuance: &IssuedHead) -> Vec<String> {
    let decision = &issuance.decision;
    let (carried_over_on, recognition) = match &issuance.basis {
        Basis::Consent(_) => (String::new(), String::new()),
        Basis::CarriedOver { issued_on, recognition_reference } => {
            (issued_on.to_string(), recognition_reference.to_string())
        }
    };
    let (japan, partner) = match &issuance.authorisations {
        Some((japan, partner)) => (japan.to_string(), partner.to_string()),
        None => (String::new(), String::new()),
    };
    vec![
        issuance.project.to_string(),
        decision.reference.to_string(),
        decision.date.to_string(),
        decision.period_start.to_string(),
        decision.period_end.to_string(),
        decision.notified_total_tonnes.to_string(),
        decision.notified_japan_tonnes.to_string(),
        String::new(),
        carried_over_on,
        recognition,
        issuance.verifier.to_string(),
        issuance.report.to_string(),
        japan,
        partner,
    ]
}

/// Rows of transfers, of one account or of all. What goes to a government account is
/// declared free of charge, as the sheet says; for the rest a payment is to be filled in.
pub fn transfers(
    rebuild: &Rebuild,
    only: Option<AccountNumber>,
) -> Result<Vec<Vec<String>>, Failure> {
    let lines = rebuild.moved().map_err(crate::commands::report_source::faulty)?;
    let asked = lines.into_iter().filter(|line| only.is_none_or(|only| line.source == only));
    Ok(asked.flat_map(rows_of).collect())
}

fn shown(value: &impl ToString) -> String {
    value.to_string()
}

fn rows_of(line: MovedLine) -> Vec<Vec<String>> {
    let is_sunk = line.purpose != jcm_format::command::Purpose::Other;
    let (use_, details) = (line.use_.as_ref(), line.use_details.as_ref());
    let row = |ranges: &[jcm_format::serial::SerialRange]| {
        let units: Vec<String> = ranges.iter().map(ToString::to_string).collect();
        let year = use_.and_then(|use_| use_.reporting_year);
        let beneficiary = use_.and_then(|use_| use_.beneficiary.as_ref());
        vec![
            line.source.to_string(),
            purpose_word(line.purpose).to_owned(),
            line.destination.to_string(),
            units.join(" "),
            if is_sunk { "yes" } else { "" }.to_owned(),
            use_.map_or("", |use_| use_word(use_.kind)).to_owned(),
            year.map_or_else(String::new, |year| year.to_string()),
            beneficiary.map_or_else(String::new, ToString::to_string),
            details.and_then(|of| of.beneficiary.as_ref()).map_or_else(String::new, shown),
            details.and_then(|of| of.entity.as_ref()).map_or_else(String::new, shown),
            String::new(),
        ]
    };
    line.ranges.chunks(RANGES_IN_ROW).map(row).collect()
}
