//! `jcm-verify --compare`: every report of the registry, held against the replay. An honest one
//! agrees; of one figure that is changed, table, row, column and both values are named.

use jcm_format::amount::Tonnes;
use jcm_format::entry::SealedEntry;
use jcm_report::aef::{AefSubmission, Request, Settings};
use jcm_report::balance::AdjustmentFold;
use jcm_report::encode::{Encoder, Format};
use jcm_report::reports::{Maker, Query, ReportKind};
use jcm_tests::world::*;
use jcm_verify::{Options, Report, Verifier, compare};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What the verifier finds of a report.
fn compared(world: &World, report: &Value) -> Report {
    let claims = compare::read(&report.to_string()).expect("a report");
    let snapshots = claims.entries().into_iter().collect();
    let mut verifier = Verifier::new(&Options { snapshots, ..Options::full() });
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("registry.jcmlog");
    let mut bytes = jcm_format::frame::MAGIC.to_vec();
    for frame in world.log.frames() {
        bytes.extend(frame.encode().expect("small"));
    }
    std::fs::write(&path, bytes).expect("writable");
    let mut source =
        jcm_verify::Source::open(&path, &jcm_verify::Access::default()).expect("there");
    verifier.read(&mut source).expect("readable");
    verifier.compare_report("the report", &claims);
    verifier.conclude()
}

/// What it says of a report that is not so.
fn said(world: &World, report: &Value, changed: &str) -> Vec<String> {
    let found = compared(world, report);
    let differences = found.findings.iter().filter(|of| of.code == "REPORT_DIFFERS");
    let said: Vec<String> = differences.map(|of| of.detail.clone()).collect();
    assert!(!said.is_empty(), "{changed} is not noticed");
    said
}

fn holds(world: &World, report: &Value) {
    let found = compared(world, report);
    assert!(found.ok, "{found}");
    assert!(0 < found.compared["the report"], "nothing was compared");
}

/// The annual report of a year as JSON.
fn aef(world: &World, of: u16, ids: Option<Settings>) -> Value {
    let submission =
        AefSubmission::from_entries(&world.entries(), &Request::due(year(of)).expect("a year"));
    let submission = submission.expect("adopted");
    let settings = ids.unwrap_or_else(|| submission.settings());
    let json = submission.to_json(&settings).expect("checked");
    serde_json::from_str(&json).expect("JSON")
}

/// Columns of the annual report that the replay does not compare: what the submission takes
/// from its own settings, days, controlled words and texts. The rest is in the log's figures.
const NOT_COMPARED: [&str; 21] = [
    "Party",
    "Version",
    "Date of submission",
    "First year of the NDC implementation period",
    "Last year of the NDC implementation period",
    "Date of authorization",
    "Metric",
    "Sector(s)",
    "Purposes for authorization",
    "Authorized entity(ies) ID",
    "Authorized timeframe",
    "First transfer definition for OIMP",
    "Action date",
    "Action subtype",
    "Underlying unit registry ID",
    "Mitigation type",
    "Purpose for which the ITMO has been used towards or cancelled for OIMP",
    "Using/cancelling participating Party ID",
    "Using/cancelling authorized entity ID",
    "Date of the authorization",
    "Change and revocation conditions",
];

/// Another value of the same kind.
fn otherwise(value: &Value) -> Option<Value> {
    match value {
        Value::Number(number) => Some(json!(number.as_u64()? + 1)),
        Value::String(text) if text == "NA" => None,
        Value::String(text) if text.starts_with("JP-MN") => Some(json!(format!("{text}9"))),
        Value::String(text) => Some(json!(format!("{text}X"))),
        _ => None,
    }
}

#[test]
fn every_figure_of_the_annual_report_is_compared_with_the_log() {
    let world = jcm_tests::article6::busy(5, 30);
    let last = world.state().last_time().expect("entries").date_in_japan().year().get();
    for of in 2_026..=last {
        holds(&world, &aef(&world, of, None));
        holds(&world, &aef(&world, of, Some(Settings::NOMENCLATURE)));
    }
    let honest = aef(&world, 2_026, None);
    let mut blind = BTreeSet::new();
    let mut tried = 0;
    for (table, rows) in honest.as_object().expect("tables") {
        let Some(rows) = rows.as_array().filter(|_| table.starts_with("table_")) else { continue };
        // Of each kind of action one row, so that the test ends soon.
        let mut kinds: Vec<&Value> = Vec::new();
        for (row, cells) in rows.iter().enumerate() {
            let kind = &cells["Action type"];
            kinds.push(kind);
            if 1 < kinds.iter().filter(|of| **of == kind).count() {
                continue;
            }
            for (column, value) in cells.as_object().expect("a row") {
                let Some(other) = otherwise(value) else { continue };
                let mut changed = honest.clone();
                changed[table][row][column] = other.clone();
                let what = format!("{table}, row {}, {column}", row + 1);
                if compared(&world, &changed).ok {
                    blind.insert(column.clone());
                    continue;
                }
                tried += 1;
                let said = said(&world, &changed, &what);
                // The year is the report's, whose rows then differ from it; a row of version 1 that
                // says 2 has the figures of another version.
                if column == "Reported year" || column == "Version of the authorization" {
                    continue;
                }
                let named = format!("{column}: ");
                let shown =
                    |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let at = format!("{table}, row {}, {named}", row + 1);
                assert!(
                    said.iter().any(|of| of.contains(&at) && of.contains(&shown(&other))),
                    "{what}: {said:?}"
                );
                if !column.contains("unit ID")
                    && !["Authorization ID", "Action type", "Identification number"]
                        .contains(&column.as_str())
                {
                    let both = said.iter().any(|of| of.contains(&at) && of.contains(&shown(value)));
                    assert!(both, "{what} was {value}: {said:?}");
                }
            }
        }
    }
    assert!(60 < tried, "{tried} cells");
    let unexpected: Vec<&String> =
        blind.iter().filter(|column| !NOT_COMPARED.contains(&column.as_str())).collect();
    assert!(unexpected.is_empty(), "changed without notice: {unexpected:?}");
}

#[test]
fn an_action_or_holding_left_out_is_missed() {
    let world = jcm_tests::article6::busy(5, 40);
    let honest = aef(&world, 2_026, None);
    let without = |table: &str, action: Option<&str>| {
        let mut less = honest.clone();
        let rows = less[table].as_array_mut().expect("rows");
        let at = rows.iter().position(|row| action.is_none_or(|of| row["Action type"] == of));
        rows.remove(at.expect("one"));
        said(&world, &less, table)
    };
    let uses = without("table_3_actions", Some("Use"));
    assert!(uses.iter().any(|of| of.contains("were adjusted for in 2026")), "{uses:?}");
    let held = without("table_4_holdings", None);
    assert!(held.iter().any(|of| of.contains("the holdings sum up to")), "{held:?}");
}

#[test]
fn every_row_left_out_or_said_twice_is_noticed() {
    let world = jcm_tests::article6::busy(5, 40);
    let honest = aef(&world, 2_026, None);
    let mut tried = BTreeSet::new();
    for (table, rows) in honest.as_object().expect("tables") {
        let Some(rows) = rows.as_array().filter(|_| table.starts_with("table_")) else { continue };
        // The first table says who reports on which year.
        for row in (0..rows.len()).filter(|_| table != "table_1_submission") {
            let what = format!("{table}, row {}", row + 1);
            let mut less = honest.clone();
            less[table].as_array_mut().expect("rows").remove(row);
            said(&world, &less, &format!("{what} left out"));
            let mut more = honest.clone();
            more[table].as_array_mut().expect("rows").push(rows[row].clone());
            said(&world, &more, &format!("{what} said twice"));
            tried.insert(format!("{table} {}", rows[row]["Action type"]));
        }
    }
    let kinds: Vec<&str> = ["Acquisition", "Authorization", "Cancellation", "Use"].into();
    for kind in kinds {
        assert!(tried.iter().any(|of| of.contains(kind)), "no {kind}: {tried:?}");
    }
    assert!(tried.iter().any(|of| of.contains("table_5")), "no entity: {tried:?}");
    let mut other = honest.clone();
    for row in other["table_3_actions"].as_array_mut().expect("rows") {
        if row["Action type"] == "Acquisition" {
            row["Action type"] = json!("First transfer");
        }
    }
    let said = said(&world, &other, "an acquisition that is called a first transfer");
    assert!(said.iter().any(|of| of.contains("no transfer to another Party")), "{said:?}");
}

#[test]
fn what_another_year_did_is_not_this_years() {
    let world = jcm_tests::article6::busy(5, 40);
    let honest = aef(&world, 2_027, None);
    holds(&world, &honest);
    let earlier = aef(&world, 2_026, None);
    for (action, words) in [
        ("Acquisition", "were first transferred in 2027"),
        ("Use", "were used or cancelled in 2027"),
        ("Cancellation", "were used or cancelled in 2027"),
    ] {
        let rows = earlier["table_3_actions"].as_array().expect("rows");
        let of_before = rows.iter().find(|row| row["Action type"] == action).expect("one").clone();
        let mut more = honest.clone();
        more["table_3_actions"].as_array_mut().expect("rows").push(of_before);
        let said = said(&world, &more, action);
        assert!(said.iter().any(|of| of.contains(words)), "{action}: {said:?}");
    }
}

/// A report of the registry as JSON.
fn report(world: &World, query: Query) -> Value {
    let entries = world.sealed_entries();
    let mut maker = Maker::new(query).expect("answered");
    for sealed in entries.iter().map(SealedEntry::entry) {
        maker.apply(sealed).expect("adds up");
    }
    let made = maker.finish();
    let mut encoder = Encoder::new(Format::Json, made.head(), made.columns()).expect("a file");
    made.rows().expect("adds up").for_each(|row| encoder.row(&row).expect("written"));
    serde_json::from_slice(&encoder.finish().expect("whole")).expect("JSON")
}

/// A registry with uses of every kind, a restriction and a trust.
fn sample() -> World {
    use jcm_format::command::{Purpose, TransferTerms, UseKind};
    let mut world = jcm_tests::article6::busy(5, 25);
    let used = |sink, purpose, units: &[&str], kind| TransferTerms {
        gratuitous: true,
        use_: Some(jcm_format::command::Use {
            reporting_year: Some(year(2_026)),
            ..jcm_tests::article6::use_for(kind)
        }),
        ..terms(1_001, sink, units, purpose)
    };
    let shk = used(CANCELLATION, Purpose::Cancellation, &["1:1-30"], UseKind::Shk);
    world.accepted(apply_transfer(shk), &["alpha"]);
    world.accepted(jcm_tests::acts::restriction(1_001, &["2:1-5"]), jcm_tests::acts::OPERATORS);
    world
}

#[test]
fn every_figure_of_the_other_reports_is_compared_with_the_log() {
    let world = sample();
    for kind in [
        ReportKind::Balance,
        ReportKind::Holdings,
        ReportKind::Issuances,
        ReportKind::Uses,
        ReportKind::Shk,
        ReportKind::GxEts,
    ] {
        let honest = report(&world, Query::of(kind));
        holds(&world, &honest);
        let rows = honest["rows"].as_array().expect("rows");
        assert!(kind == ReportKind::GxEts || 1 < rows.len(), "{kind} is empty");
        for (row, cells) in rows.iter().enumerate() {
            for (column, value) in cells.as_object().expect("a row") {
                let figure = column.ends_with("tonnes") || column == "blocks";
                let Some(number) = value.as_u64().filter(|_| figure) else { continue };
                let mut changed = honest.clone();
                changed["rows"][row][column] = json!(number + 1);
                let what = format!("{kind}, row {}, {column}", row + 1);
                let said = said(&world, &changed, &what);
                let stated = (number + 1).to_string();
                // A row that is summed up is named by its sum as well.
                let names = said.iter().any(|of| of.contains(column) && of.contains(&stated))
                    || kind == ReportKind::Uses;
                assert!(names, "{what}: {said:?}");
            }
        }
        if let Some(row) = rows.iter().position(|row| row["row"] == "item") {
            let mut fewer = honest.clone();
            fewer["rows"].as_array_mut().expect("rows").remove(row);
            said(&world, &fewer, "a row left out");
        }
    }
    let own = Query { account: Some(account(1_002)), ..Query::of(ReportKind::Holdings) };
    holds(&world, &report(&world, own));
    // What is narrowed, or of a kind that the replay knows nothing of, is said to be so.
    let of_year = Query { from: Some(date("2026-01-01")), ..Query::of(ReportKind::Uses) };
    let narrowed = compare::read(&report(&world, of_year).to_string()).expect_err("narrowed");
    assert!(narrowed.contains("narrowed by from"), "{narrowed}");
    let form = Query {
        account: Some(account(1_001)),
        year: Some(year(2_026)),
        ..Query::of(ReportKind::ShkForm)
    };
    let form = compare::read(&report(&world, form).to_string()).expect_err("no such kind");
    assert!(form.contains("shk-form is not compared"), "{form}");
}

#[test]
fn adjustments_are_compared_by_year_and_vintage() {
    use jcm_format::command::Body;
    let mut world = jcm_tests::article6::busy(5, 40);
    let (key, sum) = {
        let first = world.state().adjustments().next();
        first.map(|(key, sum)| (key, sum.booked)).expect("booked")
    };
    let half = Tonnes::new(sum.get() / 2 + 1);
    let confirmation =
        jcm_tests::article6::confirmed(key.year.get(), key.vintage.get(), half.get());
    world.accepted(Body::ConfirmAdjustment(confirmation), jcm_tests::article6::PARTNER);
    let last = world.state().last_time().expect("entries").date_in_japan().year();
    let mut fold = AdjustmentFold::new(last);
    world.entries().iter().for_each(|entry| fold.apply(entry).expect("in order"));
    let json = fold.finish().expect("sums that fit").to_json().expect("JSON");
    let honest: Value = serde_json::from_str(&json).expect("JSON");
    holds(&world, &honest);
    for (list, figures) in [
        ("confirmations", &["booked_tonnes", "confirmed_tonnes", "open_tonnes"][..]),
        ("vintages", &["first_transferred_tonnes"][..]),
    ] {
        for figure in figures {
            let mut changed = honest.clone();
            let cell = &mut changed["partners"][0][list][0][figure];
            let number = cell.as_u64().expect("a number");
            *cell = json!(number + 1);
            let said = said(&world, &changed, figure);
            let [one] = said.as_slice() else { panic!("{figure}: {said:?}") };
            let both = [format!("stated as {}", number + 1), format!("amounts to {number}")];
            assert!(both.iter().all(|part| one.contains(part)), "{one}");
        }
    }
}
