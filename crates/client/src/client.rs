//! The connection to a registry: prepare, submit, and believe the receipt.

use crate::caller::{Caller, CallerChannel};
use crate::command::{PreparedEffect, UnsignedCommand, now};
use crate::error::{ClientError, Refusal};
use crate::private::PrivateValue;
use crate::receipt::{Offered, Receipt};
use crate::retry::{SubmitPolicy, random_u32, transient};
use crate::tls::{Connector, HandshakeError, Tls};
use crate::trust::{Standing, TrustError, TrustStore, Unproven};
use jcm_api::pb;
use jcm_format::envelope::SignedCommand;
use jcm_format::hash::Digest;
use jcm_format::id::CommandId;
use jcm_format::key::PublicKey;
use jcm_format::limits::FRAME_BYTES_MAX;
use jcm_format::time::Timestamp;
use jcm_format::tlog::{Origin, TrustedCheckpoint, VerifierKey};
use std::net::IpAddr;
use std::time::Duration;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request};

/// How long to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a call that changes nothing may take.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// The largest answer is one frame of the log, in its message.
const ANSWER_BYTES_MAX: usize = FRAME_BYTES_MAX + 65_536;

/// The reason that an expired command is refused for.
const EXPIRED: &str = "COMMAND_EXPIRED";

/// How often a checkpoint is judged again because another program moved the
/// trust store meanwhile.
const BELIEF_ATTEMPTS: u32 = 8;

/// The generated client over a connection that signs.
pub(crate) type Grpc = pb::registry_client::RegistryClient<CallerChannel>;

/// A connection to one registry. Cheap to clone; clones share the connection.
#[derive(Debug, Clone)]
pub struct RegistryClient {
    channel: CallerChannel,
}

/// Who the registry says it is, and the rule data in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryInfo {
    /// Its origin: what commands are addressed to.
    pub origin: Origin,
    /// The key of its checkpoints, as it says: compare it with the trusted one.
    pub log_key: VerifierKey,
    /// Leaf hash of entry 0: its fingerprint.
    pub genesis: String,
    /// How many entries it has.
    pub entries: u64,
    /// The rule set in force.
    pub rule_set: u32,
    /// Fee for an application to open an account.
    pub account_opening_fee_yen: u64,
    /// Fee for an application for a transfer.
    pub transfer_fee_yen: u64,
    /// Fee for a certificate.
    pub certificate_fee_yen: u64,
    /// Its clock, in milliseconds since 1970.
    pub now_ms: u64,
    /// Version of its program.
    pub software_version: String,
    /// How it writes identification numbers.
    pub identification_format: String,
}

/// A receipt that nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawReceipt {
    /// Its text.
    pub text: String,
    /// The entry's number, as the registry says.
    pub entry: u64,
}

impl RegistryClient {
    /// Connects to an endpoint such as `https://registry.example.jp:50051`, and
    /// believes the authorities that browsers believe. On this computer itself
    /// `http://127.0.0.1:50051` will do.
    pub async fn connect(endpoint: &str) -> Result<RegistryClient, ClientError> {
        RegistryClient::connect_with(endpoint, &Tls::default()).await
    }

    /// As [`RegistryClient::connect`], and says whom to believe and who the client
    /// is. Without `https` the files of `tls` are not even read.
    pub async fn connect_with(endpoint: &str, tls: &Tls) -> Result<RegistryClient, ClientError> {
        let invalid = || ClientError::Endpoint { endpoint: endpoint.to_owned() };
        // Others than these are known to the library, and are not meant here.
        if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
            return Err(invalid());
        }
        let target = Endpoint::from_shared(endpoint.to_owned()).map_err(|_| invalid())?;
        let host = target.uri().host().unwrap_or_default().to_owned();
        let target = target.connect_timeout(CONNECT_TIMEOUT).tcp_nodelay(true);
        let connected = match target.uri().scheme_str() {
            Some("https") => {
                let config = tls.load().map_err(ClientError::TlsFile)?;
                target.connect_with_connector(Connector::new(config)).await
            }
            Some("http") if is_loopback(&host) => target.connect().await,
            Some("http") => {
                return Err(ClientError::Unencrypted { endpoint: endpoint.to_owned() });
            }
            _ => return Err(invalid()),
        };
        let failed = |source| unreachable(endpoint, source);
        Ok(RegistryClient::from_channel(connected.map_err(failed)?))
    }

    /// Uses a channel that was set up elsewhere.
    pub fn from_channel(channel: Channel) -> RegistryClient {
        RegistryClient { channel: CallerChannel::new(channel, None) }
    }

    /// The same connection for `caller`, who signs every call that is not open to
    /// everybody: without one, the registry answers what it answers the public.
    #[must_use]
    pub fn with_caller(self, caller: Caller) -> RegistryClient {
        RegistryClient { channel: self.channel.with_caller(Some(caller)) }
    }

    /// Who calls.
    pub fn caller(&self) -> Option<&Caller> {
        self.channel.caller()
    }

    /// The generated client, for what this type does not wrap. It signs as well.
    pub fn grpc(&self) -> pb::registry_client::RegistryClient<CallerChannel> {
        Grpc::new(self.channel.clone()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Asks the registry who it is.
    pub async fn registry(&self) -> Result<RegistryInfo, ClientError> {
        let call = |mut grpc: Grpc| async move {
            grpc.get_registry(read(pb::GetRegistryRequest {})).await
        };
        let info = self.read(call).await?;
        let malformed = |what| ClientError::Malformed { what };
        Ok(RegistryInfo {
            origin: info.origin.parse().map_err(|_| malformed("the registry's origin"))?,
            log_key: info.log_key.parse().map_err(|source| {
                ClientError::Trust(TrustError::NotAKey { text: info.log_key.clone(), source })
            })?,
            genesis: info.genesis,
            entries: info.entries,
            rule_set: info.rule_set,
            account_opening_fee_yen: info.account_opening_fee_yen,
            transfer_fee_yen: info.transfer_fee_yen,
            certificate_fee_yen: info.certificate_fee_yen,
            now_ms: info.now_ms,
            software_version: info.software_version,
            identification_format: info.identification_format,
        })
    }

    /// The exact effect and fee that a command would have now, if `signers` sign
    /// it. Records nothing.
    pub async fn prepare(
        &self,
        command: &UnsignedCommand,
        signers: &[PublicKey],
    ) -> Result<PreparedEffect, ClientError> {
        let request = pb::PrepareRequest {
            payload: command.payload().to_vec(),
            signers: signers.iter().map(|key| key.as_bytes().to_vec()).collect(),
        };
        let call = |mut grpc: Grpc| {
            let request = read(request.clone());
            async move { grpc.prepare(request).await }
        };
        let answer = self.read(call).await?;
        // The words are made here, from what is pinned: the registry's own might say
        // something else.
        let effect = PreparedEffect::of(&answer.event, answer.rule_set)
            .ok_or(ClientError::Malformed { what: "the effect" })?;
        if effect.digest.as_bytes().as_slice() != answer.effect_digest {
            return Err(ClientError::Malformed { what: "the effect's digest" });
        }
        Ok(effect)
    }

    /// Sends a command once, and gives back the receipt unchecked: see
    /// [`RegistryClient::check_receipt`].
    pub async fn submit_raw(
        &self,
        signed: &SignedCommand,
        private: &[PrivateValue],
        timeout: Duration,
    ) -> Result<RawReceipt, ClientError> {
        let mut request = Request::new(pb::SubmitRequest {
            command: Some(signed.clone().into()),
            private_data: private.iter().map(PrivateValue::to_wire).collect(),
        });
        request.set_timeout(timeout);
        let answer = self.grpc().submit(request).await?.into_inner();
        Ok(RawReceipt { text: answer.receipt, entry: answer.entry })
    }

    /// Sends a command ([`RegistryClient::send`]) and checks the receipt
    /// ([`RegistryClient::check_receipt`]).
    pub async fn submit(
        &self,
        signed: &SignedCommand,
        private: &[PrivateValue],
        trust: &mut TrustStore,
        policy: &SubmitPolicy,
    ) -> Result<Receipt, ClientError> {
        let raw = self.send(signed, private, policy).await?;
        self.check_receipt(&raw, &signed.payload, trust).await
    }

    /// Sends a command until there is a definite answer, always the same bytes.
    /// Keep the command on disk before calling this: should the program end first,
    /// sending it again gives the same receipt. The receipt is not checked yet.
    ///
    /// 1. Send; on a transient failure pause and send again, while it is valid.
    /// 2. When its time is over, as the registry says or as the clock does, ask for
    ///    its receipt: this attempt, an earlier one or an earlier run may have
    ///    recorded it. It counts as rejected only if the registry has no receipt. The
    ///    question is answered to one of the signers, or whoever may see the entry:
    ///    give a caller ([`RegistryClient::with_caller`]), or it stays open.
    pub async fn send(
        &self,
        signed: &SignedCommand,
        private: &[PrivateValue],
        policy: &SubmitPolicy,
    ) -> Result<RawReceipt, ClientError> {
        let command = UnsignedCommand::from_payload(signed.payload.clone())?;
        let command = command.command();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let error = match self.submit_raw(signed, private, policy.attempt_timeout).await {
                Ok(raw) => return Ok(raw),
                Err(error) => error,
            };
            let refusal = match error {
                ClientError::Refused(refusal) if refusal.reason == EXPIRED => {
                    return self.receipt_of_expired(command.id, attempt, refusal).await;
                }
                error => transient(error)?,
            };
            let pause = policy.pause(attempt, random_u32(), refusal.retry_after);
            if policy.attempts_max <= attempt || !within(command.valid_until, pause) {
                return self.receipt_or(command.id, attempt, refusal).await;
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn receipt_or(
        &self,
        id: CommandId,
        attempts: u32,
        last: Box<Refusal>,
    ) -> Result<RawReceipt, ClientError> {
        self.receipt_of(id).await.map_err(|_| ClientError::NoAnswer { attempts, last })
    }

    /// An expired command was rejected only if it was not recorded in time.
    async fn receipt_of_expired(
        &self,
        id: CommandId,
        attempts: u32,
        refusal: Box<Refusal>,
    ) -> Result<RawReceipt, ClientError> {
        match self.receipt_of(id).await {
            Err(ClientError::Refused(none)) if none.code == Code::NotFound => {
                Err(ClientError::Refused(refusal))
            }
            Err(_) => Err(ClientError::NoAnswer { attempts, last: refusal }),
            Ok(raw) => Ok(raw),
        }
    }

    /// The receipt of a command that was recorded earlier, unchecked.
    pub async fn receipt_of(&self, id: CommandId) -> Result<RawReceipt, ClientError> {
        let call = |mut grpc: Grpc| async move {
            let command_id = id.as_bytes().to_vec();
            grpc.get_receipt(read(pb::GetReceiptRequest { command_id })).await
        };
        let answer = self.read(call).await?;
        Ok(RawReceipt { text: answer.receipt, entry: answer.entry })
    }

    /// Believes a receipt, or not:
    ///
    /// 1. it carries an entry, at the position announced, that holds exactly `payload`;
    /// 2. its checkpoint is believed ([`RegistryClient::believe`]);
    /// 3. the entry is in that checkpoint's tree.
    pub async fn check_receipt(
        &self,
        raw: &RawReceipt,
        payload: &[u8],
        trust: &mut TrustStore,
    ) -> Result<Receipt, ClientError> {
        let offered = Offered::parse(&raw.text)?;
        offered.expect(payload, raw.entry)?;
        let checkpoint = self.believe(offered.note_text(), trust).await?;
        Ok(offered.prove(&checkpoint)?)
    }

    /// Believes a receipt of somebody else's command, or a proof of any entry.
    pub async fn check_any_receipt(
        &self,
        text: &str,
        trust: &mut TrustStore,
    ) -> Result<Receipt, ClientError> {
        let offered = Offered::parse(text)?;
        let checkpoint = self.believe(offered.note_text(), trust).await?;
        let receipt = offered.prove(&checkpoint)?;
        receipt.check_signatures()?;
        Ok(receipt)
    }

    /// Believes a checkpoint: the log's key signed it, it is consistent with the last one believed,
    /// which the registry is asked to prove, and the witnesses that the store demands have cosigned
    /// it. Where they have not, the newest checkpoint may be one that they have, and contain it.
    pub async fn believe(
        &self,
        note_text: &str,
        trust: &mut TrustStore,
    ) -> Result<TrustedCheckpoint, ClientError> {
        match self.believe_shown(note_text, trust).await {
            Err(ClientError::Trust(TrustError::NotWitnessed { .. })) => {
                let newest = self.checkpoint().await?.checkpoint;
                self.believe_shown(&newest, trust).await?;
                self.believe_shown(note_text, trust).await
            }
            outcome => outcome,
        }
    }

    async fn believe_shown(
        &self,
        note_text: &str,
        trust: &mut TrustStore,
    ) -> Result<TrustedCheckpoint, ClientError> {
        for _ in 0..BELIEF_ATTEMPTS {
            let (checkpoint, old_size, new_size) = match trust.judge(note_text)? {
                Standing::Believed(checkpoint) => return Ok(checkpoint),
                Standing::Unproved { checkpoint, old_size, new_size } => {
                    (checkpoint, old_size, new_size)
                }
            };
            let proof = match self.consistency_proof(old_size, new_size).await {
                Ok(proof) => proof,
                Err(error) => {
                    return Err(match unproven(error) {
                        Ok(why) => trust.unproven(&checkpoint, why).into(),
                        Err(error) => error,
                    });
                }
            };
            if trust.believe(&checkpoint, &proof)? {
                return Ok(checkpoint);
            }
        }
        Err(ClientError::Trust(TrustError::Contended))
    }

    async fn consistency_proof(&self, old: u64, new: u64) -> Result<Vec<Digest>, ClientError> {
        // Nothing to prove: the first checkpoint of all, or the same size.
        if old == 0 || old == new {
            return Ok(Vec::new());
        }
        let call = |mut grpc: Grpc| async move {
            let request = pb::GetConsistencyProofRequest { old_size: old, new_size: new };
            grpc.get_consistency_proof(read(request)).await
        };
        let hashes = self.read(call).await?.hashes;
        let digest = |hash: &Vec<u8>| Digest::from_slice(hash);
        hashes
            .iter()
            .map(digest)
            .collect::<Option<_>>()
            .ok_or(ClientError::Malformed { what: "a hash of the consistency proof" })
    }
}

/// Whether nothing that is sent to this host leaves the computer.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    address.map_or(host == "localhost", |address| address.to_canonical().is_loopback())
}

/// Why there is no connection; the handshake's own reason where it got that far.
fn unreachable(endpoint: &str, error: tonic::transport::Error) -> ClientError {
    let endpoint = endpoint.to_owned();
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(error) = cause {
        if let Some(source) = error.downcast_ref::<HandshakeError>() {
            return ClientError::Handshake { endpoint, source: source.clone() };
        }
        cause = error.source();
    }
    ClientError::Connect { endpoint, source: error }
}

/// What a failure to get a proof says about the log; the error itself if the
/// registry only could not be asked.
fn unproven(error: ClientError) -> Result<Unproven, ClientError> {
    match error {
        ClientError::Refused(refusal) if !refusal.is_transient() => Ok(Unproven::Refused(refusal)),
        ClientError::Malformed { what } => Ok(Unproven::Malformed(what)),
        error => Err(error),
    }
}

/// A request that may take as long as a read may.
pub(crate) fn read<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(READ_TIMEOUT);
    request
}

fn within(valid_until: Timestamp, pause: Duration) -> bool {
    let pause_ms = u64::try_from(pause.as_millis()).unwrap_or(u64::MAX);
    now().saturating_add_ms(pause_ms) <= valid_until
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_computer_is_spoken_to_in_the_clear() {
        for host in ["127.0.0.1", "127.9.9.9", "[::1]", "[::ffff:127.0.0.1]", "localhost"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["", "192.0.2.1", "[2001:db8::1]", "registry.example", "localhost.example"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[tokio::test]
    async fn an_endpoint_that_will_not_do_is_refused_before_anything_is_sent() {
        let connect = async |endpoint: &str| {
            RegistryClient::connect(endpoint).await.expect_err("refused").to_string()
        };
        let clear = connect("http://registry.example:50051").await;
        assert!(clear.ends_with("is on another computer, and http:// is not encrypted"), "{clear}");
        for endpoint in ["", "registry", "127.0.0.1:50051", "ftp://127.0.0.1", "unix:/tmp/socket"] {
            assert!(connect(endpoint).await.contains("is not an endpoint"), "{endpoint}");
        }
    }
}
