//! `/api/tickets`: one ticket's file and its code.

use std::{sync::Arc, time::SystemTime};

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    Services,
    download::{Wanted, check_valid},
    error::ApiError,
    problem::Problems,
    query::Query,
    register::{DownloadQuery, HolderQuery},
};
use crate::{
    db::EventName,
    domain::{DocumentKind, DocumentRef, EventSetup, Level, Registration, RegistrationId, TicketId},
    render::{Priority, QrImage, TicketPage},
    store::Disposition,
};

/// One ticket as a PDF.
#[utoipa::path(get, path = "/api/tickets/{ticketId}/pdf", tag = "Tickets", operation_id = "ticketPdf",
    params(("ticketId" = Uuid, Path), DownloadQuery),
    security((), ("organizer" = [])),
    responses(
        (status = 200, description = "The file, rendered now", content_type = "application/pdf", body = Vec<u8>),
        (status = 302, description = "It is in storage", headers(("Location" = String, description = "A pre-signed URL"))),
        Problems))]
pub async fn pdf(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<DownloadQuery>,
) -> Result<HttpResponse, ApiError> {
    let (id, setup, registration) = find(&request, &services, &id, query.0.token.as_deref()).await?;
    let wanted = wanted(&services, setup, registration, id, DocumentKind::Ticket)?;
    let record = services.database.document(wanted.document).await?;
    services.download(&request, wanted, record, query.0.download).await
}

/// Pixels to a module, quiet zone of four modules included on each side.
const DEFAULT_PIXELS: u8 = 6;
const MAX_PIXELS: u8 = 40;

/// Who asks, and how large the picture is to be.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CodeQuery {
    /// The registration's access token.
    token: Option<String>,
    /// Pixels to a module of the PNG.
    #[param(minimum = 1, maximum = 40, default = 6)]
    pixels: Option<u8>,
}

/// The ticket's code as a picture: PNG, or SVG if that is what `Accept` asks for.
#[utoipa::path(get, path = "/api/tickets/{ticketId}/qr-code", tag = "Tickets", operation_id = "ticketCode",
    params(("ticketId" = Uuid, Path), CodeQuery),
    security((), ("organizer" = [])),
    responses(
        (status = 200, description = "The picture", content(
            (Vec<u8> = "image/png"), (String = "image/svg+xml"))),
        Problems))]
pub async fn show_code(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<CodeQuery>,
) -> Result<HttpResponse, ApiError> {
    let CodeQuery { token, pixels } = query.0;
    let scale = pixels.unwrap_or(DEFAULT_PIXELS);
    if !(1..=MAX_PIXELS).contains(&scale) {
        return Err(ApiError::malformed(format!("pixels must lie between 1 and {MAX_PIXELS}")));
    }
    let (id, setup, registration) = find(&request, &services, &id, token.as_deref()).await?;
    let vector = wants_svg(&request)?;
    let draw = move |image: QrImage| if vector { image.svg().into_bytes() } else { image.png_with(scale.into()) };
    let picture = draw_code(&services, setup, registration, id, draw).await?;
    Ok(HttpResponse::Ok()
        .content_type(if vector { "image/svg+xml" } else { "image/png" })
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .insert_header((header::VARY, "Accept"))
        .body(picture))
}

/// A stored picture.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoredCode {
    key: String,
    /// A pre-signed URL.
    url: String,
    expires_at: Timestamp,
}

/// Puts the picture of the ticket's code in storage.
#[utoipa::path(post, path = "/api/tickets/{ticketId}/qr-code", tag = "Tickets", operation_id = "storeTicketCode",
    params(("ticketId" = Uuid, Path), HolderQuery),
    security((), ("organizer" = [])),
    responses((status = 200, description = "It is there", body = StoredCode), Problems))]
pub async fn store_code(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<HolderQuery>,
) -> Result<HttpResponse, ApiError> {
    let (id, setup, registration) = find(&request, &services, &id, query.0.token.as_deref()).await?;
    let wanted = wanted(&services, setup, registration, id, DocumentKind::Code)?;
    let record = services.database.document(wanted.document).await?;
    let stored = services.store_now(wanted, record, services.lease_seconds).await?;
    let signed = services.urls.get(&stored.key, stored.hash, Disposition::Inline).await.map_err(|error| {
        tracing::warn!(%error, "a stored code has no URL");
        ApiError::Unavailable.after_write()
    })?;
    let key = stored.key;
    let answer = StoredCode { key, url: signed.url, expires_at: whole_seconds(signed.expires_at) };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(answer))
}

/// What is wanted of one ticket that is valid.
fn wanted(
    services: &Services,
    setup: Arc<EventSetup>,
    registration: Registration,
    id: TicketId,
    kind: DocumentKind,
) -> Result<Wanted, ApiError> {
    check_valid(&registration)?;
    let ticket = registration.tickets.iter().find(|t| t.id == id && !t.revoked).ok_or(ApiError::NotFound)?;
    let part = ticket.position;
    let name = format!("{}.pdf", services.id_of(&setup, &registration).ticket_label(part));
    let document = DocumentRef { registration: registration.reference, kind, part };
    let epoch = services.hot.epoch(setup.event.key);
    Ok(Wanted { setup, registration: Arc::new(registration), document, made_at: Timestamp::now(), name, epoch })
}

/// A moment as answers give it.
pub fn whole_seconds(at: SystemTime) -> Timestamp {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_second(i64::try_from(since.as_secs()).unwrap_or(i64::MAX)).unwrap_or(Timestamp::MAX)
}

/// The ticket, for whoever holds its registration's token or owns its event.
async fn find(
    request: &HttpRequest,
    services: &Services,
    id: &str,
    token: Option<&str>,
) -> Result<(TicketId, Arc<EventSetup>, Registration), ApiError> {
    let id = TicketId(Uuid::try_parse(id).map_err(|_| ApiError::NotFound)?);
    let reference = services.database.find_ticket(id).await?.ok_or(ApiError::NotFound)?;
    let setup = services.catalog.find(EventName::Key(reference.event)).await?.ok_or(ApiError::NotFound)?;
    let label = RegistrationId { code: setup.event.code.clone(), number: reference.number };
    let (setup, registration) = services.registration_of_holder(request, &label, token).await?;
    Ok((id, setup, registration))
}

async fn draw_code(
    services: &Services,
    setup: Arc<EventSetup>,
    registration: Registration,
    id: TicketId,
    draw: impl FnOnce(QrImage) -> Vec<u8> + Send + 'static,
) -> Result<Vec<u8>, ApiError> {
    check_valid(&registration)?;
    let ticket = registration.tickets.iter().find(|t| t.id == id && !t.revoked).ok_or(ApiError::NotFound)?;
    let code = TicketPage::of(&setup, &registration, ticket).code;
    let work = move || Ok(draw(QrImage::encode(&setup.signer.sign(&code), Level::M)));
    services.pool.run(Priority::Live, work).await.map_err(|_| ApiError::Overloaded)?.map_err(|error| {
        tracing::error!(%error, "a ticket's code was not drawn");
        ApiError::Internal
    })
}

/// PNG unless SVG is asked for; neither is 406.
fn wants_svg(request: &HttpRequest) -> Result<bool, ApiError> {
    let Some(accept) = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok()) else {
        return Ok(false);
    };
    let kinds: Vec<_> = accept.split(',').filter_map(|kind| kind.split(';').next()).map(str::trim).collect();
    if kinds.iter().any(|kind| ["image/png", "image/*", "*/*"].contains(kind)) {
        return Ok(false);
    }
    if kinds.contains(&"image/svg+xml") { Ok(true) } else { Err(ApiError::NotAcceptable("image/png, image/svg+xml")) }
}
