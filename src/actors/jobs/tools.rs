//! Everything that jobs work with, and the reasons why a chunk is not finished.

use std::{sync::Arc, time::Duration};

use tokio::sync::Semaphore;

use super::ForemanSettings;
use crate::{
    actors::{Inbox, LeaseKeeper, Renderer, Throttle},
    db::{Chunk, Database, DbError, EventCache, EventName},
    domain::EventSetup,
    render::{PlanCache, RenderError, RenderPool},
    store::{Store, StoreError},
};

/// Database, renderer and storage that jobs work with.
pub struct JobTools {
    /// A pool of connections for jobs only.
    pub database: Database,
    pub catalog: EventCache,
    pub plans: PlanCache,
    pub pool: RenderPool,
    pub store: Store,
    pub renderer: Inbox<Renderer>,
    pub leases: LeaseKeeper,
    pub throttle: Throttle,
    /// A file that failed this many times is marked failed.
    pub max_failures: i16,
    pub settings: ForemanSettings,
    /// One permit for each chunk under way.
    pub slots: Arc<Semaphore>,
}

/// Why a chunk was not finished.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    #[error(transparent)]
    Database(#[from] DbError),
    #[error(transparent)]
    Event(#[from] Arc<DbError>),
    #[error("storage: {0}")]
    Store(#[from] StoreError),
    #[error("rendering: {0}")]
    Render(#[from] RenderError),
    #[error("another server has the lease")]
    Lost,
    #[error("other jobs wait")]
    Yield,
    /// Trying again would not help.
    #[error("{0}")]
    Permanent(String),
}

impl JobTools {
    /// The event of a chunk, at the revision the job wants or a later one.
    pub(super) async fn setup(&self, chunk: &Chunk) -> Result<Arc<EventSetup>, WorkError> {
        let gone = || WorkError::Permanent("the event is gone".into());
        let cached = self.catalog.find(EventName::Key(chunk.event)).await?.ok_or_else(gone)?;
        if cached.event.revision >= chunk.revision {
            return Ok(cached);
        }
        self.catalog.invalidate(&cached).await;
        self.catalog.find(EventName::Key(chunk.event)).await?.ok_or_else(gone)
    }

    /// Waits until no chunk is under way. `false` after `limit`: the leases of the rest run out, and other servers take over.
    pub async fn drain(&self, limit: Duration) -> bool {
        let all = u32::try_from(self.settings.chunks).unwrap_or(u32::MAX);
        tokio::time::timeout(limit, self.slots.acquire_many(all)).await.is_ok()
    }
}
