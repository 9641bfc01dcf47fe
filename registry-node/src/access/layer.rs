//! The door of the service: every request is told apart here, before anything of it
//! is decoded.

use super::table::{Grant, grant};
use super::{Caller, Method, Pass};
use crate::clock;
use crate::keys;
use crate::limits;
use crate::shared::Shared;
use crate::status::Refusal;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use jcm_format::caller::{CALLER_HEADER, Call, CallerError, CallerProof, Window};
use jcm_format::hash::Digest;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tonic::Status;
use tonic::body::Body;
use tonic::metadata::MetadataMap;
use tonic::server::NamedService;
use tonic::transport::server::TcpConnectInfo;
use tower_service::Service;

/// The bytes that gRPC puts before a message: whether it is compressed, and its
/// length.
const PREFIX_BYTES: usize = 5;

/// A service that nobody reaches without a [`Pass`].
#[derive(Clone)]
pub(crate) struct Guarded<S> {
    inner: S,
    shared: Arc<Shared>,
    message_bytes_max: usize,
}

impl<S> Guarded<S> {
    pub(crate) fn new(inner: S, shared: Arc<Shared>, message_bytes_max: usize) -> Guarded<S> {
        Guarded { inner, shared, message_bytes_max }
    }
}

impl<S: NamedService> NamedService for Guarded<S> {
    const NAME: &'static str = S::NAME;
}

type Answer = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

impl<S> Service<Request<Body>> for Guarded<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S: Clone + Send + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Answer {
        // The one that is ready goes; a clone of it stays.
        let stays = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, stays);
        let (shared, limit) = (Arc::clone(&self.shared), self.message_bytes_max);
        Box::pin(async move {
            match admit(&shared, request, limit).await {
                Ok(request) => inner.call(request).await,
                Err(status) => Ok(status.into_http()),
            }
        })
    }
}

/// Lets a request in with its pass, or says why not. The steps are those of
/// [`super`]; who proves nothing and needs to is refused before its message is read.
async fn admit(
    shared: &Arc<Shared>,
    mut request: Request<Body>,
    message_bytes_max: usize,
) -> Result<Request<Body>, Status> {
    let Some(method) = Method::of_path(request.uri().path()) else { return Ok(request) };
    let connection = request.extensions().get::<TcpConnectInfo>();
    let peer = connection.and_then(TcpConnectInfo::remote_addr);
    let counted = |refusal: Refusal| {
        shared.metrics.turned_away(refusal.reason());
        Status::from(refusal)
    };
    let caller = match proof(&mut request).map_err(counted)? {
        None => Caller::Public,
        Some(proof) => {
            let message = if method.takes_a_stream() {
                None
            } else {
                let (read, message) = message(request, message_bytes_max).await?;
                request = read;
                Some(message)
            };
            let caller =
                identify(shared, request.uri().path(), &proof, message).map_err(counted)?;
            limits::charge_reader(shared, &caller, request.uri().path())?;
            caller
        }
    };
    let pass = pass(caller, method, peer).map_err(counted)?;
    request.extensions_mut().insert(pass);
    Ok(request)
}

/// What reading the log over HTTP counts as.
const READ_LOG: &str = "/jcm.registry.v1.Registry/ReadLog";

/// Lets a reader of the log in who does not come over gRPC. The call is what the proof
/// is about, and is read as `ReadLog`.
///
/// # Errors
///
/// As for a call of `ReadLog`.
pub(crate) fn admit_reader(
    shared: &Shared,
    call: &str,
    proof: Option<&[u8]>,
    peer: Option<SocketAddr>,
) -> Result<Pass, Refusal> {
    let caller = match proof {
        None => Caller::Public,
        Some(bytes) => {
            let proof = CallerProof::from_bytes(bytes).map_err(Refusal::Proof)?;
            let caller = identify(shared, call, &proof, None)?;
            limits::charge_reader(shared, &caller, READ_LOG)?;
            caller
        }
    };
    pass(caller, Method::ReadLog, peer)
}

/// What the table says.
fn pass(caller: Caller, method: Method, peer: Option<SocketAddr>) -> Result<Pass, Refusal> {
    match grant(method, caller.class()) {
        Grant::Denied if caller == Caller::Public => Err(Refusal::NoProof { method }),
        Grant::Denied => Err(Refusal::NotForRole { class: caller.class(), method }),
        grant => Ok(Pass { caller, grant, method, peer }),
    }
}

/// The proof that a request brings.
fn proof(request: &mut Request<Body>) -> Result<Option<CallerProof>, Refusal> {
    if !request.headers().contains_key(CALLER_HEADER) {
        return Ok(None);
    }
    let malformed = Refusal::Proof(CallerError::Malformed);
    let metadata = MetadataMap::from_headers(std::mem::take(request.headers_mut()));
    let mut values = metadata.get_all_bin(CALLER_HEADER).iter();
    let only = values.next().filter(|_| values.next().is_none());
    let bytes = only.and_then(|value| value.to_bytes().ok());
    *request.headers_mut() = metadata.into_headers();
    let bytes = bytes.ok_or(malformed)?;
    CallerProof::from_bytes(&bytes).map(Some).map_err(Refusal::Proof)
}

/// Reads the request's message, for its digest. The request keeps it.
async fn message(request: Request<Body>, max: usize) -> Result<(Request<Body>, Digest), Status> {
    let (parts, body) = request.into_parts();
    let read = Limited::new(body, max.saturating_add(PREFIX_BYTES)).collect().await;
    let frame = read.map_err(|error| too_long(error, max))?.to_bytes();
    let message = only_message(&frame).ok_or(Refusal::Proof(CallerError::OtherMessage))?;
    let digest = Digest::of(&[message]);
    Ok((Request::from_parts(parts, Body::new(Full::new(frame))), digest))
}

/// As the transport says it of messages that it reads itself.
fn too_long(error: Box<dyn std::error::Error + Send + Sync>, max: usize) -> Status {
    if error.is::<LengthLimitError>() {
        return Status::out_of_range(format!("the message has more than {max} bytes"));
    }
    Status::from_error(error)
}

/// The one message that a frame consists of. Of anything else there is no proof: what
/// is proved must be what is decoded.
fn only_message(frame: &[u8]) -> Option<&[u8]> {
    let (prefix, message) = frame.split_at_checked(PREFIX_BYTES)?;
    let (is_compressed, length) = prefix.split_first()?;
    let length = u32::from_be_bytes(length.try_into().ok()?);
    let is_whole = usize::try_from(length).is_ok_and(|length| length == message.len());
    (*is_compressed == 0 && is_whole).then_some(message)
}

/// Who made the proof, if it is good for this call and comes for the first time.
fn identify(
    shared: &Shared,
    call: &str,
    proof: &CallerProof,
    message: Option<Digest>,
) -> Result<Caller, Refusal> {
    let now = clock::now();
    let origin = shared.view().state().origin().cloned().ok_or(Refusal::Internal)?;
    let call = Call { registry: &origin, method: call, message };
    let window = Window { now, skew_ms: shared.proofs.skew_ms() };
    let admit =
        |key: &_| shared.keys.admit(key, || keys::is_registered(shared.view().state(), key));
    let verified = proof.verify(admit, &call, window).map_err(|error| match error {
        CallerError::OtherTime => Refusal::proof_time(now, window.skew_ms),
        error => Refusal::Proof(error),
    })?;
    let (caller, is_registered) = {
        let view = shared.view();
        let state = view.state();
        let caller = Caller::of(state, verified.key()).ok_or(Refusal::KeyNotInForce)?;
        (caller, keys::is_registered(state, &verified.key()))
    };
    shared.proofs.take(&verified, now, is_registered)?;
    Ok(caller)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_one_message_or_none() {
        let frame = |prefix: [u8; 5], message: &[u8]| [prefix.as_slice(), message].concat();
        assert_eq!(only_message(&frame([0, 0, 0, 0, 2], b"ab")), Some(b"ab".as_slice()));
        assert_eq!(only_message(&frame([0, 0, 0, 0, 0], b"")), Some(b"".as_slice()));
        let bad = [
            frame([1, 0, 0, 0, 2], b"ab"),
            frame([0, 0, 0, 0, 1], b"ab"),
            frame([0, 0, 0, 0, 3], b"ab"),
            b"\0\0\0\0".to_vec(),
            Vec::new(),
        ];
        for bad in bad {
            assert_eq!(only_message(&bad), None);
        }
    }
}
