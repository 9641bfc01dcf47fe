//! What strangers send is read or refused, and never more: what is accepted has
//! one form, and nothing panics. A short run over spoilt copies of good bytes, the
//! same from run to run; `tests/fuzz` searches for as long as one likes.

use jcm_bank::Options;
use jcm_format::caller::{Call, CallerProof, Nonce, Window};
use jcm_format::codec;
use jcm_format::command::Command;
use jcm_format::entry::SealedEntry;
use jcm_format::frame::Frame;
use jcm_format::key::PublicKey;
use jcm_format::time::Timestamp;
use jcm_format::tlog::{Checkpoint, Note, ProofFile, SignedCheckpoint, VerifierKey};
use jcm_tests::random::{Random, Seeded};
use jcm_tests::world::{World, date, secret};

/// Spoilt copies of each good example.
const COPIES: usize = 4_000;

/// Flips, overwrites, cuts, repeats, or joins with another example.
fn spoil(random: &mut Random, good: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = random.pick(good).clone();
    for _ in 0..random.between(1, 4) {
        let length = bytes.len() as u64;
        if length == 0 {
            return bytes;
        }
        let at = usize::try_from(random.below(length)).expect("short");
        match random.below(6) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = *random.pick(&[0x00, 0x01, 0x7f, 0x80, 0xfa, 0xfb, 0xfd, 0xff]),
            2 => bytes.truncate(at),
            3 => bytes.insert(at, random.bits().to_le_bytes()[0]),
            4 => {
                let end = bytes.len().min(at + 9);
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            _ => {
                let other = random.pick(good);
                let from = usize::try_from(random.below(other.len() as u64 + 1)).expect("short");
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from..]);
            }
        }
    }
    bytes
}

/// Gives `read` every example, which it must take, and spoilt copies; gives back
/// how many of those were refused.
fn with_spoilt(seed: u64, good: &[Vec<u8>], read: impl Fn(&[u8]) -> bool) -> usize {
    let _seeded = Seeded::run(seed);
    let mut random = Random::new(seed);
    for bytes in good {
        assert!(read(bytes), "a good example is refused");
    }
    (0..COPIES).filter(|_| !read(&spoil(&mut random, good))).count()
}

fn entries() -> Vec<Vec<u8>> {
    let world = World::stocked();
    world.log.frames().into_iter().flat_map(|frame| frame.entries).collect()
}

#[test]
fn commands_have_one_form() {
    let good: Vec<Vec<u8>> = entries()
        .into_iter()
        .map(|bytes| SealedEntry::open(bytes).expect("canonical").entry().command.payload.clone())
        .collect();
    let refused = with_spoilt(1, &good, |bytes| match Command::parse(bytes) {
        Ok(command) => {
            assert_eq!(command.to_payload(), bytes, "accepted in a second form");
            true
        }
        Err(_) => false,
    });
    assert!(COPIES / 2 < refused, "{refused}");
}

#[test]
fn proofs_of_callers_have_one_form_and_none_is_forged() {
    let registry = "registry.example/test".parse().expect("an origin");
    let now = Timestamp::from_ms(1_000_000).expect("in range");
    let call = Call { registry: &registry, method: "/a/b", message: None };
    let good: Vec<Vec<u8>> = ["alpha", "beta", "op-1"]
        .iter()
        .map(|who| {
            let statement = call.statement(now, Nonce::from_bytes([7; 16]));
            CallerProof::sign(statement, &secret(who)).to_bytes()
        })
        .collect();
    let window = Window { now, skew_ms: 60_000 };
    let refused = with_spoilt(6, &good, |bytes| {
        let Ok(proof) = CallerProof::from_bytes(bytes) else { return false };
        assert_eq!(proof.to_bytes(), bytes, "accepted in a second form");
        let is_verified = proof.verify(PublicKey::admit, &call, window).is_ok();
        assert_eq!(is_verified, good.iter().any(|good| good == bytes), "forged");
        is_verified
    });
    assert!(COPIES * 9 / 10 < refused, "{refused}");
}

#[test]
fn entries_have_one_form() {
    let refused = with_spoilt(2, &entries(), |bytes| match SealedEntry::open(bytes.to_vec()) {
        Ok(sealed) => {
            let again = codec::encode(sealed.entry()).expect("short");
            assert_eq!(again, bytes, "accepted in a second form");
            true
        }
        Err(_) => false,
    });
    assert!(COPIES / 2 < refused, "{refused}");
}

#[test]
fn frames_are_whole_or_refused() {
    let world = World::stocked();
    let good: Vec<Vec<u8>> =
        world.log.frames().iter().map(|frame| frame.encode().expect("short")).collect();
    let refused = with_spoilt(3, &good, |bytes| match Frame::decode(bytes) {
        Ok((frame, taken)) => {
            assert_eq!(frame.encode().expect("short"), bytes[..taken], "a second form");
            true
        }
        Err(_) => false,
    });
    // A copy that only has something behind its frame is read.
    assert!(COPIES / 2 < refused, "{refused}");
}

#[test]
fn notes_and_keys_are_read_or_refused() {
    let world = World::stocked();
    let good: Vec<Vec<u8>> =
        world.log.frames().into_iter().map(|frame| frame.checkpoint.into_bytes()).collect();
    let refused = with_spoilt(4, &good, |bytes| {
        let Ok(text) = str::from_utf8(bytes) else { return false };
        // None of these may panic, whatever else they think of it.
        let _ = (Note::parse(text), Checkpoint::parse(text), text.parse::<ProofFile>().is_ok());
        if let Ok(key) = text.parse::<VerifierKey>() {
            assert_eq!(key.to_string(), text, "accepted in a second form");
        }
        SignedCheckpoint::parse(text).is_ok()
    });
    assert!(COPIES / 4 < refused, "{refused}");
}

#[test]
fn bank_statements_are_read_or_refused() {
    let table = "取引日,入金額,振込人名,照会番号\n2026-11-20,\"14,400\",アルファ,1\n";
    let good = vec![table.as_bytes().to_vec()];
    let today = date("2026-11-23");
    let refused = with_spoilt(5, &good, |bytes| {
        match jcm_bank::read(
            bytes,
            Options { today, account_label: "main".to_owned(), format: None },
        ) {
            Ok(statement) => {
                assert!(statement.lines.iter().all(|line| line.value_date <= today));
                true
            }
            Err(errors) => {
                assert!(0 < errors.total, "refused without a reason");
                false
            }
        }
    });
    assert!(COPIES / 8 < refused, "{refused}");
}
