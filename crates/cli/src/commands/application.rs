//! Applications that wait.

use crate::act::{ActArgs, act};
use crate::amount::grouped;
use crate::failure::Failure;
use crate::parse;
use crate::reply::{Column, Reply, pairs, table};
use crate::session::Context;
use clap::Subcommand;
use jcm_client::wire;
use jcm_format::command::Body;
use jcm_format::id::EntryIndex;
use jcm_format::text::Text;
use jcm_format::time::Timestamp;
use serde_json::{Value, json};

/// Applications: list, show, withdraw.
#[derive(Debug, Subcommand)]
pub enum ApplicationCommand {
    /// List applications that wait, oldest first
    #[command(after_help = "Example:\n  jcm application list")]
    List,
    /// Show one application
    #[command(after_help = "Example:\n  jcm application show 42")]
    Show {
        /// The entry that recorded it
        application: u64,
    },
    /// Withdraw an application before it is acted on
    #[command(
        after_help = "Example:\n  jcm application withdraw 42 --reason 'wrong quantity' --key representative.key"
    )]
    Withdraw {
        /// The entry that recorded it
        application: u64,
        /// Why; recorded and public
        #[arg(long, value_parser = parse::text)]
        reason: Text,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
}

/// Runs one of them.
pub async fn run(context: &Context, command: ApplicationCommand) -> Result<Reply, Failure> {
    match command {
        ApplicationCommand::List => {
            let applications = context.connect().await?.applications().await?;
            Ok(Reply::new(applications.iter().map(to_json).collect(), list(&applications)))
        }
        ApplicationCommand::Show { application } => {
            let application = context.connect().await?.application(application).await?;
            Ok(Reply::new(to_json(&application), one(&application)))
        }
        ApplicationCommand::Withdraw { application, reason, act: args } => {
            let mut session = context.open().await?;
            let application = EntryIndex::new(application);
            let body = Body::WithdrawApplication { application, reason };
            act(context, &mut session, &args, body, Vec::new()).await
        }
    }
}

fn to_json(a: &wire::Application) -> Value {
    json!({
        "entry": a.entry,
        "kind": a.kind,
        "status": a.status,
        "fee_yen": a.fee_yen,
        "fee_ground": a.fee_ground,
        "settled_yen": a.settled_yen,
        "next": (!a.next.is_empty()).then_some(&a.next),
        "received_ms": a.received_ms,
        "account": (a.account != 0).then_some(a.account),
        "summary": a.summary,
        "closed_entry": (a.closed_entry != 0).then_some(a.closed_entry),
    })
}

fn one(a: &wire::Application) -> String {
    let mut lines = vec![
        ("application", a.entry.to_string()),
        ("kind", a.kind.clone()),
        ("status", a.status.clone()),
        ("what", a.summary.clone()),
        ("fee", format!("{} yen ({})", grouped(a.fee_yen), a.fee_ground)),
        ("settled", format!("{} yen", grouped(a.settled_yen))),
        ("received", received(a)),
    ];
    if !a.next.is_empty() {
        lines.push(("next to act", a.next.clone()));
    }
    if a.closed_entry != 0 {
        lines.push(("closed by entry", a.closed_entry.to_string()));
    }
    pairs(lines)
}

fn list(applications: &[wire::Application]) -> String {
    let columns = [
        Column::Right("application"),
        Column::Left("kind"),
        Column::Left("status"),
        Column::Right("due (yen)"),
        Column::Left("next to act"),
        Column::Left("received"),
        Column::Left("what"),
    ];
    let row = |a: &wire::Application| {
        vec![
            a.entry.to_string(),
            a.kind.clone(),
            a.status.clone(),
            grouped(a.fee_yen.saturating_sub(a.settled_yen)),
            a.next.clone(),
            received(a),
            a.summary.clone(),
        ]
    };
    table(&columns, applications.iter().map(row))
}

fn received(a: &wire::Application) -> String {
    Timestamp::from_ms(a.received_ms).map_or_else(String::new, |time| time.to_string())
}
