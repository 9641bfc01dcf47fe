//! Reports of the registry as tables (`docs/reports.md`), as JSON: balance, holdings,
//! issuances, uses, and what serves reports of emitters.
//!
//! A row that is an item is compared with the replay, figure by figure, and one that is
//! missing is named. A subtotal is the sum of the items since the subtotal before, a total that
//! of all items; both are added up here. Of uses, whose beneficiaries the replay does not keep,
//! the sums are compared with what lies in the two sinks.

use super::readers::{array, number, text};
use super::{Claims, Reader};
use crate::holdings::category_name;
use crate::replay::State;
use jcm_format::event::AccountCategory;
use jcm_format::id::AccountNumber;
use jcm_format::serial::SerialRange;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const ROW: &str = "row";
const ITEM: &str = "item";
const QUANTITY: &str = "quantity_tonnes";
const OPERATION: &str = "operation";
const ACCOUNT: &str = "account";
const UNITS: &str = "units";

/// A report of the registry.
pub(super) struct Report;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Balance,
    Holdings,
    Issuances,
    Uses,
    /// What serves reports of emitters: each row names its units.
    Served,
}

/// What a report of the registry has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TableClaims {
    kind: Kind,
    /// Its word.
    report: String,
    /// Of one account alone.
    account: Option<String>,
    rows: Vec<Value>,
}

impl Reader for Report {
    fn recognises(&self, report: &Value) -> bool {
        ["report", "columns", "rows", "entries"].iter().all(|name| report.get(name).is_some())
    }

    fn claims(&self, report: &Value) -> Result<Claims, String> {
        let word = text(report, "report")?;
        let kind = match word {
            "balance" => Kind::Balance,
            "holdings" => Kind::Holdings,
            "issuances" => Kind::Issuances,
            "uses" => Kind::Uses,
            "shk" | "gx-ets" => Kind::Served,
            other => {
                return Err(format!(
                    "a report of the kind {other} is not compared; give balance, holdings, \
                     issuances, uses, shk or gx-ets"
                ));
            }
        };
        // What a report leaves out because it was not asked for cannot be missed.
        if matches!(kind, Kind::Issuances | Kind::Uses) {
            let narrow = ["account", "beneficiary", "reporting_year", "from", "to"];
            if let Some(by) = narrow.iter().find(|name| report.get(name).is_some()) {
                return Err(format!(
                    "it is narrowed by {by}; make it without, to have it compared"
                ));
            }
        }
        let mut claims = Claims { entries: Some(number(report, "entries")?), ..Claims::default() };
        claims.state("entries", number(report, "entries")?);
        let account = report.get(ACCOUNT).and_then(Value::as_str).map(str::to_owned);
        let rows = array(report, "rows")?.clone();
        claims.table = Some(TableClaims { kind, report: word.to_owned(), account, rows });
        Ok(claims)
    }
}

/// What the items of a report are told apart by.
type Identity = Vec<String>;

/// The figures of the items that the replay gives, in the order of the columns.
type Facts = BTreeMap<Identity, Vec<u128>>;

impl Kind {
    const fn identity(self) -> &'static [&'static str] {
        match self {
            Kind::Balance => &["project", "vintage"],
            Kind::Holdings => &[ACCOUNT, "project", "vintage", "class", "restricted", "trust"],
            Kind::Issuances => &["project", "vintage", "class"],
            Kind::Uses | Kind::Served => &[],
        }
    }

    const fn figures(self) -> &'static [&'static str] {
        match self {
            Kind::Balance => &[
                "issued_tonnes",
                "government_tonnes",
                "entity_tonnes",
                "held_tonnes",
                "retired_tonnes",
                "cancelled_tonnes",
            ],
            Kind::Issuances => &["blocks", QUANTITY],
            Kind::Holdings | Kind::Uses | Kind::Served => &[QUANTITY],
        }
    }
}

/// What a cell says; nothing of one that is empty.
fn cell(row: &Value, column: &str) -> String {
    match row.get(column) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn figure(row: &Value, column: &str) -> u128 {
    row.get(column).and_then(Value::as_u64).map_or(0, u128::from)
}

impl TableClaims {
    /// How many rows it has.
    pub(super) fn rows(&self) -> usize {
        self.rows.len()
    }

    /// What is wrong with it, in the light of the state.
    pub(super) fn wrong(&self, state: &State) -> Vec<String> {
        let mut wrong = self.sums();
        match self.kind {
            Kind::Balance => wrong.extend(self.items(&balance(state))),
            Kind::Holdings => wrong.extend(self.items(&self.holdings(state))),
            Kind::Issuances => wrong.extend(self.items(&issuances(state))),
            Kind::Uses => wrong.extend(self.uses(state)),
            Kind::Served => wrong.extend(
                self.numbered()
                    .filter(|(_, row)| is_item(row))
                    .flat_map(|(at, row)| served(&at, row, state)),
            ),
        }
        wrong
    }

    /// The rows, each with its place for people.
    fn numbered(&self) -> impl Iterator<Item = (String, &Value)> {
        let rows = (1_u64..).zip(&self.rows);
        rows.map(|(number, row)| (format!("{}, row {number}", self.report), row))
    }

    /// Subtotals and totals are the sums of their items.
    fn sums(&self) -> Vec<String> {
        let figures = self.kind.figures();
        let mut wrong = Vec::new();
        let (mut since, mut all) = (vec![0_u128; figures.len()], vec![0_u128; figures.len()]);
        for (at, row) in self.numbered() {
            let word = cell(row, ROW);
            let sums = if word == "total" { &all } else { &since };
            for (column, sum) in figures.iter().zip(sums).filter(|_| word != ITEM) {
                let stated = figure(row, column);
                if stated != *sum {
                    wrong.push(format!(
                        "{at}, {column}: the {word} {stated} is stated, but its items sum up to {sum}"
                    ));
                }
            }
            if word == ITEM {
                for (column, sums) in figures.iter().zip(since.iter_mut().zip(all.iter_mut())) {
                    *sums.0 += figure(row, column);
                    *sums.1 += figure(row, column);
                }
            } else {
                since.fill(0);
            }
        }
        wrong
    }

    /// Every item is what the replay has, and none is missing.
    fn items(&self, facts: &Facts) -> Vec<String> {
        let (identity, figures) = (self.kind.identity(), self.kind.figures());
        let mut wrong = Vec::new();
        let mut seen = BTreeSet::new();
        for (at, row) in self.numbered().filter(|(_, row)| is_item(row)) {
            let named: Identity = identity.iter().map(|column| cell(row, column)).collect();
            let none = vec![0; figures.len()];
            for (column, fact) in figures.iter().zip(facts.get(&named).unwrap_or(&none)) {
                wrong.extend(differs(&at, row, column, &fact.to_string()));
            }
            if !seen.insert(named.clone()) {
                wrong.push(format!("{at}: {} stands in an earlier row too", shown(&named)));
            }
        }
        for (named, figures) in facts.iter().filter(|(named, _)| !seen.contains(*named)) {
            if let Some(tonnes) = figures.iter().copied().max().filter(|most| *most != 0) {
                wrong.push(format!("{}: {}, of {tonnes} t, is missing", self.report, shown(named)));
            }
        }
        wrong
    }

    /// Who holds what; of one account, where the report is of one.
    fn holdings(&self, state: &State) -> Facts {
        let mut facts = Facts::new();
        for (range, account) in state.units.held.iter() {
            let number = account.to_string();
            let asked = self.account.as_ref().is_none_or(|only| *only == number);
            let Some(block) = state.units.block_of(range).filter(|_| asked) else { continue };
            for (part, trust) in state.units.in_trust.stretches(range) {
                let trust = trust.map_or_else(String::new, |trust| trust.to_string());
                for (part, restricted) in restricted(state, account, part) {
                    let identity = vec![
                        number.clone(),
                        block.project.to_string(),
                        block.vintage.to_string(),
                        block.class.to_string(),
                        if restricted { "yes" } else { "no" }.to_owned(),
                        trust.clone(),
                    ];
                    add(&mut facts, identity, &[part.quantity().get()]);
                }
            }
        }
        facts
    }

    /// What is said to lie in the two sinks does.
    fn uses(&self, state: &State) -> Vec<String> {
        let mut stated: BTreeMap<String, u128> = BTreeMap::new();
        for (_, row) in self.numbered().filter(|(_, row)| is_item(row)) {
            *stated.entry(cell(row, OPERATION)).or_default() += figure(row, QUANTITY);
        }
        let mut wrong = Vec::new();
        for sink in [AccountCategory::Retirement, AccountCategory::Cancellation] {
            let accounts = state.accounts.iter().filter(|(_, account)| account.category == sink);
            let there: u128 = accounts.map(|(number, _)| state.units.balance(*number)).sum();
            let name = category_name(sink);
            let stated = stated.remove(name).unwrap_or(0);
            if stated != there {
                wrong.push(format!(
                    "{}, {QUANTITY}: the items of {name} sum up to {stated}, but the log amounts to {there}",
                    self.report
                ));
            }
        }
        let others = stated.into_keys();
        wrong.extend(others.map(|name| format!("{}: there is no {OPERATION} {name}", self.report)));
        wrong
    }
}

fn is_item(row: &Value) -> bool {
    cell(row, ROW) == ITEM
}

fn shown(named: &Identity) -> String {
    let said: Vec<&str> = named.iter().map(String::as_str).filter(|of| !of.is_empty()).collect();
    said.join(" ")
}

fn differs(at: &str, row: &Value, column: &str, fact: &str) -> Option<String> {
    let stated = cell(row, column);
    let differs = stated != fact;
    differs.then(|| format!("{at}, {column}: {stated} is stated, but the log amounts to {fact}"))
}

fn add(facts: &mut Facts, identity: Identity, figures: &[u64]) {
    let sums = facts.entry(identity).or_insert_with(|| vec![0; figures.len()]);
    for (sum, figure) in sums.iter_mut().zip(figures) {
        *sum += u128::from(*figure);
    }
}

/// Units of an account in parts: those under a restriction, and those that are not.
fn restricted(
    state: &State,
    account: AccountNumber,
    range: SerialRange,
) -> Vec<(SerialRange, bool)> {
    if state.restricted.get(&account).is_some_and(|of| of.whole != 0) {
        return vec![(range, true)];
    }
    let mut parts = Vec::new();
    let mut rest = Some(range);
    for part in state.units.restricted(range) {
        let Some(open) = rest else { break };
        let (before, after) = open.without(part);
        parts.extend(before.map(|before| (before, false)));
        parts.push((part, true));
        rest = after;
    }
    parts.extend(rest.map(|rest| (rest, false)));
    parts
}

fn balance(state: &State) -> Facts {
    let mut facts = Facts::new();
    for block in state.units.blocks.values() {
        let identity = vec![block.project.to_string(), block.vintage.to_string()];
        add(&mut facts, identity, &[block.range.quantity().get(), 0, 0, 0, 0, 0]);
    }
    for (range, account) in state.units.held.iter() {
        let Some(block) = state.units.block_of(range) else { continue };
        let tonnes = range.quantity().get();
        // Government, entity, held, retired, cancelled.
        let figures = match state.category(account) {
            Some(AccountCategory::GovernmentHolding) => [0, tonnes, 0, tonnes, 0, 0],
            Some(AccountCategory::Entity) => [0, 0, tonnes, tonnes, 0, 0],
            Some(AccountCategory::Retirement) => [0, 0, 0, 0, tonnes, 0],
            Some(AccountCategory::Cancellation) => [0, 0, 0, 0, 0, tonnes],
            None => continue,
        };
        let identity = vec![block.project.to_string(), block.vintage.to_string()];
        add(&mut facts, identity, &figures);
    }
    facts
}

fn issuances(state: &State) -> Facts {
    let mut facts = Facts::new();
    for block in state.units.blocks.values() {
        let identity =
            vec![block.project.to_string(), block.vintage.to_string(), block.class.to_string()];
        add(&mut facts, identity, &[1, block.range.quantity().get()]);
    }
    facts
}

/// A row of what serves a report: its units are what it says, and in the sink it says.
fn served(at: &str, row: &Value, state: &State) -> Vec<String> {
    let named = cell(row, UNITS);
    let Some((range, block)) = named
        .parse::<SerialRange>()
        .ok()
        .and_then(|range| Some((range, state.units.block_of(range)?)))
    else {
        return vec![format!("{at}, {UNITS}: there are no units {named}")];
    };
    let mut wrong = Vec::new();
    let form = &state.rules.identification;
    let printed = form.print_range(&block.project, block.vintage, range);
    let (first, last) = printed.split_once(" - ").unwrap_or((&printed, &printed));
    for (column, fact) in [
        ("project", block.project.to_string()),
        ("vintage", block.vintage.to_string()),
        ("class", block.class.to_string()),
        ("issued_on", block.issued_on.to_string()),
        ("first_identification", first.to_owned()),
        ("last_identification", last.to_owned()),
        (QUANTITY, range.quantity().to_string()),
    ] {
        wrong.extend(differs(at, row, column, &fact));
    }
    let holders = state.units.held.stretches(range).into_iter();
    let names: BTreeSet<&str> =
        holders.filter_map(|(_, account)| Some(category_name(state.category(account?)?))).collect();
    let names: Vec<&str> = names.into_iter().collect();
    wrong.extend(differs(at, row, OPERATION, &names.join(" and ")));
    wrong
}
