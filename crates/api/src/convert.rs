//! Conversions between wire messages and the format's types. Both directions
//! move bytes; what a signer signed is never serialised again.

use crate::pb;
use jcm_format::command::{FieldError, FieldRule};
use jcm_format::commitment::SALT_LEN;
use jcm_format::envelope::{CommandSignature, EnvelopeError, SignedCommand};
use jcm_format::id::BlockNumber;
use jcm_format::key::{PublicKey, Signature};
use jcm_format::limits::SIGNATURES_MAX;
use jcm_format::serial::SerialRange;

impl TryFrom<pb::SignedCommand> for SignedCommand {
    type Error = EnvelopeError;

    /// Takes over payload and signatures. Nothing is verified.
    fn try_from(wire: pb::SignedCommand) -> Result<SignedCommand, EnvelopeError> {
        if SIGNATURES_MAX < wire.signatures.len() {
            return Err(EnvelopeError::SignatureCount);
        }
        let mut signatures = Vec::with_capacity(wire.signatures.len());
        for (i, signature) in wire.signatures.iter().enumerate() {
            let key = PublicKey::from_slice(&signature.public_key);
            let bytes = Signature::from_slice(&signature.signature);
            signatures.push(CommandSignature {
                key: key.ok_or_else(|| wrong_length(i, "public_key"))?,
                signature: bytes.ok_or_else(|| wrong_length(i, "signature"))?,
            });
        }
        Ok(SignedCommand { payload: wire.payload, signatures })
    }
}

fn wrong_length(signature: usize, field: &str) -> EnvelopeError {
    let path = format!("command.signatures[{signature}].{field}");
    EnvelopeError::Field(FieldError::new(path, FieldRule::Length))
}

impl From<SignedCommand> for pb::SignedCommand {
    fn from(signed: SignedCommand) -> pb::SignedCommand {
        let signatures = signed
            .signatures
            .iter()
            .map(|part| pb::CommandSignature {
                public_key: part.key.as_bytes().to_vec(),
                signature: part.signature.as_bytes().to_vec(),
            })
            .collect();
        pb::SignedCommand { payload: signed.payload, signatures }
    }
}

impl From<SerialRange> for pb::Range {
    fn from(range: SerialRange) -> pb::Range {
        pb::Range { block: range.block().get(), first: range.first(), last: range.last() }
    }
}

impl TryFrom<pb::Range> for SerialRange {
    type Error = FieldError;

    fn try_from(wire: pb::Range) -> Result<SerialRange, FieldError> {
        let block = BlockNumber::new(wire.block)
            .ok_or_else(|| FieldError::new("range.block", FieldRule::OutOfRange))?;
        SerialRange::new(block, wire.first, wire.last)
            .map_err(|_| FieldError::new("range", FieldRule::RangeReversed))
    }
}

/// The salt of private data, which has 32 bytes.
///
/// # Errors
///
/// The field `private_data[i].salt`, when it has another length.
pub fn salt(wire: &pb::PrivateData, i: usize) -> Result<[u8; SALT_LEN], FieldError> {
    wire.salt
        .as_slice()
        .try_into()
        .map_err(|_| FieldError::new(format!("private_data[{i}].salt"), FieldRule::Length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed() -> SignedCommand {
        let key = PublicKey::from_bytes([1; 32]);
        let signature = Signature::from_bytes([2; 64]);
        SignedCommand {
            payload: vec![3; 10],
            signatures: vec![CommandSignature { key, signature }],
        }
    }

    #[test]
    fn a_signed_command_comes_back_as_it_was() {
        let wire = pb::SignedCommand::from(signed());
        assert_eq!(SignedCommand::try_from(wire), Ok(signed()));
    }

    #[test]
    fn a_key_or_signature_of_another_length_is_named() {
        let mut wire = pb::SignedCommand::from(signed());
        wire.signatures[0].signature.pop();
        let error = SignedCommand::try_from(wire).expect_err("63 bytes");
        assert_eq!(error.field(), Some(("command.signatures[0].signature", FieldRule::Length)));
        let mut wire = pb::SignedCommand::from(signed());
        wire.signatures[0].public_key.push(0);
        let error = SignedCommand::try_from(wire).expect_err("33 bytes");
        assert_eq!(error.field(), Some(("command.signatures[0].public_key", FieldRule::Length)));
    }

    #[test]
    fn a_range_needs_a_block_and_an_order() {
        let range = pb::Range { block: 1, first: 2, last: 3 };
        assert_eq!(SerialRange::try_from(range).map(pb::Range::from), Ok(range));
        for (block, first, last) in [(0, 1, 1), (1, 3, 2), (1, 0, 1)] {
            assert!(SerialRange::try_from(pb::Range { block, first, last }).is_err());
        }
    }
}
