//! Checkpoints, notes, proofs, requests to witnesses, evidence, and keys, as anybody may
//! publish them.

use jcm_format::key::SecretKey;
use jcm_format::tlog::{
    AddCheckpoint, Checkpoint, Evidence, KeyType, Note, Origin, ProofFile, SignedCheckpoint,
    TileId, TrustedCheckpoint, VerifierKey,
};

pub(crate) fn body(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let note = Note::parse(text);
    let checkpoint = SignedCheckpoint::parse(text);
    assert!(note.is_ok() || checkpoint.is_err(), "a checkpoint is a note");
    let _ = Checkpoint::parse(text);
    let mut read = checkpoint.is_ok();
    if let Ok(proof) = text.parse::<ProofFile>() {
        assert_eq!(proof.to_string(), text, "accepted in a second form");
        read = true;
    }
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text, "accepted in a second form");
        read = true;
    }
    if let Ok(request) = text.parse::<AddCheckpoint>() {
        assert_eq!(request.to_string(), text, "accepted in a second form");
        read = true;
    }
    if let Ok(origin) = text.parse::<Origin>() {
        assert_eq!(origin.as_ref(), text);
    }
    if let Ok(tile) = text.parse::<TileId>() {
        assert_eq!(tile.to_string(), text, "accepted in a second form");
        read = true;
    }
    believed_by_nobody(text);
    evidence(text) || read
}

/// What nobody has signed is believed by nobody.
fn believed_by_nobody(text: &str) {
    let nobody = SecretKey::from_seed(&[99; 32]).public_key();
    for kind in [KeyType::Ed25519, KeyType::Cosignature] {
        let Ok(key) = VerifierKey::new("registry.example/test", kind, &nobody) else { continue };
        if let Ok(note) = Note::parse(text) {
            assert!(note.open(std::slice::from_ref(&key)).is_err(), "forged");
        }
        assert!(TrustedCheckpoint::open(text, &key).is_err(), "forged");
        if let Ok(proof) = text.parse::<ProofFile>() {
            assert!(proof.verify(proof.extra().unwrap_or_default(), &key).is_err(), "forged");
        }
    }
}

fn evidence(text: &str) -> bool {
    let Some(key) = Evidence::claimed_key(text) else { return false };
    let Ok(evidence) = Evidence::open(text, &key) else { return false };
    assert_eq!(evidence.to_string(), text, "accepted in a second form");
    let _ = evidence.verdict();
    true
}
