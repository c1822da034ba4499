//! The renderer has files made: it hands jobs to the pool and results to the uploader.

use std::{panic::AssertUnwindSafe, sync::Arc};

use actix::{Actor, Context, Handler};
use futures_util::FutureExt;
use tokio::sync::mpsc;

use super::{Accepted, Inbox, Leave, Outcome, Record, Recorder, Surge, Upload, Uploader};
use crate::{
    db::{Claim, Missed},
    domain::{DocumentKind, DocumentRef, EventSetup, Lease, Registration, RegistrationId},
    metrics::{DOCUMENTS_MISSED, RENDER_SECONDS, RENDERS, Timer},
    render::{Plans, Priority, RegistrationFile, RenderError, RenderPool, Rendered},
    store::{Spool, Store, confirmation_pdf, single_ticket_pdf, ticket_pdf, ticket_png},
};

/// How much the renderer takes on.
#[derive(Debug, Clone)]
pub struct RendererSettings {
    /// Tickets accepted and not handed on. Each may hold a finished file of some 20 KB while the uploader is busy, so a
    /// thousand bound that memory to 20 MB; what is refused is pending in the database.
    pub queue: usize,
}

/// A file of a registration that is to be made and stored.
#[derive(Debug, Clone)]
pub struct Make {
    pub setup: Arc<EventSetup>,
    pub registration: Arc<Registration>,
    pub claim: Claim,
    /// Who wants to know what became of it; if nobody does, it is recorded.
    pub tell: Option<Tell>,
}

/// Whoever has a file made and records it together with others. What nobody is told of was not made, and stays pending.
#[derive(Debug, Clone)]
pub struct Tell {
    pub outcomes: mpsc::UnboundedSender<Outcome>,
    /// Held for as long as the file is on its way.
    pub leave: Arc<Leave>,
}

/// Has it recorded, or tells who asked.
pub(super) async fn report(recorder: &Inbox<Recorder>, tell: Option<Tell>, outcome: Outcome) {
    let unheard = match &tell {
        Some(tell) => tell.outcomes.send(outcome).err().map(|unheard| unheard.0),
        None => Some(outcome),
    };
    // Who asked may have left meanwhile; what lies in storage is written down all the same.
    if let Some(outcome) = unheard {
        drop(recorder.hand_over(Record::Outcome(outcome)).await);
    }
}

/// Between two tries of a file that cannot be rendered.
const RETRY_SECONDS: f64 = 1.0;

/// Has files made.
pub struct Renderer {
    workshop: Arc<Workshop>,
}

struct Workshop {
    pool: RenderPool,
    plans: Plans,
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
    pub plans: Plans,
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
    let fresh = claim.lease == Lease::FIRST;
    // Where nothing can be put, nothing is made: but for fresh files, if there is a spool for them.
    let closed = workshop.store.pace().is_closed() && !(fresh && workshop.spool.is_some());
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
        Ok(Ok(Made { key, rendered, .. })) => {
            let upload = Upload { setup: make.setup, key, claim, rendered, tell: make.tell };
            drop(workshop.uploader.hand_over(upload).await);
        }
        Ok(Err(error)) => miss(workshop, claim, make.tell, &error).await,
        // Pending it stays; the sweeper comes back when its time is up.
        Err(full) => tracing::debug!(%full, "a file was left to the sweeper"),
    }
}

async fn miss(workshop: &Workshop, claim: Claim, tell: Option<Tell>, error: &RenderError) {
    tracing::error!(%error, number = claim.document.registration.number, attempt = claim.lease.0, "a file was not rendered");
    metrics::counter!(DOCUMENTS_MISSED, "reason" => "render").increment(1);
    let missed = Missed { claim, error: error.to_string(), retry_seconds: RETRY_SECONDS, failed: true };
    report(&workshop.recorder, tell, Outcome::Missed(missed)).await;
}

/// A file, what it is called in storage, and whether it lay in the spool.
pub struct Made {
    pub key: String,
    pub rendered: Rendered,
    pub from_spool: bool,
}

/// Renders a file, or takes it from the spool: on a thread of the pool, never on a runtime's.
pub fn make_file(plans: &Plans, spool: Option<&Spool>, file: &RegistrationFile) -> Result<Made, RenderError> {
    let key = key_of(file)?;
    if let Some(spool) = spool.filter(|spool| spool.used() > 0) {
        let plan = plans.of(file.setup).map_err(|error| RenderError::Plan(error.to_string()))?;
        let hash = file.hash(&plan)?;
        if let Some(bytes) = spool.find(&key, hash) {
            return Ok(Made { key, rendered: Rendered { bytes, hash }, from_spool: true });
        }
    }
    let timer = Timer::start(RENDER_SECONDS);
    let result = file.render(plans);
    drop(timer);
    metrics::counter!(RENDERS, "outcome" => if result.is_ok() { "ok" } else { "failed" }).increment(1);
    Ok(Made { key, rendered: result?, from_spool: false })
}

/// What a file is called in storage.
fn key_of(file: &RegistrationFile) -> Result<String, RenderError> {
    let id = RegistrationId { code: file.setup.event.code.clone(), number: file.registration.reference.number };
    Ok(match file.kind {
        DocumentKind::Tickets => ticket_pdf(&id),
        DocumentKind::Confirmation => confirmation_pdf(&id, file.made_at),
        DocumentKind::Ticket => single_ticket_pdf(&id, file.ticket()?.id),
        DocumentKind::Code => ticket_png(&id, file.ticket()?.id),
    })
}
