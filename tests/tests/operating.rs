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
    let tenths: u32 = level.replace('.', "").parse().expect("one decimal");
    assert!(tenths <= EXPOSURE_TENTHS_MAX, "{level}: {text}");
    let security = std::fs::read_to_string(path("../SECURITY.md")).expect("the page");
    assert!(security.contains("at most 1.2 of 10"), "the page names the bound");
}

/// What the unit may be exposed, in tenths.
const EXPOSURE_TENTHS_MAX: u32 = 12;

/// No engine builds the image here. What can be said without one: it builds what is
/// there, with the toolchain of the workspace, copies what it built, and runs it as
/// nobody in particular.
#[test]
fn the_image_holds_the_released_programs_and_runs_them_without_privilege() {
    let file = std::fs::read_to_string(path("Containerfile")).expect("the file");
    let lines: Vec<&str> = file.lines().filter(|line| !line.starts_with('#')).collect();
    let line = |start: &str| {
        let found: Vec<_> = lines.iter().filter(|line| line.starts_with(start)).collect();
        assert_eq!(found.len(), 1, "{start}: {found:?}");
        found[0].to_string()
    };
    let build = line("RUN ");
    assert!(build.starts_with("RUN cargo build --locked --release "), "{build}");
    let copied = line("COPY --from=build ");
    for (package, program) in jcm_tests::sbom::PROGRAMS {
        assert!(build.contains(&format!("-p {package}")), "{package}: {build}");
        assert!(copied.contains(&format!("/src/target/release/{program} ")), "{program}: {copied}");
    }
    assert!(copied.ends_with(" /usr/local/bin/"), "{copied}");
    let manifest = std::fs::read_to_string(path("../../Cargo.toml")).expect("the workspace");
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = \""));
    let version = version.expect("a version").trim_end_matches('"');
    let image = line("ARG BUILD_IMAGE=");
    assert!(image.contains(&format!("/rust:{version}-")), "{image}");
    assert!(line("ARG BASE_IMAGE=").contains("distroless"), "no shell, no package manager");
    assert_eq!(line("USER "), "USER 65532:65532");
    assert!(!file.contains(":latest"));
    let program = "/usr/local/bin/registry-node";
    assert_eq!(line("ENTRYPOINT "), format!("ENTRYPOINT [\"{program}\"]"));
    let unit = std::fs::read_to_string(path("registry-node.service")).expect("the unit");
    assert!(
        unit.contains(&format!("ExecStart={program} run --config /etc/registry-node/node.toml"))
    );
    let ignored = std::fs::read_to_string(path("../../.containerignore")).expect("the list");
    assert!(["target", ".git"].iter().all(|name| ignored.lines().any(|line| line == *name)));
}

/// The passphrase of the log key is named alike wherever an operator meets it.
#[test]
fn the_passphrase_comes_from_where_the_unit_puts_it() {
    let unit = std::fs::read_to_string(path("registry-node.service")).expect("the unit");
    let credential = unit.lines().find_map(|line| line.strip_prefix("LoadCredential="));
    let (name, file) = credential.and_then(|of| of.split_once(':')).expect("a credential");
    assert_eq!(file, format!("/etc/registry-node/{name}"));
    let handed_over = format!("/run/credentials/registry-node.service/{name}");
    for page in ["install.md", "registry-node.toml", "registry-node.service"] {
        let text = std::fs::read_to_string(path(page)).expect("a page");
        assert!(text.contains(&handed_over), "{page}: {handed_over}");
    }
}
