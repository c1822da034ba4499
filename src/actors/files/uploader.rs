//! The uploader puts files in storage, a bounded number at a time; what storage does not take now goes to the spool, if there
//! is one, and in any case stays pending in the database.

use std::{panic::AssertUnwindSafe, sync::Arc, time::Duration};

use actix::{Actor, Context, Handler};
use bytes::Bytes;
use futures_util::FutureExt;

use super::{
    Outcome, Recorder,
    make::{Tell, report},
    objects::{content_type, made_from},
};
use crate::{
    actors::{Accepted, Inbox},
    db::{Claim, MissedDocument, StoredDocument},
    domain::{ContentHash, EventSetup, LeaseToken, Stored},
    metrics::{DOCUMENT_FAILURES, STORED_BYTES, Timer, UPLOAD_SECONDS, UPLOADS},
    render::Rendered,
    store::{Cause, NewObject, Spool, Store, StoreError, full_jitter},
};

/// How much the uploader takes on.
#[derive(Debug, Clone)]
pub struct UploaderSettings {
    /// Uploads in flight at most; storage may ask for less. More connections than this make a nearby store slower, not
    /// faster; there is no queue behind it, because the renderer waits with the file in its hand.
    pub in_flight: usize,
    /// The longest pause before a document that storage refuses is tried again.
    pub max_backoff_seconds: f64,
}

/// A rendered file on its way into storage.
#[derive(Debug)]
pub struct Upload {
    pub setup: Arc<EventSetup>,
    pub key: String,
    pub claim: Claim,
    pub rendered: Rendered,
    pub tell: Option<Tell>,
}

/// Stores files.
pub struct Uploader {
    store: Store,
    spool: Option<Spool>,
    settings: UploaderSettings,
    recorder: Inbox<Recorder>,
}

impl Uploader {
    /// An uploader that tells `recorder` what became of each file.
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
                // It waited so long that somebody else has it, or may take it.
                return;
            }
            let tell = message.tell.clone();
            match AssertUnwindSafe(upload(&store, spool, message, max_backoff)).catch_unwind().await {
                Ok(Some(outcome)) => report(&recorder, tell, outcome).await,
                Ok(None) => {}
                Err(_) => tracing::error!("an upload panicked; its document stays pending"),
            }
            drop(permit);
        });
    }
}

/// `None`: there is nothing to write down, the promise stands as it is.
async fn upload(store: &Store, spool: Option<Spool>, upload: Upload, max_backoff: f64) -> Option<Outcome> {
    let Upload { setup, key, claim, rendered, tell } = upload;
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
                on_disk(move || spool.remove(&key, hash)).await;
            }
            let stored = Stored { key, hash, bytes: i32::try_from(bytes.len()).unwrap_or(i32::MAX), tag };
            let (revision, layout_version) = (setup.event.revision, setup.layout_version());
            let key = setup.signer.key_id();
            Some(Outcome::Stored(StoredDocument { claim, stored, revision, layout_version, key }))
        }
        Err(error) => {
            if let Some(spool) = spool.filter(|_| error.cause.is_general()) {
                keep(spool, key, hash, bytes).await;
            }
            let asked = tell.is_some();
            missed(claim, &error, max_backoff, asked)
        }
    }
}

async fn keep(spool: Spool, key: String, hash: ContentHash, bytes: Bytes) {
    let kept = on_disk(move || spool.store(&key, hash, &bytes)).await;
    if let Some(Err(error)) = kept {
        tracing::warn!(%error, "a file was not kept in the spool; it will be rendered again");
    }
}

async fn on_disk<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(work).await.inspect_err(|error| tracing::error!(%error, "the spool")).ok()
}

/// Where storage as a whole is in trouble, the document is tried again as soon as it may be back; where storage refuses this
/// one, ever more seldom, until it is set aside.
fn missed(claim: Claim, error: &StoreError, max_backoff: f64, asked: bool) -> Option<Outcome> {
    metrics::counter!(UPLOADS, "outcome" => "failed").increment(1);
    metrics::counter!(DOCUMENT_FAILURES, "reason" => error.cause.name()).increment(1);
    if error.cause == Cause::Unavailable && claim.lease == LeaseToken::UNCLAIMED {
        return None;
    }
    if !asked {
        tracing::warn!(%error, attempt = claim.lease.0, "a file was not stored and will be tried again");
    }
    let general = error.cause.is_general();
    let pause = if general { SOON + full_jitter(0, SOON, SOON) } else { backoff(claim.lease.0, max_backoff) };
    let retry_seconds = pause.as_secs_f64();
    Some(Outcome::MissedDocument(MissedDocument { claim, error: error.to_string(), retry_seconds, failed: !general }))
}

/// How long a document rests that storage could not take.
const SOON: Duration = Duration::from_secs(1);

/// One second, doubled with each attempt.
fn backoff(attempt: i16, longest: f64) -> Duration {
    Duration::from_secs_f64(f64::from(attempt.clamp(0, 30)).exp2().min(longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_become_rarer_but_never_stop() {
        let seconds: Vec<_> = [0, 1, 2, 5, 20, i16::MAX].map(|attempt| backoff(attempt, 60.0).as_secs()).into();
        assert_eq!(seconds, [1, 2, 4, 32, 60, 60]);
    }
}
