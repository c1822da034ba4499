//! `/api/suppressions`: addresses that an organizer's messages are not sent to.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    http::{
        auth::caller,
        read::{Json, Page, Query, limit, read_cursor},
        server::{ApiError, Problems, Services, private},
    },
    work::messages,
};

/// A suppressed address.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SuppressionAnswer {
    #[schema(example = "ada@example.com")]
    address: String,
    /// `bounce`: it does not exist; `complaint`: its owner marked a message as spam; `unsubscribed`: it gets no
    /// announcements, but other messages; `organizer`: the organizer added it.
    reason: String,
    /// The message that led to it.
    #[schema(required)]
    message_id: Option<Uuid>,
    created_at: Timestamp,
}

/// Filter and page of a list of addresses.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct SuppressionsQuery {
    /// A part of the address.
    address: Option<String>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Lists the organizer's suppressed addresses.
#[utoipa::path(get, path = "/api/suppressions", tag = "Mail", operation_id = "suppressions", params(SuppressionsQuery),
    security(("organizer" = ["registrations:read"])),
    responses((status = 200, description = "A page of addresses", body = Page<SuppressionAnswer>), Problems))]
pub async fn list(
    request: HttpRequest,
    services: web::Data<Services>,
    query: Query<SuppressionsQuery>,
) -> Result<HttpResponse, ApiError> {
    let SuppressionsQuery { address, limit: given, cursor } = query.0;
    let limit = limit(given, services.settings.list_limit)?;
    let (after, reason): (String, String) = read_cursor(cursor.as_deref())?.unwrap_or_default();
    let records = &services.tools.records;
    let rows = messages::suppressions(records, &caller(&request), address.as_deref(), (&after, &reason), limit).await?;
    let page = Page::of(
        rows,
        limit,
        |row| (row.address.clone(), row.reason.clone()),
        |row| SuppressionAnswer {
            address: row.address,
            reason: row.reason,
            message_id: row.message,
            created_at: row.created_at,
        },
    );
    Ok(private(StatusCode::OK).json(page))
}

/// An address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuppressionRequest {
    #[schema(example = "ada@example.com")]
    address: String,
}

/// Suppresses an address: messages of the organizer are not sent to it any more.
#[utoipa::path(post, path = "/api/suppressions", tag = "Mail", operation_id = "suppress",
    request_body = SuppressionRequest,
    security(("organizer" = ["registrations:write"])),
    responses((status = 204, description = "The address is suppressed"), Problems))]
pub async fn create(
    request: HttpRequest,
    services: web::Data<Services>,
    body: Json<SuppressionRequest>,
) -> Result<HttpResponse, ApiError> {
    messages::suppress(&services.tools.records, &caller(&request), &body.0.address).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Which suppression of an address ends.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AllowQuery {
    /// Default: all but `unsubscribed`, which its owner has asked for.
    reason: Option<String>,
}

/// Allows messages to an address again.
#[utoipa::path(delete, path = "/api/suppressions/{address}", tag = "Mail", operation_id = "allowAddress",
    params(("address" = String, Path, example = "ada@example.com"), AllowQuery),
    security(("organizer" = ["registrations:write"])),
    responses((status = 204, description = "The address is not suppressed any more"), Problems))]
pub async fn remove(
    request: HttpRequest,
    services: web::Data<Services>,
    address: web::Path<String>,
    query: Query<AllowQuery>,
) -> Result<HttpResponse, ApiError> {
    let reason = query.0.reason.as_deref();
    messages::allow(&services.tools.records, &caller(&request), &address, reason).await?;
    Ok(HttpResponse::NoContent().finish())
}
