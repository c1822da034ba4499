//! The housekeeper runs periodic maintenance, on one server at a time: it compares storage with the database, removes
//! expired files, and measures the use of storage.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use actix::{Actor, AsyncContext, Context, Handler, Message};
use futures_util::FutureExt;
use serde_json::json;

use super::{
    Finding, ReconcileError, ReconcileOptions, Reconciler, RetentionMode, RetentionSettings, apply_retention,
    usage::{count_requests, measure},
};
use crate::{
    db::{AuditEntry, DbError, NamedLease, SessionLife},
    domain::Prices,
    metrics::{ADDRESSES_SHORTENED, HOUSEKEEPING_FAILED, STORAGE_BOUND},
    store::Spool,
};

/// Settings of the housekeeper.
#[derive(Debug, Clone)]
pub struct HousekeeperSettings {
    /// Seconds between two rounds, of all servers together; 0 is never.
    pub interval_seconds: f64,
    pub reconcile: ReconcileOptions,
    pub retention: RetentionSettings,
    pub session_life: SessionLife,
    /// Days after which the IP address of a download is shortened; 0 is never.
    pub shorten_after_days: i32,
    pub prices: Prices,
    /// Bytes in storage above which operators are alerted; 0 is never.
    pub bound_bytes: u64,
}

/// Longest interval at which the housekeeper checks if a round is due.
const MAX_CHECK_INTERVAL: Duration = Duration::from_secs(60);
/// Maximum of addresses shortened in one statement.
const MAX_ADDRESSES: i64 = 1000;
/// Maximum of rows of a table deleted in one round.
const MAX_ROWS: i64 = 100_000;
/// Maximum of archives removed in one round.
const MAX_ARCHIVES: i64 = 1000;
const LEASE: &str = "housekeeping";
/// Added to the age of the oldest pending document: clocks of disk and database may differ, and rows are written after
/// a delay.
const SPOOL_SLACK: Duration = Duration::from_secs(60);

/// Actor that runs the rounds of maintenance.
pub struct Housekeeper {
    tools: Arc<HousekeeperTools>,
    /// True while a round runs.
    busy: bool,
}

struct HousekeeperTools {
    reconciler: Reconciler,
    spool: Option<Spool>,
    settings: HousekeeperSettings,
}

/// Message of the housekeeper to itself: a round has ended.
struct RoundFinished;

impl Message for RoundFinished {
    type Result = ();
}

impl Housekeeper {
    /// Creates a housekeeper that compares with `reconciler` and removes old files from this server's `spool`.
    pub fn new(reconciler: Reconciler, spool: Option<Spool>, settings: HousekeeperSettings) -> Self {
        Self { tools: Arc::new(HousekeeperTools { reconciler, spool, settings }), busy: false }
    }

    fn start_round(&mut self, ctx: &mut Context<Self>) {
        if std::mem::replace(&mut self.busy, true) {
            return;
        }
        let (tools, housekeeper) = (self.tools.clone(), ctx.address());
        actix::spawn(async move {
            match AssertUnwindSafe(tools.run_round()).catch_unwind().await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!(%error, "a round of housekeeping failed; the next round starts from the beginning");
                }
                Err(_) => tracing::error!("housekeeping panicked"),
            }
            // Fails only if the housekeeper has stopped.
            let _ = housekeeper.send(RoundFinished).await;
        });
    }
}

impl Actor for Housekeeper {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        metrics::gauge!(STORAGE_BOUND).set(self.tools.settings.bound_bytes as f64);
        let interval = self.tools.settings.interval_seconds;
        let check_interval =
            if interval > 0.0 { MAX_CHECK_INTERVAL.min(Duration::from_secs_f64(interval)) } else { MAX_CHECK_INTERVAL };
        ctx.run_interval(check_interval, |housekeeper, ctx| housekeeper.start_round(ctx));
    }
}

impl Handler<RoundFinished> for Housekeeper {
    type Result = ();

    fn handle(&mut self, _: RoundFinished, _: &mut Self::Context) {
        self.busy = false;
    }
}

impl HousekeeperTools {
    /// Does the work of this server; then all other steps, if this server gets the lease of the round.
    async fn run_round(&self) -> Result<(), ReconcileError> {
        let Self { reconciler: Reconciler { database, store, .. }, settings, .. } = self;
        count_requests(database, store).await?;
        self.clean_spool().await?;
        let interval = settings.interval_seconds;
        if interval <= 0.0 || store.limiter().is_unavailable() {
            return Ok(());
        }
        let Some(lease) = database.take_lease(LEASE, interval).await? else { return Ok(()) };
        tokio::select! {
            () = self.run_steps() => Ok(()),
            error = self.keep_lease(&lease) => error,
        }
    }

    /// Runs the steps of a round. If one fails, the others run all the same.
    async fn run_steps(&self) {
        log_failure("retention", self.remove_expired_files().await);
        log_failure("archives", self.remove_expired_archives().await);
        log_failure("trash", self.empty_trash().await);
        log_failure("old rows", self.prune_rows().await.map_err(Into::into));
        log_failure("addresses", self.shorten_addresses().await.map_err(Into::into));
        let measured = measure(&self.reconciler.database, &self.settings.prices).await;
        log_failure("measuring", measured.map_err(Into::into));
        log_failure("comparing", self.compare().await);
    }

    /// Renews the lease for as long as the round takes. Returns when the lease is lost: another server may have begun a
    /// round, so this one must end.
    async fn keep_lease(&self, lease: &NamedLease) -> Result<(), ReconcileError> {
        let interval = self.settings.interval_seconds;
        loop {
            tokio::time::sleep(Duration::from_secs_f64(interval / 3.0)).await;
            match self.reconciler.database.renew_lease(lease, interval).await {
                Ok(true) => {}
                Ok(false) => {
                    tracing::warn!("another server has begun a round of housekeeping; the round here ends");
                    return Ok(());
                }
                // The next renewal may come in time.
                Err(error) if error.is_transient() => {
                    tracing::warn!(%error, "the lease of housekeeping was not renewed");
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Removes files from the spool that are older than the oldest pending document: their documents are stored or
    /// withdrawn.
    async fn clean_spool(&self) -> Result<(), DbError> {
        let Some(spool) = self.spool.clone().filter(|spool| spool.used_bytes() > 0) else { return Ok(()) };
        let oldest = Duration::from_secs_f64(self.reconciler.database.backlog().await?.oldest_seconds) + SPOOL_SLACK;
        let removed = tokio::task::spawn_blocking(move || spool.remove_older_than(oldest)).await;
        match removed {
            Ok(Ok(0)) => {}
            Ok(Ok(files)) => tracing::info!(files, "files without a pending document were removed from the spool"),
            failed => tracing::warn!(?failed, "the spool was not cleaned"),
        }
        Ok(())
    }

    async fn remove_expired_files(&self) -> Result<(), ReconcileError> {
        let Self { reconciler: Reconciler { database, store, .. }, settings, .. } = self;
        let mode = RetentionMode::Remove;
        for expired in apply_retention(database, store, &settings.retention, "retention", mode).await? {
            if expired.objects > 0 {
                tracing::info!(kind = expired.kind.name(), objects = expired.objects, "expired files were removed");
            }
        }
        Ok(())
    }

    /// Deletes old jobs, records of downloads, messages of the server, and sessions that have ended.
    async fn prune_rows(&self) -> Result<(), DbError> {
        let (database, retention) = (&self.reconciler.database, &self.settings.retention);
        if retention.jobs_days > 0 {
            database.prune_jobs(retention.jobs_days, MAX_ROWS).await?;
        }
        if retention.downloads_days > 0 {
            database.prune_downloads(retention.downloads_days, MAX_ROWS).await?;
        }
        database.prune_server_messages().await?;
        database.prune_sessions(self.settings.session_life).await?;
        Ok(())
    }

    async fn empty_trash(&self) -> Result<(), ReconcileError> {
        let objects = self.reconciler.empty_trash(self.settings.retention.trash_days).await?;
        if objects > 0 {
            tracing::info!(objects, "objects were deleted from the trash");
        }
        Ok(())
    }

    async fn remove_expired_archives(&self) -> Result<(), ReconcileError> {
        let Reconciler { database, store, .. } = &self.reconciler;
        for expired in database.expired_archives(MAX_ARCHIVES).await? {
            if let Err(error) = store.delete(&expired.key).await {
                if error.cause.is_general() {
                    return Err(error.into());
                }
                tracing::warn!(%error, "an archive was not removed; the next round tries again");
                continue;
            }
            database.clear_archive(expired.job).await?;
            let (organizer, event) = (Some(expired.organizer), Some(expired.event));
            let detail = json!({ "jobId": expired.job.0, "key": expired.key });
            let action = "storage.remove_archive";
            database.audit(&AuditEntry { actor: "retention", action, organizer, event, detail }).await?;
        }
        Ok(())
    }

    async fn compare(&self) -> Result<(), ReconcileError> {
        let report = self.reconciler.run(self.settings.reconcile, |_| ()).await?;
        for place in &report.foreign_places {
            tracing::error!(
                bucket = place.bucket,
                prefix = place.prefix,
                "nothing is removed here: the place belongs to another database, or has no owner and holds unknown objects"
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
                left_over = count(Finding::AbandonedUpload),
                repaired = report.is_clean(),
                "storage differed from the database"
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
            let shortened = database.shorten_addresses(days, MAX_ADDRESSES).await?;
            metrics::counter!(ADDRESSES_SHORTENED).increment(shortened as u64);
            if i64::try_from(shortened) != Ok(MAX_ADDRESSES) {
                return Ok(());
            }
        }
    }
}

fn log_failure(step: &'static str, result: Result<(), ReconcileError>) {
    if let Err(error) = result {
        tracing::error!(%error, step, "a step of housekeeping failed; the next round retries it");
        metrics::counter!(HOUSEKEEPING_FAILED, "step" => step).increment(1);
    }
}
