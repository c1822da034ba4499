//! Generated files as their organizer sees them, and the confirmation of a registration.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use super::{
    Services,
    cursor::{self, Page},
    download::{Wanted, check_valid},
    error::ApiError,
    problem::Problems,
    query::{self, Query},
    register::DownloadQuery,
};
use crate::{
    db::{DocumentFilter, DocumentRow},
    domain::{
        DocumentKind, DocumentRecord, DocumentRef, DocumentState, EventSetup, Registration, RegistrationId, Scope,
    },
    render::RegistrationFile,
};

/// Which documents.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DocumentsQuery {
    /// `pending`, `stored`, `failed` or `withdrawn`.
    status: Option<String>,
    /// `tickets`, `confirmation`, `ticket` or `code`.
    kind: Option<String>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    cursor: Option<String>,
}

/// A generated file: where it is, its state, and what it was made from.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DocumentDetail {
    registration_id: String,
    /// `tickets`, `confirmation`, `ticket` or `code`.
    kind: &'static str,
    /// The ticket's position, or the confirmation's number; 0 for the file with all tickets.
    part: i16,
    status: &'static str,
    promised_at: Timestamp,
    /// When it is tried next, if it is pending.
    #[schema(required)]
    due_at: Option<Timestamp>,
    #[schema(required)]
    stored_at: Option<Timestamp>,
    #[schema(required)]
    key: Option<String>,
    #[schema(required)]
    bytes: Option<i32>,
    /// SHA-256 of everything that went into it.
    #[schema(required)]
    content_hash: Option<String>,
    /// The event's revision when it was made.
    #[schema(required)]
    event_revision: Option<i32>,
    #[schema(required)]
    layout_version: Option<i32>,
    /// Made by another program.
    imported: bool,
    attempts: i16,
    failures: i16,
    /// Who asked for it, and why.
    #[schema(value_type = Option<Object>, required)]
    generation: Option<Value>,
    /// Why the last attempt failed.
    #[schema(required)]
    error: Option<String>,
}

impl DocumentDetail {
    fn new(setup: &EventSetup, row: DocumentRow) -> Self {
        let DocumentRef { registration, kind, part } = row.document;
        Self {
            registration_id: RegistrationId { code: setup.event.code.clone(), number: registration.number }.to_string(),
            kind: kind.name(),
            part,
            status: row.state.name(),
            promised_at: row.promised_at,
            due_at: (row.state == DocumentState::Pending).then_some(row.due_at),
            stored_at: row.stored_at,
            key: row.key,
            bytes: row.bytes,
            content_hash: row.hash.map(|hash| hash.to_string()),
            event_revision: row.revision,
            layout_version: row.layout_version,
            imported: row.imported,
            attempts: row.attempts,
            failures: row.failures,
            generation: row.generation,
            error: row.error,
        }
    }
}

/// An event's generated files, by registration.
#[utoipa::path(get, path = "/api/events/{event}/documents", tag = "Organizing", operation_id = "documents",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025"), DocumentsQuery),
    security(("organizer" = ["registrations:read"])),
    responses((status = 200, description = "A page of them", body = Page<DocumentDetail>), Problems))]
pub async fn list(
    request: HttpRequest,
    services: web::Data<Services>,
    name: web::Path<String>,
    query: Query<DocumentsQuery>,
) -> Result<HttpResponse, ApiError> {
    let setup = services.own_event(&request, Scope::RegistrationsRead, &name).await?;
    let DocumentsQuery { status, kind, limit, cursor } = query.0;
    let known = |pointer, known: Option<_>, names: &str| {
        known.ok_or_else(|| ApiError::invalid(pointer, format!("must be one of {names}")))
    };
    let state = status
        .map(|name| known("/status", DocumentState::from_name(&name), "pending, stored, failed, withdrawn"))
        .transpose()?;
    let kind_of = |name: String| {
        let kind = DocumentKind::ALL.into_iter().find(|kind| kind.name() == name);
        kind.ok_or_else(|| ApiError::invalid("/kind", "must be one of tickets, confirmation, ticket, code"))
    };
    let filter = DocumentFilter {
        state,
        kind: kind.map(kind_of).transpose()?,
        after: cursor::read(cursor.as_deref())?.unwrap_or((0, 0, 0)),
        limit: query::limit(limit, services.settings.list_limit)?,
    };
    let rows = services.database.list_documents(setup.event.key, &filter).await?;
    let full = usize::try_from(filter.limit).is_ok_and(|limit| rows.len() == limit);
    let next_cursor = rows.last().filter(|_| full).map(|row| {
        let DocumentRef { registration, kind, part } = row.document;
        cursor::write(&(registration.number, kind.number(), part))
    });
    let items = rows.into_iter().map(|row| DocumentDetail::new(&setup, row)).collect();
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(Page { items, next_cursor }))
}

/// What is tried again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Retried {
    /// How many documents.
    documents: usize,
}

/// Tries everything of an event again that was set aside.
#[utoipa::path(post, path = "/api/events/{event}/documents/retry", tag = "Organizing", operation_id = "retryDocuments",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    security(("organizer" = ["registrations:write"])),
    responses((status = 200, description = "They are pending again", body = Retried), Problems))]
pub async fn retry(
    request: HttpRequest,
    services: web::Data<Services>,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (identity, setup) = services.own_event_now(&request, Scope::RegistrationsWrite, &name).await?;
    let documents = services.database.retry_failed(setup.event.key).await.map_err(ApiError::from_write)?;
    services.audit(&identity, Some(setup.event.key), "documents.retried", json!({ "documents": documents })).await;
    Ok(HttpResponse::Ok().json(Retried { documents }))
}

/// The confirmation of a registration as a PDF. Made when it is first asked for, and anew when what it says has changed.
#[utoipa::path(get, path = "/api/registrations/{registrationId}/confirmation.pdf", tag = "Registering",
    operation_id = "confirmationPdf",
    params(("registrationId" = String, Path, example = "GDN2025-0001"), DownloadQuery),
    security((), ("organizer" = [])),
    responses(
        (status = 200, description = "The file, rendered now", content_type = "application/pdf", body = Vec<u8>),
        (status = 302, description = "It is in storage", headers(("Location" = String, description = "A pre-signed URL"))),
        Problems))]
pub async fn confirmation(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<DownloadQuery>,
) -> Result<HttpResponse, ApiError> {
    let id: RegistrationId = id.parse().map_err(|_| ApiError::NotFound)?;
    let DownloadQuery { token, download } = query.0;
    let (setup, registration) = services.registration_of_holder(&request, &id, token.as_deref()).await?;
    check_valid(&registration)?;
    let registration = Arc::new(registration);
    let asked_by = if token.is_some() { "holder" } else { "organizer" };
    let record = services.current_confirmation(&setup, &registration, asked_by).await?;
    let wanted = Wanted {
        epoch: services.hot.epoch(setup.event.key),
        setup,
        registration,
        document: record.document,
        made_at: record.promised_at,
        name: format!("{id}-confirmation.pdf"),
    };
    services.download(&request, wanted, Some(record), download).await
}

impl Services {
    /// The latest confirmation that still says what is so; a new one if there is none.
    async fn current_confirmation(
        &self,
        setup: &Arc<EventSetup>,
        registration: &Arc<Registration>,
        asked_by: &str,
    ) -> Result<DocumentRecord, ApiError> {
        let reference = registration.reference;
        let latest = async || {
            let records = self.database.documents_of(reference).await?;
            let confirmations = records.into_iter().filter(|record| record.document.kind == DocumentKind::Confirmation);
            Ok::<_, ApiError>(confirmations.max_by_key(|record| record.document.part))
        };
        let known = latest().await?;
        if let Some(known) = &known
            && self.still_says(setup, registration, known).await
        {
            return Ok(known.clone());
        }
        let generation = json!({
            "requestedBy": asked_by,
            "reason": if known.is_some() { "changed" } else { "first" },
            "eventRevision": setup.event.revision,
            "generator": concat!("onsale ", env!("CARGO_PKG_VERSION")),
        });
        match self.database.add_confirmation(reference, &generation).await? {
            Some(added) => Ok(added),
            // Somebody else was quicker by a moment.
            None => latest().await?.ok_or(ApiError::Internal),
        }
    }

    async fn still_says(&self, setup: &Arc<EventSetup>, registration: &Registration, known: &DocumentRecord) -> bool {
        let stored = match (&known.state, &known.stored) {
            (DocumentState::Withdrawn, _) => return false,
            // What is not made yet will say what is so then.
            (_, None) => return true,
            (_, Some(stored)) => stored,
        };
        let file = RegistrationFile {
            setup,
            registration,
            kind: DocumentKind::Confirmation,
            part: known.document.part,
            made_at: known.promised_at,
        };
        let Some(plan) = self.plan(setup).await else { return true };
        file.hash(&plan).is_ok_and(|hash| hash == stored.hash)
    }
}
