//! Files of single tickets, and pictures of their codes.

use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;

use super::{
    Caller, Files, Records, Refusal, Tools,
    downloads::{self, Delivery, DownloadClient, RequestedFile},
    registrations::check_valid,
    rights::EntitledTo,
};
use crate::{
    db::EventName,
    domain::{DocumentKind, DocumentRecord, DocumentRef, EventSetup, Level, Registration, Ticket, TicketId},
    render::{Priority, QrImage, TicketValues},
    store::{Disposition, SignedUrl},
};

/// Delivers a valid ticket as a PDF.
pub async fn pdf(tools: &Tools, caller: &Caller, id: TicketId, client: DownloadClient) -> Result<Delivery, Refusal> {
    let (requested, record) = requested_file(tools, caller, id, DocumentKind::Ticket).await?;
    downloads::deliver(tools, requested, record, client).await
}

/// Format of the picture of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodePicture {
    /// With this number of pixels per module.
    Png(usize),
    Svg,
}

/// Draws the code of a valid ticket.
pub async fn code(tools: &Tools, caller: &Caller, id: TicketId, picture: CodePicture) -> Result<Vec<u8>, Refusal> {
    let EntitledTo { setup, registration, .. } = find(&tools.records, caller, id).await?;
    check_valid(&registration)?;
    let code = TicketValues::of(&setup, &registration, valid_ticket(&registration, id)?).code;
    let work = move || {
        let image = QrImage::encode(&setup.signer.sign(&code), Level::M);
        Ok(match picture {
            CodePicture::Png(pixels) => image.png_with_scale(pixels),
            CodePicture::Svg => image.svg().into_bytes(),
        })
    };
    Ok(tools.files.pool.run(Priority::Live, work).await?)
}

/// Stores the picture of a valid ticket's code. Returns its key and a pre-signed URL.
pub async fn store_code(tools: &Tools, caller: &Caller, id: TicketId) -> Result<(String, SignedUrl), Refusal> {
    let (requested, record) = requested_file(tools, caller, id, DocumentKind::Code).await?;
    let stored = downloads::store_now(tools, requested, record).await?;
    let signed = tools.files.sign(&stored.key, stored.hash, Disposition::Inline).await;
    Ok((stored.key, signed.map_err(Refusal::after_write)?))
}

/// Draws the codes of a registration's tickets as data URLs of PNG files. `None` if the render pool is full: the seats
/// are taken, so the request succeeds without pictures.
pub async fn code_pictures(
    files: &Files,
    setup: &Arc<EventSetup>,
    registration: &Arc<Registration>,
) -> Option<Vec<String>> {
    let (setup, registration) = (setup.clone(), registration.clone());
    let draw = move || {
        let pages = TicketValues::all(&setup, &registration);
        let draw = |page: &TicketValues| QrImage::encode(&setup.signer.sign(&page.code), Level::M).png();
        Ok(pages.iter().map(|page| data_url(&draw(page))).collect())
    };
    files.pool.run(Priority::Live, draw).await.map_err(Refusal::from).ok()
}

/// Draws the codes of a registration's valid tickets as SVG, in their order. `None` if the render pool is full: they can be
/// asked for one by one.
pub async fn code_drawings(files: &Files, setup: &Arc<EventSetup>, registration: &Registration) -> Option<Vec<String>> {
    let (setup, registration) = (setup.clone(), registration.clone());
    let draw = move || {
        let pages = TicketValues::all(&setup, &registration);
        let draw = |page: &TicketValues| QrImage::encode(&setup.signer.sign(&page.code), Level::M).svg();
        Ok(pages.iter().map(draw).collect())
    };
    files.pool.run(Priority::Live, draw).await.map_err(Refusal::from).ok()
}

fn data_url(png: &[u8]) -> String {
    let mut url = String::with_capacity(22 + png.len().div_ceil(3) * 4);
    url.push_str("data:image/png;base64,");
    STANDARD.encode_string(png, &mut url);
    url
}

/// Returns the ticket's registration and event, to the registration's holder and the event's organizer.
async fn find(records: &Records, caller: &Caller, id: TicketId) -> Result<EntitledTo, Refusal> {
    let Some(reference) = records.database.find_ticket(id).await? else {
        return Err(records.refuse_absent(caller).await);
    };
    let setup = records.catalog.find(EventName::Key(reference.event)).await?.ok_or(Refusal::NotFound)?;
    records.registration_of(caller, &setup.registration_id(reference.number)).await
}

fn valid_ticket(registration: &Registration, id: TicketId) -> Result<&Ticket, Refusal> {
    registration.tickets.iter().find(|ticket| ticket.id == id && !ticket.revoked).ok_or(Refusal::NotFound)
}

/// Returns the requested file of a valid ticket, and its record.
async fn requested_file(
    tools: &Tools,
    caller: &Caller,
    id: TicketId,
    kind: DocumentKind,
) -> Result<(RequestedFile, Option<DocumentRecord>), Refusal> {
    let Tools { records, files, .. } = tools;
    let EntitledTo { setup, registration, .. } = find(records, caller, id).await?;
    check_valid(&registration)?;
    let part = valid_ticket(&registration, id)?.position;
    let name = format!("{}.pdf", setup.registration_id(registration.reference.number).ticket_label(part));
    let document = DocumentRef { registration: registration.reference, kind, part };
    let epoch = files.links.epoch(setup.event.key);
    let record = records.database.document(document).await?;
    let (registration, made_at) = (Arc::new(registration), Timestamp::now());
    Ok((RequestedFile { setup, registration, document, made_at, name, epoch }, record))
}
