//! Delivery of files: from storage if the stored file is up to date, from local disk if it is only there, otherwise
//! rendered.

use std::{net::IpAddr, sync::Arc};

use bytes::Bytes;
use jiff::Timestamp;

use super::{Caller, Files, Records, Refusal, Tools, links::Epoch, registrations::check_valid};
use crate::{
    actors::{MadeFile, Record, RenderRequest, content_type, made_from, make_file},
    db::{Claim, Download, ServedFrom, StoredDocument},
    domain::{
        ContentHash, DocumentKind, DocumentRecord, DocumentRef, DocumentState, EventSetup, Registration,
        RegistrationId, RegistrationRef, Scope, Stored, TypeNumber,
    },
    metrics::{DOWNLOADS, DOWNLOADS_DROPPED},
    render::{Priority, RegistrationFile, Rendered},
    store::{Disposition, NewObject, SignedUrl},
};

/// A file of a registration that is requested.
#[derive(Debug, Clone)]
pub struct RequestedFile {
    pub setup: Arc<EventSetup>,
    pub registration: Arc<Registration>,
    pub document: DocumentRef,
    /// Creation time of a confirmation; printed in it.
    pub made_at: Timestamp,
    /// File name for the client.
    pub name: String,
    /// The event's invalidation counters, read before the registration.
    pub epoch: Epoch,
}

/// The client of a download, for the record of the download.
#[derive(Debug, Clone)]
pub struct DownloadClient {
    /// True if a program requested the file, not a person.
    pub automatic: bool,
    pub address: Option<IpAddr>,
    pub user_agent: Option<String>,
    /// True for HEAD, which is answered without the file and not recorded.
    pub is_probe: bool,
}

/// The way in which a file is delivered.
#[derive(Debug)]
pub enum Delivery {
    /// Redirect to this pre-signed URL.
    Redirect(Arc<str>),
    /// A PDF with its file name.
    File { bytes: Vec<u8>, name: String },
}

impl RequestedFile {
    fn file(&self) -> RegistrationFile<'_> {
        let DocumentRef { kind, part, .. } = self.document;
        RegistrationFile { setup: &self.setup, registration: &self.registration, kind, part, made_at: self.made_at }
    }

    /// Returns the content hash that the file would have if it were made now. `None` if it cannot be made.
    pub(super) async fn hash(&self, files: &Files) -> Result<Option<ContentHash>, Refusal> {
        let plan = files.plan(&self.setup).await?;
        Ok(self.file().hash(&plan).ok())
    }
}

/// Delivers all tickets of a registration in one PDF.
pub async fn tickets(
    tools: &Tools,
    caller: &Caller,
    id: &RegistrationId,
    client: DownloadClient,
) -> Result<Delivery, Refusal> {
    let Tools { records, files, .. } = tools;
    let (setup, entitlement) = records.event_of(caller, id).await?;
    let reference = RegistrationRef { event: setup.event.key, number: id.number };
    if let Some(cached) = files.links.get(reference, &setup, entitlement, files.urls.store().now()) {
        files.record(DocumentRef::tickets(reference), cached.type_number, client, ServedFrom::Storage);
        return Ok(Delivery::Redirect(cached.url));
    }
    let epoch = files.links.epoch(reference.event);
    let registration = records.database.registration(reference).await?.ok_or(Refusal::NotFound)?;
    if !entitlement.is_valid_for(registration.access_generation) {
        return Err(Refusal::NotFound);
    }
    let document = DocumentRef::tickets(reference);
    let record = records.database.document(document).await?;
    let (registration, made_at, name) = (Arc::new(registration), Timestamp::now(), format!("{id}.pdf"));
    deliver(tools, RequestedFile { setup, registration, document, made_at, name, epoch }, record, client).await
}

/// Delivers a file, and has a stale, failed or missing one stored again.
pub(super) async fn deliver(
    tools: &Tools,
    requested: RequestedFile,
    record: Option<DocumentRecord>,
    client: DownloadClient,
) -> Result<Delivery, Refusal> {
    let Tools { records, files, .. } = tools;
    check_valid(&requested.registration)?;
    if let Some(bytes) = files.local_ticket(&requested, record.as_ref()).await {
        files.record(requested.document, requested.registration.type_number, client, ServedFrom::Disk);
        return Ok(Delivery::File { bytes, name: requested.name });
    }
    if let Some(record) = &record
        && let Some(signed) = url_of(records, files, &requested, record).await
    {
        if requested.document.kind == DocumentKind::Tickets {
            files.links.keep(&requested.registration, &requested.setup, &signed, requested.epoch);
        }
        files.record(requested.document, requested.registration.type_number, client, ServedFrom::Storage);
        return Ok(Delivery::Redirect(signed.url.into()));
    }
    let MadeFile { rendered, from_spool, .. } = files.make_now(requested.clone()).await?;
    match record.map(|record| record.state) {
        // The file was set aside as failed, but rendering has succeeded now.
        Some(DocumentState::Failed) => records.promise_again(requested.document, None).await,
        // Further downloads of the file are likely.
        None if requested.document.kind != DocumentKind::Tickets => files.offer(&requested),
        _ => {}
    }
    let served_from = if from_spool { ServedFrom::Disk } else { ServedFrom::Render };
    files.record(requested.document, requested.registration.type_number, client, served_from);
    Ok(Delivery::File { bytes: rendered.bytes, name: requested.name })
}

/// Returns a URL of the stored file. `None` if the file is stale or no URL can be signed now; the caller renders it
/// then.
async fn url_of(
    records: &Records,
    files: &Files,
    requested: &RequestedFile,
    record: &DocumentRecord,
) -> Option<SignedUrl> {
    let stored = record.in_storage()?;
    if !record.imported && requested.hash(files).await.ok()?? != stored.hash {
        // The stored file is stale: it is made again in the background.
        records.promise_again(requested.document, Some(stored.hash)).await;
        return None;
    }
    let signed = files.urls.get(&stored.key, stored.hash, Disposition::Inline).await;
    signed.inspect_err(|error| tracing::warn!(%error, "a stored file is rendered instead")).ok()
}

/// Stores the file unless an up-to-date one is stored. Returns the stored file.
pub(super) async fn store_now(
    tools: &Tools,
    requested: RequestedFile,
    record: Option<DocumentRecord>,
) -> Result<Stored, Refusal> {
    let Tools { records, files, .. } = tools;
    check_valid(&requested.registration)?;
    let stored = record.as_ref().and_then(DocumentRecord::in_storage);
    let hash = requested.hash(files).await?;
    if let Some(stored) = stored.filter(|stored| Some(stored.hash) == hash) {
        return Ok(stored.clone());
    }
    let MadeFile { key, rendered: Rendered { bytes, hash }, .. } = files.make_now(requested.clone()).await?;
    let claim = records.database.claim_one(requested.document, files.leases.lease_seconds()).await?;
    let claim = claim.ok_or_else(|| Refusal::conflict("the registration is no longer valid"))?;
    files.leases.keep(std::slice::from_ref(&claim));
    let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
    let object = NewObject {
        key: key.clone(),
        bytes: Bytes::from(bytes),
        content_type: content_type(requested.document.kind),
        metadata: made_from(&requested.setup, hash),
        replace: true,
    };
    let tag = files.urls.store().put(object).await.map_err(|error| {
        tracing::warn!(%error, "a file was not stored");
        Refusal::Unavailable
    })?;
    let stored = Stored { key, hash, bytes: length, tag };
    let (revision, layout_version) = (requested.setup.event.revision, requested.setup.layout_version());
    let key = requested.setup.signer.key_id();
    let finished = StoredDocument { claim, stored: stored.clone(), revision, layout_version, key };
    // The file is in storage. If recording this fails, the sweeper makes the file once more.
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
    /// Offers a file to the renderer, so that it is stored. If the renderer is full, the next download renders the file
    /// again.
    fn offer(&self, requested: &RequestedFile) {
        let claim = Claim::fresh(requested.document, self.grace_seconds);
        let (setup, registration) = (requested.setup.clone(), requested.registration.clone());
        drop(self.renderer.offer(RenderRequest { setup, registration, claim, outcome_sender: None }));
    }

    /// Returns the registration's PDF of another program from local disk, until it is imported.
    async fn local_ticket(&self, requested: &RequestedFile, record: Option<&DocumentRecord>) -> Option<Vec<u8>> {
        let local = self.local_tickets.clone()?;
        let imported = record.is_some_and(|record| record.imported && record.state == DocumentState::Stored);
        // A number that this system has sold itself may belong to another person's file.
        if requested.document.kind != DocumentKind::Tickets || imported || !requested.registration.imported {
            return None;
        }
        let id = requested.setup.registration_id(requested.registration.reference.number);
        let found = tokio::task::spawn_blocking(move || local.find(&id)).await.ok()?;
        found
            .inspect_err(|error| tracing::warn!(%error, "a local ticket cannot be read; it is rendered instead"))
            .ok()?
    }

    /// Returns the file from the spool, or renders it with priority over background work.
    async fn make_now(&self, requested: RequestedFile) -> Result<MadeFile, Refusal> {
        let (plans, spool) = (self.plans.clone(), self.spool.clone());
        let work = move || make_file(&plans, spool.as_ref(), &requested.file());
        Ok(self.pool.run(Priority::Live, work).await?)
    }

    /// Offers a download to the recorder; if its queue is full, the download is not recorded.
    fn record(
        &self,
        DocumentRef { registration, kind, .. }: DocumentRef,
        type_number: TypeNumber,
        client: DownloadClient,
        served_from: ServedFrom,
    ) {
        let DownloadClient { automatic, address, user_agent, is_probe } = client;
        if is_probe {
            return;
        }
        if matches!(kind, DocumentKind::Tickets | DocumentKind::Ticket) {
            let mode = if automatic { "auto" } else { "manual" };
            metrics::counter!(DOWNLOADS, "mode" => mode, "served_from" => served_from.name()).increment(1);
        }
        let at = Timestamp::now();
        let download = Download { registration, type_number, at, automatic, served_from, kind, address, user_agent };
        if self.recorder.offer(Record::Download(download)).is_err() {
            metrics::counter!(DOWNLOADS_DROPPED).increment(1);
        }
    }
}

/// Lists the downloads of the caller's event, newest first; `before` is time and registration number of the last one of
/// the page before.
pub async fn list(
    records: &Records,
    caller: &Caller,
    event: &str,
    before: Option<(Timestamp, i32)>,
    limit: i64,
) -> Result<(Arc<EventSetup>, Vec<Download>), Refusal> {
    let setup = records.own_event(caller, Scope::RegistrationsRead, event).await?;
    let _permit = records.read_permit(setup.event.organizer).await?;
    let rows = records.database.list_downloads(setup.event.key, before, limit).await?;
    Ok((setup, rows))
}
