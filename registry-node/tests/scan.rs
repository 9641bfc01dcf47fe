//! What a scanner from outside sees of a node with TLS, by an implementation that
//! shares nothing with the node's: openssl.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use jcm_tests::certificates::{Authority, Files, For};
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command as Process, Stdio};
use support::*;

/// Whether openssl is there. Nothing where it is not, unless it has to be: `tests/run.sh`
/// installs it.
fn openssl_is_there() -> bool {
    let found = Process::new("openssl").arg("version").output().is_ok();
    if !found {
        let needed = std::env::var_os("JCM_TESTS_NEED_TOOLS").is_some();
        assert!(!needed, "openssl is not installed");
        eprintln!("SKIPPED: there is no openssl on this machine");
    }
    found
}

struct Scanned {
    folder: Folder,
    node: Running,
    authority: Authority,
    ca: PathBuf,
}

impl Scanned {
    /// A node with a chain of two certificates.
    fn new(is_mutual: bool) -> Scanned {
        let mut folder = Folder::with_registry();
        let authority = Authority::new("the registry's authority");
        let ca = authority.write(&folder.path().join("ca.pem"));
        let files = authority.issue(folder.path(), "server", For::Server, &["localhost"]);
        let leaf = fs::read_to_string(&files.certificate).expect("PEM");
        let chain = leaf + &fs::read_to_string(&ca).expect("PEM");
        fs::write(&files.certificate, chain).expect("own file");
        folder.more = format!(
            "[tls]\ncertificate = {:?}\nkey = {:?}\n",
            files.certificate.display().to_string(),
            files.key.display().to_string()
        );
        if is_mutual {
            folder.more += &format!("client_ca = {:?}\n", ca.display().to_string());
        }
        let node = folder.spawn();
        Scanned { folder, node, authority, ca }
    }

    /// What `s_client` says, and whether it ended well. It speaks no HTTP/2: the node
    /// closes.
    fn s_client(&self, arguments: &[&str]) -> (bool, String) {
        let mut child = Process::new("openssl")
            .args(["s_client", "-connect", &self.node.grpc, "-servername", "localhost"])
            .args(["-ign_eof", "-verify_return_error", "-verify_hostname", "localhost"])
            .arg("-CAfile")
            .arg(&self.ca)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut input = child.stdin.take().expect("piped");
        // Refused before it is read, where the handshake is.
        let _ = input.write_all(b"this is not HTTP/2, whatever was agreed\n");
        drop(input);
        let output = child.wait_with_output().expect("it ends");
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    fn accepted(&self, arguments: &[&str]) -> String {
        let (_, text) = self.s_client(&[&["-alpn", "h2"], arguments].concat());
        assert!(text.contains("Verify return code: 0 (ok)"), "{arguments:?}: {text}");
        assert!(text.contains("ALPN protocol: h2"), "{arguments:?}: {text}");
        text
    }

    /// Refused by the node, with this alert.
    fn refused(&self, arguments: &[&str], alert: &str) {
        let (succeeded, text) = self.s_client(arguments);
        assert!(!succeeded, "{arguments:?}: {text}");
        assert!(text.contains(&format!("alert {alert}")), "{arguments:?}: {text}");
    }
}

#[test]
fn tls_1_3_is_all_that_is_spoken() {
    if !openssl_is_there() {
        return;
    }
    let scanned = Scanned::new(false);
    let text = scanned.accepted(&["-tls1_3"]);
    assert!(text.contains("New, TLSv1.3, Cipher is TLS_"), "{text}");
    // Its own floor lowered, so that it is the node who refuses.
    let lowest = "DEFAULT:@SECLEVEL=0";
    for (version, alert) in [
        // Without the extensions of 1.2 it does not come to a question of versions.
        ("-tls1", "handshake failure"),
        ("-tls1_1", "handshake failure"),
        ("-tls1_2", "protocol version"),
    ] {
        scanned.refused(&["-alpn", "h2", "-cipher", lowest, version], alert);
    }
    // The old ones named, and the new one not forbidden: the new one it is.
    let text = scanned.accepted(&["-cipher", lowest, "-min_protocol", "TLSv1"]);
    assert!(text.contains("New, TLSv1.3"), "{text}");
}

#[test]
fn ciphers_and_groups_are_those_of_today() {
    if !openssl_is_there() {
        return;
    }
    let scanned = Scanned::new(false);
    for cipher in
        ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
    {
        let text = scanned.accepted(&["-ciphersuites", cipher]);
        assert!(text.contains(&format!("Cipher is {cipher}")), "{text}");
    }
    for cipher in ["TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"] {
        scanned.refused(&["-alpn", "h2", "-ciphersuites", cipher], "handshake failure");
    }
    for group in ["X25519", "P-256", "P-384"] {
        scanned.accepted(&["-groups", group]);
    }
    for group in ["P-521", "X448", "ffdhe2048"] {
        scanned.refused(&["-alpn", "h2", "-groups", group], "handshake failure");
    }
}

#[test]
fn http_2_is_agreed_or_nothing() {
    if !openssl_is_there() {
        return;
    }
    let scanned = Scanned::new(false);
    let text = scanned.accepted(&[]);
    assert!(!text.contains("http/1"), "{text}");
    let (_, text) = scanned.s_client(&["-alpn", "http/1.1,h2"]);
    assert!(text.contains("ALPN protocol: h2"), "{text}");
    for other in ["http/1.1", "http/1.0", "h3", "spdy/3"] {
        scanned.refused(&["-alpn", other], "no application protocol");
    }
    // Who names none gets no byte.
    let (_, text) = scanned.s_client(&["-msg"]);
    assert!(text.contains("No ALPN negotiated"), "{text}");
    assert!(!text.contains("<<< TLS 1.3, ApplicationData"), "{text}");
}

#[test]
fn there_is_nothing_to_resume_or_to_renegotiate() {
    if !openssl_is_there() {
        return;
    }
    let scanned = Scanned::new(false);
    let session = scanned.folder.path().join("session");
    let session = session.display().to_string();
    let text = scanned.accepted(&["-sess_out", &session, "-msg"]);
    assert!(!text.contains("NewSessionTicket") && !text.contains("New Session Ticket"), "{text}");
    assert!(text.contains("Secure Renegotiation IS NOT supported"), "{text}");
    assert!(text.contains("Early data was not sent"), "{text}");
    assert!(text.contains("Compression: NONE"), "{text}");
    if fs::metadata(&session).is_ok() {
        let text = scanned.accepted(&["-sess_in", &session]);
        assert!(text.contains("New, TLSv1.3") && !text.contains("Reused"), "{text}");
    }
    let text = scanned.accepted(&["-reconnect"]);
    assert!(!text.contains("Reused"), "{text}");
}

#[test]
fn the_chain_is_shown_and_holds() {
    if !openssl_is_there() {
        return;
    }
    let scanned = Scanned::new(false);
    let text = scanned.accepted(&["-showcerts"]);
    assert_eq!(text.matches("-----BEGIN CERTIFICATE-----").count(), 2, "{text}");
    assert!(text.contains("CN = the registry's authority") || text.contains("CN=the registry's"));
    assert!(text.contains("No client certificate CA names sent"), "{text}");
    // Believed by whom it should be, and by nobody else.
    let other = Authority::new("somebody else").write(&scanned.folder.path().join("other.pem"));
    let (succeeded, text) =
        scanned.s_client(&["-alpn", "h2", "-CAfile", &other.display().to_string()]);
    assert!(!succeeded && !text.contains("Verify return code: 0"), "{text}");
}

#[test]
fn a_certificate_is_asked_of_clients_where_it_is_configured() {
    if !openssl_is_there() {
        return;
    }
    let scanned = Scanned::new(true);
    scanned.refused(&["-alpn", "h2"], "certificate required");
    let with = |files: &Files| {
        let path = |path: &PathBuf| path.display().to_string();
        ["-cert".to_owned(), path(&files.certificate), "-key".to_owned(), path(&files.key)]
    };
    let folder = scanned.folder.path();
    let ours = with(&scanned.authority.issue(folder, "client", For::Client, &["holder"]));
    let ours: Vec<&str> = ours.iter().map(String::as_str).collect();
    let text = scanned.accepted(&ours);
    assert!(text.contains("Acceptable client certificate CA names"), "{text}");
    assert!(!text.contains("alert"), "{text}");
    let stranger = Authority::new("somebody else");
    let theirs = with(&stranger.issue(folder, "stranger", For::Client, &["stranger"]));
    let theirs: Vec<&str> = theirs.iter().map(String::as_str).collect();
    let (succeeded, text) = scanned.s_client(&[&["-alpn", "h2"], theirs.as_slice()].concat());
    assert!(!succeeded && text.contains("alert"), "{text}");
}
