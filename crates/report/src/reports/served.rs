//! What serves the reports of emitters: under the Act (SHK), and in the emissions
//! trading system (GX-ETS). Each range of units with its identification numbers.

use super::uses::{BENEFICIARY, Line, OPERATION, REPORTING_YEAR, lines};
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
    ACCOUNT,
    REPORTING_YEAR,
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
    ACCOUNT,
    REPORTING_YEAR,
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
];

/// As the order on reports lists them.
pub(super) const FORM_COLUMNS: &[Column] = &[ROW, TYPE, QUANTITY, FIRST, LAST];

/// The type of all units of this registry.
const JCM: &str = "JCMクレジット（国際協力排出削減量）";

/// Beneficiary, account and year: what one report is about.
type Emitter = (String, AccountNumber, Option<Year>);

/// The lines of each emitter, with their sum.
fn emitters<'a>(
    register: &'a Register,
    query: &Query,
    kind: UseKind,
) -> Result<(Vec<(Emitter, Vec<Line<'a>>, Tonnes)>, Tonnes), ReportFault> {
    let mut emitters: BTreeMap<Emitter, Vec<Line<'a>>> = BTreeMap::new();
    for line in lines(register, query, Some(kind)) {
        let use_ = line.use_;
        let emitter = (line.beneficiary.clone(), use_.account, use_.reporting_year());
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
        emitters.into_iter().flat_map(move |((beneficiary, account, year), lines, tonnes)| {
            let items = lines.into_iter().flat_map(move |line| {
                let ranges = line.ranges.clone();
                ranges.into_iter().map(move |range| item(register, &line, range))
            });
            let mut subtotal = sum_row(SUBTOTAL, columns, tonnes);
            let head = [beneficiary.as_str().into(), account.into(), year_cell(year)];
            subtotal.splice(1..4, head);
            items.chain([subtotal])
        });
    Ok(Box::new(rows.chain([sum_row(TOTAL, columns, total)])))
}

pub(super) fn shk<'a>(register: &'a Register, query: &Query) -> Result<Rows<'a>, ReportFault> {
    listed(register, query, UseKind::Shk, SHK_COLUMNS, shk_item)
}

pub(super) fn gx_ets<'a>(register: &'a Register, query: &Query) -> Result<Rows<'a>, ReportFault> {
    listed(register, query, UseKind::GxEts, GX_COLUMNS, |register, line, range| {
        let mut row = head(line);
        row.extend(of_units(register, range));
        row.push(range.quantity().into());
        row
    })
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
        use_.account.into(),
        year_cell(use_.reporting_year()),
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
