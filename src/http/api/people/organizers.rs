//! `/api/organizers`: the organizers that a person works for.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::{
    db::{EventFilter, OrganizerRow},
    domain::{EventKey, EventStatus},
    http::{
        api::events::EventAnswer,
        auth::caller,
        read::{Json, Page, Query, limit, read_cursor},
        server::{ApiError, Problems, Services, created, private},
    },
    work::{events, people::teams},
};

/// An organizer that the person works for.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnOrganizer {
    #[schema(example = "gardenia-collective")]
    slug: String,
    #[schema(example = "Gardenia Collective")]
    name: String,
    /// `owner`, `manager`, `finance`, `door` or `viewer`.
    #[schema(example = "owner")]
    role: &'static str,
    /// Scopes of the role.
    scopes: Vec<&'static str>,
}

/// A list.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnOrganizers {
    items: Vec<OwnOrganizer>,
}

/// Lists the organizers that the person who is signed in works for.
#[utoipa::path(get, path = "/api/organizers", tag = "Teams", operation_id = "organizers", security(("session" = [])),
    responses((status = 200, description = "The organizers", body = OwnOrganizers), Problems))]
pub async fn list(request: HttpRequest, services: web::Data<Services>) -> Result<HttpResponse, ApiError> {
    let places = teams::organizers(&services.tools.records, &caller(&request)).await?;
    let items = places.into_iter().map(|place| OwnOrganizer {
        slug: place.slug,
        name: place.name,
        role: place.role.name(),
        scopes: place.role.scopes().iter().map(|scope| scope.name()).collect(),
    });
    Ok(private(StatusCode::OK).json(OwnOrganizers { items: items.collect() }))
}

/// The name of an organizer, as its events show it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NameOrganizer {
    #[schema(example = "Gardenia Collective")]
    name: String,
}

/// An organizer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OrganizerAnswer {
    #[schema(example = "gardenia-collective")]
    pub slug: String,
    #[schema(example = "Gardenia Collective")]
    name: String,
    created_at: Timestamp,
}

impl OrganizerAnswer {
    pub fn new(row: OrganizerRow) -> Self {
        Self { slug: row.slug, name: row.name, created_at: row.created_at }
    }
}

/// Opens an organizer, whose owner is the person who is signed in.
#[utoipa::path(post, path = "/api/organizers", tag = "Teams", operation_id = "openOrganizer",
    security(("session" = [])), request_body = NameOrganizer,
    responses((status = 201, description = "The organizer", body = OrganizerAnswer,
        headers(("Location" = String, description = "URL of the organizer"))), Problems))]
pub async fn open(
    request: HttpRequest,
    services: web::Data<Services>,
    body: Json<NameOrganizer>,
) -> Result<HttpResponse, ApiError> {
    let organizer = teams::open(&services.tools, &caller(&request), &body.0.name).await?;
    let location = services.link(&format!("/api/organizers/{}", organizer.slug));
    Ok(created(location).json(OrganizerAnswer::new(organizer)))
}

/// Returns an organizer.
#[utoipa::path(get, path = "/api/organizers/{slug}", tag = "Teams", operation_id = "organizer",
    params(("slug" = String, Path, example = "gardenia-collective")),
    security(("session" = []), ("organizer" = [])),
    responses((status = 200, description = "The organizer", body = OrganizerAnswer), Problems))]
pub async fn show(
    request: HttpRequest,
    services: web::Data<Services>,
    slug: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let organizer = teams::find(&services.tools.records, &caller(&request), &slug).await?;
    Ok(private(StatusCode::OK).json(OrganizerAnswer::new(organizer)))
}

/// Renames an organizer. Its slug stays.
#[utoipa::path(patch, path = "/api/organizers/{slug}", tag = "Teams", operation_id = "renameOrganizer",
    params(("slug" = String, Path, example = "gardenia-collective")),
    security(("session" = ["team:write"]), ("organizer" = ["team:write"])), request_body = NameOrganizer,
    responses((status = 200, description = "The organizer", body = OrganizerAnswer), Problems))]
pub async fn rename(
    request: HttpRequest,
    services: web::Data<Services>,
    slug: web::Path<String>,
    body: Json<NameOrganizer>,
) -> Result<HttpResponse, ApiError> {
    let organizer = teams::rename(&services.tools.records, &caller(&request), &slug, &body.0.name).await?;
    Ok(private(StatusCode::OK).json(OrganizerAnswer::new(organizer)))
}

/// Filter and page of an organizer's events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OwnEventsQuery {
    /// `draft`, `published` or `cancelled`.
    status: Option<String>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Lists the events of an organizer, drafts too, by their start.
#[utoipa::path(get, path = "/api/organizers/{slug}/events", tag = "Teams", operation_id = "organizerEvents",
    params(("slug" = String, Path, example = "gardenia-collective"), OwnEventsQuery),
    security(("session" = []), ("organizer" = [])),
    responses((status = 200, description = "A page of events", body = Page<EventAnswer>), Problems))]
pub async fn events(
    request: HttpRequest,
    services: web::Data<Services>,
    slug: web::Path<String>,
    query: Query<OwnEventsQuery>,
) -> Result<HttpResponse, ApiError> {
    let status = match query.0.status {
        Some(name) => Some(
            EventStatus::from_name(&name)
                .ok_or_else(|| ApiError::invalid("/status", "must be one of draft, published, cancelled"))?,
        ),
        None => None,
    };
    let size = limit(query.0.limit, services.settings.list_limit)?;
    let after = read_cursor::<(Timestamp, i32)>(query.0.cursor.as_deref())?;
    let records = &services.tools.records;
    let organizer = teams::find(records, &caller(&request), &slug).await?;
    let filter = EventFilter {
        organizer: Some(organizer.key),
        status,
        after: after.map(|(at, key)| (at, EventKey(key))),
        limit: size,
        ..EventFilter::default()
    };
    let found = events::list(records, &filter).await?;
    let items = found.events.iter().map(EventAnswer::new).collect();
    let next = found.next.map(|(starts_at, key)| (starts_at, key.0));
    Ok(private(StatusCode::OK).json(Page::ending_at(items, next.as_ref())))
}
