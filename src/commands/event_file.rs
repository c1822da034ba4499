//! An event from a file, for rendering without a database: as for `POST /api/events`, with all fields optional, and the
//! name of the organizer.

use anyhow::{Context, bail};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::domain::{
    CreateEvent, Event, EventId, EventKey, EventSetup, EventSigner, Faults, OrganizerKey, TicketType, TypeNumber,
    random_key,
};

/// Returns a sample event with a new signing key.
pub fn sample_setup() -> anyhow::Result<EventSetup> {
    read_event(json!({}))
}

/// Checks an event like the server does, and gives it a new signing key.
pub fn read_event(given: Value) -> anyhow::Result<EventSetup> {
    let Value::Object(given) = given else { bail!("the event must be a JSON object") };
    let mut fields = defaults();
    fields.extend(given);
    let organizer = fields.remove("organizer");
    let Some(Value::String(organizer_name)) = organizer else { bail!("organizer: must be a text") };
    for ticket_type in fields.get_mut("ticketTypes").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Value::Object(ticket_type) = ticket_type
            && ticket_type.get("price").is_none_or(Value::is_null)
        {
            ticket_type.insert("price".into(), json!({"amount": 0, "currency": "EUR"}));
        }
    }
    let event: CreateEvent = serde_path_to_error::deserialize(Value::Object(fields)).context("reading the event")?;
    let (draft, types) = event.split();
    let draft = draft.check().map_err(|faults| fault_lines(&faults))?;
    let types = types.into_iter().enumerate().zip(1..).map(|((index, draft), number)| {
        let draft = draft.check(&format!("/ticketTypes/{index}")).map_err(|faults| fault_lines(&faults))?;
        TicketType::new(TypeNumber(number), draft).map_err(anyhow::Error::msg)
    });
    let types = types.collect::<anyhow::Result<Vec<_>>>()?;
    let id = EventId(Uuid::now_v7());
    let event = Event {
        key: EventKey(1),
        id,
        organizer: OrganizerKey(1),
        organizer_name,
        code: draft.code.parse().map_err(|error| anyhow::anyhow!("event/code: {error}"))?,
        revision: 1,
        draft,
    };
    Ok(EventSetup::new(event, types, EventSigner::new(id, 1, &random_key()), None))
}

/// Values of the fields that a file leaves out.
fn defaults() -> Map<String, Value> {
    let defaults = json!({
        "slug": "sample",
        "code": "SAMPLE",
        "title": "A Sample Event",
        "category": "festival",
        "organizer": "The Organizer",
        "startsAt": "2025-11-08T09:00:00Z",
        "endsAt": "2025-11-08T18:00:00Z",
        "timezone": "UTC",
        "status": "published",
        "venue": {"name": "Main Lawn", "address": "Palace Road"},
        "ticketTypes": [{"code": "general", "name": "General Admission"}],
    });
    let Value::Object(defaults) = defaults else { unreachable!("the literal above is an object") };
    defaults
}

fn fault_lines(faults: &Faults) -> anyhow::Error {
    let lines: Vec<_> = faults.0.iter().map(|fault| format!("event{}: {}", fault.pointer, fault.detail)).collect();
    anyhow::Error::msg(lines.join("; "))
}
