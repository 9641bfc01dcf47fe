//! Article 6 as its users run it: both authorities, the partner, two holders and whoever
//! reports, each by the command line, against a registry; and the same reports from a copy
//! of the log without one.

#![allow(dead_code, reason = "each test uses a part of the support")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test may")]
#![allow(clippy::too_many_lines, reason = "one story, told in order")]

mod support;

use calamine::{Data, Reader as _, Xlsx};
use jcm_format::time::Date;
use jcm_report::sheet::{Cell, DateStyle, Sheet, SheetRow, workbook};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Cursor;
use support::{AUTHORITIES, Jcm, OPERATORS, World, account, file, office, stderr, words};

const RULES: &str = r#"
registry = "JPN01"
ndc_years = "2021-2030"
oimp_needs_authorisation = true
identifiers = "full"
"#;

/// The details of an authorisation, in a version.
fn details(version: u32) -> String {
    format!(
        r#"
version = {version}
mitigation = "Emission reductions"
gwp = "AR5"
sectors = ["Energy generation"]
activities = ["Solar"]
parties = ["JPN"]
use_years = "2021-2030"
oimp = "CORSIA, first phase"
terms = ["Units are used once."]
changes_reach_first_transferred = false

[[entities]]
country = "TH"
number = "0107537001757"
name = "=Airline"
"#
    )
}

const ISSUANCE: &str = r#"
project = "MN003"
verifier = "Example Verification Ltd."
report = "form1.json"
japan_authorisation = "JP-1"
partner_authorisation = "MN-1"

[decision]
reference = "MN-JC-2026-01"
date = "2026-05-10"
period_start = "2023-07-01"
period_end = "2024-12-31"
notified_total_tonnes = 2000
notified_japan_tonnes = 1500
"#;

/// What a refusal says: reason, and what to do next.
fn refused(jcm: &Jcm<'_>, line: &str, keys: &[&str]) -> (String, String) {
    let words = words(line);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let output = jcm.try_act(&words, keys);
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(!output.status.success(), "{line}: {answer}");
    let of = |name: &str| answer["error"][name].as_str().unwrap_or_default().to_owned();
    (of("reason"), of("advice"))
}

/// A refusal for a reason, with advice that names where to look.
fn is_refused(jcm: &Jcm<'_>, line: &str, keys: &[&str], reason: &str, advice: &str) {
    let (found, advised) = refused(jcm, line, keys);
    assert_eq!(found, reason, "{line}");
    assert!(advised.contains(advice), "{line}: {advised}");
}

/// Rule data, authorisations of both sides, a change of Japan's, and what is refused.
fn authorisations(jcm: &Jcm<'_>) -> String {
    let rules = file(jcm, "article6.toml", RULES);
    let first = file(jcm, "details-1.toml", &details(1));
    let second = file(jcm, "details-2.toml", &details(2));
    let document = jcm.world.path("form1.json");
    assert!(jcm.reads("article6 show").contains("None are adopted"));
    let of = |quantity: &str, more: &str| {
        format!(
            "--date 2026-04-01 --quantity {quantity} --vintages 2021-2030 --for ndc,imp,op \
             --document {document} {more}"
        )
    };
    let record = |id: &str, side: &str, more: &str| {
        let terms = of("10,000", more);
        format!("authorisation record {id} --side {side} --partner MN --approach CA0007 {terms}")
    };
    let japan = record("JP-1", "japan", &format!("--details {first}"));
    is_refused(jcm, &japan, &AUTHORITIES, "ARTICLE6_OFF", "jcm article6 adopt");
    let adopt = format!("article6 adopt {rules}");
    is_refused(jcm, &adopt, &["a1"], "SECOND_SIGNATURE_MISSING", "second person");
    is_refused(jcm, &adopt, &OPERATORS, "ROLE_NOT_PERMITTED", "key of the role");
    jcm.does(&adopt, &AUTHORITIES);
    assert!(jcm.reads("article6 show").contains("ITMO registry"));

    let missing = "AUTHORISATION_DETAILS_MISSING";
    is_refused(jcm, &record("JP-1", "japan", ""), &AUTHORITIES, missing, "--details");
    let entry = jcm.does_entry(&japan, &AUTHORITIES);
    let partner = format!("--first-transfer issuance --details {first}");
    let partner = record("MN-1", "partner", &partner);
    assert_eq!(jcm.is_refused(&partner, &AUTHORITIES).0, 4, "not in the partner's place");
    jcm.does(&partner, &["mn"]);

    let change = |of: &str| format!("authorisation change {entry} {of}");
    let (_, advice) =
        refused(jcm, &change(&of("12,000", &format!("--details {first}"))), &AUTHORITIES);
    assert!(advice.contains("one above the version in force"), "{advice}");
    let unknown = change(&of("12,000", &format!("--details {second}"))).replace(&entry, "1");
    is_refused(jcm, &unknown, &AUTHORITIES, "AUTHORISATION_UNKNOWN", "jcm authorisation list");
    entry
}

/// A change to a larger quantity; below what is first transferred it is refused.
fn change(jcm: &Jcm<'_>, entry: &str) {
    let details = jcm.world.path("details-2.toml");
    let document = jcm.world.path("form1.json");
    let change = |quantity: &str| {
        format!(
            "authorisation change {entry} --date 2026-09-01 --quantity {quantity} --vintages \
             2021-2030 --for ndc,imp,op --document {document} --details {details}"
        )
    };
    let below = "QUANTITY_BELOW_USED";
    is_refused(jcm, &change("1,000"), &AUTHORITIES, below, "jcm authorisation show");
    jcm.does(&change("12,000"), &AUTHORITIES);
    let shown = jcm.reads(&format!("authorisation show {entry}"));
    for line in ["first transferred", "TH:0107537001757 =Airline", "NDC, IMP, OP", "2021 to 2030"] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    let list = jcm.sees("authorisation list");
    assert_eq!((&list[0]["version"], &list[0]["quantity_tonnes"]), (&json!(2), &json!(12_000)));
    assert_eq!((&list[0]["used_tonnes"], &list[0]["left_tonnes"]), (&json!(1_500), &json!(10_500)));
    let old = jcm.sees(&format!("authorisation show {entry} --version {entry}"));
    assert_eq!(old["terms"]["quantity_tonnes"], 10_000, "versions stay");
}

/// Units that are first transferred at their issuance.
fn issue(jcm: &Jcm<'_>, alpha: &str) {
    jcm.does("project register MN003 --title '太陽光発電' --methodology MN_AM003", &["op1"]);
    let text = format!(
        "{ISSUANCE}\n[[vintage]]\nyear = 2023\nallocations = [{{ account = \"{alpha}\", tonnes = 500 }}]\n\
         [[vintage]]\nyear = 2024\nallocations = [{{ account = \"{alpha}\", tonnes = 900 }}, \
         {{ account = 1, tonnes = 100 }}]\n"
    );
    let path = file(jcm, "issuance.toml", &text);
    let without = jcm.run(&["issue", "record", &path, "--yes"]);
    assert!(stderr(&without).contains("--consent"), "{}", stderr(&without));
    let consent = jcm.does_entry(&format!("issue consent {path}"), &["mn"]);
    jcm.does(&format!("issue record {path} --consent {consent}"), &OPERATORS);
}

/// Identifiers, both ways.
fn looked_up(jcm: &Jcm<'_>) {
    let unit = jcm.sees("units CA0007-JPN01-MNG-1,301-2024")["units"][0].clone();
    assert_eq!(unit["range"], "2:801-801", "{unit}");
    let back = jcm.reads("units 2:801-803");
    assert!(back.contains("CA0007-JPN01-MNG-1301-2024"), "{back}");
    assert!(back.contains("CA0007-JPN01-MNG-1303-2024"), "{back}");
    let none = jcm.run(&["units", "CA0007-JPN01-MNG-1301-2023"]);
    assert!(stderr(&none).contains("there is no unit"), "{}", stderr(&none));
    let cut = jcm.run(&["units", "CA0007-JPN01"]);
    assert!(stderr(&cut).contains("approach, registry, Party, serial"), "{}", stderr(&cut));
}

/// A transfer, retirements, and cancellations of every kind.
fn uses(jcm: &Jcm<'_>, alpha: &str, beta: &str) {
    let transfer = support::transfer(jcm, alpha, beta, "2:801-900");
    jcm.does(&transfer, &["rep1"]);
    let shk = format!(
        "retire --from {alpha} --range 1:1-100 --use shk --year 2026 --beneficiary '丙株式会社' \
         --beneficiary-number JP:8700110005901 --gratuitous"
    );
    let late = shk.replace("--year 2026", "");
    is_refused(jcm, &late, &["rep1"], "REPORTING_YEAR_MISSING", "--year");
    let gx = shk.replace("--use shk", "--use gx-ets");
    is_refused(jcm, &gx, &["rep1"], "GX_ETS_OFF", "another use");
    jcm.does(&shk, &["rep1"]);
    jcm.does(&format!("retire --from {beta} --quantity 20 --use ndc --gratuitous"), &["rep2"]);
    let imp = format!(
        "cancel --from {alpha} --range 2:1-50 --use international-mitigation --year 2026 \
         --beneficiary 'The Airline' --beneficiary-number TH:0107537001757 \
         --entity TH:0107537001757 --gratuitous"
    );
    let stranger = imp.replace("--entity TH:0107537001757", "--entity TH:1");
    let shown = "jcm authorisation show";
    is_refused(jcm, &stranger, &["rep1"], "ENTITY_NOT_AUTHORISED", shown);
    jcm.does(&imp, &["rep1"]);
    let line = format!("cancel --from {alpha} --range 2:51-80 --use other-purposes --gratuitous");
    jcm.does(&line, &["rep1"]);
    several(jcm, alpha);
}

/// Two cancellations of one sheet are one command; each has its own notices.
fn several(jcm: &Jcm<'_>, alpha: &str) {
    let sheet = file(
        jcm,
        "cancellations.csv",
        "purpose,units,gratuitous,use,beneficiary,beneficiary_number\n\
         cancellation,2:81-90,yes,omge,,\n\
         cancellation,2:91-95,yes,voluntary,=Buyer,TH:42\n",
    );
    let import = format!("bulk import transfers {sheet} --from {alpha}");
    let entry = jcm.does_entry(&import, &["rep1"]);
    let which = jcm.run(&["notice", &entry]);
    assert!(stderr(&which).contains("name one of them, from 1 to 2"), "{}", stderr(&which));
    for (part, units, other) in [("1", "2:81-90", "2:91-95"), ("2", "2:91-95", "2:81-90")] {
        let lines = jcm.text(&["notice", &entry, "--part", part, "--format", "statement"]);
        assert!(lines.contains(&format!("\npart {part} 2\n")), "{lines}");
        assert!(lines.contains(&format!("\nunits {units} MN003 2024 A ")), "{lines}");
        assert!(!lines.contains(other), "{lines}");
        let numbered = lines.contains("\nbeneficiary =Buyer\nbeneficiary_number TH:42\n");
        assert_eq!(numbered, part == "2", "{lines}");
    }
    let notices = jcm.text(&["notices", alpha]);
    // The numbers stand in both languages.
    let numbers = "JP-MN003-2024-2-81 - JP-MN003-2024-2-90";
    for (part, times) in [("Part: 1 / 2", 1), ("Part: 2 / 2", 1), (numbers, 2)] {
        assert_eq!(notices.matches(part).count(), times, "{part}: {notices}");
    }
}

/// The partner confirms, takes a mistake back, and what is open is listed.
fn confirmations(jcm: &Jcm<'_>, year: u64) {
    let document = jcm.world.path("form1.json");
    let confirm = |vintage: u32, quantity: &str| {
        format!(
            "adjustment confirm --partner MN --year {year} --vintage {vintage} --quantity {quantity} \
             --date 2026-10-01 --document {document}"
        )
    };
    let open = |jcm: &Jcm<'_>| -> Vec<(u64, u64)> {
        let list = jcm.sees("adjustment list --open --partner MN")["adjustments"].clone();
        let number = |row: &Value, name: &str| row[name].as_u64().expect("a number");
        let rows = list.as_array().expect("a list").iter();
        rows.map(|row| (number(row, "vintage"), number(row, "open_tonnes"))).collect()
    };
    assert_eq!(open(jcm), [(2_023, 100), (2_024, 20)]);
    let exceeded = "CONFIRMATION_EXCEEDED";
    is_refused(jcm, &confirm(2_023, "101"), &["mn"], exceeded, "jcm adjustment list --open");
    assert_eq!(jcm.is_refused(&confirm(2_023, "60"), &["op1"]).0, 4, "the partner alone");
    jcm.does(&confirm(2_023, "60"), &["mn"]);
    let mistaken = jcm.does_entry(&confirm(2_024, "20"), &["mn"]);
    assert_eq!(open(jcm), [(2_023, 40)]);
    let withdraw = format!("adjustment withdraw {mistaken} --reason 'wrong vintage'");
    jcm.does(&withdraw, &["mn"]);
    is_refused(jcm, &withdraw, &["mn"], "CONFIRMATION_UNKNOWN", "jcm adjustment list");
    assert_eq!(open(jcm), [(2_023, 40), (2_024, 20)]);
}

/// A registry in which all of it has happened; its year.
fn told(jcm: &Jcm<'_>) -> u64 {
    office(jcm);
    let proof = jcm.world.path("mn.possession");
    jcm.does(&format!("partner register MN --possession {proof}"), &AUTHORITIES);
    let alpha = account(jcm, "JP:8700110005901", "rep1");
    let beta = account(jcm, "MN:12-34", "rep2");
    let entry = authorisations(jcm);
    issue(jcm, &alpha);
    change(jcm, &entry);
    looked_up(jcm);
    uses(jcm, &alpha, &beta);
    let now_ms = jcm.sees("registry")["now_ms"].as_u64().expect("a time");
    let today = jcm_format::time::Timestamp::from_ms(now_ms).expect("a time").date_in_japan();
    let year = u64::from(today.year().get());
    confirmations(jcm, year);
    year
}

/// The rows of the tables of a workbook, as text: sheet, row, cells.
fn sheets(bytes: &[u8]) -> Vec<(String, Vec<Vec<Data>>)> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes.to_vec())).expect("a workbook");
    let names = book.sheet_names().clone();
    let read = |name: String| {
        let range = book.worksheet_range(&name).expect("a sheet");
        // Rows above the first with a cell are not in the range.
        let above = range.start().map_or(0, |(row, _)| row);
        let left = range.start().map_or(0, |(_, column)| column as usize);
        let mut rows = vec![Vec::new(); above as usize];
        rows.extend(range.rows().map(|row| [vec![Data::Empty; left], row.to_vec()].concat()));
        (name, rows)
    };
    names.into_iter().map(read).collect()
}

fn shown(cell: &Data) -> String {
    match cell {
        Data::DateTime(moment) => {
            let days = moment.as_f64() as u64;
            // Day 25,569 of a workbook is 1 January 1970.
            let date = Date::from_days(days - 25_569).expect("a day");
            format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year().get())
        }
        Data::Float(number) => format!("{number}"),
        Data::Empty => String::new(),
        other => other.to_string(),
    }
}

const TABLES: [(&str, &str, &str); 5] = [
    ("Table 1 Submission", "table-1-submission.csv", "table_1_submission"),
    ("Table 2 Authorizations", "table-2-authorizations.csv", "table_2_authorizations"),
    ("Table 3 Actions", "table-3-actions.csv", "table_3_actions"),
    ("Table 4 Holdings", "table-4-holdings.csv", "table_4_holdings"),
    ("Table 5 Auth. entities", "table-5-authorized-entities.csv", "table_5_authorized_entities"),
];

/// A row as heading and cell.
type Named = Vec<(String, String)>;

/// A table of a workbook; table 1 stands on its side.
fn of_workbook(book: &[(String, Vec<Vec<Data>>)], sheet: &str) -> Vec<Named> {
    let rows = &book.iter().find(|(name, _)| name == sheet).expect(sheet).1;
    let text = |row: &[Data]| row.iter().map(shown).collect::<Vec<_>>();
    if sheet == "Table 1 Submission" {
        let titled =
            |row: &Vec<String>| row.len() < 3 || row[1].is_empty() || row[1].starts_with("Table 1");
        let labelled = rows.iter().map(|row| text(row)).filter(|row| !titled(row));
        return vec![labelled.map(|row| (row[1].clone(), row[2].clone())).collect()];
    }
    let at = rows.iter().position(|row| 5 < row.iter().filter(|c| **c != Data::Empty).count());
    let Some(at) = at else { return Vec::new() };
    let headings = text(&rows[at]);
    let rows = rows[at + 1..].iter().map(|row| text(row));
    let named = |row: Vec<String>| -> Named {
        let cells = headings.iter().cloned().zip(row);
        cells.filter(|(heading, _)| !heading.is_empty()).collect()
    };
    rows.map(named).collect()
}

fn of_csv(text: &str) -> Vec<Named> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headings: Vec<String> =
        reader.headers().expect("headings").iter().map(str::to_owned).collect();
    let rows = reader.records().map(|row| row.expect("a row"));
    let plain = |cell: &str| cell.strip_prefix('\'').unwrap_or(cell).to_owned();
    rows.map(|row| headings.iter().cloned().zip(row.iter().map(plain)).collect()).collect()
}

fn of_json(rows: &Value) -> Vec<Named> {
    let cell = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let rows = rows.as_array().expect("a list").iter();
    rows.map(|row| {
        let cells = row.as_object().expect("a row").iter();
        cells.map(|(heading, value)| (heading.clone(), cell(value))).collect()
    })
    .collect()
}

fn sorted(rows: Vec<Named>) -> Vec<BTreeMap<String, String>> {
    rows.into_iter().map(|row| row.into_iter().collect()).collect()
}

/// The columns of the five tables in their order, by decision 4/CMA.6, annex II.
const HEADINGS: [&[&str]; 5] = [
    &[
        "Party",
        "Version",
        "Reported year",
        "Date of submission",
        "Review status of the initial report",
        "Result of the consistency check of this AEF submission",
        "First year of the NDC implementation period",
        "Last year of the NDC implementation period",
        "Reference to the Article 6 technical expert review report of the initial report",
    ],
    &[
        "Authorization ID",
        "Date of authorization",
        "Cooperative approach ID",
        "Version of the authorization",
        "Authorized quantity",
        "Metric",
        "Applicable GWP value(s)",
        "Applicable non-GHG metric",
        "Sector(s)",
        "Activity type(s)",
        "Purposes for authorization",
        "Authorized Party(ies) ID",
        "Authorized entity(ies) ID",
        "OIMP authorized by the Party",
        "Authorized timeframe",
        "Authorization terms and conditions",
        "Authorization documentation",
        "First transfer definition for OIMP",
        "Additional explanatory information",
    ],
    &[
        "Action date",
        "Action type",
        "Action subtype",
        "Cooperative approach ID",
        "Authorization ID",
        "First transferring participating Party ID",
        "Party ITMO registry ID",
        "First ID",
        "Last ID",
        "Underlying unit registry ID",
        "First unit ID",
        "Last unit ID",
        "Metric",
        "Applicable GWP value(s)",
        "Applicable non-GHG metric",
        "Quantity (t CO2 eq)",
        "Quantity (in non-GHG metric)",
        "Mitigation type",
        "Vintage",
        "Transferring participating Party ID",
        "Acquiring participating Party ID",
        "Purpose for which the ITMO has been used towards or cancelled for OIMP",
        "Using/cancelling participating Party ID",
        "Using/cancelling authorized entity ID",
        "Calendar year for which the ITMOs are used towards the Party's NDC",
        "Result of the consistency checks",
        "Additional explanatory information",
    ],
    &[
        "Cooperative approach ID",
        "Authorization ID",
        "First transferring participating Party ID",
        "Party ITMO registry ID",
        "First ID",
        "Last ID",
        "Underlying unit registry ID",
        "First unit ID",
        "Last unit ID",
        "Metric",
        "Applicable GWP value(s)",
        "Applicable non-GHG metric",
        "Quantity (t CO2 eq)",
        "Quantity (in non-GHG metric)",
        "Mitigation type",
        "Vintage",
    ],
    &[
        "Date of the authorization",
        "Name",
        "Country of incorporation",
        "Identification number",
        "Cooperative approach ID",
        "Conditions",
        "Change and revocation conditions",
        "Additional explanatory information",
    ],
];

/// Every action of the story: type, subtype, units, tonnes, purpose, year of use, entity.
const ACTIONS: [[&str; 7]; 10] = [
    ["Authorization", "NA", "NA", "10000", "NA", "NA", "NA"],
    ["Acquisition", "NA", "CA0007-JPN01-MNG-1-2023", "500", "NA", "NA", "NA"],
    ["Acquisition", "NA", "CA0007-JPN01-MNG-501-2024", "1000", "NA", "NA", "NA"],
    ["Authorization", "NA", "NA", "12000", "NA", "NA", "NA"],
    ["Use", "NA", "CA0007-JPN01-MNG-1-2023", "100", "NA", "YEAR", "NA"],
    ["Use", "NA", "CA0007-JPN01-MNG-1301-2024", "20", "NA", "YEAR", "NA"],
    [
        "Cancellation",
        "Other cancellations",
        "CA0007-JPN01-MNG-501-2024",
        "50",
        "IMP",
        "NA",
        "0107537001757",
    ],
    ["Cancellation", "Other cancellations", "CA0007-JPN01-MNG-551-2024", "30", "OP", "NA", "NA"],
    [
        "Voluntary Cancellation",
        "Voluntary cancellation to deliver OMGE",
        "CA0007-JPN01-MNG-581-2024",
        "10",
        "NA",
        "NA",
        "NA",
    ],
    [
        "Voluntary Cancellation",
        "Other cancellations",
        "CA0007-JPN01-MNG-591-2024",
        "5",
        "NA",
        "NA",
        "NA",
    ],
];

/// All five tables, from one source, in three forms that say the same.
fn aef(run: &dyn Fn(&[&str]) -> String, world: &World, name: &str, year: u64) -> Vec<u8> {
    let year_word = year.to_string();
    let (xlsx, json) = (world.path(&format!("{name}.xlsx")), world.path(&format!("{name}.json")));
    let folder = world.path(&format!("{name}-csv"));
    for out in [&xlsx, &json, &folder] {
        let said = run(&["report", "aef", &year_word, "--out", out]);
        assert!(said.contains("2 authorizations, 10 actions, 3 holdings, 1 entities"), "{said}");
        assert!(said.contains("All 20 checks are passed."), "{said}");
        assert!(said.contains("SHA-256 "), "{said}");
        assert!(said.contains("comes into this report"), "the year is not over: {said}");
    }
    let bytes = std::fs::read(&xlsx).expect("written");
    let book = sheets(&bytes);
    let names: Vec<&str> = book.iter().map(|(name, _)| name.as_str()).collect();
    let tables = TABLES.map(|(sheet, ..)| sheet);
    assert_eq!(names[..2], ["Index", "Summary information"]);
    assert_eq!(names[2..7], tables);
    assert_eq!(names[7..], ["Provenance"]);
    let json: Value =
        serde_json::from_slice(&std::fs::read(&json).expect("written")).expect("JSON");
    for ((sheet, csv, key), headings) in TABLES.iter().zip(HEADINGS) {
        let of_book = of_workbook(&book, sheet);
        let found: Vec<&str> = of_book[0].iter().map(|(heading, _)| heading.as_str()).collect();
        assert_eq!(found, headings, "{sheet}");
        let csv = std::fs::read_to_string(format!("{folder}/{csv}")).expect("written");
        let of_csv = of_csv(&csv);
        let found: Vec<&str> = of_csv[0].iter().map(|(heading, _)| heading.as_str()).collect();
        assert_eq!(found, headings, "{sheet}");
        assert_eq!(of_book, of_csv, "{sheet}");
        assert_eq!(sorted(of_json(&json[*key])), sorted(of_csv), "{sheet}");
    }
    let actions = of_workbook(&book, "Table 3 Actions");
    let columns = [
        "Action type",
        "Action subtype",
        "First ID",
        "Quantity (t CO2 eq)",
        "Purpose for which the ITMO has been used towards or cancelled for OIMP",
        "Calendar year for which the ITMOs are used towards the Party's NDC",
        "Using/cancelling authorized entity ID",
    ];
    let expected: Vec<Vec<String>> = ACTIONS
        .iter()
        .map(|row| row.map(|cell| cell.replace("YEAR", &year_word)).to_vec())
        .collect();
    let found: Vec<Vec<String>> = actions
        .iter()
        .map(|row| {
            let cell = |column: &&str| row.iter().find(|(heading, _)| heading == column);
            columns.iter().map(|column| cell(column).expect("there").1.clone()).collect()
        })
        .collect();
    assert_eq!(found, expected);
    bytes
}

/// A partner's workbook made of ours: what we acquired, it first transferred. `change`
/// may change a cell: action, heading, what stands there.
fn partner(ours: &[u8], change: &dyn Fn(usize, &str, &mut Cell)) -> Vec<u8> {
    let book = sheets(ours);
    let submission = of_workbook(&book, "Table 1 Submission");
    let mut one = vec![SheetRow::of(vec![Cell::Blank, text("Table 1: Submission")])];
    for (label, value) in &submission[0] {
        let value = if label == "Party" { "MNG" } else { value.as_str() };
        one.push(SheetRow::of(vec![Cell::Blank, text(label), text(value)]));
    }
    let actions = of_workbook(&book, "Table 3 Actions");
    let acquired = actions
        .into_iter()
        .filter(|row| row.contains(&("Action type".to_owned(), "Acquisition".to_owned())));
    let mut three = vec![SheetRow::of(vec![text("Table 3: Actions")])];
    three.push(SheetRow::of(HEADINGS[2].iter().map(|heading| text(heading)).collect()));
    for (number, row) in acquired.enumerate() {
        let cells = row.into_iter().map(|(heading, value)| {
            let mut cell = match heading.as_str() {
                "Action type" => text("First transfer"),
                "Action subtype" => text("First transfer to another Party"),
                "Authorization ID" => text("MN-1"),
                "Transferring participating Party ID" => Cell::NotApplicable,
                "Acquiring participating Party ID" => text("JPN"),
                "Quantity (t CO2 eq)" | "Vintage" => {
                    Cell::Integer(value.parse().expect("a number"))
                }
                _ => text(&value),
            };
            change(number, &heading, &mut cell);
            cell
        });
        three.push(SheetRow::of(cells.collect()));
    }
    written(vec![("Table 1 Submission", one), ("Table 3 Actions", three)])
}

/// The same in the first template (annex to decision 6/CMA.4).
fn first_template(ours: &[u8], tonnes_of_second: u64) -> Vec<u8> {
    let book = sheets(ours);
    let actions = of_workbook(&book, "Table 3 Actions");
    let headings = [
        "Cooperative approach(a)",
        "First unique identifier(b)",
        "Last unique identifier(c)",
        "Metric(f)",
        "Quantity (t CO2 eq)",
        "First transferring participating Party(i)",
        "Vintage(j)",
        "Authorization ID(n)",
        "Action date(q)",
        "Action type(r)",
        "Acquiring participating Party(t)",
        "First transfer(v)",
    ];
    let mut rows = vec![SheetRow::of(vec![text("Annual information")])];
    rows.push(SheetRow::of(headings.iter().map(|heading| text(heading)).collect()));
    let acquired = actions
        .iter()
        .filter(|row| row.contains(&("Action type".to_owned(), "Acquisition".to_owned())));
    for (number, row) in acquired.enumerate() {
        let of =
            |heading: &str| row.iter().find(|(name, _)| name == heading).expect("there").1.clone();
        let tonnes: u64 = of("Quantity (t CO2 eq)").parse().expect("a number");
        let tonnes = if number == 1 { tonnes_of_second } else { tonnes };
        rows.push(SheetRow::of(vec![
            text("CA0007"),
            text(&of("First ID")),
            text(&of("Last ID")),
            text("GHG"),
            Cell::Integer(tonnes),
            text("MNG"),
            text(&of("Vintage")),
            text("MN-1"),
            text(&of("Action date")),
            text("First transfer"),
            text("JPN"),
            text("Yes"),
        ]));
    }
    let submission = of_workbook(&book, "Table 1 Submission");
    let year = &submission[0].iter().find(|(label, _)| label == "Reported year").expect("there").1;
    let one = [("Party", "MNG"), ("Version", "1.0"), ("Reported year", year.as_str())];
    let one = one.map(|(label, value)| SheetRow::of(vec![Cell::Blank, text(label), text(value)]));
    written(vec![("Table 1 Submission", one.to_vec()), ("Actions", rows)])
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn written(sheets: Vec<(&str, Vec<SheetRow>)>) -> Vec<u8> {
    let sheets: Vec<Sheet> = sheets
        .into_iter()
        .map(|(name, rows)| Sheet { name: name.to_owned(), rows, frozen_rows: 0, widths: vec![16] })
        .collect();
    let day = "2027-04-15".parse().expect("a day");
    workbook(&sheets, "their report", day, DateStyle::DayMonthYear).expect("a workbook")
}

/// Ours against theirs, from one source.
fn reconciled(run: &dyn Fn(&[&str]) -> String, world: &World, ours: &[u8], year: u64) {
    let year = year.to_string();
    let told = |workbook: &[u8]| {
        let path = world.path("partner.xlsx");
        std::fs::write(&path, workbook).expect("writable");
        run(&["report", "reconcile", &year, "--partner", "MN", "--workbook", &path])
    };
    let same = told(&partner(ours, &|_, _, _| {}));
    assert!(same.contains("both reports agree"), "{same}");
    assert!(same.contains("1,500 t agree in 2 pairs of rows"), "{same}");
    // One unit less in the first row.
    let fewer = told(&partner(ours, &|number, heading, cell| match (number, heading) {
        (0, "Last ID") => *cell = text("CA0007-JPN01-MNG-499-2023"),
        (0, "Quantity (t CO2 eq)") => *cell = Cell::Integer(499),
        _ => {}
    }));
    assert!(fewer.contains("units 500 to 500: we report them, they do not"), "{fewer}");
    assert!(fewer.contains("1,000 t agree in 1 pairs of rows"), "the other row: {fewer}");
    let later = told(&partner(ours, &|number, heading, cell| {
        if (number, heading) == (1, "Vintage") {
            *cell = Cell::Integer(2_022);
        }
    }));
    assert!(later.contains("their row 4: the vintage is not that of its identifiers"), "{later}");
    let early = told(&partner(ours, &|number, heading, cell| {
        if (number, heading) == (1, "Action date") {
            *cell = text("30/11/2024");
        }
    }));
    let years = format!("year of the action: ours {year}, theirs 2024");
    assert!(early.contains(&years), "{early}");
    assert!(early.contains("ours, row 3: ") && early.contains("theirs, row 4: "), "{early}");
    let other = told(&partner(ours, &|_, heading, cell| {
        if heading == "Authorization ID" {
            *cell = text("MN-2");
        }
    }));
    assert!(other.contains("authorization: ours MN-1, theirs MN-2"), "{other}");
    let first = told(&first_template(ours, 1_000));
    assert!(first.contains("1,500 t agree in 2 pairs of rows"), "{first}");
    let first = told(&first_template(ours, 999));
    assert!(first.contains("999"), "the quantity is named: {first}");
    let path = world.path("partner.xlsx");
    std::fs::write(&path, b"no workbook").expect("writable");
}

/// What every other report says of the story, from one source.
fn others(run: &dyn Fn(&[&str]) -> String, year: u64) {
    let year = year.to_string();
    let adjustments = run(&["report", "adjustments", &year]);
    for part in ["MNG", "1,500", "120", "divided by 10", "12", "divided by the years elapsed"] {
        assert!(adjustments.contains(part), "{part}: {adjustments}");
    }
    let balance = run(&["report", "balance", "--format", "csv"]);
    assert!(balance.contains("item,MN,MN003,2023,500,0,400,400,100,0"), "{balance}");
    assert!(balance.contains("item,MN,MN003,2024,1000,100,785,885,20,95"), "{balance}");
    assert!(balance.ends_with("total,,,,1500,100,1185,1285,120,95\n"), "{balance}");
    let shk = run(&["report", "shk", "--year", "2026", "--format", "csv"]);
    let line = shk.lines().nth(1).expect("a row");
    for part in ["丙株式会社,JP:8700110005901,", "JP-MN003-2023-1-1,JP-MN003-2023-1-100", "yes"]
    {
        assert!(line.contains(part), "{part}: {shk}");
    }
    let of_one = ["report", "shk-form", "--year", "2026", "--beneficiary", "JP:8700110005901"];
    let form = run(&[&of_one[..], &["--format", "csv"]].concat());
    assert!(form.contains("total,,100,,"), "by its number: {form}");
    let uses = run(&["report", "uses", "--format", "csv"]);
    let airline = "The Airline,TH:0107537001757,TH:0107537001757,";
    assert!(uses.contains(airline), "{uses}");
    assert!(uses.ends_with(",215\n"), "{uses}");
}

#[test]
fn article_6_from_the_rule_data_to_the_reconciled_report() {
    let world = World::new();
    let registry = world.registry("data");
    let jcm = Jcm { world: &world, registry: &registry, home: "home" };
    let year = told(&jcm);
    let live = |words: &[&str]| {
        let output = jcm.run(words);
        assert!(output.status.success(), "{words:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).expect("text")
    };
    let ours = aef(&live, &world, "live", year);
    reconciled(&live, &world, &ours, year);
    others(&live, year);
    // What the year has now and had not before the first use.
    let entries = jcm.sees("registry")["entries"].as_u64().expect("a number");
    let before = (0..entries)
        .find(|index| jcm.sees(&format!("entry {index}")).to_string().contains("丙株式会社"))
        .expect("the retirement");
    let since = (before - 1).to_string();
    let diff = live(&["report", "aef", &year.to_string(), "--since", &since]);
    assert!(diff.contains("Use of units from CA0007-JPN01-MNG-1-2023: added"), "{diff}");
    let early = jcm.run(&["report", "aef", &year.to_string(), "--since", "3"]);
    let said = stderr(&early);
    assert!(said.contains("--since") && said.contains("not adopted"), "{said}");
    // A year without any action is a report as well.
    let empty = live(&["report", "aef", &(year - 1).to_string()]);
    assert!(empty.contains("0 authorizations, 0 actions, 0 holdings"), "{empty}");
    assert!(!empty.contains("comes into this report"), "that year is over: {empty}");
    let output = jcm.run(&["report", "aef", &year.to_string(), "--out", "x.pdf"]);
    assert_eq!(output.status.code(), Some(2));

    let log = world.path("registry.jcmlog");
    jcm.text(&["export", &log]);
    registry.stop();
    // The same without a registry.
    let offline = |words: &[&str]| {
        let output = world.run(&[words, &["--export", &log]].concat());
        assert!(output.status.success(), "{words:?}: {}", stderr(&output));
        String::from_utf8(output.stdout).expect("text")
    };
    let again = aef(&offline, &world, "offline", year);
    assert!(again == ours, "the same workbook, to the byte");
    for file in ["json", "csv/table-3-actions.csv", "csv/provenance.csv"] {
        let name = |source: &str| match file.strip_prefix("csv/") {
            Some(table) => world.path(&format!("{source}-csv/{table}")),
            None => world.path(&format!("{source}.{file}")),
        };
        let read = |source: &str| std::fs::read(name(source)).expect("written");
        assert!(read("live") == read("offline"), "{file}");
    }
    reconciled(&offline, &world, &ours, year);
    others(&offline, year);
    let path = world.path("partner.xlsx");
    let words = ["report", "reconcile", &year.to_string(), "--partner", "MN", "--workbook", &path];
    let refused = world.run(&[&words[..], &["--export", &log]].concat());
    assert_eq!(refused.status.code(), Some(2), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("partner.xlsx"), "{}", stderr(&refused));
}
