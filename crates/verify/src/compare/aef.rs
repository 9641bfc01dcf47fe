//! Tables of the Agreed Electronic Format: rows about units, which they name by the
//! identification numbers of the first and the last, and rows about authorisations.
//!
//! What is compared: that a row's quantity, vintage, identifiers, approach, Parties and
//! authorisation are those of its units; that entities are listed by an authorisation; that
//! what is listed as held is held and was first transferred, and that nothing of that kind
//! is missing; that what was acted on was first transferred, what is said to be used is in
//! the retirement account, and what was used in the reported year is what was adjusted for;
//! that authorisations are of the quantity stated; that a whole submission leaves nothing
//! out and says nothing twice. What is not: cells that the submission takes from its own
//! settings, days, sectors and texts.

mod complete;

use super::readers::{number, text};
use super::{Claims, Reader};
use crate::replay::{State, Version};
use jcm_format::command::Side;
use jcm_format::event::AccountCategory;
use jcm_format::id::EntryIndex;
use jcm_format::itmo::{Itmo, ItmoSeries};
use jcm_format::party::Party;
use jcm_format::serial::SerialRange;
use jcm_format::text::Name;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const QUANTITY: &str = "Quantity (t CO2 eq)";
const FIRST: &str = "First unit ID";
const LAST: &str = "Last unit ID";
/// What a table of actions has and one of holdings has not.
const ACTION: &str = "Action type";
const VINTAGE: &str = "Vintage";
const FIRST_ID: &str = "First ID";
const LAST_ID: &str = "Last ID";
const APPROACH: &str = "Cooperative approach ID";
const REGISTRY: &str = "Party ITMO registry ID";
const PARTY: &str = "First transferring participating Party ID";
const FROM: &str = "Transferring participating Party ID";
const AUTHORIZATION: &str = "Authorization ID";
const AUTHORIZED: &str = "Authorized quantity";
const VERSION: &str = "Version of the authorization";
const ENTITY: &str = "Identification number";
const ENTITY_NAME: &str = "Name";
const COUNTRY: &str = "Country of incorporation";
const USE_YEAR: &str = "Calendar year for which the ITMOs are used towards the Party's NDC";
const REPORTED_YEAR: &str = "Reported year";
/// Stands in JSON for a cell that does not apply.
const NOT_APPLICABLE: &str = "NA";

/// What can be done with units, as the format spells it.
const ACTIONS: [&str; 6] =
    ["First transfer", "Transfer", "Acquisition", "Use", "Cancellation", "Voluntary Cancellation"];

/// Those of a Party that gives units away, which Japan does not from this registry.
const ABROAD: [&str; 2] = ["First transfer", "Transfer"];

/// `aef` tables, as the report writes them.
pub(super) struct Tables;

/// A row that is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AefRow {
    /// Table and row, for people.
    at: String,
    kind: Kind,
    cells: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    /// Of units that were held.
    Holding,
    /// Of units with which something was done.
    Action(String),
    /// A version of an authorisation.
    Authorisation,
    /// The act of authorising, which has no units yet.
    Authorising,
    /// An authorised entity.
    Entity,
}

/// What a report has of the Agreed Electronic Format.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct AefClaims {
    pub(super) rows: Vec<AefRow>,
    /// Whether the rows list everything of their kinds.
    whole: bool,
    reported_year: Option<u64>,
}

impl Reader for Tables {
    fn recognises(&self, report: &Value) -> bool {
        let named = ["table_3_actions", "table_4_holdings"];
        report.get("entries_read").is_some() && named.iter().all(|name| report.get(name).is_some())
    }

    fn claims(&self, report: &Value) -> Result<Claims, String> {
        let mut claims =
            Claims { entries: Some(number(report, "entries_read")?), ..Claims::default() };
        claims.state("entries", number(report, "entries_read")?);
        for (table, rows) in tables(report) {
            for (position, row) in rows.iter().enumerate() {
                let at = format!("{table}, row {}", position.saturating_add(1));
                if let Some(year) = row.get(REPORTED_YEAR).and_then(Value::as_u64) {
                    claims.aef.reported_year = Some(year);
                }
                let row = read(&at, row).map_err(|error| format!("{at}: {error}"))?;
                claims.aef.rows.extend(row);
            }
        }
        claims.aef.whole = true;
        Ok(claims)
    }
}

/// The members that are tables.
fn tables(report: &Value) -> impl Iterator<Item = (&String, &Vec<Value>)> {
    let members = report.as_object().into_iter().flatten();
    let lists = members.filter_map(|(name, value)| Some((name, value.as_array()?)));
    lists.filter(|(name, _)| name.starts_with("table_"))
}

/// A row; none of one about neither units nor authorisations.
fn read(at: &str, row: &Value) -> Result<Option<AefRow>, String> {
    let action = row.get(ACTION).map(|_| text(row, ACTION).map(str::to_owned)).transpose()?;
    let kind = match action {
        Some(action) if action == "Authorization" => Kind::Authorising,
        Some(action) => Kind::Action(action),
        None if row.get(QUANTITY).is_some() => Kind::Holding,
        None if row.get(AUTHORIZED).is_some() => Kind::Authorisation,
        None if row.get(ENTITY).is_some() => Kind::Entity,
        None => return Ok(None),
    };
    if matches!(kind, Kind::Holding | Kind::Action(_)) {
        number(row, QUANTITY)?;
        text(row, FIRST)?;
        text(row, LAST)?;
    }
    Ok(Some(AefRow { at: at.to_owned(), kind, cells: row.clone() }))
}

impl AefRow {
    /// What a cell says; nothing of one that is missing, blank or does not apply.
    fn cell(&self, column: &str) -> Option<String> {
        match self.cells.get(column)? {
            Value::String(text) if text == NOT_APPLICABLE => None,
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn number(&self, column: &str) -> Option<u64> {
        self.cells.get(column)?.as_u64()
    }

    /// A cell that is otherwise than the log has it; one that says nothing is not.
    fn differs(&self, column: &str, fact: &str) -> Option<String> {
        let stated = self.cell(column).filter(|stated| stated != fact)?;
        Some(self.otherwise(column, &stated, fact))
    }

    fn otherwise(&self, column: &str, stated: &str, fact: &str) -> String {
        format!("{}, {column}: {stated} is stated, but the log amounts to {fact}", self.at)
    }

    fn is_use(&self) -> bool {
        matches!(&self.kind, Kind::Action(action) if action == "Use")
    }
}

/// What is wrong with the rows of a report, in the light of the state.
pub(super) fn wrong(claims: &AefClaims, state: &State) -> Vec<String> {
    let mut wrong: Vec<String> = claims.rows.iter().flat_map(|row| faults(row, state)).collect();
    wrong.extend(uses(claims, state));
    if claims.whole {
        wrong.extend(complete::wrong(claims, state));
        let held = |row: &&AefRow| row.kind == Kind::Holding;
        let held = claims.rows.iter().filter(held).filter_map(|row| row.number(QUANTITY));
        let stated: u128 = held.map(u128::from).sum();
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

fn faults(row: &AefRow, state: &State) -> Vec<String> {
    match &row.kind {
        Kind::Authorisation | Kind::Authorising => of_authorisation(row, state),
        Kind::Entity => of_entity(row, state),
        Kind::Holding | Kind::Action(_) => of_units(row, state),
    }
}

/// The authorisation of Japan's that a row names.
fn of_authorisation(row: &AefRow, state: &State) -> Vec<String> {
    // A row that names none is not compared.
    let Some(id) = row.cell(AUTHORIZATION) else { return Vec::new() };
    let of_japan = Name::new(&id).and_then(|id| state.paris.ids.get(&id)?.get(&Party::JAPAN));
    let Some(known) = of_japan.and_then(|entry| state.paris.authorisations.get(entry)) else {
        return vec![row.otherwise(AUTHORIZATION, &id, "no such authorisation of Japan")];
    };
    let mut wrong = Vec::new();
    wrong.extend(row.differs(APPROACH, &known.approach.to_string()));
    if let Some(data) = &state.paris.data {
        wrong.extend(row.differs(REGISTRY, &data.registry.to_string()));
    }
    let list = |of: fn(&crate::replay::Version) -> u64| {
        let all: BTreeSet<u64> = known.versions().map(of).collect();
        all.iter().map(u64::to_string).collect::<Vec<_>>().join(" or ")
    };
    match row.number(VERSION) {
        Some(number) => match known.versions().find(|of| u64::from(of.number()) == number) {
            Some(version) => {
                wrong.extend(row.differs(AUTHORIZED, &version.terms.quantity_tonnes.to_string()));
            }
            None => {
                let known = list(|of| u64::from(of.number()));
                wrong.push(row.otherwise(VERSION, &number.to_string(), &known));
            }
        },
        // The act does not say which version it is.
        None => {
            if let Some(stated) = row.number(QUANTITY)
                && known.versions().all(|of| of.terms.quantity_tonnes.get() != stated)
            {
                let known = list(|of| of.terms.quantity_tonnes.get());
                wrong.push(row.otherwise(QUANTITY, &stated.to_string(), &known));
            }
        }
    }
    wrong
}

/// The entity of a row is one that an authorisation of Japan's lists.
fn of_entity(row: &AefRow, state: &State) -> Vec<String> {
    let number = row.cell(ENTITY).unwrap_or_default();
    let of_japan = state.paris.authorisations.values().filter(|of| of.side == Side::Japan);
    let listed = of_japan.flat_map(|of| {
        let entities = of.versions().flat_map(Version::entities);
        let named = entities.filter(|listed| listed.entity.number.as_str() == number);
        named.map(|listed| {
            let party = Party::from(listed.entity.country).to_string();
            [of.approach.to_string(), party, listed.name.to_string()]
        })
    });
    let columns = [APPROACH, COUNTRY, ENTITY_NAME];
    let differences = listed.map(|facts| {
        let cells = columns.iter().zip(&facts);
        cells.filter_map(|(column, fact)| row.differs(column, fact)).collect::<Vec<_>>()
    });
    match differences.min_by_key(Vec::len) {
        Some(fewest) => fewest,
        None => vec![row.otherwise(ENTITY, &number, "no such authorised entity")],
    }
}

fn of_units(row: &AefRow, state: &State) -> Vec<String> {
    let at = &row.at;
    if let Kind::Action(action) = &row.kind
        && !ACTIONS.contains(&action.as_str())
    {
        return vec![format!("{at}, {ACTION}: {action} is no action of the format")];
    }
    let (first, last) = (row.cell(FIRST).unwrap_or_default(), row.cell(LAST).unwrap_or_default());
    let Some(range) = units_of(row, &first, &last, state) else {
        return vec![format!(
            "{at}, {FIRST} and {LAST}: {first} to {last} are no units of one block"
        )];
    };
    let pairs = state.units.first_transferred.stretches(range);
    if pairs.iter().any(|(_, pair)| pair.is_none()) {
        return vec![format!("{at}: not all of {range} were first transferred")];
    }
    let mut wrong = Vec::new();
    if matches!(&row.kind, Kind::Action(action) if ABROAD.contains(&action.as_str())) {
        wrong.push(format!("{at}, {ACTION}: the registry has no transfer to another Party"));
    }
    wrong.extend(row.differs(QUANTITY, &range.quantity().to_string()));
    if let Some(block) = state.units.block_of(range) {
        wrong.extend(row.differs(VINTAGE, &block.vintage.to_string()));
        let form = &state.rules.identification;
        let named = form.print_range(&block.project, block.vintage, range);
        let (first, last) = named.split_once(" - ").unwrap_or((&named, &named));
        wrong.extend(row.differs(FIRST, first));
        wrong.extend(row.differs(LAST, last));
    }
    let japan: Vec<EntryIndex> =
        pairs.iter().filter_map(|(_, pair)| Some((*pair)?.japan)).collect();
    let mut ids: Vec<String> = japan
        .iter()
        .filter_map(|version| Some(state.paris.of_version(*version).ok()?.1.id.to_string()))
        .collect();
    ids.dedup();
    wrong.extend(row.differs(AUTHORIZATION, &ids.join(" and ")));
    wrong.extend(identifiers(row, range, state));
    wrong.extend(whereabouts(row, range, state));
    wrong
}

/// The identifiers that the replay has counted. Before Article 6 is adopted there are none.
fn identifiers(row: &AefRow, range: SerialRange, state: &State) -> Vec<String> {
    let Some(block) = state.units.block_of(range).filter(|_| state.paris.data.is_some()) else {
        return Vec::new();
    };
    let Some((series, serial)) = state.paris.itmos.running(range) else {
        return vec![format!("{}: the identifiers of {range} do not run on", row.at)];
    };
    let behind = range.quantity().get().saturating_sub(1);
    let mut wrong = Vec::new();
    for (column, serial) in [(FIRST_ID, serial), (LAST_ID, serial.saturating_add(behind))] {
        let whole = Itmo { series, serial, vintage: block.vintage };
        // Written as a number, or with all its parts.
        let fact = match row.number(column) {
            Some(_) => serial.to_string(),
            None => whole.to_string(),
        };
        wrong.extend(row.differs(column, &fact));
    }
    wrong.extend(row.differs(APPROACH, &series.approach.to_string()));
    wrong.extend(row.differs(REGISTRY, &series.registry.to_string()));
    for column in [PARTY, FROM] {
        wrong.extend(row.differs(column, &series.party.to_string()));
    }
    wrong
}

/// What is held is held, and what is used is retired.
fn whereabouts(row: &AefRow, range: SerialRange, state: &State) -> Option<String> {
    let holders = state.units.held.stretches(range).into_iter();
    let holders: Vec<Option<AccountCategory>> =
        holders.map(|(_, account)| account.and_then(|account| state.category(account))).collect();
    let is = |category| move |of: &Option<AccountCategory>| *of == Some(category);
    let retired = is(AccountCategory::Retirement);
    let cancelled = is(AccountCategory::Cancellation);
    let at = &row.at;
    match &row.kind {
        Kind::Holding if holders.iter().any(|of| retired(of) || cancelled(of)) => {
            Some(format!("{at}: {range} are listed as held, but are not all held"))
        }
        Kind::Action(_) if row.is_use() && !holders.iter().all(retired) => {
            Some(format!("{at}: {range} are said to be used, but are not all retired"))
        }
        Kind::Action(action)
            if action.ends_with("ancellation") && !holders.iter().all(cancelled) =>
        {
            Some(format!("{at}: {range} are said to be cancelled, but are not all cancelled"))
        }
        _ => None,
    }
}

/// What was used in the reported year is what was adjusted for, by Party and vintage.
fn uses(claims: &AefClaims, state: &State) -> Vec<String> {
    let Some(year) = claims.reported_year else { return Vec::new() };
    let mut wrong = Vec::new();
    let mut stated: BTreeMap<(String, u64), u128> = BTreeMap::new();
    for row in claims.rows.iter().filter(|row| row.is_use()) {
        wrong.extend(row.differs(USE_YEAR, &year.to_string()));
        let of = (row.cell(PARTY).unwrap_or_default(), row.number(VINTAGE).unwrap_or(0));
        *stated.entry(of).or_default() += u128::from(row.number(QUANTITY).unwrap_or(0));
    }
    let mut booked: BTreeMap<(String, u64), u128> = BTreeMap::new();
    for ((country, of_year, vintage), adjusted) in &state.paris.adjustments {
        if u64::from(of_year.get()) == year {
            let of = (Party::from(*country).to_string(), u64::from(vintage.get()));
            *booked.entry(of).or_default() += adjusted.booked;
        }
    }
    let all: BTreeSet<&(String, u64)> = stated.keys().chain(booked.keys()).collect();
    for of in all {
        let none = 0;
        let (stated, booked) = (stated.get(of).unwrap_or(&none), booked.get(of).unwrap_or(&none));
        if stated != booked {
            let (party, vintage) = of;
            wrong.push(format!(
                "the uses of units from {party} of {vintage} sum up to {stated} t, but {booked} t \
                 were adjusted for in {year}"
            ));
        }
    }
    wrong
}

/// The units that a row is about: those of its identification numbers. Where these are not as
/// many as it states, or are none, and those of its identifiers are as many, it is about those.
fn units_of(row: &AefRow, first: &str, last: &str, state: &State) -> Option<SerialRange> {
    let stated = row.number(QUANTITY);
    let fits = |range: &SerialRange| stated == Some(range.quantity().get());
    let numbered = range_of(first, last, state);
    if numbered.as_ref().is_some_and(fits) {
        return numbered;
    }
    identified(row, state).filter(fits).or(numbered)
}

/// The units whose identifiers a row names.
fn identified(row: &AefRow, state: &State) -> Option<SerialRange> {
    let serial = |column: &str| match row.number(column) {
        Some(serial) => Some(serial),
        None => Some(row.cell(column)?.parse::<Itmo>().ok()?.serial),
    };
    let (first, last) = (serial(FIRST_ID)?, serial(LAST_ID)?);
    let of_row = |column: &str, part: String| row.cell(column).is_none_or(|cell| cell == part);
    let within = |(range, series, from): (SerialRange, ItmoSeries, u64)| {
        let is_its = of_row(APPROACH, series.approach.to_string())
            && of_row(REGISTRY, series.registry.to_string())
            && of_row(PARTY, series.party.to_string());
        let unit = |serial: u64| range.first().checked_add(serial.checked_sub(from)?);
        let found = SerialRange::new(range.block(), unit(first)?, unit(last)?).ok()?;
        (is_its && range.contains(found)).then_some(found)
    };
    state.paris.itmos.iter().find_map(within)
}

/// The units of two identification numbers, of one block and with all of them in it.
fn range_of(first: &str, last: &str, state: &State) -> Option<SerialRange> {
    let format = &state.rules.identification;
    let (from, to) = (format.parse(first).ok()?, format.parse(last).ok()?);
    let range = SerialRange::new(from.block, from.unit, to.unit).ok()?;
    let block = state.units.block_of(range).filter(|_| from.block == to.block)?;
    // The numbers name project and vintage as well.
    let named = format.print_range(&block.project, block.vintage, range);
    (named == format!("{first} - {last}")).then_some(range)
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
