//! Pre-signed URLs for objects that an organizer owns.

use std::time::Duration;

use super::{Authorized, Caller, Refusal, Tools};
use crate::{
    db::EventName,
    domain::{ContentHash, DocumentKind, DocumentRecord, RegistrationId, RegistrationRef, Scope},
    render::RegistrationFile,
    store::{Disposition, ObjectKind, SignedUrl},
};

use super::registrations::check_valid;

/// Signs a URL of an object of the caller, valid for `seconds` or as configured. Refused for stale and withdrawn files.
pub async fn signed_url(
    tools: &Tools,
    caller: &Caller,
    key: &str,
    seconds: Option<u64>,
    disposition: Disposition,
) -> Result<SignedUrl, Refusal> {
    let by = tools.records.authorize(caller, Scope::StorageRead).await?;
    let hash = own_object(tools, &by, key).await?;
    let Some(seconds) = seconds else { return tools.files.sign(key, hash, disposition).await };
    let signed = tools.files.urls.store().presign(key, Duration::from_secs(seconds), disposition).await;
    signed.map_err(|error| {
        tracing::error!(%error, "a URL was not signed");
        Refusal::Unavailable
    })
}

/// Returns the hash of the object with this key, if it belongs to the caller.
async fn own_object(tools: &Tools, by: &Authorized, key: &str) -> Result<ContentHash, Refusal> {
    let database = &tools.records.database;
    match ObjectKind::of(key) {
        Some(ObjectKind::Tickets | ObjectKind::Codes | ObjectKind::Confirmations) => own_document(tools, by, key).await,
        Some(ObjectKind::Invoices) => {
            let invoice = database.invoice(key).await?.filter(|invoice| by.owns(invoice.organizer));
            Ok(invoice.ok_or(Refusal::NotFound)?.hash)
        }
        Some(ObjectKind::Archives) => match database.archive_owner(key).await? {
            Some(owner) if by.owns(owner) => Ok(ContentHash::UNIQUE_KEY),
            _ => Err(Refusal::NotFound),
        },
        Some(ObjectKind::Images | ObjectKind::Mails) | None => Err(Refusal::NotFound),
    }
}

/// Returns the hash of a registration's file; has a stale one made again and refuses it.
async fn own_document(tools: &Tools, by: &Authorized, key: &str) -> Result<ContentHash, Refusal> {
    let records = &tools.records;
    let id = key.split('/').nth(1).ok_or(Refusal::NotFound)?;
    let id: RegistrationId = id.trim_end_matches(".pdf").parse().map_err(|_| Refusal::NotFound)?;
    let setup = records.catalog.find(EventName::Code(id.code)).await?.ok_or(Refusal::NotFound)?;
    if !by.owns(setup.event.organizer) {
        return Err(Refusal::NotFound);
    }
    let reference = RegistrationRef { event: setup.event.key, number: id.number };
    let documents = records.database.documents_of(reference).await?;
    let is_stored = |record: &DocumentRecord| record.in_storage().is_some_and(|stored| stored.key == key);
    let record = documents.into_iter().find(is_stored).ok_or(Refusal::NotFound)?;
    let stored = record.in_storage().ok_or(Refusal::NotFound)?;
    let registration = records.database.registration(reference).await?.ok_or(Refusal::NotFound)?;
    check_valid(&registration)?;
    // These are never stale: a changed confirmation becomes a new document, and imported files are not rendered here.
    if record.imported || record.document.kind == DocumentKind::Confirmation {
        return Ok(stored.hash);
    }
    let plan = tools.files.plan(&setup).await?;
    let file = RegistrationFile {
        setup: &setup,
        registration: &registration,
        kind: record.document.kind,
        part: record.document.part,
        made_at: record.promised_at,
    };
    if file.hash(&plan).ok() != Some(stored.hash) {
        records.promise_again(record.document, Some(stored.hash)).await;
        return Err(Refusal::conflict("the file is stale and is being made again"));
    }
    Ok(stored.hash)
}
