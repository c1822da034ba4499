//! `/api/tickets`: the file of a ticket, and the picture of its code.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    registrations::{DownloadQuery, HolderQuery},
    time::whole_seconds,
};
use crate::{
    domain::TicketId,
    http::{
        auth::holder,
        read::{Query, preferred},
        server::{ApiError, Problems, Services, deliver, private},
    },
    work::{
        Refusal,
        tickets::{self, CodePicture},
    },
};

/// Parses the id of a ticket; 404 if it is no UUID.
fn parse(id: &str) -> Result<TicketId, ApiError> {
    Ok(TicketId(Uuid::try_parse(id).map_err(|_| Refusal::NotFound)?))
}

/// Returns a ticket as a PDF.
#[utoipa::path(get, path = "/api/tickets/{ticketId}/pdf", tag = "Tickets", operation_id = "ticketPdf",
    params(("ticketId" = Uuid, Path), DownloadQuery),
    security((), ("organizer" = [])),
    responses(
        (status = 200, description = "The file, rendered for this request", content_type = "application/pdf", body = Vec<u8>),
        (status = 302, description = "The file is in storage", headers(("Location" = String, description = "A pre-signed URL"))),
        Problems))]
pub async fn pdf(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<DownloadQuery>,
) -> Result<HttpResponse, ApiError> {
    let client = services.download_client(&request, query.0.download.is_automatic());
    let caller = holder(&request, query.0.token);
    Ok(deliver(&request, tickets::pdf(&services.tools, &caller, parse(&id)?, client).await?))
}

/// Pixels per module (the smallest square of a QR code).
const DEFAULT_PIXELS: u8 = 6;
/// Largest number of pixels per module.
const MAX_PIXELS: u8 = 40;

/// The credentials of a holder, and the size of the picture.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CodeQuery {
    /// The registration's access token.
    token: Option<String>,
    /// Pixels per module of the PNG, which has a margin of four modules on each side.
    #[param(minimum = 1, maximum = 40, default = 6)]
    pixels: Option<u8>,
}

/// Returns the ticket's code as a picture: a PNG, or an SVG if `Accept` names only that.
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
    let pixels = pixels.unwrap_or(DEFAULT_PIXELS);
    if !(1..=MAX_PIXELS).contains(&pixels) {
        return Err(ApiError::invalid("/pixels", format!("must lie between 1 and {MAX_PIXELS}")));
    }
    let caller = holder(&request, token);
    let picture = match preferred(&request, &["image/png", "image/svg+xml"]) {
        Some("image/svg+xml") => CodePicture::Svg,
        Some(_) => CodePicture::Png(pixels.into()),
        None => return Err(ApiError::NotAcceptable("image/png, image/svg+xml")),
    };
    let bytes = tickets::code(&services.tools, &caller, parse(&id)?, picture).await?;
    Ok(private(StatusCode::OK)
        .content_type(if picture == CodePicture::Svg { "image/svg+xml" } else { "image/png" })
        .insert_header((header::VARY, "Accept"))
        .body(bytes))
}

/// A picture in storage.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StoredCode {
    key: String,
    /// A pre-signed URL.
    url: String,
    expires_at: Timestamp,
}

/// Stores the picture of the ticket's code.
#[utoipa::path(post, path = "/api/tickets/{ticketId}/qr-code", tag = "Tickets", operation_id = "storeTicketCode",
    params(("ticketId" = Uuid, Path), HolderQuery),
    security((), ("organizer" = [])),
    responses((status = 200, description = "The stored picture", body = StoredCode), Problems))]
pub async fn store_code(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<HolderQuery>,
) -> Result<HttpResponse, ApiError> {
    let caller = holder(&request, query.0.token);
    let (key, signed) = tickets::store_code(&services.tools, &caller, parse(&id)?).await?;
    let answer = StoredCode { key, url: signed.url, expires_at: whole_seconds(signed.expires_at) };
    Ok(private(StatusCode::OK).json(answer))
}
