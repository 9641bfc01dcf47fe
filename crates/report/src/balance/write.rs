//! The report as files: a workbook, CSV, or JSON, from the same rows.

use super::{AdjustmentReport, LabelledAverage, PartnerReport, PartyYear};
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

/// Rows of every partner, with the Party before each.
fn of_partners(
    report: &AdjustmentReport,
    rows: impl Fn(&PartnerReport) -> Vec<Vec<Cell>>,
) -> Vec<Vec<Cell>> {
    let of = report.partners.iter().flat_map(|partner| {
        let party = Cell::Text(partner.party.to_string());
        let rows = rows(partner).into_iter();
        rows.map(move |row| std::iter::once(party.clone()).chain(row).collect())
    });
    of.collect()
}

fn vintages(partner: &PartnerReport) -> Vec<Vec<Cell>> {
    let rows = partner.vintages.iter().map(|of| {
        let tonnes = [of.first_transferred_tonnes, of.used_tonnes].map(Cell::Integer);
        std::iter::once(year(of.vintage)).chain(tonnes).collect()
    });
    rows.collect()
}

fn years(partner: &PartnerReport) -> Vec<Vec<Cell>> {
    let rows = partner.years.iter().map(|of| {
        let tonnes = [of.used_tonnes, of.cumulative_tonnes].map(Cell::Integer);
        std::iter::once(year(of.year)).chain(tonnes).collect()
    });
    rows.collect()
}

fn confirmations(partner: &PartnerReport) -> Vec<Vec<Cell>> {
    let rows = partner.confirmations.iter().map(|of| {
        let tonnes = [of.booked_tonnes, of.confirmed_tonnes, of.open_tonnes].map(Cell::Integer);
        [year(of.year), year(of.vintage)].into_iter().chain(tonnes).collect()
    });
    rows.collect()
}

/// Headings of [`party_years_csv`].
const OF_PARTY: [&str; 8] = [
    "Year",
    "Emissions (t)",
    "First transferred (t)",
    "Used (t)",
    "Balance (t)",
    "Cumulative adjustment (t)",
    "Trajectory (t)",
    "Above trajectory (t)",
];

/// A Party's years as CSV; `NA` where a figure was not stated.
///
/// # Errors
///
/// Rows that cannot be written.
pub fn party_years_csv(years: &[PartyYear]) -> Result<String, ReportError> {
    let signed = |number: Option<i128>| number.map_or(Cell::NotApplicable, Cell::Signed);
    let rows = years.iter().map(|of| {
        vec![
            year(of.year),
            Cell::integer_or_na(of.emissions_tonnes),
            Cell::Integer(of.first_transferred_tonnes),
            Cell::integer_or_na(of.used_tonnes),
            signed(of.balance_tonnes),
            signed(of.cumulative_adjustment_tonnes),
            Cell::integer_or_na(of.trajectory_tonnes),
            signed(of.above_trajectory_tonnes),
        ]
    });
    csv_of_rows(&OF_PARTY, rows, DateStyle::Iso)
}

impl AdjustmentReport {
    fn tables(&self) -> [Listed; 4] {
        let mut averages: Vec<Vec<Cell>> = self
            .partners
            .iter()
            .flat_map(|partner| averaged(&partner.party.to_string(), &partner.averages))
            .collect();
        averages.extend(averaged("all partners", &self.japan));
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
                rows: of_partners(self, vintages),
            },
            Listed {
                sheet: "By year of use",
                file: "by-year.csv",
                headings: &["Partner", "Year", "Used (t)", "Cumulative (t)"],
                rows: of_partners(self, years),
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
                rows: of_partners(self, confirmations),
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
                Ok((file, csv_of_rows(headings, rows, DateStyle::Iso)?))
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
