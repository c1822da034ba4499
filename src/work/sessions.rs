//! Sessions in memory: a request of a person who is signed in needs no query. PostgreSQL notifies every server of changes
//! of an account, which end its entries. While the connection for notifications is down, an entry is valid only briefly.

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use moka::sync::Cache;

use super::{Records, Refusal};
use crate::{
    db::{Person, SessionLife},
    domain::{AccountKey, SessionToken},
    metrics::CACHE_REQUESTS,
};

/// Sessions, and accounts that have changed, kept in memory.
const CAPACITY: u64 = 100_000;
/// Age at which an entry is read again, which also records that its session is in use.
const MAX_AGE: Duration = Duration::from_secs(60);
/// The same while notifications are not received.
const MAX_AGE_UNNOTIFIED: Duration = Duration::from_secs(1);

/// People who are signed in, by the hashes of their tokens.
pub struct SessionCache {
    life: SessionLife,
    people: Cache<[u8; 32], Entry>,
    /// Time at which an account changed last: longer than an entry lives.
    changed: Cache<AccountKey, Instant>,
    /// Time at which notifications may have been missed last.
    missed: RwLock<Instant>,
    connected: AtomicBool,
}

#[derive(Clone)]
struct Entry {
    person: Arc<Person>,
    /// Time before the query.
    read_at: Instant,
}

impl SessionCache {
    /// Creates a cache of sessions with this lifetime.
    pub fn new(life: SessionLife) -> Self {
        Self {
            life,
            people: Cache::builder().max_capacity(CAPACITY).time_to_live(MAX_AGE).build(),
            changed: Cache::builder().max_capacity(CAPACITY).time_to_live(MAX_AGE * 2).build(),
            missed: RwLock::new(Instant::now()),
            connected: AtomicBool::new(false),
        }
    }

    /// Returns the time after which sessions end.
    pub fn life(&self) -> SessionLife {
        self.life
    }

    /// Forgets the sessions of an account.
    pub fn forget(&self, account: AccountKey) {
        self.changed.insert(account, Instant::now());
    }

    /// Sets if notifications are received. Forgets all sessions, because earlier notifications may have been missed.
    pub fn set_connected(&self, connected: bool) {
        *self.missed.write().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        self.connected.store(connected, Ordering::Release);
    }

    fn get(&self, hash: &[u8; 32]) -> Option<Arc<Person>> {
        let Entry { person, read_at } = self.people.get(hash)?;
        let limit = if self.connected.load(Ordering::Acquire) { MAX_AGE } else { MAX_AGE_UNNOTIFIED };
        let age = read_at.elapsed();
        let is_current = age < limit
            && person.age + age < self.life.most
            && self.changed.get(&person.account).is_none_or(|at| at < read_at)
            && *self.missed.read().unwrap_or_else(PoisonError::into_inner) < read_at;
        is_current.then_some(person)
    }
}

impl Records {
    /// Returns the person of a session. `None` if it has ended.
    pub async fn person_of(&self, token: &SessionToken) -> Result<Option<Arc<Person>>, Refusal> {
        let cache = &self.access.sessions;
        let hash = token.hash();
        if let Some(person) = cache.get(&hash) {
            metrics::counter!(CACHE_REQUESTS, "cache" => "sessions", "outcome" => "hit").increment(1);
            return Ok(Some(person));
        }
        metrics::counter!(CACHE_REQUESTS, "cache" => "sessions", "outcome" => "miss").increment(1);
        let read_at = Instant::now();
        let Some(person) = self.database.find_session(&hash, cache.life).await? else {
            cache.people.invalidate(&hash);
            return Ok(None);
        };
        let person = Arc::new(person);
        cache.people.insert(hash, Entry { person: person.clone(), read_at });
        Ok(Some(person))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn person(account: AccountKey) -> Arc<Person> {
        Arc::new(Person {
            session: Uuid::nil(),
            account,
            id: Uuid::nil(),
            address: "ada@example.com".into(),
            email: "ada@example.com".into(),
            name: "Ada".into(),
            language: "en".into(),
            has_second_factor: false,
            memberships: Vec::new(),
            age: Duration::ZERO,
        })
    }

    #[test]
    fn a_session_is_forgotten_when_its_account_changes_or_changes_may_be_missed() {
        let day = Duration::from_secs(86_400);
        let cache = SessionCache::new(SessionLife { idle: day, most: day });
        cache.set_connected(true);
        let keep = |read_at| cache.people.insert([1; 32], Entry { person: person(AccountKey(7)), read_at });
        let is_kept = || cache.get(&[1; 32]).is_some();
        let before = Instant::now();
        keep(before);
        assert!(is_kept());
        cache.forget(AccountKey(8));
        assert!(is_kept(), "another account");
        cache.forget(AccountKey(7));
        assert!(!is_kept());
        keep(before);
        assert!(!is_kept(), "it was read before the change");
        keep(Instant::now());
        assert!(is_kept());
        cache.set_connected(false);
        assert!(!is_kept());
    }
}
