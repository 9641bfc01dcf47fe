//! Makes the connections of an `https` endpoint.

use super::{HandshakeError, PROTOCOL};
use hyper_util::rt::TokioIo;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::ServerName;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, SignatureScheme};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::AsyncBufRead as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tonic::codegen::Service;
use tonic::transport::Uri;

/// The port of `https` where the endpoint names none.
const PORT: u16 = 443;

/// How long to wait for what the server says to a client that it has asked who it
/// is. One that says nothing by then is taken to be content.
const VERDICT: Duration = Duration::from_secs(2);

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Makes TLS connections.
#[derive(Clone)]
pub(crate) struct Connector(Arc<ClientConfig>);

impl Connector {
    pub(crate) fn new(config: ClientConfig) -> Connector {
        Connector(Arc::new(config))
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TlsStream<TcpStream>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let config = Arc::clone(&self.0);
        Box::pin(async move {
            // An address of IPv6 stands in brackets in a URL, and nowhere else.
            let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
            let tcp = TcpStream::connect((host, uri.port_u16().unwrap_or(PORT))).await?;
            tcp.set_nodelay(true)?;
            Ok(TokioIo::new(shake_hands(&config, host, tcp).await?))
        })
    }
}

async fn shake_hands(
    config: &ClientConfig,
    host: &str,
    tcp: TcpStream,
) -> Result<TlsStream<TcpStream>, BoxError> {
    let name = ServerName::try_from(host.to_owned())?;
    let has_identity = config.client_auth_cert_resolver.has_certs();
    let asked = Arc::new(AtomicBool::new(false));
    let mut config = config.clone();
    config.client_auth_cert_resolver = Arc::new(Watched {
        inner: Arc::clone(&config.client_auth_cert_resolver),
        asked: Arc::clone(&asked),
    });
    let failed = |error: &io::Error| {
        HandshakeError::read(error, host, asked.load(Ordering::Relaxed), has_identity)
    };
    let connector = TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(name, tcp).await.map_err(|error| failed(&error))?;
    if stream.get_ref().1.alpn_protocol() != Some(PROTOCOL) {
        return Err(HandshakeError::Protocol.into());
    }
    // In TLS 1.3 a client is done before the server has judged its certificate.
    if asked.load(Ordering::Relaxed) {
        let verdict = tokio::time::timeout(VERDICT, first_bytes(&mut stream));
        if let Ok(Err(error)) = verdict.await {
            return Err(failed(&error).into());
        }
    }
    Ok(stream)
}

/// Waits for the first bytes inside and leaves them where they are: an HTTP/2
/// server speaks first.
async fn first_bytes(stream: &mut TlsStream<TcpStream>) -> io::Result<()> {
    let count = poll_fn(|cx| Pin::new(&mut *stream).poll_fill_buf(cx).map_ok(<[u8]>::len)).await?;
    if count == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
}

/// The client's certificate, if any, and whether it was asked for.
#[derive(Debug)]
struct Watched {
    inner: Arc<dyn ResolvesClientCert>,
    asked: Arc<AtomicBool>,
}

impl ResolvesClientCert for Watched {
    fn resolve(&self, issuers: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Relaxed);
        self.inner.resolve(issuers, schemes)
    }

    fn only_raw_public_keys(&self) -> bool {
        self.inner.only_raw_public_keys()
    }

    fn has_certs(&self) -> bool {
        self.inner.has_certs()
    }
}
