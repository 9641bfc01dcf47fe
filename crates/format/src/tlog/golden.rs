//! Golden values, made from the specifications by an independent generator and
//! confirmed with other implementations (`docs/spec/tlog.md` §6). For tests only.

use super::merkle::{Tree, leaf_hash};
use super::text::digest_from_base64;
use super::vkey::VerifierKey;
use crate::hash::{Digest, from_hex};
use crate::key::SecretKey;
use serde_json::Value;

/// The sizes of which there are golden checkpoints.
pub(super) const SIZES: [u64; 6] = [0, 1, 3, 256, 600, 70_000];

/// The time in the golden cosignatures.
pub(super) const TIME_S: u64 = 1_760_000_000;

fn value(name: &str) -> Value {
    let all: Value =
        serde_json::from_str(include_str!("vectors/golden.json")).expect("the vectors are JSON");
    all[name].clone()
}

pub(super) fn text(name: &str) -> String {
    value(name).as_str().expect("a text").to_owned()
}

pub(super) fn checkpoint(size: u64) -> String {
    text(&format!("checkpoint_{size}"))
}

pub(super) fn hashes(name: &str) -> Vec<Digest> {
    let list = value(name);
    let texts = list.as_array().expect("a list").iter();
    texts.map(|text| digest_from_base64(text.as_str().expect("a text")).expect("a hash")).collect()
}

pub(super) fn secret(name: &str) -> SecretKey {
    SecretKey::from_seed(&from_hex(&text(name)).expect("a seed"))
}

pub(super) fn vkey(name: &str) -> VerifierKey {
    text(name).parse().expect("a verifier key")
}

/// Entry 0 is empty; entry i is ASCII 'record <i>'.
pub(super) fn entry(index: u64) -> Vec<u8> {
    if index == 0 { Vec::new() } else { format!("record {index}").into_bytes() }
}

pub(super) fn tree(size: u64) -> Tree {
    let mut tree = Tree::new();
    (0..size).for_each(|i| tree.push(leaf_hash(&entry(i))));
    tree
}

/// Texts that differ from `text` in one byte, as far as they are UTF-8.
pub(super) fn one_byte_off(text: &str) -> impl Iterator<Item = String> {
    let changes = (0..8).map(|bit| 1_u8 << bit).chain([0x2a]);
    let bytes = text.as_bytes().to_vec();
    let places = (0..bytes.len()).flat_map(move |at| changes.clone().map(move |by| (at, by)));
    places.filter_map(move |(at, by)| {
        let mut changed = bytes.clone();
        changed[at] ^= by;
        String::from_utf8(changed).ok()
    })
}

/// Garbage, but the same at every run, and made of pieces a parser might accept.
pub(super) fn garbage(count: u64) -> impl Iterator<Item = String> {
    const PIECES: [&str; 16] = [
        "\n",
        "\n\n",
        "\u{2014} ",
        " ",
        "+",
        "a",
        "0",
        "=",
        "AAAA",
        "index ",
        "extra ",
        "c2sp.org/tlog-proof@v1\n",
        "registry.example/carbon/2026",
        "\u{a0}",
        "\u{1}",
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
    ];
    (0..count).map(|seed| {
        let noise = Digest::of(&[&seed.to_be_bytes()]);
        let count = usize::from(noise.as_bytes()[0] % 24);
        let pick = |byte: &u8| PIECES[usize::from(byte % 16)];
        noise.as_bytes()[1..].iter().take(count).map(pick).collect()
    })
}
