//! The uploader puts files in storage, a bounded number at a time.

use std::{collections::HashMap, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use actix::{Actor, Context, Handler};
use futures_util::FutureExt;
use jiff::Timestamp;

use super::{Accepted, Inbox, Outcome, Record, Recorder};
use crate::{
    db::{Claim, Finished, Missed},
    domain::{EventSetup, RegistrationId, RegistrationRef, Stored},
    metrics::{DOCUMENTS_MISSED, STORED_BYTES, Timer, UPLOAD_SECONDS, UPLOADS},
    render::Rendered,
    store::{NewObject, Store, StoreError, ticket_pdf},
};

/// How much the uploader takes on.
#[derive(Debug, Clone)]
pub struct UploaderSettings {
    /// Uploads in flight. More connections than this make a nearby store slower, not faster; there is no queue behind
    /// it, because the renderer waits with the file in its hand.
    pub in_flight: usize,
    /// The longest pause before a document is tried again.
    pub max_backoff_seconds: f64,
}

/// A rendered file on its way into storage.
#[derive(Debug)]
pub struct Upload {
    pub setup: Arc<EventSetup>,
    pub registration: RegistrationRef,
    pub claim: Claim,
    pub rendered: Rendered,
}

/// Stores files.
pub struct Uploader {
    store: Store,
    settings: UploaderSettings,
    recorder: Inbox<Recorder>,
}

impl Uploader {
    /// An uploader that tells `recorder` what became of each file.
    pub fn new(store: Store, settings: UploaderSettings, recorder: Inbox<Recorder>) -> Self {
        Self { store, settings, recorder }
    }
}

impl Actor for Uploader {
    type Context = Context<Self>;
}

impl Handler<Accepted<Upload>> for Uploader {
    type Result = ();

    fn handle(&mut self, accepted: Accepted<Upload>, _: &mut Self::Context) {
        let (store, recorder) = (self.store.clone(), self.recorder.clone());
        let max_backoff = self.settings.max_backoff_seconds;
        actix::spawn(async move {
            let Accepted { message, permit } = accepted;
            if !message.claim.holds() {
                // It waited so long that somebody else has it, or may take it.
                return;
            }
            match AssertUnwindSafe(upload(&store, message, max_backoff)).catch_unwind().await {
                Ok(outcome) => drop(recorder.hand_over(Record::Outcome(outcome)).await),
                Err(_) => tracing::error!("an upload panicked; its document stays pending"),
            }
            drop(permit);
        });
    }
}

async fn upload(store: &Store, upload: Upload, max_backoff: f64) -> Outcome {
    let Upload { setup, registration, claim, rendered } = upload;
    let id = RegistrationId { code: setup.event.code.clone(), number: registration.number };
    let key = ticket_pdf(&id);
    let bytes = i32::try_from(rendered.bytes.len()).unwrap_or(i32::MAX);
    let metadata = HashMap::from([
        ("made-at".to_owned(), Timestamp::now().to_string()),
        ("layout-version".to_owned(), setup.layout.as_ref().map_or(0, |layout| layout.version).to_string()),
        ("content-hash".to_owned(), rendered.hash.to_string()),
        ("event-revision".to_owned(), setup.event.revision.to_string()),
        ("source".to_owned(), concat!("onsale ", env!("CARGO_PKG_VERSION")).to_owned()),
    ]);
    let object = NewObject { key: key.clone(), bytes: rendered.bytes, content_type: "application/pdf", metadata };
    let timer = Timer::start(UPLOAD_SECONDS);
    let result = store.put(object).await;
    drop(timer);
    match result {
        Ok(()) => {
            metrics::counter!(UPLOADS, "outcome" => "ok").increment(1);
            metrics::counter!(STORED_BYTES).increment(u64::try_from(bytes).unwrap_or(0));
            Outcome::Stored(Finished { claim, stored: Stored { key, hash: rendered.hash, bytes } })
        }
        Err(error) => missed(claim, &error, max_backoff),
    }
}

/// Storage comes back; so the document is tried again, ever more seldom but never set aside.
fn missed(claim: Claim, error: &StoreError, max_backoff: f64) -> Outcome {
    tracing::warn!(%error, attempt = claim.lease.0, "a ticket was not stored and will be tried again");
    metrics::counter!(UPLOADS, "outcome" => "failed").increment(1);
    metrics::counter!(DOCUMENTS_MISSED, "reason" => "storage").increment(1);
    Outcome::Missed(Missed {
        claim,
        error: error.to_string(),
        retry_seconds: backoff(claim.lease.0, max_backoff).as_secs_f64(),
        failed: false,
    })
}

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
