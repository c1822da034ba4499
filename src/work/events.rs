//! Events and their ticket types: listed, created and changed.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;
use serde_json::json;

use super::{Caller, Records, Refusal};
use crate::{
    actors::RegistrationLetter,
    db::{DbError, EventFilter, EventName, EventNotice, NewEvent, SigningKeySeed},
    domain::{
        EventDraft, EventId, EventKey, EventPatch, EventSetup, EventStatus, Faults, MessageKind, RemainingSeats, Scope,
        TicketTypeDraft, TicketTypePatch, random_key,
    },
};

/// Largest number of ticket types of an event, so that lists stay readable. Codes have two bytes for the number of a
/// type.
const MAX_TYPES: usize = 100;

/// An event with its remaining seats.
pub type EventWithSeats = (Arc<EventSetup>, RemainingSeats);

/// A page of events.
#[derive(Debug)]
pub struct EventList {
    pub events: Vec<EventWithSeats>,
    /// Sort key of the last event. `None` on the last page.
    pub next: Option<(Timestamp, EventKey)>,
}

/// Lists published events, ordered by start.
pub async fn list(records: &Records, filter: &EventFilter) -> Result<EventList, Refusal> {
    let found = records.database.list_events(filter).await?.events;
    let keys: Vec<_> = found.iter().map(|(key, _)| *key).collect();
    let mut left: HashMap<EventKey, RemainingSeats> = records.database.remaining_seats(&keys).await?;
    let mut events = Vec::with_capacity(keys.len());
    for key in &keys {
        let setup = records.catalog.find(EventName::Key(*key)).await?;
        events.extend(setup.zip(left.remove(key)));
    }
    let full = usize::try_from(filter.limit).is_ok_and(|limit| found.len() == limit);
    let next = found.last().filter(|_| full).map(|(key, starts_at)| (*starts_at, *key));
    Ok(EventList { events, next })
}

/// Returns an event by slug or id; a draft only to its organizer.
pub async fn find(records: &Records, caller: &Caller, name: &str) -> Result<EventWithSeats, Refusal> {
    let setup = records.visible_event(caller, name).await?;
    with_seats(records, setup).await
}

async fn with_seats(records: &Records, setup: Arc<EventSetup>) -> Result<EventWithSeats, Refusal> {
    let left = records.database.remaining_seats(&[setup.event.key]).await?.remove(&setup.event.key);
    Ok((setup, left.ok_or(Refusal::NotFound)?))
}

/// Creates an event with its ticket types and its signing key.
pub async fn create(
    records: &Records,
    caller: &Caller,
    draft: EventDraft,
    types: Vec<TicketTypeDraft>,
) -> Result<EventWithSeats, Refusal> {
    let by = records.authorize(caller, Scope::EventsWrite).await?;
    let (draft, types) = check(draft, types)?;
    let organizer = by.organizer()?;
    records.check_event_quota(organizer).await?;
    let new = NewEvent { organizer, draft: &draft, types: &types };
    let (key, secret) = (SigningKeySeed(random_key()), records.catalog.secret());
    let id = records.database.create_event(new, &key, secret).await.map_err(refuse)?;
    records.catalog.invalidate_slug(&draft.slug).await;
    let created = records.catalog.find(EventName::Id(id)).await.ok().flatten().map(|setup| setup.event.key);
    records.audit(&by, created, "event.created", json!({ "slug": draft.slug, "code": draft.code })).await;
    written(records, id).await
}

/// Checks an event and its ticket types, and reports all faults at once.
fn check(draft: EventDraft, types: Vec<TicketTypeDraft>) -> Result<(EventDraft, Vec<TicketTypeDraft>), Faults> {
    let mut faults = Faults::default();
    let draft = draft.check().map_err(|found| faults.0.extend(found.0)).ok();
    if types.len() > MAX_TYPES {
        faults.add("/ticketTypes", format!("must have at most {MAX_TYPES} entries"));
    }
    let mut checked: Vec<TicketTypeDraft> = Vec::new();
    for (index, ticket_type) in types.into_iter().enumerate() {
        let at = format!("/ticketTypes/{index}");
        match ticket_type.check(&at) {
            Ok(ticket_type) if checked.iter().any(|other| other.code == ticket_type.code) => {
                faults.add(format!("{at}/code"), "is not unique");
            }
            Ok(ticket_type) => checked.push(ticket_type),
            Err(found) => faults.0.extend(found.0),
        }
    }
    match draft {
        Some(draft) if faults.0.is_empty() => Ok((draft, checked)),
        _ => Err(faults),
    }
}

/// Returns what registrants are told of a change: that a published event is cancelled, or has another title, time or place.
fn notice(before: &EventDraft, after: &EventDraft) -> Option<EventNotice> {
    let facts = RegistrationLetter::facts_of(before);
    let kind = match (before.status, after.status) {
        (EventStatus::Published, EventStatus::Cancelled) => MessageKind::Cancelled,
        (EventStatus::Draft, _) | (_, EventStatus::Draft | EventStatus::Cancelled) => return None,
        _ if facts != RegistrationLetter::facts_of(after) => MessageKind::EventChanged,
        _ => return None,
    };
    Some(EventNotice { kind, before: facts })
}

/// Changes an event. Tickets whose content changes by this are made again on their next download. If `notify` is true,
/// registrants are told of another title, time or place, and of a cancellation.
pub async fn change(
    records: &Records,
    caller: &Caller,
    event: &str,
    patch: EventPatch,
    notify: bool,
) -> Result<EventWithSeats, Refusal> {
    let (by, setup) = records.own_event_uncached(caller, Scope::EventsWrite, event).await?;
    let draft = patch.apply(setup.event.draft.clone()).check()?;
    let fields = setup.event.draft.changed_fields(&draft);
    let notice = if notify { notice(&setup.event.draft, &draft) } else { None };
    let changed = records.database.update_event(&setup.event, &draft, &fields, notice.as_ref(), &by.actor).await;
    let changed = changed.map_err(refuse)?;
    after_change(records, &setup, changed).await
}

/// Adds a ticket type.
pub async fn create_type(
    records: &Records,
    caller: &Caller,
    event: &str,
    draft: TicketTypeDraft,
) -> Result<EventWithSeats, Refusal> {
    let (by, setup) = records.own_event_uncached(caller, Scope::EventsWrite, event).await?;
    let draft = draft.check("")?;
    if setup.types.len() >= MAX_TYPES {
        return Err(Refusal::conflict(format!("an event has at most {MAX_TYPES} ticket types")));
    }
    records.database.create_ticket_type(setup.event.key, &draft).await.map_err(refuse)?;
    records.audit(&by, Some(setup.event.key), "ticket_type.created", json!({ "code": draft.code })).await;
    records.catalog.invalidate(&setup).await;
    written(records, setup.event.id).await
}

/// Changes a ticket type. Sold tickets keep their price.
pub async fn change_type(
    records: &Records,
    caller: &Caller,
    event: &str,
    code: &str,
    patch: TicketTypePatch,
) -> Result<EventWithSeats, Refusal> {
    let (by, setup) = records.own_event_uncached(caller, Scope::EventsWrite, event).await?;
    let found = setup.types.iter().find(|t| t.code.as_str() == code).ok_or(Refusal::NotFound)?;
    let draft = patch.apply(TicketTypeDraft::from(found)).check("")?;
    let new_currency = draft.price.currency != found.price.currency.code();
    if new_currency && records.database.was_sold(setup.event.key, found.number).await? {
        return Err(Refusal::conflict("tickets of this type were sold in another currency; add a new type"));
    }
    let changed = records.database.update_ticket_type(&setup.event, found.number, &draft).await.map_err(refuse)?;
    if changed {
        records.audit(&by, Some(setup.event.key), "ticket_type.changed", json!({ "code": draft.code })).await;
    }
    after_change(records, &setup, changed).await
}

/// Returns the event after a change. `changed` is false if another request changed the event after it was read.
async fn after_change(records: &Records, before: &EventSetup, changed: bool) -> Result<EventWithSeats, Refusal> {
    records.catalog.invalidate(before).await;
    if !changed {
        return Err(Refusal::conflict("another request changed the event at the same time; try again"));
    }
    written(records, before.event.id).await
}

/// Reads the event after a committed write.
async fn written(records: &Records, id: EventId) -> Result<EventWithSeats, Refusal> {
    let read = async {
        let setup = records.catalog.find(EventName::Id(id)).await?.ok_or(Refusal::NotFound)?;
        records.catalog.invalidate_slug(&setup.event.draft.slug).await;
        with_seats(records, setup).await
    };
    read.await.map_err(Refusal::after_write)
}

/// Turns a violated constraint into a conflict.
fn refuse(error: DbError) -> Refusal {
    Refusal::conflict(match error.violated_constraint() {
        Some("events_slug_key") => "another event has this slug",
        Some("events_code_key") => "another event has this code",
        Some("ticket_types_event_key_code_key") => "the event has another ticket type with this code",
        Some("ticket_types_pkey") => "another request added a ticket type at the same time; try again",
        Some("event_not_oversold" | "ticket_type_not_oversold") => "more seats are sold than the new capacity allows",
        _ => return Refusal::from_write(error),
    })
}
