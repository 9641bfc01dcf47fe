//! Checks of single rows.

use super::super::AefSubmission;
use super::super::columns::{Demand, Table};
use super::super::nomenclature::{ActionType, Metric};
use super::super::rows::ActionRow;
use super::super::settings::Settings;
use super::Report;
use crate::sheet::Cell;
use jcm_format::time::Year;

/// Settings change no cell from filled to empty, so any will do.
const ANY: &Settings = &Settings::NOMENCLATURE;

pub(super) fn required(submission: &AefSubmission, report: &mut Report) {
    for table in Table::ALL {
        for (row, cells) in submission.rows(table, ANY).enumerate() {
            let without_units = table == Table::Actions
                && submission.actions.get(row).is_some_and(of_authorization);
            for (column, cell) in table.columns().iter().zip(cells) {
                let needed = match column.demand {
                    Demand::Required => true,
                    Demand::RequiredOfUnits => !without_units,
                    Demand::Optional | Demand::FilledByPlatform => continue,
                };
                report.look();
                let empty = match &cell {
                    Cell::Blank => true,
                    Cell::Text(text) => text.trim().is_empty(),
                    Cell::NotApplicable => needed,
                    Cell::Integer(_) | Cell::Signed(_) | Cell::Day(_) | Cell::Moment(_) => false,
                };
                if empty {
                    let wrong = format!("\"{}\" is empty", column.heading);
                    report.find(table, row, wrong, mend_of_empty(table));
                }
            }
        }
    }
}

fn of_authorization(row: &ActionRow) -> bool {
    row.action == ActionType::Authorization
}

const fn mend_of_empty(table: Table) -> &'static str {
    match table {
        Table::Submission => "name it when you ask for the submission",
        Table::Authorizations => "record a version of the authorisation that has it",
        Table::Actions | Table::Holdings => {
            "record a version of Japan's authorisation that has it, before the units are first transferred"
        }
        Table::AuthorizedEntities => "record a version of the authorisation that names it",
    }
}

pub(super) fn platform(submission: &AefSubmission, report: &mut Report) {
    for table in Table::ALL {
        for (row, cells) in submission.rows(table, ANY).enumerate() {
            for (column, cell) in table.columns().iter().zip(cells) {
                if column.demand == Demand::FilledByPlatform {
                    report.look();
                    if cell != Cell::Blank {
                        let wrong = format!("\"{}\" is filled", column.heading);
                        report.find(table, row, wrong, "leave it to the CARP");
                    }
                }
            }
        }
    }
}

/// Whether a column applies to a row, and whether something stands there.
type Applies = (&'static str, bool, bool);

pub(super) fn applicability(submission: &AefSubmission, report: &mut Report) {
    for (row, action) in submission.actions.iter().enumerate() {
        report.look();
        for (heading, applies, filled) in applies_to(action) {
            if filled && !applies {
                let wrong = format!("\"{heading}\" does not apply to {}", action.action);
                report.find(Table::Actions, row, wrong, "report NA there");
            }
        }
        for (heading, needed, filled) in needed_by(action) {
            if needed && !filled {
                let wrong = format!("\"{heading}\" is missing from {}", action.action);
                report.find(Table::Actions, row, wrong, "see what the entry of the row recorded");
            }
        }
    }
    for (row, authorization) in submission.authorizations.iter().enumerate() {
        report.look();
        let covers = authorization.purposes.is_some_and(|purposes| purposes.covers_oimp());
        let mend = "only an authorization for OIMP, IMP or OP has it";
        let stated = [
            ("OIMP authorized by the Party", authorization.oimp.is_some()),
            ("First transfer definition for OIMP", authorization.first_transfer.is_some()),
        ];
        for (heading, _) in stated.into_iter().filter(|(_, filled)| *filled && !covers) {
            let wrong = format!("\"{heading}\" does not apply to these purposes");
            report.find(Table::Authorizations, row, wrong, mend);
        }
        if covers && authorization.first_transfer.is_none() {
            let wrong = "\"First transfer definition for OIMP\" is missing";
            report.find(Table::Authorizations, row, wrong, "record a version that states it");
        }
        let ghg = authorization.metric == Metric::Ghg;
        if ghg && authorization.non_ghg_metric.is_some() {
            let wrong = "\"Applicable non-GHG metric\" is filled, and the metric is GHG";
            report.find(Table::Authorizations, row, wrong, "report NA there");
        }
    }
    for (row, holding) in submission.holdings.iter().enumerate() {
        report.look();
        if holding.metric == Metric::Ghg && holding.non_ghg_metric.is_some() {
            let wrong = "\"Applicable non-GHG metric\" is filled, and the metric is GHG";
            report.find(Table::Holdings, row, wrong, "report NA there");
        }
    }
}

fn applies_to(row: &ActionRow) -> [Applies; 7] {
    let action = row.action;
    let transfer = matches!(action, ActionType::FirstTransfer | ActionType::Transfer);
    let ends = action.consumes() || action == ActionType::FirstTransfer;
    let cancels = ends && action != ActionType::Use;
    [
        (
            "Transferring participating Party ID",
            action == ActionType::Acquisition,
            row.transferring.is_some(),
        ),
        ("Acquiring participating Party ID", transfer, row.acquiring.is_some()),
        (
            "Purpose for which the ITMO has been used towards or cancelled for OIMP",
            cancels,
            row.purpose.is_some(),
        ),
        ("Using/cancelling participating Party ID", ends, row.using_party.is_some()),
        ("Using/cancelling authorized entity ID", ends, row.entity.is_some()),
        (
            "Calendar year for which the ITMOs are used towards the Party's NDC",
            action == ActionType::Use,
            row.year_of_use.is_some(),
        ),
        ("Applicable non-GHG metric", row.metric == Metric::NonGhg, row.non_ghg_metric.is_some()),
    ]
}

fn needed_by(row: &ActionRow) -> [Applies; 4] {
    let action = row.action;
    let transfer = matches!(action, ActionType::FirstTransfer | ActionType::Transfer);
    [
        (
            "Transferring participating Party ID",
            action == ActionType::Acquisition,
            row.transferring.is_some(),
        ),
        ("Acquiring participating Party ID", transfer, row.acquiring.is_some()),
        ("Using/cancelling participating Party ID", action.consumes(), row.using_party.is_some()),
        (
            "Calendar year for which the ITMOs are used towards the Party's NDC",
            action == ActionType::Use,
            row.year_of_use.is_some(),
        ),
    ]
}

pub(super) fn subtypes(submission: &AefSubmission, report: &mut Report) {
    for (row, action) in submission.actions.iter().enumerate() {
        let Some(subtype) = action.subtype else { continue };
        report.look();
        if !subtype.fits(action.action) {
            let wrong = format!("subtype \"{subtype}\" does not belong to {}", action.action);
            report.find(Table::Actions, row, wrong, "choose one of the action's own, or NA");
        }
    }
}

pub(super) fn authorization_ids(submission: &AefSubmission, report: &mut Report) {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b" -/.".contains(&byte);
    let two = submission.authorizations.iter().map(|row| (Table::Authorizations, &row.id));
    let three = submission.actions.iter().map(|row| (Table::Actions, &row.authorization));
    let four = submission.holdings.iter().map(|row| (Table::Holdings, &row.authorization));
    let numbered = two.enumerate().chain(three.enumerate()).chain(four.enumerate());
    for (row, (table, id)) in numbered {
        report.look();
        if id.is_empty() || !id.bytes().all(allowed) {
            let wrong = format!("authorization ID \"{id}\" has other characters");
            let mend = "have the authorisation recorded under an ID without them";
            report.find(table, row, wrong, mend);
        }
    }
}

pub(super) fn years(submission: &AefSubmission, report: &mut Report) {
    let row = &submission.submission;
    report.look();
    if row.date.year() <= row.year {
        let wrong = format!("submitted on {}, before {} is over", row.date, row.year.get());
        report.find(Table::Submission, 0, wrong, "name a later day of submission");
    }
    if row.period_last < row.period_first {
        let wrong = "the last year of the NDC period comes before the first";
        report.find(Table::Submission, 0, wrong, "adopt the period anew");
    }
    for (number, action) in submission.actions.iter().enumerate() {
        report.look();
        let year = action.at.date_in_japan().year();
        if year != row.year {
            let wrong = format!("the action is of {}", year.get());
            let mend = format!("report it for that year, not for {}", row.year.get());
            report.find(Table::Actions, number, wrong, mend);
        }
    }
}

/// Mitigation of earlier years cannot be transferred under Article 6.
const FIRST_VINTAGE: u16 = 2021;

pub(super) fn vintages(submission: &AefSubmission, report: &mut Report) {
    let last = submission.submission.year;
    let blocks = submission.actions.iter().map(|row| (Table::Actions, row.block));
    let held = submission.holdings.iter().map(|row| (Table::Holdings, Some(row.block)));
    for (row, (table, block)) in blocks.enumerate().chain(held.enumerate()) {
        let Some(block) = block else { continue };
        report.look();
        let vintage = block.vintage;
        if vintage.get() < FIRST_VINTAGE {
            let wrong = format!("vintage {} lies before {FIRST_VINTAGE}", vintage.get());
            report.find(table, row, wrong, "such units are no ITMOs: leave them out");
        }
        if last < vintage {
            report.find(table, row, after(vintage), "look at the issuance of these units");
        }
    }
}

fn after(vintage: Year) -> String {
    format!("vintage {} lies after the reported year", vintage.get())
}
