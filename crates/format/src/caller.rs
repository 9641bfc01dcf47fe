//! How a reader proves who it is: one signed statement for each call.
//!
//! The statement names the registry, the method, the message and the moment, so
//! that it serves for that call alone. Verification comes before parsing, as with
//! commands, and ends in evidence ([`VerifiedCaller`]). That a statement comes
//! once only is for whoever remembers: not for this module, which remembers
//! nothing. Specification: `docs/spec/access.md`.

use crate::envelope::pae;
use crate::hash::Digest;
use crate::key::{AdmittedKey, PublicKey, SecretKey, Signature, UnsuitableKey};
use crate::limits::{CALLER_PROOF_BYTES_MAX, CALLER_STATEMENT_BYTES_MAX};
use crate::time::Timestamp;
use crate::tlog::Origin;
use prost::Message as _;

/// The protobuf messages of a proof, as generated.
#[allow(missing_docs, clippy::all, unreachable_pub)]
#[rustfmt::skip]
#[path = "generated/access.rs"]
pub mod pb;

/// Payload type of a caller's statement.
pub const CALLER_TYPE: &str = "application/vnd.jcm-registry.caller.v1+protobuf";

/// The gRPC metadata entry that carries a proof.
pub const CALLER_HEADER: &str = "jcm-caller-bin";

/// What makes two statements of one key different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nonce([u8; Nonce::LEN]);

impl Nonce {
    /// Length in bytes.
    pub const LEN: usize = 16;

    /// Takes over random bytes.
    pub const fn from_bytes(bytes: [u8; Nonce::LEN]) -> Nonce {
        Nonce(bytes)
    }
}

/// The call that a statement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call<'a> {
    /// The registry that is called.
    pub registry: &'a Origin,
    /// The full name of the method, such as `/jcm.registry.v1.Registry/GetAccount`.
    pub method: &'a str,
    /// SHA-256 of the request message; none where the caller streams.
    pub message: Option<Digest>,
}

impl Call<'_> {
    /// The statement about this call, to be signed as [`statement_bytes`].
    pub fn statement(&self, issued_at: Timestamp, nonce: Nonce) -> Vec<u8> {
        let message = pb::CallerStatement {
            registry: self.registry.to_string(),
            method: self.method.to_owned(),
            issued_at_ms: issued_at.as_ms(),
            nonce: nonce.0.to_vec(),
            message_digest: self.message.map_or_else(Vec::new, |it| it.as_bytes().to_vec()),
        };
        message.encode_to_vec()
    }
}

/// The bytes that a signature over a statement covers.
pub fn statement_bytes(statement: &[u8]) -> Vec<u8> {
    pae(CALLER_TYPE, statement)
}

/// A statement and its signature, as they travel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerProof {
    /// The serialised `CallerStatement`.
    pub payload: Vec<u8>,
    /// The caller's key.
    pub key: PublicKey,
    /// Its signature over [`statement_bytes`].
    pub signature: Signature,
}

/// How far the caller's clock may be from ours, either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Our clock.
    pub now: Timestamp,
    /// How far, in milliseconds.
    pub skew_ms: u64,
}

/// A caller whose proof is good for one call: evidence, made only by
/// [`CallerProof::verify`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifiedCaller {
    key: PublicKey,
    issued_at: Timestamp,
    nonce: Nonce,
}

/// Why there is no verified caller. Ordered by precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallerError {
    /// Not a serialised proof.
    #[error("the proof does not decode as a jcm.registry.v1.CallerProof")]
    Malformed,
    /// The key is not one that can sign.
    #[error("the caller's key is unsuitable: {0}")]
    UnsuitableKey(UnsuitableKey),
    /// The signature does not verify.
    #[error("the caller's signature does not verify")]
    BadSignature,
    /// What is signed is not a statement in its one form.
    #[error("what is signed is not a jcm.registry.v1.CallerStatement in its one form")]
    NotAStatement,
    /// It is about another registry.
    #[error("the proof is for another registry")]
    OtherRegistry,
    /// It is about another method.
    #[error("the proof is for another method")]
    OtherMethod,
    /// It is about another message.
    #[error("the proof is for another message")]
    OtherMessage,
    /// It was made too long ago, or is yet to be made.
    #[error("the proof's time is too far from the registry's")]
    OtherTime,
}

impl CallerError {
    /// The stable reason, for machines.
    pub const fn reason(self) -> &'static str {
        match self {
            CallerError::Malformed | CallerError::NotAStatement => "CALLER_PROOF_MALFORMED",
            CallerError::UnsuitableKey(_) => "CALLER_KEY_UNSUITABLE",
            CallerError::BadSignature => "CALLER_SIGNATURE_INVALID",
            CallerError::OtherRegistry => "CALLER_PROOF_REGISTRY",
            CallerError::OtherMethod => "CALLER_PROOF_METHOD",
            CallerError::OtherMessage => "CALLER_PROOF_MESSAGE",
            CallerError::OtherTime => "CALLER_PROOF_TIME",
        }
    }
}

impl CallerProof {
    /// Signs a statement with a key that is at hand.
    pub fn sign(payload: Vec<u8>, key: &SecretKey) -> CallerProof {
        let signature = key.sign(&statement_bytes(&payload));
        CallerProof { payload, key: key.public_key(), signature }
    }

    /// Reads what came as the metadata entry.
    ///
    /// # Errors
    ///
    /// [`CallerError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<CallerProof, CallerError> {
        if CALLER_PROOF_BYTES_MAX < bytes.len() {
            return Err(CallerError::Malformed);
        }
        let wire = pb::CallerProof::decode(bytes).map_err(|_| CallerError::Malformed)?;
        if wire.encode_to_vec() != bytes || CALLER_STATEMENT_BYTES_MAX < wire.payload.len() {
            return Err(CallerError::Malformed);
        }
        Ok(CallerProof {
            key: PublicKey::from_slice(&wire.public_key).ok_or(CallerError::Malformed)?,
            signature: Signature::from_slice(&wire.signature).ok_or(CallerError::Malformed)?,
            payload: wire.payload,
        })
    }

    /// What is sent as the metadata entry.
    pub fn to_bytes(&self) -> Vec<u8> {
        let wire = pb::CallerProof {
            payload: self.payload.clone(),
            public_key: self.key.as_bytes().to_vec(),
            signature: self.signature.as_bytes().to_vec(),
        };
        wire.encode_to_vec()
    }

    /// Verifies the signature, then reads the statement and compares it with the
    /// call. `admit` applies [`PublicKey::admit`], from a cache where there is one.
    ///
    /// # Errors
    ///
    /// The first rule broken, in the order of [`CallerError`].
    pub fn verify(
        &self,
        admit: impl Fn(&PublicKey) -> Result<AdmittedKey, UnsuitableKey>,
        call: &Call<'_>,
        window: Window,
    ) -> Result<VerifiedCaller, CallerError> {
        let admitted = admit(&self.key).map_err(CallerError::UnsuitableKey)?;
        admitted
            .verify(&statement_bytes(&self.payload), &self.signature)
            .map_err(|_| CallerError::BadSignature)?;
        let statement = pb::CallerStatement::decode(self.payload.as_slice())
            .map_err(|_| CallerError::NotAStatement)?;
        if statement.encode_to_vec() != self.payload {
            return Err(CallerError::NotAStatement);
        }
        let nonce: [u8; Nonce::LEN] =
            statement.nonce.as_slice().try_into().map_err(|_| CallerError::NotAStatement)?;
        let issued_at =
            Timestamp::from_ms(statement.issued_at_ms).ok_or(CallerError::NotAStatement)?;
        if statement.registry != call.registry.as_ref() {
            return Err(CallerError::OtherRegistry);
        }
        if statement.method != call.method {
            return Err(CallerError::OtherMethod);
        }
        let said = call.message.as_ref().map_or(&[][..], |digest| digest.as_bytes());
        if statement.message_digest != said {
            return Err(CallerError::OtherMessage);
        }
        if window.skew_ms < window.now.as_ms().abs_diff(issued_at.as_ms()) {
            return Err(CallerError::OtherTime);
        }
        Ok(VerifiedCaller { key: self.key, issued_at, nonce: Nonce(nonce) })
    }
}

impl VerifiedCaller {
    /// The key that signed.
    pub fn key(&self) -> PublicKey {
        self.key
    }

    /// When, by the caller's clock.
    pub fn issued_at(&self) -> Timestamp {
        self.issued_at
    }

    /// What makes this statement different from the key's others.
    pub fn nonce(&self) -> Nonce {
        self.nonce
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const METHOD: &str = "/jcm.registry.v1.Registry/GetAccount";
    const SKEW_MS: u64 = 60_000;

    fn origin(text: &str) -> Origin {
        text.parse().expect("an origin")
    }

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_ms(ms).expect("in range")
    }

    fn key() -> SecretKey {
        SecretKey::from_seed(&[7; 32])
    }

    struct Made {
        registry: Origin,
        method: &'static str,
        message: Option<Digest>,
        issued_ms: u64,
    }

    fn made() -> Made {
        Made {
            registry: origin("registry.example/test"),
            method: METHOD,
            message: Some(Digest::of(&[b"message"])),
            issued_ms: 1_000_000,
        }
    }

    impl Made {
        fn proof(&self) -> CallerProof {
            let call =
                Call { registry: &self.registry, method: self.method, message: self.message };
            let nonce = Nonce::from_bytes([3; 16]);
            CallerProof::sign(call.statement(at(self.issued_ms), nonce), &key())
        }
    }

    /// As the node judges it: for the call of [`made`], at the moment of its making.
    fn judged(proof: &CallerProof) -> Result<VerifiedCaller, CallerError> {
        let made = made();
        let call = Call { registry: &made.registry, method: METHOD, message: made.message };
        let window = Window { now: at(made.issued_ms), skew_ms: SKEW_MS };
        proof.verify(PublicKey::admit, &call, window)
    }

    #[test]
    fn a_proof_of_this_call_is_evidence_of_its_key() {
        let proof = made().proof();
        let again = CallerProof::from_bytes(&proof.to_bytes()).expect("its own bytes");
        assert_eq!(again, proof);
        let verified = judged(&again).expect("good");
        assert_eq!(verified.key(), key().public_key());
        assert_eq!(verified.issued_at(), at(1_000_000));
        assert_eq!(verified.nonce(), Nonce::from_bytes([3; 16]));
    }

    #[test]
    fn a_proof_of_any_other_call_is_none() {
        let cases = [
            (
                Made { registry: origin("registry.example/other"), ..made() },
                CallerError::OtherRegistry,
            ),
            (Made { method: "/x/Y", ..made() }, CallerError::OtherMethod),
            (Made { message: Some(Digest::ZERO), ..made() }, CallerError::OtherMessage),
            (Made { message: None, ..made() }, CallerError::OtherMessage),
            (Made { issued_ms: 1_000_000 - SKEW_MS - 1, ..made() }, CallerError::OtherTime),
            (Made { issued_ms: 1_000_000 + SKEW_MS + 1, ..made() }, CallerError::OtherTime),
        ];
        for (made, error) in cases {
            assert_eq!(judged(&made.proof()), Err(error));
        }
        for issued_ms in [1_000_000 - SKEW_MS, 1_000_000 + SKEW_MS] {
            assert!(judged(&Made { issued_ms, ..made() }.proof()).is_ok(), "at the very edge");
        }
    }

    #[test]
    fn signatures_and_keys_are_judged_as_with_commands() {
        let mut other_payload = made().proof();
        other_payload.payload.push(0);
        assert_eq!(judged(&other_payload), Err(CallerError::BadSignature));
        let mut command = made().proof();
        command.signature = key().sign(&pae(crate::envelope::COMMAND_TYPE, &command.payload));
        assert_eq!(judged(&command), Err(CallerError::BadSignature), "another payload type");
        let weak = CallerProof { key: PublicKey::from_bytes([0; 32]), ..made().proof() };
        assert!(matches!(judged(&weak), Err(CallerError::UnsuitableKey(_))));
    }

    #[test]
    fn a_statement_has_one_form() {
        let good = made().proof().payload;
        let signed = |payload: Vec<u8>| judged(&CallerProof::sign(payload, &key()));
        assert!(signed(good.clone()).is_ok());
        let unknown_field = [good.as_slice(), &[0x78, 1]].concat();
        let repeated = [good.as_slice(), &good].concat();
        let short_nonce = pb::CallerStatement {
            nonce: vec![1; 15],
            ..pb::CallerStatement::decode(good.as_slice()).expect("ours")
        };
        for bad in [unknown_field, repeated, short_nonce.encode_to_vec(), Vec::new(), vec![0xff]] {
            assert_eq!(signed(bad), Err(CallerError::NotAStatement));
        }
    }

    #[test]
    fn what_is_no_proof_is_malformed() {
        let good = made().proof().to_bytes();
        let trailing = [good.as_slice(), &[0x78, 1]].concat();
        let long = vec![0; CALLER_PROOF_BYTES_MAX + 1];
        let no_key = pb::CallerProof { payload: vec![1], ..Default::default() }.encode_to_vec();
        for bad in [trailing, long, no_key, vec![0xff], Vec::new()] {
            assert_eq!(CallerProof::from_bytes(&bad), Err(CallerError::Malformed));
        }
    }
}
