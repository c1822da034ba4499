//! The recorder writes outcomes of documents, and downloads, to the database: many in one statement. Records gather for
//! a moment, because a statement and its commit cost more than the rows of a small batch.

use std::{cmp::Reverse, panic::AssertUnwindSafe, time::Duration};

use actix::{Actor, AsyncContext, Context, Handler, Message};
use futures_util::FutureExt;
use tokio::sync::OwnedSemaphorePermit;

use crate::{
    actors::Accepted,
    db::{Claim, Database, DbError, Download, MissedDocument, StoredDocument},
    metrics::DOWNLOADS_DROPPED,
    store::full_jitter,
};

/// Settings of the recorder.
#[derive(Debug, Clone)]
pub struct RecorderSettings {
    /// Maximum of records accepted and not written. A lost record only means that its file is made again.
    pub queue: usize,
    /// Failures after which a document is marked failed.
    pub max_failures: i16,
}

/// A record to write.
#[derive(Debug)]
pub enum Record {
    Outcome(Outcome),
    Download(Download),
}

/// Result of an attempt to make and store a document.
#[derive(Debug)]
pub enum Outcome {
    Stored(StoredDocument),
    NotStored(MissedDocument),
    /// Not attempted, because storage is unavailable or a queue is full: the document is due again soon.
    Released(Claim),
}

/// Actor that writes records.
pub struct Recorder {
    database: Database,
    max_failures: i16,
    /// Number of records that are written without waiting for more.
    full_batch: usize,
    waiting: Vec<Accepted<Record>>,
    state: State,
}

/// Activity of the recorder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    /// Records gather until [`GATHER_TIME`] has passed or a full batch of them waits.
    Gathering,
    Writing,
}

/// Maximum of time that a record waits for others if no statement runs.
const GATHER_TIME: Duration = Duration::from_millis(50);

/// Message of the recorder to itself: the time to gather has passed.
struct GatheringEnded;

impl Message for GatheringEnded {
    type Result = ();
}

/// Message of the recorder to itself: a statement has ended.
struct WriteFinished;

impl Message for WriteFinished {
    type Result = ();
}

impl Recorder {
    /// Creates a recorder.
    pub fn new(database: Database, settings: &RecorderSettings) -> Self {
        let full_batch = (settings.queue / 8).clamp(1, 1024);
        let max_failures = settings.max_failures;
        Self { database, max_failures, full_batch, waiting: Vec::new(), state: State::Idle }
    }

    /// Begins to gather if records wait, and to write if they are many.
    fn proceed(&mut self, ctx: &mut Context<Self>) {
        match self.state {
            State::Idle | State::Gathering if self.waiting.len() >= self.full_batch => self.write_waiting(ctx),
            State::Idle if !self.waiting.is_empty() => {
                self.state = State::Gathering;
                ctx.notify_later(GatheringEnded, GATHER_TIME);
            }
            _ => {}
        }
    }

    /// Writes the waiting records.
    fn write_waiting(&mut self, ctx: &mut Context<Self>) {
        self.state = State::Writing;
        let records = std::mem::take(&mut self.waiting);
        let (database, max_failures) = (self.database.clone(), self.max_failures);
        let recorder = ctx.address();
        actix::spawn(async move {
            let (records, permits): (Vec<_>, Vec<_>) =
                records.into_iter().map(|accepted| (accepted.message, accepted.permit)).unzip();
            match AssertUnwindSafe(write(&database, records, max_failures)).catch_unwind().await {
                Ok(Ok(())) => {}
                // The documents stay pending and are made again; the downloads are lost.
                Ok(Err(error)) => tracing::error!(%error, "records were not written"),
                Err(_) => tracing::error!("writing records panicked"),
            }
            drop::<Vec<OwnedSemaphorePermit>>(permits);
            // Fails only if the actor has stopped.
            let _ = recorder.send(WriteFinished).await;
        });
    }
}

impl Actor for Recorder {
    type Context = Context<Self>;
}

impl Handler<Accepted<Record>> for Recorder {
    type Result = ();

    fn handle(&mut self, record: Accepted<Record>, ctx: &mut Self::Context) {
        self.waiting.push(record);
        self.proceed(ctx);
    }
}

impl Handler<GatheringEnded> for Recorder {
    type Result = ();

    fn handle(&mut self, _: GatheringEnded, ctx: &mut Self::Context) {
        // In another state, the batch was full before.
        if self.state == State::Gathering {
            self.write_waiting(ctx);
        }
    }
}

impl Handler<WriteFinished> for Recorder {
    type Result = ();

    fn handle(&mut self, _: WriteFinished, ctx: &mut Self::Context) {
        self.state = State::Idle;
        self.proceed(ctx);
    }
}

async fn write(database: &Database, records: Vec<Record>, max_failures: i16) -> Result<(), DbError> {
    let (mut stored, mut missed, mut released, mut downloads) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for record in records {
        match record {
            Record::Outcome(Outcome::Released(claim)) => released.push(claim),
            Record::Outcome(Outcome::Stored(finished)) => stored.push(finished),
            Record::Outcome(Outcome::NotStored(miss)) => missed.push(miss),
            Record::Download(download) => downloads.push(download),
        }
    }
    // Always in the same order, so that two statements on the same rows do not deadlock; each document once, by its
    // last claim.
    let order = |claim: &Claim| (claim.document, Reverse(claim.lease.0));
    stored.sort_by_key(|finished| order(&finished.claim));
    stored.dedup_by_key(|finished| finished.claim.document);
    missed.sort_by_key(|miss| order(&miss.claim));
    missed.dedup_by_key(|miss| miss.claim.document);
    released.sort_by_key(|claim| claim.document);
    // If one statement fails, the others run all the same.
    let stored = match stored.is_empty() {
        true => Ok(0),
        false => retry(async || database.mark_stored(&stored).await).await,
    };
    let missed = match missed.is_empty() {
        true => Ok(0),
        false => retry(async || database.mark_missed(&missed, max_failures).await).await,
    };
    if !released.is_empty()
        && let Err(error) = database.release_claims(&released).await
    {
        tracing::warn!(%error, "leases of documents were not given back; they expire");
    }
    let count = downloads.len() as u64;
    let counted = match downloads.is_empty() {
        true => Ok(()),
        false => database.record_downloads(&downloads).await,
    };
    if counted.is_err() {
        metrics::counter!(DOWNLOADS_DROPPED).increment(count);
    }
    let (overwritten, failed) = (stored?, missed?);
    if overwritten > 0 {
        tracing::warn!(
            overwritten,
            "uploads finished after their leases had expired; the overwritten files are made again"
        );
    }
    if failed > 0 {
        tracing::error!(
            failed,
            "documents failed too often and were marked failed; the table documents has their errors"
        );
    }
    counted
}

/// Maximum of attempts for one statement, which is safe to repeat: a file that is not recorded would be made again.
const MAX_ATTEMPTS: u32 = 3;

/// Repeats a write while its error is transient.
async fn retry<T>(mut write: impl AsyncFnMut() -> Result<T, DbError>) -> Result<T, DbError> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        match write().await {
            Err(error) if attempts < MAX_ATTEMPTS && error.is_transient() => {
                tracing::debug!(%error, "a write of records is retried");
                tokio::time::sleep(full_jitter(attempts, Duration::from_millis(50), Duration::from_secs(1))).await;
            }
            written => return written,
        }
    }
}
