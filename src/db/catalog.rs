//! Events in memory. Every registration needs one, and they change seldom: each is read at most once a lifetime of an
//! entry, however many ask. What is exact (seats, sale window) is asked of the database where it is used.

use std::{sync::Arc, time::Duration};

use moka::future::Cache;
use uuid::Uuid;

use super::{Database, DbError, layouts::Layouts};
use crate::domain::{EventCode, EventId, EventKey, EventSetup, Secret, Slug};

/// One of the names an event goes by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EventName {
    Slug(Slug),
    Id(EventId),
    Code(EventCode),
    Key(EventKey),
}

impl EventName {
    /// A slug or an id, as it stands in a URL or a request: an id if it reads as one. What can be neither names no event.
    pub fn parse(text: &str) -> Option<Self> {
        match Uuid::try_parse(text) {
            Ok(id) => Some(Self::Id(EventId(id))),
            Err(_) => text.parse().ok().map(Self::Slug),
        }
    }
}

/// A read-through cache of events.
#[derive(Clone)]
pub struct Catalog {
    database: Database,
    secret: Arc<Secret>,
    entries: Cache<EventName, Option<Arc<EventSetup>>>,
    layouts: Layouts,
}

impl Catalog {
    /// At most `capacity` entries, each for at most `lifetime`: how long another replica's change goes unnoticed.
    pub fn new(database: Database, secret: Arc<Secret>, capacity: u64, lifetime: Duration) -> Self {
        let entries = Cache::builder().max_capacity(capacity).time_to_live(lifetime).build();
        Self { database, secret, entries, layouts: Layouts::new() }
    }

    /// The same events, read over another pool.
    pub fn on(&self, database: Database) -> Self {
        Self { database, ..self.clone() }
    }

    /// The event of this name, if there is one.
    pub async fn find(&self, name: EventName) -> Result<Option<Arc<EventSetup>>, Arc<DbError>> {
        if let Some(known) = self.entries.get(&name).await {
            return Ok(known);
        }
        // Rare, and large: what a request carries while it waits should not be this.
        Box::pin(async {
            let load = async { Ok(self.database.event_setup(&name, &self.secret, &self.layouts).await?.map(Arc::new)) };
            self.entries.try_get_with(name.clone(), load).await
        })
        .await
    }

    /// Forgets an event that was changed here, so that the change shows at once.
    pub async fn forget(&self, setup: &EventSetup) {
        let event = &setup.event;
        self.forget_slug(&event.draft.slug).await;
        for name in [EventName::Id(event.id), EventName::Code(event.code.clone()), EventName::Key(event.key)] {
            self.entries.invalidate(&name).await;
        }
    }

    /// Forgets every event: one was changed elsewhere, and each is read again within its lifetime anyway.
    pub fn forget_all(&self) {
        self.entries.invalidate_all();
    }

    /// Forgets what, or that nothing, is known by this slug.
    pub async fn forget_slug(&self, slug: &str) {
        if let Ok(slug) = slug.parse() {
            self.entries.invalidate(&EventName::Slug(slug)).await;
        }
    }

    /// The secret that seals signing keys and signs access tokens.
    pub fn secret(&self) -> &Arc<Secret> {
        &self.secret
    }
}
