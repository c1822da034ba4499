//! The foreman claims chunks of jobs, a few at once, runs the code for their kind of job, and renews their leases
//! meanwhile.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use actix::{Actor, Context, Handler, Message};
use futures_util::FutureExt;
use tokio::sync::watch;

use super::{JobTools, WorkError, announce::announce, archive::Archive, regenerate::regenerate};
use crate::{
    db::{Chunk, ChunkLease, DbError, ReleaseReason},
    domain::{JobKind, JobStatus},
    metrics::JOB_CHUNKS,
    store::full_jitter,
};

/// Settings of the foreman.
#[derive(Debug, Clone)]
pub struct ForemanSettings {
    /// Maximum of chunks at once; 0 leaves all jobs to other servers.
    pub chunks: usize,
    /// Maximum of registrations in a chunk.
    pub registrations: i32,
    pub lease_seconds: f64,
    /// Maximum of files of jobs between claim and storage.
    pub in_flight: usize,
    /// Longest transaction of registrations that does not slow jobs down.
    pub max_transaction_time: Duration,
    /// Days an archive is kept.
    pub archive_days: i32,
}

/// Pause before the next claim if no chunk was free.
const IDLE_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause between two renewals of a chunk's lease. A renewal also returns if the job is cancelled.
const RENEWAL_INTERVAL: Duration = Duration::from_millis(300);
/// Longest pause after repeated errors.
const MAX_RETRY_PAUSE: Duration = Duration::from_secs(30);
/// Errors of a chunk in a row after which its job fails.
const MAX_ERRORS: i16 = 10;
/// Pause of an archive that yields to other jobs.
const YIELD_PAUSE: Duration = Duration::from_millis(100);
/// Maximum of registrations in a chunk during a sale.
const REGISTRATIONS_DURING_SALE: i32 = 64;
/// Pause before a chunk that failed is claimed again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Actor that works on jobs.
pub struct Foreman {
    tools: Arc<JobTools>,
    stop: watch::Sender<bool>,
}

/// Message to the foreman: claim no further chunk.
pub struct StopWork;

impl Message for StopWork {
    type Result = ();
}

impl Foreman {
    /// Creates a foreman with these tools.
    pub fn new(tools: Arc<JobTools>) -> Self {
        Self { tools, stop: watch::Sender::new(false) }
    }
}

impl Actor for Foreman {
    type Context = Context<Self>;

    fn started(&mut self, _: &mut Self::Context) {
        for worker in 0..self.tools.settings.chunks {
            actix::spawn(work(worker, self.tools.clone(), self.stop.subscribe()));
        }
    }
}

impl Handler<StopWork> for Foreman {
    type Result = ();

    fn handle(&mut self, _: StopWork, _: &mut Self::Context) {
        self.stop.send_replace(true);
    }
}

/// Works on one chunk after the other. During a sale only the first worker runs, on smaller chunks.
async fn work(worker: usize, tools: Arc<JobTools>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let idle = tools.throttle.is_idle();
        let pause = match worker {
            1.. if !idle => IDLE_PAUSE,
            _ => AssertUnwindSafe(work_on_next(&tools, idle, &mut stop)).catch_unwind().await.unwrap_or_else(|_| {
                tracing::error!("work on a job panicked; its chunk is claimed again later");
                RETRY_PAUSE
            }),
        };
        if !pause.is_zero() {
            drop(tokio::time::timeout(pause, stop.wait_for(|stop| *stop)).await);
        }
    }
}

/// Claims the next chunk and works on it. Returns the pause before the next claim.
async fn work_on_next(tools: &JobTools, idle: bool, stop: &mut watch::Receiver<bool>) -> Duration {
    let max = tools.settings.registrations;
    let registrations = if idle { max } else { max.min(REGISTRATIONS_DURING_SALE) };
    let _slot = tools.slots.acquire().await.expect("the semaphore is never closed");
    match claim(tools, registrations).await {
        Ok(Some(chunk)) => {
            work_on(tools, &chunk, stop).await;
            Duration::ZERO
        }
        Ok(None) => {
            log_failure(tools.database.complete_abandoned_jobs().await);
            IDLE_PAUSE
        }
        Err(error) => {
            tracing::warn!(%error, "chunks of jobs cannot be claimed");
            RETRY_PAUSE
        }
    }
}

/// Claims a chunk whose lease has expired, or else the next chunk of the job that waited longest. An error that the job
/// causes is counted against this job, and the other jobs have their turn first.
async fn claim(tools: &JobTools, registrations: i32) -> Result<Option<Chunk>, DbError> {
    let (database, lease_seconds) = (&tools.database, tools.settings.lease_seconds);
    if let Some(chunk) = database.claim_expired_chunk(lease_seconds).await? {
        return Ok(Some(chunk));
    }
    let Some(job) = database.next_job().await? else { return Ok(None) };
    let claimed = database.claim_next_chunk(job, registrations, lease_seconds).await;
    if let Err(error) = &claimed
        && !error.is_unreachable()
        && MAX_ERRORS <= database.defer_job(job, error.is_timeout() || !error.is_transient()).await?
    {
        tracing::error!(job = %job.0, %error, "a job failed");
        database.end_job(job, JobStatus::Failed, Some("its registrations cannot be claimed"), "server").await?;
    }
    claimed
}

/// Works on a chunk while its lease is renewed.
async fn work_on(tools: &JobTools, chunk: &Chunk, stop: &mut watch::Receiver<bool>) {
    let work = async {
        match chunk.kind {
            JobKind::Regeneration => regenerate(tools, chunk).await,
            JobKind::Archive => Archive::of(tools, chunk).await?.run().await,
            JobKind::Announcement => announce(tools, chunk).await,
        }
    };
    let outcome = tokio::select! {
        done = work => finish(tools, chunk, done).await,
        lease = renew(tools, chunk) => {
            tracing::info!(job = %chunk.job.0, ?lease, "a chunk of a job was dropped");
            match lease {
                ChunkLease::JobPaused => drop(release(tools, chunk, Duration::ZERO, ReleaseReason::Interruption).await),
                ChunkLease::JobOver => abandon(tools, chunk).await,
                // Possibly this server released the last chunk a moment ago, and the job can be completed.
                ChunkLease::Lost | ChunkLease::Held => log_failure(tools.database.complete_abandoned_jobs().await),
            }
            "dropped"
        },
        _ = stop.wait_for(|stop| *stop) => {
            release(tools, chunk, Duration::ZERO, ReleaseReason::Interruption).await;
            "stopped"
        }
    };
    metrics::counter!(JOB_CHUNKS, "kind" => chunk.kind.name(), "outcome" => outcome).increment(1);
}

/// Records the result of a chunk. Returns the name of the outcome in metrics.
async fn finish(tools: &JobTools, chunk: &Chunk, done: Result<(), WorkError>) -> &'static str {
    let error = match done {
        Ok(()) => return "ok",
        Err(WorkError::Yield) => {
            release(tools, chunk, YIELD_PAUSE, ReleaseReason::Interruption).await;
            return "ok";
        }
        Err(WorkError::Lost) => {
            log_failure(tools.database.complete_abandoned_jobs().await);
            return "dropped";
        }
        Err(error) => error,
    };
    tracing::warn!(job = %chunk.job.0, %error, "a chunk of a job was interrupted; it is claimed again later");
    // Longer with each attempt, so that other jobs get their share.
    let attempts = u32::try_from(chunk.attempts).unwrap_or(1);
    let pause = full_jitter(attempts, RETRY_PAUSE, MAX_RETRY_PAUSE) + RETRY_PAUSE;
    let errors = release(tools, chunk, pause, ReleaseReason::Error).await;
    if errors < MAX_ERRORS && !matches!(error, WorkError::Permanent(_)) {
        return "interrupted";
    }
    tracing::error!(job = %chunk.job.0, %error, "a job failed");
    log_failure(tools.database.end_job(chunk.job, JobStatus::Failed, Some(&error.to_string()), "server").await);
    abandon(tools, chunk).await;
    "failed"
}

/// Releases a chunk's lease; the chunk can be claimed again after `pause`. Returns the number of errors in a row.
async fn release(tools: &JobTools, chunk: &Chunk, pause: Duration, reason: ReleaseReason) -> i16 {
    let released = tools.database.release_chunk(chunk, pause.as_secs_f64(), reason).await;
    released.unwrap_or_else(|error| {
        tracing::warn!(%error, "a chunk's lease was not released; it will expire");
        0
    })
}

/// Removes the objects of an archive job that is over.
async fn abandon(tools: &JobTools, chunk: &Chunk) {
    if chunk.kind == JobKind::Archive
        && let Ok(archive) = Archive::of(tools, chunk).await
    {
        archive.abandon().await;
    }
}

/// Renews a chunk's lease until it is lost, or the job is paused or over.
async fn renew(tools: &JobTools, chunk: &Chunk) -> ChunkLease {
    let lease = Duration::from_secs_f64(tools.settings.lease_seconds);
    let mut renewed_at = Instant::now();
    loop {
        tokio::time::sleep(RENEWAL_INTERVAL.min(lease / 4)).await;
        match tools.database.renew_chunk(chunk, tools.settings.lease_seconds).await {
            Ok(ChunkLease::Held) => renewed_at = Instant::now(),
            // The chunk of a paused regeneration or announcement is finished: that does not take long, and no other chunk is claimed
            // after it.
            Ok(ChunkLease::JobPaused) if chunk.kind != JobKind::Archive => renewed_at = Instant::now(),
            Ok(lost) => return lost,
            // Until the lease expires, no other server can claim the chunk.
            Err(error) if renewed_at.elapsed() < lease => tracing::debug!(%error, "a chunk's lease was not renewed"),
            Err(_) => return ChunkLease::Lost,
        }
    }
}

fn log_failure<T>(done: Result<T, DbError>) {
    if let Err(error) = done {
        tracing::warn!(%error, "the state of a job was not written; a later check writes it");
    }
}
