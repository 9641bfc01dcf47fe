//! Signing and sending command files: for acts of two persons, and for keys that
//! are kept away from any network.

use crate::act::{confirm, send, shown};
use crate::command_file::CommandFile;
use crate::describe;
use crate::failure::{Failure, exit};
use crate::keys::public;
use crate::parse;
use crate::reply::{Reply, pairs};
use crate::session::Context;
use crate::signature_file::SignatureFile;
use crate::tell;
use clap::Args;
use jcm_client::{ClientError, KeyName, UnsignedCommand, add_signature};
use jcm_format::command::Command;
use jcm_format::hash::Digest;
use jcm_format::key::PublicKey;
use serde_json::json;
use std::path::{Path, PathBuf};

/// Add a signature to a command file.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jcm sign issuance.json --key operator-08.key\n\nThe registry is asked for the exact effect, which must be the one pinned in the file.\nWith --offline nothing is asked: the effect in the file is shown, if the command pins exactly that."
)]
pub struct SignArgs {
    /// The command file
    file: PathBuf,
    /// Key to sign with: its file, or agent: and its fingerprint or comment; may be repeated
    #[arg(
        long,
        value_name = "KEY",
        env = "JCM_KEY",
        hide_env_values = true,
        value_delimiter = ',',
        value_parser = parse::key_name,
        required = true
    )]
    key: Vec<KeyName>,
    /// Write the signature to a file of its own, and leave the command file as it is
    #[arg(long, value_name = "FILE")]
    signature_out: Option<PathBuf>,
    /// Do not ask the registry; needs no network
    #[arg(long)]
    offline: bool,
    /// Sign even if the file pins no effect: whatever the command does then is done
    #[arg(long)]
    unpinned: bool,
    /// Do not ask for confirmation; for programs
    #[arg(long, short)]
    yes: bool,
}

/// Send a signed command file.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jcm submit issuance.json --signature one.sig --signature two.sig\n\nWhat the command does is shown first. Sending the same file again is safe: the answer is the same receipt."
)]
pub struct SubmitArgs {
    /// The command file, or a pending command
    file: PathBuf,
    /// Signatures to add: a signature file, or a signed copy of the command file; may be repeated
    #[arg(long, value_name = "FILE")]
    signature: Vec<PathBuf>,
    /// Do not ask for confirmation; for programs
    #[arg(long, short)]
    yes: bool,
}

/// Adds signatures.
pub async fn sign(context: &Context, args: SignArgs) -> Result<Reply, Failure> {
    let mut file = CommandFile::read(&args.file)?;
    expect_pinned(file.command.command(), args.unpinned)?;
    let keys = context.keyring.open(&args.key)?;
    if args.offline {
        tell!("{}", shown_offline(&file)?);
    } else {
        show_effect(context, &file, &public(&keys)).await?;
    }
    confirm(args.yes, "Sign this?")?;
    let Some(out) = &args.signature_out else {
        for key in &keys {
            add_signature(&mut file.signed, key)?;
        }
        file.write(&args.file)?;
        return Ok(signed(&file, &args.file));
    };
    file.signed.signatures.clear();
    for key in &keys {
        add_signature(&mut file.signed, key)?;
    }
    let signatures = SignatureFile {
        payload: Digest::of(&[&file.signed.payload]),
        command_id: file.command.id().to_string(),
        signatures: file.signed.signatures,
    };
    signatures.write(out)?;
    let json = json!({ "file": args.file, "signature": out, "signers": public(&keys) });
    let (file, out) = (args.file.display(), out.display());
    let text = format!("Signed; {file} is as it was.\nNext: jcm submit {file} --signature {out}");
    Ok(Reply::new(json, text))
}

/// What is signed, without the registry: the command's own words, and the effect
/// that it pins.
fn shown_offline(file: &CommandFile) -> Result<String, Failure> {
    let header = file.command.command();
    match (&file.effect, header.effect_digest) {
        (Some(effect), Some(pinned)) if effect.digest == pinned => Ok(shown(&file.command, effect)),
        (Some(_), Some(_)) => Err(Failure::usage(
            "the effect in the file is not the one that the command pins",
            "Do not sign: the file was changed. Have it made again.",
        )),
        (_, pinned) => {
            let mut lines = described(header);
            let pinned = pinned.map_or("none is pinned".to_owned(), |pinned| {
                format!("not in the file; its digest is {pinned}")
            });
            lines.push(("effect", pinned));
            Ok(pairs(lines))
        }
    }
}

/// What the command says, without the registry.
fn described(header: &Command) -> Vec<(&'static str, String)> {
    let mut lines = vec![
        ("command", header.body.name().to_owned()),
        ("registry", header.registry.to_string()),
        ("valid until", header.valid_until.to_string()),
    ];
    lines.extend(describe::body(&header.body));
    lines
}

/// A signature under a command that pins no effect approves any effect.
fn expect_pinned(command: &Command, unpinned: bool) -> Result<(), Failure> {
    if unpinned || command.effect_digest.is_some() {
        return Ok(());
    }
    Err(Failure::usage(
        "the command pins no effect: what is shown now need not be what is recorded",
        "Have the file made with --unsigned-out, which pins it; or sign it as it is with --unpinned.",
    ))
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
    tell!("{}", shown(command, &effect));
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
    let mut file = CommandFile::read(&args.file)?;
    for path in &args.signature {
        SignatureFile::read(path)?.add_to(&mut file.signed, path)?;
    }
    file.signed.clone().verify(|key| key.admit()).map_err(ClientError::Command)?;
    let mut lines = described(file.command.command());
    lines.extend(file.signed.signatures.iter().map(|s| ("signed by", s.key.to_string())));
    tell!("{}", pairs(lines));
    confirm(args.yes, "Send this?")?;
    let mut session = context.open().await?;
    let id = file.command.id();
    let reply = send(context, &mut session, &file).await?;
    // What was pending is recorded; a file of the caller's stays.
    if args.file == context.home.pending(id) {
        let _ = std::fs::remove_file(&args.file);
    }
    Ok(reply)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_client::CommandBuilder;
    use jcm_format::command::Body;
    use jcm_format::hash::Digest;
    use jcm_format::id::EntryIndex;

    #[test]
    fn a_command_that_pins_no_effect_is_signed_only_on_demand() {
        let origin = "registry.example/jcm/test".parse().expect("an origin");
        let body = Body::OpenAccount { application: EntryIndex::new(7) };
        let loose = CommandBuilder::new(origin, body).build().expect("well formed");
        let loose = loose.command().clone();
        let pinned = Command { effect_digest: Some(Digest::ZERO), ..loose.clone() };
        assert_eq!(expect_pinned(&loose, false).expect_err("refused").exit_code(), exit::USAGE);
        assert!(expect_pinned(&loose, true).is_ok());
        assert!(expect_pinned(&pinned, false).is_ok());
    }
}
