//! Registrations: created, read, cancelled, and marked as paid.

use std::{sync::Arc, time::Instant};

use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::sync::{Semaphore, oneshot};

use super::{Caller, Records, Refusal, Tools, rights::EntitledTo};
use crate::{
    actors::{InboxFull, Registered, RenderRequest, SeatRequest},
    db::{Claim, RegistrationFilter, RegistrationPage, RevokedCode},
    domain::{
        AccessToken, Attendee, DocumentRecord, DocumentRef, EventSetup, EventStatus, Faults, IdempotencyKey,
        NewRegistration, Registration, RegistrationId, RegistrationRef, RegistrationStatus, Scope, TicketId, body_hash,
    },
};

/// A request for seats.
#[derive(Debug)]
pub struct Register {
    /// The event's slug or id.
    pub event: String,
    /// Code of the ticket type. `None` is allowed if the event has one type.
    pub ticket_type: Option<String>,
    pub attendees: Vec<Attendee>,
    pub answers: Map<String, Value>,
    pub key: Option<IdempotencyKey>,
}

/// The answer to a request for seats.
#[derive(Debug)]
pub struct Answered {
    pub setup: Arc<EventSetup>,
    pub registration: Arc<Registration>,
    /// True if an earlier request with the same key took the seats.
    pub replayed: bool,
    /// False if the earlier request was too long ago, or its token was revoked since: the answer contains no token then.
    pub gives_access: bool,
}

/// Takes seats. Returns after the transaction has committed.
pub async fn register(tools: &Tools, command: Register) -> Result<Answered, Refusal> {
    let Register { event, ticket_type, attendees, answers, key } = command;
    let setup = tools.records.event(&event).await?;
    let hash = body_hash(ticket_type.as_deref(), &attendees, &answers);
    let registered = match check(&setup, ticket_type.as_deref(), attendees, answers) {
        Ok(request) => take_seats(tools, &setup, request, key).await?,
        // A repeated request gets its first answer, even if the event has changed since.
        Err(refusal) => match key {
            Some(key) => Box::pin(replay(&tools.records, &setup, &key, hash)).await?.ok_or(refusal)?,
            None => return Err(refusal),
        },
    };
    let Registered { registration, replayed } = registered;
    let is_recent = Timestamp::now() < registration.created_at + IdempotencyKey::GIVES_TOKEN;
    // After the first tokens were revoked, the key gives no access to the registration's new holder.
    let gives_access = !replayed || (is_recent && registration.access_generation == 1);
    // The tickets of another holder are not shown to the first one.
    let registration = match registration.access_generation {
        1 => registration,
        _ => Arc::new(Registration { tickets: Vec::new(), ..Registration::clone(&registration) }),
    };
    Ok(Answered { setup, registration, replayed, gives_access })
}

/// Returns the token that gives access to a registration.
pub fn access_token(records: &Records, setup: &EventSetup, registration: &Registration) -> AccessToken {
    let number = registration.reference.number;
    records.catalog.secret().access_token(setup.event.id, number, registration.access_generation)
}

fn check(
    setup: &EventSetup,
    ticket_type: Option<&str>,
    attendees: Vec<Attendee>,
    answers: Map<String, Value>,
) -> Result<NewRegistration, Refusal> {
    if setup.event.draft.status == EventStatus::Draft {
        return Err(Refusal::NotFound);
    }
    Ok(NewRegistration::check(setup, ticket_type, attendees, answers)?)
}

async fn take_seats(
    tools: &Tools,
    setup: &Arc<EventSetup>,
    request: NewRegistration,
    key: Option<IdempotencyKey>,
) -> Result<Registered, Refusal> {
    let (reply, answer) = oneshot::channel();
    let received_at = Instant::now();
    let deadline = received_at + tools.register_timeout;
    let registration = Arc::new(request);
    let request = SeatRequest { setup: setup.clone(), registration, key, received_at, deadline, reply };
    tools.registrar.offer(request).map_err(|InboxFull(_)| Refusal::Overloaded)?;
    // The registrar answers every request it has accepted; a dropped reply means that its work panicked.
    Ok(answer.await.map_err(|_| Refusal::Unknown)??)
}

/// Returns the answer of an earlier request with this key. `None` if there was none.
async fn replay(
    records: &Records,
    setup: &EventSetup,
    key: &IdempotencyKey,
    hash: [u8; 16],
) -> Result<Option<Registered>, Refusal> {
    let event = setup.event.key;
    let Some(known) = records.database.used_keys(event, &[key.as_str()]).await?.pop() else { return Ok(None) };
    if known.body_hash != hash {
        return Err(Refusal::KeyReused);
    }
    let registration = records.database.registrations_without_answers(event, &[known.number]).await?.pop();
    Ok(registration
        .map(|registration| Registered { registration: Arc::new(registration.as_created()), replayed: true }))
}

/// Returns a registration and its files, to its holder and the event's organizer.
pub async fn find(
    records: &Records,
    caller: &Caller,
    id: &RegistrationId,
) -> Result<(EntitledTo, Vec<DocumentRecord>), Refusal> {
    let found = records.registration_of(caller, id).await?;
    let documents = records.database.documents_of(found.registration.reference).await?;
    Ok((found, documents))
}

/// Filter and page of a list of registrations.
#[derive(Debug)]
pub struct Filter {
    /// Part of a name or an e-mail address, or a registration id.
    pub search: Option<String>,
    /// Code of a ticket type.
    pub ticket_type: Option<String>,
    pub status: Option<RegistrationStatus>,
    /// Only registrations with a smaller number.
    pub before: Option<i32>,
    pub limit: i64,
}

/// Checks the caller's rights on an event, and resolves the names in a filter.
pub async fn filter(
    records: &Records,
    caller: &Caller,
    event: &str,
    filter: Filter,
) -> Result<(Arc<EventSetup>, RegistrationFilter), Refusal> {
    let setup = records.own_event(caller, Scope::RegistrationsRead, event).await?;
    let Filter { search, ticket_type, status, before, limit } = filter;
    let type_number = match ticket_type {
        None => None,
        Some(code) => {
            let found = setup.types.iter().find(|t| t.code.as_str() == code);
            let unknown = || Refusal::invalid("/ticketType", "the event has no such ticket type");
            Some(found.ok_or_else(unknown)?.number)
        }
    };
    let id: Option<RegistrationId> = search.as_deref().and_then(|text| text.parse().ok());
    let number = id.filter(|id| id.code == setup.event.code).map(|id| id.number);
    Ok((setup, RegistrationFilter { type_number, status, search, number, before, limit }))
}

/// Lists registrations of an event, newest first. The filter comes from [`filter`], which checks the caller's rights.
pub async fn list(
    records: &Records,
    setup: &EventSetup,
    filter: &RegistrationFilter,
) -> Result<RegistrationPage, Refusal> {
    let _permit = records.read_permit(setup.event.organizer).await?;
    Ok(records.database.list_registrations(setup.event.key, filter).await?)
}

/// Lists codes that gates must refuse although their signatures are valid; `after` is number and position of the last
/// one of the page before.
pub async fn revoked_codes(
    records: &Records,
    caller: &Caller,
    event: &str,
    after: (i32, i16),
    limit: i64,
) -> Result<(Arc<EventSetup>, Vec<RevokedCode>), Refusal> {
    let setup = records.own_event(caller, Scope::RegistrationsRead, event).await?;
    let codes = records.database.revoked_codes(setup.event.key, after, limit).await?;
    Ok((setup, codes))
}

/// A registration after a change.
#[derive(Debug)]
pub struct Changed {
    pub id: RegistrationId,
    pub registration: Registration,
}

/// Cancels a registration: frees its seats, revokes its codes and removes its files. Repeating it is harmless.
pub async fn cancel(tools: &Tools, caller: &Caller, id: &str) -> Result<Changed, Refusal> {
    let Tools { records, registrar, files, .. } = tools;
    let (by, setup, reference) = records.own_registration(caller, Scope::RegistrationsWrite, id).await?;
    let documents = records.database.documents_of(reference).await?;
    records.database.cancel_registration(reference, &by.actor).await.map_err(Refusal::from_write)?;
    registrar.seats_released(reference.event);
    files.links.invalidate(reference.event);
    let stored: Vec<_> = documents.into_iter().filter_map(|document| document.stored).collect();
    for file in &stored {
        files.urls.invalidate(&file.key, file.hash).await;
    }
    // Delivered URLs work until the files are removed. This runs in the background; the sweeper removes the files that
    // are left.
    let Ok(permit) = REMOVALS.try_acquire() else { return cancelled(records, &setup, reference).await };
    let store = files.urls.store().clone();
    tokio::spawn(async move {
        let _permit = permit;
        for file in stored {
            if let Err(error) = store.delete(&file.key).await {
                tracing::warn!(%error, "files of a cancelled registration were not removed; the sweeper removes them");
                return;
            }
        }
    });
    cancelled(records, &setup, reference).await
}

/// Cancellations whose files are removed at once; the sweeper removes those of others.
static REMOVALS: Semaphore = Semaphore::const_new(16);

/// Returns the registration after its cancellation.
async fn cancelled(records: &Records, setup: &EventSetup, reference: RegistrationRef) -> Result<Changed, Refusal> {
    let registration = after_write(records, reference).await?;
    match registration.status {
        RegistrationStatus::Cancelled => Ok(Changed { id: setup.registration_id(reference.number), registration }),
        _ => Err(Refusal::conflict("the registration expired unpaid")),
    }
}

const NOT_VALID: &str = "the registration is not valid any more";

/// A correction of a ticket; `None` keeps the value.
#[derive(Debug)]
pub struct Correction {
    pub ticket: TicketId,
    pub name: Option<String>,
    pub email: Option<String>,
}

/// Corrects names and e-mail addresses of a valid registration. Its files are made again. A new address of the first
/// ticket revokes the access tokens.
pub async fn correct(
    tools: &Tools,
    caller: &Caller,
    id: &str,
    corrections: Vec<Correction>,
) -> Result<(Arc<EventSetup>, Registration), Refusal> {
    let Tools { records, files, .. } = tools;
    let (by, setup, reference) = records.own_registration(caller, Scope::RegistrationsWrite, id).await?;
    let before = records.database.registration(reference).await?.ok_or(Refusal::NotFound)?;
    if matches!(before.status, RegistrationStatus::Cancelled | RegistrationStatus::Expired) {
        return Err(Refusal::conflict(NOT_VALID));
    }
    let corrected = check_corrections(&before, corrections)?;
    let tickets = records.database.correct_tickets(reference, &corrected, &by.actor).await;
    if tickets.map_err(Refusal::from_write)? == 0 {
        return Err(Refusal::conflict(NOT_VALID));
    }
    files.links.invalidate(reference.event);
    Ok((setup, after_write(records, reference).await?))
}

/// Returns the corrected tickets by position.
fn check_corrections(before: &Registration, corrections: Vec<Correction>) -> Result<Vec<(i16, Attendee)>, Faults> {
    let mut faults = Faults::default();
    let mut corrected: Vec<(i16, Attendee)> = Vec::new();
    if corrections.is_empty() {
        faults.add("/tickets", "must have at least one entry");
    }
    for (index, Correction { ticket, name, email }) in corrections.into_iter().enumerate() {
        let pointer = format!("/tickets/{index}");
        match before.tickets.iter().find(|known| known.id == ticket) {
            None => faults.add(format!("{pointer}/ticketId"), "is no ticket of this registration"),
            Some(known) if corrected.iter().any(|(position, _)| *position == known.position) => {
                faults.add(format!("{pointer}/ticketId"), "is corrected twice");
            }
            Some(known) => {
                let attendee = Attendee {
                    name: name.unwrap_or_else(|| known.name.clone()),
                    email: email.unwrap_or_else(|| known.email.clone()),
                };
                corrected.push((known.position, attendee.check(&mut faults, &pointer)));
            }
        }
    }
    faults.into_result().map(|()| corrected)
}

/// Marks a held registration as paid, unless its hold has expired (by the clock of the database).
pub async fn mark_paid(tools: &Tools, caller: &Caller, id: &str) -> Result<Changed, Refusal> {
    let Tools { records, files, .. } = tools;
    let (by, setup, reference) = records.own_registration(caller, Scope::RegistrationsWrite, id).await?;
    let paid = records.database.mark_paid(reference, files.grace_seconds, &by.actor).await;
    let paid = paid.map_err(Refusal::from_write)?;
    let registration = after_write(records, reference).await?;
    let id = setup.registration_id(reference.number);
    if paid {
        // If the renderer is full, the sweeper offers the document later.
        let claim = Claim::fresh(DocumentRef::tickets(reference), files.grace_seconds);
        let request =
            RenderRequest { setup, registration: Arc::new(registration.clone()), claim, outcome_sender: None };
        drop(files.renderer.offer(request));
    }
    match (registration.amount, registration.status, registration.paid_at) {
        (None, ..) => Err(Refusal::conflict("the registration is free")),
        (_, RegistrationStatus::Confirmed, Some(_)) => Ok(Changed { id, registration }),
        _ => Err(Refusal::conflict("the registration was cancelled or has expired")),
    }
}

/// Reads the registration after a committed write.
async fn after_write(records: &Records, reference: RegistrationRef) -> Result<Registration, Refusal> {
    let read = records.database.registration(reference).await.map_err(Refusal::from);
    read.and_then(|found| found.ok_or(Refusal::NotFound)).map_err(Refusal::after_write)
}

/// Refuses a registration whose tickets are not valid.
pub(super) fn check_valid(registration: &Registration) -> Result<(), Refusal> {
    match registration.status {
        RegistrationStatus::Confirmed => Ok(()),
        RegistrationStatus::AwaitingPayment => Err(Refusal::conflict("the registration awaits payment")),
        RegistrationStatus::Cancelled => Err(Refusal::conflict("the registration was cancelled")),
        RegistrationStatus::Expired => Err(Refusal::conflict("the registration expired unpaid")),
    }
}
