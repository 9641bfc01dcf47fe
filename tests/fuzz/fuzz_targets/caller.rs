//! What readers send to say who they are.
#![no_main]
use jcm_format::caller::{Call, CallerProof, Window};
use jcm_format::key::PublicKey;
use jcm_format::time::Timestamp;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(proof) = CallerProof::from_bytes(bytes) else { return };
    assert_eq!(proof.to_bytes(), bytes, "what is accepted encodes again to itself");
    let Ok(registry) = "registry.example/test".parse() else { return };
    let call = Call { registry: &registry, method: "/a/b", message: None };
    let window = Window { now: Timestamp::MAX, skew_ms: 1_000 };
    let _ = proof.verify(PublicKey::admit, &call, window);
});
