//! Signed commands: a payload, its signatures, and the evidence that they hold.
//!
//! The signature covers the DSSE pre-authentication encoding of the payload, so
//! that the type is signed along with the bytes. Verification comes before
//! parsing. Specification: `docs/spec/commands.md`.

use crate::command::{Command, FieldError, FieldRule, PayloadError, Role};
use crate::hash::Digest;
use crate::key::{AdmittedKey, PublicKey, Signature, UnsuitableKey};
use crate::limits::{PAYLOAD_BYTES_MAX, SIGNATURES_MAX};
use crate::tlog::Origin;
use bincode::{Decode, Encode};
use serde::Serialize;

/// Payload type of a signed command.
pub const COMMAND_TYPE: &str = "application/vnd.jcm-registry.command.v1+protobuf";

/// Payload type of a proof that a key's owner holds it.
pub const POSSESSION_TYPE: &str = "application/vnd.jcm-registry.key-possession.v1";

/// The DSSE v1 pre-authentication encoding.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let header = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len());
    [header.as_bytes(), payload].concat()
}

/// What a key signs to prove that its owner holds it, for one registry and role.
pub fn possession_challenge(registry: &Origin, role: &Role, key: &PublicKey) -> Vec<u8> {
    pae(POSSESSION_TYPE, format!("{registry}\n{role}\n{key}\n").as_bytes())
}

/// A command as it was submitted: exactly these bytes are stored.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct SignedCommand {
    /// The serialised `Command`.
    #[serde(serialize_with = "as_hex")]
    pub payload: Vec<u8>,
    /// One to eight signatures by different keys.
    pub signatures: Vec<CommandSignature>,
}

fn as_hex<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&crate::hash::to_hex(bytes))
}

/// One signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct CommandSignature {
    /// The key that signed.
    pub key: PublicKey,
    /// The signature over [`SignedCommand::signed_bytes`].
    pub signature: Signature,
}

/// A command whose every signature has been verified: evidence, made only by
/// [`SignedCommand::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCommand {
    signed: SignedCommand,
    command: Command,
}

/// Why an envelope is not a verified command. Ordered by precedence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// The payload is too long.
    #[error("the payload has more than {PAYLOAD_BYTES_MAX} bytes")]
    PayloadTooLong,
    /// There is no signature, or there are too many.
    #[error("a command needs 1 to {SIGNATURES_MAX} signatures")]
    SignatureCount,
    /// A key signed twice.
    #[error("the key {0} signed twice")]
    SignerRepeated(PublicKey),
    /// A key is not one that can sign.
    #[error("the key {0} is unsuitable")]
    UnsuitableKey(PublicKey, #[source] UnsuitableKey),
    /// A signature does not verify.
    #[error("the signature by {0} does not verify")]
    BadSignature(PublicKey),
    /// The payload does not decode.
    #[error("the payload does not decode as a jcm.registry.v1.Command")]
    PayloadMalformed,
    /// The payload holds something unknown or in another order.
    #[error("the payload does not encode again to the same bytes")]
    PayloadNotCanonical,
    /// A field breaks a rule of form.
    #[error("a field breaks a rule of form")]
    Field(#[source] FieldError),
}

impl EnvelopeError {
    /// The stable number.
    pub const fn number(&self) -> u16 {
        match self {
            EnvelopeError::PayloadTooLong => 101,
            EnvelopeError::SignatureCount => 102,
            EnvelopeError::PayloadMalformed => 103,
            EnvelopeError::PayloadNotCanonical => 104,
            EnvelopeError::Field(error) => error.rule.number(),
            EnvelopeError::SignerRepeated(_) => 201,
            EnvelopeError::UnsuitableKey(..) => 202,
            EnvelopeError::BadSignature(_) => 203,
        }
    }

    /// The stable reason, for machines.
    pub const fn reason(&self) -> &'static str {
        match self {
            EnvelopeError::PayloadTooLong => "PAYLOAD_TOO_LONG",
            EnvelopeError::SignatureCount => "SIGNATURE_COUNT",
            EnvelopeError::PayloadMalformed => "PAYLOAD_MALFORMED",
            EnvelopeError::PayloadNotCanonical => "PAYLOAD_NOT_CANONICAL",
            EnvelopeError::Field(error) => error.rule.reason(),
            EnvelopeError::SignerRepeated(_) => "SIGNER_REPEATED",
            EnvelopeError::UnsuitableKey(..) => "KEY_UNSUITABLE",
            EnvelopeError::BadSignature(_) => "SIGNATURE_INVALID",
        }
    }

    /// The field concerned, where there is one.
    pub fn field(&self) -> Option<(&str, FieldRule)> {
        match self {
            EnvelopeError::Field(error) => Some((&error.field, error.rule)),
            _ => None,
        }
    }

    /// The fields concerned: of a command of several parts, the first of each part
    /// that breaks a rule of form.
    pub fn fields(&self) -> Vec<(&str, FieldRule)> {
        match self {
            EnvelopeError::Field(error) => error.all().collect(),
            _ => Vec::new(),
        }
    }
}

impl SignedCommand {
    /// The bytes that every signature covers.
    pub fn signed_bytes(&self) -> Vec<u8> {
        pae(COMMAND_TYPE, &self.payload)
    }

    /// Verifies every signature, then parses. `admit` applies
    /// [`PublicKey::admit`], from a cache where there is one.
    ///
    /// # Errors
    ///
    /// The first rule broken, in the order of [`EnvelopeError`].
    pub fn verify(
        self,
        admit: impl Fn(&PublicKey) -> Result<AdmittedKey, UnsuitableKey>,
    ) -> Result<VerifiedCommand, EnvelopeError> {
        if self.payload.len() > PAYLOAD_BYTES_MAX {
            return Err(EnvelopeError::PayloadTooLong);
        }
        if self.signatures.is_empty() || SIGNATURES_MAX < self.signatures.len() {
            return Err(EnvelopeError::SignatureCount);
        }
        for (i, signature) in self.signatures.iter().enumerate() {
            if self.signatures[..i].iter().any(|earlier| earlier.key == signature.key) {
                return Err(EnvelopeError::SignerRepeated(signature.key));
            }
        }
        let message = self.signed_bytes();
        for CommandSignature { key, signature } in &self.signatures {
            let admitted = admit(key).map_err(|error| EnvelopeError::UnsuitableKey(*key, error))?;
            admitted.verify(&message, signature).map_err(|_| EnvelopeError::BadSignature(*key))?;
        }
        let command = Command::parse(&self.payload).map_err(|error| match error {
            PayloadError::TooLong => EnvelopeError::PayloadTooLong,
            PayloadError::Malformed => EnvelopeError::PayloadMalformed,
            PayloadError::NotCanonical => EnvelopeError::PayloadNotCanonical,
            PayloadError::Field(error) => EnvelopeError::Field(error),
        })?;
        Ok(VerifiedCommand { signed: self, command })
    }
}

impl VerifiedCommand {
    /// The command.
    pub fn command(&self) -> &Command {
        &self.command
    }

    /// The bytes and signatures as they were submitted.
    pub fn signed(&self) -> &SignedCommand {
        &self.signed
    }

    /// The keys that signed, in the order of the envelope.
    pub fn signers(&self) -> impl Iterator<Item = PublicKey> {
        self.signed.signatures.iter().map(|signature| signature.key)
    }

    /// SHA-256 of the payload: what "the same content" means for a retry.
    pub fn payload_digest(&self) -> Digest {
        Digest::of(&[&self.signed.payload])
    }

    /// Gives back the envelope.
    pub fn into_signed(self) -> SignedCommand {
        self.signed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pre_authentication_encoding_is_that_of_dsse() {
        assert_eq!(
            pae("http://example.com/HelloWorld", b"hello world"),
            b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }

    /// A signed example made by another implementation.
    #[test]
    fn another_implementation_s_signature_verifies() {
        let key = "513d30dad8b9b96054727e8f23bebbc14a752696a9336f73df7d24323f51daf7";
        let signature = "c954e0f3361ee5aaff83c18ab9b4265a0274fff444c475bffda3e0052ad5a8179d96599fdf382bc425536222630ce4ceeebdf933ce3906b996e04afb382f7e00";
        let payload: [u8; 24] =
            crate::hash::from_hex("0a1047532d313233342d5643552d323032361080c8afa025").expect("hex");
        let message = pae("application/vnd.registry.example.ledger-op.v1+protobuf", &payload);
        let key = key.parse::<PublicKey>().expect("hex").admit().expect("honest");
        assert_eq!(key.verify(&message, &signature.parse().expect("hex")), Ok(()));
    }
}
