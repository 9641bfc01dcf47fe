//! Retirements and cancellations: by operation, use, beneficiary, account, year of
//! the report that is served and year of the record.

use super::{
    ACCOUNT, ITEM, QUANTITY, ROW, ReportFault, SUBTOTAL, TOTAL, is_within, sum, sum_row, year_cell,
};
use crate::fold::add_tonnes;
use crate::register::{Register, Use};
use crate::reports::Query;
use crate::rows::{Cell, Column, Row, Rows};
use crate::words;
use jcm_format::amount::Tonnes;
use jcm_format::command::UseKind;
use jcm_format::event::AccountCategory;
use jcm_format::id::AccountNumber;
use jcm_format::serial::SerialRange;
use jcm_format::time::Year;
use std::collections::BTreeMap;

pub(super) const OPERATION: Column = Column {
    key: "operation",
    ja: "無効化（retirement）又は取消し（cancellation）",
    en: "retirement or cancellation",
};
pub(super) const BENEFICIARY: Column = Column {
    key: "beneficiary",
    ja: "受益者（指定がなければ口座名義人）",
    en: "the beneficiary named, else the holder of the account",
};
pub(super) const BENEFICIARY_NUMBER: Column = Column {
    key: "beneficiary_number",
    ja: "受益者の法人番号",
    en: "number of the corporation in whose favour it is, where one was given",
};
pub(super) const ENTITY: Column = Column {
    key: "entity",
    ja: "利用・取消しをする承認された事業体",
    en: "authorised entity that used or cancelled, where one was named",
};
pub(super) const REPORTING_YEAR: Column = Column {
    key: "reporting_year",
    ja: "報告の対象年度",
    en: "fiscal year of the report that is served",
};

pub(super) const COLUMNS: &[Column] = &[
    ROW,
    OPERATION,
    Column { key: "use", ja: "用途", en: "use, in the words of the service" },
    BENEFICIARY,
    BENEFICIARY_NUMBER,
    ENTITY,
    ACCOUNT,
    REPORTING_YEAR,
    Column { key: "year", ja: "記録の年", en: "calendar year of the record" },
    QUANTITY,
];

/// A use that a query asks for.
pub(super) struct Line<'a> {
    pub(super) beneficiary: String,
    pub(super) use_: &'a Use,
    pub(super) ranges: Vec<SerialRange>,
}

/// The uses that a query asks for, by beneficiary.
pub(super) fn lines<'a>(
    register: &'a Register,
    query: &Query,
    kind: Option<UseKind>,
) -> Vec<Line<'a>> {
    let is_asked = |use_: &Use| {
        kind.is_none_or(|kind| use_.kind() == Some(kind))
            && query.account.is_none_or(|account| use_.account == account)
            && query.year.is_none_or(|year| use_.reporting_year() == Some(year))
            && is_within(use_.recorded_on, query.from, query.to)
            && query.beneficiary.as_ref().is_none_or(|name| favours(register, use_, name.as_str()))
    };
    let asked = register.uses().into_iter().filter(|(use_, _)| is_asked(use_));
    let line = |(use_, ranges)| Line { beneficiary: beneficiary(register, use_), use_, ranges };
    let mut lines: Vec<Line<'a>> = asked.map(line).collect();
    lines.sort_by(|a, b| {
        let key = |line: &Line<'a>| (line.use_.account, line.use_.reporting_year());
        let who = |line: &Line<'a>| (line.beneficiary.clone(), number(line.use_));
        (who(a), key(a), a.use_).cmp(&(who(b), key(b), b.use_))
    });
    lines
}

/// The number of the corporation in whose favour a use is; empty where none was given.
pub(super) fn number(use_: &Use) -> String {
    use_.beneficiary_number().map_or_else(String::new, ToString::to_string)
}

/// Whether a use is in favour of the one named, by name or by number.
fn favours(register: &Register, use_: &Use, name: &str) -> bool {
    if number(use_) == name {
        return true;
    }
    match use_.beneficiary() {
        Some(beneficiary) => beneficiary.as_str() == name,
        None => register.account(use_.account).is_some_and(|account| account.names.is(name)),
    }
}

/// In whose favour a use is, as reports list it.
fn beneficiary(register: &Register, use_: &Use) -> String {
    if let Some(beneficiary) = use_.beneficiary() {
        return beneficiary.to_string();
    }
    let Some(account) = register.account(use_.account) else { return String::new() };
    match (account.names.listed(), account.category) {
        ("", AccountCategory::Entity) => String::new(),
        ("", category) => words::category_texts(category).0.to_owned(),
        (name, _) => name.to_owned(),
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    use_: &'static str,
    beneficiary: String,
    beneficiary_number: String,
    entity: Option<String>,
    account: AccountNumber,
    reporting_year: Option<Year>,
    year: Year,
}

pub(super) fn rows<'a>(register: &'a Register, query: &Query) -> Result<Rows<'a>, ReportFault> {
    // Retired first.
    let mut sums: BTreeMap<bool, BTreeMap<Key, Tonnes>> = BTreeMap::new();
    for Line { beneficiary, use_, ranges } in lines(register, query, None) {
        let key = Key {
            use_: use_.kind().map_or("", words::use_kind),
            beneficiary,
            beneficiary_number: number(use_),
            entity: use_.entity().map(ToString::to_string),
            account: use_.account,
            reporting_year: use_.reporting_year(),
            year: use_.recorded_on.year(),
        };
        let total = sums.entry(!use_.retired).or_default().entry(key).or_default();
        for range in ranges {
            add_tonnes(total, range.quantity())?;
        }
    }
    let total = sum(sums.values().flat_map(|keys| keys.values().copied()))?;
    let operations = sums.into_iter().flat_map(|(cancelled, keys)| {
        let operation = if cancelled { "cancellation" } else { "retirement" };
        // It was added up in the total.
        let whole = Tonnes::checked_sum(keys.values().copied()).unwrap_or(Tonnes::MAX);
        let mut subtotal = sum_row(SUBTOTAL, COLUMNS, whole);
        if let Some(cell) = subtotal.get_mut(1) {
            *cell = operation.into();
        }
        let items = keys.into_iter().map(move |(key, tonnes)| item(operation, &key, tonnes));
        items.chain([subtotal])
    });
    Ok(Box::new(operations.chain([sum_row(TOTAL, COLUMNS, total)])))
}

fn item(operation: &str, key: &Key, tonnes: Tonnes) -> Row {
    vec![
        ITEM.into(),
        operation.into(),
        key.use_.into(),
        key.beneficiary.as_str().into(),
        key.beneficiary_number.as_str().into(),
        Cell::option(key.entity.as_ref()),
        Cell::from(key.account),
        year_cell(key.reporting_year),
        key.year.into(),
        tonnes.into(),
    ]
}
