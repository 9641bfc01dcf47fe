//! Accounts.

use super::{guard, holder};
use crate::act::{ActArgs, act};
use crate::amount::grouped;
use crate::failure::Failure;
use crate::parse;
use crate::reply::{Column, Reply, pairs, table};
use crate::session::Context;
use clap::{Args, Subcommand, ValueEnum};
use jcm_client::wire;
use jcm_format::command::Body;
use jcm_format::event::AccountCategory;
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::text::Text;
use serde_json::{Value, json};

/// Accounts: apply, change, close, protect, open, show, list.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Apply to open an account; sign with the first representative's key
    #[command(
        after_help = "Example:\n  jcm account apply --file form1.toml --key representative.key\n  jcm account apply --person JP:8700110005901 --name-ja '例示株式会社' \\\n    --name-en 'Example K.K.' --office-ja '東京都' --office-en 'Tokyo' \\\n    --particulars form1.json --attachment articles.pdf --key representative.key\n\nThe file is described in docs/cli.md."
    )]
    Apply(Box<holder::ApplyArgs>),
    /// Notify changed particulars (Act, art. 51)
    #[command(
        after_help = "Example:\n  jcm account change JP-0001001-05 --effective 2026-04-01 --file form2.toml \\\n    --key representative.key\n\nWhat is published is notified as a whole: what is not given stays as it is recorded."
    )]
    Change(Box<holder::ChangeArgs>),
    /// Apply to close an account that holds nothing
    #[command(
        after_help = "Example:\n  jcm account close JP-0001001-05 --attachment application.pdf --key representative.key"
    )]
    Close(holder::CloseArgs),
    /// From whom an account receives units, where the rules let holders choose
    #[command(subcommand)]
    Acceptance(holder::AcceptanceCommand),
    /// How many must sign for an account, and how much may leave it; set as a whole
    #[command(
        after_help = "Example:\n  jcm account mandate JP-0001001-05 --control dual --per-transfer 10,000 --per-day 20,000 \\\n    --per-untrusted 1,000 --key representative.key\n\nWhat is tighter is in force at once, what is looser some working days later."
    )]
    Mandate(guard::MandateArgs),
    /// Accounts to which transfers are not delayed
    #[command(subcommand)]
    Trust(guard::TrustedCommand),
    /// Stop everything that goes out of an account, with any key of it or as an operator
    #[command(
        after_help = "Example:\n  jcm account freeze JP-0001001-05 --reason 'key stolen' --key representative.key"
    )]
    Freeze(guard::FreezeArgs),
    /// End the freeze of an account, as two operators
    #[command(
        after_help = "Example:\n  jcm account unfreeze JP-0001001-05 --reason 'identified in person' \\\n    --key operator-07.key --key operator-08.key"
    )]
    Unfreeze(guard::FreezeArgs),
    /// Open a further government account, as two authorities
    #[command(
        after_help = "Example:\n  jcm account open-government holding --name-ja '環境省保有口座' \\\n    --name-en 'Ministry of the Environment' --key a1.key --key a2.key"
    )]
    OpenGovernment(OpenGovernmentArgs),
    /// Open the account applied for, once its fee is paid
    #[command(after_help = "Example:\n  jcm account open 12 --key operator-07.key")]
    Open {
        /// The entry that recorded the application
        #[arg(value_parser = parse::number::<u64>)]
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

/// Of what kind, and how it is called.
#[derive(Debug, Args)]
pub struct OpenGovernmentArgs {
    /// Its category
    category: CategoryArg,
    /// Name in Japanese
    #[arg(long, value_parser = parse::text)]
    name_ja: Text,
    /// Name in English
    #[arg(long, value_parser = parse::text)]
    name_en: Text,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// Category of a government account.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum CategoryArg {
    /// Government holding account
    Holding,
    /// Retirement account (無効化口座)
    Retirement,
    /// Cancellation account (取消口座)
    Cancellation,
}

/// Runs one of them.
pub async fn run(context: &Context, command: AccountCommand) -> Result<Reply, Failure> {
    match command {
        AccountCommand::Apply(args) => holder::apply(context, *args).await,
        AccountCommand::Change(args) => holder::change(context, *args).await,
        AccountCommand::Close(args) => holder::close(context, args).await,
        AccountCommand::Acceptance(command) => holder::acceptance(context, command).await,
        AccountCommand::Mandate(args) => guard::mandate(context, args).await,
        AccountCommand::Trust(command) => guard::trusted(context, command).await,
        AccountCommand::Freeze(args) => guard::freeze(context, args).await,
        AccountCommand::Unfreeze(args) => guard::unfreeze(context, args).await,
        AccountCommand::OpenGovernment(args) => open_government(context, args).await,
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

async fn open_government(context: &Context, args: OpenGovernmentArgs) -> Result<Reply, Failure> {
    let category = match args.category {
        CategoryArg::Holding => AccountCategory::GovernmentHolding,
        CategoryArg::Retirement => AccountCategory::Retirement,
        CategoryArg::Cancellation => AccountCategory::Cancellation,
    };
    let OpenGovernmentArgs { name_ja, name_en, act: act_args, .. } = args;
    let body = Body::OpenGovernmentAccount { category, name_ja, name_en };
    let mut session = context.open().await?;
    act(context, &mut session, &act_args, body, Vec::new()).await
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
        "closed": account.closed,
        "name_ja": account.name_ja,
        "name_en": account.name_en,
        "restricted_tonnes": account.restricted_tonnes,
        "trust_tonnes": account.trust_tonnes,
        "acceptance": account.acceptance,
        "frozen": account.frozen,
        "mandate": some(&account.mandate),
        "next_mandate": some(&account.next_mandate),
        "next_mandate_from": some(&account.next_mandate_from),
        "trusted_count": account.trusted_count,
        "trusted": account.trusted.iter().map(guard::trusted_json).collect::<Vec<_>>(),
    })
}

fn some(text: &String) -> Option<&String> {
    (!text.is_empty()).then_some(text)
}

fn one(account: &wire::Account) -> String {
    let tonnes = |amount: u64| format!("{} t", grouped(amount));
    let mut lines = vec![
        ("account", account.number.clone()),
        ("category", account.category.clone()),
        ("balance", tonnes(account.balance_tonnes)),
        ("of it restricted", tonnes(account.restricted_tonnes)),
        ("of it in trust", tonnes(account.trust_tonnes)),
        ("opened by entry", account.opened_entry.to_string()),
    ];
    for (name, value) in [
        ("name (ja)", &account.name_ja),
        ("name (en)", &account.name_en),
        ("receives from", &account.acceptance),
        ("mandate", &account.mandate),
        ("mandate to come", &account.next_mandate),
        ("in force from", &account.next_mandate_from),
    ] {
        if !value.is_empty() {
            lines.push((name, value.clone()));
        }
    }
    if account.trusted_count != 0 {
        lines.push(("trusts", format!("{} accounts", grouped(account.trusted_count))));
    }
    for (name, is) in [("frozen", account.frozen), ("closed", account.closed)] {
        if is {
            lines.push((name, "yes".to_owned()));
        }
    }
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
        Column::Left("status"),
        Column::Left("holder"),
        Column::Left("holder (en)"),
    ];
    let row = |account: &wire::Account| {
        let (name_ja, name_en) = match &account.holder {
            Some(holder) => (&holder.name_ja, &holder.name_en),
            None => (&account.name_ja, &account.name_en),
        };
        let status = match (account.closed, account.frozen) {
            (true, _) => "closed",
            (false, true) => "frozen",
            (false, false) => "",
        };
        vec![
            account.number.clone(),
            account.category.clone(),
            grouped(account.balance_tonnes),
            status.to_owned(),
            name_ja.clone(),
            name_en.clone(),
        ]
    };
    table(&columns, accounts.iter().map(row))
}
