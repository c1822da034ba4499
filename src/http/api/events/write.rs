//! `/api/events` for organizers: creates and changes events and their ticket types.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::answer::EventAnswer;
use crate::{
    domain::{CreateEvent, CreateTicketType, EventPatch, TicketTypePatch},
    http::{
        auth::caller,
        read::{Json, Query},
        server::{ApiError, Problems, Services, created},
    },
    work::events::{self, EventWithSeats},
};

/// Creates an event with its ticket types and its signing key.
#[utoipa::path(post, path = "/api/events", tag = "Organizing", operation_id = "createEvent",
    request_body = CreateEvent, security(("organizer" = ["events:write"])),
    responses((status = 201, description = "The event", body = EventAnswer,
        headers(("Location" = String, description = "URL of the event"))), Problems))]
pub async fn create(
    request: HttpRequest,
    services: web::Data<Services>,
    body: Json<CreateEvent>,
) -> Result<HttpResponse, ApiError> {
    let (draft, types) = body.0.split();
    let event = events::create(&services.tools.records, &caller(&request), draft, types).await?;
    Ok(answer_created(&services, &event))
}

/// Options of a change.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ChangeQuery {
    /// False: registrants get no message about the change.
    #[serde(default = "enabled")]
    #[param(default = true)]
    notify: bool,
}

const fn enabled() -> bool {
    true
}

/// Changes an event. Tickets whose content changes by this are made again on their next download.
///
/// After a minute, the registrants of a published event get a message if its title, time or place has changed, or if it is
/// cancelled.
#[utoipa::path(patch, path = "/api/events/{event}", tag = "Organizing", operation_id = "changeEvent",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025"), ChangeQuery),
    request_body = EventPatch, security(("organizer" = ["events:write"])),
    responses((status = 200, description = "The changed event", body = EventAnswer), Problems))]
pub async fn change(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
    query: Query<ChangeQuery>,
    body: Json<EventPatch>,
) -> Result<HttpResponse, ApiError> {
    let records = &services.tools.records;
    let event = events::change(records, &caller(&request), &event, body.0, query.0.notify).await?;
    Ok(HttpResponse::Ok().json(EventAnswer::new(&event)))
}

/// Adds a ticket type.
#[utoipa::path(post, path = "/api/events/{event}/ticket-types", tag = "Organizing", operation_id = "createTicketType",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    request_body = CreateTicketType, security(("organizer" = ["events:write"])),
    responses((status = 201, description = "The event with the new type", body = EventAnswer,
        headers(("Location" = String, description = "URL of the event"))), Problems))]
pub async fn create_type(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
    body: Json<CreateTicketType>,
) -> Result<HttpResponse, ApiError> {
    let draft = body.0.into_draft();
    let event = events::create_type(&services.tools.records, &caller(&request), &event, draft).await?;
    Ok(answer_created(&services, &event))
}

/// Changes a ticket type. Sold tickets keep their price.
#[utoipa::path(patch, path = "/api/events/{event}/ticket-types/{code}", tag = "Organizing", operation_id = "changeTicketType",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025"), ("code" = String, Path, example = "general")),
    request_body = TicketTypePatch, security(("organizer" = ["events:write"])),
    responses((status = 200, description = "The changed event", body = EventAnswer), Problems))]
pub async fn change_type(
    request: HttpRequest,
    services: web::Data<Services>,
    path: web::Path<(String, String)>,
    body: Json<TicketTypePatch>,
) -> Result<HttpResponse, ApiError> {
    let (event, code) = path.into_inner();
    let event = events::change_type(&services.tools.records, &caller(&request), &event, &code, body.0).await?;
    Ok(HttpResponse::Ok().json(EventAnswer::new(&event)))
}

fn answer_created(services: &Services, event: &EventWithSeats) -> HttpResponse {
    let location = services.link(&format!("/api/events/{}", event.0.event.draft.slug));
    created(location).json(EventAnswer::new(event))
}
