//! Commands, from their body to the signed envelope.

use crate::error::ClientError;
use jcm_api::words;
use jcm_format::codec;
use jcm_format::command::{Body, Command, PayloadError, Role};
use jcm_format::envelope::{CommandSignature, EnvelopeError, SignedCommand, possession_challenge};
use jcm_format::event::{Event, Fee};
use jcm_format::hash::Digest;
use jcm_format::id::CommandId;
use jcm_format::key::{PublicKey, Signature};
use jcm_format::limits::SIGNATURES_MAX;
use jcm_format::time::Timestamp;
use jcm_format::tlog::Origin;
use jcm_keys::{KeyError, Signer};
use std::time::{SystemTime, UNIX_EPOCH};

/// How long a command stays valid unless the caller says otherwise: one hour. A
/// command without an answer may be recorded until then.
pub const VALIDITY_MS_DEFAULT: u64 = 60 * 60 * 1_000;

/// Puts a header before a body.
#[derive(Debug, Clone)]
pub struct CommandBuilder {
    registry: Origin,
    body: Body,
    id: Option<CommandId>,
    valid_until: Option<Timestamp>,
    validity_ms: u64,
}

/// A command with its bytes, not signed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnsignedCommand {
    command: Command,
    payload: Vec<u8>,
}

/// What a command would do now, as the registry shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreparedEffect {
    /// Digest of the exact effect, for [`UnsignedCommand::pin`].
    pub digest: Digest,
    /// The effects in words, one line each.
    pub effects: Vec<String>,
    /// The effects themselves, of which `digest` is the digest.
    pub event: Event,
    /// The fee that the command makes due.
    pub fee_yen: u64,
    /// On what ground: "due", "waived", "not chargeable", "no application".
    pub fee_ground: String,
    /// The rule set that it was decided under.
    pub rule_set: u32,
}

impl PreparedEffect {
    /// The effect whose canonical encoding is `event`, under a rule set: what it says
    /// and its digest. `None` where that is no event.
    pub fn of(event: &[u8], rule_set: u32) -> Option<PreparedEffect> {
        let event: Event = codec::decode(event).ok()?;
        let fee = words::fee_of(&event).unwrap_or(Fee::NotAnApplication);
        Some(PreparedEffect {
            digest: event.digest(rule_set).ok()?,
            effects: words::event(&event),
            fee_yen: fee.amount().get(),
            fee_ground: words::fee_ground(fee).to_owned(),
            rule_set,
            event,
        })
    }
}

impl CommandBuilder {
    /// A command for `registry` that does `body`.
    pub fn new(registry: Origin, body: Body) -> CommandBuilder {
        let validity_ms = VALIDITY_MS_DEFAULT;
        CommandBuilder { registry, body, id: None, valid_until: None, validity_ms }
    }

    /// Uses this id in place of a random one.
    #[must_use]
    pub fn id(self, id: CommandId) -> CommandBuilder {
        CommandBuilder { id: Some(id), ..self }
    }

    /// Lets it be valid for so long from now.
    #[must_use]
    pub fn valid_for_ms(self, validity_ms: u64) -> CommandBuilder {
        CommandBuilder { validity_ms, ..self }
    }

    /// Lets it be valid until then.
    #[must_use]
    pub fn valid_until(self, valid_until: Timestamp) -> CommandBuilder {
        CommandBuilder { valid_until: Some(valid_until), ..self }
    }

    /// The command; refused when a field breaks a rule of form.
    pub fn build(self) -> Result<UnsignedCommand, ClientError> {
        let id = match self.id {
            Some(id) => id,
            None => random_id()?,
        };
        let valid_until =
            self.valid_until.unwrap_or_else(|| now().saturating_add_ms(self.validity_ms));
        let command = Command {
            registry: self.registry,
            id,
            valid_until,
            effect_digest: None,
            body: self.body,
        };
        UnsignedCommand::from_payload(command.to_payload())
    }
}

impl UnsignedCommand {
    /// Reads a payload that was built elsewhere.
    pub fn from_payload(payload: Vec<u8>) -> Result<UnsignedCommand, ClientError> {
        let command =
            Command::parse(&payload).map_err(envelope_error).map_err(ClientError::Command)?;
        Ok(UnsignedCommand { command, payload })
    }

    /// The command.
    pub fn command(&self) -> &Command {
        &self.command
    }

    /// Its id.
    pub fn id(&self) -> CommandId {
        self.command.id
    }

    /// The bytes that are signed.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Pins the effect: the registry then refuses the command if its effect would
    /// be any other.
    #[must_use]
    pub fn pin(self, effect: &PreparedEffect) -> UnsignedCommand {
        let command = Command { effect_digest: Some(effect.digest), ..self.command };
        let payload = command.to_payload();
        UnsignedCommand { command, payload }
    }

    /// Signs with every key of `keys`.
    pub fn sign<S: Signer + ?Sized>(self, keys: &[&S]) -> Result<SignedCommand, ClientError> {
        let mut signed = SignedCommand { payload: self.payload, signatures: Vec::new() };
        for key in keys {
            add_signature(&mut signed, *key)?;
        }
        Ok(signed)
    }
}

/// Adds one more signature to a command that others may have signed.
pub fn add_signature(
    signed: &mut SignedCommand,
    key: &(impl Signer + ?Sized),
) -> Result<(), ClientError> {
    let public = key.public_key();
    if signed.signatures.iter().any(|signature| signature.key == public) {
        return Err(ClientError::Command(EnvelopeError::SignerRepeated(public)));
    }
    if signed.signatures.len() == SIGNATURES_MAX {
        return Err(ClientError::Command(EnvelopeError::SignatureCount));
    }
    let signature = key.sign(&signed.signed_bytes())?;
    signed.signatures.push(CommandSignature { key: public, signature });
    Ok(())
}

/// Proves that the owner of `key` holds it, for one registry and role.
pub fn prove_possession(
    registry: &Origin,
    role: &Role,
    key: &(impl Signer + ?Sized),
) -> Result<Signature, KeyError> {
    key.sign(&possession_challenge(registry, role, &key.public_key()))
}

/// Checks such a proof, as the registry will.
pub fn verify_possession(
    registry: &Origin,
    role: &Role,
    key: &PublicKey,
    possession: &Signature,
) -> bool {
    let challenge = possession_challenge(registry, role, key);
    key.admit().is_ok_and(|key| key.verify(&challenge, possession).is_ok())
}

/// This computer's clock.
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_ms(ms).unwrap_or(Timestamp::MAX)
}

fn random_id() -> Result<CommandId, ClientError> {
    let mut id = [0; CommandId::LEN];
    getrandom::fill(&mut id).map_err(|_| ClientError::NoRandomness)?;
    Ok(CommandId::from_bytes(id))
}

pub(crate) fn envelope_error(error: PayloadError) -> EnvelopeError {
    match error {
        PayloadError::TooLong => EnvelopeError::PayloadTooLong,
        PayloadError::Malformed => EnvelopeError::PayloadMalformed,
        PayloadError::NotCanonical => EnvelopeError::PayloadNotCanonical,
        PayloadError::Field(error) => EnvelopeError::Field(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_format::id::EntryIndex;
    use jcm_format::key::SecretKey;

    fn origin() -> Origin {
        "registry.example/jcm/test".parse().expect("an origin")
    }

    fn builder() -> CommandBuilder {
        CommandBuilder::new(origin(), Body::OpenAccount { application: EntryIndex::new(7) })
    }

    #[test]
    fn ids_are_random_and_validity_is_an_hour() {
        let before = now();
        let first = builder().build().expect("well formed");
        assert_ne!(first.id(), builder().build().expect("well formed").id());
        let validity = first.command().valid_until.as_ms() - before.as_ms();
        assert!((VALIDITY_MS_DEFAULT..VALIDITY_MS_DEFAULT + 60_000).contains(&validity));
    }

    #[test]
    fn a_command_signed_by_two_verifies_and_none_signs_twice() {
        let keys = [1, 2].map(|seed| SecretKey::from_seed(&[seed; 32]));
        let command = builder().build().expect("well formed");
        let mut signed = command.clone().sign(&[&keys[0]]).expect("one");
        assert!(add_signature(&mut signed, &keys[0]).is_err());
        add_signature(&mut signed, &keys[1]).expect("another");
        let verified = signed.verify(|key| key.admit()).expect("both");
        assert_eq!(verified.command(), command.command());
    }

    #[test]
    fn a_pinned_command_differs_in_the_digest_only() {
        let command = builder().build().expect("well formed");
        let effect = PreparedEffect {
            digest: Digest::of(&[b"effect"]),
            effects: Vec::new(),
            event: Event(Vec::new()),
            fee_yen: 0,
            fee_ground: String::new(),
            rule_set: 1,
        };
        let pinned = command.clone().pin(&effect);
        let again = UnsignedCommand::from_payload(pinned.payload().to_vec()).expect("canonical");
        assert_eq!(again, pinned);
        assert_eq!(pinned.command().effect_digest, Some(effect.digest));
        assert_eq!(pinned.id(), command.id());
    }

    #[test]
    fn a_body_that_breaks_a_rule_of_form_is_refused_before_it_is_signed() {
        let body = Body::ApplyPayment {
            payment: EntryIndex::new(3),
            application: EntryIndex::new(4),
            amount_yen: jcm_format::amount::Yen::ZERO,
        };
        let error = CommandBuilder::new(origin(), body).build().expect_err("zero yen");
        assert!(matches!(error, ClientError::Command(EnvelopeError::Field(_))), "{error}");
    }

    #[test]
    fn possession_is_proved_for_one_role_only() {
        let key = SecretKey::from_seed(&[3; 32]);
        let role = |name| Role::Operator(jcm_format::text::Name::new(name).expect("a name"));
        let proof = prove_possession(&origin(), &role("op-1"), &key).expect("a key at hand");
        assert!(verify_possession(&origin(), &role("op-1"), &key.public_key(), &proof));
        assert!(!verify_possession(&origin(), &role("op-2"), &key.public_key(), &proof));
    }
}
