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

#[cfg(test)]
mod tests {
    use super::super::golden;
    use super::*;

    fn trusted(note: &str) -> TrustedCheckpoint {
        TrustedCheckpoint::open(note, &golden::vkey("log_vkey")).expect("the log signed it")
    }

    #[test]
    fn the_golden_cosignatures_verify_and_are_made_alike() {
        let witness = [golden::vkey("witness_vkey")];
        let secret = golden::secret("witness_seed_hex");
        for size in golden::SIZES {
            let note = golden::checkpoint(size);
            let checkpoint = trusted(&note);
            let found = checkpoint.cosignatures(&witness).expect("verifies");
            assert_eq!(found, [Cosignature { witness: &witness[0], time_s: golden::TIME_S }]);
            let line = cosign(&checkpoint, "witness.example/w1", &secret, golden::TIME_S);
            assert!(note.ends_with(&line.expect("cosigned")));
        }
    }

    #[test]
    fn one_changed_byte_never_makes_another_cosignature() {
        let (log, witness) = (golden::vkey("log_vkey"), [golden::vkey("witness_vkey")]);
        for changed in golden::one_byte_off(&golden::checkpoint(600)) {
            let Ok(checkpoint) = TrustedCheckpoint::open(&changed, &log) else { continue };
            // Either it is condemned, or it is a stranger's line that is ignored.
            assert!(checkpoint.cosignatures(&witness).unwrap_or_default().is_empty(), "{changed}");
        }
    }

    #[test]
    fn a_key_counts_once_whatever_names_it_goes_by() {
        let secret = golden::secret("witness_seed_hex");
        let note = golden::checkpoint(600);
        let again = |name, time| cosign(&trusted(&note), name, &secret, time).expect("cosigned");
        let later = golden::TIME_S + 5;
        let note = format!("{note}{}{}", again("witness.example/w1", later), again("alias", 1));
        let alias = VerifierKey::new("alias", KeyType::Cosignature, &secret.public_key());
        let witnesses = [golden::vkey("witness_vkey"), alias.expect("a key")];
        let checkpoint = trusted(&note);
        let found = checkpoint.cosignatures(&witnesses).expect("verifies");
        assert_eq!(found, [Cosignature { witness: &witnesses[0], time_s: later }]);
    }

    #[test]
    fn what_cannot_be_a_cosignature_is_refused() {
        let checkpoint = trusted(&golden::checkpoint(600));
        let secret = golden::secret("witness_seed_hex");
        let latest = cosign(&checkpoint, "w", &secret, COSIGNATURE_TIME_MAX_S).expect("cosigned");
        let note = format!("{}{latest}", checkpoint.note_text());
        let known = [VerifierKey::new("w", KeyType::Cosignature, &secret.public_key()).expect("w")];
        assert_eq!(trusted(&note).cosignatures(&known).map(|found| found.len()), Ok(1));
        let refused = cosign(&checkpoint, "w", &secret, COSIGNATURE_TIME_MAX_S + 1);
        assert_eq!(refused, Err(CosignatureError::Time));
        assert_eq!(cosign(&checkpoint, "w w", &secret, 0), Err(CosignatureError::KeyName));
        let log = [golden::vkey("log_vkey")];
        let name = golden::text("origin");
        assert_eq!(checkpoint.cosignatures(&log), Err(CosignatureError::NotAWitnessKey { name }));
        // Too late a time, honestly signed; and a signature cut short.
        let text = checkpoint.checkpoint().text();
        let signature = secret.sign(cosigned_message(u64::MAX, &text).as_bytes());
        let late = [u64::MAX.to_be_bytes().as_slice(), signature.as_bytes()].concat();
        for bytes in [late.as_slice(), &late[..71], &late[..7]] {
            let line = signature_line("w", known[0].id(), bytes);
            let note = format!("{}{line}", checkpoint.note_text());
            assert!(trusted(&note).cosignatures(&known).is_err());
        }
    }
}
