//! Jobs as they were a moment ago, for clients that watch them.

use std::{sync::Arc, time::Duration};

use moka::future::Cache;

use crate::{
    db::{Database, DbError, JobRow},
    domain::JobId,
};

/// Time for which clients that watch the same job share one read of it.
const READ_LIFETIME: Duration = Duration::from_millis(200);

/// Cache of jobs, so that all clients that watch a job share one read.
#[derive(Clone)]
pub struct JobCache(Cache<JobId, Option<JobRow>>);

impl Default for JobCache {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(1000).time_to_live(READ_LIFETIME).build())
    }
}

impl JobCache {
    /// Returns a job as it was at most [`READ_LIFETIME`] ago.
    pub async fn get(&self, database: &Database, id: JobId) -> Result<Option<JobRow>, Arc<DbError>> {
        self.0.try_get_with(id, async { database.job(id, None).await }).await
    }
}
