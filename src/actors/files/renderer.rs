//! The renderer has files made: it hands jobs to the pool and results to the uploader.

use std::{panic::AssertUnwindSafe, sync::Arc};

use actix::{Actor, Context, Handler};
use futures_util::FutureExt;

use super::{
    Outcome, Recorder, Upload, Uploader,
    make::{Made, Make, Tell, make_file, report},
};
use crate::{
    actors::{Accepted, Inbox, Surge},
    db::{Claim, MissedDocument},
    domain::{DocumentRef, LeaseToken},
    metrics::DOCUMENT_FAILURES,
    render::{PlanCache, Priority, RegistrationFile, RenderError, RenderPool},
    store::{Spool, Store},
};

/// How much the renderer takes on.
#[derive(Debug, Clone)]
pub struct RendererSettings {
    /// Tickets accepted and not handed on. Each may hold a finished file of some 20 KB while the uploader is busy, so a
    /// thousand bound that memory to 20 MB; what is refused is pending in the database.
    pub queue: usize,
}

/// Between two tries of a file that cannot be rendered.
const RETRY_SECONDS: f64 = 1.0;

/// Has files made.
pub struct Renderer {
    workshop: Arc<Workshop>,
}

struct Workshop {
    pool: RenderPool,
    plans: PlanCache,
    surge: Surge,
    store: Store,
    spool: Option<Spool>,
    uploader: Inbox<Uploader>,
    recorder: Inbox<Recorder>,
}

impl Renderer {
    /// A renderer that hands files to `uploader` and failures to `recorder`.
    pub fn new(tools: &RendererTools, uploader: Inbox<Uploader>, recorder: Inbox<Recorder>) -> Self {
        let RendererTools { pool, plans, surge, store, spool } = tools.clone();
        Self { workshop: Arc::new(Workshop { pool, plans, surge, store, spool, uploader, recorder }) }
    }
}

/// What a renderer works with.
#[derive(Clone)]
pub struct RendererTools {
    pub pool: RenderPool,
    pub plans: PlanCache,
    pub surge: Surge,
    pub store: Store,
    pub spool: Option<Spool>,
}

impl Actor for Renderer {
    type Context = Context<Self>;
}

impl Handler<Accepted<Make>> for Renderer {
    type Result = ();

    fn handle(&mut self, accepted: Accepted<Make>, _: &mut Self::Context) {
        let workshop = self.workshop.clone();
        actix::spawn(async move {
            let Accepted { message, permit } = accepted;
            if AssertUnwindSafe(make(&workshop, message)).catch_unwind().await.is_err() {
                tracing::error!("handing a ticket on panicked; it stays pending");
            }
            drop(permit);
        });
    }
}

async fn make(workshop: &Workshop, make: Make) {
    let claim = make.claim.clone();
    let fresh = claim.lease == LeaseToken::UNCLAIMED;
    // Where nothing can be put, nothing is made: but for fresh files, if there is a spool for them.
    let closed = workshop.store.limiter().refuses_requests() && !(fresh && workshop.spool.is_some());
    if !claim.holds() || closed || (fresh && workshop.surge.is_on()) {
        // Either it waited so long that somebody else may have it; or seats are sold in a hurry, and a fresh ticket can
        // wait in the database for calmer times.
        return;
    }
    let (plans, spool, work) = (workshop.plans.clone(), workshop.spool.clone(), make.clone());
    let work = move || {
        let Make { setup, registration, claim, .. } = &work;
        let (DocumentRef { kind, part, .. }, made_at) = (claim.document, claim.promised_at);
        make_file(&plans, spool.as_ref(), &RegistrationFile { setup, registration, kind, part, made_at })
    };
    match workshop.pool.run(Priority::Bulk, work).await {
        Ok(Made { key, rendered, .. }) => {
            let upload = Upload { setup: make.setup, key, claim, rendered, tell: make.tell };
            drop(workshop.uploader.hand_over(upload).await);
        }
        // Pending it stays; the sweeper comes back when its time is up.
        Err(RenderError::Full) => tracing::debug!("the render queue is full; a file was left to the sweeper"),
        Err(error) => miss(workshop, claim, make.tell, &error).await,
    }
}

async fn miss(workshop: &Workshop, claim: Claim, tell: Option<Tell>, error: &RenderError) {
    tracing::error!(%error, number = claim.document.registration.number, attempt = claim.lease.0, "a file was not rendered");
    metrics::counter!(DOCUMENT_FAILURES, "reason" => "render").increment(1);
    let missed = MissedDocument { claim, error: error.to_string(), retry_seconds: RETRY_SECONDS, failed: true };
    report(&workshop.recorder, tell, Outcome::MissedDocument(missed)).await;
}
