//! Bank statements at their edges: a day that is recorded in part, and a reader that
//! has seen enough.

#![allow(dead_code, reason = "each test uses a part of the support")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test may")]

mod support;

use std::process::{Command, Stdio};
use support::{Jcm, World, stderr};

/// A registry with one operator, and `jcm` on it.
fn with_operator(test: impl FnOnce(&Jcm<'_>)) {
    let world = World::new();
    let registry = world.registry("data");
    let jcm = Jcm { world: &world, registry: &registry, home: "home" };
    let proof = world.path("op1.possession");
    jcm.does(&format!("operator appoint op-1 --possession {proof}"), &["a1", "a2"]);
    test(&jcm);
    registry.stop();
}

fn file(jcm: &Jcm<'_>, name: &str, lines: &[&str]) -> String {
    let path = jcm.world.path(name);
    let text = format!("日付,入金額,振込人名\n{}\n", lines.join("\n"));
    std::fs::write(&path, text).expect("writable");
    path
}

fn entries(jcm: &Jcm<'_>) -> u64 {
    jcm.sees("registry")["entries"].as_u64().expect("a number")
}

/// Before, the first line of the second file counted as imported, whoever paid it, and
/// its money was never booked.
#[test]
fn a_day_that_is_recorded_in_part_is_not_filled_up_unasked() {
    with_operator(|jcm| {
        let first = file(jcm, "first.csv", &["2026-10-01,14400,ｱﾙﾌｱ", "2026-10-02,2500,ｱﾙﾌｱ"]);
        jcm.does(&format!("payment import {first} --no-match"), &["op1"]);
        let second = file(jcm, "second.csv", &["2026-10-01,14400,ﾍﾞｰﾀ", "2026-10-01,1200,ﾍﾞｰﾀ"]);
        let before = entries(jcm);
        let import = format!("payment import {second} --no-match --yes");
        let words = support::words(&import);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let refused = jcm.run(&[&words[..], &["--key", &jcm.world.key("op1")]].concat());
        let said = stderr(&refused);
        assert_eq!(refused.status.code(), Some(2), "{said}");
        for part in ["2026-10-01", "line 2 counts as recorded, line 3 is new", "--bank-account"] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert_eq!(entries(jcm), before, "nothing is changed");
        // Another account of the body has keys of its own.
        let other = format!("payment import {second} --no-match --bank-account second");
        let made = jcm.does(&other, &["op1"]);
        assert_eq!(made["imported"]["made"][0]["number"], format!("{before}/1 to {before}/2"));
        // Who knows that the first file was not whole says so.
        let rest = format!("payment import {second} --no-match --complete-days");
        jcm.does(&rest, &["op1"]);
        assert_eq!(jcm.sees("payment list --all").as_array().map(Vec::len), Some(5));
    });
}

/// As in `jcm … 2>&1 | head -1`: it used to end in the middle, with a panic.
#[test]
fn an_act_goes_on_when_nobody_reads_what_is_shown() {
    with_operator(|jcm| {
        let path = file(jcm, "one.csv", &["2026-10-01,14400,ｱﾙﾌｱ"]);
        let before = entries(jcm);
        let mut process = Command::new(env!("CARGO_BIN_EXE_jcm"))
            .args(["payment", "import", &path, "--no-match", "--yes", "--key"])
            .arg(jcm.world.key("op1"))
            .env_clear()
            .env("JCM_HOME", jcm.home_path())
            .env("JCM_ENDPOINT", &jcm.registry.endpoint)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("built");
        drop((process.stderr.take(), process.stdout.take()));
        assert_eq!(process.wait().expect("ended").code(), Some(0));
        assert_eq!(entries(jcm), before + 1);
    });
}
