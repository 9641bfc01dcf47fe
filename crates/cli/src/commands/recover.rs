//! The keys of an account, and the recovery of lost ones.

use super::key::Possession;
use crate::act::{ActArgs, act};
use crate::failure::Failure;
use crate::parse;
use crate::reply::{Column, Reply, pairs, table};
use crate::session::Context;
use clap::{Args, Subcommand};
use jcm_client::wire;
use jcm_format::command::{Body, Role};
use jcm_format::id::{AccountNumber, EntryIndex};
use jcm_format::text::Text;
use serde_json::{Value, json};
use std::path::PathBuf;

/// A new key in place of lost ones: request, cancel, complete.
#[derive(Debug, Subcommand)]
pub enum RecoverCommand {
    /// Ask for a new key of an account, as two operators who have identified its owner
    #[command(
        after_help = "Example:\n  jcm key recover request --possession new.possession --reason 'lost, identified in person' \\\n    --key operator-07.key --key operator-08.key"
    )]
    Request {
        /// The owner's proof, for the role representative:ACCOUNT:PERSON:POWER
        #[arg(long, value_name = "FILE")]
        possession: PathBuf,
        /// Why; recorded and public
        #[arg(long, value_parser = parse::text)]
        reason: Text,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// Stop a recovery, with any key of the account or as an operator
    #[command(
        after_help = "Example:\n  jcm key recover cancel 88 --reason 'not asked for' --key representative.key"
    )]
    Cancel {
        /// The entry that asked for it
        #[arg(value_parser = parse::number::<u64>)]
        recovery: u64,
        /// Why; recorded and public
        #[arg(long, value_parser = parse::text)]
        reason: Text,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// Register the new key, once its day has come
    #[command(after_help = "Example:\n  jcm key recover complete 88 --key operator-07.key")]
    Complete {
        /// The entry that asked for it
        #[arg(value_parser = parse::number::<u64>)]
        recovery: u64,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
}

/// Runs one of them.
pub async fn run(context: &Context, command: RecoverCommand) -> Result<Reply, Failure> {
    let mut session = context.open().await?;
    let (body, args) = match command {
        RecoverCommand::Request { possession, reason, act } => {
            let proof = Possession::read(&possession, &session.info.origin, None)?;
            let Role::Representative(representative) = proof.role() else {
                return Err(Failure::usage(
                    format!("the proof is for the role {}", proof.role()),
                    "A recovery is for a role representative:ACCOUNT:PERSON:POWER.",
                ));
            };
            let representative = representative.clone();
            (Body::RequestRecovery { representative, key: proof.key(), reason }, act)
        }
        RecoverCommand::Cancel { recovery, reason, act } => {
            (Body::CancelRecovery { recovery: EntryIndex::new(recovery), reason }, act)
        }
        RecoverCommand::Complete { recovery, act } => {
            (Body::CompleteRecovery { recovery: EntryIndex::new(recovery) }, act)
        }
    };
    act(context, &mut session, &args, body, Vec::new()).await
}

/// Whose keys.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// The account
    #[arg(value_parser = parse::account)]
    account: AccountNumber,
    /// Also keys that are revoked
    #[arg(long)]
    revoked: bool,
}

/// The keys of an account.
pub async fn list(context: &Context, args: ListArgs) -> Result<Reply, Failure> {
    let found = context.connect().await?.keys(args.account.get(), args.revoked).await?;
    let keys: Vec<Value> = found.keys.iter().map(key_json).collect();
    let recovery = found.recovery.as_ref().map(recovery_json);
    let json = json!({ "keys": keys, "recovery": recovery });
    Ok(Reply::new(json, shown(&found)))
}

fn key_json(key: &wire::AccountKey) -> Value {
    json!({
        "public_key": key.public_key,
        "role": key.role,
        "person": (!key.person.is_empty()).then_some(&key.person),
        "power": key.power,
        "revoked": key.revoked,
    })
}

fn recovery_json(recovery: &wire::Recovery) -> Value {
    json!({
        "entry": recovery.entry,
        "role": recovery.role,
        "public_key": recovery.public_key,
        "not_before": recovery.not_before,
    })
}

fn shown(found: &wire::ListKeysResponse) -> String {
    let columns = [
        Column::Left("public key"),
        Column::Left("person"),
        Column::Left("power"),
        Column::Left("status"),
    ];
    let row = |key: &wire::AccountKey| {
        let status = if key.revoked { "revoked" } else { "valid" };
        vec![key.public_key.clone(), key.person.clone(), key.power.clone(), status.to_owned()]
    };
    let mut text = table(&columns, found.keys.iter().map(row));
    if let Some(recovery) = &found.recovery {
        let lines = [
            ("recovery", format!("entry {}", recovery.entry)),
            ("role", recovery.role.clone()),
            ("new key", recovery.public_key.clone()),
            ("not before", recovery.not_before.clone()),
        ];
        text += &format!("\n\n{}", pairs(lines));
    }
    text
}
