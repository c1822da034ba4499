//! The renderer sends files to the render pool, and rendered files to the uploader.

use std::{panic::AssertUnwindSafe, sync::Arc};

use actix::{Actor, Context, Handler};
use futures_util::FutureExt;

use super::{
    Outcome, Recorder, Upload, Uploader,
    render_request::{MadeFile, OutcomeSender, RenderRequest, make_file, report_outcome},
};
use crate::{
    actors::{Accepted, Inbox, Surge},
    db::{Claim, MissedDocument},
    domain::{DocumentRef, LeaseToken},
    metrics::DOCUMENT_FAILURES,
    render::{PlanCache, Priority, RegistrationFile, RenderError, RenderPool},
    store::{Spool, Store},
};

/// Settings of the renderer.
#[derive(Debug, Clone)]
pub struct RendererSettings {
    /// Maximum of requests between their acceptance and the upload. Each may keep a file of some 20 KB while the
    /// uploader is busy, so 1,000 requests use at most 20 MB; refused ones are pending in the database.
    pub queue: usize,
}

/// Pause before the next attempt to render a file that failed.
const RETRY_SECONDS: f64 = 1.0;

/// Actor that has files rendered.
pub struct Renderer {
    pipeline: Arc<Pipeline>,
}

struct Pipeline {
    pool: RenderPool,
    plans: PlanCache,
    surge: Surge,
    store: Store,
    spool: Option<Spool>,
    uploader: Inbox<Uploader>,
    recorder: Inbox<Recorder>,
}

impl Renderer {
    /// Creates a renderer that sends files to `uploader` and failures to `recorder`.
    pub fn new(tools: &RendererTools, uploader: Inbox<Uploader>, recorder: Inbox<Recorder>) -> Self {
        let RendererTools { pool, plans, surge, store, spool } = tools.clone();
        Self { pipeline: Arc::new(Pipeline { pool, plans, surge, store, spool, uploader, recorder }) }
    }
}

/// Render pool, storage and spool that a renderer works with.
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

impl Handler<Accepted<RenderRequest>> for Renderer {
    type Result = ();

    fn handle(&mut self, accepted: Accepted<RenderRequest>, _: &mut Self::Context) {
        let pipeline = self.pipeline.clone();
        actix::spawn(async move {
            let Accepted { message, permit } = accepted;
            if AssertUnwindSafe(render(&pipeline, message)).catch_unwind().await.is_err() {
                tracing::error!("rendering a file panicked; its document stays pending");
            }
            drop(permit);
        });
    }
}

async fn render(pipeline: &Pipeline, request: RenderRequest) {
    let claim = request.claim.clone();
    let fresh = claim.lease == LeaseToken::UNCLAIMED;
    // While storage accepts no requests, only new files are rendered, if there is a spool for them.
    let storage_closed = pipeline.store.limiter().refuses_requests() && !(fresh && pipeline.spool.is_some());
    if !claim.holds() || (fresh && pipeline.surge.is_on()) {
        // The document stays pending. If its lease has expired, another server may have claimed it; a new one is made
        // after the surge.
        return;
    }
    if storage_closed {
        return release(pipeline, claim, request.outcome_sender).await;
    }
    let (plans, spool, work) = (pipeline.plans.clone(), pipeline.spool.clone(), request.clone());
    let work = move || {
        let RenderRequest { setup, registration, claim, .. } = &work;
        let (DocumentRef { kind, part, .. }, made_at) = (claim.document, claim.promised_at);
        make_file(&plans, spool.as_ref(), &RegistrationFile { setup, registration, kind, part, made_at })
    };
    match pipeline.pool.run(Priority::Bulk, work).await {
        Ok(MadeFile { key, rendered, .. }) => {
            let upload = Upload { setup: request.setup, key, claim, rendered, outcome_sender: request.outcome_sender };
            drop(pipeline.uploader.send(upload).await);
        }
        Err(RenderError::Full) => release(pipeline, claim, request.outcome_sender).await,
        Err(error) => report_failure(pipeline, claim, request.outcome_sender, &error).await,
    }
}

/// Gives a claim back: the file was not attempted. A new document has no claim yet.
async fn release(pipeline: &Pipeline, claim: Claim, outcome_sender: Option<OutcomeSender>) {
    if claim.lease != LeaseToken::UNCLAIMED {
        report_outcome(&pipeline.recorder, outcome_sender, Outcome::Released(claim)).await;
    }
}

async fn report_failure(pipeline: &Pipeline, claim: Claim, outcome_sender: Option<OutcomeSender>, error: &RenderError) {
    tracing::error!(%error, number = claim.document.registration.number, attempt = claim.lease.0, "a file was not rendered");
    metrics::counter!(DOCUMENT_FAILURES, "reason" => "render").increment(1);
    let missed = MissedDocument { claim, error: error.to_string(), retry_seconds: RETRY_SECONDS, failed: true };
    report_outcome(&pipeline.recorder, outcome_sender, Outcome::NotStored(missed)).await;
}
