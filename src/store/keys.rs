//! Keys of objects. A key is made of ids only and contains no text that a user typed.

use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::{EventId, RegistrationId, TicketId};

/// Returns the key of the PDF with all tickets of a registration.
pub fn ticket_pdf_key(registration: &RegistrationId) -> String {
    format!("tickets/{registration}.pdf")
}

/// Returns the key of the PDF of one ticket.
pub fn single_ticket_pdf_key(registration: &RegistrationId, ticket: TicketId) -> String {
    format!("registrations/{registration}/tickets/{ticket}.pdf")
}

/// Returns the key of the PNG of a ticket's QR code.
pub fn ticket_png_key(registration: &RegistrationId, ticket: TicketId) -> String {
    format!("registrations/{registration}/tickets/{ticket}.png")
}

/// Returns the key of the confirmation that was made at this time.
pub fn confirmation_pdf_key(registration: &RegistrationId, made_at: Timestamp) -> String {
    format!("registrations/{registration}/confirmation-{}.pdf", made_at.strftime("%Y%m%dT%H%M%SZ"))
}

/// Returns the key of an invoice. The caller makes sure that no argument contains a slash.
pub fn invoice_pdf_key(shop: &str, order: &str, package: &str, sequence: &str) -> String {
    format!("invoices/tiktok/{shop}/{order}/{package}/{sequence}.pdf")
}

/// Returns the key of an archive: all tickets of an event in one file, made by a job.
pub fn archive_key(event: EventId, job: Uuid, ending: &str) -> String {
    format!("archives/{event}/{job}.{ending}")
}

/// Returns a `Content-Disposition` value: browsers show the file and save it under the last segment of its key.
pub fn content_disposition(key: &str) -> String {
    let name = key.rsplit('/').next().unwrap_or(key);
    format!("inline; filename=\"{name}\"")
}
