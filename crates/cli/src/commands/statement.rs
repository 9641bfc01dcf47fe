//! Statements of account, and the evidence behind one.

use super::trust::range_texts;
use crate::amount::grouped;
use crate::failure::Failure;
use crate::home::write_private;
use crate::parse;
use crate::reply::{Column, Reply, document, parsed, table};
use crate::session::{Context, Session};
use clap::{Args, Subcommand};
use jcm_client::{ClientError, wire};
use jcm_format::command::book_year;
use jcm_format::event::Effect;
use jcm_format::id::AccountNumber;
use jcm_format::time::{Date, Timestamp, Year};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Opening balance, movements and closing balance of an account.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jcm statement JP-0001001-05 --from 2026-04-01 --to 2027-03-31\n  jcm statement JP-0001001-05 --csv --out statement.csv",
    args_conflicts_with_subcommands = true
)]
pub struct StatementArgs {
    /// The account
    #[arg(value_parser = parse::account, required = true)]
    account: Option<AccountNumber>,
    /// First day, YYYY-MM-DD; without it 1 April before the last day
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// Last day, YYYY-MM-DD; without it today in Japan
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
    /// As a table for programs (CSV)
    #[arg(long)]
    csv: bool,
    /// Where to write it; without it, it is shown
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// More.
    #[command(subcommand)]
    command: Option<StatementCommand>,
}

/// More of statements.
#[derive(Debug, Subcommand)]
pub enum StatementCommand {
    /// Write a year's statement with every entry behind it, each with its proof
    #[command(
        after_help = "Example:\n  jcm statement pack JP-0001001-05 --year 2026 --out evidence-2026.json\n\nEvery proof is checked before the file is written. Whoever is given the file needs nothing of the\nregistry's but its log key; docs/cli.md describes it."
    )]
    Pack {
        /// The account
        #[arg(value_parser = parse::account)]
        account: AccountNumber,
        /// The calendar year in which the fiscal year begins, on 1 April
        #[arg(long, value_parser = parse::year)]
        year: Year,
        /// Where to write it
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Replace the file if there is one
        #[arg(long)]
        force: bool,
    },
}

/// Shows a statement, or writes the evidence behind one.
pub async fn run(context: &Context, args: StatementArgs) -> Result<Reply, Failure> {
    let account = match (args.command, args.account) {
        (Some(StatementCommand::Pack { account, year, out, force }), _) => {
            if !force && out.exists() {
                return Err(Failure::usage(
                    format!("--out {}: there is a file already", out.display()),
                    "Choose another name, or replace it with --force.",
                ));
            }
            return pack(context, account, year, out).await;
        }
        (None, Some(account)) => account,
        (None, None) => return Err(Failure::usage("of which account?", "Name the account.")),
    };
    let client = context.connect().await?;
    let today = day_in_japan(client.registry().await?.now_ms)?;
    let to = args.to.unwrap_or(today);
    not_after_today(&format!("--to {to}"), to, today)?;
    let from = args.from.or_else(|| Date::new(book_year(to).get(), 4, 1)).unwrap_or(to);
    let request = wire::GetStatementRequest {
        account: account.get(),
        from: from.to_string(),
        to: to.to_string(),
    };
    let statement = client.statement(request).await?;
    let json = parsed(&statement.json, "the statement")?;
    let text = if args.csv { statement.csv } else { shown(&statement) };
    document(json, text, args.out.as_deref())
}

fn shown(statement: &wire::Statement) -> String {
    let account = AccountNumber::new(statement.account);
    let account = account.map_or_else(String::new, |account| account.to_string());
    let columns = [
        Column::Right("entry"),
        Column::Left("date"),
        Column::Left("movement"),
        Column::Right("tonnes"),
        Column::Left("other account"),
        Column::Left("units"),
        Column::Left("use"),
        Column::Right("balance (t)"),
    ];
    let row = |m: &wire::Movement| {
        let day = Timestamp::from_ms(m.time_ms);
        let other = AccountNumber::new(m.counterparty);
        let year = if m.reporting_year == 0 { String::new() } else { m.reporting_year.to_string() };
        let use_ = [m.r#use.as_str(), year.as_str(), m.beneficiary.as_str()];
        let use_: Vec<_> = use_.into_iter().filter(|word| !word.is_empty()).collect();
        vec![
            m.entry.to_string(),
            day.map_or_else(String::new, |day| day.date_in_japan().to_string()),
            m.kind.clone(),
            grouped(m.quantity_tonnes),
            other.map_or_else(String::new, |other| other.to_string()),
            range_texts(&m.ranges).join("\n"),
            use_.join(" "),
            grouped(m.balance_tonnes),
        ]
    };
    let (from, to) = (&statement.from, &statement.to);
    let opening = grouped(statement.opening_tonnes);
    let closing = grouped(statement.closing_tonnes);
    let movements = table(&columns, statement.movements.iter().map(row));
    format!(
        "account {account}, {from} to {to}\n\nopening balance {opening} t\n\n{movements}\n\n\
         closing balance {closing} t\nafter {} entries",
        grouped(statement.entries)
    )
}

fn day_in_japan(now_ms: u64) -> Result<Date, Failure> {
    let now = Timestamp::from_ms(now_ms);
    let now = now.ok_or(ClientError::Malformed { what: "the registry's clock" })?;
    Ok(now.date_in_japan())
}

/// What has not happened yet is in no statement.
fn not_after_today(flag: &str, day: Date, today: Date) -> Result<(), Failure> {
    if day <= today {
        return Ok(());
    }
    Err(Failure::usage(
        format!("{flag} lies in the future: today is {today} in Japan"),
        "Give a day that has begun, or a fiscal year that has.",
    ))
}

/// An entry that a statement rests on.
struct Evidence {
    role: &'static str,
    bytes_base64: String,
    proof: String,
}

async fn pack(
    context: &Context,
    account: AccountNumber,
    year: Year,
    out: PathBuf,
) -> Result<Reply, Failure> {
    let (from, to) = fiscal_year(year).ok_or_else(|| {
        Failure::usage(format!("--year {year} has no end"), "Give an earlier year.")
    })?;
    let mut session = context.open().await?;
    let today = day_in_japan(session.info.now_ms)?;
    not_after_today(&format!("--year {year}"), from, today)?;
    // Of a year that lasts: as far as it has come.
    let to = to.min(today);
    let request = wire::GetStatementRequest {
        account: account.get(),
        from: from.to_string(),
        to: to.to_string(),
    };
    let statement = session.client.statement(request).await?;
    let movements: BTreeSet<u64> = statement.movements.iter().map(|m| m.entry).collect();
    let mut entries = BTreeMap::new();
    for entry in movements {
        let (evidence, application) = evidence(&mut session, entry, "movement").await?;
        entries.insert(entry, evidence);
        if let Some(application) = application
            && !entries.contains_key(&application)
        {
            let (evidence, _) = self::evidence(&mut session, application, "application").await?;
            entries.insert(application, evidence);
        }
    }
    let entry = |(entry, evidence): (&u64, &Evidence)| -> Value {
        json!({
            "entry": entry,
            "role": evidence.role,
            "bytes_base64": evidence.bytes_base64,
            "proof": evidence.proof,
        })
    };
    let pack = json!({
        "format": "jcm-evidence/v1",
        "readme_ja": README_JA,
        "readme_en": README_EN,
        "registry": session.info.origin,
        "log_key": session.trust.log_key().to_string(),
        "account": account,
        "statement": parsed(&statement.json, "the statement")?,
        "entries": entries.iter().map(entry).collect::<Vec<_>>(),
    });
    let text = serde_json::to_string_pretty(&pack)
        .map_err(|error| Failure::usage(error.to_string(), ""))?;
    write_private(&out, format!("{text}\n").as_bytes())?;
    let json = json!({
        "file": out,
        "account": account,
        "from": from.to_string(),
        "to": to.to_string(),
        "entries": entries.len(),
    });
    let text = format!(
        "Statement of {account} from {from} to {to} with {} entries, each proof checked: {}",
        entries.len(),
        out.display()
    );
    Ok(Reply::new(json, text))
}

const README_JA: &str = "口座の計算書と、その根拠となる各記録及びその記録がログに含まれることの証明です。\
     証明はログの公開鍵のみで検証できます（jcm receipt check --log-key）。計算書そのものは口座簿の表示であり、\
     証明されるのは各記録です。";

const README_EN: &str = "A statement of account, the entries that it rests on, and for each a proof that \
     the log contains it. A proof is checked with the log's public key alone (jcm receipt check --log-key). \
     The statement itself is the registry's word; what is proved are the entries.";

/// First and last day of a fiscal year.
fn fiscal_year(year: Year) -> Option<(Date, Date)> {
    let next = year.next()?;
    Some((Date::new(year.get(), 4, 1)?, Date::new(next.get(), 3, 31)?))
}

/// An entry with its proof, checked; and the application that it recorded.
async fn evidence(
    session: &mut Session,
    entry: u64,
    role: &'static str,
) -> Result<(Evidence, Option<u64>), Failure> {
    let proof = session.client.proof_of(entry).await?;
    let receipt = session.client.check_any_receipt(&proof, &mut session.trust).await?;
    if receipt.index().get() != entry {
        return Err(ClientError::Malformed { what: "a proof of another entry" }.into());
    }
    let application = receipt.entry().event.0.iter().find_map(|effect| match effect {
        Effect::TransferRecorded { application } => application.map(|entry| entry.get()),
        _ => None,
    });
    // The proof carries the entry's bytes in this line.
    let bytes = proof.lines().find_map(|line| line.strip_prefix("extra "));
    let bytes_base64 = bytes.ok_or(ClientError::Malformed { what: "a proof without its entry" })?;
    let bytes_base64 = bytes_base64.to_owned();
    Ok((Evidence { role, bytes_base64, proof }, application))
}
