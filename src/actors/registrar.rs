//! The registrar owns the line in front of each event. While one transaction of an event commits, the next batch gathers;
//! no timer, so nobody waits when there is no surge. Events commit side by side.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use actix::{Actor, AsyncContext, Context, Handler, Message};
use futures_util::FutureExt;

use super::{
    Accepted, Ask, Inbox, Make, Renderer, Surge,
    batch::{Batch, BatchSettings, Known},
};
use crate::{
    db::{Claim, Database},
    domain::{DocumentRef, EventKey, EventSetup, Registration, RegistrationStatus},
};

/// How much the registrar takes on.
#[derive(Debug, Clone)]
pub struct RegistrarSettings {
    /// Registrations accepted and not answered. At 20,000 a second this is a fifth of a second of waiting: more would be
    /// answered too late to be of use.
    pub queue: usize,
    /// Registrations in one transaction: beyond a few hundred the rate no longer grows, only the wait does.
    pub batch_max: usize,
    /// How long the sweeper leaves a fresh document to those who still have it in memory.
    pub grace_seconds: f64,
    pub batch: BatchSettings,
}

/// Events whose lines are remembered; idle ones are forgotten beyond this.
const MAX_LINES: usize = 1024;

/// Commits registrations.
pub struct Registrar {
    database: Database,
    settings: RegistrarSettings,
    renderer: Inbox<Renderer>,
    surge: Surge,
    lines: HashMap<EventKey, Line>,
}

/// The line in front of one event.
#[derive(Default)]
struct Line {
    waiting: VecDeque<Accepted<Ask>>,
    committing: bool,
    known: Known,
}

/// A batch of this event is done.
struct BatchDone {
    event: EventKey,
    known: Known,
}

impl Message for BatchDone {
    type Result = ();
}

impl Registrar {
    /// A registrar that offers fresh tickets to `renderer`, and tells `surge` how many gather.
    pub fn new(database: Database, settings: RegistrarSettings, renderer: Inbox<Renderer>, surge: Surge) -> Self {
        Self { database, settings, renderer, surge, lines: HashMap::new() }
    }

    fn commit_next(&mut self, event: EventKey, ctx: &mut Context<Self>) {
        let Some(line) = self.lines.get_mut(&event) else { return };
        if line.committing || line.waiting.is_empty() {
            return;
        }
        line.committing = true;
        let take = line.waiting.len().min(self.settings.batch_max);
        let batch: Vec<_> = line.waiting.drain(..take).collect();
        // As many have gathered while one transaction committed: that is how much of a hurry there is.
        self.surge.note(take);
        let known = std::mem::take(&mut line.known);
        let (database, settings) = (self.database.clone(), self.settings.batch.clone());
        let offers = Offers {
            renderer: self.renderer.clone(),
            surge: self.surge.clone(),
            grace_seconds: self.settings.grace_seconds,
        };
        let done = ctx.address();
        // A task of its own: a panic in it drops its replies, which are answered with 500, and spares the actor.
        actix::spawn(async move {
            let work = commit(&database, &settings, &offers, event, batch, known);
            let known = match std::panic::AssertUnwindSafe(work).catch_unwind().await {
                Ok(known) => known,
                Err(_) => {
                    tracing::error!("committing a batch panicked");
                    Known::default()
                }
            };
            // One message a line at most, outside the bounded queue: the line stands still until it arrives.
            let told = done.send(BatchDone { event, known }).await;
            if told.is_err() {
                tracing::warn!("the registrar ended before its batch did");
            }
        });
    }

    fn forget_idle_lines(&mut self) {
        if self.lines.len() > MAX_LINES {
            self.lines.retain(|_, line| line.committing || !line.waiting.is_empty());
        }
    }
}

impl Actor for Registrar {
    type Context = Context<Self>;
}

impl Handler<Accepted<Ask>> for Registrar {
    type Result = ();

    fn handle(&mut self, ask: Accepted<Ask>, ctx: &mut Self::Context) {
        let event = ask.message.setup.event.key;
        self.lines.entry(event).or_default().waiting.push_back(ask);
        self.commit_next(event, ctx);
    }
}

impl Handler<BatchDone> for Registrar {
    type Result = ();

    fn handle(&mut self, done: BatchDone, ctx: &mut Self::Context) {
        if let Some(line) = self.lines.get_mut(&done.event) {
            line.committing = false;
            line.known = done.known;
        }
        self.commit_next(done.event, ctx);
        self.forget_idle_lines();
    }
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
                let claim = Claim::first(DocumentRef(registration.reference), self.grace_seconds);
                drop(self.renderer.offer(Make { setup, registration, claim }));
            }
        }
    }
}

/// Commits a batch and offers what can be rendered. The permits go back once everyone is answered.
async fn commit(
    database: &Database,
    settings: &BatchSettings,
    offers: &Offers,
    event: EventKey,
    batch: Vec<Accepted<Ask>>,
    known: Known,
) -> Known {
    let (asks, permits): (Vec<_>, Vec<_>) =
        batch.into_iter().map(|accepted| (accepted.message, accepted.permit)).unzip();
    let (known, registered) = Batch::new(database, settings, event, asks, known).run().await;
    drop(permits);
    offers.make(registered);
    known
}
