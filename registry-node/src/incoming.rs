//! Connections on their way in: from the socket, through the TLS handshake if
//! there is one, to the server. Whoever does not finish a handshake costs a slot
//! for a bounded time and nobody else anything.

use crate::config::Limits;
use crate::limits::{Arrival, CallerKey, Class, Cut, Link, Links};
use crate::shared::Shared;
use crate::tls;
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::task::AbortHandle;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::{Connected, TcpConnectInfo};

/// Connections that are ready and wait for the server, which is never long.
const READY_MAX: usize = 16;
/// When every slot is taken, who has held one for longer gives way. An honest
/// handshake takes a few round trips.
const PATIENCE: Duration = Duration::from_secs(1);
/// After the system gave no connection, for lack of files as a rule.
const PAUSE: Duration = Duration::from_secs(1);

/// How connections are let in.
#[derive(Clone)]
pub(crate) struct Door {
    tls: Option<TlsAcceptor>,
    timeout: Duration,
    /// Those on their way in.
    slots: Arc<Semaphore>,
    /// Those that are in, and whose they are.
    links: Arc<Links>,
    /// For counting. Whoever lingers at the door keeps no registry open.
    shared: Weak<Shared>,
}

impl Door {
    /// With TLS, or without.
    pub(crate) fn new(
        tls: Option<TlsAcceptor>,
        limits: &Limits,
        links: &Arc<Links>,
        shared: &Arc<Shared>,
    ) -> Door {
        Door {
            tls,
            timeout: Duration::from_millis(limits.handshake_timeout_ms),
            slots: Arc::new(Semaphore::new(limits.handshakes_max)),
            links: Arc::clone(links),
            shared: Arc::downgrade(shared),
        }
    }

    fn count(&self, outcome: &'static str) {
        if let Some(shared) = self.shared.upgrade() {
            shared.metrics.connection(outcome);
        }
    }

    /// Every connection that gets in; ends when the receiver is dropped.
    pub(crate) fn open(self, listener: TcpListener) -> ReceiverStream<io::Result<Connection>> {
        let (sender, receiver) = mpsc::channel(READY_MAX);
        tokio::spawn(self.accept(listener, sender));
        ReceiverStream::new(receiver)
    }

    async fn accept(self, listener: TcpListener, sender: mpsc::Sender<io::Result<Connection>>) {
        let mut on_their_way = VecDeque::new();
        loop {
            let arrived = tokio::select! {
                () = sender.closed() => break,
                arrived = self.next(&listener, &mut on_their_way) => arrived,
            };
            match arrived {
                Ok((tcp, slot)) => {
                    let Some(arrival) = self.arrive(&tcp) else {
                        // A flood of these must not keep a thread from those who are in.
                        drop((tcp, slot));
                        tokio::task::yield_now().await;
                        continue;
                    };
                    let entering = self.clone().enter(tcp, arrival, slot, sender.clone());
                    let task = tokio::spawn(entering);
                    on_their_way.push_back((Instant::now(), task.abort_handle()));
                }
                Err(error) => {
                    tracing::warn!(%error, "the system gave no connection");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        on_their_way.iter().for_each(|(_, task)| task.abort());
    }

    /// The next connection, with a slot for its handshake. Those for whom there is
    /// no slot wait in the system's queue.
    async fn next(
        &self,
        listener: &TcpListener,
        entering: &mut VecDeque<(Instant, AbortHandle)>,
    ) -> io::Result<(TcpStream, OwnedSemaphorePermit)> {
        let slot = self.slot(entering).await?;
        let (tcp, _) = listener.accept().await?;
        Ok((tcp, slot))
    }

    /// A slot, if need be that of whoever has held one for too long.
    async fn slot(
        &self,
        entering: &mut VecDeque<(Instant, AbortHandle)>,
    ) -> io::Result<OwnedSemaphorePermit> {
        entering.retain(|(_, task)| !task.is_finished());
        let oldest = entering.front().map_or_else(Instant::now, |(since, _)| *since);
        let free = Arc::clone(&self.slots).acquire_owned();
        if let Ok(slot) = tokio::time::timeout_at(oldest + PATIENCE, free).await {
            return slot.map_err(io::Error::other);
        }
        if let Some((_, task)) = entering.pop_front() {
            task.abort();
            self.count("GAVE_WAY");
        }
        // The slot of that one, or another that became free meanwhile.
        Arc::clone(&self.slots).acquire_owned().await.map_err(io::Error::other)
    }

    /// Counts a connection with its caller's others, or turns it away at once.
    fn arrive(&self, tcp: &TcpStream) -> Option<Arrival> {
        // Gone already.
        let remote = tcp.peer_addr().ok()?;
        let Ok(arrival) = self.links.arrive(remote) else {
            self.count("TOO_MANY_OF_CALLER");
            return None;
        };
        let caller = CallerKey::Peer(arrival.peer());
        let shared = self.shared.upgrade()?;
        if let Err(limit) = shared.budgets.take(caller, Class::Connect) {
            shared.metrics.limited(limit.name);
            self.count("TOO_OFTEN");
            return None;
        }
        Some(arrival)
    }

    /// Takes one connection in, or drops it, which closes it.
    async fn enter(
        self,
        tcp: TcpStream,
        arrival: Arrival,
        slot: OwnedSemaphorePermit,
        sender: mpsc::Sender<io::Result<Connection>>,
    ) {
        match tokio::time::timeout(self.timeout, self.shake_hands(tcp, arrival)).await {
            Ok(Ok(connection)) => {
                self.count("TAKEN");
                drop(slot);
                // Nobody receives it when the node stops.
                let _ = sender.send(Ok(connection)).await;
            }
            Ok(Err(error)) => {
                // The caller's affair, and not worth a line that callers could multiply.
                tracing::debug!(%error, "a connection was not taken");
                self.count("HANDSHAKE_FAILED");
            }
            Err(_) => self.count("TIMED_OUT"),
        }
    }

    async fn shake_hands(&self, tcp: TcpStream, arrival: Arrival) -> io::Result<Connection> {
        tcp.set_nodelay(true)?;
        let stream = match &self.tls {
            None => Stream::Plain(tcp),
            Some(acceptor) => {
                let stream = acceptor.accept(tcp).await?;
                // A client that names no protocol at all is let through by the library.
                if stream.get_ref().1.alpn_protocol() != Some(tls::PROTOCOL) {
                    return Err(io::Error::other("the client did not ask for HTTP/2"));
                }
                Stream::Tls(Box::new(stream))
            }
        };
        let (link, cut) = self.links.enter(arrival).await;
        Ok(Connection { stream, link, cut, is_heard: false, is_blocked: false, is_cut: false })
    }
}

/// A connection that is in, watched.
pub(crate) struct Connection {
    stream: Stream,
    link: Arc<Link>,
    cut: Cut,
    /// What the link was told last, to tell it only what is new.
    is_heard: bool,
    is_blocked: bool,
    is_cut: bool,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

trait Io: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Io for T {}

impl Connection {
    /// What is known of it.
    pub(crate) fn link(&self) -> Arc<Link> {
        Arc::clone(&self.link)
    }

    /// Fails once the connection is cut, and has the task woken when it is.
    fn check(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if !self.is_cut && Pin::new(&mut self.cut.0).poll(cx).is_ready() {
            self.is_cut = true;
        }
        if self.is_cut { Err(io::ErrorKind::ConnectionAborted.into()) } else { Ok(()) }
    }

    /// Tells whether the socket took what was written.
    fn written<T>(&mut self, polled: Poll<T>) -> Poll<T> {
        if self.is_blocked != polled.is_pending() {
            self.is_blocked = polled.is_pending();
            self.link.writes(self.is_blocked);
        }
        polled
    }

    fn io(self: Pin<&mut Self>) -> Pin<&mut dyn Io> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream),
            Stream::Tls(stream) => Pin::new(stream.as_mut()),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.link.closed();
    }
}

impl Connected for Connection {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        match &self.stream {
            Stream::Plain(stream) => stream.connect_info(),
            Stream::Tls(stream) => stream.get_ref().0.connect_info(),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.check(cx)?;
        let before = buffer.filled().len();
        let polled = self.as_mut().io().poll_read(cx, buffer);
        if !self.is_heard && before < buffer.filled().len() {
            self.is_heard = true;
            self.link.heard();
        }
        polled
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        let polled = self.as_mut().io().poll_write(cx, bytes);
        self.written(polled)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        let polled = self.as_mut().io().poll_flush(cx);
        self.written(polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(cx)?;
        self.as_mut().io().poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check(cx)?;
        let polled = self.as_mut().io().poll_write_vectored(cx, bytes);
        self.written(polled)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Stream::Plain(stream) => stream.is_write_vectored(),
            Stream::Tls(stream) => stream.is_write_vectored(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use std::io::Read as _;
    use std::net::TcpStream as Caller;

    /// With one thread, others have their turn after each connection that is turned away.
    #[tokio::test(flavor = "current_thread")]
    async fn a_flood_at_the_door_leaves_others_their_turn() {
        let limits = Config::parse("data_dir = \"d\"").expect("a configuration").limits;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a socket");
        let address = listener.local_addr().expect("an address");
        let callers: Vec<Caller> = (0..60)
            .map(|_| {
                let caller = Caller::connect(address).expect("in the system's queue");
                caller.set_nonblocking(true).expect("a socket");
                caller
            })
            .collect();
        // A door whose registry is gone turns everybody away.
        let links = Links::new(&limits);
        let slots = Arc::new(Semaphore::new(limits.handshakes_max));
        let timeout = Duration::from_secs(60);
        let door = Door { tls: None, timeout, slots, links, shared: Weak::new() };
        let _ready = door.open(listener);
        let is_away = |mut caller: &Caller| match caller.read(&mut [0]) {
            Err(error) => error.kind() != io::ErrorKind::WouldBlock,
            Ok(_) => true,
        };
        let mut away = 0;
        let mut turns = 0..100_000;
        while away < callers.len() && turns.next().is_some() {
            tokio::task::yield_now().await;
            let now = callers.iter().filter(|caller| is_away(caller)).count();
            // The system may tell of some of them together.
            assert!(now < away + 10, "{} turned away in one turn", now - away);
            away = now;
        }
        assert_eq!(away, callers.len());
    }
}
