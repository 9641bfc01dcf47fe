//! Keys that an ssh-agent holds: two messages of its protocol
//! (draft-ietf-sshm-ssh-agent), "what have you?" and "sign this".
//!
//! What an agent signs with an `ssh-ed25519` key is the message itself, so that
//! its signature is one like any other (RFC 8709, 6). A FIDO key
//! (`sk-ssh-ed25519@openssh.com`) signs something else and cannot be used.

use crate::signer::{KeyError, Signer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use jcm_format::hash::Digest;
use jcm_format::key::{PublicKey, Signature};
use std::fmt;
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::time::Duration;

const SOCKET: &str = "SSH_AUTH_SOCK";
const KIND: &[u8] = b"ssh-ed25519";

const REQUEST_IDENTITIES: u8 = 11;
const IDENTITIES_ANSWER: u8 = 12;
const SIGN_REQUEST: u8 = 13;
const SIGN_RESPONSE: u8 = 14;
const FAILURE: u8 = 5;

/// Longest answer that is read, as OpenSSH has it.
const MESSAGE_BYTES_MAX: usize = 256 * 1_024;
/// Most keys that are looked at.
const KEYS_MAX: u32 = 2_048;
/// An agent may ask its owner before it signs (`ssh-add -c`); nobody takes longer.
const ANSWER_MS_MAX: u64 = 120_000;

/// Which of an agent's keys is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AgentSelector {
    /// The one with this fingerprint, as `ssh-add -l` shows it.
    Fingerprint(String),
    /// The one with this comment.
    Comment(String),
}

/// An ssh-agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    socket: PathBuf,
}

/// A key of an agent.
#[derive(Debug, Clone)]
pub struct AgentKey {
    agent: Agent,
    key: PublicKey,
}

/// Why the agent does not sign.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// No agent is named.
    #[error("no ssh-agent is named: {SOCKET} is not set")]
    NoAgent,
    /// It cannot be spoken to.
    #[error("the ssh-agent at {socket} cannot be spoken to: {source}")]
    Io {
        /// Its socket.
        socket: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It does not answer as an agent does.
    #[error("what listens at {0} does not answer as an ssh-agent does")]
    Malformed(PathBuf),
    /// It has no such key.
    #[error("the ssh-agent has no Ed25519 key {0}")]
    NoSuchKey(AgentSelector),
    /// It has one, of another kind.
    #[error("the key {selector} of the ssh-agent is of the kind {kind}, not ssh-ed25519")]
    OtherKind {
        /// What was asked for.
        selector: AgentSelector,
        /// The kind of key.
        kind: String,
    },
    /// It has several.
    #[error("the ssh-agent has several keys {selector}: {}", fingerprints.join(", "))]
    Ambiguous {
        /// What was asked for.
        selector: AgentSelector,
        /// Fingerprints of those that it has.
        fingerprints: Vec<String>,
    },
    /// It refuses.
    #[error("the ssh-agent refuses to sign with the key {0}")]
    Refused(PublicKey),
    /// Its signature does not verify.
    #[error("the ssh-agent gave a signature that does not verify under the key {0}")]
    BadSignature(PublicKey),
}

impl AgentError {
    /// What to do next.
    pub fn advice(&self) -> &'static str {
        match self {
            AgentError::NoAgent => "Start one: eval \"$(ssh-agent)\", then ssh-add FILE.",
            AgentError::Io { .. } => "Check that it runs, and that SSH_AUTH_SOCK is right.",
            AgentError::Malformed(_) => "Check SSH_AUTH_SOCK.",
            AgentError::NoSuchKey(_) => "See which ones it has with ssh-add -l; ssh-add adds one.",
            AgentError::OtherKind { .. } => {
                "Use a key made by ssh-keygen -t ed25519; a FIDO key (-sk) does not sign plain messages."
            }
            AgentError::Ambiguous { .. } => "Name one by its fingerprint: agent:SHA256:…",
            AgentError::Refused(_) => {
                "Confirm when it asks; see whether it is locked (ssh-add -X) or the key has expired."
            }
            AgentError::BadSignature(_) => "Do not use this agent.",
        }
    }
}

impl AgentSelector {
    /// What stands after `agent:`.
    pub fn new(text: &str) -> AgentSelector {
        match text.starts_with("SHA256:") {
            true => AgentSelector::Fingerprint(text.to_owned()),
            false => AgentSelector::Comment(text.to_owned()),
        }
    }

    fn matches(&self, identity: &Identity) -> bool {
        match self {
            AgentSelector::Fingerprint(text) => *text == fingerprint(&identity.blob),
            AgentSelector::Comment(text) => text.as_bytes() == identity.comment,
        }
    }
}

impl fmt::Display for AgentSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AgentSelector::Fingerprint(text) | AgentSelector::Comment(text) => f.write_str(text),
        }
    }
}

impl Agent {
    /// The agent that listens at a socket.
    pub fn at(socket: PathBuf) -> Agent {
        Agent { socket }
    }

    /// The agent that the environment names.
    ///
    /// # Errors
    ///
    /// When it names none.
    pub fn from_environment() -> Result<Agent, AgentError> {
        match std::env::var_os(SOCKET) {
            Some(socket) if !socket.is_empty() => Ok(Agent::at(socket.into())),
            _ => Err(AgentError::NoAgent),
        }
    }

    /// The one key that is meant.
    ///
    /// # Errors
    ///
    /// When it has none, several, or one of another kind.
    pub fn find(&self, selector: &AgentSelector) -> Result<AgentKey, AgentError> {
        let mut found: Vec<Identity> = self.identities()?;
        found.retain(|identity| selector.matches(identity));
        let mut keys: Vec<PublicKey> = found.iter().filter_map(Identity::key).collect();
        // One key may be held under two names.
        keys.sort();
        keys.dedup();
        match (keys.as_slice(), found.first()) {
            ([key], _) => Ok(AgentKey { agent: self.clone(), key: *key }),
            ([], Some(other)) => {
                let selector = selector.clone();
                Err(AgentError::OtherKind { selector, kind: other.kind() })
            }
            ([], None) => Err(AgentError::NoSuchKey(selector.clone())),
            _ => Err(AgentError::Ambiguous {
                selector: selector.clone(),
                fingerprints: found.iter().map(|identity| fingerprint(&identity.blob)).collect(),
            }),
        }
    }

    fn identities(&self) -> Result<Vec<Identity>, AgentError> {
        let answer = self.ask(&[REQUEST_IDENTITIES])?;
        self.understood(identities(&answer))
    }

    fn sign(&self, key: &PublicKey, message: &[u8]) -> Result<Signature, AgentError> {
        let mut request = vec![SIGN_REQUEST];
        put(&mut request, &blob(key));
        put(&mut request, message);
        // No flags: they are for RSA.
        request.extend([0; 4]);
        let answer = self.ask(&request)?;
        if answer.first() == Some(&FAILURE) {
            return Err(AgentError::Refused(*key));
        }
        let signature = self.understood(signature(&answer))?;
        let admitted = key.admit().map_err(|_| AgentError::BadSignature(*key))?;
        admitted.verify(message, &signature).map_err(|_| AgentError::BadSignature(*key))?;
        Ok(signature)
    }

    fn understood<T>(&self, answer: Option<T>) -> Result<T, AgentError> {
        answer.ok_or_else(|| AgentError::Malformed(self.socket.clone()))
    }

    #[cfg(unix)]
    fn ask(&self, request: &[u8]) -> Result<Vec<u8>, AgentError> {
        let talk = || {
            let stream = std::os::unix::net::UnixStream::connect(&self.socket)?;
            let patience = Some(Duration::from_millis(ANSWER_MS_MAX));
            stream.set_read_timeout(patience)?;
            stream.set_write_timeout(patience)?;
            exchange(stream, request)
        };
        let io = |source| AgentError::Io { socket: self.socket.clone(), source };
        self.understood(talk().map_err(io)?)
    }

    #[cfg(not(unix))]
    fn ask(&self, _request: &[u8]) -> Result<Vec<u8>, AgentError> {
        Err(AgentError::Io {
            socket: self.socket.clone(),
            source: io::ErrorKind::Unsupported.into(),
        })
    }
}

impl Signer for AgentKey {
    fn public_key(&self) -> PublicKey {
        self.key
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, KeyError> {
        Ok(self.agent.sign(&self.key, message)?)
    }
}

/// A key as the agent lists it.
#[derive(Debug)]
struct Identity {
    blob: Vec<u8>,
    comment: Vec<u8>,
}

impl Identity {
    fn key(&self) -> Option<PublicKey> {
        let mut rest = self.blob.as_slice();
        let kind = take(&mut rest)?;
        let key = take(&mut rest)?;
        if kind == KIND && rest.is_empty() { PublicKey::from_slice(key) } else { None }
    }

    fn kind(&self) -> String {
        let kind = take(&mut self.blob.as_slice()).unwrap_or_default();
        String::from_utf8_lossy(kind).chars().filter(|c| !c.is_control()).take(64).collect()
    }
}

/// One request, one answer, each after its length. `None` for one that is too long
/// or empty.
fn exchange(mut stream: impl Read + Write, request: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let mut message = Vec::with_capacity(4 + request.len());
    put(&mut message, request);
    stream.write_all(&message)?;
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = u32::from_be_bytes(length) as usize;
    if length == 0 || MESSAGE_BYTES_MAX < length {
        return Ok(None);
    }
    let mut answer = vec![0; length];
    stream.read_exact(&mut answer)?;
    Ok(Some(answer))
}

fn identities(answer: &[u8]) -> Option<Vec<Identity>> {
    let mut rest = answer.strip_prefix(&[IDENTITIES_ANSWER])?;
    let count = take_number(&mut rest)?;
    if KEYS_MAX < count {
        return None;
    }
    let mut one = || {
        let blob = take(&mut rest)?.to_vec();
        Some(Identity { blob, comment: take(&mut rest)?.to_vec() })
    };
    (0..count).map(|_| one()).collect()
}

fn signature(answer: &[u8]) -> Option<Signature> {
    let mut rest = answer.strip_prefix(&[SIGN_RESPONSE])?;
    let mut blob = take(&mut rest)?;
    let kind = take(&mut blob)?;
    let signature = take(&mut blob)?;
    let is_whole = rest.is_empty() && blob.is_empty() && kind == KIND;
    if is_whole { Signature::from_slice(signature) } else { None }
}

fn blob(key: &PublicKey) -> Vec<u8> {
    let mut blob = Vec::new();
    put(&mut blob, KIND);
    put(&mut blob, key.as_bytes());
    blob
}

fn fingerprint(blob: &[u8]) -> String {
    format!("SHA256:{}", STANDARD_NO_PAD.encode(Digest::of(&[blob]).as_bytes()))
}

/// A string of the protocol: its length in four bytes, then itself.
fn put(message: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    message.extend(length.to_be_bytes());
    message.extend(bytes);
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = take_number(rest)? as usize;
    let (bytes, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(bytes)
}

fn take_number(rest: &mut &[u8]) -> Option<u32> {
    let (bytes, after) = rest.split_first_chunk::<4>()?;
    *rest = after;
    Some(u32::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jcm_format::key::SecretKey;
    use std::os::unix::net::UnixListener;

    /// Answers as many requests as there are answers; what was asked.
    fn agent(
        answers: Vec<Vec<u8>>,
    ) -> (tempfile::TempDir, Agent, std::thread::JoinHandle<Vec<Vec<u8>>>) {
        let folder = tempfile::tempdir().expect("a folder");
        let socket = folder.path().join("agent");
        let listener = UnixListener::bind(&socket).expect("a socket");
        let thread = std::thread::spawn(move || {
            answers
                .into_iter()
                .map(|answer| {
                    let (mut stream, _) = listener.accept().expect("a caller");
                    let mut length = [0; 4];
                    stream.read_exact(&mut length).expect("a length");
                    let mut request = vec![0; u32::from_be_bytes(length) as usize];
                    stream.read_exact(&mut request).expect("a request");
                    let mut message = Vec::new();
                    put(&mut message, &answer);
                    // A caller that has read enough may be gone.
                    let _ = stream.write_all(&message);
                    request
                })
                .collect()
        });
        (folder, Agent::at(socket), thread)
    }

    fn listing(identities: &[(Vec<u8>, &str)]) -> Vec<u8> {
        let mut answer = vec![IDENTITIES_ANSWER];
        answer.extend(u32::try_from(identities.len()).expect("few").to_be_bytes());
        for (blob, comment) in identities {
            put(&mut answer, blob);
            put(&mut answer, comment.as_bytes());
        }
        answer
    }

    fn signed(kind: &[u8], bytes: &[u8]) -> Vec<u8> {
        let (mut blob, mut answer) = (Vec::new(), vec![SIGN_RESPONSE]);
        put(&mut blob, kind);
        put(&mut blob, bytes);
        put(&mut answer, &blob);
        answer
    }

    fn secret(seed: u8) -> SecretKey {
        SecretKey::from_seed(&[seed; 32])
    }

    fn named(seed: u8, comment: &str) -> (Vec<u8>, &str) {
        (blob(&secret(seed).public_key()), comment)
    }

    #[test]
    fn a_key_is_found_by_comment_or_fingerprint_and_signs() {
        let all = listing(&[named(1, "one"), named(2, "two"), named(2, "again")]);
        let print = fingerprint(&blob(&secret(2).public_key()));
        for selector in ["two", print.as_str()] {
            let answer = signed(KIND, secret(2).sign(b"message").as_bytes());
            let (_folder, agent, asked) = agent(vec![all.clone(), answer]);
            let key = agent.find(&AgentSelector::new(selector)).expect("there");
            assert_eq!(key.public_key(), secret(2).public_key());
            assert_eq!(key.sign(b"message").expect("signs"), secret(2).sign(b"message"));
            let asked = asked.join().expect("answered");
            assert_eq!(asked[0], [REQUEST_IDENTITIES]);
            let mut expected = vec![SIGN_REQUEST];
            put(&mut expected, &blob(&secret(2).public_key()));
            put(&mut expected, b"message");
            expected.extend([0; 4]);
            assert_eq!(asked[1], expected);
        }
    }

    #[test]
    fn a_key_that_is_not_there_or_not_one_is_told_apart() {
        let mut rsa = Vec::new();
        put(&mut rsa, b"ssh-rsa");
        put(&mut rsa, b"numbers");
        let all = listing(&[named(1, "same"), named(2, "same"), (rsa, "old")]);
        let find = |selector| {
            let (_folder, agent, _asked) = agent(vec![all.clone()]);
            agent.find(&AgentSelector::new(selector)).expect_err("not one").to_string()
        };
        assert_eq!(find("none"), "the ssh-agent has no Ed25519 key none");
        assert_eq!(find("SHA256:none"), "the ssh-agent has no Ed25519 key SHA256:none");
        assert!(
            find("old").ends_with("is of the kind ssh-rsa, not ssh-ed25519"),
            "{}",
            find("old")
        );
        let print = fingerprint(&blob(&secret(2).public_key()));
        assert!(find("same").contains("several keys same: SHA256:"), "{}", find("same"));
        assert!(find("same").contains(&print));
    }

    #[test]
    fn an_agent_that_refuses_or_lies_is_not_believed() {
        let list = listing(&[named(1, "one")]);
        let cases = [
            (vec![FAILURE], "refuses to sign"),
            (signed(KIND, secret(2).sign(b"message").as_bytes()), "does not verify"),
            (signed(KIND, secret(1).sign(b"other").as_bytes()), "does not verify"),
            (signed(b"ssh-rsa", secret(1).sign(b"message").as_bytes()), "does not answer as"),
            (signed(KIND, &[0; 63]), "does not answer as"),
            (vec![SIGN_RESPONSE], "does not answer as"),
            (vec![99], "does not answer as"),
            (Vec::new(), "does not answer as"),
            (vec![0; MESSAGE_BYTES_MAX + 1], "does not answer as"),
        ];
        for (answer, part) in cases {
            let (_folder, agent, _asked) = agent(vec![list.clone(), answer]);
            let key = agent.find(&AgentSelector::new("one")).expect("there");
            let error = key.sign(b"message").expect_err("not signed");
            assert!(error.to_string().contains(part), "{error}");
            assert!(!error.advice().is_empty());
        }
        let mut many = vec![IDENTITIES_ANSWER];
        many.extend(u32::MAX.to_be_bytes());
        for answer in [many, vec![IDENTITIES_ANSWER, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]] {
            let (_folder, agent, _asked) = agent(vec![answer]);
            let error = agent.find(&AgentSelector::new("one")).expect_err("nonsense");
            assert!(matches!(error, AgentError::Malformed(_)), "{error}");
        }
        // An answer that ends too early, wherever it ends, and one that goes on.
        let answer = signed(KIND, &[7; 64]);
        assert!(signature(&answer).is_some() && identities(&list).is_some());
        for len in 0..answer.len() {
            assert_eq!(signature(&answer[..len]), None, "{len}");
        }
        assert_eq!(signature(&[answer, vec![0]].concat()), None);
        for len in 0..list.len() {
            assert!(identities(&list[..len]).is_none(), "{len}");
        }
        let nowhere = Agent::at("/nonexistent/agent".into());
        let error = nowhere.find(&AgentSelector::new("one")).expect_err("nobody listens");
        assert!(matches!(error, AgentError::Io { .. }), "{error}");
    }
}
