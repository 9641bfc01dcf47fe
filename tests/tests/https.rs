//! `jcm-verify` reads tiles over TLS, from the authority that it was told to
//! believe and from no other.

use jcm_format::frame::Frame;
use jcm_format::tlog::leaf_hash;
use jcm_tests::certificates::{Authority, For};
use jcm_tests::world::World;
use jcm_verify::{Access, OpenError, Options, Source, Verifier};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;

/// The tiles of a log of fewer than 256 entries.
fn tiles(folder: &Path, frames: &[Frame]) -> u64 {
    let entries: Vec<&Vec<u8>> = frames.iter().flat_map(|frame| &frame.entries).collect();
    let width = entries.len();
    assert!(width < 256, "{width}");
    let bundle = entries.iter().flat_map(|entry| {
        let length = u16::try_from(entry.len()).expect("short").to_be_bytes();
        [&length, entry.as_slice()].concat()
    });
    let hashes = entries.iter().flat_map(|entry| *leaf_hash(entry).as_bytes());
    let write = |name: String, bytes: Vec<u8>| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("inside")).expect("a folder");
        fs::write(path, bytes).expect("written");
    };
    write(format!("tile/entries/000.p/{width}"), bundle.collect());
    write(format!("tile/0/000.p/{width}"), hashes.collect());
    let checkpoint = &frames.last().expect("not empty").checkpoint;
    write("checkpoint".to_owned(), checkpoint.clone().into_bytes());
    width as u64
}

/// One request, one answer.
fn answer(stream: TcpStream, config: &Arc<ServerConfig>, folder: &Path) -> Option<()> {
    let connection = ServerConnection::new(Arc::clone(config)).ok()?;
    let mut stream = BufReader::new(StreamOwned::new(connection, stream));
    let mut line = String::new();
    stream.read_line(&mut line).ok()?;
    let mut rest = String::new();
    while stream.read_line(&mut rest).ok()? > 2 {
        rest.clear();
    }
    let path = line.split(' ').nth(1)?.trim_start_matches('/').to_owned();
    let (status, body) = match fs::read(folder.join(path)) {
        Ok(bytes) => ("200 OK", bytes),
        Err(_) => ("404 Not Found", Vec::new()),
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    let stream = stream.get_mut();
    stream.write_all(&[head.as_bytes(), &body].concat()).ok()?;
    stream.conn.send_close_notify();
    stream.flush().ok()
}

/// Serves a folder until the test ends; gives the port.
fn serve(folder: &Path, authority: &Authority) -> u16 {
    let files = authority.issue(folder, "server", For::Server, &["localhost", "127.0.0.1"]);
    let certificate = CertificateDer::from_pem_file(&files.certificate).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(&files.key).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("a version")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("they fit");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let (config, folder) = (Arc::new(config), folder.to_owned());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // A client that goes away is no affair of the server's.
            let _ = answer(stream.expect("a connection"), &config, &folder);
        }
    });
    port
}

fn read(url: &str, authority: &Authority, folder: &Path) -> Result<u64, OpenError> {
    let pem = fs::read(authority.write(&folder.join("authority.pem"))).expect("there");
    let access = Access { authority_pem: Some(pem), ..Access::default() };
    let mut source = Source::open(Path::new(url), &access)?;
    let mut verifier = Verifier::new(&Options::full());
    verifier.read(&mut source)?;
    let report = verifier.conclude();
    assert!(report.ok, "{report}");
    Ok(report.entries)
}

#[test]
fn tiles_are_read_over_tls_from_whom_one_believes() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = World::stocked();
    let entries = tiles(folder.path(), &world.log.frames());
    let (authority, stranger) = (Authority::new("authority"), Authority::new("stranger"));
    let port = serve(folder.path(), &authority);
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("https://{host}:{port}");
        assert_eq!(read(&url, &authority, folder.path()).expect("readable"), entries);
        let refused = read(&url, &stranger, folder.path()).expect_err("not believed").to_string();
        assert!(refused.contains("certificate"), "{refused}");
    }
    // A server that does not speak TLS is none.
    let plain = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = plain.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        for stream in plain.incoming() {
            let _ = stream.expect("a connection").write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        }
    });
    assert!(read(&format!("https://localhost:{port}"), &authority, folder.path()).is_err());
}
