//! Rendering, storage and pre-signed URLs of files.

use std::sync::Arc;

use super::{LinkCache, Refusal};
use crate::{
    actors::{Inbox, LeaseKeeper, Recorder, Renderer},
    domain::{ContentHash, EventSetup},
    render::{Plan, PlanCache, Priority, RenderError, RenderPool},
    store::{Disposition, LocalTickets, SignedUrl, Spool, UrlCache},
};

/// Services with which files are rendered, stored and delivered.
pub struct Files {
    pub pool: RenderPool,
    pub plans: PlanCache,
    pub renderer: Inbox<Renderer>,
    pub recorder: Inbox<Recorder>,
    pub leases: LeaseKeeper,
    pub urls: UrlCache,
    pub links: LinkCache,
    pub spool: Option<Spool>,
    /// PDFs of another program, served until they are imported.
    pub local_tickets: Option<LocalTickets>,
    /// Seconds before the sweeper claims a new document; until then the server that registered it has its data in
    /// memory.
    pub grace_seconds: f64,
}

impl Files {
    /// Returns the event's plan, from the cache or compiled on the render pool, because pictures may have to be
    /// decoded.
    pub(super) async fn plan(&self, setup: &Arc<EventSetup>) -> Result<Arc<Plan>, Refusal> {
        if let Some(cached) = self.plans.cached(setup) {
            return Ok(cached);
        }
        let (plans, setup) = (self.plans.clone(), setup.clone());
        let work = move || plans.get_or_compile(&setup).map_err(|error| RenderError::Plan(error.to_string()));
        Ok(self.pool.run(Priority::Live, work).await?)
    }

    /// Returns a pre-signed URL of a stored object, from the cache or new.
    pub async fn sign(&self, key: &str, hash: ContentHash, disposition: Disposition) -> Result<SignedUrl, Refusal> {
        self.urls.get(key, hash, disposition).await.map_err(|error| {
            tracing::error!(%error, "a URL was not signed");
            Refusal::Unavailable
        })
    }
}
