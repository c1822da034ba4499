//! The renderer has files made: it hands jobs to the pool and results to the uploader.

use std::{panic::AssertUnwindSafe, sync::Arc};

use actix::{Actor, Context, Handler};
use futures_util::FutureExt;

use super::{Accepted, Inbox, Outcome, Record, Recorder, Surge, Upload, Uploader};
use crate::{
    db::{Claim, Missed},
    domain::{EventSetup, Lease, Registration},
    metrics::{DOCUMENTS_MISSED, RENDER_SECONDS, RENDERS, Timer},
    render::{Plans, Priority, RenderError, RenderPool, Rendered, TicketPage},
};

/// How much the renderer takes on.
#[derive(Debug, Clone)]
pub struct RendererSettings {
    /// Tickets accepted and not handed on. Each may hold a finished file of some 20 KB while the uploader is busy, so a
    /// thousand bound that memory to 20 MB; what is refused is pending in the database.
    pub queue: usize,
}

/// A registration whose file is to be made and stored.
#[derive(Debug, Clone)]
pub struct Make {
    pub setup: Arc<EventSetup>,
    pub registration: Arc<Registration>,
    pub claim: Claim,
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
    uploader: Inbox<Uploader>,
    recorder: Inbox<Recorder>,
}

impl Renderer {
    /// A renderer that hands files to `uploader` and failures to `recorder`.
    pub fn new(
        pool: RenderPool,
        plans: Plans,
        surge: Surge,
        uploader: Inbox<Uploader>,
        recorder: Inbox<Recorder>,
    ) -> Self {
        Self { workshop: Arc::new(Workshop { pool, plans, surge, uploader, recorder }) }
    }
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
    let claim = make.claim;
    if !claim.holds() || (workshop.surge.is_on() && claim.lease == Lease::FIRST) {
        // Either it waited so long that somebody else may have it; or seats are sold in a hurry, and a fresh ticket can
        // wait in the database for calmer times.
        return;
    }
    let (plans, setup, registration) = (workshop.plans.clone(), make.setup.clone(), make.registration.clone());
    let work = move || render(&plans, &setup, &registration);
    let rendered = match workshop.pool.run(Priority::Bulk, work).await {
        Ok(rendered) => rendered,
        // Pending it stays; the sweeper comes back when its time is up.
        Err(full) => return tracing::debug!(%full, "a ticket was left to the sweeper"),
    };
    match rendered {
        Ok(rendered) => {
            let upload = Upload { setup: make.setup, registration: make.registration.reference, claim, rendered };
            drop(workshop.uploader.hand_over(upload).await);
        }
        Err(error) => report(workshop, claim, &error).await,
    }
}

async fn report(workshop: &Workshop, claim: Claim, error: &RenderError) {
    tracing::error!(%error, number = claim.document.0.number, attempt = claim.lease.0, "a ticket was not rendered");
    metrics::counter!(DOCUMENTS_MISSED, "reason" => "render").increment(1);
    let missed = Missed { claim, error: error.to_string(), retry_seconds: RETRY_SECONDS, failed: true };
    drop(workshop.recorder.hand_over(Record::Outcome(Outcome::Missed(missed))).await);
}

/// Renders a registration's tickets: on a thread of the pool, never on a runtime's.
pub(super) fn render(plans: &Plans, setup: &EventSetup, registration: &Registration) -> Result<Rendered, RenderError> {
    let timer = Timer::start(RENDER_SECONDS);
    let result = plans
        .of(setup)
        .map_err(|error| RenderError::Plan(error.to_string()))
        .and_then(|plan| plan.render(&TicketPage::all(setup, registration), &setup.signer));
    drop(timer);
    metrics::counter!(RENDERS, "outcome" => if result.is_ok() { "ok" } else { "failed" }).increment(1);
    result
}
