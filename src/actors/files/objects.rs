//! Key, media type and metadata of objects.

use bytes::Bytes;
use jiff::Timestamp;

use crate::{
    domain::{ContentHash, DocumentKind, EventSetup, RegistrationId},
    render::{RegistrationFile, RenderError},
    store::{
        Metadata, NewObject, confirmation_pdf_key, single_ticket_pdf_key, ticket_pdf_key, ticket_png_key, written_by_us,
    },
};

/// Returns the key of a file in storage.
pub(super) fn key_of(file: &RegistrationFile) -> Result<String, RenderError> {
    let id = RegistrationId { code: file.setup.event.code.clone(), number: file.registration.reference.number };
    Ok(match file.kind {
        DocumentKind::Tickets => ticket_pdf_key(&id),
        DocumentKind::Confirmation => confirmation_pdf_key(&id, file.made_at),
        DocumentKind::Ticket => single_ticket_pdf_key(&id, file.ticket()?.id),
        DocumentKind::Code => ticket_png_key(&id, file.ticket()?.id),
    })
}

/// Returns the media type of files of this kind.
pub fn content_type(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::Tickets | DocumentKind::Confirmation | DocumentKind::Ticket => "application/pdf",
        DocumentKind::Code => "image/png",
    }
}

/// Returns the metadata of a file: time, layout, content hash and event revision that it was made from.
pub fn made_from(setup: &EventSetup, hash: ContentHash) -> Metadata {
    Metadata::from([
        ("made-at".to_owned(), Timestamp::now().to_string()),
        ("layout-version".to_owned(), setup.layout_version().to_string()),
        ("content-hash".to_owned(), hash.to_string()),
        ("event-revision".to_owned(), setup.event.revision.to_string()),
        written_by_us(""),
    ])
}

/// Returns an invoice as an object to put in storage.
pub fn invoice_object(key: &str, hash: ContentHash, bytes: Bytes) -> NewObject {
    let metadata = Metadata::from([
        ("made-at".to_owned(), Timestamp::now().to_string()),
        ("content-hash".to_owned(), hash.to_string()),
        written_by_us(""),
    ]);
    NewObject { key: key.to_owned(), bytes, content_type: "application/pdf", metadata, replace: true }
}
