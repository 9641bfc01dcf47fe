//! What is different between two submissions, in words.

use super::AefSubmission;
use super::columns::Table;
use super::settings::Settings;
use crate::sheet::Cell;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// In which table.
    pub table: Table,
    /// Which row, by what it is about.
    pub about: String,
    /// What happened to it.
    #[serde(flatten)]
    pub change: Change,
}

/// What happened to a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "change")]
pub enum Change {
    /// Only the later submission has it.
    Added {
        /// Its row there, from 1.
        row: usize,
    },
    /// Only the earlier submission has it.
    Removed {
        /// Its row there, from 1.
        row: usize,
    },
    /// Both have it, and a cell differs.
    Changed {
        /// The heading of the cell.
        heading: &'static str,
        /// What it said.
        from: String,
        /// What it says.
        to: String,
    },
}

/// `Table 3 Actions, Use of CA0007-JPN01-VNM from 1: "Last ID" was 90 and is 100`.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Difference { table, about, change } = self;
        write!(f, "{}, {about}: ", table.sheet())?;
        match change {
            Change::Added { row } => write!(f, "added (row {row})"),
            Change::Removed { row } => write!(f, "removed (it was row {row})"),
            Change::Changed { heading, from, to } => {
                write!(f, "\"{heading}\" was {} and is {}", quoted(from), quoted(to))
            }
        }
    }
}

fn quoted(text: &str) -> String {
    if text.is_empty() { "blank".to_owned() } else { format!("\"{text}\"") }
}

/// What `after` says otherwise than `before`, table by table, as `settings` write it.
/// A row is the same row if it is about the same thing: an authorization and its
/// version, an action of a kind from one unit on, a holding from one unit on, an entity.
pub fn diff(before: &AefSubmission, after: &AefSubmission, settings: &Settings) -> Vec<Difference> {
    Table::ALL.iter().flat_map(|table| of_table(*table, before, after, settings)).collect()
}

/// What rows are about: repeated names are counted, so that they stay apart.
type Named = BTreeMap<(String, usize), (usize, Vec<Cell>)>;

fn of_table(
    table: Table,
    before: &AefSubmission,
    after: &AefSubmission,
    settings: &Settings,
) -> Vec<Difference> {
    let (old, new) = (named(table, before, settings), named(table, after, settings));
    let mut found = Vec::new();
    for (key, (row, cells)) in &old {
        let about = about(key);
        match new.get(key) {
            None => {
                let change = Change::Removed { row: row + 1 };
                found.push(Difference { table, about, change });
            }
            Some((_, others)) => {
                let columns = table.columns().iter().zip(cells.iter().zip(others));
                found.extend(columns.filter(|(_, (from, to))| from != to).map(
                    |(column, (from, to))| {
                        let heading = column.heading;
                        let (from, to) = (from.shown(settings.dates), to.shown(settings.dates));
                        let change = Change::Changed { heading, from, to };
                        Difference { table, about: about.clone(), change }
                    },
                ));
            }
        }
    }
    let added = new.iter().filter(|(key, _)| !old.contains_key(*key));
    found.extend(added.map(|(key, (row, _))| {
        let change = Change::Added { row: row + 1 };
        Difference { table, about: about(key), change }
    }));
    found
}

fn about((name, ordinal): &(String, usize)) -> String {
    if *ordinal == 0 { name.clone() } else { format!("{name} (no. {})", ordinal + 1) }
}

fn named(table: Table, submission: &AefSubmission, settings: &Settings) -> Named {
    let names: Vec<String> = match table {
        Table::Submission => vec!["submission".to_owned()],
        Table::Authorizations => {
            let rows = submission.authorizations.iter();
            rows.map(|row| format!("authorization {} version {}", row.id, row.version)).collect()
        }
        Table::Actions => {
            let rows = submission.actions.iter();
            rows.map(|row| match &row.block {
                Some(block) => {
                    format!("{} of units from {}", row.action, block.itmo(block.first))
                }
                None => format!("{} under {}", row.action, row.authorization),
            })
            .collect()
        }
        Table::Holdings => {
            let rows = submission.holdings.iter().map(|row| row.block);
            rows.map(|block| format!("holding of units from {}", block.itmo(block.first))).collect()
        }
        Table::AuthorizedEntities => {
            let rows = submission.entities.iter();
            rows.map(|row| {
                format!("entity {} of {} under {}", row.number, row.country, row.approach)
            })
            .collect()
        }
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let rows = names.into_iter().zip(submission.rows(table, settings)).enumerate();
    rows.map(|(row, (name, cells))| {
        let count = counts.entry(name.clone()).or_default();
        let ordinal = *count;
        *count += 1;
        ((name, ordinal), (row, cells))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample::sample;
    use super::*;

    const SETTINGS: &Settings = &Settings::NOMENCLATURE;

    fn words(before: &AefSubmission, after: &AefSubmission) -> Vec<String> {
        diff(before, after, SETTINGS).iter().map(Difference::to_string).collect()
    }

    #[test]
    fn the_same_submission_has_no_difference() {
        assert!(diff(&sample(), &sample(), SETTINGS).is_empty());
    }

    #[test]
    fn a_cell_a_row_more_and_a_row_less_are_told_in_words() {
        let (before, mut after) = (sample(), sample());
        after.submission.version = super::super::SubmissionVersion::new(1, 1).expect("a version");
        after.actions[2].block.as_mut().expect("units").last = 35;
        after.actions[2].quantity = Some(35);
        let gone = after.holdings.pop().expect("a holding");
        after.entities.push(after.entities[0].clone());
        assert_eq!(
            words(&before, &after),
            [
                "Table 1 Submission, submission: \"Version\" was \"1.0\" and is \"1.1\"".to_owned(),
                "Table 3 Actions, Use of units from CA0007-JPN01-VNM-1-2023: \"Last ID\" was \"40\" and is \"35\"".to_owned(),
                "Table 3 Actions, Use of units from CA0007-JPN01-VNM-1-2023: \"Quantity (t CO2 eq)\" was \"40\" and is \"35\"".to_owned(),
                format!(
                    "Table 4 Holdings, holding of units from {}: removed (it was row {})",
                    gone.block.itmo(gone.block.first),
                    before.holdings.len(),
                ),
                "Table 5 Auth. entities, entity T-1 of THA under CA0007 (no. 2): added (row 2)".to_owned(),
            ]
        );
    }

    #[test]
    fn a_blank_cell_is_called_blank() {
        let (mut before, after) = (sample(), sample());
        before.authorizations[0].terms = Some(String::new());
        let words = words(&before, &after);
        assert_eq!(words.len(), 1);
        assert!(
            words[0].ends_with("\"Authorization terms and conditions\" was blank and is \"NA\""),
            "{words:?}"
        );
    }
}
