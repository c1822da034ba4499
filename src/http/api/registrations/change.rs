//! `/api/registrations`: changes of a registration by the organizer of the event.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    http::{
        auth::caller,
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

/// Cancels a registration: frees its seats, revokes its codes and removes its files. Repeating it is harmless.
#[utoipa::path(post, path = "/api/registrations/{registrationId}/cancel", tag = "Organizing", operation_id = "cancelRegistration",
    params(("registrationId" = String, Path, example = "GDN2025-0001")),
    security(("organizer" = ["registrations:write"])),
    responses((status = 200, description = "The changed registration", body = Changed), Problems))]
pub async fn cancel(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    Ok(answer(registrations::cancel(&services.tools, &caller(&request), &id).await?))
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
