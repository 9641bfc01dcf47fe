//! Signed commands as they come, keys and signatures among them.

use jcm_format::envelope::SignedCommand;
use jcm_format::key::{PublicKey, Signature};
use prost::Message as _;

pub(crate) fn body(bytes: &[u8]) -> bool {
    let Ok(wire) = jcm_api::pb::SignedCommand::decode(bytes) else { return signature(bytes) };
    let Ok(signed) = SignedCommand::try_from(wire) else { return signature(bytes) };
    let again = jcm_api::pb::SignedCommand::from(signed.clone());
    assert_eq!(SignedCommand::try_from(again).ok().as_ref(), Some(&signed), "on the wire again");
    let mut other = signed.clone();
    if signed.verify(PublicKey::admit).is_err() {
        return signature(bytes);
    }
    other.payload.push(0);
    assert!(other.verify(PublicKey::admit).is_err(), "signed whatever it says");
    true
}

/// A key of 32 bytes, a signature of 64, a message.
fn signature(bytes: &[u8]) -> bool {
    let Some((key, rest)) = bytes.split_first_chunk() else { return false };
    let Some((signature, message)) = rest.split_first_chunk() else { return false };
    let Ok(key) = PublicKey::from_bytes(*key).admit() else { return false };
    let signature = Signature::from_bytes(*signature);
    if key.verify(message, &signature).is_err() {
        return false;
    }
    let longer = [message, &[0]].concat();
    assert!(key.verify(&longer, &signature).is_err(), "signed whatever it says");
    true
}
