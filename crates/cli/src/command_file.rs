//! Command files: a command on its way, with the signatures it has so far and the
//! personal data it commits to. Written by `--unsigned-out`, signed by `jcm sign`,
//! sent by `jcm submit`; pending commands have the same form.
//!
//! Only the payload counts. Everything else in the file that describes it is for
//! people, and is never believed: what is shown before signing comes from the
//! payload, from the registry, and from the effect in the file where the payload
//! pins exactly that one.

use crate::failure::Failure;
use crate::home::write_private;
use crate::signature_file::{self, SignatureText};
use jcm_client::{PreparedEffect, PrivateValue, UnsignedCommand};
use jcm_format::codec;
use jcm_format::commitment::SALT_LEN;
use jcm_format::envelope::SignedCommand;
use jcm_format::hash::{Digest, from_hex, to_hex};
use jcm_format::key::PublicKey;
use serde::{Deserialize, Serialize};
use std::path::Path;

const FORMAT: &str = "jcm-command/1";

/// A command with what belongs to it.
#[derive(Debug, Clone)]
pub struct CommandFile {
    /// The command as it was parsed.
    pub command: UnsignedCommand,
    /// Payload and signatures.
    pub signed: SignedCommand,
    /// Who is going to sign: for showing the effect again, nothing else.
    pub signers: Vec<PublicKey>,
    /// Personal data that it commits to.
    pub private: Vec<PrivateValue>,
    /// The effect that the payload pins, for whoever signs without the registry.
    pub effect: Option<PreparedEffect>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    format: String,
    /// For people.
    command: String,
    registry: String,
    command_id: String,
    valid_until: String,
    payload: String,
    signers: Vec<String>,
    signatures: Vec<SignatureText>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    private_data: Vec<PrivateText>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effect: Option<EffectText>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EffectText {
    rule_set: u32,
    event: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PrivateText {
    salt: String,
    data: String,
}

impl CommandFile {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<CommandFile, Failure> {
        let text = std::fs::read_to_string(path).map_err(Failure::reading(path))?;
        CommandFile::parse(&text).ok_or_else(|| {
            let name = path.display();
            match text.contains(signature_file::FORMAT) {
                true => Failure::usage(
                    format!("{name} holds signatures, not a command"),
                    "Give the command file that they sign; `jcm submit FILE --signature` puts both together.",
                ),
                false => Failure::usage(
                    format!("{name} is not a command file"),
                    "Give a file that --unsigned-out or `jcm sign` has written.",
                ),
            }
        })
    }

    /// Reads a text.
    pub fn parse(text: &str) -> Option<CommandFile> {
        let text: Text = serde_json::from_str(text).ok()?;
        if text.format != FORMAT {
            return None;
        }
        let payload = bytes(&text.payload)?;
        let command = UnsignedCommand::from_payload(payload.clone()).ok()?;
        let private = |text: &PrivateText| {
            let salt = from_hex::<SALT_LEN>(&text.salt).ok()?;
            Some(PrivateValue::from_parts(salt, bytes(&text.data)?))
        };
        Some(CommandFile {
            command,
            signed: SignedCommand {
                payload,
                signatures: text
                    .signatures
                    .iter()
                    .map(SignatureText::read)
                    .collect::<Option<_>>()?,
            },
            signers: text.signers.iter().map(|key| key.parse().ok()).collect::<Option<_>>()?,
            private: text.private_data.iter().map(private).collect::<Option<_>>()?,
            effect: match text.effect {
                Some(effect) => Some(PreparedEffect::of(&bytes(&effect.event)?, effect.rule_set)?),
                None => None,
            },
        })
    }

    /// Writes it, for its owner alone.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(&self.to_text())
            .map_err(|error| Failure::usage(error.to_string(), ""))?;
        write_private(path, format!("{text}\n").as_bytes())
    }

    fn to_text(&self) -> Text {
        let command = self.command.command();
        let private =
            |p: &PrivateValue| PrivateText { salt: to_hex(p.salt()), data: to_hex(p.data()) };
        Text {
            format: FORMAT.to_owned(),
            command: command.body.name().to_owned(),
            registry: command.registry.to_string(),
            command_id: command.id.to_string(),
            valid_until: command.valid_until.to_string(),
            payload: to_hex(&self.signed.payload),
            signers: self.signers.iter().map(ToString::to_string).collect(),
            signatures: self.signed.signatures.iter().map(SignatureText::of).collect(),
            private_data: self.private.iter().map(private).collect(),
            // What came from an encoding has one.
            effect: self.effect.as_ref().and_then(|effect| {
                let event = to_hex(&codec::encode(&effect.event).ok()?);
                Some(EffectText { rule_set: effect.rule_set, event })
            }),
        }
    }
}

/// Removes the data behind `commitment` from the command files of `folder`; tells
/// from how many. A file that holds nothing else that is private goes as a whole.
pub fn forget(folder: &Path, commitment: Digest) -> Result<usize, Failure> {
    let files = match std::fs::read_dir(folder) {
        Ok(files) => files,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
        Err(error) => return Err(Failure::reading(folder)(error)),
    };
    let mut removed = 0;
    for path in files {
        let path = path.map_err(Failure::reading(folder))?.path();
        // Others' files are left alone; one that cannot be read may hold it.
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let mut file = CommandFile::read(&path)?;
        let before = file.private.len();
        file.private.retain(|value| value.commitment() != commitment);
        if file.private.len() == before {
            continue;
        }
        match file.private.is_empty() {
            true => std::fs::remove_file(&path).map_err(Failure::writing(&path))?,
            false => file.write(&path)?,
        }
        removed += 1;
    }
    Ok(removed)
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pair = |i: usize| from_hex::<1>(hex.get(i..i + 2)?).ok().map(|[byte]| byte);
    (0..hex.len()).step_by(2).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_client::CommandBuilder;
    use jcm_format::command::Body;
    use jcm_format::event::Event;
    use jcm_format::id::EntryIndex;
    use jcm_format::key::SecretKey;

    #[test]
    fn what_is_erased_is_forgotten_and_the_rest_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let private = |text: &str| PrivateValue::new(text.into()).expect("random");
        let [one, two] = ["担当 太郎", "担当 花子"].map(private);
        let write = |name: &str, private: Vec<PrivateValue>| {
            let origin = "registry.example/jcm/test".parse().expect("an origin");
            let body = Body::OpenAccount { application: EntryIndex::new(7) };
            let command = CommandBuilder::new(origin, body).build().expect("well formed");
            let signed = SignedCommand { payload: command.payload().to_vec(), signatures: vec![] };
            let file = CommandFile { command, signed, signers: Vec::new(), private, effect: None };
            let path = folder.path().join(name);
            file.write(&path).expect("writable");
            path
        };
        let both = write("both.json", vec![one.clone(), two.clone()]);
        let alone = write("alone.json", vec![one.clone()]);
        let other = write("other.json", vec![two.clone()]);
        assert_eq!(forget(folder.path(), one.commitment()).expect("readable"), 2);
        assert!(!alone.exists());
        for path in [both, other] {
            assert_eq!(CommandFile::read(&path).expect("kept").private, std::slice::from_ref(&two));
        }
        assert_eq!(forget(folder.path(), one.commitment()).expect("readable"), 0);
        let nowhere = folder.path().join("none");
        assert_eq!(forget(&nowhere, one.commitment()).expect("no folder"), 0);
    }

    #[test]
    fn a_command_file_comes_back_with_signatures_and_personal_data() {
        let origin = "registry.example/jcm/test".parse().expect("an origin");
        let body = Body::OpenAccount { application: EntryIndex::new(7) };
        let command = CommandBuilder::new(origin, body).build().expect("well formed");
        let key = SecretKey::from_seed(&[1; 32]);
        let signed = command.clone().sign(&[&key]).expect("one");
        let private = vec![PrivateValue::new("担当 太郎".into()).expect("random")];
        let signers = vec![key.public_key()];
        let effect = PreparedEffect::of(&codec::encode(&Event(Vec::new())).expect("short"), 3);
        let file = CommandFile { command, signed, signers, private, effect };
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("c.json");
        file.write(&path).expect("writable");
        let again = CommandFile::read(&path).expect("ours");
        assert_eq!(again.signed, file.signed);
        assert_eq!(again.command, file.command);
        assert_eq!(again.private, file.private);
        assert!(file.effect.is_some() && again.effect == file.effect);
        let text = std::fs::read_to_string(&path).expect("ours");
        for (from, to) in
            [("jcm-command/1", "jcm-command/2"), ("\"payload\": \"", "\"payload\": \"0")]
        {
            assert!(CommandFile::parse(&text.replace(from, to)).is_none());
        }
    }
}
