//! Signature files: what a signer hands back for a command file, without the
//! command and the personal data that may travel with it. Written by
//! `jcm sign --signature-out`, put together by `jcm submit --signature`.

use crate::command_file::CommandFile;
use crate::failure::Failure;
use crate::home::write_private;
use jcm_format::envelope::{CommandSignature, SignedCommand};
use jcm_format::hash::Digest;
use jcm_format::limits::SIGNATURES_MAX;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Names the form.
pub const FORMAT: &str = "jcm-signature/1";

/// Signatures under one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureFile {
    /// SHA-256 of the command's payload: which command it is.
    pub payload: Digest,
    /// The command's id, for people.
    pub command_id: String,
    /// The signatures.
    pub signatures: Vec<CommandSignature>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    format: String,
    command_id: String,
    payload_sha256: String,
    signatures: Vec<SignatureText>,
}

/// A signature in a file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureText {
    key: String,
    signature: String,
}

impl SignatureText {
    /// In text form.
    pub fn of(signature: &CommandSignature) -> SignatureText {
        SignatureText { key: signature.key.to_string(), signature: signature.signature.to_string() }
    }

    /// Read.
    pub fn read(&self) -> Option<CommandSignature> {
        let key = self.key.parse().ok()?;
        Some(CommandSignature { key, signature: self.signature.parse().ok()? })
    }
}

impl SignatureFile {
    /// Reads a file: of signatures, or a copy of a command file that was signed.
    pub fn read(path: &Path) -> Result<SignatureFile, Failure> {
        let text = std::fs::read_to_string(path).map_err(Failure::reading(path))?;
        if let Some(signatures) = SignatureFile::parse(&text) {
            return Ok(signatures);
        }
        let Some(copy) = CommandFile::parse(&text) else {
            return Err(Failure::usage(
                format!("{} is neither a signature file nor a command file", path.display()),
                "Give what `jcm sign --signature-out` has written, or a signed copy of the command file.",
            ));
        };
        Ok(SignatureFile {
            payload: Digest::of(&[&copy.signed.payload]),
            command_id: copy.command.id().to_string(),
            signatures: copy.signed.signatures,
        })
    }

    fn parse(text: &str) -> Option<SignatureFile> {
        let text: Text = serde_json::from_str(text).ok()?;
        if text.format != FORMAT || SIGNATURES_MAX < text.signatures.len() {
            return None;
        }
        Some(SignatureFile {
            payload: text.payload_sha256.parse().ok()?,
            command_id: text.command_id,
            signatures: text.signatures.iter().map(SignatureText::read).collect::<Option<_>>()?,
        })
    }

    /// Writes it, for its owner alone.
    pub fn write(&self, path: &Path) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(&Text {
            format: FORMAT.to_owned(),
            command_id: self.command_id.clone(),
            payload_sha256: self.payload.to_string(),
            signatures: self.signatures.iter().map(SignatureText::of).collect(),
        })
        .map_err(|error| Failure::usage(error.to_string(), ""))?;
        write_private(path, format!("{text}\n").as_bytes())
    }

    /// Adds these signatures to `command`, each after it was verified. `path` is
    /// where they come from.
    pub fn add_to(&self, command: &mut SignedCommand, path: &Path) -> Result<(), Failure> {
        let path = path.display();
        if self.payload != Digest::of(&[&command.payload]) {
            return Err(Failure::usage(
                format!("{path} signs another command ({})", self.command_id),
                "Give the signatures of this command; each signer must have the same file.",
            ));
        }
        if self.signatures.is_empty() {
            return Err(Failure::usage(
                format!("{path} holds no signature"),
                "Have it signed with `jcm sign`.",
            ));
        }
        let message = command.signed_bytes();
        for signature in &self.signatures {
            let verified = signature
                .key
                .admit()
                .is_ok_and(|key| key.verify(&message, &signature.signature).is_ok());
            if !verified {
                return Err(Failure::usage(
                    format!("the signature by {} in {path} does not verify", signature.key),
                    "Have it made again; the file was changed on its way.",
                ));
            }
            // The same signer twice is one signer.
            if command.signatures.iter().all(|earlier| earlier.key != signature.key) {
                command.signatures.push(*signature);
            }
        }
        if SIGNATURES_MAX < command.signatures.len() {
            return Err(Failure::usage(
                format!("with {path} there are more than {SIGNATURES_MAX} signatures"),
                "Leave out those that are not needed.",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_client::{CommandBuilder, UnsignedCommand};
    use jcm_format::command::Body;
    use jcm_format::id::EntryIndex;
    use jcm_format::key::SecretKey;
    use std::path::PathBuf;

    fn key(seed: u8) -> SecretKey {
        SecretKey::from_seed(&[seed; 32])
    }

    fn command(application: u64) -> UnsignedCommand {
        let origin = "registry.example/jcm/test".parse().expect("an origin");
        let body = Body::OpenAccount { application: EntryIndex::new(application) };
        CommandBuilder::new(origin, body).build().expect("well formed")
    }

    fn signed(command: &UnsignedCommand, seeds: &[u8]) -> SignedCommand {
        let keys: Vec<SecretKey> = seeds.iter().map(|seed| key(*seed)).collect();
        command.clone().sign(&keys.iter().collect::<Vec<_>>()).expect("different keys")
    }

    fn written(folder: &Path, name: &str, signed: &SignedCommand) -> PathBuf {
        let file = SignatureFile {
            payload: Digest::of(&[&signed.payload]),
            command_id: "c1".to_owned(),
            signatures: signed.signatures.clone(),
        };
        let path = folder.join(name);
        file.write(&path).expect("writable");
        assert_eq!(SignatureFile::read(&path).expect("ours"), file);
        path
    }

    fn add(to: &mut SignedCommand, path: &Path) -> Result<(), String> {
        let read = SignatureFile::read(path).and_then(|file| file.add_to(to, path));
        read.map_err(|failure| failure.to_string())
    }

    #[test]
    fn signatures_of_several_signers_come_together_in_any_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let command = command(7);
        let [one, two] = [1, 2]
            .map(|seed| written(folder.path(), &format!("{seed}.sig"), &signed(&command, &[seed])));
        for order in [[&one, &two, &one], [&two, &one, &two]] {
            let mut merged = signed(&command, &[]);
            for path in order {
                assert_eq!(add(&mut merged, path), Ok(()));
            }
            assert_eq!(merged.signatures.len(), 2, "the same signer twice is one signer");
            assert!(merged.verify(|key| key.admit()).is_ok());
        }
        // A copy of the command file that was signed elsewhere serves as well.
        let copy = CommandFile {
            signed: signed(&command, &[3]),
            command: command.clone(),
            signers: Vec::new(),
            private: Vec::new(),
            effect: None,
        };
        let path = folder.path().join("copy.json");
        copy.write(&path).expect("writable");
        let mut merged = signed(&command, &[1]);
        assert_eq!(add(&mut merged, &path), Ok(()));
        assert_eq!(merged.signatures.len(), 2);
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let (this, other) = (command(7), command(8));
        let mut merged = signed(&this, &[1]);
        let before = merged.clone();
        let mut refused = |path: &Path, part: &str| {
            let error = add(&mut merged, path).expect_err(part);
            assert!(error.contains(part), "{error}");
        };
        refused(
            &written(folder.path(), "other", &signed(&other, &[2])),
            "signs another command (c1)",
        );
        refused(&written(folder.path(), "none", &signed(&this, &[])), "holds no signature");
        // The right name on the wrong signature.
        let mut forged = signed(&other, &[2]);
        forged.payload = this.payload().to_vec();
        refused(&written(folder.path(), "forged", &forged), "does not verify");
        let path = folder.path().join("text");
        for text in ["", "{}", "{\"format\":\"jcm-signature/2\"}"] {
            std::fs::write(&path, text).expect("ours");
            refused(&path, "is neither a signature file nor a command file");
        }
        refused(&folder.path().join("absent"), "cannot be read");
        assert_eq!(merged, before);
        let many: Vec<u8> = (1..=8).collect();
        let mut merged = signed(&this, &many);
        let ninth = written(folder.path(), "ninth", &signed(&this, &[9]));
        let error = add(&mut merged, &ninth).expect_err("one too many");
        assert!(error.contains("more than 8 signatures"), "{error}");
    }

    #[test]
    fn a_signature_file_is_told_from_a_command_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = written(folder.path(), "one.sig", &signed(&command(7), &[1]));
        let error = CommandFile::read(&path).expect_err("no command");
        assert!(error.to_string().ends_with("holds signatures, not a command"), "{error}");
    }
}
