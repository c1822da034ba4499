//! The registrar serves the lines in front of events. While one transaction of an event commits, the next batch gathers; no
//! timer, so nobody waits when there is no surge. Events commit side by side.

use std::{
    cell::Cell,
    panic::AssertUnwindSafe,
    pin::pin,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use actix::{Actor, Context, Handler, Message};
use futures_util::{FutureExt, future::join};
use tokio::sync::OwnedSemaphorePermit;

use super::{
    Accepted, Ask, Full, Inbox, Load, Make, Refusal, Renderer, SoldOut, Surge,
    batch::{Batch, BatchSettings, Known},
    entry::Seated,
    lines::{Joined, Lines, Turn},
};
use crate::{
    db::{Claim, Database},
    domain::{DocumentRef, EventKey, EventSetup, Registration, RegistrationStatus},
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

/// The first ask in an idle line, with the turn to serve that line.
struct Start {
    first: Accepted<Ask>,
    turn: Turn,
}

/// The way to the registrar: the lines in front of events, and the actor that serves them.
#[derive(Clone)]
pub struct Desk {
    inbox: Inbox<Registrar>,
    lines: Lines,
    sold_out: SoldOut,
}

impl Desk {
    /// A desk before this registrar.
    pub fn new(inbox: Inbox<Registrar>, wait: Duration, sold_out: SoldOut) -> Self {
        let lines = Lines::new(inbox.load().capacity, wait);
        Self { inbox, lines, sold_out }
    }

    /// Whether nobody more may get in any line. Costs next to nothing: to be asked before anything else is done.
    pub fn is_full(&self) -> bool {
        let load = self.inbox.load();
        self.refused(load.capacity <= load.depth)
    }

    /// Whether some line is full, and `body` asks for that one. It is not parsed for this.
    pub fn is_full_for(&self, body: &[u8]) -> bool {
        self.refused(self.lines.is_crowded() && self.lines.are_full_for(body))
    }

    fn refused(&self, refused: bool) -> bool {
        if refused {
            self.inbox.count_refused();
        }
        refused
    }

    /// Gets in line, if there is room. The actor is only woken for the first in a line.
    pub fn offer(&self, ask: Ask) -> Result<(), Full<Ask>> {
        if self.sold_out.refuses(&ask) {
            ask.answer(Err(Refusal::SoldOut));
            return Ok(());
        }
        let ask = self.inbox.accept(ask)?;
        match self.lines.join(ask) {
            Joined::Waits => Ok(()),
            Joined::First(first, turn) => self.inbox.tell(Start { first, turn }).map_err(|Full(start)| {
                // Nobody will serve it: nothing was done for those who joined meanwhile either.
                send_away(start.turn.close());
                Full(start.first.message)
            }),
            Joined::Full(ask) => {
                self.refused(true);
                Err(Full(ask.message))
            }
            Joined::SentAway(ask) => {
                send_away([ask]);
                Ok(())
            }
        }
    }

    /// A seat of this event may have come back: nobody is refused from memory any more.
    pub fn seats_came_back(&self, event: EventKey) {
        self.sold_out.forget(event);
    }

    /// How full the lines are, all together.
    pub fn load(&self) -> Load {
        self.inbox.load()
    }

    /// Waits until everybody is answered, and accepts nobody more. `false` if that took longer than `limit`.
    pub async fn drain(&self, limit: Duration) -> bool {
        self.inbox.drain(limit).await
    }
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

impl Message for Start {
    type Result = ();
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

/// Nothing was done for them.
fn send_away(waiting: impl IntoIterator<Item = Accepted<Ask>>) {
    for ask in waiting {
        ask.message.answer(Err(Refusal::Unavailable));
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

/// Where fresh tickets are offered.
struct Offers {
    renderer: Inbox<Renderer>,
    surge: Surge,
    grace_seconds: f64,
}

impl Offers {
    /// Offers what can be rendered. What is refused, or left out in a hurry, is no loss: the registration is the promise of
    /// its file, and the sweeper finds it.
    fn make(&self, registered: Vec<(Arc<EventSetup>, Arc<Registration>)>) {
        if self.surge.is_on() {
            return;
        }
        for (setup, registration) in registered {
            if registration.status == RegistrationStatus::Confirmed {
                let claim = Claim::first(DocumentRef::tickets(registration.reference), self.grace_seconds);
                drop(self.renderer.offer(Make { setup, registration, claim, tell: None }));
            }
        }
    }
}
