//! A node, asked over HTTP for its tiles.

mod caller;
mod tls;

pub use caller::Caller;

use super::tiles::Fetch;
use super::{Access, OpenError};
use std::io::Read;
use std::net::IpAddr;
use std::time::Duration;
use tls::Tls;
use ureq::http::{StatusCode, Uri};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{Connector, TcpConnector};
use ureq::{Agent, Body};

/// One answer, a bundle of 16 MiB at the most, is not waited for longer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(60);

/// A node that speaks.
#[derive(Debug)]
pub(super) struct Node {
    agent: Agent,
    base: String,
    /// Of the base, what a proof of who asks names.
    path: String,
    caller: Option<Caller>,
    token: Option<String>,
}

/// What a node says to whoever it turns away, at most.
const REASON_BYTES_MAX: u64 = 512;

/// The files that need a proof of who asks; the others are shown to everybody.
const ENTRIES: &str = "tile/entries/";

impl Node {
    /// An address with or without a slash at its end. `http://` reaches this
    /// computer only.
    pub(super) fn new(url: &str, access: &Access) -> Result<Node, OpenError> {
        let refused =
            |what: &str| OpenError::Address { url: url.to_owned(), what: what.to_owned() };
        let uri: Uri = url.parse().map_err(|_| refused("this is not an address"))?;
        let host = uri.host().ok_or_else(|| refused("the address names no host"))?;
        if uri.scheme_str() == Some("http") && !is_loopback(host) {
            return Err(refused("use https:// for another computer than this one"));
        }
        if uri.query().is_some() {
            return Err(refused("give the address without a query"));
        }
        let tls = Tls::new(access.authority_pem.as_deref()).map_err(|what| refused(&what))?;
        let config = Agent::config_builder()
            .timeout_global(Some(ANSWER_TIMEOUT))
            .max_redirects(0)
            .http_status_as_error(false)
            .proxy(None)
            .build();
        let connector = TcpConnector::default().chain(tls);
        let agent = Agent::with_parts(config, connector, DefaultResolver::default());
        let base = url.trim_end_matches('/').to_owned();
        let path = uri.path().trim_end_matches('/').to_owned();
        let (caller, token) = (access.caller.clone(), access.token.clone());
        Ok(Node { agent, base, path, caller, token })
    }

    /// Who asks: a proof for this request alone, or the token.
    fn authorization(&self, name: &str) -> Result<Option<String>, String> {
        match (&self.caller, &self.token) {
            (Some(caller), _) if name.starts_with(ENTRIES) => {
                caller.authorization(&format!("{}/{name}", self.path)).map(Some)
            }
            (_, Some(token)) => Ok(Some(format!("Bearer {token}"))),
            _ => Ok(None),
        }
    }

    fn denied(&self, url: String, status: StatusCode, body: &mut Body) -> OpenError {
        let mut bytes = Vec::new();
        // Without its words the status has to do.
        let _ = body.as_reader().take(REASON_BYTES_MAX).read_to_end(&mut bytes);
        let said = String::from_utf8_lossy(&bytes);
        let said: String = said.trim().chars().filter(|c| !c.is_control()).collect();
        let advice = match (&self.caller, &self.token) {
            (None, None) => {
                "; entries are for auditors: give your key (--key), or what a server \
                             in front of the node asks for (--token-file)"
            }
            _ => "",
        };
        OpenError::Denied { url, what: format!("the node answers {status}: {said}{advice}") }
    }
}

impl Fetch for Node {
    fn get(&mut self, name: &str, bytes_max: usize) -> Result<Option<Vec<u8>>, OpenError> {
        let url = format!("{}/{name}", self.base);
        let failed = |what: String| OpenError::Fetch { url: url.clone(), what };
        let mut request = self.agent.get(&url);
        if let Some(value) = self.authorization(name).map_err(&failed)? {
            request = request.header("authorization", value);
        }
        let mut answer = request.call().map_err(|error| failed(crate::chain::reason_of(&error)))?;
        match answer.status() {
            StatusCode::OK => {}
            StatusCode::NOT_FOUND => return Ok(None),
            status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
                return Err(self.denied(url, status, answer.body_mut()));
            }
            status => return Err(failed(format!("the node answers {status}"))),
        }
        let mut bytes = Vec::new();
        let limit = (bytes_max as u64).saturating_add(1);
        let read = answer.body_mut().as_reader().take(limit).read_to_end(&mut bytes);
        read.map_err(|error| failed(error.to_string()))?;
        Ok(Some(bytes))
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
