//! Connections on their way in: from the socket, through the TLS handshake if
//! there is one, to the server. Whoever does not finish a handshake costs a slot
//! for a bounded time and nobody else anything.

use crate::config::Limits;
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
    /// Those that are in.
    places: Arc<Semaphore>,
    /// For counting. Whoever lingers at the door keeps no registry open.
    shared: Weak<Shared>,
}

impl Door {
    /// With TLS, or without.
    pub(crate) fn new(tls: Option<TlsAcceptor>, limits: &Limits, shared: &Arc<Shared>) -> Door {
        Door {
            tls,
            timeout: Duration::from_millis(limits.handshake_timeout_ms),
            slots: Arc::new(Semaphore::new(limits.handshakes_max)),
            places: Arc::new(Semaphore::new(limits.connections_max)),
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
        let mut entering = VecDeque::new();
        loop {
            let arrived = tokio::select! {
                () = sender.closed() => break,
                arrived = self.next(&listener, &mut entering) => arrived,
            };
            match arrived {
                Ok((tcp, slot)) => {
                    let task = tokio::spawn(self.clone().enter(tcp, slot, sender.clone()));
                    entering.push_back((Instant::now(), task.abort_handle()));
                }
                Err(error) => {
                    tracing::warn!(%error, "the system gave no connection");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
        entering.iter().for_each(|(_, task)| task.abort());
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

    /// Takes one connection in, or drops it, which closes it.
    async fn enter(
        self,
        tcp: TcpStream,
        slot: OwnedSemaphorePermit,
        sender: mpsc::Sender<io::Result<Connection>>,
    ) {
        match tokio::time::timeout(self.timeout, self.shake_hands(tcp)).await {
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

    async fn shake_hands(&self, tcp: TcpStream) -> io::Result<Connection> {
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
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(io::Error::other)?;
        Ok(Connection { stream, _place: place })
    }
}

/// A connection that is in, and its place, which it gives back at its end.
pub(crate) struct Connection {
    stream: Stream,
    _place: OwnedSemaphorePermit,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

trait Io: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Io for T {}

impl Connection {
    fn io(self: Pin<&mut Self>) -> Pin<&mut dyn Io> {
        match &mut self.get_mut().stream {
            Stream::Plain(stream) => Pin::new(stream),
            Stream::Tls(stream) => Pin::new(stream.as_mut()),
        }
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
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.io().poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.io().poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.io().poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.io().poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Stream::Plain(stream) => stream.is_write_vectored(),
            Stream::Tls(stream) => stream.is_write_vectored(),
        }
    }
}
