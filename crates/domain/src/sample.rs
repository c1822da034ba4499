//! A sample event for benchmarks, tests and fuzz targets.

use serde_json::json;
use uuid::Uuid;

use super::{
    CreateEvent, Event, EventDraft, EventId, EventKey, EventSetup, EventSigner, OrganizerKey, Price, TicketType,
    TypeNumber,
};

/// Secret signing key of the sample event; not used anywhere else.
pub const SAMPLE_SIGNING_KEY: [u8; 32] = [7; 32];

/// Returns a festival with a free and a priced ticket type. The result is constant, except for the edits of `change`.
pub fn sample_event(change: impl FnOnce(&mut EventDraft)) -> EventSetup {
    let mut draft = sample_draft();
    change(&mut draft);
    let id = EventId(Uuid::from_u128(1));
    let event = Event {
        key: EventKey(1),
        id,
        organizer: OrganizerKey(1),
        organizer_name: "Gardenia Collective".into(),
        code: draft.code.parse().expect("a valid code"),
        revision: 1,
        draft,
    };
    let types = [("general", "General Admission", 0), ("vip", "Front Lawn", 250_000)].into_iter().zip(1..);
    let types = types.map(|((code, name, amount), number)| TicketType {
        number: TypeNumber(number),
        code: code.parse().expect("a valid code"),
        name: name.into(),
        description: Some("Doors open an hour before.".into()),
        price: Price::new(amount, "INR").expect("a valid price"),
        capacity: None,
        max_per_registration: 10,
    });
    EventSetup::new(event, types.collect(), EventSigner::new(id, 1, &SAMPLE_SIGNING_KEY), None)
}

/// The fields of the sample event.
pub fn sample_draft() -> EventDraft {
    let sample: CreateEvent = serde_json::from_value(json!({
        "slug": "gardenia-2025",
        "code": "GDN2025",
        "title": "Gardenia 2025",
        "description": "A day of music between the flower beds.",
        "category": "festival",
        "status": "published",
        "startsAt": "2025-11-08T09:00:00Z",
        "endsAt": "2025-11-08T18:00:00Z",
        "timezone": "Asia/Kolkata",
        "venue": { "name": "Main Lawn", "address": "Palace Road, Bengaluru" },
    }))
    .expect("the sample is a valid event");
    sample.into_draft()
}
