//! Tickets as other programs see them: `HarfBuzz`, poppler, qpdf, decoders of codes, and kept pictures.

mod codes;
mod files;
mod naughty;
mod pictures;
mod random;
mod scripts;

use std::{
    path::PathBuf,
    sync::{Arc, LazyLock},
};

use onsale::{
    domain::{
        Event, EventDraft, EventId, EventKey, EventLayout, EventSetup, EventSigner, EventStatus, Layout, OrganizerKey,
        Price, TicketCode, TicketId, TicketType, TypeNumber, Venue,
    },
    render::{Library, Plan, TicketPage, shipped},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// The fonts that come along and the one that the scripts install.
pub static LIBRARY: LazyLock<Arc<Library>> =
    LazyLock::new(|| Arc::new(Library::new(&[PathBuf::from("/usr/share/fonts/opentype/noto")])));

/// An event as it is set up most.
pub fn setup() -> EventSetup {
    setup_with(|_| {})
}

pub fn setup_with(change: impl FnOnce(&mut EventDraft)) -> EventSetup {
    let mut draft = EventDraft {
        slug: "gardenia-2025".into(),
        code: "GDN2025".into(),
        title: "Gardenia 2025".into(),
        description: Some("A day of music between the flower beds.".into()),
        category: Some("festival".into()),
        status: EventStatus::Published,
        starts_at: "2025-11-08T09:00:00Z".parse().unwrap(),
        ends_at: "2025-11-08T18:00:00Z".parse().unwrap(),
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
        code: draft.code.parse().unwrap(),
        revision: 1,
        draft,
    };
    let types = [("general", "General Admission", 0), ("vip", "Front Lawn", 250_000)].into_iter().zip(1..);
    let types = types.map(|((code, name, amount), number)| TicketType {
        number: TypeNumber(number),
        code: code.parse().unwrap(),
        name: name.into(),
        description: Some("Doors open an hour before.".into()),
        price: Price::new(amount, "INR").unwrap(),
        capacity: None,
        max_per_registration: 10,
    });
    EventSetup::new(event, types.collect(), EventSigner::new(id, 1, &[7; 32]), None)
}

/// A ticket for somebody.
pub fn ticket(name: &str) -> TicketPage {
    TicketPage {
        name: name.into(),
        email: "ada@example.com".into(),
        label: "GDN2025-0042-1".into(),
        position: 1,
        count: 2,
        registration: "GDN2025-0042".into(),
        contact: name.into(),
        created_at: "2025-10-01T12:00:00Z".parse().unwrap(),
        answers: Some(json!({"company": "Analytical Engines", "newsletter": false})),
        code: TicketCode { ticket: TicketId(Uuid::from_u128(42)), type_number: TypeNumber(1), generation: 1 },
    }
}

/// The plan of a layout.
pub fn plan(layout: &Value, setup: &EventSetup) -> Plan {
    let layout = Layout::read(layout.clone()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    Plan::compile(&LIBRARY, &EventLayout::new(1, layout), setup).unwrap()
}

/// The plan of a layout that comes along.
pub fn shipped_plan(name: &str, setup: &EventSetup) -> Plan {
    Plan::compile(&LIBRARY, &EventLayout::new(0, shipped(name).unwrap()), setup).unwrap()
}

/// One ticket of a layout.
pub fn render(layout: &Value, name: &str) -> Vec<u8> {
    let setup = setup();
    plan(layout, &setup).render(&[ticket(name)], &setup.signer).unwrap().bytes
}

/// A page with only a name on it.
pub fn name_only() -> Value {
    json!({"pages": [{"width": 160, "height": 30, "elements": [
        {"kind": "text", "x": 5, "y": 5, "width": 150, "text": "{attendee.name}", "size": 24, "smallest": 6}]}]})
}
