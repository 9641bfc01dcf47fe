//! The rows of a partner's report, read with patience and kept as they stand.

use super::grid::{Grid, grids};
use super::headings::{Field, Template, field};
use super::unpack::WorkbookError;
use super::value::{Said, Value, day, integer};
use crate::aef::ActionType;
use jcm_format::id::CooperativeApproach;
use jcm_format::itmo::{Itmo, ItmoRegistry};
use jcm_format::party::Party;
use jcm_format::time::{Date, Year};
use std::collections::BTreeMap;

/// Rows from the top in which headings are looked for.
const HEADING_ROWS: usize = 40;

/// What was read of a partner's workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Partner {
    pub(super) template: Template,
    pub(super) sheet: String,
    /// Party and year of table 1, where it stands in the workbook.
    pub(super) party: Option<Party>,
    pub(super) year: Option<Year>,
    /// Columns that were found.
    pub(super) fields: Vec<Field>,
    /// First transfers to Japan, or to nobody named.
    pub(super) rows: Vec<PartnerRow>,
    /// Rows with units of which the action cannot be read.
    pub(super) unread: Vec<PartnerRow>,
    /// Rows of other actions, or of first transfers to others.
    pub(super) passed_over: u64,
}

/// One row: what it says, and its cells to quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PartnerRow {
    /// In the sheet, from 1.
    pub(super) number: u32,
    /// Heading and text of each cell that is not empty.
    pub(super) quoted: Vec<(String, String)>,
    /// The type of the action, and the first template's mark beside it.
    pub(super) action: String,
    pub(super) mark: String,
    pub(super) date: Said<Date>,
    pub(super) approach: Said<CooperativeApproach>,
    pub(super) authorization: Said<String>,
    pub(super) party: Said<Party>,
    pub(super) registry: Said<ItmoRegistry>,
    pub(super) first: Said<PartnerId>,
    pub(super) last: Said<PartnerId>,
    pub(super) first_unit: Said<String>,
    pub(super) last_unit: Said<String>,
    pub(super) quantity: Said<u64>,
    pub(super) vintage: Said<Year>,
    pub(super) acquiring: Said<Party>,
}

/// An identifier: its running number, and the whole if it is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PartnerId {
    pub(super) serial: u64,
    pub(super) whole: Option<Itmo>,
}

impl PartnerRow {
    /// The running numbers, if both are there and in order.
    pub(super) fn serials(&self) -> Option<(u64, u64)> {
        let (first, last) = (self.first.this()?.serial, self.last.this()?.serial);
        (first <= last).then_some((first, last))
    }

    /// The first identifier, if it is whole: what it says comes before the columns.
    pub(super) fn whole(&self) -> Option<Itmo> {
        self.first.this()?.whole
    }

    pub(super) fn said_approach(&self) -> Option<CooperativeApproach> {
        self.whole().map(|itmo| itmo.series.approach).or(self.approach.this().copied())
    }

    pub(super) fn said_party(&self) -> Option<Party> {
        self.whole().map(|itmo| itmo.series.party).or(self.party.this().copied())
    }

    pub(super) fn said_vintage(&self) -> Option<Year> {
        self.whole().map(|itmo| itmo.vintage).or(self.vintage.this().copied())
    }

    /// Fields that cannot be read, and what they say.
    pub(super) fn odd(&self) -> Vec<(&'static str, &str)> {
        fn text<T>(said: &Said<T>) -> Option<&str> {
            match said {
                Said::Odd(text) => Some(text),
                Said::This(_) | Said::Nothing => None,
            }
        }
        let fields = [
            ("Action date", text(&self.date)),
            ("Cooperative approach ID", text(&self.approach)),
            ("Authorization ID", text(&self.authorization)),
            ("First transferring participating Party ID", text(&self.party)),
            ("Party ITMO registry ID", text(&self.registry)),
            ("First ID", text(&self.first)),
            ("Last ID", text(&self.last)),
            ("Quantity (t CO2 eq)", text(&self.quantity)),
            ("Vintage", text(&self.vintage)),
            ("Acquiring participating Party ID", text(&self.acquiring)),
        ];
        fields.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
    }
}

/// Reads the table of actions of a partner's workbook.
pub(super) fn read(bytes: &[u8]) -> Result<Partner, WorkbookError> {
    let grids = grids(bytes)?;
    let found = grids.iter().find_map(|grid| Some((grid, headings(grid)?)));
    let Some((grid, headings)) = found else {
        let sheets: Vec<&str> = grids.iter().map(|grid| grid.name.as_str()).collect();
        let sheets = if sheets.is_empty() { "none".to_owned() } else { sheets.join(", ") };
        return Err(WorkbookError::NoActions { sheets });
    };
    let (party, year) = submission(&grids);
    let mut partner = Partner {
        template: headings.template,
        sheet: grid.name.clone(),
        party,
        year,
        fields: headings.columns.keys().copied().collect(),
        rows: Vec::new(),
        unread: Vec::new(),
        passed_over: 0,
    };
    let below = headings.row.saturating_add(1);
    for (number, cells) in grid.rows.range(below..) {
        let row = row(*number, cells, &headings);
        match kind(&row.action, &row.mark) {
            Kind::FirstTransfer
                if row.acquiring.this().is_none_or(|party| *party == Party::JAPAN) =>
            {
                partner.rows.push(row);
            }
            // A note below the table has no units.
            Kind::Unknown if row.first != Said::Nothing => partner.unread.push(row),
            _ => partner.passed_over = partner.passed_over.saturating_add(1),
        }
    }
    Ok(partner)
}

/// Where the headings stand.
struct Headings {
    row: u32,
    template: Template,
    columns: BTreeMap<Field, u32>,
    names: BTreeMap<u32, String>,
}

fn headings(grid: &Grid) -> Option<Headings> {
    grid.rows.iter().take(HEADING_ROWS).find_map(|(row, cells)| {
        let mut columns = BTreeMap::new();
        let mut template = None;
        for (column, value) in cells {
            let Value::Text(text) = value else { continue };
            if let Some((field, of)) = field(text) {
                columns.entry(field).or_insert(*column);
                template = template.or(of);
            }
        }
        let needed = [Field::ActionType, Field::FirstId, Field::LastId];
        let all = needed.iter().all(|field| columns.contains_key(field));
        let names = cells.iter().map(|(column, value)| (*column, value.shown())).collect();
        let template = template.unwrap_or(Template::Present);
        all.then_some(Headings { row: *row, template, columns, names })
    })
}

fn row(number: u32, cells: &BTreeMap<u32, Value>, headings: &Headings) -> PartnerRow {
    let cell = |field: Field| headings.columns.get(&field).and_then(|column| cells.get(column));
    let words = |field: Field| cell(field).map(Value::shown).unwrap_or_default();
    let quoted = cells.iter().map(|(column, value)| {
        let name = headings.names.get(column).cloned();
        (name.unwrap_or_else(|| format!("column {}", column.saturating_add(1))), value.shown())
    });
    let text = |field: Field| Said::read(cell(field), |value| Some(value.shown()));
    PartnerRow {
        number: number.saturating_add(1),
        quoted: quoted.collect(),
        action: words(Field::ActionType),
        mark: words(Field::FirstTransfer),
        date: Said::read(cell(Field::ActionDate), day),
        approach: Said::read(cell(Field::Approach), approach),
        authorization: text(Field::Authorization),
        party: Said::read(cell(Field::FirstParty), party),
        registry: Said::read(cell(Field::Registry), |value| ItmoRegistry::new(&value.shown())),
        first: Said::read(cell(Field::FirstId), identifier),
        last: Said::read(cell(Field::LastId), identifier),
        first_unit: text(Field::FirstUnit),
        last_unit: text(Field::LastUnit),
        quantity: Said::read(cell(Field::Quantity), integer),
        vintage: Said::read(cell(Field::Vintage), year),
        acquiring: Said::read(cell(Field::Acquiring), party),
    }
}

fn squeezed(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// What a row is about.
enum Kind {
    FirstTransfer,
    Other,
    Unknown,
}

/// The first template has a column beside the type that marks first transfers.
fn kind(action: &str, mark: &str) -> Kind {
    let action = squeezed(action);
    let known = |of: &&ActionType| squeezed(of.as_str()) == action;
    let marked = ["yes", "y", "true", "x", "firsttransfer"].contains(&squeezed(mark).as_str());
    match ActionType::ALL.iter().find(known) {
        Some(ActionType::FirstTransfer) => Kind::FirstTransfer,
        Some(ActionType::Transfer) if marked => Kind::FirstTransfer,
        Some(_) => Kind::Other,
        None => Kind::Unknown,
    }
}

fn approach(value: &Value) -> Option<CooperativeApproach> {
    let text = value.shown().to_ascii_uppercase().replace(' ', "");
    text.parse().ok()
}

/// A code of three letters, also where a name stands beside it: `Thailand (THA)`.
fn party(value: &Value) -> Option<Party> {
    let text = value.shown();
    if text.eq_ignore_ascii_case("japan") {
        return Some(Party::JAPAN);
    }
    let code = |text: &str| Party::new(&text.trim().to_ascii_uppercase());
    let in_brackets = text.rsplit_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    code(&text).or_else(|| in_brackets.and_then(code))
}

fn year(value: &Value) -> Option<Year> {
    match value {
        Value::Day(_) => None,
        Value::Text(_) | Value::Number(_) => {
            integer(value).and_then(|year| Year::new(year.try_into().ok()?))
        }
    }
}

fn identifier(value: &Value) -> Option<PartnerId> {
    if let Some(serial) = integer(value) {
        return (serial != 0).then_some(PartnerId { serial, whole: None });
    }
    let whole: Itmo = value.shown().replace(' ', "").to_ascii_uppercase().parse().ok()?;
    Some(PartnerId { serial: whole.serial, whole: Some(whole) })
}

/// Party and reported year: labels of table 1 with the value on their right.
fn submission(grids: &[Grid]) -> (Option<Party>, Option<Year>) {
    let mut found = (None, None);
    for grid in grids {
        let title = squeezed(&grid.name);
        if !title.contains("submission") {
            continue;
        }
        for cells in grid.rows.values().take(HEADING_ROWS) {
            let mut pairs = cells.iter().zip(cells.iter().skip(1));
            let Some(((_, label), (_, value))) = pairs.next() else { continue };
            match squeezed(&label.shown()).as_str() {
                "party" => found.0 = found.0.or_else(|| party(value)),
                "reportedyear" => found.1 = found.1.or_else(|| year(value)),
                _ => {}
            }
        }
    }
    found
}
