//! `GET /api/events/{event}/registrations`: registrants as their organizer sees them, filtered, searched and paged.

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    Services,
    cursor::{self, Page},
    error::ApiError,
    events::PriceAnswer,
    export,
    problem::Problems,
    query::{self, Query},
};
use crate::{
    db::RegistrantFilter,
    domain::{EventSetup, Registration, RegistrationId, RegistrationStatus, Scope},
};

/// Which registrants.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListQuery {
    /// Part of a name or an e-mail address, or a registration id.
    q: Option<String>,
    ticket_type: Option<String>,
    /// `confirmed`, `awaiting_payment`, `cancelled` or `expired`.
    status: Option<String>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    cursor: Option<String>,
    /// `csv` for all of them in one file; `Accept: text/csv` does the same.
    format: Option<String>,
}

/// A registrant.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Registrant {
    pub registration_id: String,
    pub status: &'static str,
    pub payment_status: &'static str,
    pub ticket_type: String,
    pub created_at: Timestamp,
    #[schema(required)]
    pub expires_at: Option<Timestamp>,
    #[schema(required)]
    pub paid_at: Option<Timestamp>,
    #[schema(required)]
    pub amount: Option<PriceAnswer>,
    #[schema(value_type = Object, required)]
    pub answers: Value,
    pub tickets: Vec<RegistrantTicket>,
}

/// A ticket of a registrant.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrantTicket {
    pub ticket_id: Uuid,
    pub label: String,
    pub name: String,
    pub email: String,
    pub revoked: bool,
}

impl Registrant {
    /// The row as its organizer sees it.
    pub fn new(setup: &EventSetup, registration: Registration) -> Self {
        let id = RegistrationId { code: setup.event.code.clone(), number: registration.reference.number };
        let kind = setup.ticket_type(registration.type_number);
        let price = |amount| kind.map(|kind| PriceAnswer { amount, currency: kind.price.currency.code() });
        Self {
            registration_id: id.to_string(),
            status: registration.status.name(),
            payment_status: registration.payment_status().name(),
            ticket_type: kind.map(|kind| kind.code.to_string()).unwrap_or_default(),
            created_at: registration.created_at,
            expires_at: registration.expires_at,
            paid_at: registration.paid_at,
            amount: registration.amount.and_then(price),
            answers: registration.answers.unwrap_or_else(|| Value::Object(serde_json::Map::new())),
            tickets: registration
                .tickets
                .into_iter()
                .map(|ticket| RegistrantTicket {
                    ticket_id: ticket.id.0,
                    label: id.ticket_label(ticket.position),
                    name: ticket.name,
                    email: ticket.email,
                    revoked: ticket.revoked,
                })
                .collect(),
        }
    }
}

/// Registrants of an event, newest first.
#[utoipa::path(get, path = "/api/events/{event}/registrations", tag = "Organizing", operation_id = "registrants",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025"), ListQuery),
    security(("organizer" = ["registrations:read"])),
    responses((status = 200, description = "A page of them, or all of them as CSV", content(
        (Page<Registrant> = "application/json"), (String = "text/csv"))), Problems))]
pub async fn list(
    request: HttpRequest,
    services: web::Data<Services>,
    name: web::Path<String>,
    query: Query<ListQuery>,
) -> Result<HttpResponse, ApiError> {
    let setup = services.own_event(&request, Scope::RegistrationsRead, &name).await?;
    let as_csv = wants_csv(&request, query.0.format.as_deref())?;
    let filter = filter(&services, &setup, query.0)?;
    if as_csv {
        return Ok(export::csv(services, setup, filter));
    }
    let limit = filter.limit;
    let rows = services.database.registrants(setup.event.key, &filter).await?;
    let full = usize::try_from(limit).is_ok_and(|limit| rows.len() == limit);
    let next_cursor = rows.last().filter(|_| full).map(|row| cursor::write(&row.reference.number));
    let items = rows.into_iter().map(|row| Registrant::new(&setup, row)).collect();
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(Page { items, next_cursor }))
}

fn wants_csv(request: &HttpRequest, format: Option<&str>) -> Result<bool, ApiError> {
    match format {
        Some("csv") => Ok(true),
        Some("json") => Ok(false),
        Some(_) => Err(ApiError::invalid("/format", "must be json or csv")),
        None => {
            Ok(request.headers().get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/csv")))
        }
    }
}

fn filter(services: &Services, setup: &EventSetup, query: ListQuery) -> Result<RegistrantFilter, ApiError> {
    let type_number = match query.ticket_type {
        None => None,
        Some(code) => {
            let kind = setup.types.iter().find(|kind| kind.code.as_str() == code);
            Some(kind.ok_or_else(|| ApiError::invalid("/ticketType", "the event has no such ticket type"))?.number)
        }
    };
    let status = match query.status.as_deref() {
        None => None,
        Some(name) => Some(RegistrationStatus::from_name(name).ok_or_else(|| {
            ApiError::invalid("/status", "must be confirmed, awaiting_payment, cancelled or expired")
        })?),
    };
    let id: Option<RegistrationId> = query.q.as_deref().and_then(|text| text.parse().ok());
    Ok(RegistrantFilter {
        type_number,
        status,
        number: id.filter(|id| id.code == setup.event.code).map(|id| id.number),
        search: query.q,
        before: cursor::read(query.cursor.as_deref())?,
        limit: query::limit(query.limit, services.settings.list_limit)?,
    })
}
