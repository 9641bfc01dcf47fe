//! Keys: made and shown here, proved, registered and revoked at the registry.

use super::recover;
use crate::act::{ActArgs, act};
use crate::failure::Failure;
use crate::keys::{Keyring, warn_unencrypted};
use crate::parse;
use crate::reply::{Reply, pairs};
use crate::session::Context;
use clap::Subcommand;
use jcm_client::{
    KeyFile, KeyFileError, KeyName, Passphrase, Protection, Signer, prove_possession,
    verify_possession,
};
use jcm_format::command::{Body, KeyWithPossession, Role};
use jcm_format::key::PublicKey;
use jcm_format::text::Text;
use jcm_format::tlog::Origin;
use serde_json::json;
use std::path::{Path, PathBuf};

const FIRST_LINE: &str = "jcm-possession/1";

/// Keys: make, protect, show, prove, register, revoke, list, recover.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key and write its file, encrypted and readable by you alone
    #[command(
        after_help = "Example:\n  jcm key new operator-07.key\n\nYou are asked for a passphrase, twice; or --passphrase-file names a file that has it.\nThe file is PKCS#8: `openssl pkey -in operator-07.key -pubout` reads it too."
    )]
    New {
        /// Where to write it; must not exist
        file: PathBuf,
        /// Do not encrypt it: whoever copies the file can act as its owner. For tests
        #[arg(long)]
        without_passphrase: bool,
    },
    /// Write a key file anew: encrypted, or with another passphrase
    #[command(
        after_help = "Example:\n  jcm key protect old.key --out new.key\n\nThe old file stays as it is: delete it, and its copies, when the new one works.\nIf others may have seen the old file unencrypted, make a new key instead and revoke this one."
    )]
    Protect {
        /// The key file, in any form that is read
        file: PathBuf,
        /// Where to write the new one; must not exist
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// File whose first line is the new passphrase; without it, you are asked
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
    },
    /// Show the public half of a key
    #[command(after_help = "Example:\n  jcm key show operator-07.key")]
    Show {
        /// The key file, or agent:…
        #[arg(value_parser = parse::key_name)]
        key: KeyName,
    },
    /// Prove that you hold a key, for one registry and one role
    #[command(
        after_help = "Example:\n  jcm key possession --role operator:op-07 operator-07.key --out op-07.possession"
    )]
    Possession {
        /// The role that the key is to act in, such as operator:op-07 or
        /// representative:JP-0001001-05:tanaka:initiate
        #[arg(long, value_parser = parse::role)]
        role: Role,
        /// The registry's origin; without it the registry is asked
        #[arg(long)]
        origin: Option<Origin>,
        /// Where to write the proof; without it, it is shown
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// The key file, or agent: and its fingerprint or comment in the ssh-agent
        #[arg(value_parser = parse::key_name)]
        key: KeyName,
    },
    /// Register a further key, on its owner's proof
    #[command(
        after_help = "Example:\n  jcm key register --possession second.possession --key a1.key --key a2.key"
    )]
    Register {
        /// The owner's proof, which names the role
        #[arg(long, value_name = "FILE")]
        possession: PathBuf,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
    /// List the keys of an account, and a recovery that waits
    #[command(after_help = "Example:\n  jcm key list JP-0001001-05")]
    List(recover::ListArgs),
    /// A new key in place of lost ones: request, cancel, complete
    #[command(subcommand)]
    Recover(recover::RecoverCommand),
    /// Revoke a key from the next entry on
    #[command(
        after_help = "Example:\n  jcm key revoke PUBLIC_KEY --reason 'lost' --key a1.key --key a2.key"
    )]
    Revoke {
        /// The public key, 64 hexadecimal digits
        public_key: PublicKey,
        /// Why; recorded and public
        #[arg(long, value_parser = parse::text)]
        reason: Text,
        /// How to act.
        #[command(flatten)]
        act: ActArgs,
    },
}

/// A proof that a key's owner holds it, as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Possession {
    registry: Origin,
    role: Role,
    key: KeyWithPossession,
}

impl Possession {
    /// Reads a proof for `role`, or for the role it names, and checks it.
    pub fn read(
        path: &Path,
        registry: &Origin,
        role: Option<&Role>,
    ) -> Result<Possession, Failure> {
        let text = std::fs::read_to_string(path).map_err(Failure::reading(path))?;
        let refuse = |what: String| {
            Failure::usage(
                format!("{}: {what}", path.display()),
                "Have the key's owner make the proof with `jcm key possession`.",
            )
        };
        let proof =
            Possession::parse(&text).ok_or_else(|| refuse("not a proof of possession".into()))?;
        if proof.registry != *registry {
            return Err(refuse(format!("the proof is for the registry {}", proof.registry)));
        }
        if role.is_some_and(|role| *role != proof.role) {
            return Err(refuse(format!("the proof is for the role {}", proof.role)));
        }
        let KeyWithPossession { key, possession } = &proof.key;
        if !verify_possession(registry, &proof.role, key, possession) {
            return Err(refuse("the proof does not verify".into()));
        }
        Ok(proof)
    }

    /// The role that it is for.
    pub fn role(&self) -> &Role {
        &self.role
    }

    /// The key with its proof.
    pub fn key(&self) -> KeyWithPossession {
        self.key
    }

    fn parse(text: &str) -> Option<Possession> {
        let mut lines = text.strip_prefix(FIRST_LINE)?.strip_prefix('\n')?.lines();
        let mut field = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
        Some(Possession {
            registry: field("registry")?.parse().ok()?,
            role: parse::role(field("role")?).ok()?,
            key: KeyWithPossession {
                key: field("key")?.parse().ok()?,
                possession: field("possession")?.parse().ok()?,
            },
        })
    }

    fn text(&self) -> String {
        let KeyWithPossession { key, possession } = &self.key;
        format!(
            "{FIRST_LINE}\nregistry {}\nrole {}\nkey {key}\npossession {possession}\n",
            self.registry, self.role
        )
    }
}

/// Runs one of them.
pub async fn run(context: &Context, command: KeyCommand) -> Result<Reply, Failure> {
    match command {
        KeyCommand::New { file, without_passphrase } => {
            make(&context.keyring, file, without_passphrase)
        }
        KeyCommand::Protect { file, out, new_passphrase_file } => {
            protect(&context.keyring, &file, out, new_passphrase_file)
        }
        KeyCommand::Show { key } => {
            let key = context.keyring.open_one(&key)?.public_key();
            Ok(Reply::new(json!({ "public_key": key }), key.to_string()))
        }
        KeyCommand::Possession { role, origin, out, key } => {
            let registry = match origin {
                Some(origin) => origin,
                None => context.open().await?.info.origin,
            };
            prove(registry, role, &*context.keyring.open_one(&key)?, out)
        }
        KeyCommand::Register { possession, act: args } => {
            let mut session = context.open().await?;
            let proof = Possession::read(&possession, &session.info.origin, None)?;
            let body = Body::RegisterKey { role: proof.role.clone(), key: proof.key };
            act(context, &mut session, &args, body, Vec::new()).await
        }
        KeyCommand::List(args) => recover::list(context, args).await,
        KeyCommand::Recover(command) => recover::run(context, command).await,
        KeyCommand::Revoke { public_key, reason, act: args } => {
            let mut session = context.open().await?;
            let body = Body::RevokeKey { key: public_key, reason };
            act(context, &mut session, &args, body, Vec::new()).await
        }
    }
}

fn make(keyring: &Keyring, file: PathBuf, without_passphrase: bool) -> Result<Reply, Failure> {
    // Asked for a passphrase first, one would think that the key can be made.
    if file.exists() {
        return Err(KeyFileError::Exists(file).into());
    }
    let key = if without_passphrase {
        let key = KeyFile::create(&file, &Protection::Unencrypted)?;
        warn_unencrypted(&file);
        key
    } else {
        let passphrase = keyring.new_passphrase(&file)?;
        KeyFile::create(&file, &Protection::Passphrase(&passphrase))?
    };
    let key = key.public_key();
    let danger = match without_passphrase {
        true => "not encrypted. Whoever can read it can act as you.",
        false => "encrypted. Whoever has it and its passphrase can act as you.",
    };
    let text = format!("{key}\nThe key is in {}, {danger}", file.display());
    let json = json!({ "public_key": key, "file": file, "is_encrypted": !without_passphrase });
    Ok(Reply::new(json, text))
}

fn protect(
    keyring: &Keyring,
    file: &Path,
    out: PathBuf,
    new_passphrase_file: Option<PathBuf>,
) -> Result<Reply, Failure> {
    if out.exists() {
        return Err(KeyFileError::Exists(out).into());
    }
    let stored = KeyFile::read(file, &mut |path| keyring.passphrase(path))?;
    let passphrase = match new_passphrase_file {
        Some(file) => Passphrase::from_file(&file)?,
        None => Keyring::default().new_passphrase(&out)?,
    };
    KeyFile::write(&out, &stored.key, &Protection::Passphrase(&passphrase))?;
    let key = stored.key.public_key();
    let json = json!({ "public_key": key, "file": out });
    let text = format!(
        "{key}\nThe key is in {}, encrypted. {} is as it was.",
        out.display(),
        file.display()
    );
    Ok(Reply::new(json, text))
}

fn prove(
    registry: Origin,
    role: Role,
    signer: &dyn Signer,
    out: Option<PathBuf>,
) -> Result<Reply, Failure> {
    let possession = prove_possession(&registry, &role, signer)?;
    let key = KeyWithPossession { key: signer.public_key(), possession };
    let proof = Possession { registry, role, key };
    let text = proof.text();
    let json = json!({
        "registry": proof.registry,
        "role": proof.role.to_string(),
        "public_key": key.key,
        "possession": key.possession,
        "file": out,
    });
    let Some(out) = out else { return Ok(Reply::new(json, text)) };
    std::fs::write(&out, &text).map_err(Failure::writing(&out))?;
    let lines = [
        ("key", key.key.to_string()),
        ("role", proof.role.to_string()),
        ("proof", out.display().to_string()),
    ];
    Ok(Reply::new(json, pairs(lines)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_format::key::SecretKey;

    #[test]
    fn a_proof_is_read_for_its_registry_and_role_only() {
        let folder = tempfile::tempdir().expect("a folder");
        let (key, out) = (SecretKey::from_seed(&[1; 32]), folder.path().join("a.possession"));
        let origin: Origin = "registry.example/jcm/test".parse().expect("an origin");
        let other: Origin = "registry.example/jcm/other".parse().expect("an origin");
        let role = parse::role("operator:op-07").expect("a role");
        prove(origin.clone(), role.clone(), &key, Some(out.clone())).expect("written");
        assert!(Possession::read(&out, &origin, Some(&role)).is_ok());
        assert!(Possession::read(&out, &origin, None).is_ok());
        assert!(Possession::read(&out, &other, None).is_err());
        let another = parse::role("operator:op-08").expect("a role");
        assert!(Possession::read(&out, &origin, Some(&another)).is_err());
        let text = std::fs::read_to_string(&out).expect("ours").replace("op-07", "op-08");
        std::fs::write(&out, text).expect("ours");
        assert!(Possession::read(&out, &origin, Some(&another)).is_err());
    }
}
