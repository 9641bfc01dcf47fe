//! Certificates for the tests of TLS: an authority and what it signs. No product
//! code makes certificates.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Who signs certificates.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

/// A certificate and its key, as files.
#[derive(Debug, Clone)]
pub struct Files {
    /// The certificate, in PEM.
    pub certificate: PathBuf,
    /// Its key, in PEM, for the owner alone.
    pub key: PathBuf,
}

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum For {
    /// A server, now.
    Server,
    /// A server, until 2021.
    ServerOnce,
    /// A server, from 2999.
    ServerSomeDay,
    /// A client, now.
    Client,
}

impl Authority {
    /// A new one.
    pub fn new(name: &str) -> Authority {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("signed").pem();
        Authority { issuer: Issuer::new(params, key), pem }
    }

    /// Writes its certificate.
    pub fn write(&self, path: &Path) -> PathBuf {
        fs::write(path, &self.pem).expect("a file");
        path.to_owned()
    }

    /// Signs a certificate for `names`; writes it and its key into `folder`.
    pub fn issue(&self, folder: &Path, file: &str, what: For, names: &[&str]) -> Files {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        params.distinguished_name.push(DnType::CommonName, file);
        let purpose = match what {
            For::Client => ExtendedKeyUsagePurpose::ClientAuth,
            For::Server | For::ServerOnce | For::ServerSomeDay => {
                ExtendedKeyUsagePurpose::ServerAuth
            }
        };
        params.extended_key_usages = vec![purpose];
        match what {
            For::Server | For::Client => {}
            For::ServerOnce => params.not_after = rcgen::date_time_ymd(2021, 1, 1),
            For::ServerSomeDay => params.not_before = rcgen::date_time_ymd(2999, 1, 1),
        }
        let key = KeyPair::generate().expect("a key");
        let certificate = params.signed_by(&key, &self.issuer).expect("signed");
        let files = Files {
            certificate: folder.join(format!("{file}.pem")),
            key: folder.join(format!("{file}.key")),
        };
        fs::write(&files.certificate, certificate.pem()).expect("a file");
        fs::write(&files.key, key.serialize_pem()).expect("a file");
        fs::set_permissions(&files.key, Permissions::from_mode(0o600)).expect("own file");
        files
    }
}
