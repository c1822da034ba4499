//! `GET /api/register/{registrationId}`: the state of a registration, and its tickets as one PDF.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer::{RegistrationAnswer, TicketAnswer};
use crate::{
    domain::{DocumentKind, DocumentRecord, DocumentRef, DocumentState, Registration, RegistrationStatus, Ticket},
    http::{
        auth::holder,
        read::Query,
        server::{ApiError, Problems, Services, deliver, private},
    },
    work::{EntitledTo, Entitlement, Refusal, downloads, messages, registrations},
};

/// The credentials of a holder.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct HolderQuery {
    /// The registration's access token; an organizer's bearer token works too.
    pub token: Option<String>,
}

/// The present state of a registration.
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
    /// The newest message about the registration; null while it is not written.
    #[schema(required)]
    mail: Option<MailState>,
}

/// State of a message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MailState {
    message_id: Uuid,
    #[schema(example = "confirmation")]
    kind: &'static str,
    /// `queued`, `sending`, `sent`, `delivered`, `delayed`, `bounced`, `complained`, `failed` or `suppressed`.
    #[schema(example = "sent")]
    state: &'static str,
    changed_at: Timestamp,
}

/// The present state of a ticket.
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

/// Returns the present state of a registration.
#[utoipa::path(get, path = "/api/register/{registrationId}", tag = "Registering", operation_id = "registration",
    params(("registrationId" = String, Path, example = "GDN2025-0001"), HolderQuery),
    security((), ("organizer" = [])),
    responses((status = 200, description = "The registration", body = RegistrationState), Problems))]
pub async fn show(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<HolderQuery>,
) -> Result<HttpResponse, ApiError> {
    let id = id.parse().map_err(|_| Refusal::NotFound)?;
    let caller = holder(&request, query.0.token);
    let records = &services.tools.records;
    let (found, documents) = registrations::find(records, &caller, &id).await?;
    let newest = messages::newest_of(records, &found).await?;
    let mail = newest.map(|message| MailState {
        message_id: message.id,
        kind: message.kind.name(),
        state: message.state.name(),
        changed_at: message.changed_at,
    });
    Ok(private(StatusCode::OK).json(RegistrationState { mail, ..RegistrationState::new(&services, &found, documents) }))
}

impl RegistrationState {
    fn new(
        services: &Services,
        EntitledTo { setup, registration, entitlement }: &EntitledTo,
        documents: Vec<DocumentRecord>,
    ) -> Self {
        // Links of an organizer's answer do not contain the holder's token.
        let token = match entitlement {
            Entitlement::Token { .. } => {
                Some(registrations::access_token(&services.tools.records, setup, registration))
            }
            Entitlement::Organizer => None,
        };
        let answer = RegistrationAnswer::new(services, setup, registration, token.as_ref(), None);
        let tickets = answer.tickets.into_iter().zip(&registration.tickets);
        Self {
            registration_id: answer.registration_id,
            event: answer.event,
            ticket_type: setup.ticket_type(registration.type_number).map(|t| t.code.to_string()).unwrap_or_default(),
            status: answer.status,
            payment_status: answer.payment_status,
            created_at: registration.created_at,
            expires_at: answer.expires_at,
            pdf_url: answer.pdf_url,
            tickets: tickets.map(|(answer, ticket)| TicketState::new(answer, ticket)).collect(),
            documents: document_answers(registration, documents),
            mail: None,
        }
    }
}

impl TicketState {
    fn new(answer: TicketAnswer, ticket: &Ticket) -> Self {
        let TicketAnswer { ticket_id, label, name, pdf_url, .. } = answer;
        Self { ticket_id, label, name, pdf_url, revoked: ticket.revoked }
    }
}

/// Lists the files of a registration. The tickets of a new registration have no row yet and are listed as pending.
fn document_answers(registration: &Registration, documents: Vec<DocumentRecord>) -> Vec<DocumentAnswer> {
    const TICKETS: &str = DocumentKind::Tickets.name();
    let answer = |record: DocumentRecord| {
        let DocumentRef { kind, part, .. } = record.document;
        DocumentAnswer { kind: kind.name(), part, status: record.state.name() }
    };
    let mut answers: Vec<_> = documents.into_iter().map(answer).collect();
    if registration.status == RegistrationStatus::Confirmed && !answers.iter().any(|answer| answer.kind == TICKETS) {
        answers.insert(0, DocumentAnswer { kind: TICKETS, part: 0, status: DocumentState::Pending.name() });
    }
    answers
}

/// The kind of client that requests a download; it is only recorded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A person.
    #[default]
    Manual,
    /// A program.
    Auto,
}

impl Mode {
    /// True if a program requested the file.
    pub fn is_automatic(self) -> bool {
        self == Self::Auto
    }
}

/// The credentials and the mode of a download.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DownloadQuery {
    /// The registration's access token; an organizer's bearer token works too.
    pub token: Option<String>,
    /// `auto` if a program requests the file, `manual` if a person does; only recorded.
    #[serde(default)]
    #[param(inline)]
    pub download: Mode,
}

/// Returns all tickets of a registration in one PDF.
#[utoipa::path(get, path = "/api/register/{registrationId}/pdf", tag = "Registering", operation_id = "registrationPdf",
    params(("registrationId" = String, Path, example = "GDN2025-0001"), DownloadQuery),
    security((), ("organizer" = [])),
    responses(
        (status = 200, description = "The file, rendered for this request", content_type = "application/pdf", body = Vec<u8>),
        (status = 302, description = "The file is in storage", headers(("Location" = String, description = "A pre-signed URL"))),
        Problems))]
pub async fn pdf(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<DownloadQuery>,
) -> Result<HttpResponse, ApiError> {
    let id = id.parse().map_err(|_| Refusal::NotFound)?;
    let client = services.download_client(&request, query.0.download.is_automatic());
    let caller = holder(&request, query.0.token);
    Ok(deliver(&request, downloads::tickets(&services.tools, &caller, &id, client).await?))
}
