//! A registration as the event's organizer sees it.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    domain::{EventSetup, Registration},
    http::api::events::PriceAnswer,
};

/// A registration with its attendees.
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
    /// Converts a registration.
    pub fn new(setup: &EventSetup, registration: Registration) -> Self {
        let id = setup.registration_id(registration.reference.number);
        let ticket_type = setup.ticket_type(registration.type_number);
        Self {
            registration_id: id.to_string(),
            status: registration.status.name(),
            payment_status: registration.payment_status().name(),
            ticket_type: ticket_type.map(|t| t.code.to_string()).unwrap_or_default(),
            created_at: registration.created_at,
            expires_at: registration.expires_at,
            paid_at: registration.paid_at,
            amount: registration
                .amount
                .zip(registration.currency)
                .map(|(amount, currency)| PriceAnswer { amount, currency }),
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
