//! Registrations: created, read, cancelled, and marked as paid.

use std::{sync::Arc, time::Instant};

use jiff::Timestamp;
use serde_json::{Map, Value};
use tokio::sync::{Semaphore, oneshot};

use super::{
    Caller, Records, Refusal, Tools,
    rights::{Changeable, EntitledTo},
};
use crate::{
    actors::{InboxFull, Registered, RenderRequest, SeatRefusal, SeatRequest},
    db::Claim,
    domain::{
        AccessToken, Attendee, DocumentRecord, DocumentRef, EventSetup, EventStatus, IdempotencyKey, NewRegistration,
        Registration, RegistrationId, RegistrationRef, RegistrationStatus, Scope, body_hash,
    },
    metrics::REGISTRATIONS,
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

/// Takes seats. Returns after the transaction has committed. Counts the outcome.
pub async fn register(tools: &Tools, command: Register) -> Result<Answered, Refusal> {
    let answered = answer(tools, command).await;
    let outcome = match &answered {
        Ok(answered) if answered.replayed => "replayed",
        Ok(_) => "registered",
        Err(refusal) => outcome_name(refusal),
    };
    metrics::counter!(REGISTRATIONS, "outcome" => outcome).increment(1);
    answered
}

/// The name of a refusal in metrics.
fn outcome_name(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::SoldOut => SeatRefusal::SoldOut.name(),
        Refusal::SalesNotOpen | Refusal::SalesClosed => "not_on_sale",
        Refusal::KeyReused => SeatRefusal::KeyReused.name(),
        Refusal::Overloaded => "overloaded",
        Refusal::Unavailable => SeatRefusal::Unavailable.name(),
        Refusal::Unknown => SeatRefusal::Unknown.name(),
        Refusal::Internal => SeatRefusal::Failed.name(),
        _ => "invalid",
    }
}

async fn answer(tools: &Tools, command: Register) -> Result<Answered, Refusal> {
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
    let reference = RegistrationRef { event, number: known.number };
    let registration = records.database.registration_without_answers(reference).await?;
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

/// A registration after a change.
#[derive(Debug)]
pub struct Changed {
    pub id: RegistrationId,
    pub registration: Registration,
}

/// Cancels a registration: frees its seats, revokes its codes and removes its files. Repeating it is harmless. A holder may
/// cancel one that is not paid, until the time that the organizer has set.
pub async fn cancel(tools: &Tools, caller: &Caller, id: &str) -> Result<Changed, Refusal> {
    let Tools { records, registrar, files, .. } = tools;
    let changeable = records.changeable(caller, Scope::RegistrationsWrite, id).await?;
    if let Changeable::ByHolder(own) = &changeable {
        may_give_back(&own.setup, &own.registration, Timestamp::now()).map_err(Refusal::conflict)?;
    }
    // It may be paid meanwhile.
    let only_unpaid = matches!(changeable, Changeable::ByHolder(_));
    let (actor, setup, reference) = changeable.parts();
    let documents = records.database.documents_of(reference).await?;
    records.database.cancel_registration(reference, only_unpaid, &actor).await.map_err(Refusal::from_write)?;
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

const PAID: &str = "the tickets are paid: the organizer gives the money back";

/// Returns the reason why a holder cannot give a registration back at a moment.
pub fn may_give_back(setup: &EventSetup, registration: &Registration, now: Timestamp) -> Result<(), &'static str> {
    match (registration.status, registration.paid_at) {
        (RegistrationStatus::Expired, _) => Err("the registration expired unpaid"),
        (RegistrationStatus::Confirmed, Some(_)) => Err(PAID),
        (RegistrationStatus::Confirmed, _) if setup.returns_end() <= now => {
            Err("tickets cannot be given back any more")
        }
        _ => Ok(()),
    }
}

/// Keeps the seats of an unpaid registration as long again, up to three times as long in all. Returns the new end.
pub async fn keep_longer(tools: &Tools, caller: &Caller, id: &str) -> Result<Timestamp, Refusal> {
    let records = &tools.records;
    let (_, _, reference) = records.changeable(caller, Scope::RegistrationsWrite, id).await?.parts();
    let hold = tools.hold_seconds;
    let kept = records.database.extend_hold(reference, hold, hold * MOST_HOLDS).await;
    kept.map_err(Refusal::from_write)?
        .ok_or_else(|| Refusal::conflict("the seats are not held any more, or cannot be held longer"))
}

/// Longest hold, as a multiple of the first one.
const MOST_HOLDS: f64 = 3.0;

/// Cancellations whose files are removed at once; the sweeper removes those of others.
static REMOVALS: Semaphore = Semaphore::const_new(16);

/// Returns the registration after its cancellation.
async fn cancelled(records: &Records, setup: &EventSetup, reference: RegistrationRef) -> Result<Changed, Refusal> {
    let registration = after_write(records, reference).await?;
    match registration.status {
        RegistrationStatus::Cancelled => Ok(Changed { id: setup.registration_id(reference.number), registration }),
        RegistrationStatus::Confirmed => Err(Refusal::conflict(PAID)),
        _ => Err(Refusal::conflict("the registration expired unpaid")),
    }
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
pub(super) async fn after_write(records: &Records, reference: RegistrationRef) -> Result<Registration, Refusal> {
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
