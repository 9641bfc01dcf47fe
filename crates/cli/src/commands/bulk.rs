//! Bulk: templates, checks and exports of sheets; acts from sheets.

use super::bulk_import::{self, ImportArgs};
use super::report_source::{Source, each_entry, faulty};
use crate::bulk::sheet::Sheet;
use crate::bulk::{BulkColumn, export, issuances, transfers};
use crate::failure::Failure;
use crate::parse;
use crate::reply::Reply;
use crate::report_file::OutFile;
use crate::session::Context;
use clap::{Subcommand, ValueEnum};
use jcm_format::entry::Entry;
use jcm_format::id::AccountNumber;
use jcm_report::rebuild::Rebuild;
use jcm_report::reports::ReportFault;
use jcm_report::xlsx::{XlsxBook, XlsxCell};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Bulk.
#[derive(Debug, Subcommand)]
pub enum BulkCommand {
    /// Write an empty sheet with its headings, an example and what each column means
    #[command(after_help = "Example:\n  jcm bulk template transfers --out transfers.xlsx")]
    Template {
        /// What the sheet is for
        what: What,
        /// Where to write it; the ending says whether as .xlsx or .csv
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Read a sheet and tell everything that is wrong with it; nothing is sent
    #[command(after_help = "Example:\n  jcm bulk check transfers transfers.xlsx")]
    Check {
        /// What the sheet is for
        what: What,
        /// The sheet: .csv or .xlsx
        file: PathBuf,
    },
    /// Act on a sheet: all rows in one command, one signature, all or nothing
    Import(Box<ImportArgs>),
    /// Write what a registry has as a sheet that can be read again
    #[command(
        after_help = "Example:\n  jcm bulk export issuances --out issuances.xlsx\n  jcm bulk export transfers --account JP-0001001-05 --out transfers.csv --export registry.jcmlog\n\nIssuances are as they were recorded. Transfers are as if each unit had gone straight from the account\nthat it was issued to, to where it is."
    )]
    Export {
        /// What the sheet is for
        what: What,
        /// Of transfers: from one account alone
        #[arg(long, value_parser = parse::account)]
        account: Option<AccountNumber>,
        /// Where to write it; the ending says whether as .xlsx or .csv
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Read an export of the log or a data folder, without a registry
        #[arg(long, value_name = "PATH")]
        export: Option<PathBuf>,
    },
}

/// What a sheet is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum What {
    /// Transfers, retirements and cancellations
    Transfers,
    /// Issuances
    Issuances,
}

impl What {
    /// Name of the sheet and its columns.
    pub fn sheet(self) -> (&'static str, &'static [BulkColumn]) {
        match self {
            What::Transfers => (transfers::SHEET, transfers::COLUMNS),
            What::Issuances => (issuances::SHEET, issuances::COLUMNS),
        }
    }
}

/// Runs one of them.
pub async fn run(context: &Context, command: BulkCommand) -> Result<Reply, Failure> {
    match command {
        BulkCommand::Template { what, out } => {
            let example: Vec<String> =
                what.sheet().1.iter().map(|column| column.example.to_owned()).collect();
            write_sheet(what, &[example], &out)
        }
        BulkCommand::Check { what, file } => check(what, &file),
        BulkCommand::Import(args) => bulk_import::run(context, *args).await,
        BulkCommand::Export { what, account, out, export } => {
            let source = Source::of(context, export.as_deref())?;
            let mut rebuild = Rebuild::new();
            let fold = |entry: &Entry| {
                let folded = rebuild.apply(entry).map_err(ReportFault::Fold);
                folded.map(|()| true).map_err(faulty)
            };
            each_entry(&source, fold).await?;
            let rows = match what {
                What::Transfers => export::transfers(&rebuild, account)?,
                What::Issuances => export::issuances(&rebuild),
            };
            write_sheet(what, &rows, &out)
        }
    }
}

fn check(what: What, file: &Path) -> Result<Reply, Failure> {
    let (name, columns) = what.sheet();
    let sheet = Sheet::read(file, name, columns)?;
    let parts = match what {
        What::Transfers => transfers::read(&sheet)?.len(),
        What::Issuances => issuances::read(&sheet)?.len(),
    };
    let rows = sheet.rows.len();
    let json = json!({ "file": file, "rows": rows, "parts": parts });
    Ok(Reply::new(json, format!("{rows} rows can be read: {parts} {name}.")))
}

/// Writes a sheet that can be read again.
pub fn write_sheet(what: What, rows: &[Vec<String>], out: &Path) -> Result<Reply, Failure> {
    let (name, columns) = what.sheet();
    let failed = |error: jcm_report::ReportError| Failure::usage(error.to_string(), "");
    let bytes = match out.extension().and_then(|ending| ending.to_str()) {
        Some("xlsx") => {
            let mut book = XlsxBook::new(name);
            book.sheet(name);
            book.heading(columns.iter().map(|column| column.name)).map_err(failed)?;
            for row in rows {
                book.row(row.iter().map(|cell| XlsxCell::Text(cell))).map_err(failed)?;
            }
            book.sheet("columns");
            book.heading(["column", "needed", "what"]).map_err(failed)?;
            for column in columns {
                let needed = if column.needed { "yes" } else { "no" };
                let row = [column.name, needed, column.about].map(XlsxCell::Text);
                book.row(row).map_err(failed)?;
            }
            book.finish().map_err(failed)?
        }
        Some("csv") => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            let wrong = |error: csv::Error| Failure::usage(error.to_string(), "");
            writer.write_record(columns.iter().map(|column| column.name)).map_err(wrong)?;
            for row in rows {
                let cells = row.iter().map(|cell| jcm_report::neutral(cell).into_owned());
                writer.write_record(cells).map_err(wrong)?;
            }
            writer.into_inner().map_err(|error| Failure::usage(error.to_string(), ""))?
        }
        _ => {
            return Err(Failure::usage(
                format!("--out {}: what kind of file is that?", out.display()),
                "Let its name end with .xlsx or .csv.",
            ));
        }
    };
    let mut file = OutFile::begin(out)?;
    file.write(&bytes)?;
    let (path, digest) = file.end()?;
    let json = json!({ "file": path, "rows": rows.len(), "sha256": digest });
    Ok(Reply::new(json, format!("{} rows written to {}.", rows.len(), path.display())))
}
