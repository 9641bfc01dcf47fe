//! Signed commands as they come, keys and signatures among them.
#![no_main]
use jcm_format::envelope::SignedCommand;
use jcm_format::key::{PublicKey, Signature};
use libfuzzer_sys::fuzz_target;
use prost::Message as _;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(wire) = jcm_api::pb::SignedCommand::decode(bytes) {
        if let Ok(signed) = SignedCommand::try_from(wire) {
            let _ = signed.verify(|key| key.admit());
        }
    }
    let Some((key, rest)) = bytes.split_first_chunk() else { return };
    let Some((signature, message)) = rest.split_first_chunk() else { return };
    if let Ok(key) = PublicKey::from_bytes(*key).admit() {
        assert_eq!(key.verify(message, &Signature::from_bytes(*signature)), key.verify(message, &Signature::from_bytes(*signature)));
    }
});
