//! Generated files of an event, and the confirmation of a registration.

mod answer;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use self::answer::DocumentDetail;
use super::registrations::DownloadQuery;
use crate::{
    db::DocumentFilter,
    domain::{DocumentKind, DocumentRef, DocumentState},
    http::{
        auth::{caller, holder},
        read::{Page, Query, limit, read_cursor},
        server::{ApiError, Problems, Services, deliver, private},
    },
    work::{Refusal, documents},
};

/// Filter and page of a list of documents.
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

/// Lists the generated files of an event, by registration.
#[utoipa::path(get, path = "/api/events/{event}/documents", tag = "Organizing", operation_id = "documents",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025"), DocumentsQuery),
    security(("organizer" = ["registrations:read"])),
    responses((status = 200, description = "A page of documents", body = Page<DocumentDetail>), Problems))]
pub async fn list(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
    query: Query<DocumentsQuery>,
) -> Result<HttpResponse, ApiError> {
    let filter = filter(&services, query.0)?;
    let (setup, rows) = documents::list(&services.tools.records, &caller(&request), &event, &filter).await?;
    let page = Page::of(
        rows,
        filter.limit,
        |row| {
            let DocumentRef { registration, kind, part } = row.document;
            (registration.number, kind.number(), part)
        },
        |row| DocumentDetail::new(&setup, row),
    );
    Ok(private(StatusCode::OK).json(page))
}

fn filter(services: &Services, query: DocumentsQuery) -> Result<DocumentFilter, ApiError> {
    let DocumentsQuery { status, kind, limit: given, cursor } = query;
    let unknown = |pointer, names: &str| ApiError::invalid(pointer, format!("must be one of {names}"));
    let state_of = |name: String| {
        let state = DocumentState::from_name(&name);
        state.ok_or_else(|| unknown("/status", "pending, stored, failed, withdrawn"))
    };
    let kind_of = |name: String| {
        let kind = DocumentKind::ALL.into_iter().find(|kind| kind.name() == name);
        kind.ok_or_else(|| unknown("/kind", "tickets, confirmation, ticket, code"))
    };
    Ok(DocumentFilter {
        state: status.map(state_of).transpose()?,
        kind: kind.map(kind_of).transpose()?,
        after: read_cursor(cursor.as_deref())?.unwrap_or((0, 0, 0)),
        limit: limit(given, services.settings.list_limit)?,
    })
}

/// The outcome of a retry.
#[derive(Debug, Serialize, ToSchema)]
pub struct Retried {
    /// Number of documents that are pending again.
    documents: usize,
}

/// Sets all failed documents of an event back to pending.
#[utoipa::path(post, path = "/api/events/{event}/documents/retry", tag = "Organizing", operation_id = "retryDocuments",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    security(("organizer" = ["registrations:write"])),
    responses((status = 200, description = "The number of documents", body = Retried), Problems))]
pub async fn retry(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let documents = documents::retry_failed(&services.tools.records, &caller(&request), &event).await?;
    Ok(HttpResponse::Ok().json(Retried { documents }))
}

/// Returns the confirmation of a registration as a PDF. It is made on the first request, and again when its content has
/// changed.
#[utoipa::path(get, path = "/api/registrations/{registrationId}/confirmation.pdf", tag = "Registering",
    operation_id = "confirmationPdf",
    params(("registrationId" = String, Path, example = "GDN2025-0001"), DownloadQuery),
    security((), ("organizer" = [])),
    responses(
        (status = 200, description = "The file, rendered for this request", content_type = "application/pdf", body = Vec<u8>),
        (status = 302, description = "The file is in storage", headers(("Location" = String, description = "A pre-signed URL"))),
        Problems))]
pub async fn confirmation(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<DownloadQuery>,
) -> Result<HttpResponse, ApiError> {
    let id = id.parse().map_err(|_| Refusal::NotFound)?;
    let client = services.download_client(&request, query.0.download.is_automatic());
    let caller = holder(&request, query.0.token);
    Ok(deliver(&request, documents::confirmation(&services.tools, &caller, &id, client).await?))
}
