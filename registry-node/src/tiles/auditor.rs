//! Who may read entries over HTTP: whoever may read the log over gRPC, by the same proof
//! (`docs/spec/access.md`), base64 in `Authorization: JCM ...`. The statement's method is
//! the request's, as in `GET /tile/entries/000`, and it has no digest of a message.

use crate::access::{self, Pass};
use crate::shared::Shared;
use crate::status::Refusal;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use hyper::header::AUTHORIZATION;
use hyper::http::request::Parts;
use std::net::SocketAddr;
use tonic::Code;

/// The word before the proof.
pub(super) const SCHEME: &str = "JCM";

/// Why somebody may not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Denied {
    pub(super) status: StatusCode,
    /// In words, for whoever asks.
    pub(super) why: String,
}

/// Decides who may read. Reads are written down under the pass, where there is one.
pub(super) type MayRead = fn(&Shared, &Parts) -> Result<Option<Pass>, Denied>;

/// Whoever the table of roles allows to read the whole log.
pub(super) fn may_read(shared: &Shared, request: &Parts) -> Result<Option<Pass>, Denied> {
    let denied = |refusal: Refusal| {
        shared.metrics.turned_away(refusal.reason());
        Denied { status: status(&refusal), why: refusal.message() }
    };
    let proof = proof(request).map_err(|why| Denied { status: StatusCode::UNAUTHORIZED, why })?;
    let call = format!("{} {}", request.method, request.uri.path());
    let peer = request.extensions.get::<SocketAddr>().copied();
    let pass = access::admit_reader(shared, &call, proof.as_deref(), peer).map_err(denied)?;
    if pass.sees_all() {
        return Ok(Some(pass));
    }
    let why = "the log is for those who may read all of it".to_owned();
    Err(Denied { status: StatusCode::FORBIDDEN, why })
}

/// The proof that a request brings.
fn proof(request: &Parts) -> Result<Option<Vec<u8>>, String> {
    let mut values = request.headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().ok().filter(|_| values.next().is_none());
    let encoded = text.and_then(|text| text.strip_prefix(SCHEME)?.strip_prefix(' '));
    let bytes = encoded.and_then(|encoded| STANDARD.decode(encoded).ok());
    bytes
        .map(Some)
        .ok_or_else(|| "write Authorization: JCM, a space, and the proof in base64".into())
}

/// What a refusal at the door is in HTTP.
fn status(refusal: &Refusal) -> StatusCode {
    match refusal.code() {
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::UNAUTHORIZED,
    }
}
