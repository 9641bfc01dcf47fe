//! Connections that are watched: how many there are of whom, what each does, and
//! when it has to end.
//!
//! A connection ends in one of two ways. *Leaving* is told to the other end (GOAWAY),
//! and what is in progress goes on for a time. *Cutting* fails its socket at once.

use super::caller::Peer;
use crate::config::Limits;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, oneshot};

/// When there is no place, a connection that asked nothing for so long gives way.
const PATIENCE_UNUSED: Duration = Duration::from_secs(1);
/// As above, for one that has asked something before.
const PATIENCE_USED: Duration = Duration::from_secs(30);
/// How often a connection is looked at, at most and at least.
const LOOK: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(5));

/// What becomes of a connection, for the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It has asked nothing for too long.
    Idle,
    /// It is too old.
    Aged,
    /// It was told to leave and did not.
    Lingered,
    /// It never said anything.
    Silent,
    /// It does not read what it asked for.
    Stalled,
    /// It asks on, whatever it is told.
    Insists,
    /// It gave way to another.
    Replaced,
}

impl Outcome {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Outcome::Idle => "IDLE",
            Outcome::Aged => "AGED",
            Outcome::Lingered => "LINGERED",
            Outcome::Silent => "SILENT",
            Outcome::Stalled => "STALLED",
            Outcome::Insists => "INSISTS",
            Outcome::Replaced => "REPLACED",
        }
    }
}

/// Whose connection is turned away at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turned;

/// All connections of a node.
pub(crate) struct Links {
    limits: Limits,
    places: Arc<Semaphore>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// Connections of each caller, those on their way in included.
    arrived: BTreeMap<Peer, usize>,
    /// Those that are in.
    links: BTreeMap<u64, Arc<Link>>,
    next: u64,
}

/// A connection that was let through to the handshake; counted until it is dropped.
pub(crate) struct Arrival {
    links: Arc<Links>,
    peer: Peer,
}

impl Links {
    pub(crate) fn new(limits: &Limits) -> Arc<Links> {
        let places = Arc::new(Semaphore::new(limits.connections_max));
        Arc::new(Links { limits: limits.clone(), places, known: Mutex::default() })
    }

    /// Counts a connection that has arrived.
    ///
    /// # Errors
    ///
    /// When the caller has all that it may have.
    pub(crate) fn arrive(self: &Arc<Self>, remote: SocketAddr) -> Result<Arrival, Turned> {
        let peer = Peer::of(remote, self.limits.loopback_callers);
        let mut known = self.known();
        let count = known.arrived.entry(peer).or_insert(0);
        if self.limits.address_connections_max <= *count {
            return Err(Turned);
        }
        *count += 1;
        Ok(Arrival { links: Arc::clone(self), peer })
    }

    /// Takes a connection in, once there is a place for it: if there is none, one
    /// that does nothing gives way.
    pub(crate) async fn enter(self: &Arc<Self>, arrival: Arrival) -> (Arc<Link>, Cut) {
        let permit = loop {
            if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
                break permit;
            }
            self.replace();
            let free = Arc::clone(&self.places).acquire_owned();
            // Looks again: by then another may have been idle for long enough.
            if let Ok(Ok(permit)) = tokio::time::timeout(PATIENCE_UNUSED, free).await {
                break permit;
            }
        };
        let (cut, receiver) = oneshot::channel();
        let now = Instant::now();
        let mut known = self.known();
        let id = known.next;
        known.next += 1;
        let link = Arc::new(Link {
            id,
            since: now,
            conduct: Mutex::new(Conduct {
                asked: 0,
                in_progress: 0,
                refused: 0,
                idle_since: now,
                is_heard: false,
                write_blocked_since: None,
                waiting: BTreeMap::new(),
                cut: Some(cut),
                outcome: None,
            }),
            closed: Notify::new(),
            arrival,
            _place: permit,
        });
        known.links.insert(id, Arc::clone(&link));
        (link, Cut(receiver))
    }

    /// Cuts the connection that has done nothing for longest, if for long enough:
    /// first of those that never asked anything.
    fn replace(&self) {
        let now = Instant::now();
        let links: Vec<Arc<Link>> = self.known().links.values().map(Arc::clone).collect();
        let idle = links.iter().filter_map(|link| {
            let conduct = link.conduct();
            let is_used = conduct.asked != 0;
            let patience = if is_used { PATIENCE_USED } else { PATIENCE_UNUSED };
            let since = conduct.idle_since;
            let is_idle = conduct.in_progress == 0 && conduct.cut.is_some();
            (is_idle && since + patience <= now).then_some((is_used, since, link.id, link))
        });
        if let Some((.., link)) = idle.min_by_key(|(is_used, since, id, _)| (*is_used, *since, *id))
        {
            link.cut(Outcome::Replaced);
        }
    }

    /// Fails all that are left.
    pub(crate) fn cut_all(&self) {
        let links: Vec<Arc<Link>> = self.known().links.values().map(Arc::clone).collect();
        for link in links {
            link.cut(Outcome::Lingered);
        }
    }

    /// How many are in.
    pub(crate) fn count(&self) -> usize {
        self.known().links.len()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Arrival {
    pub(crate) fn peer(&self) -> Peer {
        self.peer
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        let mut known = self.links.known();
        match known.arrived.get_mut(&self.peer) {
            Some(count) if 1 < *count => *count -= 1,
            _ => drop(known.arrived.remove(&self.peer)),
        }
    }
}

/// Tells the socket's side that a connection is cut.
pub(crate) struct Cut(pub(crate) oneshot::Receiver<()>);

/// A connection that is in.
pub(crate) struct Link {
    id: u64,
    since: Instant,
    /// A std lock: held for a few instructions, never across an await.
    conduct: Mutex<Conduct>,
    /// The socket is gone.
    closed: Notify,
    arrival: Arrival,
    _place: OwnedSemaphorePermit,
}

/// What a connection does.
struct Conduct {
    /// Requests so far.
    asked: u64,
    in_progress: usize,
    /// Requests beyond a budget.
    refused: u32,
    /// Since when nothing is in progress.
    idle_since: Instant,
    /// Whether any byte has come.
    is_heard: bool,
    /// Since when the socket takes no bytes.
    write_blocked_since: Option<Instant>,
    /// Answers of which a part was given and the next is not asked for, since when.
    waiting: BTreeMap<u64, Instant>,
    cut: Option<oneshot::Sender<()>>,
    /// Why it was cut.
    outcome: Option<Outcome>,
}

/// What is to be done with a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Stays,
    Leaves(Outcome),
    IsCut(Outcome),
}

impl Link {
    /// Its number, in the order in which connections came in.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    pub(crate) fn peer(&self) -> Peer {
        self.arrival.peer
    }

    /// A request begins; it is over when the guard is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> InProgress {
        let mut conduct = self.conduct();
        conduct.in_progress += 1;
        conduct.asked += 1;
        InProgress { request: conduct.asked, link: Arc::clone(self) }
    }

    /// A request was beyond a budget; tells how many have been. Who goes on and on is
    /// cut: even a refusal costs something.
    pub(crate) fn refused(&self) -> u32 {
        let refused = {
            let mut conduct = self.conduct();
            conduct.refused = conduct.refused.saturating_add(1);
            conduct.refused
        };
        if self.arrival.links.limits.connection_refusals_max < refused {
            self.cut(Outcome::Insists);
        }
        refused
    }

    /// Bytes came.
    pub(crate) fn heard(&self) {
        self.conduct().is_heard = true;
    }

    /// Whether the socket takes bytes.
    pub(crate) fn writes(&self, is_blocked: bool) {
        let since = &mut self.conduct().write_blocked_since;
        if is_blocked {
            since.get_or_insert_with(Instant::now);
        } else {
            *since = None;
        }
    }

    /// The socket is gone. What is counted is given back with the last who knows the
    /// connection.
    pub(crate) fn closed(&self) {
        self.arrival.links.known().links.remove(&self.id);
        self.closed.notify_one();
    }

    fn cut(&self, outcome: Outcome) {
        let mut conduct = self.conduct();
        if let Some(cut) = conduct.cut.take() {
            conduct.outcome = Some(outcome);
            // Nobody receives it when the socket is gone already.
            let _ = cut.send(());
        }
    }

    /// Waits until the connection has to leave, and tells why, or is gone; what has to
    /// be cut meanwhile is cut.
    pub(crate) async fn until_it_leaves(&self) -> Option<Outcome> {
        let limits = &self.arrival.links.limits;
        let shortest = limits
            .connection_idle_ms
            .min(limits.connection_age_ms)
            .min(limits.stall_timeout_ms)
            .min(limits.handshake_timeout_ms);
        let look = Duration::from_millis(shortest / 4).clamp(LOOK.0, LOOK.1);
        loop {
            if tokio::time::timeout(look, self.closed.notified()).await.is_ok() {
                return None;
            }
            match self.judge(Instant::now()) {
                Verdict::Stays => {}
                Verdict::Leaves(outcome) => return Some(outcome),
                Verdict::IsCut(outcome) => self.cut(outcome),
            }
        }
    }

    fn judge(&self, now: Instant) -> Verdict {
        let limits = &self.arrival.links.limits;
        let is_over = |since: Instant, limit_ms| {
            Duration::from_millis(limit_ms) <= now.saturating_duration_since(since)
        };
        let conduct = self.conduct();
        let blocked = conduct.waiting.values().chain(&conduct.write_blocked_since).min();
        if blocked.is_some_and(|since| is_over(*since, limits.stall_timeout_ms)) {
            Verdict::IsCut(Outcome::Stalled)
        } else if !conduct.is_heard && is_over(self.since, limits.handshake_timeout_ms) {
            Verdict::IsCut(Outcome::Silent)
        } else if is_over(self.since, limits.connection_age_ms) {
            Verdict::Leaves(Outcome::Aged)
        } else if conduct.in_progress == 0 && is_over(conduct.idle_since, limits.connection_idle_ms)
        {
            Verdict::Leaves(Outcome::Idle)
        } else {
            Verdict::Stays
        }
    }

    /// It was told to leave and is still there.
    pub(crate) fn lingers(&self) {
        self.cut(Outcome::Lingered);
    }

    /// Why it was cut, if it was.
    pub(crate) fn outcome(&self) -> Option<Outcome> {
        self.conduct().outcome
    }

    fn conduct(&self) -> MutexGuard<'_, Conduct> {
        self.conduct.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request in progress, until it is dropped.
pub(crate) struct InProgress {
    request: u64,
    link: Arc<Link>,
}

impl InProgress {
    /// A part of the answer was given and the next is awaited, or is asked for.
    pub(crate) fn waits(&self, for_reader: bool) {
        let waiting = &mut self.link.conduct().waiting;
        if for_reader {
            waiting.insert(self.request, Instant::now());
        } else {
            waiting.remove(&self.request);
        }
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        let mut conduct = self.link.conduct();
        conduct.waiting.remove(&self.request);
        conduct.in_progress = conduct.in_progress.saturating_sub(1);
        if conduct.in_progress == 0 {
            conduct.idle_since = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn links(more: &str) -> Arc<Links> {
        let text = format!("data_dir = \"d\"\n[limits]\n{more}");
        Links::new(&Config::parse(&text).expect("a configuration").limits)
    }

    fn remote(text: &str) -> SocketAddr {
        text.parse().expect("an address")
    }

    async fn enter(links: &Arc<Links>) -> (Arc<Link>, Cut) {
        links.enter(links.arrive(remote("192.0.2.1:1")).expect("not too many")).await
    }

    fn later(ms: u64) -> Instant {
        Instant::now() + Duration::from_millis(ms)
    }

    #[test]
    fn an_address_has_so_many_connections_and_gets_them_back() {
        let links = links("address_connections_max = 2");
        let arrive = |text| links.arrive(remote(text));
        let first = arrive("192.0.2.1:1").expect("one");
        let _second = arrive("192.0.2.1:2").expect("two");
        assert_eq!(arrive("192.0.2.1:3").err(), Some(Turned));
        let _other = arrive("192.0.2.2:1").expect("another address");
        drop(first);
        assert!(arrive("192.0.2.1:3").is_ok());
    }

    #[tokio::test]
    async fn a_connection_is_judged_by_what_it_does() {
        let links = links(
            "handshake_timeout_ms = 1000\nconnection_idle_ms = 2000\nconnection_age_ms = 9000\n\
             stall_timeout_ms = 3000",
        );
        let (link, _cut) = enter(&links).await;
        assert_eq!(link.judge(later(0)), Verdict::Stays);
        assert_eq!(link.judge(later(1_000)), Verdict::IsCut(Outcome::Silent));
        link.heard();
        assert_eq!(link.judge(later(1_000)), Verdict::Stays);
        assert_eq!(link.judge(later(2_000)), Verdict::Leaves(Outcome::Idle));
        let request = link.begin();
        assert_eq!(link.judge(later(8_000)), Verdict::Stays, "an answer may take long");
        request.waits(true);
        assert_eq!(link.judge(later(2_000)), Verdict::Stays);
        assert_eq!(link.judge(later(3_000)), Verdict::IsCut(Outcome::Stalled));
        request.waits(false);
        assert_eq!(link.judge(later(3_000)), Verdict::Stays);
        assert_eq!(link.judge(later(9_000)), Verdict::Leaves(Outcome::Aged));
        link.writes(true);
        assert_eq!(link.judge(later(3_000)), Verdict::IsCut(Outcome::Stalled));
        link.writes(false);
        drop(request);
        assert_eq!(link.judge(later(2_000)), Verdict::Leaves(Outcome::Idle), "idle again");
    }

    #[tokio::test]
    async fn who_does_nothing_gives_way_and_who_works_does_not() {
        let links = links("connections_max = 2");
        let (working, mut working_cut) = enter(&links).await;
        let request = working.begin();
        let (idle, idle_cut) = enter(&links).await;
        idle.conduct().idle_since -= PATIENCE_UNUSED;
        working.conduct().idle_since -= PATIENCE_USED;
        // As the socket's side does.
        let closing = tokio::spawn(async move {
            idle_cut.0.await.expect("cut");
            idle.closed();
            idle.outcome()
        });
        let (_third, _) = enter(&links).await;
        assert_eq!(closing.await.expect("no panic"), Some(Outcome::Replaced));
        assert!(working_cut.0.try_recv().is_err(), "not cut");
        drop(request);
        assert_eq!(links.count(), 2);
    }

    #[tokio::test]
    async fn who_asks_on_whatever_it_is_told_is_cut() {
        let links = links("connection_refusals_max = 3");
        let (link, mut cut) = enter(&links).await;
        for _ in 0..3 {
            link.refused();
        }
        assert!(cut.0.try_recv().is_err(), "not yet");
        link.refused();
        assert_eq!(cut.0.try_recv(), Ok(()));
        assert_eq!(link.outcome(), Some(Outcome::Insists));
    }
}
