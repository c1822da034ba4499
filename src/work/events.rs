//! Events and their ticket types: listing, creating, changing.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;
use serde_json::json;

use super::{Caller, Records, Refusal};
use crate::{
    db::{DbError, EventFilter, EventName, NewEvent, SigningKeySeed},
    domain::{
        EventDraft, EventId, EventKey, EventPatch, EventSetup, Faults, RemainingSeats, Scope, TicketTypeDraft,
        TicketTypePatch, random_key,
    },
};

/// A ticket type's number is two bytes of every code; a list becomes unreadable long before that.
const MAX_TYPES: usize = 100;

/// An event with the seats that are left.
pub type WithSeats = (Arc<EventSetup>, RemainingSeats);

/// A page of events.
#[derive(Debug)]
pub struct EventList {
    pub events: Vec<WithSeats>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<(Timestamp, EventKey)>,
}

/// Published events in the order they start.
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

/// One event, by slug or id. A draft is shown to its organizer only.
pub async fn find(records: &Records, caller: &Caller, name: &str) -> Result<WithSeats, Refusal> {
    let setup = records.visible_event(caller, name).await?;
    with_seats(records, setup).await
}

async fn with_seats(records: &Records, setup: Arc<EventSetup>) -> Result<WithSeats, Refusal> {
    let left = records.database.remaining_seats(&[setup.event.key]).await?.remove(&setup.event.key);
    Ok((setup, left.ok_or(Refusal::NotFound)?))
}

/// Creates an event with its ticket types and its signing key.
pub async fn create(
    records: &Records,
    caller: &Caller,
    draft: EventDraft,
    types: Vec<TicketTypeDraft>,
) -> Result<WithSeats, Refusal> {
    let by = records.authorize(caller, Scope::EventsWrite).await?;
    let (draft, types) = check(draft, types)?;
    let new = NewEvent { organizer: by.organizer()?, draft: &draft, types: &types };
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
                faults.add(format!("{at}/code"), "stands twice");
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

/// Changes an event. Files of tickets that print something else now are made again when they are asked for.
pub async fn change(records: &Records, caller: &Caller, event: &str, patch: EventPatch) -> Result<WithSeats, Refusal> {
    let (by, setup) = records.own_event_now(caller, Scope::EventsWrite, event).await?;
    let draft = patch.apply(setup.event.draft.clone()).check()?;
    let fields = setup.event.draft.changed_fields(&draft);
    let changed = records.database.update_event(&setup.event, &draft, &fields, &by.actor).await.map_err(refuse)?;
    changed_event(records, &setup, changed).await
}

/// Adds a ticket type.
pub async fn create_type(
    records: &Records,
    caller: &Caller,
    event: &str,
    draft: TicketTypeDraft,
) -> Result<WithSeats, Refusal> {
    let (by, setup) = records.own_event_now(caller, Scope::EventsWrite, event).await?;
    let draft = draft.check("")?;
    if setup.types.len() >= MAX_TYPES {
        return Err(Refusal::conflict(format!("an event has at most {MAX_TYPES} ticket types")));
    }
    records.database.create_ticket_type(setup.event.key, &draft).await.map_err(refuse)?;
    records.audit(&by, Some(setup.event.key), "ticket_type.created", json!({ "code": draft.code })).await;
    records.catalog.invalidate(&setup).await;
    written(records, setup.event.id).await
}

/// Changes a ticket type. Sold tickets keep the price they were sold at.
pub async fn change_type(
    records: &Records,
    caller: &Caller,
    event: &str,
    code: &str,
    patch: TicketTypePatch,
) -> Result<WithSeats, Refusal> {
    let (by, setup) = records.own_event_now(caller, Scope::EventsWrite, event).await?;
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
    changed_event(records, &setup, changed).await
}

/// The event after a change; `changed` is false if another request changed the event since it was read.
async fn changed_event(records: &Records, before: &EventSetup, changed: bool) -> Result<WithSeats, Refusal> {
    records.catalog.invalidate(before).await;
    if !changed {
        return Err(Refusal::conflict("the event was changed by somebody else at the same time; try again"));
    }
    written(records, before.event.id).await
}

/// The event as a write has left it. If it cannot be read now, the write stands all the same.
async fn written(records: &Records, id: EventId) -> Result<WithSeats, Refusal> {
    let read = async {
        let setup = records.catalog.find(EventName::Id(id)).await?.ok_or(Refusal::NotFound)?;
        records.catalog.invalidate_slug(&setup.event.draft.slug).await;
        with_seats(records, setup).await
    };
    read.await.map_err(Refusal::after_write)
}

/// Names the rule of the database that a write violated.
fn refuse(error: DbError) -> Refusal {
    Refusal::conflict(match error.violated_constraint() {
        Some("events_slug_key") => "another event has this slug",
        Some("events_code_key") => "another event has this code",
        Some("ticket_types_event_key_code_key") => "the event has a type of this code",
        Some("ticket_types_pkey") => "another type was added at the same time; try again",
        Some("event_not_oversold" | "ticket_type_not_oversold") => "more seats are sold than the new capacity allows",
        _ => return Refusal::from_write(error),
    })
}
