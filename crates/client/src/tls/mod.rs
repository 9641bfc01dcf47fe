//! TLS for `https` endpoints: 1.3 alone, HTTP/2 alone, every handshake in full.

mod connector;
mod handshake;

pub(crate) use connector::Connector;
pub use handshake::HandshakeError;

use jcm_keys::open_to_others;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The only protocol that is spoken inside.
const PROTOCOL: &[u8] = b"h2";

/// Whom a client believes, and who it is, on an `https` endpoint. The default
/// believes the authorities that browsers believe, and is nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// File in PEM with the authorities to believe, and no others.
    pub ca: Option<PathBuf>,
    /// What to show to a registry that asks who its caller is.
    pub identity: Option<Identity>,
}

/// A client's certificate and its key: who may connect. Who may act is another
/// matter, and always for the signatures of the command to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// File in PEM with the certificate, followed by the chain behind it.
    pub certificate: PathBuf,
    /// File in PEM with its private key, readable by its owner alone.
    pub key: PathBuf,
}

/// Why the files for TLS cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsFileError {
    /// The operating system refused.
    #[error("{} cannot be read: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Others than the owner may read or change the key.
    #[error("the client's key {} is open to others than its owner", .0.display())]
    TooOpen(PathBuf),
    /// It does not hold what it should.
    #[error("{} holds no {wanted}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        wanted: &'static str,
    },
    /// Certificate and key do not serve together.
    #[error("the client's certificate and key cannot be used: {0}")]
    Unusable(#[source] rustls::Error),
}

impl TlsFileError {
    /// What to do next.
    pub fn advice(&self) -> &'static str {
        match self {
            TlsFileError::Io { .. } => "Check the path and its permissions.",
            TlsFileError::TooOpen(_) => {
                "Make it readable by its owner only (chmod 600). If others could read it, ask for a new certificate with a new key."
            }
            TlsFileError::Malformed { .. } => {
                "Give a PEM file: certificates for the authority and for the client, a private key without a passphrase for its key."
            }
            TlsFileError::Unusable(_) => {
                "Give the certificate that was made for this key, with the chain behind it."
            }
        }
    }
}

impl Tls {
    /// Reads the files.
    pub(crate) fn load(&self) -> Result<ClientConfig, TlsFileError> {
        let roots = match &self.ca {
            Some(path) => private_roots(path)?,
            None => RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() },
        };
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(TlsFileError::Unusable)?
            .with_root_certificates(roots);
        let mut config = match &self.identity {
            Some(identity) => {
                let chain = certificates(&identity.certificate)?;
                let key = private_key(&identity.key)?;
                builder.with_client_auth_cert(chain, key).map_err(TlsFileError::Unusable)?
            }
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
        config.resumption = rustls::client::Resumption::disabled();
        Ok(config)
    }
}

fn private_roots(path: &Path) -> Result<RootCertStore, TlsFileError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(path)? {
        roots.add(certificate).map_err(|_| no_certificate(path))?;
    }
    Ok(roots)
}

fn no_certificate(path: &Path) -> TlsFileError {
    TlsFileError::Malformed { path: path.to_owned(), wanted: "PEM certificate that can be read" }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsFileError> {
    let failed = |source| TlsFileError::Io { path: path.to_owned(), source };
    let text = std::fs::read(path).map_err(failed)?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    read.ok().filter(|read| !read.is_empty()).ok_or_else(|| no_certificate(path))
}

/// Reads the private key; what it says of a bad file never quotes the file.
fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsFileError> {
    let failed = |source| TlsFileError::Io { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(failed)?;
    // The open file's own permissions: the name may change hands in between.
    if open_to_others(&file.metadata().map_err(failed)?) {
        return Err(TlsFileError::TooOpen(path.to_owned()));
    }
    let mut text = Vec::new();
    file.read_to_end(&mut text).map_err(failed)?;
    let key = PrivateKeyDer::from_pem_slice(&text);
    text.fill(0);
    let wanted = "PEM private key without a passphrase";
    key.map_err(|_| TlsFileError::Malformed { path: path.to_owned(), wanted })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_holds_something_else_is_named_and_not_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ca.pem");
        let load = |path: &Path| Tls { ca: Some(path.to_owned()), identity: None }.load();
        assert!(matches!(load(&path), Err(TlsFileError::Io { .. })));
        for text in ["", "secret", "-----BEGIN CERTIFICATE-----\nsecret\n-----END CERTIFICATE-----"]
        {
            std::fs::write(&path, text).expect("ours");
            let error = load(&path).expect_err(text);
            assert!(matches!(error, TlsFileError::Malformed { .. }), "{text}: {error}");
            assert!(error.to_string().contains("ca.pem") && !error.to_string().contains("secret"));
        }
    }

    #[test]
    fn without_files_the_public_authorities_are_believed() {
        assert!(Tls::default().load().is_ok());
    }
}
