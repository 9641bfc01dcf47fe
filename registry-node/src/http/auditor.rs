//! Who may read entries over HTTP. Entries hold what holders did with their units,
//! so nobody reads them without having been entitled to.

use crate::shared::Shared;
use hyper::header::AUTHORIZATION;
use hyper::http::request::Parts;

/// Why somebody may not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Denied {
    /// Nothing says who asks.
    Unknown,
    /// Whoever asks is not entitled.
    NotEntitled,
}

/// Decides who may read.
pub(super) type MayRead = fn(&Shared, &Parts) -> Result<(), Denied>;

/// Nobody: there is no way yet to prove who asks.
pub(super) fn may_read(_: &Shared, request: &Parts) -> Result<(), Denied> {
    match request.headers.get(AUTHORIZATION) {
        None => Err(Denied::Unknown),
        Some(_) => Err(Denied::NotEntitled),
    }
}
