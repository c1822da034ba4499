//! Events in memory. Every registration needs one, and they change seldom: each is read at most once a lifetime of an
//! entry, however many ask. What is exact (seats, sale window) is asked of the database where it is used.

use std::{sync::Arc, time::Duration};

use moka::future::Cache;
use uuid::Uuid;

use super::{Database, DbError};
use crate::domain::{EventCode, EventId, EventKey, EventSetup, Secret};

/// One of the names an event goes by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum EventName {
    Slug(String),
    Id(EventId),
    Code(EventCode),
    Key(EventKey),
}

impl EventName {
    /// A slug or an id, as it stands in a URL or a request: an id if it reads as one.
    pub fn parse(text: &str) -> Self {
        match Uuid::try_parse(text) {
            Ok(id) => Self::Id(EventId(id)),
            Err(_) => Self::Slug(text.to_owned()),
        }
    }
}

/// A read-through cache of events.
#[derive(Clone)]
pub struct Catalog {
    database: Database,
    secret: Arc<Secret>,
    entries: Cache<EventName, Option<Arc<EventSetup>>>,
}

impl Catalog {
    /// At most `capacity` entries, each for at most `lifetime`: how long another replica's change goes unnoticed.
    pub fn new(database: Database, secret: Arc<Secret>, capacity: u64, lifetime: Duration) -> Self {
        let entries = Cache::builder().max_capacity(capacity).time_to_live(lifetime).build();
        Self { database, secret, entries }
    }

    /// The event of this name, if there is one.
    pub async fn find(&self, name: EventName) -> Result<Option<Arc<EventSetup>>, Arc<DbError>> {
        let load = async { Ok(self.database.event_setup(&name, &self.secret).await?.map(Arc::new)) };
        self.entries.try_get_with(name.clone(), load).await
    }

    /// Forgets an event that was changed here, so that the change shows at once.
    pub async fn forget(&self, setup: &EventSetup) {
        let event = &setup.event;
        for name in [
            EventName::Slug(event.draft.slug.clone()),
            EventName::Id(event.id),
            EventName::Code(event.code.clone()),
            EventName::Key(event.key),
        ] {
            self.entries.invalidate(&name).await;
        }
    }

    /// Forgets that there is no event of this name.
    pub async fn forget_absence(&self, name: &EventName) {
        self.entries.invalidate(name).await;
    }

    /// The secret that seals signing keys and signs access tokens.
    pub fn secret(&self) -> &Arc<Secret> {
        &self.secret
    }
}
