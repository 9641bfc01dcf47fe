//! What serves the reports of emitters: under the Act (SHK), and in the emissions
//! trading system (GX-ETS). Each range of units with its identification numbers.

use super::uses::{
    BENEFICIARY, BENEFICIARY_NUMBER, ENTITY, Line, OPERATION, REPORTING_YEAR, lines, number,
};
use super::{
    ACCOUNT, CLASS, ITEM, PROJECT, QUANTITY, ROW, ReportFault, SUBTOTAL, TOTAL, VINTAGE, sum,
    sum_row, year_cell,
};
use crate::register::Register;
use crate::reports::Query;
use crate::rows::{Cell, Column, Row, Rows};
use jcm_format::amount::Tonnes;
use jcm_format::command::UseKind;
use jcm_format::id::AccountNumber;
use jcm_format::identification::UnitName;
use jcm_format::serial::SerialRange;
use jcm_format::time::Year;
use jcm_ledger::eligibility::ShkGround;
use std::collections::BTreeMap;

const RECORDED_ON: Column =
    Column { key: "recorded_on", ja: "記録の日", en: "day of the record, in Japan" };
const ISSUED_ON: Column = Column { key: "issued_on", ja: "発行の日", en: "day of issuance" };
const FIRST: Column = Column {
    key: "first_identification",
    ja: "識別番号（最初）",
    en: "identification number of the first unit",
};
const LAST: Column = Column {
    key: "last_identification",
    ja: "識別番号（最後）",
    en: "identification number of the last unit",
};
const UNITS: Column =
    Column { key: "units", ja: "単位（記録の番号）", en: "block and units" };
const TYPE: Column = Column {
    key: "type",
    ja: "海外認証排出削減量の種類",
    en: "type of the overseas certified reductions",
};

pub(super) const SHK_COLUMNS: &[Column] = &[
    ROW,
    BENEFICIARY,
    BENEFICIARY_NUMBER,
    ACCOUNT,
    REPORTING_YEAR,
    ENTITY,
    OPERATION,
    RECORDED_ON,
    TYPE,
    PROJECT,
    VINTAGE,
    CLASS,
    ISSUED_ON,
    FIRST,
    LAST,
    UNITS,
    Column { key: "eligible", ja: "適格性", en: "whether they serve it: yes or no" },
    Column { key: "ground", ja: "適格性の根拠", en: "on which ground of the matrix" },
    QUANTITY,
];

pub(super) const GX_COLUMNS: &[Column] = &[
    ROW,
    BENEFICIARY,
    BENEFICIARY_NUMBER,
    ACCOUNT,
    REPORTING_YEAR,
    ENTITY,
    OPERATION,
    RECORDED_ON,
    PROJECT,
    VINTAGE,
    CLASS,
    ISSUED_ON,
    FIRST,
    LAST,
    UNITS,
    QUANTITY,
    Column {
        key: "cap_basis_points",
        ja: "上限（排出量に対する万分率）",
        en: "cap in ten thousandths of the year's emissions, by the rule data; empty: none is set",
    },
    Column {
        key: "limit_tonnes",
        ja: "使用できる上限（トン）",
        en: "what the cap allows for the emissions given, in tonnes, rounded down",
    },
    Column {
        key: "usable_tonnes",
        ja: "使用できる数量（トン）",
        en: "the lesser of quantity and limit, in tonnes",
    },
];

/// As the order on reports lists them.
pub(super) const FORM_COLUMNS: &[Column] = &[ROW, TYPE, QUANTITY, FIRST, LAST];

/// The type of all units of this registry.
const JCM: &str = "JCMクレジット（国際協力排出削減量）";

/// Beneficiary, its number, account and year: what one report is about.
type Emitter = (String, String, AccountNumber, Option<Year>);

/// An emitter's lines and their sum.
type Summed<'a> = (Emitter, Vec<Line<'a>>, Tonnes);

/// The lines of each emitter, with their sum.
fn emitters<'a>(
    register: &'a Register,
    query: &Query,
    kind: UseKind,
) -> Result<(Vec<Summed<'a>>, Tonnes), ReportFault> {
    let mut emitters: BTreeMap<Emitter, Vec<Line<'a>>> = BTreeMap::new();
    for line in lines(register, query, Some(kind)) {
        let use_ = line.use_;
        let who = (line.beneficiary.clone(), number(use_));
        let emitter = (who.0, who.1, use_.account, use_.reporting_year());
        emitters.entry(emitter).or_default().push(line);
    }
    let mut summed = Vec::with_capacity(emitters.len());
    for (emitter, lines) in emitters {
        let ranges = lines.iter().flat_map(|line| line.ranges.iter());
        let tonnes = sum(ranges.map(|range| range.quantity()))?;
        summed.push((emitter, lines, tonnes));
    }
    let total = sum(summed.iter().map(|(_, _, tonnes)| *tonnes))?;
    Ok((summed, total))
}

/// The rows of all emitters, with a subtotal of each.
fn listed<'a>(
    register: &'a Register,
    query: &Query,
    kind: UseKind,
    columns: &'static [Column],
    item: fn(&Register, &Line<'a>, SerialRange) -> Row,
) -> Result<Rows<'a>, ReportFault> {
    let (emitters, total) = emitters(register, query, kind)?;
    for (_, lines, _) in &emitters {
        for range in lines.iter().flat_map(|line| line.ranges.iter()) {
            register.known_block(*range)?;
        }
    }
    let rows =
        emitters.into_iter().flat_map(move |((name, number, account, year), lines, tonnes)| {
            let items = lines.into_iter().flat_map(move |line| {
                let ranges = line.ranges.clone();
                ranges.into_iter().map(move |range| item(register, &line, range))
            });
            let mut subtotal = sum_row(SUBTOTAL, columns, tonnes);
            let head =
                [name.as_str().into(), number.as_str().into(), account.into(), year_cell(year)];
            subtotal.splice(1..5, head);
            items.chain([subtotal])
        });
    Ok(Box::new(rows.chain([sum_row(TOTAL, columns, total)])))
}

pub(super) fn shk<'a>(register: &'a Register, query: &Query) -> Result<Rows<'a>, ReportFault> {
    listed(register, query, UseKind::Shk, SHK_COLUMNS, shk_item)
}

pub(super) fn gx_ets<'a>(register: &'a Register, query: &Query) -> Result<Rows<'a>, ReportFault> {
    let rows = listed(register, query, UseKind::GxEts, GX_COLUMNS, |register, line, range| {
        let mut row = head(line);
        row.extend(of_units(register, range));
        row.push(range.quantity().into());
        row.resize(GX_COLUMNS.len(), Cell::Empty);
        row
    })?;
    let (cap, emissions) = (register.gx_ets_cap(), query.emissions);
    Ok(Box::new(rows.map(move |row| with_cap(row, cap, emissions))))
}

/// The sums of emitters with the cap, and with what it allows where the emissions are
/// known.
fn with_cap(mut row: Row, cap: Option<u16>, emissions: Option<Tonnes>) -> Row {
    let Some(cap) = cap.filter(|_| row.first() == Some(&SUBTOTAL.into())) else { return row };
    let at = |key: &str| GX_COLUMNS.iter().position(|column| column.key == key);
    let used = at(QUANTITY.key).and_then(|position| row.get(position).cloned());
    let limit = emissions.map(|emissions| limit(emissions, cap));
    let usable = match (used, limit) {
        (Some(Cell::Number(used)), Some(limit)) => Some(used.min(limit)),
        _ => None,
    };
    for (key, figure) in [
        ("cap_basis_points", Some(u64::from(cap))),
        ("limit_tonnes", limit),
        ("usable_tonnes", usable),
    ] {
        let cell = at(key).and_then(|position| row.get_mut(position));
        if let Some((cell, figure)) = cell.zip(figure) {
            *cell = Cell::Number(figure);
        }
    }
    row
}

/// A part of the emissions in ten thousandths, rounded down: a unit is a whole tonne.
fn limit(emissions: Tonnes, basis_points: u16) -> u64 {
    let tonnes = u128::from(emissions.get()) * u128::from(basis_points) / 10_000;
    u64::try_from(tonnes).unwrap_or(u64::MAX)
}

fn shk_item(register: &Register, line: &Line<'_>, range: SerialRange) -> Row {
    let mut row = head(line);
    row.push(JCM.into());
    row.extend(of_units(register, range));
    let ground = line.use_.ground;
    row.push(if ground.is_some() { "yes" } else { "no" }.into());
    row.push(ground.map_or(Cell::Empty, |ground| ground.word().into()));
    row.push(range.quantity().into());
    row
}

fn head(line: &Line<'_>) -> Row {
    let use_ = line.use_;
    vec![
        ITEM.into(),
        line.beneficiary.as_str().into(),
        number(use_).as_str().into(),
        use_.account.into(),
        year_cell(use_.reporting_year()),
        Cell::option(use_.entity()),
        Cell::text(use_.purpose()),
        use_.recorded_on.into(),
    ]
}

/// Project, vintage, class, day of issuance, identification numbers and units.
fn of_units(register: &Register, range: SerialRange) -> [Cell; 7] {
    let Some(block) = register.block(range.block()) else {
        return [const { Cell::Empty }; 7];
    };
    let [first, last] = identification(register, range);
    [
        Cell::text(&block.project),
        block.vintage.into(),
        Cell::text(block.class),
        block.issued_on.into(),
        first,
        last,
        Cell::text(range),
    ]
}

/// Identification numbers of the first and the last unit.
fn identification(register: &Register, range: SerialRange) -> [Cell; 2] {
    let known = register.rules().zip(register.block(range.block()));
    let Some((rules, block)) = known else { return [Cell::Empty, Cell::Empty] };
    [range.first(), range.last()].map(|unit| {
        let (project, vintage) = (block.project.clone(), block.vintage);
        Cell::Text(rules.identification.print(&UnitName {
            project,
            vintage,
            block: range.block(),
            unit,
        }))
    })
}

/// What one emitter reports of one year: units that serve it and no others.
pub(super) fn shk_form<'a>(register: &'a Register, query: &Query) -> Result<Rows<'a>, ReportFault> {
    let lines = lines(register, query, Some(UseKind::Shk));
    let eligible = lines.into_iter().filter(|line| {
        line.use_
            .ground
            .is_some_and(|ground| ground == ShkGround::FromNdcPeriod || !line.use_.retired)
    });
    let ranges: Vec<SerialRange> = eligible.flat_map(|line| line.ranges).collect();
    let total = sum(ranges.iter().map(|range| range.quantity()))?;
    for range in &ranges {
        register.known_block(*range)?;
    }
    let items = ranges.into_iter().map(|range| {
        let [first, last] = identification(register, range);
        vec![ITEM.into(), JCM.into(), range.quantity().into(), first, last]
    });
    Ok(Box::new(items.chain([sum_row(TOTAL, FORM_COLUMNS, total)])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cap_is_rounded_down_and_never_overflows() {
        assert_eq!(limit(Tonnes::new(12_345), 1_000), 1_234);
        assert_eq!(limit(Tonnes::new(9), 1_000), 0);
        assert_eq!(limit(Tonnes::new(u64::MAX), 10_000), u64::MAX);
    }

    #[test]
    fn sums_alone_have_the_cap_and_only_where_there_is_one() {
        let subtotal = || {
            let mut row = sum_row(SUBTOTAL, GX_COLUMNS, Tonnes::new(500));
            row.resize(GX_COLUMNS.len(), Cell::Empty);
            row
        };
        let figures = |row: Row| row[GX_COLUMNS.len() - 3..].to_vec();
        let of = |cap, emissions: Option<u64>| {
            figures(with_cap(subtotal(), cap, emissions.map(Tonnes::new)))
        };
        let number = |number| Cell::Number(number);
        assert_eq!(of(None, Some(1_000)), [Cell::Empty, Cell::Empty, Cell::Empty]);
        assert_eq!(of(Some(1_000), None), [number(1_000), Cell::Empty, Cell::Empty]);
        assert_eq!(of(Some(1_000), Some(4_009)), [number(1_000), number(400), number(400)]);
        assert_eq!(of(Some(1_000), Some(9_000)), [number(1_000), number(900), number(500)]);
        let item = sum_row(ITEM, GX_COLUMNS, Tonnes::new(500));
        assert_eq!(figures(with_cap(item, Some(1_000), None))[0], Cell::Empty);
    }
}
