//! Limits of each client: its rate of requests and its open connections.

use std::num::{NonZeroU32, NonZeroUsize};

use super::{
    Sources,
    key::{keys, number},
};
use crate::http::ClientSettings;

keys! {
    PER_SECOND = number("clients.per_second", 0, 0..=1_000_000,
        "Requests per second of one client (an IPv4 address or an IPv6 /64) in the long run; 0 is no limit.");
    BURST = number("clients.burst", 40, 1..=1_000_000,
        "Requests that one client may send at once before clients.per_second applies.");
    REMEMBERED = number("clients.remembered", 100_000, 1..=100_000_000,
        "Clients kept in memory; beyond that, the least recently seen ones are forgotten.");
    CONNECTIONS = number("clients.connections", 0, 0..=1_000_000,
        "Open connections of one client; 0 is no limit. Load balancers in server.trusted_proxies are not limited.");
}

/// Reads the number of connections that one client may have open. `None`: no limit.
pub fn read_connections(sources: &mut Sources) -> Option<usize> {
    NonZeroUsize::new(CONNECTIONS.number(sources)).map(NonZeroUsize::get)
}

/// Reads the rate limit.
pub fn read(sources: &mut Sources) -> ClientSettings {
    ClientSettings {
        per_second: NonZeroU32::new(PER_SECOND.number(sources)),
        burst: NonZeroU32::new(BURST.number(sources)).unwrap_or(NonZeroU32::MIN),
        remembered: REMEMBERED.number(sources),
    }
}
