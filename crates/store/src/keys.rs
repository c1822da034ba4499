//! Keys of objects. A key is made of ids only and contains no text that a user typed.

use jiff::Timestamp;
use uuid::Uuid;

use crate::domain::{EventId, InvoiceId, OrganizerKey, RegistrationId, TicketId};

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

/// Returns the key of an invoice whose ids another organizer uses already.
pub fn other_invoice_pdf_key(key: &str, organizer: OrganizerKey) -> String {
    format!("{}~{}.pdf", key.strip_suffix(".pdf").unwrap_or(key), organizer.0)
}

/// Returns the key of an archive: all tickets of an event in one file, made by a job.
pub fn archive_key(event: EventId, job: Uuid, ending: &str) -> String {
    format!("archives/{event}/{job}.{ending}")
}

/// Returns the key of the copy of a message about an event.
pub fn mail_key(event: EventId, message: Uuid) -> String {
    format!("mails/{event}/{message}.eml")
}

/// Returns the key under which a removed object is kept for some time.
pub fn trash_key(key: &str) -> String {
    format!("{TRASH}{key}")
}

/// Prefix of the keys of removed objects.
pub const TRASH: &str = "trash/";

/// True if a key has exactly the form of one that this program writes. An object with another key is not ours, also if
/// its prefix is.
pub fn is_own_key(key: &str) -> bool {
    let is_registration = |text: &str| text.parse::<RegistrationId>().is_ok_and(|id| id.to_string() == text);
    let is_uuid = |text: &str| Uuid::try_parse(text).is_ok_and(|id| id.to_string() == text);
    let pdf = |name: &str| name.strip_suffix(".pdf").map(str::to_owned);
    let parts: Vec<_> = key.split('/').collect();
    match parts[..] {
        ["tickets", name] => pdf(name).is_some_and(|id| is_registration(&id)),
        ["registrations", id, "tickets", name] => {
            let ticket = name.strip_suffix(".pdf").or_else(|| name.strip_suffix(".png"));
            is_registration(id) && ticket.is_some_and(is_uuid)
        }
        ["registrations", id, name] => {
            let made_at = name.strip_prefix("confirmation-").and_then(pdf);
            is_registration(id)
                && made_at.is_some_and(|at| jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", at).is_ok())
        }
        ["invoices", "tiktok", shop, order, package, name] => pdf(name).is_some_and(|sequence| {
            let (sequence, organizer) = sequence.split_once('~').unwrap_or((&sequence, "0"));
            organizer.parse::<i32>().is_ok() && InvoiceId::parse([shop, order, package, sequence]).is_some()
        }),
        ["archives", event, name] => {
            let job = name.strip_suffix(".pdf").or_else(|| name.strip_suffix(".zip"));
            is_uuid(event) && job.is_some_and(is_uuid)
        }
        ["mails", event, name] => is_uuid(event) && name.strip_suffix(".eml").is_some_and(is_uuid),
        _ => false,
    }
}

/// Returns a `Content-Disposition` value: browsers show the file and save it under the last segment of its key.
pub fn content_disposition(key: &str) -> String {
    let name = key.rsplit('/').next().unwrap_or(key);
    format!("inline; filename=\"{name}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_of_this_programs_form_are_its_own() {
        let registration: RegistrationId = "GDN2025-0001".parse().unwrap();
        let (ticket, id) = (TicketId(Uuid::from_u128(7)), Uuid::from_u128(8));
        for own in [
            ticket_pdf_key(&registration),
            single_ticket_pdf_key(&registration, ticket),
            ticket_png_key(&registration, ticket),
            confirmation_pdf_key(&registration, "2025-11-08T09:00:00Z".parse().unwrap()),
            invoice_pdf_key("shop-1", "5770-22", "9", "1"),
            other_invoice_pdf_key(&invoice_pdf_key("shop-1", "5770-22", "9", "1"), OrganizerKey(7)),
            archive_key(EventId(id), id, "zip"),
            mail_key(EventId(id), id),
        ] {
            assert!(is_own_key(&own), "{own}");
            assert!(!is_own_key(&trash_key(&own)) && !is_own_key(&format!("{own}x")), "{own}");
        }
        for other in [
            "invoices/2019/annual-accounts.pdf",
            "invoices/tiktok/a/b/annual accounts.pdf",
            "tickets/readme.pdf",
            "tickets/gdn2025-0001.pdf",
            "tickets/GDN2025-1.pdf",
            "tickets/old/GDN2025-0001.pdf",
            "registrations/GDN2025-0001/tickets/photo.png",
            "registrations/GDN2025-0001/confirmation-final.pdf",
            "archives/2024/backup.zip",
            "onsale/owner",
            "",
        ] {
            assert!(!is_own_key(other), "{other}");
        }
    }
}
