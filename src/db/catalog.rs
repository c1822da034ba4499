//! Cache of events. Every registration needs its event, and events change seldom, so each is read once per lifetime of
//! a cache entry. Seats and the sale window have to be exact and are always checked in the database.

use std::{sync::Arc, time::Duration};

use moka::future::Cache;
use uuid::Uuid;

use super::{Database, DbError, layouts::Layouts};
use crate::domain::{EventCode, EventId, EventKey, EventSetup, Secret, Slug};

/// One of the names of an event.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EventName {
    Slug(Slug),
    Id(EventId),
    Code(EventCode),
    Key(EventKey),
}

impl EventName {
    /// Parses an id or a slug of a URL or a request. `None` if `text` can be neither.
    pub fn parse(text: &str) -> Option<Self> {
        match Uuid::try_parse(text) {
            Ok(id) => Some(Self::Id(EventId(id))),
            Err(_) => text.parse().ok().map(Self::Slug),
        }
    }
}

/// Read-through cache of events.
#[derive(Clone)]
pub struct EventCache {
    database: Database,
    secret: Arc<Secret>,
    entries: Cache<EventName, Option<Arc<EventSetup>>>,
    layouts: Layouts,
}

impl EventCache {
    /// Creates a cache of at most `capacity` entries. `lifetime` limits how long a change by another server stays
    /// unseen.
    pub fn new(database: Database, secret: Arc<Secret>, capacity: u64, lifetime: Duration) -> Self {
        let entries =
            Cache::builder().max_capacity(capacity).time_to_live(lifetime).support_invalidation_closures().build();
        Self { database, secret, entries, layouts: Layouts::new() }
    }

    /// Returns a handle to the same cache that reads over another pool.
    pub fn on(&self, database: Database) -> Self {
        Self { database, ..self.clone() }
    }

    /// Returns the event of this name. `None` if there is none.
    pub async fn find(&self, name: EventName) -> Result<Option<Arc<EventSetup>>, Arc<DbError>> {
        if let Some(known) = self.entries.get(&name).await {
            return Ok(known);
        }
        // Boxed: the future is large and seldom needed, and would enlarge the future of every request.
        Box::pin(async {
            let load = async { Ok(self.database.event_setup(&name, &self.secret, &self.layouts).await?.map(Arc::new)) };
            self.entries.try_get_with(name.clone(), load).await
        })
        .await
    }

    /// True if the event of this name is in memory, or is known not to exist.
    pub fn has(&self, name: &EventName) -> bool {
        self.entries.contains_key(name)
    }

    /// Invalidates an event that this server has changed.
    pub async fn invalidate(&self, setup: &EventSetup) {
        let event = &setup.event;
        self.invalidate_key(event.key);
        self.invalidate_slug(&event.draft.slug).await;
        for name in [EventName::Id(event.id), EventName::Code(event.code.clone()), EventName::Key(event.key)] {
            self.entries.invalidate(&name).await;
        }
    }

    /// Invalidates one event, and the names that are cached as unknown: the event may have a new one.
    pub fn invalidate_key(&self, event: EventKey) {
        let concerns = move |_: &EventName, found: &Option<Arc<EventSetup>>| {
            found.as_ref().is_none_or(|setup| setup.event.key == event)
        };
        if self.entries.invalidate_entries_if(concerns).is_err() {
            self.invalidate_all();
        }
    }

    /// Invalidates every event.
    pub fn invalidate_all(&self) {
        self.entries.invalidate_all();
    }

    /// Invalidates a slug, also if it is cached as unknown.
    pub async fn invalidate_slug(&self, slug: &str) {
        if let Ok(slug) = slug.parse() {
            self.entries.invalidate(&EventName::Slug(slug)).await;
        }
    }

    /// The secret that seals signing keys and signs access tokens.
    pub fn secret(&self) -> &Arc<Secret> {
        &self.secret
    }
}
