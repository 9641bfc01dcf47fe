//! Who is one caller.

use crate::config::LoopbackCallers;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum CallerKey {
    /// Where a request comes from: known before anything is verified.
    Peer(Peer),
    /// Who signed it: known only once the signature is verified.
    Key([u8; 32]),
}

/// Where a connection comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Peer {
    /// An address of IPv4.
    V4(Ipv4Addr),
    /// The first 64 bits of an address of IPv6: one site has at least all the rest.
    V6([u8; 8]),
    /// A connection from the node's own machine: a proxy there calls for many.
    Local(SocketAddr),
}

impl Peer {
    pub(crate) fn of(remote: SocketAddr, loopback: LoopbackCallers) -> Peer {
        let address = remote.ip().to_canonical();
        if address.is_loopback() && loopback == LoopbackCallers::Connection {
            return Peer::Local(remote);
        }
        match address {
            IpAddr::V4(address) => Peer::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, e, f, g, h, ..] = address.octets();
                Peer::V6([a, b, c, d, e, f, g, h])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Peer {
        Peer::of(text.parse().expect("an address"), LoopbackCallers::Connection)
    }

    #[test]
    fn an_address_is_one_caller_whatever_its_connections() {
        assert_eq!(of("192.0.2.1:1"), of("192.0.2.1:2"));
        assert_ne!(of("192.0.2.1:1"), of("192.0.2.2:1"));
        assert_eq!(of("[::ffff:192.0.2.1]:1"), of("192.0.2.1:1"), "the same, mapped");
    }

    #[test]
    fn a_site_is_one_caller_whatever_address_it_takes() {
        assert_eq!(of("[2001:db8:1:2::1]:1"), of("[2001:db8:1:2:ffff:ffff:ffff:ffff]:9"));
        assert_ne!(of("[2001:db8:1:2::1]:1"), of("[2001:db8:1:3::1]:1"));
    }

    #[test]
    fn connections_of_the_own_machine_are_told_apart_unless_asked_otherwise() {
        assert_ne!(of("127.0.0.1:1"), of("127.0.0.1:2"));
        assert_ne!(of("[::1]:1"), of("[::1]:2"));
        let as_address =
            |text: &str| Peer::of(text.parse().expect("an address"), LoopbackCallers::Address);
        assert_eq!(as_address("127.0.0.1:1"), as_address("127.0.0.1:2"));
        assert_ne!(as_address("127.0.0.1:1"), as_address("127.0.0.2:1"));
    }
}
