//! Signatures at the edges: the verdict of the registry and that of a second verifier,
//! written in Python from docs/spec/keys.md alone, case by case.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity as _;
use jcm_format::hash::to_hex;
use jcm_format::key::{PublicKey, SecretKey, Signature, UnsuitableKey};
use jcm_tests::random::{Random, Seeded};
use sha2::{Digest as _, Sha512};
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Random cases, beside those that are made on purpose.
const RANDOM: usize = 2_000;

/// One signature to judge.
#[derive(Debug, Clone)]
struct Case {
    what: String,
    key: [u8; 32],
    message: Vec<u8>,
    signature: [u8; 64],
}

/// What the registry says.
fn verdict(case: &Case) -> &'static str {
    match PublicKey::from_bytes(case.key).admit() {
        Err(UnsuitableKey::NotAPoint) => "point",
        Err(UnsuitableKey::NotCanonical) => "canonical",
        Err(UnsuitableKey::Weak) => "weak",
        Err(UnsuitableKey::Torsion) => "torsion",
        Ok(key) => match key.verify(&case.message, &Signature::from_bytes(case.signature)) {
            Ok(()) => "ok",
            Err(_) => "signature",
        },
    }
}

/// What Python says of all.
fn python(cases: &[Case]) -> Vec<String> {
    let hex = |bytes: &[u8]| if bytes.is_empty() { "-".to_owned() } else { to_hex(bytes) };
    let mut lines = String::new();
    for case in cases {
        let (message, signature) = (hex(&case.message), hex(&case.signature));
        writeln!(lines, "{} {message} {signature}", hex(&case.key)).expect("text");
    }
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/python/ed25519_strict.py");
    let mut child = Command::new("python3")
        .args(["-B", program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is needed for this test");
    let mut input = child.stdin.take().expect("piped");
    let writing = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("it ends");
    writing.join().expect("no panic").expect("read to the end");
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(str::to_owned).collect()
}

/// Every case of which two judges think differently.
fn disputed(cases: &[Case], one: &[&str], other: &[String]) -> Vec<String> {
    assert_eq!((cases.len(), cases.len()), (one.len(), other.len()), "a verdict for each");
    let verdicts = one.iter().zip(other);
    let disputed = cases.iter().zip(verdicts).filter(|(_, (one, other))| one != other);
    disputed.map(|(case, (one, other))| format!("{one} or {other}: {case:?}")).collect()
}

/// A signer whose secrets are at hand.
struct Signer {
    secret: Scalar,
    key: [u8; 32],
}

impl Signer {
    fn new(seed: [u8; 32]) -> Signer {
        let hash = Sha512::digest(seed);
        let mut bytes: [u8; 32] = hash[..32].try_into().expect("32 bytes");
        bytes[0] &= 248;
        bytes[31] = bytes[31] & 127 | 64;
        let secret = Scalar::from_bytes_mod_order(bytes);
        let key = (ED25519_BASEPOINT_POINT * secret).compress().to_bytes();
        assert_eq!(key, *SecretKey::from_seed(&seed).public_key().as_bytes());
        Signer { secret, key }
    }

    /// S for any bytes as R and any key in the hash.
    fn scalar(&self, nonce: Scalar, r: &[u8; 32], key: &[u8; 32], message: &[u8]) -> Scalar {
        nonce + challenge(r, key, message) * self.secret
    }
}

fn challenge(r: &[u8; 32], key: &[u8; 32], message: &[u8]) -> Scalar {
    let hash = Sha512::new().chain_update(r).chain_update(key).chain_update(message).finalize();
    Scalar::from_bytes_mod_order_wide(&hash.into())
}

fn joined(r: [u8; 32], s: [u8; 32]) -> [u8; 64] {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&r);
    signature[32..].copy_from_slice(&s);
    signature
}

/// Every spelling of every y that has two, with both signs; and the y that do not have two,
/// for which x = 0.
fn odd_spellings() -> Vec<[u8; 32]> {
    let mut found = Vec::new();
    for sign in [0, 0x80] {
        for low in 0xed..=0xff_u8 {
            let mut bytes = [0xff; 32];
            bytes[0] = low;
            bytes[31] = 0x7f | sign;
            found.push(bytes);
        }
        let mut one = [0; 32];
        one[0] = 1;
        one[31] = sign;
        let mut minus_one = [0xff; 32];
        minus_one[0] = 0xec;
        minus_one[31] = 0x7f | sign;
        found.extend([one, minus_one]);
    }
    found
}

/// 32 bytes as a number, times the order of the group more; none when it does not fit.
fn plus_order(bytes: [u8; 32], times: u8) -> Option<[u8; 32]> {
    let order = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut sum = bytes;
    for _ in 0..times {
        let mut carry = 0_u16;
        for (byte, more) in sum.iter_mut().zip(order) {
            let total = u16::from(*byte) + more + carry;
            *byte = total.to_le_bytes()[0];
            carry = total >> 8;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(sum)
}

fn made() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut put = |what: String, key: [u8; 32], message: &[u8], signature: [u8; 64]| {
        cases.push(Case { what, key, message: message.to_vec(), signature });
    };
    let (signer, stranger) = (Signer::new([7; 32]), Signer::new([8; 32]));
    let message = b"to be signed".as_slice();
    let nonce = Scalar::from_bytes_mod_order([5; 32]);
    let r = (ED25519_BASEPOINT_POINT * nonce).compress().to_bytes();
    let s = signer.scalar(nonce, &r, &signer.key, message);
    let honest = joined(r, s.to_bytes());
    put("honest".into(), signer.key, message, honest);
    put("another message".into(), signer.key, b"to be signeD", honest);
    put("another key".into(), stranger.key, message, honest);
    for length in [0, 1, 111, 112, 127, 128, 32_768] {
        let long = vec![b'm'; length];
        let signature = *SecretKey::from_seed(&[7; 32]).sign(&long).as_bytes();
        put(format!("a message of {length} bytes"), signer.key, &long, signature);
    }
    for bit in 0..512 {
        let mut flipped = honest;
        flipped[bit / 8] ^= 1 << (bit % 8);
        put(format!("bit {bit} of the signature"), signer.key, message, flipped);
    }
    for bit in 0..256 {
        let mut flipped = signer.key;
        flipped[bit / 8] ^= 1 << (bit % 8);
        put(format!("bit {bit} of the key"), flipped, message, honest);
    }

    // S at and beyond the order.
    for times in 1..=16 {
        if let Some(more) = plus_order(s.to_bytes(), times) {
            put(format!("S + {times} L"), signer.key, message, joined(r, more));
        }
        if let Some(more) = plus_order([0; 32], times) {
            put(format!("S = {times} L"), signer.key, message, joined(r, more));
        }
    }
    for (name, last) in [("L - 1", -Scalar::ONE), ("0", Scalar::ZERO), ("1", Scalar::ONE)] {
        put(format!("S = {name}"), signer.key, message, joined(r, last.to_bytes()));
    }
    put("S of ones".into(), signer.key, message, joined(r, [0xff; 32]));

    // Keys of small order and odd spellings of points: as A, with a signature that the
    // equation alone would take, and as R.
    let small = EIGHT_TORSION.iter().map(|point| point.compress().to_bytes());
    let odd: Vec<[u8; 32]> = small.chain(odd_spellings()).collect();
    for bytes in &odd {
        let name = to_hex(bytes);
        let identity = EdwardsPoint::default().compress().to_bytes();
        put(format!("A {name}, R identity, S 0"), *bytes, message, joined(identity, [0; 32]));
        put(format!("A {name}, R = S B"), *bytes, message, joined(r, nonce.to_bytes()));
        let s = signer.scalar(Scalar::ZERO, bytes, &signer.key, message);
        put(format!("R {name}"), signer.key, message, joined(*bytes, s.to_bytes()));
        for other in odd.iter().take(8) {
            put(format!("A {name}, R {}", to_hex(other)), *bytes, b"", joined(*other, [0; 32]));
        }
    }

    cases.extend(beside_torsion(&signer, message, nonce));
    cases
}

/// Torsion beside honest points: whoever multiplies by the cofactor takes these.
fn beside_torsion(signer: &Signer, message: &[u8], nonce: Scalar) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut put = |what: String, key: [u8; 32], message: &[u8], signature: [u8; 64]| {
        cases.push(Case { what, key, message: message.to_vec(), signature });
    };
    let r = (ED25519_BASEPOINT_POINT * nonce).compress().to_bytes();
    for torsion in EIGHT_TORSION.iter().filter(|point| !point.is_identity()) {
        let name = to_hex(&torsion.compress().to_bytes());
        let mixed = (ED25519_BASEPOINT_POINT * nonce + torsion).compress().to_bytes();
        let s = signer.scalar(nonce, &mixed, &signer.key, message);
        put(format!("R + {name}"), signer.key, message, joined(mixed, s.to_bytes()));
        let key = (ED25519_BASEPOINT_POINT * signer.secret + torsion).compress().to_bytes();
        let s = signer.scalar(nonce, &r, &key, message);
        put(format!("A + {name}"), key, message, joined(r, s.to_bytes()));
        let s = signer.scalar(nonce, &mixed, &key, message);
        put(format!("A and R + {name}"), key, message, joined(mixed, s.to_bytes()));
        // The equation holds without the cofactor too, once 8 divides the challenge.
        let lucky = (0..u32::MAX)
            .map(u32::to_le_bytes)
            .find(|message| challenge(&r, &key, message).to_bytes()[0].trailing_zeros() >= 3);
        let lucky = lucky.expect("one in eight");
        let s = signer.scalar(nonce, &r, &key, &lucky);
        put(format!("A + {name}, by luck"), key, &lucky, joined(r, s.to_bytes()));
    }
    cases
}

fn random() -> Vec<Case> {
    let _seeded = Seeded::run(25_519);
    let mut random = Random::new(25_519);
    let signers: Vec<SecretKey> = (0..16).map(|n| SecretKey::from_seed(&[n; 32])).collect();
    (0..RANDOM)
        .map(|number| {
            let length = usize::try_from(random.below(200)).expect("short");
            let message: Vec<u8> = (0..length).map(|_| random.bits().to_le_bytes()[0]).collect();
            let signer = random.pick(&signers);
            let mut key = *signer.public_key().as_bytes();
            let mut signature = *signer.sign(&message).as_bytes();
            let mut fill = |bytes: &mut [u8]| {
                bytes.iter_mut().for_each(|byte| *byte = random.bits().to_le_bytes()[0]);
            };
            let what = match number % 8 {
                0 => {
                    fill(&mut signature[..32]);
                    "any R"
                }
                1 => {
                    fill(&mut signature[32..]);
                    "any S"
                }
                2 => {
                    fill(&mut key);
                    "any key"
                }
                3 => {
                    let at = usize::from(signature[0]) % 64;
                    signature[at] = signature[at].wrapping_add(1);
                    "one byte more"
                }
                _ => "signed",
            };
            Case { what: format!("random {number}, {what}"), key, message, signature }
        })
        .collect()
}

#[test]
fn rust_and_python_agree_on_every_signature() {
    let cases = [made(), random()].concat();
    let ours: Vec<&str> = cases.iter().map(verdict).collect();
    let theirs = python(&cases);
    assert_eq!(disputed(&cases, &ours, &theirs), [""; 0]);

    // Every verdict occurs, and what has to be refused is, by both.
    for wanted in ["ok", "signature", "point", "canonical", "weak", "torsion"] {
        assert!(ours.contains(&wanted), "no case is {wanted}");
    }
    let signed = ours.iter().filter(|verdict| **verdict == "ok").count();
    assert!((RANDOM / 2..RANDOM / 2 + 9).contains(&signed), "{signed} are good");
    for (case, verdict) in cases.iter().zip(&ours) {
        let is_good = case.what == "honest"
            || case.what.starts_with("a message of")
            || case.what.ends_with("signed") && case.what.starts_with("random");
        assert_eq!(*verdict == "ok", is_good, "{case:?}");
    }
    // One verdict changed, on either side, is seen.
    for at in [0, 100, cases.len() - 1] {
        let mut changed = theirs.clone();
        changed[at] = if changed[at] == "ok" { "signature" } else { "ok" }.to_owned();
        assert_eq!(disputed(&cases, &ours, &changed).len(), 1);
        let mut changed = ours.clone();
        changed[at] = if changed[at] == "ok" { "weak" } else { "ok" };
        assert_eq!(disputed(&cases, &changed, &theirs).len(), 1);
    }
}

/// What the made cases are good for: a verifier that leaves out one rule takes some of them.
#[test]
fn each_rule_is_needed() {
    let cases = made();
    let taken = |rule: &dyn Fn(&Case) -> bool| cases.iter().filter(|case| rule(case)).count();
    let good = taken(&|case| verdict(case) == "ok");
    // RFC 8032's own equation with the cofactor, and S reduced.
    let with_cofactor = taken(&|case| {
        let Some(key) = decompressed(&case.key) else { return false };
        let r: [u8; 32] = case.signature[..32].try_into().expect("32 bytes");
        let Some(r_point) = decompressed(&r) else { return false };
        let s = Scalar::from_bytes_mod_order(case.signature[32..].try_into().expect("32 bytes"));
        let k = challenge(&r, &case.key, &case.message);
        (ED25519_BASEPOINT_POINT * s - key * k - r_point).mul_by_cofactor().is_identity()
    });
    assert!(good + 60 < with_cofactor, "{with_cofactor} and {good}");
}

fn decompressed(bytes: &[u8; 32]) -> Option<EdwardsPoint> {
    curve25519_dalek::edwards::CompressedEdwardsY(*bytes).decompress()
}
