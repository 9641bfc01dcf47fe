//! A life under safeguards, written by hand, must pass as it is.

// Each test program uses a part of the builders.
#![allow(clippy::expect_used)]

mod common;

use common::*;

#[test]
fn a_life_under_safeguards_passes_every_check() {
    let report = verify(Life::guarded().frames());
    assert!(report.ok, "{report}");
}

/// Kinds of lines that only safeguards bring.
const KINDS: &[&str] = &["safeguards", "mandate", "trusted", "frozen", "recovery", "outgoing"];

/// Written by hand, as those of the other lives.
#[test]
fn the_state_under_safeguards_is_written_as_specified() {
    let report = verify(Life::guarded().frames());
    assert!(report.ok, "{report}");
    let lines: Vec<&str> = report.state_lines().collect();
    let wanted: Vec<&str> = include_str!("guarded.state").lines().collect();
    // What the lives without safeguards have besides is compared there.
    let kept = lines.into_iter().filter(|line| {
        let kind = line.split(' ').next().unwrap_or_default();
        let delayed = kind == "application" && !line.ends_with(" -");
        KINDS.contains(&kind) || line.contains("representative:") || delayed
    });
    assert_eq!(kept.collect::<Vec<_>>(), wanted);
}
