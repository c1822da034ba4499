//! A cache of pre-signed URLs of registrations' tickets: the next download gets the same URL without a look into the database.
//! PostgreSQL notifies every server of changes of an event, which invalidate its entries. While that connection is down,
//! entries are good only for as long as a change made on another server may go unnoticed anyway.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use moka::sync::Cache;

use crate::{
    domain::{ContentHash, EventKey, EventSetup, RegistrationRef},
    metrics::CACHE_REQUESTS,
    store::SignedUrl,
};

/// Recently delivered URLs of registrations' tickets. Clones share them.
#[derive(Clone)]
pub struct RecentLinks(Arc<Inner>);

struct Inner {
    links: Cache<RegistrationRef, Link>,
    /// How long an entry is good while changes are not notified.
    lifetime: Duration,
    /// True while PostgreSQL notifies this server of changes.
    connected: AtomicBool,
    /// Invalidation counters: of all events, and of each event that was invalidated.
    all: AtomicU64,
    events: RwLock<HashMap<EventKey, u64>>,
}

#[derive(Clone)]
struct Link {
    url: Arc<str>,
    expires_at: SystemTime,
    /// Hash of what the event's tickets print.
    printed: ContentHash,
    /// The event's key that signed the codes.
    key: u8,
    kept: Instant,
    epoch: Epoch,
}

/// Invalidation counters of an event at the moment it was read from the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch(u64, u64);

/// A URL is not delivered with less than this left.
const MIN_LEFT: Duration = Duration::from_secs(60);
/// Entries are dropped after this.
const MAX_AGE: Duration = Duration::from_secs(60);

impl RecentLinks {
    /// At most `capacity` links, each good for `lifetime` while changes are not notified.
    pub fn new(capacity: u64, lifetime: Duration) -> Self {
        Self(Arc::new(Inner {
            links: Cache::builder().max_capacity(capacity).time_to_live(MAX_AGE).build(),
            lifetime,
            connected: AtomicBool::new(false),
            all: AtomicU64::new(0),
            events: RwLock::default(),
        }))
    }

    /// The event's counters; read them before the database is read.
    pub fn epoch(&self, event: EventKey) -> Epoch {
        let events = self.0.events.read().unwrap_or_else(PoisonError::into_inner);
        Epoch(self.0.all.load(Ordering::Acquire), events.get(&event).copied().unwrap_or(0))
    }

    /// The URL that was delivered last, if nothing has changed since and it lives long enough. `now` is storage's clock.
    pub fn get(&self, of: RegistrationRef, setup: &EventSetup, now: SystemTime) -> Option<Arc<str>> {
        let link = self.0.links.get(&of)?;
        let current = self.0.connected.load(Ordering::Acquire) || link.kept.elapsed() < self.0.lifetime;
        let lives = link.expires_at.duration_since(now).is_ok_and(|left| left >= MIN_LEFT);
        let good = current
            && lives
            && link.printed == setup.print_hash
            && link.key == setup.signer.key_id()
            && link.epoch == self.epoch(of.event);
        let outcome = if good { "hit" } else { "stale" };
        metrics::counter!(CACHE_REQUESTS, "cache" => "links", "outcome" => outcome).increment(1);
        good.then_some(link.url)
    }

    /// Keeps a URL that is being delivered, for data read after `epoch`.
    pub fn keep(&self, of: RegistrationRef, setup: &EventSetup, signed: &SignedUrl, epoch: Epoch) {
        let (url, expires_at) = (signed.url.as_str().into(), signed.expires_at);
        let link = Link {
            url,
            expires_at,
            printed: setup.print_hash,
            key: setup.signer.key_id(),
            kept: Instant::now(),
            epoch,
        };
        self.0.links.insert(of, link);
    }

    /// Invalidates the links of an event, for example after a cancellation.
    pub fn invalidate(&self, event: EventKey) {
        let mut events = self.0.events.write().unwrap_or_else(PoisonError::into_inner);
        *events.entry(event).or_default() += 1;
    }

    /// Notes that changes are notified from now on, or not any more. Earlier changes may have been missed: all links are invalidated.
    pub fn set_connected(&self, connected: bool) {
        self.0.all.fetch_add(1, Ordering::AcqRel);
        self.0.connected.store(connected, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample_event;

    #[test]
    fn a_link_is_good_until_its_event_is_invalidated() {
        let links = RecentLinks::new(10, Duration::from_secs(1000));
        let setup = sample_event(|_| ());
        let of = RegistrationRef { event: setup.event.key, number: 1 };
        let now = SystemTime::now();
        let signed = |left| SignedUrl { url: "x".into(), expires_at: now + Duration::from_secs(left) };
        let keep = |left| links.keep(of, &setup, &signed(left), links.epoch(of.event));
        let known = || links.get(of, &setup, now).is_some();
        keep(300);
        assert!(known());
        assert!(links.get(of, &sample_event(|draft| draft.title = "Other".into()), now).is_none());
        let before = links.epoch(of.event);
        links.invalidate(of.event);
        assert!(!known());
        links.keep(of, &setup, &signed(300), before);
        assert!(!known(), "it was read before that happened");
        keep(300);
        assert!(known());
        links.set_connected(true);
        assert!(!known(), "what happened before is not known");
        keep(59);
        assert!(!known(), "too little left");

        let offline = RecentLinks::new(10, Duration::ZERO);
        offline.keep(of, &setup, &signed(300), offline.epoch(of.event));
        assert!(offline.get(of, &setup, now).is_none());
    }
}
