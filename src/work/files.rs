//! Tools for files: rendering, storage, and pre-signed URLs.

use std::sync::Arc;

use super::{RecentLinks, Refusal};
use crate::{
    actors::{Inbox, LeaseKeeper, Recorder, Renderer},
    domain::{ContentHash, EventSetup},
    render::{Plan, PlanCache, Priority, RenderError, RenderPool},
    store::{Disposition, LocalTickets, SignedUrl, Spool, UrlCache},
};

/// Everything that rendering, storing and delivering files needs.
pub struct Files {
    pub pool: RenderPool,
    pub plans: PlanCache,
    pub renderer: Inbox<Renderer>,
    pub recorder: Inbox<Recorder>,
    pub leases: LeaseKeeper,
    pub urls: UrlCache,
    pub links: RecentLinks,
    pub spool: Option<Spool>,
    /// Files that another program made, until they are imported.
    pub local_tickets: Option<LocalTickets>,
    /// How long the sweeper leaves a fresh document to the server that has its data in memory.
    pub grace_seconds: f64,
}

impl Files {
    /// The event's plan. It is compiled on the pool, because that may mean decoding pictures.
    pub(super) async fn plan(&self, setup: &Arc<EventSetup>) -> Result<Arc<Plan>, Refusal> {
        if let Some(cached) = self.plans.cached(setup) {
            return Ok(cached);
        }
        let (plans, setup) = (self.plans.clone(), setup.clone());
        let work = move || plans.get_or_compile(&setup).map_err(|error| RenderError::Plan(error.to_string()));
        Ok(self.pool.run(Priority::Live, work).await?)
    }

    /// A pre-signed URL of a stored object, from the cache.
    pub async fn sign(&self, key: &str, hash: ContentHash, disposition: Disposition) -> Result<SignedUrl, Refusal> {
        self.urls.get(key, hash, disposition).await.map_err(|error| {
            tracing::error!(%error, "a URL was not signed");
            Refusal::Unavailable
        })
    }
}
