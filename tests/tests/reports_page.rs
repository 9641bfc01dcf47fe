//! The page on reports lists the columns that the reports have.
//! `UPDATE_DOCS=1 cargo test -p jcm-tests --test reports_page` writes it anew.

use jcm_report::reports::ReportKind;
use std::path::PathBuf;

#[test]
fn the_page_lists_every_column_of_every_report() {
    let page: PathBuf = [env!("CARGO_MANIFEST_DIR"), "..", "docs", "reports.md"].iter().collect();
    let current = std::fs::read_to_string(&page).expect("the page");
    let mut text = current.clone();
    for kind in ReportKind::ALL {
        let start = format!("<!-- generated: {kind} -->\n");
        let (before, rest) = text.split_once(&start).unwrap_or_else(|| panic!("no mark of {kind}"));
        let (_, after) = rest.split_once("<!-- end -->").expect("the mark after");
        let rows = kind
            .columns()
            .iter()
            .map(|column| format!("| `{}` | {} | {} |\n", column.key, column.en, column.ja));
        let rows: String = rows.collect();
        let table = format!("\n| column | what | 内容 |\n| --- | --- | --- |\n{rows}\n");
        text = format!("{before}{start}{table}<!-- end -->{after}");
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&page, &text).expect("written");
    } else {
        assert!(text == current, "docs/reports.md is stale: run with UPDATE_DOCS=1");
    }
}
