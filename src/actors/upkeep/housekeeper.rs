//! The housekeeper does what has to be done now and then, on one server at a time: compares storage with its rows, lets go of
//! what is old, measures what is used.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use actix::{Actor, AsyncContext, Context, Handler, Message};
use futures_util::FutureExt;
use serde_json::json;

use super::{Finding, ReconcileError, Reconciler, Repair, RetentionSettings, retention};
use crate::{
    db::{AuditEntry, Database, DbError},
    domain::Prices,
    metrics::{ADDRESSES_SHORTENED, HOUSEKEEPING_FAILED, STORAGE_COST, STORAGE_OBJECTS, STORAGE_USED},
    store::{ObjectKind, Spool, Store},
};

/// What the housekeeper does, and how often.
#[derive(Debug, Clone)]
pub struct HousekeeperSettings {
    /// Between two rounds, on whichever server; 0 is never.
    pub interval_seconds: f64,
    pub repair: Repair,
    pub retention: RetentionSettings,
    /// After so many days a download's address is shortened.
    pub shorten_after_days: i32,
    pub prices: Prices,
}

/// How often the housekeeper looks whether a round is due.
const LOOK: Duration = Duration::from_secs(60);
/// Addresses shortened in one statement.
const ADDRESSES: i64 = 1000;
/// Days that a month's costs are estimated from.
const MONTH: i32 = 30;
/// Archives removed in one round.
const ARCHIVES: i64 = 1000;
const LEASE: &str = "housekeeping";
/// The clocks of disk and database may differ, and a promise is written down a moment after it is given.
const SPOOL_SLACK: Duration = Duration::from_secs(60);

/// Keeps house.
pub struct Housekeeper {
    work: Arc<Work>,
    busy: bool,
}

struct Work {
    reconciler: Reconciler,
    spool: Option<Spool>,
    settings: HousekeeperSettings,
}

struct Done;

impl Message for Done {
    type Result = ();
}

impl Housekeeper {
    /// A housekeeper that compares with `reconciler`, and clears this server's spool.
    pub fn new(reconciler: Reconciler, spool: Option<Spool>, settings: HousekeeperSettings) -> Self {
        Self { work: Arc::new(Work { reconciler, spool, settings }), busy: false }
    }

    fn look(&mut self, ctx: &mut Context<Self>) {
        if std::mem::replace(&mut self.busy, true) {
            return;
        }
        let (work, done) = (self.work.clone(), ctx.address());
        actix::spawn(async move {
            match AssertUnwindSafe(work.round()).catch_unwind().await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!(%error, "housekeeping ended early; it begins anew with the next round");
                }
                Err(_) => tracing::error!("housekeeping panicked"),
            }
            // A housekeeper that is gone keeps no house.
            let _ = done.send(Done).await;
        });
    }
}

impl Actor for Housekeeper {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        let interval = self.work.settings.interval_seconds;
        let look = if interval > 0.0 { LOOK.min(Duration::from_secs_f64(interval)) } else { LOOK };
        ctx.run_interval(look, |housekeeper, ctx| housekeeper.look(ctx));
    }
}

impl Handler<Done> for Housekeeper {
    type Result = ();

    fn handle(&mut self, _: Done, _: &mut Self::Context) {
        self.busy = false;
    }
}

impl Work {
    async fn round(&self) -> Result<(), ReconcileError> {
        let Self { reconciler: Reconciler { database, store, .. }, settings, .. } = self;
        count_requests(database, store).await?;
        self.clear_spool().await?;
        let interval = settings.interval_seconds;
        if interval <= 0.0 || store.limiter().is_unavailable() || database.take_lease(LEASE, interval).await?.is_none()
        {
            return Ok(());
        }
        // One step that fails keeps none of the others from being done.
        done("retention", self.let_go().await);
        done("archives", self.let_go_of_archives().await);
        done("addresses", self.shorten_addresses().await.map_err(Into::into));
        done("measuring", measure(database, &settings.prices).await.map_err(Into::into));
        done("comparing", self.compare().await);
        Ok(())
    }

    /// What was kept before the oldest promise that still stands belongs to promises that are kept or withdrawn by now.
    async fn clear_spool(&self) -> Result<(), DbError> {
        let Some(spool) = self.spool.clone().filter(|spool| spool.used_bytes() > 0) else { return Ok(()) };
        let oldest = Duration::from_secs_f64(self.reconciler.database.backlog().await?.oldest_seconds) + SPOOL_SLACK;
        let forgotten = tokio::task::spawn_blocking(move || spool.remove_older_than(oldest)).await;
        match forgotten {
            Ok(Ok(0)) => {}
            Ok(Ok(files)) => tracing::info!(files, "files were thrown out of the spool that nobody waits for"),
            failed => tracing::warn!(?failed, "the spool was not cleared"),
        }
        Ok(())
    }

    async fn let_go(&self) -> Result<(), ReconcileError> {
        let Self { reconciler: Reconciler { database, store, .. }, settings, .. } = self;
        for removed in retention::clean(database, store, &settings.retention, "retention", false).await? {
            if removed.objects > 0 {
                tracing::info!(kind = removed.kind.name(), objects = removed.objects, "old files were let go of");
            }
        }
        Ok(())
    }

    async fn let_go_of_archives(&self) -> Result<(), ReconcileError> {
        let Reconciler { database, store, .. } = &self.reconciler;
        for old in database.expired_archives(ARCHIVES).await? {
            store.delete(&old.key).await?;
            database.clear_archive(old.job).await?;
            let (organizer, event) = (Some(old.organizer), Some(old.event));
            let detail = json!({ "jobId": old.job.0, "key": old.key });
            let action = "storage.remove_archive";
            database.audit(&AuditEntry { actor: "retention", action, organizer, event, detail }).await?;
        }
        Ok(())
    }

    async fn compare(&self) -> Result<(), ReconcileError> {
        let report = self.reconciler.run(self.settings.repair, |_| ()).await?;
        for place in &report.strangers {
            tracing::error!(
                bucket = place.bucket,
                prefix = place.prefix,
                "nothing is removed here: it is another database's, or holds what nobody knows"
            );
        }
        let found: u64 = Finding::ALL.iter().map(|finding| report.found(*finding)).sum();
        if found > 0 {
            let count = |finding| report.found(finding);
            tracing::warn!(
                missing = count(Finding::Missing),
                damaged = count(Finding::Damaged),
                stale = count(Finding::Stale),
                orphans = count(Finding::Orphan),
                left_over = count(Finding::LeftOver),
                repaired = report.is_clean(),
                "storage was not as its rows say"
            );
        }
        Ok(())
    }

    async fn shorten_addresses(&self) -> Result<(), DbError> {
        let days = self.settings.shorten_after_days;
        let database = &self.reconciler.database;
        if days == 0 {
            return Ok(());
        }
        loop {
            let shortened = database.shorten_addresses(days, ADDRESSES).await?;
            metrics::counter!(ADDRESSES_SHORTENED).increment(shortened as u64);
            if i64::try_from(shortened) != Ok(ADDRESSES) {
                return Ok(());
            }
        }
    }
}

fn done(step: &'static str, result: Result<(), ReconcileError>) {
    if let Err(error) = result {
        tracing::error!(%error, step, "a step of housekeeping failed; it is tried again with the next round");
        metrics::counter!(HOUSEKEEPING_FAILED, "step" => step).increment(1);
    }
}

/// Adds what storage was asked by this server to what all were.
async fn count_requests(database: &Database, store: &Store) -> Result<(), DbError> {
    let asked: Vec<_> =
        store.take_request_counts().into_iter().map(|(operation, count)| (operation.name(), count)).collect();
    if asked.is_empty() {
        return Ok(());
    }
    database.add_requests(&asked).await
}

/// Shows what is used and what that costs.
async fn measure(database: &Database, prices: &Prices) -> Result<(), DbError> {
    let (mut objects, mut bytes) = (0, 0);
    for used in database.storage_usage().await? {
        let kind = used.kind.map_or(ObjectKind::Invoices.name(), |kind| kind.name());
        metrics::gauge!(STORAGE_OBJECTS, "kind" => kind).set(used.objects as f64);
        metrics::gauge!(STORAGE_USED, "kind" => kind).set(used.bytes as f64);
        objects += used.objects;
        bytes += used.bytes;
    }
    let asked = database.requests_since(MONTH).await?;
    let costs =
        prices.costs(MONTH, asked.iter().map(|(operation, count)| (operation.as_str(), *count)), objects, bytes);
    for (part, amount) in costs.parts() {
        metrics::gauge!(STORAGE_COST, "part" => part).set(amount);
    }
    Ok(())
}
