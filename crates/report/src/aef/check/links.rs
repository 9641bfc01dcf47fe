//! Checks of rows against rows of other tables.

use super::super::AefSubmission;
use super::super::columns::Table;
use super::Report;
use std::collections::BTreeSet;

fn known(submission: &AefSubmission) -> BTreeSet<&str> {
    submission.authorizations.iter().map(|row| row.id.as_str()).collect()
}

const MEND: &str = "see that the authorisation was recorded, and is Japan's";

pub(super) fn of_actions(submission: &AefSubmission, report: &mut Report) {
    let known = known(submission);
    for (row, action) in submission.actions.iter().enumerate() {
        report.look();
        let id = action.authorization.as_str();
        if !known.contains(id) {
            let wrong = format!("authorization \"{id}\" is not in Table 2");
            report.find(Table::Actions, row, wrong, MEND);
        }
    }
}

pub(super) fn of_holdings(submission: &AefSubmission, report: &mut Report) {
    let known = known(submission);
    for (row, holding) in submission.holdings.iter().enumerate() {
        report.look();
        let id = holding.authorization.as_str();
        if !known.contains(id) {
            let wrong = format!("authorization \"{id}\" is not in Table 2");
            report.find(Table::Holdings, row, wrong, MEND);
        }
    }
}

pub(super) fn entities(submission: &AefSubmission, report: &mut Report) {
    let known: BTreeSet<&str> = submission.entities.iter().map(|row| row.number.as_str()).collect();
    for (row, action) in submission.actions.iter().enumerate() {
        let Some(entity) = &action.entity else { continue };
        report.look();
        if !known.contains(entity.as_str()) {
            let wrong = format!("entity \"{entity}\" is not in Table 5");
            let mend = "record a version of the authorisation that names the entity";
            report.find(Table::Actions, row, wrong, mend);
        }
    }
}

pub(super) fn unique(submission: &AefSubmission, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for (row, authorization) in submission.authorizations.iter().enumerate() {
        report.look();
        if !seen.insert((authorization.id.as_str(), authorization.version)) {
            let (id, version) = (&authorization.id, authorization.version);
            let wrong = format!("authorization \"{id}\", version {version}, is there twice");
            report.find(Table::Authorizations, row, wrong, "give the versions different numbers");
        }
    }
    let mut seen = BTreeSet::new();
    for (row, entity) in submission.entities.iter().enumerate() {
        report.look();
        if !seen.insert((entity.country, entity.number.as_str(), entity.approach)) {
            let wrong = format!("entity \"{}\" is there twice", entity.number);
            report.find(Table::AuthorizedEntities, row, wrong, "name it once for each approach");
        }
    }
}

pub(super) fn provenance(submission: &AefSubmission, report: &mut Report) {
    for (table, row, of) in submission.provenance() {
        report.look();
        if of.sources().is_empty() {
            report.find(table, row, "no entry is named", "make the row from the log again");
        }
        let beyond = of.entries().into_iter().find(|entry| submission.entries <= entry.get());
        if let Some(entry) = beyond {
            let wrong = format!("entry {entry} was not read");
            report.find(table, row, wrong, "make the row from the log again");
        }
    }
}

pub(super) fn quantities(submission: &AefSubmission, report: &mut Report) {
    let Some(first_transferred) = &submission.first_transferred else {
        report.lack("what was first transferred under each authorisation is not known");
        return;
    };
    for (row, authorization) in submission.authorizations.iter().enumerate() {
        // Of several versions in a year the last holds.
        let later = submission
            .authorizations
            .iter()
            .any(|other| other.id == authorization.id && authorization.version < other.version);
        let Some(most) = authorization.quantity.filter(|_| !later) else { continue };
        report.look();
        let used = first_transferred.get(&authorization.id).copied().unwrap_or(0);
        if most < used {
            let wrong = format!("{used} t were first transferred, and {most} t are authorised");
            let mend = "record a version that authorises as much, or look at the first transfers";
            report.find(Table::Authorizations, row, wrong, mend);
        }
    }
}
