//! The bytes of an entry.
#![no_main]
use jcm_format::entry::SealedEntry;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(sealed) = SealedEntry::open(bytes.to_vec()) {
        let again = jcm_format::codec::encode(sealed.entry());
        assert_eq!(again.ok().as_deref(), Some(bytes), "one form only");
    }
});
