//! Receipts and proofs.

use crate::failure::{Failure, exit};
use crate::home::write_private;
use crate::parse;
use crate::reply::{Reply, pairs};
use crate::session::Context;
use clap::{Args, Subcommand};
use jcm_client::{ClientError, Receipt};
use jcm_format::command::Command;
use jcm_format::tlog::{Origin, ProofFile, VerifierKey};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Receipts: show, check.
#[derive(Debug, Subcommand)]
pub enum ReceiptCommand {
    /// Show what a receipt says, after checking it against the trusted log key
    #[command(after_help = "Example:\n  jcm receipt show ~/.jcm/receipts/COMMAND_ID.tlog-proof")]
    Show {
        /// The receipt
        file: PathBuf,
    },
    /// Check a receipt: by the trusted log key alone, or against the registry too
    #[command(
        after_help = "Example:\n  jcm receipt check receipt.tlog-proof --log-key LOG_KEY\n  jcm receipt check receipt.tlog-proof --online"
    )]
    Check {
        /// The receipt
        file: PathBuf,
        /// Have the registry prove that its log still contains it
        #[arg(long)]
        online: bool,
    },
}

/// Get the proof that an entry is in the log, and check it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  jcm proof 42 --out entry-42.tlog-proof")]
pub struct ProofArgs {
    /// The entry's number
    #[arg(value_parser = parse::number::<u64>)]
    entry: u64,
    /// Where to write it; without it, it is shown
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Runs one of them.
pub async fn run(context: &Context, command: ReceiptCommand) -> Result<Reply, Failure> {
    match command {
        ReceiptCommand::Show { file } => show(&offline(context, &file)?),
        ReceiptCommand::Check { file, online: false } => {
            let how = match &context.witness_policy {
                Some(_) => "by the log key and the witnesses' alone",
                None => "by the log key alone",
            };
            Ok(checked(&offline(context, &file)?, how))
        }
        ReceiptCommand::Check { file, online: true } => {
            let text = read(&file)?;
            let mut session = context.open().await?;
            let receipt = session.client.check_any_receipt(&text, &mut session.trust).await?;
            Ok(checked(&receipt, "and consistent with the registry's log today"))
        }
    }
}

/// Gets a proof.
pub async fn proof(context: &Context, args: ProofArgs) -> Result<Reply, Failure> {
    let mut session = context.open().await?;
    let text = session.client.proof_of(args.entry).await?;
    let receipt = session.client.check_any_receipt(&text, &mut session.trust).await?;
    if receipt.index().get() != args.entry {
        return Err(ClientError::Malformed { what: "a proof of another entry" }.into());
    }
    let json = json!({
        "entry": args.entry,
        "size": receipt.checkpoint().size,
        "file": args.out,
        "proof": text,
    });
    let Some(out) = args.out else { return Ok(Reply::new(json, text)) };
    write_private(&out, text.as_bytes())?;
    let size = receipt.checkpoint().size;
    let text = format!(
        "Entry {} is in the log of {size} entries. The proof, checked: {}",
        args.entry,
        out.display()
    );
    Ok(Reply::new(json, text))
}

fn read(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file).map_err(Failure::reading(file))
}

/// Checks a receipt without the registry.
fn offline(context: &Context, file: &Path) -> Result<Receipt, Failure> {
    let text = read(file)?;
    let key = log_key(context, &text)?;
    let receipt = Receipt::check(&text, &key).map_err(ClientError::Receipt)?;
    if let Some(witnesses) = context.witnesses(&key)? {
        let checkpoint = receipt.signed_checkpoint(&key).map_err(ClientError::Receipt)?;
        // By its own lines: what contains it is for the registry to show (--online).
        witnesses.demand(&checkpoint).map_err(ClientError::Trust)?;
    }
    Ok(receipt)
}

/// The key that is demanded, or else the one that is trusted.
fn log_key(context: &Context, receipt: &str) -> Result<VerifierKey, Failure> {
    let Some(demanded) = &context.log_key else {
        let trust = context.known_trust()?.ok_or_else(|| {
            Failure::usage(
                "no log key is known to check the receipt with",
                "Give the key with --log-key, from a source you trust.",
            )
        })?;
        return Ok(trust.log_key().clone());
    };
    let proof: ProofFile = receipt.parse().map_err(|error| {
        Failure::Client(ClientError::Receipt(jcm_client::ReceiptError::Form(error)))
    })?;
    // The origin chooses the bare key's name; the signature decides.
    let origin: &Origin = &proof.checkpoint().claimed().origin;
    demanded.for_origin(origin).map_err(|what| Failure::other(what, exit::UNTRUSTED))
}

fn checked(receipt: &Receipt, how: &str) -> Reply {
    let checkpoint = receipt.checkpoint();
    let json = json!({
        "valid": true,
        "entry": receipt.index().get(),
        "size": checkpoint.size,
        "root": checkpoint.root,
        "origin": checkpoint.origin,
    });
    let text = format!(
        "The receipt holds, {how}: entry {} is in the log {} of {} entries.",
        receipt.index(),
        checkpoint.origin,
        checkpoint.size
    );
    Reply::new(json, text)
}

fn show(receipt: &Receipt) -> Result<Reply, Failure> {
    let entry = receipt.entry();
    let command = Command::parse(&entry.command.payload)
        .map_err(|_| ClientError::Malformed { what: "the command in the entry" })?;
    let json = json!({
        "entry": entry.index.get(),
        "time": entry.time.to_string(),
        "origin": receipt.checkpoint().origin,
        "command": command.body.name(),
        "command_id": command.id.to_string(),
        "signers": entry.command.signatures.iter().map(|s| s.key).collect::<Vec<_>>(),
        "event": serde_json::to_value(&entry.event).unwrap_or(Value::Null),
        "size": receipt.checkpoint().size,
    });
    let mut lines = vec![
        ("entry", entry.index.to_string()),
        ("time", entry.time.to_string()),
        ("registry", command.registry.to_string()),
        ("command", command.body.name().to_owned()),
        ("command id", command.id.to_string()),
    ];
    lines.extend(crate::describe::body(&command.body));
    lines.extend(entry.command.signatures.iter().map(|s| ("signed by", s.key.to_string())));
    Ok(Reply::new(json, pairs(lines)))
}
