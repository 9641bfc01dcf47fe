//! HTTP/2 as it should not be spoken: frames of any bytes, and a client that is
//! correct and rude.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use super::support::Running;
use h2::client::{ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use jcm_format::caller::{CALLER_HEADER, Call, CallerProof, Nonce};
use jcm_format::hash::Digest;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tonic::codegen::Bytes;
use tonic::codegen::http::{HeaderMap, Request};
use tonic::metadata::BinaryMetadataValue;

/// Far longer than anything here takes, and shorter than for ever.
pub const LONG: Duration = Duration::from_secs(60);

pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Kinds of frames.
pub const DATA: u8 = 0;
pub const HEADERS: u8 = 1;
pub const RESET: u8 = 3;
pub const SETTINGS: u8 = 4;
pub const GOAWAY: u8 = 7;
pub const WINDOW: u8 = 8;
pub const CONTINUATION: u8 = 9;

pub const END_STREAM: u8 = 1;
pub const END_HEADERS: u8 = 4;

pub const SERVICE: &str = "/jcm.registry.v1.Registry/";

/// A frame; its length may be a lie.
pub fn frame_of(length: usize, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = u32::try_from(length).expect("24 bits").to_be_bytes()[1..].to_vec();
    bytes.extend_from_slice(&[kind, flags]);
    bytes.extend_from_slice(&stream.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes
}

pub fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    frame_of(payload.len(), kind, flags, stream, payload)
}

/// A header that no table remembers (RFC 7541, 6.2.2).
pub fn header(name: &str, value: &str) -> Vec<u8> {
    fn text(bytes: &mut Vec<u8>, text: &str) {
        // An integer with a prefix of seven bits.
        let length = text.len();
        if length < 127 {
            bytes.push(u8::try_from(length).expect("short"));
        } else {
            bytes.push(127);
            let mut rest = length - 127;
            while 128 <= rest {
                bytes.push(u8::try_from(rest % 128).expect("seven bits") | 128);
                rest /= 128;
            }
            bytes.push(u8::try_from(rest).expect("seven bits"));
        }
        bytes.extend_from_slice(text.as_bytes());
    }
    let mut bytes = vec![0];
    text(&mut bytes, name);
    text(&mut bytes, value);
    bytes
}

/// The headers of a call.
pub fn call_headers(method: &str) -> Vec<u8> {
    let path = format!("{SERVICE}{method}");
    [
        (":method", "POST"),
        (":scheme", "http"),
        (":path", path.as_str()),
        (":authority", "registry"),
        ("content-type", "application/grpc"),
        ("te", "trailers"),
    ]
    .iter()
    .flat_map(|(name, value)| header(name, value))
    .collect()
}

/// A message with its prefix; the length may be a lie.
pub fn message_of(flag: u8, length: u32, bytes: &[u8]) -> Vec<u8> {
    let mut message = vec![flag];
    message.extend_from_slice(&length.to_be_bytes());
    message.extend_from_slice(bytes);
    message
}

pub fn message(bytes: &[u8]) -> Vec<u8> {
    message_of(0, u32::try_from(bytes.len()).expect("short"), bytes)
}

/// The header that proves that an authority makes this call.
pub fn proof(method: &str, message: &[u8]) -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static CALLS: AtomicU64 = AtomicU64::new(1);
    let registry = super::support::origin();
    let method = format!("{SERVICE}{method}");
    let call = Call { registry: &registry, method: &method, message: Some(Digest::of(&[message])) };
    let number = u128::from(CALLS.fetch_add(1, Ordering::Relaxed));
    let nonce = Nonce::from_bytes((number | u128::from(std::process::id()) << 64).to_be_bytes());
    let payload = call.statement(super::support::now(), nonce);
    let proof = CallerProof::sign(payload, &super::support::secret("authority-1"));
    let value = BinaryMetadataValue::from_bytes(&proof.to_bytes());
    String::from_utf8(value.as_encoded_bytes().to_vec()).expect("ASCII")
}

/// A connection from an address of the loopback's many.
pub async fn tcp(to: &str, from: [u8; 4]) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(SocketAddr::new(IpAddr::from(from), 0)).expect("an address of this machine");
    socket.connect(to.parse().expect("an address")).await.expect("it listens")
}

/// A connection whose bytes are one's own.
pub struct Raw(pub TcpStream);

impl Raw {
    pub async fn connect(node: &Running) -> Raw {
        Raw(TcpStream::connect(&node.grpc).await.expect("it listens"))
    }

    /// With preface and settings.
    pub async fn greeted(node: &Running) -> Raw {
        Raw::greeted_at(&node.grpc).await
    }

    pub async fn greeted_at(address: &str) -> Raw {
        let mut raw = Raw(TcpStream::connect(address).await.expect("it listens"));
        let greeting = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
        raw.0.write_all(&greeting).await.expect("sent");
        raw
    }

    /// Sends as far as the other end takes it; whether it took all.
    pub async fn send(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).await.is_ok()
    }

    /// The next frame: kind and payload. Nothing once the other end has closed.
    pub async fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        let mut head = [0; 9];
        let whole = tokio::time::timeout(LONG, self.0.read_exact(&mut head)).await;
        whole.expect("neither a frame nor the end").ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).expect("small")];
        self.0.read_exact(&mut payload).await.ok()?;
        Some((head[3], payload))
    }

    /// All kinds of frames until the other end closes.
    pub async fn rest(&mut self) -> Vec<u8> {
        let mut kinds = Vec::new();
        while let Some((kind, _)) = self.next().await {
            kinds.push(kind);
        }
        kinds
    }

    /// The next frame of some kinds.
    pub async fn next_of(&mut self, kinds: &[u8]) -> Option<(u8, Vec<u8>)> {
        loop {
            let (kind, payload) = self.next().await?;
            if kinds.contains(&kind) {
                return Some((kind, payload));
            }
        }
    }

    /// The error of the next frame of a kind, that of RESET or GOAWAY; nothing if the
    /// other end closes without one.
    pub async fn error(&mut self, wanted: u8) -> Option<u32> {
        while let Some((kind, payload)) = self.next().await {
            if kind == wanted {
                let at = if kind == GOAWAY { 4 } else { 0 };
                let code = payload.get(at..at + 4)?.try_into().ok()?;
                return Some(u32::from_be_bytes(code));
            }
        }
        None
    }
}

/// A client that is correct and rude: it decides when it reads and what it finishes.
pub struct Rude {
    pub send: SendRequest<Bytes>,
    pub connection: tokio::task::JoinHandle<Result<(), h2::Error>>,
}

impl Rude {
    pub async fn connect(node: &Running, from: [u8; 4]) -> Rude {
        Rude::over(tcp(&node.grpc, from).await).await
    }

    pub async fn over(tcp: TcpStream) -> Rude {
        let (send, connection) = h2::client::handshake(tcp).await.expect("HTTP/2");
        Rude { send, connection: tokio::spawn(connection) }
    }

    /// Begins a call and sends nothing of its body yet.
    pub async fn begin(
        &mut self,
        method: &str,
        more: &[(&'static str, &str)],
    ) -> (ResponseFuture, SendStream<Bytes>) {
        self.send = self.send.clone().ready().await.expect("open");
        let mut request = Request::builder()
            .method("POST")
            .uri(format!("http://registry{SERVICE}{method}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers");
        for (name, value) in more {
            request = request.header(*name, *value);
        }
        self.send.send_request(request.body(()).expect("a request"), false).expect("sent")
    }

    /// A call with this body; the code and message that it ends with.
    pub async fn call(
        &mut self,
        method: &str,
        more: &[(&'static str, &str)],
        body: Vec<u8>,
    ) -> (String, String) {
        let (response, mut stream) = self.begin(method, more).await;
        // The answer may come before all of it is sent.
        let _ = stream.send_data(Bytes::from(body), true);
        end(response).await
    }
}

/// Reads the log, with a proof.
impl Rude {
    pub async fn read_log(&mut self) -> (String, String) {
        let proof = proof("ReadLog", &[]);
        self.call("ReadLog", &[(CALLER_HEADER, &proof)], message(&[])).await
    }
}

fn outcome(headers: &HeaderMap) -> Option<(String, String)> {
    let text = |name: &str| {
        let value = headers.get(name).map(|value| value.to_str().expect("ASCII").to_owned());
        value.unwrap_or_default()
    };
    headers.contains_key("grpc-status").then(|| (text("grpc-status"), text("grpc-message")))
}

/// The code and message that a call ends with; an error of HTTP/2 as "h2".
pub async fn end(response: ResponseFuture) -> (String, String) {
    let broken = |error: h2::Error| ("h2".to_owned(), error.to_string());
    let response = match tokio::time::timeout(LONG, response).await.expect("answered") {
        Ok(response) => response,
        Err(error) => return broken(error),
    };
    if response.status() != 200 {
        return ("http".to_owned(), response.status().as_u16().to_string());
    }
    if let Some(outcome) = outcome(response.headers()) {
        return outcome;
    }
    let mut body: RecvStream = response.into_body();
    while let Some(data) = body.data().await {
        match data {
            Ok(data) => body.flow_control().release_capacity(data.len()).expect("its own"),
            Err(error) => return broken(error),
        }
    }
    match body.trailers().await {
        Ok(Some(trailers)) => outcome(&trailers).expect("a status"),
        Ok(None) => ("none".to_owned(), String::new()),
        Err(error) => broken(error),
    }
}
