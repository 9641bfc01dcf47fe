//! Places of those that wait for notices: so many in all, and so many of one caller,
//! so that nobody takes them all.

use crate::status::Refusal;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Callers that wait for notices at once.
const PLACES_MAX: usize = 128;

/// Of these, places of one caller.
pub(crate) const PLACES_OF_CALLER_MAX: usize = 8;

/// Whose places are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Caller {
    /// An address, whatever its connections.
    Peer(IpAddr),
    /// A connection from the node's own machine: a proxy there calls for many.
    Local(SocketAddr),
    /// The transport does not tell.
    Unknown,
}

impl Caller {
    fn of(peer: Option<SocketAddr>) -> Caller {
        let Some(peer) = peer else { return Caller::Unknown };
        let address = peer.ip().to_canonical();
        if address.is_loopback() { Caller::Local(peer) } else { Caller::Peer(address) }
    }
}

/// Who has places.
#[derive(Debug, Default)]
pub(crate) struct Subscribers {
    taken: Mutex<BTreeMap<Caller, usize>>,
}

/// A place; free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    subscribers: Arc<Subscribers>,
    caller: Caller,
}

impl Subscribers {
    /// Takes a place for a caller.
    ///
    /// # Errors
    ///
    /// When all places, or all of this caller, are taken.
    pub(crate) fn take(self: &Arc<Self>, peer: Option<SocketAddr>) -> Result<Place, Refusal> {
        let caller = Caller::of(peer);
        let mut taken = self.taken();
        let own = taken.get(&caller).copied().unwrap_or(0);
        if PLACES_OF_CALLER_MAX <= own {
            return Err(Refusal::SubscriptionsOfCaller);
        }
        if PLACES_MAX <= taken.values().sum() {
            return Err(Refusal::SubscribersFull);
        }
        taken.insert(caller, own + 1);
        Ok(Place { subscribers: Arc::clone(self), caller })
    }

    fn taken(&self) -> MutexGuard<'_, BTreeMap<Caller, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.subscribers.taken();
        match taken.get_mut(&self.caller) {
            Some(own) if 1 < *own => *own -= 1,
            _ => drop(taken.remove(&self.caller)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(text: &str) -> Option<SocketAddr> {
        Some(text.parse().expect("an address"))
    }

    #[test]
    fn a_caller_has_so_many_places_and_gets_them_back() {
        let subscribers = Arc::new(Subscribers::default());
        let take = |port| subscribers.take(peer(&format!("192.0.2.1:{port}")));
        let mut places: Vec<Place> =
            (0..PLACES_OF_CALLER_MAX).map(|port| take(port).expect("a place")).collect();
        let full = Some(Refusal::SubscriptionsOfCaller);
        assert_eq!(take(99).err(), full, "another connection is the same caller");
        assert_eq!(subscribers.take(peer("[::ffff:192.0.2.1]:1")).err(), full);
        let _other = subscribers.take(peer("192.0.2.2:1")).expect("another caller");
        places.pop();
        places.push(take(99).expect("free again"));
        assert_eq!(take(100).err(), full);
        places.clear();
        assert_eq!(subscribers.taken().len(), 1);
    }

    #[test]
    fn connections_of_the_own_machine_are_counted_apart() {
        let subscribers = Arc::new(Subscribers::default());
        let take = |port: usize| subscribers.take(peer(&format!("127.0.0.1:{port}")));
        let places: Result<Vec<Place>, Refusal> =
            (0..PLACES_MAX).map(|place| take(1 + place / PLACES_OF_CALLER_MAX)).collect();
        assert_eq!(places.as_ref().map(Vec::len), Ok(PLACES_MAX));
        assert_eq!(take(1).err(), Some(Refusal::SubscriptionsOfCaller));
        assert_eq!(take(99).err(), Some(Refusal::SubscribersFull));
        assert_eq!(subscribers.take(None).err(), Some(Refusal::SubscribersFull));
    }
}
