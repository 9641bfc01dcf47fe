//! Looking things up. The answers are the registry's word; `jcm proof` and
//! `jcm export` prove.

use crate::amount::grouped;
use crate::describe;
use crate::failure::Failure;
use crate::parse;
use crate::reply::{Column, Reply, pairs, table};
use crate::session::Context;
use clap::Args;
use jcm_client::reads::Subject;
use jcm_client::wire;
use jcm_format::entry::SealedEntry;
use jcm_format::id::{AccountNumber, ProjectRef};
use jcm_format::time::Timestamp;
use serde_json::{Value, json};

/// What an account holds.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jcm holdings JP-0001001-05")]
pub struct HoldingsArgs {
    /// The account
    #[arg(value_parser = parse::account)]
    account: AccountNumber,
}

/// Entries that concern one thing.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jcm history --account JP-0001001-05\n  jcm history --block 7")]
#[group(required = true, multiple = false)]
pub struct HistoryArgs {
    /// An account
    #[arg(long, value_parser = parse::account)]
    account: Option<AccountNumber>,
    /// An application, by the entry that recorded it
    #[arg(long, value_name = "ENTRY", value_parser = parse::number::<u64>)]
    application: Option<u64>,
    /// A payment, by the entry that recorded it
    #[arg(long, value_name = "ENTRY", value_parser = parse::number::<u64>)]
    payment: Option<u64>,
    /// A project
    #[arg(long, value_parser = parse::project)]
    project: Option<ProjectRef>,
    /// A block
    #[arg(long, value_parser = parse::number::<u32>)]
    block: Option<u32>,
}

/// One entry.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jcm entry 42")]
pub struct EntryArgs {
    /// Its number
    #[arg(value_parser = parse::number::<u64>)]
    entry: u64,
}

/// What an account holds.
pub async fn holdings(context: &Context, args: HoldingsArgs) -> Result<Reply, Failure> {
    let holdings = context.connect().await?.holdings(args.account.get()).await?;
    let total: u64 = holdings.iter().map(|stretch| stretch.quantity_tonnes).sum();
    let json = json!({
        "account": args.account,
        "holdings": holdings.iter().map(stretch).collect::<Vec<_>>(),
        "total_tonnes": total,
    });
    let text = format!("{}\n\ntotal {} t", stretches(&holdings), grouped(total));
    Ok(Reply::new(json, text))
}

/// The entries that concern one thing.
pub async fn history(context: &Context, args: HistoryArgs) -> Result<Reply, Failure> {
    let subject = args
        .account
        .map(|account| Subject::Account(account.get()))
        .or(args.application.map(Subject::Application))
        .or(args.payment.map(Subject::Payment))
        .or(args.project.map(|project| Subject::Project(project.to_string())))
        .or(args.block.map(Subject::Block));
    let subject = subject.ok_or_else(|| Failure::usage("history of what?", "Name one thing."))?;
    let entries = context.connect().await?.history(subject).await?;
    let columns = [
        Column::Right("entry"),
        Column::Left("time"),
        Column::Left("command"),
        Column::Left("effects"),
    ];
    let row = |entry: &wire::EntrySummary| {
        let effects = entry.effects.join("\n");
        vec![entry.entry.to_string(), time(entry.time_ms), entry.command.clone(), effects]
    };
    let text = table(&columns, entries.iter().map(row));
    Ok(Reply::new(entries.iter().map(summary).collect(), text))
}

/// One entry, in words and whole.
pub async fn entry(context: &Context, args: EntryArgs) -> Result<Reply, Failure> {
    let answer = context.connect().await?.entry(args.entry).await?;
    let words = answer.summary.unwrap_or_default();
    // From the bytes, which count, and not from the registry's rendering of them.
    let entry = SealedEntry::open(answer.entry)
        .map_err(|_| jcm_client::ClientError::Malformed { what: "the entry's bytes" })?;
    let json = json!({
        "summary": summary(&words),
        "leaf": entry.leaf(),
        "entry": entry.entry(),
    });
    let signers = entry.entry().command.signatures.iter().map(|s| s.key.to_string());
    let mut lines = vec![
        ("entry", entry.entry().index.to_string()),
        ("time", entry.entry().time.to_string()),
        ("command", words.command.clone()),
        ("rule set", entry.entry().rule_set.to_string()),
        ("leaf hash", entry.leaf().to_string()),
    ];
    lines.extend(signers.map(|key| ("signed by", key)));
    let effects = jcm_client::words::event(&entry.entry().event);
    lines.extend(effects.into_iter().map(|effect| ("effect", effect)));
    lines.extend(commitments(&entry));
    Ok(Reply::new(json, pairs(lines)))
}

/// What `jcm erase` takes: commitments to data outside the log.
pub(super) fn commitments(entry: &SealedEntry) -> Vec<(&'static str, String)> {
    let payload = entry.entry().command.payload.clone();
    let Ok(command) = jcm_client::UnsignedCommand::from_payload(payload) else {
        return Vec::new();
    };
    describe::commitments(&command.command().body)
}

fn summary(entry: &wire::EntrySummary) -> Value {
    json!({
        "entry": entry.entry,
        "time": time(entry.time_ms),
        "command": entry.command,
        "effects": entry.effects,
    })
}

fn time(ms: u64) -> String {
    Timestamp::from_ms(ms).map_or_else(String::new, |time| time.to_string())
}

/// Units of one stretch, as block:first-last.
pub(super) fn range_text(stretch: &wire::UnitStretch) -> String {
    let range = stretch.range.unwrap_or_default();
    format!("{}:{}-{}", range.block, range.first, range.last)
}

/// Units that are alike, for programs.
pub(super) fn stretch(stretch: &wire::UnitStretch) -> Value {
    let block = stretch.block.clone().unwrap_or_default();
    let entry = |entry: u64| (entry != 0).then_some(entry);
    json!({
        "range": range_text(stretch),
        "quantity_tonnes": stretch.quantity_tonnes,
        "account": stretch.account,
        "block": block.number,
        "project": block.project,
        "vintage": block.vintage,
        "issued_on": block.issued_on,
        "class": block.class,
        "issuance_entry": block.issuance_entry,
        "reserved_by": entry(stretch.reserved_by),
        "japan_authorisation": entry(stretch.japan_authorisation),
        "partner_authorisation": entry(stretch.partner_authorisation),
        "identification_first": stretch.identification_first,
        "identification_last": stretch.identification_last,
        "itmo_first": (!stretch.itmo_first.is_empty()).then_some(&stretch.itmo_first),
        "itmo_last": (!stretch.itmo_last.is_empty()).then_some(&stretch.itmo_last),
        "trust": entry(stretch.trust),
        "restriction": entry(stretch.restriction),
    })
}

/// Units that are alike, for people.
pub(super) fn stretches(units: &[wire::UnitStretch]) -> String {
    let columns = [
        Column::Left("units"),
        Column::Right("tonnes"),
        Column::Left("account"),
        Column::Left("project"),
        Column::Right("vintage"),
        Column::Left("class"),
        Column::Left("issued on"),
        Column::Left("bound by"),
        Column::Left("first transfer"),
        Column::Left("first number"),
        Column::Left("last number"),
        Column::Left("first ITMO"),
        Column::Left("last ITMO"),
    ];
    let row = |stretch: &wire::UnitStretch| {
        let block = stretch.block.clone().unwrap_or_default();
        let account = AccountNumber::new(stretch.account);
        let first_transfer = match (stretch.japan_authorisation, stretch.partner_authorisation) {
            (0, _) | (_, 0) => String::new(),
            (japan, partner) => format!("under {japan} and {partner}"),
        };
        let bound: Vec<String> = [
            ("application", stretch.reserved_by),
            ("trust", stretch.trust),
            ("restriction", stretch.restriction),
        ]
        .into_iter()
        .filter(|(_, entry)| *entry != 0)
        .map(|(what, entry)| format!("{what} {entry}"))
        .collect();
        vec![
            range_text(stretch),
            grouped(stretch.quantity_tonnes),
            account.map_or_else(String::new, |account| account.to_string()),
            block.project,
            block.vintage.to_string(),
            block.class,
            block.issued_on,
            bound.join(", "),
            first_transfer,
            stretch.identification_first.clone(),
            stretch.identification_last.clone(),
            stretch.itmo_first.clone(),
            stretch.itmo_last.clone(),
        ]
    };
    table(&columns, units.iter().map(row))
}
