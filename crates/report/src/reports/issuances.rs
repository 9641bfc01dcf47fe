//! Issuances: by partner, project, methodology, vintage and class.

use super::{
    CLASS, ITEM, PARTNER, PROJECT, QUANTITY, ROW, ReportFault, SUBTOTAL, TOTAL, VINTAGE, is_within,
    sum,
};
use crate::fold::{FoldError, add_tonnes, count};
use crate::register::Register;
use crate::reports::Query;
use crate::rows::{Cell, Column, Row, Rows};
use jcm_format::amount::Tonnes;
use jcm_format::event::CreditClass;
use jcm_format::id::{Country, ProjectRef};
use jcm_format::time::Year;
use std::collections::BTreeMap;

pub(super) const COLUMNS: &[Column] = &[
    ROW,
    PARTNER,
    PROJECT,
    Column { key: "methodology", ja: "方法論", en: "methodology of the project" },
    VINTAGE,
    CLASS,
    Column { key: "blocks", ja: "記録の数", en: "number of blocks" },
    QUANTITY,
];

type Key = (ProjectRef, Year, CreditClass);

pub(super) fn rows<'a>(register: &'a Register, query: &Query) -> Result<Rows<'a>, ReportFault> {
    let mut sums: BTreeMap<Country, BTreeMap<Key, (u64, Tonnes)>> = BTreeMap::new();
    for (_, block) in register.blocks() {
        if !is_within(block.recorded_on, query.from, query.to) {
            continue;
        }
        let of_partner = sums.entry(block.project.country()).or_default();
        let key = (block.project.clone(), block.vintage, block.class);
        let (blocks, tonnes) = of_partner.entry(key).or_default();
        count(blocks)?;
        add_tonnes(tonnes, block.quantity)?;
    }
    let mut of_partners = Vec::with_capacity(sums.len());
    let (mut all_blocks, mut all) = (0_u64, Tonnes::ZERO);
    for (partner, of_partner) in sums {
        let blocks =
            of_partner.values().try_fold(0_u64, |sum, (blocks, _)| sum.checked_add(*blocks));
        let blocks = blocks.ok_or(FoldError::Overflow)?;
        let tonnes = sum(of_partner.values().map(|(_, tonnes)| *tonnes))?;
        all_blocks = all_blocks.checked_add(blocks).ok_or(FoldError::Overflow)?;
        add_tonnes(&mut all, tonnes)?;
        of_partners.push((partner, of_partner, blocks, tonnes));
    }
    let partners =
        of_partners.into_iter().flat_map(move |(partner, of_partner, blocks, tonnes)| {
            let items =
                of_partner.into_iter().map(move |(key, figures)| item(register, key, figures));
            items.chain([end(SUBTOTAL, Cell::text(partner), blocks, tonnes)])
        });
    Ok(Box::new(partners.chain([end(TOTAL, Cell::Empty, all_blocks, all)])))
}

fn item(register: &Register, key: Key, (blocks, tonnes): (u64, Tonnes)) -> Row {
    let (project, vintage, class) = key;
    let methodology = register.project(&project).map(|facts| facts.methodology.clone());
    vec![
        ITEM.into(),
        Cell::text(project.country()),
        Cell::text(&project),
        Cell::option(methodology),
        vintage.into(),
        Cell::text(class),
        Cell::Number(blocks),
        tonnes.into(),
    ]
}

fn end(word: &str, partner: Cell, blocks: u64, tonnes: Tonnes) -> Row {
    let mut row = vec![word.into(), partner];
    row.resize(COLUMNS.len() - 2, Cell::Empty);
    row.extend([Cell::Number(blocks), tonnes.into()]);
    row
}
