//! The system clock: the only place that reads it for the ledger.

use jcm_format::time::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// Now. A clock before 1970 or beyond 9999 counts as the nearest moment in
/// between; the ledger never goes back behind its last entry in any case.
pub(crate) fn now() -> Timestamp {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    Timestamp::from_ms(ms).unwrap_or(Timestamp::MAX)
}
