//! The foreman has jobs done: claims chunks of them, a few at once, holds their leases while they last, and hands each to whoever
//! knows its kind. Everything a job is stands in the database; another server goes on where this one ends.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use actix::{Actor, Context, Handler, Message};
use futures_util::FutureExt;
use tokio::sync::{Semaphore, watch};

use super::{Archiver, Regenerator, Throttle, WorkError};
use crate::{
    db::{Chunk, Database, DbError, Held},
    domain::{JobKind, JobStatus},
    metrics::JOB_CHUNKS,
    store::full_jitter,
};

/// How much the foreman takes on.
#[derive(Debug, Clone)]
pub struct ForemanSettings {
    /// Chunks at once; 0 leaves jobs to other servers.
    pub chunks: usize,
    /// Registrations in a chunk.
    pub registrations: i32,
    pub lease_seconds: f64,
    /// Files of jobs on their way into storage at once.
    pub in_flight: usize,
    /// How long a registration may take before jobs give way.
    pub patience: Duration,
    /// How long an archive is kept.
    pub archive_days: i32,
}

/// How often it looks for work while there is none.
const LOOK: Duration = Duration::from_millis(500);
/// How often it is asked whether a job is still wanted: cancelling takes no longer.
const BEAT: Duration = Duration::from_millis(300);
const LONGEST_REST: Duration = Duration::from_secs(30);
/// A chunk with which something went wrong so often in a row, and nothing right, ends its job.
const MOST_ERRORS: i16 = 10;
/// For how long an archive leaves its place to others.
const YIELDED: Duration = Duration::from_millis(100);
/// Registrations in a chunk while people buy.
const WHEN_LIVE: i32 = 64;
/// A chunk that failed is taken up again after this.
const REST: Duration = Duration::from_secs(1);

/// Has jobs done.
pub struct Foreman {
    yard: Arc<Yard>,
    stop: watch::Sender<bool>,
}

/// What the work is done with.
pub struct Yard {
    pub database: Database,
    pub regenerator: Regenerator,
    pub archiver: Archiver,
    pub throttle: Throttle,
    pub settings: ForemanSettings,
    /// One for each chunk under way.
    pub slots: Arc<Semaphore>,
}

/// Start nothing more.
pub struct StopWork;

impl Message for StopWork {
    type Result = ();
}

impl Foreman {
    /// A foreman in this yard.
    pub fn new(yard: Arc<Yard>) -> Self {
        Self { yard, stop: watch::Sender::new(false) }
    }
}

impl Actor for Foreman {
    type Context = Context<Self>;

    fn started(&mut self, _: &mut Self::Context) {
        for place in 0..self.yard.settings.chunks {
            actix::spawn(work(place, self.yard.clone(), self.stop.subscribe()));
        }
    }
}

impl Handler<StopWork> for Foreman {
    type Result = ();

    fn handle(&mut self, _: StopWork, _: &mut Self::Context) {
        self.stop.send_replace(true);
    }
}

impl Yard {
    /// Waits until no chunk is under way. `false` if that took longer than `limit`: then others take them up.
    pub async fn drain(&self, limit: Duration) -> bool {
        let all = u32::try_from(self.settings.chunks).unwrap_or(u32::MAX);
        tokio::time::timeout(limit, self.slots.acquire_many(all)).await.is_ok()
    }
}

/// Does one chunk after the other. While people buy only the first does, and smaller ones.
async fn work(place: usize, yard: Arc<Yard>, mut stop: watch::Receiver<bool>) {
    let lease_seconds = yard.settings.lease_seconds;
    while !*stop.borrow() {
        let alone = yard.throttle.is_alone();
        if place > 0 && !alone {
            drop(tokio::time::timeout(LOOK, stop.wait_for(|stop| *stop)).await);
            continue;
        }
        let most = yard.settings.registrations;
        let registrations = if alone { most } else { most.min(WHEN_LIVE) };
        // Nobody closes it.
        let Ok(slot) = yard.slots.clone().acquire_owned().await else { return };
        let claimed = yard.database.claim_chunk(registrations, lease_seconds).await;
        let pause = match claimed {
            Ok(Some(chunk)) => {
                let done = AssertUnwindSafe(see_through(&yard, &chunk, &mut stop)).catch_unwind().await;
                match done {
                    Ok(pause) => pause,
                    Err(_) => {
                        tracing::error!(job = %chunk.job.0, "a chunk of a job panicked; it is taken up again later");
                        REST
                    }
                }
            }
            Ok(None) => {
                report(yard.database.complete_idle_jobs().await);
                LOOK
            }
            Err(error) => {
                tracing::warn!(%error, "jobs cannot be looked for");
                REST
            }
        };
        drop(slot);
        if !pause.is_zero() {
            drop(tokio::time::timeout(pause, stop.wait_for(|stop| *stop)).await);
        }
    }
}

/// Does a chunk while its lease is held. Returns how long to rest after it.
async fn see_through(yard: &Yard, chunk: &Chunk, stop: &mut watch::Receiver<bool>) -> Duration {
    let work = async {
        match chunk.kind {
            JobKind::Regeneration => yard.regenerator.run(chunk, &yard.throttle).await,
            JobKind::Archive => yard.archiver.run(chunk, &yard.throttle).await,
        }
    };
    let (outcome, rest) = tokio::select! {
        done = work => finish(yard, chunk, done).await,
        held = hold(yard, chunk) => {
            tracing::info!(job = %chunk.job.0, ?held, "a chunk of a job was dropped");
            match held {
                Held::Paused => drop(let_go(yard, chunk, Duration::ZERO, false).await),
                Held::Unwanted => abandon(yard, chunk).await,
                // Or it was given back just now, and nobody said yet that it was the last.
                Held::Lost | Held::Yes => report(yard.database.complete_idle_jobs().await),
            }
            ("dropped", Duration::ZERO)
        },
        _ = stop.wait_for(|stop| *stop) => {
            let_go(yard, chunk, Duration::ZERO, false).await;
            ("stopped", Duration::ZERO)
        }
    };
    metrics::counter!(JOB_CHUNKS, "kind" => chunk.kind.name(), "outcome" => outcome).increment(1);
    rest
}

/// Says what became of a chunk. Returns how long to rest.
async fn finish(yard: &Yard, chunk: &Chunk, done: Result<(), WorkError>) -> (&'static str, Duration) {
    let error = match done {
        Ok(()) => return ("ok", Duration::ZERO),
        Err(WorkError::Yield) => {
            let_go(yard, chunk, YIELDED, false).await;
            return ("ok", Duration::ZERO);
        }
        Err(WorkError::Lost) => {
            report(yard.database.complete_idle_jobs().await);
            return ("dropped", Duration::ZERO);
        }
        Err(error) => error,
    };
    tracing::warn!(job = %chunk.job.0, %error, "a chunk of a job was interrupted; it is taken up again");
    // The longer, the more often: others have work as well.
    let rest = full_jitter(u32::try_from(chunk.attempts).unwrap_or(1), REST, LONGEST_REST) + REST;
    let errors = let_go(yard, chunk, rest, true).await;
    if errors < MOST_ERRORS && !matches!(error, WorkError::Hopeless(_)) {
        return ("interrupted", Duration::ZERO);
    }
    tracing::error!(job = %chunk.job.0, %error, "a job failed");
    report(yard.database.end_job(chunk.job, JobStatus::Failed, Some(&error.to_string()), "server").await);
    abandon(yard, chunk).await;
    ("failed", Duration::ZERO)
}

async fn let_go(yard: &Yard, chunk: &Chunk, rest: Duration, wrong: bool) -> i16 {
    let gone = yard.database.let_go_of_chunk(chunk, rest.as_secs_f64(), wrong).await;
    gone.unwrap_or_else(|error| {
        tracing::warn!(%error, "a chunk's lease was left to run out");
        0
    })
}

/// What was begun for a job that is over goes again.
async fn abandon(yard: &Yard, chunk: &Chunk) {
    if chunk.kind == JobKind::Archive {
        yard.archiver.abandon(chunk).await;
    }
}

/// Holds a chunk's lease until it is lost or not wanted any more.
async fn hold(yard: &Yard, chunk: &Chunk) -> Held {
    let lease = Duration::from_secs_f64(yard.settings.lease_seconds);
    let mut held_at = Instant::now();
    loop {
        tokio::time::sleep(BEAT.min(lease / 4)).await;
        match yard.database.hold_chunk(chunk, yard.settings.lease_seconds).await {
            Ok(Held::Yes) => held_at = Instant::now(),
            // It is done soon; nothing more is claimed meanwhile.
            Ok(Held::Paused) if chunk.kind == JobKind::Regeneration => held_at = Instant::now(),
            Ok(gone) => return gone,
            // Nobody has it yet; but once the lease is over, somebody may.
            Err(error) if held_at.elapsed() < lease => tracing::debug!(%error, "a lease was not renewed"),
            Err(_) => return Held::Lost,
        }
    }
}

fn report<T>(done: Result<T, DbError>) {
    if let Err(error) = done {
        tracing::warn!(%error, "what became of a job was not written down; it is looked at again");
    }
}
