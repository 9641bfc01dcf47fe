//! `jcm` with a registry on another computer, as far as one computer can tell.

#![allow(clippy::expect_used, reason = "a test may")]

mod support;

use jcm_tests::certificates::{Authority, For};
use std::path::Path;
use std::process::Output;
use support::{Registry, World, stderr};

fn failed(output: &Output, code: i32, parts: &[&str]) {
    let text = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(parts.iter().all(|part| text.contains(part)), "{parts:?} in {text}");
}

fn secured(world: &World, name: &str) -> Registry {
    let authority = Authority::new("the registry's authority");
    let folder = world.folder.path();
    let ca = authority.write(&folder.join("ca.pem"));
    let server = authority.issue(folder, "server", For::Server, &["127.0.0.1"]);
    authority.issue(folder, "client", For::Client, &["holder"]);
    let quoted = |path: &Path| format!("{:?}", path.display().to_string());
    world.registry_with(
        name,
        &format!(
            "[tls]\ncertificate = {}\nkey = {}\nclient_ca = {}\n",
            quoted(&server.certificate),
            quoted(&server.key),
            quoted(&ca)
        ),
    )
}

#[test]
fn a_registry_with_tls_is_reached_with_its_authority_and_a_certificate() {
    let world = World::new();
    let registry = secured(&world, "registry");
    assert!(registry.endpoint.starts_with("https://"));
    let run = |args: &[&str]| {
        let all = [&["registry"], args].concat();
        world.run_in("home", &registry.endpoint, &all)
    };
    let (ca, cert, key) =
        (world.path("ca.pem"), world.path("client.pem"), world.path("client.key"));
    let all = ["--ca", &ca, "--client-cert", &cert, "--client-key", &key];
    let output = run(&all);
    assert!(output.status.success(), "{}", stderr(&output));

    failed(&run(&all[2..]), 5, &["unknown CA", "name its certificate with --ca or JCM_CA"]);
    let asked = "the registry asks for a client certificate, and none was given";
    failed(&run(&all[..2]), 5, &[asked, "--client-cert and --client-key"]);
    failed(&run(&all[..4]), 2, &["a client certificate and its key go together"]);
    failed(&run(&["--ca", &key]), 2, &["client.key holds no PEM certificate"]);
    failed(&run(&["--ca", &world.path("none")]), 2, &["none cannot be read"]);
    registry.stop();
}

#[test]
fn another_computer_is_not_spoken_to_in_the_clear() {
    let world = World::new();
    let output = world.run_in("home", "http://registry.example.jp:50051", &["registry"]);
    failed(&output, 2, &["http:// is not encrypted", "what to do next: Use https://"]);
}
