//! `GET /api/events/{event}/revocations`: codes that gates must refuse although their signatures are valid.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    db::RevokedCode,
    http::{
        auth::caller,
        read::{Page, PageQuery, Query, limit, read_cursor},
        server::{ApiError, Problems, Services},
    },
    work::registrants,
};

/// A ticket with revoked codes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevokedAnswer {
    ticket_id: Uuid,
    /// Codes of this generation and of earlier ones are revoked.
    generation: i16,
    label: String,
}

/// Lists the revoked codes of an event. Gates must refuse them, although their signatures are valid.
#[utoipa::path(get, path = "/api/events/{event}/revocations", tag = "Organizing", operation_id = "revocations",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025"), PageQuery),
    security(("organizer" = ["registrations:read"])),
    responses((status = 200, description = "A page of tickets", body = Page<RevokedAnswer>), Problems))]
pub async fn list(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
    query: Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let limit = limit(query.0.limit, services.settings.list_limit)?;
    let after = read_cursor(query.0.cursor.as_deref())?.unwrap_or((0, 0));
    let records = &services.tools.records;
    let (setup, codes) = registrants::revoked_codes(records, &caller(&request), &event, after, limit).await?;
    let answer = |code: RevokedCode| RevokedAnswer {
        ticket_id: code.ticket.0,
        generation: code.generation,
        label: setup.registration_id(code.number).ticket_label(code.position),
    };
    Ok(HttpResponse::Ok().json(Page::of(codes, limit, |code| (code.number, code.position), answer)))
}
