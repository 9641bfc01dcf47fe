//! Acts: everything that changes the registry goes this way.
//!
//! 1. The command is built and prepared: the registry shows the exact effect.
//! 2. Command, effect and fee are shown; a person confirms.
//! 3. The effect's digest is pinned, and the command is signed.
//! 4. The signed command is kept in the home folder, synced.
//! 5. It is sent until there is a definite answer, always the same bytes.
//! 6. The receipt is kept as offered, checked, and kept as believed; only then is
//!    the pending command removed.

use crate::amount::grouped;
use crate::command_file::{CommandFile, forget};
use crate::describe;
use crate::failure::{Failure, exit};
use crate::home::write_private;
use crate::keys;
use crate::parse;
use crate::reply::{Reply, pairs};
use crate::session::{Context, Session};
use crate::tell;
use clap::Args;
use jcm_client::{
    ClientError, CommandBuilder, KeyName, PreparedEffect, PrivateValue, RawReceipt, Receipt,
    Signer, SubmitPolicy, UnsignedCommand, words,
};
use jcm_format::command::Body;
use jcm_format::envelope::SignedCommand;
use jcm_format::event::{AccountCategory, Effect};
use jcm_format::hash::Digest;
use jcm_format::id::EntryIndex;
use jcm_format::key::PublicKey;
use serde_json::{Value, json};
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

/// Options of every command that changes something.
#[derive(Debug, Clone, Args)]
pub struct ActArgs {
    /// Key to sign with: its file, or agent: and its fingerprint or comment in the ssh-agent;
    /// several for an act of two persons
    #[arg(
        long,
        value_name = "KEY",
        env = "JCM_KEY",
        hide_env_values = true,
        value_delimiter = ',',
        value_parser = parse::key_name
    )]
    pub key: Vec<KeyName>,
    /// Do not ask; for programs
    #[arg(long, short)]
    pub yes: bool,
    /// Write the prepared command to a file instead of signing and sending it
    #[arg(long, value_name = "FILE")]
    pub unsigned_out: Option<PathBuf>,
    /// Public key that is going to sign elsewhere, with --unsigned-out
    #[arg(long, value_name = "KEY", requires = "unsigned_out")]
    pub signer: Vec<PublicKey>,
    /// Minutes for which the command stays valid
    #[arg(long, value_name = "MINUTES", default_value_t = 60,
        value_parser = parse::minutes)]
    pub valid_for: u64,
}

impl ActArgs {
    /// The keys that sign, here or elsewhere; at least one.
    pub fn signers(&self, keys: &[Arc<dyn Signer>]) -> Result<Vec<PublicKey>, Failure> {
        let mut signers = keys::public(keys);
        signers.extend(self.signer.iter().copied());
        if signers.is_empty() {
            return Err(Failure::usage(
                "no key to sign with",
                "Name a key with --key or JCM_KEY; with --unsigned-out, --signer names a public key.",
            ));
        }
        Ok(signers)
    }
}

/// Does `body`, or writes it to a file where that is asked for.
pub async fn act(
    context: &Context,
    session: &mut Session,
    args: &ActArgs,
    body: Body,
    private: Vec<PrivateValue>,
) -> Result<Reply, Failure> {
    let keys = context.keyring.open(&args.key)?;
    act_with(context, session, args, &keys, body, private).await
}

/// As [`act`], with keys that are open already.
pub async fn act_with(
    context: &Context,
    session: &mut Session,
    args: &ActArgs,
    keys: &[Arc<dyn Signer>],
    body: Body,
    private: Vec<PrivateValue>,
) -> Result<Reply, Failure> {
    let signers = args.signers(keys)?;
    let command = CommandBuilder::new(session.info.origin.clone(), body)
        .valid_for_ms(args.valid_for * 60_000)
        .build()?;
    let effect = session.client.prepare(&command, &signers).await?;
    let command = command.pin(&effect);
    tell!("{}", shown(&command, &effect));
    if let Some(path) = &args.unsigned_out {
        let signed = SignedCommand { payload: command.payload().to_vec(), signatures: Vec::new() };
        let effect = Some(effect);
        let file = CommandFile { command, signed, signers, private, effect };
        return write_unsigned(&file, path);
    }
    confirm(args.yes, "Sign and send this?")?;
    let signed = command.clone().sign(&keys.iter().collect::<Vec<_>>())?;
    let file = CommandFile { command, signed, signers, private, effect: Some(effect) };
    send(context, session, &file).await
}

fn write_unsigned(file: &CommandFile, path: &std::path::Path) -> Result<Reply, Failure> {
    file.write(path)?;
    let effect = file.effect.as_ref();
    let json = json!({
        "command_id": file.command.id().to_string(),
        "file": path,
        "effects": effect.map(|effect| &effect.effects),
        "fee_yen": effect.map(|effect| effect.fee_yen),
        "fee_ground": effect.map(|effect| &effect.fee_ground),
    });
    let path = path.display();
    let text = format!(
        "Written to {path}. Nothing is sent.\nNext: jcm sign {path} --key FILE, then jcm submit {path}"
    );
    Ok(Reply::new(json, text))
}

/// What a person sees before signing: the command's own words, then the effect.
pub fn shown(command: &UnsignedCommand, effect: &PreparedEffect) -> String {
    let header = command.command();
    let mut lines =
        vec![("command", header.body.name().to_owned()), ("registry", header.registry.to_string())];
    lines.extend(describe::body(&header.body));
    lines.push(("valid until", header.valid_until.to_string()));
    let mut text = pairs(lines);
    text += "\n\nEffect:\n";
    for (i, effect) in effect.effects.iter().enumerate() {
        text += &format!("  {}. {effect}\n", i + 1);
    }
    text += &match (effect.fee_yen, effect.fee_ground.as_str()) {
        (0, "" | "no application") => "Fee: none\n".to_owned(),
        (0, ground) => format!("Fee: none ({ground})\n"),
        (fee, ground) => format!("Fee: {} yen ({ground})\n", grouped(fee)),
    };
    text
}

/// Asks, unless told not to; where nobody can be asked, refuses.
pub fn confirm(yes: bool, question: &str) -> Result<(), Failure> {
    if yes {
        return Ok(());
    }
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(Failure::usage(
            "nobody can confirm: standard input is not a terminal",
            "Look at the effect above, and give --yes if it is right.",
        ));
    }
    let _ = write!(std::io::stderr(), "{question} [y/N] ");
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    let read = stdin.lock().read_line(&mut answer);
    match (read, answer.trim()) {
        (Ok(_), "y" | "Y" | "yes" | "はい") => Ok(()),
        _ => Err(Failure::other("not confirmed; nothing was sent", exit::OTHER)),
    }
}

/// Keeps a signed command, sends it, and keeps its receipt.
pub async fn send(
    context: &Context,
    session: &mut Session,
    file: &CommandFile,
) -> Result<Reply, Failure> {
    let id = file.command.id();
    let pending = context.home.pending(id);
    file.write(&pending)?;
    let policy = SubmitPolicy::default();
    let raw = match session.client.send(&file.signed, &file.private, &policy).await {
        Ok(raw) => raw,
        Err(error) => return Err(not_recorded(error, pending)),
    };
    let offered = context.home.offered_receipt(id);
    write_private(&offered, raw.text.as_bytes())?;
    let receipt = check(session, &raw, file)
        .await
        .map_err(|source| Failure::Doubted { source, offered: offered.clone() })?;
    let path = context.home.receipt(id);
    write_private(&path, receipt.text().as_bytes())?;
    // From here on the receipt is what counts.
    let _ = std::fs::remove_file(&offered);
    if !file.private.is_empty() {
        file.write(&context.home.private(id))?;
    }
    let _ = std::fs::remove_file(&pending);
    let reply = recorded(&receipt, &path);
    Ok(match &file.command.command().body {
        Body::EraseData { commitment, .. } => forgotten(context, *commitment, &reply),
        _ => reply,
    })
}

async fn check(
    session: &mut Session,
    raw: &RawReceipt,
    file: &CommandFile,
) -> Result<Receipt, ClientError> {
    session.client.check_receipt(raw, &file.signed.payload, &mut session.trust).await
}

/// A definite no removes the pending command; anything else keeps it.
fn not_recorded(source: ClientError, pending: PathBuf) -> Failure {
    if !source.is_definite_no() {
        return Failure::Kept { source, pending };
    }
    let _ = std::fs::remove_file(&pending);
    Failure::Client(source)
}

/// Erases the copy of this home folder, too. That it is recorded is said in any case.
fn forgotten(context: &Context, commitment: Digest, reply: &Reply) -> Reply {
    let folder = context.home.private_copies();
    let removed = forget(&folder, commitment);
    let mut json = reply.json().clone();
    json["local_copies_removed"] = json!(removed.as_ref().ok());
    let here = match removed {
        Ok(0) => format!("There was no copy in {}.", folder.display()),
        Ok(removed) => format!("Removed from {}: copies {removed}.", folder.display()),
        Err(failure) => {
            json["local_copies_error"] = json!(failure.to_string());
            format!("WARNING: not removed from {}: {failure}", folder.display())
        }
    };
    let others = "Copies on other computers, and backups, are for those who keep them to remove.";
    Reply::new(json, format!("{}\n{here}\n{others}", reply.show(false)))
}

fn recorded(receipt: &Receipt, path: &std::path::Path) -> Reply {
    let entry = receipt.entry();
    // From the entry that is proved, not from what was announced.
    let effects = words::event(&entry.event);
    let made = made(entry.index, &entry.event.0);
    let json = json!({
        "entry": entry.index.get(),
        "time": entry.time.to_string(),
        "receipt": path,
        "effects": effects,
        "event": serde_json::to_value(&entry.event).unwrap_or(Value::Null),
        "made": made.iter().map(|(name, value)| json!({ "kind": name, "number": value }))
            .collect::<Vec<_>>(),
    });
    let mut text = format!("Recorded as entry {} at {}.\n", entry.index, entry.time);
    for effect in &effects {
        text += &format!("  - {effect}\n");
    }
    for (kind, number) in &made {
        text += &format!("  {kind}: {number}\n");
    }
    text += &format!("Receipt, checked: {}", path.display());
    Reply::new(json, text)
}

/// What later commands refer to, made by the effects of `entry`.
fn made(entry: EntryIndex, effects: &[Effect]) -> Vec<(&'static str, String)> {
    let made = |effect: &Effect| match effect {
        Effect::AccountOpened { account, .. } => Some(("account", account.to_string())),
        Effect::GovernmentAccountOpened { account, category } => Some((
            match category {
                AccountCategory::Retirement => "retirement account",
                AccountCategory::Cancellation => "cancellation account",
                AccountCategory::GovernmentHolding | AccountCategory::Entity => {
                    "government holding account"
                }
            },
            account.to_string(),
        )),
        Effect::BlockIssued { block, .. } => Some(("block", block.to_string())),
        Effect::TrustRecorded { .. } => Some(("trust", entry.to_string())),
        Effect::RecoveryRequested { .. } => Some(("recovery", entry.to_string())),
        Effect::RestrictionRecorded { .. } => Some(("restriction", entry.to_string())),
        Effect::ProponentRegistered { person, .. } => Some(("person", person.to_string())),
        Effect::StatementImported { payments, .. } => {
            let last = payments.len();
            Some(("payments", format!("{entry}/1 to {entry}/{last}")))
        }
        _ => None,
    };
    effects.iter().filter_map(made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_client::{FieldViolation, Refusal};

    #[test]
    fn a_pending_command_is_kept_until_the_answer_is_definite() {
        let folder = tempfile::tempdir().expect("a folder");
        let pending = folder.path().join("c.json");
        let refusal = |code: i32, reason: &str| {
            Box::new(Refusal {
                code: code.into(),
                reason: reason.to_owned(),
                number: 0,
                subject: String::new(),
                article: String::new(),
                message: String::new(),
                message_ja: String::new(),
                violations: Vec::new(),
                retry_after: None,
            })
        };
        let mut bad_field = refusal(3, "");
        let (field, description) = ("reason".to_owned(), "too long".to_owned());
        bad_field.violations.push(FieldViolation { field, description });
        // gRPC codes: 3 INVALID_ARGUMENT, 7 PERMISSION_DENIED, 9 FAILED_PRECONDITION.
        let cases = [
            (ClientError::Refused(refusal(9, "FEE_UNPAID")), false),
            (ClientError::Refused(refusal(7, "KEY_UNKNOWN")), false),
            (ClientError::Refused(refusal(7, "")), true),
            (ClientError::Refused(bad_field), false),
            (ClientError::NoAnswer { attempts: 1, last: refusal(9, "COMMAND_EXPIRED") }, true),
            (ClientError::Malformed { what: "an answer" }, true),
        ];
        for (error, kept) in cases {
            std::fs::write(&pending, "").expect("writable");
            let said = error.to_string();
            let failure = not_recorded(error, pending.clone());
            assert_eq!(matches!(failure, Failure::Kept { .. }), kept, "{said}");
            assert_eq!(pending.exists(), kept, "{said}");
        }
    }
}
