//! TLS: what gets in, what does not, and that whoever does not get in disturbs
//! nobody.

#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod support;

use jcm_client::{ClientError, HandshakeError, Identity, RegistryClient, SubmitPolicy, TrustStore};
use jcm_tests::certificates::{Authority, Files, For};
use registry_node::Node;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command as Process, Stdio};
use std::sync::Arc;
use std::time::Duration;
use support::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Far longer than anything here takes, and shorter than for ever.
const LONG: Duration = Duration::from_secs(120);

/// A registry with TLS, and its authority.
struct Secured {
    folder: Folder,
    authority: Authority,
    ca: PathBuf,
}

impl Secured {
    fn new() -> Secured {
        Secured::with(For::Server, &["127.0.0.1", "localhost"])
    }

    fn with(what: For, names: &[&str]) -> Secured {
        let mut folder = Folder::with_registry();
        let authority = Authority::new("the registry's authority");
        let ca = authority.write(&folder.path().join("ca.pem"));
        let files = authority.issue(folder.path(), "server", what, names);
        folder.more = section(&files);
        Secured { folder, authority, ca }
    }

    /// Clients must have certificates of the same authority.
    fn mutual(mut self) -> Secured {
        self.folder.more += &format!("client_ca = {:?}\n", self.ca.display().to_string());
        self
    }

    fn limits(mut self, lines: &str) -> Secured {
        self.folder.more += &format!("[limits]\n{lines}\n");
        self
    }

    async fn start(&self) -> Node {
        Node::start(self.folder.config()).await.expect("started")
    }

    fn tls(&self) -> jcm_client::Tls {
        jcm_client::Tls { ca: Some(self.ca.clone()), identity: None }
    }

    async fn connect(&self, node: &Node) -> RegistryClient {
        connect_with(node, &self.tls()).await.expect("believed")
    }
}

fn section(files: &Files) -> String {
    format!(
        "[tls]\ncertificate = {:?}\nkey = {:?}\n",
        files.certificate.display().to_string(),
        files.key.display().to_string()
    )
}

fn endpoint(node: &Node) -> String {
    format!("https://{}", node.grpc_addr())
}

async fn connect_with(node: &Node, tls: &jcm_client::Tls) -> Result<RegistryClient, ClientError> {
    RegistryClient::connect_with(&endpoint(node), tls).await
}

/// Why there is no connection.
async fn refused(node: &Node, tls: &jcm_client::Tls) -> HandshakeError {
    let error = connect_with(node, tls).await.expect_err("not a connection");
    let (text, advice) = (error.to_string(), error.advice());
    match error {
        ClientError::Handshake { source, .. } => {
            assert!(text.contains(&source.to_string()) && text.contains("https://127.0.0.1"));
            assert!(advice.ends_with('.') && !advice.is_empty());
            source
        }
        error => panic!("{error:?}"),
    }
}

/// Still served.
async fn answers(client: &RegistryClient) {
    assert_eq!(client.registry().await.expect("answered").origin, origin());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transfer_goes_through_and_proves_itself() {
    let secured = Secured::new();
    let node = secured.start().await;
    let client = secured.connect(&node).await;
    let payment = populate(&mut client.grpc(), 10).await;
    let signed = signed(transfer(3, Some(payment)), &["alpha"]);
    let mut trust = TrustStore::in_memory(log_key());
    let policy = SubmitPolicy::default();
    let receipt = client.submit(&signed, &[], &mut trust, &policy).await.expect("recorded");
    assert!(payment < receipt.index());

    // By name as well as by address.
    let named = format!("https://localhost:{}", node.grpc_addr().port());
    answers(&RegistryClient::connect_with(&named, &secured.tls()).await.expect("believed")).await;
    node.shutdown().await.expect("an orderly stop");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_not_believed_is_named_with_the_reason() {
    let secured = Secured::new();
    let node = secured.start().await;
    let other = Authority::new("somebody else").write(&secured.folder.path().join("other.pem"));
    let other = jcm_client::Tls { ca: Some(other), identity: None };
    assert_eq!(refused(&node, &other).await, HandshakeError::UnknownCa);
    // The public authorities have not signed it either.
    let public = jcm_client::Tls::default();
    assert_eq!(refused(&node, &public).await, HandshakeError::UnknownCa);
    answers(&secured.connect(&node).await).await;

    let elsewhere = Secured::with(For::Server, &["registry.example.jp"]);
    let node = elsewhere.start().await;
    match refused(&node, &elsewhere.tls()).await {
        HandshakeError::WrongName { name, presented } => {
            assert_eq!(name, "127.0.0.1");
            assert!(presented.iter().any(|name| name.contains("registry.example.jp")));
        }
        error => panic!("{error:?}"),
    }
    for (what, expected) in [
        (For::ServerOnce, HandshakeError::Expired),
        (For::ServerSomeDay, HandshakeError::NotValidYet),
    ] {
        let secured = Secured::with(what, &["127.0.0.1"]);
        let node = secured.start().await;
        assert_eq!(refused(&node, &secured.tls()).await, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_without_a_certificate_is_refused_where_one_is_asked_for() {
    let secured = Secured::new().mutual();
    let node = secured.start().await;
    let with = |files: Files| jcm_client::Tls {
        identity: Some(Identity { certificate: files.certificate, key: files.key }),
        ..secured.tls()
    };
    let folder = secured.folder.path();
    let ours = with(secured.authority.issue(folder, "client", For::Client, &["holder"]));
    let client = connect_with(&node, &ours).await.expect("accepted");
    populate(&mut client.grpc(), 1).await;

    assert_eq!(refused(&node, &secured.tls()).await, HandshakeError::IdentityAsked);
    let theirs = Authority::new("somebody else");
    let theirs = with(theirs.issue(folder, "stranger", For::Client, &["stranger"]));
    assert!(matches!(refused(&node, &theirs).await, HandshakeError::IdentityRefused(_)));
    // A server's certificate is none for a client.
    let server = with(secured.authority.issue(folder, "other", For::Server, &["other"]));
    assert!(matches!(refused(&node, &server).await, HandshakeError::IdentityRefused(_)));
    answers(&client).await;
}

/// A handshake as somebody else's program would do it; what came of it.
async fn handshake(
    secured: &Secured,
    node: &Node,
    version: &'static SupportedProtocolVersion,
    protocol: &[u8],
) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(&secured.ca).expect("PEM")).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .expect("compiled in for tests")
        .with_root_certificates(roots)
        .with_no_client_auth();
    if !protocol.is_empty() {
        config.alpn_protocols = vec![protocol.to_vec()];
    }
    let tcp = TcpStream::connect(node.grpc_addr()).await.expect("it listens");
    let name = ServerName::try_from("localhost").expect("a name");
    let stream = TlsConnector::from(Arc::new(config)).connect(name, tcp).await;
    let mut stream = stream.map_err(|error| error.to_string())?;
    // The server's settings: it speaks first.
    let mut byte = [0];
    match stream.read(&mut byte).await {
        Ok(1) => Ok(()),
        Ok(_) => Err("closed".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_tls_1_3_and_only_http_2_get_in() {
    let secured = Secured::new();
    let node = secured.start().await;
    let (new, old) = (&rustls::version::TLS13, &rustls::version::TLS12);
    assert_eq!(handshake(&secured, &node, new, b"h2").await, Ok(()));
    let error = handshake(&secured, &node, old, b"h2").await.expect_err("too old");
    assert!(error.contains("ProtocolVersion"), "{error}");
    let error = handshake(&secured, &node, new, b"http/1.1").await.expect_err("not HTTP/2");
    assert!(error.contains("NoApplicationProtocol"), "{error}");
    handshake(&secured, &node, new, b"").await.expect_err("names no protocol");
    answers(&secured.connect(&node).await).await;
}

/// What an independent client says; nothing where there is none.
fn openssl(secured: &Secured, node: &Node, version: &str) -> Option<(bool, String)> {
    let mut process = Process::new("openssl");
    process.args(["s_client", "-alpn", "h2", "-verify_return_error", "-ign_eof", version]);
    process.arg("-CAfile").arg(&secured.ca);
    process.args(["-connect", &node.grpc_addr().to_string(), "-verify_hostname", "localhost"]);
    // It ends by itself only when the server closes: an odd first frame does that.
    let child = process.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut child) = child else {
        eprintln!("SKIPPED: there is no openssl on this machine");
        return None;
    };
    let mut input = child.stdin.take().expect("piped");
    let _ = std::io::Write::write_all(&mut input, b"this is not HTTP/2, whatever was agreed\n");
    drop(input);
    let output = child.wait_with_output().expect("it ends");
    let text = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn another_implementation_agrees() {
    let secured = Secured::new();
    let node = secured.start().await;
    let run = |version| tokio::task::block_in_place(|| openssl(&secured, &node, version));
    let Some((_, text)) = run("-tls1_3") else { return };
    assert!(text.contains("TLSv1.3") && text.contains("Verify return code: 0 (ok)"), "{text}");
    assert!(text.contains("ALPN protocol: h2"), "{text}");
    assert!(!text.contains("New Session Ticket"), "nothing to resume with: {text}");
    let Some((succeeded, text)) = run("-tls1_2") else { return };
    assert!(!succeeded && text.contains("alert protocol version"), "{text}");
    answers(&secured.connect(&node).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_tls_fails_and_disturbs_nobody() {
    let secured = Secured::new();
    let node = secured.start().await;
    let client = secured.connect(&node).await;
    // A client in the clear.
    let clear = RegistryClient::connect(&format!("http://{}", node.grpc_addr())).await;
    match clear {
        Ok(clear) => assert!(clear.registry().await.is_err()),
        Err(error) => assert!(matches!(error, ClientError::Connect { .. }), "{error:?}"),
    }
    // And one who sends anything; the answer is an alert and the end.
    for bytes in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0; 64], &[0x16, 3, 1, 0xff, 0xff, 0]] {
        let mut stream = TcpStream::connect(node.grpc_addr()).await.expect("it listens");
        stream.write_all(bytes).await.expect("sent");
        stream.shutdown().await.expect("nothing more");
        let mut rest = Vec::new();
        // A reset is an end too.
        let _ = tokio::time::timeout(LONG, stream.read_to_end(&mut rest)).await.expect("closed");
        assert!(rest.len() < 64, "an alert at most");
    }
    answers(&client).await;
    answers(&secured.connect(&node).await).await;
    let page = page(&node.metrics_addr().expect("a page").to_string()).await;
    assert!(page.contains("registry_connections_total{outcome=\"HANDSHAKE_FAILED\"}"), "{page}");
}

async fn silent(node: &Node, count: usize) -> Vec<TcpStream> {
    let mut streams = Vec::new();
    for i in 0..count {
        let mut stream = TcpStream::connect(node.grpc_addr()).await.expect("it listens");
        // Every other one begins a handshake and leaves it.
        if i % 2 == 0 {
            stream.write_all(&[0x16, 3, 1]).await.expect("sent");
        }
        streams.push(stream);
    }
    streams
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_who_begin_and_say_nothing_stop_nobody() {
    let secured = Secured::new();
    let node = secured.start().await;
    let before = secured.connect(&node).await;
    let silent = silent(&node, 200).await;
    // More than there are slots for, and yet one finishes.
    let client = tokio::time::timeout(LONG, async {
        loop {
            match connect_with(&node, &secured.tls()).await {
                Ok(client) => return client,
                Err(error) => assert!(matches!(error, ClientError::Connect { .. }), "{error:?}"),
            }
        }
    });
    let client = client.await.expect("in time");
    answers(&client).await;
    answers(&before).await;
    drop((before, client));
    node.shutdown().await.expect("an orderly stop");
    // Those at the door do not keep it open.
    let again = secured.start().await;
    answers(&secured.connect(&again).await).await;
    drop(silent);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_nothing_is_closed_in_time() {
    let secured = Secured::new().limits("handshake_timeout_ms = 100");
    let node = secured.start().await;
    for mut stream in silent(&node, 4).await {
        let mut rest = Vec::new();
        let end = tokio::time::timeout(LONG, stream.read_to_end(&mut rest)).await;
        let _ = end.expect("closed");
        assert!(rest.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_becomes_free_when_a_connection_ends() {
    let secured = Secured::new().limits("connections_max = 1\nhandshake_timeout_ms = 200");
    let node = secured.start().await;
    let first = secured.connect(&node).await;
    answers(&first).await;
    // There is no place for a second one: what it asks is not answered.
    if let Ok(second) = connect_with(&node, &secured.tls()).await {
        second.registry().await.expect_err("no place");
    }
    answers(&first).await;
    drop(first);
    let third = tokio::time::timeout(LONG, async {
        loop {
            if let Ok(third) = connect_with(&node, &secured.tls()).await
                && third.registry().await.is_ok()
            {
                return;
            }
        }
    });
    third.await.expect("the place of the first");
}

/// What `check-config` and `run` say of a configuration.
fn ended(folder: &Folder, listen: &str, more: &str) -> Vec<Ended> {
    let path = folder.path().join("node.toml");
    let text = format!("data_dir = {:?}\nlisten = {listen:?}\n{more}", folder.path());
    fs::write(&path, text).expect("a file");
    let run = |command| {
        let output = program().arg(command).arg("--config").arg(&path).output();
        Ended::from(output.expect("the program starts"))
    };
    ["check-config", "run"].map(run).into()
}

#[test]
fn other_computers_are_served_with_tls_only() {
    let folder = Folder::with_registry();
    for listen in ["0.0.0.0:0", "[::]:0", "192.0.2.1:50051"] {
        for ended in ended(&folder, listen, "") {
            assert_eq!(ended.code, Some(64), "{ended:?}");
            assert!(ended.stderr.contains(&format!("listen = {listen:?}")), "{ended:?}");
            assert!(ended.stderr.contains("add [tls] with certificate and key"), "{ended:?}");
        }
    }
    let secured = Secured::new();
    let running = secured.folder.spawn();
    running.terminate();
    assert_eq!(running.wait().code(), Some(0));
}

#[test]
fn files_that_cannot_serve_are_named_before_anything_is_opened() {
    let secured = Secured::new();
    let folder = &secured.folder;
    let own = secured.authority.issue(folder.path(), "a", For::Server, &["localhost"]);
    let other = secured.authority.issue(folder.path(), "b", For::Server, &["localhost"]);
    let expect = |files: &Files, more: &str, code: i32, parts: &[&str]| {
        for ended in ended(folder, "127.0.0.1:0", &(section(files) + more)) {
            assert_eq!(ended.code, Some(code), "{ended:?}");
            assert!(parts.iter().all(|part| ended.stderr.contains(part)), "{parts:?} {ended:?}");
            assert!(!ended.stderr.contains("BEGIN"), "the file is not shown: {ended:?}");
        }
    };
    fs::set_permissions(&own.key, Permissions::from_mode(0o640)).expect("own file");
    expect(&own, "", 64, &["tls.key", "can be read by others; run `chmod 600`"]);
    fs::set_permissions(&own.key, Permissions::from_mode(0o600)).expect("own file");
    let mixed = Files { certificate: own.certificate.clone(), key: other.key.clone() };
    expect(&mixed, "", 64, &["the certificate that was made for this key"]);
    let swapped = Files { certificate: own.key.clone(), key: own.key.clone() };
    expect(&swapped, "", 64, &["tls.certificate", "holds no PEM certificate"]);
    let none = Files { certificate: own.certificate.clone(), key: folder.path().join("none") };
    expect(&none, "", 66, &["cannot read tls.key"]);
    let ca = format!("client_ca = {:?}\n", own.key.display().to_string());
    expect(&own, &ca, 64, &["tls.client_ca", "holds no PEM certificate"]);
}
