//! The uploader puts files in storage, a bounded number at a time. While storage fails, files go to the spool, if there
//! is one; in any case their documents stay pending in the database.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use actix::{Actor, Context, Handler};
use bytes::Bytes;
use futures_util::FutureExt;

use super::{
    Outcome, Recorder,
    objects::{content_type, made_from},
    render_request::{OutcomeSender, report_outcome},
};
use crate::{
    actors::{Accepted, Inbox},
    db::{Claim, MissedDocument, StoredDocument},
    domain::{ContentHash, EventSetup, LeaseToken, Stored},
    metrics::{DOCUMENT_FAILURES, STORED_BYTES, Timer, UPLOAD_SECONDS, UPLOADS},
    render::Rendered,
    store::{Cause, NewObject, Spool, Store, StoreError, full_jitter},
};

/// Settings of the uploader.
#[derive(Debug, Clone)]
pub struct UploaderSettings {
    /// Maximum of uploads at once; the request window of storage may be smaller. More connections make a near storage
    /// slower. There is no further queue: the renderer keeps a file until the uploader accepts it.
    pub in_flight: usize,
    /// Longest pause before the next attempt for a document that storage refuses.
    pub max_backoff_seconds: f64,
}

/// A rendered file to store.
#[derive(Debug)]
pub struct Upload {
    pub setup: Arc<EventSetup>,
    pub key: String,
    pub claim: Claim,
    pub rendered: Rendered,
    pub outcome_sender: Option<OutcomeSender>,
}

/// Actor that stores files.
pub struct Uploader {
    store: Store,
    spool: Option<Spool>,
    settings: UploaderSettings,
    recorder: Inbox<Recorder>,
}

impl Uploader {
    /// Creates an uploader. Outcomes go to `recorder`, unless the upload names a job.
    pub fn new(store: Store, spool: Option<Spool>, settings: UploaderSettings, recorder: Inbox<Recorder>) -> Self {
        Self { store, spool, settings, recorder }
    }
}

impl Actor for Uploader {
    type Context = Context<Self>;
}

impl Handler<Accepted<Upload>> for Uploader {
    type Result = ();

    fn handle(&mut self, accepted: Accepted<Upload>, _: &mut Self::Context) {
        let (store, spool, recorder) = (self.store.clone(), self.spool.clone(), self.recorder.clone());
        let max_backoff = self.settings.max_backoff_seconds;
        actix::spawn(async move {
            let Accepted { message, permit } = accepted;
            if !message.claim.holds() {
                // The lease has expired: another server may have claimed the document.
                return;
            }
            let outcome_sender = message.outcome_sender.clone();
            match AssertUnwindSafe(upload(&store, spool, message, max_backoff)).catch_unwind().await {
                Ok(Some(outcome)) => report_outcome(&recorder, outcome_sender, outcome).await,
                Ok(None) => {}
                Err(_) => tracing::error!("an upload panicked; its document stays pending"),
            }
            drop(permit);
        });
    }
}

/// Stores a file, or keeps it in the spool. `None` if nothing has to be recorded: the document is pending as before.
async fn upload(store: &Store, spool: Option<Spool>, upload: Upload, max_backoff: f64) -> Option<Outcome> {
    let Upload { setup, key, claim, rendered, outcome_sender } = upload;
    let (bytes, hash) = (Bytes::from(rendered.bytes), rendered.hash);
    let object = NewObject {
        key: key.clone(),
        bytes: bytes.clone(),
        content_type: content_type(claim.document.kind),
        metadata: made_from(&setup, hash),
        replace: true,
    };
    let timer = Timer::start(UPLOAD_SECONDS);
    let result = store.put(object).await;
    drop(timer);
    match result {
        Ok(tag) => {
            metrics::counter!(UPLOADS, "outcome" => "ok").increment(1);
            metrics::counter!(STORED_BYTES).increment(bytes.len() as u64);
            if let Some(spool) = spool.filter(|spool| spool.used_bytes() > 0) {
                let key = key.clone();
                run_blocking(move || spool.remove(&key, hash)).await;
            }
            let stored = Stored { key, hash, bytes: i32::try_from(bytes.len()).unwrap_or(i32::MAX), tag };
            let (revision, layout_version) = (setup.event.revision, setup.layout_version());
            let key = setup.signer.key_id();
            Some(Outcome::Stored(StoredDocument { claim, stored, revision, layout_version, key }))
        }
        Err(error) => {
            if let Some(spool) = spool.filter(|_| error.cause.is_general()) {
                keep_in_spool(spool, key, hash, bytes).await;
            }
            not_stored(claim, &error, max_backoff, outcome_sender.is_some())
        }
    }
}

async fn keep_in_spool(spool: Spool, key: String, hash: ContentHash, bytes: Bytes) {
    let kept = run_blocking(move || spool.store(&key, hash, &bytes)).await;
    if let Some(Err(error)) = kept {
        tracing::warn!(%error, "a file was not kept in the spool; it will be rendered again");
    }
}

async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work)
        .await
        .inspect_err(|error| tracing::error!(%error, "access to the spool panicked"))
        .ok()
}

/// Returns the outcome of a failed upload. If storage as a whole fails, the next attempt is soon; if storage refuses
/// only this file, pauses grow until the document is marked failed. A job logs its own failures (`for_job`).
fn not_stored(claim: Claim, error: &StoreError, max_backoff: f64, for_job: bool) -> Option<Outcome> {
    metrics::counter!(UPLOADS, "outcome" => "failed").increment(1);
    metrics::counter!(DOCUMENT_FAILURES, "reason" => error.cause.name()).increment(1);
    if error.cause == Cause::Unavailable && claim.lease == LeaseToken::UNCLAIMED {
        return None;
    }
    if !for_job {
        tracing::warn!(%error, attempt = claim.lease.0, "a file was not stored; the upload is retried later");
    }
    let general = error.cause.is_general();
    let pause = if general {
        STORAGE_RETRY_PAUSE + full_jitter(0, STORAGE_RETRY_PAUSE, STORAGE_RETRY_PAUSE)
    } else {
        backoff(claim.lease.0, max_backoff)
    };
    let retry_seconds = pause.as_secs_f64();
    Some(Outcome::NotStored(MissedDocument { claim, error: error.to_string(), retry_seconds, failed: !general }))
}

/// Shortest pause before the next attempt while storage as a whole fails.
const STORAGE_RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Returns the pause after an attempt: one second, doubled with each attempt, at most `max_seconds`.
fn backoff(attempt: i16, max_seconds: f64) -> Duration {
    Duration::from_secs_f64(f64::from(attempt.clamp(0, 30)).exp2().min(max_seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_become_rarer_but_never_stop() {
        let seconds: Vec<_> = [0, 1, 2, 5, 20, i16::MAX].map(|attempt| backoff(attempt, 60.0).as_secs()).into();
        assert_eq!(seconds, [1, 2, 4, 32, 60, 60]);
    }
}
