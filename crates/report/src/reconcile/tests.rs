use super::*;
use crate::aef::sample::sample;
use crate::sheet::{DateStyle, Sheet, SheetRow, workbook};
use crate::testlog::day;
use jcm_format::command::ItmoRendering;
use std::io::{Cursor, Write};

type Cell = crate::sheet::Cell;

fn text(text: &str) -> Cell {
    if text.is_empty() { Cell::Blank } else { Cell::Text(text.to_owned()) }
}

fn vnm() -> Party {
    Party::new("VNM").expect("a code")
}

/// A workbook of sheets with rows of text; a number in figures becomes a number.
fn book(sheets: &[(&str, &[Vec<Cell>])]) -> Vec<u8> {
    let sheets: Vec<Sheet> = sheets
        .iter()
        .map(|(name, rows)| Sheet {
            name: (*name).to_owned(),
            rows: rows.iter().map(|cells| SheetRow::of(cells.clone())).collect(),
            frozen_rows: 0,
            widths: vec![12],
        })
        .collect();
    workbook(&sheets, "t", day("2026-04-15"), DateStyle::DayMonthYear).expect("a workbook")
}

fn table_1(party: &str, year: u64) -> Vec<Vec<Cell>> {
    vec![
        vec![Cell::Blank, text("Table 1: Submission")],
        vec![Cell::Blank, text("Party"), text(party)],
        vec![Cell::Blank, text("Version"), text("1.0")],
        vec![Cell::Blank, text("Reported year"), Cell::Integer(year)],
    ]
}

const HEADINGS: [&str; 11] = [
    "Action date",
    "Action type",
    "Cooperative approach ID",
    "Authorization ID",
    "First transferring participating Party ID",
    "Party ITMO registry ID",
    "First ID",
    "Last ID",
    "Quantity (t CO2 eq)",
    "Vintage",
    "Acquiring participating Party ID",
];

/// What the partner reports of the sample's acquisition, as it should be.
fn right() -> Vec<Cell> {
    vec![
        Cell::Day(day("2025-02-28")),
        text("First transfer"),
        text("CA0007"),
        text("VNM-1"),
        text("VNM"),
        text("VNM01"),
        Cell::Integer(1),
        Cell::Integer(100),
        Cell::Integer(100),
        Cell::Integer(2023),
        text("JPN"),
    ]
}

fn with(column: &str, cell: Cell) -> Vec<Cell> {
    let mut row = right();
    row[HEADINGS.iter().position(|heading| *heading == column).expect("a column")] = cell;
    row
}

fn theirs(rows: &[Vec<Cell>]) -> Vec<u8> {
    let mut all = vec![vec![text("Table 3: Actions")], Vec::new()];
    all.push(HEADINGS.iter().map(|heading| text(heading)).collect());
    all.extend(rows.iter().cloned());
    book(&[("Table 1 Submission", &table_1("VNM", 2025)), ("Table 3 Actions", &all)])
}

fn reconciled(bytes: &[u8]) -> Reconciliation {
    reconcile(&sample(), vnm(), bytes).expect("a workbook")
}

/// The kinds of the differences, and that both rows are quoted where both are there.
fn kinds(rows: &[Vec<Cell>]) -> Vec<Kind> {
    let found = reconciled(&theirs(rows));
    assert_eq!(found.verdict, Verdict::Differs, "{found}");
    found.differences.iter().map(|difference| difference.kind).collect()
}

#[test]
fn the_same_units_agree() {
    let found = reconciled(&theirs(&[right()]));
    assert_eq!(found.verdict, Verdict::Agrees, "{found}");
    assert_eq!((found.agreed_tonnes, found.template), (100, Template::Present));
    assert_eq!(found.agreed, [(2, 4)]);
    assert_eq!(found.to_string(), "VNM: both reports agree; 100 t in 1 pairs of rows agree");
}

#[test]
fn rows_may_be_cut_otherwise() {
    let mut one = with("Last ID", Cell::Integer(60));
    one[8] = Cell::Integer(60);
    let mut two = with("First ID", Cell::Integer(61));
    two[8] = Cell::Integer(40);
    let found = reconciled(&theirs(&[one, two]));
    assert_eq!(found.verdict, Verdict::Agrees, "{found}");
    assert_eq!((found.agreed_tonnes, found.agreed.len()), (100, 2));
}

#[test]
fn what_people_type_is_read() {
    let mut row = right();
    row[0] = text("28.02.2025");
    row[1] = text("  FIRST   TRANSFER ");
    row[2] = text("ca0007");
    row[4] = text("Viet Nam (VNM)");
    row[6] = text("CA0007-JPN01-VNM-1-2023");
    row[7] = text("CA0007-JPN01-VNM-100-2023 ");
    row[8] = text("100.0");
    row[9] = text("2023");
    row[10] = text("Japan");
    let found = reconciled(&theirs(&[row]));
    assert_eq!(found.verdict, Verdict::Agrees, "{found}");
    let mut ours = sample();
    ours.actions[1].block.as_mut().expect("units").last = 1_234_100;
    ours.actions[1].quantity = Some(1_234_100);
    let mut row = with("Last ID", text("1,234,100"));
    row[8] = text("1 234 100");
    let found = reconcile(&ours, vnm(), &theirs(&[row])).expect("a workbook");
    assert_eq!((found.verdict, found.agreed_tonnes), (Verdict::Agrees, 1_234_100), "{found}");
}

#[test]
fn the_first_template_is_read() {
    let headings = [
        "Article 6 database record ID",
        "Cooperative approach(a)",
        "First unique identifier(b)",
        "Last unique identifier(c)",
        "Underlying unit block start ID(d)",
        "Underlying unit last block end(e)",
        "Metric(f)",
        "Quantity (expressed in metric)(g)",
        "Quantity (t CO2 eq)",
        "Conversion factor (reporting Party)(h)",
        "First transferring participating Party(i)",
        "Vintage(j)",
        "Authorisation ID(n)",
        "Action date(q)",
        "Action type(r)",
        "Acquiring participating Party(t)",
        "First transfer(v)",
    ];
    let row = vec![
        text("1"),
        text("CA0007"),
        text("CA0007-JPN01-VNM-1-2023"),
        text("CA0007-JPN01-VNM-100-2023"),
        Cell::Blank,
        Cell::Blank,
        text("GHG"),
        Cell::Integer(100),
        Cell::Integer(100),
        text("NA"),
        text("VNM"),
        Cell::Integer(2023),
        text("VNM-1"),
        Cell::Integer(45_716),
        text("Transfer"),
        text("JPN"),
        text("Yes"),
    ];
    let mut rows = vec![vec![text("Annual information")], vec![Cell::Blank, text("ITMO")]];
    rows.push(headings.iter().map(|heading| text(heading)).collect());
    rows.push(row);
    let found = reconciled(&book(&[("Actions", &rows)]));
    assert_eq!((found.template, found.agreed_tonnes), (Template::First, 100), "{found}");
    // It has no table 1, so it does not say whose it is.
    assert_eq!(found.verdict, Verdict::Incomplete);
    assert_eq!(found.not_compared.len(), 2, "{found}");
    let sheets = [("Table 1 Submission", table_1("VNM", 2025)), ("Actions", rows)];
    let sheets: Vec<(&str, &[Vec<Cell>])> =
        sheets.iter().map(|(name, rows)| (*name, rows.as_slice())).collect();
    assert_eq!(reconciled(&book(&sheets)).verdict, Verdict::Agrees);
}

#[test]
fn each_difference_is_named_and_both_rows_quoted() {
    let cases = [
        ("Vintage", Cell::Integer(2022), Kind::Vintage, "vintage: ours 2023, theirs 2022"),
        (
            "Action date",
            text("31/12/2024"),
            Kind::Year,
            "year of the action: ours 2025, theirs 2024",
        ),
        (
            "Authorization ID",
            text("VNM-2"),
            Kind::Authorization,
            "authorization: ours VNM-1, theirs VNM-2",
        ),
    ];
    for (column, cell, kind, words) in cases {
        let found = reconciled(&theirs(&[with(column, cell.clone())]));
        assert_eq!(found.verdict, Verdict::Differs);
        let [difference] = found.differences.as_slice() else { panic!("{found}") };
        assert_eq!(difference.kind, kind);
        assert!(difference.words.contains(words), "{found}");
        let ours = difference.ours.as_ref().expect("our row");
        assert_eq!(ours.row, 2);
        assert!(
            ours.cells.contains(&("Last ID".to_owned(), "CA0007-JPN01-VNM-100-2023".to_owned()))
        );
        let quoted = difference.theirs.as_ref().expect("their row");
        assert_eq!(quoted.row, 4);
        let shown = cell.shown(DateStyle::DayMonthYear);
        assert!(quoted.cells.contains(&(column.to_owned(), shown)), "{found}");
        assert!(found.to_string().contains("theirs, row 4: "), "{found}");
        assert_eq!(found.agreed_tonnes, 0);
    }
}

#[test]
fn units_of_one_side_alone_are_named() {
    let mut short = with("Last ID", Cell::Integer(90));
    short[8] = Cell::Integer(90);
    let found = reconciled(&theirs(&[short]));
    assert!(found.to_string().contains("units 91 to 100: we report them, they do not"), "{found}");
    let mut long = with("Last ID", Cell::Integer(101));
    long[8] = Cell::Integer(101);
    let found = reconciled(&theirs(&[long]));
    assert!(found.to_string().contains("units 101 to 101: they report them, we do not"), "{found}");
    assert_eq!(kinds(&[]), [Kind::OnlyOurs]);
    let mut other = right();
    (other[6], other[7], other[9]) = (Cell::Integer(501), Cell::Integer(600), Cell::Integer(2021));
    assert_eq!(kinds(&[right(), other]), [Kind::OnlyTheirs]);
}

#[test]
fn rows_without_a_number_in_common_are_paired_by_what_they_say() {
    let mut row = right();
    row[6] = text("CA0007-VNM01-VNM-7001-2023");
    row[7] = text("CA0007-VNM01-VNM-7100-2023");
    let found = reconciled(&theirs(&[row]));
    let words = "identifiers: ours CA0007-JPN01-VNM-1-2023 to CA0007-JPN01-VNM-100-2023, \
                 theirs CA0007-VNM01-VNM-7001-2023 to CA0007-VNM01-VNM-7100-2023";
    assert!(found.to_string().contains(words), "{found}");
    assert_eq!(found.differences.len(), 1);
    // Under another approach.
    let found = reconciled(&theirs(&[with("Cooperative approach ID", text("CA0008"))]));
    assert_eq!(found.differences.len(), 2, "{found}");
    // By the unit of the registry below; then the quantity is compared.
    let mut headings = HEADINGS.to_vec();
    headings.push("First unit ID");
    let mut row = with("Cooperative approach ID", text("CA0008"));
    (row[7], row[8]) = (Cell::Integer(90), Cell::Integer(90));
    row.push(text("jp-vn001-2023-1-1"));
    let rows = [headings.iter().map(|heading| text(heading)).collect(), row];
    let bytes = book(&[("Table 1 Submission", &table_1("VNM", 2025)), ("Table 3 Actions", &rows)]);
    let found = reconciled(&bytes);
    let kinds: Vec<Kind> = found.differences.iter().map(|difference| difference.kind).collect();
    assert_eq!(kinds, [Kind::Identifiers, Kind::Approach, Kind::Quantity], "{found}");
}

#[test]
fn a_row_that_cannot_be_right_is_named() {
    for (column, cell, words) in [
        ("Quantity (t CO2 eq)", Cell::Integer(99), "their row 4: quantity 99 for units 1 to 100"),
        (
            "Quantity (t CO2 eq)",
            text("about 100"),
            "\"Quantity (t CO2 eq)\" cannot be read: about 100",
        ),
        ("Action date", text("11/13/2025"), "\"Action date\" cannot be read: 11/13/2025"),
        ("Vintage", text("23"), "\"Vintage\" cannot be read: 23"),
        ("First ID", Cell::Integer(200), "first ID 200 is above last ID 100"),
        ("First ID", text("NA"), "\"First ID\" is missing"),
        ("Last ID", text("CA0007-JPN01-VNM-100"), "\"Last ID\" cannot be read"),
    ] {
        let found = reconciled(&theirs(&[with(column, cell)]));
        assert_eq!(found.verdict, Verdict::Differs);
        assert!(found.to_string().contains(words), "{words}: {found}");
    }
    let mut row = with("First ID", text("CA0007-JPN01-VNM-1-2022"));
    row[7] = text("CA0007-JPN01-VNM-100-2023");
    let found = reconciled(&theirs(&[row])).to_string();
    assert!(found.contains("first and last ID are of different blocks"), "{found}");
    assert!(found.contains("the vintage is not that of its identifiers"), "{found}");
    let found = reconciled(&theirs(&[right(), right()])).to_string();
    assert!(found.contains("units 1 to 100 stand in more than one row of theirs"), "{found}");
}

#[test]
fn other_actions_and_other_acquirers_are_passed_over() {
    let use_ = with("Action type", text("Use"));
    let to_other = with("Acquiring participating Party ID", text("CHE"));
    let found = reconciled(&theirs(&[use_, right(), to_other]));
    assert_eq!((found.verdict, found.passed_over), (Verdict::Agrees, 2), "{found}");
}

#[test]
fn a_row_of_an_action_that_cannot_be_read_is_not_passed_over() {
    for (cell, words) in [
        (text("First tranfer"), "\"Action type\" cannot be read: First tranfer"),
        (Cell::Blank, "\"Action type\" cannot be read: nothing"),
    ] {
        let found = reconciled(&theirs(&[with("Action type", cell), right()]));
        assert_eq!((found.verdict, found.passed_over), (Verdict::Differs, 0), "{found}");
        assert!(found.to_string().contains(words), "{found}");
        assert_eq!(found.agreed_tonnes, 100);
    }
    // A note below the table is no row of units.
    let note = vec![text("NA: not applicable")];
    let found = reconciled(&theirs(&[right(), note]));
    assert_eq!((found.verdict, found.passed_over), (Verdict::Agrees, 1), "{found}");
}

#[test]
fn what_is_not_said_is_not_agreed() {
    for column in ["Vintage", "Authorization ID", "Action date", "Quantity (t CO2 eq)"] {
        let found = reconciled(&theirs(&[with(column, text("NA"))]));
        assert_eq!(found.verdict, Verdict::Incomplete, "{column}: {found}");
        assert!(found.not_compared[0].ends_with("of their row 4"), "{found}");
    }
    let mut ours = sample();
    ours.actions[1].partner_authorization = None;
    let found = reconcile(&ours, vnm(), &theirs(&[right()])).expect("a workbook");
    assert_eq!(found.verdict, Verdict::Incomplete, "{found}");
    // A column that is not there at all.
    let headings: Vec<Cell> = HEADINGS[..8].iter().map(|heading| text(heading)).collect();
    let rows = [headings, right()[..8].to_vec()];
    let bytes = book(&[("Table 1 Submission", &table_1("VNM", 2025)), ("Table 3 Actions", &rows)]);
    let found = reconciled(&bytes);
    assert_eq!(found.verdict, Verdict::Incomplete, "{found}");
    assert!(found.to_string().contains("the sheet has no column for the vintage"), "{found}");
}

#[test]
fn a_workbook_of_another_party_or_year_is_told() {
    let mut rows = vec![HEADINGS.iter().map(|heading| text(heading)).collect()];
    rows.push(right());
    let bytes = book(&[("Table 1 Submission", &table_1("THA", 2024)), ("Table 3 Actions", &rows)]);
    let found = reconciled(&bytes).to_string();
    assert!(found.contains("the workbook is of THA, not of VNM"), "{found}");
    assert!(found.contains("the workbook reports on 2024, ours on 2025"), "{found}");
}

#[test]
fn our_own_workbook_reads_as_a_report() {
    let mut mirrored = sample();
    let acquired = mirrored.actions[1].clone();
    let row = &mut mirrored.actions[1];
    (row.action, row.transferring, row.acquiring) =
        (crate::aef::ActionType::FirstTransfer, None, Some(Party::JAPAN));
    row.authorization = "VNM-1".to_owned();
    let mut authorization = mirrored.authorizations[0].clone();
    authorization.id = "VNM-1".to_owned();
    mirrored.authorizations.push(authorization);
    mirrored.submission.party = vnm();
    // What is transferred is no longer there.
    mirrored.actions.truncate(2);
    mirrored.holdings.clear();
    mirrored.opening = Some(Vec::new());
    for ids in [ItmoRendering::Integer, ItmoRendering::Full] {
        let settings = crate::aef::Settings { ids, ..crate::aef::Settings::NOMENCLATURE };
        let bytes = mirrored.to_xlsx(&settings).expect("a workbook");
        let found = reconciled(&bytes);
        assert_eq!(found.verdict, Verdict::Agrees, "{found}");
        assert_eq!(found.agreed_tonnes, acquired.quantity.expect("units"));
    }
}

#[test]
fn many_differences_are_counted_and_not_all_listed() {
    let rows: Vec<Vec<Cell>> = (0..1_500_u64)
        .map(|n| {
            let mut row = right();
            (row[6], row[7]) = (Cell::Integer(1_000 + 2 * n), Cell::Integer(1_000 + 2 * n));
            row[8] = Cell::Integer(1);
            row
        })
        .collect();
    let found = reconciled(&theirs(&rows));
    assert_eq!(found.differences.len(), LISTED_MAX);
    assert_eq!(found.difference_count, 1_501);
    assert!(found.to_string().contains("and 501 more differences"));
}

fn error(bytes: &[u8]) -> WorkbookError {
    reconcile(&sample(), vnm(), bytes).expect_err("refused")
}

/// An archive with one part.
fn zipped(name: &str, content: &[u8]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file(name, options).expect("a part");
    writer.write_all(content).expect("written");
    writer.finish().expect("an archive").into_inner()
}

#[test]
fn what_is_no_workbook_says_so() {
    assert!(matches!(error(b""), WorkbookError::NotAnArchive(_)));
    assert!(matches!(error(b"Action type,First ID,Last ID\n"), WorkbookError::NotAnArchive(_)));
    let old = [&[0xd0, 0xcf, 0x11, 0xe0][..], &[0; 600][..]].concat();
    assert!(matches!(error(&old), WorkbookError::OldOrEncrypted));
    assert!(matches!(error(&zipped("a.txt", b"text")), WorkbookError::Reader(_)));
    let sheets = book(&[("Holdings", &[vec![text("First ID"), text("Last ID")]])]);
    let WorkbookError::NoActions { sheets } = error(&sheets) else { panic!() };
    assert_eq!(sheets, "Holdings");
}

#[test]
fn what_would_exhaust_memory_is_refused_before_it_does() {
    assert!(matches!(error(&vec![0; FILE_BYTES_MAX + 1]), WorkbookError::FileTooLarge { .. }));
    // A million bytes of nothing in some thousand.
    let bomb = zipped("xl/worksheets/sheet1.xml", &vec![b' '; 1_000_001]);
    assert!(bomb.len() < 10_000, "{}", bomb.len());
    let measured = unpack::measure_within(&bomb, 1_000_000);
    assert!(matches!(measured, Err(WorkbookError::UnpackedTooLarge)));
    assert!(unpack::measure_within(&bomb, 1_000_001).is_ok());
    // Two parts share the limit.
    let twice = theirs(&[right()]);
    assert!(matches!(unpack::measure_within(&twice, 3_000), Err(WorkbookError::UnpackedTooLarge)));
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for part in 0..=PARTS_MAX {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(part.to_string(), options).expect("a part");
    }
    let many = writer.finish().expect("an archive").into_inner();
    assert!(
        matches!(error(&many), WorkbookError::TooManyParts { parts } if parts == PARTS_MAX + 1)
    );
}

/// The right workbook with one part replaced.
fn spoilt(part: &str, change: impl Fn(String) -> Vec<u8>) -> Vec<u8> {
    use std::io::Read;
    let mut archive = zip::ZipArchive::new(Cursor::new(theirs(&[right()]))).expect("an archive");
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).expect("a part");
        let name = entry.name().expect("a name").into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("unpacked");
        if name == part {
            content = change(String::from_utf8(content).expect("text"));
        }
        writer.start_file(name, zip::write::SimpleFileOptions::default()).expect("a part");
        writer.write_all(&content).expect("written");
    }
    writer.finish().expect("an archive").into_inner()
}

#[test]
fn a_part_that_claims_more_than_it_holds_is_refused() {
    let strings = "xl/sharedStrings.xml";
    let claim = |xml: String| {
        let at = xml.find("uniqueCount=\"").expect("the claim") + 13;
        let end = at + xml[at..].find('"').expect("its end");
        format!("{}400000000000{}", &xml[..at], &xml[end..]).into_bytes()
    };
    assert!(matches!(error(&spoilt(strings, claim)), WorkbookError::Dishonest { .. }));
    let wide = |xml: String| {
        [0xff, 0xfe].into_iter().chain(xml.encode_utf16().flat_map(u16::to_le_bytes)).collect()
    };
    assert!(matches!(error(&spoilt(strings, wide)), WorkbookError::Dishonest { .. }));
}

#[test]
fn a_cell_in_the_far_corner_takes_no_room() {
    let sheet = "xl/worksheets/sheet2.xml";
    let far = |xml: String| {
        let corner = r#"<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>"#;
        xml.replace("</sheetData>", corner).into_bytes()
    };
    let found = reconciled(&spoilt(sheet, far));
    assert_eq!(found.verdict, Verdict::Agrees, "{found}");
}

/// A reference beyond the last column or row overflows in the reader of workbooks: without
/// a check of overflow `MWLQKWW1` is `A1`, and a figure stands where no program shows it.
#[test]
fn a_cell_that_no_sheet_has_is_refused() {
    let sheet = "xl/worksheets/sheet2.xml";
    let ending = |end: &str| {
        let end = format!("{end}</sheetData>");
        spoilt(sheet, |xml| xml.replace("</sheetData>", &end).into_bytes())
    };
    let of_dimension = |area: &str| {
        let area = format!("<dimension ref=\"{area}\"");
        let changed = |xml: String| {
            let at = xml.find("<dimension ref=\"").expect("the area");
            let end = at + xml[at..].find("\"/>").expect("its end") + 1;
            format!("{}{area}{}", &xml[..at], &xml[end..]).into_bytes()
        };
        spoilt(sheet, changed)
    };
    let refused = [
        (ending("<row r=\"99\"><c r=\"MWLQKWW99\"><v>1</v></c></row>"), "MWLQKWW99"),
        (ending("<row r=\"99\"><c s='1' r = 'xfe99'/></row>"), "xfe99"),
        (ending("<row r=\"99\"><x:c r=\"A4294967395\"><v>1</v></x:c></row>"), "A4294967395"),
        (ending("<row r=\"1048577\"/>"), "1048577"),
        (ending("<row r=\"4294967295\"></row>"), "4294967295"),
        (ending("<row r=\"0\"/>"), "0"),
        (of_dimension("A1:XFE7"), "A1:XFE7"),
        (of_dimension("B2:A1"), "B2:A1"),
        (of_dimension("A1:B2:C3"), "A1:B2:C3"),
    ];
    for (bytes, named) in refused {
        let error = error(&bytes);
        let WorkbookError::Reference { part, reference } = &error else { panic!("{error}") };
        assert_eq!((part.as_str(), reference.as_str()), (sheet, named));
    }
    for bytes in [of_dimension("A1"), of_dimension("A1:XFD1048576")] {
        assert_eq!(reconciled(&bytes).verdict, Verdict::Agrees);
    }
    // Words of a person are no reference.
    let words =
        ending("<row r=\"99\"><c t=\"inlineStr\"><is><t>r=\"MWLQKWW99\"</t></is></c></row>");
    assert_eq!(reconciled(&words).verdict, Verdict::Agrees);
}

/// A sheet whose rows cannot be read is not one without rows.
#[test]
fn a_sheet_that_cannot_be_read_is_not_passed_over() {
    let missing = |xml: String| xml.replace("sheetData", "sheetDate").into_bytes();
    let error = error(&spoilt("xl/worksheets/sheet1.xml", missing));
    assert!(matches!(error, WorkbookError::Reader(_)), "{error}");
}

#[test]
fn a_sheet_without_end_is_refused() {
    let sheet = "xl/worksheets/sheet2.xml";
    let long = |xml: String| {
        let rows: String = (100..100 + grid::ROWS_MAX + 1)
            .map(|row| format!("<row r=\"{row}\"><c r=\"A{row}\"><v>1</v></c></row>"))
            .collect();
        xml.replace("</sheetData>", &format!("{rows}</sheetData>")).into_bytes()
    };
    let WorkbookError::SheetTooLarge { sheet, limit } = error(&spoilt(sheet, long)) else {
        panic!()
    };
    assert_eq!((sheet.as_str(), limit.as_str()), ("Table 3 Actions", "200000 rows"));
}

#[test]
fn a_file_cut_off_or_altered_anywhere_gives_an_answer_or_an_error() {
    let whole = theirs(&[right()]);
    let (mut read, mut refused) = (0, 0);
    let mut count = |bytes: &[u8]| match reconcile(&sample(), vnm(), bytes) {
        Ok(_) => read += 1,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            refused += 1;
        }
    };
    for length in (0..whole.len()).step_by(37) {
        count(&whole[..length]);
    }
    // A generator of its own, so that a failure can be repeated.
    let mut seed = 1_u64;
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    for _ in 0..300 {
        let mut bytes = whole.clone();
        for _ in 0..=random(4) {
            let at = random(bytes.len());
            bytes[at] = random(256) as u8;
        }
        count(&bytes);
    }
    assert!(100 < refused, "{refused} refused, {read} read");
}

#[test]
fn xml_altered_within_gives_an_answer_or_an_error() {
    let sheet = "xl/worksheets/sheet2.xml";
    let mut seed = 7_u64;
    for _ in 0..200 {
        let bytes = spoilt(sheet, |xml| {
            let mut bytes = xml.into_bytes();
            let mut seed = seed;
            for _ in 0..3 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let at = (seed >> 33) as usize % bytes.len();
                bytes[at] = b"<>\"/=0 9A&;-"[(seed >> 20) as usize % 12];
            }
            bytes
        });
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(99);
        if let Err(error) = reconcile(&sample(), vnm(), &bytes) {
            assert!(!error.to_string().is_empty());
        }
    }
}
