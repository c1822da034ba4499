//! `GET /api/events`: published events and their remaining seats.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::answer::EventAnswer;
use crate::{
    db::EventFilter,
    domain::{EventKey, is_supported_time},
    http::{
        auth::caller,
        read::{Page, Query, ReadPermit, limit, read_cursor},
        server::{ApiError, Problems, Services},
    },
    work::events,
};

/// Filter and page of a list of events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// Words to find in title, description, venue and category, in any order; accents make no difference.
    q: Option<String>,
    category: Option<String>,
    /// Words to find in the venue and its address.
    place: Option<String>,
    /// Only events that end at or after this time.
    from: Option<Timestamp>,
    /// Only events that start at or before this time.
    to: Option<Timestamp>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    cursor: Option<String>,
    /// `true`: all events of the token's organizer, also drafts and cancelled ones.
    #[serde(default)]
    mine: bool,
}

/// Lists published events, ordered by start.
#[utoipa::path(get, path = "/api/events", tag = "Events", operation_id = "events", params(ListQuery),
    security((), ("organizer" = [])),
    responses((status = 200, description = "A page of events", body = Page<EventAnswer>), Problems))]
pub async fn list(
    _permit: ReadPermit,
    request: HttpRequest,
    services: web::Data<Services>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, ApiError> {
    let query = query.0;
    let after = read_cursor::<(Timestamp, i32)>(query.cursor.as_deref())?;
    for (pointer, time) in [("/from", query.from), ("/to", query.to), ("/cursor", after.map(|(at, _)| at))] {
        if time.is_some_and(|at| !is_supported_time(at)) {
            return Err(ApiError::invalid(pointer, "must lie between the years 2000 and 2999"));
        }
    }
    let records = &services.tools.records;
    let filter = EventFilter {
        organizer: if query.mine { Some(records.organizer_of(&caller(&request)).await?) } else { None },
        search: query.q,
        category: query.category,
        place: query.place,
        status: None,
        from: query.from,
        to: query.to,
        after: after.map(|(at, key)| (at, EventKey(key))),
        limit: limit(query.limit, services.settings.list_limit)?,
    };
    let found = events::list(records, &filter).await?;
    let items = found.events.iter().map(EventAnswer::new).collect();
    let next = found.next.map(|(starts_at, key)| (starts_at, key.0));
    Ok(HttpResponse::Ok().json(Page::ending_at(items, next.as_ref())))
}

/// Returns an event by slug or id. Drafts are visible only to their organizer.
#[utoipa::path(get, path = "/api/events/{event}", tag = "Events", operation_id = "event",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    security((), ("organizer" = [])),
    responses(
        (status = 200, description = "The event with its remaining seats", body = EventAnswer),
        (status = 301, description = "The event has another slug now", headers(("Location" = String))),
        Problems))]
pub async fn show(
    _permit: ReadPermit,
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let found = events::find(&services.tools.records, &caller(&request), &event).await?;
    let slug = &found.0.event.draft.slug;
    if Uuid::try_parse(&event).is_err() && *slug != *event {
        let location = services.link(&format!("/api/events/{slug}"));
        return Ok(HttpResponse::MovedPermanently().insert_header((header::LOCATION, location)).finish());
    }
    Ok(HttpResponse::Ok().json(EventAnswer::new(&found)))
}
