//! Links that were handed out a moment ago. Who asks again gets the same without a look into the database, until something
//! happens to the event: then PostgreSQL tells every server, and while nobody listens, links are remembered only as long as
//! another server's change may go unnoticed anyway.

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

/// Links to the files of registrations. Clones share them.
#[derive(Clone)]
pub struct HotLinks(Arc<Inner>);

struct Inner {
    links: Cache<RegistrationRef, HotLink>,
    /// How long they are good if nobody would tell.
    lifetime: Duration,
    hears: AtomicBool,
    /// How often anything may have happened to any event, and to each that something happened to.
    all: AtomicU64,
    events: RwLock<HashMap<EventKey, u64>>,
}

#[derive(Clone)]
struct HotLink {
    url: Arc<str>,
    expires_at: SystemTime,
    /// What the event's tickets looked like.
    printed: ContentHash,
    /// Which of its keys signed their codes.
    key: u8,
    kept: Instant,
    epoch: Epoch,
}

/// What had happened to an event by the time something was read from the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch(u64, u64);

/// Nothing is handed out that has less left than this.
const MARGIN: Duration = Duration::from_secs(60);
/// Links are looked up again after this, whatever happened.
const LONGEST: Duration = Duration::from_secs(60);

impl HotLinks {
    /// At most `capacity` links, each for `lifetime` if nobody tells of changes.
    pub fn new(capacity: u64, lifetime: Duration) -> Self {
        Self(Arc::new(Inner {
            links: Cache::builder().max_capacity(capacity).time_to_live(LONGEST).build(),
            lifetime,
            hears: AtomicBool::new(false),
            all: AtomicU64::new(0),
            events: RwLock::default(),
        }))
    }

    /// To be asked for before the database is read.
    pub fn epoch(&self, event: EventKey) -> Epoch {
        let events = self.0.events.read().unwrap_or_else(PoisonError::into_inner);
        Epoch(self.0.all.load(Ordering::Acquire), events.get(&event).copied().unwrap_or(0))
    }

    /// The link that was handed out, if nothing has happened since and it lives long enough. `now` is storage's time.
    pub fn get(&self, of: RegistrationRef, setup: &EventSetup, now: SystemTime) -> Option<Arc<str>> {
        let link = self.0.links.get(&of)?;
        let told = self.0.hears.load(Ordering::Acquire) || link.kept.elapsed() < self.0.lifetime;
        let lives = link.expires_at.duration_since(now).is_ok_and(|left| left >= MARGIN);
        let good = told
            && lives
            && link.printed == setup.printed
            && link.key == setup.signer.key_id()
            && link.epoch == self.epoch(of.event);
        let outcome = if good { "hit" } else { "stale" };
        metrics::counter!(CACHE_REQUESTS, "cache" => "links", "outcome" => outcome).increment(1);
        good.then_some(link.url)
    }

    /// Remembers a link that is being handed out, because of what was read after `epoch`.
    pub fn keep(&self, of: RegistrationRef, setup: &EventSetup, signed: &SignedUrl, epoch: Epoch) {
        let (url, expires_at) = (signed.url.as_str().into(), signed.expires_at);
        let link = HotLink {
            url,
            expires_at,
            printed: setup.printed,
            key: setup.signer.key_id(),
            kept: Instant::now(),
            epoch,
        };
        self.0.links.insert(of, link);
    }

    /// Something happened to the event: a cancellation, perhaps.
    pub fn forget(&self, event: EventKey) {
        let mut events = self.0.events.write().unwrap_or_else(PoisonError::into_inner);
        *events.entry(event).or_default() += 1;
    }

    /// Whether changes are told of from now on. What happened before is not known.
    pub fn hears(&self, hears: bool) {
        self.0.all.fetch_add(1, Ordering::AcqRel);
        self.0.hears.store(hears, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::sample_event;

    #[test]
    fn a_link_is_good_until_something_happens() {
        let hot = HotLinks::new(10, Duration::from_secs(1000));
        let setup = sample_event(|_| ());
        let of = RegistrationRef { event: setup.event.key, number: 1 };
        let now = SystemTime::now();
        let signed = |left| SignedUrl { url: "x".into(), expires_at: now + Duration::from_secs(left) };
        let keep = |left| hot.keep(of, &setup, &signed(left), hot.epoch(of.event));
        let known = || hot.get(of, &setup, now).is_some();
        keep(300);
        assert!(known());
        assert!(hot.get(of, &sample_event(|draft| draft.title = "Other".into()), now).is_none());
        let before = hot.epoch(of.event);
        hot.forget(of.event);
        assert!(!known());
        hot.keep(of, &setup, &signed(300), before);
        assert!(!known(), "it was read before that happened");
        keep(300);
        assert!(known());
        hot.hears(true);
        assert!(!known(), "what happened before is not known");
        keep(59);
        assert!(!known(), "too little left");

        let deaf = HotLinks::new(10, Duration::ZERO);
        deaf.keep(of, &setup, &signed(300), deaf.epoch(of.event));
        assert!(deaf.get(of, &setup, now).is_none());
    }
}
