//! How an event's tickets look: its layout, and a look at it before it is used.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};

use super::{
    Services,
    error::ApiError,
    json::{FreeObject, parse, read_large},
    problem::Problems,
    query::Query,
};
use crate::{
    domain::{EventLayout, EventSetup, EventSigner, Faults, Layout, Scope, random_key},
    render::{Plan, PlanError, Priority, RenderError, Rendered, SHIPPED, TicketPage, shipped},
};

/// A layout with its pictures: four MiB of them, in base64, and room for the rest.
const MAX_LAYOUT_BYTES: usize = 8 << 20;

/// Layouts being read at once: each may be megabytes, and what it becomes a few times that.
static READERS: Semaphore = Semaphore::const_new(4);

/// An event's layout.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LayoutAnswer {
    /// One more with each change; 0 is the layout that comes along.
    version: i32,
    created_at: Option<Timestamp>,
    /// As `GET /api/layout.schema.json` describes it.
    #[schema(value_type = Object)]
    layout: Layout,
}

/// A layout that was taken.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LayoutTaken {
    version: i32,
    created_at: Timestamp,
}

/// A layout that comes along.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShippedLayout {
    #[schema(example = "a6")]
    name: &'static str,
    description: &'static str,
}

/// The layouts that come along.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShippedLayouts {
    items: Vec<ShippedLayout>,
    next_cursor: Option<String>,
}

/// The layouts that come along, to start from.
#[utoipa::path(get, path = "/api/layouts", tag = "Layouts", operation_id = "shippedLayouts",
    responses((status = 200, description = "Their names", body = ShippedLayouts), Problems))]
pub async fn list() -> HttpResponse {
    let items = SHIPPED.iter().map(|(name, description, _)| ShippedLayout { name, description });
    HttpResponse::Ok().json(ShippedLayouts { items: items.collect(), next_cursor: None })
}

/// A layout that comes along.
#[utoipa::path(get, path = "/api/layouts/{name}", tag = "Layouts", operation_id = "shippedLayout",
    params(("name" = String, Path, example = "a6")),
    responses((status = 200, description = "The layout, ready to be changed and put", body = Object), Problems))]
pub async fn show_shipped(name: web::Path<String>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(shipped(&name).ok_or(ApiError::NotFound)?))
}

/// The JSON Schema of layouts.
#[utoipa::path(get, path = "/api/layout.schema.json", tag = "Layouts", operation_id = "layoutSchema",
    responses((status = 200, description = "JSON Schema 2020-12", content_type = "application/schema+json", body = Object), Problems))]
pub async fn schema() -> HttpResponse {
    HttpResponse::Ok().content_type("application/schema+json").json(Layout::json_schema())
}

/// The event's layout as it is.
#[utoipa::path(get, path = "/api/events/{event}/layout", tag = "Layouts", operation_id = "layout",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    security(("organizer" = ["layouts:write"])),
    responses((status = 200, description = "The layout and its version", body = LayoutAnswer), Problems))]
pub async fn show(
    request: HttpRequest,
    services: web::Data<Services>,
    name: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (_, setup) = services.own_event_now(&request, Scope::LayoutsWrite, &name).await?;
    let answer = match services.database.layout(setup.event.key).await? {
        Some(kept) => LayoutAnswer { version: kept.version, created_at: Some(kept.created_at), layout: kept.layout },
        None => LayoutAnswer { version: 0, created_at: None, layout: shipped(SHIPPED[0].0).ok_or(ApiError::Internal)? },
    };
    Ok(HttpResponse::Ok().json(answer))
}

/// Gives the event a new layout. Tickets that were made before are made anew, each when it is next asked for.
#[utoipa::path(put, path = "/api/events/{event}/layout", tag = "Layouts", operation_id = "changeLayout",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    request_body(content = Object, description = "As `GET /api/layout.schema.json` describes it"),
    security(("organizer" = ["layouts:write"])),
    responses((status = 200, description = "Its version; the same as before if nothing is different", body = LayoutTaken), Problems))]
pub async fn change(
    request: HttpRequest,
    services: web::Data<Services>,
    name: web::Path<String>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let (identity, setup) = services.own_event_now(&request, Scope::LayoutsWrite, &name).await?;
    let _permit = READERS.try_acquire().map_err(|_| ApiError::Overloaded)?;
    let body = read_large(&request, payload, MAX_LAYOUT_BYTES).await?;
    let layout = read_layout(&services, body).await?;
    let hash = layout.hash();
    if setup.layout.as_ref().is_some_and(|current| current.hash == hash)
        && let Some(kept) = services.database.layout(setup.event.key).await?
        && kept.layout.hash() == hash
    {
        return Ok(HttpResponse::Ok().json(LayoutTaken { version: kept.version, created_at: kept.created_at }));
    }
    // What cannot be rendered is refused here, not at the entrance.
    services.sample(setup.clone(), Some(layout.clone()), Sample::default()).await?;
    let kept =
        services.database.add_layout(setup.event.key, layout, &identity.actor()).await.map_err(|error| match error
            .violated()
        {
            Some("layouts_pkey") => {
                ApiError::Conflict("the layout was changed by somebody else at the same time; try again".into())
            }
            _ => ApiError::from_write(error),
        })?;
    services.catalog.forget(&setup).await;
    let kept = kept.ok_or(ApiError::NotFound)?;
    Ok(HttpResponse::Ok().json(LayoutTaken { version: kept.version, created_at: kept.created_at }))
}

/// What the sample ticket says.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Sample {
    /// Whom it names.
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
    name: web::Path<String>,
    query: Query<Sample>,
    payload: web::Payload,
) -> Result<HttpResponse, ApiError> {
    let (_, setup) = services.own_event_now(&request, Scope::LayoutsWrite, &name).await?;
    let _permit = READERS.try_acquire().map_err(|_| ApiError::Overloaded)?;
    let length = request.headers().get(header::CONTENT_LENGTH);
    let has_body =
        request.headers().contains_key(header::TRANSFER_ENCODING) || length.is_some_and(|length| length != "0");
    let layout = if has_body {
        let body = read_large(&request, payload, MAX_LAYOUT_BYTES).await?;
        Some(read_layout(&services, body).await?)
    } else {
        None
    };
    let rendered = services.sample(setup, layout, query.0).await?;
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((header::CONTENT_DISPOSITION, "inline; filename=\"preview.pdf\""))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .body(rendered.bytes))
}

/// Reads a layout where it holds up nobody: it may be megabytes of pictures.
async fn read_layout(services: &Services, body: web::BytesMut) -> Result<Layout, ApiError> {
    let work = move || Ok(parse::<FreeObject>(&body).and_then(|FreeObject(map)| Ok(Layout::read(Value::Object(map))?)));
    services.pool.run(Priority::Live, work).await.map_err(|_| ApiError::Overloaded)?.map_err(|_| ApiError::Internal)?
}

impl Services {
    /// A sample ticket of this event in this layout, or in its own.
    async fn sample(
        &self,
        setup: Arc<EventSetup>,
        layout: Option<Layout>,
        sample: Sample,
    ) -> Result<Rendered, ApiError> {
        let page = sample_page(&setup, sample)?;
        let plans = self.plans.clone();
        let work = move || {
            let plan = match layout {
                Some(layout) => Plan::compile(plans.library(), &EventLayout::new(0, layout), &setup).map(Arc::new),
                None => plans.of(&setup).map_err(|error| (*error).clone()),
            };
            match plan {
                Ok(plan) => plan.render(&[page], &throwaway_signer(&setup)).map(Ok),
                Err(error) => Ok(Err(error)),
            }
        };
        let result: Result<Result<Rendered, PlanError>, RenderError> =
            self.pool.run(Priority::Live, work).await.map_err(|_| ApiError::Overloaded)?;
        match result {
            Ok(Ok(rendered)) => Ok(rendered),
            Ok(Err(error)) => Err(fault(&error)),
            Err(error) => {
                tracing::warn!(%error, "a layout was refused because a sample could not be rendered");
                let mut faults = Faults::default();
                faults.add("", "a sample ticket could not be rendered with it");
                Err(ApiError::Invalid(faults))
            }
        }
    }
}

fn fault(error: &PlanError) -> ApiError {
    let mut faults = Faults::default();
    faults.add(error.pointer(), error.to_string());
    ApiError::Invalid(faults)
}

fn sample_page(setup: &EventSetup, sample: Sample) -> Result<TicketPage, ApiError> {
    let name = sample.name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| "Ada Lovelace".into());
    if name.chars().count() > 200 {
        return Err(ApiError::malformed("the name has more than 200 characters"));
    }
    let mut page = TicketPage::sample(setup, &name);
    if let Some(code) = sample.ticket_type {
        let found = setup.types.iter().find(|t| t.code.as_str() == code);
        page.code.type_number = found.ok_or(ApiError::NotFound)?.number;
    }
    Ok(page)
}

/// Signs what looks like a code and is none: nobody has the key's other half.
fn throwaway_signer(setup: &EventSetup) -> EventSigner {
    EventSigner::new(setup.event.id, 0, &random_key())
}
