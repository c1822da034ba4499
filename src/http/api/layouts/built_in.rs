//! `GET /api/layouts`: the built-in layouts, and the JSON Schema of layouts.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    domain::Layout,
    http::server::{ApiError, Problems},
    render::{BUILT_IN_LAYOUTS, built_in_layout},
    work::Refusal,
};

/// A built-in layout.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShippedLayout {
    #[schema(example = "a6")]
    name: &'static str,
    description: &'static str,
}

/// The built-in layouts.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ShippedLayouts {
    items: Vec<ShippedLayout>,
    next_cursor: Option<String>,
}

/// Lists the built-in layouts.
#[utoipa::path(get, path = "/api/layouts", tag = "Layouts", operation_id = "shippedLayouts",
    responses((status = 200, description = "Names and descriptions", body = ShippedLayouts), Problems))]
pub async fn list() -> HttpResponse {
    let items = BUILT_IN_LAYOUTS.iter().map(|(name, description, _)| ShippedLayout { name, description });
    HttpResponse::Ok().json(ShippedLayouts { items: items.collect(), next_cursor: None })
}

/// Returns a built-in layout.
#[utoipa::path(get, path = "/api/layouts/{name}", tag = "Layouts", operation_id = "shippedLayout",
    params(("name" = String, Path, example = "a6")),
    responses((status = 200, description = "The layout; a changed copy can be sent to `PUT /api/events/{event}/layout`", body = Object), Problems))]
pub async fn show(name: web::Path<String>) -> Result<HttpResponse, ApiError> {
    Ok(HttpResponse::Ok().json(built_in_layout(&name).ok_or(Refusal::NotFound)?))
}

/// Returns the JSON Schema of layouts.
#[utoipa::path(get, path = "/api/layout.schema.json", tag = "Layouts", operation_id = "layoutSchema",
    responses((status = 200, description = "JSON Schema 2020-12", content_type = "application/schema+json", body = Object), Problems))]
pub async fn schema() -> HttpResponse {
    HttpResponse::Ok().content_type("application/schema+json").json(Layout::json_schema())
}
