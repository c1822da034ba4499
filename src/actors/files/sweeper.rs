//! The sweeper keeps promises that memory has forgotten: it writes them down, claims documents that are due, under a lease,
//! and has them made; removes from storage what was withdrawn; and puts the seats of lapsed holds back on sale.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use actix::{Actor, ActorContext, AsyncContext, Context, Handler, Message};
use futures_util::FutureExt;

use super::{LeaseKeeper, Make, Renderer};
use crate::{
    actors::{Inbox, Surge},
    db::{Claim, Database, DbError, EventCache, EventName},
    domain::EventKey,
    metrics::{DOCUMENTS_FAILED, DOCUMENTS_OLDEST_SECONDS, DOCUMENTS_PENDING, HOLDS_EXPIRED, JOBS_OPEN, REMOVALS},
    store::Store,
};

/// How often the sweeper looks and how much it takes.
#[derive(Debug, Clone)]
pub struct SweeperSettings {
    pub interval_ms: u64,
    /// Documents claimed at once, if the renderer has room for so many.
    pub claim: usize,
    pub lease_seconds: f64,
    /// How long fresh documents are left to those who still have them in memory.
    pub grace_seconds: f64,
}

/// Holds that lapse in one statement; the rest follow in the next.
const HOLDS_AT_ONCE: i64 = 500;

/// Withdrawn files removed at once.
const REMOVALS_AT_ONCE: i64 = 32;

/// Registrations of an event whose promises are written in one statement.
const PROMISES_AT_ONCE: i32 = 1000;

/// Documents promised and claimed in a round while registrations are waiting: enough to see that storage works, too few to be felt.
const WHEN_BUSY: u8 = 16;

/// How often a full renderer is looked at again.
const BREATH: Duration = Duration::from_millis(10);

/// Keeps promises.
pub struct Sweeper {
    work: Arc<Work>,
    /// The rounds under way.
    sweeping: HashSet<Round>,
}

struct Work {
    database: Database,
    catalog: EventCache,
    surge: Surge,
    renderer: Inbox<Renderer>,
    leases: LeaseKeeper,
    store: Store,
    settings: SweeperSettings,
}

/// What is swept. Each goes its own way: seats come back although storage is slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Round {
    Holds,
    Promises,
    Documents,
    Removals,
    StorageBacklog,
}

/// A round is done.
struct Swept(Round);

impl Message for Swept {
    type Result = ();
}

/// Start no further round.
pub struct StopSweeping;

impl Message for StopSweeping {
    type Result = ();
}

impl Sweeper {
    /// A sweeper that has documents made by `renderer`, and gives way to a `surge`.
    pub fn new(
        database: Database,
        catalog: EventCache,
        surge: Surge,
        renderer: Inbox<Renderer>,
        leases: LeaseKeeper,
        store: Store,
        settings: SweeperSettings,
    ) -> Self {
        let work = Work { database, catalog, surge, renderer, leases, store, settings };
        Self { work: Arc::new(work), sweeping: HashSet::new() }
    }

    fn sweep(&mut self, ctx: &mut Context<Self>) {
        for round in [Round::Holds, Round::Promises, Round::Documents, Round::Removals, Round::StorageBacklog] {
            if !self.sweeping.insert(round) {
                continue;
            }
            let (work, done) = (self.work.clone(), ctx.address());
            actix::spawn(async move {
                match AssertUnwindSafe(work.sweep(round)).catch_unwind().await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::warn!(%error, ?round, "a sweep ended early"),
                    Err(_) => tracing::error!(?round, "a sweep panicked"),
                }
                // A sweeper that is gone sweeps no more.
                let _ = done.send(Swept(round)).await;
            });
        }
    }
}

impl Actor for Sweeper {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        self.sweep(ctx);
        ctx.run_interval(Duration::from_millis(self.work.settings.interval_ms), |sweeper, ctx| sweeper.sweep(ctx));
    }
}

impl Handler<Swept> for Sweeper {
    type Result = ();

    fn handle(&mut self, swept: Swept, _: &mut Self::Context) {
        self.sweeping.remove(&swept.0);
    }
}

impl Handler<StopSweeping> for Sweeper {
    type Result = ();

    fn handle(&mut self, _: StopSweeping, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

impl Work {
    async fn sweep(&self, round: Round) -> Result<(), DbError> {
        match round {
            Round::Holds => while self.expire_holds().await? == HOLDS_AT_ONCE {},
            Round::Promises => while self.promise().await? {},
            Round::Documents => while self.make_due().await? {},
            Round::Removals => while self.remove_withdrawn().await? {},
            Round::StorageBacklog => {
                let backlog = self.database.backlog().await?;
                metrics::gauge!(DOCUMENTS_FAILED).set(backlog.failed as f64);
                metrics::gauge!(DOCUMENTS_PENDING).set(backlog.pending as f64);
                metrics::gauge!(DOCUMENTS_OLDEST_SECONDS).set(backlog.oldest_seconds);
                for (status, count) in self.database.count_open_jobs().await? {
                    metrics::gauge!(JOBS_OPEN, "status" => status.name()).set(count as f64);
                }
            }
        }
        Ok(())
    }

    /// Writes promises down. Returns whether there may be more.
    async fn promise(&self) -> Result<bool, DbError> {
        let busy = self.surge.is_on();
        let most = if busy { WHEN_BUSY.into() } else { PROMISES_AT_ONCE };
        let promised = self.database.promise_documents(self.settings.grace_seconds, most).await?;
        Ok(!busy && promised >= PROMISES_AT_ONCE.into())
    }

    /// Claims what is due and hands it on. Returns whether there may be more: no more is claimed than there is room for, so
    /// that no lease runs out in a queue.
    async fn make_due(&self) -> Result<bool, DbError> {
        let busy = self.surge.is_on();
        let pace = self.store.limiter();
        if pace.refuses_requests() {
            return Ok(false);
        }
        let most = match (pace.is_unavailable(), busy) {
            // One finds out whether storage is back.
            (true, _) => 1,
            (false, true) => WHEN_BUSY.into(),
            (false, false) => self.settings.claim,
        };
        let room = self.room(most).await;
        if room == 0 {
            return Ok(false);
        }
        let claims =
            self.database.claim_due(i64::try_from(room).unwrap_or(i64::MAX), self.settings.lease_seconds).await?;
        self.leases.keep(&claims);
        if claims.is_empty() && pace.is_unavailable() {
            // Nobody else would find out whether it is back. What the answer says does not matter.
            drop(self.store.head("onsale/house").await);
            return Ok(false);
        }
        let more = !busy && !pace.is_unavailable() && claims.len() == room;
        self.make_all(claims).await?;
        Ok(more)
    }

    /// How many documents the renderer has room for, up to `most`; after a while if it is as good as full now.
    async fn room(&self, most: usize) -> usize {
        let room = || {
            let load = self.renderer.load();
            load.capacity.saturating_sub(load.depth).min(most)
        };
        let give_up = Instant::now() + Duration::from_millis(self.settings.interval_ms);
        while room() < most.div_ceil(2) && Instant::now() < give_up {
            tokio::time::sleep(BREATH).await;
        }
        room()
    }

    /// Removes from storage what was withdrawn. Returns whether there may be more.
    async fn remove_withdrawn(&self) -> Result<bool, DbError> {
        if self.store.limiter().is_unavailable() {
            return Ok(false);
        }
        let claims = self.database.claim_removals(REMOVALS_AT_ONCE, self.settings.lease_seconds).await?;
        let claimed = claims.len();
        let removals = futures_util::future::join_all(claims.into_iter().map(async |(claim, key)| {
            match self.store.delete(&key).await {
                Ok(()) => Some(claim),
                Err(error) => {
                    tracing::warn!(%error, "a withdrawn file was not removed; it will be tried again");
                    None
                }
            }
        }));
        let removed: Vec<_> = removals.await.into_iter().flatten().collect();
        metrics::counter!(REMOVALS, "outcome" => "ok").increment(removed.len() as u64);
        metrics::counter!(REMOVALS, "outcome" => "failed").increment((claimed - removed.len()) as u64);
        if !removed.is_empty() {
            self.database.mark_removed(&removed).await?;
        }
        Ok(claimed == removed.len() && i64::try_from(claimed) == Ok(REMOVALS_AT_ONCE))
    }

    async fn expire_holds(&self) -> Result<i64, DbError> {
        let expired = self.database.expire_holds(HOLDS_AT_ONCE).await?;
        metrics::counter!(HOLDS_EXPIRED).increment(expired.unsigned_abs());
        Ok(expired)
    }

    /// Reads what the claimed documents are made from and hands them on, as far as there is room.
    async fn make_all(&self, claims: Vec<Claim>) -> Result<(), DbError> {
        let mut by_event = BTreeMap::<EventKey, Vec<Claim>>::new();
        for claim in claims {
            by_event.entry(claim.document.registration.event).or_default().push(claim);
        }
        for (event, claims) in by_event {
            let setup = match self.catalog.find(EventName::Key(event)).await {
                Ok(Some(setup)) => setup,
                Ok(None) => continue,
                Err(error) => {
                    tracing::warn!(%error, "an event's documents wait for another sweep");
                    continue;
                }
            };
            let mut numbers: Vec<_> = claims.iter().map(|claim| claim.document.registration.number).collect();
            numbers.dedup();
            let registrations = self.database.registrations(event, &numbers).await?;
            let registrations: HashMap<_, _> = registrations
                .into_iter()
                .map(|registration| (registration.reference, Arc::new(registration)))
                .collect();
            for claim in claims {
                let Some(registration) = registrations.get(&claim.document.registration).cloned() else { continue };
                let make = Make { setup: setup.clone(), registration, claim, tell: None };
                if self.renderer.offer(make).is_err() {
                    // Others were quicker to fill it. The claim lapses, and a later round takes it up.
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}
