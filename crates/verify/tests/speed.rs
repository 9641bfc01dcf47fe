//! How fast a long log is verified, against the rate of one core that does
//! nothing but verify signatures. Run by hand, optimised:
//! `cargo test --release -p jcm-verify --test speed -- --ignored --nocapture`

#![allow(clippy::expect_used)]

mod common;

use common::*;
use jcm_format::command::Purpose;
use jcm_format::event::Fee;
use std::time::Instant;

const TRANSFERS: u64 = 30_000;

#[test]
#[ignore = "a measurement, and only optimised"]
fn a_long_log_is_verified_faster_than_one_core_can() {
    let mut life = Life::honest();
    for number in 0..TRANSFERS {
        // Class C goes back and forth without a fee, in pieces.
        let (from, by, to) = match number / 100 % 2 {
            0 => (ALPHA_ACCOUNT, who::ALPHA, BETA_ACCOUNT),
            _ => (BETA_ACCOUNT, who::BETA, ALPHA_ACCOUNT),
        };
        let unit = format!("4:{0}-{0}", 51 + number % 100);
        let asked = terms(from, to, &[&unit], Purpose::Other);
        let (body, event) = transfer(asked, Fee::NotChargeable, Vec::new());
        life.push(&[by], body, event);
    }
    let entries: Vec<Vec<u8>> = sealed(&life);
    let frames = frames_of(&entries, 128);

    let (key, message) = (public(who::ALPHA).admit().expect("honest"), [7_u8; 250]);
    let signature = secret(who::ALPHA).sign(&message);
    let begun = Instant::now();
    for _ in 0..10_000 {
        key.verify(&message, &signature).expect("genuine");
    }
    let alone = 10_000 * 1_000_000 / begun.elapsed().as_micros();
    eprintln!("one core, signatures only: {alone} a second");
    for threads in [1, 2, 3, 4] {
        let begun = Instant::now();
        let report = jcm_verify::verify_frames(frames.clone(), &options(threads));
        let micros = begun.elapsed().as_micros();
        assert!(report.ok, "{report}");
        let rate = u128::from(report.signatures) * 1_000_000 / micros;
        eprintln!(
            "{threads} workers: {} entries in {} ms, {rate} signatures a second, {} % of one core",
            report.entries,
            micros / 1_000,
            rate * 100 / alone
        );
    }
}

fn sealed(life: &Life) -> Vec<Vec<u8>> {
    let seal = |entry| jcm_format::entry::SealedEntry::seal(entry).expect("short").bytes().to_vec();
    life.entries().into_iter().map(seal).collect()
}
