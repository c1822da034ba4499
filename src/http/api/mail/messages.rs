//! `/api/messages`: the messages of an event, their copies, and sending them again.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    db::{MessageFilter, MessageRow},
    domain::{EventSetup, MessageKind, MessageState, Scope},
    http::{
        api::registrations::HolderQuery,
        auth::{caller, holder},
        read::{Json, Page, Query, limit, read_cursor},
        server::{ApiError, Problems, Services, accepted, private, redirect},
    },
    work::messages::{self, Copy},
};

/// A message.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageAnswer {
    message_id: Uuid,
    #[schema(example = "confirmation")]
    kind: &'static str,
    /// `queued`, `sending`, `sent`, `delivered`, `delayed`, `bounced`, `complained`, `failed` or `suppressed`.
    #[schema(example = "sent")]
    state: &'static str,
    #[schema(required)]
    registration_id: Option<String>,
    /// Address; null until the first attempt: the contact of the registration.
    #[schema(required)]
    recipient: Option<String>,
    /// The announcement that it belongs to.
    #[schema(required)]
    job_id: Option<Uuid>,
    created_at: Timestamp,
    #[schema(required)]
    first_tried_at: Option<Timestamp>,
    /// When the mail server accepted it.
    #[schema(required)]
    sent_at: Option<Timestamp>,
    /// When its state changed.
    changed_at: Timestamp,
    /// Next attempt of a queued message.
    #[schema(required)]
    next_try_at: Option<Timestamp>,
    attempts: i32,
    /// Words of the mail server, or the reason why it was not sent.
    #[schema(required)]
    reply: Option<String>,
    #[schema(required)]
    bytes: Option<i32>,
    /// True if there is a copy (`/content`).
    archived: bool,
}

impl MessageAnswer {
    fn new(setup: &EventSetup, row: MessageRow) -> Self {
        Self {
            message_id: row.id,
            kind: row.kind.name(),
            state: row.state.name(),
            registration_id: row.number.map(|number| setup.registration_id(number).to_string()),
            recipient: row.recipient,
            job_id: row.job,
            created_at: row.created_at,
            first_tried_at: row.tried_at,
            sent_at: row.sent_at,
            changed_at: row.changed_at,
            next_try_at: (row.state == MessageState::Queued).then_some(row.due_at),
            attempts: row.attempts,
            reply: row.reply.filter(|reply| !reply.is_empty()),
            bytes: row.bytes,
            archived: row.archived,
        }
    }
}

/// Filter and page of a list of messages.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MessagesQuery {
    /// One of the states.
    state: Option<String>,
    /// One of the kinds.
    kind: Option<String>,
    /// Only messages about this registration.
    registration: Option<String>,
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Lists the messages of an event, newest first.
///
/// During a sale, a confirmation appears here some time after its registration; it is not forgotten.
#[utoipa::path(get, path = "/api/events/{event}/messages", tag = "Mail", operation_id = "messages",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025"), MessagesQuery),
    security(("organizer" = ["registrations:read"])),
    responses((status = 200, description = "A page of messages", body = Page<MessageAnswer>), Problems))]
pub async fn list(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
    query: Query<MessagesQuery>,
) -> Result<HttpResponse, ApiError> {
    let MessagesQuery { state, kind, registration, limit: given, cursor } = query.0;
    let state_of = |name: String| {
        let known = || MessageState::ALL.map(MessageState::name).join(", ");
        MessageState::from_name(&name).ok_or_else(|| ApiError::invalid("/state", format!("must be one of {}", known())))
    };
    let kind_of = |name: String| {
        let known = || MessageKind::ALL.map(MessageKind::name).join(", ");
        MessageKind::from_name(&name).ok_or_else(|| ApiError::invalid("/kind", format!("must be one of {}", known())))
    };
    let filter = MessageFilter {
        state: state.map(state_of).transpose()?,
        kind: kind.map(kind_of).transpose()?,
        number: None,
        before: read_cursor(cursor.as_deref())?,
        limit: limit(given, services.settings.list_limit)?,
    };
    let (records, size) = (&services.tools.records, filter.limit);
    let (setup, rows) = messages::list(records, &caller(&request), &event, registration.as_deref(), filter).await?;
    let page = Page::of(rows, size, |row| (row.created_at, row.id), |row| MessageAnswer::new(&setup, row));
    Ok(private(StatusCode::OK).json(page))
}

/// Messages of an event by state.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageCounts {
    queued: i64,
    sending: i64,
    sent: i64,
    delivered: i64,
    delayed: i64,
    bounced: i64,
    complained: i64,
    failed: i64,
    suppressed: i64,
}

/// Counts the messages of an event by state.
#[utoipa::path(get, path = "/api/events/{event}/messages/counts", tag = "Mail", operation_id = "messageCounts",
    params(("event" = String, Path, description = "Slug or id", example = "gardenia-2025")),
    security(("organizer" = ["registrations:read"])),
    responses((status = 200, description = "The counts", body = MessageCounts), Problems))]
pub async fn counts(
    request: HttpRequest,
    services: web::Data<Services>,
    event: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let counts = messages::count(&services.tools.records, &caller(&request), &event).await?;
    let of = |state| counts.iter().find(|(known, _)| *known == state).map_or(0, |(_, count)| *count);
    Ok(private(StatusCode::OK).json(MessageCounts {
        queued: of(MessageState::Queued),
        sending: of(MessageState::Sending),
        sent: of(MessageState::Sent),
        delivered: of(MessageState::Delivered),
        delayed: of(MessageState::Delayed),
        bounced: of(MessageState::Bounced),
        complained: of(MessageState::Complained),
        failed: of(MessageState::Failed),
        suppressed: of(MessageState::Suppressed),
    }))
}

/// Returns a message.
#[utoipa::path(get, path = "/api/messages/{messageId}", tag = "Mail", operation_id = "message",
    params(("messageId" = String, Path)),
    security(("organizer" = ["registrations:read"])),
    responses((status = 200, description = "The message", body = MessageAnswer), Problems))]
pub async fn show(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let found = messages::find(&services.tools.records, &caller(&request), &id, Scope::RegistrationsRead).await?;
    Ok(private(StatusCode::OK).json(MessageAnswer::new(&found.setup, found.message.row)))
}

/// Returns the copy of a message as it was sent, except that its links contain no access tokens.
#[utoipa::path(get, path = "/api/messages/{messageId}/content", tag = "Mail", operation_id = "messageContent",
    params(("messageId" = String, Path)),
    security(("organizer" = ["registrations:read"])),
    responses(
        (status = 200, description = "The copy, while it waits for storage", content_type = "message/rfc822", body = Vec<u8>),
        (status = 302, description = "The copy is in storage", headers(("Location" = String, description = "A pre-signed URL"))),
        Problems))]
pub async fn content(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    Ok(match messages::content(&services.tools, &caller(&request), &id).await? {
        Copy::Link(url) => redirect(&url),
        Copy::Bytes(bytes) => private(StatusCode::OK)
            .content_type("message/rfc822")
            .insert_header((header::CONTENT_DISPOSITION, "attachment"))
            .body(bytes),
    })
}

/// A message that was queued.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueuedMessage {
    message_id: Uuid,
}

fn queued(services: &Services, message_id: Uuid) -> HttpResponse {
    accepted(services.link(&format!("/api/messages/{message_id}"))).json(QueuedMessage { message_id })
}

/// Sends a message again, as a new one with the present text, to the present address of the contact.
#[utoipa::path(post, path = "/api/messages/{messageId}/resend", tag = "Mail", operation_id = "resendMessage",
    params(("messageId" = String, Path)),
    security(("organizer" = ["registrations:write"])),
    responses((status = 202, description = "The message is queued", body = QueuedMessage,
        headers(("Location" = String, description = "The new message"))), Problems))]
pub async fn resend(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
) -> Result<HttpResponse, ApiError> {
    let id = messages::resend(&services.tools.records, &caller(&request), &id).await?;
    Ok(queued(&services, id))
}

/// Sends the confirmation of a registration again, or its request to pay.
///
/// Its holder may ask for this three times within an hour.
#[utoipa::path(post, path = "/api/registrations/{registrationId}/resend-confirmation", tag = "Registering",
    operation_id = "resendConfirmation",
    params(("registrationId" = String, Path, example = "GDN2025-0001"), HolderQuery),
    security((), ("organizer" = ["registrations:write"])),
    responses((status = 202, description = "The message is queued", body = QueuedMessage,
        headers(("Location" = String, description = "The message"))), Problems))]
pub async fn resend_confirmation(
    request: HttpRequest,
    services: web::Data<Services>,
    id: web::Path<String>,
    query: Query<HolderQuery>,
) -> Result<HttpResponse, ApiError> {
    let caller = holder(&request, query.0.token);
    let id = messages::resend_confirmation(&services.tools.records, &caller, &id).await?;
    Ok(queued(&services, id))
}

/// An address that asks for its links.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TicketLinksRequest {
    #[schema(example = "ada@example.com")]
    email: String,
}

/// Sends the links to all coming registrations of an address to this address.
///
/// The answer is the same whether the address is known or not. An address gets at most three such messages within an hour.
#[utoipa::path(post, path = "/api/ticket-links", tag = "Registering", operation_id = "ticketLinks",
    request_body = TicketLinksRequest,
    responses((status = 202, description = "If the address has registrations, a message is on its way"), Problems))]
pub async fn ticket_links(
    request: HttpRequest,
    services: web::Data<Services>,
    body: Json<TicketLinksRequest>,
) -> Result<HttpResponse, ApiError> {
    // Above the limit, the answer is the same too.
    let is_within_limit = services.client_address(&request).is_none_or(|address| services.tries.admit(address).is_ok());
    if is_within_limit {
        messages::send_links(&services.tools.records, &body.0.email).await?;
    }
    Ok(private(StatusCode::ACCEPTED).finish())
}
