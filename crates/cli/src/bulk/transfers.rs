//! Transfers of one account from a sheet: a row for each.

use super::sheet::Sheet;
use super::{BulkColumn, CellError, RowReader, all_wrong};
use crate::failure::Failure;
use crate::parse;
use jcm_format::command::{PaymentId, Purpose, TransferTerms, Use, UseDetails, UseKind};
use jcm_format::id::{AccountNumber, BlockNumber};
use jcm_format::serial::{SerialRange, SerialRanges};
use std::collections::BTreeMap;

/// The sheet of a workbook, and the word of the command line.
pub const SHEET: &str = "transfers";

/// Parts of one command.
pub const PARTS_MAX: usize = 100;
/// Ranges of all parts together.
pub const RANGES_MAX: usize = 256;

/// The columns.
pub const COLUMNS: &[BulkColumn] = &[
    BulkColumn {
        name: "source",
        needed: false,
        about: "the account that gives; may be left out where all rows have the same",
        example: "JP-0001001-05",
    },
    BulkColumn {
        name: "purpose",
        needed: true,
        about: "transfer, retirement (無効化) or cancellation (取消し)",
        example: "cancellation",
    },
    BulkColumn {
        name: "destination",
        needed: false,
        about: "the account that receives, with its check digits; empty for a retirement or \
                cancellation: the registry's own account for it",
        example: "",
    },
    BulkColumn {
        name: "units",
        needed: true,
        about: "blocks and units, such as 7:1-500; several with spaces between",
        example: "7:1-500 9:1-20",
    },
    BulkColumn {
        name: "gratuitous",
        needed: false,
        about: "yes: declared free of charge, towards a government account",
        example: "yes",
    },
    BulkColumn {
        name: "use",
        needed: false,
        about: "ndc, shk, gx-ets, voluntary, international-mitigation, other-purposes, omge or other",
        example: "voluntary",
    },
    BulkColumn {
        name: "reporting_year",
        needed: false,
        about: "fiscal year of the report that is served",
        example: "2026",
    },
    BulkColumn {
        name: "beneficiary",
        needed: false,
        about: "in whose favour; empty: the holder of the account",
        example: "Example K.K.",
    },
    BulkColumn {
        name: "beneficiary_number",
        needed: false,
        about: "number of the corporation in whose favour it is: JP: and the corporate number, or \
                country code and number",
        example: "JP:8700110005901",
    },
    BulkColumn {
        name: "entity",
        needed: false,
        about: "the entity that uses or cancels, as an authorisation names it: country code and number",
        example: "",
    },
    BulkColumn {
        name: "payment",
        needed: false,
        about: "payment to draw the fee from, as ENTRY or ENTRY/LINE",
        example: "",
    },
];

/// One transfer of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferRow {
    /// Where it stands.
    pub row: u32,
    /// The account that the row names.
    pub source: Option<AccountNumber>,
    /// The account that receives; none: the registry's own for the purpose.
    pub destination: Option<AccountNumber>,
    /// What for.
    pub purpose: Purpose,
    /// The units.
    pub ranges: SerialRanges,
    /// Declared free of charge.
    pub gratuitous: bool,
    /// What it serves.
    pub use_: Option<Use>,
    /// Whom it names by number.
    pub use_details: Option<UseDetails>,
    /// Payment to draw the fee from.
    pub payment: Option<PaymentId>,
}

impl TransferRow {
    /// What is asked for, between two accounts.
    pub fn terms(&self, source: AccountNumber, destination: AccountNumber) -> TransferTerms {
        TransferTerms {
            source,
            destination,
            ranges: self.ranges.clone(),
            purpose: self.purpose,
            gratuitous: self.gratuitous,
            use_: self.use_.clone(),
        }
    }
}

/// Reads all rows, or tells everything that is wrong with any.
pub fn read(sheet: &Sheet) -> Result<Vec<TransferRow>, Failure> {
    let mut errors = Vec::new();
    let mut rows = Vec::with_capacity(sheet.rows.len());
    for row in &sheet.rows {
        rows.extend(read_row(&mut RowReader::new(sheet, row, &mut errors)));
    }
    no_unit_twice(sheet, &rows, &mut errors);
    if errors.is_empty() { Ok(rows) } else { Err(all_wrong(&errors)) }
}

fn read_row(row: &mut RowReader<'_>) -> Option<TransferRow> {
    let source = row.optional("source", parse::account);
    let purpose = row.needed("purpose", "write transfer, retirement or cancellation", purpose);
    let destination = row.optional("destination", parse::checked_account);
    if purpose == Some(Purpose::Other) && row.text("destination").is_empty() {
        row.wrong("destination", "name the account that receives, with its check digits");
    }
    let ranges = row.needed("units", "write ranges such as 7:1-500", ranges);
    let gratuitous = row.yes_or_no("gratuitous");
    let (use_, use_details) = read_use(row, purpose);
    let payment = row.optional("payment", parse::payment);
    Some(TransferRow {
        row: row.number(),
        source,
        destination,
        purpose: purpose?,
        ranges: ranges?,
        gratuitous,
        use_,
        use_details,
        payment,
    })
}

fn purpose(text: &str) -> Result<Purpose, String> {
    match text.to_lowercase().as_str() {
        "transfer" | "other" | "振替" => Ok(Purpose::Other),
        "retirement" | "無効化" => Ok(Purpose::Retirement),
        "cancellation" | "取消し" => Ok(Purpose::Cancellation),
        _ => Err("write transfer, retirement or cancellation".to_owned()),
    }
}

/// The word of a purpose in a sheet.
pub fn purpose_word(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Other => "transfer",
        Purpose::Retirement => "retirement",
        Purpose::Cancellation => "cancellation",
    }
}

fn ranges(text: &str) -> Result<SerialRanges, String> {
    let parts = text.split([' ', ',', ';', '\n', '　']).filter(|part| !part.is_empty());
    let ranges: Result<Vec<SerialRange>, String> = parts
        .map(|part| {
            let range = part.parse::<SerialRange>();
            range.map_err(|error| format!("{part}: {error}; write ranges such as 7:1-500"))
        })
        .collect();
    let mut ranges = ranges?;
    ranges.sort();
    SerialRanges::new(ranges).map_err(|error| format!("{error}"))
}

fn read_use(
    row: &mut RowReader<'_>,
    purpose: Option<Purpose>,
) -> (Option<Use>, Option<UseDetails>) {
    let kind = row.optional("use", use_kind);
    let reporting_year = row.optional("reporting_year", parse::year);
    let beneficiary = row.optional("beneficiary", parse::text);
    let number = row.optional("beneficiary_number", parse::person);
    let entity = row.optional("entity", parse::entity);
    let is_sunk = purpose != Some(Purpose::Other);
    for (column, given) in [
        ("use", kind.is_some()),
        ("reporting_year", reporting_year.is_some()),
        ("beneficiary", beneficiary.is_some()),
        ("beneficiary_number", number.is_some()),
        ("entity", entity.is_some()),
    ] {
        if given && !is_sunk {
            row.wrong(column, "leave it empty: only what is retired or cancelled serves a use");
        } else if given && row.text("use").is_empty() {
            row.wrong("use", format!("name the use, or leave {column} empty"));
        }
    }
    let Some(kind) = kind.filter(|_| is_sunk) else { return (None, None) };
    let details = UseDetails { beneficiary: number, entity };
    let says_persons = details.beneficiary.is_some() || details.entity.is_some();
    (Some(Use { kind, reporting_year, beneficiary }), says_persons.then_some(details))
}

fn use_kind(text: &str) -> Result<UseKind, String> {
    KINDS.iter().find(|(_, word)| *word == text).map(|(kind, _)| *kind).ok_or_else(|| {
        let words: Vec<&str> = KINDS.iter().map(|(_, word)| *word).collect();
        format!("write one of {}", words.join(", "))
    })
}

/// Every use with its word.
pub const KINDS: &[(UseKind, &str)] = &[
    (UseKind::Ndc, "ndc"),
    (UseKind::Shk, "shk"),
    (UseKind::GxEts, "gx-ets"),
    (UseKind::Voluntary, "voluntary"),
    (UseKind::InternationalMitigation, "international-mitigation"),
    (UseKind::Other, "other"),
    (UseKind::OtherPurposes, "other-purposes"),
    (UseKind::Omge, "omge"),
];

/// The word of a use.
pub fn use_word(kind: UseKind) -> &'static str {
    KINDS.iter().find(|(of, _)| *of == kind).map_or("other", |(_, word)| word)
}

/// A unit that two rows name.
fn no_unit_twice(sheet: &Sheet, rows: &[TransferRow], errors: &mut Vec<CellError>) {
    // By block and first unit: the range and the row that named it first.
    let mut named: BTreeMap<(BlockNumber, u64), (SerialRange, u32)> = BTreeMap::new();
    for row in rows {
        for range in row.ranges.iter() {
            let (block, first, last) = (range.block(), range.first(), range.last());
            let before = named.range(..(block, first)).next_back();
            let inside = named.range((block, first)..=(block, last)).next();
            let twice = before.into_iter().chain(inside).map(|(_, named)| named);
            let twice = twice.filter(|(other, _)| other.overlaps(range)).map(|(_, row)| *row);
            if let Some(other) = twice.min() {
                errors.push(CellError {
                    sheet: sheet.name.clone(),
                    row: row.row,
                    column: "units".to_owned(),
                    found: range.to_string(),
                    wanted: format!("row {other} names some of these units already"),
                });
            } else {
                named.insert((block, first), (range, row.row));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet(lines: &[&str]) -> Result<Sheet, Failure> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("t.csv");
        std::fs::write(&path, lines.join("\n")).expect("writable");
        Sheet::read(&path, SHEET, COLUMNS)
    }

    const HEADING: &str = "source,purpose,destination,units,gratuitous,use,reporting_year,beneficiary,beneficiary_number,entity,payment";

    #[test]
    fn rows_are_read_as_they_are_meant() {
        let other = AccountNumber::new(1_002).expect("in range");
        let sheet = sheet(&[
            HEADING,
            "1001,cancellation,,9:1-20 7:1-500,yes,voluntary,2026,甲,JP:8700110005901,TH:E-1,",
            &format!(",transfer,{other},7:501-501,,,,,,,31/2"),
        ]);
        let rows = match read(&sheet.expect("a sheet")) {
            Ok(rows) => rows,
            Err(failure) => panic!("{}", failure.show()),
        };
        assert_eq!(rows[0].ranges.to_owned().quantity().get(), 520);
        assert_eq!(rows[0].use_.as_ref().expect("named").kind, UseKind::Voluntary);
        let named = rows[0].use_details.as_ref().expect("named");
        let number = named.beneficiary.as_ref().expect("given").to_string();
        assert_eq!(number, "JP:8700110005901");
        assert_eq!(named.entity.as_ref().expect("given").to_string(), "TH:E-1");
        assert!(rows[1].use_details.is_none());
        assert!(rows[0].gratuitous && rows[0].destination.is_none());
        assert_eq!(rows[1].destination.map(AccountNumber::get), Some(1_002));
        assert_eq!((rows[1].row, rows[1].payment.expect("given").line), (3, 2));
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once_with_row_and_column() {
        let sheet = sheet(&[
            HEADING,
            "1001,cancelation,,7:1-500,maybe,,,,,,",
            ",transfer,,7:0-1,,ndc,,,,,",
            ",cancellation,1003,7:400-600,,,2026,,,,x",
            ",cancellation,,7:550-551,,,,,,,",
            ",cancellation,,8:1-2,,voluntary,,,JP:8700110005902,TH,",
        ]);
        let told = read(&sheet.expect("a sheet")).expect_err("refused").show();
        for part in [
            "t.csv, row 2, purpose: \"cancelation\"; write transfer, retirement or cancellation",
            "t.csv, row 2, gratuitous: \"maybe\"; write yes or no",
            "t.csv, row 3, destination: empty; name the account",
            "t.csv, row 3, units: \"7:0-1\"; 7:0-1: ",
            "t.csv, row 3, use: \"ndc\"; leave it empty",
            "t.csv, row 4, destination: \"1003\"; ",
            "t.csv, row 4, use: empty; name the use, or leave reporting_year empty",
            "t.csv, row 4, payment: \"x\"; ",
            "t.csv, row 5, units: \"7:550-551\"; row 4 names some of these units already",
            "t.csv, row 6, beneficiary_number: \"JP:8700110005902\"; ",
            "t.csv, row 6, entity: \"TH\"; TH is not an entity such as",
            "11 of the cells cannot be read",
        ] {
            assert!(told.contains(part), "{part}\n{told}");
        }
    }

    #[test]
    fn every_use_has_a_word_that_is_read_again() {
        for (kind, word) in KINDS {
            assert_eq!(use_kind(word), Ok(*kind));
            assert_eq!(use_word(*kind), *word);
        }
    }
}
