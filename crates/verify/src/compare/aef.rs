//! Tables of the Agreed Electronic Format: rows with a quantity and the
//! identification numbers of the first and the last unit.
//!
//! What is compared: that a row's quantity is that of its units and its vintage
//! theirs; that what is listed as held is held and was first transferred, and that
//! nothing of that kind is missing; that what was acted on was first transferred,
//! and what is said to be used is in the retirement account. What is not: the
//! cells that the submission takes from its own settings.

use super::readers::{number, text};
use super::{Claims, Reader};
use crate::replay::State;
use jcm_format::event::AccountCategory;
use jcm_format::serial::SerialRange;
use serde_json::Value;

/// The quantity of a row.
const QUANTITY: &str = "Quantity (t CO2 eq)";
/// The identification number of its first unit.
const FIRST: &str = "First unit ID";
/// The identification number of its last.
const LAST: &str = "Last unit ID";
/// What a table of actions has and one of holdings has not.
const ACTION: &str = "Action type";

/// `aef` tables, as the report writes them.
pub(super) struct Tables;

/// A row about units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnitRow {
    /// Table and row, for people.
    what: String,
    first: String,
    last: String,
    tonnes: u64,
    vintage: Option<u64>,
    /// Of an action, what was done; a holding has none.
    action: Option<String>,
}

impl Reader for Tables {
    fn recognises(&self, report: &Value) -> bool {
        report.get("entries_read").is_some() && tables(report).next().is_some()
    }

    fn claims(&self, report: &Value) -> Result<Claims, String> {
        let mut claims =
            Claims { entries: Some(number(report, "entries_read")?), ..Claims::default() };
        claims.state("entries", number(report, "entries_read")?);
        for (table, rows) in tables(report) {
            for (position, row) in rows.iter().enumerate() {
                let what = format!("{table}, row {}", position + 1);
                let row = unit_row(&what, row).map_err(|error| format!("{what}: {error}"))?;
                claims.rows.extend(row);
            }
        }
        claims.holdings = true;
        Ok(claims)
    }
}

/// The members that are lists of rows about units.
fn tables(report: &Value) -> impl Iterator<Item = (&String, &Vec<Value>)> {
    let members = report.as_object().into_iter().flatten();
    let lists = members.filter_map(|(name, value)| Some((name, value.as_array()?)));
    lists.filter(|(_, rows)| rows.iter().any(|row| row.get(QUANTITY).is_some()))
}

/// A row; none of one without units, as of an authorisation.
fn unit_row(what: &str, row: &Value) -> Result<Option<UnitRow>, String> {
    let action = row.get(ACTION).map(|_| text(row, ACTION).map(str::to_owned)).transpose()?;
    if row.get(QUANTITY).is_none_or(|quantity| !quantity.is_u64()) {
        return match action {
            Some(_) => Ok(None),
            None => Err(format!("{QUANTITY} is not a whole number")),
        };
    }
    Ok(Some(UnitRow {
        what: what.to_owned(),
        first: text(row, FIRST)?.to_owned(),
        last: text(row, LAST)?.to_owned(),
        tonnes: number(row, QUANTITY)?,
        vintage: row.get("Vintage").and_then(Value::as_u64),
        action,
    }))
}

/// What is wrong with the rows of a report, in the light of the state.
pub(super) fn wrong(claims: &Claims, state: &State) -> Vec<String> {
    let mut wrong: Vec<String> = claims.rows.iter().filter_map(|row| fault(row, state)).collect();
    if claims.holdings {
        let stated: u128 = claims
            .rows
            .iter()
            .filter(|row| row.action.is_none())
            .map(|row| u128::from(row.tonnes))
            .sum();
        let held = held_outcomes(state);
        if stated != held {
            wrong.push(format!(
                "the holdings sum up to {stated} t, but {held} t were first transferred and are \
                 neither retired nor cancelled"
            ));
        }
    }
    wrong
}

fn fault(row: &UnitRow, state: &State) -> Option<String> {
    let what = &row.what;
    let Some(range) = range_of(row, state) else {
        return Some(format!("{what}: {} to {} are no units of one block", row.first, row.last));
    };
    let units = range.quantity().get();
    if units != row.tonnes {
        return Some(format!("{what}: {} t are stated, but {range} are {units} units", row.tonnes));
    }
    let vintage = state.units.block_of(range).map(|block| u64::from(block.vintage.get()));
    if row.vintage.is_some() && row.vintage != vintage {
        return Some(format!(
            "{what}: the vintage of {range} is {vintage:?}, not {:?}",
            row.vintage
        ));
    }
    let outcomes = state.units.first_transferred.stretches(range);
    if outcomes.iter().any(|(_, pair)| pair.is_none()) {
        return Some(format!("{what}: not all of {range} were first transferred"));
    }
    let sinks = state
        .units
        .held
        .stretches(range)
        .into_iter()
        .map(|(_, account)| account.and_then(|account| state.category(account)));
    let retired = sinks.clone().all(|category| category == Some(AccountCategory::Retirement));
    let gone = sinks.into_iter().any(|category| {
        matches!(category, Some(AccountCategory::Retirement | AccountCategory::Cancellation))
    });
    match row.action.as_deref() {
        None if gone => Some(format!("{what}: {range} are listed as held, but are not all held")),
        Some(action) if action.to_lowercase().starts_with("use") && !retired => {
            Some(format!("{what}: {range} are said to be used, but are not all retired"))
        }
        _ => None,
    }
}

/// The units that a row names, of one block and with all of them in it.
fn range_of(row: &UnitRow, state: &State) -> Option<SerialRange> {
    let format = &state.rules.identification;
    let (first, last) = (format.parse(&row.first).ok()?, format.parse(&row.last).ok()?);
    let range = SerialRange::new(first.block, first.unit, last.unit).ok()?;
    let block = state.units.block_of(range).filter(|_| first.block == last.block)?;
    // The numbers name project and vintage as well.
    let named = format.print_range(&block.project, block.vintage, range);
    (named == format!("{} - {}", row.first, row.last)).then_some(range)
}

/// Tonnes that were first transferred and are in no sink.
fn held_outcomes(state: &State) -> u128 {
    let sink = |account| {
        let category = state.category(account);
        matches!(category, Some(AccountCategory::Retirement | AccountCategory::Cancellation))
    };
    let outcomes = state.units.first_transferred.iter();
    let pieces = outcomes.flat_map(|(range, _)| state.units.held.stretches(range));
    let held = pieces.filter(|(_, account)| account.is_some_and(|account| !sink(account)));
    held.map(|(range, _)| u128::from(range.quantity().get())).sum()
}
