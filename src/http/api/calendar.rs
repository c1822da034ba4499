//! Calendar files: of an event, and of a registration.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use jiff::Timestamp;

use super::registrations::HolderQuery;
use crate::{
    domain::{EventStatus, RegistrationId},
    http::{
        auth::{caller, holder},
        read::Query,
        server::{ApiError, Problems, Services, calendar_of},
    },
    mail::{CalendarNote, calendar},
    work::{Refusal, registrations},
};

const MEDIA_TYPE: &str = "text/calendar; charset=utf-8";

/// Returns an event as a calendar file.
#[utoipa::path(get, path = "/events/{event}.ics", tag = "Events", operation_id = "eventCalendar",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    responses((status = 200, description = "The file", content_type = "text/calendar", body = String), Problems))]
pub async fn event(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let setup = services.tools.records.visible_event(&caller(&request), &event).await?;
    let is_public = setup.event.draft.status != EventStatus::Draft;
    let url = Some(services.link(&format!("/events/{}", setup.event.draft.slug)));
    let text = calendar(&setup, &CalendarNote { registration: String::new(), url }, Timestamp::now());
    Ok(HttpResponse::Ok()
        .content_type(MEDIA_TYPE)
        .insert_header((header::CACHE_CONTROL, if is_public { "public, max-age=300" } else { "private, no-store" }))
        .body(text))
}

/// Returns the event of a registration as a calendar file, for its holder.
#[utoipa::path(get, path = "/registrations/{registrationId}.ics", tag = "Registering", operation_id = "registrationCalendar",
    params(("registrationId" = String, Path, example = "GDN2025-0001"), HolderQuery),
    security((), ("organizer" = ["registrations:read"])),
    responses((status = 200, description = "The file", content_type = "text/calendar", body = String), Problems))]
pub async fn registration(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<HolderQuery>,
) -> Result<HttpResponse, ApiError> {
    let id: RegistrationId = id.parse().map_err(|_| Refusal::NotFound)?;
    let caller = holder(&request, query.0.token);
    let (found, _) = registrations::find(&services.tools.records, &caller, &id).await?;
    Ok(calendar_of(&services, &id, &found.setup))
}
