//! The registry's balance sheet: issued = held + retired + cancelled, per project
//! and vintage, and altogether. One that does not add up is refused.

use super::{ITEM, PARTNER, PROJECT, ROW, ReportFault, SUBTOTAL, TOTAL, VINTAGE};
use crate::fold::{FoldError, add_tonnes};
use crate::register::Register;
use crate::rows::{Cell, Column, Row, Rows};
use jcm_format::amount::Tonnes;
use jcm_format::event::AccountCategory;
use jcm_format::id::ProjectRef;
use jcm_format::time::Year;
use std::collections::BTreeMap;

pub(super) const COLUMNS: &[Column] = &[
    ROW,
    PARTNER,
    PROJECT,
    VINTAGE,
    Column { key: "issued_tonnes", ja: "発行（トン）", en: "issued, in tonnes" },
    Column {
        key: "government_tonnes",
        ja: "政府保有口座（トン）",
        en: "held in government accounts, in tonnes",
    },
    Column {
        key: "entity_tonnes",
        ja: "法人等保有口座（トン）",
        en: "held in entity accounts, in tonnes",
    },
    Column { key: "held_tonnes", ja: "保有計（トン）", en: "held altogether, in tonnes" },
    Column { key: "retired_tonnes", ja: "無効化（トン）", en: "retired, in tonnes" },
    Column { key: "cancelled_tonnes", ja: "取消し（トン）", en: "cancelled, in tonnes" },
];

/// The figures of a line, in tonnes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Line {
    issued: Tonnes,
    government: Tonnes,
    entity: Tonnes,
    retired: Tonnes,
    cancelled: Tonnes,
}

impl Line {
    fn add(&mut self, other: &Line) -> Result<(), FoldError> {
        add_tonnes(&mut self.issued, other.issued)?;
        add_tonnes(&mut self.government, other.government)?;
        add_tonnes(&mut self.entity, other.entity)?;
        add_tonnes(&mut self.retired, other.retired)?;
        add_tonnes(&mut self.cancelled, other.cancelled)
    }

    fn held(&self) -> Option<Tonnes> {
        self.government.checked_add(self.entity)
    }

    /// Issued = held + retired + cancelled.
    fn check(&self, what: impl FnOnce() -> String) -> Result<(), ReportFault> {
        let found = self.held().and_then(|held| held.checked_add(self.retired));
        let found = found.and_then(|sum| sum.checked_add(self.cancelled));
        let found = found.ok_or(FoldError::Overflow)?;
        if found == self.issued {
            return Ok(());
        }
        Err(ReportFault::Unbalanced {
            what: what(),
            issued_tonnes: self.issued.get(),
            found_tonnes: found.get(),
        })
    }

    fn row(&self, word: &str, head: [Cell; 3]) -> Row {
        let held = self.held().unwrap_or(Tonnes::MAX);
        let figures =
            [self.issued, self.government, self.entity, held, self.retired, self.cancelled];
        let mut row: Row = vec![word.into()];
        row.extend(head);
        row.extend(figures.map(Cell::from));
        row
    }
}

pub(super) fn rows(register: &Register) -> Result<Rows<'_>, ReportFault> {
    let mut lines: BTreeMap<ProjectRef, BTreeMap<Year, Line>> = BTreeMap::new();
    for (_, block) in register.blocks() {
        let years = lines.entry(block.project.clone()).or_default();
        add_tonnes(&mut years.entry(block.vintage).or_default().issued, block.quantity)?;
    }
    for (range, holder) in register.holders() {
        let block = register.known_block(range)?;
        let years = lines.entry(block.project.clone()).or_default();
        let line = years.entry(block.vintage).or_default();
        let category = register.account(holder).map(|account| account.category);
        let sum = match category {
            Some(AccountCategory::GovernmentHolding) => &mut line.government,
            Some(AccountCategory::Entity) => &mut line.entity,
            Some(AccountCategory::Retirement) => &mut line.retired,
            Some(AccountCategory::Cancellation) => &mut line.cancelled,
            None => return Err(ReportFault::NoAccount(holder)),
        };
        add_tonnes(sum, range.quantity())?;
    }
    let mut total = Line::default();
    let mut of_projects = Vec::with_capacity(lines.len());
    for (project, years) in lines {
        let mut of_project = Line::default();
        for (year, line) in &years {
            line.check(|| format!("{project}, vintage {year}"))?;
            of_project.add(line)?;
        }
        total.add(&of_project)?;
        of_projects.push((project, years, of_project));
    }
    total.check(|| "the whole registry".to_owned())?;
    let projects = of_projects.into_iter().flat_map(|(project, years, of_project)| {
        let head = [Cell::text(project.country()), Cell::text(&project)];
        let [partner, reference] = head.clone();
        let items = years.into_iter().map(move |(year, line)| {
            let [partner, project] = head.clone();
            line.row(ITEM, [partner, project, year.into()])
        });
        items.chain([of_project.row(SUBTOTAL, [partner, reference, Cell::Empty])])
    });
    let end = total.row(TOTAL, [Cell::Empty, Cell::Empty, Cell::Empty]);
    Ok(Box::new(projects.chain([end])))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_that_does_not_add_up_is_refused() {
        let tonnes = Tonnes::new;
        let mut line = Line { issued: tonnes(10), retired: tonnes(3), ..Line::default() };
        line.government = tonnes(7);
        assert_eq!(line.check(String::new), Ok(()));
        line.cancelled = tonnes(1);
        let refused = line.check(|| "MN001, vintage 2022".to_owned());
        let refused = refused.expect_err("eleven of ten");
        assert_eq!(
            refused.to_string(),
            "MN001, vintage 2022: issued are 10 t, but held, retired and cancelled are together 11 t"
        );
        line.cancelled = tonnes(u64::MAX);
        assert_eq!(line.check(String::new), Err(ReportFault::Fold(FoldError::Overflow)));
    }
}
