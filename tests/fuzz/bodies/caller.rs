//! What readers send to say who they are.

use jcm_format::caller::{Call, CallerProof, Nonce, Window};
use jcm_format::key::{PublicKey, SecretKey};
use jcm_format::time::Timestamp;

/// The one who calls, in examples.
pub(crate) const SEED: [u8; 32] = [7; 32];
/// When and with which number.
pub(crate) const NOW_MS: u64 = 1_000_000;
pub(crate) const NONCE: [u8; 16] = [7; 16];

pub(crate) fn body(bytes: &[u8]) -> bool {
    let Ok(proof) = CallerProof::from_bytes(bytes) else { return false };
    assert_eq!(proof.to_bytes(), bytes, "accepted in a second form");
    let Ok(registry) = "registry.example/test".parse() else { return false };
    let Some(now) = Timestamp::from_ms(NOW_MS) else { return false };
    let call = Call { registry: &registry, method: "/a/b", message: None };
    let window = Window { now, skew_ms: 60_000 };
    if proof.verify(PublicKey::admit, &call, window).is_ok() {
        // Nobody can have found another one of this key.
        let statement = call.statement(now, Nonce::from_bytes(NONCE));
        let own = CallerProof::sign(statement, &SecretKey::from_seed(&SEED)).to_bytes();
        assert_eq!(own, bytes, "forged");
        return true;
    }
    false
}
