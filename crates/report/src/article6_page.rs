//! What `docs/article-6.md` says is what the code says.
//! `UPDATE_DOCS=1 cargo test -p jcm-report article6_page` writes it anew.

use crate::aef::{Check, Settings, Table};
use crate::balance::{AdjustmentFold, AdjustmentReport, Rule};
use crate::reconcile;
use crate::testlog::{Log, year};
use jcm_format::amount::Tonnes;
use jcm_format::event::Effect;
use jcm_format::id::{Country, EntryIndex};
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Mutex;

fn page() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "..", "docs", "article-6.md"].iter().collect()
}

fn text() -> String {
    std::fs::read_to_string(page()).expect("the page")
}

/// Two tests write to the page.
static WRITING: Mutex<()> = Mutex::new(());

/// Compares what stands between the marks of `block` with `content`.
fn holds(block: &str, content: &str) {
    let _writing = WRITING.lock().expect("the other test is well");
    let text = text();
    let start = format!("<!-- generated: {block} -->\n");
    let (before, rest) = text.split_once(&start).expect("the mark before");
    let (current, after) = rest.split_once("<!-- end -->").expect("the mark after");
    let content = format!("\n{}\n\n", content.trim_end());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let text = format!("{before}{start}{content}<!-- end -->{after}");
        std::fs::write(page(), text).expect("written");
    } else {
        assert_eq!(current, content, "the page is stale: run with UPDATE_DOCS=1");
    }
}

/// Whole tonnes with commas, and what follows them as it is.
fn grouped(number: &str) -> String {
    let (whole, rest) = match number.find(['.', ' ']) {
        Some(at) => number.split_at(at),
        None => (number, ""),
    };
    let mut shown = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position != 0 && (whole.len() - position).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown + rest
}

/// The retirements of the example, as a log.
fn example() -> Log {
    let text = text();
    let table = text.split_once("| year of use |").expect("the example").1;
    let mut log = Log::genesis("2024-01-10");
    for row in table.lines().skip(2).take_while(|line| line.starts_with('|')) {
        let cells: Vec<String> =
            row.trim_matches('|').split('|').map(|cell| cell.trim().replace(',', "")).collect();
        let number = |cell: usize| cells[cell].parse::<u64>().expect("a number");
        let booked = Effect::AdjustmentBooked {
            partner: Country::new(&cells[1]).expect("a country"),
            vintage: year(number(2) as u16),
            quantity_tonnes: Tonnes::new(number(3)),
            japan_authorisation: EntryIndex::new(1),
            partner_authorisation: EntryIndex::new(2),
        };
        log.on(&format!("{}-06-01", number(0)), vec![booked]);
    }
    assert_eq!(log.entries.len(), 5);
    log
}

fn report(log: &Log, of: u16) -> AdjustmentReport {
    let mut fold = AdjustmentFold::new(year(of));
    log.entries.iter().for_each(|entry| fold.apply(entry).expect("in order"));
    fold.finish().expect("sums that fit")
}

#[test]
fn the_worked_example_is_what_the_code_computes() {
    let log = example();
    let mut rows = String::from(
        "| at the end of | who | sum (t) | ÷ 10, as Japan publishes it | ÷ years elapsed, 2/CMA.3 |\n\
         | --: | --- | --: | --: | --: |\n",
    );
    for of in [2025, 2026, 2028, 2030] {
        let report = report(&log, of);
        let japan = report.japan.clone();
        let by = |averages: &[crate::balance::LabelledAverage], rule: Rule| {
            let found = averages.iter().find(|of| of.rule == rule).expect("the rule");
            (grouped(&found.average.to_string()), found.years)
        };
        let (tenth, _) = by(&japan, Rule::JapanTenth);
        let (elapsed, years) = by(&japan, Rule::UsedByElapsedYears);
        let sum = grouped(&report.used_tonnes.to_string());
        writeln!(rows, "| {of} | Japan subtracts | {sum} | {tenth} | {elapsed} (÷ {years}) |")
            .expect("room");
        for partner in &report.partners {
            let (tenth, _) = by(&partner.averages, Rule::JapanTenth);
            let (party, sum) = (partner.party, grouped(&partner.used_tonnes.to_string()));
            writeln!(rows, "| {of} | {party} adds | {sum} | {tenth} | |").expect("room");
        }
    }
    holds("worked example", &rows);
}

#[test]
fn the_result_in_words_is_that_of_the_example() {
    let report = report(&example(), 2030);
    let tenth =
        |averages: &[crate::balance::LabelledAverage]| grouped(&averages[0].average.to_string());
    let words = format!(
        "By the end of 2030 Japan has retired {} t, and subtracts {} t in each year; Thailand adds {} t, Viet Nam {} t.",
        grouped(&report.used_tonnes.to_string()),
        tenth(&report.japan),
        tenth(&report.partners[0].averages),
        tenth(&report.partners[1].averages),
    );
    assert!(text().contains(&words), "{words}");
}

#[test]
fn the_page_lists_every_check() {
    let mut rows = String::from("| number | what it asks |\n| --: | --- |\n");
    for check in Check::ALL {
        writeln!(rows, "| {} | {} |", check.number(), check.says()).expect("room");
    }
    holds("checks", &rows);
}

#[test]
fn the_page_names_sheets_limits_and_defaults_as_they_are() {
    let text = text();
    assert!(Table::ALL.iter().all(|table| text.contains(&format!("`{}`", table.sheet()))));
    let mib = |bytes: u64| format!("{} MiB", bytes >> 20);
    let limits = [
        format!("a file of {}", mib(reconcile::FILE_BYTES_MAX as u64)),
        format!("{} unpacked", mib(reconcile::UNPACKED_BYTES_MAX)),
        format!("{} parts", grouped(&reconcile::PARTS_MAX.to_string())),
        format!("{} sheets", reconcile::SHEETS_MAX),
        format!("{} columns", reconcile::COLUMNS_MAX),
        format!("{} rows", grouped(&reconcile::ROWS_MAX.to_string())),
        format!("{} cells", grouped(&reconcile::CELLS_MAX.to_string())),
    ];
    for limit in limits {
        assert!(text.contains(&limit), "{limit}");
    }
    let base = Settings::NOMENCLATURE;
    assert!(base.index_sheet && base.provenance_sheet);
}
