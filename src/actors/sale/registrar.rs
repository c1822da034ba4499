//! The registrar serves the lines in front of events. While one transaction of an event commits, the next batch gathers; no
//! timer, so nobody waits when there is no surge. Events commit side by side.

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
    SoldOut,
    ask::Ask,
    batch::{Batch, BatchSettings, Known},
    entry::Seated,
    lines::{Start, Turn, send_away},
    offers::Offers,
};
use crate::{
    actors::{Accepted, Inbox, Renderer, Surge},
    db::Database,
    domain::EventKey,
};

/// How much the registrar takes on.
#[derive(Debug, Clone)]
pub struct RegistrarSettings {
    /// Registrations accepted and not answered. At 40,000 a second this is a tenth of a second of waiting: more would be
    /// answered too late to be of use.
    pub queue: usize,
    /// Registrations in one transaction: beyond a few hundred the rate no longer grows, only the wait does.
    pub batch_max: usize,
    /// How long the first of a batch may have waited: the line is kept as short as that.
    pub wait: Duration,
    /// After so long in one transaction the line does not move: whoever is in it is sent away.
    pub stuck: Duration,
    /// How long the sweeper leaves a fresh document to those who still have it in memory.
    pub grace_seconds: f64,
    pub batch: BatchSettings,
}

/// How often a batch that takes long is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// Commits registrations.
pub struct Registrar {
    workshop: Rc<Workshop>,
}

struct Workshop {
    database: Database,
    settings: RegistrarSettings,
    offers: Offers,
    sold_out: SoldOut,
}

impl Registrar {
    /// A registrar that offers fresh tickets to `renderer`, and tells `surge` how many gather.
    pub fn new(
        database: Database,
        settings: RegistrarSettings,
        renderer: Inbox<Renderer>,
        surge: Surge,
        sold_out: SoldOut,
    ) -> Self {
        let offers = Offers { renderer, surge, grace_seconds: settings.grace_seconds };
        Self { workshop: Rc::new(Workshop { database, settings, offers, sold_out }) }
    }
}

impl Actor for Registrar {
    type Context = Context<Self>;
}

impl Handler<Start> for Registrar {
    type Result = ();

    fn handle(&mut self, start: Start, _: &mut Self::Context) {
        // A task of its own: lines do not wait for each other, and a panic ends none of them but its own.
        actix::spawn(serve(self.workshop.clone(), start));
    }
}

/// Serves a line until it is empty. While one batch commits, the next one gathers, and the last one is told.
async fn serve(workshop: Rc<Workshop>, Start { first, mut turn }: Start) {
    let (mut batch, mut known) = (vec![first], turn.known());
    let mut committed = Committed::default();
    loop {
        // As many have gathered while one transaction committed: that is how much of a hurry there is.
        workshop.offers.surge.note(batch.len());
        let start = Instant::now();
        let in_doubt = Cell::new(false);
        let work = AssertUnwindSafe(commit(&workshop, turn.event(), batch, known, &in_doubt)).catch_unwind();
        let work = keep_moving(work, &turn, workshop.settings.stuck, &in_doubt);
        let (outcome, ()) = join(work, committed.tell(&workshop.offers)).await;
        (known, committed) = outcome.unwrap_or_else(|_| {
            // Its replies are dropped, and answered with 500.
            tracing::error!("committing a batch panicked");
            Default::default()
        });
        let took = start.elapsed();
        workshop.offers.surge.took(took);
        match turn.next(workshop.settings.batch_max, known, took) {
            Some(next) => (batch, known) = next,
            None => return committed.tell(&workshop.offers).await,
        }
    }
}

/// While a batch takes too long, or nobody knows what became of it, nobody waits behind it: they are told to come back.
async fn keep_moving<T>(work: impl Future<Output = T>, turn: &Turn, patience: Duration, in_doubt: &Cell<bool>) -> T {
    let start = Instant::now();
    let mut work = pin!(work);
    loop {
        match tokio::time::timeout(LOOK, &mut work).await {
            Ok(done) => return done,
            Err(_) if in_doubt.get() || patience < start.elapsed() => {
                let waiting = turn.close();
                if !waiting.is_empty() {
                    tracing::warn!(waiting = waiting.len(), "the database is silent; whoever waits is sent away");
                }
                send_away(waiting);
            }
            Err(_) => {}
        }
    }
}

/// A committed batch, not told yet. The permits go back once everyone is.
#[derive(Default)]
struct Committed {
    seated: Vec<Seated>,
    permits: Vec<OwnedSemaphorePermit>,
}

impl Committed {
    /// Tells everyone and offers what can be rendered; the next batch's statement is on its way first.
    async fn tell(self, offers: &Offers) {
        tokio::task::yield_now().await;
        let registered: Vec<_> = self.seated.into_iter().map(Seated::tell).collect();
        drop(self.permits);
        offers.make(registered);
    }
}

/// Commits a batch.
async fn commit(
    workshop: &Workshop,
    event: EventKey,
    batch: Vec<Accepted<Ask>>,
    known: Known,
    in_doubt: &Cell<bool>,
) -> (Known, Committed) {
    let (asks, permits): (Vec<_>, Vec<_>) =
        batch.into_iter().map(|accepted| (accepted.message, accepted.permit)).unzip();
    let batch = Batch::new(&workshop.database, &workshop.settings.batch, event, asks, known, in_doubt);
    let (known, seated) = batch.run().await;
    if let Some(exhausted) = known.exhausted()
        && let Some(reading) = workshop.sold_out.note(event, &exhausted)
    {
        let database = workshop.database.clone();
        actix::spawn(async move { reading.read(&database).await });
    }
    (known, Committed { seated, permits })
}
