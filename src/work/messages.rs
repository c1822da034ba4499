//! Messages of an event: read, sent again, and reported on by mail servers; suppressed addresses.

use std::sync::Arc;

use uuid::Uuid;

use super::{
    Authorized, Caller, Records, Refusal, Tools,
    rights::{Changeable, EntitledTo},
};
use crate::{
    db::{EventName, FoundMessage, MessageFilter, MessageRow, Reported, SuppressionRow},
    domain::{ContentHash, EventSetup, MessageState, MessageTopic, RegistrationId, Scope, check_email, normal_address},
    mail::DeliveryReport,
    metrics::MAIL_REPORTS,
    store::Disposition,
};

/// Confirmations that the holder of a registration may ask for within an hour; an organizer may ask for more.
const HOLDER_RESENDS: i64 = 3;
const ORGANIZER_RESENDS: i64 = 30;
/// Requests for links by one address within an hour.
const LINK_REQUESTS: i64 = 3;
/// Requests that wait; more are dropped.
const MAX_WAITING: i64 = 10_000;

/// Returns a page of messages of the caller's event, with the event.
pub async fn list(
    records: &Records,
    caller: &Caller,
    event: &str,
    registration: Option<&str>,
    mut filter: MessageFilter,
) -> Result<(Arc<EventSetup>, Vec<MessageRow>), Refusal> {
    let setup = records.own_event(caller, Scope::RegistrationsRead, event).await?;
    if let Some(text) = registration {
        let id: Option<RegistrationId> = text.parse().ok();
        match id.filter(|id| id.code == setup.event.code) {
            Some(id) => filter.number = Some(id.number),
            None => return Err(Refusal::invalid("/registration", "is no registration of this event")),
        }
    }
    let _permit = records.read_permit(setup.event.organizer).await?;
    let rows = records.database.list_messages(setup.event.key, &filter).await?;
    Ok((setup, rows))
}

/// Returns the newest message about a registration that the caller may see.
pub async fn newest_of(records: &Records, found: &EntitledTo) -> Result<Option<MessageRow>, Refusal> {
    let reference = found.registration.reference;
    let filter = MessageFilter { number: Some(reference.number), limit: 1, ..MessageFilter::default() };
    Ok(records.database.list_messages(reference.event, &filter).await?.pop())
}

/// Counts the messages of the caller's event by state.
pub async fn count(records: &Records, caller: &Caller, event: &str) -> Result<Vec<(MessageState, i64)>, Refusal> {
    let setup = records.own_event(caller, Scope::RegistrationsRead, event).await?;
    let _permit = records.read_permit(setup.event.organizer).await?;
    Ok(records.database.count_messages(setup.event.key).await?)
}

/// A message with its event.
pub struct OwnMessage {
    pub setup: Arc<EventSetup>,
    pub message: FoundMessage,
    by: Authorized,
}

/// Returns a message of one of the caller's events.
pub async fn find(records: &Records, caller: &Caller, id: &str, scope: Scope) -> Result<OwnMessage, Refusal> {
    let by = records.authorize(caller, scope).await?;
    let id = Uuid::try_parse(id).map_err(|_| Refusal::NotFound)?;
    let message = records.database.message(id).await?.ok_or(Refusal::NotFound)?;
    let organizer = message.organizer.ok_or(Refusal::NotFound)?;
    if !by.owns(organizer) {
        return Err(Refusal::NotFound);
    }
    let event = message.event.ok_or(Refusal::NotFound)?;
    let setup = records.catalog.find(EventName::Key(event)).await?.ok_or(Refusal::NotFound)?;
    Ok(OwnMessage { setup, message, by })
}

/// The copy of a message.
pub enum Copy {
    /// At this pre-signed URL.
    Link(String),
    /// Not in storage yet.
    Bytes(Vec<u8>),
}

/// Returns the copy of a message as it was sent, without its access tokens.
pub async fn content(tools: &Tools, caller: &Caller, id: &str) -> Result<Copy, Refusal> {
    let Tools { records, files, .. } = tools;
    let OwnMessage { message, .. } = find(records, caller, id, Scope::RegistrationsRead).await?;
    if let Some(copy) = records.database.waiting_copy(message.row.id).await? {
        return Ok(Copy::Bytes(copy));
    }
    let key = message.key.ok_or(Refusal::NotFound)?;
    let signed = files.sign(&key, ContentHash::UNIQUE_KEY, Disposition::Inline).await?;
    Ok(Copy::Link(signed.url))
}

/// Queues a message again as a new one, to the present address of the contact. Returns the id of the new message.
pub async fn resend(records: &Records, caller: &Caller, id: &str) -> Result<Uuid, Refusal> {
    let OwnMessage { message, by, .. } = find(records, caller, id, Scope::RegistrationsWrite).await?;
    if message.row.kind.topic() != MessageTopic::Registration {
        return Err(Refusal::conflict("only messages about a registration can be sent again"));
    }
    let queued = records.database.resend_message(message.row.id, &by.actor).await.map_err(Refusal::from_write)?;
    queued.ok_or(Refusal::NotFound)
}

/// Queues the confirmation of a registration again, for its holder or the event's organizer. Returns the message's id.
pub async fn resend_confirmation(records: &Records, caller: &Caller, id: &str) -> Result<Uuid, Refusal> {
    let changeable = records.changeable(caller, Scope::RegistrationsWrite, id).await?;
    let most = match changeable {
        Changeable::ByHolder(_) => HOLDER_RESENDS,
        Changeable::ByOrganizer(..) => ORGANIZER_RESENDS,
    };
    let (actor, _, reference) = changeable.parts();
    let queued = records.database.resend_confirmation(reference, &actor, most).await.map_err(Refusal::from_write)?;
    if let Some(id) = queued {
        return Ok(id);
    }
    let registration = records.database.registration_without_answers(reference).await?.ok_or(Refusal::NotFound)?;
    match registration.status {
        status if status.is_valid() => {
            Err(Refusal::conflict("it was sent again several times within the last hour; wait for those messages"))
        }
        _ => Err(Refusal::conflict("the registration is not valid any more")),
    }
}

/// Queues links to all coming registrations of an address. The answer is the same whether the address is known or not.
pub async fn send_links(records: &Records, email: &str) -> Result<(), Refusal> {
    let email = check_email(email.trim()).map_err(|fault| Refusal::invalid("/email", fault))?;
    let asked = records.database.ask_for_links(&normal_address(&email), LINK_REQUESTS, MAX_WAITING).await;
    asked.map_err(Refusal::from_write)
}

/// Records a report of a mail server or provider. Returns false if there is no such message.
pub async fn report(records: &Records, report: &DeliveryReport) -> Result<bool, Refusal> {
    let DeliveryReport { message, state, reply, .. } = report;
    let recorded = records.database.report_message(*message, *state, reply, report.ends_address()).await?;
    metrics::counter!(MAIL_REPORTS, "state" => state.name()).increment(1);
    Ok(recorded != Reported::Unknown)
}

/// Ends announcements of an organizer to the recipient of a message.
pub async fn unsubscribe(records: &Records, id: &str) -> Result<Arc<EventSetup>, Refusal> {
    let (setup, message) = announcement(records, id).await?;
    let recipient = message.row.recipient.as_deref().ok_or(Refusal::NotFound)?;
    let address = normal_address(recipient);
    let (organizer, id) = (setup.event.organizer, Some(message.row.id));
    let database = &records.database;
    let suppressed = database.suppress(organizer, &address, "unsubscribed", "recipient of a message", id).await;
    suppressed.map_err(Refusal::from_write)?;
    Ok(setup)
}

/// Returns an announcement with its event. Whoever knows the id has received it.
pub async fn announcement(records: &Records, id: &str) -> Result<(Arc<EventSetup>, FoundMessage), Refusal> {
    let id = Uuid::try_parse(id).map_err(|_| Refusal::NotFound)?;
    let message = records.database.message(id).await?.filter(|message| message.row.kind.can_be_refused());
    let message = message.ok_or(Refusal::NotFound)?;
    let event = message.event.ok_or(Refusal::NotFound)?;
    let setup = records.catalog.find(EventName::Key(event)).await?.ok_or(Refusal::NotFound)?;
    Ok((setup, message))
}

/// Returns a page of the caller's suppressed addresses, by address.
pub async fn suppressions(
    records: &Records,
    caller: &Caller,
    part: Option<&str>,
    after: (&str, &str),
    limit: i64,
) -> Result<Vec<SuppressionRow>, Refusal> {
    let by = records.authorize(caller, Scope::RegistrationsRead).await?;
    let organizer = by.organizer()?;
    let part = part.map(normal_address);
    Ok(records.database.suppressions(organizer, part.as_deref(), after, limit).await?)
}

/// Suppresses an address for the caller.
pub async fn suppress(records: &Records, caller: &Caller, email: &str) -> Result<(), Refusal> {
    let by = records.authorize(caller, Scope::RegistrationsWrite).await?;
    let organizer = by.organizer()?;
    let email = check_email(email.trim()).map_err(|fault| Refusal::invalid("/address", fault))?;
    let suppressed = records.database.suppress(organizer, &normal_address(&email), "organizer", &by.actor, None).await;
    suppressed.map_err(Refusal::from_write)
}

/// Allows messages to an address of the caller again that was suppressed for a reason, or for any but its owner's wish.
pub async fn allow(records: &Records, caller: &Caller, address: &str, reason: Option<&str>) -> Result<(), Refusal> {
    let by = records.authorize(caller, Scope::RegistrationsWrite).await?;
    let organizer = by.organizer()?;
    let removed = records.database.remove_suppression(organizer, &normal_address(address), reason, &by.actor).await;
    if removed.map_err(Refusal::from_write)? { Ok(()) } else { Err(Refusal::NotFound) }
}
