//! Tools that jobs work with, and the errors that end work on a chunk.

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
    /// Connection pool of the jobs.
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
    /// One permit for each chunk that may be worked on.
    pub slots: Arc<Semaphore>,
}

/// Error that ended work on a chunk.
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
    /// The archive continues after other jobs.
    #[error("other jobs wait")]
    Yield,
    /// A retry would fail too: the job fails.
    #[error("{0}")]
    Permanent(String),
}

impl JobTools {
    /// Returns the event of a chunk, at the revision of the job or a later one.
    pub(super) async fn setup(&self, chunk: &Chunk) -> Result<Arc<EventSetup>, WorkError> {
        let missing = || WorkError::Permanent("the event does not exist".into());
        let cached = self.catalog.find(EventName::Key(chunk.event)).await?.ok_or_else(missing)?;
        if cached.event.revision >= chunk.revision {
            return Ok(cached);
        }
        self.catalog.invalidate(&cached).await;
        self.catalog.find(EventName::Key(chunk.event)).await?.ok_or_else(missing)
    }

    /// Waits until no chunk is worked on. Returns false after `limit`: then the other leases expire, and other servers
    /// continue.
    pub async fn drain(&self, limit: Duration) -> bool {
        let all_permits = u32::try_from(self.settings.chunks).unwrap_or(u32::MAX);
        tokio::time::timeout(limit, self.slots.acquire_many(all_permits)).await.is_ok()
    }
}
