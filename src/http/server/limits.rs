//! Limits of requests: a rate for each client (an IPv4 address or an IPv6 /64, which a provider gives to one customer),
//! and permits for public reads.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::Arc,
    time::Duration,
};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter, clock::Clock};
use moka::{policy::EvictionPolicy, sync::Cache};
use tokio::sync::Semaphore;

/// The rate of requests that one client may send.
#[derive(Debug, Clone)]
pub struct ClientSettings {
    /// Requests per second in the long run. `None`: no limit.
    pub per_second: Option<NonZeroU32>,
    /// Requests that may be sent at once before `per_second` applies.
    pub burst: NonZeroU32,
    /// Clients kept in memory; beyond that, the least recently seen ones are forgotten.
    pub remembered: u64,
}

/// Time without requests after which a client is forgotten: its bucket is full again by then.
const MAX_IDLE: Duration = Duration::from_secs(600);

/// Token buckets of all clients.
pub struct Clients {
    quota: Option<Quota>,
    buckets: Cache<IpAddr, Arc<DefaultDirectRateLimiter>>,
}

impl Clients {
    /// Starts with a full bucket for each client.
    pub fn new(settings: &ClientSettings) -> Self {
        Self {
            quota: settings.per_second.map(|rate| Quota::per_second(rate).allow_burst(settings.burst)),
            buckets: Cache::builder()
                .max_capacity(settings.remembered)
                .time_to_idle(MAX_IDLE)
                .eviction_policy(EvictionPolicy::lru())
                .build(),
        }
    }

    /// Limits tries to an hourly rate, a sixth of it at once, so that nobody can try many passwords or have messages sent
    /// to many addresses. `None`: no limit.
    pub fn per_hour(rate: Option<NonZeroU32>) -> Self {
        const REMEMBERED: u64 = 100_000;
        let burst = |rate: NonZeroU32| NonZeroU32::new(rate.get().div_ceil(6)).unwrap_or(NonZeroU32::MIN);
        Self {
            quota: rate.map(|rate| Quota::per_hour(rate).allow_burst(burst(rate))),
            ..Self::new(&ClientSettings { per_second: None, burst: NonZeroU32::MIN, remembered: REMEMBERED })
        }
    }

    /// True if a rate is configured.
    pub fn are_limited(&self) -> bool {
        self.quota.is_some()
    }

    /// Takes a token for a request of this client, or returns the time to wait for one.
    pub fn admit(&self, address: IpAddr) -> Result<(), Duration> {
        let Some(quota) = self.quota else { return Ok(()) };
        let bucket = self.buckets.get_with(client_key(address), || Arc::new(RateLimiter::direct(quota)));
        bucket.check().map_err(|until| until.wait_time_from(governor::clock::DefaultClock::default().now()))
    }
}

/// Returns the key of a client: the IPv4 address, or the first address of the IPv6 /64.
pub(super) fn client_key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// Permits for public reads. Fewer requests use the database than are accepted, so that other requests find
/// connections.
pub struct Readers {
    /// Public reads at once; more are refused.
    pub requests: Arc<Semaphore>,
    /// Public reads that use the database at once; more wait.
    pub connections: Arc<Semaphore>,
}

impl Readers {
    /// Creates permits for `requests`, of which `connections` use the database at once.
    pub fn new(requests: usize, connections: usize) -> Self {
        let permits = |count| Arc::new(Semaphore::new(count));
        Self { requests: permits(requests), connections: permits(connections.max(1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_an_ipv4_address_or_an_ipv6_64() {
        let same = |a: &str, b: &str| client_key(a.parse().unwrap()) == client_key(b.parse().unwrap());
        assert!(same("2001:db8:1:2:3::4", "2001:db8:1:2:ffff::1"));
        assert!(!same("2001:db8:1:2::1", "2001:db8:1:3::1"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
        assert!(same("192.0.2.1", "::ffff:192.0.2.1"));
    }

    #[test]
    fn a_burst_passes_and_then_the_rate() {
        let one = |n| NonZeroU32::new(n).unwrap();
        let clients = Clients::new(&ClientSettings { per_second: Some(one(1)), burst: one(3), remembered: 10 });
        let (greedy, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        for _ in 0..3 {
            clients.admit(greedy).unwrap();
        }
        // A slow machine may earn another request meanwhile.
        let wait = std::iter::repeat_with(|| clients.admit(greedy)).find_map(Result::err).unwrap();
        assert!(wait <= Duration::from_secs(1) && Duration::ZERO < wait, "{wait:?}");
        clients.admit(other).unwrap();
    }
}
