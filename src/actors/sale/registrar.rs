//! The registrar serves the queues of events. While one transaction of an event commits, the next batch gathers; there
//! is no timer, so a single request does not wait. Different events commit concurrently.

use std::{
    cell::Cell,
    panic::AssertUnwindSafe,
    pin::pin,
    rc::Rc,
    time::{Duration, Instant},
};

use actix::{Actor, Context, Handler};
use futures_util::{FutureExt, future::join};
use tokio::sync::OwnedSemaphorePermit;

use super::{
    SoldOutCache,
    batch::{Batch, BatchSettings, CarriedState, CommittedEntry},
    event_queues::{QueueGuard, ServeQueue, answer_unavailable},
    seat_request::SeatRequest,
    ticket_offers::TicketOffers,
};
use crate::{
    actors::{Accepted, Inbox, Renderer, Surge},
    db::Database,
    domain::EventKey,
};

/// Settings of the registrar.
#[derive(Debug, Clone)]
pub struct RegistrarSettings {
    /// Maximum of registrations accepted and not answered. The default takes 0.1 s at 40,000 per second: more requests
    /// would be answered too late.
    pub queue: usize,
    /// Maximum of registrations in one transaction. Beyond a few hundred only the wait grows, the rate does not.
    pub batch_max: usize,
    /// Time a registration should wait in the queue of its event; a longer wait shortens the queue.
    pub wait: Duration,
    /// Time after which a transaction counts as stuck: the requests in the queue behind it are then refused.
    pub stuck_after: Duration,
    /// Seconds that the sweeper leaves a new document to the server that has its data in memory.
    pub grace_seconds: f64,
    pub batch: BatchSettings,
}

/// Interval at which a running batch is checked for being stuck.
const STUCK_CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// Actor that commits registrations.
pub struct Registrar {
    tools: Rc<RegistrarTools>,
}

struct RegistrarTools {
    database: Database,
    settings: RegistrarSettings,
    offers: TicketOffers,
    sold_out: SoldOutCache,
}

impl Registrar {
    /// Creates a registrar that offers new tickets to `renderer` and reports the sizes of its batches to `surge`.
    pub fn new(
        database: Database,
        settings: RegistrarSettings,
        renderer: Inbox<Renderer>,
        surge: Surge,
        sold_out: SoldOutCache,
    ) -> Self {
        let offers = TicketOffers { renderer, surge, grace_seconds: settings.grace_seconds };
        Self { tools: Rc::new(RegistrarTools { database, settings, offers, sold_out }) }
    }
}

impl Actor for Registrar {
    type Context = Context<Self>;
}

impl Handler<ServeQueue> for Registrar {
    type Result = ();

    fn handle(&mut self, message: ServeQueue, _: &mut Self::Context) {
        // One task for each queue: queues do not wait for each other, and a panic ends only its own task.
        actix::spawn(serve(self.tools.clone(), message));
    }
}

/// Serves a queue until it is empty. While one batch commits, the next one gathers and the previous one is answered.
async fn serve(tools: Rc<RegistrarTools>, ServeQueue { first, mut guard }: ServeQueue) {
    let (mut batch, mut carried) = (vec![first], guard.take_carried());
    let mut committed = CommittedBatch::default();
    loop {
        // The batch gathered during one transaction, so its size shows the rate of requests.
        tools.offers.surge.record_batch(batch.len());
        let start = Instant::now();
        let in_doubt = Cell::new(false);
        let work = AssertUnwindSafe(commit(&tools, guard.event(), batch, carried, &in_doubt)).catch_unwind();
        let work = close_queue_if_stuck(work, &guard, tools.settings.stuck_after, &in_doubt);
        let (outcome, ()) = join(work, committed.answer(&tools.offers)).await;
        (carried, committed) = outcome.unwrap_or_else(|_| {
            // The dropped replies are answered with 500.
            tracing::error!("committing a batch panicked");
            Default::default()
        });
        let batch_time = start.elapsed();
        tools.offers.surge.record_transaction(batch_time);
        match guard.next_batch(tools.settings.batch_max, carried, batch_time) {
            Some(next) => (batch, carried) = next,
            None => return committed.answer(&tools.offers).await,
        }
    }
}

/// Waits for `work`. While the batch is stuck, or its outcome is in doubt, closes its queue and refuses the waiting
/// requests.
async fn close_queue_if_stuck<T>(
    work: impl Future<Output = T>,
    guard: &QueueGuard,
    stuck_after: Duration,
    in_doubt: &Cell<bool>,
) -> T {
    let start = Instant::now();
    let mut work = pin!(work);
    loop {
        match tokio::time::timeout(STUCK_CHECK_INTERVAL, &mut work).await {
            Ok(done) => return done,
            Err(_) if in_doubt.get() || stuck_after < start.elapsed() => {
                let waiting = guard.close_and_empty();
                if !waiting.is_empty() {
                    tracing::warn!(
                        waiting = waiting.len(),
                        "the database does not answer; waiting registrations are refused"
                    );
                }
                answer_unavailable(waiting);
            }
            Err(_) => {}
        }
    }
}

/// A committed batch that is not answered yet. Its permits are returned after the answers.
#[derive(Default)]
struct CommittedBatch {
    entries: Vec<CommittedEntry>,
    permits: Vec<OwnedSemaphorePermit>,
}

impl CommittedBatch {
    /// Answers all requests and offers their tickets. Yields first, so that the statement of the next batch is sent
    /// before.
    async fn answer(self, offers: &TicketOffers) {
        tokio::task::yield_now().await;
        let registered: Vec<_> = self.entries.into_iter().map(CommittedEntry::answer).collect();
        drop(self.permits);
        offers.offer(registered);
    }
}

/// Commits a batch. If seats are sold out now, fills the cache of sold-out events in the background.
async fn commit(
    tools: &RegistrarTools,
    event: EventKey,
    batch: Vec<Accepted<SeatRequest>>,
    carried: CarriedState,
    in_doubt: &Cell<bool>,
) -> (CarriedState, CommittedBatch) {
    let (requests, permits): (Vec<_>, Vec<_>) =
        batch.into_iter().map(|accepted| (accepted.message, accepted.permit)).unzip();
    let batch = Batch::new(&tools.database, &tools.settings.batch, event, requests, carried, in_doubt);
    let (carried, entries) = batch.run().await;
    if let Some(sold_out) = carried.sold_out_parts()
        && let Some(load) = tools.sold_out.begin_load(event, &sold_out)
    {
        let database = tools.database.clone();
        actix::spawn(async move { load.run(&database).await });
    }
    (carried, CommittedBatch { entries, permits })
}
