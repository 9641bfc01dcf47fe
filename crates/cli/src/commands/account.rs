//! Accounts.

use crate::act::{ActArgs, act};
use crate::amount::grouped;
use crate::failure::Failure;
use crate::parse;
use crate::reply::{Column, Reply, pairs, table};
use crate::session::Context;
use clap::{Args, Subcommand};
use jcm_client::{PrivateValue, wire};
use jcm_format::command::{ApplyAccount, Body, Holder, Person};
use jcm_format::hash::Digest;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::text::Text;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Accounts: apply, open, show, list.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Apply to open an account; sign with the first representative's key
    #[command(
        after_help = "Example:\n  jcm account apply --person JP:8700110005901 --name-ja '例示株式会社' \\\n    --name-en 'Example K.K.' --office-ja '東京都' --office-en 'Tokyo' \\\n    --particulars form1.json --attachment articles.pdf --key representative.key"
    )]
    Apply(Box<ApplyArgs>),
    /// Open the account applied for, once its fee is paid
    #[command(after_help = "Example:\n  jcm account open 12 --key operator-07.key")]
    Open {
        /// The entry that recorded the application
        application: u64,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// Show one account
    #[command(after_help = "Example:\n  jcm account show JP-0001001-05")]
    Show {
        /// The account
        #[arg(value_parser = parse::account)]
        account: AccountNumber,
    },
    /// List all accounts
    #[command(after_help = "Example:\n  jcm account list")]
    List,
}

/// Who applies.
#[derive(Debug, Args)]
pub struct ApplyArgs {
    /// Corporate number, JP:<13 digits>, or <country>:<number in its register>
    #[arg(long, value_parser = parse::person)]
    person: Person,
    /// Name in Japanese; published
    #[arg(long, value_parser = parse::text)]
    name_ja: Option<Text>,
    /// Name in English; published
    #[arg(long, value_parser = parse::text)]
    name_en: Text,
    /// Head office in Japanese; published
    #[arg(long, value_parser = parse::text)]
    office_ja: Option<Text>,
    /// Head office in English; published
    #[arg(long, value_parser = parse::text)]
    office_en: Text,
    /// The particulars that are not published (form 1): kept outside the log
    #[arg(long, value_name = "FILE")]
    particulars: PathBuf,
    /// An attachment, of which the digest is recorded: a file, or sha256:<hex>; at least one
    #[arg(long, value_name = "FILE", value_parser = parse::document, required = true)]
    attachment: Vec<Digest>,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// Runs one of them.
pub async fn run(context: &Context, command: AccountCommand) -> Result<Reply, Failure> {
    match command {
        AccountCommand::Apply(args) => apply(context, *args).await,
        AccountCommand::Open { application, act: args } => {
            let mut session = context.open().await?;
            let body = Body::OpenAccount { application: EntryIndex::new(application) };
            act(context, &mut session, &args, body, Vec::new()).await
        }
        AccountCommand::Show { account } => {
            let account = context.connect().await?.account(account.get()).await?;
            Ok(Reply::new(to_json(&account), one(&account)))
        }
        AccountCommand::List => {
            let accounts = context.connect().await?.accounts().await?;
            let json = accounts.iter().map(to_json).collect();
            Ok(Reply::new(json, list(&accounts)))
        }
    }
}

async fn apply(context: &Context, args: ApplyArgs) -> Result<Reply, Failure> {
    let particulars = std::fs::read(&args.particulars);
    let particulars = particulars.map_err(Failure::reading(&args.particulars))?;
    let particulars = PrivateValue::new(particulars)?;
    let signers = args.act.signers(&args.act.keys()?)?;
    let [representative] = signers[..] else {
        return Err(Failure::usage(
            "an application for an account is signed by one key",
            "Give the first representative's key alone.",
        ));
    };
    let body = Body::ApplyAccount(ApplyAccount {
        person: args.person,
        holder: Holder {
            name_ja: args.name_ja,
            name_en: args.name_en,
            head_office_ja: args.office_ja,
            head_office_en: args.office_en,
        },
        particulars: particulars.commitment(),
        attachments: args.attachment,
        representative,
    });
    let mut session = context.open().await?;
    act(context, &mut session, &args.act, body, vec![particulars]).await
}

fn to_json(account: &wire::Account) -> Value {
    let holder = account.holder.as_ref().map(|holder| {
        json!({
            "person": holder.person,
            "name_ja": holder.name_ja,
            "name_en": holder.name_en,
            "head_office_ja": holder.head_office_ja,
            "head_office_en": holder.head_office_en,
        })
    });
    json!({
        "number": account.number,
        "id": account.id,
        "category": account.category,
        "holder": holder,
        "balance_tonnes": account.balance_tonnes,
        "opened_entry": account.opened_entry,
    })
}

fn one(account: &wire::Account) -> String {
    let mut lines = vec![
        ("account", account.number.clone()),
        ("category", account.category.clone()),
        ("balance", format!("{} t", grouped(account.balance_tonnes))),
        ("opened by entry", account.opened_entry.to_string()),
    ];
    if let Some(holder) = &account.holder {
        lines.push(("person", holder.person.clone()));
        for (name, value) in [
            ("name (ja)", &holder.name_ja),
            ("name (en)", &holder.name_en),
            ("head office (ja)", &holder.head_office_ja),
            ("head office (en)", &holder.head_office_en),
        ] {
            if !value.is_empty() {
                lines.push((name, value.clone()));
            }
        }
    }
    pairs(lines)
}

fn list(accounts: &[wire::Account]) -> String {
    let columns = [
        Column::Left("account"),
        Column::Left("category"),
        Column::Right("balance (t)"),
        Column::Left("holder"),
        Column::Left("holder (en)"),
    ];
    let row = |account: &wire::Account| {
        let holder = account.holder.clone().unwrap_or_default();
        vec![
            account.number.clone(),
            account.category.clone(),
            grouped(account.balance_tonnes),
            holder.name_ja,
            holder.name_en,
        ]
    };
    table(&columns, accounts.iter().map(row))
}
