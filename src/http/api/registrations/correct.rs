//! `PATCH /api/registrations/{registrationId}`: corrections of names and addresses.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{registrant::Registrant, show::HolderQuery};
use crate::{
    domain::TicketId,
    http::{
        auth::holder,
        read::{Json, Query},
        server::{ApiError, Problems, Services, private},
    },
    work::corrections::{self, Correction},
};

/// Corrections of a registration.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionBody {
    #[schema(min_items = 1)]
    tickets: Vec<TicketCorrection>,
}

/// A correction of one ticket. Fields that are left out keep their values.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TicketCorrection {
    ticket_id: Uuid,
    #[schema(example = "Ada Lovelace", min_length = 1, max_length = 200)]
    name: Option<String>,
    #[schema(example = "ada@example.com", format = Email, max_length = 254)]
    email: Option<String>,
}

/// Corrects names and e-mail addresses. The files are made again. If the address of the first ticket changes, the
/// registration has a new contact: its access tokens are revoked. A holder may correct until the event's `renamesUntil`, but
/// not the contact's address; the tickets get new codes then.
#[utoipa::path(patch, path = "/api/registrations/{registrationId}", tag = "Organizing", operation_id = "correctRegistration",
    params(("registrationId" = String, Path, example = "GDN2025-0001"), HolderQuery),
    security(("organizer" = ["registrations:write"])),
    responses((status = 200, description = "The corrected registration", body = Registrant), Problems))]
pub async fn correct(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<HolderQuery>,
    body: Json<CorrectionBody>,
) -> Result<HttpResponse, ApiError> {
    let corrections = body.0.tickets.into_iter().map(|ticket| Correction {
        ticket: TicketId(ticket.ticket_id),
        name: ticket.name,
        email: ticket.email,
    });
    let caller = holder(&request, query.0.token);
    let (setup, corrected) = corrections::correct(&services.tools, &caller, &id, corrections.collect(), false).await?;
    Ok(private(StatusCode::OK).json(Registrant::new(&setup, corrected)))
}
