//! A cache of pre-signed URLs of registrations' tickets: further downloads get the same URL without a query. PostgreSQL
//! notifies every server of changes of an event, which invalidate its entries. While the connection for notifications
//! is down, an entry is valid only for the lifetime of cached events.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use moka::sync::Cache;

use super::rights::Entitlement;
use crate::{
    domain::{ContentHash, EventKey, EventSetup, Registration, RegistrationRef, TypeNumber},
    metrics::CACHE_REQUESTS,
    store::SignedUrl,
};

/// Recently delivered URLs of registrations' tickets. Clones share them.
#[derive(Clone)]
pub struct LinkCache(Arc<Inner>);

struct Inner {
    links: Cache<RegistrationRef, Link>,
    /// Validity of an entry while notifications are not received.
    lifetime: Duration,
    /// True while notifications are received.
    connected: AtomicBool,
    /// Invalidation counters: one for all events, and one for each event that was invalidated.
    all: AtomicU64,
    events: RwLock<HashMap<EventKey, u64>>,
}

/// A URL from the cache, with what is recorded about its download.
#[derive(Debug)]
pub struct CachedUrl {
    pub url: Arc<str>,
    pub type_number: TypeNumber,
}

#[derive(Clone)]
struct Link {
    url: Arc<str>,
    /// Ticket type of the registration.
    type_number: TypeNumber,
    expires_at: SystemTime,
    /// Hash of the event's fields that tickets print.
    print_hash: ContentHash,
    /// Id of the key that signed the codes.
    key: u8,
    access_generation: i16,
    cached_at: Instant,
    epoch: Epoch,
}

/// Invalidation counters of an event at the moment it was read from the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch(u64, u64);

/// A URL that expires sooner than this is not delivered.
const MIN_VALIDITY: Duration = Duration::from_secs(60);
/// Age at which entries are dropped.
const MAX_AGE: Duration = Duration::from_secs(60);

impl LinkCache {
    /// Creates a cache of at most `capacity` links, each valid for `lifetime` while notifications are not received.
    pub fn new(capacity: u64, lifetime: Duration) -> Self {
        Self(Arc::new(Inner {
            links: Cache::builder().max_capacity(capacity).time_to_live(MAX_AGE).build(),
            lifetime,
            connected: AtomicBool::new(false),
            all: AtomicU64::new(0),
            events: RwLock::default(),
        }))
    }

    /// Returns the event's counters. Call this before the query whose result is cached.
    pub fn epoch(&self, event: EventKey) -> Epoch {
        let events = self.0.events.read().unwrap_or_else(PoisonError::into_inner);
        Epoch(self.0.all.load(Ordering::Acquire), events.get(&event).copied().unwrap_or(0))
    }

    /// Returns the cached URL, if nothing has changed since and it is valid long enough. `now` is the time of storage.
    pub fn get(
        &self,
        of: RegistrationRef,
        setup: &EventSetup,
        entitlement: Entitlement,
        now: SystemTime,
    ) -> Option<CachedUrl> {
        let link = self.0.links.get(&of)?;
        let current = self.0.connected.load(Ordering::Acquire) || link.cached_at.elapsed() < self.0.lifetime;
        let unexpired = link.expires_at.duration_since(now).is_ok_and(|left| left >= MIN_VALIDITY);
        let valid = current
            && unexpired
            && entitlement.is_valid_for(link.access_generation)
            && link.print_hash == setup.print_hash
            && link.key == setup.signer.key_id()
            && link.epoch == self.epoch(of.event);
        let outcome = if valid { "hit" } else { "stale" };
        metrics::counter!(CACHE_REQUESTS, "cache" => "links", "outcome" => outcome).increment(1);
        valid.then_some(CachedUrl { url: link.url, type_number: link.type_number })
    }

    /// Caches a URL that a client gets. Its data must have been read after `epoch`.
    pub fn keep(&self, registration: &Registration, setup: &EventSetup, signed: &SignedUrl, epoch: Epoch) {
        let (url, expires_at) = (signed.url.as_str().into(), signed.expires_at);
        let link = Link {
            url,
            type_number: registration.type_number,
            expires_at,
            print_hash: setup.print_hash,
            key: setup.signer.key_id(),
            access_generation: registration.access_generation,
            cached_at: Instant::now(),
            epoch,
        };
        self.0.links.insert(registration.reference, link);
    }

    /// Invalidates the links of an event, for example after a cancellation.
    pub fn invalidate(&self, event: EventKey) {
        let mut events = self.0.events.write().unwrap_or_else(PoisonError::into_inner);
        *events.entry(event).or_default() += 1;
    }

    /// Sets if notifications are received. Invalidates all links, because earlier notifications may have been missed.
    pub fn set_connected(&self, connected: bool) {
        self.0.all.fetch_add(1, Ordering::AcqRel);
        self.0.connected.store(connected, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{RegistrationStatus, sample_event};

    #[test]
    fn a_link_is_valid_until_its_event_is_invalidated() {
        let links = LinkCache::new(10, Duration::from_secs(1000));
        let setup = sample_event(|_| ());
        let of = RegistrationRef { event: setup.event.key, number: 1 };
        let now = SystemTime::now();
        let signed = |left| SignedUrl { url: "x".into(), expires_at: now + Duration::from_secs(left) };
        let registration = registration(of);
        let keep = |left| links.keep(&registration, &setup, &signed(left), links.epoch(of.event));
        let get = |generation, setup| links.get(of, setup, Entitlement::Token { generation }, now);
        let cached = || get(1, &setup).is_some();
        keep(300);
        assert!(cached());
        let other = sample_event(|draft| draft.title = "Other".into());
        assert!(get(1, &other).is_none());
        assert!(get(2, &setup).is_none(), "a token of another generation");
        assert!(links.get(of, &setup, Entitlement::Organizer, now).is_some());
        let before = links.epoch(of.event);
        links.invalidate(of.event);
        assert!(!cached());
        links.keep(&registration, &setup, &signed(300), before);
        assert!(!cached(), "its data was read before the invalidation");
        keep(300);
        assert!(cached());
        links.set_connected(true);
        assert!(!cached(), "notifications may have been missed");
        keep(59);
        assert!(!cached(), "it expires too soon");

        let offline = LinkCache::new(10, Duration::ZERO);
        offline.keep(&registration, &setup, &signed(300), offline.epoch(of.event));
        assert!(offline.get(of, &setup, Entitlement::Organizer, now).is_none());
    }

    fn registration(reference: RegistrationRef) -> Registration {
        Registration {
            reference,
            type_number: TypeNumber(1),
            status: RegistrationStatus::Confirmed,
            created_at: jiff::Timestamp::UNIX_EPOCH,
            expires_at: None,
            paid_at: None,
            amount: None,
            currency: None,
            access_generation: 1,
            answers: None,
            imported: false,
            tickets: Vec::new(),
        }
    }
}
