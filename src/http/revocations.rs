//! `GET /api/events/{event}/revocations`: what a gate must refuse although its signature holds.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    Services,
    cursor::{self, Page},
    error::ApiError,
    problem::Problems,
    query::{self, Query},
};
use crate::domain::{RegistrationId, Scope};

/// A page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Codes of a ticket that a gate must refuse although their signature holds.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevokedAnswer {
    ticket_id: Uuid,
    /// This one, and all before.
    generation: i16,
    label: String,
}

/// Revoked codes of an event, for gates.
#[utoipa::path(get, path = "/api/events/{event}/revocations", tag = "Organizing", operation_id = "revocations",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025"), PageQuery),
    security(("organizer" = ["registrations:read"])),
    responses((status = 200, description = "A page of them", body = Page<RevokedAnswer>), Problems))]
pub async fn list(
    request: HttpRequest,
    services: web::Data<Services>,
    name: web::Path<String>,
    query: Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let setup = services.own_event(&request, Scope::RegistrationsRead, &name).await?;
    let limit = query::limit(query.0.limit, services.settings.list_limit)?;
    let after = cursor::read(query.0.cursor.as_deref())?.unwrap_or((0, 0));
    let codes = services.database.revoked_codes(setup.event.key, after, limit).await?;
    let full = usize::try_from(limit).is_ok_and(|limit| codes.len() == limit);
    let next_cursor = codes.last().filter(|_| full).map(|code| cursor::write(&(code.number, code.position)));
    let items = codes
        .iter()
        .map(|code| RevokedAnswer {
            ticket_id: code.ticket.0,
            generation: code.generation,
            label: RegistrationId { code: setup.event.code.clone(), number: code.number }.ticket_label(code.position),
        })
        .collect();
    Ok(HttpResponse::Ok().json(Page { items, next_cursor }))
}
