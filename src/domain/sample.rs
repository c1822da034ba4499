//! A sample event for benchmarks, tests and fuzz targets.

use uuid::Uuid;

use super::{
    Event, EventDraft, EventId, EventKey, EventSetup, EventSigner, EventStatus, OrganizerKey, Price, TicketType,
    TypeNumber, Venue,
};

/// Secret signing key of the sample event; not used anywhere else.
pub const SAMPLE_KEY: [u8; 32] = [7; 32];

/// Returns a festival with a free and a priced ticket type. The result is constant, except for the edits of `change`.
pub fn sample_event(change: impl FnOnce(&mut EventDraft)) -> EventSetup {
    let moment = |text: &str| text.parse().expect("a constant in RFC 3339");
    let mut draft = EventDraft {
        slug: "gardenia-2025".into(),
        code: "GDN2025".into(),
        title: "Gardenia 2025".into(),
        description: Some("A day of music between the flower beds.".into()),
        category: Some("festival".into()),
        status: EventStatus::Published,
        starts_at: moment("2025-11-08T09:00:00Z"),
        ends_at: moment("2025-11-08T18:00:00Z"),
        timezone: "Asia/Kolkata".into(),
        language: "en".into(),
        accent_color: "#1f6f4a".into(),
        venue: Venue { name: "Main Lawn".into(), address: Some("Palace Road, Bengaluru".into()) },
        sales_open_at: None,
        sales_close_at: None,
        capacity: None,
    };
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
    EventSetup::new(event, types.collect(), EventSigner::new(id, 1, &SAMPLE_KEY), None)
}
