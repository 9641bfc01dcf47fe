//! Notices.
/// Callers that wait for notices at once.
pub(crate) const SUBSCRIBERS_MAX: usize = 128;
