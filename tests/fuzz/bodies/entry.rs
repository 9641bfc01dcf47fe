//! The bytes of an entry.

use jcm_format::codec;
use jcm_format::entry::SealedEntry;

pub(crate) fn body(bytes: &[u8]) -> bool {
    let Ok(sealed) = SealedEntry::open(bytes.to_vec()) else { return false };
    let again = codec::encode(sealed.entry());
    assert_eq!(again.ok().as_deref(), Some(bytes), "accepted in a second form");
    true
}
