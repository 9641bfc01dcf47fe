//! Holdings: per account, project, vintage, class, restriction and trust.

use super::{
    ACCOUNT, CLASS, ITEM, PARTNER, PROJECT, QUANTITY, ROW, ReportFault, SUBTOTAL, TOTAL, VINTAGE,
    sum, sum_row,
};
use crate::fold::add_tonnes;
use crate::register::Register;
use crate::reports::Query;
use crate::rows::{Cell, Column, Row, Rows};
use crate::words;
use jcm_format::amount::Tonnes;
use jcm_format::event::CreditClass;
use jcm_format::id::{AccountNumber, EntryIndex, ProjectRef};
use jcm_format::serial::SerialRange;
use jcm_format::time::Year;
use std::collections::BTreeMap;

pub(super) const COLUMNS: &[Column] = &[
    ROW,
    ACCOUNT,
    Column { key: "holder", ja: "名義人", en: "holder; empty of an individual" },
    Column { key: "category", ja: "口座の区分", en: "category of the account" },
    PARTNER,
    PROJECT,
    VINTAGE,
    CLASS,
    Column {
        key: "restricted", ja: "処分の制限", en: "whether disposal is restricted: yes or no"
    },
    Column { key: "trust", ja: "信託の記録", en: "entry that recorded the trust" },
    QUANTITY,
];

/// What units of one account have in common.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    project: ProjectRef,
    vintage: Year,
    class: CreditClass,
    restricted: bool,
    trust: Option<EntryIndex>,
}

type Sums = BTreeMap<AccountNumber, BTreeMap<Kind, Tonnes>>;

pub(super) fn rows<'a>(register: &'a Register, query: &Query) -> Result<Rows<'a>, ReportFault> {
    if let Some(account) = query.account.filter(|account| register.account(*account).is_none()) {
        return Err(ReportFault::NoAccount(account));
    }
    let restricted = register.restricted();
    let mut sums = Sums::new();
    for (range, account) in register.holders() {
        if query.account.is_some_and(|only| only != account) {
            continue;
        }
        let block = register.known_block(range)?;
        let kinds = sums.entry(account).or_default();
        for (part, trust) in split(range, register.trusts().within(range)) {
            let parts = split(part, restricted.within(part));
            for (part, restriction) in parts {
                let kind = Kind {
                    project: block.project.clone(),
                    vintage: block.vintage,
                    class: block.class,
                    restricted: restriction.is_some(),
                    trust,
                };
                add_tonnes(kinds.entry(kind).or_default(), part.quantity())?;
            }
        }
    }
    let total = sum(sums.values().flat_map(|kinds| kinds.values().copied()))?;
    if query.account.is_none() {
        is_all(register, total)?;
    }
    let accounts =
        sums.into_iter().flat_map(|(account, kinds)| account_rows(register, account, kinds));
    Ok(Box::new(accounts.chain([sum_row(TOTAL, COLUMNS, total)])))
}

/// What is held is what was issued.
fn is_all(register: &Register, total: Tonnes) -> Result<(), ReportFault> {
    let issued = sum(register.blocks().map(|(_, block)| block.quantity))?;
    if issued == total {
        return Ok(());
    }
    Err(ReportFault::Unbalanced {
        what: "all accounts".to_owned(),
        issued_tonnes: issued.get(),
        found_tonnes: total.get(),
    })
}

/// A range in parts: those with a value, and those between them without.
fn split<V>(
    range: SerialRange,
    valued: impl Iterator<Item = (SerialRange, V)>,
) -> Vec<(SerialRange, Option<V>)> {
    let mut parts = Vec::new();
    let mut rest = Some(range);
    for (part, value) in valued {
        let Some(open) = rest else { break };
        let (before, after) = open.without(part);
        parts.extend(before.map(|before| (before, None)));
        parts.push((part, Some(value)));
        rest = after;
    }
    parts.extend(rest.map(|rest| (rest, None)));
    parts
}

fn account_rows(
    register: &Register,
    account: AccountNumber,
    kinds: BTreeMap<Kind, Tonnes>,
) -> impl Iterator<Item = Row> {
    // Each sum was added up in the total.
    let whole = Tonnes::checked_sum(kinds.values().copied()).unwrap_or(Tonnes::MAX);
    let facts = register.account(account);
    let holder = facts.map_or_else(String::new, |facts| facts.names.listed().to_owned());
    let category = facts.map_or("", |facts| words::category(facts.category));
    let head = move |word: &str| -> Row {
        vec![word.into(), account.into(), holder.as_str().into(), category.into()]
    };
    let subtotal = {
        let mut row = head(SUBTOTAL);
        row.resize(COLUMNS.len() - 1, Cell::Empty);
        row.push(whole.into());
        row
    };
    let items = kinds.into_iter().map(move |(kind, tonnes)| {
        let mut row = head(ITEM);
        row.extend([
            Cell::text(kind.project.country()),
            Cell::text(&kind.project),
            kind.vintage.into(),
            Cell::text(kind.class),
            if kind.restricted { "yes" } else { "no" }.into(),
            kind.trust.map_or(Cell::Empty, Cell::from),
            tonnes.into(),
        ]);
        row
    });
    items.chain([subtotal])
}
