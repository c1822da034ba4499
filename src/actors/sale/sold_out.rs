//! What is sold out, in memory: once the database has said so, whoever asks is told within microseconds, and the database
//! hears nothing of it. Forgotten as soon as a seat comes back, wherever that happens, and never used for those who may
//! hold a seat already: they get their answer again.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::ask::Ask;
use crate::{
    db::{Database, SoldOutKeys},
    domain::{EventKey, IdempotencyKey, TypeNumber},
};

/// Longer than this nothing is believed without asking the database again.
const LIFE: Duration = Duration::from_secs(1);
/// Holders remembered of one event, eight bytes each; beyond that the database is asked.
const MAX_KEYS: i64 = 100_000;
/// Events remembered.
const MAX_EVENTS: usize = 1024;

/// What is known to be sold out. Clones share it.
#[derive(Clone, Default)]
pub struct SoldOut(Arc<Inner>);

#[derive(Default)]
struct Inner {
    events: RwLock<HashMap<EventKey, Entry>>,
    /// Makes entries distinguishable: one that was forgotten and made anew is another one.
    entries: AtomicU64,
    /// Whether we would hear of a seat that comes back elsewhere.
    connected: AtomicBool,
    hasher: RandomState,
}

struct Entry {
    id: u64,
    until: Instant,
    /// `None` while it is being read, or if there is too much to remember.
    memory: Option<Memory>,
}

struct Memory {
    exhausted: Exhausted,
    holders: HashSet<u64>,
}

/// What there is nothing left of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exhausted {
    /// Neither of any type.
    pub whole: bool,
    pub types: Vec<TypeNumber>,
}

impl Exhausted {
    fn covers(&self, other: &Self) -> bool {
        self.whole || (!other.whole && other.types.iter().all(|number| self.types.contains(number)))
    }
}

impl SoldOut {
    /// Whether there is certainly nothing for this ask: neither a seat now, nor one it was given before.
    pub(super) fn refuses(&self, ask: &Ask) -> bool {
        let events = self.read();
        let Some(Entry { until, memory: Some(memory), .. }) = events.get(&ask.setup.event.key) else { return false };
        // While another type is sold, holders become more: then a key could be anybody's.
        let nothing = match &ask.key {
            Some(key) => memory.exhausted.whole && !memory.holders.contains(&self.hash(key)),
            None => memory.exhausted.whole || memory.exhausted.types.contains(&ask.request.type_number),
        };
        nothing && Instant::now() < *until
    }

    /// Forgets an event: a seat of it may be free.
    pub fn invalidate(&self, event: EventKey) {
        self.write().remove(&event);
    }

    /// Whether it is heard of seats that come back elsewhere. Unless they are, nothing is remembered.
    pub fn set_connected(&self, connected: bool) {
        let mut events = self.write();
        self.0.connected.store(connected, Ordering::Relaxed);
        events.clear();
    }

    /// Takes note of what the database just said that there is nothing left of. Returns what there is to do to remember it,
    /// if it is neither known nor being read.
    pub(super) fn note(&self, event: EventKey, exhausted: &Exhausted) -> Option<Reading> {
        let now = Instant::now();
        let mut events = self.write();
        if !self.0.connected.load(Ordering::Relaxed) {
            return None;
        }
        if let Some(Entry { until, memory, .. }) = events.get(&event)
            && now < *until
            && memory.as_ref().is_none_or(|memory| memory.exhausted.covers(exhausted))
        {
            return None;
        }
        if events.len() >= MAX_EVENTS {
            events.retain(|_, entry| now < entry.until);
        }
        let id = self.0.entries.fetch_add(1, Ordering::Relaxed);
        events.insert(event, Entry { id, until: now + LIFE, memory: None });
        Some(Reading { sold_out: self.clone(), event, id })
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

/// An entry to be filled. If a seat comes back before it is, it is not.
pub(super) struct Reading {
    sold_out: SoldOut,
    event: EventKey,
    id: u64,
}

impl Reading {
    /// Reads what is sold out and who holds a seat, and remembers it.
    pub async fn read(self, database: &Database) {
        match database.sold_out_keys(self.event, MAX_KEYS).await {
            Ok(Some(found)) => self.remember(&found),
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "what is sold out is not remembered"),
        }
    }

    fn remember(&self, found: &SoldOutKeys) {
        let complete = i64::try_from(found.keys.len()).is_ok_and(|count| count < MAX_KEYS);
        let holders = found.keys.iter().map(|key| self.sold_out.0.hasher.hash_one(key.as_str())).collect();
        let exhausted = Exhausted { whole: found.whole, types: found.types.clone() };
        let mut events = self.sold_out.write();
        let Some(entry) = events.get_mut(&self.event).filter(|entry| entry.id == self.id) else { return };
        if !exhausted.whole && exhausted.types.is_empty() {
            // A seat came back meanwhile.
            events.remove(&self.event);
            return;
        }
        entry.until = Instant::now() + LIFE;
        entry.memory = complete.then_some(Memory { exhausted, holders });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: EventKey = EventKey(1);

    fn exhausted(whole: bool, types: &[i16]) -> Exhausted {
        Exhausted { whole, types: types.iter().copied().map(TypeNumber).collect() }
    }

    fn found(whole: bool, types: &[i16]) -> SoldOutKeys {
        SoldOutKeys { whole, types: types.iter().copied().map(TypeNumber).collect(), keys: vec!["a".into()] }
    }

    fn remembers(sold_out: &SoldOut) -> bool {
        sold_out.read().get(&EVENT).is_some_and(|entry| entry.memory.is_some())
    }

    #[test]
    fn a_seat_that_comes_back_meanwhile_is_not_overlooked() {
        let (sold_out, all) = (SoldOut::default(), exhausted(true, &[1]));
        assert!(sold_out.note(EVENT, &all).is_none(), "as long as nothing is heard, nothing is believed");
        sold_out.set_connected(true);
        let reading = sold_out.note(EVENT, &all).unwrap();
        assert!(sold_out.note(EVENT, &all).is_none(), "one reads at a time");
        sold_out.invalidate(EVENT);
        reading.remember(&found(true, &[1]));
        assert!(!remembers(&sold_out));

        let reading = sold_out.note(EVENT, &all).unwrap();
        sold_out.invalidate(EVENT);
        let newer = sold_out.note(EVENT, &all).unwrap();
        reading.remember(&found(true, &[1]));
        assert!(!remembers(&sold_out), "what was read before the seat came back");
        newer.remember(&found(true, &[1]));
        assert!(remembers(&sold_out));
        sold_out.set_connected(false);
        assert!(!remembers(&sold_out));
    }

    #[test]
    fn what_is_read_is_what_is_remembered() {
        let sold_out = SoldOut::default();
        sold_out.set_connected(true);
        sold_out.note(EVENT, &exhausted(false, &[1])).unwrap().remember(&found(false, &[]));
        assert!(!remembers(&sold_out), "there was a seat by then");
        sold_out.note(EVENT, &exhausted(false, &[1])).unwrap().remember(&found(false, &[1]));
        assert!(sold_out.note(EVENT, &exhausted(false, &[1])).is_none(), "that is known");
        let more = sold_out.note(EVENT, &exhausted(false, &[1, 2])).expect("the second type is news");
        more.remember(&found(true, &[1, 2]));
        assert!(sold_out.note(EVENT, &exhausted(true, &[1, 2])).is_none());
    }
}
