//! The sweeper keeps promises that memory has forgotten: it claims documents that are due, under a lease, and has them
//! made; and it puts the seats of lapsed holds back on sale.

use std::{collections::BTreeMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use actix::{Actor, ActorContext, AsyncContext, Context, Handler, Message};
use futures_util::FutureExt;

use super::{Inbox, Make, Renderer};
use crate::{
    db::{Catalog, Claim, Database, DbError, EventName},
    domain::EventKey,
    metrics::{DOCUMENTS_OVERDUE_SECONDS, DOCUMENTS_PENDING, HOLDS_EXPIRED},
};

/// How often the sweeper looks and how much it takes.
#[derive(Debug, Clone)]
pub struct SweeperSettings {
    pub interval_ms: u64,
    /// Documents claimed at once: little enough to be done well within a lease.
    pub claim: usize,
    pub lease_seconds: f64,
}

/// Holds that lapse in one statement; the rest follow in the next.
const HOLDS_AT_ONCE: i64 = 500;

/// Keeps promises.
pub struct Sweeper {
    work: Arc<Work>,
    sweeping: bool,
}

struct Work {
    database: Database,
    catalog: Catalog,
    renderer: Inbox<Renderer>,
    settings: SweeperSettings,
}

struct Swept;

impl Message for Swept {
    type Result = ();
}

/// Start no further sweep.
pub struct StopSweeping;

impl Message for StopSweeping {
    type Result = ();
}

impl Sweeper {
    /// A sweeper that has documents made by `renderer`.
    pub fn new(database: Database, catalog: Catalog, renderer: Inbox<Renderer>, settings: SweeperSettings) -> Self {
        Self { work: Arc::new(Work { database, catalog, renderer, settings }), sweeping: false }
    }

    fn sweep(&mut self, ctx: &mut Context<Self>) {
        if std::mem::replace(&mut self.sweeping, true) {
            return;
        }
        let work = self.work.clone();
        let done = ctx.address();
        actix::spawn(async move {
            match AssertUnwindSafe(work.sweep()).catch_unwind().await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "a sweep ended early"),
                Err(_) => tracing::error!("a sweep panicked"),
            }
            // A sweeper that is gone sweeps no more.
            let _ = done.send(Swept).await;
        });
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

    fn handle(&mut self, _: Swept, _: &mut Self::Context) {
        self.sweeping = false;
    }
}

impl Handler<StopSweeping> for Sweeper {
    type Result = ();

    fn handle(&mut self, _: StopSweeping, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

impl Work {
    async fn sweep(&self) -> Result<(), DbError> {
        while self.expire_holds().await? == HOLDS_AT_ONCE {}
        loop {
            let limit = i64::try_from(self.settings.claim).unwrap_or(i64::MAX);
            let claims = self.database.claim_due(limit, self.settings.lease_seconds).await?;
            let full = claims.len() == self.settings.claim;
            self.make_all(claims).await?;
            if !full {
                break;
            }
        }
        let backlog = self.database.backlog().await?;
        metrics::gauge!(DOCUMENTS_PENDING).set(backlog.pending as f64);
        metrics::gauge!(DOCUMENTS_OVERDUE_SECONDS).set(backlog.oldest_due_seconds);
        Ok(())
    }

    async fn expire_holds(&self) -> Result<i64, DbError> {
        let expired = self.database.expire_holds(HOLDS_AT_ONCE).await?;
        metrics::counter!(HOLDS_EXPIRED).increment(expired.unsigned_abs());
        Ok(expired)
    }

    /// Reads what the claimed documents are made from and hands them on, waiting where there is no room.
    async fn make_all(&self, claims: Vec<Claim>) -> Result<(), DbError> {
        let mut by_event = BTreeMap::<EventKey, Vec<Claim>>::new();
        for claim in claims {
            by_event.entry(claim.document.0.event).or_default().push(claim);
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
            let numbers: Vec<_> = claims.iter().map(|claim| claim.document.0.number).collect();
            for registration in self.database.registrations(event, &numbers).await? {
                let registration = Arc::new(registration);
                let claim = claims.iter().find(|claim| claim.document.0 == registration.reference);
                let Some(claim) = claim.copied() else { continue };
                drop(self.renderer.hand_over(Make { setup: setup.clone(), registration, claim }).await);
            }
        }
        Ok(())
    }
}
