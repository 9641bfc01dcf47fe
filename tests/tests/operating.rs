//! What the operating documents hand out works as they say.

use std::path::PathBuf;
use std::process::Command;

fn path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "docs", "operating", name].iter().collect()
}

/// systemd's own judgement of the unit, from 0 (closed) to 10. Where the tool is
/// not installed, the unit's lines are held to the list below alone.
#[test]
fn the_unit_gives_the_program_next_to_nothing() {
    let unit = std::fs::read_to_string(path("registry-node.service")).expect("the unit");
    for line in ["NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "User="] {
        assert!(unit.lines().any(|of_unit| of_unit.starts_with(line)), "{line}");
    }
    // The exit codes that need a person are those that the page lists.
    let page = std::fs::read_to_string(path("install.md")).expect("the page");
    assert!(page.contains("registry-node.service") && unit.contains("64 65 66 73 75"));
    let judged = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--no-pager"])
        .arg(path("registry-node.service"))
        .output();
    let Ok(judged) = judged else {
        println!("systemd-analyze is not installed: its judgement is left out");
        return;
    };
    let text = String::from_utf8_lossy(&judged.stdout);
    let level = text.lines().find_map(|line| line.split("exposure level for ").nth(1));
    let level = level.and_then(|rest| rest.split(": ").nth(1));
    let level = level.and_then(|rest| rest.split(' ').next()).unwrap_or_else(|| panic!("{text}"));
    let (whole, _) = level.split_once('.').expect("one decimal");
    assert!(whole.parse::<u8>().expect("a number") < 2, "{level}: {text}");
}
