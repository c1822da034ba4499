//! `/api/events/{event}/layout`: the layout of an event's tickets, and its preview.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};

use crate::{
    db::LayoutVersion,
    domain::{Layout, Scope},
    http::{
        auth::caller,
        read::{FreeObject, Query, parse, read_large},
        server::{ApiError, Problems, Services, has_body, private},
    },
    render::{BUILT_IN_LAYOUTS, Priority, built_in_layout},
    work::{Caller, Refusal, Share, layouts},
};

/// Largest layout, in bytes: 4 MiB of pictures in base64, and the elements.
const MAX_LAYOUT_BYTES: usize = 8 << 20;

/// Permits to receive and parse a layout: parsing takes several times the memory of the body.
static PARSE_PERMITS: Semaphore = Semaphore::const_new(4);

/// An event's layout.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LayoutAnswer {
    /// Incremented by each change; 0 for the built-in layout.
    version: i32,
    created_at: Option<Timestamp>,
    /// The layout; `GET /api/layout.schema.json` is its schema.
    #[schema(value_type = Object)]
    layout: Layout,
}

/// The version of a layout that was accepted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LayoutTaken {
    version: i32,
    created_at: Timestamp,
}

/// Returns the event's layout.
#[utoipa::path(get, path = "/api/events/{event}/layout", tag = "Layouts", operation_id = "layout",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    security(("organizer" = ["layouts:write"])),
    responses((status = 200, description = "The layout and its version", body = LayoutAnswer), Problems))]
pub async fn show(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let answer = match layouts::find(&services.tools.records, &caller(&request), &event).await? {
        Some(LayoutVersion { version, created_at, layout }) => {
            LayoutAnswer { version, created_at: Some(created_at), layout }
        }
        None => {
            let layout = built_in_layout(BUILT_IN_LAYOUTS[0].0).ok_or(Refusal::Internal)?;
            LayoutAnswer { version: 0, created_at: None, layout }
        }
    };
    Ok(HttpResponse::Ok().json(answer))
}

/// Replaces the event's layout. Existing tickets are made again on their next download.
#[utoipa::path(put, path = "/api/events/{event}/layout", tag = "Layouts", operation_id = "changeLayout",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    request_body(content = Object, description = "The layout; `GET /api/layout.schema.json` is its schema"),
    security(("organizer" = ["layouts:write"])),
    responses((status = 200, description = "The version; unchanged if the layout is the same", body = LayoutTaken), Problems))]
pub async fn change(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let (caller, _share) = check_rights(&services, &request, &event).await?;
    let layout = read_layout(&services, &request, payload).await?;
    let LayoutVersion { version, created_at, .. } = layouts::change(&services.tools, &caller, &event, layout).await?;
    Ok(HttpResponse::Ok().json(LayoutTaken { version, created_at }))
}

/// The content of the sample ticket.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Sample {
    /// Name of the attendee.
    #[param(example = "Ada Lovelace", max_length = 200)]
    name: Option<String>,
    /// Code of the ticket type; default: the event's first type.
    #[param(example = "general")]
    ticket_type: Option<String>,
}

/// Renders a sample ticket with the layout in the body or, if there is none, with the event's layout. No gate accepts
/// its code.
#[utoipa::path(post, path = "/api/events/{event}/layout/preview", tag = "Layouts", operation_id = "previewLayout",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025"), Sample),
    request_body(content = Option<Object>, description = "A layout, or no body"),
    security(("organizer" = ["layouts:write"])),
    responses((status = 200, description = "The sample ticket", content_type = "application/pdf", body = Vec<u8>), Problems))]
pub async fn preview(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
    query: Query<Sample>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let (caller, _share) = check_rights(&services, &request, &event).await?;
    let layout =
        if has_body(request.headers()) { Some(read_layout(&services, &request, payload).await?) } else { None };
    let Sample { name, ticket_type } = query.0;
    let sample = layouts::Sample { name, ticket_type };
    let rendered = layouts::preview(&services.tools, &caller, &event, layout, sample).await?;
    Ok(private(StatusCode::OK)
        .content_type("application/pdf")
        .insert_header((header::CONTENT_DISPOSITION, "inline; filename=\"preview.pdf\""))
        .body(rendered.bytes))
}

/// Checks the caller's rights, and takes one of the organizer's permits, before a large body is read.
async fn check_rights(services: &Services, request: &HttpRequest, event: &str) -> Result<(Caller, Share), ApiError> {
    let caller = caller(request);
    let setup = services.tools.records.own_event(&caller, Scope::LayoutsWrite, event).await?;
    Ok((caller, services.tools.layout_bodies.take(setup.event.organizer)?))
}

/// Reads a layout and parses it on the render pool, because it may have megabytes of pictures.
async fn read_layout(services: &Services, request: &HttpRequest, payload: web::Payload) -> Result<Layout, ApiError> {
    let body = read_large(request, payload, MAX_LAYOUT_BYTES).await?;
    let _permit = PARSE_PERMITS.try_acquire().map_err(|_| Refusal::Overloaded)?;
    let work = move || Ok(parse::<FreeObject>(&body).and_then(|FreeObject(map)| Ok(Layout::read(Value::Object(map))?)));
    services.tools.files.pool.run(Priority::Live, work).await?
}
