//! `GET /api/events`: published events and their remaining seats.

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::IntoParams;

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
    /// Words to search for in title, description and venue.
    q: Option<String>,
    category: Option<String>,
    /// Only events that end at or after this time.
    from: Option<Timestamp>,
    /// Only events that start at or before this time.
    to: Option<Timestamp>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Lists published events, ordered by start.
#[utoipa::path(get, path = "/api/events", tag = "Events", operation_id = "events", params(ListQuery),
    responses((status = 200, description = "A page of events", body = Page<EventAnswer>), Problems))]
pub async fn list(
    _permit: ReadPermit,
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
    let filter = EventFilter {
        search: query.q,
        category: query.category,
        from: query.from,
        to: query.to,
        after: after.map(|(at, key)| (at, EventKey(key))),
        limit: limit(query.limit, services.settings.list_limit)?,
    };
    let found = events::list(&services.tools.records, &filter).await?;
    let items = found.events.iter().map(EventAnswer::new).collect();
    let next = found.next.map(|(starts_at, key)| (starts_at, key.0));
    Ok(HttpResponse::Ok().json(Page::ending_at(items, next.as_ref())))
}

/// Returns an event by slug or id. Drafts are visible only to their organizer.
#[utoipa::path(get, path = "/api/events/{event}", tag = "Events", operation_id = "event",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    security((), ("organizer" = [])),
    responses((status = 200, description = "The event with its remaining seats", body = EventAnswer), Problems))]
pub async fn show(
    _permit: ReadPermit,
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let found = events::find(&services.tools.records, &caller(&request), &event).await?;
    Ok(HttpResponse::Ok().json(EventAnswer::new(&found)))
}
