//! Delivering files: from storage if the stored file is current, from disk if it lies only there, otherwise rendered now.

use std::{net::IpAddr, sync::Arc};

use bytes::Bytes;
use jiff::Timestamp;

use super::{Caller, Files, Records, Refusal, Tools, links::Epoch, registrations::check_valid};
use crate::{
    actors::{MadeFile, Record, RenderRequest, content_type, made_from, make_file},
    db::{Claim, Download, ServedFrom, StoredDocument},
    domain::{
        ContentHash, DocumentKind, DocumentRecord, DocumentRef, DocumentState, EventSetup, Registration,
        RegistrationId, RegistrationRef, Stored,
    },
    metrics::{DOWNLOADS, DOWNLOADS_DROPPED},
    render::{Priority, RegistrationFile, Rendered},
    store::{Disposition, NewObject, SignedUrl},
};

/// A file of a registration that is asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub setup: Arc<EventSetup>,
    pub registration: Arc<Registration>,
    pub document: DocumentRef,
    /// When a confirmation was first asked for.
    pub made_at: Timestamp,
    /// The name it is saved under.
    pub name: String,
    /// The event's invalidation counters from before the registration was read.
    pub epoch: Epoch,
}

/// The client of a download, for the record of it.
#[derive(Debug, Clone)]
pub struct Visit {
    /// True if a program asked, not a person.
    pub automatic: bool,
    pub address: Option<IpAddr>,
    pub user_agent: Option<String>,
}

/// A file as it is delivered.
#[derive(Debug)]
pub enum Delivery {
    /// It lies in storage, behind this pre-signed URL.
    Redirect(Arc<str>),
    /// A PDF with the name it is saved under.
    File { bytes: Vec<u8>, name: String },
}

impl Wanted {
    fn file(&self) -> RegistrationFile<'_> {
        let DocumentRef { kind, part, .. } = self.document;
        RegistrationFile { setup: &self.setup, registration: &self.registration, kind, part, made_at: self.made_at }
    }

    /// Hash of the file as it would be made now.
    pub(super) async fn hash(&self, files: &Files) -> Result<Option<ContentHash>, Refusal> {
        let plan = files.plan(&self.setup).await?;
        Ok(self.file().hash(&plan).ok())
    }
}

/// All tickets of a registration in one PDF.
pub async fn tickets(tools: &Tools, caller: &Caller, id: &RegistrationId, visit: Visit) -> Result<Delivery, Refusal> {
    let Tools { records, files, .. } = tools;
    let setup = records.event_of(caller, id).await?;
    let reference = RegistrationRef { event: setup.event.key, number: id.number };
    if let Some(url) = files.links.get(reference, &setup, files.urls.store().now()) {
        files.record(reference, visit, ServedFrom::Storage);
        return Ok(Delivery::Redirect(url));
    }
    let epoch = files.links.epoch(reference.event);
    let registration = records.database.registration(reference).await?.ok_or(Refusal::NotFound)?;
    let document = DocumentRef::tickets(reference);
    let record = records.database.document(document).await?;
    let (registration, made_at, name) = (Arc::new(registration), Timestamp::now(), format!("{id}.pdf"));
    deliver(tools, Wanted { setup, registration, document, made_at, name, epoch }, record, visit).await
}

/// Delivers a file.
pub(super) async fn deliver(
    tools: &Tools,
    wanted: Wanted,
    record: Option<DocumentRecord>,
    visit: Visit,
) -> Result<Delivery, Refusal> {
    let Tools { records, files, .. } = tools;
    check_valid(&wanted.registration)?;
    let reference = wanted.registration.reference;
    if let Some(bytes) = files.local_ticket(&wanted, record.as_ref()).await {
        files.record(reference, visit, ServedFrom::Disk);
        return Ok(Delivery::File { bytes, name: wanted.name });
    }
    if let Some(record) = &record
        && let Some(signed) = url_of(records, files, &wanted, record).await
    {
        if wanted.document.kind == DocumentKind::Tickets {
            files.links.keep(reference, &wanted.setup, &signed, wanted.epoch);
        }
        files.record(reference, visit, ServedFrom::Storage);
        return Ok(Delivery::Redirect(signed.url.into()));
    }
    let MadeFile { rendered, from_spool, .. } = files.make_now(wanted.clone()).await?;
    match record.map(|record| record.state) {
        // It was marked failed, and can be made after all.
        Some(DocumentState::Failed) => records.promise_again(wanted.document, None).await,
        // It is likely to be asked for again.
        None if wanted.document.kind != DocumentKind::Tickets => files.offer(&wanted),
        _ => {}
    }
    files.record(reference, visit, if from_spool { ServedFrom::Disk } else { ServedFrom::Render });
    Ok(Delivery::File { bytes: rendered.bytes, name: wanted.name })
}

/// A URL of the stored file. `None` if it is stale or cannot be signed now: then the file is rendered.
async fn url_of(records: &Records, files: &Files, wanted: &Wanted, record: &DocumentRecord) -> Option<SignedUrl> {
    let stored = record.in_storage()?;
    if !record.imported && wanted.hash(files).await.ok()?? != stored.hash {
        // A change has made the file stale: have it made again, and deliver a current one meanwhile.
        records.promise_again(wanted.document, Some(stored.hash)).await;
        return None;
    }
    files.sign(&stored.key, stored.hash, Disposition::Inline).await.ok()
}

/// Has a current file in storage when it returns.
pub(super) async fn store_now(
    tools: &Tools,
    wanted: Wanted,
    record: Option<DocumentRecord>,
) -> Result<Stored, Refusal> {
    let Tools { records, files, .. } = tools;
    check_valid(&wanted.registration)?;
    let stored = record.as_ref().and_then(DocumentRecord::in_storage);
    let hash = wanted.hash(files).await?;
    if let Some(stored) = stored.filter(|stored| Some(stored.hash) == hash) {
        return Ok(stored.clone());
    }
    let MadeFile { key, rendered: Rendered { bytes, hash }, .. } = files.make_now(wanted.clone()).await?;
    let claim = records.database.claim_one(wanted.document, files.leases.lease_seconds()).await?;
    let claim = claim.ok_or_else(|| Refusal::conflict("the registration is not valid any more"))?;
    files.leases.keep(std::slice::from_ref(&claim));
    let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
    let object = NewObject {
        key: key.clone(),
        bytes: Bytes::from(bytes),
        content_type: content_type(wanted.document.kind),
        metadata: made_from(&wanted.setup, hash),
        replace: true,
    };
    let tag = files.urls.store().put(object).await.map_err(|error| {
        tracing::warn!(%error, "a file was not stored");
        Refusal::Unavailable
    })?;
    let stored = Stored { key, hash, bytes: length, tag };
    let (revision, layout_version) = (wanted.setup.event.revision, wanted.setup.layout_version());
    let key = wanted.setup.signer.key_id();
    let finished = StoredDocument { claim, stored: stored.clone(), revision, layout_version, key };
    // The file lies in storage. If that is not recorded, the sweeper makes it once more.
    records.database.mark_stored(&[finished]).await.map_err(|error| Refusal::from(error).after_write())?;
    Ok(stored)
}

impl Records {
    /// Sets a stale or failed file back to pending.
    pub(super) async fn promise_again(&self, document: DocumentRef, stale: Option<ContentHash>) {
        if let Err(error) = self.database.promise_again(document, stale).await {
            tracing::warn!(%error, "a stale file was not set back to pending");
        }
    }
}

impl Files {
    /// Has a file stored that was not promised. If there is no room for it, it is rendered again for the next download.
    fn offer(&self, wanted: &Wanted) {
        let claim = Claim::fresh(wanted.document, self.grace_seconds);
        let (setup, registration) = (wanted.setup.clone(), wanted.registration.clone());
        drop(self.renderer.offer(RenderRequest { setup, registration, claim, outcome_sender: None }));
    }

    /// A file that another program made, as long as it lies on disk only.
    async fn local_ticket(&self, wanted: &Wanted, record: Option<&DocumentRecord>) -> Option<Vec<u8>> {
        let local = self.local_tickets.clone()?;
        let imported = record.is_some_and(|record| record.imported && record.state == DocumentState::Stored);
        if wanted.document.kind != DocumentKind::Tickets || imported {
            return None;
        }
        let id = wanted.setup.registration_id(wanted.registration.reference.number);
        let found = tokio::task::spawn_blocking(move || local.find(&id)).await.ok()?;
        found
            .inspect_err(|error| tracing::warn!(%error, "a local ticket cannot be read; it is rendered instead"))
            .ok()?
    }

    /// The file, from the spool or rendered now, ahead of all background work.
    async fn make_now(&self, wanted: Wanted) -> Result<MadeFile, Refusal> {
        let (plans, spool) = (self.plans.clone(), self.spool.clone());
        let work = move || make_file(&plans, spool.as_ref(), &wanted.file());
        Ok(self.pool.run(Priority::Live, work).await?)
    }

    /// Records a download if there is room; the answer does not wait for that.
    fn record(&self, registration: RegistrationRef, visit: Visit, served_from: ServedFrom) {
        let Visit { automatic, address, user_agent } = visit;
        let mode = if automatic { "auto" } else { "manual" };
        metrics::counter!(DOWNLOADS, "mode" => mode, "served_from" => served_from.name()).increment(1);
        let download = Download { registration, at: Timestamp::now(), automatic, served_from, address, user_agent };
        if self.recorder.offer(Record::Download(download)).is_err() {
            metrics::counter!(DOWNLOADS_DROPPED).increment(1);
        }
    }
}
