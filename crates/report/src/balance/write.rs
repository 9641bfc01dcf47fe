//! The report as files: a workbook, CSV, or JSON, from the same rows.

use super::{AdjustmentReport, LabelledAverage};
use crate::sheet::{Cell, DateStyle, Sheet, SheetError, SheetRow, csv_of_rows, workbook};
use crate::table::{ReportError, json_of};
use jcm_format::time::{Date, Year};

/// A table of the report: its name, its headings and its rows.
struct Listed {
    sheet: &'static str,
    file: &'static str,
    headings: &'static [&'static str],
    rows: Vec<Vec<Cell>>,
}

fn year(year: Year) -> Cell {
    Cell::Integer(u64::from(year.get()))
}

/// A quotient that is whole is a number; another is text, because a workbook would
/// round it.
fn average(of: &LabelledAverage) -> Cell {
    let shown = of.average.to_string();
    shown.parse().map_or(Cell::Text(shown), Cell::Integer)
}

fn averaged(who: &str, averages: &[LabelledAverage]) -> Vec<Vec<Cell>> {
    let rows = averages.iter().map(|of| {
        vec![
            Cell::Text(who.to_owned()),
            Cell::Text(of.rule.says().to_owned()),
            Cell::Integer(of.tonnes),
            Cell::Integer(of.years),
            average(of),
        ]
    });
    rows.collect()
}

impl AdjustmentReport {
    fn tables(&self) -> [Listed; 4] {
        let mut averages: Vec<Vec<Cell>> = self
            .partners
            .iter()
            .flat_map(|partner| averaged(&partner.party.to_string(), &partner.averages))
            .collect();
        averages.extend(averaged("all partners", &self.japan));
        let rows = |of: &dyn Fn(&super::PartnerReport) -> Vec<Vec<Cell>>| -> Vec<Vec<Cell>> {
            self.partners
                .iter()
                .flat_map(|partner| {
                    let party = Cell::Text(partner.party.to_string());
                    of(partner)
                        .into_iter()
                        .map(move |row| std::iter::once(party.clone()).chain(row).collect())
                })
                .collect()
        };
        let vintages = rows(&|partner| {
            let of = partner.vintages.iter();
            of.map(|of| {
                let (first, used) = (of.first_transferred_tonnes, of.used_tonnes);
                vec![year(of.vintage), Cell::Integer(first), Cell::Integer(used)]
            })
            .collect()
        });
        let years = rows(&|partner| {
            let of = partner.years.iter();
            of.map(|of| {
                let (used, sum) = (of.used_tonnes, of.cumulative_tonnes);
                vec![year(of.year), Cell::Integer(used), Cell::Integer(sum)]
            })
            .collect()
        });
        let confirmations = rows(&|partner| {
            let of = partner.confirmations.iter();
            of.map(|of| {
                let tonnes = [of.booked_tonnes, of.confirmed_tonnes, of.open_tonnes];
                let years = [year(of.year), year(of.vintage)];
                years.into_iter().chain(tonnes.map(Cell::Integer)).collect()
            })
            .collect()
        });
        [
            Listed {
                sheet: "Averages",
                file: "averages.csv",
                headings: &["Partner", "Rule", "Sum (t)", "Years", "Average (t per year)"],
                rows: averages,
            },
            Listed {
                sheet: "By vintage",
                file: "by-vintage.csv",
                headings: &["Partner", "Vintage", "First transferred (t)", "Used (t)"],
                rows: vintages,
            },
            Listed {
                sheet: "By year of use",
                file: "by-year.csv",
                headings: &["Partner", "Year", "Used (t)", "Cumulative (t)"],
                rows: years,
            },
            Listed {
                sheet: "Confirmations",
                file: "confirmations.csv",
                headings: &[
                    "Partner",
                    "Year",
                    "Vintage",
                    "Booked (t)",
                    "Confirmed (t)",
                    "Open (t)",
                ],
                rows: confirmations,
            },
        ]
    }

    /// A workbook with a sheet for each table, made on `day`.
    ///
    /// # Errors
    ///
    /// More rows than a sheet can have.
    pub fn to_xlsx(&self, day: Date) -> Result<Vec<u8>, SheetError> {
        let sheets = self.tables().map(|Listed { sheet, headings, rows, .. }| {
            let headings = headings.iter().map(|heading| Cell::Text((*heading).to_owned()));
            let mut all = vec![SheetRow::heading(headings.collect())];
            all.extend(rows.into_iter().map(SheetRow::of));
            Sheet { name: sheet.to_owned(), rows: all, frozen_rows: 1, widths: vec![14, 24] }
        });
        let title = format!("Corresponding adjustments at the end of {}", self.year.get());
        workbook(&sheets, &title, day, DateStyle::Iso)
    }

    /// A CSV file for each table, by name.
    ///
    /// # Errors
    ///
    /// Rows that cannot be written.
    pub fn to_csv(&self) -> Result<Vec<(&'static str, String)>, ReportError> {
        let tables = self.tables().into_iter();
        tables
            .map(|Listed { file, headings, rows, .. }| {
                Ok((file, csv_of_rows(headings, &rows, DateStyle::Iso)?))
            })
            .collect()
    }

    /// One JSON document.
    ///
    /// # Errors
    ///
    /// A document that cannot be written.
    pub fn to_json(&self) -> Result<String, ReportError> {
        json_of(self)
    }
}
