//! Cache of sold-out events: once the database has confirmed it, requests are refused within microseconds and without a
//! query. An entry is removed as soon as a seat is released on any server. The cache never refuses a client that may
//! already hold a seat: a repeated request gets its first answer again.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::seat_request::SeatRequest;
use crate::{
    db::{Database, SoldOutKeys},
    domain::{EventKey, IdempotencyKey, TypeNumber},
};

/// Maximum age of an entry; after that the database is asked again.
const MAX_AGE: Duration = Duration::from_secs(1);
/// Maximum of idempotency keys kept for one event, eight bytes each; an event with more is not cached.
const MAX_KEYS: i64 = 100_000;
/// When there are this many entries, expired ones are removed.
const MAX_EVENTS: usize = 1024;

/// Sold-out events. Clones share the entries.
#[derive(Clone, Default)]
pub struct SoldOutCache(Arc<Inner>);

#[derive(Default)]
struct Inner {
    events: RwLock<HashMap<EventKey, Entry>>,
    /// Source of entry ids: an entry that is removed and created again has another id.
    next_id: AtomicU64,
    /// True while notifications of released seats arrive from the database.
    connected: AtomicBool,
    hasher: RandomState,
}

struct Entry {
    id: u64,
    expires_at: Instant,
    /// `None` while the content is loaded, or if the event has too many keys.
    content: Option<Content>,
}

struct Content {
    sold_out: SoldOutParts,
    /// Hashes of the idempotency keys that hold seats.
    holders: HashSet<u64>,
}

/// Sold-out parts of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SoldOutParts {
    /// True if no seat of any type is left.
    pub whole: bool,
    pub types: Vec<TypeNumber>,
}

impl SoldOutParts {
    fn covers(&self, other: &Self) -> bool {
        self.whole || (!other.whole && other.types.iter().all(|number| self.types.contains(number)))
    }
}

impl SoldOutCache {
    /// True if there is certainly no seat for this request, and no earlier answer to repeat.
    pub(super) fn refuses(&self, request: &SeatRequest) -> bool {
        let events = self.read();
        let Some(Entry { expires_at, content: Some(content), .. }) = events.get(&request.setup.event.key) else {
            return false;
        };
        // While other types are sold, new keys appear that are not in `holders`.
        let no_seat = match &request.key {
            Some(key) => content.sold_out.whole && !content.holders.contains(&self.hash(key)),
            None => content.sold_out.whole || content.sold_out.types.contains(&request.registration.type_number),
        };
        no_seat && Instant::now() < *expires_at
    }

    /// Removes the entry of an event, because a seat may be free again.
    pub fn invalidate(&self, event: EventKey) {
        self.write().remove(&event);
    }

    /// Records if notifications of released seats arrive, and removes all entries. Without notifications nothing is
    /// cached.
    pub fn set_connected(&self, connected: bool) {
        let mut events = self.write();
        self.0.connected.store(connected, Ordering::Relaxed);
        events.clear();
    }

    /// Adds an empty entry for parts that the database has just confirmed as sold out, and returns the task that loads
    /// its content. `None` if these parts are cached or being loaded.
    pub(super) fn begin_load(&self, event: EventKey, sold_out: &SoldOutParts) -> Option<EntryLoad> {
        let now = Instant::now();
        let mut events = self.write();
        if !self.0.connected.load(Ordering::Relaxed) {
            return None;
        }
        if let Some(Entry { expires_at, content, .. }) = events.get(&event)
            && now < *expires_at
            && content.as_ref().is_none_or(|content| content.sold_out.covers(sold_out))
        {
            return None;
        }
        if events.len() >= MAX_EVENTS {
            events.retain(|_, entry| now < entry.expires_at);
        }
        let id = self.0.next_id.fetch_add(1, Ordering::Relaxed);
        events.insert(event, Entry { id, expires_at: now + MAX_AGE, content: None });
        Some(EntryLoad { cache: self.clone(), event, id })
    }

    fn hash(&self, key: &IdempotencyKey) -> u64 {
        self.0.hasher.hash_one(key.as_str())
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<EventKey, Entry>> {
        self.0.events.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<EventKey, Entry>> {
        self.0.events.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Loads the content of an entry. If a seat is released meanwhile, the entry is gone and the content is dropped.
pub(super) struct EntryLoad {
    cache: SoldOutCache,
    event: EventKey,
    id: u64,
}

impl EntryLoad {
    /// Reads the sold-out parts and the keys that hold seats into the entry.
    pub async fn run(self, database: &Database) {
        match database.sold_out_keys(self.event, MAX_KEYS).await {
            Ok(Some(found)) => self.fill(&found),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "a sold-out event is not cached"),
        }
    }

    fn fill(&self, found: &SoldOutKeys) {
        let complete = i64::try_from(found.keys.len()).is_ok_and(|count| count < MAX_KEYS);
        let holders = found.keys.iter().map(|key| self.cache.0.hasher.hash_one(key.as_str())).collect();
        let sold_out = SoldOutParts { whole: found.whole, types: found.types.clone() };
        let mut events = self.cache.write();
        let Some(entry) = events.get_mut(&self.event).filter(|entry| entry.id == self.id) else { return };
        if !sold_out.whole && sold_out.types.is_empty() {
            // A seat was released meanwhile.
            events.remove(&self.event);
            return;
        }
        entry.expires_at = Instant::now() + MAX_AGE;
        entry.content = complete.then_some(Content { sold_out, holders });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: EventKey = EventKey(1);

    fn parts(whole: bool, types: &[i16]) -> SoldOutParts {
        SoldOutParts { whole, types: types.iter().copied().map(TypeNumber).collect() }
    }

    fn found(whole: bool, types: &[i16]) -> SoldOutKeys {
        SoldOutKeys { whole, types: types.iter().copied().map(TypeNumber).collect(), keys: vec!["a".into()] }
    }

    fn is_cached(cache: &SoldOutCache) -> bool {
        cache.read().get(&EVENT).is_some_and(|entry| entry.content.is_some())
    }

    #[test]
    fn a_seat_released_during_a_load_is_not_overlooked() {
        let (cache, all) = (SoldOutCache::default(), parts(true, &[1]));
        assert!(cache.begin_load(EVENT, &all).is_none(), "nothing is cached without notifications");
        cache.set_connected(true);
        let load = cache.begin_load(EVENT, &all).unwrap();
        assert!(cache.begin_load(EVENT, &all).is_none(), "one load at a time");
        cache.invalidate(EVENT);
        load.fill(&found(true, &[1]));
        assert!(!is_cached(&cache));

        let load = cache.begin_load(EVENT, &all).unwrap();
        cache.invalidate(EVENT);
        let newer = cache.begin_load(EVENT, &all).unwrap();
        load.fill(&found(true, &[1]));
        assert!(!is_cached(&cache), "loaded before the seat was released");
        newer.fill(&found(true, &[1]));
        assert!(is_cached(&cache));
        cache.set_connected(false);
        assert!(!is_cached(&cache));
    }

    #[test]
    fn an_entry_holds_the_parts_that_were_loaded() {
        let cache = SoldOutCache::default();
        cache.set_connected(true);
        cache.begin_load(EVENT, &parts(false, &[1])).unwrap().fill(&found(false, &[]));
        assert!(!is_cached(&cache), "a seat was free when it was loaded");
        cache.begin_load(EVENT, &parts(false, &[1])).unwrap().fill(&found(false, &[1]));
        assert!(cache.begin_load(EVENT, &parts(false, &[1])).is_none(), "it is cached already");
        let more = cache.begin_load(EVENT, &parts(false, &[1, 2])).expect("the second type is not cached yet");
        more.fill(&found(true, &[1, 2]));
        assert!(cache.begin_load(EVENT, &parts(true, &[1, 2])).is_none());
    }
}
