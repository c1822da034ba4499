//! Handing out files: from storage if what lies there is still right, from disk if it is only there, else rendered now.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::header};
use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Services, error::ApiError, hot::Epoch};
use crate::{
    actors::{Made, Make, Record, content_type, made_from, make_file},
    db::{Claim, Download, Finished, ServedFrom},
    domain::{
        ContentHash, DocumentKind, DocumentRecord, DocumentRef, DocumentState, EventSetup, Registration,
        RegistrationRef, RegistrationStatus, Stored,
    },
    metrics::{DOWNLOADS, DOWNLOADS_DROPPED},
    render::{Plan, Priority, RegistrationFile, RenderError, Rendered},
    store::{Disposition, NewObject, SignedUrl},
};

/// Whether a person or a program asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    #[default]
    Manual,
    Auto,
}

/// A user agent is kept up to here.
const MAX_USER_AGENT: usize = 300;

/// A file that somebody asks for.
#[derive(Debug, Clone)]
pub struct Wanted {
    pub setup: Arc<EventSetup>,
    pub registration: Arc<Registration>,
    pub document: DocumentRef,
    /// When a confirmation was asked for first.
    pub made_at: Timestamp,
    /// What it is saved as.
    pub name: String,
    /// What had happened to the event when it was looked up.
    pub epoch: Epoch,
}

impl Wanted {
    fn file(&self) -> RegistrationFile<'_> {
        RegistrationFile {
            setup: &self.setup,
            registration: &self.registration,
            kind: self.document.kind,
            part: self.document.part,
            made_at: self.made_at,
        }
    }
}

impl Services {
    /// Hands out the link to a registration's tickets that was handed out a moment ago.
    pub fn download_again(
        &self,
        request: &HttpRequest,
        setup: &EventSetup,
        registration: RegistrationRef,
        mode: Mode,
    ) -> Option<HttpResponse> {
        let url = self.hot.get(registration, setup, self.urls.store().now())?;
        self.record(request, registration, mode, ServedFrom::Storage);
        Some(found(&url))
    }

    /// Hands a file out.
    pub async fn download(
        &self,
        request: &HttpRequest,
        wanted: Wanted,
        record: Option<DocumentRecord>,
        mode: Mode,
    ) -> Result<HttpResponse, ApiError> {
        check_valid(&wanted.registration)?;
        if let Some(bytes) = self.local_ticket(&wanted, record.as_ref()).await {
            self.record(request, wanted.registration.reference, mode, ServedFrom::Disk);
            return Ok(inline(bytes, &wanted.name));
        }
        if let Some(record) = &record
            && let Some(signed) = self.url_of(&wanted, record).await
        {
            let reference = wanted.registration.reference;
            if wanted.document.kind == DocumentKind::Tickets {
                self.hot.keep(reference, &wanted.setup, &signed, wanted.epoch);
            }
            self.record(request, reference, mode, ServedFrom::Storage);
            return Ok(found(&signed.url));
        }
        let Made { rendered, from_spool, .. } = self.make_now(wanted.clone()).await?;
        match record.map(|record| record.state) {
            // It can be made after all.
            Some(DocumentState::Failed) => self.promise_anew(wanted.document, None).await,
            // Who asks once asks again.
            None if wanted.document.kind != DocumentKind::Tickets => self.offer(&wanted),
            _ => {}
        }
        let from = if from_spool { ServedFrom::Disk } else { ServedFrom::Render };
        self.record(request, wanted.registration.reference, mode, from);
        Ok(inline(rendered.bytes, &wanted.name))
    }

    /// Has a file stored that nobody was promised; if there is no room for that now, it is rendered again when asked for.
    fn offer(&self, wanted: &Wanted) {
        let claim = Claim::first(wanted.document, self.grace_seconds);
        let (setup, registration) = (wanted.setup.clone(), wanted.registration.clone());
        drop(self.renderer.offer(Make { setup, registration, claim, tell: None }));
    }

    /// The file that another program made, as long as it lies on disk only.
    async fn local_ticket(&self, wanted: &Wanted, record: Option<&DocumentRecord>) -> Option<Vec<u8>> {
        let local = self.local_tickets.clone()?;
        let imported = record.is_some_and(|record| record.imported && record.state == DocumentState::Stored);
        if wanted.document.kind != DocumentKind::Tickets || imported {
            return None;
        }
        let id = self.id_of(&wanted.setup, &wanted.registration);
        let found = tokio::task::spawn_blocking(move || local.find(&id)).await.ok()?;
        found
            .inspect_err(|error| tracing::warn!(%error, "a local ticket cannot be read; it is rendered instead"))
            .ok()?
    }

    pub(super) async fn promise_anew(&self, document: DocumentRef, stale: Option<ContentHash>) {
        if let Err(error) = self.database.refresh_document(document, stale).await {
            tracing::warn!(%error, "a file was not promised anew");
        }
    }

    /// A URL of the stored file, unless it is stale or cannot be signed now: rendering is always possible.
    async fn url_of(&self, wanted: &Wanted, record: &DocumentRecord) -> Option<SignedUrl> {
        let stored = record.in_storage()?;
        if !record.imported {
            let plan = self.plan(&wanted.setup).await?;
            if wanted.file().hash(&plan).ok()? != stored.hash {
                // A change has overtaken the file: promise it anew, and serve what is right meanwhile.
                self.promise_anew(wanted.document, Some(stored.hash)).await;
                return None;
            }
        }
        match self.urls.get(&stored.key, stored.hash, Disposition::Inline).await {
            Ok(signed) => Some(signed),
            Err(error) => {
                tracing::warn!(%error, "a stored file is rendered instead");
                None
            }
        }
    }

    /// Sees to it that a file lies in storage as it would be made now, and says where.
    pub async fn store_now(
        &self,
        wanted: Wanted,
        record: Option<DocumentRecord>,
        lease_seconds: f64,
    ) -> Result<Stored, ApiError> {
        check_valid(&wanted.registration)?;
        let plan = self.plan(&wanted.setup).await.ok_or(ApiError::Internal)?;
        let stored = record.as_ref().and_then(DocumentRecord::in_storage);
        if let Some(stored) = stored.filter(|stored| wanted.file().hash(&plan).ok() == Some(stored.hash)) {
            return Ok(stored.clone());
        }
        let Made { key, rendered: Rendered { bytes, hash }, .. } = self.make_now(wanted.clone()).await?;
        let claim = self.database.claim_one(wanted.document, lease_seconds).await?;
        let claim = claim.ok_or_else(|| ApiError::Conflict("the registration is not valid any more".into()))?;
        let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
        let object = NewObject {
            key: key.clone(),
            bytes: Bytes::from(bytes),
            content_type: content_type(wanted.document.kind),
            metadata: made_from(&wanted.setup, hash),
            replace: true,
        };
        let tag = self.urls.store().put(object).await.map_err(|error| {
            tracing::warn!(%error, "a file was not stored");
            ApiError::Unavailable
        })?;
        let stored = Stored { key, hash, bytes: length, tag };
        let (revision, layout_version) = (wanted.setup.event.revision, wanted.setup.layout_version());
        let key = wanted.setup.signer.key_id();
        let finished = Finished { claim, stored: stored.clone(), revision, layout_version, key };
        // It is stored, written down or not; the sweeper would do it once more.
        self.database.mark_stored(&[finished]).await.map_err(|error| ApiError::from(error).after_write())?;
        Ok(stored)
    }

    /// The event's plan. Compiling one may mean to unpack pictures: not here.
    pub(super) async fn plan(&self, setup: &Arc<EventSetup>) -> Option<Arc<Plan>> {
        if let Some(known) = self.plans.known(setup) {
            return Some(known);
        }
        let (plans, setup) = (self.plans.clone(), setup.clone());
        let work = move || plans.of(&setup).map_err(|error| RenderError::Plan(error.to_string()));
        let made = self.pool.run(Priority::Live, work).await.ok()?;
        made.inspect_err(|error| tracing::error!(%error, "a layout does not compile")).ok()
    }

    /// The file, from the spool or rendered now, ahead of everything that nobody waits for.
    async fn make_now(&self, wanted: Wanted) -> Result<Made, ApiError> {
        let (plans, spool) = (self.plans.clone(), self.spool.clone());
        let work = move || make_file(&plans, spool.as_ref(), &wanted.file());
        let result = self.pool.run(Priority::Live, work).await.map_err(|_| ApiError::Overloaded)?;
        result.map_err(|error| match error {
            RenderError::NoTickets => ApiError::NotFound,
            error => {
                tracing::error!(%error, "a file was not rendered for a download");
                ApiError::Internal
            }
        })
    }

    /// Notes a download, if there is room to: an answer never waits for that.
    fn record(&self, request: &HttpRequest, registration: RegistrationRef, mode: Mode, served_from: ServedFrom) {
        let automatic = mode == Mode::Auto;
        let mode = if automatic { "auto" } else { "manual" };
        metrics::counter!(DOWNLOADS, "mode" => mode, "served_from" => served_from.name()).increment(1);
        let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        let download = Download {
            registration,
            at: Timestamp::now(),
            automatic,
            served_from,
            address: self.client_address(request),
            user_agent: agent.map(|agent| agent.chars().take(MAX_USER_AGENT).collect()),
        };
        if self.recorder.offer(Record::Download(download)).is_err() {
            metrics::counter!(DOWNLOADS_DROPPED).increment(1);
        }
    }
}

/// Only who has paid and not cancelled has tickets.
pub fn check_valid(registration: &Registration) -> Result<(), ApiError> {
    match registration.status {
        RegistrationStatus::Confirmed => Ok(()),
        RegistrationStatus::AwaitingPayment => Err(ApiError::Conflict("the registration awaits payment".into())),
        RegistrationStatus::Cancelled => Err(ApiError::Conflict("the registration was cancelled".into())),
        RegistrationStatus::Expired => Err(ApiError::Conflict("the registration expired unpaid".into())),
    }
}

fn found(url: &str) -> HttpResponse {
    HttpResponse::Found()
        .insert_header((header::LOCATION, url))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .finish()
}

fn inline(bytes: Vec<u8>, name: &str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((header::CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .body(bytes)
}
