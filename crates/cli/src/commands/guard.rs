//! Safeguards of accounts: the rule data, mandates, trusted accounts, freezes.

use crate::act::{ActArgs, act};
use crate::failure::Failure;
use crate::files::{self, safeguards};
use crate::parse;
use crate::reply::{Column, Reply, pairs, parsed, table};
use crate::session::Context;
use clap::{Args, Subcommand, ValueEnum};
use jcm_client::wire;
use jcm_format::amount::Tonnes;
use jcm_format::command::{Body, Control, Mandate};
use jcm_format::id::AccountNumber;
use jcm_format::text::Text;
use serde_json::{Value, json};
use std::path::PathBuf;

/// Safeguards of accounts: show, adopt.
#[derive(Debug, Subcommand)]
pub enum SafeguardsCommand {
    /// Show the safeguards in force
    #[command(after_help = "Example:\n  jcm safeguards show")]
    Show,
    /// Adopt safeguards of accounts, as two authorities
    #[command(
        after_help = "Example:\n  jcm safeguards adopt --default --key a1.key --key a2.key\n  jcm safeguards adopt safeguards.toml --key a1.key --key a2.key\n\nThe file is described in docs/cli.md, which shows the default."
    )]
    Adopt {
        /// The safeguards
        #[arg(required_unless_present = "default", conflicts_with = "default")]
        file: Option<PathBuf>,
        /// Adopt what docs/cli.md shows
        #[arg(long)]
        default: bool,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
}

/// Runs one of them.
pub async fn safeguards(context: &Context, command: SafeguardsCommand) -> Result<Reply, Failure> {
    match command {
        SafeguardsCommand::Show => {
            let text = context.connect().await?.rules().await?.safeguards_json;
            if text.is_empty() {
                let text = "None are adopted: accounts have no mandates, transfers no delays.";
                return Ok(Reply::new(json!({ "safeguards": null }), text));
            }
            let found = parsed(&text, "the safeguards")?;
            let text = shown(&found);
            Ok(Reply::new(json!({ "safeguards": found }), text))
        }
        SafeguardsCommand::Adopt { file, act: args, .. } => {
            let adopted = match file {
                Some(path) => files::read(&path, "safeguards", |_, file| safeguards::read(&file))?,
                None => safeguards::DEFAULT,
            };
            let mut session = context.open().await?;
            act(context, &mut session, &args, Body::AdoptSafeguards(adopted), Vec::new()).await
        }
    }
}

fn shown(safeguards: &Value) -> String {
    let word = super::rules::word;
    let mandate = &safeguards["default_mandate"];
    let mut lines = vec![("control without a mandate", word(&mandate["control"]))];
    for (name, value) in [
        ("most in one transfer (t)", &mandate["per_transfer_tonnes"]),
        ("most in a day (t)", &mandate["per_day_tonnes"]),
        ("most to an account not trusted (t)", &mandate["per_untrusted_tonnes"]),
        ("the same whatever the mandate (t)", &safeguards["central_untrusted_tonnes"]),
        ("transfers there are delayed", &safeguards["delays"]),
        ("early in the day before", &safeguards["cutoff_hour"]),
        ("working days of delay, early", &safeguards["early_days"]),
        ("working days of delay, later", &safeguards["late_days"]),
        ("working days until trusted", &safeguards["trust_days"]),
        ("working days until recovered", &safeguards["recovery_days"]),
        ("two who sign pin the effect", &safeguards["pinned"]),
    ] {
        lines.push((name, word(value)));
    }
    pairs(lines)
}

/// How an account may be used.
#[derive(Debug, Args)]
pub struct MandateArgs {
    /// The account
    #[arg(value_parser = parse::account)]
    account: AccountNumber,
    /// How many must sign: one who initiates, or with another who approves
    #[arg(long)]
    control: ControlArg,
    /// The most that one transfer may move, in tonnes; without it no limit
    #[arg(long, value_name = "TONNES", value_parser = parse::limit)]
    per_transfer: Option<Tonnes>,
    /// The most that a day's transfers may move together; without it no limit
    #[arg(long, value_name = "TONNES", value_parser = parse::limit)]
    per_day: Option<Tonnes>,
    /// The most that one transfer may move to an account that is not trusted; without it no limit
    /// of the account's own
    #[arg(long, value_name = "TONNES", value_parser = parse::limit)]
    per_untrusted: Option<Tonnes>,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// How many must sign.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ControlArg {
    /// One who initiates
    Single,
    /// One who initiates, and another who approves
    Dual,
}

/// Sets the mandate of an account as a whole.
pub async fn mandate(context: &Context, args: MandateArgs) -> Result<Reply, Failure> {
    let mandate = Mandate {
        control: match args.control {
            ControlArg::Single => Control::Single,
            ControlArg::Dual => Control::Dual,
        },
        per_transfer_tonnes: args.per_transfer,
        per_day_tonnes: args.per_day,
        per_untrusted_tonnes: args.per_untrusted,
    };
    let body = Body::SetMandate { account: args.account, mandate };
    let mut session = context.open().await?;
    act(context, &mut session, &args.act, body, Vec::new()).await
}

/// Accounts that an account trusts: add, remove, list.
#[derive(Debug, Subcommand)]
pub enum TrustedCommand {
    /// Trust an account, some working days from now
    #[command(
        after_help = "Example:\n  jcm account trust add JP-0001001-05 JP-0001002-02 --key representative.key"
    )]
    Add(TrustedArgs),
    /// Trust an account no longer, at once
    #[command(
        after_help = "Example:\n  jcm account trust remove JP-0001001-05 JP-0001002-02 --key representative.key"
    )]
    Remove(TrustedArgs),
    /// List the accounts that an account trusts
    #[command(after_help = "Example:\n  jcm account trust list JP-0001001-05")]
    List {
        /// The account
        #[arg(value_parser = parse::account)]
        account: AccountNumber,
    },
}

/// Who trusts whom.
#[derive(Debug, Args)]
pub struct TrustedArgs {
    /// The account
    #[arg(value_parser = parse::account)]
    account: AccountNumber,
    /// Whom it trusts, with check digits
    #[arg(value_parser = parse::checked_account)]
    trusted: AccountNumber,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// Runs one of them.
pub async fn trusted(context: &Context, command: TrustedCommand) -> Result<Reply, Failure> {
    let (body, args) = match command {
        TrustedCommand::Add(TrustedArgs { account, trusted, act }) => {
            (Body::TrustAccount { account, trusted }, act)
        }
        TrustedCommand::Remove(TrustedArgs { account, trusted, act }) => {
            (Body::DistrustAccount { account, trusted }, act)
        }
        TrustedCommand::List { account } => {
            let account = context.connect().await?.account(account.get()).await?;
            let json = json!({
                "trusted": account.trusted.iter().map(trusted_json).collect::<Vec<_>>(),
                "count": account.trusted_count,
            });
            return Ok(Reply::new(json, trusted_list(&account)));
        }
    };
    let mut session = context.open().await?;
    act(context, &mut session, &args, body, Vec::new()).await
}

/// One trusted account, for programs.
pub fn trusted_json(trusted: &wire::TrustedAccount) -> Value {
    json!({ "number": number(trusted.account), "id": trusted.account, "from": trusted.from })
}

fn trusted_list(account: &wire::Account) -> String {
    let columns = [Column::Left("account"), Column::Left("trusted from")];
    let rows = account.trusted.iter().map(|one| vec![number(one.account), one.from.clone()]);
    let mut text = table(&columns, rows);
    let shown = account.trusted.len() as u64;
    if shown < account.trusted_count {
        text += &format!("\nand {} more", account.trusted_count - shown);
    }
    text
}

/// An account with its check digits.
fn number(account: u32) -> String {
    AccountNumber::new(account).map_or_else(|| account.to_string(), |number| number.to_string())
}

/// Freeze an account, or end that.
#[derive(Debug, Args)]
pub struct FreezeArgs {
    /// The account
    #[arg(value_parser = parse::account)]
    account: AccountNumber,
    /// Why; recorded and public
    #[arg(long, value_parser = parse::text)]
    reason: Text,
    /// How to act.
    #[command(flatten)]
    act: ActArgs,
}

/// Freezes an account.
pub async fn freeze(context: &Context, args: FreezeArgs) -> Result<Reply, Failure> {
    let FreezeArgs { account, reason, act: act_args } = args;
    let mut session = context.open().await?;
    let body = Body::FreezeAccount { account, reason };
    act(context, &mut session, &act_args, body, Vec::new()).await
}

/// Ends the freeze of an account.
pub async fn unfreeze(context: &Context, args: FreezeArgs) -> Result<Reply, Failure> {
    let FreezeArgs { account, reason, act: act_args } = args;
    let mut session = context.open().await?;
    let body = Body::UnfreezeAccount { account, reason };
    act(context, &mut session, &act_args, body, Vec::new()).await
}
