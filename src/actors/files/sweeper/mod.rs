//! The sweeper makes every promised file that is not in memory any more: it writes promises as rows, claims due
//! documents under a lease, and sends them to the renderer. It also removes withdrawn files, and puts the seats of
//! expired holds back on sale.

mod documents;
mod removals;

use std::{collections::HashSet, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use actix::{Actor, ActorContext, AsyncContext, Context, Handler, Message};
use futures_util::FutureExt;

use super::{LeaseKeeper, Renderer};
use crate::{
    actors::{Inbox, Surge},
    db::{Database, DbError, EventCache},
    metrics::{DOCUMENTS_FAILED, DOCUMENTS_OLDEST_SECONDS, DOCUMENTS_PENDING, HOLDS_EXPIRED, JOBS_OPEN},
    store::Store,
};

/// Settings of the sweeper.
#[derive(Debug, Clone)]
pub struct SweeperSettings {
    pub interval_ms: u64,
    /// Maximum of documents claimed at once, if the renderer has room for them.
    pub max_claims: usize,
    pub lease_seconds: f64,
    /// Seconds that a new document is left to the server that has its data in memory.
    pub grace_seconds: f64,
}

/// Maximum of holds expired in one statement.
const MAX_HOLDS: i64 = 500;

/// Actor that runs each `SweepTask` again and again.
pub struct Sweeper {
    tools: Arc<SweepTools>,
    running: HashSet<SweepTask>,
}

struct SweepTools {
    database: Database,
    catalog: EventCache,
    surge: Surge,
    renderer: Inbox<Renderer>,
    leases: LeaseKeeper,
    store: Store,
    settings: SweeperSettings,
}

/// A task of the sweeper. Tasks run independently: slow storage does not delay the seats of expired holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum SweepTask {
    Holds,
    Promises,
    Documents,
    Removals,
    /// Gauges of documents and jobs that are not finished.
    Backlog,
}

/// Message of the sweeper to itself: a task has ended.
struct TaskFinished(SweepTask);

impl Message for TaskFinished {
    type Result = ();
}

/// Message to the sweeper: start no further task.
pub struct StopSweeping;

impl Message for StopSweeping {
    type Result = ();
}

impl Sweeper {
    /// Creates a sweeper that sends documents to `renderer`, and only a few during a `surge`.
    pub fn new(
        database: Database,
        catalog: EventCache,
        surge: Surge,
        renderer: Inbox<Renderer>,
        leases: LeaseKeeper,
        store: Store,
        settings: SweeperSettings,
    ) -> Self {
        let tools = SweepTools { database, catalog, surge, renderer, leases, store, settings };
        Self { tools: Arc::new(tools), running: HashSet::new() }
    }

    fn start_tasks(&mut self, ctx: &mut Context<Self>) {
        let tasks =
            [SweepTask::Holds, SweepTask::Promises, SweepTask::Documents, SweepTask::Removals, SweepTask::Backlog];
        for task in tasks {
            if !self.running.insert(task) {
                continue;
            }
            let (tools, sweeper) = (self.tools.clone(), ctx.address());
            actix::spawn(async move {
                match AssertUnwindSafe(tools.run(task)).catch_unwind().await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::warn!(%error, ?task, "a task of the sweeper failed; it runs again soon"),
                    Err(_) => tracing::error!(?task, "a task of the sweeper panicked"),
                }
                // Fails only if the sweeper has stopped.
                let _ = sweeper.send(TaskFinished(task)).await;
            });
        }
    }
}

impl Actor for Sweeper {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        // The first tasks start after one interval: a server that starts sells first.
        ctx.run_interval(Duration::from_millis(self.tools.settings.interval_ms), |sweeper, ctx| {
            sweeper.start_tasks(ctx);
        });
    }
}

impl Handler<TaskFinished> for Sweeper {
    type Result = ();

    fn handle(&mut self, finished: TaskFinished, _: &mut Self::Context) {
        self.running.remove(&finished.0);
    }
}

impl Handler<StopSweeping> for Sweeper {
    type Result = ();

    fn handle(&mut self, _: StopSweeping, ctx: &mut Self::Context) {
        ctx.stop();
    }
}

impl SweepTools {
    /// Runs a task until nothing is left to do.
    async fn run(&self, task: SweepTask) -> Result<(), DbError> {
        match task {
            SweepTask::Holds => while self.expire_holds().await? == MAX_HOLDS {},
            SweepTask::Promises => while self.write_promises().await? {},
            SweepTask::Documents => while self.claim_due().await? {},
            SweepTask::Removals => while self.remove_withdrawn().await? {},
            SweepTask::Backlog => {
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

    async fn expire_holds(&self) -> Result<i64, DbError> {
        let expired = self.database.expire_holds(MAX_HOLDS).await?;
        metrics::counter!(HOLDS_EXPIRED).increment(expired.unsigned_abs());
        Ok(expired)
    }
}
