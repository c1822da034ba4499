//! What objects are called. Names are made from ids only; nothing a person typed is in them.

use crate::domain::{RegistrationId, TicketId};

/// The PDF with all tickets of a registration.
pub fn ticket_pdf(registration: &RegistrationId) -> String {
    format!("tickets/{registration}.pdf")
}

/// The code of one ticket as a picture.
pub fn ticket_png(registration: &RegistrationId, ticket: TicketId) -> String {
    format!("registrations/{registration}/tickets/{ticket}.png")
}

/// What makes a browser show a file and save it under its key's last part.
pub fn content_disposition(key: &str) -> String {
    let name = key.rsplit('/').next().unwrap_or(key);
    format!("inline; filename=\"{name}\"")
}
