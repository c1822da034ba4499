//! `/api/register`: taking seats, looking at a registration, and its file.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, HeaderMap},
    web,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::sync::oneshot;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{
    Services,
    answer::RegisteredAnswer,
    download::{Mode, Wanted},
    error::ApiError,
    gate::MayRegister,
    json::FreeObject,
    problem::Problems,
    query::Query,
};
use crate::{
    actors::{Ask, Full, Refusal, Registered},
    domain::{
        Attendee, DocumentKind, DocumentRecord, DocumentRef, DocumentState, EventSetup, EventStatus, IdempotencyKey,
        NewRegistration, RegistrationId, RegistrationRef, RegistrationStatus, body_hash,
    },
    metrics::REGISTRATIONS,
};

/// A request for seats.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegisterBody {
    /// The event's slug or id.
    #[schema(example = "gardenia-2025")]
    event: String,
    /// May be left out where the event has one type.
    #[schema(example = "general")]
    ticket_type: Option<String>,
    /// The first is the contact.
    #[schema(min_items = 1)]
    attendees: Vec<AttendeeBody>,
    #[serde(default)]
    #[schema(value_type = Object)]
    answers: FreeObject,
}

/// A person a ticket names.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttendeeBody {
    #[schema(example = "Ada Lovelace", min_length = 1, max_length = 200)]
    name: String,
    #[schema(example = "ada@example.com", format = Email, max_length = 254)]
    email: String,
}

/// Takes seats.
#[utoipa::path(post, path = "/api/register", tag = "Registering", operation_id = "register",
    request_body = RegisterBody,
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 visible characters; repeating the request with it is harmless"),
        ("Prefer" = Option<String>, Header, description = "`return=minimal` leaves the pictures of the codes out"),
    ),
    responses(
        (status = 201, description = "The seats are taken and the tickets will exist", body = RegisteredAnswer,
            headers(("Location" = String, description = "Where to look at the registration"),
                    ("Idempotent-Replayed" = Option<String>, description = "`true` if an earlier request with this key did it"))),
        Problems,
    ))]
pub async fn create(
    request: HttpRequest,
    services: web::Data<Services>,
    body: MayRegister<RegisterBody>,
) -> Result<HttpResponse, ApiError> {
    let outcome = register(&request, &services, body.0).await;
    let name = match &outcome {
        Ok((_, replayed)) => {
            if *replayed {
                "replayed"
            } else {
                "registered"
            }
        }
        Err(error) => outcome_name(error),
    };
    metrics::counter!(REGISTRATIONS, "outcome" => name).increment(1);
    outcome.map(|(response, _)| response)
}

fn outcome_name(error: &ApiError) -> &'static str {
    match error {
        ApiError::SoldOut => Refusal::SoldOut.name(),
        ApiError::SalesNotOpen | ApiError::SalesClosed => "not_on_sale",
        ApiError::KeyReused => Refusal::KeyReused.name(),
        ApiError::Overloaded => "overloaded",
        ApiError::Unavailable => Refusal::Unavailable.name(),
        ApiError::Unknown => Refusal::Unknown.name(),
        ApiError::Internal => Refusal::Failed.name(),
        _ => "invalid",
    }
}

async fn register(
    request: &HttpRequest,
    services: &Services,
    body: RegisterBody,
) -> Result<(HttpResponse, bool), ApiError> {
    let key = idempotency_key(request.headers())?;
    let setup = services.event(&body.event).await?;
    let attendees: Vec<_> = body.attendees.into_iter().map(|a| Attendee { name: a.name, email: a.email }).collect();
    let hash = body_hash(body.ticket_type.as_deref(), &attendees, &body.answers.0);
    let registered = match check(&setup, body.ticket_type.as_deref(), attendees, body.answers.0) {
        Ok(wanted) => ask(services, &setup, wanted, key).await?,
        // The event may have changed since; whoever has a seat gets the answer again all the same.
        Err(error) => match key {
            Some(key) => Box::pin(replay(services, &setup, &key, hash)).await?.ok_or(error)?,
            None => return Err(error),
        },
    };
    let registration = &registered.registration;
    let pictures = match registration.status == RegistrationStatus::Confirmed && !prefers_minimal(request.headers()) {
        true => Box::pin(services.code_pictures(&setup, registration)).await,
        false => None,
    };
    let data = services.answer(&setup, registration, pictures);
    let location = services.link(&format!("/api/register/{}?token={}", data.registration_id, data.access_token));
    let mut response = HttpResponse::Created();
    response.insert_header((header::LOCATION, location)).insert_header((header::CACHE_CONTROL, "private, no-store"));
    if registered.replayed {
        response.insert_header(("idempotent-replayed", "true"));
    }
    let answer = RegisteredAnswer { success: true, message: "Registration successful", data };
    Ok((response.json(answer), registered.replayed))
}

fn check(
    setup: &EventSetup,
    ticket_type: Option<&str>,
    attendees: Vec<Attendee>,
    answers: Map<String, Value>,
) -> Result<NewRegistration, ApiError> {
    if setup.event.draft.status == EventStatus::Draft {
        return Err(ApiError::NotFound);
    }
    Ok(NewRegistration::check(setup, ticket_type, attendees, answers)?)
}

async fn ask(
    services: &Services,
    setup: &Arc<EventSetup>,
    wanted: NewRegistration,
    key: Option<IdempotencyKey>,
) -> Result<Registered, ApiError> {
    let (reply, answer) = oneshot::channel();
    let since = Instant::now();
    let deadline = since + Duration::from_millis(services.settings.register_timeout_ms);
    let ask = Ask { setup: setup.clone(), request: Arc::new(wanted), key, since, deadline, reply };
    services.registrar.offer(ask).map_err(|Full(_)| ApiError::Overloaded)?;
    // The registrar answers everyone it has accepted; a dropped reply means that the work on it panicked.
    Ok(answer.await.map_err(|_| ApiError::Unknown)??)
}

/// What an earlier request with this key was given.
async fn replay(
    services: &Services,
    setup: &EventSetup,
    key: &IdempotencyKey,
    hash: [u8; 16],
) -> Result<Option<Registered>, ApiError> {
    let event = setup.event.key;
    let Some(known) = services.database.known_keys(event, &[key.as_str()]).await?.pop() else { return Ok(None) };
    if known.body_hash != hash {
        return Err(ApiError::KeyReused);
    }
    let registration = services.database.registration(RegistrationRef { event, number: known.number }).await?;
    Ok(registration
        .map(|registration| Registered { registration: Arc::new(registration.as_created()), replayed: true }))
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, ApiError> {
    let mut given = headers.get_all("idempotency-key");
    match (given.next(), given.next()) {
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(ApiError::malformed("Idempotency-Key must be given once")),
        (Some(value), None) => value
            .to_str()
            .unwrap_or_default()
            .parse()
            .map(Some)
            .map_err(|fault: &'static str| ApiError::malformed(fault)),
    }
}

fn prefers_minimal(headers: &HeaderMap) -> bool {
    let preferences = headers.get_all("prefer").filter_map(|value| value.to_str().ok());
    preferences.flat_map(|value| value.split([',', ';'])).any(|preference| preference.trim() == "return=minimal")
}

/// Who asks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HolderQuery {
    /// The registration's access token; an organizer's bearer token works too.
    pub token: Option<String>,
}

/// A registration as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationState {
    registration_id: String,
    /// The event's title.
    event: String,
    ticket_type: String,
    #[schema(example = "confirmed")]
    status: &'static str,
    #[schema(example = "FREE")]
    payment_status: &'static str,
    created_at: Timestamp,
    #[schema(required)]
    expires_at: Option<Timestamp>,
    pdf_url: String,
    tickets: Vec<TicketState>,
    documents: Vec<DocumentAnswer>,
}

/// A ticket as it stands.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TicketState {
    ticket_id: Uuid,
    label: String,
    name: String,
    pdf_url: String,
    revoked: bool,
}

/// A generated file.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentAnswer {
    /// `tickets`, `confirmation`, `ticket` or `code`.
    #[schema(example = "tickets")]
    kind: &'static str,
    /// The ticket's position, or the confirmation's number; 0 for the file with all tickets.
    part: i16,
    /// `pending`, `stored`, `failed` or `withdrawn`.
    #[schema(example = "stored")]
    status: &'static str,
}

/// Shows a registration.
#[utoipa::path(get, path = "/api/register/{registrationId}", tag = "Registering", operation_id = "registration",
    params(("registrationId" = String, Path, example = "GDN2025-0001"), HolderQuery),
    security((), ("organizer" = [])),
    responses((status = 200, description = "As it stands", body = RegistrationState), Problems))]
pub async fn show(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<HolderQuery>,
) -> Result<HttpResponse, ApiError> {
    let id: RegistrationId = id.parse().map_err(|_| ApiError::NotFound)?;
    let (setup, registration) = services.registration_of_holder(&request, &id, query.0.token.as_deref()).await?;
    let records = services.database.documents_of(registration.reference).await?;
    let mut documents: Vec<_> = records.into_iter().map(document_answer).collect();
    if registration.status == RegistrationStatus::Confirmed && !documents.iter().any(|d| d.kind == TICKETS) {
        documents.insert(0, DocumentAnswer { kind: TICKETS, part: 0, status: DocumentState::Pending.name() });
    }
    let answer = services.answer(&setup, &registration, None);
    let state = RegistrationState {
        registration_id: answer.registration_id,
        event: answer.event,
        ticket_type: setup.ticket_type(registration.type_number).map(|t| t.code.to_string()).unwrap_or_default(),
        status: answer.status,
        payment_status: answer.payment_status,
        created_at: registration.created_at,
        expires_at: answer.expires_at,
        pdf_url: answer.pdf_url,
        tickets: answer
            .tickets
            .into_iter()
            .zip(&registration.tickets)
            .map(|(answer, ticket)| TicketState {
                ticket_id: answer.ticket_id,
                label: answer.label,
                name: answer.name,
                pdf_url: answer.pdf_url,
                revoked: ticket.revoked,
            })
            .collect(),
        documents,
    };
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "private, no-store")).json(state))
}

const TICKETS: &str = DocumentKind::Tickets.name();

fn document_answer(record: DocumentRecord) -> DocumentAnswer {
    let DocumentRef { kind, part, .. } = record.document;
    DocumentAnswer { kind: kind.name(), part, status: record.state.name() }
}

/// How a file is fetched.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DownloadQuery {
    /// The registration's access token; an organizer's bearer token works too.
    pub token: Option<String>,
    /// Whether a person or a program asked; only recorded.
    #[serde(default)]
    #[param(inline)]
    pub download: Mode,
}

/// All tickets of a registration in one PDF.
#[utoipa::path(get, path = "/api/register/{registrationId}/pdf", tag = "Registering", operation_id = "registrationPdf",
    params(("registrationId" = String, Path, example = "GDN2025-0001"), DownloadQuery),
    security((), ("organizer" = [])),
    responses(
        (status = 200, description = "The file, rendered now", content_type = "application/pdf", body = Vec<u8>),
        (status = 302, description = "It is in storage", headers(("Location" = String, description = "A pre-signed URL"))),
        Problems))]
pub async fn pdf(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<DownloadQuery>,
) -> Result<HttpResponse, ApiError> {
    let id: RegistrationId = id.parse().map_err(|_| ApiError::NotFound)?;
    let DownloadQuery { token, download } = query.0;
    let setup = services.event_of_holder(&request, &id, token.as_deref()).await?;
    let reference = RegistrationRef { event: setup.event.key, number: id.number };
    if let Some(answer) = services.download_again(&request, &setup, reference, download) {
        return Ok(answer);
    }
    let epoch = services.hot.epoch(reference.event);
    let registration = services.database.registration(reference).await?.ok_or(ApiError::NotFound)?;
    let document = DocumentRef::tickets(reference);
    let record = services.database.document(document).await?;
    let name = format!("{id}.pdf");
    let wanted =
        Wanted { setup, registration: Arc::new(registration), document, made_at: Timestamp::now(), name, epoch };
    services.download(&request, wanted, record, download).await
}
