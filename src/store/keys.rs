//! What objects are called. Names are made from ids only; nothing a person typed is in them.

use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::{EventId, RegistrationId, TicketId};

/// The PDF with all tickets of a registration.
pub fn ticket_pdf(registration: &RegistrationId) -> String {
    format!("tickets/{registration}.pdf")
}

/// The PDF of one ticket.
pub fn single_ticket_pdf(registration: &RegistrationId, ticket: TicketId) -> String {
    format!("registrations/{registration}/tickets/{ticket}.pdf")
}

/// The code of one ticket as a picture.
pub fn ticket_png(registration: &RegistrationId, ticket: TicketId) -> String {
    format!("registrations/{registration}/tickets/{ticket}.png")
}

/// The confirmation that was made at this time.
pub fn confirmation_pdf(registration: &RegistrationId, made_at: Timestamp) -> String {
    format!("registrations/{registration}/confirmation-{}.pdf", made_at.strftime("%Y%m%dT%H%M%SZ"))
}

/// An invoice. Each part is one segment: whoever made them saw to that.
pub fn invoice_pdf(shop: &str, order: &str, package: &str, sequence: &str) -> String {
    format!("invoices/tiktok/{shop}/{order}/{package}/{sequence}.pdf")
}

/// All tickets of an event in one file, as a job made it.
pub fn archive(event: EventId, job: Uuid, ending: &str) -> String {
    format!("archives/{event}/{job}.{ending}")
}

/// What makes a browser show a file and save it under its key's last part.
pub fn content_disposition(key: &str) -> String {
    let name = key.rsplit('/').next().unwrap_or(key);
    format!("inline; filename=\"{name}\"")
}
