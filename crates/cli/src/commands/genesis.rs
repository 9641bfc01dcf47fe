//! The signed genesis of a new registry, for `registry-node init`.

use crate::cli::LogKey;
use crate::describe;
use crate::failure::Failure;
use crate::keys::{Keyring, public};
use crate::parse;
use crate::reply::{Reply, pairs};
use clap::Args;
use jcm_client::{CommandBuilder, KeyName, wire};
use jcm_format::amount::Yen;
use jcm_format::command::{Body, Genesis, RuleSet};
use jcm_format::text::Name;
use jcm_format::tlog::Origin;
use prost::Message as _;
use serde_json::json;
use std::path::PathBuf;

/// 23 hours: the most that is allowed is 24 from the registry's own clock, which
/// may be behind this one.
const VALIDITY_MS: u64 = 23 * 60 * 60 * 1_000;

/// Make the signed genesis of a new registry.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  jcm genesis --origin registry.example/jcm/2026 --log-key LOG_KEY \\\n    --authority authority-1=a1.key --authority authority-2=a2.key --out genesis.bin"
)]
pub struct GenesisArgs {
    /// The registry's origin, which also names its log key
    #[arg(long)]
    origin: Origin,
    /// An authority: its name and its key, a file or agent:…; at least two
    #[arg(long, value_name = "NAME=KEY", value_parser = authority, required = true)]
    authority: Vec<(Name, KeyName)>,
    /// Fee for an application to open an account, in yen
    #[arg(long, value_name = "YEN", default_value = "14,400", value_parser = parse::yen)]
    account_opening_fee: Yen,
    /// Fee for an application for a transfer, in yen
    #[arg(long, value_name = "YEN", default_value = "2,500", value_parser = parse::yen)]
    transfer_fee: Yen,
    /// Fee for a certificate, in yen
    #[arg(long, value_name = "YEN", default_value = "1,200", value_parser = parse::yen)]
    certificate_fee: Yen,
    /// Where to write it
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

fn authority(text: &str) -> Result<(Name, KeyName), String> {
    let (name, key) = text.split_once('=').ok_or("expected NAME=KEY")?;
    Ok((parse::name(name)?, parse::key_name(key)?))
}

/// Makes it.
pub fn run(
    log_key: Option<&LogKey>,
    keyring: &Keyring,
    args: GenesisArgs,
) -> Result<Reply, Failure> {
    let log_key = log_key.ok_or_else(|| {
        Failure::usage(
            "the log key is missing",
            "Name the public key that is going to sign checkpoints with --log-key.",
        )
    })?;
    let log_key = log_key
        .for_origin(&args.origin)
        .map_err(|what| Failure::usage(what, "Give a log key of the same origin as --origin."))?;
    let (names, keys): (Vec<Name>, Vec<KeyName>) = args.authority.into_iter().unzip();
    let keys = keyring.open(&keys)?;
    let body = Body::Genesis(Genesis {
        log_key: log_key.public_key(),
        authorities: names.into_iter().zip(public(&keys)).collect(),
        rule_set: RuleSet {
            version: 1,
            account_opening_fee_yen: args.account_opening_fee,
            transfer_fee_yen: args.transfer_fee,
            certificate_fee_yen: args.certificate_fee,
        },
    });
    let lines = describe::body(&body);
    let command = CommandBuilder::new(args.origin, body).valid_for_ms(VALIDITY_MS).build()?;
    let (id, valid_until) = (command.id(), command.command().valid_until);
    let signed = command.sign(&keys.iter().collect::<Vec<_>>())?;
    let bytes = wire::SignedCommand::from(signed).encode_to_vec();
    std::fs::write(&args.out, bytes).map_err(Failure::writing(&args.out))?;
    let json = json!({
        "file": args.out,
        "command_id": id.to_string(),
        "log_key": log_key.to_string(),
        "valid_until": valid_until.to_string(),
    });
    let text = format!(
        "{}\n\nSigned by {} authorities and written to {}.\nUse it before {valid_until}: registry-node init --genesis {}",
        pairs(lines),
        keys.len(),
        args.out.display(),
        args.out.display(),
    );
    Ok(Reply::new(json, text))
}
