//! Signing and sending command files: for acts of two persons, and for keys that
//! are kept away from any network.

use crate::act::{confirm, send, shown};
use crate::command_file::CommandFile;
use crate::describe;
use crate::failure::{Failure, exit};
use crate::reply::{Reply, pairs};
use crate::session::Context;
use clap::Args;
use jcm_client::{ClientError, KeyFile, UnsignedCommand, add_signature};
use jcm_format::command::Command;
use jcm_format::key::{PublicKey, SecretKey};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Add a signature to a command file.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jcm sign issuance.json --key operator-08.key\n\nThe registry is asked for the exact effect, which must be the one pinned in the file.\nWith --offline only the command itself is shown."
)]
pub struct SignArgs {
    /// The command file
    file: PathBuf,
    /// Key file to sign with; may be repeated
    #[arg(
        long,
        value_name = "FILE",
        env = "JCM_KEY",
        hide_env_values = true,
        value_delimiter = ',',
        required = true
    )]
    key: Vec<PathBuf>,
    /// Do not ask the registry
    #[arg(long)]
    offline: bool,
    /// Do not ask for confirmation; for programs
    #[arg(long, short)]
    yes: bool,
}

/// Send a signed command file.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jcm submit issuance.json\n\nSending the same file again is safe: the answer is the same receipt."
)]
pub struct SubmitArgs {
    /// The command file, or a pending command
    file: PathBuf,
}

/// Adds signatures.
pub async fn sign(context: &Context, args: SignArgs) -> Result<Reply, Failure> {
    let mut file = CommandFile::read(&args.file)?;
    let keys: Vec<SecretKey> = args
        .key
        .iter()
        .map(|path| KeyFile::read(path).map_err(Failure::from))
        .collect::<Result<_, _>>()?;
    if args.offline {
        let header = file.command.command();
        let mut lines = vec![
            ("command", header.body.name().to_owned()),
            ("registry", header.registry.to_string()),
            ("valid until", header.valid_until.to_string()),
        ];
        lines.extend(describe::body(&header.body));
        eprintln!("{}", pairs(lines));
    } else {
        let public: Vec<_> = keys.iter().map(SecretKey::public_key).collect();
        show_effect(context, &file, &public).await?;
    }
    confirm(args.yes, "Sign this?")?;
    for key in &keys {
        add_signature(&mut file.signed, key)?;
    }
    file.write(&args.file)?;
    Ok(signed(&file, &args.file))
}

/// Shows the effect that the file pins, if it is still the effect.
async fn show_effect(
    context: &Context,
    file: &CommandFile,
    keys: &[PublicKey],
) -> Result<(), Failure> {
    let session = context.open().await?;
    let command = &file.command;
    let header = command.command();
    if header.registry != session.info.origin {
        return Err(Failure::usage(
            format!("the command is for the registry {}", header.registry),
            "Name that registry with --endpoint.",
        ));
    }
    let mut signers = file.signers.clone();
    signers.extend(keys.iter().filter(|key| !file.signers.contains(key)));
    let unpinned = Command { effect_digest: None, ..header.clone() };
    let unpinned = UnsignedCommand::from_payload(unpinned.to_payload())?;
    let effect = session.client.prepare(&unpinned, &signers).await?;
    eprintln!("{}", shown(command, &effect));
    if header.effect_digest.is_some_and(|pinned| pinned != effect.digest) {
        return Err(Failure::Other {
            what: "the effect is no longer the one that was prepared".to_owned(),
            code: exit::REJECTED,
            advice: "Prepare the command again; this one would be refused (901).".to_owned(),
        });
    }
    Ok(())
}

fn signed(file: &CommandFile, path: &Path) -> Reply {
    let signers: Vec<PublicKey> = file.signed.signatures.iter().map(|s| s.key).collect();
    let json = json!({ "file": path, "signers": signers });
    let mut text = format!("{} now has {} signature(s):\n", path.display(), signers.len());
    for signer in &signers {
        text += &format!("  {signer}\n");
    }
    text += &format!("Next: jcm submit {}", path.display());
    Reply::new(json, text)
}

/// Sends it.
pub async fn submit(context: &Context, args: SubmitArgs) -> Result<Reply, Failure> {
    let file = CommandFile::read(&args.file)?;
    file.signed.clone().verify(|key| key.admit()).map_err(ClientError::Command)?;
    let mut session = context.open().await?;
    let id = file.command.id();
    let reply = send(context, &mut session, &file).await?;
    // What was pending is recorded; a file of the caller's stays.
    if args.file == context.home.pending(id) {
        let _ = std::fs::remove_file(&args.file);
    }
    Ok(reply)
}
