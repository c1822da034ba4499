//! `/api/events/{event}/layout`: the layout of an event's tickets, and samples of it.

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
        server::{ApiError, Problems, Services, private},
    },
    render::{BUILT_IN_LAYOUTS, Priority, built_in_layout},
    work::{Caller, Refusal, layouts},
};

/// A layout with its pictures: four MiB of them, in base64, and the rest.
const MAX_LAYOUT_BYTES: usize = 8 << 20;

/// Permits to read a layout: each may be megabytes, and takes several times that while it is read.
static READING: Semaphore = Semaphore::const_new(4);

/// An event's layout.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LayoutAnswer {
    /// One more with each change; 0 is the built-in layout.
    version: i32,
    created_at: Option<Timestamp>,
    /// As `GET /api/layout.schema.json` describes it.
    #[schema(value_type = Object)]
    layout: Layout,
}

/// A layout that was accepted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LayoutTaken {
    version: i32,
    created_at: Timestamp,
}

/// The event's layout as it is.
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

/// Gives the event a new layout. Tickets that were made before are made again, each when it is next asked for.
#[utoipa::path(put, path = "/api/events/{event}/layout", tag = "Layouts", operation_id = "changeLayout",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    request_body(content = Object, description = "As `GET /api/layout.schema.json` describes it"),
    security(("organizer" = ["layouts:write"])),
    responses((status = 200, description = "Its version; the same as before if nothing is different", body = LayoutTaken), Problems))]
pub async fn change(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let caller = check_rights(&services, &request, &event).await?;
    let _permit = READING.try_acquire().map_err(|_| Refusal::Overloaded)?;
    let layout = read_layout(&services, &request, payload).await?;
    let LayoutVersion { version, created_at, .. } = layouts::change(&services.tools, &caller, &event, layout).await?;
    Ok(HttpResponse::Ok().json(LayoutTaken { version, created_at }))
}

/// The content of the sample ticket.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Sample {
    /// The name on it.
    #[param(example = "Ada Lovelace", max_length = 200)]
    name: Option<String>,
    /// The code of its type; the event's first if left out.
    #[param(example = "general")]
    ticket_type: Option<String>,
}

/// A sample ticket, with the layout of the request or, without one, with the event's own. No gate accepts its code.
#[utoipa::path(post, path = "/api/events/{event}/layout/preview", tag = "Layouts", operation_id = "previewLayout",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025"), Sample),
    request_body(content = Option<Object>, description = "A layout, or nothing"),
    security(("organizer" = ["layouts:write"])),
    responses((status = 200, description = "The ticket", content_type = "application/pdf", body = Vec<u8>), Problems))]
pub async fn preview(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
    query: Query<Sample>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let caller = check_rights(&services, &request, &event).await?;
    let _permit = READING.try_acquire().map_err(|_| Refusal::Overloaded)?;
    let length = request.headers().get(header::CONTENT_LENGTH);
    let has_body =
        request.headers().contains_key(header::TRANSFER_ENCODING) || length.is_some_and(|length| length != "0");
    let layout = if has_body { Some(read_layout(&services, &request, payload).await?) } else { None };
    let Sample { name, ticket_type } = query.0;
    let sample = layouts::Sample { name, ticket_type };
    let rendered = layouts::preview(&services.tools, &caller, &event, layout, sample).await?;
    Ok(private(StatusCode::OK)
        .content_type("application/pdf")
        .insert_header((header::CONTENT_DISPOSITION, "inline; filename=\"preview.pdf\""))
        .body(rendered.bytes))
}

/// Checks the caller's rights before a large body is read.
async fn check_rights(services: &Services, request: &HttpRequest, event: &str) -> Result<Caller, ApiError> {
    let caller = caller(request);
    services.tools.records.own_event(&caller, Scope::LayoutsWrite, event).await?;
    Ok(caller)
}

/// Reads a layout, and parses it on the render pool: it may be megabytes of pictures.
async fn read_layout(services: &Services, request: &HttpRequest, payload: web::Payload) -> Result<Layout, ApiError> {
    let body = read_large(request, payload, MAX_LAYOUT_BYTES).await?;
    let work = move || Ok(parse::<FreeObject>(&body).and_then(|FreeObject(map)| Ok(Layout::read(Value::Object(map))?)));
    services.tools.files.pool.run(Priority::Live, work).await?
}
