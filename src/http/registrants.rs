//! Registrations as their organizer sees them: listed, searched, exported, cancelled, marked paid; and revoked codes.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use futures_util::stream;
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
    openapi::Problems,
    query::{self, Query},
};
use crate::{
    actors::Make,
    db::{Claim, EventName, RegistrantFilter, RegistrantRow},
    domain::{DocumentRef, EventSetup, Lease, RegistrationId, RegistrationRef, RegistrationStatus, Scope},
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
    registration_id: String,
    status: &'static str,
    payment_status: &'static str,
    ticket_type: String,
    created_at: Timestamp,
    #[schema(required)]
    expires_at: Option<Timestamp>,
    #[schema(required)]
    paid_at: Option<Timestamp>,
    #[schema(required)]
    amount: Option<PriceAnswer>,
    #[schema(value_type = Object, required)]
    answers: Value,
    tickets: Vec<RegistrantTicket>,
}

/// A ticket of a registrant.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrantTicket {
    ticket_id: Uuid,
    label: String,
    name: String,
    email: String,
    revoked: bool,
}

impl Registrant {
    fn new(setup: &EventSetup, row: RegistrantRow) -> Self {
        let RegistrantRow { registration, answers } = row;
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
            answers: answers.unwrap_or_else(|| Value::Object(serde_json::Map::new())),
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
    let setup = services.own_event(&request, Scope::RegistrationsRead, EventName::parse(&name)).await?;
    let as_csv = wants_csv(&request, query.0.format.as_deref())?;
    let filter = filter(&services, &setup, query.0)?;
    if as_csv {
        return Ok(csv(services, setup, filter));
    }
    let limit = filter.limit;
    let rows = services.database.registrants(setup.event.key, &filter).await?;
    let full = usize::try_from(limit).is_ok_and(|limit| rows.len() == limit);
    let next_cursor = rows.last().filter(|_| full).map(|row| cursor::write(&row.registration.reference.number));
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

/// All registrants as a stream of pages: an export of any size costs the memory of one.
fn csv(services: web::Data<Services>, setup: Arc<EventSetup>, filter: RegistrantFilter) -> HttpResponse {
    const PAGE: i64 = 500;
    let name = format!("{}-registrations.csv", setup.event.draft.slug);
    let first = RegistrantFilter { limit: PAGE, before: None, ..filter };
    let pages = stream::try_unfold(Some((first, true)), move |state| {
        let (services, setup) = (services.clone(), setup.clone());
        async move {
            let Some((mut filter, with_head)) = state else { return Ok(None) };
            let rows = services.database.registrants(setup.event.key, &filter).await.map_err(ApiError::from)?;
            filter.before = rows.last().map(|row| row.registration.reference.number);
            let more = rows.len() as i64 == PAGE;
            let text = csv_rows(&setup, rows, with_head);
            Ok::<_, ApiError>(Some((web::Bytes::from(text), more.then_some((filter, false)))))
        }
    });
    HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .streaming(Box::pin(pages))
}

const CSV_HEAD: [&str; 11] = [
    "registrationId",
    "ticketLabel",
    "name",
    "email",
    "ticketType",
    "status",
    "paymentStatus",
    "amount",
    "currency",
    "createdAt",
    "answers",
];

fn csv_rows(setup: &EventSetup, rows: Vec<RegistrantRow>, with_head: bool) -> Vec<u8> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let memory = "writing to memory does not fail";
    if with_head {
        writer.write_record(CSV_HEAD).expect(memory);
    }
    for registrant in rows.into_iter().map(|row| Registrant::new(setup, row)) {
        let (amount, currency) =
            registrant.amount.as_ref().map_or((String::new(), ""), |price| (price.amount.to_string(), price.currency));
        let created_at = registrant.created_at.to_string();
        let answers = registrant.answers.to_string();
        for ticket in &registrant.tickets {
            let cells = [
                registrant.registration_id.as_str(),
                &ticket.label,
                &ticket.name,
                &ticket.email,
                &registrant.ticket_type,
                registrant.status,
                registrant.payment_status,
                &amount,
                currency,
                &created_at,
                &answers,
            ];
            writer.write_record(cells.map(without_formula).iter().map(|cell| cell.as_bytes())).expect(memory);
        }
    }
    writer.into_inner().expect(memory)
}

/// A cell that a spreadsheet would calculate is shown instead.
fn without_formula(cell: &str) -> std::borrow::Cow<'_, str> {
    match cell.as_bytes().first() {
        Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r') => format!("'{cell}").into(),
        _ => cell.into(),
    }
}

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
    let (id, _, reference) = own_registration(&request, &services, &id).await?;
    let stored = services.database.document(DocumentRef(reference)).await?.and_then(|(_, stored)| stored);
    services.database.cancel_registration(reference).await.map_err(ApiError::from_write)?;
    if let Some(stored) = stored {
        services.urls.forget(&stored.key, stored.hash).await;
    }
    let changed = answer_changed(&services, &id, reference).await?;
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
    let (id, setup, reference) = own_registration(&request, &services, &id).await?;
    let paid = services.database.mark_paid(reference, services.grace_seconds).await.map_err(ApiError::from_write)?;
    if paid {
        offer_ticket(&services, &setup, reference).await;
    }
    let changed = answer_changed(&services, &id, reference).await?;
    match changed.payment_status {
        "PAID" if changed.status == RegistrationStatus::Confirmed.name() => Ok(HttpResponse::Ok().json(changed)),
        "FREE" => Err(ApiError::Conflict("the registration is free".into())),
        _ => Err(ApiError::Conflict("the registration was cancelled or has expired".into())),
    }
}

/// Has the fresh ticket made at once; if that does not work out, the sweeper finds it.
async fn offer_ticket(services: &Services, setup: &Arc<EventSetup>, reference: RegistrationRef) {
    if let Ok(Some(registration)) = services.database.registration(reference).await {
        let claim = Claim { document: DocumentRef(reference), lease: Lease::FIRST };
        let make = Make { setup: setup.clone(), registration: Arc::new(registration), claim };
        drop(services.renderer.offer(make));
    }
}

async fn own_registration(
    request: &HttpRequest,
    services: &Services,
    id: &str,
) -> Result<(RegistrationId, Arc<EventSetup>, RegistrationRef), ApiError> {
    let identity = services.organizer(request, Scope::RegistrationsWrite).await?;
    let id: RegistrationId = id.parse().map_err(|_| ApiError::NotFound)?;
    let setup = services.catalog.find(EventName::Code(id.code.clone())).await?.ok_or(ApiError::NotFound)?;
    if setup.event.organizer != identity.organizer {
        return Err(ApiError::NotFound);
    }
    let reference = RegistrationRef { event: setup.event.key, number: id.number };
    Ok((id, setup, reference))
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

/// A page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    cursor: Option<String>,
}

/// A code that a gate must refuse although its signature holds.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RevokedAnswer {
    ticket_id: Uuid,
    generation: i16,
    label: String,
}

/// Revoked codes of an event, for gates.
#[utoipa::path(get, path = "/api/events/{event}/revocations", tag = "Organizing", operation_id = "revocations",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025"), PageQuery),
    security(("organizer" = ["registrations:read"])),
    responses((status = 200, description = "A page of them", body = Page<RevokedAnswer>), Problems))]
pub async fn revocations(
    request: HttpRequest,
    services: web::Data<Services>,
    name: web::Path<String>,
    query: Query<PageQuery>,
) -> Result<HttpResponse, ApiError> {
    let setup = services.own_event(&request, Scope::RegistrationsRead, EventName::parse(&name)).await?;
    let limit = query::limit(query.0.limit, services.settings.list_limit)?;
    let after = cursor::read(query.0.cursor.as_deref())?.unwrap_or((0, 0));
    let codes = services.database.revoked_codes(setup.event.key, after, limit).await?;
    let full = usize::try_from(limit).is_ok_and(|limit| codes.len() == limit);
    let next_cursor = codes.last().filter(|_| full).map(|code| cursor::write(&(code.number, code.position)));
    let items = codes
        .iter()
        .map(|code| RevokedAnswer {
            ticket_id: code.ticket.0,
            generation: code.generation,
            label: RegistrationId { code: setup.event.code.clone(), number: code.number }.ticket_label(code.position),
        })
        .collect();
    Ok(HttpResponse::Ok().json(Page { items, next_cursor }))
}

#[cfg(test)]
mod tests {
    use super::without_formula;

    #[test]
    fn no_cell_begins_like_a_formula() {
        for formula in ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"] {
            assert_eq!(without_formula(formula), format!("'{formula}"));
        }
        assert_eq!(without_formula("Ada = Lovelace"), "Ada = Lovelace");
    }
}
