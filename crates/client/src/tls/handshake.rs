//! Why a handshake fails, in words that say who has to do something.

use rustls::{AlertDescription, CertificateError, Error};
use std::io;

/// Why there is no TLS connection, although something answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// Nobody who is believed has signed the server's certificate.
    #[error("nobody whom this computer believes has signed the server's certificate (unknown CA)")]
    UnknownCa,
    /// The certificate is for another name.
    #[error("the server's certificate is not for {name}{}", listed(presented))]
    WrongName {
        /// The name in the endpoint.
        name: String,
        /// The names in the certificate.
        presented: Vec<String>,
    },
    /// The certificate's time is over.
    #[error("the server's certificate has expired")]
    Expired,
    /// The certificate's time has not begun.
    #[error("the server's certificate is not valid yet")]
    NotValidYet,
    /// Anything else about the certificate.
    #[error("the server's certificate is not acceptable: {0}")]
    Certificate(String),
    /// The server wants to know who its caller is, and nothing was to be shown.
    #[error("the registry asks for a client certificate, and none was given")]
    IdentityAsked,
    /// The server does not accept who its caller is.
    #[error("the registry does not accept the client certificate ({0})")]
    IdentityRefused(String),
    /// The server speaks other versions only.
    #[error("the server does not speak TLS 1.3, and nothing older is accepted")]
    Version,
    /// The server speaks TLS, and not HTTP/2 inside.
    #[error("the server does not speak HTTP/2 over TLS, as a registry does")]
    Protocol,
    /// What answers does not speak TLS.
    #[error("what answers does not speak TLS")]
    NotTls,
    /// It broke off.
    #[error("the TLS handshake failed: {0}")]
    Other(String),
}

fn listed(presented: &[String]) -> String {
    match presented {
        [] => String::new(),
        names => format!(" but for {}", names.join(", ")),
    }
}

impl HandshakeError {
    /// What to do next.
    pub fn advice(&self) -> &'static str {
        match self {
            HandshakeError::UnknownCa => {
                "If the registry has an authority of its own, name its certificate with --ca or JCM_CA. If not, somebody may be between you and the registry: ask its operator, and do not go on."
            }
            HandshakeError::WrongName { .. } => {
                "Use the host name that the registry publishes. If it is that one, ask the operator to correct the certificate."
            }
            HandshakeError::Expired => {
                "Check this computer's clock. If it is right, ask the registry's operator to renew the certificate."
            }
            HandshakeError::NotValidYet => {
                "Check this computer's clock. If it is right, ask the registry's operator since when the certificate is valid."
            }
            HandshakeError::Certificate(_) => {
                "Tell the registry's operator, with this message, and do not go on."
            }
            HandshakeError::IdentityAsked => {
                "Give the certificate and the key that the registry's operator has let you have, with --client-cert and --client-key."
            }
            HandshakeError::IdentityRefused(_) => {
                "Check that it is the certificate for this registry and has not expired; ask the operator for a new one."
            }
            HandshakeError::Version | HandshakeError::Protocol => {
                "Check the endpoint, and what stands in front of the registry: it must speak TLS 1.3 and HTTP/2."
            }
            HandshakeError::NotTls => {
                "Check host and port. A registry without TLS is reached with http://, from its own computer only."
            }
            HandshakeError::Other(_) => {
                "Check the endpoint; then try again, or tell the registry's operator with this message."
            }
        }
    }

    /// Reads what the library says. `asked` tells whether the server has asked
    /// who its caller is, and `has_identity` whether there was something to show.
    pub(crate) fn read(error: &io::Error, name: &str, asked: bool, has_identity: bool) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
        match inner {
            Some(Error::AlertReceived(alert)) => refused(*alert, asked, has_identity),
            Some(Error::InvalidCertificate(error)) => certificate(error, name),
            Some(Error::PeerIncompatible(_)) => HandshakeError::Version,
            Some(Error::NoApplicationProtocol) => HandshakeError::Protocol,
            Some(Error::InvalidMessage(_)) => HandshakeError::NotTls,
            Some(error) => HandshakeError::Other(error.to_string()),
            // Some servers close without a word.
            None if asked && !has_identity => HandshakeError::IdentityAsked,
            None => HandshakeError::Other(error.to_string()),
        }
    }
}

fn refused(alert: AlertDescription, asked: bool, has_identity: bool) -> HandshakeError {
    match alert {
        AlertDescription::CertificateRequired => HandshakeError::IdentityAsked,
        AlertDescription::ProtocolVersion => HandshakeError::Version,
        AlertDescription::NoApplicationProtocol => HandshakeError::Protocol,
        _ if asked && !has_identity => HandshakeError::IdentityAsked,
        alert if asked => HandshakeError::IdentityRefused(format!("{alert:?}")),
        alert => HandshakeError::Other(format!("the server says {alert:?}")),
    }
}

fn certificate(error: &CertificateError, name: &str) -> HandshakeError {
    let name = name.to_owned();
    match error {
        CertificateError::UnknownIssuer => HandshakeError::UnknownCa,
        CertificateError::NotValidForName => {
            HandshakeError::WrongName { name, presented: Vec::new() }
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            HandshakeError::WrongName { name, presented: presented.clone() }
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            HandshakeError::Expired
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            HandshakeError::NotValidYet
        }
        error => HandshakeError::Certificate(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use HandshakeError as H;

    fn read(error: Error, asked: bool, has_identity: bool) -> H {
        let error = io::Error::new(io::ErrorKind::InvalidData, error);
        H::read(&error, "registry.example", asked, has_identity)
    }

    #[test]
    fn an_alert_means_what_was_asked_before() {
        let unknown = || Error::AlertReceived(AlertDescription::UnknownCA);
        assert_eq!(read(unknown(), true, false), H::IdentityAsked);
        assert_eq!(read(unknown(), true, true), H::IdentityRefused("UnknownCA".to_owned()));
        assert!(matches!(read(unknown(), false, true), H::Other(_)));
        let required = Error::AlertReceived(AlertDescription::CertificateRequired);
        assert_eq!(read(required, false, false), H::IdentityAsked);
        let version = Error::AlertReceived(AlertDescription::ProtocolVersion);
        assert_eq!(read(version, false, false), H::Version);
    }

    #[test]
    fn a_closed_connection_after_the_question_is_its_answer() {
        let closed = io::Error::from(io::ErrorKind::UnexpectedEof);
        assert_eq!(H::read(&closed, "a", true, false), H::IdentityAsked);
        assert!(matches!(H::read(&closed, "a", true, true), H::Other(_)));
        assert!(matches!(H::read(&closed, "a", false, false), H::Other(_)));
    }

    #[test]
    fn the_names_are_told() {
        let wrong = |presented: &[&str]| H::WrongName {
            name: "b.example".to_owned(),
            presented: presented.iter().map(|&name| name.to_owned()).collect(),
        };
        let none = wrong(&[]).to_string();
        assert_eq!(none, "the server's certificate is not for b.example");
        let two = wrong(&["a.example", "c.example"]).to_string();
        assert_eq!(two, format!("{none} but for a.example, c.example"));
    }
}
