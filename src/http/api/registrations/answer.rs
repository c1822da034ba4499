//! Registrations and tickets in answers to their holders.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    domain::{AccessToken, EventSetup, Registration, RegistrationId, Ticket},
    http::server::Services,
};

/// The answer to a registration.
#[derive(Debug, Serialize, ToSchema)]
pub struct RegisteredAnswer {
    pub success: bool,
    pub message: &'static str,
    pub data: RegistrationAnswer,
}

/// A registration with its tickets.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RegistrationAnswer {
    #[schema(example = "GDN2025-0001")]
    pub registration_id: String,
    /// The event's title.
    pub event: String,
    #[schema(example = "confirmed")]
    pub status: &'static str,
    #[schema(example = "FREE")]
    pub payment_status: &'static str,
    /// Time until which unpaid seats are held.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expires_at: Option<Timestamp>,
    /// Gives access to this registration without an organizer's token. Keep it secret. Missing if a request is repeated
    /// after more than 24 hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub access_token: Option<String>,
    pub pdf_url: String,
    /// QR code of the first ticket, as a data URL of a PNG; missing while unpaid, with `Prefer: return=minimal`, and
    /// under load.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub qr_code: Option<String>,
    pub tickets: Vec<TicketAnswer>,
}

/// One ticket.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TicketAnswer {
    pub ticket_id: Uuid,
    #[schema(example = "GDN2025-0001-1")]
    pub label: String,
    pub name: String,
    pub pdf_url: String,
    /// QR code of the ticket, like `qrCode` of the registration.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub qr_code: Option<String>,
}

impl RegistrationAnswer {
    /// Converts a registration. Links contain `token` if there is one; `codes` are data URLs of its tickets' codes.
    pub fn new(
        services: &Services,
        setup: &EventSetup,
        registration: &Registration,
        token: Option<&AccessToken>,
        codes: Option<Vec<String>>,
    ) -> Self {
        let id = setup.registration_id(registration.reference.number);
        let mut codes = codes.unwrap_or_default().into_iter();
        let answer = |ticket| TicketAnswer::new(services, &id, ticket, token, codes.next());
        let tickets: Vec<_> = registration.tickets.iter().map(answer).collect();
        Self {
            registration_id: id.to_string(),
            event: setup.event.draft.title.clone(),
            status: registration.status.name(),
            payment_status: registration.payment_status().name(),
            expires_at: registration.expires_at.filter(|_| registration.paid_at.is_none()),
            access_token: token.map(|token| token.reveal().to_owned()),
            pdf_url: services.link(&with_token(&format!("/api/register/{id}/pdf"), token)),
            qr_code: tickets.first().and_then(|ticket| ticket.qr_code.clone()),
            tickets,
        }
    }
}

impl TicketAnswer {
    fn new(
        services: &Services,
        id: &RegistrationId,
        ticket: &Ticket,
        token: Option<&AccessToken>,
        code: Option<String>,
    ) -> Self {
        Self {
            ticket_id: ticket.id.0,
            label: id.ticket_label(ticket.position),
            name: ticket.name.clone(),
            pdf_url: services.link(&with_token(&format!("/api/tickets/{}/pdf", ticket.id), token)),
            qr_code: code,
        }
    }
}

/// Returns a path with the token that gives access to it, if there is one.
pub fn with_token(path: &str, token: Option<&AccessToken>) -> String {
    match token {
        Some(token) => format!("{path}?token={}", token.reveal()),
        None => path.to_owned(),
    }
}
