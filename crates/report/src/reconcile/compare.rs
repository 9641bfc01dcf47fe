//! Which rows are about the same units, and what they say differently.
//!
//! Rows are paired in three steps, because a partner may number units of its own:
//!
//! 1. by running numbers under the same approach and Party, however either side
//!    cuts them into rows. Registries count where theirs is part of the identifier;
//! 2. rows left over: by the first unit of the registry below;
//! 3. rows left over: by authorisation, vintage and quantity, where one row of
//!    each side has these.
//!
//! What is paired in steps 2 and 3 differs in its identifiers.

use super::headings::Field;
use super::partner::{Partner, PartnerRow};
use super::value::Said;
use super::{Difference, Kind, LISTED_MAX, Quoted, Reconciliation, Verdict};
use crate::aef::{ActionRow, ActionType, AefRow, AefSubmission, ItmoBlock, Settings, Table};
use crate::segments::{Span, segments};
use crate::sheet::{Cell, DateStyle};
use jcm_format::command::ItmoRendering;
use jcm_format::id::CooperativeApproach;
use jcm_format::itmo::{Itmo, ItmoRegistry};
use jcm_format::party::Party;
use std::collections::{BTreeMap, BTreeSet};

/// One of our rows: its position in table 3, and its units.
struct Ours<'a> {
    row: usize,
    action: &'a ActionRow,
    block: ItmoBlock,
}

struct Comparison<'a> {
    ours: Vec<Ours<'a>>,
    theirs: &'a [PartnerRow],
    /// Tonnes of each pair that were paired by number.
    pairs: BTreeMap<(usize, usize), u64>,
    differences: Vec<Difference>,
    count: u64,
    /// Positions of rows in some difference.
    spoilt: (BTreeSet<usize>, BTreeSet<usize>),
}

pub(super) fn compare(
    submission: &AefSubmission,
    partner: Party,
    theirs: &Partner,
) -> Reconciliation {
    let acquired = submission.actions.iter().enumerate().filter_map(|(row, action)| {
        let from_partner =
            action.action == ActionType::Acquisition && action.transferring == Some(partner);
        let block = action.block.filter(|_| from_partner)?;
        Some(Ours { row, action, block })
    });
    let mut comparison = Comparison {
        ours: acquired.collect(),
        theirs: &theirs.rows,
        pairs: BTreeMap::new(),
        differences: Vec::new(),
        count: 0,
        spoilt: (BTreeSet::new(), BTreeSet::new()),
    };
    comparison.workbook(submission, partner, theirs);
    comparison.unread(&theirs.unread);
    comparison.their_rows();
    let (left_ours, left_theirs) = comparison.by_number();
    comparison.left_over(left_ours, left_theirs);
    let pairs: Vec<(usize, usize)> = comparison.pairs.keys().copied().collect();
    for (one, two) in pairs {
        comparison.attributes(one, two);
    }
    comparison.finished(partner, theirs)
}

impl Comparison<'_> {
    fn differ(&mut self, kind: Kind, ours: Option<usize>, theirs: Option<usize>, words: String) {
        self.spoilt.0.extend(ours);
        self.spoilt.1.extend(theirs);
        self.count = self.count.saturating_add(1);
        if self.differences.len() < LISTED_MAX {
            let ours = ours.and_then(|one| self.ours.get(one)).map(quote_ours);
            let theirs = theirs.and_then(|two| self.theirs.get(two)).map(quote_theirs);
            self.differences.push(Difference { kind, words, ours, theirs });
        }
    }

    fn workbook(&mut self, submission: &AefSubmission, partner: Party, theirs: &Partner) {
        if let Some(party) = theirs.party.filter(|party| *party != partner) {
            let words = format!("the workbook is of {party}, not of {partner}");
            self.differ(Kind::Workbook, None, None, words);
        }
        let year = submission.submission.year;
        if let Some(other) = theirs.year.filter(|other| *other != year) {
            let words = format!("the workbook reports on {}, ours on {}", other.get(), year.get());
            self.differ(Kind::Workbook, None, None, words);
        }
    }

    /// Rows that may be first transfers to us, for all that can be read.
    fn unread(&mut self, rows: &[PartnerRow]) {
        for row in rows {
            let said = if row.action.is_empty() { "nothing" } else { &row.action };
            let words = format!("their row {}: \"Action type\" cannot be read: {said}", row.number);
            self.count = self.count.saturating_add(1);
            if self.differences.len() < LISTED_MAX {
                let theirs = Some(quote_theirs(row));
                self.differences.push(Difference {
                    kind: Kind::TheirRow,
                    words,
                    ours: None,
                    theirs,
                });
            }
        }
    }

    /// What is odd in a row of theirs, whatever ours say.
    fn their_rows(&mut self) {
        for (two, row) in self.theirs.iter().enumerate() {
            let mut found: Vec<String> = row
                .odd()
                .into_iter()
                .map(|(name, text)| format!("\"{name}\" cannot be read: {text}"))
                .collect();
            for (name, said) in [("First ID", &row.first), ("Last ID", &row.last)] {
                if *said == Said::Nothing {
                    found.push(format!("\"{name}\" is missing"));
                }
            }
            found.extend(contradictions(row));
            for what in found {
                let words = format!("their row {}: {what}", row.number);
                self.differ(Kind::TheirRow, None, Some(two), words);
            }
        }
    }

    /// Step 1. Returns the rows of each side of which no unit was paired.
    fn by_number(&mut self) -> (BTreeSet<usize>, BTreeSet<usize>) {
        let ours = self.ours.iter().enumerate().map(|(one, of)| {
            let series = of.block.series;
            let key = (series.approach, series.party);
            Span { key, first: of.block.first, last: of.block.last, item: (true, one) }
        });
        let registries: BTreeSet<ItmoRegistry> =
            self.ours.iter().map(|of| of.block.series.registry).collect();
        let theirs = self.theirs.iter().enumerate().filter_map(|(two, row)| {
            let (first, last) = row.serials()?;
            // Of another registry's numbers none is the same unit.
            let registry = row.whole().map(|itmo| itmo.series.registry);
            let comparable = registry.is_none_or(|registry| registries.contains(&registry));
            let key = (row.said_approach()?, row.said_party()?);
            comparable.then_some(Span { key, first, last, item: (false, two) })
        });
        let segments = segments(ours.chain(theirs));
        let mut seen: (BTreeSet<usize>, BTreeSet<usize>) = Default::default();
        let mut alone = Vec::new();
        for segment in segments {
            let side = |wanted: bool| -> Vec<usize> {
                let items = segment.items.iter().filter(|(ours, _)| *ours == wanted);
                items.map(|(_, row)| *row).collect()
            };
            let (ours, theirs) = (side(true), side(false));
            let (first, last) = (segment.first, segment.last);
            if let [_, second, ..] = theirs.as_slice() {
                let words = format!("units {first} to {last} stand in more than one row of theirs");
                self.differ(Kind::TheirRow, None, Some(*second), words);
            }
            match (ours.first(), theirs.first()) {
                (Some(one), Some(two)) => {
                    seen.0.insert(*one);
                    seen.1.insert(*two);
                    let tonnes = self.pairs.entry((*one, *two)).or_default();
                    *tonnes = tonnes.saturating_add((last - first).saturating_add(1));
                }
                (one, two) => alone.push((one.copied(), two.copied(), first, last)),
            }
        }
        // A row that is paired in part: the rest of it is missing on the other side.
        for (one, two, first, last) in alone {
            let units = format!("units {first} to {last}");
            if let Some(one) = one.filter(|one| seen.0.contains(one)) {
                let words = format!("{units}: we report them, they do not");
                self.differ(Kind::OnlyOurs, Some(one), None, words);
            }
            if let Some(two) = two.filter(|two| seen.1.contains(two)) {
                let words = format!("{units}: they report them, we do not");
                self.differ(Kind::OnlyTheirs, None, Some(two), words);
            }
        }
        let left = |count: usize, seen: &BTreeSet<usize>| {
            (0..count).filter(|row| !seen.contains(row)).collect::<BTreeSet<_>>()
        };
        (left(self.ours.len(), &seen.0), left(self.theirs.len(), &seen.1))
    }

    /// Steps 2 and 3, and what is left after them.
    fn left_over(&mut self, mut ours: BTreeSet<usize>, mut theirs: BTreeSet<usize>) {
        for step in [by_unit, by_attributes] {
            let mut rows: BTreeMap<Key, (Vec<usize>, Vec<usize>)> = BTreeMap::new();
            for one in &ours {
                if let Some(key) = self.ours.get(*one).and_then(|of| step(Side::Ours(of))) {
                    rows.entry(key).or_default().0.push(*one);
                }
            }
            for two in &theirs {
                if let Some(key) = self.theirs.get(*two).and_then(|row| step(Side::Theirs(row))) {
                    rows.entry(key).or_default().1.push(*two);
                }
            }
            for (one, two) in rows.into_values() {
                if let ([one], [two]) = (one.as_slice(), two.as_slice()) {
                    ours.remove(one);
                    theirs.remove(two);
                    self.pairs.insert((*one, *two), 0);
                    self.identifiers(*one, *two);
                }
            }
        }
        for one in ours {
            let words = self.ours.get(one).map_or_else(String::new, |of| {
                format!("our row {}: they report no such first transfer", of.row + 1)
            });
            self.differ(Kind::OnlyOurs, Some(one), None, words);
        }
        for two in theirs {
            let words = self.theirs.get(two).map_or_else(String::new, |row| {
                format!("their row {}: we report no such acquisition", row.number)
            });
            self.differ(Kind::OnlyTheirs, None, Some(two), words);
        }
    }

    fn identifiers(&mut self, one: usize, two: usize) {
        let (Some(of), Some(row)) = (self.ours.get(one), self.theirs.get(two)) else { return };
        let ours = (of.block.itmo(of.block.first), of.block.itmo(of.block.last));
        let theirs =
            row.serials().map_or("unreadable numbers".to_owned(), |(first, last)| {
                match row.whole() {
                    Some(whole) => format!("{whole} to {}", Itmo { serial: last, ..whole }),
                    None => format!("{first} to {last}"),
                }
            });
        let words = format!("identifiers: ours {} to {}, theirs {theirs}", ours.0, ours.1);
        self.differ(Kind::Identifiers, Some(one), Some(two), words);
    }

    /// What a pair of rows says differently.
    fn attributes(&mut self, one: usize, two: usize) {
        let (Some(of), Some(row)) = (self.ours.get(one), self.theirs.get(two)) else { return };
        let series = of.block.series;
        let mut found: Vec<(Kind, String, String)> = Vec::new();
        let mut compare = |kind: Kind, ours: Option<String>, theirs: Option<String>| {
            if let (Some(ours), Some(theirs)) = (ours, theirs)
                && ours != theirs
            {
                found.push((kind, ours, theirs));
            }
        };
        let year = |year: jcm_format::time::Year| year.get().to_string();
        compare(Kind::Vintage, Some(year(of.block.vintage)), row.said_vintage().map(year));
        compare(
            Kind::Approach,
            Some(series.approach.to_string()),
            row.said_approach().map(|approach| approach.to_string()),
        );
        compare(
            Kind::FirstParty,
            Some(series.party.to_string()),
            row.said_party().map(|party| party.to_string()),
        );
        let acted = of.action.at.date_in_japan().year();
        compare(Kind::Year, Some(year(acted)), row.date.this().map(|date| year(date.year())));
        let authorization = row.authorization.this().cloned();
        compare(Kind::Authorization, of.action.partner_authorization.clone(), authorization);
        // Rows that are paired by number may be cut otherwise; then units are compared.
        if self.pairs.get(&(one, two)) == Some(&0) {
            let tonnes = |tonnes: u64| tonnes.to_string();
            let theirs = row.quantity.this().copied();
            compare(Kind::Quantity, of.action.quantity.map(tonnes), theirs.map(tonnes));
        }
        for (kind, ours, theirs) in found {
            let words = format!("{}: ours {ours}, theirs {theirs}", named(kind));
            self.differ(kind, Some(one), Some(two), words);
        }
    }

    fn finished(self, partner: Party, theirs: &Partner) -> Reconciliation {
        let (ours, spoilt) = (&self.ours, &self.spoilt);
        let in_order = self.pairs.iter().filter(|((one, two), tonnes)| {
            **tonnes != 0 && !spoilt.0.contains(one) && !spoilt.1.contains(two)
        });
        let mut agreed_tonnes = 0_u64;
        let mut agreed = Vec::new();
        for ((one, two), tonnes) in in_order {
            agreed_tonnes = agreed_tonnes.saturating_add(*tonnes);
            if let (Some(of), Some(row)) = (ours.get(*one), self.theirs.get(*two)) {
                agreed.push((of.row + 1, row.number));
            }
        }
        let not_compared = not_compared(&self, theirs);
        let verdict = match (self.count, not_compared.is_empty()) {
            (0, true) => Verdict::Agrees,
            (0, false) => Verdict::Incomplete,
            _ => Verdict::Differs,
        };
        Reconciliation {
            partner,
            template: theirs.template,
            sheet: theirs.sheet.clone(),
            verdict,
            agreed_tonnes,
            agreed,
            differences: self.differences,
            difference_count: self.count,
            not_compared,
            passed_over: theirs.passed_over,
        }
    }
}

const fn named(kind: Kind) -> &'static str {
    match kind {
        Kind::Workbook => "workbook",
        Kind::TheirRow => "their row",
        Kind::OnlyOurs => "units of ours alone",
        Kind::OnlyTheirs => "units of theirs alone",
        Kind::Identifiers => "identifiers",
        Kind::Quantity => "quantity",
        Kind::Vintage => "vintage",
        Kind::Year => "year of the action",
        Kind::Approach => "cooperative approach",
        Kind::FirstParty => "first transferring Party",
        Kind::Authorization => "the partner's authorization",
    }
}

/// Columns that the workbook lacks, and cells that say nothing, in pairs of rows.
fn not_compared(comparison: &Comparison<'_>, theirs: &Partner) -> Vec<String> {
    let mut found = Vec::new();
    if theirs.party.is_none() {
        found.push("the workbook does not say of which Party it is".to_owned());
    }
    if theirs.year.is_none() {
        found.push("the workbook does not say on which year it reports".to_owned());
    }
    let rows = || comparison.pairs.keys().filter_map(|(_, two)| theirs.rows.get(*two));
    let silent = |says: &dyn Fn(&PartnerRow) -> bool| -> Vec<u32> {
        let rows: BTreeSet<u32> = rows().filter(|row| !says(row)).map(|row| row.number).collect();
        rows.into_iter().collect()
    };
    type Says<'a> = &'a dyn Fn(&PartnerRow) -> bool;
    let fields: [(Field, &str, Says<'_>); 7] = [
        (Field::Vintage, "vintage", &|row| row.said_vintage().is_some()),
        (Field::ActionDate, "action date", &|row| row.date != Said::Nothing),
        (Field::Quantity, "quantity", &|row| row.quantity != Said::Nothing),
        (Field::Approach, "cooperative approach", &|row| row.said_approach().is_some()),
        (Field::FirstParty, "first transferring Party", &|row| row.said_party().is_some()),
        (Field::Authorization, "authorization", &|row| row.authorization != Said::Nothing),
        (Field::Acquiring, "acquiring Party", &|row| row.acquiring != Said::Nothing),
    ];
    for (field, name, says) in fields {
        let rows = silent(says);
        if !theirs.fields.contains(&field) && !theirs.rows.is_empty() {
            found.push(format!("the sheet has no column for the {name}"));
        } else if let Some(first) = rows.first() {
            let more = rows.len() - 1;
            let others = if more == 0 { String::new() } else { format!(" and {more} more") };
            found.push(format!("{name} of their row {first}{others}"));
        }
    }
    let unknown = comparison.pairs.keys().filter_map(|(one, _)| comparison.ours.get(*one));
    let unknown = unknown.filter(|of| of.action.partner_authorization.is_none()).count();
    if unknown != 0 {
        found.push(format!("the partner's authorization of {unknown} pairs: our row names none"));
    }
    found
}

/// What a row of theirs says against itself.
fn contradictions(row: &PartnerRow) -> Vec<String> {
    let mut found = Vec::new();
    let (first, last) = (row.first.this(), row.last.this());
    if let (Some(first), Some(last)) = (first, last) {
        if last.serial < first.serial {
            found.push(format!("first ID {} is above last ID {}", first.serial, last.serial));
        } else if let Some(quantity) = row.quantity.this()
            && (last.serial - first.serial).checked_add(1) != Some(*quantity)
        {
            let (first, last) = (first.serial, last.serial);
            found.push(format!("quantity {quantity} for units {first} to {last}"));
        }
        if let (Some(one), Some(two)) = (first.whole, last.whole)
            && (one.series, one.vintage) != (two.series, two.vintage)
        {
            found.push("first and last ID are of different blocks".to_owned());
        }
    }
    if let Some(Itmo { series, vintage, .. }) = row.whole() {
        let columns = [
            (row.approach.this().is_some_and(|said| *said != series.approach), "approach"),
            (
                row.party.this().is_some_and(|said| *said != series.party),
                "first transferring Party",
            ),
            (row.vintage.this().is_some_and(|said| *said != vintage), "vintage"),
        ];
        let wrong = columns.into_iter().filter(|(differs, _)| *differs);
        found.extend(wrong.map(|(_, name)| format!("the {name} is not that of its identifiers")));
    }
    found
}

/// A row of either side.
#[derive(Clone, Copy)]
enum Side<'a> {
    Ours(&'a Ours<'a>),
    Theirs(&'a PartnerRow),
}

/// By what rows are paired that no number pairs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Unit(String),
    Attributes(Option<CooperativeApproach>, String, u16, u64),
}

fn by_unit(side: Side<'_>) -> Option<Key> {
    let unit = match side {
        Side::Ours(of) => of.action.underlying.as_ref().map(|units| units.first.clone()),
        Side::Theirs(row) => row.first_unit.this().cloned(),
    };
    unit.map(|unit| Key::Unit(unit.to_ascii_uppercase().replace(' ', "")))
}

fn by_attributes(side: Side<'_>) -> Option<Key> {
    match side {
        Side::Ours(of) => {
            let authorization = of.action.partner_authorization.clone()?;
            let vintage = of.block.vintage.get();
            let approach = Some(of.block.series.approach);
            Some(Key::Attributes(approach, authorization, vintage, of.action.quantity?))
        }
        Side::Theirs(row) => Some(Key::Attributes(
            row.said_approach(),
            row.authorization.this()?.clone(),
            row.said_vintage()?.get(),
            *row.quantity.this()?,
        )),
    }
}

/// Our rows are quoted with whole identifiers, whatever style the report has.
const QUOTING: &Settings = &Settings {
    ids: ItmoRendering::Full,
    dates: DateStyle::DayMonthYear,
    ..Settings::NOMENCLATURE
};

fn quote_ours(of: &Ours<'_>) -> Quoted {
    let cells = of.action.cells(QUOTING);
    let named = Table::Actions.columns().iter().zip(cells);
    let said = named.filter(|(_, cell)| !matches!(cell, Cell::Blank | Cell::NotApplicable));
    let cells = said.map(|(column, cell)| (column.heading.to_owned(), cell.shown(QUOTING.dates)));
    Quoted { row: of.row as u64 + 1, cells: cells.collect() }
}

fn quote_theirs(row: &PartnerRow) -> Quoted {
    Quoted { row: u64::from(row.number), cells: row.quoted.clone() }
}
