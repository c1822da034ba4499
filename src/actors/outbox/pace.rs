//! The pace of sending: a rate for all messages and for each host of recipients, and pauses after refusals.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Limits of messages a second; 0 is none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rates {
    pub total: u32,
    pub per_host: u32,
}

impl Rates {
    /// Returns how many messages get a turn that is waited for.
    pub fn in_two_seconds(self) -> usize {
        match self.total {
            0 => usize::MAX,
            total => usize::try_from(total).unwrap_or(usize::MAX).saturating_mul(2),
        }
    }
}

/// When a message may be sent. Of two turns, the greater one is the later one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// Now, or at this time, which is soon.
    At(Instant),
    /// Not soon: after this time it may ask again.
    Later(Duration),
}

/// A turn within this time is waited for.
const HORIZON: Duration = Duration::from_secs(2);
/// Pause after the first refusal by a host, doubled by each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_mins(10);
/// Hosts that are remembered; those without a pause are forgotten when there are more.
const MAX_HOSTS: usize = 10_000;

/// The pace of a server's outbox.
pub struct Pace {
    rates: Rates,
    hosts: Mutex<Hosts>,
}

#[derive(Default)]
struct Hosts {
    all: Host,
    by_name: HashMap<String, Host>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Host {
    /// The next free turn.
    next: Option<Instant>,
    /// Messages that were sent away since the last one that got a turn: they come back one after another.
    sent_away: u32,
    paused_until: Option<Instant>,
    refusals: u32,
}

impl Pace {
    pub fn new(rates: Rates) -> Self {
        Self { rates, hosts: Mutex::default() }
    }

    /// Returns the turn of a message to an address of this host.
    pub fn turn(&self, host: &str, now: Instant) -> Turn {
        let mut hosts = self.hosts();
        if hosts.by_name.len() >= MAX_HOSTS {
            hosts.by_name.retain(|_, host| host.is_held(now));
        }
        let Hosts { all, by_name } = &mut *hosts;
        let host = by_name.entry(host.to_ascii_lowercase()).or_default();
        if let Some(until) = host.paused_until.filter(|until| *until > now) {
            return Turn::Later(until - now);
        }
        let (of_host, of_all) = (host.free(self.rates.per_host, now), all.free(self.rates.total, now));
        match of_host.max(of_all) {
            at if at > now + HORIZON => {
                let limited = if of_host >= of_all { host } else { all };
                let rate = if of_host >= of_all { self.rates.per_host } else { self.rates.total };
                limited.sent_away += 1;
                Turn::Later(at - now + interval(rate) * limited.sent_away)
            }
            at => {
                host.take(self.rates.per_host, at);
                all.take(self.rates.total, at);
                Turn::At(at)
            }
        }
    }

    /// A host has refused a message for now: others to it wait. Returns the pause.
    pub fn refused(&self, host: &str, now: Instant) -> Duration {
        let mut hosts = self.hosts();
        let host = hosts.by_name.entry(host.to_ascii_lowercase()).or_default();
        // Refusals of messages that were under way together count once.
        if host.paused_until.is_none_or(|until| until <= now) {
            let pause = FIRST_PAUSE.saturating_mul(1 << host.refusals.min(10)).min(LONGEST_PAUSE);
            host.refusals += 1;
            host.paused_until = Some(now + pause);
        }
        host.paused_until.map_or(Duration::ZERO, |until| until - now)
    }

    /// A host has accepted a message.
    pub fn accepted(&self, host: &str) {
        if let Some(host) = self.hosts().by_name.get_mut(&host.to_ascii_lowercase()) {
            (host.refusals, host.paused_until) = (0, None);
        }
    }

    fn hosts(&self) -> MutexGuard<'_, Hosts> {
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Host {
    fn free(&self, rate: u32, now: Instant) -> Instant {
        if rate == 0 { now } else { self.next.map_or(now, |next| next.max(now)) }
    }

    fn take(&mut self, rate: u32, at: Instant) {
        self.next = Some(at + interval(rate));
        self.sent_away = 0;
    }

    fn is_held(&self, now: Instant) -> bool {
        self.paused_until.or(self.next).is_some_and(|until| until > now)
    }
}

fn interval(rate: u32) -> Duration {
    if rate == 0 { Duration::ZERO } else { Duration::from_secs(1) / rate }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_of_a_host_follow_one_another_and_far_ones_come_back() {
        let pace = Pace::new(Rates { total: 0, per_host: 2 });
        let now = Instant::now();
        let turns: Vec<_> = (0..7).map(|_| pace.turn("Example.com", now)).collect();
        let half = Duration::from_millis(500);
        let expected: Vec<_> = (0..5).map(|n| Turn::At(now + half * n)).collect();
        assert_eq!(turns[..5], expected);
        assert_eq!(turns[5..], [Turn::Later(half * 6), Turn::Later(half * 7)]);
        assert_eq!(pace.turn("example.org", now), Turn::At(now), "other hosts do not wait");
    }

    #[test]
    fn the_total_rate_is_for_all_hosts() {
        let pace = Pace::new(Rates { total: 1, per_host: 0 });
        let now = Instant::now();
        assert_eq!(pace.turn("a.example", now), Turn::At(now));
        assert_eq!(pace.turn("b.example", now), Turn::At(now + Duration::from_secs(1)));
    }

    #[test]
    fn a_host_that_refuses_is_left_alone_for_longer_and_longer() {
        let pace = Pace::new(Rates::default());
        let mut now = Instant::now();
        for seconds in [5, 10, 20, 40] {
            assert_eq!(pace.refused("example.com", now), Duration::from_secs(seconds));
            assert_eq!(pace.refused("example.com", now), Duration::from_secs(seconds), "at the same time");
            assert_eq!(pace.turn("example.com", now), Turn::Later(Duration::from_secs(seconds)));
            now += Duration::from_secs(seconds);
            assert_eq!(pace.turn("example.com", now), Turn::At(now));
        }
        pace.accepted("example.com");
        assert_eq!(pace.refused("example.com", now), FIRST_PAUSE);
    }
}
