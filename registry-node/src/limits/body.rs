//! Requests and answers on their way, watched: who sends too slowly is refused, and
//! who reads too slowly is noticed.

use super::budget::{Limit, Place};
use super::caller::CallerKey;
use super::class::Class;
use super::link::InProgress;
use super::{Monotonic, NodeBudgets};
use crate::status::Refusal;
use http_body::{Frame, SizeHint};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::{Instant, Sleep};
use tonic::Status;
use tonic::body::Body;
use tonic::codegen::Bytes;

/// Most of an answer that is given to the connection at a time. A frame of the log is
/// one message of several MB: in pieces, and copied, a reader that stops pins
/// one piece and not the frame.
const PIECE_BYTES: usize = 64 << 10;

/// Bytes before each message of gRPC: a flag, and the length.
const PREFIX_BYTES: usize = 5;

type Polled = Poll<Option<Result<Frame<Bytes>, Status>>>;

/// A request that has so long to arrive.
pub(super) struct Received {
    inner: Body,
    deadline: Pin<Box<Sleep>>,
    receive: Duration,
    is_over: bool,
    /// How long what comes next may take, once what has come is handed on.
    next: Option<Duration>,
    commands: Option<Commands>,
}

/// Counts the commands of a stream.
pub(super) struct Commands {
    messages: Messages,
    budgets: Arc<NodeBudgets>,
    caller: CallerKey,
    /// How long a stream may wait for its next command.
    idle: Duration,
    /// What has come and is not handed on before it is counted.
    held: Option<Bytes>,
    owed: usize,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Commands {
    pub(super) fn new(budgets: Arc<NodeBudgets>, caller: CallerKey, idle: Duration) -> Commands {
        Commands {
            messages: Messages::default(),
            budgets,
            caller,
            idle,
            held: None,
            owed: 0,
            pause: None,
        }
    }

    /// Hands on what has come once the caller's budget has paid for it. Until then
    /// nothing more is read, and the other end has to wait.
    fn poll_paid(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        while 0 < self.owed {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(cx));
                self.pause = None;
            }
            match self.budgets.take(self.caller, Class::Submission) {
                Ok(()) => self.owed -= 1,
                Err(Limit { retry_after, .. }) => {
                    self.pause = Some(Box::pin(tokio::time::sleep(retry_after)));
                }
            }
        }
        Poll::Ready(self.held.take())
    }
}

impl Received {
    pub(super) fn new(inner: Body, receive: Duration, commands: Option<Commands>) -> Received {
        let first = commands.as_ref().map_or(receive, |commands| commands.idle);
        let deadline = Box::pin(tokio::time::sleep(first));
        Received { inner, deadline, receive, is_over: false, next: None, commands }
    }

    fn poll_stream(&mut self, cx: &mut Context<'_>, polled: Option<Bytes>) -> Polled {
        let Some(commands) = &mut self.commands else {
            return Poll::Ready(polled.map(|data| Ok(Frame::data(data))));
        };
        if let Some(data) = polled {
            let was_within = commands.messages.is_within();
            commands.owed += commands.messages.begun_in(&data);
            commands.held = Some(data);
            // The time of a message runs from its first byte to its last.
            self.next = match (was_within, commands.messages.is_within()) {
                (true, true) if commands.owed == 0 => None,
                (_, true) => Some(self.receive),
                (_, false) => Some(commands.idle),
            };
        }
        let data = ready!(commands.poll_paid(cx));
        if let Some(next) = self.next.take() {
            self.deadline.as_mut().reset(Instant::now() + next);
        }
        Poll::Ready(data.map(|data| Ok(Frame::data(data))))
    }
}

impl http_body::Body for Received {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let this = self.get_mut();
        if this.is_over {
            return Poll::Ready(None);
        }
        if this.commands.as_ref().is_some_and(|commands| commands.held.is_some()) {
            return this.poll_stream(cx, None);
        }
        match Pin::new(&mut this.inner).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                Ok(data) => this.poll_stream(cx, Some(data)),
                Err(trailers) => Poll::Ready(Some(Ok(trailers))),
            },
            Poll::Ready(end) => {
                this.is_over = true;
                Poll::Ready(end)
            }
            Poll::Pending => {
                ready!(this.deadline.as_mut().poll(cx));
                this.is_over = true;
                Poll::Ready(Some(Err(Refusal::SlowWriter.status())))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.is_over
            || (self.inner.is_end_stream()
                && self.commands.as_ref().is_none_or(|commands| commands.held.is_none()))
    }
}

/// Where the messages of a stream begin and end, by their lengths alone.
#[derive(Debug, Default)]
struct Messages {
    /// Bytes of a prefix that have come.
    prefix: usize,
    length: usize,
    /// Bytes of the message that have not come.
    rest: usize,
}

impl Messages {
    /// Reads on; gives how many messages begin.
    fn begun_in(&mut self, mut data: &[u8]) -> usize {
        let mut begun = 0;
        while let Some((first, after)) = data.split_first() {
            if 0 < self.rest {
                let taken = self.rest.min(data.len());
                self.rest -= taken;
                data = data.get(taken..).unwrap_or_default();
                continue;
            }
            if self.prefix == 0 {
                begun += 1;
                self.length = 0;
            } else {
                self.length = self.length << 8 | usize::from(*first);
            }
            self.prefix += 1;
            if self.prefix == PREFIX_BYTES {
                self.prefix = 0;
                self.rest = self.length;
            }
            data = after;
        }
        begun
    }

    fn is_within(&self) -> bool {
        0 < self.rest || 0 < self.prefix
    }
}

/// An answer, with what is held as long as it lasts.
pub(super) struct Answered {
    inner: Body,
    /// What did not fit one piece.
    rest: Bytes,
    in_progress: InProgress,
    _place: Option<Place<Monotonic>>,
}

impl Answered {
    pub(super) fn new(
        inner: Body,
        in_progress: InProgress,
        place: Option<Place<Monotonic>>,
    ) -> Answered {
        Answered { inner, rest: Bytes::new(), in_progress, _place: place }
    }

    /// The next piece; what is longer than one is copied, so that it can be freed.
    fn piece(&mut self, data: Bytes) -> Frame<Bytes> {
        self.in_progress.waits(true);
        if data.len() <= PIECE_BYTES {
            return Frame::data(data);
        }
        let piece = Bytes::copy_from_slice(&data[..PIECE_BYTES]);
        self.rest = data.slice(PIECE_BYTES..);
        Frame::data(piece)
    }
}

impl http_body::Body for Answered {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Polled {
        let this = self.get_mut();
        this.in_progress.waits(false);
        if !this.rest.is_empty() {
            let rest = std::mem::take(&mut this.rest);
            return Poll::Ready(Some(Ok(this.piece(rest))));
        }
        let frame = match ready!(Pin::new(&mut this.inner).poll_frame(cx)) {
            Some(Ok(frame)) => frame,
            end => return Poll::Ready(end),
        };
        Poll::Ready(Some(Ok(match frame.into_data() {
            Ok(data) => this.piece(data),
            Err(trailers) => trailers,
        })))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        // Of no use to gRPC, and wrong for the rest alone.
        SizeHint::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(length: u32) -> Vec<u8> {
        let mut bytes = vec![0];
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.resize(PREFIX_BYTES + length as usize, 7);
        bytes
    }

    #[test]
    fn messages_are_counted_however_they_are_cut() {
        let bytes: Vec<u8> = [3, 0, 300, 1].into_iter().flat_map(message).collect();
        for size in 1..=bytes.len() {
            let mut messages = Messages::default();
            let begun: usize = bytes.chunks(size).map(|part| messages.begun_in(part)).sum();
            assert_eq!(begun, 4, "in parts of {size}");
            assert!(!messages.is_within());
        }
    }

    #[test]
    fn a_message_that_is_not_whole_is_known_as_such() {
        let bytes = message(9);
        for end in 1..bytes.len() {
            let mut messages = Messages::default();
            assert_eq!(messages.begun_in(&bytes[..end]), 1);
            assert!(messages.is_within(), "{end} bytes");
        }
        // A length that nobody has is only waited for.
        let mut messages = Messages::default();
        assert_eq!(messages.begun_in(&[1, 0xff, 0xff, 0xff, 0xff, 0, 0, 0]), 1);
        assert!(messages.is_within());
    }
}
