//! Generated files of an event, and confirmations of registrations.

use std::sync::Arc;

use serde_json::json;

use super::{
    Caller, Files, Records, Refusal, Tools,
    downloads::{self, Delivery, DownloadClient, RequestedFile},
    registrations::check_valid,
    rights::{EntitledTo, Entitlement},
};
use crate::{
    db::{DocumentFilter, DocumentRow},
    domain::{DocumentKind, DocumentRecord, DocumentState, EventSetup, Registration, RegistrationId, Scope},
    render::RegistrationFile,
};

/// Lists the documents of the caller's event.
pub async fn list(
    records: &Records,
    caller: &Caller,
    event: &str,
    filter: &DocumentFilter,
) -> Result<(Arc<EventSetup>, Vec<DocumentRow>), Refusal> {
    let setup = records.own_event(caller, Scope::RegistrationsRead, event).await?;
    let _permit = records.read_permit(setup.event.organizer).await?;
    let rows = records.database.list_documents(setup.event.key, filter).await?;
    Ok((setup, rows))
}

/// Sets all failed documents of an event back to pending. Returns their number.
pub async fn retry_failed(records: &Records, caller: &Caller, event: &str) -> Result<usize, Refusal> {
    let (by, setup) = records.own_event_uncached(caller, Scope::RegistrationsWrite, event).await?;
    let documents = records.database.retry_failed(setup.event.key).await.map_err(Refusal::from_write)?;
    records.audit(&by, Some(setup.event.key), "documents.retried", json!({ "documents": documents })).await;
    Ok(documents)
}

/// Returns the confirmation of a registration as a PDF. It is made on the first request, and again when its content has
/// changed.
pub async fn confirmation(
    tools: &Tools,
    caller: &Caller,
    id: &RegistrationId,
    client: DownloadClient,
) -> Result<Delivery, Refusal> {
    let Tools { records, files, .. } = tools;
    let EntitledTo { setup, registration, entitlement } = records.registration_of(caller, id).await?;
    check_valid(&registration)?;
    let registration = Arc::new(registration);
    let requested_by = if entitlement == Entitlement::Organizer { "organizer" } else { "holder" };
    let record = current_confirmation(records, files, &setup, &registration, requested_by).await?;
    let file = RequestedFile {
        epoch: files.links.epoch(setup.event.key),
        setup,
        registration,
        document: record.document,
        made_at: record.promised_at,
        name: format!("{id}-confirmation.pdf"),
    };
    downloads::deliver(tools, file, Some(record), client).await
}

/// Returns the latest confirmation if it is up to date, otherwise adds a new one.
async fn current_confirmation(
    records: &Records,
    files: &Files,
    setup: &Arc<EventSetup>,
    registration: &Arc<Registration>,
    requested_by: &str,
) -> Result<DocumentRecord, Refusal> {
    let reference = registration.reference;
    let latest = async || {
        let documents = records.database.documents_of(reference).await?;
        let confirmations = documents.into_iter().filter(|record| record.document.kind == DocumentKind::Confirmation);
        Ok::<_, Refusal>(confirmations.max_by_key(|record| record.document.part))
    };
    let last = latest().await?;
    if let Some(last) = &last
        && is_current(files, setup, registration, last).await
    {
        return Ok(last.clone());
    }
    let generation = json!({
        "requestedBy": requested_by,
        "reason": if last.is_some() { "changed" } else { "first" },
        "eventRevision": setup.event.revision,
        "generator": concat!("onsale ", env!("CARGO_PKG_VERSION")),
    });
    match records.database.add_confirmation(reference, &generation).await? {
        Some(added) => Ok(added),
        // Another request added one at the same moment.
        None => latest().await?.ok_or(Refusal::Internal),
    }
}

/// True if a confirmation has the content that a new one would have.
async fn is_current(
    files: &Files,
    setup: &Arc<EventSetup>,
    registration: &Registration,
    record: &DocumentRecord,
) -> bool {
    let stored = match (&record.state, &record.stored) {
        (DocumentState::Withdrawn, _) => return false,
        // Not made yet: it gets the present content when it is made.
        (_, None) => return true,
        (_, Some(stored)) => stored,
    };
    let file = RegistrationFile {
        setup,
        registration,
        kind: DocumentKind::Confirmation,
        part: record.document.part,
        made_at: record.promised_at,
    };
    let Ok(plan) = files.plan(setup).await else { return true };
    file.hash(&plan).is_ok_and(|hash| hash == stored.hash)
}
