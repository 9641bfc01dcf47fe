//! Issuances from a sheet: a row for each vintage and account. Rows of the same
//! project and decision are one issuance.

use super::sheet::{Sheet, SheetRow};
use super::{BulkColumn, CellError, RowReader, all_wrong};
use crate::failure::Failure;
use crate::parse;
use jcm_format::amount::Tonnes;
use jcm_format::command::{Allocation, Basis, Decision, RecordIssuance, VintageIssue};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, EntryIndex, ProjectRef};
use jcm_format::text::{Name, Text};
use jcm_format::time::{Date, Year};
use std::collections::BTreeMap;

/// The sheet of a workbook, and the word of the command line.
pub const SHEET: &str = "issuances";

/// Parts of one command.
pub const PARTS_MAX: usize = 16;

/// The columns. All but the last three say the same in every row of an issuance.
pub const COLUMNS: &[BulkColumn] = &[
    column("project", true, "reference of the project", "MN003"),
    column("decision", true, "the Joint Committee's reference", "MN-JC-2026-01"),
    column("decision_date", true, "its date, YYYY-MM-DD", "2026-05-10"),
    column("period_start", true, "first day of the monitoring period", "2023-07-01"),
    column("period_end", true, "last day of the monitoring period", "2024-12-31"),
    column("notified_total_tonnes", true, "notified for both sides, in tonnes", "12000"),
    column("notified_japan_tonnes", true, "notified for Japan's registry, in tonnes", "9000"),
    column(
        "consent",
        false,
        "entry of the partner's consent; empty: it is looked up by project and decision",
        "",
    ),
    column("carried_over_on", false, "of units carried over: the day of issuance there", ""),
    column("recognition", false, "of units carried over: reference of the recognition", ""),
    column("verifier", true, "the certified verifier", "Example Verification Ltd."),
    column(
        "report_sha256",
        true,
        "SHA-256 of the verification report, 64 hexadecimal digits",
        "0000000000000000000000000000000000000000000000000000000000000000",
    ),
    column("japan_authorisation", false, "Japan's authorisation; both or neither", ""),
    column("partner_authorisation", false, "the partner's authorisation", ""),
    column("vintage", true, "calendar year of the reductions", "2023"),
    column("account", true, "who receives them", "JP-0001001-05"),
    column("quantity_tonnes", true, "how much, in tonnes", "3000"),
];

const fn column(
    name: &'static str,
    needed: bool,
    about: &'static str,
    example: &'static str,
) -> BulkColumn {
    BulkColumn { name, needed, about, example }
}

/// Columns that say the same in every row of an issuance.
const SHARED: std::ops::Range<usize> = 2..14;

/// An issuance, whose consent may still have to be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuanceRows {
    /// The first of its rows.
    pub row: u32,
    /// The issuance; its basis counts only where it is known.
    pub issuance: RecordIssuance,
    /// Whether the basis is known.
    pub basis_known: bool,
}

impl IssuanceRows {
    /// Whether the units come from the predecessor book.
    pub fn is_carried_over(&self) -> bool {
        matches!(self.issuance.basis, Basis::CarriedOver { .. })
    }
}

/// Reads all rows, or tells everything that is wrong with any.
pub fn read(sheet: &Sheet) -> Result<Vec<IssuanceRows>, Failure> {
    let mut errors = Vec::new();
    let mut groups: BTreeMap<(&str, &str), Vec<&SheetRow>> = BTreeMap::new();
    for row in &sheet.rows {
        let key = (sheet.cell(row, "project"), sheet.cell(row, "decision"));
        groups.entry(key).or_default().push(row);
    }
    let mut groups: Vec<Vec<&SheetRow>> = groups.into_values().collect();
    // In the order of the sheet: blocks are numbered by it.
    groups.sort_by_key(|rows| rows.first().map(|row| row.number));
    let mut issuances = Vec::with_capacity(groups.len());
    for rows in groups {
        agree(sheet, &rows, &mut errors);
        issuances.extend(read_group(sheet, &rows, &mut errors));
    }
    if errors.is_empty() { Ok(issuances) } else { Err(all_wrong(&errors)) }
}

/// Every row of an issuance says the same of it.
fn agree(sheet: &Sheet, rows: &[&SheetRow], errors: &mut Vec<CellError>) {
    let Some((first, others)) = rows.split_first() else { return };
    for row in others {
        for column in COLUMNS.get(SHARED).unwrap_or_default() {
            let (told, before) = (sheet.cell(row, column.name), sheet.cell(first, column.name));
            if told != before {
                errors.push(CellError {
                    sheet: sheet.name.clone(),
                    row: row.number,
                    column: column.name.to_owned(),
                    found: told.to_owned(),
                    wanted: format!("write \"{before}\" as in row {}", first.number),
                });
            }
        }
    }
}

/// What one row says of the vintage.
struct Part {
    year: Year,
    account: AccountNumber,
    tonnes: Tonnes,
}

fn read_group(
    sheet: &Sheet,
    rows: &[&SheetRow],
    errors: &mut Vec<CellError>,
) -> Option<IssuanceRows> {
    let first = *rows.first()?;
    let mut parts = Vec::with_capacity(rows.len());
    for row in rows {
        let mut reader = RowReader::new(sheet, row, errors);
        parts.push((row.number, read_part(&mut reader)));
    }
    let mut reader = RowReader::new(sheet, first, errors);
    let head = read_head(&mut reader);
    let vintages = vintages(sheet, parts, errors);
    let (head, vintages) = (head?, vintages?);
    let quantity = Tonnes::checked_sum(vintages.iter().map(|vintage| vintage.quantity_tonnes))?;
    Some(IssuanceRows {
        row: first.number,
        issuance: RecordIssuance {
            project: head.project,
            decision: head.decision,
            basis: head.basis.clone().unwrap_or(Basis::Consent(EntryIndex::new(0))),
            verifier: head.verifier,
            verification_report: head.report,
            quantity_tonnes: quantity,
            vintages,
            authorisations: head.authorisations,
        },
        basis_known: head.basis.is_some(),
    })
}

fn read_part(row: &mut RowReader<'_>) -> Option<Part> {
    let year = row.needed("vintage", "write a calendar year", parse::year);
    let account = row.needed("account", "name the account that receives", parse::account);
    let tonnes =
        row.needed("quantity_tonnes", "write whole tonnes", |text| match parse::tonnes(text)? {
            Tonnes::ZERO => Err("write at least 1, or leave the row out".to_owned()),
            tonnes => Ok(tonnes),
        });
    Some(Part { year: year?, account: account?, tonnes: tonnes? })
}

/// What the first row says of the issuance.
struct Head {
    project: ProjectRef,
    decision: Decision,
    basis: Option<Basis>,
    verifier: Text,
    report: Digest,
    authorisations: Option<(Name, Name)>,
}

fn read_head(row: &mut RowReader<'_>) -> Option<Head> {
    let date =
        |text: &str| text.parse::<Date>().map_err(|_| "write a date as YYYY-MM-DD".to_owned());
    let project = row.needed("project", "name the project", parse::project);
    let reference = row.needed("decision", "name the decision", parse::name);
    let decided = row.needed("decision_date", "write its date", date);
    let period_start = row.needed("period_start", "write the first day", date);
    let period_end = row.needed("period_end", "write the last day", date);
    let total = row.needed("notified_total_tonnes", "write whole tonnes", parse::tonnes);
    let japan = row.needed("notified_japan_tonnes", "write whole tonnes", parse::tonnes);
    let basis = read_basis(row);
    let verifier = row.needed("verifier", "name the verifier", parse::text);
    let report = row.needed("report_sha256", "write 64 hexadecimal digits", |text| {
        text.parse::<Digest>().map_err(|_| "write 64 hexadecimal digits".to_owned())
    });
    let authorisations = read_authorisations(row);
    Some(Head {
        project: project?,
        decision: Decision {
            reference: reference?,
            date: decided?,
            period_start: period_start?,
            period_end: period_end?,
            notified_total_tonnes: total?,
            notified_japan_tonnes: japan?,
        },
        basis,
        verifier: verifier?,
        report: report?,
        authorisations,
    })
}

fn read_basis(row: &mut RowReader<'_>) -> Option<Basis> {
    let consent = row.optional("consent", |text| {
        let entry = text.parse().map_err(|_| "write the number of an entry".to_owned());
        entry.map(|entry| Basis::Consent(EntryIndex::new(entry)))
    });
    let issued_on = row.optional("carried_over_on", |text| {
        text.parse::<Date>().map_err(|_| "write a date as YYYY-MM-DD".to_owned())
    });
    let recognition = row.optional("recognition", parse::text);
    if row.text("carried_over_on").is_empty() != row.text("recognition").is_empty() {
        row.wrong("recognition", "give both the day and the recognition, or neither");
    }
    if !row.text("consent").is_empty() && !row.text("carried_over_on").is_empty() {
        row.wrong("consent", "leave it empty: units carried over rest on the recognition");
    }
    let carried_over = issued_on.zip(recognition).map(|(issued_on, recognition_reference)| {
        Basis::CarriedOver { issued_on, recognition_reference }
    });
    consent.or(carried_over)
}

fn read_authorisations(row: &mut RowReader<'_>) -> Option<(Name, Name)> {
    let japan = row.optional("japan_authorisation", parse::name);
    let partner = row.optional("partner_authorisation", parse::name);
    if row.text("japan_authorisation").is_empty() != row.text("partner_authorisation").is_empty() {
        row.wrong("partner_authorisation", "name both authorisations, or neither");
    }
    japan.zip(partner)
}

/// The vintages of an issuance, ascending, each with its allocations in the order of
/// the sheet.
fn vintages(
    sheet: &Sheet,
    parts: Vec<(u32, Option<Part>)>,
    errors: &mut Vec<CellError>,
) -> Option<Vec<VintageIssue>> {
    let mut years: BTreeMap<Year, Vec<Allocation>> = BTreeMap::new();
    let mut whole = true;
    for (row, part) in parts {
        let Some(Part { year, account, tonnes }) = part else {
            whole = false;
            continue;
        };
        let allocations = years.entry(year).or_default();
        if allocations.iter().any(|allocation| allocation.account == account) {
            errors.push(CellError {
                sheet: sheet.name.clone(),
                row,
                column: "account".to_owned(),
                found: account.to_string(),
                wanted: format!("the vintage {year} names it already; add the two up"),
            });
            whole = false;
        }
        allocations.push(Allocation { account, quantity_tonnes: tonnes });
    }
    let vintage = |(year, allocations): (Year, Vec<Allocation>)| {
        let parts = allocations.iter().map(|allocation| allocation.quantity_tonnes);
        let quantity_tonnes = Tonnes::checked_sum(parts)?;
        Some(VintageIssue { year, quantity_tonnes, allocations })
    };
    let vintages: Option<Vec<_>> = years.into_iter().map(vintage).collect();
    vintages.filter(|_| whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADING: &str = "project,decision,decision_date,period_start,period_end,\
        notified_total_tonnes,notified_japan_tonnes,consent,carried_over_on,recognition,\
        verifier,report_sha256,vintage,account,quantity_tonnes";

    fn row(decision: &str, verifier: &str, end: &str) -> String {
        let zero = Digest::ZERO;
        format!(
            "MN003,{decision},2026-05-10,2023-07-01,2024-12-31,12000,\"9,000\",31,,,{verifier},{zero},{end}"
        )
    }

    fn told(lines: &[String]) -> Result<Vec<IssuanceRows>, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("i.csv");
        let lines = [&[HEADING.replace(' ', "")], lines].concat();
        std::fs::write(&path, lines.join("\n")).expect("writable");
        let sheet = Sheet::read(&path, SHEET, COLUMNS).map_err(|failure| failure.show())?;
        read(&sheet).map_err(|failure| failure.show())
    }

    #[test]
    fn rows_of_one_decision_are_one_issuance() {
        let lines = [
            row("JC-1", "V", "2024,1001,5500"),
            row("JC-2", "V", "2023,1002,10"),
            row("JC-1", "V", "2023,1001,3000"),
            row("JC-1", "V", "2024,1,500"),
        ];
        let read = told(&lines).expect("well formed");
        assert_eq!(read.iter().map(|of| of.row).collect::<Vec<_>>(), [2, 3]);
        let first = &read[0].issuance;
        assert!(read[0].basis_known && first.basis == Basis::Consent(EntryIndex::new(31)));
        assert_eq!(first.quantity_tonnes, Tonnes::new(9_000));
        let years: Vec<_> = first.vintages.iter().map(|of| of.year.get()).collect();
        assert_eq!(years, [2_023, 2_024]);
        assert_eq!(first.vintages[1].quantity_tonnes, Tonnes::new(6_000));
        assert_eq!(first.vintages[1].allocations[1].account.get(), 1);
    }

    #[test]
    fn rows_that_disagree_and_cells_that_are_wrong_are_told_at_once() {
        let lines = [
            row("JC-1", "V", "2023,1001,3000"),
            row("JC-1", "W", "2023,1001,10"),
            row("JC-1", "V", "23,1002,0"),
        ];
        let told = told(&lines).expect_err("refused");
        for part in [
            "i.csv, row 3, verifier: \"W\"; write \"V\" as in row 2",
            "i.csv, row 3, account: \"JP-0001001-05\"; the vintage 2023 names it already",
            "i.csv, row 4, vintage: \"23\"; ",
            "i.csv, row 4, quantity_tonnes: \"0\"; write at least 1",
        ] {
            assert!(told.contains(part), "{part}\n{told}");
        }
    }
}
