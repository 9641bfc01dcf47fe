use super::super::sample::sample;
use super::super::settings::TimeframeStyle;
use super::*;
use crate::sheet::DateStyle;
use crate::testlog::day;
use calamine::{Data, Reader, Xlsx};
use jcm_format::command::ItmoRendering;
use std::collections::BTreeMap;
use std::io::Cursor;

/// Every combination of what changes cells.
fn all_settings() -> Vec<Settings> {
    let mut all = Vec::new();
    for ids in [ItmoRendering::Integer, ItmoRendering::Full] {
        for dates in [DateStyle::DayMonthYear, DateStyle::Iso] {
            for timeframe in [TimeframeStyle::Years, TimeframeStyle::OccurredAndUse] {
                let base = Settings::NOMENCLATURE;
                all.push(Settings { ids, dates, timeframe, ..base });
            }
        }
    }
    all
}

/// A cell of a workbook as the other files say it.
fn said(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) => text.clone(),
        Data::Float(number) => number.to_string(),
        Data::Int(number) => number.to_string(),
        Data::DateTime(at) => {
            let (year, month, day, ..) = at.to_ymd_hms_milli();
            format!("{day:02}/{month:02}/{year:04}")
        }
        other => panic!("{other:?}"),
    }
}

/// The rows of a table in a workbook, by heading.
fn of_workbook(bytes: &[u8], table: Table) -> Vec<BTreeMap<String, String>> {
    let mut book = Xlsx::new(Cursor::new(bytes)).expect("a workbook");
    let range = book.worksheet_range(table.sheet()).expect("the sheet");
    let first = table.heading_row() - 1;
    let cell = |row: u32, column: u32| range.get_value((row, column)).map(said).unwrap_or_default();
    let (last, width) = range.end().expect("cells");
    assert_eq!(cell(1, 1), table.title());
    if table == Table::Submission {
        return vec![(first..=last).map(|row| (cell(row, 1), cell(row, 2))).collect()];
    }
    let columns: Vec<(u32, String)> = (1..=width)
        .map(|column| (column, cell(first, column)))
        .filter(|(_, heading)| !heading.is_empty())
        .collect();
    let headings: Vec<&str> = columns.iter().map(|(_, heading)| heading.as_str()).collect();
    assert_eq!(headings, table.headings());
    let row = |row: u32| {
        let cells = columns.iter().map(|(column, heading)| (heading.clone(), cell(row, *column)));
        cells.collect()
    };
    (first + 1..=last).map(row).collect()
}

fn of_csv(files: &[CsvFile], table: Table) -> Vec<BTreeMap<String, String>> {
    let file = files.iter().find(|file| file.name == table.csv_file()).expect("the file");
    let mut reader = csv::Reader::from_reader(file.content.as_bytes());
    let headings: Vec<String> =
        reader.headers().expect("headings").iter().map(str::to_owned).collect();
    assert_eq!(headings, table.headings());
    let unguarded = |text: &str| {
        let guarded = text.strip_prefix('\'').filter(|rest| crate::neutral(rest) != *rest);
        guarded.unwrap_or(text).to_owned()
    };
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.map(|row| headings.iter().cloned().zip(row.iter().map(unguarded)).collect()).collect()
}

fn of_json(document: &Value, table: Table) -> Vec<BTreeMap<String, String>> {
    let rows = document[table.key()].as_array().expect("rows");
    let said = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let row = |row: &Value| {
        row.as_object()
            .expect("a row")
            .iter()
            .map(|(key, value)| (key.clone(), said(value)))
            .collect()
    };
    rows.iter().map(row).collect()
}

#[test]
fn all_three_files_say_the_same_cell_by_cell() {
    let submission = sample();
    for settings in all_settings() {
        let book = submission.to_xlsx(&settings).expect("a workbook");
        let files = submission.to_csv(&settings).expect("files");
        let json = submission.to_json(&settings).expect("a document");
        let json: Value = serde_json::from_str(&json).expect("JSON");
        for table in Table::ALL {
            let from_csv = of_csv(&files, table);
            assert_eq!(from_csv, of_workbook(&book, table), "{table:?} {settings:?}");
            assert_eq!(from_csv, of_json(&json, table), "{table:?} {settings:?}");
            assert_eq!(from_csv.len(), submission.rows(table, &settings).count());
        }
    }
}

#[test]
fn the_sheets_are_those_of_the_format() {
    let names = |settings: &Settings| {
        let bytes = sample().to_xlsx(settings).expect("a workbook");
        Xlsx::new(Cursor::new(bytes)).expect("a workbook").sheet_names()
    };
    let of_the_format = [
        "Summary information",
        "Table 1 Submission",
        "Table 2 Authorizations",
        "Table 3 Actions",
        "Table 4 Holdings",
        "Table 5 Auth. entities",
    ];
    let base = Settings::NOMENCLATURE;
    let bare = Settings { provenance_sheet: false, index_sheet: false, ..base };
    assert_eq!(names(&bare), of_the_format);
    let all = names(&base);
    assert_eq!(all.first().map(String::as_str), Some("Index"));
    assert_eq!(all[1..7], of_the_format);
    assert_eq!(all.last().map(String::as_str), Some("Provenance"));
}

#[test]
fn identifiers_and_days_are_written_as_set() {
    let row = |settings: &Settings| {
        let files = sample().to_csv(settings).expect("files");
        of_csv(&files, Table::Actions)[2].clone()
    };
    let base = Settings::NOMENCLATURE;
    let plain = row(&base);
    assert_eq!((plain["First ID"].as_str(), plain["Last ID"].as_str()), ("1", "40"));
    assert_eq!(plain["Action date"], "01/06/2025");
    assert_eq!(plain["First unit ID"], "JP-VN001-2023-1-1");
    assert_eq!(plain["Underlying unit registry ID"], "JCM");
    assert_eq!(plain["Acquiring participating Party ID"], "NA");
    assert_eq!(plain["Result of the consistency checks"], "");
    let full = row(&Settings { ids: ItmoRendering::Full, dates: DateStyle::Iso, ..base });
    assert_eq!(full["Last ID"], "CA0007-JPN01-VNM-40-2023");
    assert_eq!(full["Action date"], "2025-05-31T15:00:00.000Z");
    let frame = |timeframe| {
        let files = sample().to_csv(&Settings { timeframe, ..base }).expect("files");
        of_csv(&files, Table::Authorizations)[0]["Authorized timeframe"].clone()
    };
    assert_eq!(frame(TimeframeStyle::Years), "2021 - 2030");
    let words = "Occurred: from 2021 to 2030. Use: from 2025 to 2030";
    assert_eq!(frame(TimeframeStyle::OccurredAndUse), words);
}

#[test]
fn an_empty_year_is_a_valid_submission() {
    let mut submission = sample();
    submission.authorizations.clear();
    submission.actions.clear();
    submission.holdings.clear();
    submission.entities.clear();
    submission.opening = Some(Vec::new());
    let base = Settings::NOMENCLATURE;
    let book = submission.to_xlsx(&base).expect("a workbook");
    for table in Table::ALL {
        assert_eq!(of_workbook(&book, table).len(), usize::from(table == Table::Submission));
    }
    assert_eq!(submission.to_csv(&base).expect("files").len(), 6);
    submission.to_json(&base).expect("a document");
}

#[test]
fn nothing_is_written_unless_every_check_is_passed() {
    let mut submission = sample();
    submission.holdings.clear();
    let base = &Settings::NOMENCLATURE;
    for error in [
        submission.to_xlsx(base).map(|_| ()).expect_err("refused"),
        submission.to_csv(base).map(|_| ()).expect_err("refused"),
        submission.to_json(base).map(|_| ()).expect_err("refused"),
    ] {
        let WriteError::Checks(_) = &error else { panic!("{error}") };
        assert!(error.to_string().contains("check 17"), "{error}");
    }
    let mut undecided = sample();
    undecided.first_transferred = None;
    assert!(matches!(undecided.to_csv(base), Err(WriteError::Checks(_))));
}

#[test]
fn names_that_look_like_formulas_stay_names() {
    let base = &Settings::NOMENCLATURE;
    let files = sample().to_csv(base).expect("files");
    let entities = files.iter().find(|file| file.name == Table::AuthorizedEntities.csv_file());
    assert!(entities.expect("the file").content.contains(",'@Thai Airways,"));
    let two = files.iter().find(|file| file.name == Table::Authorizations.csv_file());
    assert!(two.expect("the file").content.contains("\"'=HYPERLINK(\"\"x\"\")\""));
    let book = sample().to_xlsx(base).expect("a workbook");
    let mut book = Xlsx::new(Cursor::new(book)).expect("a workbook");
    for name in book.sheet_names() {
        let formulas = book.worksheet_formula(&name).expect("the sheet");
        assert!(formulas.cells().all(|(_, _, formula)| formula.is_empty()), "{name}");
    }
}

#[test]
fn every_row_names_its_entries_beside_the_tables() {
    let submission = sample();
    let base = &Settings::NOMENCLATURE;
    let files = submission.to_csv(base).expect("files");
    let side = files.iter().find(|file| file.name == "provenance.csv").expect("the file");
    let rows = crate::testlog::cells(&side.content);
    assert_eq!(rows[0], ["Table", "Row of the table", "Entry", "Part"]);
    assert_eq!(rows[1], ["Table 2 Authorizations", "1", "2", "record"]);
    let named: std::collections::BTreeSet<_> =
        rows[1..].iter().map(|row| (row[0].clone(), row[1].clone())).collect();
    let mut expected = 0;
    for table in Table::ALL.into_iter().filter(|table| *table != Table::Submission) {
        for row in 1..=submission.rows(table, base).count() {
            assert!(
                named.contains(&(table.sheet().to_owned(), row.to_string())),
                "{table:?} {row}"
            );
            expected += 1;
        }
    }
    assert_eq!(named.len(), expected);
    let json: Value =
        serde_json::from_str(&submission.to_json(base).expect("a document")).expect("JSON");
    assert_eq!(json["provenance"].as_array().map(Vec::len), Some(expected));
    assert_eq!(json["provenance"][0]["entries"][0]["entry"], 2);
    let mut book =
        Xlsx::new(Cursor::new(submission.to_xlsx(base).expect("a workbook"))).expect("one");
    let sheet = book.worksheet_range("Provenance").expect("the sheet");
    let from_book: Vec<Vec<String>> =
        sheet.rows().map(|row| row.iter().map(said).collect()).collect();
    assert_eq!(from_book, rows);
}

#[test]
fn json_keeps_the_order_of_tables_and_columns() {
    let json = sample().to_json(&Settings::NOMENCLATURE).expect("a document");
    let in_order = |names: &[&str]| {
        let places: Vec<usize> =
            names.iter().map(|name| json.find(&format!("\"{name}\":")).expect("there")).collect();
        assert!(places.is_sorted(), "{names:?} at {places:?}");
    };
    in_order(&[
        "table_1_submission",
        "table_2_authorizations",
        "table_3_actions",
        "table_4_holdings",
        "table_5_authorized_entities",
        "provenance",
        "entries_read",
    ]);
    in_order(&["Party", "Version", "Reported year", "Date of submission"]);
}

#[test]
fn the_same_submission_is_the_same_bytes() {
    let base = &Settings::NOMENCLATURE;
    assert_eq!(sample().to_xlsx(base).ok(), sample().to_xlsx(base).ok());
    let mut later = sample();
    later.submission.date = day("2026-04-16");
    assert_ne!(sample().to_xlsx(base).ok(), later.to_xlsx(base).ok());
}

#[test]
fn the_summary_lists_every_field_under_its_table() {
    let mut book = Xlsx::new(Cursor::new(sample().to_xlsx(&Settings::NOMENCLATURE).expect("one")))
        .expect("one");
    let sheet = book.worksheet_range(SUMMARY_SHEET).expect("the sheet");
    let expected: Vec<String> = Table::ALL
        .iter()
        .flat_map(|table| std::iter::once(table.title()).chain(table.headings()))
        .map(str::to_owned)
        .collect();
    let start = sheet.start().expect("cells");
    // The left column is free, so that the range begins with the second.
    assert_eq!(start.1, 1);
    let column = sheet.rows().map(|row| said(&row[0])).filter(|text| !text.is_empty());
    let column: Vec<String> = column.collect();
    assert_eq!(column, expected);
}
