//! Reports on Article 6: the Agreed Electronic Format, adjustments, and what a
//! partner's report says otherwise (`docs/article-6.md`).

use super::report_source::{Source, each_entry};
use crate::failure::{Failure, exit};
use crate::parse;
use crate::reply::{Column, Reply, table};
use crate::report_file::OutFile;
use clap::{Args, ValueEnum};
use jcm_format::command::ItmoRendering;
use jcm_format::id::Country;
use jcm_format::party::Party;
use jcm_format::time::{Date, Year};
use jcm_report::aef::{self, AefError, AefFold, AefSubmission, Request, Settings, WriteError};
use jcm_report::balance::{AdjustmentFold, AdjustmentReport, LabelledAverage};
use jcm_report::cut::Cut;
use jcm_report::reconcile::{Reconciliation, reconcile};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The annual report of Article 6 (Agreed Electronic Format).
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jcm report aef 2026 --out aef-2026.xlsx\n  jcm report aef 2026 --export registry.jcmlog --since 2027-02-01\n\nWithout --out the report is checked, and what is to be mended is told. One that does not pass is not written."
)]
pub struct AefArgs {
    /// The calendar year on which it reports
    #[arg(value_parser = parse::year)]
    year: Year,
    /// Where to write it: a file, or a folder for the tables as CSV
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// csv, xlsx or json; without it what the ending of --out says
    #[arg(long, value_name = "FORMAT")]
    format: Option<Form>,
    /// Day on which it is handed in; without it 15 April of the year after
    #[arg(long, value_name = "DATE")]
    date: Option<Date>,
    /// How identifiers are written, in place of what the rule data say
    #[arg(long, value_name = "FORM")]
    ids: Option<Ids>,
    /// Leave out the sheet that names the entries behind each row
    #[arg(long)]
    without_provenance: bool,
    /// Tell in words what an earlier cut-off said otherwise: an entry, a day or a moment
    #[arg(long, value_name = "CUT-OFF")]
    since: Option<Cut>,
    /// Make it from an export of the log or a data folder, without a registry
    #[arg(long, value_name = "PATH")]
    pub export: Option<PathBuf>,
}

/// Corresponding adjustments and emissions balances.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jcm report adjustments 2026 --out adjustments-2026.xlsx\n\nExact figures: a tenth as Japan publishes it, and by the years elapsed as decision 2/CMA.3 has it."
)]
pub struct AdjustmentArgs {
    /// The calendar year at whose end it is
    #[arg(value_parser = parse::year)]
    year: Year,
    /// Where to write it: a file, or a folder for the tables as CSV; without it, it is shown
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// csv, xlsx or json; without it what the ending of --out says
    #[arg(long, value_name = "FORMAT")]
    format: Option<Form>,
    /// Make it from an export of the log or a data folder, without a registry
    #[arg(long, value_name = "PATH")]
    pub export: Option<PathBuf>,
}

/// Our acquisitions against a partner's first transfers.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jcm report reconcile 2026 --partner MN --workbook mongolia-2026.xlsx\n\nNothing of the partner's file goes anywhere but into the answer. What could not be compared is told, and\ncounts as no agreement."
)]
pub struct ReconcileArgs {
    /// The calendar year
    #[arg(value_parser = parse::year)]
    year: Year,
    /// The partner country
    #[arg(long, value_name = "COUNTRY", value_parser = parse::country)]
    partner: Country,
    /// The partner's report, as XLSX
    #[arg(long, value_name = "FILE")]
    workbook: PathBuf,
    /// Make ours from an export of the log or a data folder, without a registry
    #[arg(long, value_name = "PATH")]
    pub export: Option<PathBuf>,
}

/// The form of these files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// A folder with a file for each table
    Csv,
    /// A workbook
    Xlsx,
    /// One JSON document
    Json,
}

/// How identifiers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Ids {
    /// The serial alone
    Integer,
    /// All five parts
    Full,
}

fn form(given: Option<Form>, out: &Path) -> Result<Form, Failure> {
    let ending = out.extension().and_then(|ending| ending.to_str());
    match (given, ending) {
        (Some(form), _) => Ok(form),
        (None, Some("xlsx")) => Ok(Form::Xlsx),
        (None, Some("json")) => Ok(Form::Json),
        (None, None) => Ok(Form::Csv),
        (None, Some(ending)) => Err(Failure::usage(
            format!("--out: what kind of file ends with .{ending}?"),
            "Name a file that ends with .xlsx or .json, or a folder for the tables as CSV.",
        )),
    }
}

pub(super) fn wrong(error: &AefError) -> Failure {
    match error {
        AefError::NotAdopted => Failure::usage(
            error.to_string(),
            "Two authorities adopt it first: jcm article6 adopt FILE.",
        ),
        error => Failure::other(error.to_string(), exit::UNTRUSTED),
    }
}

/// What was read of the log.
struct Folded {
    fold: AefFold,
    /// The same year as an earlier cut-off had it.
    earlier: Option<AefFold>,
    /// The day of the last entry in Japan.
    until: Option<Date>,
}

/// The fold of a year, and of the same year as an earlier cut-off had it.
async fn folded(source: &Source<'_>, year: Year, since: Option<Cut>) -> Result<Folded, Failure> {
    let (mut fold, mut earlier, mut until) = (AefFold::new(year), None, None);
    each_entry(source, |entry| {
        until = Some(entry.time.date_in_japan());
        if earlier.is_none() && since.is_some_and(|since| !since.admits(entry)) {
            earlier = Some(fold.clone());
        }
        fold.apply(entry).map(|()| true).map_err(|error| wrong(&error))
    })
    .await?;
    // A cut-off behind the last entry says what there is now.
    let earlier = since.map(|_| earlier.unwrap_or_else(|| fold.clone()));
    Ok(Folded { fold, earlier, until })
}

/// Whether more may come into a report on `year`, whose log was read to a day.
fn may_grow(year: Year, until: Option<Date>) -> Option<Date> {
    until.filter(|until| until.year() <= year)
}

fn request(year: Year, date: Option<Date>) -> Result<Request, Failure> {
    let due = Request::due(year).ok_or_else(|| {
        Failure::usage(format!("{year} has no year after it"), "Give an earlier year.")
    })?;
    Ok(Request { date: date.unwrap_or(due.date), ..due })
}

/// Makes the annual report.
pub async fn aef(source: &Source<'_>, args: AefArgs) -> Result<Reply, Failure> {
    let form = args.out.as_deref().map(|out| form(args.format, out)).transpose()?;
    let request = request(args.year, args.date)?;
    let Folded { fold, earlier, until } = folded(source, args.year, args.since).await?;
    let submission = fold.finish(&request).map_err(|error| wrong(&error))?;
    let settings = Settings {
        ids: match args.ids {
            None => submission.ids,
            Some(Ids::Integer) => ItmoRendering::Integer,
            Some(Ids::Full) => ItmoRendering::Full,
        },
        provenance_sheet: !args.without_provenance,
        ..submission.settings()
    };
    let mut json = counts(&submission);
    let mut text = said(&json);
    if let Some(earlier) = earlier {
        let before = earlier.finish(&request).map_err(|error| match error {
            AefError::NotAdopted => Failure::usage(
                "--since: Article 6 was not adopted at that cut-off: there was no report yet",
                "Give a later cut-off.",
            ),
            error => wrong(&error),
        })?;
        let differences = aef::diff(&before, &submission, &settings);
        let lines: Vec<String> = differences.iter().map(ToString::to_string).collect();
        text += &match lines.as_slice() {
            [] => "\nNothing differs from the earlier cut-off.".to_owned(),
            lines => format!("\nSince the earlier cut-off:\n  {}", lines.join("\n  ")),
        };
        json["differences"] = json!(lines);
    }
    let open = may_grow(args.year, until);
    json["year_is_over"] = json!(open.is_none());
    let checks = submission.check();
    if !checks.all_passed() {
        return Err(Failure::Other {
            what: format!("the report on {} is not written: {checks}", args.year),
            code: exit::REJECTED,
            advice: "Mend what is named, by recorded acts, and make it again.".to_owned(),
        });
    }
    text += &format!("\nAll {} checks are passed.", checks.0.len());
    if let Some(until) = open {
        text += &format!(
            "\nThe log read ends on {until}: what is recorded until {}-12-31 in Japan comes into this report.",
            args.year
        );
    }
    let Some((out, form)) = args.out.as_deref().zip(form) else {
        return Ok(Reply::new(json, text));
    };
    let files = match form {
        Form::Xlsx => vec![(None, submission.to_xlsx(&settings).map_err(unwritten)?)],
        Form::Json => vec![(None, submission.to_json(&settings).map_err(unwritten)?.into_bytes())],
        Form::Csv => submission
            .to_csv(&settings)
            .map_err(unwritten)?
            .into_iter()
            .map(|file| (Some(file.name), file.content.into_bytes()))
            .collect(),
    };
    json["files"] = write(out, files)?;
    let text = format!("{text}\n{}", files_said(&json["files"]));
    Ok(Reply::new(json, text))
}

/// Each file with its digest.
fn files_said(files: &Value) -> String {
    let files = files.as_array().into_iter().flatten();
    let line = |file: &Value| {
        let of = |name: &str| file[name].as_str().unwrap_or_default().to_owned();
        format!("Written to {}.\nSHA-256 {}", of("file"), of("sha256"))
    };
    files.map(line).collect::<Vec<_>>().join("\n")
}

fn unwritten(error: WriteError) -> Failure {
    Failure::other(error.to_string(), exit::OTHER)
}

fn counts(submission: &AefSubmission) -> Value {
    json!({
        "authorizations": submission.authorizations.len(),
        "actions": submission.actions.len(),
        "holdings": submission.holdings.len(),
        "entities": submission.entities.len(),
        "entries": submission.entries,
    })
}

fn said(counts: &Value) -> String {
    format!(
        "{} authorizations, {} actions, {} holdings, {} entities, of {} entries.",
        counts["authorizations"],
        counts["actions"],
        counts["holdings"],
        counts["entities"],
        counts["entries"]
    )
}

/// Writes one file, or several into a folder that is made.
fn write(out: &Path, files: Vec<(Option<&str>, Vec<u8>)>) -> Result<Value, Failure> {
    let mut written = Vec::with_capacity(files.len());
    for (name, content) in files {
        let path = match name {
            None => out.to_owned(),
            Some(name) => {
                std::fs::create_dir_all(out).map_err(Failure::writing(out))?;
                out.join(name)
            }
        };
        let mut file = OutFile::begin(&path)?;
        file.write(&content)?;
        let (path, digest) = file.end()?;
        written.push(json!({ "file": path, "sha256": digest }));
    }
    Ok(json!(written))
}

/// Makes the report on adjustments.
pub async fn adjustments(source: &Source<'_>, args: AdjustmentArgs) -> Result<Reply, Failure> {
    let form = args.out.as_deref().map(|out| form(args.format, out)).transpose()?;
    let mut fold = AdjustmentFold::new(args.year);
    let broken = |error: jcm_report::FoldError| Failure::other(error.to_string(), exit::UNTRUSTED);
    each_entry(source, |entry| fold.apply(entry).map(|()| true).map_err(broken)).await?;
    let report = fold.finish().map_err(broken)?;
    let other = |error: String| Failure::other(error, exit::OTHER);
    let json = report.to_json().map_err(|error| other(error.to_string()))?;
    let Some((out, form)) = args.out.as_deref().zip(form) else {
        let columns = [
            Column::Left("partner"),
            Column::Right("first transferred (t)"),
            Column::Right("used (t)"),
            Column::Right("still to confirm (t)"),
        ];
        let rows = report.partners.iter().map(|partner| {
            let open: u64 = partner.open().map(|of| of.open_tonnes).sum();
            let tonnes = [partner.first_transferred_tonnes, partner.used_tonnes, open];
            let mut row = vec![partner.party.to_string()];
            row.extend(tonnes.map(crate::amount::grouped));
            row
        });
        let parsed = serde_json::from_str(&json).unwrap_or(Value::Null);
        let text = format!("{}\n\n{}", table(&columns, rows), averages(&report));
        return Ok(Reply::new(parsed, text));
    };
    let day = Date::new(args.year.get(), 12, 31).unwrap_or(Date::LAST);
    let files = match form {
        Form::Xlsx => vec![(None, report.to_xlsx(day).map_err(|error| other(error.to_string()))?)],
        Form::Json => vec![(None, json.into_bytes())],
        Form::Csv => {
            let files = report.to_csv().map_err(|error| other(error.to_string()))?;
            files.into_iter().map(|(name, text)| (Some(name), text.into_bytes())).collect()
        }
    };
    let files = write(out, files)?;
    let text = files_said(&files);
    Ok(Reply::new(json!({ "files": files }), text))
}

/// What each side adds and subtracts in a year, by each rule.
fn averages(report: &AdjustmentReport) -> String {
    let columns = [
        Column::Left("partner"),
        Column::Right("sum (t)"),
        Column::Right("years"),
        Column::Right("t a year"),
        Column::Left("by which rule"),
    ];
    let row = |who: &str, of: &LabelledAverage| {
        let sum = crate::amount::grouped(of.tonnes);
        let (years, average) = (of.years.to_string(), of.average.to_string());
        vec![who.to_owned(), sum, years, average, of.rule.to_string()]
    };
    let of_partners = report.partners.iter().flat_map(|partner| {
        let who = partner.party.to_string();
        partner.averages.iter().map(move |of| row(&who, of))
    });
    let of_japan = report.japan.iter().map(|of| row("all", of));
    table(&columns, of_partners.chain(of_japan))
}

/// Compares with a partner's report.
pub async fn reconciled(source: &Source<'_>, args: ReconcileArgs) -> Result<Reply, Failure> {
    let workbook = std::fs::read(&args.workbook).map_err(Failure::reading(&args.workbook))?;
    let fold = folded(source, args.year, None).await?.fold;
    let ours = fold.finish(&request(args.year, None)?).map_err(|error| wrong(&error))?;
    let found = reconcile(&ours, Party::from(args.partner), &workbook).map_err(|error| {
        Failure::usage(
            format!("{}: {error}", args.workbook.display()),
            "Give the partner's report as a workbook (XLSX).",
        )
    })?;
    let text = compared(&found);
    let json = serde_json::to_value(&found).unwrap_or(Value::Null);
    Ok(Reply::new(json, text))
}

fn compared(found: &Reconciliation) -> String {
    let agreed = crate::amount::grouped(found.agreed_tonnes);
    let mut text = format!(
        "{} with {}: {}. {agreed} t agree in {} pairs of rows.",
        found.partner,
        found.sheet,
        found.verdict,
        found.agreed.len()
    );
    for difference in &found.differences {
        text += &format!("\n       {}", difference.words);
        for (whose, quoted) in [("ours", &difference.ours), ("theirs", &difference.theirs)] {
            if let Some(quoted) = quoted {
                let cells: Vec<String> =
                    quoted.cells.iter().map(|(name, value)| format!("{name}: {value}")).collect();
                text += &format!("\n         {whose}, row {}: {}", quoted.row, cells.join("; "));
            }
        }
    }
    for what in &found.not_compared {
        text += &format!("\n       not compared: {what}");
    }
    text
}
