//! The recorder writes down what became of documents, and who downloaded what: many in one statement. While one
//! statement runs, the next batch gathers.

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

/// How much the recorder takes on.
#[derive(Debug, Clone)]
pub struct RecorderSettings {
    /// Records accepted and not written. A few statements' worth: what is lost here is only done again.
    pub queue: usize,
    /// A file that failed to be rendered so often is set aside.
    pub max_failures: i16,
}

/// Something to be written down.
#[derive(Debug)]
pub enum Record {
    Outcome(Outcome),
    Download(Download),
}

/// What became of a document.
#[derive(Debug)]
pub enum Outcome {
    Stored(StoredDocument),
    MissedDocument(MissedDocument),
}

/// Writes records.
pub struct Recorder {
    database: Database,
    max_failures: i16,
    waiting: Vec<Accepted<Record>>,
    writing: bool,
}

struct Written;

impl Message for Written {
    type Result = ();
}

impl Recorder {
    /// A recorder with nothing to write yet.
    pub fn new(database: Database, settings: &RecorderSettings) -> Self {
        Self { database, max_failures: settings.max_failures, waiting: Vec::new(), writing: false }
    }

    fn write_next(&mut self, ctx: &mut Context<Self>) {
        if self.writing || self.waiting.is_empty() {
            return;
        }
        self.writing = true;
        let records = std::mem::take(&mut self.waiting);
        let (database, max_failures) = (self.database.clone(), self.max_failures);
        let done = ctx.address();
        actix::spawn(async move {
            let (records, permits): (Vec<_>, Vec<_>) =
                records.into_iter().map(|accepted| (accepted.message, accepted.permit)).unzip();
            match AssertUnwindSafe(write(&database, records, max_failures)).catch_unwind().await {
                Ok(Ok(())) => {}
                // The documents stay pending and are made again; the downloads are not counted.
                Ok(Err(error)) => tracing::error!(%error, "records were not written"),
                Err(_) => tracing::error!("writing records panicked"),
            }
            drop::<Vec<OwnedSemaphorePermit>>(permits);
            // An actor that is gone has nothing more to write.
            let _ = done.send(Written).await;
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
        self.write_next(ctx);
    }
}

impl Handler<Written> for Recorder {
    type Result = ();

    fn handle(&mut self, _: Written, ctx: &mut Self::Context) {
        self.writing = false;
        self.write_next(ctx);
    }
}

async fn write(database: &Database, records: Vec<Record>, max_failures: i16) -> Result<(), DbError> {
    let (mut stored, mut missed, mut downloads) = (Vec::new(), Vec::new(), Vec::new());
    for record in records {
        match record {
            Record::Outcome(Outcome::Stored(finished)) => stored.push(finished),
            Record::Outcome(Outcome::MissedDocument(miss)) => missed.push(miss),
            Record::Download(download) => downloads.push(download),
        }
    }
    // In one order always, so that two statements that mark the same rows do not wait for each other; and each document once,
    // by whoever claimed it last.
    let order = |claim: &Claim| (claim.document, Reverse(claim.lease.0));
    stored.sort_by_key(|finished| order(&finished.claim));
    stored.dedup_by_key(|finished| finished.claim.document);
    missed.sort_by_key(|miss| order(&miss.claim));
    missed.dedup_by_key(|miss| miss.claim.document);
    // One that cannot be written keeps none of the others from it.
    let stored = match stored.is_empty() {
        true => Ok(0),
        false => again(async || database.mark_stored(&stored).await).await,
    };
    let missed = match missed.is_empty() {
        true => Ok(0),
        false => again(async || database.mark_missed(&missed, max_failures).await).await,
    };
    let count = downloads.len() as u64;
    let counted = match downloads.is_empty() {
        true => Ok(()),
        false => database.record_downloads(&downloads).await,
    };
    if counted.is_err() {
        metrics::counter!(DOWNLOADS_DROPPED).increment(count);
    }
    let (overwritten, set_aside) = (stored?, missed?);
    if overwritten > 0 {
        tracing::warn!(overwritten, "uploads finished after their leases; what they replaced is made again");
    }
    if set_aside > 0 {
        tracing::error!(set_aside, "documents failed too often and were set aside; their errors stand in their rows");
    }
    counted
}

/// Tries of a statement that changes nothing when it is repeated: what is not written down is done once more.
const TRIES: u32 = 3;

async fn again<T>(mut write: impl AsyncFnMut() -> Result<T, DbError>) -> Result<T, DbError> {
    let mut tries = 0;
    loop {
        tries += 1;
        match write().await {
            Err(error) if tries < TRIES && error.is_transient() => {
                tracing::debug!(%error, "records are written once more");
                tokio::time::sleep(full_jitter(tries, Duration::from_millis(50), Duration::from_secs(1))).await;
            }
            written => return written,
        }
    }
}
