//! TLS for the gRPC service: 1.3 alone, HTTP/2 alone, every handshake in full
//! (docs/adr/0014-tls.md). The files are read once, at start.

use crate::config::Tls;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoServerSessionStorage, VerifierBuilderError, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// The only protocol that is spoken inside; gRPC is nothing else.
pub(crate) const PROTOCOL: &[u8] = b"h2";

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read {key}, {}", path.display())]
    Read {
        /// The key of the configuration.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Others can read the private key.
    #[error("tls.key, {}, can be read by others; run `chmod 600` on it, and have a new key and certificate made if others could read it", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// A file does not hold what it should.
    #[error("{key}, {}, holds no {wanted}", path.display())]
    Malformed {
        /// The key of the configuration.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What it should hold.
        wanted: &'static str,
    },
    /// Certificate and key cannot serve.
    #[error(
        "tls.certificate and tls.key cannot serve: give the certificate that was made for this key, with the chain behind it"
    )]
    Unusable(#[source] rustls::Error),
    /// The certificates of the clients' authority cannot serve.
    #[error(
        "the certificates in tls.client_ca cannot be used: give those of the authority that signs the clients' certificates"
    )]
    ClientCa(#[source] VerifierBuilderError),
    /// One of those certificates is none.
    #[error("a certificate in tls.client_ca is damaged")]
    ClientCaCertificate(#[source] rustls::Error),
}

/// Reads the files and makes of them what takes handshakes.
///
/// # Errors
///
/// The first file that cannot be used, and what to do.
pub(crate) fn load(files: &Tls) -> Result<TlsAcceptor, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(TlsError::Unusable)?;
    let builder = match &files.client_ca {
        Some(path) => builder.with_client_cert_verifier(client_verifier(path, provider)?),
        None => builder.with_no_client_auth(),
    };
    let chain = certificates("tls.certificate", &files.certificate)?;
    let key = private_key(&files.key)?;
    let mut config = builder.with_single_cert(chain, key).map_err(TlsError::Unusable)?;
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    // Nothing to resume with, hence no early data that could be replayed.
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.max_early_data_size = 0;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn client_verifier(
    path: &Path,
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("tls.client_ca", path)? {
        roots.add(certificate).map_err(TlsError::ClientCaCertificate)?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .map_err(TlsError::ClientCa)
}

fn certificates(key: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = std::fs::read(path).map_err(|source| TlsError::Read {
        key,
        path: path.to_owned(),
        source,
    })?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    match read {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(TlsError::Malformed { key, path: path.to_owned(), wanted: "PEM certificate" }),
    }
}

/// Reads the private key; what it says of a bad file never quotes the file.
fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let key = "tls.key";
    let failed = |source| TlsError::Read { key, path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    // The open file's own permissions: the name may change hands in between.
    let mode = file.metadata().map_err(failed)?.permissions().mode();
    if mode & 0o077 != 0 {
        return Err(TlsError::Exposed { path: path.to_owned() });
    }
    let mut text = Vec::new();
    file.read_to_end(&mut text).map_err(failed)?;
    let read = PrivateKeyDer::from_pem_slice(&text);
    text.fill(0);
    read.map_err(|_| TlsError::Malformed {
        key,
        path: path.to_owned(),
        wanted: "PEM private key (PKCS #8, SEC 1 or PKCS #1, without a passphrase)",
    })
}
