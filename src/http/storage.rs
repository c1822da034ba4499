//! `GET /api/storage/signed-url`: a URL for an object that the asking organizer owns.

use std::{sync::Arc, time::Duration};

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    Services, download::check_valid, error::ApiError, problem::Problems, query::Query, tickets::whole_seconds,
};
use crate::{
    db::{EventName, Identity},
    domain::{ContentHash, DocumentKind, RegistrationId, RegistrationRef, Scope},
    render::RegistrationFile,
    store::{Disposition, Kind, SignedUrl, StoreError},
};

/// How long a URL may live: seven days, as storage has it.
const LONGEST: u64 = 604_800;
const SHORTEST: u64 = 60;

/// Which object, and for how long.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignedUrlQuery {
    /// The object's key.
    #[param(example = "tickets/GDN2025-0001.pdf")]
    key: String,
    /// Seconds; `storage.url_life_seconds` if left out.
    #[param(minimum = 60, maximum = 604_800)]
    expires_in: Option<u64>,
    /// `inline` shows it, `attachment` saves it.
    #[param(default = "inline")]
    disposition: Option<String>,
}

/// A pre-signed URL.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedUrlAnswer {
    pub key: String,
    pub url: String,
    /// Earlier than asked for if the server's own credentials expire before.
    pub expires_at: Timestamp,
}

/// Signs a URL for an object of one's own events. What is cancelled, or overtaken by a change, has none.
#[utoipa::path(get, path = "/api/storage/signed-url", tag = "Organizing", operation_id = "signedUrl",
    params(SignedUrlQuery), security(("organizer" = ["storage:read"])),
    responses((status = 200, description = "For whoever has it", body = SignedUrlAnswer), Problems))]
pub async fn signed_url(
    request: HttpRequest,
    services: web::Data<Services>,
    query: Query<SignedUrlQuery>,
) -> Result<HttpResponse, ApiError> {
    let SignedUrlQuery { key, expires_in, disposition } = query.0;
    let identity = services.organizer(&request, Scope::StorageRead).await?;
    if expires_in.is_some_and(|seconds| !(SHORTEST..=LONGEST).contains(&seconds)) {
        let bounds = format!("must lie between {SHORTEST} and {LONGEST} seconds");
        return Err(ApiError::invalid("/expiresIn", bounds));
    }
    let disposition = match disposition.as_deref() {
        None | Some("inline") => Disposition::Inline,
        Some("attachment") => Disposition::Attachment,
        Some(_) => return Err(ApiError::invalid("/disposition", "must be inline or attachment")),
    };
    let hash = services.own_object(&identity, &key).await?;
    let SignedUrl { url, expires_at } = services.sign(&key, hash, expires_in, disposition).await?;
    let answer = SignedUrlAnswer { key, url, expires_at: whole_seconds(expires_at) };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(answer))
}

impl Services {
    /// A URL: the usual one from the cache, another one signed now.
    pub async fn sign(
        &self,
        key: &str,
        hash: ContentHash,
        seconds: Option<u64>,
        disposition: Disposition,
    ) -> Result<SignedUrl, ApiError> {
        let signed = match seconds {
            None => self.urls.get(key, hash, disposition).await,
            Some(seconds) => {
                let signed = self.urls.store().presign(key, Duration::from_secs(seconds), disposition).await;
                signed.map_err(Arc::new)
            }
        };
        signed.map_err(|error: Arc<StoreError>| {
            tracing::error!(%error, "a URL was not signed");
            ApiError::Unavailable
        })
    }

    /// What lies under a key, if it is the organizer's to see.
    async fn own_object(&self, identity: &Identity, key: &str) -> Result<ContentHash, ApiError> {
        match Kind::of(key) {
            Some(Kind::Tickets | Kind::Codes | Kind::Confirmations) => self.own_document(identity, key).await,
            Some(Kind::Invoices) => {
                let invoice = self.database.invoice(key).await?.ok_or(ApiError::NotFound)?;
                if invoice.organizer == identity.organizer { Ok(invoice.hash) } else { Err(ApiError::NotFound) }
            }
            Some(Kind::Archives) => match self.database.owner_of_archive(key).await? {
                // No two archives have one key.
                Some(owner) if owner == identity.organizer => Ok(ContentHash([0; 32])),
                _ => Err(ApiError::NotFound),
            },
            Some(Kind::Images) | None => Err(ApiError::NotFound),
        }
    }

    async fn own_document(&self, identity: &Identity, key: &str) -> Result<ContentHash, ApiError> {
        let id = key.split('/').nth(1).ok_or(ApiError::NotFound)?;
        let id: RegistrationId = id.trim_end_matches(".pdf").parse().map_err(|_| ApiError::NotFound)?;
        let setup = self.catalog.find(EventName::Code(id.code)).await?.ok_or(ApiError::NotFound)?;
        if setup.event.organizer != identity.organizer {
            return Err(ApiError::NotFound);
        }
        let reference = RegistrationRef { event: setup.event.key, number: id.number };
        let records = self.database.documents_of(reference).await?;
        let is_it = |key: &str, found: Option<&crate::domain::Stored>| found.is_some_and(|stored| stored.key == key);
        let record = records.into_iter().find(|record| is_it(key, record.in_storage())).ok_or(ApiError::NotFound)?;
        let stored = record.in_storage().ok_or(ApiError::NotFound)?;
        let registration = self.database.registration(reference).await?.ok_or(ApiError::NotFound)?;
        check_valid(&registration)?;
        // A confirmation stays as it was.
        if record.imported || record.document.kind == DocumentKind::Confirmation {
            return Ok(stored.hash);
        }
        let plan = self.plan(&setup).await.ok_or(ApiError::Internal)?;
        let file = RegistrationFile {
            setup: &setup,
            registration: &registration,
            kind: record.document.kind,
            part: record.document.part,
            made_at: record.promised_at,
        };
        if file.hash(&plan).ok() != Some(stored.hash) {
            self.promise_anew(record.document, Some(stored.hash)).await;
            return Err(ApiError::Conflict("a change has overtaken the file; it is being made anew".into()));
        }
        Ok(stored.hash)
    }
}
