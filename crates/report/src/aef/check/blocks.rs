//! Checks of units: which rows name the same.

use super::super::AefSubmission;
use super::super::columns::Table;
use super::super::nomenclature::{ActionType, Metric};
use super::super::rows::{ItmoBlock, Underlying};
use super::Report;
use crate::segments::{Segment, Span, segments};
use jcm_format::command::MitigationType;
use jcm_format::id::CooperativeApproach;
use jcm_format::itmo::ItmoSeries;
use jcm_format::party::Party;
use jcm_format::time::Year;
use std::collections::BTreeMap;

/// Whose units a stretch are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Role {
    /// Held at the end of the year before.
    Opening(usize),
    /// Acquired, by the row of table 3.
    Acquired(usize),
    /// Used or cancelled, by the row of table 3.
    Consumed(usize),
    /// Held, by the row of table 4.
    Held(usize),
}

impl Role {
    /// The row to look at; none for what was held a year before.
    const fn row(self) -> Option<(Table, usize)> {
        match self {
            Role::Opening(_) => None,
            Role::Acquired(row) | Role::Consumed(row) => Some((Table::Actions, row)),
            Role::Held(row) => Some((Table::Holdings, row)),
        }
    }
}

fn span(block: &ItmoBlock, item: Role) -> Span<ItmoSeries, Role> {
    Span { key: block.series, first: block.first, last: block.last, item }
}

fn all(submission: &AefSubmission) -> Vec<Segment<ItmoSeries, Role>> {
    let opening = submission.opening.iter().flatten().enumerate();
    let opening = opening.map(|(row, block)| span(block, Role::Opening(row)));
    let actions = submission.actions.iter().enumerate().filter_map(|(row, action)| {
        let role = match action.action {
            ActionType::Acquisition => Role::Acquired(row),
            ActionType::Use | ActionType::Cancellation | ActionType::VoluntaryCancellation => {
                Role::Consumed(row)
            }
            ActionType::Authorization | ActionType::FirstTransfer | ActionType::Transfer => {
                return None;
            }
        };
        Some(span(action.block.as_ref()?, role))
    });
    let held = submission.holdings.iter().enumerate();
    let held = held.map(|(row, holding)| span(&holding.block, Role::Held(row)));
    segments(opening.chain(actions).chain(held))
}

/// What of a segment has one role.
fn with(segment: &Segment<ItmoSeries, Role>, role: fn(&Role) -> bool) -> Vec<Role> {
    segment.items.iter().copied().filter(role).collect()
}

fn is_held(role: &Role) -> bool {
    matches!(role, Role::Held(_))
}

fn is_consumed(role: &Role) -> bool {
    matches!(role, Role::Consumed(_))
}

/// In the book before the year, or come into it in the year.
fn is_there(role: &Role) -> bool {
    matches!(role, Role::Opening(_) | Role::Acquired(_))
}

fn units(segment: &Segment<ItmoSeries, Role>) -> String {
    let Segment { key, first, last, .. } = segment;
    format!("units {first} to {last} of {key}")
}

pub(super) fn first_and_last(submission: &AefSubmission, report: &mut Report) {
    let actions = submission.actions.iter().map(|row| (Table::Actions, row.block));
    let held = submission.holdings.iter().map(|row| (Table::Holdings, Some(row.block)));
    for (row, (table, block)) in actions.enumerate().chain(held.enumerate()) {
        let Some(block) = block else { continue };
        report.look();
        if block.first == 0 || block.last < block.first {
            let wrong = format!("the block goes from {} to {}", block.first, block.last);
            report.find(table, row, wrong, "name the lowest number first; numbers begin at 1");
        }
    }
}

pub(super) fn quantities(submission: &AefSubmission, report: &mut Report) {
    let actions = submission.actions.iter().map(|row| (Table::Actions, row.block, row.quantity));
    let held = submission.holdings.iter();
    let held = held.map(|row| (Table::Holdings, Some(row.block), Some(row.quantity)));
    for (row, (table, block, quantity)) in actions.enumerate().chain(held.enumerate()) {
        // Without units an authorisation's quantity is the most that it allows.
        let Some(block) = block else { continue };
        report.look();
        if quantity != block.quantity() {
            let said =
                quantity.map_or("no quantity".to_owned(), |quantity| format!("{quantity} t"));
            let wrong = format!("{said} for units {} to {}", block.first, block.last);
            report.find(table, row, wrong, "a unit is a tonne: state last ID - first ID + 1");
        }
    }
}

pub(super) fn holdings_apart(submission: &AefSubmission, report: &mut Report) {
    for segment in all(submission) {
        report.look();
        let held = with(&segment, is_held);
        if let [first, second, ..] = held.as_slice()
            && let (Some((_, one)), Some((table, two))) = (first.row(), second.row())
        {
            let wrong = format!("{} stand in row {} as well", units(&segment), one + 1);
            report.find(table, two, wrong, "name each unit in one row");
        }
    }
}

pub(super) fn consumed_not_held(submission: &AefSubmission, report: &mut Report) {
    for segment in all(submission) {
        report.look();
        let consumed = with(&segment, is_consumed).first().and_then(|role| role.row());
        let held = with(&segment, is_held).first().and_then(|role| role.row());
        if let (Some((_, action)), Some((table, row))) = (consumed, held) {
            let kind = submission.actions.get(action).map(|row| row.action.as_str());
            let kind = kind.unwrap_or_default();
            let number = action + 1;
            let wrong = format!(
                "{} are held, and row {number} of Table 3 is their {kind}",
                units(&segment)
            );
            report.find(table, row, wrong, "take them out of the holding");
        }
    }
}

pub(super) fn once(submission: &AefSubmission, report: &mut Report) {
    for segment in all(submission) {
        report.look();
        for (rows, what) in [
            (with(&segment, is_consumed), "used or cancelled"),
            (with(&segment, is_there), "acquired"),
        ] {
            if let [first, .., last] = rows.as_slice()
                && let Some((table, row)) = last.row()
            {
                let before = match first.row() {
                    Some((_, one)) => format!("in row {} as well", one + 1),
                    None => "in the year before as well".to_owned(),
                };
                let wrong = format!("{} are {what} {before}", units(&segment));
                report.find(table, row, wrong, "a unit comes and goes once: look at the entries");
            }
        }
    }
}

pub(super) fn balance(submission: &AefSubmission, report: &mut Report) {
    if submission.opening.is_none() {
        report.lack("what was held at the end of the year before is not known");
    }
    for segment in all(submission) {
        report.look();
        let there = !with(&segment, is_there).is_empty();
        let consumed = with(&segment, is_consumed).first().copied();
        let held = with(&segment, is_held).first().copied();
        let (wrong, at) = match (there, consumed, held) {
            // Without the year before, only what is there for certain can be missed.
            (false, Some(_), _) | (false, None, Some(_)) if submission.opening.is_none() => {
                continue;
            }
            (true, None, None) => {
                ("are there, and neither used, cancelled nor held", segment.items.first().copied())
            }
            (false, Some(consumed), _) => {
                ("are used or cancelled, and were never acquired", Some(consumed))
            }
            (false, None, Some(held)) => ("are held, and were never acquired", Some(held)),
            // Check 14 is about both at once.
            (true, Some(_), _) | (true, None, Some(_)) | (false, None, None) => continue,
        };
        let (wrong, mend) = (format!("{} {wrong}", units(&segment)), MEND_BALANCE);
        match at.and_then(Role::row) {
            Some((table, row)) => report.find(table, row, wrong, mend),
            // Of the year before there is no row to name.
            None => report.miss(Table::Holdings, wrong, mend),
        }
    }
}

const MEND_BALANCE: &str = "compare the rows with the entries that they name";

/// What may not differ between rows of the same unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Attributes {
    approach: CooperativeApproach,
    party: Party,
    metric: Metric,
    mitigation: Option<MitigationType>,
    vintage: Year,
}

impl Attributes {
    fn difference(&self, other: &Attributes) -> Option<&'static str> {
        let pairs = [
            (self.approach == other.approach, "cooperative approach"),
            (self.party == other.party, "first transferring Party"),
            (self.metric == other.metric, "metric"),
            (self.mitigation == other.mitigation, "mitigation type"),
            (self.vintage == other.vintage, "vintage"),
        ];
        pairs.into_iter().find(|(same, _)| !same).map(|(_, name)| name)
    }
}

type Row<'a> = ((Table, usize), Attributes, Option<&'a Underlying>);

fn rows(submission: &AefSubmission) -> Vec<Row<'_>> {
    let of = |block: &ItmoBlock, metric, mitigation| Attributes {
        approach: block.series.approach,
        party: block.series.party,
        metric,
        mitigation,
        vintage: block.vintage,
    };
    let actions = submission.actions.iter().enumerate().filter_map(|(row, action)| {
        let attributes = of(action.block.as_ref()?, action.metric, action.mitigation);
        Some(((Table::Actions, row), attributes, action.underlying.as_ref()))
    });
    let held = submission.holdings.iter().enumerate().map(|(row, holding)| {
        let attributes = of(&holding.block, holding.metric, holding.mitigation);
        ((Table::Holdings, row), attributes, holding.underlying.as_ref())
    });
    actions.chain(held).collect()
}

/// The same running numbers, and the same first unit of the registry below.
pub(super) fn same_attributes(submission: &AefSubmission, report: &mut Report) {
    let rows = rows(submission);
    let mut by_unit: BTreeMap<&str, (&(Table, usize), &Attributes)> = BTreeMap::new();
    let mut by_row: BTreeMap<(Table, usize), &Attributes> = BTreeMap::new();
    for (place, attributes, underlying) in &rows {
        by_row.insert(*place, attributes);
        let Some(underlying) = underlying else { continue };
        report.look();
        let (other, first) =
            *by_unit.entry(underlying.first.as_str()).or_insert((place, attributes));
        if let Some(what) = attributes.difference(first) {
            let at = format!("{}, row {}", other.0.sheet(), other.1 + 1);
            let wrong = format!("unit {} has another {what} in {at}", underlying.first);
            report.find(place.0, place.1, wrong, MEND_ATTRIBUTES);
        }
    }
    for segment in all(submission) {
        let places: Vec<_> = segment.items.iter().filter_map(|item| item.row()).collect();
        let Some((first, rest)) = places.split_first() else { continue };
        for place in rest {
            report.look();
            let (Some(one), Some(two)) = (by_row.get(first), by_row.get(place)) else { continue };
            if let Some(what) = two.difference(one) {
                let at = format!("{}, row {}", first.0.sheet(), first.1 + 1);
                let wrong = format!("{} have another {what} in {at}", units(&segment));
                report.find(place.0, place.1, wrong, MEND_ATTRIBUTES);
            }
        }
    }
}

const MEND_ATTRIBUTES: &str = "these never change: look at the issuance and the authorisations";
