//! `/api/registrations`: what an organizer does with one of them.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Services, error::ApiError, problem::Problems};
use crate::{
    actors::Make,
    db::{Claim, EventName, Identity},
    domain::{DocumentRef, EventSetup, RegistrationId, RegistrationRef, RegistrationStatus, Scope},
};

/// What became of a registration.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    registration_id: String,
    #[schema(example = "cancelled")]
    status: &'static str,
    #[schema(example = "FREE")]
    payment_status: &'static str,
}

/// Cancels a registration: its seats come back, its codes are revoked. Once is enough, twice does no harm.
#[utoipa::path(post, path = "/api/registrations/{registrationId}/cancel", tag = "Organizing", operation_id = "cancelRegistration",
    params(("registrationId" = String, Path, example = "GDN2025-0001")),
    security(("organizer" = ["registrations:write"])),
    responses((status = 200, description = "As it is now", body = Changed), Problems))]
pub async fn cancel(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (identity, id, _, reference) = own_registration(&request, &services, &id).await?;
    let records = services.database.documents_of(reference).await?;
    services.database.cancel_registration(reference, &identity.actor()).await.map_err(ApiError::from_write)?;
    services.registrar.seats_came_back(reference.event);
    services.hot.forget(reference.event);
    for stored in records.iter().filter_map(|record| record.stored.as_ref()) {
        services.urls.forget(&stored.key, stored.hash).await;
    }
    // Links that are out already die with the files. The sweeper makes sure, and nobody waits for storage.
    let store = services.urls.store().clone();
    actix_web::rt::spawn(async move {
        for stored in records.into_iter().filter_map(|record| record.stored) {
            if let Err(error) = store.delete(&stored.key).await {
                tracing::warn!(%error, "files of a cancelled registration are left to the sweeper");
                return;
            }
        }
    });
    let changed = answer_changed(&services, &id, reference).await.map_err(ApiError::after_write)?;
    if changed.status != RegistrationStatus::Cancelled.name() {
        return Err(ApiError::Conflict("the registration expired unpaid".into()));
    }
    Ok(HttpResponse::Ok().json(changed))
}

/// Confirms a held registration as paid, if it has not expired by the database's clock.
#[utoipa::path(post, path = "/api/registrations/{registrationId}/mark-paid", tag = "Organizing", operation_id = "markPaid",
    params(("registrationId" = String, Path, example = "GDN2025-0001")),
    security(("organizer" = ["registrations:write"])),
    responses((status = 200, description = "As it is now", body = Changed), Problems))]
pub async fn mark_paid(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let (identity, id, setup, reference) = own_registration(&request, &services, &id).await?;
    let paid = services.database.mark_paid(reference, services.grace_seconds, &identity.actor()).await;
    if paid.map_err(ApiError::from_write)? {
        offer_ticket(&services, &setup, reference).await;
    }
    let changed = answer_changed(&services, &id, reference).await.map_err(ApiError::after_write)?;
    match changed.payment_status {
        "PAID" if changed.status == RegistrationStatus::Confirmed.name() => Ok(HttpResponse::Ok().json(changed)),
        "FREE" => Err(ApiError::Conflict("the registration is free".into())),
        _ => Err(ApiError::Conflict("the registration was cancelled or has expired".into())),
    }
}

/// Has the fresh ticket made at once; if that does not work out, the sweeper finds it.
async fn offer_ticket(services: &Services, setup: &Arc<EventSetup>, reference: RegistrationRef) {
    if let Ok(Some(registration)) = services.database.registration(reference).await {
        let claim = Claim::first(DocumentRef::tickets(reference), services.grace_seconds);
        let make = Make { setup: setup.clone(), registration: Arc::new(registration), claim, tell: None };
        drop(services.renderer.offer(make));
    }
}

async fn own_registration(
    request: &HttpRequest,
    services: &Services,
    id: &str,
) -> Result<(Identity, RegistrationId, Arc<EventSetup>, RegistrationRef), ApiError> {
    let identity = services.organizer(request, Scope::RegistrationsWrite).await?;
    let id: RegistrationId = id.parse().map_err(|_| ApiError::NotFound)?;
    let setup = services.catalog.find(EventName::Code(id.code.clone())).await?.ok_or(ApiError::NotFound)?;
    if setup.event.organizer != identity.organizer {
        return Err(ApiError::NotFound);
    }
    let reference = RegistrationRef { event: setup.event.key, number: id.number };
    Ok((identity, id, setup, reference))
}

async fn answer_changed(
    services: &Services,
    id: &RegistrationId,
    reference: RegistrationRef,
) -> Result<Changed, ApiError> {
    let registration = services.database.registration(reference).await?.ok_or(ApiError::NotFound)?;
    Ok(Changed {
        registration_id: id.to_string(),
        status: registration.status.name(),
        payment_status: registration.payment_status().name(),
    })
}
