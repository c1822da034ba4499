//! The outbox: sends every message that the database holds. Promises become rows, due rows are claimed under a lease,
//! composed on the render pool, copied to the archive, sent, and their outcomes recorded.
//!
//! A message may reach the mail server twice in one case: the server stops between the mail server's acceptance and the
//! record of it, some milliseconds. Both have the same Message-ID.

mod account_letter;
mod address_letter;
mod compose;
mod health;
mod held;
mod letter;
mod outcome;
mod pace;
mod reasons;
mod record;
mod send;
mod server_mail;
mod templates;
mod upkeep;

use std::{sync::Arc, time::Duration};

use tokio::sync::{Notify, Semaphore, mpsc};

pub use letter::{Links, RegistrationLetter};
pub use pace::Rates;

use self::{
    compose::{Composed, Composer},
    health::ServerHealth,
    held::{Held, HeldMessages},
    pace::Pace,
    record::Recorded,
    send::Courier,
    templates::Templates,
};
use super::Surge;
use crate::{
    db::{Database, DbError, EventCache},
    mail::MailSender,
    outside::Smtp,
    render::{PlanCache, RenderPool},
    store::Store,
};

/// Settings of the outbox.
#[derive(Debug, Clone)]
pub struct OutboxSettings {
    pub interval: Duration,
    /// Messages in hand at once, from their claim to the record of their outcome.
    pub in_hand: usize,
    pub lease: Duration,
    /// Time between a change of an event and the messages about it, in which further changes join it.
    pub notice_delay: Duration,
    pub rates: Rates,
    /// Copies kept in the database while storage is away.
    pub max_copies: i64,
}

/// Messages that the promises of registrations may add to those that are due: so that no event's promises delay those of
/// another one for long.
const MAX_DUE: i64 = 5000;
/// Registrations of an event whose messages are inserted in one statement.
const MAX_PROMISES: i32 = 1000;
/// The same, and messages claimed at once, during a surge: enough to notice if the mail server fails, too few to slow
/// registrations down.
const DURING_SURGE: u8 = 4;

/// Messages with links that a server sends for each event: enough for guests, too few to trouble all of them at once.
const LINKS_PER_SECOND: u32 = 10;

/// Services and settings that the outbox uses.
pub struct OutboxTools {
    pub database: Database,
    pub catalog: EventCache,
    pub surge: Surge,
    pub pool: RenderPool,
    pub plans: PlanCache,
    pub store: Store,
    pub base_url: String,
}

/// The mail server and the sender of messages.
pub struct Mailing {
    pub smtp: Smtp,
    pub sender: MailSender,
}

/// Handle to the outbox. Clones share it.
#[derive(Clone)]
pub struct Outbox(Arc<Inner>);

struct Inner {
    stop: Notify,
    in_hand: Arc<Semaphore>,
    capacity: usize,
    /// False if messages only gather, because there is no mail server.
    sends: bool,
}

impl Outbox {
    /// Starts the outbox on the current runtime. Without a mail server, messages wait in the database.
    pub fn start(tools: OutboxTools, mailing: Option<Mailing>, settings: OutboxSettings) -> Self {
        let capacity = settings.in_hand;
        let in_hand = Arc::new(Semaphore::new(capacity));
        let outbox = Self(Arc::new(Inner { stop: Notify::new(), in_hand, capacity, sends: mailing.is_some() }));
        tokio::spawn(Worker::new(tools, mailing, settings, outbox.clone()).run());
        outbox
    }

    /// True if there is a mail server.
    pub fn sends(&self) -> bool {
        self.0.sends
    }

    /// Claims no more messages.
    pub fn stop(&self) {
        self.0.stop.notify_one();
    }

    /// Claims no more messages, and waits for those in hand. Returns false if that took longer than `limit`.
    pub async fn drain(&self, limit: Duration) -> bool {
        self.stop();
        let all = u32::try_from(self.0.capacity).unwrap_or(u32::MAX);
        let drained = tokio::time::timeout(limit, self.0.in_hand.acquire_many(all)).await;
        self.0.in_hand.close();
        drained.is_ok()
    }
}

/// The loop of the outbox.
struct Worker {
    database: Database,
    surge: Surge,
    settings: OutboxSettings,
    outbox: Outbox,
    sending: Option<Sending>,
}

/// The parts that send messages, if there is a mail server.
struct Sending {
    composer: Arc<Composer>,
    courier: Arc<Courier>,
    health: Arc<ServerHealth>,
    held: HeldMessages,
    recorder: mpsc::UnboundedSender<Recorded>,
}

impl Worker {
    fn new(tools: OutboxTools, mailing: Option<Mailing>, settings: OutboxSettings, outbox: Outbox) -> Self {
        let OutboxTools { database, catalog, surge, pool, plans, store, base_url } = tools;
        let sending = mailing.map(|Mailing { smtp, sender }| {
            let health = Arc::new(ServerHealth::default());
            let held = HeldMessages::new(settings.lease);
            tokio::spawn(held.clone().renew(database.clone()));
            // Bounded by the permits of the messages in it.
            let (recorder, outcomes) = mpsc::unbounded_channel();
            tokio::spawn(record::run(database.clone(), outcomes));
            let pace = Arc::new(Pace::new(settings.rates));
            let composer = Composer {
                pace: pace.clone(),
                link_pace: Pace::new(Rates { total: 0, per_host: LINKS_PER_SECOND }),
                templates: Templates::new(database.clone()),
                database: database.clone(),
                catalog,
                pool,
                plans,
                sender: Arc::new(sender),
                base_url,
            };
            let courier = Courier {
                database: database.clone(),
                smtp,
                store,
                pace,
                health: health.clone(),
                max_copies: settings.max_copies,
            };
            Sending { composer: Arc::new(composer), courier: Arc::new(courier), health, held, recorder }
        });
        let courier = sending.as_ref().map(|sending| sending.courier.clone());
        tokio::spawn(upkeep::run(database.clone(), courier));
        Self { database, surge, settings, outbox, sending }
    }

    async fn run(self) {
        let mut pause = self.settings.interval;
        loop {
            tokio::select! {
                () = self.outbox.0.stop.notified() => return,
                () = tokio::time::sleep(pause) => {}
            }
            pause = match self.round().await {
                Ok(true) => Duration::ZERO,
                Ok(false) => self.settings.interval,
                Err(error) => {
                    tracing::warn!(%error, "the outbox could not read its messages; it tries again soon");
                    self.settings.interval
                }
            };
        }
    }

    /// Writes promises and sends due messages. Returns true if there is more to do at once.
    async fn round(&self) -> Result<bool, DbError> {
        let surge = self.surge.is_on();
        if self.database.due_messages(MAX_DUE).await? < MAX_DUE {
            let most = if surge { DURING_SURGE.into() } else { MAX_PROMISES };
            self.database.promise_messages(most).await?;
            self.database.notify_registrants(self.settings.notice_delay.as_secs_f64(), most).await?;
        }
        let Some(sending) = &self.sending else { return Ok(false) };
        let room = self.outbox.0.in_hand.available_permits().min(self.settings.rates.in_two_seconds());
        let room = sending.health.allowed(if surge { room.min(DURING_SURGE.into()) } else { room });
        // A claim of few messages costs as much as one of many: while most are in hand, the others are waited for.
        let enough = (self.settings.in_hand / 4).min(self.settings.rates.in_two_seconds());
        if room == 0 || !surge && !sending.health.is_away() && room < enough {
            tokio::time::sleep(WAIT_FOR_ROOM).await;
            return Ok(room > 0 || !sending.health.is_away());
        }
        let claims = self
            .database
            .claim_messages(i64::try_from(room).unwrap_or(i64::MAX), self.settings.lease.as_secs_f64())
            .await?;
        let (claimed, mut messages) = (claims.len(), Vec::with_capacity(claims.len()));
        for claim in claims {
            // Without a permit, the outbox is stopping; the lease ends.
            let Ok(permit) = self.outbox.0.in_hand.clone().try_acquire_owned() else { break };
            messages.extend(sending.held.hold(claim, permit));
        }
        sending.dispatch(messages);
        Ok(!surge && claimed == room && !sending.health.is_away())
    }
}

/// Pause while most messages are in hand.
const WAIT_FOR_ROOM: Duration = Duration::from_millis(2);

impl Sending {
    /// Composes messages, and sends each as soon as it is ready.
    fn dispatch(&self, messages: Vec<Held>) {
        let (composer, courier, recorder) = (self.composer.clone(), self.courier.clone(), self.recorder.clone());
        let io = tokio::runtime::Handle::current();
        let next = move |composed| match composed {
            Composed::Ready(ready) => {
                let (courier, recorder) = (courier.clone(), recorder.clone());
                io.spawn(async move {
                    let (held, outcome) = courier.deliver(*ready).await;
                    // Fails only if the recorder has panicked: the lease ends then.
                    drop(recorder.send(Recorded { held, outcome }));
                });
            }
            Composed::Not(not) => {
                let (held, outcome) = *not;
                drop(recorder.send(Recorded { held, outcome }));
            }
        };
        tokio::spawn(async move { composer.compose(messages, next).await });
    }
}
