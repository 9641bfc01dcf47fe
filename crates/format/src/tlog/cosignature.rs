//! Cosignatures of witnesses on checkpoints, version 1 (`docs/spec/tlog.md` §4).
//!
//! A witness cosigns a checkpoint when it is consistent with every one it saw
//! before; that check, and remembering what was seen, are the witness's own.

use super::checkpoint::TrustedCheckpoint;
use super::note::{OpenError, signature_line};
use super::text::is_key_name;
use super::vkey::{COSIGNATURE_TIME_MAX_S, KeyId, KeyType, VerifierKey, cosigned_message};
use crate::key::SecretKey;

/// A witness's verified statement that it saw the checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature<'a> {
    /// The witness's key.
    pub witness: &'a VerifierKey,
    /// When it saw the checkpoint, by its own clock, in POSIX seconds.
    pub time_s: u64,
}

/// Why a checkpoint was not cosigned, or its cosignatures are not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CosignatureError {
    /// The name is empty or has a space, a '+' or a control character.
    #[error("the key name is empty or contains a space, a '+' or a control character")]
    KeyName,
    /// Later than [`COSIGNATURE_TIME_MAX_S`].
    #[error("the time is later than {COSIGNATURE_TIME_MAX_S}")]
    Time,
    /// One of the keys given as witnesses makes no cosignatures.
    #[error("the key {name} is not of the type that cosigns")]
    NotAWitnessKey {
        /// The name of the key.
        name: String,
    },
    /// A witness's line does not verify, which condemns the whole note.
    #[error("a cosignature does not verify")]
    Signature(#[source] OpenError),
}

/// Cosigns a checkpoint as the witness `name`; gives the whole signature line
/// with its newline, to be appended to the note (`docs/spec/tlog.md` §4).
pub fn cosign(
    checkpoint: &TrustedCheckpoint,
    name: &str,
    secret: &SecretKey,
    time_s: u64,
) -> Result<String, CosignatureError> {
    if !is_key_name(name) {
        return Err(CosignatureError::KeyName);
    }
    if time_s > COSIGNATURE_TIME_MAX_S {
        return Err(CosignatureError::Time);
    }
    let signature = secret.sign(cosigned_message(time_s, checkpoint.note().text()).as_bytes());
    let bytes = [time_s.to_be_bytes().as_slice(), signature.as_bytes()].concat();
    let id = KeyId::of(name, KeyType::Cosignature, &secret.public_key());
    Ok(signature_line(name, id, &bytes))
}

impl TrustedCheckpoint {
    /// Verifies the cosignatures by `witnesses`; lines by others are ignored
    /// (`docs/spec/tlog.md` §4). Each public key is counted once, with the latest
    /// time it stated, because a cosignature does not bind the name beside it.
    pub fn cosignatures<'a>(
        &self,
        witnesses: &'a [VerifierKey],
    ) -> Result<Vec<Cosignature<'a>>, CosignatureError> {
        if let Some(key) = witnesses.iter().find(|key| key.kind() != KeyType::Cosignature) {
            return Err(CosignatureError::NotAWitnessKey { name: key.name().to_owned() });
        }
        let verified = self.note().verified(witnesses).map_err(CosignatureError::Signature)?;
        let mut found: Vec<Cosignature<'a>> = Vec::new();
        for line in verified {
            let Some(time_s) = line.time_s else { continue };
            let key = line.key.public_key();
            match found.iter_mut().find(|known| known.witness.public_key() == key) {
                Some(known) => known.time_s = known.time_s.max(time_s),
                None => found.push(Cosignature { witness: line.key, time_s }),
            }
        }
        Ok(found)
    }
}
