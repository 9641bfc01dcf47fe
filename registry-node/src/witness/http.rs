//! One witness over HTTP/1.1: one connection that is kept, bounded answers, no
//! redirects. In the clear to the loopback only.

use super::WitnessesError;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST};
use hyper::http::uri::Scheme;
use hyper::{Method, Request, Uri};
use hyper_util::rt::TokioIo;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// Longest answer that is looked at: a few signature lines.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// Where a witness is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prefix {
    is_tls: bool,
    host: String,
    port: u16,
    /// Without a slash at its end.
    path: String,
}

impl Prefix {
    /// Reads an address; `None` when it will not do.
    pub(super) fn parse(url: &str) -> Option<Prefix> {
        let uri: Uri = url.parse().ok()?;
        let host = uri.host().filter(|host| !host.is_empty())?.to_owned();
        let is_tls = *uri.scheme()? == Scheme::HTTPS;
        let is_clear = *uri.scheme()? == Scheme::HTTP && is_loopback(&host);
        let has_more = uri.query().is_some() || uri.authority()?.as_str().contains('@');
        if has_more || !(is_tls || is_clear) {
            return None;
        }
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let path = uri.path().trim_end_matches('/').to_owned();
        Some(Prefix { is_tls, host, port, path })
    }

    fn host_header(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// Whether nothing that is sent to this host leaves the computer.
fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    address.map_or(host == "localhost", |address| address.to_canonical().is_loopback())
}

/// TLS 1.3 towards witnesses: the public authorities, or exactly those of a file.
pub(super) fn tls(ca: Option<&Path>) -> Result<Arc<ClientConfig>, WitnessesError> {
    let mut roots = RootCertStore::empty();
    match ca {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            let text = std::fs::read(path).map_err(|source| WitnessesError::Read {
                key: "witnesses.ca",
                path: path.to_owned(),
                source,
            })?;
            let damaged = || WitnessesError::Ca(path.to_owned());
            for certificate in CertificateDer::pem_slice_iter(&text) {
                let certificate = certificate.map_err(|_| damaged())?;
                roots.add(certificate).map_err(|_| damaged())?;
            }
            if roots.is_empty() {
                return Err(damaged());
            }
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(WitnessesError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) body: String,
}

/// The way to one witness, and the connection that it may have.
pub(super) struct Line {
    prefix: Prefix,
    tls: Arc<ClientConfig>,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl Line {
    pub(super) fn new(prefix: Prefix, tls: Arc<ClientConfig>) -> Line {
        Line { prefix, tls, connection: None }
    }

    /// Sends a checkpoint. Whoever gives up waiting drops the future, and the
    /// connection with it.
    pub(super) async fn add_checkpoint(&mut self, body: String) -> io::Result<Answered> {
        let body = Bytes::from(body);
        // The other side may close a kept connection at any time. Asking twice does no
        // harm: the second answer is the first one again, or says what is known.
        if let Some(kept) = self.connection.take().filter(|kept| !kept.is_closed())
            && let Ok(answered) = self.send(kept, body.clone()).await
        {
            return Ok(answered);
        }
        let fresh = self.connect().await?;
        self.send(fresh, body).await
    }

    async fn send(
        &mut self,
        mut connection: SendRequest<Full<Bytes>>,
        body: Bytes,
    ) -> io::Result<Answered> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}/add-checkpoint", self.prefix.path))
            .header(HOST, self.prefix.host_header())
            .header(CONTENT_TYPE, "text/plain; charset=utf-8")
            .body(Full::new(body))
            .map_err(io::Error::other)?;
        connection.ready().await.map_err(io::Error::other)?;
        let response = connection.send_request(request).await.map_err(io::Error::other)?;
        let (head, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(io::Error::other)?.to_bytes();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(io::Error::other);
        let content_type =
            head.headers.get(CONTENT_TYPE).map_or(&b""[..], |value| value.as_bytes());
        let answered = Answered {
            status: head.status.as_u16(),
            content_type: text(content_type)?,
            body: text(&body)?,
        };
        self.connection = Some(connection);
        Ok(answered)
    }

    async fn connect(&self) -> io::Result<SendRequest<Full<Bytes>>> {
        let host = self.prefix.host.trim_matches(['[', ']']);
        let tcp = TcpStream::connect((host, self.prefix.port)).await?;
        tcp.set_nodelay(true)?;
        if !self.prefix.is_tls {
            return serve(tcp).await;
        }
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        serve(connector.connect(name, tcp).await?).await
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
) -> io::Result<SendRequest<Full<Bytes>>> {
    let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
    tokio::spawn(async move {
        // How it ended is told to whoever has a request on it.
        let _ = connection.await;
    });
    Ok(sender)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_witness_is_asked_over_tls_or_on_this_computer() {
        let good = [
            ("http://127.0.0.1:8090", false, "127.0.0.1", 8090, ""),
            ("http://[::1]:8090/", false, "[::1]", 8090, ""),
            ("http://localhost/w", false, "localhost", 80, "/w"),
            ("https://witness.example", true, "witness.example", 443, ""),
            ("https://witness.example:8443/a/b/", true, "witness.example", 8443, "/a/b"),
        ];
        for (url, is_tls, host, port, path) in good {
            let (host, path) = (host.to_owned(), path.to_owned());
            assert_eq!(Prefix::parse(url), Some(Prefix { is_tls, host, port, path }), "{url}");
        }
        for bad in [
            "",
            "witness.example",
            "127.0.0.1:8090",
            "http://witness.example",
            "http://192.0.2.1:8090",
            "http://localhost.example",
            "ftp://127.0.0.1",
            "https://",
            "https://user@witness.example",
            "https://witness.example/?q",
            "/add-checkpoint",
        ] {
            assert_eq!(Prefix::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_file_without_certificates_is_no_authority() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        assert!(matches!(tls(Some(file.path())), Err(WitnessesError::Ca(_))));
        assert!(matches!(tls(Some(Path::new("/nonexistent"))), Err(WitnessesError::Read { .. })));
        assert!(tls(None).is_ok());
    }
}
