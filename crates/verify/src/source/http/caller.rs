//! Who asks a node for entries: a proof for each request (`docs/spec/access.md`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jcm_format::caller::{Call, CallerProof, Nonce, statement_bytes};
use jcm_format::time::Timestamp;
use jcm_format::tlog::Origin;
use jcm_keys::Signer;
use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Somebody with a key, who reads from one registry.
#[derive(Clone)]
pub struct Caller {
    registry: Origin,
    key: Arc<dyn Signer>,
}

impl Caller {
    /// The owner of a key. `registry` is the one that the caller trusts, not the one that
    /// answers: another could pass the proof on.
    pub fn new(registry: Origin, key: Arc<dyn Signer>) -> Caller {
        Caller { registry, key }
    }

    /// The value of the header `Authorization` for one GET of a path.
    pub(super) fn authorization(&self, path: &str) -> Result<String, String> {
        let mut nonce = [0; Nonce::LEN];
        getrandom::fill(&mut nonce).map_err(|_| "the system gives no random bytes")?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(now.as_millis()).ok().and_then(Timestamp::from_ms);
        let now = now.ok_or("the clock is beyond what can be told")?;
        let method = format!("GET {path}");
        let call = Call { registry: &self.registry, method: &method, message: None };
        let payload = call.statement(now, Nonce::from_bytes(nonce));
        let signature = self.key.sign(&statement_bytes(&payload));
        let signature = signature.map_err(|error| format!("nothing is signed: {error}"))?;
        let proof = CallerProof { payload, key: self.key.public_key(), signature };
        Ok(format!("JCM {}", STANDARD.encode(proof.to_bytes())))
    }
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Caller({} at {})", self.key.public_key(), self.registry)
    }
}
