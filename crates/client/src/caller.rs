//! Who calls: a channel that signs each call that is not open to everybody.
//!
//! Every call gets a proof of its own, made when it is sent: a call that is made
//! again is signed again. What the registry is asked for is signed together with
//! the registry's origin, which comes from whoever trusts it and never from the
//! registry that answers: another one could pass the proof on.

use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt as _, Full};
use jcm_api::access::is_open;
use jcm_format::caller::{CALLER_HEADER, Call, CallerProof, Nonce, statement_bytes};
use jcm_format::hash::Digest;
use jcm_format::key::{PublicKey, Signature};
use jcm_format::tlog::Origin;
use jcm_keys::Signer;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tonic::body::Body;
use tonic::metadata::{BinaryMetadataValue, MetadataMap};
use tonic::transport::Channel;
use tonic::{Code, Status};
use tower_service::Service;

/// The bytes that gRPC puts before a message.
const PREFIX_BYTES: usize = 5;

/// What signs: anything that gives the key's signature over some bytes, or says
/// why it does not.
type Sign = dyn Fn(&[u8]) -> Result<Signature, String> + Send + Sync;

/// Somebody with a key, who reads from one registry.
#[derive(Clone)]
pub struct Caller {
    registry: Origin,
    key: PublicKey,
    sign: Arc<Sign>,
}

impl Caller {
    /// The owner of a key that is at hand.
    pub fn new(registry: Origin, key: impl Signer + 'static) -> Caller {
        let public = key.public_key();
        let sign = move |message: &[u8]| key.sign(message).map_err(|error| error.to_string());
        Caller::with_signer(registry, public, sign)
    }

    /// The owner of a key that something else holds: an agent, a token. `sign` gives
    /// its signature over the bytes, as they are, or says why not.
    pub fn with_signer(
        registry: Origin,
        key: PublicKey,
        sign: impl Fn(&[u8]) -> Result<Signature, String> + Send + Sync + 'static,
    ) -> Caller {
        Caller { registry, key, sign: Arc::new(sign) }
    }

    /// The key.
    pub fn key(&self) -> PublicKey {
        self.key
    }

    /// The registry that it reads from.
    pub fn registry(&self) -> &Origin {
        &self.registry
    }

    /// A proof for one call of `method`, such as
    /// `/jcm.registry.v1.Registry/GetAccount`, with a message of these bytes.
    fn prove(&self, method: &str, message: &[u8]) -> Result<CallerProof, Status> {
        let mut nonce = [0; Nonce::LEN];
        getrandom::fill(&mut nonce)
            .map_err(|_| Status::internal("the operating system gives no random bytes"))?;
        let message = Some(Digest::of(&[message]));
        let call = Call { registry: &self.registry, method, message };
        let payload = call.statement(crate::command::now(), Nonce::from_bytes(nonce));
        let signature = (self.sign)(&statement_bytes(&payload))
            .map_err(|why| Status::new(Code::Unauthenticated, format!("not signed: {why}")))?;
        Ok(CallerProof { payload, key: self.key, signature })
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Caller({} at {})", self.key, self.registry)
    }
}

/// A connection, and who calls through it. Without a caller it calls as the public.
#[derive(Debug, Clone)]
pub struct CallerChannel {
    channel: Channel,
    caller: Option<Arc<Caller>>,
}

impl CallerChannel {
    /// Calls as `caller`, or as the public.
    pub fn new(channel: Channel, caller: Option<Caller>) -> CallerChannel {
        CallerChannel { channel, caller: caller.map(Arc::new) }
    }

    /// The same connection for somebody else.
    #[must_use]
    pub fn with_caller(&self, caller: Option<Caller>) -> CallerChannel {
        CallerChannel::new(self.channel.clone(), caller)
    }

    /// Who calls.
    pub fn caller(&self) -> Option<&Caller> {
        self.caller.as_deref()
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, BoxError>> + Send>>;

impl Service<Request<Body>> for CallerChannel {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Answer;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.channel.poll_ready(cx).map_err(BoxError::from)
    }

    fn call(&mut self, request: Request<Body>) -> Answer {
        let caller = self.caller.clone().filter(|_| !is_open(request.uri().path()));
        // The one that is ready goes; a clone of it stays.
        let stays = self.channel.clone();
        let mut channel = std::mem::replace(&mut self.channel, stays);
        Box::pin(async move {
            let request = match caller {
                Some(caller) => signed(&caller, request).await?,
                None => request,
            };
            Ok(channel.call(request).await?)
        })
    }
}

/// The same request with a proof. Its one message is at hand, whatever the answer
/// is: only methods that are open to everybody stream to the registry.
async fn signed(caller: &Caller, request: Request<Body>) -> Result<Request<Body>, BoxError> {
    let (mut parts, body) = request.into_parts();
    let frame = body.collect().await?.to_bytes();
    let message = frame.get(PREFIX_BYTES..).unwrap_or_default();
    let proof = caller.prove(parts.uri.path(), message)?;
    parts.headers = with_proof(parts.headers, &proof);
    Ok(Request::from_parts(parts, Body::new(Full::new(frame))))
}

fn with_proof(headers: HeaderMap, proof: &CallerProof) -> HeaderMap {
    let mut metadata = MetadataMap::from_headers(headers);
    let value = BinaryMetadataValue::from_bytes(&proof.to_bytes());
    // Once, also where a request is sent on that has one already.
    metadata.insert_bin(CALLER_HEADER, value);
    metadata.into_headers()
}
