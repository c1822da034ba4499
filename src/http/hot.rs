//! Links that were handed out a moment ago. Who asks again gets the same without a look into the database, for as long as
//! another server's change may go unnoticed anyway.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use moka::sync::Cache;

use crate::{
    domain::{ContentHash, EventSetup, RegistrationRef},
    metrics::CACHE_REQUESTS,
    store::SignedUrl,
};

/// Links to the files of registrations.
pub struct HotLinks(Cache<RegistrationRef, HotLink>);

#[derive(Clone)]
struct HotLink {
    url: Arc<str>,
    expires_at: SystemTime,
    /// What the event's tickets looked like.
    printed: ContentHash,
}

/// Nothing is handed out that has less left than this.
const MARGIN: Duration = Duration::from_secs(60);

impl HotLinks {
    /// At most `capacity` links, each for at most `lifetime`.
    pub fn new(capacity: u64, lifetime: Duration) -> Self {
        Self(Cache::builder().max_capacity(capacity).time_to_live(lifetime).build())
    }

    /// The link that was handed out, if the event is still the same and the link lives long enough. `now` is storage's time.
    pub fn get(&self, of: RegistrationRef, setup: &EventSetup, now: SystemTime) -> Option<Arc<str>> {
        let link = self.0.get(&of)?;
        let lives = link.expires_at.duration_since(now).is_ok_and(|left| left >= MARGIN);
        let good = lives && link.printed == setup.printed;
        let outcome = if good { "hit" } else { "stale" };
        metrics::counter!(CACHE_REQUESTS, "cache" => "links", "outcome" => outcome).increment(1);
        good.then_some(link.url)
    }

    /// Remembers a link that is being handed out.
    pub fn keep(&self, of: RegistrationRef, setup: &EventSetup, signed: &SignedUrl) {
        let link = HotLink { url: signed.url.as_str().into(), expires_at: signed.expires_at, printed: setup.printed };
        self.0.insert(of, link);
    }

    /// Forgets it: the registration is not what it was.
    pub fn forget(&self, of: RegistrationRef) {
        self.0.invalidate(&of);
    }
}
