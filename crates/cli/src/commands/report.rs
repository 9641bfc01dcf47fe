//! Reports as tables (`docs/reports.md`), from the registry or from a copy of the log.

use super::report_article6::{self, AdjustmentArgs, AefArgs, ReconcileArgs};
use super::report_pack;
use super::report_source::{Source, make};
use crate::failure::Failure;
use crate::parse;
use crate::reply::Reply;
use crate::report_file::Shape;
use crate::session::Context;
use clap::{Args, Subcommand, ValueEnum};
use jcm_format::amount::Tonnes;
use jcm_format::id::AccountNumber;
use jcm_format::text::Text;
use jcm_format::time::{Date, Year};
use jcm_report::cut::Cut;
use jcm_report::encode::Format;
use jcm_report::reports::{Query, QueryError, ReportKind};
use std::path::PathBuf;

/// A report.
#[derive(Debug, Subcommand)]
pub enum ReportCommand {
    /// What came to and went from an account between two days
    #[command(
        after_help = "Example:\n  jcm report statement JP-0001001-05 --from 2026-04-01 --to 2027-03-31 --out statement.xlsx"
    )]
    Statement {
        /// The account
        #[arg(value_parser = parse::account)]
        account: AccountNumber,
        /// First day, YYYY-MM-DD
        #[arg(long, value_name = "DATE")]
        from: Date,
        /// Last day, YYYY-MM-DD
        #[arg(long, value_name = "DATE")]
        to: Date,
        /// How it is written.
        #[command(flatten)]
        output: Output,
    },
    /// Who held what: by account, project, vintage, class, restriction and trust
    #[command(
        after_help = "Example:\n  jcm report holdings --at 2026-12-31 --format csv --out holdings.csv\n  jcm report holdings --account JP-0001001-05"
    )]
    Holdings {
        /// Of one account alone
        #[arg(long, value_parser = parse::account)]
        account: Option<AccountNumber>,
        /// How it is written.
        #[command(flatten)]
        output: Output,
    },
    /// What was issued: by partner, project, methodology, vintage and class
    #[command(after_help = "Example:\n  jcm report issuances --year 2026")]
    Issuances {
        /// When it was recorded.
        #[command(flatten)]
        period: Period,
        /// How it is written.
        #[command(flatten)]
        output: Output,
    },
    /// What was retired and cancelled: by use, beneficiary and year
    #[command(
        after_help = "Example:\n  jcm report uses --year 2026\n  jcm report uses --account JP-0001001-05 --format json"
    )]
    Uses {
        /// When it was recorded.
        #[command(flatten)]
        period: Period,
        /// Fiscal year of the reports that are served
        #[arg(long, value_name = "YEAR", value_parser = parse::year)]
        reporting_year: Option<Year>,
        /// Whose.
        #[command(flatten)]
        who: Who,
        /// How it is written.
        #[command(flatten)]
        output: Output,
    },
    /// The balance sheet: issued = held + retired + cancelled, by project and vintage
    #[command(after_help = "Example:\n  jcm report balance --at 2026-12-31 --out balance.xlsx")]
    Balance {
        /// How it is written.
        #[command(flatten)]
        output: Output,
    },
    /// What serves the reports of emitters under the Act (SHK)
    #[command(
        after_help = "Example:\n  jcm report shk --year 2026 --out shk-2026.xlsx\n\nEvery range of units with its identification numbers, and why it may serve such a report."
    )]
    Shk {
        /// Fiscal year of the reports that are served
        #[arg(long, value_name = "YEAR", value_parser = parse::year)]
        year: Option<Year>,
        /// Whose.
        #[command(flatten)]
        who: Who,
        /// How it is written.
        #[command(flatten)]
        output: Output,
    },
    /// What one emitter reports of one year: type, quantity, identification numbers
    #[command(
        name = "shk-form",
        after_help = "Example:\n  jcm report shk-form --year 2026 --beneficiary 'Example K.K.' --out shk.csv\n\nOrder on the reporting of greenhouse gas emissions, art. 4-2(2)."
    )]
    ShkForm {
        /// Fiscal year of the report
        #[arg(long, value_name = "YEAR", value_parser = parse::year)]
        year: Year,
        /// Whose.
        #[command(flatten)]
        who: Who,
        /// How it is written.
        #[command(flatten)]
        output: Output,
    },
    /// What serves the emissions trading system (GX-ETS)
    #[command(
        name = "gx-ets",
        after_help = "Example:\n  jcm report gx-ets --year 2026 --format csv --out gx-ets.csv\n  jcm report gx-ets --year 2026 --account JP-0001001-05 --emissions 1,200,000"
    )]
    GxEts {
        /// What the emitter emitted in the year, in tonnes, to see what the cap allows
        #[arg(long, value_name = "TONNES", value_parser = parse::tonnes)]
        emissions: Option<Tonnes>,
        /// Fiscal year of the reports that are served
        #[arg(long, value_name = "YEAR", value_parser = parse::year)]
        year: Option<Year>,
        /// Whose.
        #[command(flatten)]
        who: Who,
        /// How it is written.
        #[command(flatten)]
        output: Output,
    },
    /// The annual report of Article 6 (Agreed Electronic Format), checked
    Aef(AefArgs),
    /// One table of the annual report of Article 6, on the screen or as a file
    #[command(
        name = "aef-table",
        after_help = "Example:\n  jcm report aef-table actions 2026\n  jcm report aef-table holdings 2026 --format csv --out holdings.csv\n\nThe registry makes it, or a copy of the log with --export; its rows are those of `jcm report aef`."
    )]
    AefTable {
        /// Which table
        table: AefTable,
        /// The calendar year on which it reports
        #[arg(value_parser = parse::year)]
        year: Year,
        /// How it is written.
        #[command(flatten)]
        output: Output,
    },
    /// Corresponding adjustments, averages and what partners have still to confirm
    Adjustments(AdjustmentArgs),
    /// Our acquisitions against a partner's report of first transfers
    Reconcile(ReconcileArgs),
    /// Everything of a calendar year in one folder, with an index of digests
    #[command(
        after_help = "Example:\n  jcm report pack 2026 --out year-2026\n  jcm report pack 2026 --out year-2026 --export registry.jcmlog\n\nThe log is read up to the end of 31 December in Japan: whoever has it makes the same files."
    )]
    Pack {
        /// The calendar year
        #[arg(value_parser = parse::year)]
        year: Year,
        /// The folder to make
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
        /// Make it from an export of the log or a data folder, without a registry
        #[arg(long, value_name = "PATH")]
        export: Option<PathBuf>,
    },
}

/// A table of the Agreed Electronic Format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AefTable {
    /// Table 1: what is submitted
    Submission,
    /// Table 2: authorisations
    Authorizations,
    /// Table 3: what was done with units
    Actions,
    /// Table 4: what was held on 31 December
    Holdings,
    /// Table 5: authorised entities
    Entities,
}

impl From<AefTable> for ReportKind {
    fn from(table: AefTable) -> ReportKind {
        match table {
            AefTable::Submission => ReportKind::AefSubmission,
            AefTable::Authorizations => ReportKind::AefAuthorizations,
            AefTable::Actions => ReportKind::AefActions,
            AefTable::Holdings => ReportKind::AefHoldings,
            AefTable::Entities => ReportKind::AefEntities,
        }
    }
}

/// In whose favour, and whose units.
#[derive(Debug, Clone, Args)]
pub struct Who {
    /// Of units of one account alone
    #[arg(long, value_parser = parse::account)]
    account: Option<AccountNumber>,
    /// In favour of one alone, by the name or number recorded, or a holder's own
    #[arg(long, value_name = "NAME", value_parser = parse::text)]
    beneficiary: Option<Text>,
}

/// Days of the record in Japan.
#[derive(Debug, Clone, Args)]
pub struct Period {
    /// Calendar year of the record, in place of --from and --to
    #[arg(long, value_name = "YEAR", value_parser = parse::year, conflicts_with_all = ["from", "to"])]
    year: Option<Year>,
    /// First day of the record, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// Last day of the record, YYYY-MM-DD
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
}

impl Period {
    fn days(&self) -> (Option<Date>, Option<Date>) {
        match self.year {
            Some(year) => (Date::new(year.get(), 1, 1), Date::new(year.get(), 12, 31)),
            None => (self.from, self.to),
        }
    }
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shown {
    /// Comma-separated values
    Csv,
    /// A workbook
    Xlsx,
    /// One JSON document
    Json,
    /// For people
    Table,
}

/// What every report has.
#[derive(Debug, Clone, Args)]
pub struct Output {
    /// Cut-off: number of the last entry, day YYYY-MM-DD, or moment YYYY-MM-DDTHH:MM:SS in Japan;
    /// without it all that there is
    #[arg(long, value_name = "CUT-OFF")]
    pub at: Option<Cut>,
    /// csv, xlsx, json or table; without it what the ending of --out says, else a table
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Shown>,
    /// Where to write it; without it, it is shown
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Make it from an export of the log or a data folder, without a registry
    #[arg(long, value_name = "PATH")]
    pub export: Option<PathBuf>,
}

impl Output {
    fn shape(&self, json: bool) -> Result<Shape, Failure> {
        let ending = self.out.as_ref().and_then(|out| out.extension()?.to_str());
        Ok(match (self.format, ending) {
            (Some(Shown::Csv), _) => Shape::File(Format::Csv),
            (Some(Shown::Xlsx), _) => Shape::File(Format::Xlsx),
            (Some(Shown::Json), _) => Shape::File(Format::Json),
            (Some(Shown::Table), _) => Shape::Table,
            (None, Some("txt")) => Shape::Table,
            (None, Some(ending)) => Shape::File(ending.parse().map_err(|_| {
                Failure::usage(
                    format!("--out: what kind of file ends with .{ending}?"),
                    "Give --format csv, xlsx, json or table.",
                )
            })?),
            (None, None) if self.out.is_some() => {
                return Err(Failure::usage(
                    "--out: the name does not say what kind of file it is",
                    "Give --format csv, xlsx, json or table.",
                ));
            }
            (None, None) if json => Shape::File(Format::Json),
            (None, None) => Shape::Table,
        })
    }
}

/// Makes a report.
pub async fn run(context: &Context, command: ReportCommand, json: bool) -> Result<Reply, Failure> {
    let (query, output) = match command {
        ReportCommand::Pack { year, out, export } => {
            let source = Source::of(context, export.as_deref())?;
            return report_pack::run(&source, year, &out).await;
        }
        ReportCommand::Aef(args) => {
            return report_article6::aef(&Source::of(context, args.export.as_deref())?, args).await;
        }
        ReportCommand::Adjustments(args) => {
            let source = Source::of(context, args.export.as_deref())?;
            return report_article6::adjustments(&source, args).await;
        }
        ReportCommand::Reconcile(args) => {
            let source = Source::of(context, args.export.as_deref())?;
            return report_article6::reconciled(&source, args).await;
        }
        command => asked(command)?,
    };
    query.check().map_err(not_answered)?;
    let shape = output.shape(json)?;
    let source = Source::of(context, output.export.as_deref())?;
    make(&source, query, shape, output.out.as_deref()).await
}

fn asked(command: ReportCommand) -> Result<(Query, Output), Failure> {
    let of =
        |kind, output: &Output| Query { cut: output.at.unwrap_or(Cut::Newest), ..Query::of(kind) };
    let served = |kind, year, who: Who, output: Output| {
        let Who { account, beneficiary } = who;
        (Query { account, beneficiary, year, ..of(kind, &output) }, output)
    };
    Ok(match command {
        ReportCommand::Statement { account, from, to, output } => {
            let query = of(ReportKind::Statement, &output);
            (Query { account: Some(account), from: Some(from), to: Some(to), ..query }, output)
        }
        ReportCommand::Holdings { account, output } => {
            (Query { account, ..of(ReportKind::Holdings, &output) }, output)
        }
        ReportCommand::Issuances { period, output } => {
            let (from, to) = period.days();
            (Query { from, to, ..of(ReportKind::Issuances, &output) }, output)
        }
        ReportCommand::Uses { period, reporting_year, who, output } => {
            let (from, to) = period.days();
            let (query, output) = served(ReportKind::Uses, reporting_year, who, output);
            (Query { from, to, ..query }, output)
        }
        ReportCommand::Balance { output } => (of(ReportKind::Balance, &output), output),
        ReportCommand::Shk { year, who, output } => served(ReportKind::Shk, year, who, output),
        ReportCommand::ShkForm { year, who, output } => {
            served(ReportKind::ShkForm, Some(year), who, output)
        }
        ReportCommand::GxEts { emissions, year, who, output } => {
            let (query, output) = served(ReportKind::GxEts, year, who, output);
            (Query { emissions, ..query }, output)
        }
        ReportCommand::AefTable { table, year, output } => {
            (Query { year: Some(year), ..of(table.into(), &output) }, output)
        }
        // These are more than a table, and are made before.
        ReportCommand::Pack { .. }
        | ReportCommand::Aef(_)
        | ReportCommand::Adjustments(_)
        | ReportCommand::Reconcile(_) => {
            return Err(Failure::usage("this report is no table", ""));
        }
    })
}

fn not_answered(error: QueryError) -> Failure {
    let QueryError { field, wanted } = error;
    Failure::usage(format!("--{field}: {wanted}"), "See the help of this report.")
}
