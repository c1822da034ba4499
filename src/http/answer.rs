//! How registrations and tickets look in answers.

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Services;
use crate::{
    domain::{EventSetup, Level, Registration, RegistrationId, Ticket},
    render::{Priority, QrImage, TicketPage},
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
    /// Until when an unpaid seat is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub expires_at: Option<Timestamp>,
    /// Opens this registration to whoever has it.
    pub access_token: String,
    pub pdf_url: String,
    /// The first ticket's code as a PNG; left out while unpaid, and on `Prefer: return=minimal`.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub qr_code: Option<String>,
}

impl Services {
    /// The id people know a registration by.
    pub fn id_of(&self, setup: &EventSetup, registration: &Registration) -> RegistrationId {
        RegistrationId { code: setup.event.code.clone(), number: registration.reference.number }
    }

    /// A registration as its holder sees it; `codes` are the pictures for its tickets, if there are any.
    pub fn answer(
        &self,
        setup: &EventSetup,
        registration: &Registration,
        codes: Option<Vec<String>>,
    ) -> RegistrationAnswer {
        let id = self.id_of(setup, registration);
        let token = self.catalog.secret().access_token(setup.event.id, id.number);
        let mut codes = codes.unwrap_or_default().into_iter();
        let tickets: Vec<_> = registration
            .tickets
            .iter()
            .map(|ticket| self.ticket_answer(&id, ticket, token.reveal(), codes.next()))
            .collect();
        RegistrationAnswer {
            registration_id: id.to_string(),
            event: setup.event.draft.title.clone(),
            status: registration.status.name(),
            payment_status: registration.payment_status().name(),
            expires_at: registration.expires_at.filter(|_| registration.paid_at.is_none()),
            access_token: token.reveal().to_owned(),
            pdf_url: self.link(&format!("/api/register/{id}/pdf?token={}", token.reveal())),
            qr_code: tickets.first().and_then(|ticket| ticket.qr_code.clone()),
            tickets,
        }
    }

    fn ticket_answer(&self, id: &RegistrationId, ticket: &Ticket, token: &str, code: Option<String>) -> TicketAnswer {
        TicketAnswer {
            ticket_id: ticket.id.0,
            label: id.ticket_label(ticket.position),
            name: ticket.name.clone(),
            pdf_url: self.link(&format!("/api/tickets/{}/pdf?token={token}", ticket.id)),
            qr_code: code,
        }
    }

    /// The codes of all tickets as data URLs. `None` if there is no room to draw them now: the seats are taken, and an
    /// answer without pictures is better than none.
    pub async fn code_pictures(
        &self,
        setup: &std::sync::Arc<EventSetup>,
        registration: &std::sync::Arc<Registration>,
    ) -> Option<Vec<String>> {
        let (setup, registration) = (setup.clone(), registration.clone());
        let draw = move || {
            let pages = TicketPage::all(&setup, &registration);
            Ok(pages
                .iter()
                .map(|page| data_url(&QrImage::encode(&setup.signer.sign(&page.code), Level::M).png()))
                .collect())
        };
        match self.pool.run(Priority::Live, draw).await {
            Ok(Ok(pictures)) => Some(pictures),
            Ok(Err(error)) => {
                tracing::error!(%error, "the codes of a registration were not drawn");
                None
            }
            Err(_) => None,
        }
    }
}

fn data_url(png: &[u8]) -> String {
    let mut url = String::with_capacity(22 + png.len().div_ceil(3) * 4);
    url.push_str("data:image/png;base64,");
    STANDARD.encode_string(png, &mut url);
    url
}
