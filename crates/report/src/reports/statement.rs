//! A statement of account as rows: opening balance, movements, closing balance.

use super::{QUANTITY, ReportFault};
use crate::account_book::{AccountBook, Movement};
use crate::fold::{ApplicationKind, begun, ended};
use crate::lookup::{BlockFacts, Lookup};
use crate::register::Register;
use crate::reports::Query;
use crate::rows::{Cell, Column, Row, Rows};
use jcm_format::amount::Tonnes;
use jcm_format::entry::Entry;
use jcm_format::id::{BlockNumber, EntryIndex};
use jcm_format::time::Date;
use std::collections::BTreeMap;

pub(super) const COLUMNS: &[Column] = &[
    Column { key: "row", ja: "行の種類", en: "opening, item or closing" },
    Column { key: "date", ja: "日", en: "day in Japan" },
    Column { key: "entry", ja: "記録の番号", en: "entry of the record" },
    Column { key: "movement", ja: "増減の種類", en: "kind of movement" },
    Column { key: "counterparty", ja: "相手方の口座", en: "the other account" },
    Column { key: "units", ja: "単位", en: "blocks and units" },
    Column { key: "use", ja: "用途", en: "use, in the words of the service" },
    Column {
        key: "reporting_year",
        ja: "報告の対象年度",
        en: "fiscal year of the report that is served",
    },
    Column { key: "beneficiary", ja: "受益者", en: "the beneficiary named" },
    QUANTITY,
    Column { key: "balance_tonnes", ja: "残高（トン）", en: "balance afterwards, in tonnes" },
];

/// The entries of applications that wait: an act on one names its entry alone.
#[derive(Debug, Clone, Default)]
pub(super) struct Lately {
    open: BTreeMap<EntryIndex, Entry>,
}

impl Lately {
    pub(super) fn begin(&mut self, entry: &Entry) {
        let wanted = [ApplicationKind::Account, ApplicationKind::Transfer];
        if entry.event.0.iter().filter_map(begun).any(|kind| wanted.contains(&kind)) {
            self.open.insert(entry.index, entry.clone());
        }
    }

    pub(super) fn end(&mut self, entry: &Entry) {
        for effect in &entry.event.0 {
            if let Some((application, _)) = ended(effect, entry.index) {
                self.open.remove(&application);
            }
        }
    }
}

impl Lookup for Lately {
    fn entry(&self, index: EntryIndex) -> Option<Entry> {
        self.open.get(&index).cloned()
    }

    /// A book asks for blocks where it describes units, which these rows do not.
    fn block(&self, _: BlockNumber) -> Option<BlockFacts> {
        None
    }
}

pub(super) fn rows<'a>(
    book: &AccountBook,
    register: &Register,
    query: &Query,
) -> Result<Rows<'a>, ReportFault> {
    if register.account(book.account()).is_none() {
        return Err(ReportFault::NoAccount(book.account()));
    }
    let (from, to) = (query.from.unwrap_or(Date::FIRST), query.to.unwrap_or(Date::LAST));
    let statement = book.statement(from, to)?;
    let opening = bound("opening", from, statement.opening_tonnes);
    let closing = bound("closing", to, statement.closing_tonnes);
    let movements = statement.movements.into_iter().map(|movement| item(&movement));
    Ok(Box::new([opening].into_iter().chain(movements).chain([closing])))
}

fn bound(word: &str, day: Date, balance: Tonnes) -> Row {
    let mut row: Row = vec![word.into(), day.into()];
    row.resize(COLUMNS.len() - 1, Cell::Empty);
    row.push(balance.into());
    row
}

fn item(movement: &Movement) -> Row {
    let units: Vec<String> = movement.ranges.iter().map(ToString::to_string).collect();
    vec![
        super::ITEM.into(),
        movement.time.date_in_japan().into(),
        movement.entry.into(),
        movement.kind.word().into(),
        movement.counterparty.map_or(Cell::Empty, Cell::from),
        units.join(" ").as_str().into(),
        movement.use_.unwrap_or_default().into(),
        super::year_cell(movement.reporting_year),
        Cell::option(movement.beneficiary.as_ref()),
        movement.quantity_tonnes.into(),
        movement.balance_tonnes.into(),
    ]
}
