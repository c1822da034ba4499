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

use super::Ask;
use crate::{
    db::{Database, SoldOutKeys},
    domain::{EventKey, IdempotencyKey, TypeNumber},
};

/// Longer than this nothing is believed without asking the database again.
const LIFE: Duration = Duration::from_secs(1);
/// Holders remembered of one event, eight bytes each; beyond that the database is asked.
const MAX_KEYS: i64 = 200_000;
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
    hears: AtomicBool,
    hasher: RandomState,
}

struct Entry {
    id: u64,
    until: Instant,
    /// `None` while it is being read, or if there is too much to remember.
    memory: Option<Memory>,
}

struct Memory {
    whole: bool,
    types: Vec<TypeNumber>,
    holders: HashSet<u64>,
}

impl SoldOut {
    /// Whether there is certainly nothing for this ask: neither a seat now, nor one it was given before.
    pub(super) fn refuses(&self, ask: &Ask) -> bool {
        let events = self.read();
        let Some(Entry { until, memory: Some(memory), .. }) = events.get(&ask.setup.event.key) else { return false };
        (memory.whole || memory.types.contains(&ask.request.type_number))
            && ask.key.as_ref().is_none_or(|key| !memory.holders.contains(&self.hash(key)))
            && Instant::now() < *until
    }

    /// Forgets an event: a seat of it may be free.
    pub fn forget(&self, event: EventKey) {
        self.write().remove(&event);
    }

    /// Whether it is heard of seats that come back elsewhere. Unless they are, nothing is remembered.
    pub fn hears(&self, hears: bool) {
        let mut events = self.write();
        self.0.hears.store(hears, Ordering::Relaxed);
        events.clear();
    }

    /// Takes note that the database just said that there is nothing left of some type of the event. Returns what there is
    /// to do to remember it, if that is not under way.
    pub(super) fn note(&self, event: EventKey) -> Option<Reading> {
        let now = Instant::now();
        let mut events = self.write();
        if !self.0.hears.load(Ordering::Relaxed) {
            return None;
        }
        match events.get_mut(&event) {
            Some(entry) if entry.memory.is_some() => {
                entry.until = now + LIFE;
                return None;
            }
            Some(entry) if now < entry.until => return None,
            _ => {}
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
        let memory = Memory { whole: found.whole, types: found.types.clone(), holders };
        if let Some(entry) = self.sold_out.write().get_mut(&self.event).filter(|entry| entry.id == self.id) {
            entry.until = Instant::now() + LIFE;
            entry.memory = complete.then_some(memory);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_that_comes_back_meanwhile_is_not_overlooked() {
        let (sold_out, event) = (SoldOut::default(), EventKey(1));
        let found = SoldOutKeys { whole: true, types: Vec::new(), keys: vec!["a".into()] };
        assert!(sold_out.note(event).is_none(), "as long as nothing is heard, nothing is believed");
        sold_out.hears(true);
        let remembered = || sold_out.read().get(&event).is_some_and(|entry| entry.memory.is_some());
        let reading = sold_out.note(event).unwrap();
        assert!(sold_out.note(event).is_none(), "one reads at a time");
        sold_out.forget(event);
        reading.remember(&found);
        assert!(!remembered());

        let reading = sold_out.note(event).unwrap();
        sold_out.forget(event);
        let newer = sold_out.note(event).unwrap();
        reading.remember(&found);
        assert!(!remembered(), "what was read before the seat came back");
        newer.remember(&found);
        assert!(remembered());
        sold_out.hears(false);
        assert!(!remembered());
    }
}
