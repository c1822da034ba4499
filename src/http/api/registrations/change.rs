//! `/api/registrations`: changes of a registration by the organizer of the event, and by its holder.

use actix_web::{HttpRequest, HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::show::HolderQuery;
use crate::{
    http::{
        auth::{caller, holder},
        read::Query,
        server::{ApiError, Problems, Services},
    },
    work::registrations,
};

/// A registration after a change.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    registration_id: String,
    #[schema(example = "cancelled")]
    status: &'static str,
    #[schema(example = "FREE")]
    payment_status: &'static str,
}

fn answer(changed: registrations::Changed) -> HttpResponse {
    let registrations::Changed { id, registration } = changed;
    HttpResponse::Ok().json(Changed {
        registration_id: id.to_string(),
        status: registration.status.name(),
        payment_status: registration.payment_status().name(),
    })
}

/// Cancels a registration: frees its seats, revokes its codes and removes its files. Repeating it is harmless. A holder may
/// cancel one that is not paid, until the event's `returnsUntil`.
#[utoipa::path(post, path = "/api/registrations/{registrationId}/cancel", tag = "Organizing", operation_id = "cancelRegistration",
    params(("registrationId" = String, Path, example = "GDN2025-0001"), HolderQuery),
    security(("organizer" = ["registrations:write"])),
    responses((status = 200, description = "The changed registration", body = Changed), Problems))]
pub async fn cancel(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<HolderQuery>,
) -> Result<HttpResponse, ApiError> {
    let caller = holder(&request, query.0.token);
    Ok(answer(registrations::cancel(&services.tools, &caller, &id).await?))
}

/// The new end of a hold.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    expires_at: Timestamp,
}

/// Holds the seats of an unpaid registration as long again, up to three times as long in all. For its holder too.
#[utoipa::path(post, path = "/api/registrations/{registrationId}/hold", tag = "Registering", operation_id = "keepLonger",
    params(("registrationId" = String, Path, example = "GDN2025-0001"), HolderQuery),
    security(("organizer" = ["registrations:write"])),
    responses((status = 200, description = "The seats are held longer", body = Held), Problems))]
pub async fn hold(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<HolderQuery>,
) -> Result<HttpResponse, ApiError> {
    let caller = holder(&request, query.0.token);
    let expires_at = registrations::keep_longer(&services.tools, &caller, &id).await?;
    Ok(HttpResponse::Ok().json(Held { expires_at }))
}

/// Marks a held registration as paid, unless its hold has expired (by the clock of the database).
#[utoipa::path(post, path = "/api/registrations/{registrationId}/mark-paid", tag = "Organizing", operation_id = "markPaid",
    params(("registrationId" = String, Path, example = "GDN2025-0001")),
    security(("organizer" = ["registrations:write"])),
    responses((status = 200, description = "The changed registration", body = Changed), Problems))]
pub async fn mark_paid(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    Ok(answer(registrations::mark_paid(&services.tools, &caller(&request), &id).await?))
}
