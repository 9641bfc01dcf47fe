//! What the implementing body does beside applications: corrections, books, fee
//! ledger, publication, erasure.

use crate::act::{ActArgs, act};
use crate::amount::grouped;
use crate::failure::Failure;
use crate::files::{self, correction};
use crate::parse;
use crate::reply::{Column, Reply, document, pairs, parsed, table};
use crate::session::Context;
use clap::{Args, Subcommand, ValueEnum};
use jcm_client::wire;
use jcm_format::command::Body;
use jcm_format::hash::Digest;
use jcm_format::text::Text;
use jcm_format::time::{Date, Year};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Corrections of the record: record.
#[derive(Debug, Subcommand)]
pub enum CorrectionCommand {
    /// Correct the record of an account (registry ordinance, art. 15), as two operators
    #[command(
        after_help = "Example:\n  jcm correction record correction.toml --key operator-07.key --key operator-08.key\n\nThe file is described in docs/cli.md."
    )]
    Record {
        /// The correction
        file: PathBuf,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
}

/// Books of a year, from April to March: close, show.
#[derive(Debug, Subcommand)]
pub enum BooksCommand {
    /// Close a year that has ended, as two operators
    #[command(
        after_help = "Example:\n  jcm books close 2025 --key operator-07.key --key operator-08.key"
    )]
    Close {
        /// The calendar year in which it began
        #[arg(value_parser = parse::year)]
        year: Year,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// Show a year
    #[command(after_help = "Example:\n  jcm books show 2025 --format csv --out books-2025.csv")]
    Show {
        /// The calendar year in which it began
        #[arg(value_parser = parse::year)]
        year: Year,
        /// In which form
        #[arg(long, value_enum, default_value_t = BooksFormat::Text)]
        format: BooksFormat,
        /// Where to write it; without it, it is shown
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// Form of the books.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum BooksFormat {
    /// Names and numbers
    Text,
    /// A table for programs
    Csv,
    /// The document (帳簿), in Japanese
    Markdown,
}

/// Fee income.
#[derive(Debug, Subcommand)]
pub enum FeesCommand {
    /// Fee income by day, month or fiscal year
    #[command(
        after_help = "Example:\n  jcm fees ledger --by month --from 2026-04-01 --to 2027-03-31"
    )]
    Ledger {
        /// For each
        #[arg(long, value_enum, default_value_t = By::Month)]
        by: By,
        /// First day, YYYY-MM-DD
        #[arg(long, value_name = "DATE")]
        from: Option<Date>,
        /// Last day, YYYY-MM-DD
        #[arg(long, value_name = "DATE")]
        to: Option<Date>,
        /// As a table for programs (CSV)
        #[arg(long)]
        csv: bool,
        /// Where to write it; without it, it is shown
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// For what each line of the fee ledger is.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum By {
    /// A day
    Day,
    /// A month
    Month,
    /// A fiscal year, from April to March
    FiscalYear,
}

/// What the registry publishes (registry ordinance, art. 16).
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jcm publication\n  jcm publication --csv years --out years.csv"
)]
pub struct PublicationArgs {
    /// One part of it, as a table for programs (CSV)
    #[arg(long, value_name = "PART")]
    csv: Option<Part>,
    /// Where to write it; without it, it is shown
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// A part of the publication.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Part {
    /// Holders with names and head offices
    Holders,
    /// Totals by account category
    Totals,
    /// Transactions by year
    Years,
}

/// Erase personal data from the private store for good, as two operators.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jcm erase 6f1c4e0f8f3a3a2c1c0e7c0a5d2b9f8e7d6c5b4a39281706f5e4d3c2b1a09f8e \\\n    --reason '保存期間の満了' --key operator-07.key --key operator-08.key\n\nThe commitment stays in the log; what it stands for is gone. Nothing brings it back.\nThe copy in the home folder is removed, too; copies on other computers are theirs to remove."
)]
pub struct EraseArgs {
    /// The commitment to the data, 64 hexadecimal digits; `jcm entry` and `jcm application show` show it
    #[arg(value_parser = parse::commitment)]
    commitment: Digest,
    /// Why; recorded and public
    #[arg(long, value_parser = parse::text)]
    reason: Text,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// Runs one of them.
pub async fn correction(context: &Context, command: CorrectionCommand) -> Result<Reply, Failure> {
    let CorrectionCommand::Record { file, act: args } = command;
    let read = files::read(&file, "a correction", |folder, file| correction::read(folder, &file));
    let (correction, private) = read?;
    let mut session = context.open().await?;
    act(context, &mut session, &args, Body::RecordCorrection(correction), private).await
}

/// Erases.
pub async fn erase(context: &Context, args: EraseArgs) -> Result<Reply, Failure> {
    let EraseArgs { commitment, reason, act: act_args } = args;
    let mut session = context.open().await?;
    let body = Body::EraseData { commitment, reason };
    act(context, &mut session, &act_args, body, Vec::new()).await
}

/// Runs one of them.
pub async fn books(context: &Context, command: BooksCommand) -> Result<Reply, Failure> {
    match command {
        BooksCommand::Close { year, act: args } => {
            let mut session = context.open().await?;
            act(context, &mut session, &args, Body::CloseBooks { year }, Vec::new()).await
        }
        BooksCommand::Show { year, format, out } => {
            let books = context.connect().await?.books(u32::from(year.get())).await?;
            let json = json!({
                "year": books.year,
                "closed": books.closed,
                "closed_entry": (books.closed_entry != 0).then_some(books.closed_entry),
                "totals": parsed(&books.totals_json, "the books")?,
            });
            let text = match format {
                BooksFormat::Text => year_of_books(&books, &json),
                BooksFormat::Csv => books.csv,
                BooksFormat::Markdown => books.markdown_ja,
            };
            document(json, text, out.as_deref())
        }
    }
}

/// What a year amounts to, in the order of the specification (`entry.md`).
const BOOK_TOTALS: [(&str, &str); 16] = [
    ("entries", "entries"),
    ("received", "applications received"),
    ("recorded", "applications recorded"),
    ("refused", "applications refused"),
    ("withdrawn", "applications withdrawn"),
    ("lapsed", "applications lapsed"),
    ("payments_yen", "payments (yen)"),
    ("account_opening_fees_yen", "fees for opening an account (yen)"),
    ("transfer_fees_yen", "fees for transfers (yen)"),
    ("certificate_fees_yen", "fees for certificates (yen)"),
    ("refunded_yen", "paid back (yen)"),
    ("issued_tonnes", "issued (t)"),
    ("transferred_tonnes", "transferred (t)"),
    ("retired_tonnes", "retired (t)"),
    ("cancelled_tonnes", "cancelled (t)"),
    ("corrected_tonnes", "corrected (t)"),
];

fn year_of_books(books: &wire::Books, json: &Value) -> String {
    let state = match books.closed_entry {
        0 => "open".to_owned(),
        entry => format!("closed by entry {entry}"),
    };
    let head = [
        ("year", format!("{} (from April {} to March of the next)", books.year, books.year)),
        ("books", state),
    ];
    let totals = &json["totals"];
    let row = |(field, name): &(&str, &str)| {
        let amount = totals[*field].as_u64().map_or_else(|| totals[*field].to_string(), grouped);
        vec![(*name).to_owned(), amount]
    };
    let rows = BOOK_TOTALS.iter().map(row);
    let columns = [Column::Left("what"), Column::Right("amount")];
    format!("{}\n\n{}", pairs(head), table(&columns, rows))
}

/// Runs one of them.
pub async fn fees(context: &Context, command: FeesCommand) -> Result<Reply, Failure> {
    let FeesCommand::Ledger { by, from, to, csv, out } = command;
    let day = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
    let by = match by {
        By::Day => "day",
        By::Month => "month",
        By::FiscalYear => "fiscal-year",
    };
    let request = wire::GetFeeLedgerRequest { from: day(from), to: day(to), by: by.to_owned() };
    let ledger = context.connect().await?.fee_ledger(request).await?;
    let json = parsed(&ledger.json, "the fee ledger")?;
    let text = if csv { ledger.csv } else { fee_table(&ledger) };
    document(json, text, out.as_deref())
}

fn fee_table(ledger: &wire::FeeLedger) -> String {
    let columns = [
        Column::Left("period"),
        Column::Right("received (yen)"),
        Column::Right("account opening"),
        Column::Right("transfer"),
        Column::Right("certificate"),
        Column::Right("refunded"),
        Column::Right("not applied"),
    ];
    let row = |name: &str, row: &wire::FeeLedgerRow| {
        let amounts = [
            row.received_yen,
            row.account_opening_yen,
            row.transfer_yen,
            row.certificate_yen,
            row.refunded_yen,
            row.unapplied_yen,
        ];
        [vec![name.to_owned()], amounts.map(grouped).to_vec()].concat()
    };
    let total = ledger.total.as_ref().map(|total| row("total", total));
    let rows = ledger.rows.iter().map(|each| row(&each.period, each)).chain(total);
    format!("{}\n\nafter {} entries", table(&columns, rows), grouped(ledger.entries))
}

/// What the registry publishes.
pub async fn publication(context: &Context, args: PublicationArgs) -> Result<Reply, Failure> {
    let publication = context.connect().await?.publication(0).await?;
    let json = parsed(&publication.json, "the publication")?;
    let text = match args.csv {
        Some(Part::Holders) => publication.csv_holders,
        Some(Part::Totals) => publication.csv_totals,
        Some(Part::Years) => publication.csv_years,
        None => published(&publication),
    };
    document(json, text, args.out.as_deref())
}

fn published(publication: &wire::Publication) -> String {
    let columns = [
        Column::Left("account"),
        Column::Left("holder"),
        Column::Left("holder (en)"),
        Column::Left("head office"),
        Column::Left("head office (en)"),
    ];
    let row = |holder: &wire::PublishedHolder| {
        let withheld = if holder.withheld { "withheld" } else { "" };
        let name = if holder.withheld { withheld } else { &holder.name_ja };
        let rest = [name, &holder.name_en, &holder.head_office_ja, &holder.head_office_en];
        [vec![holder.account.clone()], rest.map(str::to_owned).to_vec()].concat()
    };
    let holders = table(&columns, publication.holders.iter().map(row));
    let rows =
        publication.totals.iter().map(|t| vec![t.category.clone(), grouped(t.quantity_tonnes)]);
    let totals = table(&[Column::Left("category"), Column::Right("tonnes")], rows);
    let columns = [
        Column::Right("year"),
        Column::Right("issued (t)"),
        Column::Right("transferred (t)"),
        Column::Right("retired (t)"),
        Column::Right("cancelled (t)"),
        Column::Right("corrected (t)"),
        Column::Right("transactions"),
    ];
    let row = |y: &wire::YearOfTransactions| {
        let amounts = [
            y.issued_tonnes,
            y.transferred_tonnes,
            y.retired_tonnes,
            y.cancelled_tonnes,
            y.corrected_tonnes,
            y.transactions,
        ];
        [vec![y.year.to_string()], amounts.map(grouped).to_vec()].concat()
    };
    let years = table(&columns, publication.years.iter().map(row));
    let entries = grouped(publication.entries);
    format!(
        "Holders\n{holders}\n\nTotals\n{totals}\n\nTransactions\n{years}\n\nafter {entries} entries"
    )
}
